"""Which terms the arrays of many draws do not carry."""

from __future__ import annotations

from financing.plan import Plan
from financing.structure import Structure


def terms_off_arrays(plan: Plan, structure: Structure) -> tuple[str, ...]:
    """What of a mix and its plan `run_batch` does not know, in words; empty for every mix that it can take."""
    found = {
        "value added tax": plan.vat is not None,
        "revenue in other currencies": any(stream.currency != "USD" for stream in plan.revenue),
        "cash sweep": structure.sweep is not None,
        "tax withheld on dividends": any(
            each.kind == "equity" and each.withholding_tax_frac > 0.0 for each in structure.sources
        ),
        "capitalised grace interest": any(each.grace_interest == "capitalised" for each in structure.debts),
        "path of a base rate": any(each.base_steps_pa for each in structure.debts),
        "currency forwards or parity": bool(structure.forward_rise_pa or structure.parity_inflation_pa),
    }
    return tuple(name for name, is_there in found.items() if is_there)
