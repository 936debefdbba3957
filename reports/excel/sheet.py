"""Sheets as plain values: rows over a time axis, single cells, words; where each stands and how it looks.

Layout of a sheet with a time axis: A label, F single value, G unit, H total of the row, J the first period of the axis,
and everything to the right of it one formula per row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from reports.excel.expressions import Expression, Operand, Place, Range, Value, expression
from reports.excel.functions import total

LABEL, SINGLE, UNIT, TOTAL, FIRST = 0, 5, 6, 7, 9
"""Columns from 0; `FIRST` is J."""


@lru_cache(maxsize=4096)
def letters(column: int) -> str:
    """Name of a column counted from 0."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


@dataclass(frozen=True, slots=True)
class Look:
    """How a cell looks: what it holds (money, rate, ...) and its part (input, formula, check, heading, ...)."""

    form: str = "general"
    part: str = "formula"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell off the time axis: words, a number or a formula."""

    row: int
    column: int
    content: Expression | float | str
    look: Look
    link: str = ""
    """Name of a sheet that the cell leads to."""


class Sheet:
    """One sheet; rows are added from the top down."""

    def __init__(self, name: str, periods: int = 0, *, title: str = "") -> None:
        self.name, self.periods, self.title = name, periods, title or name
        self.row = 0
        self.cells: list[Cell] = []
        self.lines: list[Line] = []
        self.named: list[Single] = []
        self.charts: list[object] = []
        self.selections: list[tuple[int, int, str]] = []
        """(row, column, range) of cells that offer a list."""
        self.widths: Mapping[int, float] = {}
        self.freeze: tuple[int, int] = (0, 0)
        self.is_wide = periods > 0

    def put(self, column: int, content: Expression | float | str, look: Look | None = None, link: str = "") -> Cell:
        """A cell in the current row."""
        cell = Cell(self.row, column, content, look or Look(), link)
        self.cells.append(cell)
        return cell

    def heading(self, words: str, level: int = 2) -> None:
        """A line of words above a block."""
        if level > 1:
            self.row += 1
        self.put(LABEL, words, Look(part=f"heading {level}"))
        self.row += 1

    def note(self, words: str) -> None:
        """A line of small words."""
        self.put(LABEL, words, Look(part="note"))
        self.row += 1

    def single(
        self,
        label: str,
        unit: str,
        content: Operand,
        form: str = "general",
        *,
        part: str = "formula",
        name: str = "",
    ) -> Single:
        """A row with one value in column F."""
        self.put(LABEL, label, Look(part="label"))
        self.put(UNIT, unit, Look(part="unit"))
        found = self.value_at(SINGLE, content, form, part=part, name=name)
        self.row += 1
        return found

    def value_at(
        self, column: int, content: Operand, form: str = "general", *, part: str = "formula", name: str = ""
    ) -> Single:
        """A value in the current row that formulas can refer to."""
        given = content if isinstance(content, Expression | float | str) else float(content)
        self.put(column, given, Look(form, part))
        found = Single(self, self.row, column, expression(given), name)
        if name:
            self.named.append(found)
        return found

    def back_to(self, mark: tuple[int, int, int]) -> None:
        """Takes back what was added after `mark`."""
        self.row = mark[0]
        del self.cells[mark[1] :]
        del self.named[mark[2] :]

    @property
    def mark(self) -> tuple[int, int, int]:
        """Where the sheet stands; for `back_to`."""
        return self.row, len(self.cells), len(self.named)

    def line(
        self,
        label: str | Expression,
        unit: str = "USD",
        content: Expression | Sequence[float] | None = None,
        form: str = "money",
        *,
        part: str = "formula",
        summed: bool = False,
    ) -> Line:
        """A row over the time axis: a formula, or given values; its formula may also be set later."""
        made = Line(self, self.row, Look(form, part))
        if isinstance(content, Expression):
            made.formula = content
        elif content is not None:
            made.given = tuple(content)
        self.put(LABEL, label, Look(part="label"))
        self.put(UNIT, unit, Look(part="unit"))
        if summed:
            made.sum = Single(self, self.row, TOTAL, total(made.whole), "")
            self.put(TOTAL, made.sum.content, Look(form, "total"))
        self.lines.append(made)
        self.row += 1
        return made

    def evaluate(self) -> None:
        """Works out every row from left to right (backward rows from right to left), so that no chain gets deep."""
        for column in range(self.periods):
            for each in self.lines:
                if not each.is_backward:
                    each.value(column)

    def prefix(self, place: Place) -> str:
        """What stands before a reference to this sheet from another."""
        if place.sheet is self:
            return ""
        return f"{self.quoted}!"

    @cached_property
    def quoted(self) -> str:
        """Name as formulas quote it."""
        return (
            self.name if re.fullmatch(r"[A-Za-z_][A-Za-z_]*", self.name) else "'" + self.name.replace("'", "''") + "'"
        )


class Circular(RuntimeError):
    """A formula that leans on its own result: a fault of this package, never of the input."""


@dataclass(slots=True, eq=False)
class Single(Expression):
    """A cell that formulas refer to: by its name where it has one, else by its address."""

    sheet: Sheet
    row: int
    column: int
    content: Expression
    name: str = ""
    known: Value | None = None

    @property
    def address(self) -> str:
        """Absolute address on its sheet."""
        return f"${letters(self.column)}${self.row + 1}"

    def text(self, place: Place) -> str:
        return self.name or f"{self.sheet.prefix(place)}{self.address}"

    def value(self, column: int) -> Value:
        if self.known is None:
            self.known = self.content.value(0)
        return self.known


@dataclass(slots=True, eq=False)
class Line(Expression):
    """A row over the time axis; as part of a formula, its cell in the same column."""

    sheet: Sheet
    row: int
    look: Look
    formula: Expression | None = None
    given: tuple[float, ...] = ()
    is_backward: bool = False
    """Whether it leans on the column to the right."""
    sum: Single | None = None
    known: dict[int, Value] = field(default_factory=dict)
    busy: set[int] = field(default_factory=set)
    row_values: list[Value] = field(default_factory=list)
    """The whole row, once it is known."""

    def text(self, place: Place) -> str:
        return f"{self.sheet.prefix(place)}{letters(FIRST + place.column)}${self.row + 1}"

    def value(self, column: int) -> Value:
        if not 0 <= column < self.sheet.periods:
            return 0.0
        if column not in self.known:
            if column in self.busy:
                raise Circular(f"{self.sheet.name} row {self.row + 1} leans on itself in period {column + 1}")
            self.busy.add(column)
            if self.is_backward and not self.known:
                self._from_the_right(column)
            self.known[column] = self.given[column] if self.formula is None else self.formula.value(column)
        return self.known[column]

    def _from_the_right(self, column: int) -> None:
        assert self.formula is not None
        for later in range(self.sheet.periods - 1, column, -1):
            self.known[later] = self.formula.value(later)

    @property
    def before(self) -> Expression:
        """The cell to the left; 0 before the first period."""
        return Shifted(self, -1)

    @property
    def after(self) -> Expression:
        """The cell to the right; 0 after the last period."""
        return Shifted(self, 1)

    @property
    def whole(self) -> Range:
        """All cells of the row."""
        return Span(self, 0, None)

    @property
    def to_date(self) -> Range:
        """Cells from the first period to this."""
        return ToDate(self)

    def ahead(self, periods: int) -> Range:
        """The next cells to the right."""
        return Ahead(self, periods)


@dataclass(frozen=True, slots=True, eq=False)
class Shifted(Expression):
    """A row's cell some columns to the side."""

    line: Line
    by: int

    def text(self, place: Place) -> str:
        return self.line.text(Place(place.sheet, place.column + self.by))

    def value(self, column: int) -> Value:
        return self.line.value(column + self.by)


@dataclass(frozen=True, slots=True, eq=False)
class Span(Range):
    """A fixed part of a row, by default all of it."""

    line: Line
    first: int
    end: int | None

    def text(self, place: Place) -> str:
        end = self.line.sheet.periods if self.end is None else self.end
        start, last = letters(FIRST + self.first), letters(FIRST + end - 1)
        return f"{self.line.sheet.prefix(place)}${start}${self.line.row + 1}:${last}${self.line.row + 1}"

    def values(self, column: int) -> list[Value]:
        end = self.line.sheet.periods if self.end is None else self.end
        if self.line.row_values and self.end is None:
            return self.line.row_values
        found = [self.line.value(number) for number in range(self.first, end)]
        if self.end is None:
            self.line.row_values = found
        return found

    def cell(self, number: int, column: int) -> Value:
        return self.line.value(self.first + number - 1)


@dataclass(frozen=True, slots=True, eq=False)
class ToDate(Range):
    """From the first period to the formula's own."""

    line: Line

    def text(self, place: Place) -> str:
        row = self.line.row + 1
        return f"{self.line.sheet.prefix(place)}${letters(FIRST)}${row}:{letters(FIRST + place.column)}${row}"

    def values(self, column: int) -> list[Value]:
        return [self.line.value(number) for number in range(column + 1)]


@dataclass(frozen=True, slots=True, eq=False)
class Ahead(Range):
    """The cells that follow."""

    line: Line
    periods: int

    def text(self, place: Place) -> str:
        row, first = self.line.row + 1, FIRST + place.column + 1
        last = first + self.periods - 1
        return f"{self.line.sheet.prefix(place)}{letters(first)}${row}:{letters(last)}${row}"

    def values(self, column: int) -> list[Value]:
        return [self.line.value(column + 1 + number) for number in range(self.periods)]


@dataclass(frozen=True, slots=True, eq=False)
class Block(Range):
    """Single cells below one another."""

    singles: tuple[Single, ...]

    def text(self, place: Place) -> str:
        first, last = self.singles[0], self.singles[-1]
        return f"{first.sheet.prefix(place)}{first.address}:{last.address}"

    def values(self, column: int) -> list[Value]:
        return [each.value(column) for each in self.singles]
