"""`greengrid map`: the network of a case on a sheet of its own, as PDF or PNG."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greengrid.console import CaseArgument, DebugOption, SetOption, guard
from greengrid.errors import BadInput, Problem

if TYPE_CHECKING:
    from greengrid.case import Case
    from greengrid.inputs import Inputs
    from networks.grid import Grid
    from reports.charts import MapLink, MapPlace
    from reports.map_values import MapSheet, SheetLine, SheetPlant, Window

SUFFIXES = (".pdf", ".png")
PAPERS = ("a3", "a4")
IN_SERVICE = ("existing", "today")
INSETS: tuple[tuple[str, tuple[float, float], float, tuple[float, float, float, float]], ...] = (
    ("A  Absheron", (49.25, 40.35), 260.0, (0.0, 0.57, 0.205, 0.29)),
    ("B  Tashkent and Fergana", (69.65, 40.95), 480.0, (0.79, 0.0, 0.21, 0.27)),
)
"""Title, centre (longitude, latitude), width in km, place on the map (left, bottom, width, height in shares). Drawn
where its window holds enough substations."""
INSET_LEAST = 6
TERRITORY = "Boundaries and names imply no judgement on the legal status of any territory."


def draw_map(
    case: CaseArgument,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help="FILE.pdf or FILE.png; default CASE-map.pdf here."),
    ] = None,
    paper: Annotated[str, typer.Option(metavar="a3|a4", help="Size of the sheet, landscape.")] = "a3",
    set_: SetOption = None,
    debug: DebugOption = False,
) -> None:
    """Draw the network of a case on one sheet.

    Voltage levels, plants by technology and size, the cables, and what is being built or planned with its year. Solves
    nothing.

    \b
    greengrid map base
    greengrid map base -o network.png --paper a4
    greengrid map base --set year=2030 -o 2030.pdf
    """

    def work() -> Path:
        from greengrid.case import load_case

        loaded = load_case(case, set_ or ())
        target = Path(f"{loaded.name}-map.pdf") if out is None else out
        _check(target, paper)
        write_map(loaded, target, paper)
        return target

    typer.echo(f"Map: {guard(work, debug)}")


def _check(target: Path, paper: str) -> None:
    from greengrid.store import check_file

    check_file(target)
    found = []
    if target.suffix.lower() not in SUFFIXES:
        found.append(Problem(str(target), repr(target.suffix), "a file that ends in .pdf or .png"))
    if paper not in PAPERS:
        found.append(Problem("--paper", repr(paper), " or ".join(PAPERS)))
    if found:
        raise BadInput(found)


def write_map(case: Case, target: Path, paper: str) -> None:
    """Draws the sheet and renames it when whole."""
    from greengrid.inputs import read_inputs
    from reports import map_sheet

    sheet = sheet_of(case, read_inputs(case), paper)
    content = map_sheet.pdf(sheet) if target.suffix.lower() == ".pdf" else map_sheet.png(sheet)
    partial = target.with_name(f".{target.name}.partial")
    try:
        partial.write_bytes(content)
        partial.replace(target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise BadInput([Problem(str(target), f"not writable: {error.strerror}", "a file to write")]) from None


def sheet_of(case: Case, inputs: Inputs, paper: str) -> MapSheet:
    """The values of the map of a case."""
    from reports.map_values import PAPERS_MM, MapSheet
    from reports.numbers import show

    grid = inputs.grid
    width_mm, height_mm = PAPERS_MM[paper]
    length_km = sum(line.length_km * line.circuits for line in grid.lines)
    capacity_gw = sum(plant.capacity_mw for plant in grid.plants) / 1e3
    names = sorted({bus.substation for bus in grid.buses})
    subtitle = (
        f"{case.title}: {len(names)} substations, {show(length_km, 'length_km')} of AC circuits, "
        f"{show(capacity_gw, 'fleet_gw')} of plants, {_counted(len(grid.links), 'HVDC link')}"
    )
    return MapSheet(
        caption=f"The network of {case.name}",
        alt=f"Map of the transmission network of case {case.name} in {grid.year}. {subtitle}.",
        width_mm=width_mm,
        height_mm=height_mm,
        title=f"The network of {case.name} in {grid.year}",
        subtitle=subtitle,
        lines=_lines(grid),
        links=_links(grid),
        plants=_plants(grid),
        places=_places(grid),
        windows=_windows(grid),
        notes=_notes(case, inputs),
    )


def _counted(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'s' if number > 1 else ''}"


def _notes(case: Case, inputs: Inputs) -> tuple[str, ...]:
    return (
        f"Data: tables of the data set {case.network}, digest {inputs.network_digest[:8]}, each row with source "
        "and evidence grade. Lines are drawn straight between substations.",
        f"Case {case.name}, digest {case.digest[:8]}. Cable routes are assumed: not calibrated to the official "
        "feasibility study.",
        f"Albers equal-area projection. Outline: Natural Earth (public domain). {TERRITORY}",
    )


def _lines(grid: Grid) -> tuple[SheetLine, ...]:
    from reports.map_values import SheetLine

    place = {bus.name: (bus.longitude_deg, bus.latitude_deg) for bus in grid.buses}
    return tuple(
        SheetLine(
            path=(place[line.from_bus], place[line.to_bus]),
            voltage_kv=line.voltage_kv,
            status="existing" if line.status in IN_SERVICE else line.status,
            year=line.year,
        )
        for line in grid.lines
    )


def _links(grid: Grid) -> tuple[MapLink, ...]:
    from reports.charts import MapLink
    from reports.numbers import show
    from reports.results import link_name

    bus = {bus.name: bus for bus in grid.buses}
    return tuple(
        MapLink(
            name=f"{link_name(link.name)} {show(link.capacity_mw, 'power_mw')}",
            path=tuple((bus[end].longitude_deg, bus[end].latitude_deg) for end in (link.from_bus, link.to_bus)),
            to_forward=bus[link.to_bus].country,
            to_reverse=bus[link.from_bus].country,
            forward_twh=None,
            reverse_twh=None,
        )
        for link in grid.links
    )


def _plants(grid: Grid) -> tuple[SheetPlant, ...]:
    """Whole plants: the parts on several buses of one place are one circle."""
    from reports.map_values import SheetPlant
    from reports.palette import family

    total: dict[tuple[str, str, float, float, bool], float] = defaultdict(float)
    for plant in grid.plants:
        staged = plant.status not in IN_SERVICE
        key = (plant.plant, family(plant.technology), plant.longitude_deg, plant.latitude_deg, staged)
        total[key] += plant.capacity_mw
    return tuple(
        SheetPlant(name, longitude, latitude, capacity, kind, staged)
        for (name, kind, longitude, latitude, staged), capacity in total.items()
    )


def _places(grid: Grid) -> tuple[MapPlace, ...]:
    """Substations; the weight is the capacity of their lines in GW, 0 where only a cable ends (outside the frame)."""
    from reports.charts import MapPlace
    from reports.results import place_name

    substation = {bus.name: bus.substation for bus in grid.buses}
    weight: dict[str, float] = defaultdict(float)
    for line in grid.lines:
        for end in (line.from_bus, line.to_bus):
            weight[substation[end]] += line.flow_max_mw / 1e3
    ends = {substation[end] for link in grid.links for end in (link.from_bus, link.to_bus)}
    places = {}
    for bus in grid.buses:
        name = bus.substation
        kind = "converter" if name in ends else "node"
        extra = 100.0 if name in ends and weight[name] > 0 else 0.0
        places[name] = MapPlace(place_name(name), bus.longitude_deg, bus.latitude_deg, weight[name] + extra, kind)
    return tuple(places.values())


def _windows(grid: Grid) -> tuple[Window, ...]:
    """Insets for the crowded places and for cables that leave the frame."""
    import numpy as np

    from reports.map_values import Window
    from reports.projection import albers

    longitude = np.array([bus.longitude_deg for bus in grid.buses])
    latitude = np.array([bus.latitude_deg for bus in grid.buses])
    x, y = albers(longitude, latitude)
    found, far = [], _far_links(grid)
    for title, centre, width_km, (left, bottom, width, height) in INSETS:
        middle_x, middle_y = albers(np.array(centre[0]), np.array(centre[1]))
        near = (abs(x - middle_x) < width_km / 2) & (abs(y - middle_y) < width_km / 3)
        if len({grid.buses[k].substation for k in np.flatnonzero(near)}) >= INSET_LEAST:
            up = 1 - bottom - height if bottom > 0 and not far else 0.0
            found.append(Window(title, *centre, width_km, left, bottom + up, width, height))
    return (*found, *far)


def _far_links(grid: Grid) -> list[Window]:
    """A small map of every cable with an end that no AC line reaches."""
    from reports.map_values import Window
    from reports.results import link_name

    bus = {item.name: item for item in grid.buses}
    reached = {bus[end].substation for line in grid.lines for end in (line.from_bus, line.to_bus)}
    for link in grid.links:
        ends = [bus[link.from_bus], bus[link.to_bus]]
        if all(end.substation in reached for end in ends):
            continue
        longitude = sum(end.longitude_deg for end in ends) / 2
        latitude = sum(end.latitude_deg for end in ends) / 2
        return [Window(f"C  {link_name(link.name)}", longitude, latitude, 1500.0, 0.0, 0.86, 0.205, 0.14, apart=True)]
    return []
