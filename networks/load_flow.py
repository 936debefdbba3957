"""AC power flow of one synchronous area: Newton with distributed slack, reactive limits and tap moves."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from networks.pandapower_net import refuse_dc_elements
from networks.voltage_control import LIMIT_MVAR, Net, Support, VoltageControl

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

ITERATIONS_MAX = 30
TOLERANCE_PU = 1e-8
"""Of the nets' 100 MVA: 1e-6 MW."""
ROUNDS_MAX = 40
TAP_ROUNDS_MAX = 4
RELIEF_ROUNDS_MAX = 6


@dataclass(frozen=True)
class AcSolution:
    """One area in one hour. Arrays follow the name tuples and are read-only; empty when not converged."""

    converged: bool
    problem: str
    """Why there is no solution; empty when there is one."""
    iterations: int
    """Newton iterations in all."""
    solves: int
    """Power flows run until limits, shares and taps had settled."""
    bus_names: tuple[str, ...]
    voltage_pu: Array
    angle_deg: Array
    branch_names: tuple[str, ...]
    """Lines, then transformers."""
    loading_frac: Array
    """Current over thermal limit."""
    flow_mw: Array
    """Into the branch at its from (hv) end."""
    flow_share_frac: Array
    """Larger end flow over `flow_max_mw`."""
    source_names: tuple[str, ...]
    source_mw: Array
    reactive_mvar: Array
    reactive_min_mvar: Array
    reactive_max_mvar: Array
    short_buses: tuple[str, ...]
    """Pilot buses that stand at a reactive limit and are off their set point in its direction."""
    short_wanted_mvar: Array
    """What they and their helpers would have given without any limits in the area."""
    short_limit_mvar: Array
    """What they can give (positive) or take (negative)."""
    transformer_names: tuple[str, ...]
    tap_position: NDArray[np.int64]
    load_mw: float
    loss_mw: float
    slack_mw: float
    """Generated beyond the operating point: AC losses and whatever the point did not balance."""

    def __post_init__(self) -> None:
        for name, value in list(self.__dict__.items()):
            if isinstance(value, np.ndarray):
                own = value.copy()  # pandapower writes its result tables in place
                own.flags.writeable = False
                object.__setattr__(self, name, own)

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        self.__post_init__()

    @property
    def at_limit(self) -> NDArray[np.int64]:
        """+1 at the upper reactive limit, -1 at the lower, 0 between."""
        upper = self.reactive_mvar >= self.reactive_max_mvar - LIMIT_MVAR
        lower = self.reactive_mvar <= self.reactive_min_mvar + LIMIT_MVAR
        return np.asarray(upper.astype(np.int64) - lower.astype(np.int64))


@dataclass
class _Work:
    """What is counted over one solution."""

    solves: int = 0
    iterations: int = 0


def solve(net: Net, *, warm: bool = False) -> AcSolution:
    """Solve one area's net (of `pandapower_net.areas`) at the operating point that is set in it.

    Starts from the DC angles (or, `warm`, from the net's last results) and without reactive limits. Then, round by
    round, sources beyond a limit are put at it and released where they wrongly stand there, helpers take their share
    and, once that has settled, taps move (at most TAP_ROUNDS_MAX times) and reactors are switched in where a bus still
    stands above its highest operating voltage. pandapower's own limiting is not used: it works in one direction only,
    never limits the reference and ignores limits when every generator is a slack.
    A case without a solution comes back with `converged` false and the reason.

    Raises ValueError if the net holds a dcline.
    """
    refuse_dc_elements(net)
    work = _Work()
    control = VoltageControl(net)
    if not control.holding:
        return _unsolved(work, "no source on line that can hold a voltage")
    has_results = len(net.res_bus) > 0 and bool(np.isfinite(net.res_bus["vm_pu"]).all())
    starts = ["results"] if warm and has_results else []
    if not any(_run(net, work, start) for start in [*starts, "dc", "flat"]):
        return _unsolved(work, "no solution even without reactive limits")
    supports = control.supports()
    taps_left, reliefs_left = TAP_ROUNDS_MAX, RELIEF_ROUNDS_MAX
    for _ in range(ROUNDS_MAX):
        if not control.correct():
            if taps_left and control.move_taps():
                taps_left -= 1
            elif reliefs_left and control.relieve():
                reliefs_left -= 1
            else:
                return _settled(net, work, control, supports)
        weakest = _weakest(net)
        if not _step(net, work, control):
            return _unsolved(work, f"no solution within the reactive limits; lowest before the last one: {weakest}")
    return _unsolved(work, "reactive limits and set points do not settle")


def _step(net: Net, work: _Work, control: VoltageControl) -> bool:
    """Solve with the corrections; where that fails, with fewer of the new limits, then from the DC angles."""
    last = net.res_bus.copy()
    control.apply()
    while not _run(net, work, "results"):
        net.res_bus = last.copy()
        if not control.ease():
            return _run(net, work, "dc")
        control.apply()
    return True


def _settled(net: Net, work: _Work, control: VoltageControl, supports: list[Support]) -> AcSolution:
    """The solution, unless the last source that is left to hold a voltage is itself beyond its limits."""
    for bus, excess_mvar in control.beyond_mvar().items():
        where = f"{net.bus.at[bus, 'name']} {abs(excess_mvar):.0f} Mvar {'above' if excess_mvar > 0 else 'below'} them"
        return _unsolved(work, f"every source of the area is at its reactive limits, the last one, {where}")
    return _solution(net, work, control, supports)


def _weakest(net: Net) -> str:
    voltage = net.res_bus["vm_pu"]
    bus = voltage.idxmin()
    return f"{net.bus.at[bus, 'name']} at {voltage.at[bus]:.3f} pu"


def _run(net: Net, work: _Work, start: str) -> bool:
    import pandapower

    work.solves += 1
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            pandapower.runpp(
                net,
                init=start,
                enforce_q_lims=False,
                distributed_slack=True,
                max_iteration=ITERATIONS_MAX,
                tolerance_mva=TOLERANCE_PU,
                numba=False,  # measured on 96 areas and hours: 20.2 s with it, 21.7 s without, 2.7 s of compiling
                lightsim2grid=False,
                check_connectivity=False,
            )
    except (pandapower.LoadflowNotConverged, np.linalg.LinAlgError, FloatingPointError):
        return False
    work.iterations += int(net._ppc["iterations"])
    return bool(np.isfinite(net.res_bus["vm_pu"].to_numpy()).all())


def _reactive_mvar(net: Net) -> Array:
    """Reactive power of every source, whether it holds voltage or gives fixed power."""
    holding = net.gen["in_service"].to_numpy(dtype=bool)
    fixed = net.sgen["in_service"].to_numpy(dtype=bool)
    q = np.where(holding, net.res_gen["q_mvar"].to_numpy(), 0.0)
    return np.asarray(q + np.where(fixed, net.sgen["q_mvar"].to_numpy(), 0.0), dtype=np.float64)


def _solution(net: Net, work: _Work, control: VoltageControl, supports: list[Support]) -> AcSolution:
    sides = control.short()
    short = [support for support in supports if support.bus in sides]
    bus, line, trafo = net.res_bus, net.res_line, net.res_trafo
    capacity = np.r_[net.line["flow_max_mw"].to_numpy(), net.trafo["flow_max_mw"].to_numpy()]
    flow_from = np.r_[line["p_from_mw"].to_numpy(), trafo["p_hv_mw"].to_numpy()]
    flow_to = np.r_[line["p_to_mw"].to_numpy(), trafo["p_lv_mw"].to_numpy()]
    holding = net.gen["in_service"].to_numpy(dtype=bool)
    fixed = net.sgen["in_service"].to_numpy(dtype=bool)
    set_mw = net.gen["p_mw"].to_numpy(dtype=float)
    power = np.where(holding, net.res_gen["p_mw"].to_numpy(), np.where(fixed, set_mw, 0.0))
    return AcSolution(
        converged=True,
        problem="",
        iterations=work.iterations,
        solves=work.solves,
        bus_names=tuple(net.bus["name"]),
        voltage_pu=bus["vm_pu"].to_numpy(dtype=float),
        angle_deg=bus["va_degree"].to_numpy(dtype=float),
        branch_names=(*net.line["name"], *net.trafo["name"]),
        loading_frac=np.r_[line["loading_percent"].to_numpy(), trafo["loading_percent"].to_numpy()] / 100.0,
        flow_mw=flow_from,
        flow_share_frac=np.maximum(np.abs(flow_from), np.abs(flow_to)) / capacity,
        source_names=tuple(net.gen["name"]),
        source_mw=power,
        reactive_mvar=_reactive_mvar(net),
        reactive_min_mvar=net.sgen["min_q_mvar"].to_numpy(dtype=float),
        reactive_max_mvar=net.sgen["max_q_mvar"].to_numpy(dtype=float),
        short_buses=tuple(net.bus.at[support.bus, "name"] for support in short),
        short_wanted_mvar=np.array([support.wanted_mvar for support in short], dtype=float),
        short_limit_mvar=np.array([support.limit_mvar(sides[support.bus]) for support in short], dtype=float),
        transformer_names=tuple(net.trafo["name"]),
        tap_position=net.trafo["tap_pos"].to_numpy(dtype=np.int64),
        load_mw=float(net.load["p_mw"].sum()),
        loss_mw=float(line["pl_mw"].sum() + trafo["pl_mw"].sum()),
        slack_mw=float((power - set_mw)[holding].sum()),
    )


def _unsolved(work: _Work, problem: str) -> AcSolution:
    nothing = np.zeros(0)
    return AcSolution(
        converged=False,
        problem=problem,
        iterations=work.iterations,
        solves=work.solves,
        bus_names=(),
        voltage_pu=nothing,
        angle_deg=nothing,
        branch_names=(),
        loading_frac=nothing,
        flow_mw=nothing,
        flow_share_frac=nothing,
        source_names=(),
        source_mw=nothing,
        reactive_mvar=nothing,
        reactive_min_mvar=nothing,
        reactive_max_mvar=nothing,
        short_buses=(),
        short_wanted_mvar=nothing,
        short_limit_mvar=nothing,
        transformer_names=(),
        tap_position=np.zeros(0, dtype=np.int64),
        load_mw=0.0,
        loss_mw=0.0,
        slack_mw=0.0,
    )
