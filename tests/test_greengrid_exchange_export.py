"""`greengrid export`: which hour, what is said, nothing half-made, the same bytes."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from greengrid.case import load_case
from greengrid.cli import app
from greengrid.errors import BadInput
from greengrid.exchange import export as export_module
from greengrid.exchange import snapshot as snapshot_module
from greengrid.exchange.circuit import make_circuit
from greengrid.exchange.export import export
from greengrid.exchange.formats import FORMATS
from greengrid.exchange.moment import Moment, find_moment
from greengrid.exchange.snapshot import Snapshot, take_snapshot
from greengrid.inputs import make_weather, read_inputs
from greengrid.security.operating import LIGHT_LOAD_FRAC, REACTIVE_RATIO_LIGHT
from networks.load_flow import AcSolution, solve


@pytest.fixture(scope="module")
def moment() -> Moment:
    return find_moment("tiny", None)


@pytest.fixture(scope="module")
def snapshot(moment: Moment) -> Snapshot:
    return take_snapshot(moment)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch, moment: Moment, snapshot: Snapshot) -> None:
    """The hour that is solved already, whatever is asked for."""
    monkeypatch.setattr(export_module, "find_moment", lambda source, hour, overrides: moment)
    monkeypatch.setattr(export_module, "take_snapshot", lambda moment: snapshot)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["tiny", "--format", "pandapwer"], 'Did you mean "pandapower"'),
        (["tiny", "--format", "raw", "--hour", "noon"], "2035-01-15T18"),
        (["tiny", "--format", "raw", "--hour", "2035-01-15"], "2035-01-15T18"),
        (["tiny", "--format", "raw", "--hour", "2035-01-15T18:30"], "Hours are named by their beginning"),
        (["tinny", "--format", "raw"], "no such case"),
    ],
)
def test_bad_input_is_one_message_and_nothing_written(arguments: list[str], told: str, tmp_path: Path) -> None:
    """Exit code 2, what is expected, no folder."""
    done = CliRunner().invoke(app, ["export", *arguments, "-o", str(tmp_path / "net")])
    assert done.exit_code == 2
    assert told in done.output
    assert "One problem in the input" in done.output
    assert list(tmp_path.iterdir()) == []


def test_an_hour_of_another_year_is_refused() -> None:
    """The hours of the case's year are named."""
    with pytest.raises(BadInput, match="2035-01-01T00 to 2035-12-31T23"):
        find_moment("tiny", "2034-12-31T23")


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    """Refused before any work, its files untouched."""
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(BadInput, match="not empty"):
        export("no such case", "pandapower", tmp_path, None)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.slow
def test_an_area_without_solution_is_told_and_the_rest_stays(
    monkeypatch: pytest.MonkeyPatch, moment: Moment, snapshot: Snapshot, tmp_path: Path
) -> None:
    """Voltages of the other areas are kept, those of this one are 1 pu, every format is written, the user is told."""
    smallest = set(snapshot.solutions[-1].bus_names)

    def solve_but_one(net: Any) -> AcSolution:
        return unsolved("no luck") if set(net.bus["name"]) == smallest else solve(net)

    monkeypatch.setattr(snapshot_module, "solve", solve_but_one)
    part = take_snapshot(moment)
    assert any("No AC solution in the area of" in note and "no luck" in note for note in part.notes)
    before = dict(zip(snapshot.net.bus["name"], snapshot.net.res_bus["vm_pu"], strict=True))
    for bus in make_circuit(part).buses:
        assert bus.voltage_pu == pytest.approx(1.0 if bus.name in smallest else before[bus.name], abs=1e-9), bus.name
    for name, chosen in FORMATS.items():
        (tmp_path / name).mkdir()
        chosen.write(part, tmp_path / name)
        assert "nan" not in (tmp_path / name / chosen.main_file).read_bytes().lower().decode("latin-1").split(), name


def unsolved(problem: str) -> AcSolution:
    """An area that has no solution."""
    nothing = np.zeros(0)
    values = {
        field.name: nothing if "Array" in str(field.type) or "NDArray" in str(field.type) else ()
        for field in fields(AcSolution)
    }
    numbers = dict.fromkeys(("iterations", "solves", "load_mw", "loss_mw", "slack_mw"), 0)
    return AcSolution(**(values | numbers | {"converged": False, "problem": problem}))


@pytest.mark.usefixtures("at_once")
def test_a_writer_that_fails_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Half of the files are as good as none."""

    def half(snapshot: Snapshot, folder: Path) -> None:
        (folder / "network.raw").write_text("0, 100")
        raise RuntimeError("disk")

    monkeypatch.setattr(export_module, "FORMATS", {"raw": replace(FORMATS["raw"], write=half)})
    with pytest.raises(RuntimeError):
        export("tiny", "raw", tmp_path / "net", None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("name", FORMATS)
def test_same_bytes_and_the_link_is_told(name: str, snapshot: Snapshot, tmp_path: Path) -> None:
    """Two exports of one hour are equal byte by byte; what a link became, with its losses, is said of each format."""
    accounts = [export("tiny", name, tmp_path / folder, None) for folder in ("one", "two")]
    files = {path.name: path.read_bytes() for path in (tmp_path / "one").iterdir()}
    assert files == {path.name: path.read_bytes() for path in (tmp_path / "two").iterdir()}
    assert {FORMATS[name].main_file, "about.json"} <= set(files)
    for item in snapshot.links:
        assert f"link {item.link.name}" in accounts[0]
        assert f"lost {item.ends.loss_mw:,.1f} MW" in accounts[0]
        assert item.link.name.encode() in b"".join(files.values())
    assert FORMATS[name].link in accounts[0]


@pytest.mark.slow
def test_the_default_hour_is_the_highest_load_of_the_cases_winter(moment: Moment) -> None:
    """Of the hours that the case covers, from October to March."""
    case = load_case("tiny")
    inputs = read_inputs(case)
    profiles = make_weather(case, inputs.grid, inputs.economy)
    load_mw = profiles.demand_mw.values.sum(axis=1)
    assert moment.hour_utc == str(profiles.clock.datetimes()[int(np.argmax(load_mw))])
    served = float(moment.power.served_mw.values[moment.hour].sum())
    assert served == pytest.approx(load_mw.max(), rel=1e-6)


@pytest.mark.slow
def test_a_light_hour_is_light_by_the_years_measure() -> None:
    """A spring night dispatched by itself keeps the reactive ratio of light load, though its day has no higher one."""
    night = find_moment("tiny", "2035-04-22T22")
    assert night.zone_demand_mw is not None
    snapshot = take_snapshot(night)
    net = snapshot.net
    ratio = (net.load["q_mvar"] / net.load["p_mw"]).to_numpy()
    light = []
    for solution in snapshot.solutions:
        buses = set(solution.bus_names)
        peak_mw = night.load_peak_mw(buses)
        assert peak_mw is not None
        served = night.power.served_mw
        load_mw = sum(served[name][night.hour] for name in served.columns if name in buses)
        here = net.bus.loc[net.load["bus"], "name"].isin(buses).to_numpy()
        assert (load_mw < LIGHT_LOAD_FRAC * peak_mw) == bool(np.allclose(ratio[here], REACTIVE_RATIO_LIGHT))
        light.append(load_mw < LIGHT_LOAD_FRAC * peak_mw)
    assert any(light)


@pytest.mark.slow
def test_a_finished_run_gives_its_own_hours(tmp_path: Path) -> None:
    """The dispatch of a run's folder is read, not made again; hours outside the run and other tables are refused."""
    from greengrid.store import read_hourly
    from greengrid.study import run

    folder = tmp_path / "run"
    run(load_case("tiny", ['hours="2035-01-10..2035-01-12"', "ac_hours=0"]), folder)
    text = export(str(folder), "pandapower", tmp_path / "net", "2035-01-11T05")
    assert "2035-01-11T05 UTC, the run in run" in text
    moment = find_moment(str(folder), "2035-01-11T05:00Z")
    generation = read_hourly(folder, "generation")
    snapshot = take_snapshot(moment)
    given = {
        name: p_mw
        for table in (snapshot.net.gen, snapshot.net.sgen)
        for name, p_mw in zip(table["name"], table["p_mw"], strict=True)
    }
    for name in ("Garadagh solar", "Tupkaragan wind"):
        assert given[name] == pytest.approx(generation[name][29], abs=40)  # its share of the losses apart
    with pytest.raises(BadInput, match="2035-01-10T00 to 2035-01-11T23"):
        find_moment(str(folder), "2035-01-12T00")
    (folder / "digests.json").unlink()
    summary = folder / "summary.json"
    digest = moment.inputs.network_digest
    summary.write_text(summary.read_text().replace(digest, "0" * len(digest)))
    with pytest.raises(BadInput, match="the same tables"):
        find_moment(str(folder), None)
