"""The sentences that state a result, chosen by data. They speak of the model and the case, never of the world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.numbers import hours, money, scientific, show

STANDING = "Not calibrated to the official feasibility study. Not an offer, advice or credit opinion."
FORBIDDEN = ("proves", "ensures", "optimal", "recommended", "guarantees that", "will be", "the chance is")
"""Words no sentence of ours may use; a test reads every page for them."""
SINGLE_RUN = "single run, no range"
GAP_TARGET = 1e-4
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
            f"No verdict: the dispatch is certified to a gap of {scientific(standing.gap_frac)} "
            f"(target {scientific(GAP_TARGET)}) and a balance residual of "
            f"{scientific(standing.balance_residual_max_mw)} MW. Figures on these pages are provisional.",
        )
    if standing.link is None:
        return Verdict("no link", "This case has no HVDC link: it shows the system that a link is compared with.")
    if not standing.financed or standing.mix is None:
        return Verdict(
            "not financed",
            f"This case runs the {standing.link} without financing it: what it costs and earns is not computed.",
        )
    return _money_verdict(standing)


def _money_verdict(standing: Standing) -> Verdict:
    affordable, required = standing.affordable_usd_per_mwh, standing.required_usd_per_mwh
    if affordable is None or required is None:
        return Verdict(
            "not financed",
            f"In this case the charge that the {standing.link} needs cannot be set beside what the chain can pay: "
            "one of the two was not computed.",
        )
    if affordable < required:
        return _short(standing, affordable, required)
    conditions = _conditions(standing)
    if conditions:
        return Verdict(
            "conditional",
            f"In this case the chain can afford {show(affordable, 'price_usd_per_mwh')} for the {standing.link} and "
            f"{standing.mix} requires {show(required, 'price_usd_per_mwh')}, provided that {'; '.join(conditions)}.",
        )
    cover = show(standing.dscr_min_ratio, "cover_ratio")
    return Verdict(
        "supported in this case",
        f"In this case the chain can afford {show(affordable, 'price_usd_per_mwh')} for the {standing.link}; "
        f"{standing.mix} requires {show(required, 'price_usd_per_mwh')} and keeps min DSCR {cover}. "
        "The cable's length, rating and cost are assumptions.",
    )


def _short(standing: Standing, affordable: float, required: float) -> Verdict:
    """The chain leaves less than any mix requires; a better outlet is named, whether it is enough or not."""
    leaves = f"only {show(affordable, 'price_usd_per_mwh')} for the {standing.link}"
    if affordable <= 0:
        leaves = f"nothing for the {standing.link} ({show(affordable, 'price_usd_per_mwh')})"
    seller = f"power sold in {standing.outlet}" if standing.outlet else "the chain"
    least = f"{standing.mix}, the least demanding mix, requires {show(required, 'price_usd_per_mwh')}"
    if standing.best_outlet is None:
        return Verdict("not supported", f"In this case no mix is affordable: {seller} leaves {leaves}; {least}.")
    name, most = standing.best_outlet[0], standing.best_outlet[1]
    there = f"in {name}, the best outlet, {show(most, 'price_usd_per_mwh')}"
    if most < required:
        return Verdict(
            "not supported", f"In this case no mix is affordable: {seller} leaves {leaves}, {there}; {least}."
        )
    conditions = "; ".join([f"the power is sold in {name}", *_conditions(standing)])
    return Verdict(
        "conditional", f"In this case {seller} leaves {leaves}, {there}; {least}: enough, provided that {conditions}."
    )


def _conditions(standing: Standing) -> list[str]:
    """What is not met, in words."""
    found = []
    if not standing.mix_passes:
        found.append(f"{standing.mix} meets its tests, which it misses here")
    if standing.unsolved_ac_hours is None:
        found.append("voltages hold, which no AC power flow has checked")
    elif standing.unsolved_ac_hours > 0:
        found.append(f"the {standing.unsolved_ac_hours} checked hours without an AC solution are resolved")
    if standing.unserved_mwh > 1.0:
        found.append(f"the {show(standing.unserved_mwh / 1e3, 'energy_gwh')} that go unserved are met")
    return found


def cover_shortfall(minimum: float, year: int | None, target: float) -> str:
    """Lowest DSCR beside its covenant; never rounded across it."""
    at = f" in {year}" if year is not None else ""
    shown = show(minimum, "cover_ratio", missed_bound=target)
    if minimum < target:
        missing = show(target - minimum, "cover_ratio")
        return f"Lowest DSCR {shown}{at} misses {show(target, 'cover_ratio')} by {missing}."
    return f"Lowest DSCR {shown}{at}, not below {show(target, 'cover_ratio')}."


def ac_hours(solved: int, checked: int, of_hours: int) -> str:
    """What the AC power flow says, and of how much."""
    if checked == 0:
        return "AC not run: voltages and security are unknown."
    rest = of_hours - checked
    sample = f" Nothing is said of the other {show(rest, 'time_h')}." if rest > 0 else ""
    if solved < checked:
        return f"{checked - solved} of {checked} checked hours found no AC solution.{sample}"
    return f"All {checked} checked hours solve in AC.{sample}"


def cable_direction(name: str, forward: str, reverse: str, forward_mwh: float, reverse_mwh: float) -> str:
    """Which way the link carries energy, without a word on which way was hoped for."""
    if forward_mwh + reverse_mwh <= 0:
        return f"The {name} carries no energy in this case"
    there, back = show(forward_mwh / 1e6, "energy_twh"), show(reverse_mwh / 1e6, "energy_twh")
    if forward_mwh >= reverse_mwh:
        return f"The {name} delivers {there} to {forward} and {back} to {reverse}"
    return f"The {name} runs mostly towards {reverse}: {back}, against {there} to {forward}"


def binding(name: str, count: float, of_hours: int) -> str:
    """The interface that binds most."""
    if count <= 0:
        return "No interface limit binds in this case"
    return f"{name} binds longest: {hours(count, of_hours)}"


def unserved(energy_mwh: float) -> str:
    if energy_mwh <= 0:
        return "No demand goes unserved."
    if energy_mwh < 1000:
        return f"Less than {show(1.0, 'energy_gwh')} of demand goes unserved."
    return f"{show(energy_mwh / 1e3, 'energy_gwh')} of demand go unserved."


def mixes_differ(mixes: Sequence[tuple[str, float]]) -> str:
    """The spread of the required charges over the mixes."""
    if len(mixes) < 2:
        return ""
    ordered = sorted(mixes, key=lambda item: (item[1], item[0]))
    (least, low), (most, high) = ordered[0], ordered[-1]
    return (
        f"The required charge runs from {show(low, 'price_usd_per_mwh')} ({least}) to "
        f"{show(high, 'price_usd_per_mwh')} ({most})."
    )


def npv_same_for_all(values_usd: Sequence[float]) -> str:
    """Before financing every mix has the same value; said once."""
    if not values_usd:
        return ""
    return f"Before financing the project's NPV is {money(values_usd[0], signed=True)} (nominal) whatever the mix."
