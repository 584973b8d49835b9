"""Which headings mean which canonical column, and which names of files which table: params/headings.yaml, read."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from alignment_lib.params.files import Strict, read
from alignment_lib.params.home import shipped


class Headings(Strict):
    """What headings.yaml says."""

    columns: dict[str, dict[str, str]]
    """By table and column, words as `key` writes them, the most telling first; after a bar, weak evidence."""
    telling: dict[str, str]
    """Headings that tell which table a file is when its name does not."""
    files: tuple[tuple[str, str], ...]
    """A table and words in a file's name; an empty name: no table of ours."""


@cache
def headings() -> Headings:
    """Those that ship."""
    return read(shipped() / "params" / "headings.yaml", Headings)


def key(heading: str) -> str:
    """A heading as the synonyms write it.

    >>> key("Became a Lead Date"), key("mql_date_c"), key("Call Duration (in seconds)"), key("property_hs_persona")
    ('becamealeaddate', 'mqldate', 'callduration', 'persona')
    """
    return _plain(re.sub(r"^(property_)?(hs_)?", "", heading.strip(), flags=re.IGNORECASE))


def keys(heading: str) -> tuple[str, ...]:
    """A heading's keys: as it is, and without the name of its object before a dash (Pipedrive's `Deal - Value`)."""
    _, dash, rest = heading.partition(" - ")
    return tuple(dict.fromkeys((key(heading), _plain(rest)) if dash and _plain(rest) else (key(heading),)))


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFC", text)
    without = re.sub(r"\([^)]*\)\s*$|_+c$", "", text.strip(), flags=re.IGNORECASE) or text
    return "".join(c for c in without.casefold() if c.isalnum())


def table_named(file: str) -> str | None:
    """The table that a file's or table's name means; empty for one that is none of ours, None where it tells nothing.

    >>> table_named("hubspot-crm-exports-all-contacts.csv"), table_named("deal_property_history"), table_named("x")
    ('leads', '', None)
    """
    stem = re.sub(r"\.(csv|tsv|txt|parquet|jsonl?|ndjson|xlsx)$", "", file, flags=re.IGNORECASE)
    words = re.sub(r"([a-z])([A-Z])", r"\1 \2", stem)
    plain = " ".join(re.findall(r"[^\W\d_]+", words.lower()))
    return next((table for table, pattern in headings().files if re.search(pattern, plain)), _by_own_name(plain))


def _by_own_name(plain: str) -> str | None:
    from alignment_lib.contract import CONTRACT

    return next((name for name in CONTRACT if plain == name.replace("_", " ")), None)
