"""Energy of the year by country and source."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from reports import palette
from reports.charts import FULL_MM, Axis, Layer, StackedBars
from reports.content import Column, Page, Table
from reports.language import say
from reports.numbers import number, show
from reports.results import Results, Row, country_name
from reports.sections.source_line import source_line

Balance = Mapping[str, Mapping[str, float]]
"""Country -> family of source (and imports, exports) -> TWh."""
LEAST_SHARE = 0.002
"""Sources below this share of demand are left to the table: no bar would show them."""
SOURCES = tuple(family for family in palette.TECHNOLOGY if family != "imports")


def energy(results: Results) -> tuple[Page, ...]:
    """Energy by country and source; only of a whole year."""
    if not results.whole_year or not results.countries:
        return ()
    balance = {country: _balance(results, country) for country in results.countries}
    demand = [_demand_twh(results, country) for country in results.countries]
    largest = max(results.countries, key=lambda country: _demand_twh(results, country))
    top = max(SOURCES, key=lambda family: balance[largest].get(family, 0.0))
    made = sum(balance[largest].get(family, 0.0) for family in SOURCES)
    share = show(balance[largest].get(top, 0.0) / made if made else 0.0, "share_frac")
    page = Page(
        "Energy by country and source",
        say(
            "{largest} generates {share} of its power from {top}; the modelled countries use {demand} in {year}",
            largest=country_name(largest),
            share=share,
            top=top,
            demand=show(sum(demand), "energy_twh"),
            year=results.year,
        ),
        "Generation is at the plants' terminals, demand gross of network losses. Where a bar is shorter than its "
        "demand mark, power comes from another modelled country; where it is longer, power leaves or is lost.",
        (_chart(results, balance, demand), _table(results, balance, demand)),
        source_line(results, "summary.json, import, export, curtailed"),
    )
    return (page,)


def _demand_twh(results: Results, country: str) -> float:
    return float(results.summary["dispatch"]["demand_mwh"].get(country) or 0.0) / 1e6


def _balance(results: Results, country: str) -> dict[str, float]:
    """TWh by family, with trade over the country's borders as imports and exports."""
    generation = results.summary["dispatch"]["generation_mwh"].get(country) or {}
    found: dict[str, float] = defaultdict(float)
    for technology, energy_mwh in generation.items():
        found[palette.family(technology)] += float(energy_mwh or 0.0) / 1e6
    borders = borders_of(results, country)
    found["imports"] = float(results.hourly["import"].summed(borders).sum()) / 1e6
    found["exports"] = float(results.hourly["export"].summed(borders).sum()) / 1e6
    return found


def borders_of(results: Results, country: str) -> list[str]:
    """Borders whose trade is booked to a country: that of their bus, or of the other end of the line or link there."""
    home = {str(bus["name"]): str(bus["country"]) for bus in results.static["buses"]}
    return [str(border["name"]) for border in results.static["borders"] if _owner(results, border, home) == country]


def _owner(results: Results, border: Row, home: Mapping[str, str]) -> str | None:
    at = str(border["bus"])
    if home[at] in results.countries:
        return home[at]
    for branch in (*results.static["lines"], *results.links):
        ends = str(branch["from_bus"]), str(branch["to_bus"])
        if at in ends:
            other = home[ends[1] if ends[0] == at else ends[0]]
            if other in results.countries:
                return other
    return None


def _chart(results: Results, balance: Balance, demand: list[float]) -> StackedBars:
    names = tuple(country_name(country) for country in results.countries)
    layers = tuple(
        Layer(family, colour, tuple(balance[country].get(family, 0.0) for country in results.countries))
        for family, colour in palette.TECHNOLOGY.items()
        if sum(balance[country].get(family, 0.0) for country in results.countries) > LEAST_SHARE * sum(demand)
    )
    spoken = "; ".join(
        say("{name}: demand {use}", name=name, use=show(use, "energy_twh"))
        for name, use in zip(names, demand, strict=True)
    )
    return StackedBars(
        caption="Generation by source, purchases over the borders (imports) and demand of the year",
        alt=say("Stacked bars. Country by energy in TWh. {spoken}. Data: the table below.", spoken=spoken),
        width_mm=FULL_MM,
        height_mm=28.0 + 12.0 * len(names),
        names=names,
        layers=layers,
        axis=Axis("Energy of the year", "TWh"),
        marks=tuple(demand),
        mark_label="demand",
    )


def _table(results: Results, balance: Balance, demand: list[float]) -> Table:
    facts = results.summary["dispatch"]
    families = [family for family in SOURCES if any(balance[c].get(family) for c in results.countries)]
    rows = []
    for country, use in zip(results.countries, demand, strict=True):
        energies = [use, *(balance[country].get(f, 0.0) for f in (*families, "imports", "exports"))]
        curtailed = float((facts["curtailed_mwh"] or {}).get(country) or 0.0) / 1e6
        emissions = float(facts["emissions_tco2"].get(country) or 0.0) / 1e6
        rows.append(
            (
                country_name(country),
                *(number(value, "energy_twh") for value in (*energies, curtailed)),
                number((facts.get("res_share_frac") or {}).get(country), "share_frac"),
                number(emissions, "co2_mt"),
            )
        )
    columns = (
        Column("Country", width=1),
        *(Column(name.capitalize(), "TWh", True) for name in ("demand", *families, "import", "export", "curtailed")),
        Column("Renewable", "%", True),
        Column("CO2", "Mt", True),
    )
    return Table(
        "Energy balance of the year",
        columns,
        tuple(rows),
        note="Import and export: over the borders to countries outside the model. Renewable: share of generation from "
        "wind, sun and water. CO2: of the plants in the country.",
        small=True,
    )
