"""One writer at a time: a file that the operating system unlocks by itself when its holder ends, however it ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from greengrid.errors import BadInput, Problem

if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def locked(path: Path, place: Path) -> Iterator[None]:
    """Holds the lock file `path` of a `place`; raises `BadInput` when it cannot be made or another process holds it."""
    handle = _opened(path, place)
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink()
        os.close(handle)


def _opened(path: Path, place: Path) -> int:
    """An open, locked file that is still the one at `path`: an ending holder may have just removed it."""
    while True:
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            expected, remedy = "a folder that can be written", "Choose another -o"
            raise BadInput([Problem(str(place), f"not writable: {error.strerror}", expected, remedy)]) from None
        try:
            _take(handle)
        except OSError:
            os.close(handle)
            remedy = "Wait for it, or choose another -o"
            found = "another run that writes there"
            raise BadInput([Problem(str(place), found, "one run at a time", remedy)]) from None
        with suppress(OSError):
            if os.path.samestat(os.fstat(handle), path.stat()):
                return handle
        os.close(handle)
