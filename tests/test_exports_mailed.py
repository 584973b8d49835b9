"""Two weeks in a row, to the readers' post: a bad export is held and nobody gets it; a repaired or a released one goes.

The stranger's company, whose rep r1 has an address; a real mail server on loopback, and the command line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

import pytest
import yaml

from alignment_lib.cli import main
from tests.fixture_mail import SETTINGS
from tests.fixture_smtp import Office, serving
from tests.fixture_stranger import Stranger, column, stranger

OWNER, REP = "owner@nordlicht.example", "r1@nordlicht.example"


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    found = Office()
    with serving(found, tmp_path / "tls") as place:
        monkeypatch.setenv("SSL_CERT_FILE", str(place.authority))
        for name, value in place.environment().items():
            monkeypatch.setenv(name, value)
        yield found


class Clock(datetime):
    """The Monday after the last week."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        return datetime(2020, 3, 16, 6, tzinfo=tz)


@pytest.fixture
def odd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stranger:
    monkeypatch.setattr("alignment_lib.cli.datetime", Clock)
    found = stranger(tmp_path)
    found.rows["reps"] = [["Rep ID", "Name", "Mail"], ["r1", "Ada Lang", REP]]
    found.mapping["tables"]["reps"]["columns"] = {"rep_id": "Rep ID", "name": "Name", "email": "Mail"}
    found.write()
    (found.params_folder / "recipients.yaml").write_text(yaml.safe_dump(SETTINGS), encoding="utf-8")
    return found


def run(odd: Stranger, week: str, **more: str) -> int:
    return main(odd.arguments("weekly", out=str(odd.root / "reports"), week=week, **more))


def mail(odd: Stranger, week: str, **more: str) -> int:
    given = {"recipients": str(odd.params_folder / "recipients.yaml"), "send": "1", "out": str(odd.root / "reports")}
    name, *options = odd.arguments("weekly", week=week, **(given | more))
    return main(["mail", name, *options])


def renumber(odd: Stranger, before: str) -> None:
    """The owners of leads get two digits before their ids, or lose them again."""
    place = column(odd.rows["leads"], "Owner")
    for row in odd.rows["leads"][1:]:
        row[place] = before + "r1"
    odd.write()


def results(odd: Stranger, week: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((odd.root / "reports" / "weekly" / week / "results.json").read_text())
    return found


def test_a_bad_export_is_not_mailed_and_the_repaired_one_is(
    odd: Stranger, office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (run(odd, "2020-W10"), mail(odd, "2020-W10")) == (0, 0)
    assert office.took.pop(REP) == 1

    renumber(odd, "10")
    assert run(odd, "2020-W11") == 5
    held = "HELD: leads.csv: owner_id finds what it refers to in 0 % of 100 rows, and did in 100 % (held against weekly"
    assert held in capsys.readouterr().out.replace("\u00a0", " ")
    office.took.clear()
    assert mail(odd, "2020-W11") == 4 and set(office.took) == {OWNER}
    told = capsys.readouterr().err.replace("\u00a0", " ")
    assert (
        "weekly 2020-W11 is not mailed: it is held: leads.csv: owner_id" in told and "ACCEPT=unlinked BECAUSE" in told
    )

    renumber(odd, "")
    office.took.clear()
    assert (run(odd, "2020-W11"), results(odd, "2020-W11")["held"]) == (0, False)
    assert mail(odd, "2020-W11") == 0 and office.took[REP] == 1


def test_a_release_is_mailed_told_and_what_the_next_export_is_held_against(odd: Stranger, office: Office) -> None:
    assert run(odd, "2020-W09") == 0
    renumber(odd, "10")
    let = {"accept": "unlinked", "because": "owners were renumbered"}
    assert run(odd, "2020-W10", **let) == 0
    [check] = [c for c in results(odd, "2020-W10")["checks"] if c.get("accepted")]
    assert (check["name"], check["status"], results(odd, "2020-W10")["held"]) == ("unlinked", "WARN", False)
    assert mail(odd, "2020-W10") == 0 and office.took[OWNER] == 1
    [told] = office.read(OWNER)
    assert "Let pass: unlinked Because: owners were renumbered" in " ".join(told.get_content().split())
    assert run(odd, "2020-W11") == 0
