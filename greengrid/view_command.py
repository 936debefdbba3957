"""`greengrid view`: a run's folder as one page for the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from greengrid.console import DebugOption, guard


def view(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a finished run or sweep.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="HTML file to write; default DIR/view.html.")
    ] = None,
    debug: DebugOption = False,
) -> None:
    """Make one page for the browser from a finished run or sweep.

    The report's pages, and a map with every hour of flows and prices; of a sweep, its cases behind selectors of cable
    size and funding mix. One file that needs no server and no network: send it as it is.

    \b
    greengrid view out/base
    greengrid view out/base -o caspian.html
    greengrid view out/sizes
    """
    target = folder / "view.html" if out is None else out

    def work() -> None:
        from greengrid.view import write_view

        write_view(folder, target)

    guard(work, debug)
    typer.echo(f"Page: {target} ({target.stat().st_size / 1e6:.1f} MB)")
