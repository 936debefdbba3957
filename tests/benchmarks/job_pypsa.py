"""PyPSA's side of one measurement, in PyPSA's own environment: job_pypsa.py DATA default | hipo | build."""

from __future__ import annotations

import importlib.metadata
import logging
import sys
import time
import warnings
from pathlib import Path

from tests.benchmarks.measure import tell
from tests.benchmarks.peer_pypsa import make_network
from tests.benchmarks.synthetic import DataSet

OPTIONS: dict[str, dict[str, object]] = {
    "default": {},
    "hipo": {"solver": "hipo", "run_crossover": "off"},
    "ipm": {"solver": "ipm", "run_crossover": "off"},
}


def main(path: str, how: str) -> None:
    """Builds the network, then either the model alone or the optimum with its prices."""
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    data = DataSet.load(Path(path))
    started = time.perf_counter()
    network = make_network(data)
    network_s = time.perf_counter() - started
    started, used = time.perf_counter(), time.process_time()
    answer: dict[str, object] = {}
    if how == "build":
        model = network.optimize.create_model()
        answer |= {"rows": int(model.ncons), "columns": int(model.nvars)}
    else:
        status = network.optimize(
            solver_name="highs", io_api="direct", include_objective_constant=False, log_to_console=False,
            solver_options=OPTIONS[how],
        )  # fmt: skip
        price = network.buses_t.marginal_price.iloc[:, 0].mean()
        answer |= {"objective_usd": float(network.objective), "status": list(status), "price_usd_per_mwh": float(price)}
        if tuple(status) != ("ok", "optimal"):
            raise SystemExit(f"PyPSA: {status}")
    answer |= {"work_s": time.perf_counter() - started, "work_cpu_s": time.process_time() - used}
    answer["network_s"] = network_s
    answer["versions"] = {name: importlib.metadata.version(name) for name in ("pypsa", "linopy", "highspy", "pandas")}
    tell(answer)


if __name__ == "__main__":
    main(*sys.argv[1:])
