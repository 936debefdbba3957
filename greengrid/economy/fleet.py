"""What each unit costs and may do: the economic side of the plants, month by month."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    """Economic and operating parameters of one `Plant` (same `name`)."""

    name: str
    fuel: str
    """coal, gas, fuel_oil, uranium, or "" where nothing is burnt."""
    marginal_cost_usd_per_mwh: float
    """Fuel, variable operation and CO2 price paid at home; real USD of the price base year."""
    fuel_cost_usd_per_mwh: float
    efficiency_frac: float
    emission_tco2_per_mwh: float
    available_frac: tuple[float, ...]
    """Twelve months: the share of capacity that outages and maintenance leave (1 for wind, sun and water)."""
    must_run_frac: tuple[float, ...]
    """Twelve months: the least output, of capacity, that heat or process load demands; never above available."""
    ramp_frac_per_h: float
    stable_min_frac: float
    unit_mw: float
    """The station's largest unit; of the technology's usual size where the tables state none."""
    start_cost_usd_per_mw: float
    inertia_s: float
    storage_mwh: float
    """Usable content of a reservoir or battery; 0 where there is none."""
    round_trip_frac: float
    """Battery round trip; 1 otherwise."""
    release_min_frac: float
    """Least release of a reservoir, of its mean inflow."""
    confidence: str
    source: str
    up_min_h: float = 1.0
    """Least time between a start and the stop after it."""
    down_min_h: float = 1.0
    """Least time between a stop and the start after it."""
    reserve_frac: float = 0.0
    """Share of its running capacity that a unit gives as reserve within the activation time; 1: starts within it."""


@dataclass(frozen=True, slots=True)
class FuelCap:
    """Annual cap on the output of several units together (fuel supply)."""

    name: str
    energy_max_twh: float
    units: tuple[str, ...]
    even: bool
    """Held back alike in every hour above must-run (heat-led or worn units), instead of used when it pays best."""
    source: str


@dataclass(frozen=True, slots=True)
class Market:
    """A neighbour's market as seen from one border group."""

    name: str
    slope_usd_per_mwh_per_gw: float
    """Fall of the price per GW that we sell (and rise per GW that we buy)."""
    sell_factor_frac: float
    """What we receive over what we would pay (spread, fees, losses outside)."""
    sell_cost_usd_per_mwh: float
    """Border carbon cost and fees on each MWh sold."""
    buy_cost_usd_per_mwh: float
    """Fees on each MWh bought."""
    import_energy_max_twh: float | None
    """What a year's contracts deliver, evenly: with its border's limit this gives a lower limit in MW."""
    export_energy_max_twh: float | None
    """Likewise."""
    emission_tco2_per_mwh: float
    """Of the power that is bought."""
    confidence: str
    source: str
    border_carbon_usd_per_mwh: float = 0.0
    """The part of `sell_cost_usd_per_mwh` that goes to the treasury beyond the border."""


@dataclass(frozen=True, slots=True)
class Economy:
    """All prices of one case."""

    price_base_year: int
    basis: str
    """economic (opportunity cost of fuel) or domestic (tariffs)."""
    units: tuple[Unit, ...]
    fuel_caps: tuple[FuelCap, ...]
    markets: tuple[Market, ...]
    transit_usd_per_mwh: tuple[tuple[str, float], ...]
    """(country, charge) on energy that a link sends out through that country."""
    loss_frac: tuple[tuple[str, float], ...]
    """(country, share of gross demand that is lost at 220 kV and above: generated in the dispatch, taken off at the
    loads of the AC power flow)."""
    value_of_lost_load_usd_per_mwh: float
    voluntary_shed_frac: float = 0.0
    """Share of every load that stands back at its own price before anyone is cut off."""
    voluntary_shed_usd_per_mwh: float = 0.0
