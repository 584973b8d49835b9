"""The monthly's mail: the month in short, its counts, the verdicts, what is still open."""

from __future__ import annotations

from collections.abc import Iterator

from alignment_lib.mail import pictures
from alignment_lib.mail.letter import Letter, Picture, Section
from alignment_lib.mail.letters import parts
from alignment_lib.mail.people import Person
from alignment_lib.mail.published import Published
from alignment_lib.page.block import Side
from alignment_lib.params.period import Month
from alignment_lib.params.recipients import Recipients
from alignment_lib.stats import wording

TO_SETTLE = 8
"""How many open decisions and issues a mail names."""
MONTHS = 13
"""The year that is drawn, and the month of the year before."""
COUNTS: tuple[tuple[str, str, str, Side], ...] = (
    ("leads", "leads_goal", "Leads", "marketing"),
    ("mqls", "mql_goal", "MQLs", "marketing"),
    ("won", "won_goal", "Deals won", "sales"),
)
"""Metric, its goal, label and side."""
VERDICTS = ("dispute", "sla-month", "friction")
"""Blocks that settle something."""


def letter(run: Published, settings: Recipients, person: Person | None = None) -> Letter | None:
    """The letter of a month, the same for everybody."""
    said = parts.lines(run.block("scorecard")) or parts.lines(run.block("headlines"))
    return Letter(
        subject=subject(run),
        preheader=said[0].text if said else "",
        title=f"{run.kind.title}, {wording.month(Month.parse(run.period).first)}",
        header=run.header,
        sections=tuple(_sections(run)),
        link=parts.page(run, settings),
        link_text="Open the whole report",
    )


def subject(run: Published) -> str:
    """The finding: `August: 22 deals won, € 330,000, 230 of 235 MQLs, follow-up 89 % in time`."""
    month = f"{Month.parse(run.period).first:%B}"
    of = f", {run.slice}" if run.slice else ""
    told = ", ".join([*_won(run), *_kept(run)])
    return f"{month}{of}{parts.so_far(run)}: {told or run.kind.title}"


def _won(run: Published) -> Iterator[str]:
    won, value = (parts.record(run, name, run.period) for name in ("won", "won_value"))
    if won:
        yield f"{wording.plural(won['value'], 'deal')} won" if won["value"] else "no deal won"
    if won and won["value"] and value and value["value"]:
        yield wording.money(value["value"], str(run.results["currency"]))


def _kept(run: Published) -> Iterator[str]:
    """Both promises."""
    done, goal = (parts.record(run, name, run.period) for name in ("mqls", "mql_goal"))
    if done:
        of = f"{wording.count(done['value'])} of {wording.count(goal['value'])} MQLs" if goal else ""
        yield of or (wording.plural(done["value"], "MQL") if done["value"] else "no MQL")
    if found := parts.record(run, "sla_follow_up", None):
        yield f"follow-up {wording.percent(found['value'], width=found['high'] - found['low'])} in time"


def _sections(run: Published) -> Iterator[Section]:
    headlines, scorecard, recap, sla = (run.block(id) for id in ("headlines", "scorecard", "recap", "sla-month"))
    if headlines:
        yield Section(headlines["title"], lines=parts.lines(headlines))
    yield Section(
        scorecard["title"] if scorecard else "The numbers at a glance",
        lines=parts.lines(scorecard),
        figures=(*parts.figures(recap), *parts.figures(sla)[:2]),
    )
    if counts := run.block("three-counts"):
        drawn = _chart(run, counts["sentences"][0]["text"])
        yield Section(counts["title"], pictures=(drawn,) if drawn else ())
    for id in VERDICTS:
        if verdict := run.block(id):
            yield Section(verdict["title"], verdict["side"], parts.lines(verdict))
    if open_ones := parts.to_settle(run, TO_SETTLE):
        yield open_ones
    if checks := run.block("checks"):
        yield Section(checks["title"], lines=parts.lines(checks))


def _chart(run: Published, finding: str) -> Picture | None:
    """Leads, MQLs and deals won by month."""
    months = Month.parse(run.period).history(MONTHS)
    names = [f"{month.first:%b %Y}" for month in months]
    panels = []
    for name, goal_name, label, side in COUNTS:
        found = [parts.record(run, name, month.label) for month in months]
        values = [record["value"] if record else None for record in found]
        if sum(value is not None for value in values) < 2:
            continue
        goal = parts.record(run, goal_name, run.period)
        panel = {
            "periods": names,
            "values": values,
            "side": side,
            "normal": None,
            "goal": goal["value"] if goal else None,
        }
        panels.append((label, panel))
    return pictures.counts("counts", finding, panels)
