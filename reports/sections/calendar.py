"""Local hours and months of a run's clock: what stands on the axes of pages about time."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from reports.language import word
from reports.results import Results

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
COUNTRY_OFFSET_H: Mapping[str, int] = MappingProxyType({"KZ": 5, "UZ": 5, "AZ": 4, "GE": 4})
"""Hours ahead of UTC; none of the four has summer time. Another country's hours are shown in UTC."""


def month_names() -> tuple[str, ...]:
    return tuple(map(word, MONTHS))


def local_hours(results: Results, offset_h: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(month 0..11, hour of the day 0..23) of every hour of the run, `offset_h` ahead of UTC."""
    local = (results.clock + np.timedelta64(offset_h, "h")).astype("datetime64[h]")
    months = local.astype("datetime64[M]").astype(np.int64) % 12
    return months, local.astype(np.int64) % 24
