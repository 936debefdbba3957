"""The solved year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from greengrid.hourly import Clock, HourlyTable

NO_COLUMNS = HourlyTable((), np.zeros((0, 0)))


@dataclass(frozen=True)
class LeftToAutomatics:
    """What an N-1 secure dispatch does not hold beforehand: automatics act after the outage."""

    outage: str
    """A branch, or LOSSES."""
    limit: str
    way: str
    """forward or reverse."""
    hours: int
    """In which the outage breaks the limit."""
    excess_max_mw: float


LOSSES = "any unit, pole or island"


@dataclass(frozen=True)
class Certificate:
    """How good the dispatch provably is, for the undecomposed problem."""

    objective_usd_real: float
    lower_bound_usd_real: float
    gap_frac: float
    balance_residual_max_mw: float
    method: str
    repaired: int = 0
    """Device-hours that the linear program used both ways at once, fixed to one way."""
    repair_cost_usd_real: float = 0.0
    foresight_cost_usd_real: float | None = None
    """Cost of seven-day foresight over perfect foresight, part of the gap; None where foresight is perfect."""
    security_cost_usd_real: float | None = None
    """What the rows of outages add to the cost; None where the dispatch does not hold them."""
    outage_rows: int = 0
    """Pairs of an outage and a limit that the dispatch holds."""
    loss_rows: int = 0
    """Hours of limits on which it keeps room for the loss of a unit, a pole or an island."""
    left: tuple[LeftToAutomatics, ...] = ()
    """Holding them costs more than consumers who are paid to stand back, or nothing can hold them."""


@dataclass(frozen=True)
class Dispatch:
    """Hourly results; every table shares the clock. Power in MW, prices in real USD/MWh of the price base year."""

    clock: Clock
    certificate: Certificate
    generation_mw: HourlyTable
    """One column per plant part (`Plant.name`); batteries: discharge."""
    charge_mw: HourlyTable
    """One column per battery."""
    level_mwh: HourlyTable
    """One column per battery and reservoir, at the end of the hour (reservoirs: interpolated within the day)."""
    curtailed_mw: HourlyTable
    """One column per wind or solar plant."""
    spilled_mw: HourlyTable
    """One column per hydro plant."""
    served_mw: HourlyTable
    """One column per load bus: gross demand less what is shed. The losses on the modelled network are part of it: the
    AC power flow takes their estimate off the loads and finds them on the branches."""
    shed_mw: HourlyTable
    """One column per load bus."""
    dumped_mw: HourlyTable
    """One column per bus with must-run units: output that nobody could use."""
    import_mw: HourlyTable
    """One column per border: bought from the neighbour, at the border bus."""
    export_mw: HourlyTable
    """One column per border: sold to the neighbour, at the border bus."""
    branch_mw: HourlyTable
    """One column per line and transformer, positive from -> to (hv -> lv)."""
    link_sent_mw: HourlyTable
    """Columns NAME:forward and NAME:reverse: power drawn at the sending end, without idle loss."""
    link_received_mw: HourlyTable
    """Columns NAME:forward and NAME:reverse: power given at the receiving end."""
    link_idle_mw: HourlyTable
    """Columns NAME: idle loss of both stations together, half drawn at each end."""
    price_usd_per_mwh: HourlyTable
    """One column per bus: the dual of its balance."""
    interface_mw: HourlyTable
    """One column per interface, forward positive."""
    market_price_usd_per_mwh: HourlyTable
    """One column per border: the neighbour's price after the slope."""
    stood_back_mw: HourlyTable = NO_COLUMNS
    """One column per load bus: of what is shed, the part of consumers who are paid to stand back."""
    online_mw: HourlyTable = NO_COLUMNS
    """One column per class of units: capacity that runs; no columns without commitment."""
    started_mw: HourlyTable = NO_COLUMNS
    """Likewise: capacity that starts in the hour."""
