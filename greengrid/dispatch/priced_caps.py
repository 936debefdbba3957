"""Caps on a year (fuel, emissions) as prices: the blocks pay for what they draw and need not share it out beforehand.

A cap couples all hours by one number. Were every block given a level to end at, each would price the cap its own way,
and the joins would have to bring all those prices together, hour by hour. Here the coarse year's price of a cap is a
cost of the columns that draw on it, and the blocks know no cap. The year's program then begins from their basis with
the cap's last row open (its slack is basic): only the price itself is left to settle.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from greengrid.dispatch.families import LimitRow
from greengrid.dispatch.problem import Problem
from greengrid.dispatch.program import BASIC, LOWER, STORE_UNIT_MWH, Program, Status
from greengrid.dispatch.solver import Solution, solve
from greengrid.hourly import Array


@dataclass(frozen=True)
class Prices:
    """Which stores of a problem are caps, and what a MWh (or tCO2) of each is taken to be worth."""

    capped: NDArray[np.bool_]
    usd_per_mwh: Array
    """Shape (stores,); zero where a store is no cap."""


def capped(problem: Problem) -> NDArray[np.bool_]:
    """Stores that begin full and are only drawn from, whenever in the year, shape (stores,)."""
    return np.array(
        [
            not store.cyclic
            and store.end_mwh is None
            and not len(store.zero_days)
            and store.level_min_mwh == 0
            and bool((store.draw >= 0).all())
            and not problem.inflow_mwh[:, number].any()
            for number, store in enumerate(problem.stores)
        ],
        dtype=bool,
    )


def prices(program: Program, solution: Solution) -> Prices:
    """What the caps are worth in a solved year, coarse or not."""
    chosen = capped(program.problem)
    own = len(program.row_lower)
    worth = -solution.row_dual[own - len(chosen) : own] / STORE_UNIT_MWH
    return Prices(chosen, np.where(chosen, np.maximum(worth, 0.0), 0.0))


def without_caps(problem: Problem, price: Prices) -> Problem:
    """The problem with the caps' prices as costs, and no caps."""
    cost = problem.cost.copy()
    for number in np.flatnonzero(price.capped):
        store = problem.stores[number]
        cost[:, store.columns] += price.usd_per_mwh[number] * store.draw
    stays = ~price.capped
    stores = tuple(store for store, there in zip(problem.stores, stays, strict=True) if there)
    return replace(problem, cost=cost, stores=stores, inflow_mwh=problem.inflow_mwh[:, stays])


def with_caps(
    program: Program, price: Prices, basis: tuple[Status, Status], row_dual: Array
) -> tuple[tuple[Status, Status], Array]:
    """Basis and duals of `program` (with caps, its costs as in `settle`) from those of its problem without caps."""
    days, stores = program.days, len(price.capped)
    columns, rows = basis
    stored = days * int((~price.capped).sum())
    cut, own = len(columns) - 2 * stored, len(program.row_lower) - days * int(price.capped.sum())
    dear = price.usd_per_mwh > 0

    def wide(values: NDArray[Any], fill: NDArray[Any]) -> NDArray[Any]:
        """Values of the other stores by the day, shape (days x others,), with the caps' between them."""
        whole = np.tile(fill, (days, 1))
        whole[:, ~price.capped] = values.reshape(days, -1)
        return whole

    levels = wide(columns[cut : cut + stored], np.full(stores, BASIC, dtype=np.int8))
    levels[-1, price.capped & dear] = LOWER
    spills = wide(columns[cut + stored :], np.full(stores, LOWER, dtype=np.int8))
    status = wide(rows[own - stored : own], np.full(stores, LOWER, dtype=np.int8))
    status[-1, price.capped & dear] = BASIC
    dual = wide(row_dual[own - stored : own], np.zeros(stores))
    whole_columns = np.concatenate([columns[:cut], levels.ravel(), spills.ravel()])
    whole_rows = np.concatenate([rows[: own - stored], status.ravel(), rows[own:]])
    whole_dual = np.concatenate([row_dual[: own - stored], dual.ravel(), row_dual[own:]])
    return (whole_columns.astype(np.int8), whole_rows.astype(np.int8)), whole_dual


def settle(
    program: Program,
    price: Prices,
    *,
    rows: list[LimitRow],
    basis: tuple[Status, Status],
    row_dual: Array,
    margin_frac: float,
    report: Callable[[int, int, float], None],
) -> Solution:
    """The optimum of `program`, begun from a start `with_caps`.

    The simplex sees every cost less what its rows are worth at the caps' prices: at every point that is less by a
    constant, for the caps' rows are equations, and an open row is then priced right.
    """
    worth = np.zeros(len(program.row_lower))
    worth[len(worth) - program.days * len(price.capped) :] = np.tile(-price.usd_per_mwh * STORE_UNIT_MWH, program.days)
    same, constant = copy.copy(program), float(worth @ program.row_lower)
    same.cost = program.cost - program.matrix.T @ worth

    def whole(number: int, added: int, bound: float) -> None:
        report(number, added, bound + constant)

    found = solve(same, rows=rows, basis=basis, row_dual=row_dual, margin_frac=margin_frac, report=whole)
    dual = found.row_dual.copy()
    dual[: len(worth)] += worth
    return replace(found, objective_usd=float(program.cost @ found.values), row_dual=dual)
