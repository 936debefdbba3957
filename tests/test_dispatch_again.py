"""A second solve goes on from the first: the same optimum as from nothing, in a fraction of the simplex's steps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from greengrid.dispatch import year
from greengrid.dispatch.assemble import make_problem
from greengrid.dispatch.families import LimitRow
from greengrid.dispatch.problem import Problem
from greengrid.dispatch.warm import WarmStart
from tests.small_system import make_system


def _problem(capacity_mw: float, days: int = 7) -> Problem:
    system = make_system(5, hours=24 * days)
    links = tuple(replace(link, capacity_mw=capacity_mw) for link in system.grid.links)
    return make_problem(replace(system.grid, links=links), system.profiles, system.economy)


@pytest.mark.parametrize("capacity_mw", [300.0, 500.0])
def test_another_cable_takes_at_most_half_the_steps(capacity_mw: float) -> None:
    """A week with a smaller and a larger link: cost and proof as from nothing, half the simplex steps or less."""
    first = year.optimise(_problem(400.0))
    cold = year.optimise(_problem(capacity_mw))
    again = year.solve_again(_problem(capacity_mw), first)
    assert again.objective_usd == pytest.approx(cold.objective_usd, rel=1e-9)
    assert again.gap_frac < 1e-8
    assert again.solution.iterations <= 0.5 * cold.solution.iterations
    assert "like one" in again.method


def test_other_prices_go_on_from_the_first_too() -> None:
    """With every cost doubled the same dispatch costs twice as much, and no step of the simplex is needed."""
    problem = _problem(400.0)
    first = year.optimise(problem)
    again = year.solve_again(replace(problem, cost=2 * problem.cost), first)
    assert again.objective_usd == pytest.approx(2 * first.objective_usd, rel=1e-9)
    assert again.solution.iterations == 0


def test_a_problem_with_other_columns_is_solved_from_the_start() -> None:
    """Without the link there are fewer columns: no basis fits, and the answer is that of a first solve."""
    first = year.optimise(_problem(400.0))
    system = make_system(5, hours=24 * 7)
    without = make_problem(replace(system.grid, links=()), system.profiles, system.economy)
    again = year.solve_again(without, first)
    assert again.objective_usd == pytest.approx(year.optimise(without).objective_usd, rel=1e-9)
    assert again.method == "one linear program"


@pytest.mark.slow
def test_a_second_solve_after_blocks_is_certified_too() -> None:
    """Five weeks solved by blocks, then again with another link: columns set aside are counted in, the gap closes."""
    first = year.optimise(_problem(400.0, days=35))
    cold = year.optimise(_problem(350.0, days=35))
    again = year.solve_again(_problem(350.0, days=35), first)
    assert again.objective_usd == pytest.approx(cold.objective_usd, rel=1e-8)
    assert again.gap_frac < 1e-7


@pytest.mark.parametrize("growth", [1.2, 1.5])
def test_a_shortage_brings_back_columns_that_were_set_aside(monkeypatch: pytest.MonkeyPatch, growth: float) -> None:
    """Five weeks in which nobody sheds, again with more demand: shedding comes back, without a solve from nothing."""
    system = make_system(5, hours=24 * 35)
    scarce = replace(system.profiles.demand_mw, values=system.profiles.demand_mw.values * growth)
    problem = make_problem(system.grid, replace(system.profiles, demand_mw=scarce), system.economy)
    plenty = replace(system.profiles.demand_mw, values=system.profiles.demand_mw.values * 0.6)
    first = year.optimise(make_problem(system.grid, replace(system.profiles, demand_mw=plenty), system.economy))
    shed = problem.columns.of("shed")
    assert not first.kept[shed].any()
    cold = year.optimise(problem)
    monkeypatch.setattr(year, "optimise", None)
    again = year.solve_again(problem, first)
    assert again.kept.all()
    assert again.objective_usd == pytest.approx(cold.objective_usd, rel=1e-8)
    assert again.gap_frac < 1e-7
    assert again.program.output(again.solution.values)[:, shed].sum() > 1


def test_a_start_survives_being_written() -> None:
    """Limit rows, with the choices of cutting planes, statuses and shape come back from bytes as they were."""
    start = year.optimise(_problem(400.0)).start()
    again = WarmStart.from_bytes(start.to_bytes())
    assert (again.shape, again.rows, again.cost_usd) == (start.shape, start.rows, start.cost_usd)
    assert all(np.array_equal(own, other) for own, other in zip(again.basis, start.basis, strict=True))
    assert np.array_equal(again.kept, start.kept)
    marked = replace(start, rows=(LimitRow(3, 7, b"\x05\x80"), LimitRow(4, 8), LimitRow(5, 9, b"\xff")))
    assert WarmStart.from_bytes(marked.to_bytes()).rows == marked.rows
