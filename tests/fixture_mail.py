"""A published run in a folder, small but whole, and an order to mail it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alignment_lib.mail.letter import Letter, Line, Section
from alignment_lib.mail.people import Person
from alignment_lib.mail.published import Published
from alignment_lib.memory.runs import run_folder
from alignment_lib.params.files import validate
from alignment_lib.params.recipients import Recipients

NOW = datetime(2020, 3, 17, 8, tzinfo=UTC)
"""A Tuesday; 2020-W11 ended with Sunday 15 March."""
PERIODS = {"weekly": "2020-W11", "reps": "2020-03-17", "pulse": "2020-03-16", "monthly": "2020-02"}
AS_OF = {"weekly": "2020-03-15T23:00:00Z", "reps": "2020-03-17T06:00:00Z", "pulse": "2020-03-16T23:00:00Z",
         "monthly": "2020-02-29T23:00:00Z"}  # fmt: skip
SETTINGS: dict[str, Any] = {
    "sender": {"address": "reports@nordlicht.example", "name": "Alignment Reports"},
    "owner": "owner@nordlicht.example",
    "allowed_domains": ["nordlicht.example"],
    "lists": {"weekly": [{"reps": True}]},
}


def settings(**changes: Any) -> Recipients:
    """params/recipients.yaml as it is read."""
    return validate({**SETTINGS, **changes}, Recipients, where="recipients.yaml")


def rep(number: int | str, **more: str | None) -> dict[str, str | None]:
    """A row of the people of results.json."""
    known = {"name": f"Rep {number}", "email": f"rep{number}@nordlicht.example", "team": "sales"}
    empty = dict.fromkeys(("role", "region", "started_on", "ended_on"))
    return {"rep_id": str(number), **empty, **known, **more}


def publish(
    out: Path,
    people: Sequence[Mapping[str, str | None]],
    *,
    report: str = "weekly",
    slice: str | None = None,
    source: str = "tiny",
    results: Mapping[str, Any] | None = None,
    data: Path | None = None,
) -> Path:
    """Lay a run where it would be published; its folder."""
    period = PERIODS[report]
    folder = run_folder(out, report, period, slice)
    folder.mkdir(parents=True, exist_ok=True)
    head = {"report": report, "period": period, "slice": slice, "as_of": AS_OF[report]}
    told = {
        **head, "currency": "EUR", "metrics": [], "sentences": [{"block": "head", "text": "Four leads came."}],
        "checks": [{"name": "rows", "table": "leads", "status": "PASS", "sentence": "4 read = 4 used"}],
        "tables": {}, "issues": [], "company": "Tiny", "timezone": "Europe/Berlin", "blocks": [],
        "people": list(people), **(results or {}),
    }  # fmt: skip
    (folder / "results.json").write_text(json.dumps(told), encoding="utf-8")
    (folder / "index.html").write_text("<p>Four leads came.</p>", encoding="utf-8")
    files = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in ("index.html", "results.json")}
    manifest = {
        **head,
        "source": {"name": source, "place": str(data or out.parent / "data"), "engine": "duckdb"},
        "files": files,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def opened(people: Sequence[Mapping[str, str | None]], *, report: str = "weekly", **results: Any) -> Published:
    """The same run without a folder."""
    told = {"report": report, "period": PERIODS[report], "slice": None, "as_of": AS_OF[report],
            "timezone": "Europe/Berlin", "people": list(people), **results}  # fmt: skip
    return Published(Path("nowhere"), told, {"source": {"name": "tiny"}})


def letter(run: Published, settings: Recipients, person: Person | None = None) -> Letter | None:
    """A letter of one sentence, with lines that begin with a dot, which SMTP must not eat."""
    name = f" for {person.name}" if person else ""
    return Letter(
        subject=f"W11: four leads{name}", preheader="", title="Tiny week", header=run.header,
        sections=(Section(lines=(Line("Four leads came."), Line(". begins with a dot"), Line("."))),),
    )  # fmt: skip
