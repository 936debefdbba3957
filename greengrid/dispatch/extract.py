"""From the program's columns and duals to named hourly tables."""

from __future__ import annotations

import numpy as np

from greengrid.dispatch.commitment import ONLINE, START
from greengrid.dispatch.problem import Problem
from greengrid.dispatch.result import Certificate, Dispatch
from greengrid.dispatch.year import Optimum
from greengrid.economy.fleet import Economy
from greengrid.hourly import Array, HourlyTable
from greengrid.weather.profiles import Profiles
from networks.grid import Grid


def make_dispatch(grid: Grid, profiles: Profiles, economy: Economy, problem: Problem, optimum: Optimum) -> Dispatch:
    """The named result of an optimum of an hourly problem."""
    program = optimum.program
    values = np.clip(optimum.solution.values, program.lower, program.upper)
    output = values[: program.levels_at].reshape(program.count, -1)
    reader = _Reader(grid, profiles, problem, output)
    generation = reader.generation()
    imports, exports = reader.trade()
    flows = program.flows(values)
    branches = len(problem.network.branches)
    certificate = Certificate(
        optimum.objective_usd,
        optimum.lower_bound_usd,
        optimum.gap_frac,
        optimum.balance_residual_max_mw,
        optimum.method,
        len(optimum.repairs),
        optimum.repair_cost_usd,
        optimum.foresight_cost_usd,
    )
    return Dispatch(
        clock=profiles.clock,
        certificate=certificate,
        generation_mw=generation,
        charge_mw=reader.table("charge"),
        level_mwh=reader.levels(program.levels_mwh(values)),
        curtailed_mw=reader.curtailed(generation),
        spilled_mw=reader.spilled(program.spills_mwh(values), generation),
        served_mw=reader.served(),
        shed_mw=reader.shed((0, 1)),
        stood_back_mw=reader.shed((1,)),
        dumped_mw=reader.table("dump"),
        import_mw=imports,
        export_mw=exports,
        branch_mw=HourlyTable(problem.network.branches, flows[:, :branches]),
        link_sent_mw=reader.links(received=False),
        link_received_mw=reader.links(received=True),
        link_idle_mw=HourlyTable.of(
            [link.name for link in grid.links],
            [np.full(problem.steps, link.idle_loss_mw) for link in grid.links],
            problem.steps,
        ),
        price_usd_per_mwh=HourlyTable(problem.network.buses, nodal_prices(problem, optimum)),
        interface_mw=HourlyTable(problem.network.interfaces, flows[:, branches:]),
        market_price_usd_per_mwh=reader.market_prices(economy, imports, exports),
        online_mw=reader.table(ONLINE),
        started_mw=reader.table(START),
    )


def nodal_prices(problem: Problem, optimum: Optimum) -> Array:
    """Duals of the bus balances, shape (steps, buses): area price plus what every active limit adds at that bus."""
    program, solution = optimum.program, optimum.solution
    areas = solution.row_dual[: program.count * program.areas].reshape(program.count, program.areas)
    prices = areas[:, problem.network.area_of_bus]
    duals = solution.row_dual[len(program.row_lower) :]
    for row, dual in zip(solution.limit_rows, duals, strict=True):
        if dual != 0 and row.limit < len(problem.network.limits):
            prices[row.step] += dual * problem.network.factors[row.limit]
    return prices / problem.hours_per_step


class _Reader:
    """Reads groups of columns out of the hourly output."""

    def __init__(self, grid: Grid, profiles: Profiles, problem: Problem, output: Array) -> None:
        self.grid, self.profiles, self.problem, self.output = grid, profiles, problem, output
        self.columns = problem.columns
        self.reservoirs = [store for store in problem.stores if store.cyclic]

    def table(self, kind: str) -> HourlyTable:
        found = self.columns.of(kind)
        return HourlyTable(tuple(self.columns.name[k] for k in found), self.output[:, found])

    def potential(self, name: str) -> Array:
        plant = next(plant for plant in self.grid.plants if plant.name == name)
        return np.asarray(self.profiles.availability_frac[name] * plant.capacity_mw)

    def generation(self) -> HourlyTable:
        """Every plant part in the grid's order; renewable columns are split by what each plant could give."""
        series = {self.columns.name[k]: self.output[:, k] for k in self.columns.of("unit", "river", "release")}
        series |= {self.columns.name[k]: self.output[:, k] for k in self.columns.of("discharge")}
        for column, group in zip(self.columns.of("renewable"), self.problem.groups, strict=True):
            possible = [self.potential(name) for name in group]
            total = np.sum(possible, axis=0)
            used = np.divide(self.output[:, column], total, out=np.zeros_like(total), where=total > 0)
            series |= {name: part * used for name, part in zip(group, possible, strict=True)}
        names = [plant.name for plant in self.grid.plants]
        return HourlyTable.of(names, [series[name] for name in names], self.problem.steps)

    def curtailed(self, generation: HourlyTable) -> HourlyTable:
        names = [name for group in self.problem.groups for name in group]
        series = [np.maximum(self.potential(name) - generation[name], 0.0) for name in names]
        return HourlyTable.of(names, series, self.problem.steps)

    def spilled(self, spills_mwh: Array, generation: HourlyTable) -> HourlyTable:
        """Reservoirs: the day's spill spread evenly; run of river: inflow that the turbines did not take."""
        series = {}
        for number, store in enumerate(self.reservoirs):
            hours = np.bincount(np.arange(self.problem.steps) // 24)
            series[store.name] = np.repeat(spills_mwh[:, number] / hours, hours)
        for column in self.columns.of("river"):
            name = self.columns.name[column]
            series[name] = np.maximum(self.profiles.inflow_mw[name] - generation[name], 0.0)
        return HourlyTable.of(series, list(series.values()), self.problem.steps)

    def levels(self, levels_mwh: Array) -> HourlyTable:
        """Battery contents by hour; reservoirs known at the end of a day, straight lines between."""
        series = {self.columns.name[k]: self.output[:, k] for k in self.columns.of("content")}
        hour = np.arange(1, self.problem.steps + 1)
        ends = np.minimum(np.arange(1, self.problem.days + 1) * 24, self.problem.steps)
        for number, store in enumerate(self.reservoirs):
            known = levels_mwh[:, number]
            start = known[-1] if store.end_mwh is None else store.start_mwh
            series[store.name] = np.interp(hour, np.r_[0, ends], np.r_[start, known])
        return HourlyTable.of(series, list(series.values()), self.problem.steps)

    def shed(self, blocks: tuple[int, ...]) -> HourlyTable:
        """Blocks of shedding together: 1 is paid to stand back, 0 is cut off."""
        loads = [load.bus for load in self.grid.loads]
        return HourlyTable.of(loads, [self._shedding(self.output, bus, blocks) for bus in loads], self.problem.steps)

    def _shedding(self, values: Array, bus: str, blocks: tuple[int, ...] = (0, 1)) -> Array:
        named = [k for k in self.columns.of("shed") if self.columns.name[k] == bus]
        chosen = [k for k in named if self.columns.segment[k] in blocks]
        total: Array = values[:, chosen].sum(axis=1)
        return total

    def served(self) -> HourlyTable:
        """The blocks of a load together are its demand."""
        loads = [load.bus for load in self.grid.loads]
        upper = self.problem.upper
        series = [self._shedding(upper, bus) - self._shedding(self.output, bus) for bus in loads]
        return HourlyTable.of(loads, series, self.problem.steps)

    def trade(self) -> tuple[HourlyTable, HourlyTable]:
        """Import and export per border; members of a joint group by what crosses at each."""
        bought = {border.name: np.zeros(self.problem.steps) for border in self.grid.borders}
        sold = {border.name: np.zeros(self.problem.steps) for border in self.grid.borders}
        for k, (kind, name) in enumerate(zip(self.columns.kind, self.columns.name, strict=True)):
            if kind == "cross":
                target = bought if self.columns.direction[k] > 0 else sold
                target[name] = target[name] + self.output[:, k]
            elif kind in ("buy", "sell") and name in bought:
                target = bought if kind == "buy" else sold
                target[name] = target[name] + self.output[:, k]
        steps = self.problem.steps
        return (
            HourlyTable.of(bought, list(bought.values()), steps),
            HourlyTable.of(sold, list(sold.values()), steps),
        )

    def links(self, *, received: bool) -> HourlyTable:
        series: dict[str, Array] = {}
        for link in self.grid.links:
            pieces = link.segments(len(set(self.columns.segment[self.columns.of("link")].tolist())))
            for label, direction in (("forward", 1), ("reverse", -1)):
                total = np.zeros(self.problem.steps)
                for k in self.columns.of("link"):
                    if self.columns.name[k] == link.name and self.columns.direction[k] == direction:
                        factor = pieces[self.columns.segment[k]].efficiency_frac if received else 1.0
                        total = total + factor * self.output[:, k]
                series[f"{link.name}:{label}"] = total
        return HourlyTable.of(series, list(series.values()), self.problem.steps)

    def market_prices(self, economy: Economy, imports: HourlyTable, exports: HourlyTable) -> HourlyTable:
        slopes = {market.name: market.slope_usd_per_mwh_per_gw for market in economy.markets}
        joint = {name: limit.borders for limit in self.grid.joint_limits for name in limit.borders}
        series = []
        for border in self.grid.borders:
            members = joint.get(border.name, (border.name,))
            net = sum(
                (imports[name] - exports[name] for name in members if name in imports.columns),
                np.zeros(self.problem.steps),
            )
            price = self.profiles.market_price_usd_per_mwh[border.market]
            series.append(price + slopes[border.market] * net / 1000)
        return HourlyTable.of([border.name for border in self.grid.borders], series, self.problem.steps)
