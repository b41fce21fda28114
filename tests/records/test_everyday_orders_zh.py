"""Orders and corrections as Chinese wards and families write them: tapers, steps should something happen, voided medicines."""

from __future__ import annotations

import pytest

from assistant.domain.record import Assertion, MedicationAction, MedicationPhase, PatientRecord
from assistant.records.chart import read_chart
from assistant.records.reconcile import reconcile

HEAD = "出院记录\n入院日期：2025-05-09 出院日期：2025-05-16\n"


def _of(text: str) -> PatientRecord:
    return read_chart(HEAD + text)


def _discharge(text: str) -> dict[str | None, MedicationAction]:
    return {
        m.generic or m.name: m.action for m in _of(text).medications if m.phase is MedicationPhase.DISCHARGE
    }


@pytest.mark.parametrize(
    "line",
    [
        "恩替卡韦0.5mg qd，不可擅停。",
        "恩替卡韦0.5mg qd，不许自己停。",
        "恩替卡韦0.5mg qd 吃到8月10号停。",
        "恩替卡韦0.5mg qd，门诊说停才停。",
        "恩替卡韦0.5mg qd，化疗停了它也停。",
        "恩替卡韦0.5mg qd，再吃五天停。",
    ],
)
def test_a_stop_that_is_denied_or_to_come_is_none_today(line: str) -> None:
    assert _discharge(f"出院带药：\n{line}\n") == {"entecavir": MedicationAction.TAKE}


@pytest.mark.parametrize(
    "line",
    [
        "恩替卡韦停。",
        "恩替卡韦已停，不再用。",
        "停：恩替卡韦。",
        "恩替卡韦作废，剩的交回。",
        "恩替卡韦5月12日停用。",
        "恩替卡韦因白细胞降至1.2停用。",
        "出现皮疹，恩替卡韦停用。",
    ],
)
def test_a_stop_is_a_stop(line: str) -> None:
    text = f"入院前用药：恩替卡韦0.5mg qd\n出院带药：\n氨氯地平5mg qd\n{line}\n"
    assert _discharge(text)["entecavir"] is MedicationAction.STOP


@pytest.mark.parametrize(
    "line",
    [
        "体重<54kg或头晕：托拉塞米改隔日一次。",
        "碰到水痘的人：托拉塞米马上停，打电话来。",
    ],
)
def test_a_step_should_something_happen_leaves_the_list_as_it_is(line: str) -> None:
    said = list(_of(f"出院医嘱\n1. 托拉塞米20mg qd\n2. {line}\n").medications)
    assert [(m.generic, m.dose, m.frequency) for m in said] == [("torasemide", "20mg", "qd")]


def test_how_far_another_is_down_is_not_its_dose() -> None:
    text = "出院医嘱\n泼尼松30mg qd。\n泮托拉唑40mg qd：泼尼松减到每日10mg及以下即可停。\n"
    assert [(m.generic, m.dose) for m in _of(text).medications] == [
        ("prednisone", "30mg"),
        ("pantoprazole", "40mg"),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "慎/禁：氨基糖苷、喹诺酮(莫西沙星、左氧)、大环内酯、硫酸镁。",
        "布洛芬等止痛药不能用。",
        "下次怀孕12周起吃阿司匹林。",
        "抽血给风湿科定甲氨蝶呤。",
    ],
)
def test_what_is_barred_or_left_for_later_is_not_taken(line: str) -> None:
    said = _of(f"出院医嘱\n氨氯地平5mg qd\n{line}\n").medications
    assert [m.generic for m in said if m.action is MedicationAction.TAKE] == ["amlodipine"]


def test_a_home_medicine_that_may_not_be_eaten_any_more_is_stopped() -> None:
    text = "家用药：布洛芬0.3g bid\n出院医嘱\n氨氯地平5mg qd\n布洛芬、安痛定类任何止痛片不能吃。\n"
    assert _discharge(text)["ibuprofen"] is MedicationAction.STOP


def test_a_medicine_left_to_a_consult_stays_held_with_its_condition() -> None:
    text = (
        "入院前用药：二甲双胍0.5g bid\n诊疗经过：二甲双胍暂停；空腹血糖≥7.0才恢复0.5g bid。\n"
        "出院带药：拉贝洛尔200mg q8h；硝苯地平30mg qd；优甲乐50μg qd\n停：阿司匹林。二甲双胍见内分泌意见。\n"
    )
    medicine = next(m for m in reconcile(_of(text)) if m.generic == "metformin")
    assert medicine.held
    assert "≥7.0" in (medicine.restart_condition or "")


@pytest.mark.parametrize(
    ("line", "when"),
    [
        ("速尿先别吃。12月8号抽血，肌酐≤90并且钠≥135，才恢复20mg qd。", "肌酐≤90"),
        ("速尿暂不服：10/17复诊时肌力稳定且CK正常，再恢复20mg qn。", "CK正常"),
        ("先别吃利尿药：21日查钾<5.0再接着速尿20mg qd。", "钾<5.0"),
    ],
)
def test_a_hold_says_when_it_ends(line: str, when: str) -> None:
    text = f"入院前用药：呋塞米20mg qd\n出院医嘱\n氨氯地平5mg qd\n{line}\n"
    medicine = next(m for m in reconcile(_of(text)) if m.generic == "furosemide")
    assert medicine.held
    assert when in (medicine.restart_condition or "")


def test_the_number_of_the_next_item_and_a_stop_before_it_are_not_the_medicines() -> None:
    text = "出院带药：\n3.华法林3mg qd，门诊说停才停 4.托拉塞米20mg qd 5.氨氯地平5mg 6.立普妥20mg qn\n"
    assert [(m.generic, m.dose, m.action.value) for m in _of(text).medications] == [
        ("warfarin", "3mg", "take"), ("torasemide", "20mg", "take"), ("amlodipine", "5mg", "take"), ("atorvastatin", "20mg", "take"),
    ]  # fmt: skip


def test_insulin_by_meals_and_by_parts_of_the_day() -> None:
    text = (
        "入院前用药：诺和灵30R 早16U 晚12U\n出院带药：诺和灵30R 早12U 晚8U；诺和锐8-8-6餐前；氨氯地平5mg qd\n"
    )
    found = {m.generic: (m.dose, m.change.value) for m in reconcile(_of(text))}
    assert found["biphasic insulin"] == ("早12U 晚8U", "changed")
    assert found["insulin aspart"][0] == "8-8-6"


def test_the_size_of_the_pack_is_no_dose() -> None:
    text = (
        "出院带药：\n序号 药品名称        规格      用法用量              备注\n"
        "1    阿托伐他汀钙片  20mg      40mg qn               长期\n"
        "2    氨氯地平片      5mg       1片 qd                长期\n"
    )
    assert [(m.generic, m.dose) for m in _of(text).medications] == [
        ("atorvastatin", "40mg"),
        ("amlodipine", "5mg 1片"),
    ]


def test_what_follows_in_a_row_of_the_home_list_was_not_taken_at_home() -> None:
    text = (
        "二、院前用药核对表（药师 张某）\n|药品|用法|依从|处理|\n|普萘洛尔(心得安)|10mg bid|规律|停,后改卡维地洛|\n"
        "出院带药：卡维地洛12.5mg qd；螺内酯40mg qd；乳果糖15ml tid\n"
    )
    found = {m.generic: m.change.value for m in reconcile(_of(text))}
    assert (found["carvedilol"], found["propranolol"]) == ("new", "stopped")


def test_a_voided_medicine_strikes_no_orders_and_another_beds_text_is_struck() -> None:
    text = (
        '05-10 医生写："左前臂内瘘好，血透周二四六，促红素10000u每周一次"。\n     ——护士：这是六床那个的！8床没瘘不透析。\n'
        "出院医嘱\n1. 乳果糖10ml tid。\n2. 贺普丁、心得安作废，家里剩的交回。\n"
    )
    record = read_chart("入院日期：2025-05-09 出院日期：2025-05-16\n" + text)
    generic = [m.generic for m in record.medications]
    assert "epoetin" not in generic
    assert "lactulose" in generic
    wrong = [s.text for s in record.statements if s.assertion is Assertion.ERRONEOUS]
    assert any("内瘘" in w for w in wrong)
    assert not any("乳果糖" in w for w in wrong)


@pytest.mark.parametrize(
    ("text", "wrong", "right"),
    [
        (
            "05-10 06:10 Hb 58 g/L。07:05 对侧重抽 Hb 96 g/L。检验科：06:10标本被输液稀释，结果作废。",
            "58",
            "96",
        ),
        ("05-10 血小板 21，复查198，为EDTA聚集。", "21", "198"),
        ("05-10 INR 5.90：采血管血量不足，检验科判无效，重采1.62。", "5.90", "1.62"),
    ],
)
def test_faults_of_a_sample_in_everyday_words(text: str, wrong: str, right: str) -> None:
    found = {o.value: o.assertion for o in _of(f"病程\n{text}\n").observations}
    assert found[wrong] is Assertion.ERRONEOUS
    assert found[right] is Assertion.PRESENT


def test_columns_for_the_second_sample_of_a_day() -> None:
    text = "化验趋势\n|项目|5-10|5-10复|5-14|\n|INR|5.90|1.62|1.58|\n|肌酐|128|130|101|\n"
    values = [(o.name, o.value) for o in _of(text).observations]
    assert ("INR", "1.58") in values
    assert ("肌酐", "101") in values


def test_results_not_back_under_any_name_and_no_life_among_them() -> None:
    for label in ("没回的报告：", "还没回的单子：", "未出：", "没出的报告："):
        record = _of(f"出院医嘱\n休息。\n{label}胎盘病理、抗β2糖蛋白I。爸妈带回家，歇两周。\n")
        assert [p.name for p in record.pending_results] == ["胎盘病理", "抗β2糖蛋白I"]
        assert any("歇两周" in s.text and s.section == "discharge_orders" for s in record.statements)


def test_a_figure_behind_a_repeat_is_no_visit_and_a_visit_beside_a_chance_finding_is_kept() -> None:
    text = "诊疗经过：5-10 血小板 21，复查198。\n随访：5月30日心内科门诊复查肾功；3个月后复查胸部CT（结节6mm，偶然发现）。\n"
    told = [f.text for f in _of(text).follow_ups]
    assert not any("198" in t for t in told)
    assert any("5月30日" in t for t in told)
    assert any("CT" in t for t in told)
