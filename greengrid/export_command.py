"""`greengrid export`: one hour of the grid for another tool."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from greengrid.console import DebugOption, SetOption, guard


def export(
    case: Annotated[
        str,
        typer.Argument(
            metavar="CASE|DIR", help="A shipped case's name, a TOML file of a case, or the folder of a finished run."
        ),
    ],
    *,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="A new or empty folder; made whole or not at all.")
    ],
    format_: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="NAME",
            help="pandapower (JSON), excel (pandapower's sheets), matpower (.m), pypsa (folder of CSV), geojson "
            "(layers for QGIS) or raw (PSS/E 33).",
        ),
    ],
    hour: Annotated[
        str | None,
        typer.Option(
            metavar="UTC", help="Hour to export, by its beginning: 2035-01-15T18. Default: the winter's highest load."
        ),
    ] = None,
    set_: SetOption = None,
    debug: DebugOption = False,
) -> None:
    """Export one hour of the grid, solved in AC, to another tool.

    From the folder of a run it takes that run's dispatch. From a case it dispatches the day of that hour by itself (24
    hours, stores end as they began), in seconds. Without --hour it takes the hour of the highest load from October to
    March. The files hold voltages, taps and shared losses as solved, so that their own power flow ends at the same
    state. How each HVDC link is written is printed and stands in about.json.

    \b
    greengrid export base --format pandapower -o out/net
    greengrid export out/base --format raw --hour 2035-07-15T16 -o out/raw
    greengrid export base --set year=2030 --format geojson -o out/map
    """

    def work() -> str:
        from greengrid.exchange.export import export as write

        return write(case, format_, out, hour, set_ or ())

    typer.echo(guard(work, debug))
