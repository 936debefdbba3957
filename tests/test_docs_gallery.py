"""The five examples of the docs run and give what their texts say."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

GALLERY = Path(__file__).parents[1] / "docs" / "gallery"

pytestmark = pytest.mark.slow


def example(name: str) -> Any:
    """The module of an example."""
    spec = importlib.util.spec_from_file_location(f"gallery_{name}", GALLERY / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_larger_cable_carries_more(tmp_path: Path) -> None:
    """And not more than its rating in every hour."""
    received_gwh = example("cable_option").main(tmp_path)
    assert 0 < received_gwh[200] < received_gwh[400] < 400 * 336 / 1e3


def test_a_mix_of_ones_own_is_compared(tmp_path: Path) -> None:
    """Both mixes require a charge, and not the same."""
    required = example("funding_mix").main(tmp_path)
    assert set(required) == {"blended", "mine"}
    assert len({value for value in required.values() if value and value > 0}) == 2


def test_a_wind_file_is_what_blows(tmp_path: Path) -> None:
    """At most the 50 % of 800 MW that the file allows."""
    assert 200 < example("wind_file").main(tmp_path) <= 400 + 1e-6


def test_tables_of_ones_own_are_run(tmp_path: Path) -> None:
    """Twice the wind behind the cable sends more over it."""
    shipped_gwh, changed_gwh = example("own_grid").main(tmp_path)
    assert 0 < shipped_gwh < changed_gwh


def test_a_sweep_on_a_cluster_finishes(tmp_path: Path) -> None:
    """All six cases, each with a row in the table."""
    import pyarrow.parquet as parquet

    assert example("sweep_on_dask").main(tmp_path) == {"done": 6, "failed": 0}
    assert parquet.read_table(tmp_path / "sweep" / "sweep.parquet").num_rows == 6
