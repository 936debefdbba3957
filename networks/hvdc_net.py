"""A link inside a pandapower net as voltage-source converters, DC buses and DC lines: one circuit for each pole.

Each pole is a sending station that holds the DC voltage, its cable and a receiving station that takes its power; both
give no reactive power (that stays with the link's sources, "LINK:from" and "LINK:to"). A station's idle and linear
loss is pandapower's no-load loss on the DC side (it goes with the square of the voltage there and is set for the
hour's), its quadratic loss the internal DC resistance. What pandapower 3.5.6 does not know is put in from
`networks.hvdc`: the linear loss as a constant at the hour's current, and the metallic return of a pole without its
partner as a second conductor in series with its cable. A symmetrical monopole is one circuit at twice the voltage.

Refused or ignored by pandapower around converters, so not to be had in this mode: distributed slack over several
areas, limits of reactive power, taps, an optimal power flow (its result has no converter power and says nothing of it)
and its DC power flow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from networks.voltage_control import Net

if TYPE_CHECKING:
    from networks.hvdc import Link

ENDS = ("from", "to")
CONVERTERS = " converters"
REACTANCE_BASE_MVA = 100.0
DC_RESISTANCE_MIN_OHM = 1e-3
"""Below it pandapower divides by (nearly) zero: a station without quadratic loss gets this, 0.004 MW at 2 kA."""
CONVERTER_REACTANCE_PU = 1e-4
"""Between the grid's bus and the converters' own, on 100 MVA: pandapower allows no voltage-holding source at a
converter's bus. At 2,000 MW it takes 4 Mvar."""
COUPLING_REACTANCE_OHM = 1.0
"""Inside the converter; its reactive power is made up at the terminal, where none is asked for."""


@dataclass(frozen=True, slots=True)
class LinkCircuit:
    """What the AC/DC power flow found on a link; sent = received + loss, all losses in it."""

    sent_mw: float
    """From the AC grid of the sending end, its idle loss included."""
    received_mw: float
    """Into the AC grid of the receiving end, its idle loss taken off."""
    current_ka: float
    """Of the most loaded cable."""
    voltage_min_kv: float
    """Lowest DC voltage to ground of an energised conductor."""
    voltage_max_kv: float

    @property
    def loss_mw(self) -> float:
        return self.sent_mw - self.received_mw


def add_link(net: Net, link: Link, from_bus: int, to_bus: int) -> None:
    """Put a link between two AC buses of a net, every pole out of service until `set_link`.

    Elements are named "LINK pole K" with ":from" or ":to" at the ends; the converters of one end share an AC bus
    "LINK:from converters" behind a small reactance. Raises ValueError if the net holds the link already.
    """
    import pandapower

    names = set() if net.line_dc.empty else set(net.line_dc["name"])
    if f"{link.name} pole 1" in names:
        raise ValueError(f"the net holds link {link.name} already")
    buses = [_converter_bus(net, link, bus, end) for bus, end in ((from_bus, "from"), (to_bus, "to"))]
    current_max_ka = link.current_full_ka * link.pole_overload_ratio
    for pole in _poles(link):
        ends = [
            pandapower.create_bus_dc(net, link.pole_voltage_kv, name=f"{pole}:{end}", in_service=False) for end in ENDS
        ]
        pandapower.create_line_dc_from_parameters(
            net, *ends, length_km=link.length_km, r_ohm_per_km=link.resistance_ohm_per_km, max_i_ka=current_max_ka,
            name=pole, type="cs", in_service=False,
        )  # fmt: skip
        for bus, bus_dc, end in zip(buses, ends, ENDS, strict=True):
            pandapower.create_vsc(
                net, bus, bus_dc, r_ohm=0.0, x_ohm=COUPLING_REACTANCE_OHM,
                r_dc_ohm=max(link.station_quadratic_ohm, DC_RESISTANCE_MIN_OHM), pl_dc_mw=0.0,
                control_mode_ac="q_mvar", control_value_ac=0.0, name=f"{pole}:{end}", in_service=False,
            )  # fmt: skip


def set_link(net: Net, link: Link, sent_mw: float, *, forward: bool = True, poles_in: int | None = None) -> None:
    """Set a link of `add_link` to a power sent from `from_bus` (forward) or `to_bus`, with so many poles in service.

    All poles: healthy; one fewer: one pole out; 0: out. A pole that is out has its converters, its cable and both its
    DC buses out, or its inverter would draw its idle loss. Raises ValueError beyond the rating of the poles in service.
    """
    poles = link.poles if poles_in is None else poles_in
    current_ka = link.flow(sent_mw, poles).current_ka
    station_mw = link.idle_loss_of_mw(1) / 2 + link.station_linear_kv * current_ka
    sending = "from" if forward else "to"
    vsc, line, bus = (_by_name(table) for table in (net.vsc, net.line_dc, net.bus_dc))
    for number, pole in enumerate(_poles(link)):
        is_in = number < poles
        resistance_ohm = link.conductor_ohm * _conductors_of_pole(link, number, poles)
        net.line_dc.loc[line[pole], ["r_ohm_per_km", "in_service"]] = resistance_ohm / link.length_km, is_in
        taken_mw = link.pole_voltage_kv * current_ka - resistance_ohm * current_ka**2
        for end in ENDS:
            name = f"{pole}:{end}"
            net.bus_dc.loc[bus[name], "in_service"] = is_in
            voltage_pu = 1.0 if end == sending else 1.0 - resistance_ohm * current_ka / link.pole_voltage_kv
            mode, value = ("vm_pu", 1.0) if end == sending else ("p_mw", taken_mw)  # positive: out of the DC bus
            columns = ["in_service", "pl_dc_mw", "control_mode_dc", "control_value_dc"]
            net.vsc.loc[vsc[name], columns] = is_in, station_mw / voltage_pu**2, mode, value


def link_circuit(net: Net, link: Link, *, forward: bool = True) -> LinkCircuit:
    """What a solved net says of a link of `add_link`."""
    vsc, line = _by_name(net.vsc), _by_name(net.line_dc)
    drawn_mw = dict.fromkeys(ENDS, 0.0)
    currents_ka, voltages_kv = [0.0], []
    to_ground = link.voltage_kv  # of a symmetrical monopole: half of what stands between its cables
    for pole in _poles(link):
        if not net.line_dc.at[line[pole], "in_service"]:
            continue
        currents_ka.append(abs(float(net.res_line_dc.at[line[pole], "i_ka"])))
        for end in ENDS:
            drawn_mw[end] += float(net.res_vsc.at[vsc[f"{pole}:{end}"], "p_mw"])
            voltages_kv.append(to_ground * float(net.res_vsc.at[vsc[f"{pole}:{end}"], "vm_dc_pu"]))
    sending, receiving = ENDS if forward else reversed(ENDS)
    return LinkCircuit(
        drawn_mw[sending],
        -drawn_mw[receiving],
        max(currents_ka),
        min(voltages_kv, default=0.0),
        max(voltages_kv, default=0.0),
    )


def converter_buses(net: Net) -> dict[int, int]:
    """Each AC bus that `add_link` made for converters -> the grid's bus behind it."""
    rows = net.impedance[net.impedance["name"].str.endswith(CONVERTERS, na=False)] if len(net.impedance) else None
    return {} if rows is None else dict(zip(rows["to_bus"].tolist(), rows["from_bus"].tolist(), strict=True))


def _converter_bus(net: Net, link: Link, bus: int, end: str) -> int:
    """A bus of the converters' own, with the place and zone of the grid's."""
    import pandapower

    name = f"{link.name}:{end}{CONVERTERS}"
    made = pandapower.create_bus(net, net.bus.at[bus, "vn_kv"], name=name, zone=net.bus.at[bus, "zone"])
    net.bus.at[made, "geo"] = net.bus.at[bus, "geo"]
    pandapower.create_impedance(
        net, bus, made, rft_pu=0.0, xft_pu=CONVERTER_REACTANCE_PU, sn_mva=REACTANCE_BASE_MVA, name=name
    )
    return int(made)


def _conductors_of_pole(link: Link, number: int, poles: int) -> int:
    """Conductors in series in a pole's circuit; the last pole of an odd number returns through the metallic one."""
    if link.configuration == "symmetrical_monopole":
        return 2
    return 2 if poles % 2 and number == poles - 1 else 1


def _poles(link: Link) -> list[str]:
    return [f"{link.name} pole {number}" for number in range(1, link.poles + 1)]


def _by_name(table: Any) -> dict[str, int]:
    return dict(zip(table["name"], table.index, strict=True))
