"""How time and memory grow when the network is there twice and four times."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tests.benchmarks.synthetic import make, replicated

COPIES = (1, 2, 4)
HOURS = (168, 730)


def data_file(folder: Path, seed: int, hours: int, copies: int) -> str:
    """The replicated network's data set, written to disk."""
    path = folder / f"seed{seed}-{hours}h-{copies}x.npz"
    replicated(make(seed), copies, seed).span(hours).save(path)
    return str(path)


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """Slope of log value over log size, by least squares."""
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])
