"""Illnesses that pull apart are named where the record has both; the fear or the risk of one is none."""

from __future__ import annotations

import pytest

from assistant.records.reader import read_record
from assistant.tasks.base import Request, Services, Turn
from assistant.tasks.conflicts import conflict_sentences
from knowledge.formulary import Formulary

HEAD = "神经内科\n何某，女，76岁。入院2025年10月29日，出院2025年11月14日。\n"


def _said(formulary: Formulary, text: str, language: str = "zh") -> list[str]:
    record = read_record(text, formulary=formulary)
    turn = Turn(Request("plan", language=language), Services(library=None, formulary=formulary))
    return [s.text for s in conflict_sentences(turn, record)]


@pytest.mark.parametrize(
    "past",
    [
        '房颤6年，因"怕出血"拒服抗凝；高血压15年。',
        "房颤6年，担心消化道出血未服抗凝药。",
        "持续性房颤，出血风险高。",
    ],
)
def test_the_fear_or_the_risk_of_a_bleed_is_no_bleed(formulary: Formulary, past: str) -> None:
    said = _said(formulary, f"{HEAD}出院诊断\n1. 急性脑梗死\n2. 持续性心房颤动\n\n既往史：{past}\n")
    assert not any("房颤与出血" in text for text in said)


@pytest.mark.parametrize("second", ["上消化道出血", "胃溃疡伴出血", "胃溃疡"])
def test_a_bleed_beside_atrial_fibrillation_is_named(formulary: Formulary, second: str) -> None:
    said = _said(formulary, f"{HEAD}出院诊断\n1. 持续性心房颤动\n2. {second}\n")
    assert any("房颤与出血" in text for text in said)


@pytest.mark.parametrize(
    ("second", "named"),
    [("Upper GI bleed", True), ("Fear of bleeding on anticoagulants", False), ("High bleeding risk", False)],
)
def test_english_lists_tell_them_apart_too(formulary: Formulary, second: str, named: bool) -> None:
    text = f"Discharge summary\nAdmitted 01/11/2026. Discharged 05/11/2026.\nDiagnoses:\n1. Atrial fibrillation\n2. {second}\n"
    assert any("the bleeding pull apart" in s for s in _said(formulary, text, "en")) is named


@pytest.mark.parametrize(
    ("told", "said", "named"),
    [
        ("1. Heart failure\n2. Gout\nCourse: colchicine avoided given eGFR.\n", "low-dose colchicine", False),
        (
            "1. Heart failure\n2. Gout\nCourse: colchicine avoided given eGFR.\n",
            "The record avoids colchicine",
            True,
        ),
        ("1. Heart failure\n2. Gout\n", "low-dose colchicine", True),
        (
            "1. Type 2 diabetes\n2. CKD stage 3\nDischarge medications:\nmetformin 500 mg bd\n",
            "metformin lowers",
            True,
        ),
        (
            "1. Type 2 diabetes\n2. CKD stage 3\nHome medications:\nmetformin 500 mg bd\nDischarge medications:\nSTOP metformin\n",
            "metformin lowers",
            False,
        ),
        (
            "1. Type 2 diabetes\n2. AKI, resolved\nDischarge medications:\nmetformin 500 mg bd\n",
            "metformin lowers",
            False,
        ),
        (
            "1. Pre-eclampsia, postpartum\nBreastfeeding well.\nDischarge medications:\nfurosemide 20 mg od\n",
            "diuretic and breastfeeding",
            True,
        ),
        (
            "1. Pre-eclampsia, postpartum\nBreastfeeding well.\nDischarge medications:\nnifedipine 30 mg od\n",
            "diuretic and breastfeeding",
            False,
        ),
    ],
)
def test_a_conflict_is_told_by_what_this_patient_takes_and_avoids(
    formulary: Formulary, told: str, said: str, named: bool
) -> None:
    text = f"Discharge summary\nAdmitted 01/11/2026. Discharged 05/11/2026.\nDiagnoses:\n{told}"
    assert any(said in s for s in _said(formulary, text, "en")) is named
