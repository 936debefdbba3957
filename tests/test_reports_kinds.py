"""Four kinds of report in two languages: their parts, their lengths, and what stands where nothing was run."""

from __future__ import annotations

from pathlib import Path

import pypdf
import pytest

from greengrid.report import make_report, write_figures, write_pdf
from reports.sections import KINDS, SECTIONS
from tests.sample_run import MIXES, Sample, write_sample

LONG = "Плавучая солнечная электростанция на Бухтарминском море "
SAMPLES = {
    "base": Sample(),
    "no link": Sample(links=False),
    "part of a year": Sample(hours=216),
    "long names": Sample(title=LONG * 2, plant_prefix=LONG, mixes=(LONG[:50], *MIXES)),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sample(tmp_path_factory.mktemp("run") / "sample")


def titles(folder: Path, kind: str) -> list[str]:
    return [page.title for page in make_report(folder, kind).pages]


def test_every_section_belongs_to_a_part_that_a_kind_shows() -> None:
    """No section is left out of every report, and no kind names a part without sections."""
    parts = {section.part for section in SECTIONS}
    assert parts == {part for kind in KINDS.values() for part in kind}


def test_the_full_report_holds_every_page_of_the_others(folder: Path) -> None:
    """Summary, engineering and financing pages stand in the full report in the same order."""
    full = titles(folder, "full")
    for kind in ("summary", "engineering", "financing"):
        mine = titles(folder, kind)
        assert [title for title in full if title in mine] == mine


def test_engineers_and_lenders_each_get_their_own_pages(folder: Path) -> None:
    """No page of money in the engineering report, no page of hours in the financing report."""
    engineering, financing = set(titles(folder, "engineering")), set(titles(folder, "financing"))
    assert "Project costs" not in engineering
    assert "The cable" not in financing
    assert engineering & financing == {"Contents and units", "Checks", "Limits of the model", "Versions and credits"}


@pytest.mark.slow
@pytest.mark.parametrize("name", SAMPLES)
def test_the_summary_has_exactly_two_pages(name: str, tmp_path: Path) -> None:
    """Whatever was run: a financed year, a year without a link, a part of a year, names of a hundred letters."""
    folder = write_sample(tmp_path / "run", SAMPLES[name])
    write_pdf(make_report(folder, "summary"), tmp_path / "summary.pdf")
    assert len(pypdf.PdfReader(tmp_path / "summary.pdf").pages) == 2


@pytest.mark.slow
def test_figures_are_saved_as_files_that_repeat(tmp_path: Path) -> None:
    """Every figure stands in figures/ as SVG and PNG, numbered as in the report, with its alternative text; a second
    time the bytes are the same and nothing of an older set is left."""
    report = make_report(write_sample(tmp_path / "run", Sample(hours=216)))
    target = tmp_path / "figures"
    target.mkdir()
    (target / "99-old.svg").write_text("old", encoding="utf-8")
    write_figures(report, target)
    first = {path.name: path.read_bytes() for path in target.iterdir()}
    charts = report.charts()
    assert sorted(first)[0].startswith("01-")
    assert {name.rpartition(".")[2] for name in first} == {"svg", "png"}
    assert len(first) == 2 * len(charts)
    drawing = next(content for name, content in sorted(first.items()) if name.endswith(".svg")).decode("utf-8")
    assert charts[0].alt[:40] in drawing
    assert all(content.startswith(b"\x89PNG") for name, content in first.items() if name.endswith(".png"))
    write_figures(report, target)
    assert {path.name: path.read_bytes() for path in target.iterdir()} == first
