"""Hourly series with names: a locked array of hours x columns that refuses to be mislabelled."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Clock:
    """UTC, hour-beginning: `hours` steps from `start`."""

    start: datetime
    hours: int

    @classmethod
    def of_year(cls, year: int) -> Clock:
        start = datetime(year, 1, 1, tzinfo=UTC)
        return cls(start, int((datetime(year + 1, 1, 1, tzinfo=UTC) - start) / timedelta(hours=1)))

    @property
    def months(self) -> NDArray[np.int64]:
        """Month number 1..12 of each hour (UTC)."""
        return self.datetimes().astype("datetime64[M]").astype(np.int64) % 12 + 1

    def datetimes(self) -> NDArray[np.datetime64]:
        first = np.datetime64(self.start.replace(tzinfo=None), "h")
        return first + np.arange(self.hours)

    def window(self, first: int, hours: int) -> Clock:
        if first < 0 or hours < 1 or first + hours > self.hours:
            raise ValueError(f"window {first}+{hours} lies outside the {self.hours} hours of this clock")
        return Clock(self.start + timedelta(hours=first), hours)


@dataclass(frozen=True)
class HourlyTable:
    """Values of shape (hours, columns), read-only."""

    columns: tuple[str, ...]
    values: Array

    def __post_init__(self) -> None:
        values = np.ascontiguousarray(self.values, dtype=np.float64)
        if values.ndim != 2 or values.shape[1] != len(self.columns):
            raise ValueError(f"{len(self.columns)} names for values of shape {values.shape}")
        if len(set(self.columns)) != len(self.columns):
            raise ValueError("column names repeat")
        values.flags.writeable = False
        object.__setattr__(self, "values", values)

    @classmethod
    def of(cls, columns: Iterable[str], series: Sequence[Array], hours: int) -> HourlyTable:
        """A table from one array per column; `hours` gives the shape when there are no columns."""
        names = tuple(columns)
        return cls(names, np.column_stack(series) if series else np.zeros((hours, 0)))

    @property
    def hours(self) -> int:
        return int(self.values.shape[0])

    def __getitem__(self, name: str) -> Array:
        try:
            return self.values[:, self.columns.index(name)]
        except ValueError:
            raise KeyError(f"no column {name!r}; there are {', '.join(self.columns[:8])} ...") from None

    def select(self, names: Iterable[str]) -> HourlyTable:
        wanted = tuple(names)
        position = {name: k for k, name in enumerate(self.columns)}
        missing = [name for name in wanted if name not in position]
        if missing:
            raise KeyError(f"no columns {missing}; there are {', '.join(self.columns[:8])} ...")
        return HourlyTable(wanted, self.values[:, [position[name] for name in wanted]])

    def window(self, first: int, hours: int) -> HourlyTable:
        return HourlyTable(self.columns, self.values[first : first + hours])

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        self.values.flags.writeable = False
