"""The financed cable at other ratings and price levels: what it delivers, costs, requires, and what the chain leaves.

No other rating is dispatched here: the flow of each hour of this run is cut at the other rating, with that rating's own
losses. A larger cable carries this run's flow and no more, which is right in every hour in which this one is not full.
Cost, availability and the inland AC package are those of the other rating; prices are this run's. A price level scales
every market's price at the end of a chain, all else the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path

import numpy as np

from financing.charge import closing_grant, grant_frontier, required_charge
from financing.funding import FundingModel
from financing.metrics import Measure
from financing.package import lcot_usd_per_mwh
from financing.plan import Plan
from financing.project import Project
from financing.structure import Structure
from greengrid.case import Case, load_case
from greengrid.case_keys import LinkCase
from greengrid.cashflows import LinkYear, ProjectLink, ProjectSettings, make_plan
from greengrid.costs import UnitCosts, link_costs, total
from greengrid.dispatch.result import Dispatch
from greengrid.economy.chain import CASPIAN, works_charge
from greengrid.hourly import Array
from greengrid.netback import Chain, Input, affordable_charge
from greengrid.optimum import closing_row
from greengrid.outlets import chains_of
from networks.grid import Grid, Reinforcement
from networks.hvdc import Link
from networks.staging import choose_package, reinforcements_of
from networks.tables import load_tables, shipped_sets

FINANCED = "caspian"
TYPES = ("small-link", "base", "large-link")
"""Shipped cases whose cable is built alike for ratings up to theirs."""
PRICE_LEVELS = (0.8, 1.0, 1.25, 1.5, 2.0)
"""Times the market's price at the end of each chain."""
LOSS_POINTS = 401
CHARGE_STEPS = 12


@dataclass(frozen=True, slots=True)
class Rated:
    """The cable at one rating, with what this run's flows make of it."""

    link: Link
    year: LinkYear
    full_hours: int
    """Hours in which this run's flow reaches the rating."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What all ratings share."""

    case: Case
    grid: Grid
    settings: ProjectSettings
    links: Sequence[ProjectLink]
    """The financed links as built; all but the Caspian one stay as they are."""
    realised: Mapping[str, Input]
    """Prices, losses and charges of the export chain as the dispatch found them."""

    @property
    def unit(self) -> UnitCosts:
        return UnitCosts.of(self.case.price_base_year, self.case.link[FINANCED].cost)


@dataclass(frozen=True, slots=True)
class Sized:
    """One rating, ready to be financed."""

    rated: Rated
    own: bool
    """Whether it is the case's own, as dispatched."""
    plan: Plan
    works_usd_real: float
    overrides: Mapping[str, Input]
    """Of the chain."""


def other_ratings(case: Case, grid: Grid, dispatch: Dispatch) -> tuple[Rated, ...]:
    """The Caspian link at each of the shipped ratings but its own; none where it is not financed."""
    own = next((link for link in grid.links if link.name == FINANCED and FINANCED in case.financed_links), None)
    if own is None:
        return ()
    links = (at_rating(own, kind) for kind in cable_types() if kind.capacity_mw != own.capacity_mw)
    return tuple(with_flows(link, own, dispatch) for link in links)


@cache
def cable_types() -> tuple[LinkCase, ...]:
    """The cables of the shipped ratings, smallest first."""
    return tuple(load_case(name).link[FINANCED] for name in TYPES)


def at_rating(own: Link, kind: LinkCase) -> Link:
    """The case's own route with a cable and stations of another rating."""
    return replace(
        own,
        capacity_mw=kind.capacity_mw,
        voltage_kv=kind.voltage_kv,
        configuration=kind.configuration,
        poles=kind.poles,
        resistance_ohm_per_km=kind.resistance_ohm_per_km,
        ramp_max_mw_per_h=max(own.ramp_max_mw_per_h, kind.capacity_mw),
    )


def with_flows(link: Link, own: Link, dispatch: Dispatch) -> Rated:
    """Energy, losses and rent of this run's flows through another cable, at this run's prices."""
    sent_at = np.linspace(0.0, link.capacity_mw, LOSS_POINTS)
    received_at = np.array([link.flow(float(sent)).received_mw for sent in sent_at])
    price = [dispatch.price_usd_per_mwh[bus] for bus in (own.from_bus, own.to_bus)]
    idle_mw = link.idle_loss_mw / 2.0
    sent_mwh = received_mwh = loss_usd = rent_usd = 0.0
    full = np.zeros(dispatch.clock.hours, dtype=bool)
    for way, (here, there) in (("forward", (0, 1)), ("reverse", (1, 0))):
        wanted: Array = dispatch.link_sent_mw[f"{own.name}:{way}"]
        sent = np.minimum(wanted, link.capacity_mw)
        received = np.interp(sent, sent_at, received_at)
        full |= wanted >= link.capacity_mw
        sent_mwh += float(sent.sum())
        received_mwh += float(received.sum())
        loss_usd += float(((sent - received + idle_mw) * price[here]).sum())
        rent_usd += float((received * price[there] - sent * price[here] - idle_mw * price[here]).sum())
    return Rated(link, LinkYear(sent_mwh, received_mwh, loss_usd, rent_usd), int(full.sum()))


def size_tables(setting: Setting, ratings: Sequence[Rated], structure: Structure) -> dict[str, Sequence[object]]:
    """Tables `sizes`, `price_levels` and `size_frontier` for one mix; none where the Caspian link is not financed."""
    sized = sizes_of(setting, ratings)
    required = [_required(each.plan, structure) for each in sized]
    pairs = list(zip(sized, required, strict=True))
    if not pairs:
        return {}
    return {
        "sizes": [_size_row(each, structure, need) for each, need in pairs],
        "price_levels": [row for each, need in pairs for row in _price_rows(setting.case, each, need, structure)],
        "size_frontier": _frontier_rows(pairs, structure),
    }


def sizes_of(setting: Setting, ratings: Sequence[Rated]) -> list[Sized]:
    """The case's own cable and the others, smallest first, each with its plan."""
    own = next((part for part in setting.links if part.link.name == FINANCED), None)
    if own is None:
        return []
    country = {bus.name: bus.country for bus in setting.grid.buses}
    found = [_sized(setting, own, Rated(own.link, own.year, 0), is_own=True)]
    for rated in ratings:
        costs = link_costs(
            rated.link,
            (country[own.link.from_bus], country[own.link.to_bus]),
            reinforcements=_package(setting.case, rated.link),
            paid_by=setting.case.reinforcement.paid_by,
            construction_years=setting.settings.construction_years,
            unit_costs=setting.unit,
        )
        part = ProjectLink(rated.link, costs, rated.year, _later_of(own, rated))
        found.append(_sized(setting, part, rated, is_own=False))
    return sorted(found, key=lambda each: each.rated.link.capacity_mw)


def _later_of(own: ProjectLink, rated: Rated) -> dict[int, LinkYear]:
    """Further dispatched years at another rating: each figure moves in them as it does at the case's own rating; a year
    of nothing here stays nothing."""
    names = [field.name for field in fields(LinkYear)]
    base = {name: getattr(own.year, name) for name in names}
    return {
        number: LinkYear(
            **{
                name: getattr(rated.year, name) * (getattr(year, name) / base[name] if base[name] else 1.0)
                for name in names
            }
        )
        for number, year in own.later.items()
    }


def _package(case: Case, link: Link) -> tuple[Reinforcement, ...]:
    """Inland works of the rating, from the case's own tables."""
    tables = load_tables(shipped_sets().get(case.network, Path(case.network)))
    return reinforcements_of(tables, choose_package(tables, [link], case.reinforcement.scope))


def _sized(setting: Setting, part: ProjectLink, rated: Rated, *, is_own: bool) -> Sized:
    unit, settings = setting.unit, setting.settings
    works = works_charge(part.costs, unit, part.year.sent_mwh, settings.operation_years)
    overrides = {**setting.realised, **({"reinforcement": works} if works else {})}
    if not is_own and part.year.sent_mwh > 0:
        overrides |= _loss_of(part, setting.realised)
    plan = make_plan(
        settings,
        [part if each.link.name == FINANCED else each for each in setting.links],
        avoided_tco2_per_year=None,
        affordable_charge_usd_per_mwh=affordable_charge(chains_of(setting.case, overrides)[0], CASPIAN),
        unit_costs=unit,
    )
    return Sized(rated, is_own, plan, total(part.costs.reinforcement).central, overrides)


def _loss_of(part: ProjectLink, realised: Mapping[str, Input]) -> dict[str, Input]:
    """The chain's loss on the cable at this rating, with the range of the run's own loss around it."""
    name = f"loss.{FINANCED}"
    if name not in realised:
        return {}
    known, loss = realised[name], 1.0 - part.year.received_mwh / part.year.sent_mwh
    low, high = max(0.0, loss + known.low - known.central), loss + known.high - known.central
    return {name: Input(low, loss, high, known.confidence, known.source)}


def _required(plan: Plan, structure: Structure) -> Measure:
    project = Project(plan)
    return required_charge(FundingModel(project, structure), lcot_usd_per_mwh(project).value or 0.0)[0]


def _size_row(each: Sized, structure: Structure, required: Measure) -> dict[str, object]:
    plan, link, year = each.plan, each.rated.link, each.rated.year
    capex = sum(item.central_usd_real for item in plan.capex)
    return {
        "capacity_mw": link.capacity_mw,
        "own": each.own,
        "voltage_kv": link.voltage_kv,
        "configuration": link.configuration,
        "poles": link.poles,
        "full_hours": each.rated.full_hours,
        "received_mwh": year.received_mwh,
        "availability_frac": plan.availability_frac,
        "capex_usd_real": capex,
        "works_usd_real": each.works_usd_real,
        "lcot_usd_per_mwh": lcot_usd_per_mwh(Project(plan)).value,
        "mix": structure.name,
        "required_charge_usd_per_mwh": required.value,
        "note": required.reason,
    }


def _scaled(value: Input, factor: float) -> Input:
    return replace(value, low=factor * value.low, central=factor * value.central, high=factor * value.high)


def _at_level(chain: Chain, factor: float) -> Chain:
    return replace(chain, price_usd_per_mwh=_scaled(chain.price_usd_per_mwh, factor))


def _price_rows(case: Case, each: Sized, required: Measure, structure: Structure) -> Iterable[dict[str, object]]:
    """One rating at each price level over each outlet: affordable with its bounds, required, gap and grant."""
    project = Project(each.plan)
    for number, chain in enumerate(chains_of(case, each.overrides)):
        for factor in PRICE_LEVELS:
            level = _at_level(chain, factor)
            central = affordable_charge(level, CASPIAN)
            closing = closing_row(closing_grant(project, structure, required, central))
            yield {
                "capacity_mw": each.rated.link.capacity_mw,
                "outlet": chain.outlet,
                "own_outlet": number == 0,
                "price_level_ratio": factor,
                "price_usd_per_mwh": level.price_usd_per_mwh.central,
                "affordable_charge_usd_per_mwh": central,
                "affordable_low_usd_per_mwh": affordable_charge(level, CASPIAN, "worst"),
                "affordable_high_usd_per_mwh": affordable_charge(level, CASPIAN, "best"),
                "mix": structure.name,
                "required_charge_usd_per_mwh": required.value,
                **{key: value for key, value in closing.items() if key != "charge_usd_per_mwh"},
            }


def _frontier_rows(pairs: Sequence[tuple[Sized, Measure]], structure: Structure) -> list[dict[str, object]]:
    """Each rating over the same charges, from 0 to the highest that any of them requires."""
    top = max((need.value for _, need in pairs if need.value is not None), default=0.0)
    charges = [top * step / CHARGE_STEPS for step in range(CHARGE_STEPS + 1)]
    return [
        {"capacity_mw": each.rated.link.capacity_mw, "mix": structure.name, **closing_row(point)}
        for each, need in pairs
        for point in (grant_frontier(each.plan, structure, need, charges) if top > 0.0 else ())
    ]
