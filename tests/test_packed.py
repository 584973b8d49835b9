"""Files that come together or packed: a list, a glob, a ZIP as it comes, gzip, objects within objects."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from alignment_lib.errors import MappingError, SourceError
from alignment_lib.source.profile.reading import look
from alignment_lib.source.unpacked import folder_of
from tests.company import csv_text
from tests.fixture_stranger import Stranger, stranger

PARTS = (("calls_1.csv", 1, 41), ("calls_2.csv", 41, 101))


@pytest.fixture
def parted(tmp_path: Path) -> Stranger:
    """The calls in two files, with another heading in the second."""
    found = stranger(tmp_path)
    calls = found.rows.pop("calls")
    found.write()
    for name, first, last in PARTS:
        found.file(name, csv_text([calls[0], *calls[first:last]]))
    return found


def used(company: Stranger, table: str = "activities") -> tuple[str, int, int]:
    company.write()
    account = company.tables().inspected[table].account
    return account.file, account.read, account.used


@pytest.mark.parametrize("origin", ["calls_*.csv", ["calls_1.csv", "calls_2"], [{"file": "calls_?.csv"}]])
def test_several_files_are_one_table(parted: Stranger, origin: object) -> None:
    parted.mapping["tables"]["activities"]["from"] = origin
    assert used(parted) == ("calls_1.csv + calls_2.csv", 100, 100)


def test_a_file_may_call_a_column_otherwise(parted: Stranger) -> None:
    text = (parted.data / "calls_2.csv").read_text().replace("When", "Started")
    parted.file("calls_2.csv", text)
    parted.mapping["tables"]["activities"]["from"] = [
        "calls_1.csv",
        {"file": "calls_2.csv", "columns": {"When": "Started"}},
    ]
    assert used(parted) == ("calls_1.csv + calls_2.csv", 100, 100)


def test_a_glob_of_one_file_keeps_its_lines(parted: Stranger) -> None:
    (parted.data / "calls_2.csv").unlink()
    parted.mapping["tables"]["activities"]["from"] = "calls_*.csv"
    assert used(parted) == ("calls_1.csv", 40, 40)
    lines = (parted.data / "calls_1.csv").read_text().rstrip("\n").split("\n")
    parted.file("calls_1.csv", "\n".join([*lines[:3], "C999,L001", *lines[3:]]) + "\n")
    [aside] = [row for row in parted.tables().set_aside() if row.table == "activities"]
    assert (aside.file, aside.line, aside.reason) == ("calls_1.csv", 4, "fewer cells than the head")


def test_what_is_not_there_is_said(parted: Stranger) -> None:
    origin = parted.mapping["tables"]["activities"]
    origin["from"] = ["calls_1.csv", "calls_3.csv"]
    with pytest.raises(
        MappingError, match=r"activities\.from: data holds no file 'calls_3\.csv'; export it, or leave it out"
    ):
        used(parted)
    origin["from"] = "../*.csv"
    with pytest.raises(MappingError, match=r"'\.\./\*\.csv' leads out of the folder"):
        used(parted)


def test_a_zip_as_it_comes_and_one_beside_files(parted: Stranger) -> None:
    parted.mapping["tables"]["activities"]["from"] = "calls_*.csv"
    alone, before = parted.data.parent / "export.ZIP", used(parted)
    with zipfile.ZipFile(alone, "w") as archive:
        for file in parted.data.iterdir():
            archive.write(file, f"some folder/{file.name}")
        archive.writestr("__MACOSX/._calls_1.csv", "nothing")
        archive.writestr("../../escaped.csv", "a,b\n1,2\n")
    params = parted.params().with_data(str(alone))
    from alignment_lib.checks import build
    from alignment_lib.source import open_source

    account = build(open_source(params), params).inspected["activities"].account
    assert (account.file, account.read, account.used) == before
    assert not (parted.data.parent.parent / "escaped.csv").exists()
    with zipfile.ZipFile(parted.data / "more.zip", "w") as archive:
        archive.write(parted.data / "calls_2.csv", "calls_2.csv")
    (parted.data / "calls_2.csv").unlink()
    assert used(parted) == before


def test_gzip(parted: Stranger) -> None:
    parted.mapping["tables"]["activities"]["from"] = "calls_*.csv"
    packed = parted.data / "calls_2.csv"
    (parted.data / "calls_2.csv.gz").write_bytes(gzip.compress(packed.read_bytes()))
    packed.unlink()
    assert used(parted) == ("calls_1.csv + calls_2.csv", 100, 100)


def test_what_cannot_be_unpacked_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(SourceError, match=r"^broken\.zip: cannot be unpacked \(File is not a zip file\); export"):
        folder_of(tmp_path)
    (tmp_path / "broken.zip").unlink()
    whole = gzip.compress(b"Lead ID,Created\n" * 1000)
    (tmp_path / "leads.csv.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SourceError, match=r"^leads\.csv\.gz: cannot be unpacked"):
        folder_of(tmp_path)
    (tmp_path / "leads.csv.gz").write_bytes(whole)
    (tmp_path / "leads.csv").write_text("Lead ID\n")
    with pytest.raises(SourceError, match=r"^leads\.csv\.gz: 'leads\.csv' is there a second time; keep one of them"):
        folder_of(tmp_path)


def test_nothing_is_left_behind(parted: Stranger, tmp_path: Path) -> None:
    """Packed files and one that is rewritten: what was written down is gone with the process."""
    place = tmp_path / "temporary"
    place.mkdir()
    (parted.data / "calls_2.csv.gz").write_bytes(gzip.compress((parted.data / "calls_2.csv").read_bytes()))
    (parted.data / "calls_2.csv").unlink()
    (parted.data / "leads.csv").write_bytes((parted.data / "leads.csv").read_text().encode("utf-16"))
    code = f"from alignment_lib.source.profile.reading import look; print(len(look({str(parted.data)!r}).exports))"
    environment = {**os.environ, "TMPDIR": str(place)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(len(list(parted.data.iterdir())))
    assert list(place.iterdir()) == []


def test_an_object_within_an_object_is_columns(tmp_path: Path) -> None:
    rows = [{"id": str(n), "properties": {"createdate": "2026-01-05", "amount": n}} for n in range(3)]
    (tmp_path / "deals.json").write_text(json.dumps({"results": rows, "paging": None}))
    [export] = look(str(tmp_path)).exports
    assert [c.name for c in export.columns] == ["id", "properties", "properties.createdate", "properties.amount"]
    assert export.column("properties.amount").values == ("0", "1", "2")
