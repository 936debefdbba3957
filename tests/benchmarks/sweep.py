"""What a sweep costs: twenty cable sizes against one cold run, and cases that differ in money alone.

python -m tests.benchmarks.sweep sizes                           the full year of `base`, twenty sizes
python -m tests.benchmarks.sweep sizes 2035-01-01..2035-02-05    five weeks of it
python -m tests.benchmarks.sweep finance 10000                   so many cases on one dispatched year of `tiny`

Times are of the processor, all threads of the process added up: what one core alone would take, whatever else runs.
"""

from __future__ import annotations

import itertools
import sys
import time
from typing import Any

from greengrid.sweep.axes import make_sweep
from greengrid.sweep.cases import Sweep, make_cases
from greengrid.sweep.work import DispatchTask, FinanceTask, dispatch, finance
from tests.benchmarks.measure import tell

SIZES = 20
SIZE_STEP_MW = 200
GOAL_RUNS, TARGET_RUNS = 8, 12
MIXES = ("blended", "concessional", "global-gateway", "jv-thirds", "sovereign", "green-bond", "commercial", "ppp")
"""The last three are dearer: a bond's yield, or loans sized to the cash."""


def sizes(hours: str = "all") -> dict[str, Any]:
    """Twenty sizes from 0.2 to 4 GW, package fixed, each started from its neighbour; the first is the cold run."""
    top = SIZES * SIZE_STEP_MW
    axes = {"link.caspian.capacity_mw": {"low": SIZE_STEP_MW, "high": top, "step": SIZE_STEP_MW}}
    fixed = {"hours": hours, "ac_hours": 0, "reinforcement.package_mw": top}
    swept = make_cases("base", make_sweep({"axes": axes, "fixed": fixed}, "bench"))
    starts: dict[str, bytes] = {}
    times: dict[float, float] = {}
    for key in _order(swept):
        parent = swept.parents.get(key)
        began = time.process_time()
        task = DispatchTask(key, swept.dispatches[key], starts.get(parent or ""), True)
        _, starts[key] = dispatch(task)
        size = swept.dispatches[key]["link"]["caspian"]["capacity_mw"]
        times[size] = time.process_time() - began
        sys.stderr.write(f"{size:g} MW: {times[size]:.1f} s\n")
    cold = next(iter(times.values()))
    total = sum(times.values())
    return {
        "what": f"{SIZES} sizes of base, hours {hours}",
        "cold_processor_s": round(cold, 1),
        "all_processor_s": round(total, 1),
        "cold_runs": round(total / cold, 2),
        "target_runs": TARGET_RUNS,
        "goal_runs": GOAL_RUNS,
        "by_size_processor_s": {f"{size:g}": round(times[size], 1) for size in sorted(times)},
        "start_bytes": len(next(iter(starts.values()))),
    }


def _order(swept: Sweep) -> list[str]:
    """Parents before children."""
    done: list[str] = [key for key in swept.dispatches if key not in swept.parents]
    while len(done) < len(swept.dispatches):
        done += [key for key, parent in swept.parents.items() if parent in done and key not in done]
    return done


def finance_only(cases: int = 10_000) -> dict[str, Any]:
    """Mixes x contract levels x inflation x cost of the cable on one dispatched year; processor time by mix."""
    contracts = max(1, cases // (len(MIXES) * 10 * 5))
    axes = {
        "financing.mixes": [[mix] for mix in MIXES],
        "revenue.capacity_charge.charge_usd_real_per_mw_year": [50_000 + 10_000 * k for k in range(contracts)],
        "project.inflation_pa": [round(0.01 + 0.003 * k, 4) for k in range(10)],
        "link.caspian.cost.subsea_cable": [1500, 2000, 2500, 3000, 3500],
    }
    began = time.process_time()
    swept = make_cases("tiny", make_sweep({"axes": axes, "fixed": {"hours": "all", "ac_hours": 0}}, "bench"))
    checked = time.process_time() - began
    ((key, content),) = swept.dispatches.items()
    record, _ = dispatch(DispatchTask(key, content, None, False))
    by_mix = {mix: [0, 0.0] for mix in MIXES}
    contents = sorted((one.content for one in swept.cases), key=lambda content: str(content["financing"]["mixes"]))
    for (mix,), group in itertools.groupby(contents, key=lambda content: tuple(content["financing"]["mixes"])):
        own = tuple(group)
        began = time.process_time()
        found = finance(FinanceTask(key, own, record.year))
        by_mix[mix] = [len(found), time.process_time() - began]
    total = sum(spent for _, spent in by_mix.values())
    return {
        "what": f"{len(swept.cases):,} cases that differ in money alone",
        "checking_processor_s": round(checked, 1),
        "financing_processor_s": round(total, 1),
        "per_case_ms": round(1e3 * total / len(swept.cases), 2),
        "per_case_ms_by_mix": {mix: round(1e3 * spent / count, 2) for mix, (count, spent) in by_mix.items() if count},
    }


def section(found: dict[str, Any], note: str) -> str:
    """Its part of RESULTS.md."""
    lines = ["## Sweeps", "", note, ""]
    for row in found["rows"]:
        answer = row["answer"]
        if not answer:
            lines.append(f"{row['kind']}: {row['failure'].splitlines()[-1][:80]}")
        elif row["kind"] == "sizes":
            cold, whole = answer["cold_processor_s"], answer["all_processor_s"]
            lines.append(
                f"{answer['what']}: {whole:,.0f} s of processor time, {answer['cold_runs']:.1f} times the "
                f"{cold:,.0f} s of the cold run among them (at most {TARGET_RUNS} asked for)."
            )
        else:
            by_mix = ", ".join(f"{mix} {spent}" for mix, spent in answer["per_case_ms_by_mix"].items())
            lines.append(
                f"{answer['what']}: {answer['financing_processor_s']:,.0f} s of processor time, "
                f"{answer['per_case_ms']} ms each ({by_mix}); checking them {answer['checking_processor_s']:,.0f} s."
            )
    return "\n".join(lines)


def main(what: str = "sizes", argument: str = "") -> None:
    """One of the two measurements as JSON."""
    found = finance_only(int(argument or 10_000)) if what == "finance" else sizes(argument or "all")
    tell(found)


if __name__ == "__main__":
    main(*sys.argv[1:])
