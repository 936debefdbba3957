"""The same dispatch written down a second time, apart from the package: bus angles, one row per law, scipy's HiGHS.

Only the tie-breaking cost and the network's reactances are shared with the package's formulation.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_matrix

from greengrid.dispatch.assemble import DUMP_COST_USD_PER_MWH
from tests.small_system import System


class _Rows:
    def __init__(self) -> None:
        self.entries: list[tuple[int, int, float]] = []
        self.right: list[float] = []

    def add(self, terms: list[tuple[int, float]], right: float) -> None:
        self.entries += [(len(self.right), column, value) for column, value in terms]
        self.right.append(right)

    def matrix(self, width: int) -> coo_matrix:
        rows, columns, values = zip(*self.entries, strict=True)
        return coo_matrix((values, (rows, columns)), shape=(len(self.right), width))


def optimum_usd(system: System, *, one_way: bool = False) -> float:
    """Least cost of the system, USD; `one_way`: links, batteries and borders go one way at a time (binaries)."""
    grid, profiles, economy = system.grid, system.profiles, system.economy
    hours = profiles.clock.hours
    cost: list[float] = []
    bounds: list[tuple[float | None, float | None]] = []
    integral: list[int] = []
    equal, most = _Rows(), _Rows()

    def variable(price: float, low: float | None, high: float | None) -> int:
        cost.append(price)
        bounds.append((low, high))
        integral.append(0)
        return len(cost) - 1

    def exclude(ways: list[list[tuple[int, float]]], *, ordered: bool) -> None:
        """Each way's (column, most) are zero unless its binary is 1; in an ordered way a column waits for the last."""
        if not one_way:
            return
        on = []
        for way in ways:
            for place, (column, size) in enumerate(way):
                binary = variable(0.0, 0, 1)
                integral[binary] = 1
                most.add([(column, 1.0), (binary, -size)], 0.0)
                if place == 0 or not ordered:
                    on.append(binary)
                if place > 0:
                    before, before_size = way[place - 1]
                    equal_or_less = (
                        [(binary, before_size), (before, -1.0)] if ordered else [(binary, 1.0), (on[-2], -1.0)]
                    )
                    most.add(equal_or_less, 0.0)
        first = [on[0], on[len(ways[0])]] if not ordered else on
        most.add([(binary, 1.0) for binary in first], 1.0)

    units = {unit.name: unit for unit in economy.units}
    dam_terms: list[tuple[int, float]] = []
    content: list[int] = []
    battery_flows: list[tuple[int, int]] = []
    for hour in range(hours):
        nodal: dict[str, list[tuple[int, float]]] = {bus.name: [] for bus in grid.buses}
        demand = dict.fromkeys(nodal, 0.0)
        for plant in grid.plants:
            unit = units[plant.name]
            price = unit.marginal_cost_usd_per_mwh
            capacity = plant.capacity_mw
            if plant.technology in ("coal", "gas_ccgt"):
                low = unit.must_run_frac[0] * capacity
                column = variable(price, low, 0.9 * capacity)
                if low:
                    nodal[plant.bus].append((variable(DUMP_COST_USD_PER_MWH, 0, low), -1.0))
            elif plant.technology in ("wind_onshore", "solar"):
                column = variable(price, 0, profiles.availability_frac[plant.name][hour] * capacity)
            elif plant.technology == "hydro_ror":
                column = variable(price, 0, min(0.9 * capacity, profiles.inflow_mw[plant.name][hour]))
            elif plant.technology == "hydro_reservoir":
                inflow = profiles.inflow_mw[plant.name]
                low = min(unit.release_min_frac * inflow.mean(), 0.9 * inflow[hour], 0.9 * capacity)
                column = variable(price, low, 0.9 * capacity)
                dam_terms.append((column, 1.0))
                nodal[plant.bus].append((variable(DUMP_COST_USD_PER_MWH, 0, low), -1.0))
            else:
                charge, column = variable(price / 2, 0, 0.9 * capacity), variable(price / 2, 0, 0.9 * capacity)
                content.append(variable(0, 0, unit.storage_mwh))
                battery_flows.append((charge, column))
                exclude([[(charge, 0.9 * capacity)], [(column, 0.9 * capacity)]], ordered=False)
                nodal[plant.bus].append((charge, -1.0))
            nodal[plant.bus].append((column, 1.0))
        for load in grid.loads:
            wanted = load.share_frac * profiles.demand_mw[load.zone][hour]
            demand[load.bus] += wanted
            nodal[load.bus].append((variable(economy.value_of_lost_load_usd_per_mwh, 0, wanted), 1.0))
        for border in grid.borders:
            market, price = economy.markets[0], profiles.market_price_usd_per_mwh[border.market][hour]
            bought, sold = [], []
            for part in (0.25, 0.75):
                step = market.slope_usd_per_mwh_per_gw * part * border.import_max_mw / 1000
                buy = variable(price + market.buy_cost_usd_per_mwh + step, 0, border.import_max_mw / 2)
                worth = market.sell_factor_frac * (price - step) - market.sell_cost_usd_per_mwh
                sell = variable(-min(worth, price + market.buy_cost_usd_per_mwh), 0, border.export_max_mw / 2)
                nodal[border.bus] += [(buy, 1.0), (sell, -1.0)]
                bought.append((buy, border.import_max_mw / 2))
                sold.append((sell, border.export_max_mw / 2))
            exclude([bought, sold], ordered=False)
        for link in grid.links:
            ways: list[list[tuple[int, float]]] = []
            for start, end in ((link.from_bus, link.to_bus), (link.to_bus, link.from_bus)):
                ways.append([])
                for piece in link.segments(3):
                    sent = variable(link.hurdle_usd_per_mwh, 0, piece.width_mw)
                    nodal[start].append((sent, -1.0))
                    nodal[end].append((sent, piece.efficiency_frac))
                    ways[-1].append((sent, piece.width_mw))
            exclude(ways, ordered=True)
            for bus in (link.from_bus, link.to_bus):
                demand[bus] += link.idle_loss_mw / 2
        angle = {bus.name: variable(0, None, None) for bus in grid.buses}
        for area in grid.areas:
            bounds[angle[area[0]]] = (0, 0)
        flow = {}
        for line in grid.lines:
            flow[line.name] = variable(0, -line.flow_max_mw, line.flow_max_mw)
            per_radian = line.voltage_kv**2 / (line.x_ohm_per_km * line.length_km)
            terms = [(flow[line.name], 1.0), (angle[line.from_bus], -per_radian), (angle[line.to_bus], per_radian)]
            equal.add(terms, 0.0)
            nodal[line.from_bus].append((flow[line.name], -1.0))
            nodal[line.to_bus].append((flow[line.name], 1.0))
        for cut in grid.interfaces:
            terms = [(flow[name], float(sign)) for name, sign in cut.members]
            most.add(terms, cut.forward_max_mw)
            most.add([(column, -sign) for column, sign in terms], cut.reverse_max_mw)
        for bus, terms in nodal.items():
            equal.add(terms, demand[bus])
    _stores(equal, variable, units, content, battery_flows, dam_terms, profiles.inflow_mw["dam"])
    width = len(cost)
    found = linprog(
        cost, A_eq=equal.matrix(width), b_eq=equal.right, A_ub=most.matrix(width), b_ub=most.right, bounds=bounds,
        integrality=integral if one_way else None, options={"mip_rel_gap": 1e-9} if one_way else {}, method="highs",
    )  # fmt: skip
    assert found.success, found.message
    return float(found.fun)


def _stores(equal, variable, units, content, battery_flows, dam_terms, inflow) -> None:  # type: ignore[no-untyped-def]
    one_way = np.sqrt(units["battery"].round_trip_frac)
    for hour, (charge, discharge) in enumerate(battery_flows):
        terms = [(content[hour], 1.0), (content[hour - 1], -1.0), (charge, -one_way), (discharge, 1 / one_way)]
        equal.add(terms if len(content) > 1 else terms[2:], 0.0)
    days = len(dam_terms) // 24
    level = [variable(0, 0, units["dam"].storage_mwh) for _ in range(days)]
    for day in range(days):
        spill = variable(0, 0, None)
        terms = [*dam_terms[24 * day : 24 * day + 24], (spill, 1.0)]
        if days > 1:
            terms += [(level[day], 1.0), (level[day - 1], -1.0)]
        equal.add(terms, float(inflow[24 * day : 24 * day + 24].sum()))
