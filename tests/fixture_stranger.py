"""A small company of a hundred leads, for one oddity at a time: ten leads a week, a call for each, deals for a third.

Made up by us. Its last week is 2020-W11. Leads L000 to L099 are created at 10:00 in Berlin, MQL an hour, handed over
two hours later, and called after one business hour; deals begin two days after their lead and end a week after that,
won and lost in turn; those that would end after the week are open.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from pathlib import Path

from alignment_lib.checks import Trial, trial
from alignment_lib.checks.verdict import failure
from alignment_lib.facts import Facts, build
from alignment_lib.source import open_source
from alignment_lib.source.tables import Check
from tests.company import Company, Rows

BEGINS, ENDS = datetime(2020, 1, 6, 10), datetime(2020, 3, 16)


def _written(moment: datetime) -> str:
    return moment.strftime("%d.%m.%Y %H:%M")


def _created(number: int) -> datetime:
    week, place = divmod(number, 10)
    return BEGINS + timedelta(days=7 * week + place // 2)


def leads() -> Rows:
    rows: Rows = [
        ["Lead ID", "Created", "Source", "Segment", "Owner", "MQL", "Assigned", "Accepted", "Rejected", "Reason"]
    ]
    for n in range(100):
        at = _created(n)
        later = [_written(at + timedelta(hours=h)) for h in (0, 1, 2)]
        judged = [_written(at + timedelta(days=1)), "", ""] if n % 2 else ["", _written(at + timedelta(days=1)), "fit"]
        rows.append([f"L{n:03}", later[0], "Search" if n % 2 else "Event", "mid", "r1", later[1], later[2], *judged])
    return rows


def deals() -> Rows:
    rows: Rows = [["Deal ID", "Lead ID", "Created", "Amount", "Closed", "Stage", "Owner"]]
    for n in range(0, 100, 3):
        begun = _created(n) + timedelta(days=2)
        over = begun + timedelta(days=7)
        stage = ("Won" if n % 2 else "Lost") if over < ENDS else "Talks"
        if begun < ENDS:
            closed = over.strftime("%d.%m.%Y") if over < ENDS else ""
            rows.append([f"D{n:03}", f"L{n:03}", _written(begun), f"{1000 + n}", closed, stage, "r1"])
    return rows


def calls() -> Rows:
    rows: Rows = [["Call ID", "Lead ID", "When", "Direction", "Rep"]]
    for n in range(100):
        utc = _created(n) + timedelta(hours=2)  # Berlin's 13:00 in winter, an hour after the hand-over
        rows.append([f"C{n:03}", f"L{n:03}", utc.strftime("%Y-%m-%dT%H:%M:%SZ"), "out", "r1"])
    return rows


class Stranger(Company):
    """The company, to be changed before it is written. As long as no file changes, it is read once."""

    _read: tuple[str, Trial] | None = None
    """A digest of all files, and their trial."""

    def judged(self) -> tuple[Check, ...]:
        """Every check of the weekly's trial."""
        self.write()
        return self.judged_as_it_is()

    def judged_as_it_is(self) -> tuple[Check, ...]:
        """The same of the files as they lie there."""
        return self._trial().checks

    def known(self) -> Facts:
        """The fact tables."""
        self.write()
        found = self._trial()
        if found.tables is None:
            raise failure(found.checks)
        return build(found.tables)

    def _trial(self) -> Trial:
        seen = hashlib.sha256()
        for file in sorted(f for f in self.root.rglob("*") if f.is_file()):
            seen.update(repr((file.relative_to(self.root), file.read_bytes())).encode())
        if self._read is None or self._read[0] != seen.hexdigest():
            params = self.params()
            self._read = seen.hexdigest(), trial(open_source(params), params)
        return self._read[1]

    def told(self, name: str, table: str = "") -> list[str]:
        """Sentences of the checks of a name that are not PASS, with plain blanks."""
        found = [c for c in self.judged() if c.name == name and c.status != "PASS" and table in ("", c.table)]
        return [c.sentence.replace("\u00a0", " ") for c in found]


def stranger(root: Path) -> Stranger:
    found = Stranger(root)
    found.rows |= {"leads": leads(), "deals": deals(), "calls": calls()}
    return found


def column(rows: Rows, heading: str) -> int:
    return rows[0].index(heading)
