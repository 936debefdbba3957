"""A least-cost DC dispatch of one hour, independent of the program's own: bus angles, scipy, no time coupling.

It stands for the prototype that solved `tests/cases/reference_hours`: the same loads and availabilities, a like merit
order, so that the AC power flow behind it can be compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import block_array, csr_array, diags_array, eye_array, lil_array, vstack

from networks.grid import Border, Grid, Line, Plant, Transformer
from networks.pandapower_net import LinkEnds, OperatingPoint

WINTER, SUMMER, NIGHT = 0, 1, 2
AVAILABLE_FRAC = {
    "coal": (0.78, 0.68, 0.70),
    "coal_chp": (0.85, 0.55, 0.50),
    "gas_chp": (0.85, 0.55, 0.50),
    "fuel_oil_chp": (0.85, 0.55, 0.50),
    "gas_steam": (0.72, 0.66, 0.60),
    "gas_ccgt": (0.92, 0.85, 0.85),
    "gas_ocgt": (0.88, 0.80, 0.80),
    "gas_engine": (0.88, 0.80, 0.80),
    "hydro_reservoir": (0.65, 0.75, 0.45),
    "hydro_ror": (0.35, 0.65, 0.55),
    "nuclear": (0.93, 0.93, 0.93),
    "wind_onshore": (0.25, 0.18, 0.45),
    "wind_offshore": (0.25, 0.18, 0.45),
    "solar": (0.0, 0.55, 0.0),
    "battery": (0.0, 0.0, 0.0),
}
COST_USD_PER_MWH = {
    "coal": 15.0,
    "coal_chp": 14.0,
    "gas_chp": 30.0,
    "fuel_oil_chp": 45.0,
    "gas_steam": 48.0,
    "gas_ccgt": 35.0,
    "gas_ocgt": 52.0,
    "gas_engine": 50.0,
    "hydro_reservoir": 2.0,
    "hydro_ror": 1.0,
    "nuclear": 8.0,
    "battery": 1.0,
}
IMPORT_USD_PER_MWH, EXPORT_USD_PER_MWH, SHED_USD_PER_MWH = 56.0, 12.0, 3000.0
WHEELING_USD_PER_MWH_KM = 0.001
"""About the marginal loss of a 500 kV line: without it plants of equal cost would ship power across the continent."""
OILFIELDS = ("Tengizchevroil", "TGTES", "Kashagan", "Karachaganak")
OILFIELD_MUST_RUN_FRAC = 0.7
"""Of what is available: turbines of a field feed its own load, which stands at their bus, before anything else."""
IDLE_MARKETS = frozenset({"AF", "TM", "IR", "TR"})
"""No exchange in the reference hours; RO takes what the Black Sea link brings."""


@dataclass(frozen=True)
class Hour:
    """Loads in MW by area of the reference table (a zone, or a country), and how plants are available."""

    name: str
    year: int
    season: int
    load_mw: dict[str, float]
    load_factor: float = 1.0
    windy: bool = False
    light_load: bool = False

    @property
    def reactive_ratio(self) -> float:
        return (0.30, 0.33, 0.20)[self.season]


@dataclass(frozen=True)
class DcDispatch:
    point: OperatingPoint
    flow_mw: dict[str, float]
    shed_mw: float


def available_mw(plant: Plant, hour: Hour) -> float:
    """Of the reference hours; `windy` ones have wind at 0.80 (offshore 0.75), no sun, the rest at 0.95 of winter."""
    share = AVAILABLE_FRAC[plant.technology][hour.season]
    if plant.technology == "gas_steam" and hour.year >= 2035:
        share *= {"UZ": 0.5, "AZ": 0.25}.get(plant.country, 1.0)
    if hour.windy:
        calm = {"wind_onshore": 0.80, "wind_offshore": 0.75, "solar": 0.0}
        share = calm.get(plant.technology, 0.95 * share)
    return share * plant.capacity_mw


def must_run_mw(plant: Plant, hour: Hour) -> float:
    is_oilfield = any(field in plant.name for field in OILFIELDS)
    return OILFIELD_MUST_RUN_FRAC * available_mw(plant, hour) if is_oilfield else 0.0


def bus_loads_mw(grid: Grid, hour: Hour) -> dict[str, float]:
    """Area totals spread over zones by their peaks and over buses by their shares."""
    peak = {demand.zone: demand.peak_mw for demand in grid.demands}
    country_peak: dict[str, float] = {}
    for demand in grid.demands:
        country_peak[demand.country] = country_peak.get(demand.country, 0.0) + demand.peak_mw
    loads: dict[str, float] = {}
    for load in grid.loads:
        if load.zone in hour.load_mw:
            zone_mw = hour.load_mw[load.zone]
        else:
            zone_mw = hour.load_mw[load.country] * peak[load.zone] / country_peak[load.country]
        loads[load.bus] = loads.get(load.bus, 0.0) + zone_mw * hour.load_factor * load.share_frac
    return loads


def dispatch(grid: Grid, hour: Hour, link_ends: Mapping[str, LinkEnds] | None = None) -> DcDispatch:
    """Least cost under bus balances, branch limits and interface limits; links run as told (default: not at all)."""
    buses = {bus.name: k for k, bus in enumerate(grid.buses)}
    branches: list[Line | Transformer] = [*grid.lines, *grid.transformers]
    loads = bus_loads_mw(grid, hour)
    trading = [border for border in grid.borders if border.market not in IDLE_MARKETS]
    injections = (
        [
            (plant.bus, 1.0, available_mw(plant, hour), COST_USD_PER_MWH.get(plant.technology, 0.0))
            for plant in grid.plants
        ]
        + [(border.bus, 1.0, border.import_max_mw, IMPORT_USD_PER_MWH) for border in trading]
        + [(border.bus, -1.0, border.export_max_mw, -EXPORT_USD_PER_MWH) for border in trading]
        + [(bus, 1.0, load, SHED_USD_PER_MWH) for bus, load in loads.items()]
    )
    first = len(injections)
    incidence = lil_array((len(buses), len(branches)))
    susceptance_mw = np.zeros(len(branches))
    for row, branch in enumerate(branches):
        start, end, susceptance_mw[row] = _ends_and_susceptance_mw(branch)
        incidence[buses[start], row] = -1.0
        incidence[buses[end], row] = 1.0
    placing = lil_array((len(buses), first))
    for column, (bus, sign, _, _) in enumerate(injections):
        placing[buses[bus], column] = sign
    # Columns: injections, angles, flows forward, flows backward.
    incidence = incidence.tocsr()
    kirchhoff = diags_array(susceptance_mw) @ -incidence.T
    eye = eye_array(len(branches))
    equalities = block_array(
        [[placing, None, incidence, -incidence], [csr_array((len(branches), first)), kirchhoff, -eye, eye]],
        format="csr",
    )
    ends = {link.name: (link_ends or {}).get(link.name, LinkEnds(0.0, 0.0)) for link in grid.links}
    given = dict.fromkeys(buses, 0.0)
    for link in grid.links:
        given[link.from_bus] += ends[link.name].net_from_mw
        given[link.to_bus] += ends[link.name].net_to_mw
    demand = np.r_[[loads.get(name, 0.0) - given[name] for name in buses], np.zeros(len(branches))]
    cuts, limits = _cuts(grid, branches, trading, first + len(buses))
    low = [must_run_mw(plant, hour) for plant in grid.plants] + [0.0] * (first - len(grid.plants))
    bounds: list[tuple[float | None, float | None]]
    bounds = [(least, high) for least, (_, _, high, _) in zip(low, injections, strict=True)]
    bounds += [(None, None)] * len(buses)
    bounds += [(0.0, branch.flow_max_mw) for branch in branches] * 2
    length_km = np.array([branch.length_km if isinstance(branch, Line) else 0.0 for branch in branches])
    haul = WHEELING_USD_PER_MWH_KM * length_km
    cost = np.r_[[price for *_, price in injections], np.zeros(len(buses)), haul, haul]
    result = linprog(cost, A_ub=cuts, b_ub=limits, A_eq=equalities, b_eq=demand, bounds=bounds, method="highs")
    assert result.status == 0, result.message
    angles = first + len(buses)
    flow_mw = result.x[angles : angles + len(branches)] - result.x[angles + len(branches) :]
    flows = {branch.name: float(flow) for branch, flow in zip(branches, flow_mw, strict=True)}
    return _as_point(grid, hour, loads, trading, ends, result.x[:first], flows)


def _ends_and_susceptance_mw(branch: Line | Transformer) -> tuple[str, str, float]:
    if isinstance(branch, Line):
        ohm = branch.x_ohm_per_km * branch.length_km / branch.circuits
        return branch.from_bus, branch.to_bus, branch.voltage_kv**2 / ohm
    mva = branch.rating_mva * branch.units
    return branch.hv_bus, branch.lv_bus, mva * 100.0 / branch.short_circuit_voltage_percent


def _cuts(
    grid: Grid, branches: list[Line | Transformer], trading: list[Border], first_flow: int
) -> tuple[csr_array, np.ndarray]:
    """Rows and right sides of `cuts @ x <= limits`: interfaces and joint border limits, each both ways."""
    rows = lil_array((len(grid.interfaces) + len(grid.joint_limits), first_flow + 2 * len(branches)))
    position = {branch.name: k for k, branch in enumerate(branches)}
    border = {border.name: len(grid.plants) + k for k, border in enumerate(trading)}
    for row, interface in enumerate(grid.interfaces):
        for name, sign in interface.members:
            rows[row, first_flow + position[name]] = sign
            rows[row, first_flow + len(branches) + position[name]] = -sign
    for row, limit in enumerate(grid.joint_limits, start=len(grid.interfaces)):
        for name in limit.borders:
            if name in border:
                rows[row, border[name]] = 1.0
                rows[row, border[name] + len(trading)] = -1.0
    forward = [interface.forward_max_mw for interface in grid.interfaces]
    reverse = [interface.reverse_max_mw for interface in grid.interfaces]
    joint = [limit.flow_max_mw for limit in grid.joint_limits]
    matrix = rows.tocsr()
    return vstack([matrix, -matrix], format="csr"), np.r_[forward, joint, reverse, joint]


def _as_point(
    grid: Grid,
    hour: Hour,
    loads: dict[str, float],
    trading: list[Border],
    ends: dict[str, LinkEnds],
    x: np.ndarray,
    flows: dict[str, float],
) -> DcDispatch:
    plants, borders = len(grid.plants), len(trading)
    shed = dict(zip(loads, x[plants + 2 * borders :].tolist(), strict=True))
    exchange = {border.name: 0.0 for border in grid.borders}
    for k, border in enumerate(trading):
        exchange[border.name] = float(x[plants + k] - x[plants + borders + k])
    point = OperatingPoint(
        generation_mw={plant.name: float(x[k]) for k, plant in enumerate(grid.plants)},
        load_mw={bus: loads[bus] - shed[bus] for bus in loads},
        net_import_mw=exchange,
        links=ends,
        load_reactive_ratio=hour.reactive_ratio,
        light_load=hour.light_load,
    )
    return DcDispatch(point, flows, sum(shed.values()))
