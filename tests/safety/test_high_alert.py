"""Deadly routes, potassium drips, opioid switches, two names of one medicine: each with its sound look-alike."""

from __future__ import annotations

import pytest

from assistant.records.chart import read_chart
from assistant.safety.cross_checks import cross_check, ordered_medicines

HEAD = "60 M, eGFR 90, K 3.0, NKDA. "


def stops(text: str, language: str = "en") -> list[str]:
    record = read_chart(text if language == "zh" else HEAD + text)
    found = cross_check(record, ordered_medicines(record), language=language)
    return [alert.text for alert in found if alert.severity.value == "stop"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Potassium chloride 20 mmol IV push over 5 minutes.", "stops the heart"),
        ("Potassium chloride 40 mmol in 100 mL saline over 1 hour by the hand vein.", "mmol a litre"),
        ("Plan: intrathecal vincristine 2 mg.", "intrathecal"),
        ("Insulin glargine 20 units IV now.", "by vein"),
        ("Benzathine penicillin 2.4 million units IV stat.", "by vein"),
        ("Morphine SR 30 mg q12h. Switch to fentanyl patch 100 mcg/h every 72 hours.", "4.0 times"),
        ("Oxycodone MR 20 mg BD. Convert to hydromorphone 24 mg BD by mouth.", "4.0 times"),
        ("OxyContin 20 mg BD (ward), Longtec 20 mg BD (GP), OxyNorm 5 mg PRN.", "same medicine"),
        ("On apixaban 5 mg BD. Stroke 1 hour ago. Plan: alteplase 60 mg.", "intracranial"),
    ],
)
def test_the_error_is_stopped(text: str, words: str) -> None:
    assert any(words in said for said in stops(text)), stops(text)


@pytest.mark.parametrize(
    "text",
    [
        "Potassium chloride 20 mmol in 1 L saline over 8 hours; never give potassium chloride as a bolus.",
        "Potassium chloride 20 mmol in 100 mL over 1 hour by central line.",
        "Vincristine 2 mg IV, intrathecal methotrexate 12 mg on day 2.",
        "Continue Lantus 20 units nocte and start IV insulin (Actrapid) 6 units/h.",
        "Bupivacaine spinal 12 mg, IV paracetamol 1 g.",
        "Morphine SR 60 mg q12h. Switch to fentanyl patch 50 mcg/h every 72 hours, Oramorph 20 mg PRN.",
        "Fentanyl patch 75 mcg/h since May, changed then from MST 90 mg BD. Continue.",
        "Zomorph 30 mg BD switched to MST 30 mg BD.",
        "Zomorph 30 mg BD and Oramorph 10 mg PRN.",
    ],
)
def test_the_sound_look_alike_is_not(text: str) -> None:
    assert stops(text) == []


def test_a_supply_at_home_beside_the_list_is_told() -> None:
    text = "男，72岁，无药物过敏，eGFR 70。家中还有络活喜 5 mg 每日一片，说两种都在吃。\n出院带药：\n1. 苯磺酸氨氯地平片 5 mg 每日一次"
    assert any("同一药物" in said for said in stops(text, "zh"))


def test_a_supply_given_back_is_not() -> None:
    text = "男，72岁，无药物过敏，eGFR 70。家中还有络活喜 5 mg，已交药房销毁，不再服。\n出院带药：\n1. 苯磺酸氨氯地平片 5 mg 每日一次"
    assert stops(text, "zh") == []


def test_what_a_question_names_does_not_hide_the_ordered_dose() -> None:
    from assistant.safety.orders import OrderedMedicine

    record = read_chart("60 M on haemodialysis, NKDA. Start gabapentin 300 mg TDS.")
    asked = [*ordered_medicines(record), OrderedMedicine("gabapentin", "gabapentin", proposed=True)]
    assert any(a.severity.value == "stop" for a in cross_check(record, asked))
