"""Questions: quoted where the guidelines answer, declined where they do not, alerts beside what is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assistant.domain.answer import Origin, Severity
from tests.turns import answer, chart, services, shown, texts

if TYPE_CHECKING:
    from knowledge.formulary import Formulary
    from knowledge.open import Library


@pytest.mark.parametrize(
    "question",
    [
        "What is the dose of zorblaxitin in community-acquired pneumonia?",
        "Who won the football world cup in 1998?",
        "How do I fix a flat bicycle tyre?",
    ],
)
def test_what_the_library_does_not_hold_is_declined(
    shelf: Library, formulary: Formulary, question: str
) -> None:
    result = answer(services(shelf, formulary), "ask", question=question)
    assert result.abstained
    assert not any(s.origin is Origin.GUIDELINE for s in shown(result))


def test_an_unknown_drug_is_named(shelf: Library, formulary: Formulary) -> None:
    question = "What is the dose of zorblaxitin in community-acquired pneumonia?"
    assert "zorblaxitin" in texts(answer(services(shelf, formulary), "ask", question=question))


def test_a_question_on_the_shelf_is_answered_in_the_guidelines_words(
    shelf: Library, formulary: Formulary
) -> None:
    result = answer(
        services(shelf, formulary), "ask", question="Which antibiotic treats community-acquired pneumonia?"
    )
    assert not result.abstained
    quoted = [s for s in shown(result) if s.origin is Origin.GUIDELINE]
    assert quoted
    for sentence in quoted:
        assert sentence.text == sentence.evidence[0].quote
        assert sentence.evidence[0].publisher
        assert sentence.evidence[0].edition


def test_a_drug_the_patient_is_allergic_to_raises_a_stop(shelf: Library, formulary: Formulary) -> None:
    result = answer(
        services(shelf, formulary), "ask", question="Can I give her amoxicillin?", record=chart(formulary)
    )
    stops = [a for a in result.alerts if a.severity is Severity.STOP]
    assert any("amoxicillin" in a.drugs for a in stops)
    assert any(e.kind.value == "record" for a in stops for e in a.evidence)


def test_a_drug_the_patient_may_have_raises_none(shelf: Library, formulary: Formulary) -> None:
    result = answer(
        services(shelf, formulary), "ask", question="Can I give her paracetamol?", record=chart(formulary)
    )
    assert not any("paracetamol" in a.drugs and a.severity is Severity.STOP for a in result.alerts)


def test_a_sentence_that_offers_a_stopped_drug_is_withheld_with_the_alert(
    shelf: Library, formulary: Formulary
) -> None:
    result = answer(
        services(shelf, formulary, "Amoxicillin is given for pneumonia [1]."),
        "ask",
        question="Which antibiotic treats community-acquired pneumonia?",
        record=chart(formulary),
    )
    offers = [
        s.text for s in shown(result) if "amoxicillin" in s.text.lower() and s.origin is not Origin.RECORD
    ]
    assert all("allerg" in text.lower() or "avoid" in text.lower() for text in offers)


def test_a_patient_is_sent_to_the_care_team(shelf: Library, formulary: Formulary) -> None:
    result = answer(
        services(shelf, formulary), "ask", question="How is high blood pressure treated?", audience="patient"
    )
    assert shown(result)[-1].text.startswith("Ask your care team")


def test_without_a_library_the_record_still_answers(formulary: Formulary) -> None:
    result = answer(
        services(None, formulary), "ask", question="What was the potassium?", record=chart(formulary)
    )
    assert "5.4" in texts(result)
    assert any("Guidelines are unavailable" in n for n in result.notices)
