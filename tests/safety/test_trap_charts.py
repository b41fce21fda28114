"""Batches of charts in which an order would harm, and of sound ones, read as a ward would hand them in.

The level reached is asserted for each batch: a change that loses cases fails here, and names them.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.domain.answer import Alert
from assistant.records.chart import read_chart
from assistant.safety.cross_checks import cross_check, ordered_medicines

FOLDER = Path(__file__).parent / "traps"
RANK = {"note": 0, "caution": 1, "stop": 2}
LEVELS: dict[str, tuple[float, float]] = {
    # batch: least share of traps flagged, greatest share of sound charts with a stop
    "first_batch": (0.98, 0.0),
    "second_batch": (0.97, 0.0),
    "third_batch": (0.97, 0.0),
    "fourth_batch": (0.95, 0.0),
    "fifth_batch": (0.95, 0.0),
    "sixth_batch": (1.0, 0.0),
    "seventh_batch": (1.0, 0.0),
}


def alerts_for(row: dict[str, Any]) -> tuple[Alert, ...]:
    record = read_chart(row["chart"])
    return cross_check(record, ordered_medicines(record), language=row.get("language", "en"))


def flagged(row: dict[str, Any], alerts: tuple[Alert, ...]) -> bool:
    """An alert of the kind, as grave as the case, that names the medicine."""
    about = re.compile(row["about"], re.IGNORECASE)
    return any(
        alert.kind.value == row["kind"] and RANK[alert.severity.value] >= RANK[row["least"]] and about.search(alert.text)
        for alert in alerts
    )  # fmt: skip


@cache
def batch(name: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))
    return found


@pytest.mark.parametrize("name", LEVELS)
def test_a_batch_keeps_the_share_of_traps_it_reached(name: str) -> None:
    rows = batch(name)["traps"]
    missed = [row["id"] for row in rows if not flagged(row, alerts_for(row))]
    assert len(missed) <= (1 - LEVELS[name][0]) * len(rows) + 1e-9, f"missed: {missed}"


@pytest.mark.parametrize("name", LEVELS)
def test_a_batch_keeps_false_stops_on_sound_charts_rare(name: str) -> None:
    rows = batch(name)["sound"]
    stopped = [row["id"] for row in rows if any(a.severity.value == "stop" for a in alerts_for(row))]
    assert len(stopped) <= LEVELS[name][1] * len(rows) + 1e-9, f"stopped: {stopped}"


@pytest.mark.parametrize(
    ("chart", "words"),
    [
        ("60 M, eGFR 90, NKDA. Salbutamol 100 micrograms: 6 puffs via spacer.", "check the dose"),
        ("60 M, eGFR 90, NKDA. Morphine MR 30 mg BD and Oramorph 10 mg PRN.", "same medicine"),
        ("60 M, eGFR 90. Bee sting anaphylaxis, carries EpiPen. Give adrenaline 0.5 mg IM.", "recorded allergy"),
        ("60 M, eGFR 90, NKDA. Amoxicillin 500 mg TDS: watch for rash.", "recorded allergy"),
        ("60 M, CrCl 90, NKDA. Switched from warfarin to apixaban 5 mg BD.", "anticoagulant"),
        ("76 M, eGFR 55, NKDA. Captopril 6.25 mg TDS increased to captopril 12.5 mg TDS.", "tenfold"),
        ("60 M, eGFR 90, NKDA. Asthma. Prednisolone 50 mg daily, then prednisolone 5 mg daily.", "tenfold"),
        ("60 M, eGFR 90, NKDA. Methotrexate 2.5 mg tablets: methotrexate 25 mg once weekly.", "tenfold"),
        ("40 M, eGFR 90, NKDA. Epilepsy. Regular: clonazepam 4 mg nocte.", "first dose"),
        ("40 M, 70 kg, eGFR 90, NKDA. Insulin aspart 50 units in 50 mL saline by pump.", "ordered in units"),
        ("50 F, eGFR 90, NKDA. Long-term morphine. Fentanyl patch 25 micrograms/hour.", "new to opioids"),
        ("30 F, 24 weeks pregnant, asthma none, NKDA. Labetalol 100 mg BD.", "asthma"),
        ("60 M, eGFR 90, NKDA. Daughter is allergic to penicillin. Start amoxicillin 500 mg TDS.", "recorded allergy"),
    ],
)  # fmt: skip
def test_a_look_alike_raises_no_such_alert(chart: str, words: str) -> None:
    assert not [a.text for a in alerts_for({"chart": chart}) if words in a.text.lower()]


@pytest.mark.parametrize(
    ("chart", "words"),
    [
        ("60 M, eGFR 90, NKDA. Takes Nurofen 400 mg TDS from the shop. Prescribe ibuprofen 600 mg TDS.", "same medicine"),
        ("60 M, eGFR 90. Amoxicillin: rash in 2019. Start amoxicillin 500 mg TDS.", "recorded allergy"),
        ("80 F, 40 kg, creatinine 130 umol/L, NKDA. Start dabigatran 110 mg BD.", "cockcroft-gault"),
        ("60 M, 80 kg, eGFR 90, NKDA. Prescribe insulin glargine 10U nocte.", "misread"),
        ("60 M, eGFR 90, NKDA. Alendronic acid 70 mg once daily.", "once a week"),
        ("76 M, eGFR 55, NKDA. Captopril 12.5 mg TDS increased to 125 mg TDS.", "tenfold"),
        ("70 M, eGFR 80, NKDA. Clonazepam 5 mg nocte to start.", "first dose"),
        ("66 M, 80 kg, eGFR 70, NKDA. Insulin degludec 24 mL nightly.", "ordered in units"),
        ("69 F, 55 kg, opioid-naive, eGFR 70, NKDA. Fentanyl patch 25 micrograms/hour.", "new to opioids"),
        ("30 F, 24 weeks pregnant, asthma, NKDA. Labetalol 100 mg BD.", "asthma"),
    ],
)  # fmt: skip
def test_the_case_beside_the_look_alike_does(chart: str, words: str) -> None:
    assert [a.text for a in alerts_for({"chart": chart}) if words in a.text.lower()]


@pytest.mark.parametrize(
    ("chart", "severities"),
    [
        ("60 M, 80 kg, eGFR 90, NKDA. Prescribe insulin glargine 18U nocte.", {"note"}),
        ("60 M, 80 kg, eGFR 90, NKDA. Prescribe insulin glargine 18 units nocte.", set()),
        ("60 M, 80 kg, eGFR 90, NKDA. Prescribe insulin glargine 180U nocte.", {"stop"}),
        ("男，54岁，体重83kg，eGFR 90，无过敏史。甘精胰岛素 18U 睡前皮下注射。", set()),
        ("男，54岁，体重83kg，eGFR 90，无过敏史。甘精胰岛素 180U 睡前皮下注射。", {"stop"}),
    ],
)
def test_units_written_short_stop_nobody(chart: str, severities: set[str]) -> None:
    language = "zh" if chart[0] == "男" else "en"
    alerts = [a for a in alerts_for({"chart": chart, "language": language}) if a.kind.value == "dose"]
    assert {a.severity.value for a in alerts} == severities


def test_two_medicines_long_taken_together_are_at_most_a_caution() -> None:
    taken = alerts_for({"chart": "60 M, eGFR 90, NKDA. Regular meds: bisoprolol 5 mg, verapamil 120 mg."})
    started = alerts_for(
        {"chart": "60 M, eGFR 90, NKDA. Regular meds: bisoprolol 5 mg. Start verapamil 120 mg."}
    )
    assert {a.severity.value for a in taken if a.kind.value == "interaction"} == {"caution"}
    assert {a.severity.value for a in started if a.kind.value == "interaction"} == {"stop"}


def test_a_row_nobody_checked_says_so_in_its_evidence() -> None:
    alerts = alerts_for({"chart": "60 M, eGFR 20, NKDA. Start metformin 500 mg BD and lithium 400 mg nocte."})
    texts = [e.quote for alert in alerts for e in alert.evidence if e.kind.value == "formulary"]
    assert [t for t in texts if "lithium" in t and "unchecked" in t]
    assert [t for t in texts if "metformin" in t and "unchecked" not in t]
