"""The data set as a PyPSA network. Runs in PyPSA's own environment: imports nothing of greengrid.

Links become two one-way links per loss segment. Reservoirs are storage units balanced by the hour or, with
`daily_water`, stores whose level is bounded at the ends of days alone, which is how greengrid counts water.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pypsa

from tests.benchmarks.synthetic import VOLTAGE_KV, DataSet

LOOSE_PU = 10.0
"""Bound of a store within the day, in its own volume: never reached."""


def make_network(data: DataSet, *, daily_water: bool = False) -> pypsa.Network:
    """Every part of the data set, one PyPSA component each."""
    network = pypsa.Network()
    network.set_snapshots(pd.date_range("2035-01-01", periods=data.hours, freq="h"))
    buses = _names("bus", data.buses)
    network.add("Bus", buses, v_nom=VOLTAGE_KV)
    lines = _names("line", len(data.line_from))
    network.add(
        "Line", lines, bus0=buses[data.line_from], bus1=buses[data.line_to], x=data.line_x_ohm, r=0.0,
        s_nom=data.line_max_mw,
    )  # fmt: skip
    loads = _names("load", len(data.load_bus))
    network.add("Load", loads, bus=buses[data.load_bus], p_set=_frame(network, loads, data.load_mw))
    _add_links(network, data, buses)
    _add_generators(network, data, buses)
    _add_storage(network, data, buses, daily_water=daily_water)
    cap = float(data.emission_cap_tco2[0])
    if np.isfinite(cap):
        network.add(
            "GlobalConstraint", "emissions", type="primary_energy", carrier_attribute="co2_emissions", sense="<=",
            constant=cap,
        )  # fmt: skip
    return network


def _names(kind: str, count: int) -> np.ndarray:
    return np.array([f"{kind} {number}" for number in range(count)])


def _frame(network: pypsa.Network, names: Sequence[str], values: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(values, index=network.snapshots, columns=list(names))


def _add_links(network: pypsa.Network, data: DataSet, buses: np.ndarray) -> None:
    for segment in range(data.link_segment_mw.shape[1]):
        for label, start, end in (("forward", data.link_from, data.link_to), ("reverse", data.link_to, data.link_from)):
            network.add(
                "Link", _names(f"link {label} {segment}", len(start)), bus0=buses[start], bus1=buses[end],
                p_nom=data.link_segment_mw[:, segment], efficiency=data.link_efficiency_frac[:, segment],
                marginal_cost=data.link_cost_usd_per_mwh,
            )  # fmt: skip


def _add_generators(network: pypsa.Network, data: DataSet, buses: np.ndarray) -> None:
    thermal = _names("thermal", len(data.thermal_bus))
    capacity = data.thermal_max_mw.max(axis=0)
    ramp = np.where(np.isfinite(data.thermal_ramp_mw_per_h), data.thermal_ramp_mw_per_h / capacity, np.nan)
    network.add("Carrier", thermal, co2_emissions=data.thermal_emission_tco2_per_mwh)
    network.add(
        "Generator", thermal, bus=buses[data.thermal_bus], p_nom=capacity,
        p_min_pu=data.thermal_min_mw / capacity,
        p_max_pu=_frame(network, thermal, data.thermal_max_mw / capacity),
        carrier=thermal, marginal_cost=data.thermal_cost_usd_per_mwh, ramp_limit_up=ramp, ramp_limit_down=ramp,
    )  # fmt: skip
    renewable = _names("renewable", len(data.renewable_bus))
    most = np.maximum(data.renewable_max_mw.max(axis=0), 1.0)
    network.add(
        "Generator", renewable, bus=buses[data.renewable_bus], p_nom=most,
        p_max_pu=_frame(network, renewable, data.renewable_max_mw / most),
        marginal_cost=data.renewable_cost_usd_per_mwh,
    )  # fmt: skip
    shed = _names("shed", len(data.load_bus))
    most = data.load_mw.max(axis=0)
    network.add(
        "Generator", shed, bus=buses[data.load_bus], p_nom=most, p_max_pu=_frame(network, shed, data.load_mw / most),
        marginal_cost=float(data.lost_load_usd_per_mwh[0]),
    )  # fmt: skip


def _add_storage(network: pypsa.Network, data: DataSet, buses: np.ndarray, *, daily_water: bool) -> None:
    battery = _names("battery", len(data.battery_bus))
    network.add(
        "StorageUnit", battery, bus=buses[data.battery_bus], p_nom=data.battery_max_mw,
        max_hours=data.battery_energy_mwh / data.battery_max_mw, efficiency_store=data.battery_efficiency_frac,
        efficiency_dispatch=data.battery_efficiency_frac, cyclic_state_of_charge=True,
    )  # fmt: skip
    reservoir = _names("reservoir", len(data.reservoir_bus))
    if daily_water:
        _add_daily_water(network, data, buses)
        return
    network.add(
        "StorageUnit", reservoir, bus=buses[data.reservoir_bus], p_nom=data.reservoir_max_mw, p_min_pu=0.0,
        max_hours=data.reservoir_volume_mwh / data.reservoir_max_mw,
        inflow=_frame(network, reservoir, data.reservoir_inflow_mw), cyclic_state_of_charge=True,
    )  # fmt: skip


def _add_daily_water(network: pypsa.Network, data: DataSet, buses: np.ndarray) -> None:
    count = len(data.reservoir_bus)
    water, level = _names("water", count), _names("level", count)
    river, turbine = _names("river", count), _names("turbine", count)
    network.add("Bus", water, carrier="water")
    day_end = (np.arange(data.hours) % 24 == 23)[:, None] & np.ones(count, dtype=bool)
    network.add(
        "Store", level, bus=water, e_nom=data.reservoir_volume_mwh, e_cyclic=True,
        e_min_pu=_frame(network, level, np.where(day_end, 0.0, -LOOSE_PU)),
        e_max_pu=_frame(network, level, np.where(day_end, 1.0, LOOSE_PU)),
    )  # fmt: skip
    most = data.reservoir_inflow_mw.max(axis=0)
    # What the river brings and neither turbine nor store takes is spilled.
    network.add(
        "Generator", river, bus=water, p_nom=most, p_max_pu=_frame(network, river, data.reservoir_inflow_mw / most)
    )
    network.add("Link", turbine, bus0=water, bus1=buses[data.reservoir_bus], p_nom=data.reservoir_max_mw)
