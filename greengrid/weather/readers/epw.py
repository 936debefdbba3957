"""EnergyPlus weather (EPW): a typical or real year of one place, in its standard time, hours 1 to 24 ending."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from greengrid.case_keys import WeatherFile
from greengrid.errors import Problem
from greengrid.weather.readers.record import Record, Unreadable, Variable
from greengrid.weather.readers.text import lines_of

WHAT = "an EPW file: LOCATION,... and seven more lines, then 35 columns"
MISSING = {"ghi": 9999, "dni": 9999, "dhi": 9999, "temp_air": 99.9, "wind_speed": 999, "atmospheric_pressure": 999_999}
"""Codes of a missing value, from the format's dictionary."""
QUANTITIES = {
    "ghi": "ghi_w_per_m2",
    "dni": "dni_w_per_m2",
    "dhi": "dhi_w_per_m2",
    "temp_air": "temperature_deg_c",
    "wind_speed": "wind_speed_m_per_s",
    "atmospheric_pressure": "pressure_pa",
}


def read_epw(entry: WeatherFile) -> Record:
    """By pvlib's reader, which turns hours 1 to 24 of standard time into beginnings with their zone."""
    from pvlib import iotools

    path = Path(entry.path)
    lines = lines_of(path, WHAT, latin=True)  # names of towns are often not in UTF-8
    if not lines[0].startswith("LOCATION"):
        raise Unreadable(Problem(f"{path}, row 1", repr(lines[0][:40]), WHAT))
    try:
        data, about = iotools.read_epw(io.StringIO("\n".join(lines) + "\n"))
        times = np.asarray(data.index.tz_convert("UTC").tz_localize(None).values, dtype="datetime64[s]")
        found = {}
        for name, quantity in QUANTITIES.items():
            values = np.asarray(data[name], dtype=float)
            found[quantity] = Variable(times, np.where(values >= MISSING[name], np.nan, values))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise Unreadable(Problem(str(path), f"unreadable: {error}", WHAT)) from None
    place = np.array([[float(about["latitude"]), float(about["longitude"])]])
    return Record(found, place, wind_height_m=10.0)
