"""What a run shows, part by part, as lines: recorded numbers by value, those that are read in a text masked."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from alignment_lib.mail import render
from alignment_lib.mail.letter import Letter
from alignment_lib.page.block import Block, Count, Stat, Table, Trend
from tests.guard.runs import Made

Parts = dict[str, list[str]]
"""By name of the part its lines; a part that is empty is left out."""

DIGITS, TINY = 9, 1e-12
"""Significant digits of a value, and what is nothing: machines may add up in another order."""
_NUMBER = re.compile(r"\d(?:[\d.,]*\d)?(?:\u00a0m\b)?")
_TAG = re.compile(r"<[^<>]*>")
_IN_TAG = re.compile(r"(?<=-)[a-z][0-9a-f]{10}\b|[-−]?\d+(?:\.\d+)?")
"""Numbers of a drawing, and names that matplotlib makes of them."""
_PICTURE = re.compile(r"\.[0-9a-f]{12}@pictures")
"""A mail's picture is named by its content."""


def digests(made: Made) -> dict[str, dict[str, str]]:
    """Of every block and letter, by part, the beginning of a hash."""
    return {name: {part: digest(lines) for part, lines in parts.items()} for name, parts in seen(made).items()}


def digest(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


def seen(made: Made) -> dict[str, Parts]:
    """Every block in its order, results.json, and the letters."""
    found = {block.id: of_block(block) for block in made.report.shown}
    found["results.json"] = _results(made.results)
    found["readers"] = _parts(words=[mask(line) for line in made.told], figures=figures(made.told))
    for number, letter in enumerate(made.letters, start=1):
        found[f"letter {number}"] = _letter(letter)
    return found


def mask(text: str) -> str:
    """The text with every number a `#`, however it is written: `12`, `1,234`, `0.5`, `1.25 m`."""
    return _NUMBER.sub("#", text)


def figures(texts: Iterable[str]) -> list[str]:
    """The numbers that `mask` takes out, text by text."""
    return [" ".join(found) for text in texts if (found := _NUMBER.findall(text))]


def value(number: Any) -> str:
    """A recorded value as text: nine significant digits, the same on every machine."""
    if isinstance(number, bool) or not isinstance(number, int | float):
        return str(number)
    return "0" if abs(number) < TINY else f"{number:.{DIGITS}g}"


def _parts(**parts: Iterable[str]) -> Parts:
    return {name: lines for name, found in parts.items() if (lines := list(found))}


def of_block(block: Block) -> Parts:
    """The parts of one block."""
    words, tables = list(_words(block)), [line for table in block.tables for line in _table(table)]
    alts = [text for picture in block.pictures for text in (picture.title, picture.alt)]
    return _parts(
        metrics=sorted(_record(asdict(m)) for m in block.metrics),
        words=map(mask, words),
        tables=map(mask, tables),
        pictures=[_drawing(picture.svg) for picture in block.pictures],
        alts=map(mask, alts),
        figures=[*figures([*words, *tables, *alts]), *_behind(block)],
    )


def _record(record: Mapping[str, Any]) -> str:
    """A number as results.json records it; its definition and its reason are words."""
    return " | ".join(f"{k}={value(v)}" for k, v in record.items() if k not in ("definition", "reason"))


def _words(block: Block) -> Iterator[str]:
    yield from (f"title: {block.title}", f"question: {block.question}", f"side: {block.side}")
    for label, sentence in zip(block.labels or ("",) * len(block.sentences), block.sentences, strict=True):
        yield f"sentence: {label}: {sentence}"
    yield from (line for stat in block.stats for line in _stat(stat))
    for kind, pairs in (("term", block.terms), ("note", block.notes)):
        yield from (f"{kind}: {one}: {other}" for one, other in pairs)
    for card in block.cards:
        yield f"card: {card.side}: {card.title}: {card.when}: {card.image_alt}"
        yield from (f"  {label}: {text}" for label, text in card.points)
    yield from (f"prompt: {prompt}" for prompt in block.prompts)
    yield from (f"{name}: {text}" for name, text in (("space", block.space), ("missing", block.missing)) if text)
    if block.evidence:
        yield from (f"{name}: {text}" for name, text in asdict(block.evidence).items() if text)
    yield from sorted({f"definition: {m.name}: {m.definition}: {m.reason or ''}" for m in block.metrics})


def _stat(stat: Stat) -> Iterator[str]:
    yield f"stat: {stat.label}: {stat.value}: {stat.note}: {stat.side}: {stat.status}: {stat.status_word}"


def _table(table: Table) -> Iterator[str]:
    yield f"caption: {table.caption}{' (folded)' if table.folded else ''}"
    yield "head: " + " | ".join(f"{c.label} [{c.unit}]{' right' if c.numeric else ''}" for c in table.columns)
    for number, row in enumerate(table.rows):
        yield f"{'! ' if number in table.highlight else ''}" + " | ".join(map(_cell, row))
    if table.total:
        yield "total: " + " | ".join(map(_cell, table.total))
    if table.note:
        yield f"note: {table.note}"


def _cell(cell: Any) -> str:
    status = f" ({cell.status})" if hasattr(cell, "status") else ""
    return f"{type(cell).__name__ if not isinstance(cell, str) else ''}{cell}{status}"


def _behind(block: Block) -> Iterator[str]:
    """What is drawn or opens beside a number: histories, normal ranges, ids."""
    cells = [c for t in block.tables for row in (*t.rows, *((t.total,) if t.total else ())) for c in row]
    for one in (*block.stats, *(c for c in cells if isinstance(c, Trend))):
        yield f"history: {' '.join(map(value, one.history))}; normal: {' '.join(map(value, one.normal or ()))}"
    listings = [stat.listing for stat in block.stats] + [c.listing for c in cells if isinstance(c, Count)]
    yield from (f"ids: {json.dumps(asdict(listing))}" for listing in listings if listing)
    yield from (json.dumps(_rounded(row)) for row in block.handover)


def _drawing(svg: str) -> str:
    """A drawing with the places of its marks masked, its words and its colours kept."""
    pieces, end = [], 0
    for tag in _TAG.finditer(svg):
        pieces += [mask(svg[end : tag.start()]), _IN_TAG.sub("#", tag[0]), "\n"]
        end = tag.end()
    return "".join([*pieces, mask(svg[end:])])


def _results(results: Mapping[str, Any]) -> Parts:
    """results.json as a whole: what blocks repeat of it is masked, the rest is told by value."""
    sentences = [f"{s['block']}: {s['text']}" for s in results["sentences"]]
    checks = [json.dumps(_rounded(check), ensure_ascii=False) for check in results["checks"]]
    rest = {k: v for k, v in results.items() if k not in ("metrics", "sentences", "checks")}
    handed = [f"{key}: {json.dumps(_rounded(found), ensure_ascii=False)}" for key, found in rest.items()]
    return _parts(
        metrics=sorted(map(_record, results["metrics"])),
        words=map(mask, sentences),
        checks=map(mask, checks),
        handover=map(mask, handed),
        figures=figures([*sentences, *checks, *handed]),
    )


def _rounded(found: Any) -> Any:
    """The same with every number as `value` writes it."""
    if isinstance(found, Mapping):
        return {key: _rounded(inner) for key, inner in found.items()}
    if isinstance(found, list | tuple):
        return [_rounded(inner) for inner in found]
    return found if isinstance(found, str) else value(found)


def _letter(letter: Letter) -> Parts:
    html, text = render.render(letter)
    html = _PICTURE.sub(".#@pictures", html)
    subject = [letter.subject, letter.preheader]
    return _parts(subject=map(mask, subject), text=[mask(text)], html=[mask(html)], figures=figures([*subject, text]))
