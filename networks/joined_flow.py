"""All areas and the links between them in one AC/DC power flow, from the state in which the areas were solved alone.

`load_flow.solve` settles each area with the links as injections: who holds which voltage, who stands at a limit, taps,
who covers the losses. That state is put into one net with every link as converters, DC buses and DC lines
(`hvdc_net`), and Newton solves AC and DC sides together. What the joined solution changes is small, the difference
between the links' injections and what their circuits deliver, and falls on each area's reference alone, because
pandapower shares no slack over several areas; reactive limits and taps are those of the state it starts from.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from networks.hvdc_net import LinkCircuit, add_link, converter_buses, link_circuit, set_link
from networks.load_flow import ITERATIONS_MAX, AcSolution
from networks.operating_point import set_point
from networks.voltage_control import Net

if TYPE_CHECKING:
    from networks.grid import Grid
    from networks.operating_point import OperatingPoint

TOLERANCE_MVA = 1e-6
STATE = {
    "gen": ["in_service", "vm_pu", "slack", "slack_weight", "min_q_mvar", "max_q_mvar"],
    "sgen": ["in_service", "p_mw", "q_mvar", "min_q_mvar", "max_q_mvar"],
    "trafo": ["tap_pos"],
}
"""What an area's solution settled, by table."""


@dataclass(frozen=True, slots=True)
class LinkSetting:
    """What a link is to do in one hour."""

    sent_mw: float
    """At the sending AC terminal, idle loss apart."""
    forward: bool
    poles_in: int | None = None
    """All by default."""


@dataclass(frozen=True)
class JoinedSolution:
    """All areas and links in one hour; without a solution the areas are as they were and there are no circuits."""

    problem: str
    """Why there is no solution; empty when there is one."""
    areas: tuple[AcSolution, ...]
    circuits: Mapping[str, LinkCircuit]

    @property
    def converged(self) -> bool:
        return not self.problem


class JoinedFlow:
    """The whole grid's net with its links as circuits; solved hour after hour."""

    def __init__(self, grid: Grid, net: Net) -> None:
        """`net` is that of `build_net` for the same grid; it is copied."""
        self._links = grid.links
        self._net = copy.deepcopy(net)
        bus = {name: int(k) for k, name in self._net.bus["name"].items()}
        for link in grid.links:
            add_link(self._net, link, bus[link.from_bus], bus[link.to_bus])
        self._behind = converter_buses(self._net)

    def solve(
        self,
        point: OperatingPoint,
        parts: Sequence[Net],
        solutions: Sequence[AcSolution],
        settings: Mapping[str, LinkSetting],
    ) -> JoinedSolution:
        """Solve one hour that `load_flow.solve` solved in every area.

        `parts` are the areas' nets as they were left by it. Raises ValueError if an area has no solution or a link
        no setting.
        """
        if not all(solution.converged for solution in solutions):
            raise ValueError("an area without a solution cannot be joined")
        net = self._net
        set_point(net, point)
        for part in parts:
            _take_state(net, part)
        _links_off(net)
        for link in self._links:
            setting = settings[link.name]
            set_link(net, link, setting.sent_mw, forward=setting.forward, poles_in=setting.poles_in)
        if not self._run(parts):
            return JoinedSolution("no AC/DC solution from the areas' own", tuple(solutions), {})
        circuits = {link.name: link_circuit(net, link, forward=settings[link.name].forward) for link in self._links}
        ends = _end_injections(self._links, settings, circuits)
        refined = [_refined(net, part, old, ends) for part, old in zip(parts, solutions, strict=True)]
        return JoinedSolution("", tuple(refined), circuits)

    def _run(self, parts: Sequence[Net]) -> bool:
        import pandapower

        self._start_from(parts)
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                pandapower.runpp(
                    self._net,
                    init="results",
                    calculate_voltage_angles=True,
                    enforce_q_lims=False,
                    max_iteration=ITERATIONS_MAX,
                    tolerance_mva=TOLERANCE_MVA,
                    numba=False,
                    lightsim2grid=False,
                )
        except (pandapower.LoadflowNotConverged, np.linalg.LinAlgError, FloatingPointError):
            return False
        return bool(np.isfinite(self._net.res_bus["vm_pu"].to_numpy()).all())

    def _start_from(self, parts: Sequence[Net]) -> None:
        """Make the areas' voltages the starting point; a converter starts from the voltage of the bus behind it."""
        import pandas

        net = self._net
        start = pandas.DataFrame({"vm_pu": 1.0, "va_degree": 0.0}, index=net.bus.index)
        for part in parts:
            start.loc[part.res_bus.index] = part.res_bus[["vm_pu", "va_degree"]]
        for own, behind in self._behind.items():
            start.loc[own] = start.loc[behind]
        net.res_bus = start
        net.res_bus_dc = pandas.DataFrame({"vm_pu": 1.0, "p_mw": 0.0}, index=net.bus_dc.index)
        at_converters = start.loc[net.vsc["bus"]]
        net.res_vsc = pandas.DataFrame(
            {
                "vm_internal_pu": at_converters["vm_pu"].to_numpy(),
                "va_internal_degree": at_converters["va_degree"].to_numpy(),
                "vm_internal_dc_pu": 1.0,
            },
            index=net.vsc.index,
        )


def _take_state(net: Net, part: Net) -> None:
    """Put an area's settled state into the whole net; every source gives what it gave, slack share included."""
    for table, columns in STATE.items():
        net[table].loc[part[table].index, columns] = part[table][columns]
    holding = part.gen["in_service"].to_numpy(dtype=bool)
    rows = part.gen.index[holding]
    net.gen.loc[rows, "p_mw"] = part.res_gen.loc[rows, "p_mw"]


def _links_off(net: Net) -> None:
    """The links' sources keep their reactive power; their active power flows through the converters."""
    for table in (net.gen, net.sgen):
        table.loc[table["kind"] == "link", "p_mw"] = 0.0


def _end_injections(
    links: Sequence[object], settings: Mapping[str, LinkSetting], circuits: Mapping[str, LinkCircuit]
) -> dict[str, float]:
    """Power into the AC grid at each link end, by the name of its source."""
    injections = {}
    for name, circuit in circuits.items():
        sending, receiving = ("from", "to") if settings[name].forward else ("to", "from")
        injections[f"{name}:{sending}"] = -circuit.sent_mw
        injections[f"{name}:{receiving}"] = circuit.received_mw
    return injections


def _refined(net: Net, part: Net, old: AcSolution, ends: Mapping[str, float]) -> AcSolution:
    """An area's solution with the values of the joined one."""
    bus, line, trafo = (net[f"res_{name}"].loc[part[name].index] for name in ("bus", "line", "trafo"))
    holding = part.gen["in_service"].to_numpy(dtype=bool)
    fixed = part.sgen["in_service"].to_numpy(dtype=bool)
    res_gen = net.res_gen.loc[part.gen.index]
    flow_from = np.r_[line["p_from_mw"].to_numpy(), trafo["p_hv_mw"].to_numpy()]
    flow_to = np.r_[line["p_to_mw"].to_numpy(), trafo["p_lv_mw"].to_numpy()]
    capacity = np.r_[part.line["flow_max_mw"].to_numpy(), part.trafo["flow_max_mw"].to_numpy()]
    power = np.where(holding, res_gen["p_mw"].to_numpy(), old.source_mw)
    power = np.array([ends.get(name, value) for name, value in zip(part.gen["name"], power, strict=True)])
    reactive = np.where(holding, res_gen["q_mvar"].to_numpy(), 0.0)
    reactive = reactive + np.where(fixed, part.sgen["q_mvar"].to_numpy(), 0.0)
    loss_mw = float(line["pl_mw"].sum() + trafo["pl_mw"].sum())
    return replace(
        old,
        voltage_pu=bus["vm_pu"].to_numpy(dtype=float),
        angle_deg=bus["va_degree"].to_numpy(dtype=float),
        loading_frac=np.r_[line["loading_percent"].to_numpy(), trafo["loading_percent"].to_numpy()] / 100.0,
        flow_mw=flow_from,
        flow_share_frac=np.maximum(np.abs(flow_from), np.abs(flow_to)) / capacity,
        source_mw=power,
        reactive_mvar=reactive,
        loss_mw=loss_mw,
        slack_mw=old.slack_mw + float(power.sum() - old.source_mw.sum()),
    )
