"""A run's folder: written beside its place and renamed when whole, read back without running any code from it."""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from greengrid.case import Case
from greengrid.errors import BadInput, CalculationFailed, Problem
from greengrid.hourly import Clock, HourlyTable
from greengrid.lock import locked
from greengrid.summary import Summary

TABLES = "tables"
REPORT, FIGURES, DIGESTS = "report.pdf", "figures", "digests.json"
RUN_AGAIN = "Run the case again with `greengrid run`"
DISK_GAVE_OUT = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EBUSY)
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
def writing(
    target: Path, *, replace: bool, subfolders: Sequence[str] = (TABLES,), mark: str = "summary.json"
) -> Iterator[Path]:
    """A temporary folder, with its subfolders, that becomes `target` when the block ends well and disappears when it
    does not.

    Nobody else may write to the same target meanwhile. What a killed run left behind is cleared away first. Raises
    `BadInput` when the target exists (unless `replace` and it holds the file `mark` of an earlier result) or cannot be
    written, and `CalculationFailed` when the disk gives out.
    """
    target = _checked_place(target)
    partial = target.with_name(f".{target.name}.partial")
    made = [folder for folder in target.parents if not folder.exists()]
    try:
        _make_parents(target)
        with locked(target.with_name(f".{target.name}.lock"), target):
            _restore(target)
            _check_target(target, replace, mark)
            _empty(partial, subfolders)
            try:
                yield partial
                _swap(partial, target)
            finally:
                shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        if error.errno in DISK_GAVE_OUT:
            raise CalculationFailed(f"{target} could not be written: {error.strerror}") from error
        raise
    finally:
        if not target.exists():
            _remove_empty(made)


def _checked_place(target: Path) -> Path:
    """The absolute path of a folder that can be put in place as a whole."""
    try:
        place = target.resolve()
        if place == Path.cwd() or place in Path.cwd().parents:
            found, expected = "the folder you stand in, or one around it", "a folder of its own"
            raise BadInput([Problem(str(target), found, expected, "Choose another -o, for example out/NAME")])
        if place.is_mount():
            found, remedy = "the top of a disk or volume", f"Choose a folder in it: {target / 'run'}"
            raise BadInput([Problem(str(target), found, "a folder of its own", remedy)])
        if place.exists() and not place.is_dir():
            raise BadInput([Problem(str(target), "a file", "a folder to write into", "Choose another -o")])
    except (OSError, ValueError, RuntimeError) as error:
        raise _unwritable(target, error) from None
    return place


def _make_parents(target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(target, error) from None


def _empty(partial: Path, subfolders: Sequence[str]) -> None:
    try:
        if partial.exists():
            shutil.rmtree(partial)
        partial.mkdir(parents=True)
        for name in subfolders:
            (partial / name).mkdir()
    except OSError as error:
        raise _unwritable(partial, error) from None


def _restore(target: Path) -> None:
    """Brings back the earlier result where a run was killed between setting it aside and putting its own in place."""
    old = target.with_name(f".{target.name}.old")
    if old.exists() and not target.exists():
        old.rename(target)


def _remove_empty(folders: Sequence[Path]) -> None:
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


def _check_target(target: Path, replace: bool, mark: str) -> None:
    if not target.exists() or not any(target.iterdir()):
        return
    if not replace:
        remedy = "Choose another -o, or add --replace"
        raise BadInput([Problem(str(target), "a folder that is not empty", "a new or empty folder", remedy)])
    if not (target / mark).exists():
        kind = "run" if mark == "summary.json" else mark
        remedy = "It is left alone: choose another -o"
        raise BadInput(
            [Problem(str(target), f"a folder that holds no {kind}", f"a {kind}'s folder to replace", remedy)]
        )


def _unwritable(target: Path, error: Exception) -> BadInput:
    remedy = "Choose another -o or give yourself the right to write there"
    found = f"not writable: {getattr(error, 'strerror', None) or error}"
    return BadInput([Problem(str(target), found, "a folder that can be written", remedy)])


def _swap(partial: Path, target: Path) -> None:
    """Puts the whole result in place; an old one is set aside first and comes back if that fails."""
    old = target.with_name(f".{target.name}.old")
    if old.exists():
        shutil.rmtree(old)
    if target.exists():
        target.rename(old)
    try:
        partial.rename(target)
    except BaseException:
        _restore(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def check_file(target: Path) -> None:
    """Raises `BadInput` for a name that no file can have, a folder, or a folder to come that is not there."""
    found = ""
    if not target.name or target.is_dir():
        found = "a folder"
    elif not target.parent.is_dir():
        found = f"no folder {target.parent}"
    if found:
        raise BadInput([Problem(repr(str(target)), found, "a file that can be written", "Choose another -o")])


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


def write_digests(folder: Path) -> None:
    """SHA-256 of every file of a run but the report and its figures, which can be made again."""
    files = sorted(
        path for path in folder.rglob("*") if path.is_file() and path.name != REPORT and path.parent.name != FIGURES
    )
    write_json(folder / DIGESTS, {path.relative_to(folder).as_posix(): _sha256(path) for path in files})


def add_digests(folder: Path, names: Iterable[str]) -> None:
    """Enters files that were added to a finished run's folder; those of the run itself stay as they are."""
    known = json.loads((folder / DIGESTS).read_text(encoding="utf-8"))
    write_json(folder / DIGESTS, {**known, **{name: _sha256(folder / name) for name in names}})


def check_digests(folder: Path, only: Sequence[str] = ()) -> None:
    """Raises `BadInput` naming every file (or those of `only`) that is gone or no longer what the run wrote.

    A folder without digests is not checked.
    """
    path = folder / DIGESTS
    if not path.is_file():
        return
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        wanted = {str(name): str(digest) for name, digest in known.items() if not only or name in only}
    except (OSError, ValueError, AttributeError, RecursionError):
        raise BadInput([Problem(str(path), "a damaged file", "digests of a run", RUN_AGAIN)]) from None
    problems = []
    for name, digest in wanted.items():
        found = _sha256(folder / name) if (folder / name).is_file() else ""
        if found != digest:
            changed = "content that the run did not write" if found else "no such file"
            problems.append(Problem(str(folder / name), changed, "the file as the run wrote it", RUN_AGAIN))
    if problems:
        raise BadInput(problems)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
    table = _read_table(folder, name)
    names = tuple(column for column in table.column_names if column != "hour_utc")
    series = [table[column].to_numpy().astype(np.float64) for column in names]
    return HourlyTable.of(names, series, table.num_rows)


def read_rows(folder: Path, name: str) -> list[dict[str, Any]]:
    """The records of one table of a finished run."""
    return list(_read_table(folder, name).to_pylist())


def _read_table(folder: Path, name: str) -> Any:
    from pyarrow import lib, parquet

    path = folder / TABLES / f"{name}.parquet"
    try:
        return parquet.read_table(path)
    except (OSError, lib.ArrowInvalid) as error:
        raise BadInput([Problem(str(path), f"unreadable: {error}", "a Parquet table of a finished run")]) from None
