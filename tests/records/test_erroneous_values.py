"""What a remark about a sample withdraws: the value it means, no more and no less."""

from __future__ import annotations

import pytest

from assistant.domain.record import Assertion, Observation
from assistant.records.chart import read_chart

NOTE = "Admitted 10/05/2025.\nWard round 12/05/2025 Dr A Bee\n"


def _values(text: str) -> list[Observation]:
    return [o for o in read_chart(NOTE + text).observations if o.kind.value in {"lab", "vital"}]


def _split(text: str) -> tuple[list[str], list[str]]:
    """``Name value`` of those withdrawn, and of those that stand, in order."""
    found = _values(text)
    told = [(f"{o.name} {o.value}", o.assertion is Assertion.ERRONEOUS) for o in found]
    return [t for t, wrong in told if wrong], [t for t, wrong in told if not wrong]


@pytest.mark.parametrize(
    ("text", "wrong", "stands"),
    [
        (
            "hs-cTnI 8.62 ng/mL（↑），CK-MB 86 U/L，血肌酐 96 μmol/L，血钾 5.9 mmol/L（标本溶血，复查4.2），Hb 118 g/L。",
            ["血钾 5.9"],
            ["hs-cTnI 8.62", "CK-MB 86", "血肌酐 96", "血钾 4.2", "Hb 118"],
        ),
        ("Na 138, K 6.2 (haemolysed, rpt 4.4), creat 71, CRP 12.", ["K 6.2"], ["Na 138", "K 4.4", "creat 71", "CRP 12"]),
        ("Na 138, K 6.2 - haemolysed, creat 71.", ["K 6.2"], ["Na 138", "creat 71"]),
        ("Na 138 K 6.2 creat 71. Sample haemolysed.", ["K 6.2"], ["Na 138", "creat 71"]),
        ("Hb 131, platelets 14 (clumped; citrate tube 168), WCC 7.", ["platelets 14"], ["Hb 131", "platelets 168", "WCC 7"]),
        ("血小板 22×10^9/L（EDTA依赖性假性减低，枸橼酸管复测 165），白细胞 7.1×10^9/L。", ["血小板 22"], ["血小板 165", "白细胞 7.1"]),
        ("钾 6.8，钠 139，肌酐 77，标本溶血，已重抽。", ["钾 6.8"], ["钠 139", "肌酐 77"]),
        ("T 36.9, HR 80, BP 214/140 (cuff error, manual 142/80), RR 16.", ["BP 214/140"], ["T 36.9", "HR 80", "BP 142/80", "RR 16"]),
        ("HR 96, SpO2 71% ?probe artefact, RR 18.", ["SpO2 71"], ["HR 96", "RR 18"]),
        ("Lactate 6.1 (delayed sample), repeat 1.4. CRP 40.", ["Lactate 6.1"], ["Lactate 1.4", "CRP 40"]),
    ],
)  # fmt: skip
def test_a_fault_of_one_test_leaves_the_others_of_the_sample(
    text: str, wrong: list[str], stands: list[str]
) -> None:
    assert _split(text) == (wrong, stands)


@pytest.mark.parametrize(
    ("text", "wrong", "stands"),
    [
        (
            "Wrong-patient sample 11/05 06:00: Hb 142 (lab phoned, disregard). Repeat Hb 11/05 07:30: 83.",
            ["Hb 142"],
            ["Hb 83"],
        ),
        ("Mislabelled tube 06:00 - Hb 60, WCC 22. Redrawn 09:10: Hb 121, WCC 7.4.", ["Hb 60", "WCC 22"], ["Hb 121", "WCC 7.4"]),
        (
            "ABG 08:45: pH 7.16 pCO2 11.9 pO2 4.1 @@\n@@ sample was VENOUS - error. True arterial repeat 09:10: pH 7.33, pCO2 7.4.",
            ["pH 7.16", "pCO2 11.9", "pO2 4.1"],
            ["pH 7.33", "pCO2 7.4"],
        ),
        ("Na 139 K 6.9 @@ creat 80\n@@ haemolysed, repeat 4.4", ["K 6.9"], ["Na 139", "creat 80", "K 4.4"]),
        ("Hb 60 WCC 22 (mislabelled). Redrawn 09:10 Hb 121 WCC 7.4.", ["Hb 60", "WCC 22"], ["Hb 121", "WCC 7.4"]),
        ("钾 2.6，钠 118，葡萄糖 32（输液侧采血，作废）；重抽：钾 4.0，钠 139。", ["钾 2.6", "钠 118", "葡萄糖 32"], ["钾 4.0", "钠 139"]),
        ("Troponin 4120 - reported on wrong pt. Troponin 12.", ["Troponin 4120"], ["Troponin 12"]),
        ("K 2.1, Na 118, glucose 41 - drip arm sample. Repeat K 4.0, Na 139, glucose 6.", ["K 2.1", "Na 118", "glucose 41"], ["K 4.0", "Na 139", "glucose 6"]),
        ("Hb 71 (disregard - not his blood, WBIT). Hb 128 on repeat.", ["Hb 71"], ["Hb 128"]),
    ],
)  # fmt: skip
def test_a_fault_of_the_sample_takes_all_its_values(text: str, wrong: list[str], stands: list[str]) -> None:
    assert _split(text) == (wrong, stands)


@pytest.mark.parametrize(
    "text",
    [
        "K 5.1, sample not haemolysed.",
        "K 6.9, repeat K 6.8 - genuine, not artefact.",
        "Hb 62, LDH 1200, bili 78: haemolysis, DAT positive.",
        "Autoimmune haemolysis: Hb 62, LDH 890.",
        "自身免疫性溶血性贫血，Hb 62 g/L，LDH 890 U/L。",
        "Hb 62，急性溶血，LDH 890。",
        "CRP 88, urine culture contaminated (mixed growth).",
        "CRP 88. Blood cultures 1/2 CoNS - likely contaminated sample.",
        "K 3.8, Na 139, bloods drawn from arterial line.",
        "metformin reduced 500mg BD (eGFR 33), ramipril held - GP recheck. \nCopied: Dr S. Lynch GP.",
        "Hb 104, eGFR 33, GP to recheck.\nCopied to GP and patient.",
        "K 4.4, wrong dose of ramipril prescribed and corrected.",
        "No haemolysis seen; K 5.4, LDH 210.",
        "复查血钾 5.4，标本无溶血。",
        "CRP 40, patient removed his cannula in error.",
    ],
)
def test_what_only_looks_like_a_fault_withdraws_nothing(text: str) -> None:
    wrong, stands = _split(text)
    assert wrong == []
    assert stands


@pytest.mark.parametrize(
    ("text", "wrong", "stands"),
    [
        (
            "11/05 少量牙龈出血，依诺肝素停用。Hb 115。\n12/05 同病房3床患者王某诉黑便，Hb 72，与本患者无关。",
            ["Hb 72"],
            ["Hb 115"],
        ),
        ("Hb 115, some gum bleeding.\nPt in bed 3 had melaena, Hb 72, unrelated to this pt.", ["Hb 72"], ["Hb 115"]),
        ("K 4.1 today.\nK 6.8 is bed 4's, not this pt.", ["K 6.8"], ["K 4.1"]),
    ],
)  # fmt: skip
def test_another_patients_value_goes_and_this_patients_stays(
    text: str, wrong: list[str], stands: list[str]
) -> None:
    assert _split(text) == (wrong, stands)


def test_the_same_figure_of_another_day_is_not_withdrawn_with_it() -> None:
    found = _values("02/05 K 5.6, creat 90.\n09/05 K 5.6 haemolysed, repeat 4.9.")
    assert [(o.value, o.assertion is Assertion.ERRONEOUS) for o in found if o.name == "K"] == [
        ("5.6", False),
        ("5.6", True),
        ("4.9", False),
    ]


def test_a_withdrawn_figure_copied_forward_under_its_own_day_stays_withdrawn() -> None:
    found = _values("11/05 K 6.9 haemolysed, repeat 4.2.\nLabs 11/05: K 6.9, Na 140.\n12/05 K 4.4.")
    assert [o.value for o in found if o.assertion is Assertion.ERRONEOUS] == ["6.9", "6.9"]
    assert [o.value for o in found if o.assertion is Assertion.PRESENT] == ["4.2", "140", "4.4"]
