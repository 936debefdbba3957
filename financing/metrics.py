"""Time value and cover ratios. Yearly flows fall at year's end; period 0 is not discounted."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.optimize import brentq

from financing.timeline import FloatArray, locked

RATE_LOW, RATE_HIGH = -0.9, 10.0
BRACKET_STEPS = 200


@dataclass(frozen=True, slots=True)
class Measure:
    """A number, or None with the reason why there is none; never NaN."""

    value: float | None
    reason: str = ""


def npv(rate: float, flows: FloatArray) -> float:
    """sum CF_t/(1+r)^t from t = 0, which is not discounted (unlike a spreadsheet's NPV, which discounts the first)."""
    return float(flows @ (1.0 + rate) ** -np.arange(len(flows), dtype=np.float64))


def npv_mid_year(rate: float, flows: FloatArray, operating_from: int) -> float:
    """The same with operating flows in the middle of their year: CF_t/(1+r)^(t-1/2) from `operating_from` on."""
    late = flows.copy()
    late[:operating_from] = 0.0
    return npv(rate, flows) + npv(rate, late) * float((1.0 + rate) ** 0.5 - 1.0)


def modified_irr(flows: FloatArray, finance_rate: float, reinvestment_rate: float) -> Measure:
    """(FV of inflows at the reinvestment rate / PV of outflows at the finance rate)^(1/n) - 1, n periods (Lin 1976)."""
    periods = len(flows) - 1
    spent = -npv(finance_rate, np.minimum(flows, 0.0))
    earned = npv(reinvestment_rate, np.maximum(flows, 0.0)) * (1.0 + reinvestment_rate) ** periods
    if spent <= 0.0 or earned <= 0.0:
        return Measure(None, "no modified rate of return: the flows never change sign")
    return Measure(float((earned / spent) ** (1.0 / periods) - 1.0))


def payback_periods(flows: FloatArray, rate: float = 0.0) -> Measure:
    """Periods until the (discounted) flows have paid back for good, a part of a period by straight line."""
    total = np.cumsum(flows * (1.0 + rate) ** -np.arange(len(flows), dtype=np.float64))
    below = np.flatnonzero(total < 0.0)
    if not len(below):
        return Measure(0.0)
    last = int(below[-1])
    if last == len(flows) - 1:
        return Measure(None, "never paid back")
    return Measure(last + float(-total[last] / (total[last + 1] - total[last])))


def profitability_index(rate: float, flows: FloatArray, invested_until: int) -> Measure:
    """Worth of the flows from `invested_until` on over the worth of what was invested before (Brealey, Myers and
    Allen, ch. 5)."""
    later = flows.copy()
    later[:invested_until] = 0.0
    invested = npv(rate, later) - npv(rate, flows)
    if invested <= 0.0:
        return Measure(None, "nothing is invested")
    return Measure(npv(rate, later) / invested)


def bracketed_root(function: Callable[[float], float], low: float, high: float, tolerance: float) -> float:
    """Root of a continuous function between two points of opposite sign (Brent 1973, Algorithms for Minimization
    without Derivatives, ch. 4); `tolerance` is of the argument."""
    return float(brentq(function, low, high, xtol=tolerance, rtol=4.0 * np.finfo(float).eps, maxiter=BRACKET_STEPS))


def irr(flows: FloatArray, highest: float = RATE_HIGH) -> Measure:
    """Rate per period at which the flows are worth nothing.

    One sign change has one root above -1 (Descartes); with more, every root between -90 % and `highest` is looked for.
    Several roots of which exactly one is positive give that one; without a positive one, the only negative one at which
    the worth falls as the rate rises (a cost after the last year adds another, far below, at which it rises).
    Otherwise none or several are said in words.
    """
    signs = np.sign(flows[np.abs(flows) > 1e-9 * max(1e-300, float(np.abs(flows).max(initial=0.0)))])
    changes = int((np.diff(signs) != 0.0).sum())
    if changes == 0:
        return Measure(None, "no internal rate of return: the flows never change sign")
    roots = _roots(flows, changes, highest)
    if not roots:
        return Measure(None, f"no internal rate of return between {RATE_LOW:.0%} and {highest:.0%} per period")
    candidates = [root for root in roots if root >= 0.0] or [root for root in roots if _falls(flows, root)] or roots
    if len(candidates) == 1:
        return Measure(candidates[0])
    return Measure(
        None, f"several internal rates of return per period: {', '.join(f'{rate:.2%}' for rate in candidates)}"
    )


def _falls(flows: FloatArray, rate: float) -> bool:
    """Whether the worth of the flows falls as the rate rises, as for money first spent and then earned."""
    return npv(rate + 1e-6, flows) < npv(rate - 1e-6, flows)


def _roots(flows: FloatArray, changes: int, highest: float) -> list[float]:
    """Roots in the searched range; the grid is dense where rates are usual."""
    grid, factors = _searched(2 if changes == 1 else 600, highest, len(flows))
    values = factors @ flows
    roots = [float(grid[number]) for number in np.flatnonzero(values == 0.0)]
    for number in np.flatnonzero(np.sign(values[:-1]) * np.sign(values[1:]) < 0.0):
        roots.append(bracketed_root(lambda rate: npv(rate, flows), float(grid[number]), float(grid[number + 1]), 1e-12))
    return sorted(roots)


@lru_cache(maxsize=64)
def _searched(points: int, highest: float, periods: int) -> tuple[FloatArray, FloatArray]:
    """Rates at which worths are looked at, and their discount factors: (points,), (points, periods)."""
    grid = np.expm1(np.linspace(math.log1p(RATE_LOW), math.log1p(highest), points))
    return locked(grid), locked((1.0 + grid)[:, None] ** -np.arange(periods, dtype=np.float64))


def loan_cost_pa(flows: FloatArray, payments_per_year: int) -> Measure:
    """Effective yearly cost of a loan from its flows per period. Rates above 100 % a year are left out: fees paid
    before the first draw give every loan a second, meaningless root there."""
    return yearly_rate(irr(flows, 2.0 ** (1.0 / payments_per_year) - 1.0), payments_per_year)


def yearly_rate(measure: Measure, payments_per_year: int) -> Measure:
    """Effective yearly rate of a rate per period."""
    if measure.value is None:
        return measure
    return Measure((1.0 + measure.value) ** payments_per_year - 1.0)


def real_rate_pa(nominal_pa: float, inflation_pa: float) -> float:
    """(1+n)/(1+i) - 1 (Fisher 1930)."""
    return (1.0 + nominal_pa) / (1.0 + inflation_pa) - 1.0


@dataclass(frozen=True, slots=True)
class Cover:
    """Debt service cover per operating year; None where no service falls due."""

    ratios: tuple[float | None, ...]
    least: Measure
    least_year: int | None
    average: Measure


def debt_service_cover(cfads: FloatArray, service: FloatArray, first_year: int) -> Cover:
    """DSCR_y = CFADS_y/(interest + principal + fees + deposits)_y of all loans, over twelve months."""
    due = service > 1e-6 * max(1.0, float(service.max(initial=0.0)))
    ratios = tuple(
        float(cash / owed) if falls_due else None for cash, owed, falls_due in zip(cfads, service, due, strict=True)
    )
    if not due.any():
        none = Measure(None, "no debt service in operation")
        return Cover(ratios, none, None, none)
    quotients = cfads[due] / service[due]
    worst = int(np.flatnonzero(due)[np.argmin(quotients)])
    return Cover(ratios, Measure(float(quotients.min())), first_year + worst, Measure(float(quotients.mean())))


def loan_life_cover(
    cfads: FloatArray, service: FloatArray, net_debt: FloatArray, maturity: int | None = None
) -> FloatArray:
    """LLCR at the start of each period with debt: PV at the debt's own rate of CFADS to final maturity / debt.

    The rate of a period is (service - fall of the debt)/debt: what all loans together cost then, fees included, so
    that the PV of the service equals the debt exactly. The reserve is not added. `maturity` is the period in which the
    last loan falls due by contract, where prepayments end the debt before; until then the last rate holds on. Arrays
    per operating period.
    """
    outstanding = net_debt > 1e-6 * max(1.0, float(net_debt.max(initial=0.0)))
    if not outstanding.any():
        return np.empty(0)
    last = int(np.flatnonzero(outstanding)[-1])
    after = np.append(net_debt[1:], 0.0)
    final_factor = (float(service[last]) + float(after[last])) / float(net_debt[last])
    value, ratios = 0.0, []
    for period in range(last if maturity is None else max(last, maturity), last, -1):
        value = (float(cfads[period]) + value) / final_factor
    for period in range(last, -1, -1):
        owed = float(net_debt[period])
        factor = (float(service[period]) + float(after[period])) / owed if outstanding[period] else 1.0
        value = (float(cfads[period]) + value) / factor
        ratios.append(value / owed if outstanding[period] else math.inf)
    return np.asarray(ratios[::-1])
