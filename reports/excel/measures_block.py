"""Ratios, returns, cost of money and grant element of one mix, as the model defines them."""

from __future__ import annotations

from reports.excel.drawdown import sum_of
from reports.excel.expressions import Expression, Operand, Unanswered, expression
from reports.excel.functions import (
    average,
    both,
    choose_if,
    if_error,
    is_number,
    item,
    least,
    most,
    product_sum,
    total,
)
from reports.excel.mix_sheet import MixSheet, Shared
from reports.excel.returns import NONE, return_of
from reports.excel.sheet import Line, Sheet, Single
from reports.excel.tax_block import tax_lines
from reports.excel.values import Lender

SMALLEST_USD = 0.005
SMALLEST_FRAC = 1e-6
TIE = 1e-9
"""Covers that differ by less are equal."""
GUESSES_PA = (0.0, -0.03)
"""Where a search for a return starts, the required return between them: from below Newton's method climbs to the root
without a leap; a cost after the last year gives a second root."""
REFERENCE_RATES = (0.05, 0.06, 0.07, 0.09)
"""IMF and World Bank 5 %; OECD DAC 6, 7 and 9 % by income group of the borrower."""
PUBLIC_SOFT = ("grant", "concessional_loan")
PRIVATE = ("commercial_loan", "mezzanine", "green_bond")


class MeasureWriter:
    """Adds the blocks below the waterfall and fills `measures`, `yearly` and `source_measures`."""

    def __init__(self, made: MixSheet, shared: Shared) -> None:
        self.made, self.shared = made, shared
        self.sheet: Sheet = made.sheet
        self.axis, self.mix, self.terms = made.axis, made.mix, made.terms
        self.items, self.measures = made.items, made.measures

    def write(self) -> None:
        """All blocks."""
        self._covers()
        self._owners()
        self._cost_of_capital()
        self._sources()
        self._public()
        self._tests()

    def _put(self, key: str, label: str, unit: str, content: Operand, form: str) -> Single:
        found = self.measures[key] = self.sheet.single(label, unit, content, form)
        return found

    def _covers(self) -> None:
        sheet, axis, items = self.sheet, self.axis, self.items
        sheet.heading(
            "Cover ratios: of a year in its last period; over the loan's and the project's life at each period's start"
        )
        cash, service = items["year_cash"], items["year_service"]
        due = service > SMALLEST_FRAC * most(1, most(service.whole))
        has_cover = both(axis.operating_year_end.equals(1), due)
        cover = sheet.line("DSCR", "x", choose_if(has_cover, cash / most(service, SMALLEST_USD), ""), "ratio")
        self.made.yearly["dscr"] = cover
        least_cover = if_error(choose_if(total(items["debt_service"].whole) > 0, least(cover.whole), NONE), NONE)
        found = self._put("dscr_min_ratio", "Least DSCR", "x", least_cover, "ratio")
        at_least = choose_if(is_number(cover), choose_if(cover <= found + TIE, axis.year, ""), "")
        years = sheet.line(
            "Year, where the DSCR is the least", "year", choose_if(is_number(found), at_least, ""), "year"
        )
        year = choose_if(is_number(found), least(years.whole), NONE)
        self._put("dscr_min_year", "First year of the least DSCR", "year", year, "year")
        self._put("dscr_average_ratio", "Average DSCR", "x", if_error(average(cover.whole), NONE), "ratio")
        debt, payable = items["net_debt"], items["debt_service"]
        owed = debt > SMALLEST_FRAC * most(1, most(debt.whole))
        open_ = sheet.line("Debt outstanding", "flag", choose_if(owed, 1, 0), "count")
        last = sheet.single("Last operating period with debt", "1", product_most(sheet, open_, axis.payment), "count")
        growth = sheet.line(
            "What a unit of debt grows by in the period", "1",
            choose_if(open_.equals(1), (payable + debt.after) / most(debt, SMALLEST_USD), 1), "factor",
        )  # fmt: skip
        self._life_cover(
            open_, choose_if(axis.payment > 0, choose_if(axis.payment <= last, 1, 0), 0), growth, "llcr_min_ratio"
        )
        at_last = sheet.single(
            "The same in the last period with debt",
            "1",
            if_error(item(growth.whole, axis.construction_periods + last), 1),
            "factor",
        )
        after = sheet.line("The same, held on after it", "1", choose_if(axis.payment > last, at_last, growth), "factor")
        self._life_cover(open_, expression(axis.operating), after, "plcr_min_ratio")

    def _life_cover(self, open_: Line, counted: Expression, growth: Line, key: str) -> None:
        """Worth of the cash still to come at the debt's own rate, over the debt."""
        sheet, name = self.sheet, key[:4].upper()
        worth = sheet.line(f"{name}: worth of the cash still to come", "USD")
        worth.is_backward = True
        worth.formula = choose_if(counted.equals(1), (self.items["cfads"] + worth.after) / growth, 0)
        debt = self.items["net_debt"]
        cover = sheet.line(name, "x", choose_if(open_.equals(1), worth / most(debt, SMALLEST_USD), ""), "ratio")
        self.made.yearly[name.lower()] = cover
        found = choose_if(total(open_.whole) > 0, least(cover.whole), NONE)
        self._put(key, f"Least {name}", "x", found, "ratio")

    def _owners(self) -> None:
        sheet, axis, items = self.sheet, self.axis, self.items
        sheet.heading("Owners: dividends less equity, a year's cash in its last period")
        paid = axis.yearly(self.shared.operation.decommissioning)
        owners = [number for number, each in enumerate(self.mix.sources) if each.kind == "equity"]
        self.has_owners = bool(owners)
        weight = sum_of([self.terms.shares[number] for number in owners])
        taxed = sum_of([self.terms.shares[number] * self.terms.of(number, "withholding_tax_frac") for number in owners])
        withheld = if_error(taxed / weight, 0) if owners else expression(0.0)
        kept = 1 - sheet.single("Tax withheld on dividends", "1", withheld, "share")
        dividends = axis.year_sum(self.made.fall.dividends) * kept
        flow = axis.year_end * (dividends - axis.year_sum(items["equity_draw"]) - paid)
        cash = sheet.line("Owners' cash of the year", "USD", flow, summed=True)
        self.made.yearly["net_equity_cash"] = cash
        wanted = sum_of([self.terms.shares[number] * self.terms.of(number, "target_irr_pa") for number in owners])
        target = if_error(wanted / weight, 0) if owners else expression(0.0)
        self.target = sheet.single("Return that the owners require", "1/year", target, "rate")
        self.made.target = self.target if owners else None
        factor = sheet.line("Discount factor of the owners", "1", (1 + self.target) ** (1 - axis.number), "factor")
        self._put(
            "equity_npv_usd_nominal",
            "Worth to the owners at that return",
            "USD",
            product_sum(cash.whole, factor.whole) if owners else NONE,
            "money",
        )
        irr = self._yearly_rate("Return of the owners", cash, *self._starts()) if owners else NONE
        self._put("equity_irr_pa", "Return of the owners", "1/year", irr, "rate")

    def _starts(self) -> list[Expression]:
        return [expression(GUESSES_PA[0]), self.target, expression(GUESSES_PA[1])]

    def _yearly_rate(self, label: str, cash: Line, *guesses_pa: Expression) -> Expression:
        """Effective yearly rate of a row of flows, or `none`."""
        m = self.axis.periods_per_year
        starts = [guess / m for guess in guesses_pa]
        return return_of(self.sheet, label, cash, self.axis.period, guesses=starts, per_year=m)

    def _cost_of_capital(self) -> None:
        sheet, axis, items, shared = self.sheet, self.axis, self.items, self.shared
        sheet.heading("Cost of the mix's money and the project's worth at it")
        sheet.note("Tax as if no interest were deducted, to see what interest saves")
        gain = axis.operating * (items["revenue"] - items["opex"])
        profit = sheet.line("Revenue less running cost", "USD", gain)
        terms = {"counted": axis.operating_year_end, "per_year": axis.periods_per_year}
        untaxed = tax_lines(sheet, shared.inputs.tax, axis.year_sum(profit), self.made.basis, axis, **terms)
        lent = sum_of([each.net_cash for each in self.made.tranches])
        flows = sheet.line("All loans' cash", "USD", lent)
        saved = axis.operating_year_end * (untaxed - axis.year_sum(items["tax"]))
        yearly = sheet.line(
            "Loans' cash of the year and the tax that interest saves",
            "USD",
            axis.year_end * axis.year_sum(flows) + saved,
        )
        borrowed = sheet.single("Borrowed", "USD", total(items["debt_draw"].whole), "money")
        owned = sheet.single("Owned", "USD", total(items["equity_draw"].whole), "money")
        cost = choose_if(
            borrowed > SMALLEST_USD, self._yearly_rate("Cost of debt after tax", yearly, expression(0.05)), 0
        )
        debt_cost = sheet.single("Cost of debt after tax", "1/year", cost, "rate")
        mixed = (borrowed * debt_cost + owned * self.target) / (borrowed + owned)
        self._put("cost_of_capital_pa", "Cost of capital, grants left out", "1/year", if_error(mixed, NONE), "rate")
        sheet.note("Tax without interest and without capitalised interest and fees, on the investment less grants")
        given = total(items["grant_draw"].whole)
        basis = sheet.single("Investment less grants", "USD", most(0, total(items["capex"].whole) - given), "money")
        tax = tax_lines(sheet, shared.inputs.tax, axis.year_sum(profit), basis, axis, **terms)
        paid = axis.yearly(shared.operation.decommissioning)
        earned = axis.year_sum(profit) - axis.year_sum(items["capex"]) + axis.year_sum(items["grant_draw"]) - paid
        cash = sheet.line("Cash before financing, grants taken off", "USD", axis.year_end * (earned - tax))
        rate = self.measures["cost_of_capital_pa"]
        factor = sheet.line(
            "Discount factor at the cost of capital",
            "1",
            (1 + choose_if(is_number(rate), rate, 0)) ** (1 - axis.number),
            "factor",
        )
        worth = choose_if(is_number(rate), product_sum(cash.whole, factor.whole), NONE)
        self._put("npv_usd_nominal", "Worth at the mix's own cost of capital", "USD", worth, "money")

    def _sources(self) -> None:
        """All-in cost and grant element of every source."""
        sheet, axis = self.sheet, self.axis
        sheet.heading("Reference rates of the grant element")
        self.rates = [sheet.single("Reference rate", "1/year", rate, "rate", part="given") for rate in REFERENCE_RATES]
        years = (axis.period - 1) / axis.periods_per_year
        self.factors = [
            sheet.line(f"Discount factor at reference rate {number}", "1", (1 + rate) ** (0 - years), "factor")
            for number, rate in enumerate(self.rates, start=1)
        ]
        of_loans = {each.number: each for each in self.made.tranches}
        for number, source in enumerate(self.mix.sources):
            found = self.made.source_measures.setdefault(source.name, {})
            sheet.heading(f"Source: {source.name}")
            draw = self.made.draws[number]
            assert draw.sum is not None
            found["amount_usd_nominal"] = sheet.single("Drawn", "USD", draw.sum, "money")
            if number in of_loans:
                self._loan_measures(number, source, found)

    def _loan_measures(self, number: int, source: Lender, found: dict[str, Single]) -> None:
        sheet, tranche = self.sheet, next(each for each in self.made.tranches if each.number == number)
        guess = self.terms.project_rate(number)
        found["all_in_pa"] = sheet.single(
            "All-in cost to the project", "1/year", self._yearly_rate("All-in cost", tranche.net_cash, guess), "rate"
        )
        path = self.made.currencies[source.currency]
        lent = sheet.line("Cash of the lender", "USD", tranche.draw - tranche.lender_own * path)
        found["lender_irr_pa"] = sheet.single(
            "Return of the lender", "1/year", self._yearly_rate("Return of the lender", lent, guess), "rate"
        )
        for rate, factor in zip(REFERENCE_RATES, self.factors, strict=True):
            drawn = product_sum(tranche.draw_own.whole, factor.whole)
            served = product_sum(tranche.lender_own.whole, factor.whole)
            element = choose_if(drawn > 0, 1 - served / most(drawn, SMALLEST_USD), 0)
            found[f"grant_element_{rate:.2f}"] = sheet.single(f"Grant element at {rate:.0%}", "1", element, "share")

    def _package_element(self, place: int) -> Expression:
        """(grants + soft parts of loans) / all draws, at worth; a loan dearer than the reference counts as zero."""
        factor, rate = self.factors[place], REFERENCE_RATES[place]
        soft: Operand = 0.0
        for number, source in enumerate(self.mix.sources):
            worth = product_sum(self.made.draws[number].whole, factor.whole)
            element = self.made.source_measures[source.name].get(f"grant_element_{rate:.2f}")
            if source.kind == "grant":
                soft = expression(soft) + worth
            elif element is not None:
                soft = expression(soft) + most(0, element) * worth
        needs = self.made.need
        return expression(soft) / product_sum(needs.whole, factor.whole)

    def _public(self) -> None:
        sheet = self.sheet
        sheet.heading("The package, and what public money does")
        packages = [
            sheet.single(f"Grant element of the package at {rate:.0%}", "1", self._package_element(place), "share")
            for place, rate in enumerate(REFERENCE_RATES)
        ]
        self.measures["grant_element_frac"] = packages[0]
        weighted: Operand = 0.0
        for rate, weight in self.mix.dac_weights:
            if round(rate, 6) not in REFERENCE_RATES:
                raise Unanswered(f"no grant element at a DAC rate of {rate:.2%}")
            place = REFERENCE_RATES.index(round(rate, 6))
            weighted = expression(weighted) + packages[place] * sheet.single(
                "Part of the borrowers at that DAC rate", "1", weight, "share", part="given"
            )
        self._put(
            "grant_element_dac_frac",
            "Grant element at the borrowers' DAC rates",
            "1",
            weighted if self.mix.dac_weights else NONE,
            "share",
        )
        self._subsidy()
        principal = sheet.line(
            "Principal, all loans", "USD", sum_of([each.principal for each in self.made.tranches]), summed=True
        )
        assert principal.sum is not None
        ages = product_sum(principal.whole, self.axis.period.whole) / self.axis.periods_per_year
        life = if_error(ages / principal.sum, NONE)
        self._put("average_life_years", "Average life of the loans", "years", life, "years")

    def _subsidy(self) -> None:
        """Public money: grants and the soft part of loans, per MWh, and what private money it brings."""
        shared = self.shared
        drawn = {name: cells["amount_usd_nominal"] for name, cells in self.made.source_measures.items()}
        subsidy: Operand = 0.0
        for source in self.mix.sources:
            element = self.made.source_measures[source.name].get("grant_element_0.05")
            if source.kind == "grant":
                subsidy = expression(subsidy) + drawn[source.name]
            elif element is not None:
                subsidy = expression(subsidy) + most(0, element) * drawn[source.name]
        found = self._put("subsidy_usd_nominal", "Grants and soft parts of loans at 5 %", "USD", subsidy, "money")
        energy = total(shared.operation.energy.whole)
        self._put(
            "subsidy_usd_nominal_per_mwh",
            "The same per delivered MWh",
            "USD/MWh",
            if_error(found / energy, NONE),
            "price",
        )
        soft = sum_of([drawn[each.name] for each in self.mix.sources if each.kind in PUBLIC_SOFT])
        private = sum_of([drawn[each.name] for each in self.mix.sources if each.kind in PRIVATE])
        self._put(
            "mobilisation_ratio",
            "Private money per dollar of grants and concessional loans",
            "1",
            if_error(private / soft, NONE),
            "ratio",
        )

    def _tests(self) -> None:
        sheet, axis, made, items = self.sheet, self.axis, self.made, self.items
        sheet.heading("Tests: a margin of at least zero passes")
        fall, uses = made.fall, made.closed.uses
        unpaid = most(fall.senior_arrears, fall.unfunded) > SMALLEST_USD
        late = choose_if(
            axis.payment.equals(axis.operation_periods), choose_if(fall.subordinated_arrears > SMALLEST_USD, 1, 0), 0
        )
        default = sheet.line("Default", "flag", choose_if(unpaid, 1, late), "count", summed=True)
        assert default.sum is not None
        self._put("default_periods", "Periods in default", "1", default.sum, "count")
        covenant = self.terms.covenants.get("dscr_min_ratio")
        wanted = most(1, covenant) if covenant is not None else expression(1.0)
        short = axis.operating_year_end * (items["year_cash"] - wanted * items["year_service"])
        margin = sheet.line("CFADS less covenant times service, of uses", "1", short / uses, "share")
        in_operation = choose_if(axis.operating_year_end.equals(1), margin, "")
        counted = sheet.line("The same, operating years only", "1", in_operation, "share")
        margins: list[Expression] = [sheet.single("Margin of the least DSCR", "1", least(counted.whole), "rate6")]
        if self.has_owners:
            worth = self.measures["equity_npv_usd_nominal"]
            margins.append(sheet.single("Margin of the owners' return: worth over uses", "1", worth / uses, "rate6"))
        loan_life = self.terms.covenants.get("llcr_min_ratio")
        if loan_life is not None:
            reached = self.measures["llcr_min_ratio"]
            margins.append(
                sheet.single(
                    "Margin of the least LLCR", "1", choose_if(is_number(reached), reached - loan_life, 1), "rate6"
                )
            )
        self._put(
            "least_margin",
            "Least margin: the goal to seek with the charge per delivered MWh",
            "1",
            least(*margins),
            "rate6",
        )
        passes = both(self.measures["least_margin"] >= 0 - SMALLEST_FRAC, default.sum.equals(0))
        self._put(
            "passes", "Covers and return pass at this revenue", "", choose_if(passes, "passes", "fails"), "general"
        )


def product_most(sheet: Sheet, flags: Line, numbers: Line) -> Expression:
    """Largest number among the flagged columns."""
    chosen = sheet.line("Operating period, where debt is outstanding", "1", flags * numbers, "count")
    return most(chosen.whole)
