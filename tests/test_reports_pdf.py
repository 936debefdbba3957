"""The PDF of a synthetic run: readable, repeatable, with its fonts, and free of what must never be printed."""

from __future__ import annotations

import re
from pathlib import Path

import pypdf
import pytest

from greengrid.report import make_report, write_report
from reports.pdf import breakable, payload, pdf, showable
from reports.sentences import FORBIDDEN
from tests.sample_run import MIXES, Sample, write_sample

pytestmark = pytest.mark.slow  # a whole PDF is set for most of them

HOSTILE = '#x $y$ [z] <script>alert(1)</script> =cmd() *b* _i_ @ref `c` \\n "q"'
NEVER = re.compile(r"\b(nan|NaN|inf|None|null|True|False)\b|[{}]|\de\+\d|[-\u2212]0\.0\b")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sample(tmp_path_factory.mktemp("run") / "sample")


@pytest.fixture(scope="module")
def made(folder: Path) -> Path:
    """The PDF of the sample."""
    write_report(folder, folder / "report.pdf")
    return folder / "report.pdf"


def pages_of(path: Path) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(path).pages]


def test_the_whole_year_gives_eight_to_forty_pages(made: Path) -> None:
    """The report of a financed year is neither a leaflet nor a book, and small enough to send."""
    assert 8 <= len(pages_of(made)) <= 40
    assert made.stat().st_size < 8_000_000


def test_the_same_folder_gives_the_same_bytes(folder: Path, made: Path, tmp_path: Path) -> None:
    """A second build of the same run is byte for byte the first."""
    write_report(folder, tmp_path / "again.pdf")
    assert (tmp_path / "again.pdf").read_bytes() == made.read_bytes()


def test_nothing_that_is_not_a_number_or_word(made: Path) -> None:
    """No nan, None, braces, powers of ten or negative zero on any page."""
    for number, text in enumerate(pages_of(made), start=1):
        found = NEVER.search(text)
        assert found is None, f"page {number}: {found and text[max(0, found.start() - 60) : found.end() + 30]!r}"


def test_no_word_that_claims_too_much(made: Path) -> None:
    """The forbidden words appear nowhere."""
    text = " ".join(pages_of(made)).lower()
    assert not [word for word in FORBIDDEN if re.search(rf"\b{word}\b", text)]


def places(page: pypdf.PageObject) -> list[tuple[float, float]]:
    """Where each piece of text begins, points from the lower left corner; head and foot left out."""
    found = []

    def visit(text: str, outer: list[float], inner: list[float], _font: object, _size: float) -> None:
        if text.strip():
            x, y = inner[4], inner[5]
            found.append((x * outer[0] + y * outer[2] + outer[4], x * outer[1] + y * outer[3] + outer[5]))

    page.extract_text(visitor_text=visit)
    return [(x, y) for x, y in found if 56 < y < 785]


def test_pages_are_filled_and_keep_their_margins(made: Path) -> None:
    """Text reaches below the upper quarter of every page but the last, and starts inside the margins of 20 mm."""
    pages = pypdf.PdfReader(made).pages
    for number, page in enumerate(pages, start=1):
        starts = places(page)
        assert min(x for x, _ in starts) > 56, f"page {number}"
        assert max(x for x, _ in starts) < 595.3 - 56, f"page {number}"
        if number < len(pages):
            assert min(y for _, y in starts) < 0.75 * 842, f"page {number} is nearly empty"


def test_fonts_are_embedded_and_ours(made: Path) -> None:
    """Every font of every page, those of the figures too, is Source Sans Pro and embedded."""
    reader = pypdf.PdfReader(made)
    names = set()
    stack = [page["/Resources"] for page in reader.pages]
    while stack:
        resources = stack.pop().get_object()
        for font in (resources.get("/Font") or {}).values():
            inner = font.get_object()["/DescendantFonts"][0].get_object()
            names.add(str(inner["/BaseFont"]))
            assert "/FontFile2" in inner["/FontDescriptor"].get_object()
        for part in (resources.get("/XObject") or {}).values():
            if "/Resources" in part.get_object():
                stack.append(part.get_object()["/Resources"])
    assert names
    assert all("SourceSansPro" in name for name in names)


def test_tagged_titled_and_bookmarked(folder: Path, made: Path) -> None:
    """Declared PDF/UA-1 and PDF/A-2a, in English, with title, fixed date and a bookmark for every page."""
    reader = pypdf.PdfReader(made)
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    meta = root["/Metadata"].get_object().get_data().decode()
    assert re.search(r"pdfuaid:part>1<", meta)
    assert re.search(r"pdfaid:part>2<", meta)
    assert re.search(r"pdfaid:conformance>A<", meta)
    assert reader.metadata is not None
    assert reader.metadata.title == "Synthetic sample, no result"
    assert str(reader.metadata.creation_date).startswith("2025-01-01")
    marks = [str(mark["/Title"]) for mark in reader.outline if not isinstance(mark, list)]
    assert marks == [page.title for page in make_report(folder).pages]


def test_a_russian_report_is_whole(folder: Path, tmp_path: Path) -> None:
    """Declared Russian, bookmarks in Russian, every letter in the font, pages filled, and the same bytes twice."""
    report = make_report(folder, "full", "ru")
    content = pdf(report)
    assert content == pdf(report)
    (tmp_path / "ru.pdf").write_bytes(content)
    reader = pypdf.PdfReader(tmp_path / "ru.pdf")
    assert reader.trailer["/Root"]["/Lang"] == "ru"
    marks = [str(mark["/Title"]) for mark in reader.outline if not isinstance(mark, list)]
    assert marks == [page.title for page in report.pages]
    assert "Ответ" in marks
    words = payload(report)
    assert showable(words) == words
    for number, page in enumerate(reader.pages[:-1], start=1):
        assert min(y for _, y in places(page)) < 0.75 * 842, f"page {number} is nearly empty"


def test_figures_carry_their_alternative_text(folder: Path, made: Path) -> None:
    """The alternative text of every chart is in the file."""
    raw = made.read_bytes()
    assert raw.count(b"/Alt") + _in_streams(made, b"/Alt") >= len(make_report(folder).charts())


def _in_streams(path: Path, word: bytes) -> int:
    """How often a word stands in the objects of compressed object streams."""
    reader = pypdf.PdfReader(path)
    return sum(
        reader.get_object(number).get_data().count(word)
        for number in range(1, int(reader.trailer["/Size"]))
        if isinstance(reader.get_object(number), pypdf.generic.StreamObject)
        and reader.get_object(number).get("/Type") == "/ObjStm"
    )


@pytest.mark.slow
def test_hostile_names_arrive_as_plain_text(tmp_path: Path) -> None:
    """Markup of the layout engine, HTML and spreadsheets in a title, a mix and a plant is printed as it was written."""
    mixes = ("#grant[x] $y$", *MIXES[1:])
    folder = write_sample(tmp_path / "hostile", Sample(title=HOSTILE, plant_prefix="#p $q$ ", mixes=mixes))
    write_report(folder, folder / "report.pdf")
    text = " ".join(pages_of(folder / "report.pdf"))
    plain = re.sub(r"\s+", "", text)
    assert re.sub(r"\s+", "", HOSTILE) in plain
    assert "#grant[x]$y$" in plain


@pytest.mark.slow
def test_long_cyrillic_names_fit(tmp_path: Path) -> None:
    """Sixty letters of Cyrillic in title and mixes are set without a warning."""
    name = "Плавучая солнечная электростанция на Бухтарминском море"
    sample = Sample(title=name, plant_prefix=name, mixes=(f"смешанное финансирование {name}"[:60], "blended"))
    folder = write_sample(tmp_path / "long", sample)
    assert pdf(make_report(folder)).startswith(b"%PDF")


def test_addresses_may_break_behind_their_punctuation() -> None:
    """A long address gains places to break; short words and plain sentences stay as they are."""
    address = "https://www.example.org/a/very/long/address"
    assert breakable(address).replace("\u200b", "") == address
    assert "\u200b" in breakable(address)
    assert breakable("a plain sentence, with commas") == "a plain sentence, with commas"
