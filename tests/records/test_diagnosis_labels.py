"""Diagnoses under the labels that letters and summaries give them, and the ones that a sentence alone tells."""

from __future__ import annotations

import pytest

from assistant.domain.record import Assertion, DiagnosisRole, MedicationPhase, PatientRecord
from assistant.records.chart import read_chart

HEAD = "Ward letter\nName: Ann Bee\nAdmitted 01/11/2026  Discharged 05/11/2026\n\n"


def _read(body: str) -> PatientRecord:
    return read_chart(f"{HEAD}{body}\n")


def _names(record: PatientRecord, role: DiagnosisRole) -> list[str]:
    return [c.name for c in record.conditions if c.role is role and c.assertion is Assertion.PRESENT]


@pytest.mark.parametrize(
    ("body", "principal", "others"),
    [
        ("MAIN DIAGNOSIS: Left MCA stroke\nSOCIAL: alone", ["Left MCA stroke"], []),
        ("PRINCIPAL DIAGNOSIS\nUrosepsis\n\nOTHER DIAGNOSES\n1. Gout\n2. Frailty (Frailty Scale 6)\n3. COPD\n\nHISTORY\nFell.", ["Urosepsis"], ["Gout", "Frailty (Frailty Scale 6)", "COPD"]),
        ("Main problem: urosepsis\nOther problems\n - COPD\n - CKD 3b\n - Ex-smoker\nPerformance status 2.\n", ["urosepsis"], ["COPD", "CKD 3b"]),
        ("Primary: Ketoacidosis\nSecondary:\n - asthma\n - obesity\n\nHistory: thirst", ["Ketoacidosis"], ["asthma", "obesity"]),
        ("Primary diagnosis: Cellulitis\n\nSecondary: gout; COPD\n\nMental health\nDepression was discussed.", ["Cellulitis"], ["gout", "COPD"]),
        ("Dx: Cirrhosis with ascites.\nAlso: epilepsy; gout.", ["Cirrhosis with ascites"], ["epilepsy", "gout"]),
        ("Reason for admission: Delirium due to urinary sepsis.", ["Delirium due to urinary sepsis"], []),
        ("Dear Dr Poe,\n\nThank you for seeing this man who was admitted with an anterior myocardial infarction. He did well.", ["anterior myocardial infarction"], []),
        ("Dear Dr Poe,\n\nShe was with us for an elective hip replacement because of severe osteoarthritis. She did well.", ["severe osteoarthritis"], []),
        ("Dear Dr Poe,\n\nHe was cold and tired. The principal diagnosis is severe hypothyroidism.\n\nPlan: TSH.", ["severe hypothyroidism"], []),
        ("Dear Dr Poe,\n\nDiagnosis on discharge was acute pancreatitis.", ["acute pancreatitis"], []),
        ("诊断\n① 急性阑尾炎\n② 高血压病\n简要病史\n腹痛", ["急性阑尾炎"], ["高血压病"]),
        ("【入院诊断】脑梗死待查\n【出院诊断】\n1 脑出血\n2 高血压病", ["脑出血"], ["高血压病"]),
        ("出院Dx\n1 慢性心衰\n2 CKD 4期（基线eGFR 24-28）\n3 COPD急性加重\n\n经过\nD1 予呋塞米。", ["慢性心衰"], ["CKD 4期（基线eGFR 24-28）", "COPD急性加重"]),
        ("出院Dx：肺炎\n主诉：咳嗽", ["肺炎"], []),
        ("Dx: Meningitis, Streptococcus pneumoniae (blood + CSF)", ["Meningitis, Streptococcus pneumoniae (blood + CSF)"], []),
    ],
)  # fmt: skip
def test_every_label_of_a_diagnosis_is_read(body: str, principal: list[str], others: list[str]) -> None:
    record = _read(body)
    assert _names(record, DiagnosisRole.PRINCIPAL) == principal
    assert _names(record, DiagnosisRole.SECONDARY) == others


@pytest.mark.parametrize(
    "body",
    [
        "Reason for admission: chest pain",
        "Reason for admission: ?PE",
        "Primary: left hip replacement\nOther: lives alone",
        "Other: flu vaccine given",
        "Dear Dr Poe,\n\nHis wife was admitted with a stroke. He visits her.",
        "Dear Dr Poe,\n\nThe diagnosis was not clear. She was admitted with suspected pneumonia.",
        "Dear Dr Poe,\n\nHe was previously admitted with a stroke in 2019.",
        "Hepatitis B and C serology sent on 16 June.",
        "Progress: hepatitis B and C awaited.",
        "Sputum grew Streptococcus pneumoniae.",
    ],
)
def test_a_symptom_a_question_an_earlier_stay_and_a_test_are_no_diagnosis(body: str) -> None:
    assert [c.name for c in _read(body).conditions if c.assertion is Assertion.PRESENT] == []


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("PMH: On-X aortic valve 2018, hypertension", "On-X aortic valve 2018"),
        ("Background: mechanical AVR; gout", "mechanical AVR"),
        ("Background: mechanical mitral valve 2016 (target INR 2.5-3.5)", "mechanical mitral valve 2016 (target INR 2.5-3.5)"),
        ("PMH: bone metastases, gout", "bone metastases"),
        ("Background: atrial fibrillation (on warfarin, CHA2DS2-VASc 2), gout (stage 3), COPD", "atrial fibrillation (on warfarin, CHA2DS2-VASc 2)"),
        ("既往史：2015年主动脉瓣机械瓣置换术后，高血压。", "2015年主动脉瓣机械瓣置换术后"),
    ],
)  # fmt: skip
def test_a_valve_and_metastases_of_the_history_are_kept_whole(body: str, name: str) -> None:
    assert name in _names(_read(body), DiagnosisRole.COMORBIDITY)


@pytest.mark.parametrize(
    "heading", ["MEDICINES AT DISCHARGE", "MEDICATION AT DISCHARGE", "MEDICINES TO TAKE HOME"]
)
def test_a_heading_in_capitals_opens_the_list_of_what_to_take(heading: str) -> None:
    record = _read(f"COURSE\nDid well.\n\n{heading}\n| drug | dose |\n| apixaban | 5 mg bd |\n")
    assert [m.generic for m in record.medications if m.phase is MedicationPhase.DISCHARGE] == ["apixaban"]


def test_a_department_of_medicine_heads_no_list() -> None:
    record = read_chart(
        "ACUTE MEDICINE DISCHARGE\nName: Ann Bee\nAdmitted 01/11/2026  Discharged 05/11/2026\nHad 14 days of enoxaparin."
    )
    assert [m.name for m in record.medications if m.phase is MedicationPhase.DISCHARGE] == []


@pytest.mark.parametrize("heading", ["经过", "Lab", "【经过】", "诊疗过程"])
def test_a_short_heading_alone_on_its_line_ends_the_diagnoses(heading: str) -> None:
    record = _read(f"出院诊断\n1. 痛风\n2. 高血压病\n\n{heading}\n发热2天，予补液。\n")
    assert [c.name for c in record.conditions] == ["痛风", "高血压病"]
    assert not any(heading in s.text for s in record.statements), heading


@pytest.mark.parametrize("text", ["手术经过：顺利，出血50ml。", "病程经过如下：发热。", "Lab book signed."])
def test_words_that_hold_such_a_heading_head_nothing(text: str) -> None:
    assert any(text.rstrip("。.") in s.text for s in _read(text).statements)


@pytest.mark.parametrize(
    "line",
    [
        "YY大学附属医院 心力衰竭病房",
        "卒中单元",
        "糖尿病足门诊",
        "省肿瘤医院",
        "心力衰竭与心肌病专科",
        "高血压专病门诊",
    ],
)
def test_a_ward_a_clinic_or_a_hospital_is_no_problem(line: str) -> None:
    record = read_chart(
        f"{line}\n出院记录\n张三，男，60岁。入院2025年11月1日，出院2025年11月5日。\n诊断：痛风\n"
    )
    assert [c.name for c in record.conditions] == ["痛风"]


@pytest.mark.parametrize("text", ["新发心力衰竭，转心内科。", "入院后诊断肺炎，予头孢。"])
def test_a_disease_told_beside_a_ward_stays_one(text: str) -> None:
    record = _read(f"诊断：痛风\n\n诊疗经过：{text}")
    assert len(record.conditions) == 2


@pytest.mark.parametrize(
    ("body", "principal", "others"),
    [
        ("Dear Dr Poe,\nThank you for seeing Ann, who came in with an infective exacerbation of COPD and type 2 respiratory failure. Settled.", ["infective exacerbation of COPD"], ["type 2 respiratory failure"]),
        ("Admitted with delirium due to urinary tract infection with acute urinary retention.", ["delirium due to urinary tract infection with acute urinary retention"], []),
        ("Admitted with pneumonia and sepsis.", ["pneumonia"], ["sepsis"]),
        ("Treated for an infective exacerbation of COPD with doxycycline.", ["infective exacerbation of COPD"], []),
        ("She came to hospital with a fracture of the radius and ulna.", ["fracture of the radius and ulna"], []),
        ("She was admitted for elective left TKR on 02/11.", ["left TKR"], []),
        ("Op: L total knee replacement (cemented) 02/11, spinal.\nComplic: PE segmental RLL, CTPA 05/11. No RV strain.", ["L total knee replacement (cemented)"], ["PE segmental RLL"]),
        ("Operation: R hemiarthroplasty 02/11.\n\nComplications: urinary retention, hospital-acquired pneumonia and wound infection.", ["R hemiarthroplasty"], ["urinary retention", "hospital-acquired pneumonia", "wound infection"]),
        ("Diagnosis: Hip fracture\nOp: R hemiarthroplasty 02/11.", ["Hip fracture"], []),
    ],
)  # fmt: skip
def test_a_letter_an_operation_and_its_complications_name_the_diagnosis(
    body: str, principal: list[str], others: list[str]
) -> None:
    record = read_chart(f"Ann Bee, 60 F. Admitted 01/11/2026. Discharged 15/11/2026.\n\n{body}\n")
    assert _names(record, DiagnosisRole.PRINCIPAL) == principal
    assert _names(record, DiagnosisRole.SECONDARY) == others


@pytest.mark.parametrize(
    "body",
    [
        "He came in with chest pain.",
        "Her mother was admitted with pneumonia.",
        "Op: cancelled, hemiarthroplasty not done.",
        "Complications: none.",
        "Complications: no pneumonia, no DVT.",
        "Previously admitted for elective left TKR in 2019.",
        "Treated with doxycycline for 5 days.",
        "Came in for review of her failure to attend.",
    ],
)
def test_a_symptom_a_cancelled_operation_and_what_did_not_follow_name_none(body: str) -> None:
    record = read_chart(f"Ann Bee, 60 F. Admitted 01/11/2026. Discharged 15/11/2026.\n\n{body}\n")
    assert _names(record, DiagnosisRole.PRINCIPAL) + _names(record, DiagnosisRole.SECONDARY) == []


@pytest.mark.parametrize(
    "item",
    [
        "MELD-Na 21 on admission",
        "POD 6",
        "Postop day 3",
        "CHA2DS2-VASc 3",
        "T-score spine -3.4",
        "50 pack-years",
        "G2P2002",
        "NIHSS 4 on admission",
        "Child-Pugh C (10)",
    ],
)
def test_a_score_a_day_or_a_habit_is_no_illness(item: str) -> None:
    record = _read(f"Diagnoses:\n1. Cirrhosis\n2. {item}\n3. Asthma\n\nPMH: COPD. {item}. Gout.")
    assert _names(record, DiagnosisRole.PRINCIPAL) == ["Cirrhosis"]
    assert _names(record, DiagnosisRole.SECONDARY) == ["Asthma"]
    assert _names(record, DiagnosisRole.COMORBIDITY) == ["COPD", "Gout"]


@pytest.mark.parametrize("item", ["Child-Pugh C cirrhosis", "Day case hernia repair for hernia"])
def test_an_illness_that_opens_with_a_score_stays(item: str) -> None:
    assert item in _names(_read(f"Diagnoses:\n1. Stroke\n2. {item}"), DiagnosisRole.SECONDARY)


def test_the_head_of_a_summary_is_no_state_at_discharge() -> None:
    text = (
        "POSTPARTUM DISCHARGE SUMMARY\nLakeview Women's Hospital, Dept. of OB/GYN\n"
        "Name: Ann Bee  MRN 90-11  DOB 03/22/1988\nAdmitted 05/04/2025. Discharged 05/12/2025.\n"
        "Attending: H. Poe MD\n\nDischarged home well with her husband.\n\nHPI/course\nBP 168/108. Delivered.\n"
    )
    record = read_chart(text)
    assert [s.text for s in record.statements_in("condition_at_discharge")] == [
        "Discharged home well with her husband."
    ]
    assert [s.text for s in record.statements_in("hospital_course")] == ["BP 168/108.", "Delivered."]


def test_the_causes_of_an_illness_are_no_illnesses_of_their_own() -> None:
    found = _read(
        "Diagnoses:\n1. DKA, precipitated by influenza A and empagliflozin\n2. AKI, and hyperkalaemia"
    )
    assert _names(found, DiagnosisRole.PRINCIPAL) == ["DKA, precipitated by influenza A and empagliflozin"]
    assert _names(found, DiagnosisRole.SECONDARY) == ["AKI", "hyperkalaemia"]


def test_a_department_named_after_an_illness_is_no_illness() -> None:
    record = read_chart(
        "CITY INFIRMARY - STROKE & GENERAL MEDICINE\nAdmitted 01/05/2025. Discharged 09/05/2025.\n03/05 WR: stroke and heart failure."
    )
    noted = _names(record, DiagnosisRole.NOTED)
    assert noted
    assert not [name for name in noted if "MEDICINE" in name]
