"""Months, hours and sizes drawn: small panels on one scale, stacked months, ranked dots, steps of cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reports import palette
from reports.charts import Axis
from reports.frames import (
    SMALL_PT,
    above,
    canvas,
    clipped,
    label_ends,
    measure,
    panel,
    plain_rows,
    tick_text,
)
from reports.panel_charts import MONTHS_IN_YEAR, CostSteps, MonthColumns, MonthHourMaps, RankedDots

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LABELS_MM = 28.0
LETTER_MM = 1.45
DECADES = 100.0
"""From this ratio of largest to smallest on, a logarithmic axis shows more."""
LEAST_DOT_PT, MOST_DOT_PT = 4.0, 11.0


def month_hour_maps(chart: MonthHourMaps) -> Figure:
    from matplotlib.colors import Normalize

    figure = canvas(chart)
    columns = max(len(panels) for _, panels in chart.rows)
    width = (chart.width_mm - 22 - 18) / columns
    height = (chart.height_mm - 8) / len(chart.rows)
    norm = Normalize(0.0, chart.full)
    for row, (name, panels) in enumerate(chart.rows):
        bottom = chart.height_mm - (row + 1) * height - 2
        for column, each in enumerate(panels):
            axes = panel(figure, 22 + column * width, bottom, width - 4, height - 10)
            image = axes.imshow(
                each.values, aspect="auto", origin="upper", cmap=palette.SEQUENTIAL, norm=norm,
                interpolation="nearest", extent=(0, MONTHS_IN_YEAR, 24, 0),
            )  # fmt: skip
            above(axes, each.title, weight=600)
            _clock(axes, named=column == 0, label=chart.hour_label)
            _month_ticks(axes, chart.month_names, every=3)
        figure.text(2 / chart.width_mm, (bottom + (height - 10) / 2) / chart.height_mm, name, va="center", weight=600)
    scale = panel(figure, chart.width_mm - 15, 12, 3.5, chart.height_mm - 26)
    bar = figure.colorbar(image, cax=scale)
    bar.outline.set_visible(False)
    measure(scale, Axis("", ""), ticks=6)
    scale.set_title(chart.axis.label, loc="right", fontsize=SMALL_PT, pad=4)
    scale.grid(False)
    return figure


def _clock(axes: Axes, *, named: bool, label: str) -> None:
    axes.set_yticks([0, 6, 12, 18, 24], ["0", "6", "12", "18", "24"] if named else [""] * 5)
    if named:
        axes.set_ylabel(label, labelpad=2, fontsize=SMALL_PT)


def _month_ticks(axes: Axes, names: tuple[str, ...], every: int = 1) -> None:
    """Names in the middle of their months."""
    shown = range(0, MONTHS_IN_YEAR, every)
    axes.set_xticks([month + 0.5 for month in shown], [names[month] for month in shown])
    axes.tick_params(axis="x", length=0)


def month_columns(chart: MonthColumns) -> Figure:
    figure = canvas(chart)
    axes = panel(figure, 12, 8, chart.width_mm - 12 - LABELS_MM, chart.height_mm - 16)
    base = np.zeros(MONTHS_IN_YEAR)
    months = np.arange(MONTHS_IN_YEAR) + 0.5
    labels = []
    for layer in chart.layers:
        values = np.asarray(layer.values)
        axes.bar(months, values, 0.72, bottom=base, color=layer.colour, edgecolor=palette.WHITE, linewidth=0.35)
        labels.append((layer.label, float(base[-1] + values[-1] / 2), palette.INK))
        base = base + values
    axes.set_xlim(0, MONTHS_IN_YEAR)
    axes.set_ylim(0, float(base.max()) * 1.06 or 1.0)
    _month_ticks(axes, chart.month_names)
    measure(axes, chart.axis, ticks=5)
    label_ends(axes, labels, [layer.colour for layer in chart.layers])
    return figure


def ranked_dots(chart: RankedDots) -> Figure:
    figure = canvas(chart)
    left = 4 + LETTER_MM * max(len(clipped(name)) for name in chart.names)
    right = 6 + LETTER_MM * max(len(label) for label in chart.value_labels)
    axes = panel(figure, left, 9.5, chart.width_mm - left - right, chart.height_mm - 11)
    rows, values = np.arange(len(chart.names)), np.asarray(chart.values)
    positive = values[values > 0]
    logarithmic = positive.size > 0 and float(positive.max()) > DECADES * float(positive.min())
    start = float(positive.min()) / 2 if logarithmic else 0.0
    shown = np.maximum(values, start)
    axes.hlines(rows, start, shown, color=palette.GRID, linewidth=0.8)
    for row, value, size in zip(rows, shown, chart.sizes, strict=True):
        wide = LEAST_DOT_PT + (MOST_DOT_PT - LEAST_DOT_PT) * float(np.sqrt(min(max(size, 0.0), 1.0)))
        axes.plot([value], [row], "o", markersize=wide, color=palette.ACCENT, clip_on=False)
        axes.annotate(
            chart.value_labels[int(row)], (value, row), xytext=(wide / 2 + 3, 0), textcoords="offset points",
            va="center", annotation_clip=False,
        )  # fmt: skip
    if logarithmic:
        axes.set_xscale("log")
    axes.set_xlim(start, float(shown.max()) * (1.3 if logarithmic else 1.05) or 1.0)
    plain_rows(axes, chart.names)
    if logarithmic:
        axes.xaxis.set_major_formatter(lambda value, _position: tick_text(value))
        axes.minorticks_off()
        axes.grid(True, axis="x")
        axes.set_xlabel(chart.axis.label, labelpad=2)
    else:
        measure(axes, chart.axis, "x")
    return figure


def cost_steps(chart: CostSteps) -> Figure:
    figure = canvas(chart)
    axes = panel(figure, 14, 10, chart.width_mm - 14 - 16, chart.height_mm - 18)
    edges = np.concatenate(([0.0], np.asarray(chart.sizes)))
    for low, high, start, end in zip(chart.low, chart.high, edges[:-1], edges[1:], strict=True):
        axes.fill_between([start, end], low, high, color=palette.BAND, linewidth=0)
    axes.stairs(chart.central, edges, baseline=None, color=palette.ACCENT, linewidth=1.6)
    for start, end, value, text in zip(edges[:-1], edges[1:], chart.central, chart.value_labels, strict=True):
        axes.annotate(text, ((start + end) / 2, value), xytext=(0, 3), textcoords="offset points", ha="center")
    if chart.chosen is not None:
        axes.axvline(chart.chosen, color=palette.INK, linewidth=0.8, dashes=(2, 2))
    axes.set_xlim(0, float(edges[-1]))
    axes.set_ylim(0, max(chart.high) * 1.12 or 1.0)
    axes.set_xticks(list(chart.sizes), [tick_text(size) for size in chart.sizes])
    measure(axes, chart.axis)
    axes.set_xlabel(chart.size_axis.label, labelpad=2)
    return figure
