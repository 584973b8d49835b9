"""The last screens: checks, how the numbers are made, glossary, record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from alignment_lib.blocks.agenda import agenda
from alignment_lib.facts import Facts
from alignment_lib.measures import REGISTRY
from alignment_lib.measures.registry import WORDS
from alignment_lib.page.block import Block, Column, Table
from alignment_lib.params.period import iso
from alignment_lib.source.tables import Check
from alignment_lib.stats import wording


@agenda(id="checks", title="Checks on the data", question="Can the data be trusted?")
def checks(facts: Facts, block: Block) -> Block:
    """Every check with its verdict, and the rows of every table accounted for."""
    found = facts.tables.checks
    warned = sum(c.status == "WARN" for c in found)
    warnings = wording.plural(warned, "warning") if warned else "no warning"
    holds = [c for c in found if c.status == "HOLD"]
    end = f"{wording.plural(len(holds), 'check holds', 'checks hold')} this page back" if holds else "no failure"
    told = f"{wording.plural(len(found), 'check')}, {warnings}, {end}."
    rows = tuple((c.status, c.table or "all", c.name, _finding(c)) for c in found)
    listed = Table(
        "Checks",
        (Column("Verdict"), Column("Table"), Column("Check"), Column("Finding")),
        rows,
        folded=not (warned or holds),
    )
    return replace(block, sentences=(told,), tables=(_accounts(facts), listed))


def _finding(check: Check) -> str:
    """What a check found, and why a person let it pass where one did."""
    return check.sentence + (f" (accepted: {check.accepted['because']})" if check.accepted else "")


def _accounts(facts: Facts) -> Table:
    rows = tuple(
        (
            a.table,
            a.file,
            wording.count(a.read),
            wording.count(a.used),
            wording.count(a.set_aside),
            wording.count(sum(a.unreadable.values())),
        )
        for a in facts.tables.accounts
    )
    heads = ("Read", "Used", "Set aside", "Unreadable values")
    return Table(
        "Every row accounted for: read = used + set aside",
        (Column("Table"), Column("From"), *(Column(h, numeric=True) for h in heads)),
        rows,
        note="Each row and value not used is listed, with its reason, in set_aside.csv beside this page.",
    )


@agenda(id="method", title="How these numbers are made", question="What was decided, and what can this page not tell?")
def method(facts: Facts, block: Block) -> Block:
    """Limits first, then the steps."""
    run, params = facts.run, facts.run.params
    span = params.kind.noun
    limits = (
        "Limits: the CRM is taken as it is now; what was overwritten in it since cannot be undone."
        f" One {span} is a small sample: intervals and normal ranges say how small."
    )
    name, as_of = params.mapping.name, wording.instant(run.as_of, params.timezone)
    intervals, forecasts = wording.percent(params.weekly.confidence), wording.percent(params.weekly.range)
    steps = (
        f"1. The source {name} is read and mapped by {params.mapping_file}; what cannot be read is counted and listed.",
        f"2. Everything at or after {as_of} is taken out: a deal closed later is open.",
        f"3. Weeks are ISO weeks of {params.timezone}; business hours are those of each rep's calendar.",
        f"4. Counts of the {span} are what happened in it; rates are of leads that began together, and wait until these"
        " are old enough.",
        f"5. Intervals hold {intervals}, forecasts {forecasts}; a normal range comes from the {span}s before.",
    )
    assumptions = tuple(("Assumption", text) for text in params.mapping.assumptions)
    definitions = tuple(
        (f"{name.upper()}, version {found.version} since {wording.day(found.effective)}", found.text)
        for name in ("mql", "sql")
        if (found := params.definitions.at(name, run.week.sunday))
    )
    agreement = ((f"SLA {params.sla.version}", params.sla.text),) if params.sla.text else ()
    return replace(block, sentences=(limits, *steps), terms=(*agreement, *definitions, *assumptions))


def glossary(names: Sequence[str]) -> Block:
    """Exactly the metrics that were printed, after the words that their definitions share."""
    shared = tuple((word.term, word.text) for word in WORDS if set(word.metrics) & set(names))
    terms = tuple((REGISTRY[n].label, f"{REGISTRY[n].text} ({REGISTRY[n].unit})") for n in sorted(set(names)))
    return Block("glossary", "Glossary", "What does each word mean?", terms=(*shared, *terms))


def record(facts: Facts, *, metrics: int, sentences: int, blocks: Sequence[str]) -> Block:
    """What was written to results.json."""
    run = facts.run
    terms = (
        ("Report", f"{run.params.report} {run.period.label}"),
        ("As of", iso(run.as_of)),
        ("Blocks", ", ".join(blocks)),
        ("Numbers", wording.count(metrics)),
        ("Sentences", wording.count(sentences)),
        ("Engine", facts.tables.source.engine),
    )
    return Block("record", "Record", "What was recorded, for the archive and for anyone who checks?", terms=terms)
