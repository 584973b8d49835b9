"""The company of tests/company.py in March 2020 with plans, interviews, tests, shadowing and mails."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from alignment_lib.checks import build
from alignment_lib.facts import Facts
from alignment_lib.facts import build as build_facts
from alignment_lib.params import Request, load
from alignment_lib.source import open_source
from tests.company import Company

LEAD = ["Lead ID", "Created", "Source", "Segment", "Owner", "MQL", "Assigned", "Accepted", "Rejected", "Reason", "Ad"]
TABLES: dict[str, list[list[str]]] = {
    "calendar": [
        ["item_id", "starts_on", "ends_on", "kind", "title", "audience", "expected_leads", "owner"],
        ["k1", "2020-04-02", "", "event", "Fair", "CFOs", "20", "Ada"],
        ["k2", "2020-03-30", "2020-04-08", "campaign", "Ads that run on", "", "99", ""],
        ["k3", "2020-03-20", "2020-03-31", "social", "Over", "", "99", ""],
        ["k4", "2020-05-01", "2020-05-09", "promo", "A title that is too long to be shown whole in a calendar", "", "5",
         ""],
        ["k5", "2020-05-02", "", "event", "Too late", "", "500", ""],
    ],
    "product_updates": [
        ["announced_on", "title", "soundbite", "who_cares"],
        ["2020-02-29", "Old", "", ""],
        ["2020-03-01", "New", "It is new.", "CFOs"],
        ["2020-03-31", "Newer", "", ""],
    ],
    "targets": [
        ["metric", "period_start", "period_end", "target", "set_on"],
        ["won", "2020-04-01", "2020-06-30", "10", "2020-02-01"],
        ["won", "2020-04-01", "2020-06-30", "12", "2020-03-09"],
    ],
    "interviews": [
        ["round", "held_on", "team", "respondent", "question", "theme", "rating"],
        *(["R1", "2020-03-02", "marketing", f"Mona{r}", "Fit?", "quality", r] for r in "88899"),
        *(["R1", "2020-03-03", "sales", f"Sol{r}", "Fit?", "budget", r] for r in "23321"),
        *(["R1", "2020-03-02", "marketing", f"Mona{i}", "Fast?", "speed", "5"] for i in range(5)),
        *(["R1", "2020-03-03", "sales", f"Sol{i}", "Fast?", "speed", "1"] for i in range(4)),
        *(["R0", "2019-09-02", side, side, "Fit?", "", "5"] for side in ("marketing", "sales")),
    ],
    "suggestions": [
        ["suggestion_id", "raised_by", "raised_on", "idea", "status", "metric", "arm_a", "arm_b", "started_on",
         "ended_on"],
        ["S1", "r1", "2020-01-01", "Ask more", "tested", "accepted", "Short", "Long", "2020-01-01", "2020-01-31"],
        ["S2", "r2", "2020-02-01", "Ask less", "running", "accepted", "Short", "Long", "2020-03-01", ""],
        ["S3", "r2", "2020-02-02", "Call first", "raised", "won", "", "", "", ""],
        ["S4", "r2", "2020-02-03", "Be kind", "raised", "kindness", "", "", "", ""],
        ["S5", "r2", "2020-04-09", "Not known yet", "raised", "won", "", "", "", ""],
    ],
    "shadowing": [
        ["held_on", "marketer", "rep_id", "kind", "stage", "insight", "action"],
        ["2020-03-10", "Mia", "r1", "ride_along", "Demo", "They hate forms", "Shorter form"],
        ["2020-03-11", "Mia", "r2", "call", "", "", ""],
        ["2020-01-01", "Mia", "r1", "call", "Talks", "long ago", ""],
        ["2020-04-02", "Mia", "r1", "call", "Talks", "not yet", ""],
    ],
}  # fmt: skip
CLICKS = (6, 6, 5, 4, 3, 2, 1, 0)
"""Of six recipients of the product mail, in the weeks 2020-W06 to W13."""


def leads() -> list[list[str]]:
    """21 leads of either way in January; one more of the old way in March."""
    rows = [LEAD]

    def lead(day: int, source: str, ad: str, accepted: str, month: str = "01") -> None:
        rows.append([f"L{len(rows)}", f"{day}.{month}.2020 10:00", source, "", "r1", "", "", accepted, "", "", ad])

    for i in range(20):
        # 4 accepted after 5 days, and 1 after 20, too late for 14
        when = "15.01.2020 09:00" if i < 4 else "30.01.2020 11:00" if i == 4 else ""
        lead(10, "Web", "Short", when)
        lead(11, "Web", "Long", "16.01.2020 09:00" if i < 15 else "")
    lead(10, "Short", "Else", "")  # of the old way by its source
    lead(11, "Short", "Long", "16.01.2020 09:00")  # of the new way by its campaign, whatever its source
    lead(25, "Web", "Short", "26.03.2020 09:00", "03")  # accepted, and six days old on 1 April
    return rows


def mails() -> list[list[str]]:
    rows = [["mailing", "sent_at", "rep_id", "opened_at", "clicked_at"]]
    for week, clicks in enumerate(CLICKS):
        day = datetime.fromisocalendar(2020, 6 + week, 2).strftime("%Y-%m-%dT")
        for rep in range(6):
            clicked = f"{day}12:00:00Z" if rep < clicks else ""
            rows.append(
                [f"product news 2020-W{6 + week:02d}", f"{day}08:00:00Z", f"p{rep}", f"{day}11:00:00Z", clicked]
            )
            steady = f"{day}12:00:00Z" if rep < 3 else ""
            rows.append([f"market news {week + 1}", f"{day}08:00:00Z", f"p{rep}", "", steady])
    # three recipients only in W05; sent twice in W13; in W14, which is not over
    rows += [["product news 2020-W05", "2020-01-28T08:00:00Z", f"p{rep}", "", ""] for rep in range(3)]
    rows.append(["product news 2020-W13", "2020-03-25T08:00:00Z", "p0", "", "2020-04-01T08:00:00Z"])
    rows += [["product news 2020-W14", "2020-03-31T08:00:00Z", f"p{rep}", "", ""] for rep in range(6)]
    return rows


def facts_of(
    root: Path, tables: dict[str, list[list[str]]], *, definitions: str = "", of: Callable[[], list[list[str]]] = leads
) -> Facts:
    built = Company(root)
    built.rows["leads"] = of()
    columns = built.mapping["tables"]["leads"]["columns"]
    columns["campaign"] = "Ad"
    for name, rows in tables.items():
        built.rows[name] = rows
        built.mapping["tables"][name] = {"from": name, "columns": {c: c for c in rows[0]}}
    built.write()
    (built.params_folder / "monthly.yaml").write_text("upcoming_days: 31\n", encoding="utf-8")
    if definitions:
        (built.params_folder / "definitions.yaml").write_text(definitions, encoding="utf-8")
    request = Request(
        source="tiny", data=str(built.data), params=str(built.params_folder / "monthly.yaml"), month="2020-03",
        report="monthly",
    )  # fmt: skip
    params = load(request, now=datetime(2020, 4, 20, 12, tzinfo=UTC))
    return build_facts(build(open_source(params), params))


DEFINITIONS = (
    "mql: [{version: '1', effective: 2020-03-09, text: Meets it.}, {version: '2', effective: 2020-04-01, text: B}]\n"
)
