"""What the verdicts of a run's checks say on its page and on the command line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

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


def held(folder: Path) -> tuple[str, ...]:
    """Why a published run is held back, a sentence for each check; none where it is not."""
    results = json.loads((folder / "results.json").read_bytes())
    return tuple(f"{c['sentence']} (check: {c['name']})" for c in results.get("checks", ()) if c["status"] == "HOLD")
