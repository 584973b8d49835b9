"""What people believe beside what was measured (C35): ideas that name a metric, and the difference between two ways."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from alignment_lib.blocks.agenda import agenda, evidence, metric
from alignment_lib.blocks.monthly import suggestions as register
from alignment_lib.blocks.typed import where_to_write
from alignment_lib.facts import Facts
from alignment_lib.measures import REGISTRY
from alignment_lib.page.block import Block, Column, Table
from alignment_lib.stats import wording


@dataclass(frozen=True, eq=False)
class Belief:
    """An idea, the team of whoever raised it, and its test."""

    trial: register.Trial
    team: str
    label: str
    """Of the metric that it is about."""
    measured: bool


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> tuple[Belief, ...]:
    """The suggestions whose metric this report knows, in the order of the register."""
    teams, found = _teams(facts), []
    for trial in register.numbers(facts):
        name = str(trial.row["metric"] or "").strip().casefold()
        if name in REGISTRY or name in register.STAGES:
            label = REGISTRY[name].label if name in REGISTRY else trial.stage
            team = teams.get(str(trial.row["raised_by"]), wording.NOTHING)
            measured = trial.gap is not None and register.enough(facts, trial)
            found.append(Belief(trial, team, label, measured))
    return tuple(found)


def _teams(facts: Facts) -> dict[str, str]:
    """Team by rep; whoever is a rep without a team is in sales."""
    if not facts.tables.has("reps.team"):
        return dict.fromkeys(facts.reps, "sales")
    rows = facts.tables["reps"].select("rep_id", "team").to_pandas()
    return {str(i): t if isinstance(t, str) else "sales" for i, t in zip(rows["rep_id"], rows["team"], strict=True)}


@agenda(
    id="beliefs",
    title="What we believe and what we measured",
    question="Did it work, or do we only believe so?",
)
def beliefs(facts: Facts, block: Block) -> Block:
    """Each belief about a number beside its measured difference."""
    if not facts.tables.has("suggestions"):
        return replace(block, missing=where_to_write(facts, "suggestions", "one row for each idea"))
    found = numbers(facts)
    measured = sum(b.measured for b in found)
    return replace(
        block,
        sentences=(sentence(found),),
        tables=(_table(found),) if found else (),
        prompts=("Which belief would we act on, and how could it be measured?",) if measured < len(found) else (),
        evidence=evidence(
            facts,
            n=f"{wording.plural(len(found), 'belief')} about a number",
            excluded="answers of interviews: their themes name no number to measure, and who said what is not shown",
            method="the two ways of each test side by side at the same age, as in the register of suggestions;"
            " MOVER-D interval",
        ),
        metrics=(
            metric("beliefs", len(found), n=len(found)),
            metric("beliefs_measured", measured, n=len(found)),
        ),
    )


def sentence(found: tuple[Belief, ...]) -> str:
    """How many of them have been measured at all."""
    n, measured = len(found), sum(b.measured for b in found)
    if not n:
        return "Nobody has written down a belief about a number that this report measures."
    if n == 1:
        return f"The one belief about a number has {'' if measured else 'not '}been measured."
    have = "has" if measured == 1 else "have"
    share = f"{wording.count(measured)} {have} been measured" if measured else "none has been measured"
    only = "" if measured == n else "; the others are opinions so far" if measured else ": all are opinions so far"
    return f"Of {wording.plural(n, 'belief')} about a number, {share}{only}."


def _table(found: tuple[Belief, ...]) -> Table:
    heads = ("What people believe", "Raised by", "About", "Measured difference in points")
    rows = tuple((str(b.trial.row["idea"]), b.team, b.label, _effect(b)) for b in found)
    return Table("Belief and effect", tuple(Column(h) for h in heads), rows, folded=len(rows) > 6)


def _effect(belief: Belief) -> str:
    gap = belief.trial.gap
    if gap is None:
        return "not measured"
    if not belief.measured:
        return "too few leads old enough"
    direction = "a difference shows" if belief.trial.tells else "no difference shown yet"
    return f"{register.points(gap)}, {direction}"
