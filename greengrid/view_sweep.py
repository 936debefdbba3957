"""A sweep's folder to one page of HTML: its cases behind selectors, and the pages of its report."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from greengrid.sweep.folder import SweepFolder
from greengrid.sweep.report import make_sweep_report
from greengrid.sweep.table import DONE, Gathered, gather
from reports.results import link_name
from reports.view.page import page
from reports.view.values import Option, Options

MIX, MIXES_AXIS = "mix", "financing.mixes"
NO_MIX = "none"
OF_MIX: Mapping[str, tuple[str, float]] = {
    "required_charge_usd_per_mwh": ("charge that the mix requires (USD/MWh)", 1.0),
    "affordable_charge_usd_per_mwh": ("charge that the chain can afford (USD/MWh)", 1.0),
    "npv_usd_nominal": ("NPV at the mix's cost of capital (M USD)", 1e-6),
    "dscr_min_ratio": ("least debt service cover", 1.0),
    "equity_irr_pa": ("return of the owners (%)", 100.0),
}
OF_LINK: Mapping[str, tuple[str, float]] = {
    "received_forward_mwh": ("received forward (GWh)", 1e-3),
    "received_reverse_mwh": ("received back (GWh)", 1e-3),
    "utilisation_frac": ("use of the rating (%)", 100.0),
    "hours_at_limit": ("hours at the limit", 1.0),
    "rent_usd_real": ("rent (M USD)", 1e-6),
    "rating_worth_usd_real_per_mw": ("worth of one more MW (USD/MW)", 1.0),
}
OF_RUN: Mapping[str, tuple[str, float]] = {
    "welfare.total_usd_real": ("surplus of all (M USD)", 1e-6),
    "dispatch.objective_usd_real": ("cost of the dispatch (M USD)", 1e-6),
    "dispatch.ens_mwh": ("energy not served (MWh)", 1.0),
}


def view_of_sweep(folder: Path) -> str:
    """The page of a sweep; raises `BadInput` where the folder holds none, or none of its cases is finished."""
    gathered = gather(SweepFolder(folder))
    report = make_sweep_report(folder, "en")
    return page(report, None, options_of(gathered))


def options_of(found: Gathered) -> Options:
    """Every finished case, once for each of its mixes (without a link: for all); measures of no case are left out."""
    words, factors = _measures(found)
    mixes: dict[int, list[Mapping[str, Any]]] = {}
    for row in found.mixes:
        mixes.setdefault(int(row["case"]), []).append(row)
    axes = tuple(axis for axis in found.axes if axis != MIXES_AXIS) + ((MIX,) if mixes else ())
    every = [{MIX: mix} for mix in dict.fromkeys(str(row[MIX]) for row in found.mixes)] or [{MIX: NO_MIX}]
    cases = []
    for row in found.rows:
        if row["state"] != DONE:
            continue
        for entry in mixes.get(int(row["case"]), every):
            place = {axis: _shown(entry[MIX] if axis == MIX else row[axis]) for axis in axes}
            given = {name: entry.get(name, row.get(name)) for name in factors}
            measures = {name: _scaled(value, factors[name]) for name, value in given.items()}
            if Option(place, measures) not in cases:
                cases.append(Option(place, measures))
    there = tuple(name for name in factors if any(case.measures[name] is not None for case in cases))
    return Options(axes, there, tuple(cases), {**words, **{axis: axis for axis in axes if axis not in words}})


def _measures(found: Gathered) -> tuple[dict[str, str], dict[str, float]]:
    """What each measure is called and multiplied with, in the order of the list."""
    names = {name for row in found.rows for name in row}
    links = sorted({name.split(".")[1] for name in names if name.startswith("links.")})
    all_of = {**OF_RUN, **OF_MIX}
    for link in links:
        all_of |= {f"links.{link}.{name}": (f"{link_name(link)}: {text}", by) for name, (text, by) in OF_LINK.items()}
    return {name: text for name, (text, _) in all_of.items()}, {name: by for name, (_, by) in all_of.items()}


def _shown(value: object) -> str | float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _scaled(value: object, factor: float) -> float | None:
    return float(value) * factor if isinstance(value, int | float) else None
