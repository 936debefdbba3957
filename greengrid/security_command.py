"""`greengrid security`: the whole security study of a finished run, written into its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from greengrid.console import EXIT_FINDINGS, DebugOption, JsonOption, StrictOption, as_text, guard, make_reporter


def security(
    run: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a finished run.")],
    *,
    parts: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,...",
            help="Only these parts, for example ac,short-circuit; the findings are then those of these parts. Default: "
            "all of them.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="DIR", help="A copy of the run with the study in it. Default: the run."),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace an earlier run in the folder of -o.")] = False,
    strict: StrictOption = False,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Study what the grid allows: AC power flow of every hour, outages, short circuit, and what they find broken.

    Starts from the dispatch that a run left in its folder. Tables, the ranked findings, summary.json and the report are
    made anew, all of them or none.

    \b
    greengrid security out/base
    greengrid security out/base --parts ac,short-circuit -o out/base-checked
    """

    def work() -> tuple[str, int]:
        from greengrid.security.command import study_folder

        names = [name.strip() for name in (parts or "").split(",") if name.strip()]
        with make_reporter() as reporter:
            return study_folder(run, out or run, names, reporter, replace=replace or out is None)

    account, findings = guard(work, debug)
    typer.echo(_record(out or run) if as_json else account)
    if strict and findings:
        raise typer.Exit(EXIT_FINDINGS)


def _record(folder: Path) -> str:
    """`security` of the folder's summary.json."""
    from greengrid.store import read_summary

    return as_text(read_summary(folder).security)
