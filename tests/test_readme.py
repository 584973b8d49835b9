"""The front door is true: commands exist, the table is the command line's, the example mapping is one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from alignment_lib import cli, errors
from alignment_lib.params import SourceMapping

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE))
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for line in block.splitlines() if line]


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_is_a_make_target_with_known_variables(command: str) -> None:
    words = command.partition("#")[0].split()
    assert words[0] == "make"
    assert words[1] in TARGETS
    exported = set(re.search(r"^export (.*)$", MAKEFILE, re.MULTILINE)[1].split())  # type: ignore[index]
    assert {w.partition("=")[0] for w in words[2:]} <= exported


def test_every_target_is_named_in_the_readme() -> None:
    named = set(re.findall(r"make ([a-z-]+)", README))
    assert TARGETS - named <= {"help", "clean"}


def test_ci_calls_the_readmes_commands() -> None:
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for command in ("make weekly-report", "make test", "make lint", "make test-engines"):
        assert command in ci
        assert command in README


def test_the_table_of_variables_is_the_command_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["weekly", "--help"])
    options = set(re.findall(r"--([a-z-]+)", capsys.readouterr().out)) - {"help", "notebook"}
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


def test_the_example_mapping_is_valid() -> None:
    [example] = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    mapping = SourceMapping.model_validate(yaml.safe_load(example))
    assert set(mapping.tables) == {"leads", "opportunities"}


@pytest.mark.parametrize("name", ["demo", "olist", "itschool"])
def test_the_named_sources_are_shipped(name: str) -> None:
    assert (ROOT / "params" / "sources" / f"{name}.yaml").is_file()
    assert f"`{name}`" in README or f"`params/sources/{name}.yaml`" in README


def test_every_room_of_the_architecture_exists() -> None:
    section = README.partition("## Architecture")[2].partition("## Contributing")[0]
    rooms = re.findall(r"^\| (`[^|]*`) \|", section, re.MULTILINE)
    named = {n for cell in rooms for n in re.findall(r"`([a-z_]+)`", cell)}
    package = ROOT / "alignment_lib"
    assert named
    for name in named:
        assert (package / f"{name}.py").exists() or (package / name).is_dir(), name


def test_locks_name_no_host_and_pin_everything() -> None:
    for path in ROOT.glob("requirements*.lock"):
        lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
        assert lines
        for line in lines:
            assert re.match(r"^[A-Za-z0-9._-]+(\[[a-z,]+\])?==", line), f"{path.name}: {line}"
            assert "://" not in line
