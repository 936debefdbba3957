"""Risk: the whole mix through many draws of cost, delay, rates, currencies and cable faults."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from financing.batch import Batch, Draws, run_batch
from financing.funding import FundingModel
from financing.operation import equity_target_pa, operate
from financing.plan import Plan
from financing.project import Project
from financing.risk_inputs import RiskInput, correlated_shares, risk_inputs
from financing.stress import delayed, sized
from financing.structure import Structure
from financing.timeline import FloatArray

Positions = NDArray[np.int64]
DRAWS = 5_000
"""Of a run; the standard error of a probability is then at most 0.7 points."""
CHUNK = 5_000
WORKERS = 2
MARKET_MODELS = ("merchant_rent", "ppa_margin")
"""Revenue that follows a market; contracts do not."""
PERCENTILES = (10, 50, 90)
MEASURES = ("npv_prefinance_usd_nominal", "equity_npv_usd_nominal", "equity_irr_pa", "dscr_min_ratio")


@dataclass(frozen=True, slots=True)
class Spread:
    """A measure over the draws in which it exists: a tenth of them lie below p10, a tenth above p90."""

    p10: float | None
    p50: float | None
    p90: float | None
    mean: float | None
    exists_frac: float


@dataclass(frozen=True, slots=True)
class Risk:
    """One mix through the draws."""

    mix: str
    draws: int
    seed: int
    npv_prefinance_usd_nominal: Spread
    equity_npv_usd_nominal: Spread
    equity_irr_pa: Spread
    dscr_min_ratio: Spread
    breach_probability_frac: float
    """Least DSCR below the covenant."""
    default_probability_frac: float
    """Senior service or running cost unpaid, or subordinated service at the end."""
    probability_error_frac: float
    """Largest standard error of the two, sqrt(p (1-p)/n)."""
    not_varied: tuple[str, ...]

    def row(self) -> dict[str, object]:
        """One flat row for tables."""
        flat: dict[str, object] = {"mix": self.mix, "draws": self.draws, "seed": self.seed}
        for measure in MEASURES:
            spread: Spread = getattr(self, measure)
            flat |= {f"{measure}_{field.name}": getattr(spread, field.name) for field in fields(Spread)}
        return flat | {
            "breach_probability_frac": self.breach_probability_frac,
            "default_probability_frac": self.default_probability_frac,
            "probability_error_frac": self.probability_error_frac,
            "not_varied": " | ".join(self.not_varied),
        }


def risk(plan: Plan, structure: Structure, *, draws: int = DRAWS, seed: int = 1) -> Risk:
    """The mix through `draws` draws; its loans are sized on the plan and stay, as after signing.

    Raises FinancingProblems like `finance`, FinancingFailed where sources and uses do not close.
    """
    project = Project(plan)
    outcome = operate(FundingModel(project, structure), project.revenue_usd_nominal)
    fixed, target = sized(outcome), equity_target_pa(outcome.model)
    drawn = make_draws(plan, draws, seed)
    parts: list[tuple[Positions, Batch]] = []
    with ThreadPoolExecutor(WORKERS) as pool:  # numpy lets both cores work
        jobs = [
            (chosen, pool.submit(_part, plan, fixed, (years, drawn[0].some(chosen)), target))
            for years, chosen in _chunks(drawn[1])
        ]
        parts = [(chosen, job.result()) for chosen, job in jobs]
    whole = {field.name: _whole(parts, field.name, draws) for field in fields(Batch)}
    breach, default = float(whole["breaches"].mean()), float(whole["defaults"].mean())
    error = max(float(np.sqrt(p * (1.0 - p) / draws)) for p in (breach, default))
    worth, owners, earned, cover = (_spread(whole[measure]) for measure in MEASURES)
    return Risk(structure.name, draws, seed, worth, owners, earned, cover, breach, default, error, _not_varied(plan))


def make_draws(plan: Plan, count: int, seed: int) -> tuple[Draws, FloatArray]:
    """The draws and the whole years of delay of each.

    All of the plan's unavailability is taken as cable faults: their mean number a year is (1 - availability) x 365 /
    mean days of repair, Poisson, so that energy on average is the plan's.
    """
    inputs = risk_inputs()
    shares = correlated_shares({name: row for name, row in inputs.items() if name != "repair"}, count, seed)
    value = {name: inputs[name].at(share) for name, share in shares.items()}
    follows = any(stream.model in MARKET_MODELS for stream in plan.revenue)
    draws = Draws(
        capex_factor=value["capex"],
        revenue_factor=np.maximum(0.0, value["price"]) if follows else np.ones(count),
        opex_factor=np.maximum(0.1, value["opex"]),
        output_factor=_output(plan, inputs["repair"], count, seed),
        rate_shift_pa=value["rates"],
        dollar_fall_pa=value["currency"],
    )
    return draws, value["delay"]


def _output(plan: Plan, repair: RiskInput, count: int, seed: int) -> FloatArray:
    """Energy of each operating year against the plan's, (years, draws)."""
    rng = np.random.default_rng([seed, 1])
    expected = (1.0 - plan.availability_frac) * 365.0 / repair.mean
    faults = rng.poisson(expected, (plan.operation_years, count))
    days = np.zeros(faults.shape)
    for number in range(int(faults.max(initial=0))):
        some = faults > number
        days[some] += repair.at(norm.cdf(rng.standard_normal(int(some.sum()))))
    return np.asarray(np.maximum(0.0, 1.0 - days / 365.0) / plan.availability_frac)


def _chunks(delay_years: FloatArray) -> Iterator[tuple[int, Positions]]:
    """(years of delay, positions): draws that share a time axis, in pieces that fit the processor's cache."""
    for years in np.unique(delay_years).astype(int).tolist():
        positions = np.flatnonzero(delay_years == years).astype(np.int64)
        for start in range(0, len(positions), CHUNK):
            yield years, positions[start : start + CHUNK]


def _part(plan: Plan, structure: Structure, drawn: tuple[int, Draws], target_pa: float | None) -> Batch:
    years, draws = drawn
    late, moved = delayed(plan, structure, years) if years else (plan, structure)
    return run_batch(Project(late), moved, draws, target_pa)


def _whole(parts: list[tuple[Positions, Batch]], name: str, count: int) -> FloatArray:
    values = np.empty(count)
    for chosen, batch in parts:
        values[chosen] = getattr(batch, name)
    return values


def _spread(values: FloatArray) -> Spread:
    known = values[np.isfinite(values)]
    if not len(known):
        return Spread(None, None, None, None, 0.0)
    low, middle, high = (float(each) for each in np.percentile(known, PERCENTILES))
    return Spread(low, middle, high, float(known.mean()), len(known) / len(values))


def _not_varied(plan: Plan) -> tuple[str, ...]:
    words = ["weather year: one year was dispatched", "inflation", "demand and generation of later years"]
    if not any(stream.model in MARKET_MODELS for stream in plan.revenue):
        words.append("market price: the revenue is a contract's")
    return tuple(words)
