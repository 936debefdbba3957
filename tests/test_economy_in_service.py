"""Weather series of plants that come into service within the case's year."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from greengrid.economy.fleet import Economy, Unit
from greengrid.economy.in_service import in_service
from greengrid.hourly import Clock, HourlyTable
from greengrid.weather.profiles import Profiles

CLOCK = Clock(datetime(2025, 1, 1, tzinfo=UTC), 8760)
WHOLE = (1.0,) * 12


def unit(name: str, months: tuple[float, ...]) -> Unit:
    return Unit(name, "", 0, 0, 1, 0, months, (0.0,) * 12, 1, 0, 1, 0, 0, 0, 1, 0, "A", "test")


def profiles() -> Profiles:
    half, one = np.full(8760, 0.5), np.ones(8760)
    return Profiles(
        CLOCK,
        HourlyTable.of(["old wind", "new wind"], [half, half], 8760),
        HourlyTable.of(["zone"], [one], 8760),
        HourlyTable.of(["new river"], [10 * one], 8760),
        HourlyTable.of(["RO"], [one], 8760),
    )


def test_a_plant_of_april_makes_nothing_before():
    """2,160 hours of January to March are dark, later hours and other plants unchanged."""
    units = (
        unit("old wind", WHOLE),
        unit("new wind", (0.0,) * 3 + (1.0,) * 9),
        unit("new river", (0.0,) * 6 + (1.0,) * 6),
    )
    economy = Economy(2025, "domestic", units, (), (), (), (), 3000.0)
    made = in_service(profiles(), economy)
    assert made.availability_frac["old wind"].sum() == 4380
    assert made.availability_frac["new wind"][: 90 * 24].sum() == 0
    assert made.availability_frac["new wind"].sum() == 0.5 * (8760 - 90 * 24)
    assert made.inflow_mw["new river"].sum() == 10 * (8760 - 181 * 24)
    assert np.array_equal(made.demand_mw["zone"], np.ones(8760))


def test_a_year_without_newcomers_changes_nothing():
    """Thermal outages do not touch the weather; whole plants keep their series bit by bit."""
    units = (unit("old wind", WHOLE), unit("new wind", WHOLE), unit("coal", (0.8,) * 12))
    before = profiles()
    made = in_service(before, Economy(2025, "domestic", units, (), (), (), (), 3000.0))
    assert np.array_equal(made.availability_frac.values, before.availability_frac.values)
    assert np.array_equal(made.inflow_mw.values, before.inflow_mw.values)
