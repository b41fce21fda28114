"""A rule that asks for a recent bleed does not fire for one of years ago, and does for one without a date."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.records.chart import read_chart
from assistant.safety.cross_checks import cross_check, ordered_medicines

HEAD = "Mr A, 70 M. Admitted: 18/08/2025. Discharged: 27/08/2025. eGFR 80. NKDA.\n"
PLAN = "\nPlan: start apixaban 5 mg BD."
OLD = [
    "PMH: hypertension, GI bleed 2014, gout.",
    "PMH: previous gastric ulcer bleed 2014 (NSAID), H pylori eradicated.",
    "PMH: upper GI bleed (2009, 2014).",
    "PMH: upper GI bleed in March 2019. Hypertension since 2024.",
    "PMH: melaena 12/03/2021, ulcer treated.",
    "PMH: haematemesis ten years ago.",
    "PMH: GI bleed 2014.\nAllergies: ibuprofen - GI bleed.",
    "PMH: GI bleed 2014.\nPlan: NSAIDs - AVOID (CKD, GI bleed).",
    "既往：2014年消化道出血。\n医嘱：避免使用非甾体药（消化道出血史）。",
    "既往：2014年消化道出血。",
]
RECENT = [
    "PMH: GI bleed, hypertension.",
    "PMH: hypertension 2014, GI bleed, gout 2011.",
    "PMH: GI bleed June 2025.",
    "PMH: GI bleed 2014. GI bleed 20/08/2025 on the ward.",
    "PMH: GI bleed 2014. Came with melaena for two days.",
    "Upper GI bleed 3 weeks ago.",
    "PMH: GI bleed 2014. Avoid delay (ulcer). Now GI bleed on the ward.",
    "Upper GI bleed, ulcer clipped 19/08/2025.",
]


def _bleed_alerts(told: str) -> list[str]:
    record = read_chart(HEAD + told + PLAN)
    found = cross_check(record, ordered_medicines(record), language="en", today=date(2025, 8, 27))
    return [a.text for a in found if "bleeding" in a.text and "apixaban" in a.text.lower()]


@pytest.mark.parametrize("told", OLD)
def test_a_bleed_dated_long_before_the_stay_stops_no_anticoagulant(told: str) -> None:
    assert _bleed_alerts(told) == []


@pytest.mark.parametrize("told", RECENT)
def test_a_recent_or_undated_bleed_still_does(told: str) -> None:
    assert _bleed_alerts(told)


def test_an_anti_inflammatory_is_stopped_by_an_old_bleed_too() -> None:
    record = read_chart(HEAD + OLD[0] + "\nPlan: start naproxen 500 mg BD.")
    found = cross_check(record, ordered_medicines(record), language="en")
    assert [a for a in found if "naproxen" in a.text.lower() and a.severity.value == "stop"]
