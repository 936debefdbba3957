"""The links of a checked hour as circuits: converters, DC cables and both grids in one AC/DC power flow.

The normal check carries a link as what it gives to the grid at its ends, as the dispatch counted it. Here those
injections are confirmed hour by hour by pandapower's own circuit of the same link.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from greengrid.dispatch.result import Dispatch
from greengrid.security.findings import Violation
from greengrid.security.operating import link_ends
from networks.grid import Grid
from networks.hvdc import Link
from networks.joined_flow import JoinedFlow, JoinedSolution, LinkSetting
from networks.load_flow import AcSolution
from networks.operating_point import OperatingPoint
from networks.voltage_control import Net

GAP_MAX_FRAC = 0.001
"""Of the rating: the dispatch's three chords lie up to 0.0009 of it above the loss curve of the shipped links."""


@dataclass(frozen=True, slots=True)
class AcLinkHour:
    """One link in one hour of the AC/DC power flow; None where there is no solution."""

    hour: int
    hour_utc: np.datetime64
    link: str
    converged: bool
    problem: str
    """Why there is no solution; empty when there is one."""
    forward: bool
    sent_mw: float | None
    """Drawn from the grid of the sending end, idle loss included."""
    received_mw: float | None
    """Given to the grid of the receiving end, idle loss taken off."""
    loss_mw: float | None
    loss_injected_mw: float
    """What the dispatch counted and the injections carry."""
    current_ka: float | None
    """Of the most loaded cable."""
    voltage_min_kv: float | None
    """Lowest voltage of an energised cable to ground."""
    voltage_max_kv: float | None


class LinkStudy:
    """All links of a grid, hour after hour."""

    def __init__(self, grid: Grid, dispatch: Dispatch, net: Net) -> None:
        """`net` is that of `build_net` for the whole grid."""
        self._grid = grid
        self._dispatch = dispatch
        self._flow = JoinedFlow(grid, net)
        self._clock = dispatch.clock.datetimes()
        self.records: list[AcLinkHour] = []

    def solve(
        self, hour: int, point: OperatingPoint, parts: Sequence[Net], solutions: Sequence[AcSolution]
    ) -> Sequence[AcSolution]:
        """Solve the hour as a whole and keep a record of each link; return the areas' solutions with the links in.

        Where an area has no solution of its own, or the whole none, the areas' stay as they are.
        """
        settings = {link.name: self._setting(link, hour) for link in self._grid.links}
        if all(solution.converged for solution in solutions):
            joined = self._flow.solve(point, parts, solutions, settings)
        else:
            joined = JoinedSolution("an area has no AC solution in this hour", tuple(solutions), {})
        self.records += [self._record(link, hour, settings[link.name], joined) for link in self._grid.links]
        return joined.areas

    def violations(self) -> Iterator[Violation]:
        """Links whose circuit loses other than the dispatch counted, and hours without a joined solution."""
        capacity_mw = {link.name: link.capacity_mw for link in self._grid.links}
        for record in self.records:
            if record.loss_mw is None:
                yield Violation("hvdc_not_solved", record.link, record.hour, 1.0, 0.0, "hours", f"{record.problem}.")
            elif abs(record.loss_mw - record.loss_injected_mw) > GAP_MAX_FRAC * capacity_mw[record.link]:
                yield Violation("hvdc_gap", record.link, record.hour, record.loss_mw, record.loss_injected_mw, "MW")

    def _setting(self, link: Link, hour: int) -> LinkSetting:
        forward_mw, reverse_mw = (
            float(self._dispatch.link_sent_mw[f"{link.name}:{way}"][hour]) for way in ("forward", "reverse")
        )
        sent_mw = min(max(forward_mw, reverse_mw), link.capacity_mw)  # the solver may end a hair above
        return LinkSetting(sent_mw, forward=forward_mw >= reverse_mw)

    def _record(self, link: Link, hour: int, setting: LinkSetting, joined: JoinedSolution) -> AcLinkHour:
        injected_mw = link_ends(link, self._dispatch, hour).loss_mw
        common = (hour, self._clock[hour], link.name, joined.converged, joined.problem, setting.forward)
        circuit = joined.circuits.get(link.name)
        if circuit is None:
            return AcLinkHour(*common, None, None, None, injected_mw, None, None, None)
        return AcLinkHour(
            *common,
            circuit.sent_mw,
            circuit.received_mw,
            circuit.loss_mw,
            injected_mw,
            circuit.current_ka,
            circuit.voltage_min_kv,
            circuit.voltage_max_kv,
        )
