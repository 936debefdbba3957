"""The command line. Heavy libraries are imported by the command that needs them, so that `--help` answers at once."""

from __future__ import annotations

import io
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from greengrid.adequacy_command import adequacy
from greengrid.benefits_command import compare_runs
from greengrid.cba_command import cba
from greengrid.console import (
    EXIT_BAD_INPUT,
    EXIT_FINDINGS,
    EXIT_INTERRUPTED,
    TOLD,
    CaseArgument,
    DebugOption,
    JsonOption,
    SetOption,
    StrictOption,
    as_text,
    fail,
    guard,
    make_reporter,
)
from greengrid.diff_command import diff
from greengrid.doctor import doctor
from greengrid.expand_command import expand
from greengrid.export_command import export
from greengrid.finance_command import finance
from greengrid.green_command import green
from greengrid.import_command import import_net
from greengrid.map_command import draw_map
from greengrid.report_command import make_reports
from greengrid.security_command import security
from greengrid.sensitivity_command import sensitivity
from greengrid.sweep_command import sweep
from greengrid.transfer_command import transfer
from greengrid.view_command import view
from greengrid.weather_command import write_weather

if TYPE_CHECKING:
    from greengrid.account import Account

app = typer.Typer(
    add_completion=True,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Model of the Caspian Green Energy Corridor: from a case file to hourly dispatch, AC checks, financing and a "
    "PDF report. First steps, in seconds: greengrid run tiny -o out/tiny. The corridor in 2035, in minutes: "
    "greengrid run base -o out/base",
    epilog="Exit codes: 0 the result is whole (findings are in it); 1 findings or warnings, only under --strict; "
    "2 bad input, nothing is written; 3 the calculation failed, nothing is written; 130 stopped by Ctrl-C.",
)


def _version(asked: bool) -> None:
    from importlib import metadata

    if asked:
        typer.echo(metadata.version("greengrid"))
        raise typer.Exit


@app.callback()
def _greengrid(
    version_: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_version)
    ] = False,
) -> None:
    """What stands before every command."""


@app.command()
def cases(as_json: JsonOption = False) -> None:
    """List the shipped cases, one a line."""

    def work() -> str:
        import json

        from greengrid.case import load_case, shipped_cases

        titles = {name: load_case(name).title for name in shipped_cases()}
        if as_json:
            return json.dumps(titles, indent=2, ensure_ascii=False)
        return "\n".join(f"{name:<14} {title}" for name, title in titles.items())

    typer.echo(guard(work, debug=False))


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the case; writes NAME.toml here.")],
    debug: DebugOption = False,
) -> None:
    """Write a commented case to start from.

    It holds every key with its unit and source, and never overwrites a file.

    \b
    greengrid new mine
    greengrid check mine.toml
    greengrid run mine.toml -o out/mine
    """

    def work() -> Path:
        from greengrid.template import write_case

        return write_case(name, Path())

    path = guard(work, debug)
    typer.echo(f"Wrote {path}. Next: greengrid check {path}")


@app.command()
def check(
    case: CaseArgument,
    set_: SetOption = None,
    strict: StrictOption = False,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Check everything a case needs and print an account of its grid.

    Solves nothing, writes nothing.

    \b
    greengrid check base
    greengrid check mine.toml --strict
    greengrid check tiny --set network=my_tables --set demand.scale=1.1
    """

    def work() -> Account:
        from greengrid.account import account_of
        from greengrid.case import load_case

        return account_of(load_case(case, set_ or ()))

    account = guard(work, debug)
    typer.echo(as_text(account) if as_json else account.text)
    if strict and account.warnings:
        raise typer.Exit(EXIT_FINDINGS)


@app.command()
def run(
    case: CaseArgument,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="Folder for the results; made whole or not at all.")
    ],
    set_: SetOption = None,
    hours: Annotated[
        str | None,
        typer.Option(
            metavar="FIRST..LAST",
            help="A part of the year: 2035-01-10..2035-01-24, the last day not included. It has no annual and no "
            "financial figures.",
        ),
    ] = None,
    hvdc: Annotated[
        str | None,
        typer.Option(
            metavar="injections|full",
            help="How the AC check carries the links (key security.hvdc). full: every checked hour is solved once more "
            "with converters, DC buses and DC cables between both grids, to confirm the injections. It shares no "
            "losses among plants, moves no tap and limits no reactive power anew, as pandapower cannot there: those "
            "are the state of the injections' solution.",
        ),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace an earlier run in that folder.")] = False,
    figures: Annotated[
        bool | None,
        typer.Option(
            "--figures/--no-figures", help="Save every figure as SVG and PNG in DIR/figures. Default: of a whole year."
        ),
    ] = None,
    strict: StrictOption = False,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Run a case from its tables to the PDF report.

    One folder holds summary.json, case.toml, versions.json, tables/*.parquet, report.pdf and figures/.

    \b
    greengrid run tiny -o out/tiny
    greengrid run base -o out/small --set link.caspian.capacity_mw=1500
    greengrid run tiny -o out/tiny-full --hvdc full
    greengrid run mine.toml -o out/mine --replace
    """
    options = {"hours": hours, "security.hvdc": hvdc}
    overrides = [*(set_ or ()), *(f'{key}="{value}"' for key, value in options.items() if value is not None)]

    def work() -> tuple[str, int]:
        from greengrid.case import load_case

        loaded = load_case(case, overrides)
        from greengrid.run_account import account_of_run
        from greengrid.study import run as run_case

        with make_reporter() as reporter:
            summary = run_case(loaded, out, reporter=reporter, replace=replace, figures=figures)
        account = as_text(summary) if as_json else f"{account_of_run(summary)}\nReport: {out / 'report.pdf'}"
        return account, len(summary.security.findings)

    account, findings = guard(work, debug)
    typer.echo(account)
    if strict and findings:
        raise typer.Exit(EXIT_FINDINGS)


app.command("finance")(finance)
app.command("report")(make_reports)
app.command("map")(draw_map)
app.command("weather")(write_weather)
app.command("export")(export)
app.command("import-net")(import_net)
app.command("benefits")(compare_runs)
app.command("cba")(cba)
app.command("sweep")(sweep)
app.command("diff")(diff)
app.command("expand")(expand)
app.command("green")(green)
app.command("doctor")(doctor)
app.command("security")(security)
app.command("transfer")(transfer)
app.command("view")(view)
app.command("sensitivity")(sensitivity)
app.command("adequacy")(adequacy)


@app.command()
def schema(
    what: Annotated[str, typer.Argument(metavar="summary|case|plan|mix|limits", help="Which of the five.")],
) -> None:
    """Print the JSON schema of summary.json, of a case, of a yearly plan, of a funding mix or of its limits.

    Every key with its meaning, unit and range.
    """
    import json

    from pydantic import TypeAdapter

    from financing.mix_file import MixEntry
    from financing.plan import Plan
    from greengrid.case import Case
    from greengrid.limits_file import LimitsFile
    from greengrid.summary import Summary

    models: dict[str, type] = {"summary": Summary, "case": Case, "plan": Plan, "mix": MixEntry, "limits": LimitsFile}
    if what not in models:
        fail(f"One problem in the input:\n  schema: found {what!r}; expected {', '.join(models)}", EXIT_BAD_INPUT)
    typer.echo(json.dumps(TypeAdapter(models[what]).json_schema(), indent=2))


@app.command()
def version() -> None:
    """Print the version."""
    _version(True)


def _interrupt(signal_number: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt


def main() -> None:
    """Entry point of the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        app()
    except SystemExit as end:
        if end.code == EXIT_INTERRUPTED:
            if EXIT_INTERRUPTED not in TOLD:  # caught by the library while it still read the command line
                sys.stderr.write("Stopped. Nothing was written.\n")
                sys.stderr.flush()
            os._exit(EXIT_INTERRUPTED)  # a solver may still run in its thread: nothing waits for it
        raise
