"""N-1 in AC as a part of the security study: what every outage of a circuit does, and what that breaks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from greengrid.hourly import Array
from greengrid.progress import Reporter
from greengrid.security.batch_outages import AreaOutages, Confirmed, OutageCase, confirm, sweep
from greengrid.security.findings import Violation
from greengrid.security.outages import make_losses, range_lost_mvar
from greengrid.security.outages_parameters import Parameters
from greengrid.security.part import PartResult, SecurityRun
from greengrid.security.sensitivities import make_sensitivities
from greengrid.security.year import AcYear
from greengrid.security.year_part import solve_of

VOLTAGE_AFTER_MIN_PU = 0.85
"""Lowest voltage after an outage until the operator has acted; engineering estimate, below the 0.90 of normal
operation and above where motors stall."""
CONFIRMED_MAX = 200
"""Of the sweep's cases, the worst of so many outages are solved again within limits of reactive power."""
SMALLEST_MW = 1.0
REMEDY = {
    "outage_thermal": "Keep this much room on it in the dispatch (N-1), or add a circuit or unit in parallel.",
    "outage_voltage_low": "Add capacitors or a static compensator at this bus, or a second circuit to it.",
    "outage_not_converged": "Without this circuit the rest carries no such transfer: lower the transfer in these hours "
    "or add a parallel circuit.",
    "outage_cuts_off": "The only connection of what lies behind it: a second circuit, or automatic shedding there.",
}


@dataclass(frozen=True, slots=True)
class OutageRow:
    """One circuit of one branch out, over all hours."""

    outage: str
    area: str
    cuts_off: bool
    """Buses are cut off: not solved."""
    hours: int
    """Hours solved or tried."""
    unsolved_hours: int
    overload_hours: int
    """Hours in which some branch is above its emergency rating."""
    loading_max_frac: float | None
    loading_max_branch: str | None
    loading_max_hour: int | None
    voltage_min_pu: float | None
    voltage_min_bus: str | None
    voltage_low_hours: int
    """Below VOLTAGE_AFTER_MIN_PU."""


def ac_outages(run: SecurityRun, reporter: Reporter) -> PartResult:
    """One circuit of every line and transformer out in every hour; the worst of each, and every large unit and pole
    in its worst hour, confirmed within all limits."""
    year = solve_of(run, reporter)
    parameters = run.parameters()
    swept = sweep(year)
    circuits = [case for part in swept for case in _worst(part, parameters)][:CONFIRMED_MAX]
    confirmed = confirm(year, [*circuits, *loss_cases(run, year)])
    lost = confirmed[len(circuits) :]
    rows = [row for part in swept for row in outage_rows(part, parameters)]
    tried = sum(int((part.result.state >= 0).sum()) for part in swept)
    return PartResult(
        violations=(*(found for part in swept for found in _violations(part, parameters)), *_of_losses(lost)),
        tables={"ac_outages": rows, "ac_confirmed": confirmed},
        columns={
            "ac_outages": [field.name for field in fields(OutageRow)],
            "ac_confirmed": [field.name for field in fields(Confirmed)],
        },
        figures={
            "outages": len(rows),
            "outages_that_cut_off": sum(row.cuts_off for row in rows),
            "cases": tried,
            "cases_unsolved": sum(row.unsolved_hours for row in rows),
            "cases_overloaded": sum(row.overload_hours for row in rows),
            "confirmed": len(confirmed),
            "confirmed_unsolved": sum(not record.solved for record in confirmed),
            "units_and_poles_confirmed": len({record.outage for record in lost}),
        },
    )


def loss_cases(run: SecurityRun, year: AcYear) -> Iterator[OutageCase]:
    """Every large unit, pole and whole link, in the hour in which most is lost; its reactive range goes with it."""
    grid, sensitivities = run.inputs.grid, make_sensitivities(run.inputs.grid)
    inside = {name for area in year.areas for name in area.network.bus_names}
    least_mw = run.parameters().value("unit_outage_min_mw")
    rating = {link.name: link.capacity_mw for link in grid.links}
    for loss in make_losses(grid, run.inputs.economy, run.dispatch, sensitivities, least_mw):
        names = [sensitivities.buses[bus] for bus in loss.buses]
        hour = int(np.abs(loss.appearing_mw).sum(axis=1).argmax())
        amounts = [float(mw) for mw in loss.appearing_mw[hour]]
        here = [(name, mw) for name, mw in zip(names, amounts, strict=True) if name in inside]
        if here and any(abs(mw) > SMALLEST_MW for _, mw in here):
            lost = tuple((name, *range_lost_mvar(loss, mw, rating)) for name, mw in here)
            yield OutageCase(hour, loss.name, tuple(here), range_lost_mvar=lost)


def _of_losses(lost: Sequence[Confirmed]) -> Iterator[Violation]:
    """Units, poles and links without which there is no solution."""
    for record in lost:
        if not record.solved:
            what, amount = ("outage_not_converged", record.outage), (1.0, 0.0, "hours")
            yield _violation(what, record.hour, amount, record.outage, (1, 1.0))


def emergency_ratio(part: AreaOutages, parameters: Parameters) -> Array:
    """By branch: current allowed after an outage over the thermal limit."""
    line, transformer = parameters.value("emergency.line"), parameters.value("emergency.transformer")
    number = np.arange(len(part.outages))
    return np.where(number < part.area.network.line_count, line, transformer)


def _excess(part: AreaOutages, parameters: Parameters) -> Array:
    """(hours, outages): loading of the most loaded branch over its emergency rating; 0 without a solution."""
    result = part.result
    allowed = emergency_ratio(part, parameters)[np.maximum(result.loaded, 0)]
    return np.where(result.state == 1, result.loading_frac / allowed, 0.0)


def outage_rows(part: AreaOutages, parameters: Parameters) -> Iterator[OutageRow]:
    """One row per outage, in the order of the branches."""
    result, excess = part.result, _excess(part, parameters)
    names, buses = part.outages, part.area.network.bus_names
    voltage = np.where(result.state == 1, result.voltage_min_pu, np.inf)
    cut_off = set(part.cuts_off)
    for c, name in enumerate(names):
        loaded, low = int(excess[:, c].argmax()), int(voltage[:, c].argmin())
        solved = bool((result.state[:, c] == 1).any())
        yield OutageRow(
            outage=name,
            area=part.area.name,
            cuts_off=name in cut_off,
            hours=int((result.state[:, c] >= 0).sum()),
            unsolved_hours=int((result.state[:, c] == 0).sum()),
            overload_hours=int((excess[:, c] > 1).sum()),
            loading_max_frac=float(result.loading_frac[loaded, c]) if solved else None,
            loading_max_branch=names[result.loaded[loaded, c]] if solved else None,
            loading_max_hour=loaded if solved else None,
            voltage_min_pu=float(voltage[low, c]) if solved else None,
            voltage_min_bus=buses[result.lowest[low, c]] if solved else None,
            voltage_low_hours=int((voltage[:, c] < VOLTAGE_AFTER_MIN_PU).sum()),
        )


def _worst(part: AreaOutages, parameters: Parameters) -> Iterator[OutageCase]:
    """The worst hour of each outage that overloads something."""
    excess = _excess(part, parameters)
    order = np.argsort(-excess.max(axis=0, initial=0.0), kind="stable")
    for c in order.tolist():
        hour = int(excess[:, c].argmax())
        if excess[hour, c] > 1:
            yield OutageCase(hour, part.outages[c], watch=part.outages[part.result.loaded[hour, c]])


def _violations(part: AreaOutages, parameters: Parameters) -> Iterator[Violation]:
    yield from _thermal(part, parameters)
    yield from _low(part)
    result = part.result
    for c, name in enumerate(part.outages):
        hours = np.flatnonzero(result.state[:, c] == 0)
        if len(hours):
            yield _violation(
                ("outage_not_converged", name), int(hours[0]), (1.0, 0.0, "hours"), name, (len(hours), 1.0)
            )


def _thermal(part: AreaOutages, parameters: Parameters) -> Iterator[Violation]:
    """One violation per branch that some outage overloads: worst hour and outage, hours with any."""
    result, excess, allowed = part.result, _excess(part, parameters), emergency_ratio(part, parameters)
    over = excess > 1
    for m in np.unique(result.loaded[over]).tolist():
        here = over & (result.loaded == m)
        hour, outage = _place(np.where(here, excess, 0.0))
        amount = (float(result.loading_frac[hour, outage]), float(allowed[m]), "of thermal limit")
        gap = np.where(here, result.loading_frac - allowed[m], 0.0).max(axis=1)
        yield _violation(("outage_thermal", part.outages[m]), hour, amount, part.outages[outage], _mean(here, gap))


def _low(part: AreaOutages) -> Iterator[Violation]:
    result, buses = part.result, part.area.network.bus_names
    low = (result.state == 1) & (result.voltage_min_pu < VOLTAGE_AFTER_MIN_PU)
    for b in np.unique(result.lowest[low]).tolist():
        here = low & (result.lowest == b)
        hour, outage = _place(np.where(here, -result.voltage_min_pu, -np.inf))
        amount = (float(result.voltage_min_pu[hour, outage]), VOLTAGE_AFTER_MIN_PU, "pu")
        gap = np.where(here, VOLTAGE_AFTER_MIN_PU - result.voltage_min_pu, 0.0).max(axis=1)
        yield _violation(("outage_voltage_low", buses[b]), hour, amount, part.outages[outage], _mean(here, gap))


def _place(values: NDArray[np.floating]) -> tuple[int, int]:
    """Row and column of the highest value."""
    row, column = np.unravel_index(int(np.argmax(values)), values.shape)
    return int(row), int(column)


def _mean(here: NDArray[np.bool_], gap: Array) -> tuple[int, float]:
    """(hours with any outage of `here`, mean of the hours' gaps over them)."""
    hours = int(here.any(axis=1).sum())
    return hours, float(gap.sum()) / hours


def _violation(
    what: tuple[str, str], hour: int, amount: tuple[float, float, str], outage: str, often: tuple[int, float]
) -> Violation:
    """`often` is in how many hours, and the mean excess over them."""
    (kind, element), (value, limit, unit), (hours, mean) = what, amount, often
    remedy = REMEDY[kind]
    return Violation(kind, element, hour, value, limit, unit, outage=outage, remedy=remedy, hours=hours, mean=mean)
