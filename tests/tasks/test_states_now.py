"""Advice that the state at the end of the stay turns wrong is left out, and stays for everybody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assistant.safety.patient_state import patient_state
from assistant.tasks.fitting import Fit
from assistant.tasks.states_now import avoided_medicines, marks_now
from tests.turns import chart

if TYPE_CHECKING:
    from knowledge.formulary import Formulary

HEAD = (
    "Patient: Mrs R Sample, 44 F\nAdmitted 2026-02-03. Discharged 2026-02-06.\nDiagnoses:\n1. Heart failure\n"
)


@pytest.mark.parametrize(
    ("said", "mark"),
    [
        ("Imaging: CT chest: 11 mm spiculated RUL nodule, new since 2022.", "LUNG_NODULE"),
        ("Hospital course: goes home on long-term oxygen 2 L/min for 16 hours a day.", "HOME_OXYGEN"),
        ("Social history: last cigarette 01/02.", "HAS_QUIT"),
        ("Social history: quit smoking in 2024.", "HAS_QUIT"),
        ("Social history: ex-smoker 2019.", "HAS_QUIT"),
        ("Instructions: Contraception: sterilized.", "STERILISED"),
        ("Hospital course: bilateral salpingectomy done.", "STERILISED"),
        ("Past history: hysterectomy 2015.", "STERILISED"),
        ("Condition at discharge: NYHA III.", "LIMITED_EXERTION"),
        ("Condition at discharge: walks 150 ft with a walker.", "LIMITED_EXERTION"),
        ("Condition at discharge: mMRC 4.", "LIMITED_EXERTION"),
        ("出院情况：心功能Ⅲ级，步行30米气促。", "LIMITED_EXERTION"),
        ("Condition at discharge: BP 104/62.", "LOW_PRESSURE"),
        ("Social history: abstinent since October.", "WITHDRAWAL_OVER"),
    ],
)
def test_a_state_told_sets_its_mark(said: str, mark: str, formulary: Formulary) -> None:
    assert mark in marks_now(chart(formulary, f"{HEAD}{said}\n"))


@pytest.mark.parametrize(
    "said",
    [
        "Imaging: CT chest: no nodule above 4 mm.",
        "Hospital course: oxygen weaned off, no home oxygen needed.",
        "Social history: smokes 10 a day, wants to quit.",
        "Social history: advised to stop smoking.",
        "Instructions: discussed sterilisation, declined.",
        "Family history: mother had a hysterectomy.",
        "Condition at discharge: NYHA II.",
        "Condition at discharge: NYHA III on admission, NYHA II now.",
        "Condition at discharge: walks 400 m alone.",
        "Condition at discharge: BP 134/82.",
        "Social history: last drink 01/02, drinks 40 units a week.",
    ],
)
def test_a_look_alike_sets_none(said: str, formulary: Formulary) -> None:
    assert marks_now(chart(formulary, f"{HEAD}{said}\n")) == []


LONG_STAY = "Patient: Mr A Sample, 58 M\nAdmitted 02/09/2025. Discharged 15/09/2025.\nDiagnoses:\n"


@pytest.mark.parametrize(
    ("text", "doc_id", "part", "sentence", "left_out"),
    [
        ("1. Alcohol-related cirrhosis\n", "alcohol-withdrawal-nice-cg100-asam-2020", "red_flags", "A seizure during withdrawal needs emergency care.", True),
        ("1. Alcohol withdrawal delirium\n", "alcohol-withdrawal-nice-cg100-asam-2020", "red_flags", "A seizure during withdrawal needs emergency care.", False),
        ("1. Type 2 diabetes\nDischarge BP 104/62\n", "type-2-diabetes-ada-2026", "goals", "Blood pressure: below 130/80 mmHg if it can be reached safely.", True),
        ("1. Cirrhosis with ascites\n2. Type 2 diabetes\nDischarge BP 128/70\n", "type-2-diabetes-ada-2026", "goals", "Blood pressure: below 130/80 mmHg if it can be reached safely.", True),
        ("1. Type 2 diabetes\nDischarge BP 142/80\n", "type-2-diabetes-ada-2026", "goals", "Blood pressure: below 130/80 mmHg if it can be reached safely.", False),
        ("1. 2型糖尿病\n出院血压100/60mmHg\n", "type-2-diabetes-cds-2024", "goals", "血压：<130/80 mmHg，3个月内达标。", True),
        ("1. Type 2 diabetes\nDischarge medications:\ninsulin glargine 14 units nocte\n", "type-2-diabetes-ada-2026", "actions", "Review the need for sulfonylureas and mealtime insulin when another medicine is added.", True),
        ("1. Type 2 diabetes\nDischarge medications:\ngliclazide 80 mg bd\n", "type-2-diabetes-ada-2026", "actions", "Review the need for sulfonylureas and mealtime insulin when another medicine is added.", False),
        ("1. Osteoporosis, hip fracture\nDischarge medications:\ndenosumab 60 mg 6-monthly\n", "osteoporosis-nogg-2024", "goals", "Treatment: started within 3 months of a fragility fracture.", True),
        ("1. Osteoporosis, hip fracture\n", "osteoporosis-nogg-2024", "goals", "Treatment: started within 3 months of a fragility fracture.", False),
        ("1. COPD\nSocial history: 50 pack-years, smoking 5/day until admission; last cigarette 02/09.\n", "copd-gold-2026", "goals", "Smoking: stopped, with a quit date set at this visit.", True),
        ("1. COPD\nSocial history: smokes 5 a day.\n", "copd-gold-2026", "goals", "Smoking: stopped, with a quit date set at this visit.", False),
        ("1. COPD\nSocial history: smokes 5 a day.\nImaging: CT chest: 11 mm spiculated RUL nodule, new.\n", "copd-gold-2026", "follow_up", "Lung cancer screening: yearly low-dose CT at age 50–80 years.", True),
        ("1. COPD\nSocial history: smokes 5 a day.\n", "copd-gold-2026", "follow_up", "Lung cancer screening: yearly low-dose CT at age 50–80 years.", False),
        ("1. Gout\nDischarge medications:\nallopurinol 100 mg od\n", "gout-acr-2020", "for_patients", "Start your flare pills as soon as pain begins.", True),
        ("1. Gout\nDischarge medications:\ncolchicine 500 mcg bd prn\n", "gout-acr-2020", "for_patients", "Start your flare pills as soon as pain begins.", False),
        ("1. Hypertension\nCondition at discharge: NYHA III.\n", "hypertension-adults-esc-2024", "lifestyle_or_exercise", "Do at least 150 minutes a week of moderate aerobic exercise, or 75 minutes of vigorous exercise.", True),
        ("1. Hypertension\nCondition at discharge: walks 2 km.\n", "hypertension-adults-esc-2024", "lifestyle_or_exercise", "Do at least 150 minutes a week of moderate aerobic exercise, or 75 minutes of vigorous exercise.", False),
        ("1. Type 2 diabetes\nCondition at discharge: walks 40 m with a stick.\n", "type-2-diabetes-ada-2026", "for_patients", "Walk or move for 30 minutes on most days.", True),
        ("1. Type 2 diabetes\nCondition at discharge: walks 400 m.\n", "type-2-diabetes-ada-2026", "for_patients", "Walk or move for 30 minutes on most days.", False),
        ("1. COPD\nCondition at discharge: walks 40 m.\n", "pulmonary-rehabilitation-ats-2023", "goals", "Walking at home: 20–30 minutes on 5 days a week, by 12 weeks.", False),
        ("1. Knee replacement\nCondition at discharge: walks 30 m.\n", "total-knee-replacement-apta-2020-nice-ng157", "lifestyle_or_exercise", "Phase 4 (after 12 weeks): home or gym strength 2–3 days a week, and aerobic activity 150 minutes a week.", False),
    ],
)  # fmt: skip
def test_advice_fits_the_state_at_discharge(
    text: str, doc_id: str, part: str, sentence: str, left_out: bool, formulary: Formulary
) -> None:
    record = chart(formulary, LONG_STAY + text)
    fit = Fit.of(record, patient_state(record, formulary), formulary)
    assert fit.leaves_out(sentence, part, doc_id) is left_out


def test_nothing_is_said_of_a_next_pregnancy_after_sterilisation(formulary: Formulary) -> None:
    for said, left_out in (("Bilateral salpingectomy done.", True), ("Mirena fitted.", False)):
        record = chart(formulary, f"{HEAD}Hospital course: {said}\n")
        fit = Fit.of(record, patient_state(record, formulary), formulary)
        told = "Next pregnancy: plan early testing before it starts."
        assert fit.leaves_out(told, "follow_up") is left_out


@pytest.mark.parametrize(
    ("said", "avoided"),
    [
        ("Hospital course: gout flare treated; colchicine avoided given eGFR.", True),
        ("Plan: avoid colchicine.", True),
        ("Plan: colchicine is contraindicated.", True),
        ("Plan: no colchicine.", True),
        ("Plan: colchicine 500 mcg bd for flares.", False),
        ("Plan: avoid alcohol while on colchicine.", False),
    ],
)
def test_what_the_record_avoids_is_not_advised(said: str, avoided: bool, formulary: Formulary) -> None:
    record = chart(formulary, f"{HEAD}2. Gout\n{said}\n")
    assert ("colchicine" in avoided_medicines(record, formulary)) is avoided
    fit = Fit.of(record, patient_state(record, formulary), formulary)
    advice = "For a flare, low-dose colchicine is recommended over high-dose colchicine."
    assert fit.leaves_out(advice, "actions") is avoided
    assert not fit.leaves_out("Avoid colchicine with clarithromycin.", "actions")
