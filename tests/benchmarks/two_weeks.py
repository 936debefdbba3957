"""Makes tests/cases/pypsa_two_weeks anew in PyPSA's own environment: the case, PyPSA's optimum and its version."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import logging
import warnings
from dataclasses import replace

import numpy as np

from tests.benchmarks.measure import ROOT
from tests.benchmarks.peer_pypsa import make_network
from tests.benchmarks.synthetic import DataSet, Size, make

FOLDER = ROOT / "tests" / "cases" / "pypsa_two_weeks"
HOURS = 336
START_HOUR = 24 * 100
SEED = 5
SIZE = Size(
    buses=(14, 12, 9), lines=58, ties=3, tight_lines=12, links=3, thermal=36, ramped=28, wind=9, sun=6, reservoirs=5,
    batteries=4, loads=28,
)  # fmt: skip
SEGMENTS = 3
EMISSION_CAP_TCO2 = 775_000.0
"""Below what the cheapest dispatch emits."""


def make_case() -> DataSet:
    """Loss segments both ways, must run, outages, ramps, small reservoirs, two windy days, a short evening."""
    data = make(SEED, SIZE, SEGMENTS).span(HOURS, START_HOUR)
    rng = np.random.default_rng(SEED)
    available = data.thermal_max_mw.copy()
    for unit, first in zip(range(0, SIZE.thermal, 6), (30, 60, 90, 130, 180, 220), strict=True):
        # Steps no larger than the ramp, so that an outage can be entered and left by a unit that must run.
        available[first : first + 72, unit] *= 0.8
    least = np.zeros(SIZE.thermal)
    must_run = rng.choice(SIZE.thermal, 8, replace=False)
    least[must_run] = np.round(0.3 * data.thermal_max_mw[0, must_run], 3)
    volume = data.reservoir_volume_mwh.copy()
    # Three small reservoirs: full and empty within the fortnight.
    volume[:3] = np.round(data.reservoir_max_mw[:3] * np.array([16.0, 24.0, 12.0]), 1)
    # Water, wind and demand beyond what the network can take or give: spill, curtailment and shedding.
    inflow, renewable, load = data.reservoir_inflow_mw.copy(), data.renewable_max_mw.copy(), data.load_mw.copy()
    inflow[:168, :3] *= 2.4
    inflow[168:, :3] *= 0.3
    renewable[140:170, : SIZE.wind] *= 3.0
    load[200:206] *= 1.3
    return replace(
        data,
        thermal_max_mw=np.round(available, 4),
        thermal_min_mw=least,
        emission_cap_tco2=np.array([EMISSION_CAP_TCO2]),
        reservoir_volume_mwh=volume,
        reservoir_inflow_mw=np.round(inflow, 4),
        renewable_max_mw=np.round(renewable, 4),
        load_mw=np.round(load, 4),
    )


def main() -> None:
    """Writes the case and the optimum."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    data = make_case()
    data.save(FOLDER / "case.npz")
    network = make_network(data, daily_water=True)
    status = network.optimize(
        solver_name="highs", io_api="direct", include_objective_constant=False, log_to_console=False,
        solver_options={"primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9},
    )  # fmt: skip
    if tuple(status) != ("ok", "optimal"):
        raise SystemExit(f"PyPSA: {status}")
    optimum = {
        "objective_usd": float(network.objective),
        "hours": HOURS,
        "versions": {name: importlib.metadata.version(name) for name in ("pypsa", "linopy", "highspy")},
        "case_sha256": data.digest,
        "seen": _seen(network, data),
    }
    text = json.dumps(optimum, indent=2) + "\n"
    (FOLDER / "optimum.json").write_text(text, encoding="utf-8")


def _seen(network, data: DataSet) -> dict[str, int | float]:  # type: ignore[no-untyped-def]  # pypsa ships no types
    """How often each law binds, so that a reader sees that the case tests it."""
    output = network.generators_t.p
    thermal = output[[name for name in output if name.startswith("thermal")]].to_numpy()
    ramp = np.abs(np.diff(thermal, axis=0))
    link = network.links_t.p0
    forward, reverse = (
        link[[name for name in link if name.startswith(f"link {way} 0 ")]].to_numpy() for way in ("forward", "reverse")
    )
    second = link[[name for name in link if name.startswith(("link forward 1", "link reverse 1"))]].to_numpy()
    flow = network.lines_t.p0.to_numpy()
    level = network.stores_t.e.to_numpy()[23::24]
    river = output[[name for name in output if name.startswith("river")]].to_numpy()
    shed = output[[name for name in output if name.startswith("shed")]].to_numpy()
    battery = network.storage_units_t.p.to_numpy()
    renewable = output[[name for name in output if name.startswith("renewable")]].to_numpy()
    limited = np.isfinite(data.thermal_ramp_mw_per_h)
    near = 1e-5
    return {
        "line_hours_at_limit": int((np.abs(flow) > data.line_max_mw - near).sum()),
        "ramp_hours_at_limit": int((ramp[:, limited] > data.thermal_ramp_mw_per_h[limited] - near).sum()),
        "unit_hours_at_must_run": int(((thermal < data.thermal_min_mw + near) & (data.thermal_min_mw > 0)).sum()),
        "link_hours_forward": int((forward > near).sum()),
        "link_hours_reverse": int((reverse > near).sum()),
        "link_hours_in_second_segment": int((second > near).sum()),
        "reservoir_days_full": int((level > data.reservoir_volume_mwh - near).sum()),
        "reservoir_days_empty": int((level < near).sum()),
        "spilled_mwh": round(float((data.reservoir_inflow_mw - river).sum()), 3),
        "battery_hours_charging": int((battery < -near).sum()),
        "battery_hours_discharging": int((battery > near).sum()),
        "curtailed_mwh": round(float((data.renewable_max_mw - renewable).sum()), 3),
        "emission_price_usd_per_tco2": round(-float(network.global_constraints.mu["emissions"]), 3),
        "emitted_tco2": round(float((thermal @ data.thermal_emission_tco2_per_mwh).sum()), 1),
        "shed_mwh": round(float(shed.sum()), 3),
    }


if __name__ == "__main__":
    main()
