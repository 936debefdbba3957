"""What held the dispatch back: shadow prices and hours of every limit, why wind and sun were curtailed, what one more
MW of a link would have been worth.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from greengrid.dispatch.duals import reduced_costs_usd_per_mw, shadow_prices_usd_per_mwh
from greengrid.dispatch.network import Network
from greengrid.dispatch.problem import Problem
from greengrid.dispatch.rent_range import Range, Ranges
from greengrid.dispatch.result import Dispatch
from greengrid.dispatch.rules import CapUse, GreenPeriod, RuleUse, cap_uses, green_periods, rule_uses
from greengrid.dispatch.year import Optimum
from greengrid.economy.fleet import Economy
from greengrid.hourly import Array, HourlyTable
from networks.grid import Grid

PRICE_TOLERANCE_USD_PER_MWH = 0.01
"""Ten times the tiny costs that break ties: a smaller difference of prices says nothing."""
BINDING_MW = 1e-3
"""A limit this close to its flow binds."""
REASONS = ("network", "link", "must_run", "energy")


@dataclass(frozen=True)
class LimitUse:
    """How one limit was used over the hours of the dispatch."""

    name: str
    kind: str
    """branch, interface, or outage pair: what is left on a limit after one outage, held beforehand."""
    forward_max_mw: float
    reverse_max_mw: float
    hours_binding_forward: int
    """At the limit that is held: what room for losses is kept free below it in an hour is not to be had."""
    hours_binding_reverse: int
    flow_mean_mw: float
    """Signed, positive forward."""
    flow_absolute_max_mw: float
    rent_usd_real: float
    """Shadow price x flow, summed: what the limit earns at nodal prices."""
    shadow_price_mean_usd_per_mwh: float
    """Worth of one more MW, mean over all hours."""


@dataclass(frozen=True)
class Outcome:
    """All of it for one dispatch."""

    limits: tuple[LimitUse, ...]
    shadow_price_usd_per_mwh: HourlyTable
    """Of the limits that ever bind; negative at the reverse limit."""
    curtailment_mwh: dict[str, dict[str, float]]
    """By plant and reason."""
    rating_worth_usd_per_mw: HourlyTable
    """By link: what one more MW of its rating would have saved."""
    rules: tuple[RuleUse, ...] = ()
    """Ramps, reserve and hourly accounts."""
    caps: tuple[CapUse, ...] = ()
    green: tuple[GreenPeriod, ...] = ()
    link_rents: dict[str, Range] = field(default_factory=dict)
    """By link: its rent between optimal duals, where that was asked for."""


def make_outcome(
    grid: Grid,
    economy: Economy,
    problem: Problem,
    optimum: Optimum,
    dispatch: Dispatch,
    *,
    rent_ranges: bool = False,
) -> Outcome:
    """Reads the duals of an optimum and its named dispatch; `rent_ranges` solves again, twice for each link."""
    shadow = shadow_prices_usd_per_mwh(problem, optimum)
    reduced = reduced_costs_usd_per_mw(problem, optimum)
    names = [link.name for link in grid.links]
    return Outcome(
        limits=limit_uses(grid, problem, dispatch, shadow),
        shadow_price_usd_per_mwh=shadow_prices(problem.network, shadow),
        curtailment_mwh=curtailment_mwh(grid, economy, problem, dispatch),
        rating_worth_usd_per_mw=HourlyTable.of(
            names, [rating_worth_usd_per_mw(problem, reduced, name) for name in names], problem.steps
        ),
        rules=rule_uses(problem, optimum),
        caps=cap_uses(problem, optimum),
        green=green_periods(problem, optimum),
        link_rents=_link_rents(grid, problem, optimum) if rent_ranges else {},
    )


def _link_rents(grid: Grid, problem: Problem, optimum: Optimum) -> dict[str, Range]:
    """The range of every link's rent; under limited foresight prices are no duals of one optimum, and there is none."""
    if optimum.foresight_cost_usd is not None:
        return {}
    ranges = Ranges(problem, optimum)
    return {link.name: ranges.rent(link.name, (link.from_bus, link.to_bus), link.idle_loss_mw) for link in grid.links}


def limit_uses(
    grid: Grid, problem: Problem, dispatch: Dispatch, shadow_price_usd_per_mwh: Array
) -> tuple[LimitUse, ...]:
    """One record per branch, interface and outage pair.

    `shadow_price_usd_per_mwh`, shape (hours, limits), is what one more MW would save: at the forward limit positive, at
    the reverse limit negative. The rents of all limits of an area add up to what its buses pay less what they earn
    (Schweppe et al. 1988, Spot Pricing of Electricity, ch. 7, without losses).
    """
    network = problem.network
    flow = np.hstack([dispatch.branch_mw.values, dispatch.interface_mw.values])
    most, least = held_limits_mw(problem)
    forward = np.abs(most - flow) <= BINDING_MW
    reverse = np.abs(flow - least) <= BINDING_MW
    kinds = {branch: "branch" for branch in network.branches} | {cut.name: "interface" for cut in grid.interfaces}
    rent = (shadow_price_usd_per_mwh * flow).sum(axis=0)
    return tuple(
        LimitUse(
            name=name,
            kind=kinds.get(name, "outage pair"),
            forward_max_mw=float(network.flow_max_mw[k]),
            reverse_max_mw=float(-network.flow_min_mw[k]),
            hours_binding_forward=int(forward[:, k].sum()),
            hours_binding_reverse=int(reverse[:, k].sum()),
            flow_mean_mw=float(flow[:, k].mean()),
            flow_absolute_max_mw=float(np.abs(flow[:, k]).max()),
            rent_usd_real=float(rent[k]),
            shadow_price_mean_usd_per_mwh=float(np.abs(shadow_price_usd_per_mwh[:, k]).mean()),
        )
        for k, name in enumerate(network.limits)
    )


def held_limits_mw(problem: Problem) -> tuple[Array, Array]:
    """(forward, reverse) by hour and limit: the network's, less the room that is kept free below them."""
    network = problem.network
    most, least = (np.tile(limit, (problem.steps, 1)) for limit in (network.flow_max_mw, network.flow_min_mw))
    if problem.headroom_mw is not None:
        forward, reverse = problem.headroom_mw
        most[:, : forward.shape[1]] -= forward
        least[:, : reverse.shape[1]] += reverse
    return most, least


def curtailment_mwh(grid: Grid, economy: Economy, problem: Problem, dispatch: Dispatch) -> dict[str, dict[str, float]]:
    """Curtailed energy by plant and reason; the reasons of a plant add up to what it curtailed.

    network: another bus of its synchronous area would have paid more than the plant's cost. link: not so, but the far
    end of one of the area's links would have, after losses and charges, so the link is full (or may not take it).
    must_run: nobody would have; of such curtailment the share that costlier must-run output of the area made.
    energy: the rest, more than the area and its neighbours take.
    """
    cost = {unit.name: unit.marginal_cost_usd_per_mwh for unit in economy.units}
    bus_of = {plant.name: plant.bus for plant in grid.plants}
    area_of = dict(zip(problem.network.buses, problem.network.area_of_bus.tolist(), strict=True))
    scene = _Scene(grid, economy, problem, dispatch)
    found = {}
    for name in dispatch.curtailed_mw.columns:
        lost = dispatch.curtailed_mw[name]
        area = area_of[bus_of[name]]
        network = scene.dearest[area] > cost[name] + PRICE_TOLERANCE_USD_PER_MWH
        link = ~network & (scene.link_worth[area] > cost[name] + PRICE_TOLERANCE_USD_PER_MWH)
        surplus = np.where(network | link, 0.0, lost)
        must_run = surplus * scene.must_run_share[area]
        found[name] = {
            "network": float(lost[network].sum()),
            "link": float(lost[link].sum()),
            "must_run": float(must_run.sum()),
            "energy": float((surplus - must_run).sum()),
        }
    return found


class _Scene:
    """Prices around every plant, by synchronous area: dictionaries of hourly arrays."""

    def __init__(self, grid: Grid, economy: Economy, problem: Problem, dispatch: Dispatch) -> None:
        self.problem, self.dispatch = problem, dispatch
        self.area_of = dict(zip(problem.network.buses, problem.network.area_of_bus.tolist(), strict=True))
        self.areas = sorted(set(self.area_of.values()))
        prices = dispatch.price_usd_per_mwh.values
        members = {area: problem.network.area_of_bus == area for area in self.areas}
        self.dearest = {area: prices[:, members[area]].max(axis=1) for area in self.areas}
        self.link_worth = self._link_worth()
        self.must_run_share = self._must_run_share(grid, economy)

    def _link_worth(self) -> dict[int, Array]:
        """What a MWh at the near end of the best of an area's links would earn at its far end."""
        columns, problem = self.problem.columns, self.problem
        worth = {area: np.full(problem.steps, -np.inf) for area in self.areas}
        prices = self.dispatch.price_usd_per_mwh.values
        for k in columns.of("link"):
            acts = columns.injection[:, [k]].tocoo()
            (start,) = acts.row[acts.data < 0]
            (end,) = acts.row[acts.data > 0]
            efficiency = float(acts.data[acts.data > 0][0])
            area = int(problem.network.area_of_bus[start])
            worth[area] = np.maximum(worth[area], efficiency * prices[:, end] - problem.cost[:, k])
        return worth

    def _must_run_share(self, grid: Grid, economy: Economy) -> dict[int, Array]:
        """Of an area's curtailment, how much must-run output at a loss explains, at most all of it."""
        area_of, steps = self.area_of, self.problem.steps
        forced = {area: np.zeros(steps) for area in self.areas}
        lost = {area: np.zeros(steps) for area in self.areas}
        bus_of = {plant.name: plant.bus for plant in grid.plants}
        cost = {unit.name: unit.marginal_cost_usd_per_mwh for unit in economy.units}
        columns = self.problem.columns
        for k in columns.of("unit", "release"):
            name = columns.name[k]
            area = area_of[bus_of[name]]
            at_a_loss = cost[name] > self.dearest[area] + PRICE_TOLERANCE_USD_PER_MWH
            forced[area] += np.where(at_a_loss, self.problem.lower[:, k], 0.0)
        for name in self.dispatch.curtailed_mw.columns:
            lost[area_of[bus_of[name]]] += self.dispatch.curtailed_mw[name]
        return {
            area: np.minimum(1.0, np.divide(forced[area], lost[area], out=np.zeros(steps), where=lost[area] > 0))
            for area in self.areas
        }


def rating_worth_usd_per_mw(problem: Problem, reduced_cost_usd_per_mw: Array, link: str) -> Array:
    """What one more MW of a link's rating would have saved in every hour, USD/MW, shape (steps,).

    The rating scales the width of all loss segments, each with its own loss: minus the reduced cost of a full segment,
    weighted with its share of the rating (sensitivity of a linear program to its bounds; Bertsimas and Tsitsiklis
    1997, ch. 5). Loss coefficients, idle loss and the inland package are held fixed, as `welfare is concave` needs.
    """
    columns = problem.columns
    worth = np.zeros(problem.steps)
    chosen = [k for k in columns.of("link") if columns.name[k] == link]
    for direction in (1, -1):
        pieces = [k for k in chosen if columns.direction[k] == direction]
        total = problem.upper[:, pieces].sum(axis=1)
        for k in pieces:
            share = np.divide(problem.upper[:, k], total, out=np.zeros(problem.steps), where=total > 0)
            worth += np.maximum(-reduced_cost_usd_per_mw[:, k], 0.0) * share
    return worth


def shadow_prices(network: Network, shadow_price_usd_per_mwh: Array) -> HourlyTable:
    """The shadow prices of the limits that ever bind, by name."""
    ever = np.flatnonzero(np.abs(shadow_price_usd_per_mwh).max(axis=0, initial=0.0) > 0)
    return HourlyTable(tuple(network.limits[k] for k in ever), shadow_price_usd_per_mwh[:, ever])
