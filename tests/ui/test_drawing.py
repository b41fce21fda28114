from __future__ import annotations

from dataclasses import replace

from assistant.domain.answer import (
    Alert,
    AlertKind,
    Answer,
    MedicationChange,
    Origin,
    RedFlag,
    Section,
    Sentence,
    Severity,
    Verdict,
    Withheld,
)
from assistant.domain.answer_json import answer_from_json
from assistant.domain.events import Finished, SentenceShown, Stage, StageName
from assistant.domain.evidence import Evidence, EvidenceKind
from assistant.ui.components import document_blocks, turn_blocks

PLACE = Evidence(EvidenceKind.RECORD, "n1", "eGFR 54", 3, 10, title="Labs", date="2026-03-05")
GUIDE = Evidence(EvidenceKind.GUIDELINE, "cap", "5 days", 0, 6, title="CAP", publisher="ATS", edition="2025")
ANSWER = Answer(
    task="ask",
    language="en",
    model="none",
    sections=(
        Section(
            "answer",
            "Answer",
            (
                Sentence("eGFR is 54.", Verdict.SUPPORTED, Origin.RECORD, (PLACE,)),
                Sentence("Treat for 5 days.", Verdict.SUPPORTED, Origin.GUIDELINE, (GUIDE, GUIDE)),
                Sentence("Perhaps more.", Verdict.PARTIAL, Origin.MODEL, (GUIDE,), reason="new word: more"),
            ),
        ),
    ),
    alerts=(
        Alert(AlertKind.DOSE, Severity.NOTE, "usual dose"),
        Alert(AlertKind.RENAL, Severity.CAUTION, "reduce"),
        Alert(AlertKind.ALLERGY, Severity.STOP, "penicillin", (PLACE,), ("amoxicillin",)),
    ),
    red_flags=(RedFlag("r", "Chest pain", "chest pain", "Call"),),
    withheld=(Withheld("<b>Give 500 mg</b>", "no such number"),),
)


def _kinds(blocks: list[dict]) -> list[str]:  # type: ignore[type-arg]
    return [b["kind"] for b in blocks]


def test_red_flags_come_before_alerts_and_stops_before_cautions_and_notes_are_folded() -> None:
    blocks = turn_blocks.finished(ANSWER, "en")
    loud = [b for b in blocks if b["kind"] == "alert"]
    assert [b["tone"] for b in loud] == ["red", "red", "amber"]
    assert loud[0]["title"].startswith("Emergency")
    folds = [b for b in blocks if b["kind"] == "fold"]
    assert [item["tone"] for item in folds[0]["items"]] == ["grey"]
    assert _kinds(blocks).index("alert") < _kinds(blocks).index("line")


def test_each_sentence_says_where_it_comes_from_and_how_sure_it_is() -> None:
    lines = [b for b in turn_blocks.finished(ANSWER, "en") if b["kind"] == "line"]
    assert [b["tone"] for b in lines] == ["record", "guideline", "partial"]
    assert [[m["mark"] for m in b["marks"]] for b in lines] == [["R1"], ["1"], ["1"]]
    assert lines[0]["why"] == ""
    assert "new word: more" in lines[2]["why"]


def test_withheld_sentences_are_folded_and_never_drawn_as_lines() -> None:
    blocks = turn_blocks.finished(ANSWER, "en")
    folded = [b for b in blocks if b["kind"] == "fold"][-1]
    assert any(item.get("text") == "“<b>Give 500 mg</b>”" for item in folded["items"])
    assert not any(b["kind"] == "line" and "500 mg" in b["text"] for b in blocks)


def test_a_running_turn_shows_a_stage_under_way_and_the_sentences_so_far() -> None:
    events = [
        Stage(StageName.GUARD, done=True, count=0),
        Stage(StageName.RETRIEVE),
        SentenceShown("answer", ANSWER.sections[0].sentences[0]),
    ]
    blocks = turn_blocks.running(events, "ask", "en")
    assert [(c["tone"], c["busy"]) for c in blocks[0]["items"]] == [("ok", False), ("", True)]
    assert [b["text"] for b in blocks if b["kind"] == "line"] == ["eGFR is 54."]
    assert Finished(ANSWER).answer is ANSWER


def test_medicines_become_a_table_with_the_change_and_a_held_one_says_so() -> None:
    rows = (
        Sentence(
            "New: levofloxacin 750 mg PO daily; pneumonia.",
            Verdict.SUPPORTED,
            Origin.RECORD,
            (PLACE,),
            MedicationChange.NEW,
        ),
        Sentence(
            "Stop for now (hold): lisinopril; restart: creatinine 1.1.",
            Verdict.SUPPORTED,
            Origin.RECORD,
            (PLACE,),
            MedicationChange.STOPPED,
        ),
    )
    answer = Answer("discharge", "en", "none", (Section("medications", "Medications", rows),))
    table = next(b for b in document_blocks.document(answer, "en", editable=True) if b["kind"] == "medicines")
    assert [r["change"]["text"] for r in table["rows"]] == ["new", "held"]
    assert table["rows"][0]["medicine"] == "levofloxacin 750 mg PO daily"
    assert table["rows"][0]["note"] == "pneumonia"
    assert table["rows"][1]["edit"] == "medications:1"


def test_a_medicine_that_is_not_supported_is_a_line_with_its_reason_not_a_row() -> None:
    row = Sentence(
        "New: aspirin 75 mg.", Verdict.UNSUPPORTED, Origin.CLINICIAN, (), MedicationChange.NEW, "not found"
    )
    answer = Answer("discharge", "en", "none", (Section("medications", "Medications", (row,)),))
    blocks = document_blocks.document(answer, "en", editable=False)
    assert [b["tone"] for b in blocks if b["kind"] == "line"] == ["unverified"]


def test_a_required_section_without_sentences_is_named_missing() -> None:
    answer = Answer(
        "discharge", "en", "none", (Section("procedures", "Procedures"),), missing=("procedures",)
    )
    blocks = document_blocks.document(answer, "en", editable=False)
    assert blocks[0]["chip"] == {"text": "missing", "tone": "amber"}
    assert blocks[1]["kind"] == "missing"


def test_an_answer_comes_back_from_storage_as_it_went() -> None:
    changed = replace(
        ANSWER,
        sections=(
            Section(
                "m", "M", (Sentence("x", Verdict.SUPPORTED, Origin.CLINICIAN, change=MedicationChange.NEW),)
            ),
        ),
    )
    for answer in (ANSWER, changed):
        assert answer_from_json(answer.to_json()) == answer
