"""The AC power flow as a part of the security study: every hour in batch, or a number of telling hours one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import numpy as np

from greengrid.hourly import HourlyTable
from greengrid.progress import Reporter
from greengrid.security.ac import AcHour, AcResult, check
from greengrid.security.findings import Violation
from greengrid.security.hours import telling_hours
from greengrid.security.links import AcLinkHour
from greengrid.security.part import Figure, PartResult, SecurityRun
from greengrid.security.year import AcYear, solve_year
from greengrid.security.year_converters import converter_rows
from greengrid.security.year_findings import year_records, year_violations
from greengrid.security.year_losses import SHARES, loss_rows
from greengrid.security.year_relief import Relief, explain

HOURLY = {
    "ac_voltage": "voltage_pu",
    "ac_loading": "loading_frac",
    "ac_reactive": "reactive_mvar",
}
"""Table -> series of the AC year."""
RELIEF_COLUMNS = tuple(field.name for field in fields(Relief))
HOUR_COLUMNS = tuple(field.name for field in fields(AcHour))


def ac_power_flow(run: SecurityRun, reporter: Reporter) -> PartResult:
    """The hours that the case asks for in `ac_hours`: all in batch, or so many, solved one by one by pandapower.

    With `security.hvdc = "full"` the telling hours are solved once more with the links as circuits.
    """
    if run.case.ac_hours == "all":
        return every_hour(run, reporter)
    count = int(run.case.ac_hours)
    return _of_sample(_sample(run, reporter, count)) if count else PartResult()


def every_hour(run: SecurityRun, reporter: Reporter) -> PartResult:
    """All hours of the dispatch."""
    year = solve_of(run, reporter)
    clock = run.dispatch.clock.datetimes()
    reliefs = explain(year, clock)
    notes = {(relief.area, relief.hour): relief.sentence for relief in reliefs}
    grid, served = run.inputs.grid, run.dispatch.served_mw
    losses = loss_rows(grid, year, run.loss_estimate(), served)
    circuits = _sample(run, reporter, 1) if run.case.security.hvdc == "full" and grid.links else None
    reasons = dict(telling_hours(grid, run.dispatch))
    records = year_records(year, clock, reasons)
    tables: dict[str, Sequence[object]] = {
        "ac_hours": _dated(records),
        "ac_losses": list(losses),
        "ac_converters": list(converter_rows(grid, year)),
        "ac_unsolved": _dated(reliefs),
    }
    violations = [*year_violations(year, notes)]
    if circuits is not None:
        tables["ac_links"] = _dated(circuits.links)
        violations += _of_links(circuits)
    return PartResult(
        violations=tuple(violations),
        tables=tables,
        columns={"ac_unsolved": RELIEF_COLUMNS, "ac_hours": HOUR_COLUMNS},
        hourly={table: year.table(field) for table, field in HOURLY.items()} | _shares(run),
        figures=_figures(year) | _loss_figures(losses) | _first_gap(run) | _gap(circuits),
    )


def solve_of(run: SecurityRun, reporter: Reporter) -> AcYear:
    """The AC year of a run, with the loss estimate that its dispatch counted with; solved once."""

    def make() -> AcYear:
        return solve_year(run.inputs.grid, run.dispatch, loss_estimate_mw=run.loss_estimate(), progress=reporter)

    return run.kept("AC year", make)


def _figures(year: AcYear) -> dict[str, Figure]:
    solved = np.all([area.solved for area in year.areas], axis=0)
    extremes: dict[str, list[float]] = {"low": [], "high": [], "loading": []}
    for area in year.areas:
        if area.solved.any():
            extremes["low"].append(float(np.nanmin(area.voltage_pu)))
            extremes["high"].append(float(np.nanmax(area.voltage_pu)))
            extremes["loading"].append(float(np.nanmax(area.loading_frac)))
    return {
        "hours_checked": year.hours,
        "hours_converged": int(solved.sum()),
        "voltage_min_pu": min(extremes["low"], default=None),
        "voltage_max_pu": max(extremes["high"], default=None),
        "loading_max_frac": max(extremes["loading"], default=None),
    }


def _shares(run: SecurityRun) -> dict[str, HourlyTable]:
    return {} if run.loss_shares is None else {SHARES: run.loss_shares}


def _first_gap(run: SecurityRun) -> dict[str, Figure]:
    return {} if run.gap_first_mwh is None else {"gap_before_correction_mwh": run.gap_first_mwh}


def _loss_figures(losses: tuple[object, ...]) -> dict[str, Figure]:
    names = ("loss_ac_mwh", "loss_estimate_mwh", "gap_mwh")
    return {name: sum(float(getattr(row, name)) for row in losses) for name in names}


def _sample(run: SecurityRun, reporter: Reporter, count: int) -> AcResult:
    hours = telling_hours(run.inputs.grid, run.dispatch, count)
    share = dict(run.inputs.economy.loss_frac)
    return check(run.inputs.grid, run.dispatch, hours, reporter, loss_frac=share, hvdc=run.case.security.hvdc)


def _of_sample(result: AcResult) -> PartResult:
    tables: dict[str, Sequence[object]] = {"ac_hours": _dated(result.hours)}
    if result.links:
        tables["ac_links"] = _dated(result.links)
    figures: dict[str, Figure] = {
        "hours_checked": result.hours_checked,
        "hours_converged": result.hours_converged,
        "voltage_min_pu": result.voltage_lowest_pu,
        "voltage_max_pu": result.voltage_highest_pu,
        "loading_max_frac": result.loading_highest_frac,
    }
    return PartResult(result.violations, tables, {"ac_hours": HOUR_COLUMNS}, figures=figures | _gap(result))


def _dated(records: Sequence[AcHour | AcLinkHour | Relief]) -> list[dict[str, object]]:
    """Records as mappings with a hour that a table can hold."""
    return [
        {field.name: getattr(record, field.name) for field in fields(record)}
        | {"hour_utc": record.hour_utc.astype("datetime64[ms]").item()}
        for record in records
    ]


def _of_links(result: AcResult) -> list[Violation]:
    return [violation for violation in result.violations if violation.kind.startswith("hvdc")]


def _gap(result: AcResult | None) -> dict[str, Figure]:
    return {} if result is None or not result.links else {"hvdc_gap_max_mw": result.hvdc_gap_highest_mw}
