"""The export chain's inputs from the tables: Aktau, Caspian, Azerbaijan, Georgia, Black Sea, Romania; shorter ways."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from greengrid.costs import LinkCosts, UnitCosts, annuity_frac, combined, weakest
from greengrid.dispatch.result import Dispatch
from greengrid.economy.markets import BORDER_CARBON_FIRST_YEAR, make_border_carbon
from greengrid.economy.money import at_year, price_level, usd_per_eur
from greengrid.economy.prices import Prices
from greengrid.economy.rows import Quantity
from greengrid.economy.tables import EconomyTables
from greengrid.netback import BORDER_CARBON, Chain, Deduction, Input, Section, realised_loss_frac, weighted_price
from networks.grid import Grid
from networks.hvdc import Link

CASPIAN, BLACK_SEA = "Caspian cable", "Black Sea cable"
CABLES = ("caspian", "black_sea")
"""Links of the chain, by their names in a case."""


@dataclass(frozen=True, slots=True)
class ChainInputs:
    """What a netback takes from the tables for one case; `overrides` replaces any named input by the run's own."""

    tables: EconomyTables
    year: int
    price_base_year: int
    border_rule: str
    declared_country: str
    eua_usd_per_t: float | None
    home_usd_per_tco2: float
    """Carbon price paid in the declared country."""
    overrides: Mapping[str, Input]
    """Keys: price.RO, price.TR, price.GE, price.AZ, loss.caspian, loss.black_sea, charge.caspian, charge.black_sea,
    reinforcement, generation."""

    @property
    def level(self) -> float:
        return price_level(self.tables, self.price_base_year)

    def share(self, name: str) -> Input:
        row = self.tables.quantity(name)
        return Input(row.low, row.central, row.high, row.confidence, row.source)

    def money(self, name: str, year: int | None = None) -> Input:
        """A USD/MWh or EUR/MWh quantity in USD of the price base year."""
        return self._in_usd(self.tables.quantity(name, year))

    def _in_usd(self, row: Quantity) -> Input:
        scale = self.level * (usd_per_eur(self.tables) if "EUR" in row.unit else 1.0)
        return Input(row.low * scale, row.central * scale, row.high * scale, row.confidence, row.source)

    def path(self, name: str) -> Input:
        """As `money`, between the years of the table."""
        rows = [row for row in self.tables.quantities if row.name == name and row.year is not None]
        inputs = {row.year: self._in_usd(row) for row in rows if row.year is not None}

        def value(field: str) -> float:
            points = {year: float(getattr(each, field)) for year, each in inputs.items()}
            return at_year(points, self.year, f"eu_border.csv, {name}")

        nearest = min(inputs, key=lambda year: (abs(year - self.year), year), default=self.year)
        origin = inputs.get(nearest)
        grade, source = (origin.confidence, origin.source) if origin else ("D", "")
        return Input(value("low"), value("central"), value("high"), grade, source)

    def received(self, market: str) -> Input:
        """What a seller receives in a neighbour's market."""
        price = self.overrides.get(f"price.{market}")
        if price is not None:
            return price
        quoted, kept = self.path(f"outlet_price.{market}"), self.share(f"outlet_receive.{market}").central
        return Input(quoted.low * kept, quoted.central * kept, quoted.high * kept, quoted.confidence, quoted.source)

    def border_carbon(self) -> Input:
        """Cost per MWh; best: a zero-emission claim is accepted, worst: the fallback factor at the high allowance."""
        cost = make_border_carbon(
            self.tables,
            year=self.year,
            price_base_year=self.price_base_year,
            rule=self.border_rule,
            declared_country=self.declared_country,
            home_usd_per_tco2=self.home_usd_per_tco2,
            eua_usd_per_t=self.eua_usd_per_t,
        )
        if self.border_rule == "none" or self.year < BORDER_CARBON_FIRST_YEAR:
            return Input(0.0, 0.0, 0.0, "D", "case: no border carbon cost")
        allowance = self.path("eua_price").high if self.eua_usd_per_t is None else self.eua_usd_per_t
        worst = self.tables.quantity("cbam_default_factor.EU").central * allowance
        central = cost.cost_usd_per_mwh
        return Input(0.0, central, max(worst, central), "B", cost.source)

    def carbon_usd_per_tco2(self) -> float:
        """Allowance price less what is paid at home."""
        allowance = self.path("eua_price").central if self.eua_usd_per_t is None else self.eua_usd_per_t
        return max(0.0, allowance - self.home_usd_per_tco2)

    def fees(self) -> Input:
        perimeter, balancing = self.money("perimeter_fee"), self.money("balancing_fee")
        return Input(
            perimeter.low + balancing.low,
            perimeter.central + balancing.central,
            perimeter.high + balancing.high,
            max(perimeter.confidence, balancing.confidence),
            f"{perimeter.source}; {balancing.source}",
        )

    def cable(self, name: str, link: str) -> Section:
        loss = self.overrides.get(f"loss.{link}") or self.share(f"cable_loss.{link}")
        charge = self.overrides.get(f"charge.{link}") or self.money(f"cable_charge.{link}")
        return Section(name, loss, charge, charged_on="received", sunk_cost=True)

    def transit(self, name: str, country: str) -> Section:
        loss, charge = self.share(f"transit_loss.{country}"), self.money(f"transit_charge.{country}")
        return Section(name, loss, charge, charged_on="sent", sunk_cost=False)

    def source_end(self) -> tuple[tuple[Deduction, ...], Deduction]:
        works = self.overrides.get("reinforcement") or self.money("reinforcement_charge")
        power = self.overrides.get("generation") or self.money("lcoe.wind_mangystau")
        return (Deduction("inland AC works", works, True),), Deduction(
            "renewable power at the sending end", power, False
        )


def romanian_chain(inputs: ChainInputs) -> Chain:
    """The whole way to Romania."""
    at_source, generation = inputs.source_end()
    sections = (
        inputs.cable(BLACK_SEA, "black_sea"),
        inputs.transit("Georgia", "GE"),
        inputs.transit("Azerbaijan", "AZ"),
        inputs.cable(CASPIAN, "caspian"),
    )
    fees = (
        Deduction(BORDER_CARBON, inputs.border_carbon(), False),
        Deduction("perimeter fee and balancing", inputs.fees(), False),
    )
    return Chain("Romania", inputs.received("RO"), fees, sections, at_source, generation)


def nearer_chains(inputs: ChainInputs, prices: Prices) -> tuple[Chain, ...]:
    """Türkiye, Georgia and gas power displaced in Azerbaijan (a combined cycle, unless `price.AZ` is given)."""
    at_source, generation = inputs.source_end()
    caspian = inputs.cable(CASPIAN, "caspian")
    azerbaijan, georgia = inputs.transit("Azerbaijan", "AZ"), inputs.transit("Georgia", "GE")
    gas = inputs.overrides.get("price.AZ") or displaced_gas(inputs, prices)
    return (
        Chain("Türkiye", inputs.received("TR"), (), (georgia, azerbaijan, caspian), at_source, generation),
        Chain("Georgia", inputs.received("GE"), (), (azerbaijan, caspian), at_source, generation),
        Chain("Azerbaijani gas", gas, (), (caspian,), at_source, generation),
    )


def displaced_gas(inputs: ChainInputs, prices: Prices) -> Input:
    """Fuel and operation of an Azerbaijani combined cycle; low at the best efficiency, high at a third."""
    key, fuel = prices.fuel("gas", "AZ", "AZ")
    row = next(r for r in inputs.tables.technologies if (r.technology, r.country) == ("gas_ccgt", "AZ"))
    operation = inputs.level * row.variable_cost_usd_per_mwh
    confidence, source = prices.origin[key]
    at = [fuel / efficiency + operation for efficiency in (row.efficiency_high_frac, row.efficiency_frac, 0.335)]
    return Input(at[0], at[1], at[2], max(confidence, row.confidence), f"calc: {source}; {row.source}")


def inputs_of_run(inputs: ChainInputs, grid: Grid, dispatch: Dispatch) -> ChainInputs:
    """The same inputs with what the dispatch realised in place of the tables' central values.

    The price of a market is its hourly price after our own sales, weighted with what is sold there; the loss of a cable
    is that of the energy it sent forwards; its charge, worked out for a certain use, is spread over the energy that it
    delivered both ways. The tables' ranges are kept around the new centre: prices and charges in proportion, losses as
    absolute distances. What did not flow keeps the table's value. Values in `overrides` win.
    """
    found: dict[str, Input] = {}
    for market in ("RO", "TR"):
        realised = _sold_at(grid, dispatch, market)
        quoted = inputs.received(market)
        if realised is not None and quoted.central > 0:
            kept = inputs.share(f"outlet_receive.{market}").central
            scale = realised * kept / quoted.central
            found[f"price.{market}"] = Input(
                quoted.low * scale,
                quoted.central * scale,
                quoted.high * scale,
                quoted.confidence,
                f"hourly price of the run weighted with what is sold; range in proportion: {quoted.source}",
            )
    for link in grid.links:
        if link.name in CABLES:
            found |= _cable_of_run(inputs, link, dispatch)
    return replace(inputs, overrides={**found, **inputs.overrides})


def _cable_of_run(inputs: ChainInputs, link: Link, dispatch: Dispatch) -> dict[str, Input]:
    """Realised loss and charge of one cable; empty where nothing flowed."""
    found: dict[str, Input] = {}
    forward, reverse = (f"{link.name}:{way}" for way in ("forward", "reverse"))
    loss = realised_loss_frac(dispatch.link_sent_mw[forward], dispatch.link_received_mw[forward])
    if loss is not None:
        row = inputs.share(f"cable_loss.{link.name}")
        low, high = max(0.0, loss + row.low - row.central), loss + row.high - row.central
        found[f"loss.{link.name}"] = Input(low, loss, high, row.confidence, f"dispatch; range: {row.source}")
    delivered = float(dispatch.link_received_mw[forward].sum() + dispatch.link_received_mw[reverse].sum())
    use = delivered / (link.capacity_mw * dispatch.clock.hours)
    if use > 0:
        charge = inputs.money(f"cable_charge.{link.name}")
        scale = inputs.share(f"cable_charge_use.{link.name}").central / use
        source = f"{charge.source}; spread over the use of the run, {use:.0%} of the rating both ways"
        values = (charge.low * scale, charge.central * scale, charge.high * scale)
        found[f"charge.{link.name}"] = Input(*values, charge.confidence, source)
    return found


def _sold_at(grid: Grid, dispatch: Dispatch, market: str) -> float | None:
    """Mean price over all borders of a market, weighted with what is exported there."""
    borders = [border.name for border in grid.borders if border.market == market]
    if not borders:
        return None
    prices = np.concatenate([dispatch.market_price_usd_per_mwh[name] for name in borders])
    sold = np.concatenate([dispatch.export_mw[name] for name in borders])
    return weighted_price(prices, sold)


def works_charge(costs: LinkCosts, unit: UnitCosts, sent_mwh: float, years: int) -> Input | None:
    """Inland AC package per MWh that the link sends: annuity at the real discount rate of the tables, and upkeep.

    Low and high move the cost alone. None without a package or without a flow.
    """
    package = combined(costs.reinforcement)
    if sent_mwh <= 0 or package.central <= 0:
        return None
    rate = unit.tables.quantity("discount_rate_real").central
    yearly = package * annuity_frac(rate, years) + package * unit.share("line_upkeep").central
    low, central, high = (value / sent_mwh for value in (yearly.low, yearly.central, yearly.high))
    grade = weakest(item.confidence for item in costs.reinforcement)
    return Input(low, central, high, grade, f"calc: AC package at {rate:.0%} real over {years} years and its upkeep")
