"""Remedies of the findings page: in the reader's language, elements by the names that a reader knows."""

from __future__ import annotations

from greengrid.security.secure_transfer_part import BEYOND_REMEDY
from reports.language import left_english, speaking
from reports.sections.findings import _remedies_table


def test_an_element_that_the_run_adds_hides_no_translation() -> None:
    """The sentence before it is Russian too, and the line is named as elsewhere in the report."""
    remedy = f"{BEYOND_REMEDY} It would overload UZ_Syrdarya-UZ_Lochin 500."
    ((_, english),) = _remedies_table([remedy]).rows
    assert english == f"{BEYOND_REMEDY} It would overload Syrdarya-Lochin 500."
    with speaking("ru"):
        ((_, russian),) = _remedies_table([remedy]).rows
        assert not left_english(str(russian))
    assert "Сырдарья" in str(russian)
    assert "overload" not in str(russian)
