"""AC power flow of one synchronous area: Newton with distributed slack, reactive limits and tap moves."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from networks.pandapower_net import (
    Net,
    hold_voltage,
    reactive_range_mvar,
    refuse_dc_elements,
    transformer_neighbours,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

ITERATIONS_MAX = 30
TOLERANCE_PU = 1e-8
"""Of the nets' 100 MVA: 1e-6 MW."""
ROUNDS_MAX = 6
"""Corrections (tap moves, reserves called, machines released from a limit) after the first limited solution."""
TAP_BAND_PU = (1.005, 1.075)
"""A transformer's taps move only when its low-voltage side leaves this band."""
TAP_STEP_PU = 0.015
AT_LIMIT_MVAR = 1e-3
WRONG_SIDE_PU = 1e-4
"""A source at its upper limit above its set point (or the reverse) could have held it: it is released."""


@dataclass(frozen=True)
class AcSolution:
    """One area in one hour. Arrays follow the name tuples and are read-only; empty when not converged."""

    converged: bool
    problem: str
    """Why there is no solution; empty when there is one."""
    iterations: int
    """Newton iterations of the last solution with limits."""
    solves: int
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
    reactive_wanted_mvar: Array
    """What holding every set point would have taken, without limits."""
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
        upper = self.reactive_mvar >= self.reactive_max_mvar - AT_LIMIT_MVAR
        lower = self.reactive_mvar <= self.reactive_min_mvar + AT_LIMIT_MVAR
        return np.asarray(upper.astype(np.int64) - lower.astype(np.int64))


@dataclass
class _Work:
    """What the rounds of one solution carry along."""

    numba: bool
    solves: int = 0
    fixed: dict[int, int] = field(default_factory=dict)
    """Buses whose sources stand at a limit for good: +1 upper, -1 lower."""


def solve(net: Net, *, warm: bool = False, numba: bool = False) -> AcSolution:
    """Solve one area's net (of `pandapower_net.areas`) at the operating point that is set in it.

    Starts from the DC angles (or, `warm`, from the net's last results), first without reactive limits, then with them;
    afterwards taps move, idle reserves on the other side of a transformer are called and wrongly limited machines are
    released, at most ROUNDS_MAX times. A case without a solution comes back with `converged` false and the reason.

    Raises ValueError if the net holds a dcline.
    """
    refuse_dc_elements(net)
    work = _Work(numba)
    if not net.gen["in_service"].any():
        return _unsolved(work, "no source on line that can hold a voltage")
    _choose_reference(net)
    if not _first_run(net, work, warm):
        return _unsolved(work, "no solution even without reactive limits")
    wanted = _reactive_mvar(net)
    _choose_reference(net)
    if not _run(net, work, "results", limits=True):
        return _unsolved(work, "no solution within the reactive limits")
    for _ in range(ROUNDS_MAX):
        if not _correct(net, work):
            break
        if not _run(net, work, "results", limits=True):
            return _unsolved(work, "no solution after moving taps or calling reserves")
    return _solution(net, work, wanted)


def _first_run(net: Net, work: _Work, warm: bool) -> bool:
    starts = ["results"] if warm and len(net.res_bus) else []
    return any(_run(net, work, start, limits=False) for start in [*starts, "dc", "flat"])


def _run(net: Net, work: _Work, start: str, *, limits: bool) -> bool:
    import pandapower

    work.solves += 1
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            pandapower.runpp(
                net,
                init=start,
                enforce_q_lims=limits,
                distributed_slack=True,
                max_iteration=ITERATIONS_MAX,
                tolerance_mva=TOLERANCE_PU,
                numba=work.numba,
                lightsim2grid=False,
                check_connectivity=False,
            )
    except (pandapower.LoadflowNotConverged, np.linalg.LinAlgError, FloatingPointError):
        return False
    return bool(np.isfinite(net.res_bus["vm_pu"].to_numpy()).all())


def _choose_reference(net: Net) -> None:
    """Mark one source as angle reference: pandapower does not limit its reactive power, so take the one with the
    widest margin (judged by the last solution, if there is one)."""
    gen = net.gen
    weighted = gen["in_service"].to_numpy(dtype=bool) & (gen["slack_weight"].to_numpy() > 0)
    low, high = gen["min_q_mvar"].to_numpy(), gen["max_q_mvar"].to_numpy()
    margin = high - low
    if len(net.res_gen) == len(gen):
        reactive = net.res_gen["q_mvar"].to_numpy()
        known = np.isfinite(reactive)
        margin = np.where(known, np.minimum(high - reactive, reactive - low), -np.inf)
    margin = np.where(weighted, margin, -np.inf)
    gen["slack"] = np.arange(len(gen)) == int(np.argmax(margin))


def _reactive_mvar(net: Net) -> Array:
    """Reactive power of every source, whether it holds voltage or gives fixed power."""
    holding = net.gen["in_service"].to_numpy(dtype=bool)
    fixed = net.sgen["in_service"].to_numpy(dtype=bool)
    q = np.where(holding, net.res_gen["q_mvar"].to_numpy(), 0.0)
    return np.asarray(q + np.where(fixed, net.sgen["q_mvar"].to_numpy(), 0.0), dtype=np.float64)


def _correct(net: Net, work: _Work) -> bool:
    """One round of corrections; false when there is nothing left to correct."""
    states = _bus_states(net, work)
    holding = {bus for bus, state in states.items() if state.holding}
    changed = _release(states, work, holding)
    changed = _call_reserves(net, states, work, holding) or changed
    if changed:
        _fix_at_limits(net, work.fixed)
        hold_voltage(net, holding)
        _choose_reference(net)
    return _move_taps(net) or changed


@dataclass(frozen=True, slots=True)
class _BusState:
    holding: bool
    limit: int
    """+1 or -1 when the sources that hold the bus stand at their upper or lower limit."""
    excess_pu: float
    """Voltage above the set point."""

    @property
    def wrong_side(self) -> bool:
        return self.limit * self.excess_pu > WRONG_SIDE_PU

    @property
    def short(self) -> bool:
        return self.limit * self.excess_pu < -WRONG_SIDE_PU


def _bus_states(net: Net, work: _Work) -> dict[int, _BusState]:
    gen = net.gen
    voltage = net.res_bus["vm_pu"]
    states = {}
    for bus, rows in gen.groupby("bus").groups.items():
        holders = [row for row in rows if gen.at[row, "in_service"]]
        limit = work.fixed.get(int(bus), 0)
        if holders:
            reactive = float(net.res_gen.loc[holders, "q_mvar"].sum())
            above = reactive >= gen.loc[holders, "max_q_mvar"].sum() - AT_LIMIT_MVAR
            below = reactive <= gen.loc[holders, "min_q_mvar"].sum() + AT_LIMIT_MVAR
            limit = int(above) - int(below)
        excess = float(voltage.at[bus]) - float(gen.at[rows[0], "vm_pu"])
        states[int(bus)] = _BusState(bool(holders), limit, excess)
    return states


def _release(states: dict[int, _BusState], work: _Work, holding: set[int]) -> bool:
    """Free what stands at a limit on the wrong side of its set point; what rightly stands at one stays fixed there,
    because pandapower limits sources in one direction only and would limit the same ones again."""
    wrong = {bus for bus, state in states.items() if state.wrong_side}
    if not wrong:
        return False
    for bus in wrong:
        work.fixed.pop(bus, None)
    for bus in sorted(holding - wrong):
        if states[bus].short:
            work.fixed[bus] = states[bus].limit
    holding |= wrong
    holding -= set(work.fixed)
    return True


def _call_reserves(net: Net, states: dict[int, _BusState], work: _Work, holding: set[int]) -> bool:
    """Where a bus is at its limit and short, let idle sources across its transformer hold their side instead."""
    ranges = reactive_range_mvar(net)
    changed = False
    for bus, neighbours in sorted(transformer_neighbours(net).items()):
        state = states.get(bus)
        if state is None or not state.short or (bus not in holding and bus not in work.fixed):
            continue
        for idle in sorted(neighbours - holding - set(work.fixed)):
            if ranges.get(idle, 0.0) > AT_LIMIT_MVAR and _restrict(net, idle, state.limit):
                work.fixed[bus] = state.limit
                holding.discard(bus)
                holding.add(idle)
                changed = True
    return changed


def _restrict(net: Net, bus: int, direction: int) -> bool:
    """Leave the sources of a bus only the range that relieves a limit of this direction; false if there is none."""
    rows = net.gen.index[net.gen["bus"] == bus]
    column = "min_q_mvar" if direction > 0 else "max_q_mvar"
    net.gen.loc[rows, column] = net.sgen.loc[rows, "q_mvar"]
    width = net.gen.loc[rows, "max_q_mvar"] - net.gen.loc[rows, "min_q_mvar"]
    return bool(width.sum() > AT_LIMIT_MVAR)


def _fix_at_limits(net: Net, fixed: dict[int, int]) -> None:
    for bus, direction in fixed.items():
        rows = net.gen.index[net.gen["bus"] == bus]
        column = "max_q_mvar" if direction > 0 else "min_q_mvar"
        net.sgen.loc[rows, "q_mvar"] = net.gen.loc[rows, column]


def _move_taps(net: Net) -> bool:
    """Move each tapped transformer by the steps that bring its low-voltage side back into the band."""
    transformer = net.trafo
    voltage = net.res_bus.loc[transformer["lv_bus"], "vm_pu"].to_numpy()
    position = transformer["tap_pos"].to_numpy(dtype=float)
    low, high = TAP_BAND_PU
    steps = np.where(voltage < low, np.ceil((low - voltage) / TAP_STEP_PU), 0.0)
    steps = np.where(voltage > high, -np.ceil((voltage - high) / TAP_STEP_PU), steps)
    moved = np.clip(position + steps, transformer["tap_min"].to_numpy(), transformer["tap_max"].to_numpy())
    if np.array_equal(moved, position):
        return False
    transformer["tap_pos"] = moved.astype(np.int64)
    return True


def _solution(net: Net, work: _Work, wanted: Array) -> AcSolution:
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
        iterations=int(net._ppc["iterations"]),
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
        reactive_wanted_mvar=wanted,
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
        iterations=0,
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
        reactive_wanted_mvar=nothing,
        transformer_names=(),
        tap_position=np.zeros(0, dtype=np.int64),
        load_mw=0.0,
        loss_mw=0.0,
        slack_mw=0.0,
    )
