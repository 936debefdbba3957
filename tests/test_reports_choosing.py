"""Pages on choosing among mixes: their headlines follow the data, every branch of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from greengrid.report import read_results
from reports.content import Page, Table
from reports.money_charts import Frontier
from reports.results import Results
from reports.sections import cash, frontier, funds, gains, optimum, price_levels, risk
from tests.sample_run import write_sample


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return read_results(write_sample(tmp_path_factory.mktemp("run") / "sample"))


def changed(results: Results, table: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Results:
    """The results with every row of one table changed."""
    rows = tuple(change(dict(row)) for row in results.static[table])
    return replace(results, static={**results.static, table: rows})


def without(results: Results, *tables: str) -> Results:
    return replace(results, static={name: rows for name, rows in results.static.items() if name not in tables})


def test_the_risk_says_how_often(results: Results) -> None:
    """42 % of 5,000 draws below 1.20x, default in 30 %; in a thin tail only that it is thin; none is said as none."""
    (page,) = risk.risk(results)
    assert (
        page.headline
        == "Blended: the lowest DSCR falls below 1.20x in 42.0\u00a0% of 5\u202f000 draws; default in 30.0\u00a0%"
    )
    assert "weather year: one year was dispatched; inflation" in page.lead
    assert risk.frequency(0.0004, 5000) == "fewer than 10"
    assert risk.frequency(0.0, 5000) == "none"
    assert risk.risk(without(results, "risk")) == ()


def test_the_downside_tells_a_mix_that_fails_already(results: Results) -> None:
    """Base above its tests: so many of three blows break one; base below them: that is said first."""
    page, *_ = risk.downside(results)
    assert page.headline.startswith("Blended: in 3 of 3 downside cases a test breaks; the hardest single blow is cable")
    poor = changed(results, "downside", lambda row: {**row, "dscr_min_ratio": row["dscr_min_ratio"] - 0.5})
    assert risk.downside(poor)[0].headline.startswith("Blended fails a test before any blow")


def test_a_value_just_below_its_test_is_not_rounded_onto_it(results: Results) -> None:
    """1.1996 against 1.20 is printed as it is, on the field of values below the test."""
    near = changed(results, "downside", lambda row: {**row, "dscr_min_ratio": 1.1996})
    cell = risk.downside(near)[0].blocks[0].cells[0][0]
    assert cell.text == "1.1996x"
    assert cell.rank == 1


def test_the_frontier_rings_the_contract_charge(results: Results) -> None:
    """Contract charge = 340 M USD over 5.4 TWh at 94 %; the share between computed points; no ring without revenue."""
    page, *_ = frontier.frontier(results)
    charge = 340e6 / (5.4e6 * 0.94)
    (chart,) = (block for block in page.blocks if isinstance(block, Frontier))
    ((label, x, y),) = chart.rings
    assert x == pytest.approx(charge)
    assert (
        page.headline
        == f"2.0\u00a0GW: grants of {label} of uses suffice for blended at the contract charge, 67.0\u00a0USD/MWh"
    )
    assert 0 <= y <= 100
    bare, *_ = frontier.frontier(without(results, "revenue"))
    assert bare.headline == "2.0\u00a0GW: blended needs no further grant from 66.0\u00a0USD/MWh on"


def test_prices_that_never_suffice_are_said_so(results: Results) -> None:
    """With a chain that leaves nothing the headline says so; else the first level with the largest surplus."""
    page, *_ = price_levels.price_levels(results)
    assert page.headline.startswith(
        "Only from 1.5 times this run's price on does a chain pay what is required: 1.0\u00a0GW to "
    )
    poor = changed(results, "price_levels", lambda row: {**row, "affordable_charge_usd_per_mwh": -5.0})
    said = price_levels.price_levels(poor)[0].headline
    assert said == "At no size and no price up to 2 times this run's can a chain pay what is required"


def test_gains_need_the_run_without_the_link(results: Results) -> None:
    """With a comparison: who gains and loses, and whom thirds leave short; without it and without plants: no page."""
    page, owners = gains.gains(results)
    assert page.headline.startswith("Kazakhstan gains") or " gains " in page.headline
    assert "thirds of the cost leave" in page.headline
    assert owners.headline.startswith("KZ-West")
    alone = without(results, "benefits", "benefits_surplus")
    assert gains.gains(without(alone, "developers")) == ()


def test_plants_alone_say_what_the_comparison_needs(results: Results) -> None:
    """Of two groups one captures less than its floor; the command that adds the other side is named."""
    row = {
        **{"kind": "solar_kz", "country": "KZ", "zone": "KZ-West", "technology": "solar", "capacity_mw": 500.0},
        **{"sold_mwh": 1e6, "curtailed_frac": 0.1, "floor_price_usd_per_mwh": 36.0, "irr_real_pa": None},
        **{"capture_price_usd_per_mwh": 14.0, "confidence": "B"},
    }
    rows = (row, {**row, "technology": "wind_onshore", "capture_price_usd_per_mwh": 50.0})
    alone = without(results, "benefits", "benefits_surplus")
    (page,) = gains.gains(replace(alone, static={**alone.static, "developers": rows}))
    assert page.headline.startswith("1 of 2 groups of wind and solar plants capture less")
    assert any("greengrid benefits WITH WITHOUT --keep" in str(block) for block in page.blocks)


def test_cash_says_when_it_falls_short(results: Results) -> None:
    """One year of eighteen below one; none: covered in every year."""
    page = _named(cash.cash_flow(results), "Cash flow of the best mix")
    assert "cash falls short of debt service in 1 of 18 years, the last 2038" in page.headline
    rich = changed(results, "covers", lambda row: {**row, "dscr_ratio": 1.5, "below_covenant": False})
    assert (
        "cash covers debt service in every year" in _named(cash.cash_flow(rich), "Cash flow of the best mix").headline
    )


def _named(pages: tuple[Page, ...], title: str) -> Page:
    return next(page for page in pages if page.title == title)


def test_uses_are_paid_by_the_draws_of_their_year(results: Results) -> None:
    """The matrix adds up to what is raised, by use and by kind of money."""
    pages = funds.sources_and_uses(results)
    tables = [block for page in pages for block in page.blocks if isinstance(block, Table)]
    matrix = next(table for table in tables if table.caption.startswith("Who pays"))
    total = [float(cell.replace("\u202f", "")) for cell in matrix.rows[-1][1:]]
    assert total[-1] == pytest.approx(sum(total[:-1]), abs=2)


def test_the_investment_stands_by_component(results: Results) -> None:
    """Two components of 1 : 3 of the same real spending share each year's nominal money in that way."""
    whole = {2030: 400.0e6, 2031: 100.0e6}
    parts = tuple(
        {"name": name, "central_usd_real": cost, "spread_frac": spread}
        for name, cost, spread in (("subsea_cable", 3e8, "[0.5, 0.5]"), ("land cable", 1e8, "[0.5, 0.5]"))
    )
    own = replace(results, static={**results.static, "capex": parts})
    rows = funds._invested(own, ("investment", whole, "#000000"))
    assert [words for words, _, _ in rows] == ["subsea cable", "land cable"]
    assert [sum(amounts.values()) for _, amounts, _ in rows] == pytest.approx([375e6, 125e6])
    untold = replace(results, static={**results.static, "capex": ()})
    assert funds._invested(untold, ("investment", whole, "#000000")) == [("investment", whole, "#000000")]


def test_best_shares_name_the_limits_that_hold_them(results: Results) -> None:
    """48.2 comes down to 41.0; two of three shares lie at a limit."""
    (page,) = optimum.optimum(results)
    assert "from 48.2\u00a0USD/MWh to 41.0\u00a0USD/MWh" in page.headline
    table = page.blocks[0]
    assert isinstance(table, Table)
    assert table.rows[0][3] == "2 of 3"
