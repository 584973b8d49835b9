"""Item 6 of the monthly deep dive on the company of tests/company.py, March 2020; expectations worked out by hand."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from alignment_lib.blocks.monthly import beliefs, interviews, month_grid, practices, readership, shadowing, suggestions
from alignment_lib.facts import Facts
from alignment_lib.page.block import Block, Mark, Quiet
from alignment_lib.stats.sizes import leads_per_arm
from tests.fixture_numbers import plain, strangers
from tests.fixture_plans import CLICKS, DEFINITIONS, TABLES, facts_of, leads, mails

BLOCKS = {
    "month_grid": month_grid.month_grid,
    "practices": practices.practices,
    "interviews": interviews.interviews,
    "beliefs": beliefs.beliefs,
    "suggestions": suggestions.suggestions,
    "shadowing": shadowing.shadowing,
    "readership": readership.readership,
}


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    tables = {**TABLES, "mail_events": mails()}
    return facts_of(tmp_path_factory.mktemp("plans"), tables, definitions=DEFINITIONS)


def record(block: Block, name: str, **where: Any) -> Any:
    [found] = [m for m in block.metrics if m.name == name and all(getattr(m, k) == v for k, v in where.items())]
    return found


def said(block: Block) -> list[str]:
    return [plain(s) for s in block.sentences]


@pytest.mark.parametrize("name", BLOCKS)
def test_every_number_in_a_sentence_is_recorded_and_no_record_twice(facts: Facts, name: str) -> None:
    block = BLOCKS[name](facts)
    assert block.missing is None
    assert strangers(block) == []
    keys = [(m.name, m.source, m.segment, m.period) for m in block.metrics]
    assert len(keys) == len(set(keys))
    assert all(len(row) == len(t.columns) for t in block.tables for row in t.rows)
    assert "nan" not in plain(block._repr_html_()).split()


def test_a_company_without_these_tables_is_told_what_to_write(tmp_path: Path) -> None:
    bare = facts_of(tmp_path, {})
    for name, block in BLOCKS.items():
        shown = block(bare)
        if name == "practices":
            assert said(shown)[0] == "No definition changed and no goal was changed."
            assert "product_updates" in said(shown)[1]
        else:
            assert shown.missing, name
            assert not shown.sentences + shown.tables + shown.metrics, name


ONLY_HEAD = "mail_events.csv (mail_events): only the head; export it again, with its rows."


def test_tables_without_rows_are_told_in_a_sentence(tmp_path: Path) -> None:
    tables = {name: rows[:1] for name, rows in {**TABLES, "mail_events": mails()}.items()}
    empty = facts_of(tmp_path, tables)
    for name, block in BLOCKS.items():
        shown = block(empty)
        if name == "readership":  # the CRM's own, and not kept by hand: an export with nothing but a head is odd
            assert shown.missing == f"This data cannot tell. {ONLY_HEAD}", name
            continue
        assert shown.missing is None, name
        assert len(shown.sentences) == 1, name
        assert shown.sentences[0].endswith("."), name


def test_the_calendar_shows_each_item_on_its_first_day_and_on_mondays(facts: Facts) -> None:
    block = month_grid.month_grid(facts)
    # 1 April to 1 May: the fair (20) and the promo (5) begin, the ads go on until 8 April
    assert said(block) == [
        "2 plans begin between 1 Apr 2020 and 1 May 2020; 1 is already running; marketing expects 25 leads from those"
        " that begin."
    ]
    grid = [[plain(str(c)) for c in row] for row in block.tables[0].rows]
    assert [row[0] for row in grid] == ["2020-W14", "2020-W15", "2020-W16", "2020-W17", "2020-W18"]
    assert grid[0][1:5] == ["", "", "1 Apr: on: campaign “Ads that run on”", "2 Apr: event “Fair”"]
    assert grid[1][1:3] == ["6 Apr: on: campaign “Ads that run on”", "7 Apr"]
    assert grid[2][1] == "13 Apr"
    assert grid[4][5:] == ["1 May: promo “A title that is too long to be…”", "", ""]
    items = block.tables[1]
    assert [row[0] for row in items.rows] == [
        "Ads that run on", "Fair", "A title that is too long to be shown whole in a calendar",
    ]  # fmt: skip
    assert items.folded


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("short", "short"),
        ("exactly ten", "exactly…"),
        ("1234567890", "1234567890"),
        ("12345678901", "123456789…"),
        ("a bc defghi jkl", "a bc…"),
        ("123456789 0", "123456789…"),
    ],
)
def test_titles_are_cut_at_a_word(text: str, shown: str) -> None:
    assert month_grid.shortened(text, 10) == shown


def test_practices_hold_what_took_effect_in_the_month(facts: Facts) -> None:
    block = practices.practices(facts)
    assert said(block) == [
        "2 product updates were announced, 1 definition or agreement took effect and 1 goal was changed."
    ]
    updates, rules, goals = block.tables
    assert [row[0] for row in updates.rows] == ["New", "Newer"]
    assert [plain(str(c)) for c in rules.rows[0]] == ["MQL version 1", "9 Mar 2020", "Meets it."]
    assert goals.rows[0][3:5] == ("10", "12")


def test_interviews_compare_only_where_enough_answered(facts: Facts) -> None:
    block = interviews.interviews(facts)
    # Fit: every marketer rates higher, so the gap is 1; p = 2 / (10 over 5) = 1 / 126. Fast: 5 and 4 answers
    found = interviews.numbers(facts)
    assert found is not None
    fit, fast = found.questions
    assert fit.gap.estimate == 1
    assert fit.gap.p == pytest.approx(2 / 252)
    assert (fit.medians["marketing"], fit.medians["sales"]) == (8, 2)
    assert math.isnan(fast.gap.estimate) and math.isnan(fast.q) and math.isnan(fast.medians["sales"])
    assert fit.q == fit.gap.p  # alone in its family
    assert said(block)[1] == "The two sides stand apart on “Fit?” (marketing rates higher)."
    assert [plain(str(c)) for c in block.tables[0].rows[1][:5]] == ["Fast?", "5, 4", "–", "too few", "too few"]
    assert record(block, "interview_answers", source="sales", segment=None).value == 9
    assert not [m for m in block.metrics if m.name in ("interview_rating", "interview_gap") and m.segment == "Fast?"]


def test_nobody_is_named_in_interviews(facts: Facts) -> None:
    page = interviews.interviews(facts)._repr_html_()
    assert "Mona" not in page and "Sol" not in page


def test_a_test_counts_leads_of_either_way_that_are_old_enough(facts: Facts) -> None:
    one, two = (t for t in suggestions.numbers(facts) if t.gap is not None)
    # A: 20 by campaign and one by source, 4 of them within 14 days; B: 20 and one, 15 and one of them
    assert one.a is not None and one.b is not None and one.gap is not None
    assert (one.a.share.converted, one.a.share.leads) == (4, 21)
    assert (one.b.share.converted, one.b.share.leads) == (16, 21)
    assert one.gap.estimate == pytest.approx(12 / 21)
    assert one.tells and one.more == 0
    assert two.a is not None and (two.a.leads, two.a.share.leads, two.a.young) == (1, 0, 1)
    assert not two.tells and math.isnan(two.q)


def test_the_register_says_what_can_tell(facts: Facts) -> None:
    block = suggestions.suggestions(facts)
    assert said(block)[0] == "Of 4 suggestions, 2 were put to a test; 1 can tell by now."
    assert said(block)[1].startswith("“Ask more” did better than the old way: 76 % (")
    tests, others = block.tables
    verdicts = [row[5].word for row in tests.rows if isinstance(row[5], Mark)]
    assert verdicts == ["can tell", "cannot tell yet: too few leads old enough"]
    assert [row[0] for row in others.rows] == ["Call first", "Be kind"]
    assert record(block, "suggestion_rate", segment="S2", source="Short").value is None
    assert not [m for m in block.metrics if m.name == "suggestion_gap" and m.segment == "S2"]


def test_a_test_that_is_not_clear_says_how_many_more_leads(tmp_path: Path) -> None:
    rows = [r if r[0] != "S1" else [*r[:6], "Short", "Short too", *r[8:]] for r in TABLES["suggestions"]]
    built = leads()
    for row in built[2:40:2]:  # 19 of the new way, 5 of them accepted in time; of the old way 5 of 22, two by source
        row[10] = "Short too"
        row[7] = "16.01.2020 09:00" if int(row[0][1:]) <= 10 else ""
    found = suggestions.numbers(facts_of(tmp_path, {"suggestions": rows}, of=lambda: built))
    [trial] = [t for t in found if t.row["suggestion_id"] == "S1"]
    assert trial.a is not None and trial.b is not None
    assert (trial.a.share.converted, trial.a.share.leads) == (5, 22)
    assert (trial.b.share.converted, trial.b.share.leads) == (5, 19)
    exact = 2 * leads_per_arm(rate=5 / 19, baseline=5 / 22) - 41
    assert not trial.tells
    assert exact <= trial.more < exact * 1.1


def test_a_test_that_is_over_waits_for_its_youngest_lead(tmp_path: Path) -> None:
    """It ended on 31 March: the one lead of 25 March, of the old way, is six days old and needs fourteen."""
    [head, first, *_] = TABLES["suggestions"]
    rows = [head, [*first[:-1], "2020-03-31"], ["S0", *first[1:-1], "2020-03-24"]]
    found = suggestions.numbers(facts_of(tmp_path, {"suggestions": rows}))
    early, late = sorted(found, key=lambda t: str(t.row["suggestion_id"]))
    assert [(t.a.young, t.b.young) for t in (early, late) if t.a and t.b] == [(0, 0), (1, 0)]
    assert early.tells and not late.tells and math.isnan(late.q)


def test_leads_needed_are_those_of_the_reference() -> None:
    # power.prop.test(p1 = .50, p2 = .75, power = .90) of R: 76.7; alike either way round; none suffices for equal ones
    assert leads_per_arm(rate=0.5, baseline=0.75, power=0.9) == pytest.approx(76.7, abs=0.05)
    assert leads_per_arm(rate=0.75, baseline=0.5) == leads_per_arm(rate=0.5, baseline=0.75)
    assert leads_per_arm(rate=0.3, baseline=0.3) == math.inf
    assert math.isnan(leads_per_arm(rate=math.nan, baseline=0.3))


def test_beliefs_stand_beside_what_was_measured(facts: Facts) -> None:
    block = beliefs.beliefs(facts)
    # “Be kind” names no metric that is known
    assert said(block) == ["Of 3 beliefs about a number, 1 has been measured; the others are opinions so far."]
    shown = {row[0]: row[3] for row in block.tables[0].rows}
    assert str(shown["Ask more"]).startswith("+57 (") and str(shown["Ask more"]).endswith("a difference shows")
    assert (shown["Ask less"], shown["Call first"]) == ("too few leads old enough", "not measured")


def test_the_log_names_the_stages_that_nobody_has_seen(facts: Facts) -> None:
    block = shadowing.shadowing(facts)
    # 2 January to 31 March are 90 days: the entry of 1 January is too old, that of 2 April to come; Won, Lost are ends
    assert said(block) == [
        "1 marketer went along to sales's calls and visits 2 times in the last three months.",
        "Nobody has seen deals in “Talks”.",
    ]
    assert [row[2] for row in block.tables[0].rows] == ["call", "ride along"]


def test_stages_are_read_from_their_history_where_it_is_known(tmp_path: Path) -> None:
    changes = [["opportunity_id", "stage", "entered_at"], ["d1", "Demo", "2020-03-04T10:00:00"],
               ["d1", "Offer", "2020-03-06T10:00:00"], ["d1", "Won", "2020-03-12T10:00:00"],
               ["d3", "Talks", "2020-03-11T10:00:00"]]  # fmt: skip
    shown = facts_of(tmp_path, {"shadowing": TABLES["shadowing"], "stage_changes": changes})
    # no deal has left Talks yet; Demo was seen
    assert said(shadowing.shadowing(shown))[1] == "Nobody has seen deals in “Offer”."


def test_the_refresh_rule_finds_the_mail_that_fewer_click(facts: Facts) -> None:
    kinds = {k.name: k for k in readership.numbers(facts)}
    product, market = kinds["product news"], kinds["market news"]
    # W05 has three recipients; W13 was sent twice to one, whose click comes after the as-of; W14 is not over
    assert [None if s is None else (s.converted, s.leads) for s in product.shares] == (
        [None] * 5 + [(n, 6) for n in CLICKS]
    )
    # slope = Σ x (s - 3.5) / (6 · 42) = -38.5 / 252; over seven steps more than all of it
    assert product.trend.estimate == pytest.approx(-38.5 / 252)
    assert product.fall.estimate == 1 and product.fall.low == pytest.approx(1.0694 - 0.4355, abs=0.05)
    assert readership.verdict(facts, product).word == "refresh it"
    assert market.fall.estimate == pytest.approx(0) and readership.verdict(facts, market).word == "keep it"
    told = said(readership.readership(facts))
    assert told[0].startswith("In 2020-W13, 0 % of the recipients clicked in the mail “product news”, after 100 % in")
    assert "so refresh it" in told[0] and "refresh" not in told[1]


def test_the_grid_shows_clicks_and_greys_opens(facts: Facts) -> None:
    block = readership.readership(facts)
    [grid] = [t for t in block.tables if "product news" in t.caption]
    first, last = grid.rows[0], grid.rows[-1]
    assert [str(c) for c in first] == ["p0", *["clicked"] * 7, "opened"]
    assert [str(c) for c in last] == ["p5", "clicked", "clicked", *["opened"] * 6]
    assert isinstance(last[3], Quiet) and isinstance(last[1], Mark) and last[1].status == "good"
    assert "managers only" in block.title and "managers only" in grid.caption


@pytest.mark.parametrize(
    ("mailing", "kind"),
    [
        ("product update 2026-W35", "product update"),
        ("Newsletter #12", "Newsletter"),
        ("News 2026-08-31", "News"),
        ("News (W3)", "News"),
        ("2026-W35", readership.OTHER),
        ("Update", "Update"),
    ],
)
def test_mailings_are_grouped_without_their_number(mailing: str, kind: str) -> None:
    assert readership.kind_of(mailing) == kind
