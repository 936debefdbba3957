"""What helps to choose among funding mixes, as tidy rows: downside, risk, best shares, grant frontier, tornado."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from financing.compare import Comparison
from financing.plan import Plan
from financing.result import FinanceResult
from financing.risk import Risk, risk
from financing.stress import downside
from financing.tornado import TornadoRow, tornado
from greengrid.optimum import frontier_rows, optimum_rows


def choosing_tables(plan: Plan, comparison: Comparison) -> dict[str, Sequence[object]]:
    """Table -> rows, over all mixes; the tornado is that of the mix that requires least."""
    best = least_charge(comparison)
    risks = [risk(plan, result.structure) for result in comparison.results]
    return {
        "downside": [row for result in comparison.results for row in downside_rows(plan, result)],
        "optimum": [row for result in comparison.results for row in optimum_rows(plan, result.structure, "charge")],
        "frontier": [row for result in comparison.results for row in frontier_rows(plan, result)],
        "tornado": [tornado_row(row, best.mix) for row in tornado(plan, best.structure)],
        **risk_tables(risks),
    }


def risk_tables(risks: Sequence[Risk]) -> dict[str, Sequence[object]]:
    """Measures, cover by operating year and cumulative distributions of every mix."""
    return {
        "risk": [each.row() for each in risks],
        "risk_years": [row for each in risks for row in each.year_rows()],
        "risk_curves": [row for each in risks for row in each.curve_rows()],
    }


def least_charge(comparison: Comparison) -> FinanceResult:
    """The mix that requires the least charge; one without a charge only where no mix has any."""
    return min(comparison.results, key=_required)


def _required(result: FinanceResult) -> float:
    """Lowest required charge first; mixes without one last."""
    value = result.measures.required_charge_usd_per_mwh.value
    return float("inf") if value is None else value


def downside_rows(plan: Plan, result: FinanceResult) -> list[dict[str, object]]:
    rows = []
    for case in downside(plan, result.structure):
        row = asdict(case)
        rows.append({key: value["value"] if isinstance(value, dict) else value for key, value in row.items()})
    return rows


def tornado_row(row: TornadoRow, mix: str) -> dict[str, object]:
    return {
        "mix": mix,
        "input": row.name,
        "unit": row.unit,
        "low": row.low,
        "central": row.central,
        "high": row.high,
        "npv_low_usd_nominal": row.npv_prefinance_low_usd_nominal,
        "npv_central_usd_nominal": row.npv_prefinance_central_usd_nominal,
        "npv_high_usd_nominal": row.npv_prefinance_high_usd_nominal,
        "required_charge_low_usd_per_mwh": row.required_charge_low_usd_per_mwh.value,
        "required_charge_high_usd_per_mwh": row.required_charge_high_usd_per_mwh.value,
        "switching": row.switching.value,
        "switching_note": row.switching.reason,
        "note": row.note,
    }
