"""Further years that are dispatched for financing: what the links carry and earn in each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from greengrid.case import Case
from greengrid.cashflows import LinkYear, link_year
from greengrid.dispatch.assemble import make_problem
from greengrid.dispatch.year import optimise
from greengrid.hourly import Clock
from greengrid.inputs import is_whole_year, make_weather, read_inputs, weather_tables
from greengrid.progress import Reporter
from greengrid.secure_dispatch import ruled_dispatch
from greengrid.weather_year import choose_year

LaterYears = Mapping[int, Mapping[str, LinkYear]]


def later_years(case: Case, clock: Clock, reporter: Reporter) -> LaterYears:
    """Links by further year; nothing for a part of a year or where nothing is financed, as no figure is made of it.

    Each year has the case's own grid, prices and demand of that year and the weather of the same seed. The full grid
    of constraints is solved again, so that a year takes as long as the case's own.
    """
    if not case.financed_links or not is_whole_year(case, clock):
        return {}
    return {year: _links(case.in_year(year), reporter) for year in case.later_years}


def _links(case: Case, reporter: Reporter) -> dict[str, LinkYear]:
    reporter.stage(f"dispatch of {case.year}")
    inputs = read_inputs(case)
    weather = choose_year(case, inputs.grid, reporter, weather_tables(case))
    profiles = make_weather(case, inputs.grid, inputs.economy, reporter, weather)
    problem = make_problem(inputs.grid, profiles, inputs.economy, inputs.options)
    optimum = optimise(problem, reporter)
    _, _, dispatch = ruled_dispatch(case, inputs, profiles, (problem, optimum), reporter)
    return {link.name: link_year(link, dispatch) for link in inputs.grid.links}


def dispatched_rows(case: Case, own: Mapping[str, LinkYear], later: LaterYears) -> Iterable[dict[str, object]]:
    """One row per dispatched year and financed link, before outages."""
    for year, links in sorted({**later, case.year: own}.items()):
        for name in case.financed_links:
            link = links[name]
            yield {
                "year": year,
                "link": name,
                "sent_mwh": link.sent_mwh,
                "received_mwh": link.received_mwh,
                "loss_usd_real": link.loss_usd_real,
                "rent_usd_real": link.rent_usd_real,
            }
