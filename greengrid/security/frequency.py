"""Frequency of a synchronous area that stands alone and loses power: rate of change, extreme, and when.

One mass per area and one lag per class of units:

    2 E / f0 x dF/dt = P + sum_k p_k - D L / f0 x F          F: deviation from f0, P: what appeared (lost: negative)
    T_k x dp_k/dt    = clip(-g_k F, -down_k, up_k) - p_k      g_k = capacity / (droop x f0)

with E the kinetic energy of the machines that run (sum of H x rating), L the load, D its damping (Anderson and
Mirheydar 1990, IEEE Trans. Power Systems 5, 720, with one lag per class in place of the reheat block, so that classes
may differ and end at what they have left). The rate of change at the start is P f0 / (2 E). Load shedding and the
tripping of plants are not modelled: an extreme beyond their setting says that they would act. Converters add neither
inertia nor response, batteries response only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit

from greengrid.dispatch.commitment import running_mw
from greengrid.dispatch.result import Dispatch
from greengrid.economy.fleet import Economy
from greengrid.hourly import Array
from greengrid.security.outages_parameters import Parameters
from networks.grid import Grid, Plant
from networks.rows import STORED

STEP_S = 0.05
SETTLED_S = 3.0
"""An extreme that was not passed for so long is the extreme: what swings on is smaller."""
COLLAPSE_HZ = 5.0
"""A deviation beyond which the model says nothing more."""


class Fleet(NamedTuple):
    """What answers to frequency in one area; arrays are (hours,) or (hours, classes)."""

    energy: Array
    """Kinetic energy of the running machines, MW s."""
    damping: Array
    """MW per Hz."""
    gain: Array
    """MW per Hz of each class."""
    up: Array
    """MW that each class has left."""
    down: Array
    time: Array
    """Shape (classes,): lag, s."""


@dataclass(frozen=True)
class Response:
    """How the frequency went, shape (hours,)."""

    rate_hz_per_s: Array
    """At the start, signed."""
    extreme_hz: Array
    """Lowest frequency after a loss, highest after a surplus."""
    extreme_after_s: Array


def make_fleet(
    grid: Grid, economy: Economy, dispatch: Dispatch, parameters: Parameters, buses: frozenset[str]
) -> Fleet:
    """The units that run at these buses (`commitment.running_mw`)."""
    online = running_mw(grid, economy, dispatch)
    units = {unit.name: unit for unit in economy.units}
    times = {name: value for name, value in parameters.by_prefix("governor_time").items() if value > 0}
    classes = sorted(times.keys() & {plant.technology for plant in grid.plants if plant.bus in buses})
    hours = dispatch.clock.hours
    nominal_hz = parameters.value("frequency.nominal")
    energy = np.zeros(hours)
    gain, up, down = (np.zeros((hours, len(classes))) for _ in range(3))
    for plant in grid.plants:
        if plant.bus not in buses:
            continue
        unit = units[plant.name]
        turning_mw = online[plant.name] if plant.name in online.columns else np.zeros(hours)
        energy += unit.inertia_s * turning_mw / parameters.value("power_factor")
        if plant.technology in times:
            k = classes.index(plant.technology)
            acting, more, less = _answer(plant, unit.stable_min_frac, turning_mw, dispatch, parameters)
            gain[:, k] += acting / (parameters.value("governor_droop") * nominal_hz)
            up[:, k] += more
            down[:, k] += less
    load_mw = _load_mw(dispatch, buses)
    damping = parameters.value("load_damping") * load_mw / nominal_hz
    return Fleet(energy, damping, gain, up, down, np.array([times[name] for name in classes]))


def _answer(
    plant: Plant, stable_min_frac: float, turning_mw: Array, dispatch: Dispatch, parameters: Parameters
) -> tuple[Array, Array, Array]:
    """(capacity whose governor acts, what it has left upward, downward), MW."""
    output = dispatch.generation_mw[plant.name]
    if plant.technology in STORED and plant.name in dispatch.charge_mw.columns and not turning_mw.any():
        charge = dispatch.charge_mw[plant.name]
        acting = np.full_like(output, plant.capacity_mw)
        return acting, plant.capacity_mw - output + charge, plant.capacity_mw + output - charge
    share = parameters.value("governor_share")
    acting = share * turning_mw
    up = share * np.maximum(turning_mw - output, 0.0)
    return acting, up, share * np.maximum(output - stable_min_frac * turning_mw, 0.0)


def _load_mw(dispatch: Dispatch, buses: frozenset[str]) -> Array:
    inside = [k for k, bus in enumerate(dispatch.served_mw.columns) if bus in buses]
    total: Array = dispatch.served_mw.values[:, inside].sum(axis=1)
    return total


def respond(fleet: Fleet, appearing_mw: Array, parameters: Parameters) -> Response:
    """The frequency after `appearing_mw` (negative: lost) in every hour."""
    nominal_hz = parameters.value("frequency.nominal")
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(appearing_mw == 0, 0.0, appearing_mw * nominal_hz / (2 * fleet.energy))
    deviation, after = _extremes(fleet, appearing_mw, nominal_hz, _steps(parameters))
    return Response(rate, nominal_hz + deviation, after)


def trace(fleet: Fleet, appearing_mw: float, hour: int, parameters: Parameters) -> tuple[Array, Array]:
    """(time, s; frequency, Hz) of one hour."""
    nominal_hz = parameters.value("frequency.nominal")
    deviation = _trace(fleet, hour, appearing_mw, nominal_hz, _steps(parameters))
    times = np.arange(len(deviation), dtype=np.float64) * STEP_S
    return times, np.asarray(nominal_hz + deviation, dtype=np.float64)


def _steps(parameters: Parameters) -> int:
    return round(parameters.value("trace_end") / STEP_S) + 1


def settings(parameters: Parameters) -> Mapping[str, float]:
    """The limits that a response is held against."""
    names = {"minimum_hz": "frequency.min", "maximum_hz": "frequency.max", "rate_max_hz_per_s": "rocof.max"}
    return {key: parameters.value(name) for key, name in names.items()}


@njit(cache=True)
def _slopes(fleet: Fleet, hour: int, state: Array, power: tuple[float, float], found: Array) -> None:
    """Time derivatives of (deviation, power of each class) into `found`; power is (appearing, nominal Hz)."""
    total = power[0] - fleet.damping[hour] * state[0]
    for k in range(fleet.time.shape[0]):
        total += state[k + 1]
        wanted = min(max(-fleet.gain[hour, k] * state[0], -fleet.down[hour, k]), fleet.up[hour, k])
        found[k + 1] = (wanted - state[k + 1]) / fleet.time[k]
    found[0] = total * power[1] / (2.0 * fleet.energy[hour])


@njit(cache=True)
def _advance(fleet: Fleet, hour: int, power: tuple[float, float], work: Array) -> None:
    """One step of the fourth-order Runge-Kutta rule; work (4, classes + 1): state, trial, slope, sum of slopes."""
    state, trial, slope, total = work[0], work[1], work[2], work[3]
    _slopes(fleet, hour, state, power, slope)
    for k in range(state.shape[0]):
        total[k] = slope[k]
        trial[k] = state[k] + STEP_S / 2 * slope[k]
    for reach in (STEP_S / 2, STEP_S):
        _slopes(fleet, hour, trial, power, slope)
        for k in range(state.shape[0]):
            total[k] += 2 * slope[k]
            trial[k] = state[k] + reach * slope[k]
    _slopes(fleet, hour, trial, power, slope)
    for k in range(state.shape[0]):
        state[k] += STEP_S / 6 * (total[k] + slope[k])


@njit(cache=True)
def _trace(fleet: Fleet, hour: int, appearing: float, nominal: float, steps: int) -> Array:
    """Deviation every STEP_S; it rests where it collapses."""
    found, work = np.zeros(steps), np.zeros((4, fleet.time.shape[0] + 1))
    for step in range(1, steps):
        if fleet.energy[hour] <= 0.0 or abs(work[0, 0]) > COLLAPSE_HZ:
            found[step:] = COLLAPSE_HZ if appearing > 0 else -COLLAPSE_HZ
            break
        _advance(fleet, hour, (appearing, nominal), work)
        found[step] = work[0, 0]
    return found


@njit(cache=True)
def _extremes(fleet: Fleet, appearing: Array, nominal: float, steps: int) -> tuple[Array, Array]:
    """(largest deviation with its sign, when, s) of every hour; over once it has come back for SETTLED_S."""
    hours = appearing.shape[0]
    found, after = np.zeros(hours), np.zeros(hours)
    work = np.zeros((4, fleet.time.shape[0] + 1))
    for hour in range(hours):
        if appearing[hour] == 0.0:
            continue
        sign, best, when = (1.0 if appearing[hour] > 0 else -1.0), 0.0, 0
        work[:] = 0.0
        for step in range(1, steps):
            if fleet.energy[hour] <= 0.0 or best > COLLAPSE_HZ:
                best, when = COLLAPSE_HZ, step
                break
            _advance(fleet, hour, (appearing[hour], nominal), work)
            if sign * work[0, 0] > best:
                best, when = sign * work[0, 0], step
            elif (step - when) * STEP_S > SETTLED_S:
                break
        found[hour], after[hour] = sign * best, when * STEP_S
    return found, after
