"""FHIR bundles as real exports write them, in small."""

from __future__ import annotations

import base64
import copy
import sys
import types
from collections.abc import Iterator
from typing import Any

import pytest

from assistant.domain.record import (
    Allergy,
    Assertion,
    DiagnosisRole,
    FollowUp,
    MedicationAction,
    MedicationPhase,
    MedicationStatement,
    ObservationKind,
    PatientRecord,
    Place,
    ProcedureStatus,
    SourceDocument,
    Statement,
)
from assistant.domain.stay import as_of_discharge
from assistant.records.fhir import read_bundle
from assistant.records.reconcile import reconcile

HOME, INPATIENT, DISCHARGE = MedicationPhase.HOME, MedicationPhase.INPATIENT, MedicationPhase.DISCHARGE
TAKE, STOP, HOLD = MedicationAction.TAKE, MedicationAction.STOP, MedicationAction.HOLD
STAY = {"encounter": {"reference": "urn:uuid:stay"}}


def resource(kind: str, identity: str | None = None, **parts: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"resourceType": kind, **parts}
    return {**made, "id": identity} if identity else made


PATIENT = resource(
    "Patient", "p", name=[{"family": "Example", "given": ["Ada"]}], birthDate="1950-02-03", gender="female"
)
INPATIENT_STAY = resource(
    "Encounter",
    "stay",
    status="finished",
    **{"class": {"code": "IMP"}},
    period={"start": "2024-05-01T08:00:00+00:00", "end": "2024-05-06T12:00:00+00:00"},
    hospitalization={"dischargeDisposition": {"text": "Home with daughter"}},
)


def read(*resources: dict[str, Any], stay: bool = True, **options: Any) -> PatientRecord:
    """Read a bundle of these; every fact's place is checked on the way."""
    given = [PATIENT, *([INPATIENT_STAY] if stay else []), *resources]
    entries = [{"fullUrl": f"urn:uuid:{r.get('id', n)}", "resource": r} for n, r in enumerate(given)]
    record = read_bundle({"resourceType": "Bundle", "type": "collection", "entry": entries}, **options)
    facts = (
        *record.conditions, *record.procedures, *record.medications, *record.allergies, *record.observations,
        *record.pending_results, *record.follow_ups, *record.statements,
    )  # fmt: skip
    for fact in facts:
        text = record.document(fact.place.document_id).text
        assert text[fact.place.start : fact.place.end] == fact.place.quote != ""
    assert len({d.id for d in record.documents}) == len(record.documents)
    return record


def coded(text: str, code: str = "1") -> dict[str, Any]:
    return {"coding": [{"system": "http://snomed.info/sct", "code": code, "display": text}], "text": text}


def visit(identity: str, kind: str, start: str, end: str | None = None, **parts: Any) -> dict[str, Any]:
    period = {"start": start, **({"end": end} if end else {})}
    return resource(
        "Encounter", identity, status="finished", **{"class": {"code": kind}}, period=period, **parts
    )


# the stay


def test_the_latest_inpatient_stay_is_chosen_before_any_later_visit() -> None:
    record = read(
        visit("old", "IMP", "2019-01-01", "2019-01-03"),
        visit("clinic", "AMB", "2024-09-01"),
        visit("ed", "EMER", "2024-08-01"),
    )
    assert record.encounter is not None
    assert record.encounter.id == "stay"
    assert record.encounter.disposition == "Home with daughter"
    assert [e.id for e in record.encounters] == ["old", "stay", "ed", "clinic"]


def test_without_a_stay_the_emergency_visit_is_chosen_and_a_cancelled_one_never() -> None:
    cancelled = {**visit("off", "IMP", "2025-01-01"), "status": "cancelled"}
    record = read(
        visit("clinic", "AMB", "2024-09-01"), visit("ed", "EMER", "2024-08-01"), cancelled, stay=False
    )
    assert record.encounter is not None
    assert record.encounter.id == "ed"


@pytest.mark.parametrize("wanted", ["old", "Encounter/old", "urn:uuid:old"])
def test_an_encounter_is_found_by_id_or_reference(wanted: str) -> None:
    record = read(visit("old", "IMP", "2019-01-01", "2019-01-03"), encounter=wanted)
    assert record.encounter is not None
    assert record.encounter.id == "old"


def test_what_is_dated_after_discharge_is_not_part_of_a_summary_of_the_stay() -> None:
    weight = {"code": coded("Weight"), "status": "final", "valueQuantity": {"value": 70, "unit": "kg"}}
    record = read(
        resource("Observation", "in", effectiveDateTime="2024-05-02", **weight),
        resource("Observation", "same-day", effectiveDateTime="2024-05-06", **weight),
        resource("Observation", "later", effectiveDateTime="2025-01-01", **weight),
    )
    assert len(record.observations) == 3
    assert [o.time for o in as_of_discharge(record).observations] == ["2024-05-02", "2024-05-06"]


# problems


CONDITIONS = [
    ("of the stay", {**STAY}, Assertion.PRESENT, DiagnosisRole.SECONDARY),
    ("earlier and active", {"onsetDateTime": "2015"}, Assertion.PRESENT, DiagnosisRole.COMORBIDITY),
    (
        "earlier and resolved",
        {"onsetDateTime": "2015", "abatementDateTime": "2016"},
        Assertion.HISTORICAL,
        DiagnosisRole.COMORBIDITY,
    ),
    (
        "resolved only after the stay",
        {"onsetDateTime": "2015", "abatementDateTime": "2024-08-01"},
        Assertion.PRESENT,
        DiagnosisRole.COMORBIDITY,
    ),
    (
        "refuted",
        {**STAY, "verificationStatus": coded("Refuted", "refuted")},
        Assertion.RULED_OUT,
        DiagnosisRole.SECONDARY,
    ),
    (
        "refuted as a bare word",
        {**STAY, "verificationStatus": "refuted"},
        Assertion.RULED_OUT,
        DiagnosisRole.SECONDARY,
    ),
    (
        "entered in error",
        {**STAY, "verificationStatus": coded("x", "entered-in-error")},
        Assertion.ERRONEOUS,
        DiagnosisRole.SECONDARY,
    ),
    (
        "only suspected",
        {**STAY, "verificationStatus": coded("x", "differential")},
        Assertion.HYPOTHETICAL,
        DiagnosisRole.SECONDARY,
    ),
]


@pytest.mark.parametrize(
    ("parts", "assertion", "role"), [c[1:] for c in CONDITIONS], ids=[c[0] for c in CONDITIONS]
)
def test_a_condition_is_asserted_as_its_status_says(
    parts: dict[str, Any], assertion: Assertion, role: DiagnosisRole
) -> None:
    (found,) = read(resource("Condition", "c", code=coded("Gout"), **parts)).conditions
    assert (found.name, found.assertion, found.role) == ("Gout", assertion, role)


@pytest.mark.parametrize(
    "parts",
    [
        {"diagnosis": [{"condition": {"reference": "Condition/c"}, "rank": 1}]},
        {
            "diagnosis": [
                {"condition": {"reference": "urn:uuid:c"}, "use": coded("Discharge diagnosis", "DD")}
            ]
        },
        {"reasonReference": [{"reference": "http://server/fhir/Condition/c/_history/2"}]},
        {"reasonCode": [coded("Gout", "90560007")]},
    ],
    ids=["rank", "use", "versioned absolute reference", "same code"],
)
def test_the_reason_of_the_stay_is_the_principal_diagnosis(parts: dict[str, Any]) -> None:
    stay = {**INPATIENT_STAY, **parts}
    found = read(
        stay, resource("Condition", "c", code=coded("Gout", "90560007"), **STAY), stay=False
    ).conditions
    assert [(c.name, c.role) for c in found] == [("Gout", DiagnosisRole.PRINCIPAL)]


def test_a_reason_without_a_condition_stands_as_the_principal_diagnosis() -> None:
    stay = {**INPATIENT_STAY, "reasonCode": [coded("Pneumonia", "233604007")]}
    (found,) = read(stay, stay=False).conditions
    assert (found.name, found.role, found.code) == (
        "Pneumonia",
        DiagnosisRole.PRINCIPAL,
        "http://snomed.info/sct|233604007",
    )


def test_a_relatives_illness_is_family_history() -> None:
    member = resource(
        "FamilyMemberHistory", "f", relationship=coded("Mother"), condition=[{"code": coded("Stroke")}]
    )
    (found,) = read(member).conditions
    assert (found.name, found.assertion) == ("Stroke", Assertion.FAMILY)
    assert "Mother" in found.place.quote


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("completed", ProcedureStatus.DONE),
        ("not-done", ProcedureStatus.CANCELLED),
        ("preparation", ProcedureStatus.PLANNED),
    ],
)
def test_a_procedure_that_was_not_done_is_not_done(status: str, expected: ProcedureStatus) -> None:
    procedure = resource("Procedure", "x", status=status, code=coded("ERCP"), performedDateTime="2024-05-02")
    (found,) = read(procedure).procedures
    assert (found.status, found.date) == (expected, "2024-05-02")


# medicines


def drug(kind: str = "MedicationRequest", **parts: Any) -> dict[str, Any]:
    made = {"status": "active", "medicationCodeableConcept": {"text": "Amlodipine 5 mg tablet"}, **parts}
    return resource(kind, "m", **made)


def category(code: str) -> dict[str, Any]:
    return {"category": [coded(code, code)]}


MEDICINES = [
    ("earlier and active", drug(authoredOn="2020-01-01"), [(HOME, TAKE)]),
    ("earlier and over", drug(authoredOn="2020-01-01", status="completed"), [(HOME, STOP)]),
    ("earlier and stopped", drug(authoredOn="2020-01-01", status="stopped"), [(HOME, STOP)]),
    ("ordered in the stay, over", drug(authoredOn="2024-05-02", status="completed"), [(INPATIENT, TAKE)]),
    (
        "ordered in the stay, still active",
        drug(authoredOn="2024-05-02"),
        [(INPATIENT, TAKE), (DISCHARGE, TAKE)],
    ),
    ("inpatient order", drug(authoredOn="2024-05-02", **category("inpatient")), [(INPATIENT, TAKE)]),
    ("discharge order", drug(authoredOn="2024-05-06", **category("discharge")), [(DISCHARGE, TAKE)]),
    (
        "held at discharge",
        drug(authoredOn="2024-05-06", status="on-hold", **category("discharge")),
        [(DISCHARGE, HOLD)],
    ),
    (
        "stopped at discharge",
        drug(authoredOn="2024-05-06", status="stopped", **category("discharge")),
        [(DISCHARGE, STOP)],
    ),
    (
        "reported on admission",
        drug("MedicationStatement", effectivePeriod={"start": "2024-05-01"}, **STAY),
        [(HOME, TAKE)],
    ),
    (
        "home medicine that ended in the stay",
        drug("MedicationStatement", status="stopped", effectivePeriod={"start": "2020", "end": "2024-05-03"}),
        [(HOME, TAKE), (DISCHARGE, STOP)],
    ),
    (
        "given on the ward",
        drug("MedicationAdministration", status="completed", effectiveDateTime="2024-05-02"),
        [(INPATIENT, TAKE)],
    ),
    ("entered in error", drug(authoredOn="2020-01-01", status="entered-in-error"), []),
    ("a draft", drug(authoredOn="2024-05-02", status="draft"), []),
]


@pytest.mark.parametrize(("order", "uses"), [m[1:] for m in MEDICINES], ids=[m[0] for m in MEDICINES])
def test_a_medicine_belongs_to_the_part_of_the_stay_its_order_says(
    order: dict[str, Any], uses: list[Any]
) -> None:
    assert [(m.phase, m.action) for m in read(order).medications] == uses


def test_a_structured_dosage_is_said_in_words() -> None:
    order = drug(
        authoredOn="2020-01-01",
        dosageInstruction=[
            {
                "route": coded("Oral"),
                "timing": {
                    "repeat": {
                        "frequency": 2,
                        "period": 1,
                        "periodUnit": "d",
                        "boundsDuration": {"value": 7, "code": "d"},
                    }
                },
                "doseAndRate": [{"doseQuantity": {"value": 2.5, "unit": "mg"}}],
                "asNeededCodeableConcept": coded("headache"),
            }
        ],
        reasonCode=[coded("Hypertension")],
    )
    (found,) = read(order).medications
    assert (found.dose, found.route, found.frequency) == (
        "2.5 mg",
        "Oral",
        "twice daily as needed for headache",
    )
    assert (found.duration, found.reason) == ("7 days", "Hypertension")


@pytest.mark.parametrize(
    ("dosage", "dose", "frequency"),
    [
        ({"text": "10 mg every morning"}, "10 mg", "every morning"),
        ({"doseAndRate": [{"doseQuantity": {"value": 1}}], "timing": {"repeat": {"frequency": 1, "period": 4, "periodUnit": "h"}}}, "5 mg", "every 4 hours"),
        ({"doseAndRate": [{"doseQuantity": {"value": 2}}]}, "2 x 5 mg", None),
        ({"timing": {"code": {"text": "BID"}}}, "5 mg", "BID"),
        ({"timing": {"repeat": {"count": 1, "periodUnit": "d"}}}, "5 mg", None),
    ],
    ids=["free text", "count without unit", "two of them", "timing code", "malformed count"],
)  # fmt: skip
def test_a_dose_is_taken_from_the_order_else_from_the_name(
    dosage: dict[str, Any], dose: str, frequency: str | None
) -> None:
    (found,) = read(drug(authoredOn="2020-01-01", dosageInstruction=[dosage])).medications
    assert (found.dose, found.frequency, found.duration) == (dose, frequency, None)


@pytest.mark.parametrize(
    "parts",
    [
        {"medicationReference": {"reference": "Medication/d"}},
        {
            "medicationReference": {"reference": "#d"},
            "contained": [resource("Medication", "d", code=coded("Warfarin"))],
        },
        {"medicationReference": {"reference": "Medication/gone", "display": "Warfarin"}},
        {"medication": {"concept": coded("Warfarin")}},
        {"medication": {"reference": {"reference": "Medication/d"}}},
    ],
    ids=["reference", "contained", "missing with display", "R5 concept", "R5 reference"],
)
def test_the_name_of_a_medicine_is_found_however_it_is_referred_to(parts: dict[str, Any]) -> None:
    order = resource("MedicationRequest", "m", status="active", authoredOn="2020-01-01", **parts)
    (found,) = read(order, resource("Medication", "d", code=coded("Warfarin"))).medications
    assert found.name == "Warfarin"


def test_the_end_of_a_hospital_order_does_not_stop_the_home_medicine() -> None:
    home = drug(authoredOn="2020-01-01")
    ward = {**drug(authoredOn="2024-05-02", status="stopped", **category("inpatient")), "id": "m2"}
    (found,) = reconcile(read(home, ward))
    assert found.change.value == "continued"
    assert found.uncertain


# allergies


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"code": coded("Penicillin")}, [("Penicillin", False)]),
        ({"code": coded("No known allergy", "716186003")}, [("", True)]),
        ({"code": coded("x", "no-known-allergies")}, [("", True)]),
        ({"code": {"text": "No known drug allergies"}}, [("", True)]),
        ({"code": coded("No known food allergy", "429625007")}, []),
        ({"code": coded("No information", "no-allergy-info")}, []),
        ({"code": coded("Penicillin"), "verificationStatus": coded("x", "refuted")}, []),
        ({"code": coded("Penicillin"), "verificationStatus": coded("x", "entered-in-error")}, []),
        ({"code": coded("Penicillin"), "clinicalStatus": coded("x", "resolved")}, []),
        ({"reaction": [{"substance": coded("Penicillin")}]}, [("Penicillin", False)]),
    ],
    ids=["allergy", "none known", "IPS none known", "none known in words", "food only", "not asked", "refuted",
         "in error", "resolved", "substance in the reaction"],
)  # fmt: skip
def test_no_known_allergy_is_told_from_nothing_recorded(parts: dict[str, Any], expected: list[Any]) -> None:
    found = read(resource("AllergyIntolerance", "a", **parts)).allergies
    assert [(a.substance, a.none_known) for a in found] == expected


def test_a_reaction_keeps_its_severity() -> None:
    reaction = [{"manifestation": [coded("Rash"), coded("Wheeze")], "severity": "severe"}]
    (found,) = read(
        resource("AllergyIntolerance", "a", code=coded("Penicillin"), reaction=reaction)
    ).allergies
    assert found.reaction == "Rash, Wheeze (severe)"


# results


def result(**parts: Any) -> dict[str, Any]:
    made = {
        "status": "final",
        "code": coded("Potassium"),
        "effectiveDateTime": "2024-05-02T06:00:00Z",
        **parts,
    }
    return resource("Observation", "o", **made)


def test_a_laboratory_value_keeps_its_range_and_flag_and_is_shown_short() -> None:
    (found,) = read(
        result(
            category=[coded("Laboratory", "laboratory")],
            valueQuantity={"value": 6.1234567, "unit": "mmol/L"},
            referenceRange=[
                {"low": {"value": 3.5, "unit": "mmol/L"}, "high": {"value": 5.3, "unit": "mmol/L"}}
            ],
            interpretation=[coded("High", "H")],
        )
    ).observations
    assert (found.value, found.unit, found.kind) == ("6.1", "mmol/L", ObservationKind.LAB)
    assert (found.abnormal, found.reference_range) == (True, "3.5–5.3 mmol/L")
    assert "6.1234567 mmol/L" in found.place.quote
    assert "2024-05-02T06:00:00Z" in found.place.quote


def test_components_are_results_of_their_own() -> None:
    parts = [
        {"code": coded("Systolic"), "valueQuantity": {"value": 118, "unit": "mm[Hg]"}},
        {"code": coded("Diastolic"), "valueQuantity": {"value": 76, "unit": "mm[Hg]"}},
    ]
    found = read(result(code=coded("Blood pressure", "85354-9"), component=parts)).observations
    assert [(o.name, o.value, o.kind) for o in found] == [
        ("Systolic", "118", ObservationKind.VITAL),
        ("Diastolic", "76", ObservationKind.VITAL),
    ]


@pytest.mark.parametrize(
    ("status", "assertion", "note"),
    [
        ("final", Assertion.PRESENT, None),
        ("corrected", Assertion.PRESENT, "corrected"),
        ("entered-in-error", Assertion.ERRONEOUS, "entered-in-error"),
        ("cancelled", Assertion.ERRONEOUS, "cancelled"),
    ],
)
def test_a_struck_out_result_is_kept_as_erroneous(
    status: str, assertion: Assertion, note: str | None
) -> None:
    (found,) = read(result(status=status, valueQuantity={"value": 9.9, "unit": "mmol/L"})).observations
    assert (found.assertion, found.note) == (assertion, note)


def test_pending_is_what_has_no_final_report() -> None:
    record = read(
        resource("DiagnosticReport", "r1", status="registered", code=coded("Blood culture"), **STAY),
        resource("DiagnosticReport", "r2", status="final", code=coded("Chest X-ray"), conclusion="Clear.", **STAY),
        result(status="registered", code=coded("Histology")),
        resource("ServiceRequest", "s1", status="active", code=coded("Vitamin D"), category=[coded("Laboratory procedure", "108252007")], **STAY),
        resource("ServiceRequest", "s2", status="active", code=coded("Ferritin"), category=[coded("Laboratory procedure", "108252007")], **STAY),
        {**result(basedOn=[{"reference": "ServiceRequest/s2"}], code=coded("Ferritin"), valueQuantity={"value": 80}), "id": "o2"},
    )  # fmt: skip
    assert {p.name for p in record.pending_results} == {"Blood culture", "Histology", "Vitamin D"}
    assert [(o.name, o.value) for o in record.observations if o.kind is ObservationKind.IMAGING] == [
        ("Chest X-ray", "Clear.")
    ]


def test_arrangements_after_the_stay_are_follow_ups() -> None:
    record = read(
        resource("Appointment", "a1", status="booked", description="Heart clinic", start="2024-06-01T09:00:00Z",
                 participant=[{"actor": {"display": "Dr B"}}, {"actor": {"reference": "Patient/p"}}]),
        resource("Appointment", "a2", status="cancelled", description="Eye clinic"),
        resource("ServiceRequest", "s", status="active", code=coded("Refer to dietitian"), **STAY),
    )  # fmt: skip
    assert [(f.text, f.when, f.who) for f in record.follow_ups] == [
        ("Heart clinic", "2024-06-01T09:00:00Z", "Dr B"),
        ("Refer to dietitian", None, None),
    ]


# bundles with faults


def test_a_bundle_full_of_faults_is_read_as_far_as_it_goes() -> None:
    entries: list[Any] = [
        {},
        None,
        {"resource": {"resourceType": "Condition", "code": "not a concept", "subject": {"reference": "Patient/gone"}}},
        {"resource": {"resourceType": "Observation", "id": "o", "code": coded("Sodium"), "valueQuantity": {"value": "138", "unit": "mmol/L"}, "unknownField": [1]}},
        {"resource": {"resourceType": "Observation", "id": "o", "code": coded("Sodium"), "valueQuantity": {"value": 140}}},
        {"resource": {"resourceType": "Observation", "id": "b", "code": [], "valueQuantity": "high"}},
        {"resource": {"resourceType": "MedicationRequest", "dosageInstruction": {"text": "daily"}, "medicationCodeableConcept": [coded("Aspirin")]}},
        {"resource": {"resourceType": "AllergyIntolerance", "code": None, "reaction": "rash"}},
        {"resource": {"resourceType": "Invented", "id": "x"}},
    ]  # fmt: skip
    record = read_bundle({"resourceType": "Bundle", "entry": entries})
    assert [o.value for o in record.observations] == ["138", "140"]
    assert [m.name for m in record.medications] == ["Aspirin"]
    assert [c.name for c in record.conditions] == ["not a concept"]
    said = " ".join(record.warnings)
    assert "2 bundle entries hold no resource" in said
    assert "share an id" in said
    assert "no Patient" in said


def test_strict_reading_names_what_breaks_the_standard_and_still_reads_it() -> None:
    record = read(
        resource("Observation", "o", code=coded("Sodium"), valueQuantity={"value": 138}), strict=True
    )
    assert [o.value for o in record.observations] == ["138"]
    assert any("Observation/o (status" in w for w in record.warnings)
    assert not read(result(valueQuantity={"value": 138}), strict=True).warnings


def test_an_empty_section_says_why_it_is_empty() -> None:
    def section(code: str, reason: str) -> dict[str, Any]:
        return {
            "title": code,
            "code": {"coding": [{"code": code}]},
            "emptyReason": {"coding": [{"code": reason, "display": reason}]},
        }

    composition = resource(
        "Composition", "c", section=[section("48765-2", "nilknown"), section("10160-0", "notasked")]
    )
    record = read(composition)
    assert [a.none_known for a in record.allergies] == [True]
    assert any("notasked" in w for w in record.warnings)


# notes


@pytest.fixture
def chart(monkeypatch: pytest.MonkeyPatch) -> dict[str, PatientRecord]:
    """A chart reader that answers by text, so that only the merge is under test."""
    answers: dict[str, PatientRecord] = {}
    module = types.ModuleType("assistant.records.chart")

    def read_chart(text: str, *, document_id: str, title: str, formulary: object = None) -> PatientRecord:
        place = Place(document_id, 0, len(text), text)
        document = SourceDocument(document_id, title, text, "chart")
        said = answers.get(text)
        statement = Statement(text, "progress", place)
        if said is None:
            return PatientRecord("c", "en", (document,), statements=(statement,))
        medicines = tuple(
            MedicationStatement(m.name, m.phase, m.action, place, dose=m.dose, reason=m.reason)
            for m in said.medications
        )
        allergies = tuple(Allergy(a.substance, place, none_known=a.none_known) for a in said.allergies)
        follow_ups = tuple(FollowUp(f.text, place) for f in said.follow_ups)
        return PatientRecord(
            "c",
            "en",
            (document,),
            statements=(statement,),
            medications=medicines,
            allergies=allergies,
            follow_ups=follow_ups,
        )

    module.read_chart = read_chart  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "assistant.records.chart", module)
    return answers


def note(text: str, kind: str = "text/plain", **parts: Any) -> dict[str, Any]:
    attachment = {"contentType": kind, "data": base64.b64encode(text.encode()).decode()}
    return resource("DocumentReference", "n", status="current", content=[{"attachment": attachment}], **parts)


STAY_NOTE = {"context": {"encounter": [{"reference": "Encounter/stay"}]}}


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (note("Walked 30 m."), "Walked 30 m."),
        (note("<div><p>Walked 30&nbsp;m.</p><script>x()</script></div>", "text/html"), "Walked 30\xa0m."),
        (
            resource("DocumentReference", "n", status="current", content=[{"attachment": {"contentType": "text/plain", "data": "Walked 30 m."}}]),
            "Walked 30 m.",
        ),
        (resource("Composition", "n", section=[{"title": "Course", "text": {"div": "<div>Walked 30 m.</div>"}}]), "Course:\nWalked 30 m."),
    ],
    ids=["base64", "html", "inline text", "composition"],
)  # fmt: skip
def test_a_note_becomes_a_document_and_statements(
    chart: dict[str, PatientRecord], given: dict[str, Any], text: str
) -> None:
    record = read(given)
    (document,) = (d for d in record.documents if d.kind == "note")
    assert " ".join(document.text.split()) == " ".join(text.split())
    assert [s.assertion for s in record.statements] == [Assertion.PRESENT]


def test_a_note_from_before_the_stay_is_history(chart: dict[str, PatientRecord]) -> None:
    record = read(note("Old clinic letter.", date="2020-01-01T00:00:00Z"))
    assert [(s.text, s.assertion, s.date) for s in record.statements] == [
        ("Old clinic letter.", Assertion.HISTORICAL, "2020-01-01T00:00:00Z")
    ]


def test_the_structured_dose_wins_over_the_note_and_the_difference_is_told(
    chart: dict[str, PatientRecord],
) -> None:
    here = Place("x", 0, 1, "x")
    chart["Amlodipine 10 mg. Stop lisinopril."] = PatientRecord(
        "c",
        "en",
        (),
        medications=(
            MedicationStatement("Amlodipine", DISCHARGE, TAKE, here, dose="10 mg"),
            MedicationStatement("Lisinopril", DISCHARGE, STOP, here, reason="cough"),
        ),
        allergies=(Allergy("", here, none_known=True),),
        follow_ups=(FollowUp("GP in 2 weeks", here),),
    )
    record = read(
        drug(authoredOn="2024-05-06", **category("discharge")),
        resource("AllergyIntolerance", "a", code=coded("Penicillin")),
        note("Amlodipine 10 mg. Stop lisinopril.", **STAY_NOTE),
    )
    assert [(m.name, m.dose) for m in record.medications] == [
        ("Amlodipine 5 mg tablet", "5 mg"),
        ("Lisinopril", None),
    ]
    assert any("10 mg" in w and "5 mg" in w for w in record.warnings)
    assert [a.substance for a in record.allergies] == ["Penicillin"]
    assert [f.text for f in record.follow_ups] == ["GP in 2 weeks"]


def test_a_note_outside_the_bundle_is_named_as_unread(chart: dict[str, PatientRecord]) -> None:
    attachment = {"contentType": "application/pdf", "url": "https://elsewhere/Binary/1"}
    record = read(resource("DocumentReference", "n", status="current", content=[{"attachment": attachment}]))
    assert any("lies outside the bundle" in w for w in record.warnings)


def test_a_record_in_chinese_is_known_by_its_words() -> None:
    record = read(
        resource("Condition", "c", code={"text": "高血压病3级，冠状动脉粥样硬化性心脏病，2型糖尿病"}, **STAY)
    )
    assert record.language == "zh"
    assert read(resource("Condition", "c", code=coded("Hypertension"), **STAY)).language == "en"


def test_no_damage_to_any_element_costs_the_record(chart: dict[str, PatientRecord]) -> None:
    whole = [
        PATIENT,
        {
            **INPATIENT_STAY,
            "reasonCode": [coded("Gout")],
            "participant": [{"individual": {"display": "Dr B"}}],
        },
        resource("Condition", "c", code=coded("Gout"), verificationStatus=coded("x", "confirmed"), **STAY),
        resource("Procedure", "x", status="completed", code=coded("ERCP"), performedDateTime="2024-05-02"),
        drug(
            authoredOn="2024-05-02", dosageInstruction=[{"timing": {"repeat": {"frequency": 1, "period": 1}}}]
        ),
        resource(
            "AllergyIntolerance", "a", code=coded("Penicillin"), reaction=[{"manifestation": [coded("Rash")]}]
        ),
        result(
            valueQuantity={"value": 4.1, "unit": "mmol/L"},
            component=[{"code": coded("x"), "valueString": "y"}],
        ),
        resource("DiagnosticReport", "r", status="final", code=coded("X-ray"), conclusion="Clear."),
        resource(
            "Appointment",
            "a1",
            status="booked",
            start="2024-06-01",
            participant=[{"actor": {"display": "Dr"}}],
        ),
        resource("Composition", "k", section=[{"title": "Course", "text": {"div": "<div>Well.</div>"}}]),
        note("Walked 30 m.", **STAY_NOTE),
    ]
    junk: list[Any] = [None, "", "x", 0, True, [], {}, [None], [[]], {"a": 1}, "2020-99-99", {"reference": 5}]
    seen = 0
    for path in _paths(whole):
        for value in junk:
            damaged = copy.deepcopy(whole)
            owner: Any = damaged
            for step in path[:-1]:
                owner = owner[step]
            owner[path[-1]] = value
            record = read_bundle({"resourceType": "Bundle", "entry": [{"resource": r} for r in damaged]})
            reconcile(record)
            seen += len(record.observations) + len(record.conditions)
    assert seen > 5000


def _paths(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in pairs:
        yield (*above, key)
        yield from _paths(item, (*above, key))
