"""What the patient is told: every order of the discharge that is no medicine and no visit, and nothing of the signature."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.tasks.discharge_facts import instruction_statements
from tests.turns import chart

if TYPE_CHECKING:
    from knowledge.formulary import Formulary

ZH = """出院记录
姓名：王某 性别：男 年龄：70岁
入院日期：2026年10月2日 出院日期：2026年10月10日
出院诊断：心力衰竭
出院带药：
托拉塞米 20mg bid
出院医嘱：
1. 限水1500ml/日，食盐<5g。
2. 腹泻呕吐、不能进食时暂停托拉塞米，联系门诊。
3. 不得驾车。
4. 左肩不可牵拉。
5. 心衰门诊10月20日复诊。
6. 比索洛尔 2.5mg qd 口服。
主治医师：韩某 住院医师：杜某
"""
EN = """Patient: Jo Vale, 66 F. Admitted 02/10/2026. Discharged 09/10/2026.
DIAGNOSES
1. NSTEMI with stent
HOSPITAL COURSE
PCI on 03/10/2026.
DISCHARGE MEDS
clopidogrel 75 mg daily
PLAN
- Cardiology clinic 17/10/2026.
- No driving until 16/10.
- Do not stop clopidogrel without cardiology OK.
- Daily weight; call if up > 2 kg.
- BMP at GP.
"""


def _told(text: str, formulary: Formulary) -> str:
    return "\n".join(s.text for s in instruction_statements(chart(formulary, text)))


def test_orders_of_the_discharge_reach_the_patient(formulary: Formulary) -> None:
    told = _told(ZH, formulary)
    for order in ("限水1500ml", "暂停托拉塞米", "不得驾车", "左肩不可牵拉"):
        assert order in told
    assert "医师" not in told
    assert "比索洛尔 2.5mg" not in told


def test_a_plan_tells_how_to_live_and_leaves_the_teams_own_tasks(formulary: Formulary) -> None:
    told = _told(EN, formulary)
    for order in ("No driving until 16/10", "Do not stop clopidogrel", "Daily weight"):
        assert order in told
    assert "BMP at GP" not in told
    assert "PCI" not in told
