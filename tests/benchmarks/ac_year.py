"""The AC power flow of a dispatched year: ours in batch, pandapower hour by hour, and N-1 of every branch and hour.

Needs the run of `base` in out/base (`make run`). Ours counts from the dispatch in memory: points, solution, flows,
records, findings and all tables written; the compiled functions are there already, as after a first use, and the time
that compiling takes is told apart. pandapower's loops run a sample of hours and are extrapolated; each of their hours
is `runpp` of both synchronous areas alone, on nets whose tables stand already: setting them does not count.
"""

from __future__ import annotations

import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from greengrid.progress import Reporter
from greengrid.security.batch_outages import sweep
from greengrid.security.command import read_run
from greengrid.security.findings import ranked
from greengrid.security.operating import PointMaker
from greengrid.security.outages_part import scene_of
from greengrid.security.part import SecurityRun
from greengrid.security.record import write_security
from greengrid.security.screening import screen_circuits
from greengrid.security.study import SecurityStudy
from greengrid.security.year import solve_year
from greengrid.security.year_findings import year_records, year_violations
from greengrid.security.year_part import every_hour
from greengrid.store import TABLES, write_hourly, write_rows
from networks.load_flow import solve
from networks.pandapower_net import areas, build_net, set_point
from tests.benchmarks.measure import ROOT, tell

RUN = ROOT / "out" / "base"
YEAR_HOURS = 8760
SAMPLE_HOURS = 24


def free(run: SecurityRun) -> dict[str, Any]:
    """Every hour without reactive limits, with its tables."""
    grid, clock = run.inputs.grid, run.dispatch.clock
    year = solve_year(grid, run.dispatch, loss_estimate_mw=run.loss_estimate(), limits=False)
    records, broken = year_records(year, clock.datetimes()), list(year_violations(year))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / TABLES).mkdir()
        for field in ("voltage_pu", "loading_frac", "reactive_mvar"):
            write_hourly(folder, field, clock, year.table(field))
        rows = [{slot: getattr(r, slot) for slot in r.__slots__ if slot != "hour_utc"} for r in records]
        write_rows(folder, "ac_hours", rows)
    return {"solved": sum(record.converged for record in records), "findings": len(broken)}


def limits(run: SecurityRun) -> dict[str, Any]:
    """The part `ac` of the security study as a run does it."""
    result = every_hour(run, Reporter(None))
    done = SecurityStudy({"ac": result}, ranked(result.violations))
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / TABLES).mkdir()
        write_security(done, run.dispatch.clock, Path(name))
    return {"solved": int(result.figures["hours_converged"] or 0), "findings": len(done.findings)}


def outages(run: SecurityRun) -> dict[str, Any]:
    """One circuit of every branch out in every hour, from a year that is solved."""
    year = solve_year(run.inputs.grid, run.dispatch, loss_estimate_mw=run.loss_estimate())
    started, used = time.perf_counter(), time.process_time()
    parts = sweep(year)
    return {
        "cases": int(sum((part.result.state >= 0).sum() for part in parts)),
        "unsolved": int(sum((part.result.state == 0).sum() for part in parts)),
        "work_s": time.perf_counter() - started,
        "work_cpu_s": time.process_time() - used,
    }


def factors(run: SecurityRun) -> dict[str, Any]:
    """Every circuit out in every hour by outage factors, from flows and limits in memory."""
    scene = scene_of(run)
    started, used = time.perf_counter(), time.process_time()
    found = screen_circuits(scene.sensitivities, scene.limits, scene.flow_mw)
    spent = {"work_s": time.perf_counter() - started, "work_cpu_s": time.process_time() - used}
    return {"cases": len(found.outages) * len(scene.flow_mw), "unsolved": 0, **spent}


def loop(run: SecurityRun, how: str) -> dict[str, Any]:
    """pandapower hour by hour: seconds of a year, extrapolated from a sample."""
    warnings.simplefilter("ignore")
    grid, dispatch = run.inputs.grid, run.dispatch
    share = dict(run.inputs.economy.loss_frac)
    whole = PointMaker(grid, dispatch, (bus.name for bus in grid.buses), share)
    nets = areas(build_net(grid, whole.point(0)))
    makers = [PointMaker(grid, dispatch, set(net.bus["name"]), share) for net in nets]
    seconds, used, solved = [], [], 0
    for hour in np.linspace(0, dispatch.clock.hours - 1, SAMPLE_HOURS + 1).astype(int):
        spent = spent_cpu = 0.0
        for net, maker in zip(nets, makers, strict=True):
            set_point(net, maker.point(int(hour)))
            started, before = time.perf_counter(), time.process_time()
            solved += _solve(net, how)
            spent, spent_cpu = spent + time.perf_counter() - started, spent_cpu + time.process_time() - before
        seconds.append(spent)
        used.append(spent_cpu)
    # The first hour compiles and is left out.
    hour_s, hour_cpu_s = float(np.mean(seconds[1:])), float(np.mean(used[1:]))
    return {"work_s": hour_s * YEAR_HOURS, "work_cpu_s": hour_cpu_s * YEAR_HOURS, "hour_s": hour_s, "solved": solved}


def _solve(net: Any, how: str) -> int:
    import pandapower

    if how == "rounds":
        return int(solve(net, warm=True).converged)
    ours = {"distributed_slack": how != "own-limits", "enforce_q_lims": how == "own-limits"}
    start = "results" if how == "warm" and len(net.res_bus) else "dc"
    try:
        pandapower.runpp(net, init=start, tolerance_mva=1e-8, max_iteration=30, lightsim2grid=False, **ours)
    except pandapower.LoadflowNotConverged:
        return 0
    return 1


JOBS: dict[str, tuple[str, Callable[[SecurityRun], dict[str, Any]]]] = {
    "free": ("greengrid, all hours, no reactive limits", free),
    "limits": ("greengrid, all hours, reactive limits, taps, reactors", limits),
    "outages": ("greengrid, N-1 in AC: every branch, every hour", outages),
    "lodf": ("greengrid, N-1 by outage factors: every branch, every hour", factors),
    "dc": ("pandapower runpp loop, from DC angles", lambda run: loop(run, "dc")),
    "warm": ("pandapower runpp loop, from the last hour", lambda run: loop(run, "warm")),
    "own-limits": ("pandapower runpp loop, its own reactive limits, one slack", lambda run: loop(run, "own-limits")),
    "rounds": ("pandapower runpp in rounds, same limits as ours", lambda run: loop(run, "rounds")),
}


def main(kind: str) -> None:
    """Runs one job and tells its answer."""
    run = read_run(RUN)
    title, work = JOBS[kind]
    compile_s = 0.0
    if title.startswith("greengrid"):
        started = time.perf_counter()
        work(run)
        compile_s = time.perf_counter() - started
        run = SecurityRun(run.case, run.inputs, run.dispatch)
    started, used = time.perf_counter(), time.process_time()
    answer = work(run)
    spent = {"work_s": time.perf_counter() - started, "work_cpu_s": time.process_time() - used}
    tell({"tool": title, "first_s": compile_s, **spent, **answer})


def _seconds(value: float) -> str:
    return f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def section(found: dict[str, Any], note: str) -> str:
    """Its part of RESULTS.md."""
    rows = {row["kind"]: row for row in found["rows"] if row["answer"]}
    heads = ["what", "work s", "processor s", "memory GB", "solved", "against ours", "by processor time"]
    lines = [heads, ["---"] * len(heads)]
    for kind, row in rows.items():
        answer = row["answer"]
        mine = rows.get("free" if kind in ("dc", "warm") else "limits")
        ratio = by_cpu = ""
        if kind in ("dc", "warm", "own-limits", "rounds") and mine:
            ratio = f"{answer['work_s'] / mine['answer']['work_s']:.0f}"
            by_cpu = f"{answer['work_cpu_s'] / mine['answer']['work_cpu_s']:.0f}"
        counted = f"{answer['cases'] - answer['unsolved']:,} of {answer['cases']:,}" if "cases" in answer else ""
        solved = counted or f"{answer['solved']:,}"
        cells = [
            _seconds(answer["work_s"]),
            _seconds(answer["work_cpu_s"]),
            f"{row['peak_gb']:.2f}" if row["peak_gb"] else "",
            solved,
        ]
        lines.append([answer["tool"], *cells, ratio, by_cpu])
    table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    return "\n".join(
        [
            "## AC power flow of the year: case `base`, 8,760 h, two synchronous areas, two cores",
            "",
            note,
            "Ours counts from the dispatch in memory to all tables written (points, solution, flows, records,",
            "findings); solved counts hours in both areas where limits hold, area-hours where none do. The loops are",
            f"**extrapolated** from {SAMPLE_HOURS} hours spread over the year; only `runpp` itself counts there, not",
            "the setting of its tables. N-1 starts from the solved year; what is not solved is a collapse or has no",
            "solution. Processor time counts both cores together; other work stretches the wall time alone.",
            "",
            table,
        ]
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
