"""What a mix is chosen for, by the whole model: the charge it requires, the subsidy in it, what its owners get."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from financing.charge import required_charge
from financing.concessionality import IMF_RATE_PA, grant_element
from financing.funding import FundingModel
from financing.metrics import Measure
from financing.operation import Outcome, equity_npv_usd_nominal, equity_target_pa, margins_of_tests, operate
from financing.package import lcot_usd_per_mwh
from financing.project import Project
from financing.structure import Structure
from financing.timeline import FloatArray

GOALS = ("charge", "subsidy", "equity_npv")
"""Lowest required charge; least subsidy that passes at the plan's revenue; owners' worth at the plan's revenue."""


def shares_of(structure: Structure) -> FloatArray:
    """Of uses, source by source as stated."""
    return np.array([source.share_frac for source in structure.sources])


def with_shares(structure: Structure, shares: FloatArray) -> Structure:
    """The mix with other shares."""
    sources = tuple(
        replace(source, share_frac=float(share)) for source, share in zip(structure.sources, shares, strict=True)
    )
    return replace(structure, sources=sources)


def exact_value(project: Project, structure: Structure, goal: str) -> Measure:
    """The goal by the whole model; none where the mix does not pass its tests."""
    model = FundingModel(project, structure)
    if goal == "charge":
        return required_charge(model, lcot_usd_per_mwh(project).value or 0.0)[0]
    outcome = operate(model, project.revenue_usd_nominal)
    failing = [name for name, margin in margins_of_tests(outcome).items() if margin < 0.0]
    if failing:
        return Measure(None, f"fails {', '.join(failing)} at the plan's revenue")
    if goal == "subsidy":
        return Measure(_subsidy_usd(outcome))
    target = equity_target_pa(model)
    return Measure(None, "no equity in the mix") if target is None else Measure(equity_npv_usd_nominal(outcome, target))


def _subsidy_usd(outcome: Outcome) -> float:
    """Grants and the grant element (IMF's 5 %) of loans softer than that, on what is drawn."""
    units = softness(outcome)
    drawn = outcome.funded.construction.draw.sum(axis=1)
    return float(units @ drawn)


def softness(outcome: Outcome) -> FloatArray:
    """Grant element of each source at the IMF's rate, at least 0."""
    timeline = outcome.model.timeline
    tranches = {tranche.source.name: tranche for tranche in outcome.funded.tranches}
    units = []
    for number, source in enumerate(outcome.model.structure.sources):
        if source.kind in ("grant", "equity"):
            units.append(1.0 if source.kind == "grant" else 0.0)
            continue
        tranche, path = tranches[source.name], outcome.model.currencies[number]
        service = (tranche.draw - tranche.net_lender_cash) / path
        element = grant_element(tranche.draw / path, service, IMF_RATE_PA, timeline.payments_per_year)
        units.append(max(0.0, element or 0.0))
    return np.array(units)


def is_better(value: Measure, best: Measure, goal: str, least_gain: float = 0.0) -> bool:
    """Whether a value beats the best by more than a gain, in the goal's own direction; any value beats none."""
    if value.value is None or best.value is None:
        return value.value is not None
    sign = -1.0 if goal == "equity_npv" else 1.0
    return sign * value.value < sign * best.value - least_gain
