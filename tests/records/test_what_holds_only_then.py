"""Stops that have not been made, statuses in a last column, and words of home that stand anywhere: the list is the list."""

from __future__ import annotations

import pytest

from assistant.domain.answer import MedicationChange
from assistant.domain.medicines import ReconciledMedicine
from assistant.records.chart import read_chart
from assistant.records.conditional_orders import is_conditional
from assistant.records.reconcile import reconcile
from knowledge.formulary import open_formulary

ZH = "出院记录\n姓名：王某 性别：男 年龄：70岁\n入院日期：2026年10月2日 出院日期：2026年10月10日\n出院诊断：心力衰竭\n"
EN = "Patient: Jo Vale, 66 F. Admitted 02/10/2026. Discharged 09/10/2026.\nDIAGNOSIS: COPD\n"


def _settled(text: str) -> dict[str, ReconciledMedicine]:
    return {m.generic or m.name: m for m in reconcile(read_chart(text), open_formulary())}


@pytest.mark.parametrize(
    "advice",
    [
        "腹泻呕吐、不能进食时暂停达格列净、托拉塞米，联系门诊。",
        "体重<64.5kg或头晕SBP<90：停一次托拉塞米并打电话。",
        "3天↑≥2kg：托拉塞米加服20mg×1并电话联系。",
        "如出现血压低，应暂停托拉塞米并就诊。",
    ],
)
def test_advice_for_a_bad_day_stops_nothing_on_the_list(advice: str) -> None:
    found = _settled(f"{ZH}出院带药：\n托拉塞米 20mg bid\n达格列净 10mg qd\n医嘱：\n{advice}\n")
    for name in ("torasemide", "dapagliflozin"):
        assert found[name].change is not MedicationChange.STOPPED, name
        assert found[name].uncertain is None
    assert found["torasemide"].dose == "20mg"


@pytest.mark.parametrize(
    ("before", "tail", "conditional"),
    [
        ("腹泻呕吐时暂停", "，联系门诊", True),
        ("If vomiting or not eating, stop ", " and call", True),
        ("入院时停用", "。", False),
        ("服用华法林期间停用", "。", False),
        ("因肾功能恶化停用", "。", False),
        ("We have stopped ", " for good", False),
        ("术后停用", "", False),
    ],
)
def test_what_is_conditional(before: str, tail: str, conditional: bool) -> None:
    assert is_conditional(before, tail) is conditional


def test_the_last_column_of_a_row_is_its_status() -> None:
    found = _settled(
        f"{EN}HOME MEDS PRE-ADM: gliclazide MR, metformin XR, temazepam\nMEDS ON D/C\n"
        "prednisolone 25 mg mane 02/11-04/11, then 12.5 mg 05/11-07/11 then STOP          NEW (taper)\n"
        "insulin glargine 10 units mane              NEW - reduce to 6 units when pred 12.5, cease when pred stops\n"
        "metformin XR 1 g nocte                      unch\n"
        "gliclazide MR 60 mg                         WITHHELD - GP to decide after pred ceased\n"
        "temazepam 10 mg nocte                       CEASED (falls)\nPLAN\nGP 1/52: BGL diary, insulin stop plan.\n"
    )
    assert found["prednisolone"].change is MedicationChange.NEW
    assert found["insulin glargine"].dose == "10 units"
    assert found["metformin"].change is MedicationChange.CONTINUED
    assert found["gliclazide"].held
    assert found["temazepam"].change is MedicationChange.STOPPED
    assert found["temazepam"].uncertain is None


def test_the_partner_or_the_time_of_another_order_is_not_stopped() -> None:
    found = _settled(
        f"{EN}HOME MEDICINES\nibuprofen 600 mg prn\nspironolactone 50 mg od\nMedicines at discharge:\n"
        "enoxaparin 60 mg s.c. twice daily (new)\nco-trimoxazole 960 mg OD - new\nspironolactone 100 mg OM\n"
        "Stopped: ibuprofen 600 mg (migraine) - not to take with enoxaparin\n"
        "Plan: U&E weekly (K with spiro + co-trimoxazole; stop diuretics if Na <125).\n"
    )
    assert found["enoxaparin"].change is MedicationChange.NEW
    assert found["enoxaparin"].uncertain is None
    assert found["ibuprofen"].change is MedicationChange.STOPPED
    assert found["co-trimoxazole"].change is MedicationChange.NEW
    assert found["spironolactone"].dose == "100 mg"


def test_a_slow_and_a_plain_form_of_one_list_are_two_medicines() -> None:
    listed = (
        "Co-careldopa 25/100 one tablet four times daily at 07:00, 11:00, 15:00, 19:00 (unchanged)\n"
        "Co-careldopa MR 25/100 one at 22:00 (unchanged)\n"
    )
    found = reconcile(read_chart(f"{EN}Medicines on discharge:\n{listed}"), open_formulary())
    assert sorted(m.frequency or "" for m in found)[-1].startswith("four times daily")
    assert len(found) == 2


@pytest.mark.parametrize(
    ("told", "name", "change"),
    [
        ("患者慢阻肺十余年，平素服用二甲双胍0.5g每日2次、坦索罗辛0.2mg每晚1次。", "metformin", MedicationChange.CONTINUED),
        ("【病史】长期规律口服二甲双胍0.5g bid。", "metformin", MedicationChange.CONTINUED),
        ("治疗：予二甲双胍0.5g bid降糖。", "metformin", MedicationChange.NEW),
    ],
)  # fmt: skip
def test_what_is_taken_at_home_is_said_anywhere(told: str, name: str, change: MedicationChange) -> None:
    found = _settled(f"{ZH}{told}\n出院带药：\n二甲双胍片 0.5g 每日2次\n")
    assert found[name].change is change


def test_a_dose_put_right_is_the_dose_and_what_is_forbidden_is_no_order() -> None:
    found = _settled(
        f"{ZH}转院带药\n 阿哌沙班 2.5mg bid？→ 主任医师更正：5mg bid（仅1项，不减量）\n 比索洛尔 2.5mg qd\n禁：阿司匹林、NSAIDs。\n"
    )
    assert found["apixaban"].dose == "5mg"
    assert "aspirin" not in found or found["aspirin"].change is MedicationChange.STOPPED


@pytest.mark.parametrize(
    ("told", "substance", "reaction"),
    [
        ("无药物过敏史，但自述头孢曲松输液后胸闷心慌，按过敏对待。", "头孢曲松", "胸闷心慌"),
        ("过敏：磺胺类（全身皮疹）。曲马多服后呕吐、意识模糊（不良反应）。", "曲马多", "呕吐、意识模糊"),
        (
            "家族：其母高血压、50岁糖尿病。BMI 31.2。不吸烟。对左氧氟沙星过敏（喉头水肿）。",
            "左氧氟沙星",
            "喉头水肿",
        ),
    ],
)
def test_an_exception_is_an_allergy(told: str, substance: str, reaction: str) -> None:
    found = {a.substance: a.reaction for a in read_chart(f"{ZH}{told}\n").allergies if not a.none_known}
    assert found[substance] == reaction
    assert "意识模糊" not in found


def test_a_dotted_route_and_a_dotted_day_end_no_sentence() -> None:
    found = _settled(
        f"{EN}Medicines at discharge:\nEnoxaparin 60 mg s.c. 1-0-1 (new), at least 6 months\nLevothyroxine 100 ug p.o. 1-0-0\n"
    )
    assert found["enoxaparin"].frequency == "1-0-1"
    assert found["levothyroxine"].frequency == "1-0-0"
    chart = read_chart(
        f"{EN}COURSE\nDecision about cycle 3 on 06.11. in oncology clinic. She went home on 09.10. The wound is dry.\n"
    )
    told = [s.text for s in chart.statements]
    assert any("06.11. in oncology clinic" in t for t in told)
    assert "The wound is dry." in told


def test_each_medicine_of_a_line_of_holds_has_its_own_restart() -> None:
    found = _settled(
        f"{EN}DRUG HISTORY\nmethotrexate 15 mg once weekly\nfolic acid 5 mg once weekly\nramipril 5 mg od\n"
        "MEDICATIONS ON DISCHARGE\nparacetamol 1 g qds\n"
        "WITHHELD: methotrexate (infection) - rheumatology to advise restart; folic acid (with methotrexate); ramipril (AKI) - GP to restart if U&E stable\n"
    )
    assert all(found[n].held for n in ("methotrexate", "folic acid", "ramipril"))
    assert found["methotrexate"].restart_condition == "rheumatology to advise restart"
    assert found["ramipril"].restart_condition == "GP to restart if U&E stable"
    assert found["folic acid"].restart_condition is None


LIST = f"{EN}Medications before admission:\nspironolactone 200 mg od\ncarvedilol 3.125 mg bd\nallopurinol 100 mg od\nDischarge medications:\nspironolactone 100 mg od\ncarvedilol 3.125 mg bd\nallopurinol 100 mg od\n"


@pytest.mark.parametrize(
    "order",
    [
        "BP goal <130/80, hold carvedilol for HR <50 or SBP <90.",
        "Stop spironolactone if Na <125, K >6.0 or creat >150.",
        "Hold carvedilol and spironolactone when vomiting.",
        "Cardiology clinic 20/11/2026 - decide stop carvedilol.",
        "GP to consider stopping allopurinol.",
        "Please pause spironolactone during any illness with diarrhoea.",
    ],
)
def test_a_stop_with_its_condition_behind_the_name_stops_nothing(order: str) -> None:
    found = _settled(f"{LIST}Instructions:\n{order}\n")
    assert found["spironolactone"].dose == "100 mg"
    for name in ("spironolactone", "carvedilol", "allopurinol"):
        assert found[name].change is not MedicationChange.STOPPED, name
        assert found[name].uncertain is None


@pytest.mark.parametrize(
    "order", ["Stop carvedilol.", "Stop carvedilol and spironolactone today.", "Hold carvedilol for 1 week."]
)
def test_a_stop_without_a_condition_stands(order: str) -> None:
    found = _settled(
        f"{EN}Home medications:\ncarvedilol 3.125 mg bd\nDischarge medications:\nparacetamol 1 g qds\nDischarge orders:\n{order}\n"
    )
    assert found["carvedilol"].change is MedicationChange.STOPPED


@pytest.mark.parametrize(
    ("line", "dose", "change"),
    [
        ("allopurinol 100 mg od CONTINUE - increase to 150 mg on 15/12, urate <360", "100 mg", MedicationChange.CONTINUED),
        ("allopurinol 100 mg od - increase to 200 mg od from 20 November", "100 mg", MedicationChange.CONTINUED),
        ("allopurinol 100 mg od, increase to 200 mg at clinic review", "100 mg", MedicationChange.CONTINUED),
        ("allopurinol 100 mg od, increase to 200 mg od if urate >360", "100 mg", MedicationChange.CONTINUED),
        ("allopurinol 200 mg od, increased from 100 mg od on 03/10", "200 mg", MedicationChange.CHANGED),
        ("allopurinol 100 mg od increased to 200 mg od on 03/10", "200 mg", MedicationChange.CHANGED),
    ],
)  # fmt: skip
def test_a_step_still_to_come_is_not_todays_dose(line: str, dose: str, change: MedicationChange) -> None:
    found = _settled(f"{EN}Home medications:\nallopurinol 100 mg od\nDischarge medications:\n{line}\n")
    assert (found["allopurinol"].dose, found["allopurinol"].change) == (dose, change)


@pytest.mark.parametrize(
    "line",
    [
        "Action plan: if sputum goes green, prednisolone 37.5 mg 5/7 + doxycycline 100 mg bd 5/7.",
        "If sputum turns green start doxycycline 100 mg bd for 5 days.",
        "Doxycycline/prednisolone pack at home.",
    ],
)
def test_a_course_in_reserve_is_no_medicine_of_today(line: str) -> None:
    found = _settled(f"{EN}Discharge medications:\nsalbutamol 2 puffs prn\nDischarge orders:\n{line}\n")
    assert set(found) == {"salbutamol"}


def test_a_kind_that_is_stopped_takes_its_members_along_and_no_others() -> None:
    home = "Home medications:\noral estradiol 1 mg od\nnorethisterone 0.5 mg od\nlevothyroxine 50 mcg od\n"
    found = _settled(f"{EN}{home}Course: HRT stopped - PE.\nDischarge medications:\napixaban 5 mg bd\n")
    for name in ("estradiol", "norethisterone"):
        assert found[name].change is MedicationChange.STOPPED
        assert found[name].uncertain is None
    assert found["levothyroxine"].uncertain


@pytest.mark.parametrize(
    ("line", "stopped"),
    [
        ("卡维地洛片 6.25mg 口服 qd，心率<55次/分或收缩压<90mmHg时暂停并联系我科", False),
        ("卡维地洛片 6.25mg qd，心率<55次/分、收缩压<90mmHg时停用", False),
        ("卡维地洛都不要用了", True),
        ("卡维地洛先不用了，等门诊", True),
        ("卡维地洛：不要再用", True),
    ],
)
def test_two_limits_stop_nothing_and_plain_words_do(line: str, stopped: bool) -> None:
    found = _settled(f"{ZH}家庭用药：卡维地洛 6.25mg qd\n出院带药：\n呋塞米 20mg qd\n{line}\n")
    assert (found["carvedilol"].change is MedicationChange.STOPPED) is stopped
    assert found["carvedilol"].held is ("先不用" in line)


def test_a_home_row_that_tells_its_change_keeps_the_dose_at_home() -> None:
    rows = "入院前用药：\n| 药物 | 用法 | 处理 |\n| 普拉克索 | 0.25mg tid | 减为0.125mg tid（幻觉） |\n"
    found = _settled(f"{ZH}{rows}出院带药：\n| 药物 | 用法 |\n| 普拉克索片 | 0.125mg tid |\n")["pramipexole"]
    assert (found.change, found.previous_dose, found.dose) == (MedicationChange.CHANGED, "0.25mg", "0.125mg")


def test_a_medicine_with_its_next_day_goes_on() -> None:
    found = _settled(
        f"{EN}Home medications:\ndenosumab 60 mg 6-monthly, last dose 14/01/2026\nDischarge medications:\nparacetamol 1 g qds\n"
        "Follow-up:\nDenosumab due 14/12/2026 - do not miss.\n"
    )["denosumab"]
    assert (found.change, found.dose, found.uncertain) == (MedicationChange.CONTINUED, "60 mg", None)


def test_a_next_infusion_is_a_visit() -> None:
    found = _settled(
        f"{EN}Discharge medications:\nfurosemide 40 mg od\nDischarge orders:\nSecond ferric carboxymaltose dose 24/11 at infusion centre.\n"
    )
    assert set(found) == {"furosemide"}


@pytest.mark.parametrize(
    "line", ["阿司匹林 孕12周后产科定", "阿司匹林：出血稳定后再定", "阿司匹林 由心内科决定"]
)
def test_a_medicine_that_is_to_be_decided_is_not_taken(line: str) -> None:
    found = _settled(f"{ZH}出院带药：\n呋塞米 20mg qd\n{line}\n")
    assert set(found) == {"furosemide"}
