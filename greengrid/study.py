"""One case end to end, in one direction: inputs, weather, dispatch, AC, financing, folder, report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from greengrid.case import Case
from greengrid.consumption import CarbonAccount, carbon_account
from greengrid.dispatch.assemble import make_problem
from greengrid.dispatch.outcome import Outcome, make_outcome
from greengrid.dispatch.problem import Problem
from greengrid.dispatch.result import Dispatch
from greengrid.dispatch.warm import WarmStart
from greengrid.dispatch.year import Optimum, optimise, optimise_from
from greengrid.hourly import HourlyTable
from greengrid.inputs import Inputs, is_whole_year, make_weather, read_inputs, weather_tables
from greengrid.interruptible import interruptible
from greengrid.later_years import later_years
from greengrid.measures import summarise_dispatch, summarise_interfaces, summarise_link
from greengrid.progress import Reporter
from greengrid.project import Financed, finance_links
from greengrid.report import make_report, write_figures, write_pdf
from greengrid.run_tables import write_study
from greengrid.secure_dispatch import ruled_dispatch
from greengrid.security.record import summarise_security
from greengrid.security.study import SecurityRun, SecurityStudy, study_of_run
from greengrid.security.year_corrected import correct_losses_of, corrected_run
from greengrid.security.year_losses import SHARES
from greengrid.store import FIGURES, REPORT, write_digests, write_json, writing
from greengrid.summary import (
    CaseSummary,
    NetworkSummary,
    Summary,
)
from greengrid.weather.files import digest
from greengrid.weather.profiles import Profiles
from greengrid.weather_year import WeatherYear, choose_year, summarise_weather
from greengrid.welfare import Surplus, surpluses

Optimiser = Callable[[Problem, Reporter], Optimum]


@dataclass(frozen=True)
class Study:
    """Everything a run computed."""

    case: Case
    inputs: Inputs
    profiles: Profiles
    dispatch: Dispatch
    outcome: Outcome
    carbon: CarbonAccount
    welfare: tuple[Surplus, ...]
    weather: WeatherYear
    security: SecurityStudy
    financed: Financed
    timings_s: dict[str, float]

    @property
    def whole_year(self) -> bool:
        """Whether annual and financial figures exist."""
        return is_whole_year(self.case, self.profiles.clock)


def run(
    case: Case, target: Path, *, reporter: Reporter | None = None, replace: bool = False, figures: bool | None = None
) -> Summary:
    """Runs a case into a folder, whole or not at all, and returns its summary.

    `figures` saves the report's figures as files too; None does so where a whole year was run.
    Raises `BadInput` before any work for input that cannot be used, `CalculationFailed` for a calculation that does
    not end in a whole result.
    """
    reporter = reporter or Reporter(None)
    reporter.stage("reading")
    with writing(target, replace=replace) as folder:
        study = interruptible(partial(solve, case, read_inputs(case), reporter))
        summary = summarise(study)
        reporter.stage("writing")
        write_study(study, folder)
        write_json(folder / "summary.json", summary.model_dump(mode="json"))
        reporter.stage("report")
        report = make_report(folder)
        write_pdf(report, folder / REPORT)
        if study.whole_year if figures is None else figures:
            write_figures(report, folder / FIGURES)
        reporter.finish()
        summary = summary.model_copy(update={"timings_s": _rounded(reporter.timings_s)})
        write_json(folder / "summary.json", summary.model_dump(mode="json"))
        write_digests(folder)
    return summary


def prepare(case: Case, inputs: Inputs, reporter: Reporter) -> tuple[WeatherYear, Profiles]:
    """The weather year and the hourly series of a case: what cases that differ elsewhere share."""
    reporter.stage("weather and demand")
    weather = choose_year(case, inputs.grid, reporter, weather_tables(case))
    return weather, make_weather(case, inputs.grid, inputs.economy, reporter, weather)


def solve(
    case: Case,
    inputs: Inputs,
    reporter: Reporter,
    *,
    prepared: tuple[WeatherYear, Profiles] | None = None,
    optimiser: Optimiser = optimise,
) -> Study:
    """The calculation, without a file; `prepared` series and an `optimiser` that knows a like case save work."""
    grid, economy = inputs.grid, inputs.economy
    weather, profiles = prepared or prepare(case, inputs, reporter)
    reporter.stage("dispatch")
    problem, optimum, dispatch = _dispatched(case, inputs, profiles, reporter, optimiser)
    run_security = SecurityRun(case, inputs, dispatch)
    if case.security.losses == "corrected":
        reporter.stage("AC power flow")
        corrected = correct_losses_of(run_security, profiles, reporter)
        profiles = corrected.profiles
        again = _again(case, optimum, optimiser)
        del problem, optimum, dispatch, run_security
        reporter.stage("dispatch with AC losses")
        problem, optimum, dispatch = _dispatched(case, inputs, profiles, reporter, again)
        run_security = corrected_run(case, inputs, dispatch, corrected)
    outcome = make_outcome(grid, economy, problem, optimum, dispatch, rent_ranges=case.dispatch.rent_range)
    carbon = carbon_account(grid, economy, dispatch)
    welfare = surpluses(grid, profiles, economy, problem=problem, optimum=optimum, dispatch=dispatch)
    del problem, optimum  # gigabytes that nothing reads any more
    security = study_of_run(run_security, reporter)
    later = later_years(case, profiles.clock, reporter)
    reporter.stage("financing")
    financed = finance_links(case, grid, dispatch, later)
    return Study(
        case, inputs, profiles, dispatch, outcome, carbon, welfare, weather, security, financed, reporter.timings_s
    )


def _dispatched(
    case: Case, inputs: Inputs, profiles: Profiles, reporter: Reporter, optimiser: Optimiser
) -> tuple[Problem, Optimum, Dispatch]:
    """The dispatch of some hours with what it was found from."""
    problem = make_problem(inputs.grid, profiles, inputs.economy, inputs.options)
    optimum = optimiser(problem, reporter)
    return ruled_dispatch(case, inputs, profiles, (problem, optimum), reporter)


def _again(case: Case, optimum: Optimum, optimiser: Optimiser) -> Optimiser:
    """How the hours are dispatched once more with another demand: from where the plain dispatch ended, if it was one.

    Outage rows and seven-day foresight come after the optimiser and leave no start of its problem.
    """
    if case.dispatch.secure != "none" or case.dispatch.foresight != "perfect":
        return optimiser
    return partial(_optimised_from, optimum.start())


def _optimised_from(start: WarmStart, problem: Problem, reporter: Reporter) -> Optimum:
    return optimise_from(problem, start, reporter)


def summarise(study: Study) -> Summary:
    """The contract for scripts."""
    case, grid = study.case, study.inputs.grid
    return Summary(
        price_base_year=case.price_base_year,
        case=CaseSummary(
            name=case.name,
            title=case.title,
            year=case.year,
            digest=case.digest,
            network=case.network,
            network_digest=study.inputs.network_digest,
            weather_digest=digest({str(kind): entries for kind, entries in case.weather.files.items()}),
            programme=case.programme,
            prices_basis=case.prices_basis,
        ),
        weather=summarise_weather(case, study.weather),
        network=NetworkSummary(
            buses=len(grid.buses),
            lines=len(grid.lines),
            transformers=len(grid.transformers),
            plants=len({plant.plant for plant in grid.plants}),
            hvdc_links=len(grid.links),
            notes=list(grid.notes),
        ),
        dispatch=summarise_dispatch(
            grid,
            study.profiles,
            study.inputs.economy,
            study.dispatch,
            outcome=study.outcome,
            carbon=study.carbon,
            whole_year=study.whole_year,
            loss_shares=_loss_shares(study),
        ),
        links={link.name: summarise_link(link, study.dispatch, study.outcome, study.carbon) for link in grid.links},
        interfaces=summarise_interfaces(grid, study.outcome, study.dispatch.clock.hours),
        security=summarise_security(study.security, study.dispatch.clock),
        financing=study.financed.mixes,
        financing_note=study.financed.note,
        timings_s=_rounded(study.timings_s),
    )


def _loss_shares(study: Study) -> HourlyTable | None:
    """Losses that AC found, by zone and hour, where the dispatch counted with them."""
    result = study.security.results.get("ac")
    return None if result is None else result.hourly.get(SHARES)


def _rounded(timings_s: dict[str, float]) -> dict[str, float]:
    return {stage: round(seconds, 2) for stage, seconds in timings_s.items()}
