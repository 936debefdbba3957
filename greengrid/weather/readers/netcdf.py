"""NetCDF of either kind (classic, and 4 on HDF5) into plain arrays: scale, offset, missing values and times by the CF
conventions. Files inside a zip archive or a folder are read as one.

h5py comes with pvlib and scipy reads the classic kind, so nothing more is needed.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from greengrid.errors import Problem
from greengrid.hourly import Array
from greengrid.weather.readers.record import FILE_BYTES_MAX, Times, Unreadable

WHAT = "netCDF files (.nc), alone, in a .zip or in a folder"
VALUES_MAX = 200_000_000
"""About 1.6 GB in memory."""
SINCE = re.compile(
    r"(seconds|minutes|hours|days) since (\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2}))?)?"
)
UNIT_S = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}


@dataclass(frozen=True)
class Field:
    """A variable: its dimensions by name, its values (missing: NaN; text stays text) and its attributes."""

    dimensions: tuple[str, ...]
    values: Any
    attributes: Mapping[str, Any]


def fields_of(path: Path) -> list[dict[str, Field]]:
    """All variables of each file; raises `Unreadable`."""
    return [_fields(where, content) for where, content in _contents(path)]


def _contents(path: Path) -> Iterator[tuple[str, bytes]]:
    try:
        if path.is_dir():
            for file in sorted(path.glob("*.nc")):
                yield str(file), _checked(str(file), file.stat().st_size, file.read_bytes)
        elif zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                for item in sorted(archive.infolist(), key=lambda info: info.filename):
                    if item.filename.endswith(".nc"):
                        where = f"{path}, {item.filename}"
                        yield where, _checked(where, item.file_size, lambda item=item: archive.read(item))
        else:
            yield str(path), _checked(str(path), path.stat().st_size, path.read_bytes)
    except (OSError, zipfile.BadZipFile) as error:
        raise Unreadable(Problem(str(path), f"unreadable: {error}", WHAT)) from None


def _checked(where: str, size: int, read: Any) -> bytes:
    if size > FILE_BYTES_MAX:
        raise Unreadable(Problem(where, f"{size:,} bytes", f"at most {FILE_BYTES_MAX:,}", "Cut it to your sites"))
    content: bytes = read()
    return content


def _fields(where: str, content: bytes) -> dict[str, Field]:
    values = _count(where, content)
    if values > VALUES_MAX:
        remedy = "Cut it to the cells around your plants, or to fewer variables"
        raise Unreadable(Problem(where, f"{values:,} values", f"at most {VALUES_MAX:,}", remedy))
    try:
        if content[:3] == b"CDF":
            return _classic(content)
        if content[:4] == b"\x89HDF":
            return _hdf(content)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise Unreadable(Problem(where, f"unreadable: {error}", WHAT)) from None
    raise Unreadable(Problem(where, "neither classic netCDF nor HDF5", WHAT))


def _count(where: str, content: bytes) -> int:
    """Values that the file holds once unpacked."""
    if content[:4] != b"\x89HDF":
        return len(content) // 2
    import h5py

    try:
        with h5py.File(io.BytesIO(content), "r") as file:
            return sum(int(item.size or 0) for item in file.values() if isinstance(item, h5py.Dataset))
    except (OSError, RuntimeError, KeyError) as error:
        raise Unreadable(Problem(where, f"unreadable: {error}", WHAT)) from None


def _classic(content: bytes) -> dict[str, Field]:
    from scipy.io import netcdf_file

    with netcdf_file(io.BytesIO(content), mmap=False) as file:
        return {
            name: _decoded(tuple(variable.dimensions), variable[...].copy(), dict(variable._attributes))
            for name, variable in file.variables.items()
        }


def _hdf(content: bytes) -> dict[str, Field]:
    import h5py

    found = {}
    with h5py.File(io.BytesIO(content), "r") as file:
        for name, item in file.items():
            if isinstance(item, h5py.Dataset) and item.shape is not None:
                dimensions = _dimensions(name, item)
                if h5py.check_string_dtype(item.dtype):
                    found[name] = Field(dimensions, np.asarray(item.asstr()[...]), {})
                else:
                    found[name] = _decoded(dimensions, np.asarray(item[...]), dict(item.attrs))
    return found


def _dimensions(name: str, item: Any) -> tuple[str, ...]:
    """Names of the dimension scales; a scale is its own dimension."""
    if item.attrs.get("CLASS") == b"DIMENSION_SCALE" and item.ndim == 1 and "DIMENSION_LIST" not in item.attrs:
        return (name,)
    return tuple(scales[0].name.rsplit("/", 1)[-1] if len(scales) else "" for scales in item.dims)


def _decoded(dimensions: tuple[str, ...], raw: Any, attributes: dict[str, Any]) -> Field:
    """Values in their unit: missing to NaN, times the scale, plus the offset."""
    known = {key: value.decode() if isinstance(value, bytes) else value for key, value in attributes.items()}
    if raw.dtype.kind not in "iuf":
        return Field(dimensions, raw, known)
    values = raw.astype(np.float64)
    for key in ("_FillValue", "missing_value"):
        if key in known:
            values[raw == np.ravel(known[key])[0]] = np.nan
    scale, offset = (
        float(np.ravel(known.get(key, usual))[0]) for key, usual in (("scale_factor", 1), ("add_offset", 0))
    )
    return Field(dimensions, values * scale + offset, known)


def times_of(where: str, field: Field) -> Times:
    """UTC times of a time variable ("hours since 1900-01-01 00:00:00"); standard calendar."""
    units = str(field.attributes.get("units", ""))
    calendar = str(field.attributes.get("calendar", "standard"))
    match = SINCE.match(units)
    if match is None or calendar not in ("standard", "gregorian", "proleptic_gregorian"):
        expected = '"hours since 1900-01-01" and the standard calendar'
        raise Unreadable(Problem(f"{where}, time", f"{units!r}, calendar {calendar}", expected))
    unit, year, month, day, *clock = match.groups()
    start = np.datetime64(f"{year}-{int(month):02d}-{int(day):02d}", "s")
    hour, minute, second = (int(part or 0) for part in clock)
    seconds = np.round(np.asarray(field.values, dtype=np.float64) * UNIT_S[unit]).astype(np.int64)
    return np.asarray(start + (seconds + hour * 3600 + minute * 60 + second), dtype="datetime64[s]")


def along(field: Field, *wanted: str) -> Array:
    """Values with the wanted dimensions in this order; others of length 1 are dropped, of more are merged.

    A dimension such as expver or number holds the same quantity more than once: the first that is not missing counts.
    """
    values: Array = np.asarray(field.values, dtype=np.float64)
    names = list(field.dimensions)
    for name in [name for name in names if name not in wanted]:
        axis = names.index(name)
        layers = np.moveaxis(values, axis, 0)
        merged = layers[0]
        for layer in layers[1:]:
            merged = np.where(np.isnan(merged), layer, merged)
        values = merged
        names.pop(axis)
    for name in wanted:
        if name not in names:
            values, names = values[..., None], [*names, name]
    return np.transpose(values, [names.index(name) for name in wanted])
