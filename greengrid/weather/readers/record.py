"""What a reader gives: quantities with their times, places and what was learned on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from greengrid.errors import Problem
from greengrid.hourly import Array

Times = NDArray[np.datetime64]
FILE_BYTES_MAX = 400_000_000
EARTH_KM = 6371.0
LIMITS: Mapping[str, tuple[float, float]] = {
    "capacity_factor_frac": (0.0, 1.0),
    "ghi_w_per_m2": (-15.0, 1500.0),
    "dni_w_per_m2": (-15.0, 1500.0),
    "dhi_w_per_m2": (-15.0, 1000.0),
    "direct_horizontal_w_per_m2": (-15.0, 1500.0),
    "plane_w_per_m2": (-15.0, 1800.0),
    "temperature_deg_c": (-70.0, 65.0),
    "pressure_pa": (45_000.0, 110_000.0),
    "wind_speed_m_per_s": (0.0, 75.0),
}
"""Least and most that a quantity can be; irradiance below zero is an instrument's or a model's noise."""


class Unreadable(Exception):
    """A file that is not what its entry says; carries the problems."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))


@dataclass(frozen=True)
class Variable:
    """Values at times: (times,) or, over several places, (times, places)."""

    times: Times
    """UTC, seconds: the beginning of what each value stands for, or the moment within its hour."""
    values: Array
    """NaN where the file says missing."""


@dataclass(frozen=True)
class Record:
    """One file, read."""

    variables: Mapping[str, Variable]
    places_deg: Array | None = None
    """(places, 2) of latitude and longitude, where the file knows them; one row for a single place."""
    wind_height_m: float = 100.0
    sun_moment_h: float = 0.5
    """When within the hour the sun's position belongs to the irradiance."""
    notes: tuple[str, ...] = field(default=())

    def nearest(self, latitude_deg: float, longitude_deg: float) -> tuple[int, float]:
        """Number of the nearest place and its distance in km; (0, 0) where the file knows no place."""
        if self.places_deg is None:
            return 0, 0.0
        here, there = np.radians([latitude_deg, longitude_deg]), np.radians(self.places_deg)
        half = np.sin((there - here) / 2) ** 2
        chord = half[:, 0] + np.cos(here[0]) * np.cos(there[:, 0]) * half[:, 1]
        distance = 2 * EARTH_KM * np.arcsin(np.sqrt(chord))
        number = int(distance.argmin())
        return number, float(distance[number])

    def at(self, place: int) -> dict[str, Variable]:
        """The variables of one place."""
        return {
            name: variable if variable.values.ndim == 1 else Variable(variable.times, variable.values[:, place])
            for name, variable in self.variables.items()
        }
