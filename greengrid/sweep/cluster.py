"""Workers of a sweep on a Dask cluster (extra `cluster`): the scheduler gives a dead worker's task to another."""

from __future__ import annotations

from importlib import metadata
from queue import Empty, Queue
from typing import Any

from greengrid.errors import BadInput, CalculationFailed, Problem
from greengrid.sweep.pool import Work

CONNECT_S = 20.0


class ClusterPool:
    """Tasks on the workers of one scheduler; two a thread, so that none waits for the next."""

    def __init__(self, address: str) -> None:
        try:
            self._client: Any = _client(address)
        except (OSError, ValueError, TimeoutError) as error:
            found = f"no scheduler at {address}: {type(error).__name__}"
            raise BadInput([Problem("--scheduler", found, "the address of one that runs, tcp://host:port")]) from None
        self._done: Queue[tuple[str, Any]] = Queue()
        self._futures: dict[str, Any] = {}
        self._check_workers(address)

    def _check_workers(self, address: str) -> None:
        """At least one worker, all with this version of the program."""
        own = metadata.version("greengrid")
        try:
            found = self._client.run(_version)
        except Exception as error:  # whatever a worker without the program raises
            self.close()
            text = f"workers without greengrid: {error}"
            raise BadInput([Problem(f"--scheduler {address}", text, f"workers with greengrid {own}")]) from None
        others = sorted({version for version in found.values() if version != own})
        if not found or others:
            self.close()
            text = f"workers with greengrid {', '.join(others)}" if others else "no worker"
            raise BadInput([Problem(f"--scheduler {address}", text, f"workers with greengrid {own}")])

    @property
    def slots(self) -> int:
        """Two tasks a thread of all workers that stand now."""
        threads: dict[str, int] = self._client.nthreads()
        return max(1, 2 * sum(threads.values()))

    def submit(self, name: str, work: Work, task: Any) -> None:
        future: Any = self._client.submit(work, task, key=f"{work.__name__}-{name}", pure=False)
        self._futures[name] = future
        future.add_done_callback(lambda ended: self._done.put((name, ended)))

    def next_done(self, timeout_s: float) -> tuple[str, Any] | None:
        try:
            name, future = self._done.get(timeout=timeout_s)
        except Empty:
            return None
        self._futures.pop(name, None)
        if future.status == "finished":
            return name, future.result()
        error = future.exception() if future.status == "error" else None
        return name, error or CalculationFailed(f"the cluster ended it: {future.status}")

    def close(self) -> None:
        for future in self._futures.values():
            future.cancel()
        self._client.close()


def _client(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError:
        remedy = "pip install 'greengrid[cluster]'"
        raise BadInput([Problem("--scheduler", "no Dask distributed here", "the extra cluster", remedy)]) from None
    return Client(address, timeout=CONNECT_S, set_as_default=False)  # type: ignore[no-untyped-call]


def _version() -> str:
    return metadata.version("greengrid")
