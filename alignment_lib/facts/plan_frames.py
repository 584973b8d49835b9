"""Facts → leads of the arms of tests, mails by recipient and week, and the stages that deals pass through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from alignment_lib.facts.ages import DAY_S, old_enough, within
from alignment_lib.facts.cohort_frames import STAGES, as_number, tidy
from alignment_lib.facts.facts import Facts
from alignment_lib.facts.stage_entries import entries
from alignment_lib.params import period
from alignment_lib.source.tables import mail_events
from alignment_lib.stats.days import epoch_day


def arm_days(
    facts: Facts, names: Sequence[str], *, horizons: Mapping[str, int], first_day: int, last_day: int
) -> pd.DataFrame:
    """Leads whose source or campaign is one of those named, by the day on which they were created; one aggregation.

    Parameters
    ----------
    names
        Sources or campaigns.
    horizons
        By stage of `cohort_frames.STAGES`: the age in days by which it counts, and for which a lead is old enough.

    Returns
    -------
    DataFrame
        Columns `source`, `campaign`, `day` (epoch day), `leads`, and for each stage `<stage>_old` (leads old enough)
        and `<stage>_done` (of these, those that reached it by the horizon); sorted.
    """
    leads = facts.leads
    named = leads.source.isin(list(names)) | leads.campaign.isin(list(names))
    table = leads.filter(named & leads.created_day.between(first_day, last_day)).mutate(day=leads.created_day)
    counts = {"leads": table.count()}
    for stage, horizon in horizons.items():
        old = old_enough(facts, table.created_s, days=horizon)
        in_time = within(facts, table[STAGES[stage].reached], table.created_s, days=horizon)
        counts |= {f"{stage}_old": old.sum(), f"{stage}_done": (old & in_time).sum()}
    keys = ["source", "campaign", "day"]
    return tidy(table.group_by(keys).aggregate(**counts).to_pandas(), keys)


def mailings(facts: Facts, *, first_day: int, last_day: int) -> pd.DataFrame:
    """Mails sent in the days given, by mailing, recipient and day: those of the source and those of mail services.

    Returns
    -------
    DataFrame
        Columns `mailing`, `rep_id`, `day` (epoch day on the company's wall), `opened`, `clicked` (0 or 1, as of the
        run); sorted. Whoever got the same mailing twice on a day has one row.
    """
    keys = ["mailing", "rep_id", "day"]
    parts = [_told_by_services(facts, first_day=first_day, last_day=last_day)]
    if "mail_events" in facts.tables.inspected:
        parts.append(_of_source(facts, first_day=first_day, last_day=last_day))
    found = parts[-1] if parts[0].empty else pd.concat(parts)
    return tidy(found.groupby(keys, as_index=False, dropna=False)[["opened", "clicked"]].max(), keys)


def _told_by_services(facts: Facts, *, first_day: int, last_day: int) -> pd.DataFrame:
    zone = facts.run.params.timezone
    rows = [
        (
            r["mailing"],
            r["rep_id"],
            day,
            int((r["opened_at"] or r["clicked_at"]) is not None),
            int(bool(r["clicked_at"])),
        )
        for r in mail_events.rows(facts.tables)
        if first_day <= (day := epoch_day(period.local_day(r["sent_at"], zone))) <= last_day
    ]
    return pd.DataFrame(rows, columns=["mailing", "rep_id", "day", "opened", "clicked"])


def _of_source(facts: Facts, *, first_day: int, last_day: int) -> pd.DataFrame:
    """One aggregation."""
    import ibis

    from alignment_lib.source.zones import local_day

    events, run = facts.tables["mail_events"], facts.run
    nothing = ibis.null("timestamp")
    parts = {c: events[c] if c in events.columns else nothing for c in ("opened_at", "clicked_at")}
    rows = events.filter(events.sent_at.notnull()).select(
        "mailing",
        "rep_id",
        sent_s=events.sent_at.epoch_seconds().cast("int64"),
        opened=parts["opened_at"].notnull() | parts["clicked_at"].notnull(),
        clicked=parts["clicked_at"].notnull(),
    )
    first_s = (first_day - 2) * DAY_S
    rows = rows.filter(rows.sent_s.between(first_s, (last_day + 3) * DAY_S))
    rows = rows.mutate(day=local_day(rows.sent_s, run.params.timezone, first_s=first_s, last_s=run.as_of_s))
    rows = rows.filter(rows.day.between(first_day, last_day))
    counts = {name: as_number(rows[name]).max() for name in ("opened", "clicked")}
    return rows.group_by(["mailing", "rep_id", "day"]).aggregate(**counts).to_pandas()


def deal_stages(facts: Facts) -> tuple[str, ...]:
    """The stages that deals pass through, as of the run; a stage that no deal ever left is an end, not one of them.

    Without a history of stages: those in which more deals are open than closed.
    """
    if facts.tables.has("stage_changes"):
        kept = entries(facts).filter(lambda t: t.followed)
    else:
        deals = facts.deals
        sums = deals.group_by("stage").aggregate(
            open=(deals.outcome == "open").sum(), closed=(deals.outcome != "open").sum()
        )
        kept = sums.filter(sums.open > sums.closed)
    names = kept.select("stage").distinct().to_pandas()["stage"]
    return tuple(sorted(str(name) for name in names if isinstance(name, str)))
