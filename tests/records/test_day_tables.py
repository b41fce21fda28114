"""Tables with a day in front of each row, with days parted by slashes, or headed by a line that opens a note."""

from __future__ import annotations

import pytest

from assistant.records.chart import read_chart

HEAD = "Admitted 2025-05-02. Discharged 2025-05-14.\n\n"


def _read(text: str, head: str = HEAD) -> list[tuple[str, str, str | None]]:
    found = [(o.name, o.value, o.time) for o in read_chart(head + text).observations]
    return sorted(found, key=lambda o: (o[2] or "", o[0]))


def test_each_row_opens_with_its_day() -> None:
    assert _read("Labs\ndate    Hb   eGFR K\n02/5    108  37   4.9\n09/5    91   -    5.6\n") == [
        ("Hb", "108", "2025-05-02"), ("K", "4.9", "2025-05-02"), ("eGFR", "37", "2025-05-02"),
        ("Hb", "91", "2025-05-09"), ("K", "5.6", "2025-05-09"),
    ]  # fmt: skip


def test_a_chinese_table_with_the_units_below_it() -> None:
    head = "心血管内科 出院小结\n李某 女 58岁\n入院 2025-05-02   出院 2025-05-14\n"
    text = "化验：\n日期      Cr     eGFR  K+\n5-03      68     86    3.4\n5-10      72     81    4.5\n单位：Cr μmol/L, eGFR ml/min/1.73m2, K mmol/L\n出院时：无胸痛，可平地走，双肺清。"
    assert _read(text, head) == [
        ("Cr", "68", "2025-05-03"), ("K+", "3.4", "2025-05-03"), ("eGFR", "86", "2025-05-03"),
        ("Cr", "72", "2025-05-10"), ("K+", "4.5", "2025-05-10"), ("eGFR", "81", "2025-05-10"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "head",
    [
        "Results   05-03 / 05-10",
        "Lab values: 3 May / 10 May",
        "Date: 3/5 / 10/5",
    ],
)
def test_days_and_values_parted_by_slashes(head: str) -> None:
    assert _read(f"{head}\nCreat umol/L    104 / 80\nINR: 3.4 / 2.3\nCRP (mg/L): 9 / pending\n") == [
        ("CRP", "9", "2025-05-03"), ("Creat", "104", "2025-05-03"), ("INR", "3.4", "2025-05-03"),
        ("Creat", "80", "2025-05-10"), ("INR", "2.3", "2025-05-10"),
    ]  # fmt: skip


def test_the_days_of_the_stay_may_head_the_columns() -> None:
    assert _read("Bloods (admission / discharge)\nNa 131 / 138\n") == [
        ("Na", "131", "2025-05-02"),
        ("Na", "138", "2025-05-14"),
    ]


def test_a_line_of_days_that_opens_a_note_heads_its_table() -> None:
    found = _read("BLOODS        03/05   10/05\nWCC           17.8    10.9\nK             3.3     4.0\n")
    assert ("K", "4.0", "2025-05-10") in found
    assert ("K", "3.3", "2025-05-03") in found


@pytest.mark.parametrize(
    "text",
    [
        "date    Hb   eGFR K\n02/5    108  37\n",  # a cell is missing: no telling which
        "Plan for date: K and Na to be checked by the GP.\n12/5 2 tablets 3 times\n",
        "Na 133 / 136 / 138\n",  # no days: the first is not the value of now
    ],
)
def test_what_cannot_be_told_is_left_unread(text: str) -> None:
    assert not [o for o in _read(text) if o[2] is not None and "trend" not in o[0]]


def test_a_unit_in_small_latin_letters_is_no_part_of_the_name() -> None:
    found = read_chart(
        HEAD + "| Test | 2025-05-03 | 2025-05-10 |\n|---|---|---|\n| Creatinine umol/L | 96 | 102 |\n"
    ).observations
    assert {(o.name, o.unit) for o in found} == {("Creatinine", "umol/L")}
