"""The time axis of a mix: its payment periods over construction, operation and the closing year."""

from __future__ import annotations

from dataclasses import dataclass

from reports.excel.expressions import Expression
from reports.excel.functions import both, choose_if, item, sum_where, whole_part
from reports.excel.project_sheets import Years
from reports.excel.sheet import Line, Sheet, Single


@dataclass
class Axis:
    """Lines that say where a column stands in time. `number` is the number of the column's year."""

    sheet: Sheet
    periods_per_year: Single
    period: Line
    number: Line
    year: Line
    phase: Line
    building: Line
    operating: Line
    last_built: Line
    first_period: Line
    year_end: Line
    payment: Line
    """Number of the operating period; 0 outside operation."""
    construction_years: Single
    operation_years: Single

    def yearly(self, line: Line) -> Expression:
        """A yearly row of another sheet at this column's year."""
        return item(line.whole, self.number)

    def year_sum(self, line: Line) -> Expression:
        """Sum of a row of this axis over this column's year."""
        return sum_where(self.number.whole, self.number, line.whole)

    @property
    def operating_year_end(self) -> Expression:
        """1 in the last period of each operating year."""
        return self.operating * self.year_end

    @property
    def construction_periods(self) -> Expression:
        """Periods in which money is drawn."""
        return self.construction_years * self.periods_per_year

    @property
    def operation_periods(self) -> Expression:
        """Periods in which the project earns."""
        return self.operation_years * self.periods_per_year


def axis_of(sheet: Sheet, years: Years, per_year: int) -> Axis:
    """The first rows of a mix's sheet."""
    period = sheet.line("Period", "1", form="count", part="axis")
    period.formula = period.before + 1
    number = sheet.line("Year number", "1", form="count", part="axis")
    year = sheet.line("Calendar year", "year", form="year", part="axis")
    phase = sheet.line("Phase", "", form="general", part="axis")
    sheet.freeze = (sheet.row, 9)
    sheet.heading("Axis")
    count = sheet.single("Payments per year (structure)", "1", per_year, "count", part="given")
    number.formula = whole_part((period - 1) / count) + 1
    year.formula = years.first_year + number - 1
    built, worked = years.construction_years, years.operation_years
    building = sheet.line("Building", "flag", choose_if(number <= built, 1, 0), "count")
    within = choose_if(number > built, choose_if(number <= built + worked, 1, 0), 0)
    operating = sheet.line("Operating", "flag", within, "count")
    phase.formula = choose_if(building.equals(1), "build", choose_if(operating.equals(1), "operate", "close"))
    last_built = sheet.line(
        "Last period of construction", "flag", choose_if(period.equals(built * count), 1, 0), "count"
    )
    first = sheet.line("Signing", "flag", choose_if(period.equals(1), 1, 0), "count")
    ends = choose_if(period.equals(number * count), 1, 0)
    year_end = sheet.line("Last period of its year", "flag", ends, "count")
    payment = sheet.line("Operating period", "1", choose_if(operating.equals(1), period - built * count, 0), "count")
    return Axis(
        sheet,
        count,
        period,
        number,
        year,
        phase,
        building,
        operating,
        last_built,
        first,
        year_end,
        payment,
        built,
        worked,
    )


def in_window(axis: Axis, first: Expression, last: Expression) -> Expression:
    """Whether a period lies after the first `first` and up to the `last` operating period."""
    return both(axis.payment > first, axis.payment <= last)
