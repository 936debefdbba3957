"""Choosing under several scenarios: least regret over sizes and mixes, and what it is worth to build in two stages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from financing.verdict import breaks_down
from greengrid.costs import annuity_frac
from greengrid.sweep.capacity import RATE_PA, SizeAxes
from greengrid.sweep.table import Gathered, Row

WAIT_YEARS = 5
"""Between the first stage and the decision on the second."""
NOT_BUILDING = "not building"
OWNERS_WORTH = "equity_npv_usd_nominal"


def regret_rows(values: Mapping[str, Mapping[str, float]], measure: str) -> list[Row]:
    """Strategy x scenario: value and regret (Savage 1951, J. Am. Stat. Assoc. 46, 55-67); the strategy whose largest
    regret is smallest is marked. Strategies that miss a scenario are left out.

    `values` is scenario -> strategy -> value, higher is better.
    """
    if not values:
        return []
    strategies = [name for name in next(iter(values.values())) if all(name in own for own in values.values())]
    best = {scenario: max((own[name] for name in strategies), default=0.0) for scenario, own in values.items()}
    worst = {name: max(best[scenario] - own[name] for scenario, own in values.items()) for name in strategies}
    robust = min(worst, key=lambda name: worst[name], default=None)
    return [
        {
            "measure": measure,
            "strategy": name,
            "scenario": scenario,
            "value_usd": own[name],
            "regret_usd": best[scenario] - own[name],
            "regret_max_usd": worst[name],
            "least_regret": name == robust,
            "left_out": "",
        }
        for name in strategies
        for scenario, own in values.items()
    ]


def size_regrets(rows: Sequence[Row]) -> list[Row]:
    """Over the sizes of a capacity study: yearly value where costs are known, else what the hours run save."""
    valued = all(row.get("value_a_year_usd_real") is not None for row in rows)
    key = "value_a_year_usd_real" if valued else "saving_usd_real"
    values: dict[str, dict[str, float]] = {}
    for row in rows:
        values.setdefault(row["scenario"], {})[f"{row['size_mw']:g} MW"] = row[key]
    return regret_rows(values, key)


def mix_regrets(found: Gathered, axes: SizeAxes) -> list[Row]:
    """Over sizes and mixes, and not building at all: worth to the owners at the return that they require, as all mixes
    share what stands before financing; 0 if nothing is built.

    No strategy is a mix that defaults in a scenario, that has no equity or that was not financed in every scenario:
    each has one row without a value that says why.
    """
    values: dict[str, dict[str, float]] = {}
    left_out: dict[str, tuple[str, str]] = {}
    for row in found.mixes:
        scenario, strategy = axes.scenario(row), f"{row[axes.capacity]:g} MW, {row['mix']}"
        own, reason = values.setdefault(scenario, {NOT_BUILDING: 0.0}), _unfit(row)
        if reason:
            left_out.setdefault(strategy, (scenario, reason))
        else:
            own[strategy] = row[OWNERS_WORTH]
    for strategy in dict.fromkeys(name for own in values.values() for name in own):
        missing = next((scenario for scenario, own in values.items() if strategy not in own), None)
        if missing is not None:
            left_out.setdefault(strategy, (missing, "not financed in this scenario"))
    return regret_rows(values, OWNERS_WORTH) + [
        {"measure": OWNERS_WORTH, "strategy": name, "scenario": scenario, "least_regret": False, "left_out": reason}
        for name, (scenario, reason) in left_out.items()
    ]


def _unfit(row: Row) -> str:
    """Why a mix is no strategy; empty where it is one."""
    if row["verdict"] != "passes" and breaks_down(row["verdict_test"]):
        return str(row["verdict_test"])
    return "" if row[OWNERS_WORTH] is not None else "no equity in the mix"


@dataclass(frozen=True)
class Staged:
    """One size at once against half of it now and half later; present value at the start of operation, real USD."""

    first_mw: float
    whole_mw: float
    wait_years: int
    once_usd_real: float
    """Mean over the scenarios."""
    staged_usd_real: float
    """The second half built whatever the scenario."""
    option_usd_real: float
    """The second half built in the scenarios alone in which it is worth it, known by then."""
    built_in: int
    """Scenarios in which it is."""
    scenarios: int

    @property
    def waiting_usd_real(self) -> float:
        """Worth of waiting: staging with the option against building at once, each at least nothing, as none need be
        built."""
        return max(self.option_usd_real, 0.0) - max(self.once_usd_real, 0.0)


def staged(rows: Sequence[Row], wait_years: int = WAIT_YEARS) -> list[Staged]:
    """Every size of the study whose half is in it too; empty for a part of a year or without costs.

    Savings stay as dispatched. The second half costs what the first did and what its inland package adds, and is run to
    the end of the first; what is left of its life is taken off in proportion. Scenarios weigh the same.
    """
    by_size: dict[float, dict[str, Row]] = {}
    for row in rows:
        if row.get("value_a_year_usd_real") is not None:
            by_size.setdefault(row["size_mw"], {})[row["scenario"]] = row
    found = []
    for whole, own in by_size.items():
        half = by_size.get(whole / 2, {})
        shared = [name for name in own if name in half]
        if half and shared and whole > 0:
            found.append(_staged(whole, [(half[name], own[name]) for name in shared], wait_years))
    return found


def _staged(whole_mw: float, pairs: Sequence[tuple[Row, Row]], wait_years: int) -> Staged:
    years = round(pairs[0][1]["operation_years"])
    once, both, option, built = [], [], [], 0
    for half, whole in pairs:
        factor = 1.0 / annuity_frac(RATE_PA, years)
        first = half["value_a_year_usd_real"] * factor
        second = _second(half, whole, years) * _later(wait_years, years)
        once.append(whole["value_a_year_usd_real"] * factor)
        both.append(first + second)
        option.append(first + max(0.0, second))
        built += second > 0
    count = len(pairs)
    return Staged(
        whole_mw / 2, whole_mw, wait_years, sum(once) / count, sum(both) / count, sum(option) / count, built, count
    )


def _second(half: Row, whole: Row, years: int) -> float:
    """Yearly value that the second half adds: what it saves less its own annuity, package and running cost."""
    works = max(0.0, whole["works_usd_real"] - half["works_usd_real"])
    cost = (half["link_usd_real"] + works) * annuity_frac(RATE_PA, years) + half["opex_usd_real"]
    saved = whole["saving_usd_real"] * whole["availability_frac"] - half["saving_usd_real"] * half["availability_frac"]
    return float(saved - cost)


def _later(wait_years: int, years: int) -> float:
    """Present value of one a year from after the wait to the end."""
    return sum((1 + RATE_PA) ** -year for year in range(wait_years + 1, years + 1))
