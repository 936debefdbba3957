"""Random small systems for the dispatch tests: two areas, one link, every kind of unit, one border."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from greengrid.economy.fleet import Economy, Market, Unit
from greengrid.hourly import Clock, HourlyTable
from greengrid.weather.profiles import Profiles
from networks.grid import Border, Bus, Grid, Interface, JointLimit, Line, Load, Plant, ZoneDemand
from networks.hvdc import Link


@dataclass(frozen=True)
class System:
    """What the dispatch takes."""

    grid: Grid
    profiles: Profiles
    economy: Economy


def make_system(seed: int, hours: int = 24, *, negative_prices: bool = False) -> System:
    """A system drawn from the seed; four buses in the west, three in the east, limits tight enough to bind.

    No law of the options binds in it, and ramps are as wide as the units.
    """
    rng = np.random.default_rng(seed)
    west, east = [f"W{k} 500" for k in range(4)], [f"E{k} 500" for k in range(3)]
    buses = tuple(_bus(name, "KZ" if name[0] == "W" else "AZ") for name in (*west, *east))
    pairs = [(west[0], west[1]), (west[1], west[2]), (west[2], west[3]), (west[3], west[0]), (west[0], west[2])]
    pairs += [(east[0], east[1]), (east[1], east[2]), (east[2], east[0])]
    lines = tuple(_line(k, start, end, rng) for k, (start, end) in enumerate(pairs))
    plants = (
        _plant("coal", west[0], "coal", 900),
        _plant("gas west", west[1], "gas_ccgt", 500),
        _plant("gas east", east[0], "gas_ccgt", 900),
        _plant("wind a", west[2], "wind_onshore", 700),
        _plant("wind b", west[2], "wind_onshore", 300),
        _plant("sun", east[1], "solar", 400),
        _plant("dam", east[2], "hydro_reservoir", 200),
        _plant("river", west[3], "hydro_ror", 100),
        _plant("battery", east[1], "battery", 80, energy=200),
    )
    units = tuple(_unit(plant, rng) for plant in plants)
    link = Link(
        name="caspian", from_bus=west[2], to_bus=east[0], capacity_mw=400, voltage_kv=525, configuration="bipole",
        poles=2, subsea_km=392, land_km=100, resistance_ohm_per_km=0.0088, station_idle_loss_frac=0.001,
        station_full_loss_frac=0.008, ramp_max_mw_per_h=400, hurdle_usd_per_mwh=0.01, source="test",
    )  # fmt: skip
    grid = Grid(
        year=2035, buses=buses, lines=lines, transformers=(), plants=plants,
        loads=(Load(west[0], "KZ", "KZ", 0.5), Load(west[3], "KZ", "KZ", 0.5), Load(east[1], "AZ", "AZ", 0.6),
               Load(east[2], "AZ", "AZ", 0.4)),
        demands=(ZoneDemand("KZ", "KZ", 6.0, 900, "D", "test"), ZoneDemand("AZ", "AZ", 5.0, 800, "D", "test")),
        borders=(Border("TR", east[2], "TR", 150, 150, 0, 1000, "D", "test"),),
        joint_limits=(),
        interfaces=(Interface("cut", float(rng.uniform(150, 400)), 300, ((lines[0].name, 1), (lines[4].name, 1)), "D",
                              "test"),),
        compensation=(), reactors=(), reinforcements=(), links=(link,), areas=(tuple(west), tuple(east)), notes=(),
    )  # fmt: skip
    return System(grid, _profiles(rng, hours, negative_prices), _economy(units))


def _bus(name: str, country: str) -> Bus:
    return Bus(name, name.split()[0], country, country, 500.0, 45.0, 50.0)


def _line(number: int, start: str, end: str, rng: np.random.Generator) -> Line:
    return Line(
        f"L{number}", start, end, 500.0, 1, float(rng.uniform(50, 300)), 0.03, 0.3, 11.5, 2.0,
        float(rng.uniform(120, 500)), "test", "existing", 2000, "D", "test",
    )  # fmt: skip


def _plant(name: str, bus: str, technology: str, capacity: float, energy: float = 0.0) -> Plant:
    country = "KZ" if bus[0] == "W" else "AZ"
    return Plant(name, name, country, country, bus, technology, capacity, energy, 45.0, 50.0, "existing", 2000, "D", "")


def _unit(plant: Plant, rng: np.random.Generator) -> Unit:
    cost = {"coal": rng.uniform(10, 20), "gas_ccgt": rng.uniform(30, 60)}.get(plant.technology, rng.uniform(0.1, 1))
    must_run = 0.2 if plant.name == "coal" else 0.0
    return Unit(
        name=plant.name, fuel="", marginal_cost_usd_per_mwh=float(cost), fuel_cost_usd_per_mwh=float(cost),
        efficiency_frac=0.4, emission_tco2_per_mwh=0.4, available_frac=(0.9,) * 12, must_run_frac=(must_run,) * 12,
        ramp_frac_per_h=1.0, stable_min_frac=0.0, unit_mw=100.0, start_cost_usd_per_mw=0.0, inertia_s=4.0,
        storage_mwh={"dam": 3000.0, "battery": 200.0}.get(plant.name, 0.0),
        round_trip_frac=0.86 if plant.technology == "battery" else 1.0, release_min_frac=0.2, confidence="D", source="",
    )  # fmt: skip


def _profiles(rng: np.random.Generator, hours: int, negative_prices: bool) -> Profiles:
    hour = np.arange(hours)
    daily = 1 + 0.2 * np.sin((hour - 8) / 24 * 2 * np.pi)
    wind = np.clip(rng.uniform(0, 1, (hours, 2)), 0, 1)
    sun = np.clip(np.sin((hour % 24 - 2) / 12 * np.pi), 0, 1) * rng.uniform(0.5, 1)
    price = rng.uniform(-80 if negative_prices else 10, 120, hours)
    return Profiles(
        Clock(datetime(2035, 1, 1, tzinfo=UTC), hours),
        HourlyTable(("wind a", "wind b", "sun"), np.column_stack([wind, sun])),
        HourlyTable(("KZ", "AZ"), np.column_stack([700 * daily, 650 * daily]) * rng.uniform(0.9, 1.1, (hours, 2))),
        HourlyTable(("dam", "river"), np.column_stack([np.full(hours, 70.0), rng.uniform(20, 120, hours)])),
        HourlyTable(("TR",), price[:, None]),
    )


def _economy(units: tuple[Unit, ...]) -> Economy:
    market = Market("TR", 10.0, 0.9, 1.0, 2.0, None, None, 0.4, "D", "test")
    return Economy(2025, "economic", units, (), (market,), (), (("KZ", 0.02), ("AZ", 0.01)), 3000.0)


EXPORT_BUS = "RO 400"


def make_full_system(seed: int, hours: int = 72) -> System:
    """The same with what the options need: slow units, pumped storage, a cable to an EU market, scarce summer nights.

    A second link leaves the east for a dear market; two wind farms of one bus differ by contract; demand is high enough
    to shed in the first block now and then.
    """
    plain = make_system(seed, hours)
    rng = np.random.default_rng(seed + 1000)
    cable = replace(
        plain.grid.links[0], name="black_sea", from_bus="E1 500", to_bus=EXPORT_BUS, capacity_mw=300, poles=2,
        subsea_km=300, ramp_max_mw_per_h=float(rng.uniform(60, 150)),
    )  # fmt: skip
    pump = replace(_plant("pump", "E2 500", "pumped_storage", 60), energy_mwh=360.0)
    old = _plant("old coal", "W1 500", "coal", 300)
    abroad = Bus(EXPORT_BUS, "RO", "RO", "RO", 400.0, 44.0, 28.0)
    grid = replace(
        plain.grid,
        buses=(*plain.grid.buses, abroad),
        plants=(*plain.grid.plants, pump, old),
        borders=(
            *plain.grid.borders,
            Border("RO", EXPORT_BUS, "RO", 300, 300, 0, 1000, "D", "test"),
            Border("RU a", "W0 500", "RU_north", 90, 90, 0, 1000, "D", "test"),
            Border("RU b", "W2 500", "RU_north", 90, 90, 0, 1000, "D", "test"),
        ),
        joint_limits=(JointLimit("RU", 100, ("RU a", "RU b"), "test"),),
        links=(replace(plain.grid.links[0], ramp_max_mw_per_h=float(rng.uniform(60, 300))), cable),
        areas=(*plain.grid.areas, (EXPORT_BUS,)),
    )
    profiles = plain.profiles
    dear = HourlyTable(
        ("TR", "RO", "RU_north"),
        np.column_stack(
            [profiles.market_price_usd_per_mwh["TR"], rng.uniform(60, 160, hours), rng.uniform(15, 60, hours)]
        ),
    )
    higher = HourlyTable(profiles.demand_mw.columns, profiles.demand_mw.values * rng.uniform(1.0, 1.25))
    profiles = replace(profiles, market_price_usd_per_mwh=dear, demand_mw=higher)
    units = tuple(_slower(unit, rng) for unit in (*plain.economy.units, _pump_unit(pump, rng), _unit(old, rng)))
    added = (
        Market("RO", 3.0, 1.0, 20.0, 3.0, None, None, 0.3, "D", "test"),
        Market("RU_north", 20.0, 0.95, 0.0, 0.0, None, None, 0.5, "D", "test"),
    )
    economy = replace(
        plain.economy, units=units, markets=(*plain.economy.markets, *added), transit_usd_per_mwh=(("AZ", 4.0),),
        voluntary_shed_frac=0.05, voluntary_shed_usd_per_mwh=400.0,
    )  # fmt: skip
    return System(grid, profiles, economy)


def _pump_unit(plant: Plant, rng: np.random.Generator) -> Unit:
    return replace(_unit(plant, rng), storage_mwh=360.0, round_trip_frac=0.76)


def _slower(unit: Unit, rng: np.random.Generator) -> Unit:
    if "coal" in unit.name:
        # One class: the same share per hour for both.
        return replace(
            unit, ramp_frac_per_h=0.06, stable_min_frac=0.6, reserve_frac=0.15,
            emission_tco2_per_mwh=1.0,
        )  # fmt: skip
    if unit.name.startswith("gas"):
        return replace(unit, ramp_frac_per_h=0.2, stable_min_frac=0.45, reserve_frac=0.2)
    return replace(unit, emission_tco2_per_mwh=0.0)
