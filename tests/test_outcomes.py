"""What can be told of how deals ended: stages nobody declared, days nobody wrote, values known too late. By hand."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from alignment_lib.blocks import weekly as blocks
from alignment_lib.checks import trial
from alignment_lib.facts import Facts, build, deal_frames
from alignment_lib.source import open_source
from tests.fixture_scorecard import with_measures
from tests.fixture_stranger import Stranger, column, stranger


@pytest.fixture
def odd(tmp_path: Path) -> Stranger:
    return stranger(tmp_path)


def change(odd: Stranger, heading: str, old: str, new: str, *, first: int = 1000) -> int:
    """Write `new` for `old` in deals, in so many of them; how many there were."""
    place, done = column(odd.rows["deals"], heading), 0
    for row in odd.rows["deals"][1:]:
        if row[place] == old and done < first:
            row[place], done = new, done + 1
    return done


def number(facts: Facts, name: str) -> float | None:
    """The week's total of a measure, from whichever block tells it."""
    told = [m for b in (blocks.closed, blocks.progress, blocks.pipeline, blocks.follow_up) for m in b(facts).metrics]
    return next((m.value for m in told if m.name == name and m.period is m.source is m.segment is None), None)


def opened(facts: Facts) -> int:
    return int(facts.deals.filter(facts.deals.outcome == "open").count().to_pandas())


def test_nothing_is_said_of_a_company_whose_outcomes_are_known(odd: Stranger) -> None:
    names = {"values", "outcomes", "outcome", "dated outcome", "dates", "known late"}
    assert [c for c in odd.judged() if c.name in names and c.status != "PASS"] == []
    assert {row[5] for row in odd.rows["deals"][1:]} == {"Won", "Lost", "Talks"}


@pytest.mark.parametrize("stage", ["Closed Won (2026)", "Won - new business", "Gewonnen 2020"])
def test_a_stage_that_fell_out_of_the_map_is_named_and_holds(odd: Stranger, stage: str) -> None:
    n = change(odd, "Stage", "Won", stage)
    [check] = [c for c in odd.judged() if c.name == "outcomes" and c.status == "HOLD"]
    assert f"'{stage}', {n} ×" in check.sentence and check.count == n
    facts = odd.known()
    block = blocks.closed(facts)
    assert block.missing and stage in block.missing and number(facts, "won") is None


def test_one_of_many_is_named_and_holds_nothing(odd: Stranger) -> None:
    """1 of 31 decided deals, 3 %: told, and the numbers stand."""
    change(odd, "Stage", "Won", "Closed Won (old)", first=1)
    found = [c for c in odd.judged() if c.name == "outcomes"]
    assert [c.status for c in found] == ["WARN"] and number(odd.known(), "won") is not None


@pytest.mark.parametrize("stage", ["WON", "won", "Won\u00a0", "\u00a0Won"])
def test_another_case_or_a_no_break_space_is_the_same_stage(odd: Stranger, stage: str) -> None:
    before = number(odd.known(), "won")
    change(odd, "Stage", "Won", stage)
    assert number(odd.known(), "won") == before and odd.told("outcomes") == []


def test_flags_of_the_crm_tell_a_stage_that_nobody_declared(odd: Stranger) -> None:
    before = number(odd.known(), "won")
    odd.rows["deals"][0] += ["IsWon", "IsClosed"]
    for row in odd.rows["deals"][1:]:
        row += [str(row[5] == "Won").lower(), str(row[5] in ("Won", "Lost")).lower()]
    change(odd, "Stage", "Won", "Signed")
    change(odd, "Stage", "Lost", "Gone")
    odd.mapping["tables"]["opportunities"]["columns"]["outcome"] |= {"won": "IsWon", "closed": "IsClosed"}
    facts = odd.known()
    assert number(facts, "won") == before and odd.told("outcomes") == []


def test_decided_deals_without_a_day_are_not_open_and_their_rates_say_so(odd: Stranger) -> None:
    before, n = opened(odd.known()), change(odd, "Stage", "Won", "Won")
    change(odd, "Closed", next(r[4] for r in odd.rows["deals"][1:] if r[5] == "Won"), "")
    for row in [r for r in odd.rows["deals"][1:] if r[5] == "Won"][:3]:
        row[4] = ""
    facts = odd.known()
    assert opened(facts) == before
    lost = sum(row[5] == "Won" and not row[4] for row in odd.rows["deals"][1:])
    [told] = odd.told("dated outcome")
    assert told == (
        f"deals.csv: {lost} deals without a closing date ({lost} won); no week can count them, and they are not open;"
        f" {round(100 * lost / n)} % of all wins lack their day, so that what a customer costs, in money or in leads,"
        " cannot be told"
    )
    evidence = blocks.closed(facts).evidence
    assert evidence is not None
    assert f"{round(100 * lost / n)} % of all wins have no closing day" in evidence.excluded.replace("\u00a0", " ")


def test_of_undated_deals_those_count_that_are_known_as_of_the_run(odd: Stranger) -> None:
    """U1 was there on 16 March, when the week ends; U2 and U3 came on the 20th."""
    for name, born, stage in (("U1", "02", "Lost"), ("U2", "20", "Lost"), ("U3", "20", "Won")):
        odd.rows["deals"].append([name, "", f"{born}.03.2020 10:00", "500", "", stage, "r1"])
    assert odd.told("dated outcome") == [
        "deals.csv: 1 deal without a closing date (1 lost); no week can count them, and they are not open"
    ]
    facts = odd.known()
    assert deal_frames.undated(facts) == 1
    for block in (blocks.closed, blocks.pipeline):
        evidence = block(facts).evidence
        assert evidence is not None and "1 deal " in evidence.excluded.replace("\u00a0", " ")


def test_a_deal_without_a_day_of_its_own_is_there_once_its_lead_is(odd: Stranger) -> None:
    """U1 is of a lead of January, U2 of one that came after the week, U3 of nobody's."""
    del odd.mapping["tables"]["opportunities"]["columns"]["created_at"]
    odd.rows["leads"].append(["L900", "18.03.2020 10:00", "Event", "mid", "r1", "", "", "", "", ""])
    for name, lead in (("U1", "L001"), ("U2", "L900"), ("U3", "")):
        odd.rows["deals"].append([name, lead, "", "500", "", "Lost", "r1"])
    [told] = odd.told("dated outcome")
    assert told.startswith("deals.csv: 2 deals without a closing date (2 lost)")
    assert deal_frames.undated(odd.known()) == 2


def test_open_deals_without_a_day_of_creation_are_open_and_named_by_stage(odd: Stranger) -> None:
    before = opened(odd.known())
    for n in range(7):
        odd.rows["deals"].append([f"N{n}", "", "", "500", "", "First talk" if n < 5 else "Offer", "r1"])
    facts = odd.known()
    assert opened(facts) == before + 7
    [told] = odd.told("dates")
    assert told == (
        "deals.csv: 7 open deals without a day of creation (First talk 5, Offer 2); counted as open, and in no week's"
        " new deals"
    )
    new = facts.deals.filter(facts.deals.opportunity_id.startswith("N"))
    assert int(new.filter(new.created_day.notnull()).count().to_pandas()) == 0
    assert number(facts, "pipeline_open_deals") == before + 7


def test_amounts_written_down_when_a_deal_is_decided_make_no_pipeline(odd: Stranger) -> None:
    for row in odd.rows["deals"][1:]:
        row[3] = "" if row[5] == "Talks" else row[3]
    for n in range(5):
        odd.rows["deals"].append([f"N{n}", "", "02.03.2020 10:00", "", "", "Talks", "r1"])
    facts = odd.known()
    [told] = odd.told("known late")
    assert told.startswith("deals.csv: 100 % of won deals have amount, of open ones 0 %")
    assert number(facts, "pipeline_open") is None and (number(facts, "pipeline_open_deals") or 0) >= 5
    assert number(facts, "won_value") is not None  # what was won has its value


def test_nobody_ever_won_is_told_and_prints_no_zero(odd: Stranger) -> None:
    change(odd, "Stage", "Won", "Talks")
    for n in range(20):
        odd.rows["deals"].append([f"N{n}", "", "02.02.2020 10:00", "5", "09.02.2020", "Lost", "r1"])
    told = " ".join(odd.told("outcomes"))
    assert "deals are lost and none is won" in told
    assert number(odd.known(), "won") is None


def test_nobody_ever_lost_makes_no_win_rate(odd: Stranger) -> None:
    for row in odd.rows["deals"][1:]:
        row[5] = "Won" if row[5] == "Lost" else row[5]
    facts = odd.known()
    assert "deals are won and none is lost" in " ".join(odd.told("outcomes"))
    assert number(facts, "win_rate") is None and number(facts, "lost") is None and number(facts, "won") is not None


@pytest.mark.parametrize("head", ["Call ID,When\n", "sep=;\r\nCall ID;When\r\n\r\n"])
def test_a_file_of_its_head_alone_that_no_table_reads_is_told(odd: Stranger, head: str) -> None:
    """As after `alignment inspect`, which leaves such a file out; the page asks for its rows, not for a mapping."""
    del odd.mapping["tables"]["activities"], odd.rows["calls"]
    odd.write().file("calls.csv", head)
    odd.file("notes.csv", "about\nnothing of ours, with a row\n")
    told = f"calls.csv: only the head, no rows, and no table of {odd.known_as}/sources/tiny.yaml reads it; export it"
    told += " again, with its rows, and map it"
    assert odd.told("rows") == [told]
    assert blocks.follow_up(odd.known()).missing == f"This data cannot tell. {told}."


def test_a_value_that_no_metric_knows_is_named_with_its_count(odd: Stranger) -> None:
    for row in odd.rows["calls"][1:4]:
        row[3] = "sideways"
    [told] = odd.told("values", "activities")
    assert told == "calls.csv: 3 rows have a direction other than in, out ('sideways', 3 ×); add them to `map:`"


CLOCK = {
    # when it was handed over, when it became MQL, when sales called (Berlin) → business hours from the later one
    "handed over first": ("09.03.2020 10:00", "09.03.2020 11:00", "2020-03-09T12:00:00Z", 2.0),
    "MQL first": ("09.03.2020 11:00", "09.03.2020 10:00", "2020-03-09T12:00:00Z", 2.0),
    "called between the two": ("09.03.2020 10:00", "09.03.2020 13:30", "2020-03-09T12:00:00Z", None),
    "never handed over": ("", "09.03.2020 11:00", "2020-03-09T12:00:00Z", 2.0),
}


@pytest.mark.parametrize("what", CLOCK)
def test_the_clock_starts_at_the_later_of_hand_over_and_mql(odd: Stranger, what: str) -> None:
    assigned, mql, called, hours = CLOCK[what]
    odd.rows["leads"].append(["X", "09.03.2020 09:00", "Event", "mid", "r1", mql, assigned, "", "", ""])
    odd.rows["calls"].append(["CX", "X", called, "out", "r1"])
    facts = odd.known()
    row = facts.leads.filter(facts.leads.lead_id == "X").to_pandas().iloc[0]
    waited = None if row["response_s"] is None or row["response_s"] != row["response_s"] else row["response_s"] / 3600
    assert waited == hours
    assert not [t for t in odd.told("order") if "assigned_at before mql_at" in t]


@pytest.mark.parametrize(("covers", "counted"), [("", 10), ("mqls", 10), ("handed_over", 12)])
def test_the_promise_is_of_mqls_unless_it_says_otherwise(odd: Stranger, covers: str, counted: int) -> None:
    """Two leads of the week were handed over and are no MQL."""
    for n in range(2):
        odd.rows["leads"].append(
            [f"X{n}", "09.03.2020 09:00", "Event", "mid", "r1", "", "09.03.2020 10:00", "", "", ""]
        )
    odd.write()
    if covers:
        (odd.params_folder / "sla.yaml").write_text(f"sales:\n  covers: {covers}\n", encoding="utf-8")
    facts = odd.known()
    block = blocks.follow_up(facts)
    assert number(facts, "sla_met") is not None and block.evidence is not None
    assert block.evidence.n.startswith(f"{counted}\u00a0leads")
    told = "2 leads handed over that are no MQL" in block.evidence.excluded.replace("\u00a0", " ")
    assert told == (counted == 10)


def test_without_any_day_it_is_said_what_could_be_told_instead(tmp_path: Path) -> None:
    """15 won, 16 lost and 2 open of 33 deals are all that a list without days can tell."""
    odd = stranger(tmp_path)
    for name in ("leads", "activities", "reps"):
        del odd.mapping["tables"][name]
    columns = odd.mapping["tables"]["opportunities"]["columns"]
    for name in ("created_at", "closed_at", "lead_id"):
        columns.pop(name)
    stages = [row[5] for row in odd.rows["deals"][1:]]
    told = " ".join(c.sentence.replace("\u00a0", " ") for c in odd.judged() if c.status == "FAIL")
    by_hand = (
        f"{len(stages)} deals {stages.count('Won')} won, {stages.count('Lost')} lost, {stages.count('Talks')} open"
    )
    assert "no week or month can be told" in told and by_hand in told


def test_the_day_on_which_a_deal_is_expected_to_close_is_no_closing(odd: Stranger) -> None:
    """Salesforce keeps both in one column: normal, and no warning."""
    for row in odd.rows["deals"][1:]:
        row[4] = row[4] or "30.04.2020"
    odd.mapping["tables"]["opportunities"]["columns"]["expected_close_on"] = {"column": "Closed", "format": "%d.%m.%Y"}
    assert odd.told("outcome") == [] and opened(odd.known()) > 0


@pytest.mark.parametrize("typed", [False, True])
def test_days_among_times_are_told_and_tell_no_hours(odd: Stranger, typed: bool) -> None:
    """Ninety of a hundred calls were logged as a day, at midnight in UTC; one alone may be chance."""
    calls = [row[2] for row in odd.rows["calls"][1:]]

    def logged(as_days: int) -> Stranger:
        for n, (row, when) in enumerate(zip(odd.rows["calls"][1:], calls, strict=True)):
            row[2] = f"{when[:10]}T00:00:00Z" if n < as_days else when
        odd.write()
        if typed:
            head, *rows = odd.rows["calls"]
            table = {name: [row[i] for row in rows] for i, name in enumerate(head)}
            table["When"] = pa.array([datetime.fromisoformat(t) for t in table["When"]], pa.timestamp("us", tz="UTC"))
            odd.file("calls.csv", "")
            (odd.data / "calls.csv").unlink()
            pq.write_table(pa.table(table), odd.data / "calls.parquet")
        return odd

    def judged() -> tuple[list[str], Any]:
        params = odd.params()
        found = trial(open_source(params), params)
        texts = [
            c.sentence for c in found.checks if c.status == "WARN" and ("midnight" in c.sentence or c.name == "clock")
        ]
        return texts, found.tables

    logged(90)
    texts, tables = judged()
    assert any("90 of 100 values stand at midnight, which few events do by chance" in text for text in texts)
    assert any("occurred_at holds 90 days among its times, so nothing can be said of hours" in text for text in texts)
    assert tables is not None
    assert not tables.has("leads.response_hours")
    logged(1)
    assert judged()[0] == []


def unpriced(odd: Stranger, n: int) -> None:
    """No amount in the last `n` won deals."""
    for row in [r for r in odd.rows["deals"][1:] if r[5] == "Won"][-n:]:
        row[3] = ""


def test_won_deals_without_an_amount_are_told_beside_every_sum(odd: Stranger) -> None:
    """15 deals are won; of the last 6 none has an amount."""
    assert odd.told("amounts") == [] and sum(row[5] == "Won" for row in odd.rows["deals"]) == 15
    unpriced(odd, 6)
    some = "6 of 15 won deals have no amount and are in no sum"
    [told] = odd.told("amounts")
    assert told.startswith(f"deals.csv: {some}; write them") and told.endswith("tiny.yaml, opportunities.amount")
    facts = odd.known()
    for block in (blocks.closed, blocks.progress, blocks.pipeline):
        evidence = block(facts).evidence
        assert evidence is not None and some in evidence.excluded.replace("\u00a0", " "), block
    loss = blocks.follow_up(facts).evidence
    assert loss is not None and "no amount" not in loss.excluded


def test_a_sum_of_the_deals_that_have_an_amount_is_held_to_no_goal(odd: Stranger) -> None:
    unpriced(odd, 6)

    def states() -> list[tuple[str, str]]:
        with_measures(odd, {"metric": "won_value", "owner": "Ada", "goal": 1}, {"metric": "won", "owner": "Ada"})
        rows = blocks.scorecard(build(odd.tables())).tables[0].rows
        return [(str(row[0]), getattr(row[6], "word", "")) for row in rows]

    money, number = states()
    assert money == ("Won value of deals with an amount only", "not judged") and number[1] != "not judged"
    for row in odd.rows["deals"][1:]:
        row[3] = row[3] or "1"
    assert states()[0] == ("Won value", "on track")


def test_one_win_in_twenty_without_an_amount_is_told_and_judged(odd: Stranger) -> None:
    """1 of 20 is 5 % and not more."""
    odd.rows["deals"] += [[f"N{n}", "", "02.03.2020 10:00", "7", "05.03.2020", "Won", "r1"] for n in range(5)]
    odd.rows["deals"][-1][3] = ""
    [check] = [c for c in odd.judged() if c.name == "amounts"]
    assert (check.status, check.count, check.caveat) == ("PASS", 1, "")
    assert check.sentence.replace("\u00a0", " ") == "deals.csv: 1 of 20 won deals has no amount and is in no sum"


@pytest.mark.parametrize(
    ("otherwise", "stage", "old"), [("lost", "Closed Won (2026)", "Won"), ("won", "Closed Lost", "Lost")]
)
def test_a_stage_that_is_read_as_the_contrary_is_named_and_holds(
    odd: Stranger, otherwise: str, stage: str, old: str
) -> None:
    rule = {"column": "Stage", "map": {"Won": "won", "Lost": "lost", "Talks": "open"}, "otherwise": otherwise}
    odd.mapping["tables"]["opportunities"]["columns"]["outcome"] = rule
    assert odd.told("outcomes") == []
    n = change(odd, "Stage", old, stage, first=4)
    [check] = [c for c in odd.judged() if c.name == "outcomes"]
    assert (check.status, check.count) == ("HOLD", n) == ("HOLD", 4)
    assert f"'{stage}', 4 ×, which sound or look decided and are read as {otherwise};" in check.sentence
    assert number(odd.known(), "won") is None


def test_a_stage_that_sounds_decided_and_has_no_closing_day_is_told_and_holds_nothing(odd: Stranger) -> None:
    """Deals in approval: those that are decided have their day, of these none has one."""
    n = change(odd, "Stage", "Talks", "Closed-Won approval")
    before = opened(odd.known())
    [check] = [c for c in odd.judged() if c.name == "outcomes"]
    assert check.status == "WARN" and check.count == n and not check.cannot
    assert f"'Closed-Won approval', {n} ×, which sound decided, but no such deal has a closing day" in check.sentence
    assert number(odd.known(), "won") is not None and opened(odd.known()) == before


def test_where_no_closing_day_is_mapped_words_are_proof_enough(odd: Stranger) -> None:
    del odd.mapping["tables"]["opportunities"]["columns"]["closed_at"]
    change(odd, "Stage", "Talks", "Closed-Won approval")
    assert [c.status for c in odd.judged() if c.name == "outcomes"] == ["HOLD"]


def flags(odd: Stranger) -> None:
    """The CRM's own flags, right for each deal, beside a map of its stages."""
    odd.rows["deals"][0] += ["IsWon", "IsClosed"]
    for row in odd.rows["deals"][1:]:
        row += [str(row[5] == "Won").lower(), str(row[5] != "Talks").lower()]
    rule = {"map": {"Won": "won", "Lost": "lost", "Talks": "open"}, "won": "IsWon", "closed": "IsClosed"}
    odd.mapping["tables"]["opportunities"]["columns"]["outcome"] |= rule


def test_flags_that_contradict_the_map_are_told_by_stage(odd: Stranger) -> None:
    """15 deals are won and 15 lost; 3 of the wins stand in a stage that the map calls open, 2 in that of losses."""
    flags(odd)
    assert odd.told("flags") == []
    change(odd, "Stage", "Won", "Talks", first=3)
    change(odd, "Stage", "Won", "Lost", first=2)
    assert odd.told("flags") == [
        "deals.csv: of 30 decided deals 5 end otherwise by IsWon and IsClosed than by the map, which counts ('Talks' is"
        " read as open and flagged won, 3 ×; 'Lost' is read as lost and flagged won, 2 ×); see `map:` in"
        f" {odd.known_as}/sources/tiny.yaml, opportunities.outcome"
    ]


def test_one_contradiction_in_thirty_is_nothing_to_tell(odd: Stranger) -> None:
    flags(odd)
    change(odd, "Stage", "Won", "Lost", first=1)
    assert odd.told("flags") == []


def test_won_deals_worth_less_than_nothing_are_told(odd: Stranger) -> None:
    won = [row for row in odd.rows["deals"][1:] if row[5] == "Won"]
    won[0][3] = "-500"
    assert odd.told("amounts") == [
        "deals.csv: 1 won deal is worth less than 0 and lowers every sum of what was won; if they are no credits,"
        f" correct them in the CRM, or see {odd.known_as}/sources/tiny.yaml, opportunities.amount"
    ]


@pytest.mark.parametrize("stage", ["Ganho", "Chiusa vinta (2026)", "Vunnen", "Wygrana"])
def test_a_stage_that_says_won_in_another_language_is_named(odd: Stranger, stage: str) -> None:
    for row in odd.rows["deals"][1:]:
        row[5] = stage if row[5] == "Won" else row[5]
    assert any(stage in told for told in odd.told("outcomes"))
