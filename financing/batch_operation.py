"""The operating years of many draws at once: tax, claims, waterfall, and a cash sweep until it settles.

Arrays have time first and draws last, as in `batch`. Every figure equals that of `operation.operate`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from financing.batch_funding import Built, Schedule, Terms, schedule
from financing.batch_sweep import Swept, nothing_prepaid, prepaid_by, sweep_of
from financing.instruments import Prepaid
from financing.operation import SWEEP_RUNS_MAX, TEST_TOLERANCE
from financing.plan import TaxShare
from financing.problems import FinancingFailed
from financing.structure import SENIOR, Structure
from financing.tax import blended_rate_frac
from financing.timeline import FloatArray, Timeline
from financing.waterfall import SMALLEST_USD


@dataclass(frozen=True, slots=True)
class Setting:
    """A mix built in every draw."""

    structure: Structure
    timeline: Timeline
    tax: Sequence[TaxShare]
    terms: Sequence[Terms]
    built: Built


@dataclass(frozen=True, slots=True)
class Money:
    """What does not depend on the loans, USD nominal, (operating years, draws); `returned` per period."""

    revenue: FloatArray
    opex: FloatArray
    reserved: FloatArray
    returned: FloatArray


@dataclass(frozen=True, slots=True)
class Fall:
    """Out of the waterfall."""

    dividends: FloatArray
    """(operating periods, draws)."""
    swept: FloatArray
    defaults: FloatArray
    """(draws,): 1 for a default."""
    unpaid: FloatArray


@dataclass(frozen=True, slots=True)
class Operated:
    """The operating years of every draw."""

    cfads: FloatArray
    """(operating years, draws)."""
    service: FloatArray
    """Falling due, (operating periods, draws)."""
    fall: Fall


def operate_draws(at: Setting, money: Money) -> Operated:
    """Runs the operating years; with a sweep until the loans are prepaid with what is swept.

    Raises FinancingFailed where that does not settle.
    """
    sweep = at.structure.sweep
    if sweep is None:
        return _run(at, money, {})[0]
    draws = money.revenue.shape[1]
    prepaid = nothing_prepaid(sweep, at.terms, at.timeline, draws)
    swept = np.zeros((at.timeline.operation_periods, draws))
    scheduled: dict[int, Schedule] = {}
    for _ in range(SWEEP_RUNS_MAX):
        done, loans = _run(at, money, prepaid)
        scheduled = scheduled or loans
        moved = float(np.abs(done.fall.swept - swept).max())
        if moved < SMALLEST_USD:
            return done
        swept = done.fall.swept
        prepaid = prepaid_by(sweep, at.terms, scheduled, swept)
    raise FinancingFailed(f"the cash sweep did not settle in {SWEEP_RUNS_MAX} runs: {moved:,.2f} USD still move")


def _run(at: Setting, money: Money, prepaid: Mapping[int, Prepaid]) -> tuple[Operated, dict[int, Schedule]]:
    per_year = at.timeline.payments_per_year
    loans = {
        number: schedule(each, at.timeline, at.built.draw[number], prepaid.get(number))
        for number, each in enumerate(at.terms)
        if each.source.is_debt
    }
    deducted = sum((yearly(loan.deductible, per_year) for loan in loans.values()), np.zeros_like(money.revenue))
    earned = money.revenue - money.opex
    cfads = earned - batch_tax(at.tax, earned - deducted, _basis(at.structure, at.built)) - money.reserved
    senior, service = _claims(at.terms, loans, cfads, per_year)
    sweep = at.structure.sweep
    swept = None if sweep is None else sweep_of(sweep, at.terms, loans, (cfads, yearly(service, per_year)))
    return Operated(cfads, service, _waterfall(at, (cfads, money.returned, senior, service), swept)), loans


def yearly(values: FloatArray, per_year: int) -> FloatArray:
    """Sums per operating year of an array per period."""
    return np.asarray(values.reshape(-1, per_year, values.shape[1]).sum(axis=1))


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


def _waterfall(at: Setting, money: tuple[FloatArray, FloatArray, FloatArray, FloatArray], sweep: Swept | None) -> Fall:
    """Pays the claims period by period, in the order of `waterfall.run`."""
    structure, (cfads, returned, senior, service) = at.structure, money
    per_year, draws = at.timeline.payments_per_year, cfads.shape[1]
    yearly_service = yearly(service, per_year)
    lock_up = structure.covenants.lock_up_dscr_ratio
    locked = np.zeros_like(cfads, dtype=bool)
    if lock_up is not None:
        locked = (yearly_service > 0.0) & (cfads < (lock_up - TEST_TOLERANCE) * yearly_service)
    ahead = np.vstack([np.cumsum(senior, axis=0), np.repeat(senior.sum(0)[None], per_year, axis=0)])
    targets = (ahead[per_year:] - ahead[:-per_year]) * structure.dsra_months / 12.0
    interest_rate = structure.reserve_interest_pa * (1.0 - blended_rate_frac(at.tax)) / per_year
    rates = [_arrears_rate(at.terms, rank, draws) / per_year for rank in (SENIOR, SENIOR + 1)]
    reserve, retained = at.built.reserve_first.copy(), np.zeros(draws)
    senior_owed, later_owed, dividends = np.zeros(draws), np.zeros(draws), np.zeros_like(senior)
    failed, unpaid, swept = np.zeros(draws, dtype=bool), np.zeros(draws), np.zeros((0, draws))
    if sweep is not None:
        swept = np.zeros_like(senior)
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
        if sweep is not None:
            swept[period] = np.minimum(rest * sweep.share_frac, sweep.caps[period])
            rest = rest - swept[period]
            kept = kept | sweep.waiting[period]
        dividends[period] = np.where(kept, 0.0, rest)
        retained = np.where(kept, rest, 0.0)
        failed |= (senior_owed > SMALLEST_USD) | (unfunded > SMALLEST_USD)
        unpaid = np.maximum(unpaid, senior_owed + later_owed + unfunded)
    failed |= later_owed > SMALLEST_USD
    return Fall(dividends, swept, failed.astype(np.float64), unpaid)


def _arrears_rate(terms: Sequence[Terms], rank: int, draws: int) -> FloatArray:
    """Highest contract rate of the rank, per year."""
    highest = np.zeros(draws)
    for each in terms:
        if each.source.is_debt and each.source.seniority == rank:
            highest = np.maximum(highest, each.rate_pa)
    return highest
