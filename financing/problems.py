"""What can be wrong with a funding mix or a plan: all problems gathered, reported once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FinancingProblem:
    """One problem: where it stands, what was found, what is expected, what to do."""

    where: str
    found: str
    expected: str
    remedy: str = ""

    def __str__(self) -> str:
        text = f"{self.where}: found {self.found}; expected {self.expected}"
        return f"{text}. {self.remedy}" if self.remedy else text


class FinancingProblems(Exception):
    """The mix or the plan cannot be used; `problems` holds every problem found."""

    def __init__(self, problems: Iterable[FinancingProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class FinancingFailed(Exception):
    """A calculation that did not come to a whole result although its input is sound."""
