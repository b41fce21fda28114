"""Which figures of a chart are results, and which only look like one."""

from __future__ import annotations

import pytest

from assistant.domain.record import Assertion, Observation
from assistant.records.chart import read_chart

NOTE = "Ward round 12/05/2025 Dr A Bee\n"


def _values(text: str) -> list[Observation]:
    return [o for o in read_chart(NOTE + text).observations if o.kind.value in {"lab", "vital"}]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CRP <5 today.", [("CRP", "<5")]),
        ("Troponin <3, K 4.1.", [("Troponin", "<3"), ("K", "4.1")]),
        ("INR 2.4 (target 2-3).", [("INR", "2.4")]),
        ("肌酐120,血压132/80。", [("肌酐", "120"), ("血压", "132/80")]),
        ("creatinine 138 umol/L; today 162 umol/L", [("creatinine", "138"), ("creatinine", "162")]),
        ("Target SpO2 88-92%.", []),
        ("Restart when Cr <1.5 mg/dL and K <5.0.", []),
        ("Transfuse if Hb <70.", []),
        ("Call if temp >38 or HR >120.", []),
        ("Cr 1.6 (baseline Cr 0.9).", [("Cr", "1.6")]),
        ("氨氯地平暂停,复查肌酐<80且血压≥140/90时恢复", []),
        ("备红细胞2U取消。", []),
        ("G2 P1, no bleeding.", []),
    ],
)
def test_a_result_is_read_and_a_threshold_is_not(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(o.name, o.value) for o in _values(text)] == expected


@pytest.mark.parametrize(
    ("text", "wrong", "reason"),
    [
        ("K 6.9: EDTA-contaminated tube, repeat K 4.1", "6.9", "EDTA-contaminated tube"),
        (
            "Level 3 checked. Na 112 this am.\nNa 112 was a drip arm sample - disregard. Repeat Na 130.",
            "112",
            "drip arm",
        ),
        ("血小板 18\n血小板18是标本凝固,重抽血小板 186。", "18", "标本凝固"),
    ],
)
def test_a_withdrawn_value_keeps_the_records_own_reason(text: str, wrong: str, reason: str) -> None:
    struck = [o for o in _values(text) if o.assertion is Assertion.ERRONEOUS]
    assert {o.value for o in struck} == {wrong}
    assert all(reason in (o.note or "") for o in struck)


def test_a_pipe_table_with_a_footnote_strikes_only_the_marked_value() -> None:
    found = _values(
        "Examination normal.\n| Test | 02/05 | 03/05 |\n|---|---|---|\n| Hb (g/L) | 139 | 71† |\n| CRP | 246 | 251 |\n"
        "† 03/05 FBC: mislabelled tube, result void."
    )
    assert [(o.name, o.value, o.assertion is Assertion.ERRONEOUS) for o in found] == [
        ("Hb", "139", False), ("Hb", "71", True), ("CRP", "246", False), ("CRP", "251", False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Consultant: Miss F. Adeyinka\nName: Gwilym Parfitt | Male | 54 years", ("male", "54 years")),
        ("刘某某,女/60y,2个月前出现腹痛", ("female", "60y")),
        ("王某某,男,6个月,足月", ("male", "6个月")),
    ],
)
def test_sex_and_age_are_the_patients_own(text: str, expected: tuple[str, str]) -> None:
    patient = read_chart(text).patient
    assert (patient.sex, patient.age_text) == expected


def test_a_rescue_medicine_is_no_allergen_and_a_class_stays_a_class() -> None:
    found = read_chart("Allergies: CASHEW - anaphylaxis 2025, has EpiPen Jr. Penicillin - rash.").allergies
    assert [(a.substance, a.generic) for a in found] == [("CASHEW", None), ("Penicillin", None)]


def test_a_quoted_wrong_figure_leaves_the_value_beside_it_standing() -> None:
    found = _values('WEIGHT 16.2 kg (bed scale) - triage slip "26.1 kg" WRONG, digits swapped')
    assert [(o.value, o.assertion) for o in found if o.name == "WEIGHT"] == [("16.2", Assertion.PRESENT)]


@pytest.mark.parametrize(
    ("text", "wrong", "stands"),
    [
        ("Hgb 6.1 (!!). Repeat 07:30 Hgb 10.4 - first sample drawn above IV line, diluted; disregard 6.1.", {"6.1"}, {"10.4"}),
        ("creat 168 ; K 6.9 haemolysed, rpt 4.4 (same day) - ignore first.", {"6.9"}, {"168", "4.4"}),
        ("CRP 210, WCC 18.1. K 2.1 ?dilute, resent -> K 3.9. (first sample from drip arm)", {"2.1"}, {"210", "18.1", "3.9"}),
        ("HR 118. Glucose 612. Called critical. Repeat fingerstick 118; tube had been drawn from D10 line.", {"612"}, {"118"}),
        ("血钾 2.4mmol/L（危急值）。复查血钾 3.9mmol/L，首次标本输液侧采血，结果作废。", {"2.4"}, {"3.9"}),
        ("血糖 1.8mmol/L（危急）——标本放置过久，复测5.6mmol/L。", {"1.8"}, {"5.6"}),
        ("K 6.9 haemolysed, repeat 2h later.", {"6.9"}, set()),
        ("K 4.1, first dose of ramipril given; previous sample K 4.0.", set(), {"4.1", "4.0"}),
    ],
)  # fmt: skip
def test_the_first_sample_goes_and_the_repeat_stands(text: str, wrong: set[str], stands: set[str]) -> None:
    found = _values(text)
    assert {o.value for o in found if o.assertion is Assertion.ERRONEOUS} == wrong
    assert stands <= {o.value for o in found if o.assertion is Assertion.PRESENT}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("UA: nitrite +, WBC >100.", []),
        ("WBC 8.4. UA clear.", [("WBC", "8.4")]),
        ("Cr 141 | 150 | 138 (09/05)", [("Cr", "138")]),
        ("RIF pain 24h. gout R 1st MTP.", []),
        ("Wt 90.1 kg (target dry weight 90).", [("Wt", "90.1")]),
        ("neut 13.9 CRP 88", [("neut", "13.9"), ("CRP", "88")]),
        ("T38.1 HR 108", [("T", "38.1"), ("HR", "108")]),
    ],
)
def test_a_figure_of_another_fluid_an_undated_column_or_a_span_of_time_is_no_value(
    text: str, expected: list[tuple[str, str]]
) -> None:
    assert [(o.name, o.value) for o in _values(text)] == expected


def test_a_day_in_march_is_no_drug_chart() -> None:
    chart = read_chart(
        "Admitted 11-Mar-2025. Discharged 17-Mar-2025.\n15-Mar ID (Dr. Okafor): switch to oral.\n16-Mar BP 152/88 -> amlodipine increased to 10 mg daily."
    )
    said = {s.text: (s.section, s.date) for s in chart.statements}
    assert ("progress", "2025-03-16") in said.values()
    assert "orders" not in {section for section, _ in said.values()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("过敏史：左氧氟沙星（全身瘙痒）；磺胺（皮疹）。", ["左氧氟沙星", "磺胺"]),
        ("Allergies: ciprofloxacin - tendon rupture; latex (rash).", ["ciprofloxacin", "latex"]),
        ("Allergies: penicillin - rash; carries an EpiPen.", ["penicillin"]),
    ],
)
def test_each_allergen_of_a_list_is_read(text: str, expected: list[str]) -> None:
    assert [a.substance for a in read_chart(text).allergies] == expected


def test_a_chart_whose_first_date_is_no_date_is_read() -> None:
    chart = read_chart("PC: sepsis\nadmitted Monday\nHOSPITAL COURSE\n[06/03/2026] no fever, pain 2/10")
    assert chart.statements
