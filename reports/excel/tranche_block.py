"""One loan, period by period: draws in; interest, principal, fees and sinking fund out; what reaches its lender."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.excel.drawdown import Group
from reports.excel.expressions import Expression, Operand, expression
from reports.excel.functions import both, choose_if, most
from reports.excel.mix_axis import Axis
from reports.excel.repayment import Repayment
from reports.excel.sheet import Line, Sheet, Single
from reports.excel.terms_sheet import Terms

RUNNING_FRAC = 1e-9
"""A balance below this share of the loan is no balance, as in the model."""


@dataclass
class TrancheLines:
    """What other blocks take from a loan; USD unless they say own currency."""

    number: int
    draw: Line
    draw_own: Line
    opening: Line
    built_interest: Line
    """During construction: hangs on what is drawn so far alone, or the loop of needs and repayment would close."""
    built_fee: Line
    interest: Line
    fee: Line
    principal: Line
    deposit: Expression
    release: Expression
    service: Line
    net_opening: Expression
    lender_own: Line
    """Interest, fees and principal that reach the lender, in its own currency."""
    net_cash: Line
    closing: Line
    fund_closing: Line | None
    loan: Single
    """In its own currency."""


class TrancheBlock:
    """Writes the rows of one loan."""

    def __init__(
        self, sheet: Sheet, axis: Axis, terms: Terms, number: int, *, repayment: Repayment, currency: Operand
    ) -> None:
        self.sheet, self.axis, self.terms, self.number = sheet, axis, terms, number
        self.repayment, self.currency = repayment, currency
        self.source = terms.mix.sources[number]
        self.is_foreign = isinstance(currency, Line)

    def write(self, group: Group, shares: Sequence[Expression], uses: Expression) -> TrancheLines:
        """All rows, from the draw to the cash of the lender."""
        sheet, axis = self.sheet, self.axis
        share = shares[self.number]
        part = sheet.single("Part of what its group draws", "1", group.part(shares, self.number), "share")
        commitment = sheet.single("Commitment", "USD", share * uses, "money")
        draw = sheet.line("Draw", "USD", axis.building * (group.drawn - group.drawn.before) * part, summed=True)
        so_far = sheet.line("Drawn so far", "USD")
        so_far.formula = so_far.before + draw
        own_draw, waiting = draw, so_far.before
        if self.is_foreign:
            code = self.source.currency
            own_draw = sheet.line(f"Draw, {code}", code, draw / self.currency, summed=True)
            so_far_own = sheet.line(f"Drawn so far, {code}", code)
            so_far_own.formula = so_far_own.before + own_draw
            waiting = so_far_own.before * self.currency
        rate = self.repayment.period_rate
        built_interest = sheet.line("Interest during construction", "USD", axis.building * waiting * rate, summed=True)
        built_fees = self._built_fees(commitment, (so_far, waiting), share)
        own = self._balance(own_draw)
        interest = sheet.line("Interest", "USD", built_interest + axis.operating * own.owed * rate, summed=True)
        fees = built_fees[0], self._all_fees(own, built_fees[1])
        deposit, release, fund = self._fund(own.loan)
        service = interest + fees[1] + own.principal + deposit - release
        serviced = sheet.line("Service", "USD", service, summed=True)
        fund_before: Operand = fund.before if fund is not None else 0.0
        cash = sheet.line("Cash from and to the project", "USD", draw - serviced)
        m = axis.periods_per_year
        lender = own.owed * self.terms.accrued_rate(self.number) / m + fees[0] + own.principal
        lender_own = sheet.line(f"To the lender, {self.source.currency}", self.source.currency, lender / self.currency)
        return TrancheLines(
            number=self.number,
            draw=draw,
            draw_own=own_draw,
            opening=own.opening,
            built_interest=built_interest,
            built_fee=built_fees[1],
            interest=interest,
            fee=fees[1],
            principal=own.principal,
            deposit=expression(deposit),
            release=expression(release),
            service=serviced,
            net_opening=own.opening - fund_before,
            lender_own=lender_own,
            net_cash=cash,
            closing=own.closing,
            fund_closing=fund,
            loan=own.loan,
        )

    def _balance(self, draw: Line) -> _Balance:
        """Corkscrew of the balance from draws in its own currency; of another currency than USD in both."""
        sheet, share = self.sheet, self.repayment.share
        if not self.is_foreign:
            assert draw.sum is not None
            opening = sheet.line("Opening", "USD")
            principal = sheet.line("Principal", "USD", draw.sum * share, summed=True)
            closing = sheet.line("Closing", "USD", opening + draw - principal)
            opening.formula = closing.before
            return _Balance(opening, principal, closing, opening, draw.sum)
        code, path = self.source.currency, self.currency
        assert isinstance(path, Line)
        assert draw.sum is not None
        opening_own = sheet.line(f"Opening, {code}", code)
        principal_own = sheet.line(f"Principal, {code}", code, draw.sum * share)
        closing_own = sheet.line(f"Closing, {code}", code, opening_own + draw - principal_own)
        opening_own.formula = closing_own.before
        opening = sheet.line("Opening", "USD", opening_own * path.before)
        owed = sheet.line("Owed at the price of the period", "USD", opening_own * path)
        sheet.line("Revaluation", "USD", owed - opening)
        principal = sheet.line("Principal", "USD", principal_own * path, summed=True)
        closing = sheet.line("Closing", "USD", closing_own * path)
        return _Balance(opening, principal, closing, owed, draw.sum)

    def _of(self, field: str) -> Expression:
        return self.terms.of(self.number, field)

    def _built_fees(self, commitment: Single, drawn: tuple[Line, Expression], share: Expression) -> tuple[Line, Line]:
        """Fees during construction: those that the lender gets, and all."""
        sheet, axis, m = self.sheet, self.axis, self.axis.periods_per_year
        so_far, owed = drawn
        idle = axis.building * self._of("commitment_fee_pa") / m * most(0, commitment - so_far.before)
        at_signing = axis.first_period * self._of("front_end_fee_frac") * commitment
        lender = sheet.line("Commitment and front-end fee", "USD", idle + at_signing)
        once = self._of("issue_cost_frac") * commitment + choose_if(share > 0, self._of("opinion_usd"), 0)
        guarantee = axis.building * owed * self._of("guarantee_fee_pa") / m
        formula = lender + guarantee + axis.first_period * once
        return lender, sheet.line("Fees during construction", "USD", formula, summed=True)

    def _all_fees(self, own: _Balance, built: Line) -> Line:
        """Fees of construction, then guarantee fee and yearly verification while the loan runs."""
        axis, m = self.axis, self.axis.periods_per_year
        is_running = both(axis.operating.equals(1), own.opening > own.loan * RUNNING_FRAC)
        verified = choose_if(is_running, self._of("verification_usd_pa"), 0)
        running = axis.operating * own.owed * self._of("guarantee_fee_pa") / m + verified / m
        return self.sheet.line("Fees", "USD", built + running, summed=True)

    def _fund(self, loan: Single) -> tuple[Operand, Operand, Line | None]:
        """Deposits, release and balance of a sinking fund; nothing for any other style."""
        unit, last = self.repayment.deposit, self.repayment.last
        if unit is None or last is None:
            return 0.0, 0.0, None
        sheet, axis = self.sheet, self.axis
        earned = self.terms.of(self.number, "sinking_fund_rate_pa") / axis.periods_per_year
        deposit = sheet.line("Deposit into the sinking fund", "USD", loan * unit * self.currency, summed=True)
        out = choose_if(both(axis.operating.equals(1), axis.payment.equals(last)), loan, 0)
        release = sheet.line("Released by the sinking fund", "USD", out * self.currency, summed=True)
        fund_own = sheet.line("Sinking fund, closing", self.source.currency)
        fund_own.formula = fund_own.before * (1 + earned) + loan * unit - out
        if not self.is_foreign:
            return deposit, release, fund_own
        return deposit, release, sheet.line("Sinking fund, closing", "USD", fund_own * self.currency)


@dataclass
class _Balance:
    opening: Line
    principal: Line
    closing: Line
    owed: Line
    """Opening balance at the period's own price of its currency."""
    loan: Single
