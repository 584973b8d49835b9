"""What a customer costs: spend of earlier days over the deals won, worked out by hand.

Four full weeks of history; the week is 2020-W11, Monday 9 to Sunday 15 March 2020, so deals won from 17 February count:
k1 of 21 February, k2 of 3 March and k3 of 12 March, 9, 16 and 10 days after their leads; the median is 10 days, 1.43
weeks, so the spend is that of one week earlier, 10 February to 8 March, 28 days.

Media: 100 on each of the 4 Mondays, 10, 17, 24 February and 2 March, 400 in all (of sales's 50 and of those of 3 and 9
February nothing counts). People: 2,900 on 1 February and 3,100 on 1 March, 100 a day: 28 days are 2,800. Media alone
400 / 3 = 133.33; Garwood's limits of 3 are 0.6187 and 8.7673 (chi² quantiles, Pearson and Hartley, table 40), so 45.62
to 646.53. With people and the 50 of sales's tools 3,250 / 3 = 1,083.33.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from alignment_lib.blocks.cost import _spend, cost, spread
from alignment_lib.blocks.monthly import planner
from alignment_lib.blocks.notes import sales_notes
from alignment_lib.page.block import Block, Metric
from alignment_lib.source.tables import DATED_WINS
from alignment_lib.stats.days import epoch_day
from tests.company import Company, Rows

MINUTES = "10:00"
LEADS: Rows = [
    ["Lead ID", "Created", "Source", "Segment", "Owner", "MQL", "Assigned", "Accepted", "Rejected", "Reason"],
    ["a", f"12.02.2020 {MINUTES}", "Search", "mid", "r1", "", "", "", "", ""],
    ["b", f"16.02.2020 {MINUTES}", "Webinar", "mid", "r1", "", "", "", "", ""],
    ["c", f"02.03.2020 {MINUTES}", "Search", "mid", "r1", "", "", "", "", ""],
    ["d", f"10.03.2020 {MINUTES}", "Search", "mid", "r1", "", "", "", "", ""],
]
DEALS: Rows = [
    ["Deal ID", "Lead ID", "Created", "Amount", "Closed", "Stage", "Owner"],
    ["k0", "", f"01.02.2020 {MINUTES}", "5", f"16.02.2020 {MINUTES}", "Won", "r1"],
    ["k1", "a", f"13.02.2020 {MINUTES}", "5", f"21.02.2020 {MINUTES}", "Won", "r1"],
    ["k2", "b", f"17.02.2020 {MINUTES}", "5", f"03.03.2020 {MINUTES}", "Won", "r1"],
    ["k3", "c", f"03.03.2020 {MINUTES}", "5", f"12.03.2020 {MINUTES}", "Won", "r1"],
    ["k4", "d", f"10.03.2020 {MINUTES}", "5", f"11.03.2020 {MINUTES}", "Lost", "r1"],
]
SPEND: Rows = [
    ["spent_on", "source", "kind", "team", "amount"],
    ["2020-02-03", "Search", "media", "marketing", "70"],
    ["2020-02-10", "Search", "media", "marketing", "100"],
    ["2020-02-17", "Search", "media", "marketing", "60"],
    ["2020-02-17", "Webinar", "media", "marketing", "40"],
    ["2020-02-24", "Search", "media", "marketing", "100"],
    ["2020-03-02", "Webinar", "media", "marketing", "100"],
    ["2020-03-09", "Search", "media", "marketing", "90"],
    ["2020-02-20", "", "tools", "sales", "20"],
    ["2020-02-27", "", "tools", "sales", "30"],
    ["2020-02-01", "", "people", "sales", "2900"],
    ["2020-03-01", "", "people", "sales", "3100"],
]


def made(root: Path, spend: Rows = SPEND, deals: Rows = DEALS) -> Company:
    company = Company(root)
    company.rows |= {"leads": LEADS, "deals": deals, "spend": spend}
    company.mapping["tables"]["opportunities"]["columns"]["closed_at"]["format"] = "%d.%m.%Y %H:%M"
    company.mapping["tables"]["spend"] = {"from": "spend", "columns": {c: c for c in SPEND[0]}}
    company.write()
    (company.params_folder / "weekly.yaml").write_text("history_weeks: 4\n", encoding="utf-8")
    return company


def told(block: Block) -> str:
    [sentence] = block.sentences
    return sentence.replace("\u00a0", " ")


def records(block: Block) -> dict[str, Metric]:
    return {m.name: m for m in block.metrics}


def test_cost_by_hand(tmp_path: Path) -> None:
    block = cost(made(tmp_path).facts())
    found = records(block)
    assert (found["spend_lag"].value, found["spend_media"].value, found["cac_media"].n) == (1, 400, 3)
    assert found["spend_loaded"].value == pytest.approx(3_250)
    media = found["cac_media"]
    assert (media.value, media.low, media.high) == pytest.approx((133.333, 45.624, 646.528), rel=1e-4)
    assert found["cac_loaded"].value == pytest.approx(1_083.333, rel=1e-6)
    assert told(block) == (
        "A customer won in the last 4 full weeks cost € 133 in media (€ 46 to € 647) and € 1,083 with people and tools"
        " (€ 371 to € 5,253). Spend is taken from 1 week earlier, the median time from lead to won."
    )
    assert block.evidence is not None
    assert block.evidence.n.replace("\u00a0", " ") == (
        "3 deals won in 4 full weeks; spend from 10 Feb 2020 to 8 Mar 2020"
    )
    assert (block.tables, block.pictures) == ((), ())


def test_a_week_that_is_not_over_is_left_out(tmp_path: Path) -> None:
    """As of Wednesday 11 March the last full week ended on the 8th: k0, k1 and k2, 9 and 16 days after their leads."""
    block = cost(made(tmp_path).facts(as_of="2020-03-11T12:00:00Z"))
    found = records(block)
    assert (found["cac_media"].n, found["spend_lag"].value) == (3, 2)  # the median is 12.5 days, 1.79 weeks


def test_without_the_day_of_many_wins_it_is_a_sentence_and_no_number(tmp_path: Path) -> None:
    """One win of twenty without its day is 5 %, and the cost stands; a second one, of 21, is 10 %, and it does not."""
    dated = [[f"m{n}", "", f"01.02.2020 {MINUTES}", "5", f"14.02.2020 {MINUTES}", "Won", "r1"] for n in range(15)]
    lost = [[name, "", f"02.03.2020 {MINUTES}", "5", "", "Won", "r1"] for name in ("u1", "u2")]
    few = made(tmp_path / "few", deals=[*DEALS, *dated, lost[0]]).facts()
    assert records(cost(few))["cac_media"].value == pytest.approx(133.333, rel=1e-4)
    many = made(tmp_path / "many", deals=[*DEALS, *dated, *lost]).facts()
    block = cost(many)
    assert (block.sentences, block.metrics) == ((), ())
    assert (block.missing or "").replace("\u00a0", " ") == (
        "This data cannot tell. deals.csv: 2 deals without a closing date (2 won); no week can count them, and they are"
        " not open; 10 % of all wins lack their day, so that what a customer costs, in money or in leads, cannot be"
        " told."
    )
    assert ["customer costs" in str(sales_notes(facts)) for facts in (few, many)] == [True, False]
    assert [p for p in planner.NEEDS if many.tables.lacking(p)] == [DATED_WINS]


def test_without_people_only_media_is_told(tmp_path: Path) -> None:
    block = cost(made(tmp_path, SPEND[:8]).facts())
    assert told(block).endswith("lead to won. What people and tools cost is not in this data.")
    assert block.evidence is not None and block.evidence.excluded == ""  # it is said once
    loaded = records(block)["cac_loaded"]
    assert (loaded.value, loaded.reason) == (None, "what people and tools cost is not in this data")


def test_spend_that_begins_too_late_is_no_cost(tmp_path: Path) -> None:
    block = cost(made(tmp_path, [SPEND[0], *SPEND[3:8]]).facts())
    assert told(block) == ("What a customer costs cannot be told: spend on media is known only from 17 Feb 2020 on.")
    assert records(block)["spend_media"].value is None


def test_nobody_won_is_no_cost_of_nought(tmp_path: Path) -> None:
    block = cost(made(tmp_path, deals=[*DEALS[:2], DEALS[5]]).facts())
    assert told(block) == "Nobody was won in the last 4 full weeks, so that a cost of a customer cannot be told."
    assert (records(block)["cac_media"].value, records(block)["cac_media"].reason) == (None, "nobody was won")


def test_a_slice_by_source_has_media_alone_and_others_none(tmp_path: Path) -> None:
    """Search won k1 and k3, 9.5 days, a week: its media from 10 February to 8 March are 260, 130 each."""
    company = made(tmp_path)
    block = cost(company.facts(slice="source=Search"))
    assert records(block)["cac_media"].value == 130
    assert told(block).endswith("What people and tools cost is not booked by source.")
    assert (cost(company.facts(slice="segment=mid")).missing or "").startswith("Spend is not booked by segment")


def test_what_is_booked_once_a_month_is_spread_over_its_days() -> None:
    """People 2,900 on 1 February 2020, 29 days, and 3,100 on 1 March: 100 a day; media of two days stay there."""
    feb, march = epoch_day(date(2020, 2, 1)), epoch_day(date(2020, 3, 1))
    rows = [(feb, "people", "sales", 2900.0), (march, "people", "sales", 3100.0),
            (feb, "media", "marketing", 5.0), (feb + 9, "media", "marketing", 7.0)]  # fmt: skip
    frame = spread(pd.DataFrame(rows, columns=["day", "kind", "team", "amount"]))
    people = frame[frame["kind"] == "people"]
    assert people["day"].tolist() == list(range(feb, march + 31))
    assert people["amount"].tolist() == pytest.approx([100.0] * 60)
    assert frame.loc[frame["kind"] == "media", "amount"].tolist() == [5.0, 7.0]


def test_spend_is_undefined_where_it_is_not_known() -> None:
    first, last = date(2020, 2, 1), date(2020, 2, 28)
    frame = pd.DataFrame({"day": [epoch_day(first), epoch_day(last) - 7], "amount": [1.0, 2.0]})
    assert _spend(frame, first, last, "spend").amount == 3.0
    early = _spend(frame.assign(day=frame["day"] - 1), first, last, "spend").reason
    assert early.replace("\u00a0", " ") == "spend is known only up to 20 Feb 2020"
    assert _spend(frame.assign(amount=-1.0), first, last, "spend").reason == "credits are more than spend"
    assert _spend(frame[:0], first, last, "spend").reason == "spend is not in this data"


def test_deals_known_for_a_part_of_the_weeks_are_no_cost(tmp_path: Path) -> None:
    """Without k0 the data begins on 13 February; four weeks up to 8 March begin on the 10th."""
    block = cost(made(tmp_path, deals=[DEALS[0], *DEALS[2:]]).facts(as_of="2020-03-11T12:00:00Z"))
    assert told(block) == "What a customer costs cannot be told: deals are known only from 13 Feb 2020 on."
    assert records(block)["cac_loaded"].value is None


def test_people_known_without_all_media_are_no_loaded_cost(tmp_path: Path) -> None:
    """Media are known only from 17 February on; what people cost is known from the first."""
    block = cost(made(tmp_path, [SPEND[0], *SPEND[3:]]).facts())
    assert told(block) == "What a customer costs cannot be told: spend on media is known only from 17 Feb 2020 on."


def test_without_spend_it_says_what_to_connect(tmp_path: Path) -> None:
    company = made(tmp_path)
    del company.mapping["tables"]["spend"]
    company.write_mapping()
    said = cost(company.facts()).missing or ""
    assert f"map spend (what was spent, by day, source and kind) in {company.known_as}/sources/tiny.yaml" in said
