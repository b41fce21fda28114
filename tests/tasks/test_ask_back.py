"""A deciding fact is asked for once, only where nobody said it, and never more than two."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assistant.records.reader import read_record
from assistant.tasks.ask_back import questions_back
from assistant.tasks.base import Request, Services, Turn

if TYPE_CHECKING:
    from knowledge.formulary import Formulary

WOMAN = "Ms A, 29 F\nAdmitted 02/02/2026. Discharged 03/02/2026.\nDiagnoses: asthma\n"
MAN = "Mr B, 60 M\nAdmitted 02/02/2026. Discharged 03/02/2026.\nDiagnoses: asthma\nAllergies: penicillin - rash\n"


def back(formulary: Formulary, question: str, chart: str | None = None, language: str = "en") -> list[str]:
    record = read_record(chart, filename="c.txt", formulary=formulary) if chart else None
    request = Request("ask", question, record, audience="patient", language=language)
    return questions_back(Turn(request, Services(library=None, formulary=formulary)))


@pytest.mark.parametrize(
    ("question", "chart", "wanted"),
    [
        ("Can I take ibuprofen for my back?", WOMAN, ["pregnant", "allergic"]),
        ("Can I take ibuprofen? I am not pregnant and have no allergies.", WOMAN, []),
        ("Can I take ibuprofen for my back?", MAN, []),
        ("I have a fever", None, ["temperature"]),
        ("I have a fever of 38.5", None, []),
        ("What is this tablet for?", None, ["Which medicine"]),
        ("What is my tablet amlodipine for?", None, []),
        ("I missed a dose of it", None, ["dose due"]),
        ("My blood pressure is high, am I ok?", None, ["reading"]),
        ("When is my next visit?", MAN, []),
    ],
)
def test_only_the_open_deciding_facts_are_asked(
    formulary: Formulary, question: str, chart: str | None, wanted: list[str]
) -> None:
    asked = back(formulary, question, chart)
    assert len(asked) == len(wanted)
    for words, sentence in zip(wanted, asked, strict=True):
        assert words in sentence


def test_the_question_is_asked_in_the_language_of_the_answer(formulary: Formulary) -> None:
    assert back(formulary, "我发烧了怎么办", language="zh") == ["体温多少度？从什么时候开始？"]


def test_never_more_than_two(formulary: Formulary) -> None:
    many = "I missed a dose of my medicine, have a fever, pain and my blood pressure is high: safe to take this tablet?"
    assert len(back(formulary, many, WOMAN)) == 2
