"""From stamps in a file's own clock to UTC beginnings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from greengrid.errors import Problem
from greengrid.weather.readers.record import Times, Unreadable

OFFSET = re.compile(r"UTC(?:([+-])(\d{1,2})(?::(\d{2}))?)?")
HOUR = np.timedelta64(1, "h")
ZONE_WORDS = 'UTC, "UTC+5", "UTC+05:30" or a name such as "Asia/Tashkent"'


def to_utc(path: str, local: Times, zone: str) -> Times:
    """Stamps of a zone's clock in UTC; a clock with summer time is followed through its double and missing hours."""
    match = OFFSET.fullmatch(zone)
    if match:
        sign, hours, minutes = match.groups()
        ahead = timedelta(hours=int(hours or 0), minutes=int(minutes or 0)) * (-1 if sign == "-" else 1)
        return np.asarray(local - np.timedelta64(int(ahead.total_seconds()), "s"), dtype="datetime64[s]")
    import pandas as pd

    index = pd.DatetimeIndex(local)
    try:
        found = index.tz_localize(zone, ambiguous="infer").tz_convert("UTC").tz_localize(None)
    except (ValueError, KeyError, TypeError) as error:
        remedy = "A clock without summer time is UTC+5 or the like"
        raise Unreadable(Problem(path, f"times that {zone} does not have: {error}", ZONE_WORDS, remedy)) from None
    return np.asarray(found.values, dtype="datetime64[s]")


def beginnings(path: str, stamps: Times, stamp: str) -> Times:
    """The beginning of each value's time, from stamps at its beginning or its end."""
    if stamp == "beginning" or len(stamps) < 2:
        return stamps
    steps = np.diff(np.sort(stamps))
    steps = steps[steps > np.timedelta64(0, "s")]
    if not len(steps):
        raise Unreadable(Problem(path, "one time only", "a series of times"))
    return np.asarray(stamps - np.median(steps.astype(np.int64)).astype("timedelta64[s]"), dtype="datetime64[s]")


def parse_times(
    path: str, cells: Sequence[str], first_row: int, form: str | None = None, *, offsets: bool = True
) -> Times:
    """Naive times from text, ISO 8601 or `form`; a written offset from UTC is taken off, where `offsets` allows one.

    Raises `Unreadable` naming the first row that is no time.
    """
    found = np.empty(len(cells), dtype="datetime64[s]")
    for number, cell in enumerate(cells):
        text = cell.strip()
        try:
            moment = datetime.strptime(text, form) if form else datetime.fromisoformat(text.replace("Z", "+00:00"))
        except ValueError:
            place = f"{path}, row {number + first_row}"
            raise Unreadable(Problem(place, repr(cell), "a time such as 2035-01-01T00:00")) from None
        offset = moment.utcoffset() or timedelta(0)
        if offset and not offsets:
            expected = "times without an offset, as the entry states the zone"
            raise Unreadable(Problem(f"{path}, row {number + first_row}", repr(cell), expected))
        found[number] = np.datetime64(moment.replace(tzinfo=None) - offset, "s")
    return found
