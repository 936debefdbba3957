"""Construction and loan schedules of many draws at once: what `construction` and `instruments` do for one.

Arrays have time first and draws last: (periods, draws) or (years, draws). A mix must be `sized`: its loans do not move
with the cash of a draw, as after signing. Money in USD nominal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from financing.construction import TOLERANCE_USD, draw_groups
from financing.fixed_point import ITERATIONS_MAX
from financing.instruments import Prepaid, deposit_shares, principal_shares, repayment_window
from financing.problems import FinancingFailed
from financing.structure import ACCRUAL_RATIO, SENIOR, Source, Structure
from financing.timeline import FloatArray, Timeline


@dataclass(frozen=True, slots=True)
class Terms:
    """What one source costs in every draw."""

    source: Source
    lender_rate_pa: FloatArray
    """Shape (draws,)."""
    currency: FloatArray
    """USD per unit, relative to signing, (periods, draws)."""
    rates_pa: FloatArray
    """What the project pays in each period, on-lending margin included, (periods, draws)."""
    principal_share: FloatArray
    """(operating periods, draws or 1)."""
    deposit_share: FloatArray
    """(operating periods, 1)."""

    @property
    def rate_pa(self) -> FloatArray:
        """What the project pays at signing, on-lending margin included."""
        return np.asarray(_of_the_project(self.source, self.lender_rate_pa))


def _of_the_project(source: Source, lender_rate_pa: FloatArray) -> FloatArray:
    accrued = lender_rate_pa * ACCRUAL_RATIO[source.day_count]
    return np.asarray(accrued / (1.0 - source.withholding_tax_frac) + source.on_lending_margin_pa)


@dataclass(frozen=True, slots=True)
class Built:
    """Construction of every draw."""

    draw: FloatArray
    """(sources, construction periods, draws)."""
    interest: FloatArray
    fees: FloatArray
    """(sources, construction periods, draws)."""
    reserve_first: FloatArray
    """(draws,)."""
    capex: FloatArray
    vat: FloatArray
    """Advance of value added tax, or its facility's interest, (construction periods, draws)."""

    @property
    def uses(self) -> FloatArray:
        """(draws,)"""
        return np.asarray(
            self.capex.sum(0) + self.vat.sum(0) + self.interest.sum(0) + self.fees.sum((0, 1)) + self.reserve_first
        )


@dataclass(frozen=True, slots=True)
class Schedule:
    """Operating years of one loan, (operating periods, draws)."""

    service: FloatArray
    deductible: FloatArray
    """Interest and fees."""
    opening_usd: FloatArray
    owed_usd: FloatArray
    """After what falls due and before a prepayment; both without rows for a loan that no sweep repays."""


def make_terms(
    structure: Structure, timeline: Timeline, rate_shift_pa: FloatArray, dollar_fall_pa: FloatArray
) -> list[Terms]:
    """Terms of every source. `rate_shift_pa` moves market-priced rates (never below zero), `dollar_fall_pa` adds to the
    yearly rise of every other currency; both of shape (draws,)."""
    terms = []
    for source in structure.sources:
        lender = np.full(len(rate_shift_pa), source.rate_pa)
        if source.is_debt and source.floating:
            lender = np.maximum(0.0, lender + rate_shift_pa)
        path = np.ones((timeline.periods, len(rate_shift_pa)))
        if source.currency != "USD":
            path = _currency(structure, source.currency, timeline, dollar_fall_pa)
        principal, deposit = np.zeros((timeline.operation_periods, 1)), np.zeros((timeline.operation_periods, 1))
        if source.is_debt:
            deposit = deposit_shares(source, timeline)[:, None]
        made = Terms(source, lender, path, _rates(source, lender, timeline), principal, deposit)
        if source.is_debt:
            made = replace(made, principal_share=_principal(source, made.rate_pa, timeline))
        terms.append(made)
    return terms


def _currency(structure: Structure, code: str, timeline: Timeline, dollar_fall_pa: FloatArray) -> FloatArray:
    """Path of a currency in every draw: forwards first, then the constant rise; straight in logarithms in a year."""
    years = np.arange(timeline.periods) / timeline.payments_per_year
    constant = dict(structure.appreciation_pa).get(code, 0.0)
    forward = dict(structure.forward_rise_pa).get(code, ())
    if not forward:
        return np.asarray((1.0 + constant + dollar_fall_pa) ** years[:, None])
    rises = np.asarray((*forward, *(constant,) * timeline.periods))[: timeline.periods + 1, None] + dollar_fall_pa
    growth = np.vstack([np.zeros((1, len(dollar_fall_pa))), np.cumsum(np.log1p(rises), axis=0)])
    whole = years.astype(int)
    part = (years - whole)[:, None]
    return np.asarray(np.exp((1.0 - part) * growth[whole] + part * growth[whole + 1]))


def _rates(source: Source, lender_rate_pa: FloatArray, timeline: Timeline) -> FloatArray:
    """What the project pays in each period of every draw; a view where the base rate has no path."""
    shape = (timeline.periods, len(lender_rate_pa))
    if not source.base_steps_pa:
        return np.broadcast_to(_of_the_project(source, lender_rate_pa), shape)
    years = timeline.construction_years + timeline.operation_years
    steps = np.asarray((*source.base_steps_pa, *(source.base_steps_pa[-1],) * years)[:years])
    per_period = np.repeat(steps, timeline.payments_per_year)[:, None]
    return _of_the_project(source, np.maximum(0.0, lender_rate_pa + per_period))


@dataclass(frozen=True, slots=True)
class _Unit:
    """One unit of a loan over the operating periods, (operating periods, draws or 1)."""

    opening: FloatArray
    principal: FloatArray
    capitalised: FloatArray


def _unit(terms: Terms, timeline: Timeline) -> _Unit:
    """As `instruments.repayment_of` in every draw."""
    shares = terms.principal_share
    before = np.cumsum(shares, axis=0) - shares
    opening = np.where(before > 1.0 - 1e-9, 0.0, np.maximum(0.0, 1.0 - before))
    waiting = int(np.argmax(shares[:, 0] > 0.0))
    if terms.source.grace_interest != "capitalised" or not waiting:
        return _Unit(opening, shares, np.zeros((len(shares), 1)))
    start = timeline.construction_periods
    growth = np.cumprod(1.0 + terms.rates_pa[start : start + waiting] / timeline.payments_per_year, axis=0)
    capitalised = np.zeros((len(shares), growth.shape[1]))
    capitalised[:waiting] = np.diff(growth, axis=0, prepend=1.0)
    opening = opening * growth[-1]
    opening[0], opening[1 : waiting + 1] = 1.0, growth
    return _Unit(opening, shares * growth[-1], capitalised)


def _principal(source: Source, rate_pa: FloatArray, timeline: Timeline) -> FloatArray:
    """Principal shares; only level payments depend on the rate."""
    if source.repayment != "annuity" or np.ptp(rate_pa) == 0.0:
        return principal_shares(source, timeline)[:, None]
    first, last = repayment_window(source, timeline)
    shares = np.zeros((timeline.operation_periods, len(rate_pa)))
    rate = np.maximum(rate_pa / timeline.payments_per_year, 1e-12)
    level = rate / -np.expm1(-(last - first) * np.log1p(rate))
    shares[first:last] = (level - rate) * (1.0 + rate) ** np.arange(last - first)[:, None]
    return shares


def build(
    structure: Structure, timeline: Timeline, capex: FloatArray, terms: Sequence[Terms], vat: FloatArray
) -> Built:
    """Draws that meet every period's need, closed to a tenth of a cent; `capex` and `vat` have shape (periods, draws).

    Every third pass jumps to where the last steps lead (Aitken 1926); it is judged by the passes that follow.
    Raises FinancingFailed where sources and uses do not close.
    """
    groups = draw_groups(structure)
    uses, reserve = capex.sum(0), np.zeros(capex.shape[1])
    earlier = (uses, reserve)
    for number in range(ITERATIONS_MAX):
        built = _pass(structure, timeline, (capex, vat, groups), terms, (uses, reserve))
        needed = _first_reserve(structure, timeline, terms, built)
        moved = max(float(np.abs(built.uses - uses).max()), float(np.abs(needed - reserve).max()))
        if moved < TOLERANCE_USD:
            return built
        latest = (built.uses, needed)
        if number % 3 == 2:
            latest = (_ahead(earlier[0], uses, built.uses), _ahead(earlier[1], reserve, needed))
        earlier, (uses, reserve) = (uses, reserve), latest
    raise FinancingFailed(f"sources and uses did not close in {ITERATIONS_MAX} steps: {moved:,.2f} USD still move")


def _ahead(first: FloatArray, second: FloatArray, third: FloatArray) -> FloatArray:
    """Limit of three steps that shrink evenly; the third where they do not."""
    before, after = second - first, third - second
    even = (np.abs(before) > TOLERANCE_USD) & (np.abs(after) < 0.5 * np.abs(before))
    ratio = np.divide(after, before, out=np.zeros_like(after), where=even)
    return np.asarray(third + after * ratio / (1.0 - ratio))


def _pass(
    structure: Structure,
    timeline: Timeline,
    needs: tuple[FloatArray, FloatArray, Sequence[Sequence[int]]],
    terms: Sequence[Terms],
    totals: tuple[FloatArray, FloatArray],
) -> Built:
    (capex, vat, groups), (uses, reserve) = needs, totals
    sources, per_year = structure.sources, timeline.payments_per_year
    count, (periods, draws) = len(sources), capex.shape
    committed = np.array([source.share_frac for source in sources])[:, None] * uses
    drawn, balance = np.zeros((count, draws)), np.zeros((count, draws))
    draw, fees, interest = np.zeros((count, periods, draws)), np.zeros((count, periods, draws)), np.zeros_like(capex)
    for period in range(periods):
        for number, source in enumerate(sources):
            if not source.is_debt or source.share_frac <= 0.0:
                continue
            owed = balance[number] * terms[number].currency[period]
            interest[period] += owed * (terms[number].rates_pa[period] / per_year)
            fee = source.commitment_fee_pa / per_year * np.maximum(0.0, committed[number] - drawn[number])
            fee += source.guarantee_fee_pa / per_year * owed
            if period == 0:
                upfront = source.front_end_fee_frac + source.issue_cost_frac
                fee += upfront * committed[number] + source.second_party_opinion_usd
            fees[number, period] = fee
        need = capex[period] + vat[period] + interest[period] + fees[:, period].sum(0)
        need = need + reserve if period == periods - 1 else need
        for number, amount in _allocate(need, groups, structure, committed, drawn):
            draw[number, period] = amount
            drawn[number] += amount
            balance[number] += amount / terms[number].currency[period]
    return Built(draw, interest, fees, reserve, capex, vat)


def _allocate(
    need: FloatArray, groups: Sequence[Sequence[int]], structure: Structure, committed: FloatArray, drawn: FloatArray
) -> list[tuple[int, FloatArray]]:
    shares = [source.share_frac for source in structure.sources]
    parts: list[tuple[int, FloatArray]] = []
    rest = need
    open_groups = [group for group in groups if sum(shares[number] for number in group) > 0.0]
    for position, group in enumerate(open_groups):
        members = list(group)
        weight = sum(shares[number] for number in members)
        room = np.maximum(0.0, (committed[members] - drawn[members]).sum(0))
        amount = rest if position == len(open_groups) - 1 else np.minimum(rest, room)
        parts += [(number, amount * (shares[number] / weight)) for number in members if shares[number] > 0.0]
        rest = rest - amount
    return parts


def _loan_own(terms: Terms, draw: FloatArray) -> FloatArray:
    """What is drawn, in units of the loan's currency at signing, (draws,)."""
    return np.asarray((draw / terms.currency[: len(draw)]).sum(0))


def _first_reserve(structure: Structure, timeline: Timeline, terms: Sequence[Terms], built: Built) -> FloatArray:
    """Months of the senior service of the first twelve months of operation."""
    count = timeline.payments_per_year
    total = np.zeros(built.capex.shape[1])
    for number, each in enumerate(terms):
        source = each.source
        if not source.is_debt or source.seniority != SENIOR:
            continue
        loan = _loan_own(each, built.draw[number])
        loan_unit, first = (
            _unit(each, timeline),
            slice(timeline.construction_periods, timeline.construction_periods + count),
        )
        running = loan_unit.opening[:count] * ((each.rates_pa[first] + source.guarantee_fee_pa) / count)
        service = running - loan_unit.capitalised[:count] + loan_unit.principal[:count] + each.deposit_share[:count]
        unit = (service * each.currency[first]).sum(0)
        total += np.where(loan > 0.0, loan * unit + source.verification_usd_pa, 0.0)
    return total * structure.dsra_months / 12.0


def schedule(terms: Terms, timeline: Timeline, draw: FloatArray, prepaid: Prepaid | None = None) -> Schedule:
    """Operating years of one loan from its draws in USD, (construction periods, draws), and what a sweep prepays."""
    source, per_year, start = terms.source, timeline.payments_per_year, timeline.construction_periods
    loan = _loan_own(terms, draw)
    currency = terms.currency[start:]
    unit = _unit(terms, timeline)
    opening, principal = loan * unit.opening, loan * unit.principal
    opening_usd = owed_usd = np.zeros((0, len(loan)))
    if prepaid is not None:
        closing = np.vstack([opening[1:], np.zeros((1, len(loan)))]) * prepaid.kept_frac
        opening = np.vstack([opening[:1], closing[:-1]])
        principal = opening - closing - prepaid.amount_own
        opening_usd, owed_usd = opening * currency, (closing + prepaid.amount_own) * currency
    owed = opening * currency
    deductible = owed * ((terms.rates_pa[start:] + source.guarantee_fee_pa) / per_year)
    deductible += source.verification_usd_pa / per_year * (opening > 0.0)
    service = deductible + (principal - loan * unit.capitalised) * currency
    if terms.deposit_share.any():
        service += loan * terms.deposit_share * currency
        last = int(np.flatnonzero(terms.deposit_share[:, 0])[-1])
        service[last] -= loan * currency[last]
    return Schedule(service, deductible, opening_usd, owed_usd)
