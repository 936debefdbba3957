"""Funding mixes of a sweep: read once a content, and told apart by the bytes of their files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from financing.structure import Structure


def mixes_digest(mixes: Iterable[str]) -> str:
    """SHA-256 over the files of funding mixes, which a case names and does not hold; of a missing file, its lack."""
    total = hashlib.sha256()
    for mix in mixes:
        total.update(f"{mix} {_content_digest(mix)}\n".encode())
    return total.hexdigest()


def structure_of(mix: str) -> Structure:
    """A funding mix, parsed once until its file changes: workers of a cluster outlive a sweep."""
    return _parsed(mix, _content_digest(mix))


def _content_digest(mix: str) -> str:
    from financing.loading import structure_path

    try:
        return hashlib.sha256(structure_path(mix).read_bytes()).hexdigest()
    except (OSError, ValueError):
        return "missing"


@lru_cache(maxsize=64)
def _parsed(mix: str, content_digest: str) -> Structure:
    from financing.loading import load_structure

    return load_structure(mix)
