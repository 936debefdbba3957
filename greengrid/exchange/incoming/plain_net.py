"""A pandapower net from JSON or Excel as plain tables of plain values.

No class is built and nothing is run: `pandapower.from_json` makes whatever class a file names, so a file from elsewhere
is never given to it. Only tables of numbers, text and truth values are taken; everything else is passed over and named.
"""

from __future__ import annotations

import json
import math
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from greengrid.errors import BadInput, Problem

FILE_BYTES_MAX = 100_000_000
UNPACKED_BYTES_MAX = 500_000_000
"""Of a workbook: a small file may unpack to any size."""
ROWS_MAX = 100_000
EXPECTED = "a pandapower net: JSON as pandapower.to_json writes it, or Excel as pandapower.to_excel does"
Value = str | float | bool | None
Row = Mapping[str, Value]


@dataclass(frozen=True)
class PlainNet:
    """Tables by name, rows with their index under "index"."""

    file: str
    """Name of the file, without its path."""
    tables: Mapping[str, tuple[Row, ...]]
    frequency_hz: float

    def rows(self, table: str) -> tuple[Row, ...]:
        return self.tables.get(table, ())

    def in_service(self, table: str) -> tuple[Row, ...]:
        return tuple(row for row in self.rows(table) if truth(row, "in_service", True))


def number(row: Row, column: str, otherwise: float = math.nan) -> float:
    """A finite number of a cell; `otherwise` where there is none."""
    value = row.get(column)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return otherwise
    return float(value)


def text(row: Row, column: str) -> str:
    """Printable text of a cell on one line, at most 100 characters; empty where there is none."""
    value = row.get(column)
    if value is None or isinstance(value, bool | float):
        return "" if not isinstance(value, float) or not math.isfinite(value) else f"{value:g}"
    return "".join(letter if letter.isprintable() else " " for letter in value).strip()[:100]


def truth(row: Row, column: str, otherwise: bool) -> bool:
    value = row.get(column)
    return otherwise if value is None or isinstance(value, str) else bool(value)


def read_plain(path: Path) -> PlainNet:
    """The net of a file; raises `BadInput` for anything that is not one."""
    try:
        size = path.stat().st_size
        if size > FILE_BYTES_MAX:
            raise BadInput([Problem(str(path), f"{size:,} bytes", f"at most {FILE_BYTES_MAX:,}")])
        if path.suffix.lower() in (".xlsx", ".xlsm"):
            tables, parameters = _read_excel(path)
        else:
            tables, parameters = _read_json(path)
    except (OSError, UnicodeDecodeError, zipfile.BadZipFile, RecursionError, ValueError, KeyError) as error:
        found = getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"
        raise BadInput([Problem(str(path), f"unreadable: {found}"[:200], EXPECTED)]) from None
    if not tables.get("bus"):
        raise BadInput([Problem(str(path), "no table of buses", EXPECTED)])
    frequency = parameters.get("f_hz")
    if isinstance(frequency, bool) or not isinstance(frequency, int | float) or not 15 <= frequency <= 100:
        raise BadInput([Problem(f"{path}, f_hz", repr(frequency), "the net's frequency in Hz")])
    return PlainNet(path.name, tables, float(frequency))


def _read_json(path: Path) -> tuple[dict[str, tuple[Row, ...]], dict[str, Any]]:
    content = json.loads(path.read_text(encoding="utf-8-sig"))
    net = content.get("_object") if isinstance(content, dict) else None
    if not isinstance(net, dict):
        raise ValueError("no pandapower net in it")
    tables = {name: _frame(value["_object"]) for name, value in net.items() if _is_frame(name, value)}
    return tables, {name: value for name, value in net.items() if isinstance(value, str | int | float)}


def _is_frame(name: str, value: object) -> bool:
    return not name.startswith(("_", "res_")) and isinstance(value, dict) and value.get("_class") == "DataFrame"


def _frame(content: object) -> tuple[Row, ...]:
    """One table: columns, index and data, themselves JSON in a string (pandas, orient "split")."""
    table = json.loads(content) if isinstance(content, str) else content
    if not isinstance(table, dict) or not {"columns", "index", "data"} <= set(table):
        raise ValueError("a table that is not laid out as columns, index and data")
    columns, index, data = table["columns"], table["index"], table["data"]
    if not all(isinstance(part, list) for part in (columns, index, data)) or len(index) != len(data):
        raise ValueError("a table whose index does not fit its rows")
    _require_size(len(data))
    rows = []
    for key, record in zip(index, data, strict=True):
        if not isinstance(record, list) or len(record) != len(columns):
            raise ValueError("a row that does not fit its columns")
        rows.append(_row(key, columns, record))
    return tuple(rows)


def _require_size(count: int) -> None:
    if count > ROWS_MAX:
        raise ValueError(f"a table of {count:,} rows; at most {ROWS_MAX:,} are read")


def _row(key: object, columns: Iterable[object], values: Iterable[object]) -> Row:
    row = {str(column): _value(value) for column, value in zip(columns, values, strict=True)}
    return {**row, "index": _value(key)}


def _value(value: object) -> Value:
    """Text, a number or a truth value; a coordinate stays as JSON text; anything else is nothing."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, dict | list):
        return json.dumps(value)
    return None


def _parameters(columns: Sequence[object], rows: Sequence[Sequence[object]]) -> dict[str, Any]:
    """One row of values under their names; older files have one name and value a row."""
    if "parameter" in columns:
        return {str(row[0]): row[1] for row in rows}
    return {str(name): value for row in rows[:1] for name, value in zip(columns, row[1:], strict=False)}


def _read_excel(path: Path) -> tuple[dict[str, tuple[Row, ...]], dict[str, Any]]:
    """First row: columns; first column: index. Formulas are not computed: their stored values are taken."""
    import openpyxl

    with zipfile.ZipFile(path) as packed:
        unpacked = sum(item.file_size for item in packed.infolist())
        if unpacked > UNPACKED_BYTES_MAX:
            raise ValueError(f"a workbook of {unpacked:,} bytes unpacked; at most {UNPACKED_BYTES_MAX:,} are read")
    book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    tables: dict[str, tuple[Row, ...]] = {}
    parameters: dict[str, Any] = {}
    for sheet in book.worksheets:
        rows = [tuple(row) for row in sheet.iter_rows(values_only=True, max_row=ROWS_MAX + 2)]
        _require_size(len(rows) - 1)
        if not rows or sheet.title.startswith("res_"):
            continue
        columns = rows[0][1:]
        if sheet.title == "parameters":
            parameters = _parameters(columns, rows[1:])
        else:
            tables[sheet.title] = tuple(
                _row(row[0], columns, row[1:]) for row in rows[1:] if any(cell is not None for cell in row)
            )
    book.close()
    return tables, parameters
