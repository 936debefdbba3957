"""The time axis: construction, operation, one closing year. Flows fall at the end of their period.

Years count from the first year of construction, year 0, which is not discounted. A year has `payments_per_year`
periods for construction draws and debt; money of the project itself (capex, revenue, opex, tax) is known per year and
spread evenly over its periods, so that yearly sums are the same for every mix.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def locked(values: FloatArray) -> FloatArray:
    """The array, read-only from now on."""
    values.setflags(write=False)
    return values


@dataclass(frozen=True, slots=True)
class Timeline:
    """Periods of one project under one mix."""

    first_year: int
    construction_years: int
    operation_years: int
    payments_per_year: int

    @property
    def years(self) -> tuple[int, ...]:
        """Calendar years: construction, operation, and the year of decommissioning."""
        return tuple(range(self.first_year, self.first_year + self.construction_years + self.operation_years + 1))

    @property
    def construction_periods(self) -> int:
        """Periods in which money is drawn."""
        return self.construction_years * self.payments_per_year

    @property
    def operation_periods(self) -> int:
        """Periods in which the project earns."""
        return self.operation_years * self.payments_per_year

    @property
    def periods(self) -> int:
        """All periods; the year of decommissioning has none."""
        return self.construction_periods + self.operation_periods

    def yearly(self, per_period: FloatArray) -> FloatArray:
        """Sums per calendar year of an array over all periods; shape (years,), the closing year 0."""
        sums = per_period.reshape(-1, self.payments_per_year).sum(axis=1)
        return np.append(sums, 0.0)

    def spread(self, per_year: FloatArray) -> FloatArray:
        """Yearly amounts spread evenly over the periods of each year; closing year excluded."""
        return np.repeat(per_year / self.payments_per_year, self.payments_per_year)
