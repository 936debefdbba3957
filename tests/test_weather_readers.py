"""Readers of weather files: the same made-up weather in every layout gives the same hours, whatever its clock."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import weather_layouts as layouts
from weather_case import plant

from greengrid.case_keys import WeatherFile
from greengrid.errors import BadInput
from greengrid.hourly import Array, Clock, HourlyTable
from greengrid.weather.files import replace_series
from greengrid.weather.profiles import Profiles
from greengrid.weather.readers import FORMATS
from greengrid.weather.readers.clock import to_utc
from greengrid.weather.readers.record import Unreadable

SAMPLES = Path(__file__).parent / "cases" / "weather_files"
TWO_DAYS = Clock(datetime(2019, 1, 1, tzinfo=UTC), 48)
SUN = plant("sun", "solar", 39.95, 49.40, "AZ", "AZ")
WIND = plant("wind", "wind_onshore", 39.95, 49.40, "AZ", "AZ")


def entry(path: Path | str, form: str, **more: Any) -> WeatherFile:
    """An entry of weather.files as a case holds it."""
    return WeatherFile.model_validate({"path": str(path), "format": form, **more})


def blank(clock: Clock) -> Profiles:
    """One solar plant and one wind farm, both at rest."""
    zero = [np.zeros(clock.hours)] * 2
    none = HourlyTable.of([], [], clock.hours)
    return Profiles(clock, HourlyTable.of(["sun", "wind"], zero, clock.hours), none, none, none)


def brought(clock: Clock, file: WeatherFile) -> Array:
    """The series that a file brings to its one target."""
    own = replace_series(blank(clock), {"availability": [file]}, [SUN, WIND])
    assert own.notes
    return own.availability_frac[file.series[0]]


@pytest.mark.parametrize(
    ("name", "form", "more"),
    [
        ("era5.nc", "era5", {"fill_h": 1, "year": 2019}),
        ("era5_classic.nc", "era5", {"fill_h": 1, "year": 2019}),
        ("atlite_cutout.nc", "atlite", {"fill_h": 1, "year": 2019}),
        ("pvgis_hourly.csv", "pvgis", {}),
        ("pvgis_hourly.json", "pvgis", {}),
        ("pvgis_typical.csv", "pvgis", {"year": "any"}),
        ("pvgis_typical.json", "pvgis", {"year": "any"}),
    ],
)
def test_every_layout_of_the_sun_gives_the_same_two_days(
    tmp_path: Path, name: str, form: str, more: dict[str, Any]
) -> None:
    """Beginning, ending and minutes are understood: the days' middle and sum are those of a file at half past, though
    the satellite of PVGIS looked at ten past. It sees nothing of a sun that rises at quarter past: that hour is lost.
    """
    half_past = layouts.pvgis_hourly(tmp_path / "half.csv", layouts.hours(2019, 48), minute=30)
    reference = brought(TWO_DAYS, entry(half_past, "pvgis", series=["sun"]))
    found = brought(TWO_DAYS, entry(SAMPLES / name, form, series=["sun"], **more))
    middle = (found * np.arange(48)).sum() / found.sum() - (reference * np.arange(48)).sum() / reference.sum()
    assert middle == pytest.approx(0.0, abs=0.02 if form != "pvgis" else 0.18)
    assert found.sum() == pytest.approx(reference.sum(), rel=0.05)
    apart = np.sort(np.abs(found - reference))
    assert apart[-1 if form != "pvgis" else -3] < 0.03


@pytest.mark.parametrize(
    ("name", "form", "more"),
    [
        ("era5.nc", "era5", {"year": 2019}),
        ("era5_classic.nc", "era5", {"year": 2019}),
        ("atlite_cutout.nc", "atlite", {"year": 2019}),
        ("wtk.csv", "wtk", {}),
    ],
)
def test_every_layout_of_the_wind_gives_the_same_two_days(name: str, form: str, more: dict[str, Any]) -> None:
    """Wind at 100 m in ERA5, atlite and WIND Toolkit files meets the model's curve alike (15 minutes are averaged)."""
    from greengrid.weather.conversion import wind_availability
    from greengrid.weather.tables import read_tables

    index = layouts.hours(2019, 48)
    weather = {"wind_speed_m_per_s": layouts.wind_m_per_s(index), "temperature_deg_c": layouts.temperature_deg_c(index)}
    weather["pressure_pa"] = np.full(48, layouts.PRESSURE_PA)
    weather["wind_speed_m_per_s"] *= 0.97 if form == "era5" else 1.0  # the nearest cell of the sample
    wanted = wind_availability(WIND, weather, 100.0, read_tables())
    found = brought(TWO_DAYS, entry(SAMPLES / name, form, series=["wind"], **more))
    assert np.ptp(found) > 0.3
    assert found == pytest.approx(wanted, abs=0.012)


def test_capacity_factors_stay_as_they_are() -> None:
    """ninja point (kW of 2 kW), ninja country and atlite's profiles reach the plant untouched."""
    index = layouts.hours(2019, 48)
    point = brought(TWO_DAYS, entry(SAMPLES / "ninja_point.csv", "ninja", series=["sun"]))
    assert point == pytest.approx(layouts.ghi_w_per_m2(index) / 1000 * 0.9, abs=1e-5)
    wind = np.clip(layouts.wind_m_per_s(index) / 14, 0, 1)
    country = brought(TWO_DAYS, entry(SAMPLES / "ninja_country.csv", "ninja", series=["wind"], column="NATIONAL"))
    assert country == pytest.approx(wind, abs=1e-4)
    bus = entry(SAMPLES / "atlite_profiles.nc", "atlite", series=["wind"], column="AZ0 0", stamp="beginning")
    assert brought(TWO_DAYS, bus) == pytest.approx(wind, abs=1e-5)


def test_ninja_without_local_time_and_with_semicolons(tmp_path: Path) -> None:
    """Both variants of the head, and a file saved again by a spreadsheet, read the same."""
    index = layouts.hours(2019, 48)
    point = layouts.ninja_point(tmp_path / "p.csv", index, local=False)
    country = layouts.ninja_country(tmp_path / "c.csv", index, delimiter=";")
    assert brought(TWO_DAYS, entry(point, "ninja", series=["sun"])).max() > 0.2
    assert brought(TWO_DAYS, entry(country, "ninja", series=["wind"], column="onshore")).max() > 0.5


def test_pv_power_counts_per_kilowatt_peak(tmp_path: Path) -> None:
    """P of a system of 1.5 kWp over its capacity."""
    index = layouts.hours(2019, 48)
    path = layouts.pvgis_hourly(tmp_path / "p.csv", index, power=True)
    level = layouts.ghi_w_per_m2(index, 10 / 60)
    assert brought(TWO_DAYS, entry(path, "pvgis", series=["sun"])) == pytest.approx(level / 1000 * 0.8, abs=1e-4)


def test_epw_is_local_time_hour_ending(tmp_path: Path) -> None:
    """A year of EPW stands for 2035 and gives the year that PVGIS gives, though its clock is UTC+4 and ending."""
    clock = Clock.of_year(2035)
    file = layouts.epw(tmp_path / "a.epw")
    typical = layouts.pvgis_typical(tmp_path / "t.csv", layouts.hours(), offset_h=0.5)
    from_epw = brought(clock, entry(file, "epw", series=["sun"], year="any"))
    from_pvgis = brought(clock, entry(typical, "pvgis", series=["sun"], year="any"))
    assert from_epw.mean() == pytest.approx(from_pvgis.mean(), rel=0.01)
    assert np.corrcoef(from_epw, from_pvgis)[0, 1] > 0.995
    for shifted in (np.roll(from_epw, 1), np.roll(from_epw, -1)):
        assert np.corrcoef(from_epw, from_pvgis)[0, 1] > np.corrcoef(shifted, from_pvgis)[0, 1] + 0.01


def test_town_names_of_epw_need_not_be_utf8(tmp_path: Path) -> None:
    """Older files are in Latin-1."""
    path = layouts.epw(tmp_path / "a.epw", days=2)
    path.write_bytes(path.read_bytes().replace(b"Alat", b"G\xe4nc\xe4"))
    record = FORMATS["epw"](entry(path, "epw"))
    assert len(record.variables["ghi_w_per_m2"].values) == 48


def test_grid_too_large_for_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of values is known before they are unpacked."""
    from greengrid.weather.readers import netcdf

    monkeypatch.setattr(netcdf, "VALUES_MAX", 100)
    with pytest.raises(Unreadable, match="Cut it to the cells around your plants"):
        FORMATS["era5"](entry(SAMPLES / "era5.nc", "era5"))


def test_missing_codes_of_epw_are_gaps(tmp_path: Path) -> None:
    """9999 Wh/m2 is no sunshine but a missing value; asked for, it is filled and told."""
    path = layouts.epw(tmp_path / "a.epw", days=365)
    lines = path.read_text().splitlines()
    cells = lines[8 + 12].split(",")
    cells[13] = "9999"
    lines[8 + 12] = ",".join(cells)
    path.write_text("\n".join(lines))
    clock = Clock.of_year(2035)
    with pytest.raises(BadInput, match="fill_h = 1"):
        brought(clock, entry(path, "epw", series=["sun"], year="any"))
    own = replace_series(
        blank(clock), {"availability": [entry(path, "epw", series=["sun"], year="any", fill_h=1)]}, [SUN, WIND]
    )
    assert any("1 missing hours filled by straight lines: 1 h from 2035-01-01T08:00 UTC" in note for note in own.notes)


def test_own_table_in_another_clock() -> None:
    """UTC+4, hour-ending: the first row is the hour that begins at midnight UTC."""
    file = entry(SAMPLES / "own.csv", "csv", series=["sun"], zone="UTC+4", stamp="ending")
    wanted = layouts.ghi_w_per_m2(layouts.hours(2019, 48)) / 1361
    assert brought(TWO_DAYS, file) == pytest.approx(wanted, abs=1e-6)
    named = file.model_copy(update={"zone": "Asia/Baku"})
    assert brought(TWO_DAYS, named) == pytest.approx(wanted, abs=1e-6)


def test_zone_with_summer_time_is_followed() -> None:
    """Bucharest's double hour in autumn 2019 becomes two hours, its missing one in spring is no gap."""
    utc = pd.date_range("2019-01-01", "2019-12-31 20:00", freq="h", tz="UTC")
    local = utc.tz_convert("Europe/Bucharest").tz_localize(None).to_numpy().astype("datetime64[s]")
    back = to_utc("file", local, "Europe/Bucharest")
    assert np.array_equal(back, utc.tz_localize(None).to_numpy().astype("datetime64[s]"))


def test_archive_of_two_files_is_one_record(tmp_path: Path) -> None:
    """A zip and a folder of the same file read alike."""
    with zipfile.ZipFile(tmp_path / "both.zip", "w") as archive:
        archive.write(SAMPLES / "era5.nc", "data_stream-oper_stepType-instant.nc")
    plain = FORMATS["era5"](entry(SAMPLES / "era5.nc", "era5"))
    zipped = FORMATS["era5"](entry(tmp_path / "both.zip", "era5"))
    for name, variable in plain.variables.items():
        assert np.array_equal(variable.values, zipped.variables[name].values, equal_nan=True)


def test_point_series_of_era5_is_the_grid_at_a_point(tmp_path: Path) -> None:
    """The store's CSV gives the sun of the netCDF file (split by Erbs, as it has no fdir) and wind at 10 m."""
    path = layouts.era5_point(tmp_path / "point.csv", layouts.hours(2019, 48))
    more = {"fill_h": 1, "year": 2019}
    point = brought(TWO_DAYS, entry(path, "era5", series=["sun"], **more))
    grid = brought(TWO_DAYS, entry(SAMPLES / "atlite_cutout.nc", "atlite", series=["sun"], **more))
    assert (point * np.arange(48)).sum() / point.sum() == pytest.approx(
        (grid * np.arange(48)).sum() / grid.sum(), abs=0.1
    )
    assert point.sum() == pytest.approx(grid.sum(), rel=0.1)
    with pytest.raises(BadInput, match="wind at 10 m"):
        brought(TWO_DAYS, entry(path, "era5", series=["wind"], **more))


def test_cutout_of_another_source_is_refused(tmp_path: Path) -> None:
    """Radiation from satellites is stamped otherwise than that of ERA5; its clock is not guessed."""
    import h5py

    path = tmp_path / "cutout.nc"
    path.write_bytes((SAMPLES / "atlite_cutout.nc").read_bytes())
    with h5py.File(path, "r+") as file:
        file["influx_direct"].attrs["module"] = "sarah"
    with pytest.raises(Unreadable, match="variables from sarah"):
        FORMATS["atlite"](entry(path, "atlite"))


def test_nearest_cell_is_taken() -> None:
    """39.95 N, 49.40 E lies nearest to the cell 40.00 N, 49.50 E, whose wind is 3 % lower than its neighbour's."""
    record = FORMATS["era5"](entry(SAMPLES / "era5.nc", "era5"))
    number, distance_km = record.nearest(39.95, 49.40)
    assert record.places_deg is not None
    assert record.places_deg[number].tolist() == [40.0, 49.5]
    assert distance_km == pytest.approx(10.2, abs=0.2)
    chosen = record.at(number)["wind_speed_m_per_s"].values
    assert chosen == pytest.approx(layouts.wind_m_per_s(layouts.hours(2019, 48)) * 0.97, rel=1e-5)


def test_typical_year_is_the_same_in_csv_and_json(tmp_path: Path) -> None:
    """PVGIS writes one thing in two ways."""
    one = FORMATS["pvgis"](entry(SAMPLES / "pvgis_typical.csv", "pvgis"))
    two = FORMATS["pvgis"](entry(SAMPLES / "pvgis_typical.json", "pvgis"))
    assert one.sun_moment_h == two.sun_moment_h == 0.1761
    for name, variable in one.variables.items():
        assert np.array_equal(variable.times, two.variables[name].times)
        assert variable.values == pytest.approx(two.variables[name].values)


@pytest.mark.parametrize(
    ("form", "content", "message"),
    [
        ("ninja", "a,b\n1,2\n", "no line that begins with time"),
        ("ninja", "time,electricity\n2019-01-01 00:00,0.5\n", "no capacity in its comment lines"),
        ("pvgis", "Latitude: 3\nnothing\n", "no line that begins with time"),
        ("pvgis", '{"outputs": {}}', "unreadable"),
        ("epw", "LOC,x\n", "EPW file"),
        ("epw", "LOCATION,x\n", "unreadable"),
        ("wtk", "SiteID,1\nfoo\n", "begins with Year"),
        ("wtk", "SiteID,1\nYear,Month,Day,Hour,Minute,wind speed at 100m (m/s)\n2019,1,1,0,0,5\n", "Data Timezone"),
        ("era5", "text", "neither classic netCDF nor HDF5"),
        ("csv", "", "no rows"),
        ("csv", "time,sun\n2019-01-01 00:00,0.5\n", "zone and stamp in the entry"),
        ("csv", "hour_utc,sun\n2019-01-01 00:00,much\n", "'much'; expected a number"),
        ("csv", "hour_utc,sun\nyesterday,0.5\n", "a time such as"),
    ],
)
def test_other_things_than_the_format_are_told(tmp_path: Path, form: str, content: str, message: str) -> None:
    """Each reader says what the file lacks."""
    path = tmp_path / "file"
    path.write_text(content)
    with pytest.raises(Unreadable) as caught:
        FORMATS[form](entry(path, form))
    assert message in str(caught.value)
    assert str(path) in str(caught.value)


def test_damaged_netcdf_is_told(tmp_path: Path) -> None:
    """Half a file, a file without wind or sun, a profile file without its stamp or bus."""
    whole = (SAMPLES / "era5.nc").read_bytes()
    (tmp_path / "half.nc").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Unreadable, match="unreadable"):
        FORMATS["era5"](entry(tmp_path / "half.nc", "era5"))
    with pytest.raises(Unreadable, match="no variable latitude"):
        FORMATS["era5"](entry(SAMPLES / "atlite_profiles.nc", "era5"))
    with pytest.raises(Unreadable, match="Solar profiles made from ERA5 end at their stamp"):
        FORMATS["atlite"](entry(SAMPLES / "atlite_profiles.nc", "atlite"))
    with pytest.raises(Unreadable, match="AZ0 0, AZ0 1"):
        FORMATS["atlite"](entry(SAMPLES / "atlite_profiles.nc", "atlite", stamp="ending", column="KZ"))
