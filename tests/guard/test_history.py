"""A commit that renews digests says what changed for the reader: of this repository, and of histories made here."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.fixture_report import ROOT
from tests.guard.history import DIGESTS, complaints, no_history
from tests.guard.stored import written

FIRST = {"metrics": "m1", "words": "w1", "tables": "t1", "alts": "a1"}


def test_every_commit_that_renews_digests_says_what_changed() -> None:
    if reason := no_history(ROOT):
        pytest.skip(reason)
    assert complaints(ROOT) == []


class History:
    """A repository in which each commit keeps digests."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / DIGESTS).mkdir(parents=True)
        self.git("init", "-q", "-b", "main")
        self.commit("Keep digests", "Begin")

    def git(self, *arguments: str) -> None:
        who = ("-c", "user.name=Ada", "-c", "user.email=ada@tiny.example", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *who, *arguments], cwd=self.root, check=True, capture_output=True)

    def keep(self, block: str = "follow-up", **parts: str) -> None:
        runs = {"weekly 2020-W11": {"head": FIRST, block: {**FIRST, **parts}}}
        (self.root / DIGESTS / "tiny.json").write_text(written(runs), encoding="utf-8")

    def commit(self, *message: str, block: str = "follow-up", **parts: str) -> None:
        self.keep(block, **parts)
        self.git("add", "-A")
        self.git("commit", "-q", *(word for text in message for word in ("-m", text)))


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path)


def test_the_commit_that_adds_digests_and_one_that_leaves_them_say_nothing(history: History) -> None:
    (history.root / "code.py").write_text("", encoding="utf-8")
    history.commit("Move a room")
    assert complaints(history.root) == []


@pytest.mark.parametrize(
    ("message", "parts", "lacks"),
    [
        ("Sharpen a sentence", {"words": "w2"}, "renews tests/guard/digests/tiny.json; its message needs a line"),
        ("For the reader: ", {"words": "w2"}, "needs a line 'For the reader: ...'"),
        ("Say it here. For the reader: more", {"words": "w2"}, "needs a line 'For the reader: ...'"),
        ("For the reader: a sharper sentence.", {"words": "w2", "alts": "a2"}, None),
        ("For the reader: 14 days are 14 days.", {"metrics": "m2", "alts": "a2", "figures": "f2"}, None),
        ("For the reader: more in time.", {"metrics": "m2", "words": "w2"}, "by block: follow-up"),
        ("For the reader: more in time.", {"metrics": "m2", "tables": "t2"}, "by block: follow-up"),
        ("For the reader: x.\nVerdicts: kept, for 1 is more.", {"metrics": "m2", "words": "w2"}, "by block: follow-up"),
        ("For the reader: x.\nVerdicts: Follow up: kept, for 1 is more.", {"metrics": "m2", "words": "w2"}, None),
    ],
)
def test_a_renewal_says_what_changed(history: History, message: str, parts: dict[str, str], lacks: str | None) -> None:
    history.commit("A subject", message, **parts)
    told = complaints(history.root)
    assert len(told) == (lacks is not None)
    assert lacks is None or lacks in told[0]


def test_a_block_that_is_new_needs_no_verdict_but_a_word_for_the_reader(history: History) -> None:
    history.commit("Add a block", block="wins")
    [told] = complaints(history.root)
    assert "For the reader" in told


def test_a_merge_answers_for_what_it_has_of_neither_side(history: History) -> None:
    history.git("checkout", "-q", "-b", "side")
    history.commit("Side", "For the reader: other words.", words="w2")
    history.git("checkout", "-q", "main")
    history.commit("Main", "For the reader: other alts.", alts="a2")
    history.git("merge", "-q", "-s", "ours", "--no-commit", "side")
    history.commit("Merge side", words="w2", alts="a2")
    assert complaints(history.root) == []
    history.git("commit", "-q", "--amend", "-m", "Merge side, and more")
    history.keep(words="w3", alts="a2")
    history.git("commit", "-q", "-a", "--amend", "--no-edit")
    [told] = complaints(history.root)
    assert "needs a line 'For the reader: ...'" in told


def test_a_folder_without_a_history_of_its_own_has_none(history: History, tmp_path: Path) -> None:
    assert no_history(history.root) == ""
    assert "no git history of its own" in no_history(history.root / "tests")
    assert "no git repository" in no_history(tmp_path / "nowhere")
    for text in ("One", "Two"):
        history.commit(text, f"For the reader: {text}.", words=text)
    history.git("clone", "-q", "--depth", "1", f"file://{history.root}", str(tmp_path / "shallow"))
    assert "shallow" in no_history(tmp_path / "shallow")
