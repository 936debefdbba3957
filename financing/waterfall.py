"""Who is paid from each period's cash, in order, and what happens when it does not suffice.

Cash after tax and the reserve's interest -> senior service -> reserve back to its target -> subordinated service ->
cash sweep -> lock-up -> dividends. A shortfall draws the reserve, then defers the subordinated service, then is a
default: unpaid senior service and unpaid operating cost are carried as amounts of their own, never as negative cash.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from financing.timeline import FloatArray, locked

SMALLEST_USD = 0.005


@dataclass(frozen=True, slots=True)
class Waterfall:
    """USD nominal per operating period. Magnitudes; `check` is what the period's cash leaves unexplained: zero."""

    reserve_interest: FloatArray
    senior_paid: FloatArray
    subordinated_paid: FloatArray
    reserve_draw: FloatArray
    reserve_top_up: FloatArray
    reserve_release: FloatArray
    reserve_closing: FloatArray
    senior_arrears: FloatArray
    subordinated_arrears: FloatArray
    unfunded_cost: FloatArray
    """Operating cost and tax that neither revenue nor reserve could pay."""
    swept: FloatArray
    """Loans prepaid out of what is left."""
    retained: FloatArray
    """Cash locked up at the end of the period."""
    dividends: FloatArray
    check: FloatArray

    @property
    def default_period(self) -> int | None:
        """First operating period in which senior service or operating cost stays unpaid, or the last if subordinated
        service is never caught up; None without default."""
        unpaid = (self.senior_arrears > SMALLEST_USD) | (self.unfunded_cost > SMALLEST_USD)
        if unpaid.any():
            return int(np.argmax(unpaid))
        return len(unpaid) - 1 if self.subordinated_arrears[-1] > SMALLEST_USD else None

    @property
    def deferred_periods(self) -> int:
        """Periods at whose end subordinated service is owed."""
        return int((self.subordinated_arrears > SMALLEST_USD).sum())


@dataclass(frozen=True, slots=True)
class Claims:
    """What the period's cash is asked for; arrays over operating periods, USD nominal."""

    cash: FloatArray
    """CFADS; may be negative."""
    senior: FloatArray
    subordinated: FloatArray
    reserve_target: FloatArray
    """At the end of each period."""
    reserve_first_usd_nominal: float
    reserve_rate_per_period: float
    """Earned per period, after tax."""
    senior_rate_per_period: float
    """On arrears, per period."""
    subordinated_rate_per_period: float
    locked_up: Sequence[bool]
    sweep_share_frac: float = 0.0
    sweep_cap: FloatArray | None = None
    """The most that may be swept in each period; None without a sweep."""


def reserve_targets(senior: FloatArray, months: float, payments_per_year: int) -> FloatArray:
    """Reserve wanted at the end of each period: months of the senior service of the twelve months that follow."""
    ahead = np.concatenate([np.cumsum(senior), np.full(payments_per_year, senior.sum())])
    return np.asarray((ahead[payments_per_year:] - ahead[:-payments_per_year]) * months / 12.0)


def run(claims: Claims) -> Waterfall:
    """Pays the claims period by period; shapes follow `claims.cash`."""
    state = _State(claims)
    cap = np.zeros(len(claims.cash)) if claims.sweep_cap is None else claims.sweep_cap
    inputs = (claims.cash, claims.senior, claims.subordinated, claims.reserve_target, cap)
    last = len(claims.cash) - 1
    rows = [
        state.period(*amounts, locked_up=claims.locked_up[number] and number < last)
        for number, amounts in enumerate(zip(*(series.tolist() for series in inputs), strict=True))
    ]
    columns = np.asarray(rows).T.copy()
    return Waterfall(*(locked(column) for column in columns))


class _State:
    """What is carried from one period to the next."""

    def __init__(self, claims: Claims) -> None:
        self.claims = claims
        self.reserve, self.retained = claims.reserve_first_usd_nominal, 0.0
        self.senior_owed = self.subordinated_owed = 0.0

    def _from_reserve(self, short: float) -> float:
        drawn = min(self.reserve, short)
        self.reserve -= drawn
        return drawn

    def period(
        self, cash: float, senior: float, subordinated: float, target: float, sweep_cap: float, *, locked_up: bool
    ) -> tuple[float, ...]:
        """One period's payments, in the order of the fields of `Waterfall`."""
        claims, retained_before = self.claims, self.retained
        interest = self.reserve * claims.reserve_rate_per_period
        available = cash + interest + retained_before
        drawn = self._from_reserve(max(0.0, -available))
        unfunded = max(0.0, -available - drawn)
        rest = max(0.0, available)

        senior_due = senior + self.senior_owed * (1.0 + claims.senior_rate_per_period)
        senior_paid = min(rest, senior_due)
        rest -= senior_paid
        rescue = self._from_reserve(senior_due - senior_paid)
        senior_paid += rescue
        self.senior_owed = senior_due - senior_paid

        top_up = min(rest, max(0.0, target - self.reserve))
        release = max(0.0, self.reserve - target)
        self.reserve += top_up - release
        rest += release - top_up

        subordinated_due = subordinated + self.subordinated_owed * (1.0 + claims.subordinated_rate_per_period)
        subordinated_paid = min(rest, subordinated_due)
        rest -= subordinated_paid
        self.subordinated_owed = subordinated_due - subordinated_paid

        swept = min(rest * claims.sweep_share_frac, sweep_cap)
        rest -= swept

        dividends = 0.0 if locked_up else rest
        self.retained = rest - dividends
        moved = drawn + rescue - top_up + release
        paid = senior_paid + subordinated_paid + swept + dividends + self.retained - retained_before
        check = cash + interest + moved + unfunded - paid
        return (
            interest,
            senior_paid,
            subordinated_paid,
            drawn + rescue,
            top_up,
            release,
            self.reserve,
            self.senior_owed,
            self.subordinated_owed,
            unfunded,
            swept,
            self.retained,
            dividends,
            check,
        )


def field_names() -> tuple[str, ...]:
    """Rows of the waterfall in order."""
    return tuple(field.name for field in fields(Waterfall))
