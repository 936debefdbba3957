"""Flows on calendar days, and bonds between two coupon days: what a debt desk quotes."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pyxirr

from financing.metrics import Measure, bracketed_root

DAY_COUNTS: dict[str, pyxirr.DayCount] = {
    "30/360": pyxirr.DayCount.THIRTY_U_360,
    "30E/360": pyxirr.DayCount.THIRTY_E_360,
    "act/360": pyxirr.DayCount.ACT_360,
    "act/365": pyxirr.DayCount.ACT_365F,
    "act/act": pyxirr.DayCount.ACT_ACT_ISDA,
}
"""Conventions of the 2006 ISDA Definitions, section 4.16; 30/360 is the US bond basis of dollar bonds."""
THIRTY_DAY_MONTHS = ("30/360", "30E/360")
FACE = 100.0
YIELD_LOW_PA, YIELD_HIGH_PA = -0.5, 5.0


def year_fraction(start: date, end: date, day_count: str) -> float:
    """Years from one day to another; raises KeyError for a convention that is not in DAY_COUNTS."""
    return float(pyxirr.year_fraction(start, end, DAY_COUNTS[day_count]))


def xnpv(rate_pa: float, days: Sequence[date], amounts: Sequence[float]) -> float:
    """sum CF_i/(1+r)^((d_i-d_1)/365) on the first day, actual/365 in leap years too, as spreadsheets' XNPV."""
    first = days[0]
    years = [(day - first).days / 365.0 for day in days]
    return float(sum(amount / (1.0 + rate_pa) ** year for year, amount in zip(years, amounts, strict=True)))


def xirr(days: Sequence[date], amounts: Sequence[float]) -> Measure:
    """The yearly rate at which `xnpv` is zero; none where the flows never change sign or no rate is found."""
    if not (min(amounts) < 0.0 < max(amounts)):
        return Measure(None, "no internal rate of return: the flows never change sign")
    found = pyxirr.xirr(list(days), list(amounts), silent=True)
    if found is None or abs(xnpv(found, days, amounts)) > 1e-6 * sum(abs(amount) for amount in amounts):
        return Measure(None, "no internal rate of return was found")
    return Measure(float(found))


@dataclass(frozen=True, slots=True)
class Bond:
    """A bullet bond per 100 of face value. `day_count` is a name of DAY_COUNTS; coupons end on the maturity's day."""

    maturity: date
    coupon_pa: float
    payments_per_year: int
    day_count: str

    @property
    def coupon(self) -> float:
        """One coupon per 100 of face value."""
        return FACE * self.coupon_pa / self.payments_per_year


@dataclass(frozen=True, slots=True)
class _Position:
    """Where a settlement day stands between coupons."""

    coupons: int
    """Still to come."""
    elapsed_frac: float
    """Of the running coupon period."""


def _months_before(day: date, months: int) -> date:
    """The same day of an earlier month, or its last day; a month's end stays a month's end."""
    number = day.year * 12 + day.month - 1 - months
    year, month = divmod(number, 12)
    last = calendar.monthrange(year, month + 1)[1]
    at_end = day.day == calendar.monthrange(day.year, day.month)[1]
    return date(year, month + 1, last if at_end else min(day.day, last))


def _days(start: date, end: date, day_count: str) -> float:
    if day_count in THIRTY_DAY_MONTHS:
        return 360.0 * year_fraction(start, end, day_count)
    return float((end - start).days)


def _position(bond: Bond, settlement: date) -> _Position:
    """Raises ValueError on or after maturity."""
    if settlement >= bond.maturity:
        raise ValueError(f"settlement {settlement} must lie before maturity {bond.maturity}")
    step = 12 // bond.payments_per_year
    coupons = 1
    while _months_before(bond.maturity, coupons * step) > settlement:
        coupons += 1
    previous = _months_before(bond.maturity, coupons * step)
    following = _months_before(bond.maturity, (coupons - 1) * step)
    elapsed = _days(previous, settlement, bond.day_count)
    if bond.day_count in THIRTY_DAY_MONTHS or bond.day_count == "act/360":
        whole = 360.0 / bond.payments_per_year
    elif bond.day_count == "act/365":
        whole = 365.0 / bond.payments_per_year
    else:
        whole = float((following - previous).days)
    return _Position(coupons, elapsed / whole)


def accrued(bond: Bond, settlement: date) -> float:
    """Interest since the last coupon, per 100 of face value: coupon x elapsed share of its period."""
    return bond.coupon * _position(bond, settlement).elapsed_frac


def dirty_price(bond: Bond, settlement: date, yield_pa: float) -> float:
    """What is paid, per 100: sum coupon/(1+y/f)^(w+k) + 100/(1+y/f)^(w+n-1), w the share of the period to come.

    Street convention; in the last period simple interest (Mayle 1993, Standard Securities Calculation Methods, vol. 1,
    formulas 6 and 7; the same as spreadsheets' PRICE).
    """
    position = _position(bond, settlement)
    rate, ahead = yield_pa / bond.payments_per_year, 1.0 - position.elapsed_frac
    if position.coupons == 1:
        return (FACE + bond.coupon) / (1.0 + ahead * rate)
    factor = 1.0 + rate
    coupons = sum(bond.coupon * factor ** -(ahead + k) for k in range(position.coupons))
    return float(coupons + FACE * factor ** -(ahead + position.coupons - 1))


def clean_price(bond: Bond, settlement: date, yield_pa: float) -> float:
    """What is quoted, per 100: dirty price less accrued interest."""
    return dirty_price(bond, settlement, yield_pa) - accrued(bond, settlement)


def yield_to_maturity_pa(bond: Bond, settlement: date, price_clean: float) -> Measure:
    """The yield at which the clean price is as given, to 1e-10; None outside -50 % to 500 %."""

    def miss(rate_pa: float) -> float:
        return clean_price(bond, settlement, rate_pa) - price_clean

    if miss(YIELD_LOW_PA) * miss(YIELD_HIGH_PA) > 0.0:
        return Measure(None, f"no yield between {YIELD_LOW_PA:.0%} and {YIELD_HIGH_PA:.0%} gives {price_clean:g}")
    return Measure(bracketed_root(miss, YIELD_LOW_PA, YIELD_HIGH_PA, 1e-10))


def duration_years(bond: Bond, settlement: date, yield_pa: float) -> float:
    """Macaulay duration: mean time to the payments, weighted with their worth (Macaulay 1938)."""
    position = _position(bond, settlement)
    factor, ahead = 1.0 + yield_pa / bond.payments_per_year, 1.0 - position.elapsed_frac
    worth, weighted = 0.0, 0.0
    for k in range(position.coupons):
        payment = bond.coupon + (FACE if k == position.coupons - 1 else 0.0)
        value = payment * factor ** -(ahead + k)
        worth, weighted = worth + value, weighted + value * (ahead + k)
    return weighted / worth / bond.payments_per_year


def modified_duration_years(bond: Bond, settlement: date, yield_pa: float) -> float:
    """Relative fall of the price per rise of the yield: Macaulay duration/(1+y/f)."""
    return duration_years(bond, settlement, yield_pa) / (1.0 + yield_pa / bond.payments_per_year)
