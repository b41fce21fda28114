"""Bundles with notes: what the notes add, what they may not say twice, and what is told as a difference."""

from __future__ import annotations

import base64
from typing import Any

from assistant.domain.record import MedicationPhase, PatientRecord
from assistant.records.fhir import read_bundle
from knowledge.formulary import open_formulary

STAY = {"encounter": {"reference": "Encounter/stay"}}
DISCHARGE = [{"coding": [{"code": "discharge"}]}]


def made(kind: str, **parts: Any) -> dict[str, Any]:
    return {"resourceType": kind, **STAY, **parts}


def read(note: str, *resources: dict[str, Any], title: str = "Progress note") -> PatientRecord:
    text = {"contentType": "text/plain", "data": base64.b64encode(note.encode()).decode()}
    whole = [
        {"resourceType": "Patient", "id": "p", "name": [{"text": "Ann Example"}]},
        {
            "resourceType": "Encounter", "id": "stay", "status": "finished", "class": {"code": "IMP"},
            "period": {"start": "2024-05-01T08:00:00Z", "end": "2024-05-06T10:00:00Z"},
        },
        *({"id": f"r{number}", **resource} for number, resource in enumerate(resources)),
        {
            "resourceType": "DocumentReference", "id": "n", "status": "current", "date": "2024-05-03T09:00:00Z",
            "description": title, "content": [{"attachment": text}], "context": {"encounter": [STAY["encounter"]]},
        },
    ]  # fmt: skip
    return read_bundle(
        {"resourceType": "Bundle", "entry": [{"resource": r} for r in whole]}, formulary=open_formulary()
    )


def creatinine(value: float, day: str) -> dict[str, Any]:
    quantity = {"value": value, "unit": "mg/dL"}
    return made(
        "Observation",
        status="final",
        code={"text": "Creatinine"},
        valueQuantity=quantity,
        effectiveDateTime=f"{day}T06:00:00Z",
        category=[{"coding": [{"code": "laboratory"}]}],
    )


def test_a_coded_result_is_not_told_again_from_a_note_but_one_the_structure_lacks_is() -> None:
    record = read("Labs: Cr 1.4, Hb 121.\n", creatinine(1.4, "2024-05-03"))
    assert {(o.name, o.value) for o in record.observations} == {("Creatinine", "1.4"), ("Hb", "121")}
    assert not record.warnings


def test_a_result_that_differs_from_the_coded_one_of_that_day_is_told() -> None:
    record = read("Labs: Cr 2.4.\n", creatinine(1.4, "2024-05-03"))
    assert [o.value for o in record.observations] == ["1.4"]
    assert any("2.4" in w and "1.4" in w for w in record.warnings)


def test_coded_diagnoses_of_the_stay_leave_no_room_for_the_wording_of_a_plan() -> None:
    pneumonia = made("Condition", code={"text": "Pneumonia"}, onsetDateTime="2024-05-01")
    said = "Assessment:\n1. Pneumonia with hypoxemia.\n"
    assert [c.name for c in read(said, pneumonia).conditions if c.assertion == "present"] == ["Pneumonia"]
    assert any("emia" in c.name for c in read(said).conditions)


def test_an_allergy_under_another_name_is_one_allergy_and_another_drug_is_a_second() -> None:
    coded = {**made("AllergyIntolerance", code={"text": "Trimethoprim and sulfamethoxazole"})}
    record = read("Allergies: co-trimoxazole - rash.\n", coded)
    assert len(record.allergies) == 1
    record = read("Allergies: codeine - rash.\n", coded)
    assert len(record.allergies) == 2


def test_an_allergy_in_a_note_against_none_known_is_kept_and_told() -> None:
    none = {
        **made(
            "AllergyIntolerance", code={"text": "No known drug allergy", "coding": [{"code": "409137002"}]}
        )
    }
    record = read("Allergies: penicillin - anaphylaxis.\n", none)
    assert [a.substance.casefold() for a in record.allergies if not a.none_known] == ["penicillin"]
    assert any("none known" in w for w in record.warnings)


def test_an_arrangement_of_the_same_day_and_place_is_told_once_and_advice_stays() -> None:
    booked = {
        "resourceType": "Appointment", "status": "booked", "description": "Stroke clinic",
        "start": "2024-06-20T10:00:00Z",
    }  # fmt: skip
    record = read("Follow-up: stroke clinic 20 June. Memory screen by the GP in 3 months.\n", booked)
    texts = [f.text for f in record.follow_ups]
    assert texts[0] == "Stroke clinic"
    assert not any("20 June" in text for text in texts)
    assert any("Memory screen" in text for text in texts)


def drug(**parts: Any) -> dict[str, Any]:
    return made(
        "MedicationRequest",
        status="active",
        intent="order",
        authoredOn="2024-05-06",
        category=DISCHARGE,
        **parts,
    )


def test_every_step_of_a_taper_is_kept_in_its_order() -> None:
    steps = [
        {"sequence": 2, "text": "20 mg once daily for 5 days"},
        {"sequence": 1, "text": "40 mg once daily for 5 days"},
    ]
    (found,) = read(
        "Well.", drug(medicationCodeableConcept={"text": "Prednisolone"}, dosageInstruction=steps)
    ).medications
    assert (found.dose, found.frequency) == (
        "40 mg",
        "once daily for 5 days; then 20 mg once daily for 5 days",
    )


def test_a_dosage_text_is_not_repeated_and_what_it_says_beyond_the_codes_is_kept() -> None:
    dosage = {
        "text": "500 mg by mouth twice daily with meals until 4 March",
        "route": {"text": "by mouth"},
        "timing": {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}},
        "doseAndRate": [{"doseQuantity": {"value": 500, "unit": "mg"}}],
    }
    (found,) = read(
        "Well.", drug(medicationCodeableConcept={"text": "Metformin"}, dosageInstruction=[dosage])
    ).medications
    assert (found.dose, found.route, found.frequency) == (
        "500 mg",
        "by mouth",
        "twice daily with meals until 4 March",
    )
    contrary = {**dosage, "text": "500 mg by mouth once daily"}
    (found,) = read(
        "Well.", drug(medicationCodeableConcept={"text": "Metformin"}, dosageInstruction=[contrary])
    ).medications
    assert found.frequency == "twice daily"


def test_the_list_of_a_discharge_note_is_no_home_list() -> None:
    record = read("Medications: apixaban 5 mg twice daily.\n", title="Discharge plan")
    assert {m.phase for m in record.medications} == {MedicationPhase.DISCHARGE}
    record = read("Home medications: apixaban 5 mg twice daily.\n", title="Discharge plan")
    assert {m.phase for m in record.medications} == {MedicationPhase.HOME}


def test_a_struck_out_result_of_a_note_stays_known_as_such_beside_the_coded_one() -> None:
    record = read("Labs: Cr 9.9 (haemolysed sample, error).\n", creatinine(1.4, "2024-05-03"))
    struck = [o for o in record.observations if o.assertion == "erroneous"]
    assert [o.place.document_id for o in struck] == ["DocumentReference/n"]
    assert not record.warnings
