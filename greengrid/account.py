"""What `greengrid check` prints: a one-page account of the case's grid, before anything is solved."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from greengrid.case import Case
from greengrid.inputs import Inputs, make_weather, read_inputs
from networks.grid import Grid

WEAK = ("C", "D")


@dataclass(frozen=True)
class Account:
    """The text and what deserves a second look."""

    text: str
    warnings: tuple[str, ...]


def account_of(case: Case) -> Account:
    """Reads everything the case needs and describes it; raises `BadInput` with every problem."""
    inputs = read_inputs(case)
    grid = inputs.grid
    if case.weather.files:
        make_weather(case, grid, inputs.economy)
    warnings = (*grid.notes, *_capacity_warnings(inputs))
    sections = [
        f"{case.name}: {case.title}",
        f"case digest {case.digest[:12]}, network {case.network} (digest {inputs.network_digest[:12]})",
        _lengths(grid),
        _fleet(grid),
        _demand(grid),
        _areas(grid),
        _limits(grid),
        _links(grid),
        _evidence(grid),
        "Notes\n" + "\n".join(f"  {note}" for note in warnings) if warnings else "Notes\n  none",
    ]
    return Account("\n\n".join(sections), warnings)


def _capacity_warnings(inputs: Inputs) -> list[str]:
    """Countries whose firm capacity, as available in January, is below their peak before any trade."""
    grid = inputs.grid
    available = {unit.name: max(unit.available_frac[0], unit.available_frac[11]) for unit in inputs.economy.units}
    weather = ("wind_onshore", "wind_offshore", "solar", "hydro_ror")
    found = []
    for country in sorted({demand.country for demand in grid.demands}):
        firm = sum(
            plant.capacity_mw * available[plant.name]
            for plant in grid.plants
            if plant.country == country and plant.technology not in weather
        )
        peak = sum(demand.peak_mw for demand in grid.demands if demand.country == country)
        if firm < peak:
            found.append(
                f"{country}: firm capacity available in winter {firm:,.0f} MW is below the peak {peak:,.0f} MW"
            )
    return found


def _lengths(grid: Grid) -> str:
    total: defaultdict[float, float] = defaultdict(float)
    for line in grid.lines:
        total[line.voltage_kv] += line.length_km * line.circuits
    rows = [f"  {voltage:>5.0f} kV {length:>9,.0f} km" for voltage, length in sorted(total.items(), reverse=True)]
    return "Circuit length of AC lines\n" + "\n".join(rows)


def _fleet(grid: Grid) -> str:
    countries = sorted({plant.country for plant in grid.plants})
    total: defaultdict[tuple[str, str], float] = defaultdict(float)
    for plant in grid.plants:
        total[plant.technology, plant.country] += plant.capacity_mw
    header = f"  {'MW':<16}" + "".join(f"{country:>9}" for country in countries)
    rows = [
        f"  {technology:<16}" + "".join(f"{total[technology, country]:>9,.0f}" for country in countries)
        for technology in sorted({plant.technology for plant in grid.plants})
    ]
    sums = [sum(value for (_, where), value in total.items() if where == country) for country in countries]
    rows.append(f"  {'total':<16}" + "".join(f"{value:>9,.0f}" for value in sums))
    return f"Installed capacity, {grid.year}\n{header}\n" + "\n".join(rows)


def _demand(grid: Grid) -> str:
    rows = []
    for country in sorted({demand.country for demand in grid.demands}):
        parts = [demand for demand in grid.demands if demand.country == country]
        energy, peak = sum(part.energy_twh for part in parts), sum(part.peak_mw for part in parts)
        rows.append(f"  {country}  {energy:>7.1f} TWh   sum of zone peaks {peak:>8,.0f} MW   {len(parts)} zones")
    return "Demand, gross of network losses\n" + "\n".join(rows)


def _areas(grid: Grid) -> str:
    country = {bus.name: bus.country for bus in grid.buses}
    rows = [
        f"  {number}: {len(members)} buses ({', '.join(dict.fromkeys(country[name] for name in members))})"
        for number, members in enumerate(grid.areas, start=1)
    ]
    degree = Counter(end for line in grid.lines for end in (line.from_bus, line.to_bus))
    degree.update(end for transformer in grid.transformers for end in (transformer.hv_bus, transformer.lv_bus))
    radial = sorted(bus.name for bus in grid.buses if degree[bus.name] == 1)
    rows.append(f"  on one branch only: {', '.join(radial) or 'none'}")
    return "Synchronous areas\n" + "\n".join(rows)


def _limits(grid: Grid) -> str:
    rows = [
        f"  {cut.name:<24} {cut.forward_max_mw:>6,.0f} / {cut.reverse_max_mw:>6,.0f} MW   grade {cut.confidence}"
        for cut in grid.interfaces
    ]
    rows += [
        f"  {border.name:<24} {border.import_max_mw:>6,.0f} / {border.export_max_mw:>6,.0f} MW   grade "
        f"{border.confidence}   import / export, market {border.market}"
        for border in grid.borders
    ]
    rows += [f"  {limit.name:<24} {limit.flow_max_mw:>6,.0f} MW jointly" for limit in grid.joint_limits]
    return "Interface limits (forward / reverse) and borders\n" + "\n".join(rows)


def _links(grid: Grid) -> str:
    rows = [
        f"  {link.name:<12} {link.capacity_mw:>6,.0f} MW  {link.voltage_kv:.0f} kV {link.configuration}  "
        f"{link.subsea_km + link.land_km:,.0f} km  {link.from_bus} -> {link.to_bus}  "
        f"loss at full load {100 * (1 - link.received_max_mw / link.capacity_mw):.2f} %"
        for link in grid.links
    ]
    rows += [
        f"  package: {part.element} {part.from_substation} - {part.to_substation} {part.voltage_kv:.0f} kV "
        f"x{part.circuits} {part.length_km:.0f} km"
        for part in grid.reinforcements
    ]
    return "HVDC links and inland package (assumptions: no official rating or route is published)\n" + (
        "\n".join(rows) or "  none"
    )


def _evidence(grid: Grid) -> str:
    tables = {
        "lines": grid.lines,
        "transformers": grid.transformers,
        "plants": grid.plants,
        "demands": grid.demands,
        "borders": grid.borders,
        "interfaces": grid.interfaces,
    }
    rows = []
    for name, items in tables.items():
        grades = Counter(str(getattr(item, "confidence", "")) for item in items)
        weak = sum(grades[grade] for grade in WEAK)
        spread = ", ".join(f"{grade} {grades[grade]}" for grade in sorted(grades))
        rows.append(f"  {name:<13} {len(items):>4} rows: {spread}   ({weak} of grade C or D)")
    return "Evidence grades\n" + "\n".join(rows)
