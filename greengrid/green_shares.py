"""How much of the exports to the European Union contracted plants matched, where no rule asked them to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from greengrid.dispatch.green import ACCOUNT, HOURLY, period_ends
from greengrid.dispatch.options import GREEN_RULES
from greengrid.dispatch.problem import HOURS_PER_DAY, Problem
from greengrid.errors import CalculationFailed
from greengrid.hourly import Array, Clock


def without_rule(problem: Problem) -> Problem:
    """The problem of the hourly rule without its rows: the dispatch is free, the accounts can still be read off it."""
    return replace(problem, families=tuple(family for family in problem.families if family.name != HOURLY))


def matched_mwh(problem: Problem, output: Array, clock: Clock) -> dict[str, float]:
    """Exports that the accounts of the hourly rule cover by period, MWh by rule.

    `problem` is that of the hourly rule, `output`, shape (steps, columns), a dispatch of the same columns. Flows and
    plants stay as they are; only what of the links' flow is called green is chosen, so that least is left uncovered.
    """
    pattern = next(family for family in problem.families if family.name == HOURLY)
    names, matrix = pattern.limits, pattern.terms[0][1]
    green = problem.columns.of("green")
    kept = np.ones(problem.columns.count)
    kept[green] = 0.0
    balance = np.asarray(matrix @ (output * kept).T).T
    accounts = np.array([name.startswith(ACCOUNT) for name in names])
    drawn = matrix[accounts][:, problem.columns.of("link")].sum(axis=0)
    exported = -float((output[:, problem.columns.of("link")] @ np.asarray(drawn).ravel()).sum())
    found = {}
    for rule in GREEN_RULES[1:]:
        part = _parts(rule, clock)
        sums: Array = np.column_stack([np.bincount(part, series) for series in balance.T]).astype(np.float64)
        found[rule] = exported - _uncovered_mwh(matrix[:, green], accounts, sums)
    return found


def _parts(rule: str, clock: Clock) -> NDArray[np.int64]:
    """Number of the period of every hour."""
    hour = np.arange(clock.hours)
    if rule == "hourly":
        return hour
    return np.searchsorted(period_ends(clock, rule), hour // HOURS_PER_DAY).astype(np.int64)


def _uncovered_mwh(carriage: sparse.csr_matrix, accounts: NDArray[np.bool_], balance: Array) -> float:
    """Least sum of what accounts lack: balance + carriage x carried + lacking >= 0 in every period, one program."""
    from scipy.optimize import linprog

    lacking = sparse.identity(len(accounts), format="csr")[:, accounts]
    rows = sparse.kron(sparse.identity(len(balance)), sparse.hstack([carriage, lacking]), format="csr")
    cost = np.tile(np.repeat([0.0, 1.0], [carriage.shape[1], lacking.shape[1]]), len(balance))
    bounds = [(None, None)] * carriage.shape[1] + [(0.0, None)] * lacking.shape[1]
    found = linprog(cost, A_ub=-rows, b_ub=balance.ravel(), bounds=bounds * len(balance), method="highs")
    if found.status != 0:
        raise CalculationFailed(f"the accounts of green power have no solution: {found.message}")
    return float(found.fun)
