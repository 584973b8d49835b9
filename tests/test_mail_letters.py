"""The letters of the weekly and the monthly: every number is the report's, and each subject is the finding."""

from __future__ import annotations

import re
from typing import Any

import pytest

from alignment_lib.mail import render
from alignment_lib.mail.letter import Letter
from alignment_lib.mail.letters import BUILDERS, monthly, parts, weekly
from alignment_lib.mail.published import Published
from alignment_lib.params.kinds import KINDS
from tests import fixture_mail
from tests.fixture_letters import PAGES, Seen, changed, letter, numbers, printed, run, sent

REPORTS = ("weekly", "monthly")
MORE = re.compile(r"\d+ more [\w ]+ on the page\.")
"""What a shortened list leaves out is counted by the letter itself."""


def record(name: str, value: float | None, period: str | None = None, **more: Any) -> dict[str, Any]:
    known = {"source": None, "segment": None, "low": None, "high": None, "n": None}
    return {"name": name, "value": value, "period": period, **known, **more}


def small(report: str, *records: dict[str, Any], **more: Any) -> Published:
    """A run with these records and nothing else; 2020-W11 and 2020-02 are over."""
    return fixture_mail.opened(
        [], report=report, metrics=list(records), blocks=[], currency="EUR", company="Tiny", **more
    )


def built(found: Published, **more: Any) -> Letter:
    made = BUILDERS[found.kind.name](found, fixture_mail.settings(**more), None)
    assert made is not None
    return made


@pytest.mark.parametrize("report", REPORTS)
class TestTheDemo:
    def test_html_and_text_carry_the_same_numbers_and_all_are_the_reports(self, report: str) -> None:
        html, text = render.render(letter(report))
        seen, told = numbers(MORE.sub("", Seen(html).text)), numbers(MORE.sub("", " ".join(text.split())))
        assert seen == told and len(seen) > 40
        assert seen - printed(run(report).results) == set()

    def test_subject_and_preheader_are_the_reports_too(self, report: str) -> None:
        made = letter(report)
        assert numbers(made.subject + made.preheader) - printed(run(report).results) == set()
        assert len(made.subject) < 80 and made.preheader in {s["text"] for s in run(report).results["sentences"]}

    def test_every_sentence_stands_in_the_report(self, report: str) -> None:
        known = {s["text"] for s in run(report).results["sentences"]}
        said = [line.text for section in letter(report).sections for line in section.lines]
        assert set(said) <= known and len(said) > 12

    def test_it_fits_and_names_its_pictures_once(self, report: str) -> None:
        made = sent(letter(report), report=report, period=run(report).period)
        names = [p.name for p in letter(report).pictures]
        assert sum(p.get_content_type() == "image/png" for p in made.walk()) == len(names) == len(set(names)) > 0
        assert all(len(p.png) < 100_000 and p.width == 552 for p in letter(report).pictures)

    def test_header_and_link(self, report: str) -> None:
        made = letter(report)
        assert run(report).period in made.header and "as of" in made.header and "whole company" in made.header
        assert made.link == f"{PAGES}/{report}/{run(report).period}/index.html"

    def test_pictures_say_the_finding_and_every_number_they_draw(self, report: str) -> None:
        for picture in letter(report).pictures:
            assert picture.alt.startswith(picture.title) and len(numbers(picture.alt)) > 8


def test_the_subjects_of_the_demo() -> None:
    assert letter("weekly").subject == "W38: 148 of 155 MQLs due so far, follow-up 85\u00a0% in time"
    assert letter("monthly").subject == (
        "August: 22\u00a0deals won, €\u00a0330,000, 230 of 235 MQLs, follow-up 89\u00a0% in time"
    )


SHARE = record("sla_follow_up", 0.714, low=0.62, high=0.79, n=90)
DUE = (record("mql_goal", 119.6, "2020-03 to date"), record("mqls", 118, "2020-03"), record("mqls", 41))


@pytest.mark.parametrize(
    ("records", "subject"),
    [
        ((*DUE, SHARE), "W11: 118 of 120 MQLs due so far, follow-up 71 % in time"),
        ((record("mql_points_goal", 60, "2020-03 to date"), record("mql_points", 55, "2020-03"), SHARE),
         "W11: 55 of 60 points due so far, follow-up 71 % in time"),
        ((record("mqls", 118), SHARE), "W11: 118 MQLs, follow-up 71 % in time"),
        ((record("mqls", 118), record("won", 1)), "W11: 118 MQLs, 1 deal won"),
        ((record("leads", 251), record("won", 0)), "W11: 251 leads, no deal won"),
        ((record("leads", 251), record("sla_follow_up", None)), "W11: 251 leads"),
        ((record("mqls", 0), record("won", 2)), "W11: no MQL, 2 deals won"),
        ((record("mqls", 7, source="Webinar"),), "W11: Weekly Smarketing report"),
        ((), "W11: Weekly Smarketing report"),
    ],
)  # fmt: skip
def test_the_weeks_subject_says_what_is_known(records: tuple[dict[str, Any], ...], subject: str) -> None:
    assert weekly.subject(small("weekly", *records)).replace("\u00a0", " ") == subject


@pytest.mark.parametrize(
    ("records", "subject"),
    [
        ((record("won", 0, "2020-02"), record("won_value", 0, "2020-02")), "February: no deal won"),
        ((record("won", 1, "2020-02"), record("mqls", 30, "2020-02")), "February: 1 deal won, 30 MQLs"),
        ((record("won", 2, "2020-02"), record("won_value", 1_250_000, "2020-02"), SHARE),
         "February: 2 deals won, € 1.25 m, follow-up 71 % in time"),
        ((record("won", 2, "2020-01"),), "February: Monthly deep dive"),
    ],
)  # fmt: skip
def test_the_months_subject_says_what_is_known(records: tuple[dict[str, Any], ...], subject: str) -> None:
    assert monthly.subject(small("monthly", *records)).replace("\u00a0", " ") == subject


def test_a_slice_and_a_period_that_runs_are_named() -> None:
    early = small("weekly", record("leads", 3), slice="segment=mid-market", as_of="2020-03-13T12:00:00Z")
    assert weekly.subject(early) == "W11, segment=mid-market so far: 3\u00a0leads"
    made = built(early, pages="https://x.example/reports/")
    assert made.link == "https://x.example/reports/weekly/2020-W11/segment%3Dmid-market/index.html"
    assert "segment=mid-market" in made.header


@pytest.mark.parametrize("report", REPORTS)
def test_a_run_with_nothing_in_it_is_a_short_honest_letter(report: str) -> None:
    made = built(small(report))
    html, text = render.render(made)
    assert made.link == "" and not Seen(html).all("h2") and "Tiny" in text


def test_the_letter_leaves_out_how_to_connect_data() -> None:
    told = [{"label": "", "text": "Wins: Not in this data. To see it, map wins."}]
    wins = {"id": "wins", "title": "What went well", "side": "both", "missing": None, "sentences": told}
    wins |= {"stats": [], "cards": [], "rows": []}
    assert "map wins" not in render.text(built(changed(small("weekly"), blocks=[wins])))


class TestWhatIsOpen:
    def test_what_is_overdue_comes_first_and_the_rest_is_counted(self) -> None:
        rows = run("weekly").block("decisions")["rows"]  # type: ignore[index]
        section = parts.to_settle(run("weekly"), 6)
        assert section is not None
        [grid] = section.grids
        assert grid.statuses == ("bad",) * 6 and all("overdue" in row[-1] for row in grid.rows)
        assert grid.note == f"{len(rows) - 6} more open ones are on the page."
        assert {row["kind"] for row in rows} == {"Decision", "Issue"}

    def test_without_anything_open_there_is_no_table(self) -> None:
        empty = [{**b, "rows": []} if b["id"] == "decisions" else b for b in run("weekly").results["blocks"]]
        section = parts.to_settle(changed(run("weekly"), blocks=empty), 6)
        assert section is not None and section.grids == () and section.lines
        assert parts.to_settle(small("weekly"), 6) is None

    @pytest.mark.parametrize(
        ("n", "told"), [(0, ""), (-2, ""), (1, "1 more plan is on the page."), (4, "4 more plans are on the page.")]
    )
    def test_what_is_left_out_is_counted(self, n: int, told: str) -> None:
        assert parts.left_out(n, "plan") == told


def test_there_is_a_builder_for_each_report() -> None:
    assert list(BUILDERS) == [kind.name for kind in KINDS]


def test_the_history_begins_where_it_is_known() -> None:
    stat = {
        "label": "Won",
        "value": "3",
        "note": "",
        "side": "sales",
        "history": [None, None, 2, None, 3],
        "normal": None,
    }
    from alignment_lib.mail import pictures

    drawn = pictures.history("won", stat, ["W1", "W2", "W3", "W4", "W5"], write=lambda v: f"{v:.0f}")
    assert drawn is not None and drawn.alt == "Won: 3. From W3 to W5: 2, none, 3."
    assert pictures.history("won", {**stat, "history": [None, 3]}, ["W4", "W5"], write=str) is None
    assert pictures.counts("counts", "Nothing", []) is None


def test_png_is_twice_as_large_as_shown_and_round_on_white() -> None:
    import io

    from PIL import Image

    picture = letter("weekly").pictures[0]
    image = Image.open(io.BytesIO(picture.png))
    assert image.size == (2 * picture.width, 2 * picture.height) and image.mode == "RGBA"
    assert image.getpixel((0, 0))[3] == 0  # type: ignore[index]
    assert image.getpixel((image.width // 2, 4)) == (255, 255, 255, 255)
    assert picture.png == charts_again(picture.name)


def charts_again(name: str) -> bytes:
    """The same picture drawn once more."""
    return next(p.png for p in weekly._charts(run("weekly")) if p.name == name)
