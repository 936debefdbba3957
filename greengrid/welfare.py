"""Who gains what in a dispatch, at its nodal prices: consumers, producers, the network, links, trade.

Every MWh is bought and sold at the price of its bus, so that prices cancel over a balanced grid and the parts add up to
minus the cost that the dispatch minimises, with payments that only change hands added back (Schweppe et al. 1988, Spot
Pricing of Electricity, ch. 3; total surplus as in the 4th ENTSO-E CBA guideline, B1). Differences between two runs are
benefits; a single run's figures are not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from greengrid.dispatch.assemble import bus_demand
from greengrid.dispatch.commitment import unit_classes
from greengrid.dispatch.network import branch_ends, branches_of
from greengrid.dispatch.problem import Problem
from greengrid.dispatch.result import Dispatch
from greengrid.dispatch.year import Optimum
from greengrid.economy.fleet import Economy
from greengrid.hourly import Array
from greengrid.weather.profiles import Profiles
from networks.grid import Grid

REST_OF_WORLD = "rest_of_world"
CONSUMERS, PRODUCERS, NETWORK, LINKS, TRADE = "consumers", "producers", "network", "links", "trade"
TRANSIT, BORDER_CARBON = "transit", "border_carbon"
OWNERS: Mapping[str, Mapping[str, float]] = {"caspian": {"KZ": 1 / 3, "UZ": 1 / 3, "AZ": 1 / 3}}
"""Shares of a link's rent: the Green Corridor Alliance's equal thirds; other links half and half by their ends."""


@dataclass(frozen=True)
class Surplus:
    """One part of one country's surplus over the hours of the dispatch; consumers: minus what they pay and lose."""

    country: str
    part: str
    amount_usd_real: float


def surpluses(
    grid: Grid, profiles: Profiles, economy: Economy, *, problem: Problem, optimum: Optimum, dispatch: Dispatch
) -> tuple[Surplus, ...]:
    """By country and part; countries outside the model are one, the rest of the world."""
    account = _Account(grid, economy)
    classes = {one.name: problem.columns.name[one.outputs[0]] for one in unit_classes(problem, grid, economy)}
    program = optimum.program
    output = program.output(np.clip(optimum.solution.values, program.lower, program.upper))
    prices = dispatch.price_usd_per_mwh.values
    earned = ((prices @ problem.columns.injection) * output).sum(axis=0)
    paid = (problem.cost * output).sum(axis=0)
    for k, (kind, name) in enumerate(zip(problem.columns.kind, problem.columns.name, strict=True)):
        account.column(kind, classes.get(name, name), float(earned[k] - paid[k]))
    account.loads(problem, prices, bus_demand(grid, profiles))
    account.branches(problem, dispatch)
    account.transfers(dispatch)
    rows = [Surplus(country, part, amount) for (country, part), amount in account.amounts.items()]
    return tuple(sorted(rows, key=lambda row: (row.country, row.part)))


class _Account:
    """Collects amounts by (country, part)."""

    def __init__(self, grid: Grid, economy: Economy) -> None:
        self.grid, self.economy = grid, economy
        self.modelled = {demand.country for demand in grid.demands}
        self.country_of_bus = {bus.name: self._home(bus.country) for bus in grid.buses}
        self.country_of_plant = {plant.name: self._home(plant.country) for plant in grid.plants}
        self.country_of_border = {border.name: self.country_of_bus[border.bus] for border in grid.borders}
        first = {border.name: border for border in grid.borders}
        for limit in grid.joint_limits:
            members = [name for name in limit.borders if name in first]
            if members:
                self.country_of_border[limit.name] = self.country_of_border[members[0]]
        self.amounts: dict[tuple[str, str], float] = {}

    def _home(self, country: str) -> str:
        return country if country in self.modelled else REST_OF_WORLD

    def add(self, country: str, part: str, amount: float) -> None:
        key = (country, part)
        self.amounts[key] = self.amounts.get(key, 0.0) + amount

    def _to_owners(self, link: str, amount: float) -> None:
        own = next(each for each in self.grid.links if each.name == link)
        ends = {self.country_of_bus[own.from_bus]: 0.0, self.country_of_bus[own.to_bus]: 0.0}
        for bus in (own.from_bus, own.to_bus):
            ends[self.country_of_bus[bus]] += 0.5
        for country, share in OWNERS.get(link, ends).items():
            self.add(country, LINKS, share * amount)

    def column(self, kind: str, name: str, amount: float) -> None:
        """What a column earns at nodal prices less what it costs."""
        if kind == "link":
            self._to_owners(name, amount)
        elif kind == "shed":
            self.add(self.country_of_bus[name], CONSUMERS, amount)
        elif kind in ("buy", "sell", "cross"):
            self.add(self.country_of_border[name], TRADE, amount)
        elif kind == "dump":
            self.add(self.country_of_bus[name], PRODUCERS, amount)
        elif name in self.country_of_plant:
            self.add(self.country_of_plant[name], PRODUCERS, amount)
        elif amount != 0.0:
            raise ValueError(f"no one to give the surplus of a column {kind!r} to")

    def loads(self, problem: Problem, prices: Array, demand: Array) -> None:
        """What consumers pay for all their demand (what is shed is paid back above), and links for their idle loss."""
        bill = (prices * demand).sum(axis=0)
        idle = (prices * (problem.demand - demand)).sum(axis=0)
        for number, bus in enumerate(problem.network.buses):
            if bill[number]:
                self.add(self.country_of_bus[bus], CONSUMERS, -float(bill[number]))
        drawn = {bus: 0.0 for bus in problem.network.buses}
        for link in self.grid.links:
            for bus in (link.from_bus, link.to_bus):
                drawn[bus] += link.idle_loss_mw / 2
        position = {bus: number for number, bus in enumerate(problem.network.buses)}
        for link in self.grid.links:
            for bus in (link.from_bus, link.to_bus):
                if drawn[bus] > 0:
                    share = link.idle_loss_mw / 2 / drawn[bus]
                    self._to_owners(link.name, -share * float(idle[position[bus]]))

    def branches(self, problem: Problem, dispatch: Dispatch) -> None:
        """Price difference x flow of every branch, half to each end's country."""
        position = {bus: number for number, bus in enumerate(problem.network.buses)}
        prices = dispatch.price_usd_per_mwh.values
        for branch, (start, end) in zip(branches_of(self.grid), branch_ends(self.grid), strict=True):
            flow = dispatch.branch_mw[branch.name]
            rent = float(((prices[:, position[end]] - prices[:, position[start]]) * flow).sum())
            for bus in (start, end):
                self.add(self.country_of_bus[bus], NETWORK, rent / 2)

    def transfers(self, dispatch: Dispatch) -> None:
        """Payments that change hands: the neighbour's own surplus along its price slope, transit, border carbon.

        Trade is valued along the slope, as the dispatch sees it; all of it is paid at the last step's price, so that
        half of slope x quantity squared is the neighbour's.
        """
        markets = {market.name: market for market in self.economy.markets}
        for border in self.grid.borders:
            market, home = markets[border.market], self.country_of_border[border.name]
            bought, sold = dispatch.import_mw[border.name], dispatch.export_mw[border.name]
            slope = market.slope_usd_per_mwh_per_gw / 1000.0
            theirs = float(slope / 2.0 * (bought**2 + market.sell_factor_frac * sold**2).sum())
            self.add(home, TRADE, -theirs)
            self.add(REST_OF_WORLD, TRADE, theirs)
            self.add(REST_OF_WORLD, BORDER_CARBON, market.border_carbon_usd_per_mwh * float(sold.sum()))
        for link in self.grid.links:
            if self.country_of_bus[link.to_bus] == REST_OF_WORLD:
                sent = float(dispatch.link_sent_mw[f"{link.name}:forward"].sum())
                for country, charge in self.economy.transit_usd_per_mwh:
                    self.add(country, TRANSIT, charge * sent)
