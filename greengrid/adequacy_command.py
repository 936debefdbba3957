"""`greengrid adequacy`: is there enough power when machines and cables fail, with and without the link."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from greengrid.console import DebugOption, guard, make_reporter


def adequacy(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a finished run.")],
    weather: Annotated[
        list[Path] | None,
        typer.Option(
            "--weather", metavar="DIR", help="The run of the same case in another weather year. May be repeated."
        ),
    ] = None,
    years: Annotated[int, typer.Option(min=8, max=100_000, help="Years to draw.")] = 200,
    error: Annotated[
        float | None,
        typer.Option(
            metavar="HOURS",
            min=0.0,
            help="Draw on until half the 95 % interval of LOLE (all areas) is at most this, h/a.",
        ),
    ] = None,
    most: Annotated[int, typer.Option(min=8, max=100_000, help="Years to stop at with --error.")] = 2000,
    link: Annotated[
        str | None,
        typer.Option("--link", metavar="NAME", help="The HVDC link that is taken away. Default: the case's first."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 1,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the table in DIR, where greengrid report shows it.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    debug: DebugOption = False,
) -> None:
    """Draw years of failures: loss of load by country, with and without the link.

    LOLE (hours short a year), EENS (energy not served), and the link's capacity credit, each with its 95 % interval.
    Solves nothing again, and writes nothing without --keep.

    \b
    greengrid adequacy out/base
    greengrid adequacy out/base --years 1000 --json
    greengrid adequacy out/base --error 0.5 --most 5000 --keep
    greengrid adequacy out/base --weather out/base-dry --weather out/base-calm
    """

    def work() -> str:
        from greengrid.kept_tables import keep_tables
        from greengrid.security.adequacy_part import Until, assess, text
        from greengrid.security.adequacy_system import make_system
        from greengrid.security.command import read_run
        from greengrid.weather_factors import case_of, check_same_case

        places = (folder, *(weather or ()))
        check_same_case({place: case_of(place) for place in places})
        with make_reporter() as reporter:
            reporter.stage("adequacy")
            runs = [read_run(place) for place in places]
            systems = [make_system(run.case, run.inputs, run.dispatch) for run in runs]
            until = None if error is None else Until(error, most)
            found = assess(systems, years=years, seed=seed, link=link, until=until, progress=reporter)
        if keep:
            keep_tables(folder, {"adequacy": found.rows})
        return json.dumps(found.record(), indent=2) if as_json else text(found)

    typer.echo(guard(work, debug))
