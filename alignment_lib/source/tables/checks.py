"""A check as data: what was looked at, how it stands, what to do, and what cannot be told because of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Status = Literal["PASS", "WARN", "HOLD", "FAIL"]
"""Nothing; told; published with a banner and not mailed; not published."""


LONGEST = 1000
"""Characters of a sentence."""


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
    about: tuple[str, ...] = ()
    caveat: str = ""
    """What a block says in its evidence line that rests on one of the columns `about` names."""
    accepted: Mapping[str, str] | None = None
    """Of a check that held until a person let it pass: `because`, in their words."""

    def __post_init__(self) -> None:
        """A sentence is one line, whatever of the data it quotes."""
        object.__setattr__(self, "sentence", re.sub(r"[\x00-\x1f\x7f\u2028\u2029]+", " ", self.sentence)[:LONGEST])
