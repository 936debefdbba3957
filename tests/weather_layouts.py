"""Writes one made-up weather in the published layout of each source; not a test itself.

The place is near Alat (39.95 N, 49.40 E). Irradiance is .75 of extraterrestrial where the sun stands (pvlib's own sun),
diffuse a fifth of it; wind, temperature and pressure are sums of sines. The same weather in every layout must give the
same availability, whatever the layout's clock.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

LATITUDE_DEG, LONGITUDE_DEG = 39.95, 49.40
ZONE_H = 4
BEYOND_W_PER_M2 = 1361.0
Array = np.ndarray


def hours(year: int = 2019, count: int | None = None) -> pd.DatetimeIndex:
    """Beginnings of the hours of a year (UTC), or of its first ones."""
    whole = pd.date_range(f"{year}-01-01", f"{year}-12-31 23:00", freq="h")
    return whole if count is None else whole[:count]


@cache
def _cosine(year: int, shift_s: int) -> pd.Series:
    """Cosine of the sun's zenith by pvlib at every hour of a year and a day more, some seconds later."""
    from pvlib import solarposition

    index = pd.date_range(f"{year}-01-01", f"{year + 1}-01-01 23:00", freq="h", tz="UTC")
    moments = index + pd.Timedelta(seconds=shift_s)
    zenith = solarposition.ephemeris(moments, LATITUDE_DEG, LONGITUDE_DEG)["zenith"]
    return pd.Series(np.maximum(np.cos(np.radians(zenith.to_numpy())), 0.0), index=index.tz_localize(None))


def ghi_w_per_m2(index: pd.DatetimeIndex, moment_h: float = 0.5) -> Array:
    """Global irradiance of hours that begin at the index, as the sun stands at a moment within them."""
    return np.round(0.75 * BEYOND_W_PER_M2 * _cosine(index[0].year, round(moment_h * 3600)).loc[index].to_numpy(), 2)


def wind_m_per_s(index: pd.DatetimeIndex) -> Array:
    """Wind at 100 m."""
    number = np.asarray((index - pd.Timestamp(index[0].year, 1, 1)) / pd.Timedelta(hours=1))
    return np.round(7.5 + 3 * np.sin(2 * np.pi * number / 37) + 2 * np.sin(2 * np.pi * number / 211), 2)


def temperature_deg_c(index: pd.DatetimeIndex) -> Array:
    """Air at 2 m."""
    number = np.asarray((index - pd.Timestamp(index[0].year, 1, 1)) / pd.Timedelta(hours=1))
    return np.round(14 - 11 * np.cos(2 * np.pi * number / 8760) + 4 * np.sin(2 * np.pi * (number - 5) / 24), 2)


PRESSURE_PA = 101_000.0


def write(path: Path, lines: list[str]) -> Path:
    """Text with the line ends of the sources."""
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode())
    return path


def ninja_point(path: Path, index: pd.DatetimeIndex, *, local: bool = True) -> Path:
    """Point API: three comment lines, then electricity in kW of a plant of 2 kW."""
    about = {
        "units": {"time": "UTC", "local_time": "Asia/Baku", "electricity": "kW"},
        "params": {"local_time": local, "header": True, "lat": str(LATITUDE_DEG), "lon": str(LONGITUDE_DEG),
                   "date_from": f"{index[0]:%Y-%m-%d}", "date_to": f"{index[-1]:%Y-%m-%d}", "capacity": "2.0",
                   "dataset": "merra2", "system_loss": "0.1", "tracking": "0", "tilt": "35", "azim": "180"},
    }  # fmt: skip
    zone = ", local_time in Asia/Baku" if local else ""
    lines = [
        f"# Renewables.ninja PV (Point API) - {LATITUDE_DEG}, {LONGITUDE_DEG} - Version: 1.1 - License: "
        "https://creativecommons.org/licenses/by-nc/4.0/ - Reference: https://doi.org/10.1016/j.energy.2016.08.060",
        f"# Units: time in UTC{zone}, electricity in kW",
        f"# {json.dumps(about)}",
        "time,local_time,electricity" if local else "time,electricity",
    ]
    for time, kw in zip(index, ghi_w_per_m2(index) / 1000 * 2 * 0.9, strict=True):
        there = f"{time + pd.Timedelta(hours=ZONE_H):%Y-%m-%d %H:%M}," if local else ""
        lines.append(f"{time:%Y-%m-%d %H:%M},{there}{kw:.6f}")
    return write(path, lines)


def ninja_country(path: Path, index: pd.DatetimeIndex, delimiter: str = ",") -> Path:
    """Country download: comment lines, then capacity factors of the nation and of regions."""
    lines = [
        "# Renewables.ninja Wind (Country) - AZ - Version: 1.3 - License: CC BY-NC 4.0",
        "# Units: time in UTC, other columns are capacity factors between 0 and 1",
        delimiter.join(("time", "NATIONAL", "offshore", "onshore")),
    ]
    factor = np.clip(wind_m_per_s(index) / 14, 0, 1)
    lines += [
        delimiter.join((f"{time:%Y-%m-%d %H:%M:%S}", f"{value:.4f}", f"{value / 2:.4f}", f"{value:.4f}"))
        for time, value in zip(index, factor, strict=True)
    ]
    return write(path, lines)


def pvgis_hourly(path: Path, index: pd.DatetimeIndex, minute: int = 10, *, power: bool = False) -> Path:
    """Hourly CSV on the horizontal, the satellite's minute in the stamp; with PV power of 1.5 kWp where asked."""
    level = ghi_w_per_m2(index, minute / 60)
    lines = [
        f"Latitude (decimal degrees):\t{LATITUDE_DEG:.3f}", f"Longitude (decimal degrees):\t{LONGITUDE_DEG:.3f}",
        "Elevation (m):\t-14", "Radiation database:\tPVGIS-SARAH3", "", "", "Slope: 0 deg. ", "Azimuth: 0 deg. ",
        *(["Nominal power of the PV system (c-Si) (kWp):\t1.5", "System losses (%):\t14.0"] if power else []),
        "time," + ("P," if power else "") + "Gb(i),Gd(i),Gr(i),H_sun,T2m,WS10m,Int",
    ]  # fmt: skip
    for time, ghi, warm, wind in zip(index, level, temperature_deg_c(index), wind_m_per_s(index), strict=True):
        watts = f"{ghi * 1.5 * 0.8:.2f}," if power else ""
        stamp = f"{time:%Y%m%d}:{time:%H}{minute:02d}"
        lines.append(f"{stamp},{watts}{ghi * 0.8:.2f},{ghi * 0.2:.2f},0.0,{ghi / 25:.2f},{warm},{wind * 0.7:.2f},0.0")
    legend = ["", "Gb(i): Beam (direct) irradiance on the inclined plane (plane of the array) (W/m2)", ""]
    return write(path, [*lines, *legend, "PVGIS (c) European Union, 2001-2025"])


def pvgis_hourly_json(path: Path, index: pd.DatetimeIndex, minute: int = 10) -> Path:
    """The same as JSON."""
    level = ghi_w_per_m2(index, minute / 60)
    rows = [
        {"time": f"{time:%Y%m%d}:{time:%H}{minute:02d}", "Gb(i)": round(ghi * 0.8, 2), "Gd(i)": round(ghi * 0.2, 2),
         "Gr(i)": 0.0, "H_sun": 0.0, "T2m": float(warm), "WS10m": 5.0, "Int": 0.0}
        for time, ghi, warm in zip(index, level, temperature_deg_c(index), strict=True)
    ]  # fmt: skip
    content = {
        "inputs": {
            "location": {"latitude": LATITUDE_DEG, "longitude": LONGITUDE_DEG, "elevation": -14.0},
            "meteo_data": {"radiation_db": "PVGIS-SARAH3", "meteo_db": "ERA5", "year_min": 2019, "year_max": 2019},
            "mounting_system": {"fixed": {"slope": {"value": 0, "optimal": False},
                                          "azimuth": {"value": 0, "optimal": False}, "type": "free-standing"}},
            "pv_module": {"technology": "c-Si", "peak_power": None, "system_loss": None},
        },
        "outputs": {"hourly": rows},
        "meta": {"inputs": {}, "outputs": {}},
    }  # fmt: skip
    path.write_text(json.dumps(content))
    return path


def _typical_rows(index: pd.DatetimeIndex, offset_h: float) -> list[dict[str, object]]:
    """Rows of a typical year: January of 2012, February of 2017, ..."""
    level = ghi_w_per_m2(index, offset_h)
    cosine = _cosine(index[0].year, round(offset_h * 3600)).loc[index].to_numpy()
    beam = np.where(level > 0, level * 0.8 / np.maximum(cosine, 0.03), 0.0)
    return [
        {"time(UTC)": f"{2005 + time.month * 7 % 12}{time:%m%d:%H%M}", "T2m": float(warm), "RH": 60.0,
         "G(h)": float(ghi), "Gb(n)": round(min(float(direct), 1100.0), 2), "Gd(h)": round(float(ghi) * 0.2, 2),
         "IR(h)": 300.0, "WS10m": round(float(wind) * 0.7, 2), "WD10m": 320.0, "SP": PRESSURE_PA}
        for time, warm, ghi, direct, wind in zip(
            index, temperature_deg_c(index), level, beam, wind_m_per_s(index), strict=True
        )
    ]  # fmt: skip


def pvgis_typical(path: Path, index: pd.DatetimeIndex, offset_h: float = 0.1761) -> Path:
    """Typical year as CSV: place, time offset of the irradiance, chosen years, rows, legend."""
    rows = _typical_rows(index, offset_h)
    lines = [
        f"Latitude (decimal degrees): {LATITUDE_DEG:.3f}", f"Longitude (decimal degrees): {LONGITUDE_DEG:.3f}",
        "Elevation (m): -14.0", f"Irradiance Time Offset (h): {offset_h}", "month,year",
        *(f"{month},{2005 + month * 7 % 12}" for month in range(1, 13)), ",".join(rows[0]),
        *(",".join(str(value) for value in row.values()) for row in rows), "",
        "T2m: 2-m air temperature (degree Celsius)", "G(h): Global irradiance on the horizontal plane (W/m2)", "",
        "PVGIS (c) European Union, 2001-2025",
    ]  # fmt: skip
    return write(path, lines)


def pvgis_typical_json(path: Path, index: pd.DatetimeIndex, offset_h: float = 0.1761) -> Path:
    """The same as JSON."""
    place = {"latitude": LATITUDE_DEG, "longitude": LONGITUDE_DEG, "elevation": -14.0}
    content = {
        "inputs": {"location": {**place, "irradiance_time_offset": offset_h}, "meteo_data": {}},
        "outputs": {
            "months_selected": [{"month": month, "year": 2005 + month * 7 % 12} for month in range(1, 13)],
            "tmy_hourly": _typical_rows(index, offset_h),
        },
        "meta": {"inputs": {}, "outputs": {}},
    }
    path.write_text(json.dumps(content))
    return path


def epw(path: Path, year: int = 2019, days: int = 365) -> Path:
    """EPW: eight head lines, local standard time, hours 1 to 24 ending, Wh/m2."""
    local = pd.date_range(f"{year}-01-01", periods=24 * days, freq="h")
    utc = local - pd.Timedelta(hours=ZONE_H)
    utc = pd.DatetimeIndex([time.replace(year=year) for time in utc])
    level, warm, wind = ghi_w_per_m2(utc.sort_values()), temperature_deg_c(utc.sort_values()), 0.0
    order = utc.argsort().argsort()
    level, warm = level[order], warm[order]
    wind = wind_m_per_s(utc.sort_values())[order] * 0.7
    lines = [
        f"LOCATION,Alat,-,AZE,made up,378640,{LATITUDE_DEG},{LONGITUDE_DEG},{ZONE_H}.0,-14.0",
        "DESIGN CONDITIONS,0", "TYPICAL/EXTREME PERIODS,0", "GROUND TEMPERATURES,0",
        "HOLIDAYS/DAYLIGHT SAVINGS,No,0,0,0", "COMMENTS 1,made up for a test", "COMMENTS 2,",
        "DATA PERIODS,1,1,Data,Sunday, 1/ 1,12/31",
    ]  # fmt: skip
    for number, time in enumerate(local):
        ghi, flags = level[number], "?9?9?9?9E0?9?9?9?9?9?9?9?9?9?9?9?9?9?9?9*9*9?9?9?9"
        lines.append(
            f"{time.year},{time.month},{time.day},{time.hour + 1},60,{flags},{warm[number]},5.0,60,{PRESSURE_PA:.0f},"
            f"9999,9999,300,{ghi},{ghi * 0.9:.2f},{ghi * 0.2:.2f},999999,999999,999999,9999,320,{wind[number]:.2f},"
            "5,5,20.0,77777,9,999999999,15,0.1000,0,88,0.200,0.0,0.0"
        )
    return write(path, lines)


def wtk(path: Path, index: pd.DatetimeIndex, minutes: int = 60, zone_h: int = 0) -> Path:
    """WIND Toolkit: one line of names and values, then a row for every step, at 80, 100 and 120 m."""
    head = (
        f"SiteID,123456,Site Timezone,{ZONE_H},Data Timezone,{zone_h},Longitude,{LONGITUDE_DEG},Latitude,{LATITUDE_DEG}"
    )
    names = (
        "Year,Month,Day,Hour,Minute,wind speed at 80m (m/s),wind speed at 100m (m/s),wind speed at 120m (m/s),"
        "air temperature at 100m (K),air pressure at 100m (Pa)"
    )
    lines = [head, names]
    for time, wind, warm in zip(index, wind_m_per_s(index), temperature_deg_c(index), strict=True):
        for minute in range(0, 60, minutes):
            there = time + pd.Timedelta(hours=zone_h, minutes=minute)
            sway = 0.3 * (minute - (60 - minutes) / 2) / 60
            lines.append(
                f"{there.year},{there.month},{there.day},{there.hour},{there.minute},{(wind + sway) * 0.97:.4f},"
                f"{wind + sway:.4f},{(wind + sway) * 1.03:.4f},{warm + 273.15:.2f},{PRESSURE_PA:.0f}"
            )
    return write(path, lines)


def own(path: Path, index: pd.DatetimeIndex, *, zone_h: int = 0, ending: bool = False, name: str = "sun") -> Path:
    """A table of one's own in another clock: capacity factors of a solar plant."""
    there = index + pd.Timedelta(hours=zone_h + ending)
    values = ghi_w_per_m2(index) / 1361
    return write(
        path,
        [f"time,{name}", *(f"{time:%Y-%m-%d %H:%M},{value:.6f}" for time, value in zip(there, values, strict=True))],
    )


def era5_point(path: Path, index: pd.DatetimeIndex) -> Path:
    """The store's time series of a point; radiation of the hour that ends at the stamp, wind at 10 m."""
    before = np.concatenate([[0.0], ghi_w_per_m2(index[:-1])])
    wind, warm = wind_m_per_s(index) * 0.7, temperature_deg_c(index) + 273.15
    lines = ["valid_time,u10,v10,d2m,t2m,sp,ssrd,strd,tp,latitude,longitude"]
    for time, level, speed, kelvin in zip(index, before, wind, warm, strict=True):
        lines.append(
            f"{time:%Y-%m-%d %H:%M:%S},{speed * 0.6:.4f},{speed * 0.8:.4f},280.0,{kelvin:.2f},{PRESSURE_PA},"
            f"{level * 3600:.1f},1000000.0,0.0,{LATITUDE_DEG},{LONGITUDE_DEG}"
        )
    return write(path, lines)
