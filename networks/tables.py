"""Read a folder of network tables: every file is read once, every problem is gathered, one row type per table."""

from __future__ import annotations

import csv
import hashlib
import io
import types
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from networks.problems import NetworkProblem, TableProblems, nearest_known
from networks.rows import (
    OPTIONAL_TABLES,
    TABLE_ROWS,
    BorderLimitRow,
    BorderRow,
    CompensationRow,
    DemandRow,
    InterfaceMemberRow,
    InterfaceRow,
    JointLimitRow,
    LineRow,
    LineTypeRow,
    LoadShareRow,
    PlantConnectionRow,
    PlantRow,
    ReactorRow,
    ReinforcementRow,
    Row,
    SubstationRow,
    TransformerRow,
    TransformerTypeRow,
    UnitRow,
    ZoneRow,
)

__all__ = ["TableProblems", "Tables", "load_tables", "shipped_sets"]

SHIPPED = ("corridor", "tiny")
FILE_BYTES_MAX = 20_000_000
"""A table of a national grid is far smaller; anything larger is a mistake or worse."""


@dataclass(frozen=True, slots=True)
class Tables:
    """A checked set of tables, in file order; `digest` is the SHA-256 of the bytes that were read."""

    folder: str
    """Name of the folder, without its path."""
    digest: str
    substations: tuple[SubstationRow, ...]
    line_types: tuple[LineTypeRow, ...]
    transformer_types: tuple[TransformerTypeRow, ...]
    lines: tuple[LineRow, ...]
    transformers: tuple[TransformerRow, ...]
    reactors: tuple[ReactorRow, ...]
    compensation: tuple[CompensationRow, ...]
    plants: tuple[PlantRow, ...]
    plant_connections: tuple[PlantConnectionRow, ...]
    load_shares: tuple[LoadShareRow, ...]
    zones: tuple[ZoneRow, ...]
    demand: tuple[DemandRow, ...]
    borders: tuple[BorderRow, ...]
    border_limits: tuple[BorderLimitRow, ...]
    joint_limits: tuple[JointLimitRow, ...]
    interfaces: tuple[InterfaceRow, ...]
    interface_members: tuple[InterfaceMemberRow, ...]
    reinforcements: tuple[ReinforcementRow, ...]
    units: tuple[UnitRow, ...] = ()

    @property
    def years(self) -> tuple[int, ...]:
        """Years for which every country of the tables has a demand row."""
        by_country: dict[str, set[int]] = {}
        for row in self.demand:
            by_country.setdefault(row.country, set()).add(row.year)
        return tuple(sorted(set.intersection(*by_country.values()))) if by_country else ()


def shipped_sets() -> dict[str, Path]:
    """Return the data sets that come with the package, by name."""
    home = Path(__file__).resolve().parent
    return {name: home / name for name in SHIPPED}


def load_tables(folder: Path) -> Tables:
    """Read and check the tables of `folder`; raises TableProblems with every problem found.

    Stages: the files are there and are text, columns, fields and ranges of every row, keys and references, then the
    physics of lines and the sums of shares. A later stage runs only on tables that passed the earlier ones.
    """
    from networks.checks import check_tables

    contents, problems = _read_files(Path(folder))
    rows: dict[str, tuple[Row, ...]] = {}
    for table, content in contents.items():
        rows[table], found = _parse(table, content)
        problems.extend(found)
    if problems:
        raise TableProblems(problems)
    tables = Tables(folder=Path(folder).name, digest=_digest(contents), **_as_fields(rows))
    problems.extend(check_tables(tables))
    if problems:
        raise TableProblems(problems)
    return tables


def is_folder(path: Path) -> bool:
    """Whether a folder stands there; a name that no disk can hold is none."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _as_fields(rows: Mapping[str, tuple[Row, ...]]) -> dict[str, Any]:
    return {field.name: rows[field.name] for field in fields(Tables) if field.name in rows}


def _digest(contents: Mapping[str, bytes]) -> str:
    """SHA-256 over name, length and bytes of every table, in the order of TABLE_ROWS."""
    total = hashlib.sha256()
    for table, content in contents.items():
        total.update(f"{table}.csv {len(content)}\n".encode())
        total.update(content)
    return total.hexdigest()


def _read_files(folder: Path) -> tuple[dict[str, bytes], list[NetworkProblem]]:
    if not is_folder(folder):
        known = ", ".join(SHIPPED)
        return {}, [NetworkProblem(str(folder), "no such folder", "a folder of CSV tables", f"Shipped sets: {known}")]
    contents: dict[str, bytes] = {}
    problems = []
    for table in TABLE_ROWS:
        path = folder / f"{table}.csv"
        try:
            if path.stat().st_size > FILE_BYTES_MAX:
                found = f"{path.stat().st_size:,} bytes"
                problems.append(
                    NetworkProblem(f"{folder.name}/{path.name}", found, f"at most {FILE_BYTES_MAX:,} bytes")
                )
                continue
            contents[table] = path.read_bytes()
        except FileNotFoundError:
            if table in OPTIONAL_TABLES:
                continue
            there = [found.name for found in folder.glob("*.csv")]
            remedy = nearest_known(path.name, there)
            problems.append(NetworkProblem(f"{folder.name}/{path.name}", "no such file", "a CSV table", remedy))
        except OSError as error:
            problems.append(NetworkProblem(f"{folder.name}/{path.name}", str(error.strerror), "a readable file"))
    return contents, problems


def _parse(table: str, content: bytes) -> tuple[tuple[Row, ...], list[NetworkProblem]]:
    """Turn one file's bytes into rows; problems of structure stop it, problems of rows are gathered."""
    file = f"{table}.csv"
    model = TABLE_ROWS[table]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return (), [
            NetworkProblem(file, f"bytes that are not UTF-8 ({error.reason})", "UTF-8 text", "Save it as UTF-8")
        ]
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        records = [(reader.line_num, record) for record in reader if any(cell.strip() for cell in record)]
    except csv.Error as error:
        return (), [NetworkProblem(f"{file} line {reader.line_num}", str(error), "comma-separated values")]
    if not records:
        return (), [NetworkProblem(file, "an empty file", f"a header: {','.join(model.model_fields)}")]
    header = [cell.strip() for cell in records[0][1]]
    problems = _header_problems(file, header, model)
    if problems:
        return (), problems
    return _parse_records(file, header, records[1:], model)


def _header_problems(file: str, header: list[str], model: type[Row]) -> list[NetworkProblem]:
    known = list(model.model_fields)
    problems = []
    for column in known:
        if column not in header and model.model_fields[column].is_required():
            left = [name for name in header if name not in known]
            remedy = (
                nearest_known(column, left) if left else "Add the column; an empty cell means unknown where allowed"
            )
            problems.append(NetworkProblem(f"{file} header", "a missing column", f"column {column}", remedy))
    for column in header:
        if column not in known:
            problems.append(
                NetworkProblem(
                    f"{file} header", f"unknown column {column!r}", "known columns only", nearest_known(column, known)
                )
            )
    for column in sorted({name for name in header if header.count(name) > 1}):
        problems.append(NetworkProblem(f"{file} header", f"column {column!r} twice", "each column once"))
    return problems


def _parse_records(
    file: str, header: list[str], records: list[tuple[int, list[str]]], model: type[Row]
) -> tuple[tuple[Row, ...], list[NetworkProblem]]:
    rows: list[Row] = []
    problems: list[NetworkProblem] = []
    first_seen: dict[tuple[Any, ...], int] = {}
    for line, record in records:
        where = f"{file} line {line}"
        if len(record) != len(header):
            problems.append(NetworkProblem(where, f"{len(record)} cells", f"{len(header)} cells as in the header"))
            continue
        cells = dict(zip(header, (cell.strip() for cell in record), strict=True))
        try:
            row = model.model_validate({name: _typed(model, name, cell) for name, cell in cells.items()})
        except ValidationError as error:
            problems.extend(_field_problem(where, detail, cells) for detail in error.errors())
            continue
        key = tuple(getattr(row, field) for field in model.KEY)
        if key in first_seen:
            shown = ", ".join(str(part) for part in key)
            remedy = f"Same {' + '.join(model.KEY)} as line {first_seen[key]}: merge or rename"
            columns = ", ".join(model.KEY)
            problems.append(NetworkProblem(f"{where} {columns}", f"duplicate row {shown}", "each row once", remedy))
        first_seen.setdefault(key, line)
        rows.append(row)
    return tuple(rows), problems


def _typed(model: type[Row], name: str, cell: str) -> Any:
    """An empty cell is None; whole numbers of integer fields may be written as 2.0 by spreadsheets."""
    if cell == "":
        return None
    annotation = model.model_fields[name].annotation
    choices = get_args(annotation)
    if choices and all(isinstance(choice, int) for choice in choices):
        return int(cell) if cell.lstrip("+-").isdigit() else cell
    parts = choices if isinstance(annotation, types.UnionType) else (annotation,)
    if int in parts or any(int in get_args(part) for part in parts):
        return cell[:-2] if cell.endswith(".0") else cell
    return cell


def _field_problem(where: str, detail: ErrorDetails, cells: Mapping[str, str]) -> NetworkProblem:
    field = str(detail["loc"][0])
    cell = cells.get(field, "")
    context = detail.get("ctx", {})
    place = f"{where} {field}"
    if cell == "":
        return NetworkProblem(place, "an empty cell", "a value", "Fill it in; this field has no default")
    expected, remedy = detail["msg"].removeprefix("Input should be ").replace("Input should", "it should"), ""
    if detail["type"] == "finite_number":
        expected, remedy = "a finite number", "NaN and infinity are refused"
    elif detail["type"] == "literal_error":
        options = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ").split(", ")
        expected, remedy = "one of " + ", ".join(options), nearest_known(cell, options)
    elif field.endswith("_frac") and detail["type"] == "less_than_equal":
        expected, remedy = "a fraction from 0 to 1", f"If {cell} is per cent, write {_hundredth(cell)}"
    return NetworkProblem(place, repr(cell), expected, remedy)


def _hundredth(cell: str) -> str:
    return f"{float(cell) / 100.0:g}"
