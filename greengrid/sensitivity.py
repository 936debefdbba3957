"""Global sensitivity of a finished run: of the export chain, and of one funding mix."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from financing.compare import compare
from financing.loading import load_structure
from financing.plan import Plan
from financing.sensitivity import Index, indices, mix_indices
from financing.structure import Structure
from greengrid.case import load_case
from greengrid.chain_draws import AFFORDABLE, ChainModel
from greengrid.choosing import least_charge
from greengrid.economy.chain import CASPIAN, inputs_of_run
from greengrid.inputs import read_inputs
from greengrid.outlets import chain_inputs, chains_of
from greengrid.plans import read_plan
from greengrid.security.stored import read_dispatch
from greengrid.store import check_digests, read_summary
from greengrid.weather_factors import case_of, weather_factors

MEASURES: Mapping[str, str] = {
    AFFORDABLE: "what the chain can afford for the link (USD/MWh)",
    "npv_prefinance_usd_nominal": "NPV before financing",
    "equity_npv_usd_nominal": "NPV of the owners",
    "dscr_min_ratio": "least debt service cover",
}
GROUPS = ("weather", "price", "cost", "finance")
SHOWN = 6


def told(folder: Path, mix: str | None, weather: Sequence[Path], *, samples: int, seed: int, as_json: bool) -> str:
    """The indices as text or JSON; raises `BadInput` or `FinancingProblems` with every problem."""
    plan = read_plan(folder)
    structure = _structure(folder, plan, mix)
    found = [
        *chain_indices(folder, samples=samples, seed=seed),
        *mix_indices(plan, structure, samples=samples, seed=seed, weather_factors=weather_factors(folder, weather)),
    ]
    if as_json:
        return json.dumps([asdict(index) for index in found], indent=2, allow_nan=False)
    fixed = [] if weather else ["Weather year: not varied, one was dispatched (--weather adds runs of others)."]
    return "\n\n".join([*_text(found, structure.name, samples), *fixed, *_left_out(plan, found)])


def chain_indices(folder: Path, *, samples: int, seed: int) -> tuple[Index, ...]:
    """Indices of the charge that the chain can afford; none where the run's link does not lead to a market."""
    summary = read_summary(folder)
    check_digests(folder)
    case = load_case(folder / "case.toml")
    grid = read_inputs(case).grid
    realised = inputs_of_run(chain_inputs(case), grid, read_dispatch(folder, case, summary)).overrides
    chain = next((each for each in chains_of(case, realised) if CASPIAN in {part.name for part in each.sections}), None)
    if chain is None:
        return ()
    model = ChainModel(chain, CASPIAN)
    return indices(model.groups, model.model, samples=samples, seed=seed)


def _structure(folder: Path, plan: Plan, mix: str | None) -> Structure:
    """The mix asked for, or that of the case which requires the least."""
    if mix is not None:
        return load_structure(mix)
    return least_charge(compare(plan, case_of(folder).financing.mixes)).structure


def _left_out(plan: Plan, found: Sequence[Index]) -> Iterable[str]:
    """What no index of the money holds, and why."""
    if not any(index.group == "price" for index in found if index.measure != AFFORDABLE):
        models = ", ".join(dict.fromkeys(stream.model for stream in plan.revenue))
        yield f"Price: not varied in NPV and cover: the contract ({models}) keeps it from them."
    yield "Dispatch: not varied (fuel, demand, transfer limits); a sweep over such keys dispatches every case."


def _text(found: Sequence[Index], mix: str, samples: int) -> list[str]:
    parts = [f"Mix {mix}, {samples} base samples; 95 % intervals behind +-."]
    for measure, words in MEASURES.items():
        rows = [index for index in found if index.measure == measure]
        if rows:
            parts.append("\n".join(_measure_lines(words, rows)))
        elif measure != AFFORDABLE:
            parts.append(f"{words}: does not vary, or does not exist in every draw")
    return parts


def _measure_lines(words: str, rows: Sequence[Index]) -> Iterable[str]:
    first = rows[0]
    yield f"{words}: study next {first.input}, {100 * first.total_frac:.0f} % of the variance"
    yield f"  {'input':<40} {'group':<8} {'alone %':>12} {'in all %':>12}"
    for row in rows[:SHOWN]:
        alone = f"{100 * row.first_frac:.0f} +-{100 * row.first_error_frac:.0f}"
        total = f"{100 * row.total_frac:.0f} +-{100 * row.total_error_frac:.0f}"
        yield f"  {row.input:<40} {row.group:<8} {alone:>12} {total:>12}"
    sums: defaultdict[str, float] = defaultdict(float)
    for row in rows:
        sums[row.group] += row.first_frac
    split = ", ".join(f"{group} {100 * sums[group]:.0f} %" for group in GROUPS if group in sums)
    yield f"  alone, by group: {split}; the rest is what inputs do together"
