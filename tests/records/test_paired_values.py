"""Names in a row with values in a row, and a measure that has the unit of another."""

from __future__ import annotations

import pytest

from assistant.records.chart import read_chart

HEAD = "出院记录\n入院日期：2025-05-09 出院日期：2025-05-16\n"
EN = "Discharge summary\nAdmitted 9 May 2025. Discharged 16 May 2025.\n"


def _read(text: str) -> list[tuple[str, str, str | None]]:
    return [(o.name, o.value, o.unit) for o in read_chart(text).observations]


@pytest.mark.parametrize(
    "row",
    [
        "身高/体重：152cm / 44kg",
        "| 身高/体重 | 152cm / 44kg |",
        "身高/体重：44kg / 152cm",
        "身高体重：152cm，44kg",
        "身高、体重：152cm、44kg",
        "身高 152cm，体重44kg",
    ],
)
def test_each_name_of_a_row_has_its_own_value(row: str) -> None:
    assert sorted(_read(f"{HEAD}查体：{row}\n")) == [("体重", "44", "kg"), ("身高", "152", "cm")]


def test_the_unit_may_stand_with_the_name() -> None:
    found = _read(f"{HEAD}查体：身高(cm)/体重(kg)：152/44\n")
    assert sorted(found) == [("体重", "44", "kg"), ("身高", "152", "cm")]


@pytest.mark.parametrize(
    "row", ["Ht/Wt 160 cm / 55 kg", "Height/weight: 160 cm / 55 kg", "Wt/Ht 55 kg/160 cm"]
)
def test_height_and_weight_in_english(row: str) -> None:
    found = {name.casefold(): (value, unit) for name, value, unit in _read(f"{EN}On examination: {row}\n")}
    assert found == {"height": ("160", "cm"), "weight": ("55", "kg")}


def test_a_row_may_hold_other_names() -> None:
    found = _read(f"{HEAD}查体：体重/BMI 44kg / 19.0\n")
    assert ("体重", "44", "kg") in found
    assert ("BMI", "19.0", None) in found


@pytest.mark.parametrize("said", ["体重 152 cm", "身高 44 kg", "体重/腹围 152cm"])
def test_a_weight_is_a_mass_and_a_height_a_length(said: str) -> None:
    assert _read(f"{HEAD}查体：{said}\n") == []


@pytest.mark.parametrize("said", ["PaO2/FiO2 210", "AST/ALT 45/62", "体重/身高比例正常"])
def test_a_ratio_and_tests_in_a_row_are_no_body_measures(said: str) -> None:
    assert not any("身高" in name or "体重" in name for name, _, _ in _read(f"{HEAD}查体：{said}\n"))
