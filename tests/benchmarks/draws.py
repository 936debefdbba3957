"""Draws of the funding mixes: how long 100,000 take, against a plain loop with numpy_financial.

    .venv/bin/python -m tests.benchmarks.draws            every shipped mix, and the loop
    .venv/bin/python -m tests.benchmarks.draws --quick    one mix
    .venv/bin/python -m tests.benchmarks.draws --shared   say in the table that other work ran meanwhile

Writes its own section of RESULTS.md and leaves the others alone.
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from financing.loading import shipped_structures
from tests.benchmarks.measure import OURS, Measurement, machine, measure
from tests.benchmarks.results import kept

TARGET = Path(__file__).parent / "RESULTS.md"
TITLE = "## Draws of the funding mixes"
DRAWS, PLAIN_DRAWS = 100_000, 500
PLAIN_MIX = "sovereign"
GOAL_S, GOAL_TIMES = 10.0, 100.0


def job(kind: str, mix: str, draws: int, cores: int) -> Measurement:
    """One mix in a process of its own."""
    return measure([OURS, "-m", "tests.benchmarks.job_draws", kind, mix, str(draws)], cores=cores)


def section(mixes: list[str], *, shared: bool) -> str:
    """Measures and words the section."""
    loop = job("plain", PLAIN_MIX, PLAIN_DRAWS, 1)
    rows = [(mix, job("fast", mix, DRAWS, 2)) for mix in mixes]
    own = dict(rows)[PLAIN_MIX]
    scale = DRAWS / PLAIN_DRAWS
    wall_s, cpu_s = (float(loop.answer[key]) * scale for key in ("work_s", "work_cpu_s"))
    times, times_cpu = wall_s / own.work_s, cpu_s / float(own.answer["work_cpu_s"])
    slowest = max(done.work_s for _, done in rows)
    meanwhile = "; other work ran on the machine meanwhile" if shared else ""
    lines = [
        TITLE,
        "",
        f"Written by `python -m tests.benchmarks.draws`. Measured {datetime.now(UTC):%Y-%m-%d}{meanwhile}.",
        f"{machine()}.",
        f"{DRAWS:,} draws of the whole waterfall of a mix, construction, loans, tax and reserves included, delays of a",
        "year and two among them, with percentiles and distributions, on two cores; plan: `tests/cases/plan_example`.",
        "",
        "| mix | wall s | processor s | memory GB | default % | NPV P50 M USD |",
        "| --- | --- | --- | --- | --- | --- |",
        *(_row(mix, done) for mix, done in rows),
        "",
        f"Goal {GOAL_S:.0f} s a mix: {_met(slowest <= GOAL_S)}, slowest {slowest:.1f} s.",
        "",
        f"The plain loop (`plain_waterfall.py`, `numpy_financial`, one core) takes {loop.work_s:.2f} s for "
        f"{PLAIN_DRAWS} draws of",
        f"{PLAIN_MIX}, **extrapolated** to {wall_s:,.0f} s for {DRAWS:,}: {times:.0f} times ours by wall time on two "
        f"cores, {times_cpu:.0f} times",
        f"by processor time. Goal {GOAL_TIMES:.0f} times: {_met(times >= GOAL_TIMES)} by wall time, "
        f"{_met(times_cpu >= GOAL_TIMES)} by processor time. Its answers are ours: NPV within",
        f"{float(loop.answer['npv_gap_usd']):.0e} USD, least DSCR within {float(loop.answer['dscr_gap_ratio']):.0e}, "
        f"equity IRR within {float(loop.answer['irr_gap_pa']):.0e}, {loop.answer['defaults_differ']} defaults differ.",
    ]
    return "\n".join(lines)


def _met(whether: bool) -> str:
    return "met" if whether else "not met"


def _row(mix: str, done: Measurement) -> str:
    answer = done.answer
    cells = (
        mix,
        f"{done.work_s:.2f}",
        f"{float(answer['work_cpu_s']):.2f}",
        f"{done.peak_gb:.2f}",
        f"{100 * float(answer['default_frac']):.1f}",
        f"{float(answer['npv_p50_musd']):,.0f}",
    )
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Measures, then puts the section in place of the old one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one mix only")
    parser.add_argument("--shared", action="store_true", help="say in the table that other work ran meanwhile")
    options, _ = parser.parse_known_args()  # `make bench` hands the options of every benchmark to all
    made = section([PLAIN_MIX] if options.quick else list(shipped_structures()), shared=options.shared)
    page = TARGET.read_text(encoding="utf-8")
    old = kept(page, TITLE)
    page = page.replace(old, made) if old else f"{page.rstrip()}\n\n{made}\n"
    TARGET.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
