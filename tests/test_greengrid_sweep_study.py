"""What is read off a sweep of sizes: the best size, slopes, staging, least regret, the grant of a cell, the report."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from financing.funding import FundingModel
from financing.loading import load_structure
from financing.operation import margins_of_tests, operate
from financing.package import finance
from financing.problems import FinancingFailed
from financing.project import Project
from financing.verdict import breaks_down
from greengrid.costs import UnitCosts, annuity_frac
from greengrid.sweep.bankability import Plans, cells_asked, map_rows, needed_grant
from greengrid.sweep.capacity import RATE_PA, Best, best_sizes, capacity_rows, size_axes
from greengrid.sweep.choice import NOT_BUILDING, mix_regrets, regret_rows, staged
from greengrid.sweep.decision import decision_text
from greengrid.sweep.table import Gathered
from reports.charts import Chart
from reports.content import Report, Table, sentences
from reports.language import left_english, speaking
from reports.money_charts import Matrix
from reports.sections.sweep import _agreement, report
from reports.sections.sweep_bankability import _nearest
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
        "npv_usd_nominal": -1e3 * size_mw, "equity_irr_pa": 0.05,
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


@pytest.mark.parametrize("paid_by", ["tso", "project"])
def test_works_that_stand_at_size_0_cost_no_size_anything(paid_by: str) -> None:
    """No saving holds the benefit of a fixed package, so its cost is none of any size's, whoever pays for it."""
    plain, package_usd = _gathered(), 5e8
    upkeep_usd = UnitCosts.of().share("line_upkeep").central * package_usd
    rows = []
    for row in plain.rows:
        changed = row | {"reinforcement.cost_central_usd_real": package_usd}
        if row[SIZE] > 0 and paid_by == "tso":
            changed["project.works_usd_real"] = package_usd
        elif row[SIZE] > 0:
            changed["project.capex_central_usd_real"] += package_usd
            changed["project.opex_mean_usd_real"] += upkeep_usd
        rows.append(changed)
    found = capacity_rows(Gathered(plain.axes, tuple(rows), plain.mixes))
    for own, expected in zip(found, capacity_rows(plain), strict=True):
        assert own["value_a_year_usd_real"] == pytest.approx(expected["value_a_year_usd_real"], abs=1.0)
        assert own.get("works_usd_real", 0.0) == 0.0


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
    grant = needed_grant(plan, structure)
    share = grant.extra_frac
    assert grant.state == "found"
    assert share is not None
    assert grant.amount_usd_nominal is not None
    assert 0.0 < share < 1.0

    def least_margin(extra_frac: float) -> float:
        project = Project(plan)
        model = FundingModel(project, structure.with_grant_added(extra_frac))
        return min(margins_of_tests(operate(model, project.revenue_usd_nominal)).values())

    assert least_margin(0.0) < 0.0
    assert least_margin(share - 1e-3) < 0.0 <= least_margin(share + 1e-4)


def test_a_grant_that_is_not_found_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """None enough where revenue is less than running cost, failed with the words of the error where that is all."""
    structure = load_structure("sovereign")
    poor = needed_grant(two_gigawatt_plan(charge_usd_per_mwh=0.1), structure)
    assert (poor.state, poor.extra_frac) == ("none enough", None)
    rich = needed_grant(two_gigawatt_plan(charge_usd_per_mwh=500.0), structure)
    assert (rich.state, rich.extra_frac) == ("none needed", 0.0)

    def fail(*_: object) -> None:
        raise FinancingFailed("the cash sweep did not settle")

    monkeypatch.setattr("financing.operation.operate", fail)
    failed = needed_grant(two_gigawatt_plan(charge_usd_per_mwh=35.0), structure)
    assert (failed.state, failed.extra_frac, failed.note) == ("failed", None, "the cash sweep did not settle")


class _NoPlans:
    """Of no case."""

    def of(self, number: int) -> None:
        """Gone."""


def test_every_cell_of_the_map_has_its_worth_and_the_state_of_its_grant(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells beyond the limit, and those of a dispatch that is gone, are told apart, each with its reason."""
    monkeypatch.setattr("greengrid.sweep.bankability.MEASURES", ("npv_usd_nominal", "equity_irr_pa"))
    monkeypatch.setattr("greengrid.sweep.bankability.cells_asked", lambda scenarios: {0, 1})
    found = _gathered()
    axes = size_axes(found.axes)
    assert axes is not None
    rows = map_rows(found, axes, cast(Plans, _NoPlans()))
    assert [row["npv_usd_nominal"] for row in rows] == [-1e3 * row["size_mw"] for row in rows]
    assert {row["grant_state"] for row in rows} == {"not computed"}
    assert "no longer in the sweep's folder" in rows[1]["grant_note"]
    assert rows[2]["grant_note"].startswith("6 cells: grants are worked out for 20000 of them")


def test_grants_go_to_all_cells_or_to_those_of_the_first_scenarios() -> None:
    """Of three sizes in two scenarios, four cells: all of the first scenario and one of the second."""
    assert cells_asked(["a", "b"] * 3) == set(range(6))
    assert cells_asked(["a", "b"] * 3, most=4) == {0, 2, 4, 1}


def test_the_capacity_study_holds_what_each_mix_is_worth_at_each_size() -> None:
    """NPV, return, cover, charge and verdict by mix; nothing at no cable."""
    rows = capacity_rows(_gathered())
    assert "financing.plain.npv_usd_nominal" not in rows[0]
    for row in rows[1:]:
        assert row["financing.plain.npv_usd_nominal"] == -1e3 * row["size_mw"]
        assert (row["financing.plain.equity_irr_pa"], row["financing.plain.verdict"]) == (0.05, "fails")


@pytest.mark.parametrize(
    ("gap", "words"),
    [
        (5.0, "the charge required is 5.0 USD/MWh above what the chain affords"),
        (-5.0, "the chain affords the charge required with 5.0 USD/MWh to spare, but another test fails (LLCR 1.0)"),
    ],
)
def test_a_distance_is_told_on_its_own_side(gap: float, words: str) -> None:
    """No negative distance, in the text of the command and in the report's two languages."""
    best = Best("", 500.0, 500.0, 500.0, False, None, 250.0, gap, "LLCR 1.0")
    said = decision_text({"best": [asdict(best)]})
    assert said.endswith(f"no mix passes at any size: nearest is 250 MW, where {words}")
    english = _nearest(asdict(best))
    with speaking("ru"):
        russian = _nearest(asdict(best))
    for text in (english, russian):
        assert "-" not in text
        assert "\u2212" not in text
    assert ("выше того" in russian) == ("above" in english) == (gap > 0)


def test_what_changes_between_sizes_is_compared_and_not_supposed() -> None:
    """Package and swept keys of the link that differ are named; else nothing is blamed."""
    poles = "link.caspian.poles"
    found = _gathered()
    rows = [row | {poles: 1 if row[SIZE] < 1000.0 else 2} for row in found.rows]
    rows[2]["reinforcement.length_km"] = 10.0
    changed = capacity_rows(Gathered((SIZE, poles, PRICE), tuple(rows), found.mixes))
    assert [row.get("step_changes") for row in changed] == [
        None, "", "inland package", "inland package", poles, "", "",
    ]  # fmt: skip
    odd = {"built_worth_usd_real_per_mw": 1.0, "step_saving_usd_real_per_mw": 9.0, "size_mw": 500.0}
    assert _agreement([odd, odd | {"step_changes": poles}]).endswith(f"there these change too: {poles}.")
    assert _agreement([odd, odd | {"step_changes": ""}]).endswith("no other cause was looked for.")
    assert _agreement([odd, odd]).endswith("was not recorded.")


def _owners(price: float, mix: str, worth: float | None, verdict: str, test: str) -> dict[str, Any]:
    return {SIZE: 500.0, PRICE: price, "mix": mix, "equity_npv_usd_nominal": worth} | {
        "verdict": verdict, "verdict_test": test,
    }  # fmt: skip


def test_mixes_that_default_are_no_strategies_and_not_building_is_one() -> None:
    """By hand: sound earns 5 or loses 8, not building 0: its regret of 5 is less than 8. One mix defaults in one world,
    one has no equity, one is missing in one."""
    mixes = []
    for price, worth in ((1.0, 5.0), (2.0, -8.0)):
        mixes.append(_owners(price, "sound", worth, "fails", "minimum DSCR 1.1 against 1.2"))
        mixes.append(_owners(price, "given", None, "passes", ""))
    mixes += [
        _owners(1.0, "broke", 90.0, "passes", "equity IRR"),
        _owners(2.0, "broke", 90.0, "fails", "default in 2037"),
    ]
    mixes.append(_owners(2.0, "late", 90.0, "passes", "equity IRR"))
    axes = size_axes((SIZE, PRICE))
    assert axes is not None
    rows = mix_regrets(Gathered((SIZE, PRICE), (), tuple(mixes)), axes)
    worst = {row["strategy"]: row["regret_max_usd"] for row in rows if not row["left_out"]}
    assert worst == {NOT_BUILDING: 5.0, "500 MW, sound": 8.0}
    assert {row["strategy"] for row in rows if row["least_regret"]} == {NOT_BUILDING}
    reasons = {row["strategy"]: row["left_out"] for row in rows if row["left_out"]}
    assert reasons == {
        "500 MW, broke": "default in 2037",
        "500 MW, given": "no equity in the mix",
        "500 MW, late": "not financed in this scenario",
    }


def test_a_default_is_known_by_the_words_of_its_test() -> None:
    """Of a mix that is really financed: at a low charge it defaults, at a high one it does not."""
    structure = load_structure("sovereign")
    poor = finance(two_gigawatt_plan(charge_usd_per_mwh=15.0), structure).summary()
    assert "default" in str(poor["verdict_test"])
    assert breaks_down(str(poor["verdict_test"]))
    rich = finance(two_gigawatt_plan(charge_usd_per_mwh=500.0), structure).summary()
    assert not breaks_down(str(rich["verdict_test"]))
    assert breaks_down("the mix requires revenue of cap_and_floor; the plan has merchant")


def _results() -> SweepResults:
    rows = capacity_rows(_gathered((80.0, 120.0)))
    scenarios = list(dict.fromkeys(row["scenario"] for row in rows))
    cells = [
        {
            "case": 1, "scenario": scenario, "size_mw": size, "mix": mix, "verdict": "fails", "verdict_test": "DSCR",
            "dscr_min_ratio": 0.9 + size / 2000.0, "equity_irr_pa": 0.05, "required_charge_usd_per_mwh": 40.0,
            "affordable_charge_usd_per_mwh": -3.0, "extra_grant_frac": 0.2, "extra_grant_usd_nominal": 1e8,
            "grant_state": "found", "grant_note": "", "npv_usd_nominal": -1e8 if mix == "plain" else 1e8,
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
        "Marginal value of the cable", "Sizes side by side", "NPV and bankability by size and mix", "Robust choice",
        "How it was made",
    ]  # fmt: skip
    charts: tuple[Chart, ...] = made.charts()
    curve = next(chart for chart in charts if isinstance(chart, SizeCurves))
    assert curve.dots[0] == pytest.approx((0.125, 80.0 * 1875.0 / 1e3))
    assert curve.line[0] == pytest.approx(80.0 * 1750.0 / 1e3)
    worth, cover, returns, grant = [chart for chart in charts if isinstance(chart, Matrix)][:4]
    assert [[cell.text for cell in cells] for cells in worth.cells] == [["\u2212100"] * 2, ["100"] * 2]
    assert [[cell.rank for cell in cells] for cells in worth.cells] == [[0, 0], [4, 4]]
    assert [[cell.rank for cell in cells] for cells in cover.cells] == [[2, 3], [2, 3]]
    assert [[cell.rank for cell in cells] for cells in returns.cells] == [[2, 2], [2, 2]]
    assert [[cell.rank for cell in cells] for cells in grant.cells] == [[2, 2], [2, 2]]
    assert "Here they do." in made.pages[0].lead
    table = _table(made, "NPV and bankability per mix")
    assert table.rows[0][:4] == ("0.50\u00a0GW, plain", "\u2212100", "5.0", "1.15")


def _table(made: Report, caption: str) -> Table:
    blocks = [block for page in made.pages for block in page.blocks]
    return next(block for block in blocks if isinstance(block, Table) and block.caption.startswith(caption))


def _many() -> SweepResults:
    """25 sizes with a security measure and a map of one mix."""
    few = _results()
    row, cell = few.tables["capacity"][2], few.tables["bankability"][0]
    sizes = [200.0 * k for k in range(1, 26)]
    secured = {"security.n-1.worst_mw": 7.0}
    capacity = [row | {"size_mw": size, "scenario": ""} | secured for size in sizes]
    states = [("none enough", "revenue"), ("failed", "no root"), ("not computed", "20,000 cells")]
    cells = []
    for number, size in enumerate(sizes):
        state, note = states[number % 3]
        grant = {"extra_grant_frac": None, "extra_grant_usd_nominal": None, "grant_state": state, "grant_note": note}
        cells.append(cell | {"size_mw": size, "scenario": ""} | grant)
    left_out = {"measure": "x", "strategy": "500 MW, plain", "scenario": "a", "left_out": "default in 2037"}
    regret = [*few.tables["regret"], left_out | {"regret_usd": None, "regret_max_usd": None, "least_regret": False}]
    tables = {**few.tables, "capacity": capacity, "bankability": cells, "best": [], "regret": regret}
    return replace(few, tables=tables)


def test_no_size_is_dropped_in_silence() -> None:
    """Of 25 sizes the first and the last stand in every table and map, and the pages say how many are left out and
    where they are."""
    made = report(_many(), date(2025, 1, 1))
    sizes, map_ = made.pages[1], made.pages[2]
    assert "Of 25 sizes 12 are shown, evenly chosen with the first and the last; the other 13 are in" in sizes.lead
    assert "Of 25 sizes 10 are shown" in map_.lead
    security = [block for block in sizes.blocks if isinstance(block, Table) and block.caption.startswith("Security")]
    shown = [column.name for block in security for column in block.columns[1:]]
    assert [len(block.columns) for block in security] == [7, 7]
    assert len(shown) == len(set(shown)) == 12
    assert (shown[0], shown[-1]) == ("0.20\u00a0GW", "5.00\u00a0GW")
    for chart in (block for block in map_.blocks if isinstance(block, Matrix)):
        assert len(chart.columns) == 10
        assert (chart.columns[0], chart.columns[-1]) == ("0.20\u00a0GW", "5.00\u00a0GW")
    rows = _table(made, "NPV and bankability per mix").rows
    assert [row[0].split(",")[0] for row in rows] == list(chart.columns)


def test_grant_cells_tell_their_reason() -> None:
    """None enough, failed and not computed are three things, counted over the whole map with their reasons."""
    made = report(_many(), date(2025, 1, 1))
    grant = [chart for chart in made.charts() if isinstance(chart, Matrix)][-1]
    assert {cell.text for cells in grant.cells for cell in cells} == {"none enough", "failed", "not computed"}
    note = _table(made, "NPV and bankability per mix").note
    assert "None enough: revenue does not cover running cost and tax" in note
    assert "The grant of 8 of 25 cells could not be calculated: no root." in note
    assert "The grant of 8 of 25 cells was not computed: 20,000 cells." in note


def test_the_regret_page_names_what_it_left_out() -> None:
    """A mix that defaults has no row and is named in the note."""
    table = _table(report(_many(), date(2025, 1, 1)), "Regret")
    assert {row[0] for row in table.rows} == {"A", "B"}
    assert "Left out, each with its reason in study/regret: 1 that" in table.note
    assert "(500 MW, plain)" in table.note


def test_the_report_speaks_russian() -> None:
    """No page of it says that parts are English."""
    made = report(_many(), date(2025, 1, 1), "ru")
    with speaking("ru"):
        english = [text for page in made.pages for text in sentences(page) if left_english(text)]
    assert english == []


@pytest.mark.slow
def test_the_report_is_set() -> None:
    """The pages pass the writer, which refuses missing letters and alternative texts."""
    from reports.pdf import pdf

    assert pdf(report(_results(), date(2025, 1, 1))).startswith(b"%PDF")
