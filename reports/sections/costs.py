"""What the project costs, part by part, and the works on land beside it."""

from __future__ import annotations

import re

from reports.charts import FULL_MM, Axis, RangeBars
from reports.content import Column, Page, Table
from reports.language import say
from reports.numbers import NOT_APPLICABLE, money, number, show
from reports.results import Results, Row, link_name, place_name
from reports.sections.source_line import source_line
from reports.sections.sources import SourceList

WORKS = re.compile(r"(?P<element>line|transformer) (?P<start>[^-]+)-(?P<end>[^-]+?) (?P<level>\d+) kV x(?P<count>\d+)")


def costs(results: Results) -> tuple[Page, ...]:
    """What the project costs, part by part, with ranges."""
    items = results.static.get("capex", ())
    if not items or not results.mixes:
        return ()
    parts = sorted(items, key=lambda item: (-float(item["central_usd_real"]), str(item["name"])))
    central, low, high = (sum(float(part[key]) for part in parts) for key in COST_KEYS)
    link = results.project_link
    what = say("The {name}", name=link_name(str(link["name"]))) if link else "The project"
    share = float(parts[0]["central_usd_real"]) / central if central else 0.0
    sources = SourceList("C", (str(part["source"] or "") for part in parts))
    page = Page(
        "Project costs",
        say(
            "{what} costs {central} (range {low} to {high}); {share} of it is {parts}",
            what=what,
            central=money(central),
            low=money(low),
            high=money(high),
            share=show(share, "share_frac"),
            parts=_part_name(parts[0]),
        ),
        say(
            "Real USD of {price_base_year}, before interest during construction, fees and inflation. The "
            "official cost is not published: every part is an estimate with its grade (A: primary source, D: "
            "no anchor).",
            price_base_year=results.price_base_year,
        ),
        (
            _cost_chart(results, parts),
            _cost_table(results, parts, sources),
            *_inland_table(results),
            *sources.table("Sources of the costs"),
        ),
        source_line(results, "capex, reinforcement_costs"),
    )
    return (page,)


COST_KEYS = ("central_usd_real", "low_usd_real", "high_usd_real")


def _part_name(part: Row) -> str:
    return str(part["name"]).replace("_", " ")


def _cost_chart(results: Results, parts: list[Row]) -> RangeBars:
    columns = [[float(part[key]) for part in parts] for key in COST_KEYS]
    central, low, high = ([*column, sum(column)] for column in columns)
    return RangeBars(
        caption=say(
            "Parts of the investment, each from where the last ended, with its low and high; real USD of "
            "{price_base_year}; the total's range takes all parts low, or all high, together",
            price_base_year=results.price_base_year,
        ),
        alt=say(
            "Bars with ranges in M USD. Total {central}, low {low}, high {high}; largest part {parts} "
            "{central_2}. Data: the table below.",
            central=money(central[-1]),
            low=money(low[-1]),
            high=money(high[-1]),
            parts=_part_name(parts[0]),
            central_2=money(central[0]),
        ),
        width_mm=FULL_MM,
        height_mm=16.0 + 5.0 * (len(parts) + 1),
        names=(*(_part_name(part) for part in parts), "total"),
        central=tuple(value / 1e6 for value in central),
        low=tuple(value / 1e6 for value in low),
        high=tuple(value / 1e6 for value in high),
        axis=Axis("Investment", say("M USD, real {price_base_year}", price_base_year=results.price_base_year)),
        value_labels=tuple(money(value) for value in central),
        total_from=len(parts),
        adding=True,
    )


def _cost_table(results: Results, parts: list[Row], sources: SourceList) -> Table:
    rows = [
        (
            _part_name(part),
            str(part["country"]),
            *_quantity(results, part),
            *(number(float(part[key]) / 1e6, "money_musd") for key in COST_KEYS),
            str(part["confidence"]),
            sources.number(str(part["source"] or "")),
        )
        for part in parts
    ]
    sums = (number(sum(float(part[key]) for part in parts) / 1e6, "money_musd") for key in COST_KEYS)
    rows.append(("total", *(NOT_APPLICABLE,) * 3, *sums, NOT_APPLICABLE, NOT_APPLICABLE))
    columns = (
        Column("Part", width=1),
        Column("Where"),
        Column("Quantity", width=1),
        Column("Unit cost", width=1),
        Column("Central", "M USD", True),
        Column("Low", "M USD", True),
        Column("High", "M USD", True),
        Column("Grade"),
        Column("Source"),
    )
    note = say(
        "Real USD of {price_base_year}. Totals are rounded sums; parts may not add.",
        price_base_year=results.price_base_year,
    )
    return Table("Project costs by part", columns, tuple(rows), note=note, strong_rows=(len(rows) - 1,), small=True)


def _quantity(results: Results, part: Row) -> tuple[str, str]:
    """How much of it there is and what one costs, for cables and stations; the rest are shares of others."""
    link, name, central = results.project_link, str(part["name"]), float(part["central_usd_real"])
    if link is None:
        return NOT_APPLICABLE, NOT_APPLICABLE
    rating = float(link["capacity_mw"])
    for words, key in (("subsea cable", "subsea_km"), ("land cable", "land_km")):
        length = float(link[key]) if link.get(key) is not None else 0.0
        if name == words and rating * length > 0:
            unit_cost = say("{cost}\u00a0USD/MW/km", cost=show(central / rating / length, "count"))
            return say(
                "{rating} over {length}", rating=show(rating, "power_mw"), length=show(length, "length_km")
            ), unit_cost
    if name.startswith("converter station") and rating > 0:
        return show(rating, "power_mw"), say("{cost}\u00a0thousand USD/MW", cost=show(central / rating / 1e3, "count"))
    return NOT_APPLICABLE, NOT_APPLICABLE


def _works_name(name: str) -> str:
    """ "line KZ_Aktau-KZ_KurykHVDC 500 kV x2" as a reader writes it; what is put otherwise stays as it is."""
    found = WORKS.fullmatch(name)
    if found is None:
        return name.replace("_", " ")
    start, end = place_name(found["start"]), place_name(found["end"])
    places = start if start == end else say("{start} to {end}", start=start, end=end)
    return say(
        "{element} {places}, {level} kV, {count} ×",
        element=found["element"],
        places=places,
        level=found["level"],
        count=found["count"],
    )


def _inland_table(results: Results) -> tuple[Table, ...]:
    """Works on land behind the converters, apart from the project's own parts."""
    items = results.static.get("reinforcement_costs", ())
    if not items:
        return ()
    cells = [
        (
            _works_name(str(item["name"])),
            str(item["country"]),
            *(number(float(item[key]) / 1e6, "money_musd") for key in COST_KEYS),
            str(item["confidence"]),
        )
        for item in items
    ]
    sums = (number(sum(float(item[key]) for item in items) / 1e6, "money_musd") for key in COST_KEYS)
    cells.append(("total", NOT_APPLICABLE, *sums, NOT_APPLICABLE))
    columns = (
        Column("Works", width=1),
        Column("Where"),
        Column("Central", "M USD", True),
        Column("Low", "M USD", True),
        Column("High", "M USD", True),
        Column("Grade"),
    )
    note = "Paid by the grid companies and not in the project's books; the chain of prices charges it per MWh sent."
    if results.case.get("reinforcement", {}).get("paid_by") == "project":
        note = "Paid by the project: these works are among its parts above."
    return (Table("Inland AC works", columns, tuple(cells), note=note, strong_rows=(len(cells) - 1,), small=True),)
