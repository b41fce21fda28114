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
