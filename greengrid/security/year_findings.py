"""What the AC power flow of every hour found broken, and its records hour by hour."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from greengrid.hourly import Array
from greengrid.security.ac import SHORTAGE_MIN_MVAR, AcHour
from greengrid.security.findings import (
    IMBALANCE_MAX_MW,
    OPERATING_MAX_FRAC,
    THERMAL_MAX_FRAC,
    Violation,
    worst_of,
)
from greengrid.security.year import AcYear, AreaYear
from networks.voltage_control import VOLTAGE_MIN_PU, WRONG_SIDE_PU, voltage_max_pu

Mask = NDArray[np.bool_]
EVERY_HOUR = "every hour"


def year_violations(year: AcYear, relief: Mapping[tuple[str, int], str] | None = None) -> Iterator[Violation]:
    """One violation per kind and element, with its worst hour and the number of hours.

    `relief` says by (area, hour) what would make an hour without solution solve.
    """
    for area in year.areas:
        yield from _unsolved(area, relief or {})
        if area.solved.any():
            yield from _unbalanced(area)
            yield from _voltages(area)
            yield from _loadings(area)
            if year.limits:
                yield from _reactive(area)


def _unsolved(area: AreaYear, relief: Mapping[tuple[str, int], str]) -> Iterator[Violation]:
    unsolved = np.flatnonzero(~area.solved).tolist()
    if unsolved:
        hour = unsolved[0]
        note = f"In the first of them: {area.problem(hour)}. {relief.get((area.name, hour), '')}".strip()
        yield Violation("not_converged", area.name, hour, 1.0, 0.0, "hours", note, hours=len(unsolved))


def _unbalanced(area: AreaYear) -> Iterator[Violation]:
    gap_mw = np.nan_to_num(area.loss_mw - area.loss_estimate_mw - area.slack_mw)[:, None]
    broken = np.abs(gap_mw) > IMBALANCE_MAX_MW
    yield from worst_of("imbalance", (area.name,), gap_mw, np.zeros(1), broken, unit="MW")


def _voltages(area: AreaYear) -> Iterator[Violation]:
    names, voltage = area.network.bus_names, area.voltage_pu
    highest = np.array([voltage_max_pu(float(kv)) for kv in area.network.voltage_kv])
    lowest = np.array(VOLTAGE_MIN_PU)
    yield from worst_of("voltage_low", names, voltage, lowest, voltage < lowest, unit="pu")
    yield from worst_of("voltage_high", names, voltage, highest, voltage > highest, unit="pu")


def _loadings(area: AreaYear) -> Iterator[Violation]:
    names, thermal, share = area.network.branch_names, area.loading_frac, area.flow_share_frac
    hot = thermal > THERMAL_MAX_FRAC
    limit = np.array(THERMAL_MAX_FRAC)
    yield from worst_of("thermal", names, thermal, limit, hot, unit="of thermal limit")
    over = (share > OPERATING_MAX_FRAC) & ~hot
    limit = np.array(OPERATING_MAX_FRAC)
    yield from worst_of("operating_limit", names, share, limit, over, unit="of operating limit")


def _reactive(area: AreaYear) -> Iterator[Violation]:
    """Where sources stand at a limit off their set point: what they wanted to give beside what they can."""
    state, ranges = area.settled.state, area.points.ranges
    side = state.limited.astype(np.float64)
    off = (side * (area.voltage_pu - ranges.set_pu) < -WRONG_SIDE_PU) & area.solved[:, None]
    wanted, names = area.settled.wanted_mvar, area.network.bus_names
    low, high = group_limits_mvar(area)
    short = off & (side > 0) & (wanted > high + SHORTAGE_MIN_MVAR) & (high >= 0)
    much = off & (side < 0) & (wanted < low - SHORTAGE_MIN_MVAR) & (low <= 0)
    yield from worst_of("reactive_shortage", names, wanted, high, short, unit="Mvar")
    yield from worst_of("reactive_surplus", names, wanted, low, much, unit="Mvar")


def group_limits_mvar(area: AreaYear) -> tuple[Array, Array]:
    """(hours, n): what a pilot bus and its helpers can take and give together."""
    ranges, pilot = area.points.ranges, area.settled.state.pilot
    low, high = ranges.low_mvar.copy(), ranges.high_mvar.copy()
    helps = (pilot >= 0) & (pilot != np.arange(pilot.shape[1]))
    hours, buses = np.nonzero(helps)
    at = (hours, pilot[hours, buses])
    np.add.at(low, at, ranges.down_mvar[hours, buses])
    np.add.at(high, at, ranges.up_mvar[hours, buses])
    return low, high


def year_records(
    year: AcYear, clock: NDArray[np.datetime64], reasons: Mapping[int, str] | None = None
) -> tuple[AcHour, ...]:
    """One record per hour and area, in the order of the hours, then of the areas."""
    columns = [_columns(area) for area in year.areas]
    return tuple(
        _record(area, hour, clock[hour], (reasons or {}).get(hour, EVERY_HOUR), row)
        for hour in range(year.hours)
        for area, row in ((area, column[hour]) for area, column in zip(year.areas, columns, strict=True))
    )


def _columns(area: AreaYear) -> list[tuple[float, ...]]:
    """Of each hour: extremes and where they are, losses, load and slack."""
    low, high, loading = (np.nan_to_num(v, nan=1.0) for v in (area.voltage_pu, area.voltage_pu, area.loading_frac))
    where_low, where_high, where_loaded = low.argmin(axis=1), high.argmax(axis=1), loading.argmax(axis=1)
    table = (
        low.min(axis=1), where_low, high.max(axis=1), where_high, loading.max(axis=1), where_loaded, area.loss_mw,
        area.loss_estimate_mw, area.load_mw, area.slack_mw, area.settled.iterations,
    )  # fmt: skip
    return list(zip(*(np.asarray(column).tolist() for column in table), strict=True))


def _record(area: AreaYear, hour: int, moment: np.datetime64, reason: str, row: tuple[float, ...]) -> AcHour:
    solved = bool(area.solved[hour])
    common = (hour, moment, area.name, reason, solved, area.problem(hour))
    low, at_low, high, at_high, loading, at_loading, loss, estimate, load, slack, iterations = row
    if not solved:
        return AcHour(*common, *(None,) * 7, estimate, load, None, int(iterations))
    buses, branches = area.network.bus_names, area.network.branch_names
    return AcHour(
        *common,
        voltage_min_pu=low,
        voltage_min_bus=buses[int(at_low)],
        voltage_max_pu=high,
        voltage_max_bus=buses[int(at_high)],
        loading_max_frac=loading,
        loading_max_branch=branches[int(at_loading)],
        loss_mw=loss,
        loss_estimate_mw=estimate,
        load_mw=load,
        slack_mw=slack,
        iterations=int(iterations),
    )
