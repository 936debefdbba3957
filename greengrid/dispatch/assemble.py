"""Assembles the problem from grid, weather and prices: which columns there are, where they act, what they cost."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from greengrid.dispatch.borders import add_borders, add_links
from greengrid.dispatch.caps import carbon_stores, fuel_stores, held_back
from greengrid.dispatch.commitment import commitment_laws, unit_classes
from greengrid.dispatch.green import add_carriage, green_laws
from greengrid.dispatch.network import make_network
from greengrid.dispatch.options import Options
from greengrid.dispatch.problem import HOURS_PER_DAY, Columns, Problem, Store
from greengrid.dispatch.ramps import ramp_families
from greengrid.dispatch.reserve import reserve_laws
from greengrid.dispatch.template import HOURS_PER_YEAR, Template
from greengrid.economy.fleet import Economy, Unit
from greengrid.hourly import Array
from greengrid.weather.profiles import Profiles
from networks.grid import Grid
from networks.rows import STORED

DUMP_COST_USD_PER_MWH = 100.0
"""Price of not using must-run output: low enough to be a last resort, high enough never to replace curtailment."""
TIE_COST_USD_PER_MWH = 1e-3
"""Ties between units and between hours are broken by a fixed order: a column costs between 0 and this much more."""
RENEWABLE = ("wind_onshore", "wind_offshore", "solar")
HYDRO = ("hydro_reservoir", "hydro_ror")
RESERVOIR_HOURS_MIN = 6.0
"""A store smaller than this many hours of full output is run as run of river."""


def make_problem(grid: Grid, profiles: Profiles, economy: Economy, options: Options | None = None) -> Problem:
    """The hourly problem of the profiles' clock; without options the plain one."""
    options = options or Options()
    network = make_network(grid, options.line_margin_frac)
    hours = profiles.clock.hours
    template = Template(network.buses, hours)
    demand = bus_demand(grid, profiles)
    green = options.green_plants if options.green != "none" else ()
    built = _add_columns(template, grid, profiles, economy, frozenset(green))
    reservoirs = tuple(_between(store, options.reservoir_levels_frac) for store in built.reservoirs)
    _add_shedding(template, grid, economy, demand)
    if options.green != "none":
        add_carriage(template, grid)
    for link in grid.links:
        for bus in (link.from_bus, link.to_bus):
            demand[:, template.position[bus]] += link.idle_loss_mw / 2
    columns = template.columns()
    lower, upper = np.column_stack(template.lower), np.column_stack(template.upper)
    country = {plant.name: plant.country for plant in grid.plants}
    caps = carbon_stores(columns, economy, lower, options.co2_cap_tco2, country)
    # A year's fuel supply says nothing about one week: a part of a year has no caps.
    caps += fuel_stores(columns, economy, lower) if hours >= HOURS_PER_YEAR else []
    problem = Problem(
        hours_per_step=1,
        columns=columns,
        network=network,
        cost=np.column_stack(template.cost) + _pieces_in_order(tie_cost(hours, columns.count), columns),
        lower=lower,
        upper=upper,
        demand=demand,
        joint=built.joint,
        batteries=built.batteries,
        stores=(*reservoirs, *caps),
        inflow_mwh=_inflow_mwh(profiles, reservoirs, len(caps)),
        days=-(-hours // HOURS_PER_DAY),
        groups=built.groups,
        start=profiles.clock.start,
    )
    ramps = ramp_families(problem, grid, economy, by=options.ramps, cyclic=hours >= HOURS_PER_YEAR)
    problem = replace(problem, families=ramps)
    if options.green != "none":
        problem = green_laws(problem, grid, economy, options, profiles.clock)
    classes = unit_classes(problem, grid, economy) if options.commitment != "none" else ()
    if classes:
        problem = commitment_laws(problem, grid, economy)
    if options.reserve != "none" and grid.links:
        problem = reserve_laws(problem, grid, economy, imports=options.reserve_imports, classes=classes)
    return problem


@dataclass(frozen=True)
class _Built:
    """What the columns hang together by."""

    groups: tuple[tuple[str, ...], ...]
    batteries: tuple[tuple[int, int, int, float], ...]
    joint: tuple[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]], ...]
    reservoirs: tuple[Store, ...]


def _add_columns(
    template: Template, grid: Grid, profiles: Profiles, economy: Economy, green_plants: frozenset[str]
) -> _Built:
    units = {unit.name: unit for unit in economy.units}
    month = profiles.clock.months - 1
    _add_units(template, grid, held_back(economy, grid), month)
    groups = _add_renewables(template, grid, profiles, units, green_plants)
    releases = _add_water(template, grid, profiles, units, month)
    batteries = _add_batteries(template, grid, units, month)
    _add_dumps(template)
    joint = add_borders(template, grid, profiles, {market.name: market for market in economy.markets})
    add_links(template, grid, economy)
    names = [template.name[k] for k in releases]
    reservoirs = tuple(
        Store(name, np.array([k]), np.ones(1), units[name].storage_mwh, cyclic=True)
        for k, name in zip(releases, names, strict=True)
    )
    return _Built(groups, batteries, joint, reservoirs)


def _add_shedding(template: Template, grid: Grid, economy: Economy, demand: Array) -> None:
    """Two blocks at every load: consumers who are paid to stand back, then everyone at the value of lost load."""
    first_frac = economy.voluntary_shed_frac
    for load in grid.loads:
        at_bus = np.maximum(demand[:, template.position[load.bus]], 0)
        acts = [(load.bus, 1.0)]
        template.add("shed", load.bus, acts, economy.value_of_lost_load_usd_per_mwh, (1 - first_frac) * at_bus)
        if first_frac > 0:
            cost = economy.voluntary_shed_usd_per_mwh
            template.add("shed", load.bus, acts, cost, first_frac * at_bus, segment=1)


def _between(reservoir: Store, levels_frac: tuple[float, ...]) -> Store:
    """The reservoir from a start to an end, or as it was."""
    if not levels_frac:
        return reservoir
    start, end = (share * reservoir.level_max_mwh for share in levels_frac)
    return replace(reservoir, start_mwh=start, end_mwh=end)


def _inflow_mwh(profiles: Profiles, reservoirs: tuple[Store, ...], others: int) -> Array:
    """Shape (days, stores): what flows into reservoirs; nothing into caps and accounts."""
    days = -(-profiles.clock.hours // HOURS_PER_DAY)
    series = [_per_day(profiles.inflow_mw[store.name], days) for store in reservoirs]
    for store, inflow in zip(reservoirs, series, strict=True):
        inflow[0] += 0.0 if store.end_mwh is None else store.start_mwh - store.end_mwh
    return np.column_stack([*series, np.zeros((days, others))])


def tie_cost(hours: int, columns: int) -> Array:
    """The order that breaks ties, shape (hours, columns): multiples of two irrational numbers fill [0, 1) evenly.

    A sum alone would leave two units tied that change places between two hours: the product tells them apart.
    """
    hour, column = np.arange(hours)[:, None] * 0.6180339887498949, np.arange(columns)[None, :] * 0.7548776662466927
    order: Array = ((hour + column) % 1 + (hour % 1) * (column % 1)) / 2
    return order * TIE_COST_USD_PER_MWH


def _pieces_in_order(order: Array, columns: Columns) -> Array:
    """Pieces of a link's loss curve share one place in the order, so that at no price a lossier piece comes first."""
    links = columns.of("link")
    first = {(columns.name[k], columns.direction[k]): k for k in reversed(links) if columns.segment[k] == 0}
    order[:, links] = order[:, [first[columns.name[k], columns.direction[k]] for k in links]]
    order[:, links] += columns.segment[links] * TIE_COST_USD_PER_MWH
    # Green power on a link is an account, not a flow: it costs nothing.
    order[:, columns.of("green")] = 0.0
    return order


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


def _add_units(template: Template, grid: Grid, units: dict[str, Unit], month: NDArray[np.int64]) -> None:
    for plant in grid.plants:
        if plant.technology in (*RENEWABLE, *HYDRO, *STORED):
            continue
        unit = units[plant.name]
        available = np.array(unit.available_frac)[month] * plant.capacity_mw
        must_run = np.minimum(np.array(unit.must_run_frac)[month] * plant.capacity_mw, available)
        template.add("unit", plant.name, [(plant.bus, 1.0)], unit.marginal_cost_usd_per_mwh, available, lower=must_run)


def _add_dumps(template: Template) -> None:
    """Where something must run or flow, a way out for what nobody can use: no hour is without a solution for it."""
    for bus, most in template.must_run_mw().items():
        template.add("dump", bus, [(bus, -1.0)], DUMP_COST_USD_PER_MWH, most)


def _add_renewables(
    template: Template, grid: Grid, profiles: Profiles, units: dict[str, Unit], green_plants: frozenset[str]
) -> tuple[tuple[str, ...], ...]:
    """Plants that share a bus and a cost are one column: their output is split by availability afterwards.

    Plants contracted for green exports never share one with others.
    """
    groups: dict[tuple[str, float, bool], list[str]] = {}
    potential: dict[tuple[str, float, bool], Array] = {}
    for plant in grid.plants:
        if plant.technology not in RENEWABLE:
            continue
        key = (plant.bus, units[plant.name].marginal_cost_usd_per_mwh, plant.name in green_plants)
        groups.setdefault(key, []).append(plant.name)
        available = profiles.availability_frac[plant.name] * plant.capacity_mw
        potential[key] = potential[key] + available if key in potential else available
    for key, names in groups.items():
        bus, cost, _ = key
        template.add("renewable", names[0], [(bus, 1.0)], cost, potential[key])
    return tuple(tuple(names) for names in groups.values())


def _add_water(
    template: Template, grid: Grid, profiles: Profiles, units: dict[str, Unit], month: NDArray[np.int64]
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
    template: Template, grid: Grid, units: dict[str, Unit], month: NDArray[np.int64]
) -> tuple[tuple[int, int, int, float], ...]:
    found = []
    for plant in grid.plants:
        if plant.technology not in STORED:
            continue
        unit = units[plant.name]
        cost = unit.marginal_cost_usd_per_mwh / 2
        most = np.array(unit.available_frac)[month] * plant.capacity_mw
        charge = template.add("charge", plant.name, [(plant.bus, -1.0)], cost, most)
        discharge = template.add("discharge", plant.name, [(plant.bus, 1.0)], cost, most)
        content = template.add("content", plant.name, [], 0.0, unit.storage_mwh or plant.energy_mwh)
        found.append((charge, discharge, content, float(np.sqrt(unit.round_trip_frac))))
    return tuple(found)
