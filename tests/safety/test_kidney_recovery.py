"""An acute kidney injury that the creatinine shows to be over warns one step more mildly, one that goes on does not."""

from __future__ import annotations

import pytest

from assistant.records.chart import read_chart
from assistant.safety.cross_checks import cross_check, ordered_medicines

HEAD = "Mrs A, 69 F. Admitted: 18/08/2025. Discharged: 27/08/2025. NKDA. eGFR 66.\nRamipril held 21/08/2025 (AKI).\nDischarge medications:\nmetformin 1 g BD\n"


def _metformin(labs: str) -> list[tuple[str, str]]:
    record = read_chart(f"{HEAD}Results:\n{labs}\n")
    found = cross_check(record, ordered_medicines(record), language="en")
    return [(a.severity.value, a.text) for a in found if "kidney injury" in a.text]


@pytest.mark.parametrize(
    "labs",
    [
        "Creatinine 74 (18/08/2025), 102 (21/08/2025), 80 (26/08/2025)",
        "18/08/2025: creatinine 80 umol/L\n21/08/2025: creatinine 180 umol/L\n26/08/2025: creatinine 92 umol/L",
    ],
)
def test_a_recovered_injury_is_a_note(labs: str) -> None:
    found = _metformin(labs)
    assert [severity for severity, _ in found] == ["note"]
    assert "recovered by the last value" in found[0][1]


@pytest.mark.parametrize(
    "labs",
    [
        "18/08/2025: creatinine 80 umol/L\n21/08/2025: creatinine 120 umol/L\n26/08/2025: creatinine 118 umol/L",
        "21/08/2025: creatinine 180 umol/L\n26/08/2025: creatinine 160 umol/L",
        "26/08/2025: creatinine 80 umol/L",
    ],
)
def test_one_that_goes_on_or_is_not_followed_stays_a_caution(labs: str) -> None:
    assert [severity for severity, _ in _metformin(labs)] == ["caution"]
