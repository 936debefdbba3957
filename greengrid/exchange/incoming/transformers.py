"""Transformers of a net as nameplates of ours, in one substation each."""

from __future__ import annotations

import math

from greengrid.exchange.incoming.branches import (
    CURRENT_MAX_KA,
    OMEGA,
    REACTANCE_MAX_OHM_PER_KM,
    RESISTANCE_LEAST_FRAC,
    WAVE_KM_PER_S,
    Branches,
    LineDraft,
    UnitDraft,
    bearable_mw,
    digits,
    opened,
    title_of,
)
from greengrid.exchange.incoming.plain_net import PlainNet, Row, number
from greengrid.exchange.incoming.report import Notes
from greengrid.exchange.incoming.stations import Station, Stations
from networks.geography import great_circle_km

RATING_MVA = (10.0, 3_000.0)
SHORT_CIRCUIT_PERCENT = (2.0, 30.0)
BRIDGE_KM, BRIDGE_OHM_PER_KM = 0.1, 0.3
IRON_LEAST_KW, CURRENT_LEAST_PERCENT = 0.1, 0.001


def take_transformers(net: PlainNet, stations: Stations, found: Branches, notes: Notes) -> None:
    """Every two-winding transformer in service between buses that are carried."""
    off = opened(net, "t")
    notes.leave_out("transformers that a switch holds open", [title_of(row, "trafo") for row in off.values()])
    rows = [row for row in net.in_service("trafo") if number(row, "index") not in off]
    told: dict[str, list[str]] = {key: [] for key in ("lost", "rating", "tap", "shift", "losses", "line", "bridge")}
    for row in rows:
        title = title_of(row, "trafo")
        high, low = stations.of(row, "hv_bus"), stations.of(row, "lv_bus")
        if high is not None and high == low:
            continue  # to a level below 35 kV: said where that level was lifted
        if high is None or low is None or not number(row, "vk_percent") > 0:
            told["lost"].append(title)
            continue
        if number(row, "tap_pos", 0.0) != number(row, "tap_neutral", 0.0):
            told["tap"].append(title)
        if number(row, "shift_degree", 0.0) % 360.0:
            told["shift"].append(title)
        if high[0] is low[0]:
            found.units.append(_unit(row, high, low, told))
        elif high[1] == low[1]:
            found.lines.append(_as_line(row, high, low))
            told["line"].append(title)
        elif not _bridge(row, high, low, found, told):
            told["lost"].append(title)
    notes.leave_out("transformers at buses that are not carried, or that fit no substation", told["lost"])
    notes.assume(
        f"short lines ({BRIDGE_KM:g} km, or the straight way) to transformers whose substation has that level already",
        told["bridge"],
    )
    notes.leave_out("positions of taps (they are found hour by hour)", told["tap"])
    notes.leave_out("phase shifts", told["shift"])
    notes.assume(
        "transformers between equal voltages became lines of the same reactance, their ratio lost", told["line"]
    )
    notes.assume(
        "rating that brings the short-circuit voltage between 2 and 30 per cent, reactance kept", told["rating"]
    )
    notes.assume("least no-load or copper losses, as the net has none", told["losses"])


def _bridge(
    row: Row,
    high: tuple[Station, int],
    low: tuple[Station, int],
    found: Branches,
    told: dict[str, list[str]],
) -> bool:
    """Put a transformer between two substations into one of them, joined to the other by a short line.

    A substation holds one bus of each level: two transformers from one bus to two of the same level need two.
    """
    for near, far in ((low, high), (high, low)):
        station, level = near[0], far[1]
        if level in station.levels:
            continue
        station.levels = tuple(sorted((*station.levels, level), reverse=True))
        found.units.append(_unit(row, (station, level), near, told))
        x_ohm = BRIDGE_OHM_PER_KM * _apart_km(far[0], station)
        found.lines.append(_short_line(title_of(row, "trafo"), far, station, x_ohm / BRIDGE_OHM_PER_KM, x_ohm))
        told["bridge"].append(title_of(row, "trafo"))
        return True
    return False


def _apart_km(one: Station, other: Station) -> float:
    if one.position is None or other.position is None:
        return BRIDGE_KM
    (lon0, lat0), (lon1, lat1) = one.position, other.position
    return max(BRIDGE_KM, great_circle_km(lat0, lon0, lat1, lon1))


def _short_line(title: str, start: tuple[Station, int], end: Station, length_km: float, x_ohm: float) -> LineDraft:
    b_siemens = (OMEGA * length_km / WAVE_KM_PER_S) ** 2 / x_ohm
    return LineDraft(
        f"to {title}", start[0], end, start[1], 1, length_km, x_ohm / 10, x_ohm, b_siemens, CURRENT_MAX_KA,
        bearable_mw(start[1], CURRENT_MAX_KA),
    )  # fmt: skip


def _unit(row: Row, high: tuple[Station, int], low: tuple[Station, int], told: dict[str, list[str]]) -> UnitDraft:
    title = title_of(row, "trafo")
    if high[1] < low[1]:
        high, low = low, high
    rating_mva, voltage_percent = number(row, "sn_mva"), number(row, "vk_percent")
    copper_kw = number(row, "vkr_percent", 0.0) * 10.0 * rating_mva
    magnetising_mva = max(number(row, "i0_percent", 0.0), 0.0) / 100.0 * rating_mva
    factor = _rescaled(rating_mva, voltage_percent)
    if factor != 1.0:
        told["rating"].append(title)
    # Copper loss goes with the square of the rating, short-circuit voltage with the rating.
    rating_mva, voltage_percent, copper_kw = rating_mva * factor, voltage_percent * factor, copper_kw * factor**2
    iron_kw = max(number(row, "pfe_kw", 0.0), 0.0)
    current_percent = magnetising_mva / rating_mva * 100.0
    if copper_kw <= 0 or iron_kw <= 0 or current_percent <= 0:
        told["losses"].append(title)
    return UnitDraft(
        title,
        high[0],
        high[1],
        low[1],
        max(1, round(number(row, "parallel", 1.0))),
        rating_mva,
        voltage_percent,
        min(max(copper_kw, 10.0 * rating_mva * voltage_percent * RESISTANCE_LEAST_FRAC), 20_000.0),
        min(max(iron_kw, IRON_LEAST_KW), 5_000.0),
        min(max(current_percent, CURRENT_LEAST_PERCENT), 5.0),
    )


def _rescaled(rating_mva: float, voltage_percent: float) -> float:
    """Factor on the rating that brings it and the short-circuit voltage into the tables' ranges; 1 if they are."""
    low = max(RATING_MVA[0] / rating_mva, SHORT_CIRCUIT_PERCENT[0] / voltage_percent)
    high = min(RATING_MVA[1] / rating_mva, SHORT_CIRCUIT_PERCENT[1] / voltage_percent)
    return min(max(1.0, low), high)


def _as_line(row: Row, start: tuple[Station, int], end: tuple[Station, int]) -> LineDraft:
    """The largest reactance per kilometre makes it short, and its charging small."""
    kv, units = start[1], max(1, round(number(row, "parallel", 1.0)))
    base_ohm = number(row, "vn_lv_kv", kv) ** 2 / number(row, "sn_mva")
    impedance = number(row, "vk_percent") / 100.0 * base_ohm
    r_ohm = max(number(row, "vkr_percent", 0.0) / 100.0 * base_ohm, RESISTANCE_LEAST_FRAC * impedance)
    x_ohm = math.sqrt(max(impedance**2 - r_ohm**2, RESISTANCE_LEAST_FRAC * impedance**2))
    length_km = x_ohm / REACTANCE_MAX_OHM_PER_KM
    b_siemens = (OMEGA * length_km / WAVE_KM_PER_S) ** 2 / x_ohm
    current_ka = digits(min(number(row, "sn_mva") / kv / math.sqrt(3), CURRENT_MAX_KA))
    return LineDraft(
        title_of(row, "trafo"), start[0], end[0], kv, units, length_km, r_ohm, x_ohm, b_siemens, current_ka,
        bearable_mw(kv, current_ka),
    )  # fmt: skip
