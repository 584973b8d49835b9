"""Number → text, result → sentence. The only place where anything is rounded."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from alignment_lib.stats.days import EPOCH, day_of

NOTHING = "–"
"""What stands in a cell whose value is undefined."""
_SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "BRL": "R$", "JPY": "¥", "CHF": "CHF", "INR": "₹"}
_SPACE = "\u00a0"


def defined(value: float | None) -> bool:
    """Whether there is a number to print."""
    return value is not None and not math.isnan(value)


def count(value: float | None) -> str:
    """`1,234`; a projection is shown to the whole."""
    return f"{value:,.0f}" if value is not None and defined(value) else NOTHING


def plural(value: float | None, one: str, many: str = "") -> str:
    """`1 lead`, `2 leads`."""
    return f"{count(value)}{_SPACE}{one if value == 1 else many or one + 's'}"


def pace(value: float | None) -> str:
    """`4.4` a day; no decimal from ten on."""
    return f"{value:,.{1 if abs(value) < 10 else 0}f}" if value is not None and defined(value) else NOTHING


def times(ratio: float | None) -> str:
    """`1.8 times`."""
    return f"{ratio:.1f}{_SPACE}times" if ratio is not None and defined(ratio) else NOTHING


def percent(value: float | None, *, width: float = 1.0) -> str:
    """`62 %`; a decimal only where the interval is narrower than five points."""
    if value is None or not defined(value):
        return NOTHING
    return f"{value * 100:.{1 if width < 0.05 else 0}f}{_SPACE}%"


def shown_points(value: float, decimals: int = 0) -> float:
    """The number of points that is printed of a difference of shares: what is printed as 0 must not be called more."""
    return round(value * 100, decimals)


def points(value: float) -> str:
    """A difference of shares without its sign: `3.2 points`."""
    shown = pace(abs(value) * 100)
    return f"{shown}{_SPACE}{'point' if shown in ('1', '1.0') else 'points'}"


def signed_points(value: float, *, whole: bool = False) -> str:
    """A difference of shares in a cell, in points: `+3.2`, `−0.4`, `0.0`; with `whole` `+3`."""
    if not defined(value):
        return NOTHING
    number = round(value * 100, 0 if whole else 1)
    shown = f"{abs(number):.0f}" if whole else pace(abs(value) * 100)
    return f"{'' if not number else '−' if number < 0 else '+'}{shown}"


def signed_points_range(value: float, low: float, high: float, *, whole: bool = False) -> str:
    """The same with its interval: `+3.2 (−0.1 to +6.5)`."""
    if not defined(value):
        return NOTHING
    told, least, most = (signed_points(v, whole=whole) for v in (value, low, high))
    return f"{told} ({least} to {most})"


def whole(value: float, one: str, many: str = "") -> str:
    """`3 months` of 2.8."""
    return plural(round(value), one, many)


def percent_range(low: float | None, high: float | None) -> str:
    """`52 to 71 %`."""
    if low is None or high is None or not defined(low) or not defined(high):
        return NOTHING
    digits = 1 if high - low < 0.05 else 0
    return f"{low * 100:.{digits}f} to {high * 100:.{digits}f}{_SPACE}%"


def estimate(value: float | None, low: float | None, high: float | None) -> str:
    """`62 % (52 to 71 %)`."""
    if value is None or low is None or high is None or not defined(value):
        return NOTHING
    return f"{percent(value, width=high - low)} ({percent_range(low, high)})"


def money(value: float | None, currency: str) -> str:
    """`€ 46,800`; whole units, `€ 1.25 m` from a million on."""
    if value is None or not defined(value):
        return NOTHING
    symbol = _SYMBOLS.get(currency, currency)
    if abs(value) >= 1_000_000:
        return f"{symbol}{_SPACE}{value / 1_000_000:,.2f}{_SPACE}m"
    return f"{symbol}{_SPACE}{_half_up(value):,}"


def _half_up(value: float) -> int:
    """The nearest whole number, of two as near the one further from nought, as people round money."""
    return int(math.copysign(math.floor(abs(value) + 0.5), value))


def hours(value: float | None) -> str:
    """`3.2 h`; minutes under an hour; no decimals from ten hours on."""
    if value is None or not defined(value):
        return NOTHING
    if value < 1:
        return f"{value * 60:.0f}{_SPACE}min"
    return f"{value:.1f}{_SPACE}h" if value < 10 else f"{value:,.0f}{_SPACE}h"


def open_time(seconds: float, day_s: float) -> str:
    """Business time, never more than there is: `2 h 15 min`; from a day of so many seconds on `1 day 3 h`."""
    if seconds < 60:
        return "under a minute"
    full, rest = divmod(seconds, day_s) if day_s else (0.0, seconds)
    hour, minute = rest // 3600, rest % 3600 // 60
    parts = [plural(full, "day")] if full else []
    parts += [f"{hour:.0f}{_SPACE}h"] if hour and full < 10 else []
    parts += [f"{minute:.0f}{_SPACE}min"] if minute and not full else []
    return " ".join(parts)


def days(value: float | None) -> str:
    """`31 days`; `same day` under a day."""
    if value is None or not defined(value):
        return NOTHING
    return "same day" if value < 1 else plural(round(value), "day")


def chance(probability: float | None) -> str:
    """A probability no finer than it is known: under 5 %, in tens, over 95 %."""
    if probability is None or not defined(probability):
        return NOTHING
    if probability < 0.05:
        return f"under 5{_SPACE}%"
    if probability > 0.95:
        return f"over 95{_SPACE}%"
    return f"about {max(10, min(90, round(probability * 10) * 10))}{_SPACE}%"


def between(low: float | None, high: float | None) -> str:
    """`64 to 84`."""
    return f"{count(low)} to {count(high)}" if defined(low) and defined(high) else NOTHING


def day(value: date | int) -> str:
    """`14 Sep 2026`, from a date or an epoch day."""
    shown = value if isinstance(value, date) else day_of(value)
    return f"{shown.day}{_SPACE}{shown:%b}{_SPACE}{shown.year}"


def short_day(value: date | int) -> str:
    """`Mon 14 Sep`."""
    shown = value if isinstance(value, date) else day_of(value)
    return f"{shown:%a} {shown.day}{_SPACE}{shown:%b}"


def month(value: date) -> str:
    """`September 2026`."""
    return f"{value:%B}{_SPACE}{value.year}"


def instant(value: datetime, timezone: str) -> str:
    """`21 Sep 2026, 00:00 (Europe/Berlin)`."""
    local = value.astimezone(ZoneInfo(timezone))
    return f"{day(local.date())}, {local:%H:%M} ({timezone})"


def epoch(seconds: float, timezone: str) -> str:
    """Epoch seconds on the company's wall: `Mon 14 Sep, 09:31`."""
    local = datetime.fromtimestamp(seconds, ZoneInfo(timezone))
    return f"{short_day((local.date() - EPOCH).days)}, {local:%H:%M}"


def listing(parts: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def against_normal(value: float | None, low: float, high: float, write: object = None) -> str:
    """Whether a number is news: `above`, `below` or `within` its normal range, which is named."""
    if value is None or not defined(value) or not defined(low):
        return "no normal range yet"
    where = "above" if value > high else "below" if value < low else "within"
    told = f"{write(low)} to {write(high)}" if callable(write) else _limits(value, low, high)
    return f"{where} the normal range of {told}"


def _limits(value: float, low: float, high: float) -> str:
    """Both limits of a count; one that reads like a value beyond it has a digit more: 4 is above 3.7, not above 4."""
    pairs = ((low, value < low), (high, value > high))
    return " to ".join(f"{x:,.1f}" if beyond and count(x) == count(value) else count(x) for x, beyond in pairs)


def beside_normal(value: float | None, low: float, high: float, span: object = None) -> str:
    """The same in a few words, for a note below a number: `normal 65 to 171`, `below normal, 65 to 171`."""
    if value is None or not defined(value) or not defined(low):
        return "no normal range yet"
    where = "above normal," if value > high else "below normal," if value < low else "normal"
    return f"{where} {span(low, high) if callable(span) else _limits(value, low, high)}"
