"""A run's folder to one page of HTML: reads the hours, hands values to `reports.view`."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np

from greengrid.errors import BadInput, Problem
from greengrid.report import make_report, read_results
from greengrid.store import check_digests, check_file, read_hourly, read_summary
from reports import palette
from reports.results import Array, Results
from reports.view.page import page
from reports.view.values import Atlas, Branch, Cable, Place

MANIFEST = "sweep.json"
"""Only a sweep's folder has it."""


def write_view(folder: Path, target: Path) -> None:
    """Writes the page beside its place and renames it when whole. The same folder gives the same bytes."""
    of_sweep = (folder / MANIFEST).is_file()
    if not of_sweep:
        read_summary(folder)
        check_digests(folder)
    check_file(target)
    if of_sweep:
        from greengrid.view_sweep import view_of_sweep

        text = view_of_sweep(folder)
    else:
        text = view_of(folder)
    partial = target.with_name(f".{target.name}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        problem = Problem(str(target), f"not writable: {error.strerror}", "a file that can be written")
        raise BadInput([problem]) from None


def view_of(folder: Path) -> str:
    """The page of a finished run; raises `BadInput` with every file that is missing or unreadable."""
    results = read_results(folder)
    return page(make_report(folder), atlas_of(results, folder), None)


def atlas_of(results: Results, folder: Path) -> Atlas:
    """Places, lines, cables and their hours."""
    flows = read_hourly(folder, "branches")
    buses = [bus for bus in results.static["buses"] if bus["latitude_deg"] is not None]
    number = {str(bus["name"]): k for k, bus in enumerate(buses)}
    places = tuple(
        Place(str(bus["name"]), str(bus["country"]), float(bus["latitude_deg"]), float(bus["longitude_deg"]))
        for bus in buses
    )
    lines = [
        line for line in results.static["lines"] if {str(line["from_bus"]), str(line["to_bus"])} <= set(number)
    ]  # fmt: skip
    branches = tuple(
        Branch(
            str(line["name"]), number[str(line["from_bus"])], number[str(line["to_bus"])],
            float(line["voltage_kv"]), float(line["flow_max_mw"]),
        )
        for line in lines
    )  # fmt: skip
    links = [link for link in results.links if {str(link["from_bus"]), str(link["to_bus"])} <= set(number)]
    cables = tuple(
        Cable(str(c["name"]), number[str(c["from_bus"])], number[str(c["to_bus"])], float(c["capacity_mw"]))
        for c in links
    )
    hours = results.hours
    return Atlas(
        results.clock,
        places,
        branches,
        cables,
        _columns([flows[branch.name] for branch in branches], hours),
        _columns([results.link_flow_mw(cable.name) for cable in cables], hours),
        _columns([results.hourly["prices"][place.name] for place in places], hours),
        {country: _mix(results, country) for country in results.countries},
    )


def _columns(series: list[Array], hours: int) -> Array:
    return np.column_stack(series) if series else np.zeros((hours, 0))


def _mix(results: Results, country: str) -> dict[str, Array]:
    """Generation by family of technology, net imports over borders, and demand; MW in every hour."""
    plants: defaultdict[str, list[str]] = defaultdict(list)
    for plant in results.static["plants"]:
        if plant["country"] == country:
            plants[palette.family(str(plant["technology"]))].append(str(plant["name"]))
    mix = {family: results.hourly["generation"].summed(names) for family, names in plants.items()}
    mix["demand"] = results.hourly["demand"].summed(results.zones(country))
    return mix
