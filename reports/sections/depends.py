"""The second page of the summary: what the answer depends on, which cable sizes were run, which inputs weigh most."""

from __future__ import annotations

from collections.abc import Sequence

from reports.charts import FULL_MM, Axis, Tornado
from reports.content import Block, Column, Page, Table, Text
from reports.language import say, word
from reports.numbers import NOT_APPLICABLE, money, number, show
from reports.results import Results, Row
from reports.sections.assumptions import GRADES
from reports.sections.choice import best_mix
from reports.sections.front import MONEY, money_paragraph
from reports.sections.inputs_named import input_amount, input_name
from reports.sections.source_line import source_line
from reports.sections.weighty import weightiest_inputs

SHOWN_MAX = 6
OPTIONS_MW = (0.0, 1000.0, 2000.0, 4000.0)
"""Cable sizes that a study compares; a run holds one of them."""
ENDS = ("npv_low_usd_nominal", "npv_high_usd_nominal")


def depends(results: Results) -> tuple[Page, ...]:
    """Always one page."""
    rows = _ranked(results.static.get("tornado", ())) if results.mixes else []
    blocks: list[Block] = []
    if rows:
        blocks += [_chart(rows[:SHOWN_MAX])]
    else:
        blocks.append(Text(("Sensitivity of money: not run, nothing is financed in this run.",)))
    if results.project_link is not None:
        blocks.append(_options(results))
    blocks += weightiest_inputs(results)
    blocks.append(Text((word(GRADES), money_paragraph(results)), voice="note", title=MONEY))
    page = Page(
        "What it depends on",
        _headline(results, rows),
        "One input at a time, all else central; ends are plausible bounds, not percentiles." if rows else "",
        tuple(blocks),
        source_line(results, "tornado, reinforcement_costs, assumptions"),
    )
    return (page,)


def _ranked(rows: tuple[Row, ...]) -> list[Row]:
    return sorted(rows, key=lambda row: (-abs(float(row[ENDS[1]]) - float(row[ENDS[0]])), str(row["input"])))


def _headline(results: Results, rows: list[Row]) -> str:
    if not rows:
        own = sum(1 for row in results.static.get("assumptions", ()) if row["origin"] == "yours")
        return say(
            "{count} inputs stand behind the result; {own} of them were set by the user",
            count=len(results.static.get("assumptions", ())),
            own=own,
        )
    low, high = (money(float(rows[0][end]), signed=True) for end in ENDS)
    return say(
        "NPV before financing moves most with {input}: {low} to {high}",
        input=input_name(rows[0]["input"]).replace(": ", ", "),
        low=low,
        high=high,
    )


def _chart(rows: list[Row]) -> Tornado:
    names = tuple(input_name(row["input"]) for row in rows)
    low, high = (tuple(float(row[end]) / 1e6 for row in rows) for end in ENDS)
    central = float(rows[0]["npv_central_usd_nominal"])
    return Tornado(
        caption="NPV before financing with one input at its low or high end; bar ends carry the input's value and, "
        "in brackets, the charge that the least demanding mix then requires (USD/MWh)",
        alt=say(
            "Tornado. NPV before financing in M USD nominal, {central} with all inputs central. Most: {name}, {low} to "
            "{high}. {count} inputs. Data: the page of what would change the answer.",
            central=money(central, signed=True),
            name=names[0],
            low=money(low[0] * 1e6, signed=True),
            high=money(high[0] * 1e6, signed=True),
            count=len(names),
        ),
        width_mm=FULL_MM,
        height_mm=20.0 + 7.0 * len(names),
        names=names,
        low=low,
        high=high,
        low_labels=tuple(_end(row, "low") for row in rows),
        high_labels=tuple(_end(row, "high") for row in rows),
        central=central / 1e6,
        axis=Axis("NPV before financing", "M USD nominal"),
    )


def _end(row: Row, end: str) -> str:
    """An input's end and the charge that follows from it."""
    amount, charge = input_amount(row[end], row["unit"]), row.get(f"required_charge_{end}_usd_per_mwh")
    return amount if charge is None else f"{amount} ({number(float(charge), 'price_usd_per_mwh')})"


def _options(results: Results) -> Table:
    """The sizes a study compares; this run holds one, a sweep holds the others."""
    link = results.project_link
    assert link is not None
    here = float(link["capacity_mw"])
    sizes = sorted({*OPTIONS_MW, here})
    rows = tuple(_run_option(results, here) if size == here else _other_option(results, size) for size in sizes)
    columns = (
        Column("Cable", width=1),
        Column("Delivered", "TWh/a", True),
        Column("Reinforcement on land", "M USD, low to high", True),
        Column("Required charge", "USD/MWh", True),
        Column("Lowest DSCR", "x", True),
    )
    note = word("Other sizes are compared by greengrid sweep; secure power and welfare need their own studies.")
    if any(_estimate(results, size) for size in sizes if size != here):
        note = word("\u2248: estimate on this run's flow, not dispatched.") + " " + note
    return Table("Cable sizes", columns, rows, note=note, strong_rows=(sizes.index(here),), small=True)


def _estimate(results: Results, size_mw: float) -> Row | None:
    """What this run's own flow says of another size, where the run is financed."""
    rows = results.static.get("sizes", ()) if results.mixes else ()
    return next((row for row in rows if float(row["capacity_mw"]) == size_mw and not row["own"]), None)


def _other_option(results: Results, size_mw: float) -> tuple[str, ...]:
    """A size that this run did not hold: its works on land are known, the rest is an estimate at best."""
    larger = [row for row in results.static.get("packages", ()) if float(row["option_mw"]) >= size_mw > 0]
    works = word("not run")
    if larger:
        works = _works([min(larger, key=lambda row: float(row["option_mw"]))])
    delivered = charge = word("not run")
    estimate = _estimate(results, size_mw)
    if estimate is not None:
        delivered = "\u2248" + number(float(estimate["received_mwh"]) / 1e6, "energy_twh")
        required = estimate["required_charge_usd_per_mwh"]
        charge = charge if required is None else "\u2248" + number(float(required), "price_usd_per_mwh")
    return (show(size_mw / 1e3, "power_gw"), delivered, works, charge, word("not run"))


def _works(costs: Sequence[Row]) -> str:
    """Sum of works on land with its range, M USD."""
    low, central, high = (
        number(sum(float(row[f"{end}_usd_real"]) for row in costs) / 1e6, "money_musd")
        for end in ("low", "central", "high")
    )
    return say("{central} ({low} to {high})", central=central, low=low, high=high)


def _run_option(results: Results, size_mw: float) -> tuple[str, ...]:
    link = results.project_link
    assert link is not None
    costs = results.static.get("reinforcement_costs", ())
    mix = best_mix(results)
    facts = mix[1] if mix else {}
    delivered = sum(results.received_mwh(str(link["name"]))) / 1e6 if results.whole_year else None
    return (
        show(size_mw / 1e3, "power_gw"),
        word("not run") if delivered is None else number(delivered, "energy_twh"),
        _works(costs) if costs else NOT_APPLICABLE,
        number(facts.get("required_charge_usd_per_mwh"), "price_usd_per_mwh"),
        number(facts.get("dscr_min_ratio"), "cover_ratio"),
    )
