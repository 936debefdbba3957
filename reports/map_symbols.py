"""Marks of a map of its own sheet: lines by voltage and stage, cables, plants by family and size."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from reports import palette
from reports.charts import MapLink
from reports.map_labels import Boxes
from reports.map_values import SheetLine, SheetPlant
from reports.maps import Project, curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes

VOLTAGES: tuple[tuple[float, float, str], ...] = (
    (500.0, 1.5, palette.INK),
    (330.0, 1.2, palette.LIMIT),
    (220.0, 0.8, palette.ACCENT),
    (0.0, 0.6, palette.MUTED),
)
"""From this voltage (kV) on: width in points on A3, and colour."""
STAGES: Mapping[str, tuple[str, Any]] = {
    "existing": ("in service", "solid"),
    "under_construction": ("being built", (0, (5.0, 1.4))),
    "planned": ("planned", (0, (2.4, 1.4))),
    "scenario": ("in this case only", (0, (0.9, 1.3))),
}
"""Status: words of the key, dashes in line widths."""
APART_PT = 1.7
"""Between lines of two voltages on one way."""
PLANT_LEAST_MW = 50.0
"""Plants below this are not drawn."""
AREA_PT2_PER_MW = 0.085


def voltage_style(voltage_kv: float) -> tuple[float, str]:
    """Width (points on A3) and colour of a line."""
    return next((width, colour) for least, width, colour in VOLTAGES if voltage_kv >= least)


def draw_lines(
    axes: Axes, lines: Iterable[SheetLine], project: Project, measure: float, boxes: Boxes
) -> list[tuple[str, float, float]]:
    """Draws the lines; gives the years of the staged ones with their middle (km), for the names to come."""
    ways: dict[tuple[tuple[float, float], ...], list[SheetLine]] = defaultdict(list)
    for line in sorted(lines, key=lambda item: (-item.voltage_kv, item.status, item.path)):
        ways[tuple(sorted(line.path))].append(line)
    years = []
    for way, members in ways.items():
        x, y = project(*np.asarray(way, dtype=float).T)
        along = np.array([x[-1] - x[0], y[-1] - y[0]])
        length = float(np.hypot(*along)) or 1.0
        across = np.array([-along[1], along[0]]) / length / boxes.points_per_km * APART_PT * measure
        for place, line in enumerate(members):
            shift = (place - (len(members) - 1) / 2) * across
            width, colour = voltage_style(line.voltage_kv)
            _, dash = STAGES.get(line.status, STAGES["scenario"])
            axes.plot(
                x + shift[0], y + shift[1], color=colour, linewidth=width * measure, linestyle=dash,
                dash_capstyle="butt", solid_capstyle="round", zorder=3 + line.voltage_kv / 1e4,
            )  # fmt: skip
        steps = max(2, int(length * boxes.points_per_km / 2))
        boxes.rather_not(np.linspace(x[0], x[-1], steps), np.linspace(y[0], y[-1], steps))
        staged = sorted({line.year for line in members if line.status not in ("existing", "scenario")})
        if staged:
            years.append((", ".join(map(str, staged)), float(x.mean()), float(y.mean())))
    return years


def draw_links(axes: Axes, links: Iterable[MapLink], project: Project, measure: float) -> None:
    """Cables: assumed routes, straight between their ends."""
    for link in links:
        x, y = curve(link, project)
        axes.plot(x, y, color=palette.WHITE, linewidth=5.0 * measure, zorder=5, solid_capstyle="round")
        axes.plot(
            x, y, color=palette.ACCENT, linewidth=3.0 * measure, zorder=5.1, linestyle=(0, (3, 0.9)),
            dash_capstyle="butt",
        )  # fmt: skip


def plant_radius_pt(capacity_mw: float, measure: float) -> float:
    """Radius of a plant's circle: area in proportion to capacity."""
    return float(np.sqrt(capacity_mw * AREA_PT2_PER_MW / np.pi)) * measure


def draw_plants(axes: Axes, plants: Sequence[SheetPlant], project: Project, measure: float, boxes: Boxes) -> None:
    """Circles, the large ones below; those not yet in service have a dashed edge."""
    drawn = sorted(
        (plant for plant in plants if plant.capacity_mw >= PLANT_LEAST_MW),
        key=lambda item: (-item.capacity_mw, item.name),
    )
    if not drawn:
        return
    x, y = project(np.array([p.longitude_deg for p in drawn]), np.array([p.latitude_deg for p in drawn]))
    radius = np.array([plant_radius_pt(plant.capacity_mw, measure) for plant in drawn])
    axes.scatter(
        x, y, s=(2 * radius) ** 2, facecolor=[palette.TECHNOLOGY[plant.family] for plant in drawn], zorder=4.5,
        alpha=0.85, edgecolor=palette.INK, linewidth=0.5 * measure,
        linestyle=[(0, (2, 1.2)) if plant.staged else "solid" for plant in drawn],
    )  # fmt: skip
    turn = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    reach = 0.7 * radius[:, None] / boxes.points_per_km
    ring_x, ring_y = x[:, None] + reach * np.cos(turn), y[:, None] + reach * np.sin(turn)
    boxes.rather_not(ring_x.ravel(), ring_y.ravel(), 0.5)
