"""The financed links of a solved case: costs, netback and cash-flow plan, then every funding mix on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from financing.compare import Comparison, compare
from financing.plan import CurrencyPath, Plan
from financing.revenue import MODELS
from financing.structure import Structure
from greengrid.case import Case
from greengrid.cashflows import LinkYear, ProjectLink, ProjectSettings, link_year, make_plan
from greengrid.choosing import choosing_tables, least_charge
from greengrid.costs import UnitCosts, link_costs
from greengrid.course import growth_scenario
from greengrid.dispatch.result import Dispatch
from greengrid.economy.chain import CASPIAN, inputs_of_run, works_charge
from greengrid.errors import BadInput, Problem
from greengrid.hourly import Clock
from greengrid.inputs import is_whole_year
from greengrid.later_years import LaterYears, dispatched_rows
from greengrid.netback import Input, Netback, netback
from greengrid.outlets import chain_inputs, chains_of
from greengrid.sizes import Rated, Setting, other_ratings, size_tables
from greengrid.summary import MixSummary
from greengrid.tax_key import VatTerms
from networks.grid import Grid


@dataclass(frozen=True)
class Financed:
    """What the funding mixes gave, for the summary and as tables; empty with the reason where nothing is financed."""

    mixes: dict[str, MixSummary] = field(default_factory=dict)
    note: str = ""
    tables: Mapping[str, Sequence[object]] = field(default_factory=dict)
    plan: Plan | None = None
    structures: tuple[Structure, ...] = ()


@dataclass(frozen=True)
class DispatchedYear:
    """What financing takes from a whole year of dispatch; all that cases which differ in money alone share."""

    links: Mapping[str, LinkYear]
    """Of every link of the grid."""
    realised: Mapping[str, Input]
    """Prices, losses and charges of the export chain as the dispatch found them."""
    ratings: tuple[Rated, ...]
    """The Caspian link at other ratings, on the flows of this dispatch."""
    later: Mapping[int, Mapping[str, LinkYear]] = field(default_factory=dict)
    """Links by further dispatched year."""


def dispatched_year(case: Case, grid: Grid, dispatch: Dispatch, later: LaterYears | None = None) -> DispatchedYear:
    """The year of a dispatch. Raises `BadInput` for a part of a year, or where the case asks for further years and none
    was dispatched."""
    if set(case.later_years) != set(later or {}):
        found = f"further years {', '.join(map(str, case.later_years))}"
        raise BadInput([Problem("years", found, "one dispatched year here", "Run such a case by itself")])
    links = {link.name: link_year(link, dispatch) for link in grid.links}
    realised = inputs_of_run(chain_inputs(case), grid, dispatch).overrides
    return DispatchedYear(links, realised, other_ratings(case, grid, dispatch), later or {})


def finance_links(case: Case, grid: Grid, dispatch: Dispatch, later: LaterYears | None = None) -> Financed:
    """Finances the case's project on a whole year of dispatch, and on further years where the case names some."""
    note = why_not_financed(case, dispatch.clock)
    if note:
        return Financed(note=note)
    year = dispatched_year(case, grid, dispatch, later)
    links = project_links(case, grid, year)
    worth = chain_worth(case, grid, year, links)
    plan = project_plan(case, links, worth)
    comparison = compare(plan, case.financing.mixes)
    return Financed(
        mixes={result.mix: MixSummary.model_validate(result.summary()) for result in comparison.results},
        tables={
            **finance_tables(plan, comparison),
            **size_tables(
                Setting(case, grid, settings_of(case), links, year.realised),
                year.ratings,
                least_charge(comparison).structure,
            ),
            "dispatched_years": list(dispatched_rows(case, year.links, year.later)),
            **_netback_tables(worth),
            **_reinforcement_costs(links),
        },
        plan=plan,
        structures=tuple(result.structure for result in comparison.results),
    )


def why_not_financed(case: Case, clock: Clock) -> str:
    """Why a case has no financial figures; empty where it has."""
    if not case.financed_links:
        return "no link of the project is built"
    if not is_whole_year(case, clock):
        return "a part of a year was run: no annual or financial figure is made of it"
    return ""


def project_plan(case: Case, links: Sequence[ProjectLink], worth: Netback | None) -> Plan:
    """The yearly plan of the case's project."""
    return make_plan(
        settings_of(case),
        links,
        avoided_tco2_per_year=None,
        affordable_charge_usd_per_mwh=worth.affordable_charge_usd_per_mwh if worth else None,
        unit_costs=_unit_costs(case, links),
    )


def _unit_costs(case: Case, links: Sequence[ProjectLink]) -> UnitCosts:
    return UnitCosts.of(case.price_base_year, case.link[links[0].link.name].cost)


def settings_of(case: Case) -> ProjectSettings:
    """The case's choices about the project."""
    return ProjectSettings(
        name=" + ".join(case.financed_links),
        price_base_year=case.price_base_year,
        construction_first_year=case.project.construction_first_year,
        operation_first_year=case.project.operation_first_year,
        operation_years=case.project.operation_years,
        inflation_pa=case.project.inflation_pa,
        discount_rate_nominal_pa=case.project.discount_rate_nominal_pa,
        revenue=MODELS[case.revenue.model](**getattr(case.revenue, case.revenue.model).model_dump()),
        dispatched_year=case.year,
        growth=growth_scenario(case.project.growth),
        currency=case.revenue.currency,
        currencies=_currency_paths(case),
        vat=_vat_terms(case),
        fibre=case.project.fibre,
    )


def _currency_paths(case: Case) -> tuple[CurrencyPath, ...]:
    """The path of the currency that the contract is paid in; none for dollars."""
    code = case.revenue.currency
    if code == "USD":
        return ()
    path = case.currency[code]
    return (CurrencyPath(code, path.inflation_pa, path.rise_pa, path.source),)


def _vat_terms(case: Case) -> VatTerms | None:
    vat = case.project.vat
    if vat.financed_by == "none":
        return None
    return VatTerms(vat.financed_by, vat.refund_delay_months, vat.facility_rate_pa, vat.source)


def project_links(case: Case, grid: Grid, year: DispatchedYear) -> list[ProjectLink]:
    """The financed links, each with its own costs; the inland package belongs to the Caspian link."""
    country = {bus.name: bus.country for bus in grid.buses}
    settings = settings_of(case)
    found = []
    for link in grid.links:
        if link.name not in case.financed_links:
            continue
        costs = link_costs(
            link,
            (country[link.from_bus], country[link.to_bus]),
            reinforcements=grid.reinforcements if link.name == "caspian" else (),
            paid_by=case.reinforcement.paid_by,
            construction_years=settings.construction_years,
            unit_costs=UnitCosts.of(case.price_base_year, case.link[link.name].cost),
        )
        later = {number: links[link.name] for number, links in year.later.items()}
        found.append(ProjectLink(link, costs, year.links[link.name], later))
    return found


def chain_worth(case: Case, grid: Grid, year: DispatchedYear, links: Sequence[ProjectLink]) -> Netback | None:
    """What the export chain leaves for the Caspian link; None where that link is not financed."""
    caspian = next((part for part in links if part.link.name == "caspian"), None)
    if caspian is None:
        return None
    works = works_charge(caspian.costs, _unit_costs(case, links), caspian.year.sent_mwh, case.project.operation_years)
    own, *others = chains_of(case, {**year.realised, **({"reinforcement": works} if works else {})})
    carbon = chain_inputs(case).carbon_usd_per_tco2() if "black_sea" in case.built_links else None
    return netback(own, CASPIAN, others, carbon)


def finance_tables(plan: Plan, comparison: Comparison) -> dict[str, Sequence[object]]:
    """Cash flows, tranches, balances, measures, capex, and what helps to choose among the mixes: tidy rows."""
    return {
        "cashflows": [row for result in comparison.results for row in result.cashflow_rows()],
        "waterfall_periods": [row for result in comparison.results for row in result.period_rows()],
        "tranches": [row for result in comparison.results for row in result.tranche_rows()],
        "balances": [row for result in comparison.results for row in result.balance_rows()],
        "bonds": [row for result in comparison.results for row in result.bond_rows()],
        "mixes": [result.mix_row() for result in comparison.results],
        "capex": plan.capex,
        **choosing_tables(plan, comparison),
    }


def _netback_tables(worth: Netback | None) -> dict[str, Sequence[object]]:
    if worth is None:
        return {}
    switching = [{"input": name, "value": value, "unit": unit} for name, value, unit in worth.switching]
    return {"netback": worth.steps, "outlets": worth.outlets, "switching": switching}


def _reinforcement_costs(links: Sequence[ProjectLink]) -> dict[str, Sequence[object]]:
    """The inland package apart from the project's books, unless the project pays for it."""
    rows = [item for part in links for item in part.costs.reinforcement]
    return {"reinforcement_costs": rows} if rows else {}
