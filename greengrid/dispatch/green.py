"""The green export rule: contracted plants cover, period by period, what leaves for the European Union.

Every synchronous area keeps an account. It is filled by what contracted plants there really put into the network (after
curtailment), less the line losses of their country and of the country where the power leaves, and by green power that a
link brings in, less the link's loss at full load. It is drawn by green power that a link takes out and by all that is
sent towards a market of the European Union. Over a period a link carries at most what it carries net, towards the area
where the power leaves: only what the modelled network delivered counts, and what flows back takes green power back. (To
count what is sent without what comes back would pay for power sent in a circle, and would be no convex rule.)

hourly: fills cover draws in every hour. daily, monthly, yearly: at the end of every period the account is not in debt,
and what is left over is forfeited. The price of an account is the premium of one more contracted MWh.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from greengrid.dispatch.families import RowFamily
from greengrid.dispatch.options import Options
from greengrid.dispatch.problem import HOURS_PER_DAY, Columns, Problem, Store
from greengrid.dispatch.template import Template
from greengrid.economy.fleet import Economy
from greengrid.economy.markets import EU_MARKETS
from greengrid.hourly import Clock
from networks.grid import Grid
from networks.hvdc import Link

ACCOUNT = "green power of "
ROOM = "room for green power on "
HOURLY = "green hourly"
"""Name of the family of hourly accounts."""


def add_carriage(template: Template, grid: Grid) -> None:
    """Columns of the green power that links carry towards the EU, net; they act on no bus and cost nothing."""
    for link, direction in _carrying(grid):
        most = link.capacity_mw
        template.add("green", link.name, [], 0.0, most, lower=-most, direction=direction)


def green_laws(problem: Problem, grid: Grid, economy: Economy, options: Options, clock: Clock) -> Problem:
    """The problem with the rule: its green columns bound to what links send, and an account for every area."""
    accounts = [
        *_draws(problem, grid, economy, frozenset(options.green_plants)),
        *_rooms(problem.columns, grid),
    ]
    if options.green == "hourly":
        return replace(problem, families=(*problem.families, _hourly(problem.columns, accounts, clock.hours)))
    stores = tuple(_store(account, problem, options.green, clock) for account in accounts)
    return replace(
        problem,
        stores=(*problem.stores, *stores),
        inflow_mwh=np.hstack([problem.inflow_mwh, np.zeros((problem.days, len(stores)))]),
    )


@dataclass(frozen=True)
class _Account:
    """What an area's green power is drawn by (positive) and filled by (negative), per MWh of column."""

    name: str
    draw: dict[int, float]


def _ways(grid: Grid) -> Iterator[tuple[Link, int, str, str]]:
    """(link, direction, sending bus, receiving bus) of every link both ways."""
    for link in grid.links:
        yield link, 1, link.from_bus, link.to_bus
        yield link, -1, link.to_bus, link.from_bus


def _carrying(grid: Grid) -> list[tuple[Link, int]]:
    """(link, direction) of the links between modelled areas that lead nearer to a way out into the European Union."""
    area = {name: number for number, members in enumerate(grid.areas) for name in members}
    away = {area[start]: 0 for _, _, start, end in _ways(grid) if _leaves(grid, end)}
    found = []
    for distance in range(1, len(grid.areas)):
        nearer = dict(away)
        for link, direction, start, end in _ways(grid):
            if not _leaves(grid, start) and away.get(area[end]) == distance - 1 and area[start] not in away:
                nearer[area[start]] = distance
                found.append((link, direction))
        away = nearer
    return found


def _leaves(grid: Grid, bus: str) -> bool:
    """Whether power received at the bus is sold in a market of the European Union outside the model."""
    return any(border.bus == bus and border.market in EU_MARKETS for border in grid.borders)


def _area_name(grid: Grid, number: int) -> str:
    members = set(grid.areas[number])
    return "-".join(dict.fromkeys(bus.country for bus in grid.buses if bus.name in members))


def _draws(problem: Problem, grid: Grid, economy: Economy, plants: frozenset[str]) -> list[_Account]:
    columns = problem.columns
    area = {name: number for number, members in enumerate(grid.areas) for name in members}
    country = {bus.name: bus.country for bus in grid.buses}
    kept = {name: 1 - loss for name, loss in economy.loss_frac}
    draws: dict[int, dict[int, float]] = {}
    exit_country: dict[int, str] = {}
    for link, direction, start, end in _ways(grid):
        if _leaves(grid, end):
            exit_country.setdefault(area[start], country[start])
            sent = dict.fromkeys(_columns(columns, "link", link, direction), 1.0)
            draws.setdefault(area[start], {}).update(sent)
    carrying = _carrying(grid)
    for link, direction in carrying:
        start = link.from_bus if direction > 0 else link.to_bus
        exit_country.setdefault(area[start], country[start])

    def arriving(bus: str) -> float:
        """Share of what enters at the bus that is left where the area's green power leaves."""
        names = {country[bus], exit_country.get(area[bus], country[bus])}
        return float(np.prod([kept.get(name, 1.0) for name in sorted(names)]))

    for link, direction in carrying:
        start, end = (link.from_bus, link.to_bus)[::direction]
        (carried,) = _columns(columns, "green", link, direction)
        draws.setdefault(area[start], {})[carried] = 1.0
        draws.setdefault(area[end], {})[carried] = -link.received_max_mw / link.capacity_mw * arriving(end)
    for k, bus in _contracted(problem, grid, plants):
        draws.setdefault(area[bus], {})[k] = -arriving(bus)
    return [_Account(ACCOUNT + _area_name(grid, number), draw) for number, draw in sorted(draws.items())]


def _columns(columns: Columns, kind: str, link: Link, direction: int) -> list[int]:
    chosen = columns.of(kind)
    return [int(k) for k in chosen if columns.name[k] == link.name and columns.direction[k] == direction]


def _contracted(problem: Problem, grid: Grid, plants: frozenset[str]) -> Iterator[tuple[int, str]]:
    """(column, bus) of the contracted plants; a renewable column holds contracted plants only, or none."""
    columns = problem.columns
    bus = {plant.name: plant.bus for plant in grid.plants}
    for k, group in zip(columns.of("renewable"), problem.groups, strict=True):
        if group[0] in plants:
            yield int(k), bus[group[0]]
    for k in columns.of("river", "release"):
        if columns.name[k] in plants:
            yield int(k), bus[columns.name[k]]


def _rooms(columns: Columns, grid: Grid) -> list[_Account]:
    """What each link carries net is the room for green power on it."""
    found = []
    for link, direction in _carrying(grid):
        draw = dict.fromkeys(_columns(columns, "green", link, direction), 1.0)
        draw |= dict.fromkeys(_columns(columns, "link", link, direction), -1.0)
        draw |= dict.fromkeys(_columns(columns, "link", link, -direction), 1.0)
        found.append(_Account(ROOM + link.name, draw))
    return found


def _hourly(columns: Columns, accounts: Iterable[_Account], hours: int) -> RowFamily:
    accounts = list(accounts)
    pattern = sparse.lil_matrix((len(accounts), columns.count))
    for row, account in enumerate(accounts):
        for k, draw in account.draw.items():
            pattern[row, k] = -draw
    zero = np.zeros((hours, len(accounts)))
    names = tuple(account.name for account in accounts)
    return RowFamily(HOURLY, names, ((0, pattern.tocsr()),), zero, zero + np.inf, np.zeros(len(accounts)))


def _store(account: _Account, problem: Problem, period: str, clock: Clock) -> Store:
    chosen = np.array(list(account.draw), dtype=np.int64)
    draw = np.array(list(account.draw.values()))
    ends = period_ends(clock, period)
    sides = problem.lower[:, chosen] * draw, problem.upper[:, chosen] * draw
    part = np.searchsorted(ends, np.arange(problem.steps) // HOURS_PER_DAY)
    most = np.bincount(part, -np.minimum(*sides).sum(axis=1)).max()
    debt = np.bincount(part, np.maximum(*sides).sum(axis=1)).max()
    return Store(account.name, chosen, draw, float(most), cyclic=False, level_min_mwh=-float(debt), zero_days=ends)


def period_ends(clock: Clock, period: str) -> NDArray[np.int64]:
    """Last day of every period (daily, monthly or yearly), counted from the first day of the clock."""
    days = -(-clock.hours // HOURS_PER_DAY)
    first_hours = clock.datetimes()[::HOURS_PER_DAY]
    unit = {"daily": "D", "monthly": "M", "yearly": "Y"}[period]
    periods = first_hours.astype(f"datetime64[{unit}]")
    turns = np.flatnonzero(periods[1:] != periods[:-1])
    return np.append(turns, days - 1).astype(np.int64)
