"""Readers of weather and profile files that a user brings, one module per source.

Every reader turns a file into a `Record`: named quantities in SI-like units, each value at the beginning (UTC) of the
time it stands for. What a source publishes about its clock is built in; what it leaves open the entry must say:

| format | clock of the file | what is taken |
|---|---|---|
| csv, parquet | `hour_utc`, or `zone` and `stamp` of the entry | columns as they are |
| ninja | UTC, beginning | capacity factor (point: electricity over capacity; country: the column) |
| pvgis | UTC; the sun at the stated minute or offset | irradiance or PV power, temperature, wind at 10 m |
| epw | the zone of its LOCATION line, ending | irradiance, temperature, pressure, wind at 10 m |
| era5 | UTC; radiation of the hour that ends at the stamp, wind of the hour that begins there | same, wind at 100 m |
| atlite | as era5 (cutout); `stamp` of the entry (profiles per bus) | same, or capacity factors |
| wtk | the `Data Timezone` of its first line, beginning | wind at each height, temperature, pressure |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from greengrid.case_keys import WeatherFile
from greengrid.weather.readers.epw import read_epw
from greengrid.weather.readers.era5 import read_atlite, read_era5
from greengrid.weather.readers.ninja import read_ninja
from greengrid.weather.readers.plain import read_csv
from greengrid.weather.readers.pvgis import read_pvgis
from greengrid.weather.readers.record import Record
from greengrid.weather.readers.wtk import read_wtk

FORMATS: Mapping[str, Callable[[WeatherFile], Record]] = {
    "atlite": read_atlite,
    "csv": read_csv,
    "epw": read_epw,
    "era5": read_era5,
    "ninja": read_ninja,
    "pvgis": read_pvgis,
    "wtk": read_wtk,
}
"""Format -> reader; a reader raises `Unreadable` for a file that is not what it should be."""
