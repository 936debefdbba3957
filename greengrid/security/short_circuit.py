"""Least three-phase fault level at the converters' buses, hour by hour, and how strong that is for a link of a size.

Method of IEC 60909 (initial symmetrical short-circuit current, minimum case): voltage factor 1.0 at the fault, lines at
the temperature of the end of the fault, network transformers with their correction factor, capacitances and loads left
out. Machines are the units that run (`commitment.running_mw`: output over the size of a unit, rounded up, at most the
plant's capacity; or the relaxed commitment where it is on), each behind its unit transformer with the correction factor
of a power station unit without tap changer under load. Neighbours in synchronous operation feed in with their
short-circuit power. **Links, wind, sun and batteries feed in nothing**: links are taken out, as pandapower's own
short-circuit code asks, and converters are left out of a minimum.
"""

from __future__ import annotations

import copy
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from greengrid.dispatch.commitment import running_mw
from greengrid.hourly import Array
from greengrid.security.batch_network import AreaNetwork, Complex
from greengrid.security.outages_parameters import Parameters, read_parameters
from greengrid.security.part import SecurityRun
from greengrid.security.short_circuit_kernels import driving_impedance
from networks.grid import Border
from networks.voltage_control import Net

SHIPPED = Path(__file__).parent / "tables" / "short_circuit.csv"
VOLTAGE_FACTOR_MIN = 1.0
"""IEC 60909-0, table 1, above 1 kV, minimum."""
VOLTAGE_FACTOR_MAX = 1.1
"""Likewise maximum: it enters the correction factors in both cases."""
CLASS_OF = {
    "nuclear": "nuclear",
    "hydro_reservoir": "hydro",
    "hydro_ror": "hydro",
    "pumped_storage": "hydro",
    "gas_engine": "engine",
}
"""Reactance class of a technology; all other turning machines are turbogenerators."""
SYNCHRONOUS = "synchronous"
RESISTANCE_PER_DEGREE = 0.004
REFERENCE_TEMPERATURE_C = 20.0


def parameters() -> Parameters:
    """Reactances, temperatures and limits, each with range, source and grade."""
    return read_parameters(SHIPPED)


@dataclass(frozen=True)
class FaultArea:
    """One area's short-circuit circuit: branches of every hour, sources hour by hour; per unit of `base_mva`."""

    network: AreaNetwork
    branch_y: Complex
    """(m, 4)."""
    sources_y: Complex
    """(hours, n)."""

    def level_mva(self, bus: str) -> Array:
        """(hours,) three-phase fault level at a bus; 0 in hours in which nothing feeds in."""
        fed = np.abs(self.sources_y).sum(axis=1) > 0
        impedance = np.zeros(int(fed.sum()), dtype=np.complex128)
        at = self.network.bus_names.index(bus)
        driving_impedance(self.network.arrays, self.branch_y, self.sources_y[fed], at, impedance)
        level = np.zeros(len(fed))
        level[fed] = VOLTAGE_FACTOR_MIN * self.network.base_mva / np.abs(impedance)
        return level


def fault_area(run: SecurityRun, net: Net, network: AreaNetwork, given: Parameters) -> FaultArea:
    """The circuit of one of `pandapower_net.areas` (`net`, read as `network`) over the hours of a run."""
    return FaultArea(network, _branches(net, given), _sources(run, network, given))


def _branches(net: Net, given: Parameters) -> Complex:
    """Series admittances: lines hot, transformers corrected (IEC 60909-0, 6.3.3), no capacitance, neutral taps."""
    line, unit = net.line, net.trafo
    base_ohm = net.bus.loc[line["from_bus"], "vn_kv"].to_numpy(dtype=float) ** 2 / net.sn_mva
    length = line["length_km"].to_numpy(float) / line["parallel"].to_numpy(float)
    hot = 1 + RESISTANCE_PER_DEGREE * (given.value("conductor_temperature") - REFERENCE_TEMPERATURE_C)
    impedance = (line["r_ohm_per_km"].to_numpy(float) * hot + 1j * line["x_ohm_per_km"].to_numpy(float)) * length
    of_lines = base_ohm / impedance
    size, copper = unit["vk_percent"].to_numpy(float) / 100, unit["vkr_percent"].to_numpy(float) / 100
    reactance = np.sqrt(size**2 - copper**2)
    correction = 0.95 * VOLTAGE_FACTOR_MAX / (1 + 0.6 * reactance)
    high_kv, low_kv = unit["vn_hv_kv"].to_numpy(float), unit["vn_lv_kv"].to_numpy(float)
    bus_high_kv = net.bus.loc[unit["hv_bus"], "vn_kv"].to_numpy(dtype=float)
    bus_low_kv = net.bus.loc[unit["lv_bus"], "vn_kv"].to_numpy(dtype=float)
    rating = unit["sn_mva"].to_numpy(float) * unit["parallel"].to_numpy(float)
    to_base = (low_kv / bus_low_kv) ** 2 * net.sn_mva / rating
    own = 1 / ((copper + 1j * reactance) * to_base * correction)
    ratio = (high_kv / low_kv) * (bus_low_kv / bus_high_kv)
    ones = np.ones(len(line))
    series, share = np.r_[of_lines, own], np.r_[ones, ratio]
    return np.column_stack([series / share**2, -series / share, -series / share, series])


def machine_impedance(technology: str, given: Parameters) -> complex:
    """One unit with its transformer, per unit of the machine's rating, seen from the grid.

    Correction of a power station unit without tap changer under load (IEC 60909-0, 6.7.2):
    c_max / (1 + x_d'' sin phi), rated voltages taken as the grid's, taps in the middle.
    """
    reactance = given.value(f"subtransient.{CLASS_OF.get(technology, 'turbo')}")
    transformer, cosine = given.value("transformer_unit"), given.value("power_factor")
    correction = VOLTAGE_FACTOR_MAX / (1 + reactance * np.sqrt(1 - cosine**2))
    return complex(correction * (given.value("resistance_machine") * reactance + 1j * (reactance + transformer)))


def _sources(run: SecurityRun, network: AreaNetwork, given: Parameters) -> Complex:
    """(hours, n): machines that run, and neighbours in synchronous operation."""
    grid, dispatch = run.inputs.grid, run.dispatch
    position = {name: k for k, name in enumerate(network.bus_names)}
    total = np.zeros((dispatch.clock.hours, network.buses), dtype=np.complex128)
    online = running_mw(grid, run.inputs.economy, dispatch)
    running = set(online.columns)
    for plant in grid.plants:
        if plant.bus in position and plant.name in running:
            rated_mva = online[plant.name] / given.value("power_factor")
            each = 1 / machine_impedance(plant.technology, given) / network.base_mva
            total[:, position[plant.bus]] += rated_mva * each
    for border in grid.borders:
        if border.bus in position and border.connection == SYNCHRONOUS:
            total[:, position[border.bus]] += border_admittance(border, given) / network.base_mva
    return total


def border_admittance(border: Border, given: Parameters) -> complex:
    """Of a neighbouring grid, in MVA at rated voltage: |Z| = c U^2 / S'' (IEC 60909-0, 6.2)."""
    angle = np.arctan(1 / given.value("resistance_border"))
    return complex(border.short_circuit_mva / VOLTAGE_FACTOR_MIN * np.exp(-1j * angle))


def pandapower_level_mva(net: Net, sources_y: Complex, bus: str, given: Parameters) -> float:
    """The fault level at a bus of one hour by pandapower's `calc_sc` (minimum, three phases).

    `net` is the area's net, `sources_y` (n,) its sources of the hour; each bus' sources are one external grid of the
    same impedance. Links and everything else that feeds in are taken out. Without any source the level is 0, which
    pandapower does not calculate.
    """
    if not np.abs(sources_y).any():
        return 0.0
    import pandapower
    import pandapower.shortcircuit

    part: Any = copy.deepcopy(net)
    for table in ("gen", "sgen", "load", "shunt"):
        part[table] = part[table].iloc[0:0]
    part.line["endtemp_degree"] = given.value("conductor_temperature")
    for index, admittance in zip(part.bus.index, sources_y.tolist(), strict=True):
        if abs(admittance) > 0:
            impedance = 1 / admittance
            level_mva = VOLTAGE_FACTOR_MIN * part.sn_mva * abs(admittance)
            ratio = impedance.real / impedance.imag
            pandapower.create_ext_grid(
                part, int(index), s_sc_max_mva=level_mva, s_sc_min_mva=level_mva, rx_max=ratio, rx_min=ratio
            )
    at = int(part.bus.index[list(part.bus["name"]).index(bus)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of branch currents, which nobody asks for here
        pandapower.shortcircuit.calc_sc(part, bus=at, fault="3ph", case="min", ip=False, ith=False)
    current_ka = float(part.res_bus_sc.at[at, "ikss_ka"])
    return float(np.sqrt(3) * part.bus.at[at, "vn_kv"] * current_ka)


def condenser_mva(missing_mva: float, given: Parameters) -> float:
    """Rating of a synchronous condenser, with its transformer, that adds so much fault level at its bus.

    The fault levels of parallel sources add where their impedances have the same angle, as here nearly all have.
    """
    reactance = given.value("subtransient.condenser") + given.value("transformer_unit")
    return max(missing_mva, 0.0) * reactance / VOLTAGE_FACTOR_MIN
