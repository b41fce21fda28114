"""The days of the stay, in the many ways that charts write them."""

from __future__ import annotations

import pytest

from assistant.records.chart import read_chart


def _stay(text: str) -> tuple[str | None, str | None]:
    stay = read_chart(text).encounter
    return (stay.admitted, stay.discharged) if stay else (None, None)


@pytest.mark.parametrize(
    ("text", "stay"),
    [
        ("Mr A, 49M. In 01.12.2025, out 15.12.2025.\nBled.", ("2025-12-01", "2025-12-15")),
        ("Ward 6B\nIN 2025-05-02  OUT 2025-05-14   Home", ("2025-05-02", "2025-05-14")),
        ("| Admitted | 2025-02-03 |\n| Discharged | 2025-02-14 |", ("2025-02-03", "2025-02-14")),
        ("Mrs B was with us from 6 October to 11 October 2025 for a knee.", ("2025-10-06", "2025-10-11")),
        ("Inpatient 30 December - 4 January 2026.", ("2025-12-30", "2026-01-04")),
        ("Admitted 3 October 2025, going home 13 October 2025.", ("2025-10-03", "2025-10-13")),
        ("Admitted 3 May 2025. Goes home 14 May.", ("2025-05-03", "2025-05-14")),
        ("Admitted 03.12.2025, discharged 09.12.2025.", ("2025-12-03", "2025-12-09")),
        ("李某，男。2025-12-02入院，2025-12-13出院。", ("2025-12-02", "2025-12-13")),
        ("于2026年07月02日收入我科，2026年07月10日出院。", ("2026-07-02", "2026-07-10")),
        ("入院2026-06-01 出院2026-06-12", ("2026-06-01", "2026-06-12")),
        ("住 24.11.18–24.11.29\n又是这个老慢支，咳喘加重。", ("2024-11-18", "2024-11-29")),
        ("住 24.11.18-11.29\n咳喘加重三天入住。", ("2024-11-18", "2024-11-29")),
        ("入24.11.18 出24.11.29\n咳喘加重，痰多。", ("2024-11-18", "2024-11-29")),
        ("住院：24-11-18至24-11-29，咳喘加重。", ("2024-11-18", "2024-11-29")),
        ("入院日期：2024/11/18\n出院日期：24/11/29\n咳喘。", ("2024-11-18", "2024-11-29")),
        ("入院 2025-01-06 02:40，转普通病房 01-10，出院 01-17。", ("2025-01-06T02:40", "2025-01-17")),
        ("入院 2024年12月28日，出院 1月5日。", ("2024-12-28", "2025-01-05")),
        ("住院时间：2026-05-11至2026-05-20", ("2026-05-11", "2026-05-20")),
        ("2024-03-01入院，2024-03-09出院。本次2026-05-11入院，05-20好转出院", ("2026-05-11", "2026-05-20")),
    ],
)
def test_the_days_of_the_stay_are_read(text: str, stay: tuple[str, str]) -> None:
    assert _stay(text) == stay


@pytest.mark.parametrize(
    "text",
    [
        "Admitted 3 May 2025. Plan: going home 14 May if stable.",
        "Admitted 3 May 2025. In 2019 a stent, out of hospital in 3 days.",
        "Previous admission 2 May 2024 - 4 May 2024. Admitted 3 May 2025.",
        "Admitted 3 May 2025. Intake: in 500 out 700.",
    ],
)
def test_a_hope_or_an_earlier_stay_is_none(text: str) -> None:
    assert _stay(text) == ("2025-05-03", None)


def test_a_planned_day_in_chinese_is_no_discharge() -> None:
    assert _stay("患者拟2026-05-20出院，2026-05-18出院带药：阿司匹林")[1] is None


def test_a_line_in_columns_tells_where_only_in_its_own() -> None:
    line = "Admitted 01/11/2026 via ED     Discharged 12/11/2026 to own home with daughter     Consultant Dr M Adeyemi\n"
    stay = read_chart(f"DISCHARGE SUMMARY\nMrs A Bee   F\n{line}\nDIAGNOSES\n1. Cellulitis\n").encounter
    assert stay is not None
    assert stay.disposition == "Discharged 12/11/2026 to own home with daughter"


@pytest.mark.parametrize(
    "text",
    [
        "入院 2025-01-06，计划出院 01-17。",
        "入院 2025-01-06，上次出院 01-17。",
        "入院 2025-01-06，出院后 01-17 复查。",
        "入院 2025-01-06，出院带药 7-14 天。",
    ],
)
def test_a_day_after_another_word_is_no_discharge(text: str) -> None:
    assert _stay(text + "男，69岁，胸痛四小时。") == ("2025-01-06", None)
