"""The demo company at different instants: an export holds what was recorded by then, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest

from alignment_lib.demo import crm, generate, marketing, truth, voices
from alignment_lib.demo.company import world
from alignment_lib.demo.crm import World
from alignment_lib.demo.history import DAY_S, blocks, instant

KEYS = {"contacts": "Record ID", "deals": "Record ID", "engagements": "Engagement ID", "users": "User ID",
        "decisions": "Decision ID", "issues": "Issue ID", "suggestions": "Suggestion ID"}  # fmt: skip
EXPORT_LEADS = 15_000
EARLY, LATER = datetime(2026, 9, 14, tzinfo=UTC), datetime(2026, 9, 28, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    out = tmp_path_factory.mktemp("exports")
    for name, until in (("early", EARLY), ("later", LATER)):
        generate(out / name, leads=EXPORT_LEADS, until=until, file_format="parquet")
    return out / "early", out / "later"


@pytest.mark.parametrize("name", KEYS)
def test_a_later_export_holds_all_of_an_earlier_one_unchanged(exports: tuple[Path, Path], name: str) -> None:
    early, later = (parquet(folder, name).set_index(KEYS[name]) for folder in exports)
    assert early.index.is_unique
    assert later.index.is_unique
    assert set(early.index) <= set(later.index)
    same = later.loc[early.index]
    for heading in early.columns.drop("Deal Stage", errors="ignore"):
        known = early[heading].notna()
        assert (early[heading][known].astype(object) == same[heading][known].astype(object)).all(), heading
    if name in ("contacts", "deals", "engagements"):
        assert len(later) > len(early)


KEYLESS = ("deal_stage_history", "qualification", "campaign_touches", "content_uses", "targets", "ad_spend", "wins",
           "mail_events", "product_updates", "content_requests")  # fmt: skip


@pytest.mark.parametrize("name", KEYLESS)
def test_rows_of_an_earlier_export_are_all_in_a_later_one(exports: tuple[Path, Path], name: str) -> None:
    early, later = (parquet(folder, name) for folder in exports)
    if name == "mail_events":
        early, later = (frame[["Mailing", "Sent At", "Recipient ID"]] for frame in (early, later))
    if name == "targets":
        early, later = (frame.drop(columns="Done On") for frame in (early, later))
    rows, more = (set(frame.astype(str).itertuples(index=False, name=None)) for frame in (early, later))
    assert rows <= more
    assert len(rows) > 0
    assert name in ("targets",) or len(more) > len(rows)


@pytest.fixture(scope="module")
def company() -> World:
    """The usual company's whole history, known or not."""
    return world(1, blocks(leads=12_000, weeks=truth.WEEKS, until=truth.END)[0], late=True)


def test_late_rows_are_recorded_days_after_they_occurred(company: World) -> None:
    leads, deals = company.leads, company.deals
    for recorded, occurred, share, days in (
        (leads.recorded_s, leads.created_s, truth.LATE_LEADS, truth.LATE_LEAD_DAYS),
        (deals.recorded_s, deals.created_s, truth.LATE_DEALS, truth.LATE_DEAL_DAYS),
        (deals.close_recorded_s, np.maximum(deals.closed_s, deals.recorded_s), truth.LATE_CLOSES,
         truth.LATE_CLOSE_DAYS),
    ):  # fmt: skip
        delay = (recorded - occurred) / DAY_S
        assert (delay > 0).mean() == pytest.approx(share, abs=0.02)
        assert delay[delay > 0].min() >= days[0]
        assert delay.max() <= days[1]


def test_late_rows_are_missing_until_they_are_recorded(company: World) -> None:
    leads, deals = company.leads, company.deals
    at_once = replace(company, leads=replace(leads, recorded_s=leads.created_s))
    assert_missing(crm.contacts, company, than=at_once, heading="Record ID", fewest=1.0)
    at_once = replace(company, deals=replace(deals, recorded_s=deals.created_s))
    for part, heading in ((crm.deals, "Record ID"), (crm.stage_history, "Deal ID"), (crm.engagements, "Engagement ID")):
        assert_missing(part, company, than=at_once, heading=heading, fewest=0.1)
    at_once = replace(company, deals=replace(deals, close_recorded_s=deals.closed_s))
    for part, heading in ((crm.deals, "Close Date"), (crm.stage_history, "Date Entered")):
        assert_missing(part, company, than=at_once, heading=heading, fewest=0.1)


def assert_missing(
    part: Callable[[World, int], pyarrow.Table], late: World, *, than: World, heading: str, fewest: float
) -> None:
    """In weekly exports a late world never has more values under a heading, and on average so many fewer."""
    weeks = [instant(truth.END - timedelta(weeks=week)) for week in range(20)]
    missing = [known(part(than, until), heading) - known(part(late, until), heading) for until in weeks]
    assert min(missing) >= 0, part.__name__
    assert fewest <= np.mean(missing) < 25, part.__name__


def known(table: pyarrow.Table, heading: str) -> int:
    return int(len(table) - table[heading].null_count)


def test_the_team_is_shown_as_it_was(exports: tuple[Path, Path], tmp_path: Path) -> None:
    generate(tmp_path, leads=100, until=datetime(2026, 3, 2, tzinfo=UTC), file_format="parquet")
    before, now = (parquet(folder, "users").set_index("Full Name") for folder in (tmp_path, exports[1]))
    assert set(now.index) - set(before.index) == {"Paul Renner"}
    assert before["End Date"].isna().all()
    assert now["End Date"].notna().sum() == 1


def test_the_company_goes_on_after_the_history_s_end(exports: tuple[Path, Path]) -> None:
    later = parquet(exports[1], "contacts")
    new = later[later["Create Date"] > pd.Timestamp(truth.END)]
    assert len(new) == pytest.approx(EXPORT_LEADS / truth.WEEKS * 7.5 / 7, rel=0.35)  # seven and a half days


def test_every_identifier_in_an_export_leads_to_a_row_of_it(company: World) -> None:
    for week in range(20):
        until = instant(truth.END - timedelta(weeks=week))
        contacts, deals = (set(part(company, until)["Record ID"].to_pylist()) for part in (crm.contacts, crm.deals))
        for part in (crm.contacts, crm.deals, crm.stage_history, crm.engagements, crm.qualification, marketing.touches,
                     marketing.content_uses, voices.wins, voices.feedback):  # fmt: skip
            table = part(company, until)
            for heading, ids in (("Contact ID", contacts), ("Deal ID", deals)):
                for name in {heading, f"Associated {heading}"} & set(table.column_names):
                    assert set(table[name].drop_null().to_pylist()) <= ids, (part.__name__, name)


def test_without_late_rows_everything_is_on_record_at_once(tmp_path: Path) -> None:
    generate(tmp_path, late=False)
    assert sum(1 for _ in (tmp_path / "contacts.csv").open(encoding="utf-8")) == 12_001


PLANS = {"Expected Close Date", "Period Start", "Period End", "Due On", "Starts On", "Ends On", "Open Since"}


def test_nothing_in_an_export_is_later_than_its_instant(exports: tuple[Path, Path]) -> None:
    checked = 0
    for folder, until in zip(exports, (EARLY, LATER), strict=True):
        for path in folder.iterdir():
            frame = parquet(folder, path.stem)
            for heading in set(frame.select_dtypes(["datetime", "datetimetz"])) - PLANS:
                newest = frame[heading].max()
                if newest is pd.NaT:
                    continue
                limit = pd.Timestamp(until)
                assert newest <= (limit if newest.tzinfo else limit.tz_localize(None)), (path.stem, heading)
                checked += 1
    assert checked > 60


def parquet(folder: Path, name: str) -> pd.DataFrame:
    frame: pd.DataFrame = pyarrow.parquet.read_table(folder / f"{name}.parquet").to_pandas(date_as_object=False)
    return frame


def test_clicks_on_the_product_update_fall_and_those_on_the_marketing_update_do_not(exports: tuple[Path, Path]) -> None:
    mails = parquet(exports[1], "mail_events")
    product = mails["Mailing"].str.startswith("product")
    early = mails["Sent At"] < pd.Timestamp("2026-07-27", tz="UTC")
    clicked = mails["Clicked At"].notna()
    assert clicked[product & early].mean() - clicked[product & ~early].mean() > 0.1
    assert clicked[~product].mean() == pytest.approx(truth.MARKETING_CLICKS, abs=0.1)
    assert (mails["Opened At"].dropna() > mails["Sent At"][mails["Opened At"].notna()]).all()
