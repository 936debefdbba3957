"""What the works on land ask for at every size of the Caspian link that the tables know, beside the case's own."""

from __future__ import annotations

from dataclasses import dataclass

from greengrid.case import Case
from greengrid.costs import UnitCosts, reinforcement_items, total, weakest
from greengrid.inputs import tables_of
from networks.staging import PACKAGE_LINK, choose_package, reinforcements_of


@dataclass(frozen=True, slots=True)
class PackageCost:
    """One size's package in the case's scope; money in real USD of the case's price base year."""

    option_mw: float
    scope: str
    lines_km: float
    """Circuit-km of its lines."""
    transformers: int
    central_usd_real: float
    low_usd_real: float
    high_usd_real: float
    confidence: str


def package_costs(case: Case) -> tuple[PackageCost, ...]:
    """Ascending by size; nothing for a case without the link or a grid without packages. A case of scope `none` is
    shown the scope `rated`."""
    if PACKAGE_LINK not in case.built_links:
        return ()
    tables = tables_of(case)
    scope = "rated" if case.reinforcement.scope == "none" else case.reinforcement.scope
    link = case.link.get(PACKAGE_LINK)
    unit = UnitCosts.of(case.price_base_year, link.cost if link is not None else None)
    found = []
    for option_mw in sorted({row.option_mw for row in tables.reinforcements}):
        parts = reinforcements_of(tables, choose_package(tables, (), scope, option_mw))
        items = reinforcement_items(parts, 1, unit)
        cost = total(items)
        found.append(
            PackageCost(
                option_mw=option_mw,
                scope=scope,
                lines_km=sum(part.length_km * part.circuits for part in parts if part.element == "line"),
                transformers=sum(part.circuits for part in parts if part.element == "transformer"),
                central_usd_real=cost.central,
                low_usd_real=cost.low,
                high_usd_real=cost.high,
                confidence=weakest(item.confidence for item in items),
            )
        )
    return tuple(found)
