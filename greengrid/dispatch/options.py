"""What a case may choose about the dispatch beside its grid, weather and prices."""

from __future__ import annotations

from dataclasses import dataclass

GREEN_RULES = ("none", "hourly", "daily", "monthly", "yearly")
COMMITMENT_RULES = ("none", "relaxed")
RAMP_RULES = ("none", "class", "unit")
RESERVE_RULES = ("none", "largest_pole")


@dataclass(frozen=True)
class Options:
    """Choices of one dispatch; the plain problem where nothing is said."""

    line_margin_frac: float = 0.0
    """Share of every line's and transformer's normal limit that is kept free; interface limits are margins already."""
    ramps: str = "class"
    """class: the units of a technology and zone ramp together; unit: each by itself; none. Links always ramp."""
    reserve: str = "none"
    """none, or largest_pole: in every hour at least the scheduled flow of the largest pole of each link."""
    reserve_imports: bool = False
    """Whether more import over AC ties counts as reserve."""
    green: str = "none"
    """Period in which contracted plants must cover what leaves for the European Union."""
    green_plants: tuple[str, ...] = ()
    """`Plant.name` of the contracted plants."""
    co2_cap_tco2: tuple[tuple[str, float], ...] = ()
    """(country or "all", annual emissions of the plants); a part of a year has its share by hours."""
    reservoir_levels_frac: tuple[float, ...] = ()
    """(start, end) of every reservoir, of its size; empty: each ends as full as it began, wherever that is best."""
    commitment: str = "none"
    """none, or relaxed: starts, least stable outputs and least times of unit classes."""
