"""Derives expected.csv with exact fractions from the formulas of README.md; shares no code with the package.

Run: python derive.py > expected.csv
"""

import sys
from fractions import Fraction

capex = (Fraction(400), Fraction(600))
grant, loan, equity = Fraction(1, 10), Fraction(6, 10), Fraction(3, 10)
rate, front_end, commitment = Fraction(5, 100), Fraction(1, 100), Fraction(5, 1000)
revenue, opex, tax_rate, target, project_rate = (
    Fraction(520),
    Fraction(50),
    Fraction(2, 10),
    Fraction(12, 100),
    Fraction(8, 100),
)

# Year 1: need1 = a + b U. Year 2: need2 = 600 + interest + commitment fee on what is undrawn.
a, b = capex[0], (front_end + commitment) * loan
carry = rate * loan - commitment * loan
uses = (capex[0] + capex[1] + carry * a) / (1 - b - commitment * loan - carry * b)
need = (a + b * uses, uses - a - b * uses)
interest_1 = rate * loan * need[0]
fees = (b * uses, commitment * (loan * uses - loan * need[0]))

debt = loan * uses
principal = debt / 3
interest = [rate * (debt - k * principal) for k in range(3)]
written_off = (sum(capex) + interest_1 + sum(fees) - grant * uses) / 2
incomes = [revenue - opex - interest[k] - (written_off if k < 2 else 0) for k in range(3)]
loss, taxes = Fraction(0), []
for income in incomes:
    taxable = max(Fraction(0), income - loss)
    loss = max(Fraction(0), loss - income)
    taxes.append(tax_rate * taxable)
cash = [revenue - opex - taxes[k] for k in range(3)]
service = [principal + interest[k] for k in range(3)]
dividends = [cash[k] - service[k] for k in range(3)]
equity_flows = [-equity * need[0], -equity * need[1], *dividends]

# Unlevered: 470 - 500 = -30 in years 1 and 2, so 470 - 60 = 410 is taxed in year 3.
project = [-capex[0], -capex[1], Fraction(470), Fraction(470), 470 - tax_rate * 410]


def worth(flows, at):
    return sum(flow / (1 + at) ** year for year, flow in enumerate(flows))


def rate_of(flows, low=Fraction(0), high=Fraction(1)):
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if worth(flows, middle) > 0 else (low, middle)
        low, high = low.limit_denominator(10**18), high.limit_denominator(10**18)
    return low


llcr = [sum(cash[j] / (1 + rate) ** (j - k + 1) for j in range(k, 3)) / (debt - k * principal) for k in range(3)]
lender = [loan * need[0] - front_end * debt - commitment * debt, loan * need[1] - interest_1 - fees[1]]
lcot = worth([Fraction(400), Fraction(600), Fraction(50), Fraction(50), Fraction(50)], project_rate) / worth(
    [0, 0, 10, 10, 10], project_rate
)

rows = {
    "uses": uses,
    "need_1": need[0],
    "need_2": need[1],
    "interest_during_construction": interest_1,
    "fees_1": fees[0],
    "fees_2": fees[1],
    "loan": debt,
    "principal": principal,
    "tax_1": taxes[0],
    "tax_2": taxes[1],
    "tax_3": taxes[2],
    "cfads_1": cash[0],
    "cfads_3": cash[2],
    "service_1": service[0],
    "service_3": service[2],
    "dividend_1": dividends[0],
    "dividend_2": dividends[1],
    "dividend_3": dividends[2],
    "dscr_min_ratio": min(cash[k] / service[k] for k in range(3)),
    "dscr_average_ratio": sum(cash[k] / service[k] for k in range(3)) / 3,
    "llcr_min_ratio": min(llcr),
    "npv_prefinance": worth(project, project_rate),
    "project_irr_pa": rate_of(project),
    "equity_npv": worth(equity_flows, target),
    "equity_irr_pa": rate_of(equity_flows, Fraction(0), Fraction(1)),
    "loan_all_in_pa": rate_of([-flow for flow in [*lender, *(-due for due in service)]], Fraction(0), Fraction(1)),
    "lcot": lcot,
}
sys.stdout.write("quantity,value\n")
for name, value in rows.items():
    sys.stdout.write(f"{name},{float(value):.12g}\n")
