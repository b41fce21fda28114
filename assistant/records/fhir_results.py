"""Results out of Observation, DiagnosticReport and QuestionnaireResponse; what is still pending.

Owns kinds, components, ranges and corrections. Refuses to judge a value: it is abnormal where the record marks it.
"""

from __future__ import annotations

import re

from assistant.domain.record import (
    Assertion,
    FollowUp,
    Observation,
    ObservationKind,
    PendingResult,
    Statement,
)
from assistant.domain.stay import Period
from assistant.records.fhir_facts import Reading, is_struck_out, notes_of
from assistant.records.fhir_json import (
    Json,
    Resource,
    code_of,
    codes,
    first_date,
    items,
    mapping,
    objects,
    quantity,
    span,
    string,
    unit_of,
    words,
)
from assistant.records.fhir_text import Sheet
from assistant.records.numbers import display_number

_KINDS = {
    "laboratory": ObservationKind.LAB,
    "lab": ObservationKind.LAB,
    "vital-signs": ObservationKind.VITAL,
    "imaging": ObservationKind.IMAGING,
    "rad": ObservationKind.IMAGING,
    "survey": ObservationKind.FUNCTION,
    "functional-status": ObservationKind.FUNCTION,
    "therapy": ObservationKind.FUNCTION,
    "exam": ObservationKind.OTHER,
    "social-history": ObservationKind.OTHER,
}
_VITALS = {
    "8867-4",
    "9279-1",
    "8310-5",
    "59408-5",
    "2708-6",
    "85354-9",
    "8480-6",
    "8462-4",
    "29463-7",
    "8302-2",
    "39156-5",
}
"""LOINC: heart and breathing rate, temperature, saturation, blood pressure, weight, height, BMI."""
_FUNCTION = re.compile(
    r"\b(?:score|scale|index of|barthel|berg|moca|mmse|6mwt|walk test|rankin|nihss|phq|gad)\b", re.I
)
_NORMAL = {"n", "normal", "neg"}
_ABNORMAL = {"h", "l", "hh", "ll", "hu", "lu", "a", "aa", "high", "low", "abnormal", "critical"}
_ABSENT = {"registered", "cancelled", "preliminary"}


def kind_of(json: Json) -> ObservationKind:
    """By category; without one by LOINC code and name; else a measured quantity is a laboratory value."""
    for code in sorted(codes(json.get("category"))):
        if code in _KINDS:
            return _KINDS[code]
    if codes(json.get("code")) & _VITALS:
        return ObservationKind.VITAL
    if _FUNCTION.search(words(json.get("code")) or ""):
        return ObservationKind.FUNCTION
    return ObservationKind.LAB if json.get("valueQuantity") else ObservationKind.OTHER


def read_observation(resource: Resource, sheet: Sheet, reading: Reading) -> None:
    json = resource.json
    sheet.date = first_date(
        json, "effectiveDateTime", "effectivePeriod", "effectiveInstant", "effectiveTiming", "issued"
    )
    _answers(json, reading)
    found = _one(json, json, sheet, reading, kind_of(json), "")
    for component in objects(json.get("component")):
        found = _one(component, json, sheet, reading, kind_of(json), words(json.get("code")) or "") or found
    if not found:
        name = words(json.get("code"))
        absent = words(json.get("dataAbsentReason"))
        sheet.add(name or "Observation", absent or string(json.get("status")))
        sheet.add("effective", sheet.date)
        if name and string(json.get("status")) in {"registered", "preliminary"}:
            reading.pending_results.append(PendingResult(name, sheet.place(), sent=sheet.date))


def _one(part: Json, whole: Json, sheet: Sheet, reading: Reading, kind: ObservationKind, panel: str) -> bool:
    """One value with its lines; False where the part has none."""
    name, value = words(part.get("code")), _value(part)
    if not name or value is None:
        return False
    measured = mapping(part.get("valueQuantity"))
    number = measured.get("value", part.get("valueInteger"))
    status = string(whole.get("status")) or ""
    note = _note(whole, status)
    erroneous = is_struck_out(whole) or status == "cancelled"
    mark = sheet.mark()
    sheet.add(name, value)
    sheet.add("effective", sheet.date)
    range_text = _reference_range(part)
    sheet.add("reference range", range_text)
    marked = words(part.get("interpretation"))
    sheet.add("interpretation", marked)
    sheet.add("status", status if status not in {"", "final"} else None)
    sheet.add("note", notes_of(whole))
    shown = quantity({**measured, "unit": None, "code": None}, shown=True) if measured else value
    reading.observations.append(
        Observation(
            name=name,
            value=shown or value,
            kind=kind,
            place=sheet.place(mark),
            unit=unit_of(measured) if measured else None,
            number=_float(number),
            time=sheet.date,
            reference_range=range_text,
            abnormal=_abnormal(part),
            assertion=Assertion.ERRONEOUS if erroneous else Assertion.PRESENT,
            note=note,
            code=code_of(part.get("code")),
        )
    )
    if status == "preliminary":
        reading.pending_results.append(
            PendingResult(f"{name} (preliminary)", sheet.place(mark), sent=sheet.date)
        )
    return True


def _value(part: Json) -> str | None:
    if part.get("valueQuantity"):
        return quantity(part["valueQuantity"])
    for key in ("valueString", "valueDateTime", "valueTime", "valueInteger", "valueBoolean", "valueDecimal"):
        if string(part.get(key)):
            return string(part[key])
    if part.get("valueRatio"):
        ratio = mapping(part["valueRatio"])
        above, below = quantity(ratio.get("numerator")), quantity(ratio.get("denominator"))
        return f"{above}:{below}" if above and below else above
    return (
        words(part.get("valueCodeableConcept"))
        or span(part.get("valueRange"))
        or span(part.get("valuePeriod"))
    )


def _float(number: object) -> float | None:
    try:
        return float(str(number)) if number is not None else None
    except ValueError:
        return None


def _note(json: Json, status: str) -> str | None:
    said = notes_of(json)
    if status in {"corrected", "amended", "cancelled", "entered-in-error", "preliminary"}:
        return f"{status}; {said}" if said else status
    return said


def _reference_range(part: Json) -> str | None:
    for one in objects(part.get("referenceRange")):
        found = string(one.get("text")) or _limits(one) or span(one)
        if found:
            return found
    return None


def _limits(reference: Json) -> str | None:
    """``0.5–1.1 mg/dL``, ``≤5 mg/L``, ``≥60 mL/min``: FHIR limits are inclusive; the unit once, where they share it."""
    low, high = mapping(reference.get("low")), mapping(reference.get("high"))
    first, last = string(low.get("value")), string(high.get("value"))
    if first and last and unit_of(low) != unit_of(high):
        return None
    told = f"{first}–{last}" if first and last else f"≥{first}" if first else f"≤{last}" if last else ""
    unit = unit_of(low) or unit_of(high)
    return f"{told} {unit}" if told and unit else told or None


def _abnormal(part: Json) -> bool | None:
    marked = codes(part.get("interpretation"))
    if marked & _ABNORMAL:
        return True
    return False if marked & _NORMAL else None


def read_report(resource: Resource, sheet: Sheet, reading: Reading) -> None:
    """A DiagnosticReport: its conclusion is a result, an unfinished one is pending."""
    json = resource.json
    name, status = words(json.get("code")), string(json.get("status")) or ""
    if not name:
        return
    _answers(json, reading)
    sheet.date = first_date(json, "effectiveDateTime", "effectivePeriod", "issued")
    sheet.add("Report", name)
    sheet.add("status", status)
    sheet.add("effective", sheet.date)
    performer = next(iter(items(json.get("performer")) or items(json.get("resultsInterpreter"))), None)
    owner = reading.bundle.name_of(performer, json)
    sheet.add("by", owner)
    said = string(json.get("conclusion")) or words(json.get("conclusionCode"))
    sheet.add("conclusion", said)
    place = sheet.place()
    if status in {"registered", "partial", "preliminary"}:
        reading.pending_results.append(PendingResult(name, place, owner, sheet.date))
    if said and not is_struck_out(json) and status != "cancelled":
        lab = codes(json.get("category")) & {"lab", "laboratory", "mb", "hm", "ch"}
        kind = ObservationKind.LAB if lab else ObservationKind.IMAGING
        note = status if status in {"preliminary", "partial", "corrected", "amended", "appended"} else None
        reading.observations.append(
            Observation(name, said, kind, place, time=sheet.date, note=note, code=code_of(json.get("code")))
        )


def _answers(json: Json, reading: Reading) -> None:
    for order in items(json.get("basedOn")):
        found = reading.bundle.find(order)
        if found is not None and string(json.get("status")) not in _ABSENT:
            reading.answered.add(found.key)


def read_questionnaire(resource: Resource, sheet: Sheet, reading: Reading) -> None:
    """Answers as lines; an item that is a score is a functional observation."""
    json = resource.json
    sheet.date = first_date(json, "authored")
    sheet.add("Questionnaire", string(json.get("questionnaire")))
    sheet.add("answered", sheet.date)
    pending = list(objects(json.get("item")))
    while pending:
        item = pending.pop(0)
        label = string(item.get("text")) or string(item.get("linkId")) or "item"
        for answer in objects(item.get("answer")):
            value = _value(answer) or words(answer.get("valueCoding"))
            mark = sheet.mark()
            sheet.add(label, value)
            number = answer.get(
                "valueInteger", answer.get("valueDecimal", mapping(answer.get("valueQuantity")).get("value"))
            )
            if value and number is not None and re.search(r"\b(?:score|total|sum)\b", label, re.I):
                reading.observations.append(
                    Observation(
                        label,
                        display_number(number) if not answer.get("valueQuantity") else value,
                        ObservationKind.FUNCTION,
                        sheet.place(mark),
                        number=_float(number),
                        time=sheet.date,
                    )
                )
            pending[:0] = objects(answer.get("item"))
        pending[:0] = objects(item.get("item"))


def read_order(resource: Resource, sheet: Sheet, reading: Reading) -> None:
    """A ServiceRequest: a referral is a follow-up; an unanswered test of the stay is pending."""
    json = resource.json
    name = words(json.get("code")) or string(mapping(json.get("code")).get("text"))
    status = string(json.get("status")) or ""
    if not name:
        return
    sheet.date = first_date(json, "authoredOn", "occurrenceDateTime")
    when = first_date(json, "occurrenceDateTime", "occurrencePeriod")
    who = reading.bundle.name_of(next(iter(items(json.get("performer"))), None), json) or words(
        json.get("performerType")
    )
    sheet.add("Order", name)
    sheet.add("status", status)
    sheet.add("category", words(json.get("category")))
    sheet.add("ordered", sheet.date)
    sheet.add("for", when)
    sheet.add("by", who)
    sheet.add("reason", words(json.get("reasonCode")))
    sheet.add("note", notes_of(json))
    if status not in {"active", "draft", "on-hold"} or resource.key in reading.answered:
        return
    if reading.stay.period(json, reading.bundle, sheet.date) not in {Period.DURING, Period.UNKNOWN}:
        return
    said = codes(json.get("category")) | {(words(json.get("category")) or "").lower()}
    if any("lab" in c or "imaging" in c or c in {"108252007", "363679005"} for c in said):
        reading.pending_results.append(PendingResult(name, sheet.place(), who, sheet.date))
    else:
        reading.follow_ups.append(FollowUp(name, sheet.place(), when, who))


def say(reading: Reading, sheet: Sheet, mark: int, text: str, section: str, assertion: Assertion) -> None:
    """Keep a line as a statement."""
    reading.statements.append(Statement(text, section, sheet.place(mark), sheet.date, assertion=assertion))
