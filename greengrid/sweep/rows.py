"""The finished dispatches of a sweep's folder, each as one side of a comparison."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from greengrid.case import Case, check_case, merge
from greengrid.compared_runs import Surpluses, emissions_of_trade
from greengrid.developers import DeveloperRow
from greengrid.errors import BadInput, Problem
from greengrid.inputs import read_inputs
from greengrid.sweep.axes import Axis, path_keys
from greengrid.sweep.folder import SweepFolder, contents_of
from greengrid.sweep.records import DispatchRecord
from greengrid.sweep.work import plan_of

if TYPE_CHECKING:
    from financing.plan import Plan


def rows_of_sweep(path: Path) -> list[SweepRow]:
    """One row a finished dispatch, with the first case that has it: cases that differ in money alone are one.

    Raises `BadInput` for a folder that is no sweep's, of parts of a year, or with nothing finished.
    """
    folder = SweepFolder(path)
    manifest = folder.manifest()
    axes = [Axis(name, path_keys(name) or (name,), ()) for name in manifest["axes"]]
    found: dict[str, SweepRow] = {}
    for number, point in enumerate(contents_of(manifest), start=1):
        record = None if point["dispatch"] in found else folder.dispatch(point["dispatch"])
        if record is None:
            continue
        if record.year is None:
            raise BadInput([Problem(str(path), "parts of a year", "a sweep of whole years", 'Set hours = "all"')])
        content = dict(manifest["base"])
        for axis, value in zip(axes, point["values"], strict=True):
            content = merge(content, axis.nested(value))
        found[record.key] = SweepRow(f"{path}, case {number}", check_case(content, "case"), record)
    if not found:
        raise BadInput([Problem(str(path), "no finished case", "a sweep that has run")])
    return list(found.values())


class SweepRow:
    """A dispatched year of a sweep with a case that has it."""

    def __init__(self, place: str, case: Case, record: DispatchRecord) -> None:
        self.place, self.case, self.record = place, case, record

    @property
    def name(self) -> str:
        return self.place

    @property
    def network_digest(self) -> str:
        return str(self.record.case["network_digest"])

    @cached_property
    def _planned(self) -> tuple[Plan, dict[str, float]]:
        year = self.record.year
        assert year is not None, "a row without a whole year makes no pair"
        return plan_of(self.case, self.record.key, year)

    @property
    def plan(self) -> Plan:
        return self._planned[0]

    @property
    def works_usd_real(self) -> float:
        return float(self._planned[1]["project.works_usd_real"])

    @property
    def curtailed_mwh(self) -> float:
        return float(sum(self._under("dispatch.curtailed_mwh.").values()))

    @property
    def link_loss_mwh(self) -> float:
        links = self._under("links.")
        return sum(float(value) for name, value in links.items() if name.endswith(".loss_mwh"))

    @property
    def ens_mwh(self) -> float:
        return float(self.record.measures["dispatch.ens_mwh"])

    def surplus(self) -> Surpluses:
        found: Surpluses = {}
        for name, amount in self._under("welfare.").items():
            country, _, part = name.removesuffix("_usd_real").partition(".")
            if part:
                found.setdefault(country, {})[part] = float(amount)
        return found

    def emissions(self) -> dict[str, float]:
        factor = {market.name: market.emission_tco2_per_mwh for market in read_inputs(self.case).economy.markets}
        bought, sold = self._under("dispatch.import_mwh."), self._under("dispatch.export_mwh.")
        return self._under("dispatch.emissions_tco2.") | emissions_of_trade(bought, sold, factor)

    def developers(self) -> list[DeveloperRow]:
        return []

    def _under(self, prefix: str) -> dict[str, Any]:
        found = self.record.measures.items()
        return {name.removeprefix(prefix): value for name, value in found if name.startswith(prefix)}
