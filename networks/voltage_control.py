"""Who holds which voltage: pilot buses, sources that help them across a transformer, limits and taps.

Voltage is never held on both sides of one autotransformer: two set points would push reactive power in circles. So
each transformer has at most one *pilot* bus, the one with the widest reactive range, and the sources across it are its
*helpers*: they give a share of what the pilot's group gives, each in proportion to its own limit of that sign. A helper
with reactors whose own bus still stands above the highest operating voltage switches them in, whatever its pilot needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

Net = Any
"""A pandapowerNet; pandapower ships no types."""

VOLTAGE_MIN_PU = 0.90
VOLTAGE_MAX_PU = {500: 1.05, 400: 1.05, 330: 1.10, 220: 1.10}
"""Highest operating voltages 525, 420 and 363 kV (GOST 721, remembered, not read here); 220 kV would allow 252 kV
(1.145), held to 1.10."""
LOADING_ON_LINE_FRAC = 0.85
"""Units on line run at this share of their rating, so that the rating on line is dispatch / 0.85."""
RANGE_MIN_MVAR = 1.0
"""A bus holds its voltage only with at least this much reactive range."""
POWER_MIN_MW = 1e-6
SLACK_KINDS = ("synchronous", "border", "converter")
"""Who covers the losses: the first of these that is on line."""
LIMIT_MVAR = 1e-3
SHARE_MVAR = 5.0
"""Helpers follow their pilot until they move by less than this."""
SHARE_ROUNDS = 15
"""Afterwards helpers stay where they are; with RELEASES_MAX this makes every solution settle."""
PILOT_MARGIN_MVAR = 10.0
"""Where a pilot cannot go the way its group must, its helpers leave it this far on the other side of zero."""
WRONG_SIDE_PU = 1e-3
"""A source at its upper limit above its set point (or the reverse) could hold it: it is released."""
RELEASES_MAX = 3
RELIEF_MARGIN_PU = 0.002
"""Reactors of a helper bring its bus this far below the highest operating voltage."""
TAP_BAND_PU = (1.005, 1.075)
"""A transformer's taps move only when its low-voltage side leaves this band."""


def voltage_max_pu(voltage_kv: float) -> float:
    """Highest operating voltage of the nearest level."""
    return VOLTAGE_MAX_PU[min(VOLTAGE_MAX_PU, key=lambda level: abs(level - voltage_kv))]


@dataclass(frozen=True, slots=True)
class Support:
    """One pilot bus and its helpers: what they would have given without limits, and what they can."""

    bus: int
    wanted_mvar: float
    low_mvar: float
    high_mvar: float

    def limit_mvar(self, direction: int) -> float:
        return self.high_mvar if direction > 0 else self.low_mvar


class VoltageControl:
    """The state of one solution: which pilots hold, which stand at a limit (+1 upper, -1 lower), what helpers give."""

    def __init__(self, net: Net) -> None:
        self._net = net
        gen = net.gen
        self._bus = gen["bus"].to_numpy(dtype=np.int64)
        self._low = gen["min_q_mvar"].to_numpy(dtype=float)
        self._high = gen["max_q_mvar"].to_numpy(dtype=float)
        self._power = gen["p_mw"].to_numpy(dtype=float)
        self._ranged = self._high > self._low
        self._rows = {int(bus): np.flatnonzero(self._bus == bus) for bus in np.unique(self._bus)}
        self._helpers = self._choose_pilots()
        self._pilot_of = {helper: pilot for pilot, helpers in self._helpers.items() for helper in helpers}
        self._helper_mvar = dict.fromkeys(self._pilot_of, 0.0)
        self._relief_mvar = dict.fromkeys(self._pilot_of, 0.0)
        self._limited: dict[int, int] = {}
        self._releases: dict[int, int] = {}
        self._newest: list[int] = []
        self._rounds = 0
        self.apply()

    @property
    def holding(self) -> list[int]:
        return [bus for bus in self._helpers if bus not in self._limited]

    def apply(self) -> None:
        """Write the state into the net's tables and choose the angle reference."""
        net = self._net
        holds = np.isin(self._bus, self.holding) & self._ranged
        net.gen["in_service"] = holds
        net.sgen["in_service"] = ~holds & ((np.abs(self._power) > POWER_MIN_MW) | self._ranged)
        reactive = np.zeros(len(self._bus))
        for bus, direction in self._limited.items():
            rows = self._rows[bus]
            reactive[rows] = (self._high if direction > 0 else self._low)[rows]
        for bus in self._pilot_of:
            reactive[self._rows[bus]] = self._split(bus, self._helper_total_mvar(bus))
        net.sgen["q_mvar"] = reactive
        net.gen["slack_weight"] = self._slack_weights(holds)
        self._choose_reference(holds)

    def supports(self) -> list[Support]:
        """Read after a solution without limits and before any correction."""
        found = []
        for bus in self._helpers:
            low, high = self._group_limits(bus)
            found.append(Support(bus, self._given_mvar(bus), low, high))
        return found

    def beyond_mvar(self) -> dict[int, float]:
        """How far pilots that hold are beyond their own limit (negative: below the lower one)."""
        beyond: dict[int, float] = {}
        for pilot in self.holding:
            low, high = self._own_limits(pilot)
            given = self._pilot_mvar(pilot)
            if given > high + LIMIT_MVAR:
                beyond[pilot] = given - high
            elif given < low - LIMIT_MVAR:
                beyond[pilot] = given - low
        return beyond

    def short(self) -> dict[int, int]:
        """Pilots that stand at a limit on the side their voltage needs it."""
        return {bus: side for bus, side in self._limited.items() if side * self._excess_pu(bus) < -WRONG_SIDE_PU}

    def correct(self) -> bool:
        """Plan one round of corrections from the net's last results; false when nothing is left to correct."""
        self._rounds += 1
        sharing = self._share() if self._rounds <= SHARE_ROUNDS else set()
        released = self._release()
        limited = self._limit(sharing)
        return bool(sharing) or released or limited

    def ease(self) -> bool:
        """After a round without solution: take back half of the limits it set (the lightest); false if it set one."""
        kept = len(self._newest) // 2
        if not kept:
            return False
        for bus in self._newest[kept:]:
            del self._limited[bus]
        self._newest = self._newest[:kept]
        return True

    def move_taps(self) -> bool:
        """Move each tapped transformer by the steps that bring its low-voltage side back into the band."""
        transformer = self._net.trafo
        voltage = self._net.res_bus.loc[transformer["lv_bus"], "vm_pu"].to_numpy()
        position = transformer["tap_pos"].to_numpy(dtype=float)
        step = transformer["tap_step_percent"].to_numpy(dtype=float) / 100
        low, high = TAP_BAND_PU
        steps = np.where(voltage < low, np.ceil((low - voltage) / step), 0.0)
        steps = np.where(voltage > high, -np.ceil((voltage - high) / step), steps)
        moved = np.clip(position + steps, transformer["tap_min"].to_numpy(), transformer["tap_max"].to_numpy())
        if np.array_equal(moved, position):
            return False
        transformer["tap_pos"] = moved.astype(np.int64)
        return True

    def relieve(self) -> bool:
        """Plan more reactors at helpers whose bus is above the highest operating voltage; false when none can do more.

        A transformer of rating S and short-circuit voltage u_k lets its side rise by u_k Q / S.
        """
        moved = False
        for bus, pilot in self._pilot_of.items():
            highest = voltage_max_pu(float(self._net.bus.at[bus, "vn_kv"]))
            voltage = float(self._net.res_bus.at[bus, "vm_pu"])
            given = self._helper_total_mvar(bus)
            if voltage <= highest or given <= self._bound(bus, -1.0) + LIMIT_MVAR:
                continue
            excess = voltage - highest + RELIEF_MARGIN_PU
            self._relief_mvar[bus] -= excess * _transformer_strength_mva(self._net, bus, pilot)
            moved = True
        return moved

    def _helper_total_mvar(self, bus: int) -> float:
        """Its share and its relief, within what it has."""
        return max(self._helper_mvar[bus] + self._relief_mvar[bus], self._bound(bus, -1.0))

    def _choose_pilots(self) -> dict[int, list[int]]:
        """Pilot -> helpers, never two pilots on one transformer; a helper joins the first of its pilots.

        Widest range first, but the low side of a transformer with taps comes last: its voltage is the taps' business.
        """
        width = {bus: float((self._high - self._low)[rows].sum()) for bus, rows in self._rows.items()}
        trafo = self._net.trafo
        behind_taps = set(trafo.loc[trafo["tap_max"] > trafo["tap_min"], "lv_bus"])
        able = [bus for bus in width if width[bus] >= RANGE_MIN_MVAR]
        ranked = sorted(able, key=lambda bus: (bus in behind_taps, -width[bus], bus))
        neighbours = _transformer_neighbours(self._net)
        pilots: dict[int, list[int]] = {}
        for bus in ranked:
            near = [pilot for pilot in pilots if pilot in neighbours.get(bus, ())]
            if near:
                pilots[near[0]].append(bus)
            else:
                pilots[bus] = []
        return pilots

    def _slack_weights(self, holds: NDArray[np.bool_]) -> Array:
        """In each area losses are shared by the rating on line of the plants that hold voltage; without any, by
        whatever does."""
        gen = self._net.gen
        rating = np.minimum(np.abs(self._power) / LOADING_ON_LINE_FRAC, gen["max_p_mw"].to_numpy(dtype=float))
        kind, area = gen["kind"].to_numpy(), gen["area"].to_numpy()
        weights = np.zeros(len(gen))
        for number in np.unique(area):
            inside = holds & (area == number)
            shares = [np.where(inside & (kind == group), rating, 0.0) for group in SLACK_KINDS]
            weights += next((share for share in shares if share.sum() > 1.0), inside.astype(np.float64))
        return weights

    def _choose_reference(self, holds: NDArray[np.bool_]) -> None:
        """One source of each area is the angle reference, among those that share the slack: the widest range."""
        gen = self._net.gen
        width = np.where(holds & (gen["slack_weight"].to_numpy() > 0), self._high - self._low, -1.0)
        area = gen["area"].to_numpy()
        slack = np.zeros(len(gen), dtype=bool)
        for number in np.unique(area):
            slack[np.argmax(np.where(area == number, width, -2.0))] = True
        gen["slack"] = slack & holds

    def _split(self, bus: int, total_mvar: float) -> Array:
        """Reactive power of a bus over its sources, in proportion to their limits of that sign."""
        rows = self._rows[bus]
        bound = np.maximum(self._high[rows], 0.0) if total_mvar >= 0 else np.minimum(self._low[rows], 0.0)
        whole = bound.sum()
        return np.asarray(bound * (total_mvar / whole) if whole else np.zeros(len(rows)))

    def _bound(self, bus: int, direction: float) -> float:
        """What a bus' sources can give (direction >= 0) or take (< 0), never of the other sign."""
        rows = self._rows[bus]
        if direction >= 0:
            return float(np.maximum(self._high[rows], 0.0).sum())
        return float(np.minimum(self._low[rows], 0.0).sum())

    def _own_limits(self, bus: int) -> tuple[float, float]:
        rows = self._rows[bus]
        return float(self._low[rows].sum()), float(self._high[rows].sum())

    def _group_limits(self, pilot: int) -> tuple[float, float]:
        low, high = self._own_limits(pilot)
        low += sum(self._bound(helper, -1.0) for helper in self._helpers[pilot])
        return low, high + sum(self._bound(helper, 1.0) for helper in self._helpers[pilot])

    def _pilot_mvar(self, pilot: int) -> float:
        low, high = self._own_limits(pilot)
        side = self._limited.get(pilot, 0)
        if side:
            return high if side > 0 else low
        return float(np.nansum(self._net.res_gen["q_mvar"].to_numpy()[self._rows[pilot]]))

    def _given_mvar(self, pilot: int) -> float:
        return self._pilot_mvar(pilot) + sum(self._helper_mvar[helper] for helper in self._helpers[pilot])

    def _excess_pu(self, bus: int) -> float:
        return float(self._net.res_bus.at[bus, "vm_pu"]) - float(self._net.gen["vm_pu"].iloc[self._rows[bus][0]])

    def _share(self) -> set[int]:
        """Let helpers take their part, all of it where the pilot stands at its limit; return the pilots with a move."""
        moved = set()
        for pilot, helpers in self._helpers.items():
            parts = self._parts(pilot)
            if any(abs(parts[helper] - self._helper_mvar[helper]) > SHARE_MVAR for helper in helpers):
                moved.add(pilot)
            self._helper_mvar.update(parts)
        return moved

    def _parts(self, pilot: int) -> dict[int, float]:
        """What each helper is to give: its part, by its limit of that sign, of what the group gives now."""
        helpers = self._helpers[pilot]
        if pilot in self._limited:
            return {helper: self._bound(helper, self._limited[pilot]) for helper in helpers}
        total = self._given_mvar(pilot)
        own = self._bound(pilot, total)
        if own == 0:
            total += np.copysign(PILOT_MARGIN_MVAR, total)
        bounds = {helper: self._bound(helper, total) for helper in helpers}
        whole = own + sum(bounds.values())
        return {helper: min(total / whole, 1.0) * bound if whole else 0.0 for helper, bound in bounds.items()}

    def _release(self) -> bool:
        """Free what stands at a limit on the wrong side of its set point, a few times at most."""
        wrong = [bus for bus, side in self._limited.items() if side * self._excess_pu(bus) > WRONG_SIDE_PU]
        wrong = [bus for bus in wrong if self._releases.get(bus, 0) < RELEASES_MAX]
        for bus in wrong:
            del self._limited[bus]
            self._releases[bus] = self._releases.get(bus, 0) + 1
        return bool(wrong)

    def _limit(self, sharing: set[int]) -> bool:
        """Put pilots beyond their own limit at it, the furthest beyond first, unless their helpers are still moving;
        one pilot is always left to hold."""
        beyond = {bus: excess for bus, excess in self.beyond_mvar().items() if bus not in sharing}
        order = sorted(beyond, key=lambda bus: (-abs(beyond[bus]), bus))
        if len(order) == len(self.holding):
            order = order[:-1]
        for bus in order:
            self._limited[bus] = 1 if beyond[bus] > 0 else -1
        self._newest = order
        return bool(order)


def _transformer_strength_mva(net: Net, one: int, other: int) -> float:
    """Short-circuit power of the transformers between two buses."""
    trafo = net.trafo
    ends = trafo[["hv_bus", "lv_bus"]]
    between = ends.isin([one, other]).all(axis=1).to_numpy()
    strength = trafo["parallel"] * trafo["sn_mva"] * 100.0 / trafo["vk_percent"]
    return float(strength[between].sum())


def _transformer_neighbours(net: Net) -> dict[int, set[int]]:
    neighbours: dict[int, set[int]] = {}
    for high, low in zip(net.trafo["hv_bus"], net.trafo["lv_bus"], strict=True):
        neighbours.setdefault(int(high), set()).add(int(low))
        neighbours.setdefault(int(low), set()).add(int(high))
    return neighbours
