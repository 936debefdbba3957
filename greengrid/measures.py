"""Energies, emissions, prices and rents of a solved dispatch, by country, market and link."""

from __future__ import annotations

from collections.abc import Mapping

from greengrid.consumption import CarbonAccount
from greengrid.dispatch.assemble import HYDRO, RENEWABLE
from greengrid.dispatch.outcome import REASONS, Outcome
from greengrid.dispatch.result import LOSSES, Dispatch
from greengrid.dispatch.rules import GreenPeriod
from greengrid.economy.fleet import Economy
from greengrid.hourly import Array, HourlyTable
from greengrid.summary import DispatchSummary, GreenSummary, InterfaceSummary, LinkSummary
from greengrid.weather.profiles import Profiles
from networks.grid import Grid
from networks.hvdc import Link
from networks.rows import STORED

FULL_FRAC = 0.999
"""A link at this share of its rating counts as full."""

BURNING = ("coal", "gas", "fuel_oil")
"""How the technologies that emit begin."""


def summarise_dispatch(
    grid: Grid,
    profiles: Profiles,
    economy: Economy,
    dispatch: Dispatch,
    *,
    outcome: Outcome,
    carbon: CarbonAccount,
    whole_year: bool,
    loss_shares: HourlyTable | None = None,
) -> DispatchSummary:
    """The `dispatch` part of the summary; `loss_shares`, by zone, are losses found in AC in place of the flat share."""
    countries = sorted({demand.country for demand in grid.demands})
    generation = generation_mwh(grid, dispatch)
    demand = {
        country: sum(float(profiles.demand_mw[d.zone].sum()) for d in grid.demands if d.country == country)
        for country in countries
    }
    certificate = dispatch.certificate
    clean = (*RENEWABLE, *HYDRO)
    return DispatchSummary(
        hours=dispatch.clock.hours,
        whole_year=whole_year,
        objective_usd_real=certificate.objective_usd_real,
        lower_bound_usd_real=certificate.lower_bound_usd_real,
        gap_frac=certificate.gap_frac,
        balance_residual_max_mw=certificate.balance_residual_max_mw,
        method=certificate.method + ("" if whole_year else "; annual energy caps left out of a part of a year"),
        repaired_device_hours=certificate.repaired,
        repair_cost_usd_real=certificate.repair_cost_usd_real,
        foresight_cost_usd_real=certificate.foresight_cost_usd_real,
        security_cost_usd_real=certificate.security_cost_usd_real,
        outage_rows=certificate.outage_rows,
        outage_rows_left=sum(one.outage != LOSSES for one in certificate.left),
        loss_rows=certificate.loss_rows,
        loss_rows_left=sum(one.hours for one in certificate.left if one.outage == LOSSES),
        ens_mwh=float(dispatch.shed_mw.values.sum() - dispatch.stood_back_mw.values.sum()),
        stood_back_mwh=float(dispatch.stood_back_mw.values.sum()),
        demand_mwh=demand,
        loss_estimate_mwh=_loss_estimate_mwh(grid, profiles, dict(economy.loss_frac), loss_shares),
        generation_mwh=generation,
        curtailed_mwh={country: _of_country(grid, country, dispatch.curtailed_mw) for country in countries},
        curtailed_reason_mwh=_by_reason(grid, countries, outcome),
        emissions_tco2={country: carbon.produced_tco2[country] for country in countries},
        consumed_tco2=carbon.consumed_tco2,
        consumed_tco2_per_mwh=carbon.consumed_tco2_per_mwh,
        green=green_summary(outcome.green, generation),
        import_tco2=carbon.bought_tco2,
        export_tco2=carbon.sold_tco2,
        res_share_frac={
            country: _share(
                sum(made.get(kind, 0.0) for kind in clean),
                sum(made.values()) - sum(made.get(kind, 0.0) for kind in STORED),
            )
            for country, made in generation.items()
        },
        import_mwh=_by_market(grid, dispatch.import_mw),
        export_mwh=_by_market(grid, dispatch.export_mw),
        price_mean_usd_per_mwh={country: _mean_price(grid, dispatch, country) for country in countries},
    )


def green_summary(periods: tuple[GreenPeriod, ...], generation: dict[str, dict[str, float]]) -> GreenSummary | None:
    """The green account in sums, with the coal, gas and oil that burned beside it; None without the rule.

    `generation` is MWh by country and technology.
    """
    if not periods:
        return None
    exported = sum(period.exported_mwh for period in periods)
    paid = sum(period.exported_mwh * period.premium_usd_per_mwh for period in periods)
    return GreenSummary(
        exported_mwh=exported,
        contracted_mwh=sum(period.contracted_mwh for period in periods),
        forfeited_mwh=sum(period.forfeited_mwh for period in periods),
        premium_mean_usd_per_mwh=paid / exported if exported > 0 else 0.0,
        coal_and_gas_mwh={
            country: sum(energy for technology, energy in made.items() if technology.startswith(BURNING))
            for country, made in generation.items()
        },
    )


def generation_mwh(grid: Grid, dispatch: Dispatch) -> dict[str, dict[str, float]]:
    """Energy by country and technology; batteries: what they discharge."""
    made: dict[str, dict[str, float]] = {demand.country: {} for demand in grid.demands}
    for plant in grid.plants:
        country = made.setdefault(plant.country, {})
        energy = float(dispatch.generation_mw[plant.name].sum())
        country[plant.technology] = country.get(plant.technology, 0.0) + energy
    return {country: dict(sorted(parts.items())) for country, parts in sorted(made.items())}


def summarise_link(link: Link, dispatch: Dispatch, outcome: Outcome, carbon: CarbonAccount) -> LinkSummary:
    """The part of the summary for one link."""
    sent = {way: dispatch.link_sent_mw[f"{link.name}:{way}"] for way in ("forward", "reverse")}
    received = {way: dispatch.link_received_mw[f"{link.name}:{way}"] for way in ("forward", "reverse")}
    idle = float(dispatch.link_idle_mw[link.name].sum())
    total_sent = float(sent["forward"].sum() + sent["reverse"].sum())
    total_received = float(received["forward"].sum() + received["reverse"].sum())
    full = (sent["forward"] >= FULL_FRAC * link.capacity_mw) | (sent["reverse"] >= FULL_FRAC * link.capacity_mw)
    between = outcome.link_rents.get(link.name)
    rent_usd = float(link_rent_usd(link, dispatch).sum())
    return LinkSummary(
        capacity_mw=link.capacity_mw,
        sent_mwh=total_sent,
        received_mwh=total_received,
        loss_mwh=total_sent + idle - total_received,
        sent_forward_mwh=float(sent["forward"].sum()),
        received_forward_mwh=float(received["forward"].sum()),
        sent_reverse_mwh=float(sent["reverse"].sum()),
        received_reverse_mwh=float(received["reverse"].sum()),
        hours_at_limit=int(full.sum()),
        utilisation_frac=total_sent / (link.capacity_mw * dispatch.clock.hours),
        rent_usd_real=rent_usd,
        # The run's own duals are among the optimal ones; a bound from differences of costs has their rounding.
        rent_least_usd_real=None if between is None else min(between.least_usd, rent_usd),
        rent_most_usd_real=None if between is None else max(between.most_usd, rent_usd),
        rating_worth_usd_real_per_mw=float(outcome.rating_worth_usd_per_mw[link.name].sum()),
        carried_forward_tco2=carbon.link_tco2[f"{link.name}:forward"],
        carried_reverse_tco2=carbon.link_tco2[f"{link.name}:reverse"],
    )


def summarise_interfaces(grid: Grid, outcome: Outcome, hours: int) -> dict[str, InterfaceSummary]:
    """The part of the summary on every cut of the grid."""
    cuts = {cut.name: cut for cut in grid.interfaces}
    uses = [use for use in outcome.limits if use.name in cuts]  # rows of outages are no cuts of the grid
    return {
        use.name: InterfaceSummary(
            forward_max_mw=use.forward_max_mw,
            reverse_max_mw=use.reverse_max_mw,
            hours_at_forward_limit=use.hours_binding_forward,
            hours_at_reverse_limit=use.hours_binding_reverse,
            at_limit_share_frac=_share(use.hours_binding_forward + use.hours_binding_reverse, hours),
            flow_mean_mw=use.flow_mean_mw,
            rent_usd_real=use.rent_usd_real,
            confidence=cuts[use.name].confidence,
            source=cuts[use.name].source,
        )
        for use in uses
    }


def link_rent_usd(link: Link, dispatch: Dispatch) -> Array:
    """Congestion rent of every hour, signed, after running losses and idle loss at local prices.

    Sum over directions of (price at the receiving bus x received - price at the sending bus x sent), less half the idle
    loss at each end's price (ENTSO-E 4th CBA Guideline, B1, with losses as they occur).
    """
    start, end = dispatch.price_usd_per_mwh[link.from_bus], dispatch.price_usd_per_mwh[link.to_bus]
    sent, received = dispatch.link_sent_mw, dispatch.link_received_mw
    forward = end * received[f"{link.name}:forward"] - start * sent[f"{link.name}:forward"]
    reverse = start * received[f"{link.name}:reverse"] - end * sent[f"{link.name}:reverse"]
    rent: Array = forward + reverse - dispatch.link_idle_mw[link.name] * (start + end) / 2
    return rent


def _of_country(grid: Grid, country: str, table: HourlyTable) -> float:
    return sum(
        float(table[plant.name].sum())
        for plant in grid.plants
        if plant.country == country and plant.name in table.columns
    )


def _by_reason(grid: Grid, countries: list[str], outcome: Outcome) -> dict[str, dict[str, float]]:
    total = {country: dict.fromkeys(REASONS, 0.0) for country in countries}
    for plant in grid.plants:
        for reason, energy in outcome.curtailment_mwh.get(plant.name, {}).items():
            total[plant.country][reason] += energy
    return total


def _by_market(grid: Grid, table: HourlyTable) -> dict[str, float]:
    total: dict[str, float] = {}
    for border in grid.borders:
        total[border.market] = total.get(border.market, 0.0) + float(table[border.name].sum())
    return dict(sorted(total.items()))


def _mean_price(grid: Grid, dispatch: Dispatch, country: str) -> float:
    buses = [load.bus for load in grid.loads if load.country == country]
    served = dispatch.served_mw.select(buses).values
    prices = dispatch.price_usd_per_mwh.select(buses).values
    return _share(float((served * prices).sum()), float(served.sum()))


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else 0.0


def _loss_estimate_mwh(
    grid: Grid, profiles: Profiles, loss_frac: Mapping[str, float], shares: HourlyTable | None
) -> dict[str, float]:
    """What of the gross demand was counted as losses of the network, by country."""
    found = dict.fromkeys(sorted({demand.country for demand in grid.demands}), 0.0)
    for demand in grid.demands:
        share = loss_frac.get(demand.country, 0.0) if shares is None else shares[demand.zone]
        found[demand.country] += float((profiles.demand_mw[demand.zone] * share).sum())
    return found
