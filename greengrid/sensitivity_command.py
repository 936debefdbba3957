"""`greengrid sensitivity`: which uncertain input moves the answer most, with all of them uncertain at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from greengrid.console import DebugOption, guard


def sensitivity(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a finished run of a whole year.")],
    mix: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A funding mix or TOML file; without it the one that requires the least."),
    ] = None,
    weather: Annotated[
        list[Path] | None,
        typer.Option(
            "--weather",
            metavar="DIR",
            help="The run of the same case in another weather year. May be repeated; without it weather is not varied.",
        ),
    ] = None,
    samples: Annotated[
        int, typer.Option(help="Base samples, a power of two; the model runs some ten times as often.")
    ] = 512,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the samples.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON: one record per measure and input.")] = False,
    debug: DebugOption = False,
) -> None:
    """Rank the uncertain inputs by what they move.

    Sobol indices of what the export chain leaves for the cable, of NPV and of the least debt service cover: alone (how
    much of the variance goes when the input becomes known) and in all (with what it does together with others). Says
    which input to study next, and splits the variance between weather, price, cost and finance.

    \b
    greengrid sensitivity out/base
    greengrid sensitivity out/base --mix blended --samples 2048 --json
    greengrid sensitivity out/base --weather out/base-wet --weather out/base-calm
    """

    def work() -> str:
        from greengrid.sensitivity import told

        return told(folder, mix, weather or (), samples=samples, seed=seed, as_json=as_json)

    typer.echo(guard(work, debug))
