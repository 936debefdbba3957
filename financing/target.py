"""The capacity charge that reaches a target: a return of the owners or of the project, or a cover of the debt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from financing.funding import FundingModel
from financing.metrics import Measure, bracketed_root, npv
from financing.operation import TEST_TOLERANCE, equity_npv_usd_nominal, operate
from financing.plan import Plan
from financing.project import Project
from financing.structure import Structure
from financing.timeline import FloatArray

Goal = Literal["equity_irr", "project_irr", "dscr"]
GOALS: tuple[Goal, ...] = ("equity_irr", "project_irr", "dscr")
HIGHEST_USD_PER_MW_YEAR = 1e9
TOLERANCE_USD_PER_MW_YEAR = 1e-2


def charge_for_target(plan: Plan, structure: Structure, goal: Goal, target: float) -> Measure:
    """Smallest charge per available MW and year, real USD of the price base year, at which the goal is reached.

    It replaces all revenue for transport, is paid for rating x availability and follows inflation in full. `target` is
    a yearly rate of return, or the least ratio of cash to debt service of any year. Bracketed search to a cent. No
    value, with the reason, where a mix has no owners or no loans, where a sculpted loan keeps its cover at every
    charge, or where no charge is enough. Raises FinancingProblems like `finance`.
    """
    project = Project(plan)
    model = FundingModel(project, structure)
    return charge_in(model, goal, target)


def charge_in(model: FundingModel, goal: Goal, target: float) -> Measure:
    """The same for a mix that is already on its project."""
    reason = _why_none(model, goal)
    if reason:
        return Measure(None, reason)
    margin = {"equity_irr": _equity, "project_irr": _whole, "dscr": _cover}[goal](model, target)
    high = 1e5
    while margin(high) < 0.0:
        high *= 4.0
        if high > HIGHEST_USD_PER_MW_YEAR:
            return Measure(None, f"no charge up to {HIGHEST_USD_PER_MW_YEAR:,.0f} USD/MW per year is enough")
    if margin(0.0) >= 0.0:
        return Measure(0.0)
    return Measure(bracketed_root(margin, 0.0, high, TOLERANCE_USD_PER_MW_YEAR))


def _why_none(model: FundingModel, goal: Goal) -> str:
    structure = model.structure
    if goal == "equity_irr" and not any(source.kind == "equity" for source in structure.sources):
        return "no equity in the mix"
    if goal == "dscr" and model.sculpted is not None:
        return "a sculpted loan keeps its cover at every charge: it is made smaller instead"
    return "no loan in the mix" if goal == "dscr" and not structure.debts else ""


def revenue_of_charge_usd_nominal(project: Project, charge_usd_per_mw_year: float) -> FloatArray:
    """Per operating year, with what is sold beside transport."""
    available_mw = project.plan.capacity_mw * project.plan.availability_frac
    return charge_usd_per_mw_year * available_mw * project.operating_index + project.side_revenue_usd_nominal


def _equity(model: FundingModel, target_pa: float) -> Callable[[float], float]:
    def margin(charge: float) -> float:
        outcome = operate(model, revenue_of_charge_usd_nominal(model.project, charge))
        return equity_npv_usd_nominal(outcome, target_pa)

    return margin


def _whole(model: FundingModel, target_pa: float) -> Callable[[float], float]:
    project = model.project
    basis = float(project.capex_usd_nominal.sum())

    def margin(charge: float) -> float:
        revenue = revenue_of_charge_usd_nominal(project, charge)
        earned = revenue - project.opex_usd_nominal - project.unlevered_tax_usd_nominal(revenue, basis)
        flows = np.concatenate([-project.capex_usd_nominal, earned, [-project.decommissioning_usd_nominal]])
        return npv(target_pa, flows - project.vat_advance_usd_nominal)

    return margin


def _cover(model: FundingModel, target_ratio: float) -> Callable[[float], float]:
    def margin(charge: float) -> float:
        operation = operate(model, revenue_of_charge_usd_nominal(model.project, charge)).operation
        due = operation.service > 0.0
        return float((operation.cfads - (target_ratio - TEST_TOLERANCE) * operation.service)[due].min())

    return margin
