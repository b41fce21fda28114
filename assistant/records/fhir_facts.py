"""Problems, procedures, allergies and family history out of single FHIR resources.

Owns the clinical reading of statuses: what is present, past, refuted, struck out. Refuses to know results and
medicines (their own modules) and where a bundle came from.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from assistant.domain.record import (
    Allergy,
    Assertion,
    Condition,
    DiagnosisRole,
    FollowUp,
    MedicationStatement,
    Observation,
    PendingResult,
    Procedure,
    ProcedureStatus,
    Statement,
)
from assistant.domain.stay import Period, compare
from assistant.records.drug_names import DrugNames, generic_name
from assistant.records.fhir_json import (
    Bundle,
    Json,
    Resource,
    code_of,
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
from assistant.records.fhir_stay import Stay
from assistant.records.fhir_text import Sheet


@dataclass
class Reading:
    """One bundle being read: where to look things up, and the facts found so far."""

    bundle: Bundle
    stay: Stay
    formulary: DrugNames | None = None
    conditions: list[Condition] = field(default_factory=list)
    procedures: list[Procedure] = field(default_factory=list)
    medications: list[MedicationStatement] = field(default_factory=list)
    allergies: list[Allergy] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    pending_results: list[PendingResult] = field(default_factory=list)
    follow_ups: list[FollowUp] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    struck_out: list[str] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)
    """Keys of the orders that a report or a result answers."""


Reader = Callable[[Resource, Sheet, Reading], None]


def is_struck_out(json: Json) -> bool:
    return "entered-in-error" in codes(json.get("status")) | codes(json.get("verificationStatus"))


def notes_of(json: Json) -> str | None:
    """Annotations, and the ``comment`` of earlier FHIR versions."""
    said = [string(note.get("text")) for note in objects(json.get("note"))]
    said += [string(json.get("comment"))] + [n.strip() for n in items(json.get("note")) if isinstance(n, str)]
    return " ".join(note for note in said if note) or None


def read_condition(resource: Resource, sheet: Sheet, reading: Reading) -> None:
    json = resource.json
    name = words(json.get("code"))
    if not name or codes(json.get("code")) & {"no-known-problems", "no-problem-info", "160245001"}:
        sheet.add("Condition", name)
        return
    onset = first_date(json, "onsetDateTime", "onsetPeriod")
    ended = first_date(json, "abatementDateTime") or string(mapping(json.get("abatementPeriod")).get("end"))
    sheet.date = onset or first_date(json, "recordedDate", "assertedDate", "dateRecorded")
    sheet.add("Condition", name)
    sheet.add("status", words(json.get("clinicalStatus")))
    sheet.add("verification", words(json.get("verificationStatus")))
    sheet.add("onset", onset or string(json.get("onsetString")) or words(json.get("onsetAge")))
    sheet.add("recorded", sheet.date if not onset else None)
    sheet.add("ended", ended)
    sheet.add("severity", words(json.get("severity")))
    sheet.add("site", words(json.get("bodySite")))
    sheet.add("stage", words(mapping(json.get("stage")).get("summary")))
    sheet.add("note", notes_of(json))
    period = reading.stay.period(json, reading.bundle, sheet.date)
    role = _role(resource, reading, period)
    reading.conditions.append(
        Condition(
            name=without_tag(name),
            assertion=_assertion(json, reading, period, role, ended),
            role=role,
            place=sheet.place(),
            onset=onset or sheet.date,
            ended=ended,
            code=code_of(json.get("code")),
        )
    )


def _role(resource: Resource, reading: Reading, period: Period) -> DiagnosisRole:
    stay, bundle = reading.stay, reading.bundle
    listed = [d for d in objects(stay.json.get("diagnosis")) if bundle.find(d.get("condition")) is resource]
    for diagnosis in listed:
        use, rank = codes(diagnosis.get("use") or diagnosis.get("role")), string(diagnosis.get("rank"))
        if rank == "1" or (rank is None and use & {"ad", "dd"}):
            return DiagnosisRole.PRINCIPAL
    if listed:
        return DiagnosisRole.SECONDARY
    if any(bundle.find(reference) is resource for reference in items(stay.json.get("reasonReference"))):
        return DiagnosisRole.PRINCIPAL
    reasons = codes(stay.json.get("reasonCode"))
    if reasons & codes(resource.json.get("code")):
        return DiagnosisRole.PRINCIPAL
    return DiagnosisRole.SECONDARY if period is Period.DURING else DiagnosisRole.COMORBIDITY


def _assertion(
    json: Json, reading: Reading, period: Period, role: DiagnosisRole, ended: str | None
) -> Assertion:
    verification = codes(json.get("verificationStatus"))
    if "entered-in-error" in verification or is_struck_out(json):
        return Assertion.ERRONEOUS
    if "refuted" in verification:
        return Assertion.RULED_OUT
    if verification & {"provisional", "differential", "unconfirmed"}:
        return Assertion.HYPOTHETICAL
    if role is not DiagnosisRole.COMORBIDITY:
        return Assertion.PRESENT
    encounter = reading.stay.encounter
    if ended:
        if encounter is None or not encounter.admitted or period is Period.AFTER:
            return Assertion.HISTORICAL
        order = compare(ended, encounter.admitted)
        return Assertion.PRESENT if order is not None and order >= 0 else Assertion.HISTORICAL
    over = codes(json.get("clinicalStatus")) & {"resolved", "inactive", "remission"}
    return Assertion.HISTORICAL if over else Assertion.PRESENT


_PROCEDURE_STATUS = {
    "not-done": ProcedureStatus.CANCELLED,
    "suspended": ProcedureStatus.CANCELLED,
    "aborted": ProcedureStatus.CANCELLED,
    "on-hold": ProcedureStatus.PLANNED,
    "preparation": ProcedureStatus.PLANNED,
}


def read_procedure(resource: Resource, sheet: Sheet, reading: Reading) -> None:
    json = resource.json
    name = words(json.get("code"))
    status = string(json.get("status")) or ""
    if not name:
        return
    if status == "stopped":
        name = f"{without_tag(name)} (stopped before it was complete)"
    sheet.date = first_date(
        json,
        "performedDateTime",
        "performedPeriod",
        "occurrenceDateTime",
        "occurrencePeriod",
        "performedString",
    )
    sheet.add("Procedure", name)
    sheet.add("status", status)
    sheet.add("performed", sheet.date)
    sheet.add("until", string(mapping(json.get("performedPeriod")).get("end")))
    sheet.add(
        "reason", words(json.get("reasonCode")) or reading.bundle.name_of(json.get("reasonReference"), json)
    )
    sheet.add("site", words(json.get("bodySite")))
    sheet.add("outcome", words(json.get("outcome")))
    sheet.add("complication", words(json.get("complication")))
    sheet.add("status reason", words(json.get("statusReason")))
    sheet.add("note", notes_of(json))
    reading.procedures.append(
        Procedure(
            without_tag(name), _PROCEDURE_STATUS.get(status, ProcedureStatus.DONE), sheet.place(), sheet.date
        )
    )


def read_imaging(resource: Resource, sheet: Sheet, reading: Reading) -> None:
    """An ImagingStudy that took place is a procedure done."""
    json = resource.json
    series = mapping(json.get("series"))
    kind = (
        words(json.get("procedureCode")) or string(json.get("description")) or words(series.get("modality"))
    )
    site = words(series.get("bodySite"))
    if not kind or string(json.get("status")) == "cancelled":
        return
    name = f"{kind}, {site}" if site and site.lower() not in kind.lower() else kind
    sheet.date = first_date(json, "started")
    sheet.add("Imaging", name)
    sheet.add("performed", sheet.date)
    sheet.add("reason", words(json.get("reasonCode")))
    sheet.add("note", notes_of(json))
    reading.procedures.append(Procedure(without_tag(name), ProcedureStatus.DONE, sheet.place(), sheet.date))


_NO_ALLERGY = {"716186003", "409137002", "no-known-allergies", "no-known-medication-allergies", "160244002"}
"""SNOMED CT No known allergy, No known drug allergy, No known allergies; IPS absent-unknown."""
_NO_OTHER_ALLERGY = {"428607008", "429625007", "no-known-food-allergies", "no-known-environmental-allergies"}
_NOT_ASKED = {"no-allergy-info", "no-known-allergy-info", "1631000175102"}
_NO_ALLERGY_WORDS = re.compile(
    r"^(?:no known (?:drug |medication )?allerg(?:y|ies)|nkda|nka|无药物过敏史|无过敏史)"
)


def read_allergy(resource: Resource, sheet: Sheet, reading: Reading) -> None:
    json = resource.json
    reactions = objects(json.get("reaction"))
    name = words(json.get("code")) or words(json.get("substance"))
    if not name:
        name = next((words(r.get("substance")) for r in reactions if words(r.get("substance"))), None)
    manifested = "; ".join(
        filter(None, (_reaction(reaction) for reaction in reactions)),
    )
    sheet.date = first_date(json, "onsetDateTime", "recordedDate", "assertedDate")
    sheet.add("Allergy", name)
    sheet.add("reaction", manifested)
    sheet.add("criticality", string(json.get("criticality")))
    sheet.add("status", words(json.get("clinicalStatus")) or string(json.get("status")))
    sheet.add("verification", words(json.get("verificationStatus")))
    sheet.add("recorded", sheet.date)
    sheet.add("note", notes_of(json))
    found = codes(json.get("code"))
    status = codes(json.get("clinicalStatus")) | codes(json.get("status"))
    refuted = "refuted" in codes(json.get("verificationStatus")) | status
    if not name or refuted or found & (_NOT_ASKED | _NO_OTHER_ALLERGY):
        return
    if found & _NO_ALLERGY or _NO_ALLERGY_WORDS.match(name.lower()):
        reading.allergies.append(Allergy("", sheet.place(), none_known=True))
        return
    if status & {"inactive", "resolved"}:
        # an allergy that was cleared is history; it must not stop a medicine, nor vanish from sight
        reading.bundle.warnings.append(
            f"{resource.key}: allergy to {name} is marked {'/'.join(sorted(status))}."
        )
        return
    reading.allergies.append(
        Allergy(name, sheet.place(), manifested or None, generic=generic_name(name, reading.formulary))
    )


def _reaction(reaction: Json) -> str | None:
    shown = [words(m) for m in items(reaction.get("manifestation"))]
    text = ", ".join(m for m in shown if m) or string(reaction.get("description"))
    severity = string(reaction.get("severity"))
    if text and severity and is_chinese(text):
        severity = {"mild": "轻度", "moderate": "中度", "severe": "重度"}.get(severity, severity)
    return f"{text} ({severity})" if text and severity else text or severity


def read_family(resource: Resource, sheet: Sheet, reading: Reading) -> None:
    json = resource.json
    relative = words(json.get("relationship")) or string(json.get("name")) or "relative"
    sheet.date = first_date(json, "date")
    for condition in objects(json.get("condition")):
        name = words(condition.get("code"))
        if not name:
            continue
        mark = sheet.mark()
        sheet.add(f"Family history ({relative})", name)
        sheet.add("outcome", words(condition.get("outcome")))
        reading.conditions.append(
            Condition(
                without_tag(name),
                Assertion.FAMILY,
                DiagnosisRole.COMORBIDITY,
                sheet.place(mark),
                code=code_of(condition.get("code")),
            )
        )
    sheet.add("note", notes_of(json))
