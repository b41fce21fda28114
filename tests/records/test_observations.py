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
