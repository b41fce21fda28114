"""What a discharge list says is done with a medicine, where a word of stopping stands beside it and does not stop it."""

from __future__ import annotations

import pytest

from assistant.domain.record import MedicationAction, MedicationPhase, MedicationStatement
from assistant.records.chart import read_chart

TAKE, STOP, HOLD = MedicationAction.TAKE, MedicationAction.STOP, MedicationAction.HOLD


def _discharge(line: str) -> list[MedicationStatement]:
    heading = "出院带药：" if any("一" <= c <= "鿿" for c in line) else "Discharge medications:"
    chart = read_chart(f"{heading}\n{line}\n")
    return [m for m in chart.medications if m.phase is MedicationPhase.DISCHARGE]


@pytest.mark.parametrize(
    "line",
    [
        "same    entecavir 0.5 mg daily - DO NOT STOP, continue 12+ months past rituximab",
        "entecavir 0.5 mg daily (do not stop)",
        "bisoprolol 5 mg od - never stop suddenly",
        "prednisolone 30 mg daily, must not be stopped abruptly",
        "clopidogrel 75 mg daily. Do not discontinue without asking cardiology",
        "hydrocortisone 20 mg daily; not to be omitted, even when ill",
        "levetiracetam 500 mg bd - avoid abrupt withdrawal, don't stop",
        "ticagrelor 90 mg bd - do NOT hold for dental work",
        "metronidazole 400 mg tds 5 days - avoid alcohol",
        "doxycycline 100 mg daily, avoid sunlight",
        "levothyroxine 75 mcg od - do not take with calcium",
        "paracetamol 1 g qds - do not take more than 8 tablets a day",
        "amlodipine 5 mg od - do not give if SBP <100",
        "metoprolol 25 mg BID hold HR <55",
        "furosemide 40 mg od - omit if unwell",
        "metformin 500 mg bd - pause on sick days",
        "senna 7.5 mg nocte - stop when bowels loose",
        "codeine 30 mg qds prn - not for longer than 3 days",
        "KCl 20 mEq daily - d/c once off furosemide",
        "trazodone 50 mg qhs - off label for sleep",
        "co-codamol 30/500 2 qds - not to be taken with paracetamol",
        "omeprazole 20 mg od while on aspirin, then stop",
        "甲硝唑 0.4g tid，避免饮酒",
        "美托洛尔 25mg bid，心率<55次/分停用",
        "阿托伐他汀 20mg qn，肌痛时停药并就诊",
        "别嘌醇 0.1g qd，出现皮疹立即停药就诊",
        "恩替卡韦 0.5mg qd，切勿自行停药",
        "美托洛尔 47.5mg qd 不可突然停药",
        "氯吡格雷 75mg qd（不要擅自停用）",
    ],
)
def test_a_medicine_that_must_not_be_stopped_is_taken(line: str) -> None:
    assert [m.action for m in _discharge(line)] == [TAKE]


@pytest.mark.parametrize(
    ("line", "action"),
    [
        ("ramipril - STOP", STOP),
        ("ramipril 5 mg od - stopped, not tolerated", STOP),
        ("ramipril: not to restart", STOP),
        ("ramipril 5 mg od - do not restart until seen", HOLD),
        ("ramipril - not now", HOLD),
        ("ibuprofen - avoid", STOP),
        ("ibuprofen: avoid, AKI", STOP),
        ("ibuprofen - avoid in CKD", STOP),
        ("naproxen not to be taken", STOP),
        ("lisinopril 10 mg daily - do not take until seen by PCP", HOLD),
        ("布洛芬 避免使用", STOP),
        ("缬沙坦 80mg qd 停用", STOP),
        ("缬沙坦 暂停，待血压复查", HOLD),
    ],
)
def test_a_medicine_that_is_stopped_or_held_is_not_taken(line: str, action: MedicationAction) -> None:
    assert [m.action for m in _discharge(line)] == [action]


@pytest.mark.parametrize(
    "line",
    [
        "no new antibiotics, antifungals, grapefruit, St John's wort without calling us",
        "No ibuprofen, naproxen or diclofenac",
        "No Nimesulide / Brufen / Combiflam / Diclofenac. No IM injections.",
        "FLS Tues 24/03 for zoledronate infusion - not yet given",
        "Mom's meds (breastfeeding): sertraline 50 mg, labetalol 200 mg BID",
        "~~Tab. ramipril 5 mg od~~ (cancelled)",
    ],
)
def test_what_is_not_to_be_taken_is_no_new_medicine(line: str) -> None:
    assert not [m for m in _discharge(line) if m.action is TAKE]


def test_a_denied_start_beside_a_real_one_hides_nothing() -> None:
    taken = {
        m.name for m in _discharge("No new antibiotics\nmetoprolol 25 mg bd\nNo changes, amlodipine 5 mg od")
    }
    assert {"metoprolol", "amlodipine"} <= taken


@pytest.mark.parametrize(
    ("line", "actions"),
    [
        ("clopidogrel 75 mg od - aspirin stopped", [TAKE, STOP]),
        ("apixaban 5 mg bd, warfarin stopped", [TAKE, STOP]),
        ("tramadol 50 mg prn - stop codeine while taking this", [TAKE, STOP]),
        ("clarithromycin 500 mg bd 5 days (hold atorvastatin until finished)", [TAKE, HOLD]),
        ("aspirin 75 mg and clopidogrel stopped", [STOP, STOP]),
        ("aspirin, clopidogrel and ramipril stopped", [STOP, STOP, STOP]),
        ("阿司匹林 100mg qd，氯吡格雷停用", [TAKE, STOP]),
    ],
)
def test_each_of_two_medicines_has_its_own_verb(line: str, actions: list[MedicationAction]) -> None:
    assert [m.action for m in _discharge(line)] == actions
