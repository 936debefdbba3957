"""What a security study leaves behind: its tables, the ranked findings, and its part of summary.json."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path

from greengrid.hourly import Clock
from greengrid.security.findings import Finding
from greengrid.security.part import Figure, PartResult
from greengrid.security.study import SecurityStudy
from greengrid.store import write_hourly, write_rows
from greengrid.summary import Finding as SummaryFinding
from greengrid.summary import SecuritySummary

FINDINGS_MAX = 50
"""In the summary: the worst of every kind, then the first; the table `findings` holds all."""
OWN_FIELDS = (
    "hours_checked",
    "hours_converged",
    "voltage_min_pu",
    "voltage_max_pu",
    "loading_max_frac",
    "hvdc_gap_max_mw",
)
"""Figures of the AC power flow that stand in the summary by themselves."""


def write_security(study: SecurityStudy, clock: Clock, folder: Path) -> None:
    """Every table of every part, and `findings`; nothing where no part was done."""
    if not study.results:
        return
    for result in study.results.values():
        _write_part(result, clock, folder)
    moments = clock.datetimes().astype("datetime64[ms]")
    names = [field.name for field in fields(Finding)]
    rows = [
        {name: getattr(found, name) for name in names} | {"hour_utc": moments[found.hour].item()}
        for found in study.findings
    ]
    write_rows(folder, "findings", rows, [*names, "hour_utc"])


def _write_part(result: PartResult, clock: Clock, folder: Path) -> None:
    for name, rows in result.tables.items():
        write_rows(folder, name, rows, result.columns.get(name, ()))
    for name, table in result.hourly.items():
        write_hourly(folder, name, clock, table)


def summarise_security(study: SecurityStudy, clock: Clock) -> SecuritySummary:
    """The summary's part: what the AC power flow found, figures of every part, the first findings."""
    own: Mapping[str, Figure] = study.results["ac"].figures if "ac" in study.results else {}
    moments = clock.datetimes()
    return SecuritySummary(
        hours_checked=int(own.get("hours_checked") or 0),
        hours_converged=int(own.get("hours_converged") or 0),
        voltage_min_pu=_number(own.get("voltage_min_pu")),
        voltage_max_pu=_number(own.get("voltage_max_pu")),
        loading_max_frac=_number(own.get("loading_max_frac")),
        hvdc_gap_max_mw=_number(own.get("hvdc_gap_max_mw")),
        parts=_parts(study),
        findings=[_finding(found, str(moments[found.hour])) for found in _telling(study.findings)],
        findings_count=len(study.findings),
    )


def _telling(findings: Sequence[Finding]) -> list[Finding]:
    """FINDINGS_MAX of them in the order of their ranks, none of the kinds left out."""
    worst = {found.kind: found for found in reversed(findings)}
    kept = {found.rank for found in worst.values()}
    others = [found.rank for found in findings if found.rank not in kept]
    kept |= set(others[: max(FINDINGS_MAX - len(kept), 0)])
    return [found for found in findings if found.rank in kept]


def _parts(study: SecurityStudy) -> dict[str, dict[str, Figure]]:
    figures = {
        name: {key: value for key, value in result.figures.items() if key not in OWN_FIELDS}
        for name, result in study.results.items()
    }
    return {name: values for name, values in figures.items() if values}


def _number(value: Figure) -> float | None:
    return None if value is None else float(value)


def _finite(value: float) -> float | None:
    """JSON has no infinity (a rate of change without any inertia)."""
    return value if math.isfinite(value) else None


def _finding(found: Finding, hour_utc: str) -> SummaryFinding:
    return SummaryFinding(
        kind=found.kind,
        element=found.element,
        hour_utc=hour_utc,
        value=_finite(found.value),
        limit=_finite(found.limit),
        unit=found.unit,
        hours=found.hours,
        remedy=found.remedy,
        rank=found.rank,
        outage=found.outage,
        severity_mwh=_finite(found.severity_mwh),
        ac_confirmed=found.ac_confirmed,
    )
