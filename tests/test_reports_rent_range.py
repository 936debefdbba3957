"""The page of the cable shows the range of a rent that moves by more than a hundredth, and no other."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from reports.results import Results
from reports.sections.link import _rent_ranges


@pytest.mark.parametrize(
    ("least_usd", "most_usd", "told"),
    [(23_654_165.6, 24_366_159.2, "+23.7"), (24_200_000.0, 24_366_159.2, ""), (None, None, ""), (0.0, 0.0, "")],
)
def test_a_range_is_shown_from_one_percent_on(least_usd: float | None, most_usd: float | None, told: str) -> None:
    """23.7 to 24.4 million is shown; 24.2 to 24.4, nothing asked for and nothing earned are not."""
    facts = {"rent_least_usd_real": least_usd, "rent_most_usd_real": most_usd}
    results: Any = SimpleNamespace(links=[{"name": "black_sea"}], summary={"links": {"black_sea": facts}})
    sentence = _rent_ranges(cast(Results, results))
    assert told in sentence
    assert bool(sentence) == bool(told)
    assert ("+24.4" in sentence) == bool(told)
