"""The figures of a sweep drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports import palette
from reports.frames import SMALL_PT, canvas, label_ends, measure, panel, zero_line
from reports.sweep_charts import SizeCurves

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LABELS_MM = 44.0


def size_curves(chart: SizeCurves) -> Figure:
    figure = canvas(chart)
    axes = panel(figure, 12, 10, chart.width_mm - 12 - LABELS_MM, chart.height_mm - 20)
    values = [*chart.line, *(value for _, value in chart.dots), *(value for *_, value in chart.steps), 0.0]
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    right = max([*chart.sizes, *(end for _, end, _ in chart.steps)])
    left = min([*chart.sizes, *(start for start, *_ in chart.steps)])
    axes.set_xlim(left - 0.02 * (right - left), right + 0.02 * (right - left))
    axes.set_ylim(low - 0.04 * span if low < 0 else 0.0, high + 0.08 * span)
    if chart.band is not None:
        axes.axvspan(*chart.band, color=palette.BAND, linewidth=0, zorder=0)
    labels = []
    if chart.line:
        axes.plot(chart.sizes, chart.line, color=palette.ACCENT, marker="o", markersize=2.5)
        labels.append((chart.line_label, chart.line[-1], palette.ACCENT))
    if chart.dots:
        places, heights = zip(*chart.dots, strict=True)
        axes.plot(places, heights, "D", markersize=4, markerfacecolor=palette.WHITE, markeredgecolor=palette.INK)
        labels.append((chart.dots_label, heights[-1], palette.INK))
    for start, end, value in chart.steps:
        axes.plot([start, end], [value, value], color=palette.LIMIT, linewidth=1.2, dashes=(4, 2))
    if chart.steps:
        labels.append((chart.steps_label, chart.steps[-1][2], palette.LIMIT))
    if chart.best is not None:
        axes.axvline(chart.best, color=palette.INK, linewidth=0.8, dashes=(2, 2))
        axes.annotate(
            chart.best_label, (chart.best, 1), xycoords=("data", "axes fraction"), xytext=(3, -3),
            textcoords="offset points", ha="left", va="top", fontsize=SMALL_PT,
        )  # fmt: skip
    measure(axes, chart.axis)
    measure(axes, chart.across, "x", ticks=8)
    zero_line(axes)
    label_ends(axes, labels)
    return figure
