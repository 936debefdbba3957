"""Who is paid from each period's cash, in order, and what happens when it does not suffice.

Cash after tax and the reserve's interest -> senior service -> reserve back to its target -> subordinated service ->
cash sweep -> lock-up -> dividends. A shortfall draws the reserve, then defers the subordinated service, then is a
default: unpaid senior service and unpaid operating cost are carried as amounts of their own, never as negative cash.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
    cap = np.zeros(len(claims.cash)) if claims.sweep_cap is None else claims.sweep_cap
    inputs = (claims.cash, claims.senior, claims.subordinated, claims.reserve_target, cap)
    locked_up = [*claims.locked_up[:-1], False]
    columns = np.asarray(_rows(claims, zip(*(series.tolist() for series in inputs), locked_up, strict=True))).T.copy()
    return Waterfall(*(locked(column) for column in columns))


def _rows(claims: Claims, periods: Iterable[tuple[float, float, float, float, float, bool]]) -> list[tuple[float, ...]]:
    """Each period's payments in the order of the fields of `Waterfall`.

    One plain loop over plain floats: a sweep or a search for a charge goes through it some ten thousand times.
    """
    earned, senior_dearer = claims.reserve_rate_per_period, 1.0 + claims.senior_rate_per_period
    subordinated_dearer, share = 1.0 + claims.subordinated_rate_per_period, claims.sweep_share_frac
    reserve, retained = claims.reserve_first_usd_nominal, 0.0
    senior_owed = subordinated_owed = 0.0
    rows: list[tuple[float, ...]] = []
    for cash, senior, subordinated, target, sweep_cap, locked_up in periods:
        before, interest = retained, reserve * earned
        rest, drawn, unfunded = cash + interest + retained, 0.0, 0.0
        if rest < 0.0:
            drawn = min(reserve, -rest)
            reserve -= drawn
            rest, unfunded = 0.0, max(0.0, -rest - drawn)

        senior_due = senior + senior_owed * senior_dearer
        senior_paid = min(rest, senior_due)
        rest -= senior_paid
        rescue = min(reserve, senior_due - senior_paid)
        reserve -= rescue
        senior_paid += rescue
        senior_owed = senior_due - senior_paid

        top_up = min(rest, max(0.0, target - reserve))
        release = max(0.0, reserve - target)
        reserve += top_up - release
        rest += release - top_up

        subordinated_due = subordinated + subordinated_owed * subordinated_dearer
        subordinated_paid = min(rest, subordinated_due)
        rest -= subordinated_paid
        subordinated_owed = subordinated_due - subordinated_paid

        swept = min(rest * share, sweep_cap)
        rest -= swept
        dividends = 0.0 if locked_up else rest
        retained = rest - dividends
        moved = drawn + rescue - top_up + release
        paid = senior_paid + subordinated_paid + swept + dividends + retained - before
        rows.append(
            (
                interest,
                senior_paid,
                subordinated_paid,
                drawn + rescue,
                top_up,
                release,
                reserve,
                senior_owed,
                subordinated_owed,
                unfunded,
                swept,
                retained,
                dividends,
                cash + interest + moved + unfunded - paid,
            )
        )
    return rows


def field_names() -> tuple[str, ...]:
    """Rows of the waterfall in order."""
    return tuple(field.name for field in fields(Waterfall))
