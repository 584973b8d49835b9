"""Parameters: every complaint names file, line, key, value and remedy (DESIGN 5, STYLE rule 10); ISO 8601 weeks."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from alignment_lib.errors import MappingError, ParamsError
from alignment_lib.params import Request, Week, load
from alignment_lib.params.company import windows_by_weekday
from alignment_lib.params.files import nearest
from alignment_lib.params.period import iso, midnight, parse_instant
from alignment_lib.params.run import fill_secrets, find_root, parse_slice
from alignment_lib.stats.days import day_of, epoch_day
from tests.company import NOW, Company, company


@pytest.fixture
def tiny(tmp_path: Path) -> Company:
    return company(tmp_path)


# Weeks and instants


@pytest.mark.parametrize(
    ("text", "monday"),  # ISO 8601, worked examples of the standard's week date article: 2008-W01-1, 2009-W53-7
    [
        ("2008-W01", date(2007, 12, 31)),
        ("2009-W53", date(2009, 12, 28)),
        ("2018w12", date(2018, 3, 19)),
        (" 2020-W9 ", date(2020, 2, 24)),
    ],
)
def test_a_week_begins_on_its_monday(text: str, monday: date) -> None:
    assert Week.parse(text).monday == monday
    assert Week.parse(Week.parse(text).label) == Week.parse(text)


@pytest.mark.parametrize("text", ["2018-W60", "2019-W53", "2018-W00", "0000-W01", "March", "2018-12", "2018-W12-1"])
def test_what_is_no_week_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ParamsError, match=rf"^week '{text}' is no ISO week; write it as 2018-W12"):
        Week.parse(text)


def test_history_is_the_weeks_before_and_the_week_itself() -> None:
    assert [w.label for w in Week.parse("2021-W02").history(4)] == ["2020-W52", "2020-W53", "2021-W01", "2021-W02"]


def test_a_local_day_begins_at_another_instant_after_the_clocks_change() -> None:
    # Europe/Berlin left standard time on 2020-03-29 (tz database): UTC+1 before, UTC+2 after
    assert iso(midnight(date(2020, 3, 29), "Europe/Berlin")) == "2020-03-28T23:00:00Z"
    assert iso(midnight(date(2020, 3, 30), "Europe/Berlin")) == "2020-03-29T22:00:00Z"


def test_days_are_counted_from_1970() -> None:
    assert epoch_day(date(1970, 1, 2)) == 1
    assert day_of(epoch_day(date(2024, 2, 29))) == date(2024, 2, 29)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2018-03-26T00:00:00Z", "2018-03-26T00:00:00Z"),
        ("2018-03-26T02:00:00+02:00", "2018-03-26T00:00:00Z"),
        ("2018-03-26", "2018-03-25T22:00:00Z"),  # without an offset: the company's wall
    ],
)
def test_an_instant_without_an_offset_is_the_companys_wall_clock(text: str, expected: str) -> None:
    assert iso(parse_instant(text, "Europe/Berlin")) == expected


@pytest.mark.parametrize(
    "text", ["yesterday", "2018-13-01", "2018-03-26T00:00:00+25:00", "0001-01-01", "9999-12-31T23:59:59-12:00"]
)
def test_what_is_no_instant_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ParamsError, match="is no ISO 8601 instant; write it as 2018-03-26T00:00:00Z"):
        parse_instant(text, "Europe/Berlin")


def test_as_of_before_the_week_is_refused(tiny: Company) -> None:
    with pytest.raises(ParamsError, match="as-of 2020-03-01T00:00:00Z is before week 2020-W11 begins"):
        tiny.params(as_of="2020-03-01T00:00:00Z").at(Week.parse("2020-W11"))


def test_as_of_is_the_weeks_end_but_never_the_future(tiny: Company) -> None:
    params = tiny.params()
    assert iso(params.at(Week.parse("2020-W11")).as_of) == "2020-03-15T23:00:00Z"
    assert params.at(Week.of(NOW.date())).as_of == NOW


# Slices and secrets


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("segment", "slice 'segment' has no value; write it as segment=enterprise"),
        ("segment=", "slice 'segment=' has no value"),
        ("segmnt=enterprise", r"unknown dimension 'segmnt' \(did you mean 'segment'\?\)"),
        ("=x", "unknown dimension ''"),
    ],
)
def test_a_slice_names_a_dimension_and_a_value(text: str, complaint: str) -> None:
    with pytest.raises(ParamsError, match=complaint):
        parse_slice(text)


def test_a_slices_value_may_hold_the_sign() -> None:
    assert parse_slice("source=utm=x") == ("source", "utm=x")
    assert parse_slice("") is None


def test_secrets_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_PASSWORD", "p4ss")
    assert fill_secrets("postgres://u:${CRM_PASSWORD}@host/db", where="x") == "postgres://u:p4ss@host/db"
    monkeypatch.delenv("CRM_PASSWORD")
    with pytest.raises(ParamsError, match="source 'x': environment variable CRM_PASSWORD is not set; export it"):
        fill_secrets("postgres://u:${CRM_PASSWORD}@host/db", where="source 'x'")


def test_the_project_is_found_from_a_folder_inside_it(tmp_path: Path) -> None:
    (tmp_path / "params").mkdir()
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    assert find_root(inside) == tmp_path


def test_the_nearest_name_is_suggested_and_a_stranger_gets_the_list() -> None:
    assert nearest("Tagets", ["targets", "leads"]) == "did you mean 'targets'?"
    assert nearest("xyz", ["b", "a"]) == "known: a, b"


# YAML


def _complaint(tiny: Company, file: Path, text: str, **request: str) -> str:
    file.write_text(text, encoding="utf-8")
    with pytest.raises((ParamsError, MappingError)) as caught:
        tiny.params(**request)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.startswith(f"{file}")
    return sentence.removeprefix(str(file))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("history_weeks: 13\nhistory_week: 3\n", " line 2: unknown key 'history_week' (did you mean 'history_weeks'?)"),
        ("history_weeks: 13\nmin_n: 5\nmin_n: 6\n", " line 3: key 'min_n' is given twice; keep one of them"),
        ("history_weeks: 1\n", " line 1: 'history_weeks' must be greater than or equal to 4 (found 1)"),
        ("confidence: 2\n", " line 1: 'confidence' must be less than 1 (found 2)"),
        ("confidence: .nan\n", " line 1: 'confidence' must be less than 1 (found nan)"),
        ("min_n: many\n", " line 1: 'min_n' must be a valid integer"),
        ("freshness: {warn_days: -1}\n", " line 1: 'freshness.warn_days' must be greater than 0 (found -1)"),
        ("freshness:\n  warn: 3\n", " line 2: unknown key 'warn' (did you mean 'warn_days'?)"),
        ("- a\n- b\n", ": expected keys and values (key: value), found list"),
        ("min_n: [1,\n", " line 2: did not find expected node content"),
        ("? [a, b]\n: 1\n", " line 1: a key must be plain text"),
    ],
)
def test_settings_are_strict(tiny: Company, text: str, complaint: str) -> None:
    assert _complaint(tiny, tiny.params_folder / "weekly.yaml", text).startswith(complaint)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("name: X\ntimezone: Europe/Berln\n", " line 2: 'timezone' is not an IANA time zone; did you mean 'Europe/Be"),
        ("name: X\ncurrency: euro\n", " line 2: 'currency' String should match pattern '^[A-Z]{3}$' (found 'euro')"),
        ("timezone: UTC\n", ": key 'name' is missing; add it"),
        ("name: X\ncalendar: {hours: {mon-fry: ['09:00-17:00']}}\n", " line 2: 'calendar.hours"),
        ("name: X\ncalendar:\n  hours: {mon: ['17:00-17:00']}\n", " line 3: 'calendar.hours"),
        ("name: X\ncalendar:\n  holidays: {country: Germany}\n", " line 3: 'calendar.holidays' country must be a two"),
    ],
)
def test_the_company_is_strict(tiny: Company, text: str, complaint: str) -> None:
    assert _complaint(tiny, tiny.params_folder / "company.yaml", text).startswith(complaint)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("source: Source", "sorce: Source", "leads: unknown column 'sorce' (did you mean 'source'?)"),
        ("  leads:", "  leeds:", "unknown table 'leeds' (did you mean 'leads'?)"),
        ("from: leads", "form: leads", "unknown key 'form' (did you mean 'from'?)"),
        ("column: MQL", "colum: MQL", "unknown key 'colum' (did you mean 'column'?)"),
        ("      lead_id: Lead ID\n      created_at:", "      created_at:", "column 'lead_id' is required; map it"),
        ("format: iso", "format: yyyy-mm-dd", "no % directive in 'yyyy-mm-dd'; write iso, epoch_s, epoch_ms, excel or"),
        ("format: iso", "format: '%Q'", "'%Q' in '%Q'; write iso"),
        ("from: leads", "from: {file: leads, table: leads}", "needs exactly one of file, table, sql"),
        ("owner_id: Owner", "owner_id: {column: Owner, value: x}", "needs exactly one of column, value, sql"),
        ("decimal: ','", "decimal: '.'", "decimal and thousands marks are the same; they must differ"),
        ("from: leads", "from: leads\n    encoding: utf-88", "is no known text encoding; for instance utf-8, latin-1"),
        ("from: leads", "from: leads\n    from: leads", "key 'from' is given twice; keep one of them"),
    ],
)  # fmt: skip
def test_a_mapping_is_strict(tiny: Company, old: str, new: str, complaint: str) -> None:
    text = tiny.source_file.read_text(encoding="utf-8")
    assert old in text
    changed = text.replace(old, new, 1)
    line = next(i for i, (a, b) in enumerate(zip(text.split("\n"), changed.split("\n"), strict=False), 1) if a != b)
    sentence = _complaint(tiny, tiny.source_file, changed)
    assert complaint in sentence
    told = int(sentence.split(" line ")[1].split(":")[0])
    assert abs(told - line) <= 2  # the key itself, or the table or column that holds it


def test_a_mapping_without_leads_and_deals_is_refused(tiny: Company) -> None:
    tiny.mapping["tables"] = {"reps": tiny.mapping["tables"]["reps"]}
    tiny.write_mapping()
    with pytest.raises(MappingError, match="neither leads nor opportunities is mapped"):
        tiny.params()


def test_a_source_of_its_own_file_is_named_as_given(tiny: Company) -> None:
    assert tiny.params(source=str(tiny.source_file)).mapping_file == str(tiny.source_file)


def test_files_of_the_settings_are_named_as_a_user_finds_them(tiny: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    def named(params: str) -> tuple[str, str]:
        found = tiny.params(params=params)
        return found.mapping_file, found.file("company.yaml")

    outside, near = str(tiny.params_folder / "weekly.yaml"), f"{tiny.root.name}/params"  # a page tells nobody's home
    assert named(outside) == (f"{near}/sources/tiny.yaml", f"{near}/company.yaml")
    below = ("params/sources/tiny.yaml", "params/company.yaml")
    monkeypatch.chdir(tiny.root)
    assert named(outside) == named("params/weekly.yaml") == below
    monkeypatch.chdir(tiny.data)  # the project is the folder above that holds params/
    assert named(outside) == named("params/weekly.yaml") == below
    assert named("../params/weekly.yaml") == ("../params/sources/tiny.yaml", "../params/company.yaml")


def test_an_unknown_source_is_refused_with_the_nearest(tiny: Company) -> None:
    with pytest.raises(ParamsError, match=r"unknown source 'tini' \(did you mean 'tiny'\?\); or give a file"):
        tiny.params(source="tini")
    with pytest.raises(MappingError, match=r"tine.yaml: no such file .*did you mean 'tiny.yaml'"):
        tiny.params(source=str(tiny.source_file.with_name("tine.yaml")))


def test_definitions_are_listed_oldest_first(tiny: Company) -> None:
    file = tiny.params_folder / "definitions.yaml"
    newer = "  - {version: '2', effective: 2020-02-01, text: b}\n"
    older = "  - {version: '1', effective: 2020-01-01, text: a}\n"
    assert "mql: versions must be listed by effective day" in _complaint(tiny, file, "mql:\n" + newer + older)
    file.write_text("mql:\n" + older + newer, encoding="utf-8")
    definitions = tiny.params().definitions
    held = [definitions.at("mql", date(2020, m, d)) for m, d in ((1, 31), (2, 1))]
    assert [h.version for h in held if h] == ["1", "2"]
    assert definitions.at("mql", date(2019, 12, 31)) is None


def test_a_source_answers_for_its_own_company(tiny: Company) -> None:
    tiny.mapping["company"] = {"currency": "BRL"}
    tiny.write_mapping()
    company_params = tiny.params().company
    assert (company_params.currency, company_params.name) == ("BRL", "Tiny")


def test_a_source_has_its_companys_own_positioning_and_no_others(tiny: Company) -> None:
    """The demo's statement stands with the demo: params/monthly.yaml is everybody's."""
    tiny.mapping["positioning"] = {"statement": "We close in three days.", "since": "2025-09-01"}
    tiny.write()
    asked = Request(source="tiny", data=str(tiny.data), params=str(tiny.params_folder / "weekly.yaml"))
    assert load(asked, now=NOW).monthly.positioning.statement == "We close in three days."
    del tiny.mapping["positioning"]
    tiny.write()
    assert load(asked, now=NOW).monthly.positioning.statement == ""
    assert load(Request(source="olist"), now=NOW).monthly.positioning.statement == ""


def test_working_hours_are_windows_by_weekday() -> None:
    hours = windows_by_weekday({"mon-thu": ("09:00-12:00", "13:00-17:30"), "fri": ("09:00-24:00",)})
    assert sorted(hours) == [0, 1, 2, 3, 4]
    assert [w[0].hour for w in hours[0]] == [9, 13]
    for wrong in ({"fri-mon": ("09:00-17:00",)}, {"mon": ("9-17",)}, {"mon": ("10:00-12:00", "11:00-13:00")},
                  {"mon": ("22:00-06:00",), "tue": ("05:00-07:00",)},
                  {"sun": ("22:00-06:00",), "mon": ("00:00-24:00",)},
                  {"mon": ("00:00-24:00", "09:00-10:00")}, {"mon": ("24:00-02:00",)}, {"mon": ("09:00-24:01",)},
                  {"mon": ("09:00-09:00",)}, {"mon": ("00:00", "24:00")},
                  {"mon-fri": ("09:00-17:00",), "fri": ("09:00-12:00",)}, {"mon": ("25:00-26:00",)}):  # fmt: skip
        with pytest.raises(ValueError, match=r"backwards|no window|overlap|twice|no time|as it starts"):
            windows_by_weekday(wrong)


def test_whole_days_night_shifts_and_days_off() -> None:
    around = windows_by_weekday({"mon-sun": ("00:00-24:00",)})
    assert around == {day: ((time(0), time(0)),) for day in range(7)}
    assert windows_by_weekday({"fri": ("20:00-00:00",)}) == {
        4: ((time(20), time(0)),)
    }  # no window of no length after it
    hours = windows_by_weekday({"mon": ("14:00-15:00", "22:00-06:00"), "tue": (), "wed": None, "sun": ("23:00-0:30",)})
    assert hours == {
        6: ((time(23), time(0)),),
        0: ((time(0), time(0, 30)), (time(14), time(15)), (time(22), time(0))),
        1: ((time(0), time(6)),),
        2: (),
    }


def test_the_shipped_params_are_valid() -> None:
    from alignment_lib.params import Request, load

    root = Path(__file__).parents[1]
    now = datetime(2026, 1, 1, tzinfo=UTC)
    names = sorted(p.stem for p in (root / "params" / "sources").glob("*.yaml"))
    assert {"demo", "olist", "itschool"} <= set(names)
    for name in names:
        params = load(Request(source=name, data=os.fspath(root), params=str(root / "params/weekly.yaml")), now=now)
        assert params.mapping.name == name
