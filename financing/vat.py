"""Value added tax on the investment: paid with it, refunded some months later, and who pays for the months between.

Refundable tax is no cost, but its advance must be financed. The advance is part of the project's cash flow before
financing, the same for every mix; by choice the mix pays for it like for everything else, or a facility that the
refunds repay. A delay that is no whole number of periods is split between the two nearest, so that yearly sums are the
same for every number of payments.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from financing.plan import Vat
from financing.timeline import FloatArray, Timeline


def rate_frac(vat: Vat) -> float:
    """Tax per dollar of capex, all countries together."""
    return sum(share.share_frac * share.rate_frac for share in vat.shares)


def refunds(paid: FloatArray, delay_months: float, payments_per_year: int) -> FloatArray:
    """What comes back in each period of what was paid before; what is left at the end comes in the last."""
    delay = delay_months * payments_per_year / 12.0
    whole = int(delay)
    part = delay - whole
    back = (1.0 - part) * _later(paid, whole) + part * _later(paid, whole + 1)
    back[-1] += paid.sum() - back.sum()
    return np.asarray(back)


def _later(values: FloatArray, periods: int) -> FloatArray:
    moved = np.zeros_like(values)
    if periods < len(values):
        moved[periods:] = values[: len(values) - periods]
    return moved


@dataclass(frozen=True, slots=True)
class VatFlows:
    """USD nominal per period, construction and operation."""

    paid: FloatArray
    refunded: FloatArray
    need: FloatArray
    """For the mix to pay, (construction periods,); negative where refunds pay for capex. Interest of a facility."""
    returned: FloatArray
    """To the company in operation, less the facility's interest, (operating periods,)."""
    facility_closing: FloatArray


def no_vat(timeline: Timeline) -> VatFlows:
    """A plan without it."""
    nothing = np.zeros(timeline.periods)
    built = timeline.construction_periods
    return VatFlows(nothing, nothing, nothing[:built], nothing[built:], nothing)


def vat_flows(vat: Vat | None, capex: FloatArray, timeline: Timeline) -> VatFlows:
    """From the capex of each construction period."""
    if vat is None:
        return no_vat(timeline)
    built = timeline.construction_periods
    paid = np.zeros(timeline.periods)
    paid[:built] = rate_frac(vat) * capex
    back = refunds(paid, vat.refund_delay_months, timeline.payments_per_year)
    owed = np.cumsum(paid - back)
    if vat.financed_by == "facility":
        interest = np.concatenate([[0.0], owed[:-1]]) * vat.facility_rate_pa / timeline.payments_per_year
        return VatFlows(paid, back, interest[:built], -interest[built:], np.maximum(0.0, owed))
    need, returned = _of_the_mix(capex, (paid - back)[:built]), back[built:].copy()
    returned[0] += need.sum() - (paid - back)[:built].sum()
    return VatFlows(paid, back, need, returned, np.zeros(timeline.periods))


def _of_the_mix(capex: FloatArray, net_paid: FloatArray) -> FloatArray:
    """Net tax of each period; a refund that exceeds the period's capex is kept for the next."""
    kept, need = 0.0, np.zeros(len(capex))
    for period in range(len(capex)):
        wanted = float(capex[period] + net_paid[period]) - kept
        kept = max(0.0, -wanted)
        need[period] = max(0.0, wanted) - capex[period]
    return need
