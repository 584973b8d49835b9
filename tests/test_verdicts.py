"""What follows of a check: a page that is held, its banner and exit code, mails that wait, a person who releases it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from alignment_lib.checks import trial
from alignment_lib.checks.verdict import released
from alignment_lib.cli import main
from alignment_lib.errors import GateError, ParamsError
from alignment_lib.mail.gate import opened
from alignment_lib.params.run import Release, parse_release
from alignment_lib.report.verdict import banner, held, warned
from alignment_lib.source import open_source
from alignment_lib.source.tables import Check
from tests.fixture_mail import AS_OF, NOW, PERIODS, publish, rep, settings
from tests.fixture_stranger import Stranger, column, stranger

HOLDS = Check("outcomes", "opportunities", "HOLD", "9 deals are in a stage that nobody declared")
WARNS = Check("links", "activities", "WARN", "3 ids are not found")


@pytest.fixture
def odd(tmp_path: Path) -> Stranger:
    """All won deals are in a stage that the map does not know."""
    found = stranger(tmp_path)
    place = column(found.rows["deals"], "Stage")
    for row in found.rows["deals"][1:]:
        row[place] = "Closed Won (new)" if row[place] == "Won" else row[place]
    found.write()
    return found


def test_a_release_needs_a_name_and_a_reason() -> None:
    assert parse_release("", "") is None
    assert parse_release("links, outcomes", " it is\nright ") == Release(("links", "outcomes"), "it is right")
    for accept, because in (("links", ""), ("", "right"), (" , ", "right")):
        with pytest.raises(ParamsError, match="by name and with a reason"):
            parse_release(accept, because)


def test_a_reason_is_one_line_that_shows_what_it_says() -> None:
    """Bytes that are no UTF-8 reach Python as lone surrogates (PEP 383)."""
    said = parse_release("links", "asked\u202e sales\x07\x1b[31m\u2066 on\x00Monday\u200f")
    assert said is not None and said.because == "asked sales [31m on Monday"
    long = parse_release("links", "a" * 400)
    assert long is not None and long.because == "a" * 299 + "…"
    for accept, because, name in (("links", "caf\udce9", "BECAUSE"), ("l\udce9nks", "why", "ACCEPT")):
        with pytest.raises(ParamsError, match=f"^{name} '.*' is no text in UTF-8; write it") as refused:
            parse_release(accept, because)
        assert str(refused.value).isprintable()


def test_only_what_holds_is_let_pass_and_only_by_its_name() -> None:
    both = [HOLDS, WARNS]
    [let, other] = released(both, Release(("outcomes",), "asked sales"))
    assert (let.status, let.accepted) == ("WARN", {"because": "asked sales"}) and other == WARNS
    assert released(both, Release(("links",), "asked sales")) == both  # it holds nothing
    assert released(both, None) == both
    with pytest.raises(ParamsError, match=r"ACCEPT=outcome: no check of this run has that name \(held: outcomes\)"):
        released(both, Release(("outcome",), "asked sales"))
    with pytest.raises(ParamsError, match=r"ACCEPT=outcome: .* \(none is held: leave ACCEPT out\)"):
        released([WARNS], Release(("outcome",), "asked sales"))


def test_the_banner_names_what_holds_and_what_was_let_pass() -> None:
    told = [{"name": "a", "status": "HOLD", "sentence": "Odd."}, {"name": "b", "status": "PASS", "sentence": "Fine."}]
    let = {"name": "c", "status": "WARN", "sentence": "Odder.", "accepted": {"because": "known"}}
    assert banner([*told, let]) == (
        ("Held, not mailed", "Odd. (check: a)"),
        ("Released", "Odder. (check: c) Let pass because: known"),
    )


def test_a_held_page_is_published_with_its_banner_first_and_the_exit_code_says_so(
    odd: Stranger, capsys: pytest.CaptureFixture[str]
) -> None:
    out = odd.root / "reports"
    assert main(odd.arguments("weekly", out=str(out))) == 5
    printed = capsys.readouterr().out.splitlines()
    folder = out / "weekly" / "2020-W11"
    assert printed[0] == str(folder / "index.html") and printed[1].startswith("HELD: deals.csv: the map of the outcome")
    results = json.loads((folder / "results.json").read_text())
    assert results["held"] is True and held(folder) == tuple(line.removeprefix("HELD: ") for line in printed[1:])
    assert {c["status"] for c in results["checks"] if c["name"] == "outcomes"} == {"HOLD"}
    page = (folder / "index.html").read_text()
    first = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", page.partition("</h1>")[2]))
    assert first.strip().startswith("Held, not mailed deals.csv")
    assert not [m for m in results["metrics"] if m["name"] in ("won", "win_rate", "won_value")]

    let = {"accept": "outcomes,fresh", "because": "sales renamed it on Monday"}
    assert main(odd.arguments("weekly", out=str(out), **let)) == 0
    assert capsys.readouterr().err.endswith(
        "\nnothing to accept: fresh passes\n1 warning: outcomes; see `alignment check`\n"
    )
    results = json.loads((folder / "results.json").read_text())
    [check] = [c for c in results["checks"] if c["name"] == "outcomes"]
    assert (check["status"], check["accepted"]) == ("WARN", {"because": let["because"]}) and results["held"] is False
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["parameters"]["because"] == let["because"] and manifest["held"] is False
    page = (folder / "index.html").read_text()
    assert f"Let pass because: {let['because']}" in page and f"(accepted: {let['because']})" in page


def test_warnings_are_one_line_with_each_name_once_and_its_count() -> None:
    def check(name: str, status: str) -> dict[str, str]:
        return {"name": name, "status": status}

    assert warned([check("rows", "PASS"), check("links", "HOLD")]) == ()
    told = [check("links", "WARN"), check("rows", "WARN"), check("key", "PASS"), check("links", "WARN")]
    assert warned(told) == ("3 warnings: links (2), rows; see `alignment check`",)


def test_check_reaches_the_verdict_of_the_report(odd: Stranger, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(odd.arguments("check")) == 5
    told = capsys.readouterr().out
    assert told.startswith("HOLD  opportunities: ") and "Judged for week 2020-W11" in told
    assert main(odd.arguments("check", accept="outcomes,key,links", because="known")) == 0
    assert capsys.readouterr().out.endswith("\nnothing to accept: key passes\nnothing to accept: links passes\n")
    assert main(odd.arguments("check", accept="stages", because="known")) == 2
    assert "ACCEPT=stages: no check of this run has that name (held: outcomes)" in capsys.readouterr().err
    odd.rows["leads"].append(odd.rows["leads"][1])
    odd.write()
    assert main(odd.arguments("check")) == 3 and main(odd.arguments("weekly", out=str(odd.root / "o"))) == 3
    assert "FAIL  leads: leads.csv: lead_id 'L000'" in capsys.readouterr().out


def test_check_without_a_period_judges_the_last_week_of_the_data(
    odd: Stranger, capsys: pytest.CaptureFixture[str]
) -> None:
    """An export of years ago is not too old to be looked at; it ends with what stands in the CRM, counted by hand."""
    arguments = [a for a in odd.arguments("check") if a not in ("--week", "2020-W11")]
    assert main(arguments) == 5
    told = capsys.readouterr().out.replace("\u00a0", " ")
    assert (
        "Judged for week 2020-W11" in told
        and "Weeks that can be reported: 2020-W02 to 2020-W11; leads and deals" in told
    )
    assert "Judged for week 2020-W11, as of 16 Mar 2020, 00:00 (Europe/Berlin)." in told
    lost = sum(row[5] == "Lost" for row in odd.rows["deals"][1:])
    worth = sum(int(row[3]) for row in odd.rows["deals"][1:] if row[5] == "Lost")
    [year] = re.findall(r"^2020 +(\d+) +(\S+) +(\d+) +(\S+)", told, re.MULTILINE)
    assert year == ("0", "–", str(lost), f"{worth:,.2f}")
    assert re.search(r"^leads +leads.csv +100 +100 +0 +2020-01-06 +2020-03-13$", told, re.MULTILINE)


def test_two_periods_are_two_reports(odd: Stranger, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(odd.arguments("check", month="2020-02")) == 2
    assert "are of two reports; check one of them" in capsys.readouterr().err


def test_the_mail_of_a_held_run_waits(tmp_path: Path) -> None:
    held_ = {"name": "outcomes", "table": "opportunities", "status": "HOLD", "sentence": "9 deals are in no stage"}
    publish(tmp_path, [rep(1)], results={"checks": [held_], "held": True})
    with pytest.raises(GateError, match="is not mailed: it is held: 9 deals are in no stage") as told:
        opened(tmp_path, "weekly", PERIODS["weekly"], None, settings(), NOW)
    assert told.value.exit_code == 4 and 'ACCEPT=outcomes BECAUSE="…"' in str(told.value)
    publish(tmp_path, [rep(1)], results={"checks": [{**held_, "status": "WARN", "accepted": {"because": "known"}}]})
    assert opened(tmp_path, "weekly", PERIODS["weekly"], None, settings(), NOW).period == PERIODS["weekly"]
    assert AS_OF["weekly"]


def test_every_hold_has_a_sentence_and_what_it_takes_away(odd: Stranger) -> None:
    params = odd.params()
    found = trial(open_source(params), params)
    for check in found.checks:
        if check.status == "HOLD":
            assert check.sentence and check.cannot and found.tables is not None
            assert not found.tables.has(*check.cannot)
