"""Which terms the arrays of many draws do not carry."""

from __future__ import annotations

from financing.structure import Structure


def terms_off_arrays(structure: Structure) -> tuple[str, ...]:
    """What of a mix `run_batch` does not know, in words; empty for every mix that it can take."""
    found = {
        "currencies whose parity is not worked out": bool(structure.parity_inflation_pa),
    }
    return tuple(name for name, is_there in found.items() if is_there)
