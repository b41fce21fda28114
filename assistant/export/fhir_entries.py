"""Facts of a record as FHIR R4 resources for a document: Patient, Encounter, Condition, medicines, allergies.

Owns the mapping of single facts. Refuses to add what the record does not say: a code stands only where it was read.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from assistant.domain.answer import Answer, MedicationChange, Sentence
from assistant.domain.record import Assertion, Condition, DiagnosisRole, PatientRecord
from assistant.domain.stay import as_of_discharge

Resource = dict[str, Any]


@dataclass(frozen=True)
class Entry:
    url: str
    resource: Resource


_DATE = re.compile(
    r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01])(?:T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2}))?)?)?"
)


def fhir_date(moment: str | None) -> str | None:
    """The moment as FHIR ``dateTime``: at the precision it has; a clock time without a zone loses the clock."""
    text = (moment or "").strip()
    if _DATE.fullmatch(text):
        return text
    day = text[:10]
    return day if _DATE.fullmatch(day) else None


def _made(kind: str, url: str, **parts: Any) -> Entry:
    resource = {"resourceType": kind, "id": url.removeprefix("urn:uuid:"), **parts}
    return Entry(url, {key: value for key, value in resource.items() if value not in (None, [], {})})


def patient(record: PatientRecord, url: str) -> Entry:
    person = record.patient
    born = fhir_date(person.birth_date)
    return _made(
        "Patient",
        url,
        identifier=[{"value": person.mrn}] if person.mrn else None,
        name=[{"text": person.name}] if person.name else None,
        gender=person.sex,
        birthDate=born[:10] if born else None,
    )


def encounter(record: PatientRecord, url: str, subject: str) -> Entry | None:
    """The stay; None where the record has none."""
    stay = record.encounter
    if stay is None:
        return None
    start, end = fhir_date(stay.admitted), fhir_date(stay.discharged)
    period = {key: value for key, value in (("start", start), ("end", end)) if value}
    return _made(
        "Encounter",
        url,
        status="finished" if stay.discharged else "in-progress",
        **{
            "class": {
                "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
                "code": "IMP",
                "display": "inpatient encounter",
            }
        },
        type=[{"text": stay.type}] if stay.type else None,
        subject={"reference": subject},
        period=period,
        reasonCode=[{"text": stay.reason}] if stay.reason else None,
        hospitalization={"dischargeDisposition": {"text": stay.disposition}} if stay.disposition else None,
    )


def conditions(
    record: PatientRecord, url: Callable[[int], str], subject: str, stay: Entry | None
) -> list[Entry]:
    """What the patient has, principal first; ruled out, family and struck-out findings are no problems of theirs."""
    shown = [c for c in as_of_discharge(record).conditions if c.assertion is Assertion.PRESENT]
    shown.sort(key=lambda c: list(DiagnosisRole).index(c.role))
    unique = list({(c.name.casefold(), c.role): c for c in reversed(shown)}.values())[::-1]
    return [_condition(c, url(n), subject, stay) for n, c in enumerate(unique)]


def _condition(found: Condition, url: str, subject: str, stay: Entry | None) -> Entry:
    system = "http://terminology.hl7.org/CodeSystem"
    of_stay = stay is not None and found.role is not DiagnosisRole.COMORBIDITY
    ended = fhir_date(found.ended)
    return _made(
        "Condition",
        url,
        clinicalStatus={
            "coding": [{"system": f"{system}/condition-clinical", "code": "resolved" if ended else "active"}]
        },
        verificationStatus={"coding": [{"system": f"{system}/condition-ver-status", "code": "confirmed"}]},
        category=[
            {
                "coding": [
                    {
                        "system": f"{system}/condition-category",
                        "code": "encounter-diagnosis" if of_stay else "problem-list-item",
                    }
                ]
            }
        ],
        code=_concept(found.name, found.code),
        subject={"reference": subject},
        encounter={"reference": stay.url} if of_stay and stay is not None else None,
        onsetDateTime=fhir_date(found.onset),
        abatementDateTime=ended,
    )


def _concept(text: str, code: str | None) -> Resource:
    system, _, value = (code or "").partition("|")
    if not value or not re.fullmatch(r"\S+( \S+)*", value):
        return {"text": text}
    coding = {"code": value, "display": text}
    if re.fullmatch(r"\S+", system):
        coding["system"] = system
    return {"coding": [coding], "text": text}


_STATUS = {
    MedicationChange.NEW: "active",
    MedicationChange.CHANGED: "active",
    MedicationChange.CONTINUED: "active",
    MedicationChange.STOPPED: "stopped",
}


def medicines(answer: Answer, record: PatientRecord, url: Callable[[int], str], subject: str) -> list[Entry]:
    """The checked sentences of the medicine section as MedicationStatements: a list, never an order.

    The sentence is the dosage text, so that code and narrative cannot say different things.
    """
    lines = [
        s
        for section in answer.sections
        if section.key == "medications"
        for s in section.sentences
        if s.change
    ]
    return [_medicine(sentence, record, url(n), subject) for n, sentence in enumerate(lines)]


def _medicine(sentence: Sentence, record: PatientRecord, url: str, subject: str) -> Entry:
    cited = {(e.id, e.start) for e in sentence.evidence}
    named = [m for m in record.medications if (m.place.document_id, m.place.start) in cited]
    spoken = [m for m in named if m.name.casefold() in sentence.text.casefold()]
    name = (spoken or named)[-1].name if named else sentence.text
    change = sentence.change or MedicationChange.CONTINUED
    held = change is MedicationChange.STOPPED and re.search(
        r"\bhold\b|\bheld\b|暂停", sentence.text, re.IGNORECASE
    )
    return _made(
        "MedicationStatement",
        url,
        status="on-hold" if held else _STATUS[change],
        medicationCodeableConcept={"text": name},
        subject={"reference": subject},
        note=[{"text": _reconciliation(sentence, change)}],
        dosage=[{"text": sentence.text}],
    )


def _reconciliation(sentence: Sentence, change: MedicationChange) -> str:
    row = sentence.medicine
    if row is None:
        return f"Reconciliation: {change.value}"
    sides = (("before admission", row.home), ("at discharge", row.discharge))
    return "; ".join(
        [f"Reconciliation: {row.state.value}", *(f"{side}: {how}" for side, how in sides if how)]
    )


def allergies(record: PatientRecord, url: Callable[[int], str], subject: str) -> list[Entry]:
    """Allergies as recorded; "no known allergies" only where the record says so."""
    made = []
    for number, allergy in enumerate(record.allergies):
        made.append(
            _made(
                "AllergyIntolerance",
                url(number),
                clinicalStatus={
                    "coding": [
                        {
                            "system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical",
                            "code": "active",
                        }
                    ]
                },
                code=(
                    _concept("No known allergy", "http://snomed.info/sct|716186003")
                    if allergy.none_known
                    else {"text": allergy.substance}
                ),
                patient={"reference": subject},
                reaction=[{"manifestation": [{"text": allergy.reaction}]}] if allergy.reaction else None,
            )
        )
    return made
