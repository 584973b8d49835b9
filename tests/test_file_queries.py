"""Queries over a folder of files: files together, joined, wide columns as rows, history; nothing else is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from alignment_lib.checks import build
from alignment_lib.errors import MappingError
from alignment_lib.source import open_source
from tests.company import csv_text
from tests.fixture_stranger import Stranger, stranger

TASKS = [
    ["Id", "WhoId", "ActivityDate", "Sub"],
    ["T1", "L000", "2020-01-06T10:00:00Z", "Call"],
    ["T2", "C9", "", "Call"],
]
EVENTS = [["Id", "WhoId", "StartDateTime"], ["E1", "L001", "2020-01-07T10:00:00Z"]]
TOGETHER = """
SELECT Id, WhoId, ActivityDate AS moment, 'call' AS kind FROM Task
UNION ALL SELECT Id, WhoId, StartDateTime, 'meeting' FROM "Event.csv"
"""
WIDE = """
SELECT "Deal ID", replace(reached, 'Date entered ', '') AS reached, entered
FROM deals UNPIVOT (entered FOR reached IN ("Date entered Talks", "Date entered Won"))
"""


@pytest.fixture
def odd(tmp_path: Path) -> Stranger:
    found = stranger(tmp_path)
    del found.rows["calls"]
    found.rows |= {"Task": TASKS, "Event": EVENTS}
    found.mapping["tables"]["activities"] = {
        "from": {"sql": TOGETHER},
        "columns": {"activity_id": "Id", "lead_id": "WhoId", "occurred_at": "moment", "kind": "kind",
                    "direction": {"value": "out"}},
    }  # fmt: skip
    return found


def ask(odd: Stranger, sql: str) -> str:
    """What a query is refused with."""
    odd.mapping["tables"]["activities"]["from"] = {"sql": sql}
    with pytest.raises(MappingError) as told:
        odd.judged()
    return str(told.value)


def test_two_files_are_one_table_and_every_row_is_accounted_for(odd: Stranger) -> None:
    odd.write()
    tables = odd.tables()
    frame = tables["activities"].to_pandas().sort_values("activity_id")
    assert frame[["activity_id", "lead_id", "kind"]].to_numpy().tolist() == [
        ["E1", "L001", "meeting"],
        ["T1", "L000", "call"],
    ]
    account = tables.inspected["activities"].account
    assert (account.file, account.read, account.used, account.reasons) == (
        "Task.csv + Event.csv", 3, 2, {"occurred_at is missing": 1}
    )  # fmt: skip
    assert {i.name for i in tables.source.inputs} >= {"Task.csv", "Event.csv", "leads.csv", "deals.csv"}


def test_a_line_that_is_no_row_is_set_aside_with_its_file(odd: Stranger) -> None:
    odd.write().file("Task.csv", csv_text(TASKS) + "T3,L002\n")
    assert odd.tables().inspected["activities"].account.reasons["fewer cells than the head"] == 1


def test_wide_columns_become_rows(odd: Stranger) -> None:
    odd.rows["deals"][0] += ["Date entered Talks", "Date entered Won"]
    for row in odd.rows["deals"][1:]:
        row += ["2020-01-08T10:00:00Z", "2020-01-15T10:00:00Z" if row[5] == "Won" else ""]
    odd.mapping["tables"]["stage_changes"] = {
        "from": {"sql": WIDE},
        "columns": {"opportunity_id": "Deal ID", "stage": "reached", "entered_at": "entered"},
    }
    odd.write()
    params = odd.params()
    frame = build(open_source(params), params, names=("leads", "opportunities", "stage_changes"))["stage_changes"]
    counts = frame.to_pandas()["stage"].value_counts().to_dict()
    assert counts == {"Talks": 34, "Won": sum(row[5] == "Won" for row in odd.rows["deals"][1:])}


def test_a_name_of_its_own_with_is_no_file(odd: Stranger) -> None:
    odd.mapping["tables"]["activities"]["from"] = {
        "sql": "WITH both AS (SELECT Id, WhoId, ActivityDate AS moment, 'call' AS kind FROM Task) SELECT * FROM both"
    }
    odd.write()
    assert odd.tables()["activities"].count().to_pandas() == 1


def test_a_file_that_is_not_there_is_named_with_the_nearest(odd: Stranger) -> None:
    told = ask(odd, "SELECT * FROM Tasks")
    assert told.endswith(
        "activities.from: the query names 'Tasks', and data holds no such file (did you mean 'Task.csv'?)"
    )


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        'SELECT * FROM "../secret.csv"',
        "SELECT * FROM read_text('Task.csv')",
        "SELECT * FROM glob('*')",
        "SELECT * FROM Task, read_blob('/etc/shadow')",
        "SELECT * FROM other.Task",
        "SELECT (SELECT content FROM read_text('/etc/passwd')) AS Id FROM Task",
        "COPY Task TO '/tmp/stolen.csv'",
        "ATTACH '/tmp/other.db'",
        "DROP TABLE Task",
        "SELECT 1",
        "SELECT getenv('SMTP_PASSWORD') AS Id FROM Task",
    ],
)
def test_nothing_outside_of_the_folder_is_read(odd: Stranger, sql: str) -> None:
    assert ask(odd, sql).endswith("; write a SELECT over the names of files that lie in the folder")


def test_what_is_no_sql_and_what_does_not_run_are_told(odd: Stranger) -> None:
    assert "activities.from: the query cannot be read (" in ask(odd, "SELECT FROM WHERE")
    assert "does not run (" in ask(odd, "SELECT Nothing FROM Task") and "correct it" in ask(
        odd, "SELECT Nothing FROM Task"
    )


def test_a_folder_has_no_tables(odd: Stranger) -> None:
    odd.mapping["tables"]["activities"]["from"] = {"table": "Task"}
    with pytest.raises(MappingError, match="a folder of files has no tables; name a file, or write"):
        odd.judged()


@pytest.mark.parametrize(
    "sql",
    [
        """SELECT o.Id FROM Task o, "{0}" x WHERE EXISTS (WITH "{0}" AS (SELECT 1 FROM Task) SELECT * FROM "{0}")""",
        "SELECT * FROM Task WHERE Id IN (SELECT content FROM read_text('{0}'))",
    ],
)
def test_no_scope_of_a_name_opens_another_file(odd: Stranger, tmp_path: Path, sql: str) -> None:
    (tmp_path / "outside.csv").write_text("secret\n1\n")
    assert ask(odd, sql.format(tmp_path / "outside.csv")).endswith("over the names of files that lie in the folder")


@pytest.mark.parametrize("where", ["WhoId IN (SELECT content FROM read_text('{0}'))", "EXISTS (SELECT 1 FROM '{0}')"])
def test_a_condition_reads_no_other_file(odd: Stranger, tmp_path: Path, where: str) -> None:
    (tmp_path / "outside.csv").write_text("L000\n")
    odd.mapping["tables"]["activities"]["where"] = where.format(tmp_path / "outside.csv")
    with pytest.raises(MappingError, match="file system operations are disabled"):
        odd.judged()


@pytest.mark.parametrize("name", ["../outside.csv", "/etc/passwd", "sub/../../outside.csv"])
def test_a_file_is_named_inside_of_the_folder(odd: Stranger, name: str) -> None:
    for origin in (name, [name, "Task.csv"], {"sql": "SELECT * FROM a", "files": {"a": name}}):
        odd.mapping["tables"]["activities"]["from"] = origin
        with pytest.raises(MappingError, match=f"'{name}' leads out of data; name a file that lies in it"):
            odd.judged()


def test_a_folder_may_be_a_link_and_hold_links(odd: Stranger, tmp_path: Path) -> None:
    odd.write()
    (odd.data / "Task.csv").rename(tmp_path / "elsewhere.csv")
    (odd.data / "Task.csv").symlink_to(tmp_path / "elsewhere.csv")
    odd.data.rename(tmp_path / "real")
    odd.data.symlink_to(tmp_path / "real")
    assert odd.tables().inspected["activities"].account.used == 2
