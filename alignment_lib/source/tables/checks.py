"""A check as data: what was looked at, how it stands, what to do, and what cannot be told because of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from alignment_lib.errors import DataError

Status = Literal["PASS", "WARN", "HOLD", "FAIL"]
"""Nothing; told; published with a banner and not mailed; not published."""


@dataclass(frozen=True)
class Check:
    """One check on one table; `count` rows of `of` are concerned."""

    name: str
    table: str
    status: Status
    sentence: str
    count: int = 0
    of: int = 0
    cannot: tuple[str, ...] = ()
    """What this data cannot tell, `table.column`: a block that needs it is one line, the sentence."""


def raise_for_failures(checks: Iterable[Check]) -> None:
    """End the run when a check is marked FAIL.

    Raises
    ------
    DataError
        The first failure's sentence, and how many more there are.
    """
    # that no row is left says less than why
    failed = sorted((c for c in checks if c.status == "FAIL"), key=lambda c: c.name == "rows")
    if failed:
        more = f" ({len(failed) - 1} more checks fail)" if len(failed) > 1 else ""
        raise DataError(failed[0].sentence + more)
