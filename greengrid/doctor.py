"""`greengrid doctor`: whether this machine can do the work, found by doing a little of each part of it."""

from __future__ import annotations

import json
import os
import platform
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from greengrid.console import EXIT_FINDINGS, DebugOption, guard

YEAR_MEMORY_GB = 4.0
"""What a full year of `base` needs at most (measured: 3.4 GB)."""
RUN_DISK_GB = 0.1
FACES = ("Regular", "Italic", "Semibold", "Bold")


@dataclass(frozen=True)
class Check:
    """One thing looked at: what, whether it is well, what was found, what to do where it is not."""

    what: str
    good: bool
    found: str
    remedy: str = ""

    @property
    def line(self) -> str:
        """As a person reads it."""
        mark = "ok     " if self.good else "PROBLEM"
        return f"{mark}  {self.what:<22} {self.found}" + ("" if self.good else f"\n{'':<9}{self.remedy}")


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON: a list of checks.")] = False,
    debug: DebugOption = False,
) -> None:
    """Look whether everything works here: versions, memory, solver, fonts, and a small run from case to PDF.

    Takes some ten seconds and leaves nothing behind. Exit code 1 where something is wrong.

    \b
    greengrid doctor
    greengrid doctor --json
    """
    checks = guard(examine, debug)
    typer.echo(
        json.dumps([asdict(check) for check in checks], indent=2)
        if as_json
        else "\n".join(check.line for check in checks)
    )
    if not all(check.good for check in checks):
        raise typer.Exit(EXIT_FINDINGS)


def examine() -> list[Check]:
    """Every check in order; a check that breaks is a problem, never the end of the others."""
    parts: tuple[tuple[str, Callable[[], Check]], ...] = (
        ("greengrid", _versions),
        ("memory", _memory),
        ("disk", _disk),
        ("linear programs", _solver),
        ("fonts", _fonts),
        ("a run", _small_run),
    )
    return [_kept(what, part) for what, part in parts]


def _kept(what: str, part: Callable[[], Check]) -> Check:
    try:
        return part()
    except Exception as error:
        found = f"{type(error).__name__}: {error}".splitlines()[0]
        return Check(what, False, found, "Install again with the constraints file: see the README")


def _versions() -> Check:
    from greengrid.store import versions

    libraries = ", ".join(f"{name} {version}" for name, version in versions().items())
    return Check("versions", True, f"Python {platform.python_version()} on {platform.system()}, {libraries}")


def _memory() -> Check:
    cores = f"{os.cpu_count() or 1} cores"
    known = Path("/proc/meminfo")
    if not known.is_file():
        return Check("memory", True, f"not told by this system; {cores}")
    lines = dict(line.split(":", 1) for line in known.read_text("ascii").splitlines())
    free_gb = int(lines["MemAvailable"].split()[0]) * 1024 / 1e9
    remedy = f"A full year needs up to {YEAR_MEMORY_GB:.0f} GB: close other programs, or run a part with --hours"
    return Check("memory", free_gb >= YEAR_MEMORY_GB, f"{free_gb:.1f} GB free, {cores}", remedy)


def _disk() -> Check:
    free_gb = shutil.disk_usage(Path.cwd()).free / 1e9
    remedy = f"A full year writes up to {RUN_DISK_GB:.1f} GB: make room or name another folder with -o"
    return Check("disk here", free_gb >= RUN_DISK_GB, f"{free_gb:.1f} GB free", remedy)


def _solver() -> Check:
    """A program whose answer is known: the most of x + 2y under x + y <= 4, x, y in 0..3 is 7."""
    import highspy

    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    x, y = solver.addVariable(ub=3), solver.addVariable(ub=3)
    solver.addConstr(x + y <= 4)
    solver.maximize(x + 2 * y)
    found = solver.getInfo().objective_function_value
    remedy = "The solver HiGHS answers wrongly: install highspy again with the constraints file"
    return Check("linear programs", abs(found - 7.0) < 1e-9, f"HiGHS finds {found:g} where 7 is right", remedy)


def _fonts() -> Check:
    from reports.figures import FONTS

    missing = [face for face in FACES if not (FONTS / f"SourceSansPro-{face}.ttf").is_file()]
    found = "all four faces" if not missing else f"missing: {', '.join(missing)}"
    return Check("fonts of the report", not missing, found, "Install greengrid again: files of the package are gone")


def _small_run() -> Check:
    """A day of the case `tiny`, from its tables to the PDF."""
    from greengrid.case import load_case
    from greengrid.study import run

    case = load_case("tiny", {"hours": "2035-01-10..2035-01-11"})
    with tempfile.TemporaryDirectory() as place:
        summary = run(case, Path(place) / "run")
        size_kb = (Path(place) / "run" / "report.pdf").stat().st_size / 1e3
    seconds = sum(summary.timings_s.values())
    gap = summary.dispatch.gap_frac
    found = f"a day of `tiny` in {seconds:.0f} s: gap {gap:.0e}, report of {size_kb:.0f} kB"
    return Check(
        "case to report", gap <= 1e-6 and size_kb > 10, found, "Run it by hand: greengrid run tiny -o out/tiny"
    )
