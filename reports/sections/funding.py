"""The funding mixes side by side, and what moves the result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports import palette
from reports.charts import FULL_MM, Axis, DotRows, Layer
from reports.content import Block, Column, Page, Table, Text
from reports.language import say
from reports.numbers import NOT_APPLICABLE, number, show
from reports.results import Results
from reports.sections.choice import best_outlet, own_outlet, passes
from reports.sections.source_line import source_line
from reports.sentences import npv_same_for_all

DSCR_FLOOR = 1.0
"""Below it cash does not cover debt service; the tests of a mix may ask for more."""
FLOOR = (("1.00x", DSCR_FLOOR),)
SPOKEN_MAX = 8
"""Mixes that an alternative text names; the table holds all."""
Mix = Mapping[str, Any]


def mixes(results: Results) -> tuple[Page, ...]:
    """The funding mixes side by side."""
    if not results.mixes:
        return ()
    ordered = sorted(results.mixes.items(), key=_by_charge)
    good = [name for name, mix in ordered if passes(mix)]
    headline = say("None of the {ordered} mixes passes its tests at the contract charge", ordered=len(ordered))
    if good:
        headline = say(
            "{good} of {ordered} mixes pass their tests: {good_2}",
            good=len(good),
            ordered=len(ordered),
            good_2=", ".join(good),
        )
    before = [mix["npv_prefinance_usd_nominal"] for _, mix in ordered]
    blocks: list[Block] = []
    known = [(name, mix) for name, mix in ordered if mix.get("dscr_min_ratio") is not None]
    if known:
        blocks.append(_cover_chart(known, _limits(results)))
    blocks += [_mix_table(results, ordered), _test_table(results, ordered), *_reasons(ordered)]
    page = Page(
        "Funding mixes side by side",
        headline,
        say(
            "{value}{before} NPV and returns below are nominal; NPV is at each mix's own cost of capital.",
            value=_contract(results),
            before=npv_same_for_all(before),
        ),
        tuple(blocks),
        source_line(results, "mixes"),
    )
    return (page,)


def _by_charge(item: tuple[str, Mix]) -> tuple[bool, float, str]:
    required = item[1].get("required_charge_usd_per_mwh")
    return required is None, required or 0.0, item[0]


def _limits(results: Results) -> tuple[tuple[str, float], ...]:
    """Cash that just covers service, and the covenant where all mixes have the same."""
    covenants = {float(row["dscr_covenant_ratio"]) for row in results.static.get("covers", ())} - {DSCR_FLOOR}
    if len(covenants) != 1:
        return FLOOR
    (covenant,) = covenants
    return (("", DSCR_FLOOR), (say("covenant {value}", value=show(covenant, "cover_ratio")), covenant))


def _cover_chart(known: list[tuple[str, Mix]], limits: tuple[tuple[str, float], ...]) -> DotRows:
    names = tuple(name for name, _ in known)
    least = tuple(float(mix["dscr_min_ratio"]) for _, mix in known)
    mean = tuple(float(mix.get("dscr_average_ratio") or mix["dscr_min_ratio"]) for _, mix in known)
    spoken = "; ".join(
        say(
            "{name}: lowest {low}, average {average}",
            name=name,
            low=show(low, "cover_ratio"),
            average=show(average, "cover_ratio"),
        )
        for name, low, average in list(zip(names, least, mean, strict=True))[:SPOKEN_MAX]
    )
    return DotRows(
        caption="Lowest and average debt service cover of each mix; at 1.00x cash just covers debt service",
        alt=say("Dots. Funding mix by debt service cover ratio. {spoken}. Data: the table below.", spoken=spoken),
        width_mm=FULL_MM,
        height_mm=26.0 + 7.0 * len(names),
        names=names,
        layers=(
            (Layer("lowest", palette.ACCENT, least), "filled"),
            (Layer("average", palette.ACCENT, mean), "hollow"),
        ),
        axis=Axis("DSCR", "x"),
        limits=limits,
    )


def _mix_table(results: Results, ordered: list[tuple[str, Mix]]) -> Table:
    rows = tuple(
        (name, *_shares(results, name), *(_cell(mix, *measure) for measure in MEASURES)) for name, mix in ordered
    )
    columns = (
        Column("Mix", width=1.3),
        Column("Grants", "%", True, 0.75),
        Column("Debt", "%", True, 0.7),
        Column("Required charge", "USD/MWh", True, 1.3),
        Column("LCOT", "USD/MWh", True, 1),
        Column("NPV", "M USD", True, 1),
        Column("Cost of capital", "%", True, 1),
        Column("Project IRR", "%", True, 0.9),
        Column("Equity IRR", "%", True, 1),
        Column("Lowest DSCR", "x", True, 0.8),
        Column("Lowest LLCR", "x", True, 0.8),
        Column("Grant element", "%", True, 1),
    )
    return Table(
        "Measures of the funding mixes",
        columns,
        rows,
        note="Grant element at a discount rate of 5 %. LCOT: levelised cost of transmission per delivered MWh, real. "
        "n/a: not computed.",
        small=True,
    )


def _shares(results: Results, mix: str) -> tuple[str, str]:
    """Grants and debt as shares of what is raised."""
    amounts: dict[str, float] = {"grant": 0.0, "equity": 0.0, "debt": 0.0}
    for row in results.static.get("tranches", ()):
        if row["mix"] == mix:
            kind = str(row["kind"]) if row["kind"] in ("grant", "equity") else "debt"
            amounts[kind] += float(row["amount_usd_nominal"])
    total = sum(amounts.values())
    if total <= 0:
        return NOT_APPLICABLE, NOT_APPLICABLE
    return number(amounts["grant"] / total, "share_frac"), number(amounts["debt"] / total, "share_frac")


MEASURES: tuple[tuple[str, str, float, bool], ...] = (
    ("required_charge_usd_per_mwh", "price_usd_per_mwh", 1.0, False),
    ("lcot_usd_per_mwh", "price_usd_per_mwh", 1.0, False),
    ("npv_usd_nominal", "money_musd", 1e-6, True),
    ("cost_of_capital_pa", "rate_pa", 1.0, False),
    ("project_irr_pa", "irr_pa", 1.0, False),
    ("equity_irr_pa", "irr_pa", 1.0, False),
    ("dscr_min_ratio", "cover_ratio", 1.0, False),
    ("llcr_min_ratio", "cover_ratio", 1.0, False),
    ("grant_element_frac", "share_frac", 1.0, False),
)
"""(key, quantity, factor, signed) of each column of the table of mixes."""


def _cell(mix: Mix, key: str, quantity: str, factor: float, signed: bool) -> str:
    value = mix.get(key)
    return "n/a" if value is None else number(float(value) * factor, quantity, signed=signed)


MODEL_WORDS = {
    "availability_payment": "The revenue is an availability payment, whatever flows. ",
    "regulated_asset_base": "The revenue is what a regulator would allow on the asset base. ",
    "cap_and_floor": "The revenue is the link's rent between a cap and a floor. ",
    "ppa_margin": "The revenue is a margin on every delivered MWh. ",
    "merchant_rent": "The revenue is the rent between the nodal prices of the run, which no market pays today. ",
}


def _contract(results: Results) -> str:
    """How the link earns; a charge per MW and per MWh that the run delivers."""
    revenue, link = results.case.get("revenue", {}), results.project_link
    model = str(revenue.get("model", ""))
    if model != "capacity_charge" or link is None:
        return MODEL_WORDS.get(model, "")
    charge = float(revenue[model]["charge_usd_real_per_mw_year"])
    text = say("The contract charge is {charge} a year", charge=show(charge / 1e3, "charge_kusd_per_mw"))
    delivered = float(results.summary["links"][str(link["name"])]["received_mwh"])
    if delivered > 0:
        per_mwh = charge * float(link["capacity_mw"]) / delivered
        text += say(", {per} at the energy of this run", per=show(per_mwh, "price_usd_per_mwh"))
    return say("{value} (real). ", value=text)


def _test_table(results: Results, ordered: list[tuple[str, Mix]]) -> Table:
    """The verdict of each mix in words, with its distance from what the outlets leave."""
    better, own = best_outlet(results), own_outlet(results)
    cells = []
    for name, mix in ordered:
        required, affordable = (
            mix.get(key) for key in ("required_charge_usd_per_mwh", "affordable_charge_usd_per_mwh")
        )
        left = [affordable] if better is None else [affordable, better[1]]
        gaps = (None if None in (each, required) else float(each) - float(required) for each in left)  # type: ignore[arg-type]
        distances = (number(gap, "price_usd_per_mwh", signed=True) for gap in gaps)
        words = str(mix.get("verdict_test") or NOT_APPLICABLE)
        cells.append((name, str(mix.get("verdict") or "n/a"), words, *distances))
    columns = (
        Column("Mix", width=0.8),
        Column("Verdict", width=0.5),
        Column("Test that decides, at the contract charge", width=2.4),
        Column(say("Left over, {own}", own=own or "the chain"), "USD/MWh", True, 0.8),
        *((Column(say("Left over, {better}", better=better[0]), "USD/MWh", True, 0.8),) if better else ()),
    )
    note = "Left over: what the outlet leaves for the link less what the mix requires; below zero it is not enough."
    return Table("Tests of the funding mixes", columns, tuple(cells), note=note, small=True)


def _reasons(ordered: list[tuple[str, Mix]]) -> list[Block]:
    lines = [
        f"{name}, {key.removesuffix('_pa').replace('_', ' ')}: {text}"
        for name, mix in ordered
        for key, text in (mix.get("reasons") or {}).items()
    ]
    return [Text(tuple(lines), voice="note", title="Why a value is missing")] if lines else []
