"""The one-page account that `greengrid check` prints."""

from __future__ import annotations

import re
from functools import cache

import pytest

from greengrid.account import account_of
from greengrid.account_package import WIDTH
from greengrid.case import load_case

LINES_MAX = 68
"""A page of A4 at ten points."""


@cache
def text_of(case: str, *overrides: str) -> str:
    """The account of a shipped case with changes."""
    return account_of(load_case(case, overrides)).text


@pytest.mark.parametrize("case", ["base", "today", "neither", "large-link", "tiny"])
def test_account_fits_on_a_page(case: str) -> None:
    """At most 68 lines of 132 characters."""
    lines = text_of(case).splitlines()
    assert len(lines) <= LINES_MAX
    assert max(map(len, lines)) <= WIDTH


def test_today_s_account_names_islands_ties_and_what_hangs() -> None:
    """2025: three islands, Azerbaijan's a dated assumption, the West only with Russia; Nakhchivan isolated; names."""
    text = text_of("today")
    assert "1: 91 buses, KZ-North, KZ-South, UZ; swings with RU, KG, TJ" in text
    assert "3: 10 buses, KZ-West; swings with RU" in text
    assert "assumption of 2017" in text
    assert "asynchronous with TR" in text
    assert "KZ_Bukhtarma (Бухтарминская ГЭС)" in text
    assert "Nakhchivan gas plants (151 MW)" in text
    assert "HVDC links: none" in text
    assert "Inland AC package" not in text


def test_base_s_account_shows_the_package_and_what_would_be_left() -> None:
    """Package of 2 GW: 508 km Karabatan-Aktau and a cost; without it 200 MW over Atyrau-Mangystau and two circuits."""
    text = text_of("base")
    head = re.search(r"Inland AC package, scope rated: ([\d,]+) circuit-km, ([\d,]+) M USD", text)
    assert head is not None
    assert int(head[1].replace(",", "")) == round(2 * 67 + 508 + 182.3 + 70)
    parts = [int(found.replace(",", "")) for found in re.findall(r"(?:\d km|transformer), ([\d,]+) M USD(?! of)", text)]
    assert sum(parts) == pytest.approx(int(head[2].replace(",", "")), abs=len(parts))
    assert "scope none would leave 2 circuits" in text
    assert "KZ Atyrau-Mangystau 200 MW instead of 1,131" in text.replace("\n    ", " ")


@pytest.mark.parametrize(
    ("scope", "line"), [("none", "the planned grid alone"), ("firm", "UZ_Kungrad-KZ_Beineu 500 kV x1")]
)
def test_scope_is_what_the_case_says(scope: str, line: str) -> None:
    """Scope none says so; firm adds the southern circuits."""
    text = text_of("base", f"reinforcement.scope={scope}")
    assert f"scope {scope}:" in text
    assert line in text


def test_capacity_demand_and_evidence_stand_in_the_account() -> None:
    """Installed by technology and country with the weak share, peak beside firm capacity and largest unit, D rows."""
    text = text_of("base")
    assert re.search(r"coal_chp +0 +0 +5,631 +0 +5,631", text)
    assert re.search(r"KZ +165\.0 TWh +peak +23,330 MW in 3 zones +firm +[\d,]+ MW +largest unit 1,200 MW", text)
    assert re.search(r"KZ-UZ +600/600 D", text)
    assert re.search(r"grade C or D\): 500 kV [\d,]+ \(\d+ %\)", text)
    assert re.search(r"lines +A +\d+ B +\d+ C +\d+ D +\d+ +KZ_Zhitikara-KZ_Ulke 500", text)
