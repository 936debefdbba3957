"""Bars, dots and ranges in rows: energy by country, findings, costs, funding mixes, tornado."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from reports import palette
from reports.charts import DotRows, RangeBars, Ranges, RankedBars, StackedBars, Tornado
from reports.frames import (
    PT_PER_MM,
    TEXT_PT,
    above,
    apart,
    canvas,
    clipped,
    limit_lines,
    measure,
    panel,
    plain_rows,
    size_pt,
    swatch,
    zero_line,
)
from reports.language import word
from reports.map_labels import text_size_pt

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LETTER_MM = 1.45
"""Mean width of a letter at 8 pt, for the margin that row names need."""


def _names_mm(names: tuple[str, ...]) -> float:
    return 4 + LETTER_MM * max((len(clipped(name)) for name in names), default=0)


def stacked_bars(chart: StackedBars) -> Figure:
    figure = canvas(chart)
    left = _names_mm(chart.names)
    axes = panel(figure, left, 9.5, chart.width_mm - left - 12, chart.height_mm - 13)
    rows = np.arange(len(chart.names))
    positive, negative = np.zeros(len(rows)), np.zeros(len(rows))
    for layer in chart.layers:
        values = np.asarray(layer.values, dtype=float)
        start = np.where(values >= 0, positive, negative)
        axes.barh(rows, values, left=start, height=0.62, color=layer.colour, edgecolor=palette.WHITE, linewidth=0.35)
        positive, negative = positive + np.maximum(values, 0), negative + np.minimum(values, 0)
    reach = max(float(positive.max(initial=0)), max(chart.marks, default=0.0), 1e-9)
    axes.set_xlim(min(0.0, float(negative.min(initial=0)) * 1.03), reach * 1.04)
    for row, mark in zip(rows, chart.marks, strict=False):
        axes.plot([mark, mark], [row - 0.42, row + 0.42], color=palette.INK, linewidth=1.6, solid_capstyle="butt")
    plain_rows(axes, chart.names)
    measure(axes, chart.axis, "x")
    if negative.min(initial=0) < 0:
        zero_line(axes, "x")
    _name_segments(axes, chart)
    return figure


BAR_HALF = 0.31
LABEL_RISE_PT = 3.0
"""Between a bar and the names over it."""


def _name_segments(axes: Axes, chart: StackedBars) -> None:
    """Each layer's name once, over the bar in which it is widest; the mark's name over the first bar."""
    wanted: dict[int, list[tuple[float, str]]] = {row: [] for row in range(len(chart.names))}
    if chart.marks:
        wanted[0].append((chart.marks[0], chart.mark_label))
    for number, layer in enumerate(chart.layers):
        row = int(np.argmax(np.abs(layer.values)))
        same = [each.values[row] for each in chart.layers[:number] if each.values[row] * layer.values[row] >= 0]
        wanted[row].append((sum(same) + layer.values[row] / 2, layer.label))
    for row, labels in wanted.items():
        _names_over(axes, row, sorted(labels))


def _names_over(axes: Axes, row: int, labels: list[tuple[float, str]]) -> None:
    """Names in one line over a bar, moved apart, with a leader where one had to move far."""
    low, high = axes.get_xlim()
    width_pt = size_pt(axes)[0]
    scale = width_pt / (high - low)
    widths = [text_size_pt(text, TEXT_PT)[0] + TEXT_PT * 0.6 for _, text in labels]
    places = apart([(value - low) * scale for value, _ in labels], widths, 0.0, width_pt + 12)
    for (value, text), at in zip(labels, places, strict=True):
        moved = abs(at - (value - low) * scale) > TEXT_PT / 2
        axes.annotate(
            text,
            (value, row - BAR_HALF),
            xytext=(at - (value - low) * scale, LABEL_RISE_PT),
            textcoords="offset points",
            ha="center",
            va="bottom",
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "linewidth": 0.4, "color": palette.MUTED, "shrinkA": 0, "shrinkB": 0}
            if moved
            else None,
        )


def ranked_bars(chart: RankedBars) -> Figure:
    figure = canvas(chart)
    left = _names_mm(chart.names)
    axes = panel(figure, left, 9.5, chart.width_mm - left - 26, chart.height_mm - (20 if len(chart.layers) > 1 else 15))
    rows, start = np.arange(len(chart.names)), np.zeros(len(chart.names))
    for layer in chart.layers:
        values = np.asarray(layer.values, dtype=float)
        axes.barh(rows, values, left=start, height=0.62, color=layer.colour, edgecolor=palette.WHITE, linewidth=0.35)
        start = start + values
    axes.set_xlim(0, chart.full if chart.full is not None else max(float(start.max(initial=0)), 1e-9) * 1.02)
    for row, end, text in zip(rows, start, chart.value_labels, strict=False):
        axes.annotate(text, (end, row), xytext=(3, 0), textcoords="offset points", va="center", annotation_clip=False)
    plain_rows(axes, chart.names)
    measure(axes, chart.axis, "x", ticks=5)
    if len(chart.layers) > 1:
        _names_above(axes, chart)
    return figure


def _names_above(axes: Axes, chart: RankedBars) -> None:
    """The layers' names in one line over the bars, each behind a square of its colour."""
    height, x_pt = size_pt(axes)[1], 3.0
    for layer in chart.layers:
        swatch(axes, x_pt, height + 7, layer.colour)
        axes.annotate(
            layer.label, (0, 1), xycoords="axes fraction", xytext=(x_pt + 6, 7), textcoords="offset points",
            va="center", annotation_clip=False,
        )  # fmt: skip
        x_pt += 18 + LETTER_MM * PT_PER_MM * len(layer.label)


def range_bars(chart: RangeBars) -> Figure:
    figure = canvas(chart)
    left = _names_mm(chart.names)
    top = 17 if chart.limits else 15
    axes = panel(figure, left, 9.5, chart.width_mm - left - 30, chart.height_mm - top)
    rows = np.arange(len(chart.names))
    central, low, high = (np.asarray(v, dtype=float) for v in (chart.central, chart.low, chart.high))
    total = len(rows) if chart.total_from is None else chart.total_from
    colours = [palette.ACCENT if row < total else palette.INK for row in rows]
    starts = np.zeros(len(rows))
    if chart.adding:
        starts[1:total] = np.cumsum(central[: total - 1])
        axes.vlines(starts[1:total], rows[: total - 1], rows[1:total], color=palette.MUTED, linewidth=0.4)
    central, low, high = starts + central, starts + low, starts + high
    axes.barh(rows, central - starts, left=starts, height=0.5, color=colours, edgecolor=palette.WHITE, linewidth=0.35)
    axes.hlines(rows, low, high, color=palette.WARNING_FILL, linewidth=1.4, zorder=4)
    for ends in (low, high):
        axes.plot(ends, rows, "|", color=palette.WARNING_FILL, markersize=6, zorder=4)
    reach = max(float(high.max(initial=0)), float(central.max(initial=0)), *(value for _, value in chart.limits), 1e-9)
    axes.set_xlim(min(0.0, float(low.min(initial=0)) * 1.04), reach * 1.03)
    for row, text in zip(rows, chart.value_labels, strict=True):
        end = max(float(high[row]), float(central[row]))
        axes.annotate(text, (end, row), xytext=(4, 0), textcoords="offset points", va="center", annotation_clip=False)
    plain_rows(axes, chart.names)
    measure(axes, chart.axis, "x", ticks=5)
    limit_lines(axes, chart.limits, "x")
    return figure


def dot_rows(chart: DotRows) -> Figure:
    figure = canvas(chart)
    left = _names_mm(chart.names)
    axes = panel(figure, left, 9.5, chart.width_mm - left - 8, chart.height_mm - 24)
    rows = np.arange(len(chart.names))
    values = [value for layer, _ in chart.layers for value in layer.values] + [value for _, value in chart.limits]
    low, high = min([0.0, *values]), max([*values, 1e-9])
    axes.set_xlim(low, high + 0.06 * (high - low))
    axes.hlines(rows, low, high, color=palette.GRID, linewidth=0.4)
    for layer, mark in chart.layers:
        axes.plot(
            layer.values,
            rows,
            "o",
            markersize=5,
            color=layer.colour,
            markerfacecolor=layer.colour if mark == "filled" else palette.WHITE,
            markeredgewidth=1.0,
            label=layer.label,
            zorder=4,
        )
    plain_rows(axes, chart.names)
    measure(axes, chart.axis, "x")
    limit_lines(axes, chart.limits, "x")
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1.0),
        bbox_transform=axes.transAxes,
        ncols=len(chart.layers),
        frameon=False,
        borderaxespad=1.6,
        handletextpad=0.2,
        columnspacing=1.4,
        fontsize=TEXT_PT,
    )
    return figure


def ranges(chart: Ranges) -> Figure:
    figure = canvas(chart)
    axes = panel(figure, 12, 10, chart.width_mm - 50, chart.height_mm - 18)
    places = np.arange(len(chart.low))
    names = tuple(dict.fromkeys(chart.groups))
    colours = (palette.ACCENT, palette.WARNING_FILL, palette.MUTED, palette.INK)
    for k, name in enumerate(names):
        chosen = np.array([group == name for group in chart.groups])
        low, high = np.asarray(chart.low)[chosen], np.asarray(chart.high)[chosen]
        colour = colours[min(k, len(colours) - 1)]
        axes.vlines(places[chosen], low, high, color=colour, linewidth=1.1)
        axes.plot(places[chosen], low, "_", color=colour, markersize=3)
        axes.plot(places[chosen], high, "_", color=colour, markersize=3, label=clipped(name, 20))
    values = [*chart.low, *chart.high, *(value for _, value in chart.limits)]
    margin = 0.08 * (max(values) - min(values) or 1)
    axes.set_ylim(min(values) - margin, max(values) + margin)
    axes.set_xlim(-1, len(places))
    measure(axes, chart.axis)
    axes.set_xlabel(chart.order.label, labelpad=2)
    limit_lines(axes, chart.limits)
    axes.set_xticks([])
    axes.legend(
        loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize=TEXT_PT, handlelength=1.2, markerscale=2
    )
    return figure


def _ends(chart: Tornado, row: int) -> Iterator[tuple[float, str, bool]]:
    """(value, label, whether it stands right of its end): the smaller end's left, the larger end's right."""
    low, high = chart.low[row], chart.high[row]
    if low == high:
        yield high, word("no effect"), True
        return
    yield low, chart.low_labels[row], low > high
    yield high, chart.high_labels[row], high > low


def tornado(chart: Tornado) -> Figure:
    figure = canvas(chart)
    labels = [label for row in range(len(chart.names)) for label in _ends(chart, row)]
    left_mm, right_mm = (
        3 + LETTER_MM * max((len(text) for _, text, right in labels if right is side), default=0)
        for side in (False, True)
    )
    left = _names_mm(chart.names)
    axes = panel(figure, left + left_mm, 9.5, chart.width_mm - left - left_mm - right_mm - 2, chart.height_mm - 17)
    rows = np.arange(len(chart.names))
    low, high = np.asarray(chart.low, dtype=float), np.asarray(chart.high, dtype=float)
    axes.barh(
        rows, low - chart.central, left=chart.central, height=0.6,
        facecolor=palette.BAND, edgecolor=palette.MUTED, linewidth=0.5, hatch="////",
    )  # fmt: skip
    axes.barh(rows, high - chart.central, left=chart.central, height=0.6, color=palette.ACCENT)
    axes.axvline(chart.central, color=palette.INK, linewidth=0.8)
    ends = np.concatenate((low, high, [chart.central]))
    span = float(ends.max() - ends.min()) or 1.0
    axes.set_xlim(float(ends.min()) - 0.02 * span, float(ends.max()) + 0.02 * span)
    for row in rows:
        for value, text, right in _ends(chart, int(row)):
            axes.annotate(
                text,
                (value, row),
                xytext=(3 if right else -3, 0),
                textcoords="offset points",
                va="center",
                ha="left" if right else "right",
                annotation_clip=False,
            )
    plain_rows(axes, chart.names)
    axes.tick_params(axis="y", pad=left_mm * PT_PER_MM)
    measure(axes, chart.axis, "x")
    above(axes, word("hatched: low end of the input; solid: high end"), color=palette.MUTED)
    return figure
