"""Presenter's notes of each half (C20): what to show, for how long, what to say first, what to ask, what not to claim.

Every number in them is a sentence of the block that they stand for; the minutes are those of the settings.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from alignment_lib.blocks import (
    attempts,
    campaigns,
    closed,
    coming,
    cost,
    follow_up,
    judged,
    loop,
    marketing_sla,
    month,
    pipeline,
    progress,
    remarks,
    sources,
    wins,
)
from alignment_lib.blocks.agenda import agenda, metric
from alignment_lib.facts import Facts, effort_frames
from alignment_lib.page.block import Block
from alignment_lib.source.tables import RESPONSE
from alignment_lib.stats import wording

Says = Callable[[Facts], str]


@dataclass(frozen=True)
class Item:
    """A topic to present. `say` is empty where its block has nothing to say."""

    title: str
    needs: tuple[str, ...]
    weight: int
    """Its share of the minutes, against the other topics of the half."""
    say: Says
    ask: Says
    claim: Says
    """What not to claim."""


def _promise(facts: Facts) -> str:
    so_far = month.month_so_far(facts)
    return marketing_sla.sentence(so_far) if so_far else ""


def _promise_open(facts: Facts) -> str:
    so_far = month.month_so_far(facts)
    if so_far is not None and so_far.status[0] == "open":
        return "that the promise will be kept or missed: it is still open"
    return "a certain end of the month: it is a range"


def _campaigns(facts: Facts) -> str:
    if facts.tables.has("leads.campaign"):
        return campaigns.sentence(facts)
    return next(iter(remarks.sentences(facts)), "")


def _in_time_open(facts: Facts) -> str:
    if follow_up.status(facts)[0] == "open":
        return "that the promise was kept or broken: the interval holds both"
    return "that one rep is better than another: a week of one rep is too few leads for that"


def _attempts(facts: Facts) -> str:
    return attempts.sentence(facts) if effort_frames.linked(facts) else ""


def _pipeline(facts: Facts) -> str:
    return pipeline.sentence(facts) if closed.knows_losses(facts) else ""


def _cost(facts: Facts) -> str:
    sliced = facts.run.params.slice
    return cost.sentence(facts) if sliced is None or facts.tables.has(f"spend.{sliced[0]}") else ""


def _wins(facts: Facts) -> str:
    return wins.highlight(facts) if facts.tables.has("wins") or facts.tables.has("opportunities.closed_at") else ""


def _plain(text: str) -> Says:
    return lambda facts: text


MARKETING = (
    Item(
        "Marketing's promise",
        ("leads.mql_at",),
        4,
        _promise,
        _plain("Are this month's MQLs the ones that you want more of?"),
        _promise_open,
    ),
    Item(
        "Where leads come from",
        ("leads.created_at", "leads.source"),
        3,
        sources.sentence,
        _plain("From which source do you have your best conversations, and from which the worst?"),
        _plain("that one source is better than another where the intervals overlap or there are too few leads"),
    ),
    Item(
        "Campaigns, as sales sees them",
        (),
        4,
        _campaigns,
        lambda facts: campaigns.prompts(facts)[0],
        _plain("that a campaign failed where the table says “too few” or “open until”"),
    ),
    Item(
        "What is coming",
        ("calendar",),
        4,
        coming.sentence,
        _plain("What do you need from us to answer these prospects?"),
        _plain("that the expected leads are a promise: they are what was written into the plan"),
    ),
)
SALES = (
    Item(
        "Sales's promise",
        ("leads.created_at", *RESPONSE),
        4,
        follow_up.sentence,
        _plain("Which leads reached us at a time or in a number that nobody could answer?"),
        _in_time_open,
    ),
    Item(
        "Attempts",
        attempts.NEEDS,
        2,
        _attempts,
        _plain("Which leads should we stop calling, and which deserve more calls?"),
        _plain("that more attempts win more deals: this counts effort, not what it brings"),
    ),
    Item(
        "Decisions and reasons",
        loop.NEEDS,
        3,
        judged.decided_sentence,
        _plain("Which of the reasons for a no can marketing prevent?"),
        _plain("a rate for leads that are too young to be decided on"),
    ),
    Item(
        "What closed this week",
        ("opportunities.closed_at",),
        3,
        closed.sentence,
        _plain("What had the customers who bought seen or read before they called?"),
        _plain("a trend: one week is few deals"),
    ),
    Item(
        "Day, week and month so far",
        ("opportunities.closed_at",),
        1,
        progress.sentence,
        _plain("What would bring a deal of next month into this one?"),
        _plain("that the month ends as it began"),
    ),
    Item(
        "Pipeline",
        ("opportunities.created_at", "opportunities.closed_at"),
        2,
        _pipeline,
        _plain("Where will the deals come from that are missing to the goal?"),
        _plain("that all that is open will be won"),
    ),
    Item(
        "What a customer costs",
        cost.NEEDS,
        1,
        _cost,
        _plain("Which spending would you give up first?"),
        _plain("what a single campaign costs: this is the cost of all of them together"),
    ),
    Item(
        "What went well",
        (),
        1,
        _wins,
        _plain("Which of these stories should be written down?"),
        _plain("that a win is typical: these were chosen"),
    ),
)


@agenda(id="marketing-notes", title="Presenting marketing's half", question="What to show and say?", side="marketing")
def marketing_notes(facts: Facts, block: Block) -> Block:
    """Notes of marketing's half."""
    return _half(facts, block, MARKETING, facts.run.params.weekly.meeting.marketing or "The presenter of marketing")


@agenda(id="sales-notes", title="Presenting sales's half", question="What to show and say?", side="sales")
def sales_notes(facts: Facts, block: Block) -> Block:
    """Notes of sales's half."""
    return _half(facts, block, SALES, facts.run.params.weekly.meeting.sales or "The presenter of sales")


def _half(facts: Facts, block: Block, items: tuple[Item, ...], presenter: str) -> Block:
    said = [(item, text) for item in items if facts.tables.has(*item.needs) and (text := item.say(facts))]
    if not said:
        return replace(block, missing="There is nothing to present in this half: its data is not connected yet.")
    minutes = facts.run.params.weekly.meeting.minutes // 2
    other = "marketing" if block.side == "sales" else "sales"
    planned = plan(minutes, [item.weight for item, _ in said])
    return replace(
        block,
        sentences=(f"{presenter} has {wording.plural(minutes, 'minute')}.",),
        notes=tuple(
            (
                f"{item.title} ({wording.plural(share, 'minute') if share else 'if time is left'})",
                f"Say first: {text} Ask {other}: {item.ask(facts)} Do not claim {item.claim(facts)}.",
            )
            for (item, text), share in zip(said, planned, strict=True)
        ),
        metrics=(metric("presenting_minutes", minutes),),
    )


def plan(minutes: int, weights: list[int]) -> list[int]:
    """Whole minutes by weight that add up to all of them: what rounding leaves goes to the largest remainders."""
    exact = [minutes * w / sum(weights) for w in weights]
    shares = [int(x) for x in exact]
    order = sorted(range(len(weights)), key=lambda i: (shares[i] - exact[i], i))
    for i in order[: minutes - sum(shares)]:
        shares[i] += 1
    return shares
