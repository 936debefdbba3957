"""Wind, sun, storage and the link chosen together on selected weeks, and the same choice dispatched over the year."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from greengrid.case import Case, check_case
from greengrid.dispatch.assemble import make_problem
from greengrid.dispatch.problem import Problem
from greengrid.dispatch.year import optimise
from greengrid.errors import CalculationFailed
from greengrid.expansion.additions import with_additions
from greengrid.expansion.affine import CapacitySpan
from greengrid.expansion.bundle import Box, Cut, Found, Search, Trial, Value, minimise
from greengrid.expansion.candidates import (
    STEP_FRAC,
    Candidate,
    box,
    candidates,
    check,
    resized,
)
from greengrid.expansion.costs import package_points
from greengrid.expansion.settings import Settings
from greengrid.expansion.weeks import HOURS_PER_WEEK, Week, choose_weeks
from greengrid.hourly import Array
from greengrid.inputs import Inputs, read_inputs
from greengrid.progress import Reporter
from greengrid.study import prepare
from greengrid.weather.profiles import Profiles
from networks.staging import PACKAGE_LINK

GAP_MAX_FRAC = 1e-3
"""An expansion that ends with more has failed."""
WORKERS = 2
SMALLEST_FRAC = 1e-3
"""Less than this of its bound is rounding: no plant and no link of that size is written into the case."""
YEAR_TOLERANCE_FRAC = 0.05
"""Weeks that say the year's operating cost to within this share of it stand for the year."""
RESISTANCE_MAX_OHM_PER_KM = 10.0
"""The most that a case may state."""


@dataclass(frozen=True)
class YearCheck:
    """The chosen capacities over every hour of the year."""

    operation_usd: float
    gap_frac: float
    estimate_usd: float
    """What the weeks say, before the capacities were rounded for the case."""
    saving_usd: float | None
    """Whole cost (investment and operation of the year) of the case's own capacities less that of the choice; None
    where every package was tried: the case's own capacities then stand on another network."""
    saving_estimate_usd: float | None
    """What the weeks say of it."""

    @property
    def difference_frac(self) -> float:
        """Of the weeks' estimate from the year, as a share of the year's cost."""
        return (self.estimate_usd - self.operation_usd) / max(1.0, abs(self.operation_usd))

    @property
    def within_tolerance(self) -> bool:
        """Whether the weeks' estimate is within `YEAR_TOLERANCE_FRAC` of the year."""
        return abs(self.difference_frac) <= YEAR_TOLERANCE_FRAC


@dataclass(frozen=True)
class PackageTried:
    """One inland package in its own network."""

    package_mw: float
    """Size of link that it is made for; 0: no link."""
    cost_usd: float
    """Least found; where another package was proven better first, the search ended there."""
    lower_bound_usd: float

    @classmethod
    def of(cls, found: Expansion) -> PackageTried:
        """What was found on one network."""
        return cls(found.package_mw, found.found.cost_usd, found.found.lower_bound_usd)


@dataclass(frozen=True)
class Expansion:
    """The best choice found, what it costs a year and how far from the best it can be at most."""

    candidates: tuple[Candidate, ...]
    weeks: tuple[Week, ...]
    box: Box
    found: Found
    case: Case
    """The case with these capacities, for the whole year."""
    settings: Settings
    package_mw: float
    """Size of link for which the inland package of the network is made while the link's size is chosen."""
    packages: tuple[PackageTried, ...] = ()
    """In the order of their sizes, where each was tried."""
    year: YearCheck | None = None

    @property
    def operation_usd(self) -> float:
        """Weighted operating cost of the weeks."""
        return sum(value.cost_usd for value in self.found.values)

    @property
    def worth_usd_per_mw(self) -> Array:
        """Operating cost that one more MW of each candidate saves a year, at the optimum: a subgradient."""
        total: Array = -np.sum([value.cut.slope_usd_per_mw for value in self.found.values], axis=0)
        return total


def expand(case: Case, settings: Settings, folder: Path, reporter: Reporter, *, check_year: bool = False) -> Expansion:
    """The expansion of a case; tables with the candidates that it lacks are written into `folder`/network.

    Raises `BadInput` before any work, `CalculationFailed` where the gap stays above `GAP_MAX_FRAC`.
    """
    check(case, settings)
    reporter.stage("reading")
    case = check_case(case.model_dump(mode="json", exclude_none=True) | {"hours": "all"}, case.name)
    case, added = with_additions(case, read_inputs(case).grid, settings, folder / "network")
    inputs = read_inputs(case)
    _, profiles = prepare(case, inputs, reporter)
    results: list[Expansion] = []
    for own, own_settings, package in _packages(case, settings):
        chosen = candidates(own, inputs.grid, own_settings, added)
        least = min((result.found.cost_usd for result in results), default=np.inf)
        results.append(_expanded(own, profiles, chosen, own_settings, reporter, package=(package, least)))
    best = min(results, key=lambda result: result.found.cost_usd)
    if len(results) > 1:
        lower = min(result.found.lower_bound_usd for result in results)
        compared = tuple(PackageTried.of(result) for result in sorted(results, key=lambda one: one.package_mw))
        best = replace(best, found=replace(best.found, lower_bound_usd=lower), packages=compared)
    if not check_year:
        return best
    reporter.stage("dispatch of the year")
    return replace(best, year=_year(best, inputs, profiles, reporter))


def _packages(case: Case, settings: Settings) -> list[tuple[Case, Settings, float | None]]:
    """(case, settings, annual cost of its inland package, None for the envelope) of every network to be tried.

    The one of the case first: what it costs shows early that others cannot do better.
    """
    points = package_points(case, settings.rate_real_pa) if settings.each_package else ()
    if not points:
        return [(case, settings, None)]
    content = case.model_dump(mode="json", exclude_none=True)
    found: list[tuple[Case, Settings, float | None]] = []
    wanted = case.reinforcement.package_mw or case.link[PACKAGE_LINK].capacity_mw
    for size_mw, cost_usd in sorted(points, key=lambda point: (point[0] < wanted, abs(point[0] - wanted))):
        works = {"package_mw": size_mw} if size_mw > 0 else {"package_mw": 0, "scope": "none"}
        own = check_case(content | {"reinforcement": content["reinforcement"] | works}, case.name)
        found.append((own, replace(settings, link_most_mw=min(size_mw, settings.link_most_mw)), cost_usd))
    return found


def _expanded(
    case: Case,
    profiles: Profiles,
    chosen: tuple[Candidate, ...],
    settings: Settings,
    reporter: Reporter,
    *,
    package: tuple[float | None, float],
) -> Expansion:
    """The best choice on the network of one case; `package` is what is paid for it whatever is chosen, and the cost
    that another network has reached."""
    package_usd, worse_than_usd = package
    inputs = read_inputs(case)
    reporter.stage("choosing weeks")
    sites = {each.name for each in chosen if each.kind not in ("battery", "link")}
    weeks = choose_weeks(profiles, tuple(plant.name for plant in inputs.grid.plants if plant.plant in sites))
    spans = [(capacity_span(inputs, profiles, week, chosen), week) for week in weeks]
    reporter.stage("choosing capacities")
    limits = box(case, chosen, settings.rate_real_pa)
    package_mw = case.reinforcement.package_mw or case.link[chosen[-1].name].capacity_mw
    if package_usd is not None:
        limits = replace(limits, lines=(Cut(package_usd, np.zeros(len(chosen))),))
        package_mw = case.reinforcement.package_mw
    found = _chosen(limits, spans, chosen, Search(settings.gap_frac, settings.trials_max, worse_than_usd), reporter)
    final = _with_capacities(case, chosen, found, package_mw)
    return Expansion(chosen, weeks, limits, found, final, settings, package_mw)


def capacity_span(inputs: Inputs, profiles: Profiles, week: Week, chosen: tuple[Candidate, ...]) -> CapacitySpan:
    """One week as a function of the candidates' capacities."""
    own = profiles.window(week.first_hour, HOURS_PER_WEEK)

    def problem(changed: Inputs) -> Problem:
        return make_problem(changed.grid, own, changed.economy, changed.options)

    reference = np.array([each.reference_mw for each in chosen])
    moved = reference * STEP_FRAC
    return CapacitySpan(
        problem(inputs),
        [problem(resized(inputs, each, mw)) for each, mw in zip(chosen, moved.tolist(), strict=True)],
        reference,
        moved,
    )


def _chosen(
    limits: Box,
    spans: Sequence[tuple[CapacitySpan, Week]],
    chosen: tuple[Candidate, ...],
    search: Search,
    reporter: Reporter,
) -> Found:
    trials: list[Trial] = []

    def evaluate(capacity_mw: Array) -> list[Value]:
        with ThreadPoolExecutor(WORKERS) as pool:
            return list(pool.map(lambda pair: pair[0].evaluate(capacity_mw, pair[1].weight), spans))

    def report(trial: Trial) -> None:
        trials.append(trial)
        gap = (trial.best_usd - trial.lower_bound_usd) / max(1.0, abs(trial.best_usd))
        reporter(f"trial {len(trials)}, gap {gap:.1e}", len(trials), search.trials_max)

    start = np.array([0.0 if each.added else min(each.reference_mw, each.most_mw) for each in chosen])
    found = minimise(limits, evaluate, start, search, report)
    if found.gap_frac > GAP_MAX_FRAC and found.lower_bound_usd <= search.worse_than_usd:
        raise CalculationFailed(f"after {len(found.trials)} trials the gap is still {found.gap_frac:.1e}")
    return found


def _with_capacities(case: Case, chosen: tuple[Candidate, ...], found: Found, package_mw: float) -> Case:
    """The case for the whole year; the inland package stays the one on which the size was chosen."""
    content = case.model_dump(mode="json", exclude_none=True)
    content["name"], content["title"] = f"{case.name[:48]} expanded", f"{case.title[:140]}, expanded"
    content["reinforcement"]["package_mw"] = package_mw
    for each, chosen_mw in zip(chosen, found.capacity_mw.tolist(), strict=True):
        capacity_mw = round(chosen_mw, 1) if chosen_mw > SMALLEST_FRAC * each.most_mw else 0.0
        if each.kind == "link":
            _resize(content["link"][each.name], capacity_mw, capacity_mw / each.reference_mw)
        else:
            content["plant"][each.name] = {"capacity_mw": capacity_mw}
    return check_case(content, "the expanded case")


def _resize(link: dict[str, Any], capacity_mw: float, factor: float) -> None:
    """The link's table at another size, with the losses and the ramp on which the size was chosen."""
    link["capacity_mw"] = capacity_mw
    if factor > 0:
        link["ramp_max_mw_per_h"] *= factor
        link["resistance_ohm_per_km"] = min(link["resistance_ohm_per_km"] / factor, RESISTANCE_MAX_OHM_PER_KM)


def _year(expansion: Expansion, own: Inputs, profiles: Profiles, reporter: Reporter) -> YearCheck:
    """The choice over the year, and the case's own capacities without a candidate beside them."""
    inputs = read_inputs(expansion.case)
    optimum = optimise(make_problem(inputs.grid, profiles, inputs.economy, inputs.options), reporter)
    check = YearCheck(optimum.objective_usd, optimum.gap_frac, expansion.operation_usd, None, None)
    if expansion.packages:
        return check
    reporter.stage("the case's own capacities")
    added = {each.name for each in expansion.candidates if each.added}
    plants = tuple(plant for plant in own.grid.plants if plant.plant not in added)
    before = optimise(make_problem(replace(own.grid, plants=plants), profiles, own.economy, own.options), reporter)
    start = expansion.found.trials[0]
    invested = expansion.box.investment_usd(start.capacity_mw) - expansion.box.investment_usd(
        expansion.found.capacity_mw
    )
    return replace(
        check,
        saving_usd=invested + before.objective_usd - optimum.objective_usd,
        saving_estimate_usd=start.cost_usd - expansion.found.cost_usd,
    )
