"""Every figure of a report, drawn at print size: nothing overlaps, leaves the page, lacks a unit or a colour."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import Collection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from greengrid.report import make_report
from reports import charts, palette
from reports.figures import FONTS, draw, style, svg
from tests.sample_run import MIXES, Sample, write_sample

pytestmark = pytest.mark.slow  # seconds each: `make check` has two minutes for everything

LONG = "Плавучая солнечная электростанция на Бухтарминском море "
SAMPLES = {
    "base": Sample(),
    "many mixes": Sample(mixes=tuple(f"mix number {k:02d}" for k in range(14))),
    "long names": Sample(plant_prefix=LONG, mixes=("смешанное финансирование с грантом и гарантией", *MIXES)),
    "no link": Sample(links=False),
    "affordable": Sample(affordable_usd_per_mwh=75.0),
    "part of a year": Sample(hours=216),
}
DPI = 100
SLACK_PX = 0.5 * DPI / 72


QUICK = ("base", "long names")
KINDS = [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in SAMPLES]


@pytest.fixture(scope="module", params=KINDS)
def drawn(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Case]]:
    """All charts of a sample's report with their figures, drawn once."""
    folder = write_sample(tmp_path_factory.mktemp("run") / "sample", SAMPLES[request.param])
    report = make_report(folder)
    with style():
        cases = []
        for chart in report.charts():
            figure = draw(chart)
            figure.set_dpi(DPI)
            FigureCanvasAgg(figure).draw()
            cases.append((chart, figure))
        yield cases


Case = tuple[charts.Chart, Figure]


def texts(figure: Figure) -> list[tuple[Text, Bbox]]:
    """Visible letters with their boxes; tick labels outside the view are not drawn and left out."""
    hidden = {id(label) for axes in figure.axes for label in _ticks_outside(axes)}
    found = []
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        if text.get_visible() and text.get_text().strip() and id(text) not in hidden:
            box = Text.get_window_extent(text)
            if box.width > 0:
                found.append((text, box))
    return found


def _ticks_outside(axes: Axes) -> Iterator[Text]:
    for axis, limits in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
        low, high = min(limits), max(limits)
        margin = 1e-9 * (high - low)
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
            if not low - margin <= tick.get_loc() <= high + margin or not axes.axison:
                yield from (tick.label1, tick.label2)


def test_no_text_stands_on_text(drawn: list[Case]) -> None:
    """No two pieces of text share more than half a point."""
    for chart, figure in drawn:
        for (a, one), (b, two) in itertools.combinations(texts(figure), 2):
            width = min(one.x1, two.x1) - max(one.x0, two.x0)
            height = min(one.y1, two.y1) - max(one.y0, two.y0)
            clear = width <= SLACK_PX or height <= SLACK_PX
            assert clear, f"{chart.caption}: {a.get_text()!r} on {b.get_text()!r} ({width:.1f} x {height:.1f} px)"


def test_a_planted_overlap_is_found() -> None:
    """The check above sees two words on one place."""
    with style():
        figure = Figure(figsize=(2, 2), dpi=DPI)
        axes = figure.add_axes((0.1, 0.1, 0.8, 0.8))
        axes.text(0.5, 0.5, "one")
        axes.text(0.5, 0.5, "two")
        FigureCanvasAgg(figure).draw()
        with pytest.raises(AssertionError, match="'one' on 'two'"):
            test_no_text_stands_on_text([(charts.Chart("planted", "", 10, 10), figure)])


def test_no_text_leaves_the_figure(drawn: list[Case]) -> None:
    """Every letter lies within the figure's edges."""
    for chart, figure in drawn:
        whole = figure.bbox
        for text, box in texts(figure):
            inside = (
                box.x0 >= whole.x0 - SLACK_PX
                and box.y0 >= whole.y0 - SLACK_PX
                and box.x1 <= whole.x1 + SLACK_PX
                and box.y1 <= whole.y1 + SLACK_PX
            )
            assert inside, f"{chart.caption}: {text.get_text()!r} at {box} leaves {whole}"


def test_every_axis_names_its_unit(drawn: list[Case]) -> None:
    """The label with the unit in brackets stands in the figure for each measured axis of the chart."""
    for chart, figure in drawn:
        written = {text.get_text() for text, _ in texts(figure)}
        for name in ("axis", "strip_axis"):
            axis = getattr(chart, name, None)
            if axis is not None:
                assert axis.unit, chart.caption
                assert axis.label in written, f"{chart.caption}: {axis.label} not in {written}"


def test_only_colours_of_the_palette(drawn: list[Case]) -> None:
    """Lines, areas, marks and letters use palette colours alone."""
    allowed = palette.every_colour()
    for chart, figure in drawn:
        for colour in colours(figure):
            assert colour in allowed, f"{chart.caption}: {colour}"


def colours(figure: Figure) -> set[str]:
    """Every opaque colour drawn, but those of images and their scales."""
    scales = {image.colorbar.ax for axes in figure.axes for image in axes.images if image.colorbar is not None}
    found = [text.get_color() for text, _ in texts(figure)]
    for axes in figure.axes:
        if axes in scales:
            continue
        for artist in axes.get_children():
            if isinstance(artist, Line2D):
                found += [artist.get_color(), artist.get_markerfacecolor(), artist.get_markeredgecolor()]
            elif isinstance(artist, Patch) and artist is not axes.patch:
                found += [artist.get_facecolor(), artist.get_edgecolor()]
            elif isinstance(artist, Collection):
                found += [*artist.get_facecolor(), *artist.get_edgecolor()]
    opaque = [colour for colour in found if not (not isinstance(colour, str) and len(colour) == 4 and colour[3] == 0)]
    return {to_hex(colour).upper() for colour in opaque if not (isinstance(colour, str) and colour == "none")}


def test_every_axes_shows_something(drawn: list[Case]) -> None:
    """Each axes holds at least one artist with finite points that differ."""
    for chart, figure in drawn:
        for axes in figure.axes:
            assert any(map(_shows, axes.get_children())), f"{chart.caption}: an empty axes"


def _shows(artist: object) -> bool:
    if isinstance(artist, Line2D):
        points = np.asarray(artist.get_xydata(), dtype=float)
        return len(points) > 0 and bool(np.isfinite(points).all())
    if isinstance(artist, AxesImage):
        return bool(np.isfinite(np.asarray(artist.get_array(), dtype=float)).all())
    return isinstance(artist, Patch | Collection)


def test_letters_of_figures_are_in_the_shipped_font(drawn: list[Case]) -> None:
    """SVG text is not guarded by the layout engine: each character must be in the face that draws it."""
    faces = {400: "Regular", 600: "Semibold", 700: "Bold"}
    known = {weight: set(TTFont(FONTS / f"SourceSansPro-{face}.ttf").getBestCmap()) for weight, face in faces.items()}
    for chart, figure in drawn:
        for text, _ in texts(figure):
            weight = text.get_fontweight()
            missing = {letter for letter in text.get_text() if ord(letter) not in known[_weight(weight)]}
            assert not missing - {"\n"}, f"{chart.caption}: {missing} in {text.get_text()!r}"
            assert text.get_fontfamily() == ["Source Sans Pro"]


def _weight(weight: str | int) -> int:
    return {"normal": 400, "semibold": 600, "bold": 700}.get(weight, 0) if isinstance(weight, str) else int(weight)


def test_alternative_texts_come_from_data(drawn: list[Case]) -> None:
    """Each chart is described in 60 to 600 characters that hold a number and are not its caption."""
    for chart, _ in drawn:
        assert 60 <= len(chart.alt) <= 600, f"{len(chart.alt)}: {chart.alt}"
        assert any(letter.isdigit() for letter in chart.alt)
        assert chart.alt != chart.caption


def test_widths_are_those_of_the_page(drawn: list[Case]) -> None:
    """Figures are made at the widths of the page's grid, never scaled."""
    for chart, figure in drawn:
        assert chart.width_mm in (charts.FULL_MM, charts.WIDE_MM, charts.HALF_MM)
        assert chart.height_mm <= 240
        assert figure.get_size_inches()[0] * 25.4 == pytest.approx(chart.width_mm)


@pytest.mark.slow
def test_same_chart_same_bytes_and_small(tmp_path: Path) -> None:
    """The SVG of a chart does not change from one drawing to the next, and stays below 400 kB."""
    report = make_report(write_sample(tmp_path / "sample"))
    for chart in report.charts():
        first = svg(chart)
        assert first == svg(chart)
        assert len(first) < 400_000, f"{chart.caption}: {len(first)} bytes"
        assert "<text" in first or isinstance(chart, charts.HourDayMap)
