"""Every law of the dispatch, alone and together, costs what an independent formulation says it costs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from greengrid.dispatch import assemble, year
from greengrid.dispatch.assemble import make_problem
from greengrid.dispatch.options import Options
from tests.independent_dispatch import optimum_usd
from tests.small_system import make_full_system

GREEN = ("wind a", "sun")
EVERYTHING = Options(
    line_margin_frac=0.1,
    reserve="largest_pole",
    green="daily",
    green_plants=GREEN,
    co2_cap_tco2=(("all", 4.2e6),),
)


@pytest.fixture(autouse=True)
def _no_ties(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assemble, "TIE_COST_USD_PER_MWH", 0.0)


def _cost_usd(seed: int, options: Options, hours: int = 72) -> float:
    system = make_full_system(seed, hours)
    optimum = year.optimise(make_problem(system.grid, system.profiles, system.economy, options))
    assert optimum.gap_frac < 1e-6
    # The second formulation, too, may run a link both ways at once; what mends that comes on top.
    return optimum.objective_usd - optimum.repair_cost_usd


@pytest.mark.parametrize("seed", range(10))
def test_everything_at_once(seed: int) -> None:
    """Ten systems with margin, ramps, reserve, green rule, carbon cap, two blocks of shedding, pumped storage."""
    assert _cost_usd(seed, EVERYTHING) == pytest.approx(optimum_usd(make_full_system(seed), EVERYTHING), rel=1e-8)


@pytest.mark.parametrize(
    "options",
    [
        Options(),
        Options(ramps="unit"),
        Options(line_margin_frac=0.2),
        Options(reserve="largest_pole"),
        Options(reserve="largest_pole", reserve_imports=True),
        Options(green="hourly", green_plants=GREEN),
        Options(green="daily", green_plants=GREEN),
        Options(green="monthly", green_plants=GREEN),
        Options(green="yearly", green_plants=("wind a",)),
        Options(reservoir_levels_frac=(0.6, 0.2)),
        Options(reservoir_levels_frac=(0.1, 0.5)),
        Options(co2_cap_tco2=(("all", 4e6),)),
        Options(co2_cap_tco2=(("KZ", 2.5e6), ("AZ", 1.0e6))),
    ],
    ids=lambda options: "-".join(
        [options.ramps, options.green, options.reserve, f"{options.line_margin_frac}", str(len(options.co2_cap_tco2))]
    ),
)
def test_each_law_alone(options: Options) -> None:
    """Each option by itself costs what the second formulation says."""
    for seed in (0, 4):
        assert _cost_usd(seed, options) == pytest.approx(optimum_usd(make_full_system(seed), options), rel=1e-8)


@pytest.mark.slow
@pytest.mark.parametrize("green", ["hourly", "daily", "monthly"])
def test_blocks_reach_the_optimum_of_the_whole(monkeypatch: pytest.MonkeyPatch, green: str) -> None:
    """Five weeks with every law, solved by way of weekly blocks, cost the same as in one piece."""
    options = replace(EVERYTHING, green=green)
    costs = []
    for single_days_max in (40, 10):
        monkeypatch.setattr(year, "SINGLE_DAYS_MAX", single_days_max)
        costs.append(_cost_usd(3, options, hours=35 * 24))
    assert costs[1] == pytest.approx(costs[0], rel=1e-9)
