"""Four kinds of report in two languages: their parts, their lengths, and what stands where nothing was run."""

from __future__ import annotations

from pathlib import Path

import pypdf
import pytest

from greengrid.report import make_report, write_pdf
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
    assert engineering & financing == {"Contents and units", "Limits of the model", "Versions and credits"}


@pytest.mark.slow
@pytest.mark.parametrize("name", SAMPLES)
def test_the_summary_has_exactly_two_pages(name: str, tmp_path: Path) -> None:
    """Whatever was run: a financed year, a year without a link, a part of a year, names of a hundred letters."""
    folder = write_sample(tmp_path / "run", SAMPLES[name])
    write_pdf(make_report(folder, "summary"), tmp_path / "summary.pdf")
    assert len(pypdf.PdfReader(tmp_path / "summary.pdf").pages) == 2
