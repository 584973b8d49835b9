"""The gate: a run is published only when every cell ran, every block is there and the record says the same."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from alignment_lib.errors import GateError
from alignment_lib.memory.runs import COUNTED_FILE, cents, read_counted, total

_BLOCK = re.compile(r'data-block="([^"]*)"')
_LOADED = re.compile(
    r"<(?:img|link|source|video|audio|image|use)\b[^>]*?\s(?:src|href|xlink:href)\s*=\s*[\"']?([^\"'\s>]*)",
    re.IGNORECASE,
)


def verify_notebook(node: Any, folder: Path) -> dict[str, Any]:
    """Check an executed notebook against its record; the record (results.json) is returned.

    Raises
    ------
    GateError
        What is missing, in one sentence.
    """
    for number, cell in enumerate(node.cells, start=1):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        if cell.get("execution_count") is None:
            raise GateError(f"cell {number} did not run; nothing is published")
        if any(o.output_type == "error" for o in cell.outputs):
            raise GateError(f"cell {number} ended with an error; nothing is published")
        if "section" in cell.metadata.get("tags", []) and not _blocks(cell):
            raise GateError(f"cell {number} is a section but shows no block; nothing is published")
    results, record = _read(folder, "results.json"), _read(folder, "record.json")
    shown = [b for cell in node.cells if cell.cell_type == "code" for b in _blocks(cell)]
    recorded = [b["id"] for b in record["blocks"]]
    if sorted(set(shown)) != sorted(recorded):
        differ = sorted(set(shown) ^ set(recorded))
        raise GateError(f"the page and its record differ in the blocks {', '.join(differ)}; nothing is published")
    if not results["sentences"]:
        raise GateError("the report says nothing: no sentence was recorded; nothing is published")
    _same_counts(results, folder)
    return results


def _same_counts(results: dict[str, Any], folder: Path) -> None:
    """The ids that are kept for the next report are as many, and worth as much, as was printed."""
    counted = read_counted(folder / COUNTED_FILE)
    if counted is None:
        raise GateError(f"{COUNTED_FILE} is missing or not whole; nothing is published")
    found: dict[str, float] = {name: len(ids) for name, ids in counted.items()}
    if total(results["metrics"], "won"):
        found["won_value"] = sum(map(cents, counted["won"].values())) / 100
    for name, kept in found.items():
        printed = total(results["metrics"], name)
        if printed is not None and abs((printed["value"] or 0) - kept) > 0.005:
            raise GateError(
                f"the page prints {printed['value']} for {name}, {COUNTED_FILE} keeps {kept}; nothing is published"
            )


def verify_page(page: str, folder: Path) -> None:
    """Check the exported page: each block once, no script, no outside address loaded.

    Raises
    ------
    GateError
    """
    present = _BLOCK.findall(page)
    for block in _read(folder, "record.json")["blocks"]:
        if present.count(block["id"]) != 1:
            raise GateError(
                f"block '{block['id']}' is on the page {present.count(block['id'])} times; nothing is published"
            )
    if re.search(r"<script|<iframe|<object|<embed", page, re.IGNORECASE):
        raise GateError("the page holds a script or a frame; nothing is published")
    if _read(folder, "results.json").get("held") and 'class="banner"' not in page:
        raise GateError("the run is held and its page does not say so; nothing is published")
    if any(not target.startswith(("data:", "#")) for target in _LOADED.findall(page)):
        raise GateError("the page would load something from outside; nothing is published")


def _blocks(cell: Any) -> list[str]:
    found: list[str] = []
    for output in cell.outputs:
        html = output.get("data", {}).get("text/html", "")
        found += _BLOCK.findall("".join(html))
    return found


def _read(folder: Path, name: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((folder / name).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise GateError("the notebook ended without its record (report.record()); nothing is published") from None
    except ValueError:
        raise GateError(f"{name} is not whole; nothing is published") from None
    return found
