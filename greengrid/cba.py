"""Cost-benefit analysis in the form of the ENTSO-E guideline: the link put in where the other is absent, and taken out
where it is present, over as many weather years and price scenarios as were run.

PINT: with the Caspian link less without it, no Black Sea link in either. TOOT: the same with the Black Sea link in
both. The form and the horizon (by default 25 years from commissioning, 4 % real, no residual value) follow the 4th
ENTSO-E guideline for cost-benefit analysis (2023); its indicators stand in `cba_indicators`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from financing.plan import Plan
from greengrid.benefits import Benefits, compare, cost_flows
from greengrid.case import Case, load_case, merge
from greengrid.comparability import cost_settings, costs_between, differences, dispatched_part, link_settings
from greengrid.compared_runs import FolderRun, Run
from greengrid.errors import BadInput, Problem
from greengrid.store import check_digests, read_summary
from greengrid.sweep.folder import MANIFEST
from greengrid.sweep.rows import rows_of_sweep

LINK, OTHER = "caspian", "black_sea"
HORIZON_YEARS = 25
RATE_PA = 0.04
FORMS: Mapping[str, bool] = {"TOOT": True, "PINT": False}
"""Form -> whether the other link is present in both runs."""


@dataclass(frozen=True)
class Pair:
    """One form in one scenario of weather, prices and costs."""

    form: str
    scenario: str
    """What this scenario differs in from the first one given; empty for that one."""
    found: Benefits
    npv_usd_real: float | None
    """At commissioning, over the horizon; None where the costs are not known."""
    npv_years: int | None
    """Operating years that it counts."""


@dataclass(frozen=True)
class Analysis:
    """All pairs of the runs given, in the order of forms and scenarios."""

    pairs: tuple[Pair, ...]
    alone: tuple[str, ...]
    """Runs that no other makes a pair with."""
    horizon_years: int
    rate_pa: float


@dataclass(frozen=True, slots=True)
class Dispatched:
    """One dispatched year on offer, read whole only where it makes a pair."""

    place: str
    case: Case
    read: Callable[[], Run]
    weather_number: int | None = None
    """Of the ensemble's year that was run."""

    @property
    def has_link(self) -> bool:
        """Whether the studied link stands."""
        return LINK in self.case.built_links

    @property
    def form(self) -> str:
        """What a pair of it is."""
        return next(form for form, present in FORMS.items() if present == (OTHER in self.case.built_links))

    @property
    def rest(self) -> dict[str, Any]:
        """All that neither link may change."""
        content = self.case.model_dump(mode="json")
        others = {name: link_settings(self.case, name) for name in self.case.built_links if name not in (LINK, OTHER)}
        package = {key: content["reinforcement"][key] for key in ("scope", "package_mw")}
        return dispatched_part(self.case) | {"reinforcement": package, "link": others}

    @property
    def compared(self) -> dict[str, Any]:
        """Equal in the two runs of a pair; the weather year as drawn: p50 and p90 ask for what is behind the link."""
        content = merge(self.rest, {"link": {OTHER: link_settings(self.case, OTHER)}})
        drawn = self.weather_number
        return content if drawn is None else merge(content, {"weather": {"draw": drawn}})

    @property
    def system(self) -> str:
        """The same, to look a partner up."""
        return json.dumps(self.compared, sort_keys=True)

    @property
    def named(self) -> str:
        """For messages."""
        return self.place if self.weather_number is None else f"{self.place} (weather year {self.weather_number})"

    def scenario(self, *, other: bool) -> dict[str, Any]:
        """All that makes a scenario, costs among it; with the other link's settings where asked for."""
        content = merge(self.rest, cost_settings(self.case))
        return merge(content, {"link": {OTHER: link_settings(self.case, OTHER)}}) if other else content

    @property
    def place_key(self) -> tuple[bool, str, str]:
        """One run of each: costs count with the link alone."""
        costs = json.dumps(cost_settings(self.case), sort_keys=True) if self.has_link else ""
        return self.has_link, self.system, costs


def analyse(folders: Sequence[Path], *, horizon_years: int = HORIZON_YEARS, rate_pa: float = RATE_PA) -> Analysis:
    """Every pair that the folders hold, of runs or of sweeps.

    Raises `BadInput` for folders that are no whole runs, two runs of one place, or no pair at all.
    """
    runs = _one_of_each(run for folder in folders for run in offered(folder))
    without = {run.system: run for run in runs if not run.has_link}
    matched = [(run, without[run.system]) for run in runs if run.has_link and run.system in without]
    if not matched:
        raise BadInput([_no_pair(runs)])
    first = matched[0][0]
    pairs = []
    for form in FORMS:
        for own, other in matched:
            if own.form == form:
                pairs.append(_pair(form, _words(first, own), (own.read(), other.read()), horizon_years, rate_pa))
    paired = {run.place for pair in matched for run in pair}
    alone = tuple(run.named for run in runs if run.place not in paired)
    return Analysis(tuple(pairs), alone, horizon_years, rate_pa)


def _no_pair(runs: Sequence[Dispatched]) -> Problem:
    """What keeps the first two candidates apart."""
    expected = "runs with and without the Caspian link, all else the same"
    candidates = ((own, other) for own in runs if own.has_link for other in runs if not other.has_link)
    own, other = next((pair for pair in candidates if pair[0].form == pair[1].form), (None, None))
    if own is None or other is None:
        return Problem("the folders", "no pair", expected, "greengrid cba out/base out/no-link")
    apart = [key for key, _, _ in differences(own.compared, other.compared)]
    where = f"{own.named} and {other.named}"
    return Problem(where, f"no pair: they differ in {', '.join(apart)}", expected, "Run both with the same")


def _one_of_each(runs: Iterable[Dispatched]) -> list[Dispatched]:
    places: dict[tuple[bool, str, str], Dispatched] = {}
    problems = []
    for run in runs:
        before = places.setdefault(run.place_key, run)
        if before is not run:
            found = f"the same scenario and links as {before.place}"
            remedy = "Leave one out; of a sweep over sizes, one with the size 0 and one other"
            problems.append(Problem(run.place, found, "one run of each", remedy))
    if problems:
        raise BadInput(problems)
    return list(places.values())


def offered(folder: Path) -> list[Dispatched]:
    """The dispatched years of a run's folder (one) or of a sweep's."""
    if (folder / MANIFEST).is_file():
        return _of_sweep(folder)
    summary = read_summary(folder)
    check_digests(folder, only=["case.toml"])
    number = summary.weather.number if summary.weather else None
    return [Dispatched(str(folder), load_case(folder / "case.toml"), lambda: FolderRun(folder), number)]


def _of_sweep(folder: Path) -> list[Dispatched]:
    """Cases without the link that differ in costs alone are one."""
    found: dict[tuple[str, str], Dispatched] = {}
    for row in rows_of_sweep(folder):
        run = Dispatched(row.place, row.case, lambda row=row: row, row.weather_number)  # type: ignore[misc]
        found.setdefault((row.record.key, run.place_key[2]), run)
    return list(found.values())


def _words(first: Dispatched, own: Dispatched) -> str:
    """What a scenario differs in from the first, as `key = value`; the other link alone makes the form."""
    same = first.form == own.form
    found = differences(first.scenario(other=same), own.scenario(other=same))
    return ", ".join(f"{path} = {'nothing' if value is None else value}" for path, _, value in found)


def _pair(form: str, scenario: str, runs: tuple[Run, Run], horizon_years: int, rate_pa: float) -> Pair:
    found = compare(*runs)
    if found.costs_left_out:
        return Pair(form, scenario, found, None, None)
    plan, works_usd_real = costs_between(*runs)
    yearly = found.surplus_total_usd_real + found.carbon_usd_real[1]
    worth = npv_at_commissioning(plan, works_usd_real, yearly, horizon_years=horizon_years, rate_pa=rate_pa)
    return Pair(form, scenario, found, worth, min(horizon_years, plan.operation_years))


def npv_at_commissioning(
    plan: Plan,
    works_usd_real: float,
    yearly_usd_real: float,
    *,
    horizon_years: int = HORIZON_YEARS,
    rate_pa: float = RATE_PA,
) -> float:
    """Benefits less costs over the horizon, at most while the link is run, worth at the start of operation.

    Construction is carried forward to that day, a year's flow stands at its end; the same benefit every year, outages
    of the link taken off; nothing left at the end (4th ENTSO-E guideline, section on the net present value).
    """
    flows = cost_flows(plan, works_usd_real)
    building = plan.operation_first_year - plan.construction_first_year
    invested = sum(flow * (1 + rate_pa) ** (building - year - 1) for year, flow in enumerate(flows[:building]))
    years = min(horizon_years, plan.operation_years)
    running = flows[building : building + years] + yearly_usd_real * plan.availability_frac
    return float(invested + sum(flow / (1 + rate_pa) ** (year + 1) for year, flow in enumerate(running)))
