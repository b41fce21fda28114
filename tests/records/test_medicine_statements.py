"""What a chart's words say of a medicine: whose it is, at what time, and what a heading or a table does to it."""

from __future__ import annotations

import pytest

from assistant.domain.record import MedicationAction, MedicationPhase, MedicationStatement
from assistant.records.chart import read_chart

TAKE, STOP, HOLD = MedicationAction.TAKE, MedicationAction.STOP, MedicationAction.HOLD
HOME, STAY, LEAVES = MedicationPhase.HOME, MedicationPhase.INPATIENT, MedicationPhase.DISCHARGE


def _said(text: str, phase: MedicationPhase | None = None) -> list[MedicationStatement]:
    return [m for m in read_chart(text).medications if phase in {None, m.phase}]


@pytest.mark.parametrize(
    "heading",
    [
        "D/C meds",
        "D/c meds:",
        "DC medications",
        "Meds on d/c",
        "D/C Rx:",
        "D/C home meds",
        "Meds at D/C:",
        "D/C medication list",
    ],
)
def test_a_heading_of_the_discharge_list_stops_nothing(heading: str) -> None:
    said = _said(f"{heading}\nramipril 5 mg od\n- sertraline 50 mg od\nSTOP: gliclazide\n", LEAVES)
    assert [(m.name, m.action) for m in said] == [
        ("ramipril", TAKE),
        ("sertraline", TAKE),
        ("gliclazide", STOP),
    ]


@pytest.mark.parametrize(
    ("line", "action"),
    [
        ("furosemide 40 mg od - d/c wt 70 kg", TAKE),
        ("furosemide 40 mg od, dose at d/c", TAKE),
        ("D/C meds today: furosemide 40 mg od", TAKE),
        ("furosemide 40 mg od - d/c", STOP),
        ("furosemide 40 mg od d/c due to low BP", STOP),
        ("D/C furosemide 40 mg od", STOP),
    ],
)
def test_d_c_beside_a_medicine_is_a_verb_only_where_it_is_said_of_it(
    line: str, action: MedicationAction
) -> None:
    assert [m.action for m in _said(f"Discharge medications\n{line}\n", LEAVES)] == [action]


def test_discontinued_medicines_under_their_own_heading_are_stopped() -> None:
    said = _said("D/C meds\nramipril 5 mg od\nD/C'd meds\ngliclazide 80 mg od\n", LEAVES)
    assert [(m.name, m.action) for m in said] == [("ramipril", TAKE), ("gliclazide", STOP)]
