"""Every table of a finished study, written into its run folder."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from greengrid.assumptions import assumptions
from greengrid.developers import DeveloperRow, developer_rows
from greengrid.dispatch.commitment import units_online
from greengrid.dispatch.outcome import LimitUse, Outcome
from greengrid.dispatch.result import LeftToAutomatics
from greengrid.dispatch.rules import CapUse, GreenPeriod, RuleUse
from greengrid.inputs import Inputs
from greengrid.mixes import write_mixes
from greengrid.package_costs import package_costs
from greengrid.plans import write_plan
from greengrid.security.record import write_security
from greengrid.store import versions, write_case, write_hourly, write_json, write_rows
from greengrid.weather_year import year_rows
from networks.grid import Grid

if TYPE_CHECKING:
    from greengrid.study import Study


def write_study(study: Study, folder: Path) -> None:
    """Case, versions and every table."""
    write_case(folder, study.case)
    write_json(folder / "versions.json", versions())
    _write_hourly(study, folder)
    _write_outcome(study, folder)
    _write_rules(study.outcome, study.dispatch.certificate.left, folder)
    _write_grid(study.inputs, folder)
    packages = package_costs(study.case)
    if packages:
        write_rows(folder, "packages", packages)
    write_security(study.security, study.dispatch.clock, folder)
    for name, rows in study.financed.tables.items():
        write_rows(folder, name, rows)
    if study.financed.plan is not None:
        write_plan(folder, study.financed.plan)
        write_mixes(folder, study.financed.structures)
    if study.weather.proxy_mwh:
        write_rows(folder, "weather_years", year_rows(study.weather))
    rows = assumptions(study.case, study.inputs, study.financed.plan, study.profiles.notes, study.weather)
    write_rows(folder, "assumptions", rows)


def _write_hourly(study: Study, folder: Path) -> None:
    dispatch, profiles = study.dispatch, study.profiles
    tables = {
        "generation": dispatch.generation_mw,
        "charge": dispatch.charge_mw,
        "level": dispatch.level_mwh,
        "curtailed": dispatch.curtailed_mw,
        "spilled": dispatch.spilled_mw,
        "demand": profiles.demand_mw,
        "served": dispatch.served_mw,
        "shed": dispatch.shed_mw,
        "stood_back": dispatch.stood_back_mw,
        "dumped": dispatch.dumped_mw,
        "import": dispatch.import_mw,
        "export": dispatch.export_mw,
        "branches": dispatch.branch_mw,
        "links_sent": dispatch.link_sent_mw,
        "links_received": dispatch.link_received_mw,
        "links_idle": dispatch.link_idle_mw,
        "prices": dispatch.price_usd_per_mwh,
        "interfaces": dispatch.interface_mw,
        "market_prices": dispatch.market_price_usd_per_mwh,
        "availability": profiles.availability_frac,
        "units_running": units_online(dispatch.generation_mw, study.inputs.economy.units),
    }
    if dispatch.online_mw.columns:
        tables |= {"online": dispatch.online_mw, "started": dispatch.started_mw}
    for name, table in tables.items():
        write_hourly(folder, name, dispatch.clock, table)


def _write_outcome(study: Study, folder: Path) -> None:
    """What held the dispatch back, and whose emissions they are."""
    clock, outcome = study.dispatch.clock, study.outcome
    write_hourly(folder, "shadow_prices", clock, outcome.shadow_price_usd_per_mwh)
    write_hourly(folder, "rating_worth", clock, outcome.rating_worth_usd_per_mw)
    write_rows(folder, "welfare", study.welfare)
    write_rows(folder, "developers", _developers(study), [field.name for field in fields(DeveloperRow)])
    write_rows(folder, "markets", study.inputs.economy.markets)
    write_rows(folder, "limits", [_record(use) for use in outcome.limits], [field.name for field in fields(LimitUse)])
    write_rows(
        folder,
        "curtailment",
        [
            {"plant": plant, "reason": reason, "energy_mwh": energy}
            for plant, reasons in outcome.curtailment_mwh.items()
            for reason, energy in reasons.items()
        ],
        ["plant", "reason", "energy_mwh"],
    )


def _write_rules(outcome: Outcome, left: tuple[LeftToAutomatics, ...], folder: Path) -> None:
    """What security leaves, what ramps, reserve, caps and the green rule cost; without rows a table keeps columns."""
    for name, rows, kind in (
        ("secure_left", left, LeftToAutomatics),
        ("rules", outcome.rules, RuleUse),
        ("caps", outcome.caps, CapUse),
        ("green", outcome.green, GreenPeriod),
    ):
        write_rows(folder, name, [_record(row) for row in rows], [field.name for field in fields(kind)])


def _developers(study: Study) -> tuple[DeveloperRow, ...]:
    """The owners of wind and solar plants; nothing for a part of a year."""
    if not study.whole_year:
        return ()
    dispatch = study.dispatch
    prices, base = dispatch.price_usd_per_mwh, study.case.price_base_year
    plants = study.inputs.grid.plants
    return developer_rows(plants, dispatch.generation_mw, dispatch.curtailed_mw, prices, price_base_year=base)


def _write_grid(inputs: Inputs, folder: Path) -> None:
    grid = inputs.grid
    area = {name: number for number, members in enumerate(grid.areas, start=1) for name in members}
    units = {unit.name: unit for unit in inputs.economy.units}
    write_rows(folder, "buses", [{**_record(bus), "area": area[bus.name]} for bus in grid.buses])
    write_rows(
        folder,
        "plants",
        [
            {
                **_record(plant),
                "fuel": units[plant.name].fuel,
                "marginal_cost_usd_per_mwh": units[plant.name].marginal_cost_usd_per_mwh,
                "emission_tco2_per_mwh": units[plant.name].emission_tco2_per_mwh,
            }
            for plant in grid.plants
        ],
    )
    for name, rows in _static(grid).items():
        write_rows(folder, name, rows)


def _static(grid: Grid) -> dict[str, tuple[object, ...]]:
    """Tables of the grid as they are; a table without rows keeps its columns."""
    return {
        "lines": grid.lines,
        "transformers": grid.transformers,
        "borders": grid.borders,
        "interfaces_limits": grid.interfaces,
        "links": grid.links,
        "reinforcements": grid.reinforcements,
    }


def _record(item: object) -> dict[str, object]:
    return {field.name: getattr(item, field.name) for field in fields(item)}  # type: ignore[arg-type]
