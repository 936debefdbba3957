"""A user's own hourly series in place of the synthetic ones: plain CSV in UTC, hour-beginning.

First column `hour_utc`, ISO 8601 with or without Z (2035-01-01T00:00); then one column for each plant, zone or market
that is replaced, under its name in the data set. Series that a file does not name stay as they were made.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from greengrid.errors import BadInput, Problem
from greengrid.hourly import Array, Clock, HourlyTable
from greengrid.weather.profiles import Profiles

KINDS: Mapping[str, tuple[str, float, float]] = {
    "availability": ("availability_frac", 0.0, 1.0),
    "demand": ("demand_mw", 0.0, math.inf),
    "inflow": ("inflow_mw", 0.0, math.inf),
    "market_price": ("market_price_usd_per_mwh", -math.inf, math.inf),
}
"""Kind of file -> (series of `Profiles`, least and most value)."""
PROBLEMS_MAX = 20
FILE_BYTES_MAX = 200_000_000


def replace_series(profiles: Profiles, files: Mapping[str, str]) -> Profiles:
    """The profiles with the columns of the given files (kind -> path) in place of their own.

    Raises `BadInput` with every problem: unknown columns, missing, doubled or foreign hours, gaps, values out of range.
    """
    problems: list[Problem] = []
    for kind, path in files.items():
        field, least, most = KINDS[kind]
        table: HourlyTable = getattr(profiles, field)
        read = _read(Path(path), profiles.clock, table.columns, (least, most), problems)
        if read:
            series = [read.get(name, table[name]) for name in table.columns]
            changed: dict[str, Any] = {field: HourlyTable.of(table.columns, series, table.hours)}
            profiles = replace(profiles, **changed)
    if problems:
        raise BadInput(problems[:PROBLEMS_MAX])
    return profiles


def digest(files: Mapping[str, str]) -> str:
    """SHA-256 over the bytes of all files in the order of their kinds; empty without files."""
    if not files:
        return ""
    total = hashlib.sha256()
    for kind in sorted(files):
        total.update(kind.encode() + Path(files[kind]).read_bytes())
    return total.hexdigest()


def _read(
    path: Path, clock: Clock, known: tuple[str, ...], limits: tuple[float, float], problems: list[Problem]
) -> dict[str, Array]:
    rows = _rows(path, problems)
    if not rows:
        return {}
    header, body = rows[0], rows[1:]
    if header[0] != "hour_utc":
        problems.append(Problem(f"{path}, first column", repr(header[0]), "hour_utc", "Times are UTC, hour-beginning"))
        return {}
    found = len(problems)
    _check_names(path, header[1:], known, problems)
    _check_hours(path, [row[0] for row in body], clock, problems)
    for number, row in enumerate(body, start=2):
        if len(row) != len(header):
            problems.append(Problem(f"{path}, row {number}", f"{len(row)} values", f"{len(header)}"))
    if len(problems) > found:
        return {}
    return {
        name: _values(f"{path}, {name}", [row[column] for row in body], limits, problems)
        for column, name in enumerate(header[1:], start=1)
    }


def _rows(path: Path, problems: list[Problem]) -> list[list[str]]:
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            problems.append(Problem(str(path), f"{path.stat().st_size:,} bytes", f"at most {FILE_BYTES_MAX:,}"))
            return []
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.reader(file) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        problems.append(Problem(str(path), f"unreadable: {error}", "a CSV file in UTF-8"))
        return []
    if len(rows) < 2:
        problems.append(Problem(str(path), "no rows", "a header and one row for each hour"))
        return []
    return rows


def _check_names(path: Path, names: list[str], known: tuple[str, ...], problems: list[Problem]) -> None:
    for name in sorted({name for name in names if names.count(name) > 1}):
        problems.append(Problem(f"{path}, header", f"{name!r} twice", "each column once"))
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
            remedy = f"Nearest: {', '.join(near)}" if near else ""
            problems.append(Problem(f"{path}, {name}", "an unknown column", "a name of the data set", remedy))


def _check_hours(path: Path, stamps: list[str], clock: Clock, problems: list[Problem]) -> None:
    """Exactly the hours of the year, in order."""
    wanted = clock.datetimes()
    if len(stamps) != clock.hours:
        problems.append(Problem(str(path), f"{len(stamps)} hours", f"{clock.hours} hours of {clock.start.year}"))
    for number, (stamp, hour) in enumerate(zip(stamps, wanted, strict=False), start=2):
        try:
            moment = datetime.fromisoformat(stamp.strip().replace("Z", "+00:00"))
        except ValueError:
            problems.append(Problem(f"{path}, row {number}", repr(stamp), "a time such as 2035-01-01T00:00"))
            return
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        if np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "s") != hour:
            remedy = "Hours are UTC and hour-beginning, in order, none missing or doubled"
            problems.append(Problem(f"{path}, row {number}", stamp, f"{hour} UTC", remedy))
            return


def _values(where: str, cells: list[str], limits: tuple[float, float], problems: list[Problem]) -> Array:
    least, most = limits
    values = np.zeros(len(cells))
    for number, cell in enumerate(cells):
        try:
            values[number] = float(cell)
        except ValueError:
            values[number] = math.nan
        if not (math.isfinite(values[number]) and least <= values[number] <= most):
            upper = f" to {most:g}" if math.isfinite(most) else " or more"
            expected = f"a number from {least:g}{upper}" if math.isfinite(least) else "a finite number"
            problems.append(Problem(f"{where}, row {number + 2}", repr(cell), expected))
            break
    return values
