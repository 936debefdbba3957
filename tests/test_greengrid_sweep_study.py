"""What is read off a sweep of sizes: the best size, slopes, staging, least regret, the grant of a cell, the report."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from financing.funding import FundingModel
from financing.loading import load_structure
from financing.operation import margins_of_tests, operate
from financing.project import Project
from greengrid.costs import annuity_frac
from greengrid.sweep.bankability import needed_grant
from greengrid.sweep.capacity import RATE_PA, best_sizes, capacity_rows, size_axes
from greengrid.sweep.choice import regret_rows, staged
from greengrid.sweep.table import Gathered
from reports.charts import Chart
from reports.money_charts import Matrix
from reports.sections.sweep import report
from reports.sweep_charts import SizeCurves
from reports.sweep_results import SweepResults
from tests.test_financing_plans import two_gigawatt_plan

SIZE, MIXES, PRICE = "link.caspian.capacity_mw", "financing.mixes", "prices.eua_usd_per_t"
CAPEX_USD_PER_MW, YEARS = 1e6, 25


def _saving(size_mw: float, price: float) -> float:
    """A parabola: price x (2,000 x - x^2 / 2) USD, whose slope is price x (2,000 - x)."""
    return price * (2000.0 * size_mw - size_mw**2 / 2.0)


def _row(number: int, size_mw: float, price: float) -> dict[str, Any]:
    row: dict[str, Any] = {
        "case": number,
        SIZE: size_mw,
        PRICE: price,
        "state": "done",
        "dispatch.objective_usd_real": 1e10 - _saving(size_mw, price),
        "dispatch.whole_year": True,
        "dispatch.system_tco2": 1e6,
        "dispatch.ens_mwh": 0.0,
        "dispatch.generation_mwh.KZ.wind_onshore": 1e6 + size_mw,
        "dispatch.generation_mwh.KZ.coal": 7e6,
        "dispatch.curtailed_mwh.KZ": 5e5 - size_mw,
        "welfare.total_usd_real": _saving(size_mw, price),
        "security.hours_checked": 12,
        **{f"reinforcement.cost_{level}_usd_real": 0.0 for level in ("low", "central", "high")},
        "reinforcement.length_km": 0.0,
    }
    if size_mw > 0:
        row |= {
            "links.caspian.rent_usd_real": 1.0,
            "links.caspian.rating_worth_usd_real_per_mw": price * (2000.0 - size_mw),
            "links.caspian.built_worth_usd_real_per_mw": price * (2000.0 - size_mw),
            "project.capex_central_usd_real": CAPEX_USD_PER_MW * size_mw,
            "project.works_usd_real": 0.0,
            "project.opex_mean_usd_real": 0.0,
            "project.availability_frac": 1.0,
            "project.operation_years": float(YEARS),
        }
    return row


def _mix(number: int, size_mw: float, price: float, verdict: str) -> dict[str, Any]:
    return {
        "case": number, SIZE: size_mw, PRICE: price, "mix": "plain", "verdict": verdict, "verdict_test": "minimum DSCR",
        "required_charge_usd_per_mwh": 30.0 + size_mw / 100.0, "affordable_charge_usd_per_mwh": 20.0,
        "npv_prefinance_usd_nominal": -1e6, "dscr_min_ratio": 1.2, "equity_npv_usd_nominal": 1e6 * price - size_mw,
    }  # fmt: skip


def _gathered(prices: tuple[float, ...] = (100.0,), passes_to: float = 0.0) -> Gathered:
    sizes = (0.0, 250.0, 500.0, 750.0, 1000.0, 1250.0, 1500.0)
    points = [(size, price) for price in prices for size in sizes]
    rows = tuple(_row(number, *point) for number, point in enumerate(points, start=1))
    mixes = tuple(
        _mix(number, size, price, "passes" if size <= passes_to else "fails")
        for number, (size, price) in enumerate(points, start=1)
        if size > 0
    )
    return Gathered((SIZE, PRICE), rows, mixes)


def test_the_best_size_is_where_the_slope_meets_the_cost() -> None:
    """Slope 100 x (2,000 - x) against an annuity of 64,012 a MW: best at 1,360 MW, 1,250 and 1,500 of those tried."""
    rows = capacity_rows(_gathered())
    best = best_sizes(rows)[0]
    cost = CAPEX_USD_PER_MW * annuity_frac(RATE_PA, YEARS)
    assert 2000.0 - cost / 100.0 == pytest.approx(1359.9, abs=0.1)
    assert best.welfare_mw == 1250.0
    assert (best.flat_low_mw, best.flat_high_mw) == (1250.0, 1500.0)
    assert not best.at_end
    assert best.bankable_mw is None
    assert best.nearest_mw == 250.0
    assert best.nearest_gap_usd_per_mwh == pytest.approx(12.5)


def test_slopes_costs_and_changes_are_those_of_the_sizes() -> None:
    """Each step saves the slope halfway, costs its annuity a MW; changes are against the smallest size."""
    rows = capacity_rows(_gathered())
    for row in rows[1:]:
        middle = row["size_mw"] - 125.0
        assert row["step_saving_usd_real_per_mw"] == pytest.approx(100.0 * (2000.0 - middle))
        assert row["step_cost_usd_real_per_mw"] == pytest.approx(CAPEX_USD_PER_MW * annuity_frac(RATE_PA, YEARS))
        assert row["res_gain_mwh"] == row["size_mw"] == -row["curtailed_change_mwh"]
    assert rows[0]["value_a_year_usd_real"] == 0.0


def test_the_bankable_size_is_the_best_of_those_that_a_mix_passes_at() -> None:
    """Mixes pass up to 750 MW: below the best size, so the largest of them."""
    assert best_sizes(capacity_rows(_gathered(passes_to=750.0)))[0].bankable_mw == 750.0


def test_axes_of_the_link_belong_to_its_size_and_mixes_make_no_scenario() -> None:
    """Voltage and poles go with the size, the cost of the cable and the price make scenarios; no size, no study."""
    axes = size_axes((SIZE, "link.caspian.poles", "link.caspian.cost.subsea_cable", MIXES, PRICE))
    assert axes is not None
    assert axes.others == ("link.caspian.cost.subsea_cable", PRICE)
    assert size_axes((PRICE, MIXES)) is None


def test_least_regret_by_hand() -> None:
    """Savage's example in small: B is best nowhere and still loses least at worst."""
    values = {"dry": {"A": 10.0, "B": 7.0, "C": 0.0}, "wet": {"A": 0.0, "B": 7.0, "C": 10.0}}
    rows = regret_rows(values, "x")
    worst = {row["strategy"]: row["regret_max_usd"] for row in rows}
    assert worst == {"A": 10.0, "B": 3.0, "C": 10.0}
    assert {row["strategy"] for row in rows if row["least_regret"]} == {"B"}


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.lists(st.floats(20.0, 300.0), min_size=1, max_size=4, unique=True), st.integers(0, 10))
def test_an_option_is_worth_no_less_than_a_duty(prices: list[float], wait_years: int) -> None:
    """Building the second half where it is worth it beats always and never building it; without a wait it is all at
    once where it is worth it."""
    rows = capacity_rows(_gathered(tuple(prices)))
    for one in staged(rows, wait_years):
        first = [row["value_a_year_usd_real"] for row in rows if row["size_mw"] == one.first_mw]
        never = sum(first) / len(first) / annuity_frac(RATE_PA, YEARS)
        assert one.option_usd_real >= max(one.staged_usd_real, never) - 1e-3
        if wait_years == 0:
            assert one.staged_usd_real == pytest.approx(one.once_usd_real, rel=1e-9, abs=1.0)


def test_waiting_pays_where_half_of_the_scenarios_want_one_half_alone() -> None:
    """At 40 and 260 USD the second 750 MW is lost in one world and gained in the other: the option is built in one."""
    found = {one.whole_mw: one for one in staged(capacity_rows(_gathered((40.0, 260.0))), 5)}[1500.0]
    assert (found.built_in, found.scenarios) == (1, 2)
    assert found.option_usd_real > found.staged_usd_real


def test_the_grant_of_a_cell_is_the_smallest_that_passes() -> None:
    """At the plan's own revenue the mix fails without the grant, its least margin is nought with it, and a tenth of a
    per cent less is too little."""
    plan, structure = two_gigawatt_plan(charge_usd_per_mwh=35.0), load_structure("sovereign")
    share, amount, _ = needed_grant(plan, structure)
    assert share is not None
    assert amount is not None
    assert 0.0 < share < 1.0

    def least_margin(extra_frac: float) -> float:
        project = Project(plan)
        model = FundingModel(project, structure.with_grant_added(extra_frac))
        return min(margins_of_tests(operate(model, project.revenue_usd_nominal)).values())

    assert least_margin(0.0) < 0.0
    assert least_margin(share - 1e-3) < 0.0 <= least_margin(share + 1e-4)


def _results() -> SweepResults:
    rows = capacity_rows(_gathered((80.0, 120.0)))
    scenarios = list(dict.fromkeys(row["scenario"] for row in rows))
    cells = [
        {
            "case": 1, "scenario": scenario, "size_mw": size, "mix": mix, "verdict": "fails", "verdict_test": "DSCR",
            "dscr_min_ratio": 0.9 + size / 2000.0, "equity_irr_pa": 0.05, "required_charge_usd_per_mwh": 40.0,
            "affordable_charge_usd_per_mwh": -3.0, "extra_grant_frac": 0.2, "extra_grant_usd_nominal": 1e8,
            "grant_note": "",
        }
        for scenario in scenarios for size in (500.0, 1000.0) for mix in ("plain", "rich")
    ]  # fmt: skip
    tables = {
        "capacity": rows,
        "best": [asdict(best) for best in best_sizes(rows)],
        "staged": [],
        "bankability": cells,
        "frontier": [],
        "regret": regret_rows({"a": {"A": 1e6, "B": 2e6}, "b": {"A": 2e6, "B": 1e6}}, "x"),
    }
    return SweepResults("tiny", "Eight buses", 2035, "d" * 64, 2025, (SIZE, PRICE), 14, 14, tables)


def test_the_report_shows_curve_sizes_map_and_regret() -> None:
    """Five pages; the curve's marks lie halfway, its line at the sizes; the map has a class for every cover."""
    made = report(_results(), date(2025, 1, 1))
    assert [page.title for page in made.pages] == [
        "Marginal value of the cable", "Sizes side by side", "Bankability by size and mix", "Robust choice",
        "How it was made",
    ]  # fmt: skip
    charts: tuple[Chart, ...] = made.charts()
    curve = next(chart for chart in charts if isinstance(chart, SizeCurves))
    assert curve.dots[0] == pytest.approx((0.125, 80.0 * 1875.0 / 1e3))
    assert curve.line[0] == pytest.approx(80.0 * 1750.0 / 1e3)
    cover, returns, grant = [chart for chart in charts if isinstance(chart, Matrix)][:3]
    assert [[cell.rank for cell in cells] for cells in cover.cells] == [[2, 3], [2, 3]]
    assert [[cell.rank for cell in cells] for cells in returns.cells] == [[2, 2], [2, 2]]
    assert [[cell.rank for cell in cells] for cells in grant.cells] == [[2, 2], [2, 2]]
    assert "Here they do." in made.pages[0].lead


@pytest.mark.slow
def test_the_report_is_set() -> None:
    """The pages pass the writer, which refuses missing letters and alternative texts."""
    from reports.pdf import pdf

    assert pdf(report(_results(), date(2025, 1, 1))).startswith(b"%PDF")
