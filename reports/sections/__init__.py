"""The pages of the reports, one function per section: results in, pages out. New ones are a line in `SECTIONS`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

from reports.content import Page, Report
from reports.language import ENGLISH, say, speaking, word
from reports.results import Results
from reports.sections import (
    adequacy,
    assumptions,
    cash,
    checks,
    costs,
    cover,
    depends,
    dispatch,
    energy,
    fault_level,
    financing,
    findings,
    front,
    frontier,
    funding,
    funds,
    gains,
    glossary,
    grid,
    limits,
    link,
    method,
    optimum,
    outages,
    packages,
    price_levels,
    resource,
    risk,
    secure_dispatch,
    security,
    staging,
    switching,
)
from reports.sections.translation import finished
from reports.sentences import STANDING


@dataclass(frozen=True, slots=True)
class Section:
    """Pages of one subject, and the part of the reports they belong to. Without data it gives no page."""

    pages: Callable[[Results], tuple[Page, ...]]
    part: str
    """summary, front, engineering, financing, annex or end."""


SECTIONS: tuple[Section, ...] = (
    Section(cover.answer, "summary"),
    Section(depends.depends, "summary"),
    Section(front.contents, "front"),
    Section(findings.findings, "engineering"),
    Section(grid.network_map, "engineering"),
    Section(staging.staging, "engineering"),
    Section(resource.resource, "engineering"),
    Section(energy.energy, "engineering"),
    Section(dispatch.weeks, "engineering"),
    Section(link.cable, "engineering"),
    Section(link.prices, "engineering"),
    Section(limits.curtailment, "engineering"),
    Section(limits.interface_limits, "engineering"),
    Section(security.power_flow, "engineering"),
    Section(outages.secure_transfer, "engineering"),
    Section(secure_dispatch.secure_dispatch, "engineering"),
    Section(outages.pole_outage, "engineering"),
    Section(fault_level.fault_level, "engineering"),
    Section(adequacy.adequacy, "engineering"),
    Section(grid.account, "engineering"),
    Section(packages.packages, "engineering"),
    Section(financing.charge, "financing"),
    Section(costs.costs, "financing"),
    Section(funding.mixes, "financing"),
    Section(funds.sources_and_uses, "financing"),
    Section(funds.revenue, "financing"),
    Section(cash.cash_flow, "financing"),
    Section(frontier.frontier, "financing"),
    Section(price_levels.price_levels, "financing"),
    Section(optimum.optimum, "financing"),
    Section(switching.what_would_change, "financing"),
    Section(risk.risk, "financing"),
    Section(risk.downside, "financing"),
    Section(gains.gains, "financing"),
    Section(method.method, "annex"),
    Section(checks.checks, "end"),
    Section(assumptions.limits, "end"),
    Section(assumptions.inputs, "annex"),
    Section(glossary.glossary, "annex"),
    Section(assumptions.versions, "end"),
)
"""In the order of the pages."""

NOT_IN_NAMES = re.compile("[^a-z0-9]+")
KINDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "summary": ("summary",),
        "engineering": ("front", "engineering", "end"),
        "financing": ("front", "financing", "end"),
        "full": ("summary", "front", "engineering", "financing", "annex", "end"),
    }
)
"""Report -> its parts."""


def report(results: Results, document_date: date, kind: str = "full", language: str = ENGLISH) -> Report:
    """All pages of a kind of report (a key of `KINDS`) that these results have data for."""
    parts = KINDS[kind]
    with speaking(language):
        pages = tuple(_named(page) for section in SECTIONS if section.part in parts for page in section.pages(results))
        made = Report(
            title=str(results.case.get("title") or say("Case {name}", name=results.name)),
            subtitle=_subtitle(results, kind),
            case_name=results.name,
            year=results.year,
            digest=str(results.summary["case"]["digest"]),
            document_date=document_date,
            standing=STANDING,
            pages=pages,
            language=language,
        )
        return finished(made)


def _named(page: Page) -> Page:
    """The page with its title, still in English, as a name for files."""
    return replace(page, slug=NOT_IN_NAMES.sub("-", page.title.lower()).strip("-"))


def _subtitle(results: Results, kind: str) -> str:
    text = say("{kind}: case {name}, year {year}", kind=word(TITLES[kind]), name=results.name, year=results.year)
    if not results.whole_year:
        text += say(", {hours} hours", hours=results.hours)
    return text


TITLES: Mapping[str, str] = MappingProxyType(
    {
        "summary": "Summary",
        "engineering": "Engineering report",
        "financing": "Financing report",
        "full": "Full report",
    }
)
"""Report -> what stands in its header."""
