"""Demand: energy and peak met exactly, seasons, clocks and noise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from weather_case import SEEDS, YEAR, corridor, lagged, profiles, zone

from greengrid.errors import BadInput
from greengrid.hourly import Array, Clock
from greengrid.weather.correlation import flat_km
from greengrid.weather.demand import demand_mw, stretch, zone_places
from greengrid.weather.seasons import eastern_european_offset, is_on, is_weekend, local_hours, smooth_monthly
from greengrid.weather.systems import hourly_from_days, temperature_of_days
from greengrid.weather.tables import read_tables

CLOCK = Clock.of_year(YEAR)


def country(name: str, seed: int) -> Array:
    """Hourly demand of a country."""
    zones = [z.zone for z in corridor().demands if z.country == name]
    return profiles(seed).demand_mw.select(zones).values.sum(axis=1)


@pytest.mark.parametrize("seed", SEEDS)
def test_energy_and_peak_of_every_zone(seed: int) -> None:
    """Every zone's sum is its annual energy and its largest hour its peak, to nine digits."""
    for item in corridor().demands:
        series = profiles(seed).demand_mw[item.zone]
        assert series.sum() == pytest.approx(item.energy_twh * 1e6, rel=1e-9)
        assert series.max() == pytest.approx(item.peak_mw, rel=1e-9)
        assert series.min() > 0.3 * series.mean()


def test_scale_multiplies_energy_and_peak() -> None:
    """A scale of 1.1 gives exactly 1.1 times every hour."""
    zones = [zone("GE", "GE", 20.0, 3300.0)]
    plain, scaled = (demand_mw(zones, CLOCK, seed=1, tables=read_tables(), scale_ratio=s)[0] for s in (1.0, 1.1))
    assert scaled == pytest.approx(1.1 * plain, rel=1e-12)


@settings(max_examples=30, derandomize=True, deadline=None)
@given(load_factor=st.floats(0.45, 0.93), seed=st.integers(0, 99))
def test_stretch_meets_any_load_factor(load_factor: float, seed: int) -> None:
    """Mean 1, the wanted peak, positive, and the order of the hours kept."""
    shape = 1 + 0.3 * np.sin(np.arange(500) / 7) * np.random.default_rng(seed).uniform(0.5, 1, 500)
    result = stretch(shape, 1 / load_factor)
    assert result.mean() == pytest.approx(1.0, abs=1e-12)
    assert result.max() == pytest.approx(1 / load_factor, rel=1e-9)
    assert (result > 0).all()
    assert np.array_equal(np.argsort(result, kind="stable"), np.argsort(shape, kind="stable"))


@pytest.mark.parametrize("peak_mw", [0.0, 900.0, 40_000.0])
def test_impossible_peak_is_refused(peak_mw: float) -> None:
    """A peak below the mean of 1,000 MW or far above any shape stops the run and names the zone."""
    with pytest.raises(BadInput, match=r"demand of Z.*peak is"):
        demand_mw([zone("Z", "KZ", 8.76, peak_mw)], CLOCK, seed=1, tables=read_tables())


def test_country_without_shape_is_refused() -> None:
    """A zone of a country that the tables do not know is named."""
    with pytest.raises(BadInput, match="no shape for XX"):
        demand_mw([zone("Z", "XX", 8.76, 1300.0)], CLOCK, seed=1, tables=read_tables())


@pytest.mark.parametrize("seed", SEEDS)
def test_national_load_factor_and_season(seed: int) -> None:
    """Kazakhstan: load factor .80 within .04, peak in winter at 11-14 UTC, least over mean .77 within .05; Uzbekistan
    .80 within .04; Azerbaijan's largest hour in July or August, Georgia's in winter; zones peak nearly together."""
    kz, uz, az, ge = (country(name, seed) for name in ("KZ", "UZ", "AZ", "GE"))
    assert kz.mean() / kz.max() == pytest.approx(0.80, abs=0.04)
    assert CLOCK.months[kz.argmax()] in (1, 2, 12)
    assert kz.argmax() % 24 in (11, 12, 13, 14)
    assert kz.min() / kz.mean() == pytest.approx(0.77, abs=0.05)
    assert uz.mean() / uz.max() == pytest.approx(0.80, abs=0.04)
    assert CLOCK.months[az.argmax()] in (7, 8)
    assert CLOCK.months[ge.argmax()] in (1, 2, 12)
    for name, series in (("KZ", kz), ("UZ", uz), ("AZ", az)):
        zones = sum(z.peak_mw for z in corridor().demands if z.country == name)
        assert 0.97 * zones < series.max() <= zones * (1 + 1e-9)


def test_summer_peaks_of_their_own() -> None:
    """Uzbekistan's summer comes within 7 % of its year's largest hour and is far above its spring; Azerbaijan's
    summer holds the largest hour and stands 8 % or more above its winter's."""
    months = CLOCK.months
    for seed in SEEDS:
        uz, az = country("UZ", seed), country("AZ", seed)
        summer, winter, spring = (np.isin(months, m) for m in ((6, 7, 8), (1, 2, 12), (3, 4, 5)))
        assert uz[summer].max() > 0.93 * uz.max()
        assert uz[summer].max() > 1.05 * uz[spring].max()
        assert az[summer].max() > 1.08 * az[winter].max()


def test_mean_day_of_kazakhstan() -> None:
    """The mean day has its evening plateau at 11 to 14 UTC in January and its trough at 18 to 21 UTC, as in 2018."""
    january = country("KZ", 1)[CLOCK.months == 1].reshape(-1, 24).mean(axis=0)
    assert january.argmax() in (11, 12, 13, 14)
    assert january.argmin() in (18, 19, 20, 21)


def test_monthly_index_of_kazakhstan() -> None:
    """Monthly means lie between the market operator's record and the shape of 2018, or within .03 of one of them."""
    record = np.array((1.14, 1.13, 1.04, 0.96, 0.91, 0.89, 0.91, 0.90, 0.91, 1.00, 1.08, 1.14))
    shape = np.array((1.119, 1.067, 1.011, 0.959, 0.947, 0.937, 0.956, 0.942, 0.940, 0.980, 1.059, 1.085))
    kz = country("KZ", 1)
    got = [kz[CLOCK.months == month].mean() / kz.mean() for month in range(1, 13)]
    assert (np.array(got) > np.minimum(record, shape) - 0.03).all()
    assert (np.array(got) < np.maximum(record, shape) + 0.03).all()


def test_persistence_of_kazakhstan() -> None:
    """Lag-1 .947 within .04, lag-24 .93 within .06, lag-168 .97 within .02, weekend over weekday .943 within .02."""
    kz = country("KZ", 1)
    assert lagged(kz, 1) == pytest.approx(0.947, abs=0.04)
    assert lagged(kz, 24) == pytest.approx(0.93, abs=0.06)
    assert lagged(kz, 168) == pytest.approx(0.97, abs=0.02)
    weekend = is_weekend(CLOCK, 5)
    assert kz[weekend].mean() / kz[~weekend].mean() == pytest.approx(0.943, abs=0.02)


def test_noise_is_shared_within_a_country() -> None:
    """Two zones at one place differ from their shape alike (.8 or more), zones of two countries far less."""
    names = [("A", "UZ"), ("B", "UZ"), ("C", "AZ")]
    zones = [zone(name, land, 8.76, 1300.0) for name, land in names]
    drawn = [np.log(demand_mw(zones, CLOCK, seed=s, tables=read_tables())) for s in range(1, 5)]
    mean = np.mean(drawn, axis=0)
    residual = np.hstack([item - mean for item in drawn])
    matrix = np.corrcoef(residual)
    assert 0.75 < matrix[0, 1] < 0.99
    assert abs(matrix[0, 2]) < 0.45


def test_cold_winters_and_hot_summers_add_demand() -> None:
    """Days of a warm score lower demand in January and raise it in July, in every country."""
    zones = [zone(land, land, 8.76, 1300.0) for land in ("KZ", "UZ", "AZ", "GE")]
    place = zone_places(zones, read_tables())
    winter, summer = [], []
    for seed in SEEDS:
        warm = hourly_from_days(temperature_of_days(flat_km(place[:, 0], place[:, 1]), CLOCK, seed), CLOCK)
        for series, score in zip(demand_mw(zones, CLOCK, seed=seed, tables=read_tables()), warm, strict=True):
            for found, months in ((winter, (1, 2)), (summer, (7, 8))):
                at = np.isin(CLOCK.months, months)
                days = series[at].reshape(-1, 24).mean(axis=1)
                found.append(np.corrcoef(days, score[at].reshape(-1, 24).mean(axis=1))[0, 1])
    assert np.mean(winter) < -0.25
    assert np.mean(summer) > 0.25


def test_a_holiday_is_like_a_weekend() -> None:
    """Nauryz falls on Wednesday 21 March 2035: in Kazakhstan that day and the next two take less than a week before."""
    days = np.mean([country("KZ", seed)[: 365 * 24].reshape(365, 24).mean(axis=1) for seed in SEEDS], axis=0)
    nauryz = (np.datetime64("2035-03-21") - np.datetime64("2035-01-01")).astype(int)
    assert days[nauryz : nauryz + 3].mean() < 0.985 * days[nauryz - 7 : nauryz - 4].mean()


def test_dates_of_the_local_calendar() -> None:
    """1 January in Tashkent begins at 19:00 UTC the day before and ends at 19:00: nineteen hours of it in the UTC year,
    and five of the next year's."""
    at = np.flatnonzero(is_on(CLOCK, 5.0, [(1, 1)]))
    assert at.tolist() == [*range(19), *range(8755, 8760)]


def test_calendar() -> None:
    """4 and 5 January 2025 are a weekend; in Tashkent it begins at 19:00 UTC on Friday."""
    clock = Clock.of_year(2025)
    assert np.flatnonzero(is_weekend(clock, 0))[[0, 47, 48]].tolist() == [72, 119, 240]
    assert np.flatnonzero(is_weekend(clock, 5))[0] == 67


def test_eastern_european_summer_time() -> None:
    """In 2035 it runs from 25 March to 28 October, 01:00 UTC."""
    offset = eastern_european_offset(CLOCK)
    times = CLOCK.datetimes()
    changes = times[1:][np.diff(offset) != 0].astype(str).tolist()
    assert changes == ["2035-03-25T01", "2035-10-28T01"]


def test_half_hour_clock() -> None:
    """Tehran's clock shows 3.5 at 00:00 UTC."""
    assert local_hours(CLOCK, 3.5)[:2].tolist() == [3.5, 4.5]


@settings(max_examples=20, derandomize=True, deadline=None)
@given(means=st.lists(st.floats(0.6, 1.4), min_size=12, max_size=12))
def test_smooth_months_keep_their_means(means: list[float]) -> None:
    """The curve's mean over each month is the given one, whatever the twelve are."""
    curve = smooth_monthly(means, CLOCK)
    got = [curve[CLOCK.months == month].mean() for month in range(1, 13)]
    assert np.array(got) == pytest.approx(np.array(means), abs=1e-9)
