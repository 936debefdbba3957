"""One dispatched hour as an operating point of the AC power flow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

import numpy as np

from greengrid.hourly import Clock, HourlyTable
from greengrid.security.hours import WINTER_MONTHS
from networks.grid import Grid
from networks.hvdc import Link
from networks.pandapower_net import LinkEnds, OperatingPoint

LIGHT_LOAD_FRAC = 0.65
"""Below this share of its highest load of the run an area is lightly loaded (engineering estimate: the spring nights
that the voltage set points were tried on carry about half of the peak, the mildest full-voltage hour 0.8 of it)."""
REACTIVE_RATIO_WINTER = 0.30
REACTIVE_RATIO_SUMMER = 0.33
REACTIVE_RATIO_LIGHT = 0.20


class HourlyPower(Protocol):
    """What an operating point needs of a dispatch: fields of `Dispatch`, just solved or read from a run's folder."""

    @property
    def clock(self) -> Clock: ...
    @property
    def generation_mw(self) -> HourlyTable: ...
    @property
    def charge_mw(self) -> HourlyTable: ...
    @property
    def served_mw(self) -> HourlyTable: ...
    @property
    def dumped_mw(self) -> HourlyTable: ...
    @property
    def import_mw(self) -> HourlyTable: ...
    @property
    def export_mw(self) -> HourlyTable: ...
    @property
    def link_sent_mw(self) -> HourlyTable: ...
    @property
    def link_received_mw(self) -> HourlyTable: ...
    @property
    def link_idle_mw(self) -> HourlyTable: ...


class PointMaker:
    """Makes the operating point of any hour for one area; knows how heavy the area's load is over the run."""

    def __init__(
        self,
        grid: Grid,
        dispatch: HourlyPower,
        buses: Iterable[str],
        loss_frac: Mapping[str, float] | None = None,
        *,
        load_peak_mw: float | None = None,
    ) -> None:
        """`loss_frac` is the share of the dispatch's gross demand, by country, that is lost on the network: the loads
        are that much smaller, and the power flow finds the losses on the branches. `load_peak_mw` is the highest gross
        load of the buses that a light load is measured by, where the dispatch covers too few hours to know it."""
        self._grid = grid
        self._dispatch = dispatch
        self._kept_frac = {load.bus: 1 - (loss_frac or {}).get(load.country, 0.0) for load in grid.loads}
        inside = set(buses)
        columns = [k for k, bus in enumerate(dispatch.served_mw.columns) if bus in inside]
        self._load_mw = dispatch.served_mw.values[:, columns].sum(axis=1)
        self._load_peak_mw = float(self._load_mw.max()) if load_peak_mw is None else load_peak_mw
        self._winter = np.isin(dispatch.clock.months, WINTER_MONTHS)

    def point(self, hour: int) -> OperatingPoint:
        """Injections of the whole grid; reactive ratio and set points of the area."""
        dispatch = self._dispatch
        light = bool(self._load_mw[hour] < LIGHT_LOAD_FRAC * self._load_peak_mw)
        generation = _row(dispatch.generation_mw, hour)
        for name, charge in _row(dispatch.charge_mw, hour).items():
            generation[name] -= charge
        for bus, dumped in _row(dispatch.dumped_mw, hour).items():
            self._hold_back(generation, bus, dumped)
        bought, sold = _row(dispatch.import_mw, hour), _row(dispatch.export_mw, hour)
        ratio = REACTIVE_RATIO_WINTER if self._winter[hour] else REACTIVE_RATIO_SUMMER
        return OperatingPoint(
            generation_mw=generation,
            load_mw=self.load_mw(hour),
            net_import_mw={name: bought[name] - sold[name] for name in bought},
            links={link.name: link_ends(link, dispatch, hour) for link in self._grid.links},
            load_reactive_ratio=REACTIVE_RATIO_LIGHT if light else ratio,
            light_load=light,
        )

    def load_mw(self, hour: int) -> dict[str, float]:
        """Load at every bus without the loss estimate."""
        served = _row(self._dispatch.served_mw, hour)
        return {bus: mw * self._kept_frac[bus] for bus, mw in served.items()}

    def _hold_back(self, generation_mw: dict[str, float], bus: str, dumped_mw: float) -> None:
        """Must-run output that nobody can use is not made: taken off the bus's units, the largest first."""
        units = sorted((p.name for p in self._grid.plants if p.bus == bus), key=lambda name: -generation_mw[name])
        for name in units:
            less = min(dumped_mw, max(generation_mw[name], 0.0))
            generation_mw[name] -= less
            dumped_mw -= less


def link_ends(link: Link, dispatch: HourlyPower, hour: int) -> LinkEnds:
    """Net injection of a link at its two ends; each end feeds half of the idle loss."""
    sent = {way: float(dispatch.link_sent_mw[f"{link.name}:{way}"][hour]) for way in ("forward", "reverse")}
    received = {way: float(dispatch.link_received_mw[f"{link.name}:{way}"][hour]) for way in ("forward", "reverse")}
    half_idle = float(dispatch.link_idle_mw[link.name][hour]) / 2
    return LinkEnds(
        net_from_mw=received["reverse"] - sent["forward"] - half_idle,
        net_to_mw=received["forward"] - sent["reverse"] - half_idle,
    )


def _row(table: HourlyTable, hour: int) -> dict[str, float]:
    return dict(zip(table.columns, table.values[hour].tolist(), strict=True))
