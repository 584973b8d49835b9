"""A folder of one's own: made by init, used from wherever one stands in it, and by a wheel outside a repository."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from alignment_lib.cli import main
from alignment_lib.contract import KEPT
from alignment_lib.params import Company, Request, load
from alignment_lib.params.files import read
from alignment_lib.params.home import HOME, find_root, notebook, shipped
from alignment_lib.params.recipients import Recipients
from alignment_lib.params.settings import Definitions, Sla
from tests.fixture_crms import write
from tests.fixture_forty import NOW
from tests.fixture_stranger import stranger

ROOT = Path(__file__).parents[1]


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """A folder made by init, the working directory; an export lies beside it."""
    monkeypatch.delenv(HOME, raising=False)
    stranger(tmp_path / "theirs").write()
    monkeypatch.chdir(tmp_path)
    assert main(["init", "acme"]) == 0
    assert capsys.readouterr().out == "acme\n"
    monkeypatch.chdir(tmp_path / "acme")
    return tmp_path / "acme"


def test_it_holds_what_a_company_needs_and_nobodys_addresses(acme: Path) -> None:
    assert {p.name for p in acme.iterdir()} == {"README.md", "kept", "notebooks", "params"}
    assert {p.name for p in (acme / "params").iterdir()} >= {
        "company.yaml",
        "sla.yaml",
        "weekly.yaml",
        "recipients.yaml",
    }
    assert "name: Acme" in (acme / "params" / "company.yaml").read_text()
    assert (acme / "notebooks" / "weekly_smarketing.ipynb").read_bytes() == notebook(
        "weekly_smarketing.ipynb"
    ).read_bytes()
    recipients = read(acme / "params" / "recipients.yaml", Recipients)
    assert recipients.lists == {} and recipients.allowed_domains == ("example.com",)
    for table in KEPT:
        rows = list(csv.reader((acme / "kept" / "examples" / f"{table}.csv").open(newline="")))
        assert len(rows) == 2 and len(rows[0]) == len(rows[1])


def test_its_readme_leads_from_the_export_to_a_page(acme: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """inspect names the source in company.yaml; then nobody needs to name it, from any folder inside."""
    data = str(acme.parent / "theirs" / "data")
    assert main(["weekly", "--data", data, "--week", "2020-W11"]) == 2
    assert "DATA is no export that is known by its headings; let a first mapping be written" in capsys.readouterr().err
    assert main(["inspect", data, "--name", "crm", "--out", "params/sources/crm.yaml"]) == 0
    assert (acme / "params" / "company.yaml").read_text().endswith("\nsource: crm\n")
    assert "company.yaml names 'crm' as the source now" in capsys.readouterr().err
    (acme / "inside").mkdir()
    os.chdir(acme / "inside")
    params = load(Request(data=data, week="2020-W11"), now=NOW)
    assert (params.mapping.name, params.company.name, find_root()) == ("crm", "Acme", acme)
    os.chdir(acme.parent)
    assert main(["check", "--home", "acme", "--data", data, "--week", "2020-W11"]) == 0
    assert "leads.csv" in capsys.readouterr().out and HOME not in os.environ


def test_a_second_source_leaves_the_first_one_named(acme: Path) -> None:
    data = str(acme.parent / "theirs" / "data")
    for name in ("one", "two"):
        assert main(["inspect", data, "--name", name, "--out", f"params/sources/{name}.yaml"]) == 0
    assert (acme / "params" / "company.yaml").read_text().count("\nsource:") == 1


def test_without_a_home_it_says_how_to_make_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["weekly"]) == 2
    assert "no params/company.yaml here or above; make a folder of your own, `alignment init acme`" in (
        capsys.readouterr().err
    )
    assert main(["weekly", "--home", str(tmp_path / "none")]) == 2
    assert (
        "none: no home, for it holds no params/company.yaml; make one: alignment init none" in capsys.readouterr().err
    )


@pytest.mark.parametrize("name", ["2026", "no", "null", "Ünal & Söhne"])
def test_a_folder_of_any_name_is_a_company(tmp_path: Path, name: str) -> None:
    """Also of one that YAML takes for a number, a no or nothing."""
    assert main(["init", str(tmp_path / name)]) == 0
    company = read(tmp_path / name / "params" / "company.yaml", Company)
    assert company.name == name[:1].upper() + name[1:]


@pytest.mark.parametrize("there", ["a file", "a folder with something"])
def test_init_replaces_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str], there: str) -> None:
    place = tmp_path / "acme"
    if there == "a file":
        place.write_text("mine")
    else:
        (place / "mine").mkdir(parents=True)
    assert main(["init", str(place)]) == 2
    assert "is there already and holds something; give the name of a new folder" in capsys.readouterr().err


def test_settings_may_lie_outside(acme: Path, tmp_path: Path) -> None:
    """The company and the sources are then those of the home."""
    elsewhere = tmp_path / "elsewhere" / "mine.yaml"
    elsewhere.parent.mkdir()
    elsewhere.write_text("history_weeks: 5\n")
    params = load(Request(params=str(elsewhere)), now=NOW)
    assert (params.weekly.history_weeks, params.mapping.name) == (5, "demo")
    assert params.kept_folder == str(acme / "kept" / "demo")


def test_what_ships_lies_beside_the_library() -> None:
    assert shipped() == ROOT and notebook("weekly_smarketing.ipynb").is_file()


def test_a_wheel_makes_a_page_outside_of_the_repository(tmp_path: Path) -> None:
    """Built of a copy, put into a folder of its own, and run by a Python that does not see the repository."""
    stranger(tmp_path / "theirs").write()
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    copy = tmp_path / "copy"
    leave = shutil.ignore_patterns("__pycache__")
    for folder in ("alignment_lib", "notebooks", "params"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=leave)
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    wheel = ["wheel", "--no-deps", "--wheel-dir", str(tmp_path / "wheels"), str(copy)]
    subprocess.run([*pip, *wheel], check=True, capture_output=True, cwd=tmp_path)
    [built] = (tmp_path / "wheels").iterdir()
    target = tmp_path / "installed"
    subprocess.run([*pip, "install", "--no-deps", "--target", str(target), str(built)], check=True, capture_output=True)

    def alignment(*arguments: str) -> str:
        environment = {**os.environ, "PYTHONPATH": str(target)}
        program = [sys.executable, "-c", "from alignment_lib.cli import main; import sys; sys.exit(main())"]
        done = subprocess.run([*program, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    assert alignment("init", "acme") == "acme\n"
    write("salesforce_export_zip", tmp_path / "sf")
    told = alignment("check", "--home", "acme", "--data", str(tmp_path / "sf"), "--week", "2026-W36")
    told = told.replace("\u00a0", " ")
    assert "Lead.csv and 3 other files (leads): 116 read = 114 used + 2 set aside (2 × excluded by where)" in told
    assert "Judged for week 2026-W36, as of 7 Sep 2026, 00:00 (Europe/Berlin)." in told  # as its users have it
    data = str(tmp_path / "theirs" / "data")
    alignment("inspect", data, "--home", "acme", "--name", "crm", "--out", "acme/params/sources/crm.yaml")
    page = alignment("weekly", "--home", "acme", "--data", data, "--week", "2020-W11").strip()
    assert page == str(tmp_path / "acme" / "reports" / "weekly" / "2020-W11" / "index.html")
    assert "Acme" in Path(page).read_text(encoding="utf-8")


def test_a_new_folder_has_agreed_upon_nothing(acme: Path) -> None:
    assert read(acme / "params" / "sla.yaml", Sla) == Sla()
    assert read(acme / "params" / "definitions.yaml", Definitions) == Definitions()
    assert "met_share" in (acme / "params" / "sla.yaml").read_text(encoding="utf-8")  # to be taken up, as comments


def test_an_export_that_chooses_its_mapping_is_the_companys_own(acme: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its pages lie in reports/ itself, and no heading of it becomes SQL."""
    write("hubspot_export_en", acme / "theirs")
    [deals] = (acme / "theirs").glob("*-deals-*")
    odd = 'Date entered ""{column}\' UNION ALL SELECT 1, 2, 3 FROM deals --""'
    text = deals.read_text(encoding="utf-8").replace('Date entered ""Qualification (New business)""', odd, 1)
    deals.write_text(text, encoding="utf-8")
    assert odd in text
    assert main(["weekly", "--data", "theirs", "--week", "2026-W36"]) == 0
    assert capsys.readouterr().out.strip() == "reports/weekly/2026-W36/index.html"
