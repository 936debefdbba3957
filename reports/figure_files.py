"""Every figure of a report as files of its own: SVG with letters as letters, and PNG."""

from __future__ import annotations

from collections.abc import Iterator

from reports import figures
from reports.charts import Chart
from reports.content import Report, pieces
from reports.language import speaking


def figure_files(report: Report) -> Iterator[tuple[str, bytes]]:
    """(file name, content) of every figure in reading order: "05-the-cable.svg", "05-the-cable.png", ...

    Numbers are those of the figures in the report. The same report gives the same bytes.
    """
    number = 0
    for page in report.pages:
        for block in page.blocks:
            for chart in (piece for piece in pieces(block) if isinstance(piece, Chart)):
                number += 1
                with speaking(report.language):
                    made = figures.files(chart)
                for suffix, content in made.items():
                    yield f"{number:02d}-{page.slug}.{suffix}", content
