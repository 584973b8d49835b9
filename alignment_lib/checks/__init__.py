"""The data's own trial: each check a verdict with a sentence and a consequence; one file a family."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from alignment_lib.checks import before, dates, files, links, money, outcomes, pace, torn
from alignment_lib.checks.verdict import failure, released
from alignment_lib.contract import CONTRACT
from alignment_lib.memory import exports
from alignment_lib.params import RunParams
from alignment_lib.params.run import Run
from alignment_lib.source import Source
from alignment_lib.source.tables import NEEDED_BY, Check, Opened, Tables, read
from alignment_lib.source.tables.export import Held, taken

__all__ = ["Trial", "build", "trial"]


@dataclass(frozen=True, eq=False)
class Trial:
    """The verdicts on a company's data, and its tables where none of them fails."""

    checks: tuple[Check, ...]
    """The gravest first."""
    opened: Opened
    tables: Tables | None


def trial(
    source: Source,
    params: RunParams,
    *,
    names: Sequence[str] | None = None,
    of_data: bool = False,
    reports: Path | None = None,
) -> Trial:
    """Convert and judge the tables, and settle period and as-of.

    Parameters
    ----------
    names
        Which tables to read; by default those that the report's blocks need.
    of_data
        Where no period was asked for: the last complete one that the data has, not that before today.
    reports
        Where the source's reports lie, against the newest of which the export is held.

    Raises
    ------
    ParamsError
        as-of lies before all data; a check is to be let pass that there is not.
    """
    opened = read(source, params, NEEDED_BY[params.report] if names is None else names)
    found = _found(opened)
    if any(c.status == "FAIL" for c in found):  # before a period is settled: data that cannot be read has none
        return Trial(_ranked([*found, *_undated(opened, None)]), opened, None)
    if all(seen.newest is None for seen in opened.inspected.values()):
        return Trial(_ranked([*found, _without_days(opened)]), opened, None)
    run = opened.settled(of_data=of_data)
    found += _undated(opened, run)
    found += [dates.freshness(opened.latest, run), *dates.begun(opened.inspected, run)]
    whole, export = _whole(opened, run, reports)
    found += whole
    found = released(found, params.release)
    known = opened.in_one_currency, opened.mails, opened.money
    tables = Tables(run, source, opened.inspected, _ranked(found), *known, export=export)
    return Trial(tables.checks, opened, None if any(c.status == "FAIL" for c in found) else tables)


def _whole(opened: Opened, run: Run, reports: Path | None) -> tuple[list[Check], str]:
    """Whether the export is wrong as a whole: by itself, and held against the reports before; and what it holds."""
    params, now = opened.params, opened.source.now
    known = exports.Before()
    if reports is not None:
        name = params.mapping.name
        known = exports.earlier(reports, source=name, before=run.as_of, wanted=opened.asked)
    ids = {table: then.sample for table, then in known.tables.items()}
    export = taken(opened.inspected, opened.links, now=now, timezone=params.timezone, known=ids)
    counts = {name: Held(sum(a.used for a in table.accounts)) for name, table in opened.kept.items()}
    export = replace(export, tables={**export.tables, **counts})
    let = {stream: day for then in known.tables.values() for stream, day in then.silent.items()}
    told, silent = pace.checks(opened, export, run, let)
    if params.release is None or pace.NAME not in params.release.checks:
        silent = {stream: day for stream, day in silent.items() if let.get(stream) == day}
    found = [*told, *torn.checks(opened), *before.checks(opened, export, known, exports.rules(params.mapping))]
    return found, exports.text(export, mapping=params.mapping, as_of=run.as_of, silent=silent)


def build(
    source: Source, params: RunParams, *, names: Sequence[str] | None = None, reports: Path | None = None
) -> Tables:
    """The tables of a trial that nothing fails.

    Raises
    ------
    DataError
        A check marked FAIL fails.
    ParamsError
        as-of lies before all data.
    """
    found = trial(source, params, names=names, reports=reports)
    if found.tables is None:
        raise failure(found.checks)
    return found.tables


def _without_days(opened: Opened) -> Check:
    """No week, month or cohort can be told of rows without a date; what can be is said instead."""
    deals = opened.inspected.get("opportunities")
    instead = f"; {outcomes.dayless(deals)}" if deals is not None and deals.account.used else ""
    text = f"no table holds a date that could be read, so no week or month can be told{instead}: map the columns that"
    return Check("dates", "", "FAIL", f"{text} say when leads and deals were created and closed, and see their formats")


def _found(opened: Opened) -> list[Check]:
    found: list[Check] = []
    leads = opened.inspected.get("leads")
    for name, seen in opened.inspected.items():
        of_leads = name == "opportunities" and leads is not None and leads.account.file == seen.account.file
        found += files.checks(seen, opened.params, of_leads=of_leads)
        if seen.account.read:
            found += [*outcomes.checks(seen), *dates.checks(seen, opened.params.now)]
    clock, amounts = dates.clock(opened.inspected), money.checks(opened)
    beside = files.beside(opened.source, opened.params)
    return [*found, *beside, *links.checks(opened), *clock, *amounts, *opened.found]


def _undated(opened: Opened, run: Run | None) -> list[Check]:
    deals = opened.inspected.get("opportunities")
    return [] if deals is None or not deals.account.read else list(outcomes.undated(opened.inspected, run))


def _ranked(checks: Sequence[Check]) -> tuple[Check, ...]:
    return tuple(sorted(checks, key=_rank))


def _rank(check: Check) -> tuple[int, int]:
    table = list(CONTRACT).index(check.table) if check.table else -1
    return ("FAIL", "HOLD", "WARN", "PASS").index(check.status), table
