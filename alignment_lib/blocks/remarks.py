"""What sales said of campaigns, and what marketing answered (C44)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from alignment_lib.blocks.agenda import metric, metric_of
from alignment_lib.facts import Facts
from alignment_lib.page.block import Column, Metric, Table
from alignment_lib.stats import incidences, waiting, wording
from alignment_lib.stats.days import day_of, epoch_day

WORDS = {"working": "works", "not_working": "does not work"}
Row = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Remarks:
    """Remarks of the last weeks, and those of any age that wait for an answer, oldest first."""

    given: tuple[Row, ...]
    unanswered: tuple[Row, ...]
    everything: int
    answer: waiting.Quantile
    today: int
    """Epoch day to which waiting is counted."""
    connected: bool

    def said(self, verdict: str) -> int:
        return sum(r["verdict"] == verdict for r in self.given)

    @property
    def oldest_days(self) -> int:
        return self.today - epoch_day(self.unanswered[0]["given_on"])


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> Remarks:
    """Everything the feedback says; rows without the day they were given are set aside before."""
    run = facts.run
    rows = [r for r in facts.kept("feedback") if r["given_on"] is not None and _in_slice(facts, r)]
    rows.sort(key=lambda r: (r["given_on"], str(r["campaign"]), str(r["lead_id"])))
    first, last = first_monday(facts), run.last_day
    return Remarks(
        given=tuple(r for r in rows if first <= epoch_day(r["given_on"]) <= last),
        unanswered=tuple(r for r in rows if not answered(r)),
        everything=len(rows),
        answer=_answer_days(facts, rows),
        today=run.as_of_day,
        connected=facts.tables.has("feedback"),
    )


def first_monday(facts: Facts) -> int:
    """Epoch day on which the weeks of the feedback begin."""
    return epoch_day(facts.run.week.shifted(1 - facts.run.params.weekly.feedback_weeks).monday)


def span(facts: Facts) -> str:
    """`the last 4 weeks`, `this week`."""
    weeks = facts.run.params.weekly.feedback_weeks
    return "this week" if weeks == 1 else f"the last {wording.plural(weeks, 'week')}"


def within(facts: Facts) -> str:
    """`in the last 4 weeks`, `this week`."""
    return span(facts) if facts.run.params.weekly.feedback_weeks == 1 else f"in {span(facts)}"


def answered(row: Row) -> bool:
    """Whether anybody answered; a day or a text will do."""
    return row["answered_on"] is not None or bool(row["answer"])


def _in_slice(facts: Facts, row: Row) -> bool:
    name, value = facts.run.params.slice or ("", "")
    return name != "campaign" or row["campaign"] == value


def _answer_days(facts: Facts, rows: list[Row]) -> waiting.Quantile:
    """Days to the answer; who waits counts so far, and an answer without its day is left out."""
    today = facts.run.as_of_day
    timed = [r for r in rows if r["answered_on"] is not None or not answered(r)]
    done = [r["answered_on"] is not None for r in timed]
    ages = [
        max(0, (epoch_day(r["answered_on"]) if d else today) - epoch_day(r["given_on"]))
        for r, d in zip(timed, done, strict=True)
    ]
    table = incidences.follow_up(ages=ages, converted=[int(d) for d in done], censored=[int(not d) for d in done])
    return waiting.km_quantile(table, share=0.5, conf=facts.run.params.weekly.confidence)


def sentences(facts: Facts) -> tuple[str, ...]:
    """What sales said in these weeks and what waits; how soon an answer comes."""
    found = numbers(facts)
    if not found.connected:
        return ()
    if not found.everything:
        return ("Nobody in sales has written down what they think of a campaign yet.",)
    return (_said(facts, found), _answers(found))


def _said(facts: Facts, found: Remarks) -> str:
    when = within(facts)[0].upper() + within(facts)[1:]
    told = f"{when} sales said nothing about campaigns"
    if found.given:
        told = f"{when} sales made {wording.plural(len(found.given), 'remark')} on campaigns"
    return f"{told}{_verdicts(found)}; {_waiting(found)}."


def _verdicts(found: Remarks) -> str:
    """`: 12 say that the campaign works and 6 that it does not`."""
    yes, no = found.said("working"), found.said("not_working")
    if not yes and not no:
        return ", none of them with a verdict" if found.given else ""
    first, word = (yes, "works") if yes else (no, "does not work")
    rest = f" and {wording.count(no)} that it does not" if yes and no else ""
    return f": {wording.count(first)} {'says' if first == 1 else 'say'} that the campaign {word}{rest}"


def _waiting(found: Remarks) -> str:
    if not found.unanswered:
        return "no remark waits for an answer"
    count = len(found.unanswered)
    if count == 1:
        return f"of all remarks so far 1 waits for an answer, {_since(found)}"
    return f"of all remarks so far {wording.count(count)} wait for an answer, the oldest {_since(found)}"


def _since(found: Remarks) -> str:
    return f"for {wording.plural(found.oldest_days, 'day')}" if found.oldest_days else "since today"


def _answers(found: Remarks) -> str:
    answer = found.answer
    if not wording.defined(answer.estimate):
        return "Fewer than half of all remarks have an answer yet, so no usual time can be told."
    end = f"{wording.count(answer.low)} to {wording.count(answer.high)} days"
    interval = f" ({end})" if wording.defined(answer.low) and wording.defined(answer.high) else ""
    within = f"within {wording.days(answer.estimate)}" if answer.estimate >= 1 else "on the same day"
    return (
        f"Half of all remarks are answered {within}{interval}, where those that still wait are counted with the days"
        " they have waited."
    )


def log(facts: Facts) -> Table:
    """Every remark of these weeks and every older one that waits: the waiting first, oldest first."""
    found = numbers(facts)
    done = sorted((r for r in found.given if answered(r)), key=lambda r: r["given_on"], reverse=True)
    rows = [*found.unanswered, *done]
    shown = facts.run.params.weekly.list_rows
    left = len(rows) - shown
    heads = ("Given", "Campaign", "Lead", "Verdict", "Note", "Answer", "Answered")
    return Table(
        "What sales said and what marketing answered; what waits comes first",
        tuple(Column(h) for h in heads),
        tuple(_log_row(found, r) for r in rows[:shown]),
        note=f"{wording.plural(left, 'more remark is', 'more remarks are')} not listed." if left > 0 else "",
        folded=True,
    )


def _log_row(found: Remarks, row: Row) -> tuple[str, ...]:
    given = epoch_day(row["given_on"])
    if row["answered_on"] is not None:
        state = f"after {wording.plural(max(0, epoch_day(row['answered_on']) - given), 'day')}"
    elif row["answer"]:
        state = "on an unknown day"
    else:
        state = f"waiting for {wording.plural(found.today - given, 'day')}"
    verdict = WORDS.get(row["verdict"] or "", row["verdict"] or "no verdict")
    texts = (row[name] or wording.NOTHING for name in ("note", "answer"))
    return (
        wording.day(given),
        row["campaign"] or "(unknown)",
        row["lead_id"] or wording.NOTHING,
        verdict,
        *texts,
        state,
    )


def most_against(rows: tuple[Row, ...]) -> str | None:
    """The campaign that most remarks speak against; None where none does."""
    against = Counter(r["campaign"] for r in rows if r["verdict"] == "not_working" and r["campaign"])
    return min(against, key=lambda name: (-against[name], name)) if against else None


def period_note(facts: Facts) -> str:
    """The days of the weeks looked at, for a caption."""
    return f"{wording.day(day_of(first_monday(facts)))} to {wording.day(facts.run.last_day)}"


def metrics(facts: Facts) -> tuple[Metric, ...]:
    """Nothing where the feedback is not connected."""
    found = numbers(facts)
    if not found.connected:
        return ()
    n = len(found.given)
    oldest = float(found.oldest_days) if found.unanswered else None
    return (
        metric("feedback_remarks", n, n=n),
        metric("feedback_working", found.said("working"), n=n),
        metric("feedback_not_working", found.said("not_working"), n=n),
        metric("feedback_unanswered", len(found.unanswered), n=found.everything),
        metric(
            "feedback_oldest_days", oldest, n=len(found.unanswered), reason="" if found.unanswered else "none waits"
        ),
        metric_of("feedback_answer_days", found.answer, n=found.answer.leads),
    )
