"""What of a case's money can be checked before anything is solved: mixes, own costs, growth."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from financing.funding import fit_problems
from financing.loading import load_structure
from financing.problems import FinancingProblem, FinancingProblems
from financing.timeline import Timeline
from greengrid.case import Case
from greengrid.costs import UnitCosts
from greengrid.course import growth_scenario
from greengrid.errors import BadInput, Gathered, Problem


def check_money(case: Case) -> None:
    """Reads every funding mix, own cost and growth scenario, so that a bad one is known before hours of work."""
    told = Gathered()
    for mix in case.financing.mixes if case.financed_links else ():
        told.of(partial(_check_mix, mix, case))
    for link in case.link.values():
        told.of(partial(UnitCosts.of, case.price_base_year, link.cost))
    told.of(partial(growth_scenario, case.project.growth))
    told.raise_any()


def _check_mix(mix: str, case: Case) -> None:
    """Raises `BadInput` for a mix that cannot be read or, where the case is financed, does not fit its years."""
    try:
        structure = load_structure(mix)
    except FinancingProblems as error:
        raise BadInput(_in_our_words(error.problems)) from None
    if case.hours != "all":
        return
    project = case.project
    construction_years = project.operation_first_year - project.construction_first_year
    timeline = Timeline(
        project.construction_first_year, construction_years, project.operation_years, structure.payments_per_year
    )
    found = fit_problems(structure, timeline)
    if found:
        raise BadInput(_in_our_words(found))


def _in_our_words(problems: Iterable[FinancingProblem]) -> list[Problem]:
    return [Problem(one.where, one.found, one.expected, one.remedy) for one in problems]
