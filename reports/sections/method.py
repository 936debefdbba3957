"""How the figures were made: one flow chart, and the laws that decide them, each with its source."""

from __future__ import annotations

from reports.charts import FULL_MM
from reports.content import Column, Page, Table
from reports.language import say, word
from reports.panel_charts import FlowBox, FlowChart
from reports.results import Results

BOXES: tuple[tuple[str, str, float, int], ...] = (
    ("Tables and case", "Grid, plants, costs, terms: each row with source and grade", 0, 0),
    ("Weather year", "Wind, sun, water and demand, hour by hour", 1, 0),
    ("Dispatch", "Least cost over all hours of the year, with a certified gap", 2, 0),
    ("AC power flow", "Voltages, loadings and losses of the dispatched hours", 2, 1),
    ("Costs and charges", "What the link costs; what the chain of prices leaves for it", 1, 1),
    ("Financing", "One timeline per funding mix: draws, debt, cover, returns", 0, 1),
    ("This report", "Made from the run's folder alone; nothing is solved again", 1, 2),
)
ARROWS = ((0, 1), (1, 2), (2, 3), (2, 4), (4, 6), (4, 5), (5, 6), (3, 6))
LAWS: tuple[tuple[str, str, str], ...] = (
    (
        "Dispatch",
        "minimise the sum over all hours of marginal cost \u00d7 output + starts + value of lost load \u00d7 energy "
        "not served, subject to the laws below",
        "linear program; A. J. Wood et al., Power Generation, Operation and Control (2014)",
    ),
    (
        "Balance of a node",
        "output + discharge + inflow over lines and links = demand + charge + outflow, every hour, every node",
        "Kirchhoff's current law",
    ),
    (
        "Flow of a line",
        "flow = (angle at its start \u2212 angle at its end) \u00f7 reactance, within its limit and the limit of its "
        "group",
        "linear DC approximation; B. Stott et al., IEEE Trans. Power Systems 24 (2009)",
    ),
    (
        "HVDC link",
        "received = sent \u2212 2 (b\u00b7I + a\u00b7I\u00b2) \u2212 R\u00b7I\u00b2 per pole; no-load losses "
        "stand apart",
        "J. Beerten, S. Cole, R. Belmans, IEEE Trans. Power Systems 27 (2012) 821",
    ),
    (
        "Gap",
        "(cost of the dispatch \u2212 certified lower bound) \u00f7 cost; the bound comes from the dual solution",
        "weak duality of linear programs",
    ),
    (
        "Price",
        "dual of a node's balance: cost of one more MWh there in that hour",
        "F. C. Schweppe et al., Spot Pricing of Electricity (1988)",
    ),
    (
        "Congestion rent",
        "price at the receiving end \u00d7 received \u2212 price at the sending end \u00d7 sent \u2212 no-load losses "
        "\u00d7 local price",
        "same",
    ),
    (
        "Affordable charge",
        "price at the outlet \u2212 border carbon cost \u2212 fees \u2212 losses \u2212 charges and transit on the way "
        "\u2212 cost of the renewable power",
        "netback, step by step in the financing pages",
    ),
    (
        "Required charge",
        "smallest constant real charge per delivered MWh at which a mix meets its tests of cover and return",
        "bracketed search to 0.0001 USD/MWh",
    ),
    (
        "NPV",
        "sum of cash flow in year t \u00f7 (1 + rate)^t, year 0 not discounted",
        "R. Brealey, S. Myers, F. Allen, Principles of Corporate Finance",
    ),
    (
        "DSCR and LLCR",
        "DSCR = cash available \u00f7 (interest + principal + fees) of the year; LLCR = present value of cash to the "
        "end of the debt \u00f7 debt",
        "E. R. Yescombe, Principles of Project Finance (2013)",
    ),
    (
        "Grant element",
        "1 \u2212 present value of the loan's service at 5 % \u00f7 its amount",
        "IMF and World Bank, unified discount rate since 2013",
    ),
)


def method(results: Results) -> tuple[Page, ...]:
    """One page, the same for every case but for what was not run."""
    page = Page(
        "Method",
        "One run goes one way: from tables to hours, from hours to money",
        _lead(results),
        (_chart(), _table()),
        "",
    )
    return (page,)


def _lead(results: Results) -> str:
    skipped = []
    if not (results.summary.get("security") or {}).get("hours_checked"):
        skipped.append(word("AC power flow"))
    if not results.mixes:
        skipped.append(word("financing"))
    if not skipped:
        return word("Every step below was run for this case.")
    return say("Not run for this case: {steps}.", steps=", ".join(skipped))


def _chart() -> FlowChart:
    names = ", ".join(word(title) for title, *_ in BOXES)
    return FlowChart(
        caption="Steps of a run",
        alt=say(
            "Flow chart of {count} steps: {names}. Tables and weather lead to the dispatch; the dispatch leads to the "
            "AC power flow and to costs and charges, these to financing; all lead to the report.",
            count=len(BOXES),
            names=names,
        ),
        width_mm=FULL_MM,
        height_mm=78.0,
        boxes=tuple(FlowBox(*box) for box in BOXES),
        arrows=ARROWS,
        columns=3,
    )


def _table() -> Table:
    columns = (Column("Law", width=0.8), Column("In words and symbols", width=2.4), Column("Source", width=1.6))
    return Table("The laws that decide the figures", columns, LAWS, small=True)
