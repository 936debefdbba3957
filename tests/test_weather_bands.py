"""The acceptance bands: held over several seeds, and where one is missed, by no more than its note says."""

from __future__ import annotations

import numpy as np
import pytest
from weather_case import SEEDS, YEAR, corridor

from greengrid.weather.bands import BandCheck, acceptance, day_anomalies, read_bands
from greengrid.weather.ensemble import Draw

pytestmark = pytest.mark.slow

MISSES = {
    # (series, quantity): the most that may be found, as the table's note says
    ("PV UZ, fixed tilt", "monthly rms"): 0.028,
    ("PV UZ, trackers", "monthly rms"): 0.053,
    ("demand AZ", "load factor"): 0.64,
}


@pytest.fixture(scope="module")
def years() -> list[tuple[BandCheck, ...]]:
    """The bands of typical years of several seeds."""
    return [acceptance(YEAR, seed=seed, grid=corridor()) for seed in SEEDS]


def test_typical_years_hold_their_bands(years: list[tuple[BandCheck, ...]]) -> None:
    """Every band holds for every seed but for the three misses that their notes explain; those stay as small as
    said."""
    broken = {
        (check.series, check.quantity, round(check.found, 3))
        for year in years
        for check in year
        if not check.holds and check.found > MISSES.get((check.series, check.quantity), -np.inf)
    }
    assert broken == set()
    assert {key for key in MISSES} == {
        (check.series, check.quantity) for year in years for check in year if not check.holds
    }


def test_every_miss_has_its_reason(years: list[tuple[BandCheck, ...]]) -> None:
    """A band that is missed carries a note that says by how much and why."""
    for check in (check for year in years for check in year if not check.holds):
        assert "missed by" in check.note


def test_means_over_the_seeds_lie_well_inside(years: list[tuple[BandCheck, ...]]) -> None:
    """Averaged over the seeds, correlations lie within .15 of their targets: single years scatter, the model does not
    lean."""
    for checks in zip(*years, strict=True):
        if "correlation" in checks[0].quantity:
            found = np.mean([check.found for check in checks])
            assert found == pytest.approx(checks[0].target, abs=0.15), checks[0]


def test_a_drawn_year_moves_only_what_a_year_moves() -> None:
    """In a drawn year steps, persistence and calm hours hold their bands; capacity factors may leave theirs by the
    year's level, at most 16.5 %."""
    for check in acceptance(YEAR, seed=1, draw=Draw(3, 20)):
        if check.quantity.startswith("lag-") or check.quantity == "hours below 5 %":
            assert check.low - 0.02 <= check.found <= check.high + 0.02, check
        if check.quantity == "capacity factor" and check.series.startswith("wind"):
            assert 0.835 <= check.found / check.target <= 1.165


def test_load_factors_need_a_grid() -> None:
    """Without a grid the bands of demand are left out, with it there are three countries of them."""
    assert not [check for check in acceptance(YEAR, seed=1) if check.series.startswith("demand")]


def test_the_table_is_whole() -> None:
    """Targets of capacity factors lie inside their bands, every row has a source, and no pair of names repeats."""
    rows = read_bands()
    assert len({(row.series, row.quantity) for row in rows}) == len(rows) > 50
    assert all(row.low <= row.target <= row.high for row in rows)


def test_day_anomalies_lose_the_season() -> None:
    """A pure yearly wave leaves less than 2 % of itself, a two-day wave nearly all of itself."""
    hours = np.arange(8760)
    season = 1 + np.cos(2 * np.pi * hours / 8760)
    weather = np.cos(np.pi * (hours // 24))
    assert np.abs(day_anomalies(season)).max() < 0.02
    assert day_anomalies(weather).std() == pytest.approx(1.0, abs=0.05)
