"""What the command prints about a mailing: who would get it, or what became of each message."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from alignment_lib.mail.delivery import FOLDER, Message, Outcome
from alignment_lib.mail.failure import NOTHING
from alignment_lib.mail.ledger import Account, Delivery, Mailing
from alignment_lib.mail.people import Readers
from alignment_lib.mail.published import Published
from alignment_lib.stats import wording


def dry(
    run: Published, readers: Readers, messages: Sequence[Message], rows: Iterable[Delivery], silent: Sequence[str]
) -> str:
    """What a dry run lists: recipients, sizes, who has it already, who is left out, and how to send."""
    place = os.path.relpath(run.folder / FOLDER)
    count = wording.plural(len(messages), "message")
    lines = [f"{_name(run)}: {count} in {place}, nothing sent (dry run)"]
    width = max((len(m.person.address) for m in messages), default=0)
    lines += [f"  {m.person.address:<{width}}  {kilobytes(m.size):>7}  {m.subject}" for m in messages]
    by_state: dict[str, list[str]] = {}
    for row in rows:
        by_state.setdefault("uncertain" if row.state == "handing_over" else row.state, []).append(row.recipient)
    lines += _addresses("sent before", by_state.get("sent", []))
    lines += _addresses("uncertain, sent again only with --resend", by_state.get("uncertain", []))
    lines += _addresses("refused before, tried again only with --resend refused", by_state.get("refused", []))
    lines += [*_left_out(readers), *_addresses("nothing to say to", silent)]
    if messages:
        lines.append("To send: the same command with SEND=1 (alignment mail … --send)")
    return "\n".join(lines)


def summary(run: Published, readers: Readers, outcome: Outcome, silent: Sequence[str]) -> str:
    """What a sending came to; everybody who was not reached by address and reason."""
    lines = [f"{_name(run)}: {len(outcome.sent)} sent now, {len(outcome.before)} sent before"]
    lines += _rows("deferred, tried again by the next run", outcome.standing("deferred"))
    lines += _rows("not tried, sent by the next run", outcome.standing("prepared", "attempting", "handing_over"))
    lines += _rows("refused; correct the address, then --resend refused", outcome.standing("refused"))
    lines += _rows("uncertain, may have arrived; sent again only with --resend", outcome.standing("uncertain"))
    return "\n".join([*lines, *_left_out(readers), *_addresses("nothing to say to", silent)])


def missed(outcome: Outcome) -> str:
    """How many were not reached, or perhaps not, and why."""
    were = "was" if outcome.missed == 1 else "were"
    states = {"deferred": "deferred", "prepared": "not tried", "refused": "refused", "uncertain": "uncertain"}
    counts = [f"{len(rows)} {word}" for state, word in states.items() if (rows := outcome.standing(state))]
    return (
        f"{outcome.missed} of {len(outcome.rows)} {were} not reached, or not for sure ({', '.join(counts)}); what the"
        " command printed says who"
    )


def reached(outcome: Outcome) -> str:
    """What the readers got, for the owner."""
    if not outcome.standing("sent", "uncertain", "handing_over"):
        return NOTHING
    return f"{len(outcome.standing('sent'))} of {len(outcome.rows)} readers have theirs for sure."


def taken(mailings: Sequence[Mailing]) -> str:
    """Which runs are taken as sent from now on."""
    return "\n".join(
        [f"taken as sent, for they were mailed before: {len(mailings)}", *(f"  {m.shown}" for m in mailings)]
    )


def standing(run: Published, account: Account) -> str:
    """That a run is taken as sent."""
    return f"{_name(run)}: taken as sent on {account.taken_at[:10]}, nothing sent; --resend all sends it again"


def kilobytes(size: int) -> str:
    """`34 KB`, never less than it is."""
    return f"{-(-size // 1024)} KB"


def _name(run: Published) -> str:
    return " ".join(filter(None, (run.kind.name, run.period, run.slice)))


def _rows(title: str, rows: Sequence[Delivery]) -> list[str]:
    if not rows:
        return []
    return [f"{title}: {len(rows)}", *(f"  {r.recipient}" + (f"  {r.answer}" if r.answer else "") for r in rows)]


def _addresses(title: str, addresses: Sequence[str]) -> list[str]:
    return [f"{title}: {len(addresses)}", *(f"  {address}" for address in addresses)] if addresses else []


def _left_out(readers: Readers) -> list[str]:
    gone = readers.left_out
    return [f"left out: {len(gone)}", *(f"  {one.name}: {one.reason}" for one in gone)] if gone else []
