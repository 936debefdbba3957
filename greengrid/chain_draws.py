"""The export chain with all its inputs uncertain at once: what it leaves for the cable, drawn many times."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import triang

from greengrid.hourly import Array
from greengrid.netback import BORDER_CARBON, Chain, Input

AFFORDABLE = "affordable_charge_usd_per_mwh"


@dataclass(frozen=True, slots=True)
class ChainModel:
    """`affordable_charge` of one chain on arrays: every input by its name, all else as in the chain."""

    chain: Chain
    link: str

    @property
    def inputs(self) -> Mapping[str, Input]:
        """Inputs that have a range, by a name that says what they are; the financed link's charge is what is sought."""
        chain = self.chain
        found = {f"price in {chain.outlet}": chain.price_usd_per_mwh}
        found |= {part.name: part.amount_usd_per_mwh for part in chain.at_market}
        for section in chain.sections:
            found[f"{section.name}: losses"] = section.loss_frac
            if section.name != self.link:
                found[f"{section.name}: charge"] = section.charge_usd_per_mwh
        found |= {part.name: part.amount_usd_per_mwh for part in (*chain.at_source, chain.generation)}
        return {name: given for name, given in found.items() if given.low < given.high}

    @property
    def groups(self) -> dict[str, str]:
        """What each input belongs to: the market's price and what the EU asks at its border are `price`, the rest
        `cost` of the way and of the power."""
        prices = {f"price in {self.chain.outlet}", BORDER_CARBON}
        return {name: "price" if name in prices else "cost" for name in self.inputs}

    def affordable_usd_per_mwh(self, drawn: Mapping[str, Array]) -> Array:
        """The charge per MWh that the link delivers at which nothing is left, everything else paid; shape of the draws.

        The same steps as `greengrid.netback.walk`, on arrays.
        """

        def value(name: str, given: Input) -> Array:
            return drawn.get(name, np.asarray(given.central))

        chain = self.chain
        worth = value(f"price in {chain.outlet}", chain.price_usd_per_mwh)
        for part in chain.at_market:
            worth = worth - value(part.name, part.amount_usd_per_mwh)
        passed: Array | float = 0.0
        for section in chain.sections:
            kept = 1.0 - value(f"{section.name}: losses", section.loss_frac)
            passed = kept if section.name == self.link else passed * kept
            charge = np.asarray(0.0)
            if section.name != self.link:
                charge = value(f"{section.name}: charge", section.charge_usd_per_mwh)
            worth = (worth - charge) * kept if section.charged_on == "received" else worth * kept - charge
        for deduction in (*chain.at_source, chain.generation):
            worth = worth - value(deduction.name, deduction.amount_usd_per_mwh)
        return np.asarray(worth / passed)

    @property
    def model(self) -> Callable[[Array], dict[str, Array]]:
        """Shares of shape (draws, inputs) to the charge: each input triangular over its range, central most likely.

        An assumption: the tables give low, central and high, not a distribution.
        """
        inputs = self.inputs

        def run(shares: Array) -> dict[str, Array]:
            drawn = {name: at(given, column) for (name, given), column in zip(inputs.items(), shares.T, strict=True)}
            return {AFFORDABLE: self.affordable_usd_per_mwh(drawn)}

        return run


def at(given: Input, share: Array) -> Array:
    """Values of a triangular distribution with its mode at the central value (Kotz and van Dorp 2004, eq. 1.8)."""
    width = given.high - given.low
    return np.asarray(triang.ppf(share, (given.central - given.low) / width, loc=given.low, scale=width))
