"""The map of its own sheet: names clear of one another, scale, key, same bytes."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.image import imread
from matplotlib.text import Text
from pypdf import PdfReader
from typer.testing import CliRunner

from greengrid.case import load_case
from greengrid.cli import app
from greengrid.inputs import read_inputs
from greengrid.map_command import sheet_of
from reports import map_sheet
from reports.figures import style
from reports.map_symbols import plant_radius_pt
from reports.map_values import PAPERS_MM, MapSheet


def sheet(case: str, paper: str = "a3") -> MapSheet:
    """The map's values of a shipped case."""
    loaded = load_case(case)
    return sheet_of(loaded, read_inputs(loaded), paper)


@pytest.mark.parametrize(
    ("case", "paper"),
    [
        pytest.param("base", "a3", marks=pytest.mark.slow),
        pytest.param("base", "a4", marks=pytest.mark.slow),
        ("tiny", "a4"),
    ],
)
def test_no_name_stands_on_another(case: str, paper: str) -> None:
    """Boxes of all letters on the sheet, as drawn, do not overlap."""
    with style():
        figure = map_sheet.map_sheet(sheet(case, paper))
        FigureCanvasAgg(figure).draw()
        found = [text for axes in figure.axes for text in axes.texts if text.get_text() and text.get_zorder() >= 9]
        boxes = [Text.get_window_extent(text) for text in found]
    assert len(found) > 10
    for first in range(len(boxes)):
        for second in range(first):
            a, b = boxes[first].shrunk(0.9, 0.9), boxes[second].shrunk(0.9, 0.9)
            assert not a.overlaps(b), (found[first].get_text(), found[second].get_text())


def test_everything_of_the_case_is_on_the_sheet() -> None:
    """Every line, cable and substation of the grid, and plants with all their megawatts."""
    loaded = load_case("base")
    inputs = read_inputs(loaded)
    values = sheet_of(loaded, inputs, "a3")
    assert len(values.lines) == len(inputs.grid.lines)
    assert len(values.links) == 2
    assert len(values.places) == len({bus.substation for bus in inputs.grid.buses})
    total = sum(plant.capacity_mw for plant in inputs.grid.plants)
    assert sum(plant.capacity_mw for plant in values.plants) == pytest.approx(total)
    staged = [line for line in inputs.grid.lines if line.status in ("planned", "under_construction")]
    assert sum(line.status in ("planned", "under_construction") for line in values.lines) == len(staged) > 0


def test_frame_holds_every_place_and_keeps_the_scale_even() -> None:
    """All substations with AC lines lie inside; the scale is a half or a whole million."""
    values = sheet("base")
    size = (404.0, 240.0)
    frame = map_sheet.whole_frame(values.places, size)
    across = (frame.right_km - frame.left_km) / size[0]
    assert across * 2 == pytest.approx(round(across * 2))
    for place in values.places:
        if place.importance > 0:
            x, y = map_sheet.albers(np.array(place.longitude_deg), np.array(place.latitude_deg))
            assert frame.left_km < x < frame.right_km
            assert frame.bottom_km < y < frame.top_km


def test_area_of_a_circle_follows_capacity() -> None:
    """Four times the capacity is twice the radius."""
    assert plant_radius_pt(2000, 1.0) == pytest.approx(2 * plant_radius_pt(500, 1.0))


@pytest.mark.slow
def test_files_are_whole_and_the_same_again(tmp_path: Path) -> None:
    """PDF of A3 with letters that can be copied, PNG of A4 at 200 dots per inch; twice the same bytes."""
    runner = CliRunner()
    for name, extra in (("a.pdf", []), ("b.pdf", []), ("c.png", ["--paper", "a4"]), ("d.png", ["--paper", "a4"])):
        result = runner.invoke(app, ["map", "tiny", "-o", str(tmp_path / name), *extra])
        assert result.exit_code == 0, result.output
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()
    assert (tmp_path / "c.png").read_bytes() == (tmp_path / "d.png").read_bytes()
    page = PdfReader(tmp_path / "a.pdf").pages[0]
    width_pt, height_pt = (float(side) for side in page.mediabox[2:])
    assert (width_pt / 72 * 25.4, height_pt / 72 * 25.4) == pytest.approx(PAPERS_MM["a3"], abs=0.2)
    words = page.extract_text()
    assert "Natural Earth" in words
    assert "Gardabani" in words
    assert "Caspian link" in words
    image = imread(io.BytesIO((tmp_path / "c.png").read_bytes()))
    assert image.shape[1] == pytest.approx(297 / 25.4 * 200, abs=2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-o", "map.svg"], ".pdf or .png"),
        (["--paper", "a2"], "a3 or a4"),
        (["-o", "nowhere/map.pdf"], "no folder"),
    ],
)
def test_bad_wishes_are_told(options: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another ending, another paper, a folder that is not there: exit 2 and nothing written."""
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["map", "tiny", *options])
    assert result.exit_code == 2
    assert message in result.output
    assert not list(tmp_path.iterdir())
