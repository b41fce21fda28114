"""Words that speak of another: of the spouse, of another procedure, of a device in place, of the medicine before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assistant.domain.record import Assertion, PatientRecord, ProcedureStatus
from assistant.records.reader import read_record

if TYPE_CHECKING:
    from knowledge.formulary import Formulary

HEAD = "Discharge summary\nPatient: Mrs Ida Sample  DOB 12/02/1949  F\nAdmitted 03/11/2026   Discharged 11/11/2026\n\n"


def _read(body: str, formulary: Formulary) -> PatientRecord:
    return read_record(HEAD + body, filename="c.txt", formulary=formulary)


@pytest.mark.parametrize(
    ("said", "own"),
    [
        ("Husband had bowel cancer.", False),
        ("Wife died of breast cancer.", False),
        ("Her mother had bowel cancer.", False),
        ("Had bowel cancer in 2011.", True),
        ("Lives with husband. Previous bowel cancer.", True),
    ],
)
def test_the_illness_of_a_spouse_is_not_the_patients(said: str, own: bool, formulary: Formulary) -> None:
    record = _read(f"PMH: heart failure. {said}\n", formulary)
    told = [
        c.name
        for c in record.conditions
        if "cancer" in c.name.casefold() and c.assertion in (Assertion.PRESENT, Assertion.HISTORICAL)
    ]
    assert bool(told) is own


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("Ureteroscopy planned, stent not placed.", ProcedureStatus.PLANNED),
        ("Ureteroscopy cancelled, stent not placed.", ProcedureStatus.CANCELLED),
        ("Ureteroscopy planned but not done.", ProcedureStatus.CANCELLED),
    ],
)
def test_what_was_not_done_is_the_procedure_it_is_said_of(
    said: str, status: ProcedureStatus, formulary: Formulary
) -> None:
    record = _read(f"Progress 10/11: {said}\n", formulary)
    assert [p.status for p in record.procedures if "ureteroscopy" in p.name.casefold()] == [status]


def test_a_tube_in_place_in_a_diagnosis_is_no_procedure_of_the_day(formulary: Formulary) -> None:
    diagnosis = "Diagnoses:\n1. Obstructive right ureteric stone, nephrostomy in situ\n"
    assert not _read(diagnosis, formulary).procedures
    done = _read(f"Hospital course:\n04/11: Urgent right nephrostomy by IR.\n\n{diagnosis}", formulary)
    assert [(p.status, p.date) for p in done.procedures] == [(ProcedureStatus.DONE, "2026-11-04")]


def test_a_task_that_names_only_a_dose_keeps_its_medicine(formulary: Formulary) -> None:
    record = _read(
        "Discharge medications:\nramipril 5 mg od - withheld, GP to restart 2.5 mg if Cr <130\n"
        "bisoprolol 5 mg od\n",
        formulary,
    )
    tasks = [f.text for f in record.follow_ups if "GP" in f.text]
    assert any("ramipril" in t and "restart 2.5 mg" in t for t in tasks), tasks
