"""The N-1 secure transfer of every link as a part of the security study."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np

from greengrid.hourly import Array, HourlyTable
from greengrid.progress import Reporter
from greengrid.security.findings import Violation
from greengrid.security.outages_part import scene_of
from greengrid.security.part import Figure, PartResult, SecurityRun
from greengrid.security.secure_transfer import Balance, Reading, SecureTransfer, secure_transfer

BEYOND_REMEDY = (
    "The schedule of this link is beyond what stays secure after this outage: lower it, arrange automatic tripping, or "
    "reinforce what the outage overloads."
)
BEYOND_MIN_MW = 1.0
READINGS: tuple[tuple[Balance, Reading], ...] = (
    ("area", "preventive"),
    ("country", "preventive"),
    ("area", "runback"),
    ("area", "strict"),
)
"""(who makes up for the transfer, what is done after an outage and what counts); the first leads."""


@dataclass(frozen=True, slots=True)
class TransferRow:
    """How much of a link is secure one way, over all hours, in one reading."""

    link: str
    way: str
    balance: str
    """Whose plants make up for it: of the synchronous area or of the country."""
    reading: str
    """preventive, strict or runback: see `secure_transfer`."""
    rating_mw: float
    p05_mw: float
    """Secure in 95 % of the hours."""
    p50_mw: float
    p95_mw: float
    hours_at_rating: int
    hours_at_nothing: int
    hours_beyond: int
    """In which the schedule runs this way beyond it."""


@dataclass(frozen=True, slots=True)
class HoldRow:
    """What holds a link's secure transfer, and in how many hours; leading reading."""

    link: str
    way: str
    outage: str
    element: str
    """What the outage would overload; empty where no flow is at its limit."""
    hours: int
    median_mw: float
    """Secure transfer in those hours."""


def secure_transfers(run: SecurityRun, reporter: Reporter) -> PartResult:
    """Every link in every hour and way, in each reading."""
    scene = scene_of(run)
    rows: list[TransferRow] = []
    leading: list[SecureTransfer] = []
    done, total = 0, len(scene.grid.links) * len(READINGS)
    for link in scene.grid.links:
        for number, (balance, reading) in enumerate(READINGS):
            reporter(f"secure transfer of {link.name}", done, total)
            found = secure_transfer(scene, link, reading=reading, balance=balance)
            rows += _rows(found, balance, reading)
            leading += [found] if number == 0 else []
            done += 1
    return PartResult(
        violations=tuple(violation for found in leading for violation in _beyond(found)),
        tables={"secure_transfer": rows, "secure_transfer_holds": [row for found in leading for row in _holds(found)]},
        columns={
            "secure_transfer": [field.name for field in fields(TransferRow)],
            "secure_transfer_holds": [field.name for field in fields(HoldRow)],
        },
        hourly={"secure_transfer_hours": _by_hour(leading, run.dispatch.clock.hours)},
        figures=_figures(rows),
    )


def _ways(found: SecureTransfer) -> Iterator[tuple[str, Array, tuple[tuple[str, str], ...], Array]]:
    """(way, secure MW, what holds it, scheduled MW that way)."""
    yield "forward", found.forward_max_mw, found.forward_holds, np.maximum(found.scheduled_mw, 0.0)
    yield "reverse", found.reverse_max_mw, found.reverse_holds, np.maximum(-found.scheduled_mw, 0.0)


def _rows(found: SecureTransfer, balance: str, reading: str) -> list[TransferRow]:
    rating_mw = found.link.capacity_mw
    rows = []
    for way, most, _, scheduled in _ways(found):
        p05, p50, p95 = (float(value) for value in np.percentile(most, [5, 50, 95]))
        rows.append(
            TransferRow(
                found.link.name,
                way,
                balance,
                reading,
                rating_mw,
                p05,
                p50,
                p95,
                int((most >= rating_mw * 0.999).sum()),
                int((most < BEYOND_MIN_MW).sum()),
                int((scheduled - most > BEYOND_MIN_MW).sum()),
            )
        )
    return rows


def _holds(found: SecureTransfer) -> list[HoldRow]:
    rows = []
    for way, most, holds, _ in _ways(found):
        hours: dict[tuple[str, str], list[int]] = {}
        for hour, hold in enumerate(holds):
            hours.setdefault(hold, []).append(hour)
        for (outage, element), own in sorted(hours.items(), key=lambda item: (-len(item[1]), item[0])):
            rows.append(HoldRow(found.link.name, way, outage, element, len(own), float(np.median(most[own]))))
    return rows


def _beyond(found: SecureTransfer) -> Iterator[Violation]:
    beyond = found.beyond_mw
    for hour in np.flatnonzero(beyond > BEYOND_MIN_MW).tolist():
        forward = found.scheduled_mw[hour] >= 0
        outage, element = (found.forward_holds if forward else found.reverse_holds)[hour]
        value = abs(float(found.scheduled_mw[hour]))
        note = f"It would overload {element}." if element else ""
        yield Violation(
            "beyond_secure_transfer",
            found.link.name,
            hour,
            value,
            value - float(beyond[hour]),
            "MW",
            note,
            outage,
            BEYOND_REMEDY,
        )


def _by_hour(leading: list[SecureTransfer], hours: int) -> HourlyTable:
    columns = {}
    for found in leading:
        for way, most, _, _ in _ways(found):
            columns[f"{found.link.name}:{way}"] = most
    return HourlyTable.of(columns, list(columns.values()), hours)


def _figures(rows: list[TransferRow]) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}
    for row in rows:
        if (row.balance, row.reading) == READINGS[0]:
            figures[f"{row.link}_{row.way}_p05_mw"] = row.p05_mw
            figures[f"{row.link}_{row.way}_p50_mw"] = row.p50_mw
            figures[f"{row.link}_{row.way}_hours_beyond"] = row.hours_beyond
    return figures
