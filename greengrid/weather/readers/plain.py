"""A table of one's own: CSV or Parquet, a column of times and a column for each series."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from greengrid.case_keys import WeatherFile
from greengrid.errors import Problem
from greengrid.weather.readers.clock import ZONE_WORDS, beginnings, parse_times, to_utc
from greengrid.weather.readers.record import Record, Times, Unreadable, Variable
from greengrid.weather.readers.text import cells_of, lines_of, numbers_of, table_of

WHAT = "a CSV file in UTF-8: a header and one row for each hour"
UTC_NAME = "hour_utc"


def read_csv(entry: WeatherFile) -> Record:
    """Every column under its own name. A first column `hour_utc` is UTC and hour-beginning; any other name needs `zone`
    and `stamp` in the entry."""
    path = Path(entry.path)
    if path.suffix == ".parquet":
        return _read_parquet(entry, path)
    lines = lines_of(path, WHAT)
    rows = [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    header = cells_of(rows[0][1])
    if len(rows) < 2:
        raise Unreadable(Problem(str(path), "no rows", WHAT))
    for name in sorted({name for name in header if header.count(name) > 1}):
        raise Unreadable(Problem(f"{path}, header", f"{name!r} twice", "each column once"))
    first = rows[1][0]
    cells = table_of(path, header, [line for _, line in rows[1:]], first)
    stamps = parse_times(str(path), [row[0] for row in cells], first, offsets=header[0] == UTC_NAME)
    times = _clock(entry, path, header[0], stamps)
    columns = {
        name: Variable(times, numbers_of(path, name, [row[number] for row in cells], first))
        for number, name in enumerate(header)
        if number
    }
    return Record(columns)


def _read_parquet(entry: WeatherFile, path: Path) -> Record:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = parquet.read_table(path)
        names = list(table.column_names)
        stamps = np.asarray(table[names[0]], dtype="datetime64[s]")
        columns = {name: np.asarray(table[name], dtype=np.float64) for name in names[1:]}
    except (OSError, pa.ArrowException, ValueError, IndexError) as error:
        raise Unreadable(Problem(str(path), f"unreadable: {error}", "a Parquet table: hour_utc, then series")) from None
    times = _clock(entry, path, names[0], stamps)
    return Record({name: Variable(times, values) for name, values in columns.items()})


def _clock(entry: WeatherFile, path: Path, name: str, stamps: Times) -> Times:
    if name == UTC_NAME:
        if entry.zone not in (None, "UTC") or entry.stamp not in (None, "beginning"):
            found = f"zone {entry.zone}, stamp {entry.stamp} for a column {UTC_NAME}"
            raise Unreadable(Problem(f"{path}, first column", found, "UTC and beginning, as its name says"))
        return stamps
    if entry.zone is None or entry.stamp is None:
        remedy = f'zone is {ZONE_WORDS}; stamp is "beginning" or "ending" of the hour'
        expected = f"{UTC_NAME}, or zone and stamp in the entry"
        raise Unreadable(Problem(f"{path}, first column", repr(name), expected, remedy))
    return beginnings(str(path), to_utc(str(path), stamps, entry.zone), entry.stamp)
