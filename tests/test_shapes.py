"""CRMs in which hardly anything joins, or nobody wrote a thing down: right numbers or clear words, no false zero.

What is right is counted by hand from the rule by which the rows are made (`fixture_shapes`, `fixture_stranger`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from alignment_lib.blocks import weekly as blocks
from alignment_lib.stats import wording
from tests.fixture_shapes import WEEK, deals, pipedrive, zoho
from tests.fixture_stranger import Stranger, column, stranger
from tests.foreign import Outcome, outcome

MONDAY, AFTER = date(2024, 6, 10), date(2024, 6, 17)
FOLLOWED = ("sla_follow_up", "sla_met", "sla_missed", "response_hours", "attempts_median")


def right() -> dict[str, float]:
    """The week's numbers; four leads a weekday, whoever they are."""
    week = [deal for deal in deals() if deal.ended and MONDAY <= deal.closes < AFTER]
    won = [deal for deal in week if deal.outcome == "won"]
    still = [deal for deal in deals() if not deal.ended]
    new = sum(MONDAY <= deal.created.date() < AFTER for deal in deals())
    return {
        "leads": 20, "opportunities": new, "won": len(won), "lost": len(week) - len(won),
        "won_value": sum(deal.amount for deal in won), "win_rate": len(won) / len(week),
        "pipeline_open_deals": len(still), "pipeline_open": sum(deal.amount for deal in still),
    }  # fmt: skip


def numbers(found: Outcome) -> dict[str, float | None]:
    assert found.refused == ""
    return {name: found.value(name) for name in right()}


def recorded(found: Outcome) -> set[str]:
    return {m["name"] for m in found.results["metrics"]}


@pytest.mark.parametrize("crm", [zoho, pipedrive])
@pytest.mark.parametrize("guess", [True, False])
def test_what_inspect_maps_tells_right_numbers_and_what_is_lacking(
    tmp_path: Path, crm: Callable[[Path], Path], guess: bool
) -> None:
    found = outcome(crm(tmp_path / "data"), tmp_path / "run", week=WEEK, guess=guess)
    assert numbers(found) == right()
    assert not recorded(found) & {*FOLLOWED, "mqls"} and not found.results["held"]
    assert "which lead each activity was with" in found.said and "no calls, mails or meetings" not in found.said
    assert [c["sentence"] for c in found.results["checks"] if c["status"] != "PASS"] == []
    if guess:
        assert "Marked as done" in found.mapping or "Call Start Time" in found.mapping  # not the due day


def test_contacts_of_zoho_that_are_in_no_lead_tell_nothing_of_leads(tmp_path: Path) -> None:
    """Mapped by hand all the same: 300 calls and 150 deals of contacts, none of whom is among the 300 leads."""
    data = zoho(tmp_path / "data")
    mapping = outcome(data, tmp_path / "inspected", week=WEEK, guess=True).mapping
    mapping = mapping.replace("activity_id: Record Id", "activity_id: Record Id\n      lead_id: Who Id")
    mapping = mapping.replace("opportunity_id: Record Id", "opportunity_id: Record Id\n      lead_id: Contact Name.id")
    found = outcome(data, tmp_path / "run", week=WEEK, mapping=mapping)
    told = found.told.replace("\u00a0", " ")
    assert numbers(found) == right() and not recorded(found) & {*FOLLOWED}
    assert "0 of the 300 activities that are of no deal name a lead that is there" in told
    assert "lead_id of 150 rows: 0 found in leads + 150 not found" in told
    assert "followed up 0" not in found.said and "no calls, mails or meetings" not in found.said


def test_lost_deals_without_their_day_make_no_win_rate_of_all(tmp_path: Path) -> None:
    """Pipedrive keeps the times of winning and losing apart; whoever maps the first alone lost none, and won 100 %."""
    data = pipedrive(tmp_path / "data")
    lines = outcome(data, tmp_path / "inspected", week=WEEK, guess=True).mapping.splitlines()
    won = "      closed_at: {column: Deal - Won time, timezone: Europe/Berlin}"
    mapping = "\n".join(won if line.strip().startswith("closed_at:") else line for line in lines)
    found = outcome(data, tmp_path / "run", week=WEEK, mapping=mapping)
    lost = sum(deal.outcome == "lost" for deal in deals())
    assert f"{lost} deals without a closing date ({lost} lost)" in found.told.replace("\u00a0", " ")
    assert not recorded(found) & {"lost", "win_rate"} and found.value("won") == right()["won"]
    assert "none was lost" not in found.said and "won deals only" not in found.told


@pytest.fixture
def odd(tmp_path: Path) -> Stranger:
    return stranger(tmp_path)


def names(odd: Stranger) -> set[str]:
    """The measures that have a number."""
    facts = odd.known()
    shown = (blocks.headlines, blocks.history, blocks.follow_up, blocks.closed, blocks.pipeline, blocks.scorecard)
    return {m.name for block in shown for m in block(facts).metrics if m.value is not None}


def test_flags_alone_tell_the_outcome(odd: Stranger) -> None:
    before = odd.known().deals.group_by("outcome").count().to_pandas().set_index("outcome").iloc[:, 0].to_dict()
    odd.rows["deals"][0] += ["IsWon", "IsClosed"]
    for row in odd.rows["deals"][1:]:
        row += [str(row[5] == "Won").upper(), str(row[5] in ("Won", "Lost")).lower()]
        row[5] = f"hash of {row[5]}"
    odd.mapping["tables"]["opportunities"]["columns"]["outcome"] = {
        "column": "Stage", "won": "IsWon", "closed": "IsClosed"
    }  # fmt: skip
    after = odd.known().deals.group_by("outcome").count().to_pandas().set_index("outcome").iloc[:, 0].to_dict()
    assert after == before and odd.told("values") == []


@pytest.mark.parametrize("direction", ["", "Phone"])
def test_calls_that_nobody_knows_went_out_make_no_follow_up_of_0(odd: Stranger, direction: str) -> None:
    for row in odd.rows["calls"][1:]:
        row[3] = direction
    assert not names(odd) & {*FOLLOWED}
    [told] = odd.told("outcomes", "activities")
    assert told.startswith("calls.csv: 0 of 100 activities go out, 100 are neither out nor in")


def test_columns_that_nobody_filled_count_nothing(odd: Stranger) -> None:
    for row in odd.rows["leads"][1:]:
        row[column(odd.rows["leads"], "MQL")] = row[column(odd.rows["leads"], "Rejected")] = ""
    for row in odd.rows["deals"][1:]:
        row[column(odd.rows["deals"], "Amount")] = ""
    assert not names(odd) & {"mqls", "won_value", "pipeline_created", "pipeline_open"}
    said = "is blank in all {} rows; nothing is counted by it: see whether other columns hold it"
    assert odd.told("never filled") == [f"leads.csv: mql_at {said.format(100)}", f"deals.csv: amount {said.format(34)}"]
    assert odd.known().tables.has("leads.rejected_at")  # as some were accepted, nobody may have been rejected


@pytest.mark.parametrize(("filled", "warned"), [(1.0, False), (0.6, False), (0.2, True)])
def test_the_closing_date_of_open_deals_is_what_their_crm_expects(odd: Stranger, filled: float, warned: bool) -> None:
    """Salesforce and Zoho ask for one; where few have it, their stage may have been forgotten in the map."""
    still = [row for row in odd.rows["deals"][1:] if row[5] == "Talks"]
    still += [[f"N{n}", "", "02.03.2020 10:00", "5", "", "Talks", "r1"] for n in range(10 - len(still))]
    odd.rows["deals"] = [row for row in odd.rows["deals"] if row[5] != "Talks"] + still
    for row in still[: round(filled * len(still))]:
        row[4] = "01.02.2020"  # before it was created: an expectation is in no order
    assert bool(odd.told("outcome")) is warned and odd.told("order") == []


def test_a_week_before_a_table_begins_has_no_zero_of_it(odd: Stranger) -> None:
    """Calls begin on Monday 16 March, after the week of 9 to 15 March that is told."""
    for n, row in enumerate(odd.rows["calls"][1:]):
        row[2] = (datetime(2020, 3, 16, 8) + timedelta(minutes=n)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert not names(odd) & {*FOLLOWED}
    assert odd.told("begun") == [
        "calls.csv: activities begin on 16 Mar 2020, after this week, of which they tell nothing"
    ]


def test_times_before_there_were_crms_are_told(odd: Stranger) -> None:
    odd.rows["calls"][1][2] = "1970-01-19T07:11:34Z"
    [told] = odd.told("dates", "activities")
    assert told.startswith("calls.csv: the first day is 19 Jan 1970, before there were CRMs")


@pytest.mark.parametrize(
    ("value", "low", "high", "said"),
    [
        (4, 0, 3.7, "above the normal range of 0 to 3.7"),
        (119, 61.2, 117.6, "above the normal range of 61 to 118"),
        (2, 2.4, 9, "below the normal range of 2.4 to 9"),
        (4, 0, 4.2, "within the normal range of 0 to 4"),
    ],
)
def test_a_count_is_never_above_itself(value: float, low: float, high: float, said: str) -> None:
    assert wording.against_normal(value, low, high) == said
    word, _, span = said.partition(" the normal range of ")
    assert wording.beside_normal(value, low, high) == ("normal " if word == "within" else f"{word} normal, ") + span
