"""`summary.json`: the contract for scripts, version 1. A value that does not exist is null, its reason beside it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False)


class CaseSummary(_Part):
    """Which case was run."""

    name: str
    title: str
    year: int
    digest: str
    """SHA-256 of the case's content."""
    network: str
    network_digest: str
    """SHA-256 of the tables' bytes."""
    weather_digest: str = ""
    """SHA-256 of the user's own hourly files; empty where all series are synthetic."""
    programme: str
    prices_basis: str


class WeatherSummary(_Part):
    """The weather year that was run. Energies of the proxy rank the years; no year but this one was dispatched."""

    seed: int
    years: int
    """1: the typical year; more: size of the ensemble."""
    number: int | None
    """Of the year that was run, from 1; null for the typical year."""
    rule: str
    p50_number: int | None
    """Year whose proxy is reached or exceeded in half of the years; null where nothing was ranked."""
    p90_number: int | None
    """Likewise in nine tenths of the years."""
    proxy_mwh: list[float]
    """Wind and sun behind the link, in each hour at most its rating, of every year of the ensemble; empty where nothing
    was ranked."""


class NetworkSummary(_Part):
    """Size of the grid that was built."""

    buses: int
    lines: int
    transformers: int
    plants: int
    hvdc_links: int
    notes: list[str]
    """What was left out or extrapolated."""


class GreenSummary(_Part):
    """The green export rule over the hours that were run, beside what burned meanwhile."""

    exported_mwh: float
    """Sent towards the European Union, as drawn from the grid."""
    contracted_mwh: float
    """Made by the contracted plants, line losses to where it leaves taken off."""
    forfeited_mwh: float
    """Of that, neither exported nor lost on a link: it covered nothing."""
    premium_mean_usd_per_mwh: float
    """Worth of one more contracted MWh where the exports leave, weighted with the exports."""
    coal_and_gas_mwh: dict[str, float]
    """By country: what coal, gas and oil made in the same hours."""


class DispatchSummary(_Part):
    """The certified dispatch. Energies cover the hours that were run: the year only where `whole_year` is true."""

    hours: int
    whole_year: bool
    objective_usd_real: float
    """Cost that the dispatch minimises: fuel, operation, trade, shedding."""
    lower_bound_usd_real: float
    """No dispatch of the undecomposed year can cost less."""
    gap_frac: float
    balance_residual_max_mw: float
    method: str
    repaired_device_hours: int = 0
    """Hours of a link or battery that a linear program would use both ways at once, held to one way."""
    repair_cost_usd_real: float = 0.0
    """What holding them adds to the cost."""
    foresight_cost_usd_real: float | None = None
    """What seven-day foresight costs more than perfect foresight, part of the gap; null where foresight is perfect."""
    security_cost_usd_real: float | None = None
    """What holding every loss of one circuit adds to the cost; null where the dispatch does not."""
    outage_rows: int = 0
    """Pairs of an outage and a limit that the dispatch holds."""
    outage_rows_left: int = 0
    """Pairs left to automatics after the outage: holding them costs more than consumers who are paid to stand back, or
    nothing can hold them."""
    loss_rows: int = 0
    """Hours of limits on which the dispatch keeps room for the loss of a unit, a pole or an island."""
    loss_rows_left: int = 0
    """Hours of limits on which that room is too dear, or more than there is: left to automatics."""
    ens_mwh: float
    """Energy not served: consumers who were cut off."""
    stood_back_mwh: float = 0.0
    """Energy of consumers who were paid to stand back, apart from it."""
    demand_mwh: dict[str, float]
    """By country, gross of network losses."""
    loss_estimate_mwh: dict[str, float]
    """By country, the part of demand that is lost on the modelled network."""
    generation_mwh: dict[str, dict[str, float]]
    """By country and technology."""
    curtailed_mwh: dict[str, float]
    """Wind and sun by country."""
    curtailed_reason_mwh: dict[str, dict[str, float]] = Field(default_factory=dict)
    """By country and reason: network (a bus of the same area would have paid more), link (the far end of a link would
    have), must_run (costlier must-run output of the area), energy (more than the area and its neighbours take)."""
    emissions_tco2: dict[str, float]
    """Of the generation within each country."""
    consumed_tco2: dict[str, float] = Field(default_factory=dict)
    """Carried by what each country uses, trade traced hour by hour in proportion to what flows in."""
    consumed_tco2_per_mwh: dict[str, float] = Field(default_factory=dict)
    """The same by energy used."""
    import_tco2: dict[str, float] = Field(default_factory=dict)
    """Carried by purchases, by market, at the market's mean emission factor."""
    green: GreenSummary | None = None
    """Null without a green export rule."""
    export_tco2: dict[str, float] = Field(default_factory=dict)
    """Carried by sales, by market, at the emission factor of what flows where it is sold."""
    res_share_frac: dict[str, float]
    """Wind, sun and water over generation, by country."""
    import_mwh: dict[str, float]
    """By market."""
    export_mwh: dict[str, float]
    """By market."""
    price_mean_usd_per_mwh: dict[str, float]
    """By country, weighted with what is served."""


class LinkSummary(_Part):
    """One HVDC link over the hours that were run, both directions together unless named."""

    capacity_mw: float
    sent_mwh: float
    received_mwh: float
    loss_mwh: float
    """Running and idle: sent + idle draw - received."""
    sent_forward_mwh: float
    received_forward_mwh: float
    sent_reverse_mwh: float
    received_reverse_mwh: float
    hours_at_limit: int
    """Hours with at least 99.9 % of the rating sent, either way."""
    utilisation_frac: float
    rent_usd_real: float
    """Received at the receiving price less sent at the sending price less idle loss at local price; signed."""
    rent_least_usd_real: float | None = None
    """Least rent over all optimal duals: where demand ends at the step of a supply curve, prices are a range."""
    rent_most_usd_real: float | None = None
    """Most rent over all optimal duals."""
    rating_worth_usd_real_per_mw: float | None = None
    """What one more MW of rating would have saved over the hours that were run: the dual of the rating, loss
    coefficients, idle loss and inland package held fixed."""
    carried_forward_tco2: float | None = None
    """Emissions carried by what the forward direction sent."""
    carried_reverse_tco2: float | None = None
    """Likewise in reverse."""


class InterfaceSummary(_Part):
    """How one interface limit was used over the hours that were run; forward is the direction its name gives."""

    forward_max_mw: float
    reverse_max_mw: float
    hours_at_forward_limit: int
    """Hours within 0.001 MW of the limit."""
    hours_at_reverse_limit: int
    at_limit_share_frac: float
    """Of all hours, at either limit."""
    flow_mean_mw: float
    """Signed, positive forward."""
    rent_usd_real: float
    """What the limit earns at nodal prices."""
    confidence: str
    """Evidence grade of the limit, A to D."""
    source: str


class Finding(_Part):
    """One broken limit of the AC power flow, worst hour and count."""

    kind: str
    element: str
    hour_utc: str
    value: float | None
    limit: float | None
    unit: str
    hours: int
    remedy: str
    rank: int | None = None
    """1 is the first to look at."""
    outage: str = ""
    """What is out of service in the worst hour; empty in the whole grid."""
    severity_mwh: float | None = None
    """Hours x mean excess beyond the limit, which ranks findings; other units than MW on a stated scale."""
    ac_confirmed: str = ""
    """Of an overload after an outage: whether AC confirms it; empty for other kinds."""


class SecuritySummary(_Part):
    """AC power flow of the chosen hours; one count is one hour in which every synchronous area solved."""

    hours_checked: int
    hours_converged: int
    voltage_min_pu: float | None
    voltage_max_pu: float | None
    loading_max_frac: float | None
    hvdc_gap_max_mw: float | None = None
    """Largest difference between the loss of a link's circuit and what the dispatch counted; null where the check
    carried the links as injections only."""
    parts: dict[str, dict[str, float | int | str | None]] = Field(default_factory=dict)
    """Figures of each part of the security study that was done, by the part's name."""
    findings: list[Finding]
    """The first of them by rank."""
    findings_count: int | None = None
    """Of all; the table `findings` holds them. Null in runs before 0.3.0."""


class MixSummary(_Part):
    """One funding mix on the project."""

    capex_usd_nominal: float
    npv_prefinance_usd_nominal: float
    """Before financing, at the case's rate: the same for every mix."""
    npv_usd_nominal: float | None
    """At the mix's own cost of capital."""
    project_irr_pa: float | None
    equity_npv_usd_nominal: float | None
    equity_irr_pa: float | None
    dscr_min_ratio: float | None
    dscr_min_year: int | None
    dscr_average_ratio: float | None
    llcr_min_ratio: float | None
    grant_element_frac: float | None
    """At the IMF's 5 %."""
    cost_of_capital_pa: float | None
    lcot_usd_per_mwh: float | None
    """Levelised cost of transmission, real, per MWh received."""
    required_charge_usd_per_mwh: float | None
    """Constant real charge per MWh received that passes the mix's tests."""
    affordable_charge_usd_per_mwh: float | None
    """What the chain leaves for the link; negative: nothing."""
    verdict: Literal["passes", "fails"]
    verdict_test: str
    """The test that decides."""
    reasons: dict[str, str] = Field(default_factory=dict)
    """Why a value is null, by key."""


class Summary(_Part):
    """The whole of `summary.json`."""

    schema_version: Literal[1] = 1
    price_base_year: int
    calibration: str = "not calibrated to the official feasibility study"
    case: CaseSummary
    weather: WeatherSummary | None = None
    network: NetworkSummary
    dispatch: DispatchSummary
    links: dict[str, LinkSummary]
    interfaces: dict[str, InterfaceSummary] = Field(default_factory=dict)
    """Limits of cuts, by name."""
    security: SecuritySummary
    financing: dict[str, MixSummary]
    financing_note: str = ""
    """Why `financing` is empty, where it is."""
    timings_s: dict[str, float]
    """Wall time by stage; the only part that differs between two runs of the same case."""
