"""Goals: a target is called reached only where value and target can be compared; a gain becomes the patient's own figure."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.tasks.base import Request, Services, Turn
from assistant.tasks.goals import Now, due_date, measure_of, own_target, percent_hba1c, reached
from knowledge.formulary import Formulary


def now(measure: str, number: float, second: float | None = None, unit: str = "") -> Now:
    return Now(measure, f"{number:g}", (), number, second, unit)


@pytest.mark.parametrize(
    ("goal", "value", "met"),
    [
        ("Blood pressure: below 130/80 mmHg.", now("blood_pressure", 122, 74), True),
        ("Blood pressure: below 130/80 mmHg.", now("blood_pressure", 122, 84), False),
        ("Blood pressure: below 130/80 mmHg.", now("blood_pressure", 138, 72), False),
        ("Systolic blood pressure: 120–129 mmHg in most.", now("blood_pressure", 138), False),
        ("HbA1c: 7 % or less for most adults.", now("hba1c", 7.9, unit="%"), False),
        ("HbA1c: 7 % or less for most adults.", now("hba1c", 71, unit="mmol/mol"), False),
        ("HbA1c: 7 % or less for most adults.", now("hba1c", 48, unit="mmol/mol"), True),
        ("Pain on walking: 3 of 10 or less, by 6 weeks.", now("pain", 4, unit="/10"), False),
        ("Pain on walking: 3 of 10 or less, by 6 weeks.", now("pain", 3, unit="/10"), True),
        ("Serum urate: below 6 mg/dL (360 micromol/L).", now("urate", 612, unit="µmol/L"), None),
        ("Haemoglobin: 7 g/dL or more.", now("haemoglobin", 101, unit="g/L"), None),
        ("Berg Balance Scale: gain of 7 points or more.", now("berg", 27, unit="/56"), None),
        ("6分钟步行距离：较基线增加≥30 m，8~12周内。", now("six_minute_walk", 180), None),
        ("CAT评分：较基线下降≥2分，3个月内。", now("cat", 27), None),
        ("Knee flexion: 80–90°, by 2 weeks; 120°, by 12 weeks.", now("flexion", 88), None),
        ("Timed Up and Go: below 12 seconds, by 12 weeks.", now("tug", 29, unit="seconds"), False),
        ("LDL-C：<1.4 mmol/L，4~12周内达标。", now("ldl", 5.6), False),
        ("Blood pressure: below 130/80 mmHg.", now("blood_pressure", 88, 50), None),
        ("Blood pressure: below 130/80 mmHg.", now("blood_pressure", 99, 60), None),
        ("Blood pressure: below 130/80 mmHg.", now("blood_pressure", 100, 60), True),
        ("血压：<130/80 mmHg。", now("blood_pressure", 86, 50), None),
        ("Systolic blood pressure: 120–129 mmHg in most.", now("blood_pressure", 92), None),
        ("Blood pressure: below 130/80 mmHg.", now("blood_pressure", 98, 84), False),
        ("Resting heart rate: below 110 per minute.", now("heart_rate", 44), None),
        ("Resting heart rate: below 110 per minute.", now("heart_rate", 72), True),
        ("HbA1c: 7 % or less for most adults.", now("hba1c", 48), True),
        ("HbA1c: 7 % or less for most adults.", now("hba1c", 7.9), False),
        ("eGFR下降：<5 ml/min/1.73m²，1年内。", now("egfr", 26), None),
        ("eGFR：每年下降<5 ml/min/1.73m²。", now("egfr", 26), None),
        ("eGFR: a decline of less than 5 mL/min/1.73 m2 a year.", now("egfr", 26), None),
        ("Fall in eGFR: less than 5 mL/min/1.73 m2, within 1 year.", now("egfr", 26), None),
        ("eGFR: a fall of less than 5 per year.", now("egfr", 26), None),
        ("血肌酐：较前升高<30 %。", now("creatinine", 96), None),
        ("LDL-C：<1.8 mmol/L，1年内。", now("ldl", 2.9), False),
        ("降压目标 血压：<130/80 mmHg。", now("blood_pressure", 122, 74), True),
        ("Falls efficacy scale: below 70.", now("falls", 60), True),
        ("LDL-C: below 50 % of the first value.", now("ldl", 3.1), None),
    ],
)
def test_reached_is_said_only_where_it_can_be_told(goal: str, value: Now, met: bool | None) -> None:
    assert reached(goal, value) is met


@pytest.mark.parametrize(
    ("goal", "value", "figure"),
    [
        ("Berg Balance Scale: gain of 7 points or more, by 4 weeks.", now("berg", 27, unit="/56"), "34/56"),
        ("Barthel Index (0–100): gain of 10 points or more.", now("barthel", 10, unit="/20"), "12/20"),
        ("Modified Rankin Scale: one grade lower, by 3 months.", now("rankin", 4, unit="/6"), "grade 3"),
        ("6分钟步行距离：较基线增加≥30 m，8~12周内。", now("six_minute_walk", 180), "210"),
        ("CAT评分：较基线下降≥2分。", now("cat", 27), "25"),
        ("Blood pressure: below 130/80 mmHg.", now("blood_pressure", 138, 82), ""),
        ("LDL-C：较基线下降≥2分。", now("ldl", 1.1), ""),
    ],
)
def test_a_change_becomes_the_patients_own_figure(
    formulary: Formulary, goal: str, value: Now, figure: str
) -> None:
    turn = Turn(Request("plan", language="en"), Services(library=None, formulary=formulary))
    said = own_target(turn, goal, value)
    assert figure in said
    assert bool(said) is bool(figure)


@pytest.mark.parametrize(
    ("goal", "measure"),
    [
        ("Sodium intake: below 2 g a day.", None),
        ("Therapy: 3 hours a day.", None),
        ("Systolic blood pressure: below 120 mmHg.", "blood_pressure"),
        ("Serum urate: below 6 mg/dL.", "urate"),
        ("糖尿病患者HbA1c：<7.0%", "hba1c"),
    ],
)
def test_the_head_of_a_goal_names_its_measure(goal: str, measure: str | None) -> None:
    found = measure_of(goal)
    assert (found.id if found else None) == measure


def test_weeks_of_a_pregnancy_are_no_date_after_discharge() -> None:
    assert due_date("Birth: by 40 weeks plus 6 days.", date(2026, 4, 17)) is None
    assert due_date("Weight: by 12 weeks.", date(2026, 4, 17)) == date(2026, 7, 10)


def test_mmol_per_mol_becomes_per_cent() -> None:
    assert percent_hba1c(71) == 8.6
    assert percent_hba1c(48) == 6.5


@pytest.mark.parametrize(
    "goal",
    [
        "LDL-C：较基线下降≥50%。",
        "LDL-C: fall of 50 % or more.",
        "LDL-C: fall of 12.5%",
        "Berg: gain of 20 % or more.",
        "6分钟步行：增加≥10％。",
    ],
)
def test_a_change_in_per_cent_is_no_figure_of_its_own(formulary: Formulary, goal: str) -> None:
    turn = Turn(Request("plan", language="en"), Services(library=None, formulary=formulary))
    assert own_target(turn, goal, now("ldl", 4.1)) == ""


@pytest.mark.parametrize(
    "goal", ["Central venous oxygen saturation: 70 % or more.", "中心静脉血氧饱和度：≥70%，补液期。"]
)
def test_a_finger_saturation_is_no_central_venous_one(goal: str) -> None:
    assert measure_of(goal) is None
    assert measure_of("Oxygen saturation: 88–92 %.") is not None


@pytest.mark.parametrize(
    ("value", "unit", "met"),
    [
        (4.3, "mmol/L", False),
        (1.6, "mmol/L", True),
        (160.0, "mg/dL", False),
        (60.0, "mg/dL", True),
    ],
)
def test_a_target_in_two_units_is_compared_in_the_values_own(value: float, unit: str, met: bool) -> None:
    goal = "LDL cholesterol: below 70 mg/dL (1.8 mmol/L) with cardiovascular disease."
    assert reached(goal, Now("ldl", f"LDL {value} {unit}", (), value, None, unit)) is met
    assert reached(goal, Now("ldl", f"LDL {value}", (), value)) is None
