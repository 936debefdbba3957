"""Who is paid from each period's cash, in order, and what happens when it does not suffice."""

from __future__ import annotations

from dataclasses import dataclass

from reports.excel.expressions import Expression, Operand
from reports.excel.functions import both, choose_if, least, most, total
from reports.excel.mix_axis import Axis
from reports.excel.sheet import Line, Sheet, Single

TEST_TOLERANCE = 1e-6
"""A cover that misses the lock-up by less does not lock, as in the model."""


@dataclass
class Claim:
    """What the cash is asked for."""

    cash: Line
    senior: Line
    subordinated: Line
    filling: Expression
    """First filling of the reserve, in the last period of construction."""
    target_frac_of_year: Expression
    reserve_rate: Single
    senior_rate: Single
    subordinated_rate: Single
    locked_up: Expression


@dataclass
class Fall:
    """Rows of the waterfall."""

    reserve_interest: Line
    reserve_draw: Line
    reserve_top_up: Line
    reserve_release: Line
    reserve_closing: Line
    unfunded: Line
    senior_paid: Line
    subordinated_paid: Line
    senior_arrears: Line
    subordinated_arrears: Line
    retained: Line
    dividends: Line
    check: Line


def waterfall(sheet: Sheet, axis: Axis, claim: Claim, per_year: int) -> Fall:
    """Cash and the reserve's interest -> senior service -> reserve -> subordinated service -> lock-up -> dividends."""
    line = sheet.line
    opening = line("Reserve, opening", "USD")
    interest = line("Interest of the reserve after tax", "USD", opening * claim.reserve_rate, summed=True)
    kept = line("Kept back before", "USD")
    available = line("Cash at hand", "USD", claim.cash + interest + kept)
    drawn = line("Reserve drawn for running cost", "USD", least(opening, most(0, 0 - available)))
    unfunded = line("Running cost and tax that stay unpaid", "USD", most(0, 0 - available - drawn), summed=True)
    left = line("Left for senior service", "USD", most(0, available))
    senior_due = line("Senior service due, arrears with it", "USD")
    from_cash = line("Senior service paid from cash", "USD", least(left, senior_due))
    rescue = line("Senior service paid from the reserve", "USD", least(opening - drawn, senior_due - from_cash))
    senior_paid = line("Senior service paid", "USD", from_cash + rescue, summed=True)
    senior_arrears = line("Senior arrears, closing", "USD", senior_due - senior_paid)
    senior_due.formula = claim.senior + senior_arrears.before * (1 + claim.senior_rate)
    target = line(
        "Reserve wanted", "USD", total(claim.senior.ahead(per_year)) * claim.target_frac_of_year * axis.operating
    )
    after = opening - drawn - rescue
    top_up = line("Into the reserve", "USD", least(left - from_cash, most(0, target - after)), summed=True)
    release = line("Released by the reserve", "USD", most(0, after - target), summed=True)
    closing = line("Reserve, closing", "USD", after + top_up - release + claim.filling)
    opening.formula = closing.before
    rest = line("Left for subordinated service", "USD", left - from_cash - top_up + release)
    subordinated_due = line("Subordinated service due, arrears with it", "USD")
    subordinated_paid = line("Subordinated service paid", "USD", least(rest, subordinated_due), summed=True)
    subordinated_arrears = line("Subordinated arrears, closing", "USD", subordinated_due - subordinated_paid)
    subordinated_due.formula = claim.subordinated + subordinated_arrears.before * (1 + claim.subordinated_rate)
    over = rest - subordinated_paid
    locked = line("Locked up", "flag", claim.locked_up, "count")
    dividends = line("Dividends", "USD", choose_if(locked.equals(1), 0, over), summed=True)
    retained = line("Kept back", "USD", over - dividends)
    kept.formula = retained.before
    draw = line("Reserve drawn", "USD", drawn + rescue, summed=True)
    moved = claim.cash + interest + draw - top_up + release + unfunded
    paid = senior_paid + subordinated_paid + dividends + retained - kept
    check = line("Check: cash in less cash out", "USD", moved - paid, part="check", summed=True)
    return Fall(
        interest, draw, top_up, release, closing, unfunded, senior_paid, subordinated_paid, senior_arrears,
        subordinated_arrears, retained, dividends, check,
    )  # fmt: skip


def lock_up(axis: Axis, cover: Operand, cash: Line, service: Line) -> Expression:
    """1 in every period of a year whose cash misses the cover, but not in the last operating period."""
    below = both(service > 0, cash < (cover - TEST_TOLERANCE) * service)  # type: ignore[operator]
    open_ = axis.payment < axis.operation_periods
    return choose_if(axis.operating.equals(1), choose_if(open_, choose_if(below, 1, 0), 0), 0)
