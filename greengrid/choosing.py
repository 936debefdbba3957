"""What helps to choose among funding mixes, as tidy rows: downside, risk, best shares, grant frontier, tornado."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields

import numpy as np

from financing.compare import Comparison
from financing.metrics import loan_life_cover
from financing.operation import TEST_TOLERANCE
from financing.plan import Plan
from financing.project import Project
from financing.result import FinanceResult
from financing.risk import Risk, risk
from financing.stress import downside
from financing.timeline import FloatArray
from financing.tornado import TornadoRow, tornado
from financing.waterfall import SMALLEST_USD
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
        "covers": [row for result in comparison.results for row in cover_rows(result)],
        "waterfall": [row for result in comparison.results for row in waterfall_rows(result)],
        "revenue": revenue_rows(plan),
    }


def cover_rows(result: FinanceResult) -> list[dict[str, object]]:
    """One row per operating year with debt: cash, service, covers with their covenants, reserve."""
    operation, covenants = result.operation, result.structure.covenants
    per_year = result.timeline.payments_per_year
    life = loan_life_cover(
        result.timeline.spread(operation.cfads),
        operation.claims_per_period + operation.prepaid_per_period,
        operation.net_debt_per_period,
        operation.maturity_period,
    )
    target, rows = max(1.0, covenants.dscr_min_ratio or 1.0), []
    for position, service in enumerate(operation.service):
        if service <= SMALLEST_USD:
            continue
        period, dscr = position * per_year, float(operation.cfads[position] / service)
        rows.append(
            {
                "mix": result.mix,
                "year": result.plan.operation_first_year + position,
                "cfads_usd_nominal": float(operation.cfads[position]),
                "service_usd_nominal": float(service),
                "dscr_ratio": dscr,
                "llcr_ratio": float(life[period]) if period < len(life) and np.isfinite(life[period]) else None,
                "reserve_closing_usd_nominal": float(result.waterfall.reserve_closing[period + per_year - 1]),
                "dscr_covenant_ratio": target,
                "lock_up_ratio": covenants.lock_up_dscr_ratio,
                "below_covenant": dscr < target - TEST_TOLERANCE,
            }
        )
    return rows


BALANCES = ("reserve_closing", "senior_arrears", "subordinated_arrears", "retained")
"""Of the waterfall: amounts at the end of a year; all others are summed over it."""


def waterfall_rows(result: FinanceResult) -> list[dict[str, object]]:
    """One row per operating year: every claim on the cash, and what is left unexplained (`check_usd_nominal`, zero)."""
    per_year, first = result.timeline.payments_per_year, result.plan.operation_first_year
    start = result.timeline.construction_periods // per_year
    table: dict[str, FloatArray] = {}
    for field in fields(result.waterfall):
        periods = getattr(result.waterfall, field.name).reshape(-1, per_year)
        table[field.name] = periods[:, -1] if field.name in BALANCES else periods.sum(axis=1)
    table["check"] = np.abs(result.waterfall.check.reshape(-1, per_year)).max(axis=1)
    names = {name: f"{name}_usd_nominal" for name in table}
    given = {"cfads": result.operation.cfads, "net_vat_returned": result.yearly["net_vat_returned"][start:-1]}
    return [
        {
            "mix": result.mix,
            "year": first + position,
            **{f"{name}_usd_nominal": float(values[position]) for name, values in given.items()},
            **{names[name]: float(values[position]) for name, values in table.items()},
        }
        for position in range(result.plan.operation_years)
    ]


def revenue_rows(plan: Plan) -> list[dict[str, object]]:
    """One row per stream and operating year, real and nominal."""
    years = np.arange(plan.operation_years, dtype=np.float64) + plan.operation_first_year
    rows: list[dict[str, object]] = []
    for stream in plan.revenue:
        index = Project(plan).stream_index(stream)
        for year, amount, factor in zip(years.tolist(), stream.amount_usd_real, index.tolist(), strict=True):
            rows.append(
                {
                    "stream": stream.name,
                    "model": stream.model,
                    "counterparty": stream.counterparty,
                    "indexation_frac": stream.indexation_frac,
                    "year": int(year),
                    "amount_usd_real": amount,
                    "amount_usd_nominal": amount * factor,
                    "source": stream.source,
                }
            )
    return rows


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
        flat = {key: value["value"] if isinstance(value, dict) else value for key, value in row.items()}
        rows.append({"mix": result.mix, **flat})
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
