"""A sweep's results in two tidy tables: one row a case, and one row a case and funding mix."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from greengrid.sweep.folder import TABLE, SweepFolder
from greengrid.sweep.records import DispatchRecord, FinanceRecord, flat

MIXES_TABLE = "mixes.parquet"
DONE, FAILED, OPEN = "done", "failed", "open"
Row = dict[str, Any]


@dataclass(frozen=True)
class Gathered:
    """What a folder holds, case by case."""

    axes: tuple[str, ...]
    rows: tuple[Row, ...]
    """case, axes, state, problem, digest, then the measures by their flat names."""
    mixes: tuple[Row, ...]
    """case, axes, mix, then the measures of the mix."""

    def count(self, state: str) -> int:
        """Cases in a state."""
        return sum(row["state"] == state for row in self.rows)


def gather(folder: SweepFolder) -> Gathered:
    """Reads a sweep's folder; raises `BadInput` where there is none."""
    manifest = folder.manifest()
    records = {key: folder.dispatch(key) for key in manifest["dispatches"]}
    financed, failed = folder.financed(), folder.failed()
    axes = tuple(manifest["axes"])
    rows, mixes = [], []
    for number, point in enumerate(manifest["points"], start=1):
        record = records[point["dispatch"]]
        found = financed.get((point["dispatch"], point["digest"], point.get("mixes_digest", "")))
        place: Row = {"case": number} | dict(zip(axes, map(cell, point["values"]), strict=True))
        problem = failed.get(point["dispatch"], "") or failed.get(point["digest"], "")
        state = DONE if record and found else FAILED if problem else OPEN
        row: Row = place | {"state": state, "problem": "" if state == DONE else problem, "digest": point["digest"]}
        if record and found:
            row |= _measures(record, found)
            mixes += [place | {"mix": mix} | _mix(entry) for mix, entry in found.mixes.items()]
        rows.append(row)
    head = ["case", *axes, "state", "problem", "digest"]
    measures = sorted({name for row in rows for name in row} - set(head))
    rows = [{name: row.get(name) for name in (*head, *measures)} for row in rows]
    return Gathered(axes, tuple(rows), tuple(mixes))


def _measures(record: DispatchRecord, found: FinanceRecord) -> Row:
    row = dict(record.measures)
    for mix, entry in found.mixes.items():
        row |= flat(_mix(entry), f"financing.{mix}.")
    return row | found.project | {"financing_note": found.note}


def _mix(entry: Mapping[str, Any]) -> Row:
    """Without the reasons, which are texts for a reader of one case."""
    return {key: value for key, value in entry.items() if key != "reasons"}


def cell(value: Any) -> Any:
    """An axis' value as a cell: numbers and texts as they are, a list of names joined, a table as JSON."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return json.dumps(value, sort_keys=True) if isinstance(value, list | dict) else value


def write_tables(folder: SweepFolder) -> Gathered:
    """Writes both tables of what is finished, and returns them."""
    found = gather(folder)
    write_parquet(folder.path / TABLE, found.rows)
    write_parquet(folder.path / MIXES_TABLE, found.mixes, ["case", *found.axes, "mix"])
    return found


def write_parquet(path: Path, rows: Sequence[Mapping[str, Any]], columns: Iterable[str] = ()) -> None:
    """Rows under the union of their columns, in the order of first appearance; what a row lacks is null."""
    import pyarrow as pa
    from pyarrow import parquet

    names: dict[str, None] = dict.fromkeys(columns)
    for row in rows:
        names |= dict.fromkeys(row)
    table = pa.table({name: _column([row.get(name) for row in rows]) for name in names})
    partial = path.with_name(f".{path.name}.partial")
    parquet.write_table(table, partial, compression="zstd")
    partial.replace(path)


def _column(values: list[Any]) -> Any:
    """One type a column: numbers, truth values, or text where they are mixed."""
    import pyarrow as pa

    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int, float} and kinds:
        whole = kinds == {int}
        return pa.array([None if v is None else v if whole else float(v) for v in values])
    if len(kinds) > 1:
        values = [None if value is None else str(value) for value in values]
    return pa.array(values, None if kinds else pa.string())
