"""Drawings of a weather year: sites, shapes, duration, ramps, correlation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from reports import palette
from reports.frames import (
    PT_PER_MM,
    SMALL_PT,
    above,
    canvas,
    clipped,
    measure,
    panel,
    plain_rows,
    size_pt,
    zero_line,
)
from reports.map_labels import text_size_pt
from reports.numbers import number
from reports.weather_charts import Clouds, Curve, Curves, FactorRows

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DASH = (0, (2.6, 1.2))
KEY_LEFT_PT = -18.0
"""The key begins left of the axes, over their tick labels."""
KEY_MM = 8.5
"""Above the axes: a line of the unit, a line of the names."""


def curves(chart: Curves) -> Figure:
    figure = canvas(chart)
    axes = panel(figure, 10, 10, chart.width_mm - 13, chart.height_mm - 12 - KEY_MM)
    for curve in chart.curves:
        axes.plot(
            curve.x, curve.y, color=curve.colour, linewidth=1.1, linestyle=DASH if curve.dashed else "solid",
            solid_joinstyle="round",
        )  # fmt: skip
    x = np.concatenate([curve.x for curve in chart.curves])
    y = np.concatenate([curve.y for curve in chart.curves])
    axes.set_xlim(float(x.min()), float(x.max()))
    measure(axes, chart.axis, ticks=5)
    measure(axes, chart.across, "x", ticks=6)
    if chart.logarithmic:
        _logarithmic(axes, y)
    else:
        axes.set_ylim(min(0.0, float(y.min())), float(y.max()) * 1.06)
    if chart.ticks:
        axes.set_xticks([place for place, _ in chart.ticks], [text for _, text in chart.ticks])
    _key(axes, chart.curves)
    if chart.note:
        above(axes, chart.note, x=1.0, ha="right", fontsize=SMALL_PT, color=palette.MUTED)
    return figure


def _logarithmic(axes: Axes, y: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    from reports.frames import tick_text

    axes.set_yscale("log")
    axes.set_ylim(float(y[y > 0].min()) * 0.8, float(y.max()) * 1.5)
    axes.yaxis.set_major_locator(LogLocator(10, numticks=6))
    axes.yaxis.set_major_formatter(FuncFormatter(tick_text))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _key(axes: Axes, curves: Sequence[Curve]) -> None:
    """Names in one line above the unit, each behind a piece of its colour; a name shared by two kinds stands once."""
    width_pt, height_pt = size_pt(axes)
    left_pt, up_pt = KEY_LEFT_PT, height_pt + KEY_MM * PT_PER_MM - 6
    for label, colour in dict.fromkeys((curve.label, curve.colour) for curve in curves):
        axes.plot(
            [left_pt / width_pt, (left_pt + 9) / width_pt], [up_pt / height_pt] * 2, color=colour, linewidth=2.2,
            transform=axes.transAxes, clip_on=False, solid_capstyle="butt",
        )  # fmt: skip
        axes.annotate(
            label, (0, 0), xycoords="axes fraction", xytext=(left_pt + 11.5, up_pt), textcoords="offset points",
            va="center", fontsize=SMALL_PT, annotation_clip=False,
        )  # fmt: skip
        left_pt += 18 + text_size_pt(label, SMALL_PT)[0]


def factor_rows(chart: FactorRows) -> Figure:
    figure = canvas(chart)
    letters = max(len(clipped(row.name, 26)) for row in chart.rows)
    left = 3 + 1.3 * letters
    axes = panel(figure, left, 9, chart.width_mm - left - 9, chart.height_mm - 11)
    places = np.arange(len(chart.rows))
    axes.barh(
        places, [row.value for row in chart.rows], height=0.62, color=[row.colour for row in chart.rows],
        edgecolor=palette.MUTED, linewidth=0.35,
    )  # fmt: skip
    for place, row in zip(places, chart.rows, strict=True):
        if row.stated is not None:
            axes.plot([row.stated] * 2, [place - 0.42, place + 0.42], color=palette.INK, linewidth=1.3, zorder=4)
        end = max(row.value, row.stated or 0.0)
        axes.annotate(
            number(row.value / 100, "share_frac"), (end, place), xytext=(3, 0), textcoords="offset points",
            va="center", fontsize=SMALL_PT, annotation_clip=False,
        )  # fmt: skip
    axes.set_xlim(0, chart.full)
    plain_rows(axes, [clipped(row.name, 26) for row in chart.rows])
    axes.tick_params(axis="y", labelsize=SMALL_PT)
    measure(axes, chart.axis, "x", ticks=5)
    return figure


def clouds(chart: Clouds) -> Figure:
    figure = canvas(chart)
    axes = panel(figure, 10, 10, chart.width_mm - 13, chart.height_mm - 12 - KEY_MM)
    for cloud in chart.clouds:
        axes.plot(
            cloud.x, cloud.y, "o", markersize=2.0, color=cloud.colour, markeredgewidth=0.5, linestyle="none",
            markerfacecolor=palette.WHITE if cloud.hollow else cloud.colour, zorder=3 - cloud.hollow,
        )  # fmt: skip
    for curve in chart.curves:
        axes.plot(
            curve.x, curve.y, color=curve.colour, linewidth=1.1, linestyle=DASH if curve.dashed else "solid", zorder=4
        )
    values = np.concatenate([*(cloud.y for cloud in chart.clouds), *(curve.y for curve in chart.curves), [0.0]])
    axes.set_ylim(min(float(values.min()) * 1.1, -0.05), 1.04)
    axes.set_xlim(0, max([1.0, *(max(cloud.x, default=0.0) for cloud in chart.clouds)]) * 1.03)
    measure(axes, chart.axis, ticks=6)
    measure(axes, chart.across, "x", ticks=6)
    zero_line(axes)
    dots = [Curve(cloud.label, cloud.colour, (), ()) for cloud in chart.clouds]
    _key(axes, [*dots, *chart.curves])
    return figure
