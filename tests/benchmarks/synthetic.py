"""The synthetic year as plain arrays, drawn from a seed: what every tool of the benchmark is given.

Three areas of meshed 330 kV lines; the first two are one synchronous zone by a few AC ties, the third is another; HVDC
links join them. Thermal units (most of them ramp limited), wind, sun, reservoirs with inflow, batteries, shedding.
Nothing here knows a tool: numpy only, so that it runs in every peer's environment.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
YEAR_HOURS = 8760
VOLTAGE_KV = 330.0
REACTANCE_OHM_PER_KM = 0.32
LOST_LOAD_USD_PER_MWH = 3000.0
TIGHT_QUANTILE = 0.90
PEAK_MW_PER_BUS = 179.0


@dataclass(frozen=True)
class Size:
    """How many of everything."""

    buses: tuple[int, int, int] = (40, 35, 25)
    lines: int = 180
    ties: int = 5
    tight_lines: int = 28
    links: int = 6
    thermal: int = 100
    ramped: int = 80
    wind: int = 25
    sun: int = 15
    reservoirs: int = 10
    batteries: int = 8
    loads: int = 81


@dataclass(frozen=True)
class DataSet:
    """Power in MW, energy in MWh, cost in USD/MWh; series are (hours, things)."""

    bus_area: Ints
    line_from: Ints
    line_to: Ints
    line_x_ohm: Floats
    line_max_mw: Floats
    link_from: Ints
    link_to: Ints
    link_segment_mw: Floats
    """(links, segments): width of each loss segment at the sending end, the same in both directions."""
    link_efficiency_frac: Floats
    """(links, segments), falling: received per sent, so that the loss is convex."""
    link_cost_usd_per_mwh: Floats
    thermal_bus: Ints
    thermal_max_mw: Floats
    """(hours, thermal): planned outages are in it."""
    thermal_min_mw: Floats
    """(thermal,): must run."""
    thermal_cost_usd_per_mwh: Floats
    thermal_ramp_mw_per_h: Floats
    """(thermal,), up and down; infinite where there is no limit."""
    thermal_emission_tco2_per_mwh: Floats
    emission_cap_tco2: Floats
    """(1,), of all hours together; infinite where there is none."""
    renewable_bus: Ints
    renewable_max_mw: Floats
    """(hours, renewables): wind, then sun."""
    renewable_cost_usd_per_mwh: Floats
    reservoir_bus: Ints
    reservoir_max_mw: Floats
    reservoir_volume_mwh: Floats
    reservoir_inflow_mw: Floats
    """(hours, reservoirs)."""
    battery_bus: Ints
    battery_max_mw: Floats
    battery_energy_mwh: Floats
    battery_efficiency_frac: Floats
    """One way."""
    load_bus: Ints
    load_mw: Floats
    """(hours, loads)."""
    lost_load_usd_per_mwh: Floats
    """(1,)."""

    @property
    def hours(self) -> int:
        return len(self.load_mw)

    @property
    def buses(self) -> int:
        return len(self.bus_area)

    @property
    def digest(self) -> str:
        """SHA-256 of the arrays: the packing of a file may differ."""
        digest = hashlib.sha256()
        for part in sorted(fields(self), key=lambda part: part.name):
            digest.update(part.name.encode() + np.ascontiguousarray(getattr(self, part.name)).tobytes())
        return digest.hexdigest()

    def span(self, hours: int, start: int = 0) -> DataSet:
        """The hours [start, start + hours) alone."""
        cut = {
            name: getattr(self, name)[start : start + hours]
            for name in ("thermal_max_mw", "renewable_max_mw", "reservoir_inflow_mw", "load_mw")
        }
        return replace(self, **cut)

    def save(self, path: Path) -> None:
        """One compressed npz file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(path, **{part.name: getattr(self, part.name) for part in fields(self)})

    @classmethod
    def load(cls, path: Path) -> DataSet:
        """What `save` wrote."""
        with np.load(path, allow_pickle=False) as stored:
            return cls(**{part.name: stored[part.name] for part in fields(cls)})


def make(seed: int, size: Size | None = None, segments: int = 1) -> DataSet:
    """The whole year of one seed."""
    size = size or Size()
    rng = np.random.default_rng(seed)
    area = np.repeat(np.arange(3), size.buses)
    start, end, length_km = _lines(rng, size, area)
    load_bus = np.sort(rng.choice(len(area), size.loads, replace=False))
    load = _demand(rng, area[load_bus], PEAK_MW_PER_BUS * len(area))
    fleet = _fleet(rng, size, area, float(load.sum(axis=1).max()))
    drawn = DataSet(
        bus_area=area,
        line_from=start,
        line_to=end,
        line_x_ohm=REACTANCE_OHM_PER_KM * length_km,
        line_max_mw=np.full(len(start), np.inf),
        **_links(rng, size, area, segments),
        **fleet,
        thermal_emission_tco2_per_mwh=np.round(np.random.default_rng((seed, 1)).uniform(0.35, 1.05, size.thermal), 3),
        emission_cap_tco2=np.array([np.inf]),
        load_bus=load_bus,
        load_mw=load,
        lost_load_usd_per_mwh=np.array([LOST_LOAD_USD_PER_MWH]),
    )
    return replace(drawn, line_max_mw=_ratings(rng, drawn, size.tight_lines))


def replicated(data: DataSet, copies: int, seed: int) -> DataSet:
    """The network several times over: same lines and plants, other days and costs, a link from copy to copy."""
    rng = np.random.default_rng(seed)
    parts = [data]
    for number in range(1, copies):
        series = {
            name: np.roll(getattr(data, name), 24 * number, axis=0)
            for name in ("renewable_max_mw", "reservoir_inflow_mw", "load_mw")
        }
        moved = {
            part.name: getattr(data, part.name) + number * data.buses
            for part in fields(data)
            if part.name.endswith(("_bus", "_from", "_to"))
        }
        costs = {
            "thermal_cost_usd_per_mwh": data.thermal_cost_usd_per_mwh * rng.uniform(0.95, 1.05, len(data.thermal_bus))
        }
        parts.append(replace(data, bus_area=data.bus_area + 3 * number, **series, **moved, **costs))
    joined = {part.name: _together([getattr(one, part.name) for one in parts]) for part in fields(data)}
    joined |= {name: getattr(data, name) for name in ("lost_load_usd_per_mwh", "emission_cap_tco2")}
    whole = DataSet(**joined)
    across = {
        "link_from": np.arange(copies - 1) * data.buses,
        "link_to": np.arange(1, copies) * data.buses,
        "link_segment_mw": np.tile(data.link_segment_mw[:1], (copies - 1, 1)),
        "link_efficiency_frac": np.tile(data.link_efficiency_frac[:1], (copies - 1, 1)),
        "link_cost_usd_per_mwh": np.tile(data.link_cost_usd_per_mwh[:1], copies - 1),
    }
    return replace(whole, **{name: np.concatenate([getattr(whole, name), added]) for name, added in across.items()})


def factors(data: DataSet) -> Floats:
    """Power transfer distribution factors, shape (lines, buses), of every synchronous zone (Stott et al. 2009)."""
    incidence = np.zeros((len(data.line_from), data.buses))
    incidence[np.arange(len(data.line_from)), data.line_from] = 1.0
    incidence[np.arange(len(data.line_from)), data.line_to] = -1.0
    flow = incidence / data.line_x_ohm[:, None]
    found = np.zeros_like(flow)
    for members in zones(data):
        rows = np.flatnonzero(np.abs(incidence[:, members]).sum(axis=1))
        nodal = incidence[np.ix_(rows, members)].T @ flow[np.ix_(rows, members)]
        inner = np.linalg.solve(nodal[:-1, :-1], flow[np.ix_(rows, members[:-1])].T).T
        full = np.hstack([inner, np.zeros((len(rows), 1))])
        found[np.ix_(rows, members)] = full - full.mean(axis=1, keepdims=True)
    return found


def zones(data: DataSet) -> list[Ints]:
    """Buses of each synchronous zone, found along the lines."""
    label = np.arange(data.buses)
    while True:
        lowest = label.copy()
        np.minimum.at(lowest, data.line_from, label[data.line_to])
        np.minimum.at(lowest, data.line_to, label[data.line_from])
        if np.array_equal(lowest, label):
            return [np.flatnonzero(label == root) for root in np.unique(label)]
        label = lowest


def _together(parts: list[np.ndarray]) -> np.ndarray:
    """Series side by side, everything else one after the other."""
    return np.concatenate(parts, axis=1 if parts[0].ndim == 2 and len(parts[0]) == YEAR_HOURS else 0)


def _lines(rng: np.random.Generator, size: Size, area: Ints) -> tuple[Ints, Ints, Floats]:
    """Per area the shortest tree and then the shortest further lines; a few ties between the first two areas."""
    place = rng.uniform(0, 300, (len(area), 2)) + np.column_stack([area * 320.0, np.zeros(len(area))])
    distance = np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1))
    pairs: list[tuple[int, int]] = []
    inner = size.lines - size.ties
    shares = np.floor(inner * np.array(size.buses) / sum(size.buses)).astype(int)
    shares[0] += inner - shares.sum()
    for number in range(3):
        pairs += _mesh(np.flatnonzero(area == number), distance, int(shares[number]))
    west, middle = np.flatnonzero(area == 0), np.flatnonzero(area == 1)
    between = sorted((distance[a, b], a, b) for a in west for b in middle)
    used: set[int] = set()
    for _, a, b in between:
        if len(used) < 2 * size.ties and not {a, b} & used:
            used |= {a, b}
            pairs.append((int(a), int(b)))
    start, end = np.array(pairs).T
    return start, end, np.maximum(distance[start, end], 10.0)


def _mesh(members: Ints, distance: Floats, count: int) -> list[tuple[int, int]]:
    inside = [int(members[0])]
    found: list[tuple[int, int]] = []
    while len(inside) < len(members):
        outside = [int(bus) for bus in members if bus not in inside]
        _, a, b = min((distance[a, b], a, b) for a in inside for b in outside)
        found.append((a, b))
        inside.append(b)
    short = sorted((distance[a, b], int(a), int(b)) for a in members for b in members if a < b)
    taken = {tuple(sorted(pair)) for pair in found}
    further = [(a, b) for _, a, b in short if (a, b) not in taken]
    return found + further[: count - len(found)]


def _demand(rng: np.random.Generator, area: Ints, peak_mw: float) -> Floats:
    """Day, week and season by area, noise by hour and bus; scaled to the peak."""
    hour = np.arange(YEAR_HOURS)
    day, clock = hour // 24, hour % 24
    profile = np.zeros((YEAR_HOURS, 3))
    for number in range(3):
        shift = rng.uniform(-1.5, 1.5)
        daily = 0.14 * np.sin((clock - 9 - shift) / 24 * 2 * np.pi) + 0.07 * np.sin(
            (clock - 5 - shift) / 12 * 2 * np.pi
        )
        season = 0.16 * np.cos((day - 15) / 365 * 2 * np.pi)
        profile[:, number] = 1 + daily + season - 0.07 * (day % 7 >= 5) + 0.03 * _memory(rng, 0.97)
    share = rng.lognormal(0, 0.6, len(area))
    load = profile[:, area] * share * (1 + 0.02 * rng.standard_normal((YEAR_HOURS, len(area))))
    return np.round(load * peak_mw / load.sum(axis=1).max(), 3)


def _memory(rng: np.random.Generator, keep: float) -> Floats:
    """A first-order autoregressive series of unit variance (numpy has no filter, so by blocks of the exact sum)."""
    noise = rng.standard_normal(YEAR_HOURS) * np.sqrt(1 - keep**2)
    series = np.empty(YEAR_HOURS)
    last = rng.standard_normal()
    for hour, shock in enumerate(noise):
        last = keep * last + shock
        series[hour] = last
    return series


def _fleet(rng: np.random.Generator, size: Size, area: Ints, peak_mw: float) -> dict[str, np.ndarray]:
    def places(count: int) -> Ints:
        return rng.choice(len(area), count, replace=count > len(area))

    thermal = rng.lognormal(0, 0.5, size.thermal)
    thermal *= 0.92 * peak_mw / thermal.sum()
    ramp = np.full(size.thermal, np.inf)
    ramp[: size.ramped] = rng.uniform(0.08, 0.35, size.ramped) * thermal[: size.ramped]
    reservoir = rng.uniform(0.6, 1.4, size.reservoirs) * 0.012 * peak_mw * 10 / size.reservoirs
    battery = rng.uniform(0.6, 1.4, size.batteries) * 0.006 * peak_mw * 8 / size.batteries
    day = np.arange(YEAR_HOURS) // 24
    melt = 0.42 + 0.22 * np.exp(-(((day - 135) / 35.0) ** 2)) - 0.10 * np.cos((day - 15) / 365 * 2 * np.pi)
    inflow = np.column_stack([melt * (1 + 0.15 * _memory(rng, 0.995)) for _ in range(size.reservoirs)])
    wind_place, sun_place = places(size.wind), places(size.sun)
    return {
        "thermal_bus": places(size.thermal),
        "thermal_max_mw": np.tile(np.round(thermal, 3), (YEAR_HOURS, 1)),
        "thermal_min_mw": np.zeros(size.thermal),
        "thermal_cost_usd_per_mwh": np.round(rng.uniform(8, 75, size.thermal), 4),
        "thermal_ramp_mw_per_h": np.round(ramp, 3),
        "renewable_bus": np.concatenate([wind_place, sun_place]),
        "renewable_max_mw": np.round(
            np.hstack([_wind(rng, area[wind_place], peak_mw * 0.30), _sun(rng, size.sun, peak_mw * 0.16)]), 3
        ),
        "renewable_cost_usd_per_mwh": np.round(rng.uniform(0.1, 1.0, size.wind + size.sun), 4),
        "reservoir_bus": places(size.reservoirs),
        "reservoir_max_mw": np.round(reservoir, 3),
        "reservoir_volume_mwh": np.round(reservoir * rng.uniform(300, 900, size.reservoirs), 1),
        "reservoir_inflow_mw": np.round(np.clip(inflow, 0.05, None) * reservoir, 3),
        "battery_bus": places(size.batteries),
        "battery_max_mw": np.round(battery, 3),
        "battery_energy_mwh": np.round(4 * battery, 3),
        "battery_efficiency_frac": np.round(rng.uniform(0.92, 0.96, size.batteries), 4),
    }


def _wind(rng: np.random.Generator, area: Ints, capacity_mw: float) -> Floats:
    """Weather of the area and of the place, through an S-shaped power curve."""
    front = np.column_stack([_memory(rng, 0.98) for _ in range(3)])
    local = np.column_stack([_memory(rng, 0.95) for _ in area])
    output = 1 / (1 + np.exp(-1.6 * (0.8 * front[:, area] + 0.6 * local - 0.6)))
    share = rng.uniform(0.5, 1.5, len(area))
    return output * share / share.sum() * capacity_mw


def _sun(rng: np.random.Generator, count: int, capacity_mw: float) -> Floats:
    hour = np.arange(YEAR_HOURS)
    height = np.sin((hour % 24 - 5.5) / 13 * np.pi) * (0.75 + 0.25 * np.cos((hour / 24 - 172) / 365 * 2 * np.pi))
    clear = np.where((hour % 24 > 5) & (hour % 24 < 19), np.clip(height, 0, None), 0.0)
    cloud = np.column_stack([1 / (1 + np.exp(-1.5 * _memory(rng, 0.96) - 1.2)) for _ in range(count)])
    share = rng.uniform(0.5, 1.5, count)
    return clear[:, None] * cloud * share / share.sum() * capacity_mw


def _links(rng: np.random.Generator, size: Size, area: Ints, segments: int) -> dict[str, np.ndarray]:
    """Two of three links go to the third area; each further loss segment loses more than the one before."""
    start, end = [], []
    for number in range(size.links):
        first, last = ((0, 2), (1, 2), (0, 1))[number % 3]
        start.append(rng.choice(np.flatnonzero(area == first)))
        end.append(rng.choice(np.flatnonzero(area == last)))
    capacity = np.round(rng.uniform(300, 900, size.links) * len(area) / 100, 1)
    base = rng.uniform(0.960, 0.975, size.links)
    steps = 0.012 * (np.arange(segments) - (segments - 1) / 2)
    return {
        "link_from": np.array(start),
        "link_to": np.array(end),
        "link_segment_mw": np.tile(capacity[:, None] / segments, (1, segments)),
        "link_efficiency_frac": np.round(base[:, None] - steps[None, :], 5),
        "link_cost_usd_per_mwh": np.full(size.links, 0.1),
    }


def _ratings(rng: np.random.Generator, data: DataSet, tight: int) -> Floats:
    """Some of the loaded lines get the 90 % quantile of the flow that a dispatch by cost alone would give."""
    flow = np.abs((_merit_order(data) - _bus_load(data)) @ factors(data).T)
    most = flow.max(axis=0)
    loaded = np.argsort(-flow.mean(axis=0), kind="stable")[: 2 * tight]
    chosen = rng.choice(loaded, tight, replace=False)
    rating = 1.5 * most + 50.0
    rating[chosen] = np.quantile(flow[:, chosen], TIGHT_QUANTILE, axis=0)
    return np.round(rating, 2)


def _bus_load(data: DataSet) -> Floats:
    load = np.zeros((data.hours, data.buses))
    load[:, data.load_bus] = data.load_mw
    return load


def _merit_order(data: DataSet) -> Floats:
    """Injection per bus when every zone serves itself in the order of cost, water at its inflow, no network."""
    bus = np.concatenate([data.reservoir_bus, data.renewable_bus, data.thermal_bus])
    cost = np.concatenate(
        [np.zeros(len(data.reservoir_bus)), data.renewable_cost_usd_per_mwh, data.thermal_cost_usd_per_mwh]
    )
    water = np.minimum(data.reservoir_inflow_mw, data.reservoir_max_mw)
    able = np.hstack([water, data.renewable_max_mw, data.thermal_max_mw])
    injected = np.zeros((data.hours, data.buses))
    for members in zones(data):
        wanted = _bus_load(data)[:, members].sum(axis=1, keepdims=True)
        inside = np.flatnonzero(np.isin(bus, members))
        inside = inside[np.argsort(cost[inside], kind="stable")]
        before = np.cumsum(able[:, inside], axis=1) - able[:, inside]
        output = np.clip(wanted - before, 0, able[:, inside])
        for column, plant in enumerate(inside):
            injected[:, bus[plant]] += output[:, column]
        # What the zone cannot serve itself is taken evenly off its buses.
        short = wanted[:, 0] - output.sum(axis=1)
        injected[:, members] += short[:, None] / len(members)
    return injected
