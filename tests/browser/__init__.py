"""Look at a page as its readers do: the system's Chromium, wide and phone, light and dark, printed."""

from __future__ import annotations

import atexit
import fcntl
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
    with (HERE / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one worker installs
        if not (HERE / "node_modules" / "axe-core").is_dir():
            installed = subprocess.run(
                ["npm", "install"], cwd=HERE, capture_output=True, text=True, check=False, timeout=300
            )
            return "" if installed.returncode == 0 else f"npm install failed: {installed.stderr.strip()[-300:]}"
    return ""


@cache
def _server() -> subprocess.Popen[str]:
    """The check of this process, with a browser of its own that stays open; it ends when its standard input does."""
    command = ["node", str(HERE / "check.mjs"), "--serve"]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    atexit.register(_end, server)
    return server


def _end(server: subprocess.Popen[str]) -> None:
    server.communicate(timeout=60)


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
    server = _server()
    assert server.stdin and server.stdout
    given = [str(path), "--wide", str(wide), *(["--shots", str(shots)] if shots else [])]
    server.stdin.write(json.dumps(given) + "\n")
    server.stdin.flush()
    report: dict[str, Any] = json.loads(server.stdout.readline() or '{"failed": "the browser ended"}')
    if "failed" in report:
        raise RuntimeError(f"the browser check of {path} failed: {report['failed']}")
    return report


def faults(report: dict[str, Any]) -> dict[str, Any]:
    """The part of a report that must be empty."""
    return {name: report[name] for name in ("requests", "console", "scrolls", "axe", "drills", "cut") if report[name]}
