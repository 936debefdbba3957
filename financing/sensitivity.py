"""Which uncertain input moves a measure, alone and together with others: variance-based indices over all at once.

First index S1: the share of the variance that goes when the input becomes known. Total index ST: what stays when all
others are known. Sobol 2001, Mathematics and Computers in Simulation 55, eq. 8 and 11; sampled as Saltelli et al. 2010,
Computer Physics Communications 181, table 2; computed by SALib. Inputs are taken as independent here, which the draws
of the risk analysis are not: S1 + interactions explain one variance only then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from financing.batch import Draws
from financing.batch_choice import run_draws
from financing.funding import FundingModel
from financing.operation import equity_target_pa, operate
from financing.plan import Plan
from financing.problems import FinancingProblem, FinancingProblems
from financing.project import Project
from financing.risk import CHUNK, MARKET_MODELS, cable_output
from financing.risk_inputs import risk_inputs
from financing.stress import delayed, sized
from financing.structure import Structure
from financing.timeline import FloatArray

SAMPLES = 512
"""Base samples; the model runs (inputs + 2) times as often."""
SAMPLES_MIN, SAMPLES_MAX = 64, 65_536
LIVES = 4_000
MEASURES = ("npv_prefinance_usd_nominal", "equity_npv_usd_nominal", "dscr_min_ratio")
GROUPS: Mapping[str, str] = {
    "capex": "cost",
    "delay": "cost",
    "opex": "cost",
    "repair": "cost",
    "rates": "finance",
    "currency": "finance",
    "price": "price",
    "weather": "weather",
}

Shares = FloatArray
"""Cumulative shares between 0 and 1, shape (draws, inputs)."""


@dataclass(frozen=True, slots=True)
class Index:
    """One input's part in the variance of one measure; errors are half the width of a 95 % interval."""

    measure: str
    input: str
    group: str
    first_frac: float
    first_error_frac: float
    total_frac: float
    total_error_frac: float


def indices(
    groups: Mapping[str, str], model: Callable[[Shares], Mapping[str, FloatArray]], *, samples: int, seed: int
) -> tuple[Index, ...]:
    """Indices of every measure that the model gives, largest total first.

    `groups` names the inputs and the group of each; the model takes shares of shape (draws, inputs) and gives arrays of
    shape (draws,). A measure that does not vary, or does not exist in every draw, has none. Raises FinancingProblems
    for a number of samples that is no power of two between 64 and 65,536.
    """
    from SALib.analyze import sobol as analysis
    from SALib.sample import sobol as sampling

    if not SAMPLES_MIN <= samples <= SAMPLES_MAX or samples & (samples - 1):
        expected = f"a power of two from {SAMPLES_MIN} to {SAMPLES_MAX:,}"
        raise FinancingProblems([FinancingProblem("samples", str(samples), expected)])
    names = list(groups)
    problem = {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
    shares = sampling.sample(problem, samples, calc_second_order=False, seed=seed)
    inside = np.clip(shares, 1e-9, 1.0 - 1e-9)
    found: list[Index] = []
    for measure, values in model(inside).items():
        if not np.isfinite(values).all() or np.ptp(values) <= 1e-12 * max(1.0, float(np.abs(values).max())):
            continue
        part = analysis.analyze(problem, values, calc_second_order=False, seed=seed)
        columns = zip(names, part["S1"], part["S1_conf"], part["ST"], part["ST_conf"], strict=True)
        rows = [Index(measure, name, groups[name], *map(float, numbers)) for name, *numbers in columns]
        found += sorted(rows, key=lambda row: -row.total_frac)
    return tuple(found)


def mix_indices(
    plan: Plan,
    structure: Structure,
    *,
    samples: int = SAMPLES,
    seed: int = 1,
    weather_factors: Sequence[float] = (),
) -> tuple[Index, ...]:
    """What moves the worth of the project, of its owners, and the least cover of debt, for one mix sized on the plan.

    `weather_factors`: revenue in each dispatched weather year over the plan's; without at least two of them the weather
    is not varied. Raises FinancingProblems like `finance`.
    """
    inputs = risk_inputs()
    follows = any(stream.model in MARKET_MODELS for stream in plan.revenue)
    names = [name for name in inputs if name != "price" or follows]
    names += ["weather"] if len(weather_factors) > 1 else []
    outcome = operate(FundingModel(Project(plan), structure), Project(plan).revenue_usd_nominal)
    fixed, target = sized(outcome), equity_target_pa(outcome.model)
    lives = np.sort(cable_output(plan, LIVES, seed).mean(axis=0))

    def model(shares: Shares) -> Mapping[str, FloatArray]:
        share = dict(zip(names, shares.T, strict=True))
        value = {name: inputs[name].at(column) for name, column in share.items() if name in inputs and name != "repair"}
        one = np.ones(len(shares))
        output = np.quantile(lives, share["repair"])
        if "weather" in share:
            years = np.minimum((share["weather"] * len(weather_factors)).astype(int), len(weather_factors) - 1)
            output = output * np.asarray(weather_factors)[years]
        draws = Draws(
            capex_factor=value["capex"],
            revenue_factor=np.maximum(0.0, value["price"]) if follows else one,
            opex_factor=np.maximum(0.1, value["opex"]),
            output_factor=np.broadcast_to(output, (plan.operation_years, len(shares))),
            rate_shift_pa=value["rates"],
            dollar_fall_pa=value["currency"],
        )
        return _answers(plan, fixed, (draws, value["delay"]), target)

    return indices({name: GROUPS[name] for name in names}, model, samples=samples, seed=seed)


def _answers(
    plan: Plan, fixed: Structure, drawn: tuple[Draws, FloatArray], target_pa: float | None
) -> dict[str, FloatArray]:
    draws, delay_years = drawn
    whole = {measure: np.empty(len(delay_years)) for measure in MEASURES}
    for years in np.unique(delay_years).astype(int).tolist():
        positions = np.flatnonzero(delay_years == years)
        late, moved = delayed(plan, fixed, years) if years else (plan, fixed)
        for start in range(0, len(positions), CHUNK):
            chosen = positions[start : start + CHUNK]
            batch = run_draws(Project(late), moved, draws.some(chosen), target_pa)
            for measure, values in whole.items():
                values[chosen] = getattr(batch, measure)
    return whole
