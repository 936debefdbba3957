"""A loan shaped to the cash flow: debt service = cash available / target cover ratio in every period.

L = sum DS_k/(1+r)^k, so that LLCR equals the target (Yescombe, Principles of Project Finance, ch. 12). Balances never
rise: where cash cannot cover the interest at the target ratio, the loan is made smaller instead.
"""

from __future__ import annotations

import numpy as np

from financing.timeline import FloatArray


def balance_path(available_service: FloatArray, rates: FloatArray | float) -> FloatArray:
    """Largest balance at the start of each period that the service available can carry and repay.

    Backward: b_k = min((b_(k+1) + DS_k)/(1+r), DS_k/r); forward: never rising. Length is one more than the input; the
    last is 0. Money of the loan's currency; `rates` per period, one for all
    or one for each.
    """
    balance = 0.0
    backward = [0.0]
    each = np.broadcast_to(rates, available_service.shape)
    for service, rate in zip(available_service[::-1].tolist(), each[::-1].tolist(), strict=True):
        balance = (balance + service) / (1.0 + rate)
        if rate > 0.0:
            balance = min(balance, service / rate)
        backward.append(balance)
    return np.minimum.accumulate(np.asarray(backward[::-1]))


def sculpted_shares(available_service: FloatArray, rates: FloatArray | float) -> tuple[float, FloatArray]:
    """Debt capacity and the share of the loan repaid in each period (sums to one; even where there is no capacity)."""
    path = balance_path(available_service, rates)
    capacity = float(path[0])
    if capacity <= 0.0:
        return 0.0, np.full(len(available_service), 1.0 / len(available_service))
    return capacity, -np.diff(path) / capacity
