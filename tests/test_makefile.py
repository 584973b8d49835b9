"""What is said to make is text: it runs nothing, it arrives as it was typed, and a password shows in no argument."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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


def options(**said: str) -> list[str]:
    """Options as make writes them, each with what was said."""
    return [word for name, text in said.items() for word in (f"--{name.replace('_', '-')}", text)]


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
    assert {"run", "mail", "option", "alignment", "LAB"} <= set(NAMES)
    assert {"check", "inspect", "decide", "lab", "locks", "reference", "clean"} <= set(TARGETS)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("place", ["line", "environment"])
def test_whatever_is_said_runs_nothing_and_arrives(project: Project, place: str, text: str) -> None:
    """Each variable of the Makefile, and one it does not know, in every target at once."""
    said = dict.fromkeys([*NAMES, "OF_NOBODY", ".SHELLFLAGS"], text)
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
    asked = options(**dict.fromkeys(["week", "month", "day", "source", "as_of", "slice", "params", "out"], text))
    assert by_command["check"].words == ("check", *asked, f"--accept={text}", f"--because={text}")
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
        (
            "check",
            *(w for n in ["week", "month", "day", "source", "as-of", "slice", "params", "out"] for w in (f"--{n}", "")),
        ),
        ("inspect",),
        ("decide", "--source", "", "--params", "", "--out", ""),
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


@pytest.mark.parametrize(
    ("said", "passed"),
    [("1", ["--send=1"]), ("no 1", ["--send=no 1"]), ("ja", ["--send=ja"]), ("", [])],
)
def test_whether_to_send_is_for_the_program_to_judge(project: Project, said: str, passed: list[str]) -> None:
    project.make("email-weekly", f"SEND={said}", "RESEND=1 none")
    [call] = project.calls()
    assert [word for word in call.words if word.startswith(("--send", "--resend"))] == [*passed, "--resend=1 none"]


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
    assert set(places.values()) == {url} and len(places) == 11


# JupyterLab


def git(folder: Path, *words: str) -> str:
    # what a user has set for all of their clones is not to be met here
    home = {"HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.com", *words]
    return subprocess.run(
        command, cwd=folder, env={**os.environ, **home}, check=True, capture_output=True, text=True
    ).stdout


@pytest.fixture
def clone(project: Project, request: pytest.FixtureRequest) -> Project:
    """A clone with the real JupyterLab; inside of somebody's own repository where the test asks for it."""
    below = getattr(request, "param", "")
    folder = project.folder / "clone" / below
    for name in ("Makefile", ".gitattributes", ".gitignore", "notebooks/pulse.ipynb", "params", "reports/README.md"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile)(ROOT / name, folder / name)
    (project.folder / ".venv").rename(folder / ".venv")
    for program in ("python", "jupyter"):
        (folder / ".venv" / "bin" / program).write_text(
            f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{Path(sys.executable).with_name(program)}" "$@"\n'
        )
    for name in ("requirements.lock", "pyproject.toml"):
        (project.folder / name).rename(folder / name)
    (folder / ".venv" / ".run").touch()
    git(project.folder / "clone", "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "as cloned")
    return Project(folder)


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab, by its contents API."""

    url: str
    token: str

    def ask(self, path: str, content: object = None) -> dict[str, Any]:
        body = None if content is None else json.dumps({"type": "notebook", "format": "json", "content": content})
        request = urllib.request.Request(
            f"{self.url}/api/contents/{path}",
            data=body and body.encode(),
            method="PUT" if body else "GET",
            headers={"Authorization": f"token {self.token}"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            found: dict[str, Any] = json.load(answer)
        return found


@pytest.fixture
def lab(clone: Project) -> Iterator[Lab]:
    """`make lab`, as this user, root or not, on a free port of this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        started = Lab(f"http://127.0.0.1:{free.getsockname()[1]}", uuid.uuid4().hex)
    options = f"--no-browser --port {started.url.rpartition(':')[2]} --IdentityProvider.token={started.token}"
    own = {name: str(clone.folder.parent / name.lower()) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR")}
    given = {n: v for n, v in os.environ.items() if not n.startswith(("MAKE", "MFLAGS", "JUPYTER"))} | own
    with (clone.folder.parent / "printed").open("w") as out:
        process = subprocess.Popen(
            ["make", "lab", f"LAB={options}"],
            cwd=clone.folder,
            env=given,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        limit = time.monotonic() + 60
        while not _answers(started):
            assert process.poll() is None and time.monotonic() < limit, Path(out.name).read_text()
            time.sleep(0.1)
        yield started
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def _answers(lab: Lab) -> bool:
    with contextlib.suppress(OSError):
        return bool(lab.ask(""))
    return False


def run_and_saved(content: dict[str, Any]) -> dict[str, Any]:
    """A notebook as JupyterLab saves it once its cells have run."""
    for number, cell in enumerate(content["cells"]):
        cell["metadata"] |= {"editable": True, "slideshow": {"slide_type": ""}}
        cell["metadata"].setdefault("tags", [])
        if cell["cell_type"] == "code":
            cell["execution_count"] = number
            cell["metadata"]["execution"] = {"iopub.execute_input": "2026-01-01T00:00:00Z"}
            data = {"text/html": "<p>what it gave</p>" * 999}
            cell["outputs"] = [{"output_type": "display_data", "metadata": {}, "data": data}]
    content["metadata"]["kernelspec"]["display_name"] = "Python 3 (ipykernel)"
    content["metadata"]["language_info"] |= {"version": "3.11.7", "file_extension": ".py"}
    return content


def test_lab_shows_the_repository_and_saving_leaves_a_template_clean(clone: Project, lab: Lab) -> None:
    assert {"params", "kept", "reports", "notebooks"} <= {entry["name"] for entry in lab.ask("")["content"]}
    notebook = clone.folder / "notebooks" / "pulse.ipynb"
    content = run_and_saved(lab.ask("notebooks/pulse.ipynb")["content"])
    lab.ask("notebooks/pulse.ipynb", content)
    assert "what it gave" in notebook.read_text(), "what was worked out is on the disk"
    assert (git(clone.folder, "status", "--porcelain"), git(clone.folder, "diff")) == ("", "")
    content["cells"][0]["source"] += "\nA word of mine."
    lab.ask("notebooks/pulse.ipynb", content)
    assert git(clone.folder, "status", "--porcelain") == " M notebooks/pulse.ipynb\n"
    changed = [line for line in git(clone.folder, "diff", "--unified=0").splitlines() if line.startswith("+ ")]
    assert len(changed) == 2 and '"A word of mine."' in changed[1]
    lab.ask("notebooks/mine.ipynb", content)
    assert "?? notebooks/mine.ipynb\n" in git(clone.folder, "status", "--porcelain"), "a new one is the user's to add"


@pytest.mark.parametrize("clone", ["", "our reports/"], indirect=True)
def test_git_keeps_no_output_wherever_the_clone_lies(clone: Project) -> None:
    jupyter, python = (clone.folder / ".venv" / "bin" / name for name in ("jupyter", "python"))
    jupyter.write_text(RECORD)
    clone.make("lab", "LAB=--port 8889 --ip=0.0.0.0")
    [call] = clone.calls()
    assert call.words[:2] == ("lab", "--allow-root")
    assert call.words[-4:] == ("--port", "8889", "--ip=0.0.0.0", ".")
    notebook = clone.folder / "notebooks" / "pulse.ipynb"
    notebook.write_text(json.dumps(run_and_saved(json.loads(notebook.read_text()))))
    assert git(clone.folder, "diff") == ""
    git(clone.folder, "commit", "--quiet", "--all", "--allow-empty", "--message", "saved")
    assert git(clone.folder, "show", "--stat", "--format=") == ""
    python.unlink()  # as after `make clean`: git takes the file as it is, and says nothing
    notebook.write_text(notebook.read_text().replace("what it gave", "something else"))
    assert "something else" in git(clone.folder, "diff")


def test_lab_asks_for_no_git(project: Project) -> None:
    done = project.make("lab", GIT_CEILING_DIRECTORIES=str(project.folder.parent))
    assert (done.returncode, done.stderr) == (0, "")
    assert [call.program for call in project.calls()] == ["jupyter"] and (project.folder / "kept").is_dir()


@pytest.mark.parametrize(("code", "ends"), [(0, 0), (5, 0), (2, 2), (3, 2), (4, 2)])
def test_make_names_the_code_of_a_page_and_takes_one_that_is_held_for_rendered(
    tmp_path: Path, code: int, ends: int
) -> None:
    (tmp_path / "Makefile").write_text(MAKEFILE, encoding="utf-8")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / ".run").touch()
    program = tmp_path / ".venv" / "bin" / "alignment"
    program.write_text(f"#!/bin/sh\nexit {code}\n", encoding="utf-8")
    program.chmod(0o755)
    made = subprocess.run(
        ["make", "-o", ".venv/.run", "weekly-report"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert made.returncode == ends
    assert (f"Error {code}" in made.stderr) == bool(ends)
