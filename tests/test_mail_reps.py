"""The mail of each rep, built from the results of tests/fixture_rep_day.py: theirs alone, capped, linked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from alignment_lib.blocks.rep_day import rep_day
from alignment_lib.mail.letter import Letter
from alignment_lib.mail.letters import BUILDERS
from alignment_lib.mail.letters.reps import letter
from alignment_lib.mail.people import Person
from alignment_lib.mail.published import Published
from alignment_lib.mail.render import render
from alignment_lib.params.recipients import Recipients, Sender
from alignment_lib.report.session import Report
from tests.fixture_numbers import plain
from tests.fixture_rep_day import CALLS, HEAD, LEADS, facts_of, lead, made

SETTINGS = Recipients(
    sender=Sender(address="reports@tiny.example"),
    owner="ops@tiny.example",
    allowed_domains=("tiny.example",),
    pages="https://pages.tiny.example/reports",
    lead_link="https://crm.tiny.example/leads/{lead_id}",
)
ADA, BEN, CY, EVE = (Person(f"{r}@tiny.example", r, r) for r in ("r1", "r2", "r3", "r5"))
OF = {
    "r1": {"now", "minute", "today", "late", "old"},
    "r2": {"evening", "night"},
    "r5": {"tokyo"},
}
"""Leads due by rep."""


def published(root: Path, **company: Any) -> Published:
    """A run of the company as results.json has it."""
    report = Report(facts_of(made(root, **company)), "reps")
    report.show(rep_day)
    return Published(root, json.loads(json.dumps(report.results(), allow_nan=False)), {})


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Published:
    return published(tmp_path_factory.mktemp("mail"))


def ids(found: Letter) -> list[str]:
    return [row[0] for section in found.sections for grid in section.grids for row in grid.rows]


def of(run: Published, who: Person, settings: Recipients = SETTINGS) -> Letter:
    found = letter(run, settings, who)
    assert found is not None
    return found


def changed(run: Published, rep_id: str, **values: Any) -> Published:
    """The run with another row for a rep, whose records say the same."""
    results = json.loads(json.dumps(run.results))
    [block] = [b for b in results["blocks"] if b["id"] == "rep-day"]
    [row] = [r for r in block["rows"] if r["rep_id"] == rep_id]
    row.update(values)
    counts = {"rep_overdue": row["overdue"], "rep_due_today": row["due_today"], "rep_plans": len(row["coming"])}
    for record in results["metrics"]:
        if record["segment"] == rep_id and record["name"] in counts:
            record["value"] = counts[record["name"]]
    return replace(run, results=results)


def test_a_letter_holds_what_is_due_what_is_coming_and_one_number(run: Published) -> None:
    found = of(run, ADA)
    assert found.subject == "3 leads overdue, 2 due today"
    assert found.preheader == "Begin with lead now (Webinar, Audit, mid): due now."
    assert plain(found.title) == "Your day, Tue 10 Mar"
    assert "2020-03-10" in found.header and found.link == ""
    first, coming, number = found.sections
    today, late = first.grids
    assert [plain(line.text) for line in first.lines] == ["3 leads of yours are overdue and 2 are due today."]
    assert [tuple(map(plain, row)) for row in today.rows] == [
        ("now", "Webinar, Audit, mid", "Mon 9 Mar, 14:00", "due now"),
        ("today", "Search, Brand", "Tue 10 Mar, 09:30", "3 h 30 min left"),
    ]
    assert [tuple(map(plain, row))[::3] for row in late.rows] == [
        ("minute", "overdue by 1 min"), ("late", "overdue by 1 day 2 h"), ("old", "overdue by 26 days")
    ]  # fmt: skip
    assert set(today.statuses) == {"open"} and set(late.statuses) == {"bad"}
    assert late.links[0] == "https://crm.tiny.example/leads/minute" and late.note == ""
    assert [c.title for c in coming.cards] == ["Ads", "Audit 101"]
    assert [(p.label, plain(p.text)) for p in coming.cards[1].points] == [
        ("Why you", "4 leads of yours came from Webinar"), ("Talk track", "Be calm."),
        ("What it looks like", "45 minutes"), ("What the prospect does", "Comes"), ("How to respond", "Call"),
    ]  # fmt: skip
    assert [(f.label, plain(f.value)) for f in number.figures] == [("Followed up in time", "1 of 5 leads")]
    assert sum(len(s.figures) for s in found.sections) == 1
    assert BUILDERS["reps"](run, SETTINGS, ADA) == found


def test_a_letter_holds_nothing_of_anybody_else(tmp_path: Path) -> None:
    """Not in its parts, and not in the mail made of it: no lead, no name, no way to the page with everybody's leads."""
    calls = [CALLS[0], *([c[0], f"id-{c[1]}-", *c[2:]] for c in CALLS[1:])]
    run = published(tmp_path, leads=[HEAD, *([f"id-{r[0]}-", *r[1:]] for r in LEADS)], calls=calls)
    everybodys = {f"id-{r[0]}-" for r in LEADS}
    for who in (ADA, BEN, EVE):
        found, own = of(run, who), {f"id-{i}-" for i in OF[str(who.rep_id)]}
        assert set(ids(found)) == own
        for part in (*render(found), json.dumps(asdict(found), default=str)):
            assert {i for i in everybodys if i in part} == own
            assert not [name for name in ("Ada", "Ben", "Cy", "Di", "Eve") if f"{name} " in part]
            assert "pages.tiny.example" not in part


@pytest.mark.parametrize(
    "who",
    [None, Person("boss@tiny.example", "Boss", None), CY, Person("d@tiny.example", "Di", "r4"),
     Person("x@tiny.example", "X", "x9"), Person("n@tiny.example", "N", ""), Person("n@tiny.example", "N", "R1")],
)  # fmt: skip
def test_who_left_has_not_begun_or_is_no_rep_gets_none(run: Published, who: Person | None) -> None:
    assert letter(run, SETTINGS, who) is None


@pytest.mark.parametrize(
    ("overdue", "today", "coming", "subject"),
    [
        (2, 3, 0, "2 leads overdue, 3 due today"),
        (1, 0, 1, "1 lead overdue"),
        (0, 1, 0, "1 lead due today"),
        (0, 2, 0, "2 leads due today"),
        (1200, 1, 0, "1,200 leads overdue, 1 due today"),
        (0, 0, 1, "Nothing due today, 1 thing coming"),
        (0, 0, 2, "Nothing due today, 2 things coming"),
    ],
)
def test_the_subject_is_the_finding(run: Published, overdue: int, today: int, coming: int, subject: str) -> None:
    [row] = [r for r in run.results["blocks"][0]["rows"] if r["rep_id"] == "r1"]
    leads = [x for x in row["leads"] if (overdue and x["state"] == "overdue") or (today and x["state"] == "due today")]
    found = changed(run, "r1", overdue=overdue, due_today=today, leads=leads, coming=row["coming"][:coming])
    assert of(found, ADA).subject == subject
    assert len(subject) < 80 and "\u00a0" not in of(found, ADA).preheader


def test_nothing_due_and_nothing_coming_is_no_mail(run: Published) -> None:
    assert letter(changed(run, "r1", overdue=0, due_today=0, leads=[], coming=[]), SETTINGS, ADA) is None
    only = of(changed(run, "r1", overdue=0, due_today=0, leads=[]), ADA)
    assert not only.sections[0].grids and only.preheader == "Ads, until today."


def test_200_overdue_leads_are_capped_and_the_rest_is_counted(tmp_path: Path) -> None:
    """200 overdue and 30 due today of Ada in lists of 25: 20 due today, 5 overdue, 10 and 195 left out."""
    late = [lead(f"late{i:03}", f"2020-03-05 {9 + i % 7:02}:{i % 60:02}", "r1") for i in range(200)]
    today = [lead(f"today{i:02}", f"2020-03-10 09:{i:02}", "r1") for i in range(1, 31)]
    run = published(tmp_path, leads=[HEAD, *late, *today, lead("other", "2020-03-05 09:00", "r2")])
    found = of(run, ADA)
    assert found.subject == "200 leads overdue, 30 due today"
    grids = found.sections[0].grids
    assert [len(g.rows) for g in grids] == [20, 5]
    assert [g.note for g in grids] == ["10 more are not listed.", "195 more are not listed."]
    html, _ = render(found)
    assert "195 more are not listed." in plain(html) and len(html) < 90_000
    # 6 h 59 min were the shortest wait of those handed over at 15:00 and later: the latest first
    assert [row[0] for row in grids[1].rows] == sorted((x[0] for x in late), key=lambda i: (_wall(late, i), i))[-5:][
        ::-1
    ]
    [row] = [r for r in run.results["blocks"][0]["rows"] if r["rep_id"] == "r1"]
    assert len(row["leads"]) == 230
    assert [len(g.rows) for g in of(run, ADA, SETTINGS.model_copy(update={"list_rows": 3})).sections[0].grids] == [0, 3]


def _wall(rows: list[list[str]], lead_id: str) -> str:
    return next(r[HEAD.index("assigned_at")] for r in rows if r[0] == lead_id)


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://crm.tiny.example/leads/{lead_id}", "https://crm.tiny.example/leads/a%2Fb%3Fc%23%22%3E%20%C3%A4"),
        ("https://crm.tiny.example/leads", ""),
        ("", ""),
        ("http://crm.tiny.example/{lead_id}", ""),
        ("javascript:alert({lead_id})", ""),
    ],
)
def test_lead_ids_link_by_https_only_and_quoted(run: Published, link: str, expected: str) -> None:
    row = {"lead_id": 'a/b?c#"> ä', "source": None, "campaign": None, "segment": None, "handed_over": "x",
           "state": "overdue", "hours": "overdue by 1 h", "left_s": -3600}  # fmt: skip
    found = of(
        changed(run, "r1", overdue=1, due_today=0, leads=[row]), ADA, SETTINGS.model_copy(update={"lead_link": link})
    )
    assert found.sections[0].grids[0].links == ((expected,) if expected else ())
    assert found.preheader == 'Begin with lead a/b?c#"> ä: overdue by 1 h.'
    html, _ = render(found)
    assert '#"> ä' not in html


def test_typed_text_of_any_script_arrives_and_none_runs(tmp_path: Path) -> None:
    plans = [
        ["item_id", "starts_on", "title", "soundbite", "how_to_respond", "source"],
        ["p1", "2020-03-11", "<script>alert(1)</script>", "三日で締める。", "اتصل اليوم", "Webinar"],
        ["p2", "2020-03-12", "A](javascript:alert(1))", "line\nbreak", "\u202egpj.exe", "Webinar"],
    ]
    found = of(published(tmp_path, calendar=plans), ADA)
    html, text = render(found)
    assert "<script" not in html and "三日で締める。" in html and "اتصل اليوم" in text
    assert 'href="javascript' not in html and "\u202e" not in html + text


def test_numbers_of_a_letter_are_those_of_the_results(run: Published) -> None:
    """A builder computes nothing: each cell, point and figure stands in the row as it is."""
    for who in (ADA, BEN, EVE):
        found = of(run, who)
        [row] = [r for r in run.results["blocks"][0]["rows"] if r["rep_id"] == who.rep_id]
        stands = set(_texts(row))
        for section in found.sections:
            assert {line.text for line in section.lines} <= stands
            assert {cell for grid in section.grids for r in grid.rows for cell in (r[0], *r[2:])} <= stands
            assert {p.text for card in section.cards for p in card.points} <= stands
            assert {t for f in section.figures for t in (f.label, f.value, f.note)} <= stands


def _texts(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [t for v in value.values() for t in _texts(v)]
    if isinstance(value, list):
        return [t for v in value for t in _texts(v)]
    return [value] if isinstance(value, str) else []


def test_a_run_without_the_block_or_without_its_data_mails_nobody(tmp_path: Path, run: Published) -> None:
    assert letter(published(tmp_path, without=("activities",)), SETTINGS, ADA) is None
    assert letter(replace(run, results={**run.results, "blocks": []}), SETTINGS, ADA) is None


def test_without_campaigns_and_segments(tmp_path: Path) -> None:
    found = of(published(tmp_path, without=("leads.campaign", "leads.segment", "leads.source")), ADA)
    assert {row[1] for grid in found.sections[0].grids for row in grid.rows} == {""}
    assert render(found)
