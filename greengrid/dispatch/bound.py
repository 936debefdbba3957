"""Lower bounds on the cost of a program, computed from its arrays and any duals, apart from the solver."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from greengrid.dispatch.families import LimitRow
from greengrid.dispatch.program import Program
from greengrid.hourly import Array


def priced(program: Program, rows: Sequence[LimitRow], row_dual: Array) -> tuple[float, Array]:
    """(worth of the rows' sides at these duals, reduced costs of the columns); see `row_worths`."""
    worths, reduced = row_worths(program, rows, row_dual)
    return float(worths.sum()), reduced


def row_worths(program: Program, rows: Sequence[LimitRow], row_dual: Array) -> tuple[Array, Array]:
    """(worth of each row's side at these duals, reduced costs of the columns).

    Duals are those of the program's own rows, then of `rows`. One that prices a side a row does not have would make the
    bound infinite: it counts as zero.
    """
    extra, extra_lower, extra_upper = program.limit_matrix(list(rows))
    own = len(program.row_lower)
    lower = np.concatenate([program.row_lower, extra_lower])
    upper = np.concatenate([program.row_upper, extra_upper])
    dual = np.where((row_dual > 0) & ~np.isfinite(lower), 0.0, row_dual)
    dual = np.where((dual < 0) & ~np.isfinite(upper), 0.0, dual)
    side = np.where(dual > 0, np.where(np.isfinite(lower), lower, 0), np.where(np.isfinite(upper), upper, 0))
    reduced = program.cost - program.matrix.T @ dual[:own] - extra.T @ dual[own:]
    return dual * side, reduced


def lower_bound(program: Program, rows: Sequence[LimitRow], row_dual: Array) -> float:
    """A bound on the optimum that holds for any duals (weak duality; Bertsimas and Tsitsiklis 1997, theorem 4.3).

    With reduced costs d = c - A'y, no feasible x costs less than the sum of y times the row side it prices plus the sum
    over columns of the smaller of d x lower and d x upper. Rows not listed only raise the optimum.
    """
    worth, reduced = priced(program, rows, row_dual)
    return worth + float(np.minimum(reduced * program.lower, reduced * program.upper).sum())
