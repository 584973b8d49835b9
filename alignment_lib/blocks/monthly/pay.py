"""Who is paid on what (C16): metrics by team, those that only one team owns, and how much pay hangs on shared ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from alignment_lib.blocks.agenda import agenda, evidence, metric
from alignment_lib.facts import Facts
from alignment_lib.measures import REGISTRY
from alignment_lib.page.block import Block, Cell, Column, Mark, Metric, Table
from alignment_lib.stats import wording


@dataclass(frozen=True, eq=False)
class Pay:
    """Weights of metrics by team; the weights of a role are stretched to 1, so that each role counts once."""

    roles: Mapping[str, int]
    """Number of roles by team."""
    weights: Mapping[str, Mapping[str, float]]
    """By metric, then by team: the sum over its roles."""

    @property
    def shared(self) -> tuple[str, ...]:
        """Metrics that more than one team is paid on."""
        return tuple(m for m, teams in self.weights.items() if len(teams) > 1)

    def share(self, team: str = "") -> float:
        """Share of a team's weight (default: all weight) on shared metrics."""
        whole = self.roles[team] if team else sum(self.roles.values())
        parts = [w for m in self.shared for t, w in self.weights[m].items() if team in ("", t)]
        return sum(parts) / whole


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> Pay | None:
    """None where no weight is written down."""
    by_role: dict[tuple[str, str], dict[str, float]] = {}
    for row in facts.kept("compensation"):
        if row["weight"] is not None and row["weight"] > 0:
            told = by_role.setdefault((row["team"], row["role"] or ""), {})
            told[row["metric"]] = told.get(row["metric"], 0.0) + row["weight"]
    if not by_role:
        return None
    roles: dict[str, int] = {}
    weights: dict[str, dict[str, float]] = {}
    for (team, _), told in sorted(by_role.items()):
        roles[team] = roles.get(team, 0) + 1
        for name, weight in told.items():
            teams = weights.setdefault(name, {})
            teams[team] = teams.get(team, 0.0) + weight / sum(told.values())
    order = sorted(weights, key=lambda m: (-len(weights[m]), -sum(weights[m].values()), m))
    return Pay(roles, {m: weights[m] for m in order})


@agenda(
    id="pay",
    title="Who is paid on what",
    question="Are marketing and sales paid on the same results?",
)
def pay(facts: Facts, block: Block) -> Block:
    """Teams by metrics, and what only one of them owns."""
    if not facts.kept("compensation"):
        text = "Nobody has written down who is paid on what: connect the table of compensation to see it here."
        return replace(block, missing=text)
    found = numbers(facts)
    if found is None:
        return replace(block, sentences=("The table of compensation holds no weights.",))
    return replace(
        block,
        sentences=sentences(found),
        tables=(_table(found),),
        prompts=("Which shared metric would make both sides win and lose together?",),
        evidence=evidence(
            facts,
            "pay_shared_weight",
            n=wording.plural(sum(found.roles.values()), "role"),
            excluded="weights of 0 or none",
            method="weights as written, stretched to 100 % a role",
        ),
        metrics=_metrics(found),
    )


def name_of(metric_name: str) -> str:
    """A metric's label, else its name in words."""
    known = REGISTRY.get(metric_name)
    return known.label if known else metric_name.replace("_", " ").capitalize()


def sentences(found: Pay) -> tuple[str, ...]:
    """Shared metrics, and how much of each team's pay hangs on them."""
    if len(found.roles) == 1:
        return (f"Only the pay of {next(iter(found.roles))} is written down, so nothing can be shared.",)
    n = len(found.weights)
    if not found.shared:
        return (f"No metric pays both sides: each of the {wording.count(n)} belongs to one team only.",)
    named = wording.listing([name_of(m) for m in found.shared])
    many = "is the only one" if len(found.shared) == 1 else f"are the {wording.count(len(found.shared))}"
    told = f"Of the {wording.plural(n, 'metric')} that people are paid on, {named} {many} that both sides share."
    parts = [f"{wording.percent(found.share(t))} of the pay of {t}" for t in sorted(found.roles)]
    return told, f"Shared metrics carry {wording.listing(parts)}; each role counts once."


def _table(found: Pay) -> Table:
    teams = sorted(found.roles)
    rows = [(name_of(m), *_cells(found, m, teams)) for m in found.weights]
    return Table(
        "Share of a team's pay by metric, the mean of its roles",
        (Column("Metric"), *(Column(t.capitalize(), numeric=True) for t in teams), Column("Owned")),
        tuple(rows),
        total=("All", *(wording.percent(1.0) for _ in teams), ""),
        folded=True,
    )


def _cells(found: Pay, name: str, teams: list[str]) -> tuple[Cell, ...]:
    paid = found.weights[name]
    shares = [wording.percent(paid[t] / found.roles[t]) if t in paid else wording.NOTHING for t in teams]
    return (*shares, Mark("good", "shared") if len(paid) > 1 else Mark("open", f"{next(iter(paid))} only"))


def _metrics(found: Pay) -> tuple[Metric, ...]:
    n = sum(found.roles.values())
    return (
        metric("pay_metrics", len(found.weights), n=n),
        metric("pay_metrics_shared", len(found.shared), n=n),
        metric("pay_shared_weight", found.share(), n=n),
        *(metric("pay_shared_weight", found.share(t), n=k, segment=t) for t, k in sorted(found.roles.items())),
    )
