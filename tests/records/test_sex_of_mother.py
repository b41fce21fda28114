"""A mother's record names her baby's sex; hers is not the baby's."""

from __future__ import annotations

import pytest

from assistant.records.chart import read_chart


@pytest.mark.parametrize(
    ("text", "sex"),
    [
        ("POSTPARTUM DISCHARGE SUMMARY\nName: Danielle Reyes | Age 36 | G2P2002\nBaby boy 2480 g, rooming in.\n", "female"),
        ("Name: Ana Ruiz, 31 y\nDelivered a live male infant 3200 g. Healthy baby boy.\n", None),
        ("Mrs Ana Ruiz, 31 y\nBaby boy 3200 g.\n", "female"),
        ("Baby boy Tom Hale, age 3 days. Mother G2P1.\n", "male"),
        ("Baby boy Tom Hale, age 31 days. Mother G2P1.\n", "male"),
        ("姓名：李某 年龄：31岁 孕2产1\n娩一男婴，3200g。\n", "female"),
        ("Tom Hale, 9-year-old boy with asthma.\n", "male"),
        ("Mr Tom Hale, 64 y, man with COPD. Daughter had a baby girl.\n", "male"),
    ],
)  # fmt: skip
def test_the_sex_is_the_patients(text: str, sex: str | None) -> None:
    assert read_chart(text).patient.sex == sex
