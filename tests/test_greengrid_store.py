"""A run's folder is whole or not there."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from greengrid.errors import BadInput
from greengrid.hourly import Clock, HourlyTable
from greengrid.store import read_hourly, read_summary, write_hourly, writing


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    """When the work fails, neither the target nor a temporary folder stays."""
    target = tmp_path / "run"
    with pytest.raises(ZeroDivisionError), writing(target, replace=False) as folder:
        (folder / "summary.json").write_text(str(1 / 0))
    assert list(tmp_path.iterdir()) == []


def test_a_failed_replacement_keeps_the_old_run(tmp_path: Path) -> None:
    """The earlier result survives a failed second run."""
    target = tmp_path / "run"
    with writing(target, replace=False) as folder:
        (folder / "summary.json").write_text("first")
    with pytest.raises(RuntimeError), writing(target, replace=True):
        raise RuntimeError
    assert (target / "summary.json").read_text() == "first"
    with writing(target, replace=True) as folder:
        (folder / "summary.json").write_text("second")
    assert (target / "summary.json").read_text() == "second"
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_foreign_folders_are_left_alone(tmp_path: Path) -> None:
    """A folder with other things in it is not replaced, a file is not a folder, a full folder needs --replace."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("years of work")
    with pytest.raises(BadInput, match="holds no run"), writing(other, replace=True):
        pass
    with pytest.raises(BadInput, match="not empty"), writing(other, replace=False):
        pass
    with pytest.raises(BadInput, match="a file"), writing(other / "thesis.txt", replace=True):
        pass
    assert (other / "thesis.txt").read_text() == "years of work"


def test_hourly_tables_come_back(tmp_path: Path) -> None:
    """What was written is read, to single precision, under the same names."""
    clock = Clock(datetime(2035, 1, 1, tzinfo=UTC), 48)
    table = HourlyTable(("a b", "ü"), np.arange(96.0).reshape(48, 2) / 3)
    with writing(tmp_path / "run", replace=False) as folder:
        write_hourly(folder, "x", clock, table)
    back = read_hourly(tmp_path / "run", "x")
    assert back.columns == table.columns
    np.testing.assert_allclose(back.values, table.values, rtol=1e-7)


def test_a_folder_without_a_run_is_said(tmp_path: Path) -> None:
    """Reading a summary from an empty or damaged folder is bad input."""
    with pytest.raises(BadInput, match=r"no summary\.json"):
        read_summary(tmp_path)
    (tmp_path / "summary.json").write_text("{}")
    with pytest.raises(BadInput, match="summary of version 1"):
        read_summary(tmp_path)


def test_labels_must_match() -> None:
    """A table refuses repeated or missing names and unknown columns, and stays read-only."""
    with pytest.raises(ValueError, match="repeat"):
        HourlyTable(("a", "a"), np.zeros((2, 2)))
    with pytest.raises(ValueError, match="names"):
        HourlyTable(("a",), np.zeros((2, 2)))
    table = HourlyTable(("a", "b"), np.zeros((2, 2)))
    with pytest.raises(KeyError, match="no columns"):
        table.select(["c"])
    with pytest.raises(ValueError, match="read-only"):
        table.values[0, 0] = 1.0
