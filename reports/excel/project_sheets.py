"""Inputs, timeline, investment and operation: what every mix shares, per year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.excel.expressions import Expression, Operand, expression
from reports.excel.functions import choose_if, if_error, median, product_sum, total
from reports.excel.names import Names, word
from reports.excel.returns import return_of
from reports.excel.sheet import Line, Look, Sheet, Single, Span
from reports.excel.tax_block import TaxRow, tax_lines
from reports.excel.values import Project, Stream

INPUT_COLUMNS = ("No.", "What", "Value", "Unit", "Low", "High", "Grade", "Name in formulas", "Source")
NUMBER, WHAT, VALUE, UNIT, LOW, HIGH, GRADE, NAME, SOURCE = range(9)
MAJOR_REPAIR_FACTOR = 1.25
"""Opex above this many times the median year is a major repair, as in the model."""


@dataclass
class Inputs:
    """The project's inputs as cells."""

    sheet: Sheet
    yearly: Sheet
    names: Names
    inflation: Single
    discount: Single
    price_base: Single
    capex_factor: Single
    revenue_factor: Single
    opex_factor: Single
    energy_factor: Single
    charge: Single
    decommissioning: Single
    affordable: Single | None
    capex: list[Single]
    spreads: list[Line]
    indexation: list[Single]
    revenue: list[Line]
    energy: Line
    losses: Line
    opex: Line
    tax: list[TaxRow]


class _InputList:
    """Rows of the sheet of inputs."""

    def __init__(self, sheet: Sheet, names: Names) -> None:
        self.sheet, self.names, self.count = sheet, names, 0

    def head(self, words: str) -> None:
        self.sheet.heading(words)
        for column, title in enumerate(INPUT_COLUMNS):
            self.sheet.put(column, title, Look(part="head"))
        self.sheet.row += 1

    def add(
        self,
        what: str,
        unit: str,
        value: float,
        form: str,
        name: str,
        *,
        span: tuple[float, float] | None = None,
        grade: str = "",
        source: str = "",
    ) -> Single:
        """One input with its name; `span` is its low and high value."""
        self.count += 1
        sheet, given = self.sheet, self.names.of(name)
        for column, words in ((NUMBER, f"A{self.count}"), (WHAT, what), (NAME, given)):
            sheet.put(column, words, Look(part="label"))
        sheet.put(UNIT, unit, Look(part="unit"))
        found = sheet.value_at(VALUE, value, form, part="input", name=given)
        for column, bound in zip((LOW, HIGH), span or (), strict=False):
            sheet.put(column, bound, Look(form, "given"))
        sheet.put(GRADE, grade, Look(part="unit"))
        sheet.put(SOURCE, source, Look(part="source"))
        sheet.row += 1
        return found


def inputs_of(project: Project, names: Names, sheet: Sheet, yearly: Sheet) -> Inputs:
    """Fills the sheet of single inputs and the one of inputs by year."""
    rows = _InputList(sheet, names)
    sheet.note("Blue on yellow is an input: change it and every sheet follows. Everything else is a formula or words.")
    rows.head("Money and dates")
    stated = "the case"
    price_base = rows.add("Price base", "year", project.price_base_year, "year", "price_base_year", source=stated)
    inflation = rows.add("Inflation", "1/year", project.inflation_pa, "rate", "inflation_pa", source=stated)
    what = "Discount rate before financing, nominal"
    discount = rows.add(what, "1/year", project.discount_rate_pa, "rate", "discount_rate_pa", source=stated)
    own = _switches(rows)
    charge = rows.add(
        "Charge per delivered MWh in place of all revenue", "USD/MWh real", 0.0, "price", "charge_usd_per_mwh",
        source="0 keeps the plan's revenue; with a charge, seek the goal 0 in the least margin of a mix's sheet",
    )  # fmt: skip
    capex = _capex_inputs(rows, project)
    decommissioning = rows.add(
        "Decommissioning less residual value", "USD real", project.decommissioning_usd_real, "money",
        "decommissioning_usd_real",
    )  # fmt: skip
    indexation = _indexation_inputs(rows, project)
    affordable = None
    if project.affordable_usd_per_mwh is not None:
        what, given = "Charge that the export chain can afford", project.affordable_usd_per_mwh
        affordable = rows.add(
            what, "USD/MWh real", given, "price", "affordable_usd_per_mwh", source="netback of the run"
        )
    rows.head("Profit tax by country")
    tax = [_tax_row(rows, number, project) for number in range(len(project.tax))]
    found = _by_year(project, yearly)
    return Inputs(
        sheet, yearly, names, inflation, discount, price_base, own["capex_factor"], own["revenue_factor"],
        own["opex_factor"], own["energy_factor"], charge, decommissioning, affordable, capex, found[0], indexation,
        found[1], *found[2], tax,
    )  # fmt: skip


def _switches(rows: _InputList) -> dict[str, Single]:
    """Factors that are 1 in the model's case."""
    rows.head("Switches of this book")
    factors = {
        "capex_factor": "Investment, times", "revenue_factor": "Revenue, times",
        "opex_factor": "Running cost, times", "energy_factor": "Delivered energy, times",
    }  # fmt: skip
    return {
        name: rows.add(words, "1", 1.0, "factor", name, source="1 is the model's case")
        for name, words in factors.items()
    }


def _capex_inputs(rows: _InputList, project: Project) -> list[Single]:
    rows.head("Investment, USD of the price base year")
    return [
        rows.add(
            f"{part.name} ({part.country})", "USD real", part.central, "money", f"capex_{word(part.name, number)}",
            span=(part.low, part.high), grade=part.grade, source=part.source,
        )
        for number, part in enumerate(project.capex)
    ]  # fmt: skip


def _indexation_inputs(rows: _InputList, project: Project) -> list[Single]:
    rows.head("Revenue")
    return [
        rows.add(
            f"{stream.name}: share of inflation passed on", "1", stream.indexation_frac, "share",
            f"indexation_{word(stream.name, number)}", source=f"{stream.counterparty}; {stream.source}",
        )
        for number, stream in enumerate(project.revenue)
    ]  # fmt: skip


def _tax_row(rows: _InputList, number: int, project: Project) -> TaxRow:
    part = project.tax[number]
    code = word(part.country, number)
    fields = (
        ("share of the profit", "1", part.share_frac, "share", "share_frac"),
        ("rate", "1", part.rate_frac, "share", "rate_frac"),
        ("depreciation, straight line", "years", float(part.depreciation_years), "count", "depreciation_years"),
        ("losses carried forward", "years", float(part.carry_forward_years), "count", "carry_forward_years"),
    )
    cells = [
        rows.add(f"{part.country}: {what}", unit, value, form, f"tax_{code}_{name}", source=part.source)
        for what, unit, value, form, name in fields
    ]
    return TaxRow(part.country, cells[0], cells[1], cells[2], cells[3])


def _by_year(project: Project, sheet: Sheet) -> tuple[list[Line], list[Line], tuple[Line, Line, Line]]:
    """Inputs that differ from year to year."""
    sheet.note("Inputs by year, in the columns of the timeline. Energy and its losses are what the dispatch gave.")

    def operating(values: Sequence[float]) -> list[float]:
        return [0.0] * project.construction_years + list(values) + [0.0]

    def built(values: Sequence[float]) -> list[float]:
        return list(values) + [0.0] * (project.operation_years + 1)

    sheet.heading("Share of each part spent in each construction year")
    spreads = [
        sheet.line(part.name, "1", built(part.spread), "share", part="input", summed=True) for part in project.capex
    ]
    sheet.heading("Revenue, real")
    revenue = [sheet.line(each.name, "USD real", operating(each.amounts), part="input") for each in project.revenue]
    sheet.heading("Energy and running cost: outputs of the dispatch and of the cost build-up, not recalculated here")
    energy = sheet.line("Energy delivered", "MWh", operating(project.received_mwh), "whole", part="input")
    losses = sheet.line(
        "Losses at the price of the sending end", "USD real", operating(project.losses_usd_real), part="input"
    )
    opex = sheet.line(
        "Operation, maintenance, insurance, repair", "USD real", operating(project.opex_usd_real), part="input"
    )
    return spreads, revenue, (energy, losses, opex)


@dataclass
class Years:
    """The yearly axis."""

    sheet: Sheet
    first_year: Single
    construction_years: Single
    operation_years: Single
    number: Line
    year: Line
    building: Line
    operating: Line
    index: Line
    discount_factor: Line


def timeline_of(project: Project, inputs: Inputs, sheet: Sheet) -> Years:
    """Years, phases, price index and discount factors."""
    sheet.heading("Structure: the columns of the book follow it; to change it, run the model again")
    first = sheet.single(
        "First year of construction", "year", project.first_year, "year", part="given", name="first_year"
    )
    built = sheet.single(
        "Years of construction", "years", project.construction_years, "count", part="given", name="construction_years"
    )
    worked = sheet.single(
        "Years of operation", "years", project.operation_years, "count", part="given", name="operation_years"
    )
    sheet.heading("Axis")
    number = sheet.line("Year number", "1", form="count")
    number.formula = number.before + 1
    year = sheet.line("Calendar year", "year", first + number - 1, "year")
    building = sheet.line("Building", "flag", choose_if(number <= built, 1, 0), "count", summed=True)
    within = choose_if(number > built, choose_if(number <= built + worked, 1, 0), 0)
    operating = sheet.line("Operating", "flag", within, "count", summed=True)
    sheet.heading("Prices")
    index = sheet.line("Nominal per real dollar", "1", (1 + inputs.inflation) ** (year - inputs.price_base), "factor")
    factor = sheet.line("Discount factor before financing", "1", (1 + inputs.discount) ** (1 - number), "factor")
    return Years(sheet, first, built, worked, number, year, building, operating, index, factor)


@dataclass
class Operation:
    """Yearly money of the project before financing."""

    capex: Line
    capex_real: Line
    revenue: Line
    opex: Line
    repair: Line
    energy: Line
    decommissioning: Line
    cash: Line
    npv: Single
    irr: Single
    lcot: Single


def capex_lines(project: Project, inputs: Inputs, years: Years, sheet: Sheet) -> tuple[Line, Line]:
    """Investment by part and year, nominal; then the sums, real and nominal."""
    sheet.heading("Investment by part, nominal")
    parts = [
        sheet.line(part.name, "USD", amount * inputs.capex_factor * spread * years.index, summed=True)
        for part, amount, spread in zip(project.capex, inputs.capex, inputs.spreads, strict=True)
    ]
    sheet.heading("Together")
    nominal = sheet.line("Investment, nominal", "USD", total_of(parts), summed=True)
    real = sheet.line("Investment, real", "USD real", nominal / years.index, summed=True)
    return nominal, real


def total_of(lines: Sequence[Expression]) -> Expression:
    """Sum of cells of one column."""
    found: Operand = 0.0
    for each in lines:
        found = expression(found) + each
    return expression(found)


def operation_of(project: Project, inputs: Inputs, years: Years, sheet: Sheet, capex: tuple[Line, Line]) -> Operation:
    """Revenue, running cost, tax without interest, cash before financing and what it is worth."""
    sheet.heading("Revenue")
    streams = [
        _stream_line(sheet, inputs, years, stream, (amount, share))
        for stream, amount, share in zip(project.revenue, inputs.revenue, inputs.indexation, strict=True)
    ]
    energy = sheet.line("Energy delivered", "MWh", inputs.energy * inputs.energy_factor, "whole")
    charged = sheet.line("Charge per delivered MWh", "USD", inputs.charge * energy * years.index)
    revenue = sheet.line("Revenue", "USD", total_of([*streams, charged]), summed=True)
    sheet.heading("Running cost")
    opex_real = sheet.line("Running cost, real", "USD real", inputs.opex * inputs.opex_factor)
    opex = sheet.line("Running cost", "USD", opex_real * years.index, summed=True)
    span = project.construction_years, project.construction_years + project.operation_years
    usual = sheet.single("Running cost of the median year, real", "USD real", median(Span(opex_real, *span)), "money")
    above = choose_if(opex_real > usual * MAJOR_REPAIR_FACTOR, opex_real - usual, 0)
    repair = sheet.line("of which major repair", "USD", years.operating * above * years.index)
    closing = years.number.equals(years.construction_years + years.operation_years + 1)
    decommissioning = sheet.line("Decommissioning", "USD", choose_if(closing, inputs.decommissioning * years.index, 0))
    sheet.heading("Profit tax as if the owners paid for everything")
    profit = sheet.line("Profit before depreciation", "USD", years.operating * (revenue - opex))
    basis = sheet.single("Depreciable basis", "USD", total(capex[0].whole), "money")
    tax = tax_lines(sheet, inputs.tax, profit, basis, years)
    sheet.heading("Cash before financing")
    cash = sheet.line(
        "Net cash before financing", "USD", revenue - opex - tax - capex[0] - decommissioning, summed=True
    )
    npv = sheet.single(
        "Worth at the discount rate", "USD", product_sum(cash.whole, years.discount_factor.whole), "money"
    )
    what = "Rate of return before financing"
    found = return_of(
        sheet, what, cash, years.number, guesses=[expression(0.0), expression(0.1)], per_year=expression(1.0)
    )
    irr = sheet.single(what, "1/year", found, "rate")
    lcot = _levelised(inputs, years, sheet, capex[1], (opex_real, energy))
    return Operation(capex[0], capex[1], revenue, opex, repair, energy, decommissioning, cash, npv, irr, lcot)


def _stream_line(sheet: Sheet, inputs: Inputs, years: Years, stream: Stream, cells: tuple[Line, Single]) -> Line:
    amount, share = cells
    index = (1 + inputs.inflation * share) ** (years.year - inputs.price_base)
    nominal = amount * inputs.revenue_factor * index
    return sheet.line(stream.name, "USD", nominal if stream.stays else choose_if(inputs.charge > 0, 0, nominal))


def _levelised(inputs: Inputs, years: Years, sheet: Sheet, capex_real: Line, rest: tuple[Line, Line]) -> Single:
    """Levelised cost of transmission, real: worth of all cost over worth of delivered energy."""
    opex_real, energy = rest
    sheet.heading("Levelised cost of transmission, real")
    real = sheet.single("Discount rate, real", "1/year", (1 + inputs.discount) / (1 + inputs.inflation) - 1, "rate")
    factor = sheet.line("Discount factor, real", "1", (1 + real) ** (1 - years.number), "factor")
    closing = years.number.equals(years.construction_years + years.operation_years + 1)
    dismantled = choose_if(closing, inputs.decommissioning, 0)
    cost = sheet.line("Cost, real", "USD real", capex_real + opex_real + inputs.losses + dismantled, summed=True)
    worth = product_sum(cost.whole, factor.whole) / product_sum(energy.whole, factor.whole)
    found = sheet.single("Levelised cost", "USD/MWh real", if_error(worth, "none"), "price")
    if inputs.affordable is not None:
        margin = if_error(inputs.affordable - found, "none")
        sheet.single("What the export chain can afford less the levelised cost", "USD/MWh real", margin, "price")
    return found
