"""Which numbers a sentence may name: those that the page records, what was agreed or set, and parts of dates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from alignment_lib.blocks import goals_shared
from alignment_lib.facts import Facts
from alignment_lib.page.block import Block, Metric
from alignment_lib.params.monthly import Monthly
from alignment_lib.params.period import month_start
from alignment_lib.report.session import Report
from alignment_lib.stats import wording
from alignment_lib.stats.days import day_of
from alignment_lib.stats.strata import LEAST

MONTHS = "Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sep(?:tember)?|Oct(?:ober)?"
MONTHS = rf"(?:{MONTHS}|Nov(?:ember)?|Dec(?:ember)?)"
CURRENCIES = r"(?:€|R\$|\$|£|¥|CHF|INR|₹|[A-Z]{3})"
NUMBER = r"\d[\d,]*(?:\.\d+)?"
SETTINGS = (r"[^\s,;]+/(?=params/|kept/)",)
"""Where the settings of a test lie: a folder with a name made by chance."""
NO_NUMBERS = (
    r"“[^”]*”",  # somebody's own words
    r"\b\d{4}-W\d\d\b",
    r"\b\d{4}-Q\d\b",
    rf"\b\d{{1,2}} {MONTHS}(?: \d{{4}})?(?:, \d\d:\d\d)?",
    rf"\b{MONTHS} \d{{4}}",
    r"\b\d{4}-\d\d-\d\d\b",
    r"^\d\. ",  # a step of the method
    r"\bSLA [\w.-]+",
    r"\bversion [\w.-]+",
    *SETTINGS,
)
"""What looks like a number and is none."""
KINDS = (
    ("money", rf"{CURRENCIES} {NUMBER}(?: m\b)?"),
    ("chance", rf"(?:under|over|about) {NUMBER} %"),
    ("range", rf"{NUMBER} to {NUMBER} %"),
    ("share", rf"{NUMBER} %"),
    ("hours", rf"{NUMBER} (?:h|min)\b"),
    ("count", NUMBER),
)
"""How numbers are worded, the longest first."""


@dataclass(frozen=True)
class Told:
    """A sentence, its block, and the numbers in it that nothing explains."""

    block: str
    text: str
    unexplained: tuple[str, ...]


def told(report: Report) -> Iterator[Told]:
    """Every sentence of a report that has been shown; the headlines repeat what other blocks record.

    Those of the weekly repeat totals only, those of the monthly whatever a block found.
    """
    records = [m for b in report.shown for m in b.metrics]
    totals = [m for m in records if report.name == "monthly" or _total(m, report.facts)]
    ids = _ids(report.facts)
    for block in report.shown:
        records = totals if block.id == "headlines" else block.metrics
        known = wordings(records, report.facts) | settings(report.facts) | _counted(block, report)
        for text in block.sentences:
            yield Told(block.id, plain(text), tuple(numbers_without(plain(text), known, ids)))


def plain(text: str) -> str:
    """With ordinary blanks."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def _total(record: Metric, facts: Facts) -> bool:
    """Numbers of the whole company that the headlines may repeat: those of the week, of its month and its quarter."""
    month = month_start(day_of(facts.run.last_day))
    now = (None, facts.run.week.label, f"{month:%Y-%m}", f"{month:%Y}-Q{(month.month + 2) // 3}")
    period = (record.period or "").removesuffix(" to date") or None
    return record.source is None and record.segment is None and period in now


def wordings(records: Iterable[Metric], facts: Facts) -> set[str]:
    """Every text in which a record's value, limits or n may stand in a sentence."""
    found: set[str] = set()
    for r in records:
        found |= {wording.count(r.n)}
        for value in (r.value, r.low, r.high):
            if value is not None:
                found |= set(_worded(value, r.unit, facts.run.params.company.currency))
    return {plain(text) for text in found}


def _worded(value: float, unit: str, currency: str) -> Iterator[str]:
    if unit == "share":
        yield from (wording.percent(value), wording.percent(value, width=0.0), wording.chance(value))
    elif unit == currency:
        yield wording.money(value, currency)
    elif unit == "points":
        yield from (wording.count(abs(value)), f"{abs(value):,.1f}", wording.pace(abs(value)))
    elif unit == "business hours":
        yield from (wording.hours(value), wording.count(value), f"{value:.1f}", f"{value:g}")
    else:
        yield from (wording.count(value), wording.count(round(value)))
        yield f"{value:,.1f}"


def settings(facts: Facts) -> set[str]:
    """What was agreed or set, as it may be worded."""
    params = facts.run.params
    sales, weekly = params.sla.sales, params.weekly
    numbers: list[float] = [
        sales.follow_up_hours, sales.attempts, sales.decision_days, weekly.acceptance_days, weekly.upcoming_days,
        weekly.feedback_weeks, weekly.history_weeks, weekly.history_weeks + 1,
        weekly.history_months, weekly.meeting.minutes, weekly.list_rows,
        weekly.min_n, weekly.case_studies.weeks, weekly.scorecard.issue_days, len(weekly.scorecard.measures),
    ]  # fmt: skip
    shares = [sales.met_share, weekly.confidence, weekly.range, weekly.case_studies.top_share,
              weekly.case_studies.faster_share, 0.95]  # fmt: skip
    numbers += [goals_shared.WEEKS, goals_shared.CHANGES_WEEKS]
    if params.report == "monthly":
        numbers += _of_the_month(params.monthly)
    return {f"{n:g}" for n in numbers} | {plain(wording.percent(s)) for s in shares}


def _of_the_month(monthly: Monthly) -> list[float]:
    """The settings of the monthly that are numbers; shares are told as points."""
    planner, claim = monthly.planner, monthly.claim
    return [
        monthly.horizon_days, monthly.history_months, *monthly.triangle_days, monthly.min_rep_n, monthly.min_answers,
        monthly.upcoming_days, claim.horizon_days, claim.matters * 100, planner.extra_reps, planner.extra_points * 100,
        monthly.refresh.weeks, monthly.proposal.at_least, LEAST,
    ]  # fmt: skip


def _counted(block: Block, report: Report) -> set[str]:
    """The checks are counted where they stand, not recorded as a metric."""
    if block.id != "checks":
        return set()
    checks = report.facts.tables.checks
    return {str(len(checks)), *(str(sum(c.status == s for c in checks)) for s in ("PASS", "WARN", "FAIL"))}


def _ids(facts: Facts) -> set[str]:
    """Ids with digits that people typed for decisions and the like; a sentence may name them."""
    keys = {"decisions": "decision_id", "issues": "issue_id", "calendar": "item_id"}
    return {str(row[key]) for table, key in keys.items() for row in facts.kept(table) if row[key]}


def numbers_without(text: str, known: set[str], ids: set[str]) -> Iterator[str]:
    """The numbers of a sentence that are no wording of what is known, and no part of a date, a label or an id."""
    for pattern in NO_NUMBERS:
        text = re.sub(pattern, " ", text)
    words = [w for w in re.findall(r"[\w-]*[A-Za-z_][\w-]*\d[\w-]*|[\w-]*\d[\w-]*[A-Za-z_][\w-]*", text) if w in ids]
    for word in words:
        text = text.replace(word, " ")
    for kind, pattern in KINDS:
        for found in re.findall(pattern, text):
            shown = found.rstrip(",")
            if not _known(kind, shown, known):
                yield shown
        text = re.sub(pattern, " ", text)


def _known(kind: str, shown: str, known: set[str]) -> bool:
    if kind == "range":
        low, high = shown.removesuffix(" %").split(" to ")
        return {f"{low} %", f"{high} %"} <= known
    return shown in known or (kind == "money" and shown.split(" ", 1)[1] in known)


THINGS = (
    "lead|deal|MQL|day|week|month|hour|minute|attempt|call|row|check|warning|decision|issue|campaign|source|rep|measure"
    "|point|win|customer|rejection|opportunitie|item|person|answer|number|change"
)
FAULTS = {
    "does not end with a full stop": r"[^.]$",
    "double space": r"  ",
    "space before punctuation": r" [.,;:)](?!\d)",
    "two full stops": r"\.\.",
    "not a number": r"\b(?:nan|NaN|NaT|inf|null)\b|\bNone\b(?! of)",
    "snake_case": r"(?<![./\w])(?<!\bmap )[a-z]+_[a-z_]+\b",
    "one of many": rf"(?<![\d,.])\b1 (?:[a-z]+ )?(?:{THINGS})s\b",
    "one were": r"(?<![\d,.])\b1 (?:\w+ )?(?:were|are|have)\b",
    "of the one": r"\b[Oo]f the 1 \w+ ",
    "many was": r"(?<!each of the )\b(?:[2-9]|\d\d+) \w+s (?:was|is|has)\b",
    "zero": rf"(?<![\d,.])\b0 (?:[a-z]+ )?(?:{THINGS})s\b",
    "code": r"[{}<>|_]{2}|\bTrue\b|\bFalse\b|\bdatetime\b",
}
"""What plain English does not have."""
MOST_WORDS = 45


def faults(text: str) -> list[str]:
    """What is not plain English about a sentence."""
    spoken = re.sub(SETTINGS[0], "", re.sub(r"“[^”]*”", "“x”", text))
    found = [what for what, pattern in FAULTS.items() if re.search(pattern, spoken)]
    if spoken.count("(") != spoken.count(")"):
        found.append("parentheses")
    longest = max(len(part.split()) for part in re.split(r"(?<=[a-z)%“”]{2}[.?!]) ", spoken))
    return [*found, *([f"{longest} words"] if longest > MOST_WORDS else [])]
