"""How leads were worked and judged, row by row, on the leads of tests/fixture_effort.py, worked out by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from alignment_lib.errors import ParamsError
from alignment_lib.facts import Facts
from alignment_lib.facts import effort_frames as frames
from alignment_lib.params.period import Week
from alignment_lib.stats.days import epoch_day
from tests.company import LEADS
from tests.fixture_effort import AS_OF, DECIDED, ENDS, MONDAY, WORKED, eight, eleven, facts_of


def listed(facts: Facts) -> pd.DataFrame:
    return frames.efforts(facts, first_day=MONDAY, last_day=MONDAY + 20, listed=0)


def ends(facts: Facts) -> dict[str, tuple[str, int]]:
    frame = listed(facts)
    frame = frame[frame["week"] == 0]
    return {r.lead_id: (r.state, r.attempts) for r in frame.itertuples()}


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return facts_of(eleven(tmp_path_factory.mktemp("eleven")))


def test_attempts_end_when_a_lead_is_reached_or_decided_on(facts: Facts) -> None:
    assert ends(facts) == ENDS


def test_leads_of_other_weeks_come_as_counts(facts: Facts) -> None:
    other = listed(facts).query("week == 1")
    assert other[["state", "attempts", "n"]].values.tolist() == [["open", 1, 1]]
    assert other[["lead_id", "owner_id"]].isna().all(axis=None)


def test_where_kinds_are_not_connected_everything_that_comes_in_is_an_answer(tmp_path: Path) -> None:
    made = eleven(tmp_path)
    del made.mapping["tables"]["activities"]["columns"]["kind"]
    assert ends(facts_of(made)) == ENDS | {"c": ("reached", 0)}


def test_where_outcomes_are_not_connected_only_answers_tell_that_a_lead_was_reached(tmp_path: Path) -> None:
    made = eleven(tmp_path)
    del made.mapping["tables"]["activities"]["columns"]["outcome"]
    assert ends(facts_of(made)) == ENDS | {"a": ("open", 3), "j": ("open", 1)}


def test_the_agreement_names_the_outcomes(tmp_path: Path) -> None:
    made = eleven(tmp_path).write()
    (made.params_folder / "sla.yaml").write_text("sales: {connected: [Sent]}\n")
    found = ends(made.facts(week="2020-W13", as_of=AS_OF))
    assert (found["a"], found["b"], found["j"]) == (("open", 3), ("reached", 1), ("open", 1))


def test_an_activity_that_names_no_lead_is_of_its_contact_s_leads(tmp_path: Path) -> None:
    """Those of lead b name its contact only; where they name the lead, the contact is not asked."""
    made = eleven(tmp_path)
    made.rows["leads"][0] = [*LEADS[0], "Contact"]
    made.rows["leads"][1:] = [[*row, f"contact-{row[0]}"] for row in WORKED]
    made.rows["calls"][0].append("Contact")
    for row in made.rows["calls"][1:]:
        row.append("contact-b" if row[1] in "bf" else "contact-k")
        row[1] = "" if row[1] == "b" else row[1]
    for table in ("leads", "activities"):
        made.mapping["tables"][table]["columns"]["contact_id"] = "Contact"
    assert ends(facts_of(made)) == ENDS


def test_activities_that_name_nobody_are_an_error_here(tmp_path: Path) -> None:
    made = eleven(tmp_path)
    del made.mapping["tables"]["activities"]["columns"]["lead_id"]
    found = facts_of(made)
    assert not frames.linked(found)
    with pytest.raises(ParamsError, match=r"activities\.lead_id: not connected"):
        listed(found)


def test_a_week_is_old_enough_on_the_day_that_it_says(tmp_path: Path) -> None:
    """W11 ends on 15 March: with 14 days to decide, 29 March is the day."""
    made = eleven(tmp_path).write()
    for as_of, old in ((AS_OF, True), ("2020-03-29T00:00:00", False)):
        params = made.params(week="2020-W13", as_of=as_of)
        run = params.at(Week.parse("2020-W13"))
        assert frames.ripe(run)[-3:] == (old, False, False)
        assert frames.ready_day(run, len(run.weeks) - 3) == epoch_day(date(2020, 3, 29))


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return facts_of(eight(tmp_path_factory.mktemp("eight")))


def without(root: Path, column: str) -> Facts:
    made = eight(root)
    del made.mapping["tables"]["leads"]["columns"][column]
    return facts_of(made)


def test_decisions_in_time_and_their_reasons(judged: Facts) -> None:
    frame = frames.judgements(judged, first_day=MONDAY, last_day=MONDAY + 6)
    by_source = frame.set_index("source")[["leads", "decided", "rejected", "with_reason"]].to_dict("index")
    assert by_source == {
        "Search": {"leads": 4, "decided": 3, "rejected": 2, "with_reason": 1},  # a, c, d; c says why
        "(unknown)": {"leads": 3, "decided": 1, "rejected": 1, "with_reason": 1},  # e
    }
    assert frame["owner_id"].isna().tolist() == [False, True]


def test_where_reasons_are_not_connected_none_is_missing(tmp_path: Path) -> None:
    frame = frames.judgements(without(tmp_path, "reject_reason"), first_day=MONDAY, last_day=MONDAY + 6)
    assert frame["rejected"].tolist() == frame["with_reason"].tolist() == [2, 1]


def test_without_mqls_a_decision_is_due_from_the_creation_on(tmp_path: Path) -> None:
    """Lead e was created on the Sunday before; h counts, a and b are in time and late as before."""
    frame = frames.judgements(without(tmp_path, "mql_at"), first_day=MONDAY, last_day=MONDAY + 6)
    assert frame[["leads", "decided"]].sum().tolist() == [7, 4]


def test_decisions_of_some_days_one_by_one(judged: Facts) -> None:
    """On 10 March c, d and f were rejected and h was accepted; f's later acceptance is of another day."""
    frame = frames.decided(judged, first_day=MONDAY + 1, last_day=MONDAY + 1)
    assert frame[["lead_id", "accepted", "rejected", "reason"]].values.tolist() == [
        ["c", False, True, "too small"], ["d", False, True, ""], ["f", False, True, "x"], ["h", True, False, ""],
    ]  # fmt: skip


def test_the_last_word_of_sales_is_a_decision_or_a_remark(judged: Facts) -> None:
    """Search: b accepted on 23 March; unknown: f on the day after. A remark on lead a is later, one on b earlier."""
    decided = epoch_day(date(2020, 3, 24))
    assert frames.last_heard(judged, ()) == {"Search": decided - 1, "(unknown)": decided}
    remarks = [
        {"given_on": date(2020, 3, 27), "lead_id": "a", "campaign": None},
        {"given_on": date(2020, 3, 26), "lead_id": "a", "campaign": None},
        {"given_on": date(2020, 3, 9), "lead_id": "g", "campaign": None},
        {"given_on": date(2020, 3, 28), "lead_id": "nobody", "campaign": None},
        {"given_on": None, "lead_id": "g", "campaign": None},
    ]
    assert frames.last_heard(judged, remarks) == {"Search": epoch_day(date(2020, 3, 27)), "(unknown)": decided}


def test_a_remark_on_a_campaign_is_heard_by_each_of_its_sources(tmp_path: Path) -> None:
    made = eight(tmp_path)
    made.rows["leads"] = [[*LEADS[0], "Campaign"], *([*row, "Spring"] for row in DECIDED[:1] + DECIDED[-2:-1])]
    made.mapping["tables"]["leads"]["columns"]["campaign"] = "Campaign"
    remarks = [{"given_on": date(2020, 3, 28), "lead_id": None, "campaign": "Spring"}]
    last = epoch_day(date(2020, 3, 28))
    assert frames.last_heard(facts_of(made), remarks) == {"Search": last, "(unknown)": last}
