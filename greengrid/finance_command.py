"""`greengrid finance`: funding mixes on a plan that is already there, as a table, as JSON or as a folder of figures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from greengrid.console import DebugOption, guard

SourceArgument = Annotated[
    str,
    typer.Argument(
        metavar="CASE|DIR|PLAN",
        help="The folder of a finished run, a shipped case that was run into out/CASE, or a yearly plan in TOML.",
    ),
]
RankOption = Annotated[
    str | None,
    typer.Option(
        metavar="BY",
        help="Best first by charge, grant, cost_of_capital, npv, equity_npv, equity_irr, dscr_min, dscr_average, "
        "llcr_min, grant_element, or default (with --draws).",
    ),
]


WeatherOption = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="DIR",
        help="For --draws: the run of the same case in another weather year. May be repeated; every operating year "
        "draws one of them.",
    ),
]


def finance(
    source: SourceArgument,
    mixes: Annotated[
        str, typer.Option(metavar="NAMES", help="all, or names and TOML files with commas: concessional,mine.toml")
    ] = "all",
    rank: RankOption = None,
    draws: Annotated[
        int, typer.Option(min=0, max=1_000_000, help="Draws of the risk analysis of each mix; 0 for none.")
    ] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 1,
    weather: WeatherOption = None,
    goal: Annotated[
        str | None,
        typer.Option("--optimise", metavar="GOAL", help="Best shares of each mix for charge, subsidy or equity_npv."),
    ] = None,
    limits: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="TOML with the limits of --optimise, in place of half to twice each share (greengrid schema limits).",
        ),
    ] = None,
    frontier: Annotated[
        bool, typer.Option("--frontier", help="Smallest share of grants of each mix, charge by charge.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="DIR", help="Folder for tables as CSV and figures as SVG, PNG and PDF."),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace an earlier result in that folder.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON with the keys of summary.json.")] = False,
    debug: DebugOption = False,
) -> None:
    """Compare funding mixes on a finished run or a yearly plan.

    Nothing is solved again. The keys of a plan of your own: greengrid schema plan. With -o also the cash flow, the
    covers and the debt of each mix, as figures and tables.

    \b
    greengrid finance out/base
    greengrid finance out/base --rank equity_irr
    greengrid finance out/base --mixes concessional,mine.toml --json
    greengrid finance out/base --mixes blended --draws 100000
    greengrid finance out/base --optimise charge --limits lenders.toml
    greengrid finance out/base --mixes blended,ppp -o out/mixes
    greengrid finance plan.toml
    """

    def work() -> str:
        from greengrid.finance_files import write_files
        from greengrid.limits_file import read_limits
        from greengrid.mix_comparison import Request, compare_mixes
        from greengrid.mix_comparison import as_json as json_of
        from greengrid.mix_text import text_of

        wanted = None if limits is None else read_limits(limits)
        request = Request(mixes, draws, seed, goal, wanted, rank, frontier, tuple(weather or ()))
        found = compare_mixes(source, request)
        if out is not None:
            write_files(found, out, replace=replace)
        return json_of(found) if as_json else text_of(found)

    typer.echo(guard(work, debug))
    if out is not None and not as_json:
        typer.echo(f"Tables and figures: {out}")
