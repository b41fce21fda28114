"""Values in running text: test, number, unit, specimen, day and whose they are."""

from __future__ import annotations

import pytest

from assistant.domain.record import Assertion, Observation
from assistant.records.chart import read_chart

NOTE = "Admitted 10/05/2025.\nWard round 12/05/2025 Dr A Bee\n"


def _read(text: str) -> list[Observation]:
    found = read_chart(NOTE + text).observations
    return [o for o in found if o.kind.value in {"lab", "vital"} and o.assertion is Assertion.PRESENT]


def _told(text: str) -> list[str]:
    return [f"{o.name} {o.value}" for o in _read(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ascitic tap: WCC 410 neuts 300 = SBP.", ["Ascitic tap WCC 410", "Ascitic tap neuts 300"]),
        ("LP 11/05 - opening pressure 18, WCC 240, glucose 2.0 (serum glucose 6.4).",
         ["LP WCC 240", "LP glucose 2.0", "glucose 6.4"]),
        ("Pleural fluid pH 7.08, LDH 1890, glucose 1.2; serum LDH 240.",
         ["Pleural fluid pH 7.08", "Pleural fluid LDH 1890", "Pleural fluid glucose 1.2", "LDH 240"]),
        ("Urine Na 18, serum Na 121.", ["Urine Na 18", "Na 121"]),
        ("Neuts 310 on ascitic tap. CRP 44.", ["ascitic tap Neuts 310", "CRP 44"]),
        ("Drain amylase 4500, CRP 120.", ["Drain amylase 4500", "CRP 120"]),
        ("腹水常规：白细胞 820，白蛋白 11 g/L；血白蛋白 27 g/L。", ["腹水常规白细胞 820", "腹水常规白蛋白 11", "白蛋白 27"]),
        ("脑脊液：白细胞 12，葡萄糖 3.1。血糖 6.0。", ["脑脊液白细胞 12", "脑脊液葡萄糖 3.1", "血糖 6.0"]),
        ("VBG pH 7.21, K 5.9, lactate 3.", ["VBG pH 7.21", "K 5.9", "lactate 3"]),
        ("Ascites, K 5.8, Na 126.", ["K 5.8", "Na 126"]),
        ("LP normal, WCC 12.1, Hb 120.", ["WCC 12.1", "Hb 120"]),
        ("Urine output 1.2, creat 90.", ["Urine output 1.2", "creat 90"]),
        ("Dark urine, CK 48000, creat 210.", ["CK 48000", "creat 210"]),
        ("少量腹水，钾 5.8，钠 126。", ["钾 5.8", "钠 126"]),
        ("Baby's glucose 2.1. Wife's HbA1c 91.", []),
        ("Donor Hb 140, Hb 72.", ["Hb 72"]),
        ("CSF 11/05:\nWCC 3\nprotein 0.4\nglucose 3.3\n\nBloods:\nWCC 12.4", ["CSF WCC 3", "CSF protein 0.4", "CSF glucose 3.3", "WCC 12.4"]),
    ],
)  # fmt: skip
def test_a_value_keeps_its_specimen_and_its_person(text: str, expected: list[str]) -> None:
    assert _told(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Albumin 20% 1.5g/kg given.", []),
        ("Albumin 100 ml, glucose 50% 50 ml, sodium 0.9% 1 L.", []),
        ("Mg 2 g IV, Mg 0.61 after.", ["Mg 0.61"]),
        ("K 3.3 Mg 1.5 repleted -> K 4.1 Mg 2.0.", ["K 3.3", "Mg 1.5", "K 4.1", "Mg 2.0"]),
        ("K 2.9, K 40 mmol IV given.", ["K 2.9"]),
        ("予氯化钾 1.0g、10%葡萄糖酸钙 10ml，钾 3.4。", ["钾 3.4"]),
        ("人血白蛋白 10g 静滴，白蛋白 27 g/L。", ["白蛋白 27"]),
        ("Glucose 14 mmol/L, Mg 0.8 mmol/L.", ["Glucose 14", "Mg 0.8"]),
        ("Platelets 1 pool, platelets 62.", ["platelets 62"]),
        ("B12 1 mg IM, folate 5 mg OD, B12 143.", ["B12 143"]),
        ("Albumin 27 g/L, glucose 99 mg/dL, creatinine 1.4 mg/dL.", ["Albumin 27", "glucose 99", "creatinine 1.4"]),
    ],
)  # fmt: skip
def test_what_was_given_is_no_result(text: str, expected: list[str]) -> None:
    assert _told(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Apixaban 2.5 BD (wt 57kg, age 78 - creat >133 so 2 criteria).", ["wt 57"]),
        ("Hb <70 is the trigger. Hb 84.", ["Hb 84"]),
        ("CRP <5, troponin <3, eGFR >90, TSH <0.01.", ["CRP <5", "troponin <3", "eGFR >90", "TSH <0.01"]),
        ("Neuts <0.1 today.", ["Neuts <0.1"]),
        ("Previous Hb 118, now Hb 92.", ["Hb 92"]),
        ("Baseline creat 128; creat 241.", ["creat 241"]),
        ("Creat 241 (b/l creat 128).", ["Creat 241"]),
        ("Aim K >4.5, keep Mg >1.", []),
        ("既往肌酐 88，肌酐 141。", ["肌酐 141"]),
        ("K 4.2 (3.5-5.1), Na 132 (136-145).", ["K 4.2", "Na 132"]),
        ("ABI R 0.48, L 0.81.", []),
        ("Grip R 24, L 22.", []),
        ("T 38.1 P 104 R 22 BP 101/62.", ["T 38.1", "P 104", "R 22", "BP 101/62"]),
        ("BP 92/54 -> 108/60 post 2L.", ["BP 92/54", "BP 108/60"]),
    ],
)  # fmt: skip
def test_a_limit_a_baseline_or_a_side_is_no_result(text: str, expected: list[str]) -> None:
    assert _told(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hb 71 (10/05) -> 83 (11/05) -> 91 (12/05).", [("71", "2025-05-10"), ("83", "2025-05-11"), ("91", "2025-05-12")]),
        ("Creat 148 (10/05), 121 (11/05), 112 (12/05).", [("148", "2025-05-10"), ("121", "2025-05-11"), ("112", "2025-05-12")]),
        ("K 5.8 on 11/05, K 4.6 today.", [("5.8", "2025-05-11"), ("4.6", "2025-05-12")]),
        ("HbA1c 58 (Jan 2025).", [("58", "2025-01")]),
        ("HbA1c 58 in 2023.", [("58", "2023")]),
        ("Ferritin 12 (3 months ago), Hb 88.", [("88", "2025-05-12")]),
        ("Cr trend 1.9 / 2.3 / 2.0 / 1.6 (12/05).", [("1.9 / 2.3 / 2.0 / 1.6 (12/05)", "2025-05-12"), ("1.6", "2025-05-12")]),
        ("WCC 14.1 -> 9.2.", [("14.1", "2025-05-12"), ("9.2", "2025-05-12")]),
    ],
)  # fmt: skip
def test_a_value_has_the_day_that_stands_beside_it(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(o.value, o.time) for o in _read(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("白细胞 15.6↑ ×10^9/L", [("白细胞", "15.6", "×10^9/L", True)]),
        ("钾 3.10 ↓ mmol/L 3.50-5.30", [("钾", "3.10", "mmol/L", True)]),
        ("WBC 14.2 (H) K/uL, Hgb 9.1 L g/dL", [("WBC", "14.2", "K/uL", True), ("Hgb", "9.1", "g/dL", True)]),
        ("Plt 88 10*9/L", [("Plt", "88", "10*9/L", None)]),
        ("| 钾 | 3.1 | mmol/L | 3.5-5.3 | ↓ |", [("钾", "3.1", "mmol/L", None)]),
        ("K+ 4.1 mmol/L, Na+ 139", [("K+", "4.1", "mmol/L", None), ("Na+", "139", None, None)]),
        ("血糖↑12.3mmol/L", [("血糖", "12.3", "mmol/L", True)]),
    ],
)  # fmt: skip
def test_flags_and_units_stay_with_their_value(
    text: str, expected: list[tuple[str, str, str | None, bool | None]]
) -> None:
    assert [(o.name, o.value, o.unit, o.abnormal) for o in _read(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("INR 15 May anticoagulation clinic, then every 2 days.", []),
        ("INR 15 May 2 pm at the clinic. K 3 June with GP.", []),
        ("TSH 14 May 2.1 mU/L. HbA1c 15 May: 69 mmol/mol.", ["TSH 2.1", "HbA1c 69"]),
        ("BP 16/5 148/82, HR 66.", ["BP 148/82", "HR 66"]),
        ("BP 28/7, pulse 70.", ["pulse 70"]),
        ("Wt 13 May 70 kg, Hb 13 May 91.", ["Wt 70", "Hb 91"]),
        ("K 5 may need replacing.", ["K 5"]),
        ("Walks, AMPnoPRO 21/43 (K1-2). Given vitamin K 2.", []),
        ("予维生素K1逆转，INR 1.4。", ["INR 1.4"]),
        ("K3.9, Na 138.", ["K 3.9", "Na 138"]),
        ("eGFR 1, INR 40, Na 18, K 31.", []),
        ("Urine Na 18.", ["Urine Na 18"]),
        ("血钾 5月12日 4.5mmol/L。", ["血钾 4.5"]),
        ("目标空腹5–7mmol/L，HbA1c<7.5%，LDL-C<1.8mmol/L。", []),
        ("HbA1c >130 mmol/mol, INR >8.", ["HbA1c >130", "INR >8"]),
    ],
)
def test_a_day_a_code_or_an_impossible_figure_is_no_value(text: str, expected: list[str]) -> None:
    assert _told(text) == expected


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("TSH 12 May 2.1.", "2025-05-12"),
        ("BP 11/5 148/82.", "2025-05-11"),
        ("Hb (11 May) 84.", "2025-05-11"),
        ("Hb 84 on 11 May.", "2025-05-11"),
        ("Barthel 9/20, AMTS 8/10.", "2025-05-12"),
        ("Barthel\t| 9/10 ", "2025-05-12"),
    ],
)
def test_the_day_beside_a_name_is_the_values_and_a_score_is_no_day(text: str, day: str) -> None:
    found = read_chart(NOTE + text).observations
    assert found
    assert {o.time for o in found} == {day}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("BP 11 May: 152/84 mmHg. Weight 64 kg.", [("152/84", "2025-05-11"), ("64", "2025-05-11")]),
        ("Weight 12/05/2025: 64 kg.", [("64", "2025-05-12")]),
    ],
)
def test_a_name_that_opens_a_dated_line_belongs_to_the_value_behind_it(
    text: str, expected: list[tuple[str, str]]
) -> None:
    found = read_chart("Admitted 10/05/2025. Discharged 20/05/2025.\n\n" + text).observations
    assert [(o.value, o.time) for o in found] == expected


@pytest.mark.parametrize(
    ("told", "day"),
    [
        ("10-30 肌酐 148μmol/L，血钾 5.4mmol/L。", "2026-10-30"),
        ("11-03血钾 2.9mmol/L。", "2026-11-03"),
        ("9-20 血钾 2.9mmol/L。", None),
        ("11-25 血钾 2.9mmol/L。", None),
        ("3-5次排便，血钾 2.9mmol/L。", None),
    ],
)
def test_a_dashed_day_opens_a_sentence_of_a_chinese_narrative_only_within_the_stay(
    told: str, day: str | None
) -> None:
    head = "出院记录\n姓名：陆某 性别：男 年龄：68岁\n入院日期：2026年10月30日 出院日期：2026年11月11日\n"
    found = read_chart(f"{head}诊疗经过：入院后予补液。{told}\n").observations
    assert {o.time for o in found if "血钾" in o.name} == {day}
