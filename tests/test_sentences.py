"""No sentence contradicts the numbers that the page records, and each is plain English."""

from __future__ import annotations

from pathlib import Path

import pytest

from alignment_lib.metrics import Facts
from alignment_lib.report.session import Report, open_report
from tests.company import company
from tests.fixture_forty import forty
from tests.fixture_report import shown
from tests.fixture_sentences import faults, told
from tests.fixture_special_weeks import WEEKS, facts_of


def _facts(name: str, root: Path) -> Facts:
    if name == "demo":
        return open_report(source="demo").facts
    if name == "forty":
        return forty(root).facts()
    return company(root).facts() if name == "tiny" else facts_of(name, root)


@pytest.fixture(scope="module", params=["demo", "forty", "tiny", *WEEKS])
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Report:
    return shown(_facts(request.param, tmp_path_factory.mktemp("company")))


def test_every_number_in_a_sentence_is_recorded_agreed_or_part_of_a_date(report: Report) -> None:
    unexplained = [f"{t.block}: {', '.join(t.unexplained)} in: {t.text}" for t in told(report) if t.unexplained]
    assert not unexplained, "\n".join(unexplained)


def test_every_sentence_is_plain_english(report: Report) -> None:
    faulty = [f"{t.block}: {', '.join(found)}: {t.text}" for t in told(report) if (found := faults(t.text))]
    assert not faulty, "\n".join(faulty)
