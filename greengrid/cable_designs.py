"""Cable systems by rating, for links whose design follows their size."""

from __future__ import annotations

from math import ceil
from typing import NamedTuple


class CableDesign(NamedTuple):
    """A cable system of the shipped ratings."""

    capacity_max_mw: float
    voltage_kv: float
    configuration: str
    poles: int
    resistance_ohm_per_km: float


CABLE_DESIGNS = (
    CableDesign(1000, 320, "symmetrical_monopole", 1, 0.0145),
    CableDesign(2000, 525, "bipole", 2, 0.0088),
)
"""Of the cases `small-link` and `base`, with their sources; above the last, as many of it as the rating asks for."""


def design_of(capacity_mw: float) -> dict[str, object]:
    """Keys of a link that follow its rating: the smallest design that carries it, or several of the largest."""
    largest = CABLE_DESIGNS[-1]
    chosen = next((each for each in CABLE_DESIGNS if capacity_mw <= each.capacity_max_mw), largest)
    systems = max(1, ceil(capacity_mw / chosen.capacity_max_mw - 1e-9))
    return {
        "voltage_kv": chosen.voltage_kv,
        "configuration": chosen.configuration,
        "poles": chosen.poles * systems,
        "resistance_ohm_per_km": chosen.resistance_ohm_per_km,
    }
