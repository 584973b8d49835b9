"""Calendar days as whole numbers, as the engine hands them over."""

from __future__ import annotations

from datetime import date, timedelta

EPOCH = date(1970, 1, 1)


def epoch_day(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - EPOCH).days


def day_of(epoch_days: int) -> date:
    """The date that many days after 1970-01-01."""
    return EPOCH + timedelta(days=int(epoch_days))
