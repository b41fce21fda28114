"""Medicine tables: what each column says, and which tables are none."""

from __future__ import annotations

import pytest

from assistant.domain.record import MedicationAction, MedicationPhase
from assistant.records.chart import read_chart

HOME, LEAVES = MedicationPhase.HOME, MedicationPhase.DISCHARGE
TAKE, STOP, HOLD = MedicationAction.TAKE, MedicationAction.STOP, MedicationAction.HOLD


def _read(text: str) -> list[tuple[str | None, str, str, str | None]]:
    found = read_chart("Admitted 01/05/2025. Discharged 05/05/2025.\n" + text).medications
    return [(s.generic, s.phase.value, s.action.value, s.dose) for s in found]


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (
            "Medicine | Before admission | On discharge | Comment\nRamipril | 2.5 mg od | 5 mg od | Increased\n",
            [("ramipril", HOME, TAKE, "2.5 mg"), ("ramipril", LEAVES, TAKE, "5 mg")],
        ),
        (
            "| Drug | Pre-admission | Discharge | Status |\n|---|---|---|---|\n| Apixaban | - | 5 mg bd | New |\n",
            [("apixaban", LEAVES, TAKE, "5 mg")],
        ),
        (
            "Medication        Home dose      Discharge      Comments\nSumatriptan       50 mg prn      -              Stopped, stroke\n",
            [("sumatriptan", HOME, TAKE, "50 mg"), ("sumatriptan", LEAVES, STOP, None)],
        ),
        (
            "药品 | 入院前 | 出院 | 说明\n二甲双胍 | 0.5g tid | - | 暂停，肌酐正常后恢复\n",
            [("metformin", HOME, TAKE, "0.5g"), ("metformin", LEAVES, HOLD, None)],
        ),
        (
            "Discharge medications:\nMedication | Dose | Frequency | Status\nBisoprolol | 2.5 mg | od | changed\n",
            [("bisoprolol", LEAVES, TAKE, "2.5 mg")],
        ),
    ],
)  # fmt: skip
def test_each_column_of_a_medicine_table_is_read(
    table: str, expected: list[tuple[str, MedicationPhase, MedicationAction, str | None]]
) -> None:
    assert _read(table) == [(g, p.value, a.value, d) for g, p, a, d in expected]


def test_a_held_medicine_of_a_table_keeps_its_restart_condition() -> None:
    text = "Medicine | Before admission | On discharge | Comment\nAlendronic acid | 70 mg weekly | - | Withheld until swallow normal, GP to review\n"
    held = [s for s in read_chart(text).medications if s.action is HOLD]
    assert [s.condition for s in held] == ["until swallow normal, GP to review"]


@pytest.mark.parametrize(
    "text",
    [
        "Test | 01/05 | 03/05\nLithium | 0.9 | 1.1\n",
        "Name | Ward | Bed\nJohn Metformin | 4 | 2\n",
        "Drug chart reviewed | nil of note\n",
    ],
)
def test_another_table_is_no_medicine_table(text: str) -> None:
    assert _read(text) == []


@pytest.mark.parametrize(
    ("line", "dose"),
    [
        ("prednisone 20 mg tablet: take 2 tablets (40 mg) daily", "20 mg tablet: take 2 tablets (40 mg)"),
        ("amlodipine 5 mg tablet: take 1 tablet daily", "5 mg"),
        ("Sertraline 50 mg tablets, take two tablets every morning", "50 mg tablets, take two tablets"),
        ("co-codamol 30/500 2 tablets qds", "30/500 2 tablets"),
    ],
)
def test_the_strength_of_a_tablet_is_not_the_dose_of_two(line: str, dose: str) -> None:
    chart = read_chart(f"Discharged 05/05/2025.\nDischarge medications:\n{line}\n")
    assert [s.dose for s in chart.medications] == [dose]


def test_the_headings_of_an_after_visit_summary_say_what_to_do() -> None:
    chart = read_chart(
        "Discharge Date: 02/08/2025\nAFTER VISIT SUMMARY - MEDICATION LIST (02/08/2025)\nSTART taking:\n omeprazole 20 mg daily\n"
        "CHANGE how you take:\n clozapine: take 150 mg nightly\nSTOP taking:\n propranolol 20 mg\n"
    )
    said = [(s.generic, s.action.value, s.change) for s in chart.medications]
    assert said == [
        ("omeprazole", "take", "new"),
        ("clozapine", "take", "changed"),
        ("propranolol", "stop", None),
    ]


def test_a_boxed_table_with_ruled_head_says_stop_in_the_column_of_use() -> None:
    chart = read_chart(
        "出院记录 2026-04-19\n"
        "┌────┬────┬────┐\n│药名 │用法 │说明 │\n├────┼────┼────┤\n"
        "│雷贝拉唑 │10mg qd 早餐前 │新加，至05-03停 │\n│氨氯地平 │5mg qd │同前 │\n│西格列汀 │停 │永不再用 │\n└────┴────┴────┘\n"
    )
    assert [(m.name, m.action.value, m.dose) for m in chart.medications] == [
        ("雷贝拉唑", "take", "10mg"),
        ("氨氯地平", "take", "5mg"),
        ("西格列汀", "stop", None),
    ]
