"""A real PostgreSQL: the same numbers as DuckDB on the same rows, nothing written into it, no password let out.

The server runs in a time zone of its own (Los Angeles), so that a clock read in the session's zone would show.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pandas as pd
import pytest
import yaml

from alignment_lib.checks import build
from alignment_lib.errors import MappingError, SourceError
from alignment_lib.facts import Facts
from alignment_lib.params import Request, load
from alignment_lib.params.run import fill_secrets
from alignment_lib.source import open_source
from alignment_lib.source.database import connect, redact, scrub, secrets_in
from tests import fixture_clock_change as clock_change
from tests import fixture_currencies as currencies
from tests import fixture_postgres as postgres
from tests import fixture_texts as texts
from tests.fixture_report import ROOT, assert_same_frames, assert_same_results, facts_on, report_of
from tests.shared_postgres import PASSWORD, Crm, database

NOW = datetime(2026, 9, 22, tzinfo=UTC)
FORMS = (PASSWORD, quote(PASSWORD, safe=""), quote(PASSWORD), quote_plus(PASSWORD), "qu@rtz", "qu%40rtz", "Zebra")


def params(data: str, **asked: str) -> Any:
    request = Request(source="demo", data=data, params=str(ROOT / "params/weekly.yaml"), **asked)
    return load(request, now=NOW, root=ROOT)


@pytest.fixture(scope="module")
def on_duckdb(crm: Crm) -> dict[str, Any]:
    """The week's results.json on the same rows in files."""
    return report_of(facts_on(params(str(crm.export))))


@pytest.mark.parametrize("role", ["reader", "bare"])
def test_the_same_report_as_duckdb_and_nothing_written(crm: Crm, on_duckdb: dict[str, Any], role: str) -> None:
    before = crm.state()
    there = facts_on(params(crm.url(role)))
    assert there.tables.source.engine == "postgres"
    assert held(there) == (role == "reader"), "kept as a temporary table just where that is allowed"
    assert_same_results(on_duckdb, report_of(there))
    assert sum(m["value"] is not None for m in on_duckdb["metrics"]) > 50
    assert crm.state() == before


def held(facts: Facts) -> bool:
    """Whether its leads are one table."""
    return len(facts.leads.op().find(lambda node: type(node).__name__ == "DatabaseTable")) == 1


@pytest.mark.parametrize("asked", [
    {"week": "2025-W44", "as_of": "2025-10-30T12:00:00Z"},  # Berlin's clocks have changed, New York's have not
    {"week": "2026-W30", "slice": "source=Webinar"},
])  # fmt: skip
@pytest.mark.parametrize("role", ["reader", "strict"])
def test_fact_tables_row_by_row(crm: Crm, role: str, asked: dict[str, str]) -> None:
    """`strict` asks the engine for the very queries of `bare`, which makes the whole report above; here it is seen that
    a session which is read-only for good answers them, and that the tables which it refuses to make are done without.
    """
    before = crm.state()
    here, there = facts_on(params(str(crm.export), **asked)), facts_on(params(crm.url(role), **asked))
    assert held(there) == (role == "reader")
    for name, key in (("leads", "lead_id"), ("deals", "opportunity_id")):
        frames = [getattr(f, name).to_pandas().sort_values(key).reset_index(drop=True) for f in (here, there)]
        assert len(frames[0]) > 50
        assert_same_frames(*frames)
    assert [(a.read, a.used, a.reasons) for a in here.tables.accounts] == [
        (a.read, a.used, a.reasons) for a in there.tables.accounts
    ]
    assert crm.state() == before


def test_hand_calculations_across_two_clock_changes(server: postgres.Server, tmp_path: Path) -> None:
    database(server, "clocks")
    postgres.load(server, clock_change.export(tmp_path), "clocks")
    url = server.url(postgres.SUPERUSER, postgres.SUPERUSER_PASSWORD, "clocks")
    clock_change.assert_by_hand(facts_on(clock_change.params(url)))


def test_untyped_columns_are_read_and_refused_as_in_files(server: postgres.Server, tmp_path: Path) -> None:
    database(server, "untyped")
    postgres.load(server, texts.export(tmp_path), "untyped")
    given = texts.params(server.url(postgres.SUPERUSER, postgres.SUPERUSER_PASSWORD, "untyped"))
    texts.assert_by_hand(build(open_source(given), given))


def test_amounts_in_several_currencies_by_hand(server: postgres.Server, tmp_path: Path) -> None:
    database(server, "currencies")
    postgres.load(server, currencies.export(tmp_path), "currencies")
    given = currencies.params(server.url(postgres.SUPERUSER, postgres.SUPERUSER_PASSWORD, "currencies"))
    currencies.assert_by_hand(build(open_source(given), given))


def test_text_in_a_format_of_its_own_is_for_files(server: postgres.Server, tmp_path: Path) -> None:
    database(server, "spoken")
    pd.DataFrame({"id": ["a"], "created": ["02.11.2026"]}).to_parquet(tmp_path / "spoken.parquet")
    postgres.load(server, tmp_path, "spoken")
    url = server.url(postgres.SUPERUSER, postgres.SUPERUSER_PASSWORD, "spoken")
    given = clock_change.params(url, **texts.SPOKEN)
    with pytest.raises(MappingError, match="can be read from files only"):
        build(open_source(given), given)


@dataclass(frozen=True)
class Ended:
    """A command that has ended; `lines` are those that are no progress."""

    code: int
    stdout: str
    stderr: str

    @property
    def lines(self) -> list[str]:
        return [line for line in self.stderr.splitlines() if line and not line.startswith("[")]


def weekly(source: Path, out: Path, *options: str, **environment: str) -> Ended:
    """The full command; whatever it prints or leaves under `out` must not hold the password."""
    command = [sys.executable, "-m", "alignment_lib.cli", "weekly", "--source", str(source), "--out", str(out)]
    done = subprocess.run(
        [*command, "--week", "2026-W38", *options], cwd=ROOT, env={**os.environ, **environment}, text=True,
        capture_output=True, check=False,
    )  # fmt: skip
    assert_unspoken(done.stdout + done.stderr, "what was printed")
    for file in sorted(p for p in out.rglob("*") if p.is_file()):
        assert_unspoken(file.read_text(encoding="utf-8"), str(file.relative_to(out)))
    return Ended(done.returncode, done.stdout, done.stderr)


def assert_unspoken(text: str, where: str) -> None:
    for form in (*FORMS, *(json.dumps(f)[1:-1] for f in FORMS)):
        assert form not in text, f"{form} is in {where}"


def source(folder: Path, **changes: Any) -> Path:
    """demo-postgres.yaml: the demo's mapping under another name."""
    mapping = yaml.safe_load((ROOT / "params/sources/demo.yaml").read_text(encoding="utf-8"))
    file = folder / "demo-postgres.yaml"
    file.write_text(yaml.safe_dump(mapping | {"name": "demo-postgres"} | changes, sort_keys=False), encoding="utf-8")
    return file


def tree(folder: Path) -> dict[str, str]:
    """Every file that is published, with its digest."""
    files = [p for p in folder.rglob("*") if p.is_file() and not p.relative_to(folder).parts[0].startswith(".")]
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(scope="module")
def published(crm: Crm, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Reports in which the week is published from the database."""
    folder = tmp_path_factory.mktemp("published")
    ended = weekly(source(folder), folder / "reports", "--data", crm.url())
    assert ended.code == 0, ended.stderr
    return folder / "reports"


def test_the_command_publishes_what_duckdb_prints(crm: Crm, published: Path) -> None:
    run = published / "weekly" / "2026-W38"
    printed = json.loads((run / "results.json").read_text(encoding="utf-8"))
    expected = report_of(facts_on(params(str(crm.export), week="2026-W38")))
    method = "method"  # names the mapping's file
    for results in (printed, expected):
        results["sentences"] = [s for s in results["sentences"] if s["block"] != method]
    assert_same_results(expected, printed)
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["source"]["engine"] == "postgres"
    assert manifest["source"]["place"] == f"postgresql://127.0.0.1:{crm.server.port}/crm"
    assert (run / "index.html").is_file()


def test_a_secret_of_the_environment(crm: Crm, published: Path, tmp_path: Path) -> None:
    connection = f"postgresql://reader:${{CRM_PASSWORD}}@127.0.0.1:{crm.server.port}/crm"
    ended = weekly(source(tmp_path, connection=connection), tmp_path / "reports", CRM_PASSWORD=PASSWORD)
    assert ended.code == 0, ended.stderr
    name = "weekly/2026-W38/results.json"
    again = json.loads((tmp_path / "reports" / name).read_text(encoding="utf-8"))
    assert again["metrics"] == json.loads((published / name).read_text(encoding="utf-8"))["metrics"]
    without = {n: v for n, v in os.environ.items() if n != "CRM_PASSWORD"}
    assert without.keys() == os.environ.keys()
    ended = weekly(source(tmp_path, connection=connection), tmp_path / "none")
    assert (ended.code, len(ended.lines)) == (2, 1)
    assert "environment variable CRM_PASSWORD is not set" in ended.lines[0]


def test_secrets_are_encoded_within_a_login_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_PASSWORD", "a b/c@d")
    monkeypatch.setenv("CRM_URL", "postgresql://u:p%40q@host/db")
    login = fill_secrets("postgresql://u:${CRM_PASSWORD}@host/db", where="x")
    assert login == "postgresql://u:a%20b%2Fc%40d@host/db"  # RFC 3986, section 2.1
    assert fill_secrets("${CRM_URL}", where="x") == "postgresql://u:p%40q@host/db"


@pytest.mark.parametrize("password", ["pa/ss", "pa?ss", "pa#ss", "pa@ss", "12/ss", "12?s@s", "pa%ss", "pa:ss"])
def test_a_password_typed_as_it_is_stays_unspoken(password: str) -> None:
    url = f"postgresql://reader:{password}@127.0.0.1:1/crm"
    with pytest.raises(SourceError) as raised:
        connect(url)
    for text in (str(raised.value), redact(url), scrub(f"{url} and {password}", secrets_in(url))):
        assert password not in text
        assert not re.search(r"\b(pa|ss|s@s)\b", text), text


def broken(crm: Crm, case: str, folder: Path) -> tuple[Path, str, str]:
    """A source, a database and what the sentence must say."""
    if case == "wrong column":
        mapping = yaml.safe_load((ROOT / "params/sources/demo.yaml").read_text(encoding="utf-8"))
        mapping["tables"]["leads"]["columns"]["source"] = "Orignal Source"
        return source(folder, tables=mapping["tables"]), crm.url(), "did you mean 'Original Source'?"
    if case == "wrong SQL":
        mapping = yaml.safe_load((ROOT / "params/sources/demo.yaml").read_text(encoding="utf-8"))
        mapping["tables"]["leads"]["where"] = "no_such_function(1)"
        return source(folder, tables=mapping["tables"]), crm.url(), "the SQL of where: or sql: does not run"
    if case == "wrong password":
        url = crm.url().replace(quote(PASSWORD, safe=""), quote(PASSWORD + "x", safe=""))
        return source(folder), url, "the database cannot be reached"
    down = postgres.free_port()
    return source(folder), crm.url().replace(f":{crm.server.port}/", f":{down}/"), "the database cannot be reached"


@pytest.mark.parametrize("case", ["wrong column", "wrong SQL", "wrong password", "down"])
def test_one_sentence_exit_code_2_and_the_last_good_report(
    crm: Crm, published: Path, tmp_path: Path, case: str
) -> None:
    before = tree(published)
    file, url, said = broken(crm, case, tmp_path)
    ended = weekly(file, published, "--data", url)
    assert tree(published) == before
    assert ended.code == 2, ended.stderr
    told = [line for line in ended.lines if "the failed run is kept in" not in line]
    assert len(told) == 1
    assert told[0].startswith("alignment: ")
    assert said in told[0]
    assert "Traceback" not in ended.stderr
    kept = sorted((published / ".failed").rglob("report.ipynb"))
    assert kept, "the failed notebook is kept, and was searched for the password"
