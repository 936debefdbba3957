"""What plans that differ in their contract alone share under one mix, so that many contracts find it once.

Nothing of it depends on what the plan is paid: the required charge, what a mix without a sculpted loan draws and
repays, and what its loans cost. A result found with it is the same to the last digit as one found without.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from financing.funding import FundingModel
from financing.loans import LoanMeasures
from financing.metrics import Measure
from financing.plan import Plan
from financing.project import SIDE_MODELS, Project
from financing.structure import Structure

MODELS_KEPT = 1_000
"""Some 100 kB each; the oldest goes first."""
CHARGES_KEPT = 20_000
Name = TypeVar("Name", bound=Hashable)
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Key:
    """A plan without what it is paid for transport, by number, and a mix."""

    unpaid: int
    structure: Structure


@dataclass
class Known:
    """Kept from plan to plan by whoever finances many of them."""

    numbers: dict[Plan, int] = field(default_factory=dict)
    counted: int = 0
    projects: dict[int, Project] = field(default_factory=dict)
    models: dict[Key, FundingModel] = field(default_factory=dict)
    charges: dict[Key, tuple[Measure, str]] = field(default_factory=dict)
    loans: dict[Key, LoanMeasures] = field(default_factory=dict)

    def key(self, plan: Plan, structure: Structure) -> Key:
        """Equal for plans that differ in their contract alone, under the same mix."""
        beside = tuple(stream for stream in plan.revenue if stream.model in SIDE_MODELS)
        unpaid = replace(plan, name="", revenue=beside, affordable_charge_usd_per_mwh=None, assumptions=())
        number = self.numbers.get(unpaid)
        if number is None:
            self.counted += 1
            number = _kept(self.numbers, unpaid, self.counted, CHARGES_KEPT)
        return Key(number, structure)

    def project(self, key: Key, plan: Plan) -> Project:
        """The plan in nominal money."""
        found = self.projects.get(key.unpaid)
        if found is None:
            return _kept(self.projects, key.unpaid, Project(plan), MODELS_KEPT)
        return found.paid(plan)

    def model(self, key: Key, project: Project) -> FundingModel:
        """The mix on a project with this key."""
        found = self.models.get(key)
        if found is None:
            found = _kept(self.models, key, FundingModel(project, key.structure), MODELS_KEPT)
        return found.on(project)

    def charge(self, key: Key, find: Callable[[], tuple[Measure, str]]) -> tuple[Measure, str]:
        """The required charge, found once."""
        found = self.charges.get(key)
        return _kept(self.charges, key, find(), CHARGES_KEPT) if found is None else found

    def loan_measures(self, key: Key, find: Callable[[], LoanMeasures]) -> LoanMeasures:
        """Of a mix whose loans follow no revenue, found once."""
        found = self.loans.get(key)
        return _kept(self.loans, key, find(), MODELS_KEPT) if found is None else found


def _kept(found: dict[Name, Found], name: Name, value: Found, most: int) -> Found:
    while len(found) >= most:
        found.pop(next(iter(found)))
    found[name] = value
    return value
