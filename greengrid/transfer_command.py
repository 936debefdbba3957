"""`greengrid transfer`: how much more may flow from one zone to another, or between all of them, in one hour."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greengrid.console import DebugOption, JsonOption, SetOption, guard, make_reporter
from greengrid.transfer_table import (
    Capacity,
    limits_csv,
    limits_json,
    limits_text,
    matrix_csv,
    matrix_json,
    matrix_text,
)

if TYPE_CHECKING:
    from greengrid.exchange.moment import Moment
    from greengrid.progress import Reporter
    from greengrid.security.outages_parameters import Parameters
    from greengrid.security.transfer_ramp import PlantHour, Ramp

NOSE_OUTAGES = 3
"""So many outages are tried for their nose: those that bind first in the linear flows, then the most loaded."""


def transfer(
    case: Annotated[
        str,
        typer.Argument(
            metavar="CASE|DIR", help="A shipped case's name, a TOML file of a case, or the folder of a finished run."
        ),
    ],
    source: Annotated[
        str | None, typer.Argument(metavar="FROM", help="Zone whose generation is raised: KZ-North.")
    ] = None,
    sink: Annotated[
        str | None, typer.Argument(metavar="TO", help="Zone whose generation is lowered: KZ-South.")
    ] = None,
    *,
    hour: Annotated[
        str | None,
        typer.Option(metavar="UTC", help="Hour, by its beginning: 2035-01-15T18. Default: the winter's highest load."),
    ] = None,
    nose: Annotated[
        bool | None,
        typer.Option("--nose/--no-nose", help="Trace the voltage nose in AC (some minutes). Default: for one pair."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Also write the table as CSV.")
    ] = None,
    set_: SetOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Transfer capacity from one zone to another in one hour, with every limit; without zones between all of them.

    Generation goes up in FROM by merit and down in TO from the dearest plant, until a limit breaks: plants, thermal and
    interface limits in the whole grid, limits after the outage of one circuit, and the voltage nose with 20 % of static
    stability kept free normally and 8 % after a fault, 15 % and 10 % of voltage. Between two synchronous areas the
    links carry it, up to their rating. The table of all pairs has every limit but nose and voltage.

    \b
    greengrid transfer base -o capacities.csv
    greengrid transfer out/base KZ-North KZ-South
    greengrid transfer out/base KZ-West AZ-Central
    greengrid transfer base AZ-West GE --hour 2035-07-15T16 --no-nose -o capacity.csv
    """

    def work() -> str:
        from greengrid.exchange.moment import find_moment
        from greengrid.store import check_file

        _check(source, sink, nose)
        if out is not None:
            check_file(out)
        with make_reporter() as reporter:
            moment = find_moment(case, hour, set_ or ())
            found = _all_pairs(moment, reporter) if sink is None else _one(moment, (source, sink), nose, reporter)
        text, table, record = found
        if out is not None:
            out.write_text(table, encoding="utf-8")
        return record if as_json else text

    typer.echo(guard(work, debug))


def _check(source: str | None, sink: str | None, nose: bool | None) -> None:
    from greengrid.errors import BadInput, Problem

    if source is not None and sink is None:
        raise BadInput([Problem("TO", "nothing", "a second zone", "Without both zones all pairs are looked at")])
    if sink is None and nose:
        found = "--nose for all pairs"
        raise BadInput([Problem("--nose", found, "FROM and TO", "A nose takes minutes; there are some 300 pairs")])


def _one(moment: Moment, pair: tuple[str | None, str], nose: bool | None, reporter: Reporter) -> tuple[str, str, str]:
    """(text, CSV, JSON) of one pair."""
    source, sink = str(pair[0]), pair[1]
    found = capacity(moment, source, sink, nose=nose, reporter=reporter)
    return limits_text(moment, found), limits_csv(found.limits), limits_json(moment, found)


def _all_pairs(moment: Moment, reporter: Reporter) -> tuple[str, str, str]:
    """(text, CSV, JSON) of all pairs."""
    from greengrid.security.transfer import linear_hour
    from greengrid.security.transfer_matrix import transfer_matrix

    reporter.stage("pairs of zones")
    hour = linear_hour(moment.inputs.grid, flows_of_hour(moment), _parameters(moment))
    rows = transfer_matrix(hour, _plants(moment), reporter)
    return matrix_text(moment, rows), matrix_csv(rows), matrix_json(moment, rows)


def capacity(moment: Moment, source: str, sink: str, *, nose: bool | None, reporter: Reporter) -> Capacity:
    """Every limit of a transfer, the tightest first; those that do not bind last."""
    from greengrid.security.transfer import linear_hour, linear_limits, worst_outages
    from greengrid.security.transfer_ramp import check_zones, make_ramp

    check_zones(moment.inputs.grid, source, sink)
    parameters = _parameters(moment)
    ramp = make_ramp(_plants(moment), (source, sink))
    if nose and ramp.crossings:
        raise _no_nose(source, sink)
    linear = linear_hour(moment.inputs.grid, flows_of_hour(moment), parameters)
    rows = list(linear_limits(linear, ramp))
    if nose is not False and ramp.rise_mw[-1] > 0 and not ramp.crossings:
        outages = worst_outages(linear, ramp, NOSE_OUTAGES)
        rows += _nose_rows(moment, source, outages, (ramp, parameters), reporter)
    return Capacity(
        source,
        sink,
        _scheduled_mw(moment, source, ramp),
        ", ".join(each.link.name for each in ramp.crossings),
        tuple(sorted(rows, key=lambda row: (math.isnan(row.rise_mw), row.rise_mw))),
    )


def _no_nose(source: str, sink: str) -> Exception:
    from greengrid.errors import BadInput, Problem

    found = f"--nose from {source} to {sink}, over a link"
    return BadInput([Problem("--nose", found, "zones that AC lines join", "A link holds no two areas together")])


def _scheduled_mw(moment: Moment, source: str, ramp: Ramp) -> float:
    """What the schedule sends already: over the links on the way, or from the zone in all."""
    from greengrid.security.operating import PointMaker
    from greengrid.security.transfer import sent_mw

    if ramp.crossings:
        return sum(each.scheduled_mw for each in ramp.crossings)
    grid = moment.inputs.grid
    point = PointMaker(grid, moment.power, [bus.name for bus in grid.buses]).point(moment.hour)
    return sent_mw(grid, point, source)


def _plants(moment: Moment) -> PlantHour:
    from greengrid.security.transfer_ramp import plant_hour

    units = {unit.name: unit for unit in moment.inputs.economy.units}
    return plant_hour(moment.inputs.grid, units, moment.power, moment.hour, moment.available_frac)


def _parameters(moment: Moment) -> Parameters:
    """The shipped numbers, margins of static stability among them, with those that the case states."""
    from greengrid.security.outages_parameters import read_parameters

    return read_parameters().changed(moment.case.security.parameters)


def _nose_rows(moment: Moment, source: str, outages: list[str], given: tuple, reporter: Reporter) -> Iterable:  # type: ignore[type-arg]
    from greengrid.security.transfer_nose import Margins, NoseSearch, nose_limits

    ramp, parameters = given
    grid = moment.inputs.grid
    bus = next(plant.bus for plant in grid.plants if plant.zone == source)
    loss_frac = dict(moment.inputs.economy.loss_frac)
    search = NoseSearch(grid, moment.power, moment.hour, ramp, bus=bus, loss_frac=loss_frac)
    reporter.stage("voltage nose")
    return nose_limits(search, search.exchange_mw(grid, source), outages, Margins.of(parameters), reporter)


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
