"""The same dispatch written down a second time, apart from the package: bus angles, one row per law, scipy's HiGHS.

Only the prices of dumped must-run output and of wheeling, the options' names and the loss segments of links are shared
with the package.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_matrix

from greengrid.dispatch.assemble import DUMP_COST_USD_PER_MWH
from greengrid.dispatch.borders import WHEELING_COST_USD_PER_MWH
from greengrid.dispatch.options import Options
from greengrid.economy.fleet import Unit
from networks.grid import Plant
from networks.hvdc import Link
from tests.small_system import System

Terms = list[tuple[int, float]]


@dataclass
class _Rows:
    entries: list[tuple[int, int, float]] = field(default_factory=list)
    right: list[float] = field(default_factory=list)

    def add(self, terms: Terms, right: float) -> None:
        self.entries += [(len(self.right), column, value) for column, value in terms]
        self.right.append(right)

    def matrix(self, width: int) -> coo_matrix:
        rows, columns, values = zip(*self.entries, strict=True)
        return coo_matrix((values, (rows, columns)), shape=(len(self.right), width))


def optimum_usd(system: System, options: Options | None = None, *, one_way: bool = False) -> float:
    """Least cost of the system, USD; `one_way`: links, batteries and borders go one way at a time (binaries)."""
    model = _Model(system, options or Options())
    if one_way:
        model.exclude_both_ways()
    return model.solve()


class _Model:
    """One variable per decision and hour; equalities and rows of at most, gathered while the hours are written down."""

    def __init__(self, system: System, options: Options) -> None:
        self.system, self.options = system, options
        self.hours = system.profiles.clock.hours
        self.cost: list[float] = []
        self.bounds: list[tuple[float | None, float | None]] = []
        self.binaries: set[int] = set()
        self.equal, self.most = _Rows(), _Rows()
        self.units = {unit.name: unit for unit in system.economy.units}
        self.output: dict[str, list[int]] = defaultdict(list)
        self.charge: dict[str, list[int]] = defaultdict(list)
        self.content: dict[str, list[int]] = defaultdict(list)
        self.sent: dict[tuple[str, int], list[list[int]]] = defaultdict(list)
        self.traded: dict[str, list[tuple[list[int], list[int]]]] = defaultdict(list)
        for hour in range(self.hours):
            self._hour(hour)
        self._batteries()
        self._reservoirs()
        self._ramps()
        self._carbon()
        if options.commitment != "none":
            for plant in self._thermal():
                self._commitment(self.units[plant.name], 0.9 * plant.capacity_mw, self.output[plant.name])
        if options.reserve != "none":
            for hour in range(self.hours):
                self._reserve(hour)
        if options.green != "none":
            self._green()

    def solve(self) -> float:
        width = len(self.cost)
        found = linprog(
            self.cost, A_eq=self.equal.matrix(width), b_eq=self.equal.right, A_ub=self.most.matrix(width),
            b_ub=self.most.right, bounds=self.bounds, method="highs",
            integrality=[int(k in self.binaries) for k in range(width)], options={"mip_rel_gap": 1e-9},
        )  # fmt: skip
        assert found.success, found.message
        return float(found.fun)

    def variable(self, price: float, low: float | None, high: float | None) -> int:
        self.cost.append(price)
        self.bounds.append((low, high))
        return len(self.cost) - 1

    def _hour(self, hour: int) -> None:
        grid, profiles, economy = self.system.grid, self.system.profiles, self.system.economy
        nodal: dict[str, Terms] = {bus.name: [] for bus in grid.buses}
        demand = dict.fromkeys(nodal, 0.0)
        for plant in grid.plants:
            self._plant(plant, hour, nodal[plant.bus])
        for load in grid.loads:
            wanted = load.share_frac * profiles.demand_mw[load.zone][hour]
            demand[load.bus] += wanted
            first = economy.voluntary_shed_frac
            for price, share in (
                (economy.value_of_lost_load_usd_per_mwh, 1 - first),
                (economy.voluntary_shed_usd_per_mwh, first),
            ):
                nodal[load.bus].append((self.variable(price, 0, share * wanted), 1.0))
        self._trade(hour, nodal)
        for link in grid.links:
            leaves = sum(c for _, c in economy.transit_usd_per_mwh) if link.to_bus.startswith("RO") else 0.0
            for direction, start, end, charge in (
                (1, link.from_bus, link.to_bus, leaves),
                (-1, link.to_bus, link.from_bus, 0.0),
            ):
                pieces = link.segments(3)
                columns = [self.variable(link.hurdle_usd_per_mwh + charge, 0, piece.width_mw) for piece in pieces]
                self.sent[link.name, direction].append(columns)
                nodal[start] += [(column, -1.0) for column in columns]
                nodal[end] += [(c, piece.efficiency_frac) for c, piece in zip(columns, pieces, strict=True)]
            for bus in (link.from_bus, link.to_bus):
                demand[bus] += link.idle_loss_mw / 2
        self._network(nodal)
        for bus, terms in nodal.items():
            self.equal.add(terms, demand[bus])

    def _plant(self, plant: Plant, hour: int, nodal: Terms) -> None:
        profiles, unit = self.system.profiles, self.units[plant.name]
        price, capacity = unit.marginal_cost_usd_per_mwh, plant.capacity_mw
        low, high = 0.0, 0.9 * capacity
        if plant.technology in ("coal", "gas_ccgt"):
            low = unit.must_run_frac[0] * capacity
        elif plant.technology in ("wind_onshore", "solar"):
            high = profiles.availability_frac[plant.name][hour] * capacity
        elif plant.technology == "hydro_ror":
            high = min(0.9 * capacity, profiles.inflow_mw[plant.name][hour])
        elif plant.technology == "hydro_reservoir":
            inflow = profiles.inflow_mw[plant.name]
            low = min(unit.release_min_frac * inflow.mean(), 0.9 * inflow[hour], 0.9 * capacity)
        else:
            price /= 2
            self.charge[plant.name].append(self.variable(price, 0, high))
            self.content[plant.name].append(self.variable(0, 0, unit.storage_mwh))
            nodal.append((self.charge[plant.name][-1], -1.0))
        self.output[plant.name].append(self.variable(price, low, high))
        nodal.append((self.output[plant.name][-1], 1.0))
        if low:
            nodal.append((self.variable(DUMP_COST_USD_PER_MWH, 0, low), -1.0))

    def _trade(self, hour: int, nodal: dict[str, Terms]) -> None:
        grid = self.system.grid
        grouped = {name for limit in grid.joint_limits for name in limit.borders}
        for border in grid.borders:
            if border.name not in grouped:
                bought, sold = self._curve(border.market, border.import_max_mw, hour)
                nodal[border.bus] += [(column, 1.0) for column in bought] + [(column, -1.0) for column in sold]
                self.traded[border.name].append((bought, sold))
        for limit in grid.joint_limits:
            members = [border for border in grid.borders if border.name in limit.borders]
            bought, sold = self._curve(members[0].market, limit.flow_max_mw, hour)
            balance = [(column, -1.0) for column in bought] + [(column, 1.0) for column in sold]
            for border in members:
                inward = self.variable(WHEELING_COST_USD_PER_MWH, 0, border.import_max_mw)
                outward = self.variable(WHEELING_COST_USD_PER_MWH, 0, border.export_max_mw)
                nodal[border.bus] += [(inward, 1.0), (outward, -1.0)]
                balance += [(inward, 1.0), (outward, -1.0)]
            self.equal.add(balance, 0.0)
            self.traded[limit.name].append((bought, sold))

    def _curve(self, name: str, most_mw: float, hour: int) -> tuple[list[int], list[int]]:
        """Purchases and sales of a market in two halves, each at the price of its middle."""
        market = next(market for market in self.system.economy.markets if market.name == name)
        price = self.system.profiles.market_price_usd_per_mwh[name][hour]
        bought, sold = [], []
        for part in (0.25, 0.75):
            step = market.slope_usd_per_mwh_per_gw * part * most_mw / 1000
            bought.append(self.variable(price + market.buy_cost_usd_per_mwh + step, 0, most_mw / 2))
            worth = market.sell_factor_frac * (price - step) - market.sell_cost_usd_per_mwh
            sold.append(self.variable(-min(worth, price + market.buy_cost_usd_per_mwh), 0, most_mw / 2))
        return bought, sold

    def _network(self, nodal: dict[str, Terms]) -> None:
        grid = self.system.grid
        angle = {bus.name: self.variable(0, None, None) for bus in grid.buses}
        for area in grid.areas:
            self.bounds[angle[area[0]]] = (0, 0)
        flow = {}
        for line in grid.lines:
            usable = line.flow_max_mw * (1 - self.options.line_margin_frac)
            flow[line.name] = self.variable(0, -usable, usable)
            per_radian = line.voltage_kv**2 / (line.x_ohm_per_km * line.length_km)
            terms = [(flow[line.name], 1.0), (angle[line.from_bus], -per_radian), (angle[line.to_bus], per_radian)]
            self.equal.add(terms, 0.0)
            nodal[line.from_bus].append((flow[line.name], -1.0))
            nodal[line.to_bus].append((flow[line.name], 1.0))
        for cut in grid.interfaces:
            terms = [(flow[name], float(sign)) for name, sign in cut.members]
            self.most.add(terms, cut.forward_max_mw)
            self.most.add([(column, -sign) for column, sign in terms], cut.reverse_max_mw)

    def _batteries(self) -> None:
        for name, charge in self.charge.items():
            one_way = np.sqrt(self.units[name].round_trip_frac)
            content, discharge = self.content[name], self.output[name]
            for hour in range(self.hours):
                terms = [(charge[hour], -one_way), (discharge[hour], 1 / one_way)]
                self.equal.add([(content[hour], 1.0), (content[hour - 1], -1.0), *terms], 0.0)

    def _reservoirs(self) -> None:
        days = self.hours // 24
        inflow = self.system.profiles.inflow_mw["dam"]
        fixed, size = self.options.reservoir_levels_frac, self.units["dam"].storage_mwh
        level = [self.variable(0, 0, size) for _ in range(days)]
        for day in range(days):
            terms = [(column, 1.0) for column in self.output["dam"][24 * day : 24 * day + 24]]
            terms.append((self.variable(0, 0, None), 1.0))
            right = float(inflow[24 * day : 24 * day + 24].sum())
            if fixed:
                terms.append((level[day], 1.0))
                right += fixed[0] * size if day == 0 else 0.0
                terms += [(level[day - 1], -1.0)] if day else []
            elif days > 1:
                terms += [(level[day], 1.0), (level[day - 1], -1.0)]
            self.equal.add(terms, right)
        if fixed:
            self.equal.add([(level[-1], 1.0)], fixed[1] * size)

    def _ramps(self) -> None:
        for link in self.system.grid.links:
            for hour in range(1, self.hours):
                change = [
                    (column, float(direction * sign))
                    for direction in (1, -1)
                    for at, sign in ((hour, 1), (hour - 1, -1))
                    for column in self.sent[link.name, direction][at]
                ]
                self.most.add(change, link.ramp_max_mw_per_h)
                self.most.add([(column, -value) for column, value in change], link.ramp_max_mw_per_h)
        together: dict[tuple[str, str], list[Plant]] = defaultdict(list)
        for plant in self._thermal():
            key = (plant.technology, plant.zone) if self.options.ramps == "class" else (plant.name, "")
            together[key].append(plant)
        for plants in together.values():
            ramp = sum(self.units[plant.name].ramp_frac_per_h * 0.9 * plant.capacity_mw for plant in plants)
            for hour in range(1, self.hours):
                change = [(self.output[plant.name][hour - back], 1.0 - 2 * back) for plant in plants for back in (0, 1)]
                self.most.add(change, ramp)
                self.most.add([(column, -value) for column, value in change], ramp)

    def _thermal(self) -> list[Plant]:
        return [plant for plant in self.system.grid.plants if plant.technology in ("coal", "gas_ccgt")]

    def _carbon(self) -> None:
        for country, annual in self.options.co2_cap_tco2:
            terms = [
                (column, self.units[plant.name].emission_tco2_per_mwh)
                for plant in self._thermal()
                if country in (plant.country, "all")
                for column in self.output[plant.name]
            ]
            self.most.add(terms, annual * self.hours / 8760)

    def _reserve(self, hour: int) -> None:
        """One column of promised reserve per unit, at most its headroom and at most what it delivers in time."""
        west = [bus for bus in self.system.grid.areas[0]]
        for link in self.system.grid.links:
            for direction, start, end in ((1, link.from_bus, link.to_bus), (-1, link.to_bus, link.from_bus)):
                columns = self.sent[link.name, direction][hour]
                if not end.startswith("RO"):
                    arriving = [(c, s.efficiency_frac / 2) for c, s in zip(columns, link.segments(3), strict=True)]
                    self._upward(hour, arriving, inside=lambda bus, end=end: (bus in west) == (end in west))
                if not start.startswith("RO"):
                    leaving = [(c, 0.5) for c in columns]
                    self._downward(hour, leaving, inside=lambda bus, start=start: (bus in west) == (start in west))

    def _upward(self, hour: int, need: Terms, inside) -> None:  # type: ignore[no-untyped-def]
        promised: Terms = []
        for plant in self.system.grid.plants:
            if not inside(plant.bus) or plant.technology in ("wind_onshore", "solar", "hydro_ror"):
                continue
            unit, output = self.units[plant.name], self.output[plant.name][hour]
            column = self.variable(0, 0, None)
            promised.append((column, -1.0))
            if plant.name in self.charge:
                one_way = np.sqrt(unit.round_trip_frac)
                charge, content = self.charge[plant.name][hour], self.content[plant.name][hour]
                self.most.add([(column, 1.0), (output, 1.0), (charge, -1.0)], 0.9 * plant.capacity_mw)
                self.most.add([(column, 1.0), (content, -one_way)], 0.0)
                continue
            self.most.add([(column, 1.0), (output, 1.0)], 0.9 * plant.capacity_mw)
            if plant.technology != "hydro_reservoir":
                self.most.add([(column, 1.0), (output, -unit.reserve_frac / unit.stable_min_frac)], 0.0)
        if self.options.reserve_imports:
            for name, bus, most_mw in (("TR", "E2 500", 150), ("RU", "W0 500", 100)):
                if inside(bus) and name in self.traded:
                    bought, sold = self.traded[name][hour]
                    column = self.variable(0, 0, None)
                    promised.append((column, -1.0))
                    terms = [(c, 1.0) for c in bought] + [(c, -1.0) for c in sold]
                    self.most.add([(column, 1.0), *terms], most_mw)
        self.most.add([*need, *promised], 0.0)

    def _downward(self, hour: int, need: Terms, inside) -> None:  # type: ignore[no-untyped-def]
        terms, room = list(need), 0.0
        for plant in self.system.grid.plants:
            if not inside(plant.bus):
                continue
            unit, output = self.units[plant.name], self.output[plant.name][hour]
            share = unit.reserve_frac if plant.technology in ("coal", "gas_ccgt") else 1.0
            terms.append((output, -share))
            low = self.bounds[output][0] or 0.0
            room -= share * low
            if plant.name in self.charge:
                terms.append((self.charge[plant.name][hour], 1.0))
                room += 0.9 * plant.capacity_mw
        self.most.add(terms, room)

    def _green(self) -> None:
        """What the west contracts and the Caspian link carries, at most what it carries net over the period, plus
        what the east contracts covers what enters the Black Sea cable."""
        kept = {country: 1 - loss for country, loss in self.system.economy.loss_frac}
        caspian: Link = self.system.grid.links[0]
        efficiency = caspian.received_max_mw / caspian.capacity_mw
        for first, last in self._periods():
            most = caspian.capacity_mw * (last - first)
            crossing = self.variable(0, -most, most)
            room: Terms = [(crossing, 1.0)]
            west: Terms = [(crossing, 1.0)]
            east: Terms = [(crossing, -efficiency * kept["AZ"])]
            for hour in range(first, last):
                room += [(c, -1.0) for c in self.sent["caspian", 1][hour]]
                room += [(c, 1.0) for c in self.sent["caspian", -1][hour]]
                east += [(c, 1.0) for c in self.sent["black_sea", 1][hour]]
                for name in self.options.green_plants:
                    plant = next(plant for plant in self.system.grid.plants if plant.name == name)
                    side = west if plant.country == "KZ" else east
                    side.append((self.output[name][hour], -kept[plant.country]))
            for terms in (room, west, east):
                self.most.add(terms, 0.0)

    def _periods(self) -> list[tuple[int, int]]:
        """(first, last) hours of the rule's periods: the year starts with the system, all of it in one month."""
        length = {"hourly": 1, "daily": 24}.get(self.options.green, self.hours)
        return [(first, min(first + length, self.hours)) for first in range(0, self.hours, length)]

    def exclude_both_ways(self) -> None:
        """A binary for each way of every device-hour, and one for every further loss segment of a link."""
        for charge, name in ((columns, name) for name, columns in self.charge.items()):
            for one, other in zip(charge, self.output[name], strict=True):
                self._one_of([[one], [other]])
        for pairs in self.traded.values():
            for bought, sold in pairs:
                self._one_of([bought, sold])
        for link in self.system.grid.links:
            for forward, reverse in zip(self.sent[link.name, 1], self.sent[link.name, -1], strict=True):
                self._one_of([forward, reverse])
                for columns in (forward, reverse):
                    for before, after in itertools.pairwise(columns):
                        full = self._binary()
                        self.most.add([(after, 1.0), (full, -self._most(after))], 0.0)
                        self.most.add([(full, self._most(before)), (before, -1.0)], 0.0)

    def _one_of(self, ways: list[list[int]]) -> None:
        chosen = [self._binary() for _ in ways]
        for binary, columns in zip(chosen, ways, strict=True):
            for column in columns:
                self.most.add([(column, 1.0), (binary, -self._most(column))], 0.0)
        self.most.add([(binary, 1.0) for binary in chosen], 1.0)

    def _binary(self) -> int:
        column = self.variable(0.0, 0, 1)
        self.binaries.add(column)
        return column

    def _most(self, column: int) -> float:
        high = self.bounds[column][1]
        assert high is not None
        return high

    def _commitment(self, unit: Unit, capacity_mw: float, outputs: list[int]) -> None:
        """What runs and starts of one plant as a class of its own; before the first hour nothing is known."""
        online = [self.variable(0, 0, capacity_mw) for _ in outputs]
        start = [self.variable(unit.start_cost_usd_per_mw, 0, capacity_mw) for _ in outputs]
        up, down = round(unit.up_min_h), round(unit.down_min_h)
        for hour, output in enumerate(outputs):
            self.most.add([(output, 1.0), (online[hour], -1.0)], 0.0)
            self.most.add([(output, -1.0), (online[hour], unit.stable_min_frac)], 0.0)
            if hour > 0:
                self.most.add([(online[hour], 1.0), (online[hour - 1], -1.0), (start[hour], -1.0)], 0.0)
            if hour >= up - 1:
                self.most.add([*((start[hour - back], 1.0) for back in range(up)), (online[hour], -1.0)], 0.0)
            if hour >= down:
                begun = [(start[hour - back], 1.0) for back in range(down)]
                self.most.add([*begun, (online[hour - down], 1.0)], capacity_mw)
