"""Which figures are dates, and whether the day or the month stands first."""

from __future__ import annotations

import pytest

from assistant.records.dates import ChartDates


@pytest.mark.parametrize(
    "scores",
    [
        "Barthel 9/20. Walks 10 m.",
        "| Barthel index | 9/20 |",
        "AMTS was 4/20",
        "MMSE 9/30 on 5/12",
        "MoCA: 11/30",
        "Visual acuity R 6/18 L 6/24",
        "Berg 12/56; GCS 9/15",
        "巴氏指数 9/20",
    ],
)
def test_a_score_does_not_vote_on_the_order_of_day_and_month(scores: str) -> None:
    dates = ChartDates(f"Admitted 1/12/2024, discharged 12/12/2024. GP to see.\n{scores}")
    assert dates.day_first
    assert dates.admitted is not None
    assert dates.admitted.isoformat() == "2024-12-01"


@pytest.mark.parametrize(
    "text",
    [
        "AMTS | 8/10",
        "Barthel 9/10",
        "right leg 3/5",
        "VA R 6/9 L 6/12",
        "pain 7/10 at worst",
        "power 4/5",
        "K 5 may need replacing",
    ],
)
def test_a_score_is_no_date(text: str) -> None:
    assert ChartDates("Admitted 01/10/2025").tokens(text) == []


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("seen 8/10 on the ward", 8),
        ("Swab 3/10: MRSA", 3),
        ("Hip clinic 5/10", 5),
        ("K 5 May 4.1", 5),
        ("leg ultrasound 4/10", 4),
    ],
)
def test_a_day_stays_a_day(text: str, day: int) -> None:
    assert [t.day for t in ChartDates("Admitted 01/10/2025").tokens(text)] == [day]


def test_an_american_chart_still_puts_the_month_first() -> None:
    assert not ChartDates("Admitted 9/20/2025. Barthel 9/20. Seen 9/28.").day_first


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("住 24.11.18–24.11.29\n左眼2018年做过激光。", 2024),
        ("既往史：2018-03-05激光治疗，2018-05-06复查。\n胸部CT 2024-11-19：肺气肿。", 2024),
        ("曾于2018-03-05、2018-04-06住院两次。胸部CT 2024-11-19肺气肿。", 2024),
        ("既往史：2018-03-05激光治疗。咳喘三天。", 2018),
        ("胸部CT 2024-11-19肺气肿，2025-02-20复查胸部CT。", 2024),
    ],
)
def test_the_year_is_not_that_of_the_past_while_there_is_another(text: str, year: int) -> None:
    assert ChartDates(text).year == year


@pytest.mark.parametrize("text", ["24.11.18 胸闷", "24/11/18 胸闷加重", "24-11-18 胸闷加重"])
def test_the_year_comes_first_in_a_chinese_chart(text: str) -> None:
    dates = ChartDates(text)
    assert [dates.iso(t) for t in dates.tokens(text)] == ["2024-11-18"]


def test_the_day_comes_first_in_an_english_one() -> None:
    dates = ChartDates("Seen 18.11.24 with cough. Ref 24-11-18.")
    assert [dates.iso(t) for t in dates.tokens("Seen 18.11.24 with cough. Ref 24-11-18.")][:1] == [
        "2024-11-18"
    ]


@pytest.mark.parametrize(
    "text",
    ["NT 11-13+6周", "NT 11-13+6w", "超声12+1-13+6周", "孕24-28周OGTT", "孕11-13 周 NT", "夜里2-3点测血糖"],
)
def test_weeks_of_pregnancy_and_hours_are_no_days(text: str) -> None:
    assert ChartDates("入院2025-05-09 出院2025-05-16 早孕").tokens(text) == []


@pytest.mark.parametrize("text", ["11-13 孕检", "5-20 产科建档", "11-13 14:00 复查"])
def test_a_day_beside_a_pregnancy_stays_a_day(text: str) -> None:
    assert len(ChartDates("入院2025-05-09 出院2025-05-16 早孕").tokens(text)) == 1


def test_days_in_chinese_figures() -> None:
    dates = ChartDates("入院日期：2026-03-09 出院日期：2026-03-24\n患者因双下肢水肿入院，经治疗好转出院。")
    for said, iso in (
        ("三月廿四", "2026-03-24"),
        ("十一月七号", "2026-11-07"),
        ("二〇二六年一月十四日", "2026-01-14"),
    ):
        token = dates.first(said)
        assert token is not None
        assert dates.iso(token) == iso
    for said in ("三月余", "每三月十次", "一月二十天"):
        assert dates.first(said) is None
