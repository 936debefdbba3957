"""The bankability map: size x mix (x everything else the sweep varies), the grant each cell needs, and what a subsidy
buys against a tariff.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Literal

from greengrid.case import Case, check_case
from greengrid.sweep.capacity import SizeAxes
from greengrid.sweep.cases import Progress, Sweep
from greengrid.sweep.folder import SweepFolder
from greengrid.sweep.mixes import structure_of
from greengrid.sweep.table import Gathered, Row
from greengrid.sweep.work import plan_of

if TYPE_CHECKING:
    from financing.plan import Plan
    from financing.structure import Structure

CELLS_MAX = 20_000
"""Of more cells, those of the first scenarios get a grant worked out: 14 ms each, so five minutes for so many."""

MEASURES = (
    "npv_usd_nominal",
    "cost_of_capital_pa",
    "dscr_min_ratio",
    "dscr_min_year",
    "equity_irr_pa",
    "equity_npv_usd_nominal",
    "llcr_min_ratio",
    "required_charge_usd_per_mwh",
    "affordable_charge_usd_per_mwh",
)
GrantState = Literal["none needed", "found", "none enough", "failed", "not computed"]


@dataclass(frozen=True)
class Grant:
    """The further grant of a cell, or why there is none."""

    state: GrantState
    extra_frac: float | None = None
    """Of uses."""
    amount_usd_nominal: float | None = None
    note: str = ""


class Plans:
    """The plans of a sweep's cases; that of the last case is kept, as its mixes follow one another."""

    def __init__(self, sweep: Sweep, folder: SweepFolder) -> None:
        self._sweep = sweep
        self._record = lru_cache(maxsize=64)(folder.dispatch)
        self.of = lru_cache(maxsize=1)(self._of)

    def structure(self, row: Row) -> Structure:
        """The mix of a row, which the case may name by the path of a file of the user's own."""
        names = self._sweep.cases[row["case"] - 1].content["financing"]["mixes"]
        found = (structure_of(str(name)) for name in names)
        return next((each for each in found if each.name == row["mix"]), None) or structure_of(row["mix"])

    def _of(self, number: int) -> Plan | None:
        """None where the dispatch is no longer in the folder."""
        one = self._sweep.cases[number - 1]
        record = self._record(one.dispatch_key)
        case: Case = check_case(one.content, "case")
        if record is None or record.year is None or not case.financed_links:
            return None
        return plan_of(case, one.dispatch_key, record.year)[0]


def map_rows(found: Gathered, axes: SizeAxes, plans: Plans, progress: Progress | None = None) -> list[Row]:
    """One row a case and mix: size, scenario, worth, covers, returns, charges and the grant that it needs."""
    asked = cells_asked([axes.scenario(row) for row in found.mixes])
    rows = []
    for cell, row in enumerate(found.mixes):
        if progress is not None:
            progress("grants", cell, len(found.mixes))
        grant = _grant(row, plans) if cell in asked else _beyond(len(found.mixes))
        rows.append(
            {"case": row["case"], "scenario": axes.scenario(row), "size_mw": float(row[axes.capacity])}
            | {"mix": row["mix"], "verdict": row["verdict"], "verdict_test": row["verdict_test"]}
            | {key: row[key] for key in MEASURES}
            | {"extra_grant_frac": grant.extra_frac, "extra_grant_usd_nominal": grant.amount_usd_nominal}
            | {"grant_state": grant.state, "grant_note": grant.note}
        )
    return rows


def cells_asked(scenarios: Sequence[str], most: int = CELLS_MAX) -> set[int]:
    """Which cells get a grant worked out, given the scenario of each: all of them, or those of the first scenarios."""
    order = {scenario: place for place, scenario in enumerate(dict.fromkeys(scenarios))}
    return set(sorted(range(len(scenarios)), key=lambda cell: order[scenarios[cell]])[:most])


def _beyond(cells: int) -> Grant:
    note = f"{cells} cells: grants are worked out for {CELLS_MAX} of them, first scenarios first, to end in minutes"
    return Grant("not computed", note=note)


def _grant(row: Row, plans: Plans) -> Grant:
    plan = plans.of(row["case"])
    if plan is None:
        return Grant("not computed", note="the dispatch of the case is no longer in the sweep's folder")
    return needed_grant(plan, plans.structure(row))


def needed_grant(plan: Plan, structure: Structure) -> Grant:
    """Smallest further grant, as a share of uses and in nominal USD, with which the mix passes its cover and return
    tests at the plan's own revenue, the grant taking the place of all else in proportion; and why there is none."""
    from financing.charge import GRANT_TOLERANCE_FRAC, smallest_passing
    from financing.funding import FundingModel
    from financing.operation import Outcome, margins_of_tests, operate
    from financing.problems import FinancingFailed, FinancingProblems
    from financing.project import Project

    project = Project(plan)

    @cache
    def outcome(extra_frac: float) -> Outcome:
        return operate(FundingModel(project, structure.with_grant_added(extra_frac)), project.revenue_usd_nominal)

    def margins(extra_frac: float) -> Mapping[str, float]:
        return margins_of_tests(outcome(extra_frac))

    largest = 1.0 - structure.share_of_grants_frac
    try:
        if min(margins(0.0).values(), default=0.0) >= 0.0:
            return Grant("none needed", 0.0, 0.0)
        if min(margins(largest).values(), default=0.0) < 0.0:
            return Grant("none enough", note="the revenue does not cover running cost and tax even if all is given")
        share, _ = smallest_passing(margins, 0.0, largest, GRANT_TOLERANCE_FRAC)
        return Grant("found", share, share * outcome(share).funded.construction.uses_usd_nominal)
    except (FinancingFailed, FinancingProblems) as error:
        return Grant("failed", note=str(error))


def frontier_rows(rows: Sequence[Row], plans: Plans) -> list[Row]:
    """Of every size (of the first scenario) its least demanding mix: the further grant by the charge that is paid."""
    from financing.charge import grant_frontier
    from financing.metrics import Measure

    best: dict[float, Row] = {}
    for row in rows:
        charge = row["required_charge_usd_per_mwh"]
        first = row["scenario"] == rows[0]["scenario"]
        known = best.get(row["size_mw"])
        if first and charge is not None and (known is None or charge < known["required_charge_usd_per_mwh"]):
            best[row["size_mw"]] = row
    found = []
    for size, row in sorted(best.items()):
        plan = plans.of(row["case"])
        if plan is None:
            continue
        for point in grant_frontier(plan, plans.structure(row), Measure(row["required_charge_usd_per_mwh"])):
            found.append(
                {
                    "size_mw": size,
                    "mix": row["mix"],
                    "charge_usd_per_mwh": point.charge_usd_per_mwh,
                    "extra_grant_frac": point.extra_frac.value,
                    "grants_frac": point.grants_frac.value,
                    "extra_grant_usd_nominal": point.amount_usd_nominal.value,
                    "binding_test": point.binding_test,
                }
            )
    return found
