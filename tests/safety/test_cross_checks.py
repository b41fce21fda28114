"""Charts in which an ordinary order would harm this patient, and their sound look-alikes."""

from __future__ import annotations

import pytest

from assistant.domain.answer import Alert, AlertKind, Severity
from assistant.domain.evidence import EvidenceKind
from assistant.domain.record import (
    Allergy,
    Assertion,
    Condition,
    DiagnosisRole,
    MedicationAction,
    MedicationPhase,
    MedicationStatement,
    Observation,
    ObservationKind,
    PatientRecord,
    Place,
    SourceDocument,
    Statement,
)
from assistant.records.chart import read_chart
from assistant.safety.cross_checks import OrderedMedicine, cross_check, ordered_medicines
from assistant.safety.patient_state import patient_state
from knowledge.formulary import open_formulary


def chart(text: str, language: str = "en", **facts: object) -> PatientRecord:
    return PatientRecord("r1", language, (SourceDocument("d1", "Chart", text, "chart"),), **facts)  # type: ignore[arg-type]


def place(text: str, quote: str) -> Place:
    start = text.index(quote)
    return Place("d1", start, start + len(quote), quote)


def alerts_of(text: str, language: str = "en") -> tuple[Alert, ...]:
    record = chart(text, language)
    return cross_check(record, ordered_medicines(record), language=language)


OK = " Allergies: none known. eGFR 88."
TRAPS = [
    # chart, language, kind, least severity, medicine
    (
        "Mr A, 66 M. Severe anaphylaxis to amoxicillin in 2015. eGFR 80. Plan: start co-amoxiclav 625 mg TDS.",
        "en",
        "allergy",
        "stop",
        "co-amoxiclav",
    ),
    (
        "Ms B, 29 F. Allergies: penicillin (anaphylaxis). eGFR 99. Proposed: cefalexin 500 mg TDS for cellulitis.",
        "en",
        "allergy",
        "stop",
        "cefalexin",
    ),
    (
        "Mr C, 44 M. Allergic to Septrin (rash). eGFR 90. Plan: sulfasalazine 500 mg BD.",
        "en",
        "allergy",
        "stop",
        "sulfasalazine",
    ),
    (
        "Mrs D, 50 F. Allergy: ibuprofen - facial swelling and wheeze. eGFR 90. Plan: naproxen 500 mg BD.",
        "en",
        "allergy",
        "stop",
        "naproxen",
    ),
    (
        "患者男，45岁。青霉素过敏（过敏性休克）。eGFR 90。拟予哌拉西林他唑巴坦 4.5 g 静滴 q8h。",
        "zh",
        "allergy",
        "stop",
        "piperacillin/tazobactam",
    ),
    (
        "Mr E, 58 M." + OK + " Meds: isosorbide mononitrate 60 mg OD. Plan: sildenafil 50 mg as needed.",
        "en",
        "interaction",
        "stop",
        "sildenafil",
    ),
    (
        "Mrs F, 61 F." + OK + " Meds: simvastatin 40 mg nocte. Plan: clarithromycin 500 mg BD for 7 days.",
        "en",
        "interaction",
        "stop",
        "clarithromycin",
    ),
    (
        "Mrs G, 70 F."
        + OK
        + " Meds: methotrexate 15 mg once weekly, folic acid 5 mg weekly. Plan: trimethoprim 200 mg BD.",
        "en",
        "interaction",
        "stop",
        "trimethoprim",
    ),
    (
        "Mr H, 52 M." + OK + " Takes phenelzine 15 mg TDS. Proposed: tramadol 50 mg QDS.",
        "en",
        "interaction",
        "stop",
        "tramadol",
    ),
    (
        "Mrs I, 47 F." + OK + " Lithium carbonate 800 mg nocte, level 0.8. Plan: ibuprofen 400 mg TDS.",
        "en",
        "interaction",
        "stop",
        "lithium",
    ),
    (
        "Mr J, 71 M." + OK + " Meds: apixaban 5 mg BD. Plan: diclofenac 50 mg TDS for back pain.",
        "en",
        "interaction",
        "stop",
        "apixaban",
    ),
    (
        "Mr K, 63 M."
        + OK
        + " Meds: ramipril 10 mg OD. Plan: start sacubitril/valsartan 49/51 mg BD tonight.",
        "en",
        "interaction",
        "stop",
        "sacubitril/valsartan",
    ),
    (
        "Ms L, 33 F. Not pregnant."
        + OK
        + " Epilepsy on sodium valproate 500 mg BD. Plan: meropenem 1 g TDS.",
        "en",
        "interaction",
        "stop",
        "meropenem",
    ),
    (
        "Mr M, 49 M." + OK + " Renal transplant, tacrolimus 3 mg BD. Plan: Paxlovid for 5 days.",
        "en",
        "interaction",
        "stop",
        "tacrolimus",
    ),
    (
        "Mr N, 67 M." + OK + " Meds: theophylline 200 mg BD. Plan: ciprofloxacin 500 mg BD.",
        "en",
        "interaction",
        "stop",
        "theophylline",
    ),
    (
        "Mr O, 60 M." + OK + " Meds: bisoprolol 5 mg OD. Plan: start verapamil 80 mg TDS.",
        "en",
        "interaction",
        "stop",
        "verapamil",
    ),
    (
        "Mrs P, 55 F." + OK + " Tamoxifen 20 mg OD. Plan: start paroxetine 20 mg OD.",
        "en",
        "interaction",
        "stop",
        "tamoxifen",
    ),
    (
        "患者女，66岁，无药物过敏史，eGFR 85。长期服秋水仙碱 0.5 mg 每日一次。拟加用克拉霉素 0.5 g 每日两次。",
        "zh",
        "interaction",
        "stop",
        "colchicine",
    ),
    (
        "患者男，70岁，无药物过敏史，eGFR 80。服用利伐沙班 20 mg 每日一次。拟予利福平 0.45 g 每日一次。",
        "zh",
        "interaction",
        "stop",
        "rivaroxaban",
    ),
    (
        "Mr Q, 74 M. Allergies: none known. eGFR 22 mL/min. Meds: metformin 1 g BD.",
        "en",
        "renal",
        "stop",
        "metformin",
    ),
    (
        "Mrs R, 81 F. Allergies: none known. Creatinine 245 umol/L. Plan: nitrofurantoin 100 mg BD.",
        "en",
        "renal",
        "stop",
        "nitrofurantoin",
    ),
    (
        "Mr S, 69 M. NKDA. Creatinine 3.4 mg/dL. Plan: ibuprofen 600 mg TID.",
        "en",
        "renal",
        "stop",
        "ibuprofen",
    ),
    (
        "患者男，78岁，否认药物过敏。血肌酐 320 μmol/L。科室常规：二甲双胍 0.5 g 每日三次。",
        "zh",
        "renal",
        "stop",
        "metformin",
    ),
    (
        "Mr T, 65 M. NKDA. eGFR 48, K 5.9. Plan: start spironolactone 25 mg OD.",
        "en",
        "renal",
        "stop",
        "spironolactone",
    ),
    (
        "Mr U, 59 M. NKDA. eGFR 84. Decompensated cirrhosis, ascites. Plan: naproxen 250 mg BD.",
        "en",
        "hepatic",
        "stop",
        "naproxen",
    ),
    (
        "Ms V, 31 F, pregnant, 12 weeks. NKDA. eGFR 110. Plan: continue ramipril 5 mg OD.",
        "en",
        "pregnancy",
        "stop",
        "ramipril",
    ),
    (
        "患者女，28岁，孕32周，否认过敏史，肾功能正常。拟予布洛芬 0.4 g 每日三次。",
        "zh",
        "pregnancy",
        "stop",
        "ibuprofen",
    ),
    (
        "Ms W, 27 F, breastfeeding a 3 week old. NKDA. eGFR 100. Plan: codeine 30 mg QDS.",
        "en",
        "pregnancy",
        "stop",
        "codeine",
    ),
    (
        "Ms X, 24 F. NKDA. eGFR 105. Bipolar. Plan: start sodium valproate 500 mg BD.",
        "en",
        "missing",
        "caution",
        "valproate",
    ),
    (
        "Boy, 6 years old, 20 kg. NKDA. Chickenpox and fever. Plan: aspirin 300 mg QDS.",
        "en",
        "age",
        "stop",
        "aspirin",
    ),
    ("患儿，男，5岁，体重18 kg，无过敏史。拟予多西环素 50 mg 每日两次。", "zh", "age", "stop", "doxycycline"),
    ("Girl, 4 years old, 16 kg. NKDA. Plan: paracetamol 2400 mg QDS.", "en", "dose", "stop", "paracetamol"),
    ("Mrs Y, 86 F. NKDA. eGFR 70. Plan: zopiclone 7.5 mg nocte.", "en", "age", "caution", "zopiclone"),
    (
        "Mr Z, 57 M. NKDA. eGFR 92. HFrEF, LVEF 30%. Plan: diltiazem 180 mg OD for rate control.",
        "en",
        "disease",
        "stop",
        "diltiazem",
    ),
    (
        "Mr AA, 35 M. NKDA. eGFR 99. Asthma on salbutamol 100 mcg PRN. Plan: propranolol 40 mg BD for anxiety.",
        "en",
        "disease",
        "stop",
        "propranolol",
    ),
    (
        "Mrs AB, 76 F. NKDA. eGFR 66. Parkinson's disease on co-careldopa 25/100 mg TDS. Plan: metoclopramide 10 mg TDS.",
        "en",
        "disease",
        "stop",
        "metoclopramide",
    ),
    (
        "Mr AC, 68 M. NKDA. eGFR 81. Mechanical mitral valve. Plan: switch to apixaban 5 mg BD.",
        "en",
        "disease",
        "stop",
        "apixaban",
    ),
    (
        "Ms AD, 36 F, smoker. Not pregnant. Migraine with aura. NKDA. eGFR 100. Plan: Microgynon daily.",
        "en",
        "disease",
        "stop",
        "combined oral contraceptive",
    ),
    (
        "Mrs AE, 62 F. NKDA. eGFR 75. Myasthenia gravis. Plan: ciprofloxacin 500 mg BD.",
        "en",
        "disease",
        "stop",
        "ciprofloxacin",
    ),
    (
        "Mr AF, 30 M. NKDA. eGFR 95. G6PD deficiency. Plan: dapsone 100 mg OD.",
        "en",
        "disease",
        "stop",
        "dapsone",
    ),
    (
        "患者男，63岁，否认药物过敏史，eGFR 80。帕金森病，服多巴丝肼 125 mg 每日三次。拟予甲氧氯普胺 10 mg 每日三次。",
        "zh",
        "disease",
        "stop",
        "metoclopramide",
    ),
    (
        "患者男，60岁，无药物过敏史，eGFR 82。QTc 520 ms。拟予莫西沙星 0.4 g 每日一次。",
        "zh",
        "disease",
        "stop",
        "moxifloxacin",
    ),
    (
        "Mrs AG, 60 F. NKDA. eGFR 79. C. difficile colitis. Plan: loperamide 4 mg stat.",
        "en",
        "disease",
        "stop",
        "loperamide",
    ),
    (
        "Mr AH, 55 M. NKDA. eGFR 77. Epilepsy. Plan: bupropion 150 mg OD to stop smoking.",
        "en",
        "disease",
        "stop",
        "bupropion",
    ),
    (
        "Mrs AI, 68 F. NKDA. eGFR 83. Rheumatoid arthritis. TTO: methotrexate 10 mg daily.",
        "en",
        "dose",
        "stop",
        "methotrexate",
    ),
    ("Mr AJ, 70 M. NKDA. eGFR 70. Plan: digoxin 125 mg OD.", "en", "dose", "stop", "digoxin"),
    (
        "Mr AK, 64 M. NKDA. eGFR 74. Plan: rivaroxaban 20 mg OD and continue apixaban 5 mg BD.",
        "en",
        "duplicate",
        "stop",
        "apixaban",
    ),
    (
        "Mr AL, 66 M. eGFR 74. Cellulitis. Plan: flucloxacillin 500 mg QDS.",
        "en",
        "missing",
        "caution",
        "flucloxacillin",
    ),
    (
        "Mr AM, 72 M. NKDA. Pneumonia. Plan: gentamicin 320 mg IV OD.",
        "en",
        "missing",
        "caution",
        "gentamicin",
    ),
    (
        "Mr AN, 50 M. NKDA. eGFR 88. HBsAg positive. Plan: rituximab 1000 mg IV.",
        "en",
        "disease",
        "stop",
        "rituximab",
    ),
]

SOUND = [
    ("Mr A, 66 M. No known drug allergies. eGFR 80. Plan: co-amoxiclav 625 mg TDS for 5 days.", "en"),
    ("Mrs B, 60 F. Allergies: none known. eGFR 85. Meds: metformin 1 g BD, atorvastatin 20 mg OD, ramipril 5 mg OD.", "en"),
    ("Mr C, 58 M. NKDA. eGFR 66. HFrEF: sacubitril/valsartan 49/51 mg BD, bisoprolol 5 mg OD, eplerenone 25 mg OD, dapagliflozin 10 mg OD. K 4.6.", "en"),
    ("Mr D, 72 M. NKDA. eGFR 70. Ramipril stopped 5 days ago. Plan: sacubitril/valsartan 24/26 mg BD.", "en"),
    ("Mrs E, 64 F. Allergy: penicillin (mild rash 1990). eGFR 77. Plan: doxycycline 100 mg BD for 5 days.", "en"),
    ("Mr F, 40 M. NKDA. No asthma. eGFR 101. Plan: propranolol 40 mg BD for migraine.", "en"),
    ("Mr G, 40 M. NKDA. Mother has asthma. eGFR 101. Plan: propranolol 40 mg BD for tremor.", "en"),
    ("Mr H, 55 M. NKDA. eGFR 90. Gout. Plan: allopurinol 100 mg OD, colchicine 500 micrograms BD.", "en"),
    ("Mrs I, 70 F. NKDA. eGFR 80. RA: methotrexate 15 mg once weekly, folic acid 5 mg once weekly.", "en"),
    ("Ms J, 30 F, 20 weeks pregnant. NKDA. eGFR 110. Plan: labetalol 100 mg BD, paracetamol 1 g QDS PRN.", "en"),
    ("Ms K, 26 F. Pregnancy test negative, copper IUD. NKDA. eGFR 105. Plan: doxycycline 100 mg BD.", "en"),
    ("Boy, 5 years old, 18 kg. NKDA. Plan: paracetamol 250 mg QDS PRN.", "en"),
    ("Mr L, 62 M. NKDA. eGFR 75. NSTEMI: aspirin 75 mg OD, ticagrelor 90 mg BD, bisoprolol 2.5 mg OD, atorvastatin 80 mg OD.", "en"),
    ("Mr M, 68 M. NKDA. eGFR 60. AF: warfarin 3 mg OD, INR 2.4. Avoid NSAIDs such as ibuprofen. Plan: paracetamol 1 g QDS.", "en"),
    ("Mrs N, 74 F. NKDA. eGFR 71. Parkinson's disease, co-careldopa 25/100 mg TDS. Plan: domperidone 10 mg TDS for 5 days.", "en"),
    ("患者男，65岁，否认药物过敏史，eGFR 78。服二甲双胍 0.5 g 每日三次，氨氯地平 5 mg 每日一次。", "zh"),
    ("患者女，60岁，否认青霉素过敏，eGFR 82。拟予阿莫西林 0.5 g 每日三次。", "zh"),
    ("患者男，58岁，无哮喘病史，否认药物过敏，eGFR 88。拟予普萘洛尔 10 mg 每日三次。", "zh"),
    ("患者男，70岁，无药物过敏史，eGFR 72。华法林已停用5天，改服利伐沙班 20 mg 每日一次。", "zh"),
    ("Mr O, 50 M. NKDA. eGFR 20 last year during sepsis was an acute illness; now eGFR 82. Meds: metformin 500 mg BD.", "en"),
    ("Mr P, 45 M. NKDA. eGFR 95. Peptic ulcer excluded at endoscopy. Plan: naproxen 500 mg BD, omeprazole 20 mg OD.", "en"),
    ("Mrs Q, 52 F. NKDA. eGFR 90. Meds: azathioprine 100 mg OD. Allopurinol avoided.", "en"),
    ("Mr R, 33 M. NKDA. eGFR 99. Epilepsy: levetiracetam 500 mg BD, lamotrigine 100 mg BD.", "en"),
    ("Mr S, 59 M. NKDA. eGFR 84. Meds: lithium carbonate 400 mg nocte. Plan: paracetamol 1 g QDS.", "en"),
    ("Mrs T, 66 F. NKDA. eGFR 77. Asthma: Fostair 100/6 2 puffs BD, salbutamol 100 mcg PRN, montelukast 10 mg nocte.", "en"),
    ("Mr U, 61 M. NKDA. eGFR 69. COPD: Trimbow 2 puffs BD. Plan: prednisolone 30 mg OD for 5 days, doxycycline 100 mg OD.", "en"),
    ("Mr V, 48 M. NKDA. eGFR 93. Shoulder pain on apixaban 5 mg BD. Plan: diclofenac gel to the shoulder.", "en"),
    ("Mr W, 54 M. NKDA. eGFR 91. Migraine. Meds: topiramate 50 mg BD. Plan: sumatriptan 50 mg PRN.", "en"),
]  # fmt: skip
_RANK = {"stop": 2, "caution": 1, "note": 0}


@pytest.mark.parametrize(
    ("text", "language", "kind", "severity", "drug"), TRAPS, ids=[t[0][:40] for t in TRAPS]
)
def test_an_order_that_would_harm_this_patient_is_flagged(
    text: str, language: str, kind: str, severity: str, drug: str
) -> None:
    found = alerts_of(text, language)
    named = [a for a in found if a.kind.value == kind and drug in a.drugs]
    assert named, [(a.kind.value, a.text) for a in found]
    assert max(_RANK[a.severity.value] for a in named) >= _RANK[severity], [a.text for a in named]


@pytest.mark.parametrize(("text", "language"), SOUND, ids=[s[0][:40] for s in SOUND])
def test_a_sound_plan_draws_no_stop(text: str, language: str) -> None:
    record = chart(text, language)
    assert ordered_medicines(record), "a plan without medicines tests nothing"
    assert [a.text for a in alerts_of(text, language) if a.severity is Severity.STOP] == []


def test_every_alert_rests_on_a_formulary_row_and_on_verbatim_record_text() -> None:
    for text, language, *_ in TRAPS:
        for alert in alerts_of(text, language):
            kinds = {e.kind for e in alert.evidence}
            assert EvidenceKind.FORMULARY in kinds
            assert EvidenceKind.RECORD in kinds
            for e in alert.evidence:
                if e.kind is EvidenceKind.RECORD:
                    assert text[e.start : e.end] == e.quote
                else:
                    assert (e.start, e.end) == (0, len(e.quote))


def test_the_language_asked_for_is_the_language_of_the_sentence() -> None:
    record = chart("Mr A, 70 M. NKDA. eGFR 20. Meds: metformin 1 g BD.")
    said = [
        a.text
        for a in cross_check(record, ordered_medicines(record), language="zh")
        if a.kind is AlertKind.RENAL
    ]
    assert said
    assert "二甲双胍" in said[0]
    assert "20" in said[0]


def test_a_medicine_that_the_record_stops_is_no_order() -> None:
    text = "NSAID list: ibuprofen 400 mg."
    where = place(text, "ibuprofen 400 mg")
    stopped = MedicationStatement(
        "ibuprofen", MedicationPhase.DISCHARGE, MedicationAction.STOP, where, generic="ibuprofen"
    )
    assert ordered_medicines(chart(text, medications=(stopped,))) == ()


@pytest.mark.parametrize(
    ("said", "ordered"),
    [
        ("Neurology: primidone if troublesome - not started.", ()),
        ("Neurology: start primidone 50 mg nocte.", ("primidone",)),
    ],
)
def test_a_medicine_talked_of_but_not_started_is_no_order(said: str, ordered: tuple[str, ...]) -> None:
    assert tuple(o.generic for o in ordered_medicines(chart(f"Advice 07/11. {said}"))) == ordered


def test_an_inpatient_medicine_is_over_once_discharge_medicines_are_listed() -> None:
    text = "Ward: enoxaparin 40 mg OD. Discharge: apixaban 5 mg BD."
    ward = MedicationStatement(
        "enoxaparin",
        MedicationPhase.INPATIENT,
        MedicationAction.TAKE,
        place(text, "enoxaparin 40 mg OD"),
        generic="enoxaparin",
        dose="40 mg",
    )
    home = MedicationStatement(
        "apixaban",
        MedicationPhase.DISCHARGE,
        MedicationAction.TAKE,
        place(text, "apixaban 5 mg BD"),
        generic="apixaban",
        dose="5 mg",
    )
    record = PatientRecord(
        "r1", "en", (SourceDocument("d1", "Bundle", text, "fhir"),), medications=(ward, home)
    )
    assert [o.generic for o in ordered_medicines(record)] == ["apixaban"]


@pytest.mark.parametrize(
    "assertion", [Assertion.NEGATED, Assertion.FAMILY, Assertion.RULED_OUT, Assertion.ERRONEOUS]
)
def test_a_condition_the_record_does_not_assert_never_fires(assertion: Assertion) -> None:
    text = "40 M. NKDA. eGFR 90. Asthma. Plan: propranolol 40 mg BD."
    asthma = Condition("asthma", assertion, DiagnosisRole.COMORBIDITY, place(text, "Asthma"))
    record = chart(text, conditions=(asthma,))
    assert not [a for a in cross_check(record, ordered_medicines(record)) if a.kind is AlertKind.DISEASE]


def test_the_latest_result_that_is_not_an_error_decides() -> None:
    text = "70 M. NKDA. eGFR 80 then 24 then 85 (wrong patient). Metformin 1 g BD."
    values = [
        ("80", "2025-01-01", Assertion.PRESENT),
        ("24", "2025-01-05", Assertion.PRESENT),
        ("85", "2025-01-06", Assertion.ERRONEOUS),
    ]
    labs = tuple(
        Observation("eGFR", v, ObservationKind.LAB, place(text, v), number=float(v), time=t, assertion=a)
        for v, t, a in values
    )
    record = chart(text, observations=labs)
    assert patient_state(record, open_formulary()).readings["egfr"].value == 24
    assert any(
        a.kind is AlertKind.RENAL and a.severity is Severity.STOP
        for a in cross_check(record, ordered_medicines(record))
    )


@pytest.mark.parametrize(
    ("text", "egfr"),
    [
        ("60 F. Creatinine 88.4 umol/L.", 65),  # CKD-EPI 2021: 1.0 mg/dL, woman of 60
        ("60 M. Creatinine 1.0 mg/dL.", 86),
        ("60 M. Creatinine 88 umol/L.", 87),
    ],
)
def test_egfr_is_computed_from_creatinine_in_either_unit(text: str, egfr: float) -> None:
    reading = patient_state(chart(text), open_formulary()).readings["egfr"]
    assert reading.value == pytest.approx(egfr, abs=1.5)
    assert reading.computed == "CKD-EPI 2021"


def test_a_recorded_allergy_bars_the_class_but_a_statement_of_none_does_not() -> None:
    text = "50 M. eGFR 90. Sulfa: rash. Plan: co-trimoxazole 960 mg BD."
    order = OrderedMedicine("co-trimoxazole", "co-trimoxazole", proposed=True)
    barred = chart(text, allergies=(Allergy("sulfa", place(text, "Sulfa: rash")),))
    open_text = "50 M. eGFR 90. Plan: co-trimoxazole 960 mg BD."
    none = chart(open_text, allergies=(Allergy("", place(open_text, "50 M"), none_known=True),))
    assert any(
        a.kind is AlertKind.ALLERGY and a.severity is Severity.STOP for a in cross_check(barred, [order])
    )
    assert not any(a.kind is AlertKind.ALLERGY for a in cross_check(none, [order]))


def test_struck_out_text_orders_nothing() -> None:
    text = "Plan: metformin 500 mg BD."
    struck = Statement(text, "plan", Place("d1", 0, len(text), text), assertion=Assertion.ERRONEOUS)
    assert ordered_medicines(chart(text, statements=(struck,))) == ()


@pytest.mark.parametrize(
    ("diagnosis", "severity"),
    [
        ("AKI on CKD 3b, resolved", Severity.NOTE),
        ("急性肾损伤（已恢复）", Severity.NOTE),
        ("AKI on CKD 3a, improving", Severity.CAUTION),
        ("Acute kidney injury", Severity.CAUTION),
    ],
)
def test_an_injury_of_the_kidney_that_is_over_warns_more_mildly(diagnosis: str, severity: Severity) -> None:
    text = f"Diagnoses: {diagnosis}. eGFR 88. Allergies: none known. Discharge: ramipril 5 mg daily."
    condition = Condition(diagnosis, Assertion.PRESENT, DiagnosisRole.SECONDARY, place(text, diagnosis))
    record = chart(text, conditions=(condition,))
    kidney = [a for a in cross_check(record, ordered_medicines(record)) if a.kind is AlertKind.RENAL]
    assert [a.severity for a in kidney] == [severity]


def test_a_medicine_stopped_at_discharge_is_no_order_for_having_been_given() -> None:
    from assistant.records.chart import read_chart

    record = read_chart(
        "Admitted 02/10/2025. Discharged 09/10/2025.\nWard round 02/10/2025 Dr A Bee\nPlan: IV furosemide 80 mg bd.\n"
        "DISCHARGE 09/10/2025\nTTOs\n  Bumetanide 2 mg bd      NEW\n  Furosemide      STOPPED\n  Gliclazide 80 mg bd      WITHHELD - restart if CBG > 12\n"
    )
    assert [o.generic for o in ordered_medicines(record)] == ["bumetanide"]


@pytest.mark.parametrize(
    ("text", "pregnant"),
    [
        ("女 30岁 孕2产1，孕20周，产检。", True),
        ("女 30岁，孕2产1，月经规律。", False),
        ("女 33岁，孕2产1，本次妊娠产后5个月，哺乳中。", False),
        ("女 29岁，孕34+2周，既往剖宫产史（2019）。", True),
        ("女 28岁，妊娠期糖尿病，产后3天。", False),
        ("38 F. 33+5 weeks on admission. Post partum: BP 150/90.", False),
        ("38 F. Pregnant, 34 weeks. Discharged on day 6 after birth.", False),
        ("30 F, G3P2, 20 weeks pregnant, previous post partum haemorrhage 2019.", True),
        ("30 F, 32 weeks pregnant. Discussed postpartum contraception.", True),
        ("30 F, 33+5 weeks, previous Caesarean 2019. BP 150/95.", True),
    ],
)
def test_a_pregnancy_ends_with_its_birth_and_a_history_is_none(text: str, pregnant: bool) -> None:
    language = "zh" if text[0] == "女" else "en"
    assert (patient_state(chart(text, language), open_formulary()).pregnant is not None) is pregnant


def test_an_operation_of_the_stay_ends_the_pregnancy() -> None:
    text = (
        "Ms A, 38 y. Admission 2025-08-19 at 33+5 weeks, discharge 2025-08-27.\n"
        "Procedures: 2025-08-21 Emergency CAESAREAN section\n"
    )
    assert patient_state(read_chart(text), open_formulary()).pregnant is None
