"""What makes a mention an order: a regimen's name, a restart, a ticked box, a purchase, a question; and what is none."""

from __future__ import annotations

import pytest

from assistant.domain.answer import Alert
from assistant.records.chart import read_chart
from assistant.safety.cross_checks import cross_check, ordered_medicines

STOPPED = [
    # chart, kind of alert, word of its text
    ("男，50岁，60 kg，肺结核，2HRZE第4周。无过敏。今日ALT 430 U/L，总胆红素 70 μmol/L，治疗前ALT 20。会诊意见：HRZE按原剂量继续。", "hepatic", "异烟肼"),
    ("50 M, NKDA, eGFR 90. TB week 4. ALT 430 U/L. Baseline ALT 20 U/L. Plan: RIPE to continue at full dose.", "hepatic", "isoniazid"),
    ("60 M, eGFR 90. Allergy: oxaliplatin (anaphylaxis). Plan: start mFOLFOX6.", "allergy", "oxaliplatin"),
    ("70 M, 80 kg, NKDA, eGFR 70. Rivaroxaban stopped 2 days before surgery. Rivaroxaban 20 mg OD restarted yesterday.\nDischarge medicines (template, already ticked): enoxaparin 40 mg SC once daily 28 days.", "duplicate", "rivaroxaban"),
    ("70 M, 80 kg, NKDA, eGFR 80. NSTEMI. Plan: fondaparinux 2.5 mg SC daily; enoxaparin 80 mg BD.", "duplicate", "fondaparinux"),
    ("70 M, 80 kg, NKDA, eGFR 80. Regular: warfarin 3 mg OD. INR 2.6. Plan: enoxaparin 80 mg SC BD.", "duplicate", "warfarin"),
    ("男，1岁，9 kg，腹泻，无过敏。药店店员卖给家长洛哌丁胺胶囊，说一次半粒。", "age", "洛哌丁胺"),
    ("60 M, NKDA, eGFR 60. Heart failure, LVEF 30%. His wife has bought naproxen 250 mg at the pharmacy.", "disease", "naproxen"),
    ("女，70岁，无过敏，eGFR 80。闭角型青光眼。护士问：山莨菪碱抽好了，可以打吗？", "disease", "山莨菪碱"),
    ("男，60岁，eGFR 90，过敏史：阿司匹林过敏。家属要求：安痛定 2 ml 肌注。", "allergy", "安痛定"),
    ("27 F, NKDA, eGFR 90. Bipolar. She is trying to conceive, test negative. Colleague suggests valproate 500 mg BD.", "pregnancy", "valproate"),
    ("女，30岁，无过敏，eGFR 90。双相障碍，备孕中，妊娠试验阴性。拟：丙戊酸钠 0.5 g bid。", "pregnancy", "丙戊酸"),
]  # fmt: skip
SOUND = [
    ("50 M, NKDA, eGFR 90, ALT 28. TB week 4. On RHZE 4 tablets OD: isoniazid 300 mg, rifampicin 600 mg.", "isoniazid"),
    ("50 M, NKDA, eGFR 90. TB. HRZE stopped for ALT 430 U/L. Plan: ethambutol 15 mg/kg.", "ethambutol"),
    ("70 M, 80 kg, NKDA, eGFR 80. DVT. Plan: enoxaparin 80 mg BD for 5 days then edoxaban 60 mg OD.", "edoxaban"),
    ("70 M, 80 kg, NKDA, eGFR 80. PE. INR 2.1. Plan: warfarin 5 mg OD with enoxaparin 80 mg BD until INR above 2 for 24 hours.", "warfarin"),
    ("70 M, 80 kg, NKDA, eGFR 80. STEMI. Fondaparinux 2.5 mg given. Plan: heparin 5000 units IV at PCI.", "heparin"),
    ("70 M, 80 kg, NKDA, eGFR 80. Apixaban stopped, to be restarted in clinic. Plan: enoxaparin 40 mg OD.", "enoxaparin"),
    ("29 F, NKDA, eGFR 90. Epilepsy. IUD in place, not planning pregnancy. Takes valproate 500 mg BD.", "valproate"),
    ("女，30岁，癫痫，无过敏，eGFR 90，避孕环在位，近期无生育要求。长期服用丙戊酸钠 0.5 g bid。", "valproate"),
    ("29 F, NKDA, eGFR 90. Contraceptive implant. Takes topiramate 50 mg BD. Told to see us before trying to conceive.", "topiramate"),
]  # fmt: skip


def alerts_for(text: str) -> tuple[Alert, ...]:
    record = read_chart(text)
    language = "zh" if text[0] > "z" else "en"
    return cross_check(record, ordered_medicines(record), language=language)


@pytest.mark.parametrize(("text", "kind", "word"), STOPPED)
def test_what_stands_to_be_given_is_checked_however_it_is_said(text: str, kind: str, word: str) -> None:
    found = alerts_for(text)
    assert [
        a for a in found if a.kind.value == kind and a.severity.value == "stop" and word in a.text.lower()
    ], [a.text for a in found]


@pytest.mark.parametrize(("text", "medicine"), SOUND)
def test_its_look_alike_draws_no_stop(text: str, medicine: str) -> None:
    assert medicine in {o.generic for o in ordered_medicines(read_chart(text))}
    assert [a.text for a in alerts_for(text) if a.severity.value == "stop"] == []


def test_what_was_stopped_again_after_its_restart_is_no_order() -> None:
    text = "70 M, NKDA, eGFR 80. Apixaban stopped before surgery. Apixaban 5 mg BD restarted on day 2, then stopped again for bleeding.\nTTO: paracetamol 1 g QDS."
    assert [o.generic for o in ordered_medicines(read_chart(text))] == ["paracetamol"]


def test_a_herb_that_holds_a_statin_is_a_second_statin() -> None:
    found = alerts_for(
        "男，66岁，无过敏，eGFR 80。阿托伐他汀 40 mg qn。家属自带药（病房未停）：血脂康 0.6 g bid。"
    )
    assert [a for a in found if a.kind.value == "duplicate" and "血脂康" in a.text], [a.text for a in found]


def test_a_question_answered_with_no_orders_nothing() -> None:
    head = "70 M. Admitted 18/08/2025. NKDA.\n10/08 WR: "
    answered = read_chart(head + "Simvastatin held - started clarithromycin? no, NOT given (QTc 489).")
    assert "clarithromycin" not in {m.generic for m in ordered_medicines(answered)}
    asked = read_chart(head + "Plan: start amoxicillin? no allergies.")
    assert "amoxicillin" in {m.generic for m in ordered_medicines(asked)}
