"""Bounds and prices of one expansion."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What may be chosen, at which rate, and how exactly."""

    renewable_most_ratio: float
    """Most of each programme plant, over its capacity in the case."""
    battery_most_mw: float
    """Most in each zone; 0: no batteries."""
    battery_duration_h: float
    link_most_mw: float
    rate_real_pa: float
    gap_frac: float
    trials_max: int = 200
    each_package: bool = False
    """Try every inland package of the tables in its own network, paid in full, instead of their envelope."""
    site_most_mw: float = 0.0
    """Most of more wind and sun at each known site beside the programme's; 0: the programme alone."""
    reach_km: float = 0.0
    """Sites this near to an end of the Caspian link are candidates."""
