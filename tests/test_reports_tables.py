"""No word of a table is wider than its column, in any language: what does not fit is set over its neighbour."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from matplotlib.ft2font import FT2Font

from greengrid.report import make_report
from reports.content import Column, Table, pieces
from reports.language import LANGUAGES
from tests.sample_run import Sample, write_sample

FONTS = Path(__file__).parent.parent / "reports" / "fonts"
TEXT_MM, INSET_MM, MM_PER_PT = 170.0, 1.1, 25.4 / 72.0
SMALL_PT, TABLE_PT = 7.5, 8.5
BREAKS = re.compile("[ \u200b\n]|(?<=[-/._])")
"""Where the layout may begin a new line."""


@cache
def font(style: str, size_pt: float) -> FT2Font:
    made = FT2Font(str(FONTS / f"SourceSansPro-{style}.ttf"))
    made.set_size(size_pt, 72)
    return made


def wide_mm(text: str, style: str, size_pt: float) -> float:
    """Printed width of a text on one line."""
    face = font(style, size_pt)
    face.set_text(text)
    return float(face.get_width_height()[0]) / 64.0 * MM_PER_PT


def lines(column: Column, cells: list[str]) -> list[tuple[str, str]]:
    """Everything that stands in a column, with its face."""
    unit = [(f"({column.unit})", "Regular")] if column.unit else []
    return [(column.name, "Semibold"), *unit, *((cell, "Regular") for cell in cells)]


def overfull(table: Table) -> list[str]:
    """Words that are wider than their column; columns without a width of their own take what their text asks for."""
    size_pt = SMALL_PT if table.small else TABLE_PT
    texts = [lines(column, [row[k] for row in table.rows]) for k, column in enumerate(table.columns)]
    whole = [max(wide_mm(text, style, size_pt) for text, style in column) + 2 * INSET_MM for column in texts]
    taken = sum(width for width, column in zip(whole, table.columns, strict=True) if column.width == 0)
    shares = sum(column.width for column in table.columns)
    found = []
    for column, own in zip(table.columns, texts, strict=True):
        if column.width == 0:
            continue
        room_mm = (TEXT_MM - taken) * column.width / shares - INSET_MM  # a word may use the gap to its neighbour
        for text, style in own:
            found += [
                f"{table.caption}, {column.name}: {word!r} in {room_mm:.1f} mm"
                for word in BREAKS.split(text)
                if wide_mm(word, style, size_pt) > room_mm
            ]
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sample(tmp_path_factory.mktemp("run") / "sample", Sample())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_fits_its_column(folder: Path, language: str) -> None:
    """All tables of the full report."""
    report = make_report(folder, "full", language)
    tables = [piece for page in report.pages for block in page.blocks for piece in pieces(block)]
    assert [word for table in tables if isinstance(table, Table) for word in overfull(table)] == []


def test_a_table_that_is_too_narrow_is_seen() -> None:
    """Ten wide columns leave a column of names no room."""
    columns = (Column("Event", width=1), *(Column("Extraordinarily long", "MW", True) for _ in range(10)))
    assert overfull(Table("Planted", columns, (("pole", *["1"] * 10),), small=True))
