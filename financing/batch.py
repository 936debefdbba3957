"""Many draws of one mix at once: the same construction, schedules, tax and waterfall as `operate`, on arrays.

Arrays have time first and draws last: (periods, draws) or (years, draws). Every figure equals that of the single path.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from financing.array_terms import terms_off_arrays
from financing.batch_funding import build, make_terms
from financing.batch_operation import Money, Setting, batch_tax, operate_draws, yearly
from financing.problems import FinancingFailed
from financing.project import Project
from financing.structure import Structure
from financing.timeline import FloatArray, Timeline
from financing.vat import vat_flows

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
    money = Money(revenue, opex, reserved, vat.returned)
    done = operate_draws(Setting(structure, timeline, plan.tax, terms, built), money)
    cfads, service, fall = done.cfads, done.service, done.fall
    flows = np.zeros((len(project.years), cfads.shape[1]))
    for number, each in enumerate(terms):
        if each.source.kind == "equity":
            flows[: project.construction_years] -= yearly(built.draw[number], per_year)
    flows[project.construction_years : -1] += yearly(fall.dividends, per_year) * (1.0 - structure.dividend_tax_frac)
    flows[-1] -= project.decommissioning_usd_nominal
    untaxed = batch_tax(plan.tax, revenue - opex, capex_year.sum(0))
    closing = np.full((1, cfads.shape[1]), -project.decommissioning_usd_nominal)
    prefinance = np.vstack([-capex_year, revenue - opex - untaxed, closing])
    prefinance[:-1] -= yearly(vat.paid - vat.refunded, per_year)
    cover = _cover(cfads, yearly(service, per_year))
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


def _worth(flows: FloatArray, rate_pa: float) -> FloatArray:
    return np.asarray((1.0 + rate_pa) ** -np.arange(len(flows), dtype=np.float64) @ flows)


def _cover(cfads: FloatArray, service: FloatArray) -> FloatArray:
    """DSCR of every year; NaN in a year without service."""
    due = service > 1e-6 * np.maximum(1.0, service.max(axis=0))
    return np.asarray(np.where(due, cfads / np.where(due, service, 1.0), np.nan))


def _least(cover: FloatArray) -> FloatArray:
    """Least DSCR over the years; NaN without service in any."""
    least = np.where(np.isnan(cover), np.inf, cover).min(axis=0)
    return np.asarray(np.where(np.isfinite(least), least, np.nan))


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
