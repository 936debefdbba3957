"""Every input that a run rests on: value, range, evidence grade, source, and whether it is the user's or shipped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from financing.plan import Plan
from financing.revenue import MODELS
from greengrid.case import Case, load_case
from greengrid.economy.tables import read_tables as read_economy
from greengrid.inputs import Inputs
from greengrid.weather.tables import read_tables as read_weather
from greengrid.weather_year import WeatherYear

Row = dict[str, object]
UNITS = {
    "_mw": "MW",
    "_kv": "kV",
    "_km": "km",
    "_ohm_per_km": "ohm/km",
    "_frac": "share",
    "_mw_per_h": "MW/h",
    "_usd_per_mwh": "USD/MWh",
    "_usd_real_per_mw_year": "USD/MW per year",
    "_pa": "per year",
    "_years": "years",
    "_year": "year",
    "_usd_per_t": "USD/t",
}


def assumptions(
    case: Case,
    inputs: Inputs,
    plan: Plan | None,
    weather_notes: Iterable[str] = (),
    weather: WeatherYear | None = None,
) -> list[Row]:
    """Rows of the table `assumptions`, numbered A1, A2, ...; `weather_notes` tell what was done with own files."""
    rows = [*_case_rows(case), *_grid_rows(inputs), *_economy_rows(inputs), *_plan_rows(plan)]
    rows += [_row("weather", "own file", note, "", ("", "case file"), origin="yours") for note in weather_notes]
    rows += [] if weather is None else _weather_rows(weather)
    return [{"id": f"A{number}", **row} for number, row in enumerate(rows, start=1)]


def _row(group: str, name: str, value: str, unit: str, evidence: tuple[str, str], **more: object) -> Row:
    """`evidence` is (grade, source)."""
    grade, source = evidence
    empty: Row = {"low": None, "high": None, "origin": "default"}
    return {
        "group": group, "name": name, "value": value, "unit": unit, "confidence": grade, "source": source,
        **empty, **more,
    }  # fmt: skip


def unit_of(key: str) -> str:
    """The unit that a key's suffix says; the longest suffix wins."""
    found = [suffix for suffix in UNITS if key.endswith(suffix)]
    return UNITS[max(found, key=len)] if found else ""


def _case_rows(case: Case) -> Iterator[Row]:
    """The case's own choices; "yours" where they differ from the shipped base."""
    base = _flat(load_case("base").model_dump(mode="json"))
    skipped = ("name", "title", "source")
    content = _flat(case.model_dump(mode="json"))
    unused = _unused(case)
    for key, value in content.items():
        if key.rsplit(".", 1)[-1] in skipped or value in (None, "") or key.startswith(unused):
            continue
        parent = key.rsplit(".", 1)[0]
        source = content.get(f"{parent}.source") or "case file"
        # A choice has no evidence to grade; what stands for an unpublished figure is an assumption.
        grade = "D" if key.startswith(("link.", "revenue.", "currency.", "project.vat.")) else ""
        origin = "default" if base.get(key) == value else "yours"
        yield _row("case", key, str(value), unit_of(key), (grade, str(source)), origin=origin)


def _unused(case: Case) -> tuple[str, ...]:
    """Tables of the case that change nothing: revenue models, currencies and a tax that are not chosen."""
    revenue = case.revenue
    found = [f"revenue.{model}." for model in MODELS if model != revenue.model]
    found += [f"currency.{code}." for code in case.currency if code != revenue.currency]
    return tuple(found if case.project.vat.financed_by != "none" else [*found, "project.vat."])


def _flat(content: dict[str, object], prefix: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for key, value in content.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = ", ".join(map(str, value)) if isinstance(value, list) else value
    return flat


def _weather_rows(weather: WeatherYear) -> Iterator[Row]:
    """The year that was run and, of an ensemble, how much its years differ."""
    number = "typical" if weather.draw is None else f"{weather.draw.number} of {weather.years}"
    yield _row("weather", "weather year", number, "", ("", weather.rule))
    if weather.draw is None:
        return
    for row in read_weather().variability:
        if row.deviation_frac > 0:
            name = f"year-to-year deviation, {row.resource}"
            yield _row("weather", name, f"{row.deviation_frac:.3f}", "share", (row.confidence, row.source))


def _grid_rows(inputs: Inputs) -> Iterator[Row]:
    grid = inputs.grid
    for zone in grid.demands:
        yield _row(
            "demand", f"demand of {zone.zone}", f"{zone.energy_twh:.1f}", "TWh/year", (zone.confidence, zone.source)
        )
    for cut in grid.interfaces:
        value = f"{cut.forward_max_mw:.0f} / {cut.reverse_max_mw:.0f}"
        yield _row("limit", f"{cut.name}, forward / reverse", value, "MW", (cut.confidence, cut.source))
    for border in grid.borders:
        value = f"{border.import_max_mw:.0f} / {border.export_max_mw:.0f}"
        yield _row("limit", f"border {border.name}, import / export", value, "MW", (border.confidence, border.source))
    for part in grid.reinforcements:
        name = f"package: {part.element} {part.from_substation} - {part.to_substation}"
        value = f"{part.circuits} x {part.length_km:.0f} km, {part.voltage_kv:.0f} kV"
        yield _row("grid", name, value, "", ("D", part.source))


def _economy_rows(inputs: Inputs) -> Iterator[Row]:
    economy, grid = inputs.economy, inputs.grid
    technology = {plant.name: (plant.country, plant.technology) for plant in grid.plants}
    seen = set()
    for unit in economy.units:
        key = technology[unit.name]
        if unit.fuel and key not in seen:
            seen.add(key)
            name = f"marginal cost, {key[0]} {key[1]}"
            yield _row("cost", name, f"{unit.marginal_cost_usd_per_mwh:.1f}", "USD/MWh", (unit.confidence, unit.source))
    for cap in economy.fuel_caps:
        yield _row("cap", cap.name, f"{cap.energy_max_twh:.1f}", "TWh/year", ("C", cap.source))
    for market in economy.markets:
        slope = f"{market.slope_usd_per_mwh_per_gw:.1f}"
        name = f"slope of market {market.name}"
        yield _row("market", name, slope, "USD/MWh per GW", (market.confidence, market.source))
    for country, share in economy.loss_frac:
        yield _row(
            "loss", f"network loss, {country}", f"{share:.3f}", "share of demand", ("C", "economy tables, system")
        )
    yield from _dispatch_rows(inputs)


def _dispatch_rows(inputs: Inputs) -> Iterator[Row]:
    """Shedding, and what each technology of the grid ramps and gives as reserve."""
    tables = read_economy()
    technologies = {plant.technology for plant in inputs.grid.plants}
    for quantity in tables.quantities:
        kind, _, technology = quantity.name.partition(".")
        if kind in ("value_of_lost_load", "voluntary_shed_share", "voluntary_shed_cost"):
            name = kind.replace("_", " ")
        elif kind == "reserve_frac" and technology in technologies:
            name = f"reserve within 15 minutes, {technology}"
        else:
            continue
        evidence, value = (quantity.confidence, quantity.source), f"{quantity.central:g}"
        unit = "share" if quantity.unit == "frac" else quantity.unit
        yield _row("dispatch", name, value, unit, evidence, low=f"{quantity.low:g}", high=f"{quantity.high:g}")
    for row in tables.technologies:
        if row.fuel and row.technology in technologies and row.ramp_frac_per_h < 1:
            built = f", built from {row.built_from_year}" if row.built_from_year else ""
            name = f"ramp, {row.technology} {row.country}{built}"
            yield _row("dispatch", name, f"{row.ramp_frac_per_h:g}", "share per hour", (row.confidence, row.source))


def _plan_rows(plan: Plan | None) -> Iterator[Row]:
    if plan is None:
        return
    for item in plan.capex:
        value, low, high = (
            f"{amount / 1e6:,.0f}" for amount in (item.central_usd_real, item.low_usd_real, item.high_usd_real)
        )
        yield _row("capex", item.name, value, "M USD real", (item.confidence, item.source), low=low, high=high)
    for name, value, grade, source in plan.assumptions:
        yield _row("project", name, value, "", (grade, source))
