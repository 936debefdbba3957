"""The interior point on the time structure: its linear algebra, its optimum, and where it stands back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from greengrid.dispatch import year
from greengrid.dispatch.bound import lower_bound
from greengrid.dispatch.families import LimitRow, RowFamily
from greengrid.dispatch.infeasible import Infeasible
from greengrid.dispatch.interior import answer
from greengrid.dispatch.interior.barrier import pick
from greengrid.dispatch.interior.form import fits, make_form
from greengrid.dispatch.interior.fronts import Weights, factorize, solve
from greengrid.dispatch.interior.path import Stuck, follow
from greengrid.dispatch.interior.plan import make_plan
from greengrid.dispatch.interior.products import columns_of, from_order, in_order, rows_of
from greengrid.dispatch.problem import Problem
from greengrid.dispatch.program import Program, Span
from greengrid.dispatch.solver import solve as solve_by_simplex
from tests.benchmarks.ours import make_problem
from tests.benchmarks.synthetic import DataSet, Size, make
from tests.test_dispatch_pypsa import CASE, STORED

pytestmark = pytest.mark.slow  # compiles for half a minute

SMALL = Size(
    buses=(5, 4, 4), lines=20, ties=2, tight_lines=6, links=3, thermal=12, ramped=8, wind=4, sun=2, reservoirs=3,
    batteries=2, loads=9,
)  # fmt: skip


def drawn(seed: int, hours: int) -> Problem:
    """A small network of any seed with loss segments, every second one with a cap on emissions, ramps that close."""
    rng = np.random.default_rng(seed)
    data = make(seed, SMALL, segments=2).span(hours, 24 * int(rng.integers(0, 300)))
    if seed % 2:
        # Whatever burns: loose, so that the account is there without deciding whether there is a dispatch.
        data = replace(data, emission_cap_tco2=np.array([data.load_mw.sum() * 1.2]))
    problem = make_problem(data)
    return replace(problem, families=tuple(closed(family) for family in problem.families))


def closed(family: RowFamily) -> RowFamily:
    """The family with its first hour looking back on the last one."""
    lower, upper = family.lower.copy(), family.upper.copy()
    lower[0], upper[0] = lower[1], upper[1]
    return replace(family, lower=lower, upper=upper)


def whole(problem: Problem) -> Program:
    return Program(problem, Span(0, problem.days, cyclic=True))


def last_resort(problem: Problem) -> np.ndarray:
    return np.isin(np.array(problem.columns.kind), ("shed", "dump"))


def all_rows(program: Program) -> sparse.csr_matrix:
    """Own rows of the program, then every limit of every hour."""
    limits = [LimitRow(t, k) for t in range(program.count) for k in range(program.limits.plain)]
    return sparse.vstack([program.matrix, program.limit_matrix(limits)[0]], format="csr")


def in_form(program: Program, rows: np.ndarray, account: np.ndarray) -> np.ndarray:
    """Rows and accounts of the form, in the order of `all_rows`."""
    form = make_form(program)
    plain = np.empty_like(rows)
    plain[:, form.order] = rows
    sizes = [program.areas, len(program.problem.joint), len(program.problem.batteries)]
    cuts = np.split(plain, np.cumsum(sizes), axis=1)
    return np.concatenate([*(cut.ravel() for cut in cuts[:-1]), account.ravel(), cuts[-1].ravel()])


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 10_000), hours=st.sampled_from([24, 30, 48, 70]))
def test_rows_and_columns_are_those_of_the_program(seed: int, hours: int) -> None:
    """The form's products are the program's matrix and all its limits, forth and back."""
    program = whole(drawn(seed, hours))
    structure, rng = make_form(program).structure, np.random.default_rng(seed)
    x = rng.normal(size=program.width)
    rows, account = rows_of(structure, x)
    assert in_form(program, rows, account) == pytest.approx(all_rows(program) @ x, rel=1e-9, abs=1e-9)
    y, y_account = rng.normal(size=rows.shape), rng.normal(size=account.shape)
    expected = all_rows(program).T @ in_form(program, y, y_account)
    assert columns_of(structure, y, y_account) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 10_000), hours=st.sampled_from([24, 30, 48, 70]), share=st.floats(0.0, 0.9))
def test_the_factors_solve_the_normal_equations(seed: int, hours: int, share: float) -> None:
    """With any limits in play, also those that close the span, N x = b to rounding, N made in one piece."""
    program = whole(drawn(seed, hours))
    structure, rng = make_form(program).structure, np.random.default_rng(seed)
    curvature = np.zeros((program.count, len(structure.looks_back)))
    chosen = rng.uniform(size=curvature.shape) < share
    chosen[:, : structure.laws] = False
    curvature[chosen] = rng.uniform(0.1, 10.0, int(chosen.sum()))
    picked, _ = pick(structure.laws, structure.looks_back, curvature, np.ones_like(curvature), 0.0)
    inverse = rng.uniform(0.1, 10.0, program.width)
    hour, level, spill = np.split(inverse, [program.levels_at, program.spills_at])
    stores = program.days, len(program.problem.stores)
    weights = Weights(hour.reshape(program.count, -1), level.reshape(stores), spill.reshape(stores))
    plan = make_plan(structure, picked)
    side, side_account = rng.normal(size=curvature.shape), rng.normal(size=stores)
    found = solve(plan, factorize(structure, plan, picked, weights), in_order(structure, plan, side, side_account))
    y, y_account = np.empty_like(curvature), np.empty(stores)
    from_order(structure, plan, found, y, y_account)

    matrix = all_rows(program)
    slack = np.divide(1.0, curvature, out=np.zeros_like(curvature), where=chosen)
    there = in_form(program, chosen | (np.arange(curvature.shape[1]) < structure.laws), np.ones(stores)) > 0
    normal = matrix @ sparse.diags(inverse) @ matrix.T + sparse.diags(in_form(program, slack, np.zeros(stores)))
    expected = np.linalg.solve(normal.toarray()[np.ix_(there, there)], in_form(program, side, side_account)[there])
    assert in_form(program, y, y_account)[there] == pytest.approx(expected, rel=1e-7, abs=1e-9)


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 10_000), hours=st.sampled_from([24, 48, 70]))
def test_ends_at_the_simplex_optimum(seed: int, hours: int) -> None:
    """Cost, bound and every limit of random networks agree with the simplex."""
    problem = drawn(seed, hours)
    program = whole(problem)
    point = follow(make_form(program), last_resort(problem))
    optimum = solve_by_simplex(program, margin_frac=0.0)
    assert point.cost_usd == pytest.approx(optimum.objective_usd, rel=1e-7)
    assert point.bound_usd <= optimum.objective_usd * (1 + 1e-10)
    known = np.zeros((program.count, program.limits.total), dtype=bool)
    assert program.violated(point.x, known, 0.0) == []
    assert np.all(point.x >= program.lower)
    assert np.all(point.x <= program.upper)


def by_interior(data: DataSet, monkeypatch: pytest.MonkeyPatch) -> year.Optimum:
    monkeypatch.setattr(answer, "DAYS_MIN", 1)
    return year.optimise(make_problem(data))


def test_costs_what_pypsa_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stored two weeks with every law, by this way too; certified from the program's arrays and the duals alone."""
    optimum = by_interior(CASE, monkeypatch)
    assert optimum.method == year.INTERIOR_METHOD
    assert optimum.objective_usd == pytest.approx(STORED["objective_usd"], rel=1e-6)
    assert optimum.gap_frac < 1e-6
    assert optimum.balance_residual_max_mw < 1e-5
    duals = optimum.solution.limit_rows, optimum.solution.row_dual
    assert optimum.lower_bound_usd == lower_bound(optimum.program, *duals)


def test_the_same_problem_gives_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice the same path."""
    data = make(3, SMALL).span(72)
    first, second = (by_interior(data, monkeypatch).solution for _ in range(2))
    assert first.values.tobytes() == second.values.tobytes()
    assert first.row_dual.tobytes() == second.row_dual.tobytes()


def test_stands_back_where_power_is_burnt(monkeypatch: pytest.MonkeyPatch) -> None:
    """At negative prices the middle uses devices both ways: the simplex and its repair take over."""
    problem = make_problem(make(3, SMALL).span(72))
    windy = problem.columns.of("renewable")
    cost, upper = problem.cost.copy(), problem.upper.copy()
    cost[:, windy], upper[:, windy] = -80.0, 6.0 * upper[:, windy]
    monkeypatch.setattr(answer, "DAYS_MIN", 1)
    optimum = year.optimise(replace(problem, cost=cost, upper=upper))
    assert optimum.repairs
    assert optimum.method.startswith("one linear program")
    assert optimum.gap_frac < 1e-4


def test_what_has_no_dispatch_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    """A path that leads nowhere leaves the finding to the simplex."""
    problem = make_problem(make(3, SMALL).span(48))
    upper = problem.upper.copy()
    upper[:, problem.columns.of("shed")] = 0.0
    upper[30] *= 0.2
    short = replace(problem, upper=np.maximum(upper, problem.lower))
    monkeypatch.setattr(answer, "DAYS_MIN", 1)
    with pytest.raises(Stuck):
        follow(make_form(whole(short)), last_resort(short))
    with pytest.raises(Infeasible):
        year.optimise(short)


def test_suits_ties_over_weeks_alone() -> None:
    """An order that breaks ties, a short span: the simplex. Hours that look back two hours do not fit."""
    month = make_problem(make(3, SMALL).span(24 * 22))
    assert answer.suits(month)
    assert not answer.suits(make_problem(make(3, SMALL).span(24 * 14)))
    ordered = month.cost + np.arange(month.steps)[:, None] * 1e-6
    assert not answer.suits(replace(month, cost=ordered))
    family = month.families[0]
    farther = replace(family, terms=tuple((2 * lag, pattern) for lag, pattern in family.terms))
    assert fits(month)
    assert not answer.suits(replace(month, families=(farther,)))
