"""What it costs that exports to the European Union are matched by contracted renewables: five rules on one system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from greengrid.case import Case, check_case
from greengrid.cashflows import system_emissions_tco2
from greengrid.dispatch.assemble import make_problem
from greengrid.dispatch.options import GREEN_RULES
from greengrid.dispatch.rules import green_periods
from greengrid.dispatch.year import optimise
from greengrid.economy.markets import EU_MARKETS
from greengrid.errors import BadInput, Problem
from greengrid.green_shares import matched_mwh, without_rule
from greengrid.inputs import Inputs, dispatch_options, read_inputs
from greengrid.measures import generation_mwh, green_summary
from greengrid.progress import Reporter
from greengrid.secure_dispatch import ruled_dispatch
from greengrid.study import prepare
from greengrid.weather.profiles import Profiles
from networks.grid import Grid


@dataclass(frozen=True)
class Matching:
    """The system under one rule, over the hours of the case. Real USD of the price base year."""

    rule: str
    operation_usd_real: float
    gap_frac: float
    exported_mwh: float
    """Sent towards the European Union; under a rule all of it is matched within every period."""
    contracted_mwh: float
    """What contracted plants put in, losses to the border taken off; without a rule 0: nothing is accounted."""
    forfeited_mwh: float
    """Of that, what covered no export within its period."""
    premium_usd_per_mwh: float | None
    """Cost above that without a rule, over the MWh exported; None where nothing is."""
    premium_marginal_usd_per_mwh: float
    """Worth of one more contracted MWh, mean over the exports."""
    coal_mwh: float
    """Made by coal in the same hours."""
    gas_mwh: float
    emissions_tco2: float
    """Of the modelled plants."""
    hours: int
    matched_mwh: dict[str, float]
    """Without a rule: exports that contracted plants happened to match, by period of matching; empty under a rule."""


def compare_rules(case: Case, reporter: Reporter) -> tuple[Matching, ...]:
    """The case without a rule, then matched by the hour, day, month and year, all else equal.

    Raises `BadInput` where nothing can be contracted or nothing leaves for the European Union.
    """
    reporter.stage("reading")
    cases = [_with_rule(case, rule) for rule in GREEN_RULES]
    inputs = read_inputs(cases[-1])
    if not _ways_out(inputs.grid):
        raise BadInput([Problem("link", "no link to a market of the European Union", "one, as the Black Sea link")])
    _, profiles = prepare(case, inputs, reporter)
    found: list[Matching] = []
    for each in cases:
        reporter.stage(f"matching {each.dispatch.green}")
        free_usd = found[0].operation_usd_real if found else None
        found.append(_matching(each, inputs, profiles, free_usd, reporter))
    return tuple(found)


def _with_rule(case: Case, rule: str) -> Case:
    content = case.model_dump(mode="json", exclude_none=True)
    content["dispatch"]["green"] = rule
    return check_case(content, case.name)


def _matching(case: Case, inputs: Inputs, profiles: Profiles, free_usd: float | None, reporter: Reporter) -> Matching:
    grid, economy = inputs.grid, inputs.economy
    options = dispatch_options(_with_rule(case, "hourly") if case.dispatch.green == "none" else case, grid)
    ruled = make_problem(grid, profiles, economy, options)
    problem = without_rule(ruled) if case.dispatch.green == "none" else ruled
    solved = problem, optimise(problem, reporter)
    problem, optimum, dispatch = ruled_dispatch(case, inputs, profiles, solved, reporter)
    made = generation_mwh(grid, dispatch)
    output = optimum.program.output(optimum.solution.values)
    account = green_summary(green_periods(problem, optimum), made)
    exported = sum(float(dispatch.link_sent_mw[way].sum()) for way in _ways_out(grid))
    cost = optimum.objective_usd
    premium = (cost - (cost if free_usd is None else free_usd)) / exported if exported > 0 else None
    return Matching(
        rule=case.dispatch.green,
        operation_usd_real=cost,
        gap_frac=optimum.gap_frac,
        exported_mwh=exported,
        contracted_mwh=account.contracted_mwh if account else 0.0,
        forfeited_mwh=account.forfeited_mwh if account else 0.0,
        premium_usd_per_mwh=premium,
        premium_marginal_usd_per_mwh=account.premium_mean_usd_per_mwh if account else 0.0,
        coal_mwh=_made_by(made, "coal"),
        gas_mwh=_made_by(made, "gas"),
        emissions_tco2=system_emissions_tco2(grid, economy, dispatch),
        hours=dispatch.clock.hours,
        matched_mwh=matched_mwh(ruled, output, dispatch.clock) if case.dispatch.green == "none" else {},
    )


def _made_by(made: Mapping[str, Mapping[str, float]], fuel: str) -> float:
    """MWh of a fuel's technologies, coal_chp and gas_ccgt included, in all countries."""
    parts = (part for country in made.values() for part in country.items())
    return sum(energy for technology, energy in parts if technology.split("_")[0] == fuel)


def _ways_out(grid: Grid) -> tuple[str, ...]:
    """Columns of `Dispatch.link_sent_mw` that end where power is sold to the European Union."""
    sold = {border.bus for border in grid.borders if border.market in EU_MARKETS}
    ends = [(f"{link.name}:forward", link.to_bus) for link in grid.links]
    ends += [(f"{link.name}:reverse", link.from_bus) for link in grid.links]
    return tuple(way for way, end in ends if end in sold)
