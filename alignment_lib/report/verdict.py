"""What the verdicts of a run's checks say on its page and on the command line."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from alignment_lib.params.run import Release

HELD = 5
"""The exit code of a run that is published and held back."""


def banner(checks: Iterable[Mapping[str, Any]]) -> tuple[tuple[str, str], ...]:
    """The lines that stand first on the page: a word, and what is said; none where nothing holds."""
    lines = []
    for check in checks:
        if check["status"] == "HOLD":
            lines.append(("Held, not mailed", f"{check['sentence']} (check: {check['name']})"))
        elif check.get("accepted"):
            why = check["accepted"]["because"]
            lines.append(("Released", f"{check['sentence']} (check: {check['name']}) Let pass because: {why}"))
    return tuple(lines)


def idle(checks: Sequence[Mapping[str, Any]], release: Release | None) -> tuple[str, ...]:
    """A line for each check that was to be let pass and holds nothing in this run."""
    if release is None:
        return ()
    let = {check["name"] for check in checks if check.get("accepted")}
    warns = {check["name"] for check in checks if check["status"] == "WARN"}
    names = [name for name in release.checks if name not in let]
    return tuple(f"nothing to accept: {n} {'warns, and holds nothing' if n in warns else 'passes'}" for n in names)


def letting_pass(checks: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """How to let pass what holds: a line, or none."""
    names = ",".join(dict.fromkeys(str(c["name"]) for c in checks if c["status"] == "HOLD"))
    return (f'where that is how it is, let it pass: ACCEPT={names} BECAUSE="…"',) if names else ()


def warned(checks: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """How many checks warn, and their names, each once with its count: a line, or none."""
    names = [check["name"] for check in checks if check["status"] == "WARN"]
    told = [name if n == 1 else f"{name} ({n})" for name, n in Counter(names).items()]
    found = f"{len(names)} warning{'' if len(names) == 1 else 's'}: {', '.join(told)}"
    return (f"{found}; see `alignment check`",) if names else ()


def checks_of(folder: Path) -> list[dict[str, Any]]:
    """The checks of a published run, as its results.json holds them."""
    found: list[dict[str, Any]] = json.loads((folder / "results.json").read_bytes()).get("checks", [])
    return found


def held(folder: Path) -> tuple[str, ...]:
    """Why a published run is held back, a sentence for each check; none where it is not."""
    return tuple(f"{c['sentence']} (check: {c['name']})" for c in checks_of(folder) if c["status"] == "HOLD")
