"""The range of a link's rent between optimal duals, where it is known by hand, and that it encloses what is found."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from greengrid.dispatch import year
from greengrid.dispatch.assemble import make_problem
from greengrid.dispatch.extract import make_dispatch
from greengrid.dispatch.network import Network
from greengrid.dispatch.outcome import make_outcome
from greengrid.dispatch.problem import Columns, Problem
from greengrid.dispatch.rent_range import Ranges
from greengrid.measures import link_rent_usd
from tests.small_system import make_system

HOURS = 24


def _two_buses(demand_mw: float) -> Problem:
    """At `a` power costs 10; at `b` 50 MW cost 20 and 100 MW 60; a link of 100 MW that loses a tenth joins them."""
    rows, columns, values = [0, 1, 1, 0, 1], [0, 1, 2, 3, 3], [1.0, 1.0, 1.0, -1.0, 0.9]
    injection = sparse.csc_matrix((values, (rows, columns)), shape=(2, 4))
    kinds, names = ("unit", "unit", "unit", "link"), ("far", "near", "dear", "cable")
    every = np.ones((HOURS, 1))
    empty = np.zeros(0)
    return Problem(
        hours_per_step=1,
        columns=Columns(kinds, names, injection, np.zeros(4, dtype=np.int64), np.array([0, 0, 0, 1])),
        network=Network(("a", "b"), np.array([0, 1]), (), (), np.zeros((0, 2)), empty, empty),
        cost=every * np.array([10.0, 20.0, 60.0, 0.0]),
        lower=np.zeros((HOURS, 4)),
        upper=every * np.array([500.0, 50.0, 100.0, 100.0]),
        demand=every * np.array([30.0, demand_mw]),
        joint=(),
        batteries=(),
        stores=(),
        inflow_mwh=np.zeros((1, 0)),
        days=1,
    )


@pytest.mark.parametrize(
    ("demand_mw", "least_usd", "most_usd"),
    [
        # The cheap unit and the cable exactly full: any price at `b` from 20 to 60 is right.
        (140.0, 90 * 20 - 100 * 10, 90 * 60 - 100 * 10),
        # The dear unit runs in part: one price, one rent.
        (150.0, 90 * 60 - 100 * 10, 90 * 60 - 100 * 10),
        # The cable in part: its rent pays its losses and nothing more.
        (45.0, 0.0, 0.0),
    ],
)
def test_the_range_is_the_one_known_by_hand(demand_mw: float, least_usd: float, most_usd: float) -> None:
    """Price at `b` times what arrives less price at `a` times what is sent, in every hour."""
    problem = _two_buses(demand_mw)
    found = Ranges(problem, year.optimise(problem)).rent("cable", ("a", "b"), 0.0)
    assert found.least_usd == pytest.approx(HOURS * least_usd, abs=0.01)
    assert found.most_usd == pytest.approx(HOURS * most_usd, abs=0.01)


@pytest.mark.parametrize("seed", range(3))
def test_the_range_encloses_the_rent_at_the_prices_found(seed: int) -> None:
    """Three days with loss segments, idle loss and stores: the rent of the run's own prices lies within."""
    system = make_system(seed, hours=72)
    problem = make_problem(system.grid, system.profiles, system.economy)
    optimum = year.optimise(problem)
    dispatch = make_dispatch(system.grid, system.profiles, system.economy, problem, optimum)
    link = system.grid.links[0]
    outcome = make_outcome(system.grid, system.economy, problem, optimum, dispatch, rent_ranges=True)
    found = outcome.link_rents[link.name]
    rent = float(link_rent_usd(link, dispatch).sum())
    slack = 1e-6 * max(1.0, abs(rent)) + 0.05
    assert found.least_usd - slack <= rent <= found.most_usd + slack
    assert found.spread_frac >= 0
