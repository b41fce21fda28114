"""An ordinary discharge letter after ward rounds: what is continued stays continued, and silence never stops a medicine."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.domain.answer import MedicationChange
from assistant.records.chart import read_chart
from assistant.records.reconcile import reconcile
from assistant.tasks.base import Request, Services, Turn
from assistant.tasks.handout import TASK as HANDOUT
from assistant.tasks.medicines import describe, left_open, without_status
from knowledge.formulary import open_formulary

CHART = Path(__file__).parents[1] / "records" / "charts" / "uk_urosepsis_letter.txt"


def test_each_labelled_line_of_a_discharge_list_belongs_to_it() -> None:
    record = read_chart(CHART.read_text(encoding="utf-8"))
    changes = {m.generic: (m.change, m.held) for m in reconcile(record, open_formulary())}
    assert changes == {
        "cefalexin": (MedicationChange.NEW, False),
        "bisoprolol": (MedicationChange.CHANGED, False),
        "apixaban": (MedicationChange.CONTINUED, False),
        "atorvastatin": (MedicationChange.CONTINUED, False),
        "metformin": (MedicationChange.STOPPED, True),
        "ramipril": (MedicationChange.STOPPED, True),
    }
    assert [c.name for c in record.conditions][:3] == [
        "Urosepsis (E. coli)",
        "AKI on CKD 3b",
        "Delirium, resolved",
    ]
    discharge = [s for s in record.statements if "SpO2 97%" in s.text]
    assert [(s.section, s.date) for s in discharge] == [("condition_at_discharge", "2026-05-09")]


def test_a_home_medicine_left_off_the_list_is_asked_about_and_never_stopped() -> None:
    text = CHART.read_text(encoding="utf-8").replace(
        "CONTINUE: apixaban 5 mg BD, atorvastatin 40 mg ON\n", ""
    )
    record = read_chart(text)
    apixaban = next(m for m in reconcile(record, open_formulary()) if m.generic == "apixaban")
    assert left_open(apixaban)
    assert describe(apixaban, "en").startswith("To confirm: apixaban 5 mg BD")
    turn = Turn(Request("handout", record=record), Services(None, open_formulary()))
    told = [e.sentence.text for e in HANDOUT.compose(turn) if hasattr(e, "sentence")]
    about = [t for t in told if "apixaban" in t.lower()]
    assert any(t.startswith("Ask before you leave") for t in about)
    assert not any("Stop apixaban" in t or "Do not take it" in t for t in about)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("amlodipine 5 mg od - hold if SBP <100.5 or dizzy", "hold if SBP <100.5 or dizzy"),
        ("furosemide 40 mg od, omit if vomiting", "omit if vomiting"),
        ("bisoprolol 2.5 mg od (never stop suddenly)", "never stop suddenly"),
        ("entecavir 0.5 mg daily - DO NOT STOP, continue 12+ months past rituximab", "DO NOT STOP"),
        ("美托洛尔 25mg bid，心率<55次/分停用", "心率<55次/分停用"),
    ],
)
def test_when_to_leave_a_medicine_out_stands_beside_it(line: str, told: str) -> None:
    zh = not line.isascii()
    record = read_chart(f"{'出院带药：' if zh else 'Discharge medications:'}\n{line}\n")
    (medicine,) = reconcile(record, open_formulary())
    assert f"{'；' if zh else '; '}{told}" in describe(medicine, "zh" if zh else "en")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            "Apixaban 10 mg twice daily to 23 March, then 5 mg twice daily",
            "to 23 March, then 5 mg twice daily",
        ),
        ("aspirin 300 mg od -> 75 mg od from 19/03/2025", "from 19/03/2025"),
        ("Oxycodone 5 mg up to four times daily as needed, 5 days only", "5 days only"),
        ("莫西沙星片 0.4g 每天1次，吃到11月20日", "11月20日"),
        ("amlodipine 5 mg od", ""),
        ("paracetamol 500 mg tablets: 2 qds", ""),
        ("doxycycline 100 mg bd for 5 days", ""),
    ],
)
def test_a_later_step_or_day_of_a_line_is_told_with_its_first(line: str, told: str) -> None:
    zh = not line.isascii()
    record = read_chart(f"{'出院带药：' if zh else 'Discharge medications:'}\n{line}\n")
    (medicine,) = reconcile(record, open_formulary())
    text = describe(medicine, "zh" if zh else "en")
    assert told in text
    if not told:
        assert "as written" not in text


@pytest.mark.parametrize(
    ("line", "said", "told"),
    [
        ("amoxicillin 1 g tds (14 days) - NEW", "", "amoxicillin 1 g tds (14 days)"),
        ("warfarin 2 mg od - CHANGED from 3 mg, INR 2.3", "3 mg → 2 mg", "warfarin 2 mg od, INR 2.3"),
        ("warfarin 2 mg od - CHANGED from 3 mg", "2 mg od", "warfarin 2 mg od - CHANGED from 3 mg"),
        ("metformin 500 mg bd - unchanged; stop if vomiting", "", "metformin 500 mg bd; stop if vomiting"),
        ("paracetamol 650 mg prn, max 3 g/day NEW", "", "paracetamol 650 mg prn, max 3 g/day"),
        ("达格列净 10mg qd（新加）", "", "达格列净 10mg qd"),
        ("new spacer, 2 puffs bd", "", "new spacer, 2 puffs bd"),
        ("atenolol 25 mg od, continue until 3 May", "", "atenolol 25 mg od, continue until 3 May"),
    ],
)
def test_a_line_loses_its_status_and_nothing_else(line: str, said: str, told: str) -> None:
    assert without_status(line, said) == told
