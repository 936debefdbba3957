"""The sentences that state a result, chosen by data. They speak of the model and the case, never of the world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.language import say
from reports.numbers import hours, money, number, scientific, show

STANDING = "Not calibrated to the official feasibility study. Not an offer, advice or credit opinion."
FORBIDDEN = ("proves", "ensures", "optimal", "recommended", "guarantees that", "will be", "the chance is")
"""Words no sentence of ours may use; a test reads every page for them."""
SINGLE_RUN = "single run, no range"
GAP_TARGET = 1e-6
"""To which the dispatch is certified; a larger gap is stated as what it is, and carries no verdict."""
RESIDUAL_TOLERANCE_MW = 1e-4


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides the verdict. None: not computed in this run."""

    gap_frac: float
    balance_residual_max_mw: float
    affordable_usd_per_mwh: float | None
    required_usd_per_mwh: float | None
    """Of the best mix."""
    mix: str | None
    mix_passes: bool
    dscr_min_ratio: float | None
    unsolved_ac_hours: int | None
    unserved_mwh: float
    financed: bool
    link: str | None
    whole_year: bool
    outlet: str = ""
    """Where the chain ends; empty: not told."""
    best_outlet: tuple[str, float] | None = None
    """The outlet that leaves most for the link, and how much (USD/MWh), where it is another than the chain's own."""


@dataclass(frozen=True, slots=True)
class Verdict:
    state: str
    """no statement, partial, no link, not financed, not supported, conditional, supported in this case."""
    text: str


def verdict(standing: Standing) -> Verdict:
    """The worst condition wins."""
    if not standing.whole_year:
        return Verdict(
            "partial", "A part of the year was run: this report gives no annual, financial or headline figure."
        )
    if standing.gap_frac > GAP_TARGET or standing.balance_residual_max_mw > RESIDUAL_TOLERANCE_MW:
        return Verdict(
            "no statement",
            say(
                "No verdict: the dispatch is certified to a gap of {gap} (target {gap_target}) and a balance "
                "residual of {balance_residual_max} MW. Figures on these pages are provisional.",
                gap=scientific(standing.gap_frac),
                gap_target=scientific(GAP_TARGET),
                balance_residual_max=scientific(standing.balance_residual_max_mw),
            ),
        )
    if standing.link is None:
        return Verdict("no link", "This case has no HVDC link: it shows the system that a link is compared with.")
    if not standing.financed or standing.mix is None:
        return Verdict(
            "not financed",
            say(
                "This case runs the {link} without financing it: what it costs and earns is not computed.",
                link=standing.link,
            ),
        )
    return _money_verdict(standing)


def _money_verdict(standing: Standing) -> Verdict:
    affordable, required = standing.affordable_usd_per_mwh, standing.required_usd_per_mwh
    if affordable is None or required is None:
        return Verdict(
            "not financed",
            say(
                "In this case the charge that the {link} needs cannot be set beside what the chain can pay: "
                "one of the two was not computed.",
                link=standing.link,
            ),
        )
    if affordable < required:
        return _short(standing, affordable, required)
    conditions = _conditions(standing)
    if conditions:
        return Verdict(
            "conditional",
            say(
                "In this case the chain can afford {affordable} for the {link} and {mix} requires {required}, "
                "provided that {conditions}.",
                affordable=show(affordable, "price_usd_per_mwh"),
                link=standing.link,
                mix=standing.mix,
                required=show(required, "price_usd_per_mwh"),
                conditions="; ".join(conditions),
            ),
        )
    cover = show(standing.dscr_min_ratio, "cover_ratio")
    return Verdict(
        "supported in this case",
        say(
            "In this case the chain can afford {affordable} for the {link}; {mix} requires {required} and "
            "keeps min DSCR {cover}. The cable's length, rating and cost are assumptions.",
            affordable=show(affordable, "price_usd_per_mwh"),
            link=standing.link,
            mix=standing.mix,
            required=show(required, "price_usd_per_mwh"),
            cover=cover,
        ),
    )


def _short(standing: Standing, affordable: float, required: float) -> Verdict:
    """The chain leaves less than any mix requires; a better outlet is named, whether it is enough or not."""
    leaves = say(
        "only {affordable} for the {link}", affordable=show(affordable, "price_usd_per_mwh"), link=standing.link
    )
    if affordable <= 0:
        leaves = say(
            "nothing for the {link} ({affordable})",
            link=standing.link,
            affordable=show(affordable, "price_usd_per_mwh"),
        )
    seller = say("power sold in {outlet}", outlet=standing.outlet) if standing.outlet else "the chain"
    least = say(
        "{mix}, the least demanding mix, requires {required}",
        mix=standing.mix,
        required=show(required, "price_usd_per_mwh"),
    )
    if standing.best_outlet is None:
        return Verdict(
            "not supported",
            say(
                "In this case no mix is affordable: {seller} leaves {leaves}; {least}.",
                seller=seller,
                leaves=leaves,
                least=least,
            ),
        )
    name, most = standing.best_outlet[0], standing.best_outlet[1]
    there = say("in {name}, the best outlet, {most}", name=name, most=show(most, "price_usd_per_mwh"))
    if most < required:
        return Verdict(
            "not supported",
            say(
                "In this case no mix is affordable: {seller} leaves {leaves}, {there}; {least}.",
                seller=seller,
                leaves=leaves,
                there=there,
                least=least,
            ),
        )
    conditions = "; ".join([say("the power is sold in {name}", name=name), *_conditions(standing)])
    return Verdict(
        "conditional",
        say(
            "In this case {seller} leaves {leaves}, {there}; {least}: enough, provided that {conditions}.",
            seller=seller,
            leaves=leaves,
            there=there,
            least=least,
            conditions=conditions,
        ),
    )


def _conditions(standing: Standing) -> list[str]:
    """What is not met, in words."""
    found = []
    if not standing.mix_passes:
        found.append(say("{mix} meets its tests, which it misses here", mix=standing.mix))
    if standing.unsolved_ac_hours is None:
        found.append("voltages hold, which no AC power flow has checked")
    elif standing.unsolved_ac_hours > 0:
        found.append(
            say(
                "the {unsolved_ac_hours} checked hours without an AC solution are resolved",
                unsolved_ac_hours=standing.unsolved_ac_hours,
            )
        )
    if standing.unserved_mwh > 1.0:
        found.append(
            say("the {energy_gwh} that go unserved are met", energy_gwh=show(standing.unserved_mwh / 1e3, "energy_gwh"))
        )
    return found


def cover_shortfall(minimum: float, year: int | None, target: float) -> str:
    """Lowest DSCR beside its covenant; never rounded across it."""
    at = say(" in {year}", year=year) if year is not None else ""
    shown = show(minimum, "cover_ratio", missed_bound=target)
    if minimum < target:
        missing = show(target - minimum, "cover_ratio")
        return say(
            "Lowest DSCR {shown}{at} misses {target} by {missing}.",
            shown=shown,
            at=at,
            target=show(target, "cover_ratio"),
            missing=missing,
        )
    return say("Lowest DSCR {shown}{at}, not below {target}.", shown=shown, at=at, target=show(target, "cover_ratio"))


def ac_hours(solved: int, checked: int, of_hours: int) -> str:
    """What the AC power flow says, and of how much."""
    if checked == 0:
        return "AC not run: voltages and security are unknown."
    rest = of_hours - checked
    sample = say(" Nothing is said of the other {rest}.", rest=show(rest, "time_h")) if rest > 0 else ""
    if solved < checked:
        return say(
            "{solved} of {checked} checked hours found no AC solution.{sample}",
            solved=number(checked - solved, "count"),
            checked=number(checked, "count"),
            sample=sample,
        )
    return say("All {checked} checked hours solve in AC.{sample}", checked=number(checked, "count"), sample=sample)


def cable_direction(name: str, forward: str, reverse: str, forward_mwh: float, reverse_mwh: float) -> str:
    """Which way the link carries energy, without a word on which way was hoped for."""
    if forward_mwh + reverse_mwh <= 0:
        return say("The {name} carries no energy in this case", name=name)
    there, back = show(forward_mwh / 1e6, "energy_twh"), show(reverse_mwh / 1e6, "energy_twh")
    if forward_mwh >= reverse_mwh:
        return say(
            "The {name} delivers {there} to {forward} and {back} to {reverse}",
            name=name,
            there=there,
            forward=forward,
            back=back,
            reverse=reverse,
        )
    return say(
        "The {name} runs mostly towards {reverse}: {back}, against {there} to {forward}",
        name=name,
        reverse=reverse,
        back=back,
        there=there,
        forward=forward,
    )


def binding(name: str, count: float, of_hours: int) -> str:
    """The interface that binds most."""
    if count <= 0:
        return "No interface limit binds in this case"
    return say("{name} binds longest: {of_hours}", name=name, of_hours=hours(count, of_hours))


def unserved(energy_mwh: float) -> str:
    if energy_mwh <= 0:
        return "No demand goes unserved."
    if energy_mwh < 1000:
        return say("Less than {energy_gwh} of demand goes unserved.", energy_gwh=show(1.0, "energy_gwh"))
    return say("{energy_gwh} of demand go unserved.", energy_gwh=show(energy_mwh / 1e3, "energy_gwh"))


def mixes_differ(mixes: Sequence[tuple[str, float]]) -> str:
    """The spread of the required charges over the mixes."""
    if len(mixes) < 2:
        return ""
    ordered = sorted(mixes, key=lambda item: (item[1], item[0]))
    (least, low), (most, high) = ordered[0], ordered[-1]
    return say(
        "The required charge runs from {low} ({least}) to {high} ({most}).",
        low=show(low, "price_usd_per_mwh"),
        least=least,
        high=show(high, "price_usd_per_mwh"),
        most=most,
    )


def npv_same_for_all(values_usd: Sequence[float]) -> str:
    """Before financing every mix has the same value; said once."""
    if not values_usd:
        return ""
    return say(
        "Before financing the project's NPV is {values_usd} (nominal) whatever the mix.",
        values_usd=money(values_usd[0], signed=True),
    )
