"""What keeps a run from being mailed: each refusal names what is wrong and what to do; nothing passes by being odd."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from alignment_lib.errors import GateError
from alignment_lib.mail.gate import opened
from alignment_lib.mail.published import Published
from tests.fixture_mail import AS_OF, NOW, PERIODS, publish, rep, settings


def gate(out: Path, report: str = "weekly", now: datetime = NOW, slice: str | None = None, **changes: Any) -> Published:
    return opened(out, report, PERIODS[report], slice, settings(**changes), now)


def refused(out: Path, report: str = "weekly", **more: Any) -> str:
    with pytest.raises(GateError) as told:
        gate(out, report, **more)
    text = str(told.value).replace("\u00a0", " ")
    assert told.value.exit_code == 4 and text.startswith(f"{report} {PERIODS[report]}") and "\n" not in text
    return text


def test_a_whole_run_that_passed_is_opened(tmp_path: Path) -> None:
    folder = publish(tmp_path, [rep(1)])
    run = gate(tmp_path)
    assert (run.folder, run.period, run.slice, len(run.people)) == (folder, "2020-W11", None, 1)


def test_a_slice_is_another_run(tmp_path: Path) -> None:
    publish(tmp_path, [rep(1)], slice="segment=enterprise")
    assert gate(tmp_path, slice="segment=enterprise").slice == "segment=enterprise"
    assert "no such run is published" in refused(tmp_path)


def test_no_run(tmp_path: Path) -> None:
    assert refused(tmp_path) == (
        f"weekly 2020-W11 is not mailed: no such run is published in {tmp_path / 'weekly'}; render it: make"
        " weekly-report WEEK=2020-W11"
    )
    assert refused(tmp_path, "reps").endswith("; render it: make reps DAY=2020-03-17")


Change = Callable[[Path], Any]
BROKEN: dict[str, tuple[Change, str]] = {
    "no manifest": (lambda f: (f / "manifest.json").unlink(), "its manifest.json is missing"),
    "half a manifest": (lambda f: (f / "manifest.json").write_text('{"files":'), "its manifest.json is not whole"),
    "a manifest of nothing": (lambda f: (f / "manifest.json").write_text("{}"), "its manifest.json is not whole"),
    "a list for a manifest": (lambda f: (f / "manifest.json").write_text("[]"), "its manifest.json is not whole"),
    "a changed number": (
        lambda f: (f / "results.json").write_text((f / "results.json").read_text() + " "),
        "its results.json was changed after it was published (its hash is not the manifest's)",
    ),
    "a changed page": (
        lambda f: (f / "index.html").write_text("!"),
        "its index.html was changed after it was published",
    ),
    "no page": (lambda f: (f / "index.html").unlink(), "its index.html is missing"),
    "no results": (lambda f: (f / "results.json").unlink(), "its results.json is missing"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_run_that_is_not_whole(tmp_path: Path, what: str) -> None:
    change, sentence = BROKEN[what]
    change(publish(tmp_path, [rep(1)]))
    text = refused(tmp_path)
    assert sentence in text and text.endswith("render it again: make weekly-report WEEK=2020-W11")


def test_files_outside_of_the_run_are_not_asked_for(tmp_path: Path) -> None:
    folder = publish(tmp_path, [rep(1)])
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["../../../etc/passwd"] = "0"
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert "its passwd is missing" in refused(tmp_path)


FAILED = [
    {"name": "rows", "table": "leads", "status": "PASS", "sentence": "fine"},
    {"name": "key", "table": "leads", "status": "FAIL", "sentence": "leads.csv: a key is there twice"},
]


@pytest.mark.parametrize(
    ("results", "sentence"),
    [
        ({"checks": FAILED}, "1 of its checks failed (leads.csv: a key is there twice)"),
        ({"sentences": []}, "it says nothing: no sentence stands in its results.json"),
        ({"sentences": [{"block": "head", "text": "  "}]}, "it says nothing"),
        ({"period": "2020-W10"}, "its results.json is that of another run"),
        ({"as_of": "2020-03-15T22:00:00Z"}, "its results.json and its manifest.json differ in their as-of"),
        ({"as_of": "soon"}, "its as-of cannot be read"),
    ],
)
def test_a_run_that_did_not_pass(tmp_path: Path, results: dict[str, Any], sentence: str) -> None:
    publish(tmp_path, [rep(1)], results=results)
    assert sentence in refused(tmp_path)


def test_a_run_of_an_older_version_is_to_be_rendered_again(tmp_path: Path) -> None:
    import hashlib

    folder = publish(tmp_path, [rep(1)])
    results = json.loads((folder / "results.json").read_text())
    del results["people"]
    (folder / "results.json").write_text(json.dumps(results))
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["results.json"] = hashlib.sha256((folder / "results.json").read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert "made by an older version, without what a mail needs; render it again" in refused(tmp_path)


@pytest.mark.parametrize(
    ("report", "key", "hours"),
    [("weekly", "max_age_hours", 192), ("reps", "max_age_hours_daily", 36), ("pulse", "max_age_hours_daily", 36)],
)
def test_age_counts_from_as_of(tmp_path: Path, report: str, key: str, hours: int) -> None:
    publish(tmp_path, [rep(1)], report=report)
    oldest = datetime.fromisoformat(AS_OF[report]) + timedelta(hours=hours)
    assert gate(tmp_path, report, now=oldest)
    text = refused(tmp_path, report, now=oldest + timedelta(hours=1))
    assert f"is {hours + 1} h ago, more than the {hours} h of {key}; mail a newer one, or set {key}" in text
    assert gate(tmp_path, report, now=oldest + timedelta(hours=1), **{key: hours + 1})


def test_a_clock_that_is_wrong_makes_nothing_fresh(tmp_path: Path) -> None:
    publish(tmp_path, [rep(1)])
    assert "lies in the future; set the clock" in refused(tmp_path, now=datetime(2019, 1, 1, tzinfo=UTC))


def test_the_demo_has_no_age(tmp_path: Path) -> None:
    """Its data ends in the past; it is sent to nobody but a server on this machine (test_mail_delivery)."""
    publish(tmp_path, [rep(1)], source="demo")
    assert gate(tmp_path, now=NOW + timedelta(days=3000))


def test_a_newer_attempt_that_failed_is_named(tmp_path: Path) -> None:
    failed = tmp_path / ".failed" / "weekly-2020-W11-18ea2b"
    other = tmp_path / ".failed" / "weekly-2020-W10-18ea2c"
    for folder in (failed, other):
        folder.mkdir(parents=True)
    assert f"a later attempt failed: {failed}; render it" in refused(tmp_path)
    manifest = publish(tmp_path, [rep(1)]) / "manifest.json"
    os.utime(failed, (manifest.stat().st_mtime - 60,) * 2)
    (manifest.parent / "index.html").write_text("!")
    assert "later attempt" not in refused(tmp_path)


def test_results_and_manifest_are_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was checked is what is mailed, even where a rendering replaces the run meanwhile."""
    folder, read = publish(tmp_path, [rep(1)]), Path.read_bytes
    seen: list[str] = []
    monkeypatch.setattr(Path, "read_bytes", lambda self: seen.append(self.name) or read(self))  # type: ignore[func-returns-value]
    gate(tmp_path)
    assert sorted(seen) == sorted(p.name for p in folder.iterdir())


def test_refusals_are_sentences(tmp_path: Path) -> None:
    assert re.fullmatch(r"[^;]+; [^;]+", refused(tmp_path))
