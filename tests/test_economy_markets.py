"""Neighbour markets, the border carbon cost and the export chain's inputs."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime

import numpy as np
import pytest

from greengrid.costs import UnitCosts, link_costs
from greengrid.dispatch.result import Certificate, Dispatch
from greengrid.economy import read_tables
from greengrid.economy.chain import (
    BLACK_SEA,
    CASPIAN,
    ChainInputs,
    displaced_gas,
    inputs_of_run,
    nearer_chains,
    romanian_chain,
    works_charge,
)
from greengrid.economy.markets import make_border_carbon, make_markets
from greengrid.economy.prices import make_prices
from greengrid.errors import BadInput
from greengrid.hourly import Clock, HourlyTable
from greengrid.netback import Input, margin, netback
from networks.grid import Border, Grid
from networks.hvdc import Link

TABLES = read_tables()


def border(rule="default", country="GE", year=2035, home=0.0, **changes):
    return make_border_carbon(
        TABLES,
        year=year,
        price_base_year=changes.pop("price_base_year", 2025),
        rule=rule,
        declared_country=country,
        home_usd_per_tco2=home,
        **changes,
    )


def market(name, year=2035, rule="default"):
    return make_markets(TABLES, [name], year, 2025, border(rule, year=year))[0]


def inputs(rule="default", **changes):
    return ChainInputs(TABLES, 2035, 2025, rule, "GE", None, 0.0, changes.pop("overrides", {}))


def prices():
    return make_prices(TABLES, year=2035, basis="economic", price_base_year=2025, fuel_prices={}, carbon_prices={})


def test_border_carbon_of_2035_at_the_georgian_factor():
    """0.440 t x 115 EUR x 1.12 = 56.67 USD per MWh in 2035."""
    assert border().cost_usd_per_mwh == pytest.approx(0.44 * 115 * 1.12)


def test_what_is_paid_at_home_comes_off():
    """20 USD/t paid at home take 0.44 x 20 off; a price above the allowance leaves nothing to pay, never a gain."""
    assert border(home=20).cost_usd_per_mwh == pytest.approx(0.44 * (115 * 1.12 - 20))
    assert border(home=500).cost_usd_per_mwh == 0.0


def test_kazakh_origin_takes_the_fallback_factor():
    """Declared in Kazakhstan the factor is 0.612; an allowance price of the case is taken as it is."""
    assert border(country="KZ", eua_usd_per_t=100.0).cost_usd_per_mwh == pytest.approx(61.2)


@pytest.mark.parametrize(("rule", "year"), [("actual", 2035), ("none", 2035), ("default", 2025)])
def test_no_border_carbon_without_the_rule_or_before_it(rule, year):
    """A proven zero, a switched-off rule and any year before 2026 cost nothing."""
    assert border(rule, year=year).cost_usd_per_mwh == 0.0


def test_selling_to_romania_costs_carbon_and_fees():
    """56.67 + (2 + 2) EUR x 1.12 = 61.15 USD/MWh to sell, 2 EUR = 2.24 to buy, and the whole price is received."""
    romania = market("RO")
    assert romania.sell_cost_usd_per_mwh == pytest.approx(56.672 + 4.48)
    assert romania.buy_cost_usd_per_mwh == pytest.approx(2.24)
    assert romania.sell_factor_frac == 1.0
    assert romania.slope_usd_per_mwh_per_gw == 3.0


def test_northern_russia_pays_a_third_and_takes_little():
    """Kazakhstan receives 0.35 of the 60 it pays (21 USD/MWh) and sells at most 150 MW x 8,760 h = 1.3 TWh."""
    north = market("RU_north")
    assert 20 <= 60 * north.sell_factor_frac <= 25
    assert north.export_energy_max_twh == pytest.approx(150 * 8760 / 1e6, abs=0.02)
    assert north.import_energy_max_twh is None
    assert market("RU_north", 2025).import_energy_max_twh == 2.6


def test_cheap_neighbours_sell_only_what_they_have():
    """Iran 0.05 and Turkmenistan 3 TWh in 2025: without the caps they would undercut every gas station."""
    assert market("IR", 2025).import_energy_max_twh == 0.05
    assert market("TM", 2025).import_energy_max_twh == 3.0


def test_unknown_market_and_rule_are_refused():
    """A market without rows lists the known ones, a misspelt rule the three rules."""
    with pytest.raises(BadInput, match="RU_north"):
        market("RU_noth")
    with pytest.raises(BadInput, match="default, actual or none"):
        border("proven")


def test_sunk_worth_at_aktau_as_the_sources_give_it():
    """With the cables sunk a Romanian MWh is worth 26 USD at Kuryk under the default factor, 76 without carbon cost."""
    for rule, expected in (("default", 26), ("actual", 76)):
        chain = romanian_chain(inputs(rule))
        worth = margin(chain, "central", "sunk") + chain.generation.amount_usd_per_mwh.central
        assert worth == pytest.approx(expected, abs=0.5)


def test_nearer_outlets_as_the_sources_give_them():
    """Türkiye 52 and Azerbaijani gas 47 USD/MWh at Kuryk with the cable sunk (68 USD less 7 %; 21/0.455 + 3)."""
    turkey, _, gas = nearer_chains(inputs(), prices())
    assert gas.price_usd_per_mwh.central == pytest.approx(21 / 0.455 + 3)
    for chain, expected in ((turkey, 52), (gas, 47)):
        worth = margin(chain, "central", "sunk") + chain.generation.amount_usd_per_mwh.central
        assert worth == pytest.approx(expected, abs=1)
    assert displaced_gas(inputs(), prices()).high == pytest.approx(21 / 0.335 + 3)


def test_case_carbon_range_contains_the_central_value():
    """Best: a claim is accepted; worst: 0.612 t at the high allowance of 141 EUR."""
    carbon = inputs().border_carbon()
    assert (carbon.low, carbon.central, carbon.high) == pytest.approx((0.0, 56.672, 0.612 * 141 * 1.12))


def test_run_values_replace_table_inputs():
    """A realised price and loss of the dispatch take the place of the table's."""
    price = Input(60, 80, 100, "B", "dispatch")
    chain = romanian_chain(inputs(overrides={"price.RO": price, "loss.caspian": price.fixed(0.02)}))
    assert chain.price_usd_per_mwh is price
    assert chain.sections[-1].loss_frac.central == 0.02


def test_headline_of_the_shipped_inputs_is_negative():
    """With central inputs nothing is left for the Caspian cable on the way to Romania; not even without carbon cost."""
    result = netback(
        romanian_chain(inputs()), CASPIAN, nearer_chains(inputs(), prices()), inputs().carbon_usd_per_tco2()
    )
    assert result.affordable_charge_usd_per_mwh < 0
    assert dict((name, value) for name, value, _ in result.switching)["border carbon factor"] < 0
    assert [outlet.name for outlet in result.outlets] == ["Romania", "Türkiye", "Georgia", "Azerbaijani gas"]


def run_of(sold: list[float], prices_usd: list[float], sent: list[float], received: list[float]):
    """A two-hour dispatch of one border to Romania and the two cables, with nothing else in it."""
    names = {"forward": sent, "reverse": [0.0, 0.0]}
    empty = HourlyTable.of((), (), 2)
    both = [(f"{link}:{way}", np.array(names[way])) for link in ("caspian", "black_sea") for way in names]
    arrived = [(name, np.array(received) if name.endswith("forward") else values) for name, values in both]
    others = [field.name for field in fields(Dispatch) if field.type == "HourlyTable"]
    used = ("export_mw", "market_price_usd_per_mwh", "link_sent_mw", "link_received_mw")
    tables = {name: empty for name in others if name not in used}
    return Dispatch(
        clock=Clock(datetime(2035, 1, 1, tzinfo=UTC), 2),
        certificate=Certificate(0.0, 0.0, 0.0, 0.0, "made by hand"),
        export_mw=HourlyTable.of(["RO_end"], [np.array(sold)], 2),
        market_price_usd_per_mwh=HourlyTable.of(["RO_end"], [np.array(prices_usd)], 2),
        link_sent_mw=HourlyTable.of([n for n, _ in both], [v for _, v in both], 2),
        link_received_mw=HourlyTable.of([n for n, _ in arrived], [v for _, v in arrived], 2),
        **tables,
    )


def corridor() -> Grid:
    border = Border("RO_end", "bus", "RO", 1, 1, 0, 0, "B", "test")
    links = tuple(
        Link(n, "a", "b", 1000.0, 525.0, "bipole", 2, 392.0, 100.0, 0.0088, 0.001, 0.008, 1000.0, 0.01, "test")
        for n in ("caspian", "black_sea")
    )
    return Grid(2035, (), (), (), (), (), (), (border,), (), (), (), (), (), links, (), ())


def test_realised_price_and_losses_replace_the_central_values():
    """30 MWh at 60 and 10 MWh at 100 are sold at 70; 960 of 1,000 MWh arrive; the range moves along."""
    run = run_of([30.0, 10.0], [60.0, 100.0], [600.0, 400.0], [580.0, 380.0])
    chain = romanian_chain(inputs_of_run(inputs(), corridor(), run))
    price = chain.price_usd_per_mwh
    assert (price.low, price.central, price.high) == pytest.approx((70 * 0.65 / 0.99, 70, 70 * 1.2 / 0.99), rel=1e-2)
    assert chain.sections[-1].loss_frac.central == pytest.approx(0.04)
    assert chain.sections[-1].loss_frac.high == pytest.approx(0.04 + 0.05 - 0.035)


def test_a_cable_charge_is_spread_over_what_the_run_delivers():
    """960 MWh of 2 h x 1,000 MW are 48 % use: the charge for 50 % use costs 50/48 as much, the Black Sea's 65/48."""
    run = run_of([30.0, 10.0], [60.0, 100.0], [600.0, 400.0], [580.0, 380.0])
    sections = {part.name: part for part in romanian_chain(inputs_of_run(inputs(), corridor(), run)).sections}
    assert sections[CASPIAN].charge_usd_per_mwh.central == pytest.approx(37 * 1.12 * 50 / 48)
    assert sections[BLACK_SEA].charge_usd_per_mwh.central == pytest.approx(33 * 1.12 * 65 / 48)


def test_a_run_without_exports_keeps_the_tables():
    """Nothing sold and nothing sent: the table's price and losses stay."""
    run = run_of([0.0, 0.0], [60.0, 100.0], [0.0, 0.0], [0.0, 0.0])
    assert romanian_chain(inputs_of_run(inputs(), corridor(), run)) == romanian_chain(inputs())


def test_ac_works_per_mwh_by_hand():
    """100 MUSD at 7 % over 30 years (8.059 %) and 1.5 % upkeep over 2 TWh: 4.78 USD/MWh; no flow, no charge."""
    unit = UnitCosts.of()
    costs = link_costs(corridor().links[0], ("KZ", "AZ"), unit_costs=unit)
    item = replace(costs.items[0], name="line x", central_usd_real=1e8, low_usd_real=5e7, high_usd_real=2e8)
    charge = works_charge(replace(costs, reinforcement=(item,)), unit, 2e6, 30)
    assert charge.central == pytest.approx(1e8 * (0.080586 + 0.015) / 2e6, rel=1e-4)
    assert works_charge(costs, unit, 2e6, 30) is None
    assert works_charge(replace(costs, reinforcement=(item,)), unit, 0.0, 30) is None
