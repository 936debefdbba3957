"""Compiles functions of arrays to machine code, once per installation."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """The function compiled by numba on first use, cached beside its file, run without holding Python's lock.

    numba sees that a file changed, but neither a compiled function nor a constant of another file: call no compiled
    function across modules, and touch the module whose imported constants were changed. Where no place for the cache
    can be written, every process compiles for itself.
    """
    import numba

    try:
        return cast(F, numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:
        return cast(F, numba.njit(nogil=True)(function))
