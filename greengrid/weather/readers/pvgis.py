"""PVGIS of the European Commission: hourly series and typical years, CSV or JSON."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np

from greengrid.case_keys import WeatherFile
from greengrid.errors import Problem
from greengrid.hourly import Array
from greengrid.weather.readers.clock import parse_times
from greengrid.weather.readers.record import Record, Times, Unreadable, Variable
from greengrid.weather.readers.text import cells_of, lines_of, numbers_of, table_of

WHAT = "a download of PVGIS: hourly data or a typical year, CSV or JSON"
QUANTITIES = {
    "G(h)": "ghi_w_per_m2",
    "Gb(n)": "dni_w_per_m2",
    "Gd(h)": "dhi_w_per_m2",
    "T2m": "temperature_deg_c",
    "WS10m": "wind_speed_m_per_s",
    "SP": "pressure_pa",
}
PLANE = ("Gb(i)", "Gd(i)", "Gr(i)")
TIME_FORM = "%Y%m%d:%H%M"


def read_pvgis(entry: WeatherFile) -> Record:
    """Either kind, told by its content. Hourly data with PV power give capacity factors per kWp, else the irradiance on
    their plane (or on the horizontal where the slope is 0)."""
    path = Path(entry.path)
    lines = lines_of(path, WHAT)
    if lines[0].lstrip().startswith("{"):
        return _from_json(path, "\n".join(lines))
    start = next((number for number, line in enumerate(lines) if line.startswith(("time,", "time(UTC),"))), None)
    if start is None:
        raise Unreadable(Problem(str(path), "no line that begins with time, or time(UTC),", WHAT))
    if lines[start].startswith("time(UTC)"):
        return _typical_csv(path, lines, start)
    return _hourly_csv(path, lines)


def _hourly_csv(path: Path, lines: list[str]) -> Record:
    """By pvlib's own reader, which knows all variants of the head."""
    from pvlib import iotools

    try:
        data, about = iotools.read_pvgis_hourly(_text(lines), pvgis_format="csv", map_variables=False)
    except (ValueError, IndexError, KeyError) as error:
        raise Unreadable(Problem(str(path), f"unreadable: {error}", WHAT)) from None
    return _hourly(path, data, dict(about["inputs"]))


def _text(lines: list[str]) -> io.StringIO:
    return io.StringIO("\n".join(lines) + "\n")


def _from_json(path: Path, text: str) -> Record:
    from pvlib import iotools

    try:
        content = json.loads(text)
        typical = "tmy_hourly" in content["outputs"]
        read = iotools.read_pvgis_tmy if typical else iotools.read_pvgis_hourly
        data, about = read(io.StringIO(text), pvgis_format="json", map_variables=False)
    except (ValueError, IndexError, KeyError, TypeError, AttributeError) as error:
        raise Unreadable(Problem(str(path), f"unreadable: {error!r}", WHAT)) from None
    inputs = dict(about["inputs"])
    location = dict(inputs.get("location", {}))
    place = {name: location[name] for name in ("latitude", "longitude") if name in location}
    if not typical:
        module, mounting = dict(inputs.get("pv_module", {})), dict(inputs.get("mounting_system", {}))
        slope = dict(dict(mounting.get("fixed", {})).get("slope", {})).get("value")
        place |= {"Nominal power": module.get("peak_power"), "Slope": slope}
        return _hourly(path, data, place)
    times = np.asarray(data.index.values, dtype="datetime64[s]")
    columns = {str(name): np.asarray(data[name], dtype=float) for name in data.columns}
    offset_h = float(location.get("irradiance_time_offset", 0.0) or 0.0)
    return _typical(times, columns, place, offset_h)


def _hourly(path: Path, data: Any, inputs: dict[str, Any]) -> Record:
    stamps = np.asarray(data.index.values, dtype="datetime64[s]")
    columns = {str(name): np.asarray(data[name], dtype=float) for name in data.columns}
    minute = (stamps - stamps.astype("datetime64[h]")).astype("timedelta64[s]").astype(float) / 3600
    found = {QUANTITIES[name]: values for name, values in columns.items() if name in QUANTITIES}
    power_kw = _number(next((value for key, value in inputs.items() if key.startswith("Nominal power")), None))
    slope_deg = _number(inputs.get("Slope"))
    plane = columns.get("G(i)")
    if plane is None and PLANE[0] in columns:
        plane = np.sum([columns[name] for name in PLANE if name in columns], axis=0)
    if "P" in columns and power_kw:
        found["capacity_factor_frac"] = columns["P"] / 1000 / power_kw
    elif plane is not None and slope_deg == 0:
        found["ghi_w_per_m2"] = plane
    elif plane is not None:
        found["plane_w_per_m2"] = plane
    elif "ghi_w_per_m2" not in found:
        raise Unreadable(Problem(str(path), "neither irradiance nor PV power", "G(i), Gb(i), Gd(i), Gr(i) or P"))
    return _record(stamps, found, inputs, float(np.median(minute)))


def _typical_csv(path: Path, lines: list[str], start: int) -> Record:
    """Read here: pvlib's reader takes exactly 8,760 rows and says nothing where there are fewer."""
    head = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines[:start])}
    header = cells_of(lines[start])
    body: list[str] = []
    for line in lines[start + 1 :]:
        if not line[:1].isdigit():
            break
        body.append(line)
    rows = table_of(path, header, body, start + 2)
    times = parse_times(str(path), [row[0] for row in rows], start + 2, TIME_FORM)
    columns = {
        name: numbers_of(path, name, [row[number] for row in rows], start + 2)
        for number, name in enumerate(header)
        if name in QUANTITIES
    }
    place = {"latitude": head.get("Latitude (decimal degrees)"), "longitude": head.get("Longitude (decimal degrees)")}
    return _typical(times, columns, place, _number(head.get("Irradiance Time Offset (h)")) or 0.0)


def _typical(times: Times, columns: dict[str, Array], place: dict[str, Any], offset_h: float) -> Record:
    found = {QUANTITIES[name]: values for name, values in columns.items() if name in QUANTITIES}
    return _record(times, found, place, offset_h)


def _record(times: Times, found: dict[str, Array], place: dict[str, Any], moment_h: float) -> Record:
    latitude, longitude = _number(place.get("latitude")), _number(place.get("longitude"))
    places = None if latitude is None or longitude is None else np.array([[latitude, longitude]])
    whole = times.astype("datetime64[h]").astype("datetime64[s]")
    variables = {name: Variable(whole, values) for name, values in found.items()}
    return Record(variables, places, wind_height_m=10.0, sun_moment_h=moment_h)


def _number(value: object) -> float | None:
    """A number out of "1.0" or "30 deg. (optimum)"."""
    words = str(value).split() if value is not None else []
    try:
        return float(words[0]) if words else None
    except ValueError:
        return None
