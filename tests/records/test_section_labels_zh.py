"""Headings of a Chinese chart in everyday words: what was taken at home, what the doctor said, what happened."""

from __future__ import annotations

import pytest

from assistant.domain.record import Assertion, MedicationAction, MedicationPhase
from assistant.records.chart import read_chart

HEAD = "出院记录\n入院日期：2025-05-09 出院日期：2025-05-16\n"


def _section_of(text: str, words: str) -> str:
    return next(s.section for s in read_chart(HEAD + text).statements if words in s.text)


@pytest.mark.parametrize(
    "label",
    ["家用：", "家里药:", "在家服用：", "家中用药：", "平时吃的药：", "家中服药：", "平时在吃的药\n"],
)
def test_what_is_taken_at_home_has_many_headings(label: str) -> None:
    text = f"{HEAD}{label}氨氯地平5mg qd、别嘌醇100mg qd\n出院带药\n别嘌醇 100mg qd\n停：氨氯地平\n"
    said = [(m.phase, m.generic, m.action) for m in read_chart(text).medications]
    assert said[:2] == [
        (MedicationPhase.HOME, "amlodipine", MedicationAction.TAKE),
        (MedicationPhase.HOME, "allopurinol", MedicationAction.TAKE),
    ]
    assert said[-1] == (MedicationPhase.DISCHARGE, "amlodipine", MedicationAction.STOP)


@pytest.mark.parametrize("line", ["家用：无创呼吸机夜间使用。", "家用制氧机已租。", "在家服用：见门诊病历。"])
def test_a_device_at_home_heads_no_medicines(line: str) -> None:
    text = f"出院医嘱：\n1. 低盐饮食。\n{line}\n"
    assert _section_of(text, line[3:7]) == "discharge_orders"


@pytest.mark.parametrize(
    "heading", ["医生交代:", "医生嘱咐：", "回家注意：", "出院交代", "医师嘱咐：", "回家后注意事项"]
)
def test_what_the_doctor_said_is_the_orders_at_discharge(heading: str) -> None:
    text = f"出院药:\n 1 叶酸 5mg qd\n{heading}\n 不开车 到低血糖稳定\n 吐得喝不进水 → 急诊\n"
    assert _section_of(text, "不开车") == "discharge_orders"
    assert [m.generic for m in read_chart(HEAD + text).medications] == ["folic acid"]


def test_a_line_of_the_orders_with_a_label_does_not_end_them() -> None:
    text = "医嘱\n低盐饮食。\n复查：5-24 血常规、肾功。\n4周内不驾车。戒烟。\n\n主治医师：李××\n"
    assert _section_of(text, "血常规") == "follow_up"
    assert _section_of(text, "不驾车") == "discharge_orders"


@pytest.mark.parametrize("label", ["住院:", "过程:", "经过：", "住院期间：", "病情经过："])
def test_the_course_in_shorthand(label: str) -> None:
    text = f"{label} 补液 小剂量胰岛素静滴，5-11 改皮下。\n化验: HbA1c 10.4%\n"
    assert _section_of(text, "补液") == "hospital_course"


@pytest.mark.parametrize("line", ["住院：2025-05-09至05-16", "住院：13天", "住院：消化内科"])
def test_the_days_and_the_ward_are_no_course(line: str) -> None:
    assert all(s.section != "hospital_course" for s in read_chart(f"{HEAD}{line}\n诊断：肺炎\n").statements)


@pytest.mark.parametrize(
    ("written", "generic"),
    [
        ("甘精 18u qn", "insulin glargine"),
        ("门冬 5-5-5U 餐前", "insulin aspart"),
        ("赖脯6单位 餐前", "insulin lispro"),
        ("地特 10u qn", "insulin detemir"),
        ("德谷12单位 睡前", "insulin degludec"),
        ("门冬30 早16u 晚12u", "biphasic insulin"),
        ("德谷门冬双胰岛素 20u qd", "insulin degludec/insulin aspart"),
    ],
)
def test_an_insulin_named_without_the_word_is_the_same_medicine(written: str, generic: str) -> None:
    found = read_chart(f"{HEAD}家庭用药：{written}\n").medications
    assert [m.generic for m in found] == [generic]


@pytest.mark.parametrize(
    "words", ["门冬氨酸鸟氨酸 10g 静滴", "麦门冬泡水喝", "在当地特需门诊随诊", "培门冬酶已用"]
)
def test_words_that_hold_a_short_name_are_no_insulin(words: str) -> None:
    found = read_chart(f"{HEAD}诊疗经过：{words}。\n").medications
    assert not any("insulin" in (m.generic or "") for m in found)


@pytest.mark.parametrize("dose", ["早6 中5 晚5 u", "早6、中5、晚5单位", "早餐前6 晚餐前8 U"])
def test_doses_by_meal_are_one_instruction(dose: str) -> None:
    (one,) = read_chart(f"{HEAD}出院带药：\n门冬胰岛素 {dose} 皮下\n").medications
    assert one.dose == dose


def test_a_time_of_day_is_no_dose_by_meal() -> None:
    (one,) = read_chart(f"{HEAD}出院带药：\n甘精胰岛素 晚9点 16u 皮下\n").medications
    assert one.dose == "16u"


@pytest.mark.parametrize("words", ["叶酸没吃", "叶酸未服用", "叶酸一直没吃", "叶酸（没在吃）"])
def test_what_was_not_taken_is_not_taken_at_home(words: str) -> None:
    found = read_chart(f"{HEAD}家庭用药：优甲乐 50ug qd，{words}\n").medications
    assert [m.generic for m in found] == ["levothyroxine"]


@pytest.mark.parametrize("words", ["叶酸 5mg qd 未规律服用", "叶酸没吃完", "叶酸未服规律"])
def test_what_was_taken_badly_is_taken(words: str) -> None:
    found = read_chart(f"{HEAD}家庭用药：优甲乐 50ug qd，{words}\n").medications
    assert "folic acid" in [m.generic for m in found]


LETTER = """转科/出院记录（CCU→心内普通病房→出院）
患者：吴XX，男，69岁。入院 2025-01-06 02:40，转普通病房 01-10，出院 01-17。

【转出CCU小结 01-10】
主诉：胸痛4h。
泵功能：Killip III，无创通气36h。

【普通病房】
01-12 加美托洛尔缓释 11.875mg → 23.75mg qd。
既往：高血压15年。

出院诊断：1.急性前壁STEMI

医嘱
【心内科】01-31 门诊。
"""


@pytest.mark.parametrize(
    "ward", ["【普通病房】", "[普通病房]", "== 心内科 ==", "【ICU 01-06~01-10】", "【监护室经过】"]
)
def test_a_frame_with_a_ward_heads_the_course_of_a_discharge_record(ward: str) -> None:
    record = read_chart(LETTER.replace("【普通病房】", ward))
    told = {s.text.strip()[:4]: s.section for s in record.statements}
    assert told["泵功能："] == "hospital_course"
    assert told["01-1"] == "hospital_course"


def test_behind_the_diagnoses_such_a_frame_is_a_visit() -> None:
    sections = {s.section for s in read_chart(LETTER).statements if "01-31" in s.text}
    assert "hospital_course" not in sections


def test_a_name_at_the_edge_ends_the_chart_and_is_no_advice() -> None:
    text = "交代:\n不要吃安眠药。\n                                   刘\n"
    assert _section_of(text, "安眠药") == "instructions"
    assert _section_of(text, "刘") == "header"


def test_who_wrote_the_chart_is_no_advice() -> None:
    text = "出院医嘱：\n低盐饮食。\n                     录入: 社区 张护士\n"
    assert _section_of(text, "张护士") == "header"


@pytest.mark.parametrize("last", ["多喝水", "  戒烟", "记录：每日早晚血压，带来门诊"])
def test_short_advice_at_the_end_is_advice(last: str) -> None:
    assert _section_of(f"交代:\n不要吃安眠药。\n{last}\n", last.strip()) == "instructions"


@pytest.mark.parametrize(
    "line", ["胸痛>5min不缓解、黑便、晕厥：120。", "吐得喝不进水、流血、发烧 → 急诊", "夜间憋醒：拨打120"]
)
def test_signs_that_lead_to_the_emergency_are_instructions(line: str) -> None:
    assert _section_of(f"出院医嘱：\n低盐饮食。\n{line}\n", line[:4]) == "instructions"


def test_a_day_in_the_emergency_room_is_no_warning() -> None:
    assert _section_of("出院医嘱：\n复诊地点：急诊科二楼换药室\n", "换药室") != "instructions"


def test_a_table_of_facts_tells_where_the_patient_goes() -> None:
    table = (
        "| 项目 | 内容 |\n|---|---|\n| 姓名 | 陈某 |\n| 去向 | 转康复医院 |\n| 主要诊断 | 右股骨颈骨折 |\n"
    )
    stay = read_chart(HEAD + table).encounter
    assert stay is not None
    assert stay.disposition == "转康复医院"


def test_a_table_of_the_course_is_told_day_by_day() -> None:
    table = "住院经过\n| 日期 | 事件 |\n|---|---|\n| 5-10 | 夜间谵妄。予氟哌啶醇一次 |\n| 5-12 | 助行器步行15米 |\n"
    told = [(s.date, s.text.strip()) for s in read_chart(HEAD + table).statements if "|" not in s.text]
    assert ("2025-05-10", "予氟哌啶醇一次") in told
    assert ("2025-05-12", "助行器步行15米") in told


def test_a_row_whose_name_begins_with_a_figure_ends_no_table() -> None:
    table = "化验\n| 项目 | 5-09 | 5-13 |\n|---|---|---|\n| Hb g/L | 112 | 93 |\n| 25-OH-D ng/ml | 11 | — |\n| CRP mg/L | 8 | 22 |\n"
    story = "现病史：家中夜间如厕跌倒，右髋部疼痛，不能站立行走，急诊收住入院。\n"
    found = [(o.name, o.value) for o in read_chart(HEAD + story + table).observations]
    assert ("25-OH-D", "11") in found
    assert ("CRP", "22") in found


def test_a_comma_numbers_diagnoses() -> None:
    text = "诊断: 1,1型糖尿病 糖尿病酮症酸中毒\n  2,早孕\n  3,缺铁性贫血\n"
    assert next(c.name for c in read_chart(HEAD + text).conditions) == "1型糖尿病 糖尿病酮症酸中毒"


@pytest.mark.parametrize(
    ("line", "present", "absent"),
    [
        (
            "甲减 优甲乐 50ug qd (常漏服)  无高血压  视网膜病变:2024 眼底",
            ["甲减", "视网膜病变:2024 眼底"],
            ["高血压"],
        ),
        ("慢性胃炎 无糖尿病", ["慢性胃炎"], ["糖尿病"]),
        ("高血压10年，糖尿病5年", ["高血压10年", "糖尿病5年"], []),
        ("痛风；吸烟40年，每日1包，入院后未吸。", ["痛风"], []),
    ],
)
def test_entries_of_the_history_stand_apart(line: str, present: list[str], absent: list[str]) -> None:
    found = read_chart(f"{HEAD}既往: {line}\n").conditions
    assert [c.name for c in found if c.assertion is Assertion.PRESENT] == present
    assert [c.name for c in found if c.assertion is Assertion.NEGATED] == absent


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("C13呼气试验：因用PPI未做，门诊停PPI时机另定 / 改粪便抗原，标本5-15送检，未回。", ["粪便抗原"]),
        ("粪便Hp抗原，送检标本已送，结果未回。", ["粪便Hp抗原"]),
        ("血清蛋白电泳（5-12送检），未回报。", ["血清蛋白电泳"]),
        ("粪便抗原阴性，标本5-15送检。", []),
    ],
)
def test_what_was_sent_is_named_by_its_test(line: str, names: list[str]) -> None:
    assert [p.name for p in read_chart(f"{HEAD}诊疗经过：{line}\n").pending_results] == names


def test_a_visit_may_be_timed_by_the_pregnancy() -> None:
    found = read_chart(
        f"{HEAD}医生交代：\n5-23 内分泌门诊 ; NT B超 11-13+6周 ; 眼底 早孕期内查一次\n"
    ).follow_ups
    assert [f.when for f in found] == ["5-23", "11-13+6周", "早孕期内"]


def test_a_past_echo_with_its_result_is_no_visit() -> None:
    found = read_chart(f"{HEAD}出院医嘱：\n5-14 复查心超 LVEF 38%，未见附壁血栓；1个月复查。\n").follow_ups
    assert [(f.when, f.text[:9]) for f in found] == [("1个月", "5-14 复查心超")]
    alone = read_chart(
        f"{HEAD}出院医嘱：\n5-14 复查心超 LVEF 38%，未见附壁血栓。\n5-30 复查心超。\n"
    ).follow_ups
    assert [f.when for f in alone] == ["5-30"]


@pytest.mark.parametrize(
    "heading",
    [
        "〔五〕母婴护士出院清单  谌某",
        "【护士交给妈妈的条子 —— 晏某】",
        "六、出院宣教单（护士 禚某；续）",
        "== 护理出院指导（花某）==",
        "—— 临床药师出院带教单（续）苗某 5-16 11:00 ——",
        "小纸条（伏某附，给家属）",
    ],
)
def test_what_is_handed_over_on_leaving_heads_orders(heading: str) -> None:
    record = read_chart(f"{HEAD}出院诊断：肺炎\n{heading}\n· 杜密克10ml tid。\n· 家里要有人陪着。\n")
    assert [m.generic for m in record.medications] == ["lactulose"]
    assert next(s.section for s in record.statements if "有人陪" in s.text) == "discharge_orders"


@pytest.mark.parametrize(
    "title",
    [
        "出 院 记 录   2025.5.16",
        "【出院  二〇二五年五月十六日  卓某/裘某】",
        "出院志  五月十六(2025-05-16) 欧阳某",
    ],
)
def test_the_title_of_the_discharge_record_gives_its_day(title: str) -> None:
    record = read_chart(
        f"姓名：赵某 入院：2025-05-09\n主诉：咳嗽。\n{title}\n诊断：肺炎\n药 1.泼尼松30mg qd 2.氨氯地平5mg qd\n"
    )
    assert record.encounter is not None
    assert record.encounter.discharged == "2025-05-16"
    assert {m.phase for m in record.medications} == {MedicationPhase.DISCHARGE}


@pytest.mark.parametrize(
    "line", ["过敏 青霉素", "2、过敏史 青霉素", "【过敏史】青霉素", "★过敏 青霉素", "过敏 青霉素:皮疹"]
)
def test_an_allergen_beside_its_label_is_no_writer(line: str) -> None:
    found = read_chart(f"{HEAD}{line}\n家史 母亲子宫内膜癌\n现病 头痛\n").allergies
    assert [a.substance for a in found] == ["青霉素"]


def test_rows_with_a_label_of_their_own() -> None:
    text = "一、病史表\n|项目|内容|\n|主诉|黑便1天|\n|家族|哥哥肝癌去世|\n五、出院当日(5/16)\n|出院带药(表A)|韦立得25mg qd；螺内酯80mg qd|\n"
    record = read_chart(HEAD.replace("出院记录\n", "") + text)
    assert [m.phase for m in record.medications] == [MedicationPhase.DISCHARGE] * 2
    assert not [c for c in record.conditions if "肝癌" in c.name and c.assertion is Assertion.PRESENT]
