"""A dispatch drawn at random on any grid: not least cost, but every plant, border and link does something."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from greengrid.dispatch.result import Certificate, Dispatch
from greengrid.hourly import Clock, HourlyTable
from networks.grid import Grid
from networks.rows import STORED

NOTHING = ("level_mwh", "curtailed_mw", "spilled_mw", "dumped_mw", "branch_mw", "price_usd_per_mwh", "interface_mw")


def draw_dispatch(grid: Grid, seed: int, hours: int, *, load_ratio: float = 0.7) -> Dispatch:
    """Loads around `load_ratio` of their zones' peaks, plants in proportion to what they could give."""
    rng = np.random.default_rng(seed)
    peak = {demand.zone: demand.peak_mw for demand in grid.demands}
    swing = load_ratio * rng.uniform(0.8, 1.2, hours)
    served = [peak[load.zone] * load.share_frac * swing for load in grid.loads]
    sent = {f"{link.name}:{way}": np.zeros(hours) for link in grid.links for way in ("forward", "reverse")}
    for link in grid.links:
        way = rng.choice(["forward", "reverse"])
        sent[f"{link.name}:{way}"] = link.capacity_mw * rng.uniform(0.0, 0.9, hours)
    bought = {border.name: border.import_max_mw * rng.uniform(0.0, 0.3, hours) for border in grid.borders}
    plants = [plant for plant in grid.plants if plant.technology not in STORED]
    given = {plant.name: plant.capacity_mw * rng.uniform(0.2, 1.0, hours) for plant in plants}
    ratio = (sum(served) - sum(bought.values(), np.zeros(hours))) / sum(given.values())
    stored = {plant.name: np.zeros(hours) for plant in grid.plants if plant.technology in STORED}
    generation = {name: mw * ratio for name, mw in given.items()} | stored
    buses = [load.bus for load in grid.loads]
    tables = {
        "generation_mw": _table({plant.name: generation[plant.name] for plant in grid.plants}, hours),
        "charge_mw": _table({name: rng.uniform(0, 10, hours) for name in stored}, hours),
        "served_mw": HourlyTable.of(buses, served, hours),
        "shed_mw": HourlyTable.of(buses, [np.zeros(hours)] * len(buses), hours),
        "import_mw": _table(bought, hours),
        "export_mw": _table({name: np.zeros(hours) for name in bought}, hours),
        "link_sent_mw": _table(sent, hours),
        "link_received_mw": _table({name: 0.97 * mw for name, mw in sent.items()}, hours),
        "link_idle_mw": _table({link.name: np.full(hours, 2.0) for link in grid.links}, hours),
        "market_price_usd_per_mwh": _table({}, hours),
    }
    tables |= {name: _table({}, hours) for name in NOTHING}
    clock = Clock(datetime(2035, 2, 1, tzinfo=UTC), hours)
    return Dispatch(clock, Certificate(0.0, 0.0, 0.0, 0.0, "drawn"), **tables)


def _table(columns: dict[str, np.ndarray], hours: int) -> HourlyTable:
    return HourlyTable.of(columns, list(columns.values()), hours)
