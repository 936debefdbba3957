"""A finished run as the sections read it: plain values and arrays, no file behind them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reports.language import ENGLISH, say, spoken, word

Array = NDArray[np.float64]
Row = Mapping[str, Any]

COUNTRIES: Mapping[str, str] = {"KZ": "Kazakhstan", "UZ": "Uzbekistan", "AZ": "Azerbaijan", "GE": "Georgia"}
LINKS: Mapping[str, str] = {"caspian": "Caspian link", "black_sea": "Black Sea link"}
WHOLE_YEARS_H = (8760, 8784)


@dataclass(frozen=True, slots=True)
class Hours:
    """An hourly table: values of shape (hours, columns), power in MW unless its name says otherwise."""

    columns: tuple[str, ...]
    values: Array

    def __getitem__(self, name: str) -> Array:
        column: Array = self.values[:, self.columns.index(name)]
        return column

    def __contains__(self, name: str) -> bool:
        return name in self.columns

    def summed(self, names: Iterable[str] | None = None) -> Array:
        """Hourly sum over the named columns (all, without names); columns that do not exist count as nothing."""
        wanted = set(self.columns if names is None else names)
        chosen = [k for k, name in enumerate(self.columns) if name in wanted]
        total: Array = self.values[:, chosen].sum(axis=1)
        return total


@dataclass(frozen=True, slots=True)
class Results:
    """Everything of one run folder."""

    summary: Mapping[str, Any]
    case: Mapping[str, Any]
    versions: Mapping[str, Any]
    clock: NDArray[np.datetime64]
    """UTC, hour-beginning."""
    hourly: Mapping[str, Hours]
    static: Mapping[str, tuple[Row, ...]]

    @property
    def name(self) -> str:
        return str(self.summary["case"]["name"])

    @property
    def gap_frac(self) -> float:
        """To which the dispatch is certified; what seven-day foresight costs is the rule's price and no part of it."""
        facts = self.summary["dispatch"]
        foresight_usd = float(facts.get("foresight_cost_usd_real") or 0.0)
        return max(0.0, float(facts["gap_frac"]) - foresight_usd / max(1.0, abs(float(facts["objective_usd_real"]))))

    @property
    def year(self) -> int:
        return int(self.summary["case"]["year"])

    @property
    def price_base_year(self) -> int:
        return int(self.summary["price_base_year"])

    @property
    def hours(self) -> int:
        return len(self.clock)

    @property
    def whole_year(self) -> bool:
        """Annual, financial and cover figures exist only then."""
        return self.hours in WHOLE_YEARS_H and bool(self.summary["dispatch"].get("whole_year", True))

    @property
    def links(self) -> tuple[Row, ...]:
        return self.static.get("links", ())

    @property
    def project_link(self) -> Row | None:
        """The link the report is about: the financed one, else the Caspian one, else the first."""
        wanted = [*self.case.get("project", {}).get("links", ()), "caspian"]
        for name in wanted:
            for link in self.links:
                if link["name"] == name:
                    return link
        return self.links[0] if self.links else None

    @property
    def mixes(self) -> Mapping[str, Mapping[str, Any]]:
        """Measures of each funding mix; none where nothing was financed or the year is not whole."""
        return (self.summary.get("financing") or {}) if self.whole_year else {}

    @property
    def countries(self) -> tuple[str, ...]:
        """Countries that have demand, in the usual order."""
        found = {
            str(bus["country"]) for bus in self.static["buses"] if str(bus["zone"]) in self.hourly["demand"].columns
        }
        return tuple(c for c in (*COUNTRIES, *sorted(found - set(COUNTRIES))) if c in found)

    def zones(self, country: str) -> tuple[str, ...]:
        return tuple(sorted({str(bus["zone"]) for bus in self.static["buses"] if bus["country"] == country}))

    def plants(self, chosen: Callable[[Row], bool]) -> tuple[str, ...]:
        """Names of the plant parts that fit."""
        return tuple(str(plant["name"]) for plant in self.static["plants"] if chosen(plant))

    def link_flow_mw(self, name: str) -> Array:
        """Power sent, positive in the link's forward direction."""
        sent = self.hourly["links_sent"]
        return sent[f"{name}:forward"] - sent[f"{name}:reverse"]

    def received_mwh(self, name: str) -> tuple[float, float]:
        """Energy given at the far end, forward and reverse."""
        table = self.hourly["links_received"]
        return float(table[f"{name}:forward"].sum()), float(table[f"{name}:reverse"].sum())

    def bus(self, name: str) -> Row:
        return next(bus for bus in self.static["buses"] if bus["name"] == name)


def country_name(code: str) -> str:
    return word(COUNTRIES.get(code, {"RO": "Romania", "TR": "Türkiye", "RU": "Russia"}.get(code, code)))


def link_name(name: str) -> str:
    return word(LINKS.get(name, name))


def link_short(name: str) -> str:
    """A link's name where the page already says that it is one."""
    return word(LINKS.get(name, name).removesuffix(" link"))


def outage_name(name: str) -> str:
    """What is lost, as a reader writes it: "caspian pole" -> "a pole of the Caspian link"."""
    what, _, kind = name.rpartition(" ")
    if kind == "unit":
        return say("a unit of {plant}", plant=place_name(what))
    if what in LINKS and kind in ("pole", "link"):
        words = "a pole of the {link}" if kind == "pole" else "all of the {link}"
        return say(words, link=link_name(what))
    return place_name(name)


COUNTRY_PREFIX = re.compile(r"\b[A-Z]{2}_")
PLACE = re.compile(r"[^\W\d_][^\d/-]*(?<! )\d?(?![\d/])")
"""A name inside "Ekibastuz-Kokshetau 500" or "EGRES1 500/220"."""
WORD_START = re.compile(r"(?<=[a-z][a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def place_name(name: str) -> str:
    """A substation, bus or line as a reader writes it: "KZ_KurykHVDC 500" -> "Kuryk HVDC 500"."""
    plain = WORD_START.sub(" ", COUNTRY_PREFIX.sub("", name)).replace("1150", "").replace("_", " ").strip()
    return PLACE.sub(lambda found: word(found.group()), plain) if spoken() != ENGLISH else plain
