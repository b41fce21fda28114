"""Medicines out of MedicationRequest, MedicationStatement, MedicationAdministration and MedicationDispense.

Owns the phase of each (home, in hospital, at discharge) and what is done with it (take, stop, hold). Refuses to
compare lists: that is ``reconcile``. Categories and statuses follow FHIR R4, with the names of earlier and later
versions where they differ.
"""

from __future__ import annotations

import re

from assistant.domain.record import MedicationAction, MedicationPhase, MedicationStatement
from assistant.domain.stay import Period, compare
from assistant.records.drug_names import generic_name
from assistant.records.fhir_facts import Reading, notes_of
from assistant.records.fhir_json import (
    Json,
    Resource,
    codes,
    first_date,
    items,
    mapping,
    objects,
    string,
    words,
)
from assistant.records.fhir_text import Sheet, dose, duration, timing

_STOPPED = {"stopped", "cancelled", "ended"}
_HELD = {"on-hold"}
_NOT_TAKEN = {"not-taken", "not-done"}
_OVER = {"completed", "unknown"}
_NOT_AN_ORDER = {"draft", "entered-in-error", "intended"}
_PLANNED_INTENT = {"proposal", "option"}
_NO_MEDICINES = {"no-known-medications", "no-medication-info"}

_STRENGTH = re.compile(
    r"\b\d[\d.,]*(?:\s*[-/]\s*\d[\d.,]*)?\s*(?:mg|mcg|micrograms?|µg|g|units?|unt|iu|mmol|meq|ml|puffs?|tablets?|%)"
    r"(?:\s*/\s*(?:\d[\d.]*\s*)?(?:ml|hr|h|actuat|kg|day|dose))?(?![a-z])",
    re.IGNORECASE,
)


def read_medicine(resource: Resource, sheet: Sheet, reading: Reading) -> None:
    json = resource.json
    name = _name(json, reading)
    if not name or codes(json.get("medicationCodeableConcept")) & _NO_MEDICINES:
        sheet.add("Medicine", name)
        return
    status = (string(json.get("status")) or "").lower()
    if status in _NOT_AN_ORDER or string(json.get("intent")) in _PLANNED_INTENT:
        return
    sheet.date = _date(json)
    dosage = _dosage(json)
    said = string(dosage.get("text")) or string(dosage.get("patientInstruction"))
    reason = _reason(json, reading)
    parts = {
        "dose": _dose(dosage, name, said),
        "route": words(dosage.get("route")),
        "frequency": timing(dosage) or (said if said and not _STRENGTH.fullmatch(said) else None),
        "duration": duration(dosage) or _supply(json),
    }
    sheet.add("Medicine", name)
    for label, value in parts.items():
        sheet.add(label, value)
    sheet.add("dosage", said if said != parts["frequency"] else None)
    sheet.add(
        "instructions",
        "; ".join(filter(None, (words(i) for i in items(dosage.get("additionalInstruction"))))),
    )
    sheet.add("status", status)
    sheet.add("category", words(json.get("category")))
    sheet.add("date", sheet.date)
    sheet.add("ended", _ended(json))
    sheet.add("reason", reason)
    sheet.add("note", notes_of(json))
    place = sheet.place()
    generic = generic_name(name, reading.formulary)
    for phase, action in _uses(resource, reading, status):
        reading.medications.append(
            MedicationStatement(
                name=name,
                phase=phase,
                action=action,
                place=place,
                generic=generic,
                reason=reason,
                condition=notes_of(json) if action is MedicationAction.HOLD else None,
                date=sheet.date,
                **parts,
            )
        )


def _name(json: Json, reading: Reading) -> str | None:
    concept = json.get("medicationCodeableConcept") or mapping(json.get("medication")).get("concept")
    reference = json.get("medicationReference") or mapping(json.get("medication")).get("reference")
    if isinstance(reference, str):
        reference = json.get("medication") if "reference" in mapping(json.get("medication")) else reference
    said = words(concept)
    if said:
        return said
    medication = reading.bundle.resolve(reference, json)
    named = words(medication.get("code")) or string(mapping(reference).get("display"))
    if named:
        return named
    parts = [
        words(i.get("itemCodeableConcept")) or reading.bundle.name_of(i.get("itemReference"), medication)
        for i in objects(medication.get("ingredient"))
    ]
    return " / ".join(part for part in parts if part) or None


def _date(json: Json) -> str | None:
    return first_date(
        json,
        "effectiveDateTime",
        "effectivePeriod",
        "occurrenceDateTime",
        "occurencePeriod",
        "occurrencePeriod",
        "authoredOn",
        "dateWritten",
        "dateAsserted",
        "whenHandedOver",
    )


def _ended(json: Json) -> str | None:
    period = mapping(json.get("effectivePeriod")) or mapping(
        mapping(json.get("dispenseRequest")).get("validityPeriod")
    )
    return string(period.get("end"))


def _dosage(json: Json) -> Json:
    return mapping(json.get("dosageInstruction")) or mapping(json.get("dosage"))


def _dose(dosage: Json, name: str, said: str | None) -> str | None:
    """The ordered amount; a bare count (``1``) says nothing without the strength that the name holds."""
    ordered = dose(dosage) or dose(
        {"doseQuantity": dosage.get("dose"), "rateQuantity": dosage.get("rateQuantity")}
    )
    if ordered and not re.fullmatch(r"[\d.]+", ordered):
        return ordered
    written = _STRENGTH.search(said or "")
    if written:
        return written[0]
    strengths = list(dict.fromkeys(match[0] for match in _STRENGTH.finditer(name)))
    if not strengths:
        return ordered
    strength = " / ".join(strengths)
    return strength if ordered in (None, "1", "1.0") else f"{ordered} x {strength}"


def _supply(json: Json) -> str | None:
    supply = mapping(mapping(json.get("dispenseRequest")).get("expectedSupplyDuration"))
    number, unit = string(supply.get("value")), string(supply.get("unit")) or string(supply.get("code"))
    return f"{number} {unit}" if number and unit else None


def _reason(json: Json, reading: Reading) -> str | None:
    """Why stopped or held where that is said, else why it is taken."""
    why = words(json.get("statusReason")) or words(json.get("reasonNotTaken"))
    if why:
        return why
    said = [words(concept) for concept in items(json.get("reasonCode"))]
    said += [reading.bundle.name_of(reference, json) for reference in items(json.get("reasonReference"))]
    return "; ".join(dict.fromkeys(reason for reason in said if reason)) or None


Use = tuple[MedicationPhase, MedicationAction]


def _uses(resource: Resource, reading: Reading, status: str) -> list[Use]:
    """Which lists the medicine belongs on, seen from the stay."""
    json = resource.json
    action = _action(status)
    if resource.kind == "MedicationAdministration":
        return [(MedicationPhase.INPATIENT, action)]
    category = codes(json.get("category"))
    period = reading.stay.period(json, reading.bundle, _date(json))
    if "discharge" in category:
        return (
            [(MedicationPhase.DISCHARGE, action)] if period is not Period.BEFORE else [_home(status, action)]
        )
    if period is Period.DURING:
        return _during(resource, reading, status, action, category)
    return _stopped_in_stay(json, reading, action) or [_home(status, action)]


def _during(
    resource: Resource, reading: Reading, status: str, action: MedicationAction, category: set[str]
) -> list[Use]:
    json = resource.json
    if resource.kind == "MedicationStatement" or json.get("reportedBoolean") is True:
        if "inpatient" in category:
            return [(MedicationPhase.INPATIENT, action)]
        return _stopped_in_stay(json, reading, action) or [_home(status, action)]
    if category & {"community", "outpatient"}:
        return [(MedicationPhase.DISCHARGE, action)]
    still_active = status == "active" and "inpatient" not in category
    encounter = reading.stay.encounter
    if still_active and encounter is not None and encounter.discharged:
        # an order of the stay that is still active after it: on the list, marked uncertain by ``reconcile``
        return [(MedicationPhase.INPATIENT, action), (MedicationPhase.DISCHARGE, action)]
    return [(MedicationPhase.INPATIENT, action)]


def _action(status: str) -> MedicationAction:
    if status in _STOPPED | _NOT_TAKEN:
        return MedicationAction.STOP
    return MedicationAction.HOLD if status in _HELD else MedicationAction.TAKE


def _home(status: str, action: MedicationAction) -> Use:
    """Outside the stay: what is over is kept as stopped before admission, so that it is not taken for current."""
    return MedicationPhase.HOME, MedicationAction.STOP if status in _OVER else action


def _stopped_in_stay(json: Json, reading: Reading, action: MedicationAction) -> list[Use]:
    """A home medicine whose end lies in the stay was taken until then and stopped there."""
    ended, encounter = _ended(json), reading.stay.encounter
    if action is MedicationAction.TAKE or not ended or encounter is None or not encounter.admitted:
        return []
    order = compare(ended, encounter.admitted)
    late = compare(ended, encounter.discharged) if encounter.discharged else -1
    if order is None or order < 0 or late is None or late > 0:
        return []
    return [(MedicationPhase.HOME, MedicationAction.TAKE), (MedicationPhase.DISCHARGE, action)]
