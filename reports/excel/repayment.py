"""How a loan is repaid, per unit of loan: windows, shares of principal, deposits, first year's service."""

from __future__ import annotations

from dataclasses import dataclass

from reports.excel.expressions import Expression, Operand
from reports.excel.functions import both, choose_if, least, most, rounded, total
from reports.excel.mix_axis import Axis, in_window
from reports.excel.sheet import Line, Sheet, Single
from reports.excel.terms_sheet import Terms

BULLETS = ("bullet", "sinking_fund")
STYLES = ("equal_principal", "annuity", "bullet", "sinking_fund", "custom", "sculpted")


@dataclass
class Repayment:
    """Per unit of a source's loan in its own currency."""

    first: Single | None
    last: Single | None
    share: Line
    """Of the principal, per period."""
    deposit: Line | None
    unit_service: Line
    """Service in the first operating year, without the yearly verification."""
    period_rate: Single
    """Interest per period that the project pays."""


def window(sheet: Sheet, axis: Axis, terms: Terms, number: int) -> tuple[Single, Single]:
    """Operating periods after which principal starts, and of the last payment."""
    m = axis.periods_per_year
    last = least(rounded(terms.of(number, "tenor_years") * m) - axis.construction_periods, axis.operation_periods)
    first = most(0, rounded(terms.of(number, "grace_years") * m) - axis.construction_periods)
    until = sheet.single("Principal ends with operating period", "1", last, "count")
    if terms.mix.sources[number].repayment in BULLETS:
        return sheet.single("Interest only until operating period", "1", least(first, until - 1), "count"), until
    return sheet.single("Interest only until operating period", "1", first, "count"), until


def repayment_of(
    sheet: Sheet, axis: Axis, terms: Terms, number: int, *, currency: Operand, sculpted: Line | None
) -> Repayment:
    """Rows of one source's repayment; a sculpted loan brings its own shares."""
    source = terms.mix.sources[number]
    rate = sheet.single("Interest per period", "1", terms.project_rate(number) / axis.periods_per_year, "rate6")
    first = last = None
    if source.repayment == "custom":
        given = _custom(axis, source.principal_frac)
        taken = sheet.line("Repayment as agreed", "1", given, "share", part="input", summed=True)
        assert taken.sum is not None
        share = sheet.line("Share of principal", "1", taken / taken.sum, "share", summed=True)
    else:
        first, last = window(sheet, axis, terms, number)
        formula = sculpted if sculpted is not None else _share(axis, source.repayment, (first, last), rate)
        share = sheet.line("Share of principal", "1", formula, "share", summed=True)
    deposit = None
    if source.repayment == "sinking_fund" and first is not None and last is not None:
        deposit = _deposit(sheet, axis, terms, number, (first, last))
    return Repayment(
        first,
        last,
        share,
        deposit,
        _unit_service(sheet, axis, terms, number, (share, deposit, rate), currency=currency),
        rate,
    )


def _custom(axis: Axis, given: tuple[float, ...]) -> list[float]:
    built = int(axis.construction_periods.number(0))
    count = int(axis.operation_periods.number(0))
    row = [0.0] * axis.sheet.periods
    for place, part in enumerate(given[:count]):
        row[built + place] = part
    return row


def _share(axis: Axis, style: str, span: tuple[Single, Single], rate: Single) -> Expression:
    first, last = span
    within, payments = in_window(axis, first, last), last - first
    if style in BULLETS:
        return choose_if(both(axis.operating.equals(1), axis.payment.equals(last)), 1, 0)
    level = 1 / payments
    if style == "annuity":
        payment = rate / (1 - (1 + rate) ** (first - last))
        grown = (payment - rate) * (1 + rate) ** (axis.payment - first - 1)
        return choose_if(within, choose_if(rate.equals(0), level, grown), 0)
    return choose_if(within, level, 0)


def _deposit(sheet: Sheet, axis: Axis, terms: Terms, number: int, span: tuple[Single, Single]) -> Line:
    """Level deposits that grow to the loan, after the grace or, where it lasts to maturity, from the start."""
    earned = terms.of(number, "sinking_fund_rate_pa") / axis.periods_per_year
    first = choose_if(span[0] < span[1] - 1, span[0], 0)
    start = sheet.single("Deposits start after operating period", "1", first, "count")
    payments = span[1] - start
    growing = earned / ((1 + earned) ** payments - 1)
    level = sheet.single("Deposit per unit of loan", "1", choose_if(earned.equals(0), 1 / payments, growing), "rate6")
    return sheet.line("Deposit per unit of loan", "1", choose_if(in_window(axis, start, span[1]), level, 0), "share")


def _unit_service(
    sheet: Sheet, axis: Axis, terms: Terms, number: int, parts: tuple[Line, Line | None, Single], *, currency: Operand
) -> Line:
    share, deposit, rate = parts
    owed = 1 - (total(share.to_date) - share)
    service = owed * (rate + terms.of(number, "guarantee_fee_pa") / axis.periods_per_year) + share
    if deposit is not None:
        service = service + deposit
    first_year = both(axis.payment > 0, axis.payment <= axis.periods_per_year)
    return sheet.line(
        "Service of the first year per unit of loan",
        "1",
        choose_if(first_year, service * currency, 0),
        "share",
        summed=True,
    )
