"""The shipped case `base`, its year dispatched cold: job_base.py."""

from __future__ import annotations

import time

from greengrid.case import load_case
from greengrid.dispatch.assemble import make_problem
from greengrid.dispatch.year import optimise
from greengrid.inputs import make_weather, read_inputs
from tests.benchmarks.job_ours import facts
from tests.benchmarks.measure import tell


def main() -> None:
    """Times the building and the solution of the year."""
    case = load_case("base")
    inputs = read_inputs(case)
    profiles = make_weather(case, inputs.grid, inputs.economy)
    started = time.perf_counter()
    problem = make_problem(inputs.grid, profiles, inputs.economy)
    optimum = optimise(problem)
    work_s = time.perf_counter() - started
    tell({"work_s": work_s, "steps": [{"what": "cold", "work_s": work_s, **facts(optimum)}]})


if __name__ == "__main__":
    main()
