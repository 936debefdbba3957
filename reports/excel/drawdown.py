"""Construction: who pays what and when, and the sum of uses that closes it.

With one group of sources every draw is a fixed share of the period's need, so the need is affine in the sum of uses
and the reserve: three running rows and two equations close the loop without iteration. With several groups, drawn one
after the other, or a loan sized by its cover, the loop is unrolled in passes (`loop.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.excel.expressions import Expression, Operand, expression
from reports.excel.functions import choose_if, item, least, most
from reports.excel.mix_axis import Axis
from reports.excel.sheet import Line, Sheet, Single
from reports.excel.terms_sheet import Terms


@dataclass
class Group:
    """Sources drawn together: its rows and weights."""

    members: tuple[int, ...]
    weight: Expression
    drawn: Line
    """Cumulative, USD."""

    def part(self, shares: Sequence[Expression], number: int) -> Expression:
        """Of one member in what the group draws."""
        return choose_if(self.weight > 0, shares[number] / self.weight, 0)


def sum_of(parts: Sequence[Operand]) -> Expression:
    """Their sum, as one formula."""
    found: Operand = 0.0
    for each in parts:
        found = expression(found) + each
    return expression(found)


def groups_of(
    sheet: Sheet, axis: Axis, terms: Terms, shares: Sequence[Expression], uses: Expression, *, needed: Line
) -> list[Group]:
    """Cumulative draws of each group out of the cumulative need: one after the other, the last what is left."""
    found: list[Group] = []
    lower: Operand = 0.0
    all_groups = terms.mix.draw_groups
    for position, members in enumerate(all_groups):
        weight = sum_of([shares[number] for number in members])
        above = needed - expression(lower) * uses
        drawn = most(0, above)
        if position < len(all_groups) - 1:
            drawn = least(drawn, weight * uses)
        label = " + ".join(f"source {number + 1}" for number in members)
        single = len(all_groups) == 1
        line = needed if single else sheet.line(f"Drawn so far: {label}", "USD", drawn)
        found.append(Group(members, weight, line))
        lower = expression(lower) + weight
    return found


@dataclass
class Closed:
    """Sum of uses and first filling of the reserve that close the loop."""

    uses: Single
    reserve: Single
    shares: list[Expression]


def carry_terms(
    terms: Terms, axis: Axis, shares: Sequence[Expression], members: Sequence[int]
) -> tuple[dict[str, Expression], Expression]:
    """Interest and guarantee fee per period on a unit drawn, by currency; commitment fee per unit not drawn."""
    carry: dict[str, Expression] = {}
    waiting: Operand = 0.0
    for number in members:
        source = terms.mix.sources[number]
        if not source.is_debt:
            continue
        cost = (terms.project_rate(number) + terms.of(number, "guarantee_fee_pa")) / axis.periods_per_year
        carry[source.currency] = carry.get(source.currency, expression(0.0)) + shares[number] * cost
        waiting = expression(waiting) + shares[number] * terms.of(number, "commitment_fee_pa") / axis.periods_per_year
    return carry, expression(waiting)


def upfront_terms(terms: Terms, shares: Sequence[Expression]) -> tuple[Expression, Expression]:
    """Fees at signing per unit of uses, and in USD."""
    per_use: Operand = 0.0
    once: Operand = 0.0
    for number, source in enumerate(terms.mix.sources):
        if source.is_debt:
            fees = terms.of(number, "front_end_fee_frac") + terms.of(number, "issue_cost_frac")
            per_use = expression(per_use) + shares[number] * fees
            once = expression(once) + choose_if(shares[number] > 0, terms.of(number, "opinion_usd"), 0)
    return expression(per_use), expression(once)


@dataclass
class _Affine:
    """Need per period as a + b x uses: running rows of one of the two."""

    need: Line
    so_far: dict[str, Line]


class Algebra:
    """Closes a mix whose sources are all drawn together."""

    def __init__(self, sheet: Sheet, axis: Axis, terms: Terms, capex: Line, currencies: dict[str, Operand]) -> None:
        self.sheet, self.axis, self.terms, self.capex = sheet, axis, terms, capex
        self.currencies = currencies
        members = range(len(terms.mix.sources))
        carry, waiting = carry_terms(terms, axis, terms.shares, members)
        self.carry = {
            code: sheet.single(f"Interest and guarantee fee of a period per unit drawn, {code}", "1", cost, "rate6")
            for code, cost in carry.items()
        }
        self.waiting = sheet.single("Commitment fee of a period per unit not drawn", "1", waiting, "rate6")
        per_use, once = upfront_terms(terms, terms.shares)
        self.per_use = sheet.single("Fees at signing per unit of uses", "1", per_use, "rate6")
        self.once = sheet.single("Fees at signing, fixed", "USD", once, "money")
        sheet.note(
            "Need = a + b x sum of uses (+ the reserve in the last period); both parts run with their own interest"
        )
        fixed = self._running("a", self.capex + axis.first_period * self.once, 0)
        per_unit = self._running("b", axis.first_period * self.per_use + axis.building * self.waiting, 1)
        self.parts = fixed, per_unit

    def _running(self, label: str, own: Expression, per_unit: int) -> _Affine:
        sheet, axis = self.sheet, self.axis
        unit = "1" if per_unit else "USD"
        form = "rate6" if per_unit else "money"
        need = sheet.line(f"Need, part {label}", unit, form=form, summed=True)
        so_far = {}
        for code in dict.fromkeys(("USD", *self.carry)):
            rate = self.currencies[code]
            line = sheet.line(f"Part {label} so far, {code}", unit, form=form)
            line.formula = line.before + need / rate
            so_far[code] = line
        cost = own - self.waiting * so_far["USD"].before * axis.building
        for code, rate_per_period in self.carry.items():
            cost = cost + axis.building * rate_per_period * so_far[code].before * self.currencies[code]
        need.formula = cost
        return _Affine(need, so_far)

    def close(self, units: dict[int, Single], verification: dict[int, Expression]) -> Closed:
        """Two equations: the reserve of the first year's senior service, and uses = needs. `units` is that service per
        unit of each senior loan."""
        sheet, axis, terms = self.sheet, self.axis, self.terms
        months = terms.dsra_months / 12
        fixed, per_unit = self.parts
        by_code: dict[str, Expression] = {}
        yearly: Operand = 0.0
        for number, unit in units.items():
            code = terms.mix.sources[number].currency
            by_code[code] = by_code.get(code, expression(0.0)) + terms.shares[number] * unit
            yearly = expression(yearly) + choose_if(terms.shares[number] > 0, verification[number], 0)
        constant, slope, own = expression(yearly), expression(0.0), expression(0.0)
        for code, service in by_code.items():
            weight = sheet.single(f"First year's senior service per unit of uses, {code}", "1", service, "rate6")
            at_end = last_currency(axis, self.currencies[code])
            constant = constant + weight * item(fixed.so_far[code].whole, axis.construction_periods)
            slope = slope + weight * item(per_unit.so_far[code].whole, axis.construction_periods)
            own = own + weight / at_end
        share = sheet.single("Reserve per unit of reserve drawn", "1", months * own, "rate6")
        start = sheet.single("Reserve at no uses", "USD", months * constant / (1 - share), "money")
        rise = sheet.single("Reserve per unit of uses", "1", months * slope / (1 - share), "rate6")
        assert fixed.need.sum is not None
        assert per_unit.need.sum is not None
        uses = sheet.single("Sum of uses", "USD", (fixed.need.sum + start) / (1 - per_unit.need.sum - rise), "money")
        reserve = sheet.single("First filling of the reserve", "USD", start + rise * uses, "money")
        return Closed(uses, reserve, list(terms.shares))


def last_currency(axis: Axis, currency: Operand) -> Expression:
    """Price of a currency in the last period of construction."""
    if not isinstance(currency, Line):
        return expression(currency)
    return item(currency.whole, axis.construction_periods)
