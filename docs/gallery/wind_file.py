"""A wind farm that blows as your own file says."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from greengrid import load_case, run

HOURS = 8760


def main(folder: Path) -> float:
    """Writes a year of availability, runs two weeks of it, and gives the farm's mean output in MW."""
    own = folder / "wind.csv"
    start = datetime(2035, 1, 1, tzinfo=UTC)
    lines = ["hour_utc,Tupkaragan wind"]
    for hour in range(HOURS):
        moment = (start + timedelta(hours=hour)).strftime("%Y-%m-%dT%H:%M:%SZ")
        lines.append(f"{moment},{0.9 if hour % 24 < 12 else 0.1}")
    own.write_text("\n".join(lines), encoding="utf-8")
    case = load_case("tiny", {"weather.files.availability": str(own), "ac_hours": 0})
    finished = run(case, folder / "windy")
    output_mw = finished.table("generation")["Tupkaragan wind"].mean()
    print(f"Tupkaragan wind: {output_mw:.0f} MW on average")
    return float(output_mw)


if __name__ == "__main__":
    main(Path("out"))
