"""Plans and arrangements: Appointment, CarePlan, Goal, Immunization, Device.

Owns what of them becomes a follow-up and what a statement. Refuses to know results and medicines.
"""

from __future__ import annotations

from assistant.domain.record import Assertion, FollowUp
from assistant.domain.stay import Period
from assistant.records.fhir_facts import Reading, notes_of
from assistant.records.fhir_json import (
    Resource,
    first_date,
    items,
    mapping,
    objects,
    quantity,
    span,
    string,
    words,
)
from assistant.records.fhir_results import say
from assistant.records.fhir_text import Sheet


def read_appointment(resource: Resource, sheet: Sheet, reading: Reading) -> None:
    json = resource.json
    names = [reading.bundle.name_of(p.get("actor"), json) for p in objects(json.get("participant"))]
    patient = next((r.json for r in reading.bundle.of_kind("Patient")), {})
    own = reading.bundle.name_of({"reference": f"Patient/{patient.get('id')}"})
    who = ", ".join(name for name in names if name and name != own) or None
    what = (
        words(json.get("serviceType")) or words(json.get("specialty")) or words(json.get("appointmentType"))
    )
    said = string(json.get("description")) or what or "Appointment"
    start = first_date(json, "start", "requestedPeriod")
    sheet.date = string(json.get("created"))
    sheet.add("Appointment", said)
    sheet.add("status", string(json.get("status")))
    sheet.add("service", what if what != said else None)
    sheet.add("when", start)
    sheet.add("with", who)
    sheet.add("reason", words(json.get("reasonCode")))
    sheet.add("comment", string(json.get("comment")))
    if string(json.get("status")) in {"booked", "pending", "proposed", "waitlist"}:
        reading.follow_ups.append(FollowUp(said, sheet.place(), start, who))


def read_care_plan(resource: Resource, sheet: Sheet, reading: Reading) -> None:
    json = resource.json
    sheet.date = first_date(json, "period", "created")
    status = string(json.get("status"))
    mark = sheet.mark()
    sheet.add("Care plan", string(json.get("title")) or words(json.get("category")))
    sheet.add("status", status)
    sheet.add("from", sheet.date)
    sheet.add("description", string(json.get("description")))
    gone = status in {"completed", "revoked", "entered-in-error"}
    over = Assertion.HISTORICAL if gone else Assertion.PRESENT
    name = string(json.get("title")) or words(json.get("category"))
    if name and sheet.mark() > mark:
        say(reading, sheet, mark, name, "care_plan", over)
    for activity in objects(json.get("activity")):
        detail = mapping(activity.get("detail"))
        said = words(detail.get("code")) or string(detail.get("description"))
        said = said or reading.bundle.name_of(activity.get("reference"), json)
        if not said:
            continue
        mark = sheet.mark()
        when = first_date(detail, "scheduledPeriod", "scheduledTiming") or string(
            detail.get("scheduledString")
        )
        sheet.add("activity", said)
        sheet.add("scheduled", when)
        say(reading, sheet, mark, said, "care_plan", over)
        planned = string(detail.get("status")) in {"scheduled", "not-started"}
        if when and planned and reading.stay.period(json, reading.bundle, sheet.date) is Period.DURING:
            reading.follow_ups.append(FollowUp(said, sheet.place(mark), when))
    sheet.add("note", notes_of(json))


def read_goal(resource: Resource, sheet: Sheet, reading: Reading) -> None:
    json = resource.json
    said = words(json.get("description"))
    if not said:
        return
    sheet.date = first_date(json, "startDate", "statusDate")
    sheet.add("Goal", said)
    sheet.add("status", string(json.get("lifecycleStatus")) or string(json.get("status")))
    for target in objects(json.get("target")):
        value = quantity(target.get("detailQuantity")) or span(target.get("detailRange"))
        sheet.add(
            "target",
            value or string(target.get("detailString")) or words(target.get("detailCodeableConcept")),
        )
        sheet.add("by", string(target.get("dueDate")))
    over = string(json.get("lifecycleStatus")) in {"completed", "cancelled", "rejected", "entered-in-error"}
    say(reading, sheet, 0, said, "goals", Assertion.HISTORICAL if over else Assertion.PRESENT)


def read_immunization(resource: Resource, sheet: Sheet, reading: Reading) -> None:
    json = resource.json
    said = words(json.get("vaccineCode"))
    if not said:
        return
    sheet.date = first_date(json, "occurrenceDateTime", "date") or string(json.get("occurrenceString"))
    sheet.add("Immunization", said)
    sheet.add("status", string(json.get("status")))
    sheet.add("given", sheet.date)
    sheet.add("reason not given", words(json.get("statusReason")))
    given = string(json.get("status")) in {None, "completed"}
    say(reading, sheet, 0, said, "immunizations", Assertion.PRESENT if given else Assertion.NEGATED)


def read_device(resource: Resource, sheet: Sheet, reading: Reading) -> None:
    """A Device, or the DeviceUseStatement that names one."""
    json = resource.json
    device = reading.bundle.resolve(json.get("device"), json) if json.get("device") else json
    names = [string(name.get("name")) for name in objects(device.get("deviceName"))]
    said = words(device.get("type")) or next((n for n in names if n), None)
    said = said or string(mapping(json.get("device")).get("display"))
    if not said or "no-known-devices" in {
        str(c.get("code")) for c in objects(mapping(device.get("type")).get("coding"))
    }:
        return
    sheet.date = first_date(json, "timingPeriod", "timingDateTime", "recordedOn", "manufactureDate")
    sheet.add("Device", said)
    sheet.add("status", string(json.get("status")))
    sheet.add("since", sheet.date)
    sheet.add("site", words(json.get("bodySite")))
    sheet.add(
        "note", " ".join(filter(None, [notes_of(json), *(string(i) for i in items(json.get("safety")))]))
    )
    say(reading, sheet, 0, said, "devices", Assertion.PRESENT)
