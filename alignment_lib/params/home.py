"""Whose run it is: the nearest folder with params/company.yaml upwards, or the one that was named; and what ships."""

from __future__ import annotations

import os
from pathlib import Path

from alignment_lib.errors import ParamsError

HOME = "ALIGNMENT_HOME"
"""The environment names a home, in place of the nearest one."""
COMPANY = Path("params", "company.yaml")


def find_root(start: Path | None = None) -> Path:
    """The home that was named, else the nearest folder from here upwards that has one's params.

    That is one with params/company.yaml, else one with params/; the working directory where there is none.

    Raises
    ------
    ParamsError
        The home that was named is none.
    """
    if start is None and os.environ.get(HOME):
        named = Path(os.environ[HOME])
        if not (named / COMPANY).is_file():
            raise ParamsError(f"{named}: no home, for it holds no {COMPANY}; make one: alignment init {named.name}")
        return named.resolve()
    here = (start or Path.cwd()).resolve()
    upwards = (here, *here.parents)
    nearest = (p for mark in (COMPANY, COMPANY.parent) for p in upwards if (p / mark).exists())
    return next(nearest, here)


def shipped() -> Path:
    """The folder with the notebooks and the params that come with the program."""
    package = Path(__file__).parents[1]
    inside = package / "home"
    return inside if inside.is_dir() else package.parent


def notebook(name: str) -> Path:
    """A report's notebook: the home's own, else the one that ships."""
    own = find_root() / "notebooks" / name
    return own if own.is_file() else shipped() / "notebooks" / name
