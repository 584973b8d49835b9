"""Exports that are wrong as a whole, each made of an honest one of the demo company; numbered as they were found.

Made up by us: a download breaks off, a table stops, a field is renamed, somebody exports last month again.
"""

from __future__ import annotations

import csv
import io
import json
import random
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from alignment_lib.checks import Trial, trial
from alignment_lib.demo import generate
from alignment_lib.memory.exports import EXPORT_FILE
from alignment_lib.params import Request, load
from alignment_lib.params.period import Week
from alignment_lib.source import open_source
from alignment_lib.source.tables import Check

Row = dict[str, str]
Change = Callable[[Path, random.Random, date], None]
"""Of a folder, by chance, of an export that was made at the beginning of a day."""
BROKEN_OFF, OLDER = timedelta(days=20), timedelta(days=35)
"""How long before: 1 September and 17 August of an export of 21 September."""
DAYS = {"contacts": "Create Date", "deals": "Create Date", "engagements": "Activity Date"}


def rows_of(folder: Path, name: str) -> list[Row]:
    text = (folder / f"{name}.csv").read_text(encoding="utf-8")
    return [row for row in csv.DictReader(io.StringIO(text, newline="")) if any(row.values())]


def write(folder: Path, name: str, rows: list[Row], head: list[str] | None = None) -> None:
    out = io.StringIO()
    writer = csv.DictWriter(out, head or list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    (folder / f"{name}.csv").write_text(out.getvalue(), encoding="utf-8")


def day(text: str) -> date:
    return datetime.strptime(text[:10], "%d.%m.%Y" if text[2:3] == "." else "%Y-%m-%d").date()


def cut_at_a_day(name: str) -> Change:
    def change(folder: Path, chance: random.Random, made: date) -> None:
        write(folder, name, [r for r in rows_of(folder, name) if day(r[DAYS[name]]) < made - BROKEN_OFF])

    return change


def broken_off(name: str, share: float, *, at_a_line: bool = False) -> Change:
    def change(folder: Path, chance: random.Random, made: date) -> None:
        path = folder / f"{name}.csv"
        data = path.read_bytes()[: int(path.stat().st_size * share)]
        path.write_bytes(data[: data.rindex(b"\n") + 1] if at_a_line else data)

    return change


def with_a_day_of_2099(name: str, before: Change) -> Change:
    def change(folder: Path, chance: random.Random, made: date) -> None:
        before(folder, chance, made)
        rows = rows_of(folder, name)
        written = rows[-1][DAYS[name]]
        rows[-1][DAYS[name]] = "01.01.2099 10:00" if written[2] == "." else "2099-01-01T10:00:00Z"
        write(folder, name, rows)

    return change


def only_a_part(share: float, *names: str) -> Change:
    def change(folder: Path, chance: random.Random, made: date) -> None:
        for name in names:
            write(folder, name, [r for r in rows_of(folder, name) if chance.random() < share])

    return change


def without_some_of_the_week(folder: Path, chance: random.Random, made: date) -> None:
    rows = rows_of(folder, "contacts")
    begins = made - timedelta(days=7)
    write(folder, "contacts", [r for r in rows if day(r["Create Date"]) < begins or chance.random() >= 0.4])


def older(folder: Path, chance: random.Random, made: date) -> None:
    """Rows until five weeks ago, and nothing that happened to them later."""
    ends = made - OLDER
    for name, column in DAYS.items():
        rows = [r for r in rows_of(folder, name) if day(r[column]) < ends]
        for row in rows:
            for other in (c for c in row if "Date" in c and c != column and row[c] and c != "Expected Close Date"):
                row[other] = row[other] if day(row[other]) < ends else ""
        write(folder, name, rows)
    others = {"campaign_touches": "Touch Date", "ad_spend": "Date", "deal_stage_history": "Date Entered"}
    for name, column in others.items():
        write(folder, name, [r for r in rows_of(folder, name) if day(r[column]) < ends])


def changed(name: str, new: Callable[[Row], Row]) -> Change:
    def change(folder: Path, chance: random.Random, made: date) -> None:
        write(folder, name, [new(dict(row)) for row in rows_of(folder, name)])

    return change


def blanked(folder: Path, chance: random.Random, made: date) -> None:
    rows = rows_of(folder, "contacts")
    for row in rows:
        row["Lifecycle: MQL Date"] = row["Lifecycle: MQL Date"] if day(row["Create Date"]) < made - BROKEN_OFF else ""
    write(folder, "contacts", rows)


def amount(factor: int) -> Callable[[Row], Row]:
    def new(row: Row) -> Row:
        plain = row["Amount"].replace("€", "").replace(".", "").replace(",", ".").strip()
        if plain.replace(".", "").isdigit():
            row["Amount"] = "€ " + f"{float(plain) * factor:.2f}".replace(".", ",")
        return row

    return new


def renamed(column: str, old: str, new: str) -> Callable[[Row], Row]:
    return lambda row: row | {column: new if row[column] == old else row[column]}


def longer(column: str, digits: str) -> Callable[[Row], Row]:
    return lambda row: row | {column: digits + row[column] if row[column] else ""}


def twice(name: str) -> Change:
    return lambda folder, chance, made: write(folder, name, rows_of(folder, name) * 2)


def exchanged(row: Row) -> Row:
    return row | {"Original Source": row["Latest Campaign"], "Latest Campaign": row["Original Source"]}


def day_and_month(row: Row) -> Row:
    made = row["Create Date"]
    first, second = made[:2], made[3:5]
    return row | {"Create Date": f"{second}.{first}{made[5:]}" if int(first) <= 12 else made}


def only_the_head(name: str) -> Change:
    return lambda folder, chance, made: write(folder, name, [], list(rows_of(folder, name)[0]))


WRONG: dict[int, tuple[str, Change]] = {
    1: ("contacts end on 1 September", cut_at_a_day("contacts")),
    2: ("deals end on 1 September", cut_at_a_day("deals")),
    3: ("engagements end on 1 September", cut_at_a_day("engagements")),
    4: ("contacts broken off at half of their bytes", broken_off("contacts", 0.5)),
    5: ("deals broken off at half of their bytes", broken_off("deals", 0.5)),
    6: ("engagements broken off at half of their bytes", broken_off("engagements", 0.5)),
    7: ("contacts broken off at a line's end", broken_off("contacts", 0.6, at_a_line=True)),
    8: ("engagements broken off at a line's end", broken_off("engagements", 0.6, at_a_line=True)),
    9: ("engagements end, one of 2099", with_a_day_of_2099("engagements", cut_at_a_day("engagements"))),
    10: ("contacts end, one of 2099", with_a_day_of_2099("contacts", cut_at_a_day("contacts"))),
    11: ("40 % of all rows", only_a_part(0.4, "contacts", "deals", "engagements")),
    12: ("40 % of the week's contacts are missing", without_some_of_the_week),
    13: ("last month's export", older),
    14: ("MQL date blank", changed("contacts", lambda row: row | {"Lifecycle: MQL Date": ""})),
    15: ("MQL date blank from September", blanked),
    16: ("amounts × 400", changed("deals", amount(400))),
    17: ("amounts negative", changed("deals", amount(-1))),
    18: ("Outgoing renamed", changed("engagements", renamed("Direction", "Outgoing", "Outbound"))),
    19: ("Closed Won renamed", changed("deals", renamed("Deal Stage", "Closed Won", "Customer"))),
    20: ("contact ids of engagements with a digit before",
         changed("engagements", longer("Associated Contact ID", "1"))),
    21: ("owner ids of contacts with two digits before", changed("contacts", longer("Contact Owner ID", "10"))),
    22: ("touches twice over", twice("campaign_touches")),
    23: ("spend twice over", twice("ad_spend")),
    24: ("stage changes twice over", twice("deal_stage_history")),
    25: ("contacts twice over", twice("contacts")),
    26: ("source and campaign exchanged", changed("contacts", exchanged)),
    27: ("day and month of the creation day exchanged", changed("contacts", day_and_month)),
    28: ("engagements with only their head", only_the_head("engagements")),
    29: ("deals with only their head", only_the_head("deals")),
}  # fmt: skip
"""By number: what is wrong, and how it is made of an honest export."""


def rolled(column: str, name: str) -> Change:
    """Each row has the value of another row: ids that are there, and are not its own."""

    def change(folder: Path, chance: random.Random, made: date) -> None:
        rows = rows_of(folder, name)
        values = [row[column] for row in rows]
        write(folder, name, [row | {column: v} for row, v in zip(rows, values[7:] + values[:7], strict=True)])

    return change


def shifted(row: Row) -> Row:
    columns = ["Segment", "Region", "Buyer Persona", "ICP Tier"]
    return row | dict(zip(columns, [row["ICP Tier"], *(row[c] for c in columns[:-1])], strict=True))


def without_a_region(folder: Path, chance: random.Random, made: date) -> None:
    write(folder, "contacts", [r for r in rows_of(folder, "contacts") if r["Region"] != "North America"])


def a_week_old(folder: Path, chance: random.Random, made: date) -> None:
    """Everything as it was a week ago."""
    begins = made - timedelta(days=7)
    for name, column in {**DAYS, "campaign_touches": "Touch Date", "ad_spend": "Date"}.items():
        write(folder, name, [r for r in rows_of(folder, name) if day(r[column]) < begins])
    closed = [r | {"Close Date": r["Close Date"] if r["Close Date"] and day(r["Close Date"]) < begins else ""}
              for r in rows_of(folder, "deals")]  # fmt: skip
    write(folder, "deals", closed)


NEIGHBOURS: dict[str, tuple[Change, str]] = {
    "the whole export is a week old": (a_week_old, "pace"),
    "spend × 100": (changed("ad_spend", lambda r: r | {"Cost": f"{float(r['Cost']) * 100:.2f}"}), "rescaled"),
    "every amount is one": (changed("deals", lambda r: r | {"Amount": "€ 1,00"}), "rescaled"),
    "activities of other leads": (rolled("Associated Contact ID", "engagements"), "changed"),
    "columns shifted by one": (changed("contacts", shifted), "changed"),
    "one source for all": (changed("contacts", lambda r: r | {"Original Source": "Organic Search"}), "changed"),
    "no people": (only_the_head("users"), "gone"),
    "no leads of one region": (without_a_region, "unlinked"),
}
"""What others tried: how it is made, and the check that holds it."""


def wrong(number: int, honest: Path, target: Path, made: date = date(2026, 9, 21), *, seed: int = 1) -> Path:
    """A copy of an honest export with one thing wrong."""
    shutil.copytree(honest, target)
    WRONG[number][1](target, random.Random(seed), made)
    return target


# What is odd and honest: each changes the exports of both weeks, `last` tells the later one


def without_leads(folder: Path, gone: Callable[[Row], bool]) -> None:
    """Leads that never were, with their deals and activities."""
    lost = {r["Record ID"] for r in rows_of(folder, "contacts") if gone(r)}
    for name, column in {"contacts": "Record ID", "deals": "Associated Contact ID",
                         "engagements": "Associated Contact ID"}.items():  # fmt: skip
        write(folder, name, [r for r in rows_of(folder, name) if r[column] not in lost])


def threefold(folder: Path, last: bool) -> None:
    """A company that grows threefold in the last quarter."""
    begins, ends = date(2026, 6, 15), date(2026, 9, 21)

    def gone(row: Row) -> bool:
        grown = min(1, max(0, (day(row["Create Date"]) - begins) / (ends - begins)))
        return random.Random(row["Record ID"]).random() > 1 / 3 + grown * 2 / 3

    without_leads(folder, gone)


def a_source_ends(folder: Path, last: bool) -> None:
    without_leads(folder, lambda r: r["Original Source"] == "Paid Search" and day(r["Create Date"]) > date(2026, 9, 4))


def a_source_begins(folder: Path, last: bool) -> None:
    without_leads(
        folder, lambda r: r["Original Source"] == "Organic Search" and day(r["Create Date"]) < date(2026, 9, 8)
    )


def a_large_deal(folder: Path, last: bool) -> None:
    rows = rows_of(folder, "deals")
    rows[-1]["Amount"] = "€ 4.000.000,00" if last else rows[-1]["Amount"]
    write(folder, "deals", rows)


def a_merge(folder: Path, last: bool) -> None:
    """Of the contacts, 2 % are merged into the one before them: their ids are gone, what was theirs is the other's."""
    if not last:
        return
    merged, rows, before = {}, list[Row](), ""
    for row in rows_of(folder, "contacts"):
        if before and random.Random(row["Record ID"]).random() < 0.02:
            merged[row["Record ID"]] = before
        else:
            rows.append(row)
            before = row["Record ID"]
    write(folder, "contacts", rows)
    for name in ("deals", "engagements"):
        column = "Associated Contact ID"
        write(folder, name, [r | {column: merged.get(r[column], r[column])} for r in rows_of(folder, name)])


def sales_is_away(folder: Path, last: bool) -> None:
    """No call and no mail of sales in the last week, while leads and their visits go on."""
    rows = rows_of(folder, "engagements")
    write(folder, "engagements", [r for r in rows if not last or r["Direction"] != "Outgoing"
                                  or day(r["Activity Date"]) < date(2026, 9, 14)])  # fmt: skip


def dealt_anew(folder: Path, last: bool) -> None:
    """Leads are scored anew, territories dealt out anew, rejected leads get another chance."""
    rows = rows_of(folder, "contacts")
    owners = sorted({r["Contact Owner ID"] for r in rows if r["Contact Owner ID"]})
    for row in rows if last else []:
        row["Lead Score"] = str((int(row["Lead Score"] or 0) * 7) % 100)
        row["Contact Owner ID"] = owners[int(row["Record ID"]) % len(owners)] if row["Contact Owner ID"] else ""
        if row["Sales Rejected Date"] and day(row["Sales Rejected Date"]) > date(2026, 6, 1):
            row["Sales Rejected Date"] = row["Rejection Reason"] = ""
    write(folder, "contacts", rows)


HONEST: dict[str, Callable[[Path, bool], None]] = {
    "nothing happened": lambda folder, last: None,
    "threefold growth": threefold,
    "a source ends": a_source_ends,
    "a source begins": a_source_begins,
    "one large deal": a_large_deal,
    "a merge of 2 %": a_merge,
    "sales is away for a week": sales_is_away,
    "scored and dealt out anew": dealt_anew,
}


# The demo company's export, judged, and kept as a report keeps it

TABLES = ("leads", "opportunities", "activities", "reps", "spend")


def demo(target: Path, ends: date, *, seed: int = 7, leads: int = 3000) -> Path:
    """The company's export as of the beginning of a day."""
    until = datetime(ends.year, ends.month, ends.day, tzinfo=UTC)
    generate(target, leads=leads, seed=seed, file_format="csv", until=until)
    return target


def judged(data: Path | str, week: Week, reports: Path, *, source: str = "demo", **release: str) -> Trial:
    """The trial of an export on the morning after a week."""
    ends = week.shifted(1).monday
    now = datetime(ends.year, ends.month, ends.day, 6, tzinfo=UTC)
    request = Request(source, str(data), week.label, "", "", "params/weekly.yaml", "", "weekly", **release)
    params = load(request, now=now)
    names = TABLES if source == "demo" else None
    return trial(open_source(params), params, names=names, reports=reports)


def typed(export: Path, target: Path) -> Path:
    """The same rows as a database holds them, in Parquet: instants, dates and amounts of their own types."""
    target.mkdir()
    for file in sorted(export.glob("*.csv")):
        rows = rows_of(export, file.stem)
        head = file.read_text(encoding="utf-8").partition("\n")[0]
        names = next(csv.reader([head]))
        table = pa.table({name: _typed(name, [row[name] for row in rows]) for name in names})
        pyarrow.parquet.write_table(table, target / f"{file.stem}.parquet")
    return target


def _typed(name: str, cells: list[str]) -> pa.Array:
    filled = [c for c in cells if c]
    if not filled and "Date" in name:
        return pa.nulls(len(cells), pa.date32())
    if filled and all(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]+Z", c) for c in filled):
        return pa.array([datetime.fromisoformat(c) if c else None for c in cells], pa.timestamp("us", "UTC"))
    if filled and all(re.fullmatch(r"\d\d\.\d\d\.\d{4} \d\d:\d\d", c) for c in filled):
        return pa.array([datetime.strptime(c, "%d.%m.%Y %H:%M") if c else None for c in cells], pa.timestamp("us"))
    if filled and all(re.fullmatch(r"\d{4}-\d\d-\d\d", c) for c in filled):
        return pa.array([date.fromisoformat(c) if c else None for c in cells], pa.date32())
    if filled and filled[0].startswith("€"):
        plain = [c.replace("€", "").replace(".", "").replace(",", ".").strip() for c in cells]
        numbers = [Decimal(c) if re.fullmatch(r"-?[\d.]+", c) else None for c in plain]
        return pa.array(numbers, pa.decimal128(14, 2))
    return pa.array([c or None for c in cells], pa.string())


def keep(found: Trial, reports: Path) -> None:
    """What a report leaves of its export, in the folder of its week."""
    assert found.tables is not None
    run = found.tables.run
    folder = reports / "weekly" / run.period.label
    folder.mkdir(parents=True, exist_ok=True)
    manifest = {
        "report": "weekly",
        "period": run.period.label,
        "as_of": run.as_of.isoformat(),
        "generated_at": run.as_of.isoformat(),
        "held": any(c.status == "HOLD" for c in found.checks),
        "source": {"name": run.params.mapping.name},
        "checks": [{"name": c.name, "accepted": c.accepted} for c in found.checks],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (folder / EXPORT_FILE).write_text(found.tables.export, encoding="utf-8")


def graver(found: Trial) -> list[Check]:
    """The checks that hold or fail, their sentences with plain blanks."""
    bad = [c for c in found.checks if c.status in ("HOLD", "FAIL")]
    return [replace(c, sentence=c.sentence.replace("\u00a0", " ")) for c in bad]
