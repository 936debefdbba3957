"""The inland AC package of every size and scope, element by element, against the load-flow study that gave it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import pairwise

import pytest

from networks.build import build_grid
from networks.grid import Grid
from networks.hvdc import Link
from networks.rows import ReinforcementRow
from networks.staging import Scope, choose_package
from networks.tables import Tables, load_tables, shipped_sets

LINK = Link(
    name="caspian",
    from_bus="KZ_KurykHVDC 500",
    to_bus="AZ_Navahi 500",
    capacity_mw=2000.0,
    voltage_kv=525.0,
    configuration="bipole",
    poles=2,
    subsea_km=392.0,
    land_km=100.0,
    resistance_ohm_per_km=0.0113,
    station_idle_loss_frac=0.001,
    station_full_loss_frac=0.008,
    ramp_max_mw_per_h=1000.0,
    hurdle_usd_per_mwh=0.0,
    source="a test",
)
SMALL = {
    "KZ_Aktau-KZ_KurykHVDC": 2,
    "KZ_Karabatan-KZ_Aktau": 1,
    "AZ_Samukh-GE_Gardabani": 1,
    "AZ_AzTPP-AZ_Samukh": 1,
    "KZ_Aktau 500/220": 2,
    "AZ_Samukh 500/330": 1,
}
SOUTHERN = {"UZ_Kungrad-KZ_Beineu": 1, "KZ_Beineu-KZ_Aktau": 1}
LARGE = {
    "KZ_Aktau-KZ_KurykHVDC": 3,
    "KZ_Karabatan-KZ_Aktau": 2,
    "KZ_Aktau 500/220": 2,
    "AZ_Samukh-GE_Gardabani": 1,
    "AZ_AzTPP-AZ_Samukh": 1,
    "AZ_Samukh 500/330": 1,
    "UZ_Kungrad-KZ_Beineu": 2,
    "KZ_Beineu-KZ_Aktau": 2,
    "KZ_Beineu 500/220": 1,
    "AZ_Navahi-AZ_Absheron": 1,
    "AZ_Navahi-AZ_AzTPP": 1,
    "AZ_Navahi 500/330": 1,
    "AZ_Absheron 500/330": 1,
}
# Zhitikara-Ulke, part of the study's 4 GW firm package, stands in the base plan: Aktobe needs it without any link.
PACKAGES: dict[tuple[float, Scope], list[dict[str, int]]] = {
    (1000.0, "rated"): [SMALL],
    (1000.0, "firm"): [SMALL],
    (1000.0, "firm_n-1"): [SMALL],
    (2000.0, "rated"): [SMALL],
    (2000.0, "firm"): [SMALL, SOUTHERN, {"KZ_Beineu 500/220": 1}],
    (2000.0, "firm_n-1"): [SMALL, SOUTHERN, {"KZ_Beineu 500/220": 1}, SOUTHERN],
    (4000.0, "rated"): [LARGE],
    (4000.0, "firm"): [LARGE, SOUTHERN, {"KZ_Karabatan-KZ_Ulke": 1, "KZ_Sokol-KZ_Zhitikara": 1}],
    (4000.0, "firm_n-1"): [LARGE, SOUTHERN, {"KZ_Karabatan-KZ_Ulke": 1, "KZ_Sokol-KZ_Zhitikara": 1}],
}
LENGTH_KM = {
    "KZ_Aktau-KZ_KurykHVDC": 67.0,
    "KZ_Karabatan-KZ_Aktau": 508.0,
    "AZ_Samukh-GE_Gardabani": 182.3,
    "AZ_AzTPP-AZ_Samukh": 70.0,
    "UZ_Kungrad-KZ_Beineu": 454.0,
    "KZ_Beineu-KZ_Aktau": 440.0,
    "KZ_Karabatan-KZ_Ulke": 604.3,
    "KZ_Sokol-KZ_Zhitikara": 184.0,
    "AZ_Navahi-AZ_Absheron": 74.0,
    "AZ_Navahi-AZ_AzTPP": 231.0,
}


@cache
def _tables() -> Tables:
    return load_tables(shipped_sets()["corridor"])


@cache
def _grid(size_mw: float, scope: Scope) -> Grid:
    link = replace(LINK, capacity_mw=size_mw, poles=4 if size_mw > 2000.0 else 2)
    return build_grid(_tables(), year=2035, links=(link,), reinforcement=scope, programme="corridor")


def _name(row: ReinforcementRow) -> str:
    if row.element == "line":
        return f"{row.from_substation}-{row.to_substation}"
    return f"{row.from_substation} {row.voltage_kv}/{row.lv_kv}"


@pytest.mark.parametrize(("size_mw", "scope"), PACKAGES)
def test_package_is_the_one_of_the_study(size_mw: float, scope: Scope) -> None:
    """Every line and transformer with its count, every line at 500 kV and of the study's length, and nothing else."""
    rows = choose_package(_tables(), [replace(LINK, capacity_mw=size_mw)], scope).rows
    wanted: Counter[str] = Counter()
    for part in PACKAGES[size_mw, scope]:
        wanted.update(part)
    found: Counter[str] = Counter()
    for row in rows:
        found[_name(row)] += row.units
    assert found == wanted
    lines = [row for row in rows if row.element == "line"]
    assert {row.voltage_kv for row in lines} == {500}
    assert all(row.length_km == LENGTH_KM[_name(row)] for row in lines)


@pytest.mark.parametrize("size_mw", [1000.0, 2000.0, 4000.0])
def test_scope_none_is_the_converter_s_own_connection(size_mw: float) -> None:
    """Two 220 kV circuits of 67 km to Aktau, whatever the size, and a note that says so."""
    package = choose_package(_tables(), [replace(LINK, capacity_mw=size_mw)], "none")
    [row] = package.rows
    assert (_name(row), row.voltage_kv, row.units, row.length_km) == ("KZ_Aktau-KZ_KurykHVDC", 220, 2, 67.0)
    assert package.option_mw == 0.0
    assert "No AC package" in package.notes[0]


@pytest.mark.parametrize(("size_mw", "scope"), [*PACKAGES, (2000.0, "none")])
def test_no_package_holds_generation(size_mw: float, scope: Scope) -> None:
    """Elements are lines and transformers; plants and their capacities are those of the grid without a link."""
    grid = _grid(size_mw, scope)
    assert {part.element for part in grid.reinforcements} <= {"line", "transformer"}
    without = build_grid(_tables(), year=2035, links=(), reinforcement="rated", programme="corridor")

    def fleet(of: Grid) -> Counter[str]:
        total: Counter[str] = Counter()
        for plant in of.plants:
            total[plant.plant] += round(plant.capacity_mw, 6)
        return total

    assert fleet(grid) == fleet(without)


@pytest.mark.parametrize(("size_mw", "scope"), PACKAGES)
def test_package_stands_in_the_grid_and_is_costed(size_mw: float, scope: Scope) -> None:
    """Each element is among the grid's branches, on both shores, and is there for costing with length and country."""
    grid = _grid(size_mw, scope)
    standing = {line.name.partition(" ")[0] for line in grid.lines if line.voltage_kv == 500.0}
    assert {f"{p.from_substation}-{p.to_substation}" for p in grid.reinforcements if p.element == "line"} <= standing
    assert {part.country for part in grid.reinforcements} >= {"KZ", "AZ", "AZ/GE"}
    assert all(part.length_km > 0.0 for part in grid.reinforcements if part.element == "line")


@pytest.mark.parametrize("size_mw", [1000.0, 2000.0, 4000.0])
def test_a_wider_scope_holds_the_narrower_ones(size_mw: float) -> None:
    """Circuits never fall from rated over firm to firm_n-1, and every cut grows or stays."""
    scopes: tuple[Scope, ...] = ("rated", "firm", "firm_n-1")
    for narrow, wide in pairwise(scopes):
        before = {cut.name: cut.forward_max_mw for cut in _grid(size_mw, narrow).interfaces}
        after = {cut.name: cut.forward_max_mw for cut in _grid(size_mw, wide).interfaces}
        assert all(before[name] <= after[name] for name in before)
        lines = [sum(line.circuits * line.length_km for line in _grid(size_mw, s).lines) for s in (narrow, wide)]
        assert lines[0] <= lines[1]
