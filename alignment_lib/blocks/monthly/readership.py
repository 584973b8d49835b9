"""Who reads the mails (C30, C40), for managers only: clicks by rep and week, the team's trend, when to refresh."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import pandas as pd

from alignment_lib.blocks.agenda import agenda, evidence, metric, metric_of, points_of
from alignment_lib.blocks.typed import quoted
from alignment_lib.facts import Facts
from alignment_lib.facts.facts import UNKNOWN
from alignment_lib.facts.plan_frames import mailings
from alignment_lib.page.block import Block, Cell, Column, Evidence, Mark, Metric, Quiet, Table, Trend
from alignment_lib.params.period import Week
from alignment_lib.stats import changes, estimates, wording
from alignment_lib.stats.days import day_of, epoch_day

SHOWN_WEEKS = 8
"""Columns of the grid of reps."""
KINDS = 4
"""Kinds of mailings with a trend."""
OTHER = "other mailings"
_NUMBER = re.compile(
    r"[\s\-–_#:,.(]*(?:\d{4}-?W\d{1,2}|\d{4}-\d{1,2}(?:-\d{1,2})?|W\d{1,2}|(?:no\.? ?)?#?\d+)\)?$", re.I
)


@dataclass(frozen=True, eq=False)
class Kind:
    """A kind of mailing, e.g. the product update: recipients and clicks by week (None: none, or too few)."""

    name: str
    weeks: tuple[Week, ...]
    shares: tuple[estimates.Proportion | None, ...]
    trend: changes.Trend
    span: int
    """Steps of the trend from the first to the last week that counts."""
    grid: pd.DataFrame
    """Columns `rep_id`, `week` (place), `opened`, `clicked`."""

    @property
    def counted(self) -> list[int]:
        return [i for i, s in enumerate(self.shares) if s is not None]

    @property
    def fall(self) -> estimates.Estimate:
        """From the first to the last of the weeks, at most all of it; positive where it fell."""
        t = self.trend
        value, low, high = (x if x != x else max(-1.0, min(1.0, -x * self.span)) for x in (t.estimate, t.high, t.low))
        return estimates.Estimate(estimate=value, low=low, high=high, conf=t.conf, reason=t.reason)


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> tuple[Kind, ...]:
    """The kinds of mailings of the weeks that are over, those sent most first."""
    weeks = tuple(w for w in facts.run.weeks if epoch_day(w.sunday) <= facts.run.last_day)
    weeks = weeks[-facts.run.params.weekly.history_weeks :]
    if not weeks:
        return ()
    frame = mailings(facts, first_day=epoch_day(weeks[0].monday), last_day=epoch_day(weeks[-1].sunday))
    if frame.empty:
        return ()
    frame["week"] = (frame["day"] - epoch_day(weeks[0].monday)) // 7
    frame["kind"] = [kind_of(str(m)) for m in frame["mailing"]]
    often = frame.groupby("kind")["week"].nunique().sort_index().sort_values(ascending=False, kind="stable")
    own = [k for k, n in often.items() if n > 1][:KINDS]
    frame["kind"] = frame["kind"].where(frame["kind"].isin(own), OTHER)
    names = [k for k in (*own, OTHER) if (frame["kind"] == k).any()]
    return tuple(_kind(facts, k, frame[frame["kind"] == k], weeks) for k in names)


def kind_of(mailing: str) -> str:
    """The mailing's name without its number, week or date."""
    return _NUMBER.sub("", mailing).strip() or OTHER


def _kind(facts: Facts, name: str, rows: pd.DataFrame, weeks: tuple[Week, ...]) -> Kind:
    rows = rows.assign(rep_id=rows["rep_id"].fillna(UNKNOWN))
    grid = rows.groupby(["rep_id", "week"], as_index=False)[["opened", "clicked"]].max()
    sums = grid.groupby("week")["clicked"].agg(["sum", "size"])
    conf, least = facts.run.params.weekly.confidence, facts.run.params.monthly.min_answers
    shares = tuple(
        estimates.proportion(converted=int(sums["sum"][i]), leads=int(sums["size"][i]), conf=conf)
        if i in sums.index and sums["size"][i] >= least
        else None
        for i in range(len(weeks))
    )
    used = [(i, s) for i, s in enumerate(shares) if s is not None]
    trend = changes.trend(
        converted=[s.converted for _, s in used],
        leads=[s.leads for _, s in used],
        score=[i for i, _ in used],
        conf=conf,
    )
    return Kind(name, weeks, shares, trend, used[-1][0] - used[0][0] if used else 0, grid)


@agenda(
    id="readership",
    title="Who reads the mails (managers only)",
    question="Does sales read what marketing sends, and must a mail be refreshed?",
    needs=("mail_events.clicked_at",),
)
def readership(facts: Facts, block: Block) -> Block:
    """The trend of each kind of mail with the refresh rule's verdict, and who clicked in which week."""
    found = numbers(facts)
    if not found:
        return replace(block, sentences=("No mail was sent to sales in the weeks before.",))
    return replace(
        block,
        sentences=tuple(sentence(facts, k) for k in found),
        tables=(_trends(facts, found), *(_grid(facts, k) for k in found)),
        prompts=("What would make sales open the next mail?",),
        evidence=_evidence(facts, found),
        metrics=tuple(m for k in found for m in _metrics(k)),
    )


def verdict(facts: Facts, kind: Kind) -> Mark:
    """The refresh rule: enough weeks that count, a fall that is large enough, and its whole interval a fall."""
    rule = facts.run.params.monthly.refresh
    if len(kind.counted) < rule.weeks or not wording.defined(kind.fall.estimate):
        return Mark("none", "too early to say")
    if kind.fall.estimate >= rule.fall and kind.fall.low > 0:
        return Mark("bad", "refresh it")
    return Mark("good", "keep it")


def sentence(facts: Facts, kind: Kind) -> str:
    """First and last week, and the verdict."""
    name = quoted(kind.name)
    if not kind.counted:
        return f"Too few people got the mail {name} in any week to show how many clicked."
    first, last = kind.counted[0], kind.counted[-1]
    then, now = (wording.percent(_share(kind, i)) for i in (first, last))
    clicks = f"In {kind.weeks[last].label}, {now} of the recipients clicked in the mail {name}"
    clicks += f", after {then} in {kind.weeks[first].label}" if last > first else ""
    decided = verdict(facts, kind).word
    if decided == "refresh it":
        fall = f"{wording.points(kind.fall.estimate)} ({_points(kind.fall.low)} to {_points(kind.fall.high)})"
        return f"{clicks}: over these weeks the share fell by {fall}, so refresh it."
    if decided == "keep it":
        return f"{clicks}: the weeks show no fall that calls for a new one."
    return f"{clicks}: it is too early to speak of a trend."


def _points(share: float) -> str:
    return wording.pace(share * 100)


def _share(kind: Kind, week: int) -> float | None:
    found = kind.shares[week]
    return None if found is None else found.estimate


def _trends(facts: Facts, found: tuple[Kind, ...]) -> Table:
    heads = (Column("Mail"), Column("Recipients", "last week", numeric=True), Column("Clicked", "last week"))
    tail = (Column("By week"), Column("Change over the weeks", "points"), Column("Verdict"))
    return Table(
        "Share of recipients who clicked, whole team",
        (*heads, *tail),
        tuple(_trend_row(facts, k) for k in found),
        note=_rule(facts, found[0].weeks),
    )


def _rule(facts: Facts, weeks: tuple[Week, ...]) -> str:
    """What the trend is of, and when a mail is to be refreshed."""
    rule, least = facts.run.params.monthly.refresh, facts.run.params.monthly.min_answers
    return (
        f"The change is that of a straight line through the weeks of {weeks[0].label} to {weeks[-1].label} in which at"
        f" least {wording.plural(least, 'person', 'people')} got the mail; no share is shown of the others. Refresh a"
        f" mail when there are at least {wording.plural(rule.weeks, 'such week')}, the share that clicks fell by"
        f" {wording.points(rule.fall)} or more from the first of them to the last, and the whole interval is a fall."
    )


def _trend_row(facts: Facts, kind: Kind) -> tuple[Cell, ...]:
    last = kind.shares[kind.counted[-1]] if kind.counted else None
    shown = wording.estimate(last.estimate, last.low, last.high) if last else "too few"
    history = tuple(_share(kind, i) for i in range(len(kind.weeks)))
    return (
        kind.name,
        wording.count(last.leads) if last else wording.NOTHING,
        shown,
        Trend(history),
        _change(kind.fall),
        verdict(facts, kind),
    )


def _change(fall: estimates.Estimate) -> str:
    """Below 0 where it fell."""
    if not wording.defined(fall.estimate):
        return fall.reason or wording.NOTHING
    return wording.signed_points_range(-fall.estimate, -fall.high, -fall.low)


def _grid(facts: Facts, kind: Kind) -> Table:
    places = range(max(0, len(kind.weeks) - SHOWN_WEEKS), len(kind.weeks))
    cells: dict[tuple[str, int], Cell] = {}
    for row in kind.grid.itertuples(index=False):
        cells[str(row.rep_id), int(row.week)] = _mark(row)
    reps = sorted({rep for rep, week in cells if week in places}, key=lambda r: (facts.rep(r), r))
    shown = reps[: facts.run.params.weekly.list_rows]
    rows = tuple((facts.rep(rep), *(cells.get((rep, w), wording.NOTHING) for w in places)) for rep in shown)
    left = len(reps) - len(shown)
    return Table(
        f"Who clicked in “{kind.name}”, for managers only",
        (Column("Recipient"), *(Column(kind.weeks[w].label) for w in places)),
        rows,
        note="Opened, without a click, counts for nothing: mail clients open mails by themselves. –: not sent to them"
        " that week." + (f" {wording.count(left)} more are not listed." if left else ""),
        folded=True,
    )


def _mark(row: Any) -> Cell:
    if row.clicked:
        return Mark("good", "clicked")
    return Quiet("opened") if row.opened else "no"


def _evidence(facts: Facts, found: tuple[Kind, ...]) -> Evidence:
    sent = sum(int(s.leads) for k in found for s in k.shares if s is not None)
    weeks = found[0].weeks
    run = facts.run
    young = f"; mails of the week that is not over on {wording.day(day_of(run.last_day))}"
    return evidence(
        facts,
        "mail_clicks",
        n=f"{wording.plural(sent, 'recipient')}, counted each week, of {weeks[0].label} to {weeks[-1].label}",
        excluded="opens, which mail clients fake"
        + ("; what the mail service itself marks as done by no person" if facts.tables.mails is not None else "")
        + (young if epoch_day(run.week.sunday) > run.last_day else "")
        + ("; the filter, for mails have none" if run.params.slice else ""),
        method="Cochran-Armitage trend with its interval, Wilson intervals of the weeks; the same people get each mail,"
        " which the interval does not know",
    )


def _metrics(kind: Kind) -> tuple[Metric, ...]:
    records = []
    for i in kind.counted:
        share = kind.shares[i]
        if share is not None:
            week = kind.weeks[i].label
            records.append(metric_of("mail_clicks", share, n=share.leads, source=kind.name, period=week))
    if wording.defined(kind.fall.estimate):
        records.append(points_of("mail_fall", kind.fall, n=int(sum(kind.trend.leads)), source=kind.name))
    else:
        records.append(metric("mail_fall", None, n=0, source=kind.name, reason=kind.fall.reason))
    return tuple(records)
