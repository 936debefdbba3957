"""A run's folder to the cash-flow workbook: plan and mixes as the run used them, the engine's results beside them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from financing.compare import compare
from financing.construction import draw_groups
from financing.countries import dac_weights
from financing.plan import Plan
from financing.project import SIDE_MODELS
from financing.result import FinanceResult
from financing.structure import ACCRUAL_RATIO, Source, Structure
from greengrid.errors import BadInput, CalculationFailed, Problem
from greengrid.mixes import read_mixes
from greengrid.plans import read_plan
from greengrid.store import read_rows, read_summary
from reports.excel.values import Book, CapexPart, Lender, Mix, Project, StaticTable, Stream, TaxPart

NAME = "cashflow.xlsx"
SENSITIVITIES = {
    "tornado": "Tornado: one input at a time, of the mix with the lowest required charge",
    "downside": "Downside: every blow on every mix",
    "risk": "Risk: percentiles over the draws",
    "netback": "What the export chain can afford, step by step",
    "switching": "Values at which the chain can just afford the charge",
    "welfare": "Surplus by country in the dispatched year",
    "frontier": "Grant that closes the gap, by the charge that can be afforded",
}

EXPRESSED_OF_MIX = {
    "name", "title", "description", "payments_per_year", "draw_order", "dsra_months", "maintenance_reserve_years",
    "reserve_interest_pa", "requires_revenue", "eligibility", "covenants", "appreciation_pa", "borrowers", "sources",
    "file",
}  # fmt: skip
EXPRESSED_OF_SOURCE = {
    "name", "kind", "lender", "currency", "share_frac", "rate_pa", "greenium_pa", "drawn", "floating", "day_count",
    "withholding_tax_frac", "on_lending_margin_pa", "guarantee_fee_pa", "tenor_years", "grace_years", "repayment",
    "dscr_target_ratio", "sinking_fund_rate_pa", "principal_frac", "front_end_fee_frac", "commitment_fee_pa",
    "issue_cost_frac", "second_party_opinion_usd", "verification_usd_pa", "seniority", "target_irr_pa", "origin",
    "placed_frac", "backstop",
}  # fmt: skip
EXPRESSED_OF_COVENANTS = {
    "dscr_min_ratio", "llcr_min_ratio", "lock_up_dscr_ratio", "gearing_max_frac", "public_debt_max_frac_of_gdp",
}  # fmt: skip
EXPRESSED_OF_PLAN = {
    "name", "price_base_year", "construction_first_year", "operation_first_year", "operation_years", "capacity_mw",
    "availability_frac", "received_mwh", "losses_usd_real", "avoided_tco2", "capex", "opex_usd_real",
    "decommissioning_usd_real", "revenue", "inflation_pa", "tax", "discount_rate_nominal_pa",
    "affordable_charge_usd_per_mwh", "assumptions", "currencies",
}  # fmt: skip
EXPRESSED_OF_STREAM = {"name", "model", "amount_usd_real", "indexation_frac", "counterparty", "source"}
EXPRESSED_OF_CAPEX = {
    "name", "country", "central_usd_real", "low_usd_real", "high_usd_real", "spread_frac", "confidence", "source",
}  # fmt: skip
EXPRESSED_OF_TAX = {
    "country", "share_frac", "rate_frac", "depreciation_years", "loss_carry_forward_years", "source",
}  # fmt: skip
NEUTRAL = {"currency": "USD"}
"""Values that change nothing though they are no default."""


def write_workbook(folder: Path, target: Path) -> None:
    """Writes the workbook beside its place and renames it when whole. The same folder gives the same bytes.

    Raises `BadInput` where the run financed nothing, a file of it is missing or the target cannot be written.
    """
    from reports.excel.book import workbook

    book = book_of(folder)
    content = workbook(book)
    partial = target.with_name(f".{target.name}.partial")
    try:
        partial.write_bytes(content)
        partial.replace(target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise CalculationFailed(f"{target} could not be written: {error.strerror}") from error


def book_of(folder: Path) -> Book:
    """Everything the workbook shows, from the run's folder alone; the mixes are financed again on the run's plan."""
    summary = read_summary(folder)
    plan, structures = read_plan(folder), read_mixes(folder)
    if not structures:
        raise BadInput([Problem(str(folder), "no funding mix", "a run with [financing] mixes")])
    results = compare(plan, structures).results
    return Book(
        title=summary.case.title,
        case=f"{summary.case.name}, {summary.case.year}",
        digest=summary.case.digest,
        version=_version(),
        project=project_of(plan),
        mixes=tuple(mix_of(result) for result in results),
        assumptions=_table(folder, "assumptions", "Assumptions of the run"),
        sensitivity=tuple(
            _table(folder, name, title) for name, title in SENSITIVITIES.items() if _is_there(folder, name)
        ),
        commands=f"greengrid run {summary.case.name} -o DIR; greengrid report DIR --excel",
    )


def _version() -> str:
    from importlib import metadata

    return metadata.version("greengrid")


def _is_there(folder: Path, name: str) -> bool:
    return (folder / "tables" / f"{name}.parquet").is_file()


def _table(folder: Path, name: str, title: str) -> StaticTable:
    """A table of the run as it stands."""
    rows = read_rows(folder, name) if _is_there(folder, name) else []
    columns = tuple(rows[0]) if rows else ()
    cells = tuple(tuple(_plain(row[column]) for column in columns) for row in rows)
    return StaticTable(title, f"tables/{name}.parquet of the run: numbers, no formulas", columns, cells)


def _plain(value: object) -> float | str | None:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def project_of(plan: Plan) -> Project:
    """The plan as values of the workbook."""
    return Project(
        name=plan.name,
        price_base_year=plan.price_base_year,
        first_year=plan.construction_first_year,
        construction_years=plan.operation_first_year - plan.construction_first_year,
        operation_years=plan.operation_years,
        inflation_pa=plan.inflation_pa,
        discount_rate_pa=plan.discount_rate_nominal_pa,
        capacity_mw=plan.capacity_mw,
        availability_frac=plan.availability_frac,
        received_mwh=plan.received_mwh,
        losses_usd_real=plan.losses_usd_real,
        opex_usd_real=plan.opex_usd_real,
        decommissioning_usd_real=plan.decommissioning_usd_real,
        affordable_usd_per_mwh=plan.affordable_charge_usd_per_mwh,
        capex=tuple(
            CapexPart(
                each.name, each.country, each.low_usd_real, each.central_usd_real, each.high_usd_real,
                each.spread_frac, each.confidence, each.source,
            )
            for each in plan.capex
        ),
        revenue=tuple(
            Stream(
                each.name, each.counterparty, each.amount_usd_real, each.indexation_frac, each.source,
                each.model in SIDE_MODELS,
            )
            for each in plan.revenue
        ),
        tax=tuple(
            TaxPart(
                each.country, each.share_frac, each.rate_frac, each.depreciation_years,
                each.loss_carry_forward_years, each.source,
            )
            for each in plan.tax
        ),
        not_expressed=plan_not_expressed(plan),
    )  # fmt: skip


def mix_of(result: FinanceResult) -> Mix:
    """A mix and its results as values of the workbook."""
    structure, covenants = result.structure, result.structure.covenants
    return Mix(
        name=structure.name,
        title=structure.title,
        description=structure.description,
        eligibility=structure.eligibility,
        payments_per_year=structure.payments_per_year,
        draw_groups=_open_groups(structure),
        dsra_months=structure.dsra_months,
        maintenance_reserve_years=structure.maintenance_reserve_years,
        reserve_interest_pa=structure.reserve_interest_pa,
        dscr_min_ratio=covenants.dscr_min_ratio,
        llcr_min_ratio=covenants.llcr_min_ratio,
        lock_up_dscr_ratio=covenants.lock_up_dscr_ratio,
        appreciation_pa=dict(structure.appreciation_pa),
        sources=tuple(_lender(each) for each in structure.sources),
        dac_weights=dac_weights(structure.borrowers),
        yearly={name: tuple(values.tolist()) for name, values in result.yearly.items()},
        measures={key: value for key, value in result.mix_row().items() if isinstance(value, float | int | str | None)},
        tranches={row.source.name: _tranche_results(row) for row in result.tranche_measures},
        not_expressed=not_expressed(structure),
        notes=result.notes,
    )


def _tranche_results(row: Any) -> Mapping[str, float | None]:
    found = {"amount_usd_nominal": row.amount_usd_nominal, "all_in_pa": row.all_in_pa.value}
    elements = {f"grant_element_{rate:.2f}": value for rate, value in row.grant_element_frac}
    return {**found, "lender_irr_pa": row.lender_irr_pa.value, **elements}


def _open_groups(structure: Structure) -> tuple[tuple[int, ...], ...]:
    """Groups of sources that are drawn together; those without a share are left out, as the model does."""
    groups = draw_groups(structure)
    return tuple(group for group in groups if sum(structure.sources[number].share_frac for number in group) > 0.0)


def _lender(source: Source) -> Lender:
    return Lender(
        name=source.name,
        kind=source.kind,
        lender=source.lender,
        currency=source.currency,
        share_frac=source.share_frac,
        is_debt=source.is_debt,
        drawn=source.drawn,
        rate_pa=source.rate_pa,
        accrual_ratio=ACCRUAL_RATIO[source.day_count],
        withholding_tax_frac=source.withholding_tax_frac,
        on_lending_margin_pa=source.on_lending_margin_pa,
        guarantee_fee_pa=source.guarantee_fee_pa,
        tenor_years=source.tenor_years,
        grace_years=source.grace_years,
        repayment=source.repayment,
        dscr_target_ratio=source.dscr_target_ratio or 1.0,
        sinking_fund_rate_pa=source.sinking_fund_rate_pa or 0.0,
        principal_frac=source.principal_frac,
        front_end_fee_frac=source.front_end_fee_frac,
        commitment_fee_pa=source.commitment_fee_pa,
        issue_cost_frac=source.issue_cost_frac,
        opinion_usd=source.second_party_opinion_usd,
        verification_usd_pa=source.verification_usd_pa,
        seniority=source.seniority,
        target_irr_pa=source.target_irr_pa,
        origin=source.origin,
    )


def plan_not_expressed(plan: Plan) -> tuple[str, ...]:
    """What the plan uses that the workbook has no formulas for."""
    found = list(_unknown(plan, EXPRESSED_OF_PLAN))
    found += _unknown_parts(plan.revenue, EXPRESSED_OF_STREAM, "revenue")
    found += _unknown_parts(plan.capex, EXPRESSED_OF_CAPEX, "investment")
    found += _unknown_parts(plan.tax, EXPRESSED_OF_TAX, "tax")
    return tuple(found)


def not_expressed(structure: Structure) -> tuple[str, ...]:
    """What the mix uses that the workbook has no formulas for: every field that it does not know and that is not left
    at its default."""
    found = list(_unknown(structure, EXPRESSED_OF_MIX))
    found += [f"covenant {name}" for name in _unknown(structure.covenants, EXPRESSED_OF_COVENANTS)]
    found += _unknown_parts(structure.sources, EXPRESSED_OF_SOURCE, "source")
    return tuple(found)


def _unknown_parts(parts: Iterable[Any], known: set[str], word: str) -> list[str]:
    return [f"{word} {number}: {name}" for number, part in enumerate(parts, start=1) for name in _unknown(part, known)]


def _unknown(value: Any, known: set[str]) -> list[str]:
    """Fields of a dataclass outside `known` that say something."""
    return [
        field.name
        for field in dataclasses.fields(value)
        if field.name not in known and getattr(value, field.name) != NEUTRAL.get(field.name, _default(field))
    ]


def _default(field: dataclasses.Field[Any]) -> object:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return None if field.default is dataclasses.MISSING else field.default
