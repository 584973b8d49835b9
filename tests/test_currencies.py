"""Amounts in several currencies: never one sum, converted by rates where there are any, told where there are none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from alignment_lib.blocks import weekly
from alignment_lib.blocks.cost import cost
from alignment_lib.checks import build, reconciled
from alignment_lib.errors import ParamsError
from alignment_lib.page.block import Block
from alignment_lib.report.session import Report
from alignment_lib.source import currencies, numerals, open_source
from alignment_lib.source.profile import Inquiry, inspect
from alignment_lib.source.profile.amounts import guess
from alignment_lib.source.tables import Tables, read
from tests import fixture_currencies as money
from tests.company import COMPANY, Company, company, csv_text
from tests.fixture_report import facts_on, shown
from tests.fixture_scorecard import with_measures
from tests.test_hand_kept import lay

DEALS = [
    ["Deal ID", "Lead ID", "Created", "Amount", "Closed", "Stage", "Owner", "Currency"],
    ["d1", "3458764513820540928", "04.03.2020 10:00", "3500", "12.03.2020", "Won", "r1", "EUR"],
    ["d2", "3458764513820540929", "05.03.2020 10:00", "900.50", "13.03.2020", "Won", "r2", "USD"],
    ["d3", "007", "11.03.2020 10:00", "1000", "", "Talks", "r1", "usd"],
]
"""Two won in the week: EUR 3,500 and USD 900.50; USD 1,000 open."""


@pytest.fixture
def firm(tmp_path: Path) -> Company:
    """The small company, its deals in two currencies."""
    found = company(tmp_path)
    found.rows["deals"] = [list(row) for row in DEALS]
    deals = found.mapping["tables"]["opportunities"]["columns"]
    deals |= {"amount": "Amount", "currency": "Currency"}
    return found.write()


def say(firm: Company, **more: Any) -> None:
    """Into params/company.yaml."""
    (firm.params_folder / "company.yaml").write_text(yaml.safe_dump(COMPANY | more), encoding="utf-8")


def told(tables: Tables, status: str = "WARN") -> list[str]:
    return [c.sentence for c in tables.checks if c.name == "currency" and c.status == status]


def value(block: Block, name: str) -> tuple[float | None, str, str | None]:
    found = next(m for m in block.metrics if m.name == name and m.source is None and m.period is None)
    return found.value, found.unit, found.reason


def in_all(firm: Company, currency: str) -> Company:
    """Every deal in one currency."""
    firm.rows["deals"] = [DEALS[0], *([*row[:-1], currency] for row in DEALS[1:])]
    return firm.write()


def with_spend(firm: Company, *rows: list[str]) -> Company:
    firm.rows["spend"] = [["Day", "Cost", "Money"], *rows]
    columns = {"spent_on": "Day", "amount": "Cost", "currency": "Money", "kind": {"value": "media"},
               "team": {"value": "marketing"}}  # fmt: skip
    firm.mapping["tables"]["spend"] = {"from": "spend", "columns": columns}
    return firm.write()


# By hand


def test_amounts_by_hand_from_parquet(tmp_path: Path) -> None:
    given = money.params(str(money.export(tmp_path)))
    money.assert_by_hand(build(open_source(given), given))


def test_a_sum_of_converted_amounts_is_that_of_plain_sql(tmp_path: Path) -> None:
    """The same joins and roundings written as SQL by hand; DuckDB's own decimals."""
    given = money.params(str(money.export(tmp_path)))
    tables = build(open_source(given), given)
    rates = ", ".join(f"('{c}', '{m}', {r})" for c, months in money.RATES.items() for m, r in months.items())
    sql = f"""
        WITH rates(currency, month, rate) AS (VALUES {rates}),
        deals AS (
            SELECT CAST(amount AS DECIMAL(18, 2)) AS amount, outcome,
                CASE WHEN trim(lower(currency)) = 'usd' OR currency LIKE '%(USD)' THEN 'USD'
                    WHEN currency = '¥' THEN 'JPY' ELSE coalesce(currency, 'EUR') END AS currency,
                CASE WHEN outcome = 'open' THEN '2026-09'
                    ELSE strftime(timezone('Europe/Berlin', coalesce(closed, created)), '%Y-%m') END AS month
            FROM '{tmp_path}/deals.parquet')
        SELECT sum(CASE WHEN currency = 'EUR' THEN amount ELSE round(amount * rate, 2) END)
        FROM deals LEFT JOIN rates USING (currency, month)"""
    [(wanted,)] = duckdb.sql("SET TimeZone = 'UTC'; " + sql).fetchall()
    assert tables["opportunities"].amount.sum().to_pandas() == wanted == Decimal("1246.36")


def test_a_deal_is_converted_by_the_day_that_was_known_then(tmp_path: Path) -> None:
    given = money.params(str(money.export(tmp_path)))
    given = replace(
        given, asked_week=None, asked_as_of=datetime(2026, 8, 20, tzinfo=UTC), now=datetime(2026, 8, 20, tzinfo=UTC)
    )
    found = money.amounts(build(open_source(given), given))
    assert found["d2"] == Decimal("85.59")  # open then: 100.10 × August's 0.855, neither July's nor September's
    assert found["d5"] == Decimal("3.03")  # 500 × August's 0.00605 = 3.025; it was created in July
    assert found["e2"] == Decimal("8.55")
    assert found["d1"] == Decimal("1000.00")


def test_an_open_deal_without_a_rate_by_as_of_is_in_no_sum(tmp_path: Path) -> None:
    given = money.params(str(money.export(tmp_path)), {"JPY": {"2026-12": Decimal("0.006")}})
    tables = build(open_source(given), given)
    assert money.amounts(tables)["d4"] is None  # as of 3 November
    assert tables.money is not None
    assert tables.money.tables["opportunities"].lacking["JPY"] == ("2026-07", "2026-11")  # of e1, and of what is open


@pytest.mark.parametrize(("text", "amount", "currency"), money.ODD)
def test_inspect_accepts_what_the_reader_accepts(text: str, amount: str | None, currency: str | None) -> None:
    found = guess(["€ 1,234.50", "7,000", text], [98, 98, 1])
    assert found is not None
    read_alike = amount is not None or text == "9E+20"  # whose form is a number's
    assert (found.decimal, found.thousands, found.fits == 1) == (".", ",", read_alike)


@pytest.mark.parametrize(
    ("strip", "parts"),
    [("€", ("€",)), ("R$", ("R$", "$", "R")), ("SEK", ("SEK", "KES", "S")), (("EUR", "€"), ("EUR", "€")), ("", ())],
)
def test_letters_of_a_currency_are_not_taken_out_of_a_number(
    strip: str | tuple[str, ...], parts: tuple[str, ...]
) -> None:
    assert numerals.taken_out(strip) == parts  # else 141.56K would be 141.56 with `strip: SEK`


@pytest.mark.parametrize(
    ("values", "marks"),
    [
        (["R$ 1.234,56", "R$\u00a05,00"], (",", ".", "R$")),
        (["CHF 1\u2019234.50", "-CHF 5"], (".", "'", "CHF")),
        (["€ 5.50", "$ 7"], (".", None, "€$")),
        (["5 EUR", "7,5 USD"], (",", None, ("EUR", "USD"))),
        (["12 k€", "1,5 Mio. €"], (",", None, "€")),
        (["141.56K", "1.2E+06", "(5)"], (".", None, "")),
    ],
)
def test_inspect_proposes_how_amounts_are_read(values: list[str], marks: tuple[Any, ...]) -> None:
    found = guess(values, [1] * len(values))
    assert found is not None
    assert (found.decimal, found.thousands, found.strip, found.fits) == (*marks, 1.0)


def test_a_sign_of_several_currencies_is_the_companys_own_where_it_can_be() -> None:
    assert [currencies.code("$", own) for own in ("EUR", "CAD")] == ["USD", "CAD"]
    assert [currencies.code("kr", own) for own in ("SEK", "EUR")] == ["SEK", "KR"]  # nobody can tell which crown


# Several currencies


def test_words_that_are_taken_out_are_two_currencies(firm: Company) -> None:
    """900.50 dollars are in no sum of euros."""
    deals = firm.mapping["tables"]["opportunities"]["columns"]
    del deals["currency"]
    deals["amount"] = {"column": "Amount", "strip": ["dollars", "Euros", "dollar"]}
    for row, amount in zip(firm.rows["deals"][1:], ("3500 Euros", "900.50 dollars", "1000 dollar"), strict=True):
        row[3] = amount
    tables = firm.write().tables()
    assert tables.money is not None and tables.money.left("opportunities") == {"USD": 2}
    assert tables["opportunities"].amount.sum().to_pandas() == 3500


@pytest.mark.parametrize(("closed", "in_euros"), [("12.03.2020", " in EUR"), ("12.03.2017", "")])
def test_an_old_deal_without_a_rate_does_not_make_the_sums_of_now_a_part(
    firm: Company, closed: str, in_euros: str
) -> None:
    firm.rows["deals"][3][7] = "EUR"
    firm.rows["deals"][2][2], firm.rows["deals"][2][4] = "01.03.2017 10:00", closed
    facts = firm.write().facts()
    assert facts.in_currency == in_euros
    told = [c.sentence.replace("\u00a0", " ") for c in facts.tables.checks if c.name == "currency"]
    assert any("1 deal in USD are in no sum" in text for text in told)


def test_a_rate_of_years_ago_converts_no_open_deal(firm: Company) -> None:
    """The newest rate is of 2018; d3 is open in March 2020."""
    say(firm, rates={"USD": {"2018-03": 0.81, "2020-03": 0.9}})
    assert firm.tables()["opportunities"].filter(lambda t: t.opportunity_id == "d3").to_pandas()["amount"][0] == 900
    say(firm, rates={"USD": {"2018-03": 0.81}})
    tables = firm.tables()
    assert tables["opportunities"].filter(lambda t: t.opportunity_id == "d3").to_pandas()["amount"].isna().all()
    assert any("USD of 2020-03" in c.sentence for c in tables.checks if c.name == "currency")


CELLS = [("us$", "USD"), ("Euro (€)", "EUR"), ("€ Euro", "EUR"), ("Left", "LEFT")]


@pytest.mark.parametrize(("cell", "currency"), CELLS)
def test_a_cell_of_a_currency_column_names_it_in_many_ways(cell: str, currency: str) -> None:
    import ibis

    assert ibis.duckdb.connect().execute(currencies.of_column(ibis.literal(cell), "CHF")) == currency


def test_without_rates_other_currencies_are_in_no_sum_and_told(firm: Company) -> None:
    facts = firm.facts()
    assert value(weekly.closed(facts), "won_value") == (3500, "EUR", None)
    [sentence] = told(facts.tables)
    assert sentence.startswith("deals.csv: amounts are in 2 currencies; 2\u00a0deals in USD are in no sum beside EUR;")
    assert "(USD of 2020-03)" in sentence
    assert "worth €\u00a03,500 (1 of them without an amount in EUR)" in weekly.closed(facts).sentences[0]


def test_a_part_of_the_deals_is_held_to_no_goal(firm: Company) -> None:
    """3,500 euros of a goal of 3,000 or of 5,000, and 900.50 dollars of which nobody knows the worth."""

    def line(goal: int, **rates: Any) -> list[str]:
        with_measures(firm, {"metric": "won_value", "owner": "Ada", "goal": goal}, {"metric": "won", "owner": "Ada"})
        say(firm, **rates)
        cells = [*weekly.scorecard(firm.facts()).tables[0].rows[0]]
        return [str(getattr(cells[i], "word", cells[i])).replace("\u00a0", " ") for i in (0, 2, 5, 6)]

    assert line(3000)[0] == "Won value of deals in EUR only" and line(3000)[3] == line(5000)[3] == "not judged"
    assert line(5000)[1:3] == ["€ 5,000", "€ 3,500"]
    how = weekly.scorecard(firm.facts()).tables[-1].rows[0]
    assert how[-1] == "of deals in EUR only: a part is not held to a goal"
    assert line(3000, rates={"USD": {"2020-03": 1}})[::3] == ["Won value", "on track"]


def test_rates_of_the_settings_convert(firm: Company) -> None:
    say(firm, rates={"USD": {"2020-03": 0.9}})
    facts = firm.facts()
    assert value(weekly.closed(facts), "won_value") == (4310.45, "EUR", None)  # 3500 + 900.50 × 0.9
    assert value(weekly.pipeline(facts), "pipeline_open") == (900, "EUR", None)
    assert told(facts.tables) == []
    assert told(facts.tables, "PASS")[0].endswith(
        "2\u00a0deals in USD are converted to EUR at the rate of the month in which they were decided, open ones at the"
        " latest"
    )


def test_a_blank_currency_beside_amounts_in_another_is_told(firm: Company) -> None:
    """Of dollars and a blank, the blank counts as euros: 3,500 + 900.50 × 0.9."""
    firm.rows["deals"] = [DEALS[0], [*DEALS[1][:-1], ""], *DEALS[2:]]
    firm.write()
    say(firm, rates={"USD": {"2020-03": 0.9}})
    facts = firm.facts()
    [sentence] = told(facts.tables)
    assert sentence.replace("\u00a0", " ") == (
        "deals.csv: 1 deal without a currency counts as EUR beside 2 deals in USD; fill in their currency, or see"
        f" {firm.known_as}/sources/tiny.yaml, opportunities.currency"
    )
    assert value(weekly.closed(facts), "won_value") == (4310.45, "EUR", None)


def test_rates_kept_by_hand_go_before_those_of_the_settings(firm: Company) -> None:
    say(firm, rates={"USD": {"2020-03": 2}})
    lay(firm, "rates.csv", "Month,Currency,Rate\n2020-03-01,usd,0.9\nspring,USD,1\n")
    facts = firm.facts()
    assert value(weekly.closed(facts), "won_value")[0] == 4310.45
    assert told(facts.tables) == [
        "rates: 1\u00a0row without a month such as 2026-07 or a rate above 0 ('spring'); left out"
    ]


def test_a_week_of_unknown_worth_is_undefined_and_not_nought(firm: Company) -> None:
    firm.rows["deals"][1][-1] = "JPY"
    facts = firm.write().facts()
    assert facts.tables.cannot == {"opportunities.amount": told(facts.tables)[0]}  # no deal at all is in euros
    firm.rows["deals"].append(["d4", "", "05.02.2020 10:00", "5", "06.02.2020", "Won", "r1", "EUR"])
    facts = firm.write().facts()
    assert value(weekly.closed(facts), "won_value") == (None, "EUR", "no won deal has an amount in EUR")
    assert "worth" not in weekly.closed(facts).sentences[0]


def test_two_signs_in_one_column_are_two_currencies(firm: Company) -> None:
    firm.rows["deals"] = [row[:-1] for row in DEALS]
    for row, text in zip(firm.rows["deals"][1:], ["€ 3500", "$ 900.50", "US$ 1000"], strict=True):
        row[3] = text
    columns = firm.mapping["tables"]["opportunities"]["columns"]
    columns["amount"] = {"column": "Amount", "strip": ["€", "US$", "$"]}
    del columns["currency"]
    facts = firm.write().facts()
    assert value(weekly.closed(facts), "won_value") == (3500, "EUR", None)
    assert "2\u00a0deals in USD are in no sum beside EUR" in told(facts.tables)[0]


# A single currency


@pytest.mark.parametrize("written", ["USD", "usd ", "US$", "US Dollar (USD)"])
def test_a_source_in_one_other_currency_is_reported_in_it(firm: Company, written: str) -> None:
    facts = in_all(firm, written).facts()
    assert Report(facts, "weekly").results()["currency"] == "USD"
    assert value(weekly.closed(facts), "won_value") == (4400.5, "USD", None)
    assert "worth $\u00a04,401" in weekly.closed(facts).sentences[0]
    assert told(facts.tables)[0].startswith("deals.csv: all amounts are in USD, so this source is reported in USD and")


def test_a_currency_that_nobody_knows_is_in_no_sum(firm: Company) -> None:
    facts = in_all(firm, "crowns").facts()
    assert facts.run.params.company.currency == "EUR"
    block = weekly.closed(facts)
    assert value(block, "won_value")[0] is None
    assert "3\u00a0deals in CROWNS are in no sum" in told(facts.tables)[0]


def test_a_source_in_the_companys_currency_says_nothing(firm: Company) -> None:
    tables = in_all(firm, "EUR").tables()
    assert told(tables) == told(tables, "PASS") == []


def test_a_currency_that_nobody_named_is_told_once_and_warns_nobody(firm: Company) -> None:
    del firm.mapping["tables"]["opportunities"]["columns"]["currency"]
    with_spend(firm, ["2020-02-03", "100", ""])
    default = f"amounts are taken as EUR, the default; set `currency` in {firm.known_as}/company.yaml"
    assert (told(firm.tables()), told(firm.tables(), "PASS")) == ([], [default])
    say(firm, currency="EUR")
    assert told(firm.tables(), "PASS") == []


def test_the_days_of_spend_are_held_beside_the_crm(firm: Company) -> None:
    params = with_spend(firm, ["2020-02-05", "1", "EUR"], ["2020-02-03", "2", "EUR"], ["2020-02-04", "3", ""]).params()
    [line] = [x for x in reconciled.lines(read(open_source(params), params, ("spend",))) if x.startswith("spend")]
    assert line.split() == ["spend", "spend.csv", "3", "3", "0", "2020-02-03", "2020-02-05"]


@pytest.mark.parametrize("report", ["weekly", "monthly"])
def test_no_block_falls_over_amounts_that_cannot_be_told(firm: Company, report: str) -> None:
    """Neither deals nor spend in euros: the blocks that need them are a line, and no number is in a currency."""
    with_spend(in_all(firm, "crowns"), ["2020-02-03", "100", "dinars"])
    (firm.params_folder / "monthly.yaml").write_text("{}\n", encoding="utf-8")
    asked = {"week": "", "month": "2020-03", "params": str(firm.params_folder / "monthly.yaml")}
    found = shown(facts_on(firm.params(report=report, **(asked if report == "monthly" else {}))), report)
    sums = [m.name for block in found.shown for m in block.metrics if m.unit == "EUR" and m.value]
    assert sums == []


# Spend and goals


def test_spend_in_another_currency_is_converted_or_cannot_be_told(firm: Company) -> None:
    with_spend(firm, ["2020-02-03", "100", "EUR"], ["2020-02-04", "50", "CHF"])
    facts = firm.facts()
    assert "spend.amount" in facts.tables.cannot
    assert cost(facts).missing == f"This data cannot tell. {facts.tables.cannot['spend.amount']}."
    say(firm, rates={"CHF": {"2020-02": 0.94}})
    spend = firm.tables()["spend"]
    assert spend.amount.sum().to_pandas() == Decimal("147.00")  # 100 + 50 × 0.94


def test_rates_are_crossed_where_the_source_is_in_another_currency(firm: Company) -> None:
    """Settings in euros, deals in dollars: a euro is 1 ÷ 0.8 dollars, a franc 0.96 ÷ 0.8."""
    with_spend(in_all(firm, "USD"), ["2020-02-03", "100", "EUR"], ["2020-02-04", "50", "CHF"])
    say(firm, rates={"USD": {"2020-02": 0.8}, "CHF": {"2020-02": 0.96}})
    tables = firm.tables()
    assert tables.run.params.company.currency == "USD"
    assert tables["spend"].amount.sum().to_pandas() == Decimal("185.00")  # 125 + 60


def test_goals_in_another_currency_are_converted_or_left_out(firm: Company) -> None:
    head = "metric,period_start,period_end,target,currency\n"
    lay(firm, "targets.csv", f"{head}won_value,2020-03-01,2020-03-31,1000,USD\nwon,2020-03-01,2020-03-31,7,USD\n")
    say(firm, rates={})
    tables = firm.tables()
    assert [row["metric"] for row in tables.kept["targets"].rows] == ["won"]
    assert any(text.startswith("targets: 1\u00a0goal in USD left out, for no rate to EUR") for text in told(tables))
    say(firm, rates={"USD": {"2020-03": 0.9}})
    assert [row["target"] for row in firm.tables().kept["targets"].rows] == [900, 7]  # a count has no currency


# Settings and inspect


@pytest.mark.parametrize(
    ("rates", "told"),
    [
        ({"USD": {"2020-13": 1}}, "rates.USD.2020-13"),
        ({"dollar": {"2020-03": 1}}, "rates.dollar"),
        ({"USD": {"2020-03": 0}}, "rates.USD.2020-03"),
    ],
)
def test_a_rate_that_cannot_be_one_is_refused(firm: Company, rates: Any, told: str) -> None:
    say(firm, rates=rates)
    with pytest.raises(ParamsError, match=r"company\.yaml line \d+") as refused:
        firm.params()
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("head", "cells", "amount", "currency"),
    [
        ("Amount,Currency", "5.5,EUR", "Amount", "Currency"),
        ("Amount,CurrencyIsoCode", "5.5,EUR", "Amount", "CurrencyIsoCode"),
        ("Betrag,Währung", '"5,5",EUR', {"column": "Betrag", "decimal": ","}, "Währung"),
        ("Amount (USD)", "5.5", "Amount (USD)", {"value": "USD"}),
        ("Amount,Currency,Amount in company currency", "5.5,USD,6.5", "Amount in company currency", None),
        ("Amount", "R$ 5.5", {"column": "Amount", "strip": "R$"}, None),
    ],
)
def test_inspect_finds_the_currency(tmp_path: Path, head: str, cells: str, amount: Any, currency: Any) -> None:
    rows = [f"d{i},{stage},2026-07-0{i + 1},{cells}" for i, stage in enumerate(["Closed Won", "Closed Lost", "Talks"])]
    (tmp_path / "deals.csv").write_text("\n".join([f"Deal ID,Deal Stage,Create Date,{head}", *rows]) + "\n")
    mapping = yaml.safe_load(inspect(Inquiry(str(tmp_path)), say=lambda line: None))
    columns = mapping["tables"]["opportunities"]["columns"]
    assert (columns["amount"], columns.get("currency")) == (amount, currency)


def test_spend_of_an_advertiser_names_its_currency_in_the_heading(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text(csv_text([row[:2] + row[3:6] for row in DEALS]))
    (tmp_path / "ads.csv").write_text("Day,Campaign name,Amount spent (CHF),Impressions\n2026-07-01,a,5.50,7\n")
    columns = yaml.safe_load(inspect(Inquiry(str(tmp_path)), say=lambda line: None))["tables"]["spend"]["columns"]
    assert (columns["amount"], columns["currency"]) == ("Amount spent (CHF)", {"value": "CHF"})


def test_each_currency_is_held_beside_the_crm_apart(firm: Company) -> None:
    params = firm.params()
    lines = list(reconciled.lines(read(open_source(params), params, ("opportunities",))))
    told = [line.split() for line in lines if line.startswith("2020")]
    # deals won, lost and open with their sums, in euros and then in dollars, as the file has them
    assert told == [["2020", "1", "3,500.00", "0", "–", "0", "–"], ["2020", "1", "900.50", "0", "–", "1", "1,000.00"]]
    assert [line[-4:] for line in lines if "worth in" in line] == ["EUR.", "USD."]
