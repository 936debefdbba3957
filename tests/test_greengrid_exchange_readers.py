"""Every exported format, opened again by a reader of its own, shows the same grid in the same state."""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandapower
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from raw_file import RawFile, mismatch_mva, read_raw, vsc_injection_mw
from scipy.io import savemat

from greengrid.exchange.circuit import CircuitBus, Source
from greengrid.exchange.formats import FORMATS
from greengrid.exchange.moment import find_moment
from greengrid.exchange.psse import vsc_records
from greengrid.exchange.snapshot import LinkHour, Snapshot, take_snapshot
from networks.grid import Bus
from networks.hvdc import Link
from networks.pandapower_net import LinkEnds

VOLTAGE_PU = 1e-7
ANGLE_DEG = 1e-5


@pytest.fixture(scope="module", params=["tiny", pytest.param("base", marks=pytest.mark.slow)], ids=["tiny", "base"])
def snapshot(request: pytest.FixtureRequest) -> Snapshot:
    """The peak hour of a shipped case."""
    return take_snapshot(find_moment(request.param, None))


def written(snapshot: Snapshot, name: str, folder: Path) -> Path:
    FORMATS[name].write(snapshot, folder)
    return folder


def same_state(snapshot: Snapshot, voltage_pu: Any, angle_deg: Any) -> None:
    """Voltages bus by bus, in our order of buses."""
    ours = snapshot.net.res_bus
    assert len(voltage_pu) == len(snapshot.grid.buses)
    assert np.abs(np.asarray(voltage_pu) - ours["vm_pu"].to_numpy()).max() < VOLTAGE_PU
    assert np.abs(np.asarray(angle_deg) - ours["va_degree"].to_numpy()).max() < ANGLE_DEG


def given_mw(snapshot: Snapshot) -> float:
    """Sum over plants, ties and link ends that are on line."""
    net = snapshot.net
    return float(sum((table["p_mw"] * table["in_service"]).sum() for table in (net.gen, net.sgen)))


def test_the_whole_net_stands_as_its_areas_were_solved(snapshot: Snapshot) -> None:
    """One net of all areas has the voltages of the areas solved apart, and its references give nothing extra."""
    net = snapshot.net
    voltage = dict(zip(net.bus["name"], net.res_bus["vm_pu"], strict=True))
    for solution in snapshot.solutions:
        assert solution.converged
        apart = np.array([voltage[name] for name in solution.bus_names]) - solution.voltage_pu
        assert np.abs(apart).max() < VOLTAGE_PU
    on_line = net.gen["in_service"]
    assert np.abs(net.res_gen["p_mw"] - net.gen["p_mw"])[on_line].max() < 1e-4


@pytest.mark.parametrize(
    ("name", "opened"),
    [
        ("pandapower", lambda folder: pandapower.from_json(str(folder / "network.json"))),
        pytest.param(
            "excel", lambda folder: pandapower.from_excel(str(folder / "network.xlsx")), marks=pytest.mark.slow
        ),
    ],
)
def test_pandapower_reads_its_own(snapshot: Snapshot, name: str, opened: Any, tmp_path: Path) -> None:
    """pandapower opens both of its formats; a plain power flow ends at our state; sources stand once, links too."""
    net = opened(written(snapshot, name, tmp_path))
    grid = snapshot.grid
    assert (len(net.bus), len(net.line), len(net.trafo)) == (len(grid.buses), len(grid.lines), len(grid.transformers))
    names = [*net.gen["name"], *net.sgen["name"]]
    assert len(names) == len(set(names))
    assert {plant.name for plant in grid.plants} <= set(names)
    assert [*net.hvdc_link["name"]] == [link.name for link in grid.links]
    for item in snapshot.links:
        ends = {row["name"]: row["p_mw"] for table in (net.gen, net.sgen) for _, row in table.iterrows()}
        assert ends[f"{item.link.name}:from"] == pytest.approx(item.ends.net_from_mw, abs=1e-6)
        assert ends[f"{item.link.name}:to"] == pytest.approx(item.ends.net_to_mw, abs=1e-6)
    assert net.load["p_mw"].sum() == pytest.approx(snapshot.net.load["p_mw"].sum())
    pandapower.runpp(net, numba=False)
    same_state(snapshot, net.res_bus["vm_pu"].to_numpy(), net.res_bus["va_degree"].to_numpy())


@pytest.mark.slow
def test_matpower_through_pandapower(snapshot: Snapshot, tmp_path: Path) -> None:
    """pandapower's converter reads network.m and solves it to our state; every circuit is a branch of its own."""
    from pandapower.converter.matpower.from_mpc import from_mpc

    folder = written(snapshot, "matpower", tmp_path)
    with contextlib.redirect_stdout(io.StringIO()):
        net = from_mpc(str(folder / "network.m"))
    grid = snapshot.grid
    circuits = sum(line.circuits for line in grid.lines) + sum(unit.units for unit in grid.transformers)
    assert len(net.line) + len(net.trafo) + len(net.impedance) == circuits
    assert len(net.gen) + len(net.sgen) + len(net.ext_grid) == len(snapshot.net.gen) + len(snapshot.net.sgen)
    pandapower.runpp(net, numba=False, trafo_model="pi")
    same_state(snapshot, net.res_bus["vm_pu"].to_numpy(), net.res_bus["va_degree"].to_numpy())


@pytest.mark.slow
def test_matpower_holds_every_link_once(snapshot: Snapshot, tmp_path: Path) -> None:
    """A link gives power through two named generators; its row of dcline is off and would give the same."""
    from matpowercaseframes import CaseFrames

    case = CaseFrames(str(written(snapshot, "matpower", tmp_path) / "network.m"))
    names = (
        [str(name) for name in case.gen_name.to_numpy().ravel()] if hasattr(case, "gen_name") else list(case.gen.index)
    )
    power = dict(zip(names, case.gen["PG"], strict=True))
    assert len(case.dcline) == len(snapshot.links)
    for item, (_, row) in zip(snapshot.links, case.dcline.iterrows(), strict=True):
        assert row.iloc[2] == 0
        sent = [power[f"{item.link.name}:{end}"] for end in ("from", "to")]
        sent = sent if item.sent_mw >= 0 else sent[::-1]
        assert row.iloc[3] == pytest.approx(-sent[0], rel=1e-9)
        assert row.iloc[4] == pytest.approx(sent[1], rel=1e-9)
        assert row.iloc[3] - row.iloc[15] - row.iloc[16] * row.iloc[3] == pytest.approx(sent[1], rel=2e-4, abs=0.01)
    assert case.gen["PG"].mul(case.gen["GEN_STATUS"]).sum() == pytest.approx(given_mw(snapshot))


@pytest.mark.slow
def test_matpower_through_powsybl(snapshot: Snapshot, tmp_path: Path) -> None:
    """Another reader (PowSyBl) takes the same case and solves it to our voltages."""
    from matpowercaseframes import CaseFrames

    case = CaseFrames(str(written(snapshot, "matpower", tmp_path) / "network.m"))
    tables = {name: getattr(case, name).to_numpy(dtype=float) for name in ("bus", "gen", "branch")}
    savemat(tmp_path / "network.mat", {"mpc": {"version": "2", "baseMVA": 100.0, **tables}})
    network = powsybl_load(tmp_path / "network.mat", {"matpower.import.ignore-base-voltage": "false"})
    assert len(network.get_generators()) == len(case.gen)
    # It puts a transformer's magnetising branch on one side and passes over Gs: 2e-4 pu on this grid.
    assert np.abs(powsybl_voltage_pu(network, snapshot, "BUS-", 50.0) - snapshot.net.res_bus["vm_pu"]).max() < 5e-4


def powsybl_load(path: Path, parameters: dict[str, str]) -> Any:
    import pypowsybl

    logging.getLogger("powsybl").setLevel(logging.CRITICAL)
    return pypowsybl.network.load(str(path), parameters)


def powsybl_voltage_pu(network: Any, snapshot: Snapshot, prefix: str, mismatch_max_mw: float = 1.0) -> Any:
    """Voltages of a plain power flow: no limits, no distributed slack, the file's reference buses take what is left."""
    from pypowsybl import loadflow

    parameters = loadflow.Parameters(
        distributed_slack=False,
        use_reactive_limits=False,
        read_slack_bus=True,
        component_mode=loadflow.ComponentMode.ALL_CONNECTED,
    )
    results = loadflow.run_ac(network, parameters)
    failed = {result.synchronous_component_num for result in results if result.status_text != "Converged"}
    buses = network.get_buses()
    for component in failed:  # a lone bus without a voltage to hold is nothing to solve
        assert (buses["synchronous_component"] == component).sum() == 1
    left_mw = [abs(end.active_power_mismatch) for result in results for end in result.slack_bus_results]
    assert max(left_mw) < mismatch_max_mw
    numbered = network.get_bus_breaker_view_buses()
    solved = network.get_buses()["v_mag"].loc[
        [numbered.at[f"{prefix}{k + 1}", "bus_id"] for k in snapshot.net.bus.index]
    ]
    return solved.to_numpy() / snapshot.net.bus["vn_kv"]


@pytest.fixture
def quiet_pypsa() -> Iterator[Any]:
    import pypsa

    logging.getLogger("pypsa").setLevel(logging.ERROR)
    pypsa.options.set_option("general.allow_network_requests", False)
    return pypsa


@pytest.mark.slow
def test_pypsa_reads_its_own(snapshot: Snapshot, quiet_pypsa: Any, tmp_path: Path) -> None:
    """PyPSA imports the folder, solves it to our state, and its Links carry what ours do."""
    network = quiet_pypsa.Network()
    network.import_from_csv_folder(str(written(snapshot, "pypsa", tmp_path)))
    grid = snapshot.grid
    assert (len(network.buses), len(network.lines), len(network.transformers)) == (
        len(grid.buses), len(grid.lines), len(grid.transformers),
    )  # fmt: skip
    batteries = [plant for plant in grid.plants if plant.technology == "battery"]
    assert len(network.storage_units) == len(batteries)
    assert {plant.name for plant in grid.plants} == (
        set(network.generators.index) | set(network.storage_units.index)
    ) & {plant.name for plant in grid.plants}
    assert network.consistency_check() is None
    done = network.pf(x_tol=1e-9)
    assert done.converged.to_numpy().all()
    assert str(network.snapshots[0])[:13].replace(" ", "T") == snapshot.moment.hour_utc
    order = [bus.name for bus in grid.buses]
    voltage, angle = network.buses_t.v_mag_pu[order].iloc[0], network.buses_t.v_ang[order].iloc[0]
    same_state(snapshot, voltage.to_numpy(), np.degrees(angle.to_numpy()))
    for item in snapshot.links:
        names = [f"{item.link.name}:{way}" for way in ("forward", "reverse")]
        sent, received = network.links_t.p0[names].iloc[0], -network.links_t.p1[names].iloc[0]
        assert sent.iloc[0] - sent.iloc[1] == pytest.approx(item.sent_mw, abs=1e-6)
        assert received.iloc[0] - received.iloc[1] == pytest.approx(item.received_mw, abs=1e-6)
        assert network.links.loc[names, "p_nom"].tolist() == [item.link.capacity_mw] * 2


def test_geojson_is_valid_and_on_the_map(snapshot: Snapshot, tmp_path: Path) -> None:
    """Every layer is a valid FeatureCollection within the region, longitude first; lines end at their substations."""
    import geojson

    folder = written(snapshot, "geojson", tmp_path)
    layers = {path.stem: geojson.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.geojson")}
    grid = snapshot.grid
    for name, layer in layers.items():
        assert layer.is_valid, name
        points = np.array([point for feature in layer.features for point in geojson.utils.coords(feature)])
        assert points[:, 0].min() > 20, name  # longitude: Constanta to the Altai
        assert points[:, 0].max() < 88, name
        assert points[:, 1].min() > 36, name
        assert points[:, 1].max() < 56, name
    counts = {name: len(layer.features) for name, layer in layers.items()}
    assert counts == {
        "substations": len({bus.substation for bus in grid.buses}),
        "lines": len(grid.lines),
        "transformers": len(grid.transformers),
        "plants": len(grid.plants),
        "borders": len(grid.borders),
        "links": len(grid.links),
    }
    place = {feature.properties["name"]: feature.geometry.coordinates for feature in layers["substations"].features}
    for feature in [*layers["lines"].features, *layers["links"].features]:
        start, end = (feature.properties[side].rpartition(" ")[0] for side in ("from_bus", "to_bus"))
        assert feature.geometry.coordinates == [place[start], place[end]]
    capacity = sum(feature.properties["capacity_mw"] for feature in layers["plants"].features)
    assert capacity == pytest.approx(sum(plant.capacity_mw for plant in grid.plants))
    load = sum(feature.properties["load_mw"] for feature in layers["substations"].features)
    assert load == pytest.approx(snapshot.net.load["p_mw"].sum(), abs=1e-3)


@pytest.fixture
def raw(snapshot: Snapshot, tmp_path: Path) -> RawFile:
    return read_raw(written(snapshot, "raw", tmp_path) / "network.raw")


def test_raw_holds_the_grid(snapshot: Snapshot, raw: RawFile) -> None:
    """Every bus, circuit, unit, machine and load is a record; machines and circuits are told apart by identifier."""
    grid = snapshot.grid
    assert len(raw.sections["BUS"]) == len(grid.buses)
    assert len(raw.sections["BRANCH"]) == sum(line.circuits for line in grid.lines)
    assert len(raw.transformers) == sum(unit.units for unit in grid.transformers)
    assert len(raw.sections["GENERATOR"]) == len(snapshot.net.gen) + len(snapshot.net.sgen) - 2 * len(grid.links)
    for section, keys in (("GENERATOR", (0, 1)), ("BRANCH", (0, 1, 2)), ("LOAD", (0, 1)), ("FIXED SHUNT", (0, 1))):
        seen = [tuple(record[k] for k in keys) for record in raw.sections[section]]
        assert len(seen) == len(set(seen)), section
        assert max(len(identifier) for *_, identifier in seen) <= 2
    assert raw.numbers("LOAD", 5).sum() == pytest.approx(snapshot.net.load["p_mw"].sum(), rel=1e-8)


def test_raw_state_solves_the_file(snapshot: Snapshot, raw: RawFile) -> None:
    """At the file's own voltages every substation is balanced, in reactive power too where it holds no voltage.

    Across a transformer half of its no-load loss changes sides: the format knows one place for it, the T circuit two.
    """
    kinds = dict(zip(*raw.numbers("BUS", 0, 3).astype(int).T, strict=True))
    left = mismatch_mva(raw)
    assert abs(sum(value.real for value in left.values())) < 1.0
    places: dict[str, list[int]] = {}
    for number, bus in enumerate(snapshot.grid.buses, start=1):
        places.setdefault(bus.substation, []).append(number)
    for place, numbers in places.items():
        total = sum(left[number] for number in numbers)
        assert abs(total.real) < 0.1, place
        if all(kinds[number] == 1 for number in numbers):
            assert abs(total.imag) < 1.0, place
    untransformed = set(left) - {int(record[0][k]) for record in raw.transformers for k in (0, 1)}
    for number in untransformed:
        assert abs(left[number].real) < 0.02, number
        assert kinds[number] != 1 or abs(left[number].imag) < 0.02, number


def test_raw_links_carry_what_ours_do(snapshot: Snapshot, raw: RawFile) -> None:
    """The VSC dc lines of a link, by the format's equations, take and give what the link does in the hour."""
    numbers = {bus.name: k for k, bus in enumerate(snapshot.grid.buses, start=1)}
    for item in snapshot.links:
        records = [line for line in raw.vsc_lines if line[0][0].startswith(item.link.name[:9])]
        assert len(records) == max(1, item.link.poles // 2)
        total = {numbers[item.link.from_bus]: 0.0, numbers[item.link.to_bus]: 0.0}
        for line in records:
            for bus, power_mw in vsc_injection_mw(line).items():
                total[bus] += power_mw
        assert total[numbers[item.link.from_bus]] == pytest.approx(item.ends.net_from_mw, abs=0.2)
        assert total[numbers[item.link.to_bus]] == pytest.approx(item.ends.net_to_mw, abs=0.2)


@pytest.mark.slow
def test_raw_through_powsybl(snapshot: Snapshot, raw: RawFile, tmp_path: Path) -> None:
    """Another reader (PowSyBl) takes the file, finds the links, and solves it to our voltages.

    Its conversion of dc losses is its own, so the dc lines give way to the power that they carry by the format.
    """
    grid = snapshot.grid
    network = powsybl_load(tmp_path / "network.raw", {})
    assert len(network.get_buses()) == len(grid.buses)
    assert len(network.get_lines()) == sum(line.circuits for line in grid.lines)
    assert len(network.get_2_windings_transformers()) == sum(unit.units for unit in grid.transformers)
    assert network.get_loads()["p0"].sum() == pytest.approx(snapshot.net.load["p_mw"].sum(), rel=1e-6)
    assert len(network.get_hvdc_lines()) == len(raw.vsc_lines)
    _put_injections(network, raw)
    assert np.abs(powsybl_voltage_pu(network, snapshot, "B") - snapshot.net.res_bus["vm_pu"]).max() < 1e-3


def _put_injections(network: Any, raw: RawFile) -> None:
    stations = network.get_vsc_converter_stations(all_attributes=True)
    network.remove_elements(list(network.get_hvdc_lines().index))
    network.remove_elements(list(stations.index))
    for records in raw.vsc_lines:
        for bus, power_mw in vsc_injection_mw(records).items():
            converter = next(row for row in records[1:] if int(row[0]) == bus)
            held = float(converter[11]) > float(converter[12])
            network.create_generators(
                id=f"{records[0][0].strip()} at {bus}",
                voltage_level_id=f"VL{bus}",
                bus_id=f"B{bus}",
                target_p=power_mw,
                target_q=float(converter[11]) if not held else 0.0,
                min_p=-5000.0,
                max_p=5000.0,
                rated_s=5000.0,
                voltage_regulator_on=held,
                target_v=float(converter[4]) * float(raw.sections["BUS"][bus - 1][2]),
            )


@given(
    configuration=st.sampled_from([("symmetrical_monopole", 1, 1000.0), ("bipole", 2, 2000.0), ("bipole", 4, 4000.0)]),
    sent_frac=st.floats(0.02, 1.0),
    reverse=st.booleans(),
)
@settings(max_examples=40, derandomize=True, deadline=None)
def test_raw_link_of_any_make_and_flow(configuration: tuple[str, int, float], sent_frac: float, reverse: bool) -> None:
    """One to four poles, either way, at any load: the records give both ends their power within 0.1 % of it."""
    kind, poles, capacity_mw = configuration
    voltage_kv = 320.0 if poles == 1 else 525.0
    link = Link(
        "cable",
        "A 500",
        "B 500",
        capacity_mw,
        voltage_kv,
        kind,
        poles,
        392.0,
        100.0,
        0.0088,
        0.001,
        0.008,
        1e6,
        0.0,
        "x",
    )
    flow = link.flow(sent_frac * capacity_mw)
    half_idle = link.idle_loss_mw / 2
    sending, receiving = -flow.sent_mw - half_idle, flow.received_mw - half_idle
    ends = LinkEnds(receiving, sending) if reverse else LinkEnds(sending, receiving)
    sign = -1.0 if reverse else 1.0
    item = LinkHour(link, ends, sign * flow.sent_mw, sign * flow.received_mw)
    places = [Bus(f"{name} 500", name, "AA", "AA", 500.0, 45.0, 60.0) for name in "AB"]
    buses = [CircuitBus(number, bus, "held", 1.0, 0.0) for number, bus in enumerate(places, start=1)]
    limits = (-capacity_mw, capacity_mw, -400.0, 400.0, 1.0, capacity_mw)
    sources = [Source(bus.name, bus, "link", None, True, True, False, 0.0, 0.0, *limits) for bus in buses]
    pairs = max(1, poles // 2)
    total = {1: 0.0, 2: 0.0}
    for pair in range(1, pairs + 1):
        records = [[str(value) for value in record] for record in vsc_records(item, sources, pairs, pair)]
        for bus, power_mw in vsc_injection_mw(records).items():
            total[bus] += power_mw
    assert total[1] == pytest.approx(ends.net_from_mw, rel=1e-3)
    assert total[2] == pytest.approx(ends.net_to_mw, rel=1e-3)
