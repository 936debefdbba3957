"""The hourly series of one weather year that drive the dispatch."""

from __future__ import annotations

from dataclasses import dataclass

from greengrid.hourly import Clock, HourlyTable


@dataclass(frozen=True)
class Profiles:
    """All series share one clock."""

    clock: Clock
    availability_frac: HourlyTable
    """One column per wind or solar plant (`Plant.name`), 0..1 of its capacity, all losses taken off."""
    demand_mw: HourlyTable
    """One column per zone (`ZoneDemand.zone`), gross of network losses."""
    inflow_mw: HourlyTable
    """One column per hydro plant (`Plant.name`): the energy of the water that arrives, as power."""
    market_price_usd_per_mwh: HourlyTable
    """One column per market (`Border.market`): the price in the neighbour's system before anything is traded with us,
    real USD of the case's price base year."""
    notes: tuple[str, ...] = ()
    """What was done with a user's own files."""

    def window(self, first: int, hours: int) -> Profiles:
        return Profiles(
            self.clock.window(first, hours),
            self.availability_frac.window(first, hours),
            self.demand_mw.window(first, hours),
            self.inflow_mw.window(first, hours),
            self.market_price_usd_per_mwh.window(first, hours),
            self.notes,
        )
