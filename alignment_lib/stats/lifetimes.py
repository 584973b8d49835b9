"""From columns of instants to leads by age: when each began, and as what it was last seen before as-of."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from alignment_lib.errors import StatisticsError
from alignment_lib.stats.answer import LeftOut
from alignment_lib.stats.columns import Flags, Texts, instant, instants, label
from alignment_lib.stats.incidences import FollowUp, follow_up
from alignment_lib.stats.phrases import tidy

if TYPE_CHECKING:
    import pandas as pd

Instants = npt.NDArray[np.datetime64]
DAY = np.timedelta64(1, "D")


@dataclass(frozen=True, kw_only=True, eq=False)
class Lifetimes:
    """Leads by row, all instants on the wall of the start's time zone. Made by `lifetimes`."""

    as_of: pd.Timestamp
    now: np.datetime64
    """As-of on the wall."""
    began: Instants
    ages: npt.NDArray[np.float64]
    """Days until the event, else until the end, else until just before as-of: what happens then is not seen."""
    converted: Flags
    ended: Flags
    used: Flags
    left_out: tuple[LeftOut, ...]

    @property
    def months(self) -> Texts:
        """The month of each start, `2025-03`."""
        return self.began.astype("datetime64[M]").astype(str).astype(object)

    def follow_up(self, own: Flags) -> FollowUp:
        """The leads chosen, by age."""
        won, lost = self.converted[own], self.ended[own]
        return follow_up(ages=self.ages[own], converted=won, competing=lost, censored=~(won | lost))

    def last_start(self, own: Flags, *, month: str | None) -> np.datetime64:
        """The last instant at which the leads chosen can have begun: a month goes on to its end."""
        last: np.datetime64 = self.began[own].max()
        if month is None:
            return last
        over = (np.datetime64(month, "M") + 1).astype("datetime64[us]")
        return last if self.now >= over else over - np.timedelta64(1, "us")


def lifetimes(
    frame: pd.DataFrame, *, start: Hashable, event: Hashable, end: Hashable | None, as_of: date | str
) -> Lifetimes:
    """Follow each row from its start to its event, its end or as-of.

    Raises
    ------
    StatisticsError
        If a column is not there or holds no instants, or if only some of them have a time zone.
    """
    times = _times(frame, start=start, event=event, end=end)
    now = instant("as_of", as_of, times["start"].dt.tz)
    began, came, over = (_on_the_wall(times[name], now.tz) for name in ("start", "event", "end"))
    young = (times["start"] >= now).to_numpy(dtype=bool)
    converted = (times["event"] < now).to_numpy(dtype=bool)
    ended = ~converted & (times["end"] < now).to_numpy(dtype=bool)
    wall_now = np.datetime64(now.tz_localize(None), "us")
    last = np.where(converted, came, np.where(ended, over, wall_now))
    wrong = (converted | ended) & (last.astype("datetime64[D]") < began.astype("datetime64[D]"))
    ages = np.maximum((last - began) / DAY, 0.0)
    told = [
        (np.isnat(began), f"without '{tidy(str(start))}'"),
        (young, f"not yet begun on {label(now)}"),
        (wrong & ~young, f"closed before the day of '{tidy(str(start))}'"),
    ]
    return Lifetimes(
        as_of=now,
        now=wall_now,
        began=began,
        ages=np.where(converted | ended, ages, np.nextafter(ages, 0)),
        converted=converted,
        ended=ended,
        used=~(np.isnat(began) | young | wrong),
        left_out=tuple(LeftOut(rows=int(np.sum(rows)), what=what) for rows, what in told),
    )


def _times(frame: pd.DataFrame, **names: Hashable | None) -> dict[str, pd.Series[Any]]:
    """The columns by argument, all on one clock: each with a time zone, or none with one."""
    import pandas as pd

    times = {argument: instants(frame, argument, name) for argument, name in names.items() if name is not None}
    zone = times["start"].dt.tz
    nothing = pd.Series(pd.NaT, index=times["start"].index, dtype="datetime64[us]").dt.tz_localize(zone)
    for argument, values in times.items():
        own = values.dt.tz
        if (own is None) != (zone is None) and values.notna().any():
            bare = names[argument if own is None else "start"]
            raise StatisticsError(
                f"{argument}: column {names[argument]!r} has {'no' if own is None else 'a'} time zone, "
                f"column {names['start']!r} of start has {'none' if zone is None else 'one'}; "
                f"say which it is: frame[{bare!r}].dt.tz_localize('Europe/Berlin')"
            )
    return {name: times[name] if name in times and times[name].notna().any() else nothing for name in names}


def _on_the_wall(values: pd.Series[Any], zone: Any) -> Instants:
    wall = values if zone is None else values.dt.tz_convert(zone).dt.tz_localize(None)
    return np.asarray(wall.to_numpy("datetime64[us]"))
