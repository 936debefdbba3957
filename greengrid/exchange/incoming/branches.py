"""Lines and transformers of a net as rows of ours: constants and nameplates that mean the same circuit."""

from __future__ import annotations

import cmath
import math
from dataclasses import dataclass, field

from greengrid.exchange.incoming.plain_net import PlainNet, Row, number, text
from greengrid.exchange.incoming.report import Notes
from greengrid.exchange.incoming.stations import Station, Stations

OMEGA = 100.0 * math.pi
"""Of the tables, which are for 50 Hz."""
WAVE_KM_PER_S = 293_000.0
"""On an overhead line: 0.977 of light (Glover, Sarma, Overbye 2012, chapter 5)."""
WAVE_BAND_KM_PER_S = (0.90 * 299_792.458, 299_792.458)
REACTANCE_MAX_OHM_PER_KM = 1.0
CURRENT_MAX_KA = 10.0
FLOW_MAX_MW = 30_000.0
CIRCUITS_MAX = 12
RESISTANCE_LEAST_FRAC = 1e-4
"""Of the reactance, where a net gives none."""


@dataclass(frozen=True)
class LineDraft:
    """One line: constants of one circuit."""

    name: str
    start: Station
    end: Station
    voltage_kv: int
    circuits: int
    length_km: float
    r_ohm: float
    x_ohm: float
    b_siemens: float
    current_max_ka: float
    flow_max_mw: float
    """Of one circuit."""


@dataclass(frozen=True)
class UnitDraft:
    """One transformer."""

    name: str
    station: Station
    hv_kv: int
    lv_kv: int
    units: int
    rating_mva: float
    short_circuit_voltage_percent: float
    copper_loss_kw: float
    iron_loss_kw: float
    no_load_current_percent: float


@dataclass
class Branches:
    """What became of the net's lines and transformers."""

    lines: list[LineDraft] = field(default_factory=list)
    units: list[UnitDraft] = field(default_factory=list)


def take_lines(net: PlainNet, stations: Stations, found: Branches, notes: Notes) -> None:
    """Every line in service between buses that are carried."""
    off = opened(net, "l")
    notes.leave_out("lines that a switch holds open", [title_of(row, "line") for row in off.values()])
    rows = [row for row in net.in_service("line") if number(row, "index") not in off]
    _take_lines(net, rows, stations, found, notes)


def title_of(row: Row, table: str) -> str:
    return text(row, "name") or f"{table} {number(row, 'index'):g}"


def opened(net: PlainNet, kind: str) -> dict[float, Row]:
    """Lines ("l") or transformers ("t") that an open switch takes out, by index."""
    table = "line" if kind == "l" else "trafo"
    by_index = {number(row, "index"): row for row in net.in_service(table)}
    switched = [row for row in net.rows("switch") if text(row, "et") == kind and row.get("closed") in (False, 0.0)]
    return {number(row, "element"): by_index[number(row, "element")] for row in switched
            if number(row, "element") in by_index}  # fmt: skip


def _take_lines(net: PlainNet, rows: list[Row], stations: Stations, found: Branches, notes: Notes) -> None:
    told: dict[str, list[str]] = {key: [] for key in ("lost", "negative", "length", "charging", "r", "g", "current")}
    for row in rows:
        title = title_of(row, "line")
        start, end = stations.of(row, "from_bus"), stations.of(row, "to_bus")
        if start is None or end is None or start[0] is end[0] or start[1] != end[1]:
            told["lost"].append(title)
            continue
        draft = _line(net, row, (start, end), told)
        if draft is None:
            told["negative"].append(title)
        else:
            found.lines.append(draft)
    notes.leave_out("lines below 35 kV, within one substation or at buses that are not carried", told["lost"])
    notes.leave_out("lines without a positive length and reactance", told["negative"])
    notes.leave_out("shunt conductance of lines", told["g"])
    notes.assume(
        f"lengths from reactance and charging at {WAVE_KM_PER_S:,.0f} km/s, as the net's own mean another wave speed; "
        "reactance and charging are kept",
        told["length"],
    )
    notes.assume("charging of an overhead line of that reactance, as the net has none or too little", told["charging"])
    notes.assume("resistance of a ten-thousandth of the reactance, as the net has none", told["r"])
    notes.assume(f"thermal limit of {CURRENT_MAX_KA:g} kA, as the net has none or a higher one", told["current"])


def _line(
    net: PlainNet, row: Row, ends: tuple[tuple[Station, int], tuple[Station, int]], told: dict[str, list[str]]
) -> LineDraft | None:
    title, kv = title_of(row, "line"), ends[0][1]
    length_km = number(row, "length_km")
    circuits = max(1, round(number(row, "parallel", 1.0)))
    series = complex(number(row, "r_ohm_per_km", 0.0), number(row, "x_ohm_per_km")) * length_km
    g_siemens = number(row, "g_us_per_km", 0.0) * 1e-6 * length_km
    b_siemens = 2 * math.pi * net.frequency_hz * number(row, "c_nf_per_km", 0.0) * 1e-9 * length_km
    if not (length_km > 0 and series.imag > 0 and b_siemens >= 0 and series.real >= 0):
        return None
    series, shunt = distributed_line(series, complex(g_siemens, b_siemens))
    if abs(shunt.real) > 1e-3 * abs(shunt.imag):
        told["g"].append(title)
    r_ohm, x_ohm, b_siemens = series.real, series.imag, shunt.imag
    if r_ohm <= RESISTANCE_LEAST_FRAC * x_ohm:
        r_ohm = RESISTANCE_LEAST_FRAC * x_ohm
        told["r"].append(title)
    length_km, b_siemens = _length(title, length_km, x_ohm, b_siemens, told)
    current_ka = number(row, "max_i_ka") * number(row, "df", 1.0)
    if not 0 < current_ka <= CURRENT_MAX_KA:
        current_ka = CURRENT_MAX_KA
        told["current"].append(title)
    current_ka = digits(current_ka)
    thermal_mw = bearable_mw(kv, current_ka)
    limit_mw = number(row, "flow_max_mw", thermal_mw * circuits) / circuits
    limit_mw = min(limit_mw, thermal_mw * min(number(row, "max_loading_percent", 100.0), 100.0) / 100.0)
    return LineDraft(
        title, ends[0][0], ends[1][0], kv, circuits, length_km, r_ohm, x_ohm, b_siemens, current_ka, limit_mw
    )


def digits(value: float) -> float:
    """As it stands in the type, whose constants have eight digits."""
    return float(f"{value:.8g}")


def bearable_mw(kv: int, current_ka: float) -> float:
    """A hair below what the conductors bear, so that rounding never lifts a limit above it."""
    return min(math.sqrt(3) * kv * current_ka * (1 - 1e-9), FLOW_MAX_MW)


def distributed_line(series: complex, shunt: complex) -> tuple[complex, complex]:
    """Series impedance and shunt admittance of the long line whose equivalent pi circuit is given.

    The inverse of `networks.pandapower_net.equivalent_pi`: cosh(gl) = 1 + ZY/2; Z = Z' gl/sinh(gl), Y = Y' (gl/2)/
    tanh(gl/2) (Grainger and Stevenson, Power System Analysis, chapter 6).
    """
    if abs(shunt) * abs(series) < 1e-12:
        return series, shunt
    angle = cmath.acosh(1 + series * shunt / 2)
    return series * angle / cmath.sinh(angle), shunt * (angle / 2) / cmath.tanh(angle / 2)


def _length(
    title: str, length_km: float, x_ohm: float, b_siemens: float, told: dict[str, list[str]]
) -> tuple[float, float]:
    """Length and charging with the wave speed of an overhead line: the net's own where they have it."""
    speed = OMEGA * length_km / math.sqrt(x_ohm * b_siemens) if b_siemens > 0 else math.inf
    slow, fast = WAVE_BAND_KM_PER_S
    if slow <= speed <= fast and x_ohm / length_km <= REACTANCE_MAX_OHM_PER_KM:
        return length_km, b_siemens
    own_km = WAVE_KM_PER_S / OMEGA * math.sqrt(x_ohm * b_siemens)
    least_km = x_ohm / REACTANCE_MAX_OHM_PER_KM
    if own_km >= least_km:
        told["length"].append(title)
        return own_km, b_siemens
    told["charging"].append(title)
    return least_km, (OMEGA * least_km / WAVE_KM_PER_S) ** 2 / x_ohm


def split_circuits(count: int) -> list[int]:
    """Rows of at most twelve circuits or units."""
    return [CIRCUITS_MAX] * (count // CIRCUITS_MAX) + ([count % CIRCUITS_MAX] if count % CIRCUITS_MAX else [])
