"""Long work that Ctrl-C ends at once: a solver in compiled code does not look at signals until it is done."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")
LOOK_S = 0.2


def interruptible(work: Callable[[], Result]) -> Result:
    """The result of `work`, done in a thread of its own while this one stays open to an interrupt.

    After an interrupt the thread still runs: the process must be ended, not go on with other work.
    """
    results: list[Result] = []
    errors: list[BaseException] = []

    def target() -> None:
        try:
            results.append(work())
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=target, daemon=True, name="greengrid")
    thread.start()
    while thread.is_alive():
        thread.join(LOOK_S)
    if errors:
        raise errors[0]
    return results[0]
