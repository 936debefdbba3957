"""One run's description: a frozen, checked case read from TOML. Every choice that moves money or physics is written."""

from __future__ import annotations

import difflib
import hashlib
import json
import math
import tomllib
import typing
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from greengrid.errors import BadInput, Problem

SHIPPED = Path(__file__).parent / "cases"
CASE_BYTES_MAX = 1_000_000
Level = Literal["low", "central", "high"]
Country = Literal["KZ", "UZ", "AZ", "GE"]


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError("must be a finite number")
    return value


Number = Annotated[float, AfterValidator(_finite)]
Positive = Annotated[Number, Field(gt=0)]
NotNegative = Annotated[Number, Field(ge=0)]
Fraction = Annotated[Number, Field(ge=0, le=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Weather(_Part):
    """Which weather year is drawn."""

    seed: int = Field(ge=0)
    """Same seed, same year of sun, wind, water, demand noise and neighbour prices."""
    hydro: Literal["dry", "average", "wet"]
    """Energy of the year's water."""
    files: dict[Literal["availability", "demand", "inflow", "market_price"], str] = Field(default_factory=dict)
    """CSV files of your own hourly series, by kind; what a file does not name stays synthetic."""


class Demand(_Part):
    """Electricity demand of the case year."""

    level: Level
    """Row of the demand table: low, central or high growth."""
    scale: Positive
    """Factor on every zone, 1 for none."""


class Prices(_Part):
    """Overrides of prices; empty tables leave the sourced defaults."""

    fuel_usd_per_mwh_th: dict[str, NotNegative]
    """By "fuel.COUNTRY", for example "gas.KZ"."""
    co2_usd_per_t: dict[Country, NotNegative]
    """Carbon price paid at home, by country."""
    eua_usd_per_t: NotNegative | None = None
    """EU allowance price; left out: the sourced path."""
    border_carbon: Literal["default", "actual", "none"]
    """EU border carbon factor: the default value, the contract-proven zero of renewables, or no charge."""
    market_level: dict[str, Level]
    """Price level of a neighbour's market, by market, for example RO = "low"; others are central."""


class LinkCase(_Part):
    """An HVDC link; capacity 0 leaves it out."""

    capacity_mw: NotNegative
    """Rating at the sending terminal."""
    voltage_kv: Positive
    configuration: Literal["symmetrical_monopole", "bipole"]
    """A monopole trips whole; a bipole has a metallic return."""
    poles: int = Field(ge=1, le=12)
    """1 for a monopole, 2 for each bipole."""
    from_bus: str
    to_bus: str
    subsea_km: NotNegative
    land_km: NotNegative
    resistance_ohm_per_km: Positive
    """One conductor, at operating temperature."""
    station_idle_loss_frac: Fraction
    """Of the station's rating, at no load."""
    station_full_loss_frac: Fraction
    """Of the station's rating, at full load, idle loss included."""
    ramp_max_mw_per_h: Positive
    hurdle_usd_per_mwh: NotNegative
    source: str
    cost: dict[str, NotNegative] = Field(default_factory=dict)
    """Costs in place of the sourced defaults, by the name and in the unit of the table of link costs, for example
    subsea_cable = 2400 (EUR/MW/km)."""

    @model_validator(mode="after")
    def _consistent(self) -> LinkCase:
        if self.configuration == "bipole" and self.poles % 2:
            raise ValueError(f"a bipole has an even number of poles, not {self.poles}")
        if self.configuration == "symmetrical_monopole" and self.poles != 1:
            raise ValueError(f"a symmetrical monopole has one pole, not {self.poles}")
        if self.station_idle_loss_frac >= self.station_full_loss_frac:
            raise ValueError("station_idle_loss_frac must be below station_full_loss_frac")
        if self.subsea_km + self.land_km <= 0:
            raise ValueError("the route has no length: set subsea_km or land_km")
        return self


class Reinforcement(_Part):
    """Inland AC lines and transformers that the Caspian link's size asks for."""

    scope: Literal["none", "rated", "firm", "firm_n-1"]
    """none: today's plan alone; rated: reaches the rating in windy hours; firm: holds it in calm peaks."""
    paid_by: Literal["tso", "project"]
    """In the project's books; the economic analysis always counts the cost."""


class Project(_Part):
    """What is financed."""

    links: tuple[str, ...]
    """Names of links; empty: nothing is financed."""
    construction_first_year: int = Field(ge=2026, le=2050)
    operation_first_year: int = Field(ge=2027, le=2060)
    operation_years: int = Field(ge=1, le=60)
    inflation_pa: Annotated[Number, Field(gt=-0.05, lt=0.5)]
    discount_rate_nominal_pa: Annotated[Number, Field(gt=0, lt=0.5)]
    """Of the net present value before financing, the same for every mix."""

    @model_validator(mode="after")
    def _ordered(self) -> Project:
        if self.operation_first_year <= self.construction_first_year:
            raise ValueError("operation_first_year must come after construction_first_year")
        return self


class Revenue(_Part):
    """How the link earns; the same for every funding mix."""

    model: Literal["capacity_charge"]
    """Take-or-pay charge on the rated capacity."""
    charge_usd_real_per_mw_year: NotNegative
    """Contract level, real USD of the price base year."""
    charge_source: str
    indexation_frac: Fraction
    """Share of inflation that the charge follows."""


class Financing(_Part):
    """Funding mixes to compare."""

    mixes: tuple[str, ...]
    """Shipped names or paths of TOML files."""


class PlantCase(_Part):
    """Override of a plant of the data set."""

    capacity_mw: NotNegative
    """0 takes it out."""
    energy_mwh: NotNegative | None = None
    """Content of a battery; left out: it grows with the capacity."""


class Case(_Part):
    """One run."""

    name: str = Field(pattern=r"^[\w .-]{1,60}$")
    """Short name: letters, digits, space, dot, dash, underscore."""
    title: str = Field(min_length=1, max_length=160)
    year: int
    """Year of the staged data set, for example 2025, 2030 or 2035."""
    network: str
    """Shipped data set (corridor, tiny) or a folder of the same tables."""
    programme: Literal["corridor", "none"]
    """Whether the corridor's renewable programme stands; it never depends on a link."""
    prices_basis: Literal["economic", "domestic"]
    """Fuel at opportunity cost, or at domestic tariffs."""
    price_base_year: int = Field(ge=2020, le=2030)
    hours: str = Field(pattern=r"^(all|\d{4}-\d{2}-\d{2}\.\.\d{4}-\d{2}-\d{2})$")
    """"all", or first and day after the last: 2035-01-10..2035-01-24. A part of a year has no annual figures."""
    ac_hours: int = Field(ge=0, le=8784)
    """Hours of the AC power flow, the most telling first; 0 for none."""
    weather: Weather
    demand: Demand
    prices: Prices
    link: dict[str, LinkCase]
    plant: dict[str, PlantCase]
    reinforcement: Reinforcement
    project: Project
    revenue: Revenue
    financing: Financing

    @model_validator(mode="after")
    def _consistent(self) -> Case:
        unknown = [name for name in self.project.links if name not in self.link]
        if unknown:
            raise ValueError(f"project.links names {unknown}, but the links are {sorted(self.link) or 'none'}")
        if self.financed_links and not self.financing.mixes:
            raise ValueError("project.links is set, so financing.mixes must name at least one mix")
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
        raise BadInput(_problems(error, label)) from None
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
    if not path.is_file():
        near = difflib.get_close_matches(str(name_or_path), shipped, n=1)
        remedy = (
            f'Did you mean "{near[0]}"?' if near else "`greengrid cases` lists them; `greengrid new NAME` writes one"
        )
        raise BadInput([Problem(str(name_or_path), "no such case", "a shipped case's name or a TOML file", remedy)])
    content = _parse(path)
    parent = content.pop("extends", None)
    if parent is None:
        return content
    if not isinstance(parent, str) or depth > 4:
        raise BadInput([Problem(f"{path}, extends", repr(parent), "the name or path of one case, at most four deep")])
    base = parent if parent in shipped else path.parent / parent
    return _merge(_read(base, depth + 1), content)


def _parse(path: Path) -> dict[str, Any]:
    try:
        raw = path.read_bytes()
        if len(raw) > CASE_BYTES_MAX:
            raise BadInput([Problem(str(path), f"{len(raw):,} bytes", f"at most {CASE_BYTES_MAX:,} bytes")])
        return tomllib.loads(raw.decode("utf-8"))
    except UnicodeDecodeError:
        raise BadInput([Problem(str(path), "bytes that are not UTF-8 text", "a TOML file in UTF-8")]) from None
    except tomllib.TOMLDecodeError as error:
        raise BadInput([Problem(str(path), f"not TOML: {error}", "a TOML file")]) from None
    except OSError as error:
        raise BadInput([Problem(str(path), f"unreadable: {error.strerror}", "a readable TOML file")]) from None


def _merge(base: dict[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Tables are merged key by key; everything else is replaced."""
    merged = dict(base)
    for key, value in change.items():
        old = merged.get(key)
        merged[key] = _merge(old, value) if isinstance(old, dict) and isinstance(value, Mapping) else value
    return merged


def _override(content: dict[str, Any], override: str, problems: list[Problem]) -> None:
    path, separator, text = override.partition("=")
    where = f"--set {override}"
    if not separator or not path.strip():
        problems.append(Problem(where, repr(override), "key.path=value, for example link.caspian.capacity_mw=1500"))
        return
    try:
        change: Any = tomllib.loads(f"{path} = {text}")
    except tomllib.TOMLDecodeError:
        try:
            change = tomllib.loads(f"{path} = {json.dumps(text.strip())}")
        except tomllib.TOMLDecodeError as error:
            problems.append(Problem(where, f"not a key and a value: {error}", "key.path=value"))
            return
    merged = _merge(content, change)
    content.clear()
    content.update(merged)


def _problems(error: ValidationError, label: str) -> list[Problem]:
    """Pydantic's findings in our words, with the nearest known key for an unknown one."""
    found = []
    for item in error.errors(include_url=False):
        where = ".".join(str(part) for part in item["loc"]) or "case"
        if item["type"] == "extra_forbidden":
            known = _known_keys(item["loc"][:-1])
            near = difflib.get_close_matches(str(item["loc"][-1]), known, n=1)
            remedy = f'Did you mean "{near[0]}"?' if near else ""
            found.append(Problem(f"{label}, {where}", "an unknown key", f"one of {', '.join(known)}", remedy))
        elif item["type"] == "missing":
            found.append(Problem(f"{label}, {where}", "nothing", "a value", 'Write it, or begin with extends = "base"'))
        else:
            message = str(item["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
            found.append(Problem(f"{label}, {where}", _short(item["input"]), message[0].lower() + message[1:]))
    return found


def _short(value: object) -> str:
    """A value as it may stand in a message; a whole table is named, not printed."""
    text = "this table" if isinstance(value, Mapping) else repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _known_keys(path: tuple[int | str, ...]) -> list[str]:
    """Field names of the part of a case that a path leads to."""
    model: Any = Case
    for part in path:
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            break
        field = model.model_fields.get(str(part))
        model = field.annotation if field else model
        arguments = typing.get_args(model)
        model = arguments[-1] if arguments else model
    return sorted(Case.model_fields if not hasattr(model, "model_fields") else model.model_fields)
