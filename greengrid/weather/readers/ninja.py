"""renewables.ninja: hourly output of one plant (point API) or capacity factors of a country and its regions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from greengrid.case_keys import WeatherFile
from greengrid.errors import Problem
from greengrid.weather.readers.clock import parse_times
from greengrid.weather.readers.record import Record, Unreadable, Variable
from greengrid.weather.readers.text import cells_of, chosen_column, lines_of, numbers_of, table_of

WHAT = "a CSV of renewables.ninja: comment lines with #, then time,..."


def read_ninja(entry: WeatherFile) -> Record:
    """Point: `electricity` over the capacity of the comment line; country: the column, already a capacity factor.

    Times are UTC, hour-beginning, as the site states; a column local_time is not used.
    """
    path = Path(entry.path)
    lines = lines_of(path, WHAT)
    start = next((number for number, line in enumerate(lines) if cells_of(line)[:1] == ["time"]), None)
    if start is None:
        raise Unreadable(Problem(str(path), "no line that begins with time", WHAT))
    header = cells_of(lines[start])
    body = [line for line in lines[start + 1 :] if line.strip()]
    rows = table_of(path, header, body, start + 2)
    times = parse_times(str(path), [row[0] for row in rows], start + 2)
    about = _about(lines[:start])
    names = [name for name in header[1:] if name != "local_time"]
    column = "electricity" if "electricity" in names else chosen_column(path, entry.column, names)
    values = numbers_of(path, column, [row[header.index(column)] for row in rows], start + 2)
    if column == "electricity":
        values = values / _capacity_kw(path, about)
    place = about.get("params", {})
    known = "lat" in place and "lon" in place
    places = np.array([[float(place["lat"]), float(place["lon"])]]) if known else None
    return Record({"capacity_factor_frac": Variable(times, values)}, places)


def _about(comments: Sequence[str]) -> dict[str, Any]:
    """What the comment line in JSON says."""
    for line in comments:
        text = line.lstrip("# ").strip().strip('"').replace('""', '"')
        if text.startswith("{"):
            try:
                found = json.loads(text)
            except ValueError:
                continue
            if isinstance(found, dict):
                return found
    return {}


def _capacity_kw(path: Path, about: dict[str, Any]) -> float:
    try:
        capacity_kw = float(about["params"]["capacity"])
    except (KeyError, TypeError, ValueError):
        capacity_kw = 0.0
    if capacity_kw <= 0:
        remedy = "Keep the three comment lines of the download"
        raise Unreadable(
            Problem(str(path), "no capacity in its comment lines", '{"params": {"capacity": ...}}', remedy)
        )
    unit = str(about.get("units", {}).get("electricity", "kW"))
    if unit != "kW":
        raise Unreadable(Problem(str(path), f"electricity in {unit}", "kW"))
    return capacity_kw
