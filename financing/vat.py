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
    back[-1] += paid.sum(axis=0) - back.sum(axis=0)
    return np.asarray(back)


def _later(values: FloatArray, periods: int) -> FloatArray:
    moved = np.zeros_like(values)
    if periods < len(values):
        moved[periods:] = values[: len(values) - periods]
    return moved


@dataclass(frozen=True, slots=True)
class VatFlows:
    """USD nominal per period, construction and operation, (periods,) or (periods, draws) as the capex they are of."""

    paid: FloatArray
    refunded: FloatArray
    need: FloatArray
    """For the mix to pay, over the construction periods; negative where refunds pay for capex. With a
    facility: its interest."""
    returned: FloatArray
    """To the company in operation, less the facility's interest, over the operating periods."""
    facility_closing: FloatArray


def vat_flows(vat: Vat | None, capex: FloatArray, timeline: Timeline) -> VatFlows:
    """From the capex of each construction period; all zero without the tax."""
    built = timeline.construction_periods
    nothing = np.zeros((timeline.periods, *capex.shape[1:]))
    if vat is None:
        return VatFlows(nothing, nothing, nothing[:built], nothing[built:], nothing)
    paid = nothing.copy()
    paid[:built] = rate_frac(vat) * capex
    back = refunds(paid, vat.refund_delay_months, timeline.payments_per_year)
    owed = np.cumsum(paid - back, axis=0)
    if vat.financed_by == "facility":
        interest = _later(owed, 1) * vat.facility_rate_pa / timeline.payments_per_year
        return VatFlows(paid, back, interest[:built], -interest[built:], np.maximum(0.0, owed))
    net_paid = (paid - back)[:built]
    need, returned = _of_the_mix(capex, net_paid), back[built:].copy()
    returned[0] += need.sum(axis=0) - net_paid.sum(axis=0)
    return VatFlows(paid, back, need, returned, nothing)


def _of_the_mix(capex: FloatArray, net_paid: FloatArray) -> FloatArray:
    """Net tax of each period; a refund that exceeds the period's capex is kept for the next."""
    kept, need = np.zeros(capex.shape[1:]), np.zeros_like(capex)
    for period in range(len(capex)):
        wanted = capex[period] + net_paid[period] - kept
        kept = np.maximum(0.0, -wanted)
        need[period] = np.maximum(0.0, wanted) - capex[period]
    return need
