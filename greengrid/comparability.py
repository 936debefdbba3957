"""What two runs may differ in and still be one system with and without a link, and what the difference costs.

The links that the first run has more may differ, and what no dispatch reads: money, the AC power flow's hours, checks
after it. Everything else is the same, else the difference is not the link's (4th ENTSO-E guideline for cost-benefit
analysis, 2023, PINT and TOOT).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from financing.plan import Plan
from greengrid.case import Case
from greengrid.compared_runs import Run
from greengrid.errors import BadInput, Problem
from networks.staging import PACKAGE_LINK

NOT_DISPATCHED = ("name", "title", "years", "ac_hours", "project", "revenue", "currency", "financing")
"""Keys of a case that the dispatch of its year never reads."""
OF_THE_LINK = ("link", "reinforcement")
"""Compared apart: by what stands."""
NOT_OF_A_DISPATCHED_LINK = ("cost", "source")
NOTHING = "nothing"
DRAW = "weather.draw"
"""Compared as the year that was drawn."""


def dispatched_part(case: Case) -> dict[str, object]:
    """All that the dispatch reads of a case beside links and inland package."""
    content = case.model_dump(mode="json", exclude={*NOT_DISPATCHED, *OF_THE_LINK})
    content["dispatch"].pop("rent_range")
    checked = content.pop("security")
    kept = ("losses", "parameters") if case.dispatch.secure != "none" else ("losses",)
    content["security"] = {key: checked[key] for key in kept}
    return content


def link_settings(case: Case, name: str) -> dict[str, object] | None:
    """All that the dispatch reads of a link; None where it is not built."""
    if name not in case.built_links:
        return None
    return case.link[name].model_dump(mode="json", exclude=set(NOT_OF_A_DISPATCHED_LINK))


def cost_settings(case: Case) -> dict[str, object]:
    """What the costs of the financed links depend on beside the dispatch."""
    content = case.model_dump(mode="json")
    return {
        "project": content["project"],
        "link": {name: {"cost": content["link"][name]["cost"]} for name in case.financed_links},
        "reinforcement": {"paid_by": case.reinforcement.paid_by},
    }


def package_of(case: Case) -> tuple[str, float] | None:
    """Scope and rating of the inland package that stands; None where none does."""
    link_mw = case.link[PACKAGE_LINK].capacity_mw if PACKAGE_LINK in case.built_links else 0.0
    size_mw = case.reinforcement.package_mw or link_mw
    return (case.reinforcement.scope, size_mw) if size_mw > 0 else None


def differences(
    own: Mapping[str, object], other: Mapping[str, object], path: str = ""
) -> Iterable[tuple[str, object, object]]:
    """(key path, own value, other's value) wherever two contents differ; None for a key that is absent."""
    for key in sorted({*own, *other}):
        first, second = own.get(key), other.get(key)
        if isinstance(first, Mapping) and isinstance(second, Mapping):
            yield from differences(first, second, f"{path}{key}.")
        elif first != second:
            yield f"{path}{key}", first, second


def added_links(first: Case, second: Case) -> tuple[str, ...]:
    """Links that stand in the first alone."""
    return tuple(name for name in first.built_links if name not in second.built_links)


def check_comparable(first: Run, second: Run) -> None:
    """Raises `BadInput` when the first is not the second with a link more."""
    where = f"{first.place} and {second.place}"
    problems = [*_other_settings(first, second, where), *_other_links(first.case, second.case, where)]
    if first.network_digest != second.network_digest:
        problems.append(Problem(where, "different network tables", "the same tables in both runs"))
    if not added_links(first.case, second.case):
        expected = "a first run with a link that the second does not have"
        problems.append(Problem(where, "no link more in the first", expected, "greengrid benefits WITH WITHOUT"))
    if problems:
        raise BadInput(problems)


def _other_settings(first: Run, second: Run, where: str) -> Iterable[Problem]:
    remedy = "Generation, weather, prices and rules never change with a link: run both with the same"
    for key, own, other in differences(dispatched_part(first.case), dispatched_part(second.case)):
        if key != DRAW:
            yield Problem(f"{where}, {key}", f"{_shown(own)} and {_shown(other)}", "the same in both runs", remedy)
    if first.weather_number != second.weather_number:
        drawn = f"year {first.weather_number} and year {second.weather_number} of the ensemble"
        why = "p50 and p90 rank the years by what stands behind the link: name the year by its number"
        yield Problem(f"{where}, {DRAW}", drawn, "the same weather year in both runs", why)


def _other_links(first: Case, second: Case, where: str) -> Iterable[Problem]:
    """Links that are not the studied ones, and the inland package."""
    studied = added_links(first, second)
    own, other = (
        {name: link_settings(case, name) for name in case.built_links if name not in studied}
        for case in (first, second)
    )
    remedy = "Only the link that is studied differs, by standing in the first run alone"
    for key, one, two in differences(own, other, "link."):
        values = f"{_link_shown(one)} and {_link_shown(two)}"
        yield Problem(f"{where}, {key}", values, "the same in both runs", remedy)
    packages = package_of(first), package_of(second)
    if packages[1] not in (None, packages[0]):
        values = " and ".join(_package_shown(package) for package in packages)
        expected = "the same inland package in both runs, or none in the second"
        yield Problem(f"{where}, reinforcement", values, expected, "Set scope and package_mw the same in both")


def _shown(value: object) -> str:
    return NOTHING if value is None else repr(value)


def _link_shown(value: object) -> str:
    return "built" if isinstance(value, Mapping) else _shown(value)


def _package_shown(package: tuple[str, float] | None) -> str:
    return "none" if package is None else f"that of {package[1]:,.0f} MW, scope {package[0]}"


def why_no_costs(first: Run, second: Run) -> str:
    """Why the plan of the first run is not the cost of the difference; empty where it is."""
    added, financed = added_links(first.case, second.case), first.case.financed_links
    if set(added) == set(financed):
        return ""
    what = f"what is compared is {' and '.join(added)}; "
    if not financed:
        return f"{what}the first run finances no link (project.links)"
    return f"{what}the first run finances {' and '.join(financed)} (project.links)"


def costs_between(first: Run, second: Run) -> tuple[Plan, float]:
    """Plan of the added links and the inland package beside it; a package that stands in both runs costs nothing."""
    return first.costs(package=package_of(second.case) is None)


def notes_on(first: Run, second: Run) -> tuple[str, ...]:
    """What a reader of the comparison must know."""
    notes = ["not calibrated to the official feasibility study", "one weather year; every later year repeats it"]
    if first.case.prices_basis != "economic":
        notes.append("prices are domestic: an economic appraisal needs a run at economic prices")
    if package_of(second.case) is not None:
        notes.append("the inland package stands with and without the link: no part of the figures")
    elif first.case.reinforcement != second.case.reinforcement:
        notes.append("the inland package differs too: its benefit is part of the figure")
    if first.case.security.losses == "corrected":
        notes.append("AC losses are those of each run's power flow: B1 holds their change, B5 the links' alone")
    return tuple(notes)
