"""Sheets as values to the bytes of an .xlsx file; the same sheets give the same bytes."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from reports.excel.charts import Chart
from reports.excel.expressions import Expression, Place, Unanswered, Value
from reports.excel.looks import LIMITS, properties_of
from reports.excel.sheet import FIRST, Cell, Line, Look, Sheet

SIGNS_OF_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
TEXT_LETTERS_MAX = 32_000
DEFAULT_WIDTH, LETTERS_PER_WIDTH = 8.43, 1.4
"""Of a column, in its own unit, and how many small letters one unit holds."""
HEIGHT_PER_LINE, HEIGHT_MAX, TITLE_HEIGHT = 11.5, 380.0, 24.0
CREATED = datetime(2020, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""A workbook carries no clock."""


def workbook_bytes(sheets: Sequence[Sheet], title: str) -> bytes:
    """The file."""
    buffer = io.BytesIO()
    book = Workbook(
        buffer,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False},
    )
    book.set_properties({"title": title, "author": "greengrid", "created": CREATED})
    book.set_calc_mode("auto")
    writer = _Writer(book)
    pages = [(sheet, book.add_worksheet(sheet.name, worksheet_class=_Page)) for sheet in sheets]
    for sheet, page in pages:
        writer.write(sheet, page)
    book.close()
    return buffer.getvalue()


class _Page(Worksheet):  # type: ignore[misc]
    """A page that takes formulas as they are: the search for functions newer than the file format, of which this book
    has none, took half of the time."""

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        return formula.removeprefix("=")


class _Writer:
    """Writes sheets; formats are made once each."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.formats: dict[tuple[Look, bool], Any] = {}

    def _format(self, look: Look, *, is_quoted: bool = False) -> Any:
        key = (look, is_quoted)
        if key not in self.formats:
            self.formats[key] = self.book.add_format(properties_of(look, is_quoted=is_quoted))
        return self.formats[key]

    def write(self, sheet: Sheet, page: Any) -> None:
        """Cells, rows over time, charts, then how the page opens and prints."""
        for cell in sheet.cells:
            self._cell(sheet, page, cell)
        for line in sheet.lines:
            self._line(sheet, page, line)
        for single in sheet.named:
            self.book.define_name(single.name, f"={sheet.quoted}!{single.address}")
        for row, column, cells in sheet.selections:
            page.data_validation(row, column, row, column, {"validate": "list", "source": "=" + cells})
        for chart in sheet.charts:
            assert isinstance(chart, Chart)
            chart.insert(self.book, page)
        _set_heights(sheet, page)
        _set_up(sheet, page)

    def _limit(self, page: Any, place: tuple[int, int, int, int], look: Look) -> None:
        """An input out of its range is refused with what was expected."""
        if look.part == "input" and look.form in LIMITS:
            least, most, words = LIMITS[look.form]
            rule = {"validate": "decimal", "criteria": "between", "minimum": least, "maximum": most}
            page.data_validation(*place, {**rule, "error_title": "Out of range", "error_message": f"Expected {words}."})

    def _cell(self, sheet: Sheet, page: Any, cell: Cell) -> None:
        content = cell.content
        if cell.link:
            target = "internal:'" + cell.link.replace("'", "''") + "'!A1"
            page.write_url(cell.row, cell.column, target, self._format(Look(part="hyper")), str(content))
        elif isinstance(content, str):
            self.text(page, cell.row, cell.column, content, cell.look)
        elif isinstance(content, Expression):
            place = Place(sheet)
            self.formula(page, (cell.row, cell.column), content.text(place), _answer(content, 0), cell.look)
        else:
            page.write_number(cell.row, cell.column, float(content), self._format(cell.look))
            self._limit(page, (cell.row, cell.column, cell.row, cell.column), cell.look)

    def text(self, page: Any, row: int, column: int, words: str, look: Look) -> None:
        """Always a text, whatever it begins with."""
        clean = "".join(sign for sign in words if sign >= " " or sign in "\n\t")[:TEXT_LETTERS_MAX]
        if not clean:
            page.write_blank(row, column, None, self._format(look))
            return
        page.write_string(row, column, clean, self._format(look, is_quoted=clean.startswith(SIGNS_OF_FORMULAS)))

    def formula(self, page: Any, at: tuple[int, int], text: str, value: Value, look: Look) -> None:
        """A formula with its value."""
        is_link = look.part == "formula" and "!" in text
        shown = Look(look.form, "link") if is_link else look
        page.write_formula(*at, f"={text}", self._format(shown), value)

    def _line(self, sheet: Sheet, page: Any, line: Line) -> None:
        self._limit(page, (line.row, FIRST, line.row, FIRST + sheet.periods - 1), line.look)
        for column in range(sheet.periods):
            if line.formula is None:
                page.write_number(line.row, FIRST + column, line.given[column], self._format(line.look))
                continue
            text = line.formula.text(Place(sheet, column))
            self.formula(page, (line.row, FIRST + column), text, line.value(column), line.look)


def _answer(content: Expression, column: int) -> Value:
    try:
        return content.value(column)
    except Unanswered:
        return "#VALUE!"


def _set_heights(sheet: Sheet, page: Any) -> None:
    """Rows high enough for wrapped sources: not every program fits them by itself."""
    page.set_row(0, TITLE_HEIGHT)
    lines: dict[int, int] = {}
    for cell in sheet.cells:
        if cell.look.part == "source" and isinstance(cell.content, str):
            width = sheet.widths.get(cell.column, DEFAULT_WIDTH) * LETTERS_PER_WIDTH
            lines[cell.row] = max(lines.get(cell.row, 1), math.ceil(len(cell.content) / width))
    for row, count in lines.items():
        if count > 1:
            page.set_row(row, min(HEIGHT_MAX, HEIGHT_PER_LINE * count))


def _set_up(sheet: Sheet, page: Any) -> None:
    page.hide_gridlines(2)
    page.set_paper(8 if sheet.is_wide else 9)
    page.set_landscape()
    page.set_margins(0.4, 0.4, 0.6, 0.5)
    page.set_footer("&L&F&C&A&RPage &P of &N")
    if sheet.is_wide:
        page.set_print_scale(55)
        page.repeat_columns(0, FIRST - 1)
        page.set_column(0, 0, 58)
        page.set_column(1, 4, 0.5)
        page.set_column(5, 5, 13)
        page.set_column(6, 6, 9)
        page.set_column(7, 7, 12)
        page.set_column(8, 8, 2)
        page.set_column(FIRST, FIRST + sheet.periods - 1, 9.5)
    else:
        page.fit_to_pages(1, 0)
    for column, width in sheet.widths.items():
        page.set_column(column, column, width)
    if sheet.freeze != (0, 0):
        page.freeze_panes(*sheet.freeze)
        page.repeat_rows(0, sheet.freeze[0] - 1)
