"""The key below a map of its own sheet, its notes and sources."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from reports import palette
from reports.frames import PT_PER_MM, panel
from reports.map_symbols import PLANT_LEAST_MW, STAGES, VOLTAGES, plant_radius_pt, voltage_style
from reports.map_values import MapSheet
from reports.numbers import show

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIZES_MW = (100.0, 500.0, 2000.0)
ROW_PT = 9.6


def draw_key(figure: Figure, chart: MapSheet, measure: float, place: tuple[float, float]) -> None:
    """Columns: lines, stages and cables, plants by technology, plants by size, notes. `place`: margin and height."""
    margin_mm, height_mm = place
    width_mm = chart.width_mm - 2 * margin_mm
    axes = panel(figure, margin_mm, margin_mm, width_mm, height_mm)
    axes.set_xlim(0, width_mm * PT_PER_MM / measure)
    axes.set_ylim(0, height_mm * PT_PER_MM / measure)
    axes.set_axis_off()
    top = height_mm * PT_PER_MM / measure - 9
    _lines(axes, chart, top, measure)
    _stages(axes, chart, top, measure)
    _families(axes, chart, top, measure)
    _sizes(axes, top, measure)
    _notes(axes, chart, top, measure)


def _text(axes: Axes, x: float, y: float, text: str, measure: float, *, title: bool = False, colour: str = "") -> None:
    axes.text(
        x, y, text, fontsize=(7.5 if title else 7.0) * measure, weight=600 if title else 400, va="center",
        color=colour or palette.INK,
    )  # fmt: skip


def _lines(axes: Axes, chart: MapSheet, top: float, measure: float) -> None:
    _text(axes, 0, top, "AC lines", measure, title=True)
    present = sorted({line.voltage_kv for line in chart.lines}, reverse=True)
    groups: dict[float, list[float]] = {}
    for voltage in present:
        least = next(least for least, _, _ in VOLTAGES if voltage >= least)
        groups.setdefault(least, []).append(voltage)
    for row, voltages in enumerate(groups.values(), start=1):
        width, colour = voltage_style(voltages[0])
        y = top - ROW_PT * row
        axes.plot([0, 26], [y, y], color=colour, linewidth=width * measure)
        _text(axes, 31, y, "/".join(f"{v:.0f}" for v in sorted(voltages, reverse=True)) + " kV", measure)
    y = top - ROW_PT * (len(groups) + 1)
    axes.plot([13], [y], "o", markersize=2.6 * measure, color="w", markeredgecolor=palette.INK, markeredgewidth=0.6)
    _text(axes, 31, y, "substation", measure)


def _stages(axes: Axes, chart: MapSheet, top: float, measure: float) -> None:
    left = 100
    _text(axes, left, top, "Stage (year of entry beside the line)", measure, title=True)
    known = [status for status in STAGES if any(line.status == status for line in chart.lines)]
    for row, status in enumerate(known, start=1):
        words, dash = STAGES[status]
        y = top - ROW_PT * row
        axes.plot(
            [left, left + 26], [y, y], color=palette.INK, linewidth=1.5 * measure, linestyle=dash, dash_capstyle="butt"
        )
        _text(axes, left + 31, y, words, measure)
    if chart.links:
        y = top - ROW_PT * (len(known) + 1)
        axes.plot(
            [left, left + 26], [y, y], color=palette.ACCENT, linewidth=3 * measure, linestyle=(0, (3, 0.9)),
            dash_capstyle="butt",
        )  # fmt: skip
        axes.plot([left, left + 26], [y, y], "s", markersize=5 * measure, color=palette.ACCENT, markeredgecolor="w")
        _text(axes, left + 31, y, "HVDC cable, assumed route", measure)


def _families(axes: Axes, chart: MapSheet, top: float, measure: float) -> None:
    left = 262
    _text(axes, left, top, "Plants", measure, title=True)
    present = [family for family in palette.TECHNOLOGY if any(plant.family == family for plant in chart.plants)]
    rows = 4
    for number, family in enumerate(present):
        x, y = left + 62 * (number // rows), top - ROW_PT * (1 + number % rows)
        axes.scatter(
            [x + 5],
            [y],
            s=(7 * measure) ** 2,
            facecolor=palette.TECHNOLOGY[family],
            edgecolor=palette.INK,
            linewidth=0.5,
        )
        _text(axes, x + 13, y, "battery" if family == "storage" else family, measure)


def _sizes(axes: Axes, top: float, measure: float) -> None:
    left = 400
    _text(axes, left, top, "Capacity (area of the circle)", measure, title=True)
    x, y = float(left), top - ROW_PT * 2.2
    for size in SIZES_MW:
        radius = plant_radius_pt(size, 1.0)
        axes.scatter(
            [x + radius], [y], s=(2 * radius * measure) ** 2, facecolor="w", edgecolor=palette.INK, linewidth=0.5
        )
        _text(axes, x + 2 * radius + 4, y, show(size, "power_mw"), measure)
        x += 2 * radius + 46
    _text(
        axes,
        left,
        top - ROW_PT * 4,
        f"dashed edge: not yet in service; below {PLANT_LEAST_MW:.0f} MW: not drawn",
        measure,
    )


def _notes(axes: Axes, chart: MapSheet, top: float, measure: float) -> None:
    left = 610
    for row, note in enumerate(_wrapped(chart.notes)):
        _text(axes, left, top - ROW_PT * 0.92 * row, note, measure, colour=palette.MUTED)


def _wrapped(notes: Sequence[str], letters: int = 118) -> list[str]:
    return [line for note in notes for line in textwrap.wrap(note, letters)]
