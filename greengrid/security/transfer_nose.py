"""The voltage nose of a transfer: how far the AC power flow follows it, in the whole grid and with circuits out.

The transfer is raised along its ramp, and past the end of the ramp in the same proportions (the usual loading beyond
what plants have, to find the limit of the grid), until the power flow with reactive limits, taps and shared slack no
longer solves; then the step is halved. The last solved point stands for the nose: Newton's method stops a little
before it, which errs to the safe side.

On the way the voltage of every bus with a load is held against its critical value Ucr, a share of the nominal one: at
least (1 + margin of voltage) Ucr, as the Russian system operator computes its largest flows. Between two steps it falls
along a straight line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from greengrid.security.operating import HourlyPower, PointMaker
from greengrid.security.outages_parameters import Parameters
from greengrid.security.transfer import TransferLimit, sent_mw
from greengrid.security.transfer_ramp import Ramp
from networks.grid import Grid
from networks.load_flow import solve
from networks.operating_point import OperatingPoint
from networks.pandapower_net import areas, build_net, set_point
from networks.voltage_control import Net

STEP_MW = 400.0
HALVINGS = 4
STEPS_MAX = 25


class Low(NamedTuple):
    """The lowest voltage of a bus with a load at one point of the ramp."""

    rise_mw: float
    voltage_pu: float
    bus: str


class Margins(NamedTuple):
    """Of static stability and of voltage, each normally and after a fault."""

    normal_frac: float
    after_fault_frac: float
    voltage_normal_frac: float
    voltage_after_fault_frac: float
    voltage_critical_pu: float
    """Of the nominal voltage: where load no longer holds."""

    @classmethod
    def of(cls, parameters: Parameters) -> Margins:
        """Those of the table."""
        return cls(
            parameters.value("margin.normal"),
            parameters.value("margin.after_fault"),
            parameters.value("margin.voltage_normal"),
            parameters.value("margin.voltage_after_fault"),
            parameters.value("voltage_critical"),
        )

    def power_frac(self, outage: str) -> float:
        """That of active power."""
        return self.after_fault_frac if outage else self.normal_frac

    def voltage_min_pu(self, outage: str) -> float:
        """Lowest voltage that keeps the margin."""
        return self.voltage_critical_pu * (1 + (self.voltage_after_fault_frac if outage else self.voltage_normal_frac))


@dataclass(frozen=True)
class Reach:
    """How far the power flow followed the ramp."""

    rise_mw: float
    """Highest rise that solves; nan where even the start does not."""
    met: bool
    """Whether the next step did not solve."""
    lows: tuple[Low, ...]
    voltage_min_pu: float = 0.0

    def voltage_limit(self, kind: str, outage: str) -> TransferLimit:
        """Where the first load bus falls below its lowest voltage; left out where one is below at the start."""
        least = self.voltage_min_pu
        first = next((k for k, low in enumerate(self.lows) if low.voltage_pu < least), None)
        if first is None:
            low = min(self.lows, key=lambda each: each.voltage_pu)
            note = f"lowest {low.voltage_pu:.2f} at {low.bus}; {least:.2f} of nominal needed"
            return TransferLimit(kind, float("nan"), "", outage, note)
        low = self.lows[first]
        if first == 0:
            note = f"{low.voltage_pu:.2f} even before the transfer; {least:.2f} of nominal needed"
            return TransferLimit(kind, float("nan"), low.bus, outage, note, left_out=1)
        before = self.lows[first - 1]
        part = (before.voltage_pu - least) / (before.voltage_pu - low.voltage_pu)
        rise = before.rise_mw + part * (low.rise_mw - before.rise_mw)
        return TransferLimit(kind, rise, low.bus, outage, f"{least:.2f} of nominal voltage needed")


class NoseSearch:
    """One hour's area net, loaded along a ramp."""

    def __init__(
        self, grid: Grid, power: HourlyPower, hour: int, ramp: Ramp, *, bus: str, loss_frac: Mapping[str, float]
    ) -> None:
        """`bus` names the synchronous area."""
        members = next(area for area in grid.areas if bus in area)
        maker = PointMaker(grid, power, members, loss_frac)
        self._point, self._ramp = maker.point(hour), ramp
        parts = areas(build_net(grid, self._point))
        self._net: Net = next(part for part in parts if bus in set(part.bus["name"]))

    def exchange_mw(self, grid: Grid, zone: str) -> float:
        """What the zone sends over AC at the start."""
        return sent_mw(grid, self._point, zone)

    def farthest(self, outage: str, voltage_min_pu: float) -> Reach:
        """How far the transfer goes with a circuit out (none for no name); nothing where even the start is unsolved."""
        net = _without(self._net, outage) if outage else self._net
        if not self._solves(net, 0.0):
            return Reach(float("nan"), True, ())
        reached, step, halved, lows = 0.0, STEP_MW, 0, [_lowest(net, 0.0)]
        for _ in range(STEPS_MAX):
            if self._solves(net, reached + step):
                reached += step
                lows.append(_lowest(net, reached))
            else:
                halved += 1
            if halved > HALVINGS:
                break
            step = STEP_MW / 2**halved
        return Reach(reached, halved > 0, tuple(lows), voltage_min_pu)

    def _solves(self, net: Net, rise_mw: float) -> bool:
        set_point(net, self._moved(rise_mw))
        return bool(solve(net).converged)

    def _moved(self, rise_mw: float) -> OperatingPoint:
        generation = dict(self._point.generation_mw)
        for name, moved in moved_at(self._ramp, rise_mw).items():
            generation[name] += moved
        return replace(self._point, generation_mw=generation)


def moved_at(ramp: Ramp, rise_mw: float) -> dict[str, float]:
    """Plant -> MW more than dispatched at a rise; past the ramp's end in the proportions of its end."""
    corners = ramp.rise_mw
    if rise_mw >= corners[-1]:
        factor = rise_mw / corners[-1] if corners[-1] > 0 else 0.0
        return {name: moved * factor for name, moved in ramp.change_mw[-1].items()}
    k = int(np.searchsorted(corners, rise_mw, side="right"))
    part = (rise_mw - corners[k - 1]) / (corners[k] - corners[k - 1])
    low, high = ramp.change_mw[k - 1], ramp.change_mw[k]
    return {name: low.get(name, 0.0) * (1 - part) + high.get(name, 0.0) * part for name in (*low, *high)}


def _without(net: Net, outage: str) -> Net:
    """A copy with one circuit of a line or one unit of a transformer less."""
    changed = deepcopy(net)
    for table in ("line", "trafo"):
        rows = changed[table].index[changed[table]["name"] == outage]
        for row in rows:
            if changed[table].at[row, "parallel"] > 1:
                changed[table].at[row, "parallel"] -= 1
            else:
                changed[table].at[row, "in_service"] = False
    return changed


def _lowest(net: Net, rise_mw: float) -> Low:
    buses = net.load.loc[net.load["in_service"] & (net.load["p_mw"] > 0), "bus"].unique()
    voltage = net.res_bus["vm_pu"].loc[buses].dropna()
    if voltage.empty:
        return Low(rise_mw, float("inf"), "")
    return Low(rise_mw, float(voltage.min()), str(net.bus.at[voltage.idxmin(), "name"]))


def nose_limits(
    search: NoseSearch,
    exchange_mw: float,
    outages: Sequence[str],
    margins: Margins,
    progress: Callable[[str, int, int], None],
) -> list[TransferLimit]:
    """Nose and voltage with the normal margins in the whole grid, and those after a fault for each outage.

    Nothing may rise where the grid does not solve even before the transfer.
    """
    found = []
    for number, outage in enumerate(("", *outages)):
        progress("voltage nose", number, len(outages) + 1)
        after = " after an outage" if outage else ""
        reach, margin = search.farthest(outage, margins.voltage_min_pu(outage)), margins.power_frac(outage)
        if not np.isfinite(reach.rise_mw):
            found.append(TransferLimit(f"nose{after}", 0.0, "", outage, "no solution even before the transfer"))
            continue
        allowed = (1 - margin) * (exchange_mw + reach.rise_mw) - exchange_mw
        note = f"nose at {exchange_mw + reach.rise_mw:,.0f} MW sent; {margin:.0%} kept free"
        if not reach.met:
            allowed, note = float("nan"), f"none up to {reach.rise_mw:,.0f} MW more"
        found += [
            TransferLimit(f"nose{after}", allowed, "", outage, note),
            reach.voltage_limit(f"voltage{after}", outage),
        ]
    return found
