"""One funding mix as a sheet: construction, loans, operation, tax, waterfall, ratios, returns, checks."""

from __future__ import annotations

from dataclasses import dataclass, field

from reports.excel.drawdown import Algebra, Closed, Group, groups_of, sum_of
from reports.excel.expressions import Expression, Operand, expression
from reports.excel.functions import choose_if, item, least, most, total
from reports.excel.loop import Known, SculptedLoop, close_in_passes
from reports.excel.mix_axis import Axis, axis_of
from reports.excel.project_sheets import Inputs, Operation, Years
from reports.excel.repayment import Repayment, repayment_of
from reports.excel.sheet import Line, Sheet, Single
from reports.excel.tax_block import tax_lines
from reports.excel.terms_sheet import Terms
from reports.excel.tranche_block import TrancheBlock, TrancheLines
from reports.excel.values import Mix
from reports.excel.waterfall_block import Claim, Fall, lock_up, waterfall


@dataclass
class Check:
    """A figure that must be zero, with the size that it is measured by."""

    what: str
    cell: Expression
    scale: Expression


@dataclass
class MixSheet:
    """The rows of a mix that other sheets refer to."""

    mix: Mix
    sheet: Sheet
    axis: Axis
    terms: Terms
    closed: Closed
    draws: list[Line]
    tranches: list[TrancheLines]
    items: dict[str, Line]
    """The model's yearly items, per period."""
    fall: Fall
    basis: Single
    need: Line
    currencies: dict[str, Operand]
    checks: list[Check] = field(default_factory=list)
    loop: Sheet | None = None
    target: Single | None = None
    """Return that the owners require."""
    measures: dict[str, Single] = field(default_factory=dict)
    yearly: dict[str, Line] = field(default_factory=dict)
    source_measures: dict[str, dict[str, Single]] = field(default_factory=dict)


@dataclass(frozen=True)
class Shared:
    """What all mixes lean on."""

    inputs: Inputs
    years: Years
    operation: Operation


class MixWriter:
    """Builds the sheet block by block; the order of blocks is the order of reading, not of dependence."""

    def __init__(self, mix: Mix, terms: Terms, shared: Shared, sheet: Sheet, loop: Sheet) -> None:
        self.mix, self.terms, self.shared, self.sheet, self.loop = mix, terms, shared, sheet, loop
        self.axis = axis_of(sheet, shared.years, mix.payments_per_year)
        self.items: dict[str, Line] = {}
        self.checks: list[Check] = []
        self.sculpted = next(
            (number for number, each in enumerate(mix.sources) if each.is_debt and each.repayment == "sculpted"), None
        )

    def write(self) -> MixSheet:
        """The whole sheet."""
        sheet, axis = self.sheet, self.axis
        self.currencies = self._currencies()
        self.capex, self.before_tax, self.saved = self._project()
        self.repayments = self._repayments()
        closed = self._closed()
        needed, groups = self._construction(closed)
        repayments = self._all_repayments = self._with_sculpted()
        tranches = [self._tranche(number, groups, closed, repayments[number]) for number in sorted(repayments)]
        draws = self._draws(tranches, groups, closed)
        need = self._needs(needed, tranches, closed, draws)
        basis, tax = self._tax(tranches, draws)
        fall = self._waterfall(tranches, tax, closed)
        made = MixSheet(
            self.mix, sheet, axis, self.terms, closed, draws, tranches, self.items, fall, basis, need,
            self.currencies, self.checks,
        )  # fmt: skip
        made.loop = self.loop if self.loop.lines else None
        self._balance_checks(made)
        return made

    def _currencies(self) -> dict[str, Operand]:
        found: dict[str, Operand] = {"USD": expression(1.0)}
        self.sheet.heading("Currencies, USD per unit relative to signing")
        for code, rise in self.terms.appreciation.items():
            path = (1 + rise) ** ((self.axis.period - 1) / self.axis.periods_per_year)
            found[code] = self.sheet.line(code, "USD", path, "factor")
        return found

    def _project(self) -> tuple[Line, Line, Line]:
        """The project's money of each period, the same for every mix."""
        sheet, axis, given = self.sheet, self.axis, self.shared.operation
        m = axis.periods_per_year
        sheet.heading("The project's money, a year spread evenly over its periods")
        capex = sheet.line("Investment", "USD", axis.yearly(given.capex) / m, summed=True)
        revenue = sheet.line("Revenue", "USD", axis.yearly(given.revenue) / m, summed=True)
        opex = sheet.line("Running cost", "USD", axis.yearly(given.opex) / m, summed=True)
        before = sheet.line("Revenue less running cost", "USD", axis.operating * (revenue - opex))
        repair = sheet.line("Major repair", "USD", axis.yearly(given.repair) / m)
        months = least(self.terms.maintenance_years, axis.number - axis.construction_years - 1)
        part = choose_if(months > 0, repair / most(months, 1), 0)
        saving = sheet.line("Repair per year of saving for it", "USD", part)
        so_far = sheet.line("The same, so far", "USD")
        so_far.formula = so_far.before + saving
        ends = least(axis.number + self.terms.maintenance_years, axis.construction_years + axis.operation_years) * m
        ahead = item(so_far.whole, ends) - item(so_far.whole, least(axis.number, ends / m) * m)
        taken = choose_if(months > 0, repair, 0)
        moved = axis.operating * (ahead / m - taken)
        saved = sheet.line("Into the maintenance reserve (out: negative)", "USD", moved, summed=True)
        self.items |= {"capex": capex, "revenue": revenue, "opex": opex, "maintenance_reserve": saved}
        return capex, before, saved

    def _repayments(self) -> dict[int, Repayment]:
        found = {}
        for number, each in enumerate(self.mix.sources):
            if each.is_debt and number != self.sculpted:
                self.sheet.heading(f"Repayment: {each.name}")
                currency = self.currencies[each.currency]
                found[number] = repayment_of(
                    self.sheet, self.axis, self.terms, number, currency=currency, sculpted=None
                )
        return found

    def _with_sculpted(self) -> dict[int, Repayment]:
        if self.sculpted is None:
            return self.repayments
        each = self.mix.sources[self.sculpted]
        self.sheet.heading(f"Repayment: {each.name}")
        shaped = repayment_of(
            self.sheet,
            self.axis,
            self.terms,
            self.sculpted,
            currency=self.currencies[each.currency],
            sculpted=self.profile,
        )
        return {**self.repayments, self.sculpted: shaped}

    def _closed(self) -> Closed:
        """Sum of uses and reserve: by algebra where all are drawn together, else in passes on a sheet of their own."""
        terms, sheet = self.terms, self.sheet
        known = Known(
            self.loop, self.axis, terms, self.capex, self.currencies, self.before_tax, self.saved,
            self.shared.inputs.tax, self.repayments, self.mix.payments_per_year,
        )  # fmt: skip
        sheet.heading("Sum of uses, closed")
        if self.sculpted is not None:
            solved = SculptedLoop(known, self.sculpted).solve()
            self.profile = solved.profile
            what = "share of the sculpted loan that the last pass moved, in USD"
            self.checks.append(Check(what, solved.moved, solved.closed.uses))
            return solved.closed
        if len(self.mix.draw_groups) > 1:
            return close_in_passes(known)
        algebra = Algebra(sheet, self.axis, terms, self.capex, self.currencies)
        senior = [number for number in self.repayments if self.mix.sources[number].seniority == 1]
        units = {number: self.repayments[number].unit_service.sum for number in senior}
        verification = {number: terms.of(number, "verification_usd_pa") for number in senior}
        return algebra.close({number: unit for number, unit in units.items() if unit is not None}, verification)

    def _construction(self, closed: Closed) -> tuple[Line, list[Group]]:
        self.sheet.heading("Construction: uses and sources")
        needed = self.sheet.line("Need so far", "USD")
        return needed, groups_of(self.sheet, self.axis, self.terms, closed.shares, closed.uses, needed=needed)

    def _tranche(self, number: int, groups: list[Group], closed: Closed, repayment: Repayment) -> TrancheLines:
        source = self.mix.sources[number]
        self.sheet.heading(f"Loan: {source.name}")
        group = next(each for each in groups if number in each.members)
        block = TrancheBlock(
            self.sheet,
            self.axis,
            self.terms,
            number,
            repayment=repayment,
            currency=self.currencies[source.currency],
        )
        return block.write(group, closed.shares, closed.uses)

    def _draws(self, tranches: list[TrancheLines], groups: list[Group], closed: Closed) -> list[Line]:
        """Draws of every source in the mix's order; grants and equity here, loans in their blocks."""
        self.sheet.heading("Uses and sources by period")
        of_loans = {each.number: each.draw for each in tranches}
        found = []
        for number, source in enumerate(self.mix.sources):
            group = next(each for each in groups if number in each.members)
            own = self.axis.building * (group.drawn - group.drawn.before) * group.part(closed.shares, number)
            formula = of_loans.get(number, own)
            found.append(self.sheet.line(f"Source: {source.name}", "USD", expression(formula), summed=True))
        return found

    def _needs(self, needed: Line, tranches: list[TrancheLines], closed: Closed, draws: list[Line]) -> Line:
        sheet, axis = self.sheet, self.axis
        interest = sheet.line(
            "Use: interest during construction", "USD", sum_of([each.built_interest for each in tranches]), summed=True
        )
        fees = sheet.line("Use: fees", "USD", sum_of([each.built_fee for each in tranches]), summed=True)
        reserve = sheet.line("Use: first filling of the reserve", "USD", axis.last_built * closed.reserve, summed=True)
        need = sheet.line("Need", "USD", self.capex + interest + fees + reserve, summed=True)
        needed.formula = needed.before + need
        residual = sheet.line("Check: sources less uses", "USD", sum_of(draws) - need, part="check", summed=True)
        assert need.sum is not None
        assert residual.sum is not None
        self.checks.append(Check("sources less uses", residual.sum, closed.uses))
        self.checks.append(Check("sum of uses as drawn less as closed", need.sum - closed.uses, closed.uses))
        names = {"grant_draw": ("grant",), "equity_draw": ("equity",)}
        sheet_items = {
            name: [line for line, each in zip(draws, self.mix.sources, strict=True) if each.kind in kinds]
            for name, kinds in names.items()
        }
        debts = [line for line, each in zip(draws, self.mix.sources, strict=True) if each.is_debt]
        labels = {"grant_draw": "Grants", "equity_draw": "Equity", "debt_draw": "Loans"}
        for name, lines in {**sheet_items, "debt_draw": debts}.items():
            self.items[name] = sheet.line(
                f"{labels[name]}, together", "USD", sum_of(lines) * axis.building, summed=True
            )
        self.items |= {
            "interest_during_construction": interest, "financing_fees": fees, "reserve_first_filling": reserve,
        }  # fmt: skip
        return need

    def _tax(self, tranches: list[TrancheLines], draws: list[Line]) -> tuple[Single, Line]:
        sheet, axis = self.sheet, self.axis
        sheet.heading("Profit tax, interest and fees deducted; a year's figures stand in its last period")
        cost = sum_of([each.interest + each.fee for each in tranches])
        profit = sheet.line("Profit before depreciation", "USD", self.before_tax - axis.operating * cost)
        grants = self.items["grant_draw"]
        capital = [
            self.items[name] for name in ("capex", "interest_during_construction", "financing_fees", "grant_draw")
        ]
        invested, interest, fees, given = (total(line.whole) for line in capital)
        assert grants is capital[3]
        basis = sheet.single("Depreciable basis", "USD", most(0, invested + interest + fees - given), "money")
        yearly = tax_lines(
            sheet, self.shared.inputs.tax, axis.year_sum(profit), basis, axis,
            counted=axis.operating_year_end, per_year=axis.periods_per_year,
        )  # fmt: skip
        tax = sheet.line(
            "Profit tax, spread over its year",
            "USD",
            axis.operating * axis.year_sum(yearly) / axis.periods_per_year,
            summed=True,
        )
        self.items["tax"] = tax
        return basis, tax

    def _service(self, tranches: list[TrancheLines], seniority: int) -> Expression:
        chosen = [each.service for each in tranches if self.mix.sources[each.number].seniority == seniority]
        return self.axis.operating * sum_of(chosen)

    def _waterfall(self, tranches: list[TrancheLines], tax: Line, closed: Closed) -> Fall:
        sheet, axis = self.sheet, self.axis
        sheet.heading("Cash for debt service and who is owed")
        cash = sheet.line(
            "Cash for debt service (CFADS)", "USD", axis.operating * (self.before_tax - tax - self.saved), summed=True
        )
        senior = sheet.line("Senior service", "USD", self._service(tranches, 1), summed=True)
        junior = sheet.line("Subordinated service", "USD", self._service(tranches, 2), summed=True)
        service = sheet.line("Service", "USD", senior + junior, summed=True)
        net_debt = sheet.line(
            "Debt less sinking funds, opening", "USD", axis.operating * sum_of([each.net_opening for each in tranches])
        )
        for name, lines in self._operating_rows(tranches).items():
            label = f"Loans, together: {name.removeprefix('debt_').replace('_', ' ')}"
            self.items[name] = sheet.line(label, "USD", axis.operating * lines, summed=True)
        year_cash = sheet.line("CFADS of the year", "USD", axis.year_sum(cash))
        year_service = sheet.line("Service of the year", "USD", axis.year_sum(service))
        self.items |= {"cfads": cash, "debt_service": service, "senior": senior, "net_debt": net_debt}
        self.items |= {"year_cash": year_cash, "year_service": year_service}
        sheet.heading("Waterfall")
        m = axis.periods_per_year
        blended = sum_of([each.share * each.rate for each in self.shared.inputs.tax])
        reserve_rate = sheet.single(
            "Interest of the reserve per period after tax",
            "1",
            self.terms.reserve_interest * (1 - blended) / m,
            "rate6",
        )
        rates = [self._arrears_rate(rank) for rank in (1, 2)]
        cover = self.terms.covenants.get("lock_up_dscr_ratio")
        locked = expression(0.0) if cover is None else lock_up(axis, cover, year_cash, year_service)
        claim = Claim(
            cash, senior, junior, axis.last_built * closed.reserve, self.terms.dsra_months / 12, reserve_rate,
            rates[0], rates[1], locked,
        )  # fmt: skip
        return waterfall(sheet, axis, claim, self.mix.payments_per_year)

    @staticmethod
    def _operating_rows(tranches: list[TrancheLines]) -> dict[str, Expression]:
        """What all loans take and give in operation, by the model's names."""
        return {
            "debt_interest": sum_of([each.interest for each in tranches]),
            "debt_principal": sum_of([each.principal for each in tranches]),
            "debt_fee": sum_of([each.fee for each in tranches]),
            "debt_deposit": sum_of([each.deposit for each in tranches]),
            "debt_fund_release": sum_of([each.release for each in tranches]),
        }

    def _arrears_rate(self, rank: int) -> Single:
        rates = [
            self.terms.project_rate(number)
            for number, each in enumerate(self.mix.sources)
            if each.is_debt and each.seniority == rank
        ]
        word = "senior" if rank == 1 else "subordinated"
        return self.sheet.single(
            f"Rate on {word} arrears per period", "1", most(0, *rates) / self.axis.periods_per_year, "rate6"
        )

    def _balance_checks(self, made: MixSheet) -> None:
        """Loans repaid, reserve as formula, waterfall without a gap."""
        uses = made.closed.uses
        for each in made.tranches:
            name = self.mix.sources[each.number].name
            last = item(each.closing.whole, self.axis.construction_periods + self.axis.operation_periods)
            self.checks.append(Check(f"balance after the last payment: {name}", last, uses))
        assert made.fall.check.sum is not None
        self.checks.append(Check("waterfall: cash in less cash out, all periods", made.fall.check.sum, uses))
        first = self.sheet.single(
            "Reserve wanted by the first year's senior service", "USD", self._reserve_wanted(made), "money"
        )
        self.checks.append(
            Check("first filling of the reserve less what the first year wants", made.closed.reserve - first, uses)
        )

    def _reserve_wanted(self, made: MixSheet) -> Expression:
        found: Operand = 0.0
        repayments = self._all_repayments
        for each in made.tranches:
            if self.mix.sources[each.number].seniority == 1:
                unit = repayments[each.number].unit_service.sum
                assert unit is not None
                verified = choose_if(each.loan > 0, self.terms.of(each.number, "verification_usd_pa"), 0)
                found = expression(found) + each.loan * unit + verified
        return self.terms.dsra_months / 12 * expression(found)
