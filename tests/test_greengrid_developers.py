"""The developers' side by hand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from greengrid.developers import annuity_factor, developer_rows, renewable_projects, return_pa
from greengrid.errors import BadInput
from greengrid.hourly import HourlyTable


@dataclass(frozen=True)
class _Plant:
    name: str
    country: str = "KZ"
    zone: str = "KZ-West"
    technology: str = "wind_onshore"
    bus: str = "A"
    capacity_mw: float = 100.0


def _table(hours: int = 8760, **columns: float) -> HourlyTable:
    return HourlyTable(tuple(columns), np.column_stack([np.full(hours, value) for value in columns.values()]))


def test_a_wind_park_by_hand() -> None:
    """40 MW of 100 sold at 30 USD all year, 10 curtailed: floor = (1250 x annuity(7 %, 25) + 24)/3.504 MWh per kW."""
    (row,) = developer_rows([_Plant("w")], _table(w=40.0), _table(w=10.0), _table(A=30.0), price_base_year=2025)
    assert row.kind == "wind_mangystau"
    assert row.curtailed_frac == pytest.approx(0.2)
    assert row.capture_price_usd_per_mwh == pytest.approx(30.0)
    energy = 0.4 * 8.76
    factor = 0.07 / (1 - 1.07**-25)
    assert row.floor_price_usd_per_mwh == pytest.approx((1250 * factor + 24) / energy)
    income = 30 * energy - 24
    assert row.irr_real_pa is not None
    assert income == pytest.approx(1250 * row.irr_real_pa / (1 - (1 + row.irr_real_pa) ** -25))


def test_at_its_floor_price_a_park_earns_what_is_asked() -> None:
    """The captured price set to the floor price gives the return of the table."""
    floor = developer_rows([_Plant("w")], _table(w=40.0), _table(w=0.0), _table(A=30.0), price_base_year=2025)[0]
    price = float(floor.floor_price_usd_per_mwh or 0)
    (row,) = developer_rows([_Plant("w")], _table(w=40.0), _table(w=0.0), _table(A=price), price_base_year=2025)
    assert row.irr_real_pa == pytest.approx(0.07)


def test_what_never_runs_has_no_price() -> None:
    """All curtailed: no captured price, no floor, no return; and a part of a year is refused."""
    (row,) = developer_rows([_Plant("w")], _table(w=0.0), _table(w=10.0), _table(A=30.0), price_base_year=2025)
    assert (row.capture_price_usd_per_mwh, row.floor_price_usd_per_mwh, row.irr_real_pa) == (None, None, None)
    with pytest.raises(BadInput, match="whole year"):
        developer_rows([_Plant("w")], _table(24, w=1.0), _table(24, w=0.0), _table(24, A=1.0), price_base_year=2025)


def test_a_country_without_costs_has_prices_alone() -> None:
    """Captured price and curtailment stay; floor price and return are none."""
    (row,) = developer_rows(
        [_Plant("w", country="XX")], _table(w=40.0), _table(w=10.0), _table(A=30.0), price_base_year=2025
    )
    assert (row.kind, row.floor_price_usd_per_mwh, row.irr_real_pa) == ("", None, None)
    assert row.capture_price_usd_per_mwh == pytest.approx(30.0)


def test_annuity_and_return_are_inverse() -> None:
    """At 0 % the factor is 1/n; a return gives back its factor."""
    assert annuity_factor(0.0, 20) == pytest.approx(0.05)
    assert return_pa(100.0, 100 * annuity_factor(0.083, 20), 20) == pytest.approx(0.083)


def test_every_row_is_sourced_and_in_order() -> None:
    """Low, central and high capex in order; one row for every kind of plant of the four countries."""
    for row in renewable_projects():
        assert row.capex_low_usd_per_kw <= row.capex_usd_per_kw <= row.capex_high_usd_per_kw
        assert row.source
