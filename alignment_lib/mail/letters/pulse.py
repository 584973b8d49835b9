"""The mail of the daily pulse: its three lines (C52)."""

from __future__ import annotations

from collections.abc import Iterator

from alignment_lib.mail.letter import Letter, Section
from alignment_lib.mail.letters import parts
from alignment_lib.mail.people import Person
from alignment_lib.mail.published import Published
from alignment_lib.params.recipients import Recipients
from alignment_lib.stats import wording


def letter(run: Published, settings: Recipients, person: Person | None = None) -> Letter | None:
    """The same for everybody; None for a day without data, and for a day off on which nothing happened."""
    block = run.block("pulse")
    if block is None or any(row["silent"] for row in block["rows"]):
        return None
    lines = parts.lines(block)
    return Letter(
        subject=subject(run, block),
        preheader=_plain(lines[0].text),
        title=f"{run.kind.title}, {_day(block)}",
        header=run.header,
        sections=(Section(lines=lines),),
        link=parts.page(run, settings),
        link_text="Open the pulse",
    )


def _day(block: parts.Handed) -> str:
    return str(block["rows"][0]["day"])


def subject(run: Published, block: parts.Handed) -> str:
    """`Pulse Fri 18 Sep: 14 leads, 2 deals won`."""
    of = f", {run.slice}" if run.slice else ""
    told = ", ".join(_told(run))
    return _plain(f"Pulse {_day(block)}{of}{parts.so_far(run)}{f': {told}' if told else ''}")


def _told(run: Published) -> Iterator[str]:
    if leads := parts.record(run, "leads", None):
        yield wording.plural(leads["value"], "lead") if leads["value"] else "no leads"
    if won := parts.record(run, "won", None):
        yield f"{wording.plural(won['value'], 'deal')} won" if won["value"] else "no deal won"


def _plain(text: str) -> str:
    """With ordinary blanks."""
    return text.replace("\u00a0", " ")
