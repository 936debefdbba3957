"""Avoided tonnes of a plan from the comparison that `greengrid benefits DIR OTHER --keep` left in a run's folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from financing.plan import Plan
from greengrid.store import TABLES, check_digests, read_rows

TABLE = "benefits"


def with_avoided_emissions(plan: Plan, source: Path) -> Plan:
    """The plan with tonnes avoided a year, the same in every operating year and outages of the link taken off.

    A plan that states its own, a plan outside a run's folder and a folder without a comparison stay as they are. Raises
    `BadInput` where the comparison was changed after it was written.
    """
    file = f"{TABLES}/{TABLE}.parquet"
    if plan.avoided_tco2 is not None or not (source / file).is_file():
        return plan
    check_digests(source, only=[file])
    (row,) = read_rows(source, TABLE)
    tonnes = -float(row["emissions_change_tco2"]) * plan.availability_frac
    told = (
        "avoided emissions",
        f"{tonnes:,.0f} tCO2 a year",
        "C",
        f"dispatch of {row['with_link']} against {row['without_link']}",
    )
    return replace(plan, avoided_tco2=(tonnes,) * plan.operation_years, assumptions=(*plan.assumptions, told))
