"""The operating years of a funded project: tax, cash for debt service, waterfall, what owners get."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from financing.funding import Funded, FundingModel
from financing.instruments import Tranche
from financing.metrics import Measure, loan_life_cover, npv
from financing.problems import FinancingFailed
from financing.result import Operation
from financing.structure import SENIOR
from financing.sweep import kept_within_years, prepayments, sweep_caps
from financing.tax import blended_rate_frac
from financing.timeline import FloatArray, Timeline, locked
from financing.waterfall import SMALLEST_USD, Claims, Waterfall, reserve_targets, run

SWEEP_RUNS_MAX = 300
TEST_TOLERANCE = 1e-6
"""A cover ratio or a return that misses its test by less passes."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One mix at one revenue: funding, operation, waterfall and the owners' yearly flows."""

    model: FundingModel
    funded: Funded
    operation: Operation
    waterfall: Waterfall
    net_equity_cash: FloatArray
    """Dividends less tax withheld on them less equity drawn, per year of the axis; the owners pay for
    decommissioning."""


def _sum_of(tranches: tuple[Tranche, ...], timeline: Timeline, seniority: int | None = None) -> FloatArray:
    service = np.zeros(timeline.periods)
    for tranche in tranches:
        if seniority is None or tranche.source.seniority == seniority:
            service += tranche.service
    return service[timeline.construction_periods :]


def _arrears_rate(tranches: tuple[Tranche, ...], seniority: int, payments_per_year: int) -> float:
    """Rate per period on unpaid service: the highest contract rate of the rank."""
    rates = [tranche.source.project_rate_pa for tranche in tranches if tranche.source.seniority == seniority]
    return max(rates, default=0.0) / payments_per_year


def operate(model: FundingModel, revenue_usd_nominal: FloatArray) -> Outcome:
    """Runs the operating years at a yearly revenue, shape (operation_years,), nominal USD.

    With a cash sweep they are run until the loans are prepaid with what is swept. Raises FinancingFailed where that
    does not settle.
    """
    funded = model.fund(revenue_usd_nominal)
    sweep = model.structure.sweep
    outcome = _run(model, funded, revenue_usd_nominal)
    if sweep is None:
        return outcome
    currencies = {source.name: model.currencies[n] for n, source in enumerate(model.structure.sources)}
    swept = np.zeros(model.timeline.operation_periods)
    for _ in range(SWEEP_RUNS_MAX):
        moved = float(np.abs(outcome.waterfall.swept - swept).max())
        if moved < SMALLEST_USD:
            return outcome
        swept = outcome.waterfall.swept
        early = prepayments(sweep, funded.tranches, currencies, swept)
        tranches = model.tranches(funded.construction, funded.profiles, early)
        outcome = _run(model, replace(funded, tranches=tranches), revenue_usd_nominal)
    raise FinancingFailed(f"the cash sweep did not settle in {SWEEP_RUNS_MAX} runs: {moved:,.2f} USD still move")


def _maturity_period(funded: Funded) -> int | None:
    """Operating period in which the last loan that was drawn falls due by contract."""
    drawn = {tranche.source.name for tranche in funded.tranches if float(tranche.draw.sum()) > SMALLEST_USD}
    due = [int(np.flatnonzero(shares)[-1]) for name, shares in funded.profiles.items() if name in drawn]
    return max(due, default=None)


def _run(model: FundingModel, funded: Funded, revenue_usd_nominal: FloatArray) -> Outcome:
    timeline, project = model.timeline, model.project
    tranches = funded.tranches
    tax = model.tax_usd_nominal(funded.construction, tranches, revenue_usd_nominal)
    cfads = revenue_usd_nominal - project.opex_usd_nominal - tax - model.reserved
    service = _sum_of(tranches, timeline)
    net_debt, prepaid = np.zeros(timeline.periods), np.zeros(timeline.periods)
    for tranche in tranches:
        net_debt += tranche.net_opening
        prepaid += tranche.prepayment
    operation = Operation(
        locked(revenue_usd_nominal.copy()),
        project.opex_usd_nominal,
        locked(tax),
        locked(model.reserved.copy()),
        locked(cfads),
        locked(service.reshape(timeline.operation_years, -1).sum(axis=1)),
        locked(service),
        locked(net_debt[timeline.construction_periods :].copy()),
        locked(prepaid[timeline.construction_periods :].copy()),
        locked(model.vat.returned.copy()),
        _maturity_period(funded),
    )
    waterfall = run(_claims(model, funded, operation))
    return Outcome(model, funded, operation, waterfall, _equity_cash(model, funded, waterfall))


def _claims(model: FundingModel, funded: Funded, operation: Operation) -> Claims:
    timeline, structure = model.timeline, model.structure
    per_year = timeline.payments_per_year
    senior = _sum_of(funded.tranches, timeline, SENIOR)
    lock_up = structure.covenants.lock_up_dscr_ratio
    below = np.zeros(timeline.operation_years, dtype=bool)
    if lock_up is not None:
        below = (operation.service > 0.0) & (operation.cfads < (lock_up - TEST_TOLERANCE) * operation.service)
    locked_up = np.repeat(below, per_year)
    sweep, caps = structure.sweep, None
    if sweep is not None:
        caps = sweep_caps(sweep, funded.tranches, operation, timeline)
        locked_up = locked_up | kept_within_years(sweep, funded.tranches, timeline)
    net_of_tax = 1.0 - blended_rate_frac(model.project.plan.tax)
    return Claims(
        cash=timeline.spread(operation.cfads) + model.vat.returned,
        senior=senior,
        subordinated=operation.claims_per_period - senior,
        reserve_target=reserve_targets(senior, structure.dsra_months, per_year),
        reserve_first_usd_nominal=float(funded.construction.reserve.sum()),
        reserve_rate_per_period=structure.reserve_interest_pa * net_of_tax / per_year,
        senior_rate_per_period=_arrears_rate(funded.tranches, SENIOR, per_year),
        subordinated_rate_per_period=_arrears_rate(funded.tranches, SENIOR + 1, per_year),
        locked_up=locked_up.tolist(),
        sweep_share_frac=sweep.share_frac if sweep is not None else 0.0,
        sweep_cap=caps,
    )


def _equity_cash(model: FundingModel, funded: Funded, waterfall: Waterfall) -> FloatArray:
    timeline = model.timeline
    per_period = np.zeros(timeline.periods)
    for number, source in enumerate(model.structure.sources):
        if source.kind == "equity":
            per_period[: timeline.construction_periods] -= funded.construction.draw[number]
    per_period[timeline.construction_periods :] += waterfall.dividends * (1.0 - model.structure.dividend_tax_frac)
    yearly = timeline.yearly(per_period)
    yearly[-1] -= model.project.decommissioning_usd_nominal
    return locked(yearly)


def equity_target_pa(model: FundingModel) -> float | None:
    """Return that the owners require, weighted by their shares; None in a mix without equity."""
    owners = [source for source in model.structure.sources if source.kind == "equity" and source.share_frac > 0.0]
    if not owners:
        return None
    weight = sum(source.share_frac for source in owners)
    return sum(source.share_frac * source.target_irr_pa for source in owners) / weight


def equity_npv_usd_nominal(outcome: Outcome, rate_pa: float) -> float:
    """Worth of the owners' flows at a yearly rate."""
    return npv(rate_pa, outcome.net_equity_cash)


def least_loan_life_cover(outcome: Outcome) -> tuple[Measure, int | None]:
    """Smallest LLCR and its year."""
    operation, timeline = outcome.operation, outcome.model.timeline
    covers = loan_life_cover(
        timeline.spread(operation.cfads),
        operation.claims_per_period + operation.prepaid_per_period,
        operation.net_debt_per_period,
        operation.maturity_period,
    )
    if not len(covers):
        return Measure(None, "no debt in operation"), None
    worst = int(np.argmin(covers))
    year = outcome.model.project.plan.operation_first_year + worst // timeline.payments_per_year
    return Measure(float(covers[worst])), year


def margins_of_tests(outcome: Outcome) -> dict[str, float]:
    """How far a mix is from failing each of its cover and return tests: at least 0 where it passes.

    Yearly cash less covenant times service, and worth of the owners' flows at their target, as shares of uses; loan
    life cover less its covenant. Each is continuous in revenue and in grants, so a bracketed search finds its zero.
    """
    operation, covenants = outcome.operation, outcome.model.structure.covenants
    uses = outcome.funded.construction.uses_usd_nominal
    required = max(1.0, covenants.dscr_min_ratio or 1.0) - TEST_TOLERANCE
    margins: dict[str, float] = {}
    target_pa = equity_target_pa(outcome.model)
    if target_pa is not None:
        margins["equity IRR"] = equity_npv_usd_nominal(outcome, target_pa) / uses
    margins["minimum DSCR"] = float((operation.cfads - required * operation.service).min()) / uses
    if covenants.llcr_min_ratio is not None:
        least = least_loan_life_cover(outcome)[0].value
        if least is not None:
            margins["minimum LLCR"] = least - covenants.llcr_min_ratio + TEST_TOLERANCE
    return margins
