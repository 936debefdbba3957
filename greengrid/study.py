"""One case end to end, in one direction: inputs, weather, dispatch, AC, financing, folder, report."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path

from greengrid.assumptions import assumptions
from greengrid.case import Case
from greengrid.dispatch.assemble import make_problem
from greengrid.dispatch.extract import make_dispatch
from greengrid.dispatch.result import Dispatch
from greengrid.dispatch.year import optimise
from greengrid.inputs import Inputs, is_whole_year, make_weather, read_inputs
from greengrid.interruptible import interruptible
from greengrid.measures import summarise_dispatch, summarise_link
from greengrid.plans import write_plan
from greengrid.progress import Reporter
from greengrid.project import Financed, finance_links
from greengrid.report import write_report
from greengrid.security.ac import AcHour, AcResult, check
from greengrid.security.findings import Finding as AcFinding
from greengrid.security.hours import telling_hours
from greengrid.store import versions, write_case, write_digests, write_hourly, write_json, write_rows, writing
from greengrid.summary import (
    CaseSummary,
    Finding,
    NetworkSummary,
    SecuritySummary,
    Summary,
)
from greengrid.weather.files import digest
from greengrid.weather.profiles import Profiles
from networks.grid import Grid

FINDINGS_MAX = 50
"""In the summary; the table `findings` holds all."""


@dataclass(frozen=True)
class Study:
    """Everything a run computed."""

    case: Case
    inputs: Inputs
    profiles: Profiles
    dispatch: Dispatch
    security: AcResult | None
    financed: Financed
    timings_s: dict[str, float]

    @property
    def whole_year(self) -> bool:
        """Whether annual and financial figures exist."""
        return is_whole_year(self.case, self.profiles.clock)


def run(case: Case, target: Path, *, reporter: Reporter | None = None, replace: bool = False) -> Summary:
    """Runs a case into a folder, whole or not at all, and returns its summary.

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
        write_report(folder, folder / "report.pdf")
        reporter.finish()
        summary = summary.model_copy(update={"timings_s": _rounded(reporter.timings_s)})
        write_json(folder / "summary.json", summary.model_dump(mode="json"))
        write_digests(folder)
    return summary


def solve(case: Case, inputs: Inputs, reporter: Reporter) -> Study:
    """The calculation, without a file."""
    grid, economy = inputs.grid, inputs.economy
    reporter.stage("weather and demand")
    profiles = make_weather(case, grid, economy, reporter)
    reporter.stage("dispatch")
    problem = make_problem(grid, profiles, economy)
    optimum = optimise(problem, reporter)
    dispatch = make_dispatch(grid, profiles, economy, problem, optimum)
    security = None
    if case.ac_hours:
        reporter.stage("AC power flow")
        hours = telling_hours(grid, dispatch, case.ac_hours)
        security = check(grid, dispatch, hours, reporter, loss_frac=dict(economy.loss_frac))
    reporter.stage("financing")
    financed = finance_links(case, grid, dispatch)
    return Study(case, inputs, profiles, dispatch, security, financed, reporter.timings_s)


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
            weather_digest=digest({str(kind): path for kind, path in case.weather.files.items()}),
            programme=case.programme,
            prices_basis=case.prices_basis,
        ),
        network=NetworkSummary(
            buses=len(grid.buses),
            lines=len(grid.lines),
            transformers=len(grid.transformers),
            plants=len({plant.plant for plant in grid.plants}),
            hvdc_links=len(grid.links),
            notes=list(grid.notes),
        ),
        dispatch=summarise_dispatch(
            grid, study.profiles, study.inputs.economy, study.dispatch, whole_year=study.whole_year
        ),
        links={link.name: summarise_link(link, study.dispatch) for link in grid.links},
        security=_security(study),
        financing=study.financed.mixes,
        financing_note=study.financed.note,
        timings_s=_rounded(study.timings_s),
    )


def _rounded(timings_s: dict[str, float]) -> dict[str, float]:
    return {stage: round(seconds, 2) for stage, seconds in timings_s.items()}


def _security(study: Study) -> SecuritySummary:
    result = study.security
    if result is None:
        return SecuritySummary(
            hours_checked=0, hours_converged=0, voltage_min_pu=None, voltage_max_pu=None, loading_max_frac=None,
            findings=[],
        )  # fmt: skip
    return SecuritySummary(
        hours_checked=result.hours_checked,
        hours_converged=result.hours_converged,
        voltage_min_pu=result.voltage_lowest_pu,
        voltage_max_pu=result.voltage_highest_pu,
        loading_max_frac=result.loading_highest_frac,
        findings=[
            Finding(
                kind=finding.kind,
                element=finding.element,
                hour_utc=_hour_utc(study.dispatch, finding),
                value=finding.value,
                limit=finding.limit,
                unit=finding.unit,
                hours=finding.hours,
                remedy=finding.remedy,
            )
            for finding in result.findings[:FINDINGS_MAX]
        ],
    )


def _hour_utc(dispatch: Dispatch, finding: AcFinding) -> str:
    return str(dispatch.clock.datetimes()[finding.hour])


def write_study(study: Study, folder: Path) -> None:
    """Case, versions and every table."""
    write_case(folder, study.case)
    write_json(folder / "versions.json", versions())
    _write_hourly(study, folder)
    _write_grid(study.inputs, folder)
    if study.security is not None:
        _write_security(study.security, study.dispatch, folder)
    for name, rows in study.financed.tables.items():
        write_rows(folder, name, rows)
    if study.financed.plan is not None:
        write_plan(folder, study.financed.plan)
    write_rows(folder, "assumptions", assumptions(study.case, study.inputs, study.financed.plan))


def _write_hourly(study: Study, folder: Path) -> None:
    dispatch, profiles = study.dispatch, study.profiles
    tables = {
        "generation": dispatch.generation_mw,
        "charge": dispatch.charge_mw,
        "level": dispatch.level_mwh,
        "curtailed": dispatch.curtailed_mw,
        "spilled": dispatch.spilled_mw,
        "demand": profiles.demand_mw,
        "served": dispatch.served_mw,
        "shed": dispatch.shed_mw,
        "dumped": dispatch.dumped_mw,
        "import": dispatch.import_mw,
        "export": dispatch.export_mw,
        "branches": dispatch.branch_mw,
        "links_sent": dispatch.link_sent_mw,
        "links_received": dispatch.link_received_mw,
        "links_idle": dispatch.link_idle_mw,
        "prices": dispatch.price_usd_per_mwh,
        "interfaces": dispatch.interface_mw,
        "market_prices": dispatch.market_price_usd_per_mwh,
        "availability": profiles.availability_frac,
    }
    for name, table in tables.items():
        write_hourly(folder, name, dispatch.clock, table)


def _write_grid(inputs: Inputs, folder: Path) -> None:
    grid = inputs.grid
    area = {name: number for number, members in enumerate(grid.areas, start=1) for name in members}
    units = {unit.name: unit for unit in inputs.economy.units}
    write_rows(folder, "buses", [{**_record(bus), "area": area[bus.name]} for bus in grid.buses])
    write_rows(
        folder,
        "plants",
        [
            {
                **_record(plant),
                "fuel": units[plant.name].fuel,
                "marginal_cost_usd_per_mwh": units[plant.name].marginal_cost_usd_per_mwh,
                "emission_tco2_per_mwh": units[plant.name].emission_tco2_per_mwh,
            }
            for plant in grid.plants
        ],
    )
    for name, rows in _static(grid).items():
        write_rows(folder, name, rows)


def _static(grid: Grid) -> dict[str, tuple[object, ...]]:
    """Tables of the grid as they are; a table without rows keeps its columns."""
    return {
        "lines": grid.lines,
        "transformers": grid.transformers,
        "borders": grid.borders,
        "interfaces_limits": grid.interfaces,
        "links": grid.links,
        "reinforcements": grid.reinforcements,
    }


def _record(item: object) -> dict[str, object]:
    return {field.name: getattr(item, field.name) for field in fields(item)}  # type: ignore[arg-type]


def _write_security(result: AcResult, dispatch: Dispatch, folder: Path) -> None:
    clock = dispatch.clock.datetimes().astype("datetime64[ms]")
    hours = [{**_record(record), "hour_utc": clock[record.hour].item()} for record in result.hours]
    findings = [{**_record(finding), "hour_utc": clock[finding.hour].item()} for finding in result.findings]
    write_rows(folder, "ac_hours", hours, [field.name for field in fields(AcHour)])
    write_rows(folder, "findings", findings, [*(field.name for field in fields(AcFinding)), "hour_utc"])
