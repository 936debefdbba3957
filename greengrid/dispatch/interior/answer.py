"""Where the interior point is the way to go, and its end as a solution of the program.

Where no order breaks ties, thousands of dispatches cost exactly the same and a simplex wanders among them from
vertex to vertex; the interior point ends in their middle. Where an order does (`assemble.tie_cost`: every case), the
simplex is the faster of the two.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from greengrid.dispatch.families import LimitRow
from greengrid.dispatch.interior.form import Form, fits, make_form
from greengrid.dispatch.interior.path import Point, Stuck, follow
from greengrid.dispatch.problem import Problem
from greengrid.dispatch.program import BASIC, LOWER, UPPER, Program
from greengrid.dispatch.solver import Solution
from greengrid.dispatch.ways import broken, devices
from greengrid.hourly import Array

DAYS_MIN = 21
"""Shorter spans take the simplex seconds, and it ends in a vertex."""
TIES_MIN_FRAC = 0.5
DUAL_MIN = 1e-7
"""USD/MWh; what the path leaves of a limit that does not bind is less."""
REST_MW = 1e-5
"""Columns this near to a bound rest there."""


def suits(problem: Problem) -> bool:
    """Whether the structure fits and most columns cost the same from hour to hour, over a span that is worth it."""
    if problem.days < DAYS_MIN or not fits(problem):
        return False
    return float(np.mean(problem.cost[1:] == problem.cost[:-1])) > TIES_MIN_FRAC


def interior_solution(program: Program, report: Callable[[int, float], None]) -> Solution | None:
    """The middle of the optimal dispatches of a problem that `suits`; None where no path leads there.

    None too where a device is used both ways at once: choosing a way takes a basis.
    """
    form = make_form(program)
    last_resort = np.isin(np.array(program.problem.columns.kind), ("shed", "dump"))
    try:
        point = follow(form, last_resort, report)
    except Stuck:
        return None
    if broken(program, point.x, devices(program.problem)):
        return None
    return _solution(program, form, point)


def _solution(program: Program, form: Form, point: Point) -> Solution:
    laws, duals = form.structure.laws, np.empty_like(point.y)
    duals[:, form.order] = point.y
    step, limit = np.nonzero(np.abs(duals[:, laws:]) > DUAL_MIN)
    rows = [LimitRow(int(at), int(which)) for at, which in zip(step, limit, strict=True)]
    limit_dual = duals[step, laws + limit]
    row_dual = np.concatenate([*_law_duals(program, duals), point.y_account.ravel(), limit_dual])
    own = np.full(len(row_dual) - len(rows), LOWER, dtype=np.int8)
    return Solution(
        objective_usd=point.cost_usd,
        values=point.x,
        row_dual=row_dual,
        column_status=_resting(program, point.x),
        row_status=np.concatenate([own, np.where(limit_dual > 0, LOWER, UPPER).astype(np.int8)]),
        limit_rows=tuple(rows),
        limit_slack_frac=program.slack_frac(point.x, rows),
        rounds=1,
        iterations=point.steps,
    )


def _law_duals(program: Program, duals: Array) -> list[Array]:
    """Of balances, joint groups and batteries, each hour by hour."""
    sizes = [program.areas, len(program.problem.joint), len(program.problem.batteries)]
    ends = np.cumsum(sizes)
    return [duals[:, int(end) - size : int(end)].ravel() for size, end in zip(sizes, ends, strict=True)]


def _resting(program: Program, values: Array) -> np.ndarray:
    """Statuses near those of a basis: the middle of many optima has more columns between bounds than a basis."""
    status = np.full(len(values), BASIC, dtype=np.int8)
    status[program.upper - values < REST_MW] = UPPER
    status[values - program.lower < REST_MW] = LOWER
    return status
