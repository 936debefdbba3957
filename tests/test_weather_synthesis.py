"""The profiles as a whole: columns, reproducibility, independence of what else stands in the grid."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from weather_case import YEAR, corridor, grid_of, plant, profiles, zone

from greengrid.errors import BadInput
from greengrid.weather import Profiles, make_profiles

SMALL = grid_of(
    (
        plant("Wind", "wind_onshore", 44.5, 50.6, "KZ", "KZ-West", 800.0),
        plant("Sun", "solar", 40.2, 49.5, "AZ", "AZ-Absheron", 230.0),
        plant("Water", "hydro_ror", 42.0, 43.0, "GE", "GE", 100.0),
        plant("Coal", "coal", 51.9, 75.4, "KZ", "KZ-North", 500.0),
    ),
    (zone("KZ-West", "KZ", 5.0, 750.0),),
    ("RO", "TR", "RO"),
)


def all_bytes(made: Profiles) -> list[bytes]:
    """Every table's values."""
    tables = (made.availability_frac, made.demand_mw, made.inflow_mw, made.market_price_usd_per_mwh)
    return [table.values.tobytes() for table in tables]


def test_columns() -> None:
    """One column per wind or solar plant, zone, hydro plant and market, a whole year long, all finite."""
    made = make_profiles(SMALL, year=YEAR, seed=1)
    assert made.availability_frac.columns == ("Wind", "Sun")
    assert made.demand_mw.columns == ("KZ-West",)
    assert made.inflow_mw.columns == ("Water",)
    assert made.market_price_usd_per_mwh.columns == ("RO", "TR")
    for table in (made.availability_frac, made.demand_mw, made.inflow_mw, made.market_price_usd_per_mwh):
        assert table.hours == 8760
        assert np.isfinite(table.values).all()
    assert 0 <= made.availability_frac.values.min() < made.availability_frac.values.max() <= 1


def test_same_seed_same_bytes() -> None:
    """Two draws of one seed are the same bytes; another seed changes wind, sun, demand and prices, but not water."""
    first, again, other = (all_bytes(make_profiles(SMALL, year=YEAR, seed=seed)) for seed in (5, 5, 6))
    assert first == again
    assert [a == b for a, b in zip(first, other, strict=True)] == [False, False, True, False]


@pytest.mark.slow
def test_a_plant_s_weather_is_its_own() -> None:
    """Without the corridor's programme and half of the other plants, every plant left keeps its series."""
    whole = profiles(1).availability_frac
    kept = tuple(p for k, p in enumerate(corridor().plants) if "programme" not in p.name and k % 2 == 0)
    part = make_profiles(replace(corridor(), plants=kept), year=YEAR, seed=1).availability_frac
    assert 10 < len(part.columns) < len(whole.columns)
    assert np.abs(part.values - whole.select(part.columns).values).max() <= 2e-5


def test_parts_of_a_plant_are_alike() -> None:
    """Two parts of one wind farm on different buses have one series."""
    parts = tuple(
        plant(f"Farm {bus}", "wind_onshore", 44.0, 60.0, "UZ", "UZ-Northwest", mw, whole="Farm")
        for bus, mw in (("a", 300.0), ("b", 700.0))
    )
    made = make_profiles(grid_of(parts), year=YEAR, seed=1).availability_frac
    assert np.array_equal(made["Farm a"], made["Farm b"])


def test_leap_year_and_window() -> None:
    """2028 has 8,784 hours; a window of two weeks is cut out of the whole year, not drawn anew."""
    made = make_profiles(SMALL, year=2028, seed=1)
    assert made.clock.hours == made.demand_mw.hours == 8784
    cut = made.window(24 * 10, 336)
    assert np.array_equal(cut.availability_frac.values, made.availability_frac.values[240:576])
    assert made.demand_mw.values.sum() == pytest.approx(5e6)


def test_price_level_and_demand_scale() -> None:
    """Prices and demand follow their factors; everything else stays."""
    plain = make_profiles(SMALL, year=YEAR, seed=1)
    scaled = make_profiles(SMALL, year=YEAR, seed=1, demand_scale_ratio=0.9, price_level_ratio=1.02)
    assert scaled.demand_mw.values == pytest.approx(0.9 * plain.demand_mw.values)
    assert scaled.market_price_usd_per_mwh.values == pytest.approx(1.02 * plain.market_price_usd_per_mwh.values)
    assert np.array_equal(scaled.availability_frac.values, plain.availability_frac.values)


def test_bad_arguments_come_together() -> None:
    """A negative seed, a factor of nan and an unknown word are all named."""
    with pytest.raises(BadInput) as caught:
        make_profiles(
            SMALL, year=YEAR, seed=-1, hydro="damp", demand_scale_ratio=float("nan"),  # type: ignore[arg-type]
        )  # fmt: skip
    assert len(caught.value.problems) == 3


def test_progress_reaches_its_end() -> None:
    """Progress is told stage by stage and ends complete."""
    told: list[tuple[str, int, int]] = []
    make_profiles(SMALL, year=YEAR, seed=1, progress=lambda what, done, total: told.append((what, done, total)))
    assert [done for _, done, _ in told] == list(range(5))
    assert told[-1][1] == told[-1][2]


def test_problems_of_all_parts_come_together() -> None:
    """A hydro plant without rows, a zone without shape and an unknown market are named in one message."""
    bad = grid_of((plant("Lost HPP", "hydro_ror", 40.0, 70.0, "XX"),), (zone("Nowhere", "XX", 5.0, 750.0),), ("ZZ",))
    with pytest.raises(BadInput) as caught:
        make_profiles(bad, year=YEAR, seed=1)
    assert [p.where for p in caught.value.problems] == [
        "hydro.csv, Lost HPP",
        "demand_months.csv and demand_hours.csv",
        "markets",
    ]


def test_empty_grid() -> None:
    """A grid without plants, zones and borders has tables without columns and all the hours."""
    made = make_profiles(grid_of(), year=YEAR, seed=1)
    assert made.availability_frac.values.shape == (8760, 0)
    assert made.market_price_usd_per_mwh.columns == ()
