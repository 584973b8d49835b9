"""`alignment inspect`: profile an export and write a first mapping that the analyst only has to correct."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from alignment_lib.errors import ParamsError
from alignment_lib.params import RunParams
from alignment_lib.params.company import Company
from alignment_lib.params.files import read
from alignment_lib.params.home import find_root
from alignment_lib.params.kinds import KINDS
from alignment_lib.params.mapping import SourceMapping
from alignment_lib.params.run import fill_secrets
from alignment_lib.params.settings import Definitions, Sla, Weekly
from alignment_lib.source import is_url
from alignment_lib.source.profile.chosen import heads_of, is_demo, staged_draft, used
from alignment_lib.source.profile.company import Guess, currency, zone
from alignment_lib.source.profile.crm import Recognised, recognise
from alignment_lib.source.profile.draft import Draft, draft
from alignment_lib.source.profile.reading import look
from alignment_lib.source.profile.summary import lines
from alignment_lib.source.profile.writing import text

__all__ = ["Inquiry", "inspect"]


_NO_CLOCK = datetime(1970, 1, 1, tzinfo=UTC)
"""Nothing that is guessed depends on when it is."""


@dataclass(frozen=True)
class Inquiry:
    """What to inspect, and where the mapping goes. `out` empty: nowhere, it is handed back."""

    data: str
    out: str = ""
    name: str = ""
    guess: bool = False
    """Whether every column is guessed, though the export may be of a kind that is known."""

    @property
    def source(self) -> str:
        """The source's name: as given, else the file's, else the folder's."""
        if self.name:
            return self.name
        return Path(self.out).stem if self.out else _slug(self.data)


def inspect(inquiry: Inquiry, *, say: Callable[[str], None], root: Path | None = None) -> str:
    """Profile DATA, tell what was found, write the mapping, and return it.

    Parameters
    ----------
    say
        Takes the lines of the summary.
    root
        Folder that holds params/, whose company tells the time zone; default the working directory, or above it.

    Raises
    ------
    ParamsError
        The file is there already, or the name cannot be a source's.
    SourceError
        DATA cannot be read.
    MappingError
        Nothing in it looks like leads or deals.
    """
    _checked(inquiry)
    company = (root or find_root()) / "params" / "company.yaml"
    own = read(company, Company) if company.exists() else Company(name="Yours")
    found, known = _draft(inquiry, own)
    unknown = Guess(None, "no file says it; without it that of params/company.yaml")
    guesses = {"name": unknown, "timezone": zone(found.tables), "currency": currency(found.tables)}
    if guesses["timezone"].value not in (None, own.timezone):  # wall clocks are then read so
        found, known = _draft(inquiry, own.model_copy(update={"timezone": guesses["timezone"].value}))
    extends = known.crm.name if known else ""
    head = _head(inquiry, guesses["timezone"].value or own.timezone, known)
    written = text(found, name=inquiry.source, head=head, company=guesses, extends=extends)
    if known:
        say(f"this is {known.crm.title}; {used(found, known)}")
        for name in known.older:
            say(f"{name}: not used; the same export is there as of a later day")
    for line in lines(found):
        say(line)
    if inquiry.out:
        _write(Path(inquiry.out), written)
        _name(company, inquiry, say)
    say(f"next: {_next(inquiry)}")
    return written


def _draft(inquiry: Inquiry, company: Company) -> tuple[Draft, Recognised | None]:
    """The draft of an export, by the kind that it is of where that is known."""
    data = inquiry.data
    heads = {} if inquiry.guess else heads_of(data)
    known = None if is_demo(heads) else recognise(heads)
    if known is None:
        return draft(look(data), timezone=company.timezone), None
    mapping = SourceMapping.model_validate({"name": "crm", "extends": known.crm.name})
    place = fill_secrets(data, where="DATA")
    params = RunParams(company, Sla(), Definitions(), Weekly(), mapping, place, None, _NO_CLOCK)
    return staged_draft(known, params), known


def _name(company: Path, inquiry: Inquiry, say: Callable[[str], None]) -> None:
    """Let company.yaml name its first source."""
    place = Path(inquiry.out)
    if not company.exists() or read(company, Company).source or place.resolve().parent != company.parent / "sources":
        return
    with company.open("a", encoding="utf-8") as file:
        file.write(f"source: {place.stem}\n")
    say(f"{company.name} names '{place.stem}' as the source now")


def _checked(inquiry: Inquiry) -> None:
    if not inquiry.data:
        raise ParamsError("nothing to inspect: give the folder of the export, or a database's URL, as DATA")
    if not re.fullmatch("[a-z0-9][a-z0-9_-]*", inquiry.source):
        raise ParamsError(
            f"'{inquiry.source}' cannot be a source's name: small letters, digits, - and _ only; give another as --name"
        )
    if inquiry.source in [kind.name for kind in KINDS]:
        raise ParamsError(f"'{inquiry.source}' is the name of a report, and its folder; give another as --name")
    if inquiry.out and not inquiry.out.endswith((".yaml", ".yml")):
        raise ParamsError(f"{inquiry.out}: a mapping's file ends in .yaml; for instance params/sources/mycrm.yaml")
    if inquiry.out and Path(inquiry.out).exists():
        raise ParamsError(_there(Path(inquiry.out)))


def _there(out: Path) -> str:
    return f"{out}: is there already, and may hold your corrections; give another --out, or move it away"


def _write(out: Path, written: str) -> None:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with out.open("x", encoding="utf-8") as file:
            file.write(written)
    except FileExistsError:
        raise ParamsError(_there(out)) from None
    except OSError as problem:
        raise ParamsError(f"{out}: cannot be written ({problem.strerror}); give another --out") from None


def _head(inquiry: Inquiry, timezone: str, known: Recognised | None) -> tuple[str, ...]:
    if known:
        return (
            f"What this export has beside {known.crm.title}, which params/crms/{known.crm.name}.yaml reads:",
            "the columns that are the company's own, found by their headings. What stands here goes before what ships.",
            f"Next: {_next(inquiry)}",
        )
    return (
        "A first mapping, guessed by `alignment inspect` from headings and values. Next:",
        "1. correct what says check or ambiguous, and map what is listed as not mapped and means something;",
        f"2. {_next(inquiry)}",
        f"3. {_next(inquiry, 'weekly-report')}",
        f"Wall clocks are read as {timezone}, the zone of params/company.yaml; `company:` here overrides its name,",
        "zone, currency and calendar. params/README.md says how columns are declared.",
    )


def _next(inquiry: Inquiry, target: str = "check") -> str:
    """The command that comes next, as it is given here: to make where there is a Makefile, else to the program."""
    source, data = shlex.quote(_source(inquiry)), shlex.quote(inquiry.data)
    if is_url(inquiry.data):
        data = "'the same address'"
    if (find_root() / "Makefile").is_file():
        return f"make {target} SOURCE={source} DATA={data}"
    return f"alignment {target.removesuffix('-report')} --source {source} --data {data}"


def _source(inquiry: Inquiry) -> str:
    """How SOURCE names the mapping: by its name where it lies among the sources, else by its file."""
    if not inquiry.out:
        return f"params/sources/{inquiry.source}.yaml"
    place = Path(inquiry.out)
    return place.stem if place.parent.parts[-2:] == ("params", "sources") else inquiry.out


def _slug(data: str) -> str:
    """A name made of the folder's."""
    last = "crm" if is_url(data) else Path(data).resolve().name
    return re.sub(r"[^a-z0-9_-]+", "-", last.casefold()).strip("-_") or "crm"
