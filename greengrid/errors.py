"""What can go wrong, as data: problems in the input are gathered and shown together; a failed calculation is one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem of the input: where it is, what was found, what is expected and what to do."""

    where: str
    """File and, where it applies, row and field."""
    found: str
    expected: str
    remedy: str = ""

    def __str__(self) -> str:
        text = f"{self.where}: found {self.found}; expected {self.expected}"
        return f"{text}. {self.remedy}" if self.remedy else text


class BadInput(Exception):
    """The input cannot be used; carries every problem found (exit code 2)."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class Gathered:
    """Problems of several pieces of work, told once and together."""

    def __init__(self) -> None:
        self.problems: dict[Problem, None] = {}

    def of(self, work: Callable[[], Result]) -> Result | None:
        """The work's result, or None where it ended with problems, which are kept."""
        try:
            return work()
        except BadInput as error:
            self.problems |= dict.fromkeys(error.problems)
            return None

    def raise_any(self) -> None:
        """Raises `BadInput` with all that was kept."""
        if self.problems:
            raise BadInput(self.problems)


class CalculationFailed(Exception):
    """A calculation did not come to a whole result (exit code 3)."""
