"""A fibre-optic line laid with the cable and leased to carriers: optional, off by default."""

from __future__ import annotations

from dataclasses import dataclass

from financing.plan import CapexItem, RevenueStream
from greengrid.costs import SPENDING, UnitCosts, spread

FIBRE_ROWS = ("fibre_cable", "fibre_upkeep", "fibre_revenue")


@dataclass(frozen=True, slots=True)
class FibreLine:
    """Real USD of the price base year."""

    item: CapexItem
    upkeep_usd_real: float
    """Per year."""
    revenue: RevenueStream


def fibre_line(route_km: float, unit: UnitCosts, construction_years: int, operation_years: int) -> FibreLine:
    """One line over the whole route, from the rows `fibre_*` of the link costs; laid when the cable is."""
    row, lease = unit.row("fibre_cable"), unit.row("fibre_revenue")
    cost = unit.money("fibre_cable") * route_km
    years = spread(SPENDING["marine"], construction_years)
    item = CapexItem("fibre line", "sea", cost.central, cost.low, cost.high, years, row.confidence, row.source)
    yearly = unit.money("fibre_revenue").central
    revenue = RevenueStream(
        "lease of the fibre line",
        "fibre_lease",
        (yearly,) * operation_years,
        1.0,
        "carriers (no contract exists)",
        f"{lease.source} (grade {lease.confidence})",
    )
    return FibreLine(item, cost.central * unit.share("fibre_upkeep").central, revenue)
