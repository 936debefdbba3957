"""The dispatch finds the optimum that an independent formulation finds, conserves energy and proves its bound."""

from __future__ import annotations

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
    return _solve(system)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000))
def test_energy_is_conserved_in_every_hour_and_area(seed: int) -> None:
    """Generation, trade and links balance what is served in each area; links receive what they send less losses."""
    system = make_system(seed, hours=24)
    dispatch, _ = _solve(system)
    country = {bus.name: bus.country for bus in system.grid.buses}
    link = system.grid.links[0]
    for area, sign in (("KZ", 1), ("AZ", -1)):
        made = sum(dispatch.generation_mw[p.name] for p in system.grid.plants if p.country == area)
        stored = sum((dispatch.charge_mw[name] for name in dispatch.charge_mw.columns if area == "AZ"), np.zeros(24))
        served = sum(dispatch.served_mw[bus] for bus in dispatch.served_mw.columns if country[bus] == area)
        traded = (dispatch.import_mw["TR"] - dispatch.export_mw["TR"]) if area == "AZ" else 0.0
        forward, reverse = ("forward", "reverse") if sign > 0 else ("reverse", "forward")
        sent = dispatch.link_sent_mw[f"{link.name}:{forward}"]
        received = dispatch.link_received_mw[f"{link.name}:{reverse}"]
        residual = made - stored + traded + received - sent - link.idle_loss_mw / 2 - served
        # Must-run output that nobody can use is the only other way out, and only downwards.
        assert residual.min() > -1e-4
        assert residual.max() < 1e-4 or area == "KZ"
    assert np.all(dispatch.link_received_mw.values <= dispatch.link_sent_mw.values + 1e-9)


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
