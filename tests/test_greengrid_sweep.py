"""A sweep combines its axes, checks every case before the first, and goes on where it stopped."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet
from typer.testing import CliRunner

from financing.loading import structure_path
from greengrid.case import load_case
from greengrid.cli import app
from greengrid.errors import BadInput, CalculationFailed
from greengrid.inputs import read_inputs
from greengrid.sweep import work
from greengrid.sweep.axes import SweepFile, make_sweep, path_keys
from greengrid.sweep.cases import Sweep, make_cases
from greengrid.sweep.folder import SweepFolder
from greengrid.sweep.mixes import structure_of
from greengrid.sweep.pool import OwnProcess
from greengrid.sweep.progress import SweepProgress, left
from greengrid.sweep.records import DispatchRecord, FinanceRecord, flat
from greengrid.sweep.series import series_key
from greengrid.sweep.study import run_cases
from greengrid.sweep.table import Gathered, gather
from greengrid.sweep.work import DispatchTask, FinanceTask
from networks.tables import shipped_sets

SIZE = "link.caspian.capacity_mw"
MIXES = "financing.mixes"


def _file(axes: dict[str, Any], **more: Any) -> SweepFile:
    return make_sweep({"axes": axes, **more}, "s.toml")


def _problems(axes: dict[str, Any], **more: Any) -> list[str]:
    with pytest.raises(BadInput) as caught:
        make_cases("tiny", _file(axes, **more))
    return [str(problem) for problem in caught.value.problems]


def test_a_grid_takes_every_combination_and_a_list_the_values_side_by_side() -> None:
    """2 x 3 values are six cases, the last axis first; as a list, three values each are three cases."""
    grid = _file({SIZE: [0, 100], "prices.eua_usd_per_t": {"low": 60, "high": 100, "step": 20}})
    assert grid.points == ((0, 60), (0, 80), (0, 100), (100, 60), (100, 80), (100, 100))
    side_by_side = _file({SIZE: [0, 1, 2], "year": [2025, 2030, 2035]}, design="list")
    assert side_by_side.points == ((0, 2025), (1, 2030), (2, 2035))


@settings(max_examples=10, deadline=None, derandomize=True)
@given(points=st.integers(2, 30), seed=st.integers(0, 99))
def test_a_latin_hypercube_has_one_point_in_every_stratum(points: int, seed: int) -> None:
    """Each of n points lies alone in its n-th of every axis; the seed decides where, and only the seed."""
    axes = {"a": {"low": 0, "high": points}, "b": {"low": -5, "high": -5 + points}, "c": ["x", "y"]}
    file = _file(axes, design="latin_hypercube", points=points, seed=seed)
    first, second, third = zip(*file.points, strict=True)
    assert sorted(int(value) for value in first) == list(range(points))
    assert sorted(int(np.floor(value)) + 5 for value in second) == list(range(points))
    assert abs(third.count("x") - third.count("y")) <= 1
    assert file.points == _file(axes, design="latin_hypercube", points=points, seed=seed).points


def test_paths_may_be_nested_tables_or_quoted() -> None:
    """A quoted path, a nested table and a name with spaces lead to the same keys."""
    nested = _file({"link": {"caspian": {"capacity_mw": [1, 2]}}, "plant": {"My plant": {"capacity_mw": [3]}}})
    assert [axis.keys for axis in nested.axes] == [
        ("link", "caspian", "capacity_mw"),
        ("plant", "My plant", "capacity_mw"),
    ]
    assert path_keys('plant."My plant".capacity_mw') == nested.axes[1].keys
    assert nested.axes[1].nested(3) == {"plant": {"My plant": {"capacity_mw": 3}}}


def test_every_problem_of_the_file_is_told_at_once() -> None:
    """Six bad axes are six problems."""
    axes = {"a b": [1], "x": [], "y": 3, "z": {"low": 2, "high": 1}, "q": {"low": 1, "high": 2}, "x.y": [1]}
    with pytest.raises(BadInput) as caught:
        _file(axes)
    assert len(caught.value.problems) == 5
    with pytest.raises(BadInput, match="each value once"):
        _file({"x": [1, 2, 1]})
    with pytest.raises(BadInput, match="as many values on every axis"):
        _file({"x": [1, 2], "y": [1]}, design="list")
    with pytest.raises(BadInput, match="set the same key"):
        _file({"link.caspian": [{"poles": 2}], "link.caspian.poles": [2]})


def test_a_bad_axis_stops_the_sweep_before_it_starts_with_all_problems(tmp_path: Path) -> None:
    """Unknown keys, values out of range and mixes that do not exist are told together, and no folder is made."""
    found = _problems({"link.caspian.capacity": [0, 1], "prices.eua_usd_per_t": [-3, 50], "dispatch.green": ["hurly"]})
    assert len(found) == 4
    assert 'Did you mean "capacity_mw"?' in found[0]
    found = _problems({MIXES: [["concesional"], ["sovereign"]], "plant.Nope.capacity_mw": [3]})
    assert any("concesional" in text for text in found)
    assert any("unknown plant" in text for text in found)
    out = tmp_path / "out"
    with pytest.raises(BadInput):
        run_cases(make_cases("tiny", _file({SIZE: [-1]})), out, 1, None, SweepProgress(None))
    assert not out.exists()


def test_no_problem_of_a_sweep_hides_another(tmp_path: Path) -> None:
    """A key that does not exist, a size below 0, a mix, a plant, a cost, a growth and a part of the security study: all
    are told in one go, those of values once and not in every case."""
    found = _problems(
        {
            "link.caspian.capacity": [0, 1],
            "link.black_sea.capacity_mw": [-3, 300],
            MIXES: [["concesional"], ["sovereign"]],
            "plant.Nope.capacity_mw": [3],
            "link.caspian.cost.no_such_cost": [3],
            "project.growth": ["no-such-growth", "none"],
        },
        fixed={"prices.market_level.XX": "low", "demand.level": "huge"},
        security=["ac", "no_such_part"],
    )
    parts = ("no_such_part", "demand.level", 'capacity_mw" = -3', "concesional'; expected", "plant.Nope: found")
    for part in (*parts, "no_such_cost: found", "'no-such-growth'; expected", "'XX'"):
        assert sum(part in text for text in found) == 1, part
    assert sum("capacity: found an unknown key" in text for text in found) == 2
    assert len(found) == 10


def test_a_key_that_leaves_no_case_hides_nothing() -> None:
    """A link spelled wrong is told in every case, and so is the mix that does not exist; in a list of cases, what
    stands beside a wrong value is read too."""
    found = _problems({"link.caspan.capacity_mw": [0, 1], MIXES: [["concesional"]]})
    assert any('Did you mean "caspian"?' in text for text in found)
    assert any("concesional'; expected" in text for text in found)
    found = _problems({SIZE: [-1, 100], "plant.Nope.capacity_mw": [3, 0], MIXES: [["x"], ["sovereign"]]}, design="list")
    for part in ('capacity_mw" = -1', "plant.Nope: found", "'x'; expected"):
        assert any(part in text for text in found), part


def test_what_only_a_run_would_find_is_told_before_it(tmp_path: Path) -> None:
    """Water that nobody measured, an own series of an unknown zone, and a cap below what must run emits."""
    load = tmp_path / "load.csv"
    load.write_text("hour_utc,NO-SUCH-ZONE\n2035-01-01T00:00Z,5\n")
    found = _problems({"weather.hydro": ["average", "measured"], "weather.files.demand": [str(load)]})
    assert sum("no row for" in text and "case 2" in text for text in found) == 2
    assert any("NO-SUCH-ZONE: found an unknown column" in text for text in found)
    cap = "dispatch.co2_cap_million_tco2.KZ"
    with pytest.raises(BadInput, match="what must run emits as much") as caught:
        make_cases("base", _file({cap: [1, 500]}, fixed={"hours": "2035-01-10..2035-01-12"}))
    assert len(caught.value.problems) == 1


def test_what_is_wrong_together_is_told_case_by_case() -> None:
    """Two poles belong to a bipole: each value is good alone, two of the four combinations are not."""
    found = _problems({"link.caspian.configuration": ["bipole", "symmetrical_monopole"], "link.caspian.poles": [1, 2]})
    assert [text.split(" ", 2)[1] for text in found] == ["1", "4"]


def test_money_alone_shares_a_dispatch() -> None:
    """Mixes, terms, contract, costs of the link and who pays for the package: 32 cases, one dispatch."""
    axes: dict[str, Any] = {
        MIXES: [["concessional"], ["sovereign"]],
        "project.inflation_pa": [0.02, 0.03],
        "revenue.capacity_charge.charge_usd_real_per_mw_year": [1e5, 2e5],
        "link.caspian.cost.subsea_cable": [2000, 2500],
        "reinforcement.paid_by": ["tso", "project"],
    }
    swept = make_cases("tiny", _file(axes))
    assert (len(swept.cases), len(swept.dispatches)) == (32, 1)
    assert len({one.digest for one in swept.cases}) == 32
    assert len(make_cases("tiny", _file({"prices.eua_usd_per_t": [60, 80], SIZE: [100, 200]})).dispatches) == 4


def test_the_project_is_part_of_a_dispatch_where_it_ranks_the_weather() -> None:
    """P50 of an ensemble is ranked behind the financed link: each project has its own dispatch, and its mixes share
    it; in the typical year the projects share one."""
    axes: dict[str, Any] = {"project.links": [["caspian"], ["black_sea"]], MIXES: [["concessional"], ["ppp"]]}
    assert len(make_cases("tiny", _file(axes)).dispatches) == 1
    ranked = make_cases("tiny", _file(axes, fixed={"weather.years": 3}))
    assert [content["project"]["links"] for content in ranked.dispatches.values()] == [["caspian"], ["black_sea"]]
    numbered = make_cases("tiny", _file(axes, fixed={"weather.years": 3, "weather.draw": 2}))
    assert len(numbered.dispatches) == 1


def test_neighbours_start_from_the_middle_outwards() -> None:
    """A size starts from the next one towards the middle, the middle of another price from the middle of the first; no
    link is a problem of another shape."""
    swept = make_cases("tiny", _file({SIZE: [500, 0, 300, 100, 400, 200], "prices.eua_usd_per_t": [60, 80]}))
    size = {
        key: (content["link"]["caspian"]["capacity_mw"], content["prices"]["eua_usd_per_t"])
        for key, content in swept.dispatches.items()
    }
    parents = {size[child]: size[parent] for child, parent in swept.parents.items()}
    outwards = ((100, 200), (200, 300), (400, 300), (500, 400))
    chains = {(at, price): (start, price) for price in (60, 80) for at, start in outwards}
    assert parents == chains | {(300, 60): (300, 80), (0, 60): (0, 80)}
    assert not make_cases("tiny", _file({SIZE: [100, 200]}, start="cold")).parents


def test_nested_measures_become_names_with_dots() -> None:
    """Tables are flattened, texts about sources left out, findings counted."""
    content = {
        "a": {"b": 1.5, "source": "x"},
        "findings": [{"k": 1}],
        "proxy": [1, 2],
        "none": None,
        "s": {"findings": []},
    }
    assert flat(content) == {"a.b": 1.5, "findings.count": 1, "proxy": "[1, 2]", "none": None, "s.findings.count": 0}
    assert flat({"findings": [{"k": 1}], "findings_count": 3}) == {"findings_count": 3}


def test_the_time_left_follows_the_work() -> None:
    """A quarter of the work in a minute leaves three minutes; nothing is said where nothing is known."""
    assert left(60.0, 0.25) == "about 3 min left"
    assert left(60.0, 1.0) == "nothing left"
    assert left(60.0, 0.0) == "time left not known yet"


class _Counted(OwnProcess):
    """Works in this process, counts the tasks, and stops the program after some of them."""

    def __init__(self, stop_after: int = 10**9) -> None:
        super().__init__()
        self.names: list[str] = []
        self.stop_after = stop_after

    def next_done(self, timeout_s: float) -> tuple[str, Any] | None:
        if len(self.names) == self.stop_after:
            raise KeyboardInterrupt
        ended = super().next_done(timeout_s)
        if ended is not None:
            self.names.append(ended[0])
        return ended


def _dispatch(task: DispatchTask) -> tuple[DispatchRecord, bytes]:
    size = task.content["link"]["caspian"]["capacity_mw"]
    if size == 300:
        raise CalculationFailed("no dispatch meets every limit")
    start = b"" if task.start is None else task.start
    measures = {"links.caspian.capacity_mw": size, "started": start.decode()}
    return DispatchRecord(task.key, measures, {}, None, 1.0), f"{size:g}".encode()


def _finance(task: FinanceTask) -> list[FinanceRecord]:
    from greengrid.case import check_case

    pairs = zip(task.contents, task.mixes_digests, strict=True)
    return [
        FinanceRecord(check_case(content, "case").digest, {}, "not financed", mixes_digest=digest)
        for content, digest in pairs
    ]


def _swept(sizes: list[float]) -> Sweep:
    return make_cases("tiny", _file({SIZE: sizes, MIXES: [["concessional"], ["sovereign"]]}))


def _run(monkeypatch: pytest.MonkeyPatch, sweep: Sweep, out: Path, pool: _Counted) -> Gathered:
    monkeypatch.setattr(work, "dispatch", _dispatch)
    monkeypatch.setattr(work, "finance", _finance)
    monkeypatch.setattr("greengrid.sweep.study._pool", lambda jobs, scheduler: pool)
    monkeypatch.setattr("greengrid.sweep.study.write_decision", lambda *_: {})
    return run_cases(sweep, out, 1, None, SweepProgress(None))


@pytest.mark.parametrize("stop_after", [1, 2, 3, 5])
def test_a_stopped_sweep_goes_on_without_repeating_anything(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stop_after: int
) -> None:
    """Stopped after any task and started again, nothing is done twice, starts are the same, and so are the tables."""
    sweep = _swept([100, 200, 400, 500])
    whole = _Counted()
    _run(monkeypatch, sweep, tmp_path / "whole", whole)
    first, second = _Counted(stop_after), _Counted()
    with pytest.raises(KeyboardInterrupt):
        _run(monkeypatch, sweep, tmp_path / "parts", first)
    found = _run(monkeypatch, sweep, tmp_path / "parts", second)
    assert sorted(first.names + second.names) == sorted(whole.names)
    assert [row["started"] for row in found.rows[::2]] == ["200", "400", "", "400"]
    for name in ("sweep.parquet", "mixes.parquet"):
        assert (tmp_path / "parts" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_the_status_of_a_stopped_sweep_says_what_is_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Cases finished, dispatches of all and the time left, while nobody works on it; of a whole one no time is left."""
    sweep, out = _swept([100, 200, 400, 500]), tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        _run(monkeypatch, sweep, out, _Counted(2))
    told = CliRunner().invoke(app, ["sweep", "--status", str(out)])
    assert told.exit_code == 0, told.output
    assert "No process works on it" in told.output
    assert "2 of 8 cases finished, 0 failed" in told.output
    assert "Dispatches: 1 of 4" in told.output
    _run(monkeypatch, sweep, out, _Counted())
    whole = CliRunner().invoke(app, ["sweep", "--status", str(out)]).output
    assert "8 of 8 cases finished" in whole
    assert "left" not in whole
    assert CliRunner().invoke(app, ["sweep", "--status", str(tmp_path / "none")]).exit_code == 2


def test_a_case_that_fails_is_listed_and_stops_no_other(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The size without a dispatch fails in both its cases; its neighbours start from nothing and finish."""
    pool = _Counted()
    found = _run(monkeypatch, _swept([100, 200, 300, 400, 500]), tmp_path / "out", pool)
    assert [row["state"] for row in found.rows[::2]] == ["done", "done", "failed", "done", "done"]
    assert {row["problem"] for row in found.rows[4:6]} == {"CalculationFailed: no dispatch meets every limit"}
    assert [row["started"] for row in found.rows[::2]] == ["200", "", None, "", "400"]
    table = parquet.read_table(tmp_path / "out" / "sweep.parquet").to_pylist()
    assert [row[SIZE] for row in table[::2]] == [100, 200, 300, 400, 500]


def test_what_is_not_whole_is_not_trusted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A cut record is made again; another case's sweep and a folder with other files are refused."""
    sweep, out = _swept([100, 200]), tmp_path / "out"
    _run(monkeypatch, sweep, out, _Counted())
    (record,) = [
        path
        for path in (out / "dispatches").glob("*.json")
        if json.loads(path.read_text())["measures"]["links.caspian.capacity_mw"] == 100
    ]
    record.write_text(record.read_text()[:-20])
    again = _Counted()
    _run(monkeypatch, sweep, out, again)
    assert again.names == [record.stem]
    other = replace(sweep, base=sweep.base.model_copy(update={"title": "another"}))
    with pytest.raises(BadInput, match="a sweep of another case"):
        _run(monkeypatch, other, out, _Counted())
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    with pytest.raises(BadInput, match="something else"):
        _run(monkeypatch, sweep, tmp_path / "mine", _Counted())
    assert not SweepFolder(out).is_running()


def test_more_sizes_in_the_same_folder_keep_those_that_are_done(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A sweep that was made longer runs the new sizes alone."""
    _run(monkeypatch, _swept([100, 200]), tmp_path / "out", _Counted())
    longer = _Counted()
    found = _run(monkeypatch, _swept([100, 200, 400]), tmp_path / "out", longer)
    assert found.count("done") == 6
    assert len(longer.names) == 2  # one dispatch and one batch on it


def _with_own_mix(mix: Path) -> Sweep:
    return make_cases("tiny", _file({SIZE: [100, 200], MIXES: [[str(mix)], ["sovereign"]]}))


def test_an_edited_mix_is_financed_anew_and_dispatched_no_more(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Resumed after its own mix was edited, a sweep finances the cases with that mix alone; edited back, none."""
    shipped, mix, out = structure_path("concessional").read_text(), tmp_path / "mine.toml", tmp_path / "out"
    mix.write_text(shipped)
    before = _with_own_mix(mix)
    _run(monkeypatch, before, out, _Counted())
    mix.write_text(shipped.replace("[[sources]]", "# mine\n[[sources]]", 1))
    assert gather(SweepFolder(out)).count("done") == 4
    edited, again = _with_own_mix(mix), _Counted()
    found = _run(monkeypatch, edited, out, again)
    own = [one for one in edited.cases if one.values[1] == [str(mix)]]
    assert sorted(again.names) == sorted(f"{one.dispatch_key}:{one.digest}" for one in own)
    assert found.count("done") == 4
    mix.write_text(shipped)
    back = _Counted()
    _run(monkeypatch, _with_own_mix(mix), out, back)
    assert not back.names


def test_a_mix_that_changes_while_a_sweep_runs_is_not_taken(tmp_path: Path) -> None:
    """Financed is what was checked, also by a worker that knows an older file of that name."""
    mix = tmp_path / "mine.toml"
    mix.write_text(structure_path("concessional").read_text())
    one = _with_own_mix(mix).cases[0]
    task = FinanceTask("key", (one.content,), None, (one.mixes_digest,))
    assert [record.problem for record in work.finance(task)] == [""]
    assert structure_of(str(mix)).name == "concessional"
    mix.write_text(structure_path("sovereign").read_text())
    assert structure_of(str(mix)).name == "sovereign"
    (record,) = work.finance(task)
    assert "not the one that was checked" in record.problem


def test_tables_that_change_while_a_sweep_runs_are_not_taken(tmp_path: Path) -> None:
    """A dispatch whose network folder was edited after the check fails; checked again, it is another dispatch."""
    network = tmp_path / "network"
    shutil.copytree(shipped_sets()["tiny"], network)
    file = _file({SIZE: [100]}, fixed={"network": str(network)})
    before = make_cases("tiny", file)
    ((key, content),) = before.dispatches.items()
    with (network / "demand.csv").open("a") as table:
        table.write("\n")
    with pytest.raises(CalculationFailed, match="changed after it was checked"):
        work.dispatch(DispatchTask(key, content, None, False))
    assert set(make_cases("tiny", file).dispatches) != {key}


def test_a_folder_of_an_earlier_version_is_still_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Manifest and records that say nothing of the mixes' files belong together."""
    out = tmp_path / "out"
    _run(monkeypatch, _swept([100, 200]), out, _Counted())
    manifest = json.loads((out / "sweep.json").read_text())
    for point in manifest["points"]:
        del point["mixes_digest"]
    (out / "sweep.json").write_text(json.dumps(manifest))
    for path in (out / "financed").glob("*.json"):
        content = json.loads(path.read_text())
        for record in content["cases"]:
            del record["mixes_digest"]
        path.write_text(json.dumps(content))
    assert gather(SweepFolder(out)).count("done") == 4


def test_series_are_shared_by_cases_that_have_the_same_and_no_others(tmp_path: Path) -> None:
    """Sizes and prices paid later share them; the cable that brings a market does not, nor does an edited own file."""

    def key(*overrides: str) -> str:
        case = load_case("tiny", overrides)
        return series_key(case, read_inputs(case))

    assert key(f"{SIZE}=100") == key(f"{SIZE}=200", "dispatch.reserve=none", "financing.mixes=['blended']")
    assert key("link.black_sea.capacity_mw=0") != key("link.black_sea.capacity_mw=300")
    load = tmp_path / "load.csv"
    load.write_text("a")
    before = key(f"weather.files.demand={load}")
    load.write_text("b")
    assert key(f"weather.files.demand={load}") != before
