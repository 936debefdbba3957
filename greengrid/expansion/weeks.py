"""Four weeks that stand for the year, one per season, by a stated rule."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from greengrid.hourly import Array
from greengrid.weather.profiles import Profiles

HOURS_PER_WEEK = 168
SEASONS = {"winter": (12, 1, 2), "spring": (3, 4, 5), "summer": (6, 7, 8), "autumn": (9, 10, 11)}


@dataclass(frozen=True)
class Week:
    """Seven days from `first_hour` of the year, counted `weight` times."""

    season: str
    first_hour: int
    weight: float
    """Days of the season over seven: the weights of all weeks count every day of the year once."""


def choose_weeks(profiles: Profiles, plants: tuple[str, ...]) -> tuple[Week, ...]:
    """Of each season the week nearest to the season's mean.

    Weeks begin every seven days from the new year and belong to the season of their middle. Measured are total demand,
    mean availability of the given wind and solar plants, inflow of all hydro plants and mean price of the markets, each
    in standard deviations over the weeks of the year; the nearest has the least sum of squares, the first one of
    equals. Extreme weeks are therefore not among them: the dispatch of the year is the check.
    """
    clock = profiles.clock
    count = clock.hours // HOURS_PER_WEEK
    features = np.column_stack([_weekly(series, count) for series in _series(profiles, plants)])
    spread = features.std(axis=0)
    features = (features - features.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    middle = np.arange(count) * HOURS_PER_WEEK + HOURS_PER_WEEK // 2
    month = clock.months[middle]
    found = []
    for season, months in SEASONS.items():
        own = np.flatnonzero(np.isin(month, months))
        distance = ((features[own] - features[own].mean(axis=0)) ** 2).sum(axis=1)
        days = np.isin(clock.months, months).sum() / 24
        found.append(Week(season, int(own[distance.argmin()]) * HOURS_PER_WEEK, float(days) / 7))
    return tuple(found)


def _series(profiles: Profiles, plants: tuple[str, ...]) -> list[Array]:
    tables = [
        profiles.demand_mw.values,
        profiles.availability_frac.select(plants).values,
        profiles.inflow_mw.values,
        profiles.market_price_usd_per_mwh.values,
    ]
    return [table.mean(axis=1) for table in tables if table.shape[1]]


def _weekly(series: Array, count: int) -> Array:
    mean: Array = series[: count * HOURS_PER_WEEK].reshape(count, HOURS_PER_WEEK).mean(axis=1)
    return mean
