"""How transfer capacities are told: one pair with all its limits, or all pairs as a matrix; text, CSV and JSON."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from greengrid.console import as_text

if TYPE_CHECKING:
    from greengrid.exchange.moment import Moment
    from greengrid.security.transfer import TransferLimit
    from greengrid.security.transfer_matrix import ZonePair

LETTERS = {"generation": "g", "thermal": "t", "interface": "i", "outage": "o"}
"""Beside a number of the matrix: what binds."""


def limits_csv(rows: Sequence[TransferLimit]) -> str:
    """One line per limit; a limit that is not reached has no rise."""
    return _csv([{**asdict(row), "rise_mw": _finite(row.rise_mw)} for row in rows])


def limits_json(moment: Moment, rows: Sequence[TransferLimit]) -> str:
    """The limits as records; a limit that is not reached has no rise."""
    records = [{**asdict(row), "rise_mw": _finite(row.rise_mw)} for row in rows]
    return as_text({"hour_utc": str(moment.hour_utc), "origin": str(moment.origin), "limits": records})


def limits_text(moment: Moment, pair: tuple[str, str], rows: Sequence[TransferLimit]) -> str:
    """What decides, then every limit."""
    first = rows[0]
    reached = "no limit found" if math.isnan(first.rise_mw) else f"{max(first.rise_mw, 0.0):,.0f} MW more"
    lines = [f"{pair[0]} to {pair[1]} at {moment.hour_utc} UTC ({moment.origin}): {reached}; {_told(first)} decides"]
    for row in rows:
        rise = "not reached" if math.isnan(row.rise_mw) else f"{row.rise_mw:,.0f} MW"
        lines.append(f"  {row.kind:<21} {rise:>12}  {_told(row)}")
    return "\n".join(lines)


def matrix_csv(rows: Sequence[ZonePair]) -> str:
    """One line per pair."""
    return _csv([asdict(row) for row in rows])


def matrix_json(moment: Moment, rows: Sequence[ZonePair]) -> str:
    """The pairs as records."""
    records = [asdict(row) for row in rows]
    return as_text({"hour_utc": str(moment.hour_utc), "origin": str(moment.origin), "pairs": records})


def matrix_text(moment: Moment, rows: Sequence[ZonePair]) -> str:
    """A matrix per synchronous area, sending zones down and receiving ones across, then what binds most often."""
    lines = [
        f"MW more from one zone (rows) to another (columns) at {moment.hour_utc} UTC ({moment.origin});",
        "what binds: g plants, t thermal limit, i interface, o a limit after the outage of one circuit",
    ]
    for zones in _groups(rows):
        lines += ["", *_block(zones, {(row.source, row.sink): row for row in rows})]
    binding: dict[str, int] = {}
    for row in rows:
        what = " without ".join(part for part in (row.element, row.outage) if part) or row.note
        binding[what] = binding.get(what, 0) + 1
    most = sorted(binding.items(), key=lambda item: (-item[1], item[0]))[:8]
    return "\n".join([*lines, "", "Binds most often:", *(f"  {count:>3} pairs  {what}" for what, count in most)])


def _groups(rows: Sequence[ZonePair]) -> list[list[str]]:
    """Zones that are joined, in the order of their names."""
    groups: list[set[str]] = []
    for row in rows:
        joined = [group for group in groups if {row.source, row.sink} & group]
        groups = [group for group in groups if group not in joined]
        groups.append(set().union({row.source, row.sink}, *joined))
    return sorted(sorted(group) for group in groups)


def _block(zones: list[str], found: dict[tuple[str, str], ZonePair]) -> list[str]:
    """Columns are numbered: names across would not fit a terminal."""
    head = " " * 22 + "".join(f"{number:>8}" for number in range(1, len(zones) + 1))
    lines = [head]
    for number, source in enumerate(zones, start=1):
        cells = [_cell(found.get((source, sink))) for sink in zones]
        lines.append(f"{number:>3} {source:<18}" + "".join(f"{cell:>8}" for cell in cells))
    return lines


def _cell(row: ZonePair | None) -> str:
    return "." if row is None else f"{row.rise_mw:,.0f}{LETTERS[row.kind]}"


def _csv(records: Sequence[dict[str, object]]) -> str:
    target = io.StringIO()
    writer = csv.DictWriter(target, list(records[0]) if records else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _plain(value) for name, value in record.items()} for record in records)
    return target.getvalue()


def _plain(value: object) -> object:
    return f"{value:.1f}" if isinstance(value, float) else value


def _finite(value: float) -> float | None:
    return None if math.isnan(value) else value


def _told(row: TransferLimit) -> str:
    parts = [
        row.element or row.kind,
        f"without {row.outage}" if row.outage else "",
        f"({row.note})" if row.note else "",
    ]
    return " ".join(part for part in parts if part)
