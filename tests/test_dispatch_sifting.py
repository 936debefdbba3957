"""Columns left out of the solver and caps left out of the blocks come back: the optimum of the whole program."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from greengrid.dispatch import year
from greengrid.dispatch.assemble import make_problem
from greengrid.dispatch.blocks import near_start
from greengrid.dispatch.options import Options
from greengrid.dispatch.priced_caps import capped
from greengrid.dispatch.problem import Problem
from greengrid.dispatch.program import STORE_UNIT_MWH, Program, Span
from greengrid.dispatch.solver import solve
from tests.small_system import make_full_system, make_system


def _program(seed: int) -> Program:
    system = make_system(seed, hours=48)
    problem = make_problem(system.grid, system.profiles, system.economy)
    return Program(problem, Span(0, problem.days, cyclic=True))


@pytest.mark.parametrize("seed", range(4))
def test_wrong_duals_only_cost_time(seed: int) -> None:
    """Begun from the optimum at doubled costs, with duals of zero or of the wrong sign, the same cost comes out."""
    program = _program(seed)
    best = solve(program)
    dear = replace(program.problem, cost=2 * program.problem.cost[::-1])
    other = solve(Program(dear, program.span))
    rows, basis = near_start(other, len(program.row_lower))
    for dual in (np.zeros(len(basis[1])), -best.row_dual[: len(program.row_lower)]):
        whole = np.concatenate([dual, np.zeros(len(basis[1]) - len(dual))])
        again = solve(program, rows=rows, basis=basis, row_dual=whole)
        assert again.objective_usd == pytest.approx(best.objective_usd, rel=1e-9)
        assert np.abs(program.matrix @ again.values - program.row_lower).max() < 1e-5


def test_right_duals_leave_columns_out_and_end_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """From its own optimum a program needs no step, and the solver holds fewer columns than it has."""
    held = []
    program = _program(0)
    best = solve(program)
    from greengrid.dispatch import sifting

    near = sifting.near

    def spy(*args: object) -> sifting.Present:
        held.append(near(*args))  # type: ignore[arg-type]
        return held[-1]

    monkeypatch.setattr(sifting, "near", spy)
    basis = best.column_status, best.row_status
    again = solve(program, rows=list(best.limit_rows), basis=basis, row_dual=best.row_dual)
    assert again.iterations == 0
    assert again.objective_usd == pytest.approx(best.objective_usd, rel=1e-12)
    assert len(held[0].columns) < 0.8 * program.width
    assert np.array_equal(again.column_status == 1, best.column_status == 1)


def _capped(days: int, cap_tco2: float) -> Problem:
    system = make_full_system(2, hours=24 * days)
    return make_problem(system.grid, system.profiles, system.economy, Options(co2_cap_tco2=(("all", cap_tco2),)))


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.5, 0.9, 2.0])
def test_a_cap_on_the_whole_is_kept_by_way_of_priced_blocks(monkeypatch: pytest.MonkeyPatch, share: float) -> None:
    """Three weeks under a tight, a loose and an idle cap: cost and worth of the cap as in one piece."""
    free = year.optimise(_capped(21, 1e9))
    store = free.program.problem.stores[-1]
    used = float((free.program.output(free.solution.values)[:, store.columns] * store.draw).sum())
    problem = _capped(21, share * used * 8760 / (21 * 24))
    assert capped(problem).tolist()[-1]
    direct = year.optimise(problem)
    monkeypatch.setattr(year, "SINGLE_DAYS_MAX", 7)
    joined = year.optimise(problem)
    assert "joined blocks" in joined.method
    assert joined.objective_usd == pytest.approx(direct.objective_usd, rel=1e-9)
    assert joined.gap_frac < 1e-8
    worth = [-o.solution.row_dual[len(o.program.row_lower) - 1] / STORE_UNIT_MWH for o in (direct, joined)]
    assert worth[1] == pytest.approx(worth[0], abs=1e-5)
    assert (worth[0] > 1e-3) == (share < 1)


def test_rows_asked_for_again_are_the_rows_made_anew() -> None:
    """A span keeps the rows that it made last: asked for others between, or for more, it gives what a new one gives."""
    program = _program(0)
    rows = list(solve(program).limit_rows)
    assert len(rows) > 2
    for wanted in (rows, rows[:-1], rows, rows[1:], rows):
        found = program.limit_matrix(list(wanted))
        fresh = Program(program.problem, program.span).limit_matrix(list(wanted))
        assert (found[0] != fresh[0]).nnz == 0
        assert all(np.array_equal(own, other) for own, other in zip(found[1:], fresh[1:], strict=True))
