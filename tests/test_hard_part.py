"""A small part of `make hard`: the same trials, a few of each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hard import inputs, mutations, places
from tests.hard.trial import judged

pytestmark = pytest.mark.slow


def test_a_trial_sees_what_is_wrong() -> None:
    """A trace, a strange exit code and a refusal without a word are each found."""
    assert judged("x", 1, "Traceback (most recent call last)").wrong
    assert judged("x", 3, "The calculation failed: no").wrong
    assert judged("x", 2, "no").wrong
    assert not judged("x", 2, "One problem in the input:\n  a").wrong


def test_some_mutations_end_well(tmp_path: Path) -> None:
    """Damaged cases and tables of another seed than `make hard` takes end in 0, 1 or 2 with a message."""
    found = [mutations.mutate(number, 2, tmp_path) for number in range(4)]
    assert [(outcome.name, outcome.wrong) for outcome in found if outcome.wrong] == []


def test_a_disk_that_fills_up(tmp_path: Path) -> None:
    """No half is left on it, and the reason is said."""
    found = places.full_disk(tmp_path, 200)
    if found is None:
        pytest.skip("this user cannot mount a small disk")
    assert (found.wrong, found.code) == ("", 3), found.errors


def test_a_leap_day_is_dispatched(tmp_path: Path) -> None:
    """29 February 2032 is a day like any other."""
    found = inputs.leap_year(tmp_path)
    assert not found.wrong, found.errors


def test_tables_too_large_to_read(tmp_path: Path) -> None:
    """Three gigabytes are refused by size."""
    found = inputs.huge_table(tmp_path)
    assert not found.wrong, found.errors
