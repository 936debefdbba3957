"""A report's PDF: values to JSON and SVG, set by Typst with the shipped fonts. The same report gives the same bytes."""

from __future__ import annotations

import json
import re
import warnings
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any, Literal

from reports import figures, palette
from reports.charts import Chart
from reports.content import Block, Numbers, Page, Pair, Report, Table, Text, pieces
from reports.language import speaking, word

TEMPLATE = Path(__file__).parent / "report.typ"
STANDARDS: list[Literal["ua-1", "a-2a"]] = ["ua-1", "a-2a"]
"""Declared by the writer; no validator runs here."""
LONG_WORD = re.compile(r"\S{24,}")
BREAKS = re.compile(r"(?<=[/_&?=.,;:-])(?=\S)")
BREAK = "\u200b"
"""A place where a line may end inside an address."""
KEPT = f"{BREAK}\n\t"
WORDS = {"digest": "digest", "page": "page", "figure": "Figure", "table": "Table", "contents": "Contents"}
"""What the layout itself says."""


class ReportFailed(Exception):
    """The layout engine refused the report, or warned of something that a reader would see."""


def pdf(report: Report) -> bytes:
    """The report as PDF/UA-1 and PDF/A-2a (declared). Raises ReportFailed where Typst refuses or warns."""
    import typst

    with speaking(report.language):
        text = payload(report)
    moment = datetime.combine(report.document_date, time(), tzinfo=UTC)
    compiler = typst.Compiler(
        input=str(TEMPLATE),
        root=str(TEMPLATE.parent),
        font_paths=[str(figures.FONTS)],
        ignore_system_fonts=True,
        sys_inputs={"data": showable(text)},
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            made = compiler.compile(format="pdf", pdf_standards=list(STANDARDS), timestamp=moment)
        except (typst.TypstError, Warning) as problem:
            hints = "; ".join(getattr(problem, "hints", ()))
            raise ReportFailed(f"{problem}{f' ({hints})' if hints else ''}") from problem
    if not isinstance(made, bytes):
        raise ReportFailed("the layout engine gave no document")
    return made


def payload(report: Report) -> str:
    """Everything the template reads, as JSON text."""
    day = report.document_date
    return json.dumps(
        {
            "title": report.title,
            "subtitle": report.subtitle,
            "case": report.case_name,
            "digest": report.digest[:8],
            "date": [day.year, day.month, day.day],
            "standing": report.standing,
            "language": report.language,
            "words": {name: word(text) for name, text in WORDS.items()},
            "colours": {
                "ink": palette.INK,
                "muted": palette.MUTED,
                "accent": palette.ACCENT,
                "band": palette.BAND,
                "grid": palette.GRID,
            },
            "pages": [_page(page) for page in report.pages],
        },
        ensure_ascii=False,
    )


def showable(text: str) -> str:
    """The text with ? for every letter that the shipped font lacks: a name in another script must not cost a report."""
    from matplotlib.ft2font import FT2Font

    known = FT2Font(str(figures.FONTS / "SourceSansPro-Regular.ttf")).get_charmap()
    return "".join(letter if ord(letter) in known or letter in KEPT else "?" for letter in text)


def _page(page: Page) -> dict[str, Any]:
    return {
        "title": page.title,
        "headline": page.headline,
        "lead": page.lead,
        "cover": page.cover,
        "follows": page.follows,
        "contents": page.contents,
        "source": page.source,
        "blocks": [_block(block) for block in page.blocks],
    }


def _block(block: Block) -> dict[str, Any]:
    if isinstance(block, Pair):
        sides = ([_block(piece) | {"narrow": True} for piece in pieces(side)] for side in (block.left, block.right))
        left, right = sides
        return {"kind": "pair", "left": left, "right": right, "left_mm": block.left_mm}
    if isinstance(block, Chart):
        return {
            "kind": "chart",
            "svg": figures.svg(block),
            "width": block.width_mm,
            "alt": block.alt,
            "caption": block.caption,
        }
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Numbers):
        return {
            "kind": "numbers",
            "items": [
                {"label": item.label, "value": item.value, "range": item.range_text, "detail": item.detail}
                for item in block.items
            ],
        }
    assert isinstance(block, Text)
    paragraphs = [breakable(paragraph) for paragraph in block.paragraphs]
    return {"kind": "text", "voice": block.voice, "title": block.title, "paragraphs": paragraphs}


def _table(table: Table) -> dict[str, Any]:
    return {
        "kind": "table",
        "caption": table.caption,
        "note": table.note,
        "small": table.small,
        "strong": list(table.strong_rows),
        "columns": [
            {"name": column.name, "unit": column.unit, "numeric": column.numeric, "width": column.width}
            for column in table.columns
        ],
        "rows": [[breakable(cell) for cell in row] for row in table.rows],
    }


def breakable(text: str) -> str:
    """Long words, such as addresses, may break behind their punctuation."""
    return LONG_WORD.sub(lambda word: BREAKS.sub(BREAK, word.group()), text)
