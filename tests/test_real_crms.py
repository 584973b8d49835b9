"""CRMs as they are, read by mappings of our own (below) and reconciled with plain SQL over their files.

The data lies in ../shared/data, whose README says what it is; none of its rows stands here. Every expected number is
worked out by DuckDB on the raw file, without a line of the library.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from alignment_lib.params.period import Week
from tests.foreign import Outcome, outcome

REAL = Path(__file__).parents[1] / ".." / "shared" / "data"
pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not REAL.is_dir(), reason="needs the data in ../shared/data, which is not here"),
]

MAVEN = """
name: maven
company: {name: Maven, timezone: America/New_York, currency: USD}
tables:
  opportunities:
    from: sales_pipeline.csv
    columns:
      opportunity_id: opportunity_id
      account_id: account
      segment: product
      owner_id: sales_agent
      created_at: {column: engage_date, format: "%Y-%m-%d"}
      closed_at: {column: close_date, format: "%Y-%m-%d"}
      amount: close_value
      stage: deal_stage
      outcome: {column: deal_stage, map: {Won: won, Lost: lost}, otherwise: open}
  reps:
    from: sales_teams.csv
    columns: {rep_id: sales_agent, name: sales_agent, manager_id: manager, region: regional_office}
"""
SALESFORCE = """
name: sf-sync
company: {name: Org, timezone: America/Los_Angeles, currency: USD}
tables:
  leads:
    from: sf_lead_data.csv
    where: is_deleted <> 'TRUE'
    columns:
      lead_id: id
      contact_id: converted_contact_id
      created_at: created_date
      source: lead_source
      owner_id: owner_id
      opportunity_id: converted_opportunity_id
  opportunities:
    from: sf_opportunity_data.csv
    columns:
      opportunity_id: id
      account_id: account_id
      created_at: created_date
      closed_at: close_date
      expected_close_on: {column: close_date, format: "%Y-%m-%d %H:%M:%S"}
      amount: amount
      stage: stage_name
      owner_id: owner_id
      source: lead_source
      outcome: {column: stage_name, won: is_won, closed: is_closed}
  activities:
    from: sf_task_data.csv
    columns:
      activity_id: id
      lead_id: {sql: "CASE WHEN left(who_id, 3) = '00Q' THEN who_id END"}
      contact_id: {sql: "CASE WHEN left(who_id, 3) = '003' THEN who_id END"}
      opportunity_id: {sql: "CASE WHEN left(what_id, 3) = '006' THEN what_id END"}
      rep_id: owner_id
      direction: {value: out}
      outcome: status
      occurred_at: completed_date_time
  reps:
    from: sf_user_data.csv
    columns: {rep_id: id, name: name}
"""
TREE = """
name: sf-sample
company: {name: Org, timezone: America/Los_Angeles, currency: USD}
tables:
  opportunities:
    from: Opportunity.json
    columns:
      opportunity_id: {sql: "json_extract_string(attributes, '$.referenceId')"}
      account_id: {sql: "ltrim(\\"AccountId\\", '@')"}
      source: LeadSource
      amount: Amount
      stage: StageName
      closed_at: {column: CloseDate, format: "%Y-%m-%d"}
      expected_close_on: {column: CloseDate, format: "%Y-%m-%d"}
      outcome: {column: StageName, map: {Closed Won: won, Closed Lost: lost}, otherwise: open}
"""
HUBSPOT = """
name: hubspot-sync
company: {name: Portal, timezone: America/New_York, currency: USD}
tables:
  leads:
    from: contact_data
    where: _fivetran_deleted <> 'TRUE'
    columns: {lead_id: id, contact_id: id, created_at: property_createdate}
  opportunities:
    from:
      sql: >-
        SELECT d.*, s.label AS stage_label, s.closed_won, s.is_closed, c.contact_id
        FROM deal_data d
        LEFT JOIN deal_pipeline_stage_data s ON s.stage_id = d.deal_pipeline_stage_id
        LEFT JOIN (SELECT deal_id, min(contact_id) AS contact_id FROM deal_contact_data GROUP BY deal_id) c
        ON c.deal_id = d.deal_id
    where: is_deleted <> 'true'
    columns:
      opportunity_id: deal_id
      lead_id: contact_id
      owner_id: owner_id
      created_at: property_createdate
      closed_at: property_closedate
      expected_close_on: property_closedate
      amount: property_amount
      stage: stage_label
      outcome: {column: stage_label, won: closed_won, closed: is_closed, otherwise: open}
  stage_changes:
    from: deal_stage_data
    columns: {opportunity_id: deal_id, stage: value, entered_at: {column: date_entered, format: "%Y-%m-%d %H:%M:%S"}}
  activities:
    from:
      sql: >-
        SELECT e.engagement_id, 'meeting' AS kind, e.start_time AS at, c.contact_id
        FROM engagement_meeting_data e LEFT JOIN engagement_contact_data c USING (engagement_id)
        UNION ALL
        SELECT e.engagement_id, 'call', e.property_hs_timestamp, c.contact_id
        FROM engagement_call_data e LEFT JOIN engagement_contact_data c USING (engagement_id)
    columns: {activity_id: engagement_id, contact_id: contact_id, kind: kind, direction: {value: out}, occurred_at: at}
  reps:
    from: owner_data
    columns: {rep_id: owner_id, name: email}
"""


SHIPPED = """
name: shipped
extends: {}
company: {{name: Org, timezone: {}, currency: USD}}
"""
"""Nothing of the mapping is written by hand."""
SF_SHIPPED = SHIPPED.format("salesforce_fivetran", "America/Los_Angeles")
TREE_SHIPPED = SHIPPED.format("salesforce_export", "America/Los_Angeles")
HUBSPOT_SHIPPED = SHIPPED.format("hubspot_fivetran", "America/New_York")


def asked(sql: str, place: Path) -> Any:
    """The one row of a query over a file, every value of which is text; `raw` is the file."""
    reader = "read_csv('{}', all_varchar = true)" if place.suffix == ".csv" else "'{}'"
    return duckdb.sql(sql.replace("raw", f"({'SELECT * FROM ' + reader.format(place)})")).fetchone()


def said(found: Outcome) -> str:
    return found.told.replace("\u00a0", " ")


def days(week: str) -> tuple[date, date]:
    """The Monday of a week and the Monday after it."""
    monday = Week.parse(week).monday
    return monday, monday + timedelta(days=7)


@pytest.mark.parametrize("week", ["2017-W10", "2017-W26", "2017-W40", "2017-W51", "2017-W52"])
def test_maven_by_week(tmp_path: Path, week: str) -> None:
    """Of an earlier week nobody knows which of the 500 deals without a day were open: they count at the data's end."""
    (begin, end), place = days(week), REAL / "maven" / "sales_pipeline.csv"
    closed = f"close_date >= '{begin}' AND close_date < '{end}'"
    right = asked(
        f"""SELECT count(*) FILTER (engage_date >= '{begin}' AND engage_date < '{end}'),
        count(*) FILTER ({closed} AND deal_stage = 'Won'), count(*) FILTER ({closed} AND deal_stage = 'Lost'),
        sum(close_value::BIGINT) FILTER ({closed} AND deal_stage = 'Won'),
        median(date_diff('day', engage_date::DATE, close_date::DATE)) FILTER ({closed} AND deal_stage = 'Won'),
        count(*) FILTER (coalesce(engage_date, '{"2016-01-01" if week >= "2017-W49" else "9999"}') < '{end}'
        AND coalesce(close_date, '9999') >= '{end}') FROM raw""",
        place,
    )
    opened, won, lost, value, cycle, open_deals = right
    found = outcome(REAL / "maven", tmp_path, week=week, mapping=MAVEN)
    names = ("opportunities", "won", "lost", "won_value", "cycle_days", "pipeline_open_deals")
    assert {name: found.value(name) for name in names} == dict(zip(names, right, strict=True))
    assert found.value("win_rate") == pytest.approx(won / (won + lost), abs=1e-12)
    assert opened >= 0 and value > 0 and cycle > 0 and open_deals > 0
    told = {m["name"] for m in found.results["metrics"]}
    assert not told & {"pipeline_open", "pipeline_created", "coverage", "leads", "mqls", "sla_follow_up"}
    assert "500 open deals without a day of creation (Prospecting 500)" in said(found)
    assert "how far that covers a goal this data cannot tell" in found.said
    if week == "2017-W52":
        assert open_deals == 2089  # 500 Prospecting and 1,589 Engaging


def test_maven_by_month(tmp_path: Path) -> None:
    found = outcome(REAL / "maven", tmp_path, month="2017-11", mapping=MAVEN)
    for month in ("2017-10", "2017-11"):
        won, lost, value = asked(
            f"""SELECT count(*) FILTER (deal_stage = 'Won'), count(*) FILTER (deal_stage = 'Lost'),
            sum(close_value::BIGINT) FILTER (deal_stage = 'Won') FROM raw WHERE close_date[:7] = '{month}'""",
            REAL / "maven" / "sales_pipeline.csv",
        )
        assert [found.value(name, month) for name in ("won", "lost", "won_value")] == [won, lost, value]


@pytest.mark.parametrize("mapping", [SALESFORCE, SF_SHIPPED], ids=["by hand", "shipped"])
def test_salesforce_by_its_own_flags(tmp_path: Path, mapping: str) -> None:
    """Hashed stages: IsWon and IsClosed decide. The one open deal has a CloseDate, as all in Salesforce: no warning."""
    begin, end = days("2018-W51")
    place = REAL / "salesforce_fivetran" / "sf_opportunity_data.csv"
    closed = f"is_closed = 'true' AND close_date >= '{begin}' AND close_date < '{end}'"
    local = "timezone('America/Los_Angeles', timezone('UTC', created_date::TIMESTAMP))"
    right = asked(
        f"""SELECT count(*) FILTER ({local} >= '{begin}' AND {local} < '{end}'),
        count(*) FILTER ({closed} AND is_won = 'true'), count(*) FILTER ({closed} AND is_won = 'false'),
        sum(amount::BIGINT) FILTER ({closed} AND is_won = 'true'), sum(amount::BIGINT) FILTER (is_closed = 'false')
        FROM raw""",
        place,
    )
    found = outcome(place.parent, tmp_path, week="2018-W51", mapping=mapping)
    names = ("opportunities", "won", "lost", "won_value", "pipeline_open")
    assert [found.value(name) for name in names] == list(right)
    told = said(found)
    assert "neither won nor lost" not in told and "outcome other than" not in told
    assert "sf_lead_data.csv: leads begin on 11 Nov 2019, after this week" in told
    assert found.value("leads") is None and found.value("sla_follow_up") is None


@pytest.mark.parametrize("mapping", [TREE, TREE_SHIPPED], ids=["by hand", "shipped"])
def test_a_tree_of_salesforce_objects(tmp_path: Path, mapping: str) -> None:
    place, (begin, end) = REAL / "salesforce_sample" / "Opportunity.json", days("2018-W32")
    won, value = duckdb.sql(
        f"""SELECT count(*), sum(r.Amount) FROM (SELECT unnest(records) AS r FROM '{place}')
        WHERE r.StageName = 'Closed Won' AND r.CloseDate >= '{begin}' AND r.CloseDate < '{end}'"""
    ).fetchone()  # type: ignore[misc]
    found = outcome(place.parent, tmp_path, week="2018-W32", mapping=mapping)
    assert (found.value("won"), found.value("won_value")) == (won, value) and won == 2
    assert [c["sentence"] for c in found.results["checks"] if c["status"] != "PASS"] == []


@pytest.mark.parametrize("mapping", [HUBSPOT, HUBSPOT_SHIPPED], ids=["by hand", "shipped"])
def test_hubspot_where_nothing_joins(tmp_path: Path, mapping: str) -> None:
    """44 deals without stage, amount or contact, 100 meetings of nobody: counts of what is there, else words."""
    place = tmp_path / "hubspot.duckdb"
    with duckdb.connect(str(place)) as base:
        for file in (REAL / "hubspot_fivetran").glob("*.csv"):
            base.execute(f"CREATE TABLE {file.stem} AS SELECT * FROM read_csv('{file}', all_varchar = true)")
    begin, end = days("2020-W49")
    counts = []
    for table in ("contact_data", "deal_data"):
        local = "timezone('America/New_York', timezone('UTC', property_createdate::TIMESTAMP))"
        sql = f"SELECT count(*) FROM raw WHERE {local} >= '{begin}' AND {local} < '{end}'"
        counts += asked(sql, REAL / "hubspot_fivetran" / f"{table}.csv")
    found = outcome(f"duckdb://{place}", tmp_path / "run", week="2020-W49", mapping=mapping)
    assert [found.value("leads"), found.value("opportunities")] == counts
    told = said(found)
    assert "none of 44 deals was ever won or lost" in told
    blank = (  # columns without a value are not read in what ships, and of meetings only those that are an engagement
        "expected_close_on and amount are blank in all 44 rows",
        "the first day is 19 Jan 1970",
        "lead_id of 44 rows: 0 found in leads + 44 blank",
        "0 of the 101 activities that are of no deal name a lead that is there",
    )
    assert [sentence for sentence in blank if sentence not in told] == ([] if mapping == HUBSPOT else list(blank))
    recorded = {m["name"] for m in found.results["metrics"] if m["value"]}
    assert not recorded & {"won", "lost", "won_value", "pipeline_created", "pipeline_open", "sla_follow_up"}
    assert "no calls, mails or meetings" not in found.said
