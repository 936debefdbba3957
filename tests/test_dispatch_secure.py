"""The N-1 secure dispatch: nothing broken is left, and it costs what a program with every outage row costs."""

from __future__ import annotations

import numpy as np
import pytest

from greengrid.dispatch.assemble import make_problem
from greengrid.dispatch.secure import OutagePair, Secured, flows_of, secure, with_outages
from greengrid.dispatch.year import optimise
from greengrid.security.outages_parameters import read_parameters
from greengrid.security.screening_limits import make_limits
from greengrid.security.secure_transfer_rows import SLACK_MW, outage_finder
from greengrid.security.sensitivities import make_sensitivities
from networks.grid import Grid
from tests.random_grid import solved_flows
from tests.small_system import System, make_system


def _secured(system: System) -> Secured:
    problem = make_problem(system.grid, system.profiles, system.economy)
    return secure(problem, optimise(problem), outage_finder(system.grid), lambda what, done, total: None)


def _every_pair(grid: Grid) -> tuple[OutagePair, ...]:
    """All outages on all branches and cuts, whether broken or not."""
    sensitivities = make_sensitivities(grid)
    limits = make_limits(grid, sensitivities, read_parameters())
    pairs = []
    for k, outage in enumerate(sensitivities.outages):
        for row, limit in enumerate(sensitivities.monitored):
            answer = float(sensitivities.answer[k, row])
            share = float(sensitivities.left_frac[k]) if limit == outage else 1.0
            if answer != 0.0 and share > 0:
                upper = float(limits.emergency_forward_mw[row]) * share - SLACK_MW
                lower = -float(limits.emergency_reverse_mw[row]) * share + SLACK_MW
                pairs.append(OutagePair(outage, limit, answer, upper, lower))
    return tuple(pairs)


@pytest.mark.parametrize("seed", [1, 2, 5])
def test_rows_added_where_broken_cost_what_all_rows_cost(seed: int) -> None:
    """The optimum with the pairs found in rounds equals that of the program with every pair from the start."""
    system = make_system(seed)
    found = _secured(system)
    problem = make_problem(system.grid, system.profiles, system.economy)
    every = optimise(with_outages(problem, _every_pair(system.grid)))
    assert found.pairs
    assert found.cost_usd > 0
    assert found.optimum.objective_usd == pytest.approx(every.objective_usd, rel=1e-9)


def test_what_is_too_dear_is_left_to_automatics() -> None:
    """With a price of nothing every pair is left and security costs nothing; a price in between lies in between."""
    system = make_system(2)
    problem = make_problem(system.grid, system.profiles, system.economy)
    plain, finder = optimise(problem), outage_finder(system.grid)
    found = [
        secure(problem, plain, finder, lambda what, done, total: None, relief_max=price)
        for price in (0.0, 60.0, float("inf"))
    ]
    assert (found[0].pairs, found[0].cost_usd) == ((), pytest.approx(0.0, abs=1e-3))
    assert found[0].left
    assert not found[2].left
    costs = [one.cost_usd for one in found]
    assert costs == sorted(costs)


def test_no_outage_solved_again_breaks_a_limit() -> None:
    """In every hour, with any line out and the flows solved by nodal equations, all limits after an outage hold."""
    system = make_system(2)
    found = _secured(system)
    grid = system.grid
    assert all(line.circuits == 1 for line in grid.lines)
    lines = len(grid.lines)
    flow = flows_of(found.optimum)[:, :lines]
    sensitivities = make_sensitivities(grid)
    limits = make_limits(grid, sensitivities, read_parameters())
    most = dict(zip(sensitivities.monitored, limits.emergency_forward_mw, strict=True))
    position = {bus.name: k for k, bus in enumerate(grid.buses)}
    broken_before = 0
    for members in grid.areas:
        own = [k for k, line in enumerate(grid.lines) if line.from_bus in members]
        buses = [position[name] for name in members]
        part = _part(grid, members, own)
        incidence = np.zeros((len(own), len(buses)))
        for row, k in enumerate(own):
            incidence[row, members.index(grid.lines[k].from_bus)] = 1.0
            incidence[row, members.index(grid.lines[k].to_bus)] = -1.0
        for hour in range(24):
            injection = incidence.T @ flow[hour, own]
            for row in range(len(own)):
                after = solved_flows(part, injection, without=row)
                assert after is not None
                over = np.abs(after) - np.array([most[line.name] for line in part.lines])
                assert np.delete(over, row).max() < 0.01
                broken_before += 1
    assert broken_before > 100


def _part(grid: Grid, members: tuple[str, ...], own: list[int]) -> Grid:
    from dataclasses import replace

    chosen = set(members)
    return replace(
        grid,
        buses=tuple(bus for bus in grid.buses if bus.name in chosen),
        lines=tuple(grid.lines[k] for k in own),
    )
