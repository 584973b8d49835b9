"""What is known of a CRM's exports: its files and headings, and how they become our tables; one YAML each, shipped."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, field_validator

from alignment_lib.contract import CONTRACT
from alignment_lib.errors import MappingError
from alignment_lib.params.company import check_zone
from alignment_lib.params.files import Strict, read, validate
from alignment_lib.params.home import shipped
from alignment_lib.params.mapping import ColumnMapping


def folded(heading: str) -> str:
    """A heading as two are compared: without capitals and blanks around it, letters and accents put together."""
    return unicodedata.normalize("NFC", heading).strip().casefold()


class CrmFile(Strict):
    """By what a file is known: a pattern of its name, and headings."""

    named: str = ""
    """A regular expression that the file's stem matches as a whole, capitals or not."""
    has: tuple[str, ...] = ()
    """Headings, `a|b` one of several; a file that has them all is it, whatever its name."""
    core: bool = False
    """Whether it tells by itself that the export is this CRM's."""


class CrmTable(Strict):
    """How files become one of our tables. What the export has not is blank."""

    sql: str
    """Over the names of `files`; the name of one alone is that file as it is. Columns are written with their table."""
    wide: str | None = None
    """Of columns that are to become rows: a regular expression of their headings, whose first group is the `{value}`
    of `sql`; the column is `{column}` there."""
    where: str | None = None
    duplicates: str | None = None
    columns: dict[str, ColumnMapping] = Field(default_factory=dict)
    """What is always so, where the export has it."""
    otherwise: dict[str, ColumnMapping] = Field(default_factory=dict)
    """What is taken where no heading tells by itself."""
    leave: tuple[str, ...] = ()
    """Our columns for which nothing is guessed by headings."""


class Crm(Strict):
    """A kind of export."""

    name: str
    title: str
    """As a sentence goes on: this is …"""
    timezone: str | None = None
    """Of wall clocks in it; None: the company's."""
    assumptions: tuple[str, ...] = ()
    headings: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """By the heading that stands here, what it is in other languages and versions."""
    system: str = ""
    """A regular expression of headings that are the CRM's own book-keeping."""
    files: dict[str, CrmFile]
    tables: dict[str, CrmTable]

    @field_validator("tables")
    @classmethod
    def _canonical(cls, tables: dict[str, CrmTable]) -> dict[str, CrmTable]:
        for name, table in tables.items():
            unknown = {*table.columns, *table.otherwise, *table.leave} - set(CONTRACT[name].columns)
            if unknown:
                raise ValueError(f"{name}: unknown columns {sorted(unknown)}")
        return tables

    @field_validator("timezone")
    @classmethod
    def _zone(cls, name: str | None) -> str | None:
        return check_zone(name) if name else name

    def uses(self, heading: str) -> bool:
        """Whether SQL of a table reads a heading of an export, in whichever language."""
        names = {heading, *(name for name, others in self.headings.items() if heading in others)}
        sql = "\n".join(table.sql for table in self.tables.values())
        wide = [table.wide for table in self.tables.values() if table.wide]
        named = any(f'"{n}"' in sql or re.search(rf"\.{re.escape(n)}\b", sql, re.IGNORECASE) for n in names)
        return named or any(re.fullmatch(pattern, heading.strip(), re.IGNORECASE) for pattern in wide)

    def find(self, heading: str, among: Iterable[str]) -> str | None:
        """The heading of an export that one of this YAML is, whatever its language and its capitals."""
        there = {folded(h): h for h in among}
        names = (heading, *self.headings.get(heading, ()))
        return next((there[folded(n)] for n in names if folded(n) in there), None)


class _Warehouse(Strict):
    """The same CRM as a warehouse has it, which writes names_like_this."""

    name: str
    title: str
    snake_case_of: str
    tells: str
    """Headings, one of which a file that tells the CRM must have, too: other tools write names_like_this."""


@cache
def crms() -> dict[str, Crm]:
    """Every kind of export that is known, by name."""
    found = {}
    for path in sorted(folder().glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        if "snake_case_of:" not in text:
            found[path.stem] = read(path, Crm, MappingError)
            continue
        one = read(path, _Warehouse, MappingError)
        raw = yaml.safe_load((folder() / f"{one.snake_case_of}.yaml").read_text(encoding="utf-8"))
        raw |= {part: _in_snake_case(raw[part]) for part in ("files", "tables", "system")}
        for file in (f for f in raw["files"].values() if f.get("core")):
            file["has"] = [*file["has"], one.tells]
        found[path.stem] = validate(raw | {"name": one.name, "title": one.title}, Crm, where=str(path))
    return found


def _in_snake_case(value: Any) -> Any:
    """CamelCase names in SQL, headings and columns as a warehouse writes them; what stands in quotes is no name."""
    if isinstance(value, dict):
        return {_in_snake_case(key): _in_snake_case(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_in_snake_case(one) for one in value]
    return re.sub(r"'[^']*'|\b[A-Z][a-z]\w*", _snake, value) if isinstance(value, str) else value


def _snake(match: re.Match[str]) -> str:
    word = match[0]
    return word if word.startswith("'") else re.sub(r"(?<=[a-z])(?=[A-Z])", "_", word).lower()


def folder() -> Path:
    """Where they lie."""
    return shipped() / "params" / "crms"


def skeleton(name: str) -> dict[str, Any]:
    """A mapping that says nothing but that it is this CRM's, as YAML would read."""
    return {"name": name, "extends": name}
