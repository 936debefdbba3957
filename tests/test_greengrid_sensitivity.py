"""What a sensitivity says of inputs that it leaves out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from financing.loading import load_structure
from financing.sensitivity import mix_indices
from greengrid.plans import read_plan
from greengrid.sensitivity import _left_out

PLAN = Path(__file__).parent / "cases" / "plan_example" / "plan.toml"


def test_price_is_told_where_the_contract_keeps_it_out() -> None:
    """Under a capacity charge no index is of the price, and the text names the contract; nothing is said if one is."""
    plan = read_plan(PLAN)
    found = mix_indices(plan, load_structure("sovereign"), samples=64)
    assert not any(index.group == "price" for index in found)
    told = list(_left_out(plan, found))
    assert any(line.startswith("Price: not varied") and plan.revenue[0].model in line for line in told)
    priced = [replace(found[0], group="price"), *found]
    assert not any(line.startswith("Price") for line in _left_out(plan, priced))
