"""Grant elements of the OECD annex's example loan by its closed forms; shares no code with the package.

Run: python derive.py
"""

import sys

M, G, A, DISCOUNT, R = 10.0, 2.5, 2.0, 0.10, 0.025

interval = G - 1 / A
duration = M - interval
step = (1 + DISCOUNT) ** (1 / A) - 1
count = A * duration
c1, c2 = (1 + DISCOUNT) ** interval, (1 + DISCOUNT) ** duration
grace = R * (1 - 1 / c1) / (A * step)

# Equal principal, general formula: 1 - ZG - ZM - ZX.
principal = (1 / count) / c1 * ((1 - 1 / c2) / step)
interest = (R / (A * count)) / c1 * ((1 / c2) - 1 + step * count) / (step * step)
sys.stdout.write(f"equal_principal {round(100 * (1 - grace - principal - interest), 6)}\n")

# Annuity: 1 - ZG - ZX.
level = 1 / ((1 + R / A) ** count - 1) + 1
sys.stdout.write(f"annuity {round(100 * (1 - grace - (R / A) * level / c1 * ((1 - 1 / c2) / step)), 6)}\n")

# Principal in one sum at maturity, interest every half-year.
sys.stdout.write(f"bullet {round(100 * (1 - (R / A) * (1 - (1 + DISCOUNT) ** -M) / step - (1 + DISCOUNT) ** -M), 6)}\n")
