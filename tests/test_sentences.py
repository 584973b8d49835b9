"""No sentence contradicts the numbers that the page records, and each is plain English."""

from __future__ import annotations

import pytest

from alignment_lib.report.session import Report, open_report
from tests.company import company
from tests.fixture_forty import forty
from tests.fixture_report import shown
from tests.fixture_sentences import faults, numbers_without, told
from tests.fixture_special_weeks import WEEKS, report_of_week


@pytest.fixture(scope="module", params=["demo", "forty", "tiny", *WEEKS])
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Report:
    if request.param in WEEKS:
        return report_of_week(request.param)
    if request.param == "demo":
        return shown(open_report(source="demo").facts)
    make = {"forty": forty, "tiny": company}[request.param]
    return shown(make(tmp_path_factory.mktemp("company")).facts())


def test_every_number_in_a_sentence_is_recorded_agreed_or_part_of_a_date(report: Report) -> None:
    unexplained = [f"{t.block}: {', '.join(t.unexplained)} in: {t.text}" for t in told(report) if t.unexplained]
    assert not unexplained, "\n".join(unexplained)


def test_every_sentence_is_plain_english(report: Report) -> None:
    faulty = [f"{t.block}: {', '.join(found)}: {t.text}" for t in told(report) if (found := faults(t.text))]
    assert not faulty, "\n".join(faulty)


@pytest.mark.parametrize(
    ("text", "unexplained"),
    [
        ("Of 40 leads 14 came (35 %).", []),
        ("Of 41 leads 14 came (36 %).", ["36 %", "41"]),
        ("They took 3.0 h, 12 min in the median, between 2021-W23 and 14 Jun 2021, 00:00.", ["12 min"]),
        ("It will end at 45 to 62, or 45 to 83 %.", ["62"]),
        ("Worth € 24,000, not € 25,000.", ["€ 25,000"]),
        ("“7 steps to 99 %” is under 5 %, about 40 % is wrong.", ["about 40 %"]),
    ],
)
def test_a_number_without_a_record_is_found(text: str, unexplained: list[str]) -> None:
    known = {"40", "14", "35 %", "45 %", "83 %", "45", "3.0 h", "€ 24,000", "under 5 %"}
    assert list(numbers_without(text, known, set())) == unexplained


@pytest.mark.parametrize(
    "text",
    [
        "1 leads came.",
        "1 deal were won.",
        "1 were due.",
        "0 deals were lost.",
        "The median is nan.",
        "None were won.",
        "It took  two hours.",
        "It took two hours",
        "The won_value is high.",
        "A bracket (is open.",
        "None of the 1 lead came.",
    ],
)
def test_what_is_not_plain_english_is_found(text: str) -> None:
    assert faults(text)


@pytest.mark.parametrize("text", ["1 lead came.", "11 leads came.", "None of 3 leads came.", "1 deal was won."])
def test_plain_english_is_left_alone(text: str) -> None:
    assert faults(text) == []
