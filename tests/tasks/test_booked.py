"""Arrangements keep their calendar dates; general advice gives way to a booked visit, and a late one is named."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from assistant.domain.record import FollowUp, Place
from assistant.records.reader import read_record
from assistant.safety.patient_state import patient_state
from assistant.tasks.booked import (
    Booked,
    arrangements,
    asks_for_a_day,
    booked_for,
    due_by_record,
    later_than_advised,
)
from assistant.tasks.fitting import Fit

if TYPE_CHECKING:
    from knowledge.formulary import Formulary

START = date(2026, 1, 20)
UK = """Ward C4. Consultant: Dr S Achebe. GP: Dr T Merrion. U&E taken.
Mr R Lowe, 74 M
Admitted 12/01/2026. Discharged 20/01/2026.
Never smoked.
Diagnoses: 1. Heart failure
Follow up: U&E 27/1. HF clinic Dr Achebe 03/02. Urology MRI kidney 6/12.
"""


def visit(text: str, on: date | None = None) -> Booked:
    return Booked(FollowUp(text, Place("d", 0, len(text), text)), on)


def test_british_months_are_no_day_in_december(formulary: Formulary) -> None:
    booked = arrangements(read_record(UK, filename="c.txt", formulary=formulary), START)
    dates = {b.follow_up.text[:3]: b.on for b in booked}
    assert dates["U&E"] == date(2026, 1, 27)
    assert dates["HF "] == date(2026, 2, 3)
    urology = next(b for b in booked if "Urology" in b.follow_up.text)
    assert urology.on is None
    assert due_by_record(urology.follow_up, START) == date(2026, 7, 20)


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("Adrenal CT 12 mo", date(2027, 1, 20)),
        ("4周后肝脏增强MRI", date(2026, 2, 17)),
        ("review in 3 months", date(2026, 4, 20)),
        ("心脏康复门诊每周2次", None),
        ("Eye exam due", None),
        ("ENT 2/52", date(2026, 2, 3)),
        ("Renal clinic 12/52", date(2026, 4, 14)),
        ("3月后复查", date(2026, 4, 20)),
        ("3个月复查血脂", date(2026, 4, 20)),
        ("1-3月复查血脂", date(2026, 4, 20)),
        ("半年复查", date(2026, 7, 20)),
        ("QTc 468ms（11月6日）", None),
        ("12月电生理门诊", None),
        ("2026年2月复查胸部CT", None),
        ("review at 3/12", date(2026, 4, 20)),
        ("nurse home visit 48-72h", date(2026, 1, 23)),
        ("team visit within 24 h", date(2026, 1, 21)),
        ("GP sodium check - one week", date(2026, 1, 27)),
        ("clinic in a fortnight", date(2026, 2, 3)),
        ("Six-month review", date(2026, 7, 20)),
        ("Holter 24h in 2 weeks", date(2026, 2, 3)),
        ("6周TSH", date(2026, 3, 3)),
        ("半年后复查", date(2026, 7, 20)),
        ("两周后门诊", date(2026, 2, 3)),
        ("24h tape", None),
        ("District nurse twice a week", None),
        ("BP every 2 days for 2 weeks", None),
        ("no lifting for 6 weeks", None),
        ("check bloods and ALT", None),
    ],
)
def test_a_period_of_the_record_counts_from_discharge(text: str, due: date | None) -> None:
    assert due_by_record(visit(text).follow_up, START) == due


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("Alcohol liaison ref, nurse to call", True),
        ("眼科门诊", True),
        ("Do not send stool for test of cure", False),
        ("District nurse daily dressing", False),
        ("Renal ultrasound 2026-12", False),
        ("2026年2月复查胸部CT", False),
        ("12月电生理门诊", False),
        ("明年复查CT", False),
        ("3月后复查CT", True),
        ("any antibiotic: ask microbiology first", False),
    ],
)
def test_only_a_visit_without_any_time_is_to_be_booked(text: str, asks: bool) -> None:
    assert asks_for_a_day(text) is asks


def test_a_booked_visit_settles_the_guidelines_and_a_far_one_does_not() -> None:
    booked = [visit("U&E at GP 27/1", date(2026, 1, 27))]
    assert booked_for("Primary care: creatinine within 1–2 weeks of discharge.", booked, START) is booked[0]
    assert booked_for("Primary care: creatinine and urine albumin at 3 months.", booked, START) is None
    assert booked_for("Eye clinic: within 1 month.", booked, START) is None


def test_a_visit_booked_too_late_is_named() -> None:
    late = visit("Stroke clinic", date(2026, 3, 20))
    advice = "Stroke clinic: within 1–2 weeks of discharge."
    assert later_than_advised(advice, late, START) == date(2026, 2, 3)
    assert later_than_advised(advice, visit("Stroke clinic", date(2026, 2, 5)), START) is None


@pytest.mark.parametrize(
    ("text", "part", "left_out"),
    [
        ("Stop smoking.", "lifestyle_or_exercise", True),
        ("Start dialysis at once for life-threatening changes.", "actions", True),
        ("Avoid NSAIDs in HFrEF, because NSAIDs worsen heart failure.", "safety_limits", False),
        ("In adults with heart failure, diuretics are recommended.", "actions", False),
        ("In adults with type 2 diabetes, metformin is recommended.", "actions", True),
        ("Aminoglycoside levels: check.", "monitoring", True),
        ("Weight: every day at home.", "monitoring", False),
        ("Weight: loss of 5 %, by 12 weeks, with overweight.", "goals", True),
    ],
)
def test_advice_that_the_record_settles_is_left_out(
    formulary: Formulary, text: str, part: str, left_out: bool
) -> None:
    record = read_record(UK, filename="c.txt", formulary=formulary)
    fit = Fit.of(record, patient_state(record, formulary), formulary)
    assert fit.leaves_out(text, part) is left_out


@pytest.mark.parametrize(
    ("text", "left_out"),
    [
        ("Haemoglobin: transfuse below 70 g/L.", True),
        ("Mean arterial pressure: at least 65 mmHg.", True),
        ("Give 30 ml/kg of crystalloids over the first 3 hours.", True),
        ("Amiodarone after three shocks.", True),
        ("Blood pressure: below 130/80 mmHg.", False),
        ("Haemoglobin: check it again in four weeks.", False),
        ("Walk on after the first three weeks.", False),
    ],
)
def test_what_is_done_on_the_ward_is_no_plan_for_home(
    formulary: Formulary, text: str, left_out: bool
) -> None:
    record = read_record(UK, filename="c.txt", formulary=formulary)
    fit = Fit.of(record, patient_state(record, formulary), formulary)
    assert fit.leaves_out(text, "goals") is left_out


def test_a_ventricle_is_no_intensive_care_unit(formulary: Formulary) -> None:
    record = read_record(
        UK.replace("Heart failure", "Left ventricular failure"), filename="c.txt", formulary=formulary
    )
    fit = Fit.of(record, patient_state(record, formulary), formulary)
    assert fit.leaves_out("Energy: 25 kcal/kg a day.", "goals")


@pytest.mark.parametrize(
    "text", ["NT B超 11-13+6周", "孕24-28周复查OGTT", "growth scan at 32 weeks of pregnancy"]
)
def test_the_age_of_a_pregnancy_is_no_time_from_now(text: str) -> None:
    assert due_by_record(visit(text).follow_up, START) is None
