"""The sizes of a sweep side by side: energy, money, security."""

from __future__ import annotations

import math
from collections.abc import Sequence

from reports.content import Block, Column, Page, Table, Text
from reports.language import say
from reports.numbers import NOT_APPLICABLE, number, show
from reports.sweep_results import Row, SweepResults, spread

ROWS_MAX = 12
SECURITY_ROWS_MAX = 28
SECURITY_COLUMNS_MAX = 8
"""Sizes that stand beside one another; more continue in a table below."""


def source(results: SweepResults, tables: str) -> str:
    """The source line of a page."""
    return say(
        "Model: sweep of case {name}, {finished} of {cases} cases. Data: {tables}.",
        name=results.name,
        finished=results.finished,
        cases=results.cases,
        tables=tables,
    )


def gw(size_mw: float) -> str:
    """A size as it is printed."""
    return show(size_mw / 1e3, "power_gw")


def size_of(row: Row) -> str:
    """The size of a row."""
    return gw(float(row["size_mw"]))


def sizes_left_out(shown: int, of_all: int, table: str) -> str:
    """That not every size is shown, how they were chosen and where the others stand; empty where all are."""
    if shown >= of_all:
        return ""
    return say(
        "Of {of_all} sizes {shown} are shown, evenly chosen with the first and the last; "
        "the other {more} are in {table}. ",
        of_all=of_all,
        shown=shown,
        more=of_all - shown,
        table=table,
    )


def scenario_words(results: SweepResults, scenario: str) -> str:
    """Which scenario a page shows, where there are several."""
    count = len(results.scenarios)
    return (
        say("Shown: {scenario}, the first of {count} scenarios. ", scenario=scenario, count=count) if count > 1 else ""
    )


def sizes(results: SweepResults) -> tuple[Page, ...]:
    """C2: the sizes side by side, energy first, then money, then security where it was studied."""
    scenario = results.scenarios[0]
    rows = results.of("capacity", scenario)
    shown = spread(rows, ROWS_MAX)
    most = max(rows, key=lambda row: float(row["saving_usd_real"]))
    blocks: list[Block] = [_energy_table(shown), _money_table(shown, results), *_security_table(shown)]
    page = Page(
        "Sizes side by side",
        say(
            "The largest saving is {money_musd} at {most}, against {most_2}",
            money_musd=show(most["saving_usd_real"] / 1e6, "money_musd"),
            most=size_of(most),
            most_2=gw(most["reference_mw"]),
        ),
        say(
            "{scenario}Savings and changes are against the smallest size of the sweep{most}, over the hours "
            "that were run{whole_year}. {left_out}",
            scenario=scenario_words(results, scenario),
            most=", a cable of 0 GW" if most["reference_mw"] == 0 else "",
            whole_year=" (a whole year)" if most["whole_year"] else " (a part of a year)",
            left_out=sizes_left_out(len(shown), len(rows), "study/capacity"),
        ),
        tuple(blocks),
        source(results, "study/capacity"),
    )
    return (page,)


def _cells(row: Row, columns: Sequence[tuple[str, str, float, bool]]) -> tuple[str, ...]:
    found = []
    for key, quantity, factor, signed in columns:
        value = row.get(key)
        found.append(NOT_APPLICABLE if value is None else number(float(value) * factor, quantity, signed=signed))
    return (size_of(row), *found)


ENERGY = (
    ("received_mwh", "energy_small_twh", 1e-6, False),
    ("utilisation_frac", "share_frac", 1.0, False),
    ("limit_h", "time_h", 1.0, False),
    ("loss_mwh", "energy_gwh", 1e-3, False),
    ("res_mwh", "energy_small_twh", 1e-6, False),
    ("curtailed_mwh", "energy_small_twh", 1e-6, False),
    ("system_change_tco2", "plain", 1e-6, True),
)


def _energy_table(rows: Sequence[Row]) -> Table:
    columns = (
        Column("Size"),
        Column("Received", "TWh", True),
        Column("Utilisation", "%", True),
        Column("At limit", "h", True),
        Column("Cable losses", "GWh", True),
        Column("RES used", "TWh", True),
        Column("Curtailed", "TWh", True),
        Column("CO2 change", "Mt", True),
    )
    note = (
        "RES: wind, sun and water. CO2: four countries, with power bought less power sold at the factor of each market."
    )
    return Table("Energy by size", columns, tuple(_cells(row, ENERGY) for row in rows), note=note, small=True)


MONEY = (
    ("saving_usd_real", "money_musd", 1e-6, True),
    ("welfare_gain_usd_real", "money_musd", 1e-6, True),
    ("rent_usd_real", "money_musd", 1e-6, True),
    ("reinforcement_usd_real", "money_musd", 1e-6, False),
    ("cost_a_year_usd_real", "money_musd", 1e-6, False),
    ("value_a_year_usd_real", "money_musd", 1e-6, True),
    ("npv_prefinance_usd_nominal", "money_musd", 1e-6, True),
    ("best_required_usd_per_mwh", "price_usd_per_mwh", 1.0, False),
    ("affordable_usd_per_mwh", "price_usd_per_mwh", 1.0, True),
)


def _money_table(rows: Sequence[Row], results: SweepResults) -> Table:
    columns = (
        Column("Size"),
        Column("Saving", "M USD", True),
        Column("B1", "M USD", True),
        Column("Rent", "M USD", True),
        Column("Inland AC", "M USD", True),
        Column("Cost a year", "M USD", True),
        Column("Value a year", "M USD", True),
        Column("NPV", "M USD", True),
        Column("Required", "USD/MWh", True),
        Column("Affordable", "USD/MWh", True),
    )
    note = say(
        "Real USD of {price_base_year} but NPV (before financing, nominal). Cost a year: annuity of cable "
        "and inland package at 4 % and running cost. Value a year: saving x availability less that. "
        "Required: least charge over the mixes. B1: surplus of all countries, rest of the world included; "
        "it differs from the saving by what changes hands with it.",
        price_base_year=results.price_base_year,
    )
    return Table("Money by size", columns, tuple(_cells(row, MONEY) for row in rows), note=note, small=True)


def _security_table(rows: Sequence[Row]) -> tuple[Block, ...]:
    """What the AC check and the security study of each size found, measure by measure."""
    names = sorted({key for row in rows for key in row if key.startswith("security.") and row[key] is not None})
    told = sorted((name for name in names if any(float(row.get(name) or 0.0) for row in rows)), key=_weight)
    if not told:
        text = (
            "AC not run in this sweep: voltages, N-1 secure transfer, largest infeed and short-circuit ratio unknown."
        )
        return (Text((text,), voice="note", title="Security"),)
    parts = math.ceil(len(rows) / SECURITY_COLUMNS_MAX)
    width = math.ceil(len(rows) / parts)
    own = [rows[first : first + width] for first in range(0, len(rows), width)]
    return tuple(_security_part(part, told, whole=parts == 1) for part in own)


def _security_part(rows: Sequence[Row], told: Sequence[str], *, whole: bool) -> Table:
    columns = (Column("Measure", width=2), *(Column(size_of(row), "", True, 1) for row in rows))
    cells = tuple(
        (
            name.removeprefix("security.").removeprefix("parts.").replace("_", " ").replace(".", ": "),
            *(_plain(row.get(name)) for row in rows),
        )
        for name in told[:SECURITY_ROWS_MAX]
    )
    more = len(told) - SECURITY_ROWS_MAX
    note = say("{more} more measures are in study/capacity.", more=more) if more > 0 else ""
    caption = "Security by size"
    if not whole:
        caption = say("Security by size, {first} to {last}", first=size_of(rows[0]), last=size_of(rows[-1]))
    return Table(caption, columns, cells, note=note, small=True)


TELLING = ("secure-transfer.", "n-1.", "pole-outage.", "short-circuit.", "ac.")
"""Parts of the security study in the order of their telling; the rest follows."""


def _weight(name: str) -> tuple[int, str]:
    place = next((number for number, part in enumerate(TELLING) if f".{part}" in name), len(TELLING))
    return place, name


def _plain(value: object) -> str:
    if not isinstance(value, int | float):
        return NOT_APPLICABLE
    return number(float(value), "plain" if abs(float(value)) < 100 else "count")
