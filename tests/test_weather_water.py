"""Water: national totals, months and reservoirs."""

from __future__ import annotations

import numpy as np
import pytest
from weather_case import YEAR, corridor, grid_of, plant

from greengrid.errors import BadInput
from greengrid.hourly import Clock
from greengrid.weather import reservoirs
from greengrid.weather.tables import read_tables
from greengrid.weather.water import HYDRO_TECHNOLOGIES, hydro_plants, inflow_mw
from networks.grid import Plant

CLOCK = Clock.of_year(YEAR)
CONTROL_GWH = {
    # average, dry, wet; UZ 2035 holds two new schemes beyond the control total of the existing fleet
    ("KZ", 2025): (9650, 7370, 12030),
    ("UZ", 2025): (7600, 6000, 9000),
    ("AZ", 2025): (2295, 1480, 3380),
    ("GE", 2025): (10600, 9100, 12100),
}


@pytest.mark.parametrize(("country", "year"), CONTROL_GWH)
@pytest.mark.parametrize("kind", ["average", "dry", "wet"])
def test_national_totals(country: str, year: int, kind: str) -> None:
    """The fleet of 2025 closes on the control totals of an average, a dry and a wet year within 1 GWh."""
    plants = [p for p in hydro_plants(corridor(year).plants) if p.country == country]
    series = inflow_mw(plants, Clock.of_year(year), hydro=kind, tables=read_tables())  # type: ignore[arg-type]
    wanted = CONTROL_GWH[country, year][["average", "dry", "wet"].index(kind)]
    assert np.sum(series) / 1000 == pytest.approx(wanted, abs=1.0)


MEASURED_GWH = {"KZ": 9200, "UZ": 6300, "AZ": 2900, "GE": 11000}


def test_a_measured_year_closes_on_what_each_country_made() -> None:
    """The plants of 2025 make the published energy of 2025 in every country, in the months of an average year."""
    plants = hydro_plants(corridor(2025).plants)
    clock = Clock.of_year(2025)
    measured = inflow_mw(plants, clock, hydro="measured", tables=read_tables())
    average = inflow_mw(plants, clock, hydro="average", tables=read_tables())
    for country, wanted_gwh in MEASURED_GWH.items():
        pairs = [(m, a) for p, m, a in zip(plants, measured, average, strict=True) if p.country == country]
        assert sum(m.sum() for m, _ in pairs) / 1000 == pytest.approx(wanted_gwh, abs=1.0)
        ratios = [m.sum() / a.sum() for m, a in pairs]
        assert max(ratios) == pytest.approx(min(ratios))


def test_a_year_that_nobody_measured_is_refused() -> None:
    """A future year has no measured water: every country without a row is named."""
    plants = hydro_plants(corridor().plants)
    with pytest.raises(BadInput) as caught:
        inflow_mw(plants, CLOCK, hydro="measured", tables=read_tables())
    assert len(caught.value.problems) == len({p.country for p in plants})
    assert str(YEAR) in str(caught.value)


def test_every_plant_has_a_row_of_its_own() -> None:
    """No hydro plant of the corridor falls back on its country's row."""
    known = {(row.country, row.plant) for row in read_tables().hydro}
    for p in hydro_plants(corridor().plants):
        assert (p.country, p.plant) in known


def test_months_follow_the_shares() -> None:
    """Charvak makes 14.4 % of its year in June; months are within .01 points of the table and hours join smoothly."""
    charvak = next(p for p in hydro_plants(corridor().plants) if p.plant == "Charvak HPP")
    series = inflow_mw([charvak], CLOCK, hydro="average", tables=read_tables())[0]
    row = next(row for row in read_tables().hydro if row.plant == "Charvak HPP")
    got = np.array([series[CLOCK.months == month].sum() for month in range(1, 13)]) / series.sum()
    assert got == pytest.approx(np.array(row.share_frac) / sum(row.share_frac), abs=1e-4)
    assert got[5] == pytest.approx(0.144, abs=0.001)
    assert np.abs(np.diff(series)).max() < 0.005 * series.mean()
    assert series.min() > 0


def test_inflow_fits_the_turbines() -> None:
    """In an average year no hydro plant's inflow exceeds its capacity: the capacities and energies fit together."""
    plants = hydro_plants(corridor().plants)
    for p, series in zip(plants, inflow_mw(plants, CLOCK, hydro="average", tables=read_tables()), strict=True):
        assert series.max() < p.capacity_mw, p.name


def test_reservoirs() -> None:
    """Bukhtarma holds 4,500 GWh and releases at least .45 of its mean inflow; every hydro plant is there."""
    found = reservoirs(corridor())
    assert found["Bukhtarminskaya HPS"] == (4_500_000.0, 0.45)
    assert set(found) == {p.name for p in corridor().plants if p.technology in HYDRO_TECHNOLOGIES}


def split(capacity_mw: tuple[float, ...]) -> tuple[Plant, ...]:
    """Charvak on several buses."""
    return tuple(
        plant(f"Charvak part {k}", "hydro_reservoir", 41.6, 70.0, "UZ", "UZ-Tashkent", mw, whole="Charvak HPP")
        for k, mw in enumerate(capacity_mw)
    )


def test_parts_share_by_capacity() -> None:
    """A plant split 1 to 3 over two buses splits its water and storage 1 to 3, and the sums stay."""
    parts = split((155.0, 465.0))
    series = inflow_mw(parts, CLOCK, hydro="average", tables=read_tables())
    assert series[1] == pytest.approx(3 * series[0])
    assert np.sum(series) == pytest.approx(2_000_000, rel=1e-9)
    assert [item[0] for item in reservoirs(grid_of(parts)).values()] == pytest.approx([122_500, 367_500])


def test_unknown_plant_takes_its_country_s_hours() -> None:
    """An unlisted Georgian plant of 100 MW makes 440 GWh (4,400 h) and holds no water back."""
    new = plant("New HPP", "hydro_ror", 42.0, 43.0, "GE", "GE", 100.0)
    series = inflow_mw([new], CLOCK, hydro="average", tables=read_tables())[0]
    assert series.sum() == pytest.approx(440_000, rel=1e-9)
    assert reservoirs(grid_of((new,)))["New HPP"] == (0.0, 0.0)


def test_unknown_country_is_refused() -> None:
    """A plant of a country without rows is named."""
    with pytest.raises(BadInput, match=r"hydro.csv, Nowhere HPP"):
        inflow_mw([plant("Nowhere HPP", "hydro_ror", 42.0, 43.0, "XX")], CLOCK, hydro="dry", tables=read_tables())
