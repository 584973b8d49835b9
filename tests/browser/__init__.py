"""Look at a page as its readers do: the system's Chromium, wide and phone, light and dark, printed."""

from __future__ import annotations

import json
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@cache
def unavailable() -> str:
    """Why pages cannot be looked at on this machine; empty where they can."""
    if not any(shutil.which(name) for name in BROWSERS):
        return "no Chromium on the PATH"
    if not (shutil.which("node") and shutil.which("npm")):
        return "no node and npm on the PATH"
    if not (HERE / "node_modules" / "axe-core").is_dir():
        installed = subprocess.run(
            ["npm", "install"], cwd=HERE, capture_output=True, text=True, check=False, timeout=300
        )
        return "" if installed.returncode == 0 else f"npm install failed: {installed.stderr.strip()[-300:]}"
    return ""


def browser_check(path: str | Path, shots: str | Path | None = None, *, wide: int = 1280) -> dict[str, Any]:
    """What a reader of the page would suffer from; skips the calling test where there is no browser.

    Parameters
    ----------
    wide : int
        Pixels of the wide view; a phone has 375.

    Returns
    -------
    dict
        `requests` (addresses asked for beyond the page itself), `console` (errors and warnings), `scrolls` (views that
        scroll sideways), `axe` (violations with view, rule and nodes), `drills` (lists that do not open well), `cut`
        (what paper would cut off), `views`, `pdf_pages`, `paper` (parts that begin a page, size of its text).
    """
    if reason := unavailable():
        pytest.skip(reason)
    command = [
        "node",
        str(HERE / "check.mjs"),
        str(path),
        "--wide",
        str(wide),
        *(["--shots", str(shots)] if shots else []),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode != 0:
        raise RuntimeError(f"the browser check of {path} ended with {done.returncode}: {done.stderr.strip()[-2000:]}")
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def faults(report: dict[str, Any]) -> dict[str, Any]:
    """The part of a report that must be empty."""
    return {name: report[name] for name in ("requests", "console", "scrolls", "axe", "drills", "cut") if report[name]}
