"""A value without a day of its own: of the arrival, of the day of leaving, or left without one."""

from __future__ import annotations

import pytest

from assistant.records.chart import read_chart

HEAD = "Admitted 04/11/2025. Discharged 10/11/2025.\n"
ZH = "入院日期 2025-11-04  出院日期 2025-11-10\n"
IN, OUT = "2025-11-04", "2025-11-10"


def _days(text: str) -> list[tuple[str, str | None]]:
    return [(o.value, o.time) for o in read_chart(text).observations if o.kind.value in {"vital", "lab"}]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            HEAD + "O/A: RR 30, SpO2 79% on air.\nProgress: SpO2 90% on 1 L at d/c.",
            [("30", IN), ("79", IN), ("90", OUT)],
        ),
        (HEAD + "Summary: Found drowsy; BP 88/50, given fluids.", [("88/50", IN)]),
        (HEAD + "Course: INR 3.4 on arrival, reversed.", [("3.4", IN)]),
        (HEAD + "Observations on discharge: BP 126/78, HR 72.", [("126/78", OUT), ("72", OUT)]),
        (HEAD + "Course: Ate well. Blood pressure on leaving 98/60.", [("98/60", OUT)]),
        (HEAD + "On arrival K 6.9, then K 4.1 after treatment.", [("6.9", IN), ("4.1", None)]),
        (HEAD + "Course: K 4.1 on discharge from ICU.", [("4.1", None)]),
        (ZH + "入院时T36.5℃，BP164/98mmHg。", [("36.5", IN), ("164/98", IN)]),
        (ZH + "体格检查：BP164/98mmHg", [("164/98", None)]),
        (ZH + "出院状况：精神可。BP 126/74，心率88次/分。", [("126/74", OUT), ("88", OUT)]),
        (ZH + "【入院】T38.0 HR 122", [("38.0", IN), ("122", IN)]),
    ],
)
def test_words_of_arrival_and_leaving_give_the_day(text: str, expected: list[tuple[str, str | None]]) -> None:
    assert [d for d in _days(text) if d in expected or d[0] in dict(expected)] == expected


def test_a_value_with_its_own_day_keeps_it() -> None:
    assert _days(HEAD + "On arrival he was well. BP on 06/11/2025: 140/80.") == [("140/80", "2025-11-06")]


def test_a_value_in_a_diagnosis_is_not_of_the_day_the_diagnosis_was_written() -> None:
    found = _days(
        "Discharge summary\nAdmission | 2025-08-19\nDischarge | 2025-08-27\n\n## Diagnoses\n1. AKI with hyperkalaemia (K 7.1)\n"
    )
    assert found == [("7.1", None)]


def test_the_word_that_leads_to_a_value_is_read_over() -> None:
    assert [v for v, _ in _days(ZH + "诊治经过：血压降至136/82mmHg，血钾升至4.6mmol/L。")] == [
        "136/82",
        "4.6",
    ]
    assert [v for v, _ in _days(HEAD + "Course: Hb fell to 71, Na improved to 132.")] == ["71", "132"]
