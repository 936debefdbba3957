"""Avoided tonnes from a kept comparison of two runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from financing.loading import load_structure
from financing.package import finance
from greengrid.avoided_emissions import with_avoided_emissions
from greengrid.errors import BadInput
from greengrid.plans import read_plan
from greengrid.store import add_digests, write_digests, write_rows

PLAN = Path(__file__).parent / "cases" / "plan_example" / "plan.toml"


def _compared(folder: Path, change_tco2: float) -> Path:
    """A folder with the table that a kept comparison leaves."""
    (folder / "tables").mkdir()
    write_digests(folder)
    write_rows(folder, "benefits", [{"with_link": "a", "without_link": "b", "emissions_change_tco2": change_tco2}])
    add_digests(folder, ["tables/benefits.parquet"])
    return folder


def test_a_kept_comparison_gives_the_subsidy_per_tonne(tmp_path: Path) -> None:
    """1 Mt less a year, outages taken off, over all years: subsidy / tonnes; emissions that rise give a reason."""
    plan = replace(read_plan(PLAN), avoided_tco2=None)
    told = with_avoided_emissions(plan, _compared(tmp_path, -1e6))
    measures = finance(told, load_structure("blended")).mix_row()
    tonnes = 1e6 * plan.availability_frac * plan.operation_years
    subsidy = float(str(measures["subsidy_usd_nominal"]))
    assert measures["subsidy_usd_nominal_per_tco2"] == pytest.approx(subsidy / tonnes)
    assert told.assumptions[-1][3] == "dispatch of a against b"


def test_without_a_comparison_there_is_none(tmp_path: Path) -> None:
    """A folder without one, and a plan that states its own tonnes, stay as they are."""
    plan = replace(read_plan(PLAN), avoided_tco2=None)
    assert with_avoided_emissions(plan, tmp_path) is plan
    reason = finance(plan, load_structure("blended")).mix_row()["subsidy_usd_nominal_per_tco2_reason"]
    assert "run without" in str(reason)
    own = replace(plan, avoided_tco2=(1.0,) * plan.operation_years)
    assert with_avoided_emissions(own, _compared(tmp_path, -1e6)) is own


def test_a_comparison_that_was_changed_is_refused(tmp_path: Path) -> None:
    """Another table under the digest of the first."""
    folder = _compared(tmp_path, -1e6)
    write_rows(folder, "benefits", [{"with_link": "a", "without_link": "b", "emissions_change_tco2": -9e9}])
    with pytest.raises(BadInput, match="did not write"):
        with_avoided_emissions(replace(read_plan(PLAN), avoided_tco2=None), folder)
