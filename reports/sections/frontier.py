"""How much grant a mix needs, over the charge and by cable size."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from reports import palette
from reports.charts import FULL_MM, Axis
from reports.content import Block, Column, Page, Table
from reports.language import say, word
from reports.money_charts import Frontier, Line
from reports.numbers import NOT_APPLICABLE, number, show
from reports.results import Results, Row
from reports.sections.choice import maybe, size_name
from reports.sections.source_line import source_line

PRICE, SHARE = "price_usd_per_mwh", "share_frac"
SIZES_MAX = 4
COLOURS = (palette.ACCENT, palette.LIMIT, palette.INK, palette.MUTED)
SHARE_STEPS = 5
"""Rows of the table of the frontier per size."""


def frontier(results: Results) -> tuple[Page, ...]:
    """Smallest grant over the charge for each size, and the sizes side by side."""
    rows = results.static.get("size_frontier", ())
    sizes = results.static.get("sizes", ())
    if not rows or not sizes or not results.mixes:
        return ()
    mix, own = str(sizes[0]["mix"]), next(row for row in sizes if row["own"])
    contract = contract_charge(results, own)
    lines = _lines(rows, sizes)
    blocks: list[Block] = []
    if lines:
        blocks.append(_chart(results, mix, lines, (own, contract)))
    page = Page(
        "Grant needed",
        _headline(mix, own, _at(rows, own, contract), contract),
        say(
            "All grants together as a share of uses, smallest with which {mix} meets its cover and return tests at a "
            "charge; a further grant takes the place of every other source in proportion. Sizes other than {own} are "
            "not dispatched: the flow of each hour of this run is cut at their rating, and a larger cable carries no "
            "more than this run's flow.",
            mix=mix,
            own=size_name(own),
        ),
        (*blocks, _point_table(rows, lines), _size_table(results, sizes)),
        source_line(results, "size_frontier, sizes"),
    )
    return (page,)


def contract_charge(results: Results, own: Row) -> float | None:
    """Real revenue of the first whole year per delivered MWh of the plan; None without energy or table."""
    revenue = results.static.get("revenue", ())
    energy = float(own["received_mwh"]) * float(own["availability_frac"])
    if not revenue or energy <= 0:
        return None
    first = min(int(row["year"]) for row in revenue)
    return sum(float(row["amount_usd_real"]) for row in revenue if int(row["year"]) == first) / energy


def _lines(rows: Sequence[Row], sizes: Sequence[Row]) -> list[Line]:
    """One line per size over the charges at which some grant suffices, up to the one that needs no more."""
    found = []
    required = {float(row["capacity_mw"]): maybe(row["required_charge_usd_per_mwh"]) for row in sizes}
    for number_of, size in enumerate(sorted({float(row["capacity_mw"]) for row in rows})[:SIZES_MAX]):
        own = sorted(
            (row for row in rows if float(row["capacity_mw"]) == size and row["grants_frac"] is not None),
            key=lambda row: float(row["charge_usd_per_mwh"]),
        )
        ends = [k for k, row in enumerate(own) if not row["extra_grant_frac"]]
        kept = own[: ends[0] + 1] if ends else own
        if len(kept) > 1:
            x = [float(row["charge_usd_per_mwh"]) for row in kept]
            if ends:
                x[-1] = min(x[-1], required.get(size) or x[-1])
            y = tuple(100 * float(row["grants_frac"]) for row in kept)
            found.append(Line(show(size / 1e3, "fleet_gw"), COLOURS[number_of], tuple(x), y))
    return found


def _at(rows: Sequence[Row], own: Row, charge: float | None) -> float | None:
    """Share of grants at a charge, between the computed points."""
    points = sorted(
        (float(row["charge_usd_per_mwh"]), float(row["grants_frac"]))
        for row in rows
        if row["capacity_mw"] == own["capacity_mw"] and row["grants_frac"] is not None
    )
    if charge is None or not points or not points[0][0] <= charge <= points[-1][0]:
        return None
    for (left, low), (right, high) in itertools.pairwise(points):
        if left <= charge <= right:
            return low + (high - low) * (charge - left) / (right - left)
    return points[0][1]


def _headline(mix: str, own: Row, share: float | None, charge: float | None) -> str:
    size, required = size_name(own), own["required_charge_usd_per_mwh"]
    if charge is not None and share is not None:
        return say(
            "{size}: grants of {share} of uses suffice for {mix} at the contract charge, {charge}",
            size=size,
            share=show(share, SHARE),
            mix=mix,
            charge=show(charge, PRICE),
        )
    if required is None:
        return say("{size}: no charge carries {mix}", size=size, mix=mix)
    return say(
        "{size}: {mix} needs no further grant from {charge} on", size=size, mix=mix, charge=show(float(required), PRICE)
    )


def _chart(results: Results, mix: str, lines: Sequence[Line], case: tuple[Row, float | None]) -> Frontier:
    own, contract = case
    share = _at(results.static["size_frontier"], own, contract)
    rings = () if contract is None or share is None else ((show(share, SHARE), contract, 100 * share),)
    best = [
        max((float(row["affordable_charge_usd_per_mwh"]), str(row["name"])) for row in results.static["outlets"])
        for _ in (1,)
        if results.static.get("outlets")
    ]
    uprights = tuple((say("best outlet, {name}", name=name), charge) for charge, name in best if charge > 0)
    return Frontier(
        caption=say(
            "Smallest share of grants with which {mix} passes, over the charge per delivered MWh, by cable "
            "size; ringed: this case at its contract charge; dashed: what the best outlet can pay",
            mix=mix,
        ),
        alt=say(
            "Falling lines, grants in % of uses over charge in USD/MWh. {lines}. Data: the table below.",
            lines="; ".join(
                f"{line.label}: {line.y[0]:.0f} % at {line.x[0]:.0f}, {line.y[-1]:.0f} % at {line.x[-1]:.0f}"
                for line in lines
            ),
        ),
        width_mm=FULL_MM,
        height_mm=82.0,
        lines=tuple(lines),
        rings=rings,
        uprights=uprights,
        axis=Axis("Grants", "% of uses"),
        across=Axis("Charge", say("USD/MWh, real {price_base_year}", price_base_year=results.price_base_year)),
    )


def _point_table(rows: Sequence[Row], lines: Sequence[Line]) -> Table:
    """For each size where grants begin to suffice, two points between, and where no more is needed."""
    cells = []
    for line in lines:
        own = [row for row in rows if show(float(row["capacity_mw"]) / 1e3, "fleet_gw") == line.label]
        kept = [row for row in own if row["grants_frac"] is not None][: len(line.x)]
        chosen = sorted({0, len(kept) // 3, 2 * len(kept) // 3, len(kept) - 1})
        cells += [_point(kept, k, line) for k in chosen]
    columns = (
        Column("Size", width=0.7),
        Column("Charge", "USD/MWh", True, 0.9),
        Column("All grants", "% of uses", True, 0.9),
        Column("Further grant", "M USD", True, 1),
        Column("Test that asks for it", width=1.4),
        Column("One USD/MWh more saves", "M USD of grant", True, 1.2),
    )
    note = (
        "Nominal USD over construction. The last column is the slope to the next point: the worth of a higher charge "
        "in grants. Left of a size's first point no grant suffices: running cost and tax are not covered."
    )
    return Table("Points of the frontier", columns, tuple(cells), note=note, small=True)


def _point(kept: Sequence[Row], k: int, line: Line) -> tuple[str, ...]:
    row = kept[k]
    slope = None
    if k + 1 < len(kept):
        step = float(kept[k + 1]["charge_usd_per_mwh"]) - float(row["charge_usd_per_mwh"])
        slope = (float(row["extra_grant_usd_nominal"]) - float(kept[k + 1]["extra_grant_usd_nominal"])) / step / 1e6
    return (
        line.label,
        number(line.x[k], PRICE),
        number(float(row["grants_frac"]), SHARE),
        number(float(row["extra_grant_usd_nominal"]) / 1e6, "money_musd"),
        str(row["binding_test"] or NOT_APPLICABLE),
        number(slope, "money_musd"),
    )


def _size_table(results: Results, sizes: Sequence[Row]) -> Table:
    own = next(position for position, row in enumerate(sizes) if row["own"])
    base = say("M USD real {price_base_year}", price_base_year=results.price_base_year)
    columns = (
        Column("Size", width=0.7),
        Column("Design", width=1.8),
        Column("Full in", "h", True, 0.6),
        Column("Delivered", "TWh/a", True, 0.8),
        Column("Link", base, True, 1),
        Column("Inland works", base, True, 1),
        Column("LCOT", "USD/MWh", True, 0.8),
        Column("Required charge", "USD/MWh", True, 0.9),
    )
    cells = tuple(
        (
            size_name(row),
            _design(row),
            NOT_APPLICABLE if row["own"] else number(float(row["full_hours"]), "time_h"),
            number(float(row["received_mwh"]) * float(row["availability_frac"]) / 1e6, "energy_small_twh"),
            number(float(row["capex_usd_real"]) / 1e6, "money_musd"),
            number(float(row["works_usd_real"]) / 1e6, "money_musd"),
            number(maybe(row["lcot_usd_per_mwh"]), PRICE),
            number(maybe(row["required_charge_usd_per_mwh"]), PRICE),
        )
        for row in sizes
    )
    note = (
        "Full in: hours in which this run's flow reaches the rating. Delivered: after outages. Inland works are the "
        "package of that rating, whoever pays. A study of sizes that dispatches each of them replaces this estimate."
    )
    return Table("Cable sizes", columns, cells, note=note, strong_rows=(own,), small=True)


def _design(row: Row) -> str:
    """Voltage, configuration and poles of a size."""
    poles = int(row["poles"])
    told = {
        "voltage": show(float(row["voltage_kv"]), "voltage_kv"),
        "configuration": word(str(row["configuration"]).replace("_", " ")),
        "poles": poles,
    }
    return (
        say("{voltage} {configuration}, {poles} poles", **told)
        if poles > 1
        else say("{voltage} {configuration}, one pole", voltage=told["voltage"], configuration=told["configuration"])
    )
