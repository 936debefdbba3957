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
class _Costs:
    """Per-period cost of holding one unit of each source, as plain floats for the inner loop."""

    rate: list[list[float]]
    """Per period."""
    guarantee: list[float]
    commitment: list[float]
    upfront: list[float]
    lender_upfront: list[float]
    once_usd: list[float]
    currency: list[list[float]]

    @classmethod
    def of(cls, structure: Structure, currencies: Sequence[FloatArray], timeline: Timeline) -> _Costs:
        sources, per_year = structure.sources, timeline.payments_per_year
        return cls(
            rate=[project_rates(source, timeline)[: timeline.construction_periods].tolist() for source in sources],
            guarantee=[source.guarantee_fee_pa / per_year for source in sources],
            commitment=[source.commitment_fee_pa / per_year for source in sources],
            upfront=[source.front_end_fee_frac + source.issue_cost_frac for source in sources],
            lender_upfront=[source.front_end_fee_frac for source in sources],
            once_usd=[source.second_party_opinion_usd for source in sources],
            currency=[path[: timeline.construction_periods].tolist() for path in currencies],
        )


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
        self.costs = _Costs.of(structure, currencies, timeline)
        self.groups = draw_groups(structure)

    def run(self, shares: Sequence[float], uses_usd: float, reserve_usd: float) -> Construction:
        """One pass: commitments are shares of `uses_usd`. Draws meet each period's need exactly; what they add up to
        may differ from `uses_usd` until the loop is closed."""
        count, periods = len(shares), len(self.capex)
        committed = [share * uses_usd for share in shares]
        drawn, balance = [0.0] * count, [0.0] * count
        draw = np.zeros((count, periods))
        fees = np.zeros((2, count, periods))
        interest = np.zeros(periods)
        reserve = np.zeros(periods)
        reserve[-1] = reserve_usd
        for period in range(periods):
            interest[period] = self._carry(period, committed, drawn, balance, fees)
            need = self.capex[period] + self.vat[period] + interest[period] + fees[0, :, period].sum()
            need += reserve[period]
            for number, amount in self._allocate(float(need), shares, committed, drawn):
                draw[number, period] = amount
                drawn[number] += amount
                balance[number] += amount / self.costs.currency[number][period]
        total_fees = fees[0].sum(axis=0)
        return Construction(self.capex, interest, total_fees, reserve, draw, fees[0], fees[1], self.vat, 1, 0.0)

    def _carry(
        self, period: int, committed: list[float], drawn: list[float], balance: list[float], fees: FloatArray
    ) -> float:
        """Fees of the period into `fees`; returns the interest on balances of the period before."""
        costs, interest = self.costs, 0.0
        for number, source in enumerate(self.structure.sources):
            if not source.is_debt or committed[number] <= 0.0:
                continue
            owed_usd = balance[number] * costs.currency[number][period]
            interest += owed_usd * costs.rate[number][period]
            to_lender = costs.commitment[number] * max(0.0, committed[number] - drawn[number])
            others = costs.guarantee[number] * owed_usd
            if period == 0:
                to_lender += costs.lender_upfront[number] * committed[number]
                others += (costs.upfront[number] - costs.lender_upfront[number]) * committed[number]
                others += costs.once_usd[number]
            fees[0, number, period] = to_lender + others
            fees[1, number, period] = to_lender
        return interest

    def _allocate(
        self, need_usd: float, shares: Sequence[float], committed: list[float], drawn: list[float]
    ) -> list[tuple[int, float]]:
        """Who pays how much of a need: group after group up to its commitment, the last group whatever is left."""
        parts: list[tuple[int, float]] = []
        rest = need_usd
        open_groups = [group for group in self.groups if sum(shares[number] for number in group) > 0.0]
        for position, group in enumerate(open_groups):
            weight = sum(shares[number] for number in group)
            room = max(0.0, sum(committed[number] - drawn[number] for number in group))
            amount = rest if position == len(open_groups) - 1 else min(rest, room)
            parts += [(number, amount * shares[number] / weight) for number in group if shares[number] > 0.0]
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
