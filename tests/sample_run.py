"""A small synthetic run folder in the run folder's own formats, for tests of reports. Nothing in it is a result."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from greengrid.hourly import Clock, HourlyTable
from greengrid.store import write_hourly, write_json, write_rows
from greengrid.summary import Summary
from tests.sample_money import money_tables

Array = NDArray[np.float64]
YEAR = 2035
MIXES = ("blended", "concessional", "green-bond", "sovereign")

BUSES = (
    ("KZ_Ekibastuz1150", 500, "KZ", "KZ-North", 51.881, 75.216),
    ("KZ_Kostanay1150", 500, "KZ", "KZ-North", 53.2, 63.4),
    ("KZ_Almaty", 500, "KZ", "KZ-South", 43.3, 76.9),
    ("KZ_Aktau", 220, "KZ", "KZ-West", 43.66, 51.2),
    ("KZ_KurykHVDC", 500, "KZ", "KZ-West", 43.2, 51.6),
    ("UZ_Tashkent", 500, "UZ", "UZ", 41.3, 69.3),
    ("UZ_Kungrad", 500, "UZ", "UZ", 43.1, 58.9),
    ("AZ_Navahi", 500, "AZ", "AZ", 40.05, 49.3),
    ("AZ_Absheron", 330, "AZ", "AZ", 40.45, 49.6),
    ("GE_Gardabani", 500, "GE", "GE", 41.45, 45.1),
    ("GE_AnakliaHVDC", 500, "GE", "GE", 42.4, 41.6),
    ("RO_ConstantaSud", 400, "RO", "RO", 44.15, 28.6),
)
LINES = (
    ("KZ_Ekibastuz1150", "KZ_Kostanay1150", "existing"),
    ("KZ_Ekibastuz1150", "KZ_Almaty", "existing"),
    ("KZ_Aktau", "KZ_KurykHVDC", "scenario"),
    ("KZ_Almaty", "UZ_Tashkent", "existing"),
    ("UZ_Tashkent", "UZ_Kungrad", "planned"),
    ("AZ_Navahi", "AZ_Absheron", "existing"),
    ("AZ_Navahi", "GE_Gardabani", "existing"),
    ("GE_Gardabani", "GE_AnakliaHVDC", "under_construction"),
)
WEATHER_LED = ("wind_onshore", "wind_offshore", "solar")
PLANTS = (
    ("KZ_Ekibastuz1150", "coal", 9000.0),
    ("KZ_Almaty", "coal_chp", 3000.0),
    ("KZ_Almaty", "hydro_reservoir", 1500.0),
    ("KZ_Aktau", "gas_ccgt", 2500.0),
    ("KZ_Aktau", "wind_onshore", 3000.0),
    ("KZ_Kostanay1150", "nuclear", 1200.0),
    ("UZ_Tashkent", "gas_chp", 12000.0),
    ("UZ_Kungrad", "wind_onshore", 3500.0),
    ("UZ_Tashkent", "solar", 6000.0),
    ("UZ_Tashkent", "battery", 1000.0),
    ("AZ_Absheron", "gas_ccgt", 6000.0),
    ("AZ_Absheron", "wind_offshore", 1500.0),
    ("GE_Gardabani", "gas_ccgt", 1500.0),
    ("GE_Gardabani", "hydro_ror", 3000.0),
)
DEMAND_MW = {"KZ-North": 8000.0, "KZ-South": 3500.0, "KZ-West": 1800.0, "UZ": 12000.0, "AZ": 4200.0, "GE": 1900.0}
BORDERS = (
    ("RU_Chelyabinsk", "KZ_Kostanay1150", "RU_north"),
    ("TR_Borcka", "GE_Gardabani", "TR"),
    ("RO", "RO_ConstantaSud", "RO"),
)
LINKS = (
    ("caspian", "KZ_KurykHVDC 500", "AZ_Navahi 500", 2000.0),
    ("black_sea", "GE_AnakliaHVDC 500", "RO_ConstantaSud 400", 1300.0),
)


@dataclass(frozen=True)
class Sample:
    """What kind of run."""

    hours: int = 8760
    links: bool = True
    mixes: tuple[str, ...] = MIXES
    ac_hours: int = 24
    affordable_usd_per_mwh: float = -12.3
    title: str = "Synthetic sample, no result"
    plant_prefix: str = ""
    seed: int = 7
    curtailed: bool = True
    tornado: bool = True

    @property
    def whole_year(self) -> bool:
        return self.hours >= 8760


def bus_name(substation: str) -> str:
    return next(f"{name} {kv}" for name, kv, *_ in BUSES if name == substation)


def write_sample(folder: Path, sample: Sample | None = None) -> Path:
    """Writes the folder and gives it back; the same sample gives the same bytes."""
    sample = sample or Sample()
    (folder / "tables").mkdir(parents=True)
    clock = Clock(datetime(YEAR, 1, 1, tzinfo=UTC), sample.hours)
    draw = np.random.default_rng(sample.seed)
    tables = _hourly(sample, draw)
    for name, series in tables.items():
        write_hourly(folder, name, clock, HourlyTable.of(series, list(series.values()), sample.hours))
    for name, rows in _static(sample).items():
        write_rows(folder, name, rows, columns=COLUMNS.get(name, ()))
    write_json(folder / "summary.json", _summary(sample, tables))
    write_json(folder / "versions.json", {"greengrid": "0.1.0", "numpy": "2", "typst": "0.15"})
    links = '["caspian"]' if sample.links and sample.mixes else "[]"
    title = sample.title.replace("\\", "\\\\").replace('"', '\\"')
    (folder / "case.toml").write_text(
        f'name = "sample"\ntitle = "{title}"\nyear = {YEAR}\nprice_base_year = 2025\n'
        f"[weather]\nseed = 1\n[project]\nlinks = {links}\n",
        encoding="utf-8",
    )
    return folder


def plant_names(sample: Sample) -> list[str]:
    return [f"{sample.plant_prefix}{bus.split('_')[1]} {kind}" for bus, kind, _ in PLANTS]


def _hourly(sample: Sample, draw: np.random.Generator) -> dict[str, dict[str, Array]]:
    hour = np.arange(sample.hours)
    day = np.cos(2 * np.pi * ((hour + 5) % 24 - 19) / 24)
    season = np.cos(2 * np.pi * hour / 8760)
    sun = np.clip(np.sin(2 * np.pi * ((hour + 5) % 24 - 6) / 24), 0, None) * (0.7 - 0.25 * season)
    gust = np.clip(0.4 + 0.35 * np.interp(hour, hour[::9], draw.normal(size=len(hour[::9]))), 0, 1)
    demand = {zone: mw * (1 + 0.15 * season + 0.1 * day) for zone, mw in DEMAND_MW.items()}
    shape = {"wind_onshore": gust, "wind_offshore": gust, "solar": sun, "hydro_ror": 0.5 - 0.2 * season}
    shape["battery"] = np.clip(day, 0.6, 1) - 0.6
    generation: dict[str, Array] = {}
    curtailed: dict[str, Array] = {}
    for name, (_, kind, mw) in zip(plant_names(sample), PLANTS, strict=True):
        frac = shape.get(kind, np.clip(0.55 + 0.12 * season + 0.12 * day, 0, 1))
        lost = np.where(frac > 0.85, 0.1 * mw, 0.0) if sample.curtailed else np.zeros(sample.hours)
        if kind.startswith(("wind", "solar")):
            curtailed[name] = lost
        generation[name] = mw * frac - (lost if name in curtailed else 0)
    flow = np.clip(2600 * (gust - 0.35), -700, 2000)
    other = np.clip(900 * day + 700, -1300, 1300)
    zeros = np.zeros(sample.hours)
    loads = {
        bus_name(b): v
        for b, v in (
            ("KZ_Ekibastuz1150", demand["KZ-North"]),
            ("KZ_Almaty", demand["KZ-South"]),
            ("KZ_Aktau", demand["KZ-West"]),
            ("UZ_Tashkent", demand["UZ"]),
            ("AZ_Absheron", demand["AZ"]),
            ("GE_Gardabani", demand["GE"]),
        )
    }
    prices = {bus_name(b): 38 + 9 * k % 40 + 12 * day + 6 * season for k, (b, *_) in enumerate(BUSES)}
    green = [name for name, (_, kind, _) in zip(plant_names(sample), PLANTS, strict=True) if kind in WEATHER_LED]
    rated = {name: mw for name, (_, _, mw) in zip(plant_names(sample), PLANTS, strict=True)}
    tables: dict[str, dict[str, Array]] = {
        "availability": {name: (generation[name] + curtailed[name]) / rated[name] for name in green},
        "generation": generation,
        "curtailed": curtailed,
        "spilled": {},
        "charge": {},
        "demand": demand,
        "served": loads,
        "shed": {name: zeros for name in loads},
        "import": {
            "RU_Chelyabinsk": np.clip(400 * season, 0, None),
            "TR_Borcka": zeros,
            "RO": np.clip(-other, 0, None) if sample.links else zeros,
        },
        "export": {
            "RU_Chelyabinsk": zeros,
            "TR_Borcka": 300 + 100 * day,
            "RO": np.clip(other, 0, None) if sample.links else zeros,
        },
        "prices": prices,
        "interfaces": {"KZ_North_South": np.clip(2200 + 600 * day, None, 2600), "KZ_UZ": np.full(sample.hours, 600.0)},
    }
    if sample.links:
        tables |= _link_tables({"caspian": flow, "black_sea": other})
    return tables


def _link_tables(flows: dict[str, Array]) -> dict[str, dict[str, Array]]:
    sent: dict[str, Array] = {}
    received: dict[str, Array] = {}
    idle: dict[str, Array] = {}
    for name, flow in flows.items():
        for way, part in (("forward", np.clip(flow, 0, None)), ("reverse", np.clip(-flow, 0, None))):
            sent[f"{name}:{way}"], received[f"{name}:{way}"] = part, part * 0.97
        idle[name] = np.full(len(flow), 4.0)
    return {"links_sent": sent, "links_received": received, "links_idle": idle}


def _packages() -> list[dict[str, Any]]:
    return [
        {
            "option_mw": size_mw,
            "scope": "rated",
            "lines_km": 0.5 * size_mw,
            "transformers": 2,
            "low_usd_real": 0.7 * cost_musd * 1e6,
            "central_usd_real": cost_musd * 1e6,
            "high_usd_real": 1.6 * cost_musd * 1e6,
            "confidence": "D",
        }
        for size_mw, cost_musd in ((1000.0, 600.0), (2000.0, 650.0), (4000.0, 2200.0))
    ]


def _static(sample: Sample) -> dict[str, list[dict[str, Any]]]:
    tables: dict[str, list[dict[str, Any]]] = {
        "buses": [
            {
                "name": f"{name} {kv}",
                "substation": name,
                "country": country,
                "zone": zone,
                "voltage_kv": float(kv),
                "latitude_deg": lat,
                "longitude_deg": lon,
                "area": 1,
            }
            for name, kv, country, zone, lat, lon in BUSES
        ],
        "lines": [
            {
                "name": f"{a}-{b}",
                "from_bus": bus_name(a),
                "to_bus": bus_name(b),
                "voltage_kv": 500.0 if k % 3 else 220.0,
                "circuits": 1 + k % 2,
                "length_km": 100.0 * (k + 1),
                "flow_max_mw": 900.0,
                "status": status,
                "year": 2020,
                "confidence": "C",
                "source": "synthetic",
            }
            for k, (a, b, status) in enumerate(LINES)
        ],
        "transformers": [],
        "packages": _packages() if sample.links else [],
        "plants": [
            {
                "name": name,
                "plant": name,
                "country": bus[:2],
                "zone": bus[:2],
                "bus": bus_name(bus),
                "technology": kind,
                "capacity_mw": mw,
                "energy_mwh": 0.0,
                "status": "existing",
                "fuel": "",
                "marginal_cost_usd_per_mwh": 1.0,
                "emission_tco2_per_mwh": 0.0,
            }
            for name, (bus, kind, mw) in zip(plant_names(sample), PLANTS, strict=True)
        ],
        "borders": [
            {"name": name, "bus": bus_name(bus), "market": market, "import_max_mw": 500.0, "export_max_mw": 500.0}
            for name, bus, market in BORDERS
        ],
        "interfaces_limits": [
            {
                "name": "KZ_North_South",
                "forward_max_mw": 2600.0,
                "reverse_max_mw": 1000.0,
                "members": "[]",
                "confidence": "B",
                "source": "x",
            },
            {
                "name": "KZ_UZ",
                "forward_max_mw": 600.0,
                "reverse_max_mw": 600.0,
                "members": "[]",
                "confidence": "D",
                "source": "x",
            },
        ],
        "links": [
            {
                "name": name,
                "from_bus": start,
                "to_bus": end,
                "capacity_mw": mw,
                "voltage_kv": 525.0,
                "configuration": "bipole",
                "poles": 2,
                "subsea_km": 392.0,
                "land_km": 100.0,
                "source": "assumption",
            }
            for name, start, end, mw in (LINKS if sample.links else ())
        ],
        "reinforcements": [],
        "ac_hours": _ac_rows(sample),
        "findings": _findings() if sample.ac_hours else [],
        "assumptions": _assumptions(),
    }
    if sample.mixes and sample.links and sample.whole_year:
        tables |= _finance(sample)
    return tables


FINDING = (
    "rank",
    "kind",
    "element",
    "hour_utc",
    "value",
    "limit",
    "unit",
    "excess_frac",
    "hours",
    "remedy",
    "severity_mwh",
)
AC_HOUR = (
    "hour_utc",
    "area",
    "reason",
    "converged",
    "voltage_min_pu",
    "voltage_min_bus",
    "voltage_max_pu",
    "voltage_max_bus",
    "loading_max_frac",
    "loading_max_branch",
    "loss_mw",
    "load_mw",
    "iterations",
)
COLUMNS = {
    "transformers": ("name", "hv_bus", "lv_bus", "units", "rating_mva"),
    "links": ("name", "from_bus", "to_bus", "capacity_mw"),
    "reinforcements": ("element",),
    "ac_hours": AC_HOUR,
    "findings": FINDING,
}


def _ac_rows(sample: Sample) -> list[dict[str, Any]]:
    rows = []
    for k in range(sample.ac_hours):
        moment = f"{YEAR}-{1 + k % 12:02d}-{1 + k:02d}T{k:02d}:00:00+00:00"
        for area in (1, 2):
            bad = k == 5 and area == 2
            rows.append(
                dict(
                    zip(
                        AC_HOUR,
                        (
                            moment,
                            area,
                            "peak",
                            not bad,
                            None if bad else 0.96 - 0.001 * k,
                            "KZ_Aktau 220",
                            None if bad else 1.05 + 0.001 * k,
                            "UZ_Tashkent 500",
                            None if bad else 0.8 + 0.005 * k,
                            "KZ_Almaty-UZ_Tashkent",
                            None if bad else 300.0,
                            20000.0,
                            None if bad else 5,
                        ),
                        strict=True,
                    )
                )
            )
    return rows


def _findings() -> list[dict[str, Any]]:
    rows = [
        (
            1,
            "not_converged",
            "area 2",
            f"{YEAR}-06-06T05:00:00+00:00",
            None,
            None,
            "",
            0.0,
            1,
            "add reactive support or a circuit near the weakest bus",
            1000.0,
        ),
        (
            2,
            "voltage_high",
            "UZ_Tashkent 500",
            f"{YEAR}-03-27T03:00:00+00:00",
            1.073,
            1.05,
            "pu",
            0.022,
            9,
            "Add a shunt reactor at this bus.",
            300.0,
        ),
        (
            3,
            "thermal",
            "KZ_Almaty-UZ_Tashkent",
            f"{YEAR}-01-13T13:00:00+00:00",
            1.12,
            1.0,
            "frac",
            0.12,
            4,
            "Add a circuit in parallel.",
            120.0,
        ),
    ]
    return [dict(zip(FINDING, row, strict=True)) for row in rows]


def _assumptions() -> list[dict[str, Any]]:
    source = "https://www.trend.az/business/green-economy/4156661.html; https://informburo.kz/novosti/prokladka-podvodnogo-kabelia"
    return [
        {
            "id": f"A{k}",
            "group": "link",
            "name": f"input number {k}",
            "value": str(1000.5 + k),
            "unit": "MW",
            "low": "900" if k % 2 else None,
            "high": "1200" if k % 2 else None,
            "confidence": "ABCD"[k % 4],
            "source": source if k % 3 else "engineering estimate",
            "origin": "yours" if k == 3 else "default",
        }
        for k in range(1, 61)
    ]


def _finance(sample: Sample) -> dict[str, list[dict[str, Any]]]:
    first, last = 2029, 2069
    flows: list[dict[str, Any]] = []
    balances: list[dict[str, Any]] = []
    tranches: list[dict[str, Any]] = []
    for k, mix in enumerate(sample.mixes):
        for year in range(2035, last + 1):
            cash = 3.2e8 * 1.02 ** (year - 2035)
            service = 2.4e8 + 2e7 * k if year < 2056 else 0.0
            flows += [
                {"mix": mix, "year": year, "item": i, "amount_usd_nominal": v}
                for i, v in (("cfads", cash), ("debt_service", service))
            ]
        for year in range(first, 2035):
            for item, amount in (("capex", 4.2e8), ("interest_during_construction", 5e7), ("financing_fees", 1e7)):
                flows.append({"mix": mix, "year": year, "item": item, "amount_usd_nominal": amount})
        for name, kind, amount in (
            ("EBRD", "sovereign_loan", 9e8),
            ("IDA blend", "concessional_loan", 8e8),
            ("green bond", "green_bond", 6e8),
        ):
            tranches.append(
                {
                    "mix": mix,
                    "tranche": name,
                    "kind": kind,
                    "amount_usd_nominal": amount,
                    "all_in_pa": 0.0525,
                    "tenor_years": 20,
                    "grace_years": 6,
                    "grant_element_frac": 0.12,
                    "currency": "USD",
                    "source": "terms of October 2025",
                }
            )
            balances += [
                {
                    "mix": mix,
                    "tranche": name,
                    "year": y,
                    "closing_usd_nominal": amount * min(1.0, (y - first + 1) / 6, max(0.0, (2056 - y) / 21)),
                }
                for y in range(first, 2057)
            ]
        tranches.append(
            {
                "mix": mix,
                "tranche": "owners' equity",
                "kind": "equity",
                "amount_usd_nominal": 7e8,
                "all_in_pa": 0.12,
                "tenor_years": None,
                "grace_years": None,
                "grant_element_frac": None,
                "currency": "USD",
                "source": "owners",
            }
        )
    tables: dict[str, list[dict[str, Any]]] = {
        "cashflows": flows,
        "tranches": tranches,
        "balances": balances,
        "mixes": [{"mix": mix, **_mix(sample, k)} for k, mix in enumerate(sample.mixes)],
        "capex": [
            {
                "name": name,
                "country": where,
                "central_usd_real": c * 1e6,
                "low_usd_real": 0.7 * c * 1e6,
                "high_usd_real": 1.5 * c * 1e6,
                "spread_frac": "[1.0]",
                "confidence": grade,
                "source": "cost table, mean of five commissioned projects",
            }
            for name, where, c, grade in (
                ("subsea cable", "sea", 1500.0, "C"),
                ("converters", "KZ", 900.0, "B"),
                ("land cable", "AZ", 320.0, "C"),
                ("contingency", "sea", 270.0, "D"),
            )
        ],
        "reinforcement_costs": [
            {
                "name": name,
                "country": where,
                "central_usd_real": c * 1e6,
                "low_usd_real": 0.6 * c * 1e6,
                "high_usd_real": 1.7 * c * 1e6,
                "spread_frac": "[1.0]",
                "confidence": "C",
                "source": "line cost table",
            }
            for name, where, c in (("line KZ_Aktau-KZ_KurykHVDC 500 kV x2", "KZ", 111.0), ("transformer", "AZ", 35.0))
        ],
        "netback": [
            {
                "step": s,
                "sunk_central": a,
                "paid_central": b,
                "low": lo,
                "high": hi,
                "unit": "USD/MWh",
                "confidence": "C",
                "source": f"economy table, row of {s.lstrip('= ')}, as published",
            }
            for s, a, b, lo, hi in (
                ("price, RO", 99.0, 99.0, 65.0, 120.0),
                ("border carbon cost", -57.0, -57.0, -97.0, 0.0),
                ("fees", -4.5, -4.5, -6.7, -1.7),
                ("= worth at the EU border", 37.5, 37.5, -38.7, 118.3),
                ("Black Sea: losses", -1.9, -1.9, 2.7, -3.5),
                ("Black Sea: charge", 0.0, -35.0, -92.0, -14.0),
                ("Georgia: transit", -4.6, -4.1, -7.0, -3.0),
                ("Azerbaijan: transit", -4.5, -4.0, -7.0, -3.0),
                ("Caspian: losses", -0.9, 0.3, 4.0, -2.0),
                ("Caspian: charge", 0.0, -39.0, -90.0, -9.0),
                ("= worth at the sending end", 25.6, -46.2, -228.0, 83.8),
                ("renewable power", -37.0, -37.0, -60.0, -23.0),
                ("= margin", -11.4, -83.2, -288.0, 60.8),
            )
        ],
    }
    if sample.tornado:
        tables |= _what_would_change()
    if sample.links and sample.mixes and sample.whole_year:
        tables |= money_tables(sample.mixes)
    return tables


def _what_would_change() -> dict[str, list[dict[str, Any]]]:
    inputs = (
        ("cable cost", "factor", 0.7, 1.5, -300.0, -2200.0),
        ("contract charge", "USD/MW a", 120000.0, 240000.0, -1700.0, -100.0),
        ("rate shift", "%", -1.0, 1.0, -900.0, -900.0),
    )
    return {
        "tornado": [
            {
                "mix": "blended",
                "input": name,
                "unit": unit,
                "low": low,
                "high": high,
                "npv_low_usd_nominal": at_low * 1e6,
                "npv_high_usd_nominal": at_high * 1e6,
                "npv_central_usd_nominal": -900e6,
                "central": 1.0,
                "switching": 0.4 if unit == "factor" else None,
                "required_charge_low_usd_per_mwh": 41.0,
                "required_charge_high_usd_per_mwh": None,
            }
            for name, unit, low, high, at_low, at_high in inputs
        ],
        "switching": [
            {"input": "price, RO", "value": 182.2, "unit": "USD/MWh"},
            {"input": "border carbon factor", "value": -0.2, "unit": "tCO2/MWh"},
        ],
        "outlets": [
            {
                "name": name,
                "worth_sunk_usd_per_mwh": 26.0,
                "worth_paid_usd_per_mwh": -46.0 + k,
                "margin_sunk_usd_per_mwh": -11.0,
                "margin_paid_usd_per_mwh": -83.0,
                "affordable_charge_usd_per_mwh": -12.3 + k,
            }
            for k, name in enumerate(("RO", "TR", "gas replaced in Azerbaijan"))
        ],
    }


def _mix(sample: Sample, k: int) -> dict[str, Any]:
    return {
        "capex_usd_nominal": 3.4e9,
        "npv_prefinance_usd_nominal": -9.1e8,
        "npv_usd_nominal": -4e8 + 1e8 * k,
        "project_irr_pa": 0.051,
        "equity_npv_usd_nominal": -2e8,
        "equity_irr_pa": None if k == 2 else 0.061,
        "dscr_min_ratio": 1.31 - 0.17 * k,
        "dscr_min_year": 2036,
        "dscr_average_ratio": 1.62 - 0.15 * k,
        "llcr_min_ratio": 1.4 - 0.1 * k,
        "grant_element_frac": 0.31,
        "cost_of_capital_pa": 0.061,
        "lcot_usd_per_mwh": 52.0 + k,
        "required_charge_usd_per_mwh": 48.2 + 6.4 * k,
        "affordable_charge_usd_per_mwh": sample.affordable_usd_per_mwh,
        "verdict": "passes" if k == 0 else "fails",
        "verdict_test": "min DSCR 1.30 or more",
        "reasons": {"equity_irr_pa": "flows never turn positive"} if k == 2 else {},
    }


def _summary(sample: Sample, tables: dict[str, dict[str, Array]]) -> dict[str, Any]:
    country = {f"{name} {kv}": where for name, kv, where, *_ in BUSES}
    homes = ("KZ", "UZ", "AZ", "GE")
    generation: dict[str, dict[str, float]] = {home: {} for home in homes}
    for name, (bus, kind, _) in zip(plant_names(sample), PLANTS, strict=True):
        part = generation[bus[:2]]
        part[kind] = part.get(kind, 0.0) + float(tables["generation"][name].sum())
    served = {home: sum(float(v.sum()) for b, v in tables["served"].items() if country[b] == home) for home in homes}
    dispatch = {
        "hours": sample.hours,
        "whole_year": sample.whole_year,
        "objective_usd_real": 1e10,
        "lower_bound_usd_real": 1e10,
        "gap_frac": 8e-7,
        "balance_residual_max_mw": 3e-9,
        "method": "one program",
        "ens_mwh": 0.0,
        "demand_mwh": served,
        "loss_estimate_mwh": dict.fromkeys(homes, 0.0),
        "generation_mwh": generation,
        "curtailed_mwh": dict.fromkeys(homes, 4e4),
        "curtailed_reason_mwh": {home: {"network": 3e4, "link": 0.0, "must_run": 0.0, "energy": 1e4} for home in homes},
        "emissions_tco2": {"KZ": 9e7, "UZ": 4e7, "AZ": 1e7, "GE": 2e6},
        "res_share_frac": dict.fromkeys(homes, 0.25),
        "import_mwh": {},
        "export_mwh": {},
        "price_mean_usd_per_mwh": dict.fromkeys(homes, 40.0),
    }
    links = {name: _link_summary(sample, tables, name, mw) for name, _, _, mw in (LINKS if sample.links else ())}
    financed = sample.links and sample.whole_year
    content = {
        "price_base_year": 2025,
        "case": {
            "name": "sample",
            "title": sample.title,
            "year": YEAR,
            "digest": "0123456789abcdef" * 4,
            "network": "synthetic",
            "network_digest": "fedcba9876543210" * 4,
            "programme": "corridor",
            "prices_basis": "economic",
        },
        "network": {
            "buses": len(BUSES),
            "lines": len(LINES),
            "transformers": 0,
            "plants": len(PLANTS),
            "hvdc_links": len(links),
            "notes": ["a synthetic grid"],
        },
        "dispatch": dispatch,
        "links": links,
        "security": {
            "hours_checked": sample.ac_hours,
            "hours_converged": max(0, sample.ac_hours - 1),
            "voltage_min_pu": 0.937 if sample.ac_hours else None,
            "voltage_max_pu": 1.073 if sample.ac_hours else None,
            "loading_max_frac": 0.915 if sample.ac_hours else None,
            "findings": [],
        },
        "financing": {mix: _mix(sample, k) for k, mix in enumerate(sample.mixes)} if financed else {},
        "timings_s": {},
    }
    return Summary.model_validate(content).model_dump(mode="json")


def _link_summary(sample: Sample, tables: dict[str, dict[str, Array]], name: str, capacity_mw: float) -> dict[str, Any]:
    sent = {way: float(tables["links_sent"][f"{name}:{way}"].sum()) for way in ("forward", "reverse")}
    received = {way: float(tables["links_received"][f"{name}:{way}"].sum()) for way in ("forward", "reverse")}
    total, got = sum(sent.values()), sum(received.values())
    return {
        "capacity_mw": capacity_mw,
        "sent_mwh": total,
        "received_mwh": got,
        "loss_mwh": total - got,
        "sent_forward_mwh": sent["forward"],
        "received_forward_mwh": received["forward"],
        "sent_reverse_mwh": sent["reverse"],
        "received_reverse_mwh": received["reverse"],
        "hours_at_limit": int((tables["links_sent"][f"{name}:forward"] >= 0.999 * capacity_mw).sum()),
        "utilisation_frac": total / (capacity_mw * sample.hours),
        "rent_usd_real": 1.7e7,
    }
