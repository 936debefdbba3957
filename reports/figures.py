"""From a chart value to a drawn figure at print size, and from there to SVG text that keeps its letters as letters."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from io import BytesIO, StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reports import palette
from reports.charts import Chart
from reports.frames import TEXT_PT

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FONTS = Path(__file__).parent / "fonts"
FAMILY = "Source Sans Pro"

PNG_DPI = 200
PATH = re.compile(r'\bd="[^"]+"')
LONG_NUMBER = re.compile(r"(\.\d\d)\d+")
"""Coordinates keep a hundredth of a point."""

STYLE: dict[str, Any] = {
    "font.family": FAMILY,
    "font.size": TEXT_PT,
    "text.color": palette.INK,
    "text.parse_math": False,
    "text.hinting": "none",
    "svg.fonttype": "none",
    "svg.hashsalt": "greengrid",
    "axes.linewidth": 0.6,
    "axes.edgecolor": palette.INK,
    "axes.labelcolor": palette.INK,
    "axes.labelsize": TEXT_PT,
    "axes.titlesize": TEXT_PT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "xtick.labelsize": TEXT_PT,
    "ytick.labelsize": TEXT_PT,
    "xtick.color": palette.INK,
    "ytick.color": palette.INK,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.major.pad": 2.5,
    "ytick.major.pad": 2.5,
    "grid.color": palette.GRID,
    "grid.linewidth": 0.4,
    "lines.linewidth": 1.2,
    "hatch.linewidth": 0.5,
    "figure.facecolor": palette.WHITE,
    "savefig.facecolor": palette.WHITE,
    "path.simplify": True,
    "path.simplify_threshold": 0.1,
}


@cache
def register_fonts() -> None:
    """Makes matplotlib know the shipped faces; the semibold one is entered under the family's own name."""
    from dataclasses import replace

    from matplotlib.font_manager import fontManager

    for face, weight in (("Regular", 400), ("Italic", 400), ("Semibold", 600), ("Bold", 700)):
        fontManager.addfont(FONTS / f"SourceSansPro-{face}.ttf")
        fontManager.ttflist[-1] = replace(fontManager.ttflist[-1], name=FAMILY, weight=weight)


@contextmanager
def style() -> Iterator[None]:
    """The one look of all figures, from the library's own defaults: other packages change them when imported."""
    import matplotlib
    from matplotlib.backend_bases import GraphicsContextBase, RendererBase

    register_fonts()
    found = RendererBase.new_gc
    # pandapower replaces this method for good, so that every later figure of the process gets round line ends.
    RendererBase.new_gc = lambda self: GraphicsContextBase()  # type: ignore[method-assign]
    settings: dict[Any, Any] = {**matplotlib.rcParamsDefault, **STYLE}
    try:
        with matplotlib.rc_context(settings):
            yield
    finally:
        RendererBase.new_gc = found  # type: ignore[method-assign]


def forms() -> dict[type[Chart], Callable[[Any], Figure]]:
    """Which function draws which form of chart."""
    from reports import (
        bar_figures,
        dispatch_figures,
        finance_figures,
        flow_figure,
        maps,
        money_figures,
        panel_figures,
        sweep_figures,
        weather_figures,
    )
    from reports import charts as c
    from reports import money_charts as m
    from reports import panel_charts as p
    from reports import sweep_charts as s
    from reports import weather_charts as w

    return {
        c.StackedBars: bar_figures.stacked_bars,
        c.RankedBars: bar_figures.ranked_bars,
        c.RangeBars: bar_figures.range_bars,
        c.DotRows: bar_figures.dot_rows,
        c.Ranges: bar_figures.ranges,
        c.Tornado: bar_figures.tornado,
        c.DispatchWeeks: dispatch_figures.dispatch_weeks,
        c.DurationCurve: dispatch_figures.duration_curve,
        c.HourDayMap: dispatch_figures.hour_day_map,
        c.StepRows: finance_figures.step_rows,
        c.YearColumns: finance_figures.year_columns,
        c.YearAreas: finance_figures.year_areas,
        c.YearLines: finance_figures.year_lines,
        c.NetworkMap: maps.network_map,
        p.MonthHourMaps: panel_figures.month_hour_maps,
        p.MonthColumns: panel_figures.month_columns,
        p.RankedDots: panel_figures.ranked_dots,
        p.CostSteps: panel_figures.cost_steps,
        p.FlowChart: flow_figure.flow_chart,
        m.Fan: money_figures.fan,
        m.Cumulative: money_figures.cumulative,
        m.Frontier: money_figures.frontier,
        m.Matrix: money_figures.matrix,
        m.FacingBars: money_figures.facing_bars,
        m.Covers: money_figures.covers,
        m.Diverging: money_figures.diverging,
        s.SizeCurves: sweep_figures.size_curves,
        w.Clouds: weather_figures.clouds,
        w.Curves: weather_figures.curves,
        w.FactorRows: weather_figures.factor_rows,
    }


def draw(chart: Chart) -> Figure:
    """The figure of a chart. Call it inside `style()` and keep that open while the figure is used."""
    return forms()[type(chart)](chart)


def svg(chart: Chart) -> str:
    """The figure as SVG, the same bytes for the same chart."""
    with style():
        return _svg(draw(chart), {})


def files(chart: Chart) -> dict[str, bytes]:
    """The figure to stand alone, its caption and alternative text inside: suffix -> content."""
    about = {"Title": chart.caption, "Description": chart.alt}
    with style():
        figure = draw(chart)
        image = BytesIO()
        figure.savefig(image, format="png", dpi=PNG_DPI, metadata=about | {"Software": None})
        return {"svg": _svg(figure, about).encode("utf-8"), "png": image.getvalue()}


def _svg(figure: Figure, about: dict[str, str]) -> str:
    target = StringIO()
    figure.savefig(target, format="svg", metadata={"Date": None, "Creator": "greengrid", **about})
    return PATH.sub(lambda path: LONG_NUMBER.sub(r"\1", path.group()), target.getvalue())
