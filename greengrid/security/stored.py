"""The dispatch of a finished run, read back from its folder: what the security study of a run starts from."""

from __future__ import annotations

from pathlib import Path

from greengrid.case import Case
from greengrid.dispatch.result import Certificate, Dispatch
from greengrid.hourly import Clock
from greengrid.store import TABLES, read_hourly
from greengrid.summary import Summary

HOURLY = {
    "generation_mw": "generation",
    "charge_mw": "charge",
    "level_mwh": "level",
    "curtailed_mw": "curtailed",
    "spilled_mw": "spilled",
    "served_mw": "served",
    "shed_mw": "shed",
    "dumped_mw": "dumped",
    "import_mw": "import",
    "export_mw": "export",
    "branch_mw": "branches",
    "link_sent_mw": "links_sent",
    "link_received_mw": "links_received",
    "link_idle_mw": "links_idle",
    "price_usd_per_mwh": "prices",
    "interface_mw": "interfaces",
    "market_price_usd_per_mwh": "market_prices",
    "stood_back_mw": "stood_back",
}
"""Field of `Dispatch` -> table of the run folder."""
WITH_COMMITMENT = {"online_mw": "online", "started_mw": "started"}


def read_dispatch(folder: Path, case: Case, summary: Summary) -> Dispatch:
    """The dispatch as the run wrote it, in single precision (1e-7 of each value).

    Of the certificate only gap and residual are kept; its money is nan. Raises `BadInput` for a table that is gone or
    unreadable.
    """
    tables = {field: read_hourly(folder, name) for field, name in HOURLY.items()}
    for field, name in WITH_COMMITMENT.items():
        if (folder / TABLES / f"{name}.parquet").is_file():
            tables[field] = read_hourly(folder, name)
    return Dispatch(clock=_clock(case), certificate=_certificate(summary), **tables)


def _clock(case: Case) -> Clock:
    window = case.window()
    if window is None:
        return Clock.of_year(case.year)
    return Clock(window[0], round((window[1] - window[0]).total_seconds() / 3600))


def _certificate(summary: Summary) -> Certificate:
    unknown = float("nan")
    known = summary.dispatch
    return Certificate(unknown, unknown, known.gap_frac, known.balance_residual_max_mw, "read from a run's folder")
