"""Forms of the charts by which funding mixes are chosen, as immutable values."""

from __future__ import annotations

from dataclasses import dataclass

from reports.charts import Axis, Chart, Layer


@dataclass(frozen=True, slots=True)
class Fan(Chart):
    """Bands of draws over the years: P10 to P90, P25 to P75 and the median."""

    years: tuple[int, ...]
    p10: tuple[float, ...]
    p25: tuple[float, ...]
    p50: tuple[float, ...]
    p75: tuple[float, ...]
    p90: tuple[float, ...]
    axis: Axis
    across: Axis
    limits: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Cumulative(Chart):
    """Share of the draws at or below each value, with some percentiles marked."""

    values: tuple[float, ...]
    shares: tuple[float, ...]
    marks: tuple[tuple[str, float, float], ...]
    """(label, value, share)"""
    axis: Axis
    across: Axis


@dataclass(frozen=True, slots=True)
class Line:
    """One named line of a frontier."""

    label: str
    colour: str
    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Frontier(Chart):
    """Falling lines, each with its name above its left end; some points ringed."""

    lines: tuple[Line, ...]
    rings: tuple[tuple[str, float, float], ...]
    """(label, x, y)"""
    uprights: tuple[tuple[str, float], ...]
    """(label, x) of dashed vertical lines."""
    axis: Axis
    across: Axis


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a matrix as it is printed; class 0 (worst) to 4 (best), None without a class."""

    text: str
    rank: int | None


@dataclass(frozen=True, slots=True)
class Matrix(Chart):
    """Printed values on fields of five classes."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]
    key: tuple[tuple[int, str], ...]
    """(class, what it means), drawn below."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a stacked bar with its printed value."""

    label: str
    colour: str
    value: float
    text: str


@dataclass(frozen=True, slots=True)
class FacingBars(Chart):
    """Two stacked columns of the same height, the parts named on the outer sides."""

    left_title: str
    right_title: str
    left: tuple[Part, ...]
    """From below."""
    right: tuple[Part, ...]
    axis: Axis


@dataclass(frozen=True, slots=True)
class Covers(Chart):
    """Ratios over the years with their limits; values below the first limit marked with a triangle, a few with their
    value."""

    years: tuple[int, ...]
    lines: tuple[Line, ...]
    """The first line is the one whose marks are drawn; `x` are years."""
    limits: tuple[tuple[str, float], ...]
    below: tuple[tuple[int, float, str], ...]
    """(year, value, printed value; empty for a triangle alone)"""
    axis: Axis
    top: float
    """Upper end of the axis; what lies above is cut."""


@dataclass(frozen=True, slots=True)
class Diverging(Chart):
    """A bar per name, gains stacked right of zero and losses left of it, the sum as a diamond; layers in a key."""

    names: tuple[str, ...]
    layers: tuple[Layer, ...]
    sums: tuple[float, ...]
    """Empty where the parts are not to be added."""
    value_labels: tuple[str, ...]
    """Printed at the right of each row; empty without."""
    axis: Axis
