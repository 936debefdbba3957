"""One draw of a funding mix as a plain loop over its periods, with numpy_financial where it has a function.

What an analyst writes first: lists of floats, one draw after the other. It covers the terms of `sovereign.toml`
(loans of equal principal or level payments, drawn pro rata with equity) and refuses any other; the benchmark compares
its answers with those of the vectorised path, so it is an independent check too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy_financial as npf

from financing.batch import Draws
from financing.instruments import principal_shares
from financing.plan import TaxShare
from financing.project import Project
from financing.structure import ACCRUAL_RATIO, SENIOR, Source, Structure
from financing.tax import blended_rate_frac
from financing.timeline import Timeline

CENT_USD = 0.005
CLOSED_USD = 0.001


@dataclass(frozen=True)
class Answer:
    """What the loop finds for one draw."""

    npv_prefinance_usd_nominal: float
    equity_irr_pa: float
    dscr_min_ratio: float
    defaults: float


@dataclass
class Loan:
    """One loan of one draw."""

    source: Source
    rate: float
    """Per period, what the project pays."""
    currency: list[float]
    shares: list[float]


def plain_draw(project: Project, structure: Structure, draws: Draws, k: int) -> Answer:
    """The k-th draw from construction to the owners' return."""
    plan, per_year = project.plan, structure.payments_per_year
    timeline = Timeline(
        plan.construction_first_year, project.construction_years, plan.operation_years, structure.payments_per_year
    )
    capex = [float(amount) * float(draws.capex_factor[k]) for amount in project.capex_usd_nominal]
    earned = zip(project.revenue_usd_nominal, draws.output_factor[:, k], strict=True)
    revenue = [float(amount) * float(output) * float(draws.revenue_factor[k]) for amount, output in earned]
    opex = [float(amount) * float(draws.opex_factor[k]) for amount in project.opex_usd_nominal]
    moves = project.maintenance_reserve_moves(structure.maintenance_reserve_years)
    reserved = [float(amount) * float(draws.opex_factor[k]) for amount in moves]
    loans = [_loan(source, structure, timeline, draws, k) for source in structure.debts]
    needs = [amount / per_year for amount in capex for _ in range(per_year)]
    built = _construction(structure, loans, needs, per_year)
    senior, service, deductible = _service(loans, built[0], len(needs), per_year)
    basis = sum(capex) + built[1]
    profit = [earned - spent - cost for earned, spent, cost in zip(revenue, opex, deductible, strict=True)]
    tax = _tax(plan.tax, profit, basis)
    cfads = [a - b - c - d for a, b, c, d in zip(revenue, opex, tax, reserved, strict=True)]
    dividends, failed = _waterfall(structure, loans, (cfads, senior, service), built[2], blended_rate_frac(plan.tax))
    spent = [-sum(built[3][year * per_year : (year + 1) * per_year]) for year in range(len(capex))]
    owners = spent + dividends + [-project.decommissioning_usd_nominal]
    untaxed = _tax(plan.tax, [a - b for a, b in zip(revenue, opex, strict=True)], sum(capex))
    operating = [a - b - c for a, b, c in zip(revenue, opex, untaxed, strict=True)]
    flows = [-amount for amount in capex] + operating + [-project.decommissioning_usd_nominal]
    yearly = [sum(service[year * per_year : (year + 1) * per_year]) for year in range(len(cfads))]
    covers = [cash / due for cash, due in zip(cfads, yearly, strict=True) if due > 1e-6 * max(1.0, *yearly)]
    return Answer(
        float(npf.npv(plan.discount_rate_nominal_pa, flows)), float(npf.irr(owners)), min(covers), float(failed)
    )


def _loan(source: Source, structure: Structure, timeline: Timeline, draws: Draws, k: int) -> Loan:
    per_year = timeline.payments_per_year
    if source.repayment not in ("equal_principal", "annuity") or source.base_steps_pa:
        raise ValueError(f"{source.name}: {source.repayment} is not in the plain loop")
    lender = source.rate_pa + (float(draws.rate_shift_pa[k]) if source.floating else 0.0)
    accrued = (max(0.0, lender) if source.floating else lender) * ACCRUAL_RATIO[source.day_count]
    rate = accrued / (1.0 - source.withholding_tax_frac) + source.on_lending_margin_pa
    path = [1.0] * timeline.periods
    if source.currency != "USD":
        rise = 1.0 + dict(structure.appreciation_pa).get(source.currency, 0.0) + float(draws.dollar_fall_pa[k])
        path = [rise ** (period / per_year) for period in range(timeline.periods)]
    shares = principal_shares(source, timeline).tolist()
    if source.repayment == "annuity":
        paying = [period for period, share in enumerate(shares) if share > 0.0]
        parts = npf.ppmt(rate / per_year, np.arange(1, len(paying) + 1), len(paying), -1.0)
        shares = [0.0] * len(shares)
        for period, part in zip(paying, parts, strict=True):
            shares[period] = float(part)
    return Loan(source, rate / per_year, path, shares)


def _construction(
    structure: Structure, loans: Sequence[Loan], needs: Sequence[float], per_year: int
) -> tuple[list[list[float]], float, float, list[float]]:
    """(draws of each loan, interest and fees, first reserve, the owners' draws), by passes until uses stand still."""
    uses, reserve = sum(needs), 0.0
    while True:
        drawn = [[0.0] * len(needs) for _ in loans]
        own, carried, total = [0.0] * len(needs), 0.0, 0.0
        balance, paid = [0.0] * len(loans), [0.0] * len(loans)
        for period, need in enumerate(needs):
            cost = 0.0
            for number, loan in enumerate(loans):
                source, owed = loan.source, balance[number] * loan.currency[period]
                committed = source.share_frac * uses
                cost += owed * loan.rate + owed * source.guarantee_fee_pa / per_year
                cost += source.commitment_fee_pa / per_year * max(0.0, committed - paid[number])
                if period == 0:
                    cost += (source.front_end_fee_frac + source.issue_cost_frac) * committed
                    cost += source.second_party_opinion_usd
            carried += cost
            wanted = need + cost + (reserve if period == len(needs) - 1 else 0.0)
            total += wanted
            for number, loan in enumerate(loans):
                amount = wanted * loan.source.share_frac
                drawn[number][period] = amount
                paid[number] += amount
                balance[number] += amount / loan.currency[period]
            own[period] = wanted * sum(source.share_frac for source in structure.sources if source.kind == "equity")
        senior = _service(loans, drawn, len(needs), per_year)[0]
        needed = sum(senior[:per_year]) * structure.dsra_months / 12.0
        if abs(total - uses) < CLOSED_USD and abs(needed - reserve) < CLOSED_USD:
            return drawn, carried, reserve, own
        uses, reserve = total, needed


def _service(
    loans: Sequence[Loan], drawn: Sequence[Sequence[float]], start: int, per_year: int
) -> tuple[list[float], list[float], list[float]]:
    """(senior service, all service) per operating period and (interest and fees) per operating year."""
    periods = len(loans[0].shares)
    senior, service, deductible = [0.0] * periods, [0.0] * periods, [0.0] * (periods // per_year)
    for loan, draws in zip(loans, drawn, strict=True):
        amount = sum(draw / rate for draw, rate in zip(draws, loan.currency, strict=False))
        left = amount
        for period in range(periods):
            rate = loan.currency[start + period]
            if left > 1e-9 * amount:
                cost = left * rate * (loan.rate + loan.source.guarantee_fee_pa / per_year)
                cost += loan.source.verification_usd_pa / per_year
                deductible[period // per_year] += cost
                due = cost + amount * loan.shares[period] * rate
                service[period] += due
                senior[period] += due if loan.source.seniority == SENIOR else 0.0
            left -= amount * loan.shares[period]
    return senior, service, deductible


def _tax(shares: Sequence[TaxShare], profit: Sequence[float], basis: float) -> list[float]:
    """Per year, losses carried forward, oldest used first."""
    total = [0.0] * len(profit)
    for share in shares:
        life = min(share.depreciation_years, len(profit))
        losses: list[list[float]] = []
        for year, earned in enumerate(profit):
            income = share.share_frac * (earned - (basis / life if year < life else 0.0))
            if income < 0:
                losses.append([year, -income])
                continue
            for loss in losses:
                if year - loss[0] <= share.loss_carry_forward_years:
                    used = min(income, loss[1])
                    income -= used
                    loss[1] -= used
            total[year] += share.rate_frac * income
    return total


def _waterfall(
    structure: Structure,
    loans: Sequence[Loan],
    money: tuple[Sequence[float], Sequence[float], Sequence[float]],
    reserve: float,
    tax_rate_frac: float,
) -> tuple[list[float], bool]:
    """(dividends per year, whether something stays unpaid)."""
    cfads, senior, service = money
    per_year, periods = structure.payments_per_year, len(senior)
    lock_up = structure.covenants.lock_up_dscr_ratio
    earns = structure.reserve_interest_pa * (1.0 - tax_rate_frac) / per_year
    rates = [
        max((loan.rate for loan in loans if loan.source.seniority == rank), default=0.0)
        for rank in (SENIOR, SENIOR + 1)
    ]
    dividends, kept, failed = [0.0] * len(cfads), 0.0, False
    senior_owed = later_owed = 0.0
    for period in range(periods):
        year = period // per_year
        cash = cfads[year] / per_year + reserve * earns + kept
        drawn = min(reserve, max(0.0, -cash))
        reserve -= drawn
        unfunded, cash = max(0.0, -cash - drawn), max(0.0, cash)
        due = senior[period] + senior_owed * (1.0 + rates[0])
        paid = min(cash, due)
        cash -= paid
        rescue = min(reserve, due - paid)
        reserve -= rescue
        senior_owed = due - paid - rescue
        target = sum(senior[period + 1 : period + 1 + per_year]) * structure.dsra_months / 12.0
        move = min(cash, max(0.0, target - reserve)) - max(0.0, reserve - target)
        reserve, cash = reserve + move, cash - move
        due = service[period] - senior[period] + later_owed * (1.0 + rates[1])
        paid = min(cash, due)
        cash, later_owed = cash - paid, due - paid
        owed = sum(service[year * per_year : (year + 1) * per_year])
        locked = lock_up is not None and owed > 0.0 and cfads[year] < (lock_up - 1e-6) * owed and period < periods - 1
        kept = cash if locked else 0.0
        dividends[year] += 0.0 if locked else cash
        failed = failed or senior_owed > CENT_USD or unfunded > CENT_USD
    return dividends, failed or later_owed > CENT_USD
