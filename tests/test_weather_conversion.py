"""A user's irradiance and wind go the way of the drawn weather, and what the way does can be told by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from weather_case import no_exceptions, plant

from greengrid.hourly import Clock
from greengrid.weather import solar
from greengrid.weather.conversion import _hour_over_moment, solar_availability, wind_availability
from greengrid.weather.sites import make_points
from greengrid.weather.wind import LOSS_FRAC, power_curve, read_curve

YEAR = Clock.of_year(2035)
SUN = plant("a new plant", "solar", 43.0, 68.5, capacity_mw=10.0)
WIND = plant("a new farm", "wind_onshore", 43.6, 69.7, capacity_mw=10.0)


@pytest.mark.slow
def test_the_models_own_sky_gives_the_models_own_output() -> None:
    """Irradiance that the model drew, given back as a file's, makes the same availability but for the lowest sun."""
    tables = no_exceptions()
    points = make_points([SUN], tables)
    sky = solar.make_sky(points, YEAR)
    drawn = solar.solar_availability(points, YEAR, seed=1, tables=tables)[0]
    level = solar.global_irradiance_w_per_m2(sky, seed=1)[0]
    own = solar_availability(SUN, YEAR, {"ghi_w_per_m2": level}, 0.5, tables)
    high = sky.position.zenith_deg[0] < 85
    assert own[high] == pytest.approx(drawn[high], abs=2e-3)
    assert own.mean() == pytest.approx(drawn.mean(), rel=0.01)


def test_more_diffuse_of_the_same_light_gives_less_on_a_tilted_plane() -> None:
    """At the same global irradiance a clear sky gives a plane to the south more than an overcast one in winter."""
    tables = no_exceptions()
    level = np.where(solar.make_sky(make_points([SUN], tables), YEAR).position.zenith_deg[0] < 80, 300.0, 0.0)
    shares = [
        solar_availability(SUN, YEAR, {"ghi_w_per_m2": level, "dhi_w_per_m2": share * level}, 0.5, tables)[
            : 24 * 31
        ].mean()
        for share in (0.2, 0.6, 1.0)
    ]
    assert shares[0] > shares[1] > shares[2] > 0
    direct = solar_availability(
        SUN, YEAR, {"ghi_w_per_m2": level, "direct_horizontal_w_per_m2": 0.8 * level}, 0.5, tables
    )
    assert direct[: 24 * 31].mean() == pytest.approx(shares[0])


def test_plane_irradiance_by_hand() -> None:
    """800 W/m2 at 25 degrees cell temperature: .8 x (1 - losses) x DC/AC; hotter air gives less."""
    tables = no_exceptions()
    mounting = next(row for row in tables.mountings if row.country == "KZ")
    plane = np.full(YEAR.hours, 500.0)
    cool = 25.0 - 500 / (25.0 + 6.84 * solar.WIND_AT_MODULES_M_PER_S)
    found = {"plane_w_per_m2": plane, "temperature_deg_c": np.full(YEAR.hours, cool)}
    own = solar_availability(SUN, YEAR, found, 0.5, tables)
    dc = 0.5 * (1 - mounting.loss_frac) * mounting.dc_ac_ratio * (1 + mounting.bifacial_gain_frac)
    assert own == pytest.approx(np.full(YEAR.hours, dc), rel=0.02)
    hot = solar_availability(SUN, YEAR, found | {"temperature_deg_c": np.full(YEAR.hours, cool + 20)}, 0.5, tables)
    assert hot[0] / own[0] == pytest.approx(1 + 20 * solar.POWER_PER_KELVIN, rel=0.01)


def test_hour_follows_the_sun_from_the_minute_of_the_satellite() -> None:
    """In the morning the sun at ten past stands below its hour, in the afternoon above; over a day it cancels."""
    share = _hour_over_moment(SUN, YEAR, 10 / 60)
    june = share[24 * 170 : 24 * 171]
    noon = int(12 - 68.5 / 15)
    assert june[noon - 4] > 1.05
    assert june[noon + 4] < 0.95
    assert june[noon - 4 : noon + 5].mean() == pytest.approx(1.0, abs=0.03)


def test_wind_by_hand() -> None:
    """Standard air at 100 m: the curve less losses; thin air and a lower mast shift the speed as their laws say."""
    tables = no_exceptions()
    curve = power_curve(tables, "onshore")
    speed = np.array([4.0, 7.0, 10.0, 20.0])
    dense = {
        "wind_speed_m_per_s": speed,
        "temperature_deg_c": np.full(4, 15.0),
        "pressure_pa": np.full(4, 1.225 * 287.05 * 288.15),
    }
    wanted = read_curve(curve, speed) * (1 - LOSS_FRAC)
    assert wind_availability(WIND, dense, 100.0, tables) == pytest.approx(wanted, abs=1e-9)
    thin = dense | {"pressure_pa": dense["pressure_pa"] * 0.8}
    shifted = read_curve(curve, speed * 0.8 ** (1 / 3)) * (1 - LOSS_FRAC)
    assert wind_availability(WIND, thin, 100.0, tables) == pytest.approx(shifted, abs=1e-9)
    raised = read_curve(curve, speed * 10**0.2) * (1 - LOSS_FRAC)
    assert wind_availability(WIND, dense, 10.0, tables, 0.2) == pytest.approx(raised, abs=1e-9)


@settings(derandomize=True, max_examples=25, deadline=None)
@given(st.lists(st.floats(0, 75), min_size=1, max_size=30), st.floats(60, 200))
def test_wind_stays_a_share(speeds: list[float], height_m: float) -> None:
    """Whatever the wind, availability lies in 0..1 less losses."""
    found = wind_availability(WIND, {"wind_speed_m_per_s": np.array(speeds)}, height_m, no_exceptions())
    assert found.min() >= 0
    assert found.max() <= 1 - LOSS_FRAC + 1e-9
