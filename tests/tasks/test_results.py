"""What the results section and the condition at discharge say of a chart's values, word for word."""

from __future__ import annotations

from functools import cache

import pytest

from assistant.records.chart import read_chart
from assistant.tasks.base import Request, Services, Turn
from assistant.tasks.discharge_facts import sections_after_course
from knowledge.formulary import Formulary, open_formulary


@cache
def _formulary() -> Formulary:
    return open_formulary()


def _section(chart: str, key: str, language: str = "en") -> list[str]:
    record = read_chart(chart, formulary=_formulary())
    turn = Turn(Request("discharge", record=record, language=language), Services(None, _formulary()))
    found = dict(sections_after_course(turn, record))
    return [s.text for s in found[key]]


STAY = "Admitted 10/05/2025. Discharged 18/05/2025.\n"


@pytest.mark.parametrize(
    ("chart", "line"),
    [
        (STAY + "ED: Cr 1.9, K 4.4.\n17/05/2025 Ward round\nCr 1.2.", "Date not recorded: Cr 1.9; K 4.4."),
        (STAY + "12/05/2025 Ward round\nCr 148 (10/05), 121 (11/05).", "2025-05-10 to 2025-05-11: Cr 148 → 121."),
        (STAY + "12/05/2025 Ward round\nAscitic tap: WCC 410. WCC 9.", "2025-05-12: Ascitic tap WCC 410; WCC 9."),
    ],
)  # fmt: skip
def test_a_result_line_says_only_what_the_chart_dates_and_names(chart: str, line: str) -> None:
    assert line in _section(chart, "results")


@pytest.mark.parametrize(("last", "told"), [("88", "CRP mg/L 210 → 88"), ("8.8", "CRP 210 mg/L → 8.8")])
def test_a_unit_is_not_lent_to_a_value_of_another_scale(last: str, told: str) -> None:
    chart = STAY + f"11/05/2025 Ward round\nCRP 210 mg/L.\n13/05/2025 Ward round\nCRP {last}."
    assert f"2025-05-11 to 2025-05-13: {told}." in _section(chart, "results")


def test_two_units_of_a_test_make_no_course() -> None:
    lines = " ".join(
        _section(
            STAY + "11/05/2025 Ward round\nGlucose 18.2 mmol/L.\n13/05/2025 Ward round\nGlucose 140 mg/dL.",
            "results",
        )
    )
    assert "→" not in lines
    assert "mmol/L 18.2" in lines
    assert "mg/dL 140" in lines


@pytest.mark.parametrize(
    ("chart", "expected"),
    [
        (STAY + "ED: T 38.7 P 112 BP 148/82.\n18/05/2025 Ward round\nComfortable.", []),
        (STAY + "10/05/2025 Clerking\nHR 118, BP 92/54.\n18/05/2025 Ward round\nHome.", []),
        ("ED: T 38.7 P 112 BP 148/82.\nAnticipated DC tomorrow.", []),
        ("ED 10/05/2025\nT 38.7 P 112 BP 148/82.\n16/05/2025 Ward round\nBetter.", []),
        (STAY + "17/05/2025 Ward round\nHR 72, BP 128/70.", ["HR 72 (2025-05-17).", "BP 128/70 (2025-05-17)."]),
        (STAY + "ED: wt 71 kg.", ["wt 71 kg (date not recorded)."]),
    ],
)  # fmt: skip
def test_no_sign_of_the_admission_stands_as_the_condition_at_discharge(
    chart: str, expected: list[str]
) -> None:
    assert _section(chart, "condition_at_discharge") == expected


def test_an_undated_result_is_called_so_in_chinese() -> None:
    assert "未注明日期：Cr 168。" in _section("患者诉乏力。急诊查 Cr 168。", "results", "zh")
