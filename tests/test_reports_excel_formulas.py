"""The workbook recalculated by the library `formulas`: an annual and a semi-annual mix, before and after changes."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from financing.compare import compare
from reports.excel.book import sheets_of, workbook
from reports.excel.expressions import Expression
from reports.excel.summary_sheets import LIVE, TIED
from reports.excel.values import Book
from tests.recalculation import book, changed, mix, moved_cells, plan, sources_of

RELATIVE = 1e-6
STILL = {"capex": 1.0, "rate": 0.0, "share": 0.0}
MOVES = {
    1: ({**STILL, "capex": 1.2}, {**STILL, "rate": 0.01, "share": 0.05}),
    2: ({"capex": 1.1, "rate": 0.006, "share": 0.03},),
}


@pytest.mark.slow
@pytest.mark.parametrize(("per_year", "built", "worked"), [(1, 1, 4), (2, 1, 3)])
def test_formulas_finds_the_models_figures_also_after_changes(
    per_year: int, built: int, worked: int, tmp_path: Path
) -> None:
    """Outside any spreadsheet program every formula gives its cached value, and with investment, a loan's rate and the
    gearing changed the measures equal those of the model run with the same changes."""
    given, mixes = plan(built, worked, 1.2e9), [mix(per_year, sources=_fewer(per_year))]
    values, _ = book(given, mixes)
    file = tmp_path / "book.xlsx"
    file.write_bytes(workbook(values))
    solver = _Solver(file)

    assert solver.cells_that_differ(values) == []
    compared = 0
    for moves in MOVES[per_year]:
        solved = solver.solve(moved_cells(values, moves))
        result = compare(*changed(given, mixes, moves)).results[0]
        row = result.mix_row()
        for key, cell in _measure_cells(values):
            wanted = row.get(key)
            if isinstance(wanted, float) and key not in TIED:
                assert _number(solved, "Measures", cell) == pytest.approx(wanted, rel=RELATIVE), (moves, key)
                compared += 1
        assert _number(solved, "Checks", "F2") == 0.0
    assert compared >= 15 * len(MOVES[per_year])


def _fewer(per_year: int) -> list[dict[str, Any]]:
    """Grant, the euro loan and the owners: the library takes seconds for every loan."""
    grant, bank, _, owners = sources_of(per_year)
    return [grant, {**bank, "share_frac": 0.6}, owners]


def _measure_cells(values: Book) -> list[tuple[str, str]]:
    """Keys of the measures with their live cells: the rows below the first heading."""
    sheet = next(each for each in sheets_of(values) if each.name == "Measures")
    cells = [cell for cell in sheet.cells if cell.column == 2 and isinstance(cell.content, Expression)]
    return [(LIVE[place][0], f"C{cell.row + 1}") for place, cell in enumerate(cells[: len(LIVE)])]


def _key(sheet: str, cell: str) -> str:
    return f"'[book.xlsx]{sheet.upper()}'!{cell}"


def _number(solution: Any, sheet: str, cell: str) -> float:
    return float(solution[_key(sheet, cell)].value[0, 0])


class _Solver:
    """The book as the library reads it."""

    def __init__(self, file: Path) -> None:
        import formulas

        logging.getLogger("formulas").setLevel(logging.ERROR)
        self.model = formulas.ExcelModel().loads(str(file)).finish()

    def solve(self, cells: dict[tuple[str, str], float]) -> Any:
        return self.model.calculate(inputs={_key(sheet, cell): value for (sheet, cell), value in cells.items()})

    def cells_that_differ(self, values: Book) -> list[str]:
        """Formulas whose result is not the value in the book; how far a program's own search for a rate goes is its
        matter, and rounded off in the next cell."""
        solution = self.model.calculate()
        found, count = [], 0
        for sheet in sheets_of(values):
            for cell in sheet.cells:
                if isinstance(cell.content, Expression) and cell.look.part != "search":
                    count += 1
                    address = f"{_letters(cell.column)}{cell.row + 1}"
                    found += _difference(solution, sheet.name, address, cell.content.value(0))
            for line in (each for each in sheet.lines if each.formula is not None and each.look.part != "search"):
                for column in range(sheet.periods):
                    count += 1
                    address = f"{_letters(9 + column)}{line.row + 1}"
                    found += _difference(solution, sheet.name, address, line.value(column))
        assert count > 1000
        return found


def _letters(column: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(column + 1))


def _difference(solution: Any, sheet: str, cell: str, wanted: object) -> list[str]:
    got = solution[_key(sheet, cell)].value[0, 0]
    if isinstance(wanted, int | float):
        near = max(abs(float(got)), abs(wanted)) < 1e-3 or abs(float(got) - wanted) <= 1e-9 * abs(wanted)
        return [] if near else [f"{sheet} {cell}: {wanted!r}, recalculated {got!r}"]
    return [] if str(got) == str(wanted) else [f"{sheet} {cell}: {wanted!r}, recalculated {got!r}"]
