"""What the team ordered for this patient stands; a guideline's line on the same matter gives way, and the plan shows both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assistant.tasks.gathering import Unit
from assistant.tasks.own_orders import OwnOrders
from knowledge.types import Passage
from tests.turns import answer, chart, services, texts

if TYPE_CHECKING:
    from knowledge.formulary import Formulary
    from knowledge.open import Library

HEAD = "Patient: Mrs R Sample, 81 F\nAdmitted 2026-02-03. Discharged 2026-02-14.\nDiagnoses:\n1. Hip fracture, left\n2. Heart failure\n"


def _unit(text: str) -> Unit:
    return Unit(
        Passage("g#0", "g", "G", text, 0, len(text), "Goals", "P", "2025", "2025"), 0, len(text), text, 0.0
    )


@pytest.mark.parametrize(
    ("order", "advice", "part"),
    [
        ("Instructions: touch weight-bearing left leg for 6 weeks.", "Full weight bearing at once.", "actions"),
        ("Instructions: 50% weight bearing only.", "Put full weight on the leg when you walk.", "for_patients"),
        ("Plan: aim HbA1c 58-64 mmol/mol given hypos.", "HbA1c: below 7 % (53 mmol/mol).", "goals"),
        ("Plan: target BP below 150/90.", "Blood pressure: below 130/80 mmHg.", "goals"),
        ("Discharge advice: fluid restriction 1.5 L a day.", "Drink at least 2 litres a day.", "lifestyle_or_exercise"),
        ("Instructions: no driving for 4 weeks.", "Driving: not for 1 week after infarction.", "safety_limits"),
        ("Instructions: call if up 2 kg in 3 days.", "Call us if you gain 1.5 kg in 2 days.", "for_patients"),
        ("Instructions: call 999 if chest pain lasts 15 minutes after GTN.", "Chest pain lasting more than 5 minutes needs emergency care.", "red_flags"),
        ("Discharge medications: aspirin 75 mg od until 18/11/2026 then STOP", "Dual antiplatelet therapy: at least 12 months.", "goals"),
        ("Discharge medications: amoxicillin 1 g tds until 15/11/2026 (14 days in total)", "Antibiotic days: 5–7 days.", "goals"),
        ("Follow-up: apixaban for 3 months then review.", "Continue anticoagulation for at least 6 months.", "actions"),
        ("Follow-up: pulmonary rehab from 21/07, O2 4 L/min with exertion, keep SpO2 >=86%.", "Stop a session with saturation below 85 % despite oxygen and rest.", "safety_limits"),
        ("Follow-up: diabetes nurse call 18/02/2026, CBG target 6-12.", "Glucose before meals: 80–130 mg/dL (4.4–7.2 mmol/L).", "goals"),
        ("Plan: CBG target 6-12.", "Peak glucose after meals: below 180 mg/dL (10.0 mmol/L).", "goals"),
        ("Plan: capillary glucose daily, aim 5-9 fasting.", "Glucose before meals: 80–130 mg/dL (4.4–7.2 mmol/L).", "goals"),
        ("Plan: keep sats above 88% when walking.", "Rest or add oxygen when saturation falls below 85 % during exercise.", "safety_limits"),
        ("出院医嘱：限制饮水每日1200ml。", "每日饮水量：1.5-2升。", "lifestyle_or_exercise"),
        ("出院医嘱：每日晨称体重，3天增2kg即联系。", "3天内体重增加2 kg以上，当日就诊。", "red_flags"),
        ("Instructions: daily weight, call if >2 kg in a week.", "Call us if you gain 1.5 kg in 2 days.", "for_patients"),
        ("出院医嘱：胸痛>5min含硝酸甘油1片不缓解：120。", "胸痛15分钟不缓解，拨打120。", "red_flags"),
        ("出院医嘱：不可盘腿，屈髋不超过90°，至4月16日。", "髋关节屈曲不超过90°，6~12周。", "safety_limits"),
        ("出院医嘱：左下肢免负重6周。", "术后早期完全负重。", "actions"),
    ],
)  # fmt: skip
def test_an_order_of_the_record_outranks_the_guideline_on_its_matter(
    order: str, advice: str, part: str, formulary: Formulary
) -> None:
    orders = OwnOrders.of(chart(formulary, f"{HEAD}{order}\n"))
    assert orders.outranks(_unit(advice), part)


@pytest.mark.parametrize(
    ("said", "advice", "part"),
    [
        ("On admission: non-weight-bearing, unable to stand.", "Full weight bearing at once.", "actions"),
        ("出院医嘱：1个月内不提>5kg。", "3天内体重增加2 kg以上，当日就诊。", "red_flags"),
        ("Instructions: no lifting >5 kg for 6 weeks.", "Call us if you gain 1.5 kg in 2 days.", "for_patients"),
        ("Labs: HbA1c 58 mmol/mol.", "HbA1c: below 7 % (53 mmol/mol).", "goals"),
        ("Examination: BP 150/90.", "Blood pressure: below 130/80 mmHg.", "goals"),
        ("Instructions: no driving for 4 weeks.", "Walk each day.", "lifestyle_or_exercise"),
        ("Instructions: call if up 2 kg in 3 days.", "Breathlessness at rest needs emergency care.", "red_flags"),
        ("Social history: drives a taxi.", "Driving: not for 1 week after infarction.", "safety_limits"),
        ("Discharge medications: amoxicillin 1 g tds", "Antibiotic days: 5–7 days.", "goals"),
        ("Discharge medications: aspirin 75 mg od", "Dual antiplatelet therapy: at least 12 months.", "goals"),
        ("Past history: clopidogrel for 12 months after a stent in 2014.", "Dual antiplatelet therapy: at least 12 months.", "goals"),
        ("Family history: mother on warfarin lifelong.", "Continue anticoagulation for at least 6 months.", "actions"),
        ("Labs: glucose 9.2 mmol/L, CBG 6-12.", "Glucose before meals: 80–130 mg/dL (4.4–7.2 mmol/L).", "goals"),
        ("Plan: target SpO2 88-92% at rest.", "Stop a session with saturation below 85 % despite oxygen and rest.", "safety_limits"),
        ("Instructions: call 999 for chest pain.", "Do not stop dual antiplatelet therapy early.", "safety_limits"),
    ],
)  # fmt: skip
def test_what_is_no_order_or_another_matter_moves_nothing(
    said: str, advice: str, part: str, formulary: Formulary
) -> None:
    orders = OwnOrders.of(chart(formulary, f"{HEAD}{said}\n"))
    assert not orders.outranks(_unit(advice), part)


def test_a_plan_says_which_guideline_line_gave_way(shelf: Library, formulary: Formulary) -> None:
    ordered = (
        f"{HEAD}3. Hypertension\nPlan: target BP below 150/90 (falls).\nInstructions: no lifting over 2 kg.\n"
    )
    told = answer(services(shelf, formulary), "plan", record=chart(formulary, ordered), language="en")
    goals, cautions = texts(told, "goals"), texts(told, "cautions")
    assert "Blood pressure: " not in goals.replace("From the record", "")
    assert "150/90" in texts(told)
    assert "The record's own order stands: target BP below 150/90" in cautions
    free = answer(
        services(shelf, formulary), "plan", record=chart(formulary, f"{HEAD}3. Hypertension\n"), language="en"
    )
    assert "lood pressure: " in texts(free, "goals")
