"""The sourced numbers behind outages, emergency ratings and frequency: `tables/outages.csv`, checked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from greengrid.economy.rows import Quantity
from greengrid.errors import BadInput, Problem
from greengrid.sheets import read_sheet

SHIPPED = Path(__file__).parent / "tables" / "outages.csv"


@dataclass(frozen=True)
class Parameters:
    """All rows by name; every value has a range, a source and a grade."""

    rows: Mapping[str, Quantity]

    def value(self, name: str) -> float:
        """The central value; a missing row is bad input."""
        if name not in self.rows:
            known = ", ".join(sorted(self.rows))
            raise BadInput([Problem("security tables, outages.csv", f"no row {name!r}", "a row of that name", known)])
        return self.rows[name].central

    def changed(self, values: Mapping[str, float]) -> Parameters:
        """With other central values, as a case states them (`security.parameters`)."""
        rows = {
            name: row.model_copy(update={"central": values.get(name, row.central)}) for name, row in self.rows.items()
        }
        return Parameters(rows)

    def by_prefix(self, prefix: str) -> dict[str, float]:
        """Central values of the rows `prefix.NAME`, by NAME."""
        start = f"{prefix}."
        return {name.removeprefix(start): row.central for name, row in self.rows.items() if name.startswith(start)}


@cache
def read_parameters(path: Path = SHIPPED) -> Parameters:
    """The table as it is shipped, or one of your own.

    Raises `BadInput` with every problem: columns, ranges, grades, a name twice.
    """
    problems: list[Problem] = []
    rows = read_sheet(path, Quantity, list(Quantity.model_fields), problems)
    names = [row.name for row in rows]
    problems += [
        Problem(path.name, f"{name!r} more than once", "one row per name", "Remove the repeated row")
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    if problems:
        raise BadInput(problems)
    return Parameters({row.name: row for row in rows})
