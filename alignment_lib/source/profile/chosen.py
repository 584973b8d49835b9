"""A mapping that chooses itself: the kind of export is known by its headings, what is its company's by the synonyms."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from alignment_lib.contract import CONTRACT
from alignment_lib.errors import MappingError, quoted
from alignment_lib.params import RunParams
from alignment_lib.params.files import read, validate
from alignment_lib.params.home import shipped
from alignment_lib.params.mapping import SourceMapping, TableMapping
from alignment_lib.params.run import fill_secrets
from alignment_lib.source import open_source
from alignment_lib.source.database import connect, is_url
from alignment_lib.source.profile.columns import World, declare
from alignment_lib.source.profile.company import Guess, zone
from alignment_lib.source.profile.crm import Heads, Recognised, is_told, recognise, rows_of
from alignment_lib.source.profile.draft import Draft, draft
from alignment_lib.source.profile.reading import Found, export_of, heads_of_database, heads_of_folder, look
from alignment_lib.source.profile.table_draft import TableDraft
from alignment_lib.source.profile.writing import meant
from alignment_lib.source.unpacked import folder_of
from alignment_lib.stats import wording

_DEMO = 0.6
"""Share of the demo's headings by which its export is known."""


def kind_of(data: str) -> str | None:
    """The mapping that ships which an export is of: the demo's or a CRM's; None: none that is known."""
    heads = heads_of(data)
    if is_demo(heads):
        return "demo"
    found = recognise(heads)
    return found.crm.name if found else None


def heads_of(data: str, backend: Any = None) -> Heads:
    """By file or table, its headings.

    Raises
    ------
    SourceError
        DATA cannot be read.
    """
    if backend is not None:
        return heads_of_database(backend, "the connection given")
    if not is_url(data):
        return heads_of_folder(folder_of(Path(data)), data)
    connected = connect(url := fill_secrets(data, where="DATA"))
    try:
        return heads_of_database(connected, url)
    finally:
        connected.disconnect()


def is_demo(heads: Heads) -> bool:
    """Whether these are the demo's own files, changed or not."""
    demo = read(shipped() / "params" / "sources" / "demo.yaml", SourceMapping, MappingError)
    by_stem = {name.partition(".")[0]: set(columns) for name, columns in heads.items()}
    for table in (demo.tables["leads"], demo.tables["opportunities"]):
        named = {rule.column for rule in table.columns.values() if rule.column}
        if len(named & by_stem.get(str(table.origin.file), set())) < _DEMO * len(named):
            return False
    return True


def extended(params: RunParams, *, backend: Any = None) -> RunParams:
    """See `source.choose.resolved`."""
    known = _known(params, backend)
    found = staged_draft(known, params, backend=backend)
    guess = zone(found.tables)
    is_guessed = "timezone" not in params.company.model_fields_set and guess.value is not None
    if is_guessed:  # wall clocks are then read so
        params = replace(params, company=params.company.model_copy(update={"timezone": guess.value}))
        found = staged_draft(known, params, backend=backend) if known.crm.timezone is None else found
    own, said = params.mapping, meant(found, params.mapping.name)
    drafts = {one.table: one for one in found.tables}
    world = World(known.crm.timezone or params.timezone, found.found.engine)
    for name, table in own.tables.items():
        said["tables"][name] = _changed(name, table, said["tables"].get(name, {}), drafts.get(name), world)
    full = validate(said, SourceMapping, where=params.mapping_file, error=MappingError)
    told = {
        "extends": None,
        "tables": full.tables,
        "dialect": full.dialect or own.dialect,
        "description": own.description or f"{known.crm.title}; {used(found, known)}",
        "assumptions": (
            *own.assumptions,
            *known.crm.assumptions,
            *_older(known),
            *_found(found, own),
            *_zone(guess, is_guessed),
        ),
    }
    return replace(params, mapping=own.model_copy(update=told))


def _alone(where: str, table: str) -> str:
    """A condition that is one by itself, so that it undoes nothing that stands beside it."""
    import sqlglot

    try:
        sqlglot.parse_one(f"SELECT 1 WHERE {where}", read="duckdb")
    except sqlglot.errors.SqlglotError:
        raise MappingError(f"{table}.where: {quoted(where)} is no condition; write one, as source <> 'Test'") from None
    return where


def _changed(
    table_name: str, table: TableMapping, ships: dict[str, Any], draft: TableDraft | None, world: World
) -> dict[str, Any]:
    """A table as it ships, with what the company's file says of it.

    Its `where` narrows what ships, unless it reads its rows from elsewhere; a column that it only names is read as its
    values are written.
    """
    given = table.model_dump(exclude_unset=True, by_alias=True)
    columns = dict(ships.get("columns", {}))
    for column, rule in given.get("columns", {}).items():
        seen = draft.seen.get(rule.get("column")) if draft is not None and rule.get("column") else None
        known = declare(draft.table, column, seen, world).declared if draft is not None and seen is not None else {}
        columns[column] = {**known, **rule} if set(rule) == {"column"} else rule
    if "from" not in given and given.get("where") and ships.get("where"):
        given["where"] = f"({ships['where']}) AND ({_alone(given['where'], table_name)})"
    elif "from" in given:
        ships = {k: v for k, v in ships.items() if k not in ("from", "where", "encoding", "duplicates")}
    return {**ships, **given, "columns": columns}


def _older(known: Recognised) -> list[str]:
    told = f"Of the same export of several days the latest is read, and not {wording.listing(list(known.older))}."
    return [told] if known.older else []


def _zone(guess: Guess, is_guessed: bool) -> list[str]:
    return (
        [f"Days and weeks are those of {guess.value}: {guess.why}, and company.yaml names none."] if is_guessed else []
    )


def _known(params: RunParams, backend: Any) -> Recognised:
    """The export as the mapping names its kind."""
    heads, wanted = heads_of(params.data, backend), params.mapping.extends
    found, other = recognise(heads, only=wanted), recognise(heads)
    if other is not None and other.crm.name != wanted and (found is None or not is_told(found)):
        raise MappingError(
            f"DATA is {other.crm.title}, and {params.mapping_file} extends {wanted}; name another SOURCE"
        )
    if found is None:
        raise MappingError(
            f"{params.mapping_file}: extends '{params.mapping.extends}', and nothing in DATA is a file of it; see what"
            " it is: alignment inspect DATA"
        )
    return found


def staged_draft(found: Recognised, params: RunParams, *, backend: Any = None) -> Draft:
    """The draft of an export whose kind is known."""
    wanted = {}
    is_database = backend is not None or is_url(params.data)
    if is_database:  # a table beside another that is called the same but for a number is a copy, and no part
        found = replace(found, more={})
    for name, table in found.crm.tables.items():
        rows = rows_of(found, table, table_wanted=is_database)
        if rows is not None:
            nothing = {c: {"value": None} for c, rule in CONTRACT[name].columns.items() if rule.required}
            wanted[name] = {"from": rows.model_dump(exclude_unset=True), "columns": nothing}
    if not {"leads", "opportunities"} & set(wanted):
        raise MappingError(f"{found.crm.title} without leads and deals: export them, too")
    mapping = SourceMapping.model_validate({"name": "staged", "dialect": "duckdb", "tables": wanted})
    source = open_source(replace(params, mapping=mapping, mapping_file=found.crm.name), backend=backend)
    staged = {
        name: (export_of(source, name, is_file=not is_database), mapping.tables[name].origin) for name in source.names
    }
    rest = Found((), (), source.engine, from_files=False) if is_database else _rest(params.data, found, mapping)
    return draft(rest, timezone=params.timezone, known=found, staged=staged)


def _rest(data: str, found: Recognised, staged: SourceMapping) -> Found:
    """The files of a folder that no table of the CRM's YAML reads."""
    read = {f for one in staged.tables.values() for f in one.origin.files.values()}
    read |= {part.file for one in staged.tables.values() for part in one.origin.together}
    known = {file for name, file in found.files.items() if name.casefold() not in CONTRACT}
    return look(data, without=frozenset({*read, *known, *found.older}))


def used(found: Draft, known: Recognised) -> str:
    """`9 of 11 files used`."""
    read = {name for t in found.tables if t.origin for name in (*t.origin.files.values(), t.origin.table)}
    names = {t.export.name for t in found.tables} & set(known.heads) | read & set(known.heads)
    if not found.found.from_files:
        names |= set(known.files.values())
    what = "files" if found.found.from_files else "tables"
    return f"{len(names)} of {len(known.heads)} {what} used"


def _found(found: Draft, own: SourceMapping) -> list[str]:
    """What was found by its heading alone, and no file of the company's says."""
    told = []
    for table in found.tables:
        said = set(own.tables[table.table].columns) if table.table in own.tables else set()
        pairs = [f"{r.raw} as {c}" for c, r in table.rules.items() if r.raw and c not in table.fixed | said]
        if pairs:
            told.append(f"Of {table.table} is read, found by heading: {wording.listing(pairs)}.")
    return told
