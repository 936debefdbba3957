"""Drawings by which funding mixes are chosen: fan, distribution, frontier, matrix, facing columns, covers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from reports import palette
from reports.charts import Axis
from reports.frames import (
    LABEL_GAP,
    PT_PER_MM,
    SMALL_PT,
    TEXT_PT,
    above,
    canvas,
    clipped,
    label_ends,
    limit_lines,
    measure,
    panel,
    plain_rows,
    size_pt,
    spread,
    swatch,
    zero_line,
)
from reports.language import word
from reports.map_labels import text_size_pt
from reports.money_charts import Covers, Cumulative, Diverging, FacingBars, Fan, Frontier, Line, Matrix, Part

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def fan(chart: Fan) -> Figure:
    figure = canvas(chart)
    axes = panel(figure, 10, 10, chart.width_mm - 13, chart.height_mm - 19)
    years = np.asarray(chart.years)
    axes.fill_between(years, chart.p10, chart.p90, color=palette.GRID, linewidth=0)
    axes.fill_between(years, chart.p25, chart.p75, color=palette.BORDER, linewidth=0)
    axes.plot(years, chart.p50, color=palette.ACCENT)
    reach = [*chart.p90, *(value for _, value in chart.limits), 1e-9]
    low = min(0.0, *chart.p10)
    axes.set_ylim(low, min(max(reach) * 1.08, 4.0 * max(value for _, value in chart.limits)))
    axes.set_xlim(years[0] - 0.4, years[-1] + 0.4)
    measure(axes, chart.axis)
    measure(axes, chart.across, "x", ticks=6)
    limit_lines(axes, chart.limits)
    above(axes, word("line: median; dark: P25 to P75; light: P10 to P90"), x=1.0, ha="right", fontsize=SMALL_PT,
          color=palette.MUTED)  # fmt: skip
    return figure


def cumulative(chart: Cumulative) -> Figure:
    figure = canvas(chart)
    axes = panel(figure, 10, 10, chart.width_mm - 15, chart.height_mm - 19)
    axes.plot(chart.values, chart.shares, color=palette.ACCENT)
    low, high = min(0.0, chart.values[0]), max(0.0, chart.values[-1])
    axes.set_xlim(low - 0.03 * (high - low), high + 0.03 * (high - low))
    axes.set_ylim(0, 100)
    measure(axes, chart.axis)
    measure(axes, chart.across, "x", ticks=5)
    zero_line(axes, "x")
    right_of_middle = (low + high) / 2.0
    for label, value, share in chart.marks:
        axes.plot(value, share, "o", markersize=4, color=palette.ACCENT)
        left = value > right_of_middle
        axes.annotate(
            label, (value, share), xytext=(-5 if left else 5, 4 if left else -4), textcoords="offset points",
            ha="right" if left else "left", va="bottom" if left else "top", fontsize=SMALL_PT,
        )  # fmt: skip
    return figure


TITLE_MM = 9.0


def frontier(chart: Frontier) -> Figure:
    figure = canvas(chart)
    axes = panel(figure, 12, 10, chart.width_mm - 18, chart.height_mm - 14 - TITLE_MM)
    for line in chart.lines:
        axes.plot(line.x, line.y, color=line.colour, marker="o", markersize=2.2)
    places = (
        [x for line in chart.lines for x in line.x] + [x for _, x in chart.uprights] + [x for _, x, _ in chart.rings]
    )
    axes.set_xlim(min(0.0, *places), max(places) * 1.02)
    axes.set_ylim(0, 105)
    measure(axes, Axis("", ""))  # the unit stands at the right, the names of the lines at the left
    above(axes, chart.axis.label, x=1.0, ha="right")
    measure(axes, chart.across, "x", ticks=8)
    _names_above(axes, chart.lines)
    for label, x in chart.uprights:
        axes.axvline(x, color=palette.LIMIT, linewidth=0.9, dashes=(4, 2))
        axes.annotate(
            label, (x, 0), xycoords=("data", "axes fraction"), xytext=(3, 3), textcoords="offset points",
            color=palette.LIMIT, fontsize=SMALL_PT, ha="left", va="bottom", rotation=90,
        )  # fmt: skip
    for label, x, y in chart.rings:
        axes.plot(
            x,
            y,
            "o",
            color=palette.INK,
            markersize=9,
            markerfacecolor="none",
            markeredgecolor=palette.INK,
            markeredgewidth=1.0,
        )
        axes.annotate(label, (x, y), xytext=(8, 6), textcoords="offset points", va="bottom", weight=600)
    return figure


def _names_above(axes: Axes, lines: Sequence[Line]) -> None:
    """Names over the left ends of the lines, moved apart along the upper edge, with leaders."""
    width, height = size_pt(axes)
    low, high = axes.get_xlim()
    bottom, top = axes.get_ylim()
    named = sorted(lines, key=lambda line: line.x[0])
    widths = [text_size_pt(line.label, TEXT_PT)[0] + 6 for line in named]
    gap = max(widths, default=0.0)
    wanted = [(line.x[0] - low) / (high - low) * width for line in named]
    for line, at in zip(named, spread(wanted, gap, gap / 2, width - gap / 2), strict=True):
        start = ((line.x[0] - low) / (high - low), (line.y[0] - bottom) / (top - bottom))
        axes.annotate(
            line.label, start, xycoords="axes fraction", xytext=(at / width, 1 + 4 / height),
            textcoords="axes fraction", ha="center", va="bottom", color=line.colour, annotation_clip=False,
            arrowprops={"arrowstyle": "-", "linewidth": 0.4, "color": palette.MUTED, "shrinkA": 0, "shrinkB": 1},
        )  # fmt: skip


CLASSES = palette.CLASSES
HEAD_MM = 6.0
KEY_LEFT_MM = 20.0


def matrix(chart: Matrix) -> Figure:
    figure = canvas(chart)
    left = 4 + 1.42 * max(len(clipped(name, 40)) for name in chart.rows)
    axes = panel(figure, left, 9, chart.width_mm - left - 2, chart.height_mm - 9 - HEAD_MM)
    axes.set_xlim(0, len(chart.columns))
    axes.set_ylim(len(chart.rows), 0)
    for row, cells in enumerate(chart.cells):
        for column, cell in enumerate(cells):
            _field(axes, (column, row), (0.97, 0.9), cell.rank)
            dark = cell.rank in (0, 4)
            axes.annotate(
                cell.text, (column + 0.5, row + 0.5), ha="center", va="center",
                color=palette.WHITE if dark else palette.INK, annotation_clip=False,
            )  # fmt: skip
    axes.set_yticks([row + 0.5 for row in range(len(chart.rows))], [clipped(name, 40) for name in chart.rows])
    axes.set_xticks([column + 0.5 for column in range(len(chart.columns))], list(chart.columns))
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)
    _class_key(figure, axes, chart)
    return figure


def _field(axes: Axes, place: tuple[float, float], size: tuple[float, float], rank: int | None) -> None:
    from matplotlib.patches import Rectangle

    fill = palette.WHITE if rank is None else CLASSES[rank]
    corner = (place[0] + (1 - size[0]) / 2, place[1] + (1 - size[1]) / 2)
    axes.add_patch(Rectangle(corner, *size, facecolor=fill, edgecolor=palette.GRID, linewidth=0.5))


def _class_key(figure: Figure, axes: Axes, chart: Matrix) -> None:
    """Squares with their meaning along the lower edge of the figure."""
    width_pt, _ = size_pt(axes)
    at_pt = KEY_LEFT_MM * PT_PER_MM - float(axes.get_position().x0 * figure.get_size_inches()[0]) * 72
    for rank, text in chart.key:
        axes.plot(
            [(at_pt + 4) / width_pt], [-9 / size_pt(axes)[1]], "s", transform=axes.transAxes, markersize=6,
            color=CLASSES[rank], markeredgecolor=palette.MUTED, markeredgewidth=0.35, clip_on=False,
        )  # fmt: skip
        axes.annotate(
            text, (0, 0), xycoords="axes fraction", xytext=(at_pt + 11, -9), textcoords="offset points",
            va="center", fontsize=SMALL_PT, annotation_clip=False,
        )  # fmt: skip
        at_pt += 22 + text_size_pt(text, SMALL_PT)[0]


COLUMN_MM = 20.0


def facing_bars(chart: FacingBars) -> Figure:
    figure = canvas(chart)
    wide = 2 * COLUMN_MM + 8
    axes = panel(figure, (chart.width_mm - wide) / 2, 5, wide, chart.height_mm - 15)
    total = max(sum(part.value for part in side) for side in (chart.left, chart.right))
    axes.set_xlim(0, wide)
    axes.set_ylim(0, total or 1.0)
    for side, x, parts, title in (
        (-1, 0.0, chart.left, chart.left_title),
        (1, wide - COLUMN_MM, chart.right, chart.right_title),
    ):
        base, middles = 0.0, []
        for part in parts:
            axes.bar(x, part.value, COLUMN_MM, bottom=base, align="edge", color=part.colour, edgecolor=palette.WHITE,
                     linewidth=0.35)  # fmt: skip
            middles.append(base + part.value / 2)
            base += part.value
        axes.annotate(
            title, (x + COLUMN_MM / 2, base), xytext=(0, 4), textcoords="offset points", ha="center", weight=600,
            annotation_clip=False,
        )  # fmt: skip
        _side_labels(axes, parts, middles, (x if side < 0 else x + COLUMN_MM, side))
    axes.axis("off")
    axes.annotate(
        chart.axis.label, (0.5, 0), xycoords="axes fraction", xytext=(0, -4), textcoords="offset points", ha="center",
        va="top", color=palette.MUTED, fontsize=SMALL_PT, annotation_clip=False,
    )  # fmt: skip
    return figure


def _side_labels(axes: Axes, parts: Sequence[Part], middles: Sequence[float], edge: tuple[float, int]) -> None:
    """Each part's name and value outside its column, moved apart, with a leader."""
    x, side = edge
    _, height = size_pt(axes)
    top = axes.get_ylim()[1]
    wanted = [middle / top * height for middle in middles]
    for part, at, middle in zip(parts, spread(wanted, TEXT_PT * LABEL_GAP, 4, height - 4), middles, strict=True):
        axes.annotate(
            f"{clipped(part.label, 30)}  {part.text}", (x, middle), xytext=(x + side * 5, at / height * top),
            textcoords="data", ha="right" if side < 0 else "left", va="center", annotation_clip=False,
            arrowprops={"arrowstyle": "-", "linewidth": 0.4, "color": palette.MUTED, "shrinkA": 1, "shrinkB": 0},
        )  # fmt: skip


LABELS_MM = 22.0


def covers(chart: Covers) -> Figure:
    figure = canvas(chart)
    axes = panel(figure, 12, 10, chart.width_mm - 12 - LABELS_MM, chart.height_mm - 18)
    axes.set_ylim(min(0.0, *(value for line in chart.lines for value in line.y)), chart.top)
    axes.set_xlim(chart.years[0] - 0.6, chart.years[-1] + 0.6)
    for line in chart.lines:
        axes.plot(line.x, line.y, color=line.colour)
    years = np.array([year for year, _, _ in chart.below], dtype=float)
    values = np.array([value for _, value, _ in chart.below], dtype=float)
    axes.plot(years, values, "^", color=palette.VIOLATION, markersize=4.5, linestyle="none", zorder=4)
    for year, value, text in chart.below:
        if text:
            axes.annotate(
                text, (year, value), xytext=(0, -5), textcoords="offset points", ha="center", va="top",
                fontsize=SMALL_PT, color=palette.VIOLATION,
            )  # fmt: skip
    measure(axes, chart.axis)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0f}")
    axes.set_xlabel("Year", labelpad=2)
    _two_limits(axes, chart.limits)
    label_ends(axes, [(line.label, min(line.y[-1], chart.top), line.colour) for line in chart.lines])
    return figure


def _two_limits(axes: Axes, limits: Sequence[tuple[str, float]]) -> None:
    """Dashed limits; the highest named above its line, the others below theirs."""
    for position, (name, value) in enumerate(sorted(limits, key=lambda limit: -limit[1])):
        axes.axhline(value, color=palette.LIMIT, linewidth=0.9, dashes=(4, 2), zorder=3)
        axes.annotate(
            name, (1, value), xycoords=("axes fraction", "data"), xytext=(-2, -3 if position else 3),
            textcoords="offset points", ha="right", va="top" if position else "bottom", color=palette.LIMIT,
            fontsize=SMALL_PT,
        )  # fmt: skip


LETTER_MM = 1.45
KEY_RISE_PT = 7.0


def diverging(chart: Diverging) -> Figure:
    figure = canvas(chart)
    left = 4 + LETTER_MM * max(len(clipped(name)) for name in chart.names)
    right = 3 + LETTER_MM * max((len(text) for text in chart.value_labels), default=0)
    axes = panel(figure, left, 9.5, chart.width_mm - left - right, chart.height_mm - 17)
    rows = np.arange(len(chart.names))
    gained, lost = np.zeros(len(rows)), np.zeros(len(rows))
    for layer in chart.layers:
        values = np.asarray(layer.values, dtype=float)
        axes.barh(rows, values, left=np.where(values >= 0, gained, lost), height=0.6, color=layer.colour,
                  edgecolor=palette.WHITE, linewidth=0.35)  # fmt: skip
        gained, lost = gained + np.maximum(values, 0), lost + np.minimum(values, 0)
    low, high = min(0.0, float(lost.min())), max(0.0, float(gained.max()))
    room = 0.03 * ((high - low) or 1.0)
    axes.set_xlim(low - room, high + room)
    if chart.sums:
        axes.plot(chart.sums, rows, "D", markersize=5, color=palette.INK, markeredgecolor=palette.WHITE,
                  markeredgewidth=0.7, linestyle="none", zorder=5)  # fmt: skip
    for row, text in enumerate(chart.value_labels):
        axes.annotate(text, (1, row), xycoords=("axes fraction", "data"), xytext=(4, 0), textcoords="offset points",
                      va="center", annotation_clip=False)  # fmt: skip
    plain_rows(axes, chart.names)
    measure(axes, chart.axis, "x")
    zero_line(axes, "x")
    _layer_key(axes, chart)
    return figure


def _layer_key(axes: Axes, chart: Diverging) -> None:
    """The layers' names in one line above, each behind a square of its colour, from the left edge of the figure."""
    height, at_pt = size_pt(axes)[1], 0.0
    for layer in chart.layers:
        swatch(axes, at_pt + 3, height + KEY_RISE_PT, layer.colour)
        axes.annotate(
            layer.label, (0, 1), xycoords="axes fraction", xytext=(at_pt + 9, KEY_RISE_PT),
            textcoords="offset points", va="center", annotation_clip=False,
        )  # fmt: skip
        at_pt += 20 + text_size_pt(layer.label, TEXT_PT)[0]
