"""The netback of the export chain against a table worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greengrid.errors import BadInput
from greengrid.netback import (
    BORDER_CARBON,
    Chain,
    Deduction,
    Input,
    Section,
    affordable_charge,
    margin,
    netback,
    realised_loss_frac,
    switching_price,
    walk,
    weighted_price,
)

EUR = 1.12


def number(low: float, central: float, high: float) -> Input:
    return Input(low, central, high, "C", "hand table")


def section(name: str, loss: Input, charge: Input, sunk_cost: bool, charged_on="sent") -> Section:
    return Section(name, loss, charge, charged_on, sunk_cost)


def hand_chain(carbon: Input, charged_on="sent") -> Chain:
    """Inputs of the hand table: Romania to a wind farm near Aktau, 2035, charges on the MWh that enters a section."""
    return Chain(
        outlet="Romania",
        price_usd_per_mwh=number(65, 99, 120),
        at_market=(
            Deduction(BORDER_CARBON, carbon, False),
            Deduction("fees", number(1.5 * EUR, 4 * EUR, 6 * EUR), False),
        ),
        sections=(
            section("Black Sea", number(0.03, 0.05, 0.07), number(13 * EUR, 33 * EUR, 88 * EUR), True, charged_on),
            section("Georgia", number(0.015, 0.02, 0.025), number(2, 4, 8), False),
            section("Azerbaijan", number(0.01, 0.015, 0.02), number(2, 4, 8), False),
            section("Caspian", number(0.02, 0.035, 0.05), number(9 * EUR, 37 * EUR, 86 * EUR), True, charged_on),
        ),
        at_source=(Deduction("AC works", number(5 * EUR, 8 * EUR, 12 * EUR), True),),
        generation=Deduction("wind", number(23.1, 36.6, 60.0), False),
    )


DEFAULT = number(0, 0.44 * 115 * EUR, 0.612 * 141 * EUR)
ACTUAL = number(0, 0, 0.612 * 141 * EUR)


@pytest.mark.parametrize(
    ("carbon", "scenario", "expected"),
    [(DEFAULT, "central", -96), (ACTUAL, "central", -46), (DEFAULT, "best", 53), (DEFAULT, "worst", -307)],
)
def test_margins_of_the_hand_table(carbon, scenario, expected):
    """Central -96 with the default factor, -46 with actual emissions; +53 if all is friendly, -307 if hostile."""
    assert margin(hand_chain(carbon), scenario) == pytest.approx(expected, abs=1)


@pytest.mark.parametrize(("carbon", "expected"), [(ACTUAL, 151), (DEFAULT, 207)])
def test_break_even_prices_of_the_hand_table(carbon, expected):
    """Romania would have to pay 151 USD/MWh with actual emissions and 207 with the default factor."""
    assert switching_price(hand_chain(carbon)) == pytest.approx(expected, abs=1)


@pytest.mark.parametrize(("carbon", "expected"), [(DEFAULT, 26), (ACTUAL, 76)])
def test_worth_with_the_cables_sunk(carbon, expected):
    """Cables and AC works already paid: 26 and 76 USD/MWh at Aktau, before the wind is paid."""
    chain = hand_chain(carbon)
    assert margin(chain, "central", "sunk") + 36.6 == pytest.approx(expected, abs=0.5)


def test_running_worth_of_the_hand_table():
    """Default factor: 38 at the EU border, then -1, -5, -9 and -50 after the Caspian, -59 at the wind farm."""
    rows = {step.step: step for step in netback(hand_chain(DEFAULT), "Caspian").steps}
    expected = {
        "= worth at the border of Romania": 38,
        "= worth before Black Sea": -1,
        "= worth before Georgia": -5,
        "= worth before Azerbaijan": -9,
        "= worth before Caspian": -50,
        "= worth at the sending end": -59,
        "= margin": -96,
    }
    for name, value in expected.items():
        assert rows[name].paid_central == pytest.approx(value, abs=0.7), name
    assert rows["= margin"].low == pytest.approx(-307, abs=1)
    assert rows["= margin"].high == pytest.approx(53, abs=1)


def test_steps_add_up_to_every_running_worth():
    """Each column of the table is a sum: amounts above a running worth give it exactly."""
    steps = netback(hand_chain(DEFAULT, "received"), "Caspian").steps
    for column in ("sunk_central", "paid_central", "low", "high"):
        worth = 0.0
        for step in steps:
            value = getattr(step, column)
            if step.step.startswith("="):
                assert value == pytest.approx(worth)
            else:
                worth += value


def test_affordable_charge_leaves_exactly_nothing():
    """Charging what is affordable makes the paid margin zero, whichever end the charge is counted at."""
    for charged_on in ("sent", "received"):
        chain = hand_chain(ACTUAL, charged_on)
        charge = affordable_charge(chain, "Caspian")
        caspian = replace(chain.sections[-1], charge_usd_per_mwh=number(charge, charge, charge), charged_on="received")
        assert margin(replace(chain, sections=(*chain.sections[:-1], caspian))) == pytest.approx(0, abs=1e-9)


def test_affordable_charge_by_hand():
    """Worth 50 at the receiving end, 5 % loss, power at 38: (50 x 0.95 - 38) / 0.95 = 10 USD per MWh received."""
    nothing = number(0, 0, 0)
    cable = Section("cable", nothing.fixed(0.05), number(1, 99, 100), "received", True)
    chain = Chain("A", nothing.fixed(50), (), (cable,), (), Deduction("power", nothing.fixed(38), False))
    assert affordable_charge(chain, "cable") == pytest.approx(10)
    assert netback(chain, "cable").affordable_charge_usd_per_mwh == pytest.approx(10)


def test_switching_values_put_the_margin_at_zero():
    """At the switching price and at the switching carbon cost nothing is won or lost."""
    chain = hand_chain(DEFAULT, "received")
    values = {name: value for name, value, _ in netback(chain, "Caspian", (), 115 * EUR).switching}
    at_price = replace(chain, price_usd_per_mwh=chain.price_usd_per_mwh.fixed(values["price, Romania"]))
    assert margin(at_price) == pytest.approx(0, abs=1e-9)
    carbon = replace(chain.at_market[0], amount_usd_per_mwh=DEFAULT.fixed(values[BORDER_CARBON]))
    assert margin(replace(chain, at_market=(carbon, chain.at_market[1]))) == pytest.approx(0, abs=1e-9)
    assert values["border carbon factor"] == pytest.approx(values[BORDER_CARBON] / (115 * EUR))


def test_unknown_section_and_disordered_input_are_refused():
    """A link that is no section of the chain and bounds out of order are bad input."""
    with pytest.raises(BadInput, match="no section Aral"):
        affordable_charge(hand_chain(DEFAULT), "Aral")
    with pytest.raises(BadInput, match="low <= central <= high"):
        number(2, 1, 3)


def test_price_is_weighted_with_what_is_sent():
    """10 MWh at 100 and 30 MWh at 60 were sold at 70 on average; selling nothing has no price."""
    price, sold = np.array([100.0, 60.0, 5.0]), np.array([10.0, 30.0, 0.0])
    assert weighted_price(price, sold) == pytest.approx(70)
    assert weighted_price(price, np.zeros(3)) is None


def test_realised_loss_is_of_the_energy_sent():
    """200 MWh sent and 193 received are a loss of 3.5 %."""
    assert realised_loss_frac(np.array([150.0, 50.0]), np.array([145.0, 48.0])) == pytest.approx(0.035)
    assert realised_loss_frac(np.zeros(2), np.zeros(2)) is None


amount = st.floats(0, 200)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(name=st.sampled_from(["Black Sea", "Georgia", "Azerbaijan", "Caspian"]), base=amount, more=st.floats(0.1, 100))
def test_netback_falls_with_every_charge(name, base, more):
    """A higher charge on any section lowers the margin; without the Caspian's own, also what is affordable for it."""

    def charged(value: float) -> Chain:
        chain = hand_chain(DEFAULT, "received")
        sections = tuple(
            replace(part, charge_usd_per_mwh=part.charge_usd_per_mwh.fixed(value)) if part.name == name else part
            for part in chain.sections
        )
        return replace(chain, sections=sections)

    low, high = charged(base), charged(base + more)
    assert margin(high) < margin(low)
    if name == "Caspian":
        assert affordable_charge(high, "Caspian") == pytest.approx(affordable_charge(low, "Caspian"))
    else:
        assert affordable_charge(high, "Caspian") < affordable_charge(low, "Caspian")


@settings(derandomize=True, max_examples=40, deadline=None)
@given(price=amount, loss=st.floats(0, 0.3))
def test_sunk_reading_is_never_below_paid(price, loss):
    """Leaving out charges that recover an investment never lowers the worth, and amounts add up to the margin."""
    chain = replace(hand_chain(DEFAULT, "received"), price_usd_per_mwh=number(price, price, price))
    chain = replace(chain, sections=tuple(replace(s, loss_frac=s.loss_frac.fixed(loss)) for s in chain.sections))
    assert margin(chain, "central", "sunk") >= margin(chain, "central", "paid")
    assert sum(value for _, value in walk(chain, "worst", "paid")) == pytest.approx(margin(chain, "worst", "paid"))
