"""AC power flow of the telling hours: does the dispatch hold in the real grid, and where is it tight?

Each synchronous area is built once and solved alone, hour after hour, each starting from the last solution. A start
from elsewhere ends at the same solution to 1e-6 pu, so the order of the hours does not matter. HVDC links are
injections at their ends; on request each hour is then solved once more with the links as circuits (`links`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from greengrid.dispatch.result import Dispatch
from greengrid.hourly import Array
from greengrid.security.findings import (
    IMBALANCE_MAX_MW,
    OPERATING_MAX_FRAC,
    THERMAL_MAX_FRAC,
    Finding,
    Violation,
    ranked,
)
from greengrid.security.links import AcLinkHour, LinkStudy
from greengrid.security.operating import PointMaker
from networks.grid import Grid
from networks.load_flow import AcSolution, solve
from networks.pandapower_net import areas, build_net, set_point
from networks.voltage_control import VOLTAGE_MIN_PU, Net, voltage_max_pu

HvdcMode = Literal["injections", "full"]
Progress = Callable[[str, int, int], None]
SHORTAGE_MIN_MVAR = 1.0


@dataclass(frozen=True, slots=True)
class AcHour:
    """One area in one hour; None where there is no solution."""

    hour: int
    hour_utc: np.datetime64
    area: str
    reason: str
    converged: bool
    problem: str
    """Why there is no solution; empty when there is one."""
    voltage_min_pu: float | None
    voltage_min_bus: str | None
    voltage_max_pu: float | None
    voltage_max_bus: str | None
    loading_max_frac: float | None
    """Current over thermal limit."""
    loading_max_branch: str | None
    loss_mw: float | None
    loss_estimate_mw: float | None
    """What was taken off the gross loads beforehand; None if not given."""
    load_mw: float
    slack_mw: float | None
    """Generated beyond the dispatch."""
    iterations: int


@dataclass(frozen=True)
class AcResult:
    """All hours and areas; the arrays cover the hours that converged and are nan for what never did."""

    hours: tuple[AcHour, ...]
    """In the order of the hours, then of the areas (largest first)."""
    findings: tuple[Finding, ...]
    bus_names: tuple[str, ...]
    voltage_min_pu: Array
    voltage_max_pu: Array
    branch_names: tuple[str, ...]
    loading_max_frac: Array
    flow_share_max_frac: Array
    """Of the normal operating limit."""
    links: tuple[AcLinkHour, ...] = ()
    """Links as circuits, where the check was asked for them."""
    violations: tuple[Violation, ...] = ()
    """What `findings` rank."""

    @property
    def hours_checked(self) -> int:
        return len({record.hour for record in self.hours})

    @property
    def hours_converged(self) -> int:
        """Hours in which every area converged."""
        failed = {record.hour for record in self.hours if not record.converged}
        return len({record.hour for record in self.hours} - failed)

    @property
    def voltage_lowest_pu(self) -> float | None:
        return min((r.voltage_min_pu for r in self.hours if r.voltage_min_pu is not None), default=None)

    @property
    def voltage_highest_pu(self) -> float | None:
        return max((r.voltage_max_pu for r in self.hours if r.voltage_max_pu is not None), default=None)

    @property
    def hvdc_gap_highest_mw(self) -> float | None:
        """Largest difference between a circuit's loss and what its injections carried."""
        gaps = (abs(r.loss_mw - r.loss_injected_mw) for r in self.links if r.loss_mw is not None)
        return max(gaps, default=None)

    @property
    def loading_highest_frac(self) -> float | None:
        return max((r.loading_max_frac for r in self.hours if r.loading_max_frac is not None), default=None)


def check(
    grid: Grid,
    dispatch: Dispatch,
    hours: Sequence[tuple[int, str]],
    progress: Progress = lambda what, done, total: None,
    *,
    loss_frac: Mapping[str, float] | None = None,
    hvdc: HvdcMode = "injections",
) -> AcResult:
    """Solve the AC power flow of each (hour index, reason) in each synchronous area.

    `hvdc` is "injections", or "full" for links as circuits (`links`): the areas are then the joined solution's.
    `loss_frac` is the share of gross demand per country that is lost on the network: taken off the loads here. Each
    record shows that estimate beside the AC losses. An hour without a solution is a finding, not an error.
    """
    if not hours:
        raise ValueError("no hours to check")
    maker = PointMaker(grid, dispatch, (bus.name for bus in grid.buses), loss_frac)
    net = build_net(grid, maker.point(hours[0][0]))
    studies = [_AreaStudy(grid, dispatch, part, loss_frac) for part in areas(net)]
    circuits = LinkStudy(grid, dispatch, net) if hvdc == "full" and grid.links else None
    records: list[AcHour] = []
    violations: list[Violation] = []
    extremes = _Extremes(grid)
    for done, (hour, reason) in enumerate(hours):
        progress("AC power flow", done, len(hours))
        solutions: Sequence[AcSolution] = [study.solve(hour) for study in studies]
        if circuits is not None:
            solutions = circuits.solve(hour, maker.point(hour), [study.net for study in studies], solutions)
        for study, solution in zip(studies, solutions, strict=True):
            records.append(study.record(hour, reason, solution))
            violations.extend(study.violations(hour, solution))
            extremes.add(solution)
    progress("AC power flow", len(hours), len(hours))
    if circuits is None:
        return replace(extremes.result(tuple(records), ranked(violations)), violations=tuple(violations))
    violations.extend(circuits.violations())
    result = replace(extremes.result(tuple(records), ranked(violations)), violations=tuple(violations))
    return replace(result, links=tuple(circuits.records))


class _AreaStudy:
    """One area's net, hour after hour."""

    def __init__(self, grid: Grid, dispatch: Dispatch, net: Net, loss_frac: Mapping[str, float] | None) -> None:
        self.net = net
        self._clock = dispatch.clock.datetimes()
        self._buses = set(net.bus["name"])
        self._maker = PointMaker(grid, dispatch, self._buses, loss_frac)
        self._loads = [load for load in grid.loads if load.bus in self._buses]
        self._loss_frac = loss_frac
        self._voltage_kv = {bus.name: bus.voltage_kv for bus in grid.buses}
        self.name = area_name(grid, self._buses)
        self._served = dispatch.served_mw

    def solve(self, hour: int) -> AcSolution:
        set_point(self.net, self._maker.point(hour))
        return solve(self.net, warm=True)

    def record(self, hour: int, reason: str, solution: AcSolution) -> AcHour:
        common = (hour, self._clock[hour], self.name, reason, solution.converged, solution.problem)
        loads = self._maker.load_mw(hour)
        load_mw = sum(loads[load.bus] for load in self._loads)
        if not solution.converged:
            nothing = (None,) * 7
            return AcHour(*common, *nothing, self._loss_estimate_mw(hour), load_mw, None, 0)
        low, high = int(np.argmin(solution.voltage_pu)), int(np.argmax(solution.voltage_pu))
        loaded = int(np.argmax(solution.loading_frac))
        return AcHour(
            *common,
            float(solution.voltage_pu[low]),
            solution.bus_names[low],
            float(solution.voltage_pu[high]),
            solution.bus_names[high],
            float(solution.loading_frac[loaded]),
            solution.branch_names[loaded],
            solution.loss_mw,
            self._loss_estimate_mw(hour),
            load_mw,
            solution.slack_mw,
            solution.iterations,
        )

    def _loss_estimate_mw(self, hour: int) -> float | None:
        if self._loss_frac is None:
            return None
        total = 0.0
        for load in self._loads:
            share = self._loss_frac.get(load.country, 0.0)
            total += float(self._served[load.bus][hour]) * share
        return total

    def violations(self, hour: int, solution: AcSolution) -> Iterator[Violation]:
        if not solution.converged:
            yield Violation(
                "not_converged", self.name, hour, 1.0, 0.0, "hours", f"In the worst hour: {solution.problem}."
            )
            return
        imbalance_mw = solution.loss_mw - (self._loss_estimate_mw(hour) or 0.0) - solution.slack_mw
        if abs(imbalance_mw) > IMBALANCE_MAX_MW:
            yield Violation("imbalance", self.name, hour, imbalance_mw, 0.0, "MW")
        yield from self._voltage(hour, solution)
        yield from self._loading(hour, solution)
        yield from self._reactive(hour, solution)

    def _voltage(self, hour: int, solution: AcSolution) -> Iterator[Violation]:
        for name, value in zip(solution.bus_names, solution.voltage_pu.tolist(), strict=True):
            highest = voltage_max_pu(self._voltage_kv[name])
            if value < VOLTAGE_MIN_PU:
                yield Violation("voltage_low", name, hour, value, VOLTAGE_MIN_PU, "pu")
            elif value > highest:
                yield Violation("voltage_high", name, hour, value, highest, "pu")

    def _loading(self, hour: int, solution: AcSolution) -> Iterator[Violation]:
        columns = (solution.branch_names, solution.loading_frac.tolist(), solution.flow_share_frac.tolist())
        for name, thermal, operating in zip(*columns, strict=True):
            if thermal > THERMAL_MAX_FRAC:
                yield Violation("thermal", name, hour, thermal, THERMAL_MAX_FRAC, "of thermal limit")
            elif operating > OPERATING_MAX_FRAC:
                yield Violation("operating_limit", name, hour, operating, OPERATING_MAX_FRAC, "of operating limit")

    @staticmethod
    def _reactive(hour: int, solution: AcSolution) -> Iterator[Violation]:
        """Where sources stand at a limit off their set point: what they wanted to give beside what they can."""
        columns = (solution.short_buses, solution.short_wanted_mvar.tolist(), solution.short_limit_mvar.tolist())
        for bus, wanted, limit in zip(*columns, strict=True):
            if wanted > limit + SHORTAGE_MIN_MVAR and limit >= 0:
                yield Violation("reactive_shortage", bus, hour, wanted, limit, "Mvar")
            elif wanted < limit - SHORTAGE_MIN_MVAR and limit <= 0:
                yield Violation("reactive_surplus", bus, hour, wanted, limit, "Mvar")


class _Extremes:
    """Lowest and highest values of each bus and branch over the hours."""

    def __init__(self, grid: Grid) -> None:
        self._buses = {bus.name: k for k, bus in enumerate(grid.buses)}
        names = [line.name for line in grid.lines] + [transformer.name for transformer in grid.transformers]
        self._branches = {name: k for k, name in enumerate(names)}
        self._low = np.full(len(self._buses), np.nan)
        self._high = np.full(len(self._buses), np.nan)
        self._loading = np.full(len(self._branches), np.nan)
        self._share = np.full(len(self._branches), np.nan)

    def add(self, solution: AcSolution) -> None:
        buses = [self._buses[name] for name in solution.bus_names]
        branches = [self._branches[name] for name in solution.branch_names]
        self._low[buses] = np.fmin(self._low[buses], solution.voltage_pu)
        self._high[buses] = np.fmax(self._high[buses], solution.voltage_pu)
        self._loading[branches] = np.fmax(self._loading[branches], solution.loading_frac)
        self._share[branches] = np.fmax(self._share[branches], solution.flow_share_frac)

    def result(self, records: tuple[AcHour, ...], findings: tuple[Finding, ...]) -> AcResult:
        for array in (self._low, self._high, self._loading, self._share):
            array.flags.writeable = False
        return AcResult(
            records,
            findings,
            tuple(self._buses),
            self._low,
            self._high,
            tuple(self._branches),
            self._loading,
            self._share,
        )


def area_name(grid: Grid, buses: set[str]) -> str:
    """The countries with loads in the area, joined; its zones where it holds one country only in part."""
    countries = dict.fromkeys(load.country for load in grid.loads if load.bus in buses)
    zones = dict.fromkeys(load.zone for load in grid.loads if load.bus in buses)
    outside = {load.country for load in grid.loads if load.bus not in buses}
    if not countries:
        return min(buses)
    return "-".join(zones if len(countries) == 1 and set(countries) & outside else countries)
