"""Further measures of a mix: other conventions of worth and return, cover over the whole life, public money at work."""

from __future__ import annotations

from datetime import date

import numpy as np

from financing.charge import required_charge
from financing.concessionality import IMF_RATE_PA
from financing.dated import Bond, clean_price, modified_duration_years, xirr, xnpv, yield_to_maturity_pa
from financing.funding import FundingModel
from financing.instruments import Tranche
from financing.metrics import (
    Measure,
    irr,
    loan_cost_pa,
    modified_irr,
    npv,
    npv_mid_year,
    payback_periods,
    profitability_index,
    real_rate_pa,
)
from financing.operation import Outcome, equity_target_pa
from financing.plan import Plan
from financing.project import Project
from financing.result import TrancheMeasures
from financing.target import charge_in
from financing.tax import blended_rate_frac
from financing.terms import load_terms
from financing.timeline import FloatArray, Timeline

PUBLIC_SOFT = ("grant", "concessional_loan")
PROMISED = ("capacity_charge", "availability_payment")
PRIVATE = ("commercial_loan", "mezzanine", "green_bond")


def further_measures(outcome: Outcome, rows: tuple[TrancheMeasures, ...]) -> dict[str, Measure]:
    """By name, with its unit as suffix."""
    return {
        **_project_measures(outcome),
        **_public_measures(outcome, rows),
        **_debt_measures(outcome),
        **_cost_measures(outcome),
        **_charges(outcome),
    }


def _project_measures(outcome: Outcome) -> dict[str, Measure]:
    """Of the project before financing, at the plan's rate: the same for every mix. Dated measures put each year's flow
    on 31 December and count days, so that leap years tell."""
    project = outcome.model.project
    plan, flows, built = project.plan, project.net_cash_prefinance_usd_nominal, project.construction_years
    rate = plan.discount_rate_nominal_pa
    real = real_rate_pa(rate, plan.inflation_pa)
    in_first_years_money = flows * project.index[0] / project.index
    days = [date(int(year), 12, 31) for year in project.years]
    return {
        "npv_mid_year_usd_nominal": Measure(npv_mid_year(rate, flows, built)),
        "npv_prefinance_usd_real": Measure(npv(real, in_first_years_money) / float(project.index[0])),
        "xnpv_prefinance_usd_nominal": Measure(xnpv(rate, days, flows.tolist())),
        "project_xirr_pa": xirr(days, flows.tolist()),
        "modified_irr_pa": modified_irr(flows, rate, rate),
        "payback_years": payback_periods(flows),
        "payback_discounted_years": payback_periods(flows, rate),
        "profitability_ratio": profitability_index(rate, flows, built),
    }


def subsidy_usd_nominal(outcome: Outcome, rows: tuple[TrancheMeasures, ...]) -> float:
    """Grants, and the grant element of loans softer than the IMF's 5 % on what is drawn."""
    drawn = outcome.funded.construction.draw.sum(axis=1)
    return sum(
        float(amount) * max(0.0, dict(row.grant_element_frac).get(IMF_RATE_PA) or 0.0)
        for amount, row in zip(drawn, rows, strict=True)
        if row.source.kind != "equity"
    )


def _public_measures(outcome: Outcome, rows: tuple[TrancheMeasures, ...]) -> dict[str, Measure]:
    plan: Plan = outcome.model.project.plan
    drawn = dict(zip((row.source.name for row in rows), outcome.funded.construction.draw.sum(axis=1), strict=True))
    subsidy = subsidy_usd_nominal(outcome, rows)
    soft = sum(float(drawn[row.source.name]) for row in rows if row.source.kind in PUBLIC_SOFT)
    private = sum(float(drawn[row.source.name]) for row in rows if row.source.kind in PRIVATE)
    energy = sum(plan.received_mwh)
    carbon = None if plan.avoided_tco2 is None else sum(plan.avoided_tco2)
    return {
        "subsidy_usd_nominal": Measure(subsidy),
        "subsidy_usd_nominal_per_mwh": Measure(subsidy / energy) if energy > 0 else Measure(None, "no energy"),
        "subsidy_usd_nominal_per_tco2": _per_tonne(subsidy, carbon),
        "mobilisation_ratio": Measure(private / soft) if soft > 0 else Measure(None, "no grant or concessional loan"),
    }


def _per_tonne(subsidy: float, carbon_tco2: float | None) -> Measure:
    if carbon_tco2 is None:
        return Measure(None, "avoided emissions need a run without the project beside this one")
    return Measure(subsidy / carbon_tco2) if carbon_tco2 > 0 else Measure(None, "the project avoids no emissions")


def _debt_measures(outcome: Outcome) -> dict[str, Measure]:
    timeline, operation = outcome.model.timeline, outcome.operation
    return {
        "plcr_min_ratio": project_life_cover(
            timeline.spread(operation.cfads),
            operation.claims_per_period + operation.prepaid_per_period,
            operation.net_debt_per_period,
        ),
        "average_life_years": average_life_years(outcome.funded.tranches, timeline),
    }


def _cost_measures(outcome: Outcome) -> dict[str, Measure]:
    """What the money costs a year: by the textbook from contract rates, and from the flows of all loans and of all
    money, grants counted as money that costs nothing."""
    timeline, built = outcome.model.timeline, outcome.funded.construction
    loans = np.zeros(timeline.periods)
    for tranche in outcome.funded.tranches:
        loans += tranche.net_cash
    granted = np.zeros(timeline.periods)
    for number, source in enumerate(outcome.model.structure.sources):
        if source.kind == "grant":
            granted[: timeline.construction_periods] += built.draw[number]
    everything = timeline.yearly(loans + granted) - outcome.net_equity_cash
    per_year = timeline.payments_per_year
    return {
        "wacc_pa": weighted_cost_pa(outcome),
        "debt_all_in_pa": loan_cost_pa(loans, per_year) if loans.any() else Measure(None, "no loan in the mix"),
        "package_all_in_pa": irr(everything),
    }


def weighted_cost_pa(outcome: Outcome) -> Measure:
    """E/V ke + sum D/V kd (1 - t): what is drawn as weights, grants left out, contract rates, the countries' blended
    profit tax (Brealey, Myers and Allen, Principles of Corporate Finance, ch. 19). `cost_of_capital_pa` is the same
    from flows, with fees and with tax saved only where it is paid."""
    drawn = outcome.funded.construction.draw.sum(axis=1)
    kept = 1.0 - blended_rate_frac(outcome.model.project.plan.tax)
    weight = cost = 0.0
    for amount, source in zip(drawn, outcome.model.structure.sources, strict=True):
        if source.kind != "grant":
            weight += float(amount)
            cost += float(amount) * (source.project_rate_pa * kept if source.is_debt else source.target_irr_pa)
    return Measure(cost / weight) if weight > 0.0 else Measure(None, "the mix is all grant")


def _charges(outcome: Outcome) -> dict[str, Measure]:
    """Capacity charges that reach the owners' required return, the covenant's cover, and the plan's rate."""
    model = outcome.model
    plan, covenants = model.project.plan, model.structure.covenants
    cover = max(1.0, covenants.dscr_min_ratio or 1.0)
    return {
        "charge_for_equity_return_usd_per_mw_year": charge_in(model, "equity_irr", equity_target_pa(model) or 0.0),
        "charge_for_cover_usd_per_mw_year": charge_in(model, "dscr", cover),
        "charge_for_project_return_usd_per_mw_year": charge_in(model, "project_irr", plan.discount_rate_nominal_pa),
        "contract_payments_worth_usd_nominal": _contract_payments(model.project),
        **_placement(outcome),
    }


def _contract_payments(project: Project) -> Measure:
    """PV at signing, at the plan's rate, of what states or their companies promise to pay whatever happens: a
    contingent liability (IMF and World Bank, PPP Fiscal Risk Assessment Model, 2019)."""
    plan = project.plan
    promised = np.zeros(plan.operation_years)
    for stream in plan.revenue:
        if stream.model in PROMISED:
            promised += np.asarray(stream.amount_usd_real) * project.stream_index(stream)
    flows = np.concatenate([np.zeros(project.construction_years), promised, [0.0]])
    return Measure(npv(plan.discount_rate_nominal_pa, flows))


def _placement(outcome: Outcome) -> dict[str, Measure]:
    """What the mix requires if the market takes only half of its bonds."""
    structure, project = outcome.model.structure, outcome.model.project
    if not any(source.kind == "green_bond" for source in structure.sources):
        none = Measure(None, "no green bond in the mix")
        return {"required_charge_bonds_half_placed_usd_per_mwh": none}
    half = FundingModel(project, structure.with_bonds_placed(0.5))
    guess = project.plan.affordable_charge_usd_per_mwh or 0.0
    return {"required_charge_bonds_half_placed_usd_per_mwh": required_charge(half, max(1.0, guess))[0]}


def project_life_cover(cfads: FloatArray, service: FloatArray, net_debt: FloatArray) -> Measure:
    """Least PLCR: PV of all cash to the end of the project over the debt, at the debt's own rate while there is debt
    and at its last rate after (Yescombe, Principles of Project Finance, ch. 12). Arrays per operating period."""
    outstanding = np.flatnonzero(net_debt > 1e-6 * max(1.0, float(net_debt.max(initial=0.0))))
    if not len(outstanding):
        return Measure(None, "no debt in operation")
    after = np.append(net_debt[1:], 0.0)
    factor = np.ones(len(net_debt))
    factor[outstanding] = (service[outstanding] + after[outstanding]) / net_debt[outstanding]
    factor[outstanding[-1] + 1 :] = factor[outstanding[-1]]
    value, least = 0.0, np.inf
    for period in range(len(cfads) - 1, -1, -1):
        value = (float(cfads[period]) + value) / float(factor[period])
        if period in outstanding:
            least = min(least, value / float(net_debt[period]))
    return Measure(float(least))


def average_life_years(tranches: tuple[Tranche, ...], timeline: Timeline) -> Measure:
    """Mean time from signing to the repayment of a dollar of principal, all loans together."""
    principal = np.zeros(timeline.periods)
    for tranche in tranches:
        principal += tranche.principal + tranche.prepayment
    if principal.sum() <= 0.0:
        return Measure(None, "no debt")
    years = np.arange(1, timeline.periods + 1) / timeline.payments_per_year
    return Measure(float(years @ principal / principal.sum()))


def bond_row(tranche: Tranche, timeline: Timeline) -> dict[str, object]:
    """A bond as a desk quotes it at issue, per 100 of face, and what its greenness is worth to the issuer.

    Dated 1 January of the first year; 30/360, as dollar eurobonds. The price is at the yield of an ordinary bond of the
    same issuer, coupon plus greenium. The worth of the greenium is its saving on what is outstanding less opinion and
    verification, at the coupon; low and high at the ends of its range in the terms table.
    """
    source, per_year = tranche.source, timeline.payments_per_year
    years = round(source.tenor_years)
    issue = date(timeline.first_year, 1, 1)
    bond = Bond(date(timeline.first_year + years, 1, 1), source.rate_pa, 2, "30/360")
    ordinary_pa = source.rate_pa + source.greenium_pa
    saved = tranche.opening * source.greenium_pa / per_year
    paid = np.where(tranche.opening > 0.0, source.verification_usd_pa / per_year, 0.0)
    paid[0] += source.second_party_opinion_usd
    rate = source.rate_pa / per_year
    worth, cost, saved_per_unit = npv(rate, saved - paid), npv(rate, paid), npv(rate, tranche.opening) / per_year
    range_of = load_terms()["GREENIUM"]
    return {
        "tranche": source.name,
        "coupon_pa": source.rate_pa,
        "yield_ordinary_pa": ordinary_pa,
        "price_clean_at_ordinary_yield_percent": clean_price(bond, issue, ordinary_pa),
        "yield_at_par_pa": yield_to_maturity_pa(bond, issue, 100.0).value,
        "duration_modified_years": modified_duration_years(bond, issue, source.rate_pa),
        "tenor_years": years,
        "greenium_worth_usd_nominal": worth,
        "greenium_worth_low_usd_nominal": (range_of.rate_low_pa or 0.0) * saved_per_unit - cost,
        "greenium_worth_high_usd_nominal": (range_of.rate_high_pa or 0.0) * saved_per_unit - cost,
        "greenium_break_even_pa": cost / saved_per_unit if saved_per_unit > 0.0 else None,
    }
