"""Compiles functions of arrays to machine code, once per installation."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """The function compiled by numba on first use, cached beside its file, run without holding Python's lock.

    numba sees that a file changed, but not a compiled function of another file: call none across modules.
    """
    import numba

    return cast(F, numba.njit(cache=True, nogil=True)(function))
