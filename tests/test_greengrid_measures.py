"""What the summary says of interface limits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from greengrid.dispatch.outcome import LimitUse, Outcome
from greengrid.dispatch.rules import GreenPeriod
from greengrid.hourly import HourlyTable
from greengrid.measures import green_summary, summarise_interfaces
from networks.build import build_grid
from networks.tables import load_tables, shipped_sets


def test_interfaces_say_limit_hours_share_and_mean_flow() -> None:
    """A cut at its forward limit in 30 and its reverse limit in 12 of 168 hours stands there a quarter of the time."""
    tables = load_tables(shipped_sets()["tiny"])
    grid = build_grid(tables, year=2035, links=(), reinforcement="rated", programme="none")
    cut = replace(grid.interfaces[0], name="here", confidence="D", source="a test")
    use = LimitUse(
        name="here",
        kind="interface",
        forward_max_mw=700.0,
        reverse_max_mw=600.0,
        hours_binding_forward=30,
        hours_binding_reverse=12,
        flow_mean_mw=-25.0,
        flow_absolute_max_mw=700.0,
        rent_usd_real=1e6,
        shadow_price_mean_usd_per_mwh=2.0,
    )
    empty = HourlyTable.of([], [], 168)
    outcome = Outcome((use, replace(use, name="a line", kind="branch")), empty, {}, empty)
    found = summarise_interfaces(replace(grid, interfaces=(cut,)), outcome, 168)
    assert set(found) == {"here"}
    assert found["here"].at_limit_share_frac == pytest.approx(0.25)
    assert (found["here"].hours_at_forward_limit, found["here"].hours_at_reverse_limit) == (30, 12)
    assert (found["here"].forward_max_mw, found["here"].flow_mean_mw) == (700.0, -25.0)
    assert (found["here"].confidence, found["here"].source) == ("D", "a test")


def test_the_green_rule_is_told_beside_what_burned() -> None:
    """Two periods of 30 and 10 GWh at 8 and 40 USD: a premium of 16, beside coal and gas and without the wind."""
    east = GreenPeriod("AZ", 0, 0, 0.0, 30e3, 0.0, 30e3, 0.0, 8.0)
    made = {"KZ": {"coal": 5e3, "gas_ccgt": 2e3, "wind_onshore": 60e3}, "AZ": {"fuel_oil_chp": 1e3, "solar": 4e3}}
    west = GreenPeriod("KZ", 0, 1, 50e3, 0.0, 42e3, 0.0, 8e3, 0.0)
    told = green_summary((east, replace(east, exported_mwh=10e3, premium_usd_per_mwh=40.0), west), made)
    assert told is not None
    assert (told.exported_mwh, told.contracted_mwh, told.forfeited_mwh) == (40e3, 50e3, 8e3)
    assert told.premium_mean_usd_per_mwh == pytest.approx(16.0)
    assert told.coal_and_gas_mwh == {"KZ": 7e3, "AZ": 1e3}
    assert green_summary((), made) is None
