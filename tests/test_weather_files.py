"""A user's own hourly files replace the series they name, and nothing else; what is wrong is said, all at once."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import weather_layouts as layouts
from hypothesis import given, settings
from hypothesis import strategies as st
from weather_case import plant

from greengrid.case_keys import Weather, WeatherFile
from greengrid.errors import BadInput
from greengrid.hourly import Clock, HourlyTable
from greengrid.weather.conversion import sun_behind_h
from greengrid.weather.files import digest, replace_series
from greengrid.weather.profiles import Profiles
from greengrid.weather.readers.year import runs_of

HOURS = 24
CLOCK = Clock(datetime(2035, 1, 1, tzinfo=UTC), HOURS)
YEAR = Clock.of_year(2035)
SUN = plant("sun", "solar", 39.95, 49.40, "AZ", "AZ")
PLANTS = [
    SUN,
    plant("wind", "wind_onshore", 39.95, 49.40, "AZ", "AZ"),
    plant("far sun", "solar", 43.0, 68.0, "KZ", "KZ-South"),
    plant("sun b", "solar", 40.1, 49.0, "AZ", "AZ", whole="two"),
]


def entry(path: Path | str, form: str = "csv", **more: Any) -> WeatherFile:
    """An entry of weather.files as a case holds it."""
    return WeatherFile.model_validate({"path": str(path), "format": form, **more})


def made(clock: Clock = CLOCK) -> Profiles:
    """Flat series under simple names."""

    def flat(*names: str, value: float) -> HourlyTable:
        return HourlyTable.of(names, [np.full(clock.hours, value) for _ in names], clock.hours)

    weather, demand = flat("wind", "sun", "far sun", "sun b", value=0.3), flat("AZ", value=900)
    return Profiles(clock, weather, demand, flat("dam", value=5), flat("RO", value=90))


def brought(file: WeatherFile, clock: Clock = YEAR, kind: str = "availability") -> Profiles:
    """The flat series with one file."""
    return replace_series(made(clock), {kind: [file]}, PLANTS)


def written(path: Path, names: str = "wind", values: list[str] | None = None, start: int = 0, suffix: str = "") -> Path:
    """A CSV of 24 hours."""
    cells = values or ["0.5"] * HOURS
    stamps = (CLOCK.datetimes() + np.timedelta64(start, "h")).astype("datetime64[m]")
    lines = [f"hour_utc,{names}", *(f"{stamp}{suffix},{cell}" for stamp, cell in zip(stamps, cells, strict=False))]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("suffix", ["", "Z", "+00:00"])
def test_named_columns_are_replaced(tmp_path: Path, suffix: str) -> None:
    """Wind comes from the file, sun stays."""
    own = brought(entry(written(tmp_path / "own.csv", suffix=suffix)), CLOCK)
    assert own.availability_frac["wind"] == pytest.approx(np.full(HOURS, 0.5))
    assert own.availability_frac["sun"] == pytest.approx(np.full(HOURS, 0.3))
    assert np.array_equal(own.demand_mw.values, made().demand_mw.values)
    assert own.notes == ("availability of wind from own.csv (csv), as they stand",)


def test_another_zone_of_time_is_understood(tmp_path: Path) -> None:
    """05:00+05:00 is midnight UTC."""
    own = brought(entry(written(tmp_path / "own.csv", start=5, suffix="+05:00")), CLOCK)
    assert own.availability_frac["wind"] == pytest.approx(np.full(HOURS, 0.5))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"names": "wnd"}, "Nearest: wind"),
        ({"names": "wind,wind", "values": ["0.5,0.5"] * HOURS}, "twice"),
        ({"values": ["0.5"] * 23}, "1 of 24 hours missing in 1 gaps, the longest 1 h from 2035-01-01T23:00 UTC"),
        ({"values": ["0.5"] * 23 + ["1.7"]}, "1.7 at 2035-01-01T23:00 UTC; expected availability from 0 to 1"),
        ({"values": ["0.5"] * 23 + ["nan"]}, "Say fill_h = 1"),
        ({"values": ["0.5"] * 23 + [""]}, "2035-01-01T23:00 UTC"),
        ({"values": ["0.5"] * 23 + ["0.5,0.5"]}, "row 25: found 3 values"),
        ({"values": ["0.5"] * 23 + ["half"]}, "wind, row 25: found 'half'; expected a number"),
        ({"start": 1}, "hours outside"),
        ({"suffix": "+05:00"}, "hours outside"),
        ({"suffix": "h"}, "a time such as"),
        ({"start": 24 * 400}, "found hours of 2036; expected hours of 2035. To let another year stand for it"),
    ],
)
def test_bad_tables_are_named(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    """Each fault gives a message with file, place and what is expected."""
    path = written(tmp_path / "own.csv", **change)
    with pytest.raises(BadInput, match=r"own\.csv") as caught:
        brought(entry(path), CLOCK)
    assert message in str(caught.value)


def test_unreadable_files_come_together(tmp_path: Path) -> None:
    """A missing, a binary and an empty file are three problems."""
    (tmp_path / "bin.csv").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "empty.csv").write_text("")
    kinds = {"availability": "nowhere.csv", "demand": tmp_path / "bin.csv", "inflow": tmp_path / "empty.csv"}
    with pytest.raises(BadInput) as caught:
        replace_series(made(), {kind: [entry(path)] for kind, path in kinds.items()})
    assert len(caught.value.problems) == 3


def test_several_faults_of_one_file_come_together(tmp_path: Path) -> None:
    """A doubled hour, a value out of range and a gap are three problems in one answer."""
    lines = written(tmp_path / "own.csv").read_text().splitlines()
    lines[5] = "2035-01-01T04:00,7"
    lines[9] = lines[8]
    (tmp_path / "own.csv").write_text("\n".join(lines))
    with pytest.raises(BadInput) as caught:
        brought(entry(tmp_path / "own.csv"), CLOCK)
    text = str(caught.value)
    assert len(caught.value.problems) == 3
    assert "1 times twice, the first 2035-01-01T07:00 UTC" in text
    assert "7 at 2035-01-01T04:00 UTC" in text
    assert "1 of 24 hours missing" in text


def test_small_gaps_are_filled_only_when_asked_and_told(tmp_path: Path) -> None:
    """Two missing hours between .2 and .8 become .4 and .6; a gap of three is too long for fill_h = 2."""
    cells = ["0.2"] * 10 + ["", ""] + ["0.8"] * 12
    path = written(tmp_path / "own.csv", values=cells)
    with pytest.raises(BadInput, match="fill_h = 2"):
        brought(entry(path), CLOCK)
    own = brought(entry(path, fill_h=2), CLOCK)
    cells[8] = ""
    assert own.availability_frac["wind"][9:13] == pytest.approx([0.2, 0.4, 0.6, 0.8])
    assert "2 missing hours filled by straight lines: 2 h from 2035-01-01T10:00 UTC" in own.notes[0]
    cells[9] = ""
    with pytest.raises(BadInput, match="4 of 24 hours missing in 1 gaps, the longest 4 h"):
        brought(entry(written(path, values=cells), fill_h=2), CLOCK)


def test_wrong_clock_of_the_sun_is_found(tmp_path: Path) -> None:
    """Solar capacity factors in local time, said to be UTC, are refused; one hour is enough."""
    index = layouts.hours()
    right = layouts.own(tmp_path / "utc.csv", index)
    more = {"series": ["sun"], "zone": "UTC", "year": 2019}
    own = brought(entry(right, stamp="beginning", **more))
    assert own.availability_frac["sun"].max() > 0.5
    with pytest.raises(BadInput, match="The clock is about 1 h early"):
        brought(entry(right, stamp="ending", year="any", **{k: v for k, v in more.items() if k != "year"}))
    local = layouts.own(tmp_path / "local.csv", index, zone_h=4)
    with pytest.raises(BadInput, match="The clock is about 4 h late: check zone, stamp and place"):
        brought(entry(local, stamp="beginning", **{**more, "year": "any"}))


def test_other_years_stand_for_the_case_year_only_when_said(tmp_path: Path) -> None:
    """2019 is refused for 2035, taken when named, and told."""
    index = layouts.hours()
    path = layouts.ninja_point(tmp_path / "p.csv", index)
    with pytest.raises(BadInput, match='say year = 2019, or year = "any"'):
        brought(entry(path, "ninja", series=["sun"]))
    with pytest.raises(BadInput, match="hours of 2018, as the entry says"):
        brought(entry(path, "ninja", series=["sun"], year=2018))
    own = brought(entry(path, "ninja", series=["sun"], year=2019))
    assert own.availability_frac["sun"] == pytest.approx(layouts.ghi_w_per_m2(index) / 1000 * 0.9, abs=1e-5)
    assert "hours of the year 2019 stand for 2035" in own.notes[0]


def test_one_year_of_many_is_chosen(tmp_path: Path) -> None:
    """Two years cannot both stand for one; naming one takes it."""
    index = layouts.hours(2018).append(layouts.hours(2019))
    path = layouts.ninja_country(tmp_path / "c.csv", index)
    more = {"series": ["wind"], "column": "NATIONAL"}
    with pytest.raises(BadInput, match="8760 hours of the year more than once, from 2018, 2019"):
        brought(entry(path, "ninja", year="any", **more))
    own = brought(entry(path, "ninja", year=2019, **more))
    wanted = np.clip(layouts.wind_m_per_s(index)[8760:] / 14, 0, 1)
    assert own.availability_frac["wind"] == pytest.approx(wanted, abs=1e-4)


def test_leap_days_are_left_out_or_repeated_only_when_said(tmp_path: Path) -> None:
    """2020 for 2035 drops 29 February; 2019 for 2036 lets the 28th stand for the 29th; later days keep theirs."""
    leap, plain = layouts.hours(2020), layouts.hours(2019)
    more = {"series": ["wind"], "column": "NATIONAL"}
    long = layouts.ninja_country(tmp_path / "leap.csv", leap)
    with pytest.raises(BadInput, match="29 February; expected no such day, as in 2035"):
        brought(entry(long, "ninja", year=2020, **more))
    own = brought(entry(long, "ninja", year=2020, leap_day="adapt", **more))
    values = pd.Series(np.clip(layouts.wind_m_per_s(leap) / 14, 0, 1), leap)
    kept = values[(leap.month != 2) | (leap.day != 29)]
    assert own.availability_frac["wind"] == pytest.approx(kept.to_numpy(), abs=1e-4)
    assert any("29 February left out" in note for note in own.notes)
    short = layouts.ninja_country(tmp_path / "plain.csv", plain)
    with pytest.raises(BadInput, match='say leap_day = "adapt" to let the 28th stand for it'):
        brought(entry(short, "ninja", year=2019, **more), Clock.of_year(2036))
    own = brought(entry(short, "ninja", year=2019, leap_day="adapt", **more), Clock.of_year(2036))
    series = own.availability_frac["wind"]
    assert series[59 * 24 : 60 * 24] == pytest.approx(series[58 * 24 : 59 * 24])
    assert series[60 * 24 :] == pytest.approx(np.clip(layouts.wind_m_per_s(plain)[59 * 24 :] / 14, 0, 1), abs=1e-4)


def test_a_group_and_the_parts_of_a_plant_take_one_file(tmp_path: Path) -> None:
    """solar.AZ means both Azerbaijani solar plants, the name of the whole means its part; Kazakhstan's stays."""
    path = layouts.ninja_point(tmp_path / "p.csv", layouts.hours())
    own = brought(entry(path, "ninja", series=["solar.AZ"], year=2019))
    assert np.array_equal(own.availability_frac["sun"], own.availability_frac["sun b"])
    assert own.availability_frac["far sun"].max() == 0.3
    own = brought(entry(path, "ninja", series=["two"], year=2019))
    assert own.availability_frac["sun b"].max() > 0.5
    assert own.availability_frac["sun"].max() == 0.3


@pytest.mark.parametrize(
    ("layout", "form", "more", "message"),
    [
        ("ninja_point", "ninja", {}, "series: found nothing"),
        ("ninja_point", "ninja", {"series": ["snu"]}, "Nearest: sun"),
        ("ninja_country", "ninja", {"series": ["wind"]}, "one of NATIONAL, offshore, onshore"),
        ("ninja_country", "ninja", {"series": ["wind"], "column": "AZ"}, "'AZ'; expected one of NATIONAL"),
        ("pvgis_hourly", "pvgis", {"series": ["wind"], "year": 2019}, "shear_exponent in the entry"),
        ("wtk", "wtk", {"series": ["sun"], "year": 2019}, "no irradiance in the file"),
        ("ninja_point", "ninja", {"series": ["far sun"], "year": 2019}, "The clock is about 1 h late"),
    ],
)
def test_entries_that_do_not_fit_their_file(
    tmp_path: Path, layout: str, form: str, more: dict[str, Any], message: str
) -> None:
    """What an entry lacks or gets wrong is said with what is there."""
    path = getattr(layouts, layout)(tmp_path / "file", layouts.hours())
    with pytest.raises(BadInput) as caught:
        brought(entry(path, form, **more))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("form", "more", "message"),
    [
        ("wtk", {"zone": "UTC+5"}, "states its own clock"),
        ("epw", {"stamp": "ending"}, "states its own clock"),
        ("atlite", {"zone": "UTC"}, "states its own clock"),
        ("pvgis", {"column": "P"}, "no column"),
        ("csv", {"fill_h": 7}, "less than or equal to 6"),
    ],
)
def test_a_key_that_a_format_does_not_take_is_refused(form: str, more: dict[str, Any], message: str) -> None:
    """What would be passed over in silence is an error."""
    with pytest.raises(ValueError, match=message):
        entry("file", form, **more)


def test_one_fault_of_a_file_is_told_once_for_all_its_plants(tmp_path: Path) -> None:
    """A wrong clock of three plants, and wind at 10 m for all farms, are one problem each."""
    local = layouts.own(tmp_path / "local.csv", layouts.hours(), zone_h=4)
    more = {"zone": "UTC", "stamp": "beginning", "year": "any"}
    with pytest.raises(BadInput, match=r"sun( b)? and 1 more: found a sun highest at") as caught:
        brought(entry(local, series=["solar.AZ"], **more))
    assert len(caught.value.problems) == 1
    path = layouts.pvgis_hourly(tmp_path / "p.csv", layouts.hours())
    with pytest.raises(BadInput) as caught:
        brought(entry(path, "pvgis", series=["wind", "wind_onshore.AZ"], year=2019))
    assert len(caught.value.problems) == 1


def test_weather_is_for_availability_only(tmp_path: Path) -> None:
    """A wind file cannot be demand."""
    path = layouts.wtk(tmp_path / "w.csv", layouts.hours(2019, 48))
    with pytest.raises(BadInput, match="format wtk for demand"):
        brought(entry(path, "wtk", series=["AZ"]), kind="demand")


def test_values_out_of_range_are_told_with_their_time(tmp_path: Path) -> None:
    """Wind in km/h and a capacity factor in per cent are refused."""
    path = layouts.wtk(tmp_path / "w.csv", layouts.hours(2019))
    text = path.read_text().replace("2019,1,3,7,0,", "2019,1,3,7,0,120,120,120,280,101000\n#", 1)
    path.write_text("\n".join(line for line in text.splitlines() if not line.startswith("#")))
    with pytest.raises(BadInput, match="120 at 2019-01-03T07:00 UTC; expected wind speed m per s from 0 to 75"):
        brought(entry(path, "wtk", series=["wind"], year=2019))


def test_low_wind_is_raised_when_the_exponent_is_said(tmp_path: Path) -> None:
    """Wind at 10 m with exponent .2 is 10^.2 = 1.58 times that at 100 m."""
    path = layouts.pvgis_hourly(tmp_path / "p.csv", layouts.hours())
    own = brought(entry(path, "pvgis", series=["wind"], year=2019, shear_exponent=0.2))
    assert 0.2 < own.availability_frac["wind"].mean() < 0.6
    assert "wind at 10 m, raised to 100 m with exponent 0.200" in own.notes[0]


def test_two_files_for_one_series_are_refused(tmp_path: Path) -> None:
    """Which of them should count is not guessed."""
    one, two = written(tmp_path / "a.csv"), written(tmp_path / "b.csv")
    with pytest.raises(BadInput, match="a series that another file brings too"):
        replace_series(made(), {"availability": [entry(one), entry(two)]})


def test_the_digest_follows_the_bytes(tmp_path: Path) -> None:
    """Another value gives another digest; no file gives none."""
    path = tmp_path / "own.csv"
    first = digest({"availability": [entry(written(path))]})
    second = digest({"availability": [entry(written(path, values=["0.4"] * HOURS))]})
    assert first != second
    assert digest({}) == ""


def test_a_path_alone_is_a_plain_table() -> None:
    """The short form, one table and a list of tables all become a list of entries."""
    forms: list[object] = ["a.csv", {"path": "a.csv", "format": "csv"}, [{"path": "a.csv", "format": "csv"}]]
    for files in forms:
        content = {"seed": 1, "hydro": "average", "files": {"demand": files}}
        known = {name: 1 for name, field in Weather.model_fields.items() if field.is_required()} | content
        assert Weather.model_validate(known).files["demand"][0].path == "a.csv"


def test_sun_behind_noon_knows_the_longitude() -> None:
    """A day centred at 08:00 UTC is 0 h behind at 60 E, 1 h behind at 75 E."""
    hour = np.arange(24)
    day = np.maximum(np.cos((hour + 0.5 - 8) * np.pi / 12), 0)
    assert sun_behind_h(day, CLOCK, 60.0) == pytest.approx(0.0, abs=1e-9)
    assert sun_behind_h(day, CLOCK, 75.0) == pytest.approx(1.0, abs=1e-9)


@settings(derandomize=True, max_examples=60)
@given(st.lists(st.booleans(), max_size=40))
def test_runs_hold_exactly_the_missing_hours(missing: list[bool]) -> None:
    """Runs are apart from one another and cover what is missing, no more."""
    covered = [False] * len(missing)
    for first, length in runs_of(missing):
        assert not any(covered[max(first - 1, 0) : first + length])
        covered[first : first + length] = [True] * length
    assert covered == missing
