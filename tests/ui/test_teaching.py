from __future__ import annotations

from assistant.domain.answer import Alert, AlertKind, Answer, Origin, Section, Sentence, Severity, Verdict
from assistant.domain.evidence import Evidence, EvidenceKind
from assistant.ui import patient_questions

PLACE = Evidence(EvidenceKind.RECORD, "n1", "HIV test pending", 0, 16)
GUIDE = Evidence(EvidenceKind.GUIDELINE, "cap", "Ibuprofen can harm kidneys.", 0, 27, title="Kidneys")
HANDOUT = Answer(
    "handout",
    "en",
    "none",
    (
        Section(
            "medicines",
            "Your medicines",
            (Sentence("Stop ibuprofen.", Verdict.SUPPORTED, Origin.RECORD, (PLACE,)),),
        ),
        Section("teach_back", "Show", (Sentence("Why stop ibuprofen?", Verdict.SUPPORTED, Origin.RULE),)),
    ),
)


def _texts(*sentences: Sentence, alerts: tuple[Alert, ...] = ()) -> list[str]:
    answer = Answer("ask", "en", "none", (Section("answer", "Answer", sentences),), alerts=alerts)
    return [b["text"] for b in patient_questions.for_patient("Can I take ibuprofen?", answer, HANDOUT, "en")]


def test_a_line_of_the_record_that_nobody_signed_never_reaches_the_patient() -> None:
    shown = _texts(
        Sentence("HIV test pending", Verdict.SUPPORTED, Origin.RECORD, (PLACE,)),
        Sentence("Your HIV test is pending.", Verdict.SUPPORTED, Origin.MODEL, (GUIDE, PLACE)),
    )
    assert not any("HIV" in text for text in shown)


def test_sourced_education_and_the_signed_handout_do_reach_the_patient() -> None:
    shown = _texts(Sentence("Ibuprofen can harm kidneys.", Verdict.SUPPORTED, Origin.GUIDELINE, (GUIDE,)))
    assert "Ibuprofen can harm kidneys." in shown
    assert "Stop ibuprofen." in shown
    assert "Why stop ibuprofen?" not in shown
    assert "From: Kidneys" in shown


def test_unverified_text_never_reaches_the_patient() -> None:
    for verdict in (Verdict.PARTIAL, Verdict.UNSUPPORTED, Verdict.UNPARSED):
        assert "Take two." not in _texts(Sentence("Take two.", verdict, Origin.MODEL, (GUIDE,)))


def test_a_stop_alert_about_a_medicine_asked_for_says_not_to_take_it_and_others_stay_with_the_clinician() -> (
    None
):
    stop = Alert(AlertKind.RENAL, Severity.STOP, "clinical words", (), ("ibuprofen",))
    other = Alert(AlertKind.INTERACTION, Severity.STOP, "rivaroxaban with apixaban", (), ("rivaroxaban",))
    shown = _texts(alerts=(stop, other))
    assert "Do not take ibuprofen before your care team has said so." in shown
    assert not any("rivaroxaban" in text or "clinical words" in text for text in shown)
