"""One hour of a case or run into a folder of files for another tool, whole or not at all."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from greengrid.errors import BadInput, Problem
from greengrid.exchange.formats import FORMATS, Format
from greengrid.exchange.moment import find_moment
from greengrid.exchange.snapshot import Snapshot, take_snapshot
from greengrid.store import write_json, writing

ABOUT = "about.json"


def export(source: str, name: str, target: Path, hour: str | None, overrides: Sequence[str] = ()) -> str:
    """Write the files and return what the user should know of them.

    Raises `BadInput` before any work for an unknown format, a folder in use, or an hour that cannot be had.
    """
    chosen = _format(name)
    _require_free(target)
    moment = find_moment(source, hour, overrides)
    with writing(target, replace=False, subfolders=()) as folder:
        snapshot = take_snapshot(moment)
        chosen.write(snapshot, folder)
        write_json(folder / ABOUT, _about(snapshot, name))
    return _account(snapshot, chosen, target)


def _format(name: str) -> Format:
    if name not in FORMATS:
        near = difflib.get_close_matches(name.lower(), FORMATS, n=1)
        remedy = f'Did you mean "{near[0]}"?' if near else ""
        raise BadInput([Problem("--format", repr(name), f"one of {', '.join(FORMATS)}", remedy)])
    return FORMATS[name]


def _require_free(target: Path) -> None:
    """Known before the work, not after it."""
    if target.is_dir() and any(target.iterdir()):
        raise BadInput(
            [Problem(str(target), "a folder that is not empty", "a new or empty folder", "Choose another -o")]
        )


def _about(snapshot: Snapshot, name: str) -> dict[str, object]:
    """Where the files come from; beside them, so that they can be traced."""
    moment = snapshot.moment
    return {
        "made_with": f"greengrid {metadata.version('greengrid')}",
        "format": name,
        "case": moment.case.name,
        "case_digest": moment.case.digest,
        "network_digest": moment.inputs.network_digest,
        "hour_utc": moment.hour_utc,
        "dispatch": moment.origin,
        "links": {
            item.link.name: {
                "representation": FORMATS[name].link,
                "capacity_mw": item.link.capacity_mw,
                "sent_mw": item.sent_mw,
                "received_mw": item.received_mw,
                "idle_loss_mw": item.idle_loss_mw,
                "from_injection_mw": item.ends.net_from_mw,
                "to_injection_mw": item.ends.net_to_mw,
            }
            for item in snapshot.links
        },
        "notes": list(snapshot.notes),
    }


def _account(snapshot: Snapshot, chosen: Format, target: Path) -> str:
    grid = snapshot.grid
    lines = [
        f"{snapshot.moment.case.name}, {snapshot.moment.hour_utc} UTC, {snapshot.moment.origin}",
        f"  {len(grid.buses)} buses, {len(grid.lines)} lines, {len(grid.transformers)} transformers, "
        f"{len(grid.plants)} plants, {len(grid.borders)} borders, {len(grid.links)} links",
        _power(snapshot),
    ]
    for item in snapshot.links:
        way = f"{item.link.from_bus} -> {item.link.to_bus}"
        loss_mw = item.ends.loss_mw
        lines.append(
            f"  link {item.link.name} ({way}): sent {item.sent_mw:,.0f} MW, received {item.received_mw:,.0f} MW, "
            f"lost {loss_mw:,.1f} MW with the idle stations"
        )
    if snapshot.links:
        lines.append(f"  A link is written as {chosen.link}.")
    lines += [f"  Note: {note}" for note in snapshot.notes]
    lines.append(f"Wrote {target}. Open with: {chosen.opened_with}")
    return "\n".join(lines)


def _power(snapshot: Snapshot) -> str:
    solved = [solution for solution in snapshot.solutions if solution.converged]
    load_mw, loss_mw = (sum(getattr(solution, field) for solution in solved) for field in ("load_mw", "loss_mw"))
    return (
        f"  AC power flow in {len(solved)} of {len(snapshot.solutions)} areas: load {load_mw:,.0f} MW, AC losses "
        f"{loss_mw:,.0f} MW"
    )
