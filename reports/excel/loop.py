"""Loops that have no closed form, unrolled in passes: sources drawn one after the other, and a loan sized by its cover.

Each pass works out the loan that the cash of the pass before carries, then twice the draws with it; the error falls by
a factor of ten to twenty a pass. The mix's sheet shows what the last pass leaves open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.excel.drawdown import Closed, carry_terms, groups_of, sum_of, upfront_terms
from reports.excel.expressions import Expression, Operand, expression
from reports.excel.functions import choose_if, item, least, most, rounded, total
from reports.excel.mix_axis import Axis, in_window
from reports.excel.repayment import Repayment
from reports.excel.sheet import Line, Sheet, Single
from reports.excel.tax_block import TaxRow, tax_lines
from reports.excel.terms_sheet import Terms

PASSES = 12
PLAIN_PASSES = 24
"""Without a sculpted loan: one round of draws each."""
NEVER = 1e30


@dataclass
class Known:
    """What does not change from pass to pass."""

    sheet: Sheet
    axis: Axis
    terms: Terms
    capex: Line
    currencies: Mapping[str, Operand]
    before_tax: Line
    """Revenue less running cost, per period."""
    saved: Line
    """Into the maintenance reserve, per period."""
    countries: Sequence[TaxRow]
    repayments: Mapping[int, Repayment]
    """Of every loan but the sculpted one."""
    per_year: int


@dataclass
class _Built:
    """One pass through construction."""

    uses: Single
    drawn: dict[int, Expression]
    """USD by source."""
    loan_own: dict[int, Expression]


def _construction(known: Known, shares: Sequence[Expression], uses: Expression, reserve: Expression) -> _Built:
    """Draws for a given sum of uses; what they add up to is better than what was given."""
    sheet, axis, terms = known.sheet, known.axis, known.terms
    needed = sheet.line("Need so far", "USD")
    groups = groups_of(sheet, axis, terms, shares, uses, needed=needed)
    need = sheet.line("Need", "USD", summed=True)
    needed.formula = needed.before + need
    per_use, once = upfront_terms(terms, shares)
    at_signing = sheet.single("Fees at signing", "USD", per_use * uses + once, "money")
    cost = known.capex + axis.last_built * reserve + axis.first_period * at_signing
    end, loans, drawn = axis.construction_periods, {}, {}
    for group in groups:
        carry, waiting = carry_terms(terms, axis, shares, group.members)
        if not carry:
            continue
        idle = sheet.single(
            "Commitment fee per unit not drawn", "1", choose_if(group.weight > 0, waiting / group.weight, 0), "rate6"
        )
        cost = cost + axis.building * idle * most(0, group.weight * uses - group.drawn.before)
        balances: dict[str, Line] = {}
        for code, unit_cost in carry.items():
            label = f"Interest and guarantee fee per unit drawn, {code}"
            rate = sheet.single(label, "1", choose_if(group.weight > 0, unit_cost / group.weight, 0), "rate6")
            balances[code] = group.drawn
            if isinstance(known.currencies[code], Line):
                own = sheet.line(f"Drawn so far, {code}", code)
                own.formula = own.before + (group.drawn - group.drawn.before) / known.currencies[code]
                balances[code] = own
            cost = cost + axis.building * rate * balances[code].before * known.currencies[code]
        for number in group.members:
            balance = balances.get(terms.mix.sources[number].currency, group.drawn)
            loans[number] = item(balance.whole, end) * group.part(shares, number)
    for group in groups:
        for number in group.members:
            drawn[number] = item(group.drawn.whole, end) * group.part(shares, number)
    need.formula = cost
    assert need.sum is not None
    return _Built(need.sum, drawn, loans)


def _reserve(known: Known, built: _Built, units: Mapping[int, Expression]) -> Expression:
    """Months of the first year's senior service."""
    service: Operand = 0.0
    for number, unit in units.items():
        loan, verified = built.loan_own[number], known.terms.of(number, "verification_usd_pa")
        service = expression(service) + loan * unit + choose_if(loan > 0, verified, 0)
    return known.terms.dsra_months / 12 * service


def close_in_passes(known: Known) -> Closed:
    """Passes without a sculpted loan: only the order of draws closes the loop."""
    sheet, terms = known.sheet, known.terms
    uses: Expression = sheet.single(
        "First guess of the sum of uses: the investment", "USD", total(known.capex.whole), "money"
    )
    reserve: Expression = expression(0.0)
    senior = {n: each.unit_service.sum for n, each in known.repayments.items() if terms.mix.sources[n].seniority == 1}
    units = {number: unit for number, unit in senior.items() if unit is not None}
    for number in range(1, PLAIN_PASSES + 1):
        sheet.heading(f"Pass {number}")
        built = _construction(known, terms.shares, uses, reserve)
        uses = sheet.single("Sum of uses", "USD", built.uses, "money")
        reserve = sheet.single("Reserve", "USD", _reserve(known, built, units), "money")
        sheet.evaluate()
    assert isinstance(uses, Single)
    assert isinstance(reserve, Single)
    return Closed(uses, reserve, list(terms.shares))


@dataclass
class Sculpted:
    """The closed loop of a sculpted loan and what its last pass still moved."""

    closed: Closed
    profile: Line
    moved: Expression


class SculptedLoop:
    """Passes of a loan that takes what the cash leaves at its cover."""

    def __init__(self, known: Known, number: int) -> None:
        self.known, self.number = known, number
        self.source = known.terms.mix.sources[number]
        self.currency = known.currencies[self.source.currency]
        sheet, axis, terms = known.sheet, known.axis, known.terms
        last = least(self._periods("tenor_years"), axis.operation_periods)
        self.first = sheet.single(
            "Interest only until operating period", "1", most(0, self._periods("grace_years")), "count"
        )
        self.last = sheet.single("Last payment", "1", last, "count")
        self.rate = sheet.single(
            "Interest per period", "1", terms.project_rate(number) / axis.periods_per_year, "rate6"
        )
        guarantee = terms.of(number, "guarantee_fee_pa") / axis.periods_per_year
        self.cost = sheet.single("Interest and guarantee fee per period", "1", self.rate + guarantee, "rate6")
        self.verification = terms.of(number, "verification_usd_pa")
        self.others = self._others()

    def _periods(self, field: str) -> Expression:

        axis = self.known.axis
        return rounded(self.known.terms.of(self.number, field) * axis.periods_per_year) - axis.construction_periods

    def _others(self) -> dict[int, tuple[Line, Line]]:
        """Cost and service per unit of every other loan, over its life."""
        known, found = self.known, {}
        for number, each in known.repayments.items():
            source = known.terms.mix.sources[number]
            path = known.currencies[source.currency]
            guarantee = known.terms.of(number, "guarantee_fee_pa") / known.axis.periods_per_year
            owed = known.axis.operating * (1 - (total(each.share.to_date) - each.share))
            known.sheet.heading(f"Source {number + 1}, per unit of loan")
            cost = known.sheet.line(
                "Interest and guarantee fee", "1", owed * (each.period_rate + guarantee) * path, "share"
            )
            service = known.sheet.line("Service", "1", cost + each.share * path, "share")
            found[number] = cost, service
        return found

    def solve(self) -> Sculpted:
        """All passes."""
        known, sheet = self.known, self.known.sheet
        terms = known.terms
        payments = self.last - self.first
        window = in_window(known.axis, self.first, self.last)
        sheet.heading("Start: the largest share, repaid in equal parts")
        profile = sheet.line("Share of principal", "1", choose_if(window, 1 / payments, 0), "share")
        uses: Expression = sheet.single("Sum of uses", "USD", total(known.capex.whole), "money")
        shares = list(terms.shares)
        reserve: Expression = expression(0.0)
        built = _construction(known, shares, uses, reserve)
        sheet.evaluate()
        share: Expression = terms.shares[self.number]
        moved: Expression = expression(0.0)
        for number in range(1, PASSES + 1):
            sheet.heading(f"Pass {number}")
            uses, before = built.uses, (uses, share, profile)
            capacity, profile = self._capacity(built, profile, reserve)
            for turn in (1, 2):
                if turn == 2:
                    uses = built.uses
                share, shares = self._shares(built, capacity, uses)
                reserve = sheet.single("Reserve", "USD", _reserve(known, built, self._units(profile)), "money")
                built = _construction(known, shares, uses, reserve)
            moved = most(share - before[1], before[1] - share) * uses
            sheet.evaluate()
        final = sheet.single("Sum of uses", "USD", built.uses, "money")
        last = sheet.single("Reserve", "USD", _reserve(known, built, self._units(profile)), "money")
        return Sculpted(Closed(final, last, shares), profile, moved)

    def _units(self, profile: Line) -> dict[int, Expression]:
        """First year's service per unit of each senior loan."""
        known, axis = self.known, self.known.axis
        units: dict[int, Expression] = {
            number: each.unit_service.sum
            for number, each in known.repayments.items()
            if known.terms.mix.sources[number].seniority == 1 and each.unit_service.sum is not None
        }
        if self.source.seniority == 1:
            owed = 1 - (total(profile.to_date) - profile)
            first_year = choose_if(axis.payment > 0, choose_if(axis.payment <= axis.periods_per_year, 1, 0), 0)
            service = known.sheet.line(
                "Service of the first year per unit", "1", first_year * (owed * self.cost + profile) * self.currency,
                "share", summed=True,
            )  # fmt: skip
            assert service.sum is not None
            units[self.number] = service.sum
        return units

    def _shares(self, built: _Built, capacity: Single, uses: Expression) -> tuple[Single, list[Expression]]:
        """The loan's share, at most its cap; the owners carry the rest by their parts."""
        known, terms = self.known, self.known.terms
        drawn = built.drawn[self.number]
        per_use = uses * choose_if(drawn > 0, built.loan_own[self.number] / drawn, 1)
        cap = terms.shares[self.number]
        share = known.sheet.single("Share of the loan", "1", least(cap, capacity / per_use), "share")
        shares = list(terms.shares)
        shares[self.number] = share
        equity = [n for n, each in enumerate(terms.mix.sources) if each.kind == "equity"]
        owned = sum_of([terms.shares[n] for n in equity])
        for n in equity:
            rise = (cap - share) * choose_if(owned > 0, terms.shares[n] / owned, 0)
            shares[n] = known.sheet.single(f"Share of source {n + 1}", "1", terms.shares[n] + rise, "share")
        return share, shares

    def _capacity(self, built: _Built, profile: Line, reserve: Expression) -> tuple[Single, Line]:
        """Largest loan that the cash carries, in its own currency, and how it is repaid."""
        known, sheet, axis = self.known, self.known.sheet, self.known.axis
        m = axis.periods_per_year
        owed = axis.operating * (1 - (total(profile.to_date) - profile))
        loan = built.loan_own[self.number]
        running = choose_if(owed > 1e-9, self.verification / m, 0)
        cost = sheet.line(
            "Interest and fees", "USD", loan * owed * self.cost * self.currency + running + self._sum(built, 0)
        )
        deductible = sheet.line("Profit before depreciation", "USD", known.before_tax - cost)
        grants = sum_of([built.drawn[n] for n, each in enumerate(known.terms.mix.sources) if each.kind == "grant"])
        basis = sheet.single("Depreciable basis", "USD", most(0, built.uses - reserve - grants), "money")
        profit = axis.year_sum(deductible)
        tax = tax_lines(
            sheet, known.countries, profit, basis, axis, counted=axis.operating_year_end, per_year=known.per_year
        )
        cash = known.before_tax - axis.year_sum(tax) / m - known.saved
        wanted = known.terms.of(self.number, "dscr_target_ratio")
        free = (axis.operating * cash / wanted - self._sum(built, 1) - self.verification / m) / self.currency
        service = sheet.line(
            "Service that the cash carries", "USD", choose_if(in_window(axis, self.first, self.last), most(0, free), 0)
        )
        backward = sheet.line("Largest balance, from the end", "USD")
        backward.is_backward = True
        repaid = (backward.after + service) / (1 + self.cost)
        ceiling = choose_if(self.cost > 0, service / most(self.cost, 1e-12), NEVER)
        inside = in_window(axis, self.first, self.last)
        backward.formula = choose_if(inside, least(repaid, ceiling), 0)
        path = sheet.line("Balance, never rising", "USD")
        opens = axis.payment.equals(self.first + 1)
        path.formula = choose_if(inside, choose_if(opens, backward, least(path.before, backward)), 0)
        capacity = sheet.single("Largest loan", self.source.currency, most(path.whole), "money")
        level = 1 / (self.last - self.first)
        falls = choose_if(capacity > 0, (path - path.after) / most(capacity, 1e-12), level)
        return capacity, sheet.line("Share of principal", "1", choose_if(inside, falls, 0), "share")

    def _sum(self, built: _Built, which: int) -> Expression:
        """Cost (0) or service (1) of the other loans."""
        found: Operand = 0.0
        m = self.known.axis.periods_per_year
        for number, lines in self.others.items():
            verified = choose_if(lines[0] > 0, self.known.terms.of(number, "verification_usd_pa") / m, 0)
            found = expression(found) + built.loan_own[number] * lines[which] + verified
        return expression(found)
