"""Hours drawn: a week's dispatch, duration curves, hour x day maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reports import palette
from reports.charts import Axis, DispatchWeeks, DurationCurve, HourDayMap, WeekPanel
from reports.frames import above, canvas, label_ends, limit_lines, measure, panel, zero_line
from reports.language import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LABELS_MM = 28.0
YEARS_H = (8760, 8784)


def dispatch_weeks(chart: DispatchWeeks) -> Figure:
    figure = canvas(chart)
    height = chart.height_mm / len(chart.panels)
    width = chart.width_mm - 10 - LABELS_MM
    for number, week in enumerate(chart.panels):
        bottom = chart.height_mm - (number + 1) * height
        below = 25 if week.strip else 7
        stack = panel(figure, 10, bottom + below, width, height - below - 11)
        _stack(stack, week, chart.axis)
        if week.strip and chart.strip_axis is not None:
            _strip(panel(figure, 10, bottom + 7, width, 12), week, chart, chart.strip_axis)
    return figure


def _stack(axes: Axes, week: WeekPanel, axis: Axis) -> None:
    hours = len(week.line.values)
    time = np.arange(hours)
    base = np.zeros(hours)
    labels: list[tuple[str, float, str]] = []
    for layer in week.layers:
        top = base + np.asarray(layer.values)
        axes.fill_between(time, base, top, step="post", facecolor=layer.colour, edgecolor=palette.WHITE, linewidth=0.35)
        labels.append((layer.label, float((base[-12:].mean() + top[-12:].mean()) / 2), palette.INK))
        base = top
    line = np.asarray(week.line.values)
    axes.step(time, line, where="post", color=palette.INK, linewidth=1.2)
    axes.set_xlim(0, hours - 1)
    axes.set_ylim(0, max(float(base.max()), float(line.max())) * 1.04)
    _days(axes, week, named=not week.strip)
    measure(axes, axis, ticks=5)
    above(axes, week.title, x=1, ha="right", weight=600)
    label_ends(axes, labels, [layer.colour for layer in week.layers])


def _strip(axes: Axes, week: WeekPanel, chart: DispatchWeeks, axis: Axis) -> None:
    hours = len(week.line.values)
    time = np.arange(hours)
    labels = []
    for layer in week.strip:
        values = np.asarray(layer.values)
        axes.step(time, values, where="post", color=layer.colour, linewidth=1.2)
        labels.append((layer.label, float(values[-12:].mean()), layer.colour))
    reach = max([chart.strip_limit, *(abs(value) for layer in week.strip for value in layer.values)])
    axes.set_ylim(-1.1 * reach, 1.1 * reach)
    axes.set_xlim(0, hours - 1)
    zero_line(axes)
    for side in (-chart.strip_limit, chart.strip_limit):
        axes.axhline(side, color=palette.LIMIT, linewidth=0.9, dashes=(4, 2))
    _days(axes, week, named=True)
    measure(axes, axis, ticks=4)
    label_ends(axes, labels)


def _days(axes: Axes, week: WeekPanel, *, named: bool) -> None:
    """A tick at each midnight; the day's name stands between."""
    days = np.arange(0, len(week.line.values) + 1, 24)
    axes.set_xticks(days, [""] * len(days))
    if named:
        axes.set_xticks(days[: len(week.day_labels)] + 12, list(week.day_labels), minor=True)
        axes.tick_params(axis="x", which="minor", length=0)


FILL_POINTS = 1500
"""More corners of a filled area than print can show are weight alone."""


def duration_curve(chart: DurationCurve) -> Figure:
    figure = canvas(chart)
    axes = panel(figure, 12, 10, chart.width_mm - 12 - LABELS_MM, chart.height_mm - 18)
    curves = [np.sort(np.asarray(layer.values))[::-1] for layer in chart.layers]
    time = np.arange(len(curves[0]))
    if chart.shaded and len(curves) > 1:
        some = np.unique(np.linspace(0, len(time) - 1, FILL_POINTS).astype(int))
        axes.fill_between(time[some], curves[0][some], curves[1][some], color=palette.BAND, linewidth=0)
    labels = []
    for layer, curve in zip(chart.layers, curves, strict=True):
        axes.plot(time, curve, color=layer.colour)
        labels.append((layer.label, float(curve[-1]), layer.colour if _readable(layer.colour) else palette.INK))
    values = np.concatenate([*curves, [value for _, value in chart.limits]])
    low, high = (float(values.min()), float(values.max())) if chart.clip is None else chart.clip
    margin = 0.06 * (high - low or 1)
    axes.set_ylim(min(low - margin, 0) if low >= 0 else low - margin, high + margin)
    axes.set_xlim(0, len(time))
    measure(axes, chart.axis)
    whole = len(time) in YEARS_H
    measure(axes, Axis("Hours of the year, sorted" if whole else "Hours that were run, sorted", "h"), "x")
    if low < 0:
        zero_line(axes)
    limit_lines(axes, chart.limits)
    label_ends(axes, labels)
    return figure


def _readable(colour: str) -> bool:
    return colour in {palette.INK, palette.MUTED, palette.ACCENT, palette.LIMIT, palette.VIOLATION}


def hour_day_map(chart: HourDayMap) -> Figure:
    from matplotlib.colors import Colormap, LinearSegmentedColormap, Normalize, TwoSlopeNorm

    figure = canvas(chart)
    axes = panel(figure, 12, 10, chart.width_mm - 12 - LABELS_MM, chart.height_mm - 18)
    low, high = float(chart.values.min()), float(chart.values.max())
    if chart.two_signed:
        reach = max(abs(low), abs(high), 1e-9)
        norm: Normalize = TwoSlopeNorm(0.0, -reach, reach)
        colours: Colormap | str = LinearSegmentedColormap.from_list("two_signed", palette.DIVERGING)
    else:
        norm, colours = Normalize(min(low, 0.0), max(high, 1e-9)), palette.SEQUENTIAL
    image = axes.imshow(
        chart.values, aspect="auto", origin="upper", cmap=colours, norm=norm, interpolation="nearest",
        extent=(0, chart.values.shape[1], 24, 0),
    )  # fmt: skip
    axes.set_yticks([0, 6, 12, 18, 24])
    above(axes, say("Hour of the day ({zone})", zone=chart.zone))
    axes.set_xticks([day for day, _ in chart.month_starts], [name for _, name in chart.month_starts], ha="left")
    scale = panel(figure, chart.width_mm - LABELS_MM + 6, 10, 4, chart.height_mm - 22)
    bar = figure.colorbar(image, cax=scale)
    bar.outline.set_visible(False)
    measure(scale, chart.axis, ticks=6)
    scale.grid(False)
    return figure
