"""The weekly report's mail: where both sides stand, what is off track, due and coming."""

from __future__ import annotations

from collections.abc import Iterator

from alignment_lib.mail import pictures
from alignment_lib.mail.letter import Letter, Picture, Section
from alignment_lib.mail.letters import parts
from alignment_lib.mail.people import Person
from alignment_lib.mail.published import Published
from alignment_lib.params.period import Week
from alignment_lib.params.recipients import Recipients
from alignment_lib.stats import wording

TO_SETTLE, COMING, WINS = 6, 4, 2
"""How many open decisions and issues, plans and wins a mail names; the page has them all."""
KEPT = ("Talk track", "Soundbite", "How to respond", "Expected leads")
"""Points of a plan that help whoever takes the call."""
WEEKS = 13
"""The longest history that the strip of numbers has."""


def letter(run: Published, settings: Recipients, person: Person | None = None) -> Letter | None:
    """The letter of a week, the same for everybody."""
    headlines, scorecard = run.block("headlines"), run.block("scorecard")
    said = parts.lines(scorecard) or parts.lines(headlines)
    return Letter(
        subject=subject(run),
        preheader=said[0].text if said else "",
        title=run.kind.title,
        header=run.header,
        sections=tuple(_sections(run)),
        link=parts.page(run, settings),
        link_text="Open the whole report",
    )


def subject(run: Published) -> str:
    """The finding: `W46: 118 of 120 MQLs due so far, follow-up 71 % in time`; what is due is the month's."""
    told = [text for text in (_brought(run), _followed_up(run) or _won(run)) if text]
    week = run.period.partition("-")[2]
    of = f", {run.slice}" if run.slice else ""
    return f"{week}{of}{parts.so_far(run)}: {', '.join(told) or run.kind.title}"


def _brought(run: Published) -> str:
    """What marketing brought: MQLs of those that were due, MQLs, or leads."""
    for name, goal, unit in (("mqls", "mql_goal", "MQLs"), ("mql_points", "mql_points_goal", "points")):
        due = next((m for m in run.results["metrics"] if _is_due(m, goal)), None)
        done = parts.record(run, name, due["period"].removesuffix(" to date")) if due else None
        if due and done:
            return f"{wording.count(done['value'])} of {wording.count(due['value'])} {unit} due so far"
    for name, one in (("mqls", "MQL"), ("leads", "lead")):
        if found := parts.record(run, name, None):
            return wording.plural(found["value"], one) if found["value"] else f"no {one}"
    return ""


def _is_due(record: parts.Handed, goal: str) -> bool:
    total = not record["source"] and not record["segment"]
    return record["name"] == goal and total and str(record["period"]).endswith(" to date")


def _followed_up(run: Published) -> str:
    found = parts.record(run, "sla_follow_up", None)
    if found is None:
        return ""
    return f"follow-up {wording.percent(found['value'], width=found['high'] - found['low'])} in time"


def _won(run: Published) -> str:
    found = parts.record(run, "won", None)
    return "" if found is None else f"{wording.plural(found['value'], 'deal')} won" if found["value"] else "no deal won"


def _sections(run: Published) -> Iterator[Section]:
    headlines, scorecard, restated = (run.block(id) for id in ("headlines", "scorecard", "restated"))
    said = parts.lines(headlines)
    known = {line.text for line in said}
    if headlines:
        yield Section(headlines["title"], lines=said)
    yield Section(
        scorecard["title"] if scorecard else "The numbers at a glance",
        lines=parts.lines(scorecard),
        figures=(*parts.figures(headlines), *parts.figures(run.block("follow-up"), ("Overdue, untouched",))),
    )
    yield Section("Week by week", pictures=tuple(_charts(run)))
    if progress := run.block("progress"):
        yield Section(progress["title"], progress["side"], parts.lines(progress))
    if restated:
        yield Section(restated["title"], lines=parts.lines(restated, known))
    if open_ones := parts.to_settle(run, TO_SETTLE):
        yield open_ones
    if coming := run.block("coming"):
        more = parts.left_out(len(coming["cards"]) - COMING, "plan")
        cards = parts.cards(coming, KEPT, COMING)
        yield Section(coming["title"], coming["side"], parts.lines(coming, known), cards=cards, note=more)
    if wins := run.block("wins"):
        more = parts.left_out(len(wins["cards"]) - WINS, "win")
        cards = parts.cards(wins, ("Quote", "Credit"), WINS)
        yield Section(wins["title"], lines=parts.lines(wins, known), cards=cards, note=more)
    if checks := run.block("checks"):
        yield Section(checks["title"], lines=parts.lines(checks))


def _charts(run: Published) -> Iterator[Picture]:
    """MQLs, or leads where nobody says what an MQL is, and follow-up in time, against their normal ranges."""
    headlines = run.block("headlines")
    weeks = [week.label.partition("-")[2] for week in Week.parse(run.period).history(WEEKS)]
    count = parts.stat(headlines, "MQLs") or parts.stat(headlines, "Leads")
    share = parts.stat(headlines, "Followed up in time")
    promised = run.manifest["sla"]["sales"]["met_share"] if share else None
    drawn = (
        pictures.history("brought", count, weeks, write=wording.count) if count else None,
        pictures.history("in-time", share, weeks, write=wording.percent, goal=promised) if share else None,
    )
    yield from (picture for picture in drawn if picture)
