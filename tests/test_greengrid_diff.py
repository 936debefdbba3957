"""Two runs side by side: what differs in input and result is told, noise is not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from greengrid.cli import app
from greengrid.diff import Difference, compare_folders, differences
from greengrid.errors import BadInput
from tests.sample_run import Sample, write_sample


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """The same run twice."""
    found = (tmp_path / "first", tmp_path / "second")
    for folder in found:
        write_sample(folder, Sample(hours=48))
    return found


def _change(folder: Path, **measures: float) -> None:
    path = folder / "summary.json"
    content = json.loads(path.read_text())
    content["dispatch"] |= measures
    content["timings_s"] = {"dispatch": 99.0}
    path.write_text(json.dumps(content))


def test_a_run_does_not_differ_from_itself(folders: tuple[Path, Path]) -> None:
    """Another wall time and a last digit are no difference."""
    objective = json.loads((folders[0] / "summary.json").read_text())["dispatch"]["objective_usd_real"]
    _change(folders[1], objective_usd_real=objective * (1 + 1e-12), gap_frac=3e-9)
    found = compare_folders(*folders)
    assert (found.input, found.result, found.notes) == ((), (), ())
    assert found.same > 50


def test_input_and_result_are_told_apart(folders: tuple[Path, Path]) -> None:
    """A key of the case, a version and a measure: each under its own head, with change and share; --json holds all."""
    case = folders[1] / "case.toml"
    case.write_text(case.read_text() + "\n[extra]\ndemand_scale = 1.5\n")
    versions = folders[1] / "versions.json"
    versions.write_text(json.dumps(json.loads(versions.read_text()) | {"numpy": "0.1"}))
    _change(folders[1], ens_mwh=5.0)
    done = CliRunner().invoke(app, ["diff", *map(str, folders), "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert {row["key"] for row in found["input"]} == {"extra.demand_scale", "version of numpy"}
    (row,) = found["result"]
    assert row["key"] == "dispatch.ens_mwh"
    assert row["change"] == pytest.approx(5.0 - row["first"])
    shown = CliRunner().invoke(app, ["diff", *map(str, folders), "--strict"])
    assert shown.exit_code == 1
    assert "Dispatch" in shown.stdout
    assert "dispatch.ens_mwh" in shown.stdout


def test_problems_of_both_folders_are_told(tmp_path: Path) -> None:
    """Two folders without a run are two problems."""
    with pytest.raises(BadInput) as caught:
        compare_folders(tmp_path / "a", tmp_path / "b")
    assert len(caught.value.problems) == 2


SIDES = st.dictionaries(st.sampled_from("abcde"), st.one_of(st.none(), st.integers(-5, 5), st.floats(-1e3, 1e3)))


@settings(max_examples=30, deadline=None, derandomize=True)
@given(SIDES, SIDES)
def test_the_other_way_round_is_the_same_turned(first: dict[str, float], second: dict[str, float]) -> None:
    """Swapped sides name the same keys with the sign of the change turned."""
    there, back = differences(first, second), differences(second, first)
    assert {row.key for row in there} == {row.key for row in back}
    turned = {row.key: row.change for row in back}
    for row in there:
        change = turned[row.key]
        assert row.change == (None if change is None else -change)
    assert Difference("a", 0.0, 3.0).change_frac is None
