"""The network on the map: land, lines by voltage and status, cables, border flows, names that never overlap."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from reports import palette
from reports.charts import FULL_MM, Array, MapArrow, MapLink, MapPlace, NetworkMap
from reports.frames import PT_PER_MM, SMALL_PT, canvas, panel
from reports.language import say, word
from reports.map_labels import Boxes
from reports.numbers import show
from reports.projection import Frame, albers, framed, lambert

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Project = Callable[[Any, Any], tuple[Array, Array]]

OUTLINE = Path(__file__).parent / "region.geojson"
MODELLED = frozenset({"Kazakhstan", "Uzbekistan", "Azerbaijan", "Georgia"})
SCALE = 25.6e6
"""Of a map as wide as the text; narrower ones show the same part of the world."""
INSET_SCALE = 8.0e6
ARROW_KM = 120.0
BOTH_WAYS_FRAC = 0.2
"""The smaller direction of a link is written on the map from this share of the larger on."""
FLOOR_TWH = 0.1
"""Border flows below this get no arrow."""
COUNTRIES: tuple[tuple[str, float, float], ...] = (
    ("KAZAKHSTAN", 68.0, 47.6),
    ("UZBEKISTAN", 61.9, 43.2),
    ("AZERBAIJAN", 47.3, 39.2),
    ("GEORGIA", 43.6, 42.9),
    ("RUSSIA", 47.0, 52.5),
    ("TURKMENISTAN", 58.4, 39.3),
    ("IRAN", 53.5, 36.6),
    ("TÜRKIYE", 34.5, 39.2),
    ("ROMANIA", 27.9, 46.2),
    ("UKRAINE", 32.5, 48.8),
    ("KYRGYZSTAN", 75.5, 41.6),
    ("CHINA", 83.5, 44.6),
)
SEAS: tuple[tuple[str, float, float], ...] = (("Black Sea", 34.3, 43.35), ("Caspian Sea", 50.6, 43.7))


@cache
def outline() -> tuple[tuple[str, tuple[Array, ...]], ...]:
    """(country, rings of shape (n, 2)) from the shipped outline."""
    features = json.loads(OUTLINE.read_text("utf-8"))["features"]
    found = []
    for feature in features:
        shape = feature["geometry"]
        polygons = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
        rings = tuple(np.asarray(ring, dtype=float) for polygon in polygons for ring in polygon)
        found.append((str(feature["properties"]["name"]), rings))
    return tuple(found)


def network_map(chart: NetworkMap) -> Figure:
    figure = canvas(chart)
    project: Project = lambert if chart.inset else albers
    centre = project(50.35, 41.55) if chart.inset else project(54.4, 46.0)
    scale = INSET_SCALE if chart.inset else SCALE * FULL_MM / chart.width_mm
    frame = framed((float(centre[0]), float(centre[1])), chart.width_mm, chart.height_mm, scale)
    axes = panel(figure, 0, 0, chart.width_mm, chart.height_mm)
    axes.set_xlim(frame.left_km, frame.right_km)
    axes.set_ylim(frame.bottom_km, frame.top_km)
    axes.set_axis_off()
    land(axes, project, frame)
    _lines(axes, chart, project)
    _links(axes, chart, project)
    largest = max((abs(arrow.net_export_twh) for arrow in chart.arrows), default=0.0)
    boxes = Boxes(axes, frame, chart.width_mm, chart.height_mm)
    for link in chart.links:
        boxes.keep_clear(*curve(link, project))
    _scale_bar(axes, frame, 100 if chart.inset else 500, boxes)
    _link_labels(chart, project, boxes)
    for arrow in chart.arrows:
        _arrow(axes, arrow, largest, project, boxes)
    _places(axes, chart, project, boxes)
    _countries(axes, project, boxes)
    return figure


def land(axes: Axes, project: Project, frame: Frame) -> None:
    """Sea, land and borders inside the frame."""
    from matplotlib.patches import Polygon, Rectangle

    width, height = frame.right_km - frame.left_km, frame.top_km - frame.bottom_km
    axes.add_patch(Rectangle((frame.left_km, frame.bottom_km), width, height, facecolor=palette.SEA, linewidth=0))
    for name, rings in outline():
        for ring in rings:
            x, y = project(ring[:, 0], ring[:, 1])
            if (
                x.max() < frame.left_km
                or x.min() > frame.right_km
                or y.max() < frame.bottom_km
                or y.min() > frame.top_km
            ):
                continue
            fill = palette.LAND if name in MODELLED else palette.NEIGHBOUR_LAND
            axes.add_patch(
                Polygon(
                    _thinned(x, y, DETAIL * width), closed=True, facecolor=fill, edgecolor=palette.BORDER, linewidth=0.5
                )
            )


DETAIL = 1.5e-3
"""Least step of a coast or border, of the map's width: a quarter of a millimetre on a full page."""


def _thinned(x: Array, y: Array, least_km: float) -> Array:
    """Corners of shape (n, 2) that are at least so far from the one kept before."""
    kept = [0]
    for k in range(1, len(x)):
        if abs(x[k] - x[kept[-1]]) + abs(y[k] - y[kept[-1]]) >= least_km:
            kept.append(k)
    return np.column_stack((x[kept], y[kept])).round(1)


def _width(voltage_kv: float) -> float:
    return 1.1 if voltage_kv >= 500 else 0.8 if voltage_kv >= 330 else 0.5


DASHES = {"solid": "solid", "dashed": (0, (4, 1.6)), "dotted": (0, (1, 1.2))}


def _lines(axes: Axes, chart: NetworkMap, project: Project) -> None:
    for line in sorted(chart.lines, key=lambda item: (item.voltage_kv, item.path)):
        x, y = project(*np.asarray(line.path, dtype=float).T)
        axes.plot(
            x, y, color=palette.ACCENT if line.fresh else palette.MUTED, linewidth=_width(line.voltage_kv),
            linestyle=DASHES[line.status], solid_capstyle="round", zorder=3.5 if line.fresh else 3,
        )  # fmt: skip


def curve(link: MapLink, project: Project) -> tuple[Array, Array]:
    """The cable's way in 60 equal steps through its given points."""
    points = np.asarray(link.path, dtype=float)
    x, y = project(points[:, 0], points[:, 1])
    along = np.concatenate(([0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))))
    fine = np.linspace(0, along[-1], 61)
    return np.interp(fine, along, x), np.interp(fine, along, y)


def _links(axes: Axes, chart: NetworkMap, project: Project) -> None:
    for link in chart.links:
        x, y = curve(link, project)
        axes.plot(x, y, color=palette.WHITE, linewidth=4.0, zorder=5, solid_capstyle="round")
        axes.plot(x, y, color=palette.ACCENT, linewidth=2.4, zorder=5.1, linestyle=(0, (3, 0.9)), dash_capstyle="butt")
        ends = np.array([0, -1])
        axes.plot(x[ends], y[ends], "s", markersize=4, color=palette.ACCENT, markeredgecolor=palette.WHITE, zorder=6)


AROUND = ((5.0, 0.0), (-5.0, 0.0), (0.0, 8.0), (0.0, -8.0), (4.0, 7.0), (-4.0, 7.0), (4.0, -7.0), (-4.0, -7.0))


TURNS_DEG = (0, 45, -45, 90, -90, 135, -135)


def _inside(boxes: Boxes, start: Array, away: Array) -> Array:
    """An arrow of `ARROW_KM` in the direction `away`, turned as little as keeps its end on the map."""
    straight = away / (np.hypot(*away) or 1.0) * ARROW_KM
    for turn in np.radians(TURNS_DEG):
        cosine, sine = np.cos(turn), np.sin(turn)
        turned = np.array([cosine * straight[0] - sine * straight[1], sine * straight[0] + cosine * straight[1]])
        if boxes.holds(*(start + turned)):
            return turned
    return straight


def _arrow(axes: Axes, arrow: MapArrow, largest: float, project: Project, boxes: Boxes) -> None:
    if abs(arrow.net_export_twh) < FLOOR_TWH:
        return
    x, y = (float(v) for v in project(arrow.longitude_deg, arrow.latitude_deg))
    far_x, far_y = (float(v) for v in project(arrow.toward_longitude_deg, arrow.toward_latitude_deg))
    border = np.array([x, y])
    reach = _inside(boxes, border, np.array([far_x - x, far_y - y]))
    start, end = border, border + reach
    if arrow.net_export_twh < 0:
        start, end = end, start
    width = (0.6 + 1.6 * abs(arrow.net_export_twh) / largest) * PT_PER_MM / 1.6
    axes.annotate(
        "", xy=tuple(end), xytext=tuple(start), zorder=7,
        arrowprops={
            "arrowstyle": f"simple,tail_width={width / 10:.3f},head_width={width / 10 + 0.45:.3f},head_length=0.5",
            "facecolor": palette.INK, "edgecolor": palette.WHITE, "linewidth": 0.35, "mutation_scale": 10,
            "shrinkA": 0, "shrinkB": 0,
        },
    )  # fmt: skip
    shaft = np.linspace(start, end, 8)
    boxes.keep_clear(shaft[:, 0], shaft[:, 1])
    text = show(abs(arrow.net_export_twh), "energy_twh")
    for share in (1.05, 0.5, 0.0):
        at_x, at_y = border + reach * share
        if boxes.put(text, float(at_x), float(at_y), AROUND, fontsize=SMALL_PT):
            break


def _places(axes: Axes, chart: NetworkMap, project: Project, boxes: Boxes) -> None:
    left = chart.labels_max
    for place, (x, y) in spread_out(chart.places, project):
        mark = {"converter": "s", "border": "D"}.get(place.kind, "o")
        size = {"converter": 4.0, "border": 2.4}.get(place.kind, 1.8)
        colour = palette.ACCENT if place.kind == "converter" else palette.INK
        axes.plot(x, y, mark, markersize=size, color=colour, zorder=6, markeredgewidth=0)
        if left > 0 and place.importance > 0 and boxes.put(place.name, x, y, AROUND, fontsize=SMALL_PT):
            left -= 1


SPREAD_KM = 350.0
"""Two named places this far apart do not compete."""


def spread_out(places: Sequence[MapPlace], project: Project) -> list[tuple[MapPlace, tuple[float, float]]]:
    """Places in the order of naming: the weightier, the farther from those already named, the earlier."""
    points = [tuple(float(v) for v in project(place.longitude_deg, place.latitude_deg)) for place in places]
    away = [SPREAD_KM] * len(places)
    left, order = set(range(len(places))), []
    while left:
        best = max(left, key=lambda k: (places[k].importance * away[k], places[k].name))
        left.remove(best)
        order.append((places[best], (points[best][0], points[best][1])))
        for k in left:
            distance = float(np.hypot(points[k][0] - points[best][0], points[k][1] - points[best][1]))
            away[k] = min(away[k], distance)
    return order


def _told(link: MapLink) -> list[str]:
    """Energies of a link that the map writes: the larger, and the smaller where it is not much less."""
    if link.forward_twh is None or link.reverse_twh is None:
        return []
    both = ((link.forward_twh, link.to_forward), (link.reverse_twh, link.to_reverse))
    least = BOTH_WAYS_FRAC * max(link.forward_twh, link.reverse_twh)
    return [
        say("{energy} to {country}", energy=show(energy, "energy_twh"), country=country)
        for energy, country in both
        if energy >= least
    ]


def _link_labels(chart: NetworkMap, project: Project, boxes: Boxes) -> None:
    around = tuple(
        (side * away, up) for away in (9.0, 16.0, 0.0) for up in (0.0, -9.0, 9.0, 18.0, -18.0, 27.0) for side in (1, -1)
    )
    for link in chart.links:
        x, y = curve(link, project)
        middle = len(x) // 2
        text = link.name + (f": {', '.join(_told(link))}" if _told(link) else "")
        boxes.put(text, float(x[middle]), float(y[middle]), around, fontsize=SMALL_PT, color=palette.ACCENT, weight=600)


def _countries(axes: Axes, project: Project, boxes: Boxes) -> None:
    for name, longitude, latitude in (*COUNTRIES, *SEAS):
        x, y = (float(v) for v in project(longitude, latitude))
        boxes.put(
            word(name), x, y, ((0.0, 0.0), (0.0, 9.0), (0.0, -9.0), (0.0, 18.0)), fontsize=6.5, color=palette.MUTED
        )


SCALE_BAR_PT = 9.0
"""From the map's lower left corner."""


def _scale_bar(axes: Axes, frame: Frame, length_km: float, boxes: Boxes) -> None:
    margin_km = SCALE_BAR_PT / boxes.points_per_km
    x, y = frame.left_km + margin_km, frame.bottom_km + margin_km
    axes.plot([x, x + length_km], [y, y], color=palette.INK, linewidth=0.8, zorder=8)
    boxes.put(show(length_km, "length_km"), x + length_km, y, ((3.0, 0.0),), fontsize=SMALL_PT)
    boxes.keep_clear(np.linspace(x, x + length_km, 20), np.full(20, y))
