"""The dispatch of a case as its rules ask: N-1 secure, with seven-day foresight, or plain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from greengrid.case import Case
from greengrid.dispatch.extract import make_dispatch
from greengrid.dispatch.foresight import dispatch_by_week
from greengrid.dispatch.problem import Problem
from greengrid.dispatch.result import Dispatch
from greengrid.dispatch.secure import secure
from greengrid.dispatch.year import Optimum
from greengrid.inputs import Inputs
from greengrid.security.outages_parameters import read_parameters
from greengrid.weather.profiles import Profiles

Progress = Callable[[str, int, int], None]


def ruled_dispatch(
    case: Case, inputs: Inputs, profiles: Profiles, found: tuple[Problem, Optimum], progress: Progress
) -> tuple[Problem, Optimum, Dispatch]:
    """Problem, optimum and dispatch under the rules, from those under perfect foresight without outages."""
    problem, optimum = found
    if case.dispatch.secure == "n-1":
        from greengrid.security.secure_headroom import headroom_finder
        from greengrid.security.secure_transfer_rows import outage_finder

        economy, parameters = inputs.economy, read_parameters().changed(case.security.parameters)
        relief_max_usd_per_mwh = economy.voluntary_shed_usd_per_mwh or economy.value_of_lost_load_usd_per_mwh
        secured = secure(
            problem,
            optimum,
            outage_finder(inputs.grid, parameters),
            progress,
            keep=headroom_finder(inputs.grid, profiles, economy, parameters),
            relief_max_usd_per_mwh=relief_max_usd_per_mwh,
        )
        dispatch = make_dispatch(inputs.grid, profiles, inputs.economy, secured.problem, secured.optimum)
        told = replace(
            dispatch.certificate,
            security_cost_usd_real=secured.cost_usd,
            outage_rows=len(secured.pairs),
            loss_rows=secured.headroom.hours if secured.headroom else 0,
            left=secured.left_to_automatics(),
        )
        return secured.problem, secured.optimum, replace(dispatch, certificate=told)
    if case.dispatch.foresight == "week":
        optimum = dispatch_by_week(problem, optimum, progress).optimum
    return problem, optimum, make_dispatch(inputs.grid, profiles, inputs.economy, problem, optimum)
