"""Draws of the funding mixes in one process: `job_draws.py fast MIX DRAWS` or `job_draws.py plain MIX DRAWS`."""

from __future__ import annotations

import sys
import time
from importlib import metadata
from pathlib import Path

import numpy as np

from financing.batch import Draws, run_batch
from financing.funding import FundingModel
from financing.loading import load_structure
from financing.operation import equity_target_pa, operate
from financing.plan import Plan
from financing.project import Project
from financing.risk import make_draws, risk
from financing.stress import sized
from greengrid.plans import read_plan
from tests.benchmarks.measure import tell
from tests.benchmarks.plain_waterfall import plain_draw

PLAN = Path(__file__).parent.parent / "cases" / "plan_example" / "plan.toml"
SEED = 1
VERSIONS = ("numpy", "numpy-financial", "scipy")


def fast(plan: Plan, mix: str, count: int) -> dict[str, object]:
    """Everything that `greengrid finance --draws` does for one mix, delays and percentiles included."""
    began, worked = time.perf_counter(), time.process_time()
    found = risk(plan, load_structure(mix), draws=count, seed=SEED)
    return {
        "work_s": time.perf_counter() - began,
        "work_cpu_s": time.process_time() - worked,
        "default_frac": found.default_probability_frac,
        "npv_p50_musd": (found.npv_prefinance_usd_nominal.p50 or 0.0) / 1e6,
    }


def plain(plan: Plan, mix: str, count: int) -> dict[str, object]:
    """The loop over the first draws of the same kind, none late, and how far its answers are from the fast ones."""
    project, structure = Project(plan), load_structure(mix)
    outcome = operate(FundingModel(project, structure), project.revenue_usd_nominal)
    fixed, target = sized(outcome), equity_target_pa(outcome.model)
    draws: Draws = make_draws(plan, count, SEED)[0]
    batch = run_batch(project, fixed, draws, target)
    began, worked = time.perf_counter(), time.process_time()
    answers = [plain_draw(project, fixed, draws, k) for k in range(count)]
    took, cpu = time.perf_counter() - began, time.process_time() - worked
    worth = np.array([answer.npv_prefinance_usd_nominal for answer in answers])
    cover = np.array([answer.dscr_min_ratio for answer in answers])
    earned = np.array([answer.equity_irr_pa for answer in answers])
    both = np.isfinite(earned) & np.isfinite(batch.equity_irr_pa)
    return {
        "work_s": took,
        "work_cpu_s": cpu,
        "npv_gap_usd": float(np.abs(worth - batch.npv_prefinance_usd_nominal).max()),
        "dscr_gap_ratio": float(np.abs(cover - batch.dscr_min_ratio).max()),
        "irr_gap_pa": float(np.abs(earned - batch.equity_irr_pa)[both].max()) if both.any() else 0.0,
        "defaults_differ": int(
            sum(answer.defaults != own for answer, own in zip(answers, batch.defaults, strict=True))
        ),
    }


def main(kind: str, mix: str, draws: str) -> None:
    """Measures one mix."""
    answer = {"fast": fast, "plain": plain}[kind](read_plan(PLAN), mix, int(draws))
    tell({**answer, "draws": int(draws), "versions": {name: metadata.version(name) for name in VERSIONS}})


if __name__ == "__main__":
    main(*sys.argv[1:])
