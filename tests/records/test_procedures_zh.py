"""Procedures of a Chinese record: told with their day or their number, or by the diagnosis alone."""

from __future__ import annotations

import pytest

from assistant.domain.record import ProcedureStatus
from assistant.records.chart import read_chart

HEAD = "骨科\n张三，男，60岁。入院2025年11月1日，出院2025年11月15日。\n"


def _done(text: str) -> list[tuple[str, str | None]]:
    found = read_chart(HEAD + text + "\n").procedures
    return [(p.name, p.date) for p in found if p.status is ProcedureStatus.DONE]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("诊断：急性脑梗死（M2闭塞），rt-PA静脉溶栓后，左侧偏瘫", [("静脉溶栓", None)]),
        ("诊断\n左股骨颈骨折，闭合复位空心螺钉内固定术后", [("闭合复位空心螺钉内固定术", None)]),
        ("出院诊断：急性阑尾炎，阑尾切除术后", [("阑尾切除术", None)]),
        ("经过\n11-03 腰麻下行闭合复位、空心螺钉3枚内固定。", [("闭合复位", "2025-11-03"), ("空心螺钉3枚内固定", "2025-11-03")]),
        ("治疗\n禁食，血浆置换1次（11-06），11-07 TG 9.8。", [("血浆置换", "2025-11-06")]),
        ("治疗：血液透析3次（11月3日起）。", [("血液透析", "2025-11-03")]),
    ],
)  # fmt: skip
def test_what_was_done_is_told_by_its_day_its_number_or_the_diagnosis(
    text: str, expected: list[tuple[str, str | None]]
) -> None:
    assert _done(text) == expected


def test_what_an_entry_tells_is_not_told_again_by_the_diagnosis() -> None:
    text = "诊断\n左股骨颈骨折，内固定术后\n\n经过\n11-03 行闭合复位内固定术。"
    assert [day for _, day in _done(text)] == ["2025-11-03"]


@pytest.mark.parametrize(
    "text",
    [
        "诊断：陈旧性心梗，支架植入术后",
        "诊断：2016年右桡骨骨折内固定术后",
        "诊断：急性心力衰竭，二尖瓣置换术后",
        "诊断：急性胰腺炎，胆囊切除术后",
        "诊断：急性脑梗死，拟溶栓",
        "诊疗经过：肌酐升高，考虑造影剂相关。",
        "诊疗经过：阿司匹林仅围手术期使用，11月4日停用。",
        "诊疗经过：内固定物在位，无松动。",
        "治疗：拟行血浆置换（11-20）。",
        "诊疗经过：家属拒绝溶栓，未取栓。",
    ],
)
def test_what_is_old_planned_or_no_procedure_is_not_done(text: str) -> None:
    assert _done(text) == []


def _of(text: str) -> dict[str, ProcedureStatus]:
    return {p.name: p.status for p in read_chart(HEAD + text + "\n").procedures}


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("经过：11-03 解黑便，禁食；未行胃镜(急性期)。", ProcedureStatus.CANCELLED),
        ("经过：11-03 建议行胃镜，患者拒绝。", ProcedureStatus.CANCELLED),
        ("经过：11-03 拟行胃镜检查。", ProcedureStatus.PLANNED),
        ("经过：11-03 建议行胃镜检查。", ProcedureStatus.PLANNED),
        ("经过：11-03 急诊行胃镜检查示溃疡。", ProcedureStatus.DONE),
        ("经过：11月3日行胃镜示溃疡。", ProcedureStatus.DONE),
    ],
)
def test_the_word_before_the_procedure_says_whether_it_was_done(text: str, status: ProcedureStatus) -> None:
    assert _of(text) == {"胃镜": status}


def test_a_cut_date_is_no_part_of_the_name() -> None:
    assert list(_of("经过：11月4日急诊胃镜：食管静脉曲张。")) == ["急诊胃镜"]


@pytest.mark.parametrize(
    "text",
    [
        "经过：LAD近段闭塞，植入DES 1枚(3.0×28mm)。",
        "经过：11-02 LAD置入BMS。",
        "出院诊断：急性前壁STEMI，LAD DES术后",
        "出院诊断：急性前壁心肌梗死，前降支支架植入术后",
    ],
)
def test_a_stent_of_this_illness_is_a_procedure(text: str) -> None:
    assert ProcedureStatus.DONE in _of(text).values()


@pytest.mark.parametrize(
    "text", ["出院诊断：冠心病，2019年DES术后", "诊断：冠心病 DES术后3年", "既往：2019年DES植入术后"]
)
def test_a_stent_of_long_ago_is_none(text: str) -> None:
    assert _of(text) == {}
