"""Grant element: how much softer a loan is than money at a reference rate.

GE = 1 - PV(service)/PV(draws), at yearly effective rates: 5 % for the IMF and World Bank since October 2013 (IMF 2013,
Reform of the policy on public debt limits), 9/7/6 % by borrower's income group for the OECD DAC since 2018 (OECD,
Converged Statistical Reporting Directives, annex on concessionality).
"""

from __future__ import annotations

import numpy as np

from financing.instruments import INSTRUMENTS
from financing.timeline import FloatArray

IMF_RATE_PA = 0.05
DAC_RATES_PA = {"upper middle income": 0.06, "lower middle income": 0.07, "least developed or low income": 0.09}
REPORTED_RATES_PA = (IMF_RATE_PA, *DAC_RATES_PA.values())


def present_value(flows: FloatArray, rate_pa: float, payments_per_year: int) -> float:
    """At the start of period 1, flows at period ends numbered from 0 at signing: flow k falls k/m years after it."""
    years = np.arange(len(flows)) / payments_per_year
    return float(flows @ (1.0 + rate_pa) ** -years)


def grant_element(draws: FloatArray, service: FloatArray, rate_pa: float, payments_per_year: int) -> float | None:
    """1 - PV(service)/PV(draws) of flows on one axis; None where nothing is drawn."""
    drawn = present_value(draws, rate_pa, payments_per_year)
    return None if drawn <= 0.0 else 1.0 - present_value(service, rate_pa, payments_per_year) / drawn


def grant_element_of_terms(
    rate_pa: float, tenor_years: float, grace_years: float, *, style: str, discount_pa: float, payments_per_year: int
) -> float:
    """Of a loan drawn at once at signing, by its flows. Grace is interest-only: with the DAC's grace G, counted to the
    first repayment, this grace is G - 1/payments_per_year."""
    payments = round(tenor_years * payments_per_year)
    waiting = round(grace_years * payments_per_year)
    rate = rate_pa / payments_per_year
    repaid = np.zeros(payments)
    repaid[waiting:] = INSTRUMENTS[style](rate, payments - waiting)
    owed = 1.0 - np.concatenate([[0.0], np.cumsum(repaid)[:-1]])
    service = np.concatenate([[0.0], repaid + owed * rate])
    draws = np.zeros(payments + 1)
    draws[0] = 1.0
    value = grant_element(draws, service, discount_pa, payments_per_year)
    return value if value is not None else 0.0


def grant_element_equal_principal(
    rate_pa: float, maturity_years: float, grace_years: float, discount_pa: float, payments_per_year: int
) -> float:
    """The closed form for equal principal (OECD DAC, Reporting Directives, annex on the grant element).

    G is counted from commitment to the first repayment; INT = G - 1/A, DR = M - INT, D = (1+i)^(1/A) - 1:
    GE = (1 - (r/A)/D) (1 - ((1+i)^-INT - (1+i)^-M)/(D A DR)).
    """
    interval = grace_years - 1.0 / payments_per_year
    step = (1.0 + discount_pa) ** (1.0 / payments_per_year) - 1.0
    repaying = maturity_years - interval
    spread = (1.0 + discount_pa) ** -interval - (1.0 + discount_pa) ** -maturity_years
    softness = 1.0 - rate_pa / payments_per_year / step
    return float(softness * (1.0 - spread / (step * payments_per_year * repaying)))
