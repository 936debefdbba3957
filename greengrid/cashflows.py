"""From a solved dispatch and the cost build-up to the yearly plan that financing takes; no funding here.

Between dispatched years figures run in straight lines; after the last one they stay flat in real terms unless a growth
scenario is named. Amounts are real USD of the price base year; financing indexes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from financing.plan import CapexItem, CurrencyPath, Plan, RevenueStream
from financing.revenue import RevenueModel, Years, in_words, stream
from greengrid.costs import LinkCosts, UnitCosts
from greengrid.course import GrowthScenario, course
from greengrid.dispatch.result import Dispatch
from greengrid.economy.fleet import Economy
from greengrid.errors import BadInput, Problem
from greengrid.fibre import FIBRE_ROWS, fibre_line
from greengrid.measures import link_rent_usd
from greengrid.tax_key import OWNERS, VatTerms, tax_shares, vat_on
from networks.grid import Grid
from networks.hvdc import Link

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
    dispatched_year: int | None = None
    """Of `ProjectLink.year`; None where that is not told: then every year is like it."""
    growth: GrowthScenario | None = None
    """After the last dispatched year; None: flat."""
    currency: str = "USD"
    """That the contract is paid in."""
    currencies: tuple[CurrencyPath, ...] = ()
    vat: VatTerms | None = None
    fibre: bool = False

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

    @property
    def years(self) -> range:
        """Operating years."""
        return range(self.operation_first_year, self.operation_first_year + self.operation_years)


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
    later: Mapping[int, LinkYear] = field(default_factory=dict)
    """Further dispatched years."""


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
    received, losses, rent = _courses(settings, available)
    capex = tuple(item for part in links for item in _named(part, len(links) > 1))
    opex = tuple(sum(parts) for parts in zip(*(part.costs.opex_usd_real(years) for part in links), strict=True))
    invested = sum(item.central_usd_real for item in capex)
    streams: tuple[RevenueStream, ...] = (
        stream(
            settings.revenue,
            Years(capacity_mw, availability, received, rent, invested, opex),
            settings.currency,
        ),
    )
    if settings.fibre:
        route_km = sum(part.link.subsea_km + part.link.land_km for part in links)
        fibre = fibre_line(route_km, unit_costs, settings.construction_years, years)
        capex, streams = (*capex, fibre.item), (*streams, fibre.revenue)
        opex = tuple(cost + fibre.upkeep_usd_real for cost in opex)
    return Plan(
        name=settings.name,
        price_base_year=settings.price_base_year,
        construction_first_year=settings.construction_first_year,
        operation_first_year=settings.operation_first_year,
        operation_years=years,
        capacity_mw=capacity_mw,
        availability_frac=availability,
        received_mwh=received,
        losses_usd_real=losses,
        avoided_tco2=None if avoided_tco2_per_year is None else (avoided_tco2_per_year * availability,) * years,
        capex=capex,
        opex_usd_real=opex,
        decommissioning_usd_real=sum(part.costs.decommissioning_usd_real.central for part in links),
        revenue=streams,
        inflation_pa=settings.inflation_pa,
        tax=tax_shares(capex, unit_costs.tables, owners),
        discount_rate_nominal_pa=settings.discount_rate_nominal_pa,
        affordable_charge_usd_per_mwh=affordable_charge_usd_per_mwh,
        assumptions=(*_assumptions(settings, links, unit_costs), *assumptions),
        vat=vat_on(settings.vat, capex, unit_costs.tables, owners),
        currencies=settings.currencies,
    )


Course = tuple[float, ...]


def _courses(
    settings: ProjectSettings, available: Sequence[tuple[ProjectLink, float]]
) -> tuple[Course, Course, Course]:
    """Energy received, losses and rent of every operating year, outages taken off."""
    growth = settings.growth
    energy_pa, rent_pa = (growth.energy_growth_pa, growth.rent_growth_pa) if growth else (0.0, 0.0)
    count = growth.growth_years if growth else 0
    first = settings.dispatched_year or settings.operation_first_year
    totals = [np.zeros(settings.operation_years) for _ in range(3)]
    for part, frac in available:
        known = {**part.later, first: part.year}
        names = (("received_mwh", energy_pa), ("loss_usd_real", energy_pa), ("rent_usd_real", rent_pa))
        most = (part.link.capacity_mw * WHOLE_YEAR_HOURS, np.inf, np.inf)
        for number, ((name, growth_pa), limit) in enumerate(zip(names, most, strict=True)):
            points = {year: getattr(value, name) for year, value in known.items()}
            totals[number] += frac * np.asarray(course(points, settings.years, growth_pa, count, limit))
    received, losses, rent = (tuple(total.tolist()) for total in totals)
    return received, losses, rent


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
        _later_years(settings, links),
        _vat_row(settings.vat),
        *_fibre_rows(settings, unit_costs),
        *((f"price of {path.currency}", _path_in_words(path), "C", path.source) for path in settings.currencies),
    )


def _later_years(settings: ProjectSettings, links: Sequence[ProjectLink]) -> Assumption:
    """What stands for the years that are not dispatched."""
    further = sorted({year for part in links for year in part.later})
    growth = settings.growth
    if growth is not None:
        value = (
            f"{growth.name}: energy {growth.energy_growth_pa:+.1%} and rent {growth.rent_growth_pa:+.1%} a year for "
            f"{growth.growth_years} years after the last dispatched one"
        )
        return ("later years", value, growth.confidence, growth.source)
    if not further:
        return ("later years", "as the dispatched year, in real terms", "C", "assumption: one year is dispatched")
    known = ", ".join(
        str(year) for year in sorted({*further, settings.dispatched_year or settings.operation_first_year})
    )
    value = f"straight lines between the dispatched years {known}; flat in real terms after the last"
    return (
        "later years",
        value,
        "C",
        "assumption: no growth scenario is named; the affordable charge is the case year's",
    )


def _vat_row(terms: VatTerms | None) -> Assumption:
    if terms is None:
        return ("value added tax", "left out: refundable, its advance is not financed", "C", "choice of the case")
    value = f"advance paid by the {terms.financed_by}, refunded after {terms.refund_delay_months:g} months"
    return ("value added tax", value, "D", terms.source)


def _fibre_rows(settings: ProjectSettings, unit_costs: UnitCosts) -> list[Assumption]:
    if not settings.fibre:
        return []
    rows = [unit_costs.row(name) for name in FIBRE_ROWS]
    return [
        (
            row.name.replace("_", " "),
            f"{row.central:g} ({row.low:g} to {row.high:g}) {row.unit}",
            row.confidence,
            row.source,
        )
        for row in rows
    ]


def _path_in_words(path: CurrencyPath) -> str:
    rises = ", ".join(f"{rise:+.1%}" for rise in path.rise_pa)
    moves = f"{rises} a year in USD, the last one holding on" if rises else "purchasing-power parity with the dollar"
    return f"{path.inflation_pa:.1%} inflation at home; {moves}"


def _route(link: Link) -> Assumption:
    value = (
        f"{link.capacity_mw:,.0f} MW, {link.voltage_kv:g} kV {link.configuration.replace('_', ' ')}, "
        f"{link.subsea_km:g} km at sea and {link.land_km:g} km on land"
    )
    return (f"link {link.name}", value, "D", link.source)
