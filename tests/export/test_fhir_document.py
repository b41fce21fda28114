"""The exported document is valid FHIR R4, says what it is, and carries no markup of ours or theirs."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
from fhir.resources.R4B import get_fhir_model_class

from assistant.domain.answer import (
    Alert,
    AlertKind,
    Answer,
    MedicationChange,
    MedicineRow,
    MedicineState,
    Origin,
    Section,
    Sentence,
    Settled,
    Severity,
    Verdict,
)
from assistant.domain.evidence import Evidence, EvidenceKind
from assistant.domain.record import (
    Allergy,
    Assertion,
    Condition,
    DiagnosisRole,
    Encounter,
    MedicationAction,
    MedicationPhase,
    MedicationStatement,
    Patient,
    PatientRecord,
    Place,
    SourceDocument,
)
from assistant.export.fhir_document import Signature, fhir_document

NOW = datetime(2025, 3, 12, 10, 0, tzinfo=UTC)
SIGNED = Signature("Dr A. Reviewer", datetime(2025, 3, 12, 11, 0, tzinfo=UTC), "ab" * 32)
TEXT = "Pneumonia. PE ruled out. Amoxicillin 500 mg tds. Penicillin allergy. Lisinopril held."


def place(words: str) -> Place:
    start = TEXT.index(words)
    return Place("chart", start, start + len(words), words)


def record() -> PatientRecord:
    return PatientRecord(
        "r1",
        "en",
        (SourceDocument("chart", "Chart", TEXT, "chart"),),
        patient=Patient("Ada Example", "1950-02-03", None, "female", "H-1"),
        encounter=Encounter("e1", "2025-03-01", "2025-03-08T10:00", reason="cough"),
        conditions=(
            Condition("Asthma", Assertion.PRESENT, DiagnosisRole.COMORBIDITY, place("Pneumonia")),
            Condition(
                "Pneumonia", Assertion.PRESENT, DiagnosisRole.PRINCIPAL, place("Pneumonia"), onset="2025-03"
            ),
            Condition("PE", Assertion.RULED_OUT, DiagnosisRole.SECONDARY, place("PE ruled out")),
        ),
        medications=(
            MedicationStatement(
                "Amoxicillin",
                MedicationPhase.DISCHARGE,
                MedicationAction.TAKE,
                place("Amoxicillin 500 mg tds"),
            ),
            MedicationStatement(
                "Lisinopril", MedicationPhase.DISCHARGE, MedicationAction.HOLD, place("Lisinopril held")
            ),
        ),
        allergies=(Allergy("Penicillin", place("Penicillin allergy"), reaction="rash"),),
    )


def sentence(text: str, words: str, change: MedicationChange | None = None) -> Sentence:
    where = place(words)
    cited = Evidence(EvidenceKind.RECORD, "chart", words, where.start, where.end)
    return Sentence(text, Verdict.SUPPORTED, Origin.RECORD, (cited,), change)


def answer(language: str = "en", course: str = "Treated for pneumonia.") -> Answer:
    return Answer(
        "discharge",
        language,
        "model-x",
        (
            Section("diagnoses", "Diagnoses", (sentence("Pneumonia", "Pneumonia"),)),
            Section("hospital_course", "Hospital course", (sentence(course, "Pneumonia"),)),
            Section(
                "medications",
                "Medicines",
                (
                    sentence("New: Amoxicillin 500 mg tds.", "Amoxicillin 500 mg tds", MedicationChange.NEW),
                    sentence("Stop for now (hold): Lisinopril.", "Lisinopril held", MedicationChange.STOPPED),
                ),
            ),
            Section("allergies", "Allergies", (sentence("Penicillin: rash", "Penicillin allergy"),)),
            Section("pending_results", "Pending results", ()),
        ),
    )


def resources(document: dict, kind: str) -> list[dict]:
    return [e["resource"] for e in document["entry"] if e["resource"]["resourceType"] == kind]


@pytest.mark.parametrize("signature", [None, SIGNED], ids=["draft", "signed"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_bundle_and_each_resource_validate_as_fhir_r4(language: str, signature: Signature | None) -> None:
    document = fhir_document(answer(language), record(), signature=signature, now=NOW)
    get_fhir_model_class("Bundle").model_validate(json.loads(json.dumps(document)))
    for entry in document["entry"]:
        get_fhir_model_class(entry["resource"]["resourceType"]).model_validate(entry["resource"])
    assert document["entry"][0]["resource"]["resourceType"] == "Composition"


def test_every_reference_resolves_inside_the_bundle() -> None:
    document = fhir_document(answer(), record(), signature=SIGNED, now=NOW)
    urls = {entry["fullUrl"] for entry in document["entry"]}
    assert set(re.findall(r'"reference": "([^"]+)"', json.dumps(document))) <= urls


def test_a_draft_is_preliminary_and_labelled_in_words_and_in_metadata() -> None:
    document = fhir_document(answer(), record(), now=NOW)
    composition = resources(document, "Composition")[0]
    assert composition["status"] == "preliminary"
    assert "attester" not in composition
    assert "AI-assisted draft" in composition["text"]["div"]
    assert "AI-assisted draft" in composition["title"]
    assert "AI-assisted draft" in composition["extension"][0]["valueString"]
    assert composition["meta"]["tag"][0]["code"] == "ai-assisted-draft"


def test_a_signed_document_is_final_names_who_signed_and_still_says_how_it_was_made() -> None:
    document = fhir_document(answer(), record(), signature=SIGNED, now=NOW)
    composition = resources(document, "Composition")[0]
    assert composition["status"] == "final"
    assert composition["attester"][0]["party"]["display"] == "Dr A. Reviewer"
    assert "AI-assisted" in composition["text"]["div"]
    assert composition["attester"][0]["time"] == "2025-03-12T11:00:00+00:00"
    assert "ab" * 32 in json.dumps(composition["extension"])
    assert "draft" not in composition["title"]


def test_text_cannot_become_markup() -> None:
    hostile = '<script>alert(1)</script><img src=x> & \x07 ]]> "quoted"'
    document = fhir_document(answer(course=hostile), record(), now=NOW)
    for section in resources(document, "Composition")[0]["section"]:
        root = ElementTree.fromstring(section["text"]["div"])
        assert {e.tag.rpartition("}")[2] for e in root.iter()} <= {
            "div",
            "p",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
        }
    assert "<script" not in json.dumps(document)


def test_problems_are_what_the_patient_has_principal_first() -> None:
    document = fhir_document(answer(), record(), now=NOW)
    assert [c["code"]["text"] for c in resources(document, "Condition")] == ["Pneumonia", "Asthma"]


def test_medicines_are_statements_with_their_change_and_never_orders() -> None:
    document = fhir_document(answer(), record(), now=NOW)
    found = {
        m["medicationCodeableConcept"]["text"]: m["status"]
        for m in resources(document, "MedicationStatement")
    }
    assert found == {"Amoxicillin": "active", "Lisinopril": "on-hold"}
    assert not resources(document, "MedicationRequest")


def test_alerts_travel_with_the_document() -> None:
    alert = Alert(AlertKind.ALLERGY, Severity.STOP, "Amoxicillin: penicillin allergy (rash) is recorded.")
    document = fhir_document(replace(answer(), alerts=(alert,)), record(), now=NOW)
    first = resources(document, "Composition")[0]["section"][0]
    assert "STOP: Amoxicillin: penicillin allergy" in first["text"]["div"]
    get_fhir_model_class("Bundle").model_validate(json.loads(json.dumps(document)))


def test_a_chinese_draft_is_labelled_in_chinese() -> None:
    composition = resources(fhir_document(answer("zh"), record(), now=NOW), "Composition")[0]
    assert composition["title"] == "出院记录 - 人工智能辅助草稿"
    assert "草稿" in composition["text"]["div"]


def test_an_empty_required_section_is_said_to_be_missing() -> None:
    sections = resources(fhir_document(answer(), record(), now=NOW), "Composition")[0]["section"]
    pending = next(s for s in sections if s["title"] == "Pending results")
    assert "Not found in the record" in pending["text"]["div"]
    assert pending["emptyReason"]["coding"][0]["code"] == "unavailable"


def test_a_record_without_a_stay_or_a_name_still_makes_a_valid_document() -> None:
    document = fhir_document(answer(), PatientRecord("r2", "en", ()), now=NOW)
    get_fhir_model_class("Bundle").model_validate(json.loads(json.dumps(document)))
    assert not resources(document, "Encounter")


def test_the_same_answer_at_the_same_time_is_the_same_document() -> None:
    assert fhir_document(answer(), record(), now=NOW) == fhir_document(answer(), record(), now=NOW)


def test_the_medicines_are_a_table_of_home_and_discharge_and_the_sources_travel_too() -> None:
    row = MedicineRow(MedicineState.CHANGED, "Amoxicillin <b>", "250 mg bd", "500 mg tds", "worse cough")
    old = answer().sections[2].sentences[0]
    section = Section("medications", "Medicines", (replace(old, medicine=row),))
    document = fhir_document(replace(answer(), sections=(section,)), record(), now=NOW)
    medicines, sources = resources(document, "Composition")[0]["section"]
    cells = [c.text for c in ElementTree.fromstring(medicines["text"]["div"]).iter() if c.tag.endswith("}td")]
    assert cells == ["changed", "Amoxicillin <b>", "250 mg bd", "500 mg tds", "worse cough", "R1"]
    assert "[R1]" in sources["text"]["div"]
    assert "Amoxicillin 500 mg tds" in sources["text"]["div"]
    note = resources(document, "MedicationStatement")[0]["note"][0]["text"]
    assert note == "Reconciliation: changed; before admission: 250 mg bd; at discharge: 500 mg tds"
    get_fhir_model_class("Bundle").model_validate(json.loads(json.dumps(document)))


def test_a_line_that_is_not_borne_out_stays_a_sentence_marked_as_such() -> None:
    row = MedicineRow(MedicineState.NEW, "Amoxicillin", "", "5 g tds", "")
    old = replace(answer().sections[2].sentences[0], medicine=row, verdict=Verdict.UNSUPPORTED)
    document = fhir_document(
        replace(answer(), sections=(Section("medications", "M", (old,)),)), record(), now=NOW
    )
    said = resources(document, "Composition")[0]["section"][0]["text"]["div"]
    assert "<table" not in said
    assert "(unverified)" in said


@pytest.mark.parametrize(
    ("task", "code"),
    [
        ("discharge", "18842-5"),
        ("note", "34131-3"),
        ("admission", "34117-2"),
        ("referral", "57133-1"),
        ("handover", "61143-4"),
    ],
)
def test_each_kind_of_document_has_its_loinc_code_and_is_labelled_a_draft(task: str, code: str) -> None:
    document = fhir_document(replace(answer(), task=task), record(), now=NOW)
    composition = resources(document, "Composition")[0]
    assert composition["type"]["coding"][0]["code"] == code
    assert "AI-assisted draft" in composition["title"]
    get_fhir_model_class("Bundle").model_validate(json.loads(json.dumps(document)))


def test_what_was_settled_before_signing_travels_with_its_reason_and_name() -> None:
    settled = Settled(
        "alert:1", "Penicillin allergy", "Rash only, tested negative", "Dr A", "2025-03-12T10:30:00+00:00"
    )
    document = fhir_document(replace(answer(), settled=(settled,)), record(), signature=SIGNED, now=NOW)
    said = json.dumps(resources(document, "Composition")[0]["section"])
    assert "Settled before signing" in said
    assert "Rash only, tested negative (Dr A, 2025-03-12 10:30 UTC)" in said
