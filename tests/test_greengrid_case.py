"""A case is checked as a whole, and every problem says where it is, what was found and what is expected."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from greengrid.case import load_case, shipped_cases
from greengrid.errors import BadInput
from greengrid.template import write_case


@pytest.mark.parametrize("name", sorted(shipped_cases()))
def test_shipped_cases_are_whole(name: str) -> None:
    """Every shipped case reads without problems and is named like its file."""
    case = load_case(name)
    assert case.name == name


def test_an_override_equals_the_same_value_in_a_file(tmp_path: Path) -> None:
    """--set and a file give the same digest, and a different one from the base."""
    path = tmp_path / "mine.toml"
    path.write_text('extends = "base"\n[link.caspian]\ncapacity_mw = 1500\n')
    by_file = load_case(path)
    by_option = load_case("base", ["link.caspian.capacity_mw=1500"])
    assert by_file.link["caspian"].capacity_mw == 1500
    assert by_file.digest == by_option.digest != load_case("base").digest


@pytest.mark.parametrize(
    ("override", "where", "expected"),
    [
        ("link.caspian.capacity_mw=-5", "link.caspian.capacity_mw", "greater than or equal to 0"),
        ("link.caspian.capacity_mw=nan", "link.caspian.capacity_mw", "finite"),
        ("demand.scale=inf", "demand.scale", "finite"),
        ("link.caspian.poles=3", "link.caspian", "even number of poles"),
        ("link.caspian.station_idle_loss_frac=0.5", "link.caspian", "below station_full_loss_frac"),
        ("link.caspian.station_linear_loss_frac=0.5", "link.caspian", "at most station_full_loss_frac less"),
        ("link.caspian.pole_overload_ratio=0.5", "link.caspian.pole_overload_ratio", "greater than or equal to 1"),
        ("security.hvdc=off", "security.hvdc", "'injections' or 'full'"),
        ("prices_basis=cheap", "prices_basis", "economic"),
        ("hours=2035-01-10..2034-01-01", "hours", "first day before the last"),
        ("hours=2035-02-30..2035-03-01", "hours", "two dates"),
        ('project.links=["aral"]', "base", "project.links names ['aral']"),
        ("financing.mixes=[]", "base", "at least one mix"),
        ("weather.sed=2", "weather.sed", 'Did you mean "seed"'),
        ("lnk.caspian.capacity_mw=5", "lnk", 'Did you mean "link"'),
        ("nonsense", "--set nonsense", "key.path=value"),
    ],
)
def test_one_bad_value_is_one_clear_problem(override: str, where: str, expected: str) -> None:
    """A wrong value names its key and what would be right."""
    with pytest.raises(BadInput) as caught:
        load_case("base", [override])
    assert len(caught.value.problems) == 1
    assert where in caught.value.problems[0].where
    assert expected in str(caught.value.problems[0])


def test_all_problems_come_at_once() -> None:
    """Three mistakes give three problems."""
    with pytest.raises(BadInput) as caught:
        load_case("base", ["link.caspian.capacity_mw=-1", "demand.level=most", "colour=3"])
    assert len(caught.value.problems) == 3


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"\xff\xfe\x00", "UTF-8"), (b"name = [", "not TOML"), (b'extends = "nowhere.toml"', "no such case")],
)
def test_a_file_that_is_no_case(tmp_path: Path, content: bytes, expected: str) -> None:
    """Bytes that are not text, text that is not TOML and a missing parent are each said."""
    path = tmp_path / "bad.toml"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=expected):
        load_case(path)


def test_a_case_that_extends_itself_stops(tmp_path: Path) -> None:
    """A circle of parents is a problem, not an endless loop."""
    path = tmp_path / "loop.toml"
    path.write_text('extends = "loop.toml"')
    with pytest.raises(BadInput, match="four deep"):
        load_case(path)


def test_new_writes_a_case_that_checks(tmp_path: Path) -> None:
    """The template is the base under another name, and is never overwritten."""
    path = write_case("mine", tmp_path)
    assert load_case(path).name == "mine"
    assert tomllib.loads(path.read_text())["link"]["caspian"]["capacity_mw"] == 2000
    with pytest.raises(BadInput, match="exists"):
        write_case("mine", tmp_path)
    with pytest.raises(BadInput, match="letters"):
        write_case("../x", tmp_path)
