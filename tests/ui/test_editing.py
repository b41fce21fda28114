from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from assistant.domain.answer import (
    Alert,
    AlertKind,
    Answer,
    Origin,
    Section,
    Sentence,
    Severity,
    Verdict,
    Withheld,
)
from assistant.domain.evidence import Evidence, EvidenceKind
from assistant.domain.open_points import PointKind, open_points
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


NOW = datetime(2026, 3, 5, 9, tzinfo=UTC)
STOP = Alert(AlertKind.ALLERGY, Severity.STOP, "penicillin")
WITH_ALERTS = replace(ANSWER, alerts=(STOP, STOP, Alert(AlertKind.DOSE, Severity.NOTE, "usual dose")))


def test_a_point_is_settled_with_a_reason_and_a_name_and_stays_settled_while_it_is_the_same() -> None:
    (point,) = open_points(WITH_ALERTS)
    settled = editing.with_settled(WITH_ALERTS, point.key, " Test was  negative ", "Dr A", NOW)
    assert open_points(settled) == ()
    assert settled.settled[0].reason == "Test was negative"
    assert settled.settled[0].by == "Dr A"
    assert "Test was negative" in settled.text
    other = replace(settled, alerts=(replace(STOP, text="cefazolin"),))
    assert [p.text for p in open_points(other)] == ["cefazolin"]


@pytest.mark.parametrize("reason", ["", "   ", "x" * 2001])
def test_without_a_reason_nothing_is_settled(reason: str) -> None:
    with pytest.raises(BadInput):
        editing.with_settled(WITH_ALERTS, open_points(WITH_ALERTS)[0].key, reason, "Dr A", NOW)


def test_one_reason_may_close_all_points_of_a_kind_and_no_other() -> None:
    answer = replace(ANSWER, alerts=(STOP, replace(STOP, text="cefazolin")), missing=("hospital_course",))
    settled = editing.with_settled(answer, "alert:*", "Seen", "Dr A", NOW)
    assert [p.kind for p in open_points(settled)] == [PointKind.MISSING]
    with pytest.raises(BadInput):
        editing.with_settled(settled, "alert:*", "Seen", "Dr A", NOW)


def test_a_withheld_sentence_is_taken_in_as_the_clinicians_and_checked_again() -> None:
    answer = replace(ANSWER, withheld=(Withheld("She had a fall.", "not in the evidence"),))
    taken = editing.with_taken(answer, 0, "hospital_course", "She had a fall.", None, DRUGS)
    new = taken.sections[0].sentences[-1]
    assert (new.text, new.origin, new.verdict) == ("She had a fall.", Origin.CLINICIAN, Verdict.UNSUPPORTED)
    assert taken.withheld == ()
    assert [p.kind for p in open_points(taken)] == [PointKind.OWN]


@pytest.mark.parametrize(
    ("index", "key", "text"), [(1, "hospital_course", "x"), (0, "nowhere", "x"), (0, "hospital_course", " ")]
)
def test_what_is_not_withheld_and_where_there_is_no_section_nothing_is_taken_in(
    index: int, key: str, text: str
) -> None:
    answer = replace(ANSWER, withheld=(Withheld("She had a fall.", "why"),))
    with pytest.raises(BadInput):
        editing.with_taken(answer, index, key, text, None, DRUGS)
