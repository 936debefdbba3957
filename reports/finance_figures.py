"""Money drawn: the chain of prices against the required charge, and the years of a funding mix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from reports import palette
from reports.charts import StepRows, YearAreas, YearColumns, YearLines
from reports.frames import (
    PT_PER_MM,
    canvas,
    clipped,
    label_ends,
    limit_lines,
    measure,
    panel,
    size_pt,
    spread,
    swatch,
    zero_line,
)
from reports.numbers import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LABELS_MM = 30.0


def step_rows(chart: StepRows) -> Figure:
    figure = canvas(chart)
    names = [clipped(step.label, 38) for step in chart.steps]
    mixes = [clipped(name, 38) for name, _ in chart.dots]
    ways = [clipped(name, 38) for name, _ in chart.outlets]
    left = 4 + 1.45 * max(len(name) for name in [*names, *mixes, *ways, chart.outlets_title])
    axes = panel(figure, left, 9.5, chart.width_mm - left - 17, chart.height_mm - 13)
    first_dot = len(names) + 1
    central = _waterfall(axes, chart)
    central += [value for _, value in (*chart.dots, *chart.outlets)] + [chart.level]
    low, high = min(0.0, *central), max(0.0, *central)
    room = ROOM_FRAC * (high - low)
    axes.set_xlim(low - room, high + room)
    inner = room - EDGE_FRAC * (high - low)
    _whiskers(axes, chart, (low - inner, high + inner))
    rows = first_dot + len(mixes)
    ticks = [*range(len(names)), *range(first_dot, rows)]
    if ways:
        ticks += range(rows + 1, rows + 1 + len(ways))
        _outlets(axes, chart, rows)
        rows += 1 + len(ways)
    axes.set_yticks(ticks, [*names, *mixes, *ways])
    axes.set_ylim(rows - 0.4, -0.6)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    measure(axes, chart.axis, "x", ticks=7)
    zero_line(axes, "x")
    if chart.dots:
        _required(axes, chart, first_dot, first_dot + len(mixes))
    return figure


ROOM_FRAC = 0.35
"""Room for whiskers on either side of the central values; what reaches further is cut with an arrowhead."""
EDGE_FRAC = 0.03
"""Kept free at the edges, so that arrowheads do not touch the names."""


def _waterfall(axes: Axes, chart: StepRows) -> list[float]:
    """Draws levels from zero and changes from where the last step ended; gives every central value that was drawn."""
    at, drawn = 0.0, [0.0]
    for row, step in enumerate(chart.steps):
        start = 0.0 if step.is_level else at
        end = step.value if step.is_level else at + step.value
        colour = palette.INK if step.is_level else palette.ACCENT if step.value >= 0 else palette.LIMIT
        axes.barh(row, end - start, left=start, height=0.6, color=colour)
        if row + 1 < len(chart.steps):
            axes.plot([end, end], [row + 0.3, row + 0.7], color=palette.MUTED, linewidth=0.4)
        if step.other is not None:
            axes.plot(step.other, row, "D", color=palette.INK, markersize=4.5, markerfacecolor=palette.WHITE,
                      markeredgewidth=0.9, zorder=5)  # fmt: skip
            drawn.append(step.other)
        _value(axes, row, number(step.value, "price_usd_per_mwh", signed=not step.is_level), strong=step.is_level)
        at = end
        drawn += [start, end]
    return drawn


def _value(axes: Axes, row: float, text: str, *, strong: bool = False) -> None:
    """A row's value in the column at the right."""
    axes.annotate(
        text, (1, row), xycoords=("axes fraction", "data"), xytext=(13 * PT_PER_MM, 0), textcoords="offset points",
        ha="right", va="center", weight=600 if strong else 400, annotation_clip=False,
    )  # fmt: skip


def _whiskers(axes: Axes, chart: StepRows, span: tuple[float, float]) -> None:
    """Low and high of each step, cut with an arrowhead where they leave the axes."""
    at = 0.0
    for row, step in enumerate(chart.steps):
        start = 0.0 if step.is_level else at
        if step.low is not None and step.high is not None and step.low != step.high:
            ends = sorted((start + step.low, start + step.high))
            shown = [min(max(end, span[0]), span[1]) for end in ends]
            axes.hlines(row, shown[0], shown[1], color=palette.WARNING_FILL, linewidth=1.4, zorder=4)
            for end, at_edge, arrow in zip(ends, shown, ("<", ">"), strict=True):
                axes.plot(at_edge, row, "|" if end == at_edge else arrow, color=palette.WARNING_FILL, markersize=5,
                          zorder=4, clip_on=False)  # fmt: skip
        at = step.value if step.is_level else at + step.value


def _required(axes: Axes, chart: StepRows, first: int, rows: int) -> None:
    """The mixes' required charges below the steps, on the same axis, with the affordable charge as a line."""
    axes.axhline(first - 1, color=palette.GRID, linewidth=0.4)
    for row, (_, value) in enumerate(chart.dots, start=first):
        axes.plot([chart.level, value], [row, row], color=palette.MUTED, linewidth=0.8, zorder=2)
        axes.plot(value, row, "o", markersize=5.5, color=palette.VIOLATION if value > chart.level else palette.ACCENT)
        _value(axes, row, number(value, "price_usd_per_mwh"))
    axes.plot([chart.level] * 2, [first - 0.5, rows - 0.5], color=palette.ACCENT, linewidth=1.6, zorder=3)
    axes.annotate(
        f"{chart.level_label} {number(chart.level, 'price_usd_per_mwh')}", (chart.level, first - 1), xytext=(0, 1),
        textcoords="offset points", ha="center", va="center", color=palette.ACCENT, weight=600,
        bbox={"facecolor": palette.WHITE, "edgecolor": "none", "pad": 1.0},
        zorder=6,
    )  # fmt: skip
    _group_title(axes, chart.dots_title, first - 1)


def _group_title(axes: Axes, text: str, row: int) -> None:
    axes.annotate(
        text, (0, row), xycoords=("axes fraction", "data"), xytext=(-2.5, 0),
        textcoords="offset points", ha="right", va="center", weight=600, annotation_clip=False,
    )  # fmt: skip


def _outlets(axes: Axes, chart: StepRows, title_row: int) -> None:
    """What each outlet leaves, from zero."""
    axes.axhline(title_row, color=palette.GRID, linewidth=0.4)
    for row, (_, value) in enumerate(chart.outlets, start=title_row + 1):
        axes.plot([0, value], [row, row], color=palette.MUTED, linewidth=0.8, zorder=2)
        axes.plot(value, row, "o", markersize=5.5, color=palette.ACCENT)
        _value(axes, row, number(value, "price_usd_per_mwh"))
    _group_title(axes, chart.outlets_title, title_row)


def year_columns(chart: YearColumns) -> Figure:
    figure = canvas(chart)
    axes = panel(figure, 14, 10, chart.width_mm - 14 - LABELS_MM, chart.height_mm - 18)
    years = np.asarray(chart.years)
    values, line = np.asarray(chart.columns.values), np.asarray(chart.line.values)
    axes.bar(years, values, width=0.7, color=chart.columns.colour)
    axes.step(
        np.append(years, years[-1] + 1) - 0.5,
        np.append(line, line[-1]),
        where="post",
        color=chart.line.colour,
        linewidth=1.2,
    )
    low, high = min(0.0, float(values.min()), float(line.min())), max(float(values.max()), float(line.max()), 1e-9)
    axes.set_ylim(low * 1.05, high * 1.08)
    _year_axis(axes, chart.years)
    measure(axes, chart.axis)
    zero_line(axes)
    label_ends(
        axes,
        [
            (chart.columns.label, float(values[-1]), palette.MUTED),
            (chart.line.label, float(line[-1]), chart.line.colour),
        ],
    )
    return figure


def _year_axis(axes: Axes, years: Sequence[int]) -> None:
    from matplotlib.ticker import FixedLocator

    axes.set_xlim(years[0] - 0.6, years[-1] + 0.6)
    every = max(1, round(len(years) / 8 / 5) * 5) if len(years) > 10 else 1
    axes.xaxis.set_major_locator(FixedLocator([year for year in years if year % every == 0]))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0f}")
    axes.set_xlabel("Year", labelpad=2)


def year_areas(chart: YearAreas) -> Figure:
    figure = canvas(chart)
    axes = panel(figure, 14, 10, chart.width_mm - 14 - LABELS_MM - 12, chart.height_mm - 18)
    years, base = np.asarray(chart.years), np.zeros(len(chart.years))
    for layer in chart.layers:
        top = base + np.asarray(layer.values)
        axes.fill_between(years, base, top, facecolor=layer.colour, edgecolor=palette.WHITE, linewidth=0.35)
        base = top
    axes.set_ylim(0, max(float(base.max()), 1e-9) * 1.06)
    _year_axis(axes, chart.years)
    measure(axes, chart.axis)
    _area_names(axes, [(layer.label, layer.colour) for layer in chart.layers])
    return figure


def _area_names(axes: Axes, labels: Sequence[tuple[str, str]]) -> None:
    """Names right of the axes from the top layer down, each with a square of its colour."""
    width, height = size_pt(axes)
    places = spread([height * 0.8 - 13 * row for row in range(len(labels))], 11.0, 6.0, height - 6.0)
    for (text, colour), place in zip(reversed(list(labels)), places, strict=True):
        swatch(axes, width + 7, place, colour)
        axes.annotate(
            clipped(text, 26), (1, place / height), xycoords="axes fraction", xytext=(13, 0),
            textcoords="offset points", va="center", annotation_clip=False,
        )  # fmt: skip


def year_lines(chart: YearLines) -> Figure:
    figure = canvas(chart)
    axes = panel(figure, 14, 10, chart.width_mm - 14 - LABELS_MM, chart.height_mm - 18)
    every = sorted({year for years in chart.years for year in years})
    values = [value for layer in chart.layers for value in layer.values] + [value for _, value in chart.limits]
    low, high = min([0.0, *values]), max([*values, 1e-9])
    axes.set_ylim(low, high + 0.08 * (high - low))
    labels = []
    for years, layer in zip(chart.years, chart.layers, strict=True):
        axes.plot(years, layer.values, color=layer.colour, marker="o" if len(years) < 3 else None, markersize=3)
        labels.append((layer.label, layer.values[-1], layer.colour))
    _year_axis(axes, every)
    measure(axes, chart.axis)
    limit_lines(axes, chart.limits)
    label_ends(axes, labels)
    return figure
