"""What the laws beside the network cost: hours and prices of ramps and reserve, prices of caps, the green account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from greengrid.dispatch.green import ACCOUNT, HOURLY
from greengrid.dispatch.problem import HOURS_PER_DAY, Problem, Store
from greengrid.dispatch.program import STORE_UNIT_MWH
from greengrid.dispatch.year import Optimum
from greengrid.hourly import Array

PRICE_TOLERANCE_USD_PER_MWH = 0.01
"""Ten times the tiny costs that break ties: a smaller price says nothing."""


@dataclass(frozen=True)
class RuleUse:
    """How one ramp, reserve or hourly account held the dispatch back."""

    rule: str
    name: str
    hours_binding: int
    price_mean_usd_per_mwh: float
    """Worth of one more MW, mean over all hours."""
    price_highest_usd_per_mwh: float


@dataclass(frozen=True)
class CapUse:
    """An annual cap of fuel (MWh of electricity) or carbon (tCO2)."""

    name: str
    amount: float
    """What was used of it."""
    limit: float
    unit: str
    """MWh or tCO2."""
    price_usd: float
    """Of one more unit."""


@dataclass(frozen=True)
class GreenPeriod:
    """One area's green account over one period of the rule; an hourly rule is shown by the day."""

    account: str
    first_day: int
    """Days from the start of the dispatch."""
    last_day: int
    contracted_mwh: float
    """What contracted plants of the area put in, losses to the border taken off."""
    carried_in_mwh: float
    """Green power that links brought net, their losses taken off."""
    carried_out_mwh: float
    """Green power that links took out net."""
    exported_mwh: float
    """What left for the European Union."""
    forfeited_mwh: float
    premium_usd_per_mwh: float
    """Worth of one more contracted MWh; in an hourly rule the mean over its hours."""


def rule_uses(problem: Problem, optimum: Optimum) -> tuple[RuleUse, ...]:
    """One record per limit that is none of the network's."""
    prices = _limit_prices(problem, optimum)
    first = len(problem.network.limits)
    kinds = [family.name for family in problem.families for _ in family.limits]
    kinds += [family.name for family in problem.concave for _ in family.limits]
    found = []
    for kind, name, price in zip(kinds, optimum.program.limits.names[first:], prices.T, strict=True):
        binding = int(np.sum(price > PRICE_TOLERANCE_USD_PER_MWH))
        found.append(RuleUse(kind, name, binding, float(price.mean()), float(price.max(initial=0.0))))
    return tuple(found)


def _limit_prices(problem: Problem, optimum: Optimum) -> Array:
    """What one more MW of each limit beside the network's would save, shape (steps, limits)."""
    own, first = len(optimum.program.row_lower), len(problem.network.limits)
    prices = np.zeros((problem.steps, optimum.program.limits.total - first))
    for row, dual in zip(optimum.solution.limit_rows, optimum.solution.row_dual[own:], strict=True):
        if row.limit >= first:
            prices[row.step, row.limit - first] += abs(dual)
    return prices / problem.hours_per_step


def _store_prices(problem: Problem, optimum: Optimum) -> Array:
    """Worth of one more unit in each store at the end of each day, USD, shape (days, stores)."""
    own, count = len(optimum.program.row_lower), problem.days * len(problem.stores)
    duals = optimum.solution.row_dual[own - count : own].reshape(problem.days, len(problem.stores))
    return np.asarray(-duals / STORE_UNIT_MWH)


def cap_uses(problem: Problem, optimum: Optimum) -> tuple[CapUse, ...]:
    """One record per annual cap of fuel or carbon that is in force."""
    output, prices = _output(optimum), _store_prices(problem, optimum)
    found = []
    for number, store in enumerate(problem.stores):
        if store.cyclic or len(store.zero_days):
            continue
        used = float((output[:, store.columns] @ store.draw).sum()) * problem.hours_per_step
        unit = "tCO2" if store.name.startswith("CO2 ") else "MWh"
        found.append(CapUse(store.name, used, store.level_max_mwh, unit, float(max(prices[0, number], 0.0))))
    return tuple(found)


def green_periods(problem: Problem, optimum: Optimum) -> tuple[GreenPeriod, ...]:
    """The accounts of the green export rule by period; empty without the rule."""
    output = _output(optimum)
    return (*_by_store(problem, optimum, output), *_by_hour(problem, optimum, output))


def _output(optimum: Optimum) -> Array:
    program = optimum.program
    return program.output(np.clip(optimum.solution.values, program.lower, program.upper))


def _by_store(problem: Problem, optimum: Optimum, output: Array) -> Iterator[GreenPeriod]:
    prices = _store_prices(problem, optimum)
    for number, store in enumerate(problem.stores):
        if not store.name.startswith(ACCOUNT):
            continue
        firsts = [0, *(store.zero_days[:-1] + 1).tolist()]
        for first, last in zip(firsts, store.zero_days.tolist(), strict=True):
            premium = float(max(prices[first : last + 1, number].mean(), 0.0))
            yield _period(problem, output, store, (first, last), premium)


def _by_hour(problem: Problem, optimum: Optimum, output: Array) -> Iterator[GreenPeriod]:
    prices = _limit_prices(problem, optimum)
    at = 0
    for family in problem.families:
        if family.name == HOURLY:
            pattern = family.terms[0][1]
            for row, name in enumerate(family.limits):
                if not name.startswith(ACCOUNT):
                    continue
                picked = pattern[row].tocoo()
                store = Store(name, picked.col.astype(np.int64), -picked.data, 0.0, cyclic=False)
                for day in range(problem.days):
                    hours = slice(day * HOURS_PER_DAY, (day + 1) * HOURS_PER_DAY)
                    premium = float(prices[hours, at + row].mean())
                    yield _period(problem, output, store, (day, day), premium)
        at += len(family.limits)


def _period(
    problem: Problem, output: Array, store: Store, days: tuple[int, int], premium_usd_per_mwh: float
) -> GreenPeriod:
    hours = slice(days[0] * HOURS_PER_DAY, (days[1] + 1) * HOURS_PER_DAY)
    flow = (output[hours][:, store.columns] * store.draw).sum(axis=0)
    kinds = np.array([problem.columns.kind[k] for k in store.columns])
    carried = kinds == "green"
    contracted = 0.0 - float(flow[(store.draw < 0) & ~carried].sum())
    carried_in = 0.0 - float(flow[(store.draw < 0) & carried].sum())
    carried_out = float(flow[(store.draw > 0) & carried].sum())
    exported = float(flow[kinds == "link"].sum())
    return GreenPeriod(
        account=store.name.removeprefix(ACCOUNT),
        first_day=days[0],
        last_day=days[1],
        contracted_mwh=contracted,
        carried_in_mwh=carried_in,
        carried_out_mwh=carried_out,
        exported_mwh=exported,
        forfeited_mwh=contracted + carried_in - carried_out - exported,
        premium_usd_per_mwh=premium_usd_per_mwh,
    )
