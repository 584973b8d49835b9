"""A published run as the mails see it: its results.json and its manifest, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from alignment_lib.memory.runs import total
from alignment_lib.params.kinds import Kind, kind
from alignment_lib.stats import wording


@dataclass(frozen=True, eq=False)
class Published:
    """A run that passed the gate."""

    folder: Path
    results: Mapping[str, Any]
    manifest: Mapping[str, Any]

    @property
    def kind(self) -> Kind:
        return kind(str(self.results["report"]))

    @property
    def source(self) -> str:
        """The name of the source it was made of."""
        return str(self.manifest["source"]["name"])

    @property
    def period(self) -> str:
        return str(self.results["period"])

    @property
    def slice(self) -> str | None:
        return None if self.results["slice"] is None else str(self.results["slice"])

    @property
    def as_of(self) -> datetime:
        return datetime.fromisoformat(self.results["as_of"])

    @property
    def people(self) -> tuple[Mapping[str, str | None], ...]:
        """Everybody in the table of reps; see `metrics.people_frames.addressed`."""
        return tuple(self.results["people"])

    def block(self, id: str) -> Mapping[str, Any] | None:
        """A block as handed on (see `report.handover`); None where it was not shown or had no data."""
        found = next((b for b in self.results["blocks"] if b["id"] == id), None)
        return None if found is None or found["missing"] else found

    def total(self, name: str) -> Mapping[str, Any] | None:
        """The record of a metric that has neither source, segment nor period."""
        return total(self.results["metrics"], name)

    @property
    def header(self) -> str:
        """Period, as-of and filter, the line that stands in every mail."""
        as_of = wording.instant(self.as_of, str(self.results["timezone"]))
        return f"{self.results['company']} · {self.period} · as of {as_of} · {self.slice or 'whole company'}"
