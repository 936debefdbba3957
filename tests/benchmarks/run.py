"""`make bench`: measures every section that is asked for and writes RESULTS.md from all that were ever measured here.

python -m tests.benchmarks.run                     every section, three seeds, median of three
python -m tests.benchmarks.run --quick             one seed, one run each, a week and two weeks
python -m tests.benchmarks.run --only week,build   these sections alone
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from tests.benchmarks import ac_year as ac
from tests.benchmarks import growth, results
from tests.benchmarks.measure import OURS, PYPSA, ROOT, Measurement, machine, measure, median
from tests.benchmarks.synthetic import YEAR_HOURS, make

WORK = ROOT / "out" / "benchmarks"
SPANS = {"week": 168, "two-weeks": 336, "month": 730, "two-months": 1460}
PEER_LIMIT_S = 600.0
PANDAPOWER_SAMPLE_HOURS = 24
OPTIONS = ("dispatch.reserve=none", "dispatch.ramps=none", "dispatch.green=monthly", "dispatch.commitment=relaxed")
"""`base` itself holds reserve for the largest pole and ramps by class."""


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    seeds: tuple[int, ...]
    repeats: int
    peer_repeats: int
    """Of runs that take minutes."""
    shared: bool
    """Whether other work ran on the machine."""
    peer_limit_s: float = PEER_LIMIT_S


def data_file(seed: int, hours: int) -> str:
    """The data set of a seed and span, written to disk."""
    path = WORK / "data" / f"seed{seed}-{hours}h.npz"
    make(seed).span(hours).save(path)
    return str(path)


def ours(kind: str, path: str, *, cores: int = 1, limit_s: float = 900.0) -> Measurement:
    """One job of ours."""
    return measure([OURS, "-m", "tests.benchmarks.job_ours", kind, path], cores=cores, limit_s=limit_s)


def pypsa(path: str, how: str, *, limit_s: float = PEER_LIMIT_S) -> Measurement:
    """One job of PyPSA."""
    return measure([PYPSA, "-m", "tests.benchmarks.job_pypsa", path, how], limit_s=limit_s)


def span(name: str, plan: Plan) -> list[dict[str, Any]]:
    """Ours, PyPSA's two ways and pandapower on the same hours, one after the other."""
    rows = []
    hours = SPANS[name]
    peer_repeats = plan.repeats if hours <= SPANS["two-weeks"] else plan.peer_repeats
    for seed in plan.seeds:
        path = data_file(seed, hours)
        runs: list[tuple[str, Callable[[], Measurement], int]] = [
            ("greengrid", partial(ours, "solve", path), plan.repeats),
            ("PyPSA, HiGHS default", partial(pypsa, path, "default", limit_s=plan.peer_limit_s), peer_repeats),
            ("PyPSA, HiPO without crossover", partial(pypsa, path, "hipo", limit_s=plan.peer_limit_s), peer_repeats),
        ]
        rows += [_row(seed, tool, median(work, times), times) for tool, work, times in runs]
    command = [OURS, "-m", "tests.benchmarks.job_ours", "pandapower", data_file(plan.seeds[0], hours)]
    sample = measure([*command, str(PANDAPOWER_SAMPLE_HOURS)])
    return [*rows, _row(plan.seeds[0], "pandapower rundcopp", sample, 1)]


def build(plan: Plan) -> list[dict[str, Any]]:
    """The year's problem, ours into the solver, PyPSA's as its model."""
    rows = []
    for seed in plan.seeds:
        path = data_file(seed, YEAR_HOURS)
        rows.append(_row(seed, "greengrid", median(partial(ours, "build", path), plan.repeats), plan.repeats))
        peer = median(partial(pypsa, path, "build"), plan.peer_repeats)
        rows.append(_row(seed, "PyPSA", peer, plan.peer_repeats))
    return rows


def year(plan: Plan) -> list[dict[str, Any]]:
    """The synthetic year on all cores, ours alone."""
    work = partial(ours, "solve", data_file(plan.seeds[0], YEAR_HOURS), cores=2, limit_s=1800.0)
    return [_row(plan.seeds[0], "greengrid", work(), 1)]


def base(plan: Plan) -> list[dict[str, Any]]:
    """The shipped case `base`: cold, then another cable capacity in the same process."""
    command = [OURS, "-m", "tests.benchmarks.job_base"]
    return [_row(0, "greengrid", measure(command, cores=2, limit_s=1800.0), 1)]


def options(plan: Plan) -> list[dict[str, Any]]:
    """The year of `base`, cold, as shipped and with one option of the dispatch changed at a time."""
    command = [OURS, "-m", "tests.benchmarks.job_base", "option"]
    return [
        {"option": setting, **_row(0, "greengrid", measure([*command, setting], cores=2, limit_s=1800.0), 1)}
        for setting in OPTIONS
    ]


def replicas(plan: Plan) -> list[dict[str, Any]]:
    """Ours on the network once, twice and four times over."""
    rows = []
    for hours in growth.HOURS:
        for copies in growth.COPIES:
            path = growth.data_file(WORK / "data", plan.seeds[0], hours, copies)
            done = median(partial(ours, "solve", path), plan.repeats)
            rows.append({**_row(plan.seeds[0], "greengrid", done, plan.repeats), "hours": hours, "copies": copies})
    return rows


def ac_year(plan: Plan) -> list[dict[str, Any]]:
    """The AC year of `base` in batch and in pandapower's loops; needs its run in out/base."""
    rows = []
    for kind in ac.JOBS:
        done = measure([OURS, "-m", "tests.benchmarks.ac_year", kind], cores=2, limit_s=1800.0)
        rows.append({"kind": kind, **_row(0, "greengrid", done, 1)})
    return rows


def sweep(plan: Plan) -> list[dict[str, Any]]:
    """Twenty cable sizes of `base` against one cold run, and 10,000 cases that differ in money alone."""
    command = [OURS, "-m", "tests.benchmarks.sweep"]
    jobs = (("sizes", "all"), ("finance", "10000"))
    return [{"kind": job[0], **_row(0, "greengrid", measure([*command, *job], limit_s=3600.0), 1)} for job in jobs]


def _row(seed: int, tool: str, done: Measurement, runs: int) -> dict[str, Any]:
    return {"seed": seed, "tool": tool, "runs": runs, **asdict(done)}


SECTIONS: dict[str, Callable[[Plan], list[dict[str, Any]]]] = {
    **{name: partial(span, name) for name in SPANS},
    "build": build,
    "year": year,
    "base": base,
    "options": options,
    "growth": replicas,
    "ac-year": ac_year,
    "sweep": sweep,
}


def main() -> None:
    """Reads the options, measures, keeps every section's numbers, writes the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(SECTIONS), help="sections, comma between")
    parser.add_argument("--quick", action="store_true", help="one seed, one run, a week and two weeks only")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--peer-repeats", type=int, default=1, help="of runs that take minutes")
    parser.add_argument("--shared", action="store_true", help="say in the table that other work ran meanwhile")
    parser.add_argument("--peer-limit", type=float, default=PEER_LIMIT_S, help="seconds a peer's run may take")
    options = parser.parse_args()
    plan = Plan(tuple(range(options.seeds)), options.repeats, options.peer_repeats, options.shared, options.peer_limit)
    names = options.only.split(",")
    if options.quick:
        plan, names = replace(plan, seeds=(0,), repeats=1, peer_repeats=1), ["week", "two-weeks"]
    for name in names:
        kept = {
            "measured": f"{datetime.now(UTC):%Y-%m-%d}",
            "machine": machine(),
            "shared": plan.shared,
            "rows": SECTIONS[name](plan),
        }
        target = WORK / "measured" / f"{name}.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(kept, indent=1))
        results.write(WORK / "measured")


if __name__ == "__main__":
    main()
