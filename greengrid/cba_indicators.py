"""The lines of the guideline's table: what each indicator is, in which unit, and how a comparison states it.

Names, codes and what is asked for follow the 4th ENTSO-E guideline for cost-benefit analysis (2023).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from greengrid.benefits import Benefits


@dataclass(frozen=True, slots=True)
class Indicator:
    """One line. `of` is empty where one dispatch cannot state it; `why_not` then says why."""

    code: str
    name: str
    unit: str
    definition: str
    of: Callable[[Benefits], float] | None = None
    why_not: str = ""


INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        "B1", "socio-economic welfare", "M USD/a",
        "change of consumer and producer surplus and of rents of all countries, the rest of the world among them",
        lambda found: found.surplus_total_usd_real / 1e6,
    ),
    Indicator(
        "B2a", "CO2", "kt/a",
        "change of the emissions of all countries and, at their mean factor, of the neighbours' exchange",
        lambda found: sum(found.emissions_change_tco2.values()) / 1e3,
    ),
    Indicator(
        "B2b", "societal value of CO2", "M USD/a",
        "avoided tonnes at the central shadow value less the price that B1 holds already",
        lambda found: found.carbon_usd_real[1] / 1e6,
    ),
    Indicator(
        "B3", "curtailed wind and sun", "GWh/a",
        "change of curtailed energy; less is more renewable energy integrated; its worth is in B1",
        lambda found: found.curtailment_change_mwh / 1e3,
    ),
    Indicator(
        "B4", "other emissions", "t/a", "change of NOx, SO2 and dust from plants",
        why_not="the tables hold no factors of them",
    ),
    Indicator(
        "B5", "losses of the links", "GWh/a",
        "change of running and idle losses of all HVDC links; their worth is in B1. AC losses are none of it: flat "
        "ones are an estimate that no link moves, the change of corrected ones (security.losses) is in B1",
        lambda found: found.link_loss_change_mwh / 1e3,
    ),
    Indicator(
        "B6", "energy not served", "GWh/a",
        "change of demand shed in the dispatched weather year with all plants and lines in service: no outages are "
        "drawn, so it is no adequacy (see `greengrid adequacy`); its worth is in B1",
        lambda found: found.ens_change_mwh / 1e3,
    ),
    Indicator(
        "B7", "flexibility", "M USD/a", "balancing energy and balancing capacity exchanged",
        why_not="one market, no balancing stage after it",
    ),
    Indicator(
        "B8", "stability", "grade", "frequency, voltage and black start after outages",
        why_not="the dispatch holds no outages; see `greengrid security`",
    ),
    Indicator(
        "B9", "reserve for re-dispatch", "MW", "less reserve of plants held for re-dispatch",
        why_not="the dispatch is nodal, nothing is re-dispatched",
    ),
)  # fmt: skip
