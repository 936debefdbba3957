"""A user's irradiance or wind speed to a plant's availability, by the same steps as the drawn weather.

Sun: beam and diffuse on the horizontal (split by Erbs where only the sum is known), Hay-Davies onto the plane of the
country's usual mounting, Faiman, PVWatts, losses. Wind: raised to 100 m by a power law where the file's height is
another, corrected for air density, through the smoothed power curve of the plant's class, losses. Nothing is scaled to
a stated yield: the file is taken at its word.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from greengrid.hourly import Array, Clock
from greengrid.weather import solar, wind
from greengrid.weather.rows import Mounting
from greengrid.weather.sites import make_points, nearest_site
from greengrid.weather.sun import SunPosition, extraterrestrial_w_per_m2, sun_position
from greengrid.weather.tables import WeatherTables
from networks.grid import Plant

HUB_M = 100.0
HOUR_PARTS = 6
LOW_COSINE, HOUR_OVER_MOMENT_MAX = 0.05, 2.5
"""Below this height of the sun a measurement says little of its hour; and the most that an hour is raised."""
LOW_SUN_DEG = 87.0
"""Beyond this zenith everything is diffuse: a beam divided by so small a cosine is noise."""
SHEAR_EXPONENT = 1 / 7
"""Of the power law between heights from 60 m on, where it matters by a few per cent."""
LEAST_HEIGHT_M = 60.0


def solar_availability(
    plant: Plant, clock: Clock, found: Mapping[str, Array], sun_moment_h: float, tables: WeatherTables
) -> Array:
    """Availability (hours,) from `plane_w_per_m2`, or `ghi_w_per_m2` with or without direct and diffuse parts."""
    mounting = next(row for row in tables.mountings if row.country == plant.country)
    sky = solar.make_sky(make_points([plant], tables), clock)
    plane = found.get("plane_w_per_m2")
    if plane is None:
        plane = _on_plane(plant, clock, found, sun_moment_h, mounting)
    plane = np.maximum(plane, 0.0)
    air = found.get("temperature_deg_c")
    if air is None:
        air = solar._temperature_deg_c(sky, 0)
    return _output(plane, np.asarray(air, dtype=float), mounting)


def _on_plane(plant: Plant, clock: Clock, found: Mapping[str, Array], moment_h: float, mounting: Mounting) -> Array:
    """Irradiance on the modules, shape (hours,)."""
    from pvlib import irradiance as light

    beyond = extraterrestrial_w_per_m2(clock)
    level, diffuse = _horizontal(found, _sun(plant, clock, moment_h).zenith_deg[0], clock)
    if moment_h != 0.5:
        share = _hour_over_moment(plant, clock, moment_h)
        level, diffuse = level * share, diffuse * share
    position = _sun(plant, clock, 0.5)
    zenith, azimuth = position.zenith_deg[0], position.azimuth_deg[0]
    high = zenith < LOW_SUN_DEG
    diffuse = np.where(high, diffuse, level)
    normal = np.clip((level - diffuse) / np.where(high, np.cos(np.radians(zenith)), 1.0), 0.0, beyond)
    tilt, facing = solar._orientation(mounting, np.minimum(zenith, 89.9), azimuth)
    plane = light.get_total_irradiance(
        tilt, facing, zenith, azimuth, normal, level, diffuse, dni_extra=beyond, albedo=solar.ALBEDO_FRAC,
        model="haydavies",
    )["poa_global"]  # fmt: skip
    result: Array = np.where(zenith < 90, np.nan_to_num(plane), 0.0)
    return result


def _sun(plant: Plant, clock: Clock, moment_h: float) -> SunPosition:
    """Where the sun stands at a moment within each hour: later is as if farther east."""
    east = plant.longitude_deg + 15 * (moment_h - 0.5)
    return sun_position(clock, np.array([[plant.latitude_deg]]), np.array([[east]]))


def _hour_over_moment(plant: Plant, clock: Clock, moment_h: float) -> Array:
    """Mean height of the sun over each hour over that at the moment of the measurement: the sky's clearness is taken
    to hold for the hour. A satellite that looks at ten past would else see every sun twenty minutes too early."""
    parts = [_sun(plant, clock, (part + 0.5) / HOUR_PARTS).zenith_deg[0] for part in range(HOUR_PARTS)]
    mean = np.mean([np.maximum(np.cos(np.radians(zenith)), 0.0) for zenith in parts], axis=0)
    seen = np.cos(np.radians(_sun(plant, clock, moment_h).zenith_deg[0]))
    result: Array = np.where(seen > LOW_COSINE, mean / np.maximum(seen, LOW_COSINE), 1.0)
    return np.minimum(result, HOUR_OVER_MOMENT_MAX)


def _horizontal(found: Mapping[str, Array], zenith: Array, clock: Clock) -> tuple[Array, Array]:
    """Global and diffuse irradiance on the horizontal; split by Erbs where only the sum is known."""
    from pvlib import irradiance as light

    from greengrid.weather.seasons import day_of_year

    level = np.maximum(found["ghi_w_per_m2"], 0.0)
    if "dhi_w_per_m2" in found:
        diffuse = found["dhi_w_per_m2"]
    elif "direct_horizontal_w_per_m2" in found:
        diffuse = level - np.maximum(found["direct_horizontal_w_per_m2"], 0.0)
    else:
        diffuse = np.nan_to_num(np.asarray(light.erbs(level, zenith, day_of_year(clock) + 1)["dhi"]))
    return level, np.clip(diffuse, 0.0, level)


def _output(plane: Array, air_deg_c: Array, mounting: Mounting) -> Array:
    """AC output over AC capacity, the steps of `solar`."""
    from pvlib import temperature

    cell = temperature.faiman(plane, air_deg_c, solar.WIND_AT_MODULES_M_PER_S)
    power = plane / 1000 * (1 + solar.POWER_PER_KELVIN * (cell - 25)) * (1 + mounting.bifacial_gain_frac)
    dc = np.maximum(power, 0.0) * (1 - mounting.loss_frac) * mounting.dc_ac_ratio
    return solar._ac_frac(dc)


def wind_availability(
    plant: Plant,
    found: Mapping[str, Array],
    height_m: float,
    tables: WeatherTables,
    shear_exponent: float | None = None,
) -> Array:
    """Availability (hours,) from `wind_speed_m_per_s` at a height, with temperature and pressure where known."""
    exponent = SHEAR_EXPONENT if shear_exponent is None else shear_exponent
    speed = found["wind_speed_m_per_s"] * (HUB_M / height_m) ** exponent
    site = nearest_site(plant, tables)
    mean_deg_c = (site.temperature_january_deg_c + site.temperature_july_deg_c) / 2
    air = found.get("temperature_deg_c", np.full(len(speed), mean_deg_c))
    if "pressure_pa" in found:
        density = found["pressure_pa"] / (287.05 * (air + 273.15))
    else:
        density = wind.air_density_kg_per_m3(np.array(max(site.elevation_m, 0.0)), air)
    corrected = speed * (density / wind.DENSITY_STANDARD_KG_PER_M3) ** (1 / 3)
    curve = wind.power_curve(tables, "offshore" if plant.technology == "wind_offshore" else "onshore")
    return wind.read_curve(curve, corrected) * (1 - wind.LOSS_FRAC)


def sun_behind_h(series: Array, clock: Clock, longitude_deg: float) -> float:
    """How many hours the middle of the series' days lies behind solar noon at a longitude (-12 to 12)."""
    angle = 2 * np.pi * (np.arange(clock.hours) + clock.start.hour + 0.5) / 24
    middle = float(np.angle((series * np.exp(1j * angle)).sum())) * 12 / np.pi
    return (middle - (12 - longitude_deg / 15) + 12) % 24 - 12
