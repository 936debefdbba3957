"""The checked, frozen grid of one year: what stands where, in which synchronous area, with which limits."""

from __future__ import annotations

from dataclasses import dataclass

from networks.hvdc import Link


@dataclass(frozen=True, slots=True)
class Bus:
    """One voltage level of one substation; its name is "<substation> <kv>", for example "KZ_Aktau 500"."""

    name: str
    substation: str
    country: str
    zone: str
    voltage_kv: float
    latitude_deg: float
    longitude_deg: float
    name_ru: str = ""
    """Russian name of the substation, where known."""
    node_number: int | None = None
    """The operator's own number of the node, where known."""


@dataclass(frozen=True, slots=True)
class Line:
    """Parallel circuits of one AC line, merged; per-kilometre constants are those of one circuit."""

    name: str
    from_bus: str
    to_bus: str
    voltage_kv: float
    circuits: int
    length_km: float
    r_ohm_per_km: float
    x_ohm_per_km: float
    c_nf_per_km: float
    current_max_ka: float
    """Thermal limit of one circuit."""
    flow_max_mw: float
    """Normal operating limit of all circuits together."""
    line_type: str
    status: str
    year: int
    confidence: str
    source: str


@dataclass(frozen=True, slots=True)
class Transformer:
    """Parallel transformers between two voltage levels of one substation."""

    name: str
    hv_bus: str
    lv_bus: str
    units: int
    rating_mva: float
    """Rating of one unit."""
    short_circuit_voltage_percent: float
    copper_loss_kw: float
    iron_loss_kw: float
    no_load_current_percent: float
    flow_max_mw: float
    """Normal operating limit of all units together."""
    status: str
    year: int
    confidence: str
    source: str


@dataclass(frozen=True, slots=True)
class Plant:
    """The part of a plant that stands on one bus; `name` is unique, `plant` is shared by the parts."""

    name: str
    plant: str
    country: str
    zone: str
    bus: str
    technology: str
    """coal, coal_chp, gas_ccgt, gas_chp, gas_steam, gas_ocgt, gas_engine, fuel_oil_chp, nuclear, hydro_reservoir,
    hydro_ror, wind_onshore, wind_offshore, solar, battery."""
    capacity_mw: float
    energy_mwh: float
    """Storage content of a battery; 0 for everything else."""
    latitude_deg: float
    longitude_deg: float
    status: str
    year: int
    confidence: str
    source: str
    unit_sizes_mw: tuple[float, ...] = ()
    """Its generating units, largest first: the first is what one trip takes at most; empty where none are stated."""


@dataclass(frozen=True, slots=True)
class Load:
    """A share of its zone's demand at one bus; the shares of a zone sum to one."""

    bus: str
    country: str
    zone: str
    share_frac: float


@dataclass(frozen=True, slots=True)
class ZoneDemand:
    """Annual demand of a zone, gross of network losses, and its peak."""

    zone: str
    country: str
    energy_twh: float
    peak_mw: float
    confidence: str
    source: str


@dataclass(frozen=True, slots=True)
class Border:
    """A tie to a neighbour that is represented by a market price at one bus. Import is into the modelled grid."""

    name: str
    bus: str
    market: str
    """RO, TR, RU_north, RU_south, KG, TJ, TM, IR, AF."""
    import_max_mw: float
    export_max_mw: float
    reactive_max_mvar: float
    short_circuit_mva: float
    confidence: str
    source: str
    connection: str = ""
    """synchronous, asynchronous, radial, or empty where the tables do not say."""
    connection_note: str = ""
    """Who said so and when."""


@dataclass(frozen=True, slots=True)
class JointLimit:
    """Absolute limit of the summed net import over several borders."""

    name: str
    flow_max_mw: float
    borders: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Interface:
    """Limit of a cut: sum of sign x branch flow, forward positive."""

    name: str
    forward_max_mw: float
    reverse_max_mw: float
    members: tuple[tuple[str, int], ...]
    """(line or transformer name, +1 or -1)"""
    confidence: str
    source: str


@dataclass(frozen=True, slots=True)
class Compensation:
    """Controllable reactive source (reactors negative, capacitors positive) at a bus."""

    bus: str
    reactive_min_mvar: float
    reactive_max_mvar: float
    source: str


@dataclass(frozen=True, slots=True)
class Reactor:
    """Fixed shunt reactors at one end of a line."""

    bus: str
    line: str
    reactive_mvar: float
    source: str


@dataclass(frozen=True, slots=True)
class Reinforcement:
    """One element of the AC package that the Caspian link's size picks, for costing; its lines and transformers are
    already among the grid's."""

    element: str
    from_substation: str
    to_substation: str
    country: str
    voltage_kv: float
    circuits: int
    length_km: float
    why: str
    source: str


@dataclass(frozen=True, slots=True)
class Grid:
    """One year's grid: existing, under construction and planned rows in service, plus the chosen package."""

    year: int
    buses: tuple[Bus, ...]
    lines: tuple[Line, ...]
    transformers: tuple[Transformer, ...]
    plants: tuple[Plant, ...]
    loads: tuple[Load, ...]
    demands: tuple[ZoneDemand, ...]
    borders: tuple[Border, ...]
    joint_limits: tuple[JointLimit, ...]
    interfaces: tuple[Interface, ...]
    compensation: tuple[Compensation, ...]
    reactors: tuple[Reactor, ...]
    reinforcements: tuple[Reinforcement, ...]
    links: tuple[Link, ...]
    areas: tuple[tuple[str, ...], ...]
    """Bus names of each synchronous area (AC islands), largest first. HVDC links join areas but do not merge them."""
    notes: tuple[str, ...]
    """What a reader should know: isolated nodes left out, extrapolated packages, ..."""
