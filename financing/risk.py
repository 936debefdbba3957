"""Risk: the whole mix through many draws of cost, delay, rates, currencies and cable faults."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, fields

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from financing.batch import TEST_TOLERANCE, Batch, Draws
from financing.batch_choice import run_draws
from financing.funding import FundingModel
from financing.operation import equity_target_pa, operate
from financing.plan import Plan
from financing.project import Project
from financing.risk_inputs import correlated_shares, risk_inputs
from financing.stress import delayed, sized
from financing.structure import Structure
from financing.timeline import FloatArray

Positions = NDArray[np.int64]
DRAWS = 5_000
"""Of a run; the standard error of a probability is then at most 0.7 points."""
CHUNK = 5_000
WORKERS = 2
WEATHER_YEARS_LEAST = 2
MARKET_MODELS = ("merchant_rent", "ppa_margin")
"""Revenue that follows a market; contracts do not."""
PERCENTILES = (10, 50, 90)
FAN_PERCENTILES = (10, 25, 50, 75, 90)
CURVE_PERCENTILES = tuple(range(1, 100))
CONFIDENCE_SCORE = float(norm.ppf(0.975))
"""Of an interval that holds the probability in 95 of 100 samples."""
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
class YearCover:
    """Debt service cover in one operating year, counted from completion, over the draws that still owe then."""

    operating_year: int
    exists_frac: float
    p10_ratio: float
    p25_ratio: float
    p50_ratio: float
    p75_ratio: float
    p90_ratio: float
    below_covenant_frac: float
    """Of the draws that owe."""


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
    dscr_covenant_ratio: float
    not_varied: tuple[str, ...]
    years: tuple[YearCover, ...]
    """Operating years in which any draw owes."""
    curve: tuple[tuple[float, dict[str, float | None]], ...]
    """(share of the draws at or below, value of each measure over the draws in which it exists)."""

    def row(self) -> dict[str, object]:
        """One flat row for tables."""
        flat: dict[str, object] = {"mix": self.mix, "draws": self.draws, "seed": self.seed}
        for measure in MEASURES:
            spread: Spread = getattr(self, measure)
            flat |= {f"{measure}_{field.name}": getattr(spread, field.name) for field in fields(Spread)}
        return flat | {
            "breach_probability_frac": self.breach_probability_frac,
            "default_probability_frac": self.default_probability_frac,
            **_interval_columns("breach", self.breach_probability_frac, self.draws),
            **_interval_columns("default", self.default_probability_frac, self.draws),
            "probability_error_frac": self.probability_error_frac,
            "dscr_covenant_ratio": self.dscr_covenant_ratio,
            "not_varied": " | ".join(self.not_varied),
        }

    def year_rows(self) -> list[dict[str, object]]:
        """Tidy rows, one per operating year."""
        return [{"mix": self.mix, **asdict(year)} for year in self.years]

    def curve_rows(self) -> list[dict[str, object]]:
        """Tidy rows of the cumulative distributions, one per share."""
        return [{"mix": self.mix, "share_frac": share, **values} for share, values in self.curve]


def probability_interval(probability_frac: float, draws: int) -> tuple[float, float]:
    """Bounds that hold the true probability with 95 % confidence, from a frequency over independent draws.

    Wilson 1927, Journal of the American Statistical Association 22 (158): never outside 0 to 1, and of some width where
    the frequency is 0 or 1. A Latin hypercube spreads its draws more evenly, so the interval is rather too wide.
    """
    square = CONFIDENCE_SCORE**2 / draws
    middle = (probability_frac + square / 2.0) / (1.0 + square)
    half = CONFIDENCE_SCORE * np.sqrt(probability_frac * (1.0 - probability_frac) / draws + square / draws / 4.0)
    half /= 1.0 + square
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def _interval_columns(name: str, probability_frac: float, draws: int) -> dict[str, object]:
    low, high = probability_interval(probability_frac, draws)
    return {f"{name}_probability_low_frac": low, f"{name}_probability_high_frac": high}


def risk(
    plan: Plan, structure: Structure, *, draws: int = DRAWS, seed: int = 1, weather_factors: Sequence[float] = ()
) -> Risk:
    """The mix through `draws` draws; its loans are sized on the plan and stay, as after signing.

    `weather_factors`: revenue in each dispatched weather year over the plan's, the plan's own year among them; every
    operating year draws one. Without at least two the weather is not varied.

    Raises FinancingProblems like `finance`, FinancingFailed where sources and uses do not close.
    """
    project = Project(plan)
    outcome = operate(FundingModel(project, structure), project.revenue_usd_nominal)
    fixed, target = sized(outcome), equity_target_pa(outcome.model)
    drawn = make_draws(plan, draws, seed, weather_factors)
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
    covenant = max(1.0, structure.covenants.dscr_min_ratio or 1.0)
    return Risk(
        mix=structure.name,
        draws=draws,
        seed=seed,
        npv_prefinance_usd_nominal=worth,
        equity_npv_usd_nominal=owners,
        equity_irr_pa=earned,
        dscr_min_ratio=cover,
        breach_probability_frac=breach,
        default_probability_frac=default,
        probability_error_frac=error,
        dscr_covenant_ratio=covenant,
        not_varied=_not_varied(plan, weather_factors),
        years=tuple(_years(whole["dscr_ratio"], covenant)),
        curve=_curve(whole),
    )


def make_draws(plan: Plan, count: int, seed: int, weather_factors: Sequence[float] = ()) -> tuple[Draws, FloatArray]:
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
        output_factor=cable_output(plan, count, seed) * _weather(plan, count, seed, weather_factors),
        rate_shift_pa=value["rates"],
        dollar_fall_pa=value["currency"],
    )
    return draws, value["delay"]


def _weather(plan: Plan, count: int, seed: int, factors: Sequence[float]) -> FloatArray:
    """Of each operating year, (years, draws): one of the dispatched weather years, all alike probable."""
    if len(factors) < WEATHER_YEARS_LEAST:
        return np.ones((1, 1))
    rng = np.random.default_rng([seed, 2])
    return np.asarray(factors)[rng.integers(len(factors), size=(plan.operation_years, count))]


def cable_output(plan: Plan, count: int, seed: int) -> FloatArray:
    """Energy of each operating year against the plan's under drawn cable faults, (years, draws)."""
    repair = risk_inputs()["repair"]
    rng = np.random.default_rng([seed, 1])
    expected = (1.0 - plan.availability_frac) * 365.0 / repair.mean
    faults = rng.poisson(expected, (plan.operation_years, count))
    days = np.zeros(faults.shape)
    for number in range(int(faults.max(initial=0))):
        some = faults > number
        days[some] += repair.at_score(rng.standard_normal(int(some.sum())))
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
    return run_draws(Project(late), moved, draws, target_pa)


def _whole(parts: list[tuple[Positions, Batch]], name: str, count: int) -> FloatArray:
    first = getattr(parts[0][1], name)
    values = np.empty((*first.shape[:-1], count))
    for chosen, batch in parts:
        values[..., chosen] = getattr(batch, name)
    return values


def _years(dscr_ratio: FloatArray, covenant_ratio: float) -> Iterator[YearCover]:
    for number, values in enumerate(dscr_ratio, start=1):
        known = values[~np.isnan(values)]
        if len(known):
            p10, p25, p50, p75, p90 = np.percentile(known, FAN_PERCENTILES).tolist()
            below = float((known < covenant_ratio - TEST_TOLERANCE).mean())
            yield YearCover(number, len(known) / len(values), p10, p25, p50, p75, p90, below)


def _curve(whole: dict[str, FloatArray]) -> tuple[tuple[float, dict[str, float | None]], ...]:
    columns: dict[str, list[float | None]] = {}
    for measure in MEASURES:
        known = whole[measure][np.isfinite(whole[measure])]
        found = np.percentile(known, CURVE_PERCENTILES).tolist() if len(known) else [None] * len(CURVE_PERCENTILES)
        columns[measure] = found
    return tuple(
        (percentile / 100.0, {measure: values[position] for measure, values in columns.items()})
        for position, percentile in enumerate(CURVE_PERCENTILES)
    )


def _spread(values: FloatArray) -> Spread:
    known = values[np.isfinite(values)]
    if not len(known):
        return Spread(None, None, None, None, 0.0)
    low, middle, high = (float(each) for each in np.percentile(known, PERCENTILES))
    return Spread(low, middle, high, float(known.mean()), len(known) / len(values))


def _not_varied(plan: Plan, weather_factors: Sequence[float]) -> tuple[str, ...]:
    words = ["inflation", "demand and generation of later years"]
    if len(weather_factors) < WEATHER_YEARS_LEAST:
        words.insert(0, "weather year: one year was dispatched")
    if not any(stream.model in MARKET_MODELS for stream in plan.revenue):
        words.append("market price: the revenue is a contract's")
    return tuple(words)
