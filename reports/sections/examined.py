"""Which studies a run holds and which it does not: what a page may say was examined."""

from __future__ import annotations

from reports.language import word
from reports.results import Results

STUDIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("N-1 security", ("n-1", "secure-transfer", "ac-outages")),
    ("short circuit", ("short-circuit",)),
    ("frequency after a pole outage", ("pole-outage",)),
)
"""(words, parts of the security study any of which is enough)."""


def security_parts(results: Results) -> frozenset[str]:
    """Names of the parts of the security study that were done."""
    return frozenset((results.summary.get("security") or {}).get("parts") or ())


def not_examined(results: Results) -> list[str]:
    """Words for what this run's folder says nothing of, in the language that is spoken."""
    done = security_parts(results)
    missing = [] if results.static.get("benefits") else ["welfare gain", "avoided CO2"]
    missing += [words for words, parts in STUDIES if not done.intersection(parts)]
    return list(map(word, [*missing, "protection", "other weather years"]))
