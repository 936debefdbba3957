"""The two kinds of work in a sweep, as functions of their task alone: a dispatch, and the financing of cases on it.

They run in this process, in one of its workers or on a cluster; what they need again and again is kept per process.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from greengrid.case import Case, check_case
from greengrid.errors import BadInput, CalculationFailed
from greengrid.inputs import read_inputs
from greengrid.progress import Reporter
from greengrid.sweep.cases import dispatch_key
from greengrid.sweep.mixes import mixes_digest, structure_of
from greengrid.sweep.records import DispatchRecord, FinanceRecord, measures_of, pack_year, unpack_year
from greengrid.sweep.series import series_of

if TYPE_CHECKING:
    from financing.known import Known
    from financing.plan import Plan
    from greengrid.cashflows import ProjectLink
    from greengrid.netback import Netback
    from greengrid.study import Study
    from greengrid.summary import Summary
    from networks.grid import Grid


@dataclass(frozen=True)
class DispatchTask:
    """One dispatch: a case with nothing financed, and where the simplex begins."""

    key: str
    content: Mapping[str, Any]
    start: bytes | None
    """A `WarmStart` as bytes; None: from nothing."""
    keep_start: bool
    """Whether another dispatch begins where this one ends."""
    security: tuple[str, ...] | None = None
    """Parts of the security study; empty: all; None: no study."""


@dataclass(frozen=True)
class FinanceTask:
    """Cases that share a dispatch."""

    key: str
    contents: tuple[Mapping[str, Any], ...]
    year: Mapping[str, Any] | None
    """Of the dispatch record."""
    mixes_digests: tuple[str, ...] = ()
    """Of each case's funding mixes, as they were checked; none: whatever their files hold."""


def dispatch(task: DispatchTask) -> tuple[DispatchRecord, bytes]:
    """Solves and checks one dispatch as `study.run` does; also where it ended, empty if nobody asks."""
    from greengrid.dispatch.problem import Problem
    from greengrid.dispatch.warm import WarmStart
    from greengrid.dispatch.year import Optimum, optimise, optimise_from
    from greengrid.study import solve, summarise

    began = time.perf_counter()
    case = check_case(task.content, "case")
    inputs = read_inputs(case)
    if dispatch_key(case, inputs, task.security) != task.key:
        raise CalculationFailed(
            "a table or file changed after it was checked: the same command goes on with it as it is"
        )
    ends: list[bytes] = []

    def optimiser(problem: Problem, reporter: Reporter) -> Optimum:
        start = WarmStart.from_bytes(task.start) if task.start else None
        optimum = optimise_from(problem, start, reporter) if start else optimise(problem, reporter)
        if task.keep_start:
            ends.append(optimum.start().to_bytes())
        return optimum

    study = solve(_financing(case, ()), inputs, Reporter(None), prepared=series_of(case, inputs), optimiser=optimiser)
    summary = summarise(study)
    if task.security is not None:
        summary = _secured(study, summary, task.security)
    record = DispatchRecord(
        key=task.key,
        measures=measures_of(summary) | further_measures(study),
        case=summary.case.model_dump(mode="json"),
        year=_packed_year(study, case) if study.whole_year else None,
        work_s=time.perf_counter() - began,
    )
    return record, ends[-1] if ends else b""


def _secured(study: Study, summary: Summary, names: tuple[str, ...]) -> Summary:
    """The summary with the security study of this dispatch, as `greengrid security` writes it into a run's folder."""
    from greengrid.security.record import summarise_security
    from greengrid.security.study import SecurityRun
    from greengrid.security.study import study as study_security

    found = study_security(SecurityRun(study.case, study.inputs, study.dispatch), Reporter(None), names)
    return summary.model_copy(update={"security": summarise_security(found, study.dispatch.clock)})


def _financing(case: Case, links: tuple[str, ...]) -> Case:
    """The case with these links as its project."""
    return case.model_copy(update={"project": case.project.model_copy(update={"links": links})})


def _packed_year(study: Study, case: Case) -> dict[str, Any]:
    """What financing takes, of every link that is built and every year that the case dispatches; the case's own project
    first, as it chooses the weather year."""
    from greengrid.later_years import later_years
    from greengrid.project import dispatched_year

    every = _financing(case, tuple(dict.fromkeys((*case.financed_links, *case.built_links))))
    later = later_years(every, study.profiles.clock, Reporter(None)) if case.built_links else {}
    return pack_year(dispatched_year(every, study.inputs.grid, study.dispatch, later))


def further_measures(study: Study) -> dict[str, Any]:
    """What a sweep compares beside the summary: surplus by country, the inland package's cost, worth of one more MW."""
    from greengrid.cashflows import system_emissions_tco2
    from greengrid.costs import UnitCosts, reinforcement_items, total
    from greengrid.sweep.marginal import built_worth_usd_per_mw

    grid, case = study.inputs.grid, study.case
    found: dict[str, Any] = {"welfare.total_usd_real": sum(row.amount_usd_real for row in study.welfare)}
    found["dispatch.system_tco2"] = system_emissions_tco2(grid, study.inputs.economy, study.dispatch)
    found |= {f"welfare.{row.country}.{row.part}_usd_real": row.amount_usd_real for row in study.welfare}
    package = total(reinforcement_items(grid.reinforcements, 1, UnitCosts.of(case.price_base_year)))
    for level in ("low", "central", "high"):
        found[f"reinforcement.cost_{level}_usd_real"] = getattr(package, level)
    found["reinforcement.length_km"] = sum(part.length_km * part.circuits for part in grid.reinforcements)
    for link in grid.links:
        worth = study.outcome.rating_worth_usd_per_mw[link.name]
        as_built = built_worth_usd_per_mw(link, study.dispatch, worth)
        found[f"links.{link.name}.built_worth_usd_real_per_mw"] = float(as_built.sum())
    return found


def finance(task: FinanceTask) -> list[FinanceRecord]:
    """The funding mixes of every case of a task; one that fails says why and stops no other."""
    wanted = task.mixes_digests or ("",) * len(task.contents)
    pairs = zip(task.contents, wanted, strict=True)
    return [_finance_one(check_case(content, "case"), task, digest) for content, digest in pairs]


def _finance_one(case: Case, task: FinanceTask, wanted: str) -> FinanceRecord:
    from financing.problems import FinancingFailed, FinancingProblems

    if wanted and mixes_digest(case.financing.mixes) != wanted:
        problem = (
            "a funding mix's file is not the one that was checked: the same command goes on with what it holds now"
        )
        return FinanceRecord(case.digest, {}, "", problem=problem, mixes_digest=wanted)
    try:
        return replace(finance_case(case, task.key, task.year), mixes_digest=wanted)
    except (BadInput, CalculationFailed, FinancingProblems, FinancingFailed) as error:
        return FinanceRecord(case.digest, {}, "", problem=str(error), mixes_digest=wanted)


def finance_case(case: Case, key: str, year: Mapping[str, Any] | None) -> FinanceRecord:
    """The mixes' entries of the summary, equal to what a run of the case finds, or why there are none."""
    from financing.package import finance as finance_mix
    from greengrid.summary import MixSummary

    if not case.financed_links:
        return FinanceRecord(case.digest, {}, "no link of the project is built")
    if year is None:
        note = "a part of a year was run: no annual or financial figure is made of it"
        return FinanceRecord(case.digest, {}, note)
    plan, costs = plan_of(case, key, year)
    results = [finance_mix(plan, structure_of(mix), brief=True, known=_known()) for mix in case.financing.mixes]
    mixes = {each.mix: MixSummary.model_validate(each.summary()).model_dump(mode="json") for each in results}
    return FinanceRecord(case.digest, mixes, "", costs)


def plan_of(case: Case, key: str, year: Mapping[str, Any]) -> tuple[Plan, dict[str, float]]:
    """The yearly plan of a case on a dispatched year, and the costs that a study of sizes compares.

    The inland package counts whoever pays for it: `project.works_usd_real` is what stands beside the project's books.
    """
    from greengrid.project import project_plan

    links, worth = _links_and_worth(case, key, year)
    plan = project_plan(case, links, worth)
    works = [part.costs.reinforcement for part in links if part.costs.reinforcement_paid_by == "tso"]
    costs = {
        f"project.capex_{level}_usd_real": sum(getattr(item, f"{level}_usd_real") for item in plan.capex)
        for level in ("low", "central", "high")
    }
    costs["project.opex_mean_usd_real"] = sum(plan.opex_usd_real) / len(plan.opex_usd_real)
    costs["project.works_usd_real"] = sum(item.central_usd_real for items in works for item in items)
    costs["project.availability_frac"] = plan.availability_frac
    costs["project.operation_years"] = float(plan.operation_years)
    return plan, costs


NOT_IN_LINKS = ("name", "title", "ac_hours", "security", "revenue", "currency", "financing")
PROJECT_NOT_IN_LINKS = ("inflation_pa", "discount_rate_nominal_pa", "growth", "fibre", "vat")
"""Keys of a case, and of its project, that no link's cost and no step of the export chain reads."""
LINKS_KEPT = 2_000
_LINKS: dict[tuple[str, str], tuple[list[ProjectLink], Netback | None]] = {}


def _links_and_worth(case: Case, key: str, year: Mapping[str, Any]) -> tuple[list[ProjectLink], Netback | None]:
    """The project's links with their costs and what the chain leaves, kept for cases that differ in other money."""
    from greengrid.project import chain_worth, project_links

    own = case.model_dump(mode="json", exclude=set(NOT_IN_LINKS))
    own["project"] = {name: value for name, value in own["project"].items() if name not in PROJECT_NOT_IN_LINKS}
    name = (key, json.dumps(own, sort_keys=True))
    if name not in _LINKS:
        while len(_LINKS) >= LINKS_KEPT:
            _LINKS.pop(next(iter(_LINKS)))
        grid, dispatched = _grid(key, case), unpack_year(year)
        links = project_links(case, grid, dispatched)
        _LINKS[name] = links, chain_worth(case, grid, dispatched, links)
    return _LINKS[name]


@lru_cache(maxsize=1)
def _known() -> Known:
    from financing.known import Known

    return Known()


_GRIDS: dict[str, Grid] = {}
_LOCK = threading.Lock()


def _grid(key: str, case: Case) -> Grid:
    """The grid of a dispatch, read once."""
    with _LOCK:
        if key not in _GRIDS:
            _GRIDS.clear()
            _GRIDS[key] = read_inputs(case).grid
        return _GRIDS[key]
