"""Build-up of a link's capex, opex and availability from its length, rating and stations; the AC package costed apart.

Unit costs, their ranges, sources and grades are the rows of `economy/tables/link_costs.csv`. The range of a part that
is a share of others moves its own share and leaves the others central. Amounts are real USD of a price base year.
"""

from __future__ import annotations

import difflib
import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Self

from financing.plan import CapexItem
from greengrid.economy.money import in_usd, price_level
from greengrid.economy.rows import Quantity
from greengrid.economy.tables import EconomyTables, read_tables
from greengrid.errors import BadInput, Problem
from networks.grid import Reinforcement
from networks.hvdc import Link

Level = Literal["low", "central", "high"]
LEVELS: tuple[Level, Level, Level] = ("low", "central", "high")
HOURS_PER_YEAR = 8760
DAYS_PER_YEAR = 365
SPENDING: Mapping[str, tuple[float, ...]] = {
    "cable": (0.05, 0.10, 0.20, 0.25, 0.25, 0.15),
    "converter": (0.05, 0.10, 0.20, 0.30, 0.25, 0.10),
    "survey": (0.40, 0.30, 0.15, 0.10, 0.05, 0.00),
    "even": (1 / 6,) * 6,
    "marine": (0.00, 0.00, 0.10, 0.35, 0.35, 0.20),
    "lines": (0.05, 0.10, 0.25, 0.30, 0.20, 0.10),
}
"""Assumed shares of each construction year, for six years; other durations are read off the cumulative curve."""


@dataclass(frozen=True, slots=True)
class Range:
    """A low, a central and a high value that move together."""

    low: float
    central: float
    high: float

    def __mul__(self, other: Range | float) -> Range:
        o = other if isinstance(other, Range) else Range(other, other, other)
        return Range(self.low * o.low, self.central * o.central, self.high * o.high)

    def __add__(self, other: Range) -> Range:
        return Range(self.low + other.low, self.central + other.central, self.high + other.high)

    def at(self, level: Level) -> float:
        return {"low": self.low, "central": self.central, "high": self.high}[level]


NOTHING = Range(0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class UnitCosts:
    """The cost rows in USD of the price base year, with the case's own values in place of table rows."""

    tables: EconomyTables
    price_base_year: int
    overrides: Mapping[str, float]

    @classmethod
    def of(
        cls,
        price_base_year: int = 2025,
        overrides: Mapping[str, float] | None = None,
        tables: EconomyTables | None = None,
    ) -> Self:
        """`overrides` replaces a row by one value in the row's own unit, for example {"subsea_cable": 2400}."""
        tables = read_tables() if tables is None else tables
        known = {row.name for row in tables.quantities}
        problems = [
            Problem(
                f"cost.{name}",
                "an unknown cost" if name not in known else f"{value}",
                "a known cost, 0 or more",
                f"Nearest: {', '.join(difflib.get_close_matches(name, known, n=3, cutoff=0.3))}",
            )
            for name, value in (overrides or {}).items()
            if name not in known or not math.isfinite(value) or value < 0
        ]
        if problems:
            raise BadInput(problems)
        return cls(tables, price_base_year, dict(overrides or {}))

    def row(self, name: str) -> Quantity:
        row = self.tables.quantity(name)
        if name not in self.overrides:
            return row
        value = self.overrides[name]
        changes = {"low": value, "central": value, "high": value, "confidence": "A", "source": "set by the case"}
        return row.model_copy(update=changes)

    def share(self, name: str) -> Range:
        """A number without money: a fraction, a rate, days."""
        row = self.row(name)
        return Range(row.low, row.central, row.high)

    def money(self, name: str) -> Range:
        """An amount in USD (not million) of the price base year, per the row's unit."""
        row = self.row(name)
        scale = price_level(self.tables, self.price_base_year) * (1e6 if row.unit.startswith("M") else 1.0)
        return Range(*in_usd(self.tables, row)) * scale


@dataclass(frozen=True, slots=True)
class Availability:
    """Share of the year's energy that outages leave, with what each part takes."""

    frac: float
    subsea_frac: float
    """Energy lost to subsea cable faults."""
    land_frac: float
    stations_frac: float


@dataclass(frozen=True, slots=True)
class LinkCosts:
    """What a link costs to build, to run and to keep whole."""

    link: str
    price_base_year: int
    items: tuple[CapexItem, ...]
    """The link itself."""
    reinforcement: tuple[CapexItem, ...]
    """The inland AC package."""
    reinforcement_paid_by: Literal["tso", "project"]
    upkeep_usd_real: Range
    """Per year: cables, stations, insurance, expected cable repairs; the AC package if the project pays for it."""
    refurbishment_usd_real: Range
    """Control and protection, once."""
    refurbishment_year: Range
    """Operating year (1 = first) of the refurbishment."""
    decommissioning_usd_real: Range
    availability: Mapping[Level, Availability]
    """Level names the cost of the outage: "low" is few faults and short repairs."""

    @property
    def project_items(self) -> tuple[CapexItem, ...]:
        """What is in the project's books."""
        return self.items + (self.reinforcement if self.reinforcement_paid_by == "project" else ())

    def capex_usd_real(self, *, with_reinforcement: bool = False) -> Range:
        """The link's parts, or with the AC package, as the economic analysis counts them; range as in `combined`."""
        return combined(self.items + (self.reinforcement if with_reinforcement else ()))

    def opex_usd_real(self, years: int, level: Level = "central") -> tuple[float, ...]:
        """Yearly amounts of `years` operating years; the refurbishment falls in its year if that is reached."""
        refurbished = round(self.refurbishment_year.at(level))
        yearly, once = self.upkeep_usd_real.at(level), self.refurbishment_usd_real.at(level)
        return tuple(yearly + (once if year == refurbished else 0.0) for year in range(1, years + 1))


def total(items: Iterable[CapexItem]) -> Range:
    """Sum of parts, all at the same level."""
    return sum((Range(i.low_usd_real, i.central_usd_real, i.high_usd_real) for i in items), NOTHING)


def combined(items: Sequence[CapexItem]) -> Range:
    """Sum with a range of independent groups: cables and stations deviate together (one kind of source), as do lines
    and transformers among themselves; groups are independent and join as the root of the sum of squares."""
    groups: dict[str, Range] = {}
    for item in items:
        words = item.name.split()
        group = "works" if "cable" in words or words[0] == "converter" else words[0]
        groups[group] = groups.get(group, NOTHING) + total([item])
    central = sum(part.central for part in groups.values())
    below = math.hypot(*(part.central - part.low for part in groups.values()))
    above = math.hypot(*(part.high - part.central for part in groups.values()))
    return Range(central - below, central, central + above)


def spread(curve: Sequence[float], years: int) -> tuple[float, ...]:
    """The curve's shares for another number of years, linear on its cumulative; sums to one."""
    if years < 1:
        raise BadInput([Problem("construction years", str(years), "at least 1")])
    cumulative = (0.0, *itertools.accumulate(curve))

    def reached(share: float) -> float:
        position = share * len(curve)
        step = min(int(position), len(curve) - 1)
        return cumulative[step] + (position - step) * curve[step]

    points = [reached(year / years) / cumulative[-1] for year in range(years + 1)]
    return tuple(after - before for before, after in itertools.pairwise(points))


def link_costs(
    link: Link,
    countries: tuple[str, str],
    *,
    reinforcements: Sequence[Reinforcement] = (),
    paid_by: Literal["tso", "project"] = "tso",
    construction_years: int = 6,
    unit_costs: UnitCosts | None = None,
) -> LinkCosts:
    """Costs of a link between two countries (of `from_bus`, of `to_bus`); the land cable lies in the second.

    Capex falls into supply and works (cables by length and rating, one station at each end), mobilisation, survey and
    development, owner's cost (each a share of supply and works) and contingency (a share of all before it).
    """
    unit = UnitCosts.of() if unit_costs is None else unit_costs
    if paid_by not in ("tso", "project"):
        raise BadInput([Problem("reinforcement.paid_by", repr(paid_by), "tso or project")])
    items = _link_items(link, countries, construction_years, unit)
    package = reinforcement_items(reinforcements, construction_years, unit)
    stations = total(item for item in items if item.name.startswith("converter"))
    cables = total(item for item in items if "cable" in item.name)
    lines = total(package) if paid_by == "project" else NOTHING
    upkeep = (
        cables * unit.share("cable_upkeep")
        + stations * unit.share("converter_upkeep")
        + total(items) * unit.share("insurance")
        + subsea_faults_per_year(link, unit) * unit.money("subsea_repair_cost")
        + lines * unit.share("line_upkeep")
    )
    return LinkCosts(
        link=link.name,
        price_base_year=unit.price_base_year,
        items=items,
        reinforcement=package,
        reinforcement_paid_by=paid_by,
        upkeep_usd_real=upkeep,
        refurbishment_usd_real=stations * unit.share("control_refurbishment"),
        refurbishment_year=unit.share("control_refurbishment_year"),
        decommissioning_usd_real=total(items) * unit.share("decommissioning"),
        availability={level: availability(link, unit, level) for level in LEVELS},
    )


def _item(name: str, country: str, amount: Range, spending: tuple[float, ...], row: Quantity) -> CapexItem:
    source = f"{row.source} ({row.basis})" if row.basis else row.source
    return CapexItem(name, country, amount.central, amount.low, amount.high, spending, row.confidence, source)


def _link_items(link: Link, countries: tuple[str, str], years: int, unit: UnitCosts) -> tuple[CapexItem, ...]:
    subsea = unit.money("subsea_cable") * (link.capacity_mw * link.subsea_km)
    land = unit.money("land_cable") * (link.capacity_mw * link.land_km)
    station = unit.money("converter_pair") * (link.capacity_mw * 1000 / 2)
    spending = {name: spread(curve, years) for name, curve in SPENDING.items()}
    works = [
        _item("subsea cable", "sea", subsea, spending["cable"], unit.row("subsea_cable")),
        _item("land cable", countries[1], land, spending["cable"], unit.row("land_cable")),
        _item(
            f"converter station {countries[0]}",
            countries[0],
            station,
            spending["converter"],
            unit.row("converter_pair"),
        ),
        _item(
            f"converter station {countries[1]}",
            countries[1],
            station,
            spending["converter"],
            unit.row("converter_pair"),
        ),
    ]
    shares = (
        ("mobilisation", "mobilisation", "marine"),
        ("survey and development", "survey_development", "survey"),
        ("owner's cost", "owner_cost", "even"),
    )
    sums = total(works).central
    soft = [_item(name, "sea", unit.share(key) * sums, spending[curve], unit.row(key)) for name, key, curve in shares]
    reserve = unit.share("contingency") * total([*works, *soft]).central
    return (*works, *soft, _item("contingency", "sea", reserve, spending["cable"], unit.row("contingency")))


def reinforcement_items(
    reinforcements: Iterable[Reinforcement], construction_years: int, unit: UnitCosts
) -> tuple[CapexItem, ...]:
    """The AC package, one item per element: lines with a bay at each end and reactors, transformers with bays."""
    items: list[CapexItem] = []
    problems: list[Problem] = []
    spending = spread(SPENDING["lines"], construction_years)
    for row in reinforcements:
        try:
            amount, source = _element_cost(row, unit)
        except BadInput as error:
            problems += error.problems
            continue
        name = f"{row.element} {row.from_substation}-{row.to_substation} {row.voltage_kv:.0f} kV x{row.circuits}"
        items.append(_item(name, row.country, amount, spending, source))
    if problems:
        raise BadInput(problems)
    return tuple(items)


def _element_cost(row: Reinforcement, unit: UnitCosts) -> tuple[Range, Quantity]:
    bays = unit.money("bay_500kv") * row.circuits
    if row.element == "transformer":
        # One 500 kV bay and, on the lower side, one that costs about half.
        return unit.money("transformer_500mva") * row.circuits + bays * 1.5, unit.row("transformer_500mva")
    name = f"line_{220 if row.voltage_kv == 230 else row.voltage_kv:.0f}kv"
    if row.element != "line" or name not in {cost.name for cost in unit.tables.quantities}:
        found = f"{row.element} at {row.voltage_kv:g} kV ({row.from_substation}-{row.to_substation})"
        raise BadInput([Problem("reinforcements", found, "a line of 220, 330 or 500 kV or a transformer")])
    line = unit.money(name) * (row.circuits * row.length_km)
    return line + line * unit.share("line_compensation") + bays * 2.0, unit.row(name)


def subsea_faults_per_year(link: Link, unit: UnitCosts) -> Range:
    """Expected faults: rate per 100 km of each bundled cable system, one system per monopole or bipole."""
    return unit.share("subsea_fault_rate") * (link.subsea_km / 100 * _systems(link))


def _systems(link: Link) -> int:
    return link.poles if link.configuration == "symmetrical_monopole" else max(1, link.poles // 2)


def availability(link: Link, unit: UnitCosts, level: Level = "central") -> Availability:
    """Share of energy left: (1 - cables) x (1 - stations).

    A cable fault takes one pole out until the repair: half of a bipole with metallic return, less where the other poles
    can be overloaded, all of a symmetrical monopole; every system of a link carries the same share. Station outages
    count in full, forced and scheduled, at both ends. Lost energy is counted at full load, so a link that runs part
    loaded loses less than this.
    """
    left_mw = link.capacity_available_mw(link.poles_in_state("one_pole_out"))
    lost_of_system = _systems(link) * (1.0 - left_mw / link.capacity_mw)

    def cable(kind: str, length_km: float) -> float:
        faults = unit.share(f"{kind}_fault_rate").at(level) * length_km / 100
        return min(1.0, faults * unit.share(f"{kind}_repair").at(level) / DAYS_PER_YEAR * lost_of_system)

    subsea, land = cable("subsea", link.subsea_km), cable("land", link.land_km)
    stations = 2 * (unit.share("station_forced_outage").at(level) + unit.share("station_scheduled_outage").at(level))
    return Availability((1 - min(1.0, subsea + land)) * (1 - stations), subsea, land, stations)


def annuity_frac(rate_pa: float, years: int) -> float:
    """Yearly payment per unit of capital, at the end of each year."""
    return rate_pa / (1 - (1 + rate_pa) ** -years) if rate_pa else 1 / years


def weakest(grades: Iterable[str]) -> str:
    """The lowest grade (D is the lowest) of several inputs: what a result made of them deserves."""
    return max(grades, default="A")
