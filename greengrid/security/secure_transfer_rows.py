"""The outage rows that flows break, for the secure dispatch: one circuit of every line and transformer."""

from __future__ import annotations

import numpy as np

from greengrid.dispatch.network import make_network
from greengrid.dispatch.secure_pairs import SLACK_MW, Find, OutagePair
from greengrid.hourly import Array
from greengrid.security.outages_parameters import Parameters, read_parameters
from greengrid.security.screening import screen_circuits
from greengrid.security.screening_limits import make_limits
from greengrid.security.sensitivities import make_sensitivities
from networks.grid import Grid


def outage_finder(grid: Grid, parameters: Parameters | None = None) -> Find:
    """Pairs that flows break, screened as in the security study; islanding outages are left out."""
    sensitivities = make_sensitivities(grid)
    limits = make_limits(grid, sensitivities, parameters or read_parameters())
    number = {name: k for k, name in enumerate(make_network(grid).limits)}
    order = np.array([number[name] for name in sensitivities.monitored])

    def find(flow_mw: Array) -> tuple[OutagePair, ...]:
        found = screen_circuits(sensitivities, limits, np.ascontiguousarray(flow_mw[:, order]))
        pairs = []
        for k, row in np.argwhere(found.hours > 0).tolist():
            own = sensitivities.outage_rows[k] == row
            share = float(sensitivities.left_frac[k]) if own else 1.0
            pairs.append(
                OutagePair(
                    sensitivities.outages[k],
                    sensitivities.monitored[row],
                    float(sensitivities.answer[k, row]),
                    float(limits.emergency_forward_mw[row]) * share - SLACK_MW,
                    -float(limits.emergency_reverse_mw[row]) * share + SLACK_MW,
                )
            )
        return tuple(pairs)

    return find
