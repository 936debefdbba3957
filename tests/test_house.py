"""The house keeps its own rules: units in names, short modules, what the wheel holds, a quick command line."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("greengrid", "networks", "financing", "reports")
UNITS = """
    _mw _mvar _mva _mwh _twh _gwh _gw _kv _ka _kw _km _mm _pt _ohm_per_km _nf_per_km _hz _deg _pu _frac _percent _pa
    _ratio _years _year _h _s _days _usd _musd _usd_per_mwh _usd_per_mwh_per_gw _usd_per_mwh_th _usd_per_mw
    _usd_per_mw_year _usd_per_mw_km _usd_per_tco2 _usd_per_t _eur _tco2 _tco2_per_mwh _usd_real _usd_nominal
    _tco2_per_mwh_th _frac_of_gdp _per_year _per_period _mw_per_h _frac_per_h _per_month _months _per_mwh
    _m_per_s _m _kwh_per_m2 _per_km _ohm _siemens
"""
UNIT_SUFFIXES = tuple(UNITS.split())
MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60


def _modules() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def _annotated_floats(tree: ast.AST) -> list[tuple[int, str]]:
    """(line, name) of class fields and parameters that are annotated as a plain float."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for item in node.body:
                if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
                    found += [(item.lineno, item.target.id)] if _is_float(item.annotation) else []
    return found


def _is_float(annotation: ast.expr) -> bool:
    return ast.unparse(annotation) in {"float", "float | None", "Positive", "NotNegative", "Fraction"}


DIMENSIONLESS = re.compile(
    r"^(low|price_level|central|high|value|amount|limit|scale|share|weight|factor|x|y|size|gap|total|part|rank|lag|worst|best|"
    r"excess|m\d\d|width|height|left|right|top|bottom|label|start|end|first|last|shape|losses|sunk_central|paid_central|found|target|p10|p50|p90|mean|median|spread)$"
)


def test_numbers_with_a_dimension_carry_their_unit() -> None:
    """Float fields end in a unit, or are generic values whose unit stands in a field beside them."""
    missing = []
    for path in _modules():
        if path.parts[-2] == "reports" or "reports" in path.parts:
            continue  # positions and sizes on paper, in points and millimetres of its own frame module
        for line, name in _annotated_floats(ast.parse(path.read_text(encoding="utf-8"))):
            if not f"_{name}".endswith(UNIT_SUFFIXES) and not DIMENSIONLESS.match(name):
                missing.append(f"{path.relative_to(ROOT)}:{line} {name}")
    assert missing == []


def test_modules_and_functions_stay_short() -> None:
    """No module above 400 lines and no function above 60 lines of code."""
    long = []
    for path in _modules():
        text = path.read_text(encoding="utf-8")
        if text.count("\n") > MODULE_LINES_MAX:
            long.append(f"{path.relative_to(ROOT)} {text.count(chr(10))} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                doc = len((ast.get_docstring(node, clean=False) or "").splitlines())
                length = (node.end_lineno or node.lineno) - node.lineno + 1 - doc
                if length > FUNCTION_LINES_MAX:
                    long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name} {length} lines")
    assert long == []


def test_no_pickle_is_read_and_nothing_is_fetched() -> None:
    """No module imports pickle, opens a socket or asks the network."""
    forbidden = {"pickle", "socket", "urllib.request", "requests", "http.client", "shelve", "marshal"}
    for path in _modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = {alias.name for alias in node.names} if isinstance(node, ast.Import) else set()
            names |= {node.module or ""} if isinstance(node, ast.ImportFrom) else set()
            assert not names & forbidden, f"{path}: {names & forbidden}"


def test_the_version_is_one() -> None:
    """pyproject, the changelog and the citation name the same version."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text()
    assert f"version: {version}" in (ROOT / "CITATION.cff").read_text()


def test_help_answers_at_once() -> None:
    """`--help` needs none of the heavy libraries."""
    heavy = "('pandas', 'numpy', 'pandapower', 'matplotlib')"
    code = f"import sys, greengrid.cli; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.slow
def test_the_wheel_holds_the_four_packages_and_their_data(tmp_path: Path) -> None:
    """A built wheel has every table, case, structure, font and template, and no test."""
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", "-w", str(tmp_path), str(ROOT)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    if built.returncode:
        pytest.skip(f"no wheel could be built here (offline?): {built.stderr.strip().splitlines()[-1:]}")
    names = zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist()
    wanted = [
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    assert sorted(set(wanted) - set(names)) == []
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)
