"""Item 2 of the monthly deep dive on the company of tests/company.py, March 2020; expectations worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import pytest

from alignment_lib.checks import build
from alignment_lib.facts import Facts, content_frames, stage_frames
from alignment_lib.facts import build as build_facts
from alignment_lib.page.block import Block, Mark
from alignment_lib.params import Request, load
from alignment_lib.source import open_source
from tests.company import Company, Rows
from tests.fixture_numbers import plain, strangers

# the package's names of these are the blocks themselves
assets, closed_loop, content_map, friction, mistakes, positioning, prospects = (
    import_module(f"alignment_lib.blocks.monthly.{name}")
    for name in ("assets", "closed_loop", "content_map", "friction", "mistakes", "positioning", "prospects")
)
BLOCKS: tuple[Callable[[Facts], Block], ...] = (
    friction.friction, content_map.content_map, prospects.prospects, closed_loop.closed_loop, mistakes.mistakes,
    positioning.positioning, assets.assets,
)  # fmt: skip
TIERS = ["2", "10", "2", "", "", ""]
PERSONAS = ["CFO", "IT", "CFO", "IT", "", ""]
OLD: Rows = [[f"o{i}", "", "01.06.2019 10:00", "100", "01.07.2019", "Lost", "r2"] for i in (1, 2, 3)]
STAGES: Rows = [
    ["opportunity_id", "stage", "entered_at"],
    ["d1", "Talks", "2020-03-04T10:00:00Z"],  # 48 hours
    ["d1", "Offer", "2020-03-06T10:00:00Z"],  # 142 hours
    ["d1", "Won", "2020-03-12T08:00:00Z"],
    ["d2", "Talks", "2020-03-05T10:00:00Z"],  # 191 hours
    ["d2", "Lost", "2020-03-13T09:00:00Z"],
    ["d3", "Talks", "2020-03-11T10:00:00Z"],  # 492 hours up to the end of March in Berlin
    ["d3", "Offer", "2020-04-02T10:00:00Z"],  # after as-of
    # a year before: 2, 4 and 10 days in Talks, and then in Offer until the closing
    *([f"o{i}", "Talks", "2019-06-01T10:00:00Z"] for i in (1, 2, 3)),
    ["o1", "Offer", "2019-06-03T10:00:00Z"],
    ["o2", "Offer", "2019-06-05T10:00:00Z"],
    ["o3", "Offer", "2019-06-11T10:00:00Z"],
]
CONTENT: Rows = [
    ["asset_id", "title", "stage", "persona", "supports_positioning", "origin_conversation", "published_on"],
    ["c1", "Guide", "Talks", "CFO", "true", "Ada was asked", "2020-01-01"],
    ["c2", "Sheet", "Offer", "IT", "false", "", "2020-01-01"],
    ["c3", "Later", "Offer", "CFO", "true", "", "2020-05-01"],
    ["c4", "Tool", "Talks", "IT", "", "", ""],
]
USES: Rows = [
    ["asset_id", "opportunity_id", "used_at"],
    ["c1", "d1", "2020-03-05T10:00:00Z"],
    ["c1", "d3", "2020-03-20T10:00:00Z"],
    ["c1", "", "2019-06-01T10:00:00Z"],
    ["c2", "d2", "2020-03-06T10:00:00Z"],
    ["c2", "d1", "2020-03-20T10:00:00Z"],  # after d1 was won: a use, but not for the deal
    ["c2", "d2", "2020-04-02T10:00:00Z"],  # after as-of
]
ASKED: Rows = [
    ["requested_on", "requested_by", "stage", "persona", "note", "asset_id"],
    ["2020-03-02", "r1", "talks", "CFO", "Prices", ""],
    ["2020-03-03", "r2", "Offer", "IT", "Servers", "c2"],
    ["2020-04-05", "r2", "Offer", "IT", "Too late", ""],
]
PAY: Rows = [
    ["team", "role", "metric", "weight"],
    ["sales", "Rep", "won", "0.5"],
    ["sales", "Rep", "sla_follow_up", "0.5"],
    ["marketing", "CMO", "won", "1"],
]
ADDED = {
    "stage_changes": STAGES, "content": CONTENT, "content_uses": USES, "content_requests": ASKED, "compensation": PAY,
}  # fmt: skip


def whole(root: Path) -> Company:
    """The six leads with tiers and personas, their deals' stages, and a library of content."""
    made = Company(root)
    leads = made.rows["leads"]
    leads[0] += ["Tier", "Persona"]
    for row, tier, persona in zip(leads[1:], TIERS, PERSONAS, strict=True):
        row += [tier, persona]
    made.mapping["tables"]["leads"]["columns"] |= {"icp_tier": "Tier", "persona": "Persona"}
    made.rows["deals"] += [list(row) for row in OLD]
    for name, rows in ADDED.items():
        made.rows[name] = [list(row) for row in rows]
        made.mapping["tables"][name] = {"from": name, "columns": {c: c for c in rows[0]}}
    return made


def facts_of(made: Company, month: str = "2020-03", now: str = "2020-05-10", **request: str) -> Facts:
    """The fact tables of a month, with a smallest number of three."""
    made.write()
    (made.params_folder / "weekly.yaml").write_text("min_n: 3\n", encoding="utf-8")
    file = made.params_folder / "monthly.yaml"
    file.write_text("history_months: 3\n", encoding="utf-8")
    request = {"source": "tiny", "data": str(made.data), "params": str(file), "month": month} | request
    params = load(Request(report="monthly", **request), now=datetime.fromisoformat(now).replace(tzinfo=UTC))
    return build_facts(build(open_source(params), params))


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return facts_of(whole(tmp_path_factory.mktemp("whole")))


def told(block: Block) -> list[str]:
    assert block.missing is None, block.missing
    return [plain(s) for s in block.sentences]


def test_time_in_stage(facts: Facts) -> None:
    """Endings are no stages: d1's Won and d2's Lost are entered on the day of the closing."""
    frame = stage_frames.stage_times(facts)
    rows = {(r.stage, r.window, r.hours): (r.left, r.still) for r in frame.itertuples()}
    assert rows == {
        ("Talks", "month", 48): (1, 0), ("Talks", "month", 191): (1, 0), ("Talks", "month", 492): (0, 1),
        ("Offer", "month", 142): (1, 0),
        ("Talks", "year", 48): (1, 0), ("Talks", "year", 96): (1, 0), ("Talks", "year", 240): (1, 0),
        # until 1 July 2019, 00:00 in Berlin: 22:00 on 30 June in UTC, 27.5, 25.5 and 19.5 days later
        ("Offer", "year", 660): (1, 0), ("Offer", "year", 612): (1, 0), ("Offer", "year", 468): (1, 0),
    }  # fmt: skip
    talks = friction.numbers(facts).stages[0]
    assert (talks.name, talks.p50.leads, talks.p50.estimate) == (
        "Talks",
        3,
        191 / 24,
    )  # a third is left after 191 hours


def test_stuck(facts: Facts) -> None:
    """Nine of ten left Talks within ten days in the year before; d3 has been there for twenty and a half."""
    block = friction.friction(facts)
    assert told(block) == [
        "Too few leads and deals have passed a step to compare the month with the thirteen weeks before.",
        "The one open deal is stuck: it has been in Talks for 20 days.",
    ]
    assert block.tables[-1].rows == (("d3", "Talks", "20", "10", "Ada", "1,000"),)


def test_a_longer_limit_frees_a_deal(tmp_path: Path) -> None:
    made = whole(tmp_path)
    made.rows["stage_changes"][-1][2] = "2019-06-21T22:00:00Z"  # o3: 492 hours in Talks, just as long as d3 by now
    assert told(friction.friction(facts_of(made)))[1] == "The one open deal is not stuck in its stage."


def test_steps_of_leads(facts: Facts) -> None:
    """Four MQLs were routed; two were called; three were decided on."""
    frame = stage_frames.lead_steps(facts)
    sums = frame.groupby("step")[["left", "still"]].sum()
    assert {s: (int(r["left"]), int(r["still"])) for s, r in sums.iterrows()} == {
        "routing": (4, 0), "first contact": (2, 2), "decision": (3, 1),
    }  # fmt: skip
    done = frame[frame["left"] > 0]
    assert sorted(done.loc[done["step"] == "decision", "hours"]) == [23, 46, 70]


def test_the_step_that_slowed(tmp_path: Path) -> None:
    """Three leads decided after 1 day in February, the three of March after 23, 46 and 70 hours: the median of four."""
    made = whole(tmp_path)
    for i in range(3):
        day = f"1{i}.02.2020 11:00"
        made.rows["leads"].append(
            [f"f{i}", day, "Search", "mid", "r1", day, day, f"1{i + 1}.02.2020 11:00", "", "", "", ""]
        )
    found = friction.numbers(facts_of(made))
    decision = next(s for s in found.steps if s.name == "decision")
    # of four, one still waiting: half have it after 46 hours and for as long as until 70: the middle, 58
    assert (decision.p50.estimate * 24, decision.before.estimate * 24) == (pytest.approx(58), 24)
    assert [s.name for s in found.slowest] == ["decision"]
    assert friction.sentence(found).startswith(
        "Compared with the thirteen weeks before, one median grew: sales's decision by 1.4\u00a0days (sales's step)"
    )


def test_content_map(facts: Facts) -> None:
    block = content_map.content_map(facts)
    assert told(block) == [
        "The library holds 3 assets; 2 of them were used 4 times this month; “Guide” was used most, twice.",
        "1 request of sales is still open; every stage and persona with an open deal has an asset.",
        "1 asset was not used in the last 90 days.",
    ]
    table = block.tables[0]
    assert [c.label for c in table.columns] == ["Stage", "CFO", "IT", "All"]
    shown = [tuple(plain(str(c)) for c in row) for row in (*table.rows, table.total or ())]
    assert shown == [
        ("Talks", "1 asset, 2 uses, 1 asked", "1 asset, 0 uses", "2 assets, 2 uses, 1 asked"),
        ("Offer", "–", "1 asset, 2 uses", "1 asset, 2 uses"),
        ("All", "1 asset, 2 uses, 1 asked", "2 assets, 2 uses", "3 assets, 4 uses, 1 asked"),
    ]


def test_gap(tmp_path: Path) -> None:
    """d3 is in Talks with a CFO, for whom nothing is there any more; without a persona an asset serves everybody."""
    made = whole(tmp_path)
    made.rows["content"][1][3] = "IT"
    found = facts_of(made)
    assert content_map.numbers(found).gaps == [("Talks", "CFO", 1)]
    assert told(content_map.content_map(found))[1] == (
        "1 request of sales is still open; one pair of stage and persona has open deals but no asset, Talks for the"
        " CFO with 1 deal."
    )
    assert any(isinstance(c, Mark) for row in content_map.content_map(found).tables[0].rows for c in row)
    made.rows["content"][1][3] = ""
    assert content_map.numbers(facts_of(made)).gaps == []


def test_prospects(facts: Facts) -> None:
    """Tier 2 comes before tier 10; of the four MQLs two are of tier 2, one of 10, and of one nobody knows."""
    block = prospects.prospects(facts)
    found = prospects.numbers(facts)
    assert found.tiers == ("2", "10")
    assert told(block)[0].startswith("Of the 3 MQLs of the month with a known tier, 67 % (")
    by_source, by_tier, by_persona = block.tables
    assert [row[:4] for row in by_source.rows] == [("Search", "2", "1", "1"), ("Webinar", "2", "2", "1")]
    assert (by_source.total or ())[:4] == ("All", "4", "3", "2")
    assert [row[:4] for row in by_tier.rows] == [
        ("2", "2", "1", "1"), ("10", "1", "1", "0"), ("(unknown)", "1", "3", "0"),
    ]  # fmt: skip
    assert [tuple(map(plain, row[:5])) for row in by_persona.rows] == [
        ("CFO", "2", "50 %", "1", "100 %"), ("IT", "2", "50 %", "0", "0 %"),
    ]  # fmt: skip


def test_tiers_by_name() -> None:
    tiers = ["Tier 10", "Tier 2", "b", "A", "yes"]
    assert sorted(tiers, key=prospects._rank) == ["yes", "A", "b", "Tier 2", "Tier 10"]


def test_closed_loop(facts: Facts) -> None:
    """Of four MQLs 008 has no decision; Wilson for 3 of 4: 0.301 to 0.954. Webinar's last decision was on 6 March."""
    block = closed_loop.closed_loop(facts)
    assert told(block) == [
        "Of the 4 MQLs whose 14 days ended this month, 75 % (30 to 95 %) had a decision in time, with a reason where it"
        " was no.",
        "The one rejection came with a reason.",
        "The source that sales has been silent on for longest is Webinar, for 25 days.",
    ]
    rows = {row[0]: row[1:5] for row in block.tables[0].rows}
    assert rows == {"Search": ("2", "1", "0", "0"), "Webinar": ("2", "2", "1", "0")}
    assert {m.name: m.value for m in block.metrics if not (m.source or m.segment)} == {
        "loop_month": 0.75, "loop_unexplained": 0,
    }  # fmt: skip


def test_the_days_that_fall_due_end_with_the_month(tmp_path: Path) -> None:
    """008 became MQL on 18 March: its 14 days end on 1 April."""
    made = whole(tmp_path)
    made.rows["leads"][4][5] = "18.03.2020 10:00"
    assert closed_loop.numbers(facts_of(made)).total.leads == 3
    made.rows["leads"][4][5] = "17.03.2020 10:00"
    assert closed_loop.numbers(facts_of(made)).total.leads == 4


def test_mistakes(facts: Facts) -> None:
    """A third of the MQLs is outside (limit 30 %), one of four undecided (20 %); pay: 0.5 of 2 is one team's own."""
    block = mistakes.mistakes(facts)
    assert told(block) == [
        "Four of the six mistakes can be judged; two give a warning: wrong prospects and wrong internal information."
    ]
    words = [str(row[-1]) for row in block.tables[0].rows]
    assert words == ["warn", "too few", "pass", "not in this data", "warn", "pass"]
    shares = {m.segment: m.value for m in block.metrics if m.name == "mistake"}
    assert shares["Wrong prospects"] == pytest.approx(1 / 3)
    assert (shares["Wrong people"], shares["Wrong internal information"], shares["Wrong metrics"]) == (0, 0.25, 0.25)


def test_nobody_reached(tmp_path: Path) -> None:
    made = whole(tmp_path)
    made.rows["leads"][2][9] = "Wrong Contact (left)"
    people = mistakes.numbers(facts_of(made))[1]
    assert people.share is not None and (people.share.estimate, people.n, people.mark.word) == (1, 1, "too few")


def test_positioning(facts: Facts) -> None:
    """c1 carries it and c2 does not; nobody said of c4. With c1 d1 was won; d2 was lost with c2 only."""
    frame = content_frames.deals_by_content(facts, ("c1",))
    assert frame.to_dict("records") == [
        {"used": "carrying", "won": 1, "lost": 0},
        {"used": "others", "won": 0, "lost": 1},
    ]
    block = positioning.positioning(facts)
    assert told(block) == [
        f"No positioning statement is written down yet: write it into {facts.run.params.file('monthly.yaml')} under"
        " positioning.",
        "Of 2 assets, 1 carries it; so did 50 % of the month's uses of content.",
        "Too few deals with content closed in twelve months to compare their win rates.",
    ]
    assert "Difference" not in block.tables[0].note


def test_assets(facts: Facts) -> None:
    block = assets.assets(facts)
    assert told(block) == ["Of 3 assets, 2 name no sales conversation as the origin and 1 was never used."]
    assert block.tables[0].rows == (
        ("Guide", "Ada was asked", "yes", "3", "2", "1", "0", "1"),
        ("Sheet", "not recorded", "no", "2", "1", "0", "1", "0"),
        ("Tool", "not recorded", "nobody said", "0", "0", "0", "0", "0"),
    )


@pytest.mark.parametrize("block", BLOCKS)
def test_every_number_is_recorded(facts: Facts, block: Callable[[Facts], Block]) -> None:
    shown = block(facts)
    assert not strangers(shown, 3, 14)
    assert all(len(row) == len(t.columns) for t in shown.tables for row in (*t.rows, *([t.total] if t.total else [])))


def test_an_empty_month(tmp_path: Path) -> None:
    """Nothing happens in May; decisions on nothing fall due; the library is still there."""
    made = whole(tmp_path)
    made.rows["calls"].append(["c9", "007", "2020-05-30T10:00:00Z", "in", "r1"])  # or the export would be too old
    found = facts_of(made, month="2020-05", now="2020-06-10")
    for block in BLOCKS:
        assert told(block(found)) and not strangers(block(found), 3, 14)


def test_without_the_tables(tmp_path: Path) -> None:
    """One line each that says what to connect; the mistakes say which of them the data does not tell."""
    found = facts_of(Company(tmp_path), now="2020-03-20")
    missing = {b.__name__ for b in BLOCKS if b(found).missing}
    assert missing == {"friction", "content_map", "prospects", "positioning", "assets"}
    assert told(mistakes.mistakes(found)) and told(closed_loop.closed_loop(found))
