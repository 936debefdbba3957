"""Tables that a later command leaves in a finished run's folder, where its report shows them."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from greengrid.errors import BadInput, Problem
from greengrid.store import DIGESTS, TABLES, add_digests, write_rows


def keep_tables(
    folder: Path, tables: Mapping[str, Sequence[Any]], columns: Mapping[str, Sequence[str]] | None = None
) -> None:
    """Writes tables and their digests, replacing earlier ones of the same names; `columns` names those without rows.

    Raises `BadInput` where the folder cannot be written.
    """
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".kept") as partial:
            (Path(partial) / TABLES).mkdir()
            for name, rows in tables.items():
                write_rows(Path(partial), name, rows, (columns or {}).get(name, ()))
            for name in tables:
                file = f"{TABLES}/{name}.parquet"
                (Path(partial) / file).replace(folder / file)
        if (folder / DIGESTS).is_file():
            add_digests(folder, [f"{TABLES}/{name}.parquet" for name in tables])
    except OSError as error:
        found = f"not writable: {error.strerror}"
        raise BadInput([Problem(str(folder), found, "the folder of a run that can be written")]) from None
