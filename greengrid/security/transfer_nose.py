"""The voltage nose of a transfer: how far the AC power flow follows it, in the whole grid and with circuits out.

The transfer is raised along its ramp, and past the end of the ramp in the same proportions (the usual loading beyond
what plants have, to find the limit of the grid), until the power flow with reactive limits, taps and shared slack no
longer solves; then the step is halved. The last solved point stands for the nose: Newton's method stops a little
before it, which errs to the safe side.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace

import numpy as np

from greengrid.security.operating import HourlyPower, PointMaker
from greengrid.security.transfer import sent_mw
from greengrid.security.transfer_ramp import Ramp
from networks.grid import Grid
from networks.load_flow import solve
from networks.operating_point import OperatingPoint
from networks.pandapower_net import areas, build_net, set_point
from networks.voltage_control import Net

STEP_MW = 400.0
HALVINGS = 4
STEPS_MAX = 25


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

    def farthest(self, outage: str = "") -> tuple[float, bool]:
        """(highest rise that solves, MW; whether the next step did not); nan where even the start does not solve."""
        net = _without(self._net, outage) if outage else self._net
        if not self._solves(net, 0.0):
            return float("nan"), True
        reached, step, halved = 0.0, STEP_MW, 0
        for _ in range(STEPS_MAX):
            if self._solves(net, reached + step):
                reached += step
            else:
                halved += 1
            if halved > HALVINGS:
                break
            step = STEP_MW / 2**halved
        return reached, halved > 0

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


def nose_limits(
    search: NoseSearch,
    exchange_mw: float,
    outages: Sequence[str],
    margins: tuple[float, float],
    progress: Callable[[str, int, int], None],
) -> list[tuple[str, float, str, str]]:
    """(kind, rise, outage, note) with the normal margin in the whole grid and the one after a fault for each outage.

    Nothing may rise where the grid does not solve even before the transfer.
    """
    found = []
    for number, outage in enumerate(("", *outages)):
        progress("voltage nose", number, len(outages) + 1)
        reached, met = search.farthest(outage)
        margin = margins[1] if outage else margins[0]
        kind = "nose after an outage" if outage else "nose"
        allowed = (1 - margin) * (exchange_mw + reached) - exchange_mw
        note = f"nose at {exchange_mw + reached:,.0f} MW sent; {margin:.0%} kept free"
        if not np.isfinite(reached):
            allowed, note = 0.0, "no solution even before the transfer"
        elif not met:
            allowed, note = float("nan"), f"none up to {reached:,.0f} MW more"
        found.append((kind, allowed, outage, note))
    return found
