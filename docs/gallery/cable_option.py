"""What two ratings of the cable carry, and what one more MW of each would have saved."""

from pathlib import Path

from greengrid import load_case, run


def main(folder: Path) -> dict[int, float]:
    """Runs both into the folder and gives the energy received, in GWh, by rating in MW."""
    received_gwh = {}
    for capacity_mw in (200, 400):
        case = load_case("tiny", {"link.caspian.capacity_mw": capacity_mw, "ac_hours": 0})
        finished = run(case, folder / f"caspian-{capacity_mw}")
        received_gwh[capacity_mw] = finished.summary.links["caspian"].received_forward_mwh / 1e3
        worth_usd_per_mw = finished.table("rating_worth")["caspian"].sum()
        print(f"{capacity_mw} MW: {received_gwh[capacity_mw]:.1f} GWh; one more MW saves {worth_usd_per_mw:.0f} USD")
    return received_gwh


if __name__ == "__main__":
    main(Path("out"))
