"""NREL WIND Toolkit: wind at several heights over one place, every 5 to 60 minutes, as its site sends it (CSV)."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from greengrid.case_keys import WeatherFile
from greengrid.errors import Problem
from greengrid.hourly import Array
from greengrid.weather.readers.clock import to_utc
from greengrid.weather.readers.record import Record, Times, Unreadable, Variable
from greengrid.weather.readers.text import cells_of, lines_of, numbers_of, table_of

WHAT = "a CSV of the WIND Toolkit: SiteID,..., then Year,Month,Day,Hour,Minute,wind speed at 100m (m/s),..."
CALENDAR = ("Year", "Month", "Day", "Hour", "Minute")
HEIGHT = re.compile(r"at (\d+)m")
HUB_M = 100.0


def read_wtk(entry: WeatherFile) -> Record:
    """Wind at the height nearest to 100 m; names of any spelling with "wind speed at ...m"."""
    path = Path(entry.path)
    lines = lines_of(path, WHAT)
    start = next((number for number, line in enumerate(lines[:5]) if cells_of(line)[:1] == ["Year"]), None)
    if start is None:
        raise Unreadable(Problem(str(path), "no line that begins with Year", WHAT))
    about = _about(lines[:start])
    header = cells_of(lines[start])
    body = [line for line in lines[start + 1 :] if line.strip()]
    rows = table_of(path, header, body, start + 2)
    columns = {
        name: numbers_of(path, name, [row[number] for row in rows], start + 2)
        for number, name in enumerate(header)
        if name in CALENDAR or HEIGHT.search(name)
    }
    times = to_utc(str(path), _times(path, columns), _zone(path, about))
    speed, height_m = _nearest(path, columns, "wind speed")
    found = {"wind_speed_m_per_s": Variable(times, speed)}
    for words, quantity in (("air temperature", "temperature_deg_c"), ("air pressure", "pressure_pa")):
        names = [name for name in columns if words in name.lower()]
        if names:
            found[quantity] = Variable(times, _plain(columns[_closest(names)], _closest(names)))
    return Record(found, _place(about), wind_height_m=height_m)


def _about(lines: list[str]) -> dict[str, str]:
    """Pairs of a name and its value in the first line."""
    cells = [cell for line in lines for cell in cells_of(line)]
    return dict(zip(cells[::2], cells[1::2], strict=False))


def _zone(path: Path, about: dict[str, str]) -> str:
    try:
        ahead = float(about["Data Timezone"])
    except (KeyError, ValueError):
        found = f"Data Timezone {about.get('Data Timezone', 'not stated')}"
        raise Unreadable(Problem(f"{path}, row 1", found, "Data Timezone and hours ahead of UTC")) from None
    return f"UTC{'+' if ahead >= 0 else '-'}{int(abs(ahead))}:{round(abs(ahead) % 1 * 60):02d}"


def _place(about: dict[str, str]) -> Array | None:
    try:
        return np.array([[float(about["Latitude"]), float(about["Longitude"])]])
    except (KeyError, ValueError):
        return None


def _times(path: Path, columns: dict[str, Array]) -> Times:
    missing = [name for name in CALENDAR if name not in columns]
    if missing:
        raise Unreadable(Problem(str(path), f"no column {', '.join(missing)}", WHAT))
    year, month, day, hour, minute = (columns[name].astype(np.int64) for name in CALENDAR)
    days = ((year - 1970) * 12 + month - 1).astype("datetime64[M]").astype("datetime64[D]") + (day - 1)
    return np.asarray(days.astype("datetime64[s]") + (hour * 3600 + minute * 60), dtype="datetime64[s]")


def _height(name: str) -> float:
    match = HEIGHT.search(name)
    return float(match.group(1)) if match else HUB_M


def _closest(names: list[str]) -> str:
    return min(names, key=lambda name: abs(_height(name) - HUB_M))


def _nearest(path: Path, columns: dict[str, Array], words: str) -> tuple[Array, float]:
    names = [name for name in columns if words in name.lower()]
    if not names:
        raise Unreadable(Problem(str(path), f"no column {words} at ...m", WHAT))
    return columns[_closest(names)], _height(_closest(names))


def _plain(values: Array, name: str) -> Array:
    """Kelvin to degrees, other pressures to Pa, by the unit in the column's name."""
    if "(K)" in name:
        return values - 273.15
    return values * 100 if "hPa" in name or "mbar" in name else values
