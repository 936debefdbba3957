"""Reads a CSV table into checked rows; what is wrong is gathered, never raised one by one."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from greengrid.errors import Problem

R = TypeVar("R", bound=BaseModel)


def read_sheet(path: Path, kind: type[R], columns: Sequence[str], problems: list[Problem]) -> tuple[R, ...]:
    """Rows of a CSV file with exactly these columns; adds what is wrong to `problems` and leaves such rows out."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            header, records = list(reader.fieldnames or ()), list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        problems.append(Problem(str(path), str(error), "a readable CSV table in UTF-8"))
        return ()
    if sorted(header) != sorted(columns):
        problems.append(Problem(f"{path.name}, header", _difference(header, columns), ", ".join(columns)))
        return ()
    return tuple(row for number, record in enumerate(records, 2) if (row := _row(path, number, record, kind, problems)))


def _difference(header: Sequence[str], columns: Sequence[str]) -> str:
    missing = [name for name in columns if name not in header]
    unknown = [name for name in header if name not in columns]
    repeated = sorted({name for name in header if header.count(name) > 1})
    parts = (("missing", missing), ("unknown", unknown), ("repeated", repeated))
    return "; ".join(f"{word} {', '.join(map(str, names))}" for word, names in parts if names)


def _row(path: Path, number: int, record: dict[str, str], kind: type[R], problems: list[Problem]) -> R | None:
    if None in record or None in record.values():
        problems.append(Problem(f"{path.name}, row {number}", "more or fewer cells than the header", "one per column"))
        return None
    try:
        return kind.model_validate(record)
    except ValidationError as error:
        for item in error.errors():
            field = ".".join(str(part) for part in item["loc"]) or "whole row"
            found = repr(item["input"]) if item["loc"] else "values that do not fit together"
            problems.append(Problem(f"{path.name}, row {number}, {field}", found, item["msg"]))
    return None
