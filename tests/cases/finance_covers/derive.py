"""Derives expected.csv with exact fractions from the definitions in README.md; shares no code with the package.

Run: python derive.py > expected.csv
"""

import sys
from fractions import Fraction

RATE = Fraction(8, 100)
PRINCIPAL = [Fraction(20)] * 5
CASH = [Fraction(value) for value in (42, 30, 38, 36, 34, 33, 32)]
MONTHS = Fraction(6, 12)

opening = [Fraction(100) - sum(PRINCIPAL[:year]) for year in range(5)]
service = [opening[year] * RATE + PRINCIPAL[year] for year in range(5)]
rows = []
for year in range(5):
    life = sum(CASH[later] / (1 + RATE) ** (later - year + 1) for later in range(year, 5))
    project = sum(CASH[later] / (1 + RATE) ** (later - year + 1) for later in range(year, 7))
    rows.append((f"dscr_{year + 1}", CASH[year] / service[year]))
    rows.append((f"llcr_{year + 1}", life / opening[year]))
    rows.append((f"plcr_{year + 1}", project / opening[year]))
    ahead = service[year + 1] if year < 4 else Fraction(0)
    rows.append((f"reserve_{year + 1}", MONTHS * ahead))
rows.append(("reserve_0", MONTHS * service[0]))

out = sys.stdout
out.write("quantity,value\n")
for name, value in rows:
    out.write(f"{name},{float(value):.12g}\n")
