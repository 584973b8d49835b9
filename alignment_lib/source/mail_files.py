"""The files of mail services that somebody put into the kept folder: webhook bodies as JSON, or a CSV export."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alignment_lib.errors import SourceError
from alignment_lib.source.kept_files import decode, parse
from alignment_lib.source.mail_services import tell
from alignment_lib.source.mail_shapes import Told, named
from alignment_lib.source.mail_sheets import KNOWN, rows_of

FOLDER = "mail_events"
ENDINGS = (".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".txt", ".log")
NO_JSON = "is no JSON object"
_LISTS = ("events", "items")
"""Where the answers of HubSpot's and Mailgun's interfaces hold their events."""
_ADDRESS = re.compile(r"[^\s\"'<>,;:=@%\\]+(?:@|%40|\\u0040)", re.IGNORECASE)
_DECODER = json.JSONDecoder()


@dataclass(frozen=True)
class MailFile:
    """A file of the folder; its lines are read when they are asked for."""

    path: Path
    name: str
    """As the user knows it: kept/mycrm/mail_events/september.jsonl."""
    zone: str
    """Of times without an offset."""
    unread: str = ""
    """Why it is not read at all."""

    def lines(self) -> Iterator[Told]:
        """What the service tells, line by line.

        Raises
        ------
        SourceError, DataError
            It cannot be opened, or is no text.
        """
        try:
            data = self.path.read_bytes()
        except OSError as problem:
            raise SourceError(f"{self.name}: cannot be opened ({problem.strerror}); see who may read it") from None
        text = decode(data, self.name)
        start = next((line.strip() for line in text.lines if line.strip()), "")
        if self.path.suffix.lower() in (".json", ".jsonl", ".ndjson") or start[:1] in ("{", "["):
            yield from _from_json("".join(text.lines), self.zone)
            return
        sheet = parse(data, self.name, KNOWN)
        yield from (Told(r.line, reason=r.reason, value=masked(r.value)) for r in sheet.rejected)
        yield from rows_of(sheet, named(self.path.stem.replace("_", " ")), self.zone)


def look(kept_folder: str, zone: str) -> tuple[MailFile, ...]:
    """The files of mail services in a source's kept folder; none where there is no such folder."""
    folder = Path(kept_folder) / FOLDER
    place = "/".join((*folder.parts[-3:-1], FOLDER))
    try:
        found = sorted(p for p in folder.iterdir() if not p.name.startswith((".", "~"))) if kept_folder else []
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except OSError as problem:
        return (MailFile(folder, place, zone, f"cannot be opened as a folder ({problem.strerror})"),)
    return tuple(MailFile(p, f"{place}/{named(p.name)}", zone, _unread(p)) for p in found)


def _unread(path: Path) -> str:
    if path.is_dir():
        return "is a folder; lay its files beside it"
    return "" if path.suffix.lower() in ENDINGS else "is not read; save it as CSV, or as JSON lines"


def masked(text: str) -> str:
    """A text without the names of mail addresses.

    Examples
    --------
    >>> masked('{"email": "ada@example.com", "event"')
    '{"email": "…@example.com", "event"'
    """
    return _ADDRESS.sub("…@", text.strip())[:200]


def _from_json(text: str, zone: str) -> Iterator[Told]:
    for line, record in _objects(text):
        if isinstance(record, str):
            yield Told(line, reason=NO_JSON, value=masked(record))
            continue
        inside = next((record[name] for name in _LISTS if isinstance(record.get(name), list)), None)
        for one in [record] if inside is None else inside:
            yield tell(line, one, zone)


def _objects(text: str) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Every object with its line, whether they stand a line each, in an array, or an array a line.

    What is no object ends at the next line that is indented no further and begins something: of a file of JSON lines
    that is the line alone. It comes as its first line's text.
    """
    place, line, counted = 0, 1, 0
    while (place := _begin(text, place)) < len(text):
        line, counted = line + text.count("\n", counted, place), place
        found = _object(text, place)
        if found is not None:
            yield line, found[0]
            place = found[1]
            continue
        yield line, text[place : place + 500].partition("\n")[0]
        before = text[text.rfind("\n", 0, place) + 1 : place]
        place = _next_line(text, place, indent=0 if before.strip() else len(before))


def _object(text: str, place: int) -> tuple[dict[str, Any], int] | None:
    """The object that begins here, and where it ends; None where there is none."""
    if text[place] != "{":
        return None
    try:
        return _DECODER.raw_decode(text, place)
    except (ValueError, RecursionError):
        return None


def _begin(text: str, place: int) -> int:
    """The next character that is neither blank nor stands between objects."""
    while place < len(text) and (text[place] in ",[]" or text[place].isspace() or text[place] == "\ufeff"):
        place += 1
    return place


def _next_line(text: str, place: int, *, indent: int) -> int:
    found = re.compile(rf"\n {{0,{indent}}}(?=[^\s\]}},\"])").search(text, place)
    return found.end() if found else len(text)
