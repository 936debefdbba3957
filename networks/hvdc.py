"""An HVDC link: poles, stations, cables and return path; sent, received, current and loss from one function.

One pole carrying `sent` MW from AC terminal to AC terminal at the current I (kA):

    station     idle + b I + a I^2 at each end: no-load, threshold and switching, resistive loss
    cable       R I^2 per conductor, R = resistance_ohm_per_km x (subsea_km + land_km)
    sent        = U I + b I + a I^2          (AC power = DC power + running loss of the sending station)
    received    = sent - 2 (b I + a I^2) - c R I^2

with U the pole voltage in kV, held at the sending end, where a cable's voltage is highest; c = 1 for a pole of a
healthy bipole, c = 2 for a pole that returns through the metallic conductor because its partner is out, and 2 U and
c = 2 for a symmetrical monopole (two cables at +U and -U). At rated power the current is I_full and a station loses
`station_full_loss_frac` of its rating: `station_idle_loss_frac` of it idle, `station_linear_loss_frac` in b I, the rest
in a I^2. The form is that of Beerten, Cole and Belmans, IEEE Trans. Power Syst. 27 (2012) 821, with the DC current.

The idle loss of the energised stations flows beside the transfer: it is drawn half at each end and is not part of
`sent_mw` and `loss_mw`. What the link takes from both grids together is `loss_mw + idle_loss_mw`.

A link is healthy, has one pole out, or is out: `poles_in` counts the poles in service in all three.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Literal

CONFIGURATIONS = ("symmetrical_monopole", "bipole")
OVERLOAD_MAX_RATIO = 1.5

State = Literal["healthy", "one_pole_out", "out"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A convex piece of the link's running loss: up to `width_mw` sent at a constant `efficiency_frac`."""

    width_mw: float
    efficiency_frac: float


@dataclass(frozen=True, slots=True)
class LinkFlow:
    """State of a link for one sent power; sent = received + loss, idle loss apart."""

    sent_mw: float
    received_mw: float
    current_ka: float
    """Current of the most loaded conductor."""
    loss_mw: float
    """Running loss of stations and cables, without idle loss."""


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
    station_linear_loss_frac: float = 0.0
    """Part of a station's full-load loss that grows with the current itself, of its rating; 0: all of it squared."""
    pole_overload_ratio: float = 1.0
    """What a pole can carry while another is out, over its share of the rating; 1: no overload."""

    def __post_init__(self) -> None:
        """Refuse a link that cannot exist; a ValueError names every reason."""
        reasons = link_problems(self)
        if reasons:
            raise ValueError(f"link {self.name}: " + "; ".join(reasons))

    @property
    def length_km(self) -> float:
        """Cable route from station to station."""
        return self.subsea_km + self.land_km

    @property
    def pole_capacity_mw(self) -> float:
        """Rating of one pole: the largest single loss of a healthy link, all of it for a monopole."""
        return self.capacity_mw / self.poles

    @property
    def idle_loss_mw(self) -> float:
        """No-load loss of the stations at both ends while every pole is energised; half is drawn at each end."""
        return 2.0 * self.capacity_mw * self.station_idle_loss_frac

    def idle_loss_of_mw(self, poles_in: int | None = None) -> float:
        """No-load loss of both ends with only these poles energised: a pole that is out draws nothing."""
        return self.idle_loss_mw * self._poles_checked(poles_in) / self.poles

    @property
    def received_max_mw(self) -> float:
        """Power received when the healthy link sends its rating."""
        return self.flow(self.capacity_mw).received_mw

    def poles_in_state(self, state: State) -> int:
        """Poles in service; a monopole with its one pole out is out."""
        return {"healthy": self.poles, "one_pole_out": self.poles - 1, "out": 0}[state]

    def capacity_available_mw(self, poles_in: int | None = None) -> float:
        """Sending capacity with some poles out: each pole its share, or its overload then; never beyond the rating."""
        poles = self._poles_checked(poles_in)
        overload = 1.0 if poles == self.poles else self.pole_overload_ratio
        return min(self.pole_capacity_mw * poles * overload, self.capacity_mw)

    def flow(self, sent_mw: float, poles_in: int | None = None) -> LinkFlow:
        """Return the state for `sent_mw` (0 .. capacity of the poles in service), shared equally by those poles.

        `poles_in` counts poles in service (all by default). Whole bipoles stay balanced; a single pole left of a bipole
        returns its current through the metallic conductor, which doubles its resistance.
        """
        poles = self._poles_checked(poles_in)
        capacity_mw = self.capacity_available_mw(poles)
        if not 0.0 <= sent_mw <= capacity_mw * (1.0 + 1e-9):
            raise ValueError(f"link {self.name}: {sent_mw} MW is outside 0 .. {capacity_mw} MW of {poles} poles")
        if poles == 0:
            return LinkFlow(0.0, 0.0, 0.0, 0.0)
        current_ka = self._pole_current_ka(sent_mw / poles)
        stations_mw = 2.0 * poles * self.station_running_loss_mw(current_ka)
        loss_mw = stations_mw + self.conductors(poles) * self.conductor_ohm * current_ka**2
        return LinkFlow(sent_mw, sent_mw - loss_mw, current_ka, loss_mw)

    def station_running_loss_mw(self, current_ka: float) -> float:
        """Loss of one station of one pole beyond its idle loss."""
        return (self.station_linear_kv + self.station_quadratic_ohm * current_ka) * current_ka

    @property
    def conductor_ohm(self) -> float:
        """Resistance of one conductor from station to station."""
        return self.resistance_ohm_per_km * self.length_km

    def conductors(self, poles_in: int | None = None) -> int:
        """Conductors that carry current: two per monopole; one per pole of a bipole and its return when unbalanced."""
        poles = self._poles_checked(poles_in)
        if self.configuration == "symmetrical_monopole":
            return 2 * poles
        return poles + poles % 2

    @property
    def pole_voltage_kv(self) -> float:
        """Voltage across which a pole's power flows: twice `voltage_kv` for a symmetrical monopole."""
        return self.voltage_kv * (2.0 if self.configuration == "symmetrical_monopole" else 1.0)

    @property
    def current_full_ka(self) -> float:
        """Current of a pole at its share of the rating."""
        running_frac = self.station_full_loss_frac - self.station_idle_loss_frac
        return self.pole_capacity_mw * (1.0 - running_frac) / self.pole_voltage_kv

    @property
    def station_linear_kv(self) -> float:
        """MW per kA of one station of one pole (b)."""
        return self.pole_capacity_mw * self.station_linear_loss_frac / self.current_full_ka

    @property
    def station_quadratic_ohm(self) -> float:
        """MW per kA^2 of one station of one pole (a)."""
        quadratic_frac = self.station_full_loss_frac - self.station_idle_loss_frac - self.station_linear_loss_frac
        return self.pole_capacity_mw * max(quadratic_frac, 0.0) / self.current_full_ka**2

    def segments(self, count: int, poles_in: int | None = None) -> tuple[Segment, ...]:
        """Return `count` equal pieces of the loss curve in order of use, efficiency falling from piece to piece.

        Filled in order they reproduce the received power exactly at every breakpoint and understate it slightly between
        (a chord of a concave curve).
        """
        if count < 1:
            raise ValueError(f"link {self.name}: {count} segments; at least one is needed")
        width_mw = self.capacity_available_mw(poles_in) / count
        received = [self.flow(width_mw * step, poles_in).received_mw for step in range(count + 1)]
        return tuple(
            Segment(width_mw, (after - before) / width_mw if width_mw > 0.0 else 0.0)
            for before, after in itertools.pairwise(received)
        )

    def _poles_checked(self, poles_in: int | None) -> int:
        poles = self.poles if poles_in is None else poles_in
        if not 0 <= poles <= self.poles:
            raise ValueError(f"link {self.name}: {poles} poles in service of {self.poles}")
        return poles

    def _pole_current_ka(self, sent_mw: float) -> float:
        """Positive root of a I^2 + (U + b) I = sent, in the form that does not cancel for small a."""
        voltage_kv = self.pole_voltage_kv + self.station_linear_kv
        return 2.0 * sent_mw / (voltage_kv + math.sqrt(voltage_kv**2 + 4.0 * self.station_quadratic_ohm * sent_mw))


def link_problems(link: Link) -> tuple[str, ...]:
    """Return what makes a link impossible, in words; empty when it can be built and can send its rating."""
    reasons = [f"{field} is {value}; it must be a finite number {rule}" for field, value, rule in _out_of_range(link)]
    if link.configuration not in CONFIGURATIONS:
        reasons.append(f"configuration is {link.configuration!r}; known are {', '.join(CONFIGURATIONS)}")
    elif link.configuration == "bipole" and (link.poles < 2 or link.poles % 2):
        reasons.append(f"a bipole has 2, 4, 6 ... poles, not {link.poles}")
    elif link.poles < 1:
        reasons.append(f"poles is {link.poles}; at least 1 is needed")
    if link.station_full_loss_frac < link.station_idle_loss_frac:
        reasons.append("station_full_loss_frac includes the idle loss and cannot be below station_idle_loss_frac")
    elif link.station_linear_loss_frac > link.station_full_loss_frac - link.station_idle_loss_frac + 1e-12:
        reasons.append("station_linear_loss_frac is a part of station_full_loss_frac less station_idle_loss_frac")
    if not 1.0 <= link.pole_overload_ratio <= OVERLOAD_MAX_RATIO:
        reasons.append(f"pole_overload_ratio is {link.pole_overload_ratio}; it lies from 1 to {OVERLOAD_MAX_RATIO}")
    if not reasons and link.received_max_mw <= link.idle_loss_mw:
        reasons.append("cable and stations lose all that is sent; check voltage, resistance and length")
    return tuple(reasons)


def _out_of_range(link: Link) -> list[tuple[str, float, str]]:
    positive = ("capacity_mw", "voltage_kv", "ramp_max_mw_per_h")
    not_negative = ("subsea_km", "land_km", "resistance_ohm_per_km", "hurdle_usd_per_mwh")
    fractions = ("station_idle_loss_frac", "station_full_loss_frac", "station_linear_loss_frac")
    found = []
    for field in (*positive, *not_negative, *fractions):
        value = float(getattr(link, field))
        low_ok = value > 0.0 if field in positive else value >= 0.0
        high_ok = value < 0.2 if field in fractions else math.isfinite(value)
        if not (low_ok and high_ok):
            rule = "above 0" if field in positive else "from 0 to 0.2" if field in fractions else "of 0 or more"
            found.append((field, value, rule))
    return found
