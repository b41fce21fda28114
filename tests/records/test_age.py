"""The age is the patient's own: never a relative's, a course's, a distance's or a disease's."""

from __future__ import annotations

import pytest

from assistant.domain.age import find_age, years_of


def _years(text: str) -> float | None:
    found = find_age(text)
    return years_of(text[found[0] : found[1]]) if found else None


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("Name: Ms Ada Low. Age 41. Female.\nShe is nursing her 5-month-old daughter.", 41),
        ("Name | Ann Hill\nAge / sex | 83 / female\nMobility | Walks 20 m with frame", 83),
        ("**Age:** 54  **Sex:** F", 54),
        ("Mr John Reed, 77, male, walks 15 m with a stick", 77),
        ("Name   Tom Farr\nAge / sex   29 / male\nApixaban planned 3 months, then review", 29),
        ("Mrs Rose Hall, aged 88, lives with her husband aged 91", 88),
        ("Lives with wife (84 y). This 79-year-old man fell.", 79),
        ("Type 1 diabetes since age 12. 46-year-old woman", 46),
        ("R. Tull, 63M, T2DM 18y", 63),
        ("a 71 y/o man with a 10-year-old hip replacement", 71),
        ("Baby Jones, 8-month-old boy, bronchiolitis", 8 / 12),
        ("8 mo F with fever", 8 / 12),
        ("Infant. Age: 6 months. Male", 0.5),
        ("5-year-old boy brought by his mother aged 30", 5),
        ("患者男，67岁，母亲60岁心梗", 67),
        ("患儿，女，5个月，咳嗽3天", 5 / 12),
        ("性别 男 年龄 54岁 民族 汉", 54),
        ("女 58岁 糖尿病10年", 58),
        ("Ms Rosa Lind-Achter, 58, 81 kg", 58),
        ("Mr Balder Thorne, 70, dry weight 63 kg", 70),
        ("到院 07:10　男性　约70岁", 70),
    ],
)
def test_the_patients_age_is_read(text: str, years: float) -> None:
    assert _years(text) == pytest.approx(years)


@pytest.mark.parametrize(
    "text",
    [
        "Walks 30 m with frame and one person.",
        "Mobile 10 M with frame",
        "Apixaban planned 6 months, to review by haematology",
        "Her 3-year-old has chickenpox. Mother of two children aged 6 and 9.",
        "Wife Joan, aged 84, is exhausted.",
        "T2DM 18y, HTN 6y",
        "Smoked for 40 years.",
        "CTA: M2 occlusion",
        "Menarche: age 12. CHA2DS2-VASc: Age 2, sex 1. Age 65-74: 1 point",
        "高血压5个月，加重3天",
        "母亲60岁心梗",
    ],
)
def test_no_other_figure_is_taken_for_it(text: str) -> None:
    assert _years(text) is None
