"""A case's own limits of cuts, in place of the tables': what if the transfer that nobody publishes were another?"""

from __future__ import annotations

import difflib
from dataclasses import replace

from pydantic import Field

from greengrid.case_keys import NotNegative, Part
from greengrid.errors import BadInput, Problem
from networks.grid import Grid


class InterfaceCase(Part):
    """Override of an interface limit of the data set."""

    forward_max_mw: NotNegative = Field(le=30_000)
    """In the direction of the interface's name, packages included."""
    reverse_max_mw: NotNegative = Field(le=30_000)


def with_own_limits(grid: Grid, limits: dict[str, InterfaceCase]) -> Grid:
    """The grid with the case's limits; raises BadInput for every name that is no interface of the grid."""
    known = [cut.name for cut in grid.interfaces]
    unknown = [name for name in limits if name not in known]
    if unknown:
        raise BadInput(
            Problem(
                f"interface.{name}",
                "an unknown interface",
                f"one of {', '.join(known)}",
                "Nearest: " + ", ".join(difflib.get_close_matches(name, known, n=2, cutoff=0.2)),
            )
            for name in unknown
        )
    cuts = tuple(
        replace(
            cut,
            forward_max_mw=limits[cut.name].forward_max_mw,
            reverse_max_mw=limits[cut.name].reverse_max_mw,
            confidence="D",
            source="limit of the case",
        )
        if cut.name in limits
        else cut
        for cut in grid.interfaces
    )
    return replace(grid, interfaces=cuts)
