"""Hourly prices in the neighbours' markets before anything is traded with us.

Level of the year x month x hour of the season, plus daily and hourly autoregressive noise that fills what these leave
of the observed standard deviations; the low end stretched to the observed share of hours below 5 USD, not below a
floor, then brought back to the level's mean. The daily noise goes with the same weather year: windy and clear days
are cheap, cold days of winter and hot ones of summer dear, as far as the market's row says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from greengrid.errors import BadInput, Problem
from greengrid.hourly import Array, Clock
from greengrid.weather.correlation import autoregressive, flat_km, stream, variance_of_mean
from greengrid.weather.rows import MarketLevel
from greengrid.weather.seasons import by_hour, eastern_european_offset, local_hours, smooth_monthly
from greengrid.weather.systems import (
    CLOUD_FOLLOWS_WIND,
    clearness_of_days,
    day_number,
    slow_wind_of_days,
    summer_share_of_days,
    temperature_of_days,
)
from greengrid.weather.tables import WeatherTables

LEVELS = ("low", "central", "high")
DAY_PHI, HOUR_PHI = 0.7, 0.85
NOISE_LEAST_FRAC = 0.15
"""Of the observed standard deviation; kept where the systematic part alone exceeds it."""
LOW_USD_PER_MWH = 5.0
LOW_END_RATIO = 3.0
"""The lowest hours that are stretched, over the share of hours below 5 USD."""


def market_prices(
    markets: Sequence[str], clock: Clock, *, year: int, seed: int, level: Mapping[str, str], tables: WeatherTables
) -> list[Array]:
    """Price of every market in real USD of 2025 per MWh, one array of shape (hours,) per market.

    `level` gives low, central or high by market; others are central. Raises BadInput for an unknown market or level.
    """
    rows = {row.market: row for row in tables.market_levels}
    problems = [
        Problem("markets", f"no price for {name!r}", f"one of {', '.join(rows)}")
        for name in markets
        if name not in rows
    ]
    problems += [
        Problem("prices.market_level", f"unknown market {name!r}", f"one of {', '.join(rows)}")
        for name in level
        if name not in rows
    ]
    problems += [
        Problem(f"prices.market_level.{name}", repr(value), f"one of {', '.join(LEVELS)}")
        for name, value in level.items()
        if value not in LEVELS
    ]
    if problems:
        raise BadInput(problems)
    means = {name: level_usd_per_mwh(rows[name], year, level.get(name, "central")) for name in markets}
    return [_price(rows[name], means[name], clock, seed, tables) for name in markets]


def level_usd_per_mwh(row: MarketLevel, year: int, level: str) -> float:
    """Mean price of the year: straight between 2025, 2030 and 2035, constant outside."""
    years = (2025, 2030, 2035)
    return float(np.interp(year, years, [getattr(row, f"{level}_{at}_usd_per_mwh") for at in years]))


def _price(row: MarketLevel, mean: float, clock: Clock, seed: int, tables: WeatherTables) -> Array:
    systematic = mean * _shape(row, clock, tables)
    of_2025 = mean / row.central_2025_usd_per_mwh
    daily, hourly = _noise_deviation(row, systematic / of_2025)
    per_hour = autoregressive(stream(seed, "market", row.market, "hour").standard_normal(clock.hours), HOUR_PHI)
    per_day = day_scores(row, clock, seed)[day_number(clock)]
    price = _low_end(systematic + of_2025 * (daily * per_day + hourly * per_hour), row.hours_below_5_usd_frac)
    return _floored(price, mean, 0.0 if row.hours_below_5_usd_frac > 0 else min(LOW_USD_PER_MWH, mean / 2))


def day_scores(row: MarketLevel, clock: Clock, seed: int) -> Array:
    """Standard normal score of the price of each local day: the weather's part and the market's own."""
    place = flat_km(np.array([row.latitude_deg]), np.array([row.longitude_deg]))
    wind, sun, warmth = row.follows_wind_ratio, row.follows_sun_ratio, row.follows_temperature_ratio
    season = 2 * summer_share_of_days(clock) - 1
    known = wind**2 + sun**2 + 2 * wind * sun * CLOUD_FOLLOWS_WIND + (warmth * season) ** 2
    days = len(season)
    own = autoregressive(stream(seed, "market", row.market, "day").standard_normal(days), DAY_PHI)
    score = np.sqrt(1 - known) * own
    if wind:
        score += wind * slow_wind_of_days(place, clock, seed)[0]
    if sun:
        score += sun * clearness_of_days(place, clock, seed)[0]
    if warmth:
        score += warmth * season * temperature_of_days(place, clock, seed)[0]
    result: Array = score
    return result


def _low_end(price: Array, share_frac: float) -> Array:
    """Stretches the lowest hours so that the given share of all lies below 5 USD; the order of the hours stays."""
    if share_frac <= 0:
        return price
    at, turn = np.quantile(price, [share_frac, min(LOW_END_RATIO * share_frac, 0.5)])
    if turn <= LOW_USD_PER_MWH or at >= turn:
        return price
    lower = turn - (turn - price) * (turn - LOW_USD_PER_MWH) / (turn - at)
    result: Array = np.where(price < turn, lower, price)
    return result


def _shape(row: MarketLevel, clock: Clock, tables: WeatherTables) -> Array:
    """Month x hour over the year's mean, mean 1."""
    hours = {shape.season: shape.hours_ratio for shape in tables.market_hours if shape.market == row.market}
    if set(hours) != {"winter", "summer"}:
        raise BadInput([Problem("market_hours.csv", f"rows of {row.market}: {sorted(hours)}", "winter and summer")])
    offset: Array | float = eastern_european_offset(clock) if row.clock == "EU-east" else float(row.clock)
    local = local_hours(clock, offset)
    summer = (clock.months >= 4) & (clock.months <= 9)
    day = np.where(summer, by_hour(hours["summer"], local), by_hour(hours["winter"], local))
    shape = smooth_monthly(row.index_ratio, clock) * day
    result: Array = shape / shape.mean()
    return result


def _noise_deviation(row: MarketLevel, systematic: Array) -> tuple[float, float]:
    """Standard deviations of the daily and hourly noise that complete the observed ones, at the level of 2025.

    The share `kept` of the hourly noise's variance survives in daily means.
    """
    whole_days = systematic[: len(systematic) // 24 * 24].reshape(-1, 24).mean(axis=1)
    day, hour = row.deviation_daily_usd_per_mwh, row.deviation_hourly_usd_per_mwh
    left_daily = day**2 - float(whole_days.var())
    left_hourly = hour**2 - float(systematic.var())
    kept = variance_of_mean(HOUR_PHI, 24)
    hourly = max((left_hourly - left_daily) / (1 - kept), (NOISE_LEAST_FRAC * hour) ** 2)
    daily = max(left_daily - kept * hourly, (NOISE_LEAST_FRAC * day) ** 2)
    return daily**0.5, hourly**0.5


def _floored(price: Array, mean: float, floor: float) -> Array:
    """The price not below the floor and with the given mean: what the floor adds is taken off the rest."""
    above = np.maximum(price, floor) - floor
    for _ in range(30):
        above = np.maximum(above + (mean - floor - above.mean()), 0.0)
    result: Array = floor + above * ((mean - floor) / above.mean())
    return result
