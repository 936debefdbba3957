"""A run's folder: written beside its place and renamed when whole, read back without running any code from it."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from greengrid.case import Case
from greengrid.errors import BadInput, Problem
from greengrid.hourly import Clock, HourlyTable
from greengrid.summary import Summary

TABLES = "tables"
REPORTED_LIBRARIES = (
    "greengrid",
    "highspy",
    "matplotlib",
    "numpy",
    "pandapower",
    "pandas",
    "pvlib",
    "pyarrow",
    "scipy",
    "typst",
    "windpowerlib",
)


@contextmanager
def writing(target: Path, *, replace: bool) -> Iterator[Path]:
    """A temporary folder that becomes `target` when the block ends well and disappears when it does not.

    Raises `BadInput` when the target exists (unless `replace` and it is a run's folder) or cannot be written.
    """
    _check_target(target, replace)
    partial = target.with_name(f".{target.name}.partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if partial.exists():
            shutil.rmtree(partial)
        partial.mkdir()
        (partial / TABLES).mkdir()
    except OSError as error:
        raise _unwritable(target, error) from None
    try:
        yield partial
        _swap(partial, target)
    finally:
        if partial.exists():
            shutil.rmtree(partial, ignore_errors=True)


def check_writable(target: Path, *, replace: bool) -> None:
    """Fails early, before hours of work, where `writing` would fail."""
    with writing(target.with_name(f".{target.name}.probe"), replace=True) as probe:
        shutil.rmtree(probe / TABLES)
    shutil.rmtree(target.with_name(f".{target.name}.probe"), ignore_errors=True)
    _check_target(target, replace)


def _check_target(target: Path, replace: bool) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise BadInput([Problem(str(target), "a file", "a folder to write into", "Choose another -o")])
    if any(target.iterdir()):
        if not replace:
            remedy = "Choose another -o, or add --replace"
            raise BadInput([Problem(str(target), "a folder that is not empty", "a new or empty folder", remedy)])
        if not (target / "summary.json").exists():
            remedy = "It is left alone: choose another -o"
            raise BadInput([Problem(str(target), "a folder that holds no run", "a run's folder to replace", remedy)])


def _unwritable(target: Path, error: OSError) -> BadInput:
    remedy = "Choose another -o or give yourself the right to write there"
    return BadInput([Problem(str(target), f"not writable: {error.strerror}", "a folder that can be written", remedy)])


def _swap(partial: Path, target: Path) -> None:
    """Puts the whole result in place; an old one is set aside first and comes back if that fails."""
    old = target.with_name(f".{target.name}.old")
    if old.exists():
        shutil.rmtree(old)
    if target.exists():
        target.rename(old)
    try:
        partial.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def write_hourly(folder: Path, name: str, clock: Clock, table: HourlyTable) -> None:
    """One hourly table as Parquet: `hour_utc`, then a single-precision column per name."""
    import pyarrow as pa
    from pyarrow import parquet

    columns: dict[str, Any] = {"hour_utc": pa.array(clock.datetimes().astype("datetime64[ms]"))}
    for position, column in enumerate(table.columns):
        columns[column] = pa.array(table.values[:, position].astype(np.float32))
    parquet.write_table(pa.table(columns), folder / TABLES / f"{name}.parquet", compression="zstd")


def write_rows(folder: Path, name: str, rows: Sequence[Any], columns: Iterable[str] = ()) -> None:
    """Records (dataclasses or mappings) as Parquet; `columns` names them when there are no rows."""
    import pyarrow as pa
    from pyarrow import parquet

    records = [dict(row) if isinstance(row, Mapping) else dataclasses.asdict(row) for row in rows]
    names = list(records[0]) if records else list(columns)
    table = pa.table({key: pa.array([_plain(record[key]) for record in records]) for key in names})
    parquet.write_table(table, folder / TABLES / f"{name}.parquet", compression="zstd")


def _plain(value: object) -> object:
    """Tuples become text so that every table stays flat."""
    return json.dumps(value) if isinstance(value, tuple | list | dict) else value


def write_case(folder: Path, case: Case) -> None:
    """The case as it was run, in full: it can be run again as it stands."""
    import tomlkit

    content = case.model_dump(mode="json", exclude_none=True)
    (folder / "case.toml").write_text(tomlkit.dumps(content), encoding="utf-8")


def write_json(path: Path, content: object) -> None:
    """Sorted, indented, without NaN."""
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def versions() -> dict[str, str]:
    """Versions of the libraries that shape a result."""
    return {name: metadata.version(name) for name in REPORTED_LIBRARIES}


def read_summary(folder: Path) -> Summary:
    """The checked summary of a finished run; raises `BadInput` when there is none or it is damaged."""
    path = folder / "summary.json"
    if not path.is_file():
        remedy = "Make one with `greengrid run CASE -o DIR`"
        raise BadInput([Problem(str(folder), "no summary.json", "the folder of a finished run", remedy)])
    try:
        return Summary.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadInput([Problem(f"{path}, {where}", str(first["msg"]), "a summary of version 1")]) from None


def read_hourly(folder: Path, name: str) -> HourlyTable:
    """One hourly table of a finished run."""
    from pyarrow import lib, parquet

    path = folder / TABLES / f"{name}.parquet"
    try:
        table = parquet.read_table(path)
    except (OSError, lib.ArrowInvalid) as error:
        raise BadInput([Problem(str(path), f"unreadable: {error}", "a Parquet table of a finished run")]) from None
    names = tuple(column for column in table.column_names if column != "hour_utc")
    series = [table[column].to_numpy().astype(np.float64) for column in names]
    return HourlyTable.of(names, series, table.num_rows)
