"""Construction: what is drawn from whom and when, interest and fees funded on the way, until sources equal uses.

Each period's need is capex (and the advance of value added tax) + interest on what is drawn already + fees (+ the first
reserve in the last period), all funded in that period, so that B_k = B_(k-1) (1 + r/m) + D_k if a single loan pays for
everything. Needs depend on the commitments (front-end and commitment fees), and those on the sum of needs: a fixed
point over the sum and the reserve, contracting by the fee rates, solved to a tenth of a cent with iterations and
residual reported.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from financing.instruments import project_rates
from financing.structure import Source, Structure
from financing.timeline import FloatArray, Timeline, locked

TOLERANCE_USD = 1e-3


@dataclass(frozen=True, slots=True)
class Construction:
    """Sources and uses, USD nominal per construction period; rows of `draw` follow the mix's sources."""

    capex: FloatArray
    interest: FloatArray
    fees: FloatArray
    reserve: FloatArray
    """First filling of the debt service reserve, in the last period."""
    draw: FloatArray
    """Shape (sources, periods)."""
    fee_by_source: FloatArray
    lender_fee_by_source: FloatArray
    vat: FloatArray
    """Advance of value added tax, net of refunds, or the interest of its facility."""
    iterations: int
    residual_usd_nominal: float
    """What the sum of uses still moved in the last iteration."""

    @property
    def uses_usd_nominal(self) -> float:
        """Everything that must be paid."""
        return float(self.capex.sum() + self.vat.sum() + self.interest.sum() + self.fees.sum() + self.reserve.sum())

    @property
    def sources_usd_nominal(self) -> float:
        """Everything that is drawn."""
        return float(self.draw.sum())


@dataclass(frozen=True, slots=True)
class _Debt:
    """What one unit of a loan costs while building, as plain floats for the inner loop."""

    rate: list[float]
    """Per period."""
    currency: list[float]
    guarantee_frac: float
    """Per period, like the commitment fee."""
    commitment_frac: float
    upfront_frac: float
    """Of which `lender_upfront_frac` is the lender's."""
    lender_upfront_frac: float
    once_usd: float

    @classmethod
    def of(cls, source: Source, currency: list[float], timeline: Timeline) -> _Debt:
        """Of one source in its currency."""
        per_year = timeline.payments_per_year
        return cls(
            rate=project_rates(source, timeline)[: timeline.construction_periods].tolist(),
            currency=currency,
            guarantee_frac=source.guarantee_fee_pa / per_year,
            commitment_frac=source.commitment_fee_pa / per_year,
            upfront_frac=source.front_end_fee_frac + source.issue_cost_frac,
            lender_upfront_frac=source.front_end_fee_frac,
            once_usd=source.second_party_opinion_usd,
        )

    def carry(self, period: int, committed: float, drawn: float, balance: float) -> tuple[float, float, float]:
        """Interest on the balance of the period before, the lender's fees and all other fees."""
        owed_usd = balance * self.currency[period]
        to_lender = self.commitment_frac * max(0.0, committed - drawn)
        others = self.guarantee_frac * owed_usd
        if period == 0:
            to_lender += self.lender_upfront_frac * committed
            others += (self.upfront_frac - self.lender_upfront_frac) * committed
            others += self.once_usd
        return owed_usd * self.rate[period], to_lender, others


class Drawdown:
    """Draws of one mix for one plan; `run` is one pass with given totals, `solve` closes the loop."""

    def __init__(
        self,
        structure: Structure,
        capex: FloatArray,
        currencies: Sequence[FloatArray],
        timeline: Timeline,
        vat: FloatArray | None = None,
    ) -> None:
        self.structure, self.capex = structure, capex
        self.vat = np.zeros_like(capex) if vat is None else vat
        self.currencies = [path[: timeline.construction_periods].tolist() for path in currencies]
        self.debts = [
            (number, _Debt.of(source, self.currencies[number], timeline))
            for number, source in enumerate(structure.sources)
            if source.is_debt
        ]
        self.groups = draw_groups(structure)

    def run(self, shares: Sequence[float], uses_usd: float, reserve_usd: float) -> Construction:
        """One pass: commitments are shares of `uses_usd`. Draws meet each period's need exactly; what they add up to
        may differ from `uses_usd` until the loop is closed."""
        count, periods = len(shares), len(self.capex)
        committed = [share * uses_usd for share in shares]
        drawn, balance = [0.0] * count, [0.0] * count
        draw, fees, lender_fees = ([[0.0] * periods for _ in shares] for _ in range(3))
        debts = self._debts(committed)
        groups = self._groups(shares)
        interest = []
        reserve = np.zeros(periods)
        reserve[-1] = reserve_usd
        needs = zip((self.capex + self.vat).tolist(), reserve.tolist(), strict=True)
        for period, (spent, kept) in enumerate(needs):
            carried, paid = 0.0, 0.0
            for number, debt in debts:
                due, to_lender, others = debt.carry(period, committed[number], drawn[number], balance[number])
                carried += due
                fees[number][period], lender_fees[number][period] = to_lender + others, to_lender
                paid += to_lender + others
            interest.append(carried)
            for number, amount in _allocated(spent + carried + paid + kept, groups, shares, committed, drawn):
                draw[number][period] = amount
                drawn[number] += amount
                balance[number] += amount / self.currencies[number][period]
        by_source = np.array(fees)
        return Construction(
            capex=self.capex,
            interest=np.array(interest),
            fees=by_source.sum(axis=0),
            reserve=reserve,
            draw=np.array(draw),
            fee_by_source=by_source,
            lender_fee_by_source=np.array(lender_fees),
            vat=self.vat,
            iterations=1,
            residual_usd_nominal=0.0,
        )

    def _debts(self, committed: Sequence[float]) -> list[tuple[int, _Debt]]:
        """Loans with a commitment, by the number of their source."""
        return [(number, debt) for number, debt in self.debts if committed[number] > 0.0]

    def _groups(self, shares: Sequence[float]) -> list[tuple[tuple[int, ...], float]]:
        """Groups that pay anything, each with its share."""
        weighed = ((group, sum(shares[number] for number in group)) for group in self.groups)
        return [(tuple(n for n in group if shares[n] > 0.0), weight) for group, weight in weighed if weight > 0.0]


def _allocated(
    need_usd: float,
    groups: Sequence[tuple[tuple[int, ...], float]],
    shares: Sequence[float],
    committed: Sequence[float],
    drawn: Sequence[float],
) -> list[tuple[int, float]]:
    """Who pays how much of a need: group after group up to its commitment, the last group whatever is left."""
    parts: list[tuple[int, float]] = []
    rest, last = need_usd, len(groups) - 1
    for position, (group, weight) in enumerate(groups):
        amount = rest
        if position < last:
            amount = min(rest, max(0.0, sum(committed[number] - drawn[number] for number in group)))
        parts += [(number, amount * shares[number] / weight) for number in group]
        rest -= amount
    return parts


def draw_groups(structure: Structure) -> tuple[tuple[int, ...], ...]:
    """Indices of sources that are drawn together, in order; grants with the debt, unless they come first or last."""
    sources = structure.sources
    apart = {rule: tuple(n for n, each in enumerate(sources) if each.drawn == rule) for rule in ("first", "last")}
    rest = tuple(n for n in range(len(sources)) if n not in (*apart["first"], *apart["last"]))
    equity = tuple(n for n in rest if sources[n].kind == "equity")
    others = tuple(n for n in rest if n not in equity)
    middle = {"pro_rata": (rest,), "equity_first": (equity, others), "equity_last": (others, equity)}
    return tuple(group for group in (apart["first"], *middle[structure.draw_order], apart["last"]) if group)


def sculpted_source(structure: Structure) -> Source | None:
    """The sculpted loan of a mix, if it has one."""
    return next((source for source in structure.debts if source.repayment == "sculpted"), None)


def lock_construction(built: Construction) -> Construction:
    """The same figures with their arrays read-only."""
    for name in ("capex", "interest", "fees", "reserve", "draw", "fee_by_source", "lender_fee_by_source", "vat"):
        locked(getattr(built, name))
    return built
