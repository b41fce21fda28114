"""Advice for people with overweight or obesity, by the limits of the record's country."""

from __future__ import annotations

import pytest

from assistant.records.reader import read_record
from assistant.safety.patient_state import patient_state
from assistant.tasks.fitting import Fit
from knowledge.formulary import Formulary

OBESE_ZH = "肥胖者体重：下降≥10%，6~12个月内达标。"
OVER_ZH = "超重或肥胖的2型糖尿病患者，优先选用有减重作用的降糖药。"
OBESE_EN = "Aim for weight loss in adults with obesity and asthma."
OVER_EN = "Lose weight in overweight or obesity, with 10 % or more as the aim."


def _zh(kg: float, second: str = "2型糖尿病") -> str:
    return f"心内科\n卢某，男，71岁。入院2025年10月28日，出院2025年11月6日。\n查体：身高170cm，体重{kg:g}kg。\n出院诊断\n1. 心房颤动\n2. {second}\n"


def _en(kg: float) -> str:
    return f"Mr T Sample, 61 M\nAdmitted 03/02/2026. Discharged 14/02/2026.\nWeight {kg:g} kg, height 170 cm.\nDiagnoses:\n1. Asthma\n2. Type 2 diabetes\n"


def _left_out(chart: str, text: str, formulary: Formulary) -> bool:
    record = read_record(chart, filename="c.txt", formulary=formulary)
    return Fit.of(record, patient_state(record, formulary), formulary).leaves_out(text, "goals")


@pytest.mark.parametrize(
    ("chart", "advice", "left_out"),
    [
        (_zh(76), OBESE_ZH, True),  # 26.3
        (_zh(76), OVER_ZH, False),
        (_zh(70), OVER_ZH, False),  # 24.2
        (_zh(68), OVER_ZH, True),  # 23.5
        (_zh(82), OBESE_ZH, False),  # 28.4
        (_zh(68, "肥胖症"), OBESE_ZH, False),
        (_en(82), OBESE_EN, True),  # 28.4
        (_en(88), OBESE_EN, False),  # 30.4
        (_en(70), OVER_EN, True),  # 24.2
        (_en(74), OVER_EN, False),  # 25.6
    ],
)
def test_whom_advice_on_weight_is_for(formulary: Formulary, chart: str, advice: str, left_out: bool) -> None:
    assert _left_out(chart, advice, formulary) is left_out
