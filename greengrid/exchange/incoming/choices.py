"""What a net does not say and the user must."""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass

from greengrid.errors import BadInput, Problem
from greengrid.exchange.incoming.sources import TECHNOLOGIES

LOAD_FACTOR_FRAC = (0.3, 1.0)


@dataclass(frozen=True)
class Choices:
    """Checked answers of the user."""

    year: int
    load_factor_frac: float
    """Mean over peak of the demand: the net has one hour, the tables a year."""
    country: str | None
    technology: str | None
    centre_deg: tuple[float, float] | None
    """(longitude, latitude) to invent places around; None: the net's own geodata."""


def make_choices(
    year: int, load_factor_frac: float, country: str | None, technology: str | None, at: str | None
) -> Choices:
    """Raises `BadInput` with every answer that cannot be used; the country is checked with the weather's tables."""
    problems = []
    if not 2000 <= year <= 2100:
        problems.append(Problem("--year", str(year), "2000 to 2100"))
    if not LOAD_FACTOR_FRAC[0] <= load_factor_frac <= LOAD_FACTOR_FRAC[1]:
        problems.append(Problem("--load-factor", f"{load_factor_frac:g}", "a share from 0.3 to 1"))
    if technology is not None and technology not in TECHNOLOGIES:
        near = difflib.get_close_matches(technology, TECHNOLOGIES, n=1)
        remedy = f'Did you mean "{near[0]}"?' if near else ""
        problems.append(Problem("--technology", repr(technology), f"one of {', '.join(TECHNOLOGIES)}", remedy))
    centre = None if at is None else _point(at)
    if at is not None and centre is None:
        problems.append(Problem("--at", repr(at), "LATITUDE,LONGITUDE in degrees, for example 43.6,51.2"))
    if problems:
        raise BadInput(problems)
    return Choices(year, load_factor_frac, country, technology, centre)


def _point(at: str) -> tuple[float, float] | None:
    try:
        latitude_deg, longitude_deg = (float(part) for part in at.split(","))
    except ValueError:
        return None
    inside = math.isfinite(latitude_deg + longitude_deg) and abs(latitude_deg) <= 85 and abs(longitude_deg) <= 180
    return (longitude_deg, latitude_deg) if inside else None
