"""Shadow prices, curtailment by reason and the worth of a link's rating, against laws and finite differences."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from greengrid.dispatch.assemble import make_problem
from greengrid.dispatch.duals import reduced_costs_usd_per_mw, shadow_prices_usd_per_mwh
from greengrid.dispatch.extract import make_dispatch
from greengrid.dispatch.outcome import (
    BINDING_MW,
    REASONS,
    curtailment_mwh,
    limit_uses,
    rating_worth_usd_per_mw,
    shadow_prices,
)
from greengrid.dispatch.problem import Problem
from greengrid.dispatch.result import Dispatch
from greengrid.dispatch.secure_pairs import OutagePair, with_outages
from greengrid.dispatch.year import Optimum, optimise
from tests.small_system import System, make_system


def _solved(system: System) -> tuple[Problem, Optimum, Dispatch]:
    problem = make_problem(system.grid, system.profiles, system.economy)
    optimum = optimise(problem)
    return problem, optimum, make_dispatch(system.grid, system.profiles, system.economy, problem, optimum)


@pytest.mark.parametrize("seed", range(5))
def test_rents_of_the_limits_are_what_buses_pay_less_what_they_earn(seed: int) -> None:
    """Over an area, price x net withdrawal summed over buses = rent of its lines and interfaces, in every hour."""
    system = make_system(seed, 48)
    problem, optimum, dispatch = _solved(system)
    shadow = shadow_prices_usd_per_mwh(problem, optimum)
    program = optimum.program
    output = program.output(optimum.solution.values)
    injection = np.asarray((problem.columns.injection @ output.T).T) - problem.demand
    paid = -(dispatch.price_usd_per_mwh.values * injection).sum(axis=1)
    flow = np.hstack([dispatch.branch_mw.values, dispatch.interface_mw.values])
    assert np.allclose(paid, (shadow * flow).sum(axis=1), atol=1e-4)
    uses = limit_uses(system.grid, problem, dispatch, shadow)
    assert sum(use.rent_usd_real for use in uses) == pytest.approx(paid.sum(), rel=1e-6, abs=1e-3)
    assert all(use.rent_usd_real >= -1e-6 for use in uses)


def test_a_limit_with_a_price_binds() -> None:
    """Wherever one more MW would save something, the flow is at the limit; and such hours exist."""
    problem, optimum, dispatch = _solved(make_system(3, 48))
    shadow = shadow_prices_usd_per_mwh(problem, optimum)
    flow = np.hstack([dispatch.branch_mw.values, dispatch.interface_mw.values])
    assert (shadow != 0).any()
    assert np.allclose(flow[shadow > 1e-6], np.broadcast_to(problem.network.flow_max_mw, flow.shape)[shadow > 1e-6])
    assert np.allclose(flow[shadow < -1e-6], np.broadcast_to(problem.network.flow_min_mw, flow.shape)[shadow < -1e-6])
    named = shadow_prices(problem.network, shadow)
    assert set(named.columns) == {problem.network.limits[k] for k in np.flatnonzero(np.any(shadow != 0, axis=0))}


def test_a_limit_with_room_kept_binds_where_it_is_held() -> None:
    """With 5 MW kept free on every limit, each one that earns a rent counts the hours at the limit less 5 MW."""
    system = make_system(3, 48)
    plain = make_problem(system.grid, system.profiles, system.economy)
    problem = replace(plain, headroom_mw=np.full((2, plain.steps, len(plain.network.limits)), 5.0))
    optimum = optimise(problem)
    dispatch = make_dispatch(system.grid, system.profiles, system.economy, problem, optimum)
    uses = limit_uses(system.grid, problem, dispatch, shadow_prices_usd_per_mwh(problem, optimum))
    earning = [use for use in uses if use.rent_usd_real > 1.0]
    assert earning
    assert all(use.hours_binding_forward + use.hours_binding_reverse > 0 for use in earning)
    assert all(use.flow_absolute_max_mw <= use.forward_max_mw - 5.0 + BINDING_MW for use in earning)


def test_an_outage_pair_is_no_interface() -> None:
    """A cut that security added says so; branches and interfaces of the grid keep their kinds."""
    system = make_system(3, 48)
    plain = make_problem(system.grid, system.profiles, system.economy)
    first, second = plain.network.branches[:2]
    pair = OutagePair(first, second, 0.3, 1e4, -1e4)
    problem = with_outages(plain, (pair,))
    optimum = optimise(problem)
    dispatch = make_dispatch(system.grid, system.profiles, system.economy, problem, optimum)
    uses = limit_uses(system.grid, problem, dispatch, shadow_prices_usd_per_mwh(problem, optimum))
    kinds = {use.name: use.kind for use in uses}
    assert kinds[pair.name] == "outage pair"
    assert all(kinds[name] == "branch" for name in plain.network.branches)
    assert all(kinds[name] == "interface" for name in plain.network.interfaces)


@pytest.mark.parametrize("seed", range(6))
def test_reasons_add_up_to_the_curtailment(seed: int) -> None:
    """Every curtailed MWh has one reason."""
    system = make_system(seed, 48)
    problem, _, dispatch = _solved(system)
    found = curtailment_mwh(system.grid, system.economy, problem, dispatch)
    for plant, reasons in found.items():
        assert set(reasons) == set(REASONS)
        assert min(reasons.values()) >= 0
        assert sum(reasons.values()) == pytest.approx(float(dispatch.curtailed_mw[plant].sum()), abs=1e-6)


def test_curtailment_behind_a_line_is_the_networks() -> None:
    """With every line of the west at 5 MW the wind is cut while coal burns: the reason is the network."""
    system = make_system(2, 24)
    lines = tuple(replace(line, flow_max_mw=5.0) for line in system.grid.lines)
    tight = replace(system, grid=replace(system.grid, lines=lines, interfaces=(), links=()))
    problem, _, dispatch = _solved(tight)
    found = curtailment_mwh(tight.grid, tight.economy, problem, dispatch)
    wind = found["wind a"]
    assert wind["network"] > 0
    assert wind["network"] == pytest.approx(sum(wind.values()))


def test_curtailment_with_wide_lines_and_little_demand_is_of_energy() -> None:
    """Without line limits, links and demand nobody wants the wind: must-run and surplus remain as reasons."""
    system = make_system(2, 24)
    lines = tuple(replace(line, flow_max_mw=1e5) for line in system.grid.lines)
    grid = replace(system.grid, lines=lines, interfaces=(), links=())
    demand = replace(system.profiles.demand_mw, values=system.profiles.demand_mw.values * 0.02)
    quiet = System(grid, replace(system.profiles, demand_mw=demand), system.economy)
    problem, _, dispatch = _solved(quiet)
    wind = curtailment_mwh(quiet.grid, quiet.economy, problem, dispatch)["wind a"]
    assert wind["network"] == wind["link"] == 0
    assert wind["energy"] + wind["must_run"] > 0


@pytest.mark.parametrize("seed", range(4))
def test_worth_of_a_links_rating_is_the_finite_difference(seed: int) -> None:
    """Summed over the hours it is what 0.01 MW more saves, loss coefficients held fixed, between both sides."""
    system = make_system(seed, 24)
    problem, optimum, _ = _solved(system)
    worth = rating_worth_usd_per_mw(problem, reduced_costs_usd_per_mw(problem, optimum), "caspian").sum()
    link = problem.columns.of("link")
    capacity = problem.upper[0, link][problem.columns.direction[link] > 0].sum()

    def cost(extra_mw: float) -> float:
        upper = problem.upper.copy()
        upper[:, link] *= 1 + extra_mw / capacity
        return optimise(replace(problem, upper=upper)).objective_usd

    more, less = optimum.objective_usd - cost(0.01), cost(-0.01) - optimum.objective_usd
    assert more / 0.01 - 0.02 <= worth <= less / 0.01 + 0.02
