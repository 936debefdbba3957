"""What trade with each neighbour costs: slope, spread, fees, border carbon cost and yearly limits."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from greengrid.economy.fleet import Market
from greengrid.economy.money import at_year, in_usd, price_level
from greengrid.economy.rows import MarketRow
from greengrid.economy.tables import EconomyTables
from greengrid.errors import BadInput, Problem

EU_MARKETS = ("RO",)
BORDER_CARBON_FIRST_YEAR = 2026
"""Electricity pays in full from 1 January 2026 (Regulation (EU) 2023/956)."""


@dataclass(frozen=True, slots=True)
class BorderCarbon:
    """The European Union's charge on imported power: factor x (allowance price - price paid at home)."""

    rule: str
    """default (factor of the declared country), actual (contract-proven: zero for wind, sun and water) or none."""
    factor_tco2_per_mwh: float
    eua_usd_per_tco2: float
    home_usd_per_tco2: float
    source: str

    @property
    def cost_usd_per_mwh(self) -> float:
        """Per MWh that crosses the border; never negative."""
        return self.factor_tco2_per_mwh * max(0.0, self.eua_usd_per_tco2 - self.home_usd_per_tco2)


def make_border_carbon(
    tables: EconomyTables,
    *,
    year: int,
    price_base_year: int,
    rule: str,
    declared_country: str,
    home_usd_per_tco2: float,
    eua_usd_per_t: float | None = None,
) -> BorderCarbon:
    """The charge of one year; `eua_usd_per_t` is in USD of the price base year.

    Source: Regulation (EU) 2023/956 with the default factors of the rows `cbam_default_factor.*`.
    """
    if rule not in ("default", "actual", "none"):
        raise BadInput([Problem("carbon.border", repr(rule), "default, actual or none")])
    eua = _allowance(tables, year, price_base_year) if eua_usd_per_t is None else eua_usd_per_t
    if not math.isfinite(eua) or eua < 0:
        raise BadInput([Problem("carbon.eua_usd_per_t", f"{eua}", "a price of 0 or more")])
    row = tables.quantity(f"cbam_default_factor.{declared_country}")
    charged = rule == "default" and year >= BORDER_CARBON_FIRST_YEAR
    factor = row.central * tables.quantity("cbam_payable_share").central if charged else 0.0
    return BorderCarbon(rule, factor, eua, home_usd_per_tco2, f"{row.basis}: {row.source}")


def _allowance(tables: EconomyTables, year: int, price_base_year: int) -> float:
    rows = [row for row in tables.quantities if row.name == "eua_price" and row.year is not None]
    points = {row.year: in_usd(tables, row)[1] for row in rows if row.year is not None}
    return price_level(tables, price_base_year) * at_year(points, year, "eu_border.csv, eua_price")


def make_markets(
    tables: EconomyTables, names: Iterable[str], year: int, price_base_year: int, border_carbon: BorderCarbon
) -> tuple[Market, ...]:
    """One market per name, in the order given; raises BadInput for every market without rows."""
    rows: dict[str, dict[int, MarketRow]] = {}
    for row in tables.markets:
        rows.setdefault(row.market, {})[row.year] = row
    wanted = tuple(dict.fromkeys(names))
    unknown = [name for name in wanted if name not in rows]
    if unknown:
        known = ", ".join(sorted(rows))
        raise BadInput([Problem("markets.csv", f"no rows for market {name}", f"one of {known}") for name in unknown])
    level = price_level(tables, price_base_year)
    return tuple(_market(tables, rows[name], year, level, border_carbon) for name in wanted)


def _market(
    tables: EconomyTables, rows: Mapping[int, MarketRow], year: int, level: float, carbon: BorderCarbon
) -> Market:
    latest = rows[max((when for when in rows if when <= year), default=min(rows))]
    name = latest.market

    def value(field: str) -> float:
        points = {when: float(getattr(row, field)) for when, row in rows.items()}
        return at_year(points, year, f"markets.csv, {name} {field}")

    perimeter, balancing = (in_usd(tables, tables.quantity(f"{fee}_fee"))[1] for fee in ("perimeter", "balancing"))
    inside_eu = name in EU_MARKETS
    return Market(
        name=name,
        slope_usd_per_mwh_per_gw=level * value("slope_usd_per_mwh_per_gw"),
        sell_factor_frac=value("sell_factor_frac"),
        sell_cost_usd_per_mwh=level * (perimeter + balancing) + carbon.cost_usd_per_mwh if inside_eu else 0.0,
        buy_cost_usd_per_mwh=level * perimeter if inside_eu else 0.0,
        import_energy_max_twh=latest.import_energy_max_twh,
        export_energy_max_twh=latest.export_energy_max_twh,
        emission_tco2_per_mwh=value("emission_tco2_per_mwh"),
        confidence=latest.confidence,
        source=latest.source,
        border_carbon_usd_per_mwh=carbon.cost_usd_per_mwh if inside_eu else 0.0,
    )
