"""The dispatch finds the optimum that an independent formulation finds, conserves energy and proves its bound."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greengrid.dispatch import assemble, year
from greengrid.dispatch.assemble import make_problem
from greengrid.dispatch.bound import lower_bound
from greengrid.dispatch.extract import make_dispatch
from greengrid.dispatch.result import Dispatch
from tests.independent_dispatch import optimum_usd
from tests.small_system import System, make_system


def _solve(system: System) -> tuple[Dispatch, year.Optimum]:
    problem = make_problem(system.grid, system.profiles, system.economy)
    optimum = year.optimise(problem)
    return make_dispatch(system.grid, system.profiles, system.economy, problem, optimum), optimum


@pytest.fixture
def no_ties(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the tie-breaking cost the two formulations price exactly the same thing."""
    monkeypatch.setattr(assemble, "TIE_COST_USD_PER_MWH", 0.0)


@pytest.mark.usefixtures("no_ties")
@pytest.mark.parametrize("seed", range(10))
def test_equals_an_independent_formulation(seed: int) -> None:
    """Ten random systems cost the same as in a bus-angle formulation solved by scipy."""
    system = make_system(seed, hours=72)
    _, optimum = _solve(system)
    assert optimum.objective_usd == pytest.approx(optimum_usd(system), rel=1e-8)


@pytest.mark.usefixtures("no_ties")
def test_blocks_and_joined_basis_reach_the_optimum_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """A five-week problem solved by way of blocks costs the same as in one piece."""
    system = make_system(3, hours=35 * 24)
    _, direct = _solve_with(monkeypatch, system, single_days_max=40)
    _, joined = _solve_with(monkeypatch, system, single_days_max=10)
    assert joined.objective_usd == pytest.approx(direct.objective_usd, rel=1e-9)
    assert joined.gap_frac < 1e-8
    assert "joined blocks" in joined.method


def _solve_with(monkeypatch: pytest.MonkeyPatch, system: System, single_days_max: int) -> tuple[Dispatch, year.Optimum]:
    monkeypatch.setattr(year, "SINGLE_DAYS_MAX", single_days_max)
    monkeypatch.setattr(year, "suits", lambda problem: False)
    return _solve(system)


def _random_network(seed: int, *, negative_prices: bool) -> System:
    """The small system on lines drawn anew: a random tree in each area, two lines more in the west, one in the east."""
    system = make_system(seed, hours=24, negative_prices=negative_prices)
    rng = np.random.default_rng(seed + 1)
    pairs = []
    for members, more in zip(system.grid.areas, (2, 1), strict=True):
        buses = rng.permutation(members).tolist()
        pairs += [(buses[int(rng.integers(k))], buses[k]) for k in range(1, len(buses))]
        pairs += [tuple(rng.choice(buses, 2, replace=False).tolist()) for _ in range(more)]
    ends = zip(system.grid.lines, pairs, strict=True)
    lines = tuple(replace(line, from_bus=start, to_bus=end) for line, (start, end) in ends)
    return replace(system, grid=replace(system.grid, lines=lines))


@settings(max_examples=30, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), negative=st.booleans())
def test_energy_is_conserved_in_every_hour_and_at_every_bus(seed: int, negative: bool) -> None:
    """On random networks, at prices of either sign: what enters a bus leaves it over its lines; links lose what they
    send less what they give; contents of the battery follow charge and discharge."""
    system = _random_network(seed, negative_prices=negative)
    dispatch, _ = _solve(system)
    link, grid = system.grid.links[0], system.grid
    into = {bus.name: np.zeros(24) for bus in grid.buses}
    for plant in grid.plants:
        into[plant.bus] += dispatch.generation_mw[plant.name]
        if plant.name in dispatch.charge_mw.columns:
            into[plant.bus] -= dispatch.charge_mw[plant.name]
    for bus in dispatch.served_mw.columns:
        into[bus] -= dispatch.served_mw[bus]
    for bus in dispatch.dumped_mw.columns:
        into[bus] -= dispatch.dumped_mw[bus]
    for border in grid.borders:
        into[border.bus] += dispatch.import_mw[border.name] - dispatch.export_mw[border.name]
    for way, start, end in (("forward", link.from_bus, link.to_bus), ("reverse", link.to_bus, link.from_bus)):
        into[start] -= dispatch.link_sent_mw[f"{link.name}:{way}"]
        into[end] += dispatch.link_received_mw[f"{link.name}:{way}"]
    for end in (link.from_bus, link.to_bus):
        into[end] -= link.idle_loss_mw / 2
    for line in grid.lines:
        into[line.from_bus] -= dispatch.branch_mw[line.name]
        into[line.to_bus] += dispatch.branch_mw[line.name]
    assert max(float(np.abs(residual).max()) for residual in into.values()) < 1e-4
    assert np.all(dispatch.link_received_mw.values <= dispatch.link_sent_mw.values + 1e-9)
    level, once = dispatch.level_mwh["battery"], np.sqrt(0.86)
    moved = dispatch.charge_mw["battery"] * once - dispatch.generation_mw["battery"] / once
    np.testing.assert_allclose(level - np.roll(level, 1), moved, atol=1e-4)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), negative=st.booleans())
def test_certificate_holds(seed: int, negative: bool) -> None:
    """The lower bound computed from the duals never exceeds the objective and closes the gap."""
    _, optimum = _solve(make_system(seed, hours=24, negative_prices=negative))
    assert optimum.lower_bound_usd <= optimum.objective_usd + 1e-6 * abs(optimum.objective_usd)
    assert optimum.gap_frac < 1e-7
    assert optimum.balance_residual_max_mw < 1e-5


def test_any_duals_give_a_valid_bound() -> None:
    """Spoilt duals weaken the bound but never lift it above the optimum."""
    _, optimum = _solve(make_system(1, hours=24))
    rng = np.random.default_rng(0)
    for _ in range(20):
        spoilt = optimum.solution.row_dual * rng.uniform(0, 2, len(optimum.solution.row_dual))
        bound = lower_bound(optimum.program, list(optimum.solution.limit_rows), spoilt)
        assert bound <= optimum.objective_usd + 1e-6 * abs(optimum.objective_usd)


def test_no_limit_is_broken() -> None:
    """Lines and interfaces stay inside their limits, and at least one binds in these tight systems."""
    binding = 0
    for seed in range(5):
        system = make_system(seed, hours=48)
        dispatch, _ = _solve(system)
        for line in system.grid.lines:
            flow = np.abs(dispatch.branch_mw[line.name])
            assert flow.max() <= line.flow_max_mw + 1e-4
            binding += int(np.sum(flow > line.flow_max_mw - 1e-3))
        cut = system.grid.interfaces[0]
        assert dispatch.interface_mw["cut"].max() <= cut.forward_max_mw + 1e-4
        assert dispatch.interface_mw["cut"].min() >= -cut.reverse_max_mw - 1e-4
    assert binding > 0


def test_price_is_the_cost_of_one_more_megawatt() -> None:
    """The nodal price equals the rise of the optimum when demand at that bus rises a little in one hour."""
    system = make_system(2, hours=24)
    problem = make_problem(system.grid, system.profiles, system.economy)
    optimum = year.optimise(problem)
    dispatch = make_dispatch(system.grid, system.profiles, system.economy, problem, optimum)
    for hour, bus in ((7, "W1 500"), (19, "E1 500")):
        at = problem.network.buses.index(bus)
        problem.demand[hour, at] += 0.01
        more = year.optimise(problem).objective_usd
        problem.demand[hour, at] -= 0.01
        assert (more - optimum.objective_usd) / 0.01 == pytest.approx(dispatch.price_usd_per_mwh[bus][hour], abs=0.05)
