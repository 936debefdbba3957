"""Columns of trade: steps of each neighbour's price curve, joint limits of several borders, and the links."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from greengrid.dispatch.template import HOURS_PER_YEAR, Template
from greengrid.economy.fleet import Economy, Market
from greengrid.hourly import Array
from greengrid.weather.profiles import Profiles
from networks.grid import Border, Grid, JointLimit

WHEELING_COST_USD_PER_MWH = 0.5
"""On each border of a joint group, so that power does not circle through the neighbour for nothing."""
BORDER_SEGMENTS = 2
LINK_SEGMENTS = 3


def add_borders(
    template: Template, grid: Grid, profiles: Profiles, markets: dict[str, Market]
) -> tuple[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]], ...]:
    grouped = {name for limit in grid.joint_limits for name in limit.borders}
    single = [border for border in grid.borders if border.name not in grouped]
    for border in single:
        beside = [other for other in single if other.market == border.market]
        widest = (sum(other.import_max_mw for other in beside), sum(other.export_max_mw for other in beside))
        kept = _contract_share(markets[border.market], widest)
        trade = (border.import_max_mw * kept[0], border.export_max_mw * kept[1])
        priced = (markets[border.market], profiles.market_price_usd_per_mwh[border.market])
        _add_trade(template, border.name, [border.bus], priced, trade)
    joint = []
    by_name = {border.name: border for border in grid.borders}
    for limit in grid.joint_limits:
        members = [by_name[name] for name in limit.borders if name in by_name]
        if members:
            joint.append(_add_joint(template, limit, members, profiles, markets))
    return tuple(joint)


def _contract_share(market: Market, widest_mw: tuple[float, float]) -> tuple[float, float]:
    """Shares of the import and export limits of a market's borders that a year's contracts fill when used evenly.

    Perfect foresight would put a contract's energy into the dearest hours, which no directed exchange allows.
    """
    caps = (market.import_energy_max_twh, market.export_energy_max_twh)
    shares = (
        1.0 if cap is None or most_mw <= 0 else min(1.0, cap * 1e6 / HOURS_PER_YEAR / most_mw)
        for cap, most_mw in zip(caps, widest_mw, strict=True)
    )
    bought, sold = shares
    return bought, sold


def _add_joint(
    template: Template, limit: JointLimit, members: list[Border], profiles: Profiles, markets: dict[str, Market]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    cross = []
    for border in members:
        cost = WHEELING_COST_USD_PER_MWH
        cross.append(template.add("cross", border.name, [(border.bus, 1.0)], cost, border.import_max_mw, direction=1))
        cross.append(template.add("cross", border.name, [(border.bus, -1.0)], cost, border.export_max_mw, direction=-1))
    price = profiles.market_price_usd_per_mwh[members[0].market]
    first = len(template.kind)
    market, most = markets[members[0].market], limit.flow_max_mw
    bought_share, sold_share = _contract_share(market, (most, most))
    _add_trade(template, limit.name, [], (market, price), (most * bought_share, most * sold_share))
    added = np.arange(first, len(template.kind))
    bought = np.array([k for k in added if template.kind[k] == "buy"], dtype=np.int64)
    sold = np.array([k for k in added if template.kind[k] == "sell"], dtype=np.int64)
    return np.array(cross, dtype=np.int64), bought, sold


def _add_trade(
    template: Template, name: str, buses: list[str], priced: tuple[Market, Array], trade_max_mw: tuple[float, float]
) -> None:
    """Steps of the neighbour's supply and demand curve: each segment at the price of its middle."""
    market, price = priced
    import_max, export_max = trade_max_mw
    for k in range(BORDER_SEGMENTS):
        middle = (k + 0.5) / BORDER_SEGMENTS / 1000 * market.slope_usd_per_mwh_per_gw
        if import_max > 0:
            cost = price + market.buy_cost_usd_per_mwh + middle * import_max
            template.add("buy", name, [(bus, 1.0) for bus in buses], cost, import_max / BORDER_SEGMENTS, segment=k)
        if export_max > 0:
            worth = market.sell_factor_frac * (price - middle * export_max) - market.sell_cost_usd_per_mwh
            # Selling never pays more than buying back in the same hour would cost.
            worth = np.minimum(worth, price + market.buy_cost_usd_per_mwh)
            template.add("sell", name, [(bus, -1.0) for bus in buses], -worth, export_max / BORDER_SEGMENTS, segment=k)


def add_links(template: Template, grid: Grid, economy: Economy) -> None:
    transit = sum(charge for _, charge in economy.transit_usd_per_mwh)
    country = {bus.name: bus.country for bus in grid.buses}
    modelled = {demand.country for demand in grid.demands}
    for link in grid.links:
        # Transit through Azerbaijan and Georgia is charged once, on what leaves for a market outside the model.
        leaves = transit if country[link.to_bus] not in modelled else 0.0
        ends = ((link.from_bus, link.to_bus, 1, leaves), (link.to_bus, link.from_bus, -1, 0.0))
        for start, end, direction, charge in ends:
            for k, piece in enumerate(link.segments(LINK_SEGMENTS)):
                template.add(
                    "link",
                    link.name,
                    [(start, -1.0), (end, piece.efficiency_frac)],
                    link.hurdle_usd_per_mwh + charge,
                    piece.width_mw,
                    segment=k,
                    direction=direction,
                )
