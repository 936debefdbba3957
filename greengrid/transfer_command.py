"""`greengrid transfer`: how much more may flow from one zone to another in one hour."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greengrid.console import DebugOption, JsonOption, SetOption, as_text, guard, make_reporter

if TYPE_CHECKING:
    from greengrid.exchange.moment import Moment
    from greengrid.progress import Reporter
    from greengrid.security.transfer import TransferLimit

NOSE_OUTAGES = 3
"""The outages that bind first in the linear flows are tried for their nose."""


def transfer(
    case: Annotated[
        str,
        typer.Argument(
            metavar="CASE|DIR", help="A shipped case's name, a TOML file of a case, or the folder of a finished run."
        ),
    ],
    source: Annotated[str, typer.Argument(metavar="FROM", help="Zone whose generation is raised: KZ-North.")],
    sink: Annotated[str, typer.Argument(metavar="TO", help="Zone whose generation is lowered: KZ-South.")],
    *,
    hour: Annotated[
        str | None,
        typer.Option(metavar="UTC", help="Hour, by its beginning: 2035-01-15T18. Default: the winter's highest load."),
    ] = None,
    nose: Annotated[bool, typer.Option("--nose/--no-nose", help="Trace the voltage nose in AC (some minutes).")] = True,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Also write the table as CSV.")
    ] = None,
    set_: SetOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Transfer capacity from one zone to another in one hour, with every limit.

    Generation goes up in FROM by merit and down in TO from the dearest plant, until a limit breaks: plants, thermal and
    interface limits in the whole grid, limits after the outage of one circuit, and the voltage nose with 20 % of static
    stability kept free normally and 8 % after a fault.

    \b
    greengrid transfer out/base KZ-North KZ-South
    greengrid transfer base AZ-West GE --hour 2035-07-15T16 --no-nose -o capacity.csv
    """

    def work() -> str:
        from greengrid.exchange.moment import find_moment
        from greengrid.store import check_file

        if out is not None:
            check_file(out)
        with make_reporter() as reporter:
            moment = find_moment(case, hour, set_ or ())
            rows = capacity(moment, source, sink, nose=nose, reporter=reporter)
        if out is not None:
            out.write_text(_csv(rows), encoding="utf-8")
        return _json(moment, rows) if as_json else _account(moment, source, sink, rows)

    typer.echo(guard(work, debug))


def capacity(moment: Moment, source: str, sink: str, *, nose: bool, reporter: Reporter) -> list[TransferLimit]:
    """Every limit of a transfer, the tightest first; those that do not bind last."""
    from greengrid.security.outages_parameters import read_parameters
    from greengrid.security.transfer import check_zones, linear_limits, make_ramp, worst_outages

    grid, economy = moment.inputs.grid, moment.inputs.economy
    check_zones(grid, source, sink)
    parameters = read_parameters()
    units = {unit.name: unit for unit in economy.units}
    ramp = make_ramp(grid, units, moment.power, moment.hour, (source, sink))
    flows = flows_of_hour(moment)
    rows = list(linear_limits(grid, flows, ramp, parameters))
    if nose and ramp.rise_mw[-1] > 0:
        outages = worst_outages(grid, flows, ramp, parameters, NOSE_OUTAGES)
        rows += _nose_rows(moment, source, outages, (ramp, parameters), reporter)
    return sorted(rows, key=lambda row: (math.isnan(row.rise_mw), row.rise_mw))


def _nose_rows(moment: Moment, source: str, outages: list[str], given: tuple, reporter: Reporter) -> Iterable:  # type: ignore[type-arg]
    from greengrid.security.transfer import TransferLimit
    from greengrid.security.transfer_nose import NoseSearch, nose_limits

    ramp, parameters = given
    grid = moment.inputs.grid
    bus = next(plant.bus for plant in grid.plants if plant.zone == source)
    loss_frac = dict(moment.inputs.economy.loss_frac)
    search = NoseSearch(grid, moment.power, moment.hour, ramp, bus=bus, loss_frac=loss_frac)
    margins = (parameters.value("margin.normal"), parameters.value("margin.after_fault"))
    reporter.stage("voltage nose")
    found = nose_limits(search, search.exchange_mw(grid, source), outages, margins, reporter)
    return [TransferLimit(kind, rise, "", outage, note) for kind, rise, outage, note in found]


def flows_of_hour(moment: Moment) -> dict[str, float]:
    """DC flows of every branch and interface from the hour's injections."""
    import numpy as np

    from greengrid.dispatch.network import make_network
    from greengrid.security.operating import PointMaker

    grid = moment.inputs.grid
    network = make_network(grid)
    position = {name: k for k, name in enumerate(network.buses)}
    point = PointMaker(grid, moment.power, network.buses).point(moment.hour)
    injection = np.zeros(len(position))
    for plant in grid.plants:
        injection[position[plant.bus]] += point.generation_mw[plant.name]
    for tie in grid.borders:
        injection[position[tie.bus]] += point.net_import_mw[tie.name]
    for bus, load_mw in point.load_mw.items():
        injection[position[bus]] -= load_mw
    for link in grid.links:
        injection[position[link.from_bus]] += point.links[link.name].net_from_mw
        injection[position[link.to_bus]] += point.links[link.name].net_to_mw
    return dict(zip(network.limits, (network.factors @ injection).tolist(), strict=True))


def _csv(rows: Iterable[TransferLimit]) -> str:
    lines = ["kind,rise_mw,element,outage,note"]
    for row in rows:
        rise = "" if math.isnan(row.rise_mw) else f"{row.rise_mw:.1f}"
        lines.append(",".join(f'"{cell}"' for cell in (row.kind, rise, row.element, row.outage, row.note)))
    return "\n".join(lines) + "\n"


def _json(moment: Moment, rows: Iterable[TransferLimit]) -> str:
    """The limits as records; a limit that is not reached has no rise."""
    records = [{**asdict(row), "rise_mw": None if math.isnan(row.rise_mw) else row.rise_mw} for row in rows]
    return as_text({"hour_utc": str(moment.hour_utc), "origin": str(moment.origin), "limits": records})


def _account(moment: Moment, source: str, sink: str, rows: list[TransferLimit]) -> str:
    first = rows[0]
    reached = "no limit found" if math.isnan(first.rise_mw) else f"{max(first.rise_mw, 0.0):,.0f} MW more"
    lines = [f"{source} to {sink} at {moment.hour_utc} UTC ({moment.origin}): {reached}; {_told(first)} decides"]
    for row in rows:
        rise = "not reached" if math.isnan(row.rise_mw) else f"{row.rise_mw:,.0f} MW"
        lines.append(f"  {row.kind:<21} {rise:>12}  {_told(row)}")
    return "\n".join(lines)


def _told(row: TransferLimit) -> str:
    parts = [
        row.element or row.kind,
        f"without {row.outage}" if row.outage else "",
        f"({row.note})" if row.note else "",
    ]
    return " ".join(part for part in parts if part)
