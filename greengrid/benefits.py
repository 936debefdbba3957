"""What a link is worth to the countries: two finished runs, with and without it, everything else the same.

Indicators B1 to B6 follow the 4th ENTSO-E guideline for cost-benefit analysis (2023) as far as one dispatched year can
state them; costs are those of the run's own tables, without taxes, transfers and financing. Real USD of the price base
year. Every operating year repeats the dispatched one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from financing.metrics import Measure, irr, npv
from financing.plan import Plan
from greengrid.comparability import check_comparable, costs_between, notes_on, why_no_costs
from greengrid.compared_runs import FolderRun, Run
from greengrid.developers import DeveloperRow
from greengrid.economy.money import at_year, in_usd, price_level
from greengrid.economy.prices import make_prices
from greengrid.economy.tables import read_tables
from greengrid.hourly import Array

SOCIAL_RATES_PA = (0.03, 0.05, 0.06, 0.09)
"""EU cohesion and EIB (3 and 5 %), World Bank (6 %), ADB (9 %)."""
AT_SEA = {"sea": {"KZ": 1 / 3, "UZ": 1 / 3, "AZ": 1 / 3}}


@dataclass(frozen=True, slots=True)
class Economic:
    """One social discount rate."""

    rate_pa: float
    enpv_usd_real: float
    enpv_without_carbon_usd_real: float
    """B1 alone, without the shadow value of carbon."""
    benefit_cost_ratio: float


@dataclass(frozen=True, slots=True)
class Share:
    """What one country gains (B1 less the link's outages, as in the ENPV) and pays a year under one sharing key; cost
    as an annuity at the project's real rate."""

    key: str
    """thirds, territory (where it stands), benefit (in proportion to gains), compensate_losers."""
    country: str
    gain_usd_real: float
    cost_usd_real: float

    @property
    def net_usd_real(self) -> float:
        """Gain less cost."""
        return self.gain_usd_real - self.cost_usd_real


@dataclass(frozen=True)
class Benefits:
    """With less without, per year unless said otherwise."""

    names: tuple[str, str]
    """Of the two folders."""
    surplus_usd_real: dict[str, dict[str, float]]
    """B1 by country and part; the rest of the world is one of them."""
    emissions_change_tco2: dict[str, float]
    """By country, and at the neighbours by their mean factor; negative: avoided."""
    carbon_usd_real: tuple[float, float, float]
    """B2, low, central, high: tonnes x (shadow value less the price already paid in the dispatch)."""
    curtailment_change_mwh: float
    """B3; negative: more wind and sun used."""
    link_loss_change_mwh: float
    """B5, of the links; no money: it is in B1."""
    ens_change_mwh: float
    """B6, in one weather year without outages of plants."""
    costs_left_out: str
    """Why the costs of what is compared are not known; empty where they are. Then all that follows from costs is."""
    investment_usd_real: float | None
    """Link and inland package, whoever pays; a package that stands without the link too is none of it."""
    running_usd_real: float | None
    """Mean of the operating years."""
    economic: tuple[Economic, ...]
    err_pa: Measure
    shares: tuple[Share, ...]
    developers: tuple[tuple[DeveloperRow, DeveloperRow], ...]
    """Wind and sun by zone, with and without the link; zones where neither price nor curtailment moves are left out."""
    notes: tuple[str, ...]

    @property
    def surplus_total_usd_real(self) -> float:
        """B1 over all countries."""
        return sum(sum(parts.values()) for parts in self.surplus_usd_real.values())


def benefits(with_link: Path, without_link: Path) -> Benefits:
    """Compares two run folders. Raises `BadInput` when they differ in more than the link."""
    return compare(FolderRun(with_link), FolderRun(without_link))


def compare(first: Run, second: Run) -> Benefits:
    """The first run, which has a link more, less the second. Raises `BadInput` when they differ in more than that."""
    check_comparable(first, second)
    surplus = _difference(first.surplus(), second.surplus())
    emissions = _change(first.emissions(), second.emissions())
    carbon = carbon_worth_usd_real(first, emissions)
    found = Benefits(
        names=(first.name, second.name),
        surplus_usd_real=surplus,
        emissions_change_tco2=emissions,
        carbon_usd_real=carbon,
        curtailment_change_mwh=first.curtailed_mwh - second.curtailed_mwh,
        link_loss_change_mwh=first.link_loss_mwh - second.link_loss_mwh,
        ens_change_mwh=first.ens_mwh - second.ens_mwh,
        costs_left_out=why_no_costs(first, second),
        investment_usd_real=None,
        running_usd_real=None,
        economic=(),
        err_pa=Measure(None, why_no_costs(first, second)),
        shares=(),
        developers=tuple(_developers(first, second)),
        notes=notes_on(first, second),
    )
    return found if found.costs_left_out else _with_costs(found, *costs_between(first, second))


def _with_costs(found: Benefits, plan: Plan, works_usd_real: float) -> Benefits:
    """The comparison against the costs of what was added."""
    added, carbon = found.surplus_total_usd_real, found.carbon_usd_real[1]
    flows = cost_flows(plan, works_usd_real)
    return replace(
        found,
        investment_usd_real=float(-flows[: plan.operation_first_year - plan.construction_first_year].sum()),
        running_usd_real=float(np.mean(plan.opex_usd_real)),
        economic=tuple(_economic(rate, plan, flows, added, carbon) for rate in SOCIAL_RATES_PA),
        err_pa=irr(_with_benefits(plan, flows, added + carbon)),
        shares=tuple(_shares(plan, works_usd_real, found.surplus_usd_real)),
    )


def _change(first: Mapping[str, float], second: Mapping[str, float]) -> dict[str, float]:
    """First less second; what one of them does not have is nothing there, as a market that only a link reaches."""
    return {name: first.get(name, 0.0) - second.get(name, 0.0) for name in sorted({*first, *second})}


def _difference(
    first: Mapping[str, Mapping[str, float]], second: Mapping[str, Mapping[str, float]]
) -> dict[str, dict[str, float]]:
    return {country: _change(first.get(country, {}), second.get(country, {})) for country in sorted({*first, *second})}


def carbon_worth_usd_real(run: Run, emissions: Mapping[str, float]) -> tuple[float, float, float]:
    """B2: avoided tonnes x (shadow value - price already in the dispatch), low, central, high.

    In the countries the home price is in the dispatch; in the EU the allowance is in its power price.
    """
    tables, case = read_tables(), run.case
    level = price_level(tables, case.price_base_year)
    rows = {row.year: in_usd(tables, row) for row in tables.quantities if row.name == "shadow_carbon" and row.year}
    prices = make_prices(
        tables,
        year=case.year,
        basis=case.prices_basis,
        price_base_year=case.price_base_year,
        fuel_prices=case.prices.fuel_usd_per_mwh_th,
        carbon_prices={str(country): price for country, price in case.prices.co2_usd_per_t.items()},
    )
    allowance = {row.year: in_usd(tables, row)[1] for row in tables.quantities if row.name == "eua_price" and row.year}
    inside = {**prices.carbon_usd_per_tco2, "RO": level * at_year(allowance, case.year, "eu_border.csv, eua_price")}
    worth = []
    for side in range(3):
        points = {year: values[side] for year, values in rows.items()}
        shadow = level * at_year(points, case.year, "macro.csv, shadow_carbon")
        worth.append(sum(-tonnes * max(0.0, shadow - inside.get(name, 0.0)) for name, tonnes in emissions.items()))
    low, central, high = sorted(worth) if worth[0] > worth[2] else worth
    return low, central, high


def cost_flows(plan: Plan, works_usd_real: float) -> Array:
    """Real cost over construction, operation and the closing year, negative; the package spread like the link."""
    spent = np.sum([item.central_usd_real * np.asarray(item.spread_frac) for item in plan.capex], axis=0)
    spread = spent / spent.sum()
    running = np.asarray(plan.opex_usd_real)
    return -np.concatenate([spent + works_usd_real * spread, running, [plan.decommissioning_usd_real]])


def _with_benefits(plan: Plan, flows: Array, yearly_usd_real: float) -> Array:
    """Flows with a benefit in every operating year, outages of the link taken off."""
    total = flows.copy()
    total[-1 - plan.operation_years : -1] += yearly_usd_real * plan.availability_frac
    return total


def _economic(rate_pa: float, plan: Plan, flows: Array, surplus: float, carbon: float) -> Economic:
    cost = -npv(rate_pa, flows)
    gained = npv(rate_pa, _with_benefits(plan, flows, surplus + carbon)) + cost
    alone = npv(rate_pa, _with_benefits(plan, flows, surplus))
    return Economic(rate_pa, gained - cost, alone, gained / cost)


def _shares(plan: Plan, works_usd_real: float, surplus: Mapping[str, Mapping[str, float]]) -> Iterable[Share]:
    """Costs a year by country under four keys, beside what each gains; the rest of the world pays nothing."""
    gains = {
        country: sum(parts.values()) * plan.availability_frac
        for country, parts in surplus.items()
        if country != "rest_of_world"
    }
    cost = _annual_cost(plan, works_usd_real)
    places = _territory(plan, gains)
    positive = {country: max(0.0, gain) for country, gain in gains.items()}
    winners, losses = sum(positive.values()), -sum(min(0.0, gain) for gain in gains.values())
    for country, gain in gains.items():
        third = cost / 3 if country in ("KZ", "UZ", "AZ") else 0.0
        by_benefit = cost * positive[country] / winners if winners > 0 else cost / len(gains)
        made_whole = (cost + losses) * positive[country] / winners + min(0.0, gain) if winners > 0 else third
        yield Share("thirds", country, gain, third)
        yield Share("territory", country, gain, cost * places.get(country, 0.0))
        yield Share("benefit", country, gain, by_benefit)
        yield Share("compensate_losers", country, gain, made_whole)


def _annual_cost(plan: Plan, works_usd_real: float) -> float:
    """Annuity of all costs over the operating years at the plan's rate in real terms."""
    rate = (1 + plan.discount_rate_nominal_pa) / (1 + plan.inflation_pa) - 1
    years = np.zeros(len(cost_flows(plan, 0.0)))
    years[-1 - plan.operation_years : -1] = 1.0
    return npv(rate, -cost_flows(plan, works_usd_real)) / npv(rate, years)


def _territory(plan: Plan, gains: Mapping[str, float]) -> dict[str, float]:
    """Share of the investment by where it stands; at sea by the owners' thirds."""
    amounts: dict[str, float] = dict.fromkeys(gains, 0.0)
    for item in plan.capex:
        places = item.country.split("/")
        parts = AT_SEA.get(item.country, dict.fromkeys(places, 1 / len(places)))
        for country, share in parts.items():
            amounts[country] = amounts.get(country, 0.0) + share * item.central_usd_real
    whole = sum(amounts.values())
    return {country: amount / whole for country, amount in amounts.items()}


def _developers(first: Run, second: Run) -> Iterable[tuple[DeveloperRow, DeveloperRow]]:
    """Pairs of rows that the link moves by more than 0.1 USD/MWh or 0.1 points of curtailment."""
    own, other = ({(row.country, row.zone, row.technology): row for row in run.developers()} for run in (first, second))
    for key in sorted(own.keys() & other.keys()):
        prices = [row.capture_price_usd_per_mwh or 0.0 for row in (own[key], other[key])]
        if abs(prices[0] - prices[1]) > 0.1 or abs(own[key].curtailed_frac - other[key].curtailed_frac) > 1e-3:
            yield own[key], other[key]


def as_record(found: Benefits) -> dict[str, object]:
    """For JSON."""
    record = asdict(found)
    record["surplus_total_usd_real"] = found.surplus_total_usd_real
    record["err_pa"] = found.err_pa.value
    record["err_reason"] = found.err_pa.reason
    return record
