"""Whole charts, messy as wards write them, read into facts with their places."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.domain.record import (
    Assertion,
    MedicationAction,
    MedicationPhase,
    PatientRecord,
    ProcedureStatus,
)
from assistant.records.chart import read_chart

CHARTS = Path(__file__).with_name("charts")


def _read(name: str) -> PatientRecord:
    return read_chart((CHARTS / f"{name}.txt").read_text(encoding="utf-8"))


@pytest.fixture(scope="module", params=sorted(p.stem for p in CHARTS.glob("*.txt")))
def chart(request: pytest.FixtureRequest) -> PatientRecord:
    return _read(request.param)


def test_every_fact_quotes_its_place_verbatim(chart: PatientRecord) -> None:
    text = chart.documents[0].text
    facts = (
        *chart.conditions, *chart.procedures, *chart.medications, *chart.allergies,
        *chart.observations, *chart.pending_results, *chart.follow_ups, *chart.statements,
    )  # fmt: skip
    places = [f.place for f in facts] + list(chart.patient.places)
    assert places
    for place in places:
        assert text[place.start : place.end] == place.quote


DISCHARGE = {
    "us_stroke_rehab": {
        "aspirin": ("take", "81 mg", "new"), "clopidogrel": ("take", "75 mg", "new"),
        "atorvastatin": ("take", "80 mg", "new"), "lisinopril": ("take", "10 mg", "new"),
        "glipizide": ("take", "5 mg", "continued"), "naproxen": ("stop", None, None),
        "simvastatin": ("stop", None, None), "losartan": ("hold", None, None),
    },
    "uk_hip_fracture": {
        "apixaban": ("take", "2.5 mg", "continued"), "tamsulosin": ("take", "400 micrograms", "continued"),
        "allopurinol": ("take", "100 mg", "continued"), "paracetamol": ("take", "1 g", "new"),
        "alendronic acid": ("take", "70 mg", "new"), "colecalciferol": ("take", "800 units", "new"),
        "ibuprofen": ("stop", None, None), "codeine": ("stop", None, None), "bisoprolol": ("hold", None, None),
    },
    "zh_heart_failure": {
        "sacubitril/valsartan": ("take", "100mg", None), "metoprolol": ("take", "47.5mg", None),
        "rivaroxaban": ("take", "15mg", None), "furosemide": ("take", "20mg", None),
        "nifedipine": ("stop", None, None), "ibuprofen": ("stop", None, None), "warfarin": ("stop", None, None),
        "metformin": ("hold", None, None),
    },
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(DISCHARGE))
def test_the_discharge_list_is_read_whole_and_holds_nothing_else(name: str) -> None:
    found = {
        m.generic: (m.action.value, m.dose, m.change)
        for m in _read(name).medications
        if m.phase is MedicationPhase.DISCHARGE
    }
    assert found == DISCHARGE[name]


CRITERIA = {
    "us_stroke_rehab": (
        "losartan",
        "restart only if BP above 150/90 at clinic 03/10 and lisinopril not tolerated",
    ),
    "uk_hip_fracture": ("bisoprolol", "when HR >100 or BP >120 systolic"),
    "zh_heart_failure": ("metformin", "复查肌酐<110且不再造影后恢复0.5g bid"),
}


@pytest.mark.parametrize("name", sorted(CRITERIA))
def test_a_held_medicine_keeps_its_restart_criterion_even_from_another_note(name: str) -> None:
    generic, words = CRITERIA[name]
    held = [m for m in _read(name).medications if m.action is MedicationAction.HOLD and m.generic == generic]
    assert held
    assert all(words in (m.condition or "") for m in held)


STRUCK = {
    "us_stroke_rehab": ("amputation", "Speech clearer"),
    "uk_hip_fracture": ("insulin-treated", "Pain controlled"),
    "zh_heart_failure": ("肝硬化失代偿", "气喘好转"),
}


@pytest.mark.parametrize("name", sorted(STRUCK))
def test_another_patients_text_is_struck_and_its_neighbours_stay(name: str) -> None:
    wrong, right = STRUCK[name]
    record = _read(name)
    said = [s for s in record.statements if wrong in s.text]
    assert said
    assert all(s.assertion is Assertion.ERRONEOUS for s in said)
    kept = [s for s in record.statements if right in s.text]
    assert [s.assertion for s in kept] == [Assertion.PRESENT]


def test_medicines_of_another_patient_give_no_statement() -> None:
    assert not [m for m in _read("zh_heart_failure").medications if m.generic == "entecavir"]
    assert not [m for m in _read("uk_hip_fracture").medications if m.generic == "insulin aspart"]


WRONG_VALUE = {
    "us_stroke_rehab": ("K", "6.9", "4.2"),
    "uk_hip_fracture": ("Hb", "68", "101"),
    "zh_heart_failure": ("血钾", "6.8", "4.4"),
}


@pytest.mark.parametrize("name", sorted(WRONG_VALUE))
def test_a_value_called_wrong_is_erroneous_and_the_others_stand(name: str) -> None:
    test, wrong, right = WRONG_VALUE[name]
    values = [o for o in _read(name).observations if o.name == test]
    assert {o.assertion for o in values if o.value == wrong} == {Assertion.ERRONEOUS}
    assert {o.assertion for o in values if o.value == right} == {Assertion.PRESENT}


RULED_OUT = {
    "us_stroke_rehab": ("Intracerebral hemorrhage", "Acute left MCA ischemic stroke"),
    "uk_hip_fracture": ("UTI", "L intracapsular NOF fracture, hemiarthroplasty 22/01"),
    "zh_heart_failure": ("肺栓塞", "慢性心力衰竭急性加重(LVEF 34%)"),
}


@pytest.mark.parametrize("name", sorted(RULED_OUT))
def test_an_excluded_differential_is_no_diagnosis(name: str) -> None:
    excluded, principal = RULED_OUT[name]
    conditions = _read(name).conditions
    assert Assertion.RULED_OUT in {c.assertion for c in conditions if excluded in c.name}
    assert Assertion.PRESENT not in {c.assertion for c in conditions if excluded in c.name}
    assert conditions[0].name == principal


CANCELLED = {"us_stroke_rehab": "TEE", "uk_hip_fracture": "transfusion", "zh_heart_failure": "冠脉造影"}


@pytest.mark.parametrize("name", sorted(CANCELLED))
def test_a_cancelled_procedure_is_cancelled_and_never_done(name: str) -> None:
    statuses = {p.status for p in _read(name).procedures if CANCELLED[name] in p.name}
    assert ProcedureStatus.CANCELLED in statuses
    assert ProcedureStatus.DONE not in statuses


HEADER = {
    "us_stroke_rehab": ("1951-09-30", "female", "2025-02-11", "2025-02-15", "rehabilitation"),
    "uk_hip_fracture": ("1942-12-04", "male", "2025-01-21", "2025-01-28", "intermediate care"),
    "zh_heart_failure": (None, "male", "2025-03-18", "2025-03-27", "回家"),
}


@pytest.mark.parametrize("name", sorted(HEADER))
def test_identity_and_stay_come_from_the_header_in_the_charts_own_date_order(name: str) -> None:
    record = _read(name)
    stay = record.encounter
    assert stay is not None
    birth, sex, admitted, discharged, where = HEADER[name]
    assert (record.patient.birth_date, record.patient.sex) == (birth, sex)
    assert (stay.admitted or "")[:10] == admitted
    assert (stay.discharged or "")[:10] == discharged
    assert where in (stay.disposition or "")


ALLERGY = {
    "us_stroke_rehab": {"Penicillin": "anaphylaxis (1998)", "Sulfa": "rash"},
    "uk_hip_fracture": {"TRIMETHOPRIM": "hyperkalaemia 2022", "strawberries": "hives"},
    "zh_heart_failure": {"青霉素": "过敏性休克,2010年"},
}


@pytest.mark.parametrize("name", sorted(ALLERGY))
def test_each_allergy_keeps_its_own_reaction(name: str) -> None:
    assert {a.substance: a.reaction for a in _read(name).allergies} == ALLERGY[name]


PENDING = {
    "us_stroke_rehab": [("hemoglobin electrophoresis", "Dr. Lin"), ("lipoprotein(a)", None)],
    "uk_hip_fracture": [("vitamin D level", "GP")],
    "zh_heart_failure": [("甲状腺功能", None), ("血培养", None)],
}


@pytest.mark.parametrize("name", sorted(PENDING))
def test_pending_results_are_listed_with_their_owner(name: str) -> None:
    assert [(p.name, p.owner) for p in _read(name).pending_results] == PENDING[name]


@pytest.mark.parametrize("name", sorted(HEADER))
def test_an_incidental_finding_is_a_follow_up_with_its_action(name: str) -> None:
    assert [f for f in _read(name).follow_ups if f.incidental]


@pytest.mark.parametrize(
    "text", ["a", "。", "((((", "1/1", ":" * 300, "=" * 300, "停" * 500, "no " * 500, "1/2 " * 500]
)
def test_any_text_gives_a_record(text: str) -> None:
    assert read_chart(text).documents[0].text == text


def test_a_hold_parameter_is_no_hold() -> None:
    record = read_chart("Discharge medications:\n- metoprolol 25 mg BID, hold if HR <55\n")
    assert [(m.action.value, m.dose) for m in record.medications] == [("take", "25 mg")]


def test_an_unknown_medicine_in_a_discharge_list_is_not_lost() -> None:
    record = read_chart("TTO: zorvantipine 12 mg od NEW; paracetamol 1 g qds\n")
    assert ("zorvantipine", "12 mg") in [(m.name, m.dose) for m in record.medications]
