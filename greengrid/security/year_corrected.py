"""The corrective pass: a first dispatch in AC, its losses as hourly factors, and the run that a second one makes."""

from __future__ import annotations

from dataclasses import dataclass

from greengrid.case import Case
from greengrid.dispatch.result import Dispatch
from greengrid.hourly import HourlyTable
from greengrid.inputs import Inputs
from greengrid.progress import Reporter
from greengrid.security.part import SecurityRun
from greengrid.security.year_losses import correct_losses, estimate_of, loss_rows
from greengrid.security.year_part import solve_of
from greengrid.weather.profiles import Profiles


@dataclass(frozen=True)
class CorrectedLosses:
    """What the first pass leaves to the second."""

    profiles: Profiles
    """Demand with the losses that AC found in place of the flat share."""
    shares: HourlyTable
    """By zone and hour: losses of the new gross demand."""
    gap_first_mwh: float
    """AC losses less estimate in the first pass."""


def correct_losses_of(run: SecurityRun, profiles: Profiles, reporter: Reporter) -> CorrectedLosses:
    """Solves every hour of a first dispatch in AC and takes its losses into the demand."""
    grid = run.inputs.grid
    year = solve_of(run, reporter)
    rows = loss_rows(grid, year, run.loss_estimate(), run.dispatch.served_mw)
    found = correct_losses(grid, year, profiles, dict(run.inputs.economy.loss_frac))
    return CorrectedLosses(found.profiles, found.loss_frac, sum(row.gap_mwh for row in rows))


def corrected_run(case: Case, inputs: Inputs, dispatch: Dispatch, losses: CorrectedLosses) -> SecurityRun:
    """The second dispatch with the estimate that it was made with."""
    estimate = estimate_of(inputs.grid, dispatch.served_mw, losses.shares)
    return SecurityRun(case, inputs, dispatch, estimate, losses.shares, losses.gap_first_mwh)
