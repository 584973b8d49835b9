"""Rows that are lost: without what each must have, or cut off. By hand; the company has 100 leads and 34 deals."""

from __future__ import annotations

from pathlib import Path

import pytest

from alignment_lib.checks import trial
from alignment_lib.source import open_source
from alignment_lib.source.tables import Check
from tests.company import csv_text
from tests.fixture_stranger import Stranger, stranger


@pytest.fixture
def odd(tmp_path: Path) -> Stranger:
    return stranger(tmp_path)


def found(odd: Stranger) -> list[Check]:
    return [c for c in odd.judged() if c.name == "complete"]


@pytest.mark.parametrize(("lost", "status"), [(2, None), (3, "WARN"), (19, "WARN"), (20, "HOLD"), (50, "HOLD")])
def test_leads_without_a_day_are_told_and_many_hold(odd: Stranger, lost: int, status: str | None) -> None:
    for row in odd.rows["leads"][1 : lost + 1]:
        row[1] = ""
    checks = found(odd)
    assert [(c.status, c.count, c.of) for c in checks] == ([(status, lost, 100)] if status else [])
    if checks:
        told = checks[0].sentence.replace("\u00a0", " ")
        assert told.startswith(f"leads.csv: {lost} of 100 rows are set aside ({lost} × created_at is missing) and")
        assert told.endswith("by `where:` in " + odd.known_as + "/sources/tiny.yaml, leads")


def test_rows_that_are_cut_off_are_told(odd: Stranger) -> None:
    """4 of 34 deals, 12 %, end before their last cell."""
    rows = odd.rows["deals"][1:]
    open_deals = sum(row[5] == "Talks" for row in rows)
    odd.write().file("deals.csv", csv_text(odd.rows["deals"]).replace(",Talks,r1", ",Talks"))
    params = odd.params()
    [check] = [c for c in trial(open_source(params), params).checks if c.name == "complete"]
    assert (check.status, check.count, check.of) == ("WARN", open_deals, len(rows))
    assert f"({open_deals} × fewer cells than the head)" in check.sentence


def test_what_is_left_out_on_purpose_is_no_loss(odd: Stranger) -> None:
    """By where, as a blank line, or as a repeat of a key; nor does it make a loss of the others a smaller share."""
    odd.mapping["tables"]["leads"] |= {"where": "\"Source\" = 'Search'", "duplicates": "last"}
    odd.rows["leads"] += [list(row) for row in odd.rows["leads"][1:41]]
    odd.rows["leads"] += [[""] * 10 for _ in range(30)]
    assert found(odd) == []
    for row in [r for r in odd.rows["leads"][1:101] if r[2] == "Search"][20:30]:
        row[1] = ""
    [check] = found(odd)
    assert (check.status, check.count) == ("HOLD", 10)  # of 50 leads by search


def test_a_call_that_is_planned_is_no_loss(odd: Stranger) -> None:
    for row in odd.rows["calls"][1:31]:
        row[2] = ""
    assert found(odd) == []


def test_few_rows_of_a_small_table_hold_nothing(odd: Stranger) -> None:
    """4 of 8 leads: told."""
    odd.rows["leads"][9:] = []
    for row in odd.rows["leads"][1:5]:
        row[1] = ""
    assert [(c.status, c.count) for c in found(odd)] == [("WARN", 4)]


def test_a_table_that_no_count_is_of_holds_nothing(odd: Stranger) -> None:
    odd.rows["reps"] += [["", "Nobody", ""] for _ in range(9)]
    assert [(c.status, c.table, c.count) for c in found(odd)] == [("WARN", "reps", 9)]


def test_deals_in_the_file_of_the_leads_are_no_loss(odd: Stranger) -> None:
    """Leads that never became a deal: 66 of 100 rows without a deal's id."""
    odd.mapping["tables"]["opportunities"] = {
        "from": "leads",
        "columns": {"opportunity_id": "Deal", "lead_id": "Lead ID", "outcome": {"value": "open"}},
    }
    for n, row in enumerate(odd.rows["leads"]):
        row.append("Deal" if n == 0 else f"D{n:03}" if n % 3 == 1 else "")
    assert found(odd) == []
