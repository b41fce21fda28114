"""Rows that hold a medicine against the patient: present for what is used most, and quiet beside the threshold."""

from __future__ import annotations

import pytest

from assistant.domain.answer import Alert
from assistant.records.chart import read_chart
from assistant.safety.cross_checks import cross_check, ordered_medicines
from knowledge.formulary import open_formulary

WARNED = [
    # chart, kind of alert, least severity, medicine
    ("60 M, eGFR 24, NKDA. Start fenofibrate 160 mg once daily.", "renal", "stop", "fenofibrate"),
    ("60 M, eGFR 24, NKDA. Start eplerenone 25 mg once daily.", "renal", "stop", "eplerenone"),
    ("60 M, CrCl 24, NKDA. Start capecitabine 1500 mg BD.", "renal", "stop", "capecitabine"),
    ("60 M, CrCl 40, NKDA. Start sitagliptin 100 mg once daily.", "renal", "caution", "sitagliptin"),
    ("60 M, CrCl 40, NKDA. Start metoclopramide 10 mg TDS.", "renal", "caution", "metoclopramide"),
    ("60 M, CrCl 28, NKDA. Start solifenacin 10 mg once daily.", "renal", "caution", "solifenacin"),
    ("78 F, eGFR 22, NKDA. Start denosumab 60 mg SC.", "renal", "caution", "denosumab"),
    ("60 M, eGFR 90, NKDA. Liver failure. Start pioglitazone 30 mg once daily.", "hepatic", "stop", "pioglitazone"),
    ("60 M, eGFR 90, NKDA. Child-Pugh C cirrhosis. Start ticagrelor 90 mg BD.", "hepatic", "stop", "ticagrelor"),
    ("30 F, pregnant 12 weeks, eGFR 90, NKDA. Start imatinib 400 mg once daily.", "pregnancy", "stop", "imatinib"),
    ("30 F, breastfeeding, eGFR 90, NKDA. Start clozapine 12.5 mg once daily.", "pregnancy", "stop", "clozapine"),
    ("15 M, 50 kg, eGFR 90, NKDA. Start venlafaxine 75 mg once daily.", "age", "caution", "venlafaxine"),
    ("80 F, eGFR 70, NKDA. Start desmopressin 100 micrograms nocte.", "age", "caution", "desmopressin"),
    ("60 M, eGFR 70, NKDA. Heart failure. Start domperidone 10 mg TDS.", "disease", "stop", "domperidone"),
    ("60 M, eGFR 90, BP 84/50, NKDA. Start sildenafil 50 mg.", "disease", "stop", "sildenafil"),
    ("40 F, eGFR 90, NKDA. Angina. Start Microgynon.", "disease", "stop", "contraceptive"),
    ("74 M, eGFR 84, NKDA. Benign prostatic hyperplasia. Start tiotropium 18 micrograms inhaled daily.", "disease", "note", "tiotropium"),
    ("74 M, eGFR 84, NKDA. Urinary retention 2021. Start Trelegy Ellipta one inhalation daily.", "disease", "note", "trelegy"),
    ("60 M, eGFR 90, NKDA. Closed-angle glaucoma. Start co-careldopa 125 mg TDS.", "disease", "caution", "co-careldopa"),
    ("Mr Ray Holt, 70, on haemodialysis, NKDA. Start gabapentin 300 mg TDS.", "renal", "stop", "gabapentin"),
    ("60 M, CrCl 18, NKDA. Start cefepime 2 g every 8 hours IV.", "renal", "stop", "cefepime"),
    ("60 M, eGFR 90, ALT 410, bilirubin 64, NKDA. Continue terbinafine 250 mg once daily.", "hepatic", "stop", "terbinafine"),
    ("29 F, 8 weeks by scan, antenatal clinic, eGFR 90, NKDA. Continue carbimazole 10 mg once daily.", "pregnancy", "stop", "carbimazole"),
    ("60 M, eGFR 90, NKDA. Heart failure – return to clinic in 4 weeks. Start naproxen 500 mg BD.", "disease", "stop", "naproxen"),
    ("35 F, pregnant 30 weeks, eGFR 120, NKDA. Start naproxen 500 mg BD.", "pregnancy", "stop", "naproxen"),
    ("27 F, G1P0, now 22 wks + 3 d, eGFR 90, NKDA. Start doxycycline 100 mg once daily.", "pregnancy", "stop", "doxycycline"),
    ("Ms Ada Lund, 30, P1. Breast-feeding well, baby boy 3.4 kg. NKDA. Start codeine 30 mg QDS.", "pregnancy", "stop", "codeine"),
    ("40 M, eGFR 90, NKDA. Drank half a bottle of vodka last night. Start metronidazole 400 mg TDS.", "disease", "stop", "metronidazole"),
    ("30 M, eGFR 90, NKDA. G6PD activity low. Start dapsone 100 mg once daily.", "disease", "stop", "dapsone"),
    ("71 M, HFrEF, eGFR 60, NKDA. Start diltiazem 120 mg once daily.", "disease", "stop", "diltiazem"),
]  # fmt: skip
QUIET = [
    ("60 M, eGFR 65, NKDA. Start fenofibrate 160 mg once daily.", "fenofibrate"),
    ("60 M, CrCl 70, NKDA. Start sitagliptin 100 mg once daily.", "sitagliptin"),
    ("60 M, CrCl 75, NKDA. Start solifenacin 5 mg once daily.", "solifenacin"),
    ("30 F, not pregnant, on contraception, eGFR 90, NKDA. Start imatinib 400 mg once daily.", "imatinib"),
    ("40 F, eGFR 90, NKDA. Start venlafaxine 75 mg once daily.", "venlafaxine"),
    ("60 M, eGFR 70, NKDA. No heart failure. Start domperidone 10 mg TDS.", "domperidone"),
    ("60 M, on haemodialysis, NKDA. Start gabapentin 100 mg once daily.", "contraindicated with dialysis"),
    ("60 M, eGFR 85, NKDA. Hospital day HD 3; father on dialysis. Start gabapentin 300 mg TDS.", "gabapentin"),
    ("33 M, ALT 30, bilirubin 60 (Gilbert), eGFR 90, NKDA. Start terbinafine 250 mg once daily.", "terbinafine"),
    ("55 M, eGFR 90, NKDA. G6PD normal. Start primaquine 15 mg once daily.", "primaquine"),
    ("77 M, CrCl 64, NKDA. ?melaena in March on iron, OGD normal, GI bleed ruled out. Start apixaban 5 mg BD.", "gastrointestinal"),
    ("60 M, eGFR 90, BP 134/80, NKDA. Start sildenafil 50 mg.", "sildenafil"),
    ("60 M, eGFR 90, NKDA. On insulin glargine 10 units nocte. Start metronidazole 400 mg TDS.", "metronidazole"),
]  # fmt: skip
RANK = {"note": 0, "caution": 1, "stop": 2}


def alerts_for(chart: str, medicine: str) -> list[Alert]:
    record = read_chart(chart)
    found = cross_check(record, ordered_medicines(record), language="en")
    return [alert for alert in found if medicine in alert.text.lower()]


@pytest.mark.parametrize(("chart", "kind", "least", "medicine"), WARNED)
def test_the_row_warns_at_least_so_gravely(chart: str, kind: str, least: str, medicine: str) -> None:
    found = alerts_for(chart, medicine)
    grave = [a for a in found if a.kind.value == kind and RANK[a.severity.value] >= RANK[least]]
    assert grave, [f"{a.severity.value} {a.kind.value}: {a.text}" for a in found]


@pytest.mark.parametrize(("chart", "medicine"), QUIET)
def test_the_look_alike_raises_no_warning(chart: str, medicine: str) -> None:
    assert [a.text for a in alerts_for(chart, medicine) if a.severity.value != "note"] == []


def test_every_kind_of_rule_is_filled() -> None:
    rules = open_formulary().facts.patient_rules
    counts = {kind: sum(rule.kind == kind for rule in rules) for kind in ("renal", "hepatic", "pregnancy", "age", "disease")}  # fmt: skip
    assert counts["renal"] >= 90
    assert counts["hepatic"] >= 15
    assert counts["pregnancy"] >= 20
    assert counts["age"] >= 45
    assert counts["disease"] >= 80
