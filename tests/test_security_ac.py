"""AC checks of a dispatched run: hours told, operating points, records, findings and their order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from greengrid.dispatch.result import Certificate, Dispatch
from greengrid.hourly import Clock, HourlyTable
from greengrid.security.ac import AcResult, check
from greengrid.security.findings import NO, UNBOUNDED_MW, Violation, ranked
from greengrid.security.hours import telling_hours
from greengrid.security.operating import PointMaker, link_ends
from greengrid.security.record import FINDINGS_MAX, summarise_security
from greengrid.security.study import SecurityStudy
from networks.grid import Border, Bus, Grid, Interface, Line, Load, Plant, Transformer
from networks.hvdc import Link

HOURS = 240


def bus(name: str, kv: float = 500.0, country: str = "AA") -> Bus:
    return Bus(f"{name} {kv:.0f}", name, country, f"{country}-1", kv, 45.0, 60.0)


def line(name: str, start: str, end: str, length_km: float) -> Line:
    return Line(
        name,
        start,
        end,
        500.0,
        1,
        length_km,
        0.029,
        0.308,
        11.46,
        2.19,
        900.0,
        "3xAC-330",
        "existing",
        2000,
        "A",
        "test",
    )


def plant(name: str, at: str, capacity_mw: float, technology: str, country: str = "AA") -> Plant:
    return Plant(
        name, name, country, f"{country}-1", at, technology, capacity_mw, 0.0, 45.0, 60.0, "existing", 2000, "A", "test"
    )


def two_areas() -> Grid:
    """AA: A 500 - B 500/220; BB: C 500 - D 500; a link from B to C; a border at A."""
    return Grid(
        year=2035,
        buses=(bus("A"), bus("B"), bus("B", 220.0), bus("C", country="BB"), bus("D", country="BB")),
        lines=(line("A-B", "A 500", "B 500", 150.0), line("C-D", "C 500", "D 500", 100.0)),
        transformers=(
            Transformer(
                "B 500/220", "B 500", "B 220", 2, 501.0, 11.0, 975.0, 375.0, 0.4, 900.0, "existing", 2000, "A", "x"
            ),
        ),
        plants=(
            plant("coal", "A 500", 2000.0, "coal"),
            plant("wind", "B 500", 500.0, "wind_onshore"),
            plant("store", "B 220", 100.0, "battery"),
            plant("gas", "D 500", 1500.0, "gas_ccgt", "BB"),
        ),
        loads=(Load("B 220", "AA", "AA-1", 1.0), Load("C 500", "BB", "BB-1", 1.0)),
        demands=(),
        borders=(Border("tie", "A 500", "RU_north", 200.0, 200.0, 100.0, 5000.0, "A", "test"),),
        joint_limits=(),
        interfaces=(Interface("cut", 800.0, 800.0, (("A-B", 1),), "A", "test"),),
        compensation=(),
        reactors=(),
        reinforcements=(),
        links=(
            Link("cable", "B 500", "C 500", 400.0, 320.0, "bipole", 2, 100.0, 0.0, 0.01, 0.001, 0.01, 1e6, 0.0, "x"),
        ),
        areas=(("A 500", "B 500", "B 220"), ("C 500", "D 500")),
        notes=(),
    )


def table(**columns: np.ndarray) -> HourlyTable:
    return HourlyTable.of(columns, list(columns.values()), HOURS)


def dispatched(**changes: HourlyTable) -> Dispatch:
    """240 hours around 1 April: a daily swing, wind that grows, a cable that turns round after five days."""
    hour = np.arange(HOURS)
    load_aa = 600 + 150 * np.sin(2 * np.pi * hour / 24)
    load_bb = 500 + 100 * np.cos(2 * np.pi * hour / 24)
    wind = 300.0 * hour / HOURS
    none = np.zeros(HOURS)
    forward = np.where(hour < 120, 300.0, 0.0)
    reverse = np.where(hour >= 120, 200.0, 0.0)
    charge = np.where(hour % 24 < 6, 40.0, 0.0)
    received_forward, received_reverse = 0.97 * forward, 0.97 * reverse
    coal = load_aa - wind + charge + forward - received_reverse + 2.0 - 50.0
    gas = load_bb - received_forward + reverse + 2.0
    values = {
        "generation_mw": table(coal=coal, wind=wind, store=none, gas=gas),
        "charge_mw": table(store=charge),
        "level_mwh": table(),
        "curtailed_mw": table(),
        "spilled_mw": table(),
        "served_mw": HourlyTable.of(("B 220", "C 500"), [load_aa, load_bb], HOURS),
        "shed_mw": HourlyTable.of(("B 220", "C 500"), [none, none], HOURS),
        "dumped_mw": table(),
        "import_mw": table(tie=none + 50.0),
        "export_mw": table(tie=none),
        "branch_mw": HourlyTable.of(
            ("A-B", "B 500/220", "C-D"), [coal + 50.0, load_aa + charge, -(load_bb - received_forward + reverse)], HOURS
        ),
        "link_sent_mw": HourlyTable.of(("cable:forward", "cable:reverse"), [forward, reverse], HOURS),
        "link_received_mw": HourlyTable.of(
            ("cable:forward", "cable:reverse"), [received_forward, received_reverse], HOURS
        ),
        "link_idle_mw": table(cable=none + 4.0),
        "price_usd_per_mwh": table(),
        "interface_mw": table(cut=coal + 50.0),
        "market_price_usd_per_mwh": table(),
    }
    clock = Clock(datetime(2035, 3, 27, tzinfo=UTC), HOURS)
    return Dispatch(clock, Certificate(0.0, 0.0, 0.0, 0.0, "test"), **{**values, **changes})


@pytest.fixture(scope="module")
def result() -> AcResult:
    grid, dispatch = two_areas(), dispatched()
    return check(grid, dispatch, telling_hours(grid, dispatch, 8)[:8], loss_frac={"AA": 0.02, "BB": 0.01})


def test_telling_hours_hold_the_extremes_once_each_in_order() -> None:
    """The peak of each season, both full cable directions and the windiest hour are there; hours do not repeat."""
    grid, dispatch = two_areas(), dispatched()
    chosen = dict(telling_hours(grid, dispatch, 48))
    assert list(chosen) == sorted(set(chosen))
    assert len(chosen) == 48
    load = dispatch.served_mw.values.sum(axis=1)
    winter = np.arange(HOURS) < 5 * 24
    peak = int(np.argmax(np.where(winter, load, 0)))
    assert "system winter peak" in chosen[peak]
    assert "highest wind and sun" in chosen[HOURS - 1]
    reasons = "; ".join(chosen.values())
    for part in (
        "cable fullest forward at high load",
        "cable fullest reverse at light load",
        "BB lightest load",
        "A-B highest",
    ):
        assert part in reasons
    assert "evenly spaced" in reasons


def test_full_hours_of_a_link_are_told_apart_by_load() -> None:
    """Of 120 hours with the cable equally full, those with the highest and with the lightest load are taken."""
    grid, dispatch = two_areas(), dispatched()
    load = dispatch.served_mw.values.sum(axis=1)
    by_reason = {reason: hour for hour, text in telling_hours(grid, dispatch) for reason in text.split("; ")}
    assert load[by_reason["cable fullest forward at high load"]] == pytest.approx(load[:120].max())
    assert load[by_reason["cable fullest forward at light load"]] == pytest.approx(load[:120].min())


def test_short_runs_give_all_hours() -> None:
    """With fewer hours than asked for, every hour is checked."""
    grid, dispatch = two_areas(), dispatched()
    assert [hour for hour, _ in telling_hours(grid, dispatch, 1000)] == list(range(HOURS))


def test_operating_point_carries_battery_link_and_border_with_their_signs() -> None:
    """Charging is negative generation; the sending end gives up what is sent and half of the idle loss."""
    grid, dispatch = two_areas(), dispatched()
    point = PointMaker(grid, dispatch, ["A 500", "B 220"]).point(3)
    assert point.generation_mw["store"] == -40.0
    assert point.net_import_mw["tie"] == 50.0
    assert point.links["cable"].net_from_mw == pytest.approx(-302.0)
    assert point.links["cable"].net_to_mw == pytest.approx(0.97 * 300 - 2)
    back = link_ends(grid.links[0], dispatch, 200)
    assert (back.net_from_mw, back.net_to_mw) == pytest.approx((0.97 * 200 - 2, -202.0))
    assert back.loss_mw == pytest.approx(0.03 * 200 + 4)


def test_light_load_is_judged_by_the_area() -> None:
    """At the AA minimum (450 of 750 MW) the set points are low; BB at 500 of 600 MW is not light in the same hour."""
    grid, dispatch = two_areas(), dispatched()
    assert PointMaker(grid, dispatch, ["B 220"]).point(18).light_load
    assert not PointMaker(grid, dispatch, ["C 500"]).point(18).light_load


def test_records_cover_every_hour_and_area(result: AcResult) -> None:
    """Two areas for each hour, all converged; the slack covers the losses beyond their estimate."""
    assert result.hours_checked == 8
    assert result.hours_converged == 8
    assert len(result.hours) == 16
    assert {record.area for record in result.hours} == {"AA", "BB"}
    for record in result.hours:
        assert record.loss_mw is not None
        assert record.slack_mw is not None
        assert 0 < record.loss_mw < 0.05 * record.load_mw
        assert record.loss_estimate_mw is not None
        assert record.slack_mw == pytest.approx(record.loss_mw - record.loss_estimate_mw, abs=0.01)
        assert record.loss_estimate_mw == pytest.approx(
            record.load_mw * {"AA": 0.02 / 0.98, "BB": 0.01 / 0.99}[record.area]
        )


def test_extremes_enclose_the_records(result: AcResult) -> None:
    """The lowest voltage of the records is the lowest of the buses, likewise the highest loading."""
    assert result.voltage_lowest_pu == pytest.approx(np.nanmin(result.voltage_min_pu))
    assert result.voltage_highest_pu == pytest.approx(np.nanmax(result.voltage_max_pu))
    assert result.loading_highest_frac == pytest.approx(np.nanmax(result.loading_max_frac))


def test_an_hour_without_solution_is_a_finding() -> None:
    """5 GW over one circuit to AA: that area fails in that hour, the other is solved, and the finding comes first."""
    calm = dispatched()
    load = calm.served_mw.values.copy()
    load[7, 0] = 5000.0
    coal = calm.generation_mw.values.copy()
    coal[7, 0] = 5000.0
    heavy = dispatched(
        served_mw=HourlyTable(calm.served_mw.columns, load), generation_mw=HourlyTable(calm.generation_mw.columns, coal)
    )
    found = check(two_areas(), heavy, [(6, "before"), (7, "the bad one"), (8, "after")])
    assert [record.converged for record in found.hours if record.area == "AA"] == [True, False, True]
    assert all(record.converged for record in found.hours if record.area == "BB")
    assert found.hours_converged == 2
    first = found.findings[0]
    assert (first.kind, first.element, first.hour, first.rank) == ("not_converged", "AA", 7, 1)
    assert "no solution" in first.remedy
    assert not [finding for finding in found.findings if finding.kind == "imbalance"]
    bad = next(record for record in found.hours if not record.converged)
    assert bad.voltage_min_pu is None
    assert bad.problem


def test_an_overloaded_line_is_found_with_its_excess() -> None:
    """A line whose current limit is cut to 0.5 kA is loaded above 1; value, limit and hours are told."""
    grid = two_areas()
    weak = replace(grid.lines[0], current_max_ka=0.5)
    found = check(replace(grid, lines=(weak, grid.lines[1])), dispatched(), [(5, "one"), (6, "two")])
    overload = next(finding for finding in found.findings if finding.kind == "thermal")
    assert overload.element == "A-B"
    assert overload.hours == 2
    assert overload.value > 1.5
    assert overload.excess_frac == pytest.approx(overload.value - 1.0)
    assert overload.unit == "of thermal limit"
    assert "circuit" in overload.remedy


def test_a_dispatch_that_does_not_balance_is_found() -> None:
    """100 MW more from the gas plant than BB takes show as an imbalance of 100 MW there and as less slack."""
    calm = dispatched()
    names = calm.generation_mw.columns
    more = calm.generation_mw.values.copy()
    more[4, names.index("gas")] += 100.0
    found = check(two_areas(), dispatched(generation_mw=HourlyTable(names, more)), [(4, "one")])
    (finding,) = [finding for finding in found.findings if finding.kind == "imbalance"]
    assert finding.element == "BB"
    assert finding.value == pytest.approx(100.0, abs=0.01)


def test_findings_rank_by_hours_times_excess() -> None:
    """Three hours at 10 % come before one hour at 20 %; of shortages only the largest stays, at the end."""
    violations = [
        Violation("thermal", "X", 1, 1.2, 1.0, "of thermal limit"),
        *(Violation("thermal", "Y", hour, 1.1, 1.0, "of thermal limit") for hour in (1, 2, 3)),
        Violation("reactive_shortage", "S", 1, 300.0, 100.0, "Mvar"),
        Violation("reactive_shortage", "T", 2, 350.0, 100.0, "Mvar"),
    ]
    found = ranked(violations)
    assert [(f.rank, f.kind, f.element) for f in found] == [
        (1, "thermal", "Y"),
        (2, "thermal", "X"),
        (3, "reactive_shortage", "T"),
    ]
    assert (found[0].hours, found[0].value, found[2].hour) == (3, 1.1, 2)


def test_findings_rank_whatever_their_limit_is() -> None:
    """An island short of 900 MW at a limit of 0 comes before an overload of 400 MW; 10 MW over a limit of 1 last."""
    violations = [
        *(Violation("beyond_secure_transfer", "link", hour, 11.0, 1.0, "MW", remedy="-") for hour in range(100)),
        *(Violation("n1_overload", "line", hour, 1400.0, 1000.0, "MW", remedy="-") for hour in range(100)),
        *(Violation("n1_island", "island", hour, -900.0, 0.0, "MW", remedy="-") for hour in range(100)),
        *(Violation("n1_island", "island", hour, -800.0, 0.0, "MW", remedy="-") for hour in range(100)),
    ]
    found = ranked(violations)
    assert [one.element for one in found] == ["island", "line", "link"]
    assert [one.severity_mwh for one in found] == [9e4, 4e4, 1e3]
    assert (found[0].excess, found[0].hours, found[0].excess_frac) == (900.0, 100, None)


def test_other_units_count_on_one_scale() -> None:
    """Ten hours at 0.02 pu too low count for 2,000 MWh, as ten hours at 200 MW; a rate without bound counts as well."""
    low = Violation("voltage_low", "bus", 1, 0.87, 0.9, "pu", hours=10, mean=0.02)
    fast = Violation("rate_of_change", "area", 1, np.inf, 1.0, "Hz/s", remedy="-")
    over = Violation("n1_overload", "line", 1, 500.0, 300.0, "MW", remedy="-", hours=10)
    found = {one.element: one for one in ranked([low, fast, over])}
    assert found["bus"].severity_mwh == pytest.approx(2000.0)
    assert found["line"].severity_mwh == pytest.approx(2000.0)
    assert found["area"].severity_mwh == pytest.approx(UNBOUNDED_MW)


def test_what_ac_refutes_stands_behind_and_never_for_what_it_confirms() -> None:
    """The larger excess that AC refutes gives way to a confirmed one; an element with refuted ones only goes behind."""
    refuted = Violation("n1_overload", "A", 1, 900.0, 100.0, "MW", outage="x", remedy="-", ac_confirmed=NO)
    confirmed = Violation("n1_overload", "A", 2, 200.0, 100.0, "MW", outage="y", remedy="-", ac_confirmed="yes")
    only = Violation("n1_overload", "B", 1, 9e3, 100.0, "MW", outage="x", remedy="-", ac_confirmed=NO)
    small = Violation("n1_overload", "C", 1, 101.0, 100.0, "MW", outage="x", remedy="-", ac_confirmed="not tried")
    found = ranked([refuted, confirmed, only, small])
    assert [one.element for one in found] == ["A", "C", "B"]
    assert (found[0].ac_confirmed, found[0].outage, found[0].value, found[0].hours) == ("yes", "y", 200.0, 2)
    assert found[2].ac_confirmed == NO


def test_the_summary_holds_the_worst_of_every_kind() -> None:
    """Of 80 overloads and one low voltage that ranks last, the summary's 50 hold the voltage."""
    over = [Violation("n1_overload", f"L{k}", 1, 500.0 + k, 100.0, "MW", remedy="-") for k in range(80)]
    low = Violation("voltage_low", "bus", 1, 0.89, 0.9, "pu")
    study = SecurityStudy({}, ranked([*over, low]))
    told = summarise_security(study, dispatched().clock)
    assert (len(told.findings), told.findings_count) == (FINDINGS_MAX, 81)
    assert told.findings[-1].kind == "voltage_low"
    assert [found.rank for found in told.findings] == [*range(1, FINDINGS_MAX), 81]


def test_no_hours_is_refused() -> None:
    """Nothing to check is a mistake of the caller."""
    with pytest.raises(ValueError, match="no hours"):
        check(two_areas(), dispatched(), [])


def by_the_curve() -> Dispatch:
    """The same hours with what the link's own loss curve receives."""
    grid, calm = two_areas(), dispatched()
    received = np.vectorize(lambda mw: grid.links[0].flow(mw).received_mw)(calm.link_sent_mw.values)
    return dispatched(
        link_received_mw=HourlyTable(calm.link_sent_mw.columns, received),
        link_idle_mw=table(cable=np.full(HOURS, grid.links[0].idle_loss_mw)),
    )


@pytest.mark.slow
def test_links_as_circuits_confirm_the_injections() -> None:
    """Both ways the joined AC/DC solution has the same records to 1e-4 and a record of the link; no gap is found."""
    grid, dispatch, hours = two_areas(), by_the_curve(), [(7, "forward"), (200, "reverse")]
    apart, joined = check(grid, dispatch, hours), check(grid, dispatch, hours, hvdc="full")
    assert apart.links == ()
    for alone, together in zip(apart.hours, joined.hours, strict=True):
        assert together.voltage_min_pu == pytest.approx(alone.voltage_min_pu, abs=1e-4)
        assert together.loss_mw == pytest.approx(alone.loss_mw, abs=1e-2)
    forward, reverse = joined.links
    assert (forward.forward, reverse.forward) == (True, False)
    assert forward.sent_mw == pytest.approx(300.0 + grid.links[0].idle_loss_mw / 2, rel=1e-4)
    assert reverse.loss_mw == pytest.approx(reverse.loss_injected_mw, rel=0.005)
    assert forward.voltage_max_kv == pytest.approx(320.0)
    assert not [finding for finding in joined.findings if finding.kind.startswith("hvdc")]


@pytest.mark.slow
def test_a_loss_that_the_circuit_does_not_have_is_found() -> None:
    """3 % lost in the dispatch, 1.4 % in the circuit: a finding with both losses in MW."""
    found = check(two_areas(), dispatched(), [(7, "forward")], hvdc="full")
    (gap,) = [finding for finding in found.findings if finding.kind == "hvdc_gap"]
    assert (gap.element, gap.unit) == ("cable", "MW")
    assert gap.limit == pytest.approx(0.03 * 300 + 4)
    assert gap.value < gap.limit


@pytest.mark.slow
def test_links_stay_unconfirmed_where_an_area_has_no_solution() -> None:
    """The area that solves keeps its record, the link's says why there is none, and a finding counts the hour."""
    calm = dispatched()
    load = calm.served_mw.values.copy()
    load[7, 0] = 5000.0
    heavy = dispatched(served_mw=HourlyTable(calm.served_mw.columns, load))
    found = check(two_areas(), heavy, [(7, "the bad one")], hvdc="full")
    assert [record.converged for record in found.hours] == [False, True]
    assert found.links[0].sent_mw is None
    assert "an area" in found.links[0].problem
    assert "hvdc_not_solved" in {finding.kind for finding in found.findings}
