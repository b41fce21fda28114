"""Home list against discharge list."""

from __future__ import annotations

import pytest

from assistant.domain.answer import MedicationChange
from assistant.domain.medicines import ReconciledMedicine
from assistant.domain.record import (
    Encounter,
    MedicationAction,
    MedicationPhase,
    MedicationStatement,
    PatientRecord,
    Place,
)
from assistant.records.chart import read_chart
from assistant.records.dosing import same_dose, same_frequency
from assistant.records.reconcile import reconcile
from knowledge.formulary import open_formulary

HOME, INPATIENT, DISCHARGE = MedicationPhase.HOME, MedicationPhase.INPATIENT, MedicationPhase.DISCHARGE
TAKE, STOP, HOLD = MedicationAction.TAKE, MedicationAction.STOP, MedicationAction.HOLD


class Names:
    """A formulary of five names."""

    known = {
        "lasix": "furosemide",
        "furosemide": "furosemide",
        "metformin": "metformin",
        "amlodipine": "amlodipine",
        "zestoretic": "co-zestril",
        "lisinopril": "lisinopril",
        "hydrochlorothiazide": "hydrochlorothiazide",
    }

    def generic(self, name: str) -> str | None:
        return self.known.get(name.casefold())

    def ingredients(self, generic: str) -> tuple[str, ...]:
        return {"co-zestril": ("lisinopril", "hydrochlorothiazide")}.get(generic, (generic,))


_line = 0


def said(
    name: str, phase: MedicationPhase, action: MedicationAction = TAKE, **parts: str
) -> MedicationStatement:
    global _line
    _line += 1
    return MedicationStatement(name, phase, action, Place("chart", _line, _line + len(name), name), **parts)


def settle(*statements: MedicationStatement, language: str = "en") -> dict[str, ReconciledMedicine]:
    record = PatientRecord("r", language, (), medications=statements)
    return {medicine.name: medicine for medicine in reconcile(record, Names())}


def test_each_change_is_named_once() -> None:
    found = settle(
        said("metformin", HOME, dose="500 mg", frequency="bd"),
        said("amlodipine", HOME, dose="5 mg", frequency="od"),
        said("lisinopril", HOME, dose="10 mg"),
        said("furosemide", HOME, dose="40 mg"),
        said("lisinopril", DISCHARGE, STOP, reason="cough"),
        said("furosemide", DISCHARGE, HOLD, reason="AKI", condition="creatinine below 120"),
        said("metformin", DISCHARGE, dose="1 g", frequency="bd"),
        said("amlodipine", DISCHARGE, dose="5 mg", frequency="once daily"),
        said("apixaban", DISCHARGE, dose="5 mg", frequency="bd"),
    )
    assert {name: medicine.change.value for name, medicine in found.items()} == {
        "metformin": "changed",
        "amlodipine": "continued",
        "lisinopril": "stopped",
        "furosemide": "stopped",
        "apixaban": "new",
    }
    assert found["metformin"].previous_dose == "500 mg"
    assert found["metformin"].dose == "1 g"
    assert found["lisinopril"].reason == "cough"
    assert not found["lisinopril"].held
    assert found["furosemide"].held
    assert found["furosemide"].restart_condition == "creatinine below 120"
    assert all(medicine.uncertain is None for medicine in found.values())


def test_a_brand_at_home_and_its_generic_at_discharge_are_one_medicine() -> None:
    found = settle(said("Lasix", HOME, dose="40 mg"), said("furosemide", DISCHARGE, dose="20 mg"))
    assert list(found) == ["furosemide"]
    assert found["furosemide"].change is MedicationChange.CHANGED
    assert found["furosemide"].previous_dose == "40 mg"


def test_a_combination_matches_its_ingredients_in_any_order_and_not_one_of_them() -> None:
    found = settle(
        said("lisinopril / hydrochlorothiazide", HOME, dose="10 mg"),
        said("hydrochlorothiazide / lisinopril", DISCHARGE, dose="10 mg"),
        said("lisinopril", DISCHARGE, dose="5 mg"),
    )
    assert found["hydrochlorothiazide / lisinopril"].change is MedicationChange.CONTINUED
    assert found["lisinopril"].change is MedicationChange.NEW


def test_a_combination_under_its_brand_matches_its_ingredients() -> None:
    found = settle(
        said("Zestoretic", HOME, dose="10 mg"),
        said("lisinopril / hydrochlorothiazide", DISCHARGE, dose="10 mg"),
    )
    assert [m.change for m in found.values()] == [MedicationChange.CONTINUED]


def test_tablets_and_an_injection_on_one_list_are_two_medicines() -> None:
    found = settle(
        said("Lasix 40 mg", HOME, dose="40 mg"), said("Furosemide 10 MG/ML Injection", HOME, dose="10 MG/ML")
    )
    assert set(found) == {"Lasix 40 mg", "Furosemide 10 MG/ML Injection"}


def test_an_infusion_in_hospital_does_not_split_the_home_tablets_from_the_discharge_tablets() -> None:
    found = settle(
        said("furosemide", HOME, dose="40 mg"),
        said("furosemide iv", INPATIENT, dose="80 mg"),
        said("furosemide", DISCHARGE, dose="40 mg"),
    )
    assert [m.change for m in found.values()] == [MedicationChange.CONTINUED]


@pytest.mark.parametrize(
    "statements",
    [
        (said("dalteparin", INPATIENT, dose="5000 units"),),
        (said("dalteparin", INPATIENT), said("dalteparin", INPATIENT, STOP)),
        (said("dalteparin", INPATIENT), said("dalteparin", DISCHARGE, STOP)),
        (said("dalteparin", HOME, STOP),),
    ],
    ids=["prophylaxis", "stopped in the stay", "stopped at discharge", "stopped before admission"],
)
def test_a_medicine_of_the_stay_only_is_not_a_discharge_medicine(
    statements: tuple[MedicationStatement, ...],
) -> None:
    assert settle(*statements, said("amlodipine", DISCHARGE)).keys() == {"amlodipine"}


def test_the_last_dose_on_the_discharge_list_wins_even_when_named_again_without_one() -> None:
    found = settle(
        said("furosemide", DISCHARGE, dose="40 mg"),
        said("furosemide", DISCHARGE, dose="80 mg"),
        said("furosemide", DISCHARGE),
    )
    assert found["furosemide"].dose == "80 mg"


def test_a_home_medicine_missing_from_the_discharge_list_is_shown_and_marked() -> None:
    found = settle(said("metformin", HOME, dose="500 mg"), said("amlodipine", DISCHARGE))
    assert found["metformin"].change is MedicationChange.STOPPED
    assert "confirm" in (found["metformin"].uncertain or "")


def test_without_a_discharge_list_only_what_is_said_is_a_change() -> None:
    found = settle(
        said("metformin", HOME, dose="500 mg"),
        said("lisinopril", HOME, dose="10 mg"),
        said("lisinopril", INPATIENT, STOP, reason="potassium 6.1"),
    )
    assert found["metformin"].change is MedicationChange.CONTINUED
    assert "no discharge list" in (found["metformin"].uncertain or "")
    assert found["lisinopril"].change is MedicationChange.STOPPED
    assert found["lisinopril"].reason == "potassium 6.1"
    assert found["lisinopril"].uncertain is None


def test_doubts_are_in_the_language_of_the_record() -> None:
    found = settle(said("metformin", HOME), language="zh")
    assert "病历" in (found["metformin"].uncertain or "")


def test_stop_the_old_strength_and_start_the_new_is_a_change() -> None:
    found = settle(
        said("amlodipine", HOME, dose="10 mg"),
        said("amlodipine", DISCHARGE, STOP, dose="10 mg"),
        said("amlodipine", DISCHARGE, dose="5 mg"),
    )
    assert found["amlodipine"].change is MedicationChange.CHANGED
    assert found["amlodipine"].uncertain is None


def test_take_and_stop_of_the_same_dose_contradict_each_other() -> None:
    found = settle(
        said("amlodipine", DISCHARGE, dose="10 mg"), said("amlodipine", DISCHARGE, STOP, dose="10 mg")
    )
    assert "confirm" in (found["amlodipine"].uncertain or "")


def test_a_medicine_started_after_the_stay_is_no_part_of_its_list() -> None:
    stay = Encounter("e", "2024-01-01", "2024-01-05")
    later = said("apixaban", HOME, date="2024-03-01")
    record = PatientRecord("r", "en", (), encounter=stay, medications=(later,))
    assert reconcile(record) == ()


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("1 g", "1000 mg", True),
        ("0.1 mg", "100 mcg", True),
        ("40 mg", "40mg", True),
        ("40 mg", "20 mg", False),
        ("2 puffs", "40 mg", None),
        ("2 x 5 mg", "5 mg", None),
        (None, "5 mg", None),
        ("40毫克", "40 mg", True),
    ],
)
def test_doses_are_compared_across_units_and_not_guessed(
    first: str | None, second: str, same: bool | None
) -> None:
    assert same_dose(first, second) is same


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("od", "once daily", True),
        ("BD", "twice daily", True),
        ("qd", "bid", False),
        ("nocte", "每晚一次", True),
        ("every 12 hours", "bd", True),
        ("with food", "bd", None),
    ],
)
def test_frequencies_are_compared_by_meaning(first: str, second: str, same: bool | None) -> None:
    assert same_frequency(first, second) is same


def _list(text: str) -> list[tuple[str | None, str | None, MedicationChange]]:
    found = reconcile(read_chart(text), open_formulary())
    return [(m.dose, m.frequency, m.change) for m in found]


@pytest.mark.parametrize(
    ("text", "medicines"),
    [
        (
            "Discharge medications\nMorphine modified release 20 mg every 12 hours\n"
            "Morphine oral solution 10 mg/5 mL: 5 mg as needed, max 6 doses a day\n",
            [("20 mg", "every 12 hours"), ("10 mg/5 mL: 5 mg", "as needed")],
        ),
        ("Discharge medications\nMST 20mg bd\nOramorph 10 mg prn\n", [("20mg", "bd"), ("10 mg", "prn")]),
        (
            "Discharge medications\nOxycodone MR 10 mg bd\nOxycodone IR 2.5 prn\n",
            [("10 mg", "bd"), ("2.5", "prn")],
        ),
        (
            "出院带药\n吗啡缓释片 30mg q12h\n吗啡片 10mg 必要时，每日最多6次\n",
            [("30mg", "q12h"), ("10mg", "必要时")],
        ),
        (
            "Discharge medications\n1. Tacrolimus 3 mg mane\n2. Tacrolimus 2 mg nocte\n",
            [("3 mg", "mane"), ("2 mg", "nocte")],
        ),
        ("Discharge medications\nparacetamol 1 g qds\nparacetamol 500 mg qds\n", [("500 mg", "qds")]),
        ("Discharge medications\namlodipine 5 mg od\namlodipine 5 mg od - new\n", [("5 mg", "od")]),
    ],
)
def test_two_products_of_one_drug_are_two_medicines(text: str, medicines: list[tuple[str, str]]) -> None:
    assert [(dose, often) for dose, often, _ in _list(text)] == medicines


def test_each_product_is_held_against_its_own_at_home() -> None:
    text = (
        "Home meds: MST 10 mg bd, Oramorph 5 mg prn\nDischarge medications\nMST 20 mg bd\nOramorph 5 mg prn\n"
    )
    assert _list(text) == [
        ("20 mg", "bd", MedicationChange.CHANGED),
        ("5 mg", "prn", MedicationChange.CONTINUED),
    ]


def test_the_most_of_a_day_is_no_duration() -> None:
    (said,) = read_chart("Discharge medications\nOramorph 5 mg prn, max 6 doses a day\n").medications
    assert said.duration is None


def test_the_times_in_a_new_dose_are_not_joined_by_the_old_frequency() -> None:
    text = "Home meds: furosemide 40 mg od\nDischarge medications\nfurosemide 80 mg morning and 40 mg at 2 pm (INCREASED)\n"
    assert _list(text) == [("80 mg morning and 40 mg at 2 pm", None, MedicationChange.CHANGED)]


def test_a_combined_pill_by_its_two_names_is_the_one_that_is_stopped() -> None:
    text = (
        "Home meds: ethinylestradiol/levonorgestrel 30/150\n"
        "Discharge medications\nparacetamol 1 g qds\nSTOPPED: combined oral contraceptive\n"
    )
    (pill,) = [m for m in reconcile(read_chart(text), open_formulary()) if m.generic != "paracetamol"]
    assert (pill.change, pill.uncertain) == (MedicationChange.STOPPED, None)


def test_insulin_by_its_class_is_no_second_insulin() -> None:
    text = (
        "PMH: type 1 diabetes on insulin\nHome meds: insulin glargine 22 units nocte\n"
        "Discharge medications\ninsulin glargine 18 units nocte\n"
    )
    assert [m.generic for m in reconcile(read_chart(text), open_formulary())] == ["insulin glargine"]


def test_a_medicine_both_stopped_and_forbidden_is_stopped() -> None:
    text = "入院前用药：氨氯地平5mg qd\n出院带药\n氨氯地平 5mg qd\n停用：华法林。\n不可自行服用阿司匹林、华法林。\n"
    found = [(m.generic, m.change) for m in reconcile(read_chart(text), open_formulary())]
    assert found == [("amlodipine", MedicationChange.CONTINUED), ("warfarin", MedicationChange.STOPPED)]


STAY = "Patient: Jo Vale, 66 F. Admitted 02/10/2026. Discharged 09/10/2026.\nDIAGNOSIS: AKI\n"
HOMES = "HOME MEDICATIONS\nramipril 5 mg od\nmetformin 1 g bd\nfurosemide 40 mg od\namlodipine 5 mg od\n"


@pytest.mark.parametrize(
    ("told", "conditions"),
    [
        (
            "HELD: ramipril (restart if Cr <120), metformin (restart when eGFR >45), furosemide (GP to review at 1 week)",
            {"ramipril": "restart if Cr <120", "metformin": "restart when eGFR >45", "furosemide": "GP to review at 1 week"},
        ),
        (
            "Withheld until kidney function is rechecked: ramipril, metformin and furosemide.",
            dict.fromkeys(("ramipril", "metformin", "furosemide"), "until kidney function is rechecked"),
        ),
        ("On hold: ramipril (restart 16/10/2026)", {"ramipril": "restart 16/10/2026"}),
        ("Ramipril was held on the ward and is to restart on 16/10/2026.", {"ramipril": "restart on 16/10/2026"}),
    ],
)  # fmt: skip
def test_each_medicine_of_a_list_of_holds_has_its_restart(told: str, conditions: dict[str, str]) -> None:
    chart = read_chart(f"{STAY}{HOMES}DISCHARGE MEDICATIONS\namlodipine 5 mg od\n{told}\n")
    found = {m.generic: m for m in reconcile(chart, open_formulary())}
    for name, condition in conditions.items():
        assert found[name].held, name
        assert found[name].restart_condition == condition
    assert found["amlodipine"].change is MedicationChange.CONTINUED


@pytest.mark.parametrize(
    ("history", "name", "change"),
    [
        ("She has hypertension treated with amlodipine 5 mg daily.", "amlodipine", MedicationChange.CONTINUED),
        ("Her gout is managed with allopurinol; gout managed with allopurinol 100 mg daily.", "allopurinol", MedicationChange.CONTINUED),
        ("Her pneumonia was treated with amoxicillin 500 mg tds.", "amoxicillin", MedicationChange.NEW),
    ],
)  # fmt: skip
def test_what_a_long_illness_is_treated_with_was_taken_at_home(
    history: str, name: str, change: MedicationChange
) -> None:
    dose = {"amlodipine": "5 mg od", "allopurinol": "100 mg od", "amoxicillin": "500 mg tds for 3 days"}[name]
    chart = read_chart(f"{STAY}HISTORY: {history}\nDISCHARGE MEDICATIONS\n{name} {dose}\n")
    assert [m.change for m in reconcile(chart, open_formulary()) if m.generic == name] == [change]


def test_a_listed_medicine_has_the_rest_of_its_line() -> None:
    chart = read_chart(
        f"{STAY}DISCHARGE MEDICATIONS\ndapagliflozin 10 mg od; pause if vomiting\n"
        "lansoprazole 30 mg od while on aspirin or clopidogrel\nGTN spray prn chest pain\n"
        "prednisolone 30 mg od; bisoprolol 5 mg od\n"
    )
    found = {m.generic: m for m in reconcile(chart, open_formulary())}
    assert set(found) == {
        "dapagliflozin",
        "lansoprazole",
        "glyceryl trinitrate",
        "prednisolone",
        "bisoprolol",
    }
    assert found["dapagliflozin"].statements[-1].place.quote.endswith("pause if vomiting")
    assert found["lansoprazole"].statements[-1].place.quote.endswith("while on aspirin or clopidogrel")
    assert found["glyceryl trinitrate"].reason == "chest pain"
    assert found["prednisolone"].statements[-1].place.quote == "prednisolone 30 mg od"
