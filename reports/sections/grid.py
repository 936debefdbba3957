"""Where things stand: the map with its yearly flows, energy by country and source, the account of the network."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from reports import palette
from reports.charts import HALF_MM, Axis, Layer, MapArrow, MapLine, MapLink, MapPlace, NetworkMap, StackedBars
from reports.content import Block, Column, Page, Pair, Table, Text
from reports.numbers import number, show
from reports.results import Results, Row, country_name, link_name, place_name
from reports.sections.cover import source_line

TERRITORY = "Boundaries and names imply no judgement on the legal status of any territory. Outline: Natural Earth."
STATUS = {"existing": "solid", "under_construction": "dashed", "planned": "dashed", "today": "solid"}
TOWARD = {"RU": (0.0, 4.0), "TR": (-4.0, -1.5), "IR": (0.0, -4.0), "TM": (-1.5, -4.0), "AF": (1.5, -4.0),
          "KG": (4.0, 0.5), "TJ": (4.0, -2.5), "RO": (-4.0, 1.0)}  # fmt: skip
"""Roughly where each neighbour lies from its border, in degrees (longitude, latitude)."""


def network_map(results: Results) -> tuple[Page, ...]:
    """The map page."""
    links = results.links
    lead = (
        "Lines by voltage (thick: 500 kV, thin: 220 kV); dashed lines are not in service today. "
        + ("Cable routes are assumed, drawn straight between their ends. " if links else "")
        + ("Arrows: net yearly energy over a border." if results.whole_year else "No year was run, so no yearly flows.")
    )
    chart = _map(results, inset=False)
    blocks: list[Block] = [chart]
    flows = _border_table(results)
    names = {str(link["name"]) for link in links}
    if "caspian" in names and flows is not None:
        blocks.append(Pair(_map(results, inset=True), flows))
    elif flows is not None:
        blocks.append(flows)
    elif "caspian" in names:
        blocks.append(_map(results, inset=True))
    blocks.append(Text((TERRITORY,), voice="note"))
    return (
        Page(
            "The network",
            _map_headline(results),
            lead,
            tuple(blocks),
            source_line(results, "buses, lines, links, import, export"),
        ),
    )


def _map_headline(results: Results) -> str:
    buses, lines = len(results.static["buses"]), len(results.static["lines"])
    links = " and ".join(
        f"the {link_name(str(link['name']))} ({show(link['capacity_mw'], 'power_mw')})" for link in results.links
    )
    tail = f", joined by {links}" if links else ", without an HVDC link"
    return f"{results.year}: {buses} nodes and {lines} AC lines in {len(results.countries)} countries{tail}"


def _energy_twh(results: Results, border: str) -> tuple[float, float]:
    imported, exported = results.hourly["import"], results.hourly["export"]
    return float(imported[border].sum()) / 1e6, float(exported[border].sum()) / 1e6


def _border_table(results: Results) -> Table | None:
    if not results.whole_year or not results.static["borders"]:
        return None
    rows = []
    for border in results.static["borders"]:
        name = str(border["name"])
        bought, sold = _energy_twh(results, name)
        rows.append((bought + sold, name, bought, sold))
    rows.sort(key=lambda row: (-row[0], row[1]))
    shown = [row for row in rows[:10] if row[0] > 0]
    cells = [(place_label(name), *(number(v, "energy_twh") for v in (bought, sold)), number(sold - bought, "energy_twh", signed=True))
             for _, name, bought, sold in shown]  # fmt: skip
    others = rows[len(shown) :]
    if others:
        bought, sold = sum(row[2] for row in others), sum(row[3] for row in others)
        cells.append(
            (
                f"others ({len(others)})",
                number(bought, "energy_twh"),
                number(sold, "energy_twh"),
                number(sold - bought, "energy_twh", signed=True),
            )
        )
    bought, sold = sum(row[2] for row in rows), sum(row[3] for row in rows)
    cells.append(
        (
            "total",
            number(bought, "energy_twh"),
            number(sold, "energy_twh"),
            number(sold - bought, "energy_twh", signed=True),
        )
    )
    return Table(
        "Trade over the borders",
        (Column("Border", width=1), Column("Import", "TWh", True), Column("Export", "TWh", True), Column("Net", "TWh", True)),
        tuple(cells),
        note="Net: + = export. Parts may not add to the total.",
        strong_rows=(len(cells) - 1,),
    )  # fmt: skip


def place_label(border: str) -> str:
    """ "RU_Chelyabinsk" -> "Chelyabinsk (RU)"."""
    prefix, _, _ = border.partition("_")
    return f"{place_name(border)} ({prefix})" if len(prefix) == 2 else place_name(border)


def _map(results: Results, *, inset: bool) -> NetworkMap:
    buses = {str(bus["name"]): bus for bus in results.static["buses"]}
    links = tuple(_map_link(results, link, buses) for link in results.links)
    arrows = () if inset or not results.whole_year else tuple(_arrows(results, buses))
    flows = "; ".join(
        f"{link.name}: {show(link.forward_twh, 'energy_twh')} to {link.to_forward}, {show(link.reverse_twh, 'energy_twh')} to {link.to_reverse}"
        for link in links
        if link.forward_twh is not None
    )
    where = "Map of the Caspian cable's surroundings" if inset else "Map of the region"
    return NetworkMap(
        caption=(
            f"{'Surroundings of the Caspian cable, 1:8 million' if inset else 'The modelled network, 1:25.6 million'}; "
            "the route is assumed"
        ),
        alt=f"{where} with {len(results.static['lines'])} AC lines and {len(links)} HVDC links. {flows or 'No yearly flows.'} "
        "Data: table of borders and the run's tables.",
        width_mm=HALF_MM if inset else 170.0,
        height_mm=76.0 if inset else 96.0,
        lines=tuple(_map_lines(results, buses)),
        links=links,
        arrows=arrows,
        places=_places(results, buses),
        inset=inset,
        labels_max=10 if inset else 14,
    )


def _point(bus: Row) -> tuple[float, float]:
    return float(bus["longitude_deg"]), float(bus["latitude_deg"])


def _map_lines(results: Results, buses: dict[str, Row]) -> list[MapLine]:
    return [
        MapLine(
            (_point(buses[str(line["from_bus"])]), _point(buses[str(line["to_bus"])])),
            float(line["voltage_kv"]),
            STATUS.get(str(line["status"]), "dotted"),
        )
        for line in results.static["lines"]
    ]


def _map_link(results: Results, link: Row, buses: dict[str, Row]) -> MapLink:
    ends = buses[str(link["from_bus"])], buses[str(link["to_bus"])]
    forward, reverse = results.received_mwh(str(link["name"])) if results.whole_year else (None, None)
    return MapLink(
        link_name(str(link["name"])),
        (_point(ends[0]), _point(ends[1])),
        to_forward=str(ends[1]["country"]),
        to_reverse=str(ends[0]["country"]),
        forward_twh=None if forward is None else forward / 1e6,
        reverse_twh=None if reverse is None else reverse / 1e6,
    )


def _arrows(results: Results, buses: dict[str, Row]) -> list[MapArrow]:
    found = []
    for border in results.static["borders"]:
        bought, sold = _energy_twh(results, str(border["name"]))
        longitude, latitude = _point(buses[str(border["bus"])])
        toward = TOWARD.get(str(border["market"])[:2], (0.0, 4.0))
        found.append(
            MapArrow(
                str(border["name"]), longitude, latitude, longitude + toward[0], latitude + toward[1], sold - bought
            )
        )
    return found


def _places(results: Results, buses: dict[str, Row]) -> tuple[MapPlace, ...]:
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
            kind = "converter" if name in ends else "node"
            importance = weight[name] + (100.0 if name in ends else 0.0)
            seen[name] = MapPlace(place_name(name), *_point(bus), importance, kind)
    return tuple(seen.values())


def energy(results: Results) -> tuple[Page, ...]:
    """Energy by country and source; only of a whole year."""
    if not results.whole_year:
        return ()
    facts = results.summary["dispatch"]
    balance = {country: _balance(results, country) for country in results.countries}
    demand = [float(facts["demand_mwh"].get(c) or 0.0) / 1e6 for c in results.countries]
    largest = max(results.countries, key=lambda c: facts["demand_mwh"].get(c) or 0.0)
    top = max((f for f in palette.TECHNOLOGY if f != "imports"), key=lambda f: balance[largest].get(f, 0.0))
    share = balance[largest][top] / (sum(balance[largest].values()) or 1.0)
    layers = tuple(
        Layer(family, colour, tuple(balance[c].get(family, 0.0) for c in results.countries))
        for family, colour in palette.TECHNOLOGY.items()
        if any(balance[c].get(family, 0.0) for c in results.countries)
    )
    chart = StackedBars(
        "Generation by source, purchases over the borders and demand of the year",
        "Stacked bars. Country by energy in TWh. "
        + "; ".join(f"{country_name(c)}: demand {show(d, 'energy_twh')}" for c, d in zip(results.countries, demand, strict=True))
        + ". The values stand in the table below.",
        170.0, 30.0 + 11.0 * len(results.countries),
        tuple(country_name(c) for c in results.countries), layers, Axis("Energy of the year", "TWh"), tuple(demand), "demand",
    )  # fmt: skip
    page = Page(
        "Energy by country and source",
        f"{country_name(largest)} covers {show(share, 'share_frac')} of its supply from {top}; "
        f"the modelled countries use {show(sum(demand), 'energy_twh')} in {results.year}",
        "Generation is at the plants' terminals, demand gross of network losses. What a country sends over a link or an "
        "internal line to another modelled country is in its generation, not in the other's imports.",
        (chart, _energy_table(results, balance)),
        source_line(results, "generation, demand, import, export, curtailed, plants"),
    )
    return (page,)


def _balance(results: Results, country: str) -> dict[str, float]:
    """TWh by family, with purchases over the country's borders as imports."""
    generation = results.summary["dispatch"]["generation_mwh"].get(country) or {}
    found: dict[str, float] = defaultdict(float)
    for technology, energy_mwh in generation.items():
        found[palette.family(technology)] += float(energy_mwh or 0.0) / 1e6
    found["imports"] = float(results.hourly["import"].summed(_borders(results, country)).sum()) / 1e6
    return found


def _borders(results: Results, country: str) -> list[str]:
    home = {str(bus["name"]): str(bus["country"]) for bus in results.static["buses"]}
    return [str(b["name"]) for b in results.static["borders"] if _owner(results, b, home) == country]


def _owner(results: Results, border: Row, home: dict[str, str]) -> str | None:
    """The modelled country that a border's trade is booked to: its bus's, or that of the line's other end."""
    at = str(border["bus"])
    if home[at] in results.countries:
        return home[at]
    for line in results.static["lines"]:
        ends = str(line["from_bus"]), str(line["to_bus"])
        if at in ends:
            other = home[ends[1] if ends[0] == at else ends[0]]
            if other in results.countries:
                return other
    return None


def _energy_table(results: Results, balance: dict[str, dict[str, float]]) -> Table:
    facts = results.summary["dispatch"]
    families = [f for f in palette.TECHNOLOGY if f != "imports" and any(balance[c].get(f) for c in results.countries)]
    rows = []
    for country in results.countries:
        sold = float(results.hourly["export"].summed(_borders(results, country)).sum()) / 1e6
        res = (facts.get("res_share_frac") or {}).get(country)
        rows.append((
            country_name(country),
            number(float(facts["demand_mwh"].get(country) or 0.0) / 1e6, "energy_twh"),
            *(number(balance[country].get(f, 0.0), "energy_twh") for f in families),
            number(balance[country]["imports"], "energy_twh"),
            number(sold, "energy_twh"),
            number(float((facts["curtailed_mwh"] or {}).get(country) or 0.0) / 1e6, "energy_twh"),
            number(res, "share_frac"),
            number(float(facts["emissions_tco2"].get(country) or 0.0) / 1e6, "co2_mt"),
        ))  # fmt: skip
    columns = (
        Column("Country"), Column("Demand", "TWh", True), *(Column(f.capitalize(), "TWh", True) for f in families),
        Column("Import", "TWh", True), Column("Export", "TWh", True), Column("Curtailed", "TWh", True),
        Column("Renewable", "%", True), Column("CO2", "Mt", True),
    )  # fmt: skip
    return Table(
        "Energy balance of the year", columns, tuple(rows), small=True,
        note="Import and export: over the borders to countries outside the model. Renewable: share of generation, water included.",
    )  # fmt: skip


def account(results: Results) -> tuple[Page, ...]:
    """What stands: line lengths, transformers, plants."""
    lines = _length_table(results)
    capacity = _capacity(results)
    total = sum(sum(c.values()) for c in capacity.values())
    length = sum(float(line["length_km"]) * int(line["circuits"]) for line in results.static["lines"])
    layers = tuple(
        Layer(family, colour, tuple(capacity[c].get(family, 0.0) / 1e3 for c in capacity))
        for family, colour in palette.TECHNOLOGY.items()
        if any(capacity[c].get(family, 0.0) for c in capacity)
    )
    chart = StackedBars(
        "Capacity of the plants by country and source",
        "Stacked bars. Country by capacity in GW. "
        + "; ".join(f"{country_name(c)} {show(sum(v.values()) / 1e3, 'power_gw')}" for c, v in capacity.items())
        + ". The values stand in the table below.",
        170.0, 30.0 + 11.0 * len(capacity), tuple(country_name(c) for c in capacity), layers, Axis("Capacity", "GW"),
    )  # fmt: skip
    page = Page(
        "Account of the network",
        f"{show(length, 'length_km')} of AC circuits and {show(total / 1e3, 'power_gw')} of plants stand in the case's year",
        "Circuit lengths count each circuit; many are estimated from great-circle distances. Cross-border lines are "
        "counted once, apart.",
        (chart, _capacity_table(results, capacity), lines, *_transformer_table(results)),
        source_line(results, "lines, transformers, plants"),
    )
    return (page,)


def _capacity(results: Results) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {country: defaultdict(float) for country in results.countries}
    for plant in results.static["plants"]:
        country = str(plant["country"])
        found.setdefault(country, defaultdict(float))[palette.family(str(plant["technology"]))] += float(
            plant["capacity_mw"]
        )
    return {country: values for country, values in found.items() if sum(values.values()) > 0}


def _capacity_table(results: Results, capacity: dict[str, dict[str, float]]) -> Table:
    families = [f for f in palette.TECHNOLOGY if any(values.get(f) for values in capacity.values())]
    rows = [
        (country_name(c), *(number(v.get(f, 0.0), "power_mw") for f in families), number(sum(v.values()), "power_mw"))
        for c, v in capacity.items()
    ]
    sums = [sum(v.get(f, 0.0) for v in capacity.values()) for f in families]
    rows.append(("total", *(number(s, "power_mw") for s in sums), number(sum(sums), "power_mw")))
    columns = (Column("Country"), *(Column(f.capitalize(), "MW", True) for f in families), Column("Total", "MW", True))
    return Table("Plants by country and source", columns, tuple(rows), strong_rows=(len(rows) - 1,), small=True)


def _length_table(results: Results) -> Table:
    home = {str(bus["name"]): str(bus["country"]) for bus in results.static["buses"]}
    lengths: dict[str, dict[float, float]] = defaultdict(lambda: defaultdict(float))
    for line in results.static["lines"]:
        ends = {home[str(line["from_bus"])], home[str(line["to_bus"])]}
        where = country_name(ends.pop()) if len(ends) == 1 else "cross-border"
        lengths[where][float(line["voltage_kv"])] += float(line["length_km"]) * int(line["circuits"])
    levels = sorted({kv for values in lengths.values() for kv in values}, reverse=True)
    order: Sequence[str] = [n for n in [*(country_name(c) for c in results.countries)] if n in lengths]
    order = [*order, *sorted(set(lengths) - set(order))]
    rows = [(name, *(number(lengths[name].get(kv, 0.0), "length_km") for kv in levels)) for name in order]
    rows.append(("total", *(number(sum(v.get(kv, 0.0) for v in lengths.values()), "length_km") for kv in levels)))
    columns = (Column("Country", width=1), *(Column(show(kv, "voltage_kv"), "circuit km", True) for kv in levels))
    return Table("AC circuits by voltage", columns, tuple(rows), strong_rows=(len(rows) - 1,), small=True)


def _transformer_table(results: Results) -> tuple[Table, ...]:
    kv = {str(bus["name"]): float(bus["voltage_kv"]) for bus in results.static["buses"]}
    found: dict[tuple[float, float], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for item in results.static.get("transformers", ()):
        pair = kv[str(item["hv_bus"])], kv[str(item["lv_bus"])]
        found[pair][0] += int(item["units"])
        found[pair][1] += int(item["units"]) * float(item["rating_mva"])
    rows = tuple(
        (f"{number(high, 'count')}/{show(low, 'voltage_kv')}", number(units, "count"), number(mva, "apparent_mva"))
        for (high, low), (units, mva) in sorted(found.items(), reverse=True)
    )
    columns = (Column("Level", width=1), Column("Units", numeric=True), Column("Rating", "MVA", True))
    return (Table("Transformers between levels", columns, rows, small=True),) if rows else ()
