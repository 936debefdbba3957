"""What the summary says of interface limits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from greengrid.dispatch.outcome import LimitUse, Outcome
from greengrid.hourly import HourlyTable
from greengrid.measures import summarise_interfaces
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
