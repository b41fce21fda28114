"""Figures near a measure's name that safety checks may go by, and those that only look so."""

from __future__ import annotations

import pytest

from assistant.domain.record import Observation, ObservationKind, PatientRecord, Place
from assistant.records.reader import read_record
from assistant.safety.patient_state import patient_state
from assistant.safety.readings import latest
from knowledge.formulary import Formulary


def _values(text: str, formulary: Formulary) -> dict[str, float]:
    record: PatientRecord = read_record(text, filename="chart.txt", formulary=formulary)
    return {name: r.value for name, r in patient_state(record, formulary).readings.items()}


@pytest.mark.parametrize(
    ("text", "measure"),
    [
        ("Units: eGFR ml/min/1.73m2, K mmol/L.", "egfr"),
        ("eGFR K HbA1c Glu", "egfr"),
        ("atorvastatin 80 nocte (incr from 40)", "creatinine"),
        ("vanc 08-18/7, needs assistance of 1", "neutrophils"),
        ("(usual BP). Weight 71 kg", "systolic"),
        ("INR 15 May anticoagulation clinic", "inr"),
        ("予维生素K1逆转", "potassium"),
        ("BP 15/10/2025", "systolic"),
    ],
)
def test_a_unit_a_date_or_part_of_a_word_is_no_reading(formulary: Formulary, text: str, measure: str) -> None:
    assert measure not in _values(text, formulary)


@pytest.mark.parametrize(
    ("text", "measure", "value"),
    [
        ("eGFR (mL/min/1.73 m2) 45", "egfr", 45),
        ("Blood pressure on leaving 98/60", "systolic", 98),
        ("BP resting 104/62 sitting", "systolic", 104),
        ("血肌酐（μmol/L）186", "creatinine", 186),
        ("K4.1, INR 2.3 (15 May)", "potassium", 4.1),
    ],
)
def test_a_reading_is_still_found(formulary: Formulary, text: str, measure: str, value: float) -> None:
    assert _values(text, formulary)[measure] == value


def _observed(value: float, time: str | None, at: int) -> Observation:
    return Observation(
        "K", f"{value}", ObservationKind.LAB, Place("d", at, at + 3, f"{value}"), number=value, time=time
    )


def test_the_last_day_wins_and_of_one_day_the_last_in_the_text() -> None:
    assert (
        latest(
            [_observed(7.1, None, 0), _observed(5.1, "2025-08-22", 9), _observed(4.7, "2025-08-27", 5)]
        ).number
        == 4.7
    )
    assert latest([_observed(3.2, "2025-08-22", 0), _observed(4.4, "2025-08-22", 9)]).number == 4.4
    assert latest([_observed(3.2, "2025-08-22", 0), _observed(4.4, None, 9)]).number == 4.4


@pytest.mark.parametrize(
    ("text", "sex"),
    [
        ("徐老先生，82岁。平时住在女儿家。", "male"),
        ("患者男性，62岁，女儿陪同。", "male"),
        ("患者女，71岁，与儿子同住。", "female"),
        ("李女士，55岁。", "female"),
    ],
)
def test_a_daughter_does_not_make_a_man_a_woman(text: str, sex: str, formulary: Formulary) -> None:
    record = read_record(text, filename="c.txt", formulary=formulary)
    assert patient_state(record, formulary).sex == sex
