"""One piece of work in a fresh process: wall, processor time and peak memory from the system, its answer as JSON."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
OURS = sys.executable
PYPSA = str(ROOT / ".venv-pypsa" / "bin" / "python")
ANSWER = "ANSWER "
KIB_PER_GB = 1e9 / 1024


@dataclass(frozen=True)
class Measurement:
    """What one process took; `answer` is empty where it did not finish."""

    wall_s: float
    cpu_s: float
    peak_gb: float
    answer: dict[str, Any]
    failure: str = ""

    @property
    def work_s(self) -> float:
        """Seconds of the work itself, without starting Python, importing and reading the data set."""
        return float(self.answer["work_s"])


def measure(command: Sequence[str], *, cores: int = 1, limit_s: float = 900.0) -> Measurement:
    """Runs a command on that many cores, ends it at the limit, and reads the answer off its last line."""
    allowed = ",".join(str(core) for core in sorted(os.sched_getaffinity(0))[:cores])
    environment = {**os.environ, "OMP_NUM_THREADS": str(cores), "OPENBLAS_NUM_THREADS": str(cores)}
    # Two benchmarks side by side must not read each other's answers.
    log = ROOT / "out" / "benchmarks" / f"last-{os.getpid()}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    with log.open("w+") as output:
        pinned = ["taskset", "-c", allowed, *command]
        process = subprocess.Popen(pinned, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
        late = threading.Timer(limit_s, process.kill)
        late.start()
        _, status, used = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - started
        over = not late.is_alive()
        late.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        answers = [line[len(ANSWER) :] for line in output if line.startswith(ANSWER)]
        output.seek(0)
        failure = "" if answers else f"no solution in {limit_s:.0f} s" if over else output.read()[-600:]
    answer = json.loads(answers[-1]) if answers else {}
    return Measurement(wall_s, used.ru_utime + used.ru_stime, used.ru_maxrss / KIB_PER_GB, answer, failure)


def median(work: Callable[[], Measurement], times: int) -> Measurement:
    """The measurement whose work took the median time; the first failure ends it."""
    found = []
    for _ in range(times):
        found.append(work())
        if found[-1].failure:
            return found[-1]
    middle = statistics.median_low(one.work_s for one in found)
    return next(one for one in found if one.work_s == middle)


def tell(answer: dict[str, Any]) -> None:
    """Prints the answer of a job for `measure` to read."""
    sys.stdout.write(f"\n{ANSWER}{json.dumps(answer)}\n")
    sys.stdout.flush()


def machine() -> str:
    """Cores, processor and memory; no names."""
    memory_kib = next(
        int(line.split()[1]) for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal")
    )
    models = {
        line.split(":")[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    }
    kinds = ", ".join(sorted(models)) or "processor unnamed"
    return f"{os.cpu_count()} cores ({kinds}), {memory_kib / KIB_PER_GB:.0f} GB"
