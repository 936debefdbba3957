"""Cost-benefit analysis in the form of the ENTSO-E guideline: the link put in where the other is absent, and taken out
where it is present, over as many weather years and price scenarios as were run.

PINT: with the Caspian link less without it, no Black Sea link in either. TOOT: the same with the Black Sea link in
both. Indicators, their names and the horizon (25 years from commissioning, 4 % real, no residual value) follow the 4th
ENTSO-E guideline for cost-benefit analysis (2023).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from financing.plan import Plan
from greengrid.benefits import MAY_DIFFER, Benefits, compare, cost_flows
from greengrid.case import Case, load_case
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


@dataclass(frozen=True, slots=True)
class Indicator:
    """One line of the guideline's table. `of` is empty where one dispatch cannot state it; `meaning` then says why."""

    code: str
    name: str
    unit: str
    meaning: str
    of: Callable[[Benefits], float] | None = None


INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        "B1", "socio-economic welfare", "M USD/a",
        "consumer and producer surplus and rents of all countries, the rest of the world among them",
        lambda found: found.surplus_total_usd_real / 1e6,
    ),
    Indicator(
        "B2a", "CO2", "kt/a", "emissions of all countries and, at their mean factor, of the neighbours' exchange",
        lambda found: sum(found.emissions_change_tco2.values()) / 1e3,
    ),
    Indicator(
        "B2b", "societal value of CO2", "M USD/a",
        "avoided tonnes at the shadow value less the price that B1 holds already",
        lambda found: found.carbon_usd_real[1] / 1e6,
    ),
    Indicator(
        "B3", "curtailed wind and sun", "GWh/a", "less is more renewable energy integrated; its worth is in B1",
        lambda found: found.curtailment_change_mwh / 1e3,
    ),
    Indicator("B4", "other emissions", "t/a", "not stated: the tables hold no factors of NOx, SO2 and dust"),
    Indicator(
        "B5", "losses of the links", "GWh/a", "their worth is in B1; AC losses are an estimate that no link moves",
        lambda found: found.link_loss_change_mwh / 1e3,
    ),
    Indicator(
        "B6", "energy not served", "GWh/a", "in the dispatched weather year, without outages of plants",
        lambda found: found.ens_change_mwh / 1e3,
    ),
    Indicator("B7", "flexibility", "", "not stated: one market, no balancing stage after it"),
    Indicator("B8", "stability", "", "not in money: see frequency and short circuit of `greengrid security`"),
    Indicator("B9", "reserve for re-dispatch", "", "not stated: the dispatch is nodal, nothing is re-dispatched"),
)  # fmt: skip


@dataclass(frozen=True)
class Pair:
    """One form in one scenario of weather and prices."""

    form: str
    scenario: str
    """What this scenario differs in from the first one given; empty for that one."""
    found: Benefits
    npv_usd_real: float
    """At commissioning, over the guideline's horizon."""


@dataclass(frozen=True, slots=True)
class Dispatched:
    """One dispatched year on offer, read whole only where it makes a pair."""

    place: str
    case: Case
    read: Callable[[], Run]

    @property
    def links(self) -> frozenset[str]:
        """Which of the two links stand."""
        return frozenset(self.case.built_links) & {LINK, OTHER}

    @property
    def rest(self) -> dict[str, object]:
        """All of the case that no link may change."""
        content = self.case.model_dump(mode="json")
        return {key: value for key, value in content.items() if key not in MAY_DIFFER}


def analyse(folders: Sequence[Path]) -> tuple[Pair, ...]:
    """Every pair that the folders hold, of runs or of sweeps, in the order of forms and scenarios.

    Raises `BadInput` for folders that are no whole runs, two runs of one place, or no pair at all.
    """
    scenarios: list[dict[str, object]] = []
    places: dict[tuple[int, frozenset[str]], Dispatched] = {}
    problems = []
    for run in (run for folder in folders for run in offered(folder)):
        if run.rest not in scenarios:
            scenarios.append(run.rest)
        place = (scenarios.index(run.rest), run.links)
        if place in places:
            found = f"the same scenario and links as {places[place].place}"
            remedy = "Leave one out; of a sweep over sizes, one with the size 0 and one other"
            problems.append(Problem(run.place, found, "one run of each", remedy))
        places[place] = run
    if problems:
        raise BadInput(problems)
    pairs = tuple(
        _pair(form, _words(scenarios[0], scenario), places[number, with_link].read(), places[number, without].read())
        for form, other in FORMS.items()
        for number, scenario in enumerate(scenarios)
        for with_link, without in [_wanted(other)]
        if (number, with_link) in places and (number, without) in places
    )
    if not pairs:
        expected = "runs with and without the Caspian link, all else the same"
        raise BadInput([Problem("the folders", "no pair", expected, "greengrid cba out/base out/no-link")])
    return pairs


def _wanted(other: bool) -> tuple[frozenset[str], frozenset[str]]:
    both = frozenset({OTHER}) if other else frozenset()
    return both | {LINK}, both


def offered(folder: Path) -> list[Dispatched]:
    """The dispatched years of a run's folder (one) or of a sweep's."""
    if (folder / MANIFEST).is_file():
        return [Dispatched(row.place, row.case, lambda row=row: row) for row in rows_of_sweep(folder)]  # type: ignore[misc]
    read_summary(folder)
    check_digests(folder, only=["case.toml"])
    return [Dispatched(str(folder), load_case(folder / "case.toml"), lambda: FolderRun(folder))]


def _words(first: Mapping[str, object], scenario: Mapping[str, object]) -> str:
    return ", ".join(sorted(_differences(first, scenario)))


def _differences(first: Mapping[str, object], other: Mapping[str, object], path: str = "") -> Iterable[str]:
    """What the other says where the two differ, as `key = value`."""
    for key in sorted({*first, *other}):
        own, theirs = first.get(key), other.get(key)
        if isinstance(own, Mapping) and isinstance(theirs, Mapping):
            yield from _differences(own, theirs, f"{path}{key}.")
        elif own != theirs:
            yield f"{path}{key} = {'nothing' if theirs is None else theirs}"


def _pair(form: str, scenario: str, first: Run, second: Run) -> Pair:
    found = compare(first, second)
    yearly = found.surplus_total_usd_real + found.carbon_usd_real[1]
    return Pair(form, scenario, found, npv_at_commissioning(first.plan, first.works_usd_real, yearly))


def npv_at_commissioning(plan: Plan, works_usd_real: float, yearly_usd_real: float) -> float:
    """Benefits less costs over 25 years at 4 % real, worth at the start of operation.

    Construction is carried forward to that day, a year's flow stands at its end; the same benefit every year, outages
    of the link taken off; nothing left at the end (4th ENTSO-E guideline, section on the net present value).
    """
    flows = cost_flows(plan, works_usd_real)
    building = plan.operation_first_year - plan.construction_first_year
    invested = sum(flow * (1 + RATE_PA) ** (building - year - 1) for year, flow in enumerate(flows[:building]))
    years = min(HORIZON_YEARS, plan.operation_years)
    running = flows[building : building + years] + yearly_usd_real * plan.availability_frac
    return float(invested + sum(flow / (1 + RATE_PA) ** (year + 1) for year, flow in enumerate(running)))
