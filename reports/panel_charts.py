"""More forms of charts, as immutable values: months and hours in small panels, months stacked, dots in rows, steps."""

from __future__ import annotations

from dataclasses import dataclass

from reports.charts import Array, Axis, Chart, Layer

MONTHS_IN_YEAR = 12


@dataclass(frozen=True, slots=True, eq=False)
class MonthHourPanel:
    """Means by hour of the day and month."""

    title: str
    values: Array
    """Shape (24, 12); NaN where the run has no hour."""


@dataclass(frozen=True, slots=True)
class MonthHourMaps(Chart):
    """Small panels in rows, all on one scale from zero to `full`."""

    rows: tuple[tuple[str, tuple[MonthHourPanel, ...]], ...]
    """(name of the row, its panels)"""
    axis: Axis
    full: float
    month_names: tuple[str, ...]
    hour_label: str


@dataclass(frozen=True, slots=True)
class MonthColumns(Chart):
    """A column per month, layers stacked from below; twelve values each."""

    layers: tuple[Layer, ...]
    axis: Axis
    month_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RankedDots(Chart):
    """One dot per name at its value, its area by `sizes` (0 to 1); logarithmic where values span two decades."""

    names: tuple[str, ...]
    values: tuple[float, ...]
    sizes: tuple[float, ...]
    value_labels: tuple[str, ...]
    axis: Axis


@dataclass(frozen=True, slots=True)
class CostSteps(Chart):
    """What each size asks for beside it: a step up to every size, with the band from low to high."""

    sizes: tuple[float, ...]
    """Ascending, not empty; each step holds up to its size."""
    low: tuple[float, ...]
    central: tuple[float, ...]
    high: tuple[float, ...]
    value_labels: tuple[str, ...]
    chosen: float | None
    """The size of the case, marked."""
    axis: Axis
    size_axis: Axis


@dataclass(frozen=True, slots=True)
class FlowBox:
    """A step of a method at a place of the grid: column from the left, row from above."""

    title: str
    detail: str
    column: float
    row: int


@dataclass(frozen=True, slots=True)
class FlowChart(Chart):
    """Boxes and the arrows between them, given as places in `boxes`."""

    boxes: tuple[FlowBox, ...]
    arrows: tuple[tuple[int, ...], ...]
    """(from, to)"""
    columns: int
