"""The demo company's files: the same bytes for the same arguments, and one mapping for CSV and Parquet."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest
import yaml

from alignment_lib.contract import CONTRACT
from alignment_lib.demo import generate, truth
from alignment_lib.errors import ParamsError

MAPPING = yaml.safe_load((Path(__file__).parents[1] / "params/sources/demo.yaml").read_text(encoding="utf-8"))


def parquet(folder: Path, name: str) -> pd.DataFrame:
    frame: pd.DataFrame = pyarrow.parquet.read_table(folder / f"{name}.parquet").to_pandas(date_as_object=False)
    return frame


def text(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / f"{name}.csv", dtype=str, skip_blank_lines=False)


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The export that everybody sees first."""
    out = tmp_path_factory.mktemp("usual")
    generate(out)
    return out


TOLD = set(CONTRACT) - {"rates"}
"""The tables of the demo, which has one currency."""


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_same_arguments_give_the_same_bytes(tmp_path: Path, file_format: str) -> None:
    def digests(name: str, **more: object) -> dict[str, str]:
        generate(tmp_path / name, leads=700, file_format=file_format, **more)  # type: ignore[arg-type]
        return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted((tmp_path / name).iterdir())}

    first, again, other = digests("a"), digests("b"), digests("c", seed=2)
    assert first == again
    assert len(first) == len(TOLD)
    assert {name for name in first if first[name] != other[name]} >= {f"contacts.{file_format}", f"deals.{file_format}"}


def test_tables_scale_with_leads_and_the_default_is_about_a_hundred_leads_a_week(usual: Path, tmp_path: Path) -> None:
    generate(tmp_path, leads=3_000)
    for name in ("contacts", "engagements", "deals", "campaign_touches"):
        large, small = (text(folder, name).dropna(how="all") for folder in (usual, tmp_path))
        assert len(large) / len(small) == pytest.approx(4, rel=0.1), name
    contacts = text(usual, "contacts")
    assert 0 <= 12_000 - len(contacts) <= 30  # the last days' late rows are not there yet
    created = pd.to_datetime(contacts["Create Date"], format="%d.%m.%Y %H:%M")
    assert 100 < (created >= pd.Timestamp("2025-09-22")).sum() / 52 < 130
    mqls = pd.to_datetime(contacts["Lifecycle: MQL Date"]).dropna()
    assert (mqls >= pd.Timestamp("2025-09-22", tz="UTC")).sum() / 52 == pytest.approx(48, abs=6)
    assert len(text(usual, "engagements")) / 12_000 == pytest.approx(5, abs=0.5)


@pytest.mark.parametrize(
    ("bad", "word"),
    [
        ({"leads": 0}, "leads"),
        ({"seed": -1}, "seed"),
        ({"weeks": 0}, "weeks"),
        ({"file_format": "xlsx"}, "file_format"),
        ({"until": datetime(2026, 9, 21)}, "time zone"),
        ({"until": datetime(2024, 7, 28, tzinfo=UTC)}, "until"),
        ({"until": datetime(2031, 1, 1, tzinfo=UTC)}, "until"),
    ],
)
def test_an_argument_out_of_range_is_named_with_its_value(tmp_path: Path, bad: dict[str, object], word: str) -> None:
    with pytest.raises(ParamsError, match=word):
        generate(tmp_path / "x", **bad)  # type: ignore[arg-type]
    assert not (tmp_path / "x").exists()


def test_the_smallest_company_is_written_whole(tmp_path: Path) -> None:
    generate(tmp_path, leads=1)
    assert len(text(tmp_path, "contacts")) == 1
    assert len(list(tmp_path.iterdir())) == len(TOLD)


def test_every_canonical_table_and_column_is_mapped_to_a_heading_of_a_table_with_rows(usual: Path) -> None:
    assert set(MAPPING["tables"]) == TOLD
    for name, mapping in MAPPING["tables"].items():
        raw = text(usual, mapping["from"])
        assert len(raw) > 0, name
        mapped = {c: r if isinstance(r, str) else r["column"] for c, r in mapping["columns"].items()}
        assert set(mapped.values()) <= set(raw.columns), name
        assert set(CONTRACT[name].columns) - set(mapped) <= {"contact_id", "company_name", "currency"}, name
        assert raw[list(mapped.values())].notna().any().drop("Source", errors="ignore").all(), name


def test_parquet_and_csv_say_the_same(tmp_path: Path) -> None:
    generate(tmp_path / "c", leads=1_500, file_format="csv")
    generate(tmp_path / "p", leads=1_500, file_format="parquet")
    for name in {mapping["from"] for mapping in MAPPING["tables"].values()}:
        native, shown = parquet(tmp_path / "p", name), text(tmp_path / "c", name)
        shown = shown.iloc[: len(shown) - (truth.PADDING_LINES if name == "deals" else 0)]
        assert list(native.columns) == list(shown.columns)
        assert len(native) == len(shown) > 0
        for heading in native.columns:
            expected = [as_printed(name, heading, value) for value in native[heading]]
            found = [None if pd.isna(v) else number(v) for v in shown[heading]]
            odd = {(e, f) for e, f in zip(expected, found, strict=True) if e != f}
            allowed = {(None, t) for t in truth.UNREADABLE_AMOUNTS} if heading == "Amount" else set()
            assert odd == allowed, (name, heading)


def as_printed(table: str, heading: str, value: Any) -> object:
    """What the mapping's declarations say that a CSV shows for a native value."""
    if pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        if value.tzinfo is None:
            return value.strftime("%Y-%m-%d")
        if (table, heading) == ("contacts", "Create Date"):
            return value.astimezone(ZoneInfo("Europe/Berlin")).strftime("%d.%m.%Y %H:%M")
        local_day = heading == "Close Date"
        return value.astimezone(ZoneInfo("Europe/Berlin")).strftime("%Y-%m-%d") if local_day else f"{value:%FT%TZ}"
    if (table, heading) == ("deals", "Amount"):
        return f"€ {value:,.2f}".replace(",", "x").replace(".", ",").replace("x", ".")
    return str(value).lower() if isinstance(value, bool | np.bool_) else number(str(value))


def number(shown: str) -> str:
    """Numbers without a trailing .0; identifiers keep their zeros."""
    return shown.removesuffix(".0")


def test_the_odd_rows_are_there_in_the_declared_numbers(usual: Path) -> None:
    deals, contacts = text(usual, "deals"), text(usual, "contacts")
    assert deals.isna().all(axis=1).sum() == truth.PADDING_LINES
    assert deals.iloc[-truth.PADDING_LINES :].isna().all(axis=None)
    assert sorted(deals["Amount"].dropna()[~deals["Amount"].dropna().str.startswith("€")]) == sorted(
        truth.UNREADABLE_AMOUNTS
    )
    created = deals["Create Date"].str[:10]
    assert (deals["Close Date"] < created).sum() == truth.WON_BEFORE_CREATED
    assert (deals["Close Date"] == created).sum() == 0
    open_stage = ~deals["Deal Stage"].isin(["Closed Won", "Closed Lost"])
    assert (open_stage & deals["Close Date"].notna()).sum() == truth.CLOSED_WITHOUT_OUTCOME
    assert 5 < (contacts["Original Source"] == "Test").sum() < 60
    assert contacts["Original Source"].isna().mean() == pytest.approx(0.018, abs=0.005)
    for source in ("Event", "Content Syndication"):
        batches = contacts[contacts["Original Source"] == source]["Create Date"].value_counts()
        assert batches.mean() > 5, source


def attained(usual: Path, metric: str, start: str) -> float:
    """What came true over the target last set for a period that starts on a day."""
    targets = text(usual, "targets").sort_values("Set On")
    mine = targets[(targets["Metric"] == metric) & (targets["Period Start"] == start)]
    end = mine["Period End"].max()
    mine = mine[mine["Period End"] == end].drop_duplicates("Segment", keep="last")
    if metric == "mqls":
        instants = pd.to_datetime(text(usual, "contacts")["Lifecycle: MQL Date"]).dt.tz_convert("Europe/Berlin")
        days = instants.dt.strftime("%Y-%m-%d")
        value = float(days.between(start, end).sum())
    else:
        deals = text(usual, "deals")
        won = deals[(deals["Deal Stage"] == "Closed Won") & deals["Close Date"].between(start, end)]
        marks = won["Amount"][won["Amount"].str.startswith("€")].str[2:].str.replace(".", "").str.replace(",", ".")
        value = float(marks.astype(float).sum())
    return value / float(mine["Target"].astype(float).sum())


def test_one_quarter_is_missed_and_the_last_month_is_close_to_its_promise(usual: Path) -> None:
    assert attained(usual, "won_value", "2026-04-01") < 0.9
    for start in ("2026-04-01", "2026-05-01", "2026-06-01"):
        assert attained(usual, "mqls", start) < 0.9, start
    assert 0.93 < attained(usual, "mqls", "2026-08-01") < 1.07
    assert attained(usual, "won_value", "2026-01-01") > 0.9
