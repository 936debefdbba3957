"""The pages of a report, one function per section: results in, pages out. Add a function and its name in `SECTIONS`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from reports.content import Page, Report
from reports.results import Results
from reports.sections import (
    assumptions,
    cash,
    costs,
    cover,
    dispatch,
    energy,
    financing,
    funding,
    grid,
    limits,
    link,
    security,
    switching,
)
from reports.sentences import STANDING

SECTIONS: tuple[Callable[[Results], tuple[Page, ...]], ...] = (
    cover.answer,
    grid.network_map,
    energy.energy,
    dispatch.weeks,
    link.cable,
    link.prices,
    limits.curtailment_and_limits,
    security.power_flow,
    grid.account,
    financing.charge,
    costs.costs,
    funding.mixes,
    switching.what_would_change,
    cash.cash_flow,
    assumptions.limits,
    assumptions.inputs,
    assumptions.versions,
)


def report(results: Results, document_date: date) -> Report:
    """All pages that these results have data for."""
    title = str(results.case.get("title") or f"Case {results.name}")
    kind = f"case {results.name}, year {results.year}"
    if not results.whole_year:
        kind += f", {results.hours} hours"
    return Report(
        title=title,
        subtitle=kind,
        case_name=results.name,
        year=results.year,
        digest=str(results.summary["case"]["digest"]),
        document_date=document_date,
        standing=STANDING,
        pages=tuple(page for section in SECTIONS for page in section(results)),
    )
