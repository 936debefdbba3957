"""Sun: position, irradiance and power against independent figures and the acceptance bands."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from weather_case import SEEDS, YEAR, corridor, lagged, no_exceptions, plant, profiles

from greengrid.hourly import Array, Clock
from greengrid.weather.rows import Mounting
from greengrid.weather.sites import make_points
from greengrid.weather.solar import Sky, global_irradiance_w_per_m2, make_sky, solar_availability
from greengrid.weather.sun import extraterrestrial_w_per_m2, sun_position
from greengrid.weather.tables import WeatherTables, read_tables

pytestmark = pytest.mark.slow  # seconds each: `make check` has two minutes for everything

CLOCK = Clock.of_year(YEAR)
MONTHLY_KZ_SOUTH_PERCENT = (12.7, 13.2, 14.7, 19.4, 19.2, 19.7, 18.8, 18.5, 18.2, 14.2, 12.1, 8.9)


@cache
def site_sky() -> Sky:
    """One small plant at every site."""
    sites = read_tables().sites
    plants = [plant(s.site, "solar", s.latitude_deg, s.longitude_deg, s.country, "x", 10.0) for s in sites]
    return make_sky(make_points(plants, read_tables()), CLOCK)


@cache
def at_sites(seed: int, level: float | None = None) -> Array:
    """Global irradiance at every site, in a typical year or in a drawn one of the given level."""
    levels = None if level is None else np.full(len(site_sky().points.sites), level)
    return global_irradiance_w_per_m2(site_sky(), seed=seed, levels=levels)


def power_at(site: str, country: str, tables: WeatherTables, seed: int = 1) -> Array:
    """Availability of 10 MW at a site, built as in a country."""
    row = next(row for row in tables.sites if row.site == site)
    one = plant(site, "solar", row.latitude_deg, row.longitude_deg, country, "x", 10.0)
    return solar_availability(make_points([one], tables), CLOCK, seed=seed, tables=tables)[0]


def test_sun_position_agrees_with_spa() -> None:
    """Zenith and azimuth are within .02 degrees of NREL's SPA as pvlib has it."""
    import pandas as pd
    from pvlib.solarposition import spa_python

    latitude, longitude = np.array([[37.67], [43.6], [54.9]]), np.array([[67.0], [51.2], [69.2]])
    ours = sun_position(CLOCK, latitude, longitude)
    picked = slice(0, 8760, 37)
    times = pd.DatetimeIndex(CLOCK.datetimes()[picked]).tz_localize("UTC") + pd.Timedelta("30min")
    for row in range(3):
        spa = spa_python(times, float(latitude[row, 0]), float(longitude[row, 0]))
        assert np.abs(ours.zenith_deg[row, picked] - spa["zenith"].to_numpy()).max() < 0.02
        turn = ours.azimuth_deg[row, picked] - spa["azimuth"].to_numpy()
        assert np.abs((turn + 180) % 360 - 180).max() < 0.1


def test_extraterrestrial_agrees_with_pvlib() -> None:
    """Irradiance outside the atmosphere is within .3 % of pvlib's (solar constant 1,366.1 against 1,361)."""
    import pandas as pd
    from pvlib.irradiance import get_extra_radiation

    times = pd.DatetimeIndex(CLOCK.datetimes()[::24]).tz_localize("UTC")
    theirs = get_extra_radiation(times, solar_constant=1361.0).to_numpy()
    assert extraterrestrial_w_per_m2(CLOCK)[::24] == pytest.approx(theirs, rel=0.003)


def test_noon_follows_longitude() -> None:
    """The centre of each plant's yearly output lies within .4 h of 12 - longitude / 15 in UTC: no clock is shifted."""
    hours = np.arange(8760) % 24 + 0.5
    for p in corridor().plants:
        if p.technology == "solar":
            series = profiles(1).availability_frac[p.name]
            assert series @ hours / series.sum() == pytest.approx(12 - p.longitude_deg / 15, abs=0.4), p.name


def test_night_is_dark() -> None:
    """Output is zero wherever the sun stays below the horizon, by pvlib's sun."""
    import pandas as pd
    from pvlib.solarposition import spa_python

    for p in [p for p in corridor().plants if p.technology == "solar"][::9]:
        times = pd.DatetimeIndex(CLOCK.datetimes()).tz_localize("UTC")
        lowest = [
            spa_python(times + pd.Timedelta(minutes=m), p.latitude_deg, p.longitude_deg)["zenith"].to_numpy()
            for m in (0, 30, 60)
        ]
        dark = np.min(lowest, axis=0) > 90
        series = profiles(1).availability_frac[p.name]
        assert dark.sum() > 3500
        assert not series[dark].any()
        assert series.max() > 0.6


def test_typical_year_has_the_corrected_irradiation() -> None:
    """Every site's yearly irradiation is the corrected column within .3 %, every month its clearness within 1 %."""
    months = CLOCK.months
    sky = site_sky()
    for seed in SEEDS:
        irradiance = at_sites(seed)
        for row, site in enumerate(sky.points.sites):
            assert irradiance[row].sum() / 1000 == pytest.approx(site.irradiation_kwh_per_m2, rel=0.003)
            monthly = (
                np.bincount(months, irradiance[row])[1:] / np.bincount(months, sky.extraterrestrial_w_per_m2[row])[1:]
            )
            relative = monthly / np.array(site.clearness_ratio)
            assert relative == pytest.approx(relative.mean(), rel=0.02)


def test_irradiance_stays_below_its_cap() -> None:
    """No hour has more than .85 of the extraterrestrial irradiance."""
    assert (at_sites(1) <= 0.85 * site_sky().extraterrestrial_w_per_m2 + 1e-9).all()
    assert (at_sites(1) >= 0).all()


def test_daily_clearness_scatters_as_the_table_says() -> None:
    """Standard deviation of daily clearness in July and in March lies within a quarter of the table's, over sites."""
    sky = site_sky()
    for month in (3, 7):
        sd = []
        for seed in SEEDS:
            at = CLOCK.months == month
            days = at.sum() // 24
            top = sky.extraterrestrial_w_per_m2[:, at].reshape(len(sky.points.sites), days, 24).sum(axis=2)
            got = at_sites(seed)[:, at].reshape(len(sky.points.sites), days, 24).sum(axis=2)
            sd.append((got / top).std(axis=1))
        wanted = np.array([site.clearness_deviation_ratio[month - 1] for site in sky.points.sites])
        assert np.mean(sd) == pytest.approx(wanted.mean(), rel=0.25)


@pytest.mark.parametrize(
    ("site", "country", "yield_frac"),
    [
        ("Turkestan", "KZ", 0.22),
        ("Yereymentau", "KZ", 0.175),
        ("Sherabad", "UZ", 0.260),
        ("Bukhara (Dzhankeldy)", "UZ", 0.253),
        ("Alat/Garadagh", "AZ", 0.248),
    ],
)
def test_yield_of_the_site(site: str, country: str, yield_frac: float) -> None:
    """Without any fitting the chain meets stated or independently computed capacity factors within .02."""
    assert power_at(site, country, no_exceptions()).mean() == pytest.approx(yield_frac, abs=0.02)


def test_kazakh_level_is_that_of_the_fleet() -> None:
    """Solar plants of Kazakhstan make .16 to .215 of their capacity, as the fleet did in 2019-22 (.17 to .21)."""
    for p in corridor().plants:
        if p.technology == "solar" and p.country == "KZ":
            assert 0.16 < profiles(1).availability_frac[p.name].mean() < 0.215, p.name


def test_stated_yields_are_met() -> None:
    """Plants with a published yield make it within .001."""
    stated = read_tables().stated_yields
    series = profiles(1).availability_frac
    found = [p for p in corridor().plants if p.technology == "solar" and p.plant in stated]
    assert len(found) >= 5
    for p in found:
        assert series[p.name].mean() == pytest.approx(stated[p.plant], abs=0.001)


@pytest.mark.parametrize("seed", SEEDS)
def test_persistence_of_zones(seed: int) -> None:
    """Zone means: lag-1 .946 within .015, lag-24 .95 within .12, 51 to 63 % of hours below 5 %, steps within 30 %
    of the public model's at its level (capacity factor and step sd of each zone below)."""
    for name, level, step in (
        ("KZ other solar KZ-North", 0.135, 0.061),
        ("KZ other solar KZ-South", 0.158, 0.070),
        ("UZ other solar connected in 2025 (unlisted)", 0.202, 0.093),
    ):
        series = profiles(seed).availability_frac[name]
        assert np.diff(series).std() * level / series.mean() == pytest.approx(step, rel=0.30)
        assert lagged(series, 1) == pytest.approx(0.945, abs=0.015)
        assert lagged(series, 24) == pytest.approx(0.95, abs=0.12)
        assert (series < 0.05).mean() == pytest.approx(0.57, abs=0.06)


def test_monthly_shape_of_kazakh_south() -> None:
    """Monthly capacity factors differ from the public model's by at most 2.5 points rms after scaling the level."""
    series = profiles(1).availability_frac["KZ other solar KZ-South"]
    monthly = np.array([series[CLOCK.months == month].mean() for month in range(1, 13)])
    wanted = np.array(MONTHLY_KZ_SOUTH_PERCENT) / 100
    assert np.sqrt(((monthly * wanted.mean() / monthly.mean() - wanted) ** 2).mean()) <= 0.025


def test_tracker_beats_a_fixed_plant() -> None:
    """At Sherabad a tracker makes 8 to 25 % more than a fixed tilt of 33 degrees with the same modules."""
    tables = no_exceptions()
    fixed = Mounting(
        country="UZ", mounting="fixed", tilt_deg=33, dc_ac_ratio=1.2, loss_frac=0.14, bifacial_gain_frac=0.05,
        source="test", confidence="D",
    )  # fmt: skip
    from dataclasses import replace

    others = tuple(row for row in tables.mountings if row.country != "UZ")
    at_tilt = power_at("Sherabad", "UZ", replace(tables, mountings=(*others, fixed))).mean()
    assert 1.08 < power_at("Sherabad", "UZ", tables).mean() / at_tilt < 1.25


def test_drawn_years_differ() -> None:
    """A drawn year has its level over the year within .3 %; its months, unlike a typical year's, scatter by 2 to 20
    %."""
    wanted = np.array([site.irradiation_kwh_per_m2 for site in site_sky().points.sites])
    months = CLOCK.months
    sums = []
    for seed in range(3):
        drawn = at_sites(seed, 0.96)
        assert drawn.sum(axis=1) / 1000 / wanted == pytest.approx(np.full(len(wanted), 0.96), rel=0.003)
        sums.append([np.bincount(months, row)[1:] for row in drawn])
    scatter = np.std(sums, axis=0) / np.mean(sums, axis=0)
    assert 0.02 < scatter.mean() < 0.20


def test_cloud_follows_wind() -> None:
    """Days of strong wind are cloudier in Kazakhstan: anomalies of daily means correlate as -.33 within .15."""
    found = []
    for seed in SEEDS:
        table = profiles(seed).availability_frac
        wind, sun = (
            table[name].reshape(-1, 24).mean(axis=1)
            for name in ("KZ other wind_onshore KZ-North", "KZ other solar KZ-North")
        )
        kernel = np.ones(31) / 31
        anomalies = [series - np.convolve(series, kernel, mode="same") for series in (wind, sun)]
        found.append(np.corrcoef([series[15:-15] for series in anomalies])[0, 1])
    assert -0.48 < np.mean(found) < -0.18
