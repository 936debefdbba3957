"""greengrid's side of one measurement: job_ours.py solve DATA | build DATA | pandapower DATA HOURS."""

from __future__ import annotations

import importlib.metadata
import sys
import time
from pathlib import Path

import numpy as np

from greengrid.dispatch.extract import nodal_prices
from greengrid.dispatch.program import Program, Span
from greengrid.dispatch.solver import load
from greengrid.dispatch.year import Optimum, optimise
from tests.benchmarks.measure import tell
from tests.benchmarks.ours import make_problem
from tests.benchmarks.synthetic import DataSet

PACKAGES = ("greengrid", "highspy", "numpy", "scipy", "pandapower")


def versions() -> dict[str, str]:
    """Of what our side runs on."""
    return {name: importlib.metadata.version(name) for name in PACKAGES}


def solve(data: DataSet) -> dict[str, object]:
    """From the data set to prices and flows."""
    problem = make_problem(data)
    optimum = optimise(problem)
    price = float(nodal_prices(problem, optimum)[:, 0].mean())
    flow = np.abs(optimum.program.flows(optimum.solution.values)).max()
    return {"price_usd_per_mwh": price, "flow_max_mw": flow, **facts(optimum)}


def facts(optimum: Optimum) -> dict[str, object]:
    """Certificate and size."""
    return {
        "objective_usd": optimum.objective_usd,
        "gap_frac": optimum.gap_frac,
        "residual_mw": optimum.balance_residual_max_mw,
        "rounds": optimum.solution.rounds,
        "iterations": optimum.solution.iterations,
        "columns": optimum.program.width,
        "rows": len(optimum.solution.row_dual),
        "method": optimum.method,
        "versions": versions(),
    }


def build(data: DataSet) -> dict[str, object]:
    """From the data set to a solver that holds the whole undecomposed program."""
    problem = make_problem(data)
    program = Program(problem, Span(0, problem.days, cyclic=True))
    load(program, [])
    return {"columns": program.width, "rows": len(program.row_lower), "versions": versions()}


def main(kind: str, path: str, *more: str) -> None:
    """Runs one job and tells its answer."""
    data = DataSet.load(Path(path))
    if kind == "pandapower":
        from tests.benchmarks.peer_pandapower import run_hours

        tell(run_hours(data, int(more[0])))
        return
    work = {"solve": solve, "build": build}[kind]
    started, used = time.perf_counter(), time.process_time()
    answer = work(data)
    tell({**answer, "work_s": time.perf_counter() - started, "work_cpu_s": time.process_time() - used})


if __name__ == "__main__":
    main(*sys.argv[1:])
