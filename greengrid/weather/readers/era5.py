"""ERA5 as the Climate Data Store sends it, and what atlite makes of it: cutouts and profiles per bus (netCDF)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from greengrid.case_keys import WeatherFile
from greengrid.errors import Problem
from greengrid.hourly import Array
from greengrid.weather.readers.clock import HOUR, beginnings, parse_times
from greengrid.weather.readers.netcdf import Field, along, fields_of, times_of
from greengrid.weather.readers.record import Record, Times, Unreadable, Variable
from greengrid.weather.readers.text import cells_of, lines_of, numbers_of, table_of

JOULES_PER_WH = 3600.0
KELVIN = 273.15
Parts = dict[str, Variable]
ERA5: Mapping[str, tuple[str, Callable[[Array], Array]]] = {
    "ssrd": ("ghi_w_per_m2", lambda values: values / JOULES_PER_WH),
    "fdir": ("direct_horizontal_w_per_m2", lambda values: values / JOULES_PER_WH),
    "t2m": ("temperature_deg_c", lambda values: values - KELVIN),
    "sp": ("pressure_pa", lambda values: values),
}
"""Variable -> quantity. Radiation is the sum in J/m2 of the hour that ends at the stamp."""
CUTOUT: Mapping[str, tuple[str, Callable[[Array], Array]]] = {
    "influx_direct": ("direct_horizontal_w_per_m2", lambda values: values),
    "influx_diffuse": ("dhi_w_per_m2", lambda values: values),
    "temperature": ("temperature_deg_c", lambda values: values - KELVIN),
    "wnd100m": ("wind_speed_m_per_s", lambda values: values),
}
ENDING = ("ghi_w_per_m2", "direct_horizontal_w_per_m2", "dhi_w_per_m2")
"""Quantities whose stamp is the end of their hour."""


def read_era5(entry: WeatherFile) -> Record:
    """u100, v100 (or u10, v10), ssrd, fdir, t2m, sp on a grid, or at one point (CSV); any of them may be absent."""
    path = Path(entry.path)
    if path.suffix == ".csv":
        return _point(path)
    parts: Parts = {}
    places: Array | None = None
    height_m = 100.0
    for fields in _files(path):
        times, grid = _axes(path, fields, ("valid_time", "time"), ("latitude",), ("longitude",))
        places = _same_places(path, places, _places(fields, grid))
        found = _quantities(fields, ERA5, times, (_name(fields, ("valid_time", "time")), *grid))
        for level in ("100", "10"):
            if {f"u{level}", f"v{level}"} <= set(fields) and "wind_speed_m_per_s" not in found:
                order = (_name(fields, ("valid_time", "time")), *grid)
                across, up = (_flat(along(fields[f"{axis}{level}"], *order)) for axis in "uv")
                found["wind_speed_m_per_s"] = Variable(times, np.hypot(across, up))
                height_m = float(level)
        parts |= found
    return _record(path, parts, places, height_m, "u100 and v100, or ssrd")


def _point(path: Path) -> Record:
    """The store's time series of a point: valid_time, variables under their short names, latitude, longitude."""
    what = "a CSV of the Climate Data Store: valid_time,..."
    lines = lines_of(path, what)
    header = cells_of(lines[0])
    if header[:1] != ["valid_time"]:
        raise Unreadable(Problem(f"{path}, row 1", repr(lines[0][:40]), what))
    rows = table_of(path, header, [line for line in lines[1:] if line.strip()], 2)
    times = parse_times(str(path), [row[0] for row in rows], 2)
    columns = {
        name: numbers_of(path, name, [row[number] for row in rows], 2) for number, name in enumerate(header) if number
    }
    parts: Parts = {
        quantity: Variable(times - HOUR if quantity in ENDING else times, convert(columns[name]))
        for name, (quantity, convert) in ERA5.items()
        if name in columns
    }
    level = next((level for level in ("100", "10") if {f"u{level}", f"v{level}"} <= set(columns)), "")
    if level:
        parts["wind_speed_m_per_s"] = Variable(times, np.hypot(columns[f"u{level}"], columns[f"v{level}"]))
    known = len(rows) > 0 and {"latitude", "longitude"} <= set(columns)
    places = np.array([[columns["latitude"][0], columns["longitude"][0]]]) if known else None
    return _record(path, parts, places, float(level or 100), "u100 and v100, u10 and v10, or ssrd")


def read_atlite(entry: WeatherFile) -> Record:
    """A cutout (wnd100m, influx_direct, influx_diffuse, temperature on y and x) or a file of profiles per bus."""
    path = Path(entry.path)
    files = _files(path)
    if any("profile" in fields for fields in files):
        return _profiles(entry, path, next(fields for fields in files if "profile" in fields))
    parts: Parts = {}
    places: Array | None = None
    for fields in files:
        _check_modules(path, fields)
        times, grid = _axes(path, fields, ("time", "valid_time"), ("y", "latitude"), ("x", "longitude"))
        places = _same_places(path, places, _places(fields, grid))
        parts |= _quantities(fields, CUTOUT, times, (_name(fields, ("time", "valid_time")), *grid))
    direct, diffuse = parts.get("direct_horizontal_w_per_m2"), parts.get("dhi_w_per_m2")
    if direct is not None and diffuse is not None:
        parts["ghi_w_per_m2"] = Variable(direct.times, direct.values + diffuse.values)
    return _record(path, parts, places, 100.0, "wnd100m, or influx_direct and influx_diffuse, or profile")


def _check_modules(path: Path, fields: Mapping[str, Field]) -> None:
    """Each variable of a cutout may name its source; other sources than ERA5 stamp their radiation otherwise."""
    others = {
        str(fields[name].attributes["module"])
        for name in CUTOUT
        if name in fields and fields[name].attributes.get("module", "era5") != "era5"
    }
    if others:
        remedy = "Bring capacity factors per bus (profile), whose stamp the entry says"
        raise Unreadable(Problem(str(path), f"variables from {', '.join(sorted(others))}", "a cutout of era5", remedy))


def _profiles(entry: WeatherFile, path: Path, fields: dict[str, Field]) -> Record:
    """profile(time, bus): capacity factors; the entry says what the stamps mean and which bus."""
    if entry.stamp is None:
        remedy = 'Solar profiles made from ERA5 end at their stamp; say stamp = "ending" or "beginning"'
        raise Unreadable(Problem(f"{path}, stamp", "nothing", "stamp in the entry", remedy))
    _require(path, fields, ("time", "bus"))
    times = beginnings(str(path), times_of(str(path), fields["time"]), entry.stamp)
    buses = [str(name) for name in np.ravel(fields["bus"].values)]
    if entry.column not in buses:
        expected = f"one of the {len(buses)} buses: {', '.join(buses[:8])}"
        raise Unreadable(Problem(f"{path}, column", repr(entry.column), expected, 'Say column = "..." in the entry'))
    values = along(fields["profile"], "time", "bus")[:, buses.index(entry.column)]
    return Record({"capacity_factor_frac": Variable(times, values)})


def _files(path: Path) -> list[dict[str, Field]]:
    files = fields_of(path)
    if not files:
        raise Unreadable(Problem(str(path), "no netCDF file", "files that end in .nc"))
    return files


def _name(fields: Mapping[str, Field], wanted: tuple[str, ...]) -> str:
    return next((name for name in wanted if name in fields), wanted[0])


def _require(path: Path, fields: Mapping[str, Field], names: tuple[str, ...]) -> None:
    missing = [name for name in names if name not in fields]
    if missing:
        found = f"no variable {', '.join(missing)}"
        raise Unreadable(
            Problem(str(path), found, "the layout of its source", f"There are: {', '.join(sorted(fields))}")
        )


def _axes(
    path: Path, fields: Mapping[str, Field], time: tuple[str, ...], up: tuple[str, ...], across: tuple[str, ...]
) -> tuple[Times, tuple[str, str]]:
    names = [_name(fields, wanted) for wanted in (time, up, across)]
    _require(path, fields, tuple(names))
    return times_of(str(path), fields[names[0]]), (names[1], names[2])


def _places(fields: Mapping[str, Field], grid: tuple[str, str]) -> Array:
    """Latitude and longitude of every cell, in the order of the flattened grid; 0-360 degrees become -180 to 180."""
    latitude, longitude = (np.atleast_1d(fields[name].values).astype(np.float64) for name in grid)
    longitude = (longitude + 180) % 360 - 180
    return np.column_stack([np.repeat(latitude, len(longitude)), np.tile(longitude, len(latitude))])


def _same_places(path: Path, known: Array | None, found: Array) -> Array:
    if known is not None and not np.array_equal(known, found):
        raise Unreadable(Problem(str(path), "files on different grids", "one grid in all files"))
    return found


def _flat(values: Array) -> Array:
    return values.reshape(len(values), -1)


def _quantities(
    fields: Mapping[str, Field],
    known: Mapping[str, tuple[str, Callable[[Array], Array]]],
    times: Times,
    order: tuple[str, str, str],
) -> Parts:
    found = {}
    for name, (quantity, convert) in known.items():
        if name in fields and order[0] in fields[name].dimensions:
            beginning = times - HOUR if quantity in ENDING else times
            found[quantity] = Variable(beginning, _flat(convert(along(fields[name], *order))))
    return found


def _record(path: Path, parts: Parts, places: Array | None, height_m: float, wanted: str) -> Record:
    if not {"wind_speed_m_per_s", "ghi_w_per_m2"} & set(parts):
        raise Unreadable(Problem(str(path), "neither wind nor radiation", wanted))
    return Record(parts, places, wind_height_m=height_m)
