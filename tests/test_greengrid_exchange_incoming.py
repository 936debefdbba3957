"""`greengrid import-net`: foreign nets become tables that pass every check; nothing in a file is run."""

from __future__ import annotations

import json
import math
import sys
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandapower
import pandapower.networks
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from greengrid.case import load_case
from greengrid.cli import app
from greengrid.errors import BadInput
from greengrid.exchange.export import export
from greengrid.exchange.incoming.branches import distributed_line
from greengrid.exchange.incoming.choices import Choices, make_choices
from greengrid.exchange.incoming.folder import import_net
from greengrid.exchange.incoming.places import invent_places
from greengrid.exchange.incoming.plain_net import number, read_plain, text
from greengrid.inputs import read_inputs
from networks.geography import great_circle_km
from networks.grid import Grid, Line
from networks.pandapower_net import equivalent_pi
from networks.tables import load_tables

KAZAKH = Choices(2035, 0.65, "KZ", "gas_ccgt", (67.0, 48.0))


def grid_of(folder: Path) -> Grid:
    """The grid of an imported folder, by its own case."""
    return read_inputs(load_case(folder / "case.toml")).grid


@pytest.fixture(scope="module")
def tiny_net(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our own export of `tiny`."""
    folder = tmp_path_factory.mktemp("export") / "net"
    export("tiny", "pandapower", folder, None)
    return folder / "network.json"


@pytest.mark.slow
def test_our_own_export_comes_back(tiny_net: Path, tmp_path: Path) -> None:
    """Round trip of `tiny`: the same substations, circuits, constants, plants by technology, ties and loads."""
    account = import_net(tiny_net, tmp_path / "back", Choices(2035, 0.65, None, None, None))
    before, after = read_inputs(load_case("tiny")).grid, grid_of(tmp_path / "back")
    assert {bus.name for bus in after.buses} == {bus.name for bus in before.buses} - {"RO_ConstantaSud 400"}
    lines = {line.name: line for line in before.lines}
    assert {line.name for line in after.lines} == set(lines)
    for line in after.lines:
        own = lines[line.name]
        assert line.circuits == own.circuits
        for field in ("length_km", "r_ohm_per_km", "x_ohm_per_km", "c_nf_per_km", "current_max_ka", "flow_max_mw"):
            assert getattr(line, field) == pytest.approx(getattr(own, field), rel=1e-4), field
    assert by_technology(after) == pytest.approx(by_technology(before))
    assert {plant.name: plant.bus for plant in after.plants} == {plant.name: plant.bus for plant in before.plants}
    net = pandapower.from_json(str(tiny_net))
    assert sum(demand.peak_mw for demand in after.demands) == pytest.approx(net.load["p_mw"].sum())
    assert {load.bus for load in after.loads} == {load.bus for load in before.loads}
    assert {border.name for border in after.borders} == {"TR_Borcka"}
    assert "caspian" in account
    assert {row.confidence for row in load_tables(tmp_path / "back").lines} == {"D"}


def by_technology(grid: Grid) -> dict[str, float]:
    total: dict[str, float] = defaultdict(float)
    for plant in grid.plants:
        total[plant.technology] += plant.capacity_mw
    return dict(total)


@pytest.mark.parametrize("name", ["case39", pytest.param("case118", marks=pytest.mark.slow)])
def test_example_nets_keep_their_circuit(name: str, tmp_path: Path) -> None:
    """Load, capacity and the series impedance of every branch of a 60 Hz test net survive, from JSON and from Excel."""
    net = getattr(pandapower.networks, name)()
    pandapower.to_json(net, str(tmp_path / "net.json"))
    pandapower.to_excel(net, str(tmp_path / "net.xlsx"))
    account = import_net(tmp_path / "net.json", tmp_path / "json", KAZAKH)
    import_net(tmp_path / "net.xlsx", tmp_path / "excel", KAZAKH)
    for path in (tmp_path / "json").glob("*.csv"):
        other = (tmp_path / "excel" / path.name).read_text().replace("net.xlsx", "net.json")
        assert other == path.read_text(), path.name
    grid = grid_of(tmp_path / "json")
    assert sum(demand.peak_mw for demand in grid.demands) == pytest.approx(net.load["p_mw"].sum())
    capacity = net.gen["max_p_mw"].sum() + net.ext_grid["max_p_mw"].sum()
    assert sum(plant.capacity_mw for plant in grid.plants) == pytest.approx(capacity)
    assert len(grid.areas) == 1
    assert sorted(theirs_ohm(net)) == pytest.approx(sorted(ours_ohm(grid)), rel=1e-5)
    for told in ("60 Hz", "lengths from reactance and charging", "places, invented", "technology gas_ccgt", "costs"):
        assert told in account
    assert account.partition("\n")[2].partition("\nWrote")[0] in (tmp_path / "json" / "import.txt").read_text()


def theirs_ohm(net: Any) -> list[float]:
    """Series impedance of every branch, of a transformer at its low side."""
    lines = np.hypot(net.line["r_ohm_per_km"], net.line["x_ohm_per_km"]) * net.line["length_km"]
    # A long line's own constants are a little above those of its equivalent circuit.
    kept = [abs(distributed_line(complex(r, x), 1j * b)[0]) for r, x, b in zip(
        net.line["r_ohm_per_km"] * net.line["length_km"], net.line["x_ohm_per_km"] * net.line["length_km"],
        2 * np.pi * net.f_hz * net.line["c_nf_per_km"] * 1e-9 * net.line["length_km"], strict=True)]  # fmt: skip
    assert kept == pytest.approx(lines.tolist(), rel=0.05)
    units = net.trafo["vk_percent"] / 100 * net.trafo["vn_lv_kv"] ** 2 / net.trafo["sn_mva"]
    return [*kept, *units.tolist()]


def ours_ohm(grid: Grid) -> list[float]:
    """Likewise; the short lines to transformers that a substation has no level for are left out."""
    lines = [
        abs(complex(line.r_ohm_per_km, line.x_ohm_per_km)) * line.length_km
        for line in grid.lines
        if not math.isclose(line.length_km, 0.1, rel_tol=1e-4)
        for _ in range(line.circuits)
    ]
    level = {bus.name: bus.voltage_kv for bus in grid.buses}
    units = [
        unit.short_circuit_voltage_percent / 100 * level[unit.lv_bus] ** 2 / unit.rating_mva
        for unit in grid.transformers
        for _ in range(unit.units)
    ]
    return [*lines, *units]


@pytest.mark.slow
def test_what_has_no_place_is_named(tmp_path: Path) -> None:
    """Three-winding transformers, dc lines, open switches, shunts, storages without content, levels below 35 kV."""
    net = pandapower.networks.example_multivoltage()
    pandapower.create_dcline(net, 0, 1, p_mw=10, loss_percent=1, loss_mw=0.1, vm_from_pu=1.0, vm_to_pu=1.0)
    pandapower.create_storage(net, 1, p_mw=1.0, max_e_mwh=0.0)
    pandapower.to_json(net, str(tmp_path / "net.json"))
    account = import_net(tmp_path / "net.json", tmp_path / "out", replace(KAZAKH, technology="coal"))
    for told in (
        "three-winding transformers: 1", "dc lines", "lines that a switch holds open", "storages without a content",
        "buses below 35 kV; what stands there moved", "buses joined by closed switches", "reactive power of loads",
        "impedances between buses", "the external grid as a plant",
    ):  # fmt: skip
        assert told in account, told
    grid = grid_of(tmp_path / "out")
    assert grid.lines
    lifted = net.load[net.load["in_service"]]  # loads of the levels below too
    assert sum(demand.peak_mw for demand in grid.demands) == pytest.approx((lifted["p_mw"] * lifted["scaling"]).sum())


@given(
    r=st.floats(0.01, 0.2), x=st.floats(0.2, 0.5), speed=st.floats(0.90, 1.0), length_km=st.floats(5.0, 900.0)
)  # fmt: skip
@settings(max_examples=50, derandomize=True, deadline=None)
def test_the_long_line_is_found_again(r: float, x: float, speed: float, length_km: float) -> None:
    """Constants of a distributed line -> equivalent pi circuit -> the same constants."""
    c_nf = 1e9 * 100 * math.pi / x / (speed * 299_792.458) ** 2
    line = Line("L", "A", "B", 500.0, 1, length_km, r, x, c_nf, 2.0, 900.0, "t", "existing", 2000, "A", "test")
    r_pi, x_pi, c_pi, g_pi = equivalent_pi(line)
    series, shunt = distributed_line(
        complex(r_pi, x_pi) * length_km, complex(g_pi * 1e-6, 100 * math.pi * c_pi * 1e-9) * length_km
    )
    assert series == pytest.approx(complex(r, x) * length_km, rel=1e-7)
    assert shunt.imag == pytest.approx(100 * math.pi * c_nf * 1e-9 * length_km, rel=1e-7)
    assert abs(shunt.real) < 1e-7 * shunt.imag


def test_invented_places_fit_the_lengths() -> None:
    """A meshed net of 12 stations gets places that no line is shorter than and that none detours around."""
    lines = [(k, (k + 1) % 12, 40.0 + 17.0 * k) for k in range(12)] + [(0, 6, 260.0), (3, 9, 320.0), (2, 2 + 6, 300.0)]
    places = invent_places(12, lines, (51.2, 43.6))
    assert places is not None
    assert places == invent_places(12, lines, (51.2, 43.6))
    for one, other, length_km in lines:
        (lon0, lat0), (lon1, lat1) = places[one], places[other]
        straight_km = great_circle_km(lat0, lon0, lat1, lon1)
        assert 0.97 * straight_km <= length_km <= 3 * straight_km + 50


def test_lengths_that_no_map_holds_are_refused() -> None:
    """A line of 1,000 km beside a way of 20 km cannot be drawn."""
    assert invent_places(3, [(0, 1, 1000.0), (0, 2, 10.0), (2, 1, 10.0)], (51.2, 43.6)) is None


def frame(rows: list[dict[str, object]]) -> dict[str, object]:
    """A table as pandapower writes it into JSON."""
    columns = list(rows[0])
    content = {"columns": columns, "index": list(range(len(rows))), "data": [list(row.values()) for row in rows]}
    return {"_module": "pandas.core.frame", "_class": "DataFrame", "_object": json.dumps(content), "orient": "split"}


def net_file(path: Path, **tables: object) -> Path:
    content = {"_module": "pandapower.auxiliary", "_class": "pandapowerNet", "_object": {"f_hz": 50.0, **tables}}
    path.write_text(json.dumps(content))
    return path


def test_a_hostile_file_builds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Modules and classes that a file names are neither imported nor called, wherever they stand."""
    (tmp_path / "hostile_module.py").write_text(f"open({str(tmp_path / 'harm')!r}, 'w').close()\nclass Thing: pass\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    thing = {"_module": "hostile_module", "_class": "Thing", "_object": {"name": "x"}}
    command = {"_module": "os", "_class": "system", "_object": f"touch {tmp_path / 'harm'}"}
    bus = frame([{"name": "A", "vn_kv": 220.0, "object": thing, "other": command}])
    path = net_file(tmp_path / "net.json", bus=bus, controller=thing, std_types=command, extra=[thing])
    net = read_plain(path)
    assert text(net.rows("bus")[0], "name") == "A"
    assert "hostile_module" not in sys.modules
    assert not (tmp_path / "harm").exists()


BUS = '{"_object": {"f_hz": 50, "bus": {"_class": "DataFrame", "_object": %s}}}'


@pytest.mark.parametrize(
    "content",
    [
        "",
        "not JSON",
        "[" * 100_000,
        '{"_object": []}',
        '{"_object": {"f_hz": 50}}',
        BUS.replace("50", '"fifty"') % '{"columns": ["a"], "index": [0], "data": [[1]]}',
        BUS.replace("50", "1e999") % '{"columns": ["a"], "index": [0], "data": [[1]]}',
        BUS % '{"columns": ["a"], "index": [0], "data": [[1, 2]]}',
        BUS % '{"columns": 5, "index": [0], "data": [[1]]}',
        BUS % '{"columns": ["a"], "index": [0, 1], "data": [[1]]}',
    ],
    ids=range(10),
)
def test_a_broken_file_is_one_problem(content: str, tmp_path: Path) -> None:
    """Whatever is wrong with a file, it is said of that file."""
    path = tmp_path / "net.json"
    path.write_text(content)
    with pytest.raises(BadInput, match=r"net\.json"):
        read_plain(path)


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The size within counts, not the size of the file."""
    pandapower.to_excel(pandapower.networks.case9(), str(tmp_path / "net.xlsx"))
    monkeypatch.setattr("greengrid.exchange.incoming.plain_net.UNPACKED_BYTES_MAX", 1000)
    with pytest.raises(BadInput, match="unpacked"):
        read_plain(tmp_path / "net.xlsx")


def test_cells_that_are_no_numbers_count_as_missing(tmp_path: Path) -> None:
    """NaN, infinity, truth values and text are no numbers."""
    rows = [{"name": "A", "vn_kv": value} for value in (math.nan, math.inf, True, "220", None, 220)]
    net = read_plain(net_file(tmp_path / "net.json", bus=frame(rows)))
    values = [number(row, "vn_kv") for row in net.rows("bus")]
    assert [math.isnan(value) for value in values] == [True] * 5 + [False]


def test_what_the_user_must_say_is_asked_for_at_once(tmp_path: Path) -> None:
    """Country, technology and places that a net lacks are one message; nothing is written."""
    pandapower.to_json(pandapower.networks.case39(), str(tmp_path / "net.json"))
    arguments = [str(tmp_path / "net.json"), "-o", str(tmp_path / "out"), "--year", "2035", "--load-factor", "0.65"]
    done = CliRunner().invoke(app, ["import-net", *arguments])
    assert done.exit_code == 2
    for told in ("--country", "--technology", "--at LATITUDE,LONGITUDE", "3 problems"):
        assert told in done.output
    assert [path.name for path in tmp_path.iterdir()] == ["net.json"]


def test_choices_out_of_range_are_told_together() -> None:
    """Year, load factor, technology and point."""
    with pytest.raises(BadInput) as error:
        make_choices(1800, 65.0, "KZ", "gas_ccg", "48;67")
    assert [problem.where for problem in error.value.problems] == ["--year", "--load-factor", "--technology", "--at"]
    assert 'Did you mean "gas_ccgt"' in str(error.value)
