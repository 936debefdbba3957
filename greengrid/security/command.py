"""A finished run's folder, its security study, and the folder with the study in it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from greengrid.case import load_case
from greengrid.errors import BadInput, Problem
from greengrid.inputs import read_inputs
from greengrid.interruptible import interruptible
from greengrid.progress import Reporter
from greengrid.report import write_report
from greengrid.security.part import Figure
from greengrid.security.record import summarise_security, write_security
from greengrid.security.stored import read_dispatch
from greengrid.security.study import SecurityRun, SecurityStudy, chosen_parts, study
from greengrid.security.year_losses import SHARES, estimate_of
from greengrid.store import (
    DIGESTS,
    REPORT,
    RUN_AGAIN,
    TABLES,
    check_digests,
    read_hourly,
    read_summary,
    write_digests,
    write_json,
    writing,
)

SHOWN = 10


def study_folder(
    source: Path, target: Path, names: Sequence[str], reporter: Reporter, *, replace: bool
) -> tuple[str, int]:
    """Does the named parts (all without names) for the run in `source` and writes it with them to `target`.

    Returns what to say and the number of findings. Raises `BadInput` for a folder that holds no whole run, tables that
    are no longer what the run wrote or was made from, and names that are no part's.
    """
    chosen_parts(names)
    reporter.stage("reading")
    run = read_run(source)
    found = interruptible(partial(study, run, reporter, names))
    reporter.stage("writing")
    with writing(target, replace=replace) as folder:
        shutil.copytree(source, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(REPORT, DIGESTS))
        clock = run.dispatch.clock
        write_security(found, clock, folder)
        summary = read_summary(source).model_copy(update={"security": summarise_security(found, clock)})
        write_json(folder / "summary.json", summary.model_dump(mode="json"))
        reporter.stage("report")
        write_report(folder, folder / REPORT)
        write_digests(folder)
    return account(found, target), len(found.findings)


def read_run(folder: Path) -> SecurityRun:
    """What the study starts from: case, grid and prices as of today's tables, the dispatch as the run wrote it.

    Every hour is to be solved in AC, however many the run itself was asked for.
    """
    summary = read_summary(folder)
    check_digests(folder)
    case = load_case(folder / "case.toml")
    inputs = read_inputs(case)
    case = case.model_copy(update={"ac_hours": "all"})
    if inputs.network_digest != summary.case.network_digest:
        found = "a run on other network tables than those of today"
        raise BadInput([Problem(str(folder), found, "the same tables", RUN_AGAIN)])
    dispatch = read_dispatch(folder, case, summary)
    if not (folder / TABLES / f"{SHARES}.parquet").is_file():
        return SecurityRun(case, inputs, dispatch)
    shares = read_hourly(folder, SHARES)
    gap = (summary.security.parts.get("ac") or {}).get("gap_before_correction_mwh")
    estimate = estimate_of(inputs.grid, dispatch.served_mw, shares)
    return SecurityRun(case, inputs, dispatch, estimate, shares, None if gap is None else float(gap))


def account(found: SecurityStudy, target: Path) -> str:
    """Figures of each part, the first findings by rank, where the rest is."""
    lines = []
    for name, result in found.results.items():
        lines.append(f"{name}:")
        lines += [f"  {key:<32} {_shown(value)}" for key, value in result.figures.items()]
    count = len(found.findings)
    lines.append(
        f"{count} finding{'' if count == 1 else 's'}" + (", ranked by class and MWh beyond the limit:" if count else "")
    )
    for each in found.findings[:SHOWN]:
        after = f" without {each.outage}" if each.outage and each.outage not in each.element else ""
        lines.append(
            f"  {each.rank:>3} {each.kind.replace('_', ' ')}: {each.element}{after}, {each.value:.4g} against "
            f"{each.limit:.4g} {each.unit}, {each.hours} h"
        )
    if count > SHOWN:
        lines.append(f"  and {count - SHOWN} more in {target / TABLES / 'findings.parquet'}")
    return "\n".join([*lines, f"Report: {target / REPORT}"])


def _shown(value: Figure) -> str:
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1e5 else f"{value:,.0f}"
    return "none" if value is None else str(value)
