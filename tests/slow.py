"""What is slow and why: left out by `make test-quick`, begun first by `make test`, and made once by one worker.

`SLOW` names files, or tests by the beginning of their id. The seconds are those of a quiet core and only order the
work: the longest is begun first, so that the workers end together. What is in no row takes about a second at most.
"""

from __future__ import annotations

import pytest

REPORTS = "makes whole reports"
COMMANDS = "runs the command line, kernel and all, in processes of its own"
POSTGRES = "starts a PostgreSQL"
BROWSER = "opens pages in Chromium"
KILLS = "kills real processes, many times"
REAL = "reads the real data"
ANEW = "reads a small company anew in most of its tests, each in half a second or more"
SLOW: dict[str, tuple[float, str]] = {
    "test_weekly_page.py": (30, f"{COMMANDS}; {BROWSER}"),
    "test_run.py": (60, f"{COMMANDS}; {KILLS}"),
    "test_monthly_page.py": (25, f"{COMMANDS}; {BROWSER}"),
    "test_postgres.py": (45, f"{POSTGRES}; {COMMANDS}"),
    "test_monthly_postgres.py": (45, POSTGRES),
    "test_monthly.py": (40, REPORTS),
    "test_special_weeks.py": (25, REPORTS),
    "test_sentences.py::test_every": (25, REPORTS),
    "test_weekly_page.py::test_pages": (12, f"{COMMANDS}; {BROWSER}; {REAL}"),
    "test_monthly_page.py::test_pages": (14, f"{COMMANDS}; {BROWSER}; {REAL}"),
    "guard/test_guard.py::test_a_run": (3, REPORTS),
    "test_browser.py": (30, BROWSER),
    "test_bad_input.py::test_names_of_a_crm": (8, COMMANDS),
    "test_bad_input.py::test_olist": (8, f"{COMMANDS}; {REAL}"),
    "test_mail_browser.py": (20, BROWSER),
    "test_pulse.py::test_seven_pulses": (12, REPORTS),
    "test_profile.py::test_real": (8, REAL),
    "test_profile.py::test_the_demo_is_read": (3, "makes an export and reads it"),
    "test_profile.py::test_nothing_of_a_person": (3, "makes an export and reads it"),
    "test_mail_delivery.py::test_without_a_published_run": (7, COMMANDS),
    "test_mail_delivery.py::test_a_run_that_fails": (6, COMMANDS),
    "test_mail_updates.py::test_the_notebooks": (6, COMMANDS),
    "test_mail_updates.py::test_pages_of_hostile": (9, BROWSER),
    "test_decide.py::test_a_kill": (6, KILLS),
    "test_decide.py::test_two_who_write": (4, "starts many processes"),
    "test_publish.py::test_killed": (6, KILLS),
    "test_mail_kills.py": (3, KILLS),
    "test_rep_day_postgres.py": (4, POSTGRES),
    "test_mail_form.py::TestTheMessage::test_the_same_input": (4, "starts another Python"),
    "test_mail_letters.py::TestTheDemo": (5, REPORTS),
    "test_forty_leads.py::test_the_page": (4, COMMANDS),
    "test_mail_letters.py::test_the_subjects_of_the_demo": (0, REPORTS),
    "test_slow.py::test_one_worker": (4, "starts two workers"),
    "test_kinds.py::test_the_demo_goes_on": (2, "makes a whole demo"),
    "test_exports.py": (70, "makes whole demos and reads each in a second"),
    "test_exports_mailed.py": (18, COMMANDS),
    "test_exports_engines.py": (60, f"{POSTGRES}; makes whole demos"),
    "test_crms.py": (70, "makes a whole week of each CRM's export"),
    "test_crms_engines.py": (18, f"{POSTGRES}; makes whole weeks"),
    "test_packed.py": (5, ANEW),
    "test_home.py": (14, f"{COMMANDS}; builds a wheel"),
    "test_days.py": (90, f"{ANEW}; {POSTGRES}"),
    "test_outcomes.py": (30, ANEW),
    "test_links.py": (20, ANEW),
    "test_verdicts.py": (20, f"{ANEW}; {COMMANDS}"),
    "test_restated.py": (23, ANEW),
    "test_rep_day.py": (19, ANEW),
    "test_currencies.py": (25, ANEW),
    "test_m_sla.py": (12, ANEW),
    "test_mail_updates.py": (10, ANEW),
    "test_pulse.py": (18, ANEW),
    "test_blocks.py": (10, ANEW),
    "test_foreign.py": (25, REAL),
    "test_real_crms.py": (20, REAL),
    "test_shapes.py": (15, ANEW),
    "test_texts.py": (15, ANEW),
    "test_typed.py": (20, f"{ANEW}; {POSTGRES}"),
    "test_adapters_data.py": (9, ANEW),
    "test_updates.py": (8, ANEW),
    "test_m_revenue.py": (8, ANEW),
    "test_m_process.py": (7, ANEW),
    "test_meeting.py": (6, ANEW),
    "test_scorecard_issues.py": (5, ANEW),
    "test_pipeline.py": (5, ANEW),
    "test_progress.py": (5, ANEW),
    "test_campaigns.py": (5, ANEW),
    "test_effort_frames.py": (5, ANEW),
    "test_notes.py": (4, ANEW),
    "test_demo_exports.py": (4, "makes whole demos"),
    "test_demo_truth.py": (5, "makes whole demos"),
    "test_defects.py::test_an_old_week": (3, REPORTS),
    "test_bench.py": (3, REPORTS),
    "test_publish.py::test_a_reader": (2, "starts another Python"),
}
TOGETHER: dict[str, str] = {
    "test_special_weeks.py": "weeks",
    "test_sentences.py": "weeks",  # the special weeks' reports
    "test_monthly.py": "months",
    "test_mail_letters.py": "months",  # the demo's week and month as letters
    "test_mail_form.py": "months",
    "test_mail_browser.py": "months",
    "test_postgres.py": "postgres",
    "test_monthly_postgres.py": "postgres",  # one server
    "test_rep_day_postgres.py": "postgres",
    "test_typed.py": "postgres",
    "test_exports_engines.py": "postgres",
    "test_crms_engines.py": "postgres",
}
"""Files that share what is made once in a process: one worker takes them all."""
APART = ("guard/test_guard.py::test_a_run", "test_weekly_page.py::test_pages", "test_monthly_page.py::test_pages")
"""Tests that share nothing with each other: any worker takes any one of them."""
MARKS = ("browser", "real_data")
"""Marks whose tests are slow, whether they are in a row or not."""


def arrange(items: list[pytest.Item], *, parallel: bool) -> None:
    """Mark what is slow; for workers put first what takes longest, files that belong together side by side."""
    for item in items:
        if _rows(item) or any(item.get_closest_marker(mark) for mark in MARKS):
            item.add_marker(pytest.mark.slow)
    if parallel:
        rows: dict[str, set[str]] = {}
        for item in items:
            rows.setdefault(unit(item.nodeid), set()).update(_rows(item))
        items.sort(key=lambda item: -sum(SLOW[row][0] for row in rows[unit(item.nodeid)]))


def _rows(item: pytest.Item) -> list[str]:
    return [row for row in SLOW if item.nodeid.removeprefix("tests/").startswith(row)]


def unit(nodeid: str) -> str:
    """What one worker does as a whole: a test that stands apart, or files that belong together, or a file."""
    name = nodeid.removeprefix("tests/")
    file = name.partition("::")[0]
    return name if name.startswith(APART) else TOGETHER.get(file, file)
