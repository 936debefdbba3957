"""The command line. Heavy libraries are imported by the command that needs them, so that `--help` answers at once."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, TypeVar

import typer

from greengrid.errors import CalculationFailed

if TYPE_CHECKING:
    from greengrid.progress import Reporter

app = typer.Typer(
    add_completion=True,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Model of the Caspian Green Energy Corridor: from a case file to hourly dispatch, AC checks, financing and a "
    "PDF report. Start with: greengrid run base -o out/base",
)

Result = TypeVar("Result")
EXIT_FINDINGS, EXIT_BAD_INPUT, EXIT_FAILED, EXIT_INTERRUPTED = 1, 2, 3, 130
CaseArgument = Annotated[str, typer.Argument(help="A shipped case's name (see `greengrid cases`) or a TOML file.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", help="Override a key: --set link.caspian.capacity_mw=1500. May be repeated."),
]
StrictOption = Annotated[bool, typer.Option("--strict", help="Exit with 1 when there are findings or warnings.")]
DebugOption = Annotated[bool, typer.Option("--debug", help="Show the trace of an error.")]


@app.command()
def cases() -> None:
    """List the shipped cases, one a line."""
    from greengrid.case import load_case, shipped_cases

    for name in shipped_cases():
        typer.echo(f"{name:<14} {load_case(name).title}")


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Name of the case; writes NAME.toml here.")],
    debug: DebugOption = False,
) -> None:
    """Write a commented case to start from."""
    from greengrid.template import write_case

    path = _guard(lambda: write_case(name, Path()), debug)
    typer.echo(f"Wrote {path}. Next: greengrid check {path}")


@app.command()
def check(case: CaseArgument, set_: SetOption = None, strict: StrictOption = False, debug: DebugOption = False) -> None:
    """Read and check everything a case needs and print an account of its grid; solves nothing."""
    from greengrid.account import account_of
    from greengrid.case import load_case

    account = _guard(lambda: account_of(load_case(case, set_ or ())), debug)
    typer.echo(account.text)
    if strict and account.warnings:
        raise typer.Exit(EXIT_FINDINGS)


@app.command()
def run(
    case: CaseArgument,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results; made whole or not at all.")],
    set_: SetOption = None,
    hours: Annotated[
        str | None, typer.Option(help="A part of the year: 2035-01-10..2035-01-24, the last day not included.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace an earlier run in that folder.")] = False,
    strict: StrictOption = False,
    debug: DebugOption = False,
) -> None:
    """Run a case from its tables to the PDF report."""
    from greengrid.case import load_case

    overrides = [*(set_ or ()), *([f'hours="{hours}"'] if hours else [])]

    def work() -> int:
        loaded = load_case(case, overrides)
        from greengrid.study import run as run_case

        with _reporter() as reporter:
            summary = run_case(loaded, out, reporter=reporter, replace=replace)
        return len(summary.security.findings)

    findings = _guard(work, debug)
    typer.echo(f"Report: {out / 'report.pdf'}")
    if strict and findings:
        raise typer.Exit(EXIT_FINDINGS)


@app.command()
def finance(
    source: Annotated[str, typer.Argument(help="The folder of a finished run, or a yearly plan in TOML.")],
    mixes: Annotated[
        str, typer.Option(help="all, or names and TOML files with commas: concessional,blended,mine.toml")
    ] = "all",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON with the keys of summary.json.")] = False,
    debug: DebugOption = False,
) -> None:
    """Compare funding mixes on a finished run or a given yearly plan, without solving anything again."""
    from greengrid.finance_command import compare_mixes

    typer.echo(_guard(lambda: compare_mixes(source, mixes, as_json=as_json), debug))


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(help="The folder of a finished run.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="PDF to write; default DIR/report.pdf.")] = None,
    debug: DebugOption = False,
) -> None:
    """Make the PDF report again from a finished run."""
    from greengrid.report import write_report

    target = out or folder / "report.pdf"
    _guard(lambda: write_report(folder, target), debug)
    typer.echo(f"Report: {target}")


@app.command()
def schema(
    what: Annotated[str, typer.Argument(help="summary or case")],
) -> None:
    """Print the JSON schema of summary.json or of a case file."""
    import json

    from pydantic import BaseModel

    from greengrid.case import Case
    from greengrid.summary import Summary

    models: dict[str, type[BaseModel]] = {"summary": Summary, "case": Case}
    if what not in models:
        _fail(f"schema: found {what!r}; expected summary or case", EXIT_BAD_INPUT)
    typer.echo(json.dumps(models[what].model_json_schema(), indent=2))


@app.command()
def version() -> None:
    """Print the version."""
    from importlib import metadata

    typer.echo(metadata.version("greengrid"))


def _reporter() -> Reporter:
    from greengrid.progress import Reporter

    return Reporter(sys.stderr)


def _guard(work: Callable[[], Result], debug: bool) -> Result:
    """Runs a command's work; bad input and failed calculations end in one clear message and their exit code."""
    try:
        return work()
    except KeyboardInterrupt:
        _fail("Stopped. Nothing was written.", EXIT_INTERRUPTED)
    except Exception as error:
        if debug:
            raise
        problems = getattr(error, "problems", None)
        if problems:
            count = "One problem" if len(problems) == 1 else f"{len(problems)} problems"
            _fail("\n".join([f"{count} in the input:", *(f"  {problem}" for problem in problems)]), EXIT_BAD_INPUT)
        if isinstance(error, CalculationFailed):
            _fail(f"The calculation failed: {error}", EXIT_FAILED)
        _fail(f"The calculation failed unexpectedly: {type(error).__name__}: {error}. Add --debug.", EXIT_FAILED)


def _fail(message: str, code: int) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(code)


def main() -> None:
    """Entry point of the command."""
    app()
