"""A run's folder to a report: reads the tables, hands values to `reports`. The only bridge between the two."""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from greengrid.errors import BadInput, CalculationFailed, Problem
from reports.content import Report
from reports.results import Hours, Results, Row

HOURLY = ("generation", "curtailed", "demand", "served", "shed", "import", "export", "prices", "interfaces")
HOURLY_OF_LINKS = ("links_sent", "links_received")
STATIC = ("buses", "lines", "transformers", "plants", "borders", "interfaces_limits", "links")
OPTIONAL = (
    "ac_hours", "findings", "assumptions", "tornado", "netback", "switching", "outlets", "downside",
    "reinforcements", "reinforcement_costs", "packages",
    "adequacy", "mixes", "risk", "risk_years", "risk_curves", "optimum", "frontier", "sizes", "price_levels",
    "size_frontier", "covers", "revenue",
    "waterfall", "bonds", "developers", "benefits", "benefits_surplus", "benefits_shares",
    "benefits_economic", "benefits_developers", "ac_losses", "ac_converters", "ac_unsolved", "short_circuit",
    "secure_transfer", "secure_transfer_holds", "n1_contingencies", "ac_outages", "pole_outages", "pole_sizes",
    "pole_traces", "secure_left",
)  # fmt: skip
OPTIONAL_HOURLY = ("availability", "ac_voltage", "secure_transfer_hours")
STATIC_OF_FINANCING = ("cashflows", "tranches", "balances", "capex")


def make_report(run_folder: Path, kind: str = "full", language: str = "en") -> Report:
    """A report of a finished run, from its folder alone: `kind` is a key of `reports.sections.KINDS`.

    Raises `BadInput` with every file that is missing or unreadable.
    """
    return report_of(read_results(run_folder), kind, language)


def report_of(results: Results, kind: str, language: str) -> Report:
    """A report of what was read."""
    from reports.sections import report

    return report(results, _document_date(results), kind, language)


def write_report(run_folder: Path, target: Path) -> None:
    """Writes the full report in English. The same folder gives the same bytes."""
    write_pdf(make_report(run_folder), target)


def write_pdf(report: Report, target: Path) -> None:
    """Sets a report beside its place and renames it when whole."""
    from reports.pdf import ReportFailed, pdf

    try:
        content = pdf(report)
    except ReportFailed as problem:
        raise CalculationFailed(f"the report could not be set: {problem}") from problem
    partial = target.with_name(f".{target.name}.partial")
    try:
        partial.write_bytes(content)
        partial.replace(target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise BadInput(
            [Problem(str(target), f"not writable: {error.strerror}", "a file that can be written")]
        ) from None


def write_figures(report: Report, folder: Path) -> None:
    """Writes every figure of a report as SVG and PNG into a folder of their own, which is replaced when all are made.

    Raises `BadInput` where the folder cannot be written.
    """
    from reports.figure_files import figure_files

    made = dict(figure_files(report))
    partial, old = (folder.with_name(f".{folder.name}.{state}") for state in ("partial", "old"))
    try:
        for left in (partial, old):
            shutil.rmtree(left, ignore_errors=True)
        partial.mkdir()
        for name, content in made.items():
            (partial / name).write_bytes(content)
        if folder.exists():
            folder.rename(old)
        partial.rename(folder)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise BadInput([Problem(str(folder), f"not writable: {error.strerror}", "a folder for figures")]) from None


def _document_date(results: Results) -> date:
    """Fixed by the case: the first day of its price base year; a report carries no clock."""
    return date(results.price_base_year, 1, 1)


def read_results(run_folder: Path) -> Results:
    """Everything a report needs, checked for presence."""
    problems: list[Problem] = []
    summary = _json(run_folder / "summary.json", problems)
    case = _toml(run_folder / "case.toml", problems)
    versions = _json(run_folder / "versions.json", problems)
    if problems:
        raise BadInput(problems)
    wanted_hourly, wanted_static = _wanted(summary)
    tables = {name: run_folder / "tables" / f"{name}.parquet" for name in (*wanted_hourly, *wanted_static)}
    problems = [
        Problem(str(path), "no such file", "a table of a finished run", "Run the case again with `greengrid run`")
        for path in tables.values()
        if not path.is_file()
    ]
    if problems:
        raise BadInput(problems)
    hourly = {name: _hourly(tables[name], problems) for name in wanted_hourly}
    static = {name: _rows(tables[name], problems) for name in wanted_static}
    for name in OPTIONAL:
        path = run_folder / "tables" / f"{name}.parquet"
        if path.is_file():
            static[name] = _rows(path, problems)
    for name in OPTIONAL_HOURLY:
        path = run_folder / "tables" / f"{name}.parquet"
        if path.is_file():
            hourly[name] = _hourly(path, problems)
            tables[name] = path
    clock = np.array([], dtype="datetime64[h]") if problems else _clock(tables["demand"])
    problems += _length_problems(tables, hourly, len(clock)) if not problems else []
    if problems:
        raise BadInput(problems)
    return Results(summary, case, versions, clock, hourly, static)


def _wanted(summary: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Hourly and static tables that this run must hold."""
    hourly = HOURLY + (HOURLY_OF_LINKS if summary.get("links") else ())
    static = STATIC + (STATIC_OF_FINANCING if summary.get("financing") else ())
    return hourly, static


def _json(path: Path, problems: list[Problem]) -> dict[str, Any]:
    return _read(path, json.loads, problems)


def _toml(path: Path, problems: list[Problem]) -> dict[str, Any]:
    return _read(path, tomllib.loads, problems)


def _read(path: Path, parse: Any, problems: list[Problem]) -> dict[str, Any]:
    remedy = "Make one with `greengrid run CASE -o DIR`"
    try:
        content = parse(path.read_text("utf-8"))
    except FileNotFoundError:
        problems.append(Problem(str(path), "no such file", "the file of a finished run", remedy))
        return {}
    except (OSError, ValueError) as error:
        problems.append(Problem(str(path), f"unreadable: {error}", "the file as the run wrote it", remedy))
        return {}
    if not isinstance(content, dict):
        problems.append(Problem(str(path), type(content).__name__, "a table of keys", remedy))
        return {}
    return content


def _hourly(path: Path, problems: list[Problem]) -> Hours:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = parquet.read_table(path)
        columns = tuple(name for name in table.column_names if name != "hour_utc")
        series = [np.asarray(table[name], dtype=np.float64) for name in columns]
    except (pa.ArrowException, OSError, ValueError) as error:
        problems.append(Problem(str(path), f"unreadable: {error}", "a table of a finished run", "Run the case again"))
        return Hours((), np.zeros((0, 0)))
    values = np.column_stack(series) if series else np.zeros((table.num_rows, 0))
    if not np.isfinite(values).all():
        problems.append(
            Problem(str(path), "a value that is not a finite number", "finite numbers", "Run the case again")
        )
    values.flags.writeable = False
    return Hours(columns, values)


def _rows(path: Path, problems: list[Problem]) -> tuple[Row, ...]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        return tuple(parquet.read_table(path).to_pylist())
    except (pa.ArrowException, OSError) as error:
        problems.append(Problem(str(path), f"unreadable: {error}", "a table of a finished run", "Run the case again"))
        return ()


def _clock(path: Path) -> np.ndarray[Any, np.dtype[np.datetime64]]:
    from pyarrow import parquet

    column = parquet.read_table(path, columns=["hour_utc"])["hour_utc"]
    return np.asarray(column, dtype="datetime64[ms]").astype("datetime64[h]")


def _length_problems(tables: Mapping[str, Path], hourly: Mapping[str, Hours], hours: int) -> list[Problem]:
    """Every hourly table must cover the same hours."""
    return [
        Problem(str(tables[name]), f"{len(table.values)} hours", f"{hours} hours, as in demand", "Run the case again")
        for name, table in hourly.items()
        if len(table.values) != hours
    ]
