"""What git keeps of a notebook: its cells, not what they gave. `make lab` makes it git's filter for notebooks/."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

SHOWN = {"collapsed", "editable", "execution", "jupyter", "scrolled", "slideshow", "trusted"}
"""Metadata by which JupyterLab remembers how a cell looked."""
KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def template(saved: bytes) -> bytes:
    r"""Return a notebook as it is committed; what is none, a file with a merge's conflicts say, as it is.

    Examples
    --------
    >>> template(b"<<<<<<< HEAD\n")
    b'<<<<<<< HEAD\n'
    """
    try:
        book = json.loads(saved)
        book["cells"] = [_cell(cell) for cell in book["cells"]]
        book["metadata"] = {**book["metadata"], **KERNEL}
        book["metadata"].pop("widgets", None)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return saved
    return (json.dumps(book, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _cell(cell: dict[str, Any]) -> dict[str, Any]:
    """A cell without outputs and looks."""
    kept = {
        name: value for name, value in cell["metadata"].items() if name not in SHOWN and (name, value) != ("tags", [])
    }
    ran: dict[str, Any] = {"outputs": [], "execution_count": None} if cell["cell_type"] == "code" else {}
    return {**cell, **ran, "metadata": kept}


def saved(*, os_path: str, **_: Any) -> None:
    """Tell git, after JupyterLab saved a notebook, that it is as it was where it differs in outputs alone.

    git takes a file of another size for a changed one, and asks its filter only when it shows or adds the change.
    """
    place = Path(os_path)
    with contextlib.suppress(OSError):  # a machine without git
        if place.suffix == ".ipynb" and not _git("diff", "--quiet", "--", place.name, folder=place.parent):
            _git("add", "--update", "--", place.name, folder=place.parent)


def _git(*arguments: str, folder: Path) -> int:
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=False).returncode


if __name__ == "__main__":
    sys.stdout.buffer.write(template(sys.stdin.buffer.read()))
