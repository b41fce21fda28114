"""Medicines out of MedicationRequest, MedicationStatement, MedicationAdministration and MedicationDispense.

Owns the phase of each (home, in hospital, at discharge) and what is done with it (take, stop, hold). Refuses to
compare lists: that is ``reconcile``. Categories and statuses follow FHIR R4, with the names of earlier and later
versions where they differ.
"""

from __future__ import annotations

import re

from assistant.domain.record import MedicationAction, MedicationPhase, MedicationStatement
from assistant.domain.stay import Period, compare
from assistant.records.dosing import same_dose, same_frequency
from assistant.records.drug_names import generic_name
from assistant.records.fhir_facts import Reading, notes_of
from assistant.records.fhir_json import (
    Json,
    Resource,
    codes,
    first_date,
    is_chinese,
    items,
    mapping,
    objects,
    string,
    without_tag,
    words,
)
from assistant.records.fhir_text import Sheet, dose, duration, timing

_STOPPED = {"stopped", "cancelled", "ended"}
_GIVEN_UNTIL_STOPPED = {"stopped", "ended"}
"""FHIR R4: a stopped order was in force; one that is cancelled never was."""
_HELD = {"on-hold"}
_NOT_TAKEN = {"not-taken", "not-done"}
_OVER = {"completed", "unknown"}
_NOT_AN_ORDER = {"draft", "entered-in-error", "intended"}
_PLANNED_INTENT = {"proposal", "option"}
_NO_MEDICINES = {"no-known-medications", "no-medication-info"}

_STRENGTH = re.compile(
    r"\b\d[\d.,]*(?:\s*[-/]\s*\d[\d.,]*)?\s*(?:mg|mcg|microg(?:ram)?s?|µg|g|units?|unt|iu|mmol|meq|ml|puffs?|tablets?|%)"
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
    dosages = _dosages(json)
    dosage = dosages[0]
    reason = _reason(json, reading)
    parts = _parts(dosage, name)
    parts["duration"] = parts["duration"] or _supply(json)
    steps = [_step(_parts(later, name)) for later in dosages[1:]]
    if any(steps):
        link = "then" if any(later.get("sequence") for later in dosages[1:]) else "and"
        told = [_step({**parts, "dose": None, "route": None}), *steps]
        parts |= {"frequency": f"; {link} ".join(step for step in told if step), "duration": None}
    sheet.add("Medicine", name)
    for label, value in parts.items():
        sheet.add(label, value)
    for one in dosages:
        said = _said(one)
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
    noted = notes_of(json)
    generic = generic_name(name, reading.formulary)
    for phase, action in _uses(resource, reading, status):
        reading.medications.append(
            MedicationStatement(
                name=name,
                phase=phase,
                action=action,
                place=place,
                generic=generic,
                reason=_explained(
                    reason and without_tag(reason), None if action is MedicationAction.HOLD else noted
                )
                if phase is MedicationPhase.DISCHARGE
                else reason and without_tag(reason),
                condition=noted and noted.rstrip(" .。") if action is MedicationAction.HOLD else None,
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


def _dosages(json: Json) -> list[Json]:
    """All dosage entries in the order to be followed; one empty entry where there is none."""
    found = objects(json.get("dosageInstruction")) or objects(json.get("dosage"))
    if all(str(one.get("sequence", "")).isdigit() for one in found):
        found = sorted(found, key=lambda one: int(str(one["sequence"])))
    return found or [{}]


def _said(dosage: Json) -> str | None:
    return string(dosage.get("text")) or string(dosage.get("patientInstruction"))


def _parts(dosage: Json, name: str) -> dict[str, str | None]:
    said, coded = _said(dosage), timing(dosage)
    amount, route = _dose(dosage, name, said), words(dosage.get("route"))
    rest = _rest(said, amount, route) if said and not _STRENGTH.fullmatch(said) else None
    # the text says more than the codes ("twice daily with meals until 4 March"): used where both say the same frequency
    agrees = rest and coded and (same_frequency(coded, rest) or is_chinese(rest))
    whole = rest if agrees else None
    return {
        "dose": amount,
        "route": route,
        "frequency": whole or coded or rest,
        "duration": duration(dosage),
    }


def _rest(said: str, amount: str | None, route: str | None) -> str | None:
    """The dosage text without the dose and the route that open it: they are told beside it."""
    rest = said
    opening = _STRENGTH.match(rest)
    exact = (
        re.match(r"\s*".join(map(re.escape, amount.split())) + r"(?![a-z])", rest, re.IGNORECASE)
        if amount
        else None
    )
    if exact:
        rest = rest[exact.end() :]
    elif amount and opening and same_dose(amount, opening.group()):
        rest = rest[opening.end() :]
    elif amount and rest.casefold().startswith(_spelled(amount)):
        rest = rest[len(_spelled(amount)) :]
    rest = rest.lstrip(" ,")
    if route and rest.casefold().startswith(route.casefold()):
        rest = re.sub(r"^ly\b", "", rest[len(route) :])
    return rest.strip(" ,") or None


_COUNTS = dict(zip("1 2 3 4 5 6".split(), "one two three four five six".split(), strict=True))


def _spelled(amount: str) -> str:
    """``one sachet`` for ``1 sachet``."""
    count, _, unit = amount.partition(" ")
    return f"{_COUNTS.get(count, count)} {unit}".casefold()


def _step(parts: dict[str, str | None]) -> str:
    held = [parts[key] for key in ("dose", "route", "frequency")]
    length = parts["duration"]
    if length and length not in " ".join(part or "" for part in held):
        held.append(length if length.startswith("until") else f"for {length}")
    return " ".join(part for part in held if part)


def _explained(reason: str | None, noted: str | None) -> str | None:
    """The order's note belongs to what a discharge list must say: why the dose changed, what it must not exceed."""
    return "; ".join(part.rstrip(" .。") for part in (reason, noted) if part) or None


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
    if status in _GIVEN_UNTIL_STOPPED:
        return [(MedicationPhase.INPATIENT, MedicationAction.TAKE), (MedicationPhase.INPATIENT, action)]
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
