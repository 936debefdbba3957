"""What a part of the security study is: what it starts from and what it hands back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar, cast

import numpy as np

from greengrid.case import Case
from greengrid.dispatch.result import Dispatch
from greengrid.hourly import HourlyTable
from greengrid.inputs import Inputs
from greengrid.progress import Reporter
from greengrid.security.findings import Violation
from greengrid.security.outages_parameters import Parameters, read_parameters

Kept = TypeVar("Kept")
Figure = float | int | str | None


@dataclass(frozen=True)
class SecurityRun:
    """What every part starts from: a case, its grid and prices, and its dispatch, just solved or read back."""

    case: Case
    inputs: Inputs
    dispatch: Dispatch
    loss_estimate_mw: HourlyTable | None = None
    """By load bus and hour, where a corrective pass found it; else each country's flat share."""
    loss_shares: HourlyTable | None = None
    """By zone and hour: the shares behind that estimate."""
    gap_first_mwh: float | None = None
    """AC losses less estimate before the corrective pass."""
    memory: dict[str, object] = field(default_factory=dict, repr=False, compare=False)
    """What a part made that a later one needs as well; see `kept`."""

    def kept(self, name: str, make: Callable[[], Kept]) -> Kept:
        """What `make` gives, made once per run."""
        if name not in self.memory:
            self.memory[name] = make()
        return cast(Kept, self.memory[name])

    def parameters(self) -> Parameters:
        """The shipped numbers behind outages, with those that the case states in their place."""
        return read_parameters().changed(self.case.security.parameters)

    def loss_estimate(self) -> HourlyTable:
        """By load bus and hour: what of the gross demand the dispatch took for losses of the network."""
        if self.loss_estimate_mw is not None:
            return self.loss_estimate_mw
        served, of_country = self.dispatch.served_mw, dict(self.inputs.economy.loss_frac)
        country = {load.bus: load.country for load in self.inputs.grid.loads}
        share = np.array([of_country.get(country[bus], 0.0) for bus in served.columns])
        return HourlyTable(served.columns, served.values * share)


@dataclass(frozen=True)
class PartResult:
    """What one part found."""

    violations: tuple[Violation, ...] = ()
    """Broken limits; `Violation.remedy` says what would help where `findings.REMEDY` does not know the kind."""
    tables: Mapping[str, Sequence[object]] = field(default_factory=dict)
    """Records (dataclasses or mappings) by table name."""
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Columns of tables that may come without rows."""
    hourly: Mapping[str, HourlyTable] = field(default_factory=dict)
    """Hourly series by table name."""
    figures: Mapping[str, Figure] = field(default_factory=dict)
    """For `security.parts` in summary.json; the unit is in the name."""


@dataclass(frozen=True, slots=True)
class Part:
    """One question of the study."""

    name: str
    """Of the command's --parts and of `security.parts` in summary.json."""
    title: str
    """Of the progress line."""
    work: Callable[[SecurityRun, Reporter], PartResult]
    in_run: bool = False
    """Done by `greengrid run` itself, not only by `greengrid security`."""
