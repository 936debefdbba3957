"""Capacity credit of a link: how much more flat demand an area can carry with it at the same hours short.

Effective load-carrying capability (Garver 1966, IEEE Trans. PAS-85) on the same draws with and without. An area that is
served first is short beyond some more demand in as many hours as have a smaller margin; so the demand it can bear is a
quantile of its margins over all drawn years. Its interval is by sections (Asmussen and Glynn 2007, Stochastic
Simulation, III.5): the quantile of each batch of years against that of all, by Student's t.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.stats import t as student_t

from greengrid.hourly import Array
from greengrid.security.adequacy import CONFIDENCE

BATCHES = 10


@dataclass
class Tail:
    """The smallest margins of an area over some years: all that a quantile near shortage asks for."""

    most: int
    """How many are kept at least."""
    years: int = 0
    values: Array = field(default_factory=lambda: np.empty(0))

    def add(self, margins_mw: Array) -> None:
        """One more year, its hours in any order."""
        self.years += 1
        joined = np.concatenate([self.values, margins_mw])
        self.values = np.partition(joined, self.most)[: self.most] if len(joined) > self.most else joined

    def carried_mw(self, target_h: float) -> float:
        """Flat demand beyond its own until the area is short `target_h` hours a year; negative where it is already."""
        margins = np.sort(self.values)
        return float(np.interp(target_h * self.years, np.arange(1, len(margins) + 1), margins))


class Credit:
    """One area's margins with and without the link, all years together and in batches that hold each weather year."""

    def __init__(self, *, years_max: int, weather_years: int, target_h: float) -> None:
        self._target_h, self._weather_years = target_h, weather_years
        most = int(np.ceil(target_h * years_max)) + 2
        self._all = (Tail(most), Tail(most))
        # A batch may hold a year more than its share of rounds.
        share = int(np.ceil(target_h * (years_max / BATCHES + weather_years))) + 2
        self._batches = [(Tail(share), Tail(share)) for _ in range(BATCHES)]

    def add(self, number: int, with_link_mw: Array, without_mw: Array) -> None:
        """The margins of drawn year `number`; years come round by round of the weather years."""
        batch = self._batches[number // self._weather_years % BATCHES]
        for pair in (self._all, batch):
            for tail, margins in zip(pair, (with_link_mw, without_mw), strict=True):
                tail.add(margins)

    def result_mw(self) -> tuple[float, float]:
        """The credit over all years, and half the width of its 95 % interval."""
        whole = self._gain_mw(self._all)
        gains = [self._gain_mw(pair) for pair in self._batches if pair[0].years]
        return whole, sectioned(whole, gains)

    def _gain_mw(self, pair: tuple[Tail, Tail]) -> float:
        with_link, without = (tail.carried_mw(self._target_h) for tail in pair)
        return with_link - without


def sectioned(whole: float, parts: Sequence[float]) -> float:
    """Half the width of the 95 % interval about an estimate from all years, by those from batches of them; nan from
    a single batch."""
    count = len(parts)
    if count < 2:
        return float("nan")
    spread = float(np.sqrt(((np.array(parts) - whole) ** 2).sum() / (count - 1)))
    return float(student_t.ppf(0.5 + CONFIDENCE / 2, count - 1)) * spread / float(np.sqrt(count))
