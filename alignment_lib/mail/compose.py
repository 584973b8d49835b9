"""A run's messages: the report's builder makes letters of it, and each becomes the message of one person."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from alignment_lib.errors import AlignmentError, MailError
from alignment_lib.mail.letter import Letter
from alignment_lib.mail.letters import BUILDERS
from alignment_lib.mail.message import message
from alignment_lib.mail.people import Person
from alignment_lib.mail.published import Published
from alignment_lib.params.recipients import Recipients

PERSONAL = ("reps",)
"""Reports whose letter is another one for each person."""
_LIBRARY = Path(__file__).parents[1]


class LetterError(MailError):
    """A letter or a message that cannot be made of a run; nobody gets anything."""


def letters(run: Published, settings: Recipients, people: Iterable[Person]) -> list[tuple[Person, Letter]]:
    """Everybody's letter; those are missing to whom there is nothing to say.

    Raises
    ------
    LetterError
    """
    build = BUILDERS[run.kind.name]
    try:
        if run.kind.name in PERSONAL:
            found = [(person, build(run, settings, person)) for person in people]
        else:
            shared = build(run, settings, None)
            found = [(person, shared) for person in people]
    except Exception as problem:  # a bug, or results that no report of ours wrote: the owner is told, no reader
        raise _as_told(run, problem) from None
    return [(person, letter) for person, letter in found if letter is not None]


def messages(
    run: Published,
    settings: Recipients,
    told: Iterable[tuple[Person, Letter]],
    resent: Mapping[str, int],
    now: datetime,
) -> Iterator[tuple[Person, bytes]]:
    """The messages, one at a time, for pictures make them large.

    `resent` says of lower-cased addresses how often they get theirs again.
    """
    for person, letter in told:
        try:
            made = message(
                letter,
                settings=settings,
                to=person,
                report=run.kind.name,
                period=run.period,
                slice=run.slice,
                now=now,
                source=run.source,
                resent=resent.get(person.address.lower(), 0),
            )
            data = bytes(made)
        except Exception as problem:  # as above
            raise _as_told(run, problem) from None
        yield person, data


def _as_told(run: Published, problem: Exception) -> LetterError:
    """One sentence: what was refused, or, of a bug, its kind and its place, but nothing of the data."""
    if isinstance(problem, AlignmentError):
        return LetterError(str(problem))
    return LetterError(f"the mail of {run.kind.name} {run.period} cannot be made: {place(problem)}")


def place(problem: Exception) -> str:
    """The kind of a bug, and where in this library it is."""
    frames = [f for f in traceback.extract_tb(problem.__traceback__) if _LIBRARY in Path(f.filename).parents]
    where = f" in {Path(frames[-1].filename).relative_to(_LIBRARY)}, line {frames[-1].lineno}" if frames else ""
    return f"{type(problem).__name__}{where}"
