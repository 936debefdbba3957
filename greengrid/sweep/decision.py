"""From a sweep over sizes to the decision: tables of the capacity study and the bankability map beside the sweep's."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from greengrid.sweep.bankability import Plans, frontier_rows, map_rows
from greengrid.sweep.capacity import Best, best_sizes, capacity_rows, size_axes
from greengrid.sweep.cases import Progress, Sweep
from greengrid.sweep.choice import mix_regrets, size_regrets, staged
from greengrid.sweep.folder import SweepFolder
from greengrid.sweep.table import Gathered, Row, write_parquet

STUDY = "study"
TABLES = ("capacity", "best", "staged", "bankability", "frontier", "regret")


def write_decision(
    found: Gathered, sweep: Sweep, folder: SweepFolder, progress: Progress | None = None
) -> dict[str, list[Row]]:
    """Tables by name, written into DIR/study; none for a sweep that varies no link's size."""
    axes = size_axes(found.axes)
    capacity = capacity_rows(found)
    if axes is None or not capacity:
        return {}
    bankable = map_rows(found, axes, Plans(sweep, folder), progress)
    tables: dict[str, list[Row]] = {
        "capacity": capacity,
        "best": [asdict(best) for best in best_sizes(capacity)],
        "staged": [asdict(one) | {"waiting_usd_real": one.waiting_usd_real} for one in staged(capacity)],
        "bankability": bankable,
        "frontier": frontier_rows(bankable, Plans(sweep, folder)) if bankable else [],
        "regret": [*_several(size_regrets(capacity)), *_several(mix_regrets(found, axes))],
    }
    (folder.path / STUDY).mkdir(exist_ok=True)
    for name, rows in tables.items():
        write_parquet(folder.path / STUDY / f"{name}.parquet", rows, [] if rows else ["none"])
    return tables


def _several(rows: list[Row]) -> list[Row]:
    """Regret is a matter of more than one scenario."""
    return rows if len({row["scenario"] for row in rows}) > 1 else []


def read_decision(folder: Path) -> dict[str, list[Row]]:
    """The tables that a finished sweep wrote; empty where there are none."""
    from pyarrow import parquet

    found = {}
    for name in TABLES:
        path = folder / STUDY / f"{name}.parquet"
        if path.is_file():
            table = parquet.read_table(path)
            found[name] = [] if table.column_names == ["none"] else table.to_pylist()
    return found


def decision_text(tables: dict[str, list[Row]]) -> str:
    """The best sizes in words."""
    return "\n".join(_best_text(Best(**row)) for row in tables.get("best", []))


def _best_text(best: Best) -> str:
    head = f"{best.scenario}: " if best.scenario else ""
    if best.welfare_mw is None:
        return f"{head}no size is called best: that needs a whole year and a financed project"
    text = f"{head}highest value at {best.welfare_mw:g} MW"
    if best.flat_low_mw != best.flat_high_mw:
        text += f" (as good within 5 % of its cost: {best.flat_low_mw:g} to {best.flat_high_mw:g} MW)"
    if best.at_end:
        text += ", the largest tried: the best may lie beyond"
    if best.bankable_mw is not None:
        return f"{text}; bankable best {best.bankable_mw:g} MW"
    return f"{text}; {_nearest_text(best)}"


def _nearest_text(best: Best) -> str:
    gap = best.nearest_gap_usd_per_mwh
    if best.nearest_mw is None or gap is None:
        return "no mix requires a charge that could be met"
    text = f"no mix passes at any size: nearest is {best.nearest_mw:g} MW, where "
    if gap > 0:
        return f"{text}the charge required is {gap:.1f} USD/MWh above what the chain affords"
    failed = f" ({best.nearest_test})" if best.nearest_test else ""
    return (
        f"{text}the chain affords the charge required with {-gap:.1f} USD/MWh to spare, but another test fails{failed}"
    )
