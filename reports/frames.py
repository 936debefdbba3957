"""Measures and small tools that the drawing functions share: panels in millimetres, labels that keep their distance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from reports import palette
from reports.charts import Axis, Chart
from reports.language import decimal_mark
from reports.numbers import MINUS, THOUSANDS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MM_PER_INCH = 25.4
PT_PER_MM = 72 / MM_PER_INCH
TEXT_PT = 8.0
SMALL_PT = 7.0
LABEL_GAP = 1.15
"""Least distance of neighbouring labels, in font sizes."""


def canvas(chart: Chart) -> Figure:
    """An empty figure of the chart's print size."""
    from matplotlib.figure import Figure

    return Figure(figsize=(chart.width_mm / MM_PER_INCH, chart.height_mm / MM_PER_INCH))


def panel(figure: Figure, left_mm: float, bottom_mm: float, width_mm: float, height_mm: float) -> Axes:
    """Axes at a place given in millimetres from the lower left corner."""
    whole_width, whole_height = (inch * MM_PER_INCH for inch in figure.get_size_inches())
    return figure.add_axes(
        (left_mm / whole_width, bottom_mm / whole_height, width_mm / whole_width, height_mm / whole_height)
    )


def tick_text(value: float, _position: int | None = None) -> str:
    """A tick's number, grouped and with a true minus."""
    decimals = 0
    while decimals < 4 and abs(round(value, decimals) - value) > 1e-9 * max(1.0, abs(value)):
        decimals += 1
    text = f"{abs(value):,.{decimals}f}".replace(",", THOUSANDS).replace(".", decimal_mark())
    return (MINUS if round(value, decimals) < 0 else "") + text


def measure(axes: Axes, axis: Axis, which: str = "y", ticks: int = 6) -> None:
    """Few round ticks with grid lines; the unit stands horizontally above a y axis and below an x axis."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    side = axes.yaxis if which == "y" else axes.xaxis
    side.set_major_locator(MaxNLocator(nbins=ticks - 1, steps=[1, 2, 2.5, 5, 10]))
    side.set_major_formatter(FuncFormatter(tick_text))
    axes.grid(True, axis="y" if which == "y" else "x")
    if which == "y":
        above(axes, axis.label)
    else:
        axes.set_xlabel(axis.label, labelpad=2)


def above(axes: Axes, text: str, *, x: float = 0.0, **style: Any) -> None:
    """A line of text above the left end of the axes."""
    axes.annotate(
        text,
        (x, 1),
        xycoords="axes fraction",
        xytext=(0, 4),
        textcoords="offset points",
        ha=style.pop("ha", "left"),
        va="bottom",
        annotation_clip=False,
        **style,
    )


def plain_rows(axes: Axes, names: Sequence[str]) -> None:
    """Names at the rows of a horizontal chart, the first on top, no axis line."""
    axes.set_yticks(np.arange(len(names)), [clipped(name) for name in names])
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)


def clipped(name: str, letters: int = 34) -> str:
    """A name cut to what a row's head can hold; the table beside it carries the whole."""
    return name if len(name) <= letters else name[: letters - 1].rstrip() + "…"


def zero_line(axes: Axes, which: str = "y") -> None:
    """The zero of an axis that has both signs."""
    draw = axes.axhline if which == "y" else axes.axvline
    draw(0, color=palette.INK, linewidth=0.6, zorder=2.5)


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions nearest to the wanted ones that keep `gap` between neighbours inside [low, high].

    All in one unit (points). Solved exactly as blocks that merge where they touch; order is kept.
    """
    order = sorted(range(len(wanted)), key=lambda k: wanted[k])
    blocks: list[list[float]] = []
    for rank, k in enumerate(order):
        blocks.append([wanted[k] - rank * gap, 1.0])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            centre, count = blocks.pop()
            before, number = blocks.pop()
            blocks.append([(before * number + centre * count) / (number + count), number + count])
    shifted = [centre for centre, count in blocks for _ in range(int(count))]
    top = high - gap * max(0, len(wanted) - 1)
    placed = [0.0] * len(wanted)
    for rank, k in enumerate(order):
        placed[k] = min(max(shifted[rank], low), max(top, low)) + rank * gap
    return placed


def apart(wanted: Sequence[float], widths: Sequence[float], low: float, high: float) -> list[float]:
    """Centres of boxes in one line, given in ascending order of where they are wanted: near that, apart, inside
    [low, high] where they fit. All in one unit (points)."""
    places: list[float] = []
    edge = low
    for centre, width in zip(wanted, widths, strict=True):
        places.append(max(centre, edge + width / 2))
        edge = places[-1] + width / 2
    edge = high
    for k in range(len(places) - 1, -1, -1):
        places[k] = min(places[k], edge - widths[k] / 2)
        edge = places[k] - widths[k] / 2
    return places


def size_pt(axes: Axes) -> tuple[float, float]:
    """Width and height of the axes in print."""
    box = axes.get_position()
    figure = axes.get_figure(root=True)
    assert figure is not None
    width, height = figure.get_size_inches() * 72
    return float(box.width * width), float(box.height * height)


def swatch(axes: Axes, x_pt: float, y_pt: float, colour: str) -> None:
    """A small square, its centre in points from the lower left corner of the axes."""
    width, height = size_pt(axes)
    axes.plot(
        [x_pt / width], [y_pt / height], "s", transform=axes.transAxes, markersize=5, color=colour,
        markeredgecolor=palette.MUTED, markeredgewidth=0.35, clip_on=False,
    )  # fmt: skip


def label_ends(axes: Axes, labels: Sequence[tuple[str, float, str]], fills: Sequence[str] = ()) -> None:
    """Names at the right end of the axes: (text, y in data, colour), moved apart, with leaders where moved.

    `fills` puts a square of each label's fill before it, for areas whose colour cannot be that of letters.
    """
    width_pt, height_pt = size_pt(axes)
    indent = 17 if fills else 9
    low, high = axes.get_ylim()
    gap = TEXT_PT * LABEL_GAP
    scale = height_pt / (high - low)
    wanted = [(min(max(value, low), high) - low) * scale for _, value, _ in labels]
    places = spread(wanted, gap, gap / 2, height_pt - gap / 2)
    for at, fill in zip(places, fills, strict=False):
        swatch(axes, width_pt + 12, at, fill)
    for (text, _, colour), at, want in zip(labels, places, wanted, strict=True):
        moved = not fills and abs(at - want) > 2
        axes.annotate(
            text,
            (1, want / height_pt),
            xycoords="axes fraction",
            xytext=(indent, at - want),
            textcoords="offset points",
            va="center",
            ha="left",
            color=colour,
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "linewidth": 0.4, "color": palette.MUTED, "shrinkA": 1, "shrinkB": 1}
            if moved
            else None,
        )


def limit_lines(axes: Axes, limits: Sequence[tuple[str, float]], which: str = "y") -> None:
    """Dashed limits with their names."""
    for name, value in limits:
        draw = axes.axhline if which == "y" else axes.axvline
        draw(value, color=palette.LIMIT, linewidth=0.9, dashes=(4, 2), zorder=3)
        if which == "y":
            axes.annotate(
                name,
                (1, value),
                xycoords=("axes fraction", "data"),
                xytext=(-2, 2),
                textcoords="offset points",
                ha="right",
                va="bottom",
                color=palette.LIMIT,
            )
    if which == "x":
        _names_of_uprights(axes, limits)


LETTER_PT = 0.55 * TEXT_PT
"""Mean width of a letter with some room."""


def _names_of_uprights(axes: Axes, limits: Sequence[tuple[str, float]]) -> None:
    """Names of upright limits above the axes, each over its line unless it must make room for its neighbour."""
    low, high = axes.get_xlim()
    width_pt = size_pt(axes)[0]
    named = sorted(((value, name) for name, value in limits if name), key=lambda limit: limit[0])
    wanted = [(value - low) / (high - low) * width_pt for value, _ in named]
    places = apart(wanted, [LETTER_PT * (len(name) + 1) for _, name in named], -width_pt, 2 * width_pt)
    for (value, name), want, at in zip(named, wanted, places, strict=True):
        axes.annotate(
            name,
            (value, 1),
            xycoords=("data", "axes fraction"),
            xytext=(at - want, 3),
            textcoords="offset points",
            ha="center",
            va="bottom",
            color=palette.LIMIT,
            annotation_clip=False,
        )
