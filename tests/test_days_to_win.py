"""Days to win: from the lead, of a deal without a lead from the deal; the same in the weekly and the monthly."""

from __future__ import annotations

from pathlib import Path

import pytest

from alignment_lib.blocks.closed import closed
from alignment_lib.blocks.monthly.recap import recap
from tests import test_m_revenue as month
from tests.company import Company

MORE = [
    ["d4", "", "05.03.2020 10:00", "700", "13.03.2020", "Won", "r1"],
    ["d5", "010", "05.03.2020 10:00", "800", "12.03.2020", "Won", "r1"],
]
"""d4 has no lead and took 7.58 days. d5 closed on the 12th, its lead came on the 15th: it has no days, though the deal
itself took 6.58."""


def test_the_week_counts_a_deal_without_a_lead_from_its_own_beginning(tmp_path: Path) -> None:
    """d1 9.58 days from its lead (2 March 10:00 to 12 March), d4 7.58 from the deal (5th 10:00 to 13th): 8.58."""
    company = Company(tmp_path)
    company.rows["deals"] += MORE
    block = closed(company.write().facts())
    [days] = [m for m in block.metrics if m.name == "cycle_days"]
    assert (days.value, days.n) == (pytest.approx(8 + 14 / 24), 2)
    assert "from lead (else deal) to won they took 9 days in the median" in block.sentences[0].replace("\u00a0", " ")
    assert block.evidence is not None
    left_out = "from the days, 1 won deal without a usable date of its beginning"
    assert left_out in block.evidence.excluded.replace("\u00a0", " ")
    of_source = block.tables[1]
    assert of_source.columns[-1].label == "Days to win"
    assert {str(row[0]): row[-1] for row in of_source.rows} == {"Webinar": "10", "(unknown)": "8"}


def test_the_month_counts_them_likewise(tmp_path: Path) -> None:
    """w1 9 days from its lead (3 March to 12 March, each at 10:00), w2 without one 46 from the deal: median 27.5."""
    begun = ["3458764513820540929", "05.03.2020 10:00"]  # after its lead: a deal before it would have no days
    deals = [[row[0], *begun, *row[3:]] if row[0] == "w1" else row for row in month.DEALS]
    block = recap(month.made(tmp_path, deals=deals))
    days = {m.source: (m.value, m.n) for m in block.metrics if m.name == "cycle_days" and m.segment is None}
    assert days[None] == (pytest.approx(27.5), 2)
    assert days["Search"] == (pytest.approx(9), 1)
    assert days["Webinar"] == (pytest.approx(46), 1)
    assert "Days to win" in [column.label for column in block.tables[1].columns]
