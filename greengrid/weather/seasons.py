"""Clocks and seasons: local hours, weekends, and monthly figures drawn as smooth curves that keep their means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from greengrid.hourly import Array, Clock

HOUR = np.timedelta64(1, "h")


def smooth_monthly(means: Sequence[float] | Sequence[Sequence[float]] | Array, clock: Clock) -> Array:
    """A continuous hourly curve whose mean over each (UTC) month of the clock is the given one.

    Straight lines between mid-month knots, the year closed; the knots solve a 12 x 12 linear system. Needs a whole
    year. Shape (hours,) for 12 means, (rows, hours) for (rows, 12).
    """
    months = clock.months
    position = (np.arange(clock.hours) + 0.5) / clock.hours * 12
    middles = np.array([position[months == month].mean() for month in range(1, 13)])
    hats = np.stack([np.interp(position, middles, unit, period=12) for unit in np.eye(12)])
    share = np.stack([hats[:, months == month].mean(axis=1) for month in range(1, 13)])
    curve: Array = np.linalg.solve(share, np.asarray(means, dtype=float).T).T @ hats
    return curve


def day_of_year(clock: Clock) -> Array:
    """Days since the new year (UTC) at the middle of each hour."""
    times = clock.datetimes().astype("datetime64[h]")
    hours = times.astype(np.float64) - times.astype("datetime64[Y]").astype("datetime64[h]").astype(np.float64)
    result: Array = (hours + 0.5) / 24
    return result


def summer_share(clock: Clock) -> Array:
    """0 in mid-January, 1 in mid-July, a cosine between."""
    result: Array = (1 - np.cos(2 * np.pi * (day_of_year(clock) - 15) / 365.25)) / 2
    return result


def local_hours(clock: Clock, offset_h: float | Array) -> Array:
    """Local clock of each hour's beginning, 0 to 24; a half hour where the zone has one."""
    hours = np.arange(clock.hours, dtype=np.float64) + clock.start.hour
    result: Array = (hours + offset_h) % 24
    return result


def is_weekend(clock: Clock, offset_h: float) -> NDArray[np.bool_]:
    """Saturday and Sunday by the local calendar."""
    local = clock.datetimes() + np.timedelta64(round(offset_h * 60), "m")
    weekday = (local.astype("datetime64[D]").astype(np.int64) + 3) % 7
    result: NDArray[np.bool_] = weekday >= 5
    return result


def is_on(clock: Clock, offset_h: float, days: Iterable[tuple[int, int]]) -> NDArray[np.bool_]:
    """Hours of the given (month, day) dates of the local calendar."""
    local = clock.datetimes() + np.timedelta64(round(offset_h * 60), "m")
    month = local.astype("datetime64[M]").astype(np.int64) % 12 + 1
    day = (local.astype("datetime64[D]") - local.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64) + 1
    result: NDArray[np.bool_] = np.isin(month * 100 + day, [100 * m + d for m, d in days])
    return result


def eastern_european_offset(clock: Clock) -> Array:
    """Hours ahead of UTC of EET: 3 from the last Sunday of March 01:00 UTC to that of October, else 2."""
    times = clock.datetimes()
    offset = np.full(clock.hours, 2.0)
    for year in range(clock.start.year, (clock.start + timedelta(hours=clock.hours - 1)).year + 1):
        begin, end = (np.datetime64(_last_sunday(year, month), "h") + HOUR for month in (3, 10))
        offset[(times >= begin) & (times < end)] = 3.0
    return offset


def _last_sunday(year: int, month: int) -> datetime:
    last = datetime(year, month, 31, tzinfo=UTC)
    return (last - timedelta(days=(last.weekday() + 1) % 7)).replace(tzinfo=None)


def by_hour(shape: Sequence[float] | Array, local_hour: Array) -> Array:
    """A 24-hour shape read at local hours, straight between the values where the clock is off by half an hour."""
    result: Array = np.interp(local_hour, np.arange(24), np.asarray(shape, dtype=float), period=24)
    return result
