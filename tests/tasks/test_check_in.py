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
    visits = schedule(record, language="en", today=TODAY)
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
    first = schedule(record, language="en", today=TODAY)[0]
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
