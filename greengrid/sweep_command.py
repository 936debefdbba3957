"""`greengrid sweep`: many cases from one, or how far a sweep is."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greengrid.console import EXIT_FAILED, EXIT_INTERRUPTED, DebugOption, JsonOption, SetOption, as_text, fail, guard
from greengrid.errors import BadInput, Problem

if TYPE_CHECKING:
    from greengrid.sweep.table import Gathered

FAILURES_SHOWN_MAX = 20


def sweep(
    case: Annotated[
        str | None,
        typer.Argument(metavar="[CASE]", help="A shipped case's name or a TOML file: what all have in common."),
    ] = None,
    file: Annotated[
        Path | None, typer.Argument(metavar="[SWEEP.toml]", help="Axes: which keys take which values.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="DIR", help="Folder of the sweep; a stopped sweep goes on in it."),
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, max=256, help="Processes side by side here.")] = 1,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="tcp://HOST:PORT",
            help="Work on the Dask cluster of this scheduler instead (extra cluster). Files that the case names by "
            "path must be at that path for every worker.",
        ),
    ] = None,
    status: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Only say how far the sweep in DIR is; needs nothing else.")
    ] = None,
    set_: SetOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Run many cases and gather them in one table.

    Every case is checked before the first starts. DIR/sweep.parquet holds a row a case: the axes, then the measures of
    summary.json by their names with dots; DIR/mixes.parquet a row a case and funding mix. Stopped or killed, the same
    command goes on with what is missing. A case that fails is told and stops no other (exit code 3 at the end). Cases
    that differ in money alone (financing.*, project.*, revenue.*, costs of links) share one dispatch. The optimum of a
    case is that of a single run; where several dispatches cost exactly the same, start = "cold" finds the same one.

    \b
    # sizes.toml
    #   [axes]
    #   "link.caspian.capacity_mw" = { low = 0, high = 6000, step = 500 }
    #   "financing.mixes" = [["concessional"], ["sovereign"], ["ppp"]]
    #   [fixed]
    #   "reinforcement.package_mw" = 2000
    # above [axes], where wanted: security = ["ac", "short-circuit"]; start = "cold"; design = "list"
    greengrid sweep base sizes.toml -o out/sizes -j 2
    greengrid sweep --status out/sizes
    greengrid report out/sizes
    """
    if status is not None:
        typer.echo(guard(lambda: _rows(status) if as_json else _status(status), debug))
        return

    def work() -> tuple[str, int]:
        if case is None or file is None or out is None:
            given = {"CASE": case, "SWEEP.toml": file, "--out": out}
            raise BadInput(
                Problem(name, "nothing", "a value", "greengrid sweep CASE SWEEP.toml -o DIR")
                for name, value in given.items()
                if value is None
            )
        try:
            return _run(case, file, out, jobs=jobs, scheduler=scheduler, overrides=set_ or [])
        except KeyboardInterrupt:
            return f"Stopped. What is finished is kept in {out}; the same command goes on with it", EXIT_INTERRUPTED

    text, code = guard(work, debug)
    if code == EXIT_INTERRUPTED:
        fail(text, code)
    typer.echo(_rows(out) if as_json and out else text)
    if code:
        raise typer.Exit(code)


def _run(
    case: str, file: Path, out: Path, *, jobs: int, scheduler: str | None, overrides: list[str]
) -> tuple[str, int]:
    from greengrid.sweep.decision import decision_text, read_decision
    from greengrid.sweep.progress import SweepProgress
    from greengrid.sweep.study import run_sweep

    with SweepProgress(sys.stderr) as progress:
        found = run_sweep(case, file, out, jobs=jobs, scheduler=scheduler, overrides=overrides, progress=progress)
    code = 0 if found.count("done") == len(found.rows) else EXIT_FAILED
    text = "\n".join(line for line in (account(found), decision_text(read_decision(out))) if line)
    return f"{text}\nTable: {out / 'sweep.parquet'}", code


def _rows(folder: Path) -> str:
    """A record a case, as in sweep.parquet."""
    from greengrid.sweep.folder import SweepFolder
    from greengrid.sweep.table import gather

    return as_text(list(gather(SweepFolder(folder)).rows))


def _status(folder: Path) -> str:
    from greengrid.sweep.folder import SweepFolder
    from greengrid.sweep.progress import in_words
    from greengrid.sweep.table import gather

    opened = SweepFolder(folder)
    found = gather(opened)
    manifest = opened.manifest()
    records = [opened.dispatch(key) for key in manifest["dispatches"]]
    times = [record.work_s for record in records if record]
    running = "A process works on it" if opened.is_running() else "No process works on it"
    lines = [f"Sweep of {manifest['case']} over {', '.join(manifest['axes'])}. {running}.", account(found)]
    if times and len(times) < len(records):
        left = sum(times) / len(times) * (len(records) - len(times))
        lines.append(
            f"Dispatches: {len(times):,} of {len(records):,}; about {in_words(left)} of one worker's time left"
        )
    return "\n".join(lines)


def account(found: Gathered) -> str:
    """How many cases are finished, and why the others are not."""
    total = len(found.rows)
    lines = [f"{found.count('done'):,} of {total:,} cases finished, {found.count('failed'):,} failed"]
    reasons: dict[str, list[int]] = {}
    for row in found.rows:
        if row["state"] == "failed":
            reasons.setdefault(row["problem"], []).append(row["case"])
    for reason, numbers in list(reasons.items())[:FAILURES_SHOWN_MAX]:
        cases = ", ".join(str(number) for number in numbers[:10]) + (" ..." if len(numbers) > 10 else "")
        lines.append(f"  case {cases}: {reason}")
    return "\n".join(lines)
