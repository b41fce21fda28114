"""Follow-up lines: every visit with its own day, from plans, letters and advice too; remarks on life are none."""

from __future__ import annotations

import pytest

from assistant.records.chart import read_chart

HEAD = "Discharge summary\nName: Ann Bee\nAdmitted 01/11/2026  Discharged 05/11/2026\n\n"
ZH = "出院小结\n姓名：李某\n入院日期：2026-11-01 出院日期：2026-11-05\n"


def _visits(body: str, head: str = HEAD) -> list[tuple[str, str | None]]:
    return [(f.text.rstrip(".。"), f.when) for f in read_chart(f"{head}{body}\n").follow_ups]


@pytest.mark.parametrize(
    "line",
    [
        "Lives with daughter, first floor flat",
        "Bus driver",
        "AUDIT 20",
        "Flu jab given 03/11",
        "Pneumococcal vaccine 2021",
        "Target weight 70 kg",
        "DNACPR in place",
        "Son (Tom) stays the first week",
        "Head injury leaflet given",
        "No driving for a month and until reviewed",
        "Driving: has given up",
        "Stitch removal practice nurse - already removed 2026-11-04",
        "Abstinent since admission",
        "Helpline 01234 555 000",
        "No clinic attendances",
        "Goals of patient: back to work",
        "Compression not to be used until ABPI done",
        "独居，白天无人",
        "开车前须测血糖",
    ],
)
def test_a_remark_among_the_arrangements_is_no_visit(line: str) -> None:
    assert _visits(f"Follow-up:\n - {line}") == []


@pytest.mark.parametrize(
    "line",
    [
        "Alcohol liaison ref",
        "Pulmonary rehab",
        "DXA requested, date awaited",
        "Carer's assessment requested",
        "Vaccines due from 10 December - GP",
        "Wife's GP to be told; family meeting next week",
        "School nurse",
        "U&E",
        "Do not send stool for test of cure",
        "DNACPR to be reviewed in clinic",
    ],
)
def test_a_service_a_person_or_a_test_stays(line: str) -> None:
    assert _visits(f"Follow-up:\n - {line}")


@pytest.mark.parametrize(
    ("body", "visits"),
    [
        ("Plan: TSH in 4 weeks, then raise the dose. Repeat echocardiogram in 8 weeks. Creatinine was 88 mmol/L. Lives alone.", [("TSH in 4 weeks, then raise the dose", "in 4 weeks"), ("Repeat echocardiogram in 8 weeks", "in 8 weeks")]),
        ("Plan: Nurse phone call 14 Nov and clinic 21 Nov.", [("Nurse phone call 14 Nov", "14 Nov"), ("clinic 21 Nov", "21 Nov")]),
        ("Plan: Cycle 4 was due 10 Nov: postponed to 17 Nov; Dr Osei to confirm in clinic 13 Nov 2026.", [("Dr Osei to confirm in clinic 13 Nov 2026", "13 Nov 2026")]),
        ("Follow up. Midwife clinic in 2 weeks. GP 48-72h.", [("Midwife clinic in 2 weeks", "in 2 weeks"), ("GP 48-72h", "48-72h")]),
        ("Dear Dr Poe,\n\nPlease check the blood count on 17 November before restarting.\n\nMedicines on discharge:\nSenna 15 mg nocte\n\nRheumatology (Dr Lind) on 3 December.", [("Please check the blood count on 17 November before restarting", "17 November"), ("Rheumatology (Dr Lind) on 3 December", "3 December.")]),
        ("Advice: see your GP in 1 week. Return in 2 days if worse. Call the ward about bleeding.", [("see your GP in 1 week", "in 1 week")]),
    ],
)  # fmt: skip
def test_every_visit_of_a_plan_or_letter_has_its_own_day(
    body: str, visits: list[tuple[str, str | None]]
) -> None:
    assert _visits(body) == visits


@pytest.mark.parametrize(
    ("body", "visits"),
    [
        ("【嘱】低脂饮食；1周(11-12)查血脂；4周CT看积液；内分泌门诊11-26；腹痛、发热即返院。", [("1周(11-12)查血脂", "11-12"), ("4周CT看积液", "4周"), ("内分泌门诊11-26", "11-26")]),
        ("注意\n  1. 6周内患髋屈曲<90°。\n  2. 2026-11-22拆线；2026-12-20 骨科门诊X线。", [("2026-11-22拆线", "2026-11-22"), ("2026-12-20 骨科门诊X线", "2026-12-20")]),
        ("出院医嘱：\n1. 2周后血管外科门诊（2026-11-19）评估手术；1个月后神经内科门诊。\n2. 每日称体重，3天内增加超过2kg来院。", [("2周后血管外科门诊（2026-11-19）评估手术", "2026-11-19"), ("1个月后神经内科门诊", "1个月后")]),
    ],
)  # fmt: skip
def test_several_visits_of_a_chinese_order_are_several(
    body: str, visits: list[tuple[str, str | None]]
) -> None:
    assert _visits(body, ZH) == visits


def test_a_ward_rounds_plan_is_no_follow_up() -> None:
    body = "02/11 WR Dr Poe\nPlan: repeat CT in 2 days. U&E in 1 week.\n04/11 WR Dr Poe\nPlan: home soon.\n"
    assert _visits(body, "Name: Ann Bee\nAdmitted 01/11/2026\n\n") == []


def test_the_doctor_of_endocrinology_keeps_the_name_of_the_clinic() -> None:
    record = read_chart(f"{ZH}随访：1月后内分泌门诊；2026年11月27日心衰门诊\n")
    assert [f.who for f in record.follow_ups] == ["内分泌门诊", "心衰门诊"]


def test_a_dotted_day_at_the_end_of_a_sentence_is_a_day() -> None:
    found = read_chart(
        "Name: Ann Bee\nIn 01.11.2026, out 05.11.2026.\nFollow-up: OGD 29.11.2026. Liver clinic 18.12.\n"
    ).follow_ups
    assert [f.when for f in found] == ["29.11.2026", "18.12"]


@pytest.mark.parametrize(
    "line",
    [
        "QTc 468ms（11月6日）。",
        "会用笔、会处理低血糖：已教会（笔芯室温28天）。",
        "血糖试纸开封后90天内用完。",
        "胰岛素冷藏保存，开启后室温28天，测血糖。",
    ],
)
def test_a_day_of_a_result_and_the_life_of_a_pen_arrange_nothing(line: str) -> None:
    for label in ("治疗", "告知", "医嘱"):
        assert _visits(f"{label}：{line}", ZH) == [], label


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("2027年2月复查胸部CT", ("2027年2月复查胸部CT", "2027年2月")),
        ("2026年12月底门诊复查", ("2026年12月底门诊复查", "2026年12月底")),
        ("明年2月复查CT", ("明年2月复查CT", "明年2月")),
        ("3个月后复查QTc", ("3个月后复查QTc", "3个月后")),
        ("2月后复查血糖", ("2月后复查血糖", "2月后")),
        ("11月26日呼吸科门诊", ("11月26日呼吸科门诊", "11月26日")),
    ],
)
def test_a_month_of_the_year_is_told_whole_and_a_span_stays_one(line: str, expected: tuple[str, str]) -> None:
    assert expected in _visits(f"医嘱：{line}。", ZH)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("心衰门诊 11-22；肾内科 12-02；胃镜 11-28；电生理 12-10。", ["心衰门诊 11-22", "肾内科 12-02", "胃镜 11-28", "电生理 12-10"]),
        ("神经内科门诊2026/12/12；再次FEES 11/28。", ["神经内科门诊2026/12/12", "再次FEES 11/28"]),
        ("11-22心衰门诊；电生理（12-10）；拔管 11-20上午。", ["11-22心衰门诊", "电生理（12-10）", "拔管 11-20上午"]),
        ("肠镜：12-20", ["肠镜：12-20"]),
        ("心内科门诊 11-22；氯吡格雷至 12-08；泼尼松停 11-20；阿司匹林自 11-25。", ["心内科门诊 11-22"]),
        ("心内科门诊 11-22；K 4-6；手术 11-03。", ["心内科门诊 11-22"]),
        ("电生理 12-10", []),
    ],
)  # fmt: skip
def test_each_short_item_of_a_line_of_visits_is_one(line: str, expected: list[str]) -> None:
    assert [text for text, _ in _visits(f"医嘱\n* {line}", ZH)] == expected


def test_a_short_item_of_english_orders_stands_alone() -> None:
    found = _visits("Discharge orders:\nHF clinic 22/11; EP 10/12; colonoscopy 28/11; bring inhalers")
    assert [text for text, _ in found] == ["HF clinic 22/11", "EP 10/12", "colonoscopy 28/11; bring inhalers"]


def test_a_line_of_what_is_withheld_is_a_medicine_and_no_visit() -> None:
    lines = "WITHHELD: ramipril (AKI) - GP to restart if U&E stable on 19/11; folic acid\n"
    assert _visits(f"Discharge medications:\namlodipine 5 mg od\n{lines}") == []
    assert _visits("出院带药：\n厄贝沙坦：暂停，2周后复查血钾，<5.0再恢复\n", ZH) == []
    assert _visits("Follow-up:\nGP to restart ramipril if U&E stable on 19/11/2026\n") != []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Lactation consult 15/11", ["Lactation consult 15/11"]),
        ("MFM 20/11 w/ CMP (K, Cr on enalapril). Peds 14/11 infant wt.", ["MFM 20/11 w/ CMP (K, Cr on enalapril)", "Peds 14/11 infant wt"]),
        ("EPDS repeat 20/11. Behavioral health intake 22/11.", ["EPDS repeat 20/11", "Behavioral health intake 22/11"]),
        ("Second ferric carboxymaltose dose 24/11 at infusion centre", ["Second ferric carboxymaltose dose 24/11 at infusion centre"]),
        ("Knee class Tue 17/11", ["Knee class Tue 17/11"]),
        ("Aims: flexion 90 by 2 wks, full extension", []),
        ("No flying till seen 29/11 (long haul not before clinic)", []),
        ("Off work until 20/11", []),
        ("Restart ramipril 20/11. Ramipril 20/11.", []),
        ("Influenza vaccine given 03/11. INR 2-12.", []),
        ("Clips removed 04/11", []),
    ],
)  # fmt: skip
@pytest.mark.parametrize("heading", ["Orders", "Discharge orders:", "Orders and instructions:"])
def test_an_order_that_opens_with_a_name_and_a_day_to_come_is_a_visit(
    heading: str, line: str, expected: list[str]
) -> None:
    body = f"Discharge medications:\nsenna 15 mg nocte\n\n{heading}\n- {line}"
    assert [text for text, _ in _visits(body)] == expected
