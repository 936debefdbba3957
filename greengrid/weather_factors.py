"""Revenue of the same project in other weather years: what draws and sensitivities vary it by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from financing.project import Project
from greengrid.case import Case, load_case
from greengrid.errors import BadInput, Problem
from greengrid.plans import read_plan
from greengrid.store import check_digests

MAY_DIFFER = frozenset({"weather", "name", "title"})


def weather_factors(folder: Path, others: Sequence[Path]) -> tuple[float, ...]:
    """Revenue of each run's plan over that of the first, its own factor of one in front; a contract's does not move.

    Raises `BadInput` for another case, or a plan without revenue.
    """
    if not others:
        return ()
    check_same_case({place: case_of(place) for place in (folder, *others)})
    plans = [read_plan(place) for place in (folder, *others)]
    earned = [float(Project(plan).revenue_usd_nominal.sum()) for plan in plans]
    if not earned[0] > 0:
        raise BadInput([Problem(str(folder), "a plan without revenue", "a plan that earns something")])
    return tuple(each / earned[0] for each in earned)


def check_same_case(cases: Mapping[Path, Case]) -> None:
    """Raises `BadInput` where one differs from the first in more than its weather; they need no plan."""
    first = next(iter(cases.values()))
    problems = [
        Problem(
            f"--weather {place}",
            f"a run that differs in {', '.join(_differing(first, case))}",
            "the same case in another weather year",
        )
        for place, case in cases.items()
        if _differing(first, case)
    ]
    if problems:
        raise BadInput(problems)


def case_of(folder: Path) -> Case:
    """The case of a finished run, checked to be what the run wrote."""
    check_digests(folder, only=["case.toml"])
    return load_case(folder / "case.toml")


def _differing(first: Case, other: Case) -> list[str]:
    one, two = first.model_dump(mode="json"), other.model_dump(mode="json")
    return [key for key in one if key not in MAY_DIFFER and one[key] != two.get(key)]
