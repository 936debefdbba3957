"""The hour as a pandapower net: JSON for `pandapower.from_json`, Excel for `pandapower.from_excel`."""

from __future__ import annotations

import copy
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from greengrid.exchange.snapshot import Snapshot

if TYPE_CHECKING:
    from networks.voltage_control import Net

SHEET_NAME_MAX = 31
"""Excel's limit."""
MADE = datetime(2000, 1, 1)
"""Date of creation written into every workbook, so that the same case gives the same bytes."""


def write_json_net(snapshot: Snapshot, folder: Path) -> None:
    """network.json, with the results of the power flow."""
    import pandapower

    pandapower.to_json(_plain(snapshot.net), str(folder / "network.json"))


def write_excel_net(snapshot: Snapshot, folder: Path) -> None:
    """network.xlsx: one sheet per table, laid out as pandapower reads it.

    Sheets are written here and not by `pandapower.to_excel`, which stamps the clock into the file.
    """
    import pandas as pd
    from pandapower.io_utils import to_dict_of_dfs

    tables = to_dict_of_dfs(_plain(snapshot.net), include_results=True, include_empty_tables=False)
    with pd.ExcelWriter(folder / "network.xlsx", engine="xlsxwriter") as writer:
        book: Any = writer.book
        book.set_properties({"created": MADE})
        for name, table in tables.items():
            table.to_excel(writer, sheet_name=name[:SHEET_NAME_MAX])


def _plain(net: Net) -> Net:
    """A copy without the solver's working arrays."""
    plain = copy.deepcopy(net)
    for name in [name for name in plain if name.startswith("_ppc") or name in ("_is_elements", "_pd2ppc_lookups")]:
        del plain[name]
    return plain
