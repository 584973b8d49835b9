"""What earlier runs left: read again as it was written, and whatever is broken in it passed over and counted."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignment_lib.memory import runs as memory
from alignment_lib.params.period import Week

W12 = Week.parse("2020-W12")
METRIC = {"name": "mqls", "unit": "leads", "value": 2, "source": None, "segment": None, "period": None}


def leave(
    out: Path, period: str = "2020-W11", *, slice: str | None = None, source: Any = "tiny", **results: Any
) -> Path:
    """The files of a run that the next one reads."""
    folder = memory.run_folder(out, "weekly", period, slice)
    folder.mkdir(parents=True, exist_ok=True)
    told = {"report": "weekly", "period": period, "slice": slice, "as_of": "2020-03-15T23:00:00Z", "metrics": [METRIC]}
    (folder / "results.json").write_text(json.dumps(told | results), encoding="utf-8")
    (folder / "manifest.json").write_text(json.dumps({"source": {"name": source}}), encoding="utf-8")
    (folder / "counted.csv").write_text(memory.counted_csv({"mqls": {"007": None, "008": None}}), encoding="utf-8")
    return folder


def found(out: Path, **more: Any) -> memory.Memory:
    return memory.earlier(out, **({"report": "weekly", "source": "tiny", "slice": None, "before": W12} | more))


def weeks(reports: memory.Memory) -> list[str]:
    return [e.week.label for e in reports]


# The list of ids


@given(st.dictionaries(st.sampled_from(memory.COUNTED), st.dictionaries(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.none() | st.integers(-(10**14), 10**14).map(lambda cents: cents / 100), max_size=5)))  # fmt: skip
def test_ids_of_any_spelling_come_back_as_they_were_and_are_no_formulas(counted: dict[str, memory.Ids]) -> None:
    import csv
    import io
    import tempfile

    text = memory.counted_csv(counted)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "counted.csv"
        path.write_text(text, encoding="utf-8", newline="")
        assert memory.read_counted(path) == {name: counted.get(name, {}) for name in memory.COUNTED}
    rows = list(csv.reader(io.StringIO(text, newline="")))[1:]
    assert not any(cell.startswith(("=", "+", "@", "\t", "\r")) for row in rows for cell in row[:2])
    assert not any(row[1].startswith("-") for row in rows)
    assert [r[0] for r in rows] == sorted(r[0] for r in rows)


@pytest.mark.parametrize(
    "text",
    [
        "", "metric,id\n", '"metric","id","amount"\n"mqls","7"\n', '"metric","id","amount"\n"calls","7",""\n',
        '"metric","id","amount"\n"won","7","nan"\n', '"metric","id","amount"\n"won","7","1e9"\n',
        '"metric","id","amount"\n"mqls","7",""\n"mqls","7",""\n', '"metric","id","amount"\n"mqls","7', "\x00", "\ufffe",
    ],
)  # fmt: skip
def test_a_list_that_is_not_whole_is_none(tmp_path: Path, text: str) -> None:
    leave(tmp_path).joinpath("counted.csv").write_text(text, encoding="utf-8")
    assert memory.read_counted(tmp_path / "weekly" / "2020-W11" / "counted.csv") is None
    [report] = found(tmp_path)
    assert report.counted == {}  # the report's numbers still count, without reasons


# Which reports count


def test_reports_of_the_weeks_before_come_oldest_first_and_no_others(tmp_path: Path) -> None:
    for week in ("2020-W11", "2020-W09", "2020-W12", "2020-W13", "2019-W51", "2019-W50"):  # W51 is 13 weeks before W12
        leave(tmp_path, week)
    reports = found(tmp_path)
    assert weeks(reports) == ["2019-W51", "2020-W09", "2020-W11"] and reports.skipped == ()
    assert weeks(found(tmp_path, limit=1)) == ["2020-W11"]
    assert found(tmp_path / "nowhere") == () and found(tmp_path, report="monthly") == ()
    report = reports[-1]
    assert report.as_of == datetime(2020, 3, 15, 23, tzinfo=UTC)
    assert report.total("mqls") == METRIC and report.total("leads") is None
    assert report.counted == {"leads": {}, "mqls": {"007": None, "008": None}, "opportunities": {}, "won": {}}


def test_a_slice_has_its_own_memory(tmp_path: Path) -> None:
    leave(tmp_path, "2020-W10")
    leave(tmp_path, "2020-W11", slice="source=a/b")
    assert weeks(found(tmp_path)) == ["2020-W10"]  # a folder that only holds slices is no report, and no failure
    assert weeks(found(tmp_path, slice="source=a/b")) == ["2020-W11"]
    assert found(tmp_path, slice="source=a b") == ()


def test_what_does_not_count_is_told(tmp_path: Path) -> None:
    leave(tmp_path, "2020-W11", source="other")
    leave(tmp_path, "2020-W10", as_of="2020-03-20T00:00:00Z")
    leave(tmp_path, "2020-W09").joinpath("manifest.json").write_text("{}")
    leave(tmp_path, "2020-W08", metrics=[{"name": "mqls", "value": 2}])
    leave(tmp_path, "2020-W07").joinpath("manifest.json").unlink()
    leave(tmp_path, "2020-W06", report="monthly")
    reports = found(tmp_path, as_of=datetime(2020, 3, 19, tzinfo=UTC))
    assert reports == ()
    assert sorted(reports.skipped) == sorted(
        [memory.OTHER_SOURCE, memory.LATER, memory.OLDER, memory.OLDER, memory.UNREADABLE, memory.UNREADABLE]
    )


@pytest.mark.parametrize(
    "text",
    [
        b"", b"[]", b"null", b"{", b"\xff\xfe", b"[" * 200_000, b'{"metrics": ' + b"9" * 5000 + b"}",
        b'{"report": "weekly", "period": "2020-W11", "slice": null, "as_of": 7, "metrics": []}',
        b'{"report": "weekly", "period": "2020-W11", "slice": null, "as_of": "2020-03-15", "metrics": []}',
        b'{"report": "weekly", "period": "2020-W11", "slice": null, "as_of": "2020-03-15T23:00:00Z", "metrics": {}}',
        b'{"report": ["weekly"], "period": {}, "slice": null}',
    ],
)  # fmt: skip
def test_broken_results_are_passed_over(tmp_path: Path, text: bytes) -> None:
    leave(tmp_path).joinpath("results.json").write_bytes(text)
    reports = found(tmp_path)
    assert reports == () and reports.skipped == (memory.UNREADABLE,)


@pytest.mark.parametrize("value", ["7", True, [], {}, float("nan"), float("inf"), 10**400, -1e300])
def test_a_value_that_is_no_number_is_passed_over(tmp_path: Path, value: Any) -> None:
    leave(tmp_path, metrics=[METRIC, METRIC | {"value": value}])
    assert found(tmp_path).skipped == (memory.OLDER,)


@pytest.mark.parametrize("key", ["source", "segment", "period", "name", "unit"])
def test_a_key_that_is_no_text_is_passed_over(tmp_path: Path, key: str) -> None:
    leave(tmp_path, metrics=[METRIC | {key: ["x"]}])
    assert found(tmp_path).skipped == (memory.OLDER,)


def test_issues_are_flat_records_of_text_and_anything_else_is_left_out(tmp_path: Path) -> None:
    issue = {"issue_id": "S-1", "opened_on": "2020-03-15", "owner": None}
    leave(tmp_path, issues=[issue, 7, "x", {"issue_id": ["S-2"]}, {"due_on": 3}])
    assert found(tmp_path)[0].issues == (issue,)
    leave(tmp_path, issues="all")
    assert found(tmp_path)[0].issues == ()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX files")
def test_files_that_are_no_files_end_nothing(tmp_path: Path) -> None:
    folder = leave(tmp_path, "2020-W11")
    (folder / "counted.csv").unlink()
    os.mkfifo(folder / "counted.csv")  # reading it would wait for ever
    loop = leave(tmp_path, "2020-W10")
    (loop / "results.json").unlink()
    (loop / "results.json").symlink_to("results.json")
    (tmp_path / "weekly" / "2020-W09").write_text("a file where a folder is expected")
    reports = found(tmp_path)
    assert weeks(reports) == ["2020-W11"] and reports[0].counted == {}
    assert reports.skipped == (memory.UNREADABLE, memory.UNREADABLE)
