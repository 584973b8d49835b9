"""Recording the meeting: what is written, what stays as it was, what is refused, what a kill or a rival cannot do."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from alignment_lib.cli import main
from alignment_lib.errors import ParamsError
from alignment_lib.meeting import Said, decide
from alignment_lib.source import kept_only
from alignment_lib.source.tables.kept_tables import read_kept
from tests.company import company

TODAY = date(2020, 3, 16)  # Monday of 2020-W12
ROOT = Path(__file__).parents[1]


class Desk:
    """The six-lead company with a kept folder, and the command as a function."""

    def __init__(self, root: Path) -> None:
        self.firm = company(root)
        self.folder = root / "kept" / "tiny"
        self.said: list[str] = []

    def decide(self, what: str = "", *, today: date = TODAY, **words: Any) -> str:
        params, reports = self.firm.params(), self.firm.root / "reports"
        return decide(Said(what=what, **words), params, reports=reports, today=today, say=self.said.append)

    def lay(self, name: str, content: str | bytes) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def text(self, name: str = "decisions.csv") -> str:
        return (self.folder / name).read_bytes().decode("utf-8-sig")

    def rows(self, name: str = "decisions") -> list[dict[str, Any]]:
        """As a report reads them."""
        params = self.firm.params()
        found = read_kept(kept_only(params), params, name)
        return [{k: v for k, v in row.items() if v is not None} for row in found.rows] if found else []

    def refused(self, what: str = "", **words: Any) -> str:
        """The sentence; nothing was written."""
        before = {p: p.read_bytes() for p in self.folder.glob("*.csv")}
        with pytest.raises(ParamsError) as told:
            self.decide(what, **words)
        assert {p: p.read_bytes() for p in self.folder.glob("*.csv")} == before
        assert "\n" not in str(told.value)
        return str(told.value)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


ADA = {"owner": "Ada", "due": "2020-03-20"}


def test_a_decision_and_an_issue_are_recorded_and_read_back(desk: Desk) -> None:
    told = desk.decide("Send lists the same evening", **ADA, measure="hours to first call", meeting="weekly 2020-W11")
    assert told.startswith("D-1 recorded: Send lists the same evening (Ada, due 2020-03-20)\n")
    assert "decisions.csv, line 2" in told and told.endswith("The report of 2020-W12 brings it back.")
    desk.decide(issue="Leads lie untouched", owner="Ben", due="2020-03-18", on="2020-03-13", metric="sla_follow_up",
                team="sales", action="Route by region", raised_by="Cy")  # fmt: skip
    assert desk.rows() == [
        {"decision_id": "D-1", "meeting": "weekly 2020-W11", "decided_on": TODAY, "owner": "Ada",
         "decision": "Send lists the same evening", "due_on": date(2020, 3, 20), "measure": "hours to first call"}
    ]  # fmt: skip
    assert desk.rows("issues") == [
        {"issue_id": "I-1", "opened_on": date(2020, 3, 13), "raised_by": "Cy", "team": "sales",
         "action": "Route by region", "what": "Leads lie untouched", "metric": "sla_follow_up", "owner": "Ben",
         "due_on": date(2020, 3, 18)}
    ]  # fmt: skip
    head = "decision_id,meeting,decided_on,decision,owner,due_on,measure,done_on"
    assert desk.text().splitlines()[0] == head
    assert (desk.folder / "decisions.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_what_is_done_is_closed_once_and_not_before_it_began(desk: Desk) -> None:
    desk.decide("First", **ADA)
    desk.decide("Second", **ADA)
    assert "is before 2020-03-16" in desk.refused(close="D-1", on="2020-03-15")
    told = desk.decide(close="D-1", on="2020-03-25")
    assert told.startswith("D-1 done on 2020-03-25: First\n") and told.endswith("The report of 2020-W13 shows it.")
    assert [r.get("done_on") for r in desk.rows()] == [date(2020, 3, 25), None]
    assert "was done on 2020-03-25 already" in desk.refused(close="D-1")
    assert "did you mean 'D-2'" in desk.refused(close="D-22")
    listed = desk.decide(listed=True, today=date(2020, 3, 21))
    assert listed.splitlines() == [
        "Open decisions: 1", "  D-2  due 2020-03-20, overdue  Ada: Second", "Open issues: none"
    ]  # fmt: skip
    assert desk.decide(today=TODAY).splitlines()[1] == "  D-2  due 2020-03-20  Ada: Second"


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ({"what": "x", "due": "2020-03-20"}, "--owner is missing"),
        ({"what": "x", "owner": "Ada"}, "--due is missing"),
        ({"what": "  ", **ADA}, "the decision is blank"),
        ({"what": "x", **ADA, "owner": " "}, "--owner is blank"),
        ({"what": "two\nlines", **ADA}, "on one line"),
        ({"what": "x", **ADA, "measure": "a\rb"}, "--measure: a line break"),
        ({"what": "x" * 301, **ADA}, "301 characters; write at most 300"),
        ({"what": "x", "owner": "A" * 81, "due": "2020-03-20"}, "--owner: 81 characters; write at most 80"),
        ({"what": "x", "owner": "Ada", "due": "2020-02-30"}, "--due '2020-02-30' is no day; write it as 2026-10-05"),
        ({"what": "x", "owner": "Ada", "due": "20.3.2020"}, "is no day"),
        ({"what": "x", **ADA, "on": "soon"}, "--on 'soon' is no day"),
        ({"what": "x", **ADA, "on": "2020-03-21"}, "--due 2020-03-20 is before 2020-03-21"),
        ({"issue": "x", **ADA, "metric": "sla_followup"}, "did you mean 'sla_follow_up'?"),
        ({"what": "x", **ADA, "metric": "leads"}, "--metric does not go with a decision"),
        ({"what": "x", "issue": "y", **ADA}, "at a time"),
        ({"close": "D-1", "owner": "Ada"}, "--owner does not go with --close"),
        ({"what": "x", **ADA, "id": "D 1"}, "letters, digits"),
        ({"owner": "Ada"}, "--owner does not go with a list"),
        ({"close": "D-1"}, "nothing is open"),
    ],
)
def test_what_cannot_be_recorded_is_refused_in_one_sentence(desk: Desk, words: dict[str, str], part: str) -> None:
    assert part in desk.refused(**words)
    assert not list(desk.folder.glob("*.csv"))


def test_the_command_line_says_it_in_one_line_and_ends_with_2(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    params = ["--source", "tiny", "--params", str(desk.firm.params_folder / "weekly.yaml")]
    assert main(["decide", "Call them", "--owner", "Ada", "--due", "2999-01-01", *params]) == 0
    assert capsys.readouterr().out.startswith("D-1 recorded: Call them (Ada, due 2999-01-01)\n")
    assert main(["decide", *params]) == 0
    assert "D-1" in capsys.readouterr().out
    assert main(["decide", "--close", "D-7", *params]) == 2
    assert capsys.readouterr().err == "alignment: nothing on record has the id 'D-7' (did you mean 'D-1'?)\n"
    assert main(["decide", "Call", "--owner", "Ada", "--due", "tomorrow", *params]) == 2
    assert capsys.readouterr().err.count("\n") == 1


# The file as it was


OLD = "Due On;Decision ID;Colour;Decided On;Decision;Owner;Done On\r\n"
LINES = (
    "20.03.2020;D-7;red;02.03.2020;Käse;Ada;\r\n"
    ";;;;;;\r\n"
    'x;D-8;"red;2.3.2020;never closed;Ada;\r\n'
    "21.03.2020;D-9;blue;03.03.2020;Fine  ;Ben;\r\n"
)


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (b"\xef\xbb\xbf", "utf-8"),
        (b"", "cp1252"),
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
    ],
)
def test_a_file_keeps_its_dialect_its_columns_and_every_other_byte(desk: Desk, mark: bytes, encoding: str) -> None:
    path = desk.lay("decisions.csv", mark + (OLD + LINES).encode(encoding))
    desk.decide('Say "ja"; öfter', owner="Bö", due="2020-03-20", measure="")
    added = '2020-03-20;D-10;;2020-03-16;"Say ""ja""; öfter";Bö;\r\n'
    assert path.read_bytes() == mark + (OLD + LINES + added).encode(encoding)
    desk.decide(close="D-9")
    closed = LINES.replace("Fine  ;Ben;", "Fine;Ben;2020-03-16")
    assert path.read_bytes() == mark + (OLD + closed + added).encode(encoding)
    assert [r["decision_id"] for r in desk.rows()] == ["D-7", "D-9", "D-10"]


def test_a_column_that_the_file_lacks_is_added_at_its_right(desk: Desk) -> None:
    old = "decision_id,decided_on,decision\nD-1,2020-03-02,Old\nD-2,2020-03-02\n"
    path = desk.lay("decisions.csv", old.rstrip("\n"))
    desk.decide("New", **ADA)
    assert path.read_text() == (
        "decision_id,decided_on,decision,owner,due_on\nD-1,2020-03-02,Old,,\nD-2,2020-03-02,,,\n"
        "D-3,2020-03-16,New,Ada,2020-03-20\n"
    )
    desk.decide(close="D-1")
    assert path.read_text().splitlines()[:2] == [
        "decision_id,decided_on,decision,owner,due_on,done_on", "D-1,2020-03-02,Old,,,2020-03-16"
    ]  # fmt: skip


def test_a_file_all_in_quotes_stays_so_and_a_row_of_two_lines_can_be_closed(desk: Desk) -> None:
    path = desk.lay(
        "decisions.csv", '"decision_id","decided_on","decision","done_on"\n"D-1","2020-03-02","two\nlines",""\n'
    )
    desk.decide(close="D-1")
    assert path.read_text().endswith('"D-1","2020-03-02","two\nlines","2020-03-16"\n')
    desk.decide("Three", **ADA)
    assert path.read_text().splitlines()[-1] == '"D-2","2020-03-16","Three","","Ada","2020-03-20"'


def test_a_letter_that_the_files_alphabet_lacks_is_refused(desk: Desk) -> None:
    desk.lay("decisions.csv", (OLD + LINES).encode("cp1252"))
    assert "lacks '→'" in desk.refused("a → b", **ADA)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_gets_its_head(desk: Desk, content: bytes) -> None:
    desk.lay("decisions.csv", content)
    desk.decide("First", **ADA)
    assert [r["decision_id"] for r in desk.rows()] == ["D-1"]


@pytest.mark.parametrize("content", [b"PK\x03\x04", b"a,b\n1,2\n"])
def test_a_file_that_is_no_such_table_is_left_alone(desk: Desk, content: bytes) -> None:
    desk.lay("decisions.csv", content)
    assert "decisions.csv" in desk.refused("First", **ADA)


def test_no_spreadsheet_takes_what_is_written_for_a_formula(desk: Desk) -> None:
    desk.decide("=HYPERLINK(1)", owner="@ada", due="2020-03-20", measure="-1", meeting="+2")
    assert "'=HYPERLINK(1),'@ada" in desk.text() and ",'-1," in desk.text() and ",'+2," in desk.text()
    [row] = desk.rows()
    assert (row["decision"], row["owner"], row["measure"], row["meeting"]) == ("=HYPERLINK(1)", "@ada", "-1", "+2")
    desk.decide(close="D-1")
    assert "'=HYPERLINK(1)" in desk.text() and "''" not in desk.text()


def test_a_link_stays_a_link_and_the_mode_stays(desk: Desk, tmp_path: Path) -> None:
    real = tmp_path / "share" / "decided.csv"
    real.parent.mkdir()
    real.write_text("decision_id,decided_on,decision,owner,due_on\n")
    real.chmod(0o640)
    desk.folder.mkdir(parents=True)
    (desk.folder / "decisions.csv").symlink_to(real)
    desk.decide("First", **ADA)
    assert (desk.folder / "decisions.csv").is_symlink() and "First" in real.read_text()
    assert real.stat().st_mode & 0o777 == 0o640


def test_a_file_open_in_a_spreadsheet_is_told(desk: Desk) -> None:
    desk.lay(".~lock.decisions.csv#", "Ada")
    desk.decide("First", **ADA)
    assert "open in a spreadsheet" in desk.said[0]


# Ids, and rows that lie elsewhere


def test_ids_are_taken_wherever_they_are_written(desk: Desk) -> None:
    """D-4 in the source, D-6 in a row of the folder that is set aside, D-5 of one's own: the next is D-7."""
    with_source(desk, "D-4,02.03.2020,Old,Ada,\n")
    desk.lay("decisions.csv", "decision_id,decided_on,decision\nD-6,never,Bad day\n")
    desk.decide("Mine", **ADA, id="D-5")
    assert desk.decide("Next", **ADA).startswith("D-7 recorded")
    for taken in ("D-4", "D-5", "D-6"):
        assert f"--id {taken} is taken" in desk.refused("Again", **ADA, id=taken)
    assert "set aside" in desk.refused(close="D-6")


def with_source(desk: Desk, lines: str) -> Path:
    columns = {"decision_id": "ID", "decided_on": {"column": "On", "format": "%d.%m.%Y"}, "decision": "What",
               "owner": "Who", "done_on": "Done"}  # fmt: skip
    desk.firm.mapping["tables"]["decisions"] = {"from": "decisions", "columns": columns}
    desk.firm.write_mapping()
    return desk.firm.file("decisions.csv", "ID,On,What,Who,Done\n" + lines)


def test_a_row_of_the_source_is_closed_in_the_kept_folder(desk: Desk) -> None:
    export = with_source(desk, "E-1,02.03.2020,=Old,Ada,\nE-2,02.03.2020,Older,Ada,03.03.2020\n")
    before = export.read_bytes()
    desk.decide(close="E-1")
    assert export.read_bytes() == before
    assert desk.text().splitlines()[1:] == ["E-1,,2020-03-02,'=Old,Ada,,,2020-03-16"]
    assert "done on 2020-03-03 already" in desk.refused(close="E-2")


def test_without_the_source_that_has_ids_of_its_own_nothing_is_recorded(desk: Desk) -> None:
    with_source(desk, "")
    params = desk.firm.params(data="")
    with pytest.raises(ParamsError, match="give its data as for a report"):
        decide(Said(what="x", **ADA), params, reports=Path("none"), today=TODAY)
    said: list[str] = []
    assert "none" in decide(Said(), params, reports=Path("none"), today=TODAY, say=said.append)
    assert "only the kept folder is listed" in said[0]


def scorecard(desk: Desk, week: str, as_of: str, issues: Any, source: str = "tiny") -> None:
    folder = desk.firm.root / "reports" / "weekly" / week
    folder.mkdir(parents=True)
    (folder / "results.json").write_text(json.dumps({"as_of": as_of, "issues": issues}))
    (folder / "manifest.json").write_text(json.dumps({"source": {"name": source}}))


def test_an_issue_that_a_scorecard_opened_is_listed_and_closed(desk: Desk) -> None:
    issue = {"issue_id": "S-2020-W11-mqls", "opened_on": "2020-03-15", "metric": "mqls", "what": "MQLs are low",
             "owner": "Marketing", "due_on": "2020-03-29"}  # fmt: skip
    scorecard(desk, "2020-W10", "2020-03-08T23:00:00Z", [issue | {"issue_id": "S-old"}])
    scorecard(desk, "2020-W11", "2020-03-15T23:00:00Z", [issue, {"issue_id": 3}, "odd"])
    scorecard(desk, "2020-W12", "2020-03-22T23:00:00Z", [issue | {"issue_id": "S-other"}], source="other")
    (desk.firm.root / "reports" / "weekly" / "2020-W13").mkdir()
    (desk.firm.root / "reports" / "weekly" / "2020-W13" / "results.json").write_text("{")
    assert desk.decide().splitlines()[1:] == [
        "Open issues: 1", "  S-2020-W11-mqls  due 2020-03-29  Marketing: MQLs are low"
    ]  # fmt: skip
    told = desk.decide(close="S-2020-W11-mqls")
    assert told.startswith("S-2020-W11-mqls closed on 2020-03-16: MQLs are low")
    assert desk.rows("issues") == [
        {"issue_id": "S-2020-W11-mqls", "opened_on": date(2020, 3, 15), "metric": "mqls", "what": "MQLs are low",
         "owner": "Marketing", "due_on": date(2020, 3, 29), "closed_on": TODAY}
    ]  # fmt: skip
    assert desk.decide().splitlines()[1:] == ["Open issues: none"]


# Two at once, and a kill at any instant

WRITER = """
import sys
from datetime import date
from pathlib import Path
from tests.company import Company
from alignment_lib.meeting import Said, decide
firm = Company(Path(sys.argv[1]))
params = firm.params()
print("ready", flush=True)
for number in range(int(sys.argv[3])):
    told = decide(Said(what=f"{sys.argv[2]} {number}", owner="Ada", due="2020-03-20"), params,
                  reports=Path("none"), today=date(2020, 3, 16))
    print(told.split()[0], flush=True)
"""


def writer(desk: Desk, name: str, times: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(desk.firm.root), name, str(times)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_two_who_write_at_once_both_succeed(desk: Desk) -> None:
    both = [writer(desk, name, 15) for name in ("left", "right")]
    told = [process.communicate(timeout=120)[0].split()[1:] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sorted(told[0] + told[1], key=lambda i: int(i[2:])) == [f"D-{n}" for n in range(1, 31)]
    assert {r["decision"] for r in desk.rows()} == {f"{n} {i}" for n in ("left", "right") for i in range(15)}


def test_a_kill_at_any_instant_loses_nothing_that_was_confirmed(desk: Desk) -> None:
    """Killed with SIGKILL between 0 and 30 ms after it began to write, again and again, into a file of 200 rows."""
    old = "".join(f"D-{n},2020-03-02,Old,Ada,2020-03-20\n" for n in range(1, 201))
    desk.lay("decisions.csv", "decision_id,decided_on,decision,owner,due_on\n" + old)
    chance, confirmed = random.Random(4), 0
    for _ in range(3):
        process = writer(desk, "new", 10_000)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(chance.uniform(0, 0.03))
        os.kill(process.pid, signal.SIGKILL)
        confirmed += sum(line.startswith("D-") for line in process.communicate()[0].splitlines())
        rows = desk.rows()
        ids = [r["decision_id"] for r in rows]
        assert ids == [f"D-{n}" for n in range(1, len(ids) + 1)] and len(ids) >= 200 + confirmed
        assert desk.text().endswith("\n")
    assert desk.decide("At last", **ADA).startswith(f"D-{len(ids) + 1} recorded")
    assert sorted(p.name for p in desk.folder.iterdir()) == [".lock", "decisions.csv"]


def test_make_hands_every_word_over_as_it_was_typed(tmp_path: Path) -> None:
    """Nothing of it is expanded by make or read by a shell; what merely lies in the environment does not count."""
    (tmp_path / "Makefile").write_bytes((ROOT / "Makefile").read_bytes())
    program = tmp_path / ".venv" / "bin" / "alignment"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\nfor word in "$@"; do printf "[%s]\\n" "$word"; done\n')
    program.chmod(0o755)
    for name in ("requirements.lock", "pyproject.toml"):
        (tmp_path / name).write_text("")
    (tmp_path / ".venv" / ".run").write_text("")
    what = '-5 $500 "more" `id` $(shell id); it\'s'
    told = make(tmp_path, f"WHAT={what}", "OWNER=Ada B", "DUE=2020-03-20", "RAISED_BY=x").splitlines()
    assert told[-2:] == ["[--]", f"[{what}]"]
    assert {"[--owner=Ada B]", "[--due=2020-03-20]", "[--raised-by=x]"} <= set(told)
    assert not {"[--owner=somebody]", "[--id=7]", "[nothing]"} & set(make(tmp_path).splitlines())
    assert "[--close=D-3]" in make(tmp_path, "CLOSE=D-3")


def make(folder: Path, *words: str) -> str:
    # a test run by make hands make's own settings on: "Leaving directory" would be printed
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    surroundings |= {"OWNER": "somebody", "ID": "7", "WHAT": "nothing"}
    done = subprocess.run(["make", "decide", *words], cwd=folder, env=surroundings, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


EACH_LINE = """
import os, signal, sys
from pathlib import Path
from alignment_lib.meeting import ledger
path, old, new = Path(sys.argv[1]), b"old" * 99, b"new" * 99
def stop_at(n):
    def trace(frame, event, argument):
        nonlocal n
        code = frame.f_code
        if not code.co_filename.endswith(("ledger.py", "shutil.py")) and not code.co_name.startswith("write"):
            return None
        n -= event == "line"
        if n == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace
    return trace
for n in range(1, 5000):
    path.write_bytes(old)
    if not (child := os.fork()):
        sys.settrace(stop_at(n))
        ledger.write(path, new)
        os._exit(0)
    code = os.waitpid(child, 0)[1]
    if path.read_bytes() not in (old, new):
        sys.exit(f"torn at line {n}")
    if code == 0:
        sys.exit(0 if path.read_bytes() == new and n > 20 else "not written")
"""


def test_a_kill_before_any_line_of_the_writing_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    """Every line that runs while a file is put in its place, those that write in pathlib and shutil included."""
    command = [sys.executable, "-c", EACH_LINE, str(tmp_path / "decisions.csv")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert [p.name for p in tmp_path.iterdir()] == ["decisions.csv"]
