"""Every staged year solves in AC at winter and summer peak, in wind and at the lightest load, with all physics on."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from test_networks_reference_hours import SEASONS, dispatch_of, grid_of

from networks.load_flow import AcSolution, solve
from networks.pandapower_net import areas, build_net
from networks.voltage_control import LIMIT_MVAR, VOLTAGE_MIN_PU, voltage_max_pu

YEARS = ("2025", "2030", "2035")
VOLTAGE_PU = (0.90, 1.10)
HIGHEST_PU = 1.08
"""No bus at all went above this in the twelve hours (1.075, a 220 kV bus, limit 1.10)."""
LOSS_FRAC = (0.004, 0.04)
"""Losses at 220 kV and above over load; national losses of 5-8 % hold the lower voltages too."""

pytestmark = pytest.mark.slow


@cache
def solved(year: str, name: str) -> list[AcSolution]:
    """Each synchronous area of an hour, from a cold start."""
    return [solve(net) for net in areas(build_net(grid_of(year), dispatch_of(year, name).point))]


@pytest.mark.parametrize("name", SEASONS)
@pytest.mark.parametrize("year", YEARS)
def test_every_area_solves_inside_its_limits(year: str, name: str) -> None:
    """Converged, hardly any load shed, voltages within 0.90-1.10 pu (1.08 at most) and every Q inside its limits."""
    assert dispatch_of(year, name).shed_mw < 1.0
    for solution in solved(year, name):
        assert solution.converged, solution.problem
        assert VOLTAGE_PU[0] <= solution.voltage_pu.min()
        assert solution.voltage_pu.max() <= min(VOLTAGE_PU[1], HIGHEST_PU)
        assert (solution.reactive_mvar <= solution.reactive_max_mvar + LIMIT_MVAR).all()
        assert (solution.reactive_mvar >= solution.reactive_min_mvar - LIMIT_MVAR).all()
        assert solution.source_mw.sum() == pytest.approx(solution.load_mw + solution.loss_mw, abs=0.01)


@pytest.mark.parametrize("name", SEASONS)
@pytest.mark.parametrize("year", YEARS)
def test_no_bus_stands_above_the_highest_operating_voltage(year: str, name: str) -> None:
    """525 kV at 500 kV, 363 kV at 330 kV: lines with reactors where they end open leave no bus above them."""
    voltage_kv = {bus.name: bus.voltage_kv for bus in grid_of(year).buses}
    for solution in solved(year, name):
        highest = np.array([voltage_max_pu(voltage_kv[bus]) for bus in solution.bus_names])
        high = {
            bus: value
            for bus, value, limit in zip(solution.bus_names, solution.voltage_pu.tolist(), highest, strict=True)
            if not VOLTAGE_MIN_PU <= value <= limit + 1e-6
        }
        assert high == {}


@pytest.mark.parametrize("name", SEASONS)
@pytest.mark.parametrize("year", YEARS)
def test_losses_are_a_plausible_share_of_load(year: str, name: str) -> None:
    """All areas together lose 0.4-4 % of their load at 220 kV and above."""
    loss_mw = sum(solution.loss_mw for solution in solved(year, name))
    assert LOSS_FRAC[0] <= loss_mw / sum(solution.load_mw for solution in solved(year, name)) <= LOSS_FRAC[1]


@pytest.mark.parametrize("year", YEARS)
def test_no_physics_is_switched_off(year: str) -> None:
    """Every line has its series and shunt admittance, every transformer its losses, every long line its reactors."""
    grid = grid_of(year)
    net = build_net(grid, dispatch_of(year, "winter_peak").point)
    assert (net.line[["r_ohm_per_km", "x_ohm_per_km", "c_nf_per_km"]] > 0).all().all()
    assert (net.trafo[["vk_percent", "vkr_percent", "pfe_kw", "i0_percent"]] > 0).all().all()
    assert len(net.line) == len(grid.lines)
    assert net.line["in_service"].all()
    assert len(net.shunt) == len(grid.reactors)
    assert net.shunt["in_service"].all()
    assert net.load["in_service"].all()
