"""What one borrowed source pays, period by period: draws in, interest, principal, fees and sinking fund out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from financing.structure import Source
from financing.timeline import FloatArray, Timeline, locked


def annuity(rate: float, payments: int) -> FloatArray:
    """Principal shares of level payments A = r/(1-(1+r)^-n); P_k = (A-r)(1+r)^(k-1)."""
    if rate == 0.0:
        return equal_principal(rate, payments)
    level = rate / -np.expm1(-payments * np.log1p(rate))
    return np.asarray((level - rate) * (1.0 + rate) ** np.arange(payments), dtype=np.float64)


def equal_principal(_rate: float, payments: int) -> FloatArray:
    """Principal shares 1/n."""
    return np.full(payments, 1.0 / payments)


def bullet(_rate: float, payments: int) -> FloatArray:
    """All principal in the last payment."""
    shares = np.zeros(payments)
    shares[-1] = 1.0
    return shares


INSTRUMENTS: dict[str, Callable[[float, int], FloatArray]] = {
    "annuity": annuity,
    "equal_principal": equal_principal,
    "bullet": bullet,
    "sinking_fund": bullet,
}
"""Principal shares by periodic rate and number of payments; sculpted and custom loans bring their own shares."""


def sinking_deposit(rate: float, payments: int) -> float:
    """Level deposit per unit of loan that grows to it: s/((1+s)^n-1)."""
    return 1.0 / payments if rate == 0.0 else rate / float(np.expm1(payments * np.log1p(rate)))


def repayment_window(source: Source, timeline: Timeline) -> tuple[int, int]:
    """First and last-plus-one operating period with principal: after the grace, at the earliest after construction.

    Grace and tenor run from signing, the start of construction; the final maturity does not move with completion. A
    loan that would outlive the plan is repaid by its last operating year.
    """
    per_year, built = timeline.payments_per_year, timeline.construction_periods
    last = min(round(source.tenor_years * per_year) - built, timeline.operation_periods)
    first = max(0, round(source.grace_years * per_year) - built)
    return first, last


def principal_shares(source: Source, timeline: Timeline) -> FloatArray:
    """Share of the loan repaid in each operating period; shape (operation_periods,), sums to one."""
    shares = np.zeros(timeline.operation_periods)
    if source.repayment == "custom":
        given = np.asarray(source.principal_frac)[: len(shares)]
        shares[: len(given)] = given / given.sum()
        return shares
    first, last = repayment_window(source, timeline)
    if source.repayment in ("bullet", "sinking_fund"):
        first = min(first, last - 1)
    rate = source.project_rate_pa / timeline.payments_per_year
    shares[first:last] = INSTRUMENTS[source.repayment](rate, last - first)
    return shares


def currency_path(
    source: Source, appreciation_pa: float, timeline: Timeline, forward_rise_pa: tuple[float, ...] = ()
) -> FloatArray:
    """USD per unit of the source's currency at the end of each period, relative to signing: the forward rises year by
    year as far as they go, then `appreciation_pa`."""
    if source.currency == "USD":
        return np.ones(timeline.periods)
    years = np.arange(timeline.periods) / timeline.payments_per_year
    if not forward_rise_pa:
        path: FloatArray = (1.0 + appreciation_pa) ** years
        return path
    return path_of_rises((*forward_rise_pa, *(appreciation_pa,) * timeline.periods), years)


def path_of_rises(rises_pa: tuple[float, ...], years: FloatArray) -> FloatArray:
    """Product of (1 + rise) over whole years and the elapsed part of the running one; 1 at year 0."""
    growth = np.concatenate([[0.0], np.cumsum(np.log1p(rises_pa))])
    return np.asarray(np.exp(np.interp(years, np.arange(len(growth)), growth)))


RATES_KEPT = 512
"""Sources and time axes whose rates are kept: a loop over one mix asks for the same again and again."""


@lru_cache(maxsize=RATES_KEPT)
def lender_rates(source: Source, timeline: Timeline) -> FloatArray:
    """Rate per period that reaches the lender, (periods,); period k lies in year k / payments_per_year of the loan."""
    years = timeline.construction_years + timeline.operation_years
    return locked(
        np.repeat(np.asarray(source.accrued_rates_pa(years)), timeline.payments_per_year) / timeline.payments_per_year
    )


@lru_cache(maxsize=RATES_KEPT)
def project_rates(source: Source, timeline: Timeline) -> FloatArray:
    """Rate per period that the project pays, on-lending margin and tax gross-up included, (periods,)."""
    lender = lender_rates(source, timeline)
    return locked(
        lender / (1.0 - source.withholding_tax_frac) + source.on_lending_margin_pa / timeline.payments_per_year
    )


@dataclass(frozen=True, slots=True)
class Repayment:
    """One unit of a loan over the operating periods, before any prepayment."""

    opening: FloatArray
    principal: FloatArray
    capitalised: FloatArray
    """Interest added to the loan."""


def repayment_of(source: Source, shares: FloatArray, rates: FloatArray) -> Repayment:
    """From principal shares and rates per operating period. Capitalised interest of the grace raises every repayment
    alike; shares stay those of the rate at signing where a loan floats."""
    capitalised, grown = np.zeros(len(shares)), 1.0
    waiting = int(np.argmax(shares > 0.0))
    if source.grace_interest == "capitalised" and waiting:
        growth = np.cumprod(1.0 + rates[:waiting])
        capitalised[:waiting] = np.diff(growth, prepend=1.0)
        grown = float(growth[-1])
    principal = grown * shares
    opening = 1.0 + np.concatenate([[0.0], np.cumsum(capitalised - principal)[:-1]])
    return Repayment(opening, principal, capitalised)


@dataclass(frozen=True, slots=True)
class Tranche:
    """Schedule of one borrowed source, USD nominal per period over construction and operation.

    closing = opening + draw + capitalised + revaluation - principal - prepayment; the last closing is zero.
    `revaluation` is what a balance in another currency gains in USD in the period.
    """

    source: Source
    opening: FloatArray
    draw: FloatArray
    revaluation: FloatArray
    interest: FloatArray
    """Of the project, on-lending margin included."""
    capitalised: FloatArray
    """The part of the interest that is added to the loan."""
    lender_interest: FloatArray
    """Paid to the lender, without what is capitalised."""
    principal: FloatArray
    """Falling due, after prepayments made before."""
    prepayment: FloatArray
    """Out of the cash sweep."""
    lender_principal: FloatArray
    """Repaid and prepaid to the lender: without the margin that a capitalising loan has added to the balance."""
    fee: FloatArray
    """Guarantee fee and yearly verification during the loan; commitment, front-end and issue cost at their date."""
    lender_fee: FloatArray
    """Front-end and commitment fees, part of `fee`."""
    deposit: FloatArray
    """Into the sinking fund."""
    fund_release: FloatArray
    """Out of the sinking fund, at maturity."""
    fund_closing: FloatArray
    closing: FloatArray

    @property
    def service(self) -> FloatArray:
        """What falls due per period: interest, fees, principal and deposits less what the fund releases."""
        return self.interest - self.capitalised + self.fee + self.principal + self.deposit - self.fund_release

    @property
    def net_opening(self) -> FloatArray:
        """Debt outstanding at the start of each period less the sinking fund."""
        fund_opening: FloatArray = np.concatenate([[0.0], self.fund_closing[:-1]])
        return self.opening - fund_opening

    @property
    def net_cash(self) -> FloatArray:
        """Flows as the project sees them: draws less service and prepayments."""
        return self.draw - self.service - self.prepayment

    @property
    def net_lender_cash(self) -> FloatArray:
        """Draws less what reaches the lender: without on-lending margin, guarantee and verification."""
        return self.draw - self.lender_interest - self.lender_fee - self.lender_principal


def tranche_of(
    source: Source,
    timeline: Timeline,
    *,
    draw: FloatArray,
    shares: FloatArray,
    currency: FloatArray,
    construction_fees: tuple[FloatArray, FloatArray],
    prepaid: Prepaid | None = None,
) -> Tranche:
    """Schedule of one source from its draws in USD (construction periods), principal shares (operating periods) and
    currency path (all periods). `construction_fees` are all fees and those of the lender, per construction period."""
    per_year, start = timeline.payments_per_year, timeline.construction_periods
    draw_own = np.zeros(timeline.periods)
    draw_own[:start] = draw / currency[:start]
    rates, lenders = project_rates(source, timeline), lender_rates(source, timeline)
    kept = None if prepaid is None else prepaid.kept_frac
    own = _leg(draw_own, repayment_of(source, shares, rates[start:]), kept, timeline)
    to_lender = own
    if own.capitalised.any():
        to_lender = _leg(draw_own, repayment_of(source, shares, lenders[start:]), kept, timeline)
    early_own = np.zeros(timeline.periods)
    if prepaid is not None:
        early_own[start:] = prepaid.amount_own
    fees = [np.concatenate([fee, np.zeros(timeline.operation_periods)]) for fee in construction_fees]
    in_operation = np.arange(timeline.periods) >= start
    running = own.opening * currency * source.guarantee_fee_pa
    running += source.verification_usd_pa * (own.opening > 0.0)
    deposit, release, fund = _sinking_fund(source, float(draw_own.sum()), currency, timeline)
    opening = own.opening * np.concatenate([[1.0], currency[:-1]])
    parts = (
        opening,
        draw_own * currency,
        own.opening * currency - opening,
        own.opening * currency * rates,
        own.capitalised * currency,
        (to_lender.opening * lenders - to_lender.capitalised) * currency,
        (own.repaid - early_own) * currency,
        early_own * currency,
        to_lender.repaid * currency,
        fees[0] + in_operation * running / per_year,
        fees[1],
        deposit,
        release,
        fund,
        own.closing * currency,
    )
    return Tranche(source, *(locked(part) for part in parts))


@dataclass(frozen=True, slots=True)
class Prepaid:
    """What a sweep does to one loan over the operating periods."""

    amount_own: FloatArray
    """In the loan's own currency."""
    kept_frac: FloatArray
    """Balance after each period over the scheduled one."""


@dataclass(frozen=True, slots=True)
class _Leg:
    """Balances in the loan's own currency, all periods; `repaid` includes prepayments."""

    opening: FloatArray
    closing: FloatArray
    repaid: FloatArray
    capitalised: FloatArray


def _leg(draw_own: FloatArray, repayment: Repayment, kept: FloatArray | None, timeline: Timeline) -> _Leg:
    start, loan = timeline.construction_periods, float(draw_own.sum())
    capitalised, principal = np.zeros(timeline.periods), np.zeros(timeline.periods)
    capitalised[start:], principal[start:] = loan * repayment.capitalised, loan * repayment.principal
    closing = np.cumsum(draw_own + capitalised - principal)
    closing[np.abs(closing) < 1e-9 * max(1.0, loan)] = 0.0
    if kept is None or not (kept < 1.0).any():
        opening = np.concatenate([[0.0], closing[:-1]])
        return _Leg(opening, closing, principal, capitalised)
    closing[start:] *= kept
    opening = np.concatenate([[0.0], closing[:-1]])
    return _Leg(opening, closing, opening + draw_own + capitalised - closing, capitalised)


def deposit_shares(source: Source, timeline: Timeline) -> FloatArray:
    """Deposit into the sinking fund per unit of loan in each operating period; zero for every other style.

    Level deposits from the end of the grace, or from the start of operation where the grace lasts to maturity.
    """
    shares = np.zeros(timeline.operation_periods)
    if source.repayment != "sinking_fund" or source.sinking_fund_rate_pa is None:
        return shares
    first, last = repayment_window(source, timeline)
    first = first if first < last - 1 else 0
    shares[first:last] = sinking_deposit(source.sinking_fund_rate_pa / timeline.payments_per_year, last - first)
    return shares


def _sinking_fund(
    source: Source, loan_own: float, currency: FloatArray, timeline: Timeline
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Deposits, release and balance of the fund, USD; held in the loan's currency, released at maturity."""
    start = timeline.construction_periods
    deposit, release, balance = (np.zeros(timeline.periods) for _ in range(3))
    if source.repayment != "sinking_fund":
        return deposit, release, balance
    deposit[start:] = loan_own * deposit_shares(source, timeline)
    if not deposit.any():
        return deposit, release, balance
    first, last = np.flatnonzero(deposit)[[0, -1]]
    rate = (source.sinking_fund_rate_pa or 0.0) / timeline.payments_per_year
    growth = (1.0 + rate) ** np.arange(last - first + 1)
    balance[first : last + 1] = deposit[first] * np.cumsum(growth)
    balance[last] = 0.0
    release[last] = loan_own
    return deposit * currency, release * currency, balance * currency


def first_year_service(source: Source, shares: FloatArray, currency: FloatArray, timeline: Timeline) -> float:
    """Service of the first twelve months of operation, USD per unit of loan in its own currency, without the yearly
    verification (a fixed sum)."""
    count, start = timeline.payments_per_year, timeline.construction_periods
    rates = project_rates(source, timeline)[start:]
    unit = repayment_of(source, shares, rates)
    interest = unit.opening * (rates + source.guarantee_fee_pa / count) - unit.capitalised
    service = (interest + unit.principal + deposit_shares(source, timeline))[:count]
    return float(service @ currency[start:][:count])
