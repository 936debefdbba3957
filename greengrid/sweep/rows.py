"""The finished dispatches of a sweep's folder, each as one side of a comparison."""

from __future__ import annotations

import json
from collections.abc import Mapping
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
    """One row a finished dispatch and set of costs, with the first case that has both: cases that differ in the terms
    of financing alone are one.

    Raises `BadInput` for a folder that is no sweep's, of parts of a year, or with nothing finished.
    """
    folder = SweepFolder(path)
    manifest = folder.manifest()
    axes = [Axis(name, path_keys(name) or (name,), ()) for name in manifest["axes"]]
    records = {key: folder.dispatch(key) for key in manifest["dispatches"]}
    if any(record is not None and record.year is None for record in records.values()):
        raise BadInput([Problem(str(path), "parts of a year", "a sweep of whole years", 'Set hours = "all"')])
    found: dict[tuple[str, str], SweepRow] = {}
    for number, point in enumerate(contents_of(manifest), start=1):
        record = records[point["dispatch"]]
        if record is None:
            continue
        content = dict(manifest["base"])
        for axis, value in zip(axes, point["values"], strict=True):
            content = merge(content, axis.nested(value))
        place = record.key, _costs_of(content)
        if place not in found:
            found[place] = SweepRow(f"{path}, case {number}", check_case(content, "case"), record)
    if not found:
        raise BadInput([Problem(str(path), "no finished case", "a sweep that has run")])
    return list(found.values())


def _costs_of(content: Mapping[str, Any]) -> str:
    """All that costs depend on and the dispatch does not."""
    links = {name: link.get("cost") for name, link in content["link"].items()}
    return json.dumps([content["project"], links, content["reinforcement"]["paid_by"]], sort_keys=True)


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

    @property
    def weather_number(self) -> int | None:
        number = self.record.measures.get("weather.number")
        return None if number is None else int(number)

    def costs(self, *, package: bool) -> tuple[Plan, float]:
        year = self.record.year
        assert year is not None, "a row without a whole year makes no pair"
        if package:
            plan, costs = plan_of(self.case, self.record.key, year)
            return plan, float(costs["project.works_usd_real"])
        apart = self.case.reinforcement.model_copy(update={"paid_by": "tso"})
        return plan_of(self.case.model_copy(update={"reinforcement": apart}), self.record.key, year)[0], 0.0

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
