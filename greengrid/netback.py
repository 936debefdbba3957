"""What a MWh sold at the end of the chain is worth at its beginning, step by step, and what it leaves for the cable.

From the market's price go the border carbon cost and the fees; on each section that the power crosses, losses and a
charge; at the sending end, the inland AC works and the cost of the renewable power. With v the worth at the end of a
section, l its loss and c its charge, the worth at its beginning is

    (v - c)(1 - l)    where the charge is per MWh received (cables)
    v (1 - l) - c     where it is per MWh sent (transit)

Two readings: `sunk` leaves out what has been paid once the wires stand (are they worth using?), `paid` charges it (are
they worth building?). `low` takes every input at its worst and `high` at its best, both with the wires paid for: they
are bounds, not percentiles. A negative worth stays negative: the table shows a sale that nobody would make. All in real
USD of one price base year.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from greengrid.errors import BadInput, Problem
from greengrid.hourly import Array

Scenario = Literal["worst", "central", "best"]
Reading = Literal["sunk", "paid"]
USD_PER_MWH = "USD/MWh"
BORDER_CARBON = "border carbon cost"


@dataclass(frozen=True, slots=True)
class Input:
    """A number of the chain with its plausible range, low <= central <= high."""

    low: float
    central: float
    high: float
    confidence: str
    source: str

    def __post_init__(self) -> None:
        if not self.low <= self.central <= self.high:
            found = f"low {self.low:g}, central {self.central:g}, high {self.high:g}"
            raise BadInput([Problem("netback", found, "low <= central <= high", self.source)])

    def cost(self, scenario: Scenario) -> float:
        """Value of something that takes from the worth."""
        return {"worst": self.high, "central": self.central, "best": self.low}[scenario]

    def gain(self, scenario: Scenario) -> float:
        """Value of something that adds to the worth."""
        return {"worst": self.low, "central": self.central, "best": self.high}[scenario]

    def fixed(self, value: float) -> Input:
        """The same input known exactly."""
        return replace(self, low=value, central=value, high=value)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the way, seen from the market: the later section lies nearer to the sending end."""

    name: str
    loss_frac: Input
    charge_usd_per_mwh: Input
    charged_on: Literal["received", "sent"]
    sunk_cost: bool
    """Whether the charge recovers an investment (left out in the reading `sunk`)."""


@dataclass(frozen=True, slots=True)
class Deduction:
    """An amount per MWh taken at one point."""

    name: str
    amount_usd_per_mwh: Input
    sunk_cost: bool


@dataclass(frozen=True, slots=True)
class Chain:
    """A way from the sending end to one outlet."""

    outlet: str
    price_usd_per_mwh: Input
    at_market: tuple[Deduction, ...]
    sections: tuple[Section, ...]
    at_source: tuple[Deduction, ...]
    generation: Deduction


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the table; amounts are signed, rows that begin with "=" are the running worth."""

    step: str
    sunk_central: float
    paid_central: float
    low: float
    high: float
    unit: str
    confidence: str
    source: str


@dataclass(frozen=True, slots=True)
class Outlet:
    """What one outlet is worth at the sending end."""

    name: str
    worth_sunk_usd_per_mwh: float
    """Before the cost of the renewable power."""
    worth_paid_usd_per_mwh: float
    margin_sunk_usd_per_mwh: float
    margin_paid_usd_per_mwh: float
    affordable_charge_usd_per_mwh: float
    """Of the financed link, per MWh received, everything else paid; negative: nothing is left for it."""


@dataclass(frozen=True, slots=True)
class Netback:
    """The whole answer for one link."""

    steps: tuple[Step, ...]
    outlets: tuple[Outlet, ...]
    """The chain itself first, then nearer outlets."""
    affordable_low_usd_per_mwh: float
    affordable_high_usd_per_mwh: float
    switching: tuple[tuple[str, float, str], ...]
    """(input, value at which the paid margin is zero with all else central, unit)."""

    @property
    def affordable_charge_usd_per_mwh(self) -> float:
        """Of the chain's own outlet."""
        return self.outlets[0].affordable_charge_usd_per_mwh


def walk(chain: Chain, scenario: Scenario, reading: Reading) -> list[tuple[str, float]]:
    """(step, amount) from the market's price to the margin; the amounts add up to the margin."""

    def charged(part: Deduction | Section, amount: Input) -> float:
        return 0.0 if part.sunk_cost and reading == "sunk" else amount.cost(scenario)

    worth = chain.price_usd_per_mwh.gain(scenario)
    steps = [(f"price, {chain.outlet}", worth)]

    def take(name: str, amount: float) -> None:
        nonlocal worth
        worth -= amount
        steps.append((name, 0.0 - amount))

    for part in chain.at_market:
        take(part.name, charged(part, part.amount_usd_per_mwh))
    for section in chain.sections:
        loss = section.loss_frac.cost(scenario)
        charge = charged(section, section.charge_usd_per_mwh)
        if section.charged_on == "received":
            charge *= 1 - loss
        take(f"{section.name}: losses", worth * loss)
        take(f"{section.name}: charge", charge)
    for part in (*chain.at_source, chain.generation):
        take(part.name, charged(part, part.amount_usd_per_mwh))
    return steps


def margin(chain: Chain, scenario: Scenario = "central", reading: Reading = "paid") -> float:
    """What is left per MWh sent after the renewable power is paid."""
    return sum(amount for _, amount in walk(chain, scenario, reading))


def affordable_charge(chain: Chain, link: str, scenario: Scenario = "central") -> float:
    """The charge of section `link`, per MWh it delivers, at which the paid margin is zero; may be negative."""
    section = _section(chain, link)
    free = _with_section(chain, replace(section, charge_usd_per_mwh=section.charge_usd_per_mwh.fixed(0.0)))
    position = [part.name for part in chain.sections].index(link)
    passed = 1 - section.loss_frac.cost(scenario)
    for later in chain.sections[position + 1 :]:
        passed *= 1 - later.loss_frac.cost(scenario)
    return margin(free, scenario) / passed


def _section(chain: Chain, name: str) -> Section:
    for section in chain.sections:
        if section.name == name:
            return section
    raise BadInput([Problem("netback", f"no section {name}", ", ".join(part.name for part in chain.sections))])


def _with_section(chain: Chain, section: Section) -> Chain:
    sections = tuple(section if part.name == section.name else part for part in chain.sections)
    return replace(chain, sections=sections)


def switching_price(chain: Chain) -> float:
    """The market's price at which the paid margin is zero, all else central."""
    return _zero(lambda value: replace(chain, price_usd_per_mwh=chain.price_usd_per_mwh.fixed(value)))


def switching_deduction(chain: Chain, name: str) -> float:
    """The amount of one deduction at the market at which the paid margin is zero; negative: not even at nothing."""

    def changed(value: float) -> Chain:
        parts = tuple(
            replace(part, amount_usd_per_mwh=part.amount_usd_per_mwh.fixed(value)) if part.name == name else part
            for part in chain.at_market
        )
        return replace(chain, at_market=parts)

    return _zero(changed)


def _zero(changed: Callable[[float], Chain]) -> float:
    """Root of the margin, which is affine in each single input."""
    at_nothing, at_one = margin(changed(0.0)), margin(changed(1.0))
    return at_nothing / (at_nothing - at_one)


def netback(chain: Chain, link: str, nearer: Iterable[Chain] = (), carbon_usd_per_tco2: float | None = None) -> Netback:
    """The step table of `chain`, the charge that `link` may cost, nearer outlets beside it and switching values.

    `carbon_usd_per_tco2` (allowance price less what is paid at home) turns the switching border carbon cost into a
    factor in tCO2/MWh.
    """
    outlets = tuple(_outlet(each, link) for each in (chain, *nearer))
    switching = [(f"price, {chain.outlet}", switching_price(chain), USD_PER_MWH)]
    if any(part.name == BORDER_CARBON for part in chain.at_market):
        cost = switching_deduction(chain, BORDER_CARBON)
        switching.append((BORDER_CARBON, cost, USD_PER_MWH))
        if carbon_usd_per_tco2:
            switching.append(("border carbon factor", cost / carbon_usd_per_tco2, "tCO2/MWh"))
    return Netback(
        steps=_steps(chain),
        outlets=outlets,
        affordable_low_usd_per_mwh=affordable_charge(chain, link, "worst"),
        affordable_high_usd_per_mwh=affordable_charge(chain, link, "best"),
        switching=tuple(switching),
    )


def _outlet(chain: Chain, link: str) -> Outlet:
    generation = chain.generation.amount_usd_per_mwh.central
    sunk, paid = margin(chain, "central", "sunk"), margin(chain, "central", "paid")
    return Outlet(chain.outlet, sunk + generation, paid + generation, sunk, paid, affordable_charge(chain, link))


def _steps(chain: Chain) -> tuple[Step, ...]:
    """Amounts of every step in four columns, with a running worth after each group."""
    columns = [walk(chain, "central", "sunk"), walk(chain, "central", "paid")]
    columns += [walk(chain, "worst", "paid"), walk(chain, "best", "paid")]
    origin = _origins(chain)
    breaks = _breaks(chain)
    rows: list[Step] = []
    running = [0.0] * len(columns)
    for number, name in enumerate(name for name, _ in columns[0]):
        amounts = [column[number][1] for column in columns]
        running = [worth + amount for worth, amount in zip(running, amounts, strict=True)]
        confidence, source = origin[number]
        rows.append(_step(name, amounts, confidence, source))
        if number in breaks:
            grade = max(grade for grade, _ in origin[: number + 1])
            rows.append(_step(f"= {breaks[number]}", running, grade, "sum of the rows above"))
    return tuple(rows)


def _step(name: str, columns: list[float], confidence: str, source: str) -> Step:
    sunk, paid, low, high = columns
    return Step(name, sunk, paid, low, high, USD_PER_MWH, confidence, source)


def _origins(chain: Chain) -> list[tuple[str, str]]:
    """(confidence, source) of each step of `walk`."""
    inputs = [chain.price_usd_per_mwh, *(part.amount_usd_per_mwh for part in chain.at_market)]
    for section in chain.sections:
        inputs += [section.loss_frac, section.charge_usd_per_mwh]
    inputs += [part.amount_usd_per_mwh for part in (*chain.at_source, chain.generation)]
    return [(each.confidence, each.source) for each in inputs]


def _breaks(chain: Chain) -> dict[int, str]:
    """Position of the step after which a running worth is shown, with its name."""
    position = len(chain.at_market)
    breaks = {position: f"worth at the border of {chain.outlet}"} if position else {}
    for section in chain.sections:
        position += 2
        breaks[position] = f"worth before {section.name}"
    position += len(chain.at_source)
    breaks[position] = "worth at the sending end"
    breaks[position + 1] = "margin"
    return breaks


def weighted_price(price_usd_per_mwh: Array, sold_mwh: Array) -> float | None:
    """Mean of an hourly price, weighted with what is sold in each hour; None where nothing is sold."""
    sold = float(np.sum(sold_mwh))
    return float(np.dot(price_usd_per_mwh, sold_mwh)) / sold if sold > 0 else None


def realised_loss_frac(sent_mwh: Array, received_mwh: Array) -> float | None:
    """Share of the sent energy that did not arrive over all hours; None where nothing was sent."""
    sent = float(np.sum(sent_mwh))
    return 1 - float(np.sum(received_mwh)) / sent if sent > 0 else None
