"""Where things stand: the map with its yearly flows, and the account of the network."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from reports import palette
from reports.charts import (
    FULL_MM,
    HALF_MM,
    Axis,
    Layer,
    MapArrow,
    MapLine,
    MapLink,
    MapPlace,
    NetworkMap,
    StackedBars,
)
from reports.content import Block, Column, Page, Pair, Table, Text
from reports.language import say, word
from reports.numbers import number, show
from reports.results import Results, Row, country_name, link_name, place_name
from reports.sections.source_line import source_line

TERRITORY = "Boundaries and names imply no judgement on the legal status of any territory. Outline: Natural Earth."
STATUS: Mapping[str, str] = {"existing": "solid", "today": "solid", "under_construction": "dashed", "planned": "dashed"}
"""How a line of each status is drawn; every other status is dotted."""
TOWARD: Mapping[str, tuple[float, float]] = {
    "RU": (0.0, 4.0), "TR": (-4.0, -1.5), "IR": (0.0, -4.0), "TM": (-1.5, -4.0), "AF": (1.5, -4.0), "KG": (4.0, 0.5),
    "TJ": (4.0, -2.5), "RO": (-4.0, 1.0),
}  # fmt: skip
"""Roughly where each neighbour lies from its border, in degrees (longitude, latitude)."""
BORDERS_MAX = 10
Buses = Mapping[str, Row]


def network_map(results: Results) -> tuple[Page, ...]:
    """The map page."""
    lead = word("Lines by voltage (thick: 500 kV, thin: 220 kV); dashed: being built or planned, dotted: scenario. ")
    if results.links:
        lead += word("Cable routes are assumed, drawn straight between their ends. ")
    arrows = "Arrows: net yearly energy over a border." if results.whole_year else "No year was run: no yearly flows."
    lead += word(arrows)
    blocks: list[Block] = [region_map(results)]
    flows = _border_table(results)
    has_inset = any(link["name"] == "caspian" for link in results.links)
    if has_inset and flows is not None:
        blocks.append(Pair(_cable_map(results), flows))
    elif flows is not None:
        blocks.append(flows)
    elif has_inset:
        blocks.append(_cable_map(results))
    blocks.append(Text((TERRITORY,), voice="note"))
    source = source_line(results, "buses, lines, links, import, export")
    return (Page("The network", _map_headline(results), lead, tuple(blocks), source),)


def _map_headline(results: Results) -> str:
    buses, lines = len(results.static["buses"]), len(results.static["lines"])
    links = word(" and ").join(
        say("the {name} ({link})", name=link_name(str(link["name"])), link=show(link["capacity_mw"], "power_mw"))
        for link in results.links
    )
    tail = say(", joined by {links}", links=links) if links else ", without an HVDC link"
    return say(
        "{year}: {buses} nodes and {lines} AC lines in {countries} countries{tail}",
        year=results.year,
        buses=buses,
        lines=lines,
        countries=len(results.countries),
        tail=tail,
    )


def _trade_twh(results: Results, border: str) -> tuple[float, float]:
    """(bought, sold) over a border in the year."""
    bought, sold = (float(results.hourly[table][border].sum()) / 1e6 for table in ("import", "export"))
    return bought, sold


def _border_table(results: Results) -> Table | None:
    borders = [str(border["name"]) for border in results.static["borders"]]
    if not results.whole_year or not borders:
        return None
    trade = {name: _trade_twh(results, name) for name in borders}
    used = sorted((name for name in borders if sum(trade[name]) > 0), key=lambda name: (-sum(trade[name]), name))
    rows = [_border_row(border_label(name), [trade[name]]) for name in used[:BORDERS_MAX]]
    others = [name for name in borders if name not in used[:BORDERS_MAX]]
    if others:
        rows.append(_border_row(say("others ({others})", others=len(others)), [trade[name] for name in others]))
    rows.append(_border_row("total", list(trade.values())))
    columns = (
        Column("Border", width=1),
        Column("Import", "TWh", True),
        Column("Export", "TWh", True),
        Column("Net", "TWh", True),
    )
    note = "Net: + = export. Parts may not add to the total."
    return Table("Trade over the borders", columns, tuple(rows), note=note, strong_rows=(len(rows) - 1,), small=True)


def _border_row(label: str, trade: list[tuple[float, float]]) -> tuple[str, ...]:
    bought, sold = sum(pair[0] for pair in trade), sum(pair[1] for pair in trade)
    amounts = (number(bought, "energy_small_twh"), number(sold, "energy_small_twh"))
    return (label, *amounts, number(sold - bought, "energy_small_twh", signed=True))


def border_label(border: str) -> str:
    """ "RU_Chelyabinsk" -> "Chelyabinsk (RU)"."""
    prefix = border.partition("_")[0]
    return f"{place_name(border)} ({prefix})" if len(prefix) == 2 and prefix != border else place_name(border)


def region_map(
    results: Results, width_mm: float = FULL_MM, labels_max: int = 14, arrows_max: int | None = None
) -> NetworkMap:
    """The region with cables and yearly flows, 96 mm high at full width; of the borders the widest `arrows_max`."""
    made = _map(results, inset=False)
    scale = number(25.6 * FULL_MM / width_mm, "scale_million")
    caption = say("The modelled network, 1:{scale} million", scale=scale)
    if results.links:
        caption += say("; cable routes are assumed")
    height_mm = round(96.0 * width_mm / FULL_MM)
    widest = sorted(made.arrows, key=lambda arrow: (-abs(arrow.net_export_twh), arrow.name))
    return replace(
        made,
        caption=caption,
        width_mm=width_mm,
        height_mm=height_mm,
        labels_max=labels_max,
        arrows=tuple(widest[:arrows_max]),
    )


def _cable_map(results: Results) -> NetworkMap:
    caption = say("Surroundings of the Caspian cable, 1:8 million") + say("; cable routes are assumed")
    return replace(_map(results, inset=True), caption=caption, width_mm=HALF_MM, height_mm=76.0, labels_max=10)


def _map(results: Results, *, inset: bool) -> NetworkMap:
    buses = {str(bus["name"]): bus for bus in results.static["buses"]}
    links = tuple(_map_link(results, link, buses) for link in results.links)
    flows = "; ".join(
        say(
            "{name}: {energy} to {forward}, {back} to {reverse}",
            name=link.name,
            energy=show(link.forward_twh, "energy_twh"),
            forward=link.to_forward,
            back=show(link.reverse_twh, "energy_twh"),
            reverse=link.to_reverse,
        )
        for link in links
        if link.forward_twh is not None
    )
    lines = results.static["lines"]
    where = "Map of the Caspian cable's surroundings" if inset else "Map of the region"
    return NetworkMap(
        caption="",
        alt=say(
            "{where} with {lines} AC lines and {links} HVDC links. {flows}. Data: the table of borders.",
            where=where,
            lines=len(lines),
            links=len(links),
            flows=flows or "No yearly flows",
        ),
        width_mm=FULL_MM,
        height_mm=96.0,
        lines=tuple(
            MapLine(
                (_point(buses[str(line["from_bus"])]), _point(buses[str(line["to_bus"])])),
                float(line["voltage_kv"]),
                STATUS.get(str(line["status"]), "dotted"),
            )
            for line in lines
        ),
        links=links,
        arrows=() if inset or not results.whole_year else tuple(_arrows(results, buses)),
        places=_places(results, buses),
        inset=inset,
    )


def _point(bus: Row) -> tuple[float, float]:
    return float(bus["longitude_deg"]), float(bus["latitude_deg"])


def _map_link(results: Results, link: Row, buses: Buses) -> MapLink:
    start, end = buses[str(link["from_bus"])], buses[str(link["to_bus"])]
    energies = results.received_mwh(str(link["name"])) if results.whole_year else (None, None)
    forward, reverse = (None if energy is None else energy / 1e6 for energy in energies)
    return MapLink(
        link_name(str(link["name"])),
        (_point(start), _point(end)),
        to_forward=str(end["country"]),
        to_reverse=str(start["country"]),
        forward_twh=forward,
        reverse_twh=reverse,
    )


def _arrows(results: Results, buses: Buses) -> list[MapArrow]:
    found = []
    for border in results.static["borders"]:
        bought, sold = _trade_twh(results, str(border["name"]))
        longitude, latitude = _point(buses[str(border["bus"])])
        east, north = _outward(results, border, buses)
        found.append(
            MapArrow(str(border["name"]), longitude, latitude, longitude + east, latitude + north, sold - bought)
        )
    return found


def _outward(results: Results, border: Row, buses: Buses) -> tuple[float, float]:
    """Away from the country that trades: along the line that ends at the border's bus abroad, else towards the
    neighbour."""
    at = str(border["bus"])
    if str(buses[at]["country"]) not in results.countries:
        for branch in (*results.static["lines"], *results.links):
            ends = [str(branch["from_bus"]), str(branch["to_bus"])]
            if at in ends:
                here, other = _point(buses[at]), _point(buses[ends[1 - ends.index(at)]])
                return here[0] - other[0], here[1] - other[1]
    return TOWARD.get(str(border["market"])[:2], (0.0, 4.0))


def _places(results: Results, buses: Buses) -> tuple[MapPlace, ...]:
    """One mark per substation; ends of links come first, then nodes with most line capacity."""
    weight: dict[str, float] = defaultdict(float)
    for line in results.static["lines"]:
        for end in ("from_bus", "to_bus"):
            weight[str(buses[str(line[end])]["substation"])] += float(line["flow_max_mw"]) / 1e3
    ends = {str(buses[str(link[end])]["substation"]) for link in results.links for end in ("from_bus", "to_bus")}
    seen: dict[str, MapPlace] = {}
    for bus in results.static["buses"]:
        name = str(bus["substation"])
        if name not in seen:
            kind, extra = ("converter", 100.0) if name in ends else ("node", 0.0)
            seen[name] = MapPlace(place_name(name), *_point(bus), weight[name] + extra, kind)
    return tuple(seen.values())


def account(results: Results) -> tuple[Page, ...]:
    """What stands: plants, lines, transformers."""
    capacity = _capacity(results)
    if not capacity and not results.static["lines"]:
        return ()
    total = sum(sum(families.values()) for families in capacity.values())
    length = sum(float(line["length_km"]) * int(line["circuits"]) for line in results.static["lines"])
    blocks: list[Block] = [_capacity_chart(capacity), _capacity_table(capacity)] if capacity else []
    blocks += [_length_table(results), *_transformer_table(results)]
    page = Page(
        "Account of the network",
        say(
            "{length} of AC circuits and {total} of plants stand in the grid of {year}",
            length=show(length, "length_km"),
            total=show(total / 1e3, "fleet_gw"),
            year=results.year,
        ),
        "Lengths count each circuit; many are estimated from great-circle distances. Lines between two countries stand "
        "in a row of their own.",
        tuple(blocks),
        source_line(results, "lines, transformers, plants"),
    )
    return (page,)


Capacity = Mapping[str, Mapping[str, float]]
"""Country -> family -> MW."""


def _capacity(results: Results) -> Capacity:
    found: dict[str, dict[str, float]] = {country: defaultdict(float) for country in results.countries}
    for plant in results.static["plants"]:
        families = found.setdefault(str(plant["country"]), defaultdict(float))
        families[palette.family(str(plant["technology"]))] += float(plant["capacity_mw"])
    return {country: families for country, families in found.items() if sum(families.values()) > 0}


def _capacity_chart(capacity: Capacity) -> StackedBars:
    layers = tuple(
        Layer(family, colour, tuple(families.get(family, 0.0) / 1e3 for families in capacity.values()))
        for family, colour in palette.TECHNOLOGY.items()
        if any(families.get(family, 0.0) for families in capacity.values())
    )
    spoken = "; ".join(f"{country_name(c)} {show(sum(v.values()) / 1e3, 'fleet_gw')}" for c, v in capacity.items())
    return StackedBars(
        caption="Capacity of the plants by country and source",
        alt=say("Stacked bars. Country by capacity in GW. {spoken}. Data: the table below.", spoken=spoken),
        width_mm=FULL_MM,
        height_mm=28.0 + 9.0 * len(capacity),
        names=tuple(country_name(country) for country in capacity),
        layers=layers,
        axis=Axis("Capacity", "GW"),
    )


def _capacity_table(capacity: Capacity) -> Table:
    families = [family for family in palette.TECHNOLOGY if any(values.get(family) for values in capacity.values())]
    rows = [
        (country_name(c), *(number(v.get(f, 0.0), "power_mw") for f in families), number(sum(v.values()), "power_mw"))
        for c, v in capacity.items()
    ]
    sums = [sum(values.get(family, 0.0) for values in capacity.values()) for family in families]
    rows.append(("total", *(number(value, "power_mw") for value in (*sums, sum(sums)))))
    heads = (*(family.capitalize() for family in families), "Total")
    columns = (Column("Country", width=1), *(Column(head, "MW", True) for head in heads))
    return Table("Plants by country and source", columns, tuple(rows), strong_rows=(len(rows) - 1,), small=True)


def _length_table(results: Results) -> Table:
    home = {str(bus["name"]): str(bus["country"]) for bus in results.static["buses"]}
    lengths: dict[str, dict[float, float]] = defaultdict(lambda: defaultdict(float))
    for line in results.static["lines"]:
        ends = {home[str(line["from_bus"])], home[str(line["to_bus"])]}
        where = country_name(ends.pop()) if len(ends) == 1 else "between countries"
        lengths[where][float(line["voltage_kv"])] += float(line["length_km"]) * int(line["circuits"])
    levels = sorted({kv for values in lengths.values() for kv in values}, reverse=True)
    first = [country_name(country) for country in results.countries if country_name(country) in lengths]
    order = [*first, *sorted(set(lengths) - set(first))]
    rows = [(name, *(number(lengths[name].get(kv, 0.0), "length_km") for kv in levels)) for name in order]
    rows.append(("total", *(number(sum(v.get(kv, 0.0) for v in lengths.values()), "length_km") for kv in levels)))
    columns = (Column("Country", width=1), *(Column(show(kv, "voltage_kv"), "circuit km", True, 1) for kv in levels))
    return Table("AC circuits by voltage", columns, tuple(rows), strong_rows=(len(rows) - 1,), small=True)


def _transformer_table(results: Results) -> tuple[Table, ...]:
    kv = {str(bus["name"]): float(bus["voltage_kv"]) for bus in results.static["buses"]}
    found: dict[tuple[float, float], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for item in results.static["transformers"]:
        pair = found[kv[str(item["hv_bus"])], kv[str(item["lv_bus"])]]
        pair[0] += int(item["units"])
        pair[1] += int(item["units"]) * float(item["rating_mva"])
    rows = tuple(
        (f"{number(high, 'count')}/{show(low, 'voltage_kv')}", number(units, "count"), number(mva, "apparent_mva"))
        for (high, low), (units, mva) in sorted(found.items(), reverse=True)
    )
    columns = (Column("Level", width=1), Column("Units", numeric=True, width=1), Column("Rating", "MVA", True, 1))
    return (Table("Transformers between levels", columns, rows, small=True),) if rows else ()
