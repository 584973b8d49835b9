"""One canonical table while it is being guessed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from alignment_lib.source.profile.columns import Rule
from alignment_lib.source.profile.kinds import Seen
from alignment_lib.source.profile.outcomes import quoted
from alignment_lib.source.profile.reading import Export


@dataclass(frozen=True)
class TableDraft:
    """A canonical table, the file it comes from, and the rules of its columns."""

    table: str
    export: Export
    seen: Mapping[str, Seen]
    rules: Mapping[str, Rule]
    empty: Mapping[str, str] = field(default_factory=dict)
    where: str | None = None
    duplicates: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def unmapped(self) -> tuple[Seen, ...]:
        """Raw columns that no rule names."""
        used = {r.raw for r in self.rules.values()} | set(self.empty.values())
        sql = " ".join([str(r.declared.get("sql", "")) for r in self.rules.values()] + [self.where or ""])
        return tuple(s for s in self.seen.values() if s.name not in used and quoted(s.name) not in sql)
