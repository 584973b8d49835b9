"""One run: the command line's request and the files of params/, joined into frozen parameters."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from alignment_lib.errors import MappingError, ParamsError, cut, quoted
from alignment_lib.params.company import Company
from alignment_lib.params.crm import crms, skeleton
from alignment_lib.params.files import ModelT, nearest, read
from alignment_lib.params.home import COMPANY, find_root
from alignment_lib.params.kinds import Kind, kind
from alignment_lib.params.mapping import SourceMapping
from alignment_lib.params.monthly import Monthly
from alignment_lib.params.period import Day, Month, Period, Week, iso, local_day, midnight, month_start, parse_instant
from alignment_lib.params.settings import Definitions, Sla, Weekly
from alignment_lib.stats.days import day_of, epoch_day

_LONGEST_REASON = 300
"""Characters of a reason for which a hold is released."""
DIMENSIONS = ("segment", "source", "region", "campaign", "owner_id")


@dataclass(frozen=True)
class Request:
    """What was asked for, as text, before anything is checked. Empty text: the default."""

    source: str = ""
    data: str = ""
    week: str = ""
    as_of: str = ""
    slice: str = ""
    params: str = "params/weekly.yaml"
    month: str = ""
    report: str = "weekly"
    """A name of `KINDS`: which period is settled from the data where none is asked for."""
    day: str = ""
    accept: str = ""
    """Checks that are let pass though they hold, by name, with commas between."""
    because: str = ""

    @property
    def period(self) -> str:
        """The period that was asked for, as it was typed."""
        return self.day or self.week or self.month


@dataclass(frozen=True)
class Release:
    """Checks that a person lets pass for this run though they hold, and why."""

    checks: tuple[str, ...]
    because: str


@dataclass(frozen=True)
class RunParams:
    """Everything a run depends on but the data. `week` and `as_of` are None until the data has been seen."""

    company: Company
    sla: Sla
    definitions: Definitions
    weekly: Weekly
    """What both reports share, and the weekly's own."""
    mapping: SourceMapping
    data: str
    slice: tuple[str, str] | None
    now: datetime
    asked_week: Week | None = None
    asked_month: Month | None = None
    asked_as_of: datetime | None = None
    mapping_file: str = ""
    """The source's YAML as the user knows it: params/sources/NAME.yaml, or the path that was given."""
    folder: str = "params"
    """The folder of the settings as the user knows it."""
    monthly: Monthly = field(default_factory=Monthly)
    report: str = "weekly"
    asked_day: Day | None = None
    kept_folder: str = ""
    """Where the tables kept by hand are, for this source; the folder need not be there."""
    release: Release | None = None

    @property
    def timezone(self) -> str:
        return self.company.timezone

    def file(self, name: str) -> str:
        """A file of the settings as the user knows it: `params/company.yaml`."""
        return f"{self.folder}/{name}"

    def with_data(self, data: str) -> RunParams:
        """The same parameters on other data."""
        return replace(self, data=data)

    def in_currency(self, currency: str) -> RunParams:
        """The same parameters, the company's currency being another."""
        return replace(self, company=self.company.model_copy(update={"currency": currency}))

    @property
    def kind(self) -> Kind:
        return kind(self.report)

    @property
    def asked(self) -> Period | None:
        """The period that was asked for, of the report's own kind."""
        asked: dict[str, Period | None] = {"day": self.asked_day, "week": self.asked_week, "month": self.asked_month}
        return asked[self.kind.noun]

    def settled(self, today: date) -> Period:
        """The period asked for, else the one under way today (looking ahead), else the last complete one."""
        under_way = self.kind.period.of(today)
        return self.asked or (under_way if self.kind.ahead else under_way.shifted(-1))

    def at(self, period: Period, present: datetime | None = None) -> Run:
        """The run on a period: its end is the as-of unless one was asked for.

        Parameters
        ----------
        present
            What a report that looks ahead takes for now; its as-of is this, and the beginning of a period that is over.

        Raises
        ------
        ParamsError
            as-of lies before the period begins; or, of a report that looks ahead, after it has ended.
        """
        begins, ends = midnight(period.first, self.timezone), midnight(period.shifted(1).first, self.timezone)
        what = type(period).__name__.lower()
        if self.kind.ahead:
            present = present or self.now
            as_of = self.asked_as_of or (present if present < ends else begins)
            if as_of >= ends:
                raise ParamsError(
                    f"as-of {iso(as_of)} is after {what} {period.label} has ended ({iso(ends)}), and this report looks"
                    f" ahead; choose an earlier as-of or a later {what}"
                )
            return Run(self, period, as_of, begins, ends)
        as_of = self.asked_as_of or min(ends, self.now)
        if as_of <= begins:
            raise ParamsError(
                f"as-of {iso(as_of)} is before {what} {period.label} begins ({iso(begins)}); choose a later as-of"
                f" or an earlier {what}"
            )
        return Run(self, period, as_of, begins, ends)


@dataclass(frozen=True)
class Run:
    """Parameters with their period settled."""

    params: RunParams
    period: Period
    as_of: datetime
    begins: datetime
    ends: datetime

    @property
    def week(self) -> Week:
        """The report's week; of a day or a month, the week of its last visible day."""
        return self.period if isinstance(self.period, Week) else Week.of(day_of(self.last_day))

    @property
    def noun(self) -> str:
        """`day`, `week` or `month`."""
        return type(self.period).__name__.lower()

    def on_week(self) -> Run:
        """The same day of report on its last full week; of a week, itself."""
        if isinstance(self.period, Week):
            return self
        week = Week.of(day_of(self.last_day + 1)).shifted(-1)
        return replace(self, period=week, begins=midnight(week.monday, self.params.timezone))

    @property
    def first_day(self) -> int:
        """Epoch day of the period's first local day."""
        return epoch_day(self.period.first)

    @property
    def as_of_s(self) -> int:
        """As-of in epoch seconds; what happened at or after it is not visible."""
        return int(self.as_of.timestamp())

    @property
    def last_day(self) -> int:
        """Epoch day of the last local day that is (partly) visible within the period."""
        return min(epoch_day(self.period.last), self.as_of_day)

    @property
    def as_of_day(self) -> int:
        """Epoch day of the last local day before as-of."""
        return epoch_day(local_day(self.as_of - timedelta(microseconds=1), self.params.timezone))

    @property
    def weeks(self) -> tuple[Week, ...]:
        """The weeks of history and this one, which comes last."""
        return self.week.history(self.params.weekly.history_weeks + 1)

    @property
    def months(self) -> tuple[date, ...]:
        """First days of the months of history and of the month of the last visible day, which comes last."""
        back = range(self.params.weekly.history_months, -1, -1)
        return tuple(month_start(day_of(self.last_day), b) for b in back)


def load(
    request: Request,
    *,
    now: datetime,
    root: Path | None = None,
    kind_of: Callable[[str], str | None] = lambda data: None,
) -> RunParams:
    """Read and check every file of params/ that a run uses.

    Parameters
    ----------
    request
        As given on the command line or in the notebook's parameter cell.
    now
        The present, timezone-aware; the only clock of the run.
    root
        Folder that holds params/; default the working directory, or above it.
    kind_of
        Which mapping that ships an export is of; asked where nobody names a source but the demo.

    Raises
    ------
    ParamsError, MappingError
        With file, line, key, value and remedy.
    """
    root = root or find_root()
    settings, is_monthly = _settings(Path(request.params), root), request.report == "monthly"
    folder = settings.parent if (settings.parent / "company.yaml").exists() else _beside(settings, root)
    monthly = read(settings, Monthly) if is_monthly else _monthly(folder, request.report)
    weekly = _optional(folder / "weekly.yaml", Weekly, Weekly()) if is_monthly else read(settings, Weekly)
    company = _optional(folder / "company.yaml", Company, Company(name="Your company"))
    known_as = _known_as(folder, root)
    own = company.source if company.source != "demo" or not request.data else ""
    source = request.source or own or _unnamed(request, folder, kind_of)
    if not request.source and source != "demo":  # what chooses itself is the company's own
        company = company.model_copy(update={"source": source})
    mapping, mapping_file = _mapping(source, folder, known_as)
    company = mapping.company.applied_to(company)
    if mapping.positioning.statement:
        monthly = monthly.model_copy(update={"positioning": mapping.positioning})
    return RunParams(
        company=company,
        sla=_optional(folder / "sla.yaml", Sla, Sla()),
        definitions=_optional(folder / "definitions.yaml", Definitions, Definitions()),
        weekly=weekly,
        mapping=mapping,
        data=fill_secrets(request.data or mapping.connection or "", where=f"source '{mapping.name}'"),
        slice=parse_slice(request.slice),
        now=now,
        asked_week=Week.parse(request.week) if request.week else None,
        asked_month=Month.parse(request.month) if request.month else None,
        asked_day=Day.parse(request.day) if request.day else None,
        monthly=monthly,
        report=request.report,
        asked_as_of=parse_instant(request.as_of, company.timezone) if request.as_of else None,
        mapping_file=mapping_file,
        folder=known_as,
        kept_folder=str(folder.resolve().parent / company.kept / mapping.name),
        release=parse_release(request.accept, request.because),
    )


def parse_release(accept: str, because: str) -> Release | None:
    """`links,outcomes` and a reason in one line.

    Raises
    ------
    ParamsError
        One of both is missing, or not in UTF-8.
    """
    for name, text in (("ACCEPT", accept), ("BECAUSE", because)):
        if re.search("[\ud800-\udfff]", text):
            raise ParamsError(f"{name} {quoted(text)} is no text in UTF-8; write it in a terminal that is set to UTF-8")
    names = tuple(dict.fromkeys(name for given in accept.split(",") if (name := cut(given))))
    reason = cut(because, _LONGEST_REASON)
    if bool(names) != bool(reason):
        lacking = 'BECAUSE="…": say why' if names else "ACCEPT=check-name: say which check"
        raise ParamsError(f"a hold is released by name and with a reason; there is no {lacking}")
    return Release(names, reason) if names else None


def parse_slice(text: str) -> tuple[str, str] | None:
    """`segment=enterprise` → ("segment", "enterprise")."""
    if not text:
        return None
    name, sign, value = text.partition("=")
    if not sign or not value.strip():
        raise ParamsError(f"slice '{text}' has no value; write it as segment=enterprise")
    if name.strip() not in DIMENSIONS:
        raise ParamsError(f"slice '{text}': unknown dimension '{name.strip()}' ({nearest(name.strip(), DIMENSIONS)})")
    return name.strip(), value.strip()


def fill_secrets(text: str, *, where: str) -> str:
    """Replace `${NAME}` by the environment's value, encoded where it is part of a URL's login or query.

    Raises
    ------
    ParamsError
        It is not set; the sentence names it.
    """

    def value(match: re.Match[str]) -> str:
        found = os.environ.get(match[1])
        if found is None:
            raise ParamsError(f"{where}: environment variable {match[1]} is not set; export it before the run")
        login = re.match(r"[a-z][a-z0-9+.-]*://[^/@?#]*$", text[: match.start()]) and "@" in text[match.end() :]
        return quote(found, safe="") if login or "?" in text[: match.start()] else found

    return re.sub(r"\$\{(\w+)\}", value, text)


def _known_as(folder: Path, root: Path) -> str:
    """A folder as a user finds it: from where they stand or the project lies, else by its name and its parent's.

    What lies above them is nobody's business who reads a page.
    """
    if not folder.is_absolute():
        return folder.as_posix()
    for base in (Path.cwd(), root.resolve()):
        if folder.is_relative_to(base):
            return folder.relative_to(base).as_posix()
    return Path(*folder.parts[-2:]).as_posix()


def _settings(settings: Path, root: Path) -> Path:
    """The file of the settings: as it is named from here, else from home."""
    found = settings if settings.is_absolute() or settings.exists() else root / settings
    if not found.exists() and not (root / COMPANY).exists():
        raise ParamsError(
            f"{settings}: no such file, and no {COMPANY} here or above; make a folder of your own, `alignment init"
            " acme`, and run it there, or name one with --home"
        )
    return found


def _beside(settings: Path, root: Path) -> Path:
    """The folder of the other settings, where no company.yaml lies beside: the settings' own if it has sources."""
    own, home = settings.parent, root / COMPANY.parent
    return home if not (own / "sources").is_dir() and (root / COMPANY).exists() else own


def _unnamed(request: Request, folder: Path, kind_of: Callable[[str], str | None]) -> str:
    """The source where nobody names one: as the data's headings say; the demo where there is no data.

    A company's own data is never taken for the demo.
    """
    found = kind_of(request.data) if request.data else "demo"
    if found:
        return found
    inside = sorted(p.stem for p in (folder / "sources").glob("*.yaml") if p.stem != "demo")
    have = f"name one as SOURCE ({', '.join(inside[:5])}), or " if inside else ""
    raise ParamsError(
        f"no source is named in {folder.name}/company.yaml, and DATA is no export that is known by its headings;"
        f" {have}let a first mapping be written: alignment inspect DATA --name crm --out {folder.name}/sources/crm.yaml"
    )


def _mapping(source: str, folder: Path, known_as: str) -> tuple[SourceMapping, str]:
    if source.endswith((".yaml", ".yml")):
        return read(Path(source), SourceMapping, MappingError), source
    known = sorted(p.stem for p in (folder / "sources").glob("*.yaml"))
    if source not in known and source in crms():
        return SourceMapping.model_validate(
            skeleton(source)
        ), f"params/crms/{source}.yaml, which ships (alignment inspect writes corrections)"
    if source not in known:
        raise ParamsError(
            f"unknown source '{source}' ({nearest(source, [*known, *crms()])}); or give a file that ends in .yaml"
        )
    mapping = read(folder / "sources" / f"{source}.yaml", SourceMapping, MappingError)
    return mapping, f"{known_as}/sources/{source}.yaml"


def _monthly(folder: Path, report: str) -> Monthly:
    """A rep is judged in the mail by the rule of the monthly; the other reports read none of its settings."""
    return _optional(folder / "monthly.yaml", Monthly, Monthly()) if report == "reps" else Monthly()


def _optional(path: Path, model: type[ModelT], default: ModelT) -> ModelT:
    return read(path, model) if path.exists() else default
