"""Milestones and changed goals (C39), and the promise in points, on rows of ours."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from alignment_lib.blocks import month
from alignment_lib.blocks.goals_shared import goals
from alignment_lib.blocks.marketing_sla import marketing_sla, required
from alignment_lib.facts import Facts
from tests.company import Company, company

HEAD = ["Metric", "From", "To", "Segment", "Goal", "Set", "Milestone", "Due"]
COLUMNS = {
    "metric": "Metric", "period_start": "From", "period_end": "To", "segment": "Segment", "target": "Goal",
    "set_on": "Set", "milestone": "Milestone", "due_on": "Due",
}  # fmt: skip


def with_goals(root: Path, *rows: list[str]) -> Facts:
    made = Company(root)
    made.rows["goals"] = [HEAD, *rows]
    made.mapping["tables"]["targets"] = {"from": "goals", "columns": COLUMNS}
    return made.write().facts()


def stone(name: str, due: str) -> list[str]:
    return ["milestones", "2020-01-01", "2020-12-31", "", "1", "2020-01-02", name, due]


def test_milestones_stand_by_their_day_and_only_those_of_these_weeks(tmp_path: Path) -> None:
    """The last visible day is Sunday 15 March: four weeks back is 17 February, four weeks ahead 12 April."""
    found = with_goals(
        tmp_path,
        stone("long ago", "2020-02-16"),
        stone("done", "2020-02-17"),
        stone("today", "2020-03-15"),
        stone("soon", "2020-03-16"),
        stone("last", "2020-04-12"),
        stone("far", "2020-04-13"),
    )
    block = goals(found)
    assert [str(row[0]) for row in block.tables[0].rows] == ["done", "today", "soon", "last"]
    assert [str(row[3]) for row in block.tables[0].rows][2:] == ["in 1\u00a0day", "in 28\u00a0days"]
    assert {m.name: m.value for m in block.metrics} == {"milestones_due": 2, "milestones_past": 2, "goals_changed": 0}


def test_a_goal_that_was_set_anew_is_told_with_both_values(tmp_path: Path) -> None:
    rows = [["won_value", "2020-01-01", "2020-03-31", "", goal, day, "", ""] for goal, day in
            (("900", "2019-12-01"), ("900", "2019-12-20"), ("700", "2020-02-03"), ("650", "2020-03-16"))]  # fmt: skip
    block = goals(with_goals(tmp_path, *rows))
    [log] = block.tables
    assert [str(c) for c in log.rows[0][3:]] == ["all", "€\u00a0900", "€\u00a0700", "3\u00a0Feb\u00a02020"]
    assert len(log.rows) == 1  # saying the same again is no change, and the 16th has not come yet
    assert "1\u00a0goal was changed" in block.sentences[0]


def test_without_targets_it_says_what_to_connect(tmp_path: Path) -> None:
    assert "connect the table of targets" in str(goals(company(tmp_path).facts()).missing)


def in_points(root: Path, **marketing: object) -> Facts:
    made = company(root)
    (made.params_folder / "sla.yaml").write_text(yaml.safe_dump({"version": "1", "marketing": marketing}))
    return made.facts()


def test_a_promise_in_points_counts_each_mql_as_its_segment_is_worth(tmp_path: Path) -> None:
    """MQLs of March: enterprise on the 2nd and 9th, mid on the 3rd and 10th: 2 × 3 + 2 × 0.5 = 7 points."""
    facts = in_points(tmp_path, points_per_mql={"enterprise": 3, "mid": 0.5}, points_per_month=14)
    so_far = month.month_so_far(facts)
    assert so_far is not None
    assert (so_far.unit, so_far.total.done, so_far.total.target) == ("points", 7.0, 14.0)
    block = marketing_sla(facts)
    assert block.sentences[0].startswith("Marketing has delivered 7 of the 14 points promised for March\u00a02020")
    found = {m.name: m.value for m in block.metrics if m.period == "2020-03"}
    assert (found["mql_points"], found["mql_points_goal"]) == (7, 14)


def test_a_segment_that_is_not_named_counts_one(tmp_path: Path) -> None:
    so_far = month.month_so_far(in_points(tmp_path, points_per_mql={"enterprise": 3}, points_per_month=14))
    assert so_far is not None
    assert so_far.total.done == 8.0


def test_both_promises_stand_side_by_side(tmp_path: Path) -> None:
    facts = in_points(tmp_path, mqls_per_month={"mid": 4}, points_per_mql={"mid": 2}, points_per_month=14)
    told = marketing_sla(facts).sentences
    assert [t.split(" promised")[0] for t in told[::2]] == [
        "Marketing has delivered 4 of the 4 MQLs", "Marketing has delivered 6 of the 14 points",
    ]  # fmt: skip


def test_the_rate_from_today_is_what_is_missing_over_the_days_left(tmp_path: Path) -> None:
    """A promise of 10: 6 are missing. Nothing is known of the days before March, so all weigh 1, and 16 are left."""
    facts = in_points(tmp_path, mqls_per_month={"total": 10})
    so_far = month.month_so_far(facts)
    assert so_far is not None
    total = so_far.total
    assert (total.weight_done, total.weight_left) == (15, 16)
    assert total.per_day_needed == pytest.approx(6 / 16)
    assert required(so_far).startswith("From now on 0.4 MQLs are needed on an average day; so far it was 0.3")
    kept = month.month_so_far(in_points(tmp_path / "kept", mqls_per_month={"total": 4}))
    assert kept is not None
    assert required(kept) == "The promise is kept already."
