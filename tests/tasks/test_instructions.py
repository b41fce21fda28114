"""What the patient is told: every order of the discharge that is no medicine and no visit, and nothing of the signature."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.tasks.discharge_facts import instruction_statements
from assistant.tasks.handout_advice import box_of
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


ORDERS = """Orthopaedic Discharge - Northern Hospital
Jo Vale, 66 F. Adm 02/10/2026, disch 09/10/2026.

Course: knee replacement 02/10, no complications.
TTA
Paracetamol 1 g QDS (NEW)

Orders
WBAT. No kneeling on the wound for 6 wks.
Clips out 16/10/26 practice nurse. Ortho clinic 20/11/26 with XR.
No flying till seen 20/11.
Walk daily; physio OPD 13/10/26.
Home BP cuff BID x 2 wk.
999: chest pain, collapse. Call ward 01632 960 455 if wound leaks.
"""
KARDEX = """Jo Vale, 66 F. Admitted 02/10/2026.

03/10/2026 WR Dr Poe
Recovering well.

Orders
IV fluids 1 L over 8 h. NBM from midnight. Walk the corridor twice.

05/10/2026 WR Dr Poe
Home soon.
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


def test_bare_orders_behind_the_list_of_what_to_take_are_of_the_discharge(formulary: Formulary) -> None:
    for heading in ("Orders", "ORDERS", "Orders:", "Orders/instructions:"):
        record = chart(formulary, ORDERS.replace("\nOrders\n", f"\n{heading}\n"))
        told = "\n".join(s.text for s in instruction_statements(record))
        for order in (
            "WBAT",
            "No kneeling",
            "No flying",
            "Walk daily",
            "Home BP cuff",
            "999",
            "01632 960 455",
        ):
            assert order in told, (heading, order)
        visits = " ".join(f.text for f in record.follow_ups)
        assert all(v in visits for v in ("Clips out 16/10/26", "Ortho clinic 20/11/26", "physio OPD")), (
            heading
        )
        assert "flying" not in visits
        assert "Ortho clinic" not in told
        assert [m.name for m in record.medications if m.phase.value == "discharge"] == ["Paracetamol"]
        assert record.encounter is not None
        assert record.encounter.disposition is None


def test_orders_of_the_ward_and_its_kardex_stay_the_wards(formulary: Formulary) -> None:
    assert _told(KARDEX, formulary) == ""
    for heading in ("Kardex", "Active orders", "Drug chart"):
        told = _told(ORDERS.replace("\nOrders\n", f"\n{heading}\n"), formulary)
        assert "WBAT" not in told, heading


def test_the_number_to_ring_is_an_instruction_in_every_country(formulary: Formulary) -> None:
    for number in ("000", "999", "112", "911"):
        text = EN.replace("- BMP at GP.", f"- Ring {number}: drowsy, confused, blue lips.")
        assert f"Ring {number}" in _told(text, formulary), number


def test_an_emergency_stop_and_a_phone_call_to_come_are_no_call_for_help(formulary: Formulary) -> None:
    assert box_of("No driving for 6 weeks and until emergency stop OK.") == "life_at_home"
    assert box_of("Go to the emergency department with chest pain.") == "warning_signs"
    told = _told(ORDERS.replace("WBAT.", "WBAT. Nurse phone call 18/10/26, target 6-12."), formulary)
    assert "phone call 18/10/26" not in told
    assert "Call ward" in told


def test_what_is_used_at_home_is_not_where_the_patient_goes(formulary: Formulary) -> None:
    for line in (
        "Home BP BID with cuff",
        "Home oxygen 2 L",
        "Home glucose monitor daily",
        "Home insulin stopped at delivery",
    ):
        encounter = chart(formulary, ORDERS.replace("WBAT.", f"{line}.")).encounter
        assert encounter is not None
        assert encounter.disposition is None, line
    for line in ("Home with daughter", "Home today", "Discharged home"):
        encounter = chart(formulary, ORDERS.replace("WBAT.", f"{line}.")).encounter
        assert encounter is not None
        assert encounter.disposition == f"{line}.", line


def test_what_a_list_bars_beside_a_medicine_is_told_and_the_medicine_is_not(formulary: Formulary) -> None:
    text = EN.replace(
        "clopidogrel 75 mg daily\n",
        "clopidogrel 75 mg daily; avoid missing doses of clopidogrel\nparacetamol 1 g QDS; NSAIDs - AVOID (CKD)\n",
    )
    told = [s.text for s in instruction_statements(chart(formulary, text))]
    assert "NSAIDs - AVOID (CKD)" in told
    assert not [t for t in told if "paracetamol" in t or "missing doses" in t]


def test_advice_a_barred_class_and_a_day_behind_bp_reach_the_patient(formulary: Formulary) -> None:
    text = (
        "Admitted 09/11/2026. DISCHARGE 14/11/2026 home.\nTTO:\nParacetamol 1 g qds\n"
        "STOPPED: naproxen - no NSAIDs (AKI)\nFollow up: GP U&E, BP 21/11. Echo OP.\n"
        "Advise: return if breathless. Sip fluids, 1.5-2 L/day.\n"
    )
    record = chart(formulary, text)
    told = [s.text for s in instruction_statements(record)]
    assert "no NSAIDs (AKI)" in told
    assert "Sip fluids, 1.5-2 L/day." in told
    assert next(f.when for f in record.follow_ups if "U&E" in f.text) == "21/11"
