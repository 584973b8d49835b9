"""One canonical table while it is being guessed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from alignment_lib.params.mapping import From
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
    fixed: frozenset[str] = frozenset()
    """Columns whose rule the CRM's YAML gives."""
    origin: From | None = None
    """Where the rows come from, if not from the export of that name."""
    hidden: frozenset[str] = frozenset()
    """Raw columns of which nobody needs to be told that they are not mapped: a CRM's own book-keeping."""

    @property
    def unmapped(self) -> tuple[Seen, ...]:
        """Raw columns that no rule names."""
        used = {r.raw for r in self.rules.values()} | set(self.empty.values())
        sql = " ".join([str(r.declared.get("sql", "")) for r in self.rules.values()] + [self.where or ""])
        rest = (s for s in self.seen.values() if s.name not in used and quoted(s.name) not in sql)
        return tuple(s for s in rest if s.name not in self.hidden)

    @property
    def persons(self) -> tuple[str, ...]:
        """Filled raw columns that are not mapped because they are of persons."""
        if self.table == "reps":
            return ()
        return tuple(s.name for s in self.unmapped if s.kind != "empty" and s.is_personal)
