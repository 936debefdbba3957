"""Pages of a report as HTML: the same sentences, figures and tables as in the PDF, for reading on a screen."""

from __future__ import annotations

import re
from html import escape
from itertools import count

from reports import figures
from reports.charts import Chart
from reports.content import Block, Column, Numbers, Page, Pair, Report, Stack, Table, Text
from reports.pdf import breakable

ON_SCREEN = 1.45
"""How much larger than in print a figure may be."""
NAMED = re.compile(r'(\bid="|url\(#|href="#)([^")]+)')
HEAD = re.compile(r"^.*?(?=<svg\b)", re.DOTALL)
DRAWN = re.compile(r'\b(?:d|x|y|x1|y1|x2|y2)="[^"]*"')
DIGITS = re.compile(r"(\.\d)\d+")
SPACE = re.compile(r"\s*\n(?=[A-Z])\s*|(?<=[MLC]) +")
"""Coordinates to a tenth of a point, a fifth of a screen's pixel, without spaces: half the size of the figures."""
SIZE = re.compile(r'(<svg\b[^>]*?)\s(?:width|height)="[^"]*"')


def pages(report: Report) -> str:
    """All pages, each a section with the number of its place as anchor."""
    numbers = count(1)
    return "\n".join(_page(page, f"page-{number}", numbers) for number, page in enumerate(report.pages, 1))


def contents(report: Report) -> str:
    """The list of all pages, linked."""
    items = (f'<li><a href="#page-{k}">{escape(page.title)}</a></li>' for k, page in enumerate(report.pages, 1))
    return f"<ol>{''.join(items)}</ol>"


def _page(page: Page, anchor: str, numbers: count[int]) -> str:
    blocks = "\n".join(_block(block, numbers) for block in page.blocks)
    source = f'<p class="source">{_text(page.source)}</p>' if page.source else ""
    return (
        f'<section id="{anchor}" aria-labelledby="{anchor}-h">\n<p class="kicker">{escape(page.title)}</p>\n'
        f'<h2 id="{anchor}-h">{_text(page.headline)}</h2>\n<p class="lead">{_text(page.lead)}</p>\n'
        f"{blocks}\n{source}\n</section>"
    )


def _block(block: Block | Stack, numbers: count[int]) -> str:
    if isinstance(block, Stack):
        return "".join(_block(piece, numbers) for piece in block.blocks)
    if isinstance(block, Pair):
        return f'<div class="pair">{_block(block.left, numbers)}{_block(block.right, numbers)}</div>'
    if isinstance(block, Chart):
        return chart(block, next(numbers))
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Numbers):
        items = "".join(
            f"<li><span>{_text(item.label)}</span><strong>{_text(item.value)}</strong>"
            f"<em>{_text(item.range_text)}</em><small>{_text(item.detail)}</small></li>"
            for item in block.items
        )
        return f'<ul class="numbers">{items}</ul>'
    assert isinstance(block, Text)
    return _paragraphs(block)


def _paragraphs(text: Text) -> str:
    title = f"<h3>{_text(text.title)}</h3>" if text.title else ""
    tag, around = ("li", "ul") if text.voice == "list" else ("p", "div")
    inner = "".join(f"<{tag}>{_text(paragraph)}</{tag}>" for paragraph in text.paragraphs)
    return f'{title}<{around} class="{escape(text.voice)}">{inner}</{around}>'


def chart(block: Chart, number: int) -> str:
    """A figure with its own names, so that two figures on one page cannot take each other's parts."""
    svg = HEAD.sub("", figures.svg(block))
    svg = NAMED.sub(lambda found: f"{found[1]}f{number}-{found[2]}", svg)
    svg = DRAWN.sub(lambda found: SPACE.sub("", DIGITS.sub(r"\1", found[0])), svg)
    svg = SIZE.sub(r"\1", SIZE.sub(r"\1", svg))
    label = escape(block.alt, quote=True)
    svg = svg.replace(
        "<svg", f'<svg role="img" aria-label="{label}" style="max-width:{block.width_mm * 1.45:.0f}mm"', 1
    )
    return f"<figure>{svg}<figcaption>{_text(block.caption)}</figcaption></figure>"


def _table(table: Table) -> str:
    head = "".join(f"<th{_align(column)} scope=col>{_text(column.head)}</th>" for column in table.columns)
    rows = []
    for number, row in enumerate(table.rows):
        strong = ' class="strong"' if number in table.strong_rows else ""
        cells = "".join(
            f"<{'th scope=row' if k == 0 else 'td'}{_align(column)}>{_text(cell)}</{'th' if k == 0 else 'td'}>"
            for k, (column, cell) in enumerate(zip(table.columns, row, strict=True))
        )
        rows.append(f"<tr{strong}>{cells}</tr>")
    note = f'<p class="note">{_text(table.note)}</p>' if table.note else ""
    return (
        f'<div class="table" tabindex="0" role="region" aria-label="{escape(table.caption, quote=True)}"><table>'
        f"<caption>{_text(table.caption)}</caption><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
        f"</div>{note}"
    )


def _align(column: Column) -> str:
    return ' class="n"' if column.numeric else ""


def _text(text: str) -> str:
    return escape(breakable(text))
