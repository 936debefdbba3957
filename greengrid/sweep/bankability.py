"""The bankability map: size x mix (x everything else the sweep varies), the grant each cell needs, and what a subsidy
buys against a tariff.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from greengrid.case import Case, check_case
from greengrid.sweep.capacity import SizeAxes
from greengrid.sweep.cases import Sweep
from greengrid.sweep.folder import SweepFolder
from greengrid.sweep.table import Gathered, Row
from greengrid.sweep.work import plan_of, structure_of

if TYPE_CHECKING:
    from financing.plan import Plan
    from financing.structure import Structure

CELLS_MAX = 500
"""More cells of a map get no grant worked out: nobody reads so many."""
CURVES_MAX = 12


def map_rows(found: Gathered, axes: SizeAxes, sweep: Sweep, folder: SweepFolder) -> list[Row]:
    """One row a case and mix: size, scenario, covers, returns, charges and the grant with which the mix passes."""
    rows = []
    grants = len(found.mixes) <= CELLS_MAX
    for row in found.mixes:
        plan = _plan(sweep, folder, row["case"]) if grants else None
        share, amount, note = needed_grant(plan, structure_of(_name(sweep, row))) if plan else (None, None, "not asked")
        rows.append(
            {"case": row["case"], "scenario": axes.scenario(row), "size_mw": float(row[axes.capacity])}
            | {"mix": row["mix"], "verdict": row["verdict"], "verdict_test": row["verdict_test"]}
            | {key: row[key] for key in MEASURES}
            | {"extra_grant_frac": share, "extra_grant_usd_nominal": amount, "grant_note": note}
        )
    return rows


MEASURES = (
    "dscr_min_ratio",
    "dscr_min_year",
    "equity_irr_pa",
    "equity_npv_usd_nominal",
    "llcr_min_ratio",
    "required_charge_usd_per_mwh",
    "affordable_charge_usd_per_mwh",
)


def _name(sweep: Sweep, row: Row) -> str:
    """The mix as the case names it: a path where it is a file of the user's own."""
    names = sweep.cases[row["case"] - 1].content["financing"]["mixes"]
    return next((str(name) for name in names if structure_of(str(name)).name == row["mix"]), row["mix"])


def _plan(sweep: Sweep, folder: SweepFolder, number: int) -> Plan | None:
    one = sweep.cases[number - 1]
    record = folder.dispatch(one.dispatch_key)
    case: Case = check_case(one.content, "case")
    if record is None or record.year is None or not case.financed_links:
        return None
    return plan_of(case, one.dispatch_key, record.year)[0]


def needed_grant(plan: Plan, structure: Structure) -> tuple[float | None, float | None, str]:
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
            return 0.0, 0.0, ""
        if min(margins(largest).values(), default=0.0) < 0.0:
            return None, None, "the revenue does not cover running cost and tax even if all is given"
        share, _ = smallest_passing(margins, 0.0, largest, GRANT_TOLERANCE_FRAC)
        return share, share * outcome(share).funded.construction.uses_usd_nominal, ""
    except (FinancingFailed, FinancingProblems) as error:
        return None, None, str(error)


def frontier_rows(rows: Sequence[Row], sweep: Sweep, folder: SweepFolder) -> list[Row]:
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
    for size, row in list(sorted(best.items()))[:CURVES_MAX]:
        plan = _plan(sweep, folder, row["case"])
        if plan is None:
            continue
        structure = structure_of(_name(sweep, row))
        for point in grant_frontier(plan, structure, Measure(row["required_charge_usd_per_mwh"])):
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
