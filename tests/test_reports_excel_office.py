"""The workbook recalculated by LibreOffice: every formula, and the model's figures after inputs were changed."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from financing.compare import compare
from financing.loading import shipped_structures
from reports.excel.book import sheets_of, workbook
from reports.excel.summary_sheets import LIVE, TIED
from tests.recalculation import OFFICE, book, changed, measures, moved_cells, plan, recalculated, with_inputs

MOVES = {"capex": 1.15, "rate": 0.008, "share": 0.04}
RELATIVE = 1e-6


@pytest.mark.slow
@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")
def test_libreoffice_finds_the_models_figures_also_after_changes(tmp_path: Path) -> None:
    """All eight shipped mixes: every recalculated cell equals its cached value, and with investment, a loan's rate and
    the gearing changed the live measures equal those of the model run with the same changes."""
    mixes = shipped_structures()
    given = plan(3, 10)
    values, _ = book(given, mixes)
    file = tmp_path / "book.xlsx"
    file.write_bytes(workbook(values))
    other = with_inputs(file, tmp_path / "changed.xlsx", moved_cells(values, MOVES))
    same, moved = recalculated([file, other], tmp_path)

    searches = {
        (sheet.name, line.row + 1) for sheet in sheets_of(values) for line in (*sheet.cells, *sheet.lines)
        if line.look.part == "search"
    }  # fmt: skip
    assert _cells_that_differ(file, same, searches) == []
    wanted = compare(*changed(given, mixes, MOVES))
    live = measures(moved["Measures"])
    labels = {key: label for key, label, _, _ in LIVE}
    compared = 0
    for result in wanted.results:
        for key, value in result.mix_row().items():
            if key in labels and key not in TIED and isinstance(value, float):
                assert live[result.mix, labels[key]] == pytest.approx(value, rel=RELATIVE), (result.mix, key)
                compared += 1
    assert compared >= 8 * 15
    assert moved["Checks"]["F2"].value == 0


def _cells_that_differ(file: Path, again: object, searches: set[tuple[str, int]]) -> list[str]:
    """Formulas whose result is not the value in the book; how far a program's own search for a rate goes is its matter,
    and rounded off in the next cell."""
    written, formulas = openpyxl.load_workbook(file, data_only=True), openpyxl.load_workbook(file)
    found, count = [], 0
    for page in formulas.worksheets:
        for row in page.iter_rows():
            for cell in row:
                is_formula = isinstance(cell.value, str) and cell.value.startswith("=")
                if is_formula and (page.title, cell.row) not in searches:
                    count += 1
                    before = written[page.title][cell.coordinate].value
                    after = again[page.title][cell.coordinate].value  # type: ignore[index]
                    if not _agree(before, after):
                        found.append(f"{page.title} {cell.coordinate}: {before!r} became {after!r}")
    assert count > 30_000
    return found


def _agree(before: object, after: object) -> bool:
    if isinstance(before, int | float) and isinstance(after, int | float):
        return max(abs(before), abs(after)) < 1e-3 or abs(before - after) <= 1e-9 * abs(before)
    return (before or "") == (after or "")
