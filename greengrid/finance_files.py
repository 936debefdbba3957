"""A comparison of funding mixes as a folder: tables as CSV, figures as SVG, PNG and PDF, the measures as JSON."""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path

from greengrid.choosing import cover_rows, downside_rows, revenue_rows, risk_tables, waterfall_rows
from greengrid.mix_comparison import Compared, as_record
from greengrid.store import write_json, writing
from reports import figures
from reports.charts import Chart
from reports.sections.yearly import balance_chart, cash_chart, cover_chart, year_steps

MARK = "financing.json"
TABLES, FIGURES = "tables", "figures"
NOT_IN_NAMES = " /\\:"
Rows = Sequence[Mapping[str, object]]


def write_files(found: Compared, target: Path, *, replace: bool) -> None:
    """Writes the folder whole or not at all; the same comparison gives the same bytes.

    Raises `BadInput` where it exists (unless `replace` and it holds an earlier comparison) or cannot be written.
    """
    tables = comparison_tables(found)
    with writing(target, replace=replace, subfolders=(TABLES, FIGURES), mark=MARK) as folder:
        write_json(folder / MARK, as_record(found))
        for name, rows in tables.items():
            _write_csv(folder / TABLES / f"{name}.csv", rows)
        for name, chart in mix_figures(found, tables):
            for suffix, content in _drawn(chart).items():
                (folder / FIGURES / f"{name}.{suffix}").write_bytes(content)


def comparison_tables(found: Compared) -> dict[str, Rows]:
    """Table -> tidy rows, as in a run's folder, of the mixes compared."""
    plan, results = found.plan, found.comparison.results
    tables: dict[str, Rows] = {
        "mixes": [result.mix_row() for result in results],
        "cashflows": [row for result in results for row in result.cashflow_rows()],
        "tranches": [row for result in results for row in result.tranche_rows()],
        "balances": [row for result in results for row in result.balance_rows()],
        "bonds": [row for result in results for row in result.bond_rows()],
        "covers": [row for result in results for row in cover_rows(result)],
        "waterfall": [row for result in results for row in waterfall_rows(result)],
        "revenue": revenue_rows(plan),
        "downside": [row for result in results for row in downside_rows(plan, result)],
        "optimum": found.optimum,
        "shadow_prices": found.shadow_prices,
        "frontier": found.frontier,
    }
    if found.risks:
        tables |= risk_tables(found.risks)  # type: ignore[arg-type]
    return {name: rows for name, rows in tables.items() if rows}


def mix_figures(found: Compared, tables: Mapping[str, Rows]) -> Iterator[tuple[str, Chart]]:
    """(file name, chart): cash flow, year of the lowest cover, covers and debt of every mix that has them."""
    static = {name: tuple(rows) for name, rows in tables.items()}
    for result in found.comparison.results:
        mix, year = result.mix, result.measures.cover.least_year
        charts = {
            "cash-flow": cash_chart(static, mix),
            "year": None if year is None else year_steps(static, mix, year),
            "covers": cover_chart(static, mix),
            "debt": balance_chart(static, mix),
        }
        for kind, chart in charts.items():
            if chart is not None:
                yield f"{_file_name(mix)}-{kind}", dataclasses.replace(chart, caption=f"{mix}: {chart.caption}")


def _file_name(mix: str) -> str:
    return "".join("-" if letter in NOT_IN_NAMES else letter for letter in mix)


def _drawn(chart: Chart) -> dict[str, bytes]:
    """Suffix -> content; the PDF keeps its letters as letters."""
    import matplotlib

    page = BytesIO()
    with figures.style(), matplotlib.rc_context({"pdf.fonttype": 42}):
        about = {"Title": chart.caption, "Subject": chart.alt, "CreationDate": None, "Producer": None, "Creator": None}
        figures.draw(chart).savefig(page, format="pdf", metadata=about)
    return {**figures.files(chart), "pdf": page.getvalue()}


def _write_csv(path: Path, rows: Rows) -> None:
    names = list(dict.fromkeys(key for row in rows for key in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
