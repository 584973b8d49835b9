"""Placing a run: a reader sees the old page or the new one, whole; kill -9 at any moment included."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from alignment_lib.errors import GateError, ParamsError
from alignment_lib.memory.runs import safe_name
from alignment_lib.report import publish


def run_folder(
    out: Path,
    text: str,
    *,
    period: str = "2020-W11",
    slice_name: str | None = None,
    more: tuple[str, ...] = (),
    source: str = "",
) -> Path:
    """A finished run's folder with a page, as `place` takes it; with the files `more` and a manifest that names all."""
    folder = publish.scratch(out)
    results: dict[str, Any] = {
        "report": "weekly", "period": period, "slice": slice_name, "as_of": "2020-03-15T23:00:00Z", "currency": "EUR",
        "metrics": [{"name": "leads", "source": None, "segment": None, "period": None, "value": 4, "unit": "leads"}],
        "sentences": [{"block": "headlines", "text": f"Headline {text}."}], "checks": [], "tables": {},
    }  # fmt: skip
    (folder / "results.json").write_text(json.dumps(results))
    (folder / "index.html").write_text(f"<html>{text}</html>")
    for name in more:
        (folder / name).write_text(f"{name} of {text}")
    files = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()}
    (folder / "manifest.json").write_text(json.dumps({"files": files, "source": {"name": source}}))
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
    mail = placed(tmp_path, "one", more=("old.svg", "report.ipynb")) / "mail"
    mail.mkdir()
    for name in ("ada@example.com-0123abcd.eml", "ada@example.com-0123abcd.eml.77.tmp"):
        (mail / name).write_text("of the first run")
    target = placed(tmp_path, "two")
    assert sorted(p.name for p in target.iterdir()) == ["index.html", "manifest.json", "results.json"]
    assert "two" in (target / "index.html").read_text()


def test_a_run_without_a_manifest_is_known_by_its_names(tmp_path: Path) -> None:
    old = placed(tmp_path, "one", more=("report.ipynb", "set_aside.csv", "counted.csv", "minutes.docx"))
    (old / "manifest.json").write_text("{")
    target = placed(tmp_path, "two")
    assert names(target) == ["index.html", "manifest.json", "minutes.docx", "results.json"]


# What others put into a run's folder


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def furnished(folder: Path) -> dict[str, str]:
    """Put files, folders and links of somebody into a run's folder; what they say, by path."""
    (folder / "minutes.docx").write_text("minutes")
    (folder / ".notes").write_text("hidden")
    (folder / "photos" / "day 1").mkdir(parents=True)
    (folder / "photos" / "day 1" / "board.jpg").write_text("board")
    (folder / "photos" / "empty").mkdir()
    (folder / "mail").mkdir()
    (folder / "mail" / "answers.txt").write_text("answers")
    (folder / "board.jpg").symlink_to("photos/day 1/board.jpg")
    (folder / "nowhere").symlink_to("/no/such/file")
    return told(folder)


def told(folder: Path) -> dict[str, str]:
    """Every path below a folder but a run's own files: what it holds, or where it points."""
    paths = {str(p.relative_to(folder)): p for p in folder.rglob("*")}
    ours = ("index.html", "results.json", "manifest.json")
    return {n: os.readlink(p) if p.is_symlink() else p.read_text() if p.is_file() else "folder"
            for n, p in paths.items() if n not in ours}  # fmt: skip


def test_what_others_put_there_survives_every_run_and_costs_nothing(tmp_path: Path) -> None:
    target = placed(tmp_path, "one")
    theirs = furnished(target)
    assert len(theirs) == 10
    inode, made = (target / "minutes.docx").stat().st_ino, (target / "photos").stat().st_mtime_ns
    for text in ("two", "three"):
        placed(tmp_path, text)
        assert told(target) == theirs
    assert text in (target / "index.html").read_text()
    assert (target / "minutes.docx").stat().st_ino == inode
    assert (target / "minutes.docx").stat().st_nlink == 1
    assert (target / "photos").stat().st_mtime_ns == made


def test_so_it_does_in_a_slice_and_beside_one(tmp_path: Path) -> None:
    placed(tmp_path, "whole")
    inner = placed(tmp_path, "part", slice_name="segment=enterprise")
    for folder in (inner.parent, inner):
        (folder / "minutes.docx").write_text(f"of {folder.name}")
    placed(tmp_path, "whole again")
    placed(tmp_path, "part again", slice_name="segment=enterprise")
    assert [(f / "minutes.docx").read_text() for f in (inner.parent, inner)] == ["of 2020-W11", f"of {inner.name}"]
    assert (
        "part again" in (inner / "index.html").read_text()
        and "whole again" in (inner.parent / "index.html").read_text()
    )


def test_a_name_that_a_run_comes_to_use_is_kept_beside_it(tmp_path: Path) -> None:
    target = placed(tmp_path, "one")
    (target / "counted.csv").write_text("counted by hand")
    (target / "chart.svg").mkdir()
    (target / "chart.svg" / "a.svg").write_text("a")
    for text in ("two", "three"):
        placed(tmp_path, text, more=("counted.csv", "chart.svg"))
        assert told(target) == {
            "counted.csv": f"counted.csv of {text}", "counted (2).csv": "counted by hand",
            "chart.svg": f"chart.svg of {text}", "chart (2).svg": "folder", "chart (2).svg/a.svg": "a",
        }  # fmt: skip


def test_what_somebody_changed_in_a_run_is_kept_beside_the_new_one(tmp_path: Path) -> None:
    target = placed(tmp_path, "one", more=("report.ipynb", "set_aside.csv"))
    for text in ("one", "two"):
        (target / "report.ipynb").write_text(f"my analysis {text}")
        placed(tmp_path, "next", more=("report.ipynb", "set_aside.csv"))
    assert told(target) == {
        "report.ipynb": "report.ipynb of next", "set_aside.csv": "set_aside.csv of next",
        "report (2).ipynb": "my analysis one", "report (3).ipynb": "my analysis two",
    }  # fmt: skip


def test_what_is_put_there_at_the_last_moment_survives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target, exchange = placed(tmp_path, "one"), publish.exchange
    (target / "counted.csv").write_text("counted by hand")
    (target / "minutes.docx").write_text("a draft")

    def late(run: Path, published: Path) -> None:
        (published / "late.txt").write_text("late")
        (published / "minutes.new").write_text("minutes")
        os.replace(published / "minutes.new", published / "minutes.docx")  # as word processors save
        exchange(run, published)

    monkeypatch.setattr(publish, "exchange", late)
    placed(tmp_path, "two", more=("counted.csv",))
    assert told(target) == {
        "counted.csv": "counted.csv of two", "counted (2).csv": "counted by hand", "late.txt": "late",
        "minutes.docx": "a draft", "minutes (2).docx": "minutes",
    }  # fmt: skip


def test_where_nothing_can_be_linked_it_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(*_: Any, **__: Any) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    target = placed(tmp_path, "one")
    theirs = furnished(target)
    monkeypatch.setattr(os, "link", link)
    placed(tmp_path, "two")
    assert told(target) == theirs


def test_what_cannot_be_taken_over_stops_the_run_and_the_page_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(source: Any, *_: Any, **__: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(source))

    target = placed(tmp_path, "one")
    (target / "minutes.docx").write_text("minutes")
    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(shutil, "copy2", refuse)
    with pytest.raises(GateError, match=r"minutes.docx: lies in .* \(Permission denied\); allow this user to read it"):
        placed(tmp_path, "two")
    assert told(target) == {"minutes.docx": "minutes"} and "one" in (target / "index.html").read_text()


EACH_STEP = """
import os, signal, sys
from pathlib import Path
from alignment_lib.report import publish
from tests.test_publish import placed, run_folder
out, system = Path(sys.argv[1]), sys.argv[2]
publish.write_archive = lambda out: None
if system == "no swap":
    publish._swap = lambda a, b: False
target = placed(out, "one")
(target / "photos").mkdir()
minutes = (target / "minutes.docx", target / "photos" / "board.jpg")
for file in minutes:
    file.write_text("theirs")
def kill_before(step):
    def hook(event, arguments):
        nonlocal step
        step -= event.startswith(("os.", "shutil.", "open"))
        if step == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)
for step in range(1, 1000):
    new = run_folder(out, "next")
    if not (child := os.fork()):
        kill_before(step)
        publish.place(new, out, "weekly", "2020-W11", None)
        os._exit(0)
    code = os.waitpid(child, 0)[1]
    aside = [target.with_name(".2020-W11.old") / file.relative_to(target) for file in minutes]
    for places in zip(minutes, aside):
        if not any(p.exists() and p.read_text() == "theirs" for p in places[:1 if system == "swap" else 2]):
            sys.exit(f"lost before step {step}: {places}")
    publish.shutil.rmtree(new, ignore_errors=True)  # as `scratch` does with what killed runs left
    if code == 0:
        sys.exit(0 if step > 25 else f"placed in {step} steps")
"""


@pytest.mark.parametrize("system", ["swap", "no swap"])
def test_a_kill_before_any_step_of_the_placing_loses_nothing_of_others(tmp_path: Path, system: str) -> None:
    command = [sys.executable, "-c", EACH_STEP, str(tmp_path), system]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_letter_of_somebody_else_stays_and_ours_goes(tmp_path: Path) -> None:
    mails = placed(tmp_path, "one") / "mail"
    mails.mkdir()
    for name in ("ada-example.com-0123abcd.eml", "her answer.eml"):
        (mails / name).write_text("a letter")
    assert [p.name for p in (placed(tmp_path, "two") / "mail").iterdir()] == ["her answer.eml"]


def test_a_page_that_a_killed_run_had_moved_aside_is_nobody_elses_to_replace(tmp_path: Path) -> None:
    old = placed(tmp_path, "theirs", source="theirs")
    old.rename(old.with_name(f".{old.name}.old"))
    with pytest.raises(ParamsError, match="belongs to source 'theirs'"):
        placed(tmp_path, "other", source="other")
    assert (old / "index.html").read_text() == "<html>theirs</html>"


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
print("ready", flush=True)
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
        child = subprocess.Popen(
            [sys.executable, "-c", code, str(round_number * 1000)], stdout=subprocess.PIPE, start_new_session=True
        )
        assert child.stdout and child.stdout.readline() == b"ready\n"
        limit = time.monotonic() + 60
        while page.read_bytes() == before and time.monotonic() < limit:
            pass  # read as fast as can be while it is replaced
        time.sleep(chance.random() * 0.02)
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()
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
