"""Last time's decisions and open issues with their state (D1, C45)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

from alignment_lib.blocks.agenda import agenda, evidence, metric
from alignment_lib.blocks.scorecard import open_issues
from alignment_lib.blocks.typed import kept_file
from alignment_lib.facts import Facts
from alignment_lib.measures import REGISTRY
from alignment_lib.page.block import Block, Cell, Column, Mark, Metric, Table
from alignment_lib.params.period import local_day
from alignment_lib.stats import wording
from alignment_lib.stats.days import day_of

# Open decisions and issues as plain rows for the mails, overdue first.

Row = Mapping[str, Any]


def days_over(row: Row, today: date) -> int:
    """Days since an open row was due; 0 where it is not overdue."""
    ended = row["closed_on"] if "closed_on" in row else row["done_on"]
    return 0 if ended is not None or row["due_on"] is None else max(0, (today - row["due_on"]).days)


def handed_on(decisions: Sequence[Row], issues: Sequence[Row], today: date) -> tuple[Row, ...]:
    """Whatever is open: what it is, whose it is, when it was due, and its state in words."""
    rows = [(row["due_on"] or date.max, "Decision", row["decision_id"], row["decision"], row) for row in decisions]
    rows += [(row["due_on"] or date.max, "Issue", row["issue_id"], row["what"], row) for row in issues]
    return tuple(_plain(kind, id, what, row, today) for _, kind, id, what, row in sorted(rows, key=lambda r: r[:3]))


def _plain(kind: str, id: str, what: str, row: Row, today: date) -> Row:
    over = days_over(row, today)
    return {
        "kind": kind,
        "id": id,
        "what": what,
        "owner": row["owner"] or "nobody",
        "due_on": row["due_on"].isoformat() if row["due_on"] else None,
        "due": wording.day(row["due_on"]) if row["due_on"] else wording.NOTHING,
        "status": "bad" if over else "open",
        "state": f"overdue {wording.plural(over, 'day')}" if over else "open",
    }


MAX_PROMPTS = 3


@dataclass(frozen=True, eq=False)
class Meeting:
    """Decisions and issues as of the report's last day, each list in the order in which it is talked about."""

    today: date
    monday: date
    decisions: tuple[Row, ...]
    """Open ones, and those done or decided lately."""
    made: int
    """Decisions since the report before."""
    issues: tuple[Row, ...]
    """Open ones, and those closed lately; `derived` marks what the scorecard opened."""
    noun: str = "week"
    """What the report is about."""

    def open(self, rows: Sequence[Row], ended: str) -> list[Row]:
        return [r for r in rows if r[ended] is None]

    @property
    def open_decisions(self) -> list[Row]:
        return self.open(self.decisions, "done_on")

    @property
    def open_issues(self) -> list[Row]:
        return self.open(self.issues, "closed_on")

    def overdue(self, rows: Sequence[Row]) -> list[Row]:
        return [r for r in rows if days_over(r, self.today) > 0]

    def ended(self, rows: Sequence[Row], ended: str) -> list[Row]:
        return [r for r in rows if r[ended] is not None and r[ended] >= self.monday]

    def age(self, row: Row) -> int:
        return int((self.today - row["opened_on"]).days)


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> Meeting:
    """Everything the block prints."""
    run = facts.run
    today, monday = day_of(run.as_of_day), run.period.first
    before = [e for e in facts.earlier if e.week < run.week and run.noun == "week"]
    since = local_day(before[-1].as_of, run.params.timezone) if before else monday
    kept = facts.kept("decisions")
    decisions = [r for r in kept if r["done_on"] is None or r["done_on"] >= monday or r["decided_on"] >= since]
    issues = [r for r in _issues(facts) if r["closed_on"] is None or r["closed_on"] >= monday]
    return Meeting(
        today,
        monday,
        _in_order(decisions, "done_on", "decided_on", "decision_id"),
        sum(r["decided_on"] >= since for r in kept),
        _in_order(issues, "closed_on", "opened_on", "issue_id"),
        run.noun,
    )


def _issues(facts: Facts) -> list[Row]:
    """Those of the table, and those of the scorecard that the table does not hold yet."""
    kept = [{**r, "derived": False} for r in facts.kept("issues")]
    known = {r["issue_id"] for r in kept}
    blank: dict[str, Any] = {"team": None, "action": None, "closed_on": None, "derived": True}
    return kept + [blank | i | _dates(i) for i in open_issues(facts) if i["issue_id"] not in known]


def _dates(issue: Row) -> dict[str, date | None]:
    return {k: date.fromisoformat(issue[k]) if issue[k] else None for k in ("opened_on", "due_on")}


def _in_order(rows: Sequence[Row], ended: str, began: str, key: str) -> tuple[Row, ...]:
    """Open ones by their due day, so that overdue ones come first, those without one after them; ended ones last."""
    return tuple(sorted(rows, key=lambda r: (r[ended] is not None, r["due_on"] or date.max, r[began], r[key])))


@agenda(
    id="decisions", title="Decisions and open issues", question="What did we decide last time, and what is still open?"
)
def decisions(facts: Facts, block: Block) -> Block:
    """Decisions and what is not working, overdue first, each with its owner and its state."""
    found = numbers(facts)
    known = {name: facts.tables.has(name) for name in ("decisions", "issues")}
    if not any(known.values()) and not found.issues:
        return replace(block, missing=_how_to_begin(facts))
    tables = (_decisions(found), _issues_table(facts, found))
    return replace(
        block,
        sentences=tuple(s for s in (decided(found, known["decisions"]), not_working(found, known["issues"])) if s),
        tables=tuple(t for t in tables if t.rows),
        prompts=_prompts(found),
        space="Decisions of this meeting",
        evidence=evidence(
            facts,
            n=f"{wording.plural(len(found.decisions), 'decision')} and {wording.plural(len(found.issues), 'issue')}",
            excluded=f"what was done or closed before the {facts.run.noun}, unless decided since the report before",
            method=f"overdue: due before {wording.day(found.today)}",
        ),
        metrics=_metrics(found),
        handover=handed_on(found.open_decisions, found.open_issues, found.today),
    )


def _how_to_begin(facts: Facts) -> str:
    return (
        "Nobody has recorded a decision or an issue yet. To begin, run `alignment decide` in the meeting, or write"
        f" {kept_file(facts, 'decisions')} and {kept_file(facts, 'issues')}."
    )


def decided(found: Meeting, connected: bool) -> str:
    """Done, taken and open decisions."""
    if not connected:
        return "No decision is recorded yet; `alignment decide` records one."
    done, n_open, late = (
        len(found.ended(found.decisions, "done_on")), len(found.open_decisions), len(found.overdue(found.decisions))
    )  # fmt: skip
    if not found.decisions:
        return "No decision is open, and none was taken since the last report."
    told = f"{_some(done, 'decision')} {_was(done)} done this {found.noun}"
    return f"{told} and {_some(found.made)} {_was(found.made)} taken; {_open(n_open, late)}."


def not_working(found: Meeting, connected: bool) -> str:
    """Open and closed issues, and how long the oldest has been open."""
    if not connected and not found.issues:
        return "No issue is recorded yet; `alignment decide` records one."
    n, closed = len(found.open_issues), len(found.ended(found.issues, "closed_on"))
    told = f"; {wording.count(closed)} {_was(closed)} closed this {found.noun}" if closed else ""
    if not n:
        return f"No issue is open{told}."
    late, days = len(found.overdue(found.issues)), _oldest(found)
    if n == 1:
        open_for = (
            f"{wording.plural(1, 'issue')} has been open for {wording.plural(days, 'day')}"
            if days
            else f"{wording.plural(1, 'issue')} is open"
        )
        return f"{open_for}{' and is overdue' if late else ''}{told}."
    oldest = f", the oldest for {wording.plural(days, 'day')}" if days else ""
    overdue = "all of them are" if late == n else f"{wording.count(late)} of them {'is' if late == 1 else 'are'}"
    return f"{wording.plural(n, 'issue')} are open{oldest}{f', and {overdue} overdue' if late else ''}{told}."


def _some(n: int, what: str = "") -> str:
    if not n:
        return f"No {what}" if what else "none"
    return wording.plural(n, what) if what else wording.count(n)


def _was(n: int) -> str:
    return "was" if n < 2 else "were"


def _open(n: int, late: int) -> str:
    if not n:
        return "none is open"
    return f"{wording.count(n)} {'is' if n == 1 else 'are'} open{_late(n, late)}"


def _late(n: int, late: int) -> str:
    if n == 1:
        return " and overdue" if late else ", not overdue"
    return f", {'all' if late == n else wording.count(late) if late else 'none'} of them overdue"


def _oldest(found: Meeting) -> int:
    return max((found.age(r) for r in found.open_issues), default=0)


def _prompts(found: Meeting) -> tuple[str, ...]:
    """What the room should settle about what is overdue, longest first."""
    late = [(days_over(r, found.today), r, r["decision"]) for r in found.overdue(found.decisions)]
    late += [(days_over(r, found.today), r, r["what"]) for r in found.overdue(found.issues)]
    late.sort(key=lambda x: -x[0])
    asked = [f"What will we decide about “{_clause(text)}”? {_promise(row)}" for _, row, text in late[:MAX_PROMPTS]]
    return tuple(asked) or ("What do we do differently next week, who does it, and by when?",)


def _clause(text: str) -> str:
    return text.strip().rstrip(".")


def _promise(row: Row) -> str:
    owner = f"{row['owner']} had it" if row["owner"] else "Nobody has it"
    return f"{owner}, due {wording.day(row['due_on'])}."


def _state(row: Row, today: date, ended: str, word: str) -> Mark:
    over = days_over(row, today)
    if row[ended] is not None:
        return Mark("good", word)
    return Mark("bad", f"overdue {wording.plural(over, 'day')}") if over else Mark("open", "open")


def _day(value: date | None) -> str:
    return wording.day(value) if value else wording.NOTHING


def _decisions(found: Meeting) -> Table:
    heads = ("Decision", "Owner", "Due", "State", "Measure of success")
    rows = [
        (r["decision_id"], r["decision"], r["owner"] or "nobody", _day(r["due_on"]),
         _state(r, found.today, "done_on", "done"), r["measure"] or wording.NOTHING)
        for r in found.decisions
    ]  # fmt: skip
    return Table(
        "Decisions, overdue first", (Column("Id"), *(Column(h) for h in heads)), tuple(rows),
        highlight=_highlight(found, found.decisions),
    )  # fmt: skip


def _issues_table(facts: Facts, found: Meeting) -> Table:
    heads = ("About", "Action", "Owner", "Due", "State")
    columns = (Column("Id"), Column("What"), Column("Open for", "days", numeric=True), *(Column(h) for h in heads))
    return Table(
        "Not working, overdue first",
        columns,
        tuple(_issue(facts, found, r) for r in found.issues),
        highlight=_highlight(found, found.issues),
    )


def _issue(facts: Facts, found: Meeting, row: Row) -> tuple[Cell, ...]:
    age = (row["closed_on"] - row["opened_on"]).days if row["closed_on"] else found.age(row)
    return (
        row["issue_id"],
        row["what"],
        wording.count(age),
        _about(row["team"], row["metric"]),
        row["action"] or _opener(facts, row),
        row["owner"] or "nobody",
        _day(row["due_on"]),
        _state(row, found.today, "closed_on", "closed"),
    )


def _about(team: str | None, name: str | None) -> str:
    """Whose it is and what it moves: `sales: Rejected`."""
    measure = REGISTRY[name].label if name in REGISTRY else name
    return ": ".join(filter(None, (team, measure))) or wording.NOTHING


def _opener(facts: Facts, row: Row) -> str:
    """Where nobody has written an action yet."""
    if not row["derived"]:
        return wording.NOTHING
    new = str(row["issue_id"]).startswith(f"S-{facts.run.week.label}-")
    return f"none yet; opened by {'this report' if new else 'the scorecard'}"


def _highlight(found: Meeting, rows: Sequence[Row]) -> tuple[int, ...]:
    return tuple(i for i, r in enumerate(rows) if days_over(r, found.today))


def _metrics(found: Meeting) -> tuple[Metric, ...]:
    n, m = len(found.decisions), len(found.issues)
    records = [
        metric("decisions_open", len(found.open_decisions), n=n),
        metric("decisions_overdue", len(found.overdue(found.decisions)), n=n),
        metric("decisions_done", len(found.ended(found.decisions, "done_on")), n=n),
        metric("decisions_made", found.made, n=n),
        metric("issues_open", len(found.open_issues), n=m),
        metric("issues_overdue", len(found.overdue(found.issues)), n=m),
        metric("issues_closed", len(found.ended(found.issues, "closed_on")), n=m),
    ]
    oldest = _oldest(found) if found.open_issues else None
    return (*records, metric("issue_oldest_days", oldest, n=m, reason="" if found.open_issues else "no issue is open"))
