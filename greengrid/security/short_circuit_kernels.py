"""The driving-point impedance of a bus for many hours: compiled, on the factor pattern of `AreaArrays`."""

from __future__ import annotations

import numpy as np

from greengrid.security.batch_compiled import compiled
from greengrid.security.batch_network import AreaArrays, Complex


@compiled
def _factorise(net: AreaArrays, block: Complex, x: Complex) -> None:
    """LU in place with the forward half of one right-hand side."""
    n, product = len(net.order), 0
    for k in range(n):
        i = net.order[k]
        first, last = net.later_start[k], net.later_start[k + 1]
        for p in range(first, last):
            low = n + 2 * p + 1
            factor = block[low] / block[i]
            x[net.later_bus[p]] -= factor * x[i]
            for s in range(first, last):
                block[net.target[product]] -= factor * block[n + 2 * s]
                product += 1


@compiled
def _back(net: AreaArrays, block: Complex, x: Complex, bus: int) -> complex:
    """The backward half; the value at `bus`."""
    n = len(net.order)
    for k in range(n - 1, -1, -1):
        i = net.order[k]
        for p in range(net.later_start[k], net.later_start[k + 1]):
            x[i] -= block[n + 2 * p] * x[net.later_bus[p]]
        x[i] /= block[i]
    return complex(x[bus])


@compiled
def driving_impedance(net: AreaArrays, y: Complex, sources: Complex, bus: int, out: Complex) -> None:
    """Fills `out` (hours,) with the impedance seen from `bus`, per unit.

    y (m, 4) are the branches' admittances, sources (hours, n) those of machines and neighbours to ground.
    """
    n = len(net.order)
    base = np.zeros(n + 2 * len(net.later_bus), np.complex128)
    for m in range(len(net.branch_from)):
        base[net.branch_from[m]] += y[m, 0]
        base[net.branch_to[m]] += y[m, 3]
        base[net.branch_block[m, 0]] += y[m, 1]
        base[net.branch_block[m, 1]] += y[m, 2]
    block, x = np.empty_like(base), np.empty(n, np.complex128)
    for k in range(len(out)):
        block[:] = base
        block[:n] += sources[k]
        x[:] = 0.0
        x[bus] = 1.0
        _factorise(net, block, x)
        out[k] = _back(net, block, x, bus)
