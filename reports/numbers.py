"""How a number is printed: one function for the pages, the figures and the alternative texts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from types import MappingProxyType

from reports.language import decimal_mark, say, word

THOUSANDS = "\u202f"
"""Narrow no-break space."""
JOIN = "\u00a0"
"""Between a number and its unit."""
MINUS = "\u2212"
NOT_APPLICABLE = "\u2013"


@dataclass(frozen=True, slots=True)
class Quantity:
    """How one kind of number is written: what it is multiplied with, how many decimals, which unit follows."""

    decimals: int
    unit: str
    factor: float = 1.0
    joined: bool = True
    """False where the unit follows without a space (1.27x)."""


QUANTITIES: Mapping[str, Quantity] = MappingProxyType(
    {
        "energy_twh": Quantity(1, "TWh"),
        "energy_small_twh": Quantity(2, "TWh"),
        "energy_gwh": Quantity(0, "GWh"),
        "power_gw": Quantity(2, "GW"),
        "power_mw": Quantity(0, "MW"),
        "apparent_mva": Quantity(0, "MVA"),
        "reactive_mvar": Quantity(0, "Mvar"),
        "fleet_gw": Quantity(1, "GW"),
        "length_km": Quantity(0, "km"),
        "money_musd": Quantity(0, "M USD"),
        "money_fine_musd": Quantity(1, "M USD"),
        "money_busd": Quantity(2, "bn USD"),
        "price_usd_per_mwh": Quantity(1, "USD/MWh"),
        "charge_kusd_per_mw": Quantity(1, "thousand USD/MW"),
        "rate_pa": Quantity(2, "%", 100.0),
        "irr_pa": Quantity(1, "%", 100.0),
        "share_frac": Quantity(0, "%", 100.0),
        "loading_frac": Quantity(0, "%", 100.0),
        "share_fine_frac": Quantity(1, "%", 100.0),
        "cover_ratio": Quantity(2, "x", joined=False),
        "voltage_pu": Quantity(3, "pu"),
        "voltage_kv": Quantity(0, "kV"),
        "co2_mt": Quantity(1, "Mt"),
        "emission_tco2_per_mwh": Quantity(3, "t/MWh"),
        "time_h": Quantity(0, "h"),
        "time_fine_h": Quantity(1, "h"),
        "energy_mwh": Quantity(0, "MWh"),
        "count": Quantity(0, ""),
        "scale_million": Quantity(1, ""),
        "plain": Quantity(2, ""),
    }
)


def _grouped(amount: Decimal) -> str:
    return f"{amount:,f}".replace(",", THOUSANDS).replace(".", decimal_mark())


def _rounded(scaled: float, decimals: int) -> Decimal:
    """Half to even, on the shortest decimal that stands for the stored float."""
    return Decimal(repr(float(scaled))).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)


def number(value: float | None, quantity: str, *, signed: bool = False, missed_bound: float | None = None) -> str:
    """`value` as text without its unit.

    None gives an en dash. What rounds to zero but is not zero is written `<0.1` (or with the step of its quantity).
    `missed_bound` is a covenant the value must not seem to meet: 1.199 against 1.20 takes one more digit.
    Raises ValueError for NaN and infinity, KeyError for an unknown quantity.
    """
    rule = QUANTITIES[quantity]
    if value is None:
        return NOT_APPLICABLE
    if not math.isfinite(value):
        raise ValueError(f"a {quantity} of {value} cannot be printed")
    scaled = value * rule.factor
    decimals = rule.decimals
    if missed_bound is not None and value < missed_bound:
        while decimals < 6 and _rounded(scaled, decimals) >= _rounded(missed_bound * rule.factor, decimals):
            decimals += 1
    amount = _rounded(scaled, decimals)
    if amount == 0 and scaled != 0:
        step = Decimal(1).scaleb(-decimals)
        least = f"{step}".replace(".", decimal_mark())
        return f"<{least}" if scaled > 0 else say("between {least} and 0", least=f"{MINUS}{least}")
    sign = MINUS if amount < 0 else "+" if signed and amount > 0 else ""
    return sign + _grouped(abs(amount))


def show(value: float | None, quantity: str, *, signed: bool = False, missed_bound: float | None = None) -> str:
    """`value` with its unit, joined so that a line never breaks between them; None gives an en dash."""
    rule = QUANTITIES[quantity]
    text = number(value, quantity, signed=signed, missed_bound=missed_bound)
    if value is None or not rule.unit:
        return text
    return f"{text}{JOIN if rule.joined else ''}{word(rule.unit)}"


def unit(quantity: str) -> str:
    """The unit that `show` writes behind a number of this quantity."""
    return word(QUANTITIES[quantity].unit)


def money(value_usd: float | None, *, signed: bool = False) -> str:
    """An amount given in USD: millions as whole numbers, from one billion on with two decimals."""
    if value_usd is None:
        return NOT_APPLICABLE
    if abs(value_usd) >= 1e9:
        return show(value_usd / 1e9, "money_busd", signed=signed)
    return show(value_usd / 1e6, "money_musd", signed=signed)


def hours(count: float, of_hours: float) -> str:
    """Hours with their share of the year: 412 h (4.7 %)."""
    share = number(count / of_hours, "share_fine_frac") if of_hours else NOT_APPLICABLE
    return f"{show(count, 'time_h')} ({share}{JOIN}%)"


def scientific(value: float | None) -> str:
    """A residual or a gap with one digit: 8e-6. Zero stays 0."""
    if value is None:
        return NOT_APPLICABLE
    if value == 0:
        return "0"
    mantissa, exponent = f"{value:.0e}".split("e")
    return f"{mantissa.replace('-', MINUS)}e{int(exponent)}".replace("e-", f"e{MINUS}")


def significant(value: float, digits: int = 3) -> str:
    """A value of a table of inputs: as many digits as asked for, never in powers of ten, grouped."""
    if not math.isfinite(value):
        raise ValueError(f"{value} cannot be printed")
    if value == 0:
        return "0"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    amount = _rounded(value, min(decimals, 9)).normalize()
    text = _grouped(abs(amount.quantize(Decimal(1)) if amount == amount.to_integral() else amount))
    return (MINUS if amount < 0 else "") + text
