"""The yearly plan made from a dispatched year and the cost build-up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from financing.revenue import CapacityCharge, MerchantRent
from greengrid.cashflows import (
    LinkYear,
    ProjectLink,
    ProjectSettings,
    link_year,
    make_plan,
    system_emissions_tco2,
)
from greengrid.costs import UnitCosts, link_costs
from greengrid.dispatch.result import Certificate, Dispatch
from greengrid.economy.fleet import Economy, Market, Unit
from greengrid.economy.tables import read_tables
from greengrid.errors import BadInput
from greengrid.hourly import Clock, HourlyTable
from greengrid.tax_key import tax_shares
from networks.grid import Border, Grid
from networks.hvdc import Link

UNIT = UnitCosts.of()
CASPIAN = Link("caspian", "KZ_KurykHVDC 500", "AZ_Navahi 500", 2000.0, 525.0, "bipole", 2, 392.0, 100.0,
               0.0088, 0.001, 0.008, 2000.0, 0.01, "test")  # fmt: skip
COSTS = link_costs(CASPIAN, ("KZ", "AZ"), unit_costs=UNIT)
AVAILABLE = COSTS.availability["central"].frac


def settings(**changes) -> ProjectSettings:
    values = {
        "name": "caspian",
        "price_base_year": 2025,
        "construction_first_year": 2029,
        "operation_first_year": 2035,
        "operation_years": 30,
        "inflation_pa": 0.02,
        "discount_rate_nominal_pa": 0.08,
        "revenue": CapacityCharge(181_500.0, 1.0, "test"),
    }
    return ProjectSettings(**{**values, **changes})


def plan(**changes):
    given = {"avoided_tco2_per_year": 1e6, "affordable_charge_usd_per_mwh": -54.0, "unit_costs": UNIT}
    links = changes.pop("links", [ProjectLink(CASPIAN, COSTS, LinkYear(8.0e6, 7.7e6, 1.2e7, 2.0e7))])
    return make_plan(changes.pop("settings", settings()), links, **{**given, **changes})


def dispatch(hours=8760, sent=100.0, received=96.0, reverse=0.0, generation=1.0) -> Dispatch:
    ones = np.ones(hours)

    def table(**columns):
        return HourlyTable.of([c.replace("__", ":") for c in columns], [ones * v for v in columns.values()], hours)

    empty = HourlyTable.of((), (), hours)
    return Dispatch(
        clock=Clock(datetime(2035, 1, 1, tzinfo=UTC), hours),
        certificate=Certificate(0.0, 0.0, 0.0, 0.0, "made by hand"),
        generation_mw=table(coal=generation, wind=5.0),
        charge_mw=empty,
        level_mwh=empty,
        curtailed_mw=empty,
        spilled_mw=empty,
        served_mw=empty,
        shed_mw=empty,
        dumped_mw=empty,
        import_mw=table(north=2.0),
        export_mw=table(north=0.5),
        branch_mw=empty,
        link_sent_mw=table(caspian__forward=sent, caspian__reverse=reverse),
        link_received_mw=table(caspian__forward=received, caspian__reverse=reverse * 0.96),
        link_idle_mw=table(caspian=4.0),
        price_usd_per_mwh=HourlyTable.of(("KZ_KurykHVDC 500", "AZ_Navahi 500"), [ones * 40.0, ones * 50.0], hours),
        interface_mw=empty,
        market_price_usd_per_mwh=empty,
    )


def test_losses_are_paid_at_the_sending_end():
    """4 MW of running loss at 40, 2 MW idle at each end at 40 and 50: 340 USD an hour, 2.98 MUSD a year."""
    year = link_year(CASPIAN, dispatch())
    assert year.sent_mwh == pytest.approx(876_000)
    assert year.received_mwh == pytest.approx(840_960)
    assert year.loss_usd_real == pytest.approx((4 * 40 + 2 * 40 + 2 * 50) * 8760)


def test_reverse_flow_is_sent_from_the_far_end():
    """50 MW sent backwards lose 2 MW at the price of Navahi."""
    year = link_year(CASPIAN, dispatch(sent=0.0, received=0.0, reverse=50.0))
    assert year.loss_usd_real == pytest.approx((2 * 50 + 2 * 40 + 2 * 50) * 8760)


def test_a_part_of_a_year_makes_no_plan():
    """336 hours give no annual figure."""
    with pytest.raises(BadInput, match="a whole year"):
        link_year(CASPIAN, dispatch(hours=336))


def test_plan_counts_availability_once():
    """7.7 TWh received with the link always on become 7.7 x 94.04 % in the plan; the charge is for available MW."""
    made = plan()
    assert made.received_mwh == pytest.approx((7.7e6 * AVAILABLE,) * 30)
    assert made.losses_usd_real[0] == pytest.approx(1.2e7 * AVAILABLE)
    assert made.avoided_tco2[0] == pytest.approx(1e6 * AVAILABLE)
    assert made.revenue[0].amount_usd_real == pytest.approx((181_500 * 2000 * AVAILABLE,) * 30)
    assert made.availability_frac == pytest.approx(AVAILABLE)


def test_charge_level_is_the_sourced_one():
    """37 EUR per delivered MWh at half use: 37 x 1.12 x 4,380 h = 181,500 USD per MW and year."""
    row = read_tables().quantity("cable_charge.caspian")
    use = read_tables().quantity("cable_charge_use.caspian")
    assert row.central * 1.12 * 8760 * use.central == pytest.approx(181_500, rel=1e-3)


def test_plan_lengths_follow_the_settings():
    """Six construction years, 30 operating years, one refurbishment, all series as long as operation."""
    made = plan()
    assert {len(item.spread_frac) for item in made.capex} == {6}
    assert {len(s) for s in (made.received_mwh, made.losses_usd_real, made.opex_usd_real, made.avoided_tco2)} == {30}
    assert made.opex_usd_real[17] > made.opex_usd_real[16]
    assert sum(item.central_usd_real for item in made.capex) == pytest.approx(COSTS.capex_usd_real().central)


def test_tax_follows_the_assets_and_thirds_at_sea():
    """KZ taxes its station and a third of the sea, UZ a third of the sea, AZ its station, land cable and a third."""
    made = {share.country: share for share in tax_shares(COSTS.items, read_tables())}
    amount = {item.name: item.central_usd_real for item in COSTS.items}
    whole = sum(amount.values())
    sea = sum(item.central_usd_real for item in COSTS.items if item.country == "sea")
    assert made["UZ"].share_frac == pytest.approx(sea / 3 / whole)
    assert made["KZ"].share_frac == pytest.approx((sea / 3 + amount["converter station KZ"]) / whole)
    assert sum(share.share_frac for share in made.values()) == pytest.approx(1)
    assert (made["KZ"].rate_frac, made["UZ"].rate_frac, made["AZ"].rate_frac) == (0.20, 0.15, 0.20)


def test_a_line_across_a_border_is_taxed_by_halves():
    """An AC line booked to AZ/GE counts half in each country."""
    line = replace(COSTS.items[0], country="AZ/GE")
    assert [(s.country, s.share_frac) for s in tax_shares([line], read_tables())] == [("AZ", 0.5), ("GE", 0.5)]


@pytest.mark.parametrize(("country", "rate"), [("KZ", 0.10), ("AZ", 0.07)])
def test_straight_line_years_match_the_declining_balance(country, rate):
    """At 8 % the tax shield of the declining balance equals that of straight line over the table's years."""
    declining = rate / (0.08 + rate)
    years = round(read_tables().quantity(f"tax_depreciation.{country}").central)

    def straight(n: int) -> float:
        return sum(1.08**-k for k in range(1, n + 1)) / n

    assert abs(straight(years) - declining) <= min(abs(straight(n) - declining) for n in (years - 1, years + 1))


def test_owners_must_add_up():
    """An owners' key of 90 % is refused."""
    with pytest.raises(BadInput, match="sum of 1"):
        tax_shares(COSTS.items, read_tables(), {"KZ": 0.5, "AZ": 0.4})


def test_every_assumption_has_a_value_a_grade_and_a_source():
    """The list holds every cost row and every choice of the case, nothing empty."""
    listed = plan(assumptions=[("extra", "1 MW", "A", "me")]).assumptions
    assert all(all(cell for cell in row) for row in listed)
    assert {row[2] for row in listed} <= {"A", "B", "C", "D"}
    assert {"subsea cable", "take-or-pay capacity charge", "tax key", "link caspian", "extra"} <= {
        row[0] for row in listed
    }


def test_two_links_make_one_project():
    """Ratings and energies add up, and each part says whose it is."""
    part = ProjectLink(CASPIAN, COSTS, LinkYear(8.0e6, 7.7e6, 1.2e7, 2.0e7))
    made = plan(links=[part, part])
    assert made.capacity_mw == 4000
    assert made.availability_frac == pytest.approx(AVAILABLE)
    assert made.received_mwh[0] == pytest.approx(2 * 7.7e6 * AVAILABLE)
    assert all(item.name.startswith("caspian: ") for item in made.capex)
    assert made.opex_usd_real[0] == pytest.approx(2 * plan().opex_usd_real[0])


def test_bad_settings_and_no_link_are_refused():
    """Operation before construction, no year of it and an empty project are bad input, all at once."""
    with pytest.raises(BadInput) as caught:
        settings(operation_first_year=2029, operation_years=0)
    assert len(caught.value.problems) == 2
    with pytest.raises(BadInput, match="no link"):
        plan(links=[])


def test_emissions_count_trade_at_the_neighbours_factor():
    """10 MW of coal at 1.05 t, 2 MW bought and 0.5 MW sold at 0.75 t: (10.5 + 1.5 x 0.75) t an hour."""
    months = (1.0,) * 12

    def unit(name: str, factor: float) -> Unit:
        return Unit(name, "", 0, 0, 1, factor, months, months, 1, 0, 1, 0, 0, 0, 1, 0, "A", "test")

    economy = Economy(
        2025, "economic", (unit("coal", 1.05), unit("wind", 0.0)), (),
        (Market("RU_north", 4, 0.35, 0, 0, None, None, 0.75, "B", "test"),), (), (), 3000.0,
    )  # fmt: skip
    border = Border("north", "bus", "RU_north", 1, 1, 0, 0, "B", "test")
    grid = Grid(2035, (), (), (), (), (), (), (border,), (), (), (), (), (), (), (), ())
    found = system_emissions_tco2(grid, economy, dispatch(generation=10.0))
    assert found == pytest.approx((10 * 1.05 + 1.5 * 0.75) * 8760)


def test_another_revenue_model_reads_the_dispatched_year():
    """Merchant: the year's rent less outages, every year; nothing else of the plan moves."""
    merchant, charged = plan(settings=settings(revenue=MerchantRent("test"))), plan()
    assert merchant.revenue[0].amount_usd_real == pytest.approx((2.0e7 * AVAILABLE,) * 30)
    assert merchant.revenue[0].model == "merchant_rent"
    assert (merchant.capex, merchant.opex_usd_real, merchant.tax) == (charged.capex, charged.opex_usd_real, charged.tax)
