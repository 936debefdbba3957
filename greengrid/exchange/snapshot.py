"""One hour's grid with its AC solution in it: a single pandapower net, every source once, the links beside it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from greengrid.exchange.moment import Moment
from greengrid.security.operating import PointMaker
from networks.grid import Grid
from networks.hvdc import Link
from networks.load_flow import AcSolution, solve
from networks.pandapower_net import LinkEnds, areas, build_net, set_point
from networks.voltage_control import Net

TOLERANCE_MVA = 1e-6


@dataclass(frozen=True)
class LinkHour:
    """A link and what it carries in the hour."""

    link: Link
    ends: LinkEnds
    sent_mw: float
    """Positive from `from_bus` to `to_bus`; without idle loss."""
    received_mw: float
    """Of the same sign."""

    @property
    def idle_loss_mw(self) -> float:
        return self.ends.loss_mw - (abs(self.sent_mw) - abs(self.received_mw))


@dataclass(frozen=True)
class Snapshot:
    """The grid of one hour. `net` solves with a plain `pandapower.runpp(net)` to the state that is in its results."""

    grid: Grid
    moment: Moment
    net: Net
    links: tuple[LinkHour, ...]
    solutions: tuple[AcSolution, ...]
    """One per synchronous area, largest first."""
    notes: tuple[str, ...]
    """What the user should be told."""


def take_snapshot(moment: Moment) -> Snapshot:
    """Solve each synchronous area at the hour and put the states together.

    Losses are then part of what the sources give, voltages of those that hold them are their set points, and sources
    at a reactive limit (or that help another) stand in `sgen` with fixed power.
    """
    grid, hour = moment.inputs.grid, moment.hour
    loss_frac = dict(moment.inputs.economy.loss_frac)
    whole = PointMaker(grid, moment.power, (bus.name for bus in grid.buses), loss_frac).point(hour)
    net = build_net(grid, whole)
    notes: list[str] = []
    solutions = []
    unsolved: list[int] = []
    state = {bus: (1.0, 0.0) for bus in net.bus.index}
    for part in areas(net):
        buses = set(part.bus["name"])
        maker = PointMaker(grid, moment.power, buses, loss_frac, load_peak_mw=moment.load_peak_mw(buses))
        set_point(part, maker.point(hour))
        solution = solve(part)
        solutions.append(solution)
        if solution.converged:
            pairs = zip(solution.voltage_pu.tolist(), solution.angle_deg.tolist(), strict=True)
            state.update(zip(part.bus.index, pairs, strict=True))
        else:
            unsolved += part.bus.index.tolist()
            names = ", ".join(sorted(set(part.bus["country"])))
            notes.append(f"No AC solution in the area of {names} ({solution.problem}): its voltages are not solved")
        _copy_state(net, part, solution)
    notes += _supply_lone_buses(net)
    _drop_twins(net)
    _describe(net, grid)
    _solve_whole(net, state, unsolved)
    links = tuple(_link_hour(link, whole.links, moment) for link in grid.links)
    _add_link_table(net, links)
    return Snapshot(grid, moment, net, links, tuple(solutions), tuple(notes))


def _copy_state(net: Net, part: Net, solution: AcSolution) -> None:
    """Set points and solution of one area into the whole net (same indices)."""
    rows = part.gen.index
    for table in ("gen", "sgen", "load"):
        whole, own = net[table], part[table]
        for column in own.columns:
            whole.loc[own.index, column] = own[column]
    net.trafo.loc[part.trafo.index, "tap_pos"] = part.trafo["tap_pos"]
    if not solution.converged:
        return
    net.gen.loc[rows, "p_mw"] = solution.source_mw
    net.sgen.loc[part.sgen.index, "p_mw"] = solution.source_mw
    voltage = dict(zip(part.bus.index, solution.voltage_pu.tolist(), strict=True))
    net.gen.loc[rows, "vm_pu"] = [voltage[bus] for bus in part.gen["bus"]]


def _supply_lone_buses(net: Net) -> list[str]:
    """A bus that no AC branch reaches (the far end of a link): its tie takes what the link gives."""
    joined = {*net.line["from_bus"], *net.line["to_bus"], *net.trafo["hv_bus"], *net.trafo["lv_bus"]}
    notes = []
    for bus in net.bus.index.difference(list(joined)):
        here = net.gen.index[net.gen["bus"] == bus]
        ties = here[(net.gen.loc[here, "kind"] == "border").to_numpy()]
        net.gen.loc[here, "slack"] = False
        net.gen.loc[here, "in_service"] = False
        net.sgen.loc[here, "in_service"] = True
        net.sgen.loc[here, "q_mvar"] = 0.0
        if len(ties):
            net.gen.loc[ties[0], ["slack", "in_service"]] = True
            net.gen.loc[ties[0], "vm_pu"] = 1.0
            net.sgen.loc[ties[0], "in_service"] = False
        else:
            net.bus.loc[bus, "in_service"] = False
            name = net.bus.at[bus, "name"]
            notes.append(f"{name} has neither AC branch nor tie: it is out of service, with the link's end there")
    return notes


def _drop_twins(net: Net) -> None:
    """Every source once: in `sgen` where it gives fixed power, else in `gen`."""
    fixed = net.sgen["in_service"].to_numpy(dtype=bool) & ~net.gen["in_service"].to_numpy(dtype=bool)
    net.gen = net.gen[~fixed].copy()
    net.sgen = net.sgen[fixed].copy()


def _describe(net: Net, grid: Grid) -> None:
    """Columns that say what a source is; its own reader of nets in this project knows them again."""
    plants = {plant.name: plant for plant in grid.plants}
    borders = {border.name: border for border in grid.borders}
    for table in (net.gen, net.sgen):
        rows = [plants.get(name) for name in table["name"]]
        ties = [borders.get(name) for name in table["name"]]
        known = [row or tie for row, tie in zip(rows, ties, strict=True)]
        table["technology"] = [row.technology if row else "" for row in rows]
        table["plant"] = [row.plant if row else "" for row in rows]
        table["energy_mwh"] = [row.energy_mwh if row else 0.0 for row in rows]
        table["market"] = [tie.market if tie else "" for tie in ties]
        table["confidence"] = [item.confidence if item else "" for item in known]
        table["source"] = [item.source if item else "" for item in known]
    for table, items in ((net.line, grid.lines), (net.trafo, grid.transformers)):
        by_name: Mapping[str, Any] = {item.name: item for item in items}
        for column in ("status", "year", "confidence", "source"):
            table[column] = [getattr(by_name[name], column) for name in table["name"]]


def _solve_whole(net: Net, state: Mapping[int, tuple[float, float]], unsolved: Sequence[int]) -> None:
    """All solved areas at once, from their own solutions: fills the results; those of unsolved areas stay empty."""
    import pandapower

    start = np.array([state[bus] for bus in net.bus.index], dtype=float)
    in_service = net.bus["in_service"].copy()
    net.bus.loc[list(unsolved), "in_service"] = False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pandapower.runpp(
            net, init_vm_pu=start[:, 0], init_va_degree=start[:, 1], tolerance_mva=TOLERANCE_MVA, numba=False
        )
    net.bus["in_service"] = in_service


def _link_hour(link: Link, ends: Mapping[str, LinkEnds], moment: Moment) -> LinkHour:
    power, hour = moment.power, moment.hour
    sent, received = (
        float(table[f"{link.name}:forward"][hour] - table[f"{link.name}:reverse"][hour])
        for table in (power.link_sent_mw, power.link_received_mw)
    )
    return LinkHour(link, ends[link.name], sent, received)


def _add_link_table(net: Net, links: tuple[LinkHour, ...]) -> None:
    """A table of the links beside pandapower's own, which knows no such element with its losses."""
    import pandas as pd

    index = {name: k for k, name in net.bus["name"].items()}
    rows = [
        {
            "name": item.link.name,
            "from_bus": index[item.link.from_bus],
            "to_bus": index[item.link.to_bus],
            "capacity_mw": item.link.capacity_mw,
            "voltage_kv": item.link.voltage_kv,
            "configuration": item.link.configuration,
            "poles": item.link.poles,
            "length_km": item.link.length_km,
            "resistance_ohm_per_km": item.link.resistance_ohm_per_km,
            "station_idle_loss_frac": item.link.station_idle_loss_frac,
            "station_linear_loss_frac": item.link.station_linear_loss_frac,
            "station_full_loss_frac": item.link.station_full_loss_frac,
            "sent_mw": item.sent_mw,
            "received_mw": item.received_mw,
            "idle_loss_mw": item.idle_loss_mw,
            "source": item.link.source,
        }
        for item in links
    ]
    net["hvdc_link"] = pd.DataFrame(rows)
