"""Wind: power curves against their source, yields, persistence and correlation against the acceptance bands."""

from __future__ import annotations

import csv
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from weather_case import SEEDS, YEAR, corridor, lagged, no_exceptions, place, plant, profiles

from greengrid.hourly import Array, Clock
from greengrid.weather.ensemble import Draw
from greengrid.weather.sites import make_points
from greengrid.weather.tables import WeatherTables, read_tables
from greengrid.weather.wind import (
    air_density_kg_per_m3,
    expected_capacity_factor,
    power_curve,
    read_curve,
    wind_availability,
)
from networks.grid import Plant

pytestmark = pytest.mark.slow  # seconds each: `make check` has two minutes for everything

CLOCK = Clock.of_year(YEAR)
ZONES = {
    # zone means of a public model: place, radius, capacity factor, sd, step sd, lag-1, lag-24, share below 5 %
    "North": (51.0, 71.0, 400, 0.355, 0.19, 0.025, 0.991, 0.48, 0.01),
    "South": (44.0, 71.0, 250, 0.367, 0.24, 0.036, 0.989, 0.40, 0.04),
    "West": (46.0, 53.0, 250, 0.391, 0.24, 0.032, 0.991, 0.42, 0.02),
}


def farms() -> tuple[list[Plant], WeatherTables]:
    """The three zones as wide aggregates, and tables that give them their radius and yield."""
    sites = {"North": "Yereymentau", "South": "Zhanatas", "West": "Fort-Shevchenko"}
    plants, places = [], []
    for name, (latitude, longitude, radius, factor, *_) in ZONES.items():
        plants.append(plant(name, "wind_onshore", latitude, longitude, "KZ", f"KZ-{name}"))
        places.append(place(name, sites[name], radius_km=radius, capacity_factor_frac=factor))
    return plants, replace(read_tables(), places=tuple(places))


@cache
def zone_means(seed: int) -> dict[str, Array]:
    """Availability of the three zones."""
    plants, tables = farms()
    series = wind_availability(make_points(plants, tables), CLOCK, seed=seed, tables=tables)
    return dict(zip(ZONES, series, strict=True))


def test_table_holds_the_shipped_curves() -> None:
    """Every point of the table is what windpowerlib's own file gives for that turbine."""
    spec = find_spec("windpowerlib")
    assert spec is not None
    assert spec.origin is not None
    with (Path(spec.origin).parent / "oedb" / "power_curves.csv").open(encoding="utf-8") as file:
        shipped = {row["turbine_type"]: row for row in csv.DictReader(file)}
    for point in read_tables().power_curves:
        rated_w = float(point.turbine.split("/")[1]) * 1000
        cells = {float(k): float(v) / rated_w for k, v in shipped[point.turbine].items() if k != "turbine_type" and v}
        speeds = sorted(cells)
        expected = np.interp(point.wind_speed_m_per_s, speeds, [cells[v] for v in speeds], right=0.0)
        assert point.output_frac == pytest.approx(expected, abs=2e-5)


def test_smoothing_agrees_with_windpowerlib() -> None:
    """The curve smoothed for turbulence is within .015 of windpowerlib's between 3 and 18 m/s."""
    import pandas as pd
    from windpowerlib.power_curves import smooth_power_curve

    tables = read_tables()
    one = replace(tables, power_curves=tuple(p for p in tables.power_curves if p.turbine == "N131/3600"))
    speeds = pd.Series([p.wind_speed_m_per_s for p in one.power_curves])
    output = pd.Series([p.output_frac for p in one.power_curves])
    theirs = smooth_power_curve(
        speeds, output, standard_deviation_method="turbulence_intensity", turbulence_intensity=0.12
    )
    theirs = theirs[(theirs["wind_speed"] >= 3) & (theirs["wind_speed"] <= 18)]
    ours = read_curve(power_curve(one, "onshore"), theirs["wind_speed"].to_numpy())
    assert np.abs(ours - theirs["value"].to_numpy()).max() < 0.015


def test_power_curve_at_its_ends() -> None:
    """No output in still air and beyond every cut-out, nearly full output at 14 m/s."""
    for kind in ("onshore", "offshore"):
        curve = power_curve(read_tables(), kind)
        assert read_curve(curve, np.array([0.0, 39.9, 80.0])) == pytest.approx(0.0, abs=2e-3)
        assert read_curve(curve, np.array([14.0]))[0] > 0.9


def test_air_density_of_the_standard_atmosphere() -> None:
    """1.225 kg/m3 at sea level and 15 C, 1.112 at 1,000 m and 8.5 C."""
    density = air_density_kg_per_m3(np.array([0.0, 1000.0]), np.array([15.0, 8.5]))
    assert density == pytest.approx([1.225, 1.112], abs=0.001)


@pytest.mark.parametrize("site", ["Zhanatas", "Yereymentau", "Kungrad", "Bukhara (Dzhankeldy)", "Absheron/Khizi"])
def test_wind_speed_and_stated_yield_agree(site: str) -> None:
    """Weibull(v100, k) of the site table through the curve meets the stated yield within .03: two sources agree."""
    row = next(row for row in read_tables().sites if row.site == site)
    assert row.wind_capacity_factor_frac is not None
    curve = power_curve(read_tables(), "onshore")
    factor = expected_capacity_factor(curve, row.wind_speed_100m_m_per_s, row.weibull_shape_ratio, 1.15)
    assert factor == pytest.approx(row.wind_capacity_factor_frac, abs=0.03)


@pytest.mark.parametrize("seed", SEEDS)
def test_yield_of_every_farm(seed: int) -> None:
    """In a typical year every farm with a stated yield, its own or its site's, makes it within .001."""
    tables = read_tables()
    stated = tables.stated_yields
    sites = {site.site: site.wind_capacity_factor_frac for site in tables.sites}
    from greengrid.weather import site_of_plants

    of_plants = site_of_plants(corridor())
    checked = 0
    for p in corridor().plants:
        if p.technology.startswith("wind"):
            target = stated.get(p.plant, sites[of_plants[p.name].site])
            series = profiles(seed).availability_frac[p.name]
            assert 0 <= series.min() <= series.max() <= 0.88 + 1e-6
            if target is not None:
                checked += 1
                assert series.mean() == pytest.approx(target, abs=0.001), p.name
    assert checked >= 15


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("zone", ZONES)
def test_bands_of_a_zone(zone: str, seed: int) -> None:
    """Steps within 30 %, lag-1 within .015, lag-24 within .12, calm share within .06, sd within .04 of the model's."""
    *_, factor, sd, step, lag_1, lag_24, calm = ZONES[zone]
    series = zone_means(seed)[zone]
    assert series.mean() == pytest.approx(factor, abs=0.02)
    assert series.std() == pytest.approx(sd, abs=0.04)
    assert np.diff(series).std() == pytest.approx(step, rel=0.30)
    assert lagged(series, 1) == pytest.approx(lag_1, abs=0.015)
    assert lagged(series, 24) == pytest.approx(lag_24, abs=0.12)
    assert (series < 0.05).mean() == pytest.approx(calm, abs=0.06)


@pytest.mark.parametrize("seed", SEEDS)
def test_bands_of_a_single_farm(seed: int) -> None:
    """One 100 MW farm: sd .29, steps .064, lag-1 .975, lag-24 .33, a fifth of the hours below 5 %."""
    series = profiles(seed).availability_frac["Zhanatas WPP"]
    assert series.std() == pytest.approx(0.30, abs=0.04)
    assert np.diff(series).std() == pytest.approx(0.064, rel=0.30)
    assert lagged(series, 1) == pytest.approx(0.975, abs=0.015)
    assert lagged(series, 24) == pytest.approx(0.33, abs=0.14)
    assert (series < 0.05).mean() == pytest.approx(0.22, abs=0.08)


def test_correlation_between_zones() -> None:
    """Means over the seeds: North-South, North-West, South-West .05 to .33; Uzbekistan with the South .15 to .42;
    the North with Azerbaijan below .15, the West with Azerbaijan .1 to .35."""
    capacity = {p.name: p.capacity_mw for p in corridor().plants}

    def fleet(seed: int, country: str) -> Array:
        names = [p.name for p in corridor().plants if p.technology == "wind_onshore" and p.country == country]
        weight = np.array([capacity[name] for name in names])
        return profiles(seed).availability_frac.select(names).values @ weight / weight.sum()

    found = []
    for seed in SEEDS:
        zones = zone_means(seed)
        found.append(np.corrcoef([*zones.values(), fleet(seed, "UZ"), fleet(seed, "AZ")]))
    north, south, west, uz, az = range(5)
    mean = np.mean(found, axis=0)
    for a, b, low, high in (
        (north, south, 0.05, 0.33), (north, west, 0.05, 0.33), (south, west, 0.05, 0.33),
        (uz, south, 0.15, 0.42), (north, az, -0.1, 0.15), (west, az, 0.1, 0.35),
    ):  # fmt: skip
        assert low < mean[a, b] < high, (a, b, mean[a, b])


def test_correlation_falls_with_distance() -> None:
    """Farms 10, 60, 250 and 900 km apart correlate less and less; at 10 km above .9 but below 1."""
    east = [0.0, 0.125, 0.75, 3.1, 11.2]
    plants = [plant(f"p{k}", "wind_onshore", 44.0, 60.0 + step) for k, step in enumerate(east)]
    tables = no_exceptions()
    found = []
    for seed in SEEDS:
        series = wind_availability(make_points(plants, tables), CLOCK, seed=seed, tables=tables)
        found.append(np.corrcoef(series)[0, 1:])
    near, *far = np.mean(found, axis=0)
    assert 0.9 < near < 0.999
    assert near > far[0] > far[1] > far[2] > -0.1


def test_daily_peak_is_the_site_s() -> None:
    """The mean day of an Uzbek and a West Kazakh farm peaks within 2.5 h of the site's hour."""
    for name, peak in (("Zarafshan wind (Masdar, Tamdy)", 16.5), ("Corridor programme wind Tupkaragan", 20.0)):
        day = np.mean([profiles(s).availability_frac[name].reshape(-1, 24).mean(axis=0) for s in SEEDS], axis=0)
        wave = np.fft.rfft(day)[1]
        hour = (-np.angle(wave) * 24 / (2 * np.pi) + 0.5) % 24
        assert abs(hour - peak) < 2.5


@pytest.mark.slow
def test_drawn_years_scatter_about_the_yield() -> None:
    """Twenty drawn years of a farm have its stated yield as their mean within .001 and a deviation of 3 to 9 %."""
    one = plant("Zhanatas WPP", "wind_onshore", 43.51, 69.65)
    tables = no_exceptions()
    points = make_points([one], tables)
    years = [
        wind_availability(points, CLOCK, seed=1, tables=tables, draw=Draw(number, 20)).mean() for number in range(1, 21)
    ]
    assert np.mean(years) == pytest.approx(0.38, abs=0.001)
    assert 0.03 < np.std(years) / 0.38 < 0.09
