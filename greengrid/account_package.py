"""The inland AC package of a case in the account: what it is, what it costs, and what would be left without it."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from financing.plan import CapexItem
from greengrid.case import Case
from greengrid.costs import UnitCosts, reinforcement_items, total
from greengrid.inputs import read_inputs
from networks.grid import Grid, Reinforcement
from networks.staging import PACKAGE_LINK

WIDTH = 132
"""Of the account's page, in characters."""


def package_lines(case: Case, grid: Grid) -> list[str]:
    """Elements with length and cost, their sum, and the grid that scope `none` leaves; nothing without the link."""
    if PACKAGE_LINK not in case.built_links:
        return []
    unit = UnitCosts.of(case.price_base_year, case.link[PACKAGE_LINK].cost)
    items = reinforcement_items(grid.reinforcements, 1, unit)
    cells = [_element(part, item) for part, item in zip(grid.reinforcements, items, strict=True)]
    cost = total(items)
    length_km = sum(part.length_km * part.circuits for part in grid.reinforcements)
    head = (
        f"Inland AC package, scope {case.reinforcement.scope}: {length_km:,.0f} circuit-km, "
        f"{cost.central / 1e6:,.0f} M USD of {case.price_base_year} ({cost.low / 1e6:,.0f}-{cost.high / 1e6:,.0f})"
    )
    return [
        head,
        *_rows(cells),
        *wrap(_without(case, grid), WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False),
    ]


def _element(part: Reinforcement, item: CapexItem) -> str:
    what = f"{part.length_km:,.0f} km" if part.element == "line" else "transformer"
    ends = part.from_substation
    if part.element == "line":
        ends += f"-{part.to_substation}"
    return f"{ends} {part.voltage_kv:.0f} kV x{part.circuits}, {what}, {item.central_usd_real / 1e6:,.0f} M USD"


def _rows(cells: Sequence[str]) -> list[str]:
    width = max((len(cell) for cell in cells), default=0)
    pairs = [cells[k : k + 2] for k in range(0, len(cells), 2)]
    return ["  " + "   ".join(f"{cell:<{width}}" for cell in pair).rstrip() for pair in pairs]


def _without(case: Case, grid: Grid) -> str:
    """What the planned grid alone offers: circuits at the sending converter, and the cuts that the package lifts."""
    if case.reinforcement.scope == "none":
        return "the planned grid alone"
    bare_case = case.model_copy(update={"reinforcement": case.reinforcement.model_copy(update={"scope": "none"})})
    bare = read_inputs(bare_case).grid
    link = next(link for link in bare.links if link.name == PACKAGE_LINK)
    at_end = [line for line in bare.lines if link.from_bus in (line.from_bus, line.to_bus)]
    circuits = sum(line.circuits for line in at_end)
    lifted = {cut.name: cut.forward_max_mw for cut in grid.interfaces}
    cuts = [
        f"{cut.name} {cut.forward_max_mw:,.0f} MW instead of {lifted[cut.name]:,.0f}"
        for cut in bare.interfaces
        if cut.forward_max_mw < lifted.get(cut.name, 0.0)
    ]
    left = f"scope none would leave {circuits} circuits of {sum(line.flow_max_mw for line in at_end):,.0f} MW together"
    return f"{left} at {link.from_bus}" + (f"; {'; '.join(cuts)}" if cuts else "")
