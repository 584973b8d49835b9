"""What a notebook uses: open the data once, show blocks in any order, record what was shown."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alignment_lib.blocks import closing
from alignment_lib.blocks.scorecard import open_issues
from alignment_lib.checks import build as build_tables
from alignment_lib.demo.folder import demo_folder
from alignment_lib.errors import GateError
from alignment_lib.facts import Facts, build, happened
from alignment_lib.facts.people_frames import addressed
from alignment_lib.memory import runs as memory
from alignment_lib.memory.exports import EXPORT_FILE
from alignment_lib.page import formatted
from alignment_lib.page.block import Block, Metric
from alignment_lib.params import Request, RunParams
from alignment_lib.params.home import find_root
from alignment_lib.params.period import iso
from alignment_lib.params.run import Run
from alignment_lib.report.folder import BASE, settled
from alignment_lib.report.handover import ABOUT, handed_on
from alignment_lib.report.session_names import ACCEPT, BECAUSE, DATA, NOW, REPORTS, RUN_DIR
from alignment_lib.source import open_source
from alignment_lib.source.choose import load, resolved
from alignment_lib.source.tables import Check, to_csv
from alignment_lib.source.tables.account import reasons, totals


class Report:
    """One report while it is being shown."""

    def __init__(self, facts: Facts, name: str) -> None:
        self.facts = facts
        self.name = name
        self.shown: list[Block] = []

    def show(self, function: Callable[[Facts], Block]) -> Block:
        """Make a block, remember it for the record, and hand it to the notebook to display."""
        return self._remember(formatted(function(self.facts), self.facts.run.params.weekly.format))

    def glossary(self) -> Block:
        """Exactly the metrics shown so far."""
        return self._remember(closing.glossary([m.name for m in self._metrics()]))

    def record(self) -> Block:
        """Write results.json and its companions (when run as a report), and show what was recorded.

        Raises
        ------
        GateError
            Two blocks print different values for the same number.
        """
        results = self.results()
        ids = [b.id for b in self.shown]
        block = closing.record(
            self.facts, metrics=len(results["metrics"]), sentences=len(results["sentences"]), blocks=ids
        )
        self._remember(block)
        folder = os.environ.get(RUN_DIR)
        if folder:
            self._write(Path(folder), results)
        return block

    def results(self) -> dict[str, Any]:
        """Every number and sentence shown, as results.json holds them."""
        run = self.facts.run
        return {
            "report": self.name,
            "period": run.period.label,
            "slice": "=".join(run.params.slice) if run.params.slice else None,
            "as_of": iso(run.as_of),
            "currency": run.params.company.currency,
            "metrics": [asdict(m) for m in self._metrics()],
            "sentences": [{"block": b.id, "text": s} for b in self.shown for s in b.sentences],
            "checks": [_told(c) for c in self.facts.tables.checks],
            "held": any(c.status == "HOLD" for c in self.facts.tables.checks),
            "tables": totals(self.facts.tables.accounts),
            "issues": self._issues(),
            "company": run.params.company.name,
            "timezone": run.params.timezone,
            "blocks": [handed_on(b) for b in self.shown if b.id not in ABOUT],
            "people": list(addressed(self.facts)),
        }

    def _remember(self, block: Block) -> Block:
        self.shown = [b for b in self.shown if b.id != block.id] + [block]
        return block

    def _metrics(self) -> list[Metric]:
        return unique(m for b in self.shown for m in b.metrics)

    def _issues(self) -> list[dict[str, Any]]:
        """The scorecard's open issues, which the next report carries on; none where it was not shown."""
        if not any(b.id == "scorecard" for b in self.shown):
            return []
        return [{k: _text(v) for k, v in issue.items()} for issue in open_issues(self.facts)]

    def _counted(self) -> dict[str, memory.Ids]:
        """The ids behind the week's own totals, of those that were shown."""
        run, found = self.facts.run, dict[str, memory.Ids]()
        records = [asdict(m) for m in self._metrics()]
        for name in (n for n in memory.COUNTED if memory.total(records, n)):
            rows = happened(self.facts, name, first_day=run.first_day, last_day=run.last_day)
            deals = "opportunity_id" in rows
            amounts = [a if a == a else None for a in rows["amount"]] if deals else [None] * len(rows)
            found[name] = dict(zip(rows["opportunity_id" if deals else "lead_id"], amounts, strict=True))
        return found

    def _write(self, folder: Path, results: dict[str, Any]) -> None:
        tables = self.facts.tables
        (folder / "results.json").write_text(
            json.dumps(results, ensure_ascii=False, indent=1, allow_nan=False) + "\n", encoding="utf-8"
        )
        (folder / memory.COUNTED_FILE).write_text(memory.counted_csv(self._counted()), encoding="utf-8")
        (folder / EXPORT_FILE).write_text(tables.export, encoding="utf-8")
        (folder / "set_aside.csv").write_text(to_csv(tables.set_aside()), encoding="utf-8")
        aside = reasons(tables.accounts)
        inputs = [{"file": i.name, "bytes": i.size_bytes, "sha256": i.digest.result()} for i in tables.source.inputs]
        record = {
            "blocks": [{"id": b.id, "missing": b.missing} for b in self.shown],
            "source": {
                "name": tables.run.params.mapping.name,
                "place": tables.source.place,
                "engine": tables.source.engine,
            },
            "inputs": inputs,
            "set_aside_reasons": aside,
        }
        (folder / "record.json").write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def unique(records: Iterable[Metric]) -> list[Metric]:
    """Each number once; one number with two values is an error, as no reader could tell which holds."""
    seen: dict[tuple[str, str | None, str | None, str | None], Metric] = {}
    for record in records:
        key = (record.name, record.source, record.segment, record.period)
        known = seen.setdefault(key, record)
        if known.value != record.value:
            raise GateError(f"metric {record.name} {key[1:]} is printed as {known.value} and as {record.value}")
    return list(seen.values())


def open_report(
    *,
    source: str = "",
    data: str = "",
    week: str = "",
    month: str = "",
    day: str = "",
    as_of: str = "",
    slice: str = "",
    params: str = "params/weekly.yaml",
    name: str = "weekly",
    accept: str = "",
    because: str = "",
    backend: Any = None,
) -> Report:
    """Read and check the data of a report; the first call of a notebook.

    Parameters
    ----------
    source, data, week, month, day, as_of, slice, params
        As on the command line; empty text means the default.
    name
        Which report: a name of `params.kinds.KINDS`.
    accept, because
        Checks that are let pass though they hold, and why.
    backend
        An open Ibis connection to use in place of `data`.

    Raises
    ------
    ParamsError, MappingError, SourceError, DataError
        One sentence with place, value and remedy.
    """
    release = (os.environ.get(ACCEPT, accept), os.environ.get(BECAUSE, because))
    request = Request(source, _place(data), week, as_of, slice, params, month, name, day, *release)
    run_params = resolved(with_demo(load(request, now=_now())), backend=backend)
    reports = reports_folder(run_params)
    tables = build_tables(open_source(run_params, backend=backend), run_params, reports=reports)
    return Report(build(tables, earlier=memory_of(tables.run, name, reports)), name)


def memory_of(run: Run, name: str, reports: Path) -> memory.Memory:
    """Earlier weekly reports of the same source and slice, published in the same place."""
    if name != "weekly":
        return memory.Memory()
    return memory.earlier(
        reports,
        report=name,
        source=run.params.mapping.name,
        slice="=".join(run.params.slice) if run.params.slice else None,
        before=run.week,
        as_of=run.as_of,
    )


def reports_folder(params: RunParams) -> Path:
    """Where the source's reports lie: told by the parent; in JupyterLab as on the command line without OUT."""
    told = os.environ.get(REPORTS)
    return Path(told) if told else settled(find_root() / BASE, find_root() / BASE, params)


def _told(check: Check) -> dict[str, Any]:
    """A check as results.json holds it, without what most checks do not have."""
    return {k: v for k, v in asdict(check).items() if v not in ((), None) and (v != "" or k == "table")}


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _place(data: str) -> str:
    """Where the data is: as the parent of a run says; in JupyterLab as the notebook says, else the environment."""
    return data if data and not os.environ.get(RUN_DIR) else os.environ.get(DATA, data)


def with_demo(params: RunParams) -> RunParams:
    """The parameters, with the embedded company's folder where no data is given for the demo."""
    if params.mapping.name == "demo" and not params.data:
        return params.with_data(str(demo_folder(find_root())))
    return params


def _now() -> datetime:
    given = os.environ.get(NOW)
    return datetime.fromisoformat(given) if given else datetime.now(UTC)
