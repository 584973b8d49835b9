"""The newest round of interviews (C34): both sides' answers to each question side by side, never who gave them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from statistics import median
from typing import Any

from alignment_lib.blocks.agenda import agenda, evidence, metric, metric_of
from alignment_lib.blocks.typed import quoted, where_to_write
from alignment_lib.facts import Facts
from alignment_lib.page.block import Block, Column, Evidence, Metric, Table
from alignment_lib.stats import agreements, comparisons, wording

SIDES = ("marketing", "sales")
MAX_Q = 0.1
Row = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Question:
    """Answers and ratings by side; medians and the gap are nan below the smallest count."""

    text: str
    answers: Mapping[str, int]
    ratings: Mapping[str, tuple[float, ...]]
    medians: Mapping[str, float]
    gap: agreements.OrdinalGap
    themes: Mapping[str, tuple[str, ...]]
    q: float = math.nan
    before: Question | None = None
    """The same question in the round before."""

    @property
    def apart(self) -> bool:
        """Whether the two sides differ, by the family of all questions and by the interval."""
        return self.q <= MAX_Q and (self.gap.low > 0 or self.gap.high < 0)


@dataclass(frozen=True, eq=False)
class Rounds:
    """The newest round and the one before."""

    now: str
    before: str
    people: Mapping[str, int]
    questions: tuple[Question, ...]

    @property
    def rated(self) -> list[Question]:
        return [q for q in self.questions if wording.defined(q.gap.estimate)]


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> Rounds | None:
    """None where nobody has been interviewed yet."""
    rows = [r for r in facts.kept("interviews") if r["round"] and r["question"] and _side(r) in SIDES]
    newest: dict[str, tuple[str, str]] = {}
    for r in rows:
        newest[r["round"]] = max(newest.get(r["round"], ("", "")), (str(r["held_on"] or ""), r["round"]))
    order = sorted(newest, key=lambda name: newest[name])
    if not order:
        return None
    now, before = order[-1], order[-2] if len(order) > 1 else ""
    old = {q.text: q for q in _questions(facts, [r for r in rows if r["round"] == before])}
    current = [r for r in rows if r["round"] == now]
    found = sorted((replace(q, before=old.get(q.text)) for q in _questions(facts, current)), key=_place)
    family = comparisons.benjamini_hochberg([q.gap.p for q in found])
    people = {side: len({r["respondent"] for r in current if _side(r) == side and r["respondent"]}) for side in SIDES}
    questions = tuple(replace(q, q=float(v)) for q, v in zip(found, family, strict=True))
    return Rounds(now, before, people, questions)


def _place(q: Question) -> tuple[bool, float, str]:
    """The widest gap first, ratings of too few last: a database keeps no order of its rows."""
    rated = wording.defined(q.gap.estimate)
    return not rated, -abs(q.gap.estimate) if rated else 0.0, q.text


def _side(row: Row) -> str:
    return str(row["team"] or "").strip().casefold()


def _questions(facts: Facts, rows: Sequence[Row]) -> list[Question]:
    names = list(dict.fromkeys(r["question"] for r in rows))
    return [_question(facts, name, [r for r in rows if r["question"] == name]) for name in names]


def _question(facts: Facts, name: str, rows: Sequence[Row]) -> Question:
    ratings = {s: tuple(r["rating"] for r in rows if _side(r) == s and r["rating"] is not None) for s in SIDES}
    scale = sorted({v for side in ratings.values() for v in side}) or [0.0]
    counts = {s: [ratings[s].count(v) for v in scale] for s in SIDES}
    enough = facts.run.params.monthly.min_answers
    gap = agreements.ordinal_gap(
        marketing=counts["marketing"],
        sales=counts["sales"],
        min_answers=enough,
        conf=facts.run.params.weekly.confidence,
    )
    shown = min(len(r) for r in ratings.values()) >= enough
    return Question(
        text=name,
        answers={s: sum(_side(r) == s for r in rows) for s in SIDES},
        ratings=ratings,
        medians={s: median(ratings[s]) if shown else math.nan for s in SIDES},
        gap=gap,
        themes={s: _themes([r for r in rows if _side(r) == s]) for s in SIDES},
    )


def _themes(rows: Sequence[Row]) -> tuple[str, ...]:
    counted = Counter(str(r["theme"]) for r in rows if r["theme"])
    return tuple(sorted(counted, key=lambda t: (-counted[t], t)))


@agenda(
    id="interviews",
    title="What both sides say",
    question="Where do marketing and sales see the same thing differently?",
)
def interviews(facts: Facts, block: Block) -> Block:
    """Question by question, both sides beside each other."""
    if not facts.tables.has("interviews"):
        return replace(block, missing=where_to_write(facts, "interviews", "one row for each answer"))
    found = numbers(facts)
    if found is None:
        return replace(block, sentences=("Nobody of marketing or sales has been interviewed yet.",))
    return replace(
        block,
        sentences=sentences(found),
        tables=(_table(found),),
        prompts=("Which question would both sides answer differently next time, and what would have to change?",),
        evidence=_evidence(facts, found),
        metrics=_metrics(found),
    )


def _evidence(facts: Facts, found: Rounds) -> Evidence:
    total = sum(sum(q.answers.values()) for q in found.questions)
    hidden = len(found.questions) - len(found.rated)
    few = f"fewer than {facts.run.params.monthly.min_answers} on a side, so that nobody is known by their answer"
    left_out = ["who answered", *([f"ratings of questions with {few}"] if hidden else [])]
    left_out += ["the filter: interviews are the whole company's"] if facts.run.params.slice else []
    told = "Cliff's delta with its interval; exact permutation test, the questions are one family (Benjamini-Hochberg)"
    return evidence(
        facts,
        *(("interview_rating", "interview_gap") if found.rated else ()),
        n=f"{wording.plural(total, 'answer')} to {wording.plural(len(found.questions), 'question')}",
        excluded="; ".join(left_out),
        method=told if found.rated else "counts only",
    )


def sentences(found: Rounds) -> tuple[str, ...]:
    """Who was asked, and where the sides stand apart."""
    heard = {s: sum(q.answers[s] for q in found.questions) for s in SIDES}
    parts = [f"{wording.plural(heard[s], 'answer')} of {s}" for s in SIDES]
    first = f"The round {quoted(found.now)} holds {wording.listing(parts)}."
    if not found.rated:
        few = "Too few people answered on a side to compare ratings without showing who said what: counts only."
        return (first, few)
    apart = [q for q in found.rated if q.apart]
    if not apart:
        return (first, "On no question do the ratings of the two sides differ by more than chance would explain.")
    told = [f"{quoted(q.text)} ({'marketing' if q.gap.estimate > 0 else 'sales'} rates higher)" for q in apart]
    return (first, f"The two sides stand apart on {wording.listing(told)}.")


def _table(found: Rounds) -> Table:
    heads = [Column("Question"), Column("Answers", "marketing, sales")]
    heads += [Column("Answers before", "marketing, sales")] if found.before else []
    heads += [Column("Median rating", "marketing, sales"), Column("Gap")] if found.rated else []
    heads += [Column("Change of the gap", f"since {found.before}")] if found.rated and found.before else []
    heads += [Column("Themes of marketing"), Column("Themes of sales")]
    rows = tuple(_row(q, found) for q in found.questions)
    note = (
        "Gap: chance that marketing rates higher less the chance that sales does, from −1 to 1, with its interval."
        if found.rated
        else ""
    )
    return Table(f"Round {found.now}, side by side", tuple(heads), rows, note=note)


def _row(q: Question, found: Rounds) -> tuple[str, ...]:
    cells = [q.text, _answers(q)]
    cells += [_answers(q.before)] if found.before else []
    if found.rated:
        shown = wording.defined(q.gap.estimate)
        cells.append(", ".join(f"{q.medians[s]:g}" for s in SIDES) if shown else "too few")
        cells.append(_gap(q) if shown else "too few")
        cells += [_change(q)] if found.before else []
    return (*cells, *(wording.listing(q.themes[s]) or wording.NOTHING for s in SIDES))


def _answers(q: Question | None) -> str:
    return ", ".join(wording.count(q.answers[s]) for s in SIDES) if q else wording.NOTHING


def _change(q: Question) -> str:
    """Since the round before; nothing where either has too few answers."""
    change = q.gap.estimate - q.before.gap.estimate if q.before else math.nan
    return _signed(change) if wording.defined(change) else wording.NOTHING


def _gap(q: Question) -> str:
    apart = ", apart" if q.apart else ""
    return f"{_signed(q.gap.estimate)} ({_signed(q.gap.low)} to {_signed(q.gap.high)}){apart}"


def _signed(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _metrics(found: Rounds) -> tuple[Metric, ...]:
    records = []
    for side in SIDES:
        total = sum(q.answers[side] for q in found.questions)
        records.append(metric("interview_answers", total, n=total, source=side, period=found.now))
        records.append(metric("interview_people", found.people[side], n=total, source=side, period=found.now))
    for q in found.questions:
        for side in SIDES:
            where: dict[str, Any] = {"source": side, "segment": q.text, "period": found.now}
            records.append(metric("interview_answers", q.answers[side], n=q.answers[side], **where))
            if wording.defined(q.gap.estimate):
                records.append(metric("interview_rating", q.medians[side], n=len(q.ratings[side]), **where))
        if wording.defined(q.gap.estimate):
            n = sum(len(q.ratings[s]) for s in SIDES)
            records.append(metric_of("interview_gap", q.gap, n=n, segment=q.text, period=found.now))
    return tuple(records)
