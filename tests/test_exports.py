"""An export that is wrong as a whole is held or fails, with a sentence; an honest one is not, however odd its week."""

from __future__ import annotations

import json
import random
import re
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from alignment_lib.checks import pace
from alignment_lib.memory import exports
from alignment_lib.params.period import Week
from tests.fixture_exports import HONEST, NEIGHBOURS, WRONG, cut_at_a_day, demo, graver, judged, keep, wrong
from tests.fixture_real_weeks import REAL, as_it_was
from tests.fixture_stranger import Stranger, column, stranger

BEFORE, WEEK = Week.parse("2026-W37"), Week.parse("2026-W38")
TOLD: dict[int, tuple[str, str, str]] = {
    1: (
        "pace",
        "leads",
        r"the last lead is of 31 Aug 2026, engagements\.csv goes on to 20 Sep 2026: 14 business",
    ),
    2: ("pace", "opportunities", "the last deal is of 31 Aug 2026, .* goes on to 20 Sep 2026"),
    3: ("pace", "activities", "the last outgoing activity is of 31 Aug 2026"),
    4: ("torn", "leads", r"ends in the middle of line \d+"),
    5: ("pace", "opportunities", "the last deal is of 26 Sep 2025"),
    6: ("gone", "activities", r"\d+ of \d+ known ids looked up are gone, '\d+' is one; 14,239 rows then, 7,204 now"),
    7: ("gone", "leads", "2,973 rows then, 1,803 now"),
    8: ("pace", "activities", "the last outgoing activity is of 12 Dec 2025"),
    9: (
        "pace",
        "activities",
        "the last outgoing activity is of 31 Aug 2026, contacts.csv goes on to 20 Sep 2026",
    ),
    10: ("pace", "leads", "the last lead is of 28 Aug 2026"),
    11: ("gone", "opportunities", "361 rows then, 158 now"),
    12: (
        "unlinked",
        "activities",
        "in the week of 14 Sep 2026 14 of 124 rows refer by lead_id to leads that contacts.csv",
    ),
    13: ("fresh", "", "the newest row is of 16 Aug 2026, 21:53"),
    14: ("emptied", "leads", r"mql_at is blank in (\d+) of \1 known rows that had a value"),
    15: ("emptied", "leads", "mql_at is blank in 14 of 43 newest known rows that had a value"),
    16: ("rescaled", "opportunities", r"amount is 400 times as much in (\d+) of \1 known rows of decided deals"),
    17: ("rescaled", "opportunities", r"amount has another sign in (\d+) of \1 known rows of decided deals"),
    18: ("reread", "activities", r"direction is not 'out' any more in (\d+) of \1 known rows of which it was"),
    19: ("reread", "opportunities", r"outcome is not 'won' any more in (\d+) of \1 known rows of which it was"),
    20: ("unlinked", "activities", "lead_id finds what it refers to in 0 % of 14,368 rows, and did in 96 %"),
    21: ("unlinked", "leads", "owner_id finds what it refers to in 0 % of 2,993 rows, and did in 43 %"),
    22: ("doubled", "touches", "campaign_touches.csv: all 15,742 rows are there twice over"),
    23: ("doubled", "spend", "ad_spend.csv: all 12,960 rows are there twice over"),
    24: ("doubled", "stage_changes", "deal_stage_history.csv: all 2,646 rows are there twice over"),
    25: ("key", "leads", "lead_id '51000000000' in lines 2, 2999 is there more than once"),
    26: ("exchanged", "leads", r"source and campaign have each other's values in (\d+) of \1 known rows"),
    27: ("moved", "leads", r"created_at has moved in \d+ of \d+ known rows, in one of them from \d+ \w+ 202\d to \d+"),
    28: ("gone", "activities", "no row is left, 14,239 rows then, 0 now"),
    29: ("rows", "opportunities", "only the head"),
}
"""By number: a check that holds or fails, its table, and what it says."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The honest exports of two weeks, and what the report of the first one left."""
    root = tmp_path_factory.mktemp("exports")
    found = judged(demo(root / "before", WEEK.monday), BEFORE, root / "reports")
    assert not graver(found)
    keep(found, root / "reports")
    demo(root / "honest", WEEK.shifted(1).monday)
    return root


def test_every_number_has_its_sentence() -> None:
    assert list(WRONG) == list(TOLD) == list(range(1, 30))


@pytest.mark.parametrize("number", WRONG, ids=[f"{n} {what}" for n, (what, _) in WRONG.items()])
def test_an_export_that_is_wrong_as_a_whole_is_held(place: Path, tmp_path: Path, number: int) -> None:
    found = graver(judged(wrong(number, place / "honest", tmp_path / "wrong"), WEEK, place / "reports"))
    name, table, told = TOLD[number]
    assert (name, table) in [(c.name, c.table) for c in found]
    [sentence, *_] = [c.sentence for c in found if (c.name, c.table) == (name, table)]
    assert re.search(told, sentence) and re.search("export|remove the repeats|see `map:`", sentence), sentence


@pytest.mark.parametrize("what", NEIGHBOURS)
def test_what_others_tried_is_held(place: Path, tmp_path: Path, what: str) -> None:
    change, name = NEIGHBOURS[what]
    shutil.copytree(place / "honest", tmp_path / "wrong")
    change(tmp_path / "wrong", random.Random(1), date(2026, 9, 21))
    assert name in [c.name for c in graver(judged(tmp_path / "wrong", WEEK, place / "reports"))]


@pytest.mark.parametrize("what", HONEST)
def test_what_is_odd_and_honest_is_not_held(place: Path, tmp_path: Path, what: str) -> None:
    for name, week in (("before", BEFORE), ("honest", WEEK)):
        shutil.copytree(place / name, tmp_path / name)
        HONEST[what](tmp_path / name, week == WEEK)
        found = judged(tmp_path / name, week, tmp_path / "reports")
        assert graver(found) == []
        keep(found, tmp_path / "reports")


@pytest.mark.parametrize(("first", "weeks", "seed"), [("2025-W51", 4, 11), ("2026-W13", 3, 12), ("2026-W31", 3, 13)])
def test_weeks_of_holidays_are_not_held(tmp_path: Path, first: str, weeks: int, seed: int) -> None:
    """Christmas and the turn of the year; Easter; August."""
    for week in (Week.parse(first).shifted(n) for n in range(weeks)):
        data = demo(tmp_path / week.label, week.shifted(1).monday, seed=seed)
        found = judged(data, week, tmp_path / "reports")
        assert graver(found) == []
        keep(found, tmp_path / "reports")


@pytest.mark.real_data
@pytest.mark.skipif(not REAL.is_dir(), reason="needs the data in ../shared/data, which is not here")
@pytest.mark.parametrize(("source", "first"), [("olist", "2018-W10"), ("itschool", "2023-W44")])
def test_real_weeks_are_not_held(tmp_path: Path, source: str, first: str) -> None:
    """olist's leads fall and rise by half, the school's deals double; make simulate tries every week."""
    for week in (Week.parse(first).shifted(n) for n in range(3)):
        found = judged(as_it_was(source, week, tmp_path / week.label), week, tmp_path / "reports", source=source)
        assert graver(found) == []
        keep(found, tmp_path / "reports")


def measure(reports: Path) -> exports.Then:
    """What the leads of the week after would be held against."""
    after = datetime(2026, 9, 28, tzinfo=UTC)
    return exports.earlier(reports, source="demo", before=after, wanted=("leads",)).tables["leads"]


def test_two_weeks_in_a_row(place: Path, tmp_path: Path) -> None:
    """A bad export is held and is nobody's measure; the repaired one is not held; a release makes a new measure."""
    reports = shutil.copytree(place / "reports", tmp_path / "reports")
    bad = wrong(21, place / "honest", tmp_path / "bad")
    found = judged(bad, WEEK, reports)
    assert [c.name for c in graver(found)] == ["unlinked"]
    keep(found, reports)
    assert measure(reports).report == "weekly 2026-W37"
    assert graver(judged(place / "honest", WEEK, reports)) == []

    let = {"accept": "unlinked", "because": "owners were renumbered"}
    found = judged(bad, WEEK, reports, **let)
    [check] = [c for c in found.checks if c.accepted]
    assert (check.name, check.status, check.accepted) == ("unlinked", "WARN", {"because": let["because"]})
    keep(found, reports)
    assert measure(reports).report == "weekly 2026-W38"


def test_a_silence_that_was_let_pass_is_not_held_again(place: Path, tmp_path: Path) -> None:
    reports = shutil.copytree(place / "reports", tmp_path / "reports")
    bad = wrong(3, place / "before", tmp_path / "bad")
    let = {"accept": "pace,gone,restated", "because": "calls are in another system since September"}
    keep(judged(bad, BEFORE, reports, **let), reports)
    again = wrong(3, place / "honest", tmp_path / "again")
    for _ in range(2):  # nor by a report after that
        found = judged(again, WEEK, reports)
        assert graver(found) == []
        keep(found, reports)
    cut_at_a_day("contacts")(again, random.Random(1), date(2026, 9, 21))
    assert ("pace", "leads") in [(c.name, c.table) for c in graver(judged(again, WEEK, reports))]  # of another table


@pytest.mark.parametrize(("edited", "status"), [("created_at", "WARN"), ("", "WARN"), ("source", "HOLD")])
def test_a_mapping_that_changed_explains_what_it_reads(place: Path, tmp_path: Path, edited: str, status: str) -> None:
    """The rule of the column that moved, or of the table; not that of another column."""
    reports = shutil.copytree(place / "reports", tmp_path / "reports")
    kept = reports / "weekly" / "2026-W37" / exports.EXPORT_FILE
    told = json.loads(kept.read_text())
    told["tables"]["leads"]["rules"][edited] = "another"
    kept.write_text(json.dumps(told))
    found = judged(wrong(27, place / "honest", tmp_path / "wrong"), WEEK, reports)
    [check] = [c for c in found.checks if c.name == "moved"]
    assert check.status == status
    assert check.sentence.endswith("has changed since, which may explain it") is (status == "WARN")
    assert [c.name for c in graver(found)] == ([] if status == "WARN" else ["moved"])


BROKEN = ["", "{", "[]", '{"rows": 1}', '{"tables": {"leads": 1}}', "\xff", '{"tables": {"leads": {"rows": "x"}}}']


@pytest.mark.parametrize("text", BROKEN)
def test_what_lies_beside_a_report_and_is_not_whole_is_told(place: Path, tmp_path: Path, text: str) -> None:
    reports = shutil.copytree(place / "reports", tmp_path / "reports")
    (reports / "weekly" / "2026-W37" / exports.EXPORT_FILE).write_text(text, encoding="latin-1")
    found = judged(place / "honest", WEEK, reports)
    [told] = [c.sentence for c in found.checks if (c.name, c.status) == ("before", "WARN")]
    assert told.startswith(
        "weekly 2026-W37 left a record of its export that cannot be read, so nothing is held against"
    )


def test_ids_that_are_newest_and_not_in_the_sample_are_nothing(place: Path, tmp_path: Path) -> None:
    reports = shutil.copytree(place / "reports", tmp_path / "reports")
    kept = reports / "weekly" / "2026-W37" / exports.EXPORT_FILE
    told = json.loads(kept.read_text())
    told["tables"]["leads"]["recent"] = {"x": [1, 2]}
    kept.write_text(json.dumps(told))
    assert graver(judged(place / "honest", WEEK, reports)) == []


def test_each_table_is_held_against_the_newest_report_that_read_it(place: Path, tmp_path: Path) -> None:
    """A pulse reads no spend: that of the weekly before it stays the measure."""
    reports = shutil.copytree(place / "reports", tmp_path / "reports")
    folder = shutil.copytree(reports / "weekly" / "2026-W37", reports / "pulse" / "2026-09-17")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest |= {"report": "pulse", "period": "2026-09-17", "as_of": "2026-09-18T00:00:00+00:00"}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    told = json.loads((folder / exports.EXPORT_FILE).read_text())
    del told["tables"]["spend"]
    (folder / exports.EXPORT_FILE).write_text(json.dumps(told))
    known = exports.earlier(reports, source="demo", before=datetime(2026, 9, 21, tzinfo=UTC), wanted=("leads", "spend"))
    assert {t: known.tables[t].report for t in ("leads", "spend")} == {
        "leads": "pulse 2026-09-17", "spend": "weekly 2026-W37"
    }  # fmt: skip
    assert graver(judged(wrong(23, place / "honest", tmp_path / "wrong"), WEEK, reports)) != []


def test_a_first_export_says_that_nothing_was_compared(place: Path, tmp_path: Path) -> None:
    found = judged(place / "honest", WEEK, tmp_path / "none")
    [told] = [c.sentence for c in found.checks if c.name == "before"]
    assert told.startswith("there is no report of this source to hold this export against")


def test_the_measure_is_the_newest_report_of_the_source_before_this_one(place: Path, tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    for label, as_of, held, source in (
        ("weekly/2026-W36", "2026-09-07T00:00:00+00:00", False, "demo"),
        ("pulse/2026-09-09/segment=a", "2026-09-10T00:00:00+00:00", False, "demo"),
        ("weekly/2026-W37", "2026-09-14T00:00:00+00:00", True, "demo"),
        ("monthly/2026-08", "2026-09-12T00:00:00+00:00", False, "other"),
        ("weekly/2026-W38", "2026-09-21T00:00:00+00:00", False, "demo"),
    ):
        folder = shutil.copytree(place / "reports" / "weekly" / "2026-W37", reports / label)
        manifest = json.loads((folder / "manifest.json").read_text())
        kind, period, *_ = label.split("/")
        manifest |= {"report": kind, "period": period, "as_of": as_of, "held": held, "source": {"name": source}}
        (folder / "manifest.json").write_text(json.dumps(manifest))
    before = datetime(2026, 9, 21, tzinfo=UTC)
    known = exports.earlier(reports, source="demo", before=before, wanted=("leads",))
    assert known.tables["leads"].report == "pulse 2026-09-09"
    assert exports.earlier(reports, source="third", before=before, wanted=("leads",)).tables == {}


# By hand


def days(*runs: tuple[str, int]) -> dict[int, int]:
    """A row on each of so many days in a row, from a day on."""
    found: dict[int, int] = {}
    for first, n in runs:
        begins = (date.fromisoformat(first) - date(1970, 1, 1)).days
        found |= dict.fromkeys(range(begins, begins + n), 1)
    return found


def on(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


def test_business_days_leave_out_weekends_and_the_turn_of_the_year() -> None:
    assert pace.business(on("2026-09-18"), on("2026-09-21")) == 1  # Friday to Monday
    assert pace.business(on("2025-12-19"), on("2026-01-08")) == 1  # only the 8th of January


@pytest.mark.parametrize(
    ("until", "silent"),
    [("2026-09-18", 0), ("2026-09-22", 0), ("2026-09-23", 3), ("2026-10-16", 20)],
)
def test_a_table_with_rows_on_each_day_is_odd_after_three_business_days(until: str, silent: int) -> None:
    """100 days until Friday 18 September, five rows each; then nothing."""
    every = dict.fromkeys(days(("2026-06-11", 100)), 5)
    assert max(every) == on("2026-09-18")
    assert pace.silence(every, on(until), 2) == silent


def test_a_table_that_rests_is_odd_only_when_it_rests_longer_than_twice_as_long() -> None:
    """Ten weeks of one busy week in two: gaps of five business days, so up to eleven are its own way."""
    mondays = ("05-04", "05-18", "06-01", "06-15", "06-29", "07-13", "07-27", "08-10", "08-24")
    rests = dict.fromkeys(days(*((f"2026-{monday}", 5) for monday in mondays)), 9)
    assert pace.longest(sorted(rests)) == 5
    assert pace.silence(rests, on("2026-09-14"), 2) == 0
    assert pace.silence(rests, on("2026-09-15"), 2) == 12


def test_a_line_that_is_cut_in_its_middle_tells_a_broken_download(tmp_path: Path) -> None:
    odd: Stranger = stranger(tmp_path)
    odd.write()
    path = odd.data / "calls.csv"
    whole = path.read_bytes()
    for text, told in ((whole, []), (whole + b"Confidential", []), (whole[:-25], ["torn"])):
        path.write_bytes(text)
        found = [c for c in odd.judged_as_it_is() if c.status == "HOLD"]
        assert [c.name for c in found] == told
    assert "calls.csv: ends in the middle of line 101; the download broke off" in found[0].sentence
    assert column(odd.rows["calls"], "When") == 2
