"""What stands before the pages of a report: money, units, and the list of its pages."""

from __future__ import annotations

from reports.content import Page, Text
from reports.language import say
from reports.numbers import THOUSANDS
from reports.results import Results
from reports.sections.assumptions import GRADES


def contents(results: Results) -> tuple[Page, ...]:
    """The page of contents, with the money and units that all pages share."""
    page = Page(
        title="Contents and units",
        headline="What stands where, and in which money and units",
        lead="Each page answers one question: its headline is the finding, the line at its foot the tables behind it.",
        blocks=(_money(results), _reading()),
        source="",
        cover=True,
        contents=True,
    )
    return (page,)


MONEY = "Money and units"


def money_paragraph(results: Results) -> str:
    """Which money the pages are in."""
    return say(
        "Currency US dollar. System results are real USD of {base}; cash flows, debt and NPV are nominal USD "
        "at the date of each flow; charges in USD/MWh are real USD of {base}. M = million, bn = thousand "
        "million.",
        base=results.price_base_year,
    )


def _money(results: Results) -> Text:
    return Text(
        (
            money_paragraph(results),
            say(
                "Hours are UTC unless a figure says otherwise. 1 TWh = {million} MWh. Differences carry a sign; "
                "\u2013 means: does not apply.",
                million=f"1{THOUSANDS}000{THOUSANDS}000",
            ),
        ),
        voice="box",
        title=MONEY,
    )


def _reading() -> Text:
    return Text(
        (
            "Every figure is the model's, for this case and this weather year.",
            GRADES,
        ),
        voice="list",
        title="How to read",
    )
