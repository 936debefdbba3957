"""A sweep over cable sizes and fuel on a Dask cluster: here one on this machine, elsewhere the address of yours."""

from pathlib import Path

from distributed import LocalCluster

from greengrid.sweep.study import run_sweep

AXES = """
[axes]
"link.caspian.capacity_mw" = [0, 200, 400]
"demand.scale" = [1.0, 1.1]
"""


def main(folder: Path) -> dict[str, int]:
    """Gives how many of the six cases are done; the table is in folder/sweep/sweep.parquet."""
    axes = folder / "axes.toml"
    axes.write_text(AXES, encoding="utf-8")
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        gathered = run_sweep(
            "tiny", axes, folder / "sweep", scheduler=cluster.scheduler_address, overrides=["ac_hours=0"]
        )
    counts = {state: gathered.count(state) for state in ("done", "failed")}
    print(counts)
    return counts


if __name__ == "__main__":
    main(Path("out"))
