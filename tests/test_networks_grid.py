"""One year's grid out of the staged tables: areas, stages, packages, landings, places and limits."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import cache
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from networks.build import build_grid, find_areas
from networks.grid import Grid
from networks.hvdc import Link
from networks.problems import GridProblems
from networks.staging import Scope, choose_package
from networks.tables import Tables, load_tables, shipped_sets

CASPIAN = Link(
    name="caspian",
    from_bus="KZ_KurykHVDC 500",
    to_bus="AZ_Navahi 500",
    capacity_mw=2000.0,
    voltage_kv=525.0,
    configuration="bipole",
    poles=2,
    subsea_km=392.0,
    land_km=100.0,
    resistance_ohm_per_km=0.0088,
    station_idle_loss_frac=0.001,
    station_full_loss_frac=0.008,
    ramp_max_mw_per_h=10_000.0,
    hurdle_usd_per_mwh=0.01,
    source="test",
)
BLACK_SEA = replace(
    CASPIAN,
    name="black_sea",
    from_bus="GE_AnakliaHVDC 500",
    to_bus="RO_ConstantaSud 400",
    capacity_mw=1300.0,
    subsea_km=1115.0,
    land_km=40.0,
)


@cache
def _tables(name: str = "corridor") -> Tables:
    return load_tables(shipped_sets()[name])


@cache
def _grid(
    year: int,
    links: tuple[Link, ...] = (),
    scope: Scope = "rated",
    programme: Literal["corridor", "none"] = "corridor",
    name: str = "corridor",
) -> Grid:
    return build_grid(_tables(name), year=year, links=links, reinforcement=scope, programme=programme)


def _circuits(grid: Grid, name: str) -> int:
    return next((line.circuits for line in grid.lines if line.name == name), 0)


def _note(grid: Grid, *words: str) -> bool:
    return any(all(word in note for word in words) for note in grid.notes)


@pytest.mark.parametrize(
    ("year", "links", "sizes"),
    [
        (2025, (), [91, 26, 10]),
        (2035, (), [109, 35]),
        (2035, (replace(CASPIAN, capacity_mw=1000.0), BLACK_SEA), [111, 35, 1]),
    ],
)
def test_synchronous_areas(year: int, links: tuple[Link, ...], sizes: list[int]) -> None:
    """In 2025 the unified grid, Azerbaijan-Georgia and KZ-West swing apart; later two areas, and Romania by itself."""
    assert [len(area) for area in _grid(year, links).areas] == sizes


def test_areas_of_a_hand_made_net() -> None:
    """Four buses with one line are areas of two, one and one, ordered by size, then by name."""
    line = replace(_grid(2025).lines[0], from_bus="c", to_bus="d")
    assert find_areas(["a", "b", "c", "d"], [line], []) == (("c", "d"), ("a",), ("b",))


@pytest.mark.parametrize("name", ["corridor", "tiny"])
@pytest.mark.parametrize("year", [2025, 2030, 2035])
@pytest.mark.parametrize("links", [(), (CASPIAN,), (BLACK_SEA,), (CASPIAN, BLACK_SEA)])
def test_every_name_of_the_grid_exists(name: str, year: int, links: tuple[Link, ...]) -> None:
    """Whatever is built, buses, branches, cuts, borders and links name one another without a gap, each name once."""
    grid = _grid(year, links, name=name)
    buses = [bus.name for bus in grid.buses]
    branches = [line.name for line in grid.lines] + [transformer.name for transformer in grid.transformers]
    ends = {end for line in grid.lines for end in (line.from_bus, line.to_bus)}
    ends |= {end for unit in grid.transformers for end in (unit.hv_bus, unit.lv_bus)}
    ends |= {end for link in grid.links for end in (link.from_bus, link.to_bus)}
    assert ends == set(buses)
    for names in (buses, branches, [plant.name for plant in grid.plants], [border.name for border in grid.borders]):
        assert len(names) == len(set(names))
    placed = [*grid.plants, *grid.loads, *grid.borders, *grid.compensation, *grid.reactors]
    assert {item.bus for item in placed} <= set(buses)
    assert {member for cut in grid.interfaces for member, _ in cut.members} <= set(branches)
    assert {reactor.line for reactor in grid.reactors} <= set(branches)
    assert sorted(bus for area in grid.areas for bus in area) == sorted(buses)
    assert [link.name for link in grid.links] == [link.name for link in links]


@pytest.mark.parametrize("name", ["corridor", "tiny"])
@pytest.mark.parametrize("year", [2025, 2030, 2035])
def test_shares_of_every_zone_sum_to_one(name: str, year: int) -> None:
    """Load shares of a zone sum to one also where a substation of it is not built yet."""
    total: dict[str, float] = defaultdict(float)
    for load in _grid(year, name=name).loads:
        total[load.zone] += load.share_frac
    assert set(total) == {demand.zone for demand in _grid(year, name=name).demands}
    assert all(share == pytest.approx(1.0) for share in total.values())


def test_zones_add_up_to_the_country() -> None:
    """Energy and peak of the zones are the country's; Kazakhstan 2025: 124.5 TWh, 17,600 MW, 4,500 in the South."""
    zones = {demand.zone: demand for demand in _grid(2025).demands}
    kazakh = [demand for demand in zones.values() if demand.country == "KZ"]
    assert sum(demand.energy_twh for demand in kazakh) == pytest.approx(124.5)
    assert sum(demand.peak_mw for demand in kazakh) == pytest.approx(17_600.0)
    assert zones["KZ-South"].peak_mw == pytest.approx(4_500.0, abs=1.0)
    # The West: 12.167 % of all but the oilfield's 4.0 TWh, and those.
    assert zones["KZ-West"].energy_twh == pytest.approx(0.12167 * (124.5 - 4.0) + 4.0, abs=0.01)
    assert zones["KZ-North"].energy_twh / zones["KZ-South"].energy_twh == pytest.approx(0.66475 / 0.21358, abs=0.001)


def test_nakhchivan_is_left_out_until_it_is_connected() -> None:
    """In 2025 its gas plant and its 2 % of Azerbaijan's demand are off; from 2030 both are back."""
    before, after = _grid(2025), _grid(2030)
    azeri = sum(demand.energy_twh for demand in before.demands if demand.country == "AZ")
    assert azeri == pytest.approx(27.17 * 0.98)
    assert _note(before, "Nakhchivan", "0.54 TWh")
    assert "Nakhchivan gas plants" not in {plant.plant for plant in before.plants}
    assert "Nakhchivan gas plants" in {plant.plant for plant in after.plants}
    assert sum(demand.energy_twh for demand in after.demands if demand.country == "AZ") == pytest.approx(29.84)


def test_demand_level_moves_energy_and_peak_together() -> None:
    """The high level of 2035 gives Azerbaijan 37.0 TWh and the same load factor."""
    high = build_grid(_tables(), year=2035, links=(), reinforcement="rated", programme="none", demand_level="high")
    central = {demand.zone: demand for demand in _grid(2035).demands}
    azeri = [demand for demand in high.demands if demand.country == "AZ"]
    assert sum(demand.energy_twh for demand in azeri) == pytest.approx(37.0)
    for demand in azeri:
        before = central[demand.zone]
        assert demand.peak_mw / before.peak_mw == pytest.approx(demand.energy_twh / before.energy_twh)


def test_stages_follow_year_and_until_year() -> None:
    """Tashkent's new substation cut the old 500 kV line; Mirny cuts YuKGRES-Shu in 2028; coal gives way in Almaty."""
    now, then = _grid(2025), _grid(2030)
    assert _circuits(now, "UZ_Tashkent-UZ_Syrdarya 500") == 0
    assert _circuits(now, "KZ_YuKGRES-KZ_Shu 500") == 1
    assert _circuits(then, "KZ_YuKGRES-KZ_Shu 500") == 0
    assert _circuits(then, "KZ_Mirny-KZ_Shu 500") == 1
    assert _circuits(now, "KZ_Karabatan-KZ_Ulke 500") == 0
    assert _circuits(then, "KZ_Karabatan-KZ_Ulke 500") == 1
    assert "Almaty CHP 2" in {plant.name for plant in now.plants}
    assert "Almaty CHP 2" not in {plant.name for plant in then.plants}
    assert "Khizi-Absheron wind (ACWA)" not in {plant.name for plant in now.plants}


def test_parallel_elements_are_merged_without_loss() -> None:
    """The two equal Mingachevir-Absheron circuits become one line of two; nothing is gained or lost by merging."""
    grid = _grid(2025)
    line = next(line for line in grid.lines if line.name == "AZ_AzTPP-AZ_Absheron 500")
    assert (line.circuits, line.flow_max_mw, line.confidence) == (2, 2.0 * 1428.0, "C")
    assert _circuits(grid, "KZ_Agadyr-KZ_YuKGRES 500 #2") == 1
    staged = [row for row in _tables().lines if row.year <= 2025 and row.status != "scenario"]
    standing = [row for row in staged if row.until_year is None or row.until_year > 2025]
    assert sum(line.circuits for line in grid.lines) == sum(row.circuits for row in standing)
    aksu = [unit for unit in _grid(2035).transformers if unit.hv_bus == "KZ_Aksu 500"]
    assert [(unit.name, unit.units) for unit in aksu] == [("KZ_Aksu 500/220", 5)]
    assert aksu[0].flow_max_mw == pytest.approx(5 * 0.9 * 501.0)


def test_mends_of_the_base_plan() -> None:
    """Aktobe's feed is doubled by 2030, and the 445 km 220 kV tie is open once Kyzylorda has its own plant."""
    now, then = _grid(2025), _grid(2030)
    assert (_circuits(now, "KZ_Zhitikara-KZ_Ulke 500"), _circuits(then, "KZ_Zhitikara-KZ_Ulke 500")) == (1, 2)
    assert (_circuits(now, "KZ_Ulke-KZ_Aktobe 220"), _circuits(then, "KZ_Ulke-KZ_Aktobe 220")) == (2, 3)
    assert _circuits(now, "KZ_Kyzylorda-KZ_Zhezkazgan 220") == 1
    assert _circuits(then, "KZ_Kyzylorda-KZ_Zhezkazgan 220") == 0
    assert _note(then, "KZ_Kyzylorda-KZ_Zhezkazgan 220", "open")


def test_asynchronous_neighbours_stand_at_our_end() -> None:
    """Türkiye, Iran, Turkmenistan and Afghanistan are borders at our substations; no AC line leads to them."""
    grid = _grid(2035)
    at = {border.name: border.bus for border in grid.borders}
    assert at["TR_Borcka"] == "GE_Akhaltsikhe 400"
    assert at["IR_Parsabad"] == "AZ_Imishli 220"
    assert at["TM_Serdar"] == "UZ_Karakul 500"
    assert at["AF_PulEKhumri"] == "UZ_Surkhan 500"
    assert at["TR_Igdir"] == "AZ_Nakhchivan 330"
    assert at["RU_Chelyabinsk"] == "RU_Chelyabinsk 500"
    assert not {bus.country for bus in grid.buses} & {"TR", "IR", "TM", "AF", "RO"}


def test_border_limits_of_a_year() -> None:
    """2030 is the mean of 2025 and 2035: Türkiye sends 350, 525, 700 MW; four northern Russian ties share 1,000."""
    limit = {
        year: next(border for border in _grid(year).borders if border.name == "TR_Borcka")
        for year in (2025, 2030, 2035)
    }
    assert [limit[year].import_max_mw for year in (2025, 2030, 2035)] == [350.0, 525.0, 700.0]
    [joint] = _grid(2035).joint_limits
    assert joint.flow_max_mw == 1000.0
    assert joint.borders == ("RU_Chelyabinsk", "RU_Irikla", "RU_Barnaul", "RU_Tavricheskaya")


def test_a_market_behind_a_link_takes_what_the_link_carries() -> None:
    """Romania is there with the Black Sea link only, limited by its rating."""
    assert "RO_ConstantaSud" not in {border.name for border in _grid(2035).borders}
    large = replace(BLACK_SEA, capacity_mw=2600.0, poles=4)
    romania = next(border for border in _grid(2035, (large,)).borders if border.market == "RO")
    assert (romania.import_max_mw, romania.export_max_mw) == (2600.0, 2600.0)


def test_interface_limits_and_members() -> None:
    """North-South is 2,100 MW and 2,600 from 2030 over its 500 and 220 kV circuits; East counts Barnaul backwards."""
    now = {cut.name: cut for cut in _grid(2025).interfaces}
    then = {cut.name: cut for cut in _grid(2035).interfaces}
    assert (now["KZ North-South"].forward_max_mw, then["KZ North-South"].forward_max_mw) == (2100.0, 2600.0)
    assert ("KZ_Aktogay-KZ_Taldykorgan 500", 1) in then["KZ North-South"].members
    assert ("KZ_Kyzylorda-KZ_Zhezkazgan 220", -1) in now["KZ North-South"].members
    assert ("KZ_UstKamenogorsk-RU_Barnaul 500", -1) in now["KZ East"].members
    assert now["KZ-UZ"].reverse_max_mw == 600.0
    assert "KZ West-North" not in now
    assert then["KZ West-North"].forward_max_mw == 500.0


def test_a_package_lifts_the_cuts_it_strengthens() -> None:
    """Karabatan-Aktau adds its 931 MW to Atyrau-Mangystau, the second AZ-GE circuit 700 MW; no link, no package."""
    without = {cut.name: cut.forward_max_mw for cut in _grid(2035).interfaces}
    rated = {cut.name: cut.forward_max_mw for cut in _grid(2035, (CASPIAN,)).interfaces}
    assert (without["KZ Atyrau-Mangystau"], rated["KZ Atyrau-Mangystau"]) == (200.0, 200.0 + 931.0)
    assert (without["AZ-GE 500 kV"], rated["AZ-GE 500 kV"]) == (700.0, 1400.0)
    assert without["KZ-UZ"] == rated["KZ-UZ"]
    assert {cut.forward_max_mw - cut.reverse_max_mw for cut in _grid(2035, (CASPIAN,)).interfaces} == {0.0}
    assert _grid(2035).reinforcements == ()
    assert _grid(2035, (BLACK_SEA,)).reinforcements == ()


def test_package_scopes_hold_one_another() -> None:
    """At 2 GW `firm` adds Kungrad-Beineu-Aktau, `firm_n-1` its second circuit, `none` only two 220 kV circuits."""
    circuits = {
        scope: (
            _circuits(_grid(2035, (CASPIAN,), scope), "KZ_Karabatan-KZ_Aktau 500"),
            _circuits(_grid(2035, (CASPIAN,), scope), "UZ_Kungrad-KZ_Beineu 500"),
            _circuits(_grid(2035, (CASPIAN,), scope), "KZ_Aktau-KZ_KurykHVDC 220"),
        )
        for scope in ("none", "rated", "firm", "firm_n-1")
    }
    assert circuits == {"none": (0, 0, 2), "rated": (1, 0, 0), "firm": (1, 1, 0), "firm_n-1": (1, 2, 0)}
    bare = _grid(2035, (CASPIAN,), "none")
    assert bare.links[0].from_bus == "KZ_KurykHVDC 220"
    assert _note(bare, "KZ_KurykHVDC 500 is not built")


@pytest.mark.parametrize(
    ("capacity_mw", "option_mw", "extrapolated"),
    [
        (600.0, 1000.0, False),
        (1000.0, 1000.0, False),
        (1500.0, 2000.0, False),
        (2500.0, 4000.0, False),
        (6000.0, 4000.0, True),
    ],
)
def test_next_larger_package_and_extrapolation(capacity_mw: float, option_mw: float, extrapolated: bool) -> None:
    """Between two studied sizes the larger package is built; beyond 4 GW the largest one, marked."""
    package = choose_package(_tables(), [replace(CASPIAN, capacity_mw=capacity_mw)], "rated")
    assert package.option_mw == option_mw
    assert any("extrapolated" in note for note in package.notes) is extrapolated


@settings(derandomize=True, max_examples=40, deadline=None)
@given(st.floats(100.0, 5000.0), st.floats(100.0, 5000.0), st.sampled_from(["rated", "firm", "firm_n-1"]))
def test_a_larger_link_never_gets_less_to_the_west(small_mw: float, large_mw: float, scope: Scope) -> None:
    """The export routes of Mangystau never lose a circuit when the link grows."""
    small_mw, large_mw = sorted((small_mw, large_mw))
    routes = ("KZ_Aktau-KZ_KurykHVDC", "KZ_Karabatan-KZ_Aktau", "UZ_Kungrad-KZ_Beineu")

    def circuits(capacity_mw: float) -> list[int]:
        rows = choose_package(_tables(), [replace(CASPIAN, capacity_mw=capacity_mw)], scope).rows
        names = [(f"{row.from_substation}-{row.to_substation}", row.units) for row in rows]
        return [sum(units for name, units in names if name == route) for route in routes]

    assert all(less <= more for less, more in zip(circuits(small_mw), circuits(large_mw), strict=True))


@pytest.mark.parametrize("year", [2025, 2030, 2035])
def test_generation_never_toggles_with_links_or_packages(year: int) -> None:
    """The same plants and capacities are there with and without links, whatever the package; only yards may differ."""

    def fleet(grid: Grid) -> dict[str, float]:
        total: dict[str, float] = defaultdict(float)
        for plant in grid.plants:
            total[plant.plant] += plant.capacity_mw
        return {name: round(capacity, 6) for name, capacity in total.items()}

    reference = fleet(_grid(year))
    for links in ((CASPIAN,), (BLACK_SEA,), (replace(CASPIAN, capacity_mw=4000.0, poles=4), BLACK_SEA)):
        assert fleet(_grid(year, links)) == reference
    assert fleet(_grid(year, (CASPIAN,), "none")) == reference


def test_the_programme_hangs_on_the_highest_voltage_of_aktau() -> None:
    """2,000 MW of wind and 500 of sun stand on 500 kV with the package, on 220 without, and go with the programme."""

    def west(grid: Grid) -> dict[str, float]:
        total: dict[str, float] = defaultdict(float)
        for plant in grid.plants:
            if plant.status == "scenario":
                total[plant.bus] += plant.capacity_mw
        return dict(total)

    assert west(_grid(2035, (CASPIAN,))) == {"KZ_Aktau 500": 2500.0}
    assert west(_grid(2035)) == {"KZ_Aktau 220": 2500.0}
    assert west(_grid(2035, (CASPIAN,), programme="none")) == {}
    assert west(_grid(2030, (CASPIAN,))) == {}


def test_voltage_of_plants() -> None:
    """Large thermal plants stand on the highest voltage, small ones on the lowest, and listed yards share out units."""
    grid = _grid(2035)
    at: dict[str, dict[str, float]] = defaultdict(dict)
    for plant in grid.plants:
        at[plant.plant][plant.bus] = plant.capacity_mw
    assert at["Ekibastuz TTP 2"] == {"KZ_EGRES2 500": 1000.0}
    assert at["Ekibastuz TTP 1"] == {"KZ_EGRES1 500": 2625.0, "KZ_EGRES1 220": 875.0}
    assert at["SevKazEnergo Petropavlovsk CHP"] == {"KZ_Avrora 220": 434.0}
    assert at["Enguri and Vardnili HPPs"] == {"GE_Enguri 500": 1520.0}
    battery = next(plant for plant in grid.plants if plant.plant.startswith("Riverside Tashkent BESS"))
    assert (battery.capacity_mw, battery.energy_mwh) == (334.0, 500.0)


def test_a_split_battery_keeps_its_content_and_a_plant_leaves_in_its_year() -> None:
    """Half of a battery's units hold half of its energy; a plant with until_year 2035 is gone in 2035, not in 2030."""
    tables = _tables("tiny")
    plants = {row.name: row for row in tables.plants}
    battery = plants["Absheron battery"].model_copy(update={"country": "KZ", "substation": "KZ_Aktau"})
    leaving = plants["Atyrau coal"].model_copy(update={"until_year": 2035})
    yard = tables.plant_connections[0].model_copy(update={"plant": battery.name, "share_frac": 0.5})
    yards = tuple(yard.model_copy(update={"voltage_kv": kv}) for kv in (500, 220))
    others = tuple(row for row in tables.plants if row.name not in (battery.name, leaving.name))
    changed = replace(tables, plants=(*others, battery, leaving), plant_connections=(*tables.plant_connections, *yards))
    then = build_grid(changed, year=2035, links=(), reinforcement="rated", programme="none")
    halves = [(part.name, part.capacity_mw, part.energy_mwh) for part in then.plants if part.plant == battery.name]
    assert halves == [("Absheron battery (500 kV)", 50.0, 100.0), ("Absheron battery (220 kV)", 50.0, 100.0)]
    before = build_grid(changed, year=2030, links=(), reinforcement="rated", programme="none")
    assert leaving.name in {part.plant for part in before.plants}
    assert leaving.name not in {part.plant for part in then.plants}


def test_a_link_brings_its_connection_forward() -> None:
    """Studied early the Black Sea link takes its planned 500 kV lines with it, as far as the standing grid."""
    assert _circuits(_grid(2030), "GE_Tskaltubo-GE_AnakliaHVDC 500") == 0
    later = _grid(2030, (BLACK_SEA,))
    assert _circuits(later, "GE_Tskaltubo-GE_AnakliaHVDC 500") == 2
    assert _note(later, "GE_Tskaltubo-GE_AnakliaHVDC 500 (2032)", "black_sea")
    early = _grid(2025, (BLACK_SEA,))
    assert _circuits(early, "GE_Tskaltubo-GE_Enguri 500") == 1
    assert any("GE_AnakliaHVDC 500" in area and "AZ_Absheron 500" in area for area in early.areas)


def test_link_ends_may_be_named_loosely() -> None:
    """A bare substation means its highest voltage, and 525 kV names the 500 kV bus."""
    loose = replace(CASPIAN, from_bus="KZ_KurykHVDC", to_bus="AZ_Navahi 525")
    [link] = _grid(2035, (loose,)).links
    assert (link.from_bus, link.to_bus) == ("KZ_KurykHVDC 500", "AZ_Navahi 500")


def test_compensation_and_reactors_come_with_their_lines() -> None:
    """Options of the package's size only; ranges of a bus are summed; line reactors stand where their circuit does."""
    base = {item.bus: item for item in _grid(2035).compensation}
    with_link = {item.bus: item for item in _grid(2035, (CASPIAN,)).compensation}
    assert "KZ_Karabatan 500" not in base or base["KZ_Karabatan 500"].reactive_min_mvar > -300.0
    assert with_link["KZ_Karabatan 500"].reactive_min_mvar <= -300.0
    assert (base["KZ_Sokol 500"].reactive_min_mvar, base["KZ_Sokol 500"].reactive_max_mvar) == (0.0, 800.0)
    at_ulke = {reactor.line: reactor.reactive_mvar for reactor in _grid(2035).reactors if reactor.bus == "KZ_Ulke 500"}
    assert at_ulke == {"KZ_Zhitikara-KZ_Ulke 500": 360.0, "KZ_Karabatan-KZ_Ulke 500": 180.0}
    before = [reactor.reactive_mvar for reactor in _grid(2025).reactors if reactor.bus == "KZ_Ulke 500"]
    assert before == [180.0]
    assert not [reactor for reactor in _grid(2035).reactors if reactor.line == "KZ_Karabatan-KZ_Aktau 500"]
    assert [reactor for reactor in _grid(2035, (CASPIAN,)).reactors if reactor.line == "KZ_Karabatan-KZ_Aktau 500"]


def test_reinforcements_for_costing() -> None:
    """The 2 GW package costs 508 km of 500 kV line in Kazakhstan and names both countries of the AZ-GE circuit."""
    elements = _grid(2035, (CASPIAN,)).reinforcements
    lines = {(item.from_substation, item.to_substation): item for item in elements if item.element == "line"}
    assert lines["KZ_Karabatan", "KZ_Aktau"].length_km == 508.0
    assert lines["KZ_Karabatan", "KZ_Aktau"].country == "KZ"
    assert lines["AZ_Samukh", "GE_Gardabani"].country == "AZ/GE"
    assert sum(item.circuits for item in elements if item.element == "transformer") == 3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"year": 2028}, ("year", "2028", "2025, 2030, 2035")),
        ({"links": (replace(CASPIAN, to_bus="AZ_Navahy 500"),)}, ("link caspian to_bus", "AZ_Navahi")),
        ({"links": (replace(CASPIAN, to_bus="AZ_Navahi 400"),)}, ("link caspian to_bus", "AZ_Navahi 400", "330, 500")),
        ({"links": (replace(CASPIAN, name="mine"),)}, ("link mine from_bus", "nothing connects", "lines.csv")),
    ],
)
def test_impossible_requests_are_refused(change: dict[str, object], words: tuple[str, ...]) -> None:
    """A year without data, an unknown end and an end in the void each give one clear problem."""
    wanted: dict[str, object] = {"year": 2035, "links": (), "reinforcement": "rated", "programme": "none", **change}
    with pytest.raises(GridProblems) as caught:
        build_grid(_tables(), **wanted)  # type: ignore[arg-type]
    [problem] = caught.value.problems
    assert all(word in str(problem) for word in words), problem


def test_an_island_with_load_and_no_supply_is_refused() -> None:
    """If the line from Kuryk's neighbourhood to a load node is all it has, nothing could ever serve it."""
    tables = _tables("tiny")
    plants = tuple(row for row in tables.plants if row.country != "KZ")
    with pytest.raises(GridProblems, match="island without supply: KZ_Aktau 500, KZ_Aktau 220, KZ_Atyrau 500"):
        build_grid(replace(tables, plants=plants), year=2035, links=(), reinforcement="rated", programme="none")


def test_georgia_can_live_on_its_equivalent() -> None:
    """The Georgian plants stand for 1,520 MW of reservoirs and 1,500 MW of rivers, and exceed the peak in each year."""
    for year in (2025, 2035):
        georgian = [plant for plant in _grid(year).plants if plant.country == "GE"]
        technology: dict[str, float] = defaultdict(float)
        for plant in georgian:
            technology[plant.technology] += plant.capacity_mw
        assert technology["hydro_reservoir"] == 1520.0
        assert technology["hydro_ror"] >= 1500.0
        peak_mw = sum(demand.peak_mw for demand in _grid(year).demands if demand.country == "GE")
        assert sum(technology.values()) > 1.4 * peak_mw


def test_same_input_gives_the_same_grid() -> None:
    """Building twice gives equal grids, order and all."""
    again = build_grid(
        load_tables(shipped_sets()["corridor"]),
        year=2035,
        links=(CASPIAN, BLACK_SEA),
        reinforcement="firm",
        programme="corridor",
    )
    assert again == _grid(2035, (CASPIAN, BLACK_SEA), "firm")
