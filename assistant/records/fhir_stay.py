"""Who the patient is and which hospital stay a bundle is read for.

Owns the choice of the encounter and what belongs to it (by reference, else by date). Refuses to know clinical facts.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from assistant.domain.record import Encounter, Patient
from assistant.domain.stay import Period, period_of, sort_key
from assistant.errors import UnknownEncounter
from assistant.records.fhir_json import (
    Bundle,
    Json,
    Resource,
    codes,
    codings,
    first_date,
    items,
    mapping,
    objects,
    person_name,
    string,
    without_tag,
    words,
)
from assistant.records.fhir_text import Sheet

_STAYS = {"imp", "acute", "nonac", "inpatient", "inpatient encounter"}
_SHORT_STAYS = {"emer", "emergency", "obsenc", "ss", "prenc"}
_NOT_HELD = {"planned", "cancelled", "entered-in-error"}
"""HL7 v3 ActEncounterCode, and the words older exports use for it."""


@dataclass
class Stay:
    """The chosen encounter with the resources that are part of it."""

    encounter: Encounter | None = None
    json: Json = field(default_factory=dict)
    keys: frozenset[str] = frozenset()
    """Resource keys of the chosen encounter and its parts."""

    def period(self, resource: Json, bundle: Bundle, moment: str | None) -> Period:
        """Where a resource lies seen from the stay: its encounter reference decides, else its date."""
        reference = resource.get("encounter") or resource.get("context")
        if isinstance(reference, dict) and "encounter" in reference:
            reference = reference["encounter"]
        for one in objects(reference):
            found = bundle.find(one)
            if found is None or found.kind != "Encounter":
                continue
            if found.key in self.keys:
                return Period.DURING
            moment = first_date(found.json, "period") or moment
            where = period_of(moment, self.encounter)
            # another encounter is not this stay, even on the same day: an ED visit, a clinic in the morning
            return Period.BEFORE if where is Period.DURING else where
        return period_of(moment, self.encounter)


def choose_patient(bundle: Bundle) -> Resource | None:
    """The patient of the bundle; with several, the one most resources are about."""
    found = list(bundle.of_kind("Patient"))
    if len(found) <= 1:
        return found[0] if found else None
    chosen = max(found, key=lambda patient: _mentions(bundle, patient))
    bundle.warnings.append(f"The bundle holds {len(found)} patients; only {chosen.key} was read.")
    return chosen


def read_patient(resource: Resource, sheet: Sheet) -> Patient:
    """The patient, laid out on ``sheet``."""
    json = resource.json
    sheet.add("Patient", person_name(json.get("name")))
    sheet.add("born", string(json.get("birthDate")))
    sheet.add("sex", string(json.get("gender")))
    mrn = _record_number(json)
    sheet.add("record number", mrn)
    deceased = string(json.get("deceasedDateTime")) or (
        "yes" if json.get("deceasedBoolean") is True else None
    )
    sheet.add("deceased", deceased)
    place = sheet.place()
    return Patient(
        name=person_name(json.get("name")),
        birth_date=string(json.get("birthDate")),
        sex=_sex(string(json.get("gender"))),
        mrn=mrn,
        places=(place,) if place.quote else (),
        deceased=deceased,
    )


def _mentions(bundle: Bundle, patient: Resource) -> int:
    return sum(
        bundle.find(resource.json.get("subject") or resource.json.get("patient")) is patient
        for resource in bundle.resources
    )


def _sex(gender: str | None) -> str | None:
    word = (gender or "").lower()
    return {"m": "male", "f": "female"}.get(word, word if word in {"female", "male", "other"} else None)


def _record_number(json: Json) -> str | None:
    identifiers = objects(json.get("identifier"))
    for identifier in identifiers:
        if "mr" in codes(identifier.get("type")):
            return string(identifier.get("value"))
    untyped = [i for i in identifiers if not i.get("type") and string(i.get("value"))]
    return string(untyped[0]["value"]) if len(untyped) == 1 else None


def choose_stay(bundle: Bundle, wanted: str | None) -> Stay:
    """The encounter ``wanted``, else the latest hospital stay, else the latest short stay, else the latest visit.

    Raises UnknownEncounter where ``wanted`` is not in the bundle.
    """
    held = [r for r in bundle.of_kind("Encounter") if string(r.json.get("status")) not in _NOT_HELD]
    if wanted is not None:
        chosen = bundle.find(wanted) or bundle.find(f"Encounter/{wanted}")
        if chosen is None or chosen.kind != "Encounter":
            raise UnknownEncounter(_unknown(wanted, held))
    elif not held:
        return Stay()
    else:
        chosen = max(held, key=lambda r: (_rank(r.json), sort_key(first_date(r.json, "period"))))
    parts = {chosen.key}
    for resource in bundle.of_kind("Encounter"):
        parent = bundle.find(resource.json.get("partOf"))
        if parent is not None and parent.key == chosen.key:
            parts.add(resource.key)
    return Stay(json=chosen.json, keys=frozenset(parts))


def _unknown(wanted: str, held: list[Resource]) -> str:
    held = sorted(held, key=lambda r: (_rank(r.json), sort_key(first_date(r.json, "period"))), reverse=True)
    known = ", ".join(
        f"{r.key.removeprefix('Encounter/')} ({(first_date(r.json, 'period') or 'no date')[:10]})"
        for r in held[:3]
    )
    more = f" and {len(held) - 3} more" if len(held) > 3 else ""
    there = f"it has {known}{more}" if held else "it has no encounter"
    return (
        f"No encounter {wanted!r} in this bundle; {there}. Leave the encounter out to take the latest stay."
    )


def _rank(json: Json) -> int:
    found = codes(json.get("class")) | {c.lower() for c in (string(x) for x in items(json.get("class"))) if c}
    found |= {str(c.get("display", "")).lower() for c in codings(json.get("class"))}
    if found & _STAYS:
        return 2
    return 1 if found & _SHORT_STAYS else 0


def read_encounter(resource: Resource, bundle: Bundle, sheet: Sheet) -> Encounter:
    """One encounter laid out on ``sheet``."""
    json = resource.json
    period = mapping(json.get("period") or json.get("actualPeriod"))
    hospital = mapping(json.get("hospitalization") or json.get("admission"))
    encounter = Encounter(
        id=resource.key.removeprefix("Encounter/"),
        admitted=string(period.get("start")),
        discharged=string(period.get("end")),
        reason=_reason(json, bundle),
        ward=_ward(json, bundle),
        attending=_attending(json, bundle),
        type=words(json.get("type")) or words(json.get("class")),
        disposition=words(hospital.get("dischargeDisposition")),
    )
    sheet.date = encounter.admitted
    sheet.add("Encounter", encounter.type or "visit")
    for label, value in (
        ("admitted", encounter.admitted),
        ("discharged", encounter.discharged),
        ("reason", encounter.reason),
        ("ward", encounter.ward),
        ("attending", encounter.attending),
        ("hospital", bundle.name_of(json.get("serviceProvider"), json)),
        ("discharged to", encounter.disposition),
    ):
        sheet.add(label, value)
    return replace(
        encounter,
        reason=without_tag(encounter.reason) if encounter.reason else None,
        type=without_tag(encounter.type) if encounter.type else None,
        disposition=without_tag(encounter.disposition) if encounter.disposition else None,
        places=(sheet.place(),),
    )


def _reason(json: Json, bundle: Bundle) -> str | None:
    said = [words(concept) for concept in items(json.get("reasonCode")) or items(json.get("reason"))]
    said += [bundle.name_of(reference, json) for reference in items(json.get("reasonReference"))]
    unique = dict.fromkeys(reason for reason in said if reason)
    return "; ".join(unique) or None


def _ward(json: Json, bundle: Bundle) -> str | None:
    names = [bundle.name_of(place.get("location"), json) for place in objects(json.get("location"))]
    known = [name for name in names if name]
    return known[-1] if known else None


def _attending(json: Json, bundle: Bundle) -> str | None:
    people = objects(json.get("participant"))
    people.sort(key=lambda person: not codes(person.get("type")) & {"atnd", "pprf"})
    for person in people:
        name = bundle.name_of(person.get("individual") or person.get("actor"), json)
        if name:
            return name
    return None
