"""Plans: goals carry the patient's value and the date due; what an alert stops is left out, and the plan says so."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from assistant.tasks.goals import due_date, measure_of, value_of
from tests.turns import CHART, answer, chart, services, shown, texts

if TYPE_CHECKING:
    from knowledge.formulary import Formulary
    from knowledge.open import Library

START = date(2026, 3, 9)


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("Check creatinine within 2 weeks.", date(2026, 3, 23)),
        ("Review in 4 to 6 weeks.", date(2026, 4, 20)),
        ("Reach it within 3 months.", date(2026, 6, 9)),
        ("在3个月内达标。", date(2026, 6, 9)),
        ("2周后复查。", date(2026, 3, 23)),
        ("Walk 30 minutes daily.", None),
        ("Blood pressure below 130/80 mmHg.", None),
    ],
)
def test_the_due_date_is_counted_from_discharge(text: str, due: date | None) -> None:
    assert due_date(text, START) == due


def test_a_month_that_is_shorter_ends_on_its_last_day() -> None:
    assert due_date("within 1 month", date(2026, 1, 31)) == date(2026, 2, 28)
    assert due_date("within 3 months", date(2026, 11, 30)) == date(2027, 2, 28)


def test_the_latest_value_is_the_newest_of_the_measure_named(formulary: Formulary) -> None:
    record = chart(formulary)
    measure = measure_of("Potassium: between 4.0 and 5.0 mmol/L")
    assert measure is not None
    potassium = value_of(record, measure)
    assert potassium is not None
    assert potassium.number == 4.3
    ferritin = measure_of("Ferritin: above 100")
    assert ferritin is not None
    assert value_of(record, ferritin) is None


def test_a_plan_names_its_problems_with_the_guideline_it_follows(
    shelf: Library, formulary: Formulary
) -> None:
    result = answer(services(shelf, formulary), "plan", record=chart(formulary), language="en")
    problems = texts(result, "problems")
    assert "pneumonia" in problems.lower()
    assert "plan after: Hypertension in adults" in problems
    assert any("2026" in s.text for s in shown(result, "goals", "follow_up"))


def test_what_is_stopped_for_this_patient_is_left_out_and_said(shelf: Library, formulary: Formulary) -> None:
    result = answer(services(shelf, formulary), "plan", record=chart(formulary), language="en")
    for sentence in shown(result, "goals", "actions", "monitoring", "lifestyle_or_exercise"):
        named = {m.generic for m in formulary.names_in(sentence.text)}
        if named & {"amoxicillin", "co-amoxiclav", "amoxicillin-clavulanate"}:
            assert "allerg" in sentence.text.lower()
    assert "penicillin" in texts(result, "cautions").lower()
    if result.withheld:
        assert "Left out of the standard plan" in texts(result, "cautions")


def test_without_the_allergy_the_same_advice_stands(shelf: Library, formulary: Formulary) -> None:
    free = chart(formulary, CHART.replace("penicillin - anaphylaxis", "none known"))
    result = answer(services(shelf, formulary), "plan", record=free, language="en")
    assert not any("allergy" in w.reason.lower() for w in result.withheld)


def test_a_problem_without_a_guideline_says_so(formulary: Formulary) -> None:
    result = answer(services(None, formulary), "plan", record=chart(formulary), language="en")
    assert "no guideline in this library" in texts(result, "problems")
    assert "goals" in result.missing
