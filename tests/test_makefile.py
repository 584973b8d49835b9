"""What is said to make is text: it runs nothing, it arrives as it was typed, and a password shows in no argument."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
LISTS = {name: words.split() for name, words in re.findall(r"^override (SAID|TYPED) := (.*)$", MAKEFILE, re.MULTILINE)}
NAMES = sorted(
    set(re.findall(r"^(?:override )?(\w+) *[:?+]?=", MAKEFILE, re.MULTILINE))
    | set(re.findall(r"\$[({](?:value |call \w+,|origin )?(\w+)[,)}]", MAKEFILE))
    | set(re.findall(r"\$\$[{]?([A-Z]\w*)", MAKEFILE))
    | set(LISTS["SAID"] + LISTS["TYPED"])
)
"""Every variable that the Makefile sets, asks for or hands on."""
TARGETS = re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE)
TEXTS = {
    "a harmless dollar": "a$b",
    "two of them": "a$$b $(x) ${y} $@",
    "shell": "$(shell touch pwned)",
    "braces": "${shell touch pwned}",
    "file": "$(file >pwned,x)",
    "eval": "$(eval $(shell touch pwned))$$(eval $$(shell touch pwned))",
    "backticks": "`touch pwned`",
    "substitution": "$$(touch pwned) \\$$(touch pwned)",
    "semicolon": "x; touch pwned; touch ${pwned}pwned #",
    "and": "& touch pwned && touch pwned || touch pwned | touch pwned > pwned",
    "double quotes": '"; touch pwned; "',
    "single quotes": "'; touch pwned; '",
    "a line": "x\ntouch pwned\n\ttouch pwned\n",
    "a rule": "x: y\n\ttouch pwned\ndefine z\n",
    "marks": "a  b #c \\ %d ,(e), ~ * é 'f' \"g\" \\",
}

RECORD = """#!/bin/sh
{ printf '%s\\0' "${0##*/}" "$@"; printf '\\001\\0'; env -0; printf '\\002\\0'; } >> calls
"""


@dataclass(frozen=True)
class Call:
    """What a program was given."""

    program: str
    words: tuple[str, ...]
    environment: dict[str, str]


@dataclass(frozen=True)
class Project:
    """A folder with the Makefile, and programs in its environment that write down what they are given."""

    folder: Path

    def make(self, *words: str, **surroundings: str) -> subprocess.CompletedProcess[str]:
        # a test run by make hands make's own settings on, and this machine may have set any of the names
        given = {n: v for n, v in os.environ.items() if not n.startswith(("MAKE", "MFLAGS")) and n not in NAMES}
        return subprocess.run(
            ["make", *words], cwd=self.folder, env=given | surroundings, capture_output=True, text=True, timeout=60
        )

    def calls(self) -> Iterator[Call]:
        written = self.folder / "calls"
        for call in written.read_text(encoding="utf-8", errors="replace").split("\2\0")[:-1]:
            words, _, environment = call.partition("\1\0")
            program, *others = words.split("\0")[:-1]
            pairs = (entry.partition("=") for entry in environment.split("\0")[:-1])
            yield Call(program, tuple(others), {name: value for name, _, value in pairs})
        written.unlink()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    for program in ("alignment", "python", "jupyter", "ruff", "mypy", "uv"):
        place = tmp_path / ".venv" / "bin" / program
        place.write_text(RECORD)
        place.chmod(0o755)
    for name in ("requirements.lock", "pyproject.toml", "requirements-dev.lock", "requirements-spark.lock"):
        (tmp_path / name).write_text("")
    shutil.copyfile(ROOT / "Makefile", tmp_path / "Makefile")
    for stamp in (".run", ".dev", ".spark"):
        (tmp_path / ".venv" / stamp).write_text("")
    return Project(tmp_path)


def test_the_names_are_found() -> None:
    assert {"DATA", "OUT", "PYTHON", "VENV", "BIN", "LOCK", "CASES", "SEND", "RESEND", "PARAMS", "NAME", "WHAT"} <= set(
        NAMES
    )
    assert {"run", "mail", "option", "again", "alignment"} <= set(NAMES)
    assert {"check", "inspect", "decide", "lab", "locks", "reference", "clean"} <= set(TARGETS)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("place", ["line", "environment"])
def test_whatever_is_said_runs_nothing_and_arrives(project: Project, place: str, text: str) -> None:
    """Each variable of the Makefile, and one it does not know, in every target at once."""
    said = dict.fromkeys([*NAMES, "OF_NOBODY"], text)
    goals = [*(t for t in TARGETS if t != "clean"), "clean"]
    words = [f"{name}={value}" for name, value in said.items()] if place == "line" else []
    done = project.make("-k", *words, *goals, **({} if words else said))
    assert "pwned" not in {p.name for p in project.folder.rglob("*")}, done
    assert not (project.folder / ".venv").exists(), done
    calls = list(project.calls())
    typed = text if place == "line" else ""
    expected = dict.fromkeys(LISTS["SAID"], text) | dict.fromkeys(LISTS["TYPED"], typed) | {"OF_NOBODY": text}
    assert len(calls) >= len(TARGETS)
    for call in calls:
        assert {name: call.environment.get(name) for name in expected} == expected
    by_command = {call.words[0]: call for call in calls if call.program == "alignment"}
    assert by_command["check"].environment["ALIGNMENT_DATA"] == text
    assert by_command["check"].words == ("check", "--source", text, "--params", text)
    assert by_command["weekly"].words[:4] == ("weekly", "--week", text, "--source")
    assert by_command["decide"].words[-2:] == (("--", text) if typed else ("--out", text))
    assert by_command["inspect"].words[1:3] == (("--name", text) if typed else ())
    assert text in next(call for call in calls if "tests.reference.run" in call.words).words


def test_what_make_was_told_by_a_make_is_text_too(project: Project) -> None:
    """MAKEFLAGS is make's own, read and expanded before any Makefile; what then stands in a variable is only text."""
    project.make("check", MAKEFLAGS=r"DATA=$$(shell\ touch\ pwned)")
    [call] = project.calls()
    assert call.environment["ALIGNMENT_DATA"] == "$(shell touch pwned)"
    assert not (project.folder / "pwned").exists()


def test_nothing_said_is_nothing(project: Project) -> None:
    project.make("check", "inspect", "decide", NAME="host", ID="7", OWNER="root", ALIGNMENT_DATA="exports/today")
    calls = list(project.calls())
    assert [call.words for call in calls] == [
        ("check", "--source", "", "--params", ""),
        ("inspect",),
        ("decide", "--source", "", "--params", "", "--out", "reports"),
    ]
    assert {call.environment["ALIGNMENT_DATA"] for call in calls} == {"exports/today"}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_python_is_one_program_with_its_arguments(project: Project, text: str) -> None:
    (project.folder / ".venv" / "bin" / "python").unlink()
    (project.folder / ".venv" / ".run").unlink()
    project.make(f"PYTHON={text}", ".venv/.run")
    assert not (project.folder / "pwned").exists()


def test_python_may_be_a_launcher(project: Project) -> None:
    launcher = project.folder / "py"
    (project.folder / ".venv" / "bin" / "python").rename(launcher)
    (project.folder / ".venv" / ".run").unlink()
    project.make("PYTHON=./py -3.11", ".venv/.run")
    assert next(project.calls()).words == ("-3.11", "-m", "venv", ".venv")


# A password


@pytest.fixture
def installed(project: Project) -> Project:
    """The project with its real program and parameters."""
    program = project.folder / ".venv" / "bin" / "alignment"
    program.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m alignment_lib.cli "$@"\n')
    for name in ("params", "notebooks"):
        shutil.copytree(ROOT / name, project.folder / name)
    return project


def watched(project: Project, *words: str, **surroundings: str) -> tuple[bytes, str]:
    """Run make; the arguments of every process that came of it, kernels too, and what was printed."""
    mark, seen, others = str(uuid.uuid4()), set[bytes](), set[str]()
    printed = project.folder / "printed"
    given = {n: v for n, v in os.environ.items() if not n.startswith(("MAKE", "MFLAGS"))} | surroundings
    with printed.open("w") as out:
        process = subprocess.Popen(
            ["make", *words], cwd=project.folder, env={**given, "MARK": mark}, stdout=out, stderr=out
        )
        while process.poll() is None:
            for entry in (e for e in Path("/proc").glob("[0-9]*") if e.name not in others):
                with contextlib.suppress(OSError):
                    if mark.encode() in (entry / "environ").read_bytes():
                        seen.add((entry / "cmdline").read_bytes())
                    else:
                        others.add(entry.name)
            time.sleep(0.02)
    return b"\n".join(seen), printed.read_text()


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks at processes as Linux shows them")
def test_a_password_stands_in_the_arguments_of_no_process_that_is_started(installed: Project) -> None:
    url = "postgres://report:s3cr3t@127.0.0.1:1/crm"
    commands, printed = watched(installed, "weekly-report", "SOURCE=olist", "WEEK=2018-W12", DATA=url)
    assert "127.0.0.1:1/crm: " in printed and "s3cr3t" not in printed
    assert b"alignment_lib.cli" in commands and b"kernel_main" in commands
    assert b"s3cr3t" not in commands


def test_no_target_hands_the_place_of_the_data_on_as_an_argument(project: Project) -> None:
    url = "postgres://report:s3cr3t@127.0.0.1:1/crm"
    project.make("-k", f"DATA={url}", *(t for t in TARGETS if t != "clean"))
    calls = list(project.calls())
    assert len(calls) >= len(TARGETS) and all("s3cr3t" not in word for call in calls for word in call.words)
    places = {call.words[0]: call.environment["ALIGNMENT_DATA"] for call in calls if call.program == "alignment"}
    assert set(places.values()) == {url} and len(places) == 10
