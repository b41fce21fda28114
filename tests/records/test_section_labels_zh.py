"""Headings of a Chinese chart in everyday words: what was taken at home, what the doctor said, what happened."""

from __future__ import annotations

import pytest

from assistant.domain.record import MedicationAction, MedicationPhase
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
