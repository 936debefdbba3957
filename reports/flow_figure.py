"""A method drawn: boxes with a title and a line below it, arrows between them."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from reports import palette
from reports.frames import PT_PER_MM, SMALL_PT, TEXT_PT, canvas, panel
from reports.panel_charts import FlowBox, FlowChart

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LETTER_MM = 1.25
"""Mean width of a letter at 7 pt."""
GAP_MM = 7.0
BOX_MM = 17.0


def flow_chart(chart: FlowChart) -> Figure:
    figure = canvas(chart)
    axes = panel(figure, 0, 0, chart.width_mm, chart.height_mm)
    axes.set_xlim(0, chart.width_mm)
    axes.set_ylim(chart.height_mm, 0)
    axes.set_axis_off()
    rows = 1 + max(box.row for box in chart.boxes)
    wide = (chart.width_mm - 2 - GAP_MM * (chart.columns - 1)) / chart.columns
    step = (chart.height_mm - BOX_MM - 2) / max(1, rows - 1)
    corners = [(1 + box.column * (wide + GAP_MM), 1 + box.row * step) for box in chart.boxes]
    for start, end in chart.arrows:
        _arrow(axes, corners[start], corners[end], wide)
    for box, corner in zip(chart.boxes, corners, strict=True):
        _box(axes, box, corner, wide)
    return figure


def _box(axes: Axes, box: FlowBox, corner_mm: tuple[float, float], wide_mm: float) -> None:
    from matplotlib.patches import Rectangle

    left, top = corner_mm
    axes.add_patch(
        Rectangle((left, top), wide_mm, BOX_MM, facecolor=palette.BAND, edgecolor=palette.MUTED, linewidth=0.5)
    )
    axes.text(left + 1.5, top + 1.3, box.title, fontsize=TEXT_PT, weight=600, va="top")
    lines = wrap(box.detail, int((wide_mm - 3) / LETTER_MM))
    for number, line in enumerate(lines[:3]):
        y = top + 1.3 + (TEXT_PT * 1.35 + number * SMALL_PT * 1.2) / PT_PER_MM
        axes.text(left + 1.5, y, line, fontsize=SMALL_PT, va="top", color=palette.INK)


def _arrow(axes: Axes, start_mm: tuple[float, float], end_mm: tuple[float, float], wide_mm: float) -> None:
    """Sideways within a row, downwards to a later one."""
    if start_mm[1] == end_mm[1]:
        near, far = (wide_mm, 0.0) if start_mm[0] < end_mm[0] else (0.0, wide_mm)
        tail, head = (start_mm[0] + near, start_mm[1] + BOX_MM / 2), (end_mm[0] + far, end_mm[1] + BOX_MM / 2)
    else:
        tail = (start_mm[0] + wide_mm / 2, start_mm[1] + BOX_MM)
        head = (end_mm[0] + wide_mm / 2, end_mm[1])
    axes.annotate(
        "", head, xytext=tail,
        arrowprops={"arrowstyle": "-|>", "linewidth": 0.8, "color": palette.ACCENT, "shrinkA": 0, "shrinkB": 0},
    )  # fmt: skip
