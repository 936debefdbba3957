"""How transfer capacities are told: one pair with all its limits, or all pairs as a matrix; text, CSV and JSON."""

from __future__ import annotations

import csv
import io
import itertools
import math
import textwrap
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from greengrid.console import as_text

if TYPE_CHECKING:
    from greengrid.exchange.moment import Moment
    from greengrid.security.transfer import TransferLimit
    from greengrid.security.transfer_matrix import ZonePair

LETTERS = {"generation": "g", "thermal": "t", "interface": "i", "outage": "o", "link": "l"}
"""Beside a number of the matrix: what binds."""
WIDTH = 120


@dataclass(frozen=True)
class Capacity:
    """One pair of zones."""

    source: str
    sink: str
    scheduled_mw: float
    """What the sending zone sends already in all, or what the links between two areas carry."""
    over: str
    """Those links; empty over AC."""
    limits: tuple[TransferLimit, ...]
    """The tightest first."""

    @property
    def rise_mw(self) -> float:
        """Until the first limit; nan for none."""
        return max(self.limits[0].rise_mw, 0.0) if not math.isnan(self.limits[0].rise_mw) else math.nan


def limits_csv(rows: Sequence[TransferLimit]) -> str:
    """One line per limit; a limit that is not reached has no rise."""
    return _csv([{**asdict(row), "rise_mw": _finite(row.rise_mw)} for row in rows])


def limits_json(moment: Moment, found: Capacity) -> str:
    """Schedule, rise and total, and the limits as records; a limit that is not reached has no rise."""
    record = {
        "hour_utc": str(moment.hour_utc),
        "origin": str(moment.origin),
        "over": found.over,
        "scheduled_mw": found.scheduled_mw,
        "rise_mw": _finite(found.rise_mw),
        "total_mw": _finite(found.scheduled_mw + found.rise_mw),
        "limits": [{**asdict(row), "rise_mw": _finite(row.rise_mw)} for row in found.limits],
    }
    return as_text(record)


def limits_text(moment: Moment, found: Capacity) -> str:
    """What decides, the total, then every limit."""
    first = found.limits[0]
    reached = "no limit found" if math.isnan(first.rise_mw) else f"{found.rise_mw:,.0f} MW more"
    lines = [
        f"{found.source} to {found.sink} at {moment.hour_utc} UTC ({moment.origin}): {reached}; {_told(first)} decides",
        _total(found),
    ]
    for row in found.limits:
        rise = "not reached" if math.isnan(row.rise_mw) else f"{row.rise_mw:,.0f} MW"
        lines.append(f"  {row.kind:<23} {rise:>12}  {_told(row)}")
    left_out = sum(row.left_out for row in found.limits)
    lines.append(f"Left out, as broken before the transfer, which would make them worse: {left_out} limits")
    return "\n".join(lines)


def _total(found: Capacity) -> str:
    what = f"over {found.over}" if found.over else f"{found.source} sends in all"
    text = f"Schedule {what}: {found.scheduled_mw:,.0f} MW"
    return text if math.isnan(found.rise_mw) else f"{text}; total {found.scheduled_mw + found.rise_mw:,.0f} MW"


def matrix_csv(rows: Sequence[ZonePair]) -> str:
    """One line per pair."""
    return _csv([asdict(row) for row in rows])


def matrix_json(moment: Moment, rows: Sequence[ZonePair]) -> str:
    """The pairs as records."""
    records = [asdict(row) for row in rows]
    return as_text({"hour_utc": str(moment.hour_utc), "origin": str(moment.origin), "pairs": records})


def matrix_text(moment: Moment, rows: Sequence[ZonePair]) -> str:
    """A matrix per synchronous area and per two that links join, sending zones down and receiving ones across.

    Then what binds most often.
    """
    lines = [
        f"MW more from one zone (rows) to another (columns) at {moment.hour_utc} UTC ({moment.origin});",
        "what binds: g plants, t thermal limit, i interface, o a limit after the outage of one circuit, l link",
    ]
    pairs = {(row.source, row.sink): row for row in rows}
    groups = _groups(rows)
    for zones in groups:
        lines += ["", *_block(zones, zones, pairs)] if len(zones) > 1 else []
    for sources, sinks in itertools.permutations(groups, 2):
        over = {pairs[pair].over for pair in itertools.product(sources, sinks) if pair in pairs}
        if over:
            across = ", ".join(f"{number} {zone}" for number, zone in enumerate(sinks, start=1))
            head = textwrap.wrap(f"Over {', '.join(sorted(over))} to: {across}", WIDTH, break_on_hyphens=False)
            lines += ["", *head, *_block(sources, sinks, pairs)]
    binding: dict[str, int] = {}
    for row in rows:
        what = " without ".join(part for part in (row.element, row.outage) if part) or row.note
        binding[what] = binding.get(what, 0) + 1
    most = sorted(binding.items(), key=lambda item: (-item[1], item[0]))[:8]
    return "\n".join([*lines, "", "Binds most often:", *(f"  {count:>3} pairs  {what}" for what, count in most)])


def _groups(rows: Sequence[ZonePair]) -> list[list[str]]:
    """Zones that AC joins, in the order of their names; one that only links join stands alone."""
    groups: list[set[str]] = [{zone} for zone in {row.source for row in rows} | {row.sink for row in rows}]
    for row in rows:
        if not row.over:
            joined = [group for group in groups if {row.source, row.sink} & group]
            groups = [group for group in groups if group not in joined]
            groups.append(set().union(*joined))
    return sorted(sorted(group) for group in groups)


def _block(sources: list[str], sinks: list[str], found: dict[tuple[str, str], ZonePair]) -> list[str]:
    """Columns are numbered: names across would not fit a terminal."""
    head = " " * 22 + "".join(f"{number:>8}" for number in range(1, len(sinks) + 1))
    lines = [head]
    for number, source in enumerate(sources, start=1):
        cells = [_cell(found.get((source, sink))) for sink in sinks]
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
