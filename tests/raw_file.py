"""A small reader of PSS/E 33 raw files, written from the format's manual and not from the writer under test."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

Records = list[list[str]]


@dataclass
class RawFile:
    """Records by section, every value as text; transformers as four records each."""

    base_mva: float
    sections: dict[str, Records] = field(default_factory=dict)

    def numbers(self, section: str, *columns: int) -> np.ndarray:
        rows = [[float(record[k]) for k in columns] for record in self.sections[section]]
        return np.array(rows, dtype=float).reshape(len(rows), len(columns))

    @property
    def transformers(self) -> list[list[list[str]]]:
        rows = self.sections["TRANSFORMER"]
        return [rows[k : k + 4] for k in range(0, len(rows), 4)]

    @property
    def vsc_lines(self) -> list[list[list[str]]]:
        rows = self.sections["VSC DC LINE"]
        return [rows[k : k + 3] for k in range(0, len(rows), 3)]


def read_raw(path: Path) -> RawFile:
    """Three head lines, then sections that end with a line beginning 0."""
    lines = path.read_text(encoding="ascii").splitlines()
    head = lines[0].split("/")[0].split(",")
    assert head[2].strip() == "33"
    found = RawFile(float(head[1]))
    records: Records = []
    for line in lines[3:]:
        if line.startswith("0 /"):
            found.sections[line.split("END OF ")[1].split(" DATA")[0]] = records
            records = []
        elif line != "Q":
            records.append([cell.strip() for cell in next(csv.reader([line], quotechar="'", skipinitialspace=True))])
    return found


def vsc_injection_mw(records: list[list[str]]) -> dict[int, float]:
    """Power that a VSC dc line gives to the grid at each converter: one holds the dc voltage, the other the power.

    Station loss (kW) = ALOSS + BLOSS x dc current (A).
    """
    line, *converters = records
    resistance_ohm = float(line[2])
    by_type = {int(converter[1]): converter for converter in converters}
    voltage_kv = float(by_type[1][3])
    power_mw = float(by_type[2][3])

    def loss_mw(converter: list[str], current_ka: float) -> float:
        return (float(converter[5]) + float(converter[6]) * current_ka * 1e3) / 1e3

    current_ka = 0.0
    for _ in range(100):  # the receiving station's dc power at the voltage that the cable leaves
        dc_mw = power_mw + loss_mw(by_type[2], current_ka)
        current_ka = dc_mw / (voltage_kv - resistance_ohm * current_ka)
    sent_mw = voltage_kv * current_ka + loss_mw(by_type[1], current_ka)
    return {int(by_type[1][0]): -sent_mw, int(by_type[2][0]): power_mw}


def mismatch_mva(raw: RawFile) -> dict[int, complex]:
    """What the file's own state leaves over at each bus: injections less what flows into the network."""
    numbers = raw.numbers("BUS", 0).astype(int)[:, 0].tolist()
    at = {bus: k for k, bus in enumerate(numbers)}
    magnitude, angle = raw.numbers("BUS", 7, 8).T
    voltage = magnitude * np.exp(1j * np.radians(angle))
    admittance = _admittance(raw, at)
    given = np.zeros(len(at), dtype=complex)
    for record in raw.sections["GENERATOR"]:
        if record[14] == "1":
            given[at[int(record[0])]] += complex(float(record[2]), float(record[3]))
    for record in raw.sections["LOAD"]:
        given[at[int(record[0])]] -= complex(float(record[5]), float(record[6]))
    for records in raw.vsc_lines:
        for bus, power_mw in vsc_injection_mw(records).items():
            given[at[bus]] += power_mw
    left = given - voltage * np.conj(admittance @ voltage) * raw.base_mva
    return dict(zip(numbers, left.tolist(), strict=True))


def _admittance(raw: RawFile, at: dict[int, int]) -> np.ndarray:
    matrix = np.zeros((len(at), len(at)), dtype=complex)
    for record in raw.sections["BRANCH"]:
        i, j = at[int(record[0])], at[int(record[1])]
        r, x, b = (float(value) for value in record[3:6])
        gi, bi, gj, bj = (float(value) for value in record[9:13])
        series = 1 / complex(r, x)
        matrix[i, i] += series + 1j * b / 2 + complex(gi, bi)
        matrix[j, j] += series + 1j * b / 2 + complex(gj, bj)
        matrix[i, j] -= series
        matrix[j, i] -= series
    for first, second, third, fourth in raw.transformers:
        i, j = at[int(first[0])], at[int(first[1])]
        series = 1 / complex(float(second[0]), float(second[1]))
        ratio = float(third[0]) / float(fourth[0])
        matrix[i, i] += series / ratio**2 + complex(float(first[7]), float(first[8]))
        matrix[j, j] += series
        matrix[i, j] -= series / ratio
        matrix[j, i] -= series / ratio
    for record in raw.sections["FIXED SHUNT"]:
        matrix[at[int(record[0])], at[int(record[0])]] += complex(float(record[3]), float(record[4])) / raw.base_mva
    return matrix
