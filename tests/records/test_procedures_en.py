"""Procedures of an English record: a day in brackets behind a diagnosis, a finding at a test, a ceiling of care, a wound's signs."""

from __future__ import annotations

import pytest

from assistant.records.chart import read_chart

HEAD = "Discharge summary\nAnn Bee, 60 F. Admitted 01/11/2026. Discharged 15/11/2026.\n\n"


def _read(text: str) -> list[tuple[str, str, str | None]]:
    return [(p.name, p.status.value, p.date) for p in read_chart(f"{HEAD}{text}\n").procedures]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("DIAGNOSES\n1. Varices grade II, no bleed (OGD 09/11/2026)", [("OGD", "done", "2026-11-09")]),
        ("Diagnosis: Colonic polyp (colonoscopy 05/11)", [("colonoscopy", "done", "2026-11-05")]),
        ("PMH: hypertension. No coronary disease on angiography 07/11 (40 mL contrast).", [("angiography", "done", "2026-11-07")]),
        ("Course\nDiagnostic tap 02/11: WCC 1100. LVP 7 L on 10/11 with albumin.", [("Diagnostic tap", "done", "2026-11-02"), ("LVP", "done", "2026-11-10")]),
        ("Course\nPICC placed 02/11 L arm under ultrasound.", [("PICC placed 02/11 L arm", "done", "2026-11-02")]),
        ("Course\nCultures were clear; no vegetation on TOE 04/11, so the line came out.", [("TOE", "done", "2026-11-04")]),
    ],
)  # fmt: skip
def test_a_day_of_the_stay_behind_the_name_says_that_it_was_done(
    text: str, expected: list[tuple[str, str, str | None]]
) -> None:
    assert _read(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Plan: repeat OGD in 12 months not needed while on propranolol",
        "Plan: further colonoscopy not required",
        "ICU/intubation/CPR: not for (goals of care B, 03/11)",
        "Intubation not appropriate",
        "Ceiling of care: ward based, not for intubation or dialysis",
        "Call for redness, drainage or fever",
        "Wound: return with pus or drainage",
        "HPI: took naproxen 220 mg twice daily for her toe and knees",
        "PMH: colonoscopy 05/11/2019 normal, angiography in 2021",
        "PMH: no colonoscopy 05/11",
        "Pressure on the tap. LVP not measured.",
    ],
)
def test_a_ceiling_a_sign_or_an_older_day_is_no_procedure_of_the_stay(text: str) -> None:
    assert _read(text) == []


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Course\nOGD booked for 09/11 was cancelled.", "cancelled"),
        ("Course\nColonoscopy deferred, bowel not prepared.", "cancelled"),
        ("Course\nRepeat OGD declined by patient.", "cancelled"),
        ("Course\nCT-guided drainage of the abscess 05/11.", "done"),
        ("Plan: OGD planned for next week", "planned"),
        ("Course\nThrombolysed with alteplase at 14:10.", "done"),
    ],
)
def test_what_was_called_off_or_done_keeps_its_status(text: str, status: str) -> None:
    assert [found for _, found, _ in _read(text)] == [status]
