"""`greengrid import-net`: a pandapower net of the user's as a folder of tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from greengrid.console import DebugOption, guard


def import_net(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A pandapower net: JSON, or Excel (.xlsx).")],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FOLDER", help="A new or empty folder; made whole or not at all.")
    ],
    *,
    year: Annotated[int, typer.Option(metavar="YEAR", help="Year that the net stands for, for example 2035.")],
    load_factor: Annotated[
        float,
        typer.Option(
            "--load-factor",
            metavar="SHARE",
            help="Mean over peak of the demand, 0.3 to 1: the net's loads are taken as the peak hour.",
        ),
    ],
    country: Annotated[
        str | None,
        typer.Option(metavar="CODE", help="KZ, UZ, AZ or GE, for buses without a column `country`."),
    ] = None,
    technology: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="For sources that do not say what they run on: gas_ccgt, coal, ..."),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="LAT,LON", help="Invent places around this point, where the net has none or only a drawing."
        ),
    ] = None,
    debug: DebugOption = False,
) -> None:
    """Make a folder of network tables from a pandapower net.

    The file is read as plain tables; nothing in it is run. The folder passes the checks of every case's tables and
    holds case.toml to start from and import.txt: what was assumed (every row is of confidence D) and what could not be
    carried. Prices, weather and links come from the case.

    \b
    greengrid import-net net.json -o my_grid --year 2035 --load-factor 0.65 --country KZ
    greengrid import-net net.xlsx -o mine --year 2035 --load-factor 0.7 --country AZ --technology coal --at 40.4,49.9
    greengrid check my_grid/case.toml
    """

    def work() -> str:
        from greengrid.exchange.incoming.choices import make_choices
        from greengrid.exchange.incoming.folder import import_net as make_folder

        return make_folder(file, out, make_choices(year, load_factor, country, technology, at))

    typer.echo(guard(work, debug))
