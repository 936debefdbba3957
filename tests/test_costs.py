"""Capex, opex and availability of a link, against figures worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greengrid.costs import SPENDING, UnitCosts, availability, combined, link_costs, reinforcement_items, spread, total
from greengrid.errors import BadInput
from networks.grid import Reinforcement
from networks.hvdc import Link

MEUR = 1.12e6
UNIT = UnitCosts.of()


def link(mw=2000.0, subsea=392.0, land=100.0, configuration="bipole", poles=2) -> Link:
    return Link("caspian", "KZ_KurykHVDC 500", "AZ_Navahi 500", mw, 525.0, configuration, poles, subsea, land,
                0.0088, 0.001, 0.008, mw, 0.01, "test")  # fmt: skip


def works(costs):
    return total(item for item in costs.items if "cable" in item.name or item.name.startswith("converter"))


def test_two_gigawatts_over_400_km_land_in_the_evidence():
    """Cables and stations of 2 GW over 400 km: 1,527 low, 2,912 central, 3,856 MEUR high, before mobilisation."""
    found = works(link_costs(link(subsea=400, land=0), ("KZ", "AZ")))
    assert (found.low / MEUR, found.central / MEUR, found.high / MEUR) == pytest.approx((1527.2, 2912.0, 3856.0))


def test_one_gigawatt_is_half_of_two():
    """The same evidence for 1 GW: 1,456 MEUR central."""
    found = works(link_costs(link(1000, 400, 0, "symmetrical_monopole", 1), ("KZ", "AZ")))
    assert found.central / MEUR == pytest.approx(1456.0)


def test_base_link_by_hand():
    """392 km at sea, 100 on land: works 3,418.76 MEUR, 20 % for vessel, survey and owner, then 10 % contingency."""
    works_meur = (392 * 2140 + 100 * 2705) * 2000 / 1e6 + 600 * 2000 / 1000
    costs = link_costs(link(), ("KZ", "AZ"))
    assert works_meur == pytest.approx(3418.76)
    assert costs.capex_usd_real().central / MEUR == pytest.approx(works_meur * 1.20 * 1.10)
    assert 2000 <= costs.capex_usd_real().central / MEUR <= 5000


def test_range_joins_independent_parts_as_a_root_of_squares():
    """The whole's range is wider than the works alone and narrower than all parts at their worst together."""
    costs = link_costs(link(), ("KZ", "AZ"))
    whole, worst = combined(costs.items), total(costs.items)
    groups = {"works": works(costs)}
    for item in costs.items:
        if "cable" not in item.name and not item.name.startswith("converter"):
            groups[item.name] = total([item])
    above = math.sqrt(sum((part.high - part.central) ** 2 for part in groups.values()))
    assert whole.high == pytest.approx(whole.central + above)
    assert works(costs).high - works(costs).central < whole.high - whole.central < worst.high - worst.central


def test_stations_stand_in_their_countries_and_cable_lies_at_sea():
    """One station in each country, the land cable in the second, the rest booked at sea."""
    where = {item.name: item.country for item in link_costs(link(), ("KZ", "AZ")).items}
    assert (where["converter station KZ"], where["converter station AZ"]) == ("KZ", "AZ")
    assert (where["land cable"], where["subsea cable"]) == ("AZ", "sea")


def test_every_part_has_grade_source_and_spending_that_sums_to_one():
    """Nothing is unsourced, and each part is spent exactly once over the construction years."""
    for years in (1, 4, 6, 9):
        for item in link_costs(link(), ("KZ", "AZ"), construction_years=years).items:
            assert item.source
            assert item.confidence in "ABCD"
            assert len(item.spread_frac) == years
            assert sum(item.spread_frac) == pytest.approx(1)
            assert item.low_usd_real <= item.central_usd_real <= item.high_usd_real


def test_spending_curve_of_three_years_adds_pairs_of_six():
    """Half the years hold the shares of two years each; twelve years split each share in two."""
    curve = SPENDING["cable"]
    assert spread(curve, 3) == pytest.approx((0.15, 0.45, 0.40))
    assert spread(curve, 12)[:2] == pytest.approx((0.025, 0.025))
    assert spread(curve, 6) == pytest.approx(curve)
    with pytest.raises(BadInput, match="at least 1"):
        spread(curve, 0)


def test_case_values_replace_a_row_without_a_range():
    """A known cable price of 2,400 EUR/MW/km has no range left; an unknown or NaN cost is refused."""
    unit = UnitCosts.of(overrides={"subsea_cable": 2400.0})
    cable = next(i for i in link_costs(link(), ("KZ", "AZ"), unit_costs=unit).items if i.name == "subsea cable")
    assert cable.low_usd_real == cable.high_usd_real == pytest.approx(2400 * 1.12 * 2000 * 392)
    for bad in ({"subsee_cable": 1.0}, {"subsea_cable": float("nan")}, {"subsea_cable": -1.0}):
        with pytest.raises(BadInput):
            UnitCosts.of(overrides=bad)


def test_costs_move_with_the_price_base_year():
    """In USD of 2030 the link costs 1.02^5 times as many dollars; availability does not change."""
    now, later = (link_costs(link(), ("KZ", "AZ"), unit_costs=UnitCosts.of(year)) for year in (2025, 2030))
    assert later.capex_usd_real().central == pytest.approx(now.capex_usd_real().central * 1.02**5)
    assert later.availability["central"] == now.availability["central"]


def test_upkeep_by_hand():
    """1 % of cables, 1.5 % of stations, 0.3 % insurance of all, 0.2744 faults of 15 MUSD a year."""
    costs = link_costs(link(), ("KZ", "AZ"))
    cable = (392 * 2140 + 100 * 2705) * 2000 * 1.12
    station = 600 * 2_000_000 * 1.12
    expected = 0.01 * cable + 0.015 * station + 0.003 * (cable + station) * 1.20 * 1.10 + 0.07 * 3.92 * 15e6
    assert costs.upkeep_usd_real.central == pytest.approx(expected)


def test_control_is_renewed_once_in_year_eighteen():
    """10 % of the stations' cost falls in operating year 18 and nowhere else; a 15-year plan never reaches it."""
    costs = link_costs(link(), ("KZ", "AZ"))
    yearly = costs.opex_usd_real(35)
    assert yearly[17] - yearly[0] == pytest.approx(0.1 * 600 * 2_000_000 * 1.12)
    assert len(set(yearly)) == 2
    assert len(set(costs.opex_usd_real(15))) == 1


def test_a_bipole_loses_half_of_what_a_monopole_loses_to_a_cable_fault():
    """0.07 x 3.92 x 65/365 = 4.89 % of the year for the monopole, half for the bipole and for two bipoles."""
    down = 0.07 * 3.92 * 65 / 365
    assert availability(link(1000, configuration="symmetrical_monopole", poles=1), UNIT).subsea_frac == pytest.approx(
        down
    )
    for poles in (2, 4):
        assert availability(link(poles=poles), UNIT).subsea_frac == pytest.approx(down / 2)


def test_cable_unavailability_of_400_km_matches_the_literature():
    """Evidence: 5.0 % of the year for a single system of 400 km at 0.07 faults and 65 days."""
    single = link(1000, 400, 0, "symmetrical_monopole", 1)
    assert availability(single, UNIT).subsea_frac == pytest.approx(0.050, abs=0.001)


def test_overload_of_the_poles_that_are_left_saves_availability():
    """With 1.2 of its share the pole that is left carries 0.6 of a bipole; three of four carry 0.9 of two."""
    plain = availability(link(), UNIT).subsea_frac
    one, two = (replace(link(4000 if poles == 4 else 2000, poles=poles), pole_overload_ratio=1.2) for poles in (2, 4))
    assert availability(one, UNIT).subsea_frac == pytest.approx(plain * 0.4 / 0.5)
    assert availability(two, UNIT).subsea_frac == pytest.approx(plain * 2 * 0.1 / 0.5)


def test_availability_by_hand():
    """Base: (1 - 2.443 % - 0.110 %) x (1 - 2 x 1.75 %) = 94.04 %."""
    subsea, land = 0.07 * 3.92 * 65 / 365 / 2, 0.04 * 1.0 * 20 / 365 / 2
    assert availability(link(), UNIT).frac == pytest.approx((1 - subsea - land) * 0.965)


def reinforcement(element="line", kv=500.0, circuits=1, km=508.0):
    ends = ("KZ_Karabatan", "KZ_Aktau") if element == "line" else ("KZ_Aktau", "KZ_Aktau")
    return Reinforcement(element, *ends, "KZ", kv, circuits, km, "why", "test")


def test_ac_line_and_transformer_by_hand():
    """508 km x 0.45 MUSD x 1.10 + 2 bays of 10 MEUR; two banks of 16 MEUR with one and a half bays each."""
    line, bank = reinforcement_items([reinforcement(), reinforcement("transformer", circuits=2, km=0.0)], 6, UNIT)
    assert line.central_usd_real / 1e6 == pytest.approx(508 * 0.45 * 1.10 + 2 * 10 * 1.12)
    assert bank.central_usd_real / 1e6 == pytest.approx(2 * (16 + 15) * 1.12)


def test_ac_package_is_in_the_books_of_who_pays():
    """Paid by the network operator the package stays out of the project's books and opex; the economy counts it."""
    kept = {
        paid_by: link_costs(link(), ("KZ", "AZ"), reinforcements=[reinforcement()], paid_by=paid_by)
        for paid_by in ("tso", "project")
    }
    package = 508 * 0.45 * 1.10 + 2 * 10 * 1.12
    assert kept["tso"].project_items == kept["tso"].items
    extra = total(kept["project"].project_items).central - total(kept["tso"].project_items).central
    assert extra / 1e6 == pytest.approx(package)
    more = kept["project"].upkeep_usd_real.central - kept["tso"].upkeep_usd_real.central
    assert more / 1e6 == pytest.approx(0.015 * package)
    economic = {name: costs.capex_usd_real(with_reinforcement=True).central for name, costs in kept.items()}
    assert economic["tso"] == pytest.approx(economic["project"])


def test_elements_without_a_cost_are_refused_together():
    """A 110 kV line and a converter in the AC package have no row: both are reported."""
    with pytest.raises(BadInput) as caught:
        reinforcement_items([reinforcement(kv=110.0), reinforcement("converter")], 6, UNIT)
    assert len(caught.value.problems) == 2
    with pytest.raises(BadInput, match="tso or project"):
        link_costs(link(), ("KZ", "AZ"), paid_by="nobody")


@settings(derandomize=True, max_examples=40, deadline=None)
@given(mw=st.floats(100, 4000), km=st.floats(50, 1200), more=st.floats(1.01, 2))
def test_capex_grows_with_length_and_rating(mw, km, more):
    """Longer or larger is dearer at every level, and longer is less available."""
    base, longer, larger = (
        link_costs(link(a, b), ("KZ", "AZ")) for a, b in ((mw, km), (mw, km * more), (mw * more, km))
    )
    for level in ("low", "central", "high"):
        assert base.capex_usd_real().at(level) < longer.capex_usd_real().at(level)
        assert base.capex_usd_real().at(level) < larger.capex_usd_real().at(level)
        assert base.upkeep_usd_real.at(level) < longer.upkeep_usd_real.at(level)
    assert longer.availability["central"].frac < base.availability["central"].frac
    assert 0 <= base.availability["high"].frac <= base.availability["low"].frac <= 1
