"""A FHIR R4 bundle to a PatientRecord, tolerant of what real exports get wrong.

Owns the order of reading: patient, stay, resources, notes. What a resource means is known by the ``fhir_*`` modules
beside it. Reads plain JSON, so that a resource that breaks the standard is still read as far as it goes; with
``strict`` each resource read is also validated by ``fhir.resources`` and the failures are listed as warnings.
"""

from __future__ import annotations

from assistant.domain.record import (
    Allergy,
    Assertion,
    Condition,
    DiagnosisRole,
    Encounter,
    Patient,
    PatientRecord,
    SourceDocument,
)
from assistant.domain.stay import sort_key
from assistant.records.drug_names import DrugNames
from assistant.records.fhir_facts import (
    Reader,
    Reading,
    is_struck_out,
    read_allergy,
    read_condition,
    read_family,
    read_imaging,
    read_procedure,
)
from assistant.records.fhir_json import (
    Bundle,
    Json,
    Resource,
    codes,
    codings,
    is_chinese,
    items,
    objects,
    string,
    without_tag,
    words,
)
from assistant.records.fhir_medicines import read_medicine
from assistant.records.fhir_merge import fill_encounter, merge_note
from assistant.records.fhir_notes import notes_in
from assistant.records.fhir_plans import (
    read_appointment,
    read_care_plan,
    read_device,
    read_goal,
    read_immunization,
)
from assistant.records.fhir_results import read_observation, read_order, read_questionnaire, read_report
from assistant.records.fhir_stay import Stay, choose_patient, choose_stay, read_encounter, read_patient
from assistant.records.fhir_structure import Structure
from assistant.records.fhir_text import Sheet

_READERS: dict[str, Reader] = {
    "AllergyIntolerance": read_allergy,
    "Condition": read_condition,
    "Procedure": read_procedure,
    "ImagingStudy": read_imaging,
    "MedicationRequest": read_medicine,
    "MedicationOrder": read_medicine,
    "MedicationStatement": read_medicine,
    "MedicationAdministration": read_medicine,
    "Observation": read_observation,
    "DiagnosticReport": read_report,
    "QuestionnaireResponse": read_questionnaire,
    "FamilyMemberHistory": read_family,
    "Immunization": read_immunization,
    "DeviceUseStatement": read_device,
    "CarePlan": read_care_plan,
    "Goal": read_goal,
    "Appointment": read_appointment,
}
_AFTER_RESULTS: dict[str, Reader] = {"ServiceRequest": read_order, "ProcedureRequest": read_order}
_KEPT_WHEN_STRUCK_OUT = {"Condition", "Observation"}
"""Kinds whose facts can carry ``Assertion.ERRONEOUS``."""


def read_bundle(
    bundle: Json,
    *,
    record_id: str | None = None,
    encounter: str | None = None,
    formulary: DrugNames | None = None,
    strict: bool = False,
) -> PatientRecord:
    """Everything a bundle says of its patient, for the encounter named or the latest hospital stay.

    Raises UnknownEncounter where ``encounter`` is not in the bundle.
    """
    found = Bundle.of(items(bundle.get("entry")))
    documents: list[SourceDocument] = []
    patient, source = _patient(found, documents)
    stay = choose_stay(found, encounter)
    encounters = _encounters(found, stay, documents)
    reading = Reading(found, stay, formulary)
    for readers in (_READERS, _AFTER_RESULTS):
        for resource in found.resources:
            reader = readers.get(resource.kind)
            if reader is not None:
                _read(resource, reader, reading, documents)
    _empty_sections(reading, documents)
    _principal_from_reason(reading)
    stay.encounter = _read_notes(reading, documents)
    if strict:
        from assistant.records.fhir_strict import nonconforming

        found.warnings += nonconforming(found)
    if reading.struck_out:
        found.warnings.append(f"Marked as entered in error and not used: {_some(reading.struck_out)}.")
    return PatientRecord(
        id=record_id
        or (source.key.removeprefix("Patient/") if source else string(bundle.get("id")) or "record"),
        language=_language(bundle, documents),
        documents=tuple(documents),
        patient=patient,
        encounter=stay.encounter,
        encounters=tuple(encounters),
        conditions=tuple(reading.conditions),
        procedures=tuple(reading.procedures),
        medications=tuple(reading.medications),
        allergies=tuple(reading.allergies),
        observations=tuple(sorted(reading.observations, key=lambda o: sort_key(o.time))),
        pending_results=tuple(reading.pending_results),
        follow_ups=tuple(reading.follow_ups),
        statements=tuple(reading.statements),
        warnings=tuple(found.warnings),
    )


def _patient(found: Bundle, documents: list[SourceDocument]) -> tuple[Patient, Resource | None]:
    source = choose_patient(found)
    if source is None:
        found.warnings.append("The bundle holds no Patient: name, birth date and sex are unknown.")
        return Patient(), None
    sheet = Sheet(source.key, "Patient")
    patient = read_patient(source, sheet)
    _keep(sheet, documents)
    return patient, source


def _encounters(found: Bundle, stay: Stay, documents: list[SourceDocument]) -> list[Encounter]:
    """All encounters, oldest first; the chosen one is set on ``stay``."""
    encounters = []
    for resource in found.of_kind("Encounter"):
        sheet = Sheet(resource.key, "Encounter")
        encounter = read_encounter(resource, found, sheet)
        if resource.json is stay.json:
            stay.encounter = encounter
        encounters.append(encounter)
        _keep(sheet, documents)
    return sorted(encounters, key=lambda one: sort_key(one.admitted))


def _read(resource: Resource, reader: Reader, reading: Reading, documents: list[SourceDocument]) -> None:
    if is_struck_out(resource.json) and resource.kind not in _KEPT_WHEN_STRUCK_OUT:
        reading.struck_out.append(resource.key)
        return
    sheet = Sheet(resource.key, resource.kind)
    try:
        reader(resource, sheet, reading)
    except (TypeError, ValueError, AttributeError, KeyError, IndexError) as error:
        # one resource of a shape nobody foresaw must not cost the record; the clinician is told which
        reading.bundle.warnings.append(f"{resource.key} could not be read ({type(error).__name__}).")
    _keep(sheet, documents)


def _keep(sheet: Sheet, documents: list[SourceDocument]) -> None:
    if sheet.text:
        documents.append(SourceDocument(sheet.document_id, sheet.title, sheet.text, "fhir", sheet.date))


def _read_notes(reading: Reading, documents: list[SourceDocument]) -> Encounter | None:
    """Notes are documents in their own right and are read as charts; returns the encounter, gaps filled."""
    notes = notes_in(reading)
    if not notes:
        return reading.stay.encounter
    from assistant.records.chart import read_chart

    filled = []
    structure = Structure.of(reading)
    for note in notes:
        documents.append(note.document)
        read = read_chart(
            note.document.text,
            document_id=note.document.id,
            title=note.document.title,
            formulary=reading.formulary,
        )
        merge_note(note, read, reading, structure)
        if note.period.value in {"during", "unknown"}:
            filled.append(read)
    return fill_encounter(reading.stay.encounter, filled)


_ALLERGIES = "48765-2"
_NIL_KNOWN = {"nilknown"}


def _empty_sections(reading: Reading, documents: list[SourceDocument]) -> None:
    """A Composition section that is empty for a reason: "nil known" is a statement, anything else is a gap."""
    for resource in reading.bundle.of_kind("Composition"):
        for section in objects(resource.json.get("section")):
            reason = codes(section.get("emptyReason"))
            if not reason:
                continue
            title = string(section.get("title")) or words(section.get("code")) or "section"
            if _ALLERGIES in codes(section.get("code")) and reason & _NIL_KNOWN and not reading.allergies:
                sheet = Sheet(f"{resource.key}/allergies", title)
                sheet.add(title, "no known allergies")
                reading.allergies.append(Allergy("", sheet.place(), none_known=True))
                _keep(sheet, documents)
            else:
                said = words(section.get("emptyReason")) or next(iter(reason))
                reading.bundle.warnings.append(f"The document leaves the section {title} empty: {said}.")


def _principal_from_reason(reading: Reading) -> None:
    """A coded reason for admission stands as the diagnosis where no Condition is tied to the stay."""
    stay = reading.stay
    if stay.encounter is None or any(c.role is not DiagnosisRole.COMORBIDITY for c in reading.conditions):
        return
    for coding in codings(stay.json.get("reasonCode"))[:1]:
        name = words(stay.json.get("reasonCode"))
        if name and stay.encounter.places:
            reading.conditions.append(
                Condition(
                    without_tag(name),
                    Assertion.PRESENT,
                    DiagnosisRole.PRINCIPAL,
                    stay.encounter.places[0],
                    onset=stay.encounter.admitted,
                    code=f"{string(coding.get('system')) or ''}|{string(coding.get('code')) or ''}",
                )
            )


def _language(bundle: Json, documents: list[SourceDocument]) -> str:
    said = (string(bundle.get("language")) or "").lower()
    if said.startswith(("zh", "en")):
        return said[:2]
    notes = "".join(d.text for d in documents if d.kind == "note")
    sample = notes or "".join(line.partition(": ")[2] for d in documents[:400] for line in d.text.split("\n"))
    return "zh" if is_chinese(sample[:20000]) else "en"


def _some(keys: list[str], shown: int = 5) -> str:
    more = f" and {len(keys) - shown} more" if len(keys) > shown else ""
    return ", ".join(keys[:shown]) + more
