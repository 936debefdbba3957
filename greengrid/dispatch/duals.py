"""What the optimum's duals say of limits and columns, hour by hour."""

from __future__ import annotations

import numpy as np

from greengrid.dispatch.problem import Problem
from greengrid.dispatch.year import Optimum
from greengrid.hourly import Array


def shadow_prices_usd_per_mwh(problem: Problem, optimum: Optimum) -> Array:
    """What one more MW of each network limit would save, shape (steps, limits).

    Positive at the forward limit, negative at the reverse limit, zero where the limit does not bind.
    """
    own = len(optimum.program.row_lower)
    found = np.zeros((problem.steps, len(problem.network.limits)))
    for row, dual in zip(optimum.solution.limit_rows, optimum.solution.row_dual[own:], strict=True):
        if row.limit < found.shape[1]:
            found[row.step, row.limit] -= dual
    return found / problem.hours_per_step


def reduced_costs_usd_per_mw(problem: Problem, optimum: Optimum) -> Array:
    """Cost of one more MW of each column less what the rows pay for it, shape (steps, columns).

    d = c - A'y (Bertsimas and Tsitsiklis 1997, Introduction to Linear Optimization, section 3.1): negative where the
    column's upper bound holds it back.
    """
    program, solution = optimum.program, optimum.solution
    own = len(program.row_lower)
    extra, _, _ = program.limit_matrix(list(solution.limit_rows))
    reduced = program.cost - program.matrix.T @ solution.row_dual[:own] - extra.T @ solution.row_dual[own:]
    return np.asarray(reduced[: program.levels_at].reshape(problem.steps, problem.columns.count))
