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
        ("待查：痰涂片×3（11-03送检）未回", ["痰涂片×3"]),
    ],
)  # fmt: skip
def test_the_test_is_named_alone(body: str, names: list[str]) -> None:
    assert _pending(body) == names


@pytest.mark.parametrize(
    "body",
    ["Contact at school, appointment awaited.", "MDT on 3 November: for surgery.", "【待回报】结果未回"],
)
def test_what_is_no_test_is_not_pending(body: str) -> None:
    assert _pending(body) == []


def test_a_remark_on_the_result_is_no_owner() -> None:
    record = read_chart(f"{HEAD}Vitamin D taken 2 Nov - RESULT PENDING at discharge.\n")
    assert [p.owner for p in record.pending_results] == [None]
