"""From a solved dispatch and the cost build-up to the yearly plan that financing takes; no funding here.

Every year after the dispatched one repeats it in real terms, as long as only one year is dispatched. Amounts are real
USD of the price base year; financing indexes them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from financing.plan import CapexItem, Plan, TaxShare
from financing.revenue import RevenueModel, Years, in_words, stream
from greengrid.costs import LinkCosts, UnitCosts
from greengrid.dispatch.result import Dispatch
from greengrid.economy.fleet import Economy
from greengrid.economy.tables import EconomyTables
from greengrid.errors import BadInput, Problem
from greengrid.measures import link_rent_usd
from networks.grid import Grid
from networks.hvdc import Link

OWNERS: Mapping[str, float] = {"KZ": 1 / 3, "UZ": 1 / 3, "AZ": 1 / 3}
"""Green Corridor Alliance: equal thirds (https://en.trend.az/business/4026248.html)."""
COST_ROWS = (
    *(
        "subsea_cable",
        "land_cable",
        "converter_pair",
        "mobilisation",
        "survey_development",
        "owner_cost",
        "contingency",
    ),
    *("cable_upkeep", "converter_upkeep", "insurance", "control_refurbishment", "control_refurbishment_year"),
    *("subsea_fault_rate", "subsea_repair", "subsea_repair_cost", "land_fault_rate", "land_repair"),
    *("station_forced_outage", "station_scheduled_outage", "decommissioning"),
)
WHOLE_YEAR_HOURS = 8760

Assumption = tuple[str, str, str, str]
"""(what, value with unit, confidence, source)"""


@dataclass(frozen=True, slots=True)
class ProjectSettings:
    """The case's choices about the project."""

    name: str
    price_base_year: int
    construction_first_year: int
    operation_first_year: int
    operation_years: int
    inflation_pa: float
    discount_rate_nominal_pa: float
    revenue: RevenueModel
    """Stated contract terms, never tuned."""

    def __post_init__(self) -> None:
        checks = (
            ("operation_years", self.operation_years, self.operation_years >= 1, "at least 1"),
            ("operation_first_year", self.operation_first_year, self.construction_years >= 1, "after construction"),
        )
        problems = [
            Problem(f"project.{name}", f"{value}", expected) for name, value, good, expected in checks if not good
        ]
        if problems:
            raise BadInput(problems)

    @property
    def construction_years(self) -> int:
        return self.operation_first_year - self.construction_first_year


@dataclass(frozen=True, slots=True)
class LinkYear:
    """What a link does in the dispatched year, before outages."""

    sent_mwh: float
    received_mwh: float
    loss_usd_real: float
    """Running and idle losses at the price of the sending end."""
    rent_usd_real: float
    """Received at the receiving price less sent at the sending price less idle loss at local prices; signed."""


@dataclass(frozen=True, slots=True)
class ProjectLink:
    """A financed link with its costs and its dispatched year."""

    link: Link
    costs: LinkCosts
    year: LinkYear


def link_year(link: Link, dispatch: Dispatch) -> LinkYear:
    """Energies and the cost of losses over a whole year of dispatch.

    Raises BadInput for a part of a year: no annual figure is made of it.
    """
    if dispatch.clock.hours < WHOLE_YEAR_HOURS:
        found = f"{dispatch.clock.hours} hours"
        raise BadInput([Problem("dispatch", found, "a whole year", 'Set hours = "all" to make financial figures.')])
    sent_mwh = received_mwh = loss_usd = 0.0
    idle = dispatch.link_idle_mw[link.name] / 2
    for way, bus in (("forward", link.from_bus), ("reverse", link.to_bus)):
        sent, received = dispatch.link_sent_mw[f"{link.name}:{way}"], dispatch.link_received_mw[f"{link.name}:{way}"]
        sent_mwh += float(sent.sum())
        received_mwh += float(received.sum())
        loss_usd += float(((sent - received + idle) * dispatch.price_usd_per_mwh[bus]).sum())
    return LinkYear(sent_mwh, received_mwh, loss_usd, float(link_rent_usd(link, dispatch).sum()))


def system_emissions_tco2(grid: Grid, economy: Economy, dispatch: Dispatch) -> float:
    """Emissions of the modelled fleet, plus those of the power bought, less those that the power sold displaces.

    Two dispatches that differ in a link alone give what it avoids. Neighbours count at the factor of their market.
    """
    own = {unit.name: unit.emission_tco2_per_mwh for unit in economy.units}
    total = sum(float(dispatch.generation_mw[name].sum()) * own[name] for name in dispatch.generation_mw.columns)
    factor = {market.name: market.emission_tco2_per_mwh for market in economy.markets}
    for border in grid.borders:
        bought = float(dispatch.import_mw[border.name].sum() - dispatch.export_mw[border.name].sum())
        total += bought * factor[border.market]
    return total


def make_plan(
    settings: ProjectSettings,
    links: Sequence[ProjectLink],
    *,
    avoided_tco2_per_year: float | None,
    affordable_charge_usd_per_mwh: float | None,
    unit_costs: UnitCosts,
    owners: Mapping[str, float] = OWNERS,
    assumptions: Sequence[Assumption] = (),
) -> Plan:
    """One project of one or more links.

    `avoided_tco2_per_year` comes from two dispatches (`system_emissions_tco2` without less with the project), before
    outages; None where only one was solved. Received energy, losses, avoided emissions and the capacity charge are
    multiplied with the availability: the dispatch ran with the links always on, and the charge is paid for available
    capacity.
    """
    if not links:
        raise BadInput([Problem("project.links", "no link", "at least one built link")])
    years = settings.operation_years
    capacity_mw = sum(part.link.capacity_mw for part in links)
    available = [(part, part.costs.availability["central"].frac) for part in links]
    availability = sum(part.link.capacity_mw * frac for part, frac in available) / capacity_mw
    received = sum(part.year.received_mwh * frac for part, frac in available)
    losses = sum(part.year.loss_usd_real * frac for part, frac in available)
    capex = tuple(item for part in links for item in _named(part, len(links) > 1))
    opex = tuple(sum(parts) for parts in zip(*(part.costs.opex_usd_real(years) for part in links), strict=True))
    rent = sum(part.year.rent_usd_real * frac for part, frac in available)
    invested = sum(item.central_usd_real for item in capex)
    of_years = Years(capacity_mw, availability, (received,) * years, (rent,) * years, invested, opex)
    return Plan(
        name=settings.name,
        price_base_year=settings.price_base_year,
        construction_first_year=settings.construction_first_year,
        operation_first_year=settings.operation_first_year,
        operation_years=years,
        capacity_mw=capacity_mw,
        availability_frac=availability,
        received_mwh=(received,) * years,
        losses_usd_real=(losses,) * years,
        avoided_tco2=None if avoided_tco2_per_year is None else (avoided_tco2_per_year * availability,) * years,
        capex=capex,
        opex_usd_real=opex,
        decommissioning_usd_real=sum(part.costs.decommissioning_usd_real.central for part in links),
        revenue=(stream(settings.revenue, of_years),),
        inflation_pa=settings.inflation_pa,
        tax=tax_shares(capex, unit_costs.tables, owners),
        discount_rate_nominal_pa=settings.discount_rate_nominal_pa,
        affordable_charge_usd_per_mwh=affordable_charge_usd_per_mwh,
        assumptions=(*_assumptions(settings, links, unit_costs), *assumptions),
    )


def _named(part: ProjectLink, several: bool) -> tuple[CapexItem, ...]:
    """The link's parts; with several links each part says whose it is."""
    if not several:
        return part.costs.project_items
    return tuple(
        CapexItem(
            f"{part.link.name}: {item.name}",
            item.country,
            item.central_usd_real,
            item.low_usd_real,
            item.high_usd_real,
            item.spread_frac,
            item.confidence,
            item.source,
        )
        for item in part.costs.project_items
    )


def tax_shares(
    capex: Sequence[CapexItem], tables: EconomyTables, owners: Mapping[str, float] = OWNERS
) -> tuple[TaxShare, ...]:
    """What each country taxes: the parts that stand in it (half of a line "AZ/GE"), and the owners' key at sea.

    Stations and land cables are taxed where they stand; cable at sea, engineering and contingency follow the shares of
    the joint venture. No treaty or host-government agreement is published: an assumption of grade D.
    """
    if not math.isclose(sum(owners.values()), 1.0, abs_tol=1e-9):
        raise BadInput([Problem("owners", f"shares that sum to {sum(owners.values()):g}", "a sum of 1")])
    amounts: dict[str, float] = {}
    for item in capex:
        places = item.country.split("/")
        parts = owners if places == ["sea"] else dict.fromkeys(places, 1 / len(places))
        for country, share in parts.items():
            amounts[country] = amounts.get(country, 0.0) + share * item.central_usd_real
    whole = sum(amounts.values())
    return tuple(_tax_share(country, amount / whole, tables) for country, amount in sorted(amounts.items()))


def _tax_share(country: str, share_frac: float, tables: EconomyTables) -> TaxShare:
    rate = tables.quantity(f"corporate_tax.{country}")
    depreciation = tables.quantity(f"tax_depreciation.{country}")
    carry_forward = tables.quantity(f"loss_carry_forward.{country}")
    source = f"rate: {rate.source}; depreciation: {depreciation.source}; losses: {carry_forward.source}"
    return TaxShare(
        country=country,
        share_frac=share_frac,
        rate_frac=rate.central,
        depreciation_years=round(depreciation.central),
        loss_carry_forward_years=round(carry_forward.central),
        source=source,
    )


def _assumptions(
    settings: ProjectSettings, links: Sequence[ProjectLink], unit_costs: UnitCosts
) -> tuple[Assumption, ...]:
    rows = [unit_costs.row(name) for name in COST_ROWS]
    listed: list[Assumption] = [
        (
            row.name.replace("_", " "),
            f"{row.central:g} ({row.low:g} to {row.high:g}) {row.unit}",
            row.confidence,
            row.source,
        )
        for row in rows
    ]
    listed += [_route(part.link) for part in links]
    model = settings.revenue
    first, last = settings.construction_first_year, settings.operation_first_year - 1
    life = f"{first} to {last}, operation from {last + 1} for {settings.operation_years} years"
    rates = f"{settings.inflation_pa:.2%} inflation, {settings.discount_rate_nominal_pa:.2%} nominal before financing"
    return (
        *listed,
        (model.name, f"{in_words(model)} (USD of {settings.price_base_year})", "D", model.source),
        ("construction and life", life, "C", "assumption: no schedule is published"),
        ("USD inflation and discount rate", rates, "C", "stated in the case"),
        (
            "tax key",
            "assets where they stand, parts at sea by the owners' key",
            "D",
            "assumption: no agreement published",
        ),
        ("later years", "as the dispatched year, in real terms", "C", "assumption: one year is dispatched"),
    )


def _route(link: Link) -> Assumption:
    value = (
        f"{link.capacity_mw:,.0f} MW, {link.voltage_kv:g} kV {link.configuration.replace('_', ' ')}, "
        f"{link.subsea_km:g} km at sea and {link.land_km:g} km on land"
    )
    return (f"link {link.name}", value, "D", link.source)
