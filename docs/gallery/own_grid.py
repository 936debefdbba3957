"""Tables of your own grid: a copy of the shipped small one with twice the wind behind the cable."""

import shutil
from pathlib import Path

import networks
from greengrid import load_case, run

SHIPPED = Path(networks.__file__).parent / "tiny"


def main(folder: Path) -> tuple[float, float]:
    """Gives what reaches Azerbaijan in GWh with the shipped tables and with the changed ones."""
    own = folder / "my-grid"
    shutil.copytree(SHIPPED, own)
    plants = own / "plants.csv"
    text = plants.read_text(encoding="utf-8")
    plants.write_text(text.replace("50.6,wind_onshore,800,", "50.6,wind_onshore,1600,"), encoding="utf-8")
    found = []
    for name, network in (("shipped", "tiny"), ("changed", str(own))):
        case = load_case("tiny", {"network": network, "link.caspian.capacity_mw": 800, "ac_hours": 0})
        finished = run(case, folder / name)
        found.append(finished.summary.links["caspian"].received_forward_mwh / 1e3)
        print(f"{name}: {found[-1]:.1f} GWh received")
    return found[0], found[1]


if __name__ == "__main__":
    main(Path("out"))
