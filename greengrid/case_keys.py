"""The parts of a case: what a user writes in each TOML table, with unit, range and meaning on the key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from greengrid.cable_designs import design_of
from greengrid.security.outages_parameters import read_parameters
from networks.hvdc import OVERLOAD_MAX_RATIO

Level = Literal["low", "central", "high"]
Country = Literal["KZ", "UZ", "AZ", "GE"]


CAPACITY_MAX_MW = 20_000
SEED_MAX = 2**63 - 1
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Whole = Annotated[int, Field(strict=True)]
Positive = Annotated[Number, Field(gt=0)]
NotNegative = Annotated[Number, Field(ge=0)]
Fraction = Annotated[Number, Field(ge=0, le=1)]
Price = Annotated[NotNegative, Field(le=10_000)]
Length = Annotated[NotNegative, Field(le=10_000)]
Text = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=2000)]
LinkName = Annotated[str, Field(pattern=r"^[\w-]{1,40}$")]


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) < len(names):
        raise ValueError("each name once")
    return names


Names = Annotated[tuple[Text, ...], AfterValidator(_distinct)]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class WeatherFile(Part):
    """A file of your own weather or hourly series: [[weather.files.availability]], or just its path for a plain CSV."""

    path: Text = Field(min_length=1)
    """The file; for netCDF also a .zip or a folder of .nc files."""
    format: Literal["csv", "ninja", "pvgis", "epw", "era5", "atlite", "wtk"]
    """Whose layout: a CSV or Parquet table of your own, renewables.ninja, PVGIS, EPW, ERA5, atlite, WIND Toolkit."""
    series: Names = ()
    """Which series of the data set the file stands for: names of plants or zones, or technology.COUNTRY,
    technology.ZONE; left out, a table's columns bear the names."""
    column: Text | None = None
    """Column (or bus) of the file, where it has more than one."""
    zone: Text | None = None
    """Clock of the stamps: UTC, "UTC+5" or "Asia/Tashkent"; left out where the format itself says."""
    stamp: Literal["beginning", "ending"] | None = None
    """Whether a stamp begins or ends its hour; left out where the format itself says."""
    year: Literal["case", "any"] | Annotated[Whole, Field(ge=1900, le=2100)] = "case"
    """case: the file holds the case year; a number: that year of the file stands for it; any: a typical year."""
    leap_day: Literal["refuse", "adapt"] = "refuse"
    """adapt: with another year, 29 February is left out, or the 28th stands for it."""
    fill_h: Whole = Field(default=0, ge=0, le=6)
    """Longest gap in hours that is filled by straight lines; 0 for none."""
    shear_exponent: Annotated[Number, Field(ge=0, le=0.5)] | None = None
    """Of the power law that raises wind to 100 m; needed where the file's wind is below 60 m."""

    @model_validator(mode="after")
    def _fits_the_format(self) -> WeatherFile:
        own_clock = self.format not in ("csv", "atlite") or (self.format == "atlite" and self.zone is not None)
        if own_clock and (self.zone is not None or self.stamp is not None):
            raise ValueError(f"no zone and no stamp: a file of format {self.format} states its own clock")
        if self.column is not None and self.format not in ("csv", "ninja", "atlite"):
            raise ValueError(f"no column: all of a file of format {self.format} is read")
        return self


def _as_entries(value: object) -> object:
    """A path alone is a plain table; one table is a list of one."""
    if isinstance(value, str):
        return [{"path": value, "format": "csv"}]
    return [value] if isinstance(value, Mapping) else value


WeatherFiles = Annotated[tuple[WeatherFile, ...], BeforeValidator(_as_entries)]


def _drawn_year(value: object) -> object:
    """A name or a number; one problem for everything else."""
    numbered = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= YEARS_MAX
    if not numbered and value not in ("p50", "p90"):
        raise ValueError(f'"p50", "p90" or the number of a year, from 1 to {YEARS_MAX}')
    return value


YEARS_MAX = 100
DrawnYear = Annotated[int | Literal["p50", "p90"], BeforeValidator(_drawn_year)]


class Weather(Part):
    """Which weather year is run."""

    seed: Whole = Field(ge=0, le=SEED_MAX)
    """Same seed, same years of sun, wind, water, demand noise and neighbour prices."""
    years: Whole = Field(ge=1, le=YEARS_MAX)
    """1: the typical year, every site at its long-run yield; more: an ensemble of so many drawn years, of which a run
    takes one."""
    draw: DrawnYear
    """Which year of the ensemble is run: its number, or the one whose wind and sun behind the link is exceeded in 50 or
    90 % of the years; "p50" with one year."""
    hydro: Literal["dry", "average", "wet", "measured"]
    """Energy of the year's water; measured: what each country's plants made in that (past) year."""
    files: dict[Literal["availability", "demand", "inflow", "market_price"], WeatherFiles] = Field(default_factory=dict)
    """Your own hourly series, by kind: the path of a table, or entries that say format, clock and place; what no file
    names stays drawn."""

    @model_validator(mode="after")
    def _consistent(self) -> Weather:
        if isinstance(self.draw, int) and self.draw > self.years:
            raise ValueError(f"draw: a year from 1 to {self.years} (weather.years), not {self.draw}")
        if self.years == 1 and self.draw == "p90":
            raise ValueError("draw: p90 needs an ensemble, weather.years of 2 or more")
        if self.years > 1 and "availability" in self.files:
            raise ValueError("years: 1 with a file of availability, which is one year of its own")
        return self


class Demand(Part):
    """Electricity demand of the case year."""

    level: Level
    """Row of the demand table: low, central or high growth."""
    scale: Number = Field(ge=0.01, le=10)
    """Factor on every zone, 1 for none."""


class Prices(Part):
    """Overrides of prices; empty tables leave the sourced defaults."""

    fuel_usd_per_mwh_th: dict[str, Price]
    """By "fuel.COUNTRY", for example "gas.KZ"."""
    co2_usd_per_t: dict[Country, Price]
    """Carbon price paid at home, by country."""
    eua_usd_per_t: Price | None = None
    """EU allowance price; left out: the sourced path."""
    border_carbon: Literal["default", "actual", "none"]
    """EU border carbon factor: the default value, the contract-proven zero of renewables, or no charge."""
    market_level: dict[str, Level]
    """Price level of a neighbour's market, by market, for example RO = "low"; others are central."""


class LinkCase(Part):
    """An HVDC link; capacity 0 leaves it out."""

    design: Literal["stated", "by_rating"] = "stated"
    """stated: the keys below hold at every rating; by_rating: voltage, configuration, poles and resistance follow
    capacity_mw (a 320 kV monopole up to 1 GW, a 525 kV bipole up to 2 GW, then one more for every 2 GW), the ramp is at
    least the rating, and what the case states of them is not used."""
    capacity_mw: NotNegative = Field(le=CAPACITY_MAX_MW)
    """Rating at the sending terminal."""
    voltage_kv: Positive = Field(le=1200)
    configuration: Literal["symmetrical_monopole", "bipole"]
    """A monopole trips whole; a bipole has a metallic return."""
    poles: Whole = Field(ge=1, le=12)
    """1 for a monopole, 2 for each bipole."""
    from_bus: Text
    to_bus: Text
    subsea_km: Length
    land_km: Length
    resistance_ohm_per_km: Positive = Field(le=10)
    """One conductor, at operating temperature."""
    station_idle_loss_frac: Fraction
    """Of the station's rating, at no load."""
    station_full_loss_frac: Fraction
    """Of the station's rating, at full load, idle loss included."""
    station_linear_loss_frac: Fraction = 0.0
    """Part of the full-load loss that grows with the current itself, of the station's rating; left out: none of it, all
    beyond the idle loss grows with the square."""
    pole_overload_ratio: Annotated[Number, Field(ge=1, le=OVERLOAD_MAX_RATIO)] = 1.0
    """What a pole can carry while another is out, over its share of the rating; left out: no overload."""
    ramp_max_mw_per_h: Positive = Field(le=1_000_000)
    hurdle_usd_per_mwh: Price
    source: Text
    cost: dict[str, NotNegative] = Field(default_factory=dict)
    """Costs in place of the sourced defaults, by the name and in the unit of the table of link costs, for example
    subsea_cable = 2400 (EUR/MW/km)."""

    @model_validator(mode="before")
    @classmethod
    def _designed(cls, content: Any) -> Any:
        if not isinstance(content, Mapping) or content.get("design") != "by_rating":
            return content
        capacity_mw, ramp = content.get("capacity_mw"), content.get("ramp_max_mw_per_h")
        if isinstance(capacity_mw, bool) or not isinstance(capacity_mw, int | float) or not 0 < capacity_mw < 1e6:
            return content
        wide = {"ramp_max_mw_per_h": max(ramp, capacity_mw)} if isinstance(ramp, int | float) else {}
        return {**content, **design_of(capacity_mw), **wide}

    @model_validator(mode="after")
    def _consistent(self) -> LinkCase:
        if self.configuration == "bipole" and self.poles % 2:
            raise ValueError(f"an even number of poles for a bipole, not {self.poles}")
        if self.configuration == "symmetrical_monopole" and self.poles != 1:
            raise ValueError(f"one pole for a symmetrical monopole, not {self.poles}")
        if self.station_idle_loss_frac >= self.station_full_loss_frac:
            raise ValueError("station_idle_loss_frac below station_full_loss_frac")
        if self.station_linear_loss_frac > self.station_full_loss_frac - self.station_idle_loss_frac + 1e-12:
            raise ValueError("station_linear_loss_frac at most station_full_loss_frac less station_idle_loss_frac")
        if self.subsea_km + self.land_km <= 0:
            raise ValueError("a route with a length: subsea_km or land_km above 0")
        if self.from_bus == self.to_bus:
            raise ValueError(f"two different buses, not twice {self.from_bus!r}")
        if 0 < self.capacity_mw < 1:
            raise ValueError(f"capacity_mw of 0 (no link) or at least 1, not {self.capacity_mw}")
        return self


class Security(Part):
    """How the AC power flow checks the dispatch."""

    hvdc: Literal["injections", "full"] = "injections"
    """injections: a link is what it gives at its two ends, with reactive limits; full: each hour is solved once more
    with every link as converters, DC buses and DC cables between both grids."""
    losses: Literal["flat", "corrected"] = "flat"
    """flat: the gross demand holds each country's share of network losses. corrected: the losses that the AC power flow
    of every hour finds, by zone and hour, replace it, and the dispatch is solved a second time; needs ac_hours =
    "all"."""
    parameters: dict[str, NotNegative] = {}
    """Other values for rows of greengrid/security/tables/outages.csv, by name: margins of static stability
    ("margin.normal", "margin.after_fault"), emergency ratings, limits of frequency."""

    @field_validator("parameters")
    @classmethod
    def _known(cls, values: dict[str, float]) -> dict[str, float]:
        known = read_parameters().rows
        unknown = sorted(set(values) - set(known))
        if unknown:
            raise ValueError(f"rows of outages.csv ({', '.join(known)}), not {', '.join(unknown)}")
        whole = sorted(name for name, value in values.items() if name.startswith("margin.") and value >= 1)
        if whole:
            raise ValueError(f"a margin below 1 (a share of the limit power) for {', '.join(whole)}")
        return values


class Dispatch(Part):
    """Rules of the dispatch beside prices and grid."""

    line_margin_frac: Number = Field(ge=0, lt=0.9)
    """Share of the normal limit of every line and transformer that is kept free; 0 for none."""
    ramps: Literal["none", "class", "unit"]
    """class: thermal units of a technology and zone ramp together; unit: each plant by itself, slower to solve."""
    reserve: Literal["none", "largest_pole"]
    """largest_pole: every hour holds the scheduled flow of each link's largest pole (a whole monopole), upward where
    it arrives and downward where it leaves."""
    reserve_imports: bool
    """Whether more import over AC ties counts as upward reserve."""
    co2_cap_million_tco2: dict[Literal["KZ", "UZ", "AZ", "GE", "all"], NotNegative]
    """Annual emissions of the plants, by country or of all; empty for no cap. Part of a year: its share by hours."""
    green: Literal["none", "hourly", "daily", "monthly", "yearly"]
    """Period in which contracted plants, after curtailment and losses, cover what leaves for the European Union. What
    is paid at the border is a key of its own: prices.border_carbon."""
    green_plants: Names
    """Contracted plants by name; empty: the plants of the programme."""
    green_existing: bool
    """Whether plants that exist already may be listed."""
    reservoir_levels_frac: tuple[Fraction, ...]
    """[start, end] of every reservoir, as shares of its size; empty: each ends as full as it began, wherever that is
    best. The two must be within reach of the water."""
    commitment: Literal["none", "relaxed"]
    """relaxed: classes of thermal units pay for starts and keep least stable outputs and least times up and down, any
    fraction of a class at a time."""
    foresight: Literal["perfect", "week"]
    """perfect: the whole year is known; week: seven days are, and what stays in the stores has a water value. The cost
    of not knowing more is told."""
    rent_range: bool = False
    """Whether the range of each link's rent between optimal duals is found: two more solves a link, each a tenth of the
    year's dispatch or less."""
    secure: Literal["none", "n-1"] = "none"
    """n-1: no loss of one circuit of a line or transformer, unit, pole or island overloads anything, but where relief
    costs more than consumers who are paid to stand back or nothing holds it: that is left to automatics and told. So is
    what security costs. Solves the dispatch many times;
    needs perfect foresight."""

    @model_validator(mode="after")
    def _secure_with_foresight(self) -> Dispatch:
        if self.secure != "none" and self.foresight != "perfect":
            raise ValueError('foresight = "perfect" with secure = "n-1"')
        return self

    @field_validator("reservoir_levels_frac")
    @classmethod
    def _start_and_end(cls, levels: tuple[float, ...]) -> tuple[float, ...]:
        if len(levels) not in (0, 2):
            raise ValueError("no number (ends as it began), or two: start and end")
        return levels


class Reinforcement(Part):
    """Inland AC lines and transformers that the Caspian link's size asks for."""

    scope: Literal["none", "rated", "firm", "firm_n-1"]
    """none: today's plan alone; rated: reaches the rating in windy hours; firm: holds it in calm peaks."""
    paid_by: Literal["tso", "project"]
    """In the project's books; the economic analysis always counts the cost."""
    package_mw: NotNegative = Field(default=0.0, le=CAPACITY_MAX_MW)
    """Rating that the package is made for; 0: that of the Caspian link. Above 0 it stands at every size of the link,
    and without the link too."""


class PlantCase(Part):
    """Override of a plant of the data set."""

    capacity_mw: NotNegative = Field(le=100_000)
    """0 takes it out."""
    energy_mwh: NotNegative | None = Field(default=None, le=10_000_000)
    """Content of a battery or pumped storage; left out: it grows with the capacity."""
