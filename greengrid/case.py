"""One run's description: a frozen, checked case read from TOML. Every choice that moves money or physics is written."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from greengrid.errors import BadInput, Problem
from greengrid.toml_file import parse_toml, read_toml
from greengrid.validation import problems_of, shown

SHIPPED = Path(__file__).parent / "cases"
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


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Weather(_Part):
    """Which weather year is drawn."""

    seed: Whole = Field(ge=0, le=SEED_MAX)
    """Same seed, same year of sun, wind, water, demand noise and neighbour prices."""
    hydro: Literal["dry", "average", "wet"]
    """Energy of the year's water."""
    files: dict[Literal["availability", "demand", "inflow", "market_price"], str] = Field(default_factory=dict)
    """CSV files of your own hourly series, by kind; what a file does not name stays synthetic."""


class Demand(_Part):
    """Electricity demand of the case year."""

    level: Level
    """Row of the demand table: low, central or high growth."""
    scale: Number = Field(ge=0.01, le=10)
    """Factor on every zone, 1 for none."""


class Prices(_Part):
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


class LinkCase(_Part):
    """An HVDC link; capacity 0 leaves it out."""

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
    ramp_max_mw_per_h: Positive = Field(le=1_000_000)
    hurdle_usd_per_mwh: Price
    source: Text
    cost: dict[str, NotNegative] = Field(default_factory=dict)
    """Costs in place of the sourced defaults, by the name and in the unit of the table of link costs, for example
    subsea_cable = 2400 (EUR/MW/km)."""

    @model_validator(mode="after")
    def _consistent(self) -> LinkCase:
        if self.configuration == "bipole" and self.poles % 2:
            raise ValueError(f"an even number of poles for a bipole, not {self.poles}")
        if self.configuration == "symmetrical_monopole" and self.poles != 1:
            raise ValueError(f"one pole for a symmetrical monopole, not {self.poles}")
        if self.station_idle_loss_frac >= self.station_full_loss_frac:
            raise ValueError("station_idle_loss_frac below station_full_loss_frac")
        if self.subsea_km + self.land_km <= 0:
            raise ValueError("a route with a length: subsea_km or land_km above 0")
        if self.from_bus == self.to_bus:
            raise ValueError(f"two different buses, not twice {self.from_bus!r}")
        if 0 < self.capacity_mw < 1:
            raise ValueError(f"capacity_mw of 0 (no link) or at least 1, not {self.capacity_mw}")
        return self


class Reinforcement(_Part):
    """Inland AC lines and transformers that the Caspian link's size asks for."""

    scope: Literal["none", "rated", "firm", "firm_n-1"]
    """none: today's plan alone; rated: reaches the rating in windy hours; firm: holds it in calm peaks."""
    paid_by: Literal["tso", "project"]
    """In the project's books; the economic analysis always counts the cost."""


class Project(_Part):
    """What is financed."""

    links: Names
    """Names of links; empty: nothing is financed."""
    construction_first_year: Whole = Field(ge=2026, le=2050)
    operation_first_year: Whole = Field(ge=2027, le=2060)
    operation_years: Whole = Field(ge=1, le=60)
    inflation_pa: Annotated[Number, Field(gt=-0.05, lt=0.5)]
    discount_rate_nominal_pa: Annotated[Number, Field(ge=0.001, lt=0.5)]
    """Of the net present value before financing, the same for every mix."""

    @model_validator(mode="after")
    def _ordered(self) -> Project:
        if self.operation_first_year <= self.construction_first_year:
            raise ValueError("operation_first_year after construction_first_year")
        return self


class Revenue(_Part):
    """How the link earns; the same for every funding mix."""

    model: Literal["capacity_charge"]
    """Take-or-pay charge on the rated capacity."""
    charge_usd_real_per_mw_year: NotNegative = Field(le=100_000_000)
    """Contract level, real USD of the price base year."""
    charge_source: Text
    indexation_frac: Fraction
    """Share of inflation that the charge follows."""


class Financing(_Part):
    """Funding mixes to compare."""

    mixes: Names
    """Shipped names or paths of TOML files."""


class PlantCase(_Part):
    """Override of a plant of the data set."""

    capacity_mw: NotNegative = Field(le=100_000)
    """0 takes it out."""
    energy_mwh: NotNegative | None = Field(default=None, le=10_000_000)
    """Content of a battery; left out: it grows with the capacity."""


class Case(_Part):
    """One run."""

    name: str = Field(pattern=r"^[\w .-]{1,60}$")
    """Short name: letters, digits, space, dot, dash, underscore."""
    title: Text = Field(min_length=1, max_length=160)
    year: Whole = Field(ge=2000, le=2100)
    """Year of the staged data set, for example 2025, 2030 or 2035."""
    network: Text = Field(min_length=1)
    """Shipped data set (corridor, tiny) or a folder of the same tables."""
    programme: Literal["corridor", "none"]
    """Whether the corridor's renewable programme stands; it never depends on a link."""
    prices_basis: Literal["economic", "domestic"]
    """Fuel at opportunity cost, or at domestic tariffs."""
    price_base_year: Whole = Field(ge=2020, le=2030)
    hours: str = Field(pattern=r"^(all|\d{4}-\d{2}-\d{2}\.\.\d{4}-\d{2}-\d{2})$")
    """"all", or first and day after the last: 2035-01-10..2035-01-24. A part of a year has no annual figures."""
    ac_hours: Whole = Field(ge=0, le=8784)
    """Hours of the AC power flow; the telling ones (peaks, links full, ...) come first and all of them; 0 for none."""
    weather: Weather
    demand: Demand
    prices: Prices
    link: dict[LinkName, LinkCase]
    plant: dict[str, PlantCase]
    reinforcement: Reinforcement
    project: Project
    revenue: Revenue
    financing: Financing

    @model_validator(mode="after")
    def _consistent(self) -> Case:
        unknown = [name for name in self.project.links if name not in self.link]
        if unknown:
            links = sorted(self.link) or "none"
            raise ValueError(f"links of the case: project.links names {unknown}, but the links are {links}")
        if self.financed_links and not self.financing.mixes:
            raise ValueError("financing.mixes with at least one mix, as project.links is set")
        return self

    @property
    def built_links(self) -> tuple[str, ...]:
        """Links with a rating, in the case's order."""
        return tuple(name for name, link in self.link.items() if link.capacity_mw > 0)

    @property
    def financed_links(self) -> tuple[str, ...]:
        """Links of the project that are built."""
        return tuple(name for name in self.project.links if name in self.built_links)

    @property
    def digest(self) -> str:
        """SHA-256 of the case's content, whatever the order or layout of its file."""
        return hashlib.sha256(json.dumps(self.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()

    def window(self) -> tuple[datetime, datetime] | None:
        """The part of the year that is run, or None for all of it."""
        if self.hours == "all":
            return None
        first, last = (datetime.fromisoformat(day).replace(tzinfo=UTC) for day in self.hours.split(".."))
        return first, last


def shipped_cases() -> dict[str, Path]:
    """Shipped cases by name."""
    return {path.stem: path for path in sorted(SHIPPED.glob("*.toml"))}


def load_case(name_or_path: str | Path, overrides: Iterable[str] = ()) -> Case:
    """Reads a shipped case by name or a TOML file, applies `key.path=value` overrides and checks the whole.

    A file may begin with `extends = "base"` (a shipped name or a path): it then says only what differs. Raises
    `BadInput` with every problem found.
    """
    content = _read(name_or_path)
    label = str(name_or_path)
    problems: list[Problem] = []
    for override in overrides:
        _override(content, override, problems)
    if problems:
        raise BadInput(problems)
    return check_case(content, label)


def check_case(content: Mapping[str, Any], label: str) -> Case:
    """A case from plain values; `label` names its origin in problems."""
    try:
        case = Case.model_validate(content)
    except ValidationError as error:
        remedy = 'Write what is missing, or begin the file with extends = "base"'
        raise BadInput(_with_near_links(problems_of(error, label, Case, remedy), content)) from None
    problems = _window_problems(case, label)
    if problems:
        raise BadInput(problems)
    return case


def _window_problems(case: Case, label: str) -> list[Problem]:
    try:
        window = case.window()
    except ValueError as error:
        return [Problem(f"{label}, hours", repr(case.hours), f"two dates ({error})")]
    if window is None:
        return []
    first, last = window
    if first >= last or first.year != case.year or last > datetime(case.year + 1, 1, 1, tzinfo=UTC):
        expected = f"a first day before the last, both within {case.year}"
        return [Problem(f"{label}, hours", repr(case.hours), expected, "The last day is not included")]
    return []


def _read(name_or_path: str | Path, depth: int = 0) -> dict[str, Any]:
    """The merged content of a case and what it extends."""
    shipped = shipped_cases()
    path = shipped.get(str(name_or_path), Path(name_or_path))
    if _is_absent(path):
        expected = "a shipped case's name or a TOML file"
        raise BadInput([Problem(str(name_or_path), "no such case", expected, _near_case(path))])
    content = read_toml(path, "a TOML file of a case")
    parent = content.pop("extends", None)
    if parent is None:
        return content
    if not isinstance(parent, str) or depth > 4:
        raise BadInput([Problem(f"{path}, extends", shown(parent), "the name or path of one case, at most four deep")])
    base = parent if parent in shipped else path.parent / parent
    if _is_absent(shipped.get(str(base), Path(base))):
        expected = "a shipped case's name or a path from this file's folder"
        raise BadInput([Problem(f"{path}, extends", f"no such case: {parent!r}", expected, _near_case(Path(parent)))])
    return _merge(_read(base, depth + 1), content)


def _is_absent(path: Path) -> bool:
    try:
        return not path.exists()
    except OSError:
        return False  # a name that cannot exist is said by the reader


def _near_case(path: Path) -> str:
    """What the user may have meant: a file of that name here, or a shipped case."""
    file = path.with_name(f"{path.name}.toml") if path.name else path
    if file.is_file():
        return f'Did you mean "{file}"?'
    near = difflib.get_close_matches(path.stem.lower(), shipped_cases(), n=1)
    return f'Did you mean "{near[0]}"?' if near else "`greengrid cases` lists them; `greengrid new NAME` writes one"


def _merge(base: dict[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Tables are merged key by key; everything else is replaced."""
    merged = dict(base)
    for key, value in change.items():
        old = merged.get(key)
        merged[key] = _merge(old, value) if isinstance(old, dict) and isinstance(value, Mapping) else value
    return merged


def _override(content: dict[str, Any], override: str, problems: list[Problem]) -> None:
    path, separator, text = override.partition("=")
    where, expected = f"--set {shown(override)[1:-1]}", "key.path=value, for example link.caspian.capacity_mw=1500"
    if not separator or not path.strip() or not override.isprintable():
        problems.append(Problem(where, shown(override), f"{expected}, on one line"))
        return
    if path.strip() == "extends":
        problems.append(Problem(where, "extends", "a key of the case", "It stands in a file only; name that file"))
        return
    try:
        change: Any = parse_toml(f"{path} = {text}")
    except ValueError:
        try:
            change = parse_toml(f"{path} = {json.dumps(text.strip(), ensure_ascii=False)}")
        except ValueError as error:
            remedy = "A name with spaces stands in quotes: --set 'plant.\"My plant\".capacity_mw=0'"
            problems.append(Problem(where, f"not a key and a value: {error}", expected, remedy))
            return
    if _is_empty(change):
        remedy = "A link or plant is left out with capacity_mw=0"
        problems.append(Problem(where, "an empty table, which changes nothing", "the keys to change", remedy))
    merged = _merge(content, change)
    content.clear()
    content.update(merged)


def _is_empty(change: object) -> bool:
    while isinstance(change, Mapping) and change:
        change = next(iter(change.values()))
    return isinstance(change, Mapping)


def _with_near_links(problems: list[Problem], content: Mapping[str, Any]) -> list[Problem]:
    """A link that lacks nearly everything is most often a known link spelled wrong."""
    links = content.get("link")
    names = list(links) if isinstance(links, Mapping) else []
    found = []
    for problem in problems:
        name = problem.where.rpartition("link.")[2]
        near = difflib.get_close_matches(name, [other for other in names if other != name], n=1)
        spelled_wrong = name in names and "keys missing" in problem.found and near
        found.append(replace(problem, remedy=f'Did you mean "{near[0]}"?') if spelled_wrong else problem)
    return found
