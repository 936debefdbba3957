"""Whose emissions: from where power is made to where it is used, hour by hour, by proportional sharing.

Every country is a pool: what flows out of it (use, storage, sales, flows to the next country) carries the mean
emission factor of what flows in (Tranberg et al. 2019, Energy Strategy Reviews 26, 100367, eqs. 1-4, with countries as
nodes). What a link loses is carried by what it delivers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from greengrid.dispatch.result import Dispatch
from greengrid.economy.fleet import Economy
from greengrid.hourly import Array
from networks.grid import Grid


@dataclass(frozen=True)
class CarbonAccount:
    """Tonnes of CO2 over the hours of the dispatch."""

    produced_tco2: dict[str, float]
    """Burnt in the country."""
    consumed_tco2: dict[str, float]
    """Carried by what the country uses: load, charging, idle draw of links."""
    consumed_tco2_per_mwh: dict[str, float]
    """The same by energy used; 0 where nothing is used."""
    bought_tco2: dict[str, float]
    """Carried by purchases, by market."""
    sold_tco2: dict[str, float]
    """Carried by sales, by market."""
    link_tco2: dict[str, float]
    """Carried by each link, by NAME:direction."""


@dataclass(frozen=True)
class _Pools:
    """Hourly flows between countries; arrays are (hours, countries) unless said otherwise. MW and tCO2/h."""

    made_mw: Array
    made_tco2: Array
    crossing_mw: Array
    """(hours, from, to): drawn in the country that sends."""
    received_mw: Array
    """(hours, from, to): what of it arrives."""
    used_mw: Array


def carbon_account(grid: Grid, economy: Economy, dispatch: Dispatch) -> CarbonAccount:
    """Emissions by producing and by using country, and what trade and links carry."""
    countries = sorted({bus.country for bus in grid.buses})
    pools = _pools(grid, economy, dispatch, countries)
    factor = _factors(pools)
    number = {country: k for k, country in enumerate(countries)}
    country_of = {bus.name: bus.country for bus in grid.buses}
    modelled = sorted({demand.country for demand in grid.demands})
    used_tco2 = (factor * pools.used_mw).sum(axis=0)
    used_mwh = pools.used_mw.sum(axis=0)
    bought, sold = _traded(grid, economy, dispatch, factor[:, [number[country_of[b.bus]] for b in grid.borders]])
    carried_by_link = {
        f"{link.name}:{way}": float(
            (factor[:, number[country_of[start]]] * dispatch.link_sent_mw[f"{link.name}:{way}"]).sum()
        )
        for link in grid.links
        for way, start in (("forward", link.from_bus), ("reverse", link.to_bus))
    }
    return CarbonAccount(
        produced_tco2=_produced(grid, economy, dispatch),
        consumed_tco2={country: float(used_tco2[number[country]]) for country in modelled},
        consumed_tco2_per_mwh={
            country: float(used_tco2[number[country]] / used_mwh[number[country]]) if used_mwh[number[country]] else 0.0
            for country in modelled
        },
        bought_tco2=bought,
        sold_tco2=sold,
        link_tco2=carried_by_link,
    )


def _produced(grid: Grid, economy: Economy, dispatch: Dispatch) -> dict[str, float]:
    produced = dict.fromkeys(sorted({demand.country for demand in grid.demands}), 0.0)
    emission = {unit.name: unit.emission_tco2_per_mwh for unit in economy.units}
    for plant in grid.plants:
        produced[plant.country] += float(dispatch.generation_mw[plant.name].sum()) * emission[plant.name]
    return produced


def _traded(
    grid: Grid, economy: Economy, dispatch: Dispatch, factor_at_border: Array
) -> tuple[dict[str, float], dict[str, float]]:
    """Bought and sold, by market; the factors have one column per border."""
    markets = {market.name: market.emission_tco2_per_mwh for market in economy.markets}
    names = sorted({border.market for border in grid.borders})
    bought, sold = dict.fromkeys(names, 0.0), dict.fromkeys(names, 0.0)
    for border, here in zip(grid.borders, factor_at_border.T, strict=True):
        bought[border.market] += float(dispatch.import_mw[border.name].sum()) * markets[border.market]
        sold[border.market] += float((here * dispatch.export_mw[border.name]).sum())
    return bought, sold


def _pools(grid: Grid, economy: Economy, dispatch: Dispatch, countries: list[str]) -> _Pools:
    hours, count = dispatch.clock.hours, len(countries)
    number = {country: k for k, country in enumerate(countries)}
    pool_of = {bus.name: number[bus.country] for bus in grid.buses}
    made, carbon, used = (np.zeros((hours, count)) for _ in range(3))
    emission = {unit.name: unit.emission_tco2_per_mwh for unit in economy.units}
    for plant in grid.plants:
        output = dispatch.generation_mw[plant.name]
        made[:, pool_of[plant.bus]] += output
        carbon[:, pool_of[plant.bus]] += output * emission[plant.name]
    markets = {market.name: market.emission_tco2_per_mwh for market in economy.markets}
    for border in grid.borders:
        bought = dispatch.import_mw[border.name]
        made[:, pool_of[border.bus]] += bought
        carbon[:, pool_of[border.bus]] += bought * markets[border.market]
    bus_of_plant = {plant.name: plant.bus for plant in grid.plants}
    for table, bus_of in (
        (dispatch.served_mw, {name: name for name in dispatch.served_mw.columns}),
        (dispatch.dumped_mw, {name: name for name in dispatch.dumped_mw.columns}),
        (dispatch.charge_mw, bus_of_plant),
    ):
        for name in table.columns:
            used[:, pool_of[bus_of[name]]] += table[name]
    for link in grid.links:
        for bus in (link.from_bus, link.to_bus):
            used[:, pool_of[bus]] += dispatch.link_idle_mw[link.name] / 2
    crossing, received = _crossings(grid, dispatch, pool_of, count)
    return _Pools(made, carbon, crossing, received, used)


def _crossings(grid: Grid, dispatch: Dispatch, pool_of: dict[str, int], count: int) -> tuple[Array, Array]:
    """What leaves one pool for another and what arrives there, over links and AC lines."""
    crossing, received = (np.zeros((dispatch.clock.hours, count, count)) for _ in range(2))
    for link in grid.links:
        start, end = pool_of[link.from_bus], pool_of[link.to_bus]
        for way, here, there in (("forward", start, end), ("reverse", end, start)):
            crossing[:, here, there] += dispatch.link_sent_mw[f"{link.name}:{way}"]
            received[:, here, there] += dispatch.link_received_mw[f"{link.name}:{way}"]
    for line in grid.lines:
        start, end = pool_of[line.from_bus], pool_of[line.to_bus]
        if start != end:
            flow = dispatch.branch_mw[line.name]
            for here, there, part in ((start, end, np.maximum(flow, 0)), (end, start, np.maximum(-flow, 0))):
                crossing[:, here, there] += part
                received[:, here, there] += part
    return crossing, received


def _factors(pools: _Pools) -> Array:
    """Emission factor of every pool, tCO2/MWh, shape (hours, countries).

    Energy in x factor = emissions in: (made + received) f = made emissions + sum of crossing x factor of its origin.
    """
    inflow = pools.made_mw + pools.received_mw.sum(axis=1)
    count = inflow.shape[1]
    matrix = -np.swapaxes(pools.crossing_mw, 1, 2)
    # An empty pool has nothing to carry: its factor is 0.
    matrix[:, np.arange(count), np.arange(count)] += np.where(inflow > 1e-9, inflow, 1.0)
    right = np.where(inflow > 1e-9, pools.made_tco2, 0.0)
    return np.asarray(np.linalg.solve(matrix, right[:, :, None])[:, :, 0], dtype=np.float64)
