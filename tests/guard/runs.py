"""The guarded runs, made in this process: the blocks of each notebook's running order, and the letters."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from alignment_lib.demo import generate, truth
from alignment_lib.errors import ParamsError
from alignment_lib.facts import Facts
from alignment_lib.facts.facts import UNKNOWN
from alignment_lib.mail.compose import PERSONAL
from alignment_lib.mail.letter import Letter
from alignment_lib.mail.letters import BUILDERS
from alignment_lib.mail.people import readers
from alignment_lib.mail.published import Published
from alignment_lib.memory import runs as memory
from alignment_lib.params import Request, load
from alignment_lib.params.files import read
from alignment_lib.params.kinds import kind
from alignment_lib.params.period import Week, midnight
from alignment_lib.params.recipients import Recipients
from alignment_lib.params.run import Run
from alignment_lib.report.session import Report, with_demo
from alignment_lib.report.session_names import RUN_DIR
from tests.fixture_report import ROOT, facts_on, shown
from tests.guard.asked import ASKED, MOST, NOW, SMALL_LEADS, Asked

REAL = ROOT.parent / "shared" / "data"


@dataclass(frozen=True, eq=False)
class Made:
    """A run: its blocks, its results.json as it is read back, and its letters."""

    report: Report
    results: dict[str, Any]
    letters: tuple[Letter, ...]
    told: tuple[str, ...]
    """Who gets a letter and who does not, and why."""


def run_named(source: str, name: str) -> Asked:
    """The run of that name; a LookupError with the names there are."""
    found = [asked for asked in ASKED[source] if asked.name == name]
    if not found:
        raise LookupError(f"{source} has no run '{name}'; it has: {', '.join(a.name for a in ASKED[source])}")
    return found[0]


def why_not(source: str) -> str:
    """Why a source cannot be read here; empty where it can."""
    return "" if source == "demo" or (REAL / source).is_dir() else f"the real data of {source} is not in {REAL}"


@cache
def made(source: str, asked: Asked) -> Made:
    """The run, every block of it shown."""
    facts = _facts(source, asked)
    if asked.after:
        facts = replace(facts, earlier=_earlier(source, asked, facts.run))
    report = shown(facts, asked.report)
    report.record()
    results = json.loads(json.dumps(report.results(), allow_nan=False))
    sla = report.facts.run.params.sla.model_dump(mode="json")
    run = Published(Path("nowhere"), results, {"source": {"name": source}, "sla": sla})
    people, told = _readers(run)
    letters = [BUILDERS[asked.report](run, _recipients(), person) for person in people]
    return Made(report, results, tuple(letter for letter in letters if letter), tuple(told))


def _facts(source: str, asked: Asked) -> Facts:
    slice, about = asked.slice, kind(asked.report)
    if slice.endswith(MOST):
        dimension = slice.removesuffix(MOST)
        slice = f"{dimension}={_most_common(source, dimension)}"
    request = Request(
        source=source, data=_data(source, asked), report=asked.report, slice=slice, as_of=asked.as_of,
        params=str(ROOT / about.settings), **{about.noun: asked.period},
    )  # fmt: skip
    params = with_demo(load(request, now=NOW[source], root=ROOT))
    return facts_on(replace(params, kept_folder=""))


@cache
def _whole(source: str) -> Facts:
    """The facts of the source's first run, in which the most common values are looked up."""
    return _facts(source, replace(ASKED[source][0], small=True))


@cache
def _most_common(source: str, dimension: str) -> str:
    """The value that most leads have, or most deals where leads have none; the first of several by name."""
    facts = _whole(source)
    for table in (facts.leads, facts.deals):
        values = table.select(dimension).to_pandas()[dimension]
        counts = values[values.notna() & (values != UNKNOWN)].value_counts()
        if len(counts):
            return str(min(counts[counts == counts.max()].index))
    raise LookupError(f"no lead or deal of {source} has a {dimension}")


def _earlier(source: str, asked: Asked, run: Run) -> memory.Memory:
    """What the report of the week before left where it was published."""
    with TemporaryDirectory(prefix="alignment-guard-") as out, pytest.MonkeyPatch.context() as environment:
        place = memory.run_folder(Path(out), asked.report, asked.after, None)
        place.mkdir(parents=True)
        environment.setenv(RUN_DIR, str(place))
        before = replace(asked, period=asked.after, after="", until=asked.after)
        shown(_facts(source, before), asked.report).record()
        (place / "manifest.json").write_text(json.dumps({"source": {"name": source}}), encoding="utf-8")
        return memory.earlier(Path(out), report=asked.report, source=source, slice=None, before=run.week)


def _data(source: str, asked: Asked) -> str:
    if source != "demo":
        return str(REAL / source)
    return _small_demo(asked.until).name if asked.small else ""


@cache
def _small_demo(until: str = "") -> TemporaryDirectory[str]:
    """The demo as it was exported after a week, or at its end."""
    folder = TemporaryDirectory(prefix="alignment-guard-")
    end = midnight(Week.parse(until).shifted(1).first, truth.TIMEZONE) if until else truth.END
    generate(Path(folder.name), leads=SMALL_LEADS, until=end, file_format="parquet")
    return folder


@cache
def _recipients() -> Recipients:
    """The recipients that the project comes with, and where the pages and the leads are."""
    shipped = read(ROOT / "params" / "recipients.yaml", Recipients)
    places = {"pages": "https://pages.example/reports", "lead_link": "https://crm.example/{lead_id}"}
    return shipped.model_copy(update=places)


def _readers(run: Published) -> tuple[list[Any], list[str]]:
    """Whom to write letters to, nobody in particular where all get the same; and who is told to get one or not."""
    personal = run.kind.name in PERSONAL
    try:
        found = readers(run, _recipients())
    except ParamsError as nobody:
        return [] if personal else [None], [str(nobody)]
    told = [*(p.address for p in found.people), *(f"{one.name}: {one.reason}" for one in found.left_out)]
    return list(found.people) if personal else [None], told
