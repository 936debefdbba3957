"""What one more MW of a link would be worth as it would be built: with the loss and the idle draw that come with it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from greengrid.dispatch.borders import LINK_SEGMENTS
from greengrid.dispatch.result import Dispatch
from greengrid.hourly import Array
from networks.hvdc import Link

STEP_FRAC = 1e-4
"""Of the rating, for the slope of the efficiencies."""


def built_worth_usd_per_mw(link: Link, dispatch: Dispatch, rating_worth_usd_per_mw: Array) -> Array:
    """Saving of each hour by one more MW of rating, USD/MW, shape (hours,).

    `rating_worth_usd_per_mw` is the dual of the rating with loss coefficients and idle draw held fixed. A link that is
    larger at the same voltage and conductor also loses less on what it sent before and draws more while idle: the first
    at the price of the receiving end, the second at both (envelope theorem: only what the rating itself moves counts;
    Milgrom and Segal 2002, Econometrica 70(2), 583-601). Ramp, reserve and inland package are held fixed.
    """
    hours = dispatch.clock.hours
    step_mw = STEP_FRAC * link.capacity_mw
    more, less = (replace(link, capacity_mw=link.capacity_mw + sign * step_mw) for sign in (1, -1))
    pieces = link.segments(LINK_SEGMENTS)
    slopes = [
        (up.efficiency_frac - down.efficiency_frac) / (2 * step_mw)
        for up, down in zip(more.segments(LINK_SEGMENTS), less.segments(LINK_SEGMENTS), strict=True)
    ]
    worth = rating_worth_usd_per_mw.copy()
    for way, end in (("forward", link.to_bus), ("reverse", link.from_bus)):
        sent, price = dispatch.link_sent_mw[f"{link.name}:{way}"], dispatch.price_usd_per_mwh[end]
        before_mw = 0.0
        for piece, slope in zip(pieces, slopes, strict=True):
            filled = np.clip(sent - before_mw, 0.0, piece.width_mw)
            worth += filled * slope * price
            before_mw += piece.width_mw
    prices = dispatch.price_usd_per_mwh[link.from_bus] + dispatch.price_usd_per_mwh[link.to_bus]
    found: Array = worth - (more.idle_loss_mw - less.idle_loss_mw) / (4 * step_mw) * prices
    assert found.shape == (hours,)
    return found
