"""The last step of every report: labels in its language, and a word on each page that still holds English."""

from __future__ import annotations

from dataclasses import replace

from reports.content import Page, Report, sentences
from reports.language import left_english, translated, word

PARTLY_ENGLISH = "Parts of this page are in English: the catalogue lacks them."


def finished(report: Report) -> Report:
    """The report in the language that is spoken; what the catalogue lacks is told at the foot of its page."""
    told = translated(report)
    return replace(told, pages=tuple(map(_marked, told.pages)))


def _marked(page: Page) -> Page:
    if not any(map(left_english, sentences(page))):
        return page
    return replace(page, source=f"{page.source} {word(PARTLY_ENGLISH)}".strip())
