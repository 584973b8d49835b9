"""Whose mapping a run takes: the one that is named, else one that ships, chosen by the data; and what it then says."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from alignment_lib.params import Request, RunParams, run


def load(request: Request, *, now: datetime, root: Path | None = None) -> RunParams:
    """As `params.run.load`; where nobody names a source, the data's headings do."""
    return run.load(request, now=now, root=root, kind_of=_kind_of)


def _kind_of(data: str) -> str | None:
    from alignment_lib.source.profile.chosen import kind_of

    return kind_of(data)


def resolved(params: RunParams, *, backend: Any = None) -> RunParams:
    """The parameters with every table and column of a mapping that extends one which ships.

    Raises
    ------
    MappingError
        The data is no such export, or what the mapping says beside it cannot be.
    """
    if params.mapping.extends is None:
        return params
    from alignment_lib.source.profile.chosen import extended

    return extended(params, backend=backend)
