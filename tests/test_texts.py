"""Text files as strangers write them: first lines, titles, line ends, quotes, encodings; each line is the file's own.

Oddities are those of public bug reports (../shared/foreign/README.md); the rows are the six leads of `company`, so that
what is expected is known by another road: the same rows, written plainly.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from alignment_lib.checks import build, trial
from alignment_lib.errors import DataError, MappingError
from alignment_lib.params.files import read
from alignment_lib.params.mapping import SourceMapping
from alignment_lib.source import LINE, open_source
from alignment_lib.source.heads import find, place
from alignment_lib.source.kept_files import parse
from alignment_lib.source.tables import Tables
from alignment_lib.source.texts import encoding_of
from tests.company import LEADS, Company, company, csv_text
from tests.fixture_profile import Desk

PLAIN = csv_text(LEADS)
"""One line for the head and one for each of six leads, ends in LF."""
SEMICOLONS = PLAIN.replace(",", ";")


@pytest.fixture
def tiny(tmp_path: Path) -> Company:
    return company(tmp_path)


def leads(tiny: Company) -> Tables:
    params = tiny.params()
    return build(open_source(params), params, names=("leads",))


def lines(tables: Tables) -> list[int]:
    """The lines of the rows that are used, in the order of their ids as they were written."""
    used = tables.inspected["leads"].full
    frame = used.filter(used["_reason"].isnull()).select("lead_id", LINE).to_pandas()
    places = dict(zip(frame["lead_id"], frame[LINE], strict=True))
    return [int(places[row[0]]) for row in LEADS[1:] if row[0] in places]


def told(tables: Tables) -> list[str]:
    return [c.sentence for c in tables.checks if c.name == "reading"]


def aside(tables: Tables) -> list[tuple[int | None, str]]:
    return [(row.line, row.reason) for row in tables.set_aside()]


def words(tables: Tables) -> list[Any]:
    return sorted(tables["leads"].to_pandas()["source"].fillna("").tolist())


EXPECTED = sorted(row[2] for row in LEADS[1:])


def with_line(text: str, number: int, more: str) -> str:
    """The text with something put before one of its lines (the first is 1)."""
    rows = text.splitlines(keepends=True)
    return "".join([*rows[: number - 1], more, *rows[number - 1 :]])


def titled(rows: list[list[str]]) -> Callable[[Path], None]:
    """A workbook with a title, a blank row, and a table."""

    def write(path: Path) -> None:
        book = openpyxl.Workbook()
        for row in [["Leads of March", "", "by Ada"], [], *rows]:
            book.active.append(row)
        book.save(path)

    return write


CLEAN = list(range(2, 8))


@pytest.mark.parametrize(
    ("text", "expected", "says"),
    [
        (PLAIN, CLEAN, 0),
        ("sep=;\n" + SEMICOLONS, [n + 1 for n in CLEAN], 0),
        ('"sep=;"\r\n' + SEMICOLONS.replace("\n", "\r\n"), [n + 1 for n in CLEAN], 0),
        ("\ufeffSEP=\t\n" + PLAIN.replace(",", "\t"), [n + 1 for n in CLEAN], 0),
        ("sep=^\n" + PLAIN.replace(",", "^"), [n + 1 for n in CLEAN], 0),
        ("Leads of March\n\n" + PLAIN, [n + 2 for n in CLEAN], 1),
        ('"Leads\nof March",,\n' + PLAIN, [n + 2 for n in CLEAN], 1),
        ("Report:;Leads\nFrom;01.03.2020;To;31.03.2020\n\n\n" + SEMICOLONS, [n + 4 for n in CLEAN], 1),
        ("\n\n" + PLAIN, [n + 2 for n in CLEAN], 0),
        (PLAIN.replace("\n", "\r\n", 3), CLEAN, 0),
        (PLAIN.replace("\n", "\r", 1), CLEAN, 0),
        (PLAIN.replace("\n", "\r"), CLEAN, 0),
        (PLAIN.replace("\n", "\n\r\n", 2).removesuffix("\n"), [3, 5, 6, 7, 8, 9], 0),
        (with_line(with_line(PLAIN, 5, "\n"), 3, "\n\n"), [2, 5, 6, 8, 9, 10], 0),
        (PLAIN.replace("no budget", '"no\n\nbudget"'), [2, 3, 6, 7, 8, 9], 0),
        (PLAIN.replace("\n", "\r\n").replace("no budget", '"no\nbudget"'), [2, 3, 5, 6, 7, 8], 0),
        (PLAIN.replace("Search", "Se\0arch", 1), CLEAN, 1),
        (
            PLAIN.replace("\n3458764513820540929", '\n\ufeff"3458764513820540929"').replace("\n008", "\n\ufeff008"),
            CLEAN,
            0,
        ),
        ("\ufeff\ufeff" + PLAIN, CLEAN, 0),
        (with_line(PLAIN.replace("no budget", ' "no\nbudget"'), 4, "\n"), [2, 3, 6, 7, 8, 9], 0),
    ],
)
def test_the_rows_are_those_of_a_plain_file_and_the_lines_the_files_own(
    tiny: Company, text: str, expected: list[int], says: int
) -> None:
    tiny.file("leads.csv", text.encode())
    tables = leads(tiny)
    assert words(tables) == EXPECTED
    assert lines(tables) == expected  # counted by hand, as an editor numbers them
    assert len(told(tables)) == says and aside(tables) == []


@pytest.mark.parametrize("ends", [slice(2), slice(2, None)])
@pytest.mark.parametrize(
    ("written", "value"),
    [
        ('5" pipe', '5" pipe'),
        ('"5"" pipe"', '5" pipe'),
        ('"a\n5"", b\nc"', 'a\n5", b\nc'),
        (' "a, b\n""c"""', 'a, b\n"c"'),
    ],
)
def test_a_quote_within_a_value_opens_none_where_lines_end_in_two_ways(
    tiny: Company, ends: slice, written: str, value: str
) -> None:
    """The lines about one of the rows end in LF, the others in CRLF, or the other way round."""
    rows = [row.removesuffix("\n") for row in PLAIN.replace("no budget", "?").splitlines(keepends=True)]
    ending = ["\n" if number in range(len(rows))[ends] else "\r\n" for number in range(len(rows))]
    text = "".join(row.replace("?", written) + end for row, end in zip(rows, ending, strict=True))
    tiny.file("leads.csv", text.encode())
    tables = leads(tiny)
    assert words(tables) == EXPECTED and aside(tables) == [] and told(tables) == []
    assert value in tables["leads"].to_pandas()["reject_reason"].tolist()


def test_lines_that_are_no_rows_are_counted_where_they_are(tiny: Company) -> None:
    """By hand: title 1, blank 2, head 3, rows 4 and 5, blank 6, `short` 7, a row in 8 and 9, three more, `long` 13."""
    text = PLAIN.replace("no budget", "plain").replace("007,", '"007",').replace("Search,enterprise", '"Se\narch",e', 1)
    text = with_line("Leads\n\n" + text, 6, "\nshort,1\n")
    tiny.file("leads.csv", (text + "long" + ",x" * 12 + "\n").encode())
    tables = leads(tiny)
    assert aside(tables) == [(7, "fewer cells than the head"), (13, "more cells than the head")]
    assert lines(tables) == [4, 5, 8, 10, 11, 12]


def test_a_value_that_cannot_be_read_has_the_files_line(tiny: Company) -> None:
    """By hand: sep 1, blank 2, head 3, a row 4, blank 5, a row 6, and this one."""
    tiny.file("leads.csv", "sep=,\n\n" + with_line(PLAIN, 3, "\n").replace("10.03.2020 09:00", "soon"))
    with pytest.raises(DataError, match=r"leads\.csv line 7: accepted_at 'soon' cannot be read"):
        leads(tiny)


LONG = 'x\n"\u202e' + "9" * 900
"""A cell of 904 characters with an end of line and a mark that turns the text behind it."""
SHOWN = 'x "' + "9" * 56 + "…"
"""Sixty of them on one line."""


@pytest.mark.parametrize("what", ["key", "value", "heading", "title"])
def test_what_a_message_quotes_is_one_short_line(tiny: Company, what: str) -> None:
    rows = [list(row) for row in LEADS]
    if what == "key":
        rows[1][0] = rows[2][0] = LONG
    elif what == "value":
        rows[1][7] = LONG
    elif what == "heading":
        rows[0][0] = "Acc" + LONG
    tiny.file("leads.csv", (csv_text([[LONG, "", ""], *rows]) if what == "title" else csv_text(rows)).encode())
    params = tiny.params()
    try:
        found = [c.sentence for c in trial(open_source(params), params, names=("leads",)).checks]
    except MappingError as problem:
        found = [str(problem)]
    shown = "Acc" + SHOWN.replace("999…", "…") if what == "heading" else f"'{SHOWN}'"
    assert any(shown in sentence for sentence in found), found
    assert not any("9" * 60 in sentence or "\u202e" in sentence or "\n" in sentence for sentence in found)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (r'"says \"no, thanks\""', 'says "no, thanks"'),
        (r'"a \"b\" c:\\dir"', 'a "b" c:\\dir'),
        (r'"\"\", \"x\""', '"", "x"'),
        (r'"C:\dir\"', "C:\\dir\\"),  # by the standard, in which a backslash is nothing special
        (r"a 3\" pipe", r"a 3\" pipe"),
        ('"says ""no, thanks"""', 'says "no, thanks"'),
    ],
)
def test_quotes_behind_a_backslash(tiny: Company, written: str, value: str) -> None:
    tiny.file("leads.csv", PLAIN.replace("no budget", written).encode())
    tables = leads(tiny)
    assert value in tables["leads"].to_pandas()["reject_reason"].tolist()
    assert (aside(tables), lines(tables)) == ([], CLEAN)
    mended = written.startswith('"') and r"\"" in written and not written.endswith(r"dir\"")
    assert len(told(tables)) == mended


@pytest.mark.parametrize("line", [2, 4, 5])
def test_one_row_in_another_encoding_is_read_and_named(tiny: Company, line: int) -> None:
    """`Café` is é in UTF-8 in line 6 and, pasted in, in cp1252 in another; € is 0x80 in cp1252 alone."""
    rows = PLAIN.encode().splitlines(keepends=True)
    rows[line - 1] = rows[line - 1].replace(rows[line - 1].split(b",")[2], "Größe €".encode("cp1252"))
    tiny.file("leads.csv", b"".join(rows))
    tables = leads(tiny)
    assert "Größe €" in words(tables) and "Café" in words(tables)
    assert told(tables)[0].startswith(f"leads.csv: line {line}, not in UTF-8 as the rest is, and read as cp1252")


@pytest.mark.parametrize(
    "encoding",
    ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "cp1252", "latin-1", "utf-8-sig"],
)
def test_a_whole_file_in_another_encoding_is_read(tiny: Company, encoding: str) -> None:
    tiny.file("leads.csv", PLAIN.encode(encoding))
    tables = leads(tiny)
    assert (words(tables), lines(tables)) == (EXPECTED, CLEAN)
    assert len(told(tables)) == (encoding not in ("utf-16", "utf-32", "utf-8-sig"))  # these say it themselves


@pytest.mark.parametrize(
    ("encoding", "words_", "said"),
    [
        ("mac_roman", "Café Müller naïve", "CafŽ"),
        ("shift_jis", "東京 営業 カタカナ", "“Œ‹ž"),
        ("gb18030", "北京 销售 客户", "±±¾©"),
        ("iso8859_2", "mała Łódź książka Kraków", "ma³a"),
        ("cp1250", "Łódź książka", "£ódŸ"),
        ("cp1251", "Москва Продажи", "Ìîñêâà"),
        ("cp850", "Café Müller", "Caf"),
    ],
)
def test_letters_that_would_be_wrong_are_not_guessed(tiny: Company, encoding: str, words_: str, said: str) -> None:
    """What is said is what those bytes are in Windows-1252, by its table."""
    text = PLAIN.replace("Café", words_).replace("no budget", words_)
    tiny.file("leads.csv", text.encode(encoding))
    with pytest.raises(DataError, match=f"leads.csv line 3: is neither UTF-8, UTF-16 nor Windows-1252, .* '{said}';"):
        leads(tiny)
    tiny.mapping["tables"]["leads"]["encoding"] = encoding
    tiny.write()
    tiny.file("leads.csv", text.encode(encoding))
    assert words_ in words(leads(tiny))


def test_what_is_written_in_windows_1252_is_read(tiny: Company) -> None:
    """Signs at the edges of words, capitals together, two letters beyond ASCII in a row."""
    text = "Größe l’été AÇÃO ações Iñárritu Müller® 20 m² ½ “Zitat” • Punkt – ÜBERGRÖSSE Ærø Škoda™ 5 € S·A 3ª ¿Qué?"
    tiny.file("leads.csv", PLAIN.replace("Café", text).encode("cp1252"))
    assert text in words(leads(tiny))


def test_bytes_without_a_meaning_in_cp1252_are_latin_1(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"a\n\x81\xfc\n")
    assert encoding_of(path).name == "latin-1"


@pytest.mark.parametrize("shape", ["list", "lines"])
def test_json_in_another_encoding(tiny: Company, shape: str) -> None:
    rows = [json.dumps(dict(zip(LEADS[0], row, strict=True)), ensure_ascii=False) for row in LEADS[1:]]
    text = "[" + ",\n".join(rows) + "]" if shape == "list" else "\n".join(rows)
    (tiny.data / "leads.csv").unlink()
    tiny.file("leads.json", text.encode("cp1252"))
    tables = leads(tiny)
    assert words(tables) == EXPECTED and len(told(tables)) == 1


def test_a_title_in_a_workbook(tiny: Company) -> None:
    (tiny.data / "leads.csv").unlink()
    titled(LEADS)(tiny.data / "leads.xlsx")
    tables = leads(tiny)
    assert (words(tables), lines(tables)) == (EXPECTED, [n + 2 for n in CLEAN])
    assert told(tables) == ["leads.xlsx: line 3 names the columns; lines 1 to 2 are not read ('Leads of March')"]


@pytest.mark.parametrize(
    "text",
    [
        ",a,b\n0,x,y\n",  # what pandas writes: the index has no name
        "a,b\nx,y,z,unquoted\n",
        "a,b,c\n1,,\n2,x,\n",
        "id\n1\n",
    ],
)
def test_a_head_in_the_first_line_stays_the_head(text: str) -> None:
    assert find(text, None, ()).line == 1


def test_the_head_is_where_the_mapped_columns_are() -> None:
    rows = [["Stage", "Amount", "Owner"], ["Deal ID", "Stage", ""], ["d1", "Won", ""]]
    assert (place(rows, ()), place(rows, ("Deal ID", "Stage"))) == (0, 1)


def test_inspect_reads_what_the_report_reads(tmp_path: Path) -> None:
    """The head below a title, a row of another encoding (not the whole file), the encoding of a whole file."""
    rows = "Lead ID;Created Date;Lead Source\nL1;2024-05-01 10:00:00;Café\nL2;2024-05-02 10:00:00;Web\n"
    desk = Desk(tmp_path).lay({"leads.csv": ("Our leads;;\n\n" + rows).encode() + "L3;;Öl\n".encode("cp1252")})
    written = desk.inspect()
    assert "created_at: {column: Created Date" in written and "encoding" not in written
    (desk.data / "leads.csv").write_bytes(rows.encode("cp1252"))
    assert "encoding: cp1252" in desk.inspect()


def test_binary_is_no_text(tiny: Company) -> None:
    tiny.file("leads.csv", b"\x89PNG\x00\x00\x01\xff" * 40)
    with pytest.raises(DataError, match="this is no text"):
        leads(tiny)


@pytest.mark.parametrize("encoding", ["utf-32", "utf-16"])
def test_a_table_kept_by_hand_in_wide_characters(encoding: str) -> None:
    sheet = parse("Issue,Owner\nCafé,Ada\n".encode(encoding), "issues.csv", ("Issue",))
    assert (sheet.names, sheet.records[0].cells, sheet.text.nul) == (("Issue", "Owner"), ("Café", "Ada"), False)


@pytest.mark.parametrize("place", ["head", "cell", "end"])
def test_a_nul_in_a_table_kept_by_hand(place: str) -> None:
    text = {
        "head": "Iss\0ue,Owner\nslow,Ada\n",
        "cell": "Issue,Owner\nsl\0ow,Ada\n",
        "end": "Issue,Owner\nslow,Ada\n\0",
    }
    sheet = parse((text[place] + "fine, nothing more to say of it,Ben\n" * 3).encode(), "issues.csv", ("Issue",))
    assert (sheet.names, sheet.records[0].cells) == (("Issue", "Owner"), ("slow", "Ada"))
    assert sheet.told == ("issues.csv: NUL bytes were left out of its text; save it again",)


@pytest.mark.parametrize("word", ["Yes", "no", "On", "OFF"])
@pytest.mark.parametrize(
    "pair", ["{word}: won", "{{Won: {word}}}", '{{"{word}": won, Lost: {word}}}', "{{{word}: won}}"]
)
def test_a_bare_yes_of_yaml_is_explained(tmp_path: Path, word: str, pair: str) -> None:
    """YAML 1.1, 10.3.2 (type bool): y, yes, on and their contraries are truth values."""
    path = tmp_path / "m.yaml"
    mapping = pair.format(word=word)
    indented = f"\n  {mapping}\n" if not mapping.startswith("{") else f" {mapping}\n"
    path.write_text(f"name: x\nmap:{indented}", encoding="utf-8")
    with pytest.raises(MappingError, match=rf"line \d: YAML reads a bare {word} as (true|false); .*quotes: \"{word}\""):
        read(path, SourceMapping, MappingError)


def test_truth_values_where_they_are_meant(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    columns = 'columns: {lead_id: ID, created_at: Born, source: {column: S, map: {"Yes": true, "no": false}}}'
    path.write_text(f"name: x\ntables: {{leads: {{from: leads, {columns}}}}}\n", encoding="utf-8")
    assert read(path, SourceMapping, MappingError).tables["leads"].columns["source"].map == {"Yes": True, "no": False}
