"""The cash sweep of many draws at once: what `sweep` does for one. Arrays (operating periods, draws), USD nominal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from financing.batch_funding import Schedule, Terms
from financing.instruments import Prepaid
from financing.structure import Sweep
from financing.timeline import FloatArray, Timeline
from financing.waterfall import SMALLEST_USD


@dataclass(frozen=True, slots=True)
class Swept:
    """What the waterfall needs to know."""

    share_frac: float
    caps: FloatArray
    """The most that may be swept at the end of each period."""
    waiting: NDArray[np.bool_]
    """Periods in which owners wait for the sweep at the year's end, as booleans."""


def in_order(sweep: Sweep, terms: Sequence[Terms]) -> list[int]:
    """Positions of the loans that a sweep repays: by rank, then as named."""
    position = {each.source.name: number for number, each in enumerate(terms)}
    return sorted((position[name] for name in sweep.tranches), key=lambda number: terms[number].source.seniority)


def nothing_prepaid(sweep: Sweep, terms: Sequence[Terms], timeline: Timeline, draws: int) -> dict[int, Prepaid]:
    """Before the first run; that a loan is named makes its balances be kept."""
    shape = (timeline.operation_periods, draws)
    return {number: Prepaid(np.zeros(shape), np.ones(shape)) for number in in_order(sweep, terms)}


def sweep_of(
    sweep: Sweep, terms: Sequence[Terms], loans: Mapping[int, Schedule], yearly: tuple[FloatArray, FloatArray]
) -> Swept:
    """Caps and waiting periods, as `sweep.sweep_caps` and `sweep.kept_within_years`; `yearly` are cash and service."""
    cash, service = yearly
    swept = [loans[number] for number in in_order(sweep, terms)]
    owed, opening = np.zeros_like(swept[0].owed_usd), np.zeros_like(swept[0].owed_usd)
    for loan in swept:
        owed, opening = owed + loan.owed_usd, opening + loan.opening_usd
    per_year = len(owed) // len(cash)
    caps, waiting = np.zeros_like(owed), np.repeat(opening[::per_year] > SMALLEST_USD, per_year, axis=0)
    ends = slice(per_year - 1, None, per_year)
    waiting[ends] = False
    caps[ends] = owed[ends]
    if sweep.above_dscr_ratio is not None:
        beyond = np.maximum(0.0, cash - sweep.above_dscr_ratio * service)
        caps[ends] = np.minimum(caps[ends], sweep.share_frac * beyond)
    return Swept(sweep.share_frac, caps, waiting)


def prepaid_by(
    sweep: Sweep, terms: Sequence[Terms], scheduled: Mapping[int, Schedule], total_usd: FloatArray
) -> dict[int, Prepaid]:
    """What each loan is prepaid and keeps, as `sweep.prepayments`; `scheduled` are the loans without any sweep."""
    order = in_order(sweep, terms)
    count = len(total_usd)
    prices = {number: terms[number].currency[-count:] for number in order}
    balances = {number: scheduled[number].owed_usd / prices[number] for number in order}
    amounts = {number: np.zeros_like(total_usd) for number in order}
    kept = {number: np.ones_like(total_usd) for number in order}
    for period in np.flatnonzero((total_usd > 0.0).any(axis=1)).tolist():
        rest = total_usd[period]
        for number in order:
            balance = balances[number]
            paid = np.minimum(balance[period] * kept[number][period], rest / prices[number][period])
            rest = rest - paid * prices[number][period]
            amounts[number][period] = paid
            kept[number][period:] = _kept(sweep, balance[period:], amounts[number], period, kept[number])
    return {number: Prepaid(amounts[number], kept[number]) for number in order}


def _kept(sweep: Sweep, later: FloatArray, amounts: FloatArray, period: int, kept: FloatArray) -> FloatArray:
    """Share of the scheduled balance that stays from a period on; no change where nothing is paid then."""
    paid, before = amounts[period], kept[period:]
    if sweep.order == "pro_rata":
        owed = later[0] * before[0]
        left_frac = 1.0 - np.divide(paid, owed, out=np.zeros_like(paid), where=owed > 0.0)
        return np.asarray(before * left_frac)
    left = np.maximum(0.0, later - amounts[: period + 1].sum(axis=0))
    left[left < 1e-9 * later[0]] = 0.0
    share = np.divide(left, later, out=np.zeros_like(later), where=later > 0.0)
    return np.asarray(np.where(paid > 0.0, share, before))
