"""Many draws of one mix at once: the same construction, schedules, tax and waterfall as `operate`, on arrays.

Arrays have time first and draws last: (periods, draws) or (years, draws). Every figure equals that of the single path.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from financing.array_terms import terms_off_arrays
from financing.batch_funding import Built, Schedule, Terms, build, make_terms, schedule
from financing.plan import TaxShare
from financing.problems import FinancingFailed
from financing.project import Project
from financing.structure import SENIOR, Structure
from financing.tax import blended_rate_frac
from financing.timeline import FloatArray, Timeline
from financing.vat import vat_flows
from financing.waterfall import SMALLEST_USD

TEST_TOLERANCE = 1e-6
IRR_GRID = (1.0, 0.0, -0.05, -0.1, -0.2, -0.35, -0.6, -0.9)
IRR_HALVINGS, IRR_STEPS = 10, 5
"""Halvings to a thousandth of the bracket, then steps of Newton's method, each of which squares what is left."""


@dataclass(frozen=True, slots=True)
class Draws:
    """What is drawn, each of shape (draws,) unless said otherwise; factors multiply the plan."""

    capex_factor: FloatArray
    revenue_factor: FloatArray
    opex_factor: FloatArray
    output_factor: FloatArray
    """(operating years, draws): energy delivered, and with it revenue, against the plan's."""
    rate_shift_pa: FloatArray
    """Of market-priced loans."""
    dollar_fall_pa: FloatArray
    """Added to the yearly rise of every other currency in USD."""

    def some(self, chosen: NDArray[np.int64]) -> Draws:
        """Those of the given positions."""
        return Draws(
            self.capex_factor[chosen],
            self.revenue_factor[chosen],
            self.opex_factor[chosen],
            self.output_factor[:, chosen],
            self.rate_shift_pa[chosen],
            self.dollar_fall_pa[chosen],
        )


@dataclass(frozen=True, slots=True)
class Batch:
    """The answers of every draw, shape (draws,) unless said otherwise; NaN only where a figure does not exist in that
    draw."""

    npv_prefinance_usd_nominal: FloatArray
    equity_npv_usd_nominal: FloatArray
    equity_irr_pa: FloatArray
    dscr_min_ratio: FloatArray
    dscr_ratio: FloatArray
    """(operating years, draws); NaN in years without service."""
    defaults: FloatArray
    """1 where senior service or running cost stays unpaid, or subordinated service to the end."""
    breaches: FloatArray
    """1 where the least DSCR is below the covenant."""
    unpaid_usd_nominal: FloatArray
    """Largest amount unpaid at the end of a period."""


def run_batch(project: Project, structure: Structure, draws: Draws, equity_target_pa: float | None) -> Batch:
    """Runs a sized mix through every draw. Raises FinancingFailed where sources and uses do not close, or for terms
    that only the single path knows (`batch_choice.run_draws` takes that one then)."""
    plan = project.plan
    unknown = terms_off_arrays(structure)
    if unknown:
        raise FinancingFailed(f"not on arrays: {', '.join(unknown)}")
    timeline = Timeline(
        plan.construction_first_year, project.construction_years, plan.operation_years, structure.payments_per_year
    )
    per_year = timeline.payments_per_year
    capex_year = project.capex_usd_nominal[:, None] * draws.capex_factor
    earned = project.revenue_drawn_usd_nominal(draws.dollar_fall_pa)
    revenue = earned * draws.output_factor * draws.revenue_factor
    opex = project.opex_usd_nominal[:, None] * draws.opex_factor
    reserved = project.maintenance_reserve_moves(structure.maintenance_reserve_years)[:, None] * draws.opex_factor
    terms = make_terms(structure, timeline, draws.rate_shift_pa, draws.dollar_fall_pa)
    capex = np.repeat(capex_year / per_year, per_year, axis=0)
    vat = vat_flows(plan.vat, capex, timeline)
    built = build(structure, timeline, capex, terms, vat.need)
    loans = {
        number: schedule(each, timeline, built.draw[number]) for number, each in enumerate(terms) if each.source.is_debt
    }
    deducted = sum((_yearly(loan.deductible, per_year) for loan in loans.values()), np.zeros_like(revenue))
    tax = batch_tax(plan.tax, revenue - opex - deducted, _basis(structure, built))
    cfads = revenue - opex - tax - reserved
    senior, service = _claims(terms, loans, cfads, per_year)
    fall = _waterfall(
        structure, blended_rate_frac(plan.tax), (terms, built), (cfads, vat.returned, senior, service), timeline
    )
    flows = np.zeros((len(project.years), cfads.shape[1]))
    for number, each in enumerate(terms):
        if each.source.kind == "equity":
            flows[: project.construction_years] -= _yearly(built.draw[number], per_year)
    flows[project.construction_years : -1] += _yearly(fall.dividends, per_year) * (1.0 - structure.dividend_tax_frac)
    flows[-1] -= project.decommissioning_usd_nominal
    untaxed = batch_tax(plan.tax, revenue - opex, capex_year.sum(0))
    closing = np.full((1, cfads.shape[1]), -project.decommissioning_usd_nominal)
    prefinance = np.vstack([-capex_year, revenue - opex - untaxed, closing])
    prefinance[:-1] -= _yearly(vat.paid - vat.refunded, per_year)
    cover = _cover(cfads, _yearly(service, per_year))
    least = _least(cover)
    has_equity = equity_target_pa is not None
    missing = np.full(cfads.shape[1], np.nan)
    return Batch(
        npv_prefinance_usd_nominal=_worth(prefinance, plan.discount_rate_nominal_pa),
        equity_npv_usd_nominal=_worth(flows, equity_target_pa) if equity_target_pa is not None else missing,
        equity_irr_pa=batch_irr(flows) if has_equity else missing,
        dscr_min_ratio=least,
        dscr_ratio=cover,
        defaults=fall.defaults,
        breaches=np.where(least < max(1.0, structure.covenants.dscr_min_ratio or 1.0) - TEST_TOLERANCE, 1.0, 0.0),
        unpaid_usd_nominal=fall.unpaid,
    )


def _yearly(values: FloatArray, per_year: int) -> FloatArray:
    return np.asarray(values.reshape(-1, per_year, values.shape[1]).sum(axis=1))


def _worth(flows: FloatArray, rate_pa: float) -> FloatArray:
    return np.asarray((1.0 + rate_pa) ** -np.arange(len(flows), dtype=np.float64) @ flows)


def _basis(structure: Structure, built: Built) -> FloatArray:
    """Depreciable basis: capex, interest and fees less grants."""
    grants = sum(
        (built.draw[number].sum(0) for number, source in enumerate(structure.sources) if source.kind == "grant"),
        np.zeros(built.capex.shape[1]),
    )
    return np.asarray(np.maximum(0.0, built.capex.sum(0) + built.interest.sum(0) + built.fees.sum((0, 1)) - grants))


def _claims(
    terms: Sequence[Terms], loans: dict[int, Schedule], cfads: FloatArray, per_year: int
) -> tuple[FloatArray, FloatArray]:
    """Service per period of the senior loans and of all."""
    senior, service = (np.zeros((len(cfads) * per_year, cfads.shape[1])) for _ in range(2))
    for number, loan in loans.items():
        service += loan.service
        if terms[number].source.seniority == SENIOR:
            senior += loan.service
    return senior, service


def _cover(cfads: FloatArray, service: FloatArray) -> FloatArray:
    """DSCR of every year; NaN in a year without service."""
    due = service > 1e-6 * np.maximum(1.0, service.max(axis=0))
    return np.asarray(np.where(due, cfads / np.where(due, service, 1.0), np.nan))


def _least(cover: FloatArray) -> FloatArray:
    """Least DSCR over the years; NaN without service in any."""
    least = np.where(np.isnan(cover), np.inf, cover).min(axis=0)
    return np.asarray(np.where(np.isfinite(least), least, np.nan))


def batch_tax(shares: Sequence[TaxShare], profit: FloatArray, basis: FloatArray) -> FloatArray:
    """Tax per operating year, (years, draws), as `tax.tax_usd_nominal`: losses carried forward, oldest used first."""
    total = np.zeros_like(profit)
    for share in shares:
        life = min(share.depreciation_years, len(profit))
        written_off = np.zeros_like(profit)
        written_off[:life] = basis / life
        income = share.share_frac * (profit - written_off)
        total += share.rate_frac * _taxable(income, share.loss_carry_forward_years)
    return total


def _taxable(income: FloatArray, carry_forward_years: int) -> FloatArray:
    """Income after earlier losses. Each year's losses are a row that later profits eat until it is too old."""
    left = np.maximum(0.0, -income)
    taxable = np.maximum(0.0, income)
    for year in range(1, len(income)):
        if not (taxable[year] > 0.0).any():
            continue
        for earlier in range(max(0, year - carry_forward_years), year):
            used = np.minimum(taxable[year], left[earlier])
            left[earlier] -= used
            taxable[year] -= used
    return taxable


@dataclass(frozen=True, slots=True)
class _Fall:
    dividends: FloatArray
    defaults: FloatArray
    unpaid: FloatArray


def _waterfall(
    structure: Structure,
    tax_rate_frac: float,
    funding: tuple[Sequence[Terms], Built],
    money: tuple[FloatArray, FloatArray, FloatArray, FloatArray],
    timeline: Timeline,
) -> _Fall:
    """Pays the claims period by period, in the order of `waterfall.run`."""
    (terms, built), (cfads, returned, senior, service) = funding, money
    per_year, draws = timeline.payments_per_year, cfads.shape[1]
    yearly_service = _yearly(service, per_year)
    lock_up = structure.covenants.lock_up_dscr_ratio
    locked = np.zeros_like(cfads, dtype=bool)
    if lock_up is not None:
        locked = (yearly_service > 0.0) & (cfads < (lock_up - TEST_TOLERANCE) * yearly_service)
    ahead = np.vstack([np.cumsum(senior, axis=0), np.repeat(senior.sum(0)[None], per_year, axis=0)])
    targets = (ahead[per_year:] - ahead[:-per_year]) * structure.dsra_months / 12.0
    interest_rate = structure.reserve_interest_pa * (1.0 - tax_rate_frac) / per_year
    rates = [_arrears_rate(terms, rank, draws) / per_year for rank in (SENIOR, SENIOR + 1)]
    reserve, retained = built.reserve_first.copy(), np.zeros(draws)
    senior_owed, later_owed, dividends = np.zeros(draws), np.zeros(draws), np.zeros_like(senior)
    failed, unpaid = np.zeros(draws, dtype=bool), np.zeros(draws)
    last = len(senior) - 1
    for period in range(last + 1):
        available = cfads[period // per_year] / per_year + returned[period] + reserve * interest_rate + retained
        drawn = np.minimum(reserve, np.maximum(0.0, -available))
        reserve = reserve - drawn
        unfunded = np.maximum(0.0, -available - drawn)
        rest = np.maximum(0.0, available)

        due = senior[period] + senior_owed * (1.0 + rates[0])
        paid = np.minimum(rest, due)
        rest = rest - paid
        rescue = np.minimum(reserve, due - paid)
        reserve = reserve - rescue
        senior_owed = due - paid - rescue

        move = np.minimum(rest, np.maximum(0.0, targets[period] - reserve)) - np.maximum(0.0, reserve - targets[period])
        reserve = reserve + move
        rest = rest - move

        due = service[period] - senior[period] + later_owed * (1.0 + rates[1])
        paid = np.minimum(rest, due)
        rest = rest - paid
        later_owed = due - paid

        kept = locked[period // per_year] if period < last else np.zeros(draws, dtype=bool)
        dividends[period] = np.where(kept, 0.0, rest)
        retained = np.where(kept, rest, 0.0)
        failed |= (senior_owed > SMALLEST_USD) | (unfunded > SMALLEST_USD)
        unpaid = np.maximum(unpaid, senior_owed + later_owed + unfunded)
    failed |= later_owed > SMALLEST_USD
    return _Fall(dividends, failed.astype(np.float64), unpaid)


def _arrears_rate(terms: Sequence[Terms], rank: int, draws: int) -> FloatArray:
    """Highest contract rate of the rank, per year."""
    highest = np.zeros(draws)
    for each in terms:
        if each.source.is_debt and each.source.seniority == rank:
            highest = np.maximum(highest, each.rate_pa)
    return highest


def batch_irr(flows: FloatArray) -> FloatArray:
    """Rate of every column of (years, draws) at which its worth falls through zero; NaN without one.

    Looked for between 0 and 100 %, then, nearest to zero first, down to -90 %: a cost after the last year gives money
    first spent and then earned a second root far below, at which the worth rises. The bracket is halved a few times;
    Newton's method in the discount factor does the rest and never leaves it.
    """
    low, high = (np.full(flows.shape[1], np.nan) for _ in range(2))
    above = _worth(flows, IRR_GRID[0])
    for upper, lower in itertools.pairwise(IRR_GRID):
        below = _worth(flows, lower)
        found = np.isnan(low) & (above < 0.0) & (below >= 0.0)
        low, high = np.where(found, lower, low), np.where(found, upper, high)
        above = below
    for _ in range(IRR_HALVINGS):
        middle = (low + high) / 2.0
        positive = _at_factor(flows, 1.0 / (1.0 + middle))[0] > 0.0
        low, high = np.where(positive, middle, low), np.where(positive, high, middle)
    least, most = 1.0 / (1.0 + high), 1.0 / (1.0 + low)
    factor = (least + most) / 2.0
    for _ in range(IRR_STEPS):
        value, slope = _at_factor(flows, factor, with_slope=True)
        step = np.divide(value, slope, out=np.zeros_like(value), where=slope != 0.0)
        factor = np.clip(factor - step, least, most)
    return np.asarray(1.0 / factor - 1.0)


def _at_factor(flows: FloatArray, factor: FloatArray, *, with_slope: bool = False) -> tuple[FloatArray, FloatArray]:
    """Worth of every column at a discount factor of its own, and its slope, by Horner's rule."""
    total, slope = np.zeros_like(factor), np.zeros_like(factor)
    for row in flows[::-1]:
        if with_slope:
            slope *= factor
            slope += total
        total *= factor
        total += row
    return total, slope
