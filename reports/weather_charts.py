"""Forms of the charts of a weather year, as immutable values."""

from __future__ import annotations

from dataclasses import dataclass

from reports.charts import Axis, Chart


@dataclass(frozen=True, slots=True)
class Curve:
    """One named line; dashed for the second of two kinds."""

    label: str
    colour: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Curves(Chart):
    """Lines over a common axis, their names in a key above."""

    curves: tuple[Curve, ...]
    axis: Axis
    across: Axis
    ticks: tuple[tuple[float, str], ...] = ()
    """Ticks of the horizontal axis; round numbers where there are none."""
    note: str = ""
    """What solid and dashed mean."""
    logarithmic: bool = False
    """Of the vertical axis."""


@dataclass(frozen=True, slots=True)
class FactorRow:
    """One site: its value, and the value that a source states, where one does."""

    name: str
    colour: str
    value: float
    stated: float | None


@dataclass(frozen=True, slots=True)
class FactorRows(Chart):
    """A bar for each site, sorted by the maker, a tick where a yield is stated; the value is written at the end."""

    rows: tuple[FactorRow, ...]
    axis: Axis
    full: float


@dataclass(frozen=True, slots=True)
class Cloud:
    """Pairs of one kind."""

    label: str
    colour: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    hollow: bool = False


@dataclass(frozen=True, slots=True)
class Clouds(Chart):
    """Dots of several kinds and the curves they should follow."""

    clouds: tuple[Cloud, ...]
    curves: tuple[Curve, ...]
    axis: Axis
    across: Axis
