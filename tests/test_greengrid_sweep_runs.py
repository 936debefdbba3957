"""Sweeps that really run: rows against single runs, kills, a cluster that loses a worker, laws of the cable's size."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyarrow import parquet

from financing.loading import load_structure
from financing.package import finance
from financing.result import FinanceResult
from greengrid.case import Case, check_case, load_case
from greengrid.dispatch.result import Certificate, Dispatch
from greengrid.hourly import Clock, HourlyTable
from greengrid.inputs import read_inputs
from greengrid.progress import Reporter
from greengrid.project import (
    DispatchedYear,
    chain_worth,
    dispatched_year,
    finance_links,
    project_links,
    project_plan,
)
from greengrid.study import solve, summarise
from greengrid.summary import MixSummary
from greengrid.sweep.axes import make_sweep, read_sweep
from greengrid.sweep.cases import Sweep, make_cases
from greengrid.sweep.progress import SweepProgress
from greengrid.sweep.records import measures_of, pack_year
from greengrid.sweep.run import SweepRun
from greengrid.sweep.study import run_cases
from greengrid.sweep.table import Gathered
from greengrid.sweep.work import finance_case
from greengrid.weather_year import choose_year
from networks.grid import Grid

SIZE = "link.caspian.capacity_mw"
DAYS = {"hours": "2035-01-10..2035-01-12", "ac_hours": 0}
pytestmark = pytest.mark.slow


def _cases(axes: dict[str, Any], fixed: dict[str, Any], **more: Any) -> Sweep:
    return make_cases("tiny", make_sweep({"axes": axes, "fixed": {**DAYS, **fixed}, **more}, "s.toml"))


def _run(sweep: Sweep, out: Path, scheduler: str | None = None) -> Gathered:
    return run_cases(sweep, out, 1, scheduler, SweepProgress(None))


def test_a_row_equals_a_single_run_of_its_case(tmp_path: Path) -> None:
    """Every measure of a neighbour-started row, prices and rents too, is that of the case run alone, to 1e-9."""
    sweep = _cases({SIZE: [200, 300, 400]}, {})
    assert len(sweep.parents) == 2
    rows = _run(sweep, tmp_path / "out").rows
    for one, row in zip(sweep.cases, rows, strict=True):
        case = check_case(one.content, "case")
        alone = measures_of(summarise(solve(case, read_inputs(case), Reporter(None))))
        numbers = {name: value for name, value in alone.items() if isinstance(value, float)}
        assert len(numbers) > 60
        rounding = ("dispatch.gap_frac", "dispatch.balance_residual_max_mw")
        for name in numbers.keys() - set(rounding):
            assert row[name] == pytest.approx(numbers[name], rel=1e-9, abs=1e-6), name
        assert row["digest"] == case.digest


@pytest.mark.parametrize("sizes", [[0, 300], [300, 0]])
def test_a_cable_that_brings_a_market_is_swept_on_and_off(tmp_path: Path, sizes: list[float]) -> None:
    """The Black Sea cable and with it the Romanian market, in either order: each row is that of the case run alone."""
    sweep = _cases({"link.black_sea.capacity_mw": sizes}, {}, start="cold")
    rows = _run(sweep, tmp_path / "out").rows
    assert [row["state"] for row in rows] == ["done", "done"]
    for one, row in zip(sweep.cases, rows, strict=True):
        case = check_case(one.content, "case")
        alone = measures_of(summarise(solve(case, read_inputs(case), Reporter(None))))
        assert {name: row[name] for name in alone} == alone


def test_the_weather_year_of_a_row_is_that_of_its_project(tmp_path: Path) -> None:
    """Ranked behind the Black Sea cable, which the case finances, and not behind the first link that is built."""
    own = {"project.links": ["black_sea"], "weather.years": 3, "weather.draw": "p90"}
    sweep = _cases({SIZE: [300]}, own)
    (row,) = _run(sweep, tmp_path / "out").rows
    case = check_case(sweep.cases[0].content, "case")
    weather = choose_year(case, read_inputs(case).grid)
    assert row["weather.rule"] == weather.rule
    assert "behind black_sea" in weather.rule
    assert weather.draw is not None
    assert row["weather.number"] == weather.draw.number


def test_started_from_nothing_a_row_is_the_single_run_to_the_last_digit(tmp_path: Path) -> None:
    """With start = cold every measure is the same number."""
    sweep = _cases({SIZE: [200, 300]}, {}, start="cold")
    row = _run(sweep, tmp_path / "out").rows[1]
    case = check_case(sweep.cases[1].content, "case")
    alone = measures_of(summarise(solve(case, read_inputs(case), Reporter(None))))
    assert {name: row[name] for name in alone} == alone


def test_welfare_grows_and_is_concave_in_the_size_of_the_cable(tmp_path: Path) -> None:
    """Package, losses per share of the rating and reserve held fixed: each step saves less than the one before, and the
    dual of every size lies between the steps on both sides of it (model conditions of the law)."""
    sizes = [100.0, 200.0, 300.0, 400.0, 500.0, 600.0]
    axes = {SIZE: sizes, "link.caspian.resistance_ohm_per_km": [0.0073 * 400 / size for size in sizes]}
    fixed = {
        "reinforcement.package_mw": 1000,
        "dispatch.reserve": "none",
        "link.caspian.ramp_max_mw_per_h": 5000,
        "link.caspian.station_idle_loss_frac": 0.0,
    }
    rows = _run(_cases(axes, fixed, design="list"), tmp_path / "out").rows
    cost = np.array([row["dispatch.objective_usd_real"] for row in rows])
    worth = np.array([row["links.caspian.rating_worth_usd_real_per_mw"] for row in rows])
    steps = -np.diff(cost) / np.diff(sizes)
    assert np.all(steps > 0)
    assert steps[0] > 1.05 * steps[-1]
    noise = 1e-9 * abs(cost[0])
    assert np.all(steps[1:] <= steps[:-1] + noise)
    for (before, after), dual in zip(pairwise(steps), worth[1:-1], strict=True):
        assert after - noise <= dual <= before + noise


def test_the_worth_of_one_more_megawatt_as_built_is_the_finite_difference(tmp_path: Path) -> None:
    """With the losses and idle draw that come with a larger rating, half a MW on each side saves what the dual says."""
    fixed = {"reinforcement.package_mw": 1000, "link.caspian.ramp_max_mw_per_h": 5000}
    rows = _run(_cases({SIZE: [299.5, 300, 300.5]}, fixed), tmp_path / "out").rows
    cost = [row["dispatch.objective_usd_real"] for row in rows]
    built, fixed_losses = (rows[1][f"links.caspian.{name}_worth_usd_real_per_mw"] for name in ("built", "rating"))
    assert cost[0] - cost[2] == pytest.approx(built, rel=2e-3)
    assert abs(fixed_losses - built) > 3 * abs(cost[0] - cost[2] - built)


def test_a_killed_and_resumed_sweep_gives_the_same_table(tmp_path: Path) -> None:
    """SIGKILL while two workers are busy: finished files stay as they are, and both tables have the same bytes."""
    file, out = tmp_path / "s.toml", tmp_path / "out"
    file.write_text(f'[axes]\n"{SIZE}" = [0, 100, 200, 300, 400]\n[fixed]\nhours = "{DAYS["hours"]}"\nac_hours = 0\n')
    command = [sys.executable, "-m", "greengrid", "sweep", "tiny", str(file), "-o", str(out), "-j", "2"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and len(list(out.glob("dispatches/*.json"))) < 2:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    finished = {path: path.stat().st_mtime_ns for path in out.glob("dispatches/*.json")}
    assert 2 <= len(finished) < 5
    sweep = make_cases("tiny", read_sweep(file))
    _run(sweep, out)
    _run(sweep, tmp_path / "whole")
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in finished.items())
    for name in ("sweep.parquet", "mixes.parquet"):
        assert (out / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_a_worker_of_a_cluster_dies_and_no_finished_case_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three workers, one killed while it works after the first result: all cases finish, none is done twice."""
    distributed = pytest.importorskip("distributed")
    sweep = _cases({SIZE: [0, 100, 200, 300], "prices.eua_usd_per_t": [60, 90]}, {})
    saved: list[str] = []
    killed: list[int] = []
    keep = SweepRun._dispatched

    def kill_one(run: SweepRun, key: str, *answer: Any) -> None:
        keep(run, key, *answer)
        saved.append(key)
        if not killed:
            busy = {worker: tasks for worker, tasks in client.processing().items() if tasks}
            processes = client.run(os.getpid)
            killed.append(processes[next(iter(busy))])
            os.kill(killed[0], signal.SIGKILL)

    monkeypatch.setattr(SweepRun, "_dispatched", kill_one)
    with (
        distributed.LocalCluster(n_workers=3, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        found = _run(sweep, tmp_path / "cluster", cluster.scheduler_address)
    assert killed
    assert found.count("done") == 8
    assert sorted(saved) == sorted(sweep.dispatches)
    _run(sweep, tmp_path / "here")
    own, other = (parquet.read_table(tmp_path / name / "sweep.parquet").to_pylist() for name in ("cluster", "here"))
    assert json.dumps(own) == json.dumps(other)


def test_no_cluster_at_an_address_is_bad_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address where nobody listens is told as such."""
    monkeypatch.setattr("greengrid.sweep.cluster.CONNECT_S", 0.5)
    from greengrid.errors import BadInput

    with pytest.raises(BadInput, match="no scheduler at"):
        _run(_cases({SIZE: [100]}, {}), tmp_path / "out", "tcp://127.0.0.1:1")


def _made_up_year(case: Case, grid: Grid) -> Dispatch:
    """A year in which both links carry and every price is another, without solving one."""
    clock = Clock.of_year(case.year)
    draw = np.random.default_rng(1)

    def table(names: Iterable[str], low: float, high: float) -> HourlyTable:
        own = tuple(names)
        return HourlyTable(own, draw.uniform(low, high, (clock.hours, len(own))))

    ways = [f"{link.name}:{way}" for link in grid.links for way in ("forward", "reverse")]
    sent = table(ways, 0.0, 90.0)
    borders = [border.name for border in grid.borders]
    empty = {name: table((), 0.0, 1.0) for name in HOURLY_FIELDS}
    return Dispatch(
        clock=clock,
        certificate=Certificate(1.0, 1.0, 0.0, 0.0, "made up"),
        **empty
        | {
            "link_sent_mw": sent,
            "link_received_mw": HourlyTable(sent.columns, sent.values * 0.97),
            "link_idle_mw": table([link.name for link in grid.links], 1.0, 1.1),
            "price_usd_per_mwh": table([bus.name for bus in grid.buses], 20.0, 80.0),
            "export_mw": table(borders, 0.0, 50.0),
            "market_price_usd_per_mwh": table(borders, 40.0, 90.0),
        },
    )


HOURLY_FIELDS = (
    "generation_mw", "charge_mw", "level_mwh", "curtailed_mw", "spilled_mw", "served_mw", "shed_mw", "dumped_mw",
    "import_mw", "branch_mw", "interface_mw",
)  # fmt: skip


def test_a_financed_row_is_what_a_run_finances() -> None:
    """From a dispatched year that went through JSON, every mix has the entry that the run's own financing gives it."""
    overrides = ["hours=all", 'financing.mixes=["concessional", "ppp"]', "link.caspian.cost.subsea_cable=2400"]
    case = load_case("tiny", overrides)
    grid = read_inputs(case).grid
    year = _made_up_year(case, grid)
    packed = json.loads(json.dumps(pack_year(dispatched_year(case, grid, year))))
    found = finance_case(case, "made up", packed)
    alone = finance_links(case, grid, year)
    assert found.mixes == {name: mix.model_dump(mode="json") for name, mix in alone.mixes.items()}
    assert alone.plan is not None
    assert found.project["project.capex_central_usd_real"] == sum(item.central_usd_real for item in alone.plan.capex)
    assert set(found.mixes) == {"concessional", "ppp"}


OTHER_MONEY = (
    [],
    ["revenue.capacity_charge.charge_usd_real_per_mw_year=90000"],
    ["revenue.model=merchant_rent"],
    ["revenue.currency=EUR", "project.inflation_pa=0.03"],
    ["project.discount_rate_nominal_pa=0.08", "project.fibre=true"],
    ["project.vat.financed_by=mix"],
    ["project.operation_years=25"],
    ["project.construction_first_year=2030"],
    ["reinforcement.paid_by=project"],
    ["link.caspian.cost.subsea_cable=2400"],
    ["price_base_year=2024"],
)


def test_money_that_differs_alone_is_financed_as_if_alone() -> None:
    """What is kept from case to case never reaches a case that it does not fit: every row is what its own run finds."""
    for changed in OTHER_MONEY:
        case = load_case("tiny", ["hours=all", 'financing.mixes=["blended", "commercial"]', *changed])
        grid = read_inputs(case).grid
        year = dispatched_year(case, grid, _made_up_year(case, grid))
        alone = {result.mix: result.summary() for result in _alone(case, grid, year)}
        found = finance_case(case, "made up", json.loads(json.dumps(pack_year(year)))).mixes
        assert found == {mix: MixSummary.model_validate(entry).model_dump(mode="json") for mix, entry in alone.items()}


def _alone(case: Case, grid: Grid, year: DispatchedYear) -> list[FinanceResult]:
    links = project_links(case, grid, year)
    plan = project_plan(case, links, chain_worth(case, grid, year, links))
    return [finance(plan, load_structure(mix), brief=True) for mix in case.financing.mixes]
