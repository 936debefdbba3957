"""Reading funding mixes and lender terms: what is shipped, and one clear message for every kind of bad input."""

from __future__ import annotations

import copy
import tomllib
from dataclasses import replace

import pytest

from financing.countries import dac_weights, load_countries
from financing.loading import STRUCTURES_FOLDER, load_structure, shipped_structures, structure_from
from financing.problems import FinancingProblems
from financing.terms import TERMS_FILE, base_rates_pa, load_terms, read_terms

EIGHT = ("blended", "commercial", "concessional", "global-gateway", "green-bond", "jv-thirds", "ppp", "sovereign")


def content(name="blended"):
    """The keys of a shipped mix, to be changed."""
    return copy.deepcopy(tomllib.loads((STRUCTURES_FOLDER / f"{name}.toml").read_text(encoding="utf-8")))


def problems_of(data):
    """The messages of a mix that must be refused."""
    with pytest.raises(FinancingProblems) as caught:
        structure_from(data)
    return [str(problem) for problem in caught.value.problems]


def source(data, name):
    """One source of a mix by name."""
    return next(entry for entry in data["sources"] if entry["name"] == name)


def test_eight_mixes_are_shipped():
    """All eight load, sum to one and carry a sourced origin for every source."""
    assert shipped_structures() == EIGHT
    for name in EIGHT:
        structure = load_structure(name)
        assert structure.name == name
        assert sum(each.share_frac for each in structure.sources) == pytest.approx(1.0)
        for each in structure.sources:
            assert "evidence" in each.origin, (name, each.name)


def test_defaults_come_from_the_term_row():
    """An IBRD loan: SOFR 3.8 % + 1.7 % margin, 30 years, 6 of grace, 0.25 % front-end and commitment fee, 0.5 % each of
    on-lending margin and state guarantee."""
    loan = next(each for each in load_structure("sovereign").sources if each.name == "IBRD loan")
    assert loan.rate_pa == pytest.approx(0.055)
    assert loan.day_count == "act/360"
    assert loan.project_rate_pa == pytest.approx(0.055 * 365 / 360 + 0.005)
    assert (loan.tenor_years, loan.grace_years) == (30.0, 6.0)
    assert (loan.front_end_fee_frac, loan.commitment_fee_pa, loan.guarantee_fee_pa) == (0.0025, 0.0025, 0.005)
    assert "IBRD_IFL" in loan.origin
    assert "GOV_GUAR" in loan.origin


def test_the_mix_overrides_the_term_row():
    """A tenor and base rates set in the mix win over the table, and the origin says what was set."""
    data = content("sovereign")
    source(data, "IBRD loan")["tenor_years"] = 25.0
    data["base_rates"] = {"SOFR": 0.05}
    loan = next(each for each in structure_from(data).sources if each.name == "IBRD loan")
    assert (loan.tenor_years, loan.rate_pa) == (25.0, pytest.approx(0.067))
    assert "tenor_years = 25.0" in loan.origin


def test_the_greenium_lowers_the_rate():
    """5.5 % less the 5.5 basis points of the greenium row."""
    bond = next(each for each in load_structure("green-bond").sources if each.kind == "green_bond")
    assert bond.rate_pa == pytest.approx(0.055 - 0.00055)


def test_only_market_priced_rates_move_with_a_shock():
    """+200 bp reach the IBRD loan and the bond, not the fixed IDA credit, grant or equity."""
    before, after = load_structure("blended"), load_structure("blended").with_rates_shifted(0.02)
    moved = {old.name: new.rate_pa - old.rate_pa for old, new in zip(before.sources, after.sources, strict=True)}
    assert moved["IBRD loan"] == pytest.approx(0.02)
    assert moved["Green bond"] == pytest.approx(0.02)
    assert moved["IDA blend credit"] == 0.0


def test_every_term_row_is_dated_graded_and_sourced():
    """55 rows, each with date, evidence grade, source and the published wording or note behind its numbers."""
    terms = load_terms()
    assert len(terms) == 55
    for term in terms.values():
        assert term.date, term.id
        assert term.evidence, term.id
        assert term.source, term.id
    assert base_rates_pa() == {"SOFR": 0.038, "EURIBOR_6M": 0.021, "UST_10Y": 0.0425}


def test_term_ranges_hold_their_central_values():
    """Low, central and high of every rate are in order."""
    for term in load_terms().values():
        if term.rate_central_pa is not None:
            assert term.rate_low_pa <= term.rate_central_pa <= term.rate_high_pa, term.id


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("0.0135,0.0135", "nan,0.0135"), "rate_low_pa: found 'nan'"),
        (("0.0135,0.0135", "cheap,0.0135"), "rate_low_pa: found 'cheap'"),
        (("Oct 2025,S+calc,https", ",S+calc,https"), "empty date"),
        (("IDA21_BLEND_FLT,", "IDA21_REG_USD,"), "an id used before"),
        (("grace_years", "grace"), "no column grace_years"),
    ],
)
def test_a_bad_terms_table_is_refused_with_row_and_field(tmp_path, change, words):
    """NaN, words in place of numbers, undated rows, double ids and missing columns are named."""
    text = TERMS_FILE.read_text(encoding="utf-8")
    assert change[0] in text
    path = tmp_path / "terms.csv"
    path.write_text(text.replace(*change, 1), encoding="utf-8")
    with pytest.raises(FinancingProblems, match=words):
        read_terms(path)


def changed(keys, value, name="blended"):
    """A shipped mix with one key set, by path; a source is found by its name."""
    data = content(name)
    place = data if keys[0] != "sources" else source(data, keys[1])
    rest = keys[2:] if keys[0] == "sources" else keys
    for key in rest[:-1]:
        place = place[key]
    place[rest[-1]] = value
    return data


BAD = {
    "shares not summing to one": (("sources", "IBRD loan", "share_frac"), 0.5, "a sum of 1.3"),
    "share above one": (("sources", "IBRD loan", "share_frac"), 1.5, "less than or equal to 1"),
    "tenor shorter than grace": (("sources", "IBRD loan", "tenor_years"), 4.0, "tenor 4 years, grace 6 years"),
    "NaN": (("sources", "IBRD loan", "rate_pa"), float("nan"), "finite"),
    "infinity": (("sources", "IBRD loan", "tenor_years"), float("inf"), "tenor_years"),
    "negative rate": (("sources", "IBRD loan", "rate_pa"), -0.01, "greater than or equal to 0"),
    "unknown currency": (("sources", "IBRD loan", "currency"), "XYZ", "found 'XYZ'; expected one of USD, EUR"),
    "currency without a path": (("sources", "IBRD loan", "currency"), "KZT", "no path for KZT"),
    "unknown instrument": (("sources", "IBRD loan", "kind"), "lottery", "sovereign_loan"),
    "unknown term": (("sources", "IBRD loan", "term"), "IBRD_XXL", "found 'IBRD_XXL'; expected one of"),
    "term of another kind": (("sources", "IBRD loan", "term"), "EQUITY_TSO", "a equity row"),
    "reference row as a loan": (("sources", "IBRD loan", "term"), "ADB_COL_A", "a reference row"),
    "term without a rate": (("sources", "IDA blend credit", "term"), "IDA21_BLEND_FLT", "State rate_pa"),
    "equity without a return": (("sources", "Equity of the grid companies", "term"), "SK_AIH_FUND", "target_irr_pa"),
    "unknown base": (("sources", "IBRD loan", "base"), "LIBOR", "found 'LIBOR'"),
    "unknown guarantee": (("sources", "IBRD loan", "guarantee"), "MUM", "found 'MUM'"),
    "unknown key": (("sources", "IBRD loan", "tenor_year"), 5.0, "Nearest known: tenor_years"),
    "unknown key of the mix": (("dsra_month",), 6.0, "Nearest known: dsra_months"),
    "unknown style": (("sources", "IBRD loan", "repayment"), "never", "annuity"),
    "sculpted without target": (("sources", "IBRD loan", "repayment"), "sculpted", "State dscr_target_ratio"),
    "custom without shares": (("sources", "IBRD loan", "repayment"), "custom", "a sum of 0"),
    "five payments a year": (("payments_per_year",), 5, "1, 2 or 4"),
    "gearing above its cap": (
        ("covenants", "gearing_max_frac"),
        0.6,
        "gearing of 0.7; expected at most the cap of 0.6",
    ),
    "borrowers not summing to one": (("borrowers", "KZ"), 0.9, "borrowers: found a sum of 1.55"),
    "CEF grant for the Caspian": (
        ("sources", "NDICI grant", "term"),
        "EU_CEF_PMI",
        "CEF grants only for the Black Sea",
    ),
    "silent NDICI grant": (("eligibility",), "", "eligibility unconfirmed"),
    "name twice": (("sources", "IBRD loan", "name"), "AIIB loan", "the name 'AIIB loan' twice"),
    "greenium above the rate": (("sources", "Green bond", "greenium_pa"), 0.06, "after greenium"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_terms_give_a_clear_message(case):
    """Each kind of bad term is refused with where, found and expected."""
    keys, value, words = BAD[case]
    messages = problems_of(changed(keys, value))
    assert any(words in message for message in messages), messages


def test_a_cover_target_below_one_is_refused():
    """Nobody lends against less than the service due."""
    messages = problems_of(changed(("sources", "Club loan", "dscr_target_ratio"), 0.9, "commercial"))
    assert any("dscr_target_ratio: found 0.9" in message for message in messages)


def test_the_eib_pays_at_most_half():
    """An EIB loan of 55 % is refused; the shipped 40 % is not."""
    data = changed(("sources", "EIB Global loan", "share_frac"), 0.55, "global-gateway")
    source(data, "NDICI grant")["share_frac"] = 0.05
    assert any("at most half of the cost" in message for message in problems_of(data))


def test_a_cef_grant_may_pay_for_the_black_sea_leg():
    """The rule is about the leg, not about the grant."""
    data = changed(("sources", "NDICI grant", "term"), "EU_CEF_PMI")
    data["leg"] = "black_sea"
    assert structure_from(data).sources[0].kind == "grant"


def test_all_problems_come_at_once():
    """Three faults in three places give three messages in one go."""
    data = changed(("sources", "IBRD loan", "currency"), "XYZ")
    source(data, "AIIB loan")["tenor_years"] = 3.0
    data["borrowers"]["KZ"] = 0.9
    assert len(problems_of(data)) >= 3


def test_a_missing_required_key_is_named():
    """A mix without its draw order is refused, not given one."""
    data = content()
    del data["draw_order"]
    assert any("draw_order: found nothing" in message for message in problems_of(data))


def test_an_on_lending_margin_is_never_assumed():
    """A sovereign loan must say what the ministry keeps, even if nothing."""
    data = content()
    del source(data, "IBRD loan")["on_lending_margin_pa"]
    assert any("State on_lending_margin_pa" in message for message in problems_of(data))


def test_unknown_names_and_files(tmp_path):
    """An unknown name lists the shipped ones; a missing, garbled or binary file is named with the fault."""
    with pytest.raises(FinancingProblems, match="one of blended, commercial"):
        load_structure("cheap-money")
    with pytest.raises(FinancingProblems, match=r"gone\.toml"):
        load_structure(tmp_path / "gone.toml")
    garbled, binary = tmp_path / "garbled.toml", tmp_path / "binary.toml"
    garbled.write_text("name = [", encoding="utf-8")
    binary.write_bytes(b"\xff\xfe\x00")
    for path in (garbled, binary):
        with pytest.raises(FinancingProblems, match="a readable TOML file"):
            load_structure(path)


def test_a_users_own_mix_loads_by_path(tmp_path):
    """A copy of a shipped mix under another name, given as a path."""
    text = (STRUCTURES_FOLDER / "sovereign.toml").read_text(encoding="utf-8").replace('"sovereign"', '"mine"')
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    assert load_structure(path).name == "mine"


def test_dac_rates_are_weighted_by_borrower():
    """Half Kazakhstan at 6 % and half Uzbekistan at 7 %; Romania borrows nothing there."""
    assert dac_weights((("KZ", 0.5), ("UZ", 0.5))) == ((0.06, 0.5), (0.07, 0.5))
    assert dac_weights((("RO", 1.0),)) == ()
    assert all(row.source for row in load_countries().values())


def test_interest_accrues_as_the_money_market_counts() -> None:
    """A fixed credit and a bond by thirty-day months; a loan over SOFR or EURIBOR by actual days of 360."""
    counts = {source.name: source.day_count for source in load_structure("blended").debts}
    assert counts["IDA blend credit"] == counts["Green bond"] == "30/360"
    assert counts["IBRD loan"] == "act/360"
    assert {source.day_count for source in load_structure("global-gateway").debts} == {"act/360"}


def test_tax_on_interest_is_grossed_up() -> None:
    """At 10 % withheld, 4.5 % to the lender costs 5 %; a rule for draws belongs to grants alone."""
    loan = replace(load_structure("green-bond").debts[0], rate_pa=0.045, withholding_tax_frac=0.1)
    assert loan.project_rate_pa == pytest.approx(0.05)
    assert loan.accrued_rate_pa == pytest.approx(0.045)
