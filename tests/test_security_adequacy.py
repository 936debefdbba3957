"""Adequacy: closed forms of one and two machines, the exchange against a linear program, laws of the link."""

from __future__ import annotations

import itertools
from dataclasses import replace
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from greengrid.errors import BadInput
from greengrid.security.adequacy import Machines, Part, Shortage, System, Tie, draw, interval, outages, shared
from greengrid.security.adequacy_credit import Tail, sectioned
from greengrid.security.adequacy_part import Adequacy, Until, assess, text
from greengrid.security.adequacy_system import AREAS_MAX, Zones, check_count

HOURS = 8760


def machines(
    capacity_mw: list[float], area: list[int], forced_outage_frac: float = 0.1, repair_h: float = 20.0
) -> Machines:
    """Units alike but for size and place."""
    count = len(capacity_mw)
    return Machines(
        np.array(capacity_mw),
        np.array(area),
        np.full(count, forced_outage_frac),
        np.full(count, repair_h),
        np.ones((count, 12)),
    )


def system(demand_mw: list[float], fleet: Machines, ties: tuple[Tie, ...] = (), given_mw: float = 0.0) -> System:
    """Flat demand over a year, every area by itself but for the ties."""
    demand = np.tile(demand_mw, (HOURS, 1)).astype(float)
    month = np.minimum(np.arange(HOURS) // 730, 11)
    names = tuple(f"area {number}" for number in range(len(demand_mw)))
    return System(names, names, demand, np.full_like(demand, given_mw), fleet, ties, month)


def sample(systems: list[System], years: int, seed: int, without: str = "") -> Shortage:
    """What is short by area, with nothing over one tie if it is named."""
    found = Shortage([(area,) for area in range(len(systems[0].areas))])
    for each in draw(systems, years, seed):
        bare = each.without(without)
        found.add(shared(bare.surplus_mw, bare.tie_mw, bare.ties)[0])
    return found


def test_a_unit_is_down_for_its_share_of_time() -> None:
    """2,000 units with 5 to 30 % out: mean share within four standard errors, mean outage near the repair time."""
    rng = np.random.default_rng(1)
    share = np.repeat([0.05, 0.1, 0.3], 2000)
    unit, start, end = outages(share, np.full(6000, 40.0), HOURS, rng)
    down = np.bincount(unit, weights=end - start, minlength=6000) / HOURS
    for wanted in (0.05, 0.1, 0.3):
        found = down[share == wanted]
        assert found.mean() == pytest.approx(wanted, abs=4 * found.std() / np.sqrt(2000))
    inner = (start > 0) & (end < HOURS)
    assert (end - start)[inner].mean() == pytest.approx(40.0, rel=0.03)


def test_loss_of_load_of_identical_units_is_binomial() -> None:
    """Five units of 100 MW, 10 % out, 300 MW of demand: P(more than two down) and the mean shortage in closed form."""
    found = sample([system([300.0], machines([100.0] * 5, [0] * 5))], 150, 1)
    chance = {down: comb(5, down) * 0.1**down * 0.9 ** (5 - down) for down in range(6)}
    hours = HOURS * sum(chance[down] for down in (3, 4, 5))
    energy = HOURS * sum(100.0 * (down - 2) * chance[down] for down in (3, 4, 5))
    mean_h, error_h = interval(found.short_h[:, 0])
    mean_mwh, error_mwh = interval(found.unserved_mwh[:, 0])
    assert abs(mean_h - hours) < 1.5 * error_h
    assert abs(mean_mwh - energy) < 1.5 * error_mwh
    assert error_h < 0.15 * hours


def test_the_interval_of_few_batches_is_that_of_student() -> None:
    """Four values 1, 2, 3, 4: mean 2.5, deviation 1.291, t(3 degrees, 97.5 %) = 3.182 in every printed table."""
    assert interval(np.array([1.0, 2.0, 3.0, 4.0])) == pytest.approx((2.5, 3.182 * 1.29099 / 2), rel=1e-3)
    assert interval(np.arange(10_000.0))[1] == pytest.approx(1.96 * np.arange(10_000.0).std() / 100, rel=1e-3)
    assert np.isnan(interval(np.array([5.0]))[1])


def test_planned_outages_take_their_months() -> None:
    """A unit absent half the year leaves demand unserved for exactly that half."""
    fleet = machines([100.0], [0], 1e-9)
    half = np.ones((1, 12))
    half[0, :6] = 0.0
    lame = Machines(fleet.capacity_mw, fleet.area, fleet.forced_outage_frac, fleet.repair_h, half)
    found = sample([system([100.0], lame)], 1, 1)
    assert found.short_h[0, 0] == 6 * 730


def test_two_areas_help_each_other_over_a_tie() -> None:
    """One unit of 100 MW each and 50 MW of demand: short only where both are down, q^2 = 1 % of the time; without the
    tie 10 %."""
    fleet = machines([100.0, 100.0], [0, 1], 0.1, 20.0)
    tied = system([50.0, 50.0], fleet, (Tie("tie", 0, 1, 50.0, 50.0),))
    with_tie, without = (sample([tied], 300, 3, name).short_h.sum(axis=1) / 2 for name in ("", "tie"))
    mean, error = interval(with_tie)
    assert abs(mean - HOURS * 0.01) < 1.5 * error
    mean, error = interval(without)
    assert abs(mean - HOURS * 0.1) < 1.5 * error


def test_a_link_of_two_poles_fails_by_halves() -> None:
    """All of 100 MW comes over two poles with 20 % out each: half missing 32 % of the time, all of it 4 %."""
    link = Tie("link", 0, 1, 100.0, 100.0, (Part(50.0, ((0.2, 30.0),)),) * 2)
    fleet = machines([1000.0], [0], 1e-9)
    found = sample([system([0.0, 100.0], fleet, (link,))], 200, 5)
    mean, error = interval(found.unserved_mwh[:, 1])
    assert abs(mean - HOURS * (0.32 * 50.0 + 0.04 * 100.0)) < 1.5 * error


def test_circuits_of_a_cut_fail_by_themselves() -> None:
    """90 MW over a cut of 100 MW with circuits of 80 and 60 MW, 10 % and 20 % out: 30 MW missing while the first alone
    is out, 10 MW while the second alone is, all of it while both are."""
    parts = (Part(80.0, ((0.1, 20.0),)), Part(60.0, ((0.2, 30.0),)))
    fleet = machines([1000.0], [0], 1e-9)
    found = sample([system([0.0, 90.0], fleet, (Tie("cut", 0, 1, 100.0, 100.0, parts),))], 300, 5)
    mean, error = interval(found.unserved_mwh[:, 1])
    expected = HOURS * (0.1 * 0.8 * 30.0 + 0.9 * 0.2 * 10.0 + 0.1 * 0.2 * 90.0)
    assert abs(mean - expected) < 1.5 * error


def by_program(surplus: np.ndarray, capacity: np.ndarray, ties: list[Tie]) -> float:
    """Least total shortage of one hour by a linear program over the flows."""
    areas, count = len(surplus), len(ties)
    balance = np.zeros((areas, 2 * count + areas))
    for number, tie in enumerate(ties):
        for column, (source, sink) in enumerate(((tie.start, tie.end), (tie.end, tie.start))):
            balance[source, 2 * number + column] -= 1.0
            balance[sink, 2 * number + column] += 1.0
    balance[:, 2 * count :] = np.eye(areas)
    bounds = [(0.0, limit) for limit in capacity] + [(0.0, max(0.0, -value)) for value in surplus]
    cost = np.r_[np.zeros(2 * count), np.ones(areas)]
    return float(linprog(cost, A_ub=-balance, b_ub=surplus, bounds=bounds, method="highs").fun)


@settings(derandomize=True, max_examples=40, deadline=None)
@given(data=st.data())
def test_the_exchange_is_the_best_there_is(data: st.DataObject) -> None:
    """Random areas and ties: the total left short is that of a linear program, no area is served beyond its need."""
    areas = data.draw(st.integers(2, 5))
    pairs = list(itertools.combinations(range(areas), 2))
    chosen = data.draw(st.lists(st.sampled_from(pairs), unique=True))
    ties = [Tie(f"{a}-{b}", a, b, 1.0, 1.0) for a, b in chosen]
    size = st.integers(-50, 50).map(float)
    surplus = np.array([data.draw(st.lists(size, min_size=areas, max_size=areas))])
    limit = st.integers(0, 40).map(float)
    capacity = np.array([data.draw(st.lists(limit, min_size=2 * len(ties), max_size=2 * len(ties)))]).reshape(1, -1)
    found = shared(surplus, capacity, ties)[0][0]
    assert found.sum() == pytest.approx(by_program(surplus[0], capacity[0], ties), abs=1e-6)
    assert (found <= np.maximum(-surplus[0], 0.0) + 1e-9).all()
    assert (found >= 0.0).all()


@pytest.mark.parametrize("seed", range(4))
def test_a_link_never_leaves_more_unserved(seed: int) -> None:
    """On the same draws, in every single year, all areas together."""
    fleet = machines([60.0] * 12, [0] * 7 + [1] * 5, 0.15)
    tied = system([350.0, 250.0], fleet, (Tie("link", 0, 1, 80.0, 80.0, (Part(40.0, ((0.05, 100.0),)),) * 2),))
    with_link, without = sample([tied], 10, seed), sample([tied], 10, seed, "link")
    assert (with_link.unserved_mwh.sum(axis=1) <= without.unserved_mwh.sum(axis=1) + 1e-6).all()


@settings(derandomize=True, max_examples=20, deadline=None)
@given(data=st.data())
def test_a_margin_is_what_an_area_can_use_more(data: st.DataObject) -> None:
    """Served first with its margin more demand an area of random systems is just not short; with 1 MW more it is."""
    areas = data.draw(st.integers(2, 5))
    pairs = list(itertools.combinations(range(areas), 2))
    ties = [Tie(f"{a}-{b}", a, b, 1.0, 1.0) for a, b in data.draw(st.lists(st.sampled_from(pairs), unique=True))]
    surplus = np.array([data.draw(st.lists(st.integers(-50, 50).map(float), min_size=areas, max_size=areas))])
    limit = st.integers(0, 40).map(float)
    capacity = np.array(data.draw(st.lists(limit, min_size=2 * len(ties), max_size=2 * len(ties)))).reshape(1, -1)
    margin = shared(surplus, capacity, ties)[1][0]
    for area in range(areas):
        alone = np.maximum(surplus[0], 0.0)
        alone[area] = surplus[0, area] - margin[area]
        assert by_program(alone, capacity[0], ties) == pytest.approx(0.0, abs=1e-6)
        alone[area] -= 1.0
        assert by_program(alone, capacity[0], ties) == pytest.approx(1.0, abs=1e-6)


def with_sure_link(demand_mw: float = 300.0) -> System:
    """An area of six units of 100 MW, 10 % out, and a link of 120 MW from one with plenty."""
    fleet = machines([100.0] * 6 + [1000.0], [0] * 6 + [1], 0.1)
    fleet = Machines(fleet.capacity_mw, fleet.area, np.r_[np.full(6, 0.1), 1e-9], fleet.repair_h, fleet.present_frac)
    link = Tie("link", 1, 0, 120.0, 0.0, is_link=True)
    return system([demand_mw, 0.0], fleet, (link, Tie("second", 1, 0, 50.0, 0.0, is_link=True)))


def credits(found: Adequacy) -> list[float]:
    return [row.credit_mw for row in found.rows if row.credit_mw is not None]


def test_credit_of_a_sure_link_is_its_rating() -> None:
    """A link that never fails, from an area with plenty, lets 120 MW more demand be carried; at its own end none."""
    found = assess([with_sure_link()], years=8, seed=1)
    assert credits(found) == pytest.approx([120.0, 0.0], abs=0.2)
    assert all(row.credit_error_mw < 0.2 for row in found.rows if row.credit_error_mw is not None)


def test_another_link_can_be_taken_away() -> None:
    """Named, the second link's 50 MW are the credit; a name that is no link's is refused with those that are."""
    assert credits(assess([with_sure_link()], years=8, seed=1, link="second")) == pytest.approx([50.0, 0.0], abs=0.2)
    with pytest.raises(BadInput, match="link, second"):
        assess([with_sure_link()], years=8, seed=1, link="third")


def test_every_weather_year_enters_the_credit() -> None:
    """Only the third weather year differs: the credit is that of the margins of all eighteen drawn years, six of it."""
    years = [with_sure_link(), with_sure_link(), with_sure_link(520.0)]
    carried = {}
    for name in ("", "link"):
        tail = Tail(200)
        for each in draw(years, 18, 1):
            bare = each.without(name)
            tail.add(shared(bare.surplus_mw, bare.tie_mw, bare.ties)[1][:, 0])
        carried[name] = tail.carried_mw(3.0)
    assert carried["link"] < -200.0
    assert credits(assess(years, years=18, seed=1))[0] == pytest.approx(carried[""] - carried["link"])


def test_more_years_narrow_the_credit() -> None:
    """A link with 20 % out under a demand that swings, over 40 and over 640 years: the interval is less than half."""
    sure = with_sure_link()
    link = Tie("link", 1, 0, 120.0, 0.0, (Part(120.0, ((0.2, 50.0),)),), is_link=True)
    swing = np.stack([50.0 * np.sin(np.arange(HOURS)), np.zeros(HOURS)], axis=1)
    failing = replace(sure, demand_mw=sure.demand_mw + swing, ties=(link,))
    errors = [assess([failing], years=years, seed=1).rows[-2].credit_error_mw for years in (40, 640)]
    assert errors[1] < 0.5 * errors[0]  # type: ignore[operator]


def test_years_are_drawn_until_the_interval_is_narrow() -> None:
    """In steps of 20 to 8 h/a and no further, the same each time; a bound out of reach ends at the most and says so."""
    fleet = machines([100.0] * 5, [0] * 5)
    found = assess([system([300.0], fleet)], years=20, seed=1, until=Until(8.0, 400))
    assert found.years % 20 == 0
    assert 20 < found.years < 400
    assert found.error_h <= 8.0
    assert assess([system([300.0], fleet)], years=found.years - 20, seed=1).error_h > 8.0
    assert assess([system([300.0], fleet)], years=found.years, seed=1).rows == found.rows
    assert f"after {found.years} years: met" in text(found)
    never = assess([system([300.0], fleet)], years=20, seed=1, until=Until(0.1, 50))
    assert never.years == 50
    assert "50 years: not met" in text(never)
    assert never.record()["error_reached_h"] == never.error_h


def test_too_few_years_for_the_weather_years_are_refused() -> None:
    """Three weather years need six draws: a spread needs two of each."""
    with pytest.raises(BadInput, match="5 years from 3 weather years"):
        assess([with_sure_link()] * 3, years=5, seed=1)


def test_a_tail_keeps_the_smallest_of_many_years() -> None:
    """In any order and cut short, the quantile is that of all values."""
    values = np.random.default_rng(1).normal(size=(20, 500))
    tail = Tail(3 * 20 + 2)
    for year in values:
        tail.add(year)
    assert tail.carried_mw(3.0) == np.sort(values.ravel())[59]


def test_sections_spread_about_the_whole() -> None:
    """Batches 1 and 3 about a whole of 2: deviation sqrt(2), t(1 degree, 97.5 %) = 12.706, over sqrt(2)."""
    assert sectioned(2.0, [1.0, 3.0]) == pytest.approx(12.706, rel=1e-4)
    assert np.isnan(sectioned(2.0, [1.0]))


def test_more_areas_than_the_cut_can_run_over_are_refused() -> None:
    """The message names them; as many as allowed pass."""
    names = tuple(f"area {number}" for number in range(AREAS_MAX + 1))
    check_count(Zones(names[1:], names[1:], {}))
    with pytest.raises(BadInput, match=f"{AREAS_MAX + 1} areas: area 0"):
        check_count(Zones(names, names, {}))


def test_the_same_seed_draws_the_same_years() -> None:
    """Bit by bit; another seed does not."""
    one = system([300.0], machines([100.0] * 4, [0] * 4))
    assert (sample([one], 3, 7).unserved_mwh == sample([one], 3, 7).unserved_mwh).all()
    assert (sample([one], 3, 7).unserved_mwh != sample([one], 3, 8).unserved_mwh).any()


@pytest.mark.slow
def test_areas_of_the_corridor() -> None:
    """The cuts of the tables part Kazakhstan in six; every load and every thermal MW of the grid is in one area."""
    from greengrid.case import load_case
    from greengrid.inputs import read_inputs
    from greengrid.security.adequacy_system import areas_of

    grid = read_inputs(load_case("base")).grid
    zones = areas_of(grid)
    assert len(set(zones.names)) == len(zones.names)
    assert {country: zones.country.count(country) for country in zones.country} == {"KZ": 6, "UZ": 1, "AZ": 1, "GE": 1}
    assert {load.bus for load in grid.loads} <= zones.of_bus.keys()
    assert {plant.bus for plant in grid.plants} <= zones.of_bus.keys()
    assert zones.of_bus["RU_Derbent 330"] == zones.of_bus["AZ_Absheron 500"]
