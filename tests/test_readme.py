"""The doors are true: commands exist, the table is the command line's, examples run, links lead somewhere."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml

from alignment_lib import cli, errors
from alignment_lib.params import SourceMapping
from alignment_lib.params.crm import crms
from tests.test_rooms import ROOMS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOORS = {
    place: (ROOT / place / "README.md").read_text(encoding="utf-8")
    for place in (".", "params", "reports", "notebooks", "alignment_lib", "tests")
}
"""The README of each folder, by its place."""
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
VARIABLES = set(" ".join(re.findall(r"^override (?:SAID|TYPED) := (.*)$", MAKEFILE, re.MULTILINE)).split())
TARGETS = set(re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE))
COMMANDS = [
    line
    for text in DOORS.values()
    for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    for line in block.splitlines()
    if line
]


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_is_a_make_target_with_known_variables(command: str) -> None:
    words = shlex.split(command, comments=True)
    if words[0] in ("export", "."):  # a secret of the environment, shown as its owner sets it
        return
    assert words[0] == "make"
    assert words[1] in TARGETS
    assert {w.partition("=")[0] for w in words[2:]} <= VARIABLES


def test_the_front_door_is_short_and_every_sign_leads_somewhere() -> None:
    assert len(README.splitlines()) <= 150
    for place, text in DOORS.items():
        for link in re.findall(r"\]\((?!https?:)([^)]+)\)", text):
            assert (ROOT / place / link).exists(), f"{place}/README.md: {link}"
    for door in re.findall(r"`([a-z_/]+/README\.md)`", " ".join(DOORS.values())):
        assert (ROOT / door).exists(), door


def test_every_target_is_named() -> None:
    named = set(re.findall(r"make ([a-z-]+)", " ".join(DOORS.values())))
    assert TARGETS - named <= {"help", "clean"}


def test_the_python_of_the_front_door_runs(capsys: pytest.CaptureFixture[str]) -> None:
    for code in re.findall(r"```python\n(.*?)```", README, re.DOTALL):
        exec(compile(code, "README.md", "exec"), {})
    assert "Webinar" in capsys.readouterr().out


def test_ci_calls_the_readmes_commands() -> None:
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for command in ("make weekly-report", "make test", "make lint", "make test-engines"):
        assert command in ci
        assert command in README


def test_the_table_of_variables_is_the_command_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["weekly", "--help"])
    options = set(re.findall(r"--([a-z-]+)", capsys.readouterr().out)) - {
        "help",
        "notebook",
        "home",
    }  # where one stands tells the home
    table = re.findall(r"^\| `([A-Z_]+)` \|", README, re.MULTILINE)
    assert {name.lower().replace("_", "-") for name in table} == options
    told = re.search(r"`alignment weekly (.*?)`", README)
    assert told is not None
    assert set(re.findall(r"--([a-z-]+)", told[1])) == options


def test_the_exit_codes_are_those_of_the_errors() -> None:
    codes = {cls.__name__: cls.exit_code for cls in errors.BY_NAME.values()}
    assert codes["ParamsError"] == codes["MappingError"] == codes["SourceError"] == 2
    assert codes["DataError"] == 3
    assert codes["ReportError"] == codes["GateError"] == 4
    text = " ".join(README.split())
    assert "0 published; 2 bad parameters or mapping" in text
    assert "3 data that fails a check marked FAIL; 4 the notebook or the gate failed" in text


def test_the_example_mappings_are_valid() -> None:
    examples = re.findall(r"```yaml\n(.*?)```", DOORS["params"], re.DOTALL)
    assert len(examples) == 2
    for example in examples:
        mapping = SourceMapping.model_validate(yaml.safe_load(example))
        assert set(mapping.tables) == {"leads", "opportunities"}


def test_every_crm_that_is_known_is_told() -> None:
    table = DOORS["params"].partition("## The CRMs that are known")[2].partition("What an export lacks")[0]
    assert set(re.findall(r"`(\w+_(?:export|report|fivetran))`", table)) == set(crms())


@pytest.mark.parametrize("name", ["demo", "olist", "itschool"])
def test_the_named_sources_are_shipped(name: str) -> None:
    assert (ROOT / "params" / "sources" / f"{name}.yaml").is_file()
    assert f"`{name}`" in README or f"`params/sources/{name}.yaml`" in DOORS["params"]


def test_every_room_of_the_architecture_exists() -> None:
    rows = re.findall(r"^\| (`[^|]*`) \|[^|]*\|([^|]*)\|$", DOORS["alignment_lib"], re.MULTILINE)
    told = {
        name: set(re.findall(r"`(\w+)`", imports)) for names, imports in rows for name in names.strip("`").split("`, `")
    }
    assert set(told) == set(ROOMS)
    for room, imports in told.items():
        real = set(ROOMS[room].split()) - {"errors"}
        assert imports - {"errors"} == real or "above" in dict(rows).get(f"`{room}`", "") or room == "cli", room


def test_locks_name_no_host_and_pin_everything() -> None:
    for path in ROOT.glob("requirements*.lock"):
        lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
        assert lines
        for line in lines:
            assert re.match(r"^[A-Za-z0-9._-]+(\[[a-z,]+\])?==", line), f"{path.name}: {line}"
            assert "://" not in line
