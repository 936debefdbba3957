"""An HVDC link: poles, stations, cables and return path; sent, received, current and loss from one function."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Segment:
    """A convex piece of the link's running loss: up to `width_mw` sent at a constant `efficiency_frac`."""

    width_mw: float
    efficiency_frac: float


@dataclass(frozen=True, slots=True)
class LinkFlow:
    """State of a link for one sent power; sent = received + loss."""

    sent_mw: float
    received_mw: float
    current_ka: float
    loss_mw: float


@dataclass(frozen=True, slots=True)
class Link:
    """A point-to-point HVDC link between two AC buses; rating is counted at the sending AC terminal."""

    name: str
    from_bus: str
    to_bus: str
    capacity_mw: float
    voltage_kv: float
    configuration: str
    """symmetrical_monopole (one pole: any fault trips it all) or bipole (metallic return)."""
    poles: int
    """1 for a monopole, 2 per bipole: 2, 4, 6 ..."""
    subsea_km: float
    land_km: float
    resistance_ohm_per_km: float
    """One conductor at operating temperature."""
    station_idle_loss_frac: float
    """Loss of one station at no load, of its rating."""
    station_full_loss_frac: float
    """Loss of one station at full load, of its rating, idle loss included."""
    ramp_max_mw_per_h: float
    hurdle_usd_per_mwh: float
    source: str
