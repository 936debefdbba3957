"""Hourly availability of wind farms: correlated Weibull winds, daily and monthly cycle, a smoothed power curve.

A farm's wind at 100 m is Weibull(v100, k) of a normal score z = sqrt(1 - w) slow + sqrt(w) fast, two fields
autoregressive in time, the slow one (`systems`) moving east; times the site's daily and monthly cycle. Power: mean of
shipped curves, smoothed for turbulence, air density by elevation and season, mean of the farm's points, moving
average, losses. The wind speed of every plant is scaled once so that its capacity factor is the stated yield, or
where none is stated that of Weibull(v100, k); in a drawn year times the year's level."""

from __future__ import annotations

import numpy as np

from greengrid.hourly import Array, Clock
from greengrid.weather.correlation import field, stream, with_nugget
from greengrid.weather.ensemble import Draw, annual_scores, seed_of
from greengrid.weather.seasons import day_of_year, local_hours, smooth_monthly
from greengrid.weather.sites import Points
from greengrid.weather.systems import SLOW_PHI, slow_wind
from greengrid.weather.tables import WeatherTables

SLOW_NUGGET = 0.02
FAST_HOURS, FAST_KM, FAST_NUGGET = 8.0, 150.0, 0.05
LOSS_FRAC = 0.12
"""Wake, icing, electrical and outages."""
TURBULENCE_FRAC = 0.12
DENSITY_STANDARD_KG_PER_M3 = 1.225
DENSITY_OF_YIELDS_KG_PER_M3 = 1.15
"""At which the wind speeds of the site table were inverted from yields."""
SMOOTHING_HOURS = 3
"""Moving average of a farm: fronts need hours to cross it, and hourly fields know no gusts."""
SPEED_STEP_M_PER_S = 0.05
SPEED_MAX_M_PER_S = 40.0


def power_curve(tables: WeatherTables, wind_class: str) -> Array:
    """Output fraction at wind speeds 0, .05, ... 40 m/s: mean of the class's curves, smoothed for turbulence.

    Smoothing: normal weights with standard deviation TURBULENCE_FRAC x wind speed (as windpowerlib's
    `smooth_power_curve`).
    """
    speeds = np.arange(0, SPEED_MAX_M_PER_S + SPEED_STEP_M_PER_S / 2, SPEED_STEP_M_PER_S)
    rows = [row for row in tables.power_curves if row.wind_class == wind_class]
    curves = []
    for turbine in dict.fromkeys(row.turbine for row in rows):
        points = np.array([(row.wind_speed_m_per_s, row.output_frac) for row in rows if row.turbine == turbine])
        known, output = points[:, 0], points[:, 1]
        curves.append(np.interp(speeds, known, output, right=0.0))
    plain = np.mean(curves, axis=0)
    spread = np.maximum(TURBULENCE_FRAC * speeds, SPEED_STEP_M_PER_S / 2)[:, None]
    weight = np.exp(-0.5 * ((speeds[None, :] - speeds[:, None]) / spread) ** 2)
    smoothed: Array = weight @ plain / weight.sum(axis=1)
    return smoothed


def read_curve(curve: Array, speed_m_per_s: Array) -> Array:
    """Output fraction at any wind speed, straight between the curve's steps, 0 above its end."""
    position = np.minimum(speed_m_per_s / SPEED_STEP_M_PER_S, len(curve) - 1.001)
    below = position.astype(np.int64)
    part = position - below
    result: Array = curve[below] * (1 - part) + curve[below + 1] * part
    return result


def air_density_kg_per_m3(elevation_m: Array, temperature_deg_c: Array) -> Array:
    """Dry air of a standard atmosphere's pressure at the given temperature."""
    pressure_pa = 101325 * (1 - 2.25577e-5 * elevation_m) ** 5.25588
    result: Array = pressure_pa / (287.05 * (temperature_deg_c + 273.15))
    return result


def weibull_scale(mean: Array, shape: Array) -> Array:
    """Scale parameter of a Weibull distribution from its mean."""
    from scipy.special import gamma

    result: Array = mean / gamma(1 + 1 / shape)
    return result


def expected_capacity_factor(curve: Array, speed_m_per_s: float, shape: float, density_kg_per_m3: float) -> float:
    """Mean net output of Weibull winds, over 2,000 equally likely speeds."""
    quantile = (np.arange(2000) + 0.5) / 2000
    scale = weibull_scale(np.array(speed_m_per_s), np.array(shape))
    speeds = scale * (-np.log1p(-quantile)) ** (1 / shape)
    corrected = speeds * (density_kg_per_m3 / DENSITY_STANDARD_KG_PER_M3) ** (1 / 3)
    return float(read_curve(curve, corrected).mean() * (1 - LOSS_FRAC))


def wind_availability(
    points: Points, clock: Clock, *, seed: int, tables: WeatherTables, draw: Draw | None = None
) -> Array:
    """Availability of each plant, shape (plants, hours), 0..1 of capacity, all losses taken off."""
    if not points.plants:
        return np.zeros((0, clock.hours))
    curves = {kind: power_curve(tables, kind) for kind in ("onshore", "offshore")}
    kinds = ["offshore" if plant.technology == "wind_offshore" else "onshore" for plant in points.plants]
    targets = _targets(points, curves, kinds, tables) * _levels(points, tables, seed, draw)
    normal = _scores(points, clock, seed_of(seed, draw))
    cycle = _cycle(points, clock)
    result = np.empty((len(points.plants), clock.hours))
    for number, kind in enumerate(kinds):
        rows = np.flatnonzero(points.owner == number)
        speeds = _weibull_speeds(points, number, normal[rows]) * cycle[number]
        scale = _scale_to(float(targets[number]), curves[kind], speeds)
        power = read_curve(curves[kind], scale * speeds).mean(axis=0) * (1 - LOSS_FRAC)
        result[number] = _moving_average(power, SMOOTHING_HOURS)
    return result


def _levels(points: Points, tables: WeatherTables, seed: int, draw: Draw | None) -> Array:
    """The year's yield over the long run's, of each plant."""
    row = tables.variability_of("wind")
    score = annual_scores("wind", points.centre_km, row.length_km, seed=seed, draw=draw)
    result: Array = 1 + row.deviation_frac * score
    return result


def _targets(points: Points, curves: dict[str, Array], kinds: list[str], tables: WeatherTables) -> Array:
    stated = tables.stated_yields
    targets: list[float] = []
    for plant, site, kind in zip(points.plants, points.sites, kinds, strict=True):
        target = stated.get(plant.plant, site.wind_capacity_factor_frac)
        if target is None:
            speed, shape = site.wind_speed_100m_m_per_s, site.weibull_shape_ratio
            target = expected_capacity_factor(curves[kind], speed, shape, DENSITY_OF_YIELDS_KG_PER_M3)
        targets.append(target)
    return np.array(targets)


def _scores(points: Points, clock: Clock, seed: int) -> Array:
    """Standard normal scores of wind, shape (points, hours)."""
    fast_phi = float(np.exp(-1 / FAST_HOURS))
    generator = stream(seed, "wind", "fast")
    slow = slow_wind(points.place_km, clock, seed)
    fast = field(points.place_km, length_km=FAST_KM, phi_ratio=fast_phi, steps=clock.hours, generator=generator)
    slow = with_nugget(slow, SLOW_NUGGET, SLOW_PHI, points.names, "wind own", "slow", seed=seed)
    fast = with_nugget(fast, FAST_NUGGET, fast_phi, points.names, "wind own", "fast", seed=seed)
    share = np.array([site.wind_fast_frac for site in points.sites])[points.owner, None]
    result: Array = np.sqrt(1 - share) * slow + np.sqrt(share) * fast
    return result


def _cycle(points: Points, clock: Clock) -> Array:
    """Daily and monthly cycle of wind speed times the cube root of relative air density, shape (plants, hours)."""
    month = smooth_monthly([site.wind_index_ratio for site in points.sites], clock)
    amplitude = np.array([site.wind_diurnal_frac for site in points.sites])[:, None]
    peak = np.array([site.wind_peak_utc_h for site in points.sites])[:, None]
    day = 1 + amplitude * np.cos(2 * np.pi * (local_hours(clock, 0.0) + 0.5 - peak) / 24)
    january = np.array([site.temperature_january_deg_c for site in points.sites])[:, None]
    july = np.array([site.temperature_july_deg_c for site in points.sites])[:, None]
    season = np.cos(2 * np.pi * (day_of_year(clock) - 20) / 365.25)
    temperature = (january + july) / 2 + (january - july) / 2 * season
    elevation = np.array([max(site.elevation_m, 0.0) for site in points.sites])[:, None]
    density = air_density_kg_per_m3(elevation, temperature)
    result: Array = month * day * (density / DENSITY_STANDARD_KG_PER_M3) ** (1 / 3)
    return result


def _weibull_speeds(points: Points, number: int, normal: Array) -> Array:
    from scipy.special import log_ndtr

    site = points.sites[number]
    scale = float(weibull_scale(np.array(site.wind_speed_100m_m_per_s), np.array(site.weibull_shape_ratio)))
    result: Array = scale * (-log_ndtr(-normal)) ** (1 / site.weibull_shape_ratio)
    return result


def _scale_to(target: float, curve: Array, speeds: Array) -> float:
    """Factor on wind speed that gives the target capacity factor, by secants; the last step is below 1e-5."""

    def excess(scale: float) -> float:
        return float(read_curve(curve, scale * speeds).mean()) * (1 - LOSS_FRAC) - target

    before, now = 0.95, 1.0
    error_before, error_now = excess(before), excess(now)
    for _ in range(20):
        if abs(error_now) < 1e-5:
            break
        step = error_now * (now - before) / (error_now - error_before)
        before, error_before = now, error_now
        now = now - float(np.clip(step, -0.2 * now, 0.2 * now))
        error_now = excess(now)
    return now


def _moving_average(series: Array, hours: int) -> Array:
    """Centred mean over an odd number of hours; the year's ends use the hours that exist."""
    ones = np.ones(hours)
    total = np.convolve(series, ones, mode="same")
    result: Array = total / np.convolve(np.ones(len(series)), ones, mode="same")
    return result
