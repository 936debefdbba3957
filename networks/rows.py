"""The row types of a network's tables: one frozen model per CSV file, unknown columns forbidden, ranges on the fields.

Confidence grades: A a published source names the fact; B published in part, or one fair source; C estimate or memory
with an anchor; D assumed or a scenario.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Name = Annotated[str, StringConstraints(min_length=1, max_length=120, strip_whitespace=True)]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Grade = Literal["A", "B", "C", "D"]
Status = Literal["existing", "under_construction", "planned", "scenario"]
Year = Annotated[int, Field(ge=1900, le=2100)]
Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Latitude = Annotated[float, Field(ge=-90.0, le=90.0)]
Longitude = Annotated[float, Field(ge=-180.0, le=180.0)]
Voltage = Annotated[int, Field(ge=35, le=1200)]
Power = Annotated[float, Field(gt=0.0, le=30_000.0)]
"""MW, MVA or Mvar of one thing on a grid: no station, line or cut comes near the upper end."""
Limit = Annotated[float, Field(ge=0.0, le=30_000.0)]
Length = Annotated[float, Field(gt=0.0, le=2_500.0)]
"""km; the longest AC lines of the world are shorter."""
Energy = Annotated[float, Field(gt=0.0, le=10_000.0)]
"""TWh a year; no country uses more."""
Circuits = Annotated[int, Field(ge=1, le=12)]
Market = Literal["RO", "TR", "RU_north", "RU_south", "KG", "TJ", "TM", "IR", "AF"]
Technology = Literal[
    "coal",
    "coal_chp",
    "gas_ccgt",
    "gas_chp",
    "gas_steam",
    "gas_ocgt",
    "gas_engine",
    "fuel_oil_chp",
    "nuclear",
    "hydro_reservoir",
    "hydro_ror",
    "wind_onshore",
    "wind_offshore",
    "solar",
    "battery",
    "pumped_storage",
]
STORED = ("battery", "pumped_storage")
"""Technologies with a content that is charged from the grid."""


class Row(BaseModel):
    """What every row carries: where it came from and how far it can be trusted."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    KEY: ClassVar[tuple[str, ...]]
    """Fields that together name a row; two rows of one file must differ in them."""

    source: Text
    confidence: Grade


class SubstationRow(Row):
    """A place of the network, ours or a neighbour's."""

    KEY = ("name",)
    name: Name
    country: Name
    zone: Name
    latitude_deg: Latitude
    longitude_deg: Longitude
    voltage_max_kv: Voltage
    role: Text
    node_number: Annotated[int, Field(ge=1, le=9_999_999)] | None = None
    """The operator's number of the node in its own load-flow files, where known."""
    name_ru: Name | None = None
    """The Russian name, as the operators write it, where known."""


class LineTypeRow(Row):
    """Constants of one circuit per kilometre, at 50 Hz."""

    KEY = ("name",)
    name: Name
    voltage_kv: Voltage
    conductor: Text
    r_ohm_per_km: Annotated[float, Field(gt=0.0, le=2.0)]
    x_ohm_per_km: Annotated[float, Field(gt=0.0, le=1.0)]
    c_nf_per_km: Annotated[float, Field(gt=0.0, le=1_000.0)]
    current_max_ka: Annotated[float, Field(gt=0.0, le=10.0)]
    surge_impedance_load_mw: Annotated[float, Field(gt=0.0, le=10_000.0)]


class TransformerTypeRow(Row):
    """Nameplate of one unit (a bank of three single-phase units counts as one)."""

    KEY = ("name",)
    name: Name
    hv_kv: Voltage
    lv_kv: Voltage
    rating_mva: Annotated[float, Field(ge=10.0, le=3_000.0)]
    short_circuit_voltage_percent: Annotated[float, Field(ge=2.0, le=30.0)]
    copper_loss_kw: Annotated[float, Field(gt=0.0, le=20_000.0)]
    iron_loss_kw: Annotated[float, Field(gt=0.0, le=5_000.0)]
    no_load_current_percent: Annotated[float, Field(gt=0.0, le=5.0)]


class LineRow(Row):
    """Circuits of one build between two substations; `circuit_flow_max_mw` is per circuit."""

    KEY = ("from_substation", "to_substation", "voltage_kv", "line_type", "length_km", "status", "year")
    from_substation: Name
    to_substation: Name
    voltage_kv: Voltage
    circuits: Circuits
    line_type: Name
    circuit_flow_max_mw: Power
    length_km: Length
    length_basis: Text
    status: Status
    open_from_year: Year | None
    """Operated open from this year on, though it stands."""
    until_year: Year | None
    """Out of service from this year on, for example cut into a new substation."""
    year: Year


class TransformerRow(Row):
    """Units of one type between two voltage levels of a substation."""

    KEY = ("substation", "hv_kv", "lv_kv", "transformer_type", "status", "year")
    substation: Name
    hv_kv: Voltage
    lv_kv: Voltage
    transformer_type: Name
    units: Circuits
    status: Status
    year: Year


class ReactorRow(Row):
    """Fixed shunt reactors at one end of one circuit; in service with the line of that length."""

    KEY = ("from_substation", "to_substation", "voltage_kv", "length_km", "at_substation", "circuit")
    from_substation: Name
    to_substation: Name
    voltage_kv: Voltage
    length_km: Length
    circuit: Circuits
    at_substation: Name
    units: Circuits
    unit_reactive_mvar: Annotated[float, Field(gt=0.0, le=500.0)]


class CompensationRow(Row):
    """Controllable reactive range at a bus: reactors negative, capacitors positive."""

    KEY = ("substation", "voltage_kv", "kind", "status", "year", "option_mw")
    substation: Name
    voltage_kv: Voltage
    kind: Literal["reactor", "capacitor", "svc", "statcom", "condenser"]
    reactive_min_mvar: Annotated[float, Field(le=0.0, ge=-5000.0)]
    reactive_max_mvar: Annotated[float, Field(ge=0.0, le=5000.0)]
    status: Status
    year: Year
    option_mw: Limit
    """Size of the Caspian link whose package it belongs to; 0 for rows that stand by themselves."""


class PlantRow(Row):
    """A power plant, an aggregate of small ones, or a battery."""

    KEY = ("name",)
    name: Name
    country: Name
    substation: Name
    latitude_deg: Latitude
    longitude_deg: Longitude
    technology: Technology
    capacity_mw: Power
    energy_mwh: Annotated[float, Field(ge=0.0, le=1_000_000.0)]
    status: Status
    year: Year
    until_year: Year | None
    programme: Literal["corridor"] | None


class UnitRow(Row):
    """Generating units of one size in a plant: what can trip at once. A combined cycle counts as one block."""

    KEY = ("plant", "unit_mw")
    plant: Name
    unit_mw: Annotated[float, Field(gt=0.0, le=2_000.0)]
    units: Annotated[int, Field(ge=1, le=500)]


class PlantConnectionRow(Row):
    """Share of a plant's units on one voltage level; plants without rows follow the rule of `build_grid`."""

    KEY = ("plant", "voltage_kv")
    plant: Name
    voltage_kv: Voltage
    share_frac: Fraction


class LoadShareRow(Row):
    """Share of a zone's demand at a substation; blank voltage = the lowest level there."""

    KEY = ("substation", "zone")
    substation: Name
    zone: Name
    share_frac: Fraction
    voltage_kv: Voltage | None


class ZoneRow(Row):
    """Share of a zone in its country's annual energy and peak."""

    KEY = ("zone",)
    zone: Name
    country: Name
    energy_share_frac: Fraction
    peak_share_frac: Fraction


class DemandRow(Row):
    """Annual demand of a country, gross of network losses, and its peak hour."""

    KEY = ("country", "year")
    country: Name
    year: Year
    energy_twh: Energy
    energy_low_twh: Energy
    energy_high_twh: Energy
    peak_mw: Annotated[float, Field(gt=0.0, le=2_000_000.0)]


class BorderRow(Row):
    """A tie to a neighbour's market at one of our substations, or at the far end of a tie that swings with us."""

    KEY = ("name",)
    name: Name
    market: Market
    substation: Name
    short_circuit_mva: Annotated[float, Field(ge=0.0, le=200_000.0)]
    reactive_max_mvar: Limit
    joint_limit: Name | None
    connection: Literal["synchronous", "asynchronous", "radial"] | None = None
    """Whether the neighbour swings with our grid here; radial: only a part of one side hangs on the other."""
    connection_note: Text | None = None
    """Who said so and when: switching states change."""


class BorderLimitRow(Row):
    """Exchange limits of a border in one year and the voltage level it stands on."""

    KEY = ("border", "year")
    border: Name
    year: Year
    voltage_kv: Voltage
    import_max_mw: Limit
    export_max_mw: Limit


class JointLimitRow(Row):
    """Absolute limit of the summed net import over the borders that name it."""

    KEY = ("name",)
    name: Name
    flow_max_mw: Power


class InterfaceRow(Row):
    """Limit of a cut from `year` on, until a later row of the same name."""

    KEY = ("name", "year")
    name: Name
    year: Year
    forward_max_mw: Limit
    reverse_max_mw: Limit


class InterfaceMemberRow(Row):
    """All circuits between two substations at one voltage, counted forward (+1) or backward (-1) from -> to."""

    KEY = ("interface", "from_substation", "to_substation", "voltage_kv")
    interface: Name
    from_substation: Name
    to_substation: Name
    voltage_kv: Voltage
    direction: Literal[1, -1]
    package_circuit_adds_mw: Limit
    """What each circuit that a package adds here lifts the cut by."""


class ReinforcementRow(Row):
    """One element of the AC package that belongs to a size of the Caspian link."""

    KEY = ("option_mw", "scope", "element", "from_substation", "to_substation", "voltage_kv")
    option_mw: Power
    scope: Literal["none", "rated", "firm", "firm_n-1"]
    element: Literal["line", "transformer"]
    from_substation: Name
    to_substation: Name
    voltage_kv: Voltage
    lv_kv: Voltage | None
    units: Circuits
    equipment_type: Name
    length_km: Length | None
    circuit_flow_max_mw: Power | None
    why: Text


TABLE_ROWS: dict[str, type[Row]] = {
    "substations": SubstationRow,
    "line_types": LineTypeRow,
    "transformer_types": TransformerTypeRow,
    "lines": LineRow,
    "transformers": TransformerRow,
    "reactors": ReactorRow,
    "compensation": CompensationRow,
    "plants": PlantRow,
    "plant_connections": PlantConnectionRow,
    "units": UnitRow,
    "load_shares": LoadShareRow,
    "zones": ZoneRow,
    "demand": DemandRow,
    "borders": BorderRow,
    "border_limits": BorderLimitRow,
    "joint_limits": JointLimitRow,
    "interfaces": InterfaceRow,
    "interface_members": InterfaceMemberRow,
    "reinforcements": ReinforcementRow,
}
OPTIONAL_TABLES = ("units",)
"""Files that a folder may leave out: where no unit is stated, a plant's are of its technology's usual size."""
