"""Placing a run: a reader sees the old page or the new one, whole; kill -9 at any moment included."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from alignment_lib.memory.runs import safe_name
from alignment_lib.report import publish


def run_folder(out: Path, text: str, *, period: str = "2020-W11", slice_name: str | None = None) -> Path:
    """A finished run's folder with a page, as `place` takes it."""
    folder = publish.scratch(out)
    results: dict[str, Any] = {
        "report": "weekly", "period": period, "slice": slice_name, "as_of": "2020-03-15T23:00:00Z", "currency": "EUR",
        "metrics": [{"name": "leads", "source": None, "segment": None, "period": None, "value": 4, "unit": "leads"}],
        "sentences": [{"block": "headlines", "text": f"Headline {text}."}], "checks": [], "tables": {},
    }  # fmt: skip
    (folder / "results.json").write_text(json.dumps(results))
    (folder / "index.html").write_text(f"<html>{text}</html>")
    return folder


def placed(out: Path, text: str, **where: Any) -> Path:
    folder = run_folder(out, text, **where)
    return publish.place(folder, out, "weekly", where.get("period", "2020-W11"), where.get("slice_name"))


def test_a_run_is_placed_by_report_and_period_and_nothing_else_is_left(tmp_path: Path) -> None:
    target = placed(tmp_path, "one")
    assert target == tmp_path / "weekly" / "2020-W11"
    assert (target / "index.html").read_text() == "<html>one</html>"
    assert sorted(p.name for p in tmp_path.iterdir()) == [".lock", "index.html", "weekly"]


def test_a_second_run_takes_the_place_of_the_first(tmp_path: Path) -> None:
    (placed(tmp_path, "one") / "old.txt").write_text("of the first run")
    target = placed(tmp_path, "two")
    assert sorted(p.name for p in target.iterdir()) == ["index.html", "results.json"]
    assert "two" in (target / "index.html").read_text()


def test_a_slice_lies_inside_its_period_and_survives_a_new_run_of_the_whole(tmp_path: Path) -> None:
    placed(tmp_path, "whole")
    inner = placed(tmp_path, "part", slice_name="segment=enterprise")
    assert inner == tmp_path / "weekly" / "2020-W11" / "segment=enterprise"
    placed(tmp_path, "whole again")
    assert "part" in (inner / "index.html").read_text()
    placed(tmp_path, "part again", slice_name="segment=enterprise")
    assert "part again" in (inner / "index.html").read_text()
    assert "whole again" in (inner.parent / "index.html").read_text()


def test_a_slice_may_come_before_the_whole(tmp_path: Path) -> None:
    inner = placed(tmp_path, "part", slice_name="segment=mid")
    placed(tmp_path, "whole")
    assert "part" in (inner / "index.html").read_text() and "whole" in (inner.parent / "index.html").read_text()


def test_the_archive_lists_every_run_newest_first(tmp_path: Path) -> None:
    for period in ("2020-W10", "2020-W12", "2020-W11"):
        placed(tmp_path, period, period=period)
    placed(tmp_path, "part", slice_name="source=<b>x</b>")
    page = (tmp_path / "index.html").read_text()
    links = [f'href="weekly/{period}/index.html"' for period in ("2020-W12", "2020-W11", "2020-W10")]
    positions = [page.index(link) for link in links]
    assert positions == sorted(positions)
    assert "Headline part." in page and "<b>x</b>" not in page
    for link in page.split('href="')[1:]:
        target = link.partition('"')[0]
        assert target.startswith(("#", "data:")) or (tmp_path / unquote(target)).is_file()


@pytest.mark.parametrize("text", ["{", "{}", "[]", '{"metrics": 7}', '{"metrics": [{"name": "won"}]}', "[" * 100_000])
def test_a_broken_or_foreign_folder_does_not_stop_the_archive(tmp_path: Path, text: str) -> None:
    (tmp_path / "weekly" / "broken").mkdir(parents=True)
    (tmp_path / "weekly" / "broken" / "results.json").write_text(text)
    (tmp_path / ".failed" / "x").mkdir(parents=True)
    (tmp_path / ".failed" / "x" / "results.json").write_text("{}")
    placed(tmp_path, "one")
    assert "broken" not in (tmp_path / "index.html").read_text()


@pytest.mark.parametrize("text", ["../../etc", "segment=a/b", "source=<script>", "..", "a" * 300, "source=é", "x=\n"])
def test_a_slices_folder_stays_inside_and_is_unique(text: str) -> None:
    name = safe_name(text)
    assert "/" not in name and not name.startswith(".") and name.isascii() and name.isprintable() and len(name) < 100
    assert name != safe_name(text + "x")
    assert safe_name("segment=enterprise") == "segment=enterprise"


def test_two_names_that_look_alike_get_two_folders() -> None:
    assert safe_name("source=a b") != safe_name("source=a/b")


def test_without_a_swap_of_the_system_the_new_page_is_there_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "_swap", lambda a, b: False)
    placed(tmp_path, "one")
    target = placed(tmp_path, "two")
    assert "two" in (target / "index.html").read_text()
    assert sorted(p.name for p in (tmp_path / "weekly").iterdir()) == ["2020-W11"]


def test_leftovers_of_dead_runs_are_removed_and_those_of_living_ones_stay(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    dead = tmp_path / f".run-{gone.pid}-abc"
    alive = tmp_path / f".run-{os.getpid()}-abc"
    for folder in (dead, alive):
        folder.mkdir()
    publish.scratch(tmp_path)
    assert not dead.exists() and alive.exists()


def test_failed_runs_are_kept_but_not_for_ever(tmp_path: Path) -> None:
    for number in range(25):
        kept = publish.set_failed(run_folder(tmp_path, str(number)), tmp_path, "weekly-2020-W11")
        os.utime(kept, (number, number))
    texts = {(p / "index.html").read_text() for p in (tmp_path / ".failed").iterdir()}
    assert len(texts) == 20 and "<html>24</html>" in texts and "<html>4</html>" not in texts


PLACER = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.test_publish import placed
out, number = Path({out!r}), int(sys.argv[1])
while True:
    placed(out, f"{{number}}" + "x" * 200_000)
    number += 1
"""


def test_killed_at_any_moment_of_placing_the_page_is_whole(tmp_path: Path) -> None:
    """Twenty processes that place run after run are killed at seeded moments; every page on the way is a whole one."""
    chance = random.Random(1)
    placed(tmp_path, "0" + "x" * 200_000)
    page, archive = tmp_path / "weekly" / "2020-W11" / "index.html", tmp_path / "index.html"
    code = PLACER.format(root=str(Path(__file__).parents[1]), out=str(tmp_path))
    for round_number in range(1, 21):
        before = page.read_bytes()
        child = subprocess.Popen([sys.executable, "-c", code, str(round_number * 1000)], start_new_session=True)
        limit = time.monotonic() + 60
        while page.read_bytes() == before and time.monotonic() < limit:
            pass  # read as fast as can be while it is replaced
        time.sleep(chance.random() * 0.02)
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        text = page.read_text()
        assert text.startswith("<html>") and text.endswith("x</html>") and len(text) > 200_000
        assert "</html>" in archive.read_text()
        assert json.loads((page.parent / "results.json").read_text())["period"] == "2020-W11"
    placed(tmp_path, "last")
    assert page.read_text() == "<html>last</html>"
    assert sorted(p.name for p in (tmp_path / "weekly").iterdir()) == ["2020-W11"]
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".run-")] == []


def test_a_reader_never_sees_half_a_page(tmp_path: Path) -> None:
    """While one process replaces the page, every reading of it is one of the pages written."""
    placed(tmp_path, "0" + "x" * 200_000)
    page = tmp_path / "weekly" / "2020-W11" / "index.html"
    code = PLACER.format(root=str(Path(__file__).parents[1]), out=str(tmp_path))
    child = subprocess.Popen([sys.executable, "-c", code, "1000"], start_new_session=True)
    try:
        seen: set[str] = set()
        limit = time.monotonic() + 30
        while len(seen) < 15 and time.monotonic() < limit:
            text = page.read_text()
            assert text.startswith("<html>") and text.endswith("</html>")
            seen.add(hashlib.sha256(text.encode()).hexdigest())
        assert len(seen) > 1
    finally:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
