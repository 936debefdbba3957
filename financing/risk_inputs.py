"""The uncertain inputs of the risk analysis: one row each in `risk_inputs.csv`, sourced and graded, drawn by Latin
hypercube with rank correlation."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from scipy.stats import norm, qmc, rankdata

from financing.timeline import FloatArray

INPUTS_FILE = Path(__file__).with_name("risk_inputs.csv")
NORMAL_P80 = 0.8416212335729143
DISTRIBUTIONS = ("lognormal", "normal", "steps")


@dataclass(frozen=True, slots=True)
class RiskInput:
    """One uncertain input.

    lognormal: `median` and 80th percentile `spread`; normal: mean and standard deviation; steps: the shares of at least
    one and at least two.
    """

    id: str
    name: str
    unit: str
    distribution: str
    median: float
    spread: float
    correlated_with: str
    rank_correlation_ratio: float
    meaning: str
    evidence: str
    source: str

    def at(self, share: FloatArray) -> FloatArray:
        """Values at cumulative shares between 0 and 1, any shape."""
        if self.distribution == "steps":
            return np.asarray((share > 1.0 - self.median).astype(np.float64) + (share > 1.0 - self.spread))
        return self.at_score(norm.ppf(share))

    def at_score(self, score: FloatArray) -> FloatArray:
        """Values at standard normal scores; not of steps."""
        if self.distribution == "normal":
            return np.asarray(self.median + self.spread * score)
        return np.asarray(self.median * np.exp(np.log(self.spread / self.median) / NORMAL_P80 * score))

    @property
    def mean(self) -> float:
        """Of a lognormal: median x exp(sigma^2/2) (Aitchison and Brown 1957, ch. 2); of a normal its mean."""
        if self.distribution == "lognormal":
            return float(self.median * np.exp((np.log(self.spread / self.median) / NORMAL_P80) ** 2 / 2.0))
        return self.median + self.spread if self.distribution == "steps" else self.median


@lru_cache(maxsize=1)
def risk_inputs() -> dict[str, RiskInput]:
    """Rows of the table by id."""
    with INPUTS_FILE.open(encoding="utf-8", newline="") as file:
        rows = [_row(record) for record in csv.DictReader(file)]
    return {row.id: row for row in rows}


def _row(record: dict[str, str]) -> RiskInput:
    numbers = {key: float(record[key] or 0.0) for key in ("median", "spread", "rank_correlation_ratio")}
    texts = {key: value for key, value in record.items() if key not in numbers}
    return RiskInput(**texts, **numbers)  # type: ignore[arg-type]


def correlated_shares(inputs: dict[str, RiskInput], count: int, seed: int) -> dict[str, FloatArray]:
    """Cumulative shares of every input, shape (count,): each column a Latin hypercube, their ranks correlated.

    The columns are drawn apart (McKay, Beckman and Conover 1979) and then reordered to follow normal scores with the
    wanted correlation (Iman and Conover 1982, Communications in Statistics B11(3)); pairs not named are independent.
    """
    names = list(inputs)
    shares = qmc.LatinHypercube(d=len(names), rng=np.random.default_rng(seed)).random(count)
    wanted = np.eye(len(names))
    for row, name in enumerate(names):
        if inputs[name].correlated_with:
            column = names.index(inputs[name].correlated_with)
            # Of normal scores: 2 sin(pi/6 x rank correlation) (Pearson 1907).
            wanted[row, column] = wanted[column, row] = 2.0 * np.sin(np.pi / 6.0 * inputs[name].rank_correlation_ratio)
    scores = norm.ppf(shares)
    own = np.linalg.cholesky(np.corrcoef(scores, rowvar=False))
    moved = scores @ np.linalg.inv(own).T @ np.linalg.cholesky(wanted).T
    ordered = {}
    for column, name in enumerate(names):
        rank = rankdata(moved[:, column], method="ordinal").astype(np.int64) - 1
        ordered[name] = np.sort(shares[:, column])[rank]
    return ordered
