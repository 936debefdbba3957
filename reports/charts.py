"""The forms of charts, as immutable values: data with quantity and unit, caption, alternative text and print size."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from reports.language import word

Array = NDArray[np.float64]

FULL_MM = 170.0
WIDE_MM = 112.0
HALF_MM = 83.0


@dataclass(frozen=True, slots=True)
class Axis:
    """What an axis measures. An empty unit means a pure number and must be meant."""

    quantity: str
    unit: str

    @property
    def label(self) -> str:
        quantity, unit = word(self.quantity), word(self.unit)
        return f"{quantity} ({unit})" if unit else quantity


@dataclass(frozen=True, slots=True)
class Layer:
    """One named, coloured series."""

    label: str
    colour: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """What every chart carries. Sizes are those in print; nothing is scaled later."""

    caption: str
    alt: str
    width_mm: float
    height_mm: float


@dataclass(frozen=True, slots=True)
class StackedBars(Chart):
    """One horizontal bar per name, its layers side by side; negative values stand left of zero."""

    names: tuple[str, ...]
    layers: tuple[Layer, ...]
    axis: Axis
    marks: tuple[float, ...] = ()
    """A tick across each bar, for example the demand."""
    mark_label: str = ""


@dataclass(frozen=True, slots=True)
class WeekPanel:
    """One week of hours: layers stacked from below, a line above, a strip below."""

    title: str
    day_labels: tuple[str, ...]
    layers: tuple[Layer, ...]
    line: Layer
    strip: tuple[Layer, ...]


@dataclass(frozen=True, slots=True)
class DispatchWeeks(Chart):
    panels: tuple[WeekPanel, ...]
    axis: Axis
    strip_axis: Axis | None
    """None where there is no link to draw."""
    strip_limit: float


@dataclass(frozen=True, slots=True)
class DurationCurve(Chart):
    """Hourly values sorted from high to low; each layer's values are the hours as they came."""

    layers: tuple[Layer, ...]
    axis: Axis
    limits: tuple[tuple[str, float], ...] = ()
    shaded: bool = False
    """Shade between the first two curves."""
    clip: tuple[float, float] | None = None
    """Part of the axis that is shown; the caption must say so."""


@dataclass(frozen=True, slots=True, eq=False)
class HourDayMap(Chart):
    """Hours of the day (rows) over the days of the year (columns)."""

    values: Array
    """Shape (24, days)."""
    axis: Axis
    zone: str
    two_signed: bool
    month_starts: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class RankedBars(Chart):
    """Horizontal bars from the longest down."""

    names: tuple[str, ...]
    layers: tuple[Layer, ...]
    axis: Axis
    full: float | None = None
    """A bound all bars share, such as the hours of the year."""
    value_labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RangeBars(Chart):
    """A central value with low and high per name."""

    names: tuple[str, ...]
    central: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    axis: Axis
    value_labels: tuple[str, ...]
    limits: tuple[tuple[str, float], ...] = ()
    total_from: int | None = None
    """From this row on, totals."""
    adding: bool = False
    """Each part starts where the last ended, up to the total."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a chain of prices: a level (a price at a place) or a change towards the next level."""

    label: str
    value: float
    is_level: bool
    low: float | None = None
    high: float | None = None
    other: float | None = None
    """The same level in another reading, drawn as a hollow diamond."""


@dataclass(frozen=True, slots=True)
class StepRows(Chart):
    """A waterfall of steps from above and, below it on the same axis, dots that `level` must reach."""

    steps: tuple[Step, ...]
    dots: tuple[tuple[str, float], ...]
    level: float
    level_label: str
    dots_title: str
    axis: Axis
    outlets: tuple[tuple[str, float], ...] = ()
    """What other ways leave, as dots below the others."""
    outlets_title: str = ""


@dataclass(frozen=True, slots=True)
class DotRows(Chart):
    """One row per name with one or more dots; dots of the same layer share a mark."""

    names: tuple[str, ...]
    layers: tuple[tuple[Layer, str], ...]
    """(values, mark: filled | hollow)"""
    axis: Axis
    limits: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class YearColumns(Chart):
    """A column per year and a stepped line over it."""

    years: tuple[int, ...]
    columns: Layer
    line: Layer
    axis: Axis


@dataclass(frozen=True, slots=True)
class YearAreas(Chart):
    """Layers stacked over the years."""

    years: tuple[int, ...]
    layers: tuple[Layer, ...]
    axis: Axis


@dataclass(frozen=True, slots=True)
class YearLines(Chart):
    """Lines over the years; NaN-free: a layer may cover fewer years than the axis."""

    years: tuple[tuple[int, ...], ...]
    layers: tuple[Layer, ...]
    axis: Axis
    limits: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Ranges(Chart):
    """A vertical bar from low to high per item in order, grouped by layer colour; limits drawn."""

    low: tuple[float, ...]
    high: tuple[float, ...]
    groups: tuple[str, ...]
    axis: Axis
    order: Axis
    limits: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Tornado(Chart):
    """How far each input moves a result, low and high end, around the central value."""

    names: tuple[str, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    low_labels: tuple[str, ...]
    high_labels: tuple[str, ...]
    central: float
    axis: Axis


@dataclass(frozen=True, slots=True)
class MapLine:
    """A line of the network."""

    path: tuple[tuple[float, float], ...]
    """(longitude, latitude) in degrees."""
    voltage_kv: float
    status: str
    """solid (in service), dashed (being built or planned), dotted (scenario)."""
    fresh: bool = False
    """Drawn in colour: the page is about it."""


@dataclass(frozen=True, slots=True)
class MapLink:
    """A cable; `path` runs in its forward direction. Energies are those received, None where no year was run."""

    name: str
    path: tuple[tuple[float, float], ...]
    to_forward: str
    to_reverse: str
    forward_twh: float | None
    reverse_twh: float | None


@dataclass(frozen=True, slots=True)
class MapArrow:
    """Yearly energy over a border at a place; positive leaves the modelled grid."""

    name: str
    longitude_deg: float
    latitude_deg: float
    toward_longitude_deg: float
    toward_latitude_deg: float
    net_export_twh: float


@dataclass(frozen=True, slots=True)
class MapPlace:
    """A named node; the most important ones are labelled first."""

    name: str
    longitude_deg: float
    latitude_deg: float
    importance: float
    kind: str = "node"
    """node, converter or border."""


@dataclass(frozen=True, slots=True)
class NetworkMap(Chart):
    """The region in Albers equal-area projection, or the cable's surroundings in Lambert conformal (inset)."""

    lines: tuple[MapLine, ...]
    links: tuple[MapLink, ...]
    arrows: tuple[MapArrow, ...]
    places: tuple[MapPlace, ...]
    inset: bool = False
    labels_max: int = 14
    countries: tuple[tuple[str, float, float], ...] = field(default=())
    """(name in capitals, longitude, latitude)"""
