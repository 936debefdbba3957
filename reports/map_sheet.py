"""The network on a sheet of its own: main map, insets, key, sources; as PDF with letters as letters, or as PNG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from reports import palette
from reports.charts import Array, MapPlace
from reports.frames import PT_PER_MM, canvas, panel
from reports.map_key import draw_key
from reports.map_labels import Boxes
from reports.map_symbols import draw_lines, draw_links, draw_plants
from reports.map_values import MapSheet, Window
from reports.maps import COUNTRIES, SEAS, Project, curve, land, spread_out
from reports.numbers import JOIN, THOUSANDS
from reports.projection import REGION, Frame, albers

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MARGIN_MM, TITLE_MM, KEY_MM = 8.0, 13.0, 24.0
"""On A3; other papers in proportion."""
A3_WIDTH_MM = 420.0
EDGE_KM = 60.0
"""Land shown beyond the outermost place."""
GRID_DEG = 5
MORE_COUNTRIES = (
    ("ARMENIA", 44.8, 40.3), ("TAJIKISTAN", 71.2, 38.7), ("AFGHANISTAN", 66.0, 36.3), ("BULGARIA", 25.5, 42.7),
)  # fmt: skip
"""Named here beside those of the report's small maps."""
PNG_DPI = 200
CROSSING_MAX = 14.0
"""A name that would cover more of the lines than this stays out."""


@dataclass(frozen=True)
class Part:
    """One map on the sheet: its axes, what it frames and where letters may stand."""

    axes: Axes
    frame: Frame
    boxes: Boxes
    project: Project
    corner_mm: tuple[float, float]
    size_mm: tuple[float, float]

    @property
    def scale(self) -> float:
        """1 to this."""
        return (self.frame.right_km - self.frame.left_km) / self.size_mm[0] * 1e6


def map_sheet(chart: MapSheet) -> Figure:
    """The figure, at print size."""
    figure = canvas(chart)
    measure = chart.width_mm / A3_WIDTH_MM
    size_mm = chart.width_mm - 2 * MARGIN_MM * measure, chart.height_mm - (2 * MARGIN_MM + TITLE_MM + KEY_MM) * measure
    corner_mm = MARGIN_MM * measure, (MARGIN_MM + KEY_MM) * measure
    frame = whole_frame(chart.places, size_mm)
    main = _part(figure, frame, corner_mm, size_mm)
    insets = [_inset(figure, window, corner_mm, size_mm) for window in chart.windows]
    for window, inset in zip(chart.windows, insets, strict=True):
        _cover(main, inset)
        _inset_title(inset, window.title, measure)
        _fill(chart, inset, measure)
    _outline_windows(main, insets, chart.windows, measure)
    named = [inset.frame for window, inset in zip(chart.windows, insets, strict=True) if not window.apart]
    _fill(chart, main, measure, named)
    _heading(figure, chart, measure)
    draw_key(figure, chart, measure, (MARGIN_MM * measure, KEY_MM * measure))
    return figure


def pdf(chart: MapSheet) -> bytes:
    """The sheet as PDF; the same chart gives the same bytes."""
    return _saved(chart, "pdf")


def png(chart: MapSheet) -> bytes:
    """The sheet as an image of 200 dots per inch."""
    return _saved(chart, "png")


def _saved(chart: MapSheet, form: str) -> bytes:
    import matplotlib

    from reports.figures import style

    target = BytesIO()
    about = {"Title": chart.title, "Subject": chart.alt, "Creator": "greengrid", "Producer": None, "CreationDate": None}
    with style(), matplotlib.rc_context({"pdf.fonttype": 42}):
        figure = map_sheet(chart)
        if form == "pdf":
            figure.savefig(target, format="pdf", metadata=about)
        else:
            figure.savefig(target, format="png", dpi=PNG_DPI, metadata={"Title": chart.title, "Software": None})
    return target.getvalue()


def whole_frame(places: Sequence[MapPlace], size_mm: tuple[float, float]) -> Frame:
    """The window that holds all places that count (importance above 0), at a scale of whole or half millions."""
    chosen = [place for place in places if place.importance > 0] or list(places)
    x, y = albers(
        np.array([place.longitude_deg for place in chosen]), np.array([place.latitude_deg for place in chosen])
    )
    wide, high = float(np.ptp(x)) + 2 * EDGE_KM, float(np.ptp(y)) + 2 * EDGE_KM
    scale = float(np.ceil(max(wide / size_mm[0], high / size_mm[1]) * 2) / 2)
    centre_x, centre_y = float(x.min() + x.max()) / 2, float(y.min() + y.max()) / 2
    half_x, half_y = size_mm[0] * scale / 2, size_mm[1] * scale / 2
    return Frame(centre_x - half_x, centre_x + half_x, centre_y - half_y, centre_y + half_y)


def _part(
    figure: Figure,
    frame: Frame,
    corner_mm: tuple[float, float],
    size_mm: tuple[float, float],
    project: Project = albers,
) -> Part:
    axes = panel(figure, *corner_mm, *size_mm)
    axes.set_xlim(frame.left_km, frame.right_km)
    axes.set_ylim(frame.bottom_km, frame.top_km)
    axes.set_xticks([])
    axes.set_yticks([])
    for side in axes.spines.values():
        side.set_visible(True)
        side.set_linewidth(0.6)
        side.set_color(palette.MUTED)
        side.set_zorder(20)
    return Part(axes, frame, Boxes(axes, frame, *size_mm, corner_mm), project, corner_mm, size_mm)


def _inset(figure: Figure, window: Window, corner_mm: tuple[float, float], size_mm: tuple[float, float]) -> Part:
    corner = corner_mm[0] + window.left_frac * size_mm[0], corner_mm[1] + window.bottom_frac * size_mm[1]
    size = window.width_frac * size_mm[0], window.height_frac * size_mm[1]
    project: Project = partial(albers, cone=replace(REGION, origin_longitude_deg=window.longitude_deg))
    project = project if window.apart else albers
    x, y = (float(v) for v in project(np.array(window.longitude_deg), np.array(window.latitude_deg)))
    half_x = window.width_km / 2
    half_y = half_x * size[1] / size[0]
    part = _part(figure, Frame(x - half_x, x + half_x, y - half_y, y + half_y), corner, size, project)
    part.axes.set_zorder(5)
    return part


def _cover(main: Part, inset: Part) -> None:
    """No letters of the main map under an inset."""
    left, bottom = ((inset.corner_mm[k] - main.corner_mm[k]) * PT_PER_MM for k in (0, 1))
    width, height = (side * PT_PER_MM for side in inset.size_mm)
    main.boxes.taken.append((left - 3, bottom - 3, left + width + 3, bottom + height + 3))


def _outline_windows(main: Part, insets: Sequence[Part], windows: Sequence[Window], measure: float) -> None:
    """Where an inset's window lies on the main map, with its letter."""
    from matplotlib.patches import Rectangle

    for inset, window in zip(insets, windows, strict=True):
        frame = inset.frame
        if window.apart:
            continue
        width, height = frame.right_km - frame.left_km, frame.top_km - frame.bottom_km
        along, ones = np.linspace(0, 1, 80), np.ones(80)
        for across in (0, 1):
            main.boxes.rather_not(frame.left_km + width * along, frame.bottom_km + height * across * ones)
            main.boxes.rather_not(frame.left_km + width * across * ones, frame.bottom_km + height * along)
        main.axes.add_patch(
            Rectangle(
                (frame.left_km, frame.bottom_km), width, height, fill=False, edgecolor=palette.MUTED,
                linewidth=0.7, zorder=8,
            )
        )  # fmt: skip
        main.boxes.put(
            window.title.partition(" ")[0], frame.right_km, frame.top_km, ((-3.0, -7.0), (3.0, -4.0)),
            fontsize=10 * measure, weight=600,
        )  # fmt: skip


def _fill(chart: MapSheet, part: Part, measure: float, left_out: Sequence[Frame] = ()) -> None:
    """Draws everything a map holds; places inside the frames of `left_out` are named there."""
    axes, boxes, project = part.axes, part.boxes, part.project
    land(axes, project, part.frame)
    _graticule(part, measure)
    years = draw_lines(axes, chart.lines, project, measure, boxes)
    draw_links(axes, chart.links, project, measure)
    for link in chart.links:
        boxes.keep_clear(*curve(link, project))
    draw_plants(axes, chart.plants, project, measure, boxes)
    _scale_bar(part, measure)
    _link_names(chart, part, measure)
    _names(chart, part, measure, left_out)
    for text, x, y in years:
        if not _held(x, y, left_out):
            style = {"fontsize": 6.0 * measure, "color": palette.MUTED}
            boxes.put(text, x, y, ((0.0, 0.0), (5.0, 0.0), (-5.0, 0.0)), crossing_max=CROSSING_MAX, **style)
    _countries(part, measure, large=not left_out)


def _held(x: float, y: float, frames: Sequence[Frame]) -> bool:
    return any(f.left_km < x < f.right_km and f.bottom_km < y < f.top_km for f in frames)


def _graticule(part: Part, measure: float) -> None:
    """Meridians and parallels."""
    along = np.linspace(0, 1, 60)
    for degree in range(0, 121, GRID_DEG):
        lines = [(np.full(60, float(degree)), 30 + 30 * along)]
        if 30 <= degree <= 60:
            lines.append((20 + 75 * along, np.full(60, float(degree))))
        for longitude, latitude in lines:
            x, y = part.project(longitude, latitude)
            part.axes.plot(x, y, color=palette.BORDER, linewidth=0.25 * measure, zorder=1.5)
    part.axes.set_xlim(part.frame.left_km, part.frame.right_km)
    part.axes.set_ylim(part.frame.bottom_km, part.frame.top_km)


def _around(radius_pt: float) -> tuple[tuple[float, float], ...]:
    """Eight places round a mark, then eight a little farther."""
    found = []
    for gap in (2.0, 6.0):
        side, up = radius_pt + gap, radius_pt + gap + 2.5
        found += [
            (side, 0.0), (-side, 0.0), (side * 0.7, up * 0.8), (-side * 0.7, up * 0.8), (side * 0.7, -up * 0.8),
            (-side * 0.7, -up * 0.8), (0.0, up), (0.0, -up),
        ]  # fmt: skip
    return tuple(found)


def _names(chart: MapSheet, part: Part, measure: float, left_out: Sequence[Frame]) -> None:
    """Marks and names of the substations, the weightier first."""
    for place, (x, y) in spread_out(chart.places, part.project):
        if place.kind == "converter":
            side = 5.0 * measure
            part.axes.plot(x, y, "s", markersize=side, color=palette.ACCENT, markeredgecolor="w", zorder=7)
        else:
            part.axes.plot(
                x, y, "o", markersize=2.6 * measure, color=palette.WHITE, markeredgecolor=palette.INK,
                markeredgewidth=0.6 * measure, zorder=6.8,
            )  # fmt: skip
        if _held(x, y, left_out) or not _held(x, y, [part.frame]) or (place.importance <= 0 and left_out):
            continue
        strong = place.kind == "converter"
        size = (7.0 if strong or place.importance >= 3 else 6.2) * max(measure, 0.85)
        part.boxes.put(
            place.name, x, y, _around(1.5 * measure), fontsize=size, crossing_max=CROSSING_MAX * 3,
            weight=600 if strong else 400, color=palette.ACCENT if strong else palette.INK,
        )  # fmt: skip


def _link_names(chart: MapSheet, part: Part, measure: float) -> None:
    offsets = tuple((side * away, up) for away in (8.0, 0.0, 14.0) for up in (0.0, 9.0, -9.0, 16.0) for side in (1, -1))
    for link in chart.links:
        x, y = curve(link, part.project)
        for share in (0.5, 0.35, 0.65):
            at = int(share * (len(x) - 1))
            if not _held(float(x[at]), float(y[at]), [part.frame]):
                continue
            style = {"fontsize": 8 * max(measure, 0.8), "color": palette.ACCENT, "weight": 600}
            if part.boxes.put(link.name, float(x[at]), float(y[at]), offsets, **style):
                break


def _countries(part: Part, measure: float, *, large: bool) -> None:
    size = 8.0 * measure if large else 9.0 * measure
    near = tuple((right, up) for up in (0.0, 12.0, -12.0, 24.0, -24.0) for right in (0.0, 20.0, -20.0))
    for name, longitude, latitude in (*COUNTRIES, *MORE_COUNTRIES, *SEAS):
        x, y = (float(v) for v in part.project(np.array(longitude), np.array(latitude)))
        if _held(x, y, [part.frame]):
            part.boxes.put(name, x, y, near, fontsize=size, color=palette.MUTED, crossing_max=CROSSING_MAX)


def _scale_bar(part: Part, measure: float) -> None:
    """A length of whole hundreds or fifties of kilometres, and the scale as a ratio, in the lower left corner."""
    lengths: Array = np.array([10, 20, 50, 100, 200, 500, 1000])
    per_km = part.boxes.points_per_km
    length = float(lengths[np.argmin(np.abs(lengths * per_km - 80 * measure))])
    x, y = part.frame.left_km + 8 * measure / per_km, part.frame.bottom_km + 8 * measure / per_km
    part.axes.plot([x, x + length], [y, y], color=palette.INK, linewidth=1.0 * measure, zorder=9)
    for end in (x, x + length):
        tick = 2 * measure / per_km
        part.axes.plot([end, end], [y - tick, y + tick], color=palette.INK, linewidth=0.8 * measure, zorder=9)
    part.boxes.keep_clear(np.linspace(x, x + length, 20), np.full(20, y))
    ratio = f"{length:.0f}{JOIN}km, 1:{part.scale / 1e6:.3g}{THOUSANDS}million"
    part.boxes.put(ratio, x + length, y, ((4.0, 0.0), (0.0, 8.0)), fontsize=6.5 * max(measure, 0.85))


def _inset_title(part: Part, title: str, measure: float) -> None:
    size = 8 * max(measure, 0.8)
    corner = part.frame.left_km, part.frame.top_km
    part.boxes.put(title, *corner, ((4.0, -4.0 - 0.6 * size),), fontsize=size, weight=600)


def _heading(figure: Figure, chart: MapSheet, measure: float) -> None:
    left = MARGIN_MM * measure / chart.width_mm
    top = 1 - MARGIN_MM * measure / chart.height_mm
    figure.text(left, top, chart.title, fontsize=17 * measure, weight=600, va="top")
    down = 8.2 * measure / chart.height_mm
    figure.text(left, top - down, chart.subtitle, fontsize=9 * max(measure, 0.8), va="top", color=palette.MUTED)
