"""Who gets a run's mail, and who of those that were meant does not, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from alignment_lib.errors import ParamsError
from alignment_lib.mail import safe
from alignment_lib.mail.published import Published
from alignment_lib.params.period import local_day
from alignment_lib.params.recipients import Member, Recipients, check_address
from alignment_lib.stats import wording

Row = Mapping[str, str | None]
"""Somebody of the table of reps."""

NAME = 120
"""Characters of a name."""


@dataclass(frozen=True)
class Person:
    """Somebody a mail is written to."""

    address: str
    name: str
    """As it is shown; empty where nobody knows it."""
    rep_id: str | None
    """In the table of reps; None for an address that only stands in a list."""


@dataclass(frozen=True)
class LeftOut:
    """Somebody who was meant and gets nothing."""

    name: str
    reason: str


@dataclass(frozen=True)
class Readers:
    """Who gets the mail, by address, and who does not, by name."""

    people: tuple[Person, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True)
class _Meant:
    """Somebody a list names, before any rule was asked."""

    person: Person
    starts: str | None = None
    ends: str | None = None


def readers(run: Published, settings: Recipients, today: date | None = None) -> Readers:
    """The people of the report's list, each once; of report `reps` every rep of the table.

    Parameters
    ----------
    today
        Day of the sending: who left before it, or starts after it, is left out as well. Default: the run's own day.

    Raises
    ------
    ParamsError
        There is no such list, or nobody is left of it.
    """
    day = max(_day(run), today or date.min)
    judged = [(meant.person, _reason(meant, settings, day)) for meant in _meant(run, settings)]
    found: dict[str, Person] = {}
    for person in (one for one, reason in judged if not reason):
        key = person.address.lower()
        found[key] = _one(found[key], person) if key in found else person
    left = {LeftOut(_shown(one), reason) for one, reason in judged if reason and one.address.lower() not in found}
    if run.kind.name == "reps":
        shared = _shared([one for one, reason in judged if not reason])
        left |= {LeftOut(found.pop(key).address, reason) for key, reason in shared.items()}
    people = tuple(found[key] for key in sorted(found))
    gone = tuple(sorted(left, key=lambda one: (one.name, one.reason)))
    if not people:
        raise ParamsError(_nobody(run, gone))
    return Readers(people, gone)


def _day(run: Published) -> date:
    """The day a run speaks of: the last one it saw, or, where it looks ahead, the one it is made on."""
    timezone = str(run.results["timezone"])
    return local_day(run.as_of if run.kind.ahead else run.as_of - timedelta(microseconds=1), timezone)


def _meant(run: Published, settings: Recipients) -> Iterator[_Meant]:
    if run.kind.name == "reps":
        members: tuple[Member, ...] = (Member(reps=True),)
    elif run.kind.name not in settings.lists:
        raise ParamsError(
            f"nobody gets '{run.kind.name}': the lists of the recipients' file do not name it; add"
            f" `{run.kind.name}: [...]` under lists"
        )
    else:
        members = settings.lists[run.kind.name]
    for member in members:
        if member.address:
            yield from _listed(member, run.people)
        else:
            yield from (_of_table(row) for row in run.people if _chosen(member, row))


def _listed(member: Member, people: Iterable[Row]) -> Iterator[_Meant]:
    """An address of a list; where it is that of people in the table of reps, these, for they may have left."""
    rows = [row for row in people if (row["email"] or "").strip().lower() == member.address.lower()]
    if not rows:
        yield _Meant(Person(member.address, _line(member.name), None))
    for row in rows:
        meant = _of_table(row)
        name = _line(member.name) or meant.person.name
        yield _Meant(Person(member.address, name, meant.person.rep_id), meant.starts, meant.ends)


def _of_table(row: Row) -> _Meant:
    person = Person((row["email"] or "").strip(), _line(row["name"]), row["rep_id"])
    return _Meant(person, row["started_on"], row["ended_on"])


def _chosen(member: Member, row: Row) -> bool:
    """Whether a row is of the team, the role and the region that are asked for."""
    if member.reps and _word(row["team"]) not in ("", "sales"):
        return False
    wanted = ((member.team, row["team"]), (member.role, row["role"]), (member.region, row["region"]))
    return all(not asked or _word(asked) == _word(is_) for asked, is_ in wanted)


def _line(text: str | None) -> str:
    """A name in one line, without anything that could begin another header or turn the text round."""
    return safe.line(text or "", NAME)


def _word(text: str | None) -> str:
    return " ".join((text or "").split()).casefold()


def _reason(meant: _Meant, settings: Recipients, day: date) -> str:
    """Why somebody gets nothing; empty where they do."""
    address = meant.person.address
    if not address:
        return "no address"
    try:
        check_address(address)
        ends = date.fromisoformat(meant.ends[:10]) if meant.ends else None
        starts = date.fromisoformat(meant.starts[:10]) if meant.starts else None
    except ValueError as problem:
        return "invalid address" if "address" in str(problem) else "the days of work cannot be read"
    if address.rpartition("@")[2].lower() not in settings.allowed_domains:
        return "outside the allowed domains"
    if ends is not None and ends < day:
        return f"left on {wording.day(ends)}"
    if starts is not None and starts > day:
        return f"not started yet, begins on {wording.day(starts)}"
    if address.lower() in {gone.strip().lower() for gone in settings.unsubscribed}:
        return "unsubscribed"
    return ""


def _one(known: Person, other: Person) -> Person:
    """Two entries of one address: the one that is somebody in the table, and the name that is known."""
    best, second = (known, other) if known.rep_id is not None or other.rep_id is None else (other, known)
    return Person(best.address, best.name or second.name, best.rep_id)


def _shared(people: Iterable[Person]) -> dict[str, str]:
    """Addresses that stand for several reps: one of them would read another's leads, so nobody does."""
    owners: dict[str, dict[str, str]] = {}
    for person in people:
        owners.setdefault(person.address.lower(), {})[str(person.rep_id)] = person.name or str(person.rep_id)
    why = "the address of more than one rep: "
    return {key: why + wording.listing(sorted(of.values())) for key, of in owners.items() if len(of) > 1}


def _shown(person: Person) -> str:
    return person.name or _line(person.address) or (f"rep {person.rep_id}" if person.rep_id else "somebody")


def _nobody(run: Published, gone: tuple[LeftOut, ...]) -> str:
    what = f"'{run.kind.name}' of {run.period}"
    if gone:
        why = "; ".join(f"{one.name}: {one.reason}" for one in gone[:3])
        more = f" and {len(gone) - 3} more" if len(gone) > 3 else ""
        return f"nobody gets {what}: everybody on its list is left out ({why}{more}); nothing is sent"
    if not run.people:
        return f"nobody gets {what}: no table of reps is connected, and no address is listed; nothing is sent"
    return f"nobody gets {what}: its list chooses nobody of the table of reps; nothing is sent"
