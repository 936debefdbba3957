"""A dispatch that cannot be says which hour, node or limit stands in its way, and the smallest change that mends it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from greengrid.dispatch.assemble import make_problem
from greengrid.dispatch.infeasible import Infeasible, smallest_relaxation
from greengrid.dispatch.problem import Problem
from greengrid.dispatch.program import Program, Span
from greengrid.dispatch.year import optimise
from greengrid.errors import BadInput
from tests.small_system import make_system


def _problem(hours: int = 24) -> Problem:
    system = make_system(1, hours=hours)
    return make_problem(system.grid, system.profiles, system.economy)


def _column(problem: Problem, kind: str, name: str) -> int:
    pairs = list(zip(problem.columns.kind, problem.columns.name, strict=True))
    return pairs.index((kind, name))


def _refused(problem: Problem) -> Infeasible:
    with pytest.raises(Infeasible) as failure:
        optimise(problem)
    return failure.value


def test_an_hour_that_cannot_be_served_is_named_with_what_it_lacks() -> None:
    """5,000 MW more at a bus whose lines carry far less: the limits named and the bus add up to the least that mends.

    West of the sea the most that any plant, the link and shedding elsewhere could send to W3 passes its two lines, so
    5,000 MW less those two limits must come from somewhere.
    """
    problem = _problem()
    bus = problem.network.buses.index("W3 500")
    problem.demand[7, bus] += 5000.0
    problem.upper[:, _column(problem, "shed", "W3 500")] = 0.0
    failure = _refused(problem)
    assert {item.step for item in failure.relaxations} == {7}
    assert "bus W3 500" in str(failure)
    assert "2035-01-01 07:00 UTC" in str(failure)
    # Independent: mending the input by what is said makes the same problem solvable, and 1 MW less does not.
    lacking = sum(item.amount for item in failure.relaxations if "bus W3 500" in item.what)
    wider = {item.what.split()[-1]: item.amount for item in failure.relaxations if "limit" in item.what}
    mended = _with_limits(problem, wider)
    mended.demand[7, bus] -= lacking + 1e-3
    optimise(mended)
    mended.demand[7, bus] += 1.0
    with pytest.raises(Infeasible, match="2035-01-01 07:00"):
        optimise(mended)


def _with_limits(problem: Problem, wider_mw: dict[str, float]) -> Problem:
    network = problem.network
    more = np.array([wider_mw.get(name, 0.0) for name in network.limits])
    wide = replace(network, flow_max_mw=network.flow_max_mw + more, flow_min_mw=network.flow_min_mw - more)
    return replace(problem, network=wide)


def test_a_bus_behind_two_small_lines_lacks_what_they_cannot_carry() -> None:
    """A bus fed by two lines of 30 MW that must take 100 MW lacks 40 MW, in that hour and no other."""
    problem = _problem()
    network = problem.network
    lines = [k for k, name in enumerate(network.branches) if name in ("L2", "L3")]
    bus = network.buses.index("W3 500")
    flow_max = network.flow_max_mw.copy()
    flow_max[:] = 1e5
    flow_max[lines] = 30.0
    problem = replace(problem, network=replace(network, flow_max_mw=flow_max, flow_min_mw=-flow_max))
    problem.upper[:, _column(problem, "shed", "W3 500")] = 0.0
    problem.upper[:, _column(problem, "river", "river")] = 0.0
    problem.demand[:, bus] = 0.0
    problem.demand[5, bus] = 100.0
    failure = _refused(problem)
    assert sum(item.amount for item in failure.relaxations) == pytest.approx(40.0, abs=0.01)
    assert {item.step for item in failure.relaxations} == {5}


def test_output_that_must_run_and_cannot_leave_is_named() -> None:
    """Coal that must run at 800 MW with no way out but the west's own demand: the rest of it must not run."""
    problem = _problem()
    network = problem.network
    wide = np.full(len(network.limits), 1e5)
    problem = replace(problem, network=replace(network, flow_max_mw=wide, flow_min_mw=-wide))
    coal = _column(problem, "unit", "coal")
    problem.upper[3, problem.columns.of("dump", "link", "charge")] = 0.0
    problem.lower[3, coal] = 800.0
    problem.demand[3] *= 0.5
    outlet_mw = sum(problem.demand[3, k] for k, name in enumerate(network.buses) if name.startswith("W"))
    failure = _refused(problem)
    assert [(item.what, item.step) for item in failure.relaxations] == [("less must run: unit coal", 3)]
    assert failure.relaxations[0].amount == pytest.approx(800.0 - outlet_mw, rel=1e-6)


def test_water_that_must_be_released_and_is_not_there_is_named_in_mwh() -> None:
    """A dam that must release 100 MW all day on 70 MW of inflow, with no store: 24 x 30 MWh are lacking."""
    problem = _problem()
    problem.lower[:, _column(problem, "release", "dam")] = 100.0
    failure = _refused(problem)
    assert sum(item.amount for item in failure.relaxations) == pytest.approx(720.0, rel=1e-6)
    assert all("dam" in item.what for item in failure.relaxations)


@pytest.mark.slow
def test_a_long_period_names_the_hour_too() -> None:
    """In 35 days, solved in blocks, the hour that cannot be served is found within its block."""
    problem = _problem(35 * 24)
    hour = 20 * 24 + 9
    problem.lower[hour, _column(problem, "unit", "coal")] = 810.0
    problem.upper[:, problem.columns.of("dump")] = 0.0
    problem.demand[hour, :] *= 0.1
    problem.upper[hour, problem.columns.of("sell", "link", "charge")] = 0.0
    failure = _refused(problem)
    assert {item.step for item in failure.relaxations} == {hour}
    assert "2035-01-21 09:00 UTC" in str(failure)


def test_a_level_that_no_inflow_reaches_is_named_with_what_lacks() -> None:
    """A dam that must end five weeks 100,000 MWh fuller than it began, where all its rain is less: the rest is said."""
    problem = _problem(35 * 24)
    inflow = problem.inflow_mwh.copy()
    inflow[0, 0] -= 100_000.0
    store = replace(problem.stores[0], level_max_mwh=200_000.0, end_mwh=150_000.0)
    failure = _refused(replace(problem, stores=(store,), inflow_mwh=inflow))
    least_release = problem.lower[:, store.columns].sum()
    lacking = 100_000.0 - problem.inflow_mwh.sum() + least_release
    water = [item for item in failure.relaxations if "dam" in item.what]
    assert water == list(failure.relaxations)
    total = sum(item.amount * (24 if item.unit == "MW" else 1) for item in water)
    assert total == pytest.approx(lacking, rel=1e-6)


def test_what_was_decided_before_is_kept_in_the_search() -> None:
    """A program that demands 100 GW more in its first hour than its problem does lacks nearly all of it then."""
    problem = _problem()
    program = Program(problem, Span(0, 1, cyclic=False, level_start_mwh=np.zeros(1)))
    program.row_lower[0] += 100_000.0
    program.row_upper[0] += 100_000.0
    program.lower[program.template : program.levels_at] = program.upper[program.template : program.levels_at] = 0.0
    found = smallest_relaxation(program, [])
    first = sum(item.amount for item in found if item.step == 0)
    assert 90_000.0 < first < 100_000.0
    later_mw = problem.demand[1:].sum()
    assert sum(item.amount for item in found if item.unit == "MW" and item.step > 0) == pytest.approx(
        later_mw, rel=1e-6
    )


def test_a_least_above_the_most_is_refused_with_the_repair() -> None:
    """A unit that must run at 900 MW where 810 MW are there: 90 MW, named with its first hour, before any solving."""
    problem = _problem()
    problem.lower[4:6, _column(problem, "unit", "coal")] = 900.0
    with pytest.raises(BadInput, match="unit coal") as failure:
        optimise(problem)
    text = str(failure.value)
    assert "2035-01-01 04:00 UTC (2 steps in all)" in text
    assert "90 less must run" in text


def test_a_figure_without_an_end_is_refused_by_name() -> None:
    """A sale without a limit would earn without end: column and hour are said; so is a demand that is not a number."""
    problem = _problem()
    problem.upper[3, _column(problem, "sell", "TR")] = np.inf
    problem.demand[2, problem.network.buses.index("E1 500")] = np.nan
    with pytest.raises(BadInput) as failure:
        optimise(problem)
    places = [found.where for found in failure.value.problems]
    assert places == [
        "dispatch, most of sell TR, 2035-01-01 03:00 UTC",
        "dispatch, demand of E1 500, 2035-01-01 02:00 UTC",
    ]


def test_a_limit_that_excludes_every_flow_is_refused_by_name() -> None:
    """A line whose least flow lies above its most by 15 MW is named with those 15 MW."""
    problem = _problem()
    network = problem.network
    least = network.flow_min_mw.copy()
    least[2] = network.flow_max_mw[2] + 15
    with pytest.raises(BadInput, match=r"limit of L2: .* 15 MW wider"):
        optimise(replace(problem, network=replace(network, flow_min_mw=least)))
