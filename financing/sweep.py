"""Cash sweep: what a year leaves beyond all service repays loans early.

Every prepayment lowers the service of the years after it, and with it tax, reserve and what is left to sweep: the
operating years are run again with what the last run swept until nothing moves. A sweep acts forward in time only, so
that this ends after a few runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from financing.instruments import Prepaid, Tranche
from financing.result import Operation
from financing.structure import Sweep
from financing.timeline import FloatArray, Timeline
from financing.waterfall import SMALLEST_USD


def swept_tranches(sweep: Sweep, tranches: Sequence[Tranche]) -> list[Tranche]:
    """The loans that a sweep repays, in the order in which it does: by rank, then as named."""
    known = {tranche.source.name: tranche for tranche in tranches}
    return sorted((known[name] for name in sweep.tranches), key=lambda tranche: tranche.source.seniority)


def sweep_caps(sweep: Sweep, tranches: Sequence[Tranche], operation: Operation, timeline: Timeline) -> FloatArray:
    """The most that may be swept at the end of each operating period, USD: nothing but at the end of a year, there what
    the loans still owe and, with a cover to be kept, the share of cash beyond it."""
    per_year, start = timeline.payments_per_year, timeline.construction_periods
    owed = np.zeros(timeline.operation_periods)
    for tranche in swept_tranches(sweep, tranches):
        owed += (tranche.closing + tranche.prepayment)[start:]
    caps = np.zeros(timeline.operation_periods)
    caps[per_year - 1 :: per_year] = owed[per_year - 1 :: per_year]
    if sweep.above_dscr_ratio is not None:
        beyond = np.maximum(0.0, operation.cfads - sweep.above_dscr_ratio * operation.service)
        caps = np.minimum(caps, np.repeat(sweep.share_frac * beyond, per_year))
    return caps


def kept_within_years(sweep: Sweep, tranches: Sequence[Tranche], timeline: Timeline) -> FloatArray:
    """Operating periods in which owners wait for the sweep at the year's end, as booleans."""
    per_year, start = timeline.payments_per_year, timeline.construction_periods
    owed = np.zeros(timeline.operation_periods)
    for tranche in swept_tranches(sweep, tranches):
        owed += tranche.opening[start:]
    waiting = np.repeat(owed[::per_year] > SMALLEST_USD, per_year)
    waiting[per_year - 1 :: per_year] = False
    return np.asarray(waiting)


def prepayments(
    sweep: Sweep, scheduled: Sequence[Tranche], currencies: Mapping[str, FloatArray], total_usd: FloatArray
) -> dict[str, Prepaid]:
    """What each loan is prepaid and keeps, from the sum swept at the end of each operating period.

    `scheduled` are the loans without any sweep. Inverse order: a balance is the scheduled one less all prepayments,
    never below zero, so the last repayments fall away; pro rata: it is the scheduled one times a factor.
    """
    loans = swept_tranches(sweep, scheduled)
    count = len(total_usd)
    paths = [currencies[loan.source.name][-count:] for loan in loans]
    balances = [loan.closing[-count:] / path for loan, path in zip(loans, paths, strict=True)]
    amounts = [np.zeros(count) for _ in loans]
    kept = [np.ones(count) for _ in loans]
    for period in np.flatnonzero(total_usd > 0.0).tolist():
        rest = float(total_usd[period])
        for number, balance in enumerate(balances):
            owed = float(balance[period] * kept[number][period])
            paid = min(owed, rest / float(paths[number][period]))
            if paid <= 0.0:
                continue
            rest -= paid * float(paths[number][period])
            amounts[number][period] = paid
            kept[number][period:] = _kept(sweep, balance, amounts[number], period, kept[number])
    return {loan.source.name: Prepaid(amounts[n], kept[n]) for n, loan in enumerate(loans)}


def _kept(sweep: Sweep, balance: FloatArray, amount: FloatArray, period: int, kept: FloatArray) -> FloatArray:
    """Share of the scheduled balance that stays from a period on."""
    if sweep.order == "pro_rata":
        return np.asarray(kept[period:] * (1.0 - amount[period] / (balance[period] * kept[period])))
    later = balance[period:]
    left = np.maximum(0.0, later - amount[: period + 1].sum())
    left[left < 1e-9 * balance[period]] = 0.0
    return np.asarray(np.divide(left, later, out=np.zeros_like(later), where=later > 0.0))
