"""Units, fuel caps and prices of a case, against figures worked out by hand."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

import networks
from greengrid.economy import make_economy, read_tables
from greengrid.economy.prices import make_prices
from greengrid.economy.units import outage_months, technology_of
from greengrid.errors import BadInput
from networks.build import build_grid
from networks.grid import Border, Grid, Load, Plant
from networks.tables import load_tables

CORRIDOR = Path(networks.__file__).parent / "corridor"


def plant(
    name: str, country: str, zone: str, technology: str, *, mw: float = 100.0, year: int = 1990, mwh: float = 0.0
) -> Plant:
    return Plant(name, name, country, zone, "bus 500", technology, mw, mwh, 0.0, 0.0, "existing", year, "A", "test")


def grid(*plants: Plant, year: int = 2025, markets: tuple[str, ...] = ()) -> Grid:
    borders = tuple(Border(f"{m}_border", "bus 500", m, 1, 1, 0, 0, "C", "test") for m in markets)
    loads = (Load("bus 500", "KZ", "KZ-North", 1.0),)
    return Grid(year, (), (), (), plants, loads, (), borders, (), (), (), (), (), (), (), ())


def economy(*plants: Plant, year: int = 2025, basis="domestic", markets=(), **changes):
    reservoirs = changes.pop("reservoirs", {})
    return make_economy(
        grid(*plants, year=year, markets=markets), year=year, basis=basis, reservoirs=reservoirs, **changes
    )


def unit(*args, **changes):
    names = ("year", "basis", "reservoirs", "fuel_prices", "co2_price_usd_per_t", "price_base_year")
    outside = {key: changes.pop(key) for key in names if key in changes and key != "year"}
    case_year = changes.pop("case_year", 2025)
    return economy(plant(*args, **changes), year=case_year, **outside).units[0]


def test_northern_coal_costs_fuel_operation_and_carbon():
    """2.93/0.331 + 3.5 + 0.9 x 0.346/0.331 = 13.29 USD/MWh in 2025 at domestic prices."""
    made = unit("GRES", "KZ", "KZ-North", "coal")
    assert made.fuel_cost_usd_per_mwh == pytest.approx(8.852, abs=1e-3)
    assert made.emission_tco2_per_mwh == pytest.approx(1.0453, abs=1e-4)
    assert made.marginal_cost_usd_per_mwh == pytest.approx(8.852 + 3.5 + 0.9 * 1.0453, abs=1e-3)


def test_southern_coal_pays_for_the_rail():
    """A station of KZ-South burns coal at 4.30 instead of 2.93 USD/MWh_th."""
    north, south = (unit("TETs", "KZ", zone, "coal_chp") for zone in ("KZ-North", "KZ-South"))
    assert south.fuel_cost_usd_per_mwh - north.fuel_cost_usd_per_mwh == pytest.approx((4.3 - 2.93) / 0.304)


def test_bases_are_never_mixed():
    """The economic run of Azerbaijan burns gas at 21 USD/MWh_th in 2035, the domestic one at 15.5."""
    args = ("Janub", "AZ", "AZ-Central", "gas_ccgt")
    economic = unit(*args, case_year=2035, basis="economic")
    domestic = unit(*args, case_year=2035, basis="domestic")
    assert economic.fuel_cost_usd_per_mwh == pytest.approx(21 / 0.455)
    assert domestic.fuel_cost_usd_per_mwh == pytest.approx(15.5 / 0.455)


def test_every_price_that_a_run_needs_exists_on_both_bases():
    """No plant of any country falls back to the other basis: both bases hold the same keys for what is burnt."""
    keys = [
        set(
            make_prices(
                read_tables(), year=2030, basis=basis, price_base_year=2025, fuel_prices={}, carbon_prices={}
            ).fuel_usd_per_mwh_th
        )
        for basis in ("economic", "domestic")
    ]
    assert keys[0] - keys[1] == {"fuel_oil.AZ"}
    assert keys[1] <= keys[0]


def test_a_missing_price_is_refused():
    """Nobody knows a domestic fuel-oil price in Azerbaijan: a plant that burns it there is bad input."""
    prices = make_prices(
        read_tables(), year=2025, basis="domestic", price_base_year=2025, fuel_prices={}, carbon_prices={}
    )
    with pytest.raises(BadInput, match="no price of fuel_oil in AZ"):
        prices.fuel("fuel_oil", "AZ", "AZ-Absheron")


def test_case_prices_replace_the_table():
    """gas.KZ = 30 and a carbon price of 10 give 30/0.56 + 3.5 + 10 x 0.202/0.56."""
    changes = {"fuel_prices": {"gas.KZ": 30.0}, "co2_price_usd_per_t": {"KZ": 10.0}}
    made = unit("New", "KZ", "KZ-South", "gas_ccgt", year=2024, **changes)
    assert made.marginal_cost_usd_per_mwh == pytest.approx((30 + 10 * 0.202) / 0.56 + 3.5)


@pytest.mark.parametrize("changes", [{"fuel_prices": {"gas.KX": 1.0}}, {"fuel_prices": {"gas.KZ": float("nan")}}])
def test_unknown_keys_and_nan_prices_are_refused(changes):
    """A misspelt key lists the known ones; NaN is no price."""
    with pytest.raises(BadInput, match=r"fuel\.gas"):
        unit("New", "KZ", "KZ-South", "gas_ccgt", **changes)


def test_prices_move_with_the_price_base_year():
    """In USD of 2030 everything that is money is 1.02^5 times as much; efficiency is not."""
    args = ("Janub", "AZ", "AZ-Central", "gas_ccgt")
    old, new = unit(*args), unit(*args, price_base_year=2030)
    assert new.marginal_cost_usd_per_mwh == pytest.approx(old.marginal_cost_usd_per_mwh * 1.02**5)
    assert new.efficiency_frac == old.efficiency_frac


def test_new_coal_burns_less():
    """Ekibastuz-2 units of 2028 take the row of 2026 on: 0.42 instead of 0.331."""
    made = unit("GRES-2", "KZ", "KZ-North", "coal", year=2028, case_year=2035, basis="economic")
    assert made.efficiency_frac == 0.42
    assert technology_of(read_tables(), plant("old", "KZ", "KZ-North", "coal", year=2025)).efficiency_frac == 0.331


def test_country_row_comes_before_all():
    """Uzbek steam takes its own row, an Uzbek gas turbine the row of all countries."""
    tables = read_tables()
    assert technology_of(tables, plant("a", "UZ", "UZ-Navoi", "gas_steam")).country == "UZ"
    assert technology_of(tables, plant("b", "UZ", "UZ-Navoi", "gas_ocgt")).country == "all"


def test_planned_outages_fall_into_the_maintenance_season():
    """AZ combined cycles: 0.05 forced all year, 0.08 planned over six months = 0.16 in March to May and Sept to Nov."""
    row = technology_of(read_tables(), plant("x", "AZ", "AZ-Central", "gas_ccgt"))
    months = outage_months(row)
    assert months[0] == pytest.approx(0.95)
    assert months[3] == pytest.approx(0.95 - 0.16)
    assert sum(months) / 12 == pytest.approx(1 - 0.05 - 0.08)


def test_coal_fleet_of_kazakhstan_follows_its_measured_months():
    """Old coal is available 0.80 in January and 0.66 in July; a unit of 2028 follows its own outages."""
    old = unit("GRES", "KZ", "KZ-North", "coal")
    assert (old.available_frac[0], old.available_frac[6]) == (0.80, 0.66)
    new = unit("GRES-2", "KZ", "KZ-North", "coal", year=2028, case_year=2035, basis="economic")
    assert new.available_frac[0] == pytest.approx(0.94)


def test_heat_stations_must_run_in_winter():
    """A northern coal heat station: 0.78 of the 0.80 that is available in January."""
    made = unit("TETs", "KZ", "KZ-North", "coal_chp")
    assert made.must_run_frac[0] == pytest.approx(0.78 * 0.80)
    assert made.must_run_frac[6] == pytest.approx(0.10 * 0.66)


def test_oilfield_turbines_run_all_year():
    """Kashagan runs at 0.85 of what is available in every month, an ordinary turbine not at all."""
    field = unit("ES Kashagan AGIP KCO", "KZ", "KZ-West", "gas_ocgt")
    assert all(m == pytest.approx(0.85 * a) for m, a in zip(field.must_run_frac, field.available_frac, strict=True))
    assert set(unit("Other", "KZ", "KZ-West", "gas_ocgt").must_run_frac) == {0.0}


def test_uzbek_gas_is_short_in_winter():
    """An Uzbek combined cycle reaches 0.80 in January (fuel), not 0.95 (outages); in July outages decide."""
    made = unit("Navoi CCGT", "UZ", "UZ-Navoi", "gas_ccgt", year=2020)
    assert made.available_frac[0] == pytest.approx(0.80)
    assert made.available_frac[6] == pytest.approx(0.95 - 0.08 * 12 / 7)


@pytest.mark.parametrize(
    ("name", "country", "year", "expected"),
    [("AzTPP (8x300 steam)", "AZ", 2025, 0.25), ("Syrdarya TPP", "UZ", 2025, 0.70), ("Syrdarya TPP", "UZ", 2030, 0.60)],
)
def test_old_steam_stands_by_in_part(name, country, year, expected):
    """A quarter of AzTPP serves; Uzbek steam falls from 0.7 in 2025 to 0.5 in 2035, 0.6 half-way."""
    made = unit(name, country, "x", "gas_steam", case_year=year)
    whole = unit("Whole", country, "x", "gas_steam", case_year=year)
    assert made.available_frac[0] == pytest.approx(expected * whole.available_frac[0])


def test_plants_of_the_case_year_count_in_part():
    """Bash wind came in 2025: nothing before April then, whole in later cases; an unnamed plant counts whole."""
    early = unit("Bash wind (ACWA/CSG)", "UZ", "UZ-Bukhara", "wind_onshore", year=2025)
    assert early.available_frac == (0.0,) * 3 + (1.0,) * 9
    later = unit("Bash wind (ACWA/CSG)", "UZ", "UZ-Bukhara", "wind_onshore", year=2025, case_year=2030)
    assert set(later.available_frac) == {1.0}
    assert set(unit("Total of all", "UZ", "UZ-Bukhara", "solar", year=2025).available_frac) == {1.0}


def test_reservoirs_come_from_the_water_and_batteries_from_the_plant():
    """Storage is taken over; a reservoir that the water does not know and a battery without content are refused."""
    dam = unit("Charvak", "UZ", "UZ-Tashkent", "hydro_reservoir", reservoirs={"Charvak": (490e3, 0.25)})
    assert (dam.storage_mwh, dam.release_min_frac, dam.fuel) == (490e3, 0.25, "")
    cell = unit("BESS", "UZ", "UZ-Tashkent", "battery", mwh=400.0)
    assert (cell.storage_mwh, cell.round_trip_frac) == (400.0, 0.86)
    with pytest.raises(BadInput) as caught:
        economy(plant("Dam", "UZ", "x", "hydro_reservoir"), plant("Cell", "UZ", "x", "battery"))
    assert len(caught.value.problems) == 2


def test_heat_led_plant_without_a_heat_row_is_refused():
    """A heat station in a zone without a must-run row is bad input, not a free plant."""
    with pytest.raises(BadInput, match="no must-run row"):
        unit("TETs", "KZ", "KZ-Elsewhere", "coal_chp")


def test_caps_of_2025_keep_coal_within_what_it_has_made():
    """Kazakh coal 73.2 TWh, Uzbek coal 4.5 TWh, heat stations 0.58 x 1,000 MW x 8,760 h = 5.08 TWh."""
    made = economy(
        plant("GRES", "KZ", "KZ-North", "coal"),
        plant("TETs", "KZ", "KZ-North", "coal_chp", mw=1000),
        plant("Angren", "UZ", "UZ-Tashkent", "coal"),
    )
    caps = {cap.name: cap for cap in made.fuel_caps}
    assert caps["KZ coal fleet"].energy_max_twh == 73.2
    assert caps["KZ coal fleet"].units == ("GRES", "TETs")
    assert caps["KZ coal CHP"].energy_max_twh == pytest.approx(5.0808)
    assert caps["UZ coal"].energy_max_twh == 4.5
    later = economy(plant("GRES", "KZ", "KZ-North", "coal"), year=2035, basis="economic")
    assert not later.fuel_caps


def corridor_plants(year: int) -> list[Plant]:
    zones = {r["name"]: r["zone"] for r in csv.DictReader((CORRIDOR / "substations.csv").open(encoding="utf-8"))}
    rows = csv.DictReader((CORRIDOR / "plants.csv").open(encoding="utf-8"))
    return [
        Plant(
            *(row["name"], row["name"], row["country"], zones[row["substation"]], f"{row['substation']} 500"),
            *(row["technology"], float(row["capacity_mw"]), float(row["energy_mwh"] or 0), 0.0, 0.0),
            *(row["status"], int(row["year"]), row["confidence"], row["source"]),
        )
        for row in rows
        if int(row["year"]) <= year
    ]


@pytest.mark.parametrize(("year", "basis"), [(2025, "domestic"), (2030, "economic"), (2035, "economic")])
def test_every_shipped_plant_becomes_a_consistent_unit(year, basis):
    """Every plant of the shipped network: 0 <= must-run <= available <= 1, fuel has a cost, caps exceed must-run."""
    plants = corridor_plants(year)
    reservoirs = {p.name: (1000.0, 0.2) for p in plants if p.technology == "hydro_reservoir"}
    made = economy(*plants, year=year, basis=basis, reservoirs=reservoirs)
    assert [u.name for u in made.units] == [p.name for p in plants]
    for u in made.units:
        assert all(0 <= m <= a <= 1 for m, a in zip(u.must_run_frac, u.available_frac, strict=True)), u.name
        assert (u.fuel == "") == (u.fuel_cost_usd_per_mwh == 0), u.name
    least = {
        u.name: sum(u.must_run_frac) / 12 * p.capacity_mw * 8760 / 1e6 for u, p in zip(made.units, plants, strict=True)
    }
    for cap in made.fuel_caps:
        assert sum(least[name] for name in cap.units) < cap.energy_max_twh, cap.name


def test_every_exception_names_a_plant_of_the_shipped_network():
    """No exception is dead: its words stand in the name of a plant of that country."""
    plants = corridor_plants(2035)
    for row in read_tables().plant_exceptions:
        found = [p for p in plants if p.country == row.country and row.plant_contains.lower() in p.plant.lower()]
        assert found, row.plant_contains


def test_unit_size_is_the_station_s_own():
    """Ekibastuz 1 has units of 500 MW and Enguri of 260; a station without stated units takes its technology's size."""
    corridor = load_tables(CORRIDOR)
    grid = build_grid(corridor, year=2025, links=(), reinforcement="rated", programme="none")
    reservoirs = {plant.name: (0.0, 0.0) for plant in grid.plants}
    made = make_economy(grid, year=2025, basis="domestic", reservoirs=reservoirs)
    sizes = {unit.name: unit.unit_mw for unit in made.units}
    assert sizes["Ekibastuz TTP 1 (500 kV)"] == 500.0
    assert sizes["Enguri and Vardnili HPPs"] == 260.0
    assert sizes["KZ other gas_ocgt KZ-South"] == 60.0
