"""What can be wrong with a set of tables or with the grid asked of it; problems are gathered and shown together."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NetworkProblem:
    """One problem: where it is (file, row, field), what was found, what is expected and what to do."""

    where: str
    found: str
    expected: str
    remedy: str = ""

    def __str__(self) -> str:
        text = f"{self.where}: found {self.found}; expected {self.expected}"
        return f"{text}. {self.remedy}" if self.remedy else text


class TableProblems(Exception):
    """The tables of a folder cannot be used; `problems` holds every reason found."""

    def __init__(self, problems: Iterable[NetworkProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class GridProblems(TableProblems):
    """The tables are good, but the grid asked for cannot be made of them."""


def nearest_known(name: str, known: Iterable[str]) -> str:
    """Return a remedy that lists the known names nearest to `name`, or the first few known ones."""
    names = sorted(set(known))
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    if near:
        return f"Nearest known: {', '.join(near)}"
    shown = ", ".join(names[:6]) + (" ..." if len(names) > 6 else "")
    return f"Known: {shown}" if names else "Nothing is known here yet"
