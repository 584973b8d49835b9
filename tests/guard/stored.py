"""The digests as they are kept: one file a source, one line a block, so that a diff names what changed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

FOLDER = Path(__file__).parent / "digests"

Blocks = Mapping[str, Mapping[str, str]]
"""Of one run: by block, by part, a digest."""


def kept(source: str) -> dict[str, Blocks]:
    """By run what was kept of it; nothing where there is no file."""
    path = FOLDER / f"{source}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def keep(source: str, found: Mapping[str, Blocks]) -> None:
    """Write the file of a source."""
    (FOLDER / f"{source}.json").write_text(written(found), encoding="utf-8")


def written(found: Mapping[str, Blocks]) -> str:
    """JSON with each block on a line of its own."""
    runs = []
    for run, blocks in found.items():
        lines = [f"  {json.dumps(block)}: {json.dumps(parts)}" for block, parts in blocks.items()]
        runs.append(f" {json.dumps(run)}: {{\n" + ",\n".join(lines) + "\n }")
    return "{\n" + ",\n".join(runs) + "\n}\n"


def changes(old: Blocks, new: Blocks) -> Iterator[tuple[str, list[str]]]:
    """Each block that differs, and its parts that do; that it is new, gone or elsewhere."""
    if not (old and new):
        yield "every block", ["is new" if new else "is gone"]
        return
    for block in dict.fromkeys([*old, *new]):
        before, after = old.get(block, {}), new.get(block, {})
        parts = [part for part in dict.fromkeys([*before, *after]) if before.get(part) != after.get(part)]
        if parts:
            yield block, parts if before and after else ["is new" if after else "is gone"]
    if set(old) == set(new) and list(old) != list(new):
        yield "all blocks", ["their order"]
