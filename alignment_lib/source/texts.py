"""A text file as strangers write it, made into one that any reader takes: UTF-8, one line end, doubled quotes."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from alignment_lib.errors import DataError, quoted

_CHUNK = 4 << 20
_HEAD_BYTES = 1 << 16
"""No head is longer."""
_WIDE_MARKS = {  # that of UTF-32 begins with that of UTF-16
    codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF32_BE: "utf-32", codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}  # fmt: skip
csv.field_size_limit(64 << 20)  # Python's own is 128 KB; of a record that is longer, see `files`
_BEYOND = re.compile(r"[A-Za-z]*[^\x00-\x7f][^\x00-\x40\x5b-\x60\x7b-\x7f]*")
"""Words with letters or signs beyond ASCII."""
_SIGNS = "\u00a1-\u00a9\u00ab\u00ac\u00ae-\u00b4\u00b6\u00b8\u00b9\u00bb-\u00bf×÷€‚ƒ„†‡ˆ‰‹›•˜™"
_FOREIGN = re.compile(
    rf"[\x80-\x9f]|[a-zß-öø-ÿ][À-ÖØ-ÞŠŽŒŸ]|[^\W\d_][{_SIGNS}][^\W\d_]|[À-ÖØ-öø-ÿŠšŽžŒœŸƒ\u00a1-\u00bf]{{3}}"
)
"""What no language of Windows-1252 writes: a capital or a sign within a word, three letters beyond ASCII in a row."""
_MANY = 0.2
"""The share of such words among those beyond ASCII from which on a text is in another encoding."""
_UTF8 = (None, "utf-8", "utf-8-sig")


@dataclass(frozen=True)
class Encoding:
    """In which encoding a text is written. `others`: lines (the file's) of a text in UTF-8 that are not."""

    name: str
    others: tuple[int, ...] = ()
    marked: bool = False
    """Whether the file says so itself."""


@dataclass(frozen=True)
class Survey:
    """What the bytes of a text in UTF-8 show: its lines, whether they end in several ways, what may need mending."""

    lines: int
    mixed: bool
    backslashes: bool
    nul: bool
    marks: bool = False
    """Whether marks of UTF-8 stand beyond its beginning, as where files were put one behind the other."""


def encoding_of(path: Path) -> Encoding:
    """The encoding of a text that nobody declared: by its mark, else UTF-8, else Windows's own.

    Where at least as many lines beyond ASCII are UTF-8 as are not, those that are not were pasted in from elsewhere.

    Raises
    ------
    DataError
        It is in none of these, as the words show that would be read.
    """
    with path.open("rb") as file:
        start = file.read(4096)
    for mark, name in _WIDE_MARKS.items():
        if start.startswith(mark):
            return Encoding(name, marked=True)
    wide = _wide(start)
    if wide and _decodes(path, wide):
        return Encoding(wide)
    if _decodes(path, "utf-8"):
        return Encoding("utf-8")
    with path.open("rb") as file:
        beyond = [(number, _is_utf8(line)) for number, line in enumerate(file, start=1) if not line.isascii()]
    others = tuple(number for number, fits in beyond if not fits)
    if 2 * len(others) <= len(beyond):
        return Encoding("utf-8", others)
    _refuse_foreign(path)
    return Encoding("cp1252" if _decodes(path, "cp1252") else "latin-1")


def _refuse_foreign(path: Path) -> None:
    """No guess where the letters would be wrong beyond doubt: Mac Roman, Shift-JIS, Cyrillic, Polish."""
    with path.open("rb") as file:
        start = file.read(_CHUNK)
    lines = [] if b"\0" in start else [_windows(line) for line in start.splitlines()]
    beyond = [(n, word) for n, line in enumerate(lines, start=1) for word in _BEYOND.findall(line)]
    foreign = [(n, word) for n, word in beyond if _FOREIGN.search(word)]
    if len(foreign) > 1 and len(foreign) > _MANY * len(beyond):
        line, word = foreign[0]
        raise DataError(
            f"{path.name} line {line}: is neither UTF-8, UTF-16 nor Windows-1252, in which it would say {quoted(word)};"
            " export it as UTF-8, or declare its `encoding:` in the mapping, for instance mac_roman, cp1250, shift_jis"
        )


def only_head(path: Path) -> bool:
    """Whether a text holds one line and no more, but for blank ones and a `sep=`; a large file is not looked at."""
    if path.stat().st_size > _HEAD_BYTES:
        return False
    try:
        encoding = encoding_of(path).name
    except DataError:
        return False
    lines = path.read_bytes().decode(encoding, "replace").lstrip("\ufeff").splitlines()
    return len([line for line in lines if line.strip() and not line.lower().startswith("sep=")]) == 1


def _wide(start: bytes) -> str:
    """UTF-32 or UTF-16 without its mark: most texts have a NUL in three of four bytes, or in every other."""
    quarters = [4 * start[i::4].count(0) > 3 * len(start) // 4 for i in range(4)]
    if sum(quarters) >= 3 or quarters in ([False, False, True, True], [True, True, False, False]):
        return "utf-32-be" if quarters[0] else "utf-32-le"
    zeros = start[0::2].count(0), start[1::2].count(0)
    if 3 * max(zeros) <= len(start) // 2 or min(zeros) > max(zeros) // 4:
        return ""
    return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def as_utf8(path: Path, declared: str | None, scratch: Path) -> tuple[Path, tuple[str, ...]]:
    """The file itself, or a copy in UTF-8 where it is written in something else; and what was guessed, in sentences.

    Raises
    ------
    DataError
        It is not in the encoding that the mapping declares.
    """
    if declared not in _UTF8:
        return _copied(path, str(declared), scratch), ()
    found = encoding_of(path)
    if found.others:
        return _line_by_line(path, scratch), (_told_lines(path, found.others),)
    if found.name == "utf-8":
        return (_copied(path, "utf-8-sig", scratch) if _marked_json(path) else path), ()
    told = f"{path.name}: is not in UTF-8 and was read as {found.name}; where letters look wrong, declare `encoding:`"
    return _copied(path, found.name, scratch), () if found.marked else (told,)


def _marked_json(path: Path) -> bool:
    """The engine's reader of CSV passes over the mark of UTF-8, that of JSON does not."""
    with path.open("rb") as file:
        return "json" in path.suffix.lower() and file.read(3) == codecs.BOM_UTF8


def _told_lines(path: Path, lines: tuple[int, ...]) -> str:
    where = f"line {lines[0]}" if len(lines) == 1 else f"{len(lines)} lines, the first of them {lines[0]}"
    return f"{path.name}: {where}, not in UTF-8 as the rest is, and read as cp1252; see whether its letters are right"


def _copied(path: Path, encoding: str, scratch: Path) -> Path:
    copy = scratch / "utf8.csv"
    try:
        with path.open(encoding=encoding, newline="") as source, copy.open("w", encoding="utf-8", newline="") as target:
            while chunk := source.read(1 << 20):
                target.write(chunk)
    except UnicodeDecodeError as problem:
        raise DataError(
            f"{path.name}: byte {problem.start} is not {encoding} as the mapping declares; correct `encoding:`"
        ) from None
    return copy


def _line_by_line(path: Path, scratch: Path) -> Path:
    copy = scratch / "utf8.csv"
    with path.open("rb") as source, copy.open("wb") as target:
        for line in source:
            target.write(line if _is_utf8(line) else _windows(line).encode())
    return copy


def _windows(line: bytes) -> str:
    """Windows's own encoding leaves five bytes without a meaning."""
    try:
        return line.decode("cp1252")
    except UnicodeDecodeError:
        return line.decode("latin-1")


def survey(path: Path) -> Survey:
    """Count what a reader of CSV must know of a text in UTF-8."""
    lf = cr = crlf = 0
    backslashes, nul, marks, last, ends = False, False, False, b"", b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            joined = last + chunk
            lf, nul = lf + chunk.count(b"\n"), nul or b"\0" in chunk
            if b"\r" in joined:
                cr, crlf = cr + chunk.count(b"\r"), crlf + joined.count(b"\r\n")
            backslashes = backslashes or (b"\\" in joined and b'\\"' in joined)
            behind = ends + chunk if ends else chunk.removeprefix(codecs.BOM_UTF8)
            marks, last, ends = marks or codecs.BOM_UTF8 in behind, chunk[-1:], chunk[-2:]
    kinds = (lf > crlf) + (cr > crlf) + (crlf > 0)
    return Survey(lf + cr - crlf + (last not in (b"", b"\n", b"\r")), kinds > 1, backslashes, nul, marks)


def mended(path: Path, found: Survey, delimiter: str, *, above: int, backslashed: bool, scratch: Path) -> Path:
    """The text without the lines above its head, its records ending alike, its quotes doubled; itself if it is so."""
    if not (found.mixed or found.nul or found.marks or above or backslashed):
        return path
    copy, within, odd = scratch / "plain.csv", False, found.mixed or found.marks
    with (
        path.open(encoding="utf-8-sig", newline="") as source,
        copy.open("w", encoding="utf-8", newline="") as target,
    ):
        for number, line in enumerate(source):
            if number >= above:
                text = re.sub(r'\\(["\\])', _doubled, line) if backslashed else line
                text = text if within else text.lstrip("\ufeff")
                within = odd and _is_open(text, delimiter, within=within)
                text = text if within or not found.mixed else text.rstrip("\r\n") + "\n"
                target.write(text.replace("\0", ""))
    return copy


def _is_open(line: str, delimiter: str, *, within: bool) -> bool:
    """Whether a line ends within quotes. They open where a value begins: of 5" pipe they are a part."""
    if '"' not in line:
        return within
    begins = rf"(?:^|{re.escape(delimiter)}) *\""
    whole = rf'{begins}[^"]*+(?:""[^"]*+)*+"'
    return re.search(begins, re.sub(whole, "x", f'"{line}' if within else line)) is not None


def _doubled(escaped: re.Match[str]) -> str:
    return '""' if escaped[1] == '"' else "\\"


def backslashed(path: Path, delimiter: str, width: int) -> bool:
    r"""Whether `\"` stands for a quote within a value, as MySQL writes it: whether fewer rows break if it does."""
    return _broken(path, delimiter, width, None) > _broken(path, delimiter, width, "\\")


def _broken(path: Path, delimiter: str, width: int, escape: str | None) -> int:
    """Rows that are no row of `width` cells."""
    broken = 0
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file, delimiter=delimiter, escapechar=escape, strict=True)
        while True:
            try:
                broken += len(next(rows)) not in (0, width)
            except csv.Error:
                broken += 1
            except StopIteration:
                return broken


def records(path: Path, delimiter: str) -> Iterator[tuple[int, bool]]:
    """The line on which each record of a mended text begins (its first is 1), and whether it is blank."""
    begins = 1
    with path.open(encoding="utf-8-sig", newline=None) as file:
        rows = csv.reader(file, delimiter=delimiter, skipinitialspace=True)  # as the engine has it before a quote
        for row in rows:
            yield begins, not row
            begins = rows.line_num + 1


def mendings(name: str, found: Survey, *, backslashed: bool) -> tuple[str, ...]:
    """What was mended beyond doubt or by guess, a sentence each; line ends that differ are worth none."""
    told = (f'{name}: quotes within values are written \\" there, and were read so',) if backslashed else ()
    return told + ((f"{name}: NUL bytes were left out of its text; export it again",) if found.nul else ())
