"""The dispatch costs what PyPSA's optimum costs on the same two weeks (tests/cases/pypsa_two_weeks)."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from greengrid.dispatch.year import optimise
from tests.benchmarks.ours import make_problem
from tests.benchmarks.synthetic import DataSet

FOLDER = Path(__file__).parent / "cases" / "pypsa_two_weeks"
CASE = DataSet.load(FOLDER / "case.npz")
STORED = json.loads((FOLDER / "optimum.json").read_text(encoding="utf-8"))
WITHOUT = {
    "ramps": {"thermal_ramp_mw_per_h": np.full(len(CASE.thermal_bus), np.inf)},
    "line limits": {"line_max_mw": np.full(len(CASE.line_from), 1e5)},
    "reactances": {"line_x_ohm": np.ones(len(CASE.line_from))},
    "must run": {"thermal_min_mw": np.zeros(len(CASE.thermal_bus))},
    "link losses": {"link_efficiency_frac": np.ones_like(CASE.link_efficiency_frac)},
    "loss segments": {
        "link_efficiency_frac": np.tile(CASE.link_efficiency_frac[:, 1:2], (1, CASE.link_efficiency_frac.shape[1]))
    },
    "battery losses": {"battery_efficiency_frac": np.ones(len(CASE.battery_bus))},
    "full and empty": {"reservoir_volume_mwh": np.full(len(CASE.reservoir_bus), 1e6)},
    "cap on emissions": {"emission_cap_tco2": np.array([np.inf])},
}


def test_the_stored_optimum_belongs_to_the_stored_case() -> None:
    """The case beside the optimum is the one PyPSA solved, and every law binds somewhere in it."""
    assert CASE.digest == STORED["case_sha256"]
    assert CASE.hours == STORED["hours"] == 336
    assert min(STORED["seen"].values()) > 0


def test_costs_what_pypsa_found() -> None:
    """Two weeks with links, losses, storage, water, ramps, Kirchhoff, shedding and a cap cost the same, to 1e-6."""
    optimum = optimise(make_problem(CASE))
    assert optimum.objective_usd == pytest.approx(STORED["objective_usd"], rel=1e-6)
    assert optimum.gap_frac < 1e-6


@pytest.mark.slow
@pytest.mark.parametrize("law", WITHOUT)
def test_a_law_left_out_would_show(law: str) -> None:
    """Without any one of the laws the cost is off by more than ten times the agreement asked for."""
    found = optimise(make_problem(replace(CASE, **WITHOUT[law]))).objective_usd
    assert abs(found / STORED["objective_usd"] - 1) > 1e-5
