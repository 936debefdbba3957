"""What a comparison of two dispatches needs of each, and how the folder of a run tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from financing.plan import Plan
from greengrid.case import Case, load_case
from greengrid.costs import UnitCosts
from greengrid.developers import DeveloperRow
from greengrid.errors import BadInput, Problem
from greengrid.plans import read_plan
from greengrid.store import check_digests, read_rows, read_summary
from greengrid.summary import Summary
from networks.staging import PACKAGE_LINK

Surpluses = dict[str, dict[str, float]]
"""Country -> part -> real USD."""


class Run(Protocol):
    """A whole year of one case."""

    @property
    def name(self) -> str:
        """For tables."""

    @property
    def place(self) -> str:
        """Where it lies, for messages."""

    @property
    def case(self) -> Case: ...

    @property
    def network_digest(self) -> str: ...

    @property
    def weather_number(self) -> int | None:
        """Of the ensemble's year that was run; None for the typical year."""

    def costs(self, *, package: bool) -> tuple[Plan, float]:
        """The plan of the financed links and, in USD, the inland package where transmission companies pay for it: the
        economic analysis counts it whoever pays. Both without any package unless `package`."""

    @property
    def curtailed_mwh(self) -> float: ...

    @property
    def link_loss_mwh(self) -> float: ...

    @property
    def ens_mwh(self) -> float: ...

    def surplus(self) -> Surpluses: ...

    def emissions(self) -> dict[str, float]:
        """By country; at the neighbours what we buy less what we sell, at their mean factor."""

    def developers(self) -> list[DeveloperRow]:
        """Wind and sun by zone; empty where they were not kept."""


class FolderRun:
    """A run's folder. Raises `BadInput` for a damaged one and for a part of a year."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.summary: Summary = read_summary(folder)
        check_digests(folder)
        self.case: Case = load_case(folder / "case.toml")
        if not self.summary.dispatch.whole_year:
            raise BadInput([Problem(str(folder), "a part of a year", "a run of the whole year")])

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def place(self) -> str:
        return str(self.folder)

    @property
    def network_digest(self) -> str:
        return self.summary.case.network_digest

    @property
    def weather_number(self) -> int | None:
        return self.summary.weather.number if self.summary.weather else None

    def costs(self, *, package: bool) -> tuple[Plan, float]:
        plan, works = read_plan(self.folder), self._works_usd_real()
        if self.case.reinforcement.paid_by == "tso":
            return plan, sum(works.values()) if package else 0.0
        return (plan if package else _without(plan, works, self.case)), 0.0

    def _works_usd_real(self) -> dict[str, float]:
        """The inland package by part, whoever pays for it."""
        if not (self.folder / "tables" / "reinforcement_costs.parquet").is_file():
            return {}
        rows = read_rows(self.folder, "reinforcement_costs")
        return {str(row["name"]): float(row["central_usd_real"]) for row in rows}

    @property
    def curtailed_mwh(self) -> float:
        return sum(self.summary.dispatch.curtailed_mwh.values())

    @property
    def link_loss_mwh(self) -> float:
        return sum(link.loss_mwh for link in self.summary.links.values())

    @property
    def ens_mwh(self) -> float:
        return self.summary.dispatch.ens_mwh

    def surplus(self) -> Surpluses:
        found: Surpluses = {}
        for row in read_rows(self.folder, "welfare"):
            found.setdefault(str(row["country"]), {})[str(row["part"])] = float(row["amount_usd_real"])
        return found

    def emissions(self) -> dict[str, float]:
        dispatch = self.summary.dispatch
        factor = {str(row["name"]): float(row["emission_tco2_per_mwh"]) for row in read_rows(self.folder, "markets")}
        traded = emissions_of_trade(dispatch.import_mwh, dispatch.export_mwh, factor)
        return dict(dispatch.emissions_tco2) | traded

    def developers(self) -> list[DeveloperRow]:
        return [DeveloperRow(**row) for row in read_rows(self.folder, "developers")]


def _without(plan: Plan, works_usd_real: Mapping[str, float], case: Case) -> Plan:
    """The plan of a project that pays for the inland package, without the package and its upkeep."""
    if not works_usd_real:
        return plan
    unit = UnitCosts.of(case.price_base_year, case.link[PACKAGE_LINK].cost)
    upkeep = unit.share("line_upkeep").central * sum(works_usd_real.values())
    return replace(
        plan,
        capex=tuple(item for item in plan.capex if item.name.removeprefix(f"{PACKAGE_LINK}: ") not in works_usd_real),
        opex_usd_real=tuple(cost - upkeep for cost in plan.opex_usd_real),
    )


def emissions_of_trade(
    bought_mwh: Mapping[str, float], sold_mwh: Mapping[str, float], factor_tco2_per_mwh: Mapping[str, float]
) -> dict[str, float]:
    """At the neighbours, by market: what is bought less what is sold, at the mean factor."""
    names = sorted({*bought_mwh, *sold_mwh})
    return {name: (bought_mwh.get(name, 0.0) - sold_mwh.get(name, 0.0)) * factor_tco2_per_mwh[name] for name in names}
