"""Hourly demand of every zone: season x day of the week x hour x weather and noise, brought to its energy and peak.

Cold winter days and hot summer days add demand: the day's temperature is the one that goes with the year's wind and
cloud (`systems.temperature_of_days`) at the zone's place, times the country's sensitivity. What is left is noise: two
parts, the country's and the zone's. Public holidays with a fixed date are days like a weekend; moving feasts are left
out.

The shape s (mean 1) is raised to a power p and scaled: d = mean x s^p / mean(s^p). One p meets the peak over the mean,
the scale meets the energy; p above 1 sharpens, below 1 flattens, and demand stays positive whatever the load factor.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from greengrid.errors import BadInput, Problem
from greengrid.hourly import Array, Clock
from greengrid.weather.correlation import autoregressive, flat_km, stream
from greengrid.weather.rows import DemandMonths
from greengrid.weather.seasons import by_hour, is_on, is_weekend, local_hours, smooth_monthly, summer_share
from greengrid.weather.systems import hourly_from_days, temperature_of_days
from greengrid.weather.tables import WeatherTables
from networks.grid import ZoneDemand

NOISE_DEVIATION_FRAC = 0.013
"""With the temperature's part about .02 in all, what the public hourly shape leaves over its months, days and hours."""
NOISE_PHI = 0.75
COUNTRY_SHARE = 0.8
"""Correlation of the noise between two zones of a country."""
POWER_MAX = 12.0


def demand_mw(
    demands: Sequence[ZoneDemand], clock: Clock, *, seed: int, tables: WeatherTables, scale_ratio: float = 1.0
) -> list[Array]:
    """Gross demand per zone in MW, one array of shape (hours,) per zone.

    Energy and peak are those of the zone times `scale_ratio`, exactly. Raises BadInput where the country has no shape
    or where energy and peak do not fit one another.
    """
    problems: list[Problem] = []
    shapes = {country: _country_shape(country, clock, tables, problems) for country in {d.country for d in demands}}
    if problems:
        raise BadInput(problems)
    result = []
    for zone, weather in zip(demands, _weather_frac(demands, clock, seed, tables), strict=True):
        shape = shapes[zone.country] * (1 + weather + NOISE_DEVIATION_FRAC * _noise(zone, clock.hours, seed))
        mean_mw = zone.energy_twh * 1e6 / clock.hours
        try:
            stretched = stretch(shape, zone.peak_mw / mean_mw)
        except ValueError as error:
            problems.append(Problem(f"demand of {zone.zone}", str(error), "a peak that fits the energy"))
            continue
        result.append(stretched * (mean_mw * scale_ratio))
    if problems:
        raise BadInput(problems)
    return result


def stretch(shape: Array, peak_over_mean_ratio: float) -> Array:
    """s^p / mean(s^p) whose largest value is `peak_over_mean_ratio`; p by Newton's method on the logarithm.

    Raises ValueError where no p between 0 and POWER_MAX does it.
    """
    if not peak_over_mean_ratio >= 1:
        raise ValueError(f"peak is {peak_over_mean_ratio:.3f} times the mean")
    logarithm = np.log(shape)
    logarithm -= logarithm.max()
    wanted = np.log(peak_over_mean_ratio)
    power = 1.0
    for _ in range(50):
        weight = np.exp(power * logarithm)
        mean = weight.mean()
        excess = -np.log(mean) - wanted
        if abs(excess) < 1e-13:
            break
        power -= excess / float(-(weight * logarithm).mean() / mean)
    if not 0 <= power <= POWER_MAX or abs(excess) > 1e-9:
        raise ValueError(f"peak is {peak_over_mean_ratio:.3f} times the mean")
    weight = np.exp(power * logarithm)
    result: Array = weight / weight.mean()
    return result


def _country_shape(country: str, clock: Clock, tables: WeatherTables, problems: list[Problem]) -> Array:
    season = next((row for row in tables.demand_months if row.country == country), None)
    hours: dict[tuple[str, str], tuple[float, ...]] = {
        (row.season, row.day): row.hours_ratio for row in tables.demand_hours if row.country == country
    }
    if season is None or len(hours) != 4:
        problems.append(Problem("demand_months.csv and demand_hours.csv", f"no shape for {country}", "all its rows"))
        return np.ones(clock.hours)
    local = local_hours(clock, season.utc_offset_h)
    holidays = [(row.month, row.day) for row in tables.holidays if row.country == country]
    weekend = is_weekend(clock, season.utc_offset_h) | is_on(clock, season.utc_offset_h, holidays)
    summer = summer_share(clock)
    day = np.ones(clock.hours)
    for name, at in (("weekday", ~weekend), ("weekend", weekend)):
        winter_shape, summer_shape = by_hour(hours["winter", name], local), by_hour(hours["summer", name], local)
        day[at] = ((1 - summer) * winter_shape + summer * summer_shape)[at]
    return smooth_monthly(season.index_ratio, clock) * day * _week(season, weekend)


def _week(season: DemandMonths, weekend: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Array:
    """Level of weekdays and weekends, mean 1 over a week."""
    weekday = 7 / (5 + 2 * season.weekend_ratio)
    return np.where(weekend, weekday * season.weekend_ratio, weekday)


def zone_places(demands: Sequence[ZoneDemand], tables: WeatherTables) -> Array:
    """Latitude and longitude of every zone's load, shape (zones, 2).

    A zone that `weather_plants.csv` does not name lies in the middle of its country's sites.
    """
    known = {row.name: (row.latitude_deg, row.longitude_deg) for row in tables.places if row.kind == "zone"}
    found = []
    for zone in demands:
        at_home = [(site.latitude_deg, site.longitude_deg) for site in tables.sites if site.country == zone.country]
        found.append(known.get(zone.zone) or tuple(np.mean(at_home, axis=0)))
    return np.array(found, dtype=np.float64).reshape(len(demands), 2)


def _weather_frac(demands: Sequence[ZoneDemand], clock: Clock, seed: int, tables: WeatherTables) -> Array:
    """Part of demand that the day's temperature adds or takes, shape (zones, hours)."""
    if not demands:
        return np.zeros((0, clock.hours))
    place = zone_places(demands, tables)
    score = hourly_from_days(temperature_of_days(flat_km(place[:, 0], place[:, 1]), clock, seed), clock)
    rows: dict[str, DemandMonths] = {row.country: row for row in tables.demand_months}
    cold = [-rows[z.country].temperature_deviation_winter_k * rows[z.country].heating_frac_per_k for z in demands]
    hot = [rows[z.country].temperature_deviation_summer_k * rows[z.country].cooling_frac_per_k for z in demands]
    summer = summer_share(clock)
    result: Array = score * (np.outer(cold, 1 - summer) + np.outer(hot, summer))
    return result


def _noise(zone: ZoneDemand, hours: int, seed: int) -> Array:
    """Standard normal noise, partly the country's own."""
    parts = [
        autoregressive(stream(seed, "demand", name).standard_normal(hours), NOISE_PHI)
        for name in (f"country {zone.country}", f"zone {zone.zone}")
    ]
    result: Array = np.sqrt(COUNTRY_SHARE) * parts[0] + np.sqrt(1 - COUNTRY_SHARE) * parts[1]
    return result
