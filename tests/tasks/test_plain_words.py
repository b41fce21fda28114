"""Order words in everyday ones, times of day never guessed, reading grade counted exactly."""

from __future__ import annotations

import pytest

from assistant.domain.medicine_row import DayTime
from assistant.tasks.plain_words import PlainWriter, frequency_of
from assistant.tasks.plain_words_reading import grade, reading_of, syllables

M, N, E, B = DayTime
EMPTY: tuple[DayTime, ...] = ()


@pytest.mark.parametrize(
    ("order", "language", "words", "times"),
    [
        ("bd", "en", "twice a day", (M, E)),
        ("TDS", "en", "three times a day", (M, N, E)),
        ("qid", "en", "four times a day", (M, N, E, B)),
        ("nocte", "en", "once a day at night", (B,)),
        ("mane", "en", "once a day in the morning", (M,)),
        ("od", "en", "once a day", EMPTY),
        ("once daily", "en", "once a day", EMPTY),
        ("q8h", "en", "every 8 hours", EMPTY),
        ("every other day", "en", "every other day", EMPTY),
        ("tds prn", "en", "three times a day, only when you need it", EMPTY),
        ("q6h prn, max 4 doses/day", "en", "every 6 hours, only when you need it, max 4 doses/day", EMPTY),
        ("2 mg morning and 1 mg at 2 pm", "en", "2 mg morning and 1 mg at 2 pm", EMPTY),
        ("每日2次", "zh", "每天两次", (M, E)),
        ("qd", "zh", "每天一次", EMPTY),
        ("每晚一次1次", "zh", "每天晚上一次", (B,)),
        ("必要时", "zh", "需要时才用", EMPTY),
    ],
)
def test_a_time_of_day_is_shown_only_where_the_order_says_it(
    order: str, language: str, words: str, times: tuple[DayTime, ...]
) -> None:
    found = frequency_of(order, language)
    assert (found.words, found.times) == (words, times)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (
            "restart if Hgb >= 8.0 and K <5.0",
            "start again if red blood level (Hb) at least 8.0 and potassium below 5.0",
        ),
        ("10 u at night", "10 units at night"),
        ("review on 2026-03-18", "review on 18 March 2026"),
        ("review on 03/04", "review on 03/04"),
        ("vitamin K 10 mg", "vitamin K 10 mg"),
        ("L. Smith", "L. Smith"),
    ],
)
def test_shorthand_is_written_out_and_look_alikes_stay(text: str, plain: str) -> None:
    assert PlainWriter("en").plain(text) == plain


def test_a_term_is_explained_once() -> None:
    writer = PlainWriter("en")
    assert writer.meanings("Have an MRI.") == " MRI means a scan with magnets."
    assert writer.meanings("Have an MRI again.") == ""


@pytest.mark.parametrize(
    ("word", "count"),
    [("stopped", 1), ("wanted", 2), ("medicine", 3), ("table", 2), ("nurse", 1), ("hospital", 3), ("diarrhea", 4), ("breathe", 1),
     ("emergency", 4), ("GP", 2), ("500", 1), ("being", 2), ("ankles", 2), ("aches", 1), ("vitamin", 3)],
)  # fmt: skip
def test_syllables_are_counted(word: str, count: int) -> None:
    assert syllables(word) == count


def test_the_grade_is_flesch_and_kincaids() -> None:
    # 5 words, 1 sentence, 6 syllables: 0.39 * 5 + 11.8 * 6 / 5 - 15.59
    assert grade(["Take one pill each morning."]) == pytest.approx(0.39 * 5 + 11.8 * 6 / 5 - 15.59)


def test_a_long_sentence_is_named_in_both_languages() -> None:
    english = "Take the pill in the morning with a full glass of water and then sit up for one hour."
    chinese = "每天早上起床以后先空腹喝一大杯温水然后再吃药并且半个小时以内不要躺下。"
    assert reading_of([english, "Eat less salt."], "en").long == (english,)
    assert len(reading_of([chinese, "少吃盐。"], "zh").long) == 1


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("ID clinic 6/52.", "ID clinic 6 weeks."),
        ("Take for 5/7.", "Take for 5 days."),
        ("Review in 3/12.", "Review in 3 months."),
        ("Review at 1/52.", "Review at 1 week."),
        ("Clinic 3/12.", "Clinic 3/12."),
        ("Seen 12/05/2026.", "Seen 12/05/2026."),
        ("BP 152/70.", "BP 152/70."),
    ],
)
def test_parts_of_a_year_are_written_out_and_dates_stay(text: str, plain: str) -> None:
    assert PlainWriter("en").plain(text).replace("Blood pressure", "BP") == plain
