"""Which figure is a value of which day, and which is only what to aim for: Chinese discharge records."""

from __future__ import annotations

import pytest

from assistant.domain.record import ObservationKind
from assistant.records.chart import read_chart

HEAD = "心内科出院记录\n张三，男，60岁。入院2025年11月1日，出院2025年11月15日。\n"
TABLE = "化验\n         11/2   11/4   11/8   11/13\n Cr      96      104    98     95\n"


def _values(text: str) -> list[tuple[str, str, str | None]]:
    found = read_chart(HEAD + text).observations
    return [(o.name, o.value, o.time) for o in found if o.kind is not ObservationKind.IMAGING]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (" LDL-C 2.9（11/3）  HbA1c 5.7%\n", [("LDL-C", "2.9", "2025-11-03"), ("HbA1c", "5.7", None)]),
        (" HbA1c 7.4%  LDL-C 2.9\n", [("HbA1c", "7.4", None), ("LDL-C", "2.9", None)]),
        (" CRP 20（11/4）\n", [("CRP", "20", "2025-11-04")]),
    ],
)
def test_a_line_of_single_results_under_a_table_takes_no_day_from_its_columns(
    row: str, expected: list[tuple[str, str, str | None]]
) -> None:
    found = _values(TABLE + row + " Alb 40 33 32 33\n")
    assert [v for v in found if v[0] not in {"Cr", "Alb"}] == expected
    assert ("Alb", "33", "2025-11-13") in found, "the table goes on below"


@pytest.mark.parametrize(
    "row",
    [
        " Alb     40      33     32     33  g/L\n",
        " WBC (4-10)  12    9      8     7\n",
        " Alb    40     -     -     33\n",
    ],
)
def test_a_row_of_a_table_stays_one(row: str) -> None:
    name = row.split()[0]
    found = [v for v in _values(TABLE + row) if v[0] == name]
    assert found[0][2] == "2025-11-02"
    assert found[-1][2] == "2025-11-13"


@pytest.mark.parametrize(
    "order",
    [
        "血压130/80左右，SBP不低于110。",
        "Hb 100-115。",
        "目标 BP SBP 100-120；不追求更低。Hb 100。UA 360。",
        "* 治疗目标：LDL-C 1.4，空腹血糖 7.0。",
        "步行从平地5分钟起，Borg≤12。",
        "心率60-70次/分。",
    ],
)
def test_a_figure_to_keep_to_among_the_orders_is_no_value(order: str) -> None:
    assert _values(f"医嘱\n{order}\n") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("诊疗经过：血压130/80左右。\n", ("血压", "130/80")),
        ("出院情况：Hb 100。\n", ("Hb", "100")),
        ("诊疗经过：空腹血糖6.2-7.4。\n", ("空腹血糖", "6.2-7.4")),
        ("医嘱\n出院时血压120/70左右。\n", ("血压", "120/70")),
        ("医嘱\n血钾复查（现 K 5.2）。\n", ("K", "5.2")),
    ],
)
def test_a_value_that_was_measured_stays_one(text: str, expected: tuple[str, str]) -> None:
    assert expected in [v[:2] for v in _values(text)]


def test_what_was_weighed_at_the_discharge_stands_below_a_picture() -> None:
    text = "D4 体重71.2；BP 98/60。\n\nEcho 11-05 LVEF 28%，MR中度。\n\n出院体重 66.8 kg（干体重目标 66-67）\nBP 102/64  HR 64\n"
    found = _values(text)
    assert ("体重", "66.8", "2025-11-15") in found
    assert ("BP", "102/64", None) in found, "the picture's day is not that of the pressure"
    assert not any(v[1] == "66-67" for v in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("禁食，血浆置换1次（11-06），11-07 TG 9.8，11-10 TG 5.4，11-12复查TG 3.9，K 4.1。",
         ["9.8 2025-11-07", "5.4 2025-11-10", "3.9 2025-11-12", "4.1 2025-11-12"]),
        ("2型糖尿病3年，2022年体检发现甘油三酯14mmol/L。", ["14 2022"]),
        ("糖尿病3年，2023年5月查HbA1c 9%。", ["9 2023-05"]),
        ("11-03 Hb 90，血钾 3.5；11-04 Hb 92。", ["90 2025-11-03", "3.5 2025-11-03", "92 2025-11-04"]),
        ("今年体检，2025年体检血糖8.0。", ["8.0 None"]),
    ],
)  # fmt: skip
def test_a_value_has_the_day_that_stands_before_it(text: str, expected: list[str]) -> None:
    assert [f"{v[1]} {v[2]}" for v in _values(f"治疗\n{text}\n")] == expected


def test_the_day_of_an_order_is_not_that_of_the_value_beside_it() -> None:
    assert [v[2] for v in _values("医嘱\n- 血钠11/17复查（舍曲林，Na 134）。\n")] == [None]


EN = "Discharge summary\nAnn Bee, 60 F. Admitted 01/11/2026. Discharged 15/11/2026.\n\n"


@pytest.mark.parametrize(
    "order",
    [
        "Plan: USS + AFP 6-monthly, next March 2027.",
        "Plan: INR 2-weekly.",
        "Plan: HbA1c 3 monthly, GP.",
        "Plan: HbA1c 3/12.",
        "Plan: TSH 6 weeks.",
        "Course\nAims: flexion 90 by 2 wks, >=110 at 6 wks.",
        "Physio: flexion 90 by 2 weeks.",
        "Goals: SpO2 92 at rest.",
    ],
)
def test_an_interval_and_an_aim_are_no_value(order: str) -> None:
    assert read_chart(f"{EN}{order}\n").observations == ()


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("Labs: AFP 6. CRP 12.", [("AFP", "6"), ("CRP", "12")]),
        ("Labs: INR 2.1 weekly checks.", [("INR", "2.1")]),
        ("Labs: Hb 98 by discharge. K 4.1 by day 3.", [("Hb", "98"), ("K", "4.1")]),
        ("Physio: flexion 90 achieved.", [("flexion", "90")]),
        ("Physio: flexion 90 by 2 wks. ROM at d/c: 5-80.", [("ROM", "5-80")]),
    ],
)
def test_a_measured_english_value_stays_one(told: str, expected: list[tuple[str, str]]) -> None:
    assert [(o.name, o.value) for o in read_chart(f"{EN}{told}\n").observations] == expected


def test_a_picture_told_behind_a_sentence_heads_no_entry() -> None:
    text = f"{EN}BLOODS\nHb 98\nAFP sent 14/11 - result awaited. USS 03/11: cirrhotic liver.\nWeight 71 kg.\n"
    record = read_chart(text)
    assert [p.name for p in record.pending_results] == ["AFP"]
    assert "cirrhotic liver." in [o.value for o in record.observations]
