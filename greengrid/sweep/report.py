"""A sweep's folder to a report: reads its tables and hands values to `reports`."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from greengrid.errors import BadInput, Problem
from greengrid.sweep.decision import read_decision
from greengrid.sweep.folder import SweepFolder
from greengrid.sweep.table import DONE, gather
from reports.content import Report
from reports.sweep_results import SweepResults


def make_sweep_report(folder: Path, language: str = "en") -> Report:
    """The report of a finished sweep over sizes, from its folder alone, in English or Russian ("ru").

    Raises `BadInput` for a folder without a sweep, or whose sweep varies no size of a link.
    """
    from reports.sections.sweep import report

    results = read_sweep_results(folder)
    return report(results, date(results.price_base_year, 1, 1), language)


def read_sweep_results(folder: Path) -> SweepResults:
    """What the report reads."""
    opened = SweepFolder(folder)
    manifest = opened.manifest()
    tables = read_decision(folder)
    if not tables.get("capacity"):
        expected = "a finished sweep with an axis link.NAME.capacity_mw of at least two sizes"
        remedy = "Run or finish it with greengrid sweep; its table is sweep.parquet"
        raise BadInput([Problem(str(folder), "no capacity study", expected, remedy)])
    found, base = gather(opened), manifest["base"]
    return SweepResults(
        name=str(manifest["case"]),
        title=str(manifest["title"]),
        year=int(base["year"]),
        digest=str(manifest["base_digest"]),
        price_base_year=int(base["price_base_year"]),
        axes=tuple(manifest["axes"]),
        cases=len(found.rows),
        finished=found.count(DONE),
        tables=tables,
    )
