"""Which hours of a dispatched year tell most about the grid: the ones the AC power flow is run for."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from greengrid.dispatch.result import Dispatch
from greengrid.hourly import Array
from networks.grid import Grid

BRANCHES = 8
"""So many of the most heavily loaded branches give their worst hour."""
LOADED_FRAC = 0.5
"""A branch or interface below half of its limit all year gives no hour."""
SMALLEST_MW = 1.0
TIED_FRAC = 0.999
"""Hours within a thousandth of the extreme count as tied; the load then decides, not the noise of the solver."""
WINTER_MONTHS = (10, 11, 12, 1, 2, 3)
WIND_AND_SUN = frozenset({"wind_onshore", "wind_offshore", "solar"})

Candidate = tuple[int, str]
Mask = NDArray[np.bool_]


def telling_hours(grid: Grid, dispatch: Dispatch, count: int = 48) -> tuple[Candidate, ...]:
    """(hour index, reason) in time order, each hour once, its reasons joined by "; ".

    Taken are: the highest load in winter (October to March) and in summer and the lightest load, of the system and of
    each country; the highest and lowest output of wind and sun; the largest import, export and shedding; each link
    fullest each way at its highest and at its lightest load; each interface fullest each way; and the worst hours of
    the BRANCHES most heavily loaded branches. If these are fewer than `count`, the year is cut into as many equal
    pieces as hours are missing and the middle of each piece is added (the next hour not yet taken). All hours are
    returned when there are no more than `count`.
    """
    load_mw = dispatch.served_mw.values.sum(axis=1) + dispatch.shed_mw.values.sum(axis=1)
    reasons: dict[int, list[str]] = {}
    for candidates in (
        _load_hours(grid, dispatch, load_mw),
        _weather_hours(grid, dispatch),
        _trade_hours(dispatch),
        _link_hours(grid, dispatch, load_mw),
        _interface_hours(grid, dispatch, load_mw),
        _branch_hours(grid, dispatch, load_mw),
    ):
        for hour, reason in candidates:
            reasons.setdefault(hour, []).append(reason)
    _fill_evenly(reasons, dispatch.clock.hours, count)
    return tuple((hour, "; ".join(reasons[hour])) for hour in sorted(reasons))


def winter_hours(dispatch: Dispatch) -> Mask:
    """True from October to March (UTC)."""
    return np.asarray(np.isin(dispatch.clock.months, WINTER_MONTHS))


def _load_hours(grid: Grid, dispatch: Dispatch, load_mw: Array) -> Iterator[Candidate]:
    winter = winter_hours(dispatch)
    yield from _peaks("system", load_mw, winter)
    country_of_bus = {load.bus: load.country for load in grid.loads}
    total = dispatch.served_mw.values + dispatch.shed_mw.select(dispatch.served_mw.columns).values
    for country in sorted(set(country_of_bus.values())):
        columns = [k for k, bus in enumerate(dispatch.served_mw.columns) if country_of_bus[bus] == country]
        yield from _peaks(country, total[:, columns].sum(axis=1), winter)


def _peaks(name: str, load_mw: Array, winter: Mask) -> Iterator[Candidate]:
    for season, label in ((winter, "winter"), (~winter, "summer")):
        if season.any():
            yield _highest(load_mw, season), f"{name} {label} peak"
    yield int(np.argmin(load_mw)), f"{name} lightest load"


def _weather_hours(grid: Grid, dispatch: Dispatch) -> Iterator[Candidate]:
    names = [plant.name for plant in grid.plants if plant.technology in WIND_AND_SUN]
    output_mw = dispatch.generation_mw.select(names).values.sum(axis=1)
    if names and output_mw.max() > SMALLEST_MW:
        yield int(np.argmax(output_mw)), "highest wind and sun"
        yield int(np.argmin(output_mw)), "lowest wind and sun"


def _trade_hours(dispatch: Dispatch) -> Iterator[Candidate]:
    net_import_mw = dispatch.import_mw.values.sum(axis=1) - dispatch.export_mw.values.sum(axis=1)
    shed_mw = dispatch.shed_mw.values.sum(axis=1)
    for values, reason in ((net_import_mw, "largest import"), (-net_import_mw, "largest export")):
        if values.max() > SMALLEST_MW:
            yield int(np.argmax(values)), reason
    if shed_mw.max() > SMALLEST_MW:
        yield int(np.argmax(shed_mw)), "most load shed"


def _link_hours(grid: Grid, dispatch: Dispatch, load_mw: Array) -> Iterator[Candidate]:
    for link in grid.links:
        for way in ("forward", "reverse"):
            sent_mw = dispatch.link_sent_mw[f"{link.name}:{way}"]
            if sent_mw.max() > SMALLEST_MW:
                tied = sent_mw >= TIED_FRAC * sent_mw.max()
                yield _highest(load_mw, tied), f"{link.name} fullest {way} at high load"
                yield _highest(-load_mw, tied), f"{link.name} fullest {way} at light load"


def _interface_hours(grid: Grid, dispatch: Dispatch, load_mw: Array) -> Iterator[Candidate]:
    for interface in grid.interfaces:
        flow_mw = dispatch.interface_mw[interface.name]
        for values, limit, way in (
            (flow_mw, interface.forward_max_mw, "forward"),
            (-flow_mw, interface.reverse_max_mw, "reverse"),
        ):
            if values.max() > max(LOADED_FRAC * limit, SMALLEST_MW):
                yield _highest(load_mw, values >= TIED_FRAC * values.max()), f"{interface.name} fullest {way}"


def _branch_hours(grid: Grid, dispatch: Dispatch, load_mw: Array) -> Iterator[Candidate]:
    """Branches in the order of their highest loading; among equals, the one loaded longest."""
    limit = {line.name: line.flow_max_mw for line in grid.lines}
    limit |= {transformer.name: transformer.flow_max_mw for transformer in grid.transformers}
    names = dispatch.branch_mw.columns
    share = np.abs(dispatch.branch_mw.values) / np.array([limit[name] for name in names], dtype=float)
    if not names:
        return
    highest = np.round(share.max(axis=0), 3)
    hours_full = (share >= TIED_FRAC * highest).sum(axis=0)
    order = sorted(range(len(names)), key=lambda k: (-highest[k], -hours_full[k], names[k]))
    for k in order[:BRANCHES]:
        if highest[k] > LOADED_FRAC:
            yield _highest(load_mw, share[:, k] >= TIED_FRAC * share[:, k].max()), f"{names[k]} highest loading"


def _highest(values: Array, allowed: Mask) -> int:
    """The first hour with the highest value among the allowed ones."""
    return int(np.argmax(np.where(allowed, values, -np.inf)))


def _fill_evenly(reasons: dict[int, list[str]], hours: int, count: int) -> None:
    missing = min(count, hours) - len(reasons)
    for k in range(max(missing, 0)):
        hour = int((k + 0.5) * hours / missing)
        while hour in reasons:
            hour = (hour + 1) % hours
        reasons[hour] = ["evenly spaced"]
