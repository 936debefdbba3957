"""What a report of a sweep reads: its tables as rows, and what was swept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

Row = Mapping[str, Any]
Value = TypeVar("Value")


@dataclass(frozen=True)
class SweepResults:
    """The tables of a finished sweep over sizes."""

    name: str
    title: str
    year: int
    digest: str
    price_base_year: int
    axes: tuple[str, ...]
    cases: int
    finished: int
    tables: Mapping[str, Sequence[Row]]
    """capacity, best, staged, bankability, frontier, regret."""

    @property
    def scenarios(self) -> tuple[str, ...]:
        """In the order of the sweep; one empty name where nothing but size and mix varies."""
        return tuple(dict.fromkeys(str(row["scenario"]) for row in self.tables["capacity"]))

    @property
    def best(self) -> Row:
        """The best size of the first scenario; empty where it is not known."""
        return next((row for row in self.tables.get("best", ()) if row["scenario"] == self.scenarios[0]), {})

    def of(self, table: str, scenario: str) -> tuple[Row, ...]:
        """The rows of one scenario."""
        return tuple(row for row in self.tables.get(table, ()) if row["scenario"] == scenario)


def spread(values: Sequence[Value], most: int) -> list[Value]:
    """So many of the values at most, evenly chosen, the first and the last among them."""
    if len(values) <= most:
        return list(values)
    return [values[round(k * (len(values) - 1) / (most - 1))] for k in range(most)]
