from __future__ import annotations

from decimal import Decimal

import pytest

from assistant.verification.facts import dates_in, quantities_in, same_date, same_quantity, sides_in


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("prednisolone 30 mg od", [("30", "mg")]),
        ("利伐沙班15mg bid共21天", [("15", "mg"), ("21", "day")]),
        ("lipase 1,960", [("1960", None)]),
        ("three days", [("3", "day")]),
        ("HR 88", [("88", None)]),
        ("levothyroxine 50 µg", [("50", "mcg")]),
        ("2025-11-03", []),
    ],
)
def test_numbers_are_read_with_their_units_and_dates_are_not_numbers(
    text: str, expected: list[tuple[str, str | None]]
) -> None:
    assert [(str(q.value.quantize(Decimal(1))), q.unit) for q in quantities_in(text)] == expected


@pytest.mark.parametrize(
    ("text", "month_day"),
    [
        ("on 3 November 2025", (11, 3)),
        ("Nov 3, 2025", (11, 3)),
        ("2025-11-03", (11, 3)),
        ("03/11/2025", (11, 3)),
        ("2025年4月7日", (4, 7)),
        ("4月7日", (4, 7)),
    ],
)
def test_dates_are_read_in_the_usual_spellings(text: str, month_day: tuple[int, int]) -> None:
    (found,) = dates_in(text)
    assert month_day in found.day_month


@pytest.mark.parametrize("text", ["BP 130/76", "2/7 of cough", "GCS 15/15 today", "1/2 tablet"])
def test_ratios_are_not_dates(text: str) -> None:
    assert dates_in(text) == []


def test_another_unit_is_another_quantity() -> None:
    (mg,), (mcg,), (bare,) = quantities_in("5 mg"), quantities_in("5 mcg"), quantities_in("K 5")
    assert not same_quantity(mg, mcg)
    assert not same_quantity(mg, bare)
    assert same_quantity(bare, mg)


def test_another_year_is_another_date() -> None:
    (a,), (b,), (c,) = dates_in("2025-11-03"), dates_in("2024-11-03"), dates_in("3 November")
    assert not same_date(a, b)
    assert same_date(a, c)


@pytest.mark.parametrize(
    ("text", "sides"), [("L hip", {"left"}), ("双肺", {"both"}), ("3 L of fluid", set()), ("右膝", {"right"})]
)
def test_sides_are_read(text: str, sides: set[str]) -> None:
    assert sides_in(text) == sides


def test_two_chinese_figures_in_a_row_are_no_number() -> None:
    assert [q.value for q in quantities_in("每周三一次")] == [1]
    assert quantities_in("疼了三四次，九八年抢救过") == []
    assert [q.value for q in quantities_in("十二天，二十片")] == [12, 20]
