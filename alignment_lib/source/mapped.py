"""The mapping applied to raw rows: each canonical column as an expression, and what its SQL adds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from alignment_lib.contract import CONTRACT
from alignment_lib.errors import AlignmentError, MappingError
from alignment_lib.params import RunParams
from alignment_lib.params.mapping import TableMapping
from alignment_lib.source import currencies, numerals
from alignment_lib.source.convert import Converted, convert
from alignment_lib.source.database import query, scrub, secrets_in, with_instants
from alignment_lib.source.day_or_month import in_order
from alignment_lib.source.days import Asked, with_days
from alignment_lib.source.files import Raw, missing_column
from alignment_lib.source.looks import looked_at
from alignment_lib.source.reading import Reading
from alignment_lib.source.zones import Macros

WHERE = "_kept"
"""Boolean column: whether the mapping's `where` holds for the row."""


@dataclass(frozen=True)
class Mapped:
    """A canonical table before its checks: the raw rows and, by canonical column, the converted expression."""

    raw: Raw
    columns: Mapping[str, Converted]
    mapping: TableMapping
    place: str
    timezone: str
    """The company's."""


def map_table(
    params: RunParams, backend: Any, name: str, mapping: TableMapping, raw: Raw, macros: Macros | None
) -> Mapped:
    """One canonical table: every column of the mapping as an expression.

    Raises
    ------
    MappingError
        A column that the mapping names and the data lacks, or SQL that does not run.
    """
    place = f"{params.mapping_file}, {name}"
    for column, rule in mapping.columns.items():
        for named in (rule.column, rule.won, rule.closed):
            if named is not None and named not in raw.table.columns:
                raise missing_column(raw, named, f"{place}.{column}")
    raw = with_sql(params, backend, mapping, raw, place)
    default, engine = params.mapping.defaults.timestamp, str(backend.name)
    asked = {
        column: Asked(
            raw_column(raw, column, rule.column, rule),
            CONTRACT[name].columns[column].kind,
            Reading(
                rule, default, params.timezone, engine, f"{place}.{column}", macros, raw.text, flags=_flags(raw, rule)
            ),
        )
        for column, rule in mapping.columns.items()
    }
    counted = raw.table.filter(raw.table[WHERE]) if WHERE in raw.table.columns else raw.table
    try:
        asked = with_days(looked_at(in_order(asked, counted, name), counted), counted)
    except AlignmentError:
        raise
    except Exception as problem:
        if (told := sql_failed(problem, mapping, raw, params, place)) is None:
            raise
        raise told from None
    columns = {c: replace(convert(one.raw, one.kind, one.reading), told=one.told) for c, one in asked.items()}
    if {"amount", "currency"} <= set(CONTRACT[name].columns):
        columns |= _currency(columns, mapping, params.company.currency)
    return Mapped(raw, columns, mapping, place, params.timezone)


def _currency(columns: Mapping[str, Converted], mapping: TableMapping, company: str) -> dict[str, Converted]:
    """The currency of each amount: of its own column, else as it stands beside the amount; none where neither can."""
    import ibis

    amount, named = columns.get("amount"), columns.get("currency")
    strip = numerals.taken_out(mapping.columns["amount"].strip) if amount is not None else ()
    told = [currencies.of_column(named.value, company)] if named is not None else []
    if amount is not None and amount.raw.type().is_string() and currencies.is_told(strip):
        told.append(currencies.beside_amount(amount.raw, strip, company))
    if not told:
        return {}
    return {"currency": Converted(ibis.coalesce(*told), named.raw if named is not None else amount.raw)}  # type: ignore[union-attr]


def _flags(raw: Raw, rule: Any) -> tuple[Any, Any] | None:
    return (raw.table[rule.won], raw.table[rule.closed]) if rule.won and rule.closed else None


def raw_column(raw: Raw, column: str, named: str | None, rule: Any) -> Any:
    """A canonical column before its conversion."""
    import ibis

    if named is not None:
        return raw.table[named]
    if rule.sql is not None:
        return raw.table[f"_sql_{column}"]
    return ibis.null("string") if rule.value is None else ibis.literal(str(rule.value))


def with_sql(params: RunParams, backend: Any, mapping: TableMapping, raw: Raw, place: str) -> Raw:
    """The raw rows with one more column for `where` and for every `sql:`, all in one query."""
    parts = {f"_sql_{c}": rule.sql for c, rule in mapping.columns.items() if rule.sql}
    if mapping.where:
        parts[WHERE] = f"coalesce(({mapping.where}), false)"
    if not parts:
        return raw
    chosen = ", ".join(f"{text} AS {name}" for name, text in parts.items())
    try:
        text = f"SELECT *, {chosen} FROM raw_rows"
        found = with_instants(backend, query(backend, text, dialect=params.mapping.dialect, raw_rows=raw.table))
        found.schema()
    except Exception as problem:
        cause = said(problem, params)
        raise MappingError(f"{place}: the SQL of where: or sql: does not run ({cause}); correct it") from None
    return replace(raw, table=found)


def run_query(backend: Any, sql: str, params: RunParams, place: str, *, dialect: str | None = None) -> Any:
    """The rows of a query of the mapping, in its dialect or in that given; MappingError where it does not run."""
    try:
        return query(backend, sql, dialect=dialect or params.mapping.dialect)
    except Exception as problem:
        cause = said(problem, params)
        raise MappingError(f"{params.mapping_file}: {place} does not run ({cause}); correct it") from None


def sql_failed(
    problem: Exception, mapping: TableMapping, raw: Raw, params: RunParams, place: str
) -> MappingError | None:
    """What an engine complained of while it read rows, where SQL of the mapping made them; None: it did not."""
    if "Interrupt" in type(problem).__name__:
        raise KeyboardInterrupt from None
    parts = [part for part, text in (("from", mapping.origin.sql), ("where", mapping.where)) if text]
    parts += [column for column, rule in mapping.columns.items() if rule.sql]
    if not parts:
        return None
    cause = re.split(r" *\bLINE \d+:", said(problem, params))[0]  # what follows is the query
    return MappingError(
        f"{place}: the SQL of {', '.join(parts)} fails on a value of {raw.name} ({cause}); correct it, so that it gives"
        " null where it has no answer"
    )


def said(problem: Exception, params: RunParams) -> str:
    """What an engine complains of, on one line, without colours and without secrets."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", str(problem))
    return scrub(" ".join(plain.split()), secrets_in(params.data))[:300]
