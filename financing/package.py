"""One funding mix applied to one project."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from financing.charge import extra_grant, required_charge
from financing.countries import sovereign_debts
from financing.funding import depreciable_basis_usd_nominal
from financing.known import Key, Known
from financing.loans import LoanMeasures, loan_measures
from financing.metrics import Measure, debt_service_cover, irr, loan_cost_pa, npv, real_rate_pa
from financing.operation import (
    Outcome,
    equity_npv_usd_nominal,
    equity_target_pa,
    least_loan_life_cover,
    operate,
)
from financing.plan import Plan
from financing.project import Project
from financing.quality import bond_row, further_measures
from financing.result import FinanceResult, GrantGap, Measures, TrancheMeasures
from financing.structure import Structure
from financing.timeline import FloatArray, locked
from financing.verdict import verdict_of
from financing.waterfall import SMALLEST_USD

NOT_ASKED = GrantGap(Measure(None, "not asked for"), Measure(None, "not asked for"))


STATE_BACKED = ("concessional_loan", "sovereign_loan", "green_bond")


def finance(plan: Plan, structure: Structure, *, brief: bool = False, known: Known | None = None) -> FinanceResult:
    """Everything about one mix on one plan; a function of its arguments alone.

    `brief` leaves out what no summary holds: further grant, yearly table, further measures, bonds, notes. `known`
    remembers what plans that differ in their contract alone share. Raises FinancingProblems for a plan or a mix that
    cannot be used, or whose tenors do not fit the plan's years.
    """
    known = known or Known()
    key = known.key(plan, structure)
    project = known.project(key, plan)
    model = known.model(key, project)
    outcome = operate(model, project.revenue_usd_nominal)
    lcot = lcot_usd_per_mwh(project)
    required = known.charge(key, lambda: required_charge(model, lcot.value or 0.0))
    loans = _loans(outcome, known, key)
    received = irr(outcome.net_equity_cash)
    tranche_measures = _tranche_measures(outcome, loans, received)
    measures = _measures(outcome, lcot, required, loans, received)
    if not brief:
        measures = replace(measures, extra_grant=extra_grant(project, structure, required[0]))
    return FinanceResult(
        plan=plan,
        structure=structure,
        timeline=model.timeline,
        construction=outcome.funded.construction,
        tranches=outcome.funded.tranches,
        operation=outcome.operation,
        waterfall=outcome.waterfall,
        yearly={} if brief else yearly_table(outcome),
        tranche_measures=tranche_measures,
        measures=measures,
        further={} if brief else further_measures(outcome, tranche_measures),
        bonds=() if brief else _bonds(outcome),
        verdict=verdict_of(outcome, measures),
        notes=() if brief else _notes(outcome),
    )


def _loans(outcome: Outcome, known: Known, key: Key) -> LoanMeasures:
    """What loans cost; a sculpted loan follows the revenue, and so does one that cash prepays."""
    if outcome.model.sculpted is not None or outcome.model.structure.sweep is not None:
        return loan_measures(outcome.model, outcome.funded)
    return known.loan_measures(key, lambda: loan_measures(outcome.model, outcome.funded))


def _bonds(outcome: Outcome) -> tuple[dict[str, object], ...]:
    timeline = outcome.model.timeline
    return tuple(bond_row(each, timeline) for each in outcome.funded.tranches if each.source.kind == "green_bond")


def lcot_usd_per_mwh(project: Project) -> Measure:
    """Levelised cost of transmission, real: PV(capex + opex + losses + decommissioning) / PV(received energy).

    All at the plan's discount rate in real terms (Fisher), so the same for every mix. Losses are priced at the
    sending end; the revenue side must not subtract them again.
    """
    plan = project.plan
    rate_pa = real_rate_pa(plan.discount_rate_nominal_pa, plan.inflation_pa)
    operating = np.asarray(plan.opex_usd_real) + np.asarray(plan.losses_usd_real)
    cost = np.concatenate([project.capex_usd_real, operating, [plan.decommissioning_usd_real]])
    energy = np.concatenate([np.zeros(project.construction_years), project.received_mwh, [0.0]])
    delivered = npv(rate_pa, energy)
    return Measure(npv(rate_pa, cost) / delivered) if delivered > 0.0 else Measure(None, "no energy is delivered")


def _drawn(outcome: Outcome, *kinds: str) -> FloatArray:
    """Draws per construction period of sources of some kinds."""
    built = outcome.funded.construction
    total = np.zeros(built.draw.shape[1])
    for number, source in enumerate(outcome.model.structure.sources):
        if source.kind in kinds:
            total += built.draw[number]
    return total


def _tranche_measures(outcome: Outcome, loans: LoanMeasures, received: Measure) -> tuple[TrancheMeasures, ...]:
    """Of every source; equity costs what its owners get."""
    built = outcome.funded.construction
    return tuple(
        row or TrancheMeasures(source, float(built.draw[number].sum()), received, received, ())
        for number, (source, row) in enumerate(zip(outcome.model.structure.sources, loans.rows, strict=True))
    )


def _own_cost(outcome: Outcome) -> tuple[Measure, Measure]:
    """Cost of capital of the mix and the project's worth at it.

    Weighted by what is drawn, grants left out of the weights and taken off the capex instead: equity at the return it
    requires, debt at the IRR of all lenders' yearly flows less the tax that interest really saves in each year (none in
    a year without tax). Flow-based after-tax weighted cost (Brealey, Myers and Allen, ch. 19).
    """
    model, funded, timeline = outcome.model, outcome.funded, outcome.model.timeline
    project, built = model.project, funded.construction
    basis = depreciable_basis_usd_nominal(model.structure, built)
    untaxed = project.unlevered_tax_usd_nominal(outcome.operation.revenue, basis)
    debt = np.zeros(timeline.periods)
    for tranche in funded.tranches:
        debt += tranche.net_cash
    flows = timeline.yearly(debt)
    flows[project.construction_years : -1] += untaxed - outcome.operation.tax
    borrowed = float(built.draw.sum() - _drawn(outcome, "grant", "equity").sum())
    owned = float(_drawn(outcome, "equity").sum())
    debt_cost = loan_cost_pa(flows, 1) if borrowed > SMALLEST_USD else Measure(0.0)
    if debt_cost.value is None or borrowed + owned <= SMALLEST_USD:
        reason = debt_cost.reason or "the mix is all grant"
        return Measure(None, reason), Measure(None, reason)
    target_pa = equity_target_pa(model) or 0.0
    rate_pa = (borrowed * debt_cost.value + owned * target_pa) / (borrowed + owned)
    net_basis = depreciable_basis_usd_nominal(model.structure, built, with_carry=False)
    tax = project.unlevered_tax_usd_nominal(outcome.operation.revenue, net_basis)
    cash = project.net_cash_prefinance_usd_nominal.copy()
    advance = project.vat_advance_usd_nominal[project.construction_years : -1]
    cash[project.construction_years : -1] = outcome.operation.revenue - project.opex_usd_nominal - tax - advance
    cash[: project.construction_years] += _drawn(outcome, "grant").reshape(project.construction_years, -1).sum(axis=1)
    return Measure(rate_pa), Measure(npv(rate_pa, cash))


def _measures(
    outcome: Outcome, lcot: Measure, required: tuple[Measure, str], loans: LoanMeasures, received: Measure
) -> Measures:
    project, plan = outcome.model.project, outcome.model.project.plan
    cost, own_npv = _own_cost(outcome)
    llcr, llcr_year = least_loan_life_cover(outcome)
    target_pa = equity_target_pa(outcome.model)
    no_equity = Measure(None, "no equity in the mix")
    affordable = plan.affordable_charge_usd_per_mwh
    sovereign, guaranteed = _sovereign_backed(outcome)
    return Measures(
        capex_usd_nominal=float(project.capex_usd_nominal.sum()),
        npv_prefinance_usd_nominal=npv(plan.discount_rate_nominal_pa, project.net_cash_prefinance_usd_nominal),
        npv_usd_nominal=own_npv,
        cost_of_capital_pa=cost,
        project_irr_pa=irr(project.net_cash_prefinance_usd_nominal),
        equity_npv_usd_nominal=no_equity if target_pa is None else Measure(equity_npv_usd_nominal(outcome, target_pa)),
        equity_irr_pa=no_equity if target_pa is None else received,
        cover=debt_service_cover(outcome.operation.cfads, outcome.operation.service, plan.operation_first_year),
        llcr_min_ratio=llcr,
        llcr_min_year=llcr_year,
        grant_element_frac=loans.grant_element_frac,
        grant_element_dac_frac=loans.grant_element_dac_frac,
        lcot_usd_per_mwh=lcot,
        required_charge_usd_per_mwh=required[0],
        required_charge_test=required[1],
        affordable_charge_usd_per_mwh=Measure(affordable, "" if affordable is not None else "not computed"),
        extra_grant=NOT_ASKED,
        sovereign_debt=sovereign_debts(outcome.model.structure.borrowers, sovereign, guaranteed),
    )


def _sovereign_backed(outcome: Outcome) -> tuple[float, float]:
    """What states borrow or guarantee, and the guaranteed part: loans that pay a fee for it."""
    total = guaranteed = 0.0
    for amount, source in zip(
        outcome.funded.construction.draw.sum(axis=1), outcome.model.structure.sources, strict=True
    ):
        if source.kind in STATE_BACKED:
            total += float(amount)
            guaranteed += float(amount) if source.guarantee_fee_pa > 0.0 else 0.0
    return total, guaranteed


def yearly_table(outcome: Outcome) -> dict[str, FloatArray]:
    """Yearly USD nominal by item, over construction, operation and the closing year."""
    model, built, fall = outcome.model, outcome.funded.construction, outcome.waterfall
    timeline, project = model.timeline, model.project
    start = timeline.construction_periods
    in_operation = np.arange(timeline.periods) >= start
    items: dict[str, FloatArray] = {
        "capex": built.capex,
        "net_vat_funded": built.vat,
        "interest_during_construction": built.interest,
        "financing_fees": built.fees,
        "reserve_first_filling": built.reserve,
        "grant_draw": _drawn(outcome, "grant"),
        "debt_draw": built.draw.sum(axis=0) - _drawn(outcome, "grant", "equity"),
        "equity_draw": _drawn(outcome, "equity"),
    }
    table = {
        name: timeline.yearly(np.append(values, np.zeros(timeline.operation_periods))) for name, values in items.items()
    }
    for name in ("revenue", "opex", "tax", "cfads"):
        table[name] = _operating_years(outcome, getattr(outcome.operation, name))
    reserved = outcome.operation.reserved
    table["maintenance_reserve_in"] = _operating_years(outcome, np.maximum(reserved, 0.0))
    table["maintenance_reserve_out"] = _operating_years(outcome, np.maximum(-reserved, 0.0))
    for name in ("interest", "capitalised", "principal", "prepayment", "fee", "deposit", "fund_release", "service"):
        whole = np.zeros(timeline.periods)
        for tranche in outcome.funded.tranches:
            whole += getattr(tranche, name) * in_operation
        table[f"debt_{name}"] = timeline.yearly(whole)
    for name in ("senior_paid", "subordinated_paid", "reserve_interest", "reserve_draw", "reserve_top_up"):
        table[name] = timeline.yearly(np.append(np.zeros(start), getattr(fall, name)))
    for name in ("reserve_release", "unfunded_cost", "dividends"):
        table[name] = timeline.yearly(np.append(np.zeros(start), getattr(fall, name)))
    table["vat_paid"], table["vat_refunded"] = timeline.yearly(model.vat.paid), timeline.yearly(model.vat.refunded)
    per_year = timeline.payments_per_year
    table["vat_facility_closing"] = np.append(model.vat.facility_closing[per_year - 1 :: per_year], 0.0)
    table["net_vat_returned"] = timeline.yearly(np.append(np.zeros(start), model.vat.returned))
    table["net_project_cash_prefinance"] = project.net_cash_prefinance_usd_nominal.copy()
    table["net_equity_cash"] = outcome.net_equity_cash.copy()
    return {name: locked(values) for name, values in table.items()}


def _operating_years(outcome: Outcome, values: FloatArray) -> FloatArray:
    return np.concatenate([np.zeros(outcome.model.project.construction_years), values, [0.0]])


def _notes(outcome: Outcome) -> tuple[str, ...]:
    """What a reader of the result should know."""
    structure, timeline = outcome.model.structure, outcome.model.timeline
    notes = [structure.eligibility] if structure.eligibility else []
    notes += outcome.funded.messages
    for source in structure.debts:
        if source.placed_frac < 1.0:
            rest = source.backstop or "the other lenders and the owners"
            notes.append(f"{source.name}: the market takes {source.placed_frac:.0%}; the rest falls to {rest}")
        if source.grace_years < timeline.construction_years and source.repayment != "custom":
            notes.append(
                f"{source.name}: its grace of {source.grace_years:g} years ends before completion; principal starts "
                "with operation, the final maturity stays"
            )
        if source.tenor_years > timeline.construction_years + timeline.operation_years:
            notes.append(
                f"{source.name}: repaid by the plan's last operating year, before its {source.tenor_years:g} years"
            )
    return tuple(notes)
