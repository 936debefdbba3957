"""Reads delimited text with its row numbers, whatever stands above and below the table."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from greengrid.errors import Problem
from greengrid.hourly import Array
from greengrid.weather.readers.record import FILE_BYTES_MAX, Unreadable

PROBLEMS_MAX = 5
"""Cells that are no number, named one by one up to here."""


def lines_of(path: Path, what: str, *, latin: bool = False) -> list[str]:
    """The lines of a text file in UTF-8, or else in Latin-1 where `latin` allows it; raises `Unreadable`."""
    try:
        size = path.stat().st_size
        if size > FILE_BYTES_MAX:
            raise Unreadable(Problem(str(path), f"{size:,} bytes", f"at most {FILE_BYTES_MAX:,}"))
        content = path.read_bytes()
        try:
            lines = content.decode("utf-8-sig").splitlines()
        except UnicodeDecodeError:
            if not latin:
                raise
            lines = content.decode("latin-1").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(Problem(str(path), f"unreadable: {error}", what)) from None
    if not any(line.strip() for line in lines):
        raise Unreadable(Problem(str(path), "no rows", what))
    return lines


def cells_of(line: str) -> list[str]:
    """Cells of a line; semicolons where there are more of them than commas."""
    delimiter = ";" if line.count(";") > line.count(",") else ","
    return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]


def table_of(path: Path, header: Sequence[str], lines: Sequence[str], first_row: int) -> list[list[str]]:
    """Rows of cells, as many in each as in the header; raises `Unreadable` with the rows that have not."""
    rows = [cells_of(line) for line in lines]
    wrong = [number for number, row in enumerate(rows) if len(row) != len(header)]
    if wrong:
        raise Unreadable(
            *(
                Problem(f"{path}, row {number + first_row}", f"{len(rows[number])} values", f"{len(header)}")
                for number in wrong[:PROBLEMS_MAX]
            )
        )
    return rows


def numbers_of(path: Path, name: str, cells: Sequence[str], first_row: int) -> Array:
    """Numbers of a column; empty cells and NaN are missing (NaN), other words are problems."""
    values = np.empty(len(cells))
    problems = []
    for number, cell in enumerate(cells):
        try:
            values[number] = float(cell) if cell else math.nan
        except ValueError:
            problems.append(Problem(f"{path}, {name}, row {number + first_row}", repr(cell), "a number"))
            values[number] = math.nan
    if problems:
        raise Unreadable(*problems[:PROBLEMS_MAX])
    return values


def chosen_column(path: Path, wanted: str | None, names: Sequence[str]) -> str:
    """The column that the entry names, or the only one."""
    if wanted is not None and wanted in names:
        return wanted
    if wanted is None and len(names) == 1:
        return names[0]
    found = "no column named" if wanted is None else repr(wanted)
    raise Unreadable(Problem(f"{path}, column", found, f"one of {', '.join(names)}", 'Say column = "..." in the entry'))
