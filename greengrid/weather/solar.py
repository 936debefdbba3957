"""Hourly availability of solar plants: stochastic clearness, pvlib's chain from irradiance to AC power.

Daily clearness is 0.82 x Beta(monthly mean, sd) with a Gaussian copula (AR(1) in time, exp(-d/500 km) in space);
within the day a Collares-Pereira-Rabl profile times autoregressive noise that dies out on clear days, brought back to
the daily total. Then Erbs, Hay-Davies, a fixed tilt or a tracker with backtracking, Faiman, PVWatts with clipping.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from greengrid.errors import BadInput, Problem
from greengrid.hourly import Array, Clock
from greengrid.weather.correlation import field, stream, with_nugget
from greengrid.weather.ensemble import Draw, annual_scores, seed_of
from greengrid.weather.rows import Mounting
from greengrid.weather.seasons import day_of_year, local_hours
from greengrid.weather.sites import Points
from greengrid.weather.sun import SunPosition, extraterrestrial_w_per_m2, sun_position
from greengrid.weather.systems import CLOUD_PHI, cloud_field, days_of, joined, slow_wind_of_days
from greengrid.weather.tables import WeatherTables

CLEARNESS_MAX_RATIO = 0.82
IRRADIANCE_CAP_FRAC = 0.85
"""Global irradiance over extraterrestrial; clear-sky models fail here because the stored turbidity is too high."""
DAY_NUGGET = 0.02
HOUR_PHI, HOUR_KM, HOUR_NUGGET = 0.7, 100.0, 0.05
HOUR_DEVIATION_RATIO = 0.10
ALBEDO_FRAC = 0.2
POWER_PER_KELVIN = -0.0037
WIND_AT_MODULES_M_PER_S = 2.0
TRACKER_ANGLE_MAX_DEG = 60.0
TRACKER_GROUND_COVER_FRAC = 0.35
INVERTER_NOMINAL_FRAC = 0.96
DAILY_SWING_K = 6.0
"""Half the daily range of temperature, engineering estimate."""


@dataclass(frozen=True)
class Sky:
    """Sun and place of every point; arrays are (points, hours)."""

    points: Points
    clock: Clock
    position: SunPosition
    extraterrestrial_w_per_m2: Array
    """On the horizontal."""
    day: NDArray[np.int64]
    """Number of the local solar day of each hour."""


def solar_availability(
    points: Points, clock: Clock, *, seed: int, tables: WeatherTables, draw: Draw | None = None
) -> Array:
    """Availability of each plant, shape (plants, hours), AC output over AC capacity, all losses taken off."""
    if not points.plants:
        return np.zeros((0, clock.hours))
    mountings: dict[str, Mounting] = {row.country: row for row in tables.mountings}
    missing = sorted({plant.country for plant in points.plants} - set(mountings))
    if missing:
        raise BadInput([Problem("solar_mounting.csv", f"no row for {', '.join(missing)}", "one row per country")])
    sky = make_sky(points, clock)
    levels = year_levels(points, seed=seed, tables=tables, draw=draw)
    irradiance = global_irradiance_w_per_m2(
        sky, seed=seed_of(seed, draw), levels=None if draw is None else levels[points.owner]
    )
    stated = tables.stated_yields
    result = np.zeros((len(points.plants), clock.hours))
    for number, plant in enumerate(points.plants):
        rows = points.owner == number
        mounting = mountings[plant.country]
        dc = _dc_frac(sky, irradiance, rows, mounting, number)
        ratio = mounting.dc_ac_ratio
        if plant.plant in stated:
            ratio = _ratio_to(min(stated[plant.plant] * levels[number], 1.0), dc, ratio)
        result[number] = _ac_frac(ratio * dc).mean(axis=0)
    return result


def year_levels(points: Points, *, seed: int, tables: WeatherTables, draw: Draw | None) -> Array:
    """The year's irradiation over the long run's, of each plant; 1 in the typical year."""
    row = tables.variability_of("sun")
    score = annual_scores("sun", points.centre_km, row.length_km, seed=seed, draw=draw)
    result: Array = 1 + row.deviation_frac * score
    return result


def make_sky(points: Points, clock: Clock) -> Sky:
    """Sun over every point at the middle of each hour; sub-sites see the sun of their plant's centre."""
    latitude = np.array([plant.latitude_deg for plant in points.plants])[:, None]
    longitude = np.array([plant.longitude_deg for plant in points.plants])[:, None]
    centre = sun_position(clock, latitude, longitude)
    position = SunPosition(centre.zenith_deg[points.owner], centre.azimuth_deg[points.owner])
    top = extraterrestrial_w_per_m2(clock) * np.maximum(np.cos(np.radians(position.zenith_deg)), 0.0)
    day = (np.arange(clock.hours)[None, :] + clock.start.hour + longitude / 15 + 24) // 24
    return Sky(points, clock, position, top, day.astype(np.int64)[points.owner])


def global_irradiance_w_per_m2(sky: Sky, *, seed: int, levels: Array | None = None) -> Array:
    """Global horizontal irradiance, shape (points, hours).

    A typical year (`levels` None) has every month's long-run irradiation. A drawn year has the long run's times its
    level (one for each point) over the whole year, its months as the dice gave them.
    """
    sites = [sky.points.sites[number] for number in sky.points.owner]
    monthly = np.array([site.clearness_ratio for site in sites]) * _level(sky)[:, None]
    daily = _daily_clearness(sky, monthly, np.array([site.clearness_deviation_ratio for site in sites]), seed)
    plain = _within_day(sky, daily, seed)
    cap = IRRADIANCE_CAP_FRAC * sky.extraterrestrial_w_per_m2
    months = sky.clock.months
    totals = np.stack([sky.extraterrestrial_w_per_m2[:, months == month].sum(axis=1) for month in range(1, 13)], axis=1)
    for _ in range(4):
        if levels is None:
            for month in range(1, 13):
                at = months == month
                plain[:, at] *= (monthly[:, month - 1] * totals[:, month - 1] / plain[:, at].sum(axis=1))[:, None]
        else:
            plain *= (levels * (monthly * totals).sum(axis=1) / plain.sum(axis=1))[:, None]
        plain = np.minimum(plain, cap)
    return plain


def _level(sky: Sky) -> Array:
    """Factor that brings each site's monthly clearness to its corrected annual irradiation."""
    months = sky.clock.months
    sites = sky.points.sites
    place = (
        np.array([site.latitude_deg for site in sites])[:, None],
        np.array([s.longitude_deg for s in sites])[:, None],
    )
    top = np.maximum(np.cos(np.radians(sun_position(sky.clock, *place).zenith_deg)), 0.0)
    top *= extraterrestrial_w_per_m2(sky.clock)
    clearness = np.array([site.clearness_ratio for site in sites])
    years = sky.clock.hours / 8766
    total_kwh = (top * clearness[:, months - 1]).sum(axis=1) / 1000 / years
    result: Array = np.array([site.irradiation_kwh_per_m2 for site in sites]) / total_kwh
    return result[sky.points.owner]


def _daily_clearness(sky: Sky, mean: Array, sd: Array, seed: int) -> Array:
    """Clearness of every local day, shape (points, days)."""
    from scipy.special import betaincinv, ndtr

    days = int(sky.day.max()) + 1
    score = _daily_score(sky, days, seed)
    first = np.datetime64(sky.clock.start.replace(tzinfo=None), "D") - 1
    month = (first + np.arange(days)).astype("datetime64[M]").astype(np.int64) % 12
    centre = np.minimum(mean[:, month] / CLEARNESS_MAX_RATIO, 0.97)
    spread = np.minimum(sd[:, month] / CLEARNESS_MAX_RATIO, 0.95 * np.sqrt(centre * (1 - centre)))
    size = centre * (1 - centre) / spread**2 - 1
    clearness = CLEARNESS_MAX_RATIO * betaincinv(centre * size, (1 - centre) * size, ndtr(score))
    result: Array = np.maximum(clearness, 0.02)
    return result


def _daily_score(sky: Sky, days: int, seed: int) -> Array:
    """Standard normal score of every local day: partly that of the wind, for fronts bring cloud and wind."""
    points = sky.points
    score = cloud_field(points.place_km, days_of(sky.clock), seed)[:, :days]
    score = with_nugget(score, DAY_NUGGET, CLOUD_PHI, points.names, "sun own", "day", seed=seed)
    wind = slow_wind_of_days(points.centre_km, sky.clock, seed)[:, :days]
    follows = np.array([site.sun_follows_wind_ratio for site in points.sites])[points.owner, None]
    return joined(follows, wind[points.owner], score)


def _within_day(sky: Sky, daily: Array, seed: int) -> Array:
    """Hourly irradiance that keeps each day's total, W/m2."""
    points, clock = sky.points, sky.clock
    generator = stream(seed, "sun", "hour")
    noise = field(points.place_km, length_km=HOUR_KM, phi_ratio=HOUR_PHI, steps=clock.hours, generator=generator)
    noise = with_nugget(noise, HOUR_NUGGET, HOUR_PHI, points.names, "sun own", "hour", seed=seed)
    row = np.arange(len(daily))[:, None]
    clearness = daily[row, sky.day]
    cloudy = np.clip((CLEARNESS_MAX_RATIO - clearness) / 0.3, 0.05, 1.0)
    wished = np.clip(clearness * _profile(sky) + HOUR_DEVIATION_RATIO * cloudy * noise, 0.03, CLEARNESS_MAX_RATIO)
    plain = wished * sky.extraterrestrial_w_per_m2
    flat = row * daily.shape[1] + sky.day
    want = np.bincount(flat.ravel(), (clearness * sky.extraterrestrial_w_per_m2).ravel(), daily.size)
    have = np.bincount(flat.ravel(), plain.ravel(), daily.size)
    factor = np.divide(want, have, out=np.ones_like(want), where=have > 0)
    result: Array = plain * factor[flat]
    return result


def _profile(sky: Sky) -> Array:
    """Clearness of an hour over that of its day (Collares-Pereira and Rabl 1979): a + b cos(hour angle)."""
    latitude = np.array([plant.latitude_deg for plant in sky.points.plants])[sky.points.owner, None]
    longitude = np.array([plant.longitude_deg for plant in sky.points.plants])[sky.points.owner, None]
    declination = np.radians(23.45) * np.sin(2 * np.pi * (day_of_year(sky.clock) + 284) / 365.25)
    sunset = np.arccos(np.clip(-np.tan(np.radians(latitude)) * np.tan(declination), -1, 1))
    angle = np.radians((local_hours(sky.clock, longitude / 15) - 11.5) * 15)
    slope = 0.6609 - 0.4767 * np.sin(sunset - np.pi / 3)
    result: Array = np.maximum(0.409 + 0.5016 * np.sin(sunset - np.pi / 3) + slope * np.cos(angle), 0.2)
    return result


def _temperature_deg_c(sky: Sky, number: int) -> Array:
    site, plant = sky.points.sites[number], sky.points.plants[number]
    season = np.cos(2 * np.pi * (day_of_year(sky.clock) - 20) / 365.25)
    mean = (site.temperature_january_deg_c + site.temperature_july_deg_c) / 2
    swing = (site.temperature_january_deg_c - site.temperature_july_deg_c) / 2
    hour = local_hours(sky.clock, plant.longitude_deg / 15)
    result: Array = mean + swing * season + DAILY_SWING_K * np.cos(2 * np.pi * (hour - 15) / 24)
    return result


def _dc_frac(sky: Sky, irradiance: Array, rows: NDArray[np.bool_], mounting: Mounting, number: int) -> Array:
    """DC output over DC capacity, all losses and the inverter's nominal one taken off, shape (points, hours)."""
    from pvlib import irradiance as light
    from pvlib import temperature

    horizontal = irradiance[rows]
    zenith, azimuth = sky.position.zenith_deg[rows], sky.position.azimuth_deg[rows]
    lit = zenith < 90
    zenith, azimuth, level = zenith[lit], azimuth[lit], horizontal[lit]
    normal = np.broadcast_to(extraterrestrial_w_per_m2(sky.clock), horizontal.shape)[lit]
    day = np.broadcast_to(day_of_year(sky.clock) + 1, horizontal.shape)[lit]
    split = light.erbs(level, zenith, day)
    tilt, facing = _orientation(mounting, zenith, azimuth)
    plane = light.get_total_irradiance(
        tilt,
        facing,
        zenith,
        azimuth,
        split["dni"],
        level,
        split["dhi"],
        dni_extra=normal,
        albedo=ALBEDO_FRAC,
        model="haydavies",
    )["poa_global"]
    air = np.broadcast_to(_temperature_deg_c(sky, number), horizontal.shape)[lit]
    cell = temperature.faiman(plane, air, WIND_AT_MODULES_M_PER_S)
    result = np.zeros(horizontal.shape)
    power = plane / 1000 * (1 + POWER_PER_KELVIN * (cell - 25)) * (1 + mounting.bifacial_gain_frac)
    result[lit] = np.maximum(power, 0.0) * (1 - mounting.loss_frac)
    return result


def _orientation(mounting: Mounting, zenith_deg: Array, azimuth_deg: Array) -> tuple[Array, Array]:
    """Tilt and azimuth of the modules."""
    from pvlib import tracking

    if mounting.mounting == "fixed":
        return np.full(zenith_deg.shape, mounting.tilt_deg), np.full(zenith_deg.shape, 180.0)
    turned = tracking.singleaxis(
        zenith_deg,
        azimuth_deg,
        axis_tilt=mounting.tilt_deg,
        axis_azimuth=180,
        max_angle=TRACKER_ANGLE_MAX_DEG,
        backtrack=True,
        gcr=TRACKER_GROUND_COVER_FRAC,
    )
    return np.nan_to_num(turned["surface_tilt"]), np.nan_to_num(turned["surface_azimuth"], nan=180.0)


def _ac_frac(dc_over_ac: Array) -> Array:
    """AC output over AC capacity: PVWatts inverter at part load (its nominal loss is in the total), clipped at 1."""
    from pvlib import inverter

    dc = dc_over_ac / INVERTER_NOMINAL_FRAC
    ac = inverter.pvwatts(dc, 1 / INVERTER_NOMINAL_FRAC, INVERTER_NOMINAL_FRAC)
    result: Array = np.clip(np.where(dc > 0, ac, 0.0), 0.0, 1.0)
    return result


def _ratio_to(target: float, dc: Array, start: float) -> float:
    """DC over AC capacity that gives the target capacity factor, by bisection to 1e-4."""
    low, high = 0.3 * start, 3 * start
    while high - low > 1e-4:
        middle = (low + high) / 2
        if float(_ac_frac(middle * dc).mean()) < target:
            low = middle
        else:
            high = middle
    return (low + high) / 2
