"""The pulse of days of March 2020 in the company of tests/company.py, by hand; and a demo week beside its weekly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from alignment_lib.blocks import closed, history, marketing_sla
from alignment_lib.blocks.follow_up import HOUR
from alignment_lib.blocks.pulse import LATELY, numbers, pulse
from alignment_lib.checks import build
from alignment_lib.facts import Facts, follow_up, handed_over
from alignment_lib.facts import build as build_facts
from alignment_lib.facts.due_frames import due
from alignment_lib.page.block import Block
from alignment_lib.params import Request, load
from alignment_lib.report.session import with_demo
from alignment_lib.source import open_source
from alignment_lib.source.tables import NEEDED_BY
from alignment_lib.stats.days import epoch_day
from tests.company import Company, company
from tests.fixture_numbers import plain, strangers
from tests.fixture_sentences import faults
from tests.fixture_updates import facts_of

MONDAY = date(2026, 9, 14)


def of(found: Company, day: str, **asked: str) -> Facts:
    return facts_of(found, "pulse", day=day, **asked)


def said(block: Block) -> dict[str, str]:
    """Sentence by label, with ordinary blanks; all three are there and are plain English."""
    assert block.labels == ("Marketing", "Sales", "Results")
    assert [faults(plain(s)) for s in block.sentences] == [[], [], []]
    return dict(zip(block.labels, map(plain, block.sentences), strict=True))


def value(block: Block, name: str, period: str | None = None) -> float | None:
    [record] = [m for m in block.metrics if (m.name, m.period) == (name, period)]
    return record.value


def promising(found: Company, **sla: Any) -> Company:
    (found.params_folder / "sla.yaml").write_text(yaml.safe_dump(sla), encoding="utf-8")
    return found


def test_a_day_in_three_lines(tmp_path: Path) -> None:
    """Thursday 12 March: no lead; d1 won for 3,500; MQLs of 2, 3, 9 and 10 March; leads late since the 4th and 11th."""
    facts = of(promising(company(tmp_path), marketing={"mqls_per_month": {"total": 22}}), "2020-03-12")
    block = pulse(facts)
    told = said(block)
    due_by_now = value(block, "mql_goal", "2020-03 to date")
    assert due_by_now is not None and 7 < due_by_now < 10  # 9 of the 22 working days of March 2020
    assert told["Marketing"] == (
        "Thu 12 Mar brought no leads (usually none) and no MQLs (usually none); March has 4 of 22 promised MQLs, where"
        f" {due_by_now:.0f} were due by now."
    )
    assert told["Sales"] == (
        "No lead's deadline passed on Thu 12 Mar; 2 leads are still overdue, handed over in the last 30 days."
    )
    assert told["Results"] == (
        "1 deal worth € 3,500 was won and no opportunity began; March has 1 deal won, worth € 3,500."
    )
    assert strangers(block, LATELY) == []
    assert block.handover[0]["silent"] is False


def test_months_targets_stand_beside_what_is_done(tmp_path: Path) -> None:
    built = company(tmp_path)
    built.rows["targets"] = [
        ["metric", "period_start", "period_end", "target", "segment"],
        ["won", "2020-03-01", "2020-03-31", "4", ""],
        ["won_value", "2020-03-01", "2020-03-31", "6000", "mid"],
        ["won_value", "2020-03-01", "2020-03-31", "4000", "enterprise"],
        ["won", "2020-01-01", "2020-03-31", "99", ""],
    ]
    names = built.rows["targets"][0]
    built.mapping["tables"]["targets"] = {"from": "targets", "columns": {n: n for n in names}}
    block = pulse(of(built.write(), "2020-03-13"))
    assert said(block)["Results"] == (
        "No deal was won and no opportunity began; March has 1 of 4 deals won and € 3,500 of € 10,000."
    )
    assert strangers(block, LATELY) == []
    assert (value(block, "won_goal", "2020-03"), value(block, "won_value_goal", "2020-03")) == (4, 10_000)
    sliced = said(pulse(of(built, "2020-03-13", slice="segment=enterprise")))["Results"]
    assert sliced.endswith("March has 1 deal won and € 3,500 of € 4,000.")


@pytest.mark.parametrize(
    ("day", "met", "missed", "overdue"),
    [
        ("2020-03-02", 0, 0, 0),
        ("2020-03-03", 1, 0, 0),
        ("2020-03-04", 0, 1, 1),
        ("2020-03-05", 0, 0, 1),
        ("2020-03-10", 1, 0, 1),
        ("2020-03-11", 0, 1, 2),
    ],
)
def test_a_deadline_passes_on_one_day_on_the_owners_calendar(
    tmp_path: Path, day: str, met: int, missed: int, overdue: int
) -> None:
    """Eight hours of 9 to 17.

    …928, Ada in Berlin: Monday 2 March 12:00, so until Tuesday 12:00; called on Monday.
    …929, Ben in New York: Tuesday 3 March, before he opens; his eight hours are full at 17:00 there, and more than full
    when he opens on the 4th. Never called.
    007, Ada: Monday 9 March 11:00, so until Tuesday 11:00; called on Monday. 008, Ben: as …929, a week later.
    """
    block = pulse(of(company(tmp_path), day))
    found = [value(block, name) for name in ("due_leads", "due_met", "due_missed", "still_overdue")]
    assert found == [met + missed, met, missed, overdue]
    assert strangers(block, LATELY) == []


def test_sentences_of_deadlines(tmp_path: Path) -> None:
    built = company(tmp_path)
    late = "1 lead is still overdue, handed over in the last 30 days."
    assert said(pulse(of(built, "2020-03-03")))["Sales"] == (
        "1 lead's deadline passed, and it was followed up in time; no lead is overdue."
    )
    assert said(pulse(of(built, "2020-03-04")))["Sales"] == (
        f"1 lead's deadline passed, and it was not followed up in time; {late}"
    )
    lead = built.rows["leads"][1]
    more = [[f"x{i}", *lead[1:]] for i in range(3)]
    built.rows["leads"] += more
    for i, (minute, told) in enumerate([
        ("13:40", "Of 4 leads whose deadline passed, 2 were followed up in time and 2 were missed; 2 leads are still"),
        ("13:41", "Of 4 leads whose deadline passed, 3 were followed up in time and 1 was missed; 1 lead is still"),
        ("13:42", "All 4 leads whose deadline passed were followed up in time; no lead is overdue."),
    ]):  # fmt: skip
        built.rows["calls"].append([f"y{i}", f"x{i}", f"2020-03-02T{minute}:00Z", "out", "r1"])
        assert said(pulse(of(built.write(), "2020-03-03")))["Sales"].startswith(told)


def test_lately_is_thirty_days_with_today(tmp_path: Path) -> None:
    """Ben's two leads are overdue, of 3 and 10 March; on 1 April the first of them is of the thirtieth day."""
    built = company(tmp_path)
    for n in (1, 2):  # the data reaches these days
        built.rows["calls"].append([f"c{n + 8}", "007", f"2020-04-0{n}T12:00:00Z", "in", "r1"])
    days = {"2020-04-01": "2020-04-02", "2020-04-02": "2020-04-03"}
    found = [numbers(of(built.write(), day, as_of=following)).follow_up for day, following in days.items()]
    assert [(f.overdue, f.lately) for f in found if f] == [(2, 2), (2, 1)]


def test_a_deadline_long_after_the_lead_came_is_found(tmp_path: Path) -> None:
    """Eighty business hours, two weeks: …928 of Monday 2 March 12:00 is due on Monday 16 March 12:00."""
    facts = of(promising(company(tmp_path), sales={"follow_up_hours": 80}), "2020-03-16")
    frame = due(facts, sla_s=80 * HOUR, first_day=facts.run.first_day, last_day=facts.run.last_day)
    assert frame["lead_id"].tolist() == ["3458764513820540928"]
    assert frame["met"].tolist() == [True]


def test_a_deadline_is_one_of_the_owners_own_calendar(tmp_path: Path) -> None:
    """Ben opens for four hours a day: …929 of Tuesday has its eight by Wednesday, so it is late on Thursday; Ada
    works as before."""
    built = company(tmp_path)
    settings(built, lambda given: given["calendar"]["zones"].update(
        {"America/New_York": {"hours": {"mon-fri": ["09:00-13:00"]}}}))  # fmt: skip
    sla_s = 8 * HOUR
    found = {
        day: due(of(built, day), sla_s=sla_s, first_day=epoch(day), last_day=epoch(day))["lead_id"].tolist()
        for day in ("2020-03-03", "2020-03-04", "2020-03-05")
    }
    assert found == {"2020-03-03": ["3458764513820540928"], "2020-03-04": [], "2020-03-05": ["3458764513820540929"]}


def epoch(day: str) -> int:
    return epoch_day(date.fromisoformat(day))


def settings(built: Company, change: Callable[[Any], object]) -> None:
    """The company's own settings, changed."""
    place = built.params_folder / "company.yaml"
    given = yaml.safe_load(place.read_text(encoding="utf-8"))
    change(given)
    place.write_text(yaml.safe_dump(given), encoding="utf-8")


def test_a_day_off_is_called_one_and_is_silent_where_nothing_happened(tmp_path: Path) -> None:
    """Saturday 14 March has nothing; on Sunday a lead came a minute before midnight."""
    built = company(tmp_path)
    saturday, sunday = pulse(of(built, "2020-03-14")), pulse(of(built, "2020-03-15"))
    assert said(saturday)["Marketing"].startswith("Sat 14 Mar, a day off, brought no leads (usually none)")
    assert said(saturday)["Sales"].startswith("No lead's deadline passed on Sat 14 Mar, a day off; 2 leads")
    assert said(sunday)["Marketing"].startswith("Sun 15 Mar, a day off, brought 1 lead")
    assert (saturday.handover[0]["silent"], sunday.handover[0]["silent"]) == (True, False)


def test_a_holiday_is_a_day_off(tmp_path: Path) -> None:
    built = company(tmp_path)
    settings(built, lambda given: given["calendar"].update(holidays={"extra": [date(2020, 3, 12)]}))
    assert not numbers(of(built, "2020-03-12")).working
    assert numbers(of(built, "2020-03-11")).working


def test_a_day_that_the_data_does_not_reach_is_unknown_and_never_nothing(tmp_path: Path) -> None:
    """The last row is of Sunday 15 March."""
    block = pulse(of(company(tmp_path), "2020-03-17"))
    assert said(block) == {
        "Marketing": "The data ends on Sun 15 Mar, before this day; its leads and MQLs are not known.",
        "Sales": "The data ends on Sun 15 Mar, before this day; whether leads were followed up in time is not known.",
        "Results": "The data ends on Sun 15 Mar, before this day; its deals are not known.",
    }
    assert block.metrics == ()
    assert block.handover[0]["silent"] is True


def test_what_is_not_connected_is_said(tmp_path: Path) -> None:
    built = company(tmp_path)
    for table in ("activities", "opportunities"):
        del built.mapping["tables"][table]
    del built.mapping["tables"]["leads"]["columns"]["mql_at"]
    told = said(pulse(of(built.write(), "2020-03-09")))
    assert told == {
        "Marketing": "Mon 9 Mar brought 1 lead (no normal range yet); this data does not say when a lead became an"
        " MQL.",
        "Sales": "Follow-up cannot be told: this data holds no calls, mails or meetings.",
        "Results": "Deals of this day are not in the data.",
    }


def test_the_normal_range_is_that_of_the_weekday(tmp_path: Path) -> None:
    """Eight Tuesdays with 4, 6, 4, 6 ... leads: 5 ± 2.66 × 2, so 0 to 10; 30 leads on each Monday do not matter."""
    built, tuesday = company(tmp_path), date(2020, 1, 14)
    leads = []
    for week in range(9):
        for day, n in ((tuesday, 4 + 2 * (week % 2) if week < 8 else 11), (tuesday - timedelta(days=1), 30)):
            shown = f"{day + timedelta(days=7 * week):%d.%m.%Y} 10:00"
            leads += [[f"{week}-{day}-{i}", shown, "Search", "mid", "r1", "", "", "", "", ""] for i in range(n)]
    built.rows["leads"] = [built.rows["leads"][0], *leads]
    block = pulse(of(built.write(), "2020-03-10"))
    assert said(block)["Marketing"].startswith("Tue 10 Mar brought 11 leads (above normal, 0 to 10)")
    assert "beside the Tuesdays before" in said(block)["Marketing"]
    [record] = [m for m in block.metrics if m.name == "leads_weekday"]
    assert (record.value, record.low, record.n) == (5, 0, 8)
    assert record.high == pytest.approx(5 + 2.66 * 2)


# One library, one definition (C52)


@dataclass(frozen=True)
class Told:
    """What a report of the demo records of the whole company by name and period, and the leads that it finds late."""

    records: Mapping[tuple[str, str | None], float | None]
    late: frozenset[str]
    """Of all leads handed over by then."""
    due: tuple[str, ...]
    """Leads whose deadline passed on the day, of those only the missed ones in `missed`."""
    missed: frozenset[str]
    strange: tuple[str, ...]
    faulty: tuple[str, ...]


@pytest.fixture(scope="module")
def told() -> dict[str, Told]:
    """Seven pulses of a week, its weekly, and the weekly before, from one reading of the data."""
    asked = [("pulse", {"day": (MONDAY + timedelta(days=i)).isoformat()}) for i in range(7)]
    asked += [("weekly", {"week": week}) for week in ("2026-W37", "2026-W38")]
    source, found = None, {}
    for report, period in asked:
        params = with_demo(load(Request(source="demo", report=report, **period), now=datetime.now(UTC)))
        source = source or open_source(params)
        facts = build_facts(build(source, params, names=NEEDED_BY["pulse"]))
        found[next(iter(period.values()))] = _told(facts, report)
    return found


def _told(facts: Facts, report: str) -> Told:
    run = facts.run
    sla_s = int(run.params.sla.sales.follow_up_hours * HOUR)
    blocks = [pulse(facts)] if report == "pulse" else []
    if report == "weekly":
        blocks = [f(facts) for f in (history.history, closed.closed, marketing_sla.marketing_sla)]
    handed = handed_over(facts, first_day=0, last_day=run.last_day)
    passed = due(facts, sla_s=sla_s, first_day=run.first_day, last_day=run.last_day)
    everything = follow_up(facts, sla_s=sla_s, first_day=0, last_day=run.last_day)
    records = [m for b in blocks for m in b.metrics if not (m.source or m.segment)]
    return Told(
        records={(m.name, m.period): m.value for m in records} | {("late", None): int(everything["untouched"].sum())},
        late=frozenset(handed.loc[handed["seconds"] > sla_s, "lead_id"]),
        due=tuple(passed["lead_id"]),
        missed=frozenset(passed.loc[~passed["met"], "lead_id"]),
        strange=tuple(x for b in blocks if report == "pulse" for x in strangers(b, LATELY)),
        faulty=tuple(x for b in blocks if report == "pulse" for s in b.sentences for x in faults(plain(s))),
    )


def pulses(told: Mapping[str, Told]) -> list[Told]:
    return [told[(MONDAY + timedelta(days=i)).isoformat()] for i in range(7)]


def test_seven_pulses_add_up_to_the_weekly(told: dict[str, Told]) -> None:
    weekly = told["2026-W38"].records
    for name in ("leads", "mqls", "opportunities", "won", "won_value"):
        found = sum(p.records[name, None] or 0 for p in pulses(told))
        assert found == pytest.approx(weekly[name, None], abs=0.005), name
    assert (weekly["leads", None] or 0) > 50


def test_the_month_so_far_is_that_of_the_weekly(told: dict[str, Told]) -> None:
    weekly, sunday = told["2026-W38"].records, pulses(told)[-1].records
    for key in (("leads", "2026-09"), ("mqls", "2026-09"), ("won", "2026-09"), ("mql_goal", "2026-09"),
                ("mql_goal", "2026-09 to date")):  # fmt: skip
        assert sunday[key] == weekly[key], key


def test_what_seven_pulses_call_missed_is_what_the_weekly_finds_late_and_the_one_before_did_not(
    told: dict[str, Told],
) -> None:
    missed = [x for p in pulses(told) for x in p.missed]
    assert len(missed) == len(set(missed)) == sum(p.records["due_missed", None] or 0 for p in pulses(told)) > 0
    assert set(missed) == told["2026-W38"].late - told["2026-W37"].late
    assert pulses(told)[-1].records["still_overdue", None] == told["2026-W38"].records["late", None]


def test_each_lead_is_due_on_one_day_and_every_day_of_the_week_has_the_week(told: dict[str, Told]) -> None:
    """The due frame of the whole week is that of its days together."""
    days = [x for p in pulses(told) for x in p.due]
    assert len(days) == len(set(days)) > 30
    assert set(days) == set(told["2026-W38"].due)


def test_every_day_of_the_week_reads_well(told: dict[str, Told]) -> None:
    assert [(p.strange, p.faulty) for p in pulses(told)] == [((), ())] * 7
