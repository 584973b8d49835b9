"""Is the score right (C26)? Acceptance by band, ranking, drift, and marketing's grade beside sales's rating."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import pandas as pd

from alignment_lib.blocks.agenda import agenda, connect, evidence, metric, metric_of, points_of
from alignment_lib.blocks.monthly.whatif import window
from alignment_lib.facts import Facts
from alignment_lib.facts.whatif_frames import highest_score, scored
from alignment_lib.page import charts
from alignment_lib.page.block import Block, Column, Evidence, Metric, Picture, Table
from alignment_lib.stats import agreements, changes, estimates, quality, thresholds, wording
from alignment_lib.stats.days import epoch_day

# How well marketing's score and grade tell what sales will accept (C26), in numbers.

RECENT = 3
"""Months that are held against those before."""
STEPS = 10
"""Steps of a band; the ranking is by these, so that a score of 0 to 100 points is ranked by the point."""


@dataclass(frozen=True, eq=False)
class Level:
    """A band of the score, or a grade: its MQLs, how many sales accepted and rejected in time, and its wins."""

    name: str
    accepted: estimates.Proportion
    rejected: int
    leads: int
    """Leads old enough to have been won."""
    won: int

    @property
    def judged(self) -> int:
        return int(self.accepted.leads)


@dataclass(frozen=True, eq=False)
class Score:
    """The score's bands, lowest first; its ranking in all, in the months before and in the recent ones."""

    bands: tuple[Level, ...]
    unscored: int
    """MQLs judged without a score."""
    auc: quality.Auc
    before: quality.Auc
    recent: quality.Auc
    change: estimates.Difference
    top: thresholds.CriterionLift | None
    """The highest band with enough leads against all others; None where there are not two bands."""
    top_from: float
    """The score from which on."""

    @property
    def top_name(self) -> str:
        return f"{self.top_from:g} and more"


@dataclass(frozen=True, eq=False)
class Grades:
    """Marketing's grades, lowest first: acceptance, and agreement where sales rates by the same grades."""

    levels: tuple[Level, ...]
    trend: changes.Trend
    both: agreements.Agreement | None
    names: tuple[str, ...]
    """Grades of the square, best first."""


@dataclass(frozen=True, eq=False)
class Quality:
    """Either is None where it is not connected, or nothing is old enough."""

    score: Score | None
    grades: Grades | None
    leads: int
    """MQLs judged."""


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> Quality:
    """Counts of the last months by score, grade and rating, from one aggregation."""
    run, settings = facts.run, facts.run.params
    columns = [c for c in ("score", "grade", "sales_rating") if facts.tables.has(f"leads.{c}")]
    highest = highest_score(facts) if "score" in columns else 0.0
    width = band_width(highest)
    frame = scored(
        facts,
        columns,
        width=width / STEPS,
        horizon=settings.monthly.horizon_days,
        decided_days=settings.weekly.acceptance_days,
        recent_day=epoch_day(run.months[-RECENT:][0]),
        first_day=window(facts),
        last_day=run.last_day,
    )
    judged = int((frame["leads"] * frame["judged"]).sum())
    conf, least = settings.weekly.confidence, settings.weekly.min_n
    score = _score(_in_bands(frame, width, highest), width, conf, least) if "score" in columns and judged else None
    grades = _grades(frame, conf, rated="sales_rating" in columns) if "grade" in columns and judged else None
    return Quality(score, grades, judged)


def band_width(highest: float) -> float:
    """Points per band, so that there are some ten of them: 10 for a score up to 100, 0.1 for one up to 1."""
    if highest <= 0:
        return 10.0
    size = 10.0 ** math.floor(math.log10(highest / 10) + 1e-9)
    return next(step * size for step in (1.0, 2.0, 5.0, 10.0) if step * size * 10 >= highest * (1 - 1e-9))


def _score(frame: pd.DataFrame, width: float, conf: float, least: int) -> Score | None:
    known = frame[frame["score"].notna()]
    if known.empty:
        return None
    found = sorted({int(n) for n in known["band"]})
    bands = tuple(_level(known[known["band"] == n], band_name(n, width), conf) for n in found)
    before, recent = (_auc(known[known["recent"] == now], conf) for now in (0, 1))
    unscored = frame[frame["score"].isna()]
    top, place = _top(bands, least, conf)
    return Score(
        bands=bands,
        unscored=int((unscored["leads"] * unscored["judged"]).sum()),
        auc=_auc(known, conf),
        before=before,
        recent=recent,
        change=estimates.difference(rate=recent, baseline=before),
        top=top,
        top_from=found[place] * width,
    )


def _in_bands(frame: pd.DataFrame, width: float, highest: float) -> pd.DataFrame:
    """With the band of each step; a highest score that begins a band of its own belongs to the one below."""
    last = max(math.ceil(highest / width - 1e-9) - 1, 0)
    return frame.assign(band=(frame["score"] // STEPS).clip(upper=last))


def band_name(number: int, width: float) -> str:
    """`70 to 80`: from its lower limit up to, not including, its upper one."""
    return f"{number * width:g} to {(number + 1) * width:g}"


def _level(rows: pd.DataFrame, name: str, conf: float) -> Level:
    def total(of: str) -> int:
        return int((rows["leads"] * rows[of]).sum())

    rate = estimates.proportion(converted=total("accepted"), leads=total("judged"), conf=conf)
    return Level(name=name, accepted=rate, rejected=total("rejected"), leads=total("old"), won=total("won"))


def _auc(rows: pd.DataFrame, conf: float) -> quality.Auc:
    """Accepted against rejected MQLs, by step of the score."""
    yes, no = ((rows["leads"] * rows[of]).groupby(rows["score"]).sum().sort_index() for of in ("accepted", "rejected"))
    return quality.auc(won=yes.to_numpy(), lost=no.to_numpy(), conf=conf)


def _top(bands: Sequence[Level], least: int, conf: float) -> tuple[thresholds.CriterionLift | None, int]:
    """The highest bands, together where the highest alone have too few MQLs, against all below."""
    for i in range(len(bands) - 1, 0, -1):
        high, low = bands[i:], bands[:i]
        if sum(b.judged for b in high) >= least and sum(b.judged for b in low) >= least:
            counts: dict[str, Any] = {
                "met_converted": [sum(b.accepted.converted for b in high)],
                "met_leads": [sum(b.judged for b in high)],
                "unmet_converted": [sum(b.accepted.converted for b in low)],
                "unmet_leads": [sum(b.judged for b in low)],
            }
            return thresholds.criterion_lifts(**counts, conf=conf)[0], i
    return None, 0


def _grades(frame: pd.DataFrame, conf: float, *, rated: bool) -> Grades | None:
    """Grades in the order Z to A, so that A is the best."""
    known = frame[frame["grade"].notna()]
    names = sorted({str(n) for n in known["grade"]}, reverse=True)
    if not names:
        return None
    levels = tuple(_level(known[known["grade"] == n], n, conf) for n in names)
    trend = changes.trend(
        converted=[level.accepted.converted for level in levels], leads=[level.judged for level in levels], conf=conf
    )
    best_first = tuple(names[::-1])
    return Grades(levels, trend, _agreed(known, best_first, conf) if rated else None, best_first)


def _agreed(known: pd.DataFrame, names: tuple[str, ...], conf: float) -> agreements.Agreement | None:
    """Grade by rating, where both sides use the same grades; None where sales rates by another scale or not at all."""
    both = known[known["sales_rating"].notna()]
    if both.empty or len(names) < 2 or not set(both["sales_rating"]) <= set(names):
        return None
    cells = both.groupby(["grade", "sales_rating"])["leads"].sum()
    return agreements.agreement([[int(cells.get((mine, theirs), 0)) for theirs in names] for mine in names], conf=conf)


@agenda(
    id="score-quality",
    title="Lead score and grade",
    question="Do the leads that marketing rates highly turn out to be the ones that sales accepts?",
    needs=("leads.created_at", "leads.accepted_at"),
)
def score_quality(facts: Facts, block: Block) -> Block:
    """Bands, ranking and drift of the score, and the grades."""
    if facts.tables.lacking("leads.score") and facts.tables.lacking("leads.grade"):
        return replace(block, missing=connect(facts, ("leads.score", "leads.grade")))
    found, things = numbers(facts), what(facts)
    if not found.leads:
        days = wording.plural(facts.run.params.weekly.acceptance_days, "day")
        return replace(
            block, sentences=(f"No {things} of the last months is older than {days}: nothing can be judged yet.",)
        )
    score, grades = found.score, found.grades
    if score is None and grades is None:
        return replace(block, sentences=(f"None of the {things}s of the last months has a score or a grade.",))
    return replace(
        block,
        sentences=(*_ranking(facts, score), *_drift(facts, score), *_lift(facts, score), *_graded(facts, grades)),
        pictures=_picture(facts, score),
        tables=(*_bands(facts, score), *_by_grade(facts, grades), *_square(grades)),
        evidence=_evidence(facts, found),
        metrics=(*_score_metrics(score), *_grade_metrics(grades)),
    )


def what(facts: Facts) -> str:
    """What sales judges."""
    return "MQL" if facts.tables.has("leads.mql_at") else "lead"


def _ranking(facts: Facts, score: Score | None) -> tuple[str, ...]:
    """How well the score ranks, in words that the interval bears out."""
    if score is None:
        return ()
    auc, least = score.auc, facts.run.params.weekly.min_n
    if min(sum(auc.won), sum(auc.lost)) < least:
        few = f"Fewer than {wording.count(least)} scored {what(facts)}s were accepted, or rejected"
        return (f"{few}: too few to say how well the score ranks.",)
    told = (
        f"An accepted {what(facts)} had a higher score than a rejected one in"
        f" {wording.estimate(auc.estimate, auc.low, auc.high)} of all pairs"
    )
    if auc.low > 0.5:
        return (f"{told}; a coin would be right in {wording.percent(0.5)}.",)
    if auc.high < 0.5:
        return (f"{told}: the score ranks them the wrong way round.",)
    return (f"{told}: it cannot be shown to be better than a coin, which is right in {wording.percent(0.5)}.",)


def _drift(facts: Facts, score: Score | None) -> tuple[str, ...]:
    """Whether the recent months rank worse than those before; nothing where either has too few to say."""
    least = facts.run.params.weekly.min_n
    if score is None or math.isnan(score.change.estimate):
        return ()
    if min(sum(part) for auc in (score.before, score.recent) for part in (auc.won, auc.lost)) < least:
        return ()
    change = score.change
    before, shown = (wording.percent(auc.estimate) for auc in (score.before, score.recent))
    if change.low > 0 or change.high < 0:
        which = "better" if change.low > 0 else "worse"
        return (f"In the last three months it ranked {which} than before: {shown} after {before}.",)
    return (f"In the last three months it was {shown}, after {before} in those before: no change can be shown.",)


def _lift(facts: Facts, score: Score | None) -> tuple[str, ...]:
    if score is None or score.top is None or math.isnan(score.top.estimate):
        return ()
    top, times = score.top, f"{score.top.estimate:.1f} times"
    rate = wording.estimate(top.met.estimate, top.met.low, top.met.high)
    overall = wording.percent(top.overall.estimate)
    return (f"At a score of {score.top_name}, sales accepted {rate}, {times} the {overall} of all.",)


def _graded(facts: Facts, grades: Grades | None) -> tuple[str, ...]:
    """Agreement with sales where both judged the same leads by the same grades, else acceptance by grade."""
    if grades is None:
        return ()
    if (both := grades.both) is not None and both.leads >= facts.run.params.weekly.min_n:
        share = wording.estimate(both.estimate, both.low, both.high)
        return (
            f"Of {wording.plural(both.leads, 'lead')} that both judged, sales rated {share} as marketing had graded"
            f" them; chance alone would give {wording.percent(1 / len(grades.names))}.",
        )
    trend = grades.trend
    if math.isnan(trend.estimate) or math.isnan(trend.low):
        return ()
    if trend.low <= 0 <= trend.high:
        return (f"It cannot be shown that sales accepts more {what(facts)}s of the higher grades.",)
    which = "more" if trend.estimate > 0 else "fewer"
    steps = wording.count(abs(trend.estimate) * 100)
    return (f"From one grade to the next higher one, sales accepts {steps} points {which}.",)


def _judged(levels: tuple[Level, ...]) -> list[Level]:
    return [level for level in levels if level.judged]


def _picture(facts: Facts, score: Score | None) -> tuple[Picture, ...]:
    rows = _judged(score.bands)[::-1] if score is not None else []
    if score is None or len(rows) < 2:
        return ()
    rates = [level.accepted for level in rows]
    texts = [_shown(facts, level) for level in rows]
    known = [level.judged >= facts.run.params.weekly.min_n for level in rows]
    days = facts.run.params.weekly.acceptance_days
    overall = sum(r.converted for r in rates) / sum(r.leads for r in rates)
    alt = "; ".join(f"{b.name}: {t}, n {wording.count(b.judged)}" for b, t in zip(rows, texts, strict=True))
    return (
        charts.draw(
            charts.intervals,
            labels=[level.name for level in rows],
            estimates=[r.estimate if ok else None for r, ok in zip(rates, known, strict=True)],
            lows=[r.low if ok else None for r, ok in zip(rates, known, strict=True)],
            highs=[r.high if ok else None for r, ok in zip(rates, known, strict=True)],
            n=[level.judged for level in rows],
            overall=overall,
            overall_label=f"all {wording.percent(overall)}",
            texts=texts,
            write=wording.count,
            title=f"{what(facts)}s accepted within {days} days, by band of the score",
            alt=f"{alt}.",
            id="score-quality",
            height_in=0.5 + 0.26 * len(rows),
        ),
    )


def _shown(facts: Facts, level: Level) -> str:
    """A rate with its interval, where there are enough leads for one."""
    rate = level.accepted
    if not level.judged:
        return wording.NOTHING
    return (
        wording.estimate(rate.estimate, rate.low, rate.high)
        if level.judged >= facts.run.params.weekly.min_n
        else "too few"
    )


def _levels(facts: Facts, levels: tuple[Level, ...], head: str, caption: str) -> Table:
    """Levels with what became of them, highest first; the total is their sum."""
    things, days = what(facts), facts.run.params
    rows = [
        (x.name, wording.count(x.judged), wording.count(x.accepted.converted), wording.count(x.rejected),
         _shown(facts, x), wording.count(x.leads), wording.count(x.won))
        for x in levels[::-1]
    ]  # fmt: skip
    sums = [
        sum(v)
        for v in zip(*((x.judged, x.accepted.converted, x.rejected, x.leads, x.won) for x in levels), strict=True)
    ]
    judged, yes, no, leads, won = (wording.count(v) for v in sums)
    columns = (f"{things}s judged", "accepted", "rejected", f"accepted in {days.weekly.acceptance_days} days", "Leads",
               f"won in {days.monthly.horizon_days} days")  # fmt: skip
    return Table(
        caption,
        (Column(head), *(Column(c, numeric=True) for c in columns)),
        tuple(rows),
        total=("All", judged, yes, no, wording.percent(sums[1] / sums[0] if sums[0] else None), leads, won),
        note=f"“Leads”: older than {days.monthly.horizon_days} days, handed over or not. Those without a value are not"
        " here.",
        folded=True,
    )


def _bands(facts: Facts, score: Score | None) -> tuple[Table, ...]:
    return () if score is None else (_levels(facts, score.bands, "Score", "By band of the score"),)


def _by_grade(facts: Facts, grades: Grades | None) -> tuple[Table, ...]:
    return () if grades is None else (_levels(facts, grades.levels, "Grade", "By marketing's grade"),)


def _square(grades: Grades | None) -> tuple[Table, ...]:
    """Marketing's grade beside sales's rating, leads by cell."""
    if grades is None or grades.both is None:
        return ()
    rows = [
        (name, *(wording.count(n) for n in row), wording.count(sum(row)))
        for name, row in zip(grades.names, grades.both.table, strict=True)
    ]
    kappa = grades.both.kappa
    told = "undefined" if math.isnan(kappa.estimate) else f"{kappa.estimate:.2f}"
    if not math.isnan(kappa.low):
        told += f" ({kappa.low:.2f} to {kappa.high:.2f})"
    elif kappa.reason:
        told += f" ({kappa.reason})"
    heads = (Column("Marketing's grade"), *(Column(f"sales: {n}", numeric=True) for n in grades.names))
    sums = [sum(column) for column in zip(*grades.both.table, strict=True)]
    return (
        Table(
            "Leads by marketing's grade and sales's rating",
            (*heads, Column("all", numeric=True)),
            tuple(rows),
            total=("All", *(wording.count(n) for n in sums), wording.count(sum(sums))),
            note=f"Agreement beyond chance, Cohen's kappa: {told}. Sales rates only leads that it decided on.",
            folded=True,
        ),
    )


def _evidence(facts: Facts, found: Quality) -> Evidence:
    settings = facts.run.params
    gone = (
        f"; {wording.plural(found.score.unscored, what(facts))} without a score"
        if found.score and found.score.unscored
        else ""
    )
    return evidence(
        facts,
        "score_auc",
        "score_lift",
        n=f"{wording.plural(found.leads, what(facts))} of the last {settings.monthly.history_months} months,"
        f" older than {settings.weekly.acceptance_days} days",
        excluded=f"ranking: leads that sales has not decided on in time{gone}",
        method="Wilson intervals; ranking is the area under the ROC curve (Newcombe, method 5), its change over the"
        f" last {RECENT} months by MOVER; the score is in points, no probability, so each band has its observed rate;"
        " agreement is the plain share, kappa's interval only from 50 leads and 10 of each grade on",
    )


def _score_metrics(score: Score | None) -> tuple[Metric, ...]:
    if score is None:
        return ()
    records = [
        metric_of(name, auc, n=sum(auc.won) + sum(auc.lost), segment=segment)
        for name, auc, segment in (
            ("score_auc", score.auc, None),
            ("score_auc", score.recent, "last three months"),
            ("score_auc", score.before, "months before"),
        )
    ]
    records.append(points_of("score_auc_change", score.change, n=sum(score.auc.won) + sum(score.auc.lost)))
    records.append(metric("score_coin", 0.5))
    if score.top is not None:
        records.append(metric("score_top", score.top_from))
        records.append(metric_of("score_lift", score.top, n=score.top.met.leads, segment=score.top_name))
        records.append(metric_of("score_accepted", score.top.met, n=score.top.met.leads, segment=score.top_name))
        records.append(metric_of("score_accepted", score.top.overall, n=score.top.overall.leads))
    for level in score.bands:
        records.append(metric_of("score_accepted", level.accepted, n=level.judged, segment=level.name))
    return tuple(records)


def _grade_metrics(grades: Grades | None) -> tuple[Metric, ...]:
    if grades is None:
        return ()
    n = sum(level.judged for level in grades.levels)
    records = [points_of("grade_trend", grades.trend, n=n)]
    for level in grades.levels:
        records.append(metric_of("grade_accepted", level.accepted, n=level.judged, segment=level.name))
    if (both := grades.both) is not None:
        records.append(metric_of("grade_agreement", both, n=both.leads))
        records.append(metric_of("grade_agreement_adjusted", both.adjusted, n=both.leads))
        records.append(metric_of("grade_kappa", both.kappa, n=both.leads))
        records.append(metric("grade_chance", 1 / len(grades.names)))
    return tuple(records)
