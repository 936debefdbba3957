"""The shipped case `base`, its year dispatched cold, then again with another rating of the Caspian link: job_base.py.

The second year keeps the grid and its AC package: the rating alone changes, which is what a sweep of sizes asks.

job_base.py option dispatch.reserve=none       the year once, cold, with an option of the dispatch
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace

from greengrid.case import load_case
from greengrid.dispatch.assemble import make_problem
from greengrid.dispatch.problem import Problem
from greengrid.dispatch.year import Optimum, optimise, solve_again
from greengrid.inputs import Inputs, make_weather, read_inputs
from greengrid.weather.profiles import Profiles
from tests.benchmarks.job_ours import facts
from tests.benchmarks.measure import tell

LINK, OTHER_MW = "caspian", 1500.0


def main(hours: str = "") -> None:
    """Times building and solving; `hours` like 2035-01-01..2035-02-01 for a part of the year."""
    case = load_case("base", [f'hours="{hours}"'] if hours else [])
    inputs = read_inputs(case)
    profiles = make_weather(case, inputs.grid, inputs.economy)
    started = time.perf_counter()
    problem = _problem(inputs, profiles, None)
    built_s = time.perf_counter() - started
    steps = []

    def step(what: str, began: float, optimum: Optimum) -> None:
        steps.append({"what": what, "work_s": time.perf_counter() - began, **facts(optimum)})

    began = time.perf_counter()
    first = optimise(problem)
    step("cold, from the problem in memory", began, first)
    work_s = time.perf_counter() - started
    other = _problem(inputs, profiles, OTHER_MW)
    began = time.perf_counter()
    step(f"again with {OTHER_MW:,.0f} MW on the Caspian link", began, solve_again(other, first))
    tell({"work_s": work_s, "build_s": built_s, "steps": steps, "versions": steps[0]["versions"]})


def option(setting: str) -> None:
    """Times the year, cold, with one option of the dispatch set; its part behind `=` is a word, a number or TOML."""
    key, _, value = setting.partition("=")
    case = load_case("base", [f'{key}="{value}"' if value.isalpha() else setting])
    inputs = read_inputs(case)
    problem = _problem(inputs, make_weather(case, inputs.grid, inputs.economy), None)
    began = time.perf_counter()
    optimum = optimise(problem)
    tell({"option": setting, "work_s": time.perf_counter() - began, **facts(optimum)})


def _problem(inputs: Inputs, profiles: Profiles, link_mw: float | None) -> Problem:
    grid = inputs.grid
    if link_mw is not None:
        links = tuple(replace(one, capacity_mw=link_mw) if one.name == LINK else one for one in grid.links)
        grid = replace(grid, links=links)
    return make_problem(grid, profiles, inputs.economy, inputs.options)


if __name__ == "__main__":
    if sys.argv[1:2] == ["option"]:
        option(sys.argv[2])
    else:
        main(*sys.argv[1:])
