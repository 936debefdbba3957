"""A bounded fixed point x = g(x), with its iterations and residual reported."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from financing.problems import FinancingFailed
from financing.timeline import FloatArray

ITERATIONS_MAX = 200
MEMORY = 4


def fixed_point(
    step: Callable[[FloatArray], FloatArray], start: FloatArray, tolerance: float
) -> tuple[FloatArray, int, float]:
    """The last x tried, the number of steps, and the largest |g(x) - x|, which is below `tolerance`.

    Anderson's mixing over the last steps (Anderson 1965; Walker and Ni 2011, type II): exact after a few steps where g
    is affine, as for fees and reserve; where a step makes things worse its history is dropped and plain iteration goes
    on. Raises FinancingFailed after 200 steps.
    """
    x = start
    tried: list[FloatArray] = []
    moves: list[FloatArray] = []
    best = np.inf
    for iteration in range(1, ITERATIONS_MAX + 1):
        move = step(x) - x
        residual = float(np.abs(move).max())
        if residual < tolerance:
            return x, iteration, residual
        if residual > 2.0 * best:
            tried, moves = [], []
        best = min(best, residual)
        tried, moves = [*tried[-MEMORY:], x], [*moves[-MEMORY:], move]
        x = x + move - _correction(tried, moves)
    raise FinancingFailed(f"sources and uses did not close in {ITERATIONS_MAX} steps: {residual:,.2f} USD still move")


def _correction(tried: list[FloatArray], moves: list[FloatArray]) -> FloatArray:
    """What the history says the plain step does too much."""
    if len(moves) < 2:
        return np.zeros_like(moves[-1])
    change_of_move = np.diff(np.asarray(moves), axis=0).T
    change_of_x = np.diff(np.asarray(tried), axis=0).T
    weights = np.linalg.lstsq(change_of_move, moves[-1], rcond=1e-10)[0]
    return np.asarray((change_of_x + change_of_move) @ weights, dtype=np.float64)
