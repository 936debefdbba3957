"""A link whose design follows its rating is that of the shipped case of the rating."""

from __future__ import annotations

import pytest

from greengrid.case import load_case
from greengrid.errors import BadInput
from greengrid.inputs import make_link


@pytest.mark.parametrize(("name", "capacity_mw"), [("small-link", 1000), ("base", 2000), ("large-link", 4000)])
def test_shipped_ratings_have_their_own_design(name: str, capacity_mw: float) -> None:
    """By rating, `base` becomes the link of each shipped case: same key for key, same losses."""
    settings = ["link.caspian.design='by_rating'", f"link.caspian.capacity_mw={capacity_mw}"]
    own, shipped = load_case("base", settings).link["caspian"], load_case(name).link["caspian"]
    for key in ("voltage_kv", "configuration", "poles", "resistance_ohm_per_km"):
        assert getattr(own, key) == getattr(shipped, key)
    half = capacity_mw / 2
    assert make_link("caspian", own).flow(half).loss_mw == make_link("caspian", shipped).flow(half).loss_mw


def test_losses_at_full_load_stay_in_a_band() -> None:
    """Designed by rating no size loses more than the weakest design at its limit; one fixed bipole would."""

    def loss_frac(capacity_mw: int, design: str) -> float:
        case = load_case("base", [f"link.caspian.design='{design}'", f"link.caspian.capacity_mw={capacity_mw}"])
        link = make_link("caspian", case.link["caspian"])
        return link.flow(link.capacity_mw).loss_mw / link.capacity_mw

    designed = {size: loss_frac(size, "by_rating") for size in (500, 1000, 1500, 2000, 3000, 4000, 6000)}
    assert max(designed.values()) == designed[1000]
    assert designed[6000] == pytest.approx(designed[2000], rel=1e-9)
    assert loss_frac(6000, "stated") > 1.5 * designed[6000]


def test_no_link_needs_no_design() -> None:
    """At 0 MW, and where the rating is no number, what the case states is checked as ever."""
    assert load_case("base", ["link.caspian.design='by_rating'", "link.caspian.capacity_mw=0"]).built_links
    with pytest.raises(BadInput, match="capacity_mw"):
        load_case("base", ["link.caspian.design='by_rating'", "link.caspian.capacity_mw='much'"])
