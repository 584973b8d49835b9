"""A scorecard for the six leads of tests/company.py: its measures, targets and issues."""

from __future__ import annotations

from typing import Any

import yaml

from tests.company import Company

W12 = {"week": "2020-W12", "as_of": "2020-03-22T23:00:00Z"}
"""The whole of the week after, in which nothing happened."""
TARGETS = {
    "from": "targets",
    "columns": {
        "metric": "Metric", "period_start": "From", "period_end": "To", "segment": "Segment", "source": "Source",
        "target": "Target", "set_on": "Set",
    },
}  # fmt: skip
ISSUES = {
    "from": "issues",
    "columns": {
        "issue_id": "Id", "opened_on": "Opened", "what": "What", "metric": "Metric", "owner": "Owner", "due_on": "Due",
        "closed_on": "Closed",
    },
}  # fmt: skip


def with_measures(made: Company, *measures: dict[str, Any]) -> Company:
    """The company with these measures on its scorecard."""
    text = yaml.safe_dump({"scorecard": {"measures": list(measures)}})
    (made.write().params_folder / "weekly.yaml").write_text(text, encoding="utf-8")
    return made


def with_targets(made: Company, *rows: list[str]) -> Company:
    made.mapping["tables"]["targets"] = TARGETS
    made.rows["targets"] = [["Metric", "From", "To", "Segment", "Source", "Target", "Set"], *rows]
    return made.write()


def with_issues(made: Company, *rows: list[str]) -> Company:
    """The company with leads on its scorecard, of which 5 a week are wanted, and with issues kept by hand."""
    made.mapping["tables"]["issues"] = ISSUES
    made.rows["issues"] = [["Id", "Opened", "What", "Metric", "Owner", "Due", "Closed"], *rows]
    return with_measures(made, {"metric": "leads", "owner": "Mia", "goal": 5})
