"""What an N-1 secure dispatch holds beforehand, what that costs, and what it leaves to automatics (beside page E9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reports.content import Block, Column, Page, Table, Text
from reports.language import say, word
from reports.numbers import money, number, show
from reports.results import Results, Row, outage_name, place_name
from reports.sections.source_line import source_line

SHOWN_LEFT = 20
LOSSES = "any unit, pole or island"
"""As the run's table names what is held as room and not as pairs."""


def secure_dispatch(results: Results) -> tuple[Page, ...]:
    """Nothing where the dispatch holds no outages beforehand."""
    facts = results.summary["dispatch"]
    if facts.get("security_cost_usd_real") is None:
        return ()
    left = results.static.get("secure_left", ())
    blocks: list[Block] = [_held_table(results, facts)]
    blocks.append(_left_table(left) if left else Text(("Nothing is left to automatics.",)))
    page = Page(
        "What security costs",
        _headline(results, facts, left),
        say(
            "The dispatch keeps flows so that no single outage overloads anything: circuits as pairs of an outage and "
            "a limit, units, poles and islands as room kept free on limits. The cost is the objective less that of the "
            "same dispatch without these limits; the room follows the dispatch in rounds and only grows, so that the "
            "cost is an upper bound. What costs more to relieve than consumers who are paid to stand back, or what "
            "nothing can hold, is left to automatics: there generation or load trips after the outage."
        ),
        tuple(blocks),
        source_line(results, "summary.json, secure_left"),
    )
    return (page,)


def _headline(results: Results, facts: Mapping[str, Any], left: Sequence[Row]) -> str:
    cost = money(float(facts["security_cost_usd_real"]))
    if results.whole_year:
        text = say("Holding every single outage beforehand costs {cost} a year", cost=cost)
    else:
        hours = show(results.hours, "time_h")
        text = say(
            "Holding every single outage beforehand costs {cost} in the {hours} of the run", cost=cost, hours=hours
        )
    if not left:
        return text + say("; nothing is left to automatics")
    return text + say("; {count} limits after an outage are left to automatics", count=len(left))


def _held_table(results: Results, facts: Mapping[str, Any]) -> Table:
    cost, total = (float(facts[key]) for key in ("security_cost_usd_real", "objective_usd_real"))
    year = results.price_base_year
    price = say("{cost} (USD of {year}, real)", cost=money(cost), year=year)
    rows = [
        (word("Cost of security"), price),
        (word("Of the cost without it"), show(cost / (total - cost) if total > cost else 0.0, "share_fine_frac")),
        (word("Pairs of outage and limit held"), number(int(facts.get("outage_rows") or 0), "count")),
        (word("Hours of limits with room kept"), number(int(facts.get("loss_rows") or 0), "count")),
        (word("Pairs left to automatics"), number(int(facts.get("outage_rows_left") or 0), "count")),
        (word("Hours of limits without that room"), number(int(facts.get("loss_rows_left") or 0), "count")),
    ]
    columns = (Column("What", width=1), Column("Amount", width=1))
    return Table("What is held beforehand", columns, tuple(rows), small=True)


def _left_table(left: Sequence[Row]) -> Table:
    columns = (
        Column("Outage", width=1.6),
        Column("Limit that it breaks", width=1.6),
        Column("Way", width=0.6),
        Column("Hours", "h", True),
        Column("Beyond at most", "MW", True),
    )
    cells = tuple(
        (
            word(LOSSES) if row["outage"] == LOSSES else outage_name(str(row["outage"])),
            place_name(str(row["limit"])),
            say(str(row["way"])),
            number(int(row["hours"]), "time_h"),
            number(float(row["excess_max_mw"]), "power_mw"),
        )
        for row in left[:SHOWN_LEFT]
    )
    more = len(left) - len(cells)
    note = say("{count} further limits are in the run's tables.", count=more) if more > 0 else ""
    return Table("What is left to automatics, most hours first", columns, cells, note=note, small=True)
