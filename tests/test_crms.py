"""Exports of the CRMs that people have reach their right numbers without a mapping; the truth: fixture_crms.py."""

from __future__ import annotations

import csv
import json
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.fixture_crms import KINDS, Deal, bounds, company, truth, write
from tests.foreign import Outcome, outcome

WEEK = "2026-W36"
PAGES = [*[(kind, WEEK) for kind in KINDS], ("salesforce_export", "2026-W30"), ("hubspot_export_de", "2026-W30")]
NAMES = {"leads": "leads", "mqls": "mqls", "accepted": "accepted", "rejected": "rejected", "lost": "lost"}
MINUTES = {"hubspot_export_en", "hubspot_export_de", "hubspot_export_fr", "hubspot_export_es", "zoho_export",
           "salesforce_report", "salesforce_report_de"}  # fmt: skip
"""Kinds whose files hold no seconds."""


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("crms")
    for kind in KINDS:
        write(kind, folder / kind)
    return folder


@pytest.mark.parametrize(("kind", "week"), PAGES)
def test_a_page_has_the_true_numbers_and_nobody_wrote_a_mapping(
    exports: Path, tmp_path: Path, kind: str, week: str
) -> None:
    found, true = outcome(exports / kind, tmp_path, week=week, chosen=True), truth(week, kind)
    assert not found.refused
    assert not found.results["held"]
    told = {name: found.value(metric) for name, metric in NAMES.items()}
    assert told == {name: true[name] for name in NAMES}
    assert (found.value("won"), found.value("won_value")) == (true["won"][0], float(true["won"][1]))
    open_ = (found.value("pipeline_open_deals"), found.value("pipeline_open"))
    assert open_ == (true["open"][0], float(true["open"][1]))
    by_source = {m["source"]: m["value"] for m in found.results["metrics"] if _is_source(m, "leads")}
    assert {s: n for s, n in by_source.items() if n} == {s or "(unknown)": n for s, n in true["by_source"].items()}
    touched = {
        str(lead): _written(at.astimezone(UTC), kind) for lead, at in true["followed_up"].items() if _seen(at, week)
    }
    assert _first_touches(found, kind) == touched
    assert _won_leads(found) == len({deal.lead.n for deal in company().deals if _is_won(deal, week)})


def _is_won(deal: Deal, week: str) -> bool:
    """Whether a lead's deal was won when the week was over."""
    is_known = deal.lead is not None and not (deal.deleted or deal.lead.deleted)
    return is_known and deal.stage == "Closed Won" and _seen(deal.closed, week)


def _won_leads(found: Outcome) -> int:
    """Leads of the ten weeks that became a win, by plain SQL over the tables that cohorts are made of."""
    assert found.report is not None
    tables = found.report.facts.tables
    leads, deals = tables["leads"].to_pandas(), tables["opportunities"].to_pandas()
    leads = leads[leads.created_at >= "2026-07-05 22:00"].reindex(columns=["lead_id", "opportunity_id"])
    deals = deals[deals.outcome == "won"]
    assert len(deals)
    sql = """SELECT count(DISTINCT leads.lead_id) FROM leads JOIN deals
        ON deals.lead_id = leads.lead_id OR deals.opportunity_id = leads.opportunity_id"""
    [(n,)] = duckdb.sql(sql).fetchall()
    return int(n)


def _seen(at: datetime | None, week: str) -> bool:
    """Whether it had happened when the week was over: a page of the week sees nothing later."""
    return at is not None and at < bounds(week)[1]


def _is_source(metric: dict[str, Any], name: str) -> bool:
    return metric["name"] == name and metric["source"] is not None and metric["segment"] is None


def _first_touches(found: Outcome, kind: str) -> dict[str, str]:
    """By lead of the week, when somebody of the team first turned to it, of the tables that the page was made of."""
    assert found.report is not None
    run, tables = found.report.facts.run, found.report.facts.tables
    begins, ends = (t.astimezone(UTC).replace(tzinfo=None) for t in (run.begins, run.ends))
    leads, done = tables["leads"].to_pandas(), tables["activities"].to_pandas()
    done = done[done.direction == "out"]
    touches = []
    for lead in leads[(leads.created_at >= begins) & (leads.created_at < ends)].itertuples():
        mine = done.lead_id == lead.lead_id
        if {"contact_id"} <= set(done.columns) and isinstance(lead.contact_id, str):
            mine |= done.contact_id == lead.contact_id
        touches.append((lead.lead_id, done[mine].occurred_at.min()))
    return {lead: _written(at, kind) for lead, at in touches if at == at and at is not None}


def _written(at: datetime, kind: str) -> str:
    """An instant as exactly as a kind's files have it."""
    return f"{at:%Y-%m-%d %H:%M}" + ("" if kind in MINUTES else f":{at:%S}")


# Orgs that somebody has customised


def rewritten(folder: Path, name: str, *pairs: tuple[str, str]) -> None:
    """Change texts of the one file of a folder whose name has that in it."""
    [file] = folder.glob(f"*{name}*")
    text = file.read_text(encoding="utf-8")
    for before, after in pairs:
        assert before in text
        text = text.replace(before, after)
    file.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(("kind", "file"), [("salesforce_export", "Opportunity.csv"), ("hubspot_export_en", "deals")])
def test_stages_of_their_own_names_end_as_the_flags_say(tmp_path: Path, kind: str, file: str) -> None:
    """Two pipelines, each with its own stage that is won, and neither is called so."""
    write(kind, tmp_path / kind)
    [deals] = (tmp_path / kind).glob(f"*{file}*")
    rows = list(csv.DictReader(deals.open(encoding="utf-8")))
    stage = "StageName" if "StageName" in rows[0] else "Deal Stage"
    with deals.open("w", encoding="utf-8", newline="") as out:
        written = csv.DictWriter(out, [*rows[0], "Is closed lost"])
        written.writeheader()
        for row in rows:  # HubSpot has a flag of its own for each end; Salesforce one for both
            lost = str(row[stage] == "Closed Lost").lower()
            row[stage] = {"Closed Won": "Contract is back", "Closed Lost": "Said no"}.get(row[stage], row[stage])
            written.writerow(row | {"Is closed lost": lost})
    found, true = outcome(tmp_path / kind, tmp_path, week=WEEK, chosen=True), truth(WEEK, kind)
    assert (found.value("won"), found.value("won_value")) == (true["won"][0], float(true["won"][1]))
    assert found.value("pipeline_open_deals") == true["open"][0]


def test_an_org_without_its_dates_is_told_by_its_history(tmp_path: Path) -> None:
    """No field of the company's own: the history of the status says when a lead was qualified."""
    write("salesforce_export", tmp_path / "sf")
    names = ("MQL_Date__c", "Sales_Accepted_Date__c", "Rejected_Date__c")
    rewritten(tmp_path / "sf", "Lead.csv", *((name, f"Odd_{n}__c") for n, name in enumerate(names)))
    rewritten(tmp_path / "sf", "LeadHistory", ("Working - Contacted", "MQL"))
    found = outcome(tmp_path / "sf", tmp_path, week=WEEK, chosen=True)
    sql = """SELECT count(*) FROM (SELECT h.LeadId, min(h.CreatedDate) AS first FROM history h JOIN leads l
        ON l.Id = h.LeadId AND l.IsDeleted = 'false' WHERE h.NewValue = 'MQL' GROUP BY 1)
        WHERE first >= '2026-08-30T22' AND first < '2026-09-06T22'"""
    for name, file in (("history", "LeadHistory"), ("leads", "Lead")):
        sql = sql.replace(f"{name} ", f"read_csv('{tmp_path}/sf/{file}.csv', all_varchar = true) ")
    [(right,)] = duckdb.sql(sql).fetchall()
    assert found.value("mqls") == right > 0


def test_what_differs_is_a_short_file(tmp_path: Path) -> None:
    """Expansion deals are none of the report's, and leads are graded: two declarations beside what ships."""
    write("salesforce_export", tmp_path / "sf")
    mapping = """
name: own
extends: salesforce_export
tables:
  opportunities: {where: "record_type <> 'Expansion'"}
  leads: {columns: {grade: Status}}
"""
    found = outcome(tmp_path / "sf", tmp_path, week=WEEK, mapping=mapping)
    rows = csv.DictReader((tmp_path / "sf" / "Opportunity.csv").open(encoding="utf-8"))
    won = [r for r in rows if r["Type"] != "Expansion" and r["StageName"] == "Closed Won" and r["IsDeleted"] == "false"]
    closed = [r for r in won if "2026-08-31" <= r["CloseDate"] <= "2026-09-06"]
    assert found.value("won") == len(closed) < truth(WEEK)["won"][0]
    assert found.value("won_value") == sum(float(r["Amount"] or 0) for r in closed)
    assert found.report is not None
    assert "grade" in found.report.facts.tables["leads"].columns


def test_a_where_of_the_companys_narrows_what_ships(tmp_path: Path) -> None:
    """Deals deleted in the CRM stay out; what refers to deals that were left out is no loss."""
    write("salesforce_export", tmp_path / "sf")
    before = outcome(tmp_path / "sf", tmp_path / "a", week=WEEK, chosen=True)
    none = "name: own\nextends: salesforce_export\ntables: {opportunities: {where: \"Type <> 'Renewal'\"}}\n"
    after = outcome(tmp_path / "sf", tmp_path / "b", week=WEEK, mapping=none)
    names = ("won", "won_value", "lost", "pipeline_open", "pipeline_open_deals", "opportunities")
    assert [after.value(n) for n in names] == [before.value(n) for n in names]
    narrowed = outcome(tmp_path / "sf", tmp_path / "c", week=WEEK, mapping=none.replace("Renewal", "Expansion"))
    assert "not found" not in narrowed.told
    told = [
        c["sentence"]
        for c in narrowed.results["checks"]
        if c["name"] == "links" and "set aside by where" in c["sentence"]
    ]
    assert any("opportunity_id" in sentence for sentence in told)


def test_a_mapping_of_one_crm_refuses_the_export_of_another(tmp_path: Path) -> None:
    write("zoho_export", tmp_path / "zoho")
    found = outcome(tmp_path / "zoho", tmp_path, mapping="name: own\nextends: salesforce_export\n")
    assert found.refused.startswith("DATA is a Zoho CRM export, and ")
    assert found.refused.endswith(" extends salesforce_export; name another SOURCE")


def test_a_column_that_is_only_named_is_read_as_it_is_written(tmp_path: Path) -> None:
    """German days of a report, in a file that names the column and nothing else."""
    write("salesforce_report_de", tmp_path / "sf")
    mapping = "name: own\nextends: salesforce_report\ntables: {leads: {columns: {mql_at: MQL-Datum}}}\n"
    assert outcome(tmp_path / "sf", tmp_path, week=WEEK, mapping=mapping).value("mqls") == truth(WEEK)["mqls"]


@pytest.fixture(scope="module", params=["salesforce_export", "hubspot_export_fr", "zoho_export", "pipedrive_export"])
def inspected(request: pytest.FixtureRequest, exports: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """An export after `alignment inspect`, read by the file that it wrote."""
    return outcome(exports / request.param, tmp_path_factory.mktemp("home"), week=WEEK)


def test_inspect_writes_what_is_the_companys_own_and_the_numbers_stay(inspected: Outcome) -> None:
    found, true = inspected, truth(WEEK)
    assert "\nextends: " in found.mapping
    assert (found.value("leads"), found.value("mqls"), found.value("won")) == (
        true["leads"],
        true["mqls"],
        true["won"][0],
    )
    told = "\n".join(found.inspected).replace("\u00a0", " ")
    assert told.startswith("this is a ")
    assert "the report will tell: marketing's promise, sales's follow-up, what closed and sources" in told


def test_nothing_of_a_prospect_is_read_and_inspect_says_so(inspected: Outcome) -> None:
    found = inspected
    assert found.report is not None
    tables, secrets = found.report.facts.tables, ("Beispiel", "@firm1.example", "+49 30")
    for name in ("leads", "opportunities", "activities", "touches"):
        if name in tables.inspected:
            text = tables[name].to_pandas().to_csv()
            assert not [word for word in secrets if word in text], name
    assert not [word for word in secrets if word in found.mapping + json.dumps(found.results, default=str)]
    assert "not read, for they are of persons: " in "\n".join(found.inspected)


def test_names_of_companies_and_deals_are_read_and_shown_nowhere(tmp_path: Path) -> None:
    write("salesforce_export", tmp_path / "sf")
    found = outcome(tmp_path / "sf", tmp_path, week=WEEK, chosen=True)
    assert found.report is not None
    tables = found.report.facts.tables
    assert "Firma 1 GmbH" in set(tables["leads"].to_pandas().company_name)
    assert tables["opportunities"].to_pandas().deal_name.str.contains(" - offer ").all()
    assert not re.search(r"Firma \d+ GmbH| - offer \d", json.dumps(found.results, default=str))


def test_data_that_fit_no_kind_are_refused_with_the_command(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "leads.csv").write_text("Lead ID,Created,Origin\n1,2026-01-05,fair\n", encoding="utf-8")
    found = outcome(tmp_path / "data", tmp_path / "home", chosen=True)
    assert (
        "DATA is no export that is known by its headings; let a first mapping be written: alignment ins"
        in found.refused
    )


def test_an_export_of_another_kind_than_the_mapping_says_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    found = outcome(tmp_path / "data", tmp_path, mapping="name: own\nextends: salesforce_export\n")
    assert "extends 'salesforce_export', and nothing in DATA is a file of it" in found.refused
    found = outcome(tmp_path / "data", tmp_path, mapping="name: own\nextends: salesforce\n")
    assert "line 2: 'extends' must be a mapping that ships (did you mean 'salesforce_report'?)" in found.refused


SWEDISH = """
name: svenska
company: {timezone: Europe/Stockholm, currency: SEK}
tables:
  leads:
    from: kontakter.csv
    columns:
      lead_id: Kundnummer
      created_at: {column: Skapad, format: "%Y-%m-%d %H:%M", timezone: Europe/Stockholm}
      source: Källa
      mql_at: {column: Kvalificerad, format: "%Y-%m-%d %H:%M", timezone: Europe/Stockholm}
      owner_id: Ansvarig Säljare
  opportunities:
    from: "affärer*.csv"
    columns:
      opportunity_id: Affärsnummer
      lead_id: Kundnummer
      created_at: {column: Skapad, format: "%Y-%m-%d %H:%M", timezone: Europe/Stockholm}
      amount: {column: Belopp, decimal: ",", thousands: " ", strip: kr}
      stage: Status
      closed_at: {column: Stängd, format: "%Y-%m-%d"}
      outcome: {column: Status, map: {Vunnen: won, Förlorad: lost}, otherwise: open}
"""


def test_a_crm_in_swedish_takes_a_mapping_by_hand(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    leads = [f"{n};2026-08-{n:02} 09:15;Mässa;2026-08-{n:02} 11:00;Åsa" for n in range(1, 32)]
    leads += [f"{n};2026-09-0{n - 31} 09:15;Sök;;Åsa" for n in range(32, 38)]
    head = "Kundnummer;Skapad;Källa;Kvalificerad;Ansvarig Säljare"
    (data / "kontakter.csv").write_text("\n".join([head, *leads]) + "\n", encoding="cp1252")
    deals = "Affärsnummer;Kundnummer;Skapad;Belopp;Status;Stängd\n"
    first = (
        deals
        + "A1;1;2026-08-20 10:00;12 500,50 kr;Vunnen;2026-09-01\nA2;2;2026-08-21 10:00;900 kr;Förlorad;2026-09-02\n"
    )
    (data / "affärer 1.csv").write_text(first, encoding="utf-8")
    (data / "affärer 2.csv").write_text(deals + "A3;3;2026-08-22 10:00;7 000 kr;Offert;\n", encoding="utf-8")
    found = outcome(data, tmp_path, week=WEEK, mapping=SWEDISH)
    assert not found.refused
    assert [found.value(n) for n in ("leads", "mqls", "won", "won_value", "lost")] == [7, 1, 1, 12500.5, 1]
    assert (found.value("pipeline_open_deals"), found.value("pipeline_open")) == (1, 7000)


def test_of_two_days_the_later_is_read_and_parts_come_together(exports: Path, tmp_path: Path) -> None:
    hub, sf = tmp_path / "hub", tmp_path / "sf"
    shutil.copytree(exports / "hubspot_export_en", hub)
    [contacts] = hub.glob("*-contacts-*")
    early = contacts.with_name(contacts.name.replace("2026-09-14", "2026-09-07"))
    early.write_text("\n".join(contacts.read_text(encoding="utf-8").split("\n")[:40]) + "\n", encoding="utf-8")
    found = outcome(hub, tmp_path / "a", week=WEEK, chosen=True)
    assert found.report is not None
    assert found.value("leads") == truth(WEEK)["leads"]
    assert f"the latest is read, and not {early.name}" in " ".join(found.report.facts.run.params.mapping.assumptions)
    shutil.copytree(exports / "salesforce_export", sf)
    for name in ("Task", "User"):  # one that is joined, one that is read as it lies
        head, *rows = (sf / f"{name}.csv").read_text(encoding="utf-8").rstrip("\n").split("\n")
        (sf / f"{name}.csv").unlink()
        for number, part in enumerate((rows[: len(rows) // 2], rows[len(rows) // 2 :]), start=1):
            (sf / f"{name}_{number}.csv").write_text("\n".join([head, *part]) + "\n", encoding="utf-8")
    found = outcome(sf, tmp_path / "b", week=WEEK, chosen=True)
    assert not found.refused
    assert found.value("leads") == truth(WEEK)["leads"]
    true = truth(WEEK, "salesforce_export")["followed_up"]
    touched = {str(lead): _written(at.astimezone(UTC), "sf") for lead, at in true.items() if _seen(at, WEEK)}
    assert _first_touches(found, "sf") == touched


def test_deals_end_by_their_times_where_no_status_is_known(exports: Path, tmp_path: Path) -> None:
    shutil.copytree(exports / "pipedrive_export", tmp_path / "pd")
    rewritten(tmp_path / "pd", "deals-", (",Won,", ",Ganhou!,"), (",Lost,", ",Perdeu!,"))
    found, true = outcome(tmp_path / "pd", tmp_path, week=WEEK, chosen=True), truth(WEEK)
    told = [found.value(name) for name in ("won", "lost", "pipeline_open_deals")]
    assert told == [true["won"][0], true["lost"], true["open"][0]]


def test_a_contact_that_was_no_lead_is_none(exports: Path, tmp_path: Path) -> None:
    shutil.copytree(exports / "salesforce_export", tmp_path / "sf")
    (tmp_path / "sf" / "Lead.csv").unlink()
    found = outcome(tmp_path / "sf", tmp_path, week=WEEK, chosen=True)
    assert (found.value("leads"), found.value("won")) == (None, truth(WEEK)["won"][0])


def test_another_field_of_a_leads_history_is_no_decision(exports: Path, tmp_path: Path) -> None:
    shutil.copytree(exports / "salesforce_export", tmp_path / "sf")
    names = ("MQL_Date__c", "Sales_Accepted_Date__c", "Rejected_Date__c")
    rewritten(tmp_path / "sf", "Lead.csv", *((name, f"Odd_{n}__c") for n, name in enumerate(names)))
    rewritten(tmp_path / "sf", "LeadHistory", ('"Status"', '"GDPR_Consent__c"'), ("Working - Contacted", "Accepted"))
    found = outcome(tmp_path / "sf", tmp_path, week=WEEK, chosen=True)
    assert [found.value(name) for name in ("mqls", "accepted", "rejected")] == [None] * 3


def test_an_empty_part_is_told(exports: Path, tmp_path: Path) -> None:
    shutil.copytree(exports / "salesforce_export", tmp_path / "sf")
    (tmp_path / "sf" / "Task.csv").write_text("")
    head = (tmp_path / "sf" / "Event.csv").read_text(encoding="utf-8").partition("\n")[0]
    (tmp_path / "sf" / "Event.csv").write_text(head + "\n", encoding="utf-8")
    told = outcome(tmp_path / "sf", tmp_path, week=WEEK, chosen=True).told
    assert "Task.csv: empty (0 bytes)" in told
    assert "Event.csv: only the head, no rows" in told


def test_a_condition_that_is_none_by_itself_is_refused(exports: Path, tmp_path: Path) -> None:
    where = "1=1) OR (1=1"
    mapping = f'name: own\nextends: salesforce_export\ntables: {{leads: {{where: "{where}"}}}}\n'
    found = outcome(exports / "salesforce_export", tmp_path, week=WEEK, mapping=mapping)
    assert found.refused == f"leads.where: '{where}' is no condition; write one, as source <> 'Test'"
