"""References between tables: found, blank, not found; ids of two forms are one; too few tell nothing. By hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import ibis
import openpyxl
import pytest

from alignment_lib.blocks import weekly as blocks
from alignment_lib.checks import trial
from alignment_lib.errors import cut, quoted
from alignment_lib.source import open_source
from alignment_lib.source.forms import form, form_of
from tests.fixture_stranger import Stranger, column, stranger


@pytest.fixture
def odd(tmp_path: Path) -> Stranger:
    return stranger(tmp_path)


def rewrite(odd: Stranger, table: str, heading: str, write: Callable[[str], str]) -> None:
    rows = odd.rows[table]
    place = column(rows, heading)
    for row in rows[1:]:
        row[place] = write(row[place])


def followed(odd: Stranger) -> tuple[float | None, str]:
    """The week's share followed up in time, and what the block says where it has none."""
    block = blocks.follow_up(odd.known())
    return next((m.value for m in block.metrics if m.name == "sla_follow_up" and m.period is None), None), (
        block.missing or ""
    )


def test_all_is_found_and_nothing_is_said(odd: Stranger) -> None:
    assert odd.told("links") == [] and followed(odd) == (1.0, "")
    said = [c.sentence.replace("\u00a0", " ") for c in odd.judged() if c.name == "links" and c.table == "activities"]
    assert said[0] == "calls.csv: lead_id of 100 rows: 100 found in leads."


FORMS: dict[str, tuple[Callable[[str], str], Callable[[str], str]]] = {
    "15 and 18 characters": (lambda i: f"00Q5g0000000{i[1:]}EAA", lambda i: f"00Q5g0000000{i[1:]}"),
    "a decimal": (lambda i: str(int(i[1:]) + 7), lambda i: f"{int(i[1:]) + 7}.0"),
    "leading zeros": (lambda i: str(int(i[1:]) + 7), lambda i: f"000{int(i[1:]) + 7}"),
    "braces and capitals": (lambda i: f"a1-{i[1:]}-bc", lambda i: f"{{A1-{i[1:]}-BC}}"),
    "blanks": (lambda i: f"x {i[1:]}", lambda i: f"x{i[1:]}"),
}


@pytest.mark.parametrize("what", FORMS)
def test_two_forms_of_an_id_are_one(odd: Stranger, what: str) -> None:
    one, other = FORMS[what]
    rewrite(odd, "leads", "Lead ID", one)
    rewrite(odd, "deals", "Lead ID", one)
    rewrite(odd, "calls", "Lead ID", other)
    assert followed(odd) == (1.0, "")
    [told] = odd.told("links")
    assert f"('{other('L099')}' for '{one('L099')}') and are joined" in told or "and are joined" in told


# An id of Salesforce and its check, by hand: of 00Q5g | 00000 | 0L00A the capitals are Q (third of five: 4), none,
# L and A (second and fifth: 2 + 16), so the check is E (the fifth letter), A, S (the nineteenth).
RECORD, CHECK = "00Q5g000000L00A", "EAS"
GUID = "3F2504E0-4F89-11D3-9A0C-0305E82C3301"


@pytest.mark.parametrize(
    ("one", "other", "is_one"),
    [
        (RECORD, RECORD + CHECK, True),
        (RECORD, RECORD + "AAA", False),  # no check of these fifteen characters
        (RECORD, RECORD.lower() + "AAA", False),  # another record
        (RECORD + "AAA", RECORD + "AAB", False),  # no ids of Salesforce
        ("001A0000006Vm9r", "001A0000006Vm9rIAC", True),  # V and A are capitals
        ("4711", "4711.0", True),
        ("4711", "04711", False),
        ("lead-1", "LEAD-1", False),
        ("lead-1", "{lead-1}", True),
        (GUID, GUID.lower(), True),
        (GUID, f"{{{GUID}}}", True),
        (GUID, GUID.replace("-", ""), True),
        (GUID + "0", GUID.lower() + "0", False),  # no GUID
        ("lead 1", "lead\u00a01", True),
        ("lead1", "lead\u200b1", True),
        ("lead1", "lead1\u202f", True),
        ("lead1", "lead 1", False),
    ],
)
def test_a_lead_that_is_there_in_two_forms_is_there_twice(odd: Stranger, one: str, other: str, is_one: bool) -> None:
    first, second = odd.rows["leads"][1][0], odd.rows["leads"][2][0]
    rewrite(odd, "leads", "Lead ID", lambda i: {first: one, second: other}.get(i, i))
    said = [(c.status, c.sentence) for c in odd.judged() if c.name == "key" and c.table == "leads"]
    if is_one:
        unseen = ", one with blanks that nobody sees" if cut(one) == cut(other) else ""
        text = f"leads.csv: lead_id {quoted(one)} and {quoted(other)} in lines 2, 3 are one id in two forms{unseen} ("
        assert said[0][0] == "FAIL" and said[0][1].startswith(text)
    else:
        assert said == [("PASS", "leads.csv: lead_id is unique")]


def test_the_last_of_two_forms_is_taken_where_the_mapping_says_so(odd: Stranger) -> None:
    first, second = odd.rows["leads"][1][0], odd.rows["leads"][2][0]
    rewrite(odd, "leads", "Lead ID", lambda i: {first: RECORD, second: RECORD + CHECK}.get(i, i))
    odd.mapping["tables"]["leads"]["duplicates"] = "last"
    tables = odd.known().tables
    ids = tables.inspected["leads"].used.lead_id.to_pandas().tolist()
    assert RECORD + CHECK in ids and RECORD not in ids and len(ids) == 99


def test_the_case_of_fifteen_characters_tells_two_leads_apart(odd: Stranger) -> None:
    """Lower case is another record of Salesforce: nothing is joined, and nothing can be told."""
    rewrite(odd, "leads", "Lead ID", lambda i: f"00Q5G0000000{i[1:]}")
    rewrite(odd, "deals", "Lead ID", lambda i: f"00Q5G0000000{i[1:]}")
    rewrite(odd, "calls", "Lead ID", lambda i: f"00q5g0000000{i[1:]}")
    share, missing = followed(odd)
    assert share is None and "0 of the 100 activities" in missing.replace("\u00a0", " ")


def test_a_form_that_two_ids_share_joins_neither(odd: Stranger) -> None:
    """`1` and `01` are two leads here, so `1.0` is neither."""
    numbers = iter(["1", "01", *(str(n) for n in range(100, 198))])
    rows, names = odd.rows["leads"], dict[str, str]()
    for row in rows[1:]:
        names[row[0]] = row[0] = next(numbers) if row[0] not in names else names[row[0]]
    old = [f"L{n:03}" for n in range(100)]
    known = dict(zip(old, [row[0] for row in rows[1:]], strict=True))
    rewrite(odd, "deals", "Lead ID", lambda i: known[i])
    rewrite(odd, "calls", "Lead ID", lambda i: f"{known[i]}.0")
    [told] = odd.told("links")
    assert "lead_id of 100 rows: 98 found in leads + 2 not found; 98 of them are written in another form" in told


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_ids_whose_last_digits_a_spreadsheet_lost_are_joined_with_none(odd: Stranger, form: str) -> None:
    """19 digits, the last two of them the lead's: 15 are known, so that any of the hundred leads may be meant."""
    for table in ("leads", "deals", "calls"):
        rewrite(odd, table, "Lead ID", lambda i: str(3458764513820540928 + int(i[1:])))
    rewrite(odd, "deals", "Lead ID", lambda i: i if form == "xlsx" else "3.45876E+18")
    odd.write()
    if form == "xlsx":
        head, *rows = odd.rows["deals"]
        (odd.data / "deals.csv").unlink()
        book = openpyxl.Workbook()
        for row in (head, *([r[0], int(r[1]), *r[2:]] for r in rows)):
            book.active.append(row)
        book.save(odd.data / "deals.xlsx")
    params, held = odd.params(), "3.45876451382054E+18" if form == "xlsx" else "3.45876E+18"
    [told] = [c for c in trial(open_source(params), params).checks if c.name == "readable"]
    text = f"deals.{form} line 2: lead_id '{held}' cannot be read: the file holds this id as a decimal number, whose"
    assert (told.status, told.count, told.sentence[: len(text)]) == ("FAIL", 34, text)


def test_eighteen_characters_whose_check_does_not_fit_are_no_id_of_salesforce(odd: Stranger) -> None:
    """By hand: the check of CRMLE | AD000 | 00000 is all five and the first two, 31 + 3 + 0: 5, D, A."""
    rewrite(odd, "leads", "Lead ID", lambda i: f"CRMLEAD00000000{i[1:]}" if i < "L099" else "CRMLEAD00000001000")
    rewrite(odd, "calls", "Lead ID", lambda i: f"CRMLEAD00000001{900 - int(i[1:])}")
    assert followed(odd)[0] is None
    ids = {"CRMLEAD00000000": "CRMLEAD00000000", "CRMLEAD000000005DA": "CRMLEAD00000000"}
    assert {one: form_of(one) for one in ids} == ids
    assert form_of("CRMLEAD00000001000") == "crmlead00000001000"


def test_calls_that_carry_no_lead_tell_nothing_of_follow_up(odd: Stranger) -> None:
    """4 of 100 calls name their lead: no share, no state, no issue."""
    seen = iter(range(100))
    rewrite(odd, "calls", "Lead ID", lambda i: i if next(seen) < 4 else "")
    share, missing = followed(odd)
    text = missing.replace("\u00a0", " ")
    assert share is None and "This data cannot tell" in text and "4 of the 100 activities" in text
    facts = odd.known()
    card = blocks.scorecard(facts)
    assert not [m for m in card.metrics if m.name in ("sla_follow_up", "response_hours")]
    assert "follow" not in " ".join(blocks.headlines(facts).sentences).lower()
    assert not [m for m in blocks.head(facts).metrics if m.name == "sla_follow_up"]


def test_calls_of_deals_are_no_calls_without_a_lead(odd: Stranger) -> None:
    """Sixty more calls are with customers, each of a deal that is there: half of all calls is not what counts."""
    odd.rows["calls"][0].append("Deal ID")
    for row in odd.rows["calls"][1:]:
        row.append("")
    for n in range(120):
        odd.rows["calls"].append([f"X{n:03}", "", "2020-02-03T09:00:00Z", "out", "r1", "D003"])
    odd.mapping["tables"]["activities"]["columns"]["opportunity_id"] = "Deal ID"
    assert followed(odd) == (1.0, "")


def test_a_contact_tells_the_lead(odd: Stranger) -> None:
    """The same where activities name a contact, and where they name contacts that nobody knows."""
    odd.rows["leads"][0].append("Contact")
    for row in odd.rows["leads"][1:]:
        row.append(row[0].replace("L", "P"))
    odd.mapping["tables"]["leads"]["columns"]["contact_id"] = "Contact"
    columns = odd.mapping["tables"]["activities"]["columns"]
    columns["contact_id"] = columns.pop("lead_id")
    rewrite(odd, "calls", "Lead ID", lambda i: i.replace("L", "P"))
    assert followed(odd) == (1.0, "")
    rewrite(odd, "calls", "Lead ID", lambda i: i.replace("P", "Q"))
    assert followed(odd)[0] is None


def test_deals_that_name_no_lead_make_no_rates_by_lead(odd: Stranger) -> None:
    seen = iter(range(100))
    rewrite(odd, "deals", "Lead ID", lambda i: i if next(seen) % 4 == 0 else "")
    facts = odd.known()
    assert facts.tables.lacking("opportunities.lead_id") == ("opportunities.lead_id",)
    assert facts.leads.won_s.notnull().sum().to_pandas() == 0  # none is known, none is made up
    assert facts.deals.filter(facts.deals.outcome == "won").count().to_pandas() > 0


def test_deals_before_their_lead_are_in_no_cohort_but_counted(odd: Stranger) -> None:
    """Deal D003 of lead L003, created 7 January, is dated to December: won all the same."""
    place = column(odd.rows["deals"], "Created")
    [row] = [r for r in odd.rows["deals"] if r[0] == "D003"]
    row[place] = "02.12.2019 10:00"
    facts = odd.known()
    [told] = [t for t in odd.told("order") if "own lead" in t]
    assert told.startswith("deals.csv: 1 deal created or closed on a day before their own lead was created")
    mine = facts.leads.filter(facts.leads.lead_id == "L003").to_pandas()
    assert mine["won_s"].isna().all() and mine["opportunity_s"].isna().all()
    won = facts.deals.filter((facts.deals.opportunity_id == "D003") & (facts.deals.outcome == "won"))
    assert won.count().to_pandas() == 1


def test_sources_of_deal_and_lead_that_differ_are_counted(odd: Stranger) -> None:
    odd.rows["deals"][0].append("Source")
    for n, row in enumerate(odd.rows["deals"][1:]):
        row.append("Cold call" if n < 10 else "")
    odd.mapping["tables"]["opportunities"]["columns"]["source"] = "Source"
    [told] = odd.told("sides")
    assert told == "deals.csv: 10 of 10 deals have another source than their lead; each counts under its own"


def test_the_form_of_one_id_is_that_of_a_column() -> None:
    """The engine's expression and Python's say the same."""
    ids = [
        "00Q5g0000000001EAA",
        "00Q5g0000000001",
        "12.0",
        "0012",
        "12",
        "{A-1}",
        " a\u00a01 ",
        "A-1",
        "0",
        "1.50",
        "x",
        RECORD + CHECK,
        RECORD + "AAA",
        GUID,
        GUID.lower(),
        "\u200bA-1\ufeff",
    ]
    engine = ibis.duckdb.connect()
    table = engine.create_table("ids", {"id": ids})
    assert table.select(f=form(table.id)).to_pandas()["f"].tolist() == [form_of(i) for i in ids]
