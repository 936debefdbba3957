"""The formats that a grid goes out in: what writes each, and how it carries an HVDC link."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from greengrid.exchange.geojson_file import write_geojson
from greengrid.exchange.matpower import write_matpower
from greengrid.exchange.pandapower_file import write_excel_net, write_json_net
from greengrid.exchange.psse import write_raw
from greengrid.exchange.pypsa_folder import write_pypsa
from greengrid.exchange.snapshot import Snapshot


@dataclass(frozen=True)
class Format:
    """One way out."""

    write: Callable[[Snapshot, Path], None]
    main_file: str
    link: str
    """How a link stands in the files, for the user."""
    opened_with: str


AS_INJECTIONS = (
    "one injection at each end (NAME:from, NAME:to), losses included; its data stand in the table hvdc_link. A "
    "pandapower dcline is not used: its optimal power flow and short circuit are wrong with it"
)
FORMATS: Mapping[str, Format] = {
    "pandapower": Format(write_json_net, "network.json", AS_INJECTIONS, 'pandapower.from_json("network.json")'),
    "excel": Format(write_excel_net, "network.xlsx", AS_INJECTIONS, 'pandapower.from_excel("network.xlsx")'),
    "matpower": Format(
        write_matpower,
        "network.m",
        "two generators (NAME:from, NAME:to), losses included, and a row of mpc.dcline that is switched off, because "
        "MATPOWER passes over it unless toggle_dcline is on",
        "mpc = loadcase('network')",
    ),
    "pypsa": Format(
        write_pypsa,
        "links.csv",
        "a Link for each direction, with the hour's efficiency, a Load for the idle stations and a Generator for the "
        "reactive power at each end",
        'pypsa.Network().import_from_csv_folder("DIR")',
    ),
    "geojson": Format(
        write_geojson, "links.geojson", "a straight line in links.geojson", "QGIS: Layer, Add Layer, Add Vector Layer"
    ),
    "raw": Format(
        write_raw,
        "network.raw",
        "a VSC dc line for each pair of cables (converter 1 holds the dc voltage, 2 the power); the format's station "
        "loss is linear in the current and goes through the hour's own",
        "PSS/E: File, Open, Power Flow Raw Data",
    ),
}
