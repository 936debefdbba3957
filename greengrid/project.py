"""The financed links of a solved case: costs, netback and cash-flow plan, then every funding mix on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from greengrid.case import Case
from greengrid.dispatch.result import Dispatch
from greengrid.economy.fleet import Economy
from greengrid.summary import MixSummary
from greengrid.weather.profiles import Profiles
from networks.grid import Grid


@dataclass(frozen=True)
class Financed:
    """What the funding mixes gave, for the summary and as tables; empty with the reason where nothing is financed."""

    mixes: dict[str, MixSummary] = field(default_factory=dict)
    note: str = ""
    tables: Mapping[str, Sequence[object]] = field(default_factory=dict)


def finance_links(case: Case, grid: Grid, profiles: Profiles, economy: Economy, dispatch: Dispatch) -> Financed:
    """Finances the case's project."""
    if not case.financed_links:
        return Financed(note="no link of the project is built")
    return Financed(note="not yet")
