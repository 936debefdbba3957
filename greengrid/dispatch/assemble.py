"""Assembles the problem from grid, weather and prices: which columns there are, where they act, what they cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from greengrid.dispatch.network import make_network
from greengrid.dispatch.problem import HOURS_PER_DAY, Columns, Problem, Store
from greengrid.economy.fleet import Economy, Market, Unit
from greengrid.hourly import Array
from greengrid.weather.profiles import Profiles
from networks.grid import Border, Grid, JointLimit

HOURS_PER_YEAR = 8760
DUMP_COST_USD_PER_MWH = 100.0
"""Price of not using must-run output: low enough to be a last resort, high enough never to replace curtailment."""
TIE_COST_USD_PER_MWH = 1e-3
"""Ties between units and between hours are broken by a fixed order: a column costs between 0 and this much more."""
WHEELING_COST_USD_PER_MWH = 0.5
"""On each border of a joint group, so that power does not circle through the neighbour for nothing."""
BORDER_SEGMENTS = 2
LINK_SEGMENTS = 3
RENEWABLE = ("wind_onshore", "wind_offshore", "solar")
HYDRO = ("hydro_reservoir", "hydro_ror")
RESERVOIR_HOURS_MIN = 6.0
"""A store smaller than this many hours of full output is run as run of river."""


class _Template:
    """Collects columns; bounds and costs are arrays over the steps or plain numbers."""

    def __init__(self, buses: Sequence[str], hours: int) -> None:
        self.position = {name: k for k, name in enumerate(buses)}
        self.hours = hours
        self.kind: list[str] = []
        self.name: list[str] = []
        self.segment: list[int] = []
        self.direction: list[int] = []
        self.cost: list[Array] = []
        self.lower: list[Array] = []
        self.upper: list[Array] = []
        self._entries: list[tuple[int, int, float]] = []

    def add(
        self,
        kind: str,
        name: str,
        acts: Sequence[tuple[str, float]],
        cost: Array | float,
        upper: Array | float,
        *,
        lower: Array | float = 0.0,
        segment: int = 0,
        direction: int = 0,
    ) -> int:
        number = len(self.kind)
        self.kind.append(kind)
        self.name.append(name)
        self.segment.append(segment)
        self.direction.append(direction)
        self.cost.append(np.broadcast_to(np.asarray(cost, dtype=float), (self.hours,)))
        self.lower.append(np.broadcast_to(np.asarray(lower, dtype=float), (self.hours,)))
        self.upper.append(np.broadcast_to(np.asarray(upper, dtype=float), (self.hours,)))
        self._entries += [(self.position[bus], number, value) for bus, value in acts]
        return number

    def must_run_mw(self) -> dict[str, float]:
        """Most that the columns' lower bounds put in at each bus."""
        names = {number: name for name, number in self.position.items()}
        most: dict[str, float] = {}
        for row, column, value in self._entries:
            if value > 0 and self.lower[column].max() > 0:
                most[names[row]] = most.get(names[row], 0.0) + float(self.lower[column].max())
        return most

    def columns(self) -> Columns:
        rows, cols, values = (np.array(part) for part in zip(*self._entries, strict=True))
        shape = (len(self.position), len(self.kind))
        matrix = sparse.csc_matrix((values.astype(float), (rows.astype(int), cols.astype(int))), shape=shape)
        return Columns(
            tuple(self.kind), tuple(self.name), matrix, np.array(self.segment), np.array(self.direction, dtype=np.int64)
        )


def make_problem(grid: Grid, profiles: Profiles, economy: Economy) -> Problem:
    """The hourly problem of the profiles' clock."""
    network = make_network(grid)
    hours = profiles.clock.hours
    template = _Template(network.buses, hours)
    units = {unit.name: unit for unit in economy.units}
    month = profiles.clock.months - 1
    _add_units(template, grid, _held_back(economy, grid), month)
    groups = _add_renewables(template, grid, profiles, units)
    reservoirs = _add_water(template, grid, profiles, units, month)
    batteries = _add_batteries(template, grid, units, month)
    _add_dumps(template)
    joint = _add_borders(template, grid, profiles, {market.name: market for market in economy.markets})
    _add_links(template, grid, economy)
    demand = bus_demand(grid, profiles)
    for load in grid.loads:
        at_bus = np.maximum(demand[:, template.position[load.bus]], 0)
        template.add("shed", load.bus, [(load.bus, 1.0)], economy.value_of_lost_load_usd_per_mwh, at_bus)
    for link in grid.links:
        for bus in (link.from_bus, link.to_bus):
            demand[:, template.position[bus]] += link.idle_loss_mw / 2
    columns = template.columns()
    days = -(-hours // HOURS_PER_DAY)
    lower = np.column_stack(template.lower)
    stores = [
        Store(columns.name[k], np.array([k]), np.ones(1), units[columns.name[k]].storage_mwh, cyclic=True)
        for k in reservoirs
    ]
    # A year's fuel supply says nothing about one week: a part of a year has no caps.
    caps = _caps(columns, economy, lower) if hours >= HOURS_PER_YEAR else []
    inflow = [_per_day(profiles.inflow_mw[store.name], days) for store in stores] + [np.zeros(days) for _ in caps]
    return Problem(
        hours_per_step=1,
        columns=columns,
        network=network,
        cost=np.column_stack(template.cost) + tie_cost(hours, columns.count),
        lower=lower,
        upper=np.column_stack(template.upper),
        demand=demand,
        joint=joint,
        batteries=batteries,
        stores=(*stores, *caps),
        inflow_mwh=np.column_stack(inflow) if inflow else np.zeros((days, 0)),
        days=days,
        groups=groups,
        start=profiles.clock.start,
    )


def tie_cost(hours: int, columns: int) -> Array:
    """The order that breaks ties, shape (hours, columns): multiples of two irrational numbers fill [0, 1) evenly."""
    hour, column = np.arange(hours)[:, None], np.arange(columns)[None, :]
    order: Array = (hour * 0.6180339887498949 + column * 0.7548776662466927) % 1
    return order * TIE_COST_USD_PER_MWH


def bus_demand(grid: Grid, profiles: Profiles) -> Array:
    """Gross demand at every bus, shape (hours, buses): what is lost on the network must be generated too."""
    position = {bus.name: k for k, bus in enumerate(grid.buses)}
    demand = np.zeros((profiles.clock.hours, len(grid.buses)))
    for load in grid.loads:
        demand[:, position[load.bus]] += load.share_frac * profiles.demand_mw[load.zone]
    return demand


def _per_day(power_mw: Array, days: int) -> Array:
    padded = np.zeros(days * HOURS_PER_DAY)
    padded[: len(power_mw)] = power_mw
    energy: Array = padded.reshape(days, HOURS_PER_DAY).sum(axis=1)
    return energy


def _held_back(economy: Economy, grid: Grid) -> dict[str, Unit]:
    """Units with the availability that an even cap leaves: must-run whole, of the rest the same share always.

    With m must-run and a available energy of the capped units over twelve equal months: share = (cap - m) / (a - m).
    """
    units = {unit.name: unit for unit in economy.units}
    capacity_mw = {plant.name: plant.capacity_mw for plant in grid.plants}
    for cap in economy.fuel_caps:
        if not cap.even:
            continue
        per_share_mwh = {name: capacity_mw[name] * HOURS_PER_YEAR / 12 for name in cap.units}
        must = sum(per_share_mwh[name] * sum(units[name].must_run_frac) for name in cap.units)
        most = sum(per_share_mwh[name] * sum(units[name].available_frac) for name in cap.units)
        share = min(1.0, max(0.0, (cap.energy_max_twh * 1e6 - must) / (most - must))) if most > must else 1.0
        for name in cap.units:
            unit = units[name]
            months = zip(unit.must_run_frac, unit.available_frac, strict=True)
            units[name] = replace(unit, available_frac=tuple(low + share * (high - low) for low, high in months))
    return units


def _add_units(template: _Template, grid: Grid, units: dict[str, Unit], month: NDArray[np.int64]) -> None:
    for plant in grid.plants:
        if plant.technology in (*RENEWABLE, *HYDRO, "battery"):
            continue
        unit = units[plant.name]
        available = np.array(unit.available_frac)[month] * plant.capacity_mw
        must_run = np.minimum(np.array(unit.must_run_frac)[month] * plant.capacity_mw, available)
        template.add("unit", plant.name, [(plant.bus, 1.0)], unit.marginal_cost_usd_per_mwh, available, lower=must_run)


def _add_dumps(template: _Template) -> None:
    """Where something must run or flow, a way out for what nobody can use: no hour is without a solution for it."""
    for bus, most in template.must_run_mw().items():
        template.add("dump", bus, [(bus, -1.0)], DUMP_COST_USD_PER_MWH, most)


def _add_renewables(
    template: _Template, grid: Grid, profiles: Profiles, units: dict[str, Unit]
) -> tuple[tuple[str, ...], ...]:
    """Plants that share a bus and a cost are one column: their output is split by availability afterwards."""
    groups: dict[tuple[str, float], list[str]] = {}
    potential: dict[tuple[str, float], Array] = {}
    for plant in grid.plants:
        if plant.technology not in RENEWABLE:
            continue
        key = (plant.bus, units[plant.name].marginal_cost_usd_per_mwh)
        groups.setdefault(key, []).append(plant.name)
        available = profiles.availability_frac[plant.name] * plant.capacity_mw
        potential[key] = potential[key] + available if key in potential else available
    for (bus, cost), names in groups.items():
        template.add("renewable", names[0], [(bus, 1.0)], cost, potential[bus, cost])
    return tuple(tuple(names) for names in groups.values())


def _add_water(
    template: _Template, grid: Grid, profiles: Profiles, units: dict[str, Unit], month: NDArray[np.int64]
) -> list[int]:
    releases = []
    for plant in grid.plants:
        if plant.technology not in HYDRO:
            continue
        unit, inflow = units[plant.name], profiles.inflow_mw[plant.name]
        most = np.array(unit.available_frac)[month] * plant.capacity_mw
        acts = [(plant.bus, 1.0)]
        if plant.technology == "hydro_ror" or unit.storage_mwh < RESERVOIR_HOURS_MIN * plant.capacity_mw:
            template.add("river", plant.name, acts, unit.marginal_cost_usd_per_mwh, np.minimum(most, inflow))
            continue
        # Never above most of the day's inflow, so that an empty reservoir can always keep the rule.
        least = np.minimum(np.minimum(unit.release_min_frac * inflow.mean(), 0.9 * inflow), most)
        releases.append(template.add("release", plant.name, acts, unit.marginal_cost_usd_per_mwh, most, lower=least))
    return releases


def _add_batteries(
    template: _Template, grid: Grid, units: dict[str, Unit], month: NDArray[np.int64]
) -> tuple[tuple[int, int, int, float], ...]:
    found = []
    for plant in grid.plants:
        if plant.technology != "battery":
            continue
        unit = units[plant.name]
        cost = unit.marginal_cost_usd_per_mwh / 2
        most = np.array(unit.available_frac)[month] * plant.capacity_mw
        charge = template.add("charge", plant.name, [(plant.bus, -1.0)], cost, most)
        discharge = template.add("discharge", plant.name, [(plant.bus, 1.0)], cost, most)
        content = template.add("content", plant.name, [], 0.0, unit.storage_mwh or plant.energy_mwh)
        found.append((charge, discharge, content, float(np.sqrt(unit.round_trip_frac))))
    return tuple(found)


def _add_borders(
    template: _Template, grid: Grid, profiles: Profiles, markets: dict[str, Market]
) -> tuple[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]], ...]:
    grouped = {name for limit in grid.joint_limits for name in limit.borders}
    single = [border for border in grid.borders if border.name not in grouped]
    for border in single:
        beside = [other for other in single if other.market == border.market]
        widest = (sum(other.import_max_mw for other in beside), sum(other.export_max_mw for other in beside))
        kept = _contract_share(markets[border.market], widest)
        trade = (border.import_max_mw * kept[0], border.export_max_mw * kept[1])
        priced = (markets[border.market], profiles.market_price_usd_per_mwh[border.market])
        _add_trade(template, border.name, [border.bus], priced, trade)
    joint = []
    by_name = {border.name: border for border in grid.borders}
    for limit in grid.joint_limits:
        members = [by_name[name] for name in limit.borders if name in by_name]
        if members:
            joint.append(_add_joint(template, limit, members, profiles, markets))
    return tuple(joint)


def _contract_share(market: Market, widest_mw: tuple[float, float]) -> tuple[float, float]:
    """Shares of the import and export limits of a market's borders that a year's contracts fill when used evenly.

    Perfect foresight would put a contract's energy into the dearest hours, which no directed exchange allows.
    """
    caps = (market.import_energy_max_twh, market.export_energy_max_twh)
    shares = (
        1.0 if cap is None or most_mw <= 0 else min(1.0, cap * 1e6 / HOURS_PER_YEAR / most_mw)
        for cap, most_mw in zip(caps, widest_mw, strict=True)
    )
    bought, sold = shares
    return bought, sold


def _add_joint(
    template: _Template, limit: JointLimit, members: list[Border], profiles: Profiles, markets: dict[str, Market]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    cross = []
    for border in members:
        cost = WHEELING_COST_USD_PER_MWH
        cross.append(template.add("cross", border.name, [(border.bus, 1.0)], cost, border.import_max_mw, direction=1))
        cross.append(template.add("cross", border.name, [(border.bus, -1.0)], cost, border.export_max_mw, direction=-1))
    price = profiles.market_price_usd_per_mwh[members[0].market]
    first = len(template.kind)
    market, most = markets[members[0].market], limit.flow_max_mw
    bought_share, sold_share = _contract_share(market, (most, most))
    _add_trade(template, limit.name, [], (market, price), (most * bought_share, most * sold_share))
    added = np.arange(first, len(template.kind))
    bought = np.array([k for k in added if template.kind[k] == "buy"], dtype=np.int64)
    sold = np.array([k for k in added if template.kind[k] == "sell"], dtype=np.int64)
    return np.array(cross, dtype=np.int64), bought, sold


def _add_trade(
    template: _Template, name: str, buses: list[str], priced: tuple[Market, Array], trade_max_mw: tuple[float, float]
) -> None:
    """Steps of the neighbour's supply and demand curve: each segment at the price of its middle."""
    market, price = priced
    import_max, export_max = trade_max_mw
    for k in range(BORDER_SEGMENTS):
        middle = (k + 0.5) / BORDER_SEGMENTS / 1000 * market.slope_usd_per_mwh_per_gw
        if import_max > 0:
            cost = price + market.buy_cost_usd_per_mwh + middle * import_max
            template.add("buy", name, [(bus, 1.0) for bus in buses], cost, import_max / BORDER_SEGMENTS, segment=k)
        if export_max > 0:
            worth = market.sell_factor_frac * (price - middle * export_max) - market.sell_cost_usd_per_mwh
            # Selling never pays more than buying back in the same hour would cost.
            worth = np.minimum(worth, price + market.buy_cost_usd_per_mwh)
            template.add("sell", name, [(bus, -1.0) for bus in buses], -worth, export_max / BORDER_SEGMENTS, segment=k)


def _add_links(template: _Template, grid: Grid, economy: Economy) -> None:
    transit = sum(charge for _, charge in economy.transit_usd_per_mwh)
    country = {bus.name: bus.country for bus in grid.buses}
    modelled = {demand.country for demand in grid.demands}
    for link in grid.links:
        # Transit through Azerbaijan and Georgia is charged once, on what leaves for a market outside the model.
        leaves = transit if country[link.to_bus] not in modelled else 0.0
        ends = ((link.from_bus, link.to_bus, 1, leaves), (link.to_bus, link.from_bus, -1, 0.0))
        for start, end, direction, charge in ends:
            for k, piece in enumerate(link.segments(LINK_SEGMENTS)):
                template.add(
                    "link",
                    link.name,
                    [(start, -1.0), (end, piece.efficiency_frac)],
                    link.hurdle_usd_per_mwh + charge,
                    piece.width_mw,
                    segment=k,
                    direction=direction,
                )


def _caps(columns: Columns, economy: Economy, lower: Array) -> list[Store]:
    """Annual fuel supplies, never below what must run."""
    caps = []
    for cap in economy.fuel_caps:
        wanted = set(cap.units)
        chosen = [k for k, name in enumerate(columns.name) if name in wanted and columns.kind[k] == "unit"]
        if chosen and not cap.even:
            members = np.array(chosen, dtype=np.int64)
            most = max(cap.energy_max_twh * 1e6, float(lower[:, members].sum()))
            caps.append(Store(cap.name, members, np.ones(len(members)), most, cyclic=False, start_mwh=most))
    return caps
