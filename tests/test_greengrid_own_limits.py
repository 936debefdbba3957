"""Limits of cuts that a case gives itself."""

from __future__ import annotations

import pytest

from greengrid.case import load_case
from greengrid.errors import BadInput
from greengrid.inputs import read_inputs
from greengrid.own_limits import InterfaceCase, with_own_limits

OWN = "={forward_max_mw=950,reverse_max_mw=0}"


def test_a_case_s_own_limit_replaces_the_table_s() -> None:
    """The named cut has the case's limits, grade D and its source; its members and all other cuts stay."""
    plain = read_inputs(load_case("tiny")).grid
    own = read_inputs(load_case("tiny", ('interface."AZ-GE 500 kV"' + OWN,))).grid
    [cut] = [cut for cut in own.interfaces if cut.name == "AZ-GE 500 kV"]
    assert (cut.forward_max_mw, cut.reverse_max_mw) == (950.0, 0.0)
    assert (cut.confidence, cut.source) == ("D", "limit of the case")
    before = {cut.name: cut for cut in plain.interfaces}
    assert all(cut.members == before[cut.name].members for cut in own.interfaces)


def test_an_unknown_cut_names_the_known_ones() -> None:
    """A name that is no interface is bad input, with the nearest one."""
    grid = read_inputs(load_case("tiny")).grid
    with pytest.raises(BadInput, match="Nearest: AZ-GE 500 kV"):
        with_own_limits(grid, {"AZ-GE 500kV": InterfaceCase(forward_max_mw=1.0, reverse_max_mw=1.0)})


@pytest.mark.parametrize("bad", ["={forward_max_mw=950}", "={forward_max_mw=-1,reverse_max_mw=0}", "=950"])
def test_half_a_limit_is_refused(bad: str) -> None:
    """Both directions must be said, and neither is negative."""
    with pytest.raises(BadInput):
        load_case("tiny", ('interface."AZ-GE 500 kV"' + bad,))
