"""A result that is still out: the test by its own name, whatever is said of its day, its table or its meeting."""

from __future__ import annotations

import pytest

from assistant.records.chart import read_chart

HEAD = "Discharge summary\nName: Ann Bee\nAdmitted 01/11/2026  Discharged 05/11/2026\n\n"


def _pending(body: str) -> list[str]:
    return [p.name for p in read_chart(f"{HEAD}{body}\n").pending_results]


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("Antineuronal antibody panel (serum) sent 4 November: result pending at discharge.\nClinic 25 November 2026.", ["Antineuronal antibody panel (serum)"]),
        ("Hepatitis B, C, HIV serology sent - HIV negative; hepatitis B and C awaited.\nCreatinine 80.", ["hepatitis B and C"]),
        ("Ferritin was sent on 4 November and is awaited.", ["Ferritin"]),
        ("Total IgE sent 3 Nov - result awaited.\nSeen 5 Nov 2026.", ["Total IgE"]),
        ("Histology: 6 mm tumour at the tip - MDT result awaited.", ["MDT result"]),
        ("Brother has measles at school - measles IgG sent 4 Nov, pending.", ["measles IgG"]),
        ("| Urine ACR | 62 | pending |", ["Urine ACR"]),
        ("Vitamin D taken 2 Nov - RESULT PENDING at discharge.", ["Vitamin D"]),
        ("【待回报】2026-11-02送检抗核抗体、蛋白C，结果未回。", ["抗核抗体", "蛋白C"]),
        ("检查：ALT 28U/L。TRAb已送，未出。", ["TRAb"]),
        ("幽门螺杆菌呼气试验：11-05已送检，结果未归。", ["幽门螺杆菌呼气试验"]),
        ("粪隐血 11-03 阳性×1 → 复查×2待回；胃镜正常。", ["粪隐血 11-03 阳性×1 → 复查×2"]),
        ("GAD抗体、C肽：11-12 送检未回。", ["GAD抗体", "C肽"]),
        ("脂蛋白脂酶基因检测：11-11送外院，约4周。", ["脂蛋白脂酶基因检测"]),
        ("血药浓度送省疾控中心检测。ANA和ANCA未回。", ["血药浓度", "ANA和ANCA"]),
        ("TSH 结果未回报。", ["TSH"]),
        ("ALT 41、抗核抗体未回。", ["抗核抗体"]),
        ("头颅CT、痰培养未回。", ["痰培养"]),
        ("待查：痰涂片×3（11-03送检）未回", ["痰涂片×3"]),
    ],
)  # fmt: skip
def test_the_test_is_named_alone(body: str, names: list[str]) -> None:
    assert _pending(body) == names


@pytest.mark.parametrize(
    "body",
    [
        "Contact at school, appointment awaited.",
        "MDT on 3 November: for surgery.",
        "【待回报】结果未回",
        "病理切片送外院会诊，提示腺癌。",
        "患者送外院治疗。",
        "等待回家。",
        "待回访。",
        "血常规、肝功能正常。",
    ],
)
def test_what_is_no_test_is_not_pending(body: str) -> None:
    assert _pending(body) == []


def test_a_remark_on_the_result_is_no_owner() -> None:
    record = read_chart(f"{HEAD}Vitamin D taken 2 Nov - RESULT PENDING at discharge.\n")
    assert [p.owner for p in record.pending_results] == [None]


def test_the_day_a_sample_was_sent_is_kept_beside_its_name() -> None:
    record = read_chart(f"{HEAD}血清蛋白电泳：2026-11-02送检，结果待回。\n")
    assert [(p.name, p.sent) for p in record.pending_results] == [("血清蛋白电泳", "2026-11-02")]


@pytest.mark.parametrize(
    ("line", "name", "then"),
    [
        ("duodenal bx incl H. pylori -> Dr. Bond; if positive, bismuth quad rx, no clarithromycin w/ apixaban.",
         "duodenal bx incl H. pylori", "if positive, bismuth quad rx, no clarithromycin w/ apixaban"),
        ("Urine culture, if it grows anything call her", "Urine culture", "if it grows anything call her"),
        ("血培养；如阳性，改静脉抗生素。", "血培养", "如阳性，改静脉抗生素"),
    ],
)  # fmt: skip
def test_what_is_to_be_done_with_a_result_is_no_result(line: str, name: str, then: str) -> None:
    head = "待回报：" if not line.isascii() else "PENDING:"
    (found,) = read_chart(f"{HEAD}{head} {line}\n").pending_results
    assert (found.name, found.then) == (name, then)
    assert then in found.place.quote


@pytest.mark.parametrize("later", ["USS + AFP 6-monthly, next March 2027.", "AFP 6 weekly at the GP."])
def test_an_interval_is_no_result_of_what_is_awaited(later: str) -> None:
    assert "AFP" in _pending(f"AFP sent 14/09 - result awaited.\nPlan: {later}")[0]
