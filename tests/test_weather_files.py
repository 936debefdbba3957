"""A user's own hourly files replace the series they name, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from greengrid.errors import BadInput
from greengrid.hourly import Clock, HourlyTable
from greengrid.weather.files import digest, replace_series
from greengrid.weather.profiles import Profiles

HOURS = 24
CLOCK = Clock(datetime(2035, 1, 1, tzinfo=UTC), HOURS)


def made() -> Profiles:
    """Flat series under simple names."""

    def flat(*names: str, value: float) -> HourlyTable:
        return HourlyTable.of(names, [np.full(HOURS, value) for _ in names], HOURS)

    weather, demand = flat("wind", "sun", value=0.3), flat("AZ", value=900)
    return Profiles(CLOCK, weather, demand, flat("dam", value=5), flat("RO", value=90))


def written(path: Path, names: str = "wind", values: list[str] | None = None, start: int = 0, suffix: str = "") -> str:
    """A CSV of 24 hours."""
    cells = values or ["0.5"] * HOURS
    stamps = (CLOCK.datetimes() + np.timedelta64(start, "h")).astype("datetime64[m]")
    lines = [f"hour_utc,{names}", *(f"{stamp}{suffix},{cell}" for stamp, cell in zip(stamps, cells, strict=False))]
    path.write_text("\n".join(lines) + "\n")
    return str(path)


@pytest.mark.parametrize("suffix", ["", "Z", "+00:00"])
def test_named_columns_are_replaced(tmp_path: Path, suffix: str) -> None:
    """Wind comes from the file, sun stays."""
    own = replace_series(made(), {"availability": written(tmp_path / "own.csv", suffix=suffix)})
    assert own.availability_frac["wind"] == pytest.approx(np.full(HOURS, 0.5))
    assert own.availability_frac["sun"] == pytest.approx(np.full(HOURS, 0.3))
    assert np.array_equal(own.demand_mw.values, made().demand_mw.values)


def test_another_zone_of_time_is_understood(tmp_path: Path) -> None:
    """05:00+05:00 is midnight UTC."""
    own = replace_series(made(), {"availability": written(tmp_path / "own.csv", start=5, suffix="+05:00")})
    assert own.availability_frac["wind"] == pytest.approx(np.full(HOURS, 0.5))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"names": "wnd"}, "Nearest: wind"),
        ({"names": "wind,wind", "values": ["0.5,0.5"] * HOURS}, "twice"),
        ({"values": ["0.5"] * 23}, "23 hours"),
        ({"values": ["0.5"] * 23 + ["1.7"]}, "row 25"),
        ({"values": ["0.5"] * 23 + ["nan"]}, "from 0 to 1"),
        ({"values": ["0.5"] * 23 + [""]}, "row 25"),
        ({"values": ["0.5"] * 23 + ["0.5,0.5"]}, "3 values"),
        ({"start": 1}, "none missing or doubled"),
        ({"suffix": "+05:00"}, "Hours are UTC"),
        ({"suffix": "h"}, "a time such as"),
    ],
)
def test_bad_files_are_named(tmp_path: Path, change: dict[str, object], message: str) -> None:
    """Each fault gives a message with file, place and what is expected."""
    path = written(tmp_path / "own.csv", **change)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match=r"own\.csv") as caught:
        replace_series(made(), {"availability": path})
    assert message in str(caught.value)


def test_unreadable_files_come_together(tmp_path: Path) -> None:
    """A missing, a binary and an empty file are three problems."""
    (tmp_path / "bin.csv").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "empty.csv").write_text("")
    files = {"availability": "nowhere.csv", "demand": str(tmp_path / "bin.csv"), "inflow": str(tmp_path / "empty.csv")}
    with pytest.raises(BadInput) as caught:
        replace_series(made(), files)
    assert len(caught.value.problems) == 3


def test_the_digest_follows_the_bytes(tmp_path: Path) -> None:
    """Another value gives another digest; no file gives none."""
    first = digest({"availability": written(tmp_path / "own.csv")})
    second = digest({"availability": written(tmp_path / "own.csv", values=["0.4"] * HOURS)})
    assert first != second
    assert digest({}) == ""
