from __future__ import annotations

from datetime import UTC, datetime

import pytest

from assistant.domain.answer import Alert, AlertKind, Answer, Origin, Section, Sentence, Severity, Verdict
from assistant.domain.evidence import Evidence, EvidenceKind
from assistant.errors import BadInput
from assistant.ui import editing
from knowledge.formulary import open_formulary

PLACE = Evidence(EvidenceKind.RECORD, "n1", "Lisinopril was held for acute kidney injury.", 0, 44)
OLD = Sentence("Lisinopril was held.", Verdict.SUPPORTED, Origin.MODEL, (PLACE,))
ANSWER = Answer(
    "discharge",
    "en",
    "none",
    (Section("hospital_course", "Hospital course", (OLD,)), Section("signature", "Signature", (OLD,))),
)
DRUGS = open_formulary()


def _edited(at: str, text: str) -> Answer:
    return editing.with_edit(ANSWER, at, text, None, DRUGS)


def test_an_edit_that_the_evidence_bears_out_is_supported_and_the_clinicians() -> None:
    new = (
        _edited("hospital_course:0", "Lisinopril was held for acute kidney injury.").sections[0].sentences[0]
    )
    assert (new.verdict, new.origin, new.evidence) == (Verdict.SUPPORTED, Origin.CLINICIAN, (PLACE,))


def test_an_edit_with_a_number_from_nowhere_stands_as_unverified_with_the_reason() -> None:
    new = _edited("hospital_course:0", "Lisinopril 40 mg was held.").sections[0].sentences[0]
    assert new.verdict is Verdict.UNSUPPORTED
    assert new.reason
    assert new.evidence == ()


def test_an_empty_edit_removes_the_sentence_and_the_section_becomes_missing() -> None:
    changed = _edited("hospital_course:0", "  ")
    assert changed.sections[0].sentences == ()
    assert changed.missing == ("hospital_course",)


def test_adding_a_sentence_fills_a_missing_section() -> None:
    empty = _edited("hospital_course:0", "")
    filled = editing.with_edit(empty, "hospital_course:+", "She went home.", None, DRUGS)
    assert [s.text for s in filled.sections[0].sentences] == ["She went home."]
    assert filled.missing == ()
    assert "She went home." in filled.text


def test_the_same_words_change_nothing() -> None:
    assert _edited("hospital_course:0", OLD.text) is ANSWER


@pytest.mark.parametrize(
    "at", ["hospital_course:7", "nowhere:0", "hospital_course:-1", "hospital_course", ""]
)
def test_a_place_that_is_not_there_is_refused(at: str) -> None:
    with pytest.raises(BadInput):
        _edited(at, "x")


def test_a_very_long_sentence_is_refused() -> None:
    with pytest.raises(BadInput, match="2,000"):
        _edited("hospital_course:0", "x" * 2001)


def test_a_signed_document_names_its_signer_in_place_of_the_open_line() -> None:
    signed = editing.as_signed(ANSWER, "Dr A", datetime(2026, 3, 5, 8, tzinfo=UTC), "ab" * 32)
    assert "Dr A" in signed.sections[1].sentences[0].text
    assert signed.sections[0] == ANSWER.sections[0]


def test_only_stop_alerts_have_to_be_settled_and_each_once() -> None:
    stop = Alert(AlertKind.ALLERGY, Severity.STOP, "penicillin")
    answer = Answer(
        "discharge", "en", "none", alerts=(stop, stop, Alert(AlertKind.DOSE, Severity.CAUTION, "x"))
    )
    assert editing.stops(answer) == (stop,)
