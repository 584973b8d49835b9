"""What the git history says of each renewal of the digests, and where it says too little; see README.md."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.guard.stored import Blocks

DIGESTS = "tests/guard/digests"
READER, VERDICTS = "For the reader:", "Verdicts:"
_FILE = re.compile(rf"{DIGESTS}/[\w-]+\.json")

Files = Mapping[str, Mapping[str, Blocks]]
"""By path, by run."""


@dataclass(frozen=True)
class Commit:
    """A commit, what it holds of digests, and what each of its parents does."""

    id: str
    message: str
    files: Files
    parents: Sequence[Files]


def no_history(root: Path) -> str:
    """Why there is no history to read; empty where there is one."""
    try:
        asked = _git(root, "rev-parse", "--show-toplevel", "--is-shallow-repository").split("\n")
    except (OSError, subprocess.CalledProcessError):
        return f"{root} is no git repository that git can read"
    if Path(asked[0]).resolve() != root.resolve():
        return f"{root} has no git history of its own"
    return f"the history of {root} is cut off (a shallow clone)" if asked[1] == "true" else ""


def complaints(root: Path) -> list[str]:
    """Of each commit that renews digests and says too little, what it lacks."""
    return [told for commit in commits(root) for told in _lacks(commit)]


def commits(root: Path) -> Iterator[Commit]:
    """Those that touch a file of digests, the newest first."""
    log = _git(root, "log", "--format=%H %P%x00%B%x01", "--", DIGESTS)
    told = [entry.strip().partition("\0") for entry in log.split("\x01") if entry.strip()]
    trees = _trees(root, {id for ids, _, _ in told for id in ids.split()})
    for ids, _, message in told:
        own, *parents = ids.split()
        yield Commit(own, message, trees[own], [trees[parent] for parent in parents])


def _lacks(commit: Commit) -> Iterator[str]:
    renewed, together = [], set()
    for path, runs in commit.files.items():
        before = [parent[path] for parent in commit.parents if path in parent]
        if before:
            changed = _renewed(runs, before)
            renewed += [path] if changed else []
            together |= {block for block, parts in changed if {"metrics"} < parts & {"metrics", "words", "tables"}}
    if renewed and not _said(READER, commit.message):
        yield f"{commit.id[:10]} renews {', '.join(renewed)}; its message needs a line '{READER} ...'"
    unnamed = sorted(block for block in together if not _named(block, _said(VERDICTS, commit.message)))
    if unnamed:
        yield (
            f"{commit.id[:10]} renews metrics together with words or tables; after '{VERDICTS}' its message must name"
            f" each verdict or sentence that changed, and why, by block: {', '.join(unnamed)}"
        )


def _renewed(runs: Mapping[str, Blocks], before: Sequence[Mapping[str, Blocks]]) -> list[tuple[str, set[str]]]:
    """Each block with its parts that are none of a parent's: what a merge takes from one side is not renewed by it.

    The parts of a block that is new, or gone, are not told apart.
    """
    found = []
    for run in dict.fromkeys(name for one in (runs, *before) for name in one):
        now, then = runs.get(run, {}), [parent.get(run, {}) for parent in before]
        for block in dict.fromkeys(name for one in (now, *then) for name in one):
            old = [parent.get(block, {}) for parent in then]
            names = {part for one in (now.get(block, {}), *old) for part in one}
            parts = {p for p in names if all(now.get(block, {}).get(p) != parent.get(p) for parent in old)}
            if parts:
                compared = block in now and all(old) and block != "results.json"
                found.append((block, parts if compared else {"all"}))
    return found


def _said(word: str, message: str) -> str:
    """What a message says after a line that begins with this; empty where it says nothing."""
    found = re.search(rf"^{word}[ \t]*\S", message, re.MULTILINE)
    return message[found.start() + len(word) :] if found else ""


def _named(block: str, text: str) -> bool:
    """Whether a text names a block, with whatever stands between its words."""
    words = r"[-_\s]+".join(map(re.escape, re.split(r"[-_\s]+", block)))
    return re.search(rf"\b{words}\b", text, re.IGNORECASE) is not None


def _trees(root: Path, ids: set[str]) -> dict[str, Files]:
    """The files of digests of each commit."""
    listed = {id: _FILE.findall(_git(root, "ls-tree", "--name-only", id, f"{DIGESTS}/")) for id in sorted(ids)}
    wanted = [f"{id}:{path}" for id, paths in listed.items() for path in paths]
    texts = dict(zip(wanted, _contents(root, wanted), strict=True))
    known = {text: json.loads(text) for text in set(texts.values())}
    return {id: {path: known[texts[f"{id}:{path}"]] for path in paths} for id, paths in listed.items()}


def _contents(root: Path, names: Sequence[str]) -> list[bytes]:
    """What the objects of these names hold, all of them from one process."""
    out = subprocess.run(
        ["git", "cat-file", "--batch"], cwd=root, input="\n".join(names).encode(), capture_output=True, check=True
    ).stdout
    found, at = [], 0
    for _ in names:
        begins = out.index(b"\n", at) + 1
        size = int(out[at:begins].split()[2])
        found.append(out[begins : begins + size])
        at = begins + size + 1
    return found


def _git(root: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=root, capture_output=True, text=True, encoding="utf-8", check=True
    ).stdout
