"""A lump that is looked into and oxygen at home reach the plan and the patient wherever the record tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assistant.tasks.discharge_facts import instruction_statements
from assistant.tasks.findings import home_oxygen, lumps
from tests.turns import answer, chart, services, texts

if TYPE_CHECKING:
    from knowledge.formulary import Formulary
    from knowledge.open import Library

HEAD = "Patient: Mr R Sample, 74 M\nAdmitted 2026-02-03. Discharged 2026-02-14.\nDiagnoses:\n1. COPD\n"


@pytest.mark.parametrize(
    "said",
    [
        "CT chest 05/02: 11 mm spiculated RUL nodule, new since 2022.",
        "CT abdomen: indeterminate 2.4 cm lesion of the left kidney.",
        "Chest X-ray: new 3 cm mass in the left upper lobe.",
        "胸部CT：右上肺新发结节12mm，边缘毛刺。",
    ],
)
def test_a_lump_with_a_reason_to_look_is_told(said: str, formulary: Formulary) -> None:
    assert list(lumps(chart(formulary, f"{HEAD}Hospital course: stable.\nImaging: {said}\n")))


@pytest.mark.parametrize(
    "said",
    [
        "CT chest 05/02: no new nodule above 4 mm.",
        "CT chest: 6 mm nodule, unchanged since 2019, benign.",
        "Ultrasound: no focal lesion.",
        "Wound: new 3 cm lesion on the heel.",
        "New 3 cm lesion of the colon, resected 06/02.",
        "胸部CT：右上肺结节12mm，较前无明显变化。",
    ],
)
def test_a_settled_or_absent_one_is_not(said: str, formulary: Formulary) -> None:
    assert not list(lumps(chart(formulary, f"{HEAD}Hospital course: stable.\nImaging: {said}\n")))


@pytest.mark.parametrize(
    "said",
    [
        "Home O2 organised: concentrator 1.5 L/min, at least 16 h/day.",
        "Long-term oxygen 2 L/min for 16 hours a day, including sleep.",
        "Goes home on LTOT 1 L/min.",
        "出院后家庭氧疗，每日15小时以上。",
    ],
)
def test_oxygen_at_home_reaches_the_patient(said: str, formulary: Formulary) -> None:
    record = chart(formulary, f"{HEAD}Hospital course: {said} Target SpO2 88-92%.\n")
    assert len(home_oxygen(record)) >= 1
    told = " ".join(s.text for s in instruction_statements(record))
    assert said.rstrip(".。") in told


@pytest.mark.parametrize(
    "said",
    [
        "Oxygen weaned off on day 3, no home oxygen needed.",
        "Does not meet criteria for home oxygen.",
        "Referred for home oxygen assessment.",
        "On 8 L/min oxygen in ED.",
        "Overnight O2 saturation 91% on air.",
        "无需家庭氧疗。",
    ],
)
def test_no_oxygen_is_made_of_its_absence_or_of_the_ward(said: str, formulary: Formulary) -> None:
    assert home_oxygen(chart(formulary, f"{HEAD}Hospital course: {said}\n")) == []


def test_the_plan_the_programme_and_the_sheet_hold_both(shelf: Library, formulary: Formulary) -> None:
    text = (
        f"{HEAD}Hospital course: home oxygen 1.5 L/min for 16 h/day organised.\n"
        "Imaging: CT chest 05/02: 11 mm spiculated RUL nodule, new since 2022.\n"
        "Instructions: fluid limit 1.5 L/day. Ring 000 for chest pain; ring the lung nurse 5320 0000 if sputum green.\n"
        "Code status: DNR/DNI, form completed.\n"
    )
    record = chart(formulary, text)
    plan = answer(services(shelf, formulary), "plan", record=record, language="en")
    assert "home oxygen 1.5 L/min" in texts(plan, "actions")
    assert "spiculated RUL nodule" in texts(plan, "follow_up")
    assert "luid limit 1.5 L/day" in texts(plan, "lifestyle_or_exercise")
    assert "DNR/DNI" in texts(plan, "goals")
    sheet = answer(services(shelf, formulary), "handout", record=record, language="en")
    assert "ome oxygen 1.5 L/min" in texts(sheet, "life_at_home")
    assert "needs more tests" in texts(sheet, "appointments")
    assert "Ring 000" in texts(sheet, "warning_signs")
    assert "5320 0000" in texts(sheet, "call_us")


@pytest.mark.parametrize("said", ["Full code.", "Previously DNR, now for full treatment."])
def test_a_full_status_is_no_limit(said: str, shelf: Library, formulary: Formulary) -> None:
    record = chart(formulary, f"{HEAD}Code status: {said}\n")
    plan = answer(services(shelf, formulary), "plan", record=record, language="en")
    assert "From the record" not in texts(plan, "goals")
