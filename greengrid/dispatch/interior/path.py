"""Predictor-corrector steps along the central path, with every limit of every hour in it from the start.

Mehrotra's predictor and corrector (1992, SIAM Journal on Optimization 2(4), 575-601) and one of Gondzio's centrality
correctors (1996, Computational Optimization and Applications 6, 137-156). All limits have slacks and duals that move,
but only those whose curvature counts beside that of the columns are rows of the normal equations (constraint reduction:
Tits, Absil and Woessner 2006, SIAM Journal on Optimization 17(1), 119-146). Of the others the diagonal of their
curvature is put on the columns, and the second and third direction of a step take back what the one before left wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from greengrid.dispatch.interior import barrier
from greengrid.dispatch.interior.barrier import Aims, Columns, Limits
from greengrid.dispatch.interior.form import Flags, Form
from greengrid.dispatch.interior.fronts import Weights, factorize, solve
from greengrid.dispatch.interior.plan import make_plan
from greengrid.dispatch.interior.products import (
    columns_of,
    from_order,
    in_order,
    rows_of,
    squares_of_columns,
    squares_of_rows,
)
from greengrid.hourly import Array

STEPS_MAX = 120
GAP_FRAC = 1e-8
RESIDUAL_MW = 1e-6
IN_PLAY = 2.0
"""A limit is in the normal equations from this many times the columns' curvature along it."""
OTHERS_SCALE = 1.5
START_FRAC = 0.5
START_LAST_RESORT_FRAC = 0.02
START_MW = 20.0
"""Products begin at the mean cost times this."""
START_DUAL_MAX = 5.0
"""No bound begins with a dual of more than this times the mean cost."""
START_LIMITS = 0.03
"""Aim of the limits as a share of the columns' at the start: until columns come near, limits hardly matter."""
LIMITS_GROWTH = 1.6
"""By which that share grows every step until it is 1."""
BACK_OFF = 0.995
STEP_GOOD = 0.95
STEP_SHORT = 1e-4
SHORT_MAX = 5
"""So many short steps one after the other lead nowhere."""


class Stuck(Exception):
    """The path did not come to its end."""


@dataclass(frozen=True)
class Point:
    """Where the path ends."""

    x: Array
    """Columns of all hours, levels, spills."""
    y: Array
    """Duals of laws and limits, shape (hours, rows in the form's order)."""
    y_account: Array
    """Shape (days, stores)."""
    cost_usd: float
    bound_usd: float
    """Worth of the duals: no dispatch costs less."""
    residual_mw: float
    steps: int

    @property
    def gap_frac(self) -> float:
        """Distance of cost and bound as a share of the cost."""
        return abs(self.cost_usd - self.bound_usd) / max(1.0, abs(self.cost_usd))


def follow(form: Form, last_resort: Flags, report: Callable[[int, float], None] = lambda step, gap: None) -> Point:
    """From the middle of the box to a gap of `GAP_FRAC`.

    `last_resort`, shape (columns,): columns that are expected to rest at their lower bound. Raises `Stuck`.
    """
    path, short = _Path(form, last_resort), 0
    for step in range(STEPS_MAX):
        point = path.measure(step)
        report(step, point.gap_frac)
        if point.gap_frac < GAP_FRAC and point.residual_mw < RESIDUAL_MW:
            return point
        with np.errstate(all="ignore"):
            # A path that breaks down ends in numbers that are none; the next lines find them.
            length = path.step()
        short = short + 1 if length < STEP_SHORT else 0
        if short == SHORT_MAX or not np.isfinite(path.columns.x.sum()):
            break
    raise Stuck


class _Path:
    """Point, direction and factors of the current step."""

    def __init__(self, form: Form, last_resort: Flags) -> None:
        self.form, self.structure, self.box, self.sides = form, form.structure, form.box, form.sides
        self.laws, self.share = self.structure.laws, START_LIMITS
        limited = np.isfinite(np.stack(form.sides))
        limited[:, :, : self.laws] = False
        self.column_products, self.limit_products = 2 * int(self.box.free.sum()), int(limited.sum())
        product = START_MW * self._mean_cost()
        self.columns = self._start_columns(last_resort, product)
        self.limits = self._start_limits(limited, START_LIMITS * product)
        self.y_account = np.zeros((self.structure.days, self.structure.stores))
        self.dy_account = np.zeros_like(self.y_account)
        column, row = partial(np.zeros_like, self.columns.x), partial(np.zeros_like, self.limits.r)
        self.column_step, self.limit_step = Columns(column(), column(), column()), Limits(row(), row(), row(), row())
        self.column_aims, self.limit_aims = Aims(column(), column()), Aims(row(), row())
        self.dual_residual, self.inverse, self.added = column(), column(), column()
        self.curvature, self.residual, self.others, self.free_duals = row(), row(), row(), row()

    def _mean_cost(self) -> float:
        return float(np.abs(self.box.cost[self.box.free]).mean())

    def _start_columns(self, last_resort: Flags, product: float) -> Columns:
        box, structure = self.box, self.structure
        share = np.full(len(box.cost), START_LAST_RESORT_FRAC)
        share[: structure.levels_at] = np.tile(
            np.where(last_resort, START_LAST_RESORT_FRAC, START_FRAC), structure.hours
        )
        share[structure.levels_at :][: structure.days * structure.stores] = START_FRAC
        room = np.where(box.free, box.upper - box.lower, 1.0)
        most = START_DUAL_MAX * self._mean_cost()
        lower = np.minimum(product / (share * room), most)
        upper = np.minimum(product / ((1 - share) * room), most)
        x = box.lower + np.where(box.free, share * room, 0.0)
        return Columns(x, np.where(box.free, lower, 0.0), np.where(box.free, upper, 0.0))

    def _start_limits(self, limited: Flags, product: float) -> Limits:
        """In the middle between two sides; with one side, where the columns are or a little inside."""
        left, (low, high) = rows_of(self.structure, self.columns.x)[0], limited
        lower, upper = np.where(low, self.sides.lower, 0.0), np.where(high, self.sides.upper, 0.0)
        one = np.where(low, np.maximum(left, lower + START_MW), np.minimum(left, upper - START_MW))
        r = np.where(low & high, (lower + upper) / 2, np.where(low | high, one, left))
        duals = [
            np.divide(product, gap, out=np.zeros_like(r), where=there)
            for gap, there in ((r - lower, low), (upper - r, high))
        ]
        return Limits(r, duals[0] - duals[1], *duals)

    def measure(self, number: int) -> Point:
        """Residuals, curvatures and worth of where the path stands."""
        left, account = rows_of(self.structure, self.columns.x)
        self.account_residual = self.form.store_side - account
        pulled = columns_of(self.structure, self.limits.y, self.y_account)
        own, cost, worth = barrier.column_state(self.box, self.columns, pulled, self.dual_residual, self.inverse)
        limits, sides, worst = barrier.row_state(
            self.laws, self.sides, self.limits, left, self.residual, self.curvature
        )
        self.count = self.column_products + self.share * self.limit_products
        self.product = (own + limits) / self.count
        bound = worth + sides + float((self.form.store_side * self.y_account).sum())
        worst = max(worst, float(np.abs(self.account_residual).max(initial=0.0)))
        return Point(self.columns.x, self.limits.y, self.y_account, cost, bound, worst, number)

    def step(self) -> float:
        """Predictor, corrector, centrality corrector and move; the longer of the two step lengths."""
        self._factorize()
        self._aim(0.0, second=0.0)
        steps = self._direction(first=True)
        after = barrier.column_products(self.box, self.columns, self.column_step, steps)
        after += barrier.limit_products(self.laws, self.sides, self.limits, self.limit_step, steps)
        aim = self.product * (after / self.count / self.product) ** 3
        self._aim(aim, second=1.0)
        steps = self._direction()
        if min(steps) < STEP_GOOD:
            kept = self.column_step, self.limit_step, self.dy_account
            self._centre(aim, (min(1.0, 1.08 * steps[0] + 0.08), min(1.0, 1.08 * steps[1] + 0.08)))
            centred = self._direction()
            if sum(centred) < sum(steps):
                self.column_step, self.limit_step, self.dy_account = kept
            else:
                steps = centred
        self._move(steps)
        self.share = min(1.0, self.share * LIMITS_GROWTH)
        return max(steps)

    def _factorize(self) -> None:
        structure = self.structure
        size = squares_of_rows(structure, self.inverse)
        picked, self.others = barrier.pick(self.laws, structure.looks_back, self.curvature, size, IN_PLAY)
        self.added = OTHERS_SCALE * squares_of_columns(structure, self.others)
        self.inverse /= 1.0 + self.inverse * self.added
        hour, level, spill = np.split(self.inverse, [structure.levels_at, structure.levels_at + self.y_account.size])
        weights = Weights(
            hour.reshape(structure.hours, structure.columns),
            level.reshape(self.y_account.shape),
            spill.reshape(self.y_account.shape),
        )
        self.plan = make_plan(structure, picked)
        self.upper = factorize(structure, self.plan, picked, weights)

    def _aim(self, aim: float, second: float) -> None:
        barrier.aim_columns(self.box, self.columns, self.column_step, second, aim, self.column_aims)
        share = self.share * aim
        barrier.aim_limits(self.laws, self.sides, self.limits, self.limit_step, second, share, self.limit_aims)

    def _centre(self, aim: float, steps: tuple[float, float]) -> None:
        barrier.centre_columns(self.box, self.columns, self.column_step, steps, aim, self.column_aims)
        share = self.share * aim
        barrier.centre_limits(self.laws, self.sides, self.limits, self.limit_step, steps, share, self.limit_aims)

    def _direction(self, *, first: bool = False) -> tuple[float, float]:
        """Newton's direction to the aims; after the first it takes back what the last one left wrong.

        Longest (primal, dual) step.
        """
        structure, laws = self.structure, self.laws
        pushed, side = np.zeros_like(self.residual), np.zeros_like(self.residual)
        last = side if first else self.limit_step.r
        barrier.push_limits(laws, self.sides, self.limits, self.limit_aims, self.others, last, self.free_duals, pushed)
        push = columns_of(structure, pushed, np.zeros_like(self.y_account))
        barrier.push_columns(self.box, self.columns, self.column_aims, self.dual_residual, push)
        if not first:
            push += self.added * self.column_step.x
        x = self.inverse * push
        left, account = rows_of(structure, x)
        barrier.limit_sides(laws, self.free_duals, self.curvature, self.residual, left, self.others, side)
        ordered = in_order(structure, self.plan, side, self.account_residual - account)
        y, y_account = np.empty_like(side), np.empty_like(account)
        from_order(structure, self.plan, solve(self.plan, self.upper, ordered), y, y_account)
        x += self.inverse * columns_of(structure, y, y_account)
        self.dy_account = y_account
        self.column_step = Columns(x, np.empty_like(x), np.empty_like(x))
        self.limit_step = Limits(rows_of(structure, x)[0], y, np.zeros_like(y), np.zeros_like(y))
        steps = barrier.step_columns(self.box, self.columns, self.column_aims, self.column_step)
        limit_steps = barrier.step_limits(
            laws, self.sides, self.limits, self.limit_aims, self.free_duals, self.curvature, self.others,
            self.residual, self.limit_step,
        )  # fmt: skip
        return min(steps[0], limit_steps[0]), min(steps[1], limit_steps[1])

    def _move(self, steps: tuple[float, float]) -> None:
        primal, dual = (length if length >= 1.0 else BACK_OFF * length for length in steps)
        self.columns.x[:] += primal * self.column_step.x
        self.limits.r[:, self.laws :] += primal * self.limit_step.r[:, self.laws :]
        for at, step in ((self.columns, self.column_step), (self.limits, self.limit_step)):
            at.lower[:] += dual * step.lower
            at.upper[:] += dual * step.upper
        self.limits.y[:] += dual * self.limit_step.y
        self.y_account += dual * self.dy_account
