"""The AC/DC power flow of all areas with their links as circuits agrees with the links as injections."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from test_networks_pandapower import six_buses, six_buses_point
from test_networks_reference_hours import dispatch_of, grid_of

from networks.grid import Grid
from networks.joined_flow import JoinedFlow, JoinedSolution, LinkSetting
from networks.load_flow import AcSolution, solve
from networks.operating_point import LinkEnds, OperatingPoint
from networks.pandapower_net import areas, build_net
from networks.voltage_control import LIMIT_MVAR


def both_ways(
    grid: Grid, point: OperatingPoint, settings: dict[str, LinkSetting]
) -> tuple[list[AcSolution], JoinedSolution, dict[str, LinkEnds]]:
    """Links by their own loss curve as injections, then as circuits."""
    ends = {}
    for link in grid.links:
        setting = settings[link.name]
        flow = link.flow(setting.sent_mw, setting.poles_in)
        half_idle_mw = link.idle_loss_of_mw(setting.poles_in) / 2
        sent_mw, received_mw = -flow.sent_mw - half_idle_mw, flow.received_mw - half_idle_mw
        ends[link.name] = LinkEnds(*((sent_mw, received_mw) if setting.forward else (received_mw, sent_mw)))
    hour = replace(point, links=ends)
    net = build_net(grid, hour)
    parts = areas(net)
    solutions = [solve(part) for part in parts]
    return solutions, JoinedFlow(grid, net).solve(hour, parts, solutions, settings), ends


def assert_they_agree(apart: list[AcSolution], joined: JoinedSolution, ends: dict[str, LinkEnds]) -> None:
    """Loss of each link within 0.1 %, voltages within 1e-5 pu, AC losses within 0.1 MW, every Q inside its limits."""
    assert joined.converged, joined.problem
    for name, circuit in joined.circuits.items():
        assert circuit.loss_mw == pytest.approx(ends[name].loss_mw, rel=0.001)
    for alone, together in zip(apart, joined.areas, strict=True):
        np.testing.assert_allclose(together.voltage_pu, alone.voltage_pu, atol=1e-5)
        assert together.loss_mw == pytest.approx(alone.loss_mw, abs=0.1)
        assert together.source_mw.sum() == pytest.approx(together.load_mw + together.loss_mw, abs=0.01)
        assert (together.reactive_mvar <= together.reactive_max_mvar + 10 * LIMIT_MVAR).all()
        assert (together.reactive_mvar >= together.reactive_min_mvar - 10 * LIMIT_MVAR).all()


@pytest.mark.parametrize(
    ("forward", "poles_in"),
    [
        (True, 2),
        *(pytest.param(*state, marks=pytest.mark.slow) for state in ((False, 2), (True, 1), (False, 1), (True, 0))),
    ],
)
def test_a_small_grid_agrees_in_every_state_of_its_link(forward: bool, poles_in: int) -> None:
    """Healthy, one pole out and out, both ways, with a far end of which nothing but the link is known."""
    sent_mw = 400.0 if poles_in else 0.0
    found = both_ways(six_buses(), six_buses_point(), {"cable": LinkSetting(sent_mw, forward, poles_in)})
    if poles_in:
        assert_they_agree(*found)
    assert found[1].converged
    assert found[1].circuits["cable"].sent_mw >= sent_mw


@pytest.mark.slow
@pytest.mark.parametrize(("case", "name"), [("link_2000", "winter_peak"), ("link_4000", "windy_mid")])
def test_the_corridor_agrees_with_both_links_full(case: str, name: str) -> None:
    """Two hours of 2035, Caspian and Black Sea at their rating: 150 buses, two areas and Romania's end."""
    settings = {link.name: LinkSetting(link.capacity_mw, forward=True) for link in grid_of(case).links}
    assert_they_agree(*both_ways(grid_of(case), dispatch_of(case, name).point, settings))


def test_an_area_without_a_solution_is_not_joined() -> None:
    """The joined flow starts from the areas' own solutions: without one it refuses."""
    hour = six_buses_point(generation_mw={"coal A": 900.0, "wind B": 200.0, "gas C": 0.0})
    net = build_net(six_buses(), hour)
    parts = areas(net)
    solutions = [solve(part) for part in parts]
    with pytest.raises(ValueError, match="cannot be joined"):
        JoinedFlow(six_buses(), net).solve(hour, parts, solutions, {"cable": LinkSetting(0.0, True)})
