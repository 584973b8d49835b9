"""One YAML per source: which raw table and column each canonical column is, and how its text is read."""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from alignment_lib.contract import CONTRACT
from alignment_lib.params.company import CompanyOverride, check_zone
from alignment_lib.params.files import Strict, nearest
from alignment_lib.params.home import shipped
from alignment_lib.params.kinds import KINDS
from alignment_lib.params.monthly import Positioning

_DIRECTIVES = "YmdHMSfzZaAbBpIyj"
PLAIN = ("iso", "epoch_s", "epoch_ms", "excel")
"""Formats that are no pattern; `excel` is a spreadsheet's days since 30 December 1899."""


def alternatives(text: str) -> tuple[str, ...]:
    """The patterns of a format: one, or two of which the data has to settle one."""
    return tuple(text.split(" or "))


def check_format(text: str) -> str:
    """One of `PLAIN`, a strptime pattern, or two of them with `or` between; anything else is a ValueError."""
    if text in PLAIN:
        return text
    if len(alternatives(text)) > 2:
        raise ValueError(f"'{text}' names more than two patterns; write one, or the two that may hold")
    used = re.findall(r"%(.)", text)
    unknown = [d for d in used if d not in _DIRECTIVES]
    if unknown or not used:
        what = f"'%{unknown[0]}' in" if unknown else "no % directive in"
        raise ValueError(f"{what} '{text}'; write {', '.join(PLAIN)} or a pattern such as %d.%m.%Y %H:%M")
    return text


class Timestamp(Strict):
    """How a text timestamp is read: its pattern and the zone of its wall clock."""

    format: str = "iso"
    timezone: str = "UTC"

    _format = field_validator("format")(check_format)
    _zone = field_validator("timezone")(check_zone)


class Defaults(Strict):
    """What holds for every column of the source unless the column says otherwise."""

    timestamp: Timestamp = Timestamp()


class ColumnMapping(Strict):
    """One canonical column: exactly one of `column`, `value`, `sql`, and how to read it."""

    column: str | None = None
    value: str | int | float | bool | None = None
    sql: str | None = None
    format: str | None = None
    timezone: str | None = None
    decimal: Literal[".", ","] | None = None
    thousands: Literal[".", ",", " ", "'"] | None = None
    strip: str | tuple[str, ...] = ""
    """Taken out of an amount before it is read: a currency or characters, e.g. `€`; as a list, words: `[EUR, $]`."""
    map: dict[str, str | int | float | bool | None] = Field(default_factory=dict)
    otherwise: str = "keep"
    """What a value outside `map` becomes; `keep` leaves it as it is."""
    won: str | None = None
    closed: str | None = None
    """Of an outcome: columns of yes and no that tell it where `map` does not know the value."""

    @field_validator("format")
    @classmethod
    def _format(cls, text: str | None) -> str | None:
        return check_format(text) if text else text

    @field_validator("timezone")
    @classmethod
    def _zone(cls, name: str | None) -> str | None:
        return check_zone(name) if name else name

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, raw: Any) -> Any:
        return {"column": raw} if isinstance(raw, str) else raw

    @model_validator(mode="after")
    def _one(self) -> ColumnMapping:
        given = [n for n in ("column", "sql") if getattr(self, n) is not None]
        given += ["value"] if "value" in self.model_fields_set else []
        if len(given) != 1:
            raise ValueError(f"needs exactly one of column, value, sql (found {', '.join(given) or 'none'})")
        if (self.won is None) != (self.closed is None):
            raise ValueError("won and closed are two columns of yes and no; name both")
        if self.decimal and self.decimal == self.thousands:
            raise ValueError("decimal and thousands marks are the same; they must differ")
        return self


class Part(Strict):
    """One of several files that are one table: its name or glob, and what it calls columns of the others."""

    file: str
    columns: dict[str, str] = Field(default_factory=dict)
    """By the name that the table's `columns` use, the file's own heading."""


class From(Strict):
    """Where a table's rows come from: files of the data folder, a table, or a query of the engine's dialect.

    A file is named in full, by its stem, or by a glob; all files of a glob are one table.
    """

    file: str | None = None
    table: str | None = None
    sql: str | None = None
    parts: tuple[Part, ...] | None = None
    files: dict[str, str] = Field(default_factory=dict)
    """What names in `file` or `sql` stand for where a file is called otherwise, as one whose name holds a day."""

    @model_validator(mode="after")
    def _one(self) -> From:
        if len(self.model_fields_set - {"files"}) != 1 or self.parts == ():
            raise ValueError("needs exactly one of file, table, sql, or a list of files")
        return self

    def rows_of(self, table: str) -> str:
        """How the user knows where a canonical table's rows come from."""
        named = self.file and self.files.get(self.file, self.file)
        return named or self.table or " + ".join(p.file for p in self.parts or ()) or f"the query of {table}"

    @property
    def together(self) -> tuple[Part, ...]:
        """The parts of a table that may be of several files."""
        is_glob = self.file is not None and bool(set("*?[") & set(self.file))
        return (Part(file=str(self.file)),) if is_glob else self.parts or ()


UNSAID = From(file="")
"""Where nothing is said of a table, which only a mapping that extends another may do."""


class TableMapping(Strict):
    """One canonical table. In the YAML `from:` as plain text is a file, or a table where the source is a database."""

    origin: From = Field(alias="from", default=UNSAID)
    where: str | None = None
    """Rows for which this SQL condition does not hold are set aside and counted."""
    duplicates: Literal["fail", "first", "last"] = "fail"
    delimiter: Literal[",", ";", "\t", "|"] | None = None
    encoding: str | None = None
    columns: dict[str, ColumnMapping] = Field(default_factory=dict)

    @field_validator("origin", mode="before")
    @classmethod
    def _origin(cls, raw: Any) -> Any:
        if isinstance(raw, list):
            return {"parts": [{"file": part} if isinstance(part, str) else part for part in raw]}
        return {"file": raw} if isinstance(raw, str) else raw

    @field_validator("encoding")
    @classmethod
    def _encoding(cls, name: str | None) -> str | None:
        import codecs

        try:
            return codecs.lookup(name).name if name else None
        except LookupError:
            raise ValueError("is no known text encoding; for instance utf-8, latin-1, cp1252, utf-16") from None


def _at(keys: list[str], sentence: str) -> PydanticCustomError:
    """A complaint about a key further inside, so that its own line can be told."""
    return PydanticCustomError("at", "{sentence}", {"keys": keys, "sentence": sentence})


class SourceMapping(Strict):
    """A source: params/sources/NAME.yaml."""

    name: str = Field(pattern="^[a-z0-9][a-z0-9_-]*$")
    extends: str | None = None
    """A mapping that ships, `salesforce_export`, chosen by the data's headings: what stands here goes before it."""
    description: str = ""
    assumptions: tuple[str, ...] = ()
    """Readings of this data that somebody decided; printed on the page under "How these numbers are made"."""
    company: CompanyOverride = CompanyOverride()
    positioning: Positioning = Positioning()
    """The positioning statement of this source's company, in place of that of params/monthly.yaml."""
    connection: str | None = None
    """A database URL; secrets as ${NAME} are filled from the environment. Without it: a folder, given as DATA."""
    dialect: str | None = None
    """The dialect in which this file's SQL is written, when it is not the engine's own."""
    defaults: Defaults = Defaults()
    tables: dict[str, TableMapping] = Field(default_factory=dict)

    @field_validator("name")
    @classmethod
    def _no_report(cls, name: str) -> str:
        reports = [kind.name for kind in KINDS]
        if name in reports:
            raise ValueError(
                f"must not be that of a report ({', '.join(reports)}): reports/{name}/ is the report's own"
            )
        return name

    @field_validator("extends")
    @classmethod
    def _ships(cls, name: str | None) -> str | None:
        if name and not (shipped() / "params" / "crms" / f"{name}.yaml").is_file():
            known = sorted(p.stem for p in (shipped() / "params" / "crms").glob("*.yaml"))
            raise ValueError(f"must be a mapping that ships ({nearest(name, known)})")
        return name

    @field_validator("tables")
    @classmethod
    def _canonical(cls, tables: dict[str, TableMapping], info: ValidationInfo) -> dict[str, TableMapping]:
        is_part = bool(info.data.get("extends"))
        for name, table in tables.items():
            if name not in CONTRACT:
                raise _at([name], f"unknown table '{name}' ({nearest(name, list(CONTRACT))})")
            known = CONTRACT[name].columns
            for column in table.columns:
                if column not in known:
                    hint = nearest(column, list(known))
                    raise _at([name, "columns", column], f"{name}: unknown column '{column}' ({hint})")
            lacking = [] if is_part else [c for c, r in known.items() if r.required and c not in table.columns]
            if lacking:
                raise _at([name, "columns"], f"{name}: column '{lacking[0]}' is required; map it")
            if "origin" not in table.model_fields_set and not is_part:
                raise _at([name], f"key 'tables.{name}.from' is missing; add it")
        return tables

    @model_validator(mode="after")
    def _enough(self) -> SourceMapping:
        if not (self.extends or {"leads", "opportunities"} & set(self.tables)):
            raise ValueError("neither leads nor opportunities is mapped; a report needs at least one of them")
        return self
