"""Funding mixes on a plan that is already there: measures, ranking, risk, best shares and grant frontier."""

from __future__ import annotations

import difflib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from financing.compare import Comparison, compare
from financing.goals import GOALS
from financing.limits import Limits
from financing.loading import shipped_structures
from financing.plan import Plan
from financing.risk import Risk, risk
from greengrid.avoided_emissions import with_avoided_emissions
from greengrid.case import load_case, shipped_cases
from greengrid.errors import BadInput, Problem
from greengrid.optimum import frontier_rows, optimum_and_prices
from greengrid.plans import NAME, read_plan
from greengrid.store import check_digests, read_summary
from greengrid.weather_factors import weather_factors

RANKS = {
    "charge": ("required_charge_usd_per_mwh", "required charge, lowest first"),
    "grant": ("extra_grant_usd_nominal", "further grant that closes the gap to the affordable charge, least first"),
    "cost_of_capital": ("cost_of_capital_pa", "cost of capital, lowest first"),
    "npv": ("npv_usd_nominal", "NPV at the mix's own cost of capital, highest first"),
    "equity_npv": ("equity_npv_usd_nominal", "NPV to the owners, highest first"),
    "equity_irr": ("equity_irr_pa", "equity IRR, highest first"),
    "dscr_min": ("dscr_min_ratio", "lowest DSCR, highest first"),
    "dscr_average": ("dscr_average_ratio", "average DSCR, highest first"),
    "llcr_min": ("llcr_min_ratio", "lowest LLCR, highest first"),
    "grant_element": ("grant_element_frac", "grant element, highest first"),
    "default": ("", "probability of default over the draws, lowest first"),
}
"""What a reader may rank by -> (measure of the summary, words)."""


SUBSIDY_KEYS = (
    "subsidy_usd_nominal",
    "subsidy_usd_nominal_per_mwh",
    "subsidy_usd_nominal_per_tco2",
    "subsidy_usd_nominal_per_tco2_reason",
)


@dataclass(frozen=True)
class Request:
    """What is asked of the mixes."""

    mixes: str = "all"
    draws: int = 0
    seed: int = 1
    goal: str | None = None
    limits: Limits | None = None
    rank: str | None = None
    frontier: bool = False
    weather: tuple[Path, ...] = ()
    """Runs of the same case in other weather years, for the draws."""


@dataclass(frozen=True)
class Compared:
    """What the mixes gave, in the order of the ranking."""

    request: Request
    plan: Plan
    comparison: Comparison
    risks: tuple[Risk, ...]
    optimum: tuple[dict[str, object], ...]
    frontier: tuple[dict[str, object], ...]
    shadow_prices: tuple[dict[str, object], ...] = ()
    """Of the limits of the best shares, where a linear program found them."""


def compare_mixes(source: str, request: Request) -> Compared:
    """Raises `BadInput` or `FinancingProblems` with every problem."""
    names = mix_names(request.mixes)
    problems = _problems(request)
    if problems:
        raise BadInput(problems)
    plan = with_avoided_emissions(read_plan(path := _plan_of(source)), path)
    comparison = compare(plan, names)
    _check_limits(request.limits, comparison)
    draws, seed = request.draws, request.seed
    factors = weather_factors(path, request.weather) if draws else ()
    risks = {
        each.mix: risk(plan, each.structure, draws=draws, seed=seed, weather_factors=factors)
        for each in comparison.results
        if draws
    }
    comparison = _ranked(comparison, request.rank, risks)
    results = comparison.results
    goal, limits = request.goal, request.limits
    best = [optimum_and_prices(plan, each.structure, goal, limits) for each in results] if goal else []
    return Compared(
        request=request,
        plan=plan,
        comparison=comparison,
        risks=tuple(risks[result.mix] for result in results if result.mix in risks),
        optimum=tuple(row for rows, _ in best for row in rows),
        frontier=tuple(row for each in results if request.frontier for row in frontier_rows(plan, each)),
        shadow_prices=tuple(row for _, prices in best for row in prices),
    )


def _problems(request: Request) -> list[Problem]:
    found = []
    if request.goal is not None and request.goal not in GOALS:
        found.append(Problem("--optimise", repr(request.goal), f"one of {', '.join(GOALS)}"))
    if request.limits is not None and request.goal is None:
        found.append(Problem("--limits", "limits without a goal", "--optimise beside them"))
    if request.weather and not request.draws:
        found.append(Problem("--weather", "weather years without draws", "--draws beside them"))
    if request.rank is not None and request.rank not in RANKS:
        found.append(Problem("--rank", repr(request.rank), f"one of {', '.join(RANKS)}"))
    if request.rank == "default" and not request.draws:
        found.append(Problem("--rank", "default without draws", "--draws beside it", "For example --draws 5000"))
    return found


def _check_limits(limits: Limits | None, comparison: Comparison) -> None:
    """Every source with a limit of its own is one of some mix."""
    known = {source.name for result in comparison.results for source in result.structure.sources}
    unknown = sorted((limits.named if limits else frozenset()) - known)
    if unknown:
        near = {name: difflib.get_close_matches(name, known, n=1) for name in unknown}
        raise BadInput(
            Problem(
                f"limits, source {name!r}",
                "no source of these mixes",
                f"one of {', '.join(sorted(known))}",
                f"Did you mean {near[name][0]!r}?" if near[name] else "",
            )
            for name in unknown
        )


def _ranked(comparison: Comparison, rank: str | None, risks: dict[str, Risk]) -> Comparison:
    """Best first; without a ranking in the order asked for."""
    if rank is None:
        return comparison
    order: Sequence[str]
    if rank == "default":
        order = sorted(risks, key=lambda mix: (risks[mix].default_probability_frac, mix))
    else:
        order = comparison.ranked_by(RANKS[rank][0])
    by_name = {result.mix: result for result in comparison.results}
    return Comparison(tuple(by_name[name] for name in order))


def mix_names(mixes: str) -> list[str]:
    """`all` or names with commas."""
    names = [name.strip() for name in mixes.split(",") if name.strip()]
    if not names:
        expected = f"all or names among {', '.join(shipped_structures())}"
        raise BadInput([Problem("--mixes", repr(mixes), expected)])
    return list(shipped_structures()) if names == ["all"] else names


def _plan_of(source: str) -> Path:
    """A folder or file as given; a case's name stands for its finished run in out/NAME, if that is the same case."""
    path = Path(source)
    if path.is_dir():
        check_digests(path, only=[NAME])
    if path.exists() or source not in shipped_cases():
        return path
    folder = Path("out") / source
    case = load_case(source)
    if not (folder / "summary.json").is_file():
        remedy = f"greengrid run {source} -o {folder}"
        raise BadInput([Problem(source, "no finished run of this case", f"one in {folder}", remedy)])
    if read_summary(folder).case.digest != case.digest:
        remedy = f"Name the folder itself, or greengrid run {source} -o {folder} --replace"
        raise BadInput([Problem(str(folder), "a run of another version of this case", "the same digest", remedy)])
    return folder


def as_record(found: Compared) -> dict[str, dict[str, object]]:
    """Mix -> its entry of a run's summary, best first; risk, best shares and frontier where asked for.

    With the subsidy, also per avoided tonne, where avoided emissions are known.
    """
    entries = found.comparison.summary()
    for result in found.comparison.results if found.plan.avoided_tco2 is not None else ():
        row = result.mix_row()
        entries[result.mix]["subsidy"] = {key: row[key] for key in SUBSIDY_KEYS if key in row}
    for each in found.risks:
        entries[each.mix]["risk"] = each.row()
    kinds = {"optimum": found.optimum, "shadow_prices": found.shadow_prices, "frontier": found.frontier}
    for name, rows in kinds.items():
        for row in rows:
            entries[str(row["mix"])].setdefault(name, []).append(row)  # type: ignore[attr-defined]
    return entries


def as_json(found: Compared) -> str:
    """The record as JSON text."""
    return json.dumps(as_record(found), indent=2, ensure_ascii=False, allow_nan=False)
