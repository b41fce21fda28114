"""Check-ins: asked by diagnosis, answered in people's words, triaged by the same rules as any message."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.domain.answer import Urgency
from assistant.records.reader import read_record
from assistant.tasks.check_in import nurse_list, read_answer, read_check_in, schedule
from knowledge.formulary import Formulary

TODAY = date(2026, 3, 1)
CHART = """WARD 3
Mr Ola Berg, 70 M
Admitted 02/02/2026. Discharged 09/02/2026.
Diagnoses: 1. Acute decompensated heart failure 2. Gout
Discharge medications: furosemide 40 mg od
"""


def test_the_questions_follow_the_diagnoses_and_the_days_count_from_discharge(formulary: Formulary) -> None:
    record = read_record(CHART, filename="chart.txt", formulary=formulary)
    visits = schedule(record, language="en", today=TODAY, formulary=formulary)
    assert [(v.day, v.on) for v in visits] == [
        (2, date(2026, 2, 11)),
        (7, date(2026, 2, 16)),
        (30, date(2026, 3, 11)),
    ]
    asked = {q.id for v in visits for q in v.questions}
    assert {"how", "medicines", "weight", "breath", "gout"} <= asked
    assert not asked & {"stroke_signs", "wound", "glucose", "reliever"}
    weight = next(q for q in visits[0].questions if q.id == "weight")
    assert weight.because is not None
    assert "heart failure" in weight.because.quote


@pytest.mark.parametrize(
    ("question", "answer", "urgency"),
    [
        ("how", "I have crushing chest pain and I am sweating", Urgency.EMERGENCY),
        ("how", "我胸口压得很痛，出冷汗", Urgency.EMERGENCY),
        ("stroke_signs", "his face is drooping and he cannot speak", Urgency.EMERGENCY),
        ("weight", "81 kg, up 3 kg since Monday", Urgency.URGENT),
        ("weight", "79 kg, up 0.5 kg", Urgency.ROUTINE),
        ("gout", "yes, the big toe", Urgency.URGENT),
        ("gout", "no", Urgency.SELF_CARE),
        ("medicines", "I ran out of the water tablet", Urgency.URGENT),
        ("medicines", "no, I have not missed any", Urgency.SELF_CARE),
        ("pressure", "150/90, 165/95, 148/88", Urgency.URGENT),
        ("pressure", "128/76, 130/80", Urgency.ROUTINE),
        ("falls", "没有", Urgency.SELF_CARE),
        ("falls", "有，昨天摔了一跤", Urgency.URGENT),
        ("visits", "", Urgency.ROUTINE),
        ("how", "not so good", Urgency.ROUTINE),
        ("how", "no better than last week", Urgency.ROUTINE),
        ("how", "不太舒服", Urgency.ROUTINE),
        ("how", "没有好转", Urgency.ROUTINE),
        ("how", "not bad, better every day", Urgency.SELF_CARE),
        ("how", "好多了", Urgency.SELF_CARE),
    ],
)
def test_an_answer_has_the_urgency_of_what_it_says(question: str, answer: str, urgency: Urgency) -> None:
    assert read_answer("p1", 2, question, answer).urgency is urgency


def test_the_nurse_sees_the_gravest_first_and_silence_too(formulary: Formulary) -> None:
    record = read_record(CHART, filename="chart.txt", formulary=formulary)
    first = schedule(record, language="en", today=TODAY, formulary=formulary)[0]
    readings = read_check_in(
        "p1",
        first,
        {"how": "fine", "weight": "up 4 kg", "breath": "I cannot breathe lying down, lips are blue"},
    )
    waiting = nurse_list(readings)
    assert waiting[0].question == "breath"
    assert waiting[0].urgency is Urgency.EMERGENCY
    assert "how" not in {r.question for r in waiting}
    assert any(r.question == "medicines" and "ask again" in r.why for r in waiting)


def test_an_unknown_question_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="expected one of"):
        read_answer("p1", 2, "colour", "blue")


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        ("Diagnoses:\n1. Left hip fracture\n", True),
        (
            "Diagnoses:\n1. Osteoarthritis of the knee\nProcedures:\nRight total knee replacement 03/02/2026\n",
            True,
        ),
        ("Diagnoses:\n1. Appendicitis\nProcedures:\nLaparoscopic appendicectomy 03/02/2026\n", True),
        (
            "Diagnoses:\n1. COPD exacerbation\nPast medical history: crush fractures 2023, right knee replacement 2019\n",
            False,
        ),
        ("Diagnoses:\n1. COPD exacerbation\n2. Osteoporosis, T8 and L1 fractures 2023\n", False),
        ("Diagnoses:\n1. COPD exacerbation\nProcedures:\nNon-invasive ventilation 03/02/2026\n", False),
    ],
)
def test_wound_and_calf_are_asked_about_after_what_this_stay_treated(
    told: str, asked: bool, formulary: Formulary
) -> None:
    text = f"Mr Ola Berg, 70 M\nAdmitted 02/02/2026. Discharged 09/02/2026.\n{told}"
    record = read_record(text, filename="chart.txt", formulary=formulary)
    visits = schedule(record, language="en", today=TODAY, formulary=formulary)
    found = {q.id for v in visits for q in v.questions}
    assert ({"wound", "calf"} <= found) is asked
    assert asked or not found & {"wound", "calf"}


@pytest.mark.parametrize(
    ("diagnoses", "medicines", "asked", "not_asked"),
    [
        ("1. NSTEMI (ST depression V3-V6)", "aspirin 75 mg od", {"chest", "bleeding", "spirits"}, {"mood"}),
        ("1. Cerebral infarction", "atorvastatin 80 mg nocte", {"stroke_signs"}, {"chest", "bleeding"}),
        ("1. Left leg cellulitis", "amoxicillin 1 g tds", {"fever"}, {"chest"}),
        ("1. Type 2 diabetes", "metformin 500 mg bd", {"glucose"}, {"ketones", "fever"}),
        ("1. Type 1 diabetes", "insulin glargine 10 units od", {"glucose", "ketones"}, set()),
        ("1. Depression with overdose", "sertraline 50 mg od", {"mood"}, {"spirits"}),
        ("1. Deep vein thrombosis", "apixaban 5 mg bd", {"bleeding"}, {"chest"}),
        ("1. Ureteric stone, ureteric stent", "paracetamol 1 g qds", set(), {"chest", "bleeding"}),
    ],
)
def test_questions_are_asked_by_the_illness_meant_and_by_the_medicines(
    diagnoses: str, medicines: str, asked: set[str], not_asked: set[str], formulary: Formulary
) -> None:
    text = f"Mr Ola Berg, 70 M\nAdmitted 02/02/2026. Discharged 09/02/2026.\nDiagnoses: {diagnoses}\nDischarge medications: {medicines}\n"
    record = read_record(text, filename="chart.txt", formulary=formulary)
    visits = schedule(record, language="en", today=TODAY, formulary=formulary)
    found = {q.id for v in visits for q in v.questions}
    assert asked <= found
    assert not found & not_asked
