"""What several pages choose alike: the best mix, and the outlets of the chain of prices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.numbers import show
from reports.results import Results, Row

AFFORDABLE = "affordable_charge_usd_per_mwh"


def best_mix(results: Results) -> tuple[str, Mapping[str, Any]] | None:
    """The mix that asks the least charge, those that pass their tests first."""
    known = [
        (name, mix) for name, mix in sorted(results.mixes.items()) if mix.get("required_charge_usd_per_mwh") is not None
    ]
    return min(known, key=lambda item: (not passes(item[1]), item[1]["required_charge_usd_per_mwh"]), default=None)


def passes(mix: Mapping[str, Any]) -> bool:
    return str(mix.get("verdict") or "").lower().startswith("pass")


def own_outlet(results: Results) -> str | None:
    """Where the chain of prices ends: the first outlet of the table."""
    outlets = results.static.get("outlets", ())
    return str(outlets[0]["name"]) if outlets else None


def best_outlet(results: Results) -> tuple[str, float] | None:
    """The outlet that leaves most for the link, where it is not the chain's own end."""
    outlets = results.static.get("outlets", ())
    if not outlets:
        return None
    best = max(outlets, key=lambda row: float(row[AFFORDABLE]))
    return None if best is outlets[0] else (str(best["name"]), float(best[AFFORDABLE]))


def maybe(value: Any) -> float | None:
    """A number of a table that may be missing."""
    return None if value is None else float(value)


def size_name(row: Row) -> str:
    """The rating of a row of the tables by size."""
    return show(float(row["capacity_mw"]) / 1e3, "fleet_gw")
