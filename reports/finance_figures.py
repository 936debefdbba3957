"""Money drawn: the chain of prices against the required charge, and the years of a funding mix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from reports import palette
from reports.charts import StepDots, YearAreas, YearColumns, YearLines
from reports.frames import above, canvas, clipped, halo, label_ends, limit_lines, measure, panel, spread, zero_line
from reports.numbers import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LABELS_MM = 30.0


def step_dots(chart: StepDots) -> Figure:
    figure = canvas(chart)
    beside = 62.0 if chart.dots else 4.0
    names_mm = 30.0
    axes = panel(figure, 12, names_mm, chart.width_mm - 12 - beside, chart.height_mm - names_mm - 9)
    values = _waterfall(axes, chart)
    values += [value for _, value in chart.dots] + [chart.level]
    low, high = min(0.0, *values), max(0.0, *values)
    axes.set_ylim(low - 0.06 * (high - low), high + 0.08 * (high - low))
    measure(axes, chart.axis)
    zero_line(axes)
    if chart.dots:
        _required(figure, axes, chart, beside, names_mm)
    return figure


def _waterfall(axes: Axes, chart: StepDots) -> list[float]:
    """Draws levels from zero and changes from where the last step ended; gives every value that was drawn."""
    at, drawn = 0.0, [0.0]
    for place, step in enumerate(chart.steps):
        start = 0.0 if step.is_level else at
        end = step.value if step.is_level else at + step.value
        colour = palette.INK if step.is_level else palette.ACCENT if step.value >= 0 else palette.LIMIT
        axes.bar(place, end - start, bottom=start, width=0.62, color=colour)
        if step.low is not None and step.high is not None:
            low, high = (step.low, step.high) if step.is_level else (at + step.low, at + step.high)
            low, high = min(low, high), max(low, high)
            axes.vlines(place, low, high, color=palette.WARNING_FILL, linewidth=1.4, zorder=4)
            axes.plot([place, place], [low, high], "_", color=palette.WARNING_FILL, markersize=5, zorder=4)
            drawn += [low, high]
        if place + 1 < len(chart.steps) and not chart.steps[place + 1].is_level:
            axes.plot([place + 0.31, place + 0.69], [end, end], color=palette.MUTED, linewidth=0.4)
        text = number(step.value, "price_usd_per_mwh", signed=not step.is_level)
        axes.annotate(
            text,
            (place + 0.36, max(start, end)),
            xytext=(0, 2),
            textcoords="offset points",
            ha="center",
            va="bottom",
            path_effects=halo(),
            zorder=6,
        )
        at = end
        drawn += [start, end]
    axes.set_xlim(-0.6, len(chart.steps) - 0.4)
    axes.set_xticks(
        np.arange(len(chart.steps)), [clipped(step.label, 30) for step in chart.steps],
        rotation=40, ha="right", rotation_mode="anchor",
    )  # fmt: skip
    axes.tick_params(axis="x", length=0, pad=2)
    return drawn


def _required(figure: Figure, axes: Axes, chart: StepDots, beside_mm: float, bottom_mm: float) -> None:
    """The mixes' required charges on the same axis, right of the steps."""
    right = panel(figure, chart.width_mm - beside_mm + 8, bottom_mm, 14, chart.height_mm - bottom_mm - 9)
    right.set_ylim(axes.get_ylim())
    right.set_xlim(-1, 1)
    right.plot([0] * len(chart.dots), [value for _, value in chart.dots], "o", markersize=5, color=palette.MUTED)
    right.axhline(chart.level, color=palette.ACCENT, linewidth=1.2)
    right.set_xticks([])
    right.set_yticks([])
    for spine in right.spines.values():
        spine.set_visible(False)
    zero_line(right)
    above(right, chart.dots_title)
    named = [
        (f"{clipped(name, 20)} {number(value, 'price_usd_per_mwh')}", value, palette.INK) for name, value in chart.dots
    ]
    label_ends(
        right,
        [*named, (f"{chart.level_label} {number(chart.level, 'price_usd_per_mwh')}", chart.level, palette.ACCENT)],
    )


def year_columns(chart: YearColumns) -> Figure:
    figure = canvas(chart)
    axes = panel(figure, 14, 12, chart.width_mm - 14 - LABELS_MM, chart.height_mm - 20)
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
            (chart.columns.label, float(values[-1]), palette.ACCENT),
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
    axes = panel(figure, 14, 12, chart.width_mm - 14 - LABELS_MM - 12, chart.height_mm - 20)
    years, base = np.asarray(chart.years), np.zeros(len(chart.years))
    labels = []
    for layer in chart.layers:
        top = base + np.asarray(layer.values)
        axes.fill_between(years, base, top, facecolor=layer.colour, edgecolor=palette.WHITE, linewidth=0.35)
        peak = int(np.argmax(np.asarray(layer.values)))
        labels.append((layer.label, float((base[peak] + top[peak]) / 2), layer.colour))
        base = top
    axes.set_ylim(0, max(float(base.max()), 1e-9) * 1.06)
    _year_axis(axes, chart.years)
    measure(axes, chart.axis)
    _area_names(axes, labels)
    return figure


def _area_names(axes: Axes, labels: Sequence[tuple[str, float, str]]) -> None:
    """Names right of the axes from the top layer down, each with a square of its colour."""
    height = axes.get_position().height * axes.figure.get_size_inches()[1] * 72  # type: ignore[union-attr]
    count = len(labels)
    places = spread([height * 0.8 - 13 * k for k in range(count)], 11.0, 6.0, height - 6.0)
    for (text, _, colour), place in zip(reversed(list(labels)), places, strict=True):
        axes.annotate(
            clipped(text, 26), (1, place / height), xycoords="axes fraction", xytext=(13, 0),
            textcoords="offset points", va="center", annotation_clip=False,
        )  # fmt: skip
        axes.plot(
            [1.0 + 6 / (axes.get_position().width * axes.figure.get_size_inches()[0] * 72)], [place / height], "s",  # type: ignore[union-attr]
            transform=axes.transAxes, color=colour, markersize=5, clip_on=False,
        )  # fmt: skip


def year_lines(chart: YearLines) -> Figure:
    figure = canvas(chart)
    axes = panel(figure, 14, 12, chart.width_mm - 14 - LABELS_MM, chart.height_mm - 20)
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
