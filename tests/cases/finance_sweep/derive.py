"""Derives expected.csv with exact fractions from the terms of README.md; shares no code with the package.

Run: python derive.py > expected.csv
"""

import sys
from fractions import Fraction

RATE, SHARE, TAX, VAT, COVER, SWEPT = (
    Fraction(5, 100),
    Fraction(6, 10),
    Fraction(2, 10),
    Fraction(2, 10),
    Fraction(12, 10),
    Fraction(1, 2),
)
CAPEX = (Fraction(400), Fraction(600))
EARNED = Fraction(520) - Fraction(50)

need_1 = CAPEX[0] * (1 + VAT)
interest_built = RATE * SHARE * need_1
need_2 = CAPEX[1] * (1 + VAT) - CAPEX[0] * VAT + interest_built
rows = [("need_1", need_1), ("need_2", need_2), ("interest_during_construction", interest_built)]

loan = SHARE * (need_1 + need_2)
repaid = loan / 3
written_off = (sum(CAPEX) + interest_built) / 2
owed, losses = loan, Fraction(0)
for year in (1, 2, 3):
    interest = RATE * owed
    principal = min(repaid, owed)
    income = EARNED - interest - (written_off if year < 3 else 0)
    used = max(Fraction(0), min(income, losses))
    losses += -used if income > 0 else -income
    tax = TAX * max(Fraction(0), income - used)
    cash = EARNED - tax
    service = interest + principal
    left = cash - service + (VAT * CAPEX[1] if year == 1 else 0)
    swept = min(SWEPT * max(Fraction(0), cash - COVER * service), SWEPT * left, owed - principal)
    owed -= principal + swept
    for name, value in (
        ("interest", interest),
        ("tax", tax),
        ("service", service),
        ("swept", swept),
        ("owed", owed),
        ("dividend", left - swept),
    ):
        rows.append((f"{name}_{year}", value))

sys.stdout.write("quantity,value\n")
for name, value in rows:
    sys.stdout.write(f"{name},{float(value):.12g}\n")
