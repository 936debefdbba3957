"""The cable capacity study: what each size is worth and costs, where the best lies, and what one more MW would bring.

Worth is what the dispatch saves against the smallest size of the sweep (no link, where 0 is one of them): the objective
itself, whose slope is the dual of the rating. B1 by country, which adds transfers to and from the rest of the world,
stands beside it. Yearly values: saving x availability less the annuity of link and inland package, whoever pays for it,
and less the mean running cost; real USD, 4 % over the operating years (the default of the 4th ENTSO-E guideline for
cost-benefit analysis, 2023). A package that stands at size 0 too costs no size anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from greengrid.costs import UnitCosts, annuity_frac
from greengrid.sweep.table import DONE, Gathered, Row
from networks.staging import PACKAGE_LINK

RATE_PA = 0.04
FLAT_FRAC = 0.05
"""Sizes whose yearly value lies within this share of the best one's yearly cost are as good as the best."""
MIXES = "financing.mixes"
MIX_MEASURES = ("npv_usd_nominal", "equity_irr_pa", "dscr_min_ratio", "required_charge_usd_per_mwh", "verdict")
"""Of each mix at each size, as `financing.MIX.MEASURE`; what else is known of it stands in the bankability map."""
GREEN = ("wind_onshore", "wind_offshore", "solar", "hydro_ror", "hydro_reservoir")


@dataclass(frozen=True)
class SizeAxes:
    """Which axes say the size of the link, which the mix, and which make the scenarios."""

    link: str
    capacity: str
    others: tuple[str, ...]
    """Axes beside size and mixes: each combination of them is a scenario."""
    with_size: tuple[str, ...] = ()
    """Axes of the link's own that go with its size: voltage, poles and the like."""

    def scenario(self, row: Row) -> str:
        """The scenario of a row in words; empty where there is but one."""
        return ", ".join(f"{path} = {row[path]}" for path in self.others)


def size_axes(axes: Sequence[str]) -> SizeAxes | None:
    """None for a sweep over no link's size."""
    found = next((path for path in axes if path.startswith("link.") and path.endswith(".capacity_mw")), None)
    if found is None:
        return None
    link = found.split(".")[1]
    with_size = f"link.{link}."
    physical = [path for path in axes if path.startswith(with_size) and not path.startswith(f"{with_size}cost.")]
    others = tuple(path for path in axes if path not in (*physical, MIXES))
    return SizeAxes(link, found, others, tuple(path for path in physical if path != found))


def capacity_rows(found: Gathered) -> list[Row]:
    """One row a scenario and size, sizes upward; empty where the sweep is over no size or over one alone."""
    axes = size_axes(found.axes)
    if axes is None:
        return []
    groups: dict[str, dict[float, Row]] = {}
    for row in found.rows:
        if row["state"] == DONE:
            groups.setdefault(axes.scenario(row), {}).setdefault(float(row[axes.capacity]), row)
    rows: list[Row] = []
    for scenario, sizes in groups.items():
        if len(sizes) > 1:
            rows += _scenario_rows(scenario, dict(sorted(sizes.items())), axes, found)
    return rows


def _scenario_rows(scenario: str, sizes: Mapping[float, Row], axes: SizeAxes, found: Gathered) -> Iterable[Row]:
    first = next(iter(sizes.values()))
    banked = _banked(found, axes, scenario)
    rows = []
    standing = _standing_works(first, axes)
    for size, row in sizes.items():
        saving = first["dispatch.objective_usd_real"] - row["dispatch.objective_usd_real"]
        whole = bool(row["dispatch.whole_year"])
        rows.append(
            {"scenario": scenario, "size_mw": size, "reference_mw": next(iter(sizes)), "whole_year": whole}
            | {"saving_usd_real": saving}
            | _measures(row, first, axes.link)
            | (_yearly(row, saving, size, standing) if whole else {})
            | banked.get(size, {})
            | {name: value for name, value in row.items() if name.startswith("security.") and _is_number(value)}
        )
    _add_slopes(rows)
    for above, pair in zip(rows[1:], pairwise(sizes.values()), strict=True):
        above["step_changes"] = ", ".join(_changes(*pair, axes))
    return rows


PACKAGE = ("reinforcement.cost_central_usd_real", "reinforcement.length_km")


def _changes(below: Row, above: Row, axes: SizeAxes) -> list[str]:
    """What else than the rating differs between two sizes, of what a sweep knows: inland package and swept keys."""
    package = ["inland package"] if any(below[name] != above[name] for name in PACKAGE) else []
    return package + [path for path in axes.with_size if below[path] != above[path]]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _total(row: Row, prefix: str, endings: Sequence[str] = ("",)) -> float:
    """Sum over a family of columns."""
    return sum(
        float(value)
        for name, value in row.items()
        if name.startswith(prefix) and name.endswith(tuple(endings)) and _is_number(value)
    )


def _measures(row: Row, first: Row, link: str) -> Row:
    """What the size does in the system and in the cable; 0 for the cable where none is built."""

    def own(name: str) -> float:
        value = row.get(f"links.{link}.{name}")
        return 0.0 if value is None else float(value)

    green = [_total(each, "dispatch.generation_mwh.", GREEN) for each in (row, first)]
    curtailed = [_total(each, "dispatch.curtailed_mwh.") for each in (row, first)]
    return {
        "welfare_gain_usd_real": row["welfare.total_usd_real"] - first["welfare.total_usd_real"],
        "rent_usd_real": own("rent_usd_real"),
        "res_mwh": green[0],
        "res_gain_mwh": green[0] - green[1],
        "curtailed_mwh": curtailed[0],
        "curtailed_change_mwh": curtailed[0] - curtailed[1],
        "system_tco2": row["dispatch.system_tco2"],
        "system_change_tco2": row["dispatch.system_tco2"] - first["dispatch.system_tco2"],
        "received_mwh": own("received_mwh"),
        "loss_mwh": own("loss_mwh"),
        "utilisation_frac": own("utilisation_frac"),
        "limit_h": own("hours_at_limit"),
        "ens_mwh": row["dispatch.ens_mwh"],
        "rating_worth_usd_real_per_mw": row.get(f"links.{link}.rating_worth_usd_real_per_mw"),
        "built_worth_usd_real_per_mw": row.get(f"links.{link}.built_worth_usd_real_per_mw"),
        "reinforcement_usd_real": row["reinforcement.cost_central_usd_real"],
        "reinforcement_low_usd_real": row["reinforcement.cost_low_usd_real"],
        "reinforcement_high_usd_real": row["reinforcement.cost_high_usd_real"],
        "reinforcement_km": row["reinforcement.length_km"],
    }


def _standing_works(first: Row, axes: SizeAxes) -> float:
    """The inland package that stands without its link too (reinforcement.package_mw): no saving holds its benefit."""
    absent = axes.link == PACKAGE_LINK and first[axes.capacity] == 0
    # Where size 0 has a plan, other links are financed as well: their rows are left as they are.
    financed = first.get("project.capex_central_usd_real") is not None
    return float(first["reinforcement.cost_central_usd_real"]) if absent and not financed else 0.0


def _yearly(row: Row, saving: float, size_mw: float, standing_usd_real: float) -> Row:
    """Cost and value a year; a size that is not built costs nothing, one that is not financed has no cost known."""
    capex = row.get("project.capex_central_usd_real")
    if capex is None:
        return {} if size_mw > 0 else {"cost_a_year_usd_real": 0.0, "value_a_year_usd_real": 0.0}
    works, opex = row["project.works_usd_real"], row["project.opex_mean_usd_real"]
    if standing_usd_real > 0:
        capex, works, opex = _without_package(capex, works, opex, standing_usd_real)
    yearly = (capex + works) * annuity_frac(RATE_PA, round(row["project.operation_years"]))
    cost = yearly + opex
    value = saving * row["project.availability_frac"] - cost
    return {
        "link_usd_real": capex,
        "works_usd_real": works,
        "opex_usd_real": opex,
        "availability_frac": row["project.availability_frac"],
        "operation_years": row["project.operation_years"],
        "cost_a_year_usd_real": cost,
        "value_a_year_usd_real": value,
    }


def _without_package(capex: float, works: float, opex: float, package_usd_real: float) -> tuple[float, float, float]:
    """Capex, works and running cost of the link alone; a project that pays for the package holds it, at the tables'
    unit costs, and its upkeep."""
    if works > 0:
        return capex, 0.0, opex
    upkeep = UnitCosts.of().share("line_upkeep").central
    return capex - package_usd_real, 0.0, opex - upkeep * package_usd_real


def _banked(found: Gathered, axes: SizeAxes, scenario: str) -> dict[float, Row]:
    """By size: mixes that pass, the one that requires the least charge, and what each mix is worth."""
    sizes: dict[float, list[Row]] = {}
    for row in found.mixes:
        if axes.scenario(row) == scenario:
            sizes.setdefault(float(row[axes.capacity]), []).append(row)
    banked = {}
    for size, rows in sizes.items():
        known = [row for row in rows if row["required_charge_usd_per_mwh"] is not None]
        best = min(known, key=lambda row: row["required_charge_usd_per_mwh"], default=None)
        passing = sorted(row["mix"] for row in rows if row["verdict"] == "passes")
        banked[size] = {
            "mixes_passing": ", ".join(passing),
            "npv_prefinance_usd_nominal": rows[0]["npv_prefinance_usd_nominal"],
            "best_mix": best["mix"] if best else None,
            "best_required_usd_per_mwh": best["required_charge_usd_per_mwh"] if best else None,
            "affordable_usd_per_mwh": rows[0]["affordable_charge_usd_per_mwh"],
            "best_dscr_min_ratio": best["dscr_min_ratio"] if best else None,
            "best_verdict_test": best["verdict_test"] if best else None,
        } | {f"financing.{row['mix']}.{key}": row[key] for row in rows for key in MIX_MEASURES}
    return banked


def _add_slopes(rows: list[dict[str, Any]]) -> None:
    """Saving and cost per MW from one size to the next, written at the larger one."""
    for below, above in pairwise(rows):
        step = above["size_mw"] - below["size_mw"]
        above["step_saving_usd_real_per_mw"] = (above["saving_usd_real"] - below["saving_usd_real"]) / step
        if "cost_a_year_usd_real" in above and "cost_a_year_usd_real" in below:
            rise = above["cost_a_year_usd_real"] - below["cost_a_year_usd_real"]
            above["step_cost_usd_real_per_mw"] = rise / step


@dataclass(frozen=True)
class Best:
    """The best size of a scenario, and how far it may be left."""

    scenario: str
    welfare_mw: float | None
    """Highest yearly value; None where values are not known."""
    flat_low_mw: float | None
    flat_high_mw: float | None
    at_end: bool
    """The best of those tried; it may lie beyond."""
    bankable_mw: float | None
    """Of the sizes that a mix passes at, the one of the highest value; None where no mix passes at any."""
    nearest_mw: float | None
    """Where the required charge is nearest to the affordable one."""
    nearest_gap_usd_per_mwh: float | None
    """Required less affordable: negative where the chain affords it and another test fails."""
    nearest_test: str | None = None
    """The test that the least demanding mix fails there."""


def best_sizes(rows: Sequence[Row]) -> list[Best]:
    """One a scenario."""
    found = []
    for scenario in dict.fromkeys(row["scenario"] for row in rows):
        own = [row for row in rows if row["scenario"] == scenario]
        valued = [row for row in own if row.get("value_a_year_usd_real") is not None]
        best = max(valued, key=lambda row: row["value_a_year_usd_real"], default=None)
        flat = [
            row["size_mw"]
            for row in valued
            if best is not None
            and row["value_a_year_usd_real"] >= best["value_a_year_usd_real"] - FLAT_FRAC * best["cost_a_year_usd_real"]
        ]
        bankable = [row for row in valued if row.get("mixes_passing")]
        tests = {row["size_mw"]: row.get("best_verdict_test") for row in own}
        gaps = {
            row["size_mw"]: row["best_required_usd_per_mwh"] - row["affordable_usd_per_mwh"]
            for row in own
            if row.get("best_required_usd_per_mwh") is not None and row.get("affordable_usd_per_mwh") is not None
        }
        nearest = min(gaps, key=lambda size: gaps[size], default=None)
        chosen = max(bankable, key=lambda row: row["value_a_year_usd_real"], default=None)
        found.append(
            Best(
                scenario,
                best["size_mw"] if best else None,
                min(flat, default=None),
                max(flat, default=None),
                best is not None and best is valued[-1],
                chosen["size_mw"] if chosen else None,
                nearest,
                gaps[nearest] if nearest is not None else None,
                tests[nearest] if nearest is not None else None,
            )
        )
    return found
